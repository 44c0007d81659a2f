//! What hangs behind a transformer, and what each of it drew in the twin's last step.

use super::AreaError;
use crate::city::tree::{Transformer, TransformerFlow};
use crate::fleet::charger::{ConverterLoss, Gun, NONE};
use crate::fleet::params::FleetParams;
use crate::fleet::session::Taper;
use crate::fleet::shard::FleetShards;
use crate::fleet::station::{Station, StationKind};
use crate::fleet::vehicle::VehicleState;
use crate::site::building::BuildingKind;
use crate::site::pv::{PvArray, PvOutput};
use crate::site::stock::{Building, BuildingLoad};
use crate::site::storage::{StorageKind, StorageState, StorageUnit};
use crate::twin::Twin;

/// What has a main of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserKind {
    /// A building.
    Building(BuildingKind),
    /// A charging station.
    Station(StationKind),
    /// Solar arrays and storage units where there is neither.
    Plant,
}

/// A charging point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Row of the gun.
    pub gun: u32,
    /// Rated output in W.
    pub rating_w: u32,
    /// Mean power at the meter in the step in W, negative when it returns energy.
    pub power_w: i64,
}

/// What hangs at the end of one main. Powers are means of the step in W, drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// What it is.
    pub kind: UserKind,
    /// Its row among buildings or stations.
    pub row: u32,
    /// What its main is laid for.
    pub design_w: i64,
    /// Drawn by the building.
    pub building_w: i64,
    /// Charging points, whether in use or not.
    pub points: Vec<Point>,
    /// Delivered by solar arrays.
    pub solar_w: i64,
    /// Drawn by storage units, less what they deliver.
    pub storage_w: i64,
}

/// What hangs behind a transformer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draws {
    /// Row of the transformer.
    pub row: u32,
    /// Its rating in VA.
    pub rating_va: u32,
    /// Its net power in the step in W, as the tree has it.
    pub net_w: i64,
    /// Standby of its bidirectional points in W.
    pub standby_w: i64,
    /// What of the net power belongs to no user, in W: flows of vehicles that ended or changed within the step, and what
    /// was lost in rounding to whole watts. The shorter the step, the less it is.
    pub remainder_w: i64,
    /// Buildings, then stations, each in the order of their rows.
    pub users: Vec<User>,
}

impl User {
    /// One that draws nothing yet.
    pub const fn idle(kind: UserKind, row: u32) -> Self {
        Self { kind, row, design_w: 0, building_w: 0, points: Vec::new(), solar_w: 0, storage_w: 0 }
    }

    /// All that it draws, in W.
    pub fn power_w(&self) -> i64 {
        let points_w: i64 = self.points.iter().map(|point| point.power_w).sum();
        self.building_w + points_w - self.solar_w + self.storage_w
    }
}

impl Draws {
    /// Of a transformer, by row, in the last step of a twin.
    ///
    /// # Errors
    /// A row that does not exist.
    pub fn of(twin: &mut Twin, row: u32) -> Result<Self, AreaError> {
        let count = twin.counts().transformers;
        let w = twin.world_mut();
        let found = w.query::<(&Transformer, &TransformerFlow)>().iter(w).nth(row as usize);
        let (transformer, flow) = found.map(|(t, flow)| (*t, *flow)).ok_or(AreaError::NoSuchRow { row, count })?;
        let mut users = buildings(twin, row);
        let stations = users.len();
        users.extend(self::stations(twin, row));
        if users.is_empty() {
            users.push(User::idle(UserKind::Plant, row));
        }
        plants(twin, row, stations, &mut users);
        let (net_w, standby_w) = (i64::from(flow.net_w), i64::from(transformer.standby_w));
        let users_w: i64 = users.iter().map(User::power_w).sum();
        let remainder_w = net_w - standby_w - users_w;
        Ok(Self { row, rating_va: transformer.rating_va, net_w, standby_w, remainder_w, users })
    }

    /// What is drawn at the busbar itself in W: standby, for want of its points, and the remainder.
    pub const fn busbar_w(&self) -> i64 {
        self.standby_w + self.remainder_w
    }

    /// All charging points.
    pub fn points(&self) -> impl Iterator<Item = &Point> {
        self.users.iter().flat_map(|user| &user.points)
    }
}

/// Buildings of a transformer.
fn buildings(twin: &mut Twin, row: u32) -> Vec<User> {
    let w = twin.world_mut();
    let mut all = w.query::<(&Building, &BuildingLoad)>();
    let mine = (0..).zip(all.iter(w)).filter(|(_, (building, _))| building.node == row);
    mine.map(|(number, (building, load))| {
        let kind = UserKind::Building(building.kind);
        let design_w = i64::from(building.base_w) + i64::from(building.cooling_w);
        User { design_w, building_w: i64::from(load.power_w), ..User::idle(kind, number) }
    })
    .collect()
}

/// Stations of a transformer, with what is drawn at their points.
fn stations(twin: &mut Twin, row: u32) -> Vec<User> {
    let w = twin.world_mut();
    let (mut all, mut guns_of) = (w.query::<&Station>(), w.query::<&Gun>());
    let mine = (0..)
        .zip(all.iter(w))
        .filter(|(_, station)| station.node == row)
        .map(|(number, station)| (number, station.kind, station.first_gun, station.guns));
    let mut found = Vec::new();
    for (number, kind, first, guns) in mine {
        let rows = guns_of.iter(w).skip(first as usize).take(guns as usize);
        let points = (first..).zip(rows).map(|(gun, of)| Point { gun, rating_w: of.rating_w, power_w: 0 });
        let points: Vec<Point> = points.collect();
        let design_w = station_design_w(&points);
        found.push(User { design_w, points, ..User::idle(UserKind::Station(kind), number) });
    }
    if !found.is_empty() {
        plugged(twin, &mut found);
    }
    found
}

/// What the main of a station is laid for: half of its points at once (assumption: the coincidence by which the worlds
/// size the transformers of stations), and any of them alone.
pub(super) fn station_design_w(points: &[Point]) -> i64 {
    let ratings_w = points.iter().map(|point| i64::from(point.rating_w));
    (ratings_w.clone().sum::<i64>() / 2).max(ratings_w.max().unwrap_or_default())
}

/// Adds what plugged vehicles draw, or return, to their points.
fn plugged(twin: &mut Twin, stations: &mut [User]) {
    let clock = twin.clock();
    let (to_s, step_s) = (clock.now_s(), clock.step_s);
    let from_s = to_s.saturating_sub(step_s);
    let w = twin.world_mut();
    let mut states = w.query::<&VehicleState>();
    let (shards, params) = (w.resource::<FleetShards>(), w.resource::<FleetParams>());
    for (vehicle, s) in (0..).zip(states.iter(w)).filter(|(_, s)| s.gun != NONE) {
        let points = stations.iter_mut().find(|user| user.row == s.station).map(|user| &mut user.points);
        if let Some(point) = points.and_then(|points| points.iter_mut().find(|point| point.gun == s.gun)) {
            let taper = shards.of(vehicle).tapers.get(s.taper as usize);
            let drawn_j = drawn_j(s, taper, params.loss_at(s), (from_s, to_s));
            point.power_w += drawn_j / i64::from(step_s.max(1));
        }
    }
}

/// Energy at the meter of a vehicle's present flow between two seconds in J, as the fleet's books have it.
pub(in crate::network) fn drawn_j(
    s: &VehicleState,
    taper: Option<&Taper>,
    loss: ConverterLoss,
    (from_s, to_s): (u32, u32),
) -> i64 {
    if let Some(taper) = taper {
        let since_s = from_s.max(taper.from_s);
        let gained_j = (taper.energy_at(to_s) - taper.energy_at(since_s)).0;
        gained_j + loss.energy_j(gained_j, i64::from(to_s.saturating_sub(since_s)))
    } else if s.battery_w == 0 {
        0
    } else {
        loss.meter_w(i64::from(s.battery_w)) * i64::from(to_s.saturating_sub(from_s.max(s.anchor_s)))
    }
}

/// Adds solar arrays and storage units to users, the stations among which begin at a place: buffers of stations to the
/// first of these, all others to buildings in turn (assumption: the tree does not say on whose roof an array stands).
fn plants(twin: &mut Twin, row: u32, stations: usize, users: &mut [User]) {
    let step_s = i64::from(twin.clock().step_s.max(1));
    let w = twin.world_mut();
    let hosts = if stations == 0 { users.len() } else { stations };
    let mut laid_w = vec![0; users.len()];
    let (mut arrays, mut units) = (w.query::<(&PvArray, &PvOutput)>(), w.query::<(&StorageUnit, &StorageState)>());
    for (place, (array, output)) in arrays.iter(w).filter(|(array, _)| array.node == row).enumerate() {
        users[place % hosts].solar_w += i64::from(output.power_w);
        laid_w[place % hosts] += i64::from(array.peak_w);
    }
    for (place, (unit, state)) in units.iter(w).filter(|(unit, _)| unit.node == row).enumerate() {
        let at = if unit.kind == StorageKind::StationBuffer { stations.min(users.len() - 1) } else { place % hosts };
        users[at].storage_w += state.meter_j / step_s;
        laid_w[at] += i64::from(unit.power_w);
    }
    // A main also carries back what plants deliver when nobody draws.
    for (user, laid_w) in users.iter_mut().zip(laid_w) {
        user.design_w = user.design_w.max(laid_w);
    }
}
