//! Storage units: batteries at users, base stations and charging stations, with their own simple rules.

use crate::fleet::charger::ConverterLoss;
use crate::units::Energy;
use bevy_ecs::prelude::{Component, Resource};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum StorageKind {
    /// Behind a user's meter, charging in the valley and discharging at the peak.
    UserSide,
    /// At a 5G base station: backup, which stands by.
    BaseStation,
    /// At a charging station, soaking up its solar power and shaving its peaks.
    StationBuffer,
}

impl StorageKind {
    /// What it is called in tables.
    pub const fn label(self) -> &'static str {
        match self {
            Self::UserSide => "user-side",
            Self::BaseStation => "5G base station",
            Self::StationBuffer => "station buffer",
        }
    }
}

/// What does not change about a storage unit.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
#[component(immutable)]
pub struct StorageUnit {
    /// Usable capacity in J.
    pub capacity: Energy,
    /// Greatest power at the battery in W.
    pub power_w: u32,
    /// Energy it never goes below, in J.
    pub floor: Energy,
    /// Its transformer.
    pub node: u32,
    /// What it is.
    pub kind: StorageKind,
    /// What its converter loses.
    pub loss: ConverterLoss,
}

/// Where a storage unit is.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageState {
    /// Energy in it.
    pub energy: Energy,
    /// Energy at the meter in the step in J: drawn is positive, delivered negative.
    pub meter_j: i64,
}

/// How storage is run.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct StorageParams {
    /// Share of a transformer's limit above which a station buffer shaves, in 1/1000.
    pub shave_above_milli: u32,
}

/// What a unit is asked to do, until a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageOrder {
    /// What it is to draw, in W at the meter; negative to discharge.
    pub power_w: i64,
    /// Until when.
    pub until_s: u32,
}

/// Orders of an operator, by row of the unit.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageOrders(pub BTreeMap<u32, StorageOrder>);

/// Share of its transformer's limit up to which a unit charges, in 1/1000 (assumption: a site's energy management keeps
/// a tenth for what the next minutes bring).
const FILL_MILLI: i64 = 900;

/// What a unit sees of its transformer: what everybody else draws there, and the power it carries, in W.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeView {
    /// Net power of the others.
    pub others_w: i64,
    /// Power at which the transformer is fully loaded.
    pub limit_w: i64,
}

/// What all units go by in a step.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// How storage is run.
    pub params: &'a StorageParams,
    /// The hour's price.
    pub hour: PriceHour,
    /// What an operator asks for.
    pub orders: &'a StorageOrders,
    /// First second of the step.
    pub now_s: u32,
    /// Its length in s.
    pub step_s: u32,
}

/// Whether the price of the hour is low or high.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceHour {
    /// One of the cheapest hours of the day.
    pub valley: bool,
    /// Dearer than the day's median.
    pub peak: bool,
}

/// The units of one transformer (`group` are their rows) move in turn: each sees what those before it have decided, so
/// that together they neither fill the transformer nor feed the grid. `node` is the last step's, in which what they
/// moved themselves is still contained. Returns the change of energy in all of them in J.
pub fn move_in_turn(
    rules: Rules,
    mut node: NodeView,
    units: &[StorageUnit],
    states: &mut [StorageState],
    group: &[u32],
) -> i64 {
    let seconds = i64::from(rules.step_s);
    let before_j: i64 = group.iter().map(|&row| states[row as usize].meter_j).sum();
    node.others_w -= before_j / seconds;
    let mut gained_j = 0;
    for &row in group {
        let (unit, state) = (&units[row as usize], &mut states[row as usize]);
        let order = rules.orders.0.get(&row).filter(|order| rules.now_s < order.until_s);
        let wish = match order {
            Some(order) => within_site_w(unit, unit.loss.battery_w(order.power_w), node),
            None => wish_w(rules.params, unit, state, rules.hour, node),
        };
        gained_j += move_energy(unit, state, wish, rules.step_s);
        node.others_w += state.meter_j / seconds;
    }
    gained_j
}

/// What of a wish a unit's site allows: it does not charge its transformer full, and what is behind a user's meter does
/// not feed the grid.
fn within_site_w(unit: &StorageUnit, wish_w: i64, node: NodeView) -> i64 {
    let room_w = node.limit_w * FILL_MILLI / 1_000 - node.others_w;
    wish_w.clamp(-node.others_w.max(0), unit.loss.battery_w(room_w.max(0)))
}

/// What a unit wants to do: battery-side power in W, positive to charge. It never charges its transformer full.
pub fn wish_w(
    params: &StorageParams,
    unit: &StorageUnit,
    state: &StorageState,
    hour: PriceHour,
    node: NodeView,
) -> i64 {
    let PriceHour { valley, peak } = hour;
    let most = i64::from(unit.power_w);
    let node_net_w = node.others_w;
    let shave_above_w = node.limit_w * i64::from(params.shave_above_milli) / 1_000;
    let charge = |wish_w: i64| within_site_w(unit, wish_w, node);
    match unit.kind {
        // Backup is made good at once, at a quarter of the power (assumption).
        StorageKind::BaseStation if state.energy < unit.capacity => charge(most / 4),
        StorageKind::UserSide if valley => charge(most),
        // Never more than its own site draws: what is behind a user's meter does not feed the grid.
        StorageKind::UserSide if peak => -most.min(node_net_w.max(0)),
        StorageKind::StationBuffer if node_net_w < 0 => most.min(-node_net_w),
        StorageKind::StationBuffer if node_net_w > shave_above_w || peak => {
            -most.min(node_net_w.max(0)).min(if peak { most } else { node_net_w - shave_above_w })
        }
        StorageKind::StationBuffer if valley => charge(most / 2),
        StorageKind::UserSide | StorageKind::BaseStation | StorageKind::StationBuffer => 0,
    }
}

/// Moves energy for a step: power is clamped to what fits before it is booked. Returns the battery's change in J.
pub fn move_energy(unit: &StorageUnit, state: &mut StorageState, wish_w: i64, step_s: u32) -> i64 {
    let seconds = i64::from(step_s);
    let power_w = wish_w.clamp(-i64::from(unit.power_w), i64::from(unit.power_w));
    let low_j = (unit.floor.0 - state.energy.0).min(0);
    let high_j = unit.capacity.0 - state.energy.0;
    let moved_j = (power_w * seconds).clamp(low_j, high_j);
    let meter_j = moved_j + unit.loss.energy_j(moved_j, seconds);
    // To discharge less than the converter itself needs would only empty the battery: it stays off.
    if moved_j == 0 || (moved_j < 0 && meter_j >= 0) {
        state.meter_j = 0;
        return 0;
    }
    state.energy = Energy(state.energy.0 + moved_j);
    state.meter_j = meter_j;
    moved_j
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unit(kind: StorageKind) -> StorageUnit {
        StorageUnit {
            capacity: Energy::from_kwh(15.0),
            power_w: 4_000,
            floor: Energy::from_kwh(3.0),
            node: 0,
            kind,
            loss: ConverterLoss { fixed_w: 20, share_ppm: 40_000 },
        }
    }

    const PARAMS: StorageParams = StorageParams { shave_above_milli: 600 };

    #[test]
    fn a_unit_asked_for_less_than_its_converter_needs_stays_off() {
        let mut state = StorageState { energy: Energy::from_kwh(9.0), meter_j: 5 };
        for wish_w in [-1, -20] {
            assert_eq!(move_energy(&unit(StorageKind::UserSide), &mut state, wish_w, 60), 0);
            assert_eq!((state.energy, state.meter_j), (Energy::from_kwh(9.0), 0));
        }
        assert!(move_energy(&unit(StorageKind::UserSide), &mut state, -30, 60) < 0 && state.meter_j < 0);
    }

    proptest! {
        #[test]
        fn a_unit_stays_within_its_limits_and_always_loses(
            start in 3.0_f64..15.0, wishes in prop::collection::vec(-9_000_i64..9_000, 1..50),
        ) {
            let unit = unit(StorageKind::UserSide);
            let mut state = StorageState { energy: Energy::from_kwh(start), meter_j: 0 };
            for wish in wishes {
                let before = state.energy;
                let moved = move_energy(&unit, &mut state, wish, 60);
                prop_assert!(state.energy >= unit.floor && state.energy <= unit.capacity);
                prop_assert_eq!(state.energy - before, Energy(moved));
                prop_assert!(moved.abs() <= 4_000 * 60);
                prop_assert!(state.meter_j >= moved, "loss is never negative");
            }
        }
    }

    #[test]
    fn user_side_storage_does_not_feed_the_grid() {
        let wish = |kind, valley, others_w| {
            let node = NodeView { others_w, limit_w: 100_000 };
            let (unit, hour) = (unit(kind), PriceHour { valley, peak: !valley });
            wish_w(&PARAMS, &unit, &StorageState { energy: unit.capacity, meter_j: 0 }, hour, node)
        };
        assert_eq!(wish(StorageKind::UserSide, false, 1_500), -1_500);
        assert_eq!(wish(StorageKind::UserSide, false, -500), 0);
        assert_eq!(wish(StorageKind::BaseStation, true, 1_500), 0);
    }

    proptest! {
        #[test]
        fn charging_storage_leaves_its_transformer_room(
            others_w in -50_000_i64..150_000, limit_w in 1_000_i64..100_000, kind in 0_usize..3, valley in any::<bool>(),
        ) {
            let kind = [StorageKind::UserSide, StorageKind::BaseStation, StorageKind::StationBuffer][kind];
            let (unit, node) = (unit(kind), NodeView { others_w, limit_w });
            let hour = PriceHour { valley, peak: !valley };
            let state = StorageState { energy: unit.floor, meter_j: 0 };
            let wish = wish_w(&PARAMS, &unit, &state, hour, node);
            if wish > 0 {
                prop_assert!(unit.loss.meter_w(wish) + others_w <= limit_w.max(others_w).max(0), "{wish} W");
            }
            prop_assert!(wish >= 0 || others_w + wish >= 0, "it feeds the grid");
        }

        /// Units that saw each other's last step only would all take the same room, and swing to and fro.
        #[test]
        fn units_behind_one_transformer_share_its_room(
            others_w in 0_i64..20_000, limit_w in 5_000_i64..20_000, count in 1_usize..6, hours in prop::collection::vec(any::<bool>(), 1..30), asked in -9_000_i64..9_000,
        ) {
            let units = vec![unit(StorageKind::UserSide); count];
            let mut states = vec![StorageState { energy: Energy::from_kwh(9.0), meter_j: 0 }; count];
            let group: Vec<u32> = (0..count as u32).collect();
            let mut net_w = others_w;
            // The first one also hears an operator.
            let orders = StorageOrders([(0, StorageOrder { power_w: asked, until_s: 600 })].into());
            for (now_s, valley) in (0_u32..).step_by(60).zip(hours) {
                let (hour, node) = (PriceHour { valley, peak: !valley }, NodeView { others_w: net_w, limit_w });
                let rules = Rules { params: &PARAMS, hour, orders: &orders, now_s, step_s: 60 };
                move_in_turn(rules, node, &units, &mut states, &group);
                net_w = others_w + states.iter().map(|s| s.meter_j / 60).sum::<i64>();
                prop_assert!(net_w >= 0, "they feed the grid: {net_w} W");
                prop_assert!(net_w <= others_w.max(limit_w), "{net_w} W through {limit_w} W");
            }
        }
    }
}
