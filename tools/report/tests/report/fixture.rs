//! Result directories as voltcity writes them, but small, and the tool run on them.

use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// What must never become markup.
pub(crate) const HOSTILE: &str = "</script><b onclick=\"x\">&<!--";
/// Quarters of an hour of a day.
const FRAMES: i64 = 96;
/// 2024-07-24T16:00Z, the local midnight of 25 July.
const START_MS: i64 = 1_721_836_800_000;

/// A directory of one test, removed at its end.
pub(crate) struct Dir(PathBuf);

impl Dir {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("voltcity-report-{}-{count}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// Runs the tool.
pub(crate) fn tool(arguments: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_voltcity-report")).args(arguments).output().unwrap()
}

/// The page of directories and options, which must succeed.
pub(crate) fn page(dir: &Dir, names: &[&str]) -> String {
    let out = dir.path("report.html");
    let argument = |name: &&str| if name.starts_with("--") { name.into() } else { dir.path(name) };
    let mut arguments: Vec<PathBuf> = names.iter().map(argument).collect();
    arguments.extend(["--out".into(), out.clone()]);
    let arguments: Vec<&Path> = arguments.iter().map(PathBuf::as_path).collect();
    let output = tool(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(out).unwrap()
}

/// A Parquet file of whole numbers, after a column of text if there is one.
pub(crate) fn table(
    path: &Path,
    metadata: &[(&str, String)],
    text: Option<(&str, &[&str])>,
    columns: &[(&str, Vec<i64>)],
) {
    let texts = text.map_or_else(String::new, |(name, _)| format!("required binary {name} (UTF8); "));
    let numbers: Vec<String> = columns.iter().map(|(name, _)| format!("required int64 {name}; ")).collect();
    let schema = parse_message_type(&format!("message t {{ {texts}{} }}", numbers.concat())).unwrap();
    let pairs = metadata.iter().map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone())).collect();
    let properties = WriterProperties::builder().set_key_value_metadata(Some(pairs)).build();
    let file = File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    if let Some((_, values)) = text {
        let values: Vec<ByteArray> = values.iter().map(|value| (*value).into()).collect();
        let mut column = group.next_column().unwrap().unwrap();
        let ColumnWriter::ByteArrayColumnWriter(writer) = column.untyped() else { unreachable!() };
        writer.write_batch(&values, None, None).unwrap();
        column.close().unwrap();
    }
    for (_, values) in columns {
        let mut column = group.next_column().unwrap().unwrap();
        let ColumnWriter::Int64ColumnWriter(writer) = column.untyped() else { unreachable!() };
        writer.write_batch(values, None, None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

/// A power that goes up and down over the day, in W.
fn wave(frame: i64, node: i64, most_w: i64) -> i64 {
    most_w * (8 + (frame + 5 * node) % 24 - (frame % 7)) / 32
}

fn series(dir: &Dir, level: &str, nodes: &[i64], metadata: &[(&str, String)]) {
    let rows: Vec<(i64, usize)> =
        (0..FRAMES).flat_map(|frame| (0..nodes.len()).map(move |node| (frame, node))).collect();
    let column =
        |of: &dyn Fn(i64, usize) -> i64| rows.iter().map(|(frame, node)| of(*frame, *node)).collect::<Vec<_>>();
    let power = |most_w: i64| column(&|frame, node| wave(frame, node as i64, most_w));
    let mut columns = vec![
        ("time", column(&|frame, _| START_MS + frame * 900_000)),
        ("interval_s", column(&|_, _| 900)),
        ("id", column(&|_, node| nodes[node])),
        ("net_w", power(9_000_000)),
    ];
    if level != "feeder" {
        let rest =
            [("building_w", 8_000_000), ("pv_w", 900_000), ("ev_charged_w", 1_500_000), ("ev_returned_w", 10_000)];
        columns.extend(rest.map(|(name, most_w)| (name, power(most_w))));
        // Vehicles have a rhythm of their own.
        columns[6].1.reverse();
    }
    let own = [("voltcity.world_digest", "00aa".to_owned()), ("voltcity.seed", "7".to_owned())];
    let metadata: Vec<_> = own.into_iter().chain(metadata.iter().cloned()).collect();
    table(&dir.path(&format!("run/series-{level}.parquet")), &metadata, None, &columns);
}

/// Places of six zones in two districts; the last lies far to the east.
pub(crate) fn places() -> Value {
    let place = |k: i64| {
        json!({
            "id": 100 + k, "district": if k < 3 { "Futian" } else { HOSTILE },
            "lon": 114.0 + 0.02 * k as f64 + if k == 5 { 0.8 } else { 0.0 },
            "lat": 22.5 + 0.01 * (k % 2) as f64, "area_km2": 3.0 + k as f64, "limit_mw": 12.0, "points": 50,
            "points_mw": 2.5,
        })
    };
    (0..6).map(place).collect()
}

/// Stations of the run, one at the centre of each zone; at the last nothing works.
fn stations(dir: &Dir) {
    let of = |value: &dyn Fn(i64, i64) -> i64| {
        (0..FRAMES).flat_map(|frame| (0..6).map(move |k| (frame, k))).map(|(frame, k)| value(frame, k)).collect()
    };
    let points = |k: i64| if k == 5 { 0 } else { 8 + 2 * k };
    let columns: [(&str, Vec<i64>); 6] = [
        ("time", of(&|frame, _| START_MS + frame * 900_000)),
        ("interval_s", of(&|_, _| 900)),
        ("id", of(&|_, k| 11 + k)),
        ("points", of(&|_, k| points(k))),
        ("busy", of(&|frame, k| (frame / 8 + k) % 9 * points(k) / 8)),
        ("queued", of(&|frame, k| (frame / 8 + k) % 9 / 7 * 3)),
    ];
    let places = places();
    let all = |name: &str| places.as_array().unwrap().iter().map(|p| p[name].clone()).collect::<Vec<_>>();
    let kinds = ["super-charging", "public", "V2G", "integrated", HOSTILE, "public"];
    let about = json!({
        "id": [11, 12, 13, 14, 15, 16], "kind": kinds, "lon": all("lon"), "lat": all("lat"), "zone": all("id"),
        "power_kw": [600, 480, 60, 240, 960, 120],
    });
    let metadata = [
        ("voltcity.world_digest", "00aa".to_owned()),
        ("voltcity.seed", "7".to_owned()),
        ("voltcity.stations", about.to_string()),
    ];
    table(&dir.path("run/series-station.parquet"), &metadata, None, &columns);
}

/// A run with all its series.
pub(crate) fn run(dir: &Dir) {
    let curve: Vec<Value> = (0..FRAMES)
        .map(|frame| {
            json!({
                "time": format!("2024-07-25T{:02}:{:02}", frame / 4, frame % 4 * 15),
                "net_mw": 60.0 + frame as f64 % 20.0,
                "building_mw": 55.0, "pv_mw": if (30..70).contains(&frame) { 4.0 } else { 0.0 }, "ev_charged_mw": 9.0,
                "ev_returned_mw": 0.5, "storage_mw": if frame < 8 { 1.0 } else { -0.5 },
            })
        })
        .collect();
    let charged = json!({"home": 1200.0, "public_ac": 300.5, "public_dc": 900.0, "depot": 0.0});
    let sessions = json!({"home": 60, "public_ac": 20, "public_dc": 31, "depot": 0});
    let class = json!({"vehicles": 200, "km_per_day": 25.5, "driving_kwh": 2300.0, "charged_kwh": charged,
        "sessions": sessions});
    let summary = json!({
        "version": "0.1.0", "world": HOSTILE, "world_file": "worlds/block.ron", "world_digest": "00aa",
        "patch": [], "set": [],
        "seed": 7, "start": "2024-07-25", "days": 1, "warmup_days": 1, "step_s": 60, "threads": 2,
        "wall_s": 0.123_456,
        "agents": {"vehicles": 200, "chargers": 60, "transformers": 30, "aggregators": 1},
        "peak_mw": 79.5, "peak_time": "2024-07-25T13:53", "load_factor": 0.85, "ev_peak_mw": 12.0,
        "ev_peak_time": "2024-07-25T00:53",
        "energy_kwh": {
            "grid_import": 1_000_000.0, "grid_export": 0.0, "building": 990_000.0, "pv": 20_000.0,
            "ev_charged_ac": 24_000.0,
            "driving": 23_000.0, "losses": 2_000.0, "battery_gain": 28_000.0, "storage_gain": 0.0,
        },
        "ev": {
            "vehicles_plugged_mean": 40.5, "trips": 700, "trips_unmet": 1, "trips_late": 2, "sessions": 111,
            "sessions_interrupted": 1, "queued_minutes": 90.0, "gave_up": 0,
        },
        "ev_by_class": {"private": class, "taxi": class},
        "overload": {"transformers": 1, "minutes": 12.0, "feeders": 0, "substations": 0},
        "worst_transformers": [
            {"id": 4, "loading": 1.2, "minutes": 12.0, "rating_kva": 400.0, "serves": [HOSTILE], "zone": 101,
                "district": HOSTILE},
        ],
        "ledger_residual_j": 0, "state_hash": "0123456789abcdef", "load_curve_interval_s": 900,
        "load_curve_15min": curve,
        "series": ["series-city.parquet", "series-district.parquet", "series-zone.parquet", "series-station.parquet",
            "series-feeder.parquet"],
    });
    dir.write("run/summary.json", &summary.to_string());
    let published = json!({"peak_mw": {"value": 80.0, "unit": "MW", "source": "a source <b>"}});
    series(dir, "city", &[0], &[("voltcity.published", published.to_string())]);
    series(dir, "district", &[0, 1], &[("voltcity.ids", json!(["Futian", HOSTILE]).to_string())]);
    series(dir, "zone", &[100, 101, 102, 103, 104, 105], &[("voltcity.places", places().to_string())]);
    stations(dir);
    series(dir, "feeder", &[0, 1, 2], &[("voltcity.limits_w", "[10000000, 9000000, 5000000]".to_owned())]);
}

/// An event with its settlement.
pub(crate) fn event(dir: &Dir) {
    let minutes: Vec<f64> = (0..300).map(|k| if (60..120).contains(&k) { 4.0 } else { -0.5 }).collect();
    let event = json!({
        "version": 1, "world": "Block", "event": HOSTILE, "start": "2024-07-25T18:00:00",
        "end": "2024-07-25T19:00:00",
        "policy": "merit-order, within the limits of the grid", "warmup_days": 10, "step_s": 60, "called_off": null,
        "published": {"vehicles": {"value": 70, "unit": "", "source": "press"}},
        "requested_mw": 5.0, "requested_mw_mean": 5.0, "delivered_mw_mean": 4.0, "response_rate": 0.8,
        "ramp_s_to_90": null,
        "sustained_share": 1.0, "rebound_peak_mw": 1.0, "rebound_energy_share": 0.3,
        "funnel": {"capable": 50, "enrolled": 40, "one_way": 3, "plugged": 5, "above_floor": 4, "able": 4},
        "turnout": {"members_invited": 9, "vehicles_invited": 80, "vehicles_called": 66, "put_off": 0},
        "shortfall_share": {"declined": 0.25, "at_floor": 0.75, "unfollowed": 0.0},
        "vehicles": {"delivered": 60, "discharging": 4},
        "energy_kwh": {"requested": 5000.0, "reduction": 4000.0, "before": 1.0, "charging": 3500.0,
            "discharge": 500.0},
        "trips_harmed": 0, "trips_late": {"without": 3, "with": 3}, "overload_minutes": {"without": 2.0, "with": 1.0},
        "baselines": {
            "last-5": {"bias_mw": -1.0, "rmse_mw": 1.5, "gaming_yuan": 100.0},
            "high-5-of-10": {
                "bias_mw": null, "rmse_mw": null,
                "why": "7 of the 9 days before the event are normal working days, 10 are needed",
            },
        },
        "money_yuan": {"operator": 300.0, "owners": 100.0, "grid": -410.0, "wear": 10.0, "buyback": 5.0, "sum": 0.0},
        "quarters": [
            {"from": "2024-07-25T18:00", "requested_mw": 5.0, "delivered_mw": 3.0, "told_mw": 3.5},
            {"from": "2024-07-25T18:15", "requested_mw": 5.0, "delivered_mw": 5.0, "told_mw": 4.5},
        ],
        "curve": {
            "from": "2024-07-25T17:00", "step_s": 60, "requested_mw": minutes, "delivered_mw": minutes,
            "without_ev_mw": minutes, "with_ev_mw": minutes, "without_mw": minutes, "with_mw": minutes,
        },
        "event_hash": "aa", "ledger_residual_j": 0,
    });
    dir.write("event/event.json", &event.to_string());
    let numbers = [
        "increase",
        "requested_j",
        "delivered_j",
        "credited_j",
        "shortfall_j",
        "payment_uyuan",
        "penalty_uyuan",
        "operator_net_uyuan",
        "owner_net_uyuan",
    ];
    let columns: Vec<_> = numbers
        .map(|name| (name, if name == "increase" { vec![0; 3] } else { vec![3_600_000_000, 7_200_000_000, 1] }))
        .into();
    table(
        &dir.path("event/settlement.parquet"),
        &[],
        Some(("party", &["operator 01", HOSTILE, "operator 01"])),
        &columns,
    );
}

/// A validation, a capability, a study and a world.
pub(crate) fn others(dir: &Dir) {
    let hours: Vec<f64> = (0..24).map(|h| 100.0 + f64::from(h)).collect();
    let fit = json!({
        "n": 24, "mean_measured": 110.0, "mean_simulated": 111.0, "bias": 0.01, "wape": 0.04, "pearson": 0.99,
        "spearman": 0.9,
        "measured": hours, "simulated": hours, "bars": {"wape": {"at_most": 0.05, "met": true}},
    });
    let zone = |k: u32| {
        json!({
            "zone": k, "district": "Futian", "lon": 114.0 + 0.02 * f64::from(k), "lat": 22.5, "points": 20,
            "measured": 0.1 * f64::from(k), "simulated": 0.2,
        })
    };
    let day = |k: u32| {
        json!({"date": format!("2022-09-{k:02}"), "left_out": k == 3,
        "busy_points_measured": 10.0, "busy_points_simulated": 11.0})
    };
    let validation = json!({
        "run": {"world": "Winter", "digest": "bb", "seed": 1, "start": "2022-09-01", "days": 9, "step_s": 900,
            "state_hash": "cc"},
        "hour_of_day": {"weekday": {"busy_points": fit}, "weekend": {"busy_points": fit}},
        "zones": {"utilisation": {"n": 4, "wape": 0.2, "spearman": 0.46, "wape_points_weighted": 0.24},
            "rows": (1..5).map(zone).collect::<Vec<_>>()},
        "daily": {"busy_points": fit, "rows": (1..10).map(day).collect::<Vec<_>>()},
        "left_out": {"points_surveyed": 80},
    });
    dir.write("validation/validation.json", &validation.to_string());
    let load = json!({
        "resources": 9, "connected_mw": 8.0, "adjustable_mw": 3.0, "down_mw": {"second": 1.0, "minute": 2.0,
            "hour": 3.0},
        "up_mw": {"second": 1.0, "minute": 1.0, "hour": 1.0},
    });
    let capability = json!({
        "version": 1, "world": "Block", "at": "2024-07-25T18:00:00", "seed": 7, "resources_joined": 10,
        "resources_heard": 9, "city": load,
        "kinds": {"charging": load, "cooling": load}, "districts": {"Futian": load},
        "v2g_funnel": {"capable": 4, "able": 1},
        "hours": vec![load; 24], "areas": [],
    });
    dir.write("capability/capability.json", &capability.to_string());
    let rung = |k: u32| {
        json!({"share": f64::from(k) / 10.0, "two_way_guns": k * 10,
        "mw_within_limits": f64::from(k), "mw_sold_already": 0.5, "funnel": {"plugged": k}})
    };
    let study = json!({
        "version": 1, "study": "Ladder", "world": "Block", "seed": 7, "at": "2024-07-25T18:00:00", "hold_s": 3600,
        "ladders": [{"name": "the cars there are", "rungs": (0..4).map(rung).collect::<Vec<_>>(),
            "saturates_at": 0.2}],
    });
    dir.write("study/study.json", &study.to_string());
    let future = |name: &str, events: Value| {
        json!({"name": name, "peak_mw": 91.0, "peak_time": "2024-07-25T19:00", "ev_peak_mw": 9.0,
            "energy_mwh": {"grid_import": 500.0, "ev_charged": 40.0, "ev_returned": 1.0}, "trips_late": 3,
            "trips_unmet": 0, "events": events})
    };
    let event = json!({"event": "e", "start": "2024-07-25T18:00", "end": "2024-07-25T19:00", "requested_mwh": 4.0,
        "delivered_mwh": 3.8, "vehicles_called": 70, "vehicles_discharging": 20});
    let fork = json!({
        "version": "0.1.0", "world": "Block", "from": {"time": "2024-07-25T12:00", "state_hash": "aa"},
        "futures": [future("unchanged", json!([])), future(HOSTILE, json!([event]))],
    });
    dir.write("fork/fork.json", &fork.to_string());
    let world = json!({
        "world": "Block", "digest": "dd", "start": "2024-07-25", "totals": {"vehicles": 200, "pv_mw": 2.0},
        "published": [
            {"key": "vpp_adjustable_mw", "value": 3.5, "unit": "MW", "source": "a report"},
            {"key": "discharging", "value": 123_456, "unit": "", "source": "of the city, not of an event"},
        ],
        "districts": [{"name": "Futian", "vehicles": 200}],
        "figures": [{"section": "fleet", "path": "private.count", "value": "(1,2)", "source": HOSTILE,
            "origin": "assumed"}],
    });
    dir.write("world/describe.json", &world.to_string());
}
