//! Writing, exit codes and help.

use crate::workshop::{STATIONS, Workshop, layer};

const RUN: &str = "zones --polygons layer.geojson --out out.ron";

#[test]
fn a_fragment_is_replaced_whole_and_leaves_nothing_beside_it() {
    let workshop = Workshop::new().with("layer.geojson", layer()).with("out.ron", "old");
    assert_eq!(workshop.run(RUN).code, 0);
    assert_eq!(workshop.names(), ["layer.geojson", "out.ron"]);
    assert!(workshop.text("out.ron").ends_with("        },\n    ),\n)\n"));
}

#[test]
fn a_fragment_that_was_good_survives_bad_rows() {
    let bad = layer().replace("\"TAZID\": 7", "\"TAZID\": 20");
    let workshop = Workshop::new().with("layer.geojson", bad).with("out.ron", "old");
    assert_eq!(workshop.run(RUN).code, 3);
    assert_eq!(workshop.text("out.ron"), "old");
}

#[test]
fn missing_folders_are_made() {
    let workshop = Workshop::new().with("layer.geojson", layer());
    assert_eq!(workshop.run("zones --polygons layer.geojson --out worlds/parts/zones.ron").code, 0);
    assert!(workshop.path("worlds/parts/zones.ron").is_file());
}

#[test]
fn what_cannot_be_read_or_written_is_exit_code_4() {
    let workshop = Workshop::new().with("layer.geojson", layer()).with("file", "");
    let unread = workshop.run("zones --polygons nowhere.geojson --out out.ron");
    assert_eq!(unread.code, 4);
    assert!(unread.err.starts_with("error: cannot read nowhere.geojson: "), "{}", unread.err);
    for out in [".", "..", "file/out.ron"] {
        let unwritten = workshop.run(&format!("zones --polygons layer.geojson --out {out}"));
        assert_eq!(unwritten.code, 4, "{out}: {}", unwritten.err);
        assert!(unwritten.err.contains(&format!("error: cannot write {out}: ")), "{out}: {}", unwritten.err);
    }
    assert_eq!(workshop.names(), ["file", "layer.geojson"]);
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let workshop = Workshop::new().with("layer.geojson", layer()).with("stations.csv", STATIONS);
    let runs = [
        "",
        "zones",
        "zones --polygons layer.geojson",
        "zones --polygons layer.geojson --information x --out out.ron",
        "stations --polygons layer.geojson --out out.ron",
        "stations --polygons layer.geojson --csv a --urbanev b --out out.ron",
        "stations --polygons layer.geojson --urbanev a --coordinates wgs84 --out out.ron",
        "stations --polygons layer.geojson --csv a --coordinates bd09 --out out.ron",
        "weather --out out.ron",
        "weather --mos a --epw b --out out.ron",
        "weather-days --hourly a --out out.ron",
        "weather-days --hourly a --source b --read-at 24 --out out.ron",
        "zones --polygons layer.geojson --reach -1 --out out.ron",
        "network --from a.m",
        "network --from a.m --out b --keep-going",
    ];
    for run in runs {
        assert_eq!(workshop.run(run).code, 2, "{run}");
    }
    let over_input = workshop.run("zones --polygons layer.geojson --stations stations.csv --out ./stations.csv");
    assert_eq!((over_input.code, over_input.err.as_str()), (2, "error: --out names an input file, stations.csv\n"));
    assert_eq!(workshop.text("stations.csv"), STATIONS);
    let over_list = workshop.run("stations --polygons layer.geojson --csv stations.csv --out ./stations.csv");
    assert_eq!((over_list.code, over_list.err.as_str()), (2, "error: --out names an input file, stations.csv\n"));
}

#[test]
fn help_has_an_example_of_each_subcommand() {
    let workshop = Workshop::new();
    for subcommand in ["zones", "stations", "weather", "weather-days"] {
        let help = workshop.run(&format!("{subcommand} --help"));
        let example = format!("Example:\n  voltcity-import {subcommand} --");
        assert_eq!((help.code, help.out.contains(&example)), (0, true), "{}", help.out);
    }
    let help = workshop.run("network --help");
    assert!(help.out.contains("Examples:\n  voltcity-import network --"), "{}", help.out);
    assert!(help.out.lines().all(|line| line.chars().count() <= 80), "{}", help.out);
    let help = workshop.run("--help");
    assert!(help.out.contains("Exit codes: 0 written; 2 wrong usage; 3 bad rows found"), "{}", help.out);
}
