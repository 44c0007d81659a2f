//! What may happen to an event on its way: a new version, a cancellation, another event of higher or lower rank.

use super::{Conductor, controller};
use crate::fleet::setpoint::{Order, SetPoint};
use crate::market::event::{Cause, Event, Participant, Stage, run_second};
use crate::market::programme::MemberKind;
use crate::market::resource::ResourceKind;
use crate::twin::Twin;
use std::collections::BTreeSet;

impl Conductor {
    /// A new version takes the place of the one before, from now on. Who is no longer invited is let go; the others go
    /// on, until the new end.
    pub fn revise(&mut self, event: Event, twin: &mut Twin) {
        let Some(reach) = event.scope.bind(twin.resource()).filter(|_| !self.is_struck) else { return };
        let first = twin.calendar().first();
        let [notice_s, start_s, end_s] = [event.notice, event.start, event.end()].map(|at| run_second(first, at));
        let has_begun = !self.beats.is_empty();
        (self.reach, self.event) = (reach, event);
        (self.notice_s, self.start_s, self.end_s) = (notice_s, start_s, end_s);
        if !has_begun {
            self.controller = controller(&self.event, self.start_s, twin);
        }
        // One that asked for nothing may be followed by one that asks again.
        self.called_off = None;
        if self.event.peak().0 == 0 {
            // A version that asks for nothing calls it off as well.
            return self.call_off(twin);
        }
        self.is_announced = false;
        self.choose(twin);
        for (participant, mut called) in self.standing.take() {
            let invited = match participant {
                Participant::Member(..) => self.members.contains(&participant),
                _ => self.wants(called.kind),
            };
            if invited {
                called.until_s = self.until_s(participant);
                self.send(twin, participant, &called, called.until_s);
                self.standing.add(participant, called);
            } else {
                self.release(twin, participant, &called, Cause::Request);
            }
        }
    }

    /// The event is called off: everyone is let go, nobody is called any more, and nothing is asked for from now on.
    pub fn call_off(&mut self, twin: &mut Twin) {
        if self.is_struck || self.called_off.is_some() {
            return;
        }
        let now_s = twin.clock().now_s();
        let at = crate::market::event::after(self.event.start, i64::from(now_s) - self.start_s);
        self.called_off = Some(at);
        self.event.cut(at);
        self.end_s = self.start_s + self.event.total_s();
        for (participant, called) in self.standing.take() {
            self.release(twin, participant, &called, Cause::CalledOff);
        }
        for vehicle in core::mem::take(&mut self.promised).into_keys() {
            // A promise of no time at all is none.
            twin.put_off(vehicle, now_s, now_s);
            self.note(now_s, Participant::Vehicle(vehicle), Stage::Released, Cause::CalledOff);
        }
        self.reserve.clear();
        for vehicle in core::mem::take(&mut self.gathered) {
            // Whoever has come need not wait.
            twin.order(vehicle, Order { set: SetPoint::Now, until_s: now_s });
        }
        let rest: Vec<Participant> = self.log.participants(self.no).map(|(participant, _)| participant).collect();
        for participant in rest {
            self.note(now_s, participant, Stage::Cancelled, Cause::CalledOff);
        }
    }

    /// The event never was.
    pub(crate) fn strike(&mut self) {
        self.is_struck = true;
    }

    /// What events of a higher rank have.
    pub(crate) fn bar(&mut self, barred: &BTreeSet<Participant>) {
        self.barred.clone_from(barred);
    }

    /// Vehicles that another event has called.
    pub(crate) fn remember(&mut self, called: &[u32]) {
        called.iter().for_each(|vehicle| *self.past.entry(*vehicle).or_default() += 1);
    }

    /// Whom it has now: called, promised, held back, or come for it.
    pub(crate) fn holds(&self) -> impl Iterator<Item = Participant> {
        let vehicles = self.promised.keys().chain(&self.gathered).chain(self.reserve.vehicles());
        let called = self.standing.standing().map(|(participant, _)| *participant);
        called.chain(vehicles.map(|row| Participant::Vehicle(*row)))
    }

    /// What it is short of in this step, in W.
    pub(crate) fn short_w(&self, twin: &Twin) -> i64 {
        let beat = self.beats.last().filter(|beat| beat.at_s == twin.clock().now_s());
        beat.map_or(0, |beat| beat.missing.short_w)
    }

    /// Takes over up to `short_w` of what an event behind it in rank has. Whoever was called by that one goes on under
    /// this one, and counts for it from now on.
    pub(crate) fn take_from(&mut self, other: &mut Self, short_w: i64, twin: &mut Twin) {
        if self.event.direction != other.event.direction {
            return;
        }
        let now_s = twin.clock().now_s();
        let mut left_w = short_w;
        let would_come: Vec<Participant> = other
            .standing
            .standing()
            .filter(|(participant, called)| self.may_have(**participant, called.kind, other))
            .map(|(participant, _)| *participant)
            .collect();
        for participant in would_come {
            let Some(mut called) = other.standing.take_one(participant) else { continue };
            if called.called_w > left_w {
                other.standing.add(participant, called);
                continue;
            }
            left_w -= called.called_w;
            other.note(now_s, participant, Stage::Released, Cause::Preempted);
            called.until_s = self.until_s(participant);
            self.send(twin, participant, &called, called.until_s);
            for stage in [Stage::Announced, Stage::Invited, Stage::Accepted, Stage::Armed, Stage::Dispatched] {
                self.note(now_s, participant, stage, Cause::Contract);
            }
            self.count_call(participant, &called);
            self.standing.add(participant, called);
        }
        if let Some(beat) = self.beats.last_mut() {
            beat.missing.short_w = left_w;
            beat.placed_w += short_w - left_w;
        }
    }

    /// Whether this event could have called what another one has.
    fn may_have(&self, participant: Participant, kind: ResourceKind, other: &Self) -> bool {
        let invited = match participant {
            Participant::Member(MemberKind::Building | MemberKind::Storage, _) => self.members.contains(&participant),
            // Its drivers come with a station; who stands where is known where all stations are invited.
            Participant::Vehicle(_) => other.stations.is_subset(&self.stations),
            _ => false,
        };
        invited && self.wants(kind)
    }
}
