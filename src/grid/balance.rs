//! Phase Balance: what flows in the step is summed from agents to transformers, feeders, substations, zones and the
//! city, in integers, and held against each element's limit.

use crate::city::tree::{BranchFlow, Feeder, Substation, Transformer, TransformerFlow, Tree};
use crate::clock::Clock;
use crate::fleet::books::Line;
use crate::fleet::shard::FleetShards;
use crate::parallel::{Threads, rows, split, with_rows};
use crate::site::pv::{PvArray, PvOutput};
use crate::site::stock::BuildingLoad;
use crate::site::storage::{StorageState, StorageUnit};
use crate::site::systems::{Conditions, StorageMovers};
use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;
use serde::{Deserialize, Serialize};

/// Energy of a step by what it is for, in J.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// What vehicles draw and return in a zone: power that stands, moved by deltas, and energy beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneBooks {
    /// Drawn, standby of bidirectional points included.
    pub charged: Line,
    /// Returned.
    pub returned: Line,
    /// Energy drawn by storage in the step, in J.
    pub storage_in_j: i64,
    /// Energy delivered by storage in the step, in J.
    pub storage_out_j: i64,
}

impl ZoneBooks {
    /// The sums of a step so far, after which the books hold standing power only.
    fn close(&mut self, step_s: u32) -> Sums {
        Sums {
            charged_j: self.charged.close(step_s),
            returned_j: self.returned.close(step_s),
            storage_in_j: core::mem::take(&mut self.storage_in_j),
            storage_out_j: core::mem::take(&mut self.storage_out_j),
            ..Sums::default()
        }
    }
}

/// The sums of the last step by zone index, and of the whole city.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
pub struct StepSums {
    /// By zone index.
    pub zones: Vec<Sums>,
    /// What moves by deltas, by zone index.
    pub books: Vec<ZoneBooks>,
    /// The whole city.
    pub city: Sums,
}

impl StepSums {
    /// The sums of a city in which nothing but standby flows.
    pub fn new(transformers: &[Transformer], zones: usize) -> Self {
        let mut books = vec![ZoneBooks::default(); zones];
        for t in transformers {
            books[usize::from(t.zone)].charged.standing_w += i64::from(t.standby_w);
        }
        Self { zones: vec![Sums::default(); zones], books, city: Sums::default() }
    }
}

/// Power and energy of a run of transformers in a step.
#[derive(Clone, Copy, Default)]
struct RunSums {
    /// Drawn by buildings, in W.
    building_w: i64,
    /// Delivered by solar arrays, in W.
    pv_w: i64,
    /// Net power that holds for the whole step, in W.
    net_w: i64,
    /// Net energy beside it, in J.
    extra_j: i64,
}

/// One transformer's sums of a step, its flow noted on the way.
///
/// Nearly everything is power that holds for the whole step, so the sums are made in W and the division by the step
/// is left to the few transformers where something changed within it.
#[inline]
fn sum_transformer(t: &Transformer, flow: &mut TransformerFlow, building_w: i32, step_s: u32, run: &mut RunSums) {
    let pv_w = core::mem::take(&mut flow.pv_w);
    let standing_w = building_w - pv_w + flow.ev_standing_w;
    run.building_w += i64::from(building_w);
    run.pv_w += i64::from(pv_w);
    run.net_w += i64::from(standing_w);
    (flow.net_w, flow.ev_w) = (standing_w, flow.ev_standing_w);
    if flow.ev_extra_j | flow.storage_j != 0 {
        run.extra_j += take_extra(flow, step_s);
    }
    flow.peak_w = flow.peak_w.max(flow.net_w.abs());
    flow.overload_s += if flow.net_w.unsigned_abs() > t.limit_w { step_s } else { 0 };
}

/// Adds to a transformer's flow what moved beside the standing power, and returns it in J.
#[cold]
fn take_extra(flow: &mut TransformerFlow, step_s: u32) -> i64 {
    let seconds = i64::from(step_s);
    let (ev_j, storage_j) = (core::mem::take(&mut flow.ev_extra_j), core::mem::take(&mut flow.storage_j));
    flow.ev_w += (ev_j / seconds) as i32;
    flow.net_w += ((ev_j + storage_j) / seconds) as i32;
    ev_j + storage_j
}

/// Notes the mean power of a feeder or substation.
fn note_branch(flow: &mut BranchFlow, net_w: i64, limit_w: i64, step_s: u32) {
    flow.net_w = net_w;
    flow.peak_w = flow.peak_w.max(net_w.abs());
    if net_w.abs() > limit_w {
        flow.overload_s += step_s;
    }
}

/// What moves energy at transformers, beside their buildings.
#[derive(SystemParam)]
pub struct Sources<'w, 's> {
    shards: ResMut<'w, FleetShards>,
    movers: Res<'w, StorageMovers>,
    units: Query<'w, 's, &'static StorageUnit>,
    storage: Query<'w, 's, &'static StorageState>,
    conditions: Res<'w, Conditions>,
    arrays: Query<'w, 's, &'static PvArray>,
    outputs: Query<'w, 's, &'static PvOutput>,
    buildings: Query<'w, 's, &'static BuildingLoad>,
}

/// The same as plain rows.
#[derive(Clone, Copy)]
struct Rows<'a> {
    tree: &'a Tree,
    nodes: &'a [Transformer],
    feeders: &'a [Feeder],
    shards: &'a FleetShards,
    movers: &'a [u32],
    units: &'a [StorageUnit],
    storage: &'a [StorageState],
    /// Empty by night.
    arrays: &'a [PvArray],
    outputs: &'a [PvOutput],
    buildings: &'a [BuildingLoad],
}

/// The rows of a run of zones, for one thread.
struct Part<'a> {
    zones: core::ops::Range<usize>,
    first_node: usize,
    first_feeder: usize,
    sums: &'a mut [Sums],
    books: &'a mut [ZoneBooks],
    flows: &'a mut [TransformerFlow],
    feeders: &'a mut [BranchFlow],
}

/// Balance: what vehicles changed, and what buildings, arrays and storage units moved, is summed up at transformers,
/// feeders and zones. Writes their flows and [`StepSums`]; empties the fleet's lists of changes.
#[expect(clippy::too_many_arguments, reason = "one argument per kind of row it sums")]
pub fn balance_areas(
    clock: Res<Clock>,
    threads: Res<Threads>,
    tree: Res<Tree>,
    mut sources: Sources,
    nodes: Query<&Transformer>,
    mut flows: Query<&mut TransformerFlow>,
    feeders: Query<&Feeder>,
    mut branches: Query<&mut BranchFlow, With<Feeder>>,
    mut out: ResMut<StepSums>,
) {
    let step_s = clock.step_s;
    let by_day = sources.conditions.sky.is_some();
    let all = Rows {
        tree: &tree,
        nodes: rows(&nodes),
        feeders: rows(&feeders),
        shards: &sources.shards,
        movers: &sources.movers.0,
        units: rows(&sources.units),
        storage: rows(&sources.storage),
        arrays: if by_day { rows(&sources.arrays) } else { &[] },
        outputs: rows(&sources.outputs),
        buildings: rows(&sources.buildings),
    };
    let chunks = zone_chunks(&tree, if threads.0 == 1 { 1 } else { threads.0 * 2 });
    let StepSums { zones, books, city } = &mut *out;
    with_rows(&mut flows, |flows| {
        with_rows(&mut branches, |branches| {
            let parts = parts(&tree, &chunks, zones, books, flows, branches);
            threads.each(parts, |mut part| {
                post_changes(all, &mut part);
                balance_part(all, part, step_s);
            });
        });
    });
    *city = Sums::default();
    zones.iter().for_each(|zone| city.add(zone));
    sources.shards.0.iter_mut().for_each(|shard| shard.books.nodes.clear());
}

fn parts<'a>(
    tree: &Tree,
    chunks: &[core::ops::Range<usize>],
    sums: &'a mut [Sums],
    books: &'a mut [ZoneBooks],
    flows: &'a mut [TransformerFlow],
    branches: &'a mut [BranchFlow],
) -> Vec<Part<'a>> {
    let sums = split(sums, chunks.iter().map(core::ops::Range::len));
    let books = split(books, chunks.iter().map(core::ops::Range::len));
    let flows = split(flows, chunks.iter().map(|z| run_len(&tree.zone_transformers[z.clone()])));
    let branches = split(branches, chunks.iter().map(|z| run_len(&tree.zone_feeders[z.clone()])));
    let zipped = chunks.iter().zip(sums.into_iter().zip(books)).zip(flows.into_iter().zip(branches));
    zipped
        .map(|((zones, (sums, books)), (flows, feeders))| Part {
            first_node: tree.zone_transformers[zones.start].first as usize,
            first_feeder: tree.zone_feeders[zones.start].first as usize,
            zones: zones.clone(),
            sums,
            books,
            flows,
            feeders,
        })
        .collect()
}

/// What vehicles changed, and what arrays and storage units moved, reaches the transformers and zones of a part.
///
/// Each part reads the whole lists of changes and takes its own: they are short beside the rows they lead to.
fn post_changes(all: Rows, part: &mut Part) {
    let (first, first_zone) = (part.first_node, part.zones.start);
    let mine = first..first + part.flows.len();
    for change in all.shards.0.iter().flat_map(|shard| &shard.books.nodes) {
        if !mine.contains(&(change.node as usize)) {
            continue;
        }
        let flow = &mut part.flows[change.node as usize - first];
        let zone = &mut part.books[usize::from(change.zone) - first_zone];
        let (line, sign) = if change.returned { (&mut zone.returned, -1) } else { (&mut zone.charged, 1) };
        line.standing_w += i64::from(change.standing_w);
        line.extra_j += change.extra_j;
        flow.ev_standing_w += sign * change.standing_w;
        flow.ev_extra_j += i64::from(sign) * change.extra_j;
    }
    // Arrays and storage units are in the order of their transformers.
    let from = all.arrays.partition_point(|a| (a.node as usize) < mine.start);
    let to = all.arrays.partition_point(|a| (a.node as usize) < mine.end);
    for (array, output) in all.arrays[from..to].iter().zip(&all.outputs[from..to]) {
        part.flows[array.node as usize - first].pv_w += output.power_w;
    }
    for &row in all.movers {
        let (node, meter_j) = (all.units[row as usize].node as usize, all.storage[row as usize].meter_j);
        if !mine.contains(&node) {
            continue;
        }
        let zone = &mut part.books[usize::from(all.nodes[node].zone) - first_zone];
        part.flows[node - first].storage_j += meter_j;
        zone.storage_in_j += meter_j.max(0);
        zone.storage_out_j += (-meter_j).max(0);
    }
}

fn balance_part(all: Rows, part: Part, step_s: u32) {
    let Part { zones, sums, books, flows, feeders: branches, first_node, first_feeder } = part;
    let seconds = i64::from(step_s);
    for (zone, (sum, books)) in zones.zip(sums.iter_mut().zip(books)) {
        *sum = books.close(step_s);
        for f in all.tree.zone_feeders[zone].range() {
            let range = all.feeders[f].transformers.range();
            let mut run = RunSums::default();
            let flows = &mut flows[range.start - first_node..range.end - first_node];
            let mut buildings = all.buildings[all.feeders[f].first_building as usize..].iter().map(|b| b.power_w);
            for (t, flow) in all.nodes[range].iter().zip(flows) {
                let building_w = (0..t.buildings).filter_map(|_| buildings.next()).sum();
                sum_transformer(t, flow, building_w, step_s, &mut run);
            }
            sum.building_j += run.building_w * seconds;
            sum.pv_j += run.pv_w * seconds;
            let net_w = run.net_w + run.extra_j / seconds;
            note_branch(&mut branches[f - first_feeder], net_w, i64::from(all.feeders[f].limit_w), step_s);
        }
    }
}

/// Transformers for which another thread is worth its hand-over.
const LEAST_TRANSFORMERS: usize = 4_096;

/// Runs of zones with about equal numbers of transformers, at most `chunks` and none of them small.
fn zone_chunks(tree: &Tree, chunks: usize) -> Vec<core::ops::Range<usize>> {
    let total = run_len(&tree.zone_transformers);
    let chunks = chunks.min(total / LEAST_TRANSFORMERS).max(1);
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
