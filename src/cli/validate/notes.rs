//! What was given and cannot be compared, told rather than passed over.

use super::measured::{KINDS, Measured};
use super::period::Period;
use crate::cli::chart::figure;
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use voltcity::report::survey::Survey;
use voltcity::world::schema::ZoneRow;

/// Names that a note lists; the rest is counted. `validation.json` has all.
const LISTED: usize = 12;
/// Difference of two numbers of points that is told, as a share.
const POINTS_APART: f64 = 0.01;

/// What is on one side of a comparison only.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct LeftOut {
    /// Measured zones that the world does not survey.
    pub(super) zones_not_surveyed: Vec<u32>,
    /// Surveyed zones that the table of zones does not have.
    pub(super) zones_not_measured: Vec<u32>,
    /// Measured days outside the run.
    pub(super) days_not_run: Vec<Date>,
    /// Days of the run that count and that the table of days does not have.
    pub(super) days_not_measured: Vec<Date>,
    /// Measured districts of which the world surveys no zone.
    pub(super) districts_not_surveyed: Vec<String>,
    /// Kinds of days that are measured and not in the run, or the other way round.
    pub(super) kinds_of_days: Vec<&'static str>,
    /// Points that a table is of, by file, where they are not those of the world.
    pub(super) points_of_tables: BTreeMap<String, f64>,
    /// Points that the world surveys.
    pub(super) points_surveyed: u32,
}

impl LeftOut {
    /// Looks on both sides.
    pub(super) fn of(
        survey: &Survey,
        period: &Period,
        world: &BTreeMap<u32, ZoneRow>,
        sample: f64,
        measured: &Measured,
    ) -> Self {
        let surveyed: BTreeSet<u32> = survey.zones.iter().map(|zone| zone.id).collect();
        let mut left =
            Self { points_surveyed: (f64::from(survey.points()) / sample).round() as u32, ..Self::default() };
        if let Some(table) = &measured.zones {
            left.zones_not_surveyed = table.rows.keys().copied().filter(|id| !surveyed.contains(id)).collect();
            left.zones_not_measured = surveyed.iter().copied().filter(|id| !table.rows.contains_key(id)).collect();
        }
        if let Some(table) = &measured.daily {
            let outside = |date: &&Date| period.index(**date).is_none();
            left.days_not_run = table.rows.keys().filter(outside).copied().collect();
            let days = period.days().map(|day| period.date(day));
            left.days_not_measured = days.filter(|day| !table.rows.contains_key(day)).collect();
        }
        if let Some(table) = &measured.districts {
            let district = |id: &u32| world.get(id).map(|row| letters(&row.district));
            let there: BTreeSet<String> = surveyed.iter().filter_map(district).collect();
            let missing = table.rows.keys().filter(|name| !there.contains(&letters(name)));
            left.districts_not_surveyed = missing.cloned().collect();
        }
        if let Some(table) = &measured.hours {
            let has = |weekend: bool| period.days().any(|day| period.is_weekend(day) == weekend);
            let lacks = |kind: &usize| table.rows[*kind].is_some() != has(*kind == 1);
            left.kinds_of_days = (0..KINDS.len()).filter(lacks).map(|kind| KINDS[kind]).collect();
        }
        let hours = measured.hours.as_ref().map(|table| (&table.file, table.points));
        let days = measured.daily.as_ref().map(|table| (&table.file, table.points));
        for (file, points) in hours.into_iter().chain(days) {
            let here = f64::from(left.points_surveyed);
            if let Some(points) = points.filter(|there| (there - here).abs() > POINTS_APART * there.max(1.0)) {
                left.points_of_tables.insert(file.clone(), points);
            }
        }
        left
    }

    /// The same for machines, in full.
    pub(super) fn value(&self) -> Value {
        let days = |days: &[Date]| days.iter().map(Date::to_string).collect::<Vec<_>>();
        json!({
            "zones_not_surveyed": self.zones_not_surveyed,
            "zones_not_measured": self.zones_not_measured,
            "days_not_run": days(&self.days_not_run),
            "days_not_measured": days(&self.days_not_measured),
            "districts_not_surveyed": self.districts_not_surveyed,
            "kinds_of_days": self.kinds_of_days,
            "points_of_tables": self.points_of_tables,
            "points_surveyed": self.points_surveyed,
        })
    }

    /// The same in sentences.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let mut note = |count: usize, what: &str, names: &[String]| {
            if count > 0 {
                notes.push(format!("note: {what} ({count}): {}", listed(names)));
            }
        };
        let ids = |ids: &[u32]| ids.iter().map(u32::to_string).collect::<Vec<_>>();
        let (zones, other) = (&self.zones_not_surveyed, &self.zones_not_measured);
        note(zones.len(), "left out are measured zones where the run has no surveyed point", &ids(zones));
        note(other.len(), "not in the table of zones are surveyed zones", &ids(other));
        let (days, other) = (&self.days_not_run, &self.days_not_measured);
        note(days.len(), "left out are measured days that are not in the run", &spans(days));
        note(other.len(), "not in the table of days are days of the run", &spans(other));
        let names = &self.districts_not_surveyed;
        note(names.len(), "left out are measured districts where the world surveys nothing", names);
        for kind in &self.kinds_of_days {
            notes.push(format!("note: nothing is compared by hour of the {kind}: it is measured or run, not both"));
        }
        for (file, points) in &self.points_of_tables {
            notes.push(format!(
                "note: {file} is of {} points, the world surveys {}: counts of points do not compare",
                figure(*points),
                figure(f64::from(self.points_surveyed)),
            ));
        }
        notes
    }
}

/// The first names and how many more there are.
fn listed(names: &[String]) -> String {
    let shown = names.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Days in their order as spans without gaps.
fn spans(days: &[Date]) -> Vec<String> {
    let follows = |a: &Date, b: &Date| a.tomorrow().is_ok_and(|next| next == *b);
    let span = |days: &[Date]| match days {
        [first, .., last] => format!("{first} to {last}"),
        days => days.iter().map(Date::to_string).collect(),
    };
    days.chunk_by(follows).map(span).collect()
}

/// A name by its letters alone: `Bao'an` and `Baoan` are the same place.
pub(super) fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_by_their_letters() {
        assert_eq!(letters("Bao'an"), letters("Baoan"));
        assert_eq!(letters("BAO AN"), letters("Bao-an"));
        assert_eq!(letters("宝安"), "宝安");
        assert_ne!(letters("Longhua"), letters("Longgang"));
    }

    #[test]
    fn long_lists_are_cut_and_counted() {
        let names: Vec<String> = (1..=15).map(|n| n.to_string()).collect();
        assert_eq!(listed(&names), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 3 more");
        assert_eq!(listed(&names[..2]), "1, 2");
        let days = [1, 2, 3, 5, 7, 8].map(|day| Date::constant(2022, 9, day));
        let left = LeftOut { days_not_run: days.to_vec(), points_surveyed: 200, ..LeftOut::default() };
        let expected = "note: left out are measured days that are not in the run (6): 2022-09-01 to 2022-09-03, \
                        2022-09-05, 2022-09-07 to 2022-09-08";
        assert_eq!(left.notes(), [expected]);
    }
}
