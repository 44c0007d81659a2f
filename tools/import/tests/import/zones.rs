//! `voltcity-import zones`.

use crate::fragments::{Public, Survey, Zones, read};
use crate::workshop::{STATIONS, SURVEY, Workshop, layer};

const RUN: &str = "zones --polygons layer.geojson --stations stations.csv --survey inf.csv --out zones.ron";

fn workshop() -> Workshop {
    Workshop::new().with("layer.geojson", layer()).with("stations.csv", STATIONS).with("inf.csv", SURVEY)
}

#[test]
fn the_fragment_has_a_row_for_every_zone_in_the_order_of_ids() {
    let workshop = workshop();
    let outcome = workshop.run(RUN);
    assert_eq!((outcome.code, outcome.out.as_str()), (0, ""), "{outcome:?}");
    let text = workshop.text("zones.ron");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("            ")).collect();
    let expected = [
        "            3: (district: \"Futian\", lon: 114.015, lat: 22.505, area_m2: 1139403, road_m: 2500, \
         public: (stations: 1, fast: 2, slow: 0)),",
        "            7: (district: \"Luohu\", lon: 114.035, lat: 22.505, area_m2: 1139403, road_m: 2500, \
         public: (stations: 1, fast: 1, slow: 3)),",
        "            20: (district: \"Futian\", lon: 114.005, lat: 22.505, area_m2: 1139000, road_m: 2500, \
         public: (stations: 2, fast: 5, slow: 12), survey: (stations: 2, points: 25, fast: 5)),",
        "            100: (district: \"Luohu\", lon: 114.025, lat: 22.505, area_m2: 1139001, road_m: 2500, \
         survey: (stations: 1, points: 8)),",
    ];
    assert_eq!(rows, expected);
    assert!(text.starts_with("// Made by `voltcity-import zones`; do not edit by hand.\n(\n    zones: (\n"));
    let zones: Zones = read(&text);
    assert!(zones.zones.source.contains("UrbanEV") && zones.zones.source.contains("GCJ-02"), "{}", zones.zones.source);
    assert_eq!(zones.zones.rows[&20].public, Some(Public { stations: 2, fast: 5, slow: 12 }));
    assert_eq!(zones.zones.rows[&20].survey, Some(Survey { stations: 2, points: 25, fast: Some(5) }));
    let note = "stations.csv:5:3: longitude: stations outside every zone, counted in the nearest one (1): \
                10 in 7 (206 m)";
    assert_eq!(outcome.notes(), [note]);
    let city = "\ncity                     4             4             8            15             3            33             5\n";
    assert!(outcome.err.contains(city), "{}", outcome.err);
}

#[test]
fn surveyed_points_are_fast_as_far_as_slow_ones_leave_room() {
    // Zone 20 has 25 surveyed points, zone 100 has 8; each case gives the fast and slow points of zone 20 by station,
    // those of both zones in the published counts, and the fast points there should be.
    let cases = [
        ([5, 12], None, [Some(5), None]),
        ([20, 12], None, [Some(13), None]),
        ([5, 25], None, [None, None]),
        ([5, 30], None, [None, None]),
        ([30, 0], None, [Some(25), None]),
        ([5, 12], Some([[9, 16], [3, 0]]), [Some(9), Some(3)]),
        ([5, 12], Some([[0, 25], [3, 8]]), [Some(5), None]),
        ([0, 0], Some([[24, 24], [9, 1]]), [Some(1), Some(7)]),
    ];
    for ([fast, slow], published, expected) in cases {
        let stations =
            format!("station_id,latitude,longitude,fast,slow,count\n1,22.505,114.005,{fast},{slow},{}\n", fast + slow);
        let mut workshop = workshop().with("stations.csv", stations);
        let mut line = RUN.to_owned();
        if let Some([[f20, s20], [f100, s100]]) = published {
            let information = format!(
                "num,grid,count,fast_count,slow_count,lon,la\n1,20,{},{f20},{s20},114.005,22.505\n\
                 2,100,{},{f100},{s100},114.025,22.505\n",
                f20 + s20,
                f100 + s100
            );
            workshop = workshop.with("information.csv", information);
            line.push_str(" --information information.csv");
        }
        assert_eq!(workshop.run(&line).code, 0);
        let rows = read::<Zones>(&workshop.text("zones.ron")).zones.rows;
        let found = [20, 100].map(|id| rows[&id].survey.and_then(|survey| survey.fast));
        assert_eq!(found, expected, "{fast} fast, {slow} slow, {published:?}");
    }
    // Without any count nothing is known to be fast.
    let workshop = workshop();
    assert_eq!(workshop.run("zones --polygons layer.geojson --survey inf.csv --out zones.ron").code, 0);
    assert!(!workshop.text("zones.ron").contains("fast"));
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let (first, second) = (workshop(), workshop());
    assert_eq!((first.run(RUN).code, second.run(RUN).code), (0, 0));
    assert_eq!(first.text("zones.ron"), second.text("zones.ron"));
    // The order of the rows of the inputs does not matter either.
    let mut rows: Vec<&str> = STATIONS.lines().collect();
    rows[1..].reverse();
    let shuffled = workshop().with("stations.csv", rows.join("\r\n"));
    assert_eq!(shuffled.run(RUN).code, 0);
    assert_eq!(shuffled.text("zones.ron"), first.text("zones.ron"));
}

#[test]
fn every_bad_row_is_named_and_only_the_good_ones_are_written() {
    let bad = b"\
station_id,latitude,longitude,fast,slow,count
1,22.505,114.005,5,5,10
2,22.506,114.006,abc,7,7
3,22.505,NaN,2,0,2
4,22.505,114.015,-2,0,-2
1,22.505,114.015,2,0,2
5,22.505,114.015,2,0
6,22.505,114.015,2,1,4
7,22.505,114.050,1,3,4
8,114.015,22.505,1,3,4
9,22.505,114.01\xff,1,3,4
11,x,y,1.5,,4
";
    let expected = [
        "stations.csv:3:4: fast: \"abc\" is not a whole number",
        "stations.csv:4:3: longitude: \"NaN\" is not a finite number",
        "stations.csv:5:4: fast: -2 is negative; expected 0 or more",
        "stations.csv:5:6: count: -2 is negative; expected 0 or more",
        "stations.csv:6:1: station_id: 1 is already on line 2; ids are unique",
        "stations.csv:7:6: 5 fields instead of the header's 6",
        "stations.csv:8:6: count: 4, but fast + slow is 3",
        "stations.csv:9:1: station_id: station 7 at (114.05, 22.505) is in no zone; the nearest is 7, 1029 m away, \
         and --reach allows 500 m",
        "stations.csv:10:2: latitude: 114.015 is outside 0.8293 to 55.8271",
        "stations.csv:10:3: longitude: 22.505 is outside 72.004 to 137.8347",
        "stations.csv:11:3: byte 0xff is not UTF-8; save the file as UTF-8",
        "stations.csv:12:2: latitude: \"y\" is not a number",
        "stations.csv:12:3: longitude: \"y\" is not a number",
    ];
    let workshop = workshop().with("stations.csv", bad);
    let stopped = workshop.run(RUN);
    assert_eq!(stopped.code, 3);
    let expected = expected.map(|line| line.replace("latitude: \"y\"", "latitude: \"x\""));
    assert_eq!(stopped.bad_rows(), expected);
    assert!(stopped.err.ends_with("13 problems: nothing is written; `--keep-going` writes the good rows\n"));
    assert!(!workshop.names().contains(&"zones.ron".to_owned()));

    let kept = workshop.run(&format!("{RUN} --keep-going"));
    assert_eq!((kept.code, kept.bad_rows()), (3, stopped.bad_rows()));
    let zones: Zones = read(&workshop.text("zones.ron"));
    let public: Vec<_> = zones.zones.rows.values().filter_map(|zone| zone.public).collect();
    assert_eq!(public, [Public { stations: 1, fast: 5, slow: 5 }]);
    assert_eq!(zones.zones.rows.len(), 4);
}

#[test]
fn a_wider_reach_takes_in_a_station_farther_out() {
    let far = format!("{STATIONS}11,22.505,114.05,1,1,2\n");
    let workshop = workshop().with("stations.csv", far);
    assert_eq!(workshop.run(RUN).code, 3);
    assert_eq!(workshop.run(&format!("{RUN} --reach 1100")).code, 0);
    let zones: Zones = read(&workshop.text("zones.ron"));
    assert_eq!(zones.zones.rows[&7].public, Some(Public { stations: 2, fast: 2, slow: 4 }));
}

#[test]
fn bad_polygons_are_named_by_line_and_character() {
    let unclosed = layer().replace("[114.01, 22.5]]]", "[114.01, 22.5001]]]");
    let workshop = workshop().with("layer.geojson", unclosed);
    let outcome = workshop.run("zones --polygons layer.geojson --out zones.ron --keep-going");
    let expected =
        "layer.geojson:3:1: TAZID 3: ring 1: not closed: it begins at (114.01, 22.5) and ends at (114.01, 22.5001)";
    assert_eq!((outcome.code, outcome.bad_rows()), (3, vec![expected]));
    let zones: Zones = read(&workshop.text("zones.ron"));
    assert_eq!(zones.zones.rows.into_keys().collect::<Vec<_>>(), [7, 20, 100]);
}

#[test]
fn files_of_no_use_stop_the_import_whatever_is_asked() {
    let cases = [
        ("stations.csv", "", "stations.csv:1:1: the file is empty; it should begin with station_id,latitude,"),
        ("stations.csv", "id,fast\n1,2\n", "stations.csv:1:1: header: no column \"station_id\"; there are id,fast"),
        ("layer.geojson", "", "layer.geojson:1:1: the file is empty; it should be a GeoJSON FeatureCollection"),
        ("layer.geojson", "{\"type\": }", "layer.geojson:1:10: expected value"),
    ];
    for (name, content, expected) in cases {
        let workshop = workshop().with(name, content);
        let outcome = workshop.run(&format!("{RUN} --keep-going"));
        assert_eq!(outcome.code, 3, "{name}: {outcome:?}");
        assert!(outcome.err.contains(&format!("error: {expected}")), "{name}: {}", outcome.err);
        assert!(!workshop.names().contains(&"zones.ron".to_owned()));
    }
}

#[test]
fn the_table_of_surveyed_zones_gives_the_same_rows_as_the_list_of_stations() {
    let table = "\
TAZID,longitude,latitude,points_raw,area_m2,perimeter_m,n_stations,capacity_points,road_km,district
20,114.005,22.505,30,1139000.4,4270,2,25,2.5,Futian
100,114.025,22.505,8,1139000.6,4270,1,8,2.5,Luohu
";
    let workshop = workshop().with("zones.csv", table);
    assert_eq!(workshop.run(RUN).code, 0);
    let from_list = workshop.text("zones.ron");
    let run = RUN.replace("--survey inf.csv", "--survey-zones zones.csv");
    let outcome = workshop.run(&run);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(workshop.text("zones.ron"), from_list);

    let odd = "\
TAZID,area_m2,n_stations,capacity_points,road_km,district
20,1139000.4,2,25,2.4,Nanshan
20,1139000.4,2,25,2.5,Futian
21,1139000.4,2,25,2.5,Futian
3,1139000.4,0,25,2.5,Futian
7,500000,1,1,2.5,Luohu
";
    let outcome = workshop.with("zones.csv", odd).run(&run);
    let expected = [
        "zones.csv:3:1: TAZID: 20 is already on line 2; ids are unique",
        "zones.csv:4:1: TAZID: the layer has no zone 21",
        "zones.csv:5:4: capacity_points: 25, but n_stations is 0: stations have points, and points stations",
    ];
    assert_eq!((outcome.code, outcome.bad_rows()), (3, expected.to_vec()));
    let expected = [
        "zones.csv:2:5: road_km: 2.4, but the layer says 2500 m, which is used",
        "zones.csv:2:6: district: \"Nanshan\", but the layer says \"Futian\", which is used",
        "zones.csv:6:2: area_m2: 500000 m2, which is used, but the polygon has 1139403",
    ];
    assert_eq!(outcome.notes()[1..], expected);
}

#[test]
fn published_counts_are_compared_and_their_bad_rows_named() {
    let information = "\
num,grid,count,fast_count,slow_count,area,lon,la,CBD,dynamic_pricing
1,20,17,5,12,1.14,114.005,22.505,0,0
2,100,9,4,5,1.14,114.2,22.505,0,0
3,7,5,1,3,1.14,114.035,22.505,0,0
4,8,5,2,3,1.14,114.035,22.505,0,0
5,20,0,0,0,1.14,114.005,22.505,0,0
";
    let workshop = workshop().with("information.csv", information);
    let outcome = workshop.run(&format!("{RUN} --information information.csv"));
    let expected = [
        "information.csv:4:3: count: 5, but fast_count + slow_count is 4",
        "information.csv:5:2: grid: the layer has no zone 8",
        "information.csv:6:2: grid: 20 occurs again; ids are unique",
    ];
    assert_eq!((outcome.code, outcome.bad_rows()), (3, expected.to_vec()));
    assert!(
        outcome.notes()[0].starts_with("information.csv:3:7: lon: (114.2, 22.505) is 17492 m outside zone 100"),
        "{outcome:?}"
    );
    let comparison = "\
information.csv: 2 zones, 9 fast and 17 slow points
  zones that agree with the stations: 1; that differ: 1
  zones with stations that it lacks: 2, with 2 stations, 3 fast and 3 slow points
  largest differences (fast+slow):
    100: 4+5 published, 0+0 summed
";
    assert!(outcome.err.contains(comparison), "{}", outcome.err);
}
