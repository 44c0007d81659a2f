//! What voltcity says by private terms, read back.

use crate::cli::openadr::model::{EventObject, Value, ValuesMap};
use crate::cli::openadr::reader::{Reader, quoted};
use crate::cli::openadr::terms;
use crate::cli::openadr::time::{DURATION_HINT, Duration, Stamp, TIME_HINT};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use voltcity::units::Money;

/// The private terms of an event, with their places.
pub(super) struct Terms<'a> {
    found: Vec<(String, &'a ValuesMap)>,
}

impl<'a> Terms<'a> {
    pub(super) fn collect(object: &'a EventObject, reader: &mut Reader) -> Self {
        let mut found: Vec<(String, &ValuesMap)> = Vec::new();
        for (i, interval) in object.intervals.iter().enumerate() {
            for (k, map) in interval.payloads.iter().enumerate() {
                if !map.kind.starts_with(terms::PREFIX) {
                    continue;
                }
                let place = format!("$.intervals[{i}].payloads[{k}]");
                if !terms::ALL.contains(&map.kind.as_str()) {
                    let message = format!("{} is no term of this version of voltcity", quoted(&map.kind));
                    reader.flag(&place, message, format!("write one of {}", terms::ALL.join(", ")));
                } else if map.kind != terms::DROP_OUT && found.iter().any(|(_, other)| other.kind == map.kind) {
                    reader.flag(&place, format!("{} stands twice", map.kind), "write it once, in the first interval");
                } else {
                    found.push((place, map));
                }
            }
        }
        Self { found }
    }

    /// Every payload of a term.
    pub(super) fn all(&self, term: &str) -> impl Iterator<Item = &(String, &'a ValuesMap)> {
        self.found.iter().filter(move |(_, map)| map.kind == term)
    }

    /// The one value of a term.
    pub(super) fn single<T>(
        &self,
        term: &str,
        what: &str,
        read: impl Fn(&'a Value) -> Option<T>,
        reader: &mut Reader,
    ) -> Option<T> {
        let (place, map) = self.all(term).next()?;
        let found = match map.values.as_slice() {
            [value] => read(value),
            _ => None,
        };
        if found.is_none() {
            let message = format!("the value of {term} is not {what}");
            reader.flag(&format!("{place}.values"), message, format!("write {what} alone in [ ]"));
        }
        found
    }

    pub(super) fn text(&self, term: &str, reader: &mut Reader) -> Option<String> {
        self.single(term, "a text", Value::text, reader).map(str::to_owned)
    }

    pub(super) fn integer(&self, term: &str, reader: &mut Reader) -> Option<u32> {
        let read = |value: &Value| value.integer().and_then(|number| u32::try_from(number).ok());
        self.single(term, "a whole number", read, reader)
    }

    /// Money in yuan; what no record could hold is refused.
    pub(super) fn yuan(&self, term: &str, reader: &mut Reader) -> Option<Money> {
        let read = |value: &Value| {
            let micro = libm::rint(value.number()? * 1e6);
            (micro.abs() < 9e15).then_some(Money(micro as i64))
        };
        self.single(term, "an amount in yuan", read, reader)
    }

    pub(super) fn span_s(&self, term: &str, reader: &mut Reader) -> Option<u32> {
        let read = |value: &Value| u32::try_from(Duration::parse(value.text()?)?.length_s().ok()?).ok();
        let what = DURATION_HINT.trim_start_matches("write ");
        self.single(term, what, read, reader)
    }

    pub(super) fn time(&self, term: &str, offset: Offset, reader: &mut Reader) -> Option<DateTime> {
        let read = |value: &Value| Some(whole_second(Stamp::parse(value.text()?)?.civil(offset)));
        self.single(term, TIME_HINT.trim_start_matches("write "), read, reader)
    }

    pub(super) fn named<T: Copy>(
        &self,
        term: &str,
        all: &[T],
        name: fn(T) -> &'static str,
        reader: &mut Reader,
    ) -> Option<T> {
        let names: Vec<&str> = all.iter().map(|&one| name(one)).collect();
        let what = format!("one of {}", names.join(", "));
        let read = |value: &Value| {
            let text = value.text()?;
            all.iter().copied().find(|&one| name(one) == text)
        };
        self.single(term, &what, read, reader)
    }
}

/// The time without a fraction of a second, which no event record has.
pub(super) fn whole_second(at: DateTime) -> DateTime {
    at.with().subsec_nanosecond(0).build().unwrap_or(at)
}
