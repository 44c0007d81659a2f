//! `voltcity hosting` from outside: what the network of a world takes, in a table, a file and a picture.
#![cfg(feature = "cli")]

use crate::cli::{Dir, run};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use serde_json::Value;
use std::fs::{self, File};
use std::path::Path;

/// The account of a world, and how many rows and W its Parquet file has.
fn found(dir: &Dir, name: &str, arguments: &[&str]) -> (String, Value, usize, i64) {
    let out = dir.path(name);
    let (code, told, err) = run(&[&["hosting"], arguments, &["--out", &out]].concat());
    assert_eq!(code, 0, "{arguments:?}: {err}");
    let file = |name: &str| Path::new(&out).join(name);
    let account = serde_json::from_str(&fs::read_to_string(file("hosting.json")).unwrap()).unwrap();
    let picture = fs::read_to_string(file("hosting.svg")).unwrap();
    assert!(picture.starts_with("<svg") && picture.contains("MW in all"), "{picture}");
    let reader = SerializedFileReader::new(File::open(file("hosting.parquet")).unwrap()).unwrap();
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    let added = reader.metadata().file_metadata().schema_descr().columns().iter().position(|c| c.name() == "added_w");
    let sum_w = rows.iter().map(|row| row.get_long(added.unwrap()).unwrap()).sum();
    (told, account, rows.len(), sum_w)
}

#[test]
fn a_block_takes_less_charging_than_its_transformer_is_rated_for() {
    let dir = Dir::new();
    let (told, account, rows, sum_w) = found(&dir, "block", &["worlds/block.ron", "--what", "charging"]);
    let words = ["How much more charging each transformer takes", "What binds first", "Those that take least", "95 %"];
    words.iter().for_each(|word| assert!(told.contains(word), "{word}: {told}"));
    assert_eq!((account["what"].as_str(), account["level"].as_str()), (Some("charging"), Some("transformer")));
    assert_eq!(account["all"]["elements"].as_u64(), Some(rows as u64), "{account:#}");
    let all_mw = account["all"]["mw"].as_f64().unwrap();
    assert!((all_mw * 1e6 - sum_w as f64).abs() <= rows as f64, "{all_mw} MW and {sum_w} W");
    let by_limit: Vec<&Value> = account["limits"].as_object().unwrap().values().collect();
    let sum = |key: &str| by_limit.iter().map(|limit| limit[key].as_f64().unwrap()).sum::<f64>();
    assert!(sum("elements") == rows as f64 && (sum("mw") - all_mw).abs() < 1e-9, "{account:#}");
    // The block's transformers are of 2,000 kVA at most.
    assert!(all_mw > 0.0 && all_mw < 2.0 * rows as f64, "{account:#}");
    let quiet = run(&["hosting", "worlds/block.ron", "--quiet"]);
    assert_eq!(quiet, (0, String::new(), String::new()));
}

/// Every level has its elements; what is drawn at noon is room for solar power; threads do not matter.
#[test]
fn every_level_of_a_world_has_elements() {
    let dir = Dir::new();
    let futian = ["worlds/futian.ron", "--warmup", "0", "--step", "900", "--at", "2024-07-25 13:00"];
    let of = |name: &str, more: &[&str]| found(&dir, name, &[&futian[..], more].concat());
    let (told, one, transformers, _) = of("one", &["--what", "pv", "--threads", "1"]);
    assert!(told.contains("solar power") && told.contains("not all at once"), "{told}");
    let (_, two, ..) = of("two", &["--what", "pv", "--threads", "2"]);
    assert_eq!(one, two);
    let bytes = |name: &str| fs::read(dir.path(&format!("{name}/hosting.parquet"))).unwrap();
    assert!(bytes("one") == bytes("two"));
    let (_, feeder, feeders, _) = of("feeder", &["--what", "pv", "--level", "feeder"]);
    let (_, unit, units, _) = of("unit", &["--what", "pv", "--level", "substation"]);
    assert!(transformers > feeders && feeders > units && units > 1, "{transformers} {feeders} {units}");
    let mw = |account: &Value| account["all"]["mw"].as_f64().unwrap();
    assert!(mw(&one) > mw(&feeder) && mw(&feeder) >= mw(&unit) && mw(&unit) > 0.0, "{one:#} {feeder:#} {unit:#}");
    let quantiles: Vec<f64> = one["kw"].as_object().unwrap().values().map(|kw| kw.as_f64().unwrap()).collect();
    assert!(quantiles.len() == 5 && quantiles.is_sorted(), "{one:#}");
    assert_eq!(one["at"].as_str(), Some("2024-07-25T13:00:00"));
}

#[test]
fn what_is_no_kind_or_level_is_told_with_what_would_be() {
    let (code, _, err) = run(&["hosting", "worlds/block.ron", "--what", "wind"]);
    assert!(code == 2 && err.contains("wind") && err.contains("charging"), "{code}: {err}");
    let (code, _, err) = run(&["hosting", "worlds/block.ron", "--level", "city"]);
    assert!(code == 2 && err.contains("city") && err.contains("feeder"), "{code}: {err}");
    let (code, _, err) = run(&["hosting", "worlds/none.ron"]);
    assert!(code == 4 && err.contains("none.ron"), "{code}: {err}");
}
