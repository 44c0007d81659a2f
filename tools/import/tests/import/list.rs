//! `voltcity-import stations --csv`: lists of any origin.

use crate::fragments::{Stations, read};
use crate::shenzhen::worlds;
use crate::workshop::{Workshop, layer};
use proptest::prelude::*;
use std::collections::BTreeMap;
use voltcity::city::coordinates::gcj02_to_wgs84;
use voltcity::fleet::station::StationKind;
use voltcity::twin::{Options, Twin};
use voltcity::world::Checked;

const RUN: &str = "stations --polygons layer.geojson --csv list.csv --out out.ron";

/// Rows of one name and place are one station; one is 206 m east of zone 7.
const LIST: &str = "\
name,lon,lat,kW,count
Market,114.005,22.505,120,4
Market,114.005,22.505,7,6
深圳 Tower,114.015,22.505,60,2
East,114.042,22.505,7,3
";

fn workshop(list: impl AsRef<[u8]>) -> Workshop {
    Workshop::new().with("layer.geojson", layer()).with("list.csv", list)
}

fn rows(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("            ")).collect()
}

/// The rows of the fragment of a list without anything bad.
fn good(list: impl AsRef<[u8]>, options: &str) -> Vec<String> {
    let workshop = workshop(list);
    let outcome = workshop.run(&format!("{RUN} {options}"));
    assert_eq!(outcome.code, 0, "{outcome:?}");
    rows(&workshop.text("out.ron")).into_iter().map(str::to_owned).collect()
}

#[test]
fn rows_of_one_name_and_place_are_one_station_with_several_groups_of_guns() {
    let workshop = workshop(LIST);
    let outcome = workshop.run(RUN);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let text = workshop.text("out.ron");
    let expected = [
        "\"East\": (zone: 7, lon: 114.042, lat: 22.505, fast: 0, slow: 3), // 3 x 7 kW",
        "\"Market\": (zone: 20, lon: 114.005, lat: 22.505, fast: 4, slow: 6), // 4 x 120 kW, 6 x 7 kW",
        "\"深圳 Tower\": (zone: 3, lon: 114.015, lat: 22.505, fast: 2, slow: 0), // 2 x 60 kW",
    ];
    assert_eq!(rows(&text), expected);
    let stations: Stations = read(&text);
    assert_eq!(
        stations.stations.source,
        "the list list.csv; guns up to 22 kW count as slow, stronger ones as fast; zone by point in polygon, or the \
         nearest within 500 m. Coordinates in degrees, datum GCJ-02."
    );
    assert_eq!(stations.stations.rows["Market"].fast, Some(4));
    assert_eq!(
        outcome.notes(),
        ["list.csv:5:2: lon: stations outside every zone, counted in the nearest one (1): East in 7 (206 m)"]
    );
    let totals = "\n3 stations in 3 zones: 6 fast, 9 slow, 0 unsplit points\n\
                  rated power in the list: 600 kW fast, 63 kW slow; a world has its own for each kind of gun\n";
    assert!(outcome.err.contains(totals), "{}", outcome.err);
}

#[test]
fn headers_in_other_words_quotes_line_ends_and_marks_make_no_difference() {
    let plain = good(LIST, "");
    for header in [
        "NAME,Longitude,Latitude,Rated Power (kW),Guns",
        "站名,经度,纬度,功率（kW）,枪数",
        "名称, 经度 ,纬度,额定功率,数量",
    ] {
        let list = LIST.replace("name,lon,lat,kW,count", header);
        assert_eq!(good(&list, ""), plain, "{header}");
        assert_eq!(good(format!("\u{feff}{}", list.replace('\n', "\r\n")), ""), plain, "{header}");
    }
    let quoted: Vec<String> = LIST
        .lines()
        .map(|line| format!("{},x", line.split(',').map(|f| format!("\"{f}\"")).collect::<Vec<_>>().join(",")))
        .collect();
    assert_eq!(good(quoted.join("\n"), ""), plain);
    let with_quotes = good(LIST.replace("深圳 Tower", "\"深圳, \"\"Tower\"\"\""), "");
    assert_eq!(
        with_quotes[2],
        "\"深圳, \\\"Tower\\\"\": (zone: 3, lon: 114.015, lat: 22.505, fast: 2, slow: 0), // 2 x 60 kW"
    );
}

#[test]
fn positions_of_receivers_are_converted() {
    // What receivers show at (114.005, 22.505), by fixed points of a second implementation (Python).
    let list = "name,lon,lat,kW,count\nMarket,114.0000075,22.5078688,120,4\n";
    let expected = ["\"Market\": (zone: 20, lon: 114.005, lat: 22.505, fast: 4, slow: 0), // 4 x 120 kW"];
    assert_eq!(good(list, "--coordinates wgs84"), expected);
    let workshop = workshop(list);
    let outcome = workshop.run_with(RUN.split(' ').chain([
        "--coordinates",
        "wgs84",
        "--source",
        "a survey of May 2025, by permission",
    ]));
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let stations: Stations = read(&workshop.text("out.ron"));
    let said = "a survey of May 2025, by permission, converted from WGS-84; guns up to 22 kW";
    assert!(stations.stations.source.starts_with(said), "{}", stations.stations.source);
}

#[test]
fn every_bad_row_is_told_with_what_would_be_right() {
    let list = "\
name,lon,lat,kW,count
A,22.505,114.005,7,1
B,x,,7,1
C,14.005,22.505,7,1
D,114.2,22.505,7,1
E,114.005,22.505,0,1
F,114.005,22.505,-7,0
G,114.005,22.505,7000,2.5
H,114.005,22.505,7kW,2001
I,114.005,22.505,7
J,114.005,22.505,7,2000
J,114.005,22.505,11,1
K,114.005,22.505,NaN,-1
";
    let workshop = workshop(list);
    let outcome = workshop.run(RUN);
    let expected = [
        "list.csv:2:2: lon: longitude 22.505 and latitude 114.005 are swapped; write 114.005 as longitude, 22.505 as \
         latitude",
        "list.csv:3:2: lon: \"x\" is not a number; write degrees, such as 114.057865",
        "list.csv:3:3: lat: empty; expected a number; write degrees, such as 22.543096",
        "list.csv:4:2: lon: 14.005 is outside 72.004 to 137.8347; Shenzhen is near 114",
        "list.csv:5:2: lon: (114.2, 22.505) is in no zone; the nearest is 7, 16463 m away, and --reach allows 500 m; \
         correct the place, or raise --reach",
        "list.csv:6:4: kW: 0 is no power; write the kW of one gun, more than 0",
        "list.csv:7:4: kW: -7 is no power; write the kW of one gun, more than 0",
        "list.csv:7:5: count: no guns; write at least 1, or leave the row out",
        "list.csv:8:4: kW: 7000 is more than 1000 kW; write kW, not W, and those of one gun",
        "list.csv:8:5: count: \"2.5\" is not a whole number; write how many guns there are, such as 4",
        "list.csv:9:4: kW: \"7kW\" is not a number; write the kW of one gun without unit, such as 120",
        "list.csv:9:5: count: 2001 guns are more than the 2000 that a station may have",
        "list.csv:10:5: 4 fields instead of the header's 5",
        "list.csv:12:5: count: 2001 guns with the rows before, more than the 2000 that a station may have",
        "list.csv:13:4: kW: \"NaN\" is not a finite number; write the kW of one gun without unit, such as 120",
        "list.csv:13:5: count: -1 is negative; expected 0 or more; write how many guns there are, such as 4",
    ];
    assert_eq!((outcome.code, outcome.bad_rows()), (3, expected.to_vec()));
    assert_eq!(workshop.names(), ["layer.geojson", "list.csv"]);
    assert_eq!(workshop.run(&format!("{RUN} --keep-going")).code, 3);
    let stations: Stations = read(&workshop.text("out.ron"));
    assert_eq!(stations.stations.rows.keys().collect::<Vec<_>>(), ["J"]);
}

#[test]
fn what_is_odd_but_kept_is_noted() {
    let list = "\
name,lon,lat,kW,count,pile
,114.005,22.505,7,1,1
,114.005,22.505,60,1,2
Mall,114.006,22.505,7,1,1
Mall,114.006,22.505,7,1,2
Mall,114.006,22.505,7,1,2
Mall,114.016,22.505,20,1,1
Mall (2),114.017,22.505,40,1,1
Neighbour,114.017,22.505,180,1,1
";
    let workshop = workshop(list);
    let outcome = workshop.run(RUN);
    let notes = [
        "list.csv:2:1: name: stations without a name, called by their place (1): line 2",
        "list.csv:5:5: count: stations with several rows of one power, whose guns are added up (1): Mall on line 5",
        "list.csv:6:1: name: stations of which a row is repeated field for field, which counts once (1): line 6 as \
         line 5",
        "list.csv:7:1: name: stations with the name of another one elsewhere, numbered (1): Mall (3) on line 7",
        "list.csv:7:4: kW: stations with guns that may be for alternating or direct current (2): Mall 20 kW slow, \
         Mall (2) 40 kW fast",
        "list.csv:9:2: lon: stations at the place of another one, kept (1): Neighbour at Mall (2)",
    ];
    assert_eq!((outcome.code, outcome.notes()), (0, notes.to_vec()), "{outcome:?}");
    let expected = [
        "\"Mall\": (zone: 20, lon: 114.006, lat: 22.505, fast: 0, slow: 2), // 2 x 7 kW",
        "\"Mall (2)\": (zone: 3, lon: 114.017, lat: 22.505, fast: 1, slow: 0), // 1 x 40 kW",
        "\"Mall (3)\": (zone: 3, lon: 114.016, lat: 22.505, fast: 0, slow: 1), // 1 x 20 kW",
        "\"Neighbour\": (zone: 3, lon: 114.017, lat: 22.505, fast: 1, slow: 0), // 1 x 180 kW",
        "\"at 114.005, 22.505\": (zone: 20, lon: 114.005, lat: 22.505, fast: 1, slow: 1), // 1 x 60 kW, 1 x 7 kW",
    ];
    assert_eq!(rows(&workshop.text("out.ron")), expected);
}

#[test]
fn a_list_of_no_use_says_what_would_be_of_use() {
    let error = |list: &[u8]| {
        let workshop = workshop(list);
        let outcome = workshop.run(&format!("{RUN} --keep-going"));
        assert_eq!((outcome.code, workshop.names()), (3, vec!["layer.geojson".to_owned(), "list.csv".to_owned()]));
        outcome.err
    };
    assert_eq!(
        error(b"name,lon,lat,count\nA,114.005,22.505,1\n"),
        "error: list.csv:1:1: header: no column \"kW\", which may be called kw, power, powerkw, power(kw), ratedkw, \
         ratedpower, ratedpowerkw, ratedpower(kw), 功率, 功率kw, 功率(kw), 功率(千瓦), 额定功率, 额定功率(kw), \
         单枪功率, 单枪功率(kw); there are name,lon,lat,count\n"
    );
    let separated = error("名称;经度;纬度;功率;数量\n".as_bytes());
    assert!(separated.ends_with("there are 名称;经度;纬度;功率;数量 (in one column: separate the fields by commas)\n"));
    assert_eq!(error(b""), "error: list.csv:1:1: the file is empty; it should begin with name,lon,lat,kW,count\n");
    // 深圳 in GBK.
    let gbk = error(b"name,lon,lat,kW,count\nA,114.005,22.505,7,1\n\xc9\xee\xdb\xda,114.005,22.505,7,1\n");
    assert_eq!(
        gbk,
        "error: list.csv:3:1: not UTF-8: the file looks like GBK; convert it, for instance with `iconv -f GBK -t \
         UTF-8 OLD > NEW`, or save it as \"CSV UTF-8\"\n"
    );
    assert!(error(b"name,lon,lat,kW,count\n").ends_with("error: list.csv:1:1: no good row in the table\n"));
}

#[test]
fn the_help_tells_of_lists_and_fits_80_columns() {
    let help = Workshop::new().run("stations --help").out;
    for part in ["--csv <CSV>", "--coordinates <DATUM>", "--source <TEXT>", "A list of your own", "枪数"] {
        assert!(help.contains(part), "{part}: {help}");
    }
    // The line of usage is made by the parser of arguments.
    for line in help.lines().filter(|line| !line.starts_with("Usage: ")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// The list as one of the bases of the smallest world: its stations stand where they are, and a day is lived with them.
#[test]
fn a_small_world_lives_a_day_with_a_list() {
    let square = layer().replace("\"TAZID\": 20", "\"TAZID\": 1");
    let list =
        "站名,经度,纬度,功率,枪数\n广场,114.005,22.505,120,2\n广场,114.005,22.505,7,4\n南门,114.002,22.501,7,2\n";
    let base = worlds().join("block.ron");
    let base = base.to_str().expect("a path that is text");
    let world = format!("(name: \"block, by a list\", base: [{base:?}, \"out.ron\"])\n");
    let workshop = workshop(list).with("layer.geojson", square).with("world.ron", world);
    assert_eq!(workshop.run(RUN).code, 0);
    let checked = Checked::load(&workshop.path("world.ron"), &[]).unwrap_or_else(|problems| panic!("{problems}"));
    let plan = checked.plan();
    let public = plan.stations.iter().filter(|station| station.kind == StationKind::Public);
    let mut found: Vec<_> = public
        .map(|station| {
            let guns = &plan.guns[station.first_gun as usize..][..station.guns as usize];
            let ac = guns.iter().filter(|gun| gun.kind.is_ac()).count();
            (station.lon, station.lat, guns.len() - ac, ac)
        })
        .filter(|station| (station.0 - 114.0).abs() < 0.01)
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert_eq!(found, [(114.002, 22.501, 0, 2), (114.005, 22.505, 2, 4)]);
    let without =
        Checked::load(&worlds().join("block.ron"), &[]).unwrap_or_else(|problems| panic!("{problems}")).plan();
    assert_eq!(plan.guns.len(), without.guns.len());
    let mut twin = Twin::new(plan, &Options { step_s: 900, warmup_days: Some(0), threads: 1, ..Options::default() });
    twin.run();
    assert_eq!(twin.ledger_residual_j(), 0);
    assert!(twin.fleet_counts().sessions > 10, "{:?}", twin.fleet_counts());
}

/// Groups of guns of a generated station: kW in tenths, and how many.
type Groups = BTreeMap<u32, u32>;

/// A generated station: zone, place within it in units of the fifth decimal, and guns.
type Generated = ((usize, u32, u32), Groups);

/// Lists of stations by name.
fn lists() -> impl Strategy<Value = BTreeMap<String, Generated>> {
    let name = "[a-z福田深圳站,;\"'(#] ?[A-Z0-9充电\\\\]{1,8}";
    let place = (0..4_usize, 50..950_u32, 50..950_u32);
    let groups = proptest::collection::btree_map(1..10_000_u32, 1..200_u32, 1..4);
    proptest::collection::btree_map(name, (place, groups), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever list is written, its stations come back: name, zone, place, and how many guns are fast and slow.
    #[test]
    fn a_generated_list_comes_back(list in lists(), wgs84: bool, crlf: bool, mark: bool) {
        let end = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(end).from_writer(Vec::new());
        writer.write_record(["枪数", "kW", "Latitude", "remark", "lon", "名称"]).expect("memory takes it");
        for (name, ((zone, x, y), groups)) in &list {
            let (lon, lat) = (114.0 + 0.01 * *zone as f64 + 1e-5 * f64::from(*x), 22.5 + 1e-5 * f64::from(*y));
            let (lon, lat) = if wgs84 { gcj02_to_wgs84(lon, lat) } else { (lon, lat) };
            let place = [format!("{lat:.8}"), "-".to_owned(), format!("{lon:.8}")];
            for (deci_kw, guns) in groups {
                let head = [guns.to_string(), (f64::from(*deci_kw) / 10.0).to_string()];
                writer.write_record(head.iter().chain(&place).chain([name])).expect("memory takes it");
            }
        }
        let mut bytes = if mark { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        bytes.extend(writer.into_inner().expect("memory takes it"));
        let workshop = workshop(bytes);
        let datum = if wgs84 { "wgs84" } else { "gcj02" };
        let outcome = workshop.run(&format!("{RUN} --coordinates {datum}"));
        prop_assert_eq!(outcome.code, 0, "{}", outcome.err);
        let stations = read::<Stations>(&workshop.text("out.ron")).stations.rows;
        prop_assert_eq!(stations.keys().collect::<Vec<_>>(), list.keys().collect::<Vec<_>>());
        for (name, ((zone, x, y), groups)) in &list {
            let row = &stations[name];
            prop_assert_eq!(row.zone, [20, 3, 100, 7][*zone]);
            let place = [row.lon - 114.0 - 0.01 * *zone as f64, row.lat - 22.5].map(|d| (d * 1e5).round() as u32);
            prop_assert_eq!(place, [*x, *y]);
            let guns = |fast: bool| groups.iter().filter(|(kw, _)| (**kw > 220) == fast).map(|(_, guns)| guns).sum();
            prop_assert_eq!((row.fast, row.slow), (Some(guns(true)), Some(guns(false))));
        }
    }
}
