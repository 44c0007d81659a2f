//! A programme: what a response is paid for, by how well it meets the request.

use super::{INTERVAL_S, Price};
use crate::market::exact::{div_nearest, saturate};
use crate::market::resource::Direction;
use crate::units::{Energy, Money};
use serde::{Deserialize, Serialize};

/// What a response rate is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// The band begins at this response rate, itself included, in 1/1000.
    pub from_milli: i64,
    /// Share of the price that is paid in it, in 1/1000, from 0 to 1000.
    pub pays_milli: i64,
}

/// The terms of a programme. All prices are at least zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// Paid by the fund to the operator for what is credited.
    pub price: Price,
    /// Of it, handed on to the owner for what was discharged.
    pub owner_discharge: Price,
    /// Of it, handed on to the owner as a discount on shifted charging.
    pub owner_shift: Price,
    /// Bands by rising response rate. Below the first nothing is paid.
    pub bands: Vec<Band>,
    /// The most that is credited, in 1/1000 of what was requested.
    pub cap_milli: i64,
    /// Paid by the operator to the fund for the shortfall of an interval whose response rate is below
    /// `penalty_below_milli`.
    pub penalty: Price,
    /// Response rate below which the shortfall is penalised, in 1/1000.
    pub penalty_below_milli: i64,
}

/// How one interval met its request. Everything but `delivered` and `rate_milli` is at least zero.
///
/// `delivered = credited + over - opposite` and `max(credited, requested) = credited + shortfall`, exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Credit {
    /// Energy asked for.
    pub requested: Energy,
    /// Energy delivered by the baseline: baseline less actual for a reduction, actual less baseline for an increase.
    pub delivered: Energy,
    /// Delivered energy that counts: from nothing to the cap.
    pub credited: Energy,
    /// Delivered beyond the cap.
    pub over: Energy,
    /// Load that moved the wrong way.
    pub opposite: Energy,
    /// Requested and not credited.
    pub shortfall: Energy,
    /// Delivered over requested in 1/1000, rounded to the nearest for display; zero without a request.
    pub rate_milli: i64,
    /// What the band pays, in 1/1000; zero without a request.
    pub pays_milli: i64,
}

impl Programme {
    /// Shenzhen's real-time precise response: 5 yuan/kWh to the operator (Shenzhen Special Zone Daily, July 2023), of
    /// which 4 yuan/kWh go to the owner for discharge and 0.8 yuan/kWh are taken off shifted charging (events of May
    /// 2024 and March 2025).
    ///
    /// Assumption: bands and cap, which are not public. Nothing is paid below half of the request, half the price up
    /// to 0.8, all of it from there, and at most 1.2 times the request counts. No penalty is known either; it is zero,
    /// and would apply below 0.8.
    pub fn shenzhen() -> Self {
        Self {
            price: Price(5_000_000),
            owner_discharge: Price(4_000_000),
            owner_shift: Price(800_000),
            bands: vec![Band { from_milli: 500, pays_milli: 500 }, Band { from_milli: 800, pays_milli: 1_000 }],
            cap_milli: 1_200,
            penalty: Price::ZERO,
            penalty_below_milli: 800,
        }
    }

    /// All that is wrong with the terms, in sentences; empty if they are sound.
    pub fn problems(&self) -> Vec<String> {
        let mut found = Vec::new();
        let prices = [
            ("price", self.price),
            ("owner_discharge", self.owner_discharge),
            ("owner_shift", self.owner_shift),
            ("penalty", self.penalty),
        ];
        for (name, price) in prices {
            if price < Price::ZERO || price > Price::MAX {
                found.push(format!("`{name}` is {} micro-yuan/kWh, outside 0 to {}", price.0, Price::MAX.0));
            }
        }
        if self.bands.windows(2).any(|w| w[1].from_milli <= w[0].from_milli) {
            found.push("`bands` must rise from one to the next in `from_milli`".to_owned());
        }
        for band in &self.bands {
            if !(0..=1_000).contains(&band.pays_milli) || !(0..=10_000).contains(&band.from_milli) {
                let Band { from_milli, pays_milli } = band;
                let wanted = "from_milli lies in 0 to 10000, pays_milli in 0 to 1000";
                found.push(format!("the band from {from_milli} pays {pays_milli}: {wanted}"));
            }
        }
        if !(1_000..=10_000).contains(&self.cap_milli) {
            found.push(format!("`cap_milli` is {}, outside 1000 to 10000", self.cap_milli));
        }
        if !(0..=1_000).contains(&self.penalty_below_milli) {
            found.push(format!("`penalty_below_milli` is {}, outside 0 to 1000", self.penalty_below_milli));
        }
        found
    }

    /// How an interval of [`INTERVAL_S`] met its request, from mean powers in W. A request is at least zero; without
    /// one nothing is credited, and all that is delivered is beyond the cap.
    pub fn credit(&self, direction: Direction, requested_w: i64, baseline_w: i64, actual_w: i64) -> Credit {
        let seconds = i128::from(INTERVAL_S);
        let reduced_j = (i128::from(baseline_w) - i128::from(actual_w)) * seconds;
        let delivered_j = match direction {
            Direction::Reduce => reduced_j,
            Direction::Raise => -reduced_j,
        };
        let requested_j = i128::from(requested_w.max(0)) * seconds;
        // Rounded down to the joule, so that the cap is never passed; at a cap of 1.2 it is a whole number anyway.
        let cap_j = times(self.cap_milli.max(0), requested_j) / 1_000;
        let credited_j = delivered_j.clamp(0, cap_j);
        let energy = |j: i128| Energy(saturate(j));
        Credit {
            requested: energy(requested_j),
            delivered: energy(delivered_j),
            credited: energy(credited_j),
            over: energy((delivered_j - cap_j).max(0)),
            opposite: energy((-delivered_j).max(0)),
            shortfall: energy((requested_j - credited_j).max(0)),
            rate_milli: if requested_j > 0 { saturate(div_nearest(delivered_j * 1_000, requested_j)) } else { 0 },
            pays_milli: self.pays_milli(delivered_j, requested_j),
        }
    }

    /// What is paid in the band of a response, in 1/1000. The rate is compared without rounding it.
    fn pays_milli(&self, delivered_j: i128, requested_j: i128) -> i64 {
        let reached = |b: &&Band| requested_j > 0 && delivered_j * 1_000 >= times(b.from_milli, requested_j);
        self.bands.iter().rev().find(reached).map_or(0, |b| b.pays_milli)
    }

    /// What the fund pays for a response.
    pub const fn payment(&self, credit: &Credit) -> Money {
        self.price.of_milli(credit.credited, credit.pays_milli)
    }

    /// The penalty for a response: on the whole shortfall, if it is below the tolerance.
    pub fn penalty(&self, credit: &Credit) -> Money {
        let (delivered_j, requested_j) = (i128::from(credit.delivered.0), i128::from(credit.requested.0));
        let below = delivered_j * 1_000 < times(self.penalty_below_milli, requested_j);
        if below { self.penalty.of(credit.shortfall) } else { Money::ZERO }
    }
}

/// Thousandths of an energy, held at the ends of the range: terms that are not sound do no more harm than that.
const fn times(milli: i64, energy_j: i128) -> i128 {
    energy_j.saturating_mul(milli as i128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A reduction of 1,000 kW asked for, a number of W delivered.
    fn reduced(delivered_w: i64) -> Credit {
        Programme::shenzhen().credit(Direction::Reduce, 1_000_000, 0, -delivered_w)
    }

    #[test]
    fn the_edges_of_the_bands() {
        let cases = [(0, 0), (499_999, 0), (500_000, 500), (799_999, 500), (800_000, 1_000), (1_200_001, 1_000)];
        for (delivered_w, pays_milli) in cases {
            assert_eq!(reduced(delivered_w).pays_milli, pays_milli, "{delivered_w} W");
        }
        // The rate shown is rounded, the band is not: 799,999 W show as 0.800.
        assert_eq!(reduced(799_999).rate_milli, 800);
        let paid = |w: i64| Programme::shenzhen().payment(&reduced(w));
        // A quarter of an hour of 500 kW is 125 kWh, at half of 5 yuan.
        assert_eq!(paid(499_999), Money(0));
        assert_eq!(paid(500_000), Money(312_500_000));
        assert_eq!(paid(800_000), Money(1_000_000_000));
        assert_eq!(paid(1_200_000), Money(1_500_000_000));
        assert_eq!(paid(5_000_000), Money(1_500_000_000));
    }

    #[test]
    fn more_than_asked_for_counts_up_to_the_cap() {
        let credit = reduced(1_500_000);
        assert_eq!(credit.credited, Energy::from_kwh(300.0));
        assert_eq!(credit.over, Energy::from_kwh(75.0));
        assert_eq!((credit.opposite, credit.shortfall), (Energy::ZERO, Energy::ZERO));
        assert_eq!(credit.rate_milli, 1_500);
    }

    #[test]
    fn the_wrong_way_is_a_column_of_its_own() {
        let credit = reduced(-200_000);
        assert_eq!(credit.delivered, Energy::from_kwh(-50.0));
        assert_eq!(credit.opposite, Energy::from_kwh(50.0));
        assert_eq!(credit.shortfall, credit.requested);
        assert_eq!((credit.credited, credit.pays_milli, credit.rate_milli), (Energy::ZERO, 0, -200));
    }

    #[test]
    fn without_a_request_nothing_is_credited_and_nothing_penalised() {
        let programme = Programme { penalty: Price(1_000_000), ..Programme::shenzhen() };
        for actual_w in [-700, 0, 700] {
            let credit = programme.credit(Direction::Reduce, 0, 0, actual_w);
            assert_eq!((credit.credited, credit.pays_milli, credit.rate_milli), (Energy::ZERO, 0, 0));
            assert_eq!(programme.penalty(&credit), Money::ZERO);
            assert_eq!(credit.over - credit.opposite, Energy(-actual_w * 900));
        }
    }

    #[test]
    fn a_penalty_falls_on_the_shortfall_below_tolerance() {
        let programme = Programme { penalty: Price(1_000_000), ..Programme::shenzhen() };
        assert_eq!(programme.penalty(&reduced(800_000)), Money::ZERO);
        // 200 kW and a watt are missing: 50.00025 kWh.
        assert_eq!(programme.penalty(&reduced(799_999)), Money(50_000_250));
        assert_eq!(programme.penalty(&reduced(-999_999)), Money(250_000_000));
        assert_eq!(Programme::shenzhen().penalty(&reduced(0)), Money::ZERO);
    }

    #[test]
    fn an_increase_is_the_mirror_image() {
        let programme = Programme::shenzhen();
        let up = programme.credit(Direction::Raise, 5_000, 2_000, 6_500);
        assert_eq!(up, programme.credit(Direction::Reduce, 5_000, 6_500, 2_000));
        assert_eq!(up.delivered, Energy(4_500 * 900));
    }

    #[test]
    fn all_problems_are_told_at_once() {
        assert_eq!(Programme::shenzhen().problems(), Vec::<String>::new());
        let bands = vec![Band { from_milli: 800, pays_milli: 1_001 }, Band { from_milli: 500, pays_milli: 500 }];
        let bad =
            Programme { price: Price(-1), bands, cap_milli: 900, penalty_below_milli: 1_001, ..Programme::shenzhen() };
        assert_eq!(bad.problems().len(), 5, "{:?}", bad.problems());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn credit_adds_up_and_never_passes_the_cap(
            up in any::<bool>(),
            requested_w in 0_i64..2_000_000,
            baseline_w in -3_000_000_i64..3_000_000,
            actual_w in -3_000_000_i64..3_000_000,
            cap_milli in 1_000_i64..2_000,
        ) {
            let programme = Programme { cap_milli, ..Programme::shenzhen() };
            let direction = if up { Direction::Raise } else { Direction::Reduce };
            let c = programme.credit(direction, requested_w, baseline_w, actual_w);
            let moved_w = if up { actual_w - baseline_w } else { baseline_w - actual_w };
            prop_assert_eq!(c.delivered, Energy(moved_w * 900));
            prop_assert_eq!(c.credited + c.over - c.opposite, c.delivered);
            prop_assert_eq!(c.credited + c.shortfall, c.credited.max(c.requested));
            prop_assert!(c.credited.0 * 1_000 <= c.requested.0 * cap_milli);
            prop_assert!(c.credited >= Energy::ZERO && c.over >= Energy::ZERO);
            prop_assert!(c.opposite == Energy::ZERO || c.credited == Energy::ZERO && c.over == Energy::ZERO);
        }

        #[test]
        fn any_powers_and_terms_have_an_answer(
            (r, b, a) in any::<(i64, i64, i64)>(),
            (cap_milli, from_milli, pays_milli, fine, below) in any::<(i64, i64, i64, i64, i64)>(),
        ) {
            let bands = vec![Band { from_milli, pays_milli }];
            let (price, penalty) = (Price(fine), Price(fine));
            let shenzhen = Programme::shenzhen();
            let programme = Programme { cap_milli, bands, price, penalty, penalty_below_milli: below, ..shenzhen };
            let c = programme.credit(Direction::Reduce, r, b, a);
            prop_assert!(programme.penalty(&c) == Money::ZERO || c.shortfall > Energy::ZERO);
            prop_assert!(programme.payment(&c) == Money::ZERO || c.credited > Energy::ZERO);
            prop_assert!(c.requested >= Energy::ZERO && c.credited >= Energy::ZERO && c.shortfall >= Energy::ZERO);
            prop_assert!(r > 0 || c.credited == Energy::ZERO);
        }
    }
}
