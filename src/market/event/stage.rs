//! The life of a participant in an event, as a table of what may follow what.

use serde::{Deserialize, Serialize};

/// Where a participant is in its life in one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Stage {
    /// The event is written and nobody knows of it.
    Draft,
    /// The event is public.
    Announced,
    /// The participant has been asked.
    Invited,
    /// It has said yes, or has agreed once for all by contract.
    Accepted,
    /// It has said no.
    Declined,
    /// It has not answered in time.
    NoAnswer,
    /// It is held ready for the start.
    Armed,
    /// It follows a set-point.
    Dispatched,
    /// Its owner has taken over for a while.
    Overridden,
    /// It has left the event.
    OptedOut,
    /// It was not there when it was needed.
    NoShow,
    /// It no longer follows a set-point.
    Released,
    /// It draws what it has put off.
    Rebound,
    /// What it has delivered is known.
    Measured,
    /// It has been paid, or has nothing to be paid.
    Settled,
    /// The event was called off before it was dispatched.
    Cancelled,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 16] = [
        Self::Draft,
        Self::Announced,
        Self::Invited,
        Self::Accepted,
        Self::Declined,
        Self::NoAnswer,
        Self::Armed,
        Self::Dispatched,
        Self::Overridden,
        Self::OptedOut,
        Self::NoShow,
        Self::Released,
        Self::Rebound,
        Self::Measured,
        Self::Settled,
        Self::Cancelled,
    ];

    /// The stages that may come next.
    ///
    /// A new version of an event asks again (`Invited`) until its participant is dispatched. An event that is called
    /// off while a participant is dispatched releases it: what it has delivered is measured and paid all the same.
    pub const fn next(self) -> &'static [Self] {
        use Stage::{
            Accepted, Announced, Armed, Cancelled, Declined, Dispatched, Draft, Invited, Measured, NoAnswer, NoShow,
            OptedOut, Overridden, Rebound, Released, Settled,
        };
        match self {
            Draft => &[Announced, Cancelled],
            // Who is under direct control or has agreed by contract is not asked.
            Announced => &[Invited, Accepted, Cancelled],
            Invited => &[Accepted, Declined, NoAnswer, Cancelled],
            Accepted => &[Armed, OptedOut, NoShow, Invited, Cancelled],
            Declined | NoAnswer => &[Invited, Cancelled],
            Armed => &[Dispatched, OptedOut, NoShow, Invited, Cancelled],
            Dispatched => &[Overridden, OptedOut, Released],
            Overridden => &[Dispatched, OptedOut, Released],
            OptedOut => &[Rebound, Measured],
            // An event of higher priority, or a pause between intervals, releases for a while.
            Released => &[Dispatched, Rebound, Measured],
            NoShow | Rebound => &[Measured],
            Measured => &[Settled],
            Settled | Cancelled => &[],
        }
    }

    /// Whether a stage may come next.
    pub fn may_become(self, next: Self) -> bool {
        self.next().contains(&next)
    }

    /// True if nothing comes after it.
    pub fn is_final(self) -> bool {
        self.next().is_empty()
    }
}

/// Why a participant went on to another stage. What it did not deliver is told apart by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Cause {
    /// The time for it had come: of the notice, the start, an interval, the end.
    Schedule,
    /// The operator asked, or a new version of the event asks again.
    Request,
    /// The owner's choice: yes, no, take over, leave.
    Owner,
    /// A contract that answers for the owner.
    Contract,
    /// No answer came in time.
    Silence,
    /// The vehicle was not plugged in.
    Away,
    /// The battery was at the floor that its next trip needs.
    AtFloor,
    /// The gun can only charge.
    OneWayGun,
    /// A transformer, feeder or site had no room.
    FeederCap,
    /// Telemetry or control did not come through.
    Communications,
    /// Another event of higher priority has the resource.
    Preempted,
    /// The event was called off.
    CalledOff,
    /// Everything put off has been drawn.
    CaughtUp,
    /// Meter readings are in.
    Metered,
    /// Money has been reckoned.
    Paid,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The stages that a participant in one may ever come to.
    fn reachable(from: Stage) -> BTreeSet<Stage> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![from];
        while let Some(stage) = waiting.pop() {
            waiting.extend(stage.next().iter().copied().filter(|&next| found.insert(next)));
        }
        found
    }

    #[test]
    fn every_life_can_begin_with_a_draft_and_come_to_an_end() {
        assert_eq!(reachable(Stage::Draft).len(), Stage::ALL.len() - 1);
        for stage in Stage::ALL {
            let ends = reachable(stage).into_iter().filter(|s| s.is_final()).count();
            assert!(stage.is_final() || ends > 0, "{stage:?} never ends");
        }
        let last: Vec<Stage> = Stage::ALL.into_iter().filter(|s| s.is_final()).collect();
        assert_eq!(last, [Stage::Settled, Stage::Cancelled]);
    }

    #[test]
    fn nobody_is_paid_without_being_measured_or_measured_without_having_agreed() {
        let before = |stage: Stage| Stage::ALL.into_iter().filter(move |s| s.may_become(stage)).collect::<Vec<_>>();
        assert_eq!(before(Stage::Settled), [Stage::Measured]);
        assert_eq!(before(Stage::Dispatched), [Stage::Armed, Stage::Overridden, Stage::Released]);
        assert_eq!(before(Stage::Armed), [Stage::Accepted]);
        // A refusal leads to a measurement only through a new invitation.
        for refusal in [Stage::Declined, Stage::NoAnswer] {
            assert_eq!(refusal.next(), [Stage::Invited, Stage::Cancelled]);
        }
    }

    #[test]
    fn what_has_been_dispatched_is_never_cancelled() {
        for stage in [Stage::Dispatched, Stage::Overridden, Stage::OptedOut, Stage::Released, Stage::Rebound] {
            assert!(!reachable(stage).contains(&Stage::Cancelled), "{stage:?}");
            assert!(reachable(stage).contains(&Stage::Settled), "{stage:?}");
        }
    }

    #[test]
    fn no_stage_follows_itself() {
        for stage in Stage::ALL {
            assert!(!stage.may_become(stage), "{stage:?}");
        }
    }
}
