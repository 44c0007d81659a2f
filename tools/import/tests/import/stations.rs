//! `voltcity-import stations`.

use crate::fragments::{Stations, read};
use crate::workshop::{STATIONS, SURVEY, Workshop, layer};

const ST: &str = "stations --polygons layer.geojson --st-evcdp stations.csv --out out.ron";
const UE: &str = "stations --polygons layer.geojson --urbanev inf.csv --out out.ron";

fn workshop() -> Workshop {
    Workshop::new().with("layer.geojson", layer()).with("stations.csv", STATIONS).with("inf.csv", SURVEY)
}

fn rows(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("            ")).collect()
}

#[test]
fn stations_of_st_evcdp_are_split_and_in_the_order_of_their_numbers() {
    let workshop = workshop();
    let outcome = workshop.run(ST);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let text = workshop.text("out.ron");
    let expected = [
        "\"st-1\": (zone: 20, lon: 114.005, lat: 22.505, fast: 5, slow: 5),",
        "\"st-2\": (zone: 20, lon: 114.006, lat: 22.506, fast: 0, slow: 7),",
        "\"st-3\": (zone: 3, lon: 114.015, lat: 22.505, fast: 2, slow: 0),",
        "\"st-10\": (zone: 7, lon: 114.042, lat: 22.505, fast: 1, slow: 3),",
    ];
    assert_eq!(rows(&text), expected);
    let stations: Stations = read(&text);
    assert!(stations.stations.source.contains("ST-EVCDP"));
    assert_eq!(stations.stations.rows["st-10"].slow, Some(3));
    assert!(outcome.err.contains("\n4 stations in 3 zones: 8 fast, 15 slow, 0 unsplit points\n"), "{}", outcome.err);
}

#[test]
fn stations_of_urbanev_are_not_split() {
    let workshop = workshop();
    let outcome = workshop.run(UE);
    assert_eq!((outcome.code, outcome.notes().len()), (0, 0), "{outcome:?}");
    let text = workshop.text("out.ron");
    assert_eq!(rows(&text)[2], "\"ue-1003\": (zone: 100, lon: 114.025, lat: 22.505, unsplit: 8),");
    let stations: Stations = read(&text);
    assert_eq!(stations.stations.rows["ue-1001"].unsplit, Some(20));
}

#[test]
fn the_zone_that_urbanev_states_counts_and_is_checked() {
    let odd = format!(
        "{SURVEY}1004,114.025,22.505,8,20,1139000.4,4270\n1005,114.005,22.505,8,21,1,1\n\
         1006,114.005,22.505,8,20,1139000.5,4270\n1007,114.006,22.505,0,20,1139000.4,4270\n"
    );
    let workshop = workshop().with("inf.csv", odd);
    let outcome = workshop.run(&format!("{UE} --keep-going"));
    let expected = [
        "inf.csv:6:5: TAZID: the layer has no zone 21",
        "inf.csv:7:6: area: 1139000.5 m2, but earlier rows of zone 20 say 1139000.4",
    ];
    assert_eq!((outcome.code, outcome.bad_rows()), (3, expected.to_vec()));
    let expected = [
        "inf.csv:5:2: longitude: stations outside the zone that is stated, which counts (1): 1004 of 20 (1543 m)",
        "inf.csv:5:2: longitude: stations at the place of another one, kept (1): 1004 at 1003",
        "inf.csv:8:4: charge_count: stations without points, left out (1): 1007",
    ];
    assert_eq!(outcome.notes(), expected);
    let stations: Stations = read(&workshop.text("out.ron"));
    assert_eq!(stations.stations.rows["ue-1004"].zone, 20);
    assert_eq!(stations.stations.rows.len(), 4);
}

#[test]
fn a_list_without_a_good_row_gives_no_fragment() {
    let header = SURVEY.lines().next().expect("a header");
    let workshop = workshop().with("inf.csv", format!("{header}\n1001,x,22.5,20,20,1139000.4,4270\n"));
    let outcome = workshop.run(&format!("{UE} --keep-going"));
    assert_eq!(outcome.code, 3);
    assert!(outcome.err.ends_with("error: inf.csv:1:1: no good row in the table\n"), "{}", outcome.err);
    assert!(!workshop.names().contains(&"out.ron".to_owned()));
}
