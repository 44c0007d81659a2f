//! `voltcity grid` from outside: networks as they are published, and what is wrong with some.
#![cfg(feature = "cli")]

use crate::cli::{Dir, run};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

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
    for words in
        ["row: 3 buses, solved in", "lowest voltage, pu", "bus 3, 10", "no branch has a rating", "Fullest branches"]
    {
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
    // 5 MVA of the first branch, which carries 3 MW, are not overloaded; what is known of one is told of one.
    fs::write(&file, ROW.replace("1 2 0.01 0.02 0 0", "1 2 0.01 0.02 0 5")).unwrap();
    let (code, told, err) = run(&["grid", &file]);
    assert!(code == 0 && told.contains("1 without a rating"), "{told}{err}");
}

#[test]
fn options_of_a_world_are_refused_with_a_network_that_is_given() {
    let dir = Dir::new();
    let (file, out) = (dir.path("row.m"), dir.path("out"));
    fs::write(&file, ROW).unwrap();
    let cases: [(&[&str], &str); 8] = [
        (&["--at", "2024-07-25 15:00"], "--at"),
        (&["--networks", "2", "--out", &out], "--networks"),
        (&["--warmup", "1"], "--warmup"),
        (&["--step", "300"], "--step"),
        (&["--seed", "1", "--threads", "2"], "--seed, --threads"),
        (&["--set", "a=1"], "--set"),
        (&["--patch", "a.ron"], "--patch"),
        (&["--set", "a=1", "--at", "2024-07-25 15:00"], "--set, --at"),
    ];
    for (given, names) in cases {
        let (code, told, err) = run(&[&["grid", &file], given].concat());
        let wanted = format!("of a world (*.ron) only: {names}; ");
        assert!(code == 2 && told.is_empty() && err.contains(&wanted), "{given:?}: {code}: {err}");
        assert!(err.contains("solved as it stands: leave them out"), "{err}");
    }
    assert!(!Path::new(&out).exists());
}

/// Everything that is wrong with a network is told at once, each with its place.
#[test]
fn every_row_that_is_wrong_is_told() {
    let dir = Dir::new();
    let file = dir.path("row.m");
    fs::write(&file, ROW.replace("2 1 1 0.2", "2 1 x 0.2").replace("2 3 0.02", "2 3 y")).unwrap();
    let (code, _, err) = run(&["grid", &file]);
    assert_eq!((code, err.lines().count()), (3, 2), "{err}");
    assert!(err.lines().all(|line| line.starts_with("error: ") && line.contains("wanted a number")), "{err}");
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
        value.as_object_mut().unwrap().remove("simulating_s");
        value["day"].as_object_mut().unwrap().remove("powerflow_ms_per_solve");
        value
    };
    let one = account("1", "one");
    assert_eq!(one, account("2", "two"));
    let day = &one["day"];
    assert_eq!((day["solves"].as_u64(), day["nonconverged"].as_u64()), (Some(96), Some(0)), "{one:#}");
    assert!((0.005..0.04).contains(&day["losses_share"].as_f64().unwrap()), "{one:#}");
    for check in one["checks"].as_array().unwrap() {
        assert_eq!(check["holds"], true, "{check:#}");
    }
    assert!(day["min_v_pu"].as_f64().unwrap() > 0.93 && day["max_v_pu"].as_f64().unwrap() < 1.07, "{one:#}");
    let transformers = fs::read_to_string(dir.path("one/transformers.csv")).unwrap();
    assert!(transformers.lines().count() > 1_000);
}

fn summary(dir: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(Path::new(dir).join("summary.json")).unwrap()).unwrap()
}

/// A run's network: the same on any number of threads and after it was interrupted, with losses in the ledger.
#[test]
fn a_run_carries_its_network_through_an_interruption() {
    let dir = Dir::new();
    let solved = |line: &[&str], out: &str| -> (Value, Value) {
        let out = dir.path(out);
        let (code, told, err) = run(&[line, &["--out", &out]].concat());
        assert_eq!(code, 0, "{err}");
        assert!(told.contains("Network, solved"), "{told}");
        let summary = summary(&out);
        let mut grid = summary["grid"].clone();
        grid.as_object_mut().unwrap_or_else(|| panic!("{summary:#}")).remove("powerflow_ms_per_solve");
        (summary, grid)
    };
    let line = ["run", "worlds/futian.ron", "--warmup", "1", "--powerflow=15m", "--snapshot-at", "2024-07-25 12:10"];
    // With everything that the network does to the rest.
    let fail = ["--fail", "head:12@2024-07-25 09:00", "--fail", "transformer:40@2024-07-25 14:00", "--outages"];
    let looped = ["--within-wires", "--set", "grid.inverters=(Both, \"assumption: test\")"];
    let much = ["--set", "behaviour.control=(LeastLaxity, \"assumption: test\")"];
    let all = [&line[..], &fail, &looped, &much].concat();
    let (whole, grid) = solved(&[&all[..], &["--threads", "1"]].concat(), "all");
    assert!(grid["saidi_min"].as_f64().unwrap() > 0.0 && grid["outages"]["areas"].as_u64() > Some(2), "{grid:#}");
    let snapshot = Path::new(&dir.path("all")).join("2024-07-25T12-10.twin");
    let (resumed, of_resumed) = solved(&["resume", snapshot.to_str().unwrap(), "--threads", "2"], "all-rest");
    assert_eq!(of_resumed, grid);
    assert_eq!(resumed["state_hash"], whole["state_hash"]);
    let (whole, grid) = solved(&[&line[..], &["--threads", "1"]].concat(), "whole");
    assert_eq!(solved(&[&line[..], &["--threads", "2"]].concat(), "again").1, grid);
    let snapshot = Path::new(&dir.path("whole")).join("2024-07-25T12-10.twin");
    let (resumed, of_resumed) = solved(&["resume", snapshot.to_str().unwrap(), "--threads", "2"], "rest");
    assert_eq!(of_resumed, grid);
    assert_eq!(resumed["state_hash"], whole["state_hash"]);
    // What the network is asked about changes nothing of what it is asked for.
    let (code, _, err) = run(&[&line[..4], &["--quiet", "--out", &dir.path("plain")]].concat());
    assert_eq!(code, 0, "{err}");
    let plain = summary(&dir.path("plain"));
    assert_eq!(plain["state_hash"], whole["state_hash"]);
    assert!(plain["grid"].is_null() && plain["energy_kwh"]["network_losses"].is_null(), "{plain:#}");
    let kwh = |key: &str| whole["energy_kwh"][key].as_f64().unwrap();
    let supplied = kwh("grid_import") - kwh("grid_export") + kwh("network_losses");
    assert!((supplied - kwh("supplied_at_110_kv")).abs() < 1e-6 * supplied, "{whole:#}");
    assert_eq!(kwh("network_losses"), grid["losses_j"].as_f64().unwrap() / 3.6e6);
    assert!((0.02..0.04).contains(&grid["losses_share"].as_f64().unwrap()), "{grid:#}");
    assert_eq!(grid["solves"], 96);
}

#[test]
fn a_check_of_the_network_tells_each_bar() {
    let (code, told, err) = run(&["check", "worlds/block.ron", "--grid"]);
    assert_eq!(code, 0, "{err}");
    for words in ["sound", "lowest at users, pu of 380 V", "fullest feeder", "share lost", "holds"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let (code, _, err) = run(&["run", "worlds/block.ron", "--step", "3600", "--powerflow"]);
    assert!(code == 2 && err.contains("--powerflow is not a whole number of steps"), "{code}: {err}");
}

/// Two hundred feeders of the whole city are solved again by a program that shares nothing with this one, where Python
/// has it.
#[test]
#[expect(clippy::print_stderr, reason = "what was not compared is told")]
fn another_program_finds_the_same_voltages() {
    let dir = Dir::new();
    let out = dir.path("out");
    let line = ["grid", "worlds/shenzhen-2024.ron", "--warmup", "0", "--quiet", "--networks", "25", "--out", &out];
    let (code, _, err) = run(&line);
    assert_eq!(code, 0, "{err}");
    // The first folder is a network like any other that is given, with the voltages that it was exported with.
    let folder = Path::new(&out).join("networks/section-0");
    let (code, told, err) = run(&["grid", folder.to_str().unwrap()]);
    assert!(code == 0 && told.contains("substation 0, unit 0"), "{code}: {told}{err}");
    let Ok(solved) = Command::new("python3").args(["tests/resolve_networks.py", &out]).output() else {
        eprintln!("python3 is not installed: nothing else has solved the networks");
        return;
    };
    let (said, wrong) = (String::from_utf8_lossy(&solved.stdout), String::from_utf8_lossy(&solved.stderr));
    match solved.status.code() {
        Some(0) => {
            let feeders = said.split(", ").find_map(|part| part.strip_suffix(" feeders")).map(str::parse::<u32>);
            assert!(matches!(feeders, Some(Ok(200..))), "{said}");
        }
        Some(77) => eprintln!("{said}: nothing else has solved the networks"),
        code => panic!("{code:?}: {said}{wrong}"),
    }
}

/// What wires let through of all that can be called is told beside it.
#[test]
fn the_wires_have_their_say_in_what_can_be_called() {
    let dir = Dir::new();
    let file = dir.path("capability.json");
    let line = ["capability", "worlds/futian.ron", "--warmup", "1", "--powerflow", "--out", &file];
    let (code, told, err) = run(&line);
    assert_eq!(code, 0, "{err}");
    assert!(told.contains("Through wires") && told.contains("At 110 kV"), "{told}");
    let account: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let down = &account["wires"]["down"];
    let mw = |key: &str| down[key].as_f64().unwrap_or_else(|| panic!("{down:#}"));
    let called = account["city"]["adjustable_mw"].as_f64().unwrap();
    assert!((mw("can_mw") + called).abs() < 1e-6 * called, "{down:#} beside {called}");
    assert!(mw("through_mw") >= mw("can_mw") && mw("through_mw") < 0.0, "{down:#}");
}

/// Areas behind transformers phase by phase: the same on any number of threads, whole in power, beside the balanced
/// model; a building's and a compound's phases differ.
#[test]
fn an_area_is_told_phase_by_phase() {
    let dir = Dir::new();
    let line = ["grid", "worlds/block.ron", "--at", "2024-07-22 21:00", "--warmup", "0", "--area", "0"];
    let account = |threads: &str| -> (String, Value, String) {
        let out = dir.path(threads);
        let (code, told, err) = run(&[&line[..], &["--threads", threads, "--out", &out]].concat());
        assert_eq!(code, 0, "{err}");
        let read = |name: &str| fs::read_to_string(Path::new(&out).join(name)).unwrap();
        (told, serde_json::from_str(&read("grid.json")).unwrap(), read("nodes.csv"))
    };
    let (told, one, nodes) = account("1");
    for words in ["Transformer 0, ", " residential 0 ", "balanced model", "neutral, A", "GB/T 15543"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(told.lines().filter(|line| !line.contains("Written")).all(|line| line.chars().count() <= 80), "{told}");
    let (_, two, of_two) = account("2");
    assert_eq!((&one, &nodes), (&two, &of_two));
    let area = &one["areas"][0];
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{area:#}"));
    let users = area["users"].as_array().unwrap();
    let of_users_w: f64 = users.iter().map(|user| number(&user["power_w"])).sum();
    let drawn_w = of_users_w + number(&area["standby_w"]) + number(&area["remainder_w"]);
    assert_eq!(drawn_w, number(&area["net_w"]), "{area:#}");
    let lost_w = number(&area["lost_w"]["transformer"]) + number(&area["lost_w"]["mains"]);
    assert!((number(&area["supplied_w"]) - drawn_w - lost_w).abs() < 0.1, "{area:#}");
    for phase in area["phases"].as_array().unwrap() {
        let missing_w = number(&phase["delivered_w"]) - number(&phase["drawn_w"]) - number(&phase["lost_w"]);
        assert!(missing_w.abs() < 0.01, "{phase:#}");
    }
    let balanced_pu = number(&area["balanced"]["users_pu"]);
    let volts: Vec<f64> = users.iter().flat_map(|user| user["v_pu"].as_array().unwrap()).map(number).collect();
    assert!(volts.iter().any(|v_pu| *v_pu < balanced_pu) && volts.iter().all(|v_pu| (0.9..1.1).contains(v_pu)));
    assert!(number(&area["unbalance"]) > 1e-4, "{area:#}");
    assert_eq!(nodes.lines().count(), users.len() + 2, "{nodes}");
    let quiet = run(&[&line[..], &["--quiet"]].concat());
    assert_eq!(quiet, (0, String::new(), String::new()));
}

#[test]
fn an_area_that_is_none_is_told_with_what_would_be() {
    let dir = Dir::new();
    let (code, _, err) = run(&["grid", "worlds/block.ron", "--area", "0,4"]);
    assert!(code == 3 && err.contains("no transformer 4") && err.contains("the world has 1"), "{code}: {err}");
    let file = dir.path("row.m");
    fs::write(&file, ROW).unwrap();
    let (code, _, err) = run(&["grid", &file, "--area", "0"]);
    assert!(
        code == 2 && err.contains("of a world (*.ron) only: --area") && err.contains("voltcity grid"),
        "{code}: {err}"
    );
    let (code, _, err) = run(&["grid", "worlds/block.ron", "--area", "busbar"]);
    assert!(code == 2 && err.contains("busbar"), "{code}: {err}");
    let (code, _, err) = run(&["grid", "worlds/block.ron", "--area", "0", "--networks", "1", "--out", &dir.path("o")]);
    assert!(code == 2 && err.contains("--area"), "{code}: {err}");
}

/// Sections that are written take the place of those of an earlier run, and of nothing else.
#[test]
fn what_is_in_the_directory_stays_there() {
    let dir = Dir::new();
    let out = dir.path("out");
    let networks = Path::new(&out).join("networks");
    let (own, odd) = (networks.join("mine"), networks.join("section-7"));
    for folder in [&own, &odd, &networks.join("section-9")] {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("ppc_bus.csv"), "mine").unwrap();
    }
    fs::write(odd.join("notes.txt"), "mine").unwrap();
    let names = || {
        let entries = fs::read_dir(&networks).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = entries.collect();
        names.sort();
        names
    };
    let line = ["grid", "worlds/block.ron", "--warmup", "0", "--quiet", "--out", &out];
    assert_eq!(run(&line).0, 0);
    assert_eq!(names(), ["mine", "section-7", "section-9"]);
    assert_eq!(run(&[&line[..], &["--networks", "1"]].concat()).0, 0);
    assert_eq!(names(), ["mine", "section-0", "section-7"]);
    // A section that is read back has the ratings of all its parts.
    let (again, section) = (dir.path("again"), networks.join("section-0"));
    let (code, told, err) = run(&["grid", section.to_str().unwrap(), "--out", &again]);
    assert!(code == 0 && told.contains("branches overloaded") && !told.contains("rating"), "{told}{err}");
    let account: Value =
        serde_json::from_str(&fs::read_to_string(Path::new(&again).join("grid.json")).unwrap()).unwrap();
    assert_eq!(account["branches_rated"].as_u64().unwrap() + 1, account["buses"].as_u64().unwrap(), "{account:#}");
    assert_eq!(fs::read_to_string(own.join("ppc_bus.csv")).unwrap(), "mine");
    assert_eq!(fs::read_dir(&odd).unwrap().count(), 2);
}
