//! What buildings and storage can do.

use crate::market::programme::{Flexible, Programme};
use crate::market::resource::ResourceKind;
use crate::site::building::{BuildingKind, FixedFactors, base_power_w, cooling_power_w};
use crate::site::shed::Part;
use crate::site::stock::Building;
use crate::site::storage::{StorageKind, StorageState, StorageUnit};

/// What of a building's load is flexible: its kind of resource, the rule, and whether it is its cooling.
pub(super) fn rule(programme: &Programme, kind: BuildingKind) -> Option<(ResourceKind, Flexible, bool)> {
    match kind {
        BuildingKind::Office | BuildingKind::Retail | BuildingKind::Public => {
            Some((ResourceKind::Cooling, programme.cooling, true))
        }
        BuildingKind::DistrictCooling => Some((ResourceKind::DistrictCooling, programme.district_cooling, true)),
        BuildingKind::Industry => Some((ResourceKind::Industry, programme.industry, false)),
        BuildingKind::DataCentre => Some((ResourceKind::DataCentre, programme.data_centre, false)),
        BuildingKind::Residential | BuildingKind::Metro => None,
    }
}

/// Which part of the load of a kind of building is flexible, and what comes back of it, in 1/1000.
pub(crate) fn part_of(programme: &Programme, kind: BuildingKind) -> (Part, i64) {
    match rule(programme, kind) {
        Some((_, flexible, true)) => (Part::Cooling, (flexible.rebound * 1e3) as i64),
        Some((_, flexible, false)) => (Part::Base, (flexible.rebound * 1e3) as i64),
        None => (Part::Base, 0),
    }
}

/// What a building can shed for `hold_s`, in W: less over a longer time than it can hold.
pub(super) fn shed_w(b: &Building, flexible: Flexible, is_cooling: bool, factors: FixedFactors, hold_s: u32) -> i64 {
    let present_w = if is_cooling { cooling_power_w(b.cooling_w, &factors) } else { base_power_w(b.base_w, &factors) };
    let lasting = (f64::from(flexible.hold_s) / f64::from(hold_s.max(1))).min(1.0);
    (present_w as f64 * flexible.share * lasting) as i64
}

/// What of a building's load is flexible at design conditions, in W.
pub(super) fn connected_w(b: &Building, flexible: Flexible, is_cooling: bool) -> i64 {
    (f64::from(if is_cooling { b.cooling_w } else { b.base_w }) * flexible.share) as i64
}

/// What a unit would draw on average for `hold_s` if it went on, in W at the meter, negative when it discharges: what it
/// charges now ends when it is full.
pub(crate) fn unit_draws_w(unit: &StorageUnit, state: &StorageState, step_s: u32, hold_s: u32) -> i64 {
    let meter_w = state.meter_j / i64::from(step_s);
    let lacking_w = (unit.capacity - state.energy).0.max(0) / i64::from(hold_s);
    meter_w.min(unit.loss.meter_w(lacking_w))
}

/// By how much a unit can lower what its site draws for `hold_s`, in W at the meter: it stops charging and discharges,
/// but does not feed the grid. `site_w` is what the site draws, the unit included. Where a dear hour is on or begins
/// meanwhile, units that follow the price discharge anyway, and that lowers nothing.
pub(super) fn unit_down_w(
    unit: &StorageUnit,
    state: &StorageState,
    step_s: u32,
    site_w: i64,
    hold_s: u32,
    dear: bool,
) -> i64 {
    if dear && unit.kind != StorageKind::BaseStation {
        return 0;
    }
    let charging_w = unit_draws_w(unit, state, step_s, hold_s).max(0);
    let most_w = ((state.energy - unit.floor).0.max(0) / i64::from(hold_s)).min(i64::from(unit.power_w));
    let delivered_w = -unit.loss.meter_w(-most_w);
    let already_w = (-state.meter_j / i64::from(step_s)).max(0);
    (charging_w + (delivered_w - already_w).max(0)).min(site_w.max(0))
}

/// By how much a unit can raise what its site draws for `hold_s`, in W at the meter. `room_w` is what its transformer
/// still carries.
pub(super) fn unit_up_w(unit: &StorageUnit, state: &StorageState, step_s: u32, room_w: i64, hold_s: u32) -> i64 {
    let discharging_w = (-state.meter_j / i64::from(step_s)).max(0);
    let most_w = ((unit.capacity - state.energy).0.max(0) / i64::from(hold_s)).min(i64::from(unit.power_w));
    let drawn_w = if most_w > 0 { unit.loss.meter_w(most_w) } else { 0 };
    let already_w = (state.meter_j / i64::from(step_s)).max(0);
    (discharging_w + (drawn_w - already_w).max(0)).min(room_w.max(0))
}
