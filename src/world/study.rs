//! Study files: one world on the rungs of a ladder of two-way guns, every figure beside its source.
//!
//! ```text
//! worlds/studies/x.ron ─► text (as for worlds) ─► check: all problems at once ─► Study ─► patches of each rung
//! ```
//!
//! A rung is the study's world with patches, as `--set` takes them, and so is judged as any world is.

use super::Checked;
use super::check;
use super::problem::{Problem, Problems};
use super::text::{Disk, Document, Files};
use crate::market::event::CallClass;
use jiff::civil::DateTime;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The version of the format this program reads.
pub const FORMAT: u32 = 1;

/// The top-level fields of a study file, but for `base`.
pub const FIELDS: &[&str] = &["format", "name", "world", "at", "class", "warmup_days", "set", "shares", "ladders"];

/// The ladders of a study.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaddersFile {
    /// Source of the rows.
    pub source: String,
    /// The ladders in order.
    pub rows: Vec<Ladder>,
}

/// A ladder: how vehicles change while guns become two-way.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// What it is called.
    pub name: String,
    /// Which vehicles can discharge.
    pub vehicles: VehicleShare,
    /// Patches of its rungs, beside those of the study.
    #[serde(default)]
    pub set: Vec<String>,
}

/// The share of the vehicles that can discharge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum VehicleShare {
    /// The world's own, on every rung.
    AsInWorld,
    /// In every class no less than the share of two-way guns.
    AsGuns,
}

/// A study that keeps every rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// What it is called.
    pub name: String,
    /// The world's file, from the study's folder.
    pub world: PathBuf,
    /// Local time at which the city is assessed.
    pub at: DateTime,
    /// How soon the response must be there, and with it how long it is held.
    pub class: CallClass,
    /// Days before it.
    pub warmup_days: u32,
    /// Patches of every rung.
    pub set: Vec<String>,
    /// Share of ordinary guns that are two-way, by rung, rising.
    pub shares: Vec<f64>,
    /// The ladders.
    pub ladders: Vec<Ladder>,
}

/// A study file that has been read and found sound.
#[derive(Clone, Debug)]
pub struct CheckedStudy {
    document: Document,
    study: Study,
}

impl CheckedStudy {
    /// Reads a study file with its bases, and checks it.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn load(path: &Path) -> Result<Self, Problems> {
        Self::read(&Disk, path)
    }

    /// Reads a study as [`Self::load`] does, from any store of files.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn read(files: &dyn Files, path: &Path) -> Result<Self, Problems> {
        let (document, mut problems) = Document::read(files, path, &[]);
        let Some(document) = document else { return Err(problems) };
        match check::study(&document) {
            Ok(mut study) => {
                study.world = path.parent().unwrap_or(Path::new("")).join(&study.world);
                problems.into_result(Self { document, study })
            }
            Err(more) => {
                problems.extend_untold(more);
                Err(problems)
            }
        }
    }

    /// The study.
    pub const fn study(&self) -> &Study {
        &self.study
    }

    /// The world that all rungs start from: the study's, with the patches of every rung.
    ///
    /// # Errors
    /// What is wrong with a patch, of the study or of a ladder, where the file has it; everything that is wrong with
    /// the world.
    pub fn world(&self, files: &dyn Files) -> Result<Checked, Problems> {
        let world = Checked::read(files, &self.study.world, &[])?;
        let patched =
            world.patched(&self.study.set).map_err(|problems| self.placed(problems, &self.study.set, "set[0]"))?;
        let mut problems = Problems::new();
        for (i, ladder) in self.study.ladders.iter().enumerate() {
            if let Err(found) = patched.patched(&ladder.set) {
                problems.extend(self.placed(found, &ladder.set, &format!("ladders.rows[{i}].set")));
            }
        }
        problems.into_result(patched)
    }

    /// What is wrong with patches, where the study has them: at `path`.
    fn placed(&self, problems: Problems, patches: &[String], path: &str) -> Problems {
        let row_of = |problem: &Problem| {
            let patch = problem.place.as_ref()?.file.strip_prefix("--set ")?;
            patches.iter().position(|set| set.split('=').next().is_some_and(|own| own.trim() == patch))
        };
        let placed = |problem: Problem| match row_of(&problem) {
            Some(row) => Problem::at(&self.document, &format!("{path}[{row}]"), problem.message, problem.hint),
            None => problem,
        };
        problems.into_iter().map(placed).collect()
    }

    /// The patches that make the study's world a rung of a ladder.
    pub fn rung(&self, world: &Checked, ladder: &Ladder, share: f64) -> Vec<String> {
        let mut patches = ladder.set.clone();
        patches.push(format!("charging.two_way_share=({share}, \"assumption: a rung of a study\")"));
        if ladder.vehicles == VehicleShare::AsGuns {
            for (class, file) in &world.file().fleet {
                if file.v2g_share.get() < share {
                    let path = format!("fleet.{}.v2g_share", class.name());
                    patches.push(format!("{path}=({share}, \"assumption: as many as guns\")"));
                }
            }
        }
        patches
    }
}

#[cfg(test)]
mod tests;
