//! What makes a world sound: every value of a file judged, each broken rule reported at its place with what would be
//! right.
//!
//! ```text
//! calendar ┐
//! city     │
//! weather  │ one module for each group of sections: the rules of single values
//! load     ├──────────────────────────────────────────────────────────────────► whole: the rules between sections
//! fleet    │
//! charging │
//! site     ┘
//! ```
//!
//! Invariant: a world that passes can be synthesised and run without a panic, an overflow or more memory than its
//! counts account for. Ranges are what is physically sensible, and every count and list has an upper bound.

mod behaviour;
mod calendar;
mod charging;
mod city;
mod days;
mod event;
mod fit;
mod fleet;
mod load;
mod rules;
mod section;
mod site;
mod study;
mod weather;
mod whole;
mod words;

use super::problem::Problems;
use super::schema::{FIELDS, FORMAT, WorldFile};
use super::text::Document;
pub(super) use event::{SoundEvent, event};
use rules::Rules;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
pub(super) use study::study;
use words::quoted;

/// Vehicles, at most, over all classes.
pub const VEHICLES_MAX: u32 = 20_000_000;
/// Charge points, at most.
pub const CHARGERS_MAX: u32 = 10_000_000;
/// Transformers that buildings need, at most; each building has one.
pub const BUILDINGS_MAX: u32 = 2_000_000;
/// Traffic zones, at most: distances are kept for every pair of them.
pub const ZONES_MAX: usize = 5_000;
/// Characters of a world's name, at most.
const NAME_CHARS_MAX: usize = 120;

/// The content of a document that keeps every rule.
///
/// # Errors
/// Every rule that is broken, at its place.
pub(super) fn world(document: &Document) -> Result<WorldFile, Problems> {
    let (mut rules, format) = begin(document, FIELDS, FORMAT, "world")?;
    let file = sections(&mut rules, format);
    rules.into_problems().into_result(file)?.ok_or_else(Problems::new)
}

/// Begins to judge a file of a kind: unknown fields, and the format, which this program must read. The format is
/// returned, if the file has one.
///
/// # Errors
/// Of a file in another format everything found so far: whatever else it says, it says in a language of its own.
fn begin<'a>(
    document: &'a Document,
    fields: &[&str],
    reads: u32,
    kind: &str,
) -> Result<(Rules<'a>, Option<u32>), Problems> {
    let mut rules = Rules::new(document);
    rules.take_over("", document.unknown_fields("", &[fields, &["base"]].concat()));
    let format = section(&mut rules, "format", |&format: &u32, rules| {
        if format != reads {
            let hint = format!("write {reads}, or use the program that the {kind} was written for");
            rules.flag("format", format!("`format` is {format}, and this program reads {reads}"), hint);
        }
    });
    if format.is_some_and(|format| format != reads) { Err(rules.into_problems()) } else { Ok((rules, format)) }
}

/// Reads and judges every section, so that the problems of all are reported at once.
fn sections(rules: &mut Rules, format: Option<u32>) -> Option<WorldFile> {
    let name = section(rules, "name", |name: &String, rules| self::name(name, rules));
    let extent = optional(rules, "extent", city::extent);
    let sample = optional(rules, "sample", city::sample);
    let seed = section(rules, "seed", |seed, rules| rules.at("").sourced("seed", seed));
    let calendar = section(rules, "calendar", calendar::calendar);
    let published = table(rules, "published", city::published);
    let survey = optional(rules, "survey", calendar::survey);
    let fit = optional(rules, "fit", fit::fit);
    let districts = table(rules, "districts", city::district);
    let zones = section(rules, "zones", city::zones);
    let stations = optional(rules, "stations", city::stations);
    let weather = section(rules, "weather", weather::weather);
    let load = section(rules, "load", load::load);
    let load_shares = section(rules, "load_shares", load::shares);
    let tariff = section(rules, "tariff", behaviour::tariff);
    let behaviour = section(rules, "behaviour", behaviour::behaviour);
    let fleet = section(rules, "fleet", fleet::fleet);
    if fleet.is_none() {
        fleet::sound_classes(rules);
    }
    let charging = section(rules, "charging", charging::charging);
    let grid = section(rules, "grid", site::grid);
    let pv = section(rules, "pv", site::pv);
    let storage = section(rules, "storage", site::storage);
    let aggregators = section(rules, "aggregators", site::aggregators);
    if let (Some(districts), Some(zones)) = (&districts, &zones) {
        whole::zones(districts, zones, rules);
    }
    if let (Some(zones), Some(Some(stations))) = (&zones, &stations) {
        whole::stations(zones, stations, rules);
    }
    if let (Some(districts), Some(shares)) = (&districts, &load_shares) {
        whole::load_shares(districts, shares, rules);
    }
    if let (Some(zones), Some(charging)) = (&zones, &charging) {
        whole::shadows(zones, charging, rules);
    }
    if let (Some(districts), Some(zones), Some(Some(extent))) = (&districts, &zones, &extent) {
        whole::extent(districts, zones, extent, rules);
    }
    let file = WorldFile {
        format: format?,
        name: name?,
        extent: extent?,
        sample: sample?,
        seed: seed?,
        calendar: calendar?,
        published: published?,
        survey: survey?,
        fit: fit?,
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
    };
    whole::sums(&file, rules);
    Some(file)
}

/// A section that must be there, judged if it can be read.
fn section<T: DeserializeOwned>(rules: &mut Rules, path: &str, judge: impl FnOnce(&T, &mut Rules)) -> Option<T> {
    match rules.document().parse(path) {
        Ok(section) => {
            judge(&section, rules);
            Some(section)
        }
        Err(problems) => {
            rules.take_over(path, problems);
            None
        }
    }
}

/// A section that may be missing: `Some(None)` if it is.
#[expect(clippy::option_option, reason = "missing and broken are two things")]
fn optional<T: DeserializeOwned>(
    rules: &mut Rules,
    path: &str,
    judge: impl FnOnce(&T, &mut Rules),
) -> Option<Option<T>> {
    if rules.document().contains(path) { section(rules, path, judge).map(Some) } else { Some(None) }
}

/// A table by name, each sound row of which is judged even if others cannot be read.
fn table<T: DeserializeOwned>(
    rules: &mut Rules,
    path: &str,
    judge: impl Fn(&str, &T, &mut Rules),
) -> Option<BTreeMap<String, T>> {
    let (rows, bad) = rules.document().parse_each(path);
    let is_sound = bad.is_empty();
    rules.take_over(path, bad);
    rows.iter().for_each(|(name, row)| judge(name, row, rules));
    is_sound.then(|| rows.into_iter().collect())
}

fn name(name: &str, rules: &mut Rules) {
    let length = name.chars().count();
    if length > NAME_CHARS_MAX {
        let hint = format!("write at most {NAME_CHARS_MAX}");
        rules.flag("name", format!("`name` has {length} characters: {}", quoted(name)), hint);
    }
    rules.at("").says("name", name);
}
