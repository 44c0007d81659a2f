//! Integer quantities: what must balance is counted, not measured.
//!
//! Energy is whole joules, power whole watts, money whole micro-yuan, so that sums do not depend on their order and
//! a ledger closes to the last unit. Only the products that mean something exist: watts times seconds is joules.

use core::iter::Sum;
use core::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use serde::{Deserialize, Serialize};

/// Joules in one kilowatt-hour.
pub const JOULES_PER_KWH: f64 = 3_600_000.0;

/// Makes an `i64` newtype with the arithmetic that keeps its unit.
macro_rules! integer_quantity {
    ($(#[$doc:meta])* $name:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[repr(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// Nothing of it.
            pub const ZERO: Self = Self(0);

            /// The nearest whole number of units to a finite `f64`.
            ///
            /// A value that is not finite is a mistake of ours and becomes zero in release builds.
            pub fn round(value: f64) -> Self {
                debug_assert!(value.is_finite(), concat!("not a finite number of ", $unit));
                Self(libm::rint(value) as i64)
            }

            /// The value as `f64`, for display and for arithmetic inside one owner.
            pub const fn f64(self) -> f64 {
                self.0 as f64
            }
        }

        impl Add for $name { type Output = Self; fn add(self, o: Self) -> Self { Self(self.0 + o.0) } }
        impl Sub for $name { type Output = Self; fn sub(self, o: Self) -> Self { Self(self.0 - o.0) } }
        impl Neg for $name { type Output = Self; fn neg(self) -> Self { Self(-self.0) } }
        impl AddAssign for $name { fn add_assign(&mut self, o: Self) { self.0 += o.0; } }
        impl SubAssign for $name { fn sub_assign(&mut self, o: Self) { self.0 -= o.0; } }
        impl Sum for $name { fn sum<I: Iterator<Item = Self>>(it: I) -> Self { Self(it.map(|q| q.0).sum()) } }
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!("{} ", $unit), self.0)
            }
        }
    };
}

integer_quantity!(
    /// Energy in joules.
    Energy, "J"
);
integer_quantity!(
    /// Power in watts; at a meter, positive is drawn from the grid.
    Power, "W"
);
integer_quantity!(
    /// Money in micro-yuan (one millionth of a yuan).
    Money, "µyuan"
);

impl Energy {
    /// Energy of a number of kilowatt-hours, rounded to the joule.
    pub fn from_kwh(kwh: f64) -> Self {
        Self::round(kwh * JOULES_PER_KWH)
    }

    /// Kilowatt-hours, for display.
    pub fn kwh(self) -> f64 {
        self.f64() / JOULES_PER_KWH
    }

    /// Mean power over `seconds`, rounded towards zero. `seconds` must be positive.
    pub const fn mean_power(self, seconds: i64) -> Power {
        Power(self.0 / seconds)
    }
}

impl Power {
    /// Power of a number of kilowatts, rounded to the watt.
    pub fn from_kw(kw: f64) -> Self {
        Self::round(kw * 1_000.0)
    }

    /// Energy of this power held for a whole number of seconds: exact.
    pub const fn over(self, seconds: i64) -> Energy {
        Energy(self.0 * seconds)
    }

    /// Kilowatts, for display.
    pub fn kw(self) -> f64 {
        self.f64() / 1_000.0
    }

    /// Megawatts, for display.
    pub fn mw(self) -> f64 {
        self.f64() / 1_000_000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watt_for_an_hour_is_3600_joules() {
        assert_eq!(Power(1).over(3_600), Energy(3_600));
        assert_eq!(Energy::from_kwh(1.0), Energy(3_600_000));
        assert_eq!(Power::from_kw(7.0).over(3_600), Energy::from_kwh(7.0));
        assert_eq!(Energy(3_600).mean_power(3_600), Power(1));
    }

    #[test]
    fn sums_keep_their_unit() {
        let total: Energy = [Energy(1), Energy(2), -Energy(4)].into_iter().sum();
        assert_eq!(total, Energy(-1));
        assert_eq!(total.to_string(), "-1 J");
    }
}
