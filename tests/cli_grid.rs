//! `voltcity grid` from outside: networks as they are published, and what is wrong with some.
#![cfg(feature = "cli")]

use crate::cli::{Dir, run};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Three buses in a row at 10 kV: 1 MW at the second and 2 MW at the third.
const ROW: &str = "function mpc = row
mpc.version = '2';
mpc.baseMVA = 10;
mpc.bus = [
    1 3 0 0 0 0 1 1 0 10 1 1.1 0.9;
    2 1 1 0.2 0 0 1 1 0 10 1 1.1 0.9;
    3 1 2 0.4 0 0 1 1 0 10 1 1.1 0.9;
];
mpc.gen = [1 0 0 10 -10 1 10 1 10 0];
mpc.branch = [
    1 2 0.01 0.02 0 0 0 0 0 0 1 -360 360;
    2 3 0.02 0.03 0 0 0 0 0 0 1 -360 360;
];
";

#[test]
fn a_network_is_solved_and_told() {
    let dir = Dir::new();
    let (file, out) = (dir.path("row.m"), dir.path("out"));
    fs::write(&file, ROW).unwrap();
    let (code, told, err) = run(&["grid", &file, "--out", &out]);
    assert_eq!(code, 0, "{err}");
    for words in ["row: 3 buses, solved in", "lowest voltage, pu", "bus 3, 10", "Fullest branches"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let account: Value = serde_json::from_str(&fs::read_to_string(Path::new(&out).join("grid.json")).unwrap()).unwrap();
    let number = |key: &str| account[key].as_f64().unwrap_or_else(|| panic!("{key}: {account:#}"));
    assert!((number("supplied_mw") - 3.0 - number("lost_mw")).abs() < 1e-7, "{account:#}");
    // By hand: 3 MW and 2 MW through 0.01 and 0.02 pu of 10 MVA lose somewhat more than 9 and 8 kW.
    assert!((0.017..0.022).contains(&number("lost_mw")), "{account:#}");
    let buses = fs::read_to_string(Path::new(&out).join("buses.csv")).unwrap();
    assert_eq!(buses.lines().count(), 4, "{buses}");
    let branches = fs::read_to_string(Path::new(&out).join("branches.csv")).unwrap();
    assert!(branches.starts_with("branch,from_bus,to_bus,p_from_mw,"), "{branches}");
    assert_eq!(run(&["grid", &file, "--quiet"]), (0, String::new(), String::new()));
}

#[test]
fn what_is_wrong_with_a_network_is_told_with_its_place() {
    let dir = Dir::new();
    let file = dir.path("row.m");
    let told = |text: &str, words: &[&str]| {
        fs::write(&file, text).unwrap();
        let (code, _, err) = run(&["grid", &file]);
        assert_eq!(code, 3, "{err}");
        words.iter().for_each(|word| assert!(err.contains(word), "{word}: {err}"));
    };
    told(&ROW.replace("2 3 0.02", "1 3 0.02 0.03 0 0 0 0 0 0 1 -360 360;\n    2 3 0.02"), &["row", "closes a loop"]);
    told(&ROW.replace("2 1 1 0.2", "2 1 900 0.2"), &["row", "bus"]);
    told(&ROW.replace("2 3 0.02", "2 3 x"), &["row.m:12", "found `x`, wanted a number"]);
    told(&ROW.replace("2 3 0.02", "2 7 0.02"), &["7"]);
    let (code, _, err) = run(&["grid", "Cargo.toml"]);
    assert!(code == 3 && err.contains("a MATPOWER case (*.m)"), "{code}: {err}");
    let (code, _, err) = run(&["grid", &dir.path("none.m")]);
    assert!(code == 4 && err.contains("none.m"), "{code}: {err}");
}

/// Every radial network of the reference tools, in the form of elements: losses as they were solved.
#[test]
fn networks_of_the_reference_tools_lose_what_they_should() {
    let Some(shared) = std::env::var_os("VOLTCITY_SHARED") else { return };
    let dir = Dir::new();
    let mut solved = 0;
    let folders = fs::read_dir(Path::new(&shared).join("truth/grid")).unwrap().map(|entry| entry.unwrap().path());
    for folder in folders.filter(|folder| folder.join("ppc_branch.csv").is_file()) {
        let out = dir.path(&folder.file_name().unwrap().to_string_lossy());
        let (code, _, err) = run(&["grid", folder.to_str().unwrap(), "--quiet", "--out", &out]);
        let mut reader = csv::Reader::from_path(folder.join("ppc_branch.csv")).unwrap();
        let heads = reader.headers().unwrap().clone();
        let at = |name: &str| heads.iter().position(|head| head == name).unwrap();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let number = |row: &csv::StringRecord, name: &str| row[at(name)].parse::<f64>().unwrap();
        let lost_mw: f64 = rows.iter().map(|row| number(row, "pf_mw") + number(row, "pt_mw")).sum();
        if code == 3 {
            assert!(err.contains("closes a loop"), "{}: {err}", folder.display());
            continue;
        }
        assert_eq!(code, 0, "{}: {err}", folder.display());
        solved += 1;
        let account: Value =
            serde_json::from_str(&fs::read_to_string(Path::new(&out).join("grid.json")).unwrap()).unwrap();
        let found_mw = account["lost_mw"].as_f64().unwrap();
        assert!((found_mw - lost_mw).abs() <= 1e-6 * lost_mw, "{}: {found_mw}, not {lost_mw}", folder.display());
    }
    assert!(solved > 0, "no network was found");
}

/// The network of a world is solved through a day: what is lost is a small part, nothing is left unsolved, and threads
/// do not matter.
#[test]
fn a_world_has_a_network() {
    let dir = Dir::new();
    let account = |threads: &str, out: &str| -> Value {
        let out = dir.path(out);
        let (code, told, err) =
            run(&["grid", "worlds/futian.ron", "--warmup", "1", "--threads", threads, "--out", &out]);
        assert_eq!(code, 0, "{err}");
        for words in ["units of 110/10 kV", "Fullest transformers", "share lost", "steps of tap changers"] {
            assert!(told.contains(words), "{words}: {told}");
        }
        let mut value: Value =
            serde_json::from_str(&fs::read_to_string(Path::new(&out).join("grid.json")).unwrap()).unwrap();
        let account = value.as_object_mut().unwrap();
        account.remove("powerflow_ms_per_solve");
        account.remove("simulating_s");
        value
    };
    let one = account("1", "one");
    assert_eq!(one, account("2", "two"));
    let day = &one["day"];
    assert_eq!((day["solves"].as_u64(), day["nonconverged"].as_u64()), (Some(96), Some(0)), "{one:#}");
    assert!((0.005..0.04).contains(&day["losses_share"].as_f64().unwrap()), "{one:#}");
    assert!(day["min_v_pu"].as_f64().unwrap() > 0.93 && day["max_v_pu"].as_f64().unwrap() < 1.07, "{one:#}");
    let transformers = fs::read_to_string(dir.path("one/transformers.csv")).unwrap();
    assert!(transformers.lines().count() > 1_000);
}
