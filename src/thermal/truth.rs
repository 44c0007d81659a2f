//! The temperatures of transformer-thermal-model, read from the folder that `VOLTCITY_SHARED` names.
//!
//! A row's load and air temperature hold for the interval that ends with it. Life lost is the rate at each
//! row times the interval before it; the reference adds it up so.

use super::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Rows are printed to eight digits, so above 100 °C they are off by up to 5e-6 K, and a varying load is off
/// too.
const PRINTED_K: f64 = 1e-5;

fn folder() -> Option<PathBuf> {
    let shared = std::env::var("VOLTCITY_SHARED").ok()?;
    Some(Path::new(&shared).join("truth/thermal"))
}

/// The number that follows a key, up to what ends it.
fn after(text: &str, key: &str) -> Option<f64> {
    let rest = text.split_once(key)?.1.trim_start();
    let end = rest.find([',', ' ', '"', '\n', '}']).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

fn params(meta: &str) -> OilParams {
    let of = |key: &str| after(meta, &format!("{key}=")).unwrap();
    OilParams {
        top_oil_rise_k: of("top_oil_temp_rise") + of("amb_temp_surcharge"),
        gradient_k: of("hot_spot_fac") * of("winding_oil_gradient"),
        loss_ratio: of(" load_loss") / of(" no_load_loss"),
        oil_exponent: of("oil_exp_x"),
        winding_exponent: of("winding_exp_y"),
        k11: of("oil_const_k11"),
        k21: of("winding_const_k21"),
        k22: of("winding_const_k22"),
        oil_min: of("time_const_oil"),
        winding_min: of("time_const_windings"),
    }
}

/// Whole seconds of minutes.
fn seconds(minutes: f64) -> u32 {
    let seconds = 60.0 * minutes;
    assert_eq!(seconds, seconds.round(), "rows at whole seconds");
    seconds as u32
}

/// The part of the description that is about a case, if it is in it.
fn summary<'a>(meta: &'a str, case: &str) -> Option<&'a str> {
    let rest = meta.split_once(&format!("\"case\": \"{case}\""))?.1;
    rest.split('}').next()
}

/// End, largest hot spot, largest top oil, and days of life lost over a course of load and air by interval.
fn course(params: &OilParams, start_c: f64, intervals: impl Iterator<Item = (f64, f64, u32)>) -> [f64; 4] {
    let mut state = OilState::cold(start_c);
    let (mut hot_c, mut oil_c, mut life) = (start_c, start_c, LifeMeter::default());
    for (load, ambient_c, step_s) in intervals {
        state = params.step(&state, load, ambient_c, step_s);
        hot_c = hot_c.max(state.hot_spot_c());
        oil_c = oil_c.max(state.top_oil_c);
        life.add(Paper::Normal.rate(state.hot_spot_c()), step_s);
    }
    [state.hot_spot_c(), hot_c, oil_c, life.lost_h / 24.0]
}

fn expect_summary(found: [f64; 4], summary: &str, case: &str, tolerance: f64) {
    let keys = ["hot_spot_end_c", "hot_spot_max_c", "top_oil_max_c", "days_aged"];
    for (found, key) in found.into_iter().zip(keys) {
        let expected = after(summary, &format!("\"{key}\":")).unwrap();
        assert!((found / expected - 1.0).abs() < tolerance, "{case} {key}: {found} for {expected}");
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the measured errors are worth seeing")]
fn every_row_of_the_reference_is_met() {
    let Some(folder) = folder() else { return };
    let meta = std::fs::read_to_string(folder.join("meta.json")).unwrap();
    let params = params(&meta.replace("\"defaults\": \"", "\"defaults\": \" "));
    assert_eq!(params.flaw(), None);
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    for file in files.filter(|path| path.extension().is_some_and(|ext| ext == "csv")) {
        let case = file.file_stem().unwrap().to_string_lossy().into_owned();
        let rows: Vec<BTreeMap<String, f64>> =
            csv::Reader::from_path(&file).unwrap().deserialize().map(Result::unwrap).collect();
        let mut state = OilState::cold(rows[0]["ambient_c"]);
        let (mut worst_k, mut minute) = (0.0_f64, rows[0]["minute"]);
        for row in &rows {
            state = params.step(&state, row["load_pu"], row["ambient_c"], seconds(row["minute"] - minute));
            minute = row["minute"];
            worst_k = worst_k.max((state.top_oil_c - row["top_oil_c"]).abs());
            worst_k = worst_k.max((state.hot_spot_c() - row["hot_spot_c"]).abs());
            let rate = Paper::Normal.rate(state.hot_spot_c());
            assert!((rate / row["aging_rate"] - 1.0).abs() < 1e-6, "{case} at {minute}: {rate}");
        }
        println!("{case}: {} rows, largest error {worst_k:e} K", rows.len());
        assert!(worst_k < PRINTED_K);
        let intervals = rows
            .windows(2)
            .map(|pair| (pair[1]["load_pu"], pair[1]["ambient_c"], seconds(pair[1]["minute"] - pair[0]["minute"])));
        let found = course(&params, rows[0]["ambient_c"], intervals);
        if let Some(summary) = summary(&meta, &case) {
            expect_summary(found, summary, &case, 1e-6);
        }
    }
}

#[test]
fn a_day_at_half_load_six_hours_at_1_3_and_half_load_again_is_that_of_the_reference() {
    // The reference gives this case by its summary only; its times were found from the summary.
    let Some(folder) = folder() else { return };
    let meta = std::fs::read_to_string(folder.join("meta.json")).unwrap();
    let params = params(&meta.replace("\"defaults\": \"", "\"defaults\": \" "));
    let case = "step_05_13_30C";
    let Some(summary) = summary(&meta, case) else { return };
    let load = |i: u32| if (288..360).contains(&i) { 1.3 } else { 0.5 };
    let found = course(&params, 30.0, (1..576).map(|i| (load(i), 30.0, 300)));
    expect_summary(found, summary, case, 1e-12);
}
