//! The tool from outside: every format and kind agrees with the snapshot, and is read by other readers.

use parquet::data_type::Int64Type;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::record::RowAccessor;
use parquet::schema::parser::parse_message_type;
use std::fs::{self, File};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use voltcity::report::recorder::schema;
use voltcity::snapshot::write;
use voltcity::telemetry::Level;
use voltcity::telemetry::frame::KEY_COLUMNS;
use voltcity::twin::{AgentCounts, Options, Twin};
use voltcity::world::Checked;

/// A directory of one test with a snapshot in it, removed at its end.
struct Noon {
    dir: PathBuf,
    counts: AgentCounts,
    vehicles_j: i64,
    storage_j: i64,
}

impl Noon {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("voltcity-export-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let dir = std::env::temp_dir().join(name);
        fs::create_dir_all(&dir).unwrap();
        let world = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../worlds/block.ron");
        let world = Checked::load(&world, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        let options = Options { step_s: 300, warmup_days: Some(1), ..Options::default() };
        let mut twin = Twin::new(world.plan(), &options);
        (0..430).for_each(|_| twin.step());
        fs::write(dir.join("noon.twin"), write(&mut twin, &world, None, Cursor::new(Vec::new())).unwrap().into_inner())
            .unwrap();
        let stored = twin.stored();
        Self { dir, counts: twin.counts(), vehicles_j: stored.vehicles_j, storage_j: stored.storage_j }
    }

    /// Runs the tool; its exit code and what it said.
    fn run(&self, more: &[&str]) -> (i32, String) {
        let out = self.dir.join("out");
        let mut command = Command::new(env!("CARGO_BIN_EXE_voltcity-export"));
        command.arg(self.dir.join("noon.twin")).arg("--out").arg(out).args(more);
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    fn ok(&self, more: &[&str]) {
        let (code, said) = self.run(more);
        assert_eq!(code, 0, "{more:?}: {said}");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join("out").join(name)
    }

    /// Kinds, with how many there are.
    fn kinds(&self) -> [(&'static str, usize); 9] {
        let c = &self.counts;
        [
            ("vehicle", c.vehicles),
            ("charger", c.chargers),
            ("station", c.stations),
            ("building", c.buildings),
            ("pv", c.pv_arrays),
            ("storage", c.storage_units),
            ("transformer", c.transformers),
            ("feeder", c.feeders),
            ("substation", c.substations),
        ]
    }
}

impl Drop for Noon {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.dir).ok();
    }
}

/// Sum of a column of a CSV file, and the number of rows.
fn csv_sum(path: &Path, column: &str) -> (usize, i64) {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let at = reader.headers().unwrap().iter().position(|name| name == column).unwrap();
    let values: Vec<i64> = reader.records().map(|record| record.unwrap()[at].parse().unwrap()).collect();
    (values.len(), values.iter().sum())
}

#[test]
fn every_kind_agrees_with_the_snapshot_in_csv_json_and_ron() {
    let noon = Noon::new();
    for format in ["csv", "json", "ron"] {
        noon.ok(&["--format", format]);
    }
    for (kind, count) in noon.kinds() {
        let rows = csv::Reader::from_path(noon.path(&format!("{kind}.csv"))).unwrap().records().count();
        assert_eq!(rows, count, "{kind}");
        let json: Vec<serde_json::Map<String, serde_json::Value>> =
            serde_json::from_reader(File::open(noon.path(&format!("{kind}.json"))).unwrap()).unwrap();
        assert_eq!(json.len(), count, "{kind}");
        let text = fs::read_to_string(noon.path(&format!("{kind}.ron"))).unwrap();
        let ron::Value::Seq(records) = ron::from_str(&text).unwrap() else { panic!("{kind}: a list") };
        assert_eq!(records.len(), count, "{kind}");
    }
    assert_eq!(csv_sum(&noon.path("vehicle.csv"), "energy_j"), (noon.counts.vehicles, noon.vehicles_j));
    assert_eq!(csv_sum(&noon.path("storage.csv"), "energy_j").1, noon.storage_j);
    let chargers = csv_sum(&noon.path("station.csv"), "chargers").1;
    // Private piles belong to no public station but to their owner's compound, so all are counted.
    assert_eq!(chargers, noon.counts.chargers as i64);
    let of_zone = csv_sum(&noon.path("zone.csv"), "vehicles").1;
    assert_eq!(of_zone, noon.counts.vehicles as i64);
}

#[test]
fn parquet_has_types_units_and_the_same_sums() {
    let noon = Noon::new();
    noon.ok(&["--format", "parquet"]);
    for (kind, count) in noon.kinds() {
        let reader = SerializedFileReader::new(File::open(noon.path(&format!("{kind}.parquet"))).unwrap()).unwrap();
        assert_eq!(reader.get_row_iter(None).unwrap().count(), count, "{kind}");
    }
    let reader = SerializedFileReader::new(File::open(noon.path("vehicle.parquet")).unwrap()).unwrap();
    let at = |name: &str| {
        let schema = reader.metadata().file_metadata().schema_descr();
        schema.columns().iter().position(|column| column.name() == name).unwrap()
    };
    let (energy, class) = (at("energy_j"), at("class"));
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.iter().map(|row| row.get_long(energy).unwrap()).sum::<i64>(), noon.vehicles_j);
    assert!(rows.iter().any(|row| row.get_string(class).unwrap() == "private"));
    let metadata = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let value = |key: &str| metadata.iter().find(|pair| pair.key == key).and_then(|pair| pair.value.clone());
    assert_eq!(value("energy_j.unit").as_deref(), Some("J"));
    assert_eq!(value("voltcity.world").as_deref(), Some("One block"));
    assert_eq!(value("voltcity.tick").as_deref(), Some("430"));
}

#[test]
fn points_lie_in_shenzhen_in_the_datum_asked_for() {
    let noon = Noon::new();
    let mut seen = Vec::new();
    for datum in ["wgs84", "gcj02"] {
        noon.ok(&["--format", "geojson", "--coordinates", datum]);
        let text = fs::read_to_string(noon.path("station.geojson")).unwrap();
        let all: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(all["type"], "FeatureCollection");
        let features = all["features"].as_array().unwrap();
        assert_eq!(features.len(), noon.counts.stations);
        for feature in features {
            assert_eq!((&feature["type"], &feature["geometry"]["type"]), (&"Feature".into(), &"Point".into()));
            // Longitude first, as RFC 7946 has it.
            let [lon, lat] = [0, 1].map(|at| feature["geometry"]["coordinates"][at].as_f64().unwrap());
            assert!((113.7..114.7).contains(&lon) && (22.3..22.9).contains(&lat), "{lon} {lat}");
            assert!(feature["properties"]["chargers"].as_i64().unwrap() > 0);
            seen.push(lon);
        }
    }
    let shift = seen[0] - seen[noon.counts.stations];
    // Maps of Shenzhen are some 500 m east of what GPS says.
    assert!((-0.008..-0.003).contains(&shift), "{shift}");
    noon.ok(&["--format", "geoparquet", "--kind", "station"]);
    let reader = SerializedFileReader::new(File::open(noon.path("station.parquet")).unwrap()).unwrap();
    let metadata = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let geo = metadata.iter().find(|pair| pair.key == "geo").and_then(|pair| pair.value.clone()).unwrap();
    let geo: serde_json::Value = serde_json::from_str(&geo).unwrap();
    assert_eq!((&geo["version"], &geo["columns"]["geometry"]["encoding"]), (&"1.1.0".into(), &"WKB".into()));
}

#[test]
fn conditions_and_columns_choose() {
    let noon = Noon::new();
    noon.ok(&["--kind", "vehicle", "--where", "class = 'private' and state_of_charge < 0.5", "--columns", "id,class"]);
    let mut reader = csv::Reader::from_path(noon.path("vehicle.csv")).unwrap();
    assert_eq!(reader.headers().unwrap(), vec!["id", "class"]);
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert!(!rows.is_empty() && rows.len() < noon.counts.vehicles && rows.iter().all(|row| &row[1] == "private"));
    noon.ok(&["--kind", "vehicle", "--where", "not (class = 'private' and state_of_charge < 0.5)"]);
    let others = csv::Reader::from_path(noon.path("vehicle.csv")).unwrap().records().count();
    assert_eq!(others + rows.len(), noon.counts.vehicles);
}

#[test]
fn what_is_wrong_is_told_with_an_exit_code() {
    let noon = Noon::new();
    for (arguments, code, words) in [
        (&["--kind", "vehicle", "--columns", "id,energy_kwh"][..], 2, "did you mean `energy_j`?"),
        (&["--kind", "vehicle", "--where", "clas = 'taxi'"], 2, "did you mean `class`?"),
        (&["--kind", "vehicle", "--format", "geojson"], 2, "choose --kind station or zone"),
        (&["--kind", "ship"], 2, "invalid value 'ship'"),
    ] {
        let (found, said) = noon.run(arguments);
        assert!(found == code && said.contains(words), "{arguments:?}: {found} {said}");
    }
    assert!(!noon.dir.join("out").exists(), "nothing is written before all is checked");
    fs::write(noon.dir.join("out"), "a file").unwrap();
    assert_eq!(noon.run(&[]).0, 5);
    let bytes = fs::read(noon.dir.join("noon.twin")).unwrap();
    fs::write(noon.dir.join("noon.twin"), &bytes[..bytes.len() / 2]).unwrap();
    let (code, said) = noon.run(&[]);
    assert!(code == 6 && said.contains("is cut short"), "{code} {said}");
    fs::remove_file(noon.dir.join("noon.twin")).unwrap();
    assert_eq!(noon.run(&[]).0, 4);
}

/// `DuckDB`, pandas, pyarrow and geopandas read what was written, where they are installed.
#[test]
#[allow(clippy::print_stderr, reason = "what was not looked at is told")]
fn other_readers_find_the_same() {
    let noon = Noon::new();
    let out = |name: &str| noon.dir.join(name);
    for format in ["csv", "parquet", "geojson", "geoparquet"] {
        let snapshot = noon.dir.join("noon.twin");
        let mut command = Command::new(env!("CARGO_BIN_EXE_voltcity-export"));
        let output = command.arg(snapshot).arg("--out").arg(out(format)).args(["--format", format]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/read_back.py");
    let dirs = ["csv", "parquet", "geojson", "geoparquet"].map(out);
    let Ok(read) = Command::new("python3").arg(script).args(dirs).output() else {
        eprintln!("python3 is not installed: nothing else has read the files");
        return;
    };
    let (said, wrong) = (String::from_utf8_lossy(&read.stdout), String::from_utf8_lossy(&read.stderr));
    match read.status.code() {
        Some(0) => assert!(said.contains("11 kinds agree") && said.contains("points agree"), "{said}"),
        Some(77) => eprintln!("{said}: nothing else has read the files"),
        code => panic!("{code:?}: {said}{wrong}"),
    }
}

/// A series as `voltcity run` writes it, of two intervals.
fn series(path: &Path, level: Level, ids: &[i64], about: &[(&str, &str)]) {
    let columns: Vec<&str> = KEY_COLUMNS.into_iter().chain(schema(level).columns.iter().map(|c| c.name)).collect();
    let fields: String = columns.iter().fold(String::new(), |all, name| all + "required int64 " + name + ";");
    let parsed = Arc::new(parse_message_type(&format!("message series {{ {fields} }}")).unwrap());
    let about = about.iter().map(|(key, value)| KeyValue::new((*key).to_owned(), (*value).to_owned())).collect();
    let properties = WriterProperties::builder().set_key_value_metadata(Some(about)).build();
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), parsed, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for place in 0..columns.len() {
        let value = |interval: i64, id: i64| match place {
            0 => (1_721_923_200 + 900 * interval) * 1_000,
            1 => 900,
            2 => id,
            _ => 1_000 * interval + 10 * place as i64 + id,
        };
        let values: Vec<i64> = (0..2).flat_map(|interval| ids.iter().map(move |id| value(interval, *id))).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&values, None, None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn the_series_of_a_run_are_exported_too() {
    let noon = Noon::new();
    let run = noon.dir.join("run");
    fs::create_dir_all(&run).unwrap();
    let export = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_voltcity-export"));
        let output = command.arg(&run).arg("--out").arg(noon.dir.join("out")).args(more).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = export(&[]);
    assert!(code == 2 && said.contains("has no series"), "{code}: {said}");
    let places =
        r#"[{"id": 7, "name": "Hua", "lon": 114.06, "lat": 22.54}, {"id": 9, "name": "", "lon": 114.1, "lat": 22.6}]"#;
    series(&run.join("series-zone.parquet"), Level::Zone, &[7, 9], &[("voltcity.places", places)]);
    series(&run.join("series-district.parquet"), Level::District, &[0], &[("voltcity.ids", r#"["Futian"]"#)]);
    assert_eq!(export(&[]).0, 0);
    let district = fs::read_to_string(noon.path("district.csv")).unwrap();
    assert!(district.contains("2024-07-25T16:00:00Z,900,0,Futian,"), "{district}");
    assert_eq!(csv_sum(&noon.path("zone.csv"), "net_w").0, 4);
    assert_eq!(export(&["--format", "geojson", "--where", "name = 'Hua'"]).0, 0);
    let map: serde_json::Value = serde_json::from_reader(File::open(noon.path("zone.geojson")).unwrap()).unwrap();
    assert_eq!(map["features"].as_array().unwrap().len(), 2);
    let (code, said) = export(&["--kind", "vehicle"]);
    assert!(code == 2 && said.contains("choose district, zone"), "{code}: {said}");
    fs::write(run.join("series-zone.parquet"), "PAR1 no more").unwrap();
    let (code, said) = export(&["--kind", "zone"]);
    assert!(code != 0 && said.contains("series-zone.parquet"), "{code}: {said}");
}
