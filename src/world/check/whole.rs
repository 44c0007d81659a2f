//! Rules between sections: names that refer to one another, places that lie in one city, and sums.

use super::rules::Rules;
use super::section::SUM_TOLERANCE;
use super::words::{listed, shown};
use super::{BUILDINGS_MAX, CHARGERS_MAX, VEHICLES_MAX};
use crate::city::geography::distance_m;
use crate::site::building::{BuildingKind, LoadSharesFile};
use crate::world::figure::Figure;
use crate::world::schema::{ChargingFile, DistrictFile, StationRow, StationsFile, WorldFile, ZonesFile};
use crate::world::text::child;
use std::collections::{BTreeMap, BTreeSet};

type Districts = BTreeMap<String, DistrictFile>;

/// From the site of the weather to a zone or station, at most: beyond it no distance by road is known.
const CITY_REACH_M: f64 = 200_000.0;
/// Mean peak of the buildings of a kind, at most.
const BUILDING_MW_MAX: f64 = 50.0;
/// Mean power of solar arrays, at most.
const ARRAY_MW_MAX: f64 = 20.0;
/// Mean power of storage units of a kind, at most.
const UNIT_MW_MAX: f64 = 100.0;

/// Every zone lies in a district, and every district has a zone.
pub(super) fn zones(districts: &Districts, zones: &ZonesFile, rules: &mut Rules) {
    if districts.is_empty() {
        rules.flag("districts", "`districts` is empty", "write at least one district");
        return;
    }
    let mut has_zone = BTreeSet::new();
    for (id, row) in &zones.rows {
        rules.refers(&format!("zones.rows.{id}.district"), &row.district, names(districts), "districts");
        has_zone.insert(row.district.as_str());
    }
    if !rules.are_sound(&["zones", "districts"]) {
        return;
    }
    let counted = zones.rows.values().filter_map(|row| row.public).map(|p| u64::from(p.fast) + u64::from(p.slow));
    too_many_points(counted.sum(), "zones.rows", rules);
    for name in districts.keys().filter(|name| !has_zone.contains(name.as_str())) {
        let path = child("districts", name);
        rules.flag(
            &path,
            format!("no zone lies in the district \"{name}\""),
            "add a zone to `zones.rows`, or remove it",
        );
    }
    residents(districts.values(), "districts", rules);
    let share: f64 = districts.values().map(|district| district.v2g_share.get()).sum();
    if share > 1.0 + SUM_TOLERANCE {
        let message = format!("the districts' `v2g_share` add up to {}", shown(share));
        rules.flag("districts", message, "write shares of the city's V2G stations that add up to at most 1");
    }
}

/// Shadow prices are those of zones that there are.
pub(super) fn shadows(zones: &ZonesFile, charging: &ChargingFile, rules: &mut Rules) {
    for zone in charging.zone_shadow.iter().flat_map(|shadow| shadow.0.keys()) {
        if !zones.rows.contains_key(zone) {
            let message = format!("`charging.zone_shadow` names zone {zone}, which `zones.rows` does not have");
            let hint = "remove it: shadow prices are computed anew by `voltcity calibrate`";
            rules.flag(&format!("charging.zone_shadow[0].{zone}"), message, hint);
        }
    }
}

fn too_many_points(points: u64, path: &str, rules: &mut Rules) {
    if points > u64::from(CHARGERS_MAX) {
        let message = format!("`{path}` has {} points", shown(points as f64));
        rules.flag(path, message, format!("write at most {} in all", shown(f64::from(CHARGERS_MAX))));
    }
}

fn residents<'a>(districts: impl Iterator<Item = &'a DistrictFile>, path: &str, rules: &mut Rules) {
    if districts.map(|district| district.population.get()).sum::<f64>() < 1.0 {
        rules.flag(
            path,
            "nobody lives here: the districts' `population` adds up to 0",
            "write how many residents there are",
        );
    }
}

fn names<T>(table: &BTreeMap<String, T>) -> impl Iterator<Item = &str> + Clone {
    table.keys().map(String::as_str)
}

/// Every individual station lies in a zone.
pub(super) fn stations(zones: &ZonesFile, stations: &StationsFile, rules: &mut Rules) {
    for (name, row) in stations.rows.iter().filter(|(_, row)| !zones.rows.contains_key(&row.zone)) {
        let path = format!("{}.zone", child("stations.rows", name));
        let above = zones.rows.range(row.zone..).next();
        let below = zones.rows.range(..row.zone).next_back();
        let near = [below, above].into_iter().flatten().min_by_key(|(id, _)| id.abs_diff(row.zone));
        let hint = near.map_or_else(String::new, |(id, _)| format!("the zone with the nearest number is {id}"));
        rules.flag(&path, format!("`{path}` is {}, which is no zone", row.zone), hint);
    }
    let points = |row: &StationRow| u64::from(row.fast) + u64::from(row.slow) + u64::from(row.unsplit);
    too_many_points(stations.rows.values().map(points).sum(), "stations.rows", rules);
}

/// The load is shared among the very districts there are.
pub(super) fn load_shares(districts: &Districts, shares: &LoadSharesFile, rules: &mut Rules) {
    for name in shares.districts.keys().filter(|name| !districts.contains_key(*name)) {
        let path = child("load_shares.districts", name);
        let known = listed(names(districts));
        let near = crate::world::problem::nearest(name, names(districts));
        let hint =
            near.map_or_else(|| format!("the districts are {known}"), |near| format!("did you mean \"{near}\"?"));
        rules.flag_key(&path, format!("load is shared to \"{name}\", which is none of the districts"), hint);
    }
    for name in districts.keys().filter(|name| !shares.districts.contains_key(*name)) {
        let message = format!("the district \"{name}\" has no share of the load");
        rules.flag("load_shares.districts", message, "write its share of each kind; 0 where it has none");
    }
    if !rules.are_sound(&["load_shares"]) {
        return;
    }
    for kind in BuildingKind::ALL {
        let sum: f64 = shares.districts.values().map(|shares| *shares.get(kind)).sum();
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            let message = format!("the districts' shares of `{}` add up to {}", kind.name(), shown(sum));
            rules.flag("load_shares.districts", message, "write shares that add up to 1 over all districts");
        }
    }
}

/// The part that is simulated is known and not empty.
pub(super) fn extent(districts: &Districts, zones: &ZonesFile, extent: &Figure<Vec<String>>, rules: &mut Rules) {
    for (i, name) in extent.0.iter().enumerate() {
        rules.refers(&format!("extent[0][{i}]"), name, names(districts), "districts");
    }
    if !rules.are_sound(&["extent", "zones", "districts"]) {
        return;
    }
    if !zones.rows.values().any(|row| extent.0.contains(&row.district)) {
        rules.flag("extent[0]", "no zone lies in `extent`", "name a district with zones");
    }
    let within = districts.iter().filter(|(name, _)| extent.0.contains(name)).map(|(_, district)| district);
    residents(within, "extent[0]", rules);
}

/// What only the whole world shows. A rule is left out where one of its figures has been found wrong already.
pub(super) fn sums(file: &WorldFile, rules: &mut Rules) {
    if rules.are_sound(&["zones", "stations", "weather"]) {
        one_city(file, rules);
    }
    if rules.are_sound(&["fleet"]) {
        let vehicles: u64 = file.fleet.values().map(|class| u64::from(class.count.get())).sum();
        if vehicles > u64::from(VEHICLES_MAX) {
            let message = format!("the classes have {} vehicles", shown(vehicles as f64));
            rules.flag("fleet", message, format!("write at most {} in all", shown(f64::from(VEHICLES_MAX))));
        }
    }
    if rules.are_sound(&["fleet", "charging"]) {
        charge_points(file, rules);
    }
    if rules.are_sound(&["load"]) {
        buildings(file, rules);
    }
    plants(file, rules);
}

/// Zones and stations lie about the site of the weather.
fn one_city(file: &WorldFile, rules: &mut Rules) {
    let centre = (file.weather.site.lon, file.weather.site.lat);
    let mut judge = |path: String, lon: f64, lat: f64| {
        let off_m = distance_m(centre, (lon, lat));
        if off_m > CITY_REACH_M {
            let message = format!("`{path}` lies {} km from `weather.site`", shown((off_m / 1_000.0).round()));
            let hint =
                format!("write a place within {} km; east is `lon`, north is `lat`", shown(CITY_REACH_M / 1_000.0));
            rules.flag(&path, message, hint);
        }
    };
    file.zones.rows.iter().for_each(|(id, row)| judge(format!("zones.rows.{id}"), row.lon, row.lat));
    for (name, row) in file.stations.iter().flat_map(|stations| &stations.rows) {
        judge(child("stations.rows", name), row.lon, row.lat);
    }
}

/// Private piles and depots leave something of the city's total for the public.
fn charge_points(file: &WorldFile, rules: &mut Rules) {
    let charging = &file.charging;
    let (mut own, mut depots) = (0, 0);
    for class in file.fleet.values() {
        let count = class.count.get();
        own += (f64::from(count) * class.home.get().0).round() as u64;
        if let Some(depot) = &class.depot {
            let sites = u64::from(count.div_ceil(depot.vehicles.get()));
            depots += ((f64::from(count) * depot.guns_per_vehicle.get()).round() as u64).max(sites);
        }
    }
    let shared = u64::from(charging.compound_shared.get());
    let (private, total) = (own + shared + depots, u64::from(charging.total.get()));
    let count = |n: u64| shown(n as f64);
    if private > total {
        let message = format!(
            "`charging.total` is {}, but {} private piles, {} shared piles and {} guns in depots are {}",
            count(total),
            count(own),
            count(shared),
            count(depots),
            count(private),
        );
        rules.flag("charging.total[0]", message, format!("write at least {}", count(private)));
    }
    if own + shared > 0 && file.load.kinds.residential.buildings.get() == 0 {
        let message = format!("{} piles stand in compounds, but there is no residential building", count(own + shared));
        rules.flag("load.kinds.residential.buildings[0]", message, "write at least 1");
    }
    let special_guns = u64::from(charging.super_stations.get()) * u64::from(charging.super_guns.get())
        + u64::from(charging.v2g_stations.get()) * u64::from(charging.v2g_guns.get())
        + u64::from(charging.integrated_stations.get()) * u64::from(charging.integrated_guns.get())
        + u64::from(charging.demonstration_stations.get())
            * u64::from(charging.demonstration_guns.0.0 + charging.demonstration_guns.0.1);
    // More than the total is what is known better: the total only says how many more there are.
    if special_guns > u64::from(CHARGERS_MAX) {
        let message = format!("stations of special kinds have {} guns", count(special_guns));
        rules.flag("charging", message, format!("write at most {} in all", count(CHARGERS_MAX.into())));
    }
}

/// Buildings of a size that there is.
fn buildings(file: &WorldFile, rules: &mut Rules) {
    let mut all = 0;
    for kind in BuildingKind::ALL {
        let figures = file.load.kinds.get(kind);
        let (peak_mw, count) = (figures.peak_mw.get(), figures.buildings.get());
        all += u64::from(count);
        let path = format!("load.kinds.{}.buildings", kind.name());
        if peak_mw > BUILDING_MW_MAX * f64::from(count) {
            let message = format!("`{path}` is {}, for a load of {} MW", shown(f64::from(count)), shown(peak_mw));
            let least = (peak_mw / BUILDING_MW_MAX).ceil();
            rules.flag(
                &format!("{path}[0]"),
                message,
                format!("write at least {}: one draws at most {BUILDING_MW_MAX} MW", shown(least)),
            );
        }
    }
    if all > u64::from(BUILDINGS_MAX) {
        let message = format!("there are {} buildings", shown(all as f64));
        rules.flag("load.kinds", message, format!("write at most {} in all", shown(f64::from(BUILDINGS_MAX))));
    }
}

/// Solar arrays and storage units of a size that there is.
fn plants(file: &WorldFile, rules: &mut Rules) {
    let (user, base) = (&file.storage.user_side, &file.storage.base_station);
    let plants = [
        ("pv", "arrays", file.pv.installed_mw.get(), file.pv.arrays.get(), ARRAY_MW_MAX),
        ("storage.user_side", "units", user.power_mw.get(), user.units.get(), UNIT_MW_MAX),
        ("storage.base_station", "units", base.power_mw.get(), base.units.get(), UNIT_MW_MAX),
    ];
    for (section, field, mw, count, most) in plants {
        // No storage unit is none at all, whatever power a base gives to all of them.
        let is_none = count == 0 && section != "pv";
        if !is_none && rules.are_sound(&[section]) && mw > most * f64::from(count) {
            let message = format!("`{section}.{field}` is {}, for {} MW", shown(f64::from(count)), shown(mw));
            let hint = format!("write at least {}: one has at most {most} MW", shown((mw / most).ceil()));
            rules.flag(&format!("{section}.{field}[0]"), message, hint);
        }
    }
}
