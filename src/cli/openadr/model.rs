//! The objects of OpenADR 3.1 that voltcity exchanges, field for field.

use super::time::{Duration, Stamp, When};
use serde_json::Number;

/// What a server adds to every object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Metadata {
    /// The id it has given.
    pub(crate) id: Option<String>,
    /// When the object was made.
    pub(crate) created: Option<Stamp>,
    /// When it was last changed.
    pub(crate) modified: Option<Stamp>,
}

/// An event.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct EventObject {
    /// What the server has added.
    pub(crate) metadata: Metadata,
    /// Id of its programme.
    pub(crate) program_id: String,
    /// A name for people.
    pub(crate) name: Option<String>,
    /// Cuts the intervals short, or has them repeated.
    pub(crate) duration: Option<Duration>,
    /// Rank, 0 first.
    pub(crate) priority: Option<u64>,
    /// Who is meant.
    pub(crate) targets: Vec<Target>,
    /// What must be reported.
    pub(crate) report_descriptors: Vec<ReportDescriptor>,
    /// What the payloads are in.
    pub(crate) payload_descriptors: Vec<EventDescriptor>,
    /// Start and length of intervals that have none of their own.
    pub(crate) period: Option<Period>,
    /// What is asked.
    pub(crate) intervals: Vec<Interval>,
}

/// A report.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ReportObject {
    /// What the server has added.
    pub(crate) metadata: Metadata,
    /// Id of the programme; version 3.0.1 only.
    pub(crate) program_id: Option<String>,
    /// Id of the event it is about.
    pub(crate) event_id: String,
    /// Who reports.
    pub(crate) client: String,
    /// A name for people.
    pub(crate) name: Option<String>,
    /// What the payloads are in.
    pub(crate) payload_descriptors: Vec<ReportPayloadDescriptor>,
    /// What is reported, resource by resource.
    pub(crate) resources: Vec<ReportResource>,
}

/// What is reported of one resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ReportResource {
    /// Its name, or [`AGGREGATED`].
    pub(crate) name: String,
    /// Start and length of intervals that have none of their own.
    pub(crate) period: Option<Period>,
    /// The intervals.
    pub(crate) intervals: Vec<Interval>,
}

/// The name under which the sum of several resources is reported.
pub(crate) const AGGREGATED: &str = "AGGREGATED_REPORT";

/// Who is meant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    /// As in version 3.1.
    Text(String),
    /// As in version 3.0.1.
    Typed(ValuesMap),
}

/// When intervals lie.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Period {
    /// Start of the first.
    pub(crate) start: Option<When>,
    /// Length of each.
    pub(crate) duration: Option<Duration>,
    /// Most that a client may begin earlier or later.
    pub(crate) randomize_start: Option<Duration>,
}

/// One stretch of time with what holds in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Interval {
    /// A number given by the client; no order follows from it.
    pub(crate) id: i32,
    /// When it lies, if not as the period around it says.
    pub(crate) period: Option<Period>,
    /// What holds in it.
    pub(crate) payloads: Vec<ValuesMap>,
}

/// Values of one type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ValuesMap {
    /// A type of the [vocabulary](super::vocabulary), or a private one.
    pub(crate) kind: String,
    /// The values.
    pub(crate) values: Vec<Value>,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// A number, whole or not.
    Number(Number),
    /// A text.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// A point of a curve.
    Point(f64, f64),
}

/// What the payloads of an event are in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EventDescriptor {
    /// Type of the payloads.
    pub(crate) kind: String,
    /// Their unit.
    pub(crate) units: Option<String>,
    /// Their currency.
    pub(crate) currency: Option<String>,
}

/// What the payloads of a report are in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReportPayloadDescriptor {
    /// Type of the payloads.
    pub(crate) kind: String,
    /// How they were read.
    pub(crate) reading: Option<String>,
    /// Their unit.
    pub(crate) units: Option<String>,
    /// How exact they are.
    pub(crate) accuracy: Option<f64>,
    /// How sure they are, in percent.
    pub(crate) confidence: Option<u8>,
}

/// What must be reported of an event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReportDescriptor {
    /// Type of the payloads.
    pub(crate) kind: String,
    /// How they are to be read.
    pub(crate) reading: Option<String>,
    /// Their unit.
    pub(crate) units: Option<String>,
    /// Of whom.
    pub(crate) targets: Vec<Target>,
    /// Whether the sum of all is reported instead of each.
    pub(crate) aggregate: Option<bool>,
    /// Interval after which to report; -1 is the last.
    pub(crate) start_interval: Option<i32>,
    /// Intervals to report; -1 is all.
    pub(crate) num_intervals: Option<i32>,
    /// Whether they lie before the interval, not after it.
    pub(crate) historical: Option<bool>,
    /// Intervals from one report to the next; -1 is as many as are reported.
    pub(crate) frequency: Option<i32>,
    /// Reports; -1 is for ever.
    pub(crate) repeat: Option<i32>,
    /// Which intervals a client may report by.
    pub(crate) report_intervals: Option<String>,
}

impl ReportDescriptor {
    /// The wish for one payload type, in a unit, everything else being as the standard has it.
    pub(crate) fn new(kind: &str, units: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            reading: None,
            units: Some(units.to_owned()),
            targets: Vec::new(),
            aggregate: None,
            start_interval: None,
            num_intervals: None,
            historical: None,
            frequency: None,
            repeat: None,
            report_intervals: None,
        }
    }
}

impl Value {
    /// A number, if this is one.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => number.as_f64(),
            _ => None,
        }
    }

    /// A whole number, if this is one that fits.
    pub(crate) fn integer(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// A text, if this is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a number, which must be finite.
    pub(crate) fn of(number: f64) -> Self {
        // JSON has no negative zero worth telling, and nothing that is not finite.
        Self::Number(Number::from_f64(number + 0.0).unwrap_or_else(|| Number::from(0)))
    }
}

impl ValuesMap {
    /// Values of a type.
    pub(crate) fn new(kind: &str, values: impl IntoIterator<Item = Value>) -> Self {
        Self { kind: kind.to_owned(), values: values.into_iter().collect() }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Number::from(number))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
