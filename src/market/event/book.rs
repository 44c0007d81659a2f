//! The events of a run with their versions and cancellations, and which of them has a resource at an instant.
//!
//! A book may be filled as notices come in or all at once beforehand: what holds at an instant depends on what was
//! announced by then, not on when it was written into the book.

use super::Event;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The number of an event in its book, in the order in which events were first taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventNo(pub u32);

/// An event called off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// Which event.
    pub id: String,
    /// The version that calls it off; higher than every version before.
    pub version: u32,
    /// Who calls it off.
    pub issuer: String,
    /// When it is announced, and holds from.
    pub at: DateTime,
}

/// What became of an event that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is new.
    New(EventNo),
    /// It has replaced this version of itself.
    Replaced(EventNo, u32),
}

/// Why a version of an event or a cancellation is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The book holds this version or a higher one.
    #[error("version {offered} of event `{id}` is not above version {held}, which is held; number it {} or more",
        .held.saturating_add(1))]
    Stale {
        /// Which event.
        id: String,
        /// The version offered.
        offered: u32,
        /// The version held.
        held: u32,
    },
    /// The event has been called off.
    #[error("event `{id}` was called off at {at}; call a new one by another id")]
    CalledOff {
        /// Which event.
        id: String,
        /// When it was called off.
        at: DateTime,
    },
    /// Somebody else has called the event.
    #[error("event `{id}` was called by `{issuer}`, who alone can change it or call it off")]
    NotIssuer {
        /// Which event.
        id: String,
        /// Who has called it.
        issuer: String,
    },
    /// The version is announced before the one it replaces.
    #[error("version {offered} of event `{id}` is announced at {notice}, before the version it replaces ({held})")]
    Backdated {
        /// Which event.
        id: String,
        /// The version offered.
        offered: u32,
        /// When it is announced.
        notice: DateTime,
        /// When the version held was announced.
        held: DateTime,
    },
    /// There is nothing to call off.
    #[error("there is no event `{id}` to call off")]
    Unknown {
        /// The id.
        id: String,
    },
}

/// One event with all its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    /// Versions in the order taken: both version and notice rise.
    versions: Vec<Event>,
    cancelled: Option<Cancellation>,
}

impl Held {
    fn latest(&self) -> &Event {
        &self.versions[self.versions.len() - 1]
    }

    /// The version that holds at an instant, called off or not.
    fn announced(&self, at: DateTime) -> Option<&Event> {
        self.versions.iter().rev().find(|version| version.notice <= at)
    }

    /// When it was called off, if it had been by then.
    fn is_called_off(&self, at: DateTime) -> bool {
        self.cancelled.as_ref().is_some_and(|cancellation| cancellation.at <= at)
    }
}

/// All events of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    held: Vec<Held>,
    numbers: BTreeMap<String, EventNo>,
}

impl Book {
    /// An empty book.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes an event, or a new version of one.
    ///
    /// # Errors
    /// If the book holds this version or a higher one, the event was called off, somebody else has called it, or the
    /// version is announced before the one it replaces. The book is then as it was.
    pub fn take(&mut self, event: Event) -> Result<Taken, Refusal> {
        let Some(&no) = self.numbers.get(&event.id) else {
            let no = EventNo(self.held.len() as u32);
            self.numbers.insert(event.id.clone(), no);
            self.held.push(Held { versions: vec![event], cancelled: None });
            return Ok(Taken::New(no));
        };
        let held = &mut self.held[no.0 as usize];
        may_change(held, &event.id, &event.issuer, event.version, event.notice)?;
        let replaced = held.latest().version;
        held.versions.push(event);
        Ok(Taken::Replaced(no, replaced))
    }

    /// Calls an event off.
    ///
    /// # Errors
    /// If there is no such event, or it cannot be changed so (see [`Self::take`]). The book is then as it was.
    pub fn cancel(&mut self, cancellation: Cancellation) -> Result<EventNo, Refusal> {
        let Some(&no) = self.numbers.get(&cancellation.id) else {
            return Err(Refusal::Unknown { id: cancellation.id });
        };
        let held = &mut self.held[no.0 as usize];
        may_change(held, &cancellation.id, &cancellation.issuer, cancellation.version, cancellation.at)?;
        held.cancelled = Some(cancellation);
        Ok(no)
    }

    /// How many events there are, called off or not.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// True if no event was ever taken.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The number of an event.
    pub fn number(&self, id: &str) -> Option<EventNo> {
        self.numbers.get(id).copied()
    }

    /// The latest version of an event, called off or not.
    pub fn latest(&self, no: EventNo) -> Option<&Event> {
        self.held.get(no.0 as usize).map(Held::latest)
    }

    /// All versions of an event in the order taken.
    pub fn versions(&self, no: EventNo) -> &[Event] {
        self.held.get(no.0 as usize).map_or(&[], |held| &held.versions)
    }

    /// How an event was called off, if it was.
    pub fn cancellation(&self, no: EventNo) -> Option<&Cancellation> {
        self.held.get(no.0 as usize)?.cancelled.as_ref()
    }

    /// The version of an event that holds at an instant: announced by then, not replaced by then, not called off.
    pub fn version_at(&self, no: EventNo, at: DateTime) -> Option<&Event> {
        let held = self.held.get(no.0 as usize)?;
        if held.is_called_off(at) { None } else { held.announced(at) }
    }

    /// All events by rank, called off or not, by what is known of them at an instant: of one that is not announced yet,
    /// by its first version.
    ///
    /// Rank is by priority, then by when the event was first announced, then by id, so it does not depend on the order
    /// in which events were taken, and a new version does not lose the place of the old one.
    pub fn ranked(&self, at: DateTime) -> Vec<EventNo> {
        let mut all: Vec<EventNo> = self.numbers.values().copied().collect();
        all.sort_by_key(|&no| {
            let first = &self.versions(no)[0];
            (self.version_at(no, at).unwrap_or(first).priority, first.notice, &first.id)
        });
        all
    }

    /// The events that run at an instant, from their start until the last resource is back, the first in rank first.
    pub fn running(&self, at: DateTime) -> Vec<(EventNo, &Event)> {
        let held_at = |no: EventNo| self.version_at(no, at).filter(|event| event.runs_at(at)).map(|event| (no, event));
        self.ranked(at).into_iter().filter_map(held_at).collect()
    }

    /// The event that has a resource at an instant: of those that run and that it `takes_part` in, the first in rank.
    pub fn ruling(
        &self,
        at: DateTime,
        mut takes_part: impl FnMut(EventNo, &Event) -> bool,
    ) -> Option<(EventNo, &Event)> {
        self.running(at).into_iter().find(|&(no, event)| takes_part(no, event))
    }
}

/// Whether an event may be changed by this issuer, to this version, at this time.
fn may_change(held: &Held, id: &str, issuer: &str, offered: u32, notice: DateTime) -> Result<(), Refusal> {
    let latest = held.latest();
    let id = id.to_owned();
    if let Some(cancellation) = &held.cancelled {
        return Err(Refusal::CalledOff { id, at: cancellation.at });
    }
    if issuer != latest.issuer {
        return Err(Refusal::NotIssuer { id, issuer: latest.issuer.clone() });
    }
    if offered <= latest.version {
        return Err(Refusal::Stale { id, offered, held: latest.version });
    }
    if notice < latest.notice {
        return Err(Refusal::Backdated { id, offered, notice, held: latest.notice });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
