//! Times and durations as OpenADR writes them: RFC 3339 with an offset, ISO 8601 as in `PT15M`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use std::fmt;

/// What a duration looks like, for hints.
pub(crate) const DURATION_HINT: &str = "write an ISO 8601 duration, as in \"PT15M\"";
/// What a time looks like, for hints.
pub(crate) const TIME_HINT: &str = "write a time with its offset, as in \"2024-05-15T13:30:00+08:00\"";
/// The duration that stands for no end.
const ENDLESS: &str = "P9999Y";

/// An instant with the offset it was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// When.
    at: Timestamp,
    /// The offset from UTC it is told in.
    offset: Offset,
}

/// When a period begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// As soon as the event is known: a start in the year 1.
    Now,
    /// At an instant.
    At(Stamp),
}

impl Stamp {
    /// The instant of a local civil time. One at the ends of the calendar moves within it.
    pub(crate) fn local(civil: DateTime, offset: Offset) -> Self {
        let earliest = offset.to_datetime(Timestamp::MIN);
        let latest = offset.to_datetime(Timestamp::MAX);
        let at = offset.to_timestamp(civil.clamp(earliest, latest)).unwrap_or(Timestamp::UNIX_EPOCH);
        Self { at, offset: tellable(offset) }
    }

    /// The local civil time at an offset.
    pub(crate) fn civil(&self, offset: Offset) -> DateTime {
        offset.to_datetime(self.at)
    }

    /// Reads a time with an offset.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let pieces = Pieces::parse(text).ok()?;
        if pieces.time_zone_annotation().is_some() {
            return None;
        }
        let offset = pieces.to_numeric_offset()?;
        let at = offset.to_timestamp(pieces.date().to_datetime(pieces.time()?)).ok()?;
        Some(Self { at, offset: tellable(offset) })
    }
}

impl When {
    /// Reads the start of a period.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // The standard spells "now" as the beginning of time, with or without an hour and an offset.
        match text.strip_prefix("0001-01-01") {
            Some("" | "T00:00:00" | "T00:00:00Z" | "T00:00:00.000Z") => Some(Self::Now),
            _ => Stamp::parse(text).map(Self::At),
        }
    }
}

/// The offset, if RFC 3339 can tell it (whole minutes), and UTC if not.
fn tellable(offset: Offset) -> Offset {
    if offset.seconds() % 60 == 0 { offset } else { Offset::UTC }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = self.offset.to_datetime(self.at);
        let (date, h, m, s) = (civil.date(), civil.hour(), civil.minute(), civil.second());
        write!(f, "{date}T{h:02}:{m:02}:{s:02}")?;
        if civil.subsec_nanosecond() != 0 {
            write!(f, "{}", format!(".{:09}", civil.subsec_nanosecond()).trim_end_matches('0'))?;
        }
        let minutes = self.offset.seconds() / 60;
        match minutes {
            0 => f.write_str("Z"),
            _ => {
                write!(f, "{}{:02}:{:02}", if minutes < 0 { '-' } else { '+' }, minutes.abs() / 60, minutes.abs() % 60)
            }
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("0001-01-01T00:00:00Z"),
            Self::At(stamp) => stamp.fmt(f),
        }
    }
}

/// A duration as it was written, which is known to be well-formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Duration {
    text: String,
    /// Its length in s, or why it has none.
    length: Result<i64, &'static str>,
}

impl Duration {
    /// A duration of whole seconds.
    pub(crate) fn seconds(seconds: u32) -> Self {
        let (h, m, s) = (seconds / 3_600, seconds % 3_600 / 60, seconds % 60);
        let part = |count: u32, unit: char| if count > 0 { format!("{count}{unit}") } else { String::new() };
        let told = format!("{}{}{}", part(h, 'H'), part(m, 'M'), part(s, 'S'));
        let told = if told.is_empty() { "0S" } else { &told };
        Self { text: format!("PT{told}"), length: Ok(seconds.into()) }
    }

    /// Reads a duration.
    ///
    /// It has the form that the definition's pattern allows: an optional minus, `P`, years, months, days or weeks, and
    /// after a `T` hours, minutes and seconds, which alone may have a fraction.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (is_negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let rest = rest.strip_prefix('P')?;
        // Something is counted, with or without a date before the time.
        if !rest.strip_prefix('T').unwrap_or(rest).starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let (date, time) = rest.split_once('T').unwrap_or((rest, ""));
        let mut left = date;
        let [years, months] = ['Y', 'M'].map(|unit| take(&mut left, unit));
        let days = match take(&mut left, 'D') {
            "" => Tally::of(take(&mut left, 'W'), 7 * 86_400),
            days => Tally::of(days, 86_400),
        };
        if !left.is_empty() {
            return None;
        }
        let mut left = time;
        let [hours, minutes] = ['H', 'M'].map(|unit| take(&mut left, unit));
        let (whole, fraction) = seconds(left)?;
        let idle = |part: &str| part.bytes().all(|b| b == b'0');
        let length = if !idle(years) || !idle(months) {
            Err("has years or months, which have no fixed length")
        } else if !idle(fraction) {
            Err("has a fraction of a second")
        } else {
            [days, Tally::of(hours, 3_600), Tally::of(minutes, 60), Tally::of(whole, 1)]
                .into_iter()
                .try_fold(0_i64, |sum, Tally(part)| sum.checked_add(part?))
                .map(|sum| if is_negative { -sum } else { sum })
                .ok_or("is longer than can be counted")
        };
        Some(Self { text: text.to_owned(), length })
    }

    /// Its length in s.
    ///
    /// # Errors
    /// Why it has no length in whole seconds, to follow its name.
    pub(crate) const fn length_s(&self) -> Result<i64, &'static str> {
        self.length
    }

    /// True if it stands for no end.
    pub(crate) fn is_endless(&self) -> bool {
        self.text == ENDLESS
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Some seconds, or nothing if they do not fit.
#[derive(Clone, Copy)]
struct Tally(Option<i64>);

impl Tally {
    fn of(digits: &str, seconds: i64) -> Self {
        if digits.is_empty() {
            return Self(Some(0));
        }
        Self(digits.parse::<i64>().ok().and_then(|count| count.checked_mul(seconds)))
    }
}

/// Takes digits that stand before a unit off the front of a text; nothing if they are not there.
fn take<'a>(text: &mut &'a str, unit: char) -> &'a str {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match text[digits..].strip_prefix(unit) {
        Some(rest) if digits > 0 => {
            let found = &text[..digits];
            *text = rest;
            found
        }
        _ => "",
    }
}

/// The digits of seconds and of their fraction in `12.5S`; empty if there is nothing, none if it is something else.
fn seconds(text: &str) -> Option<(&str, &str)> {
    if text.is_empty() {
        return Some(("", ""));
    }
    let number = text.strip_suffix('S')?;
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(whole, part)| (whole, Some(part)));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    (are_digits(whole) && fraction.is_none_or(are_digits)).then_some((whole, fraction.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_have_their_length_or_a_reason() {
        let length = |text: &str| Duration::parse(text).map(|d| d.length_s());
        let years = "has years or months, which have no fixed length";
        for (text, wanted) in [
            ("PT15M", Some(Ok(900))),
            ("PT1H", Some(Ok(3_600))),
            ("PT0S", Some(Ok(0))),
            ("P1DT2H3M4S", Some(Ok(93_784))),
            ("P2W", Some(Ok(1_209_600))),
            ("-PT5M", Some(Ok(-300))),
            ("PT90M", Some(Ok(5_400))),
            ("PT1.0S", Some(Ok(1))),
            ("PT1.5S", Some(Err("has a fraction of a second"))),
            ("P1M", Some(Err(years))),
            ("P9999Y", Some(Err(years))),
            ("PT99999999999999999999H", Some(Err("is longer than can be counted"))),
            ("P", None),
            ("PT", None),
            ("", None),
            ("15M", None),
            ("P15", None),
            ("PT15", None),
            ("PT15M3H", None),
            ("PT.5S", None),
            ("PT1,5S", None),
            ("P1D2W", None),
            (" PT1H", None),
            ("PT一H", None),
        ] {
            assert_eq!(length(text), wanted, "{text}");
        }
        assert!(Duration::parse("P9999Y").unwrap().is_endless());
    }

    #[test]
    fn times_keep_their_offset() {
        for text in ["2024-05-15T13:30:00+08:00", "2023-02-10T00:00:00Z", "2024-05-15T13:30:00.25-03:30"] {
            assert_eq!(Stamp::parse(text).unwrap().to_string(), text);
        }
        let stamp = Stamp::parse("2023-02-10T23:00:00.000Z").unwrap();
        assert_eq!(stamp.civil(jiff::tz::offset(8)), jiff::civil::datetime(2023, 2, 11, 7, 0, 0, 0));
        for text in ["", "2024-05-15", "2024-05-15T13:30:00", "17:15:16", "2024-05-15T13:30Z[Asia/Shanghai]", "now"] {
            assert_eq!(Stamp::parse(text), None, "{text}");
        }
        for text in ["0001-01-01", "0001-01-01T00:00:00", "0001-01-01T00:00:00Z"] {
            assert_eq!(When::parse(text), Some(When::Now), "{text}");
        }
    }

    proptest! {
        #[test]
        fn seconds_come_back(seconds in any::<u32>()) {
            let written = Duration::seconds(seconds);
            prop_assert_eq!(Duration::parse(&written.to_string()), Some(written));
        }

        #[test]
        fn stamps_come_back(second in -62_000_000_000_i64..250_000_000_000, nano in 0_i32..1_000_000_000, offset in -90_000_i32..90_000) {
            let at = Timestamp::new(second, nano).unwrap();
            let stamp = Stamp { at, offset: tellable(Offset::from_seconds(offset).unwrap()) };
            prop_assert_eq!(Stamp::parse(&stamp.to_string()), Some(stamp), "{}", stamp);
        }

        #[test]
        fn nothing_panics(text in "[-PTYMWDHS0-9.:Z+ 一]{0,24}") {
            let _ = (Duration::parse(&text), Stamp::parse(&text), When::parse(&text));
        }
    }
}
