//! What a user can get wrong: each time a message that names the file and what would be right, and an exit code.

use crate::fixture::{self, Dir, tool};
use std::path::Path;

fn fails(code: i32, arguments: &[&Path], says: &[&str]) {
    let output = tool(arguments);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    for part in says {
        assert!(text.contains(part), "{part:?} in {text}");
    }
}

#[test]
fn a_directory_without_an_account_is_refused() {
    let dir = Dir::new();
    dir.write("empty/openadr-event.json", "{}");
    fails(3, &[&dir.path("empty")], &["empty", "summary.json", "describe --out"]);
    fails(4, &[&dir.path("nowhere")], &["cannot read", "nowhere"]);
    fails(2, &[], &["Usage"]);
    fails(2, &[&dir.path("empty"), Path::new("--lang"), Path::new("fr")], &["fr"]);
}

#[test]
fn broken_accounts_are_named_with_what_would_be_right() {
    let dir = Dir::new();
    dir.write("a/summary.json", "{\"world\": \"x\",");
    fails(3, &[&dir.path("a")], &["a/summary.json", "line 1 column", "write it again"]);
    dir.write("a/summary.json", "{\"world\": \"x\", \"load_curve_15min\": 3, \"energy_kwh\": {}}");
    fails(3, &[&dir.path("a")], &["summary.json", "`start` should be a text"]);
    dir.write("a/summary.json", "[]");
    fails(3, &[&dir.path("a")], &["summary.json", "`world` should be a text"]);
    dir.write("b/other.json", "{\"x\": 1}");
    fails(3, &[&dir.path("b/other.json")], &["other.json", "no account"]);
}

#[test]
fn a_page_that_cannot_be_written_leaves_nothing() {
    let dir = Dir::new();
    fixture::run(&dir);
    let out = dir.path("no/such/place.html");
    fails(5, &[&dir.path("run"), Path::new("--out"), &out], &["cannot write", "place.html", "--out"]);
    let before = std::fs::read_dir(dir.path("run")).unwrap().count();
    // A directory stands where the page should go.
    std::fs::create_dir(dir.path("run/report.html")).unwrap();
    fails(5, &[&dir.path("run")], &["cannot write"]);
    assert_eq!(std::fs::read_dir(dir.path("run")).unwrap().count(), before + 1);
}

#[test]
fn a_table_that_is_not_what_it_should_be_is_named() {
    let dir = Dir::new();
    fixture::run(&dir);
    let zone = dir.path("run/series-zone.parquet");
    std::fs::write(&zone, "no table").unwrap();
    fails(3, &[&dir.path("run")], &["series-zone.parquet", "no whole Parquet file", "take it out"]);
    let places = [("voltcity.places", fixture::places().to_string())];
    fixture::table(&zone, &places, None, &[("time", vec![0]), ("interval_s", vec![900]), ("id", vec![100])]);
    fails(3, &[&dir.path("run")], &["series-zone.parquet", "no column `net_w`"]);
    let odd = [("voltcity.places", "[{\"id\": 1}]".to_owned())];
    fixture::table(&zone, &odd, None, &[("time", vec![0])]);
    fails(3, &[&dir.path("run")], &["`voltcity.places` is no list of places", "lon"]);
}

/// Whatever the bytes of a table, there is a page or a message. Cuts and flips are at fixed places.
#[test]
fn damaged_tables_never_end_in_a_panic() {
    let dir = Dir::new();
    fixture::run(&dir);
    let zone = dir.path("run/series-zone.parquet");
    let whole = std::fs::read(&zone).unwrap();
    for k in 0..120_usize {
        let mut bytes = whole.clone();
        let at = (k * 7_919) % whole.len();
        match k % 3 {
            0 => bytes.truncate(at),
            1 => bytes[at] ^= 0x41,
            // The footer is where lengths and counts stand.
            _ => {
                let end = whole.len() - 12 - (k * 13) % (whole.len() / 4);
                bytes[end] = bytes[end].wrapping_add(0x80);
            }
        }
        std::fs::write(&zone, &bytes).unwrap();
        let output = tool(&[&dir.path("run")]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(output.status.code(), Some(0 | 3)) && !text.contains("panicked"), "cut or flip {k}: {text}");
    }
}
