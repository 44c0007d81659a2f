//! From a twin to bytes.

use super::books;
use super::columns::Columns;
use super::container::{BlockKind, Packed, Writer};
use super::head::Head;
use super::rows::{Booked, Events, RUN, Sites, Stations, Tree};
use crate::city::tree::{BranchFlow, Feeder, Substation, TransformerFlow};
use crate::fleet::charger::Gun;
use crate::fleet::shard::{FleetShards, StationShards};
use crate::fleet::station::{Station, Waiting};
use crate::fleet::vehicle::VehicleState;
use crate::grid::balance::StepSums;
use crate::grid::ledger::{CellTotals, Totals};
use crate::parallel::{Threads, rows};
use crate::report::observe::Observations;
use crate::report::recorder::Recorder;
use crate::report::survey::Survey;
use crate::site::pv::PvOutput;
use crate::site::shed::Shedding;
use crate::site::stock::BuildingLoad;
use crate::site::storage::{StorageOrders, StorageState};
use crate::site::systems::{StorageBooks, StorageMovers};
use crate::twin::Twin;
use crate::world::Checked;
use bevy_ecs::prelude::{Component, World};
use serde::Serialize;
use std::io::{self, Write};

/// Blocks packed at a time: what bounds the memory this takes.
const AHEAD: usize = 64;

/// Writes a snapshot of a twin of a world, and of the events that are carried out on it, between two steps. Frames that
/// are ready must have been taken before: they are results of the past.
///
/// # Errors
/// What `out` does not take.
pub fn write<W: Write + Send>(twin: &mut Twin, world: &Checked, events: Option<&Events>, out: W) -> io::Result<W> {
    let document = world.document();
    let ids = events.map_or_else(Vec::new, |events| events.desk.ids());
    let head = Head::of(twin, &world.file().name, document.digest(), ids);
    let head = ron::ser::to_string_pretty(&head, ron::ser::PrettyConfig::new()).map_err(io::Error::other)?;
    let mut writer = Writer::begin(out, &head)?;
    let threads = *twin.resource::<Threads>();
    let text = document.canonical();
    let (sites, tree, causes) = (sites(twin), tree(twin), twin.traced());
    let stations = Stations { queues: queues(twin), ..messages(twin) };
    let (sessions, booked) = (books::sessions(twin.resource::<FleetShards>()), booked(twin));
    let mut jobs: Vec<Job<'_>> = vec![
        Box::new(|| Packed::new(BlockKind::World, text.as_bytes())),
        Box::new(|| pack(BlockKind::Sessions, &sessions)),
        Box::new(|| pack(BlockKind::Stations, &stations)),
        Box::new(|| pack(BlockKind::Sites, &sites)),
        Box::new(|| pack(BlockKind::Tree, &tree)),
        Box::new(|| pack(BlockKind::Books, &booked)),
        Box::new(|| pack(BlockKind::Causes, &causes)),
    ];
    if let Some(events) = events {
        jobs.push(Box::new(|| pack(BlockKind::Desk, events)));
    }
    let first = all_packed(threads, jobs, || Ok(()))?;
    let first = runs::<W, VehicleState>(twin, threads, &mut writer, BlockKind::Vehicles, first)?;
    let first = runs::<W, Gun>(twin, threads, &mut writer, BlockKind::Guns, first)?;
    writer.blocks(&first)?;
    writer.finish()
}

/// Makes a block.
type Job<'a> = Box<dyn FnOnce() -> io::Result<Packed> + Send + 'a>;

/// Makes some blocks at the same time, and does something else meanwhile.
fn all_packed<'a>(
    threads: Threads,
    mut jobs: Vec<Job<'a>>,
    meanwhile: impl FnOnce() -> io::Result<()> + Send + 'a,
) -> io::Result<Vec<Packed>> {
    jobs.insert(0, Box::new(|| meanwhile().map(|()| Packed::default())));
    let mut packed: Vec<io::Result<Packed>> = Vec::new();
    packed.resize_with(jobs.len(), || Ok(Packed::default()));
    threads.each(jobs.into_iter().zip(&mut packed).collect(), |(job, packed): (Job<'a>, &mut io::Result<Packed>)| {
        *packed = job();
    });
    let mut packed = packed.into_iter();
    packed.next().transpose()?;
    packed.collect()
}

/// Writes what was packed `before`, and all rows of a kind, run by run, but for the last, which it returns: some are
/// packed while those before them are written.
fn runs<W: Write + Send, A: Component + Columns>(
    twin: &mut Twin,
    threads: Threads,
    writer: &mut Writer<W>,
    kind: BlockKind,
    mut before: Vec<Packed>,
) -> io::Result<Vec<Packed>> {
    let w = twin.world_mut();
    let mut query = w.query::<&A>();
    let query = query.query(w);
    let mut runs = rows(&query).chunks(RUN).zip((0_u32..).step_by(RUN));
    loop {
        let ahead = runs.by_ref().take(AHEAD).map(|(rows, first)| -> Job<'_> {
            Box::new(move || {
                let mut raw = Vec::with_capacity(size_of_val(rows) / 2);
                raw.extend(first.to_le_bytes());
                A::pack(rows, &mut raw);
                Packed::plain(kind, raw)
            })
        });
        let ahead: Vec<Job<'_>> = ahead.collect();
        if ahead.is_empty() {
            return Ok(before);
        }
        before = all_packed(threads, ahead, || writer.blocks(&before))?;
    }
}

fn pack(kind: BlockKind, value: &impl Serialize) -> io::Result<Packed> {
    Packed::new(kind, &postcard::to_stdvec(value).map_err(io::Error::other)?)
}

fn messages(twin: &Twin) -> Stations {
    books::messages(twin.resource::<FleetShards>(), twin.resource::<StationShards>())
}

/// Queues in which somebody waits.
fn queues(twin: &mut Twin) -> Vec<(u32, Vec<Waiting>)> {
    let w = twin.world_mut();
    let mut query = w.query::<&Station>();
    let waits = (0..).zip(query.iter(w)).filter(|(_, station)| !station.queue.is_empty());
    waits.map(|(row, station)| (row, station.queue.iter().copied().collect())).collect()
}

fn all<A: Component + Clone>(w: &mut World) -> Vec<A> {
    w.query::<&A>().iter(w).cloned().collect()
}

fn sites(twin: &mut Twin) -> Sites {
    let movers = twin.resource::<StorageMovers>().0.clone();
    let orders = twin.resource::<StorageOrders>().clone();
    let shedding = twin.resource::<Shedding>().clone();
    let w = twin.world_mut();
    let (buildings, pv, storage) = (all::<BuildingLoad>(w), all::<PvOutput>(w), all::<StorageState>(w));
    Sites { buildings, pv, storage, movers, orders, shedding }
}

fn tree(twin: &mut Twin) -> Tree {
    let w = twin.world_mut();
    Tree {
        transformers: all::<TransformerFlow>(w),
        feeders: w.query::<(&Feeder, &BranchFlow)>().iter(w).map(|(_, flow)| *flow).collect(),
        substations: w.query::<(&Substation, &BranchFlow)>().iter(w).map(|(_, flow)| *flow).collect(),
    }
}

fn booked(twin: &Twin) -> Booked {
    Booked {
        fleet: books::sum(twin.resource::<FleetShards>()),
        busy: books::busy(twin.resource::<StationShards>()),
        sums: twin.resource::<StepSums>().clone(),
        totals: *twin.resource::<Totals>(),
        cells: twin.resource::<CellTotals>().clone(),
        observations: twin.resource::<Observations>().clone(),
        survey: twin.resource::<Survey>().clone(),
        interval: twin.resource::<Recorder>().open.clone(),
        storage_gained_j: twin.resource::<StorageBooks>().gained_j,
        stored_at_start: twin.stored_at_start(),
    }
}
