//! Small worlds for property tests, and a look at all agents of a twin at once.
//!
//! Every property test of the engine goes through this module, so that a change of the engine's data layout is
//! answered in one place.

use std::path::{Path, PathBuf};
use voltcity::city::tree::{BranchFlow, Feeder, Substation, Transformer, TransformerFlow};
use voltcity::fleet::battery::Piece;
use voltcity::fleet::charger::{Gun, GunKind, GunStatus, NONE};
use voltcity::fleet::context::Context;
use voltcity::fleet::params::{FleetParams, LegLength, LegSpec, Pattern, PlugIn, Surroundings};
use voltcity::fleet::session::Taper;
use voltcity::fleet::shard::FleetShards;
use voltcity::fleet::station::{Board, Request, Station, StationKind};
use voltcity::fleet::vehicle::{Place, Vehicle, VehicleState};
use voltcity::plan::Plan;
use voltcity::site::pv::{PvArray, PvOutput};
use voltcity::site::stock::{Building, BuildingLoad};
use voltcity::site::storage::{StorageState, StorageUnit};
use voltcity::twin::{Options, Twin};
use voltcity::units::Energy;
use voltcity::world::Checked;

/// The smallest world.
pub(crate) fn block() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/block.ron")
}

/// The plan of `block.ron` with patches. A patch that does not fit is a mistake of the test.
pub(crate) fn plan(sets: &[String]) -> Plan {
    let checked = Checked::load(&block(), sets).unwrap_or_else(|problems| panic!("{problems}\nsets: {sets:#?}"));
    checked.plan()
}

/// A patch that puts an assumed value in the place of a figure's.
pub(crate) fn set(path: &str, value: impl std::fmt::Display) -> String {
    format!("{path}=({value}, \"assumption: test\")")
}

/// Options of a short run that begins at the first midnight of the plan, without days before it.
pub(crate) fn options(days: u32, step_s: u32) -> Options {
    Options { days, step_s, warmup_days: Some(0), ..Options::default() }
}

/// Options of a short run with a seed of its own.
pub(crate) fn seeded(seed: u64, days: u32, step_s: u32) -> Options {
    Options { seed: Some(seed), ..options(days, step_s) }
}

/// Cases of a property test: `PROPTEST_CASES` where it is set, else few enough for every build.
pub(crate) fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// All agents as they stand between two steps, by row.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// First second that has not been simulated.
    pub(crate) now_s: u32,
    /// Sessions begun so far.
    pub(crate) sessions: u64,
    /// Metres driven so far; those of a trip count when it begins.
    pub(crate) metres: u64,
    pub(crate) vehicles: Vec<Vehicle>,
    pub(crate) states: Vec<VehicleState>,
    /// Energy in each battery now, the flow under way included.
    pub(crate) energy: Vec<Energy>,
    /// Flows that follow the curve, by vehicle.
    pub(crate) tapers: Vec<Option<Taper>>,
    pub(crate) guns: Vec<Gun>,
    pub(crate) stations: Vec<Station>,
    /// Mail that stations have not read yet.
    pub(crate) mail: Vec<Request>,
    pub(crate) units: Vec<StorageUnit>,
    pub(crate) storage: Vec<StorageState>,
    /// Transformer and power in W of each building.
    pub(crate) buildings: Vec<(u32, i32)>,
    /// The same of each solar array.
    pub(crate) pv: Vec<(u32, i32)>,
    pub(crate) nodes: Vec<Transformer>,
    pub(crate) flows: Vec<TransformerFlow>,
    pub(crate) feeders: Vec<Feeder>,
    pub(crate) feeder_flows: Vec<BranchFlow>,
    pub(crate) substations: Vec<Substation>,
    pub(crate) substation_flows: Vec<BranchFlow>,
}

impl Snapshot {
    /// Looks at everything.
    pub(crate) fn of(twin: &mut Twin) -> Self {
        let (now_s, counts) = (twin.clock().now_s(), twin.fleet_counts());
        let w = twin.world_mut();
        let vehicles: Vec<Vehicle> = w.query::<&Vehicle>().iter(w).copied().collect();
        let states: Vec<VehicleState> = w.query::<&VehicleState>().iter(w).copied().collect();
        let shards = w.resource::<FleetShards>();
        let per = shards.per() as usize;
        let taper = |row: usize, s: &VehicleState| shards.0[row / per].tapers.get(s.taper as usize).copied();
        let tapers: Vec<Option<Taper>> = states.iter().enumerate().map(|(row, s)| taper(row, s)).collect();
        let flat = |(s, t): (&VehicleState, &Option<Taper>)| {
            t.map_or_else(|| s.flat_energy_at(now_s), |taper| taper.energy_at(now_s))
        };
        let energy = states.iter().zip(&tapers).map(flat).collect();
        let mail = shards.0.iter().flat_map(|s| s.outbox.iter().flatten().copied()).collect();
        let feeders: Vec<(Feeder, BranchFlow)> =
            w.query::<(&Feeder, &BranchFlow)>().iter(w).map(|(f, b)| (*f, *b)).collect();
        let substations: Vec<(Substation, BranchFlow)> =
            w.query::<(&Substation, &BranchFlow)>().iter(w).map(|(s, b)| (*s, *b)).collect();
        Self {
            now_s,
            sessions: counts.sessions,
            metres: counts.metres,
            vehicles,
            states,
            energy,
            tapers,
            mail,
            guns: w.query::<&Gun>().iter(w).copied().collect(),
            stations: w.query::<&Station>().iter(w).cloned().collect(),
            units: w.query::<&StorageUnit>().iter(w).copied().collect(),
            storage: w.query::<&StorageState>().iter(w).copied().collect(),
            buildings: w.query::<(&Building, &BuildingLoad)>().iter(w).map(|(b, l)| (b.node, l.power_w)).collect(),
            pv: w.query::<(&PvArray, &PvOutput)>().iter(w).map(|(a, o)| (a.node, o.power_w)).collect(),
            nodes: w.query::<&Transformer>().iter(w).copied().collect(),
            flows: w.query::<&TransformerFlow>().iter(w).copied().collect(),
            feeders: feeders.iter().map(|f| f.0).collect(),
            feeder_flows: feeders.iter().map(|f| f.1).collect(),
            substations: substations.iter().map(|s| s.0).collect(),
            substation_flows: substations.iter().map(|s| s.1).collect(),
        }
    }

    /// Battery-side power of a vehicle's flow now, in W; positive charges.
    pub(crate) fn battery_w(&self, row: usize) -> f64 {
        self.tapers[row].map_or(f64::from(self.states[row].battery_w), |t| power_on(&t.piece, self.energy[row]))
    }
}

/// Power on a piece of the curve at an energy, in W.
fn power_on(piece: &Piece, energy: Energy) -> f64 {
    piece.power_w + piece.slope_per_s * (energy - piece.energy).f64()
}

/// What a vehicle may look at now.
pub(crate) fn context(twin: &Twin) -> Context<'_> {
    Context {
        seed: *twin.resource(),
        params: twin.resource(),
        geography: twin.resource(),
        board: twin.resource(),
        calendar: twin.resource(),
        around: twin.resource(),
        step_from_s: twin.clock().now_s(),
    }
}

/// Behaviour parameters of the block, for stations that are driven by hand.
pub(crate) fn params() -> FleetParams {
    plan(&[]).fleet
}

/// A gun that nobody uses.
pub(crate) fn gun(kind: GunKind, rating_w: u32) -> Gun {
    Gun {
        station: 0,
        vehicle: NONE,
        owner: NONE,
        rating_w,
        demand_w: 0,
        allotted_w: 0,
        repaired_s: 0,
        kind,
        status: GunStatus::Available,
        two_way: false,
    }
}

/// A station of its own whose guns are the rows from `first_gun` on.
pub(crate) fn station(first_gun: u32, guns: u32, host_w: u32, host_guns: u32) -> Station {
    Station {
        kind: StationKind::Public,
        zone: 0,
        node: 0,
        first_gun,
        guns,
        host_w,
        host_guns,
        lon: 114.0,
        lat: 22.5,
        queue: std::collections::VecDeque::new(),
    }
}

/// A leg at a fixed hour.
pub(crate) fn leg(to: Place, hour: f64) -> LegSpec {
    let length = if to == Place::Errand { LegLength::Gravity } else { LegLength::Commute };
    LegSpec { to, depart_s: hour * 3_600.0, spread_s: 0.0, length }
}

/// Makes every class live the same day every day, and plug in whenever it comes to its base.
pub(crate) fn live_by(plan: &mut Plan, legs: &[LegSpec]) {
    for class in &mut plan.fleet.classes {
        for day in &mut class.days {
            *day = (vec![1.0], vec![Pattern::Chain(legs.to_vec())]);
        }
        class.base = ALWAYS;
    }
}

/// A rule by which everyone plugs in.
pub(crate) const ALWAYS: PlugIn = PlugIn { half_soc: 50.0, width: 0.1 };
/// A rule by which nobody plugs in.
pub(crate) const NEVER: PlugIn = PlugIn { half_soc: -50.0, width: 0.1 };

/// The transformer a station hangs on.
pub(crate) fn node_of(twin: &Twin, station: u32) -> usize {
    twin.resource::<Board>().sites[station as usize].node as usize
}

/// Today's prices and air.
pub(crate) fn around(twin: &Twin) -> &Surroundings {
    twin.resource()
}
