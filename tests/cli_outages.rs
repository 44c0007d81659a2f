//! `voltcity outages` from outside: what a year of outages amounts to, failures that are given, and what is wrong with
//! some.
#![cfg(feature = "cli")]

use crate::cli::{Dir, run};
use serde_json::Value;
use std::fs;
use std::path::Path;

fn account(out: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(Path::new(out).join("outages.json")).unwrap()).unwrap()
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key}: {value:#}"))
}

/// One transformer on one feeder: its year is the sum of four rates times four repairs.
#[test]
fn the_year_of_one_block() {
    let dir = Dir::new();
    let out = dir.path("out");
    let (code, told, err) = run(&["outages", "worlds/block.ron", "--warmup", "0", "--out", &out]);
    assert_eq!(code, 0, "{err}");
    for words in ["1 feeders, 0 open ties, 1 feeders without one", "Published: 24.6 min", "0.24 min", "Futian", "head"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
    let account = account(&out);
    let year = &account["expected"];
    let of = |cause: &str| {
        let causes = account["causes"].as_array().unwrap();
        let found = causes.iter().find(|value| value["cause"] == cause);
        number(found.unwrap_or_else(|| panic!("{cause}: {account:#}")), "saidi_min")
    };
    // 0.010 a year for 10 h, 964 in 167,459 for 15 h, and planned once in 50 years for 4.85 h.
    let close = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9 * wanted, "{found}, not {wanted}");
    close(of("distribution transformers"), 0.010 * 600.0);
    close(of("110/10 kV units"), 964.0 / 167_459.0 * 900.0);
    close(of("planned work on transformers"), 0.02 * 291.0);
    assert_eq!(of("cables"), 0.0);
    assert!(of("first cables of feeders") > 0.0);
    let sum: f64 = account["causes"].as_array().unwrap().iter().map(|cause| number(cause, "saidi_min")).sum();
    close(number(year, "saidi_min"), sum);
    assert_eq!(account["without_ties"], account["expected"]);
    // Nothing else is drawn there than what the feeder brings, so that energy follows time.
    let district = &account["districts"][0];
    let share = number(district, "not_served_mwh") / number(district, "demanded_mwh");
    close(share, number(year, "saidi_min") / (365.0 * 1_440.0));
    let csv = fs::read_to_string(Path::new(&out).join("outages.csv")).unwrap();
    assert!(csv.starts_with("district,cause,customers,outages,") && csv.lines().count() == 7, "{csv}");
    assert_eq!(run(&["outages", "worlds/block.ron", "--warmup", "0", "--quiet"]), (0, String::new(), String::new()));
}

/// A failure at a time: energy balances to the joule, and an island carries some of it.
#[test]
fn a_given_failure_with_an_island() {
    let dir = Dir::new();
    let amounts = |more: &[&str], out: &str| -> Value {
        let out = dir.path(out);
        let fail = "transformer:0@2024-07-22 03:00";
        let arguments = ["outages", "worlds/block.ron", "--warmup", "0", "--fail", fail, "--out", &out];
        let (code, told, err) = run(&[&arguments[..], more].concat());
        assert_eq!(code, 0, "{err}");
        assert!(told.contains("transformer 0 fails at 03:00 in Futian"), "{told}");
        account(&out)
    };
    let balance = |account: &Value| -> f64 {
        let amounts = &account["fails"][0]["amounts"];
        let served = number(amounts, "grid_j") + number(amounts, "island_j");
        assert_eq!(number(amounts, "demanded_j"), served + number(amounts, "not_served_j"), "{account:#}");
        assert!(number(amounts, "demanded_j") > 0.0);
        number(amounts, "island_j")
    };
    assert_eq!(balance(&amounts(&[], "bare")), 0.0);
    let none = ["--set", "load.kinds.residential.peak_mw.0=0.03"];
    let island = amounts(&[&["--island"][..], &none].concat(), "island");
    assert!(balance(&island) > 0.0, "{island:#}");
    assert_eq!(island["with_islands"], true);
    assert!(number(&island["expected"], "saidi_min") < number(&island["without_islands"], "saidi_min"), "{island:#}");
    let not_served = |key: &str| number(&island[key], "not_served_mwh") + number(&island[key], "island_mwh");
    assert!((not_served("expected") - not_served("without_islands")).abs() < 1e-9, "{island:#}");
}

/// Ties carry a district; years that are drawn scatter around the one to be expected; threads do not matter.
#[test]
fn a_district_with_ties() {
    let dir = Dir::new();
    let told = |threads: &str, out: &str| -> Value {
        let out = dir.path(out);
        let arguments = ["outages", "worlds/futian.ron", "--warmup", "0", "--step", "900", "--years", "40"];
        let (code, told, err) = run(&[&arguments[..], &["--threads", threads, "--out", &out]].concat());
        assert_eq!(code, 0, "{err}");
        assert!(told.contains("Failures that cost most customer-minutes each"), "{told}");
        account(&out)
    };
    let one = told("1", "one");
    assert_eq!(one, told("2", "two"));
    let saidi_min = |key: &str| number(&one[key], "saidi_min");
    assert!(saidi_min("expected") < 0.9 * saidi_min("without_ties"), "{one:#}");
    assert!(number(&one, "ties") > 100.0);
    let (least, most) = (number(&one["drawn"], "least_saidi_min"), number(&one["drawn"], "most_saidi_min"));
    assert!(least < saidi_min("expected") && saidi_min("expected") < most, "{one:#}");
    assert!((saidi_min("drawn") / saidi_min("expected") - 1.0).abs() < 0.1, "{one:#}");
    assert_eq!(one["worst"].as_array().unwrap().len(), 10);
}

#[test]
fn what_is_wrong_with_a_failure_is_told() {
    let told = |fail: &str, wanted: i32, words: &[&str]| {
        let (code, _, err) = run(&["outages", "worlds/block.ron", "--warmup", "0", "--fail", fail]);
        assert_eq!(code, wanted, "{err}");
        words.iter().for_each(|word| assert!(err.contains(word), "{word}: {err}"));
    };
    told("unit:7@2024-07-22 03:00", 3, &["--fail unit:7", "no such unit", "0 to 0"]);
    told("cable:0@2024-07-22 03:00", 3, &["no such cable", "head"]);
    told("unit:0@2024-07-25 03:00", 3, &["only 2024-07-22 is simulated", "--at"]);
    told("unit:0", 2, &["KIND:ROW@TIME"]);
    let (code, _, err) = run(&["outages", "worlds/block.ron", "--years", "2", "--expected"]);
    assert_eq!(code, 2, "{err}");
}
