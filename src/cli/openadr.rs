//! OpenADR 3 as JSON: events in and out, reports out and in.
//!
//! ```text
//! bytes ─► reader (serde_json, places) ─► model: what the standard has ─► import ─► market::event::Event
//!                                                                      ◄─ export ◄─
//! series of baseline and usage ─► report ─► model ─► writer ─► JSON
//! ```
//!
//! The model follows the definition of OpenADR 3.1 (Apache 2.0, OpenADR Alliance); what version 3.0.1 had
//! otherwise (targets with a type, a report's `programID`) is read and kept. Unknown fields are passed over and named,
//! unknown payload types are kept as they are.
//!
//! How an event of voltcity is told:
//!
//! | voltcity | OpenADR |
//! |---|---|
//! | id | `eventName`; `id` belongs to the server |
//! | priority | `priority`, 0 first in both |
//! | start, spread of the start | `intervalPeriod.start`, `intervalPeriod.randomizeStart` |
//! | intervals | `intervals` with `DISPATCH_SETPOINT_RELATIVE` in `KW`, negative to draw less |
//! | scope | a target: `CITY`, `DISTRICT:Futian`, `SUBSTATION:3`, `FEEDER:12`, `TRANSFORMER:99` |
//! | aggregators and kinds invited | targets `AGGREGATOR:operator 01`, `KIND:v2g` |
//! | what must be reported | `reportDescriptors`: `BASELINE`, `USAGE` and `DELTA_USAGE` in `KWH` |
//! | everything else | payloads of private types in the first interval, see [`terms`] |
//!
//! Private payloads are the one extension that every server hands on: it need not know a payload's type, whereas it may
//! drop fields it does not know and shows a client only the targets that were granted to it. So targets say who is
//! meant and nothing else.

mod export;
mod import;
mod model;
mod read;
mod reader;
mod report;
mod schedule;
mod terms;
mod time;
mod vocabulary;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use export::event as event_to_openadr;
pub(crate) use import::{Defaults, event as event_from_openadr};
pub(crate) use read::{events as read_events, reports as read_reports};
pub(crate) use reader::Problems;
pub(crate) use report::{Series, Slot, report as series_to_report, series as report_to_series};
pub(crate) use write::{event as write_event, report as write_report};
