//! World files: read, checked, and turned into a plan of agents.

pub mod figure;
pub mod problem;
pub mod schema;
pub mod synth;
pub mod text;

use crate::plan::Plan;
use crate::world::problem::{Problem, Problems};
use crate::world::schema::{FIELDS, WorldFile};
use crate::world::text::Document;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;

/// A world that has been read and found sound.
pub struct Checked {
    /// Its text with places.
    pub document: Document,
    /// Its content.
    pub file: WorldFile,
}

impl Checked {
    /// Reads a world with its bases and patches (`PATH=VALUE`), and checks it.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn load(path: &Path, patches: &[String]) -> Result<Self, Problems> {
        Self::from_document(Document::load(path, patches)?)
    }

    /// Checks a document.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn from_document(document: Document) -> Result<Self, Problems> {
        let mut problems = Problems::new();
        document.unknown_fields("", &[FIELDS, &["base"]].concat()).into_iter().for_each(|p| problems.push(p));
        let file = parse(&document, &mut problems);
        let file = problems.into_result(file)?.ok_or_else(Problems::new)?;
        Ok(Self { document, file })
    }

    /// The plan of its agents.
    ///
    /// # Errors
    /// What contradicts itself in a way that only shows when agents are made.
    pub fn plan(&self) -> Result<Plan, Problems> {
        synth::plan(&self.file, self.document.digest()).map_err(|messages| {
            let mut problems = Problems::new();
            messages.into_iter().for_each(|m| problems.push(Problem::at(&self.document, "", m, None)));
            problems
        })
    }
}

/// Parses every section, so that the problems of all are reported at once.
fn parse(document: &Document, problems: &mut Problems) -> Option<WorldFile> {
    let format = section(document, "format", problems);
    let name = section(document, "name", problems);
    let extent = if document.contains("extent") { section(document, "extent", problems).map(Some) } else { Some(None) };
    let seed = section(document, "seed", problems);
    let calendar = section(document, "calendar", problems);
    let published = table(document, "published", problems);
    let districts = table(document, "districts", problems);
    let zones = section(document, "zones", problems);
    let stations =
        if document.contains("stations") { section(document, "stations", problems).map(Some) } else { Some(None) };
    let weather = section(document, "weather", problems);
    let load = section(document, "load", problems);
    let load_shares = section(document, "load_shares", problems);
    let tariff = section(document, "tariff", problems);
    let behaviour = section(document, "behaviour", problems);
    let fleet = section(document, "fleet", problems);
    let charging = section(document, "charging", problems);
    let grid = section(document, "grid", problems);
    let pv = section(document, "pv", problems);
    let storage = section(document, "storage", problems);
    let aggregators = section(document, "aggregators", problems);
    Some(WorldFile {
        format: format?,
        name: name?,
        extent: extent?,
        seed: seed?,
        calendar: calendar?,
        published: published?,
        districts: districts?,
        zones: zones?,
        stations: stations?,
        weather: weather?,
        load: load?,
        load_shares: load_shares?,
        tariff: tariff?,
        behaviour: behaviour?,
        fleet: fleet?,
        charging: charging?,
        grid: grid?,
        pv: pv?,
        storage: storage?,
        aggregators: aggregators?,
    })
}

fn section<T: DeserializeOwned>(document: &Document, path: &str, problems: &mut Problems) -> Option<T> {
    problems.take(document.parse(path))
}

fn table<T: DeserializeOwned>(document: &Document, path: &str, problems: &mut Problems) -> Option<BTreeMap<String, T>> {
    let (rows, bad) = document.parse_each(path);
    let sound = bad.is_empty();
    bad.into_iter().for_each(|p| problems.push(p));
    sound.then(|| rows.into_iter().collect())
}
