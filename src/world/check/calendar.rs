//! Rules of the calendar.

use super::rules::Rules;
use crate::world::schema::{CalendarFile, SurveyFile};
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

pub(super) fn survey(file: &SurveyFile, rules: &mut Rules) {
    let SurveyFile { source, days, left_out } = file;
    let mut at = rules.at("survey");
    at.source(source);
    at.sourced("days", days);
    at.sourced("left_out", left_out);
    span("survey.days[0]", &days.0, rules);
    for (i, gap) in left_out.0.iter().enumerate() {
        span(&format!("survey.left_out[0][{i}]"), gap, rules);
    }
}

/// A first and a last day, the last no earlier than the first.
fn span(path: &str, (first, last): &(String, String), rules: &mut Rules) {
    let (from, to) = (format!("{path}[0]"), format!("{path}[1]"));
    rules.date(&from, first, false);
    rules.date(&to, last, false);
    // Dates of this form are in the order of their letters.
    if first > last {
        rules.flag(
            path,
            format!("`{path}` ends on {last}, before it begins on {first}"),
            "write the earlier day first",
        );
    }
}
