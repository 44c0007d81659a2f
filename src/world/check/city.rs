//! Rules of where things are: districts, zones, individual stations, and what is published of the city.

use super::ZONES_MAX;
use super::rules::Rules;
use super::section::{SHARE, Section};
use super::words::quoted;
use crate::world::figure::Figure;
use crate::world::schema::{
    DistrictFile, PublicCount, PublishedFile, StationRow, StationsFile, SurveyCount, ZoneRow, ZonesFile,
};
use crate::world::text::child;

const LON: core::ops::RangeInclusive<f64> = -180.0..=180.0;
const LAT: core::ops::RangeInclusive<f64> = -90.0..=90.0;
/// Points of one kind at a station, at most.
const STATION_POINTS_MAX: f64 = 2_000.0;
/// Points of one kind in a zone, at most.
const ZONE_POINTS_MAX: f64 = 100_000.0;
/// Individual stations, at most.
const STATIONS_MAX: usize = 200_000;

pub(super) fn extent(extent: &Figure<Vec<String>>, rules: &mut Rules) {
    let mut at = rules.at("");
    at.sourced("extent", extent);
    if extent.0.is_empty() {
        at.rules.flag("extent[0]", "`extent` names no district", "name at least one, or leave `extent` out");
    }
    for (i, name) in extent.0.iter().enumerate() {
        if extent.0[..i].contains(name) {
            let path = format!("extent[0][{i}]");
            at.rules.flag(&path, format!("`extent` names {} twice", quoted(name)), "name each district once");
        }
    }
}

pub(super) fn sample(sample: &Figure<f64>, rules: &mut Rules) {
    rules.at("").number("sample", sample, 0.001..=1.0, "as a share");
}

pub(super) fn published(name: &str, row: &PublishedFile, rules: &mut Rules) {
    let PublishedFile { value, unit: _, source } = row;
    let mut at = rules.at(&child("published", name));
    at.value("value", *value, -1e15..=1e15, "");
    at.source(source);
}

pub(super) fn district(name: &str, row: &DistrictFile, rules: &mut Rules) {
    let DistrictFile { name_zh: _, population, v2g_share } = row;
    let mut at = rules.at(&child("districts", name));
    at.number("population", population, 0.0..=1e8, "residents");
    at.number("v2g_share", v2g_share, SHARE, "as a share");
}

pub(super) fn zones(file: &ZonesFile, rules: &mut Rules) {
    let ZonesFile { source, rows } = file;
    let mut at = rules.at("zones");
    at.source(source);
    if at.length("zones.rows", rows.len(), 1..=ZONES_MAX) {
        let mut table = at.inside("rows");
        rows.iter().for_each(|(id, row)| zone(row, table.inside(&id.to_string())));
    }
}

fn zone(row: &ZoneRow, mut at: Section) {
    let ZoneRow { district: _, lon, lat, area_m2, road_m, public, survey } = row;
    at.value("lon", *lon, LON, "degrees east");
    at.value("lat", *lat, LAT, "degrees north");
    at.value("area_m2", *area_m2, 100.0..=1e10, "m2");
    at.value("road_m", *road_m, 0.0..=1e8, "m");
    if let Some(PublicCount { stations, fast, slow }) = public {
        let mut at = at.inside("public");
        at.value("stations", *stations, 0.0..=ZONE_POINTS_MAX, "stations");
        at.value("fast", *fast, 0.0..=ZONE_POINTS_MAX, "points");
        at.value("slow", *slow, 0.0..=ZONE_POINTS_MAX, "points");
        if *stations == 0 && fast.saturating_add(*slow) > 0 {
            let message = format!("`{}` has points but no station", at.path);
            at.flag("stations", message, "write how many stations the points belong to");
        }
    }
    if let Some(SurveyCount { stations, points, fast, listed }) = survey {
        let mut at = at.inside("survey");
        at.value("stations", *stations, 0.0..=ZONE_POINTS_MAX, "stations");
        at.value("points", *points, 0.0..=ZONE_POINTS_MAX, "points");
        at.value("fast", *fast, 0.0..=f64::from(*points), "points");
        at.value("listed", *listed, 0.0..=ZONE_POINTS_MAX, "points");
    }
}

pub(super) fn stations(file: &StationsFile, rules: &mut Rules) {
    let StationsFile { source, rows } = file;
    let mut at = rules.at("stations");
    at.source(source);
    if at.length("stations.rows", rows.len(), 0..=STATIONS_MAX) {
        let mut table = at.inside("rows");
        rows.iter().for_each(|(name, row)| station(row, table.inside(name)));
    }
}

fn station(row: &StationRow, mut at: Section) {
    let StationRow { zone: _, lon, lat, fast, slow, unsplit } = row;
    at.value("lon", *lon, LON, "degrees east");
    at.value("lat", *lat, LAT, "degrees north");
    for (field, points) in [("fast", fast), ("slow", slow), ("unsplit", unsplit)] {
        at.value(field, *points, 0.0..=STATION_POINTS_MAX, "points");
    }
    if [fast, slow, unsplit].into_iter().all(|&points| points == 0) {
        let message = format!("`{}` has no point", at.path);
        let path = at.path.clone();
        at.rules.flag(&path, message, "write `fast`, `slow` or `unsplit`, or leave the station out");
    }
}
