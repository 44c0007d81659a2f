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
    newer[8] = 2;
    refused(&newer, 6, "format version 2");
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
    assert!(told.starts_with("ev:117, a "), "{told}");
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
