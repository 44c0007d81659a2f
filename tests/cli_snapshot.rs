//! Snapshots from outside: `run`, `resume`, `fork` and `diff`, a user who interrupts, and a machine that fails.
#![cfg(feature = "cli")]

use crate::cli::{Dir, run};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use voltcity::snapshot::Snapshot;

const BLOCK: &str = "worlds/block.ron";

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        .unwrap()
}

/// Runs the program, which must end well; what it printed.
fn ok(arguments: &[&str]) -> String {
    let (code, out, err) = run(arguments);
    assert_eq!(code, 0, "{arguments:?}: {err}");
    out
}

/// Snapshots in a directory, by time.
fn snapshots(dir: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == "twin")).collect();
    found.sort();
    found
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A whole run of the block with a snapshot every six hours.
fn whole(dir: &Dir) -> (String, Vec<PathBuf>, Value) {
    let out = dir.path("whole");
    ok(&["run", BLOCK, "--snapshot-every", "6h", "--series", "city", "--quiet", "--out", &out]);
    let found = snapshots(&out);
    let summary = json(&Path::new(&out).join("summary.json"));
    (out, found, summary)
}

#[test]
fn a_run_goes_on_from_every_snapshot_to_the_same_end() {
    let dir = Dir::new();
    let (_, found, summary) = whole(&dir);
    let names: Vec<&str> = found.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["2024-07-22T06-00.twin", "2024-07-22T12-00.twin", "2024-07-22T18-00.twin"]);
    for (snapshot, threads) in found.iter().zip(["1", "2", "3"]) {
        let told = ok(&["resume", text(snapshot), "--threads", threads]);
        assert!(told.contains("One block"), "{told}");
        let resumed = json(&snapshot.with_extension("").join("summary.json"));
        for key in ["state_hash", "energy_kwh", "ev", "ev_by_class", "peak_mw", "load_curve_15min", "ledger_residual_j"]
        {
            assert_eq!(resumed[key], summary[key], "{key} from {}", snapshot.display());
        }
        assert_eq!(resumed["resumed_from"]["time"].as_str().map(str::len), Some("2024-07-22T06:00".len()));
    }
    // In two pieces as well, the second from the snapshot that the first one ends with.
    let first = dir.path("first");
    ok(&["resume", text(&found[0]), "--until", "2024-07-22 10:05", "--out", &first, "--quiet"]);
    assert_eq!(json(&Path::new(&first).join("summary.json"))["ended_early"], "2024-07-22T10:05");
    let [piece] = &snapshots(&first)[..] else { panic!("one snapshot at the end") };
    ok(&["resume", text(piece), "--quiet"]);
    assert_eq!(json(&piece.with_extension("").join("summary.json"))["state_hash"], summary["state_hash"]);
}

#[test]
fn a_future_without_a_patch_is_its_parents() {
    let dir = Dir::new();
    let (_, found, summary) = whole(&dir);
    let (snapshot, event) = (text(&found[1]), dir.path("event.ron"));
    let july = fs::read_to_string("worlds/events/july-evening-100-mw.ron").unwrap();
    let small = july.replace("2024-07-25", "2024-07-22").replace("mw: 100", "mw: 0.02");
    assert_ne!(small, july);
    fs::write(&event, small).unwrap();
    let out = dir.path("fork");
    let (load, members) = ("load.kinds.residential.peak_mw.0=0.5", "aggregators.resources.0=60");
    let called = format!("{event}+{members}");
    let both = format!("{called}+{load}");
    let told = ok(&["fork", snapshot, &called, load, &both, "--out", &out]);
    for name in ["unchanged", "event.ron", "residential.peak_mw", "Peak, MW", "late"] {
        assert!(told.contains(name), "{name}: {told}");
    }
    let futures = json(&Path::new(&out).join("fork.json"));
    let futures = futures["futures"].as_array().unwrap();
    assert_eq!(futures.len(), 4);
    assert_eq!(futures[0]["state_hash"], summary["state_hash"]);
    let hashes: std::collections::BTreeSet<&str> = futures.iter().map(|f| f["state_hash"].as_str().unwrap()).collect();
    assert_eq!(hashes.len(), 4, "each future is another one: {futures:#?}");
    assert!(futures.iter().all(|future| future["ledger_residual_j"] == 0));
    // What is wrong with one of them is told before any is run.
    let (code, _, err) = run(&["fork", snapshot, load, "tariff.none.0=3", "--out", &dir.path("x")]);
    assert!(code == 3 && err.contains("there is no `tariff.none`") && !err.contains("simulated"), "{code}: {err}");
    // The parent is as it was, and nothing of it was copied.
    assert_eq!(snapshots(&dir.path("whole")).len(), 3);
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
}

#[test]
fn differences_are_told_by_agent_and_field() {
    let dir = Dir::new();
    let (out, found, _) = whole(&dir);
    let same = ok(&["diff", text(&found[0]), text(&found[0])]);
    assert!(same.ends_with("They are equal.\n"), "{same}");
    let told = ok(&["diff", text(&found[0]), text(&found[1]), "--kind", "vehicle", "--limit", "2"]);
    assert!(
        told.contains("\nvehicle ") && told.contains("    energy: ") && told.contains("of which 2 are listed"),
        "{told}"
    );
    // Two runs of one world with two seeds part at once; with one seed, never.
    let (other, again) = (dir.path("other"), dir.path("again"));
    for (seed, out) in [("8", &other), ("7", &again)] {
        ok(&["run", BLOCK, "--snapshot-every", "6h", "--series", "city", "--quiet", "--out", out, "--seed", seed]);
    }
    let told = ok(&["diff", &out, &other, "--limit", "1"]);
    assert!(
        told.starts_with("0 of 3 common snapshots are equal; they first differ at 2024-07-22T06-00.twin."),
        "{told}"
    );
    let told = ok(&["diff", &out, &again]);
    assert!(told.starts_with("The states of all 3 common snapshots are equal."), "{told}");
}

#[test]
fn networks_that_differ_are_told_too() {
    let dir = Dir::new();
    let outs = ["15m", "30m"].map(|every| {
        let out = dir.path(every);
        let every = format!("--powerflow={every}");
        ok(&["run", BLOCK, &every, "--snapshot-at", "2024-07-22 12:15", "--series", "none", "--quiet", "--out", &out]);
        out
    });
    let told = ok(&["diff", &outs[0], &outs[1]]);
    assert!(
        told.starts_with("The states of all 1 common snapshots are equal."),
        "the network changes no agent: {told}"
    );
    assert!(told.contains("\nnetwork\n    ") && told.contains("every_s: 900") && told.contains("1800"), "{told}");
    let told = ok(&["diff", &outs[0], &outs[0]]);
    assert!(told.ends_with("They are equal.\n"), "{told}");
    // What the network of each future came to stands beside its figures.
    let snapshot = Path::new(&outs[0]).join("2024-07-22T12-15.twin");
    let futures = dir.path("futures");
    let told = ok(&["fork", text(&snapshot), "behaviour.control=(LeastLaxity, \"what if\")", "--out", &futures]);
    let (_, network) = told.split_once("The network since the run began").unwrap();
    let rows: Vec<&str> = network.lines().filter(|line| line.contains(" to 1.")).collect();
    assert_eq!(rows.len(), 2, "{told}");
    let grid = &json(&Path::new(&futures).join("fork.json"))["futures"][0]["grid"];
    let lost_mwh = grid["losses_mwh"].as_f64().unwrap();
    assert!(lost_mwh > 0.0 && rows[0].contains(&format!(" {lost_mwh:.2} ")), "{lost_mwh}: {told}");
}

#[test]
fn what_cannot_be_used_is_told_with_an_exit_code() {
    let dir = Dir::new();
    let (out, found, _) = whole(&dir);
    let bytes = fs::read(&found[0]).unwrap();
    let broken = dir.path("broken.twin");
    let refused = |bytes: &[u8], code: i32, words: &str| {
        fs::write(&broken, bytes).unwrap();
        for command in ["resume", "fork"] {
            let (told, _, err) = run(&[command, &broken]);
            assert_eq!(told, code, "{command}: {err}");
            assert!(err.contains("broken.twin") && err.contains(words), "{words}: {err}");
        }
    };
    refused(&bytes[..bytes.len() / 2], 6, "is cut short");
    refused(&[&bytes[..], b" "].concat(), 6, "is damaged");
    refused(b"(name: \"a world\")", 6, "is not a snapshot");
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 4;
    refused(&flipped, 6, "is damaged");
    let mut newer = bytes.clone();
    newer[8] = 99;
    refused(&newer, 6, "format version 99");
    assert_eq!(run(&["resume", &dir.path("none.twin")]).0, 4);
    assert_eq!(run(&["diff", &out, &dir.path("")]).0, 4);
    let (code, _, err) = run(&["resume", text(&found[0]), "--set", "fleet.private.count.0=10"]);
    assert!(code == 6 && err.contains("vehicles") && err.contains("not how many there are"), "{code}: {err}");
    let (code, _, err) = run(&["resume", text(&found[0]), "--until", "2024-07-22 05:00"]);
    assert!(code == 3 && err.contains("choose a time from 2024-07-22T06:00"), "{code}: {err}");
    let (code, _, err) = run(&["run", BLOCK, "--snapshot-at", "2030-01-01 00:00", "--out", &dir.path("x")]);
    assert!(code == 3 && err.contains("is not in what is still to be run"), "{code}: {err}");
    let (code, _, err) = run(&["run", BLOCK, "--snapshot-every", "4m", "--step", "300", "--out", &dir.path("x")]);
    assert!(code == 2 && err.contains("choose a multiple"), "{code}: {err}");
    let (code, _, err) = run(&["fork", text(&found[0]), "nothing.ron"]);
    assert!(code == 3 && err.contains("give a file laid over the world, an event, or PATH=VALUE"), "{code}: {err}");
}

#[test]
fn what_began_with_the_run_is_not_changed_later() {
    let dir = Dir::new();
    let (_, found, _) = whole(&dir);
    let noon = text(&found[1]);
    for patch in ["seed.0=9", "calendar.start.0=\"2024-07-25\"", "fleet.private.km_per_day.0=90"] {
        for command in ["resume", "fork"] {
            let set: &[&str] = if command == "resume" { &["--set", patch] } else { &[patch] };
            let (code, _, err) = run(&[&[command, noon], set].concat());
            assert!(code == 3 && err.contains("says how a run begins"), "{command} {patch}: {code}: {err}");
        }
    }
    // Batteries are not shrunk around what is in them.
    let (code, _, err) = run(&["resume", noon, "--set", "storage.user_side.energy_mwh.0=0.01", "--quiet"]);
    assert!(code == 6 && err.contains("1 storage units that hold more energy than the world"), "{code}: {err}");
}

/// Energies, distances and the load curve of a run that ended early are of the time that was run.
#[test]
fn a_part_of_a_run_is_told_as_a_part() {
    let dir = Dir::new();
    let (_, found, summary) = whole(&dir);
    let part = dir.path("part");
    ok(&["resume", text(&found[0]), "--until", "2024-07-22 18:00", "--out", &part, "--quiet"]);
    let of_part = json(&Path::new(&part).join("summary.json"));
    assert_eq!(of_part["load_curve_interval_s"], 900);
    assert_eq!(of_part["load_curve_15min"].as_array().unwrap().len(), 72);
    let classes = of_part["ev_by_class"].as_object().unwrap();
    let km = |class: &Value| class["km_per_day"].as_f64().unwrap() * class["vehicles"].as_f64().unwrap() * 0.75;
    let (told, all) = (classes.values().map(km).sum::<f64>(), of_part["ev"]["km"].as_f64().unwrap());
    assert!(all > 0.0 && (told / all - 1.0).abs() < 1e-9, "{told} km by class, {all} km in all");
    let agents: f64 = summary["agents"].as_object().unwrap().values().filter_map(Value::as_f64).sum();
    let here = of_part["agent_steps_per_s"].as_f64().unwrap() * of_part["wall_s"].as_f64().unwrap();
    assert!((here / (agents * 720.0) - 1.0).abs() < 1e-6, "{here}");
}

/// Snapshots of an earlier run in the same directory are not taken for those of the last one.
#[test]
fn a_directory_that_is_used_again_has_the_snapshots_of_its_last_run() {
    let dir = Dir::new();
    let (first, out) = (dir.path("first"), dir.path("again"));
    let at = |time: &str, seed: &str, out: &str| {
        ok(&["run", BLOCK, "--snapshot-at", time, "--seed", seed, "--trace", "ev:3", "--quiet", "--out", out]);
    };
    at("2024-07-22 06:00", "8", &first);
    at("2024-07-22 06:00", "7", &out);
    at("2024-07-22 08:00", "8", &out);
    let summary = json(&Path::new(&out).join("summary.json"));
    assert_eq!(summary["snapshots"], serde_json::json!(["2024-07-22T08-00.twin", "2024-07-23T00-00.twin"]));
    assert_eq!(snapshots(&out).len(), 3, "nothing is lost");
    let told = ok(&["diff", &first, &out]);
    assert!(told.starts_with("The states of all 1 common snapshots are equal."), "{told}");
    let (code, _, err) = run(&["diff", &first, text(&snapshots(&out)[0])]);
    assert!(code == 3 && err.contains("give two snapshots, or the directories of two runs"), "{code}: {err}");
}

/// A run with an event says what was asked and who was called, and a fork what it brought.
#[test]
fn events_of_runs_and_futures_are_told() {
    let dir = Dir::new();
    let event = dir.path("an+event.ron");
    let july = fs::read_to_string("worlds/events/july-evening-100-mw.ron").unwrap();
    fs::write(&event, july.replace("2024-07-25", "2024-07-22").replace("mw: 100", "mw: 0.02")).unwrap();
    let members = "aggregators.resources.0=60";
    let out = dir.path("run");
    let told =
        ok(&["run", BLOCK, "--event", &event, "--set", members, "--snapshot-at", "2024-07-22 12:00", "--out", &out]);
    assert!(told.contains("Events: vehicles called") && told.contains("over"), "{told}");
    let events = json(&Path::new(&out).join("summary.json"))["events"].clone();
    assert_eq!((events[0]["state"].as_str(), events[0]["direction"].as_str()), (Some("over"), Some("reduce")));
    let asked = events[0]["requested_mwh"].as_f64().unwrap();
    assert!(asked > 0.0 && events[0]["requested_mw"].as_f64() == Some(0.02), "{events:#}");
    // The name of the file has a `+`, and values may have one.
    let plain = dir.path("plain");
    ok(&["run", BLOCK, "--set", members, "--snapshot-at", "2024-07-22 12:00", "--quiet", "--out", &plain]);
    let forked = dir.path("forked");
    let both = format!("{event}+load.kinds.residential.peak_mw.0=5e+0");
    let told = ok(&["fork", text(&snapshots(&plain)[0]), &event, &both, "--out", &forked]);
    assert!(told.contains("Brought: net import against future 0"), "{told}");
    let futures = json(&Path::new(&forked).join("fork.json"))["futures"].clone();
    assert_eq!(futures[0]["events"], serde_json::json!([]));
    let (of_fork, curve) = (&futures[1]["events"][0], json(&Path::new(&out).join("summary.json")));
    assert_eq!(of_fork["requested_mwh"].as_f64(), Some(asked));
    assert_eq!(futures[1]["state_hash"], curve["state_hash"], "the same event, on the same twin");
    // What it brought, from the curves of two runs.
    let curves = [&plain, &out].map(|dir| json(&Path::new(dir).join("summary.json"))["load_curve_15min"].clone());
    let (start, end) = (of_fork["start"].as_str().unwrap(), of_fork["end"].as_str().unwrap());
    let net = |curve: &Value| -> f64 {
        let points = curve.as_array().unwrap().iter();
        let within = points.filter(|p| (start..end).contains(&p["time"].as_str().unwrap()));
        within.map(|p| p["net_mw"].as_f64().unwrap()).sum()
    };
    let brought_mwh = (net(&curves[0]) - net(&curves[1])) / 4.0;
    let told_mwh = of_fork["delivered_mwh"].as_f64().unwrap();
    assert!((told_mwh - brought_mwh).abs() < 1e-5, "{told_mwh} against {brought_mwh}");
}

/// Starts a run in the background.
fn start(arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_voltcity"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn who_interrupts_a_run_can_go_on() {
    let dir = Dir::new();
    let whole = dir.path("whole");
    let world = ["run", BLOCK, "--days", "60", "--quiet", "--series", "city", "--out"];
    ok(&[&world[..], &[&whole]].concat());
    let summary = json(&Path::new(&whole).join("summary.json"));
    for signal in ["INT", "TERM"] {
        let out = dir.path(signal);
        let child = start(&[&world[..], &[&out]].concat());
        let begun = Instant::now();
        while !Path::new(&out).join("summary.json.partial").exists() && begun.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_millis(60));
        let killed = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let ended = child.wait_with_output().unwrap();
        let told = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(130), "{told}");
        let [snapshot] = &snapshots(&out)[..] else { panic!("{told}") };
        assert!(told.contains(&format!("go on with `voltcity resume {}`", snapshot.display())), "{told}");
        ok(&["resume", text(snapshot), "--quiet"]);
        let resumed = json(&snapshot.with_extension("").join("summary.json"));
        assert_eq!((&resumed["state_hash"], &resumed["ev"]), (&summary["state_hash"], &summary["ev"]));
    }
}

/// A machine that fails at any moment leaves every snapshot that has its name whole.
#[test]
fn a_run_that_is_killed_leaves_whole_snapshots() {
    let dir = Dir::new();
    let out = dir.path("out");
    let mut seen = 0;
    for k in 0..200_u64 {
        let arguments =
            ["run", BLOCK, "--warmup", "0", "--days", "3", "--snapshot-every", "2m", "--quiet", "--out", &out];
        let mut child = start(&arguments);
        // From before the first snapshot is begun to long after; in odd steps, so that no phase is met twice.
        std::thread::sleep(Duration::from_micros(15_000 + k * 467));
        child.kill().unwrap();
        child.wait().unwrap();
        if !Path::new(&out).exists() {
            continue;
        }
        let found = snapshots(&out);
        seen += found.len();
        // All of them at times, the latest two always: those are where a failure would show.
        let from = if k % 40 == 39 { 0 } else { found.len().saturating_sub(2) };
        for path in &found[from..] {
            let read = Snapshot::read(fs::File::open(path).unwrap(), 1);
            let twin = read.and_then(|read| read.resume(1)).map(drop);
            twin.unwrap_or_else(|error| panic!("after {k} failures, {} {error}", path.display()));
        }
    }
    assert!(seen > 1_000, "{seen} snapshots were there to be looked at");
}

#[test]
fn a_vehicle_that_is_traced_tells_why() {
    let dir = Dir::new();
    let (traced, plain) = (dir.path("traced"), dir.path("plain"));
    ok(&["run", BLOCK, "--trace", "ev:3,ev:117", "--snapshot-at", "2024-07-22 12:00", "--quiet", "--out", &traced]);
    ok(&["run", BLOCK, "--quiet", "--out", &plain]);
    let hash = |dir: &str| json(&Path::new(dir).join("summary.json"))["state_hash"].clone();
    assert_eq!(hash(&traced), hash(&plain), "a trace changes nothing");
    let told = ok(&["why", &traced, "--agent", "ev:117", "--limit", "1000"]);
    assert!(told.starts_with("ev:117 ("), "{told}");
    for words in [" sets out to ", " km; needs ", " arrives at ", " thinks of ", "odds "] {
        assert!(told.contains(words), "{words}: {told}");
    }
    // The chain up to a time ends then, and says what came next.
    let noon = ok(&["why", &traced, "--agent", "ev:3", "--at", "2024-07-22 12:00"]);
    let (before, after) = noon.split_once("\nAfter that:\n").unwrap();
    let time = |line: &str| line.split("  ").next().unwrap().to_owned();
    assert!(before.lines().skip(2).all(|line| time(line).as_str() <= "2024-07-22 12:00"), "{noon}");
    assert!(time(after).as_str() > "2024-07-22 12:00", "{noon}");
    // What was traced before a snapshot is in it, and goes on after it.
    let [at_noon, at_end] = &snapshots(&traced)[..] else { panic!("two snapshots") };
    assert!(ok(&["why", text(at_noon), "--agent", "ev:3"]).contains(before.lines().last().unwrap()));
    ok(&["resume", text(at_noon), "--quiet", "--snapshot-at", "2024-07-23 00:00"]);
    let resumed = at_noon.with_extension("").join(at_end.file_name().unwrap());
    let why = |path: &Path| ok(&["why", text(path), "--agent", "ev:3", "--limit", "1000"]);
    assert_eq!(why(&resumed), why(at_end));
    let (code, _, err) = run(&["why", &traced, "--agent", "ev:5"]);
    assert!(code == 3 && err.contains("traced are ev:3, ev:117"), "{code}: {err}");
    let (code, _, err) = run(&["run", BLOCK, "--trace", "ev:200", "--out", &dir.path("x")]);
    assert!(code == 3 && err.contains("vehicles are ev:0 to ev:199"), "{code}: {err}");
    assert_eq!(run(&["run", BLOCK, "--trace", "117", "--out", &dir.path("x")]).0, 2);
    assert_eq!(run(&["why", &plain, "--agent", "ev:5"]).0, 4);
}
