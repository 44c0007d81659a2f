//! What `UrbanEV` surveyed in each zone: the stations and points that its measured series cover.

use crate::layer::Layer;
use crate::problem::{Failure, Findings};
use crate::stations::{Points, note_area, read_urbanev};
use crate::table::Table;
use std::collections::BTreeMap;
use std::path::Path;

/// The surveyed stations of one zone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Surveyed {
    /// How many stations.
    pub(crate) stations: u64,
    /// How many charging points they have together.
    pub(crate) points: u64,
    /// Area of the zone in square metres.
    pub(crate) area_m2: f64,
}

/// What was surveyed, by the TAZID of the zone.
pub(crate) type Survey = BTreeMap<u32, Surveyed>;

/// Sums the list of stations by zone.
///
/// # Errors
/// The file cannot be read, is empty, or lacks a column.
pub(crate) fn from_stations(path: &Path, layer: &Layer, findings: &mut Findings) -> Result<Survey, Failure> {
    let mut survey = Survey::new();
    for station in read_urbanev(path, layer, findings)?.values() {
        let zone = survey.entry(station.zone).or_default();
        zone.stations += 1;
        if let Points::Unsplit(points) = station.points {
            zone.points += u64::from(points);
        }
        zone.area_m2 = station.zone_area_m2.unwrap_or(zone.area_m2);
    }
    Ok(survey)
}

/// Reads the table of zones that was summed from the list, and compares its districts and roads with the layer.
///
/// # Errors
/// The file cannot be read, is empty, or lacks a column.
pub(crate) fn from_zones(path: &Path, layer: &Layer, findings: &mut Findings) -> Result<Survey, Failure> {
    let columns = ["TAZID", "area_m2", "n_stations", "capacity_points", "road_km", "district"];
    let table = Table::read(path, &columns, findings)?;
    let mut survey = Survey::new();
    let mut lines = BTreeMap::new();
    for row in table.rows() {
        let counts = ["TAZID", "n_stations", "capacity_points"].map(|name| row.whole(name, findings));
        let area_m2 = row.real("area_m2", &(1.0..=1e12), findings);
        let road_km = row.real("road_km", &(0.0..=1e6), findings);
        let ([Some(id), Some(stations), Some(points)], Some(area_m2), Some(road_km)) = (counts, area_m2, road_km)
        else {
            continue;
        };
        if let Some(line) = lines.insert(id, row.line()) {
            findings.bad(row.remark("TAZID", format!("{id} is already on line {line}; ids are unique")));
            continue;
        }
        let Some(zone) = layer.zones.get(&id) else {
            findings.bad(row.remark("TAZID", format!("the layer has no zone {id}")));
            continue;
        };
        if (stations == 0) != (points == 0) {
            let text = format!("{points}, but n_stations is {stations}: stations have points, and points stations");
            findings.bad(row.remark("capacity_points", text));
            continue;
        }
        note_area(row, "area_m2", area_m2, zone, findings);
        if row.text("district") != zone.district {
            let text = format!("{:?}, but the layer says {:?}, which is used", row.text("district"), zone.district);
            findings.note(row.remark("district", text));
        }
        if (road_km * 1e3 - zone.road_m as f64).abs() > 1.0 {
            let text = format!("{road_km}, but the layer says {} m, which is used", zone.road_m);
            findings.note(row.remark("road_km", text));
        }
        if stations > 0 {
            survey.insert(id, Surveyed { stations: stations.into(), points: points.into(), area_m2 });
        }
    }
    Ok(survey)
}
