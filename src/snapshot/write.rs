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
use crate::site::blackout::Blackouts;
use crate::site::pv::PvOutput;
use crate::site::shed::Shedding;
use crate::site::stock::BuildingLoad;
use crate::site::storage::{StorageOrders, StorageState};
use crate::site::systems::{StorageBooks, StorageMovers};
use crate::twin::Twin;
use crate::world::Checked;
use bevy_ecs::prelude::{Component, World};
use crossbeam::channel::bounded;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::sync::Mutex;
use std::thread;

/// Blocks that wait for one that is being written, at most: what bounds the memory this takes.
const AHEAD: usize = 64;

/// Writes a snapshot of a twin of a world, and of the events that are carried out on it, between two steps. Frames that
/// are ready must have been taken before: they are results of the past.
///
/// What is ready is written, and `out` flushed now and then, while more is packed.
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
    let blackouts = twin.resource::<Blackouts>();
    let network = twin.network().map(|grid| grid.save(blackouts));
    let w = twin.world_mut();
    let (mut vehicles, mut guns) = (w.query::<&VehicleState>(), w.query::<&Gun>());
    let (vehicles, guns) = (vehicles.query(w), guns.query(w));
    let first: [Job<'_>; 7] = [
        Box::new(|| Packed::new(BlockKind::World, text.as_bytes())),
        Box::new(|| pack(BlockKind::Sessions, &sessions)),
        Box::new(|| pack(BlockKind::Stations, &stations)),
        Box::new(|| pack(BlockKind::Sites, &sites)),
        Box::new(|| pack(BlockKind::Tree, &tree)),
        Box::new(|| pack(BlockKind::Books, &booked)),
        Box::new(|| pack(BlockKind::Causes, &causes)),
    ];
    let desk = events.map(|events| -> Job<'_> { Box::new(|| pack(BlockKind::Desk, events)) });
    let network = network.as_ref().map(|network| -> Job<'_> { Box::new(|| pack(BlockKind::Grid, network)) });
    let runs = runs(BlockKind::Vehicles, rows(&vehicles)).chain(runs(BlockKind::Guns, rows(&guns)));
    in_order(threads, first.into_iter().chain(desk).chain(network).chain(runs), |packed| writer.block(&packed))?;
    writer.finish()
}

/// Makes a block.
type Job<'a> = Box<dyn FnOnce() -> io::Result<Packed> + Send + 'a>;

/// Does jobs at the same time, and takes what they make in their order as it comes. Nobody waits for others to be done
/// with as many.
fn in_order<'a>(
    threads: Threads,
    jobs: impl Iterator<Item = Job<'a>> + Send,
    mut take: impl FnMut(Packed) -> io::Result<()>,
) -> io::Result<()> {
    let jobs = Mutex::new(jobs.enumerate());
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

/// The rows of a kind, run by run.
fn runs<A: Sync + Columns>(kind: BlockKind, rows: &[A]) -> impl Iterator<Item = Job<'_>> {
    rows.chunks(RUN).zip((0_u32..).step_by(RUN)).map(move |(rows, first)| -> Job<'_> {
        Box::new(move || {
            let mut raw = Vec::with_capacity(size_of_val(rows) / 2);
            raw.extend(first.to_le_bytes());
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
