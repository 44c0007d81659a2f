//! The files of an event: what is read, as RON or as OpenADR, and what is written.

use super::outcome::Outcome;
use crate::cli::exit::Failure;
use crate::cli::openadr::{
    Defaults, Series, Slot, event_from_openadr, event_to_openadr, read_events, series_to_report, write_event,
    write_report,
};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use voltcity::market::desk::Announcement;
use voltcity::market::event::{Cancellation, Event, after};
use voltcity::market::exact::INTERVAL_S;
use voltcity::market::pair::Pair;
use voltcity::units::Power;
use voltcity::world::event::{CheckedEvent, Targets};
use voltcity::world::problem::{Problem, Problems};
use voltcity::world::schema::PublishedFile;

/// The event as OpenADR tells it, and the report of what came of it.
pub(super) const OPENADR: [&str; 2] = ["openadr-event.json", "openadr-report.json"];
/// The programme that events belong to, and whose reports they are.
const PROGRAM: &str = "voltcity";

/// An event as it was read, and published figures to stand beside it.
pub(crate) struct Read {
    pub(crate) event: Event,
    /// When this version calls it off, if it does.
    pub(crate) called_off: Option<DateTime>,
    pub(crate) published: BTreeMap<String, PublishedFile>,
    /// What an OpenADR event says that has no place here.
    pub(crate) left_out: Vec<String>,
}

/// Reads an event: an OpenADR event if the file's name ends in `.json`, else RON.
pub(crate) fn read(path: &Path, targets: &Targets, offset: Offset) -> Result<Read, Failure> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        return read_openadr(path, offset);
    }
    let checked = CheckedEvent::load(path, &[], Some(targets)).map_err(|problems| {
        let opens = fs::metadata(path).is_ok_and(|file| file.is_file());
        if opens { Failure::World(problems) } else { Failure::Unreadable(problems) }
    })?;
    Ok(Read {
        event: checked.event().clone(),
        called_off: checked.called_off(),
        published: checked.published().clone(),
        left_out: Vec::new(),
    })
}

impl Read {
    /// What is announced by it.
    pub(crate) fn announcement(&self) -> Announcement {
        let event = &self.event;
        match self.called_off {
            None => Announcement::Event(Box::new(event.clone())),
            Some(at) => Announcement::CalledOff(Cancellation {
                id: event.id.clone(),
                version: event.version,
                issuer: event.issuer.clone(),
                at,
            }),
        }
    }
}

fn read_openadr(path: &Path, offset: Offset) -> Result<Read, Failure> {
    let bytes = fs::read(path).map_err(|cause| {
        let message = format!("{} cannot be read: {cause}", path.display());
        Failure::Unreadable(Problems::from(Problem::new(message, None)))
    })?;
    let wrong = |problems| Failure::OpenAdr { path: path.to_owned(), problems };
    let found = read_events(&bytes).map_err(wrong)?;
    let [object] = &found.objects[..] else {
        let message = format!("{} holds {} events", path.display(), found.objects.len());
        let hint = "give one event to a run".to_owned();
        return Err(Failure::World(Problem::new(message, hint).into()));
    };
    let imported = event_from_openadr(object, &Defaults::default(), offset).map_err(wrong)?;
    let left_out = found.ignored.iter().cloned().chain(imported.left_out).collect();
    Ok(Read { event: imported.event, called_off: None, published: BTreeMap::new(), left_out })
}

/// The event and its report as OpenADR has them.
pub(super) fn openadr(pair: &Pair, outcome: &Outcome, offset: Offset) -> [serde_json::Value; 2] {
    let event = pair.conductor().event();
    let first_s = outcome.rows.iter().map(|row| row.start_s).min().unwrap_or(0);
    let (start_s, _) = pair.conductor().window_s();
    let mut series: BTreeMap<u32, Series> = BTreeMap::new();
    // Rows are in the order of party and time.
    for row in &outcome.rows {
        let one = series.entry(row.party).or_insert_with(|| Series {
            resource: pair.conductor().aggregators()[row.party as usize].clone(),
            start: after(event.start, i64::from(first_s) - start_s),
            slot_s: INTERVAL_S as u32,
            slots: Vec::new(),
        });
        let energy = |power_w: i64| Power(power_w).over(INTERVAL_S);
        one.slots.push(Slot { baseline: energy(row.baseline_w), usage: energy(row.actual_w) });
    }
    let all: Vec<Series> = series.into_values().collect();
    let report = series_to_report(&event.id, PROGRAM, &format!("{}-report", event.id), &all, offset);
    [write_event(&event_to_openadr(event, PROGRAM, offset)), write_report(&report)]
}
