//! Charging stations and guns: counted ones as counted, the others by the city's totals.

use crate::chance::{Draw, Purpose, Seed, draw};
use crate::fleet::charger::{Gun, GunKind, GunStatus, NONE};
use crate::fleet::station::StationKind;
use crate::fleet::vehicle::VehicleClass;
use crate::site::building::BuildingKind;
use crate::world::schema::{ChargingFile, StationRow, WorldFile};
use crate::world::synth::areas::Areas;
use crate::world::synth::demand::Counted;
use crate::world::synth::nodes::{Node, Nodes, rating_for};
use crate::world::synth::params::rated_kw;
use crate::world::synth::share::{largest_remainder, running};

/// A station before it has a row.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it is.
    pub kind: StationKind,
    /// Zone index.
    pub zone: u16,
    /// Place of its transformer in the zone.
    pub node: u32,
    /// Position in degrees.
    pub at: (f64, f64),
    /// Guns.
    pub guns: Vec<Gun>,
    /// Service fee in yuan/kWh.
    pub fee: f32,
    /// True when its electricity price follows the hours.
    pub by_hour: bool,
    /// The class whose depot it is.
    pub class: Option<VehicleClass>,
    /// True when the survey watches its points.
    pub surveyed: bool,
}

impl Draft {
    /// A place that is not open to all and takes no fee.
    const fn private(class: Option<VehicleClass>) -> Self {
        let kind = StationKind::Compound;
        Self {
            kind,
            zone: 0,
            node: 0,
            at: (0.0, 0.0),
            guns: Vec::new(),
            fee: 0.0,
            by_hour: true,
            class,
            surveyed: false,
        }
    }
}

/// A gun of a kind with its rating.
fn gun(c: &ChargingFile, kind: GunKind, d: &mut Draw) -> Gun {
    let kw = match kind {
        GunKind::V2g if d.chance(c.v2g_small_share.get()) => 20.0,
        kind => rated_kw(c, kind),
    };
    Gun {
        station: 0,
        vehicle: NONE,
        owner: NONE,
        rating_w: (kw * 1_000.0) as u32,
        demand_w: 0,
        allotted_w: 0,
        repaired_s: 0,
        kind,
        status: GunStatus::Available,
        two_way: false,
    }
}

/// A kind of ordinary direct-current gun by the world's mix.
fn dc_kind(c: &ChargingFile, d: &mut Draw) -> GunKind {
    let (a, b, e) = c.dc_mix.get();
    [GunKind::Dc60, GunKind::Dc120, GunKind::Dc180][d.weighted(&[a, a + b, a + b + e])]
}

/// A point in a zone, within the circle of its area.
fn position(areas: &Areas, zone: usize, d: &mut Draw) -> (f64, f64) {
    let z = &areas.zones[zone];
    let radius_deg = 0.7 * (z.area_m2 / core::f64::consts::PI).sqrt() / 111_195.0;
    (z.lon + radius_deg * d.between(-1.0, 1.0) / 0.924, z.lat + radius_deg * d.between(-1.0, 1.0))
}

/// Guns of one station, at most: larger ones are several side by side.
const STATION_GUNS_MAX: usize = 1_000;

/// Everything the making of stations needs.
pub struct Maker<'a> {
    /// The world.
    pub file: &'a WorldFile,
    /// Its zones.
    pub areas: &'a Areas,
    /// Its transformers, to which stations add their own.
    pub nodes: &'a mut Nodes,
    /// Seed of the world's structure.
    pub seed: Seed,
    /// Stations so far.
    pub drafts: Vec<Draft>,
}

impl Maker<'_> {
    /// Adds a public station with these guns, or several if they are too many for one.
    fn add_public(&mut self, kind: StationKind, zone: usize, at: Option<(f64, f64)>, kinds: &[GunKind], d: &mut Draw) {
        kinds.chunks(STATION_GUNS_MAX).for_each(|kinds| self.add_public_of_size(kind, zone, at, kinds, d));
    }

    /// Adds a public station with these guns; it gets a transformer of its own if it is large.
    fn add_public_of_size(
        &mut self,
        kind: StationKind,
        zone: usize,
        at: Option<(f64, f64)>,
        kinds: &[GunKind],
        d: &mut Draw,
    ) {
        let c = &self.file.charging;
        let mut guns: Vec<Gun> = kinds.iter().map(|&k| gun(c, k, d)).collect();
        for g in &mut guns {
            if d.chance(c.long_failed_share.get()) {
                g.status = GunStatus::LongFailed;
            }
        }
        // Alternating current first, so that hosts begin at a whole number of guns.
        guns.sort_by_key(|g| g.kind != GunKind::Super);
        let at = at.unwrap_or_else(|| position(self.areas, zone, d));
        let node = self.node_for(zone, &guns, d);
        let (low, high) = c.fee_yuan_kwh.get();
        let (fee, by_hour) = (d.between(low, high) as f32, d.chance(c.by_hour_share.get()));
        let (zone, surveyed) = (zone as u16, false);
        self.drafts.push(Draft { kind, zone, node, at, guns, fee, by_hour, class: None, surveyed });
    }

    /// The transformer of a station: its own if it is large, else one of the zone's shops, offices or dwellings.
    fn node_for(&mut self, zone: usize, guns: &[Gun], d: &mut Draw) -> u32 {
        let c = &self.file.charging;
        let connected_w: f64 = guns.iter().map(|g| f64::from(g.rating_w)).sum();
        let hosts: &[BuildingKind] = &[BuildingKind::Retail, BuildingKind::Office, BuildingKind::Residential];
        let choices: usize = hosts.iter().map(|k| self.nodes.by_kind[zone][*k as usize].len()).sum();
        if connected_w < c.own_transformer_kw.get() * 1_000.0 && choices > 0 {
            let mut k = d.below(choices as u32) as usize;
            for kind in hosts {
                let list = &self.nodes.by_kind[zone][*kind as usize];
                if k < list.len() {
                    let place = list[k];
                    return self.connect(zone, place, connected_w);
                }
                k -= list.len();
            }
        }
        self.own_node(zone, connected_w, guns.len(), c.coincidence.get())
    }

    /// A transformer for a station alone, sized for the share of points that charge at once; small stations need
    /// room for all.
    fn own_node(&mut self, zone: usize, connected_w: f64, guns: usize, coincidence: f64) -> u32 {
        let share = coincidence.max(1.0 / guns.max(1) as f64).min(1.0);
        let need_w = connected_w * share / self.file.load.power_factor.get();
        let rating_va = rating_for(need_w, &self.file.grid.ratings_kva.0);
        let list = &mut self.nodes.zones[zone];
        list.push(Node { rating_va, expected_w: connected_w * share * 0.5, connected_w, building: None });
        list.len() as u32 - 1
    }

    fn connect(&mut self, zone: usize, place: u32, connected_w: f64) -> u32 {
        let file = self.file;
        self.nodes.connect(zone, place, connected_w, &file.grid.ratings_kva.0, file.load.power_factor.get())
    }

    /// The counted public stations of each zone, or the individual ones where those are given.
    fn counted(&mut self) -> (u64, u64, u64) {
        let (mut stations, mut fast, mut slow) = (0, 0, 0);
        let by_zone = individual_stations(self.file);
        for zone in 0..self.areas.zones.len() {
            let id = self.areas.zones[zone].id;
            if let Some(rows) = by_zone.get(&id) {
                for (k, row) in rows.iter().enumerate() {
                    let mut d = draw(self.seed, Purpose::StationTraits, id, 0x8000_0000 | k as u32);
                    let kinds = self.kinds(row.fast, row.slow + row.unsplit, &mut d);
                    self.add_public(StationKind::Public, zone, Some((row.lon, row.lat)), &kinds, &mut d);
                    stations += 1;
                    fast += u64::from(row.fast);
                    slow += u64::from(row.slow + row.unsplit);
                }
                continue;
            }
            let count = Counted::of(self.file, &self.file.zones.rows[&id]);
            self.spread(zone, id, u64::from(count.stations), u64::from(count.fast), u64::from(count.slow), 0);
            stations += u64::from(count.stations);
            fast += u64::from(count.fast);
            slow += u64::from(count.slow);
        }
        (stations, fast, slow)
    }

    /// Points that are listed beside the counted ones: slow ones, at stations as large as the zone's others.
    fn listed(&mut self) -> (u64, u64) {
        let (mut stations, mut points) = (0, 0);
        for zone in 0..self.areas.zones.len() {
            let id = self.areas.zones[zone].id;
            let count = Counted::of(self.file, &self.file.zones.rows[&id]);
            let here = (f64::from(count.others) * f64::from(count.stations) / f64::from(count.points().max(1))).ceil();
            self.spread(zone, id, here as u64, 0, u64::from(count.others), 0x0800_0000);
            stations += here as u64;
            points += u64::from(count.others);
        }
        (stations, points)
    }

    fn kinds(&self, fast: u32, slow: u32, d: &mut Draw) -> Vec<GunKind> {
        let mut kinds: Vec<GunKind> = (0..fast).map(|_| dc_kind(&self.file.charging, d)).collect();
        kinds.extend((0..slow).map(|_| GunKind::PublicAc));
        kinds
    }

    /// Spreads points over stations of log-normal size in one zone; every station gets at least one point.
    fn spread(&mut self, zone: usize, id: u32, stations: u64, fast: u64, slow: u64, first: u32) {
        let stations = stations.min(fast + slow).max(u64::from(fast + slow > 0));
        let sizes: Vec<f64> = (0..stations as u32)
            .map(|k| {
                draw(self.seed, Purpose::StationTraits, id, first + k)
                    .log_normal(1.0, self.file.charging.size_spread.get())
            })
            .collect();
        // Fast points stand together: in the first stations, as in the survey, where most stations have only one kind.
        let fast_stations = ((stations as f64 * fast as f64 / (fast + slow).max(1) as f64).ceil() as usize)
            .max(usize::from(fast > 0))
            .min(stations as usize);
        let all_fast = slow == 0;
        let fast_weights: Vec<f64> = (0..sizes.len()).map(|i| if i < fast_stations { sizes[i] } else { 0.0 }).collect();
        let slow_from = if all_fast || fast_stations == sizes.len() { 0 } else { fast_stations };
        let slow_weights: Vec<f64> = (0..sizes.len()).map(|i| if i >= slow_from { sizes[i] } else { 0.0 }).collect();
        let (fast, slow) = (at_least_one(fast, &fast_weights), at_least_one(slow, &slow_weights));
        for k in 0..stations as usize {
            let mut d = draw(self.seed, Purpose::StationTraits, id, 0x4000_0000 | (first + k as u32));
            let kinds = self.kinds(fast[k] as u32, slow[k] as u32, &mut d);
            if !kinds.is_empty() {
                self.add_public(StationKind::Public, zone, None, &kinds, &mut d);
            }
        }
    }

    /// Stations of a special kind, spread over zones by weight, at most one more than their share in each.
    fn special(&mut self, kind: StationKind, count: u32, kinds: &[GunKind], weights: &[f64]) {
        let per_zone = largest_remainder(u64::from(count), weights);
        for (zone, &n) in per_zone.iter().enumerate() {
            for k in 0..n {
                let address = (kind as u32) << 24 | k as u32 | 0x2000_0000;
                let mut d = draw(self.seed, Purpose::StationTraits, self.areas.zones[zone].id, address);
                self.add_public(kind, zone, None, kinds, &mut d);
            }
        }
    }

    /// All public stations. The total of public points is what private and depot points leave of the city's total.
    pub fn public(&mut self, public_points: u64) {
        let c = &self.file.charging;
        let (stations, fast, slow) = self.counted();
        // Where nothing was surveyed, every public point is watched.
        let surveyed = self.file.survey.is_some();
        self.drafts.iter_mut().for_each(|draft| draft.surveyed = surveyed);
        let (other_stations, others) = self.listed();
        let (stations, slow) = (stations + other_stations, slow + others);
        let (dg_super, dg_v2g) = c.demonstration_guns.get();
        let special = [
            (StationKind::Super, c.super_stations.get(), vec![GunKind::Super; c.super_guns.get() as usize]),
            (StationKind::V2g, c.v2g_stations.get(), vec![GunKind::V2g; c.v2g_guns.get() as usize]),
            (
                StationKind::Integrated,
                c.integrated_stations.get(),
                vec![GunKind::Dc120; c.integrated_guns.get() as usize],
            ),
            (
                StationKind::Demonstration,
                c.demonstration_stations.get(),
                [vec![GunKind::Super; dg_super as usize], vec![GunKind::V2g; dg_v2g as usize]].concat(),
            ),
        ];
        let special_stations: u64 = special.iter().map(|s| u64::from(s.1)).sum();
        let special_points: u64 = special.iter().map(|s| u64::from(s.1) * s.2.len() as u64).sum();
        let (public_stations, dc_share) = (u64::from(c.public_stations.get()), c.public_dc_share.get());
        let weights: Vec<f64> = self.areas.zones.iter().map(|z| z.attraction).collect();
        let v2g_weights = self.v2g_weights();
        for (kind, count, kinds) in special {
            let weights = if kind == StationKind::V2g { &v2g_weights } else { &weights };
            self.special(kind, count, &kinds, weights);
        }
        let more_points = public_points.saturating_sub(fast + slow + special_points);
        let more_stations = public_stations.saturating_sub(stations + special_stations).max(u64::from(more_points > 0));
        let dc_wanted = (public_points as f64 * dc_share) as u64;
        let more_fast = dc_wanted.saturating_sub(fast + special_points).min(more_points);
        let fast = largest_remainder(more_fast, &weights);
        let slow = largest_remainder(more_points - more_fast, &weights);
        let stations = largest_remainder(more_stations, &weights);
        for zone in 0..self.areas.zones.len() {
            let id = self.areas.zones[zone].id;
            self.spread(zone, id, stations[zone], fast[zone], slow[zone], 0x1000_0000);
        }
        if !surveyed {
            self.drafts.iter_mut().for_each(|draft| draft.surveyed = true);
        }
    }

    /// V2G stations by district share, within a district by attraction.
    fn v2g_weights(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.areas.districts.len()];
        self.areas.zones.iter().for_each(|z| sums[usize::from(z.district)] += z.attraction);
        let share = |z: &crate::city::geography::Zone| {
            let district = &self.file.districts[&self.areas.districts[usize::from(z.district)]];
            district.v2g_share.get() * z.attraction / sums[usize::from(z.district)].max(1e-12)
        };
        self.areas.zones.iter().map(share).collect()
    }

    /// One compound for every residential building, with the zone's private and shared piles.
    pub fn compounds(&mut self, own: &[u64], shared: &[u64]) {
        for zone in 0..self.areas.zones.len() {
            let homes = self.nodes.by_kind[zone][BuildingKind::Residential as usize].clone();
            if homes.is_empty() {
                continue;
            }
            let sizes: Vec<f64> =
                homes.iter().map(|&i| f64::from(self.nodes.zones[zone][i as usize].rating_va)).collect();
            let (own, shared) = (largest_remainder(own[zone], &sizes), largest_remainder(shared[zone], &sizes));
            for (k, &node) in homes.iter().enumerate() {
                let mut d = draw(self.seed, Purpose::StationTraits, self.areas.zones[zone].id, 0x6000_0000 | k as u32);
                let c = &self.file.charging;
                let mut guns: Vec<Gun> = (0..own[k]).map(|_| gun(c, GunKind::HomeAc, &mut d)).collect();
                guns.extend((0..shared[k]).map(|_| gun(c, GunKind::CompoundAc, &mut d)));
                let at = position(self.areas, zone, &mut d);
                for guns in guns.chunks(STATION_GUNS_MAX) {
                    let node = self.connect(zone, node, guns.iter().map(|g| f64::from(g.rating_w)).sum());
                    let (kind, zone, guns) = (StationKind::Compound, zone as u16, guns.to_vec());
                    self.drafts.push(Draft { kind, zone, node, at, guns, ..Draft::private(None) });
                }
            }
        }
    }

    /// The depots of a class, spread over zones by industry.
    pub fn depots(&mut self, class: VehicleClass, guns: u64, depots: u64) {
        let Some(depot) = &self.file.fleet[&class].depot else { return };
        let kind = depot.gun.get();
        let weights: Vec<f64> = self.areas.kind_share.iter().map(|z| z[BuildingKind::Industry as usize]).collect();
        let per_zone = largest_remainder(depots, &weights);
        let per_depot = largest_remainder(guns, &vec![1.0; depots as usize]);
        let starts = running(&per_zone);
        for zone in 0..self.areas.zones.len() {
            for k in starts[zone]..starts[zone + 1] {
                let mut d = draw(self.seed, Purpose::StationTraits, class as u32 | 0x7000_0000, k as u32);
                let guns: Vec<Gun> =
                    (0..per_depot[k as usize]).map(|_| gun(&self.file.charging, kind, &mut d)).collect();
                let connected_w = guns.iter().map(|g| f64::from(g.rating_w)).sum();
                let coincidence = self.file.charging.depot_coincidence.get();
                let node = self.own_node(zone, connected_w, guns.len(), coincidence);
                let at = position(self.areas, zone, &mut d);
                let (kind, zone) = (StationKind::Depot, zone as u16);
                self.drafts.push(Draft { kind, zone, node, at, guns, ..Draft::private(Some(class)) });
            }
        }
    }
}

/// Largest remainder, but nothing with a positive weight goes empty while there is enough for all.
fn at_least_one(total: u64, weights: &[f64]) -> Vec<u64> {
    let wanting = weights.iter().filter(|w| **w > 0.0).count() as u64;
    if total < wanting {
        return largest_remainder(total, weights);
    }
    let mut shares = largest_remainder(total - wanting, weights);
    shares.iter_mut().zip(weights).filter(|(_, w)| **w > 0.0).for_each(|(s, _)| *s += 1);
    shares
}

/// Individual stations by zone number, in order of their names.
fn individual_stations(file: &WorldFile) -> std::collections::BTreeMap<u32, Vec<&StationRow>> {
    let mut by_zone = std::collections::BTreeMap::new();
    for row in file.stations.iter().flat_map(|s| s.rows.values()) {
        by_zone.entry(row.zone).or_insert_with(Vec::new).push(row);
    }
    by_zone
}
