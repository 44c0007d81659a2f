//! Station lists of any origin: one row per group of equal guns, with a name, a place, their power and their number.

use crate::args::Datum;
use crate::column::Column;
use crate::fragment::{decimal, grouped};
use crate::layer::Layer;
use crate::polygon::Point;
use crate::problem::{Failure, Findings};
use crate::stations::{Points, STRAYS, Station, note_all, zone_within_reach};
use crate::table::{Cells, Table, real, whole};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use voltcity::city::coordinates::{LATITUDES_DEG, LONGITUDES_DEG, wgs84_to_gcj02};

/// The columns, by the names that a header may give them.
const COLUMNS: [Column; 5] = [
    Column {
        name: "name",
        aliases: &["name", "station", "stationname", "名称", "站名", "站点名称", "电站名称", "充电站", "充电站名称"],
    },
    Column { name: "lon", aliases: &["lon", "lng", "long", "longitude", "经度"] },
    Column { name: "lat", aliases: &["lat", "latitude", "纬度"] },
    Column {
        name: "kW",
        aliases: &[
            "kw",
            "power",
            "powerkw",
            "power(kw)",
            "ratedkw",
            "ratedpower",
            "ratedpowerkw",
            "ratedpower(kw)",
            "功率",
            "功率kw",
            "功率(kw)",
            "功率(千瓦)",
            "额定功率",
            "额定功率(kw)",
            "单枪功率",
            "单枪功率(kw)",
        ],
    },
    Column {
        name: "count",
        aliases: &["count", "guns", "guncount", "numberofguns", "数量", "枪数", "枪数量", "充电枪数", "充电枪数量"],
    },
];

/// Up to this power in kW a gun counts as slow. Three phases of 32 A are 21 kW at 380 V and 22 kW at 400 V; above that,
/// alternating current is rare.
const SLOW_KW_MAX: f64 = 22.0;
/// Guns of such a power in kW may be of either current: small ones for direct current have 15 to 40 kW, three phases
/// of 63 A are 44 kW.
const EITHER_KW: core::ops::RangeInclusive<f64> = 15.0..=44.0;
/// More power in kW than any gun has.
const KW_MAX: f64 = 1_000.0;
/// Guns of one current that a station of a world may have.
const GUNS_MAX: u32 = 2_000;

/// A station as the fragment has it.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    /// Its name in the world.
    pub(crate) name: String,
    /// Zone, place and points.
    pub(crate) station: Station,
    /// Power in kW and number of its groups of guns, the strongest first; none where the list does not give it.
    pub(crate) groups: Vec<(f64, u32)>,
}

/// What makes rows one station: its name, and its place in units of the fifth decimal, which the fragment has.
type Identity = (String, [i64; 2]);

/// Reads the list at `path` into stations in the order of their names. A station's zone is the one its coordinates lie
/// in, or else the nearest one that is not farther than `reach_m`; a row farther out is bad.
///
/// # Errors
/// The file cannot be read, is not UTF-8, is empty, or lacks a column.
pub(crate) fn read(
    path: &Path,
    layer: &Layer,
    reach_m: u32,
    datum: Datum,
    findings: &mut Findings,
) -> Result<Vec<Listed>, Failure> {
    let table = Table::read_columns(path, &COLUMNS, findings)?;
    let mut list = List::default();
    for row in table.rows() {
        let (place, group) = (place(row, findings), group(row, findings));
        let (Some(stated), Some(group)) = (place, group) else { continue };
        let point = match datum {
            Datum::Gcj02 => stated,
            Datum::Wgs84 => <[f64; 2]>::from(wgs84_to_gcj02(stated[0], stated[1])),
        };
        match zone_within_reach(layer, point, reach_m) {
            Ok((zone, away_m)) => list.add(row, point, (zone, away_m), group, findings),
            Err(text) => {
                let [lon, lat] = stated;
                findings.bad(row.remark("lon", format!("({lon}, {lat}) {text}; correct the place, or raise --reach")));
            }
        }
    }
    Ok(list.finish(findings))
}

/// What the fragment says of where it comes from.
pub(crate) fn source(path: &Path, stated: Option<&str>, datum: Datum) -> String {
    let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let datum = match datum {
        Datum::Gcj02 => "",
        Datum::Wgs84 => ", converted from WGS-84",
    };
    let origin = stated.map_or_else(|| format!("the list {file}"), str::to_owned);
    format!("{origin}{datum}; guns up to {SLOW_KW_MAX} kW count as slow, stronger ones as fast")
}

/// The rated power of all guns, which the fragment does not carry.
pub(crate) fn totals(stations: &[Listed]) -> Vec<String> {
    let mut sums_kw = [0.0; 2];
    for (kw, guns) in stations.iter().flat_map(|listed| &listed.groups) {
        sums_kw[usize::from(!is_fast(*kw))] += kw * f64::from(*guns);
    }
    let [fast, slow] = sums_kw.map(|kw| grouped(libm::rint(kw) as u64));
    vec![format!("rated power in the list: {fast} kW fast, {slow} kW slow; a world has its own for each kind of gun")]
}

fn is_fast(kw: f64) -> bool {
    kw > SLOW_KW_MAX
}

/// Longitude and latitude in degrees, if both are good.
fn place(row: Cells, findings: &mut Findings) -> Option<Point> {
    let mut coordinate = |name: &str, example: &str| {
        let value = real(row.text(name), &(f64::MIN..=f64::MAX));
        let right = |text| findings.bad(row.remark(name, format!("{text}; write degrees, such as {example}")));
        value.map_err(right).ok()
    };
    let (lon, lat) = (coordinate("lon", "114.057865"), coordinate("lat", "22.543096"));
    if let (Some(lon), Some(lat)) = (lon, lat)
        && LATITUDES_DEG.contains(&lon)
        && LONGITUDES_DEG.contains(&lat)
    {
        let text =
            format!("longitude {lon} and latitude {lat} are swapped; write {lat} as longitude, {lon} as latitude");
        findings.bad(row.remark("lon", text));
        return None;
    }
    let mut within = |name: &str, value: f64, range: core::ops::RangeInclusive<f64>, example: &str| {
        if !range.contains(&value) {
            let (from, to) = (range.start(), range.end());
            findings.bad(row.remark(name, format!("{value} is outside {from} to {to}; Shenzhen is near {example}")));
        }
        range.contains(&value).then_some(value)
    };
    let lon = lon.and_then(|lon| within("lon", lon, LONGITUDES_DEG, "114"));
    let lat = lat.and_then(|lat| within("lat", lat, LATITUDES_DEG, "22.5"));
    Some([lon?, lat?])
}

/// Power in kW and number of the guns of a row, if both are good.
fn group(row: Cells, findings: &mut Findings) -> Option<(f64, u32)> {
    let kw = match real(row.text("kW"), &(f64::MIN..=f64::MAX)) {
        Ok(kw) if kw > KW_MAX => Err(format!("{kw} is more than {KW_MAX} kW; write kW, not W, and those of one gun")),
        Ok(kw) if kw <= 0.0 => Err(format!("{kw} is no power; write the kW of one gun, more than 0")),
        Ok(kw) => Ok(kw),
        Err(text) => Err(format!("{text}; write the kW of one gun without unit, such as 120")),
    };
    let guns = match whole(row.text("count")) {
        Ok(0) => Err("no guns; write at least 1, or leave the row out".to_owned()),
        Ok(guns) if guns > GUNS_MAX => Err(format!("{guns} guns are more than the {GUNS_MAX} that a station may have")),
        Ok(guns) => Ok(guns),
        Err(text) => Err(format!("{text}; write how many guns there are, such as 4")),
    };
    let kw = kw.map_err(|text| findings.bad(row.remark("kW", text))).ok();
    let guns = guns.map_err(|text| findings.bad(row.remark("count", text))).ok();
    Some((kw?, guns?))
}

/// The stations while their rows are read.
#[derive(Default)]
struct List<'t> {
    /// In the order of their first rows.
    stations: Vec<Gathered<'t>>,
    indices: BTreeMap<Identity, usize>,
    notes: Notes<'t>,
}

/// A station of one or more rows.
struct Gathered<'t> {
    name: String,
    point: Point,
    zone: u32,
    groups: Vec<(f64, u32)>,
    rows: Vec<Cells<'t>>,
}

/// Rows about which something is to be said.
#[derive(Default)]
struct Notes<'t> {
    strays: Vec<(Cells<'t>, String)>,
    nameless: Vec<(Cells<'t>, String)>,
    namesakes: Vec<(Cells<'t>, String)>,
    doubles: Vec<(Cells<'t>, String)>,
    repeated: Vec<(Cells<'t>, String)>,
    added: Vec<(Cells<'t>, String)>,
    either: Vec<(Cells<'t>, String)>,
}

impl<'t> List<'t> {
    /// Adds a good row, whose zone is `zone.0` and `zone.1` metres away, to its station.
    fn add(&mut self, row: Cells<'t>, point: Point, zone: (u32, f64), group: (f64, u32), findings: &mut Findings) {
        let name = match row.text("name") {
            "" => format!("at {}, {}", decimal(point[0], 5), decimal(point[1], 5)),
            name => name.to_owned(),
        };
        let place = point.map(|degrees| libm::rint(degrees * 1e5) as i64);
        let Some(&index) = self.indices.get(&(name.clone(), place)) else {
            if zone.1 > 0.0 {
                self.notes.strays.push((row, format!("{name} in {} ({:.0} m)", zone.0, zone.1)));
            }
            if row.text("name").is_empty() {
                self.notes.nameless.push((row, format!("line {}", row.line())));
            }
            self.note_power(row, group.0, &name);
            self.indices.insert((name.clone(), place), self.stations.len());
            self.stations.push(Gathered { name, point, zone: zone.0, groups: vec![group], rows: vec![row] });
            return;
        };
        let station = &mut self.stations[index];
        if let Some(earlier) = station.rows.iter().find(|earlier| row.repeats(earlier)) {
            return self.notes.repeated.push((row, format!("line {} as line {}", row.line(), earlier.line())));
        }
        let of_kind = station.groups.iter().filter(|(kw, _)| is_fast(*kw) == is_fast(group.0));
        let guns: u32 = of_kind.map(|(_, guns)| guns).sum::<u32>() + group.1;
        if guns > GUNS_MAX {
            let text = format!("{guns} guns with the rows before, more than the {GUNS_MAX} that a station may have");
            return findings.bad(row.remark("count", text));
        }
        match station.groups.iter_mut().find(|(kw, _)| *kw == group.0) {
            Some((_, guns)) => {
                *guns += group.1;
                self.notes.added.push((row, format!("{name} on line {}", row.line())));
            }
            None => station.groups.push(group),
        }
        station.rows.push(row);
        self.note_power(row, group.0, &name);
    }

    fn note_power(&mut self, row: Cells<'t>, kw: f64, name: &str) {
        if EITHER_KW.contains(&kw) {
            let kind = if is_fast(kw) { "fast" } else { "slow" };
            self.notes.either.push((row, format!("{name} {kw} kW {kind}")));
        }
    }

    /// Names the stations, so that no two have one name, and notes what was odd, each in one line at its first row.
    fn finish(mut self, findings: &mut Findings) -> Vec<Listed> {
        let mut first_at = BTreeMap::new();
        let mut names: BTreeSet<String> = self.stations.iter().map(|station| station.name.clone()).collect();
        let mut seen = BTreeSet::new();
        let mut listed = Vec::with_capacity(self.stations.len());
        for Gathered { name, point, zone, mut groups, rows } in self.stations {
            let place = point.map(|degrees| libm::rint(degrees * 1e5) as i64);
            let named = if seen.insert(name.clone()) { name } else { another(&name, &mut names) };
            if let Some(earlier) = first_at.get(&place) {
                self.notes.doubles.push((rows[0], format!("{named} at {earlier}")));
            } else {
                first_at.insert(place, named.clone());
            }
            if named != rows[0].text("name") && !rows[0].text("name").is_empty() {
                self.notes.namesakes.push((rows[0], format!("{named} on line {}", rows[0].line())));
            }
            groups.sort_by(|(a, _), (b, _)| b.total_cmp(a));
            let sum = |fast| groups.iter().filter(|(kw, _)| is_fast(*kw) == fast).map(|(_, guns)| guns).sum();
            let points = Points::Split { fast: sum(true), slow: sum(false) };
            let station = Station { zone, point, points, zone_area_m2: None };
            listed.push(Listed { name: named, station, groups });
        }
        self.notes.tell(findings);
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        listed
    }
}

/// A name made from one that is taken, which is taken from now on too.
fn another(name: &str, names: &mut BTreeSet<String>) -> String {
    let mut numbered = (2_u64..).map(|number| format!("{name} ({number})"));
    let free = numbered.find(|candidate| !names.contains(candidate)).expect("numbers do not run out");
    names.insert(free.clone());
    free
}

impl Notes<'_> {
    fn tell(&self, findings: &mut Findings) {
        note_all(&self.strays, "lon", STRAYS, findings);
        note_all(&self.nameless, "name", "without a name, called by their place", findings);
        note_all(&self.namesakes, "name", "with the name of another one elsewhere, numbered", findings);
        note_all(&self.doubles, "lon", "at the place of another one, kept", findings);
        let repeated = "of which a row is repeated field for field, which counts once";
        note_all(&self.repeated, "name", repeated, findings);
        note_all(&self.added, "count", "with several rows of one power, whose guns are added up", findings);
        note_all(&self.either, "kW", "with guns that may be for alternating or direct current", findings);
    }
}
