//! What the rules find in a document, each problem at its own place; names and dates, which any part of it may hold.

use super::section::Section;
use super::words::{listed, name, quoted};
use crate::world::problem::{Problem, Problems, nearest};
use crate::world::text::Document;
use core::ops::RangeInclusive;
use jiff::civil::Date;

/// Problems kept, at most: a hostile table must not fill the memory with complaints about itself.
const PROBLEMS_MAX: usize = 10_000;
/// Years in which the position of the sun and the calendar hold.
const YEARS: RangeInclusive<i16> = 1_990..=2_100;

/// What the rules have found in a document.
pub(super) struct Rules<'d> {
    document: &'d Document,
    problems: Problems,
    /// Paths of what is wrong.
    flagged: Vec<String>,
}

impl<'d> Rules<'d> {
    pub(super) fn new(document: &'d Document) -> Self {
        Self { document, problems: Problems::new(), flagged: Vec::new() }
    }

    pub(super) const fn document(&self) -> &'d Document {
        self.document
    }

    /// The rules of what stands at a path.
    pub(super) fn at(&mut self, path: &str) -> Section<'_, 'd> {
        Section { path: path.to_owned(), rules: self }
    }

    /// Notes what is wrong at a path, and what would be right.
    pub(super) fn flag(&mut self, path: &str, message: impl Into<String>, hint: impl Into<String>) {
        if self.flagged.len() < PROBLEMS_MAX {
            self.problems.push(Problem::at(self.document, path, message, hint.into()));
        }
        self.flagged.push(path.to_owned());
    }

    /// As [`Self::flag`], but marks the key of an entry instead of its value.
    pub(super) fn flag_key(&mut self, path: &str, message: impl Into<String>, hint: impl Into<String>) {
        let (message, hint) = (message.into(), Some(hint.into()));
        if self.flagged.len() < PROBLEMS_MAX {
            match self.document.locate_key(path) {
                Some(place) => self.problems.push(Problem { place: Some(place), message, hint }),
                None => self.problems.push(Problem::at(self.document, path, message, hint)),
            }
        }
        self.flagged.push(path.to_owned());
    }

    /// Takes over what the parse of a section has found.
    pub(super) fn take_over(&mut self, path: &str, problems: Vec<Problem>) {
        if !problems.is_empty() {
            self.flagged.push(path.to_owned());
            self.problems.extend(problems);
        }
    }

    /// True when nothing has been found in these sections: only then do their sums mean anything.
    pub(super) fn are_sound(&self, sections: &[&str]) -> bool {
        let within = |path: &String, section: &&str| {
            path.strip_prefix(*section).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        !self.flagged.iter().any(|path| sections.iter().any(|section| within(path, section)))
    }

    pub(super) fn into_problems(self) -> Problems {
        self.problems
    }

    /// A date written as `2024-07-25`, or a problem at `path` (of the key, if the date is one).
    pub(super) fn date(&mut self, path: &str, text: &str, is_key: bool) -> Option<Date> {
        let what = if is_key { "this day".to_owned() } else { format!("`{}`", name(path)) };
        let found = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
        let message = match found {
            Some(date) if YEARS.contains(&date.year()) => return Some(date),
            Some(date) => format!("{what} is {date}, which is not within {} to {}", YEARS.start(), YEARS.end()),
            None => format!("{what} is {}, which is no date", quoted(text)),
        };
        let hint = "write a day of the calendar as in \"2024-07-25\"";
        if is_key {
            self.flag_key(path, message, hint);
        } else {
            self.flag(path, message, hint);
        }
        None
    }

    /// A name that must be one of the known ones; `what` they are called in the plural.
    pub(super) fn refers<'a>(
        &mut self,
        path: &str,
        to: &str,
        known: impl Iterator<Item = &'a str> + Clone,
        what: &str,
    ) {
        if known.clone().any(|name| name == to) {
            return;
        }
        let hint = match nearest(to, known.clone()) {
            Some(near) => format!("did you mean {}?", quoted(near)),
            None => format!("the {what} are {}", listed(known)),
        };
        self.flag(path, format!("`{}` is {}, which is none of the {what}", name(path), quoted(to)), hint);
    }
}
