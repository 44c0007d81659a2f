//! Rules of the buildings' load.

use super::BUILDINGS_MAX;
use super::rules::Rules;
use super::section::{SHARE, Section};
use crate::site::building::{
    BuildingKind, KindFile, LoadFile, LoadSharesFile, LullFile, PerKind, ShapesFile, VARIANTS,
};
use crate::world::text::child;

/// Knots of a daily shape, at most.
const KNOTS_MAX: usize = 200;
/// Lulls, at most.
const LULLS_MAX: usize = 200;
/// Cooling at full power over cooling at the design temperature, at most.
const FULL_OVER_DESIGN_MAX: f64 = 3.0;

pub(super) fn load(file: &LoadFile, rules: &mut Rules) {
    let LoadFile { shifts_min, spread_c, night_fade_h, power_factor, lulls, kinds } = file;
    let mut at = rules.at("load");
    at.list("shifts_min", shifts_min, VARIANTS..=VARIANTS, -120.0..=120.0, "min");
    at.number("spread_c", spread_c, 0.1..=10.0, "K");
    at.number("night_fade_h", night_fade_h, 0.0..=8.0, "h");
    at.number("power_factor", power_factor, 0.5..=1.0, "as a power factor");
    if at.length("load.lulls", lulls.len(), 0..=LULLS_MAX) {
        for (i, lull) in lulls.iter().enumerate() {
            self::lull(lull, at.rules.at(&format!("load.lulls[{i}]")));
        }
    }
    let mut at = at.inside("kinds");
    BuildingKind::ALL.into_iter().for_each(|name| kind(kinds.get(name), at.inside(name.name())));
}

fn lull(file: &LullFile, mut at: Section) {
    let LullFile { name, from, to, ramp_days, source, depth } = file;
    at.says("name", name);
    let (first, last) = (at.field("from"), at.field("to"));
    let dates = (at.rules.date(&first, from, false), at.rules.date(&last, to, false));
    if let (Some(from), Some(to)) = dates
        && from > to
    {
        at.flag("to", format!("`{last}` is {to}, before `from`"), format!("write {from} or a later day"));
    }
    let ramps = at.field("ramp_days");
    for (i, days) in [ramp_days.0, ramp_days.1].into_iter().enumerate() {
        at.holds(&format!("{ramps}[{i}]"), days.into(), &(0.0..=30.0), "days");
    }
    at.source(source);
    shares_of_kinds(depth, at.inside("depth"));
}

fn shares_of_kinds(shares: &PerKind<f64>, mut at: Section) {
    BuildingKind::ALL.into_iter().for_each(|kind| at.value(kind.name(), *shares.get(kind), SHARE, "as a share"));
}

fn kind(file: &KindFile, mut at: Section) {
    let KindFile { peak_mw, cooling_share, balance_c, design_c, full_c, lag_share, .. } = file;
    let KindFile { buildings, size_spread, use_of_rating, base, cooling, .. } = file;
    at.number("peak_mw", peak_mw, 0.0..=100_000.0, "MW");
    at.number("cooling_share", cooling_share, SHARE, "as a share");
    at.number("balance_c", balance_c, -10.0..=40.0, "degrees Celsius");
    // Cooling is scaled by the way from where it starts to the design temperature.
    let starts_c = balance_c.get().clamp(-10.0, 40.0);
    let reach_c = (design_c.get() - starts_c).max(1.0) * FULL_OVER_DESIGN_MAX;
    at.number("design_c", design_c, starts_c + 1.0..=50.0, "degrees Celsius, at least 1 K above `balance_c`");
    let full_max_c = (starts_c + reach_c).min(60.0);
    let unit = "degrees Celsius, 1 K above `balance_c` to thrice the way to `design_c`";
    if (starts_c + 1.0..=50.0).contains(&design_c.get()) {
        at.number("full_c", full_c, starts_c + 1.0..=full_max_c, unit);
    } else {
        at.sourced("full_c", full_c);
    }
    at.number("lag_share", lag_share, SHARE, "as a share");
    at.number("buildings", buildings, 0.0..=f64::from(BUILDINGS_MAX), "buildings");
    at.number("size_spread", size_spread, 0.0..=2.0, "as the standard deviation of a logarithm");
    at.number("use_of_rating", use_of_rating, 0.05..=1.0, "as a share");
    shapes(base, at.inside("base"));
    shapes(cooling, at.inside("cooling"));
}

fn shapes(file: &ShapesFile, mut at: Section) {
    let ShapesFile { source, workday, saturday, sunday, holiday } = file;
    at.source(source);
    for (day, knots) in [("workday", workday), ("saturday", saturday), ("sunday", sunday), ("holiday", holiday)] {
        let path = at.field(day);
        if !at.length(&path, knots.len(), 1..=KNOTS_MAX) {
            continue;
        }
        for (i, &(hour, value)) in knots.iter().enumerate() {
            at.holds(&format!("{path}[{i}][0]"), hour, &(0.0..24.0), "as an hour of the day");
            at.holds(&format!("{path}[{i}][1]"), value, &(0.0..=1.5), "of the peak");
        }
        at.rises(&path, knots.iter().map(|knot| knot.0), 0.01, |i| format!("{path}[{i}][0]"));
    }
}

pub(super) fn shares(file: &LoadSharesFile, rules: &mut Rules) {
    let LoadSharesFile { source, districts } = file;
    rules.at("load_shares").source(source);
    for (name, shares) in districts {
        shares_of_kinds(shares, rules.at(&child("load_shares.districts", name)));
    }
}
