//! From bytes to what they hold: nothing is decoded before the last checksum has been seen.

use super::columns::Columns;
use super::container::{BlockKind, Packed, Reader};
use super::error::SnapshotError;
use super::fields::{blank, blank_gun};
use super::head::Head;
use super::rows::{Beside, Booked, Events, RUN, Runs, Sessions, Sites, Stations, Tree};
use crate::city::tree::{BranchFlow, TransformerFlow};
use crate::fleet::causes::Trace;
use crate::fleet::charger::Gun;
use crate::fleet::station::Waiting;
use crate::fleet::vehicle::VehicleState;
use crate::network::SavedGrid;
use crate::parallel::Threads;
use crate::site::pv::PvOutput;
use crate::site::stock::BuildingLoad;
use crate::site::storage::StorageState;
use crate::world::Checked;
use crate::world::text::Memory;
use serde::de::DeserializeOwned;
use std::io::Read;
use std::path::Path;

/// A snapshot that has been read.
pub struct Snapshot {
    pub(super) head: Head,
    pub(super) world: Checked,
    pub(super) vehicles: Runs<VehicleState>,
    pub(super) guns: Runs<Gun>,
    pub(super) sessions: Sessions,
    pub(super) stations: Stations,
    pub(super) sites: Sites,
    pub(super) tree: Tree,
    pub(super) booked: Booked,
    pub(super) events: Option<Events>,
    pub(super) causes: Trace,
    pub(super) network: Option<SavedGrid>,
}

/// A block's content as a value.
fn value<T: DeserializeOwned>(packed: &Packed) -> Result<T, SnapshotError> {
    let raw = packed.unpack()?;
    let (value, rest) = postcard::take_from_bytes(&raw)
        .map_err(|cause| SnapshotError::inconsistent(format!("its {} cannot be read ({cause})", packed.name())))?;
    if rest.is_empty() { Ok(value) } else { Err(SnapshotError::inconsistent(format!("its {} go on", packed.name()))) }
}

/// The one block of a kind.
fn one<T: DeserializeOwned>(blocks: &[Packed], kind: BlockKind) -> Result<T, SnapshotError> {
    value(only(blocks, kind)?)
}

fn only(blocks: &[Packed], kind: BlockKind) -> Result<&Packed, SnapshotError> {
    let mut found = blocks.iter().filter(|packed| packed.kind() == Some(kind));
    match (found.next(), found.next()) {
        (Some(packed), None) => Ok(packed),
        _ => Err(SnapshotError::inconsistent(format!("it has no block of {}, or two", kind.name()))),
    }
}

/// Reads a part of what it is in, on any thread.
type Job<'a> = Box<dyn FnOnce() + Send + 'a>;

/// The rows of a kind, run by run.
type Unpacked<A> = Vec<Result<Vec<A>, SnapshotError>>;

/// How the runs of a kind are read, each into a place of its own.
///
/// # Errors
/// Runs that are not as many as the rows need.
fn runs<'a, A: Columns + Copy + Send + 'a>(
    blocks: &'a [Packed],
    kind: BlockKind,
    (rows, blank): (usize, A),
    all: &'a mut Unpacked<A>,
) -> Result<impl Iterator<Item = Job<'a>>, SnapshotError> {
    let uneven = move || SnapshotError::inconsistent(format!("its {} are not as many as it states", kind.name()));
    let blocks: Vec<&Packed> = blocks.iter().filter(|packed| packed.kind() == Some(kind)).collect();
    if blocks.len() != rows.div_ceil(RUN) {
        return Err(uneven());
    }
    all.resize_with(blocks.len(), || Ok(Vec::new()));
    let runs = blocks.into_iter().zip(all).zip((0..rows).step_by(RUN));
    Ok(runs.map(move |((packed, read), first)| -> Job<'a> {
        Box::new(move || {
            *read = packed.unpack().and_then(|raw| {
                let mut run = vec![blank; RUN.min(rows - first)];
                let columns = raw.strip_prefix(&(first as u32).to_le_bytes());
                columns.and_then(|columns| A::unpack(columns, &mut run)).ok_or_else(uneven)?;
                Ok(run)
            });
        })
    }))
}

/// Runs that have been read, unless one was not sound.
fn whole<A>(read: Unpacked<A>) -> Result<Runs<A>, SnapshotError> {
    read.into_iter().collect::<Result<_, _>>().map(Runs)
}

/// The most rows of a kind that a head may state.
const MOST_ROWS: usize = 1 << 28;

/// A number of rows for which memory may be set aside.
fn sound_count(rows: usize) -> Result<usize, SnapshotError> {
    if rows <= MOST_ROWS { Ok(rows) } else { Err(SnapshotError::inconsistent("its head states too many agents")) }
}

/// The world in a snapshot.
fn world(packed: &Packed) -> Result<Checked, SnapshotError> {
    let path = Path::new("world.ron");
    let files = Memory::from([(path.to_owned(), packed.unpack()?.into_owned())]);
    Checked::read(&files, path, &[]).map_err(SnapshotError::World)
}

impl Snapshot {
    /// Reads a snapshot to its end, on some threads.
    ///
    /// # Errors
    /// What is no snapshot, is damaged or cut short, or does not hold together.
    pub fn read(from: impl Read, threads: usize) -> Result<Self, SnapshotError> {
        let (mut reader, head) = Reader::open(from)?;
        let unreadable = |cause| SnapshotError::inconsistent(format!("its head cannot be read: {cause}"));
        let head: Head = ron::from_str(&head).map_err(unreadable)?;
        let mut blocks = Vec::new();
        // Nothing is believed before the last checksum has been seen.
        while let Some(packed) = reader.next()? {
            blocks.push(packed);
        }
        let (vehicles, guns) = (sound_count(head.agents.vehicles)?, sound_count(head.agents.chargers)?);
        let (mut world, mut sites, mut tree) = (None, None, None);
        let (mut read_vehicles, mut read_guns) = (Unpacked::new(), Unpacked::new());
        let others: [Job<'_>; 3] = [
            Box::new(|| world = Some(only(&blocks, BlockKind::World).and_then(self::world))),
            Box::new(|| tree = Some(one(&blocks, BlockKind::Tree))),
            Box::new(|| sites = Some(one(&blocks, BlockKind::Sites))),
        ];
        let vehicles = runs(&blocks, BlockKind::Vehicles, (vehicles, blank()), &mut read_vehicles)?;
        let guns = runs(&blocks, BlockKind::Guns, (guns, blank_gun()), &mut read_guns)?;
        Threads::start(threads).each(others.into_iter().chain(vehicles).chain(guns).collect(), |read| read());
        let none = |kind: BlockKind| move || SnapshotError::inconsistent(format!("it has no {}", kind.name()));
        let world = world.ok_or_else(none(BlockKind::World))??;
        if format!("{:016x}", world.document().digest()) != head.world_digest {
            return Err(SnapshotError::inconsistent("the world in it is not the one that its head names"));
        }
        let has_network = blocks.iter().any(|packed| packed.kind() == Some(BlockKind::Grid));
        Ok(Self {
            vehicles: whole(read_vehicles)?,
            guns: whole(read_guns)?,
            sessions: one(&blocks, BlockKind::Sessions)?,
            stations: one(&blocks, BlockKind::Stations)?,
            sites: sites.ok_or_else(none(BlockKind::Sites))??,
            tree: tree.ok_or_else(none(BlockKind::Tree))??,
            booked: one(&blocks, BlockKind::Books)?,
            causes: one(&blocks, BlockKind::Causes)?,
            network: if has_network { Some(one(&blocks, BlockKind::Grid)?) } else { None },
            events: if head.events.is_empty() { None } else { Some(one(&blocks, BlockKind::Desk)?) },
            head,
            world,
        })
    }

    /// Reads the head alone.
    ///
    /// # Errors
    /// What is no snapshot, or has a head that is damaged.
    pub fn head_of(from: impl Read) -> Result<Head, SnapshotError> {
        let unreadable = |cause| SnapshotError::inconsistent(format!("its head cannot be read: {cause}"));
        ron::from_str(&Reader::open(from)?.1).map_err(unreadable)
    }

    /// What it is of.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The world it was made in.
    pub const fn world(&self) -> &Checked {
        &self.world
    }

    /// Events in progress or to come. A desk that goes on with them is made on the twin that is resumed.
    pub const fn events(&self) -> Option<&Events> {
        self.events.as_ref()
    }

    /// What traced vehicles had decided by then, and why: by vehicle, each in order.
    pub const fn causes(&self) -> &Trace {
        &self.causes
    }

    /// Vehicles, by id. The energy of one whose flow tapers is what it was when that began.
    pub const fn vehicles(&self) -> &Runs<VehicleState> {
        &self.vehicles
    }

    /// What a vehicle has beside its row, if anything.
    pub fn beside(&self, row: u32) -> Option<Beside> {
        let Sessions { tapers, orders, promises } = &self.sessions;
        let taper = tapers.binary_search_by_key(&row, |taper| taper.row).ok().map(|at| tapers[at]);
        let order = orders.binary_search_by_key(&row, |order| order.0).ok().map(|at| orders[at].1);
        let promise = promises.binary_search_by_key(&row, |promise| promise.0).ok().map(|at| promises[at].1);
        let any = taper.is_some() || order.is_some() || promise.is_some();
        any.then_some(Beside { taper, order, promise })
    }

    /// Vehicles that have something beside their rows; some may come more than once.
    pub fn rows_beside(&self) -> impl Iterator<Item = u32> {
        let Sessions { tapers, orders, promises } = &self.sessions;
        let (tapers, orders) = (tapers.iter().map(|taper| taper.row), orders.iter().map(|order| order.0));
        tapers.chain(orders).chain(promises.iter().map(|promise| promise.0))
    }

    /// Charge points, by id; what does not change about them is not told here.
    pub const fn guns(&self) -> &Runs<Gun> {
        &self.guns
    }

    /// Who waits, by station.
    pub fn queues(&self) -> &[(u32, Vec<Waiting>)] {
        &self.stations.queues
    }

    /// Buildings, by id.
    pub fn buildings(&self) -> &[BuildingLoad] {
        &self.sites.buildings
    }

    /// Solar arrays, by id.
    pub fn pv(&self) -> &[PvOutput] {
        &self.sites.pv
    }

    /// Storage units, by id.
    pub fn storage(&self) -> &[StorageState] {
        &self.sites.storage
    }

    /// Transformers, by id.
    pub fn transformers(&self) -> &[TransformerFlow] {
        &self.tree.transformers
    }

    /// Feeders, by id.
    pub fn feeders(&self) -> &[BranchFlow] {
        &self.tree.feeders
    }

    /// Substations, by id.
    pub fn substations(&self) -> &[BranchFlow] {
        &self.tree.substations
    }

    /// The network that the twin solves, if it does.
    pub const fn network(&self) -> Option<&SavedGrid> {
        self.network.as_ref()
    }

    /// What has been booked and observed, as values to be written.
    pub fn books(&self) -> &impl serde::Serialize {
        &self.booked
    }
}
