//! Transformer areas without supply: nothing is drawn or delivered there until it is back.
//!
//! Points of stations fail meanwhile, as they do for other reasons: whoever is plugged in is interrupted and may drive
//! on to another station. Inverters of arrays and storage switch off without a grid. What is not drawn is not drawn
//! later either (assumption: nothing is known of how Shenzhen's load comes back); vehicles charge later, for they need
//! it.

use crate::clock::Clock;
use crate::parallel::{rows, with_rows};
use crate::site::pv::{PvArray, PvOutput};
use crate::site::stock::{Building, BuildingLoad};
use bevy_ecs::prelude::*;
use core::ops::Range;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An area that is, or was, without supply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blackout {
    /// Until which second of the run.
    pub until_s: u32,
    /// How often it has lost supply.
    pub times: u32,
    /// How long it has been without, in s.
    pub dark_s: u64,
    /// What its buildings would have drawn, in J.
    pub not_served_j: i64,
}

/// All areas that are or were without supply, by row of their transformer.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blackouts(pub BTreeMap<u32, Blackout>);

impl Blackouts {
    /// When supply comes back in an area that has none at a second; none where it has.
    pub fn until(&self, node: u32, at_s: u32) -> Option<u32> {
        self.0.get(&node).map(|blackout| blackout.until_s).filter(|until_s| *until_s > at_s)
    }

    /// Takes the supply from an area from a second on; true if it had one.
    pub fn begin(&mut self, node: u32, now_s: u32, until_s: u32) -> bool {
        let blackout = self.0.entry(node).or_default();
        let is_new = blackout.until_s <= now_s;
        blackout.times += u32::from(is_new);
        blackout.until_s = blackout.until_s.max(until_s);
        is_new
    }
}

/// Rows of what is behind a transformer, of rows that are in the order of their transformers.
fn behind<T>(rows: &[T], node: u32, node_of: impl Fn(&T) -> u32) -> Range<usize> {
    rows.partition_point(|row| node_of(row) < node)..rows.partition_point(|row| node_of(row) <= node)
}

/// What is left of a power in W in some part of a time.
fn share(power_w: i32, part: u32, whole: u32) -> i32 {
    (i64::from(power_w) * i64::from(part) / i64::from(whole.max(1))) as i32
}

/// Act: where there is no supply, buildings draw nothing and arrays deliver nothing. After all that sets either.
pub fn black_out(
    clock: Res<Clock>,
    mut blackouts: ResMut<Blackouts>,
    buildings: Query<&Building>,
    mut loads: Query<&mut BuildingLoad>,
    arrays: Query<&PvArray>,
    mut outputs: Query<&mut PvOutput>,
) {
    let now_s = clock.now_s();
    // Looked at without a claim to change: nearly always there is nothing to do.
    if blackouts.0.values().all(|blackout| blackout.until_s <= now_s) {
        return;
    }
    let (buildings, arrays) = (rows(&buildings), rows(&arrays));
    with_rows(&mut loads, |loads| {
        with_rows(&mut outputs, |outputs| {
            for (&node, blackout) in blackouts.0.iter_mut().filter(|(_, blackout)| blackout.until_s > now_s) {
                // Powers are means of the step: supply may be back within it.
                let dark_s = (blackout.until_s - now_s).min(clock.step_s);
                let left = |power_w: i32| share(power_w, clock.step_s - dark_s, clock.step_s);
                for load in &mut loads[behind(buildings, node, |building| building.node)] {
                    let left_w = left(load.power_w);
                    blackout.not_served_j += i64::from(load.power_w - left_w) * i64::from(clock.step_s);
                    load.power_w = left_w;
                }
                for output in &mut outputs[behind(arrays, node, |array| array.node)] {
                    output.power_w = left(output.power_w);
                }
                blackout.dark_s += u64::from(dark_s);
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_within_another_is_the_same_loss() {
        let mut all = Blackouts::default();
        assert!(all.begin(3, 100, 500));
        assert!(!all.begin(3, 200, 400), "it has none already");
        assert_eq!((all.until(3, 450), all.until(3, 500), all.until(4, 0)), (Some(500), None, None));
        assert!(all.begin(3, 500, 600));
        assert_eq!(all.0[&3], Blackout { until_s: 600, times: 2, ..Blackout::default() });
    }

    #[test]
    fn rows_behind_a_transformer_are_found() {
        let rows = [0_u32, 0, 2, 2, 2, 5];
        let of = |node| behind(&rows, node, |row| *row);
        assert_eq!([of(0), of(1), of(2), of(5), of(6)], [0..2, 2..2, 2..5, 5..6, 6..6]);
    }
}
