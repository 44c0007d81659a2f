//! Charge points: what they can deliver, what they lose, and the state each one is in.

use bevy_ecs::prelude::Component;
use serde::{Deserialize, Serialize};

/// Kinds of charge point. The split of public and private points and the power classes follow the power modes found
/// in the CHARGED sample and the local definition of a super-charging device (at least 480 kW).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum GunKind {
    /// A private pile at home, alternating current.
    HomeAc,
    /// A shared pile in a residential compound, alternating current.
    CompoundAc,
    /// A public point, alternating current.
    PublicAc,
    /// Direct current, up to 60 kW.
    Dc60,
    /// Direct current, up to 120 kW.
    Dc120,
    /// Direct current, up to 180 kW.
    Dc180,
    /// A gun of a super-charging host of at least 480 kW, which shares its power among its guns.
    Super,
    /// A bidirectional point.
    V2g,
}

impl GunKind {
    /// All kinds, in order.
    pub const ALL: [Self; 8] =
        [Self::HomeAc, Self::CompoundAc, Self::PublicAc, Self::Dc60, Self::Dc120, Self::Dc180, Self::Super, Self::V2g];

    /// True for alternating current, where the vehicle's own charger sets the limit.
    pub const fn is_ac(self) -> bool {
        matches!(self, Self::HomeAc | Self::CompoundAc | Self::PublicAc)
    }

    /// What it is called in tables.
    pub const fn label(self) -> &'static str {
        match self {
            Self::HomeAc => "home AC",
            Self::CompoundAc => "compound AC",
            Self::PublicAc => "public AC",
            Self::Dc60 => "DC 60 kW",
            Self::Dc120 => "DC 120 kW",
            Self::Dc180 => "DC 180 kW",
            Self::Super => "super-charging",
            Self::V2g => "V2G",
        }
    }
}

/// What a converter loses: a fixed part while it runs and a part in proportion to the power.
///
/// Efficiency then falls at low load, as measured (Schram et al. 2020), and the loss over any stretch of time is
/// exactly additive, so that it does not depend on the step. Efficiency is never one: the proportional part is at
/// least one part per million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConverterLoss {
    /// Loss while running, in W.
    pub fixed_w: i64,
    /// Loss per joule through the battery terminals, in parts per million.
    pub share_ppm: i64,
}

impl ConverterLoss {
    /// From efficiencies at full load and at 30 % load of `rated_w`.
    ///
    /// `1/eta(P) = 1 + share + fixed/P` has two unknowns and is solved at the two loads.
    pub fn from_efficiencies(rated_w: f64, at_full: f64, at_30_percent: f64) -> Self {
        let (full, low) = (1.0 / at_full - 1.0, 1.0 / at_30_percent - 1.0);
        let fixed = ((low - full) / (1.0 / 0.3 - 1.0)).max(0.0);
        Self { fixed_w: (fixed * rated_w) as i64, share_ppm: (((full - fixed) * 1e6) as i64).max(1) }
    }

    /// Loss in J of moving `battery_j` (of either sign) through the terminals in `seconds`; rounded up.
    pub const fn energy_j(&self, battery_j: i64, seconds: i64) -> i64 {
        self.fixed_w * seconds + (battery_j.abs() * self.share_ppm + 999_999) / 1_000_000
    }

    /// Meter-side power in W for a steady battery-side power (positive while charging).
    pub const fn meter_w(&self, battery_w: i64) -> i64 {
        battery_w + self.energy_j(battery_w, 1)
    }

    /// The battery-side power that draws at most `meter_w` at the meter; that delivers at least so much, if it is
    /// negative.
    pub const fn battery_w(&self, meter_w: i64) -> i64 {
        let net = meter_w - self.fixed_w;
        if meter_w < 0 {
            // No converter loses all.
            let left = if self.share_ppm < 999_999 { 1_000_000 - self.share_ppm } else { 1 };
            -((-net * 1_000_000 + left - 1) / left)
        } else if net <= 0 {
            0
        } else {
            net * 1_000_000 / (1_000_000 + self.share_ppm)
        }
    }
}

/// The state of a charge point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum GunStatus {
    /// Free to be used.
    #[default]
    Available,
    /// A vehicle is plugged in.
    Plugged,
    /// Out of order until it is repaired.
    Faulted,
    /// Out of order for good, but not yet removed.
    LongFailed,
}

impl GunStatus {
    /// All states, in order.
    pub const ALL: [Self; 4] = [Self::Available, Self::Plugged, Self::Faulted, Self::LongFailed];

    /// True when a point may go from one state to the other.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Available, Self::Plugged | Self::Faulted)
                | (Self::Plugged, Self::Available | Self::Faulted)
                | (Self::Faulted, Self::Available)
        )
    }
}

/// No vehicle, gun, station or slot.
pub const NONE: u32 = u32::MAX;

/// A charge point: one gun, one entity.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Gun {
    /// The station it belongs to.
    pub station: u32,
    /// The vehicle plugged in, or [`NONE`].
    pub vehicle: u32,
    /// The vehicle that alone may use it, or [`NONE`].
    pub owner: u32,
    /// Rated output in W.
    pub rating_w: u32,
    /// The most the vehicle now plugged in can take, in W at the battery.
    pub demand_w: u32,
    /// What the host allots to this gun now, in W at the battery.
    pub allotted_w: u32,
    /// When a failed point is repaired, in seconds of the run.
    pub repaired_s: u32,
    /// What it is.
    pub kind: GunKind,
    /// The state it is in.
    pub status: GunStatus,
    /// True for an ordinary gun that can also take energy back; a gun of a V2G station can anyway.
    pub two_way: bool,
}

impl Gun {
    /// True when it can take energy back from a vehicle.
    pub fn is_two_way(&self) -> bool {
        self.two_way || self.kind == GunKind::V2g
    }

    /// Moves to another state. An illegal move is a mistake of ours.
    pub fn become_status(&mut self, next: GunStatus) {
        debug_assert!(self.status.may_become(next), "a gun cannot go from {:?} to {next:?}", self.status);
        self.status = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn efficiency_falls_at_low_load() {
        let loss = ConverterLoss::from_efficiencies(60_000.0, 0.94, 0.91);
        let efficiency = |p: i64| p as f64 / loss.meter_w(p) as f64;
        assert!((efficiency(60_000) - 0.94).abs() < 0.001, "{}", efficiency(60_000));
        assert!((efficiency(18_000) - 0.91).abs() < 0.001, "{}", efficiency(18_000));
    }

    proptest! {
        #[test]
        fn a_round_trip_always_loses(p in 1_i64..500_000, seconds in 1_i64..10_000, share in 1_i64..200_000, fixed in 0_i64..500) {
            let loss = ConverterLoss { fixed_w: fixed, share_ppm: share };
            let energy = p * seconds;
            let bought = energy + loss.energy_j(energy, seconds);
            let sold = energy - loss.energy_j(-energy, seconds);
            prop_assert!(sold < bought);
            prop_assert!(bought > energy && sold < energy);
        }

        #[test]
        fn the_meter_never_draws_more_than_asked(meter in 0_i64..1_000_000, share in 1_i64..200_000, fixed in 0_i64..500) {
            let loss = ConverterLoss { fixed_w: fixed, share_ppm: share };
            let battery = loss.battery_w(meter);
            prop_assert!(battery == 0 || loss.meter_w(battery) <= meter);
        }

        #[test]
        fn what_is_to_be_delivered_arrives_at_the_meter(
            meter in 1_i64..1_000_000, share in 1_i64..200_000, fixed in 0_i64..500,
        ) {
            let loss = ConverterLoss { fixed_w: fixed, share_ppm: share };
            let delivered = -loss.meter_w(loss.battery_w(-meter));
            prop_assert!((meter..=meter + 2).contains(&delivered), "{delivered} W of {meter} W");
        }
    }
}
