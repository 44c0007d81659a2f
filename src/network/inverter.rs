//! What inverters do about the voltage they see: reactive power by volt-var, less solar power by volt-watt.
//!
//! They look at the voltage of the last solve and act from then to the next one, as a control does that is slower than
//! the network and faster than its load.

use super::source::{BySource, Source};
use crate::fleet::charger::Gun;
use crate::plan::Plan;
use serde::{Deserialize, Serialize};

/// Which functions the inverters of solar arrays, storage units and two-way charging points have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum InverterControl {
    /// A power factor of one, whatever the voltage.
    #[default]
    Off,
    /// Reactive power by the voltage.
    VoltVar,
    /// Less solar power when the voltage is high.
    VoltWatt,
    /// Both.
    Both,
}

impl InverterControl {
    /// Its name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::VoltVar => "volt-var",
            Self::VoltWatt => "volt-watt",
            Self::Both => "volt-var and volt-watt",
        }
    }

    const fn has_volt_var(self) -> bool {
        matches!(self, Self::VoltVar | Self::Both)
    }

    const fn has_volt_watt(self) -> bool {
        matches!(self, Self::VoltWatt | Self::Both)
    }
}

/// Voltages in pu of users' nominal one between which reactive power goes from all that is delivered to none, and from
/// none to all that is drawn (IEEE 1547-2018, default of category B; from memory).
const VAR_CURVE_PU: [f64; 4] = [0.92, 0.98, 1.02, 1.08];
/// The most reactive power, as a share of the rating (the same).
const VAR_SHARE: f64 = 0.44;
/// Voltages in pu between which solar power goes from all there is to the least (the same).
const WATT_CURVE_PU: [f64; 2] = [1.06, 1.10];
/// The least, as a share of what the sun gives; the standard's is of the rating.
const WATT_LEAST: f64 = 0.2;

/// Reactive power by voltage in pu, as a share of the most: 1 is delivered, -1 drawn.
///
/// ```
/// use voltcity::network::inverter::volt_var;
/// assert_eq!([0.9, 0.95, 1.0, 1.05, 1.1].map(|v_pu| (volt_var(v_pu) * 2.0).round()), [2.0, 1.0, 0.0, -1.0, -2.0]);
/// ```
pub fn volt_var(v_pu: f64) -> f64 {
    let [all, none, from, to] = VAR_CURVE_PU;
    let delivered = ((none - v_pu) / (none - all)).clamp(0.0, 1.0);
    let drawn = ((v_pu - from) / (to - from)).clamp(0.0, 1.0);
    delivered - drawn
}

/// What is left of solar power at a voltage in pu, as a share.
pub fn volt_watt(v_pu: f64) -> f64 {
    let [from, to] = WATT_CURVE_PU;
    1.0 - (1.0 - WATT_LEAST) * ((v_pu - from) / (to - from)).clamp(0.0, 1.0)
}

/// The inverters of a city, those of a transformer together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inverters {
    /// What they do.
    pub control: InverterControl,
    /// By transformer row: their rating in VA, which is the power of their arrays' modules, of storage units and of
    /// two-way points (assumption: an inverter is as large as what is behind it, and awake all day).
    rating_va: Vec<u32>,
}

impl Inverters {
    /// Those of a plan.
    pub fn of(plan: &Plan) -> Self {
        let control = plan.inverters;
        if control == InverterControl::Off {
            return Self::default();
        }
        let mut rating_va = vec![0_u32; plan.transformers.len()];
        let mut add = |node: u32, va: u32| {
            let sum = &mut rating_va[node as usize];
            *sum = sum.saturating_add(va);
        };
        plan.pv.iter().for_each(|array| add(array.node, array.peak_w));
        plan.storage.iter().for_each(|(unit, _)| add(unit.node, unit.power_w));
        let two_way = |gun: &&Gun| gun.is_two_way();
        plan.guns.iter().filter(two_way).for_each(|gun| add(plan.stations[gun.station as usize].node, gun.rating_w));
        Self { control, rating_va }
    }

    /// The most reactive power in var that those of a transformer give or take beside the power they carry.
    pub(super) fn most_var(&self, row: usize, area: &BySource) -> f64 {
        if !self.control.has_volt_var() {
            return 0.0;
        }
        let carried_w = area[Source::Storage as usize].abs()
            + area[Source::Solar as usize].abs()
            + (-area[Source::Vehicles as usize]).max(0);
        let (rating_va, carried_w) = (f64::from(self.rating_va[row]), carried_w as f64);
        let room_var = (rating_va * rating_va - carried_w * carried_w).max(0.0).sqrt();
        room_var.min(VAR_SHARE * rating_va)
    }

    /// Whether reactive power depends on the voltage.
    pub(super) const fn is_reactive(&self) -> bool {
        self.control.has_volt_var()
    }

    /// What a transformer's solar arrays deliver of what they could, by its users' voltage in pu; all if they do not
    /// look at it.
    pub(super) fn solar_share(&self, v_pu: f64) -> f64 {
        if self.control.has_volt_watt() { volt_watt(v_pu) } else { 1.0 }
    }

    /// Whether solar power depends on the voltage.
    pub(super) const fn is_solar_limited(&self) -> bool {
        self.control.has_volt_watt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn curves_go_through_their_points() {
        for (v_pu, share) in [(0.8, 1.0), (0.92, 1.0), (0.98, 0.0), (1.0, 0.0), (1.02, 0.0), (1.08, -1.0), (1.2, -1.0)]
        {
            assert!((volt_var(v_pu) - share).abs() < 1e-12, "{v_pu} pu");
        }
        for (v_pu, share) in [(0.9, 1.0), (1.06, 1.0), (1.08, 0.6), (1.10, 0.2), (1.3, 0.2)] {
            assert!((volt_watt(v_pu) - share).abs() < 1e-12, "{v_pu} pu");
        }
    }

    proptest! {
        /// A higher voltage never has more power delivered, of either kind.
        #[test]
        fn curves_fall(a in 0.8_f64..1.2, b in 0.8_f64..1.2) {
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(volt_var(low) >= volt_var(high));
            prop_assert!(volt_watt(low) >= volt_watt(high));
        }

        /// An inverter's rating holds active and reactive power together.
        #[test]
        fn the_rating_holds(
            rating_va in 1_000_u32..1_000_000, solar in 0.0_f64..1.5, storage in -1.0_f64..1.0, vehicles in -1.0_f64..1.0
        ) {
            let inverters = Inverters { control: InverterControl::Both, rating_va: vec![rating_va] };
            let w = |share: f64| (f64::from(rating_va) * share) as i64;
            let area = [0, w(vehicles), w(storage), -w(solar)];
            let var = inverters.most_var(0, &area);
            prop_assert!((0.0..=0.44 * f64::from(rating_va)).contains(&var));
            let carried_w = (w(solar) + w(storage).abs() + w(-vehicles).max(0)) as f64;
            if carried_w <= f64::from(rating_va) {
                prop_assert!((carried_w * carried_w + var * var).sqrt() <= f64::from(rating_va) * (1.0 + 1e-12));
            } else {
                prop_assert_eq!(var, 0.0);
            }
            let off = Inverters { control: InverterControl::VoltWatt, ..inverters };
            prop_assert_eq!(off.most_var(0, &area), 0.0);
        }
    }
}
