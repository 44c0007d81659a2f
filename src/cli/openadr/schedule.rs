//! When an event of OpenADR asks for how much: its periods, repetitions and sub-intervals, laid out one after another.
//!
//! The rules are those of the user guide of OpenADR 3.1, section 7.3: an interval has its own period or that of the
//! event, begins where the one before it ends if it does not say otherwise, and is divided evenly among its values.

use super::model::{EventObject, Interval, Period};
use super::reader::Reader;
use super::time::{DURATION_HINT, Duration, When};
use super::vocabulary::{KW, RELATIVE};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use voltcity::market::event::{self as record, INTERVALS_MAX, POWER_W_MAX, after, seconds_between};
use voltcity::market::resource::Direction;
use voltcity::units::Power;

/// What is asked and when.
pub(crate) struct Schedule {
    /// When the first interval begins.
    pub(crate) start: DateTime,
    /// Which way.
    pub(crate) direction: Direction,
    /// The intervals without gaps.
    pub(crate) intervals: Vec<record::Interval>,
    /// Most that a client may begin earlier or later, in s.
    pub(crate) randomise_start_s: u32,
}

/// A stretch of time with the change of power that is asked in it.
#[derive(Clone, Copy)]
struct Piece {
    duration_s: u32,
    change_w: i64,
}

/// Lays an event out; nothing if something keeps it from being laid out, which is flagged.
pub(crate) fn schedule(
    object: &EventObject,
    notice: Option<DateTime>,
    offset: Offset,
    reader: &mut Reader,
) -> Option<Schedule> {
    if !object.intervals.iter().any(|interval| interval.payloads.iter().any(|map| map.kind == RELATIVE)) {
        let hint = format!("write an interval with a payload of type {RELATIVE} in {KW}");
        reader.flag("$.intervals", "no interval asks for a change of power", hint);
        return None;
    }
    let w_per_unit = w_per_unit(object, reader)?;
    let start = start(object, notice, offset, reader)?;
    let mut pieces: Vec<Piece> = Vec::new();
    let mut end = start;
    for (i, interval) in object.intervals.iter().enumerate() {
        let place = format!("$.intervals[{i}]");
        if i > 0
            && let Some(When::At(stamp)) = interval.period.as_ref().and_then(|period| period.start)
        {
            let pause = pause(seconds_between(end, stamp.civil(offset)), &place, reader)?;
            pieces.extend(Some(pause).filter(|pause| pause.duration_s > 0));
        }
        let duration_s = duration_s(object, interval, &place, reader)?;
        pieces.extend(divided(interval, duration_s, w_per_unit, &place, reader)?);
        if pieces.len() > INTERVALS_MAX {
            reader.flag(&place, "there are too many intervals", format!("write at most {INTERVALS_MAX}"));
            return None;
        }
        end = after(start, total_s(&pieces));
    }
    let pieces = fitted(object, pieces, reader)?;
    let direction = direction(&pieces, reader)?;
    let asked = |piece: &Piece| record::Interval { duration_s: piece.duration_s, power: Power(piece.change_w.abs()) };
    Some(Schedule {
        start,
        direction,
        intervals: pieces.iter().map(asked).collect(),
        randomise_start_s: randomise_start_s(object, reader)?,
    })
}

fn total_s(pieces: &[Piece]) -> i64 {
    pieces.iter().map(|piece| i64::from(piece.duration_s)).sum()
}

/// Watts in the unit of power that the event names.
fn w_per_unit(object: &EventObject, reader: &mut Reader) -> Option<f64> {
    let described = object.payload_descriptors.iter().enumerate().find(|(_, descriptor)| descriptor.kind == RELATIVE);
    let hint = format!(
        "write {{\"objectType\": \"EVENT_PAYLOAD_DESCRIPTOR\", \"payloadType\": \"{RELATIVE}\", \"units\": \"{KW}\"}}"
    );
    let Some((i, descriptor)) = described else {
        reader.flag("$.payloadDescriptors", format!("no descriptor says the unit of {RELATIVE}"), hint);
        return None;
    };
    match descriptor.units.as_deref() {
        Some("W") => Some(1.0),
        Some("KW") => Some(1e3),
        Some("MW") => Some(1e6),
        other => {
            let message = match other {
                Some(unit) => format!("`{unit}` is no unit of power"),
                None => format!("the descriptor of {RELATIVE} names no unit"),
            };
            reader.flag(&format!("$.payloadDescriptors[{i}].units"), message, "write \"KW\"");
            None
        }
    }
}

/// When the first interval begins.
fn start(object: &EventObject, notice: Option<DateTime>, offset: Offset, reader: &mut Reader) -> Option<DateTime> {
    let own = object.intervals.first().and_then(|interval| interval.period.as_ref()).and_then(|period| period.start);
    let of_event = object.period.as_ref().and_then(|period| period.start);
    // In a first interval, "now" means the start of the event, if that has one.
    let start = match own {
        None | Some(When::Now) => of_event.or(own),
        at => at,
    };
    match start {
        Some(When::At(stamp)) => {
            let at = stamp.civil(offset);
            if at.subsec_nanosecond() != 0 {
                reader.flag("$.intervalPeriod.start", "the start has a fraction of a second", "write whole seconds");
                return None;
            }
            Some(at)
        }
        Some(When::Now) => notice,
        None => {
            let hint = "write the time of the start in `intervalPeriod.start` of the event or of its first interval";
            reader.flag("$.intervalPeriod", "nothing says when the event starts", hint);
            None
        }
    }
}

/// What fills the time to an interval that begins later than the one before it ends; no length if it does not.
fn pause(gap_s: i64, place: &str, reader: &mut Reader) -> Option<Piece> {
    let Ok(duration_s) = u32::try_from(gap_s) else {
        let begins = if gap_s < 0 { "before the one before it ends" } else { "years later" };
        let hint = "write intervals that follow each other, or several events";
        reader.flag(&format!("{place}.intervalPeriod.start"), format!("the interval begins {begins}"), hint);
        return None;
    };
    Some(Piece { duration_s, change_w: 0 })
}

/// How long an interval is.
fn duration_s(object: &EventObject, interval: &Interval, place: &str, reader: &mut Reader) -> Option<u32> {
    let of = |period: &Option<Period>| period.as_ref().and_then(|period| period.duration.clone());
    let own = of(&interval.period);
    let place =
        if own.is_some() { format!("{place}.intervalPeriod.duration") } else { "$.intervalPeriod.duration".to_owned() };
    let Some(duration) = own.or_else(|| of(&object.period)) else {
        reader.flag(&place, "nothing says how long the interval is", DURATION_HINT);
        return None;
    };
    length_s(&duration, &place, reader).filter(|&seconds| {
        if seconds == 0 {
            reader.flag(&place, "the interval takes no time", DURATION_HINT);
        }
        seconds > 0
    })
}

/// A length in whole seconds that is not negative.
fn length_s(duration: &Duration, place: &str, reader: &mut Reader) -> Option<u32> {
    let message = match duration.length_s() {
        Ok(seconds) => match u32::try_from(seconds) {
            Ok(seconds) => return Some(seconds),
            Err(_) => format!("`{duration}` is {}", if seconds < 0 { "negative" } else { "too long" }),
        },
        Err(_) if duration.is_endless() => format!("`{duration}` means without end, which no event record can be"),
        Err(reason) => format!("`{duration}` {reason}"),
    };
    reader.flag(place, message, DURATION_HINT);
    None
}

/// The pieces of an interval, one for each value; an interval without a change of power is a pause.
fn divided(
    interval: &Interval,
    duration_s: u32,
    w_per_unit: f64,
    place: &str,
    reader: &mut Reader,
) -> Option<Vec<Piece>> {
    let mut all = interval.payloads.iter().enumerate().filter(|(_, map)| map.kind == RELATIVE);
    let Some((k, map)) = all.next() else { return Some(vec![Piece { duration_s, change_w: 0 }]) };
    let place = format!("{place}.payloads[{k}].values");
    if all.next().is_some() {
        reader.flag(&place, format!("the interval has several payloads of type {RELATIVE}"), "write one");
        return None;
    }
    let count = u32::try_from(map.values.len()).unwrap_or(u32::MAX);
    if count == 0 || !duration_s.is_multiple_of(count) {
        let message = format!("{duration_s} s cannot be divided evenly in whole seconds among {count} values");
        reader.flag(&place, message, "write one value, or a number of them that divides the seconds");
        return None;
    }
    let mut pieces = Vec::new();
    for (i, value) in map.values.iter().enumerate() {
        let change_w = libm::rint(value.number()? * w_per_unit);
        if change_w.abs() > POWER_W_MAX as f64 {
            let message = format!("the change is {change_w} W");
            reader.flag(&format!("{place}[{i}]"), message, format!("write at most {POWER_W_MAX} W"));
            return None;
        }
        pieces.push(Piece { duration_s: duration_s / count, change_w: change_w as i64 });
    }
    Some(pieces)
}

/// The pieces cut short or repeated so that they take as long as the event says.
fn fitted(object: &EventObject, pieces: Vec<Piece>, reader: &mut Reader) -> Option<Vec<Piece>> {
    let Some(duration) = &object.duration else { return Some(pieces) };
    let mut left_s = length_s(duration, "$.duration", reader)?;
    let mut fitted = Vec::new();
    for piece in pieces.iter().cycle() {
        if left_s == 0 || fitted.len() > INTERVALS_MAX {
            break;
        }
        let duration_s = piece.duration_s.min(left_s);
        fitted.push(Piece { duration_s, ..*piece });
        left_s -= duration_s;
    }
    if fitted.len() > INTERVALS_MAX || fitted.is_empty() {
        let message = format!(
            "in `{duration}` the intervals make {} intervals",
            if fitted.is_empty() { "no" } else { "too many" }
        );
        reader.flag("$.duration", message, format!("write a duration that makes 1 to {INTERVALS_MAX} of them"));
        return None;
    }
    Some(fitted)
}

/// The direction in which all power is asked.
fn direction(pieces: &[Piece], reader: &mut Reader) -> Option<Direction> {
    let (raises, reduces) = (pieces.iter().any(|p| p.change_w > 0), pieces.iter().any(|p| p.change_w < 0));
    if raises && reduces {
        let hint = "write one event for the intervals that ask for more and one for those that ask for less";
        reader.flag("$.intervals", "the event asks for more power and for less", hint);
        return None;
    }
    Some(if raises { Direction::Raise } else { Direction::Reduce })
}

/// The spread of the start, which a later interval cannot have for itself.
fn randomise_start_s(object: &EventObject, reader: &mut Reader) -> Option<u32> {
    let of = |period: &Option<Period>| period.as_ref().and_then(|period| period.randomize_start.clone());
    let later = object.intervals.iter().skip(1).position(|interval| of(&interval.period).is_some());
    if let Some(position) = later {
        let place = format!("$.intervals[{}].intervalPeriod.randomizeStart", position + 1);
        reader.flag(&place, "a later interval has a spread of its own", "write it for the event, or several events");
        return None;
    }
    let own = object.intervals.first().and_then(|interval| of(&interval.period));
    let Some(spread) = own.or_else(|| of(&object.period)) else { return Some(0) };
    // The standard means the absolute value.
    match spread.length_s().map(i64::unsigned_abs) {
        Ok(seconds) if u32::try_from(seconds).is_ok() => Some(seconds as u32),
        _ => {
            reader.flag(
                "$.intervalPeriod.randomizeStart",
                format!("`{spread}` is no length in whole seconds"),
                DURATION_HINT,
            );
            None
        }
    }
}
