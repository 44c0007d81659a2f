//! Gaming: what a party gains that bends its load so that its baseline comes out higher.
//!
//! The same event is settled twice under the same rule, once with the load as it would have been and once with the
//! bent one. What the party does in the event itself is taken from each series as it stands, so a ploy that leaves the
//! event alone shows the effect of the baseline only.

use super::{BaselineError, Meter, Method, PER_DAY, Window, baseline_w, history, sane};
use crate::market::exact::saturate;
use crate::market::settlement::{Direction, INTERVAL_S, Price, Programme};
use crate::units::{Energy, Money};

/// Where a party bends its load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ploy {
    /// On the day of the event, once it has been called.
    EventDay {
        /// Intervals right before the event.
        before: u32,
        /// Intervals right after it.
        after: u32,
    },
    /// In the event's own intervals on earlier days, in the hope of an event: the last normal days before it.
    History {
        /// How many of them.
        days: u32,
    },
}

impl Ploy {
    /// The party's load with `raise_w` more in the intervals of the ploy; less, if it is negative, which is what pays
    /// in an event that asks for more load.
    ///
    /// # Errors
    /// A ploy that reaches beyond the series, more days than there are normal ones, or an event without an interval or
    /// longer than a day.
    pub fn bend(self, honest: Meter<'_>, event: Window, raise_w: i64) -> Result<Vec<i64>, BaselineError> {
        event.check()?;
        let (begin, end) = (i64::from(event.begin), i64::from(event.end));
        let windows = match self {
            Self::EventDay { before, after } => {
                vec![(begin - i64::from(before), begin), (end, end + i64::from(after))]
            }
            Self::History { days } => {
                let shift = |back: u32| i64::from(back) * i64::from(PER_DAY);
                let days = history::normal_days(honest, event, 1, days)?;
                days.into_iter().map(|back| (begin - shift(back), end - shift(back))).collect()
            }
        };
        let mut bent_w = honest.load_w.to_vec();
        for (from, to) in windows {
            honest.loads(from, to)?;
            for load_w in &mut bent_w[from as usize..to as usize] {
                *load_w = load_w.saturating_add(raise_w);
            }
        }
        Ok(bent_w)
    }
}

/// What an event asks of the party and pays.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The terms of payment.
    pub programme: &'a Programme,
    /// What the event asks for.
    pub direction: Direction,
    /// Power requested in W, one value per interval of the event.
    pub requested_w: &'a [i64],
}

/// What bending the load changed, against not bending it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gain {
    /// Energy credited in addition.
    pub credited: Energy,
    /// Paid by the fund in addition, penalties taken off.
    pub payment: Money,
    /// Energy drawn in addition, all days together.
    pub extra: Energy,
}

impl Gain {
    /// The gain after the additional energy has been bought at a retail price. Where a ploy only moves charging that
    /// would have been done anyway the energy costs nothing, and `payment` is the gain.
    pub fn net(&self, retail: Price) -> Money {
        self.payment - retail.of(self.extra)
    }
}

/// The gain from a load of `bent_w` in place of the honest one, under one method.
///
/// # Errors
/// As [`baseline_w`], for either series; a series in which the event itself is missing; requests or a bent series of
/// another length.
pub fn gain(
    honest: Meter<'_>,
    bent_w: &[i64],
    event: Window,
    method: Method,
    terms: Terms<'_>,
) -> Result<Gain, BaselineError> {
    let (wanted, found) = (honest.load_w.len(), bent_w.len());
    if wanted != found {
        return Err(BaselineError::Lengths { wanted, found });
    }
    let (credited_j, paid) = outcome(honest, event, method, terms)?;
    let (bent_credited_j, bent_paid) = outcome(Meter { load_w: bent_w, ..honest }, event, method, terms)?;
    let added_w = |(&bent_w, &honest_w): (&i64, &i64)| i128::from(bent_w) - i128::from(honest_w);
    let extra_w: i128 = bent_w.iter().zip(honest.load_w).map(added_w).sum();
    Ok(Gain {
        credited: Energy(saturate(bent_credited_j - credited_j)),
        payment: Money(saturate(bent_paid - paid)),
        extra: Energy(saturate(extra_w * i128::from(INTERVAL_S))),
    })
}

/// What is credited over an event in J, and paid in micro-yuan.
fn outcome(meter: Meter<'_>, event: Window, method: Method, terms: Terms<'_>) -> Result<(i128, i128), BaselineError> {
    let baseline_w = baseline_w(meter, event, method)?;
    let actual_w = meter.loads(i64::from(event.begin), i64::from(event.end))?;
    let (wanted, found) = (baseline_w.len(), terms.requested_w.len());
    if wanted != found {
        return Err(BaselineError::Lengths { wanted, found });
    }
    let (mut credited_j, mut paid) = (0, 0);
    for ((&guess_w, &load_w), &requested_w) in baseline_w.iter().zip(actual_w).zip(terms.requested_w) {
        sane(requested_w)?;
        let credit = terms.programme.credit(terms.direction, requested_w, guess_w, load_w);
        credited_j += i128::from(credit.credited.0);
        paid += i128::from(terms.programme.payment(&credit).0) - i128::from(terms.programme.penalty(&credit).0);
    }
    Ok((credited_j, paid))
}

#[cfg(test)]
mod tests {
    use super::super::Adjust;
    use super::super::fixture::{Series, at_hour};
    use super::*;
    use proptest::prelude::*;

    /// The gain of a party that draws 10 kW always and does nothing in an hour in which 5 kW less are asked for, but
    /// draws 5 kW more in the intervals of a ploy: credited Wh and paid milli-yuan by method.
    fn gains(ploy: Ploy) -> Vec<(i64, i64)> {
        let series = Series::flat(15, 10_000);
        let event = Window { begin: at_hour(14, 18), end: at_hour(14, 19) };
        let bent_w = ploy.bend(series.meter(), event, 5_000).unwrap();
        let programme = Programme::shenzhen();
        let terms = Terms { programme: &programme, direction: Direction::Reduce, requested_w: &[5_000; 4] };
        let gain = |m| gain(series.meter(), &bent_w, event, m, terms).unwrap();
        Method::ALL.iter().map(|&m| (gain(m).credited.0 / 3_600, gain(m).payment.0 / 1_000)).collect()
    }

    const NOTHING: (i64, i64) = (0, 0);

    #[test]
    fn a_quarter_of_an_hour_bends_the_real_time_rule_and_no_other() {
        // Baseline 15 kW in place of 10: all of the 5 kWh credited and paid, for a response that never was.
        let expected = [NOTHING, NOTHING, NOTHING, NOTHING, (5_000, 25_000), NOTHING];
        assert_eq!(gains(Ploy::EventDay { before: 1, after: 0 }), expected);
    }

    #[test]
    fn four_hours_bend_the_adjustment_and_the_same_day_mean() {
        // The adjustment is capped: 2 kW, a response of 0.4 that is not paid. 3 + 2: 12 of 20 quarters, 3 kW, at half.
        let expected = [NOTHING, (2_000, 0), NOTHING, (2_000, 0), (5_000, 25_000), (3_000, 7_500)];
        assert_eq!(gains(Ploy::EventDay { before: 16, after: 0 }), expected);
        // With the hours after: all 20 quarters.
        let expected = [NOTHING, (2_000, 0), NOTHING, (2_000, 0), (5_000, 25_000), (5_000, 25_000)];
        assert_eq!(gains(Ploy::EventDay { before: 16, after: 12 }), expected);
    }

    #[test]
    fn earlier_days_bend_the_history_rules() {
        // One day: a fifth of 5 kW; yesterday is not among Beijing's days.
        let expected = [(1_000, 0), (1_000, 0), NOTHING, NOTHING, NOTHING, NOTHING];
        assert_eq!(gains(Ploy::History { days: 1 }), expected);
        // Six days fill the five of either rule; the five highest of ten need no more.
        let all = (5_000, 25_000);
        assert_eq!(gains(Ploy::History { days: 6 }), [all, all, all, all, NOTHING, NOTHING]);
    }

    #[test]
    fn the_energy_of_a_ploy_is_paid_for() {
        let series = Series::flat(15, 10_000);
        let event = Window { begin: at_hour(14, 18), end: at_hour(14, 19) };
        let bent_w = Ploy::EventDay { before: 1, after: 0 }.bend(series.meter(), event, 5_000).unwrap();
        let programme = Programme::shenzhen();
        let terms = Terms { programme: &programme, direction: Direction::Reduce, requested_w: &[5_000; 4] };
        let net = |m| gain(series.meter(), &bent_w, event, m, terms).unwrap().net(Price(1_000_000));
        assert_eq!(net(Method::QuarterBefore), Money(25_000_000 - 1_250_000));
        assert_eq!(net(Method::LastFive(Adjust::None)), Money(-1_250_000));
    }

    #[test]
    fn an_escaped_penalty_is_a_gain() {
        let series = Series::flat(15, 10_000);
        let event = Window { begin: at_hour(14, 18), end: at_hour(14, 19) };
        let bent_w = Ploy::EventDay { before: 1, after: 0 }.bend(series.meter(), event, 5_000).unwrap();
        let programme = Programme { penalty: Price(2_000_000), ..Programme::shenzhen() };
        let terms = Terms { programme: &programme, direction: Direction::Reduce, requested_w: &[5_000; 4] };
        let gain = gain(series.meter(), &bent_w, event, Method::QuarterBefore, terms).unwrap();
        assert_eq!(gain.payment, Money(25_000_000 + 10_000_000));
    }

    #[test]
    fn less_load_before_bends_an_event_that_asks_for_more() {
        let series = Series::flat(15, 10_000);
        let event = Window { begin: at_hour(14, 18), end: at_hour(14, 19) };
        let bent_w = Ploy::EventDay { before: 1, after: 0 }.bend(series.meter(), event, -5_000).unwrap();
        let programme = Programme::shenzhen();
        let terms = Terms { programme: &programme, direction: Direction::Raise, requested_w: &[5_000; 4] };
        let gain = gain(series.meter(), &bent_w, event, Method::QuarterBefore, terms).unwrap();
        assert_eq!((gain.credited, gain.extra), (Energy::from_kwh(5.0), Energy::from_kwh(-1.25)));
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let series = Series::flat(3, 10_000);
        let event = Window { begin: at_hour(2, 23), end: at_hour(3, 0) };
        let after = Ploy::EventDay { before: 0, after: 1 }.bend(series.meter(), event, 1);
        assert_eq!(after, Err(BaselineError::OutsideSeries { from: 288, to: 289, have: 288 }));
        let days = Ploy::History { days: 3 }.bend(series.meter(), event, 1);
        assert_eq!(days, Err(BaselineError::TooFewDays { found: 2, needed: 3, searched: 2 }));
        let programme = Programme::shenzhen();
        let terms = Terms { programme: &programme, direction: Direction::Reduce, requested_w: &[5_000; 3] };
        let method = Method::QuarterBefore;
        let short = gain(series.meter(), &series.load_w[1..], event, method, terms);
        assert_eq!(short, Err(BaselineError::Lengths { wanted: 288, found: 287 }));
        let requests = gain(series.meter(), &series.load_w, event, method, terms);
        assert_eq!(requests, Err(BaselineError::Lengths { wanted: 4, found: 3 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn raising_the_load_around_an_event_never_loses_credit(
            loads in prop::collection::vec(-20_000_i64..20_000, 15),
            event_w in -20_000_i64..20_000,
            before in 0_u32..24,
            after in 0_u32..16,
            raise_w in 0_i64..20_000,
        ) {
            let days: Vec<_> = loads.iter().map(|&w| (super::super::fixture::WORK, w)).collect();
            let mut series = Series::daily(&days);
            let event = Window { begin: at_hour(14, 16), end: at_hour(14, 18) };
            series.set(event.begin, event.end, event_w);
            let bent_w = Ploy::EventDay { before, after }.bend(series.meter(), event, raise_w).unwrap();
            let programme = Programme::shenzhen();
            let terms = Terms { programme: &programme, direction: Direction::Reduce, requested_w: &[8_000; 8] };
            for method in Method::ALL {
                let gain = gain(series.meter(), &bent_w, event, method, terms).unwrap();
                prop_assert!(gain.credited >= Energy::ZERO && gain.payment >= Money::ZERO, "{method:?} {gain:?}");
                prop_assert_eq!(gain.extra, Energy(i64::from(before + after) * raise_w * 900));
                let deaf = matches!(method, Method::LastFive(Adjust::None) | Method::HighFiveOfTen(Adjust::None));
                prop_assert!(!deaf || gain.credited == Energy::ZERO && gain.payment == Money::ZERO);
            }
        }
    }
}
