//! The whole city and its districts, held to what is published and to what they were: golden worlds, a simulated July,
//! and one answer at full count.
//!
//! With `UPDATE_GOLDEN=1` the golden summaries are rewritten instead; a change of them is explained where it is made.
//! Without optimisation the city takes too long: these run in release builds.
#![cfg(all(feature = "cli", not(debug_assertions)))]

use crate::cli::{Dir, run, summary_in};
use serde_json::{Map, Value};
use std::fs;
use std::path::Path;

/// The summary of a quiet run.
fn summary(world: &str, more: &[&str]) -> Value {
    let dir = Dir::new();
    let (file, out) = (format!("worlds/{world}.ron"), dir.path("run"));
    let (code, _, stderr) = run(&[&["run", &file, "--quiet", "--out", &out], more].concat());
    assert_eq!(code, 0, "{world} {more:?}: {stderr}");
    summary_in(Path::new(&out))
}

fn number(summary: &Value, pointer: &str) -> f64 {
    summary.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no number at {pointer}"))
}

/// What a golden summary keeps: nothing of the machine, and no series.
const KEPT: [&str; 15] = [
    "world",
    "world_digest",
    "seed",
    "start",
    "days",
    "step_s",
    "steps",
    "agents",
    "peak_mw",
    "peak_time",
    "energy_kwh",
    "ev",
    "overload",
    "ledger_residual_j",
    "state_hash",
];

fn golden(world: &str) {
    let whole = summary(world, &["--step", "900"]);
    let kept: Map<String, Value> = KEPT.iter().map(|key| ((*key).to_owned(), whole[*key].clone())).collect();
    let found = Value::Object(kept);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{world}.json"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        return fs::write(&path, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
    }
    let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("no golden summary of {world}: UPDATE_GOLDEN=1"));
    let expected: Value = serde_json::from_str(&text).unwrap();
    let differing: Vec<String> = KEPT
        .iter()
        .filter(|key| expected[**key] != found[**key])
        .map(|key| format!("{key}: {} was {}", found[*key], expected[*key]))
        .collect();
    assert!(differing.is_empty(), "{world} is not what it was:\n{}", differing.join("\n"));
}

#[test]
fn the_block_is_what_it_was() {
    golden("block");
}

#[test]
fn futian_is_what_it_was() {
    golden("futian");
}

#[test]
fn the_city_of_2024_is_what_it_was() {
    golden("shenzhen-2024");
}

#[test]
fn the_city_of_2025_is_what_it_was() {
    golden("shenzhen-2025");
}

/// 1 to 31 July 2024 beside the published record of the 25th, the published energy of the month, and the bounds of a
/// year's charging.
#[test]
fn july_is_as_published() {
    let july = summary("shenzhen-2024", &["--start", "2024-07-01", "--days", "31", "--step", "900"]);
    assert_eq!(july["ledger_residual_j"], 0);
    let peak = number(&july, "/peak_mw") / 23_134.0;
    assert!((0.99..=1.01).contains(&peak), "peak: {peak} of the record");
    let at = july["peak_time"].as_str().unwrap();
    assert!(("2024-07-25T13:05"..="2024-07-25T14:05").contains(&at), "peak at {at}");
    // 10.033 TWh from 1 to 24 July over 23.134 GW (China News Service): 0.753.
    let factor = number(&july, "/load_factor");
    assert!((factor / 0.753 - 1.0).abs() < 0.03, "load factor {factor}");
    let twh = number(&july, "/energy_kwh/ev_charged_ac") / 31.0 * 365.0 / 1e9;
    // Summer is above the year's mean: consumption rises with the heat.
    assert!((3.4..=4.9).contains(&twh), "charging at {twh} TWh a year");
    let vehicles: f64 = number(&july, "/agents/vehicles");
    assert_eq!(vehicles, 1_220_000.0);
}

#[test]
fn the_city_has_one_answer_at_full_count() {
    let hash = |threads| summary("shenzhen-2024", &["--step", "900", "--threads", threads])["state_hash"].clone();
    let one = hash("1");
    assert_eq!(hash("2"), one);
    assert_eq!(hash("4"), one);
}

#[test]
fn a_district_agrees_with_itself_at_any_step() {
    let [fine, five, quarter] = ["60", "300", "900"].map(|step| summary("futian", &["--step", step]));
    for other in [&five, &quarter] {
        let change = |pointer| number(other, pointer) / number(&fine, pointer) - 1.0;
        let (energy, peak) = (change("/energy_kwh/ev_charged_ac"), change("/peak_mw"));
        assert!(energy.abs() < 0.005, "energy of vehicles: {energy}");
        assert!(peak.abs() < 0.02, "peak: {peak}");
    }
}
