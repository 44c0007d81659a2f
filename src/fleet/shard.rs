//! A shard: a run of vehicle rows with their agenda, their tapering flows, their books and their outgoing mail.
//!
//! Shards exist so that threads share nothing. Results do not depend on how many there are: sums are integers and
//! draws are addressed.

use crate::fleet::agenda::{Due, Wheel};
use crate::fleet::books::{Books, Line};
use crate::fleet::causes::Trace;
use crate::fleet::promise::Promise;
use crate::fleet::session::Taper;
use crate::fleet::setpoint::Standing;
use crate::fleet::station::{Reply, Request};
use crate::fleet::vehicle::VehicleState;
use crate::units::Energy;
use bevy_ecs::prelude::Resource;
use std::collections::BTreeMap;

/// What belongs to one run of vehicle rows.
#[derive(Clone, Debug)]
pub struct Shard {
    /// First row.
    pub first: u32,
    /// Number of rows.
    pub len: u32,
    /// Who is due when.
    pub wheel: Wheel,
    /// Flows that change by themselves.
    pub tapers: Vec<Taper>,
    /// The books.
    pub books: Books,
    /// Requests by shard of stations.
    pub outbox: Vec<Vec<Request>>,
    /// Replies to vehicles of this shard.
    pub inbox: Vec<Reply>,
    /// Orders of an operator, by row of the vehicle.
    pub orders: BTreeMap<u32, Standing>,
    /// What drivers have agreed to beforehand, by row of the vehicle.
    pub promises: BTreeMap<u32, Promise>,
    /// Decisions of the vehicles that are traced.
    pub trace: Trace,
    /// Scratch space for the vehicles of a slot.
    pub due: Vec<Due>,
}

impl Shard {
    /// Energy in the battery of one of its vehicles now, whether what flows is constant or tapers.
    pub fn energy_at(&self, s: &VehicleState, now_s: u32) -> Energy {
        let taper = self.tapers.get(s.taper as usize);
        taper.map_or_else(|| s.flat_energy_at(now_s), |taper| taper.energy_at(now_s))
    }
}

/// All shards of the fleet, in row order.
#[derive(Resource, Clone, Debug, Default)]
pub struct FleetShards(pub Vec<Shard>);

/// What belongs to one run of station rows.
#[derive(Clone, Debug, Default)]
pub struct StationShard {
    /// First station row.
    pub first: u32,
    /// Number of stations.
    pub len: u32,
    /// First gun row.
    pub first_gun: u32,
    /// Number of guns.
    pub guns: u32,
    /// Requests of this round.
    pub requests: Vec<Request>,
    /// Replies by shard of vehicles.
    pub replies: Vec<Vec<Reply>>,
    /// Scratch space for the replies of one request.
    pub scratch: Vec<Reply>,
    /// Failures and repairs of today still to come, latest first: (second, gun row).
    pub faults: Vec<(u32, u32)>,
    /// Busy points by slot of the survey: the line's watts are points and its joules point-seconds, from second zero.
    pub busy: Vec<Line>,
}

/// All shards of the stations, in row order.
#[derive(Resource, Clone, Debug, Default)]
pub struct StationShards(pub Vec<StationShard>);

/// Rows per shard, given the number of rows and of shards wanted.
pub fn rows_per_shard(rows: usize, shards: usize) -> usize {
    rows.div_ceil(shards.max(1)).max(1)
}

impl FleetShards {
    /// Shards for `vehicles` rows, beginning at a second.
    pub fn new(vehicles: usize, shards: usize, station_shards: usize, now_s: u32) -> Self {
        let per = rows_per_shard(vehicles, shards);
        let shard = |first: usize| Shard {
            first: first as u32,
            len: per.min(vehicles - first) as u32,
            wheel: Wheel::new(now_s),
            tapers: Vec::new(),
            books: Books::default(),
            outbox: vec![Vec::new(); station_shards],
            inbox: Vec::new(),
            orders: BTreeMap::new(),
            promises: BTreeMap::new(),
            trace: Trace::default(),
            due: Vec::new(),
        };
        Self((0..vehicles).step_by(per).map(shard).collect())
    }

    /// Rows per shard.
    pub fn per(&self) -> u32 {
        self.0.first().map_or(1, |s| s.len.max(1))
    }

    /// The shard of a vehicle.
    pub fn of(&self, vehicle: u32) -> &Shard {
        &self.0[(vehicle / self.per()) as usize]
    }

    /// Energy in a vehicle's battery now, whether what flows is constant or tapers.
    pub fn energy_at(&self, vehicle: u32, s: &VehicleState, now_s: u32) -> Energy {
        self.of(vehicle).energy_at(s, now_s)
    }

    /// Power into a vehicle's battery now in W; negative when it discharges.
    pub fn battery_w(&self, vehicle: u32, s: &VehicleState, now_s: u32) -> i64 {
        let taper = self.of(vehicle).tapers.get(s.taper as usize);
        taper.map_or(i64::from(s.battery_w), |taper| taper.power_w_at(now_s))
    }
}
