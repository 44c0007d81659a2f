//! Rules of the calendar.

use super::rules::Rules;
use crate::world::schema::CalendarFile;
use crate::world::text::child;

/// Days before a run, at most: what has not settled by then never does.
const WARMUP_DAYS_MAX: f64 = 60.0;

pub(super) fn calendar(file: &CalendarFile, rules: &mut Rules) {
    let CalendarFile { start, warmup_days, source, special } = file;
    rules.date("calendar.start[0]", &start.0, false);
    let mut at = rules.at("calendar");
    at.sourced("start", start);
    at.number("warmup_days", warmup_days, 0.0..=WARMUP_DAYS_MAX, "days");
    at.source(source);
    for date in special.keys() {
        rules.date(&child("calendar.special", date), date, true);
    }
}
