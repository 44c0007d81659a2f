//! A snapshot of the whole city: its size, and what writing and reading it take beside half a simulated hour.

use crate::median;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::Instant;
use voltcity::snapshot::{Snapshot, Synced, write};
use voltcity::twin::{Options, Twin};
use voltcity::world::Checked;

/// Times that a snapshot is written and read in each; medians are told.
const TRIES: usize = 5;
/// Hours of the day in which it is tried.
const HOURS: [u32; 3] = [8, 13, 19];

/// A line for each try.
pub(crate) fn lines(world: &Path, threads: usize) -> Result<Vec<String>, String> {
    let checked = Checked::load(world, &[]).map_err(|e| e.to_string())?;
    let mut twin = Twin::new(checked.plan(), &Options { threads, ..Options::default() });
    twin.warm_up();
    let first_s = twin.clock().now_s();
    let path = std::env::temp_dir().join(format!("voltcity-bench-{}.twin", std::process::id()));
    let mut lines = vec![format!(
        "{:>5} {:>8} {:>10} {:>10} {:>10} {:>8} {:>10} {:>8}",
        "hour", "MB", "30 min ms", "write ms", "on disk ms", "ratio", "read ms", "ratio"
    )];
    for hour in HOURS {
        while twin.clock().now_s() < first_s + hour * 3_600 {
            twin.step();
        }
        lines.push(one(&mut twin, &checked, &path, hour, threads)?);
    }
    std::fs::remove_file(&path).map_err(|e| e.to_string())?;
    Ok(lines)
}

fn one(twin: &mut Twin, world: &Checked, path: &Path, hour: u32, threads: usize) -> Result<String, String> {
    let begun = Instant::now();
    let until_s = twin.clock().now_s() + 1_800;
    while twin.clock().now_s() < until_s {
        twin.step();
    }
    let half_hour_s = begun.elapsed().as_secs_f64();
    let (mut writing, mut syncing, mut reading) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TRIES {
        // A run gives each of its snapshots a file of its own, so that none is emptied first.
        if path.exists() {
            std::fs::remove_file(path).map_err(|e| e.to_string())?;
        }
        let begun = Instant::now();
        let file = File::create(path).map_err(|e| e.to_string())?;
        write(twin, world, None, Synced(&file)).map_err(|e| e.to_string())?;
        writing.push(begun.elapsed().as_secs_f64());
        file.sync_all().map_err(|e| e.to_string())?;
        syncing.push(begun.elapsed().as_secs_f64());
        let begun = Instant::now();
        let from = BufReader::with_capacity(1 << 20, File::open(path).map_err(|e| e.to_string())?);
        let read = Snapshot::read(from, threads).map_err(|e| e.to_string())?;
        reading.push(begun.elapsed().as_secs_f64());
        drop(read);
    }
    let [write_s, on_disk_s, read_s] = [&mut writing, &mut syncing, &mut reading].map(|tries| median(tries));
    let megabytes = path.metadata().map_err(|e| e.to_string())?.len() as f64 / 1e6;
    Ok(format!(
        "{hour:>5} {megabytes:>8.1} {:>10.0} {:>10.0} {:>10.0} {:>8.2} {:>10.0} {:>8.2}",
        half_hour_s * 1e3,
        write_s * 1e3,
        on_disk_s * 1e3,
        on_disk_s / half_hour_s,
        read_s * 1e3,
        read_s / half_hour_s
    ))
}
