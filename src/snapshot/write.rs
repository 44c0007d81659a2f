//! From a twin to bytes.

use super::books;
use super::columns::{GunColumns, VehicleColumns};
use super::container::{BlockKind, Packed, Writer};
use super::head::Head;
use super::rows::{Booked, Events, RUN, RunOf, Sites, Stations, Tree};
use crate::city::tree::{BranchFlow, Feeder, Substation, TransformerFlow};
use crate::fleet::shard::{FleetShards, StationShards};
use crate::fleet::station::{Station, Waiting};
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
const AHEAD: usize = 32;

/// Writes a snapshot of a twin of a world, and of the events that are carried out on it, between two steps. Frames that
/// are ready must have been taken before: they are results of the past.
///
/// # Errors
/// What `out` does not take.
pub fn write<W: Write>(twin: &mut Twin, world: &Checked, events: Option<&Events>, out: W) -> io::Result<W> {
    let document = world.document();
    let ids = events.map_or_else(Vec::new, |events| events.desk.ids());
    let head = Head::of(twin, &world.file().name, document.digest(), ids);
    let head = ron::ser::to_string_pretty(&head, ron::ser::PrettyConfig::new()).map_err(io::Error::other)?;
    let mut writer = Writer::begin(out, &head)?;
    writer.block(&Packed::new(BlockKind::World, document.canonical().as_bytes())?)?;
    let threads = *twin.resource::<Threads>();
    runs(twin, threads, &mut writer, BlockKind::Vehicles, VehicleColumns::of)?;
    runs(twin, threads, &mut writer, BlockKind::Guns, GunColumns::of)?;
    let fleet = twin.resource::<FleetShards>();
    one(&mut writer, BlockKind::Sessions, &books::sessions(fleet))?;
    let stations = Stations { queues: queues(twin), ..messages(twin) };
    one(&mut writer, BlockKind::Stations, &stations)?;
    one(&mut writer, BlockKind::Sites, &sites(twin))?;
    one(&mut writer, BlockKind::Tree, &tree(twin))?;
    one(&mut writer, BlockKind::Books, &booked(twin))?;
    one(&mut writer, BlockKind::Causes, &twin.traced())?;
    if let Some(events) = events {
        one(&mut writer, BlockKind::Desk, events)?;
    }
    writer.finish()
}

/// Writes all rows of a kind, run by run; a few runs are packed at the same time.
fn runs<W: Write, A: Component, C: Serialize>(
    twin: &mut Twin,
    threads: Threads,
    writer: &mut Writer<W>,
    kind: BlockKind,
    columns: impl Fn(&[A]) -> C + Sync,
) -> io::Result<()> {
    let w = twin.world_mut();
    let mut query = w.query::<&A>();
    let query = query.query(w);
    for (part, ahead) in rows(&query).chunks(RUN * AHEAD).enumerate() {
        let mut packed: Vec<io::Result<Packed>> = Vec::new();
        packed.resize_with(ahead.len().div_ceil(RUN), || Ok(Packed::default()));
        let work = ahead.chunks(RUN).zip(&mut packed).enumerate().collect();
        threads.each(work, |(run, (rows, packed)): (usize, (&[A], &mut io::Result<Packed>))| {
            let first = ((part * AHEAD + run) * RUN) as u32;
            let run = RunOf { first, rows: rows.len() as u32, columns: columns(rows) };
            *packed = pack(kind, &run);
        });
        packed.into_iter().try_for_each(|packed| writer.block(&packed?))?;
    }
    Ok(())
}

fn pack(kind: BlockKind, value: &impl Serialize) -> io::Result<Packed> {
    Packed::new(kind, &postcard::to_stdvec(value).map_err(io::Error::other)?)
}

fn one<W: Write>(writer: &mut Writer<W>, kind: BlockKind, value: &impl Serialize) -> io::Result<()> {
    writer.block(&pack(kind, value)?)
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
