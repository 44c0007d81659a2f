//! Load that buildings shed when asked, and what comes back afterwards.
//!
//! A building's flexible part is its cooling, or for factories and data centres a part of their base load. While it is
//! shed, a share of the energy is owed: rooms warm up, work waits. Afterwards the debt is drawn over the next hours,
//! falling exponentially as a room comes back to its set point.

use crate::clock::Clock;
use crate::parallel::{rows, with_rows};
use crate::site::building::{base_power_w, cooling_power_w};
use crate::site::stock::{Building, BuildingLoad};
use crate::site::systems::Conditions;
use bevy_ecs::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Time constant with which what is owed is drawn, in s (assumption: an hour, so that most comes back within two).
pub const PAY_BACK_S: i64 = 3_600;

/// Which part of a building's load is shed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Its cooling.
    Cooling,
    /// The rest.
    Base,
}

/// What a building is asked to shed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShedOrder {
    /// Of which part.
    pub part: Part,
    /// How much, in W; never more than the part draws.
    pub power_w: i64,
    /// Until when.
    pub until_s: u32,
    /// What of the energy comes back, in 1/1000.
    pub rebound_milli: i64,
}

/// A building that sheds load, or owes some.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shed {
    /// What it was last asked for.
    pub order: ShedOrder,
    /// What it still has to draw, in J.
    pub owed_j: i64,
    /// What it has shed in the last step less what it has drawn beyond its need, in W.
    pub lowered_w: i64,
}

/// Buildings that shed load or owe some, by row.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shedding(pub BTreeMap<u32, Shed>);

impl Shedding {
    /// Asks a building for something; what it owes from before it goes on owing.
    pub fn ask(&mut self, row: u32, order: ShedOrder) {
        self.0.entry(row).or_insert(Shed { order, owed_j: 0, lowered_w: 0 }).order = order;
    }
}

impl Shed {
    /// Lowers or raises a building's load for a step, of which `part_w` is what its flexible part draws. Returns the
    /// change in W, negative when it draws less.
    fn step(&mut self, part_w: i64, now_s: u32, step_s: u32) -> i64 {
        let seconds = i64::from(step_s);
        let change_w = if now_s < self.order.until_s {
            let shed_w = self.order.power_w.clamp(0, part_w.max(0));
            self.owed_j += shed_w * seconds * self.order.rebound_milli / 1_000;
            -shed_w
        } else {
            let drawn_w = self.owed_j / PAY_BACK_S.max(seconds);
            // What is left when hardly anything is drawn any more is forgiven: less than an hour's watt.
            self.owed_j = if drawn_w == 0 { 0 } else { self.owed_j - drawn_w * seconds };
            drawn_w
        };
        self.lowered_w = -change_w;
        change_w
    }

    fn is_over(&self, now_s: u32) -> bool {
        now_s >= self.order.until_s && self.owed_j == 0
    }
}

/// Act: buildings that were asked to shed load do so, and those that owe some draw it. After [`run_buildings`].
///
/// [`run_buildings`]: crate::site::systems::run_buildings
pub fn shed_buildings(
    clock: Res<Clock>,
    conditions: Res<Conditions>,
    mut shedding: ResMut<Shedding>,
    traits: Query<&Building>,
    mut loads: Query<&mut BuildingLoad>,
) {
    if shedding.0.is_empty() {
        return;
    }
    let (traits, now_s) = (rows(&traits), clock.now_s());
    with_rows(&mut loads, |loads| {
        for (&row, shed) in &mut shedding.0 {
            let b = &traits[row as usize];
            let factors = conditions.factors.of(b.kind, b.variant);
            let part_w = match shed.order.part {
                Part::Cooling => cooling_power_w(b.cooling_w, factors),
                Part::Base => base_power_w(b.base_w, factors),
            };
            loads[row as usize].power_w += shed.step(part_w, now_s, clock.step_s) as i32;
        }
    });
    let end_s = clock.end_s();
    shedding.0.retain(|_, shed| !shed.is_over(end_s));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever is asked, a part never draws less than nothing, and what comes back is what is owed.
        #[test]
        fn what_is_shed_comes_back_in_its_share(
            asked in prop::collection::vec((-1_000_i64..60_000, 0_u32..7_200), 1..6), part_w in 0_i64..40_000,
            rebound_milli in 0_i64..1_000, step_s in prop::sample::select(vec![60_u32, 300, 900]),
        ) {
            let mut shedding = Shedding::default();
            let (mut shed_j, mut back_j, mut owed_j, mut now_s) = (0, 0, 0, 0);
            let mut orders = asked.into_iter();
            while now_s < 24 * 3_600 {
                if now_s % 3_600 == 0 && let Some((power_w, length_s)) = orders.next() {
                    let order = ShedOrder { part: Part::Cooling, power_w, until_s: now_s + length_s, rebound_milli };
                    shedding.ask(7, order);
                }
                for shed in shedding.0.values_mut() {
                    let change_w = shed.step(part_w, now_s, step_s);
                    prop_assert!(part_w + change_w >= 0);
                    prop_assert_eq!(shed.lowered_w, -change_w);
                    shed_j += (-change_w).max(0) * i64::from(step_s);
                    owed_j += (-change_w).max(0) * i64::from(step_s) * rebound_milli / 1_000;
                    back_j += change_w.max(0) * i64::from(step_s);
                }
                now_s += step_s;
                shedding.0.retain(|_, shed| !shed.is_over(now_s));
            }
            prop_assert!(shedding.0.is_empty(), "{shedding:?}");
            prop_assert!(back_j <= owed_j && owed_j - back_j <= 6 * PAY_BACK_S, "{back_j} of {owed_j} J came back");
            prop_assert!(back_j <= shed_j);
        }
    }
}
