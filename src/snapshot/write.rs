//! From a twin to bytes.

use super::books;
use super::columns::Columns;
use super::container::{BlockKind, Packed, Writer};
use super::head::Head;
use super::rows::{Booked, Events, RUN, Sites, Stations, Tree};
use crate::city::tree::{BranchFlow, Feeder, Substation, TransformerFlow};
use crate::fleet::charger::Gun;
use crate::fleet::shard::{FleetShards, StationShards};
use crate::fleet::station::Station;
use crate::fleet::vehicle::VehicleState;
use crate::grid::balance::StepSums;
use crate::grid::ledger::{CellTotals, Totals};
use crate::parallel::{Threads, rows};
use crate::report::observe::Observations;
use crate::report::recorder::Recorder;
use crate::report::survey::Survey;
use crate::site::blackout::Blackouts;
use crate::site::pv::PvOutput;
use crate::site::shed::Shedding;
use crate::site::stock::BuildingLoad;
use crate::site::storage::{StorageOrders, StorageState};
use crate::site::systems::{StorageBooks, StorageMovers};
use crate::twin::{Twin, digest};
use crate::world::Checked;
use bevy_ecs::prelude::{Component, With, World};
use core::ops::Range;
use crossbeam::channel::bounded;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Blocks that wait for one that is being written, at most: what bounds the memory this takes.
const AHEAD: usize = 64;

/// Writes a snapshot of a twin of a world, and of the events that are carried out on it, between two steps. Frames that
/// are ready must have been taken before: they are results of the past.
///
/// What is ready is written, and `out` flushed now and then, while more is packed. The head comes last, with the digest
/// of the state that was made on the way.
///
/// # Errors
/// What `out` does not take.
pub fn write<W>(twin: &mut Twin, world: &Checked, events: Option<&Events>, out: W) -> io::Result<W>
where
    W: Write + Seek + Send,
{
    let document = world.document();
    let ids = events.map_or_else(Vec::new, |events| events.desk.ids());
    let head = Head::of(twin, &world.file().name, document.digest(), ids);
    let mut writer = Writer::begin(out, head.text(0)?.len())?;
    let mut vehicles = twin.world_mut().query::<&VehicleState>();
    let mut guns = twin.world_mut().query::<&Gun>();
    let twin = &*twin;
    let w = twin.world();
    let (vehicles, guns) = (vehicles.query(w), guns.query(w));
    let (vehicles, guns) = (rows(&vehicles), rows(&guns));
    let text = document.canonical();
    let others: [Job<'_>; 7] = [
        Box::new(|| pack(BlockKind::Sites, &sites(w))),
        Box::new(|| pack(BlockKind::Tree, &tree(w))),
        Box::new(|| pack(BlockKind::Sessions, &books::sessions(w.resource::<FleetShards>()))),
        Box::new(|| pack(BlockKind::Stations, &stations(w))),
        Box::new(|| pack(BlockKind::Books, &booked(twin))),
        Box::new(|| pack(BlockKind::Causes, &twin.traced())),
        Box::new(|| Packed::new(BlockKind::World, text.as_bytes())),
    ];
    let network = twin
        .network()
        .map(|grid| -> Job<'_> { Box::new(|| pack(BlockKind::Grid, &grid.save(w.resource::<Blackouts>()))) });
    let desk = events.map(|events| -> Job<'_> { Box::new(|| pack(BlockKind::Desk, events)) });
    let digest = Sum::default();
    digest.add(digest::hash_of_others(w));
    let of_vehicles = digest::Vehicles::of(w, vehicles);
    let of_vehicles = runs(BlockKind::Vehicles, vehicles, |run| digest.add(of_vehicles.hash(run)));
    let of_guns = runs(BlockKind::Guns, guns, |run| digest.add(digest::hash_of_guns(guns, run)));
    // Those of which there is one take long: they are begun first, and written when all runs are.
    let first = vehicles.len().div_ceil(RUN) + guns.len().div_ceil(RUN);
    let others = (first..).zip(network.into_iter().chain(others).chain(desk));
    let jobs = others.chain((0..).zip(of_vehicles.chain(of_guns)));
    in_order(*twin.resource::<Threads>(), jobs, |packed| writer.block(&packed))?;
    writer.finish(&head.text(digest.sum())?)
}

/// A digest that threads add to.
#[derive(Default)]
struct Sum(AtomicU64);

impl Sum {
    fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    fn sum(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Makes a block.
type Job<'a> = Box<dyn FnOnce() -> io::Result<Packed> + Send + 'a>;

/// Does jobs at the same time as they come, and takes what they make by their numbers, which are all from 0 on. Nobody
/// waits for others to be done with as many.
fn in_order<'a>(
    threads: Threads,
    jobs: impl Iterator<Item = (usize, Job<'a>)> + Send,
    mut take: impl FnMut(Packed) -> io::Result<()>,
) -> io::Result<()> {
    let jobs = Mutex::new(jobs);
    let next = || jobs.lock().map_or(None, |mut jobs| jobs.next());
    thread::scope(|scope| {
        let (made, makes) = bounded(AHEAD);
        for _ in 0..threads.0 {
            let (next, made) = (&next, made.clone());
            scope.spawn(move || {
                while let Some((number, job)) = next()
                    && made.send((number, job())).is_ok()
                {}
            });
        }
        drop(made);
        let (mut early, mut due) = (BTreeMap::new(), 0_usize);
        for (number, packed) in makes {
            early.insert(number, packed);
            while let Some(packed) = early.remove(&due) {
                take(packed?)?;
                due += 1;
            }
        }
        Ok(())
    })
}

/// The rows of a kind, run by run, each of which is seen before it is packed, so that it is at hand then.
fn runs<'a, A: Sync + Columns>(
    kind: BlockKind,
    rows: &'a [A],
    see: impl Fn(Range<usize>) + Send + Copy + 'a,
) -> impl Iterator<Item = Job<'a>> {
    rows.chunks(RUN).zip((0_usize..).step_by(RUN)).map(move |(rows, first)| -> Job<'_> {
        Box::new(move || {
            see(first..first + rows.len());
            let mut raw = Vec::with_capacity(size_of_val(rows) / 2);
            raw.extend((first as u32).to_le_bytes());
            A::pack(rows, &mut raw);
            Packed::plain(kind, raw)
        })
    })
}

/// A file that is brought to the disk as it is written, not all at its end: each flush does so.
#[derive(Debug)]
pub struct Synced<'a>(pub &'a File);

impl Write for Synced<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

impl Seek for Synced<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

fn pack(kind: BlockKind, value: &impl Serialize) -> io::Result<Packed> {
    Packed::new(kind, &postcard::to_stdvec(value).map_err(io::Error::other)?)
}

/// All values of a component, in order of ids.
fn all<A: Component + Clone>(w: &World) -> Vec<A> {
    w.try_query::<&A>().map_or_else(Vec::new, |mut query| query.iter(w).cloned().collect())
}

/// Flows of the branches of a kind, in order of ids.
fn flows<Kind: Component>(w: &World) -> Vec<BranchFlow> {
    let query = w.try_query_filtered::<&BranchFlow, With<Kind>>();
    query.map_or_else(Vec::new, |mut query| query.iter(w).copied().collect())
}

/// What stations have beside their guns. Queues are those in which somebody waits.
fn stations(w: &World) -> Stations {
    let mut query = w.try_query::<&Station>();
    let stations = (0..).zip(query.iter_mut().flat_map(|query| query.iter(w)));
    let waits = stations.filter(|(_, station)| !station.queue.is_empty());
    let queues = waits.map(|(row, station)| (row, station.queue.iter().copied().collect())).collect();
    Stations { queues, ..books::messages(w.resource::<FleetShards>(), w.resource::<StationShards>()) }
}

fn sites(w: &World) -> Sites {
    Sites {
        buildings: all::<BuildingLoad>(w),
        pv: all::<PvOutput>(w),
        storage: all::<StorageState>(w),
        movers: w.resource::<StorageMovers>().0.clone(),
        orders: w.resource::<StorageOrders>().clone(),
        shedding: w.resource::<Shedding>().clone(),
    }
}

fn tree(w: &World) -> Tree {
    Tree { transformers: all::<TransformerFlow>(w), feeders: flows::<Feeder>(w), substations: flows::<Substation>(w) }
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
