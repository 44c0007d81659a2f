//! A part of a city: the same world file, narrowed to some districts.
//!
//! Counts that the file gives for the whole city are scaled to what the districts hold of residents, jobs, load and
//! attraction, so that a district's world is a piece of the city's and not another one.

use crate::site::building::BuildingKind;
use crate::world::figure::Figure;
use crate::world::schema::WorldFile;
use crate::world::synth::areas::{Areas, areas};

/// Shares of the city that lie within the extent.
struct Shares {
    residents: f64,
    jobs: f64,
    attraction: f64,
    kinds: [f64; 8],
}

impl Shares {
    fn of(city: &Areas, within: &[bool]) -> Self {
        let sum = |value: &dyn Fn(usize) -> f64| {
            let all: f64 = (0..within.len()).map(value).sum();
            let part: f64 = (0..within.len()).filter(|&i| within[i]).map(value).sum();
            if all > 0.0 { part / all } else { 0.0 }
        };
        Self {
            residents: sum(&|i| city.residents[i]),
            jobs: sum(&|i| city.jobs[i]),
            attraction: sum(&|i| city.zones[i].attraction),
            kinds: core::array::from_fn(|k| sum(&|i| city.kind_share[i][k])),
        }
    }
}

/// Scales a count to a share, with its source.
fn scale(figure: &mut Figure<u32>, share: f64) {
    figure.0 = (f64::from(figure.0) * share).round() as u32;
}

/// The world narrowed to its extent and thinned to its sample, or `None` when it is the whole city.
pub fn narrowed(file: &WorldFile) -> Option<WorldFile> {
    let part = file.extent.as_ref().map(|extent| districts(file, &extent.0));
    match &file.sample {
        Some(sample) => Some(thinned(part.as_ref().unwrap_or(file), sample.get())),
        None => part,
    }
}

/// A sample of a city: the same zones with a share of everything in them.
fn thinned(file: &WorldFile, share: f64) -> WorldFile {
    let mut out = file.clone();
    thin_zones(&mut out, share);
    if let Some(stations) = &mut out.stations {
        let mut part = Part::new(share);
        stations.rows.retain(|_, _| part.of(1) == 1);
    }
    let all = Shares { residents: share, jobs: share, attraction: share, kinds: [share; 8] };
    narrow_load(&mut out, &all);
    out.fleet.values_mut().for_each(|c| scale(&mut c.count, share));
    let c = &mut out.charging;
    for count in [
        &mut c.total,
        &mut c.compound_shared,
        &mut c.public_stations,
        &mut c.super_stations,
        &mut c.v2g_stations,
        &mut c.integrated_stations,
        &mut c.demonstration_stations,
    ] {
        scale(count, share);
    }
    narrow_sites(&mut out, &all);
    out
}

/// Scales counts one after the other so that their sums stay right: what is rounded off goes to the next.
struct Part {
    share: f64,
    owed: f64,
}

impl Part {
    const fn new(share: f64) -> Self {
        Self { share, owed: 0.5 }
    }

    fn of(&mut self, count: u32) -> u32 {
        self.owed += f64::from(count) * self.share;
        let whole = self.owed as u32;
        self.owed -= f64::from(whole);
        whole
    }
}

/// The counted stations and points of every zone, in the order of their numbers.
fn thin_zones(out: &mut WorldFile, share: f64) {
    let parts = || Part::new(share);
    let (mut fast, mut slow) = (parts(), parts());
    let (mut survey_fast, mut survey_slow, mut others) = (parts(), parts(), parts());
    let stations = |count: u32, points: u32| ((f64::from(count) * share).round() as u32).clamp(1, points.max(1));
    for row in out.zones.rows.values_mut() {
        if let Some(p) = &mut row.public {
            (p.fast, p.slow) = (fast.of(p.fast), slow.of(p.slow));
            p.stations = stations(p.stations, p.fast + p.slow);
        }
        if let Some(s) = &mut row.survey {
            let slow = s.points.saturating_sub(s.fast);
            let more = others.of(s.listed.saturating_sub(s.points));
            s.fast = survey_fast.of(s.fast);
            s.points = s.fast + survey_slow.of(slow);
            s.listed = if more > 0 { s.points + more } else { 0 };
            s.stations = stations(s.stations, s.points);
        }
    }
}

/// The world narrowed to some districts.
fn districts(file: &WorldFile, extent: &[String]) -> WorldFile {
    let city = areas(file);
    let within: Vec<bool> =
        city.zones.iter().map(|z| extent.contains(&city.districts[usize::from(z.district)])).collect();
    let shares = Shares::of(&city, &within);
    let v2g_all: f64 = file.districts.values().map(|d| d.v2g_share.get()).sum();
    let mut out = file.clone();
    out.districts.retain(|name, _| extent.contains(name));
    out.zones.rows.retain(|_, row| extent.contains(&row.district));
    out.load_shares.districts.retain(|name, _| extent.contains(name));
    let v2g_part: f64 = out.districts.values().map(|d| d.v2g_share.get()).sum();
    if let Some(stations) = &mut out.stations {
        stations.rows.retain(|_, row| out.zones.rows.contains_key(&row.zone));
    }
    narrow_load(&mut out, &shares);
    for (class, c) in &mut out.fleet {
        let jobs = *class == crate::fleet::vehicle::VehicleClass::Company;
        scale(&mut c.count, if jobs { shares.jobs } else { shares.residents });
    }
    let c = &mut out.charging;
    scale(&mut c.total, shares.residents);
    scale(&mut c.compound_shared, shares.residents);
    scale(&mut c.public_stations, shares.attraction);
    scale(&mut c.super_stations, shares.attraction);
    scale(&mut c.v2g_stations, if v2g_all > 0.0 { v2g_part / v2g_all } else { 0.0 });
    scale(&mut c.integrated_stations, shares.attraction);
    scale(&mut c.demonstration_stations, shares.attraction);
    narrow_sites(&mut out, &shares);
    out
}

fn narrow_load(out: &mut WorldFile, shares: &Shares) {
    let kinds = &mut out.load.kinds;
    let all = [
        (&mut kinds.residential, BuildingKind::Residential),
        (&mut kinds.office, BuildingKind::Office),
        (&mut kinds.retail, BuildingKind::Retail),
        (&mut kinds.industry, BuildingKind::Industry),
        (&mut kinds.public, BuildingKind::Public),
        (&mut kinds.data_centre, BuildingKind::DataCentre),
        (&mut kinds.metro, BuildingKind::Metro),
        (&mut kinds.district_cooling, BuildingKind::DistrictCooling),
    ];
    for (kind, name) in all {
        let share = shares.kinds[name as usize];
        kind.peak_mw.0 *= share;
        scale(&mut kind.buildings, share);
        if share > 0.0 {
            kind.buildings.0 = kind.buildings.0.max(1);
        }
    }
}

fn narrow_sites(out: &mut WorldFile, shares: &Shares) {
    let load = 0.5 * (shares.residents + shares.jobs);
    scale(&mut out.grid.feeders, load);
    scale(&mut out.grid.substations, load);
    out.grid.substations.0 = out.grid.substations.0.max(1);
    let on = out.pv.on.get();
    let roofs = on.0 * shares.kinds[BuildingKind::Industry as usize]
        + on.1 * shares.kinds[BuildingKind::Public as usize]
        + on.2 * shares.kinds[BuildingKind::Office as usize]
        + on.3 * shares.kinds[BuildingKind::Retail as usize]
        + on.4 * shares.kinds[BuildingKind::Residential as usize];
    out.pv.installed_mw.0 *= roofs;
    scale(&mut out.pv.arrays, roofs);
    for (kind, share) in [(&mut out.storage.user_side, shares.jobs), (&mut out.storage.base_station, shares.residents)]
    {
        scale(&mut kind.units, share);
        kind.power_mw.0 *= share;
        kind.energy_mwh.0 *= share;
    }
    scale(&mut out.aggregators.resources, load);
}
