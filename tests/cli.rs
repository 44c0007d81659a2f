//! The binary from outside: exit codes, files, messages, and one answer however it is computed.
#![cfg(feature = "cli")]

use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::Int64Type;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

const BLOCK: &str = "worlds/block.ron";
const LEVELS: [&str; 5] = ["city", "district", "zone", "feeder", "transformer"];

/// A directory of one test, removed at its end.
pub(crate) struct Dir(PathBuf);

impl Dir {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("voltcity-cli-{}-{count}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).into_os_string().into_string().unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = entries.collect();
        names.sort();
        names
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// The program in the folder of the package, with a locale that has no say.
fn voltcity(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_voltcity"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    for name in ["LC_ALL", "LC_CTYPE", "LANG"] {
        command.env_remove(name);
    }
    command
}

/// Runs the program; its exit code, standard output and standard error.
pub(crate) fn run(arguments: &[&str]) -> (i32, String, String) {
    told(voltcity(arguments).output().unwrap())
}

fn told(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

pub(crate) fn summary_in(dir: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(dir.join("summary.json")).unwrap()).unwrap()
}

/// The summary of a quiet run of the block with more arguments.
fn summary(more: &[&str]) -> Value {
    let dir = Dir::new();
    let out = dir.path("run");
    let (code, stdout, stderr) = run(&[&["run", BLOCK, "--quiet", "--out", &out], more].concat());
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (0, "", ""), "{more:?}");
    summary_in(Path::new(&out))
}

fn hash(more: &[&str]) -> String {
    summary(more)["state_hash"].as_str().unwrap().to_owned()
}

#[test]
fn a_sound_world_is_said_to_be_sound() {
    let (code, stdout, stderr) = run(&["check", BLOCK]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.starts_with("worlds/block.ron: sound\n  1 district, 1 zone, 8 classes of vehicles\n"), "{stdout}");
    assert!(stdout.contains("  200 vehicles, 62 chargers, 1 transformer\n"), "{stdout}");
}

#[test]
fn problems_of_a_world_are_listed_and_cost_3() {
    for command in ["check", "describe", "run"] {
        let patch = ["--set", "fleet.taxi.count.0=many", "--set", "pv.arrays.0=few"];
        let (code, stdout, stderr) = run(&[&[command, BLOCK], &patch[..]].concat());
        assert_eq!((code, stdout.as_str()), (3, ""), "{stderr}");
        assert!(stderr.contains("--set fleet.taxi.count.0") && stderr.contains("--set pv.arrays.0"), "{stderr}");
        assert!(stderr.trim_end().contains("2 problems in "), "{stderr}");
    }
}

#[test]
fn a_world_that_cannot_be_read_costs_4() {
    for (world, message) in [("worlds/blok.ron", "there is no file `worlds/blok.ron`"), ("worlds", "is a directory")] {
        let (code, stdout, stderr) = run(&["check", world]);
        assert_eq!((code, stdout.as_str()), (4, ""));
        assert!(stderr.contains(message), "{stderr}");
    }
}

#[test]
fn a_wrong_command_line_costs_2() {
    let cases: [(&[&str], &str); 7] = [
        (&[], "Usage: voltcity <COMMAND>"),
        (&["fly"], "unrecognized subcommand 'fly'"),
        (&["run"], "<WORLD>"),
        (&["run", BLOCK, "--step", "7"], "invalid value '7' for '--step <SECONDS>': write whole minutes"),
        (&["run", BLOCK, "--threads", "0"], "0 is not in 1..="),
        (&["run", BLOCK, "--start", "25.7.2024"], "write it as 2024-07-25"),
        (&["run", BLOCK, "--series", "ward"], "write city, district, zone, station, feeder or transformer"),
    ];
    for (arguments, message) in cases {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.contains(message), "{arguments:?}: {stderr}");
    }
}

#[test]
fn help_and_version_go_to_standard_output() {
    for arguments in [
        &["--help"][..],
        &["help"],
        &["check", "--help"],
        &["describe", "--help"],
        &["run", "--help"],
        &["validate", "--help"],
    ] {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!((code, stderr.as_str()), (0, ""));
        assert!(stdout.contains("\n    voltcity ") && stdout.contains("Exit codes:"), "{stdout}");
        assert!(!stdout.contains('\u{1b}'), "colours in a pipe");
    }
    let (code, stdout, _) = run(&["--version"]);
    assert_eq!((code, stdout), (0, format!("voltcity {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn a_description_tells_agents_and_assumptions_in_text_and_json() {
    let dir = Dir::new();
    let file = dir.path("block.json");
    let (code, stdout, stderr) = run(&["describe", BLOCK, "--out", &file]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.is_ascii() && stdout.contains("Assumed in `fleet`"), "{stdout}");
    let value: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!((&value["totals"]["vehicles"], &value["totals"]["chargers"]), (&Value::from(200), &Value::from(62)));
    let figures = value["figures"].as_array().unwrap();
    let assumed = figures.iter().filter(|figure| figure["origin"] == "assumed").count();
    assert!(stdout.contains(&format!("\n{assumed} assumed, ")), "{assumed}");
    let (code, _, stderr) = run(&["describe", BLOCK, "--out", &dir.path("none/block.json")]);
    assert_eq!(code, 4);
    assert!(stderr.contains("cannot write ") && stderr.contains("choose another file"), "{stderr}");
}

#[test]
fn a_run_leaves_a_summary_with_every_key_and_a_report() {
    let dir = Dir::new();
    let out = dir.path("deep/run");
    let (code, stdout, stderr) = run(&["run", BLOCK, "--out", &out, "--threads", "2"]);
    assert_eq!(code, 0, "{stderr}");
    let value = summary_in(Path::new(&out));
    let keys = "version world seed start step_s steps threads days warmup_days world_digest peak_mw peak_time \
                ev_peak_mw ev_peak_time load_factor ledger_residual_j state_hash wall_s startup_s warmup_s \
                agent_steps_per_s peak_rss_mb load_curve_15min ev_by_class \
                agents.vehicles agents.chargers agents.stations agents.buildings agents.pv_arrays \
                agents.storage_units agents.transformers agents.feeders agents.substations agents.aggregators \
                energy_kwh.grid_import energy_kwh.grid_export energy_kwh.building energy_kwh.pv \
                energy_kwh.ev_charged_ac energy_kwh.ev_discharged_ac energy_kwh.driving energy_kwh.losses \
                energy_kwh.storage_in energy_kwh.storage_out energy_kwh.battery_gain energy_kwh.storage_gain \
                ev.vehicles_plugged_mean ev.trips ev.trips_unmet ev.sessions ev.queued_minutes \
                overload.transformers overload.minutes ev_by_class.taxi.km_per_day \
                ev_by_class.private.charged_kwh.home ev_by_class.private.returned_kwh.public_dc";
    for key in keys.split_whitespace() {
        assert!(value.pointer(&format!("/{}", key.replace('.', "/"))).is_some(), "{key} is missing");
    }
    assert_eq!(value["ledger_residual_j"], 0);
    assert_eq!((&value["threads"], &value["steps"]), (&Value::from(2), &Value::from(1_440)));
    assert_eq!(value["state_hash"].as_str().unwrap().len(), 16);
    for text in
        ["One block\nMonday 2024-07-22, steps of 60 s, seed 7\n", " The ledger's residual is 0 J. ", "Written to "]
    {
        assert!(stdout.contains(text), "{text:?} is not in\n{stdout}");
    }
    assert!(stdout.lines().filter(|line| !line.starts_with("Written")).all(|line| line.len() <= 80), "{stdout}");
    assert!(stdout.is_ascii() && !stdout.contains('\u{1b}') && !stderr.contains('\u{1b}'));
    assert!(stderr.contains("simulated 4 d in ") && stderr.contains(" agent steps/s"), "{stderr}");
}

/// Standard output depends on nothing but the world and the options.
#[test]
fn equal_runs_give_equal_reports_and_equal_series() {
    let dirs = [Dir::new(), Dir::new()];
    let reports = [["1", "single"], ["3", "multi"]].iter().zip(&dirs).map(|([threads, executor], dir)| {
        let out = dir.path("run");
        let (code, stdout, _) = run(&["run", BLOCK, "--out", &out, "--threads", threads, "--executor", executor]);
        assert_eq!(code, 0);
        stdout.replace(&out, "OUT")
    });
    let reports: Vec<String> = reports.collect();
    assert_eq!(reports[0], reports[1]);
    let series =
        |dir: &Dir| ["city", "district"].map(|l| fs::read(dir.path(&format!("run/series-{l}.parquet"))).unwrap());
    assert!(series(&dirs[0]) == series(&dirs[1]));
}

#[test]
fn one_answer_for_any_threads_executor_and_order() {
    let days = ["--days", "2"];
    let of = |more: &[&str]| hash(&[&days, more].concat());
    let one = of(&["--threads", "1"]);
    for more in [
        &["--threads", "2"][..],
        &["--threads", "4"],
        &["--threads", "2", "--executor", "multi"],
        &["--threads", "1", "--shuffle", "1"],
        &["--threads", "1", "--shuffle", "2"],
        &["--threads", "4", "--executor", "multi", "--shuffle", "3"],
        &["--series", "transformer", "--every", "1"],
    ] {
        assert_eq!(of(more), one, "{more:?}");
    }
    assert_ne!(of(&["--seed", "8"]), one);
    assert_ne!(of(&["--set", "fleet.taxi.count.0=7"]), one);
}

/// A longer step means coarser decisions, not another energy.
#[test]
fn steps_of_1_5_and_15_minutes_agree() {
    let [one, five, fifteen] = ["60", "300", "900"].map(|step| summary(&["--days", "7", "--step", step]));
    let ev_kwh = |value: &Value| value["energy_kwh"]["ev_charged_ac"].as_f64().unwrap();
    let peak_mw = |value: &Value| {
        let points = value["load_curve_15min"].as_array().unwrap();
        assert_eq!((points.len(), &value["load_curve_interval_s"]), (7 * 96, &Value::from(900)));
        points.iter().filter_map(|point| point["net_mw"].as_f64()).fold(0.0, f64::max)
    };
    for other in [&five, &fifteen] {
        assert_eq!(other["ledger_residual_j"], 0);
        let change = ev_kwh(other) / ev_kwh(&one) - 1.0;
        // Of a city 0.5 %; the block's 200 vehicles have fewer than 400 sessions in a week.
        assert!(change.abs() < 0.01, "energy of vehicles: {change}");
        let change = peak_mw(other) / peak_mw(&one) - 1.0;
        assert!(change.abs() < 0.05, "peak: {change}");
    }
}

/// Rows of a series as columns by name.
fn read_series(path: &str) -> Vec<(String, Vec<i64>)> {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let names =
        reader.metadata().file_metadata().schema_descr().columns().iter().map(|column| column.name().to_owned());
    let mut columns: Vec<(String, Vec<i64>)> = names.map(|name| (name, Vec::new())).collect();
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).unwrap();
        for (at, (_, values)) in columns.iter_mut().enumerate() {
            let mut column = get_typed_column_reader::<Int64Type>(group.get_column_reader(at).unwrap());
            column.read_records(group.metadata().num_rows() as usize, None, None, values).unwrap();
        }
    }
    columns
}

#[test]
fn every_series_is_readable_and_adds_up_to_the_summary() {
    let dir = Dir::new();
    let all = LEVELS.join(",");
    let (code, _, stderr) = run(&["run", BLOCK, "--out", &dir.path("run"), "--series", &all, "--every", "30"]);
    assert_eq!(code, 0, "{stderr}");
    let value = summary_in(&dir.0.join("run"));
    let grid_kwh = value["energy_kwh"]["grid_import"].as_f64().unwrap();
    for level in LEVELS {
        let columns = read_series(&dir.path(&format!("run/series-{level}.parquet")));
        let values = |name: &str| &columns.iter().find(|column| column.0 == name).unwrap_or_else(|| panic!("{name}")).1;
        assert!(values("time").len() == 48 && values("interval_s").iter().all(|s| *s == 1_800), "{level}");
        // 2024-07-22T00:00 in Shenzhen.
        assert_eq!(values("time")[0], 1_721_577_600_000, "{level}");
        let kwh = values("net_w").iter().sum::<i64>() as f64 / 2e3;
        // Mean power in whole watts.
        assert!((kwh - grid_kwh).abs() < 48.0 * 0.5e-3 + 1e-9, "{level}: {kwh} {grid_kwh}");
    }
    assert_eq!(hash(&["--series", "none"]), value["state_hash"].as_str().unwrap());
}

#[test]
fn files_of_an_earlier_run_are_replaced_and_others_pointed_out() {
    let dir = Dir::new();
    let out = dir.path("run");
    let of = |more: &[&str]| run(&[&["run", BLOCK, "--out", &out], more].concat());
    assert_eq!(of(&["--series", "city,zone"]).0, 0);
    let (code, _, stderr) = of(&["--series", "city", "--seed", "8"]);
    assert_eq!(code, 0);
    assert!(stderr.contains("series-zone.parquet is of an earlier run"), "{stderr}");
    assert_eq!(summary_in(Path::new(&out))["seed"], 8);
    assert_eq!(Dir(out.into()).names(), ["series-city.parquet", "series-zone.parquet", "summary.json"]);
}

#[test]
fn a_directory_that_cannot_be_written_costs_5_before_anything_is_simulated() {
    let dir = Dir::new();
    fs::write(dir.0.join("file"), "").unwrap();
    let (code, stdout, stderr) = run(&["run", BLOCK, "--out", &dir.path("file/run")]);
    assert_eq!((code, stdout.as_str()), (5, ""));
    assert!(stderr.starts_with("error: cannot create ") && stderr.contains("--out"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert_eq!(dir.names(), ["file"]);
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_is_no_failure() {
    let dir = Dir::new();
    let out = dir.path("run");
    for arguments in [&["run", BLOCK, "--quiet"][..], &["run", BLOCK], &["describe", BLOCK], &["run", "--help"]] {
        let arguments = if arguments.contains(&BLOCK) && arguments[0] == "run" {
            [arguments, &["--out", &out]].concat()
        } else {
            arguments.to_vec()
        };
        let mut child = voltcity(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("panicked") && !stderr.contains("error"), "{stderr}");
    }
    assert_eq!(summary_in(Path::new(&out))["ledger_residual_j"], 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_costs_5_and_the_files_stay() {
    let dir = Dir::new();
    let out = dir.path("run");
    for arguments in [&["run", BLOCK, "--out", &out][..], &["describe", BLOCK], &["check", BLOCK], &["--help"]] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let (code, _, stderr) = told(voltcity(arguments).stdout(full).output().unwrap());
        assert_eq!(code, 5, "{arguments:?}");
        assert!(stderr.contains("error: cannot write to standard output: "), "{stderr}");
    }
    assert_eq!(Dir(out.into()).names(), ["series-city.parquet", "series-district.parquet", "summary.json"]);
}

/// A limit on the size of files stands in for a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_costs_5_and_replaces_nothing() {
    let dir = Dir::new();
    let out = dir.path("run");
    assert_eq!(run(&["run", BLOCK, "--out", &out, "--quiet", "--series", "city,transformer"]).0, 0);
    let files = || ["summary.json", "series-city.parquet"].map(|name| fs::read(dir.0.join("run").join(name)).unwrap());
    let before = files();
    let script = "ulimit -f 16; exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_voltcity"), "run", BLOCK, "--out", &out]);
    command.args(["--series", "city,transformer", "--every", "1"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let (code, stdout, stderr) = told(command.output().unwrap());
    assert_eq!((code, stdout.as_str()), (5, ""), "{stderr}");
    assert!(stderr.contains("error: cannot write ") && stderr.contains("series-city.parquet"), "{stderr}");
    assert!(files() == before, "a file of the earlier run was replaced");
    let names = Dir(out.into()).names();
    assert!(names.iter().all(|name| !name.ends_with(".partial")), "{names:?}");
}
