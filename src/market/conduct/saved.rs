//! An event in progress as values: what a conductor knows that does not follow from the event, the twin and the policy.

use super::ahead::{Customers, Reserve};
use super::{Beat, Conductor, Standing, Turnout};
use crate::market::capability::Funnel;
use crate::market::dispatch::Policy;
use crate::market::dispatch::control::{Controller, Measurement};
use crate::market::event::{Entry, Event, EventNo, Log, Participant};
use crate::twin::Twin;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A conductor, saved between two steps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Saved {
    event: Event,
    no: EventNo,
    notice_s: i64,
    start_s: i64,
    end_s: i64,
    entries: Vec<Entry>,
    stations: BTreeSet<u32>,
    members: BTreeSet<Participant>,
    owners: BTreeMap<u32, bool>,
    gathered: BTreeSet<u32>,
    customers: Customers,
    promised: BTreeMap<u32, i64>,
    reserve: Reserve,
    past: BTreeMap<u32, u32>,
    barred: BTreeSet<Participant>,
    standing: Standing,
    controller: Controller,
    measured: Vec<Measurement>,
    is_announced: bool,
    is_struck: bool,
    called_off: Option<DateTime>,
    turnout: Turnout,
    funnel: Option<Funnel>,
    beats: Vec<Beat>,
}

impl Saved {
    /// True if it names nobody that a twin does not have.
    fn is_of(&self, twin: &mut Twin) -> bool {
        let counts = twin.counts();
        let vehicle = |row: &u32| (*row as usize) < counts.vehicles;
        let rows = [counts.stations, counts.buildings, counts.storage_units, counts.pv_arrays, counts.aggregators];
        let most = rows.into_iter().max().unwrap_or(0);
        let participant = |one: &Participant| match one {
            Participant::Vehicle(row) => vehicle(row),
            Participant::Aggregator(row) | Participant::Member(_, row) => (*row as usize) < most,
        };
        self.stations.iter().all(|row| (*row as usize) < counts.stations)
            && self.members.iter().all(participant)
            && self.owners.keys().chain(self.promised.keys()).chain(&self.gathered).all(vehicle)
            && self.customers.vehicles().chain(self.reserve.all()).all(vehicle)
            && self
                .standing
                .calls()
                .chain(self.standing.standing())
                .all(|(one, called)| participant(one) && usize::from(called.aggregator) < counts.aggregators)
            && self.entries.iter().all(|entry| participant(&entry.participant))
    }
}

impl Conductor {
    /// What it knows.
    pub fn save(&self) -> Saved {
        Saved {
            event: self.event.clone(),
            no: self.no,
            notice_s: self.notice_s,
            start_s: self.start_s,
            end_s: self.end_s,
            entries: self.log.entries().to_vec(),
            stations: self.stations.clone(),
            members: self.members.clone(),
            owners: self.owners.clone(),
            gathered: self.gathered.clone(),
            customers: self.customers.clone(),
            promised: self.promised.clone(),
            reserve: self.reserve.clone(),
            past: self.past.clone(),
            barred: self.barred.clone(),
            standing: self.standing.clone(),
            controller: self.controller.clone(),
            measured: self.measured.clone(),
            is_announced: self.is_announced,
            is_struck: self.is_struck,
            called_off: self.called_off,
            turnout: self.turnout,
            funnel: self.funnel,
            beats: self.beats.clone(),
        }
    }

    /// A conductor that goes on as the one that was saved, on a twin in the state it was in then. `None` if it names
    /// what the twin does not have.
    pub fn resume(saved: Saved, policy: Arc<dyn Policy>, twin: &mut Twin) -> Option<Self> {
        if !saved.is_of(twin) {
            return None;
        }
        let made = Self::new(saved.event.clone(), saved.no, policy, twin)?;
        let log = Log::from_entries(saved.entries);
        Some(Self {
            event: saved.event,
            notice_s: saved.notice_s,
            start_s: saved.start_s,
            end_s: saved.end_s,
            log,
            stations: saved.stations,
            members: saved.members,
            owners: saved.owners,
            gathered: saved.gathered,
            customers: saved.customers,
            promised: saved.promised,
            reserve: saved.reserve,
            past: saved.past,
            barred: saved.barred,
            standing: saved.standing,
            controller: saved.controller,
            measured: saved.measured,
            is_announced: saved.is_announced,
            is_struck: saved.is_struck,
            called_off: saved.called_off,
            turnout: saved.turnout,
            funnel: saved.funnel,
            beats: saved.beats,
            ..made
        })
    }
}
