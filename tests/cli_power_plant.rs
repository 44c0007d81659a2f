//! `voltcity capability` and `voltcity event` from outside: what they print, write and refuse.
#![cfg(feature = "cli")]

use crate::cli::{Dir, run};
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;
use std::fs;

const BLOCK: &str = "worlds/block.ron";
const EVENT: &str = "worlds/events/july-evening-100-mw.ron";

fn json(path: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn capability_adds_up_over_kinds_aggregators_and_districts() {
    let dir = Dir::new();
    let out = dir.path("capability.json");
    let more = ["--set", "aggregators.resources.0=40", "--set", "aggregators.operators.0=3"];
    let (code, stdout, stderr) = run(&[&["capability", BLOCK, "--out", &out], &more[..]].concat());
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("Real-time adjustable load:") && stdout.contains("Monday, 2024-07-22 18:00"), "{stdout}");
    let found = json(&out);
    let whole = found["city"]["adjustable_mw"].as_f64().unwrap();
    let sum = |cells: &mut dyn Iterator<Item = &Value>| -> f64 {
        cells.map(|cell| cell["adjustable_mw"].as_f64().unwrap()).sum()
    };
    let parts = [
        sum(&mut found["kinds"].as_object().unwrap().values()),
        sum(&mut found["aggregators"].as_array().unwrap().iter()),
        sum(&mut found["districts"].as_object().unwrap().values()),
        sum(&mut found["areas"].as_array().unwrap().iter()),
    ];
    for part in parts {
        assert!((part - whole).abs() < 1e-9, "{part} of {whole}");
    }
    assert!(whole > 0.0 && found["city"]["connected_mw"].as_f64().unwrap() > whole);
    assert_eq!(found["hours"].as_array().unwrap().len(), 24);
}

/// An event within what the network carries: the same on any number of threads, with both futures of the network told.
#[test]
fn an_event_keeps_to_what_the_network_carries() {
    let dir = Dir::new();
    let event = |extra: &[&str], out: &str| {
        let set = ["--set", "aggregators.resources.0=40", "--set", "fleet.private.v2g_share.0=0.5"];
        let line = ["event", BLOCK, EVENT, "--warmup", "2", "--step", "300", "--out", out];
        run(&[&line[..], &set, extra].concat())
    };
    let [one, two, bare] = [dir.path("one"), dir.path("two"), dir.path("bare")];
    let (code, stdout, stderr) = event(&["--powerflow", "--threads", "1"], &one);
    assert_eq!(code, 0, "{stderr}");
    for words in ["within what the network carries", "The network meanwhile", "lost between 110 kV and users"] {
        assert!(stdout.contains(words), "{words}: {stdout}");
    }
    assert_eq!(event(&["--powerflow", "--threads", "2"], &two).0, 0);
    let strip = |out: &str| {
        let mut value = json(&format!("{out}/event.json"));
        for future in ["with", "without"] {
            value["network"][future].as_object_mut().unwrap().remove("powerflow_ms_per_solve").unwrap();
        }
        value
    };
    let found = strip(&one);
    assert_eq!(found, strip(&two));
    assert!(found["network"]["with"]["solves"].as_u64() >= Some(96), "{found:#}");
    assert_eq!(event(&["--threads", "1"], &bare).0, 0);
    assert!(json(&format!("{bare}/event.json"))["network"].is_null());
    let (code, _, stderr) = event(&["--powerflow", "--ignore-limits"], &bare);
    assert!(code == 2 && stderr.contains("--ignore-limits and --powerflow"), "{code}: {stderr}");
}

#[test]
fn an_event_writes_what_planners_ask_for_the_same_on_any_number_of_threads() {
    let dir = Dir::new();
    let set = ["--set", "aggregators.resources.0=40", "--set", "fleet.private.v2g_share.0=0.5"];
    let event = |threads: &str, out: &str| {
        let arguments = ["event", BLOCK, EVENT, "--warmup", "2", "--step", "300", "--threads", threads, "--out", out];
        run(&[&arguments[..], &set[..]].concat())
    };
    let [one, two] = [dir.path("one"), dir.path("two")];
    let (code, stdout, stderr) = event("1", &one);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("event july-evening-100-mw, version 1: 100 MW less"), "{stdout}");
    assert_eq!(event("2", &two).0, 0);
    let [found, again] = [&one, &two].map(|out| json(&format!("{out}/event.json")));
    assert_eq!(found, again);
    let keys = [
        "requested_mw",
        "delivered_mw_mean",
        "response_rate",
        "ramp_s_to_90",
        "sustained_share",
        "rebound_peak_mw",
        "rebound_energy_share",
        "funnel",
        "shortfall_share",
        "baselines",
        "settlement_rows",
        "counterfactual_hash",
        "event_hash",
    ];
    for key in keys {
        assert!(found.get(key).is_some(), "no {key}");
    }
    for key in ["invited", "accepted", "delivered", "discharging"] {
        assert!(found["vehicles"][key].is_u64(), "{}", found["vehicles"]);
    }
    for key in ["operator", "owners", "grid", "wear", "buyback"] {
        assert!(found["money_yuan"][key].is_f64(), "{}", found["money_yuan"]);
    }
    assert_eq!(found["money_yuan"]["sum"], 0.0);
    assert_eq!((&found["trips_harmed"], &found["ledger_residual_j"]), (&Value::from(0), &Value::from(0)));
    let shares = found["shortfall_share"].as_object().unwrap().values();
    let whole: f64 = shares.map(|share| share.as_f64().unwrap()).sum();
    assert!((whole - 1.0).abs() < 1e-9, "{whole}");
    for name in ["participants", "transitions", "settlement"] {
        let file = fs::File::open(format!("{one}/{name}.parquet")).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        assert!(reader.metadata().file_metadata().num_rows() > 0, "{name}");
    }
    let rows = SerializedFileReader::new(fs::File::open(format!("{one}/settlement.parquet")).unwrap()).unwrap();
    assert_eq!(Some(rows.metadata().file_metadata().num_rows()), found["settlement_rows"].as_i64());
    let picture = fs::read_to_string(format!("{one}/event.svg")).unwrap();
    assert!(picture.starts_with("<svg ") && !picture.contains("NaN"));
    // The event as OpenADR tells it is the same event.
    let three = dir.path("three");
    let openadr = format!("{one}/openadr-event.json");
    let arguments =
        ["event", BLOCK, &openadr, "--warmup", "2", "--step", "300", "--threads", "1", "--quiet", "--out", &three];
    let (code, stdout, stderr) = run(&[&arguments[..], &set[..]].concat());
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (0, "", ""));
    assert_eq!(json(&format!("{three}/event.json"))["event_hash"], found["event_hash"]);
    assert!(json(&format!("{one}/openadr-report.json"))["resources"].is_array());
}

#[test]
fn events_that_are_wrong_are_told_where() {
    let dir = Dir::new();
    let (code, _, stderr) = run(&["event", BLOCK, "worlds/events/none.ron"]);
    assert_eq!(code, 4, "{stderr}");
    let path = dir.path("event.ron");
    fs::write(&path, fs::read_to_string(EVENT).unwrap().replace("mw: 100", "mw: -3")).unwrap();
    let (code, _, stderr) = run(&["event", BLOCK, &path]);
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("event.ron:") && stderr.contains("mw: -3"), "{stderr}");
    let path = dir.path("event.json");
    fs::write(&path, "{\"programID\": 3}").unwrap();
    let (code, _, stderr) = run(&["event", BLOCK, &path]);
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("$.programID"), "{stderr}");
}
