//! `voltcity validate` from outside: what it writes, what it leaves out, and what it says of damaged tables.
#![cfg(feature = "cli")]

use crate::cli::{Dir, run};
use serde_json::Value;
use std::fmt::Write;
use std::fs;

const BLOCK: &str = "worlds/block.ron";
/// Makes the block a surveyed one: a week, one day of which is left out, and twelve points in its one zone.
const SURVEYED: [&str; 4] = [
    "--set",
    "survey=(source: \"a test\", days: ((\"2024-07-22\", \"2024-07-28\"), \"a test\"), \
     left_out: ([(\"2024-07-24\", \"2024-07-24\")], \"a test\"))",
    "--set",
    "zones.rows.1.survey=(stations: 2, points: 12)",
];

/// The four tables of a folder, as spreadsheets write them: with a byte order mark, CRLF and columns of no use.
fn tables(dir: &Dir) {
    let folder = dir.path("data/urbanev");
    fs::create_dir_all(&folder).unwrap();
    let put = |name: &str, text: &str| {
        fs::write(format!("{folder}/{name}"), format!("\u{feff}{}", text.replace('\n', "\r\n"))).unwrap();
    };
    let mut hours =
        "note,is_weekend,hour_of_day,city_busy_points,city_charging_point_hours,share_of_day_volume_rated_kWh\n"
            .to_owned();
    for hour in 0..48 {
        writeln!(hours, "x,{},{},{},{},0.0416", hour / 24, hour % 24, 3 + hour % 5, 2 + hour % 3).unwrap();
    }
    put("shenzhen_public_hour_of_day_profile.csv", &hours);
    let mut days = "occupancy,timestamp,duration,utilisation\n".to_owned();
    (20..28).for_each(|day| writeln!(days, "{}.5,2024-07-{day},{},0.25", day % 4, 40 + day).unwrap());
    put("city_daily_2022-09_to_2022-12.csv", &days);
    put("zones_measured_train.csv", "TAZID,mean_utilisation,point_hours\n1,0.25,500\n999,0.5,10\n");
    put("shenzhen_public_by_district.csv", "district,point_hours\nFutian,500\nBao'an,10\n");
}

fn validate(more: &[&str]) -> (i32, String, String) {
    run(&[&["validate", BLOCK, "--threads", "1"], &SURVEYED[..], more].concat())
}

fn written(out: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(format!("{out}/validation.json")).unwrap()).unwrap()
}

#[test]
fn all_tables_make_all_tables_keys_and_pictures() {
    let dir = Dir::new();
    tables(&dir);
    let outs = ["a", "b"].map(|name| dir.path(name));
    for out in &outs {
        let (code, stdout, stderr) = validate(&["--data", &dir.path("data"), "--out", out]);
        assert_eq!(code, 0, "{stderr}");
        let known = ["weekday by hour", "city by day", "zones", "districts", "Energy delivered", "Bar", "Fleet"];
        assert!(known.iter().all(|part| stdout.contains(part)), "{stdout}");
        let text = stdout.replace("\n  ", " ");
        assert!(text.contains("measured zones where the run has no surveyed point (1): 999"), "{stdout}");
        assert!(text.contains("not in the run (2): 2024-07-20 to 2024-07-21"), "{stdout}");
        assert!(text.contains("where the world surveys nothing (1): Bao'an"), "{stdout}");
        // A patch and the list of files are repeated in full.
        let wide =
            |line: &&str| !line.starts_with("with ") && !line.starts_with("Written") && line.chars().count() > 80;
        assert!(!stdout.lines().any(|line| wide(&line)) && stdout.is_ascii(), "{stdout}");
    }
    let value = written(&outs[0]);
    let measures = "n mean_measured mean_simulated bias wape rmse pearson spearman ks";
    for part in ["busy_points", "charging_point_hours", "energy_share"] {
        for (kind, measure) in ["weekday", "weekend"].iter().flat_map(|k| measures.split(' ').map(move |m| (k, m))) {
            let key = format!("/hour_of_day/{kind}/{part}/{measure}");
            assert!(value.pointer(&key).is_some(), "{key} is missing");
        }
    }
    let keys = "hour_of_day.night_share_0_8.measured hour_of_day.night_share_0_8.simulated zones.utilisation.n \
                zones.utilisation.spearman zones.utilisation.wape_points_weighted zones.utilisation.ks zones.rows \
                daily.busy_points.wape daily.charging_point_hours.pearson daily.rows energy_gwh_181d.simulated \
                energy_gwh_181d.band_low energy_gwh_181d.band_high kw_per_point_hour.simulated kw_per_point_hour.low \
                kw_per_point_hour.high districts.point_hours_share.n districts.point_hours_share.wape run.world \
                run.digest run.seed run.step_s run.start run.days run.days_left_out run.residual_j run.state_hash \
                fleet.kwh_per_nev_day.simulated fleet.km_per_day.taxi.published fleet.energy_share.home \
                hour_of_day.weekday.busy_points.measured hour_of_day.weekday.busy_points.bars.wape.met";
    for key in keys.split_whitespace() {
        assert!(value.pointer(&format!("/{}", key.replace('.', "/"))).is_some(), "{key} is missing");
    }
    assert_eq!((&value["run"]["days"], &value["run"]["residual_j"]), (&Value::from(7), &Value::from(0)));
    assert_eq!(value["run"]["days_left_out"], serde_json::json!(["2024-07-24"]));
    // From Monday to Saturday there are six days in the table, one of which is left out.
    assert_eq!((&value["daily"]["busy_points"]["n"], &value["zones"]["utilisation"]["n"]), (&5.into(), &1.into()));
    assert_eq!(value["zones"]["utilisation"]["pearson"], Value::Null);
    for name in ["validation.json", "hours.svg", "daily.svg", "zones.svg", "map.svg"] {
        let [a, b] = outs.each_ref().map(|out| fs::read(format!("{out}/{name}")).unwrap());
        assert!(a == b && !String::from_utf8(a).unwrap().contains("NaN"), "{name} differs between equal runs");
    }
}

/// Tables of what a run itself has seen are met to the last digit, whatever their order.
#[test]
fn a_twin_agrees_with_itself() {
    let dir = Dir::new();
    tables(&dir);
    let out = dir.path("first");
    let (code, _, stderr) = validate(&["--data", &dir.path("data"), "--out", &out, "--quiet"]);
    assert_eq!(code, 0, "{stderr}");
    let first = written(&out);
    let mut hours =
        "hour_of_day,is_weekend,share_of_day_volume_rated_kWh,city_charging_point_hours,city_busy_points\n".to_owned();
    for (kind, name) in ["weekday", "weekend"].iter().enumerate() {
        for hour in (0..24).rev() {
            let of = |part: &str| &first["hour_of_day"][name][part]["simulated"][hour];
            let (share, delivering, busy) = (of("energy_share"), of("charging_point_hours"), of("busy_points"));
            writeln!(hours, "{hour},{kind},{share},{delivering},{busy}").unwrap();
        }
    }
    let mut days = "timestamp,occupancy,duration\n".to_owned();
    for row in first["daily"]["rows"].as_array().unwrap() {
        let (busy, delivering) = (&row["busy_points_simulated"], &row["charging_point_hours_simulated"]);
        writeln!(days, "{},{busy},{delivering}", row["date"].as_str().unwrap()).unwrap();
    }
    let zone = &first["zones"]["rows"][0];
    let zones = format!(
        "point_hours,TAZID,mean_utilisation\n{},{},{}\n",
        zone["point_hours_simulated"], zone["zone"], zone["simulated"]
    );
    let files = [("hours", hours), ("daily", days), ("zones", zones)].map(|(name, text)| {
        let path = dir.path(name);
        fs::write(&path, text).unwrap();
        [format!("--{name}"), path]
    });
    let arguments: Vec<&str> = files.iter().flatten().map(String::as_str).collect();
    let out = dir.path("second");
    let (code, _, stderr) = validate(&[&arguments[..], &["--out", &out, "--quiet"]].concat());
    assert_eq!(code, 0, "{stderr}");
    let second = written(&out);
    assert_eq!(second["run"]["state_hash"], first["run"]["state_hash"]);
    for (key, n) in [
        ("/hour_of_day/weekday/busy_points", 24),
        ("/hour_of_day/weekday/charging_point_hours", 24),
        ("/hour_of_day/weekend/energy_share", 24),
        ("/daily/busy_points", 6),
        ("/daily/charging_point_hours", 6),
        ("/zones/utilisation", 1),
        ("/districts/point_hours_share", 1),
    ] {
        let of = second.pointer(key).unwrap();
        assert!(of["n"] == n && of["mean_simulated"].as_f64().unwrap() > 0.0, "{key}: {of}");
        assert!(of["wape"].as_f64().unwrap() < 1e-9, "{key}: {of}");
    }
    // What was seen by hour, by day and by zone is the same in sum: six days count.
    let busy: f64 = second["daily"]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["left_out"] == false)
        .map(|row| row["busy_points_simulated"].as_f64().unwrap())
        .sum();
    let by_zone = zone["simulated"].as_f64().unwrap() * zone["points"].as_f64().unwrap() * 6.0;
    assert!((busy - by_zone).abs() < 1e-9 * busy, "{busy} {by_zone}");
}

#[test]
fn one_table_makes_its_part_and_other_days_may_be_asked_for() {
    let dir = Dir::new();
    let file = dir.path("other.csv");
    fs::write(&file, "timestamp,duration,occupancy\n2024/7/26 0:00,60,3\n2024/7/27 0:00,62,2.5\n").unwrap();
    let out = dir.path("out");
    let days = ["--daily", &file, "--days", "2024-07-26..2024-07-27", "--step", "900", "--out", &out, "--quiet"];
    let (code, stdout, stderr) = validate(&days);
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (0, "", ""));
    let value = written(&out);
    assert_eq!((&value["daily"]["busy_points"]["n"], &value["run"]["days"]), (&Value::from(2), &Value::from(2)));
    for key in ["hour_of_day", "zones", "districts"] {
        assert!(value.get(key).is_none(), "{key} was not measured");
    }
    let mut names: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["daily.svg", "validation.json"]);
}

#[test]
fn damage_to_all_tables_is_told_at_once_and_costs_3() {
    let dir = Dir::new();
    tables(&dir);
    let zones = dir.path("zones.csv");
    fs::write(&zones, "TAZID,mean_utilisation,point_hours\n1,25 %,500\n1,0.25\n").unwrap();
    let hours = dir.path("hours.csv");
    fs::write(&hours, "is_weekend,hour\n0,1\n").unwrap();
    let out = dir.path("out");
    let (code, stdout, stderr) =
        validate(&["--data", &dir.path("data"), "--zones", &zones, "--hours", &hours, "--out", &out]);
    assert_eq!((code, stdout.as_str()), (3, ""), "{stderr}");
    for part in [
        "zones.csv:2:2: mean_utilisation: `25 %` is not a number from 0 to 1",
        "zones.csv:3:2: the row has 2 fields, the header 3",
        "hours.csv:1:1: there is no column `hour_of_day`; there are is_weekend,hour",
        "6 problems in measured tables",
    ] {
        assert!(stderr.contains(part), "{part} is not in\n{stderr}");
    }
    assert!(!fs::exists(&out).unwrap());
}

#[test]
fn what_cannot_be_compared_is_refused_with_its_exit_code() {
    let dir = Dir::new();
    fs::create_dir_all(dir.path("empty")).unwrap();
    let empty = dir.path("empty");
    let (code, _, stderr) = run(&["validate", BLOCK, "--data", &empty]);
    assert_eq!(code, 3);
    assert!(stderr.contains("the world has no section `survey`"), "{stderr}");
    let (code, _, stderr) = run(&[&["validate", BLOCK, "--data", &empty], &SURVEYED[..2]].concat());
    assert_eq!(code, 3);
    assert!(stderr.contains("no zone has a field `survey`"), "{stderr}");
    for (more, code, message) in [
        (&["--data", &empty][..], 4, "there is no measured table"),
        (&["--data", &dir.path("none")], 4, "there is no such folder"),
        (&["--daily", &dir.path("none.csv")], 4, "cannot read it"),
        (&[], 2, "--data <DIR>"),
        (&["--data", &empty, "--days", "2024-07-24"], 2, "write two days as in 2022-09-01..2022-09-30"),
        (&["--data", &empty, "--days", "2024-07-24..2024-07-24"], 3, "every day is left out"),
    ] {
        let (found, stdout, stderr) = validate(more);
        assert_eq!((found, stdout.as_str()), (code, ""), "{more:?}: {stderr}");
        assert!(stderr.contains(message), "{more:?}: {stderr}");
    }
}
