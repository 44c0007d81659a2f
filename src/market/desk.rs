//! All events of a run, carried out side by side: new versions and cancellations take effect when they are announced,
//! and of two events that want one resource the first in rank has it.

use crate::market::conduct::{self, Conductor};
use crate::market::dispatch::Policy;
use crate::market::event::{Book, Cancellation, Event, EventNo, Refusal, after};
use crate::twin::Twin;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Something that is announced to a desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// An event that nothing is simulated of.
    #[error(
        "event `{id}` begins on {date}, outside the days that are run, {first} to {last}; give it a run of its own"
    )]
    Outside {
        /// Which.
        id: String,
        /// Its day.
        date: Date,
        /// First day of the run.
        first: Date,
        /// Last day of the run.
        last: Date,
    },
}

/// A desk as values.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Saved {
    announcements: Vec<Announcement>,
    conductors: Vec<conduct::Saved>,
    over: BTreeSet<EventNo>,
}

impl Saved {
    /// Ids of its events, each once, in the order in which they were first announced.
    pub fn ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for announcement in &self.announcements {
            let id = match announcement {
                Announcement::Event(event) => &event.id,
                Announcement::CalledOff(cancellation) => &cancellation.id,
            };
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        ids
    }
}

/// All that will be announced, event by event.
fn book_of(announcements: &[Announcement]) -> Result<Book, Refusal> {
    let mut book = Book::new();
    for announcement in announcements.iter().cloned() {
        match announcement {
            Announcement::Event(event) => _ = book.take(*event)?,
            Announcement::CalledOff(cancellation) => _ = book.cancel(cancellation)?,
        }
    }
    Ok(book)
}

/// The events of a run.
#[derive(Clone)]
pub struct Desk {
    announcements: Vec<Announcement>,
    book: Book,
    /// By number of the event.
    conductors: Vec<Conductor>,
    /// Events that are over, and whose calls the others know of.
    over: BTreeSet<EventNo>,
}

impl Desk {
    /// A desk with all that will be announced in a run, in any order of events; versions of one event in theirs.
    ///
    /// # Errors
    /// If a version does not follow the one before, or a scope is not in the twin.
    pub fn new(announcements: Vec<Announcement>, policy: &Arc<dyn Policy>, twin: &mut Twin) -> Result<Self, DeskError> {
        let book = book_of(&announcements)?;
        let mut conductors = Vec::new();
        for no in (0..book.len() as u32).map(EventNo) {
            let first = book.versions(no)[0].clone();
            let id = first.id.clone();
            let (days, date) = (twin.calendar(), first.start.date());
            let (from, until) = (days.first(), days.day(days.len() as u32 - 1).date);
            if !(from..=until).contains(&date) {
                return Err(DeskError::Outside { id, date, first: from, last: until });
            }
            let made = Conductor::new(first, no, Arc::clone(policy), twin);
            conductors.push(made.ok_or(DeskError::Nowhere(id))?);
        }
        Ok(Self { announcements, book, conductors, over: BTreeSet::new() })
    }

    /// What it knows, between two steps.
    pub fn save(&self) -> Saved {
        Saved {
            announcements: self.announcements.clone(),
            conductors: self.conductors.iter().map(Conductor::save).collect(),
            over: self.over.clone(),
        }
    }

    /// A desk that goes on as the one that was saved, on a twin in the state it was in then.
    ///
    /// # Errors
    /// If what was saved does not hold together, or names what the twin does not have.
    pub fn resume(saved: Saved, policy: &Arc<dyn Policy>, twin: &mut Twin) -> Result<Self, DeskError> {
        let Saved { announcements, conductors, over } = saved;
        let book = book_of(&announcements)?;
        if conductors.len() != book.len() {
            return Err(DeskError::NoEvent);
        }
        let resume = |(no, saved): (u32, conduct::Saved)| {
            let id = || book.versions(EventNo(no))[0].id.clone();
            Conductor::resume(saved, Arc::clone(policy), twin).ok_or_else(|| DeskError::Nowhere(id()))
        };
        let conductors = (0..).zip(conductors).map(resume).collect::<Result<_, _>>()?;
        Ok(Self { announcements, book, conductors, over })
    }

    /// Takes further announcements, beside what is going on.
    ///
    /// # Errors
    /// As for a new desk.
    pub fn announce_more(
        &mut self,
        more: Vec<Announcement>,
        policy: &Arc<dyn Policy>,
        twin: &mut Twin,
    ) -> Result<(), DeskError> {
        let mut all = self.announcements.clone();
        all.extend(more);
        let mut made = Self::new(all, policy, twin)?;
        let known = self.conductors.len();
        made.conductors.splice(..known, core::mem::take(&mut self.conductors));
        made.over = core::mem::take(&mut self.over);
        *self = made;
        Ok(())
    }

    /// The desk of a run without one of its events.
    #[must_use]
    pub fn without(&self, no: EventNo) -> Self {
        let mut other = self.clone();
        other.over.insert(no);
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
        let rank: Vec<usize> = self.book.ranked(now).into_iter().map(|no| no.0 as usize).collect();
        let mut barred = BTreeSet::new();
        for (place, &no) in rank.iter().enumerate() {
            self.conductors[no].bar(&barred);
            self.conductors[no].before_step(twin);
            self.take_over(no, &rank[place + 1..], twin);
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

    /// An event that is short takes over what those behind it in rank have, as far as it was to be invited.
    fn take_over(&mut self, no: usize, behind: &[usize], twin: &mut Twin) {
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
        for no in 0..self.conductors.len() {
            let is_over = self.conductors[no].event().end() <= now;
            if !is_over || !self.over.insert(EventNo(no as u32)) {
                continue;
            }
            let called: Vec<u32> = self.conductors[no].standing().vehicles().collect();
            self.conductors.iter_mut().for_each(|other| other.remember(&called));
        }
    }
}
