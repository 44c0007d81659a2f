//! `voltcity calibrate` from outside: the same patch however it is computed, and a patch that keeps its promise.
#![cfg(feature = "cli")]

use crate::cli::{Dir, run};
use serde_json::Value;
use std::fmt::Write;
use std::fs;

/// The block as a surveyed world with two free parameters: a week and the points of its two public stations.
const WORLD: &str = "(
    base: \"block.ron\",
    survey: (
        source: \"A survey (of a test)\",
        days: ((\"2024-07-22\", \"2024-08-18\"), \"a test\"),
        left_out: ([], \"none\"),
    ),
    zones: (rows: {1: (survey: (stations: 2, points: 12))}),
    fit: (
        source: \"a test\",
        parameters: [
            (path: \"fleet.private.plug_in_public.0.0\", bounds: (0.05, 0.45), meaning: \"a test\"),
            (path: \"charging.total.0\", bounds: (62, 90), whole: true, meaning: \"a test\"),
            (path: \"behaviour.overstay_slow_min.0\", bounds: (0, 90), meaning: \"a test\"),
        ],
    ),
)
";

/// A folder with the world and a table of hours. The world is based on the shipped one, wherever that is.
fn prepared() -> Dir {
    let dir = Dir::new();
    let block = concat!(env!("CARGO_MANIFEST_DIR"), "/worlds/block.ron");
    fs::write(dir.path("surveyed.ron"), WORLD.replace("block.ron", block)).unwrap();
    let mut hours =
        "is_weekend,hour_of_day,city_busy_points,city_charging_point_hours,share_of_day_volume_rated_kWh\n".to_owned();
    for hour in 0..48 {
        writeln!(hours, "{},{},{},{},0.0416", hour / 24, hour % 24, 2 + hour % 3, 1 + hour % 2).unwrap();
    }
    fs::write(dir.path("hours.csv"), hours).unwrap();
    fs::write(dir.path("zones.csv"), "TAZID,mean_utilisation,point_hours\n1,0.2,100\n").unwrap();
    dir
}

fn calibrate(dir: &Dir, out: &str, more: &[&str]) -> (i32, String, String) {
    let (world, hours, out) = (dir.path("surveyed.ron"), dir.path("hours.csv"), dir.path(out));
    let usual = ["calibrate", &world, "--hours", &hours, "--out", &out, "--sample", "1", "--evaluations", "9"];
    run(&[&usual[..], more].concat())
}

fn json(path: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn equal_calibrations_make_equal_files_on_any_number_of_threads() {
    let dir = prepared();
    let mut made = Vec::new();
    for (out, threads) in [("a/fit.ron", "1"), ("b/fit.ron", "2"), ("c/fit.ron", "1")] {
        let (code, stdout, stderr) = calibrate(&dir, out, &["--threads", threads]);
        assert_eq!(code, 0, "{stderr}");
        let stdout = stdout.replace(&dir.path(out), "").replace(&dir.path(out).replace(".ron", ".json"), "");
        assert!(stdout.contains("fleet.private.plug_in_public.0.0") && stdout.contains("objective"), "{stdout}");
        assert!(stdout.lines().all(|line| line.chars().count() <= 80), "{stdout}");
        assert!(stderr.contains("simulated"), "{stderr}");
        let file = |name: &str| fs::read_to_string(dir.path(name)).unwrap();
        made.push((file(out), file(&out.replace(".ron", ".json")), stdout));
    }
    assert!(made.windows(2).all(|pair| pair[0] == pair[1]), "{made:#?}");
    let (patch, account, _) = &made[0];
    assert!(patch.starts_with("// Made by `voltcity calibrate` from One block (surveyed.ron).\n"), "{patch}");
    assert!(patch.contains("\"calibrated on A 2024 (hour of day)\""), "{patch}");
    assert!(!patch.contains(&dir.path("")) && !account.contains(&dir.path("")), "{patch}\n{account}");
}

/// The objective of a comparison, made again from its measures.
fn objective(validation: &Value) -> f64 {
    let kind = |kind: &str| {
        let wape = |part: &str| validation["hour_of_day"][kind][part]["wape"].as_f64().unwrap();
        wape("busy_points") + wape("charging_point_hours") + 0.3 * wape("energy_share")
    };
    f64::midpoint(kind("weekday"), kind("weekend"))
}

#[test]
fn a_run_with_the_patch_meets_what_was_promised() {
    let dir = prepared();
    let (code, _, stderr) = calibrate(&dir, "fit.ron", &["--quiet", "--start", "2024-07-29"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let account = json(&dir.path("fit.json"));
    let told = |of: &str| account[of]["objective"].as_f64().unwrap();
    assert!(told("after") < told("before"), "{account}");
    assert_eq!(account["search"]["trace"].as_array().unwrap().len(), 9);
    // At full count the first run of the search is the world as it is.
    assert_eq!(account["search"]["trace"][0], account["before"]["objective"]);
    let based = dir.path("based.ron");
    fs::write(&based, "(base: [\"surveyed.ron\", \"fit.ron\"])").unwrap();
    let (world, patch) = (dir.path("surveyed.ron"), dir.path("fit.ron"));
    let ways: [(&str, &[&str]); 3] = [(&world, &[]), (&world, &["--patch", &patch]), (&based, &[])];
    let mut found = Vec::new();
    for (i, (world, more)) in ways.into_iter().enumerate() {
        let (out, hours) = (dir.path(&format!("v{i}")), dir.path("hours.csv"));
        let days = ["--days", "2024-07-29..2024-08-04", "--step", "900"];
        let usual = ["validate", world, "--hours", &hours, "--out", &out, "--quiet"];
        let (code, _, stderr) = run(&[&usual[..], &days, more].concat());
        assert_eq!(code, 0, "{stderr}");
        found.push(json(&format!("{out}/validation.json")));
    }
    let objectives: Vec<f64> = found.iter().map(objective).collect();
    for (found, told) in objectives.iter().zip([told("before"), told("after"), told("after")]) {
        // A reader of JSON may miss the last bit of a number.
        assert!((found - told).abs() < 1e-12, "{found} for {told}");
    }
    let text = fs::read_to_string(dir.path("fit.ron")).unwrap();
    assert!(text.contains(&format!("{:.6} before, {:.6} after", objectives[0], objectives[1])), "{text}");
    assert_eq!(objectives[1], objectives[2]);
    assert_eq!(found[1]["run"]["digest"], found[2]["run"]["digest"]);
    assert_eq!(found[1]["run"]["patch"], serde_json::json!([patch]));
}

#[test]
fn weights_by_zone_are_fitted_and_cross_validated() {
    let dir = prepared();
    // Some zones of Futian, with invented measures.
    let table = [(202, 0.1), (206, 0.2), (217, 0.3), (224, 0.25), (227, 0.15), (1062, 0.2)];
    let mut text = "TAZID,mean_utilisation,point_hours\n".to_owned();
    table.iter().for_each(|(zone, utilisation)| writeln!(text, "{zone},{utilisation},1").unwrap());
    fs::write(dir.path("zones.csv"), text).unwrap();
    let (zones, out) = (dir.path("zones.csv"), dir.path("fit.ron"));
    let arguments = "calibrate worlds/shenzhen-2022.ron --set extent=([\"Futian\"],\"test\") --set sample=(0.2,\"test\") \
                     --days 1 --step 3600 --cross-validate 3 --only zones --quiet";
    let arguments: Vec<&str> = arguments.split_whitespace().chain(["--zones", &zones, "--out", &out]).collect();
    let (code, stdout, stderr) = run(&arguments);
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (0, "", ""));
    let crossed = json(&dir.path("cross_validation.json"));
    let rows = crossed["zones"].as_array().unwrap();
    assert_eq!((rows.len(), crossed["folds"].as_array().unwrap().len()), (6, 3));
    for way in ["twin", "training_mean", "5_nearest_zones"] {
        assert!(crossed["pooled"][way]["wape"].is_f64(), "{crossed}");
    }
    let patch = fs::read_to_string(&out).unwrap();
    assert!(patch.contains("zone_demand: ((centre: (114.055, 22.541), district_residents: "), "{patch}");
    assert!(patch.contains("\"calibrated on UrbanEV 2022/23 (6 zones)\""), "{patch}");
    // Every surveyed zone has a shadow price, measured or not, and they bring the zones nearer to their demand.
    assert!(patch.contains("zone_shadow: ({102: "), "{patch}");
    let account = json(&out.replace(".ron", ".json"));
    let missed: Vec<f64> =
        account["zone_shadow"]["missed_before"].as_array().unwrap().iter().map(|m| m.as_f64().unwrap()).collect();
    assert!(account["zone_shadow"]["zones"].as_u64() > Some(6) && missed.len() == 9, "{account}");
    // Before the weights are known: five rounds towards an even city.
    assert!(missed[4] < 0.8 * missed[0], "{missed:?}");
    let (code, stdout, stderr) = run(&["check", "worlds/shenzhen-2022.ron", "--patch", &out]);
    assert_eq!(code, 0, "{stdout}{stderr}");
}

#[test]
fn what_cannot_be_fitted_is_refused_with_its_exit_code() {
    let dir = prepared();
    let zones = dir.path("zones.csv");
    for (more, code, message) in [
        (&["--set", "fit=Remove"][..], 3, "the world has no section `fit`"),
        (&["--set", "survey=Remove"], 3, "the world has no section `survey`"),
        (&["--days", "40"], 3, "no 40 days from a Monday on"),
        (&["--only", "zones"], 4, "there is no table of zones"),
        (&["--cross-validate", "2"], 4, "there is no table of zones"),
        (&["--cross-validate", "1"], 2, "1 is not in 2..="),
        (&["--only", "days"], 2, "days"),
        (&["--set", "fit.parameters[1].whole=false"], 3, "error: "),
        (&["--set", "fit.parameters[0].bounds=(0.05, 4.5)"], 3, "more than"),
        (&["--patch", "none.ron"], 4, "there is no file `none.ron`"),
        (&["--patch", &zones], 3, "zones.csv"),
    ] {
        let (found, stdout, stderr) = calibrate(&dir, "none/fit.ron", more);
        assert_eq!((found, stdout.as_str()), (code, ""), "{more:?}: {stderr}");
        assert!(stderr.contains(message), "{more:?}: {stderr}");
        assert!(!fs::exists(dir.path("none/fit.ron")).unwrap());
    }
}

#[test]
fn what_a_patch_breaks_is_shown_in_the_patch() {
    let dir = Dir::new();
    let file = dir.path("bad.ron");
    fs::write(&file, "(\n    fleet: {taxi: (count: (-3, \"test\"))},\n    pv: Remove,\n)\n").unwrap();
    let (code, _, stderr) = run(&["check", "worlds/block.ron", "--patch", &file]);
    assert_eq!(code, 3);
    assert!(stderr.contains(&format!("{file}:2:28")), "{stderr}");
    assert!(stderr.contains("missing `pv`"), "{stderr}");
    // A later patch is laid over an earlier one, and --set comes last.
    let good = dir.path("good.ron");
    fs::write(&good, "(fleet: {taxi: (count: (7, \"test\"))}, pv: (arrays: (4, \"test\")))").unwrap();
    let vehicles = |more: &[&str]| {
        let out = dir.path("run");
        let usual = ["run", "worlds/block.ron", "--step", "3600", "--quiet", "--series", "none", "--out", &out];
        let (code, _, stderr) = run(&[&usual[..], more].concat());
        assert_eq!(code, 0, "{stderr}");
        json(&format!("{out}/summary.json"))["agents"]["vehicles"].as_u64().unwrap()
    };
    let other = dir.path("other.ron");
    fs::write(&other, "(base: \"good.ron\", fleet: {taxi: (count: (8, \"test\"))})").unwrap();
    assert_eq!(vehicles(&["--patch", &good]), 201);
    assert_eq!(vehicles(&["--patch", &good, "--patch", &other]), 202);
    assert_eq!(vehicles(&["--patch", &other, "--patch", &good]), 201);
    assert_eq!(vehicles(&["--set", "fleet.taxi.count.0=9", "--patch", &other]), 203);
}
