//! The record of what became of every participant of every event: lines are added, never changed.

use super::book::EventNo;
use super::stage::{Cause, Stage};
use crate::market::programme::MemberKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who takes part in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Participant {
    /// The aggregator of this row.
    Aggregator(u32),
    /// The station, building, storage unit or array of this row.
    Member(MemberKind, u32),
    /// The vehicle of this row.
    Vehicle(u32),
}

/// One transition of one participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// When, in s from the midnight the run began on; negative before it.
    pub at_s: i64,
    /// In which event.
    pub event: EventNo,
    /// Whose.
    pub participant: Participant,
    /// The stage that ends.
    pub from: Stage,
    /// The stage that begins.
    pub to: Stage,
    /// Why.
    pub cause: Cause,
}

/// Why a transition is refused. All are mistakes of whoever drives the life-cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The stage may not come next.
    #[error("{participant:?} cannot go from {from:?} to {to:?} in event {}; what may come next is {:?}",
        .event.0, .from.next())]
    NotNext {
        /// In which event.
        event: EventNo,
        /// Whose transition.
        participant: Participant,
        /// Its present stage.
        from: Stage,
        /// The stage that was to begin.
        to: Stage,
    },
    /// The transition lies before the one before it.
    #[error("{participant:?} was last moved at {last_s} s in event {}, which is after {at_s} s", .event.0)]
    Backwards {
        /// In which event.
        event: EventNo,
        /// Whose transition.
        participant: Participant,
        /// When it was last moved.
        last_s: i64,
        /// When it was to be moved.
        at_s: i64,
    },
}

/// The transitions of a run. A participant that has none is at [`Stage::Draft`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    entries: Vec<Entry>,
    /// Position of each participant's latest entry.
    latest: BTreeMap<(EventNo, Participant), usize>,
}

impl Log {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// A log that holds what another one did.
    pub fn from_entries(entries: Vec<Entry>) -> Self {
        let latest = entries.iter().enumerate().map(|(position, e)| ((e.event, e.participant), position)).collect();
        Self { entries, latest }
    }

    /// Adds the transition of a participant to its next stage.
    ///
    /// # Errors
    /// If the stage may not come next, or the time lies before the participant's latest transition in this event. The
    /// log is then as it was.
    pub fn record(
        &mut self,
        event: EventNo,
        participant: Participant,
        at_s: i64,
        to: Stage,
        cause: Cause,
    ) -> Result<Entry, LogError> {
        let latest = self.latest.get(&(event, participant)).map(|&position| self.entries[position]);
        let from = latest.map_or(Stage::Draft, |entry| entry.to);
        if !from.may_become(to) {
            return Err(LogError::NotNext { event, participant, from, to });
        }
        if let Some(last) = latest
            && at_s < last.at_s
        {
            return Err(LogError::Backwards { event, participant, last_s: last.at_s, at_s });
        }
        let entry = Entry { at_s, event, participant, from, to, cause };
        self.latest.insert((event, participant), self.entries.len());
        self.entries.push(entry);
        Ok(entry)
    }

    /// The present stage of a participant.
    pub fn stage(&self, event: EventNo, participant: Participant) -> Stage {
        self.latest.get(&(event, participant)).map_or(Stage::Draft, |&position| self.entries[position].to)
    }

    /// Every participant of an event that has left [`Stage::Draft`], with its latest transition, by id.
    pub fn participants(&self, event: EventNo) -> impl Iterator<Item = (Participant, Entry)> {
        let first = (event, Participant::Aggregator(0));
        let of_event = self.latest.range(first..).take_while(move |((of, _), _)| *of == event);
        of_event.map(|(&(_, participant), &position)| (participant, self.entries[position]))
    }

    /// The transitions of one participant in one event, in the order they happened.
    pub fn history(&self, event: EventNo, participant: Participant) -> Vec<Entry> {
        self.entries.iter().copied().filter(|e| e.event == event && e.participant == participant).collect()
    }

    /// All transitions in the order they were added, which may depend on how participants were visited.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// All transitions by time, event and participant: the same however participants were visited.
    pub fn ordered(&self) -> Vec<Entry> {
        let mut entries = self.entries.clone();
        // Stable: what a participant does in one second stays in the order it did it.
        entries.sort_by_key(|e| (e.at_s, e.event, e.participant));
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

    const CAR: Participant = Participant::Vehicle(7);

    #[test]
    fn a_life_from_the_notice_to_the_money() {
        let mut log = Log::new();
        let life = [
            (-100, Stage::Announced, Cause::Schedule),
            (-90, Stage::Invited, Cause::Request),
            (-50, Stage::Accepted, Cause::Owner),
            (0, Stage::Armed, Cause::Schedule),
            (0, Stage::Dispatched, Cause::Schedule),
            (300, Stage::Overridden, Cause::Owner),
            (400, Stage::Dispatched, Cause::Owner),
            (3_600, Stage::Released, Cause::Schedule),
            (3_600, Stage::Rebound, Cause::Schedule),
            (7_200, Stage::Measured, Cause::Metered),
            (86_400, Stage::Settled, Cause::Paid),
        ];
        for (at_s, to, cause) in life {
            log.record(EventNo(0), CAR, at_s, to, cause).unwrap();
        }
        let told: Vec<_> = log.history(EventNo(0), CAR).iter().map(|e| (e.at_s, e.to, e.cause)).collect();
        assert_eq!(told, life);
        assert_eq!(log.stage(EventNo(0), CAR), Stage::Settled);
        assert_eq!(log.stage(EventNo(1), CAR), Stage::Draft);
    }

    #[test]
    fn what_is_refused_is_told_and_leaves_no_trace() {
        let mut log = Log::new();
        log.record(EventNo(3), CAR, 10, Stage::Announced, Cause::Schedule).unwrap();
        let before = log.clone();
        let error = log.record(EventNo(3), CAR, 20, Stage::Settled, Cause::Paid).unwrap_err();
        let told = "Vehicle(7) cannot go from Announced to Settled in event 3; \
                    what may come next is [Invited, Accepted, Cancelled]";
        assert_eq!(error.to_string(), told);
        let error = log.record(EventNo(3), CAR, 9, Stage::Invited, Cause::Request).unwrap_err();
        assert_eq!(error.to_string(), "Vehicle(7) was last moved at 10 s in event 3, which is after 9 s");
        assert_eq!(log, before);
    }

    /// Every transition that is allowed, in words of its own: the oracle of the machine below.
    const ALLOWED: &str = "
        Draft Announced | Draft Cancelled
        Announced Invited | Announced Accepted | Announced Cancelled
        Invited Accepted | Invited Declined | Invited NoAnswer | Invited Cancelled
        Accepted Armed | Accepted OptedOut | Accepted NoShow | Accepted Invited | Accepted Cancelled
        Declined Invited | Declined Cancelled | NoAnswer Invited | NoAnswer Cancelled
        Armed Dispatched | Armed OptedOut | Armed NoShow | Armed Invited | Armed Cancelled
        Dispatched Overridden | Dispatched OptedOut | Dispatched Released
        Overridden Dispatched | Overridden OptedOut | Overridden Released
        OptedOut Rebound | OptedOut Measured | NoShow Measured
        Released Dispatched | Released Rebound | Released Measured
        Rebound Measured | Measured Settled";

    fn is_allowed(from: Stage, to: Stage) -> bool {
        let pair = format!("{from:?} {to:?}");
        ALLOWED.split(['|', '\n']).any(|allowed| allowed.trim() == pair)
    }

    /// What a log must hold: every attempt that was right, and no other.
    #[derive(Clone, Debug, Default)]
    struct Model {
        accepted: Vec<Entry>,
    }

    impl Model {
        fn latest(&self, event: EventNo, participant: Participant) -> Option<&Entry> {
            self.accepted.iter().rfind(|e| e.event == event && e.participant == participant)
        }

        fn is_right(&self, attempt: &Attempt) -> bool {
            let latest = self.latest(attempt.event, attempt.participant);
            let from = latest.map_or(Stage::Draft, |e| e.to);
            is_allowed(from, attempt.to) && latest.is_none_or(|e| e.at_s <= attempt.at_s)
        }
    }

    #[derive(Clone, Debug)]
    struct Attempt {
        event: EventNo,
        participant: Participant,
        at_s: i64,
        to: Stage,
    }

    impl ReferenceStateMachine for Model {
        type State = Self;
        type Transition = Attempt;

        fn init_state() -> BoxedStrategy<Self> {
            Just(Self::default()).boxed()
        }

        fn transitions(state: &Self) -> BoxedStrategy<Attempt> {
            let participants = [Participant::Aggregator(0), CAR, Participant::Member(MemberKind::Station, u32::MAX)];
            let state = state.clone();
            (
                0_u32..2,
                prop::sample::select(participants.to_vec()),
                -1_i64..4,
                0_usize..16,
                any::<prop::sample::Index>(),
            )
                .prop_map(move |(event, participant, later_s, stage, legal)| {
                    let event = EventNo(event);
                    let latest = state.latest(event, participant);
                    let next = latest.map_or(Stage::Draft, |e| e.to).next();
                    // Three attempts of four are legal, so that lives get on.
                    let to = if stage % 4 == 0 || next.is_empty() { Stage::ALL[stage] } else { *legal.get(next) };
                    Attempt { event, participant, at_s: latest.map_or(0, |e| e.at_s) + later_s, to }
                })
                .boxed()
        }

        fn apply(mut state: Self, attempt: &Attempt) -> Self {
            if state.is_right(attempt) {
                let &Attempt { event, participant, at_s, to } = attempt;
                let from = state.latest(event, participant).map_or(Stage::Draft, |e| e.to);
                state.accepted.push(Entry { at_s, event, participant, from, to, cause: Cause::Schedule });
            }
            state
        }
    }

    struct LogMachine;

    impl StateMachineTest for LogMachine {
        type SystemUnderTest = Log;
        type Reference = Model;

        fn init_test(_: &Model) -> Log {
            Log::new()
        }

        fn apply(mut log: Log, state: &Model, attempt: Attempt) -> Log {
            let before = log.entries().len();
            let done = log.record(attempt.event, attempt.participant, attempt.at_s, attempt.to, Cause::Schedule);
            // The model has taken the attempt already, if it was right.
            assert_eq!(done.is_ok(), state.accepted.len() > before, "{attempt:?}: {done:?}");
            log
        }

        fn check_invariants(log: &Log, state: &Model) {
            assert_eq!(log.entries(), state.accepted);
            let mut sorted = state.accepted.clone();
            sorted.sort_by_key(|e| (e.at_s, e.event, e.participant));
            assert_eq!(log.ordered(), sorted);
            for event in [EventNo(0), EventNo(1)] {
                for (participant, entry) in log.participants(event) {
                    assert_eq!(state.latest(event, participant), Some(&entry));
                    assert_eq!(log.stage(event, participant), entry.to);
                }
                let all = state.accepted.iter().filter(|e| e.event == event && e.from == Stage::Draft).count();
                assert_eq!(log.participants(event).count(), all);
            }
        }
    }

    prop_state_machine! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_log_holds_every_right_transition_and_no_other(sequential 1..120 => LogMachine);
    }
}
