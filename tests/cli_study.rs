//! `voltcity study` from outside: what it prints, writes and refuses.
#![cfg(feature = "cli")]

use crate::cli::{Dir, run};
use serde_json::Value;
use std::fs;

/// A study of the smallest world, in which every car that is at home is plugged in.
fn study(dir: &Dir, from: &str, to: &str) -> String {
    let world = format!("{}/worlds/block.ron", env!("CARGO_MANIFEST_DIR"));
    let text = format!(
        r#"(
    format: 1,
    name: "test",
    world: ("{world}", "assumption: test"),
    at: ("2024-07-22 20:00", "assumption: test"),
    class: (Hour, "assumption: test"),
    warmup_days: (1, "assumption: test"),
    set: ([
        "aggregators.resources=(40, \"assumption: test\")",
        "behaviour.v2g_on_tariff=(false, \"assumption: test\")",
        "fleet.private.plug_in_base=((2, 0.1), \"assumption: test\")",
        "fleet.private.home=((0.3, 0.3), \"assumption: test\")",
        "charging.total=(80, \"assumption: test\")",
    ], "assumption: test"),
    shares: ([0, 0.3, 1], "assumption: test"),
    ladders: (source: "assumption: test", rows: [
        (name: "few cars", vehicles: AsInWorld),
        (name: "many cars", vehicles: AsGuns),
    ]),
)"#
    );
    assert!(text.contains(from), "{from}");
    let path = dir.path("study.ron");
    fs::write(&path, text.replace(from, to)).unwrap();
    path
}

#[test]
fn a_study_tells_what_each_rung_brings_the_same_on_any_number_of_threads() {
    let dir = Dir::new();
    let path = study(&dir, "\"test\"", "\"test\"");
    let [one, two] = [dir.path("one"), dir.path("two")];
    let (code, stdout, stderr) = run(&["study", &path, "--threads", "1", "--out", &one]);
    assert_eq!(code, 0, "{stderr}");
    for part in ["Ladder 1: few cars", "Ladder 2: many cars", "1,000 more", "aturate", "What limits it", "ransformer"] {
        assert!(stdout.contains(part), "{part}\n{stdout}");
    }
    assert!(stdout.lines().all(|line| line.chars().count() <= 80), "{stdout}");
    let again = run(&["study", &path, "--threads", "2", "--out", &two, "--quiet"]);
    assert_eq!(again, (0, String::new(), String::new()));
    let [found, same] = [&one, &two].map(|out| fs::read_to_string(format!("{out}/study.json")).unwrap());
    assert_eq!(found, same);
    let found: Value = serde_json::from_str(&found).unwrap();
    let ladders = found["ladders"].as_array().unwrap();
    let rungs: Vec<&Vec<Value>> = ladders.iter().map(|ladder| ladder["rungs"].as_array().unwrap()).collect();
    assert_eq!(rungs.iter().map(|rungs| rungs.len()).collect::<Vec<_>>(), [3, 3]);
    // Without two-way guns the ladders are the same city.
    assert_eq!(rungs[0][0], rungs[1][0]);
    let many = &rungs[1][2];
    assert_eq!(many["two_way_guns"], 80);
    let mw = |value: &Value| value.as_f64().unwrap();
    assert!(mw(&many["mw"]) > mw(&rungs[0][2]["mw"]) && mw(&many["mw_within_limits"]) <= mw(&many["mw"]));
    let marginal = (mw(&many["mw_within_limits"]) - mw(&rungs[1][1]["mw_within_limits"])) * 1e3
        / (80.0 - mw(&rungs[1][1]["two_way_guns"]));
    assert!((mw(&many["mw_per_1000_more"]) - marginal).abs() < 1e-9);
    let picture = fs::read_to_string(format!("{one}/study.svg")).unwrap();
    assert!(picture.starts_with("<svg ") && picture.contains("few cars") && !picture.contains("NaN"));
}

#[test]
fn studies_that_are_wrong_are_told_where() {
    let dir = Dir::new();
    let (code, _, stderr) = run(&["study", "worlds/studies/none.ron"]);
    assert_eq!(code, 4, "{stderr}");
    let path = study(&dir, "block.ron", "no-block.ron");
    let (code, _, stderr) = run(&["study", &path]);
    assert!(code == 4 && stderr.contains("no-block.ron"), "{code} {stderr}");
    for (from, to, told) in [
        ("[0, 0.3, 1]", "[0, 0.3, 0.2]", "`shares` does not rise from 0.3 to 0.2"),
        ("charging.total=(80", "charging.totl=(80", "`totl`"),
        ("charging.total=(80", "charging.total=(30", "private piles"),
        ("AsGuns", "AsCars", "AsCars"),
    ] {
        let path = study(&dir, from, to);
        let (code, _, stderr) = run(&["study", &path]);
        assert!(code == 3 && stderr.contains(told) && stderr.contains("study.ron:"), "{to}: {code} {stderr}");
    }
}
