//! Public charging stations: reads the ST-EVCDP and `UrbanEV` lists, finds each station's zone, and writes the list.
//! Lists of any other origin are read by [`crate::list`].

use crate::args::StationsArgs;
use crate::fragment::{Made, compose, decimal, grouped, quoted};
use crate::layer::{AREA_TOLERANCE, Layer, Place, Zone};
use crate::list::{self, Listed};
use crate::polygon::Point;
use crate::problem::{Failure, Findings, Problem};
use crate::table::{Cells, Table};
use std::collections::BTreeMap;
use std::path::Path;
use voltcity::city::coordinates::{LATITUDES_DEG, LONGITUDES_DEG};

/// Where the ST-EVCDP list comes from.
pub(crate) const ST_EVCDP_SOURCE: &str = "ST-EVCDP stations.csv (IntelligentSystemsLab/ST-EVCDP, MIT), 2022-06";
/// Where the `UrbanEV` list comes from.
pub(crate) const URBANEV_SOURCE: &str =
    "UrbanEV inf.csv (IntelligentSystemsLab/UrbanEV, doi 10.5061/dryad.np5hqc04z, CC0), 2022-09";

/// The charging points of one station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Points {
    /// ST-EVCDP tells fast points from slow ones.
    Split { fast: u32, slow: u32 },
    /// `UrbanEV` does not.
    Unsplit(u32),
}

impl Points {
    fn total(self) -> u64 {
        match self {
            Self::Split { fast, slow } => u64::from(fast) + u64::from(slow),
            Self::Unsplit(points) => u64::from(points),
        }
    }
}

/// One station in its zone.
#[derive(Clone, Debug)]
pub(crate) struct Station {
    /// TAZID of the zone.
    pub(crate) zone: u32,
    /// Longitude and latitude in degrees, GCJ-02.
    pub(crate) point: Point,
    /// How many points, of which kind.
    pub(crate) points: Points,
    /// `UrbanEV` states the area of the station's zone beside every station, in square metres.
    pub(crate) zone_area_m2: Option<f64>,
}

/// Stations by the number that their list gives them.
pub(crate) type Stations = BTreeMap<u32, Station>;

/// Reads the ST-EVCDP list. A station's zone is the one its coordinates lie in, or else the nearest one that is not
/// farther than `reach_m`; a station farther out is a bad row.
///
/// # Errors
/// The file cannot be read, is empty, or lacks a column.
pub(crate) fn read_st_evcdp(
    path: &Path,
    layer: &Layer,
    reach_m: u32,
    findings: &mut Findings,
) -> Result<Stations, Failure> {
    let columns = ["station_id", "latitude", "longitude", "fast", "slow", "count"];
    let table = Table::read(path, &columns, findings)?;
    let mut reader = Reader::default();
    for row in table.rows() {
        let Some((id, point)) = reader.id_and_point(row, findings) else { continue };
        let counts = ["fast", "slow", "count"].map(|name| row.whole(name, findings));
        let [Some(fast), Some(slow), Some(count)] = counts else { continue };
        let sum = u64::from(fast) + u64::from(slow);
        if sum != u64::from(count) {
            findings.bad(row.remark("count", format!("{count}, but fast + slow is {sum}")));
            continue;
        }
        let zone = match zone_within_reach(layer, point, reach_m) {
            Ok((zone, 0.0)) => zone,
            Ok((zone, metres)) => {
                reader.strays.push((row, format!("{id} in {zone} ({metres:.0} m)")));
                zone
            }
            Err(text) => {
                let [lon, lat] = point;
                findings.bad(row.remark("station_id", format!("station {id} at ({lon}, {lat}) {text}")));
                continue;
            }
        };
        let points = Points::Split { fast, slow };
        reader.keep(row, id, Station { zone, point, points, zone_area_m2: None }, findings);
    }
    Ok(reader.finish("longitude", STRAYS, "count", findings))
}

/// Why a station outside every zone is noted.
pub(crate) const STRAYS: &str = "outside every zone, counted in the nearest one";

/// The zone in which a place counts: the one that it lies in, or else the nearest one within reach; and its distance
/// from that zone in metres.
///
/// # Errors
/// Says which zone is nearest and how far away, if that is out of reach.
pub(crate) fn zone_within_reach(layer: &Layer, point: Point, reach_m: u32) -> Result<(u32, f64), String> {
    match layer.place(point) {
        Place::Inside(zone) => Ok((zone, 0.0)),
        Place::Outside(zone, metres) if metres <= f64::from(reach_m) => Ok((zone, metres)),
        Place::Outside(zone, metres) => {
            Err(format!("is in no zone; the nearest is {zone}, {metres:.0} m away, and --reach allows {reach_m} m"))
        }
    }
}

/// Reads the `UrbanEV` list. A station's zone is the one stated, because the measured series are summed by it; a
/// station whose coordinates are elsewhere is noted.
///
/// # Errors
/// The file cannot be read, is empty, or lacks a column.
pub(crate) fn read_urbanev(path: &Path, layer: &Layer, findings: &mut Findings) -> Result<Stations, Failure> {
    let columns = ["station_id", "longitude", "latitude", "charge_count", "TAZID", "area"];
    let table = Table::read(path, &columns, findings)?;
    let mut reader = Reader::default();
    for row in table.rows() {
        let Some((id, point)) = reader.id_and_point(row, findings) else { continue };
        let (count, zone) = (row.whole("charge_count", findings), row.whole("TAZID", findings));
        let area_m2 = row.real("area", &(1.0..=1e12), findings);
        let (Some(count), Some(id_of_zone), Some(area_m2)) = (count, zone, area_m2) else { continue };
        let Some(zone) = layer.zones.get(&id_of_zone) else {
            findings.bad(row.remark("TAZID", format!("the layer has no zone {id_of_zone}")));
            continue;
        };
        if !reader.area_agrees(row, id_of_zone, area_m2, zone, findings) {
            continue;
        }
        if !zone.polygon.contains(point) {
            let metres = zone.polygon.distance_to_outline_m(point);
            reader.strays.push((row, format!("{id} of {id_of_zone} ({metres:.0} m)")));
        }
        let points = Points::Unsplit(count);
        let station = Station { zone: id_of_zone, point, points, zone_area_m2: Some(area_m2) };
        reader.keep(row, id, station, findings);
    }
    let strays = "outside the zone that is stated, which counts";
    Ok(reader.finish("longitude", strays, "charge_count", findings))
}

/// What both lists need while they are read.
#[derive(Default)]
struct Reader<'t> {
    stations: Stations,
    lines: BTreeMap<u32, u64>,
    /// Stations not inside their zone.
    strays: Vec<(Cells<'t>, String)>,
    /// Stations without points.
    pointless: Vec<(Cells<'t>, String)>,
    /// The lines of the stations at each place, in units of the sixth decimal.
    places: BTreeMap<[i64; 2], u32>,
    /// Stations at the place of an earlier one.
    doubles: Vec<(Cells<'t>, String)>,
    /// The area stated first for each zone, in square metres.
    areas_m2: BTreeMap<u32, f64>,
}

impl<'t> Reader<'t> {
    fn id_and_point(&mut self, row: Cells<'t>, findings: &mut Findings) -> Option<(u32, Point)> {
        let id = row.whole("station_id", findings);
        let lon = row.real("longitude", &LONGITUDES_DEG, findings);
        let lat = row.real("latitude", &LATITUDES_DEG, findings);
        let id = id?;
        if let Some(line) = self.lines.get(&id) {
            findings.bad(row.remark("station_id", format!("{id} is already on line {line}; ids are unique")));
            return None;
        }
        self.lines.insert(id, row.line());
        Some((id, [lon?, lat?]))
    }

    /// Is the area stated for the zone the same as on earlier rows? The first one is compared with the polygon's.
    fn area_agrees(&mut self, row: Cells, id: u32, area_m2: f64, zone: &Zone, findings: &mut Findings) -> bool {
        if let Some(earlier_m2) = self.areas_m2.get(&id) {
            if *earlier_m2 != area_m2 {
                findings
                    .bad(row.remark("area", format!("{area_m2} m2, but earlier rows of zone {id} say {earlier_m2}")));
            }
            return *earlier_m2 == area_m2;
        }
        self.areas_m2.insert(id, area_m2);
        note_area(row, "area", area_m2, zone, findings);
        true
    }

    fn keep(&mut self, row: Cells<'t>, id: u32, station: Station, findings: &mut Findings) {
        if station.points.total() == 0 {
            return self.pointless.push((row, id.to_string()));
        }
        if station.points.total() > u64::from(u32::MAX) {
            return findings.bad(row.remark("station_id", format!("station {id} has more points than can be counted")));
        }
        let place = station.point.map(|degrees| libm::rint(degrees * 1e6) as i64);
        if let Some(earlier) = self.places.get(&place) {
            self.doubles.push((row, format!("{id} at {earlier}")));
        } else {
            self.places.insert(place, id);
        }
        self.stations.insert(id, station);
    }

    /// Notes what was odd about many stations in one line each, at the first of them.
    fn finish(self, place: &str, strays: &str, count: &str, findings: &mut Findings) -> Stations {
        note_all(&self.strays, place, strays, findings);
        note_all(&self.pointless, count, "without points, left out", findings);
        note_all(&self.doubles, place, "at the place of another one, kept", findings);
        self.stations
    }
}

/// Notes an area that is not the polygon's; the stated one is used.
pub(crate) fn note_area(row: Cells, column: &str, area_m2: f64, zone: &Zone, findings: &mut Findings) {
    let polygon_m2 = zone.polygon.area_m2();
    if (area_m2 - polygon_m2).abs() > AREA_TOLERANCE * polygon_m2 {
        findings.note(row.remark(column, format!("{area_m2} m2, which is used, but the polygon has {polygon_m2:.0}")));
    }
}

/// Notes what was odd about many stations in one line, at the first of them.
pub(crate) fn note_all(rows: &[(Cells, String)], column: &str, what: &str, findings: &mut Findings) {
    let Some((first, _)) = rows.first() else { return };
    let list: Vec<&str> = rows.iter().map(|(_, text)| text.as_str()).collect();
    findings.note(first.remark(column, format!("stations {what} ({}): {}", rows.len(), list.join(", "))));
}

/// Composes the fragment of `voltcity-import stations`.
///
/// # Errors
/// A file cannot be read or is of no use.
pub(crate) fn import(options: &StationsArgs, findings: &mut Findings) -> Result<Made, Failure> {
    let layer = Layer::read(&options.polygons, findings)?;
    let reach_m = options.reach.metres;
    let zones = format!("zone by point in polygon, or the nearest within {reach_m} m");
    match (&options.st_evcdp, &options.urbanev, &options.csv) {
        (Some(path), ..) => {
            let stations = read_st_evcdp(path, &layer, reach_m, findings)?;
            made(path, &format!("{ST_EVCDP_SOURCE}; {zones}"), &numbered("st", stations), Vec::new())
        }
        (None, Some(path), _) => {
            let stations = read_urbanev(path, &layer, findings)?;
            made(path, &format!("{URBANEV_SOURCE}; zone as stated there"), &numbered("ue", stations), Vec::new())
        }
        (None, None, Some(path)) => {
            let listed = list::read(path, &layer, reach_m, options.coordinates, findings)?;
            let source = list::source(path, options.source.as_deref(), options.coordinates);
            made(path, &format!("{source}; {zones}"), &listed, list::totals(&listed))
        }
        (None, None, None) => Err(Failure::Usage("give --st-evcdp, --urbanev or --csv".to_owned())),
    }
}

/// Stations whose list gives them numbers, in the order of these, named by them and by the list's `prefix`.
fn numbered(prefix: &str, stations: Stations) -> Vec<Listed> {
    let named = |(id, station)| Listed { name: format!("{prefix}-{id}"), station, groups: Vec::new() };
    stations.into_iter().map(named).collect()
}

fn made(path: &Path, source: &str, stations: &[Listed], more_totals: Vec<String>) -> Result<Made, Failure> {
    if stations.is_empty() {
        let text = "no good row in the table".to_owned();
        return Err(Failure::Unusable(Problem { file: path.display().to_string(), line: 1, column: 1, text }));
    }
    let source = format!("{source}. Coordinates in degrees, datum GCJ-02.");
    let mut lines = vec!["rows: {".to_owned()];
    lines.extend(stations.iter().map(row));
    lines.push("},".to_owned());
    let mut all_totals = vec![totals(stations)];
    all_totals.extend(more_totals);
    Ok(Made::fragment(compose("stations", &["stations"], &source, &lines), all_totals))
}

/// The row of a station. What the twin has no field for, the power of its guns, stands behind it as a comment.
fn row(Listed { name, station, groups }: &Listed) -> String {
    let [lon, lat] = station.point.map(|degrees| decimal(degrees, 5));
    let points = match station.points {
        Points::Split { fast, slow } => format!("fast: {fast}, slow: {slow}"),
        Points::Unsplit(points) => format!("unsplit: {points}"),
    };
    let groups: Vec<String> = groups.iter().map(|(kw, guns)| format!("{guns} x {} kW", decimal(*kw, 3))).collect();
    let comment = if groups.is_empty() { String::new() } else { format!(" // {}", groups.join(", ")) };
    format!("    {}: (zone: {}, lon: {lon}, lat: {lat}, {points}),{comment}", quoted(name), station.zone)
}

fn totals(stations: &[Listed]) -> String {
    let mut sums = [0; 3];
    for Listed { station, .. } in stations {
        match station.points {
            Points::Split { fast, slow } => {
                sums[0] += u64::from(fast);
                sums[1] += u64::from(slow);
            }
            Points::Unsplit(points) => sums[2] += u64::from(points),
        }
    }
    let zones: std::collections::BTreeSet<u32> = stations.iter().map(|listed| listed.station.zone).collect();
    let [fast, slow, unsplit] = sums.map(grouped);
    let stations = grouped(stations.len() as u64);
    format!("{stations} stations in {} zones: {fast} fast, {slow} slow, {unsplit} unsplit points", zones.len())
}
