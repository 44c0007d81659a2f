//! Rules of a study file.

use super::event::time;
use super::rules::Rules;
use super::section::SHARE;
use super::words::quoted;
use super::{begin, section};
use crate::market::event::CallClass;
use crate::world::figure::Figure;
use crate::world::problem::Problems;
use crate::world::study::{FIELDS, FORMAT, Ladder, LaddersFile, Study};
use crate::world::text::Document;
use std::path::PathBuf;

/// Days of warm-up, at most.
const WARMUP_DAYS_MAX: u32 = 366;
/// Patches of every rung, at most.
const SET_MAX: usize = 1_000;
/// Rungs of a ladder, at most: each is a run of a whole world.
const RUNGS_MAX: usize = 100;
/// Ladders, at most.
const LADDERS_MAX: usize = 10;
/// The least from one rung to the next, as a share of guns.
const RISE: f64 = 1e-4;

/// The study of a document that keeps every rule.
///
/// # Errors
/// Every rule that is broken, at its place.
pub(in crate::world) fn study(document: &Document) -> Result<Study, Problems> {
    let (mut rules, _) = begin(document, FIELDS, FORMAT, "study")?;
    let study = fields(&mut rules);
    rules.into_problems().into_result(study)?.ok_or_else(Problems::new)
}

/// Reads and judges every field, so that the problems of all are reported at once.
fn fields(rules: &mut Rules) -> Option<Study> {
    let name = section(rules, "name", |name: &String, rules| super::name(name, rules));
    let world = section(rules, "world", |world: &Figure<String>, rules| {
        rules.at("").sourced("world", world);
        if world.0.trim().is_empty() {
            rules.flag("world[0]", "`world` names no file", "write the path of a world from this file's folder");
        }
    });
    let at = time(rules, "at");
    let class = section(rules, "class", |class: &Figure<CallClass>, rules| rules.at("").sourced("class", class));
    let warmup_days = section(rules, "warmup_days", |days: &Figure<u32>, rules| {
        rules.at("").number("warmup_days", days, 0.0..=f64::from(WARMUP_DAYS_MAX), "days");
    });
    let set = section(rules, "set", |set: &Figure<Vec<String>>, rules| {
        let mut at = rules.at("");
        at.sourced("set", set);
        at.length("set[0]", set.0.len(), 0..=SET_MAX);
    });
    let shares = section(rules, "shares", |shares: &Figure<Vec<f64>>, rules| {
        let mut at = rules.at("");
        at.list("shares", shares, 2..=RUNGS_MAX, SHARE, "as a share of guns");
        at.rises("shares", shares.0.iter().copied(), RISE, |i| format!("shares[0][{i}]"));
    });
    let ladders = section(rules, "ladders", ladders);
    Some(Study {
        name: name?,
        world: PathBuf::from(world?.0),
        at: at?,
        class: class?.0,
        warmup_days: warmup_days?.0,
        set: set?.0,
        shares: shares?.0,
        ladders: ladders?.rows,
    })
}

fn ladders(file: &LaddersFile, rules: &mut Rules) {
    let mut at = rules.at("ladders");
    at.source(&file.source);
    at.length("ladders.rows", file.rows.len(), 1..=LADDERS_MAX);
    for (i, Ladder { name, set, .. }) in file.rows.iter().enumerate() {
        let path = format!("ladders.rows[{i}]");
        let mut at = rules.at(&path);
        at.says("name", name);
        at.length(&format!("{path}.set"), set.len(), 0..=SET_MAX);
        if file.rows[..i].iter().any(|other| other.name == *name) {
            let message = format!("two ladders are called {}", quoted(name));
            rules.flag(&format!("{path}.name"), message, "give each a name of its own");
        }
    }
}
