//! What is in a page, and what must not be.

use crate::fixture::{self, Dir, HOSTILE};
use serde_json::Value;

/// A page with every kind of result.
pub(crate) fn full(dir: &Dir) -> String {
    fixture::run(dir);
    fixture::event(dir);
    fixture::others(dir);
    fixture::page(dir, &["run", "event", "validation", "capability", "study", "fork", "world/describe.json"])
}

/// The JSON of an island.
fn island(page: &str, id: &str) -> Value {
    let (_, rest) = page.split_once(&format!("id=\"{id}\">")).unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn every_account_is_an_entry_with_what_lies_beside_it() {
    let dir = Dir::new();
    let page = full(&dir);
    let data = island(&page, "data");
    let kinds: Vec<&str> = data["entries"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["run", "event", "validation", "capability", "study", "fork", "world"]);
    let run = &data["entries"][0];
    assert_eq!(run["beside"]["published"]["peak_mw"]["value"], 80.0);
    assert_eq!(run["beside"]["zones"]["ids"].as_array().unwrap().len(), 6);
    assert_eq!(run["beside"]["zones"]["net_kw"][0].as_array().unwrap().len(), 96);
    assert_eq!(run["beside"]["zones"]["map"]["cuts"].as_array().unwrap().len(), 1, "the zone in the east is far");
    assert_eq!(run["beside"]["feeders"]["of_limit"], true);
    let classes = run["beside"]["feeders"]["classes"].as_array().unwrap();
    assert_eq!(classes.iter().map(|n| n.as_u64().unwrap()).sum::<u64>(), 3);
    assert_eq!(run["notes"].as_array().unwrap().len(), 0);
    assert!(run["account"].get("wall_s").is_none(), "what a machine took is no result");
    let event = &data["entries"][1]["beside"];
    assert_eq!(event["direction"], "reduce");
    let paid: Vec<f64> =
        event["operators"].as_array().unwrap().iter().map(|o| o["payment_yuan"].as_f64().unwrap()).collect();
    assert_eq!(paid, [7_200.0, 3_600.000_001]);
    assert_eq!(data["entries"][2]["beside"]["map"]["cells"].as_array().unwrap().len(), 4);
}

#[test]
fn equal_files_make_equal_bytes() {
    let (one, two) = (Dir::new(), Dir::new());
    assert!(full(&one) == full(&two));
}

#[test]
fn nothing_in_a_file_becomes_markup() {
    let dir = Dir::new();
    let page = full(&dir);
    assert!(!page.contains(HOSTILE) && !page.contains("<b onclick"));
    assert_eq!(page.matches("<script").count(), 3);
    assert_eq!(page.matches("</script>").count(), 3);
    assert_eq!(island(&page, "data")["entries"][0]["account"]["world"], HOSTILE);
}

#[test]
fn nothing_is_loaded() {
    let dir = Dir::new();
    let mut rest = full(&dir);
    // Texts of sources may name addresses; they are data, not markup.
    for id in ["labels", "data"] {
        let text = rest.split_once(&format!("id=\"{id}\">")).unwrap().1.split_once("</script>").unwrap().0.to_owned();
        rest = rest.replace(&text, "");
    }
    let rest = rest.replace("http://www.w3.org/2000/svg", "");
    let loads =
        ["http:", "https:", "src=", "href", "url(", "@import", "fetch(", "XMLHttpRequest", "import(", "WebSocket"];
    for what in loads {
        assert!(!rest.contains(what), "{what}");
    }
    assert!(rest.contains("default-src 'none'"));
    assert!(!rest.contains("{{"));
}

#[test]
fn a_page_stays_small() {
    let dir = Dir::new();
    assert!(full(&dir).len() < 400_000);
}

/// As many zones and moments as the full city has, each with powers of six digits of kW.
#[test]
fn a_day_of_a_full_city_stays_below_five_megabytes() {
    let dir = Dir::new();
    fixture::run(&dir);
    let (zones, frames) = (492, 96);
    let rows: Vec<(i64, i64)> = (0..frames).flat_map(|frame| (0..zones).map(move |zone| (frame, zone))).collect();
    let column = |of: &dyn Fn(i64, i64) -> i64| rows.iter().map(|(frame, zone)| of(*frame, *zone)).collect::<Vec<_>>();
    let power = |frame: i64, zone: i64| 100_000_000 + (frame * 7_919 + zone * 104_729) % 800_000 * 1_000;
    let mut columns = vec![
        ("time", column(&|frame, _| frame * 900_000)),
        ("interval_s", column(&|_, _| 900)),
        ("id", column(&|_, zone| zone)),
    ];
    columns.extend(["net_w", "building_w", "pv_w", "ev_charged_w"].map(|name| (name, column(&power))));
    let place = |zone: i64| {
        let (lon, lat) = (114.0 + 0.02 * (zone % 25) as f64, 22.5 + 0.01 * (zone / 25) as f64);
        serde_json::json!({"id": zone, "district": "Futian", "lon": lon, "lat": lat, "area_km2": 4.0})
    };
    let places = [("voltcity.places", (0..zones).map(place).collect::<Value>().to_string())];
    fixture::table(&dir.path("run/series-zone.parquet"), &places, None, &columns);
    // And as many stations.
    let stations = 20_000;
    let rows: Vec<(i64, i64)> = (0..frames).flat_map(|frame| (0..stations).map(move |id| (frame, id))).collect();
    let column = |of: &dyn Fn(i64, i64) -> i64| rows.iter().map(|(frame, id)| of(*frame, *id)).collect::<Vec<_>>();
    let columns = [
        ("time", column(&|frame, _| frame * 900_000)),
        ("interval_s", column(&|_, _| 900)),
        ("id", column(&|_, id| id)),
        ("points", column(&|_, _| 12)),
        ("busy", column(&|frame, id| (frame * 7 + id) % 13)),
        ("queued", column(&|frame, id| (frame + id) % 40)),
    ];
    let all = |of: &dyn Fn(i64) -> Value| (0..stations).map(of).collect::<Value>();
    let about = serde_json::json!({
        "id": all(&|id| id.into()), "kind": all(&|_| "public".into()), "zone": all(&|id| (id % zones).into()),
        "lon": all(&|id| (114.0 + id as f64 / 43_210.0).into()), "lat": all(&|id| (22.5 + id as f64 / 1e5).into()),
        "power_kw": all(&|id| (60 + id % 900).into()),
    });
    let about = [("voltcity.stations", about.to_string())];
    fixture::table(&dir.path("run/series-station.parquet"), &about, None, &columns);
    let page = fixture::page(&dir, &["run"]);
    assert!((2_000_000..5_000_000).contains(&page.len()), "{}", page.len());
    let told = &island(&page, "data")["entries"][0]["beside"]["stations"];
    assert_eq!((&told["every_s"], &told["frames"]), (&3_600.into(), &24.into()));
    // Row 5 at the end of the first hour, which is the fourth quarter: none of 12; an hour later 2, which are 8 steps.
    let busy = told["busy"].as_str().unwrap();
    assert_eq!((busy.len(), &busy[5 * 24..5 * 24 + 2]), (480_000, "AI"));
}

#[test]
fn stations_are_on_the_map_of_the_zones() {
    let dir = Dir::new();
    fixture::run(&dir);
    let data = island(&fixture::page(&dir, &["run"]), "data");
    let (zones, stations) = (&data["entries"][0]["beside"]["zones"], &data["entries"][0]["beside"]["stations"]);
    assert_eq!(stations["frames"], 96, "a few stations keep all their moments");
    // Each stands within the cell of its zone, also beyond the cut.
    for (k, cell) in zones["map"]["cells"].as_array().unwrap().iter().enumerate() {
        let corners: Vec<i64> = cell.as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect();
        for axis in 0..2 {
            let at = stations["at"][2 * k + axis].as_i64().unwrap();
            let along = || corners.iter().skip(axis).step_by(2);
            assert!(along().min().unwrap() < &at && &at < along().max().unwrap(), "station {k}");
        }
    }
    let busy = stations["busy"].as_str().unwrap();
    assert!(busy.starts_with('A') && busy[5 * 96..].starts_with('z'), "none in use, and none that works");
    // Lists that do not fit the rows are refused.
    let file = dir.path("run/series-station.parquet");
    let about = r#"{"id": [1], "kind": ["V2G"], "lon": [114.0], "lat": [22.5], "zone": [100], "power_kw": [60]}"#;
    let columns = ["time", "interval_s", "id", "points", "busy", "queued"].map(|name| (name, vec![900]));
    fixture::table(&file, &[("voltcity.stations", about.to_owned())], None, &columns);
    let output = fixture::tool(&[&dir.path("run"), std::path::Path::new("--out"), &dir.path("x.html")]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("lists other stations than the rows"), "{told}");
}

#[test]
fn the_page_opens_in_the_language_asked_for() {
    let dir = Dir::new();
    fixture::others(&dir);
    let page = fixture::page(&dir, &["study", "--lang=zh"]);
    assert!(page.contains("<html lang=\"zh\">"));
    assert_eq!(island(&page, "data")["lang"], "zh");
}

#[test]
fn what_is_missing_is_said_and_left_out() {
    let dir = Dir::new();
    fixture::run(&dir);
    let at = |name: &str| dir.path(&format!("run/series-{name}.parquet"));
    std::fs::remove_file(at("feeder")).unwrap();
    // A series of zones that tells no places, as older versions wrote it.
    let zones = [("time", vec![0, 0]), ("interval_s", vec![900; 2]), ("id", vec![1, 2]), ("net_w", vec![5; 2])];
    fixture::table(&at("zone"), &[], None, &zones);
    let data = island(&fixture::page(&dir, &["run"]), "data");
    let keys: Vec<&str> =
        data["entries"][0]["notes"].as_array().unwrap().iter().map(|note| note["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["note.no_places", "note.no_feeders"]);
    assert!(data["entries"][0]["beside"].get("zones").is_none());
}

#[test]
fn a_series_of_another_run_is_left_out() {
    let dir = Dir::new();
    fixture::run(&dir);
    let text = std::fs::read_to_string(dir.path("run/summary.json")).unwrap();
    dir.write("run/summary.json", &text.replace("\"seed\":7", "\"seed\":8"));
    let data = island(&fixture::page(&dir, &["run"]), "data");
    assert_eq!(data["entries"][0]["notes"][0]["key"], "note.other_run");
    assert!(data["entries"][0]["beside"].get("zones").is_none());
}

#[test]
fn long_series_are_averaged_to_fit() {
    let dir = Dir::new();
    fixture::run(&dir);
    let frames = 96 * 30;
    let zones = [
        ("time", (0..frames).map(|k| k * 900_000).collect()),
        ("interval_s", vec![900; frames as usize]),
        ("id", vec![100; frames as usize]),
        ("net_w", (0..frames).map(|k| k * 1_000).collect()),
        ("building_w", vec![0; frames as usize]),
        ("pv_w", vec![0; frames as usize]),
        ("ev_charged_w", vec![0; frames as usize]),
    ];
    let places = [("voltcity.places", fixture::places().to_string())];
    fixture::table(&dir.path("run/series-zone.parquet"), &places, None, &zones);
    let data = island(&fixture::page(&dir, &["run"]), "data");
    let zones = &data["entries"][0]["beside"]["zones"];
    assert_eq!(zones["step_s"], 13_500);
    assert_eq!(zones["net_kw"][0].as_array().unwrap().len(), 192);
    assert_eq!(zones["net_kw"][0][0], 7);
}
