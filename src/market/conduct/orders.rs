//! Orders: what is sent to a participant when it is called, taken over or let go.

use super::call::Able;
use super::standing::Called;
use super::{Conductor, Missing};
use crate::chance::{Purpose, draw};
use crate::fleet::setpoint::{Order, SetPoint};
use crate::market::capability::flexible_part;
use crate::market::dispatch::{Direction, Offer, release};
use crate::market::event::{Cause, Participant, Stage};
use crate::market::programme::MemberKind;
use crate::site::shed::ShedOrder;
use crate::site::storage::StorageOrder;
use crate::twin::Twin;

impl Conductor {
    /// Sends an order, unless it is lost on the way.
    pub(super) fn give_order(
        &mut self,
        twin: &mut Twin,
        able: &Able,
        offer: &Offer,
        called_w: i64,
        missing: &mut Missing,
    ) {
        let now_s = twin.clock().now_s();
        let (member, number) = match able.participant {
            Participant::Vehicle(row) => (MemberKind::Station, row),
            Participant::Member(kind, row) => (kind, kind.address(row)),
            Participant::Aggregator(_) => return,
        };
        let loss = Self::programme(twin).telemetry[member as usize].loss;
        if draw(self.seed, Purpose::Answer, number, now_s).chance(loss) {
            missing.communications_w += called_w;
            return;
        }
        let owners = Self::programme(twin).owners;
        let leaves_s = match able.participant {
            Participant::Vehicle(row) => now_s.saturating_add(owners.patience_s(self.seed, row, self.no.0)),
            _ => u32::MAX,
        };
        let called = Called {
            kind: able.kind,
            aggregator: able.aggregator,
            called_w,
            draws_w: able.draws_w,
            discharge_w: if able.discharge_w > 0 { (called_w - able.draws_w.max(0)).max(0) } else { 0 },
            set: set_point(self.event.direction, able, offer, called_w),
            energy: able.energy,
            from_s: now_s,
            begins_s: now_s + able.begins_s,
            over_s: now_s.saturating_add(able.begins_s).saturating_add(able.lasts_s),
            until_s: self.until_s(able.participant),
            leaves_s,
            delivered_w: 0,
            is_over: false,
        };
        // What was held back is called by letting it go on: what it would have done is known from before.
        let held = self.standing.take_one(able.participant);
        let called = held.map_or(called, |held| Called {
            draws_w: held.draws_w,
            energy: held.energy,
            begins_s: held.begins_s,
            over_s: held.over_s,
            ..called
        });
        self.send(twin, able.participant, &called, called.until_s);
        self.note(now_s, able.participant, Stage::Armed, Cause::Schedule);
        self.note(now_s, able.participant, Stage::Dispatched, Cause::Schedule);
        self.count_call(able.participant, &called);
        self.standing.add(able.participant, called);
    }

    /// Counts a vehicle that is called for the first time; what it has promised is part of the call from now on.
    pub(super) fn count_call(&mut self, participant: Participant, called: &Called) {
        let Participant::Vehicle(row) = participant else { return };
        self.promised.remove(&row);
        if !self.standing.was_called(participant) {
            self.turnout.vehicles_called += 1;
            self.turnout.vehicles_discharging += u64::from(called.discharge_w > 0);
        }
    }

    /// When a participant's order runs out: at its own moment of the recovery. Batteries have nobody who waits for
    /// them: they stop with the event.
    pub(super) fn until_s(&self, participant: Participant) -> u32 {
        let number = match participant {
            Participant::Vehicle(row) => row,
            Participant::Member(MemberKind::Storage, _) | Participant::Aggregator(_) => return self.end_s as u32,
            Participant::Member(kind, row) => kind.address(row),
        };
        let after_s = release::randomised_s(self.seed, self.no.0, number, self.event.recovery_s / 2);
        (self.end_s as u32).saturating_add(after_s)
    }

    /// Puts a call into the terms of whoever it is for; over now, it lets go.
    pub(super) fn send(&self, twin: &mut Twin, participant: Participant, called: &Called, until_s: u32) {
        match participant {
            Participant::Vehicle(vehicle) => twin.order(vehicle, Order { set: called.set, until_s }),
            Participant::Member(MemberKind::Building, row) => {
                let (part, rebound_milli) = flexible_part(Self::programme(twin), self.buildings[row as usize]);
                let power_w = if twin.clock().now_s() < until_s { called.called_w } else { 0 };
                twin.order_building(row, ShedOrder { part, power_w, until_s, rebound_milli });
            }
            Participant::Member(_, row) => {
                // It is called to change what it does; what it is told is what it is to do.
                let change_w =
                    if self.event.direction == Direction::Reduce { -called.called_w } else { called.called_w };
                let power_w = called.draws_w + change_w;
                twin.order_storage(row, StorageOrder { power_w, until_s });
            }
            Participant::Aggregator(_) => {}
        }
    }

    /// Takes back what was too much: who would charge less is let go, who would charge more waits on.
    pub(super) fn take_back(&mut self, twin: &mut Twin, participant: Participant, called: Called) {
        if self.event.direction == Direction::Reduce {
            return self.release(twin, participant, &called, Cause::Schedule);
        }
        let now_s = twin.clock().now_s();
        let held = Called { called_w: 0, set: SetPoint::AtMost(0), ..called };
        self.send(twin, participant, &held, held.until_s);
        self.note(now_s, participant, Stage::Released, Cause::Schedule);
        self.standing.add(participant, held);
    }

    /// Lets a participant go, now.
    pub(super) fn release(&mut self, twin: &mut Twin, participant: Participant, called: &Called, cause: Cause) {
        let now_s = twin.clock().now_s();
        self.send(twin, participant, called, now_s);
        self.note(now_s, participant, Stage::Released, cause);
    }
}

/// The set-point by which a session changes what it draws by `called_w`.
fn set_point(direction: Direction, able: &Able, offer: &Offer, called_w: i64) -> SetPoint {
    if direction == Direction::Raise {
        return SetPoint::Now;
    }
    if able.discharge_w > 0 && called_w > able.draws_w {
        // At the battery a little more than at the meter; what is above its floor is the vehicle's own concern.
        return SetPoint::Discharge((called_w - able.draws_w) as u32);
    }
    let left_w = if called_w >= offer.most_w.min(able.draws_w) { 0 } else { able.draws_w - called_w };
    SetPoint::AtMost(left_w as u32)
}
