//! Phase Balance: what flows in the step is summed from agents to transformers, feeders, substations, zones and the
//! city, in integers, and held against each element's limit.

use crate::city::tree::{BranchFlow, Feeder, Substation, Transformer, TransformerFlow, Tree};
use crate::clock::Clock;
use crate::fleet::shard::FleetShards;
use crate::parallel::{Threads, rows, split, with_rows};
use crate::site::pv::{PvArray, PvOutput};
use crate::site::stock::BuildingLoad;
use crate::site::storage::{StorageState, StorageUnit};
use crate::site::systems::{Conditions, StorageMovers};
use bevy_ecs::prelude::*;

/// Energy of a step by what it is for, in J.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Drawn by buildings.
    pub building_j: i64,
    /// Delivered by solar arrays.
    pub pv_j: i64,
    /// Drawn by vehicles at the meter, standby of bidirectional points included.
    pub charged_j: i64,
    /// Returned by vehicles at the meter.
    pub returned_j: i64,
    /// Drawn by storage.
    pub storage_in_j: i64,
    /// Delivered by storage.
    pub storage_out_j: i64,
}

impl Sums {
    /// What the grid must bring: positive is import.
    pub const fn net_j(&self) -> i64 {
        self.building_j - self.pv_j + self.charged_j - self.returned_j + self.storage_in_j - self.storage_out_j
    }

    /// Adds another sum.
    pub const fn add(&mut self, o: &Self) {
        self.building_j += o.building_j;
        self.pv_j += o.pv_j;
        self.charged_j += o.charged_j;
        self.returned_j += o.returned_j;
        self.storage_in_j += o.storage_in_j;
        self.storage_out_j += o.storage_out_j;
    }
}

/// The sums of the last step by zone index, and of the whole city.
#[derive(Resource, Clone, Debug, Default)]
pub struct StepSums {
    /// By zone index.
    pub zones: Vec<Sums>,
    /// The whole city.
    pub city: Sums,
}

/// Balance: what vehicles changed, and what arrays and storage units moved, reaches the transformers.
///
/// Buildings are left out: nearly every transformer has one, which its sum looks up itself.
pub fn post_changes(
    mut shards: ResMut<FleetShards>,
    movers: Res<StorageMovers>,
    arrays: (Query<&PvArray>, Query<&PvOutput>),
    units: (Query<&StorageUnit>, Query<&StorageState>),
    conditions: Res<Conditions>,
    mut flows: Query<&mut TransformerFlow>,
) {
    with_rows(&mut flows, |flows| {
        for shard in &mut shards.0 {
            for change in shard.books.nodes.drain(..) {
                let flow = &mut flows[change.node as usize];
                let line = if change.returned { &mut flow.returned } else { &mut flow.charged };
                line.standing_w += i64::from(change.standing_w);
                line.extra_j += change.extra_j;
            }
        }
        if conditions.sky.is_some() {
            for (array, output) in rows(&arrays.0).iter().zip(rows(&arrays.1)) {
                flows[array.node as usize].pv_w += output.power_w;
            }
        }
        let (units, states) = (rows(&units.0), rows(&units.1));
        for &row in &movers.0 {
            let (unit, meter_j) = (&units[row as usize], states[row as usize].meter_j);
            let flow = &mut flows[unit.node as usize];
            flow.storage_in_j += meter_j.max(0);
            flow.storage_out_j += (-meter_j).max(0);
        }
    });
}

/// What hangs on transformers, by row.
#[derive(Clone, Copy)]
struct Leaves<'a> {
    buildings: &'a [BuildingLoad],
}

/// One transformer's sums of a step, its flow noted on the way.
///
/// Nearly everything is power that holds for the whole step, so the sums are made in W and the division by the step
/// is left to the few transformers where something changed within it.
fn sum_transformer(t: &Transformer, flow: &mut TransformerFlow, leaves: Leaves, step_s: u32, sums: &mut Sums) -> i64 {
    let seconds = i64::from(step_s);
    let building_w = match leaves.buildings.get(t.buildings.first as usize) {
        Some(b) if t.buildings.len == 1 => i64::from(b.power_w),
        _ => leaves.buildings[t.buildings.range()].iter().map(|b| i64::from(b.power_w)).sum(),
    };
    let pv_w = i64::from(core::mem::take(&mut flow.pv_w));
    let charged_w = flow.charged.standing_w + i64::from(t.standby_w);
    let returned_w = flow.returned.standing_w;
    sums.building_j += building_w * seconds;
    sums.pv_j += pv_w * seconds;
    sums.charged_j += charged_w * seconds;
    sums.returned_j += returned_w * seconds;
    let mut ev_w = charged_w - returned_w;
    let mut ev_extra_j = 0;
    if flow.charged.extra_j != 0 || flow.returned.extra_j != 0 {
        let (charged_j, returned_j) = (flow.charged.take_extra(), flow.returned.take_extra());
        sums.charged_j += charged_j;
        sums.returned_j += returned_j;
        ev_extra_j = charged_j - returned_j;
        ev_w += ev_extra_j / seconds;
    }
    let mut net_j = (building_w - pv_w + charged_w - returned_w) * seconds + ev_extra_j;
    let mut net_w = building_w - pv_w + ev_w;
    if flow.storage_in_j != 0 || flow.storage_out_j != 0 {
        let (in_j, out_j) = (core::mem::take(&mut flow.storage_in_j), core::mem::take(&mut flow.storage_out_j));
        sums.storage_in_j += in_j;
        sums.storage_out_j += out_j;
        net_j += in_j - out_j;
        net_w += (in_j - out_j) / seconds;
    }
    note_transformer(t, flow, net_w as i32, ev_w as i32, step_s);
    net_j
}

/// Notes the mean power of a step and whether it is above the limit.
fn note_transformer(t: &Transformer, flow: &mut TransformerFlow, net_w: i32, ev_w: i32, step_s: u32) {
    (flow.net_w, flow.ev_w) = (net_w, ev_w);
    flow.peak_w = flow.peak_w.max(net_w.abs());
    if net_w.unsigned_abs() > t.limit_w {
        flow.overload_s += step_s;
    }
}

/// Notes the mean power of a feeder or substation.
fn note_branch(flow: &mut BranchFlow, net_w: i64, limit_w: i64, step_s: u32) {
    flow.net_w = net_w;
    flow.peak_w = flow.peak_w.max(net_w.abs());
    if net_w.abs() > limit_w {
        flow.overload_s += step_s;
    }
}

/// The rows of a run of zones, for one thread.
struct Part<'a> {
    zones: core::ops::Range<usize>,
    sums: &'a mut [Sums],
    flows: &'a mut [TransformerFlow],
    feeders: &'a mut [BranchFlow],
}

/// Balance: transformers, feeders and zones. Writes their flows and [`StepSums`].
#[expect(clippy::too_many_arguments, reason = "one argument per kind of row it sums")]
pub fn balance_areas(
    clock: Res<Clock>,
    threads: Res<Threads>,
    tree: Res<Tree>,
    nodes: Query<&Transformer>,
    mut flows: Query<&mut TransformerFlow>,
    feeders: Query<&Feeder>,
    mut branches: Query<&mut BranchFlow, With<Feeder>>,
    buildings: Query<&BuildingLoad>,
    mut out: ResMut<StepSums>,
) {
    let step_s = clock.step_s;
    let (nodes, feeders) = (rows(&nodes), rows(&feeders));
    let leaves = Leaves { buildings: rows(&buildings) };
    let chunks = zone_chunks(&tree, if threads.0 == 1 { 1 } else { threads.0 * 2 });
    let zones_sums = &mut out.zones;
    with_rows(&mut flows, |flows| {
        with_rows(&mut branches, |branches| {
            let sums = split(zones_sums, chunks.iter().map(core::ops::Range::len));
            let flows = split(flows, chunks.iter().map(|z| run_len(&tree.zone_transformers[z.clone()])));
            let branches = split(branches, chunks.iter().map(|z| run_len(&tree.zone_feeders[z.clone()])));
            let zipped = chunks.iter().cloned().zip(sums).zip(flows.into_iter().zip(branches));
            let parts = zipped.map(|((zones, sums), (flows, feeders))| Part { zones, sums, flows, feeders }).collect();
            threads.each(parts, |part| balance_part(&tree, nodes, feeders, leaves, part, step_s));
        });
    });
    let StepSums { zones, city } = &mut *out;
    *city = Sums::default();
    zones.iter().for_each(|zone| city.add(zone));
}

fn balance_part(tree: &Tree, nodes: &[Transformer], feeders: &[Feeder], leaves: Leaves, part: Part, step_s: u32) {
    let Part { zones, sums, flows, feeders: branches } = part;
    let first_node = tree.zone_transformers[zones.start].first as usize;
    let first_feeder = tree.zone_feeders[zones.start].first as usize;
    for (zone, sum) in zones.zip(sums) {
        *sum = Sums::default();
        for f in tree.zone_feeders[zone].range() {
            let mut net_j = 0;
            for i in feeders[f].transformers.range() {
                net_j += sum_transformer(&nodes[i], &mut flows[i - first_node], leaves, step_s, sum);
            }
            let limit_w = i64::from(feeders[f].limit_w);
            note_branch(&mut branches[f - first_feeder], net_j / i64::from(step_s), limit_w, step_s);
        }
    }
}

/// Runs of zones with about equal numbers of transformers.
fn zone_chunks(tree: &Tree, chunks: usize) -> Vec<core::ops::Range<usize>> {
    let total = run_len(&tree.zone_transformers);
    let mut ranges = Vec::with_capacity(chunks);
    let (mut from, mut in_chunk) = (0, 0);
    for (zone, run) in tree.zone_transformers.iter().enumerate() {
        in_chunk += run.len as usize;
        if in_chunk * chunks >= total || zone + 1 == tree.zone_transformers.len() {
            ranges.push(from..zone + 1);
            (from, in_chunk) = (zone + 1, 0);
        }
    }
    ranges
}

fn run_len(runs: &[crate::city::tree::Run]) -> usize {
    runs.iter().map(|r| r.len as usize).sum()
}

/// Balance: substations are the sums of their feeders.
pub fn balance_substations(
    clock: Res<Clock>,
    substations: Query<&Substation>,
    feeders: Query<&BranchFlow, With<Feeder>>,
    mut flows: Query<&mut BranchFlow, (With<Substation>, Without<Feeder>)>,
) {
    let feeders = rows(&feeders);
    with_rows(&mut flows, |flows| {
        for (flow, substation) in flows.iter_mut().zip(rows(&substations)) {
            let net_w = feeders[substation.feeders.range()].iter().map(|f| f.net_w).sum();
            note_branch(flow, net_w, substation.limit_w as i64, clock.step_s);
        }
    });
}
