//! The sun, the sky and a solar array against the reference tables of pvlib, at every instant of every table found.
//!
//! Tables are read from `$VOLTCITY_SHARED/truth/pv` when that variable is set, and always from `tests/truth/pv`; a
//! folder counts when it holds a `meta.json`, and so do the folders in it. A table may hold any tilts (in its column
//! names) and an optional `clear_sky_index`; its place, turbidity and equipment are in the `meta.json` beside it.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use voltcity::site::panel::{ArraySpec, Inverter, Mounting, PanelGeometry, ac_power_w_per_kwp, array_output};
use voltcity::site::sky::{Sky, YearDay, absolute_air_mass, linke_turbidity, relative_air_mass};
use voltcity::site::sun::Site;

/// How far a column may be from the reference: an absolute part, in the column's unit, and a share of the reference.
struct Bar {
    absolute: f64,
    share: f64,
}

const ANGLE_DEG: Bar = Bar { absolute: 0.02, share: 0.0 };
const IRRADIANCE_W_M2: Bar = Bar { absolute: 1.0, share: 0.0 };
const EXTRATERRESTRIAL_W_M2: Bar = Bar { absolute: 0.001, share: 0.0 };
const LINKE: Bar = Bar { absolute: 1e-5, share: 0.0 };
const AIR_MASS: Bar = Bar { absolute: 1e-5, share: 0.002 };
const CELL_C: Bar = Bar { absolute: 0.1, share: 0.0 };
const POWER_SHARE: Bar = Bar { absolute: 0.0, share: 0.005 };
const POWER_W: Bar = Bar { absolute: 0.5, share: 0.0 };

/// Power in W per kWp above which the bar is a share of it.
const POWER_IS_A_SHARE_ABOVE: f64 = 5.0;

/// True zenith angle at which the reference stops bending light: its refraction jumps by half a degree there.
const REFRACTION_ENDS_DEG: f64 = 90.0 + 0.266_67 + 0.566_7;

/// The worst deviation of one column over all tables.
#[derive(Default)]
struct Worst {
    compared: usize,
    /// Largest deviation as a share of what the bar allows.
    of_bar: f64,
    /// The largest deviation itself.
    deviation: f64,
    /// Where the share was largest.
    place: String,
}

/// The deviations of all columns, by name.
#[derive(Default)]
struct Comparison(BTreeMap<String, Worst>);

impl Comparison {
    fn note(&mut self, column: &str, place: &str, found: f64, expected: f64, bar: &Bar) {
        let worst = self.0.entry(column.to_owned()).or_default();
        let deviation = (found - expected).abs();
        let of_bar = deviation / (bar.absolute + bar.share * expected.abs());
        // A value that is not a number is as wrong as can be.
        let of_bar = if of_bar.is_nan() { f64::INFINITY } else { of_bar };
        worst.compared += 1;
        worst.deviation = worst.deviation.max(deviation);
        if of_bar > worst.of_bar {
            worst.of_bar = of_bar;
            worst.place = format!("{place}: found {found}, expected {expected}");
        }
    }

    /// One line per column, worst first in view of its bar.
    fn report(&self) -> String {
        let mut lines: Vec<_> = self.0.iter().collect();
        lines.sort_by(|a, b| b.1.of_bar.total_cmp(&a.1.of_bar));
        lines.iter().fold(String::new(), |mut text, (column, w)| {
            let share = 100.0 * w.of_bar;
            let _ = writeln!(
                text,
                "{column:24} {:6} compared, largest deviation {:.3e}, {share:.3} % of the bar at {}",
                w.compared, w.deviation, w.place
            );
            text
        })
    }

    fn passes(&self) -> bool {
        self.0.values().all(|w| w.compared > 0 && w.of_bar <= 1.0)
    }
}

/// What a `meta.json` says.
struct Parameters {
    site: Site,
    utc_offset_s: i64,
    linke_monthly: [f64; 12],
    mounting: Mounting,
    inverter: Inverter,
    albedo: f64,
    azimuth_deg: f64,
}

impl Parameters {
    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let meta: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let number = |pointer: &str| {
            let value = meta.pointer(pointer).and_then(Value::as_f64);
            value.unwrap_or_else(|| panic!("{}: no number at {pointer}", file.display()))
        };
        let zone = meta.pointer("/site/tz").and_then(Value::as_str).expect("a time zone such as UTC+8");
        Self {
            site: Site {
                latitude_deg: number("/site/lat"),
                longitude_deg: number("/site/lon"),
                altitude_m: number("/site/alt"),
            },
            utc_offset_s: utc_offset_s(zone).unwrap_or_else(|| panic!("time zone {zone} is not like UTC+8")),
            linke_monthly: core::array::from_fn(|month| number(&format!("/linke_monthly/{month}"))),
            mounting: Mounting {
                a: number("/sapm_params/a"),
                b: number("/sapm_params/b"),
                delta_t_k: number("/sapm_params/deltaT"),
            },
            inverter: Inverter::new(&ArraySpec {
                power_per_k: number("/gamma_pdc"),
                loss: number("/pvwatts_loss_pct") / 100.0,
                dc_ac_ratio: number("/dc_ac_ratio"),
                inverter_efficiency: number("/eta_inv_nom"),
            }),
            albedo: number("/albedo"),
            azimuth_deg: number("/azimuth"),
        }
    }
}

/// Seconds a zone written `UTC`, `UTC+8`, `UTC-3:30` or `UTC+5.5` is ahead of UTC.
fn utc_offset_s(zone: &str) -> Option<i64> {
    let offset = zone.strip_prefix("UTC")?;
    if offset.is_empty() {
        return Some(0);
    }
    let (hours, minutes) = offset[1..].split_once(':').unwrap_or((&offset[1..], "0"));
    let seconds = (hours.parse::<f64>().ok()? * 3_600.0 + minutes.parse::<f64>().ok()? * 60.0) as i64;
    match offset.as_bytes()[0] {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

/// One instant of a table: its columns by name, and where it stands.
struct Row<'a> {
    columns: &'a BTreeMap<String, usize>,
    record: &'a csv::StringRecord,
    place: String,
}

impl Row<'_> {
    fn text(&self, column: &str) -> Option<&str> {
        self.columns.get(column).and_then(|&i| self.record.get(i)).filter(|text| !text.is_empty())
    }

    /// The value of a column, or `None` where the table has no such column or the cell is empty.
    fn get(&self, column: &str) -> Option<f64> {
        self.text(column).map(|t| t.parse().unwrap_or_else(|e| panic!("{}: {column} is `{t}`: {e}", self.place)))
    }

    fn need(&self, column: &str) -> f64 {
        self.get(column).unwrap_or_else(|| panic!("{}: no value for {column}", self.place))
    }
}

/// The tilts a table has columns for: `25` for `poa_t25_isotropic` or `pac_t25`.
fn tilts(columns: &BTreeMap<String, usize>) -> Vec<String> {
    let tilt_of = |name: &String| {
        let (_, rest) = ["poa_t", "aoi_t", "tcell_t", "pdc_t", "pac_t"]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix).map(|rest| (prefix, rest)))?;
        let tilt = rest.split('_').next()?;
        tilt.parse::<f64>().is_ok().then(|| tilt.to_owned())
    };
    let mut tilts: Vec<String> = columns.keys().filter_map(tilt_of).collect();
    tilts.sort();
    tilts.dedup();
    tilts
}

/// Seconds since 1970 UTC of a civil time such as `2026-03-20T06:15`.
fn utc_s(civil: &str, utc_offset_s: i64) -> i64 {
    let at: jiff::civil::DateTime = civil.parse().unwrap_or_else(|e| panic!("time_local `{civil}`: {e}"));
    let as_if_utc = at.to_zoned(jiff::tz::TimeZone::UTC).expect("a civil time of this era");
    as_if_utc.timestamp().as_second() - utc_offset_s
}

/// Compares what all arrays share: sun, air and irradiance.
fn compare_sky(row: &Row, p: &Parameters, sky: &Sky, date: YearDay, to: &mut Comparison) {
    let mut note = |column: &str, found: f64, bar: &Bar| {
        if let Some(expected) = row.get(column) {
            to.note(column, &row.place, found, expected, bar);
        }
    };
    note("zenith", sky.sun.zenith_deg, &ANGLE_DEG);
    note("apparent_zenith", sky.sun.apparent_zenith_deg, &ANGLE_DEG);
    note("dni_extra", sky.dni_extra_w_m2, &EXTRATERRESTRIAL_W_M2);
    note("linke", linke_turbidity(&p.linke_monthly, date), &LINKE);
    note("ghi", sky.actual.ghi_w_m2, &IRRADIANCE_W_M2);
    note("dni", sky.actual.dni_w_m2, &IRRADIANCE_W_M2);
    note("dhi", sky.actual.dhi_w_m2, &IRRADIANCE_W_M2);
    if let Some(relative) = relative_air_mass(sky.sun.apparent_zenith_deg) {
        note("airmass_rel", relative, &AIR_MASS);
        note("airmass_abs", absolute_air_mass(&p.site, relative), &AIR_MASS);
    }
    // Near the zenith and the nadir a small shift of the sun is a wide turn, so the bar is on the sky, not the compass.
    let expected = row.need("azimuth");
    let turn = (sky.sun.azimuth_deg - expected + 180.0).rem_euclid(360.0) - 180.0;
    let across = turn * libm::sin(row.need("zenith").to_radians());
    to.note("azimuth, across the sky", &row.place, across, 0.0, &ANGLE_DEG);
    to.note("azimuth", &row.place, expected + turn, expected, &Bar { absolute: 0.5, share: 0.0 });
}

/// Compares one array.
fn compare_array(row: &Row, p: &Parameters, sky: &Sky, tilt: &str, to: &mut Comparison) {
    let tilt_deg: f64 = tilt.parse().expect("checked when the columns were read");
    let geometry = PanelGeometry::new(tilt_deg, p.azimuth_deg, p.albedo);
    let output = array_output(sky, &geometry, &p.inverter);
    let mut note = |column: String, name: &str, found: f64, bar: &Bar| {
        if let Some(expected) = row.get(&column) {
            to.note(name, &format!("{} tilt {tilt}", row.place), found, expected, bar);
        }
    };
    note(format!("poa_t{tilt}_isotropic"), "poa isotropic", geometry.isotropic_w_m2(sky), &IRRADIANCE_W_M2);
    note(format!("poa_t{tilt}_haydavies"), "poa haydavies", output.plane_w_m2, &IRRADIANCE_W_M2);
    note(format!("aoi_t{tilt}"), "aoi", geometry.incidence_deg(sky), &ANGLE_DEG);
    note(format!("tcell_t{tilt}"), "tcell", output.cell_c, &CELL_C);
    for (column, found) in [("pdc", output.dc_w_per_kwp), ("pac", ac_power_w_per_kwp(sky, &geometry, &p.inverter))] {
        let full = format!("{column}_t{tilt}");
        let strong = row.get(&full).is_some_and(|expected| expected > POWER_IS_A_SHARE_ABOVE);
        let name = if strong { format!("{column} above 5 W") } else { format!("{column} up to 5 W") };
        note(full, &name, found, if strong { &POWER_SHARE } else { &POWER_W });
    }
}

fn compare_table(file: &Path, p: &Parameters, to: &mut Comparison) {
    let mut reader = csv::Reader::from_path(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let header = reader.headers().expect("a header line").clone();
    let columns: BTreeMap<String, usize> = header.iter().enumerate().map(|(i, name)| (name.to_owned(), i)).collect();
    let tilts = tilts(&columns);
    assert!(!tilts.is_empty(), "{}: no column of an array, such as pac_t15", file.display());
    let mut rows = 0;
    for record in reader.records() {
        let record = record.unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let mut row = Row { columns: &columns, record: &record, place: file.display().to_string() };
        let civil = row.text("time_local").expect("a civil time in time_local").to_owned();
        row.place = format!("{} {civil}", file.display());
        rows += 1;
        // On either side of the jump of refraction the reference itself is half a degree apart.
        if (row.need("zenith") - REFRACTION_ENDS_DEG).abs() < 0.002 {
            continue;
        }
        let at_s = utc_s(&civil, p.utc_offset_s);
        let index = row.get("clear_sky_index").unwrap_or(1.0);
        let sky = Sky::at(&p.site, at_s, &p.linke_monthly, index, row.need("t_air"), row.need("wind"))
            .for_mounting(&p.mounting);
        compare_sky(&row, p, &sky, YearDay::at(at_s), to);
        for tilt in &tilts {
            compare_array(&row, p, &sky, tilt, to);
        }
    }
    assert!(rows > 0, "{}: an empty table", file.display());
}

/// All tables of a folder and of the folders in it, each with the parameters beside it.
fn compare_folder(folder: &Path, to: &mut Comparison) {
    let listing = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = listing.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    let tables: Vec<&PathBuf> = paths.iter().filter(|p| p.extension().is_some_and(|e| e == "csv")).collect();
    if !tables.is_empty() {
        let parameters = Parameters::read(&folder.join("meta.json"));
        for table in tables {
            compare_table(table, &parameters, to);
        }
    }
    for inner in paths.iter().filter(|path| path.join("meta.json").is_file()) {
        compare_folder(inner, to);
    }
}

fn compare_everything() -> Comparison {
    let mut comparison = Comparison::default();
    compare_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/truth/pv"), &mut comparison);
    if let Some(shared) = std::env::var_os("VOLTCITY_SHARED") {
        compare_folder(&Path::new(&shared).join("truth/pv"), &mut comparison);
    }
    comparison
}

#[test]
fn every_reference_table_is_met() {
    let comparison = compare_everything();
    assert!(comparison.passes(), "beyond a bar:\n{}", comparison.report());
    let sun_and_sky = ["zenith", "apparent_zenith", "azimuth", "ghi", "dni", "dhi"];
    for column in sun_and_sky.into_iter().chain(["poa isotropic", "poa haydavies", "tcell", "pac above 5 W"]) {
        let compared = comparison.0.get(column).map_or(0, |worst| worst.compared);
        assert!(compared >= 96, "{column} was compared {compared} times only");
    }
}

#[test]
fn a_comparison_refuses_what_is_beyond_its_bar_or_not_a_number() {
    for (found, passes) in [(1.5, true), (2.5, false), (f64::NAN, false)] {
        let mut comparison = Comparison::default();
        comparison.note("x", "here", found, 1.0, &IRRADIANCE_W_M2);
        assert_eq!(comparison.passes(), passes, "{found}");
    }
}

#[test]
fn time_zones_are_read_as_they_are_written() {
    let cases = [("UTC", Some(0)), ("UTC+8", Some(28_800)), ("UTC-3:30", Some(-12_600)), ("UTC+5.5", Some(19_800))];
    for (zone, offset_s) in cases.into_iter().chain([("CST", None), ("UTC8", None)]) {
        assert_eq!(utc_offset_s(zone), offset_s, "{zone}");
    }
}
