//! `voltcity calibrate`: fits a world to measured charging, and writes what it has found as a patch.
//!
//! ```text
//! hours: free parameters ─► least squares, simplex: sample ─► level of the whole city ─┐
//! zones: weights by zone ─► regression ─► shadow prices ─► cross-validation ───────────┴─► patch, account
//! ```
//!
//! Every run has the same days and the same draws, so the same call gives the same patch on any number of threads, and
//! a run with the patch meets what the calibration has told of it.

mod fit;
mod folds;
mod lab;
mod least_squares;
mod level;
mod patch;
mod report;
mod search;
mod shadow;
mod simplex;
mod space;
mod weights;

use super::args::{CalibrateRequest, Stage};
use super::chart::Glyphs;
use super::exit::Failure;
use super::parquet_sink::{Partial, open_locked, partial_name};
use super::validate::{Tables, Target};
use super::{console, json, load};
use fit::{Fit, Stages};
use lab::Lab;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use voltcity::world::Checked;
use voltcity::world::problem::Problem;

/// The account of a cross-validation, beside the patch.
const CROSSED: &str = "cross_validation.json";

/// Fits a world and writes the patch.
///
/// # Errors
/// A world that cannot be read, has problems, was not surveyed or has nothing to fit; tables that cannot be read or
/// have problems; files that cannot be written.
pub(crate) fn calibrate(request: &CalibrateRequest) -> Result<(), Failure> {
    let world = load(&request.world)?;
    let CalibrateRequest { data, zones, hours, .. } = request;
    let [data, zones, hours] = [data, zones, hours].map(Option::as_deref);
    let tables = Tables { data, zones, hours, daily: None };
    let target = Target::read(&world, &tables, request.start, request.days)?;
    let stages = stages(request, &world, &target)?;
    let out = Out::open(request.out.clone().unwrap_or_else(|| default_out(&request.world.path)))?;
    let lab = Lab::new(world, target, request)?;
    let fit = Fit::make(&lab, &stages, request.quiet)?;
    let told = patch::Told { lab: &lab, request, fit: &fit };
    let text = patch::text(&told).ok_or(Failure::Internal)?;
    let files = out.finish(&text, &patch::account(&told), fit.crossed.as_ref().map(folds::Crossed::value))?;
    if request.quiet {
        return Ok(());
    }
    console::print(&report::text(&told, &files, Glyphs::detect()))
}

/// What is to be fitted: what was asked for, or what there are tables for.
fn stages(request: &CalibrateRequest, world: &Checked, target: &Target) -> Result<Stages, Failure> {
    let [hours, zones] = target.files().map(|file| file.is_some());
    let wanted = |stage| request.only.is_none_or(|only| only == stage);
    let missing = |message: &str| {
        let path = request.data.clone().unwrap_or_else(|| PathBuf::from("."));
        Err(Failure::Measured { path, message: message.to_owned() })
    };
    let stages = Stages {
        hours: wanted(Stage::Hours) && hours,
        runs: request.evaluations as usize,
        zones: wanted(Stage::Zones) && zones,
        folds: request.folds.map(|folds| folds as usize),
    };
    if !stages.zones && (request.only == Some(Stage::Zones) || request.folds.is_some()) {
        return missing("there is no table of zones to fit: name it with --zones");
    }
    if !stages.hours && (request.only == Some(Stage::Hours) || !stages.zones) {
        return missing("there is no table of hours to fit: name it with --hours");
    }
    if stages.hours && world.file().fit.is_none() {
        let hint = "add `fit: (source: .., parameters: [(path: .., bounds: .., meaning: ..)])`, or use --only zones";
        let message = "the world has no section `fit`: nothing tells which values are free";
        return Err(Failure::World(Problem::at(world.document(), "", message, Some(hint.to_owned())).into()));
    }
    Ok(stages)
}

/// `out/<name of the world file>-fit.ron`.
fn default_out(world: &Path) -> PathBuf {
    Path::new("out").join(format!("{}-fit.ron", world.file_stem().unwrap_or_default().to_string_lossy()))
}

/// The files to write. The patch is begun before the first run, so that nothing is run in vain.
struct Out {
    path: PathBuf,
    file: fs::File,
    partial: Partial,
}

impl Out {
    fn open(path: PathBuf) -> Result<Self, Failure> {
        let failed = |cause| Failure::Unwritable { path: path.clone(), cause };
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir).map_err(failed)?;
        }
        let partial = partial_name(&path);
        let file = open_locked(&partial).map_err(failed)?;
        Ok(Self { file, partial: Partial(partial), path })
    }

    /// Writes everything, the patch last. Returns the files.
    fn finish(
        mut self,
        patch: &str,
        account: &serde_json::Value,
        crossed: Option<serde_json::Value>,
    ) -> Result<Vec<PathBuf>, Failure> {
        let mut files = vec![self.path.clone(), self.path.with_extension("json")];
        let write = |path: &PathBuf, value: &serde_json::Value| {
            fs::write(path, json::text(value)).map_err(|cause| Failure::Unwritable { path: path.clone(), cause })
        };
        write(&files[1], account)?;
        if let Some(crossed) = crossed {
            files.push(self.path.with_file_name(CROSSED));
            write(&files[2], &crossed)?;
        }
        let path = self.path;
        let done = self.file.write_all(patch.as_bytes()).and_then(|()| self.file.sync_all());
        drop(self.file);
        done.and_then(|()| self.partial.publish(&path)).map_err(|cause| Failure::Unwritable { path, cause })?;
        Ok(files)
    }
}
