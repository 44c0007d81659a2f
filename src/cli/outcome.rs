//! What came of a run: the figures that the report and the summary tell, read once from the twin.

use super::chart::figure;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use voltcity::city::tree::{BranchFlow, Feeder, Substation, Transformer, TransformerFlow, Tree};
use voltcity::clock::DAY_S;
use voltcity::fleet::books::{Counts, cell};
use voltcity::fleet::shard::FleetShards;
use voltcity::fleet::station::{Station, StationKind};
use voltcity::fleet::vehicle::{ChargePlace, Vehicle, VehicleClass};
use voltcity::grid::ledger::{CellTotals, Totals};
use voltcity::network::heat::UnitHeat;
use voltcity::network::outage::{Indices, Means};
use voltcity::network::{GridAccount, InverterControl, Overloaded, Violation};
use voltcity::report::observe::{CURVE_S, CurvePoint, Observations};
use voltcity::site::pv::PvArray;
use voltcity::site::stock::Building;
use voltcity::site::storage::StorageUnit;
use voltcity::twin::{AgentCounts, Twin};

/// Transformers that are listed.
const WORST: usize = 10;

/// Places where vehicles charge.
pub(crate) const PLACES: usize = ChargePlace::ALL.len();

/// The figures of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Agents by kind.
    pub(crate) agents: AgentCounts,
    /// Steps of the run proper.
    pub(crate) steps: u64,
    /// Days that these are.
    pub(crate) days: f64,
    /// Length of a point of the load curve in s.
    pub(crate) curve_step_s: u32,
    /// Energy in J.
    pub(crate) totals: Totals,
    /// Vehicles by class.
    pub(crate) classes: Vec<ClassOutcome>,
    /// Trips, sessions, queues.
    pub(crate) fleet: Counts,
    /// Vehicles plugged in on average.
    pub(crate) plugged_mean: f64,
    /// The greatest net import.
    pub(crate) peak: Peak,
    /// The greatest power drawn by vehicles.
    pub(crate) ev_peak: Peak,
    /// Mean net import over the greatest.
    pub(crate) load_factor: f64,
    /// The load curve, each point with the local time at which it begins.
    pub(crate) curve: Vec<(String, CurvePoint)>,
    /// Elements above their limit.
    pub(crate) overload: Overload,
    /// The transformers with the highest loading, from the worst.
    pub(crate) worst: Vec<Loaded>,
    /// What its network came to, if it was solved.
    pub(crate) network: Option<NetworkOutcome>,
    /// What the ledger does not account for, in J.
    pub(crate) residual_j: i64,
    /// Digest of the final state.
    pub(crate) hash: u64,
}

/// What the network came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct NetworkOutcome {
    pub(crate) account: GridAccount,
    /// Time between two solves in s.
    pub(crate) every_s: u32,
    pub(crate) nodes: usize,
    /// Heat of its 110/10 kV units.
    pub(crate) units: UnitHeat,
    /// What its inverters do about the voltage.
    pub(crate) inverters: InverterControl,
    /// Transformers, feeders and 110/10 kV units that were overloaded at some solve, and for how long in all, in s.
    pub(crate) overloaded: [(usize, u64); 3],
    /// What was overloaded, from the longest.
    pub(crate) violations: Vec<(Overloaded, Violation)>,
    /// What a solve takes on this machine in ms.
    pub(crate) ms_per_solve: f64,
    /// What outages came to, if things were let fail.
    pub(crate) outages: Option<OutagesOutcome>,
}

impl NetworkOutcome {
    /// With the supply of the whole run: what its users drew in every step and what was lost. What was solved stands for
    /// the time from solve to solve.
    fn supplying(mut self, totals: &Totals) -> Self {
        self.account.supplied_j = totals.grid_import_j - totals.grid_export_j + self.account.lost_j;
        self
    }
}

/// What outages came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct OutagesOutcome {
    /// For a mean customer.
    pub(crate) indices: Indices,
    /// By district.
    pub(crate) by_district: Vec<(String, Means)>,
    /// Transformer areas that lost supply.
    pub(crate) areas: usize,
}

impl NetworkOutcome {
    pub(crate) fn of(twin: &Twin) -> Option<Self> {
        let grid = twin.network()?;
        let (blackouts, names) = (twin.blackouts(), &twin.resource::<Tree>().districts);
        let outages = grid.outages().map(|outages| OutagesOutcome {
            indices: outages.indices(blackouts),
            by_district: names.iter().cloned().zip(outages.by_district(blackouts)).collect(),
            areas: blackouts.0.len(),
        });
        Some(Self {
            account: grid.account().clone(),
            every_s: grid.every_s(),
            nodes: grid.network().nodes(),
            units: grid.units().clone(),
            inverters: grid.network().inverters().control,
            overloaded: grid.violations().by_level(),
            violations: grid.violations().ranked(),
            ms_per_solve: grid.ms_per_solve(),
            outages,
        })
    }
}

/// A greatest mean power of a step.
#[derive(Clone, Debug)]
pub(crate) struct Peak {
    /// Power in W.
    pub(crate) power_w: i64,
    /// Local time at which the step begins.
    pub(crate) time: String,
}

/// What the vehicles of a class did. Energy at the meter by place, in J.
#[derive(Clone, Debug)]
pub(crate) struct ClassOutcome {
    pub(crate) class: VehicleClass,
    pub(crate) vehicles: u64,
    pub(crate) charged_j: [i64; PLACES],
    pub(crate) returned_j: [i64; PLACES],
    pub(crate) sessions: [u64; PLACES],
    /// Sessions that began at public points, by hour of the day.
    pub(crate) public_by_hour: [u64; 24],
    pub(crate) driving_j: i64,
    pub(crate) metres: u64,
}

impl ClassOutcome {
    /// Mean distance per vehicle and day in km.
    pub(crate) fn km_per_day(&self, days: f64) -> f64 {
        self.metres as f64 / 1e3 / (self.vehicles.max(1) as f64 * days)
    }
}

/// Elements of the grid that were above their limit at some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Overload {
    pub(crate) transformers: usize,
    /// Sum over transformers, in s.
    pub(crate) seconds: u64,
    pub(crate) feeders: usize,
    pub(crate) substations: usize,
}

/// A transformer and how loaded it was.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Loaded {
    /// Its row.
    pub(crate) id: usize,
    /// Greatest net power, either way, over the limit.
    pub(crate) loading: f64,
    /// Time above the limit in min.
    pub(crate) minutes: f64,
    /// Rating in kVA.
    pub(crate) rating_kva: f64,
    /// What it serves: kinds of buildings and of charging stations.
    pub(crate) serves: Vec<String>,
    /// Number of its zone.
    pub(crate) zone: u32,
    /// Name of its district.
    pub(crate) district: String,
}

impl Outcome {
    /// Reads the figures of a twin whose run is over.
    pub(crate) fn gather(twin: &mut Twin) -> Self {
        let (overload, worst) = loading(twin);
        let residual_j = twin.ledger_residual_j();
        let agents = twin.counts();
        let classes = classes(twin);
        let seen = twin.resource::<Observations>();
        let totals = *twin.resource::<Totals>();
        let civil = |second: u32| twin.calendar().civil(second);
        let peak = |power_w, second| Peak { power_w, time: civil(second) };
        let seconds = (seen.steps * u64::from(twin.clock().step_s)).max(1);
        let mean_w = (totals.grid_import_j - totals.grid_export_j) as f64 / seconds as f64;
        Self {
            agents,
            steps: seen.steps,
            days: seconds as f64 / f64::from(DAY_S),
            curve_step_s: CURVE_S.next_multiple_of(twin.clock().step_s),
            totals,
            classes,
            fleet: twin.fleet_counts(),
            plugged_mean: seen.plugged_mean(),
            peak: peak(seen.peak_w, seen.peak_s),
            ev_peak: peak(seen.ev_peak_w, seen.ev_peak_s),
            load_factor: if seen.peak_w > 0 { mean_w / seen.peak_w as f64 } else { 0.0 },
            curve: seen.curve.iter().map(|point| (civil(point.from_s), *point)).collect(),
            overload,
            worst,
            network: NetworkOutcome::of(twin).map(|network| network.supplying(&totals)),
            residual_j,
            hash: twin.hash(),
        }
    }

    /// Charged energy of all classes by place, in J.
    pub(crate) fn charged_j(&self) -> [i64; PLACES] {
        core::array::from_fn(|place| self.classes.iter().map(|class| class.charged_j[place]).sum())
    }

    /// Returned energy of all classes by place, in J.
    pub(crate) fn returned_j(&self) -> [i64; PLACES] {
        core::array::from_fn(|place| self.classes.iter().map(|class| class.returned_j[place]).sum())
    }

    /// Sessions of all classes by place.
    pub(crate) fn sessions(&self) -> [u64; PLACES] {
        core::array::from_fn(|place| self.classes.iter().map(|class| class.sessions[place]).sum())
    }
}

/// What the vehicles of each class did.
fn classes(twin: &mut Twin) -> Vec<ClassOutcome> {
    let world = twin.world_mut();
    let mut vehicles = [0_u64; VehicleClass::ALL.len()];
    world.query::<&Vehicle>().iter(world).for_each(|vehicle| vehicles[vehicle.class as usize] += 1);
    let shards = &twin.resource::<FleetShards>().0;
    let cells = twin.resource::<CellTotals>();
    let of_class = |class: VehicleClass| {
        let by_place = |of: &dyn Fn(usize) -> i64| ChargePlace::ALL.map(|place| of(cell(class, place)));
        let sessions = |at: usize| shards.iter().map(|shard| shard.books.sessions_by_cell[at]).sum();
        ClassOutcome {
            class,
            vehicles: vehicles[class as usize],
            charged_j: by_place(&|at| cells.charged_j[at]),
            returned_j: by_place(&|at| cells.returned_j[at]),
            sessions: ChargePlace::ALL.map(|place| sessions(cell(class, place))),
            public_by_hour: core::array::from_fn(|hour| {
                shards.iter().map(|shard| shard.books.public_sessions_by_hour[class as usize][hour]).sum()
            }),
            driving_j: shards.iter().map(|shard| shard.books.driving_by_class_j[class as usize]).sum(),
            metres: shards.iter().map(|shard| shard.books.metres_by_class[class as usize]).sum(),
        }
    };
    VehicleClass::ALL.into_iter().map(of_class).collect()
}

/// Elements above their limit, and the transformers with the highest loading.
fn loading(twin: &mut Twin) -> (Overload, Vec<Loaded>) {
    let world = twin.world_mut();
    let mut overload = Overload::default();
    let mut rows: Vec<(usize, f64, Transformer, u32)> = Vec::new();
    for (id, (transformer, flow)) in world.query::<(&Transformer, &TransformerFlow)>().iter(world).enumerate() {
        overload.transformers += usize::from(flow.overload_s > 0);
        overload.seconds += u64::from(flow.overload_s);
        let loading = f64::from(flow.peak_w) / f64::from(transformer.limit_w.max(1));
        rows.push((id, loading, *transformer, flow.overload_s));
    }
    let overloaded = |flow: &BranchFlow| flow.overload_s > 0;
    overload.feeders = world.query::<(&Feeder, &BranchFlow)>().iter(world).filter(|f| overloaded(f.1)).count();
    overload.substations = world.query::<(&Substation, &BranchFlow)>().iter(world).filter(|s| overloaded(s.1)).count();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    rows.truncate(WORST);
    let serves = served(twin, &rows.iter().map(|row| (row.0, row.2)).collect::<Vec<_>>());
    let tree = twin.resource::<Tree>();
    let listed = |((id, loading, transformer, overload_s), serves): ((usize, f64, Transformer, u32), Vec<String>)| {
        let zone = usize::from(transformer.zone);
        Loaded {
            id,
            loading,
            minutes: f64::from(overload_s) / 60.0,
            rating_kva: f64::from(transformer.rating_va) / 1e3,
            serves,
            zone: tree.zone_ids[zone],
            district: tree.districts[usize::from(tree.zone_district[zone])].clone(),
        }
    };
    (overload, rows.into_iter().zip(serves).map(listed).collect())
}

/// What hangs on each of some transformers: kinds of buildings and of charging stations, solar arrays, storage.
fn served(twin: &mut Twin, transformers: &[(usize, Transformer)]) -> Vec<Vec<String>> {
    let world = twin.world_mut();
    let mut stations: BTreeMap<usize, BTreeSet<StationKind>> =
        transformers.iter().map(|(id, _)| (*id, BTreeSet::new())).collect();
    for station in world.query::<&Station>().iter(world) {
        if let Some(kinds) = stations.get_mut(&(station.node as usize)) {
            kinds.insert(station.kind);
        }
    }
    let buildings: Vec<_> = world.query::<&Building>().iter(world).map(|b| (b.node, b.kind)).collect();
    let solar_w: Vec<_> = world.query::<&PvArray>().iter(world).map(|array| (array.node, array.peak_w)).collect();
    let storage_w: Vec<_> = world.query::<&StorageUnit>().iter(world).map(|unit| (unit.node, unit.power_w)).collect();
    let of = |(id, _): &(usize, Transformer)| {
        let kinds: BTreeSet<_> = behind(&buildings, *id).iter().map(|b| b.1).collect();
        let mut names: Vec<String> = kinds.into_iter().map(|kind| kind.name().replace('_', " ")).collect();
        names.extend(stations[id].iter().map(|kind| charging(*kind).to_owned()));
        for (name, rows) in [("kWp solar", &solar_w), ("kW storage", &storage_w)] {
            let watts: u64 = behind(rows, *id).iter().map(|row| u64::from(row.1)).sum();
            if watts > 0 {
                names.push(format!("{} {name}", figure(watts as f64 / 1e3)));
            }
        }
        names
    };
    transformers.iter().map(of).collect()
}

/// The rows of what hangs on a transformer, of rows in the order of their transformers.
fn behind<T>(rows: &[(u32, T)], node: usize) -> &[(u32, T)] {
    let from = rows.partition_point(|row| (row.0 as usize) < node);
    let to = rows.partition_point(|row| (row.0 as usize) <= node);
    &rows[from..to]
}

/// What a charging station is called in a list of what a transformer serves.
const fn charging(kind: StationKind) -> &'static str {
    match kind {
        StationKind::Public => "public charging",
        StationKind::Super => "super-charging",
        StationKind::V2g => "V2G",
        StationKind::Integrated => "integrated station",
        StationKind::Demonstration => "demonstration station",
        StationKind::Compound => "compound charging",
        StationKind::Depot => "depot charging",
    }
}
