//! Prices of energy, and the standing tariff for energy fed back from vehicles.

use crate::market::exact::{div_nearest, saturate};
use crate::market::tariff::Period;
use crate::units::{Energy, Money};
use serde::{Deserialize, Serialize};

/// Joules in a kilowatt-hour.
const JOULES_PER_KWH: i128 = 3_600_000;

/// A price of energy in micro-yuan per kWh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Price(pub i64);

impl Price {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The greatest price that is taken for one, to either side: 100 yuan/kWh.
    pub const MAX: Self = Self(100_000_000);

    /// A price of a number of yuan per kWh, rounded to the micro-yuan: for figures read from a file.
    pub fn from_yuan(yuan_per_kwh: f64) -> Self {
        Self(Money::round(yuan_per_kwh * 1e6).0)
    }

    /// What an energy costs, rounded to the nearest micro-yuan, halves away from zero.
    pub const fn of(self, energy: Energy) -> Money {
        self.of_milli(energy, 1_000)
    }

    /// What `milli` thousandths of an energy cost, rounded once in the same way. Held at the ends of the range of
    /// [`Money`], which prices up to [`Price::MAX`] do not reach.
    pub const fn of_milli(self, energy: Energy, milli: i64) -> Money {
        let product = (self.0 as i128 * energy.0 as i128).saturating_mul(milli as i128);
        Money(saturate(div_nearest(product, JOULES_PER_KWH * 1_000)))
    }
}

/// The standing tariff for energy fed in by vehicles at the pilot stations of Shenzhen and Guangzhou, until 2026-12-31:
/// 0.453 yuan/kWh times 1.7 at peak, 1 in flat and 0.38 in valley hours; sharp is peak and a quarter more (Guangdong
/// Development and Reform Commission, 2025-05-14).
///
/// These products are whole micro-yuan: 962,625, 770,100, 453,000 and 172,140. Published tables round them to 0.9626,
/// 0.7701, 0.4530 and 0.1721 yuan.
pub const fn feed_in(period: Period) -> Price {
    let base = 453_000;
    Price(match period {
        Period::Valley => base * 38 / 100,
        Period::Flat => base,
        Period::Peak => base * 17 / 10,
        Period::Sharp => base * 17 / 10 * 125 / 100,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn twenty_kwh_at_the_peak_are_the_first_settled_bill() {
        let energy = Energy::from_kwh(20.0);
        assert_eq!(feed_in(Period::Peak).of(energy), Money(15_402_000));
        assert_eq!(feed_in(Period::Sharp).of(energy), Money(19_252_500));
        assert_eq!(feed_in(Period::Flat).of(energy), Money(9_060_000));
        assert_eq!(feed_in(Period::Valley).of(energy), Money(3_442_800));
    }

    #[test]
    fn the_published_table_is_the_tariff_rounded() {
        let table = [(Period::Sharp, 9_626), (Period::Peak, 7_701), (Period::Flat, 4_530), (Period::Valley, 1_721)];
        for (period, published) in table {
            assert_eq!(div_nearest(i128::from(feed_in(period).0), 100), published, "{period:?}");
        }
    }

    #[test]
    fn money_is_rounded_once_to_the_nearest() {
        // A joule at 1.8 yuan/kWh is half a micro-yuan.
        assert_eq!(Price(1_800_000).of(Energy(1)), Money(1));
        assert_eq!(Price(1_799_999).of(Energy(1)), Money(0));
        assert_eq!(Price(-1_800_000).of(Energy(1)), Money(-1));
        // A third of it, three times over, is not rounded in between.
        assert_eq!(Price(3_600_000).of_milli(Energy(3), 500), Money(2));
        assert_eq!(Price::from_yuan(0.453), Price(453_000));
        assert_eq!(Price(5_000_000).of(Energy(3_600_000)), Money(5_000_000));
        assert_eq!(Price(i64::MAX).of_milli(Energy(i64::MIN), i64::MAX), Money(i64::MIN));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn dearer_and_more_never_cost_less(
            price in 0_i64..100_000_000,
            energy_j in 0_i64..1_000_000_000_000,
            more_j in 0_i64..1_000_000,
            dearer in 0_i64..1_000,
        ) {
            let cost = Price(price).of(Energy(energy_j));
            prop_assert!(Price(price).of(Energy(energy_j + more_j)) >= cost);
            prop_assert!(Price(price + dearer).of(Energy(energy_j)) >= cost);
            let exact = price as f64 * energy_j as f64 / 3.6e6;
            prop_assert!((cost.f64() - exact).abs() <= 0.5 + exact * 1e-12);
        }
    }
}
