//! Rules of what the days of a class look like.

use super::section::Section;
use super::words::shown;
use crate::world::schema::{DaysFile, LegFile, PatternFile};

/// Patterns of a kind of day, at most.
const PATTERNS_MAX: usize = 100;
/// Legs of a chain, at most: a leg's draws are addressed by its number within 32.
const LEGS_MAX: usize = 30;
/// Greatest weight of a pattern or an hour.
const WEIGHT_MAX: f64 = 1_000.0;
/// Rounds of a day, at most: the way back is one more, and 255 means that there is none.
const ROUNDS_MAX: f64 = 200.0;

pub(super) fn days(file: &DaysFile, mut at: Section) {
    let DaysFile { source, workday, weekend, holiday } = file;
    at.source(source);
    for (day, patterns) in [("workday", workday), ("weekend", weekend), ("holiday", holiday)] {
        let path = at.field(day);
        if !at.length(&path, patterns.len(), 1..=PATTERNS_MAX) {
            continue;
        }
        for (i, pattern) in patterns.iter().enumerate() {
            self::pattern(pattern, at.rules.at(&format!("{path}[{i}]")));
        }
        let weight = |pattern: &PatternFile| match pattern {
            PatternFile::Stay { weight } | PatternFile::Chain { weight, .. } | PatternFile::Rounds { weight, .. } => {
                *weight
            }
        };
        let sum: f64 = patterns.iter().map(weight).sum();
        if sum == 0.0 {
            at.flag(day, format!("the weights of `{path}` add up to 0"), "give at least one pattern a weight");
        }
    }
}

fn pattern(file: &PatternFile, mut at: Section) {
    let weights = 0.0..=WEIGHT_MAX;
    match file {
        PatternFile::Stay { weight } => at.value("weight", *weight, weights, "as a weight"),
        PatternFile::Chain { weight, legs } => {
            at.value("weight", *weight, weights, "as a weight");
            chain(legs, at);
        }
        PatternFile::Rounds { weight, from_h, spread_h, every_min, rounds, km, sigma, by_hour, to_base: _ } => {
            at.value("weight", *weight, weights, "as a weight");
            at.value("from_h", *from_h, 0.0..24.0, "as an hour of the day");
            at.value("spread_h", *spread_h, 0.0..=12.0, "h");
            at.value("every_min", *every_min, 1.0..=1_440.0, "min");
            at.value("rounds", *rounds, 1.0..=ROUNDS_MAX, "rounds");
            at.value("km", *km, 1.0..=2_000.0, "km");
            at.value("sigma", *sigma, 0.0..=1.0, "as the standard deviation of a logarithm");
            at.values("by_hour", by_hour, 24..=24, 0.0..=WEIGHT_MAX, "as a weight");
            fits_the_day(*from_h, *every_min, *rounds, by_hour, at);
        }
    }
}

/// Legs in the order of their hours.
fn chain(legs: &[LegFile], mut at: Section) {
    let path = at.field("legs");
    if !at.length(&path, legs.len(), 1..=LEGS_MAX) {
        return;
    }
    for (i, leg) in legs.iter().enumerate() {
        let LegFile { to: _, at_h, spread_h } = *leg;
        let mut at = at.rules.at(&format!("{path}[{i}]"));
        at.value("at_h", at_h, 0.0..24.0, "as an hour of the day");
        at.value("spread_h", spread_h, 0.0..=12.0, "h");
    }
    at.rises(&path, legs.iter().map(|leg| leg.at_h), 0.0, |i| format!("{path}[{i}].at_h"));
}

/// Rounds that end within a day of their beginning, and some hour of which has a length.
fn fits_the_day(from_h: f64, every_min: u32, rounds: u8, by_hour: &[f64], mut at: Section) {
    let minutes = u64::from(every_min) * u64::from(rounds);
    if minutes > 1_440 && every_min <= 1_440 && f64::from(rounds) <= ROUNDS_MAX {
        let message = format!("{rounds} rounds of {every_min} min take {} h", shown(minutes as f64 / 60.0));
        at.flag("rounds", message, "write rounds that take at most 24 h");
    }
    let hour = |k: u8| {
        let minute = from_h * 60.0 + (f64::from(k) + 0.5) * f64::from(every_min);
        (minute / 60.0) as usize % 24
    };
    if by_hour.len() == 24
        && (0.0..24.0).contains(&from_h)
        && by_hour.iter().all(|w| w.is_finite())
        && !(0..rounds).any(|k| by_hour[hour(k)] >= 1e-6)
    {
        let message = format!("`{}` has no weight in the hours of the rounds", at.field("by_hour"));
        at.flag("by_hour", message, "give the hours in which rounds are driven a weight");
    }
}
