//! All events of a run, carried out side by side: new versions and cancellations take effect when they are announced,
//! and of two events that want one resource the first in rank has it.

use crate::market::conduct::Conductor;
use crate::market::dispatch::Policy;
use crate::market::event::{Book, Cancellation, Event, EventNo, Participant, Refusal, after};
use crate::twin::Twin;
use jiff::civil::DateTime;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Something that is announced to a desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// An event, or a new version of one.
    Event(Box<Event>),
    /// An event is called off.
    CalledOff(Cancellation),
}

/// Why events cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeskError {
    /// A version or cancellation does not fit those before it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is nothing to begin with.
    #[error("the first to be announced has to be an event; give what calls it off after it")]
    NoEvent,
    /// The event's scope is not in this world.
    #[error("the scope of event `{0}` is not in this world; choose one that `describe` lists")]
    Nowhere(String),
}

/// The events of a run.
#[derive(Clone)]
pub struct Desk {
    book: Book,
    /// By number of the event.
    conductors: Vec<Conductor>,
    /// How many events have called each vehicle so far.
    past: BTreeMap<u32, u32>,
    /// Events whose calls are in `past`.
    counted: BTreeSet<EventNo>,
}

impl Desk {
    /// A desk with all that will be announced in a run, in any order of events; versions of one event in theirs.
    ///
    /// # Errors
    /// If a version does not follow the one before, or a scope is not in the twin.
    pub fn new(announcements: Vec<Announcement>, policy: &Arc<dyn Policy>, twin: &mut Twin) -> Result<Self, DeskError> {
        let mut book = Book::new();
        for announcement in announcements {
            match announcement {
                Announcement::Event(event) => _ = book.take(*event)?,
                Announcement::CalledOff(cancellation) => _ = book.cancel(cancellation)?,
            }
        }
        let mut conductors = Vec::new();
        for no in (0..book.len() as u32).map(EventNo) {
            let first = book.versions(no)[0].clone();
            let id = first.id.clone();
            let made = Conductor::new(first, no, Arc::clone(policy), twin);
            conductors.push(made.ok_or(DeskError::Nowhere(id))?);
        }
        Ok(Self { book, conductors, past: BTreeMap::new(), counted: BTreeSet::new() })
    }

    /// The desk of a run without one of its events.
    #[must_use]
    pub fn without(&self, no: EventNo) -> Self {
        let mut other = self.clone();
        other.counted.insert(no);
        if let Some(conductor) = other.conductors.get_mut(no.0 as usize) {
            conductor.strike();
        }
        other
    }

    /// The events and their versions.
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// Whoever carries an event out.
    ///
    /// # Panics
    /// If there is no such event.
    pub fn conductor(&self, no: EventNo) -> &Conductor {
        &self.conductors[no.0 as usize]
    }

    /// Acts before the next step of the twin: the first in rank first, and later ones only with what it leaves.
    pub fn before_step(&mut self, twin: &mut Twin) {
        let midnight = twin.calendar().first().at(0, 0, 0, 0);
        let now = after(midnight, i64::from(twin.clock().now_s()));
        self.announce(now, twin);
        let mut barred = BTreeSet::new();
        for no in self.rank(now) {
            self.conductors[no].bar(&barred, &self.past);
            self.conductors[no].before_step(twin);
            self.take_over(no, now, twin);
            barred.extend(self.conductors[no].holds());
        }
        self.remember(now);
    }

    /// Tells conductors of new versions and of cancellations that have been announced by now.
    fn announce(&mut self, now: DateTime, twin: &mut Twin) {
        for (no, conductor) in (0..).map(EventNo).zip(&mut self.conductors) {
            match self.book.version_at(no, now) {
                Some(version) if version.version > conductor.event().version => {
                    conductor.revise(version.clone(), twin);
                }
                None if self.book.cancellation(no).is_some_and(|cancellation| cancellation.at <= now) => {
                    conductor.call_off(twin);
                }
                _ => {}
            }
        }
    }

    /// Events by rank: those that run first, then the others by number, which only prepare.
    fn rank(&self, now: DateTime) -> Vec<usize> {
        let running: Vec<usize> = self.book.running(now).iter().map(|(no, _)| no.0 as usize).collect();
        let others = (0..self.conductors.len()).filter(|no| !running.contains(no));
        running.iter().copied().chain(others).collect()
    }

    /// An event that is short takes over what running events behind it in rank have, as far as it was to be invited.
    fn take_over(&mut self, no: usize, now: DateTime, twin: &mut Twin) {
        let rank = self.rank(now);
        let behind = rank.iter().skip_while(|of| **of != no).skip(1);
        for &other in behind {
            let short_w = self.conductors[no].short_w(twin);
            if short_w <= 0 {
                return;
            }
            let [higher, lower] = self.conductors.get_disjoint_mut([no, other]).expect("two events of one desk");
            higher.take_from(lower, short_w, twin);
        }
    }

    /// When an event is over, its calls count in the fatigue of those it has called.
    fn remember(&mut self, now: DateTime) {
        for (no, conductor) in (0..).map(EventNo).zip(&self.conductors) {
            if conductor.event().end() <= now && self.counted.insert(no) {
                let called = conductor.standing().calls().filter_map(|(participant, _)| match participant {
                    Participant::Vehicle(row) => Some(*row),
                    _ => None,
                });
                called.for_each(|row| *self.past.entry(row).or_default() += 1);
            }
        }
    }
}
