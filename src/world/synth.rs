//! From a checked world file to a plan: every agent, in an order that depends on nothing but the file.
//!
//! Structure (who lives where, which transformer carries what) is drawn with the world's own seed, so that runs with
//! other seeds live in the same city.

pub mod areas;
pub mod balance;
pub mod demand;
pub mod extent;
pub mod nodes;
pub mod params;
mod programme;
pub mod share;
pub mod sites;
pub mod stations;
mod two_way;
pub mod vehicles;

use crate::chance::{Seed, mix};
use crate::city::geography::{Geography, Gravity};
use crate::city::tree::{Feeder, Run, Substation, Transformer, Tree};
use crate::clock::DayKind;
use crate::fleet::charger::NONE;
use crate::fleet::params::{ChoiceWeights, FleetParams};
use crate::fleet::station::{Site, Station, StationKind, UNSURVEYED};
use crate::fleet::vehicle::VehicleClass;
use crate::plan::Plan;
use crate::report::survey::SurveyZone;
use crate::site::panel::{ArraySpec, Inverter};
use crate::site::pv::PvParams;
use crate::site::stock::Building;
use crate::site::storage::StorageParams;
use crate::world::schema::WorldFile;
use areas::Areas;
use nodes::{EXPECTED_OF_DESIGN, Node, Nodes};
use share::{largest_remainder, running};
use stations::Draft;
use std::collections::{BTreeMap, VecDeque};
use vehicles::{Berths, ClassPlan, VehiclePlan};

/// Seed of the structure of all worlds: where things stand is part of the world, not of a run.
const STRUCTURE: Seed = Seed(0x5a65_6e5a_6865_6e21);
/// Nearby stations a driver may choose from, at least, by kind of current.
const NEAR_LEAST: usize = 24;

/// Rows of transformers after numbering.
struct Numbered {
    transformers: Vec<Transformer>,
    feeders: Vec<Feeder>,
    substations: Vec<Substation>,
    tree: Tree,
    /// Row by zone index and place in the zone.
    rows: Vec<Vec<u32>>,
}

/// Makes the plan of a checked world. A file that has not passed the checks may make it panic.
pub(super) fn plan(file: &WorldFile, digest: u64) -> Plan {
    let narrowed = extent::narrowed(file);
    let file = narrowed.as_ref().unwrap_or(file);
    let weather = crate::site::weather::Weather::new(&file.weather);
    let load = crate::site::building::Load::new(&file.load);
    let fleet = params::fleet_params(file);
    let areas = areas::areas(file);
    let mut nodes = nodes::nodes(file, &areas, STRUCTURE);
    let index = demand::index(file, &areas);
    let homes = public_homes(file, &areas, &index);
    let counts = Counts::new(file, &areas, &homes);
    let drafts = draft_stations(file, &areas, &mut nodes, &counts);
    let arrays = sites::arrays(file, &areas, &mut nodes, STRUCTURE);
    let storage = sites::storage(file, &areas, &mut nodes, &drafts, STRUCTURE);
    let mut numbered = number(file, &areas, &nodes);
    let mut buildings = Vec::new();
    place_buildings(&nodes, &mut numbered, &mut buildings);
    let pv = place(arrays, &numbered, |a, node| a.node = node);
    let storage = place(storage, &numbered, |s, node| s.0.node = node);
    let gravity = Gravity { detour: file.behaviour.detour.get(), decay_m: file.behaviour.decay_km.get() * 1_000.0 };
    let mut geography = Geography::new(areas.zones.clone(), gravity);
    let (stations, mut sites, mut guns) = place_stations(file, fleet.choice, drafts, &mut numbered, &mut geography);
    let drawn = Drawn { homes: &homes, index: &index, shadows: &demand::shadows(file, &areas) };
    balance_zones(&areas, &drawn, fleet.choice, &geography, &mut sites);
    let surveyed = survey_slots(&areas, &stations, &mut sites);
    let vehicles = vehicle_plan(file, &fleet, &counts, areas.zones.len(), &stations, &mut guns);
    let (stations, _): (Vec<Station>, Vec<Option<VehicleClass>>) = stations.into_iter().unzip();
    let owners = two_way::Owners { file, vehicles: &vehicles, geography: &geography, fleet: &fleet };
    two_way::mark(&owners, &stations, &mut guns, &mut numbered.transformers);
    let candidates = programme::candidates(stations.iter(), &buildings, storage.len(), pv.len());
    let (aggregators, programme) = programme::programme(file, candidates, STRUCTURE);
    let site = &file.weather.site;
    Plan {
        name: file.name.clone(),
        digest,
        start: file.calendar.start.0.parse().expect("the start has been checked"),
        seed: file.seed.get(),
        utc_offset_s: (site.utc_offset_h * 3_600.0) as i64,
        special_days: file
            .calendar
            .special
            .iter()
            .filter_map(|(date, kind)| Some((date.parse().ok()?, *kind)))
            .collect(),
        tree: numbered.tree,
        geography,
        transformers: numbered.transformers,
        feeders: numbered.feeders,
        substations: numbered.substations,
        buildings,
        pv,
        storage,
        stations,
        sites,
        surveyed,
        guns,
        vehicles,
        aggregators,
        programme,
        fleet,
        climate: params::climate(file),
        tariff: params::tariff(file),
        weather,
        load,
        pv_params: pv_params(file),
        inverters: file.grid.inverters.as_ref().map_or_else(Default::default, crate::world::figure::Figure::get),
        storage_params: StorageParams { shave_above_milli: (file.storage.shave_above.get() * 1_000.0) as u32 },
        warmup_days: file.calendar.warmup_days.get(),
    }
}

/// The features of every zone that is simulated, by its number.
pub(super) fn zone_features(file: &WorldFile) -> BTreeMap<u32, demand::Features> {
    let narrowed = extent::narrowed(file);
    let file = narrowed.as_ref().unwrap_or(file);
    let areas = areas::areas(file);
    let features = demand::features(file, &areas);
    areas.zones.iter().map(|zone| zone.id).zip(features).collect()
}

fn pv_params(file: &WorldFile) -> PvParams {
    let (loss, dc_ac_ratio, inverter_efficiency) = file.pv.system.get();
    let spec = ArraySpec { power_per_k: file.pv.power_per_k.get(), loss, dc_ac_ratio, inverter_efficiency };
    PvParams {
        place: file.weather.site.place(),
        inverter: Inverter::new(&spec),
        linke: core::array::from_fn(|m| file.pv.linke.0[m]),
    }
}

/// How many of what there are, by class and zone.
struct Counts {
    /// First vehicle of each class in each zone, counted within the class.
    starts: BTreeMap<VehicleClass, Vec<u64>>,
    /// Private piles by class and zone.
    own: BTreeMap<VehicleClass, Vec<u64>>,
    /// Users of shared piles by class and zone.
    shared_users: BTreeMap<VehicleClass, Vec<u64>>,
    /// Guns and depots by class.
    depots: BTreeMap<VehicleClass, (u64, u64)>,
}

impl Counts {
    fn new(file: &WorldFile, areas: &Areas, public_homes: &[f64]) -> Self {
        let mut counts = Self {
            starts: BTreeMap::new(),
            own: BTreeMap::new(),
            shared_users: BTreeMap::new(),
            depots: BTreeMap::new(),
        };
        for (&class, c) in &file.fleet {
            let total = u64::from(c.count.get());
            let weights = if class == VehicleClass::Company { &areas.jobs } else { &areas.residents };
            let (own, shared) = c.home.get();
            let own_all = ((total as f64 * own).round() as u64).min(total);
            let shared_all = ((total as f64 * shared).round() as u64).min(total - own_all);
            let own = largest_remainder(own_all, weights);
            let shared = largest_remainder(shared_all, weights);
            // Whoever is kept in a depot does not live by public points.
            let public = if c.depot.is_some() { weights } else { public_homes };
            let public = largest_remainder(total - own_all - shared_all, public);
            let per_zone: Vec<u64> = own.iter().zip(&shared).zip(&public).map(|((a, b), c)| a + b + c).collect();
            counts.own.insert(class, own);
            counts.shared_users.insert(class, shared);
            if let Some(depot) = &c.depot {
                let depots = total.div_ceil(u64::from(depot.vehicles.get().max(1)));
                let guns = ((total as f64 * depot.guns_per_vehicle.get()).round() as u64).max(depots);
                counts.depots.insert(class, (guns, depots));
            }
            counts.starts.insert(class, running(&per_zone));
        }
        counts
    }

    fn own_by_zone(&self, zones: usize) -> Vec<u64> {
        (0..zones).map(|z| self.own.values().map(|v| v[z]).sum()).collect()
    }
}

/// Where vehicles live that depend on public points: in proportion to the points of a zone and the demand on one.
fn public_homes(file: &WorldFile, areas: &Areas, index: &[f64]) -> Vec<f64> {
    let counted: Vec<f64> = areas
        .zones
        .iter()
        .map(|z| demand::Counted::of(file, &file.zones.rows[&z.id]))
        .map(|count| f64::from(count.points() + count.others))
        .collect();
    let private: f64 = file.fleet.values().map(|c| f64::from(c.count.get()) * c.home.get().0).sum();
    let depots: f64 = file
        .fleet
        .values()
        .filter_map(|c| Some(f64::from(c.count.get()) * c.depot.as_ref()?.guns_per_vehicle.get()))
        .sum();
    let public =
        f64::from(file.charging.total.get()) - private - depots - f64::from(file.charging.compound_shared.get());
    // What was not counted is spread by attraction.
    let more = (public - counted.iter().sum::<f64>()).max(0.0);
    let attraction: f64 = areas.zones.iter().map(|z| z.attraction).sum();
    let weight = |i: usize| {
        let points = counted[i] + more * areas.zones[i].attraction / attraction.max(1e-12);
        points * libm::exp(index[i])
    };
    let weights: Vec<f64> = (0..areas.zones.len()).map(weight).collect();
    if weights.iter().sum::<f64>() > 0.0 { weights } else { areas.residents.clone() }
}

fn draft_stations(file: &WorldFile, areas: &Areas, nodes: &mut Nodes, counts: &Counts) -> Vec<Draft> {
    let zones = areas.zones.len();
    let own = counts.own_by_zone(zones);
    let shared = largest_remainder(u64::from(file.charging.compound_shared.get()), &areas.residents);
    let depot_guns: u64 = counts.depots.values().map(|d| d.0).sum();
    let private: u64 = own.iter().sum::<u64>() + shared.iter().sum::<u64>() + depot_guns;
    let public = u64::from(file.charging.total.get()).saturating_sub(private);
    let mut maker = stations::Maker { file, areas, nodes, seed: STRUCTURE, drafts: Vec::new() };
    maker.public(public);
    for (&class, &(guns, depots)) in &counts.depots {
        maker.depots(class, guns, depots);
    }
    maker.compounds(&own, &shared);
    let mut drafts = maker.drafts;
    drafts.retain(|d| !d.guns.is_empty());
    // Public stations first: a row below their number is open to all.
    drafts.sort_by_key(|d| (!d.kind.is_public(), d.zone));
    drafts
}

/// Numbers transformers, groups them into feeders and these into substations.
fn number(file: &WorldFile, areas: &Areas, nodes: &Nodes) -> Numbered {
    let zone_load: Vec<f64> = nodes.zones.iter().map(|z| z.iter().map(|n| n.expected_w).sum()).collect();
    let feeders_per_zone = feeders_per_zone(file, nodes, &zone_load);
    let power_factor = file.load.power_factor.get();
    let feeder_limit_w = 3.0_f64.sqrt() * 10_000.0 * file.grid.feeder_a.get() * power_factor;
    let mut out = Numbered {
        transformers: Vec::new(),
        feeders: Vec::new(),
        substations: Vec::new(),
        tree: Tree {
            zone_district: areas.zones.iter().map(|z| z.district).collect(),
            zone_ids: areas.zones.iter().map(|z| z.id).collect(),
            districts: areas.districts.clone(),
            ..Tree::default()
        },
        rows: Vec::new(),
    };
    let mut feeder_load = Vec::new();
    for (zone, list) in nodes.zones.iter().enumerate() {
        let (first_t, first_f) = (out.transformers.len() as u32, out.feeders.len() as u32);
        let mut rows = vec![NONE; list.len()];
        for group in group_by_load(list, feeders_per_zone[zone] as usize, zone as u32) {
            let feeder = out.feeders.len() as u32;
            let first = out.transformers.len() as u32;
            for &place in &group {
                rows[place as usize] = out.transformers.len() as u32;
                let rating_va = list[place as usize].rating_va;
                let limit_w = (f64::from(rating_va) * power_factor) as u32;
                out.transformers.push(Transformer {
                    rating_va,
                    limit_w,
                    feeder,
                    standby_w: 0,
                    zone: zone as u16,
                    buildings: 0,
                });
            }
            let load: f64 = group.iter().map(|&p| list[p as usize].expected_w).sum();
            feeder_load.push(load);
            // As many cables as carry the design draw of its users half loaded, for rings are open.
            let cables = (load / EXPECTED_OF_DESIGN / (0.5 * feeder_limit_w)).ceil().max(1.0);
            let transformers = Run { first, len: group.len() as u32 };
            let limit_w = (feeder_limit_w * cables).min(4e9) as u32;
            out.feeders.push(Feeder { substation: 0, zone: zone as u16, transformers, first_building: 0, limit_w });
        }
        out.rows.push(rows);
        out.tree.zone_transformers.push(Run { first: first_t, len: out.transformers.len() as u32 - first_t });
        out.tree.zone_feeders.push(Run { first: first_f, len: out.feeders.len() as u32 - first_f });
    }
    substations(file, areas, &mut out, &feeder_load);
    out
}

/// Feeders of each zone by load; a zone with transformers has at least one and never more than transformers.
fn feeders_per_zone(file: &WorldFile, nodes: &Nodes, zone_load: &[f64]) -> Vec<u64> {
    let wanted = largest_remainder(u64::from(file.grid.feeders.get()), zone_load);
    wanted.iter().zip(&nodes.zones).map(|(&f, z)| f.clamp(u64::from(!z.is_empty()), z.len() as u64)).collect()
}

/// Divides the transformers of a zone among feeders with about equal loads, mixing kinds of users.
fn group_by_load(list: &[Node], feeders: usize, zone: u32) -> Vec<Vec<u32>> {
    if feeders == 0 {
        return Vec::new();
    }
    let mut order: Vec<u32> = (0..list.len() as u32).collect();
    order.sort_by_key(|&p| mix(u64::from(zone) << 32 | u64::from(p)));
    let total: f64 = list.iter().map(|n| n.expected_w).sum();
    let mut groups = vec![Vec::new(); feeders];
    let (mut k, mut load) = (0, 0.0);
    for (done, &place) in order.iter().enumerate() {
        groups[k].push(place);
        load += list[place as usize].expected_w;
        let left = order.len() - done - 1;
        let due = load >= total * (k + 1) as f64 / feeders as f64;
        if k + 1 < feeders && (due || left == feeders - k - 1) {
            k += 1;
        }
    }
    groups
}

/// Groups the feeders of a district into substations with about equal loads.
fn substations(file: &WorldFile, areas: &Areas, out: &mut Numbered, feeder_load: &[f64]) {
    let district_of = |f: &Feeder| areas.zones[usize::from(f.zone)].district;
    let mut load = vec![0.0; areas.districts.len()];
    out.feeders.iter().zip(feeder_load).for_each(|(f, l)| load[usize::from(district_of(f))] += l);
    let counts = largest_remainder(u64::from(file.grid.substations.get()), &load);
    let unit_w = file.grid.unit_mva.get() * 1e6 * file.load.power_factor.get();
    let mut first = 0;
    while first < out.feeders.len() {
        let district = usize::from(district_of(&out.feeders[first]));
        let end = (first..out.feeders.len()).find(|&f| usize::from(district_of(&out.feeders[f])) != district);
        let end = end.unwrap_or(out.feeders.len());
        let count = (counts[district] as usize).clamp(1, end - first);
        let (mut from, mut sum, mut done, mut made) = (first, 0.0, 0.0, 0);
        for (f, here) in feeder_load.iter().enumerate().take(end).skip(first) {
            sum += here;
            done += here;
            let k = out.substations.len();
            out.feeders[f].substation = k as u32;
            let due = done >= load[district] * (made + 1) as f64 / count as f64 || end - f - 1 == count - made - 1;
            if f + 1 == end || due && made + 1 < count {
                let units = (sum * file.grid.capacity_ratio.get() / unit_w).ceil().max(2.0);
                out.substations.push(Substation {
                    district: district as u16,
                    feeders: Run { first: from as u32, len: (f + 1 - from) as u32 },
                    limit_w: (units * unit_w) as u64,
                });
                (from, sum, made) = (f + 1, 0.0, made + 1);
            }
        }
        first = end;
    }
}

fn place_buildings(nodes: &Nodes, numbered: &mut Numbered, out: &mut Vec<Building>) {
    let mut by_row = vec![None; numbered.transformers.len()];
    for (zone, list) in nodes.zones.iter().enumerate() {
        for (place, node) in list.iter().enumerate() {
            by_row[numbered.rows[zone][place] as usize] = node.building;
        }
    }
    for feeder in &mut numbered.feeders {
        feeder.first_building = out.len() as u32;
        for row in feeder.transformers.range() {
            if let Some(building) = by_row[row] {
                numbered.transformers[row].buildings = 1;
                out.push(Building { node: row as u32, ..building });
            }
        }
    }
}

/// Orders things by their transformer, whose row they take note of.
fn place<T>(mut things: Vec<sites::Placed<T>>, numbered: &Numbered, set_node: impl Fn(&mut T, u32)) -> Vec<T> {
    let row = |at: (u16, u32)| numbered.rows[usize::from(at.0)][at.1 as usize];
    things.sort_by_key(|t| row(t.0));
    let placed = |(at, mut thing): sites::Placed<T>| {
        set_node(&mut thing, row(at));
        thing
    };
    things.into_iter().map(placed).collect()
}

fn place_stations(
    file: &WorldFile,
    choice: ChoiceWeights,
    drafts: Vec<Draft>,
    numbered: &mut Numbered,
    geography: &mut Geography,
) -> (Vec<(Station, Option<VehicleClass>)>, Vec<Site>, Vec<crate::fleet::charger::Gun>) {
    let (host_kw, host_guns) = file.charging.super_host_kw.get();
    let (mut stations, mut sites, mut guns) = (Vec::new(), Vec::new(), Vec::new());
    let mut public = Vec::new();
    for draft in drafts {
        let row = stations.len() as u32;
        let node = numbered.rows[usize::from(draft.zone)][draft.node as usize];
        let first_gun = guns.len() as u32;
        let super_guns = draft.guns.iter().any(|g| g.kind == crate::fleet::charger::GunKind::Super);
        let v2g = draft.guns.iter().filter(|g| g.kind == crate::fleet::charger::GunKind::V2g).count() as u32;
        numbered.transformers[node as usize].standby_w += v2g * file.charging.v2g_standby_w.get();
        let appeal = |ac: bool| {
            let kw: Vec<f64> =
                draft.guns.iter().filter(|g| g.kind.is_ac() == ac).map(|g| f64::from(g.rating_w) / 1e3).collect();
            let mean_kw = kw.iter().sum::<f64>() / (kw.len().max(1) as f64);
            crate::fleet::choice::appeal(&choice, mean_kw, kw.len() as f64) as f32
        };
        guns.extend(draft.guns.iter().map(|g| crate::fleet::charger::Gun { station: row, ..*g }));
        let station = Station {
            kind: draft.kind,
            zone: draft.zone,
            node,
            first_gun,
            guns: draft.guns.len() as u32,
            host_w: if super_guns { (host_kw * 1_000.0) as u32 } else { 0 },
            host_guns,
            lon: draft.at.0,
            lat: draft.at.1,
            queue: VecDeque::new(),
        };
        if draft.kind.is_public() {
            let has = |ac| draft.guns.iter().any(|g| g.kind.is_ac() == ac);
            public.push((row, draft.zone, draft.at.0, draft.at.1, has(true), has(false)));
        }
        let mut site = Site {
            node,
            zone: draft.zone,
            guns_ac: 0,
            guns_dc: 0,
            free_ac: 0,
            free_dc: 0,
            queued: 0,
            appeal_ac: appeal(true),
            appeal_dc: appeal(false),
            fee: draft.fee,
            by_hour: draft.by_hour,
            survey: if draft.surveyed { 0 } else { UNSURVEYED },
        };
        site.recount(&station, &guns[first_gun as usize..]);
        sites.push(site);
        stations.push((station, draft.class));
    }
    geography.place_stations(&public, NEAR_LEAST);
    (stations, sites, guns)
}

/// Numbers the zones that have surveyed points, and tells every surveyed site its slot.
fn survey_slots(areas: &Areas, stations: &[(Station, Option<VehicleClass>)], sites: &mut [Site]) -> Vec<SurveyZone> {
    let mut points = vec![0; areas.zones.len()];
    for (site, (station, _)) in sites.iter().zip(stations).filter(|(s, _)| s.survey != UNSURVEYED) {
        points[usize::from(site.zone)] += station.guns;
    }
    let zones: Vec<SurveyZone> = (0..areas.zones.len())
        .filter(|&zone| points[zone] > 0)
        .map(|zone| SurveyZone { id: areas.zones[zone].id, index: zone as u16, points: points[zone] })
        .collect();
    for site in sites.iter_mut().filter(|s| s.survey != UNSURVEYED) {
        site.survey = zones.partition_point(|z| z.index < site.zone) as u16;
    }
    zones
}

/// Share of the demand on public points that arises where vehicles live; the rest where they go (assumption).
const SOUGHT_AT_HOME: f64 = 0.8;

/// How the demand on public points is spread over the zones.
struct Drawn<'a> {
    /// Vehicles that depend on public points, by zone.
    homes: &'a [f64],
    /// Logarithm of the demand on a point relative to the mean.
    index: &'a [f64],
    /// What the balance leaves to be made up for, as a utility.
    shadows: &'a [f64],
}

/// Lets every zone's stations draw what its points and the demand on them deserve, wherever it arises: where vehicles
/// live that depend on public points, and where vehicles go.
fn balance_zones(
    areas: &Areas,
    Drawn { homes, index, shadows }: &Drawn,
    choice: ChoiceWeights,
    geography: &Geography,
    sites: &mut [Site],
) {
    let demand: Vec<f64> = index.iter().map(|i| libm::exp(*i)).collect();
    let (at_home, away) = (homes.iter().sum::<f64>(), areas.zones.iter().map(|z| z.attraction).sum::<f64>());
    let part = |(home, zone): (&f64, &crate::city::geography::Zone)| {
        SOUGHT_AT_HOME * home / at_home.max(1e-12) + (1.0 - SOUGHT_AT_HOME) * zone.attraction / away.max(1e-12)
    };
    let sought: Vec<f64> = homes.iter().zip(&areas.zones).map(part).collect();
    let factors = |dc: bool| {
        balance::Balance { geography, sites: &*sites, choice, sought: &sought, demand: &demand, dc }.factors()
    };
    let (slow, fast) = (factors(false), factors(true));
    for site in sites {
        let zone = usize::from(site.zone);
        site.appeal_ac += (slow[zone] + shadows[zone]) as f32;
        site.appeal_dc += (fast[zone] + shadows[zone]) as f32;
    }
}

/// Where the vehicles of every class live and charge; private piles get their owners.
fn vehicle_plan(
    file: &WorldFile,
    fleet: &FleetParams,
    counts: &Counts,
    zones: usize,
    stations: &[(Station, Option<VehicleClass>)],
    guns: &mut [crate::fleet::charger::Gun],
) -> VehiclePlan {
    let (own, shared) = compound_guns(stations, guns, zones);
    let mut taken = vec![0_usize; zones];
    let mut plan = VehiclePlan::default();
    let mut first_row = 0;
    for class in VehicleClass::ALL {
        let Some(class_file) = file.fleet.get(&class) else { continue };
        let mut berths = Berths {
            starts: counts.starts[&class].clone(),
            own: vec![Vec::new(); zones],
            shared: shared.clone(),
            shared_users: counts.shared_users[&class].clone(),
            depots: stations
                .iter()
                .enumerate()
                .filter(|(_, s)| s.1 == Some(class))
                .map(|(row, s)| (row as u32, s.0.zone))
                .collect(),
        };
        for zone in 0..zones {
            let n = (counts.own[&class][zone] as usize).min(own[zone].len() - taken[zone]);
            berths.own[zone] = own[zone][taken[zone]..taken[zone] + n].to_vec();
            taken[zone] += n;
            for (owner, &(_, gun)) in (first_row + berths.starts[zone] as u32..).zip(&berths.own[zone]) {
                guns[gun as usize].owner = owner;
            }
        }
        let stops_per_day = fleet.classes[class as usize].stops_per_day(DayKind::Workday);
        plan.classes.push(ClassPlan { class, file: class_file.clone(), berths, first_row, stops_per_day });
        first_row += class_file.count.get();
    }
    plan
}

/// Private piles as (station, gun), and compounds with shared piles, by zone.
fn compound_guns(
    stations: &[(Station, Option<VehicleClass>)],
    guns: &[crate::fleet::charger::Gun],
    zones: usize,
) -> (Vec<Vec<(u32, u32)>>, Vec<Vec<u32>>) {
    use crate::fleet::charger::GunKind;
    let (mut own, mut shared) = (vec![Vec::new(); zones], vec![Vec::new(); zones]);
    for (row, (station, _)) in stations.iter().enumerate().filter(|(_, s)| s.0.kind == StationKind::Compound) {
        let zone = usize::from(station.zone);
        let mine = station.first_gun..station.first_gun + station.guns;
        if mine.clone().any(|g| guns[g as usize].kind == GunKind::CompoundAc) {
            shared[zone].push(row as u32);
        }
        let private = mine.filter(|&g| guns[g as usize].kind == GunKind::HomeAc);
        own[zone].extend(private.map(|g| (row as u32, g)));
    }
    (own, shared)
}
