//! Event files: a response event of the virtual power plant as RON, every figure beside its source.
//!
//! ```text
//! worlds/events/x.ron ─► text (as for worlds) ─► check: all problems at once ─► market::event::Event
//! ```
//!
//! Times are local civil times, written `2024-05-15 13:30`, with seconds where they matter. What an event names
//! (districts, rows of the tree, aggregators) is looked up where a world's [`Targets`] are given.

use super::check;
use super::figure::Figure;
use super::problem::Problems;
use super::schema::PublishedFile;
use super::text::{Disk, Document, Files};
use crate::market::event::Event;
use crate::market::resource::ResourceKind;
use crate::plan::Plan;
use jiff::civil::DateTime;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The version of the format this program reads.
pub const FORMAT: u32 = 1;

/// The top-level fields of an event file, but for `base`.
pub const FIELDS: &[&str] = &[
    "format",
    "id",
    "version",
    "issuer",
    "scope",
    "direction",
    "class",
    "priority",
    "notice",
    "start",
    "intervals",
    "ramp_s",
    "recovery_s",
    "randomise_start_s",
    "prices",
    "cap",
    "baseline",
    "invited",
    "drop_outs",
    "called_off",
    "published",
];

/// What is asked, one interval after another.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalsFile {
    /// Source of the rows.
    pub source: String,
    /// The intervals in order.
    pub rows: Vec<IntervalRow>,
}

/// Power asked for some time.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalRow {
    /// How long, in s.
    pub duration_s: u32,
    /// Change of power in MW, in the direction of the event.
    pub mw: f64,
}

/// What is paid for a kilowatt-hour, in yuan.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PricesFile {
    /// To the operator for energy delivered.
    pub operator: Figure<f64>,
    /// By the operator to the owner of a vehicle that discharges.
    pub owner_discharge: Figure<f64>,
    /// By the operator to the owner of a vehicle that charges at another time.
    pub owner_shift: Figure<f64>,
}

/// The most that is paid for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapFile {
    /// Energy in MWh.
    #[serde(default)]
    pub energy_mwh: Option<Figure<f64>>,
    /// Money to operators in yuan.
    #[serde(default)]
    pub yuan: Option<Figure<f64>>,
}

/// Who is invited, of those in scope; what is not said is not limited.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitedFile {
    /// Kinds of resources.
    #[serde(default)]
    pub kinds: Option<Figure<Vec<ResourceKind>>>,
    /// Names of aggregators.
    #[serde(default)]
    pub aggregators: Option<Figure<Vec<String>>>,
    /// Share of the resources.
    #[serde(default)]
    pub share: Option<Figure<f64>>,
    /// Vehicles, at most.
    #[serde(default)]
    pub vehicles: Option<Figure<u32>>,
    /// Vehicles that discharge, at most.
    #[serde(default)]
    pub discharging: Option<Figure<u32>>,
    /// Stations, at most.
    #[serde(default)]
    pub stations: Option<Figure<u32>>,
}

/// For a drill: aggregators that neither hear nor report.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropOutsFile {
    /// Source of the rows.
    pub source: String,
    /// One row for each time an aggregator drops out.
    pub rows: Vec<DropOutRow>,
}

/// An aggregator that neither hears nor reports for a while.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropOutRow {
    /// Its name.
    pub aggregator: String,
    /// From when.
    pub from: String,
    /// Until when; if nothing is said, for good.
    #[serde(default)]
    pub until: Option<String>,
}

/// What an event may name in a world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    /// Names of districts.
    pub districts: BTreeSet<String>,
    /// How many substations there are.
    pub substations: usize,
    /// How many feeders.
    pub feeders: usize,
    /// How many distribution transformers.
    pub transformers: usize,
    /// Names of aggregators.
    pub aggregators: BTreeSet<String>,
}

impl From<&Plan> for Targets {
    fn from(plan: &Plan) -> Self {
        Self {
            districts: plan.tree.districts.iter().cloned().collect(),
            substations: plan.substations.len(),
            feeders: plan.feeders.len(),
            transformers: plan.transformers.len(),
            aggregators: plan.aggregators.iter().map(|aggregator| aggregator.name.clone()).collect(),
        }
    }
}

/// An event file that has been read and found sound.
#[derive(Clone, Debug)]
pub struct CheckedEvent {
    document: Document,
    event: Event,
    called_off: Option<DateTime>,
    published: BTreeMap<String, PublishedFile>,
}

impl CheckedEvent {
    /// Reads an event file with its bases and patches (`PATH=VALUE`), and checks it, against a world if one is given.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn load(path: &Path, patches: &[String], targets: Option<&Targets>) -> Result<Self, Problems> {
        Self::read(&Disk, path, patches, targets)
    }

    /// Reads an event as [`Self::load`] does, from any store of files.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn read(
        files: &dyn Files,
        path: &Path,
        patches: &[String],
        targets: Option<&Targets>,
    ) -> Result<Self, Problems> {
        let (document, mut problems) = Document::read(files, path, patches);
        let Some(document) = document else { return Err(problems) };
        match Self::from_document(document, targets) {
            Ok(checked) => problems.into_result(checked),
            Err(more) => {
                problems.extend_untold(more);
                Err(problems)
            }
        }
    }

    /// Checks a document.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn from_document(document: Document, targets: Option<&Targets>) -> Result<Self, Problems> {
        let check::SoundEvent { event, called_off, published } = check::event(&document, targets)?;
        Ok(Self { document, event, called_off, published })
    }

    /// Its text with places.
    pub const fn document(&self) -> &Document {
        &self.document
    }

    /// The event.
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// When this version calls the event off, if it does.
    pub const fn called_off(&self) -> Option<DateTime> {
        self.called_off
    }

    /// What was published of the event, by name, beside which the twin's own figures are shown.
    pub const fn published(&self) -> &BTreeMap<String, PublishedFile> {
        &self.published
    }
}

#[cfg(test)]
mod tests;
