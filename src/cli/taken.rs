//! Snapshots in the directory of a run.

use super::exit::Failure;
use super::output::Account;
use super::resume::unusable;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use voltcity::snapshot::{ENDING, SnapshotError};

/// Names of the snapshots of the run in a directory, in the order of their times: those that its summary lists, or all
/// there are when it lists none. Snapshots of an earlier run may lie beside them.
///
/// # Errors
/// A directory that cannot be read.
pub(crate) fn names(dir: &Path) -> Result<BTreeSet<PathBuf>, Failure> {
    let entries = fs::read_dir(dir).map_err(|cause| unusable(dir, SnapshotError::Io(cause)))?;
    let is_one = |path: &PathBuf| path.extension().is_some_and(|extension| extension == ENDING);
    let there: BTreeSet<PathBuf> =
        entries.flatten().map(|entry| PathBuf::from(entry.file_name())).filter(is_one).collect();
    let listed = listed(dir);
    let of_run: BTreeSet<PathBuf> = there.iter().filter(|name| listed.contains(name)).cloned().collect();
    Ok(if of_run.is_empty() { there } else { of_run })
}

/// What the summary in a directory lists, if there is one.
fn listed(dir: &Path) -> Vec<PathBuf> {
    let summary = fs::read(dir.join(Account::SUMMARY.0)).ok();
    let summary = summary.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    let names = summary.as_ref().and_then(|summary| summary["snapshots"].as_array());
    names.into_iter().flatten().filter_map(|name| name.as_str().map(PathBuf::from)).collect()
}
