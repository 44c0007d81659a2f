//! The days of a comparison: which are simulated, and which of them are left out because the survey has gaps.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use voltcity::world::problem::{Problem, Problems};
use voltcity::world::schema::SurveyFile;
use voltcity::world::text::Document;

/// Days of a run at most, as for any run.
const DAYS_MAX: i32 = 3_660;

/// The days of a run, each compared or left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    /// First day.
    pub(super) start: Date,
    /// Whether each day is left out.
    pub(super) left_out: Vec<bool>,
}

impl Period {
    /// The days of a survey, or those that are asked for, without the survey's gaps.
    ///
    /// # Errors
    /// Dates that are none, too many days, or gaps that leave nothing to compare.
    pub(super) fn of(survey: &SurveyFile, asked: Option<(Date, Date)>, document: &Document) -> Result<Self, Problems> {
        let problem = |path: &str, message: String, hint: &str| {
            Problems::from(Problem::at(document, path, message, Some(hint.to_owned())))
        };
        let day = |text: &String| {
            let hint = "write a day of the calendar as in \"2024-07-25\"";
            text.parse::<Date>().map_err(|_| problem("survey", format!("`{text}` is no date"), hint))
        };
        let (first, last) = match asked {
            Some(span) => span,
            None => (day(&survey.days.0.0)?, day(&survey.days.0.1)?),
        };
        let count = first.until(last).map_or(i32::MAX, |span| span.get_days().saturating_add(1));
        if !(1..=DAYS_MAX).contains(&count) {
            let message = format!("from {first} to {last} are {count} days; a run has 1 to {DAYS_MAX}");
            return Err(problem("survey.days", message, "choose fewer with --days FROM..TO"));
        }
        let mut gaps = Vec::new();
        for (from, to) in &survey.left_out.0 {
            gaps.push(day(from)?..=day(to)?);
        }
        let days = first.series(1.day()).take(count as usize);
        let left_out: Vec<bool> = days.map(|day| gaps.iter().any(|gap| gap.contains(&day))).collect();
        if left_out.iter().all(|out| *out) {
            let message = format!("from {first} to {last} every day is left out");
            return Err(problem("survey.left_out", message, "choose other days with --days FROM..TO"));
        }
        Ok(Self { start: first, left_out })
    }

    /// The first week of the survey, from Monday on, of which no day is left out, once so many days of it have passed.
    ///
    /// # Errors
    /// A survey that has none.
    pub(super) fn first_week(
        survey: &SurveyFile,
        after: i64,
        days: u32,
        document: &Document,
    ) -> Result<Self, Problems> {
        let whole = Self::of(survey, None, document)?;
        let count = days as usize;
        let is_it = |first: usize| {
            let has = whole.left_out.get(first..first + count).is_some_and(|days| days.iter().all(|out| !out));
            has && whole.date(first).weekday() == Weekday::Monday
        };
        let first = (after as usize..whole.len()).find(|first| is_it(*first)).ok_or_else(|| {
            let message = format!("no {days} days from a Monday on lie in the survey without a gap");
            let hint = "name the first day with --start, or fewer days with --days".to_owned();
            Problems::from(Problem::at(document, "survey.days", message, Some(hint)))
        })?;
        Ok(Self { start: whole.date(first), left_out: vec![false; count] })
    }

    /// How many days there are.
    pub(super) fn len(&self) -> usize {
        self.left_out.len()
    }

    /// How many of them are compared.
    pub(super) fn compared(&self) -> usize {
        self.left_out.iter().filter(|out| !**out).count()
    }

    /// The date of a day.
    pub(super) fn date(&self, index: usize) -> Date {
        self.start.saturating_add(Span::new().days(index as i64))
    }

    /// The last day.
    pub(super) fn last(&self) -> Date {
        self.date(self.len() - 1)
    }

    /// The index of a date, if it is one of the days.
    pub(super) fn index(&self, date: Date) -> Option<usize> {
        let days = self.start.until(date).ok()?.get_days();
        usize::try_from(days).ok().filter(|index| *index < self.len())
    }

    /// The days that are compared.
    pub(super) fn days(&self) -> impl Iterator<Item = usize> {
        (0..self.len()).filter(|index| !self.left_out[*index])
    }

    /// Whether a day is a Saturday or a Sunday, holiday or not: the published profile counts them so.
    pub(super) fn is_weekend(&self, index: usize) -> bool {
        matches!(self.date(index).weekday(), Weekday::Saturday | Weekday::Sunday)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::path::Path;
    use voltcity::world::figure::Figure;

    /// A period of some days from a Thursday on, of which some are left out.
    pub(in super::super) fn period(days: usize, out: &[usize]) -> Period {
        Period { start: Date::constant(2022, 9, 1), left_out: (0..days).map(|day| out.contains(&day)).collect() }
    }

    fn survey(days: (&str, &str), gaps: &[(&str, &str)]) -> SurveyFile {
        let owned = |(from, to): &(&str, &str)| ((*from).to_owned(), (*to).to_owned());
        SurveyFile {
            source: "a test".to_owned(),
            days: Figure(owned(&days), "a test".to_owned()),
            left_out: Figure(gaps.iter().map(owned).collect(), "a test".to_owned()),
        }
    }

    fn document() -> Document {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/block.ron");
        voltcity::world::Checked::load(&path, &[]).unwrap().document().clone()
    }

    #[test]
    fn gaps_are_left_out_and_days_are_counted_from_the_first() {
        let survey =
            survey(("2022-09-01", "2023-02-28"), &[("2022-09-03", "2022-09-05"), ("2023-01-18", "2023-02-04")]);
        let all = Period::of(&survey, None, &document()).unwrap();
        assert_eq!((all.len(), all.compared(), all.last()), (181, 181 - 3 - 18, Date::constant(2023, 2, 28)));
        assert_eq!(all.days().take(4).collect::<Vec<_>>(), [0, 1, 5, 6]);
        assert_eq!((0..7).map(|day| all.is_weekend(day)).filter(|weekend| *weekend).count(), 2);
        assert!(all.is_weekend(2) && all.is_weekend(3) && !all.is_weekend(4));
        assert_eq!((0..181).filter(|day| all.is_weekend(*day)).count(), 52);
        assert_eq!(all.index(Date::constant(2022, 10, 1)), Some(30));
        assert_eq!(all.index(Date::constant(2022, 8, 31)), None);
        assert_eq!(all.index(Date::constant(2023, 3, 1)), None);
        let asked = Some((Date::constant(2022, 9, 5), Date::constant(2022, 9, 6)));
        assert_eq!(Period::of(&survey, asked, &document()).unwrap().left_out, [true, false]);
    }

    #[test]
    fn the_first_week_begins_on_a_monday_and_has_no_gap() {
        let survey = survey(("2022-09-01", "2023-02-28"), &[("2022-09-21", "2022-09-21")]);
        let week = |after, days| Period::first_week(&survey, after, days, &document());
        assert_eq!(week(0, 7).unwrap().start, Date::constant(2022, 9, 5));
        assert_eq!(week(18, 7).unwrap().start, Date::constant(2022, 9, 26));
        assert_eq!(week(18, 2).unwrap(), Period { start: Date::constant(2022, 9, 19), left_out: vec![false; 2] });
        assert!(week(18, 200).unwrap_err().to_string().contains("--start"));
    }

    #[test]
    fn days_that_leave_nothing_are_refused() {
        let survey = survey(("2022-09-01", "2022-09-03"), &[("2022-08-01", "2022-09-30")]);
        let problems = Period::of(&survey, None, &document()).unwrap_err().to_string();
        assert!(problems.contains("every day is left out") && problems.contains("--days"), "{problems}");
        let asked = Some((Date::constant(2000, 1, 1), Date::constant(2020, 1, 1)));
        let problems = Period::of(&survey, asked, &document()).unwrap_err().to_string();
        assert!(problems.contains("7306 days"), "{problems}");
    }
}
