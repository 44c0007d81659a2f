//! The life of a plugged vehicle: it charges, waits, discharges, hears an operator, and leaves.

use super::{LATE_S, Life, MOST_LATE, ledger, next_trip};
use crate::chance::{Purpose, draw};
use crate::clock::{DAY_S, HOUR_S};
use crate::fleet::causes::{Flows, Why};
use crate::fleet::charger::{GunKind, NONE};
use crate::fleet::control::{Flow, View, next_flow, sells};
use crate::fleet::promise::Agreed;
use crate::fleet::session::Path;
use crate::fleet::setpoint::{Order, SetPoint, Standing, follow};
use crate::fleet::station::Ask;
use crate::fleet::vehicle::{ChargePlace, NEVER_S, Phase, Place};
use crate::units::Energy;

impl Life<'_> {
    /// Plugs in at a gun of a kind, which takes energy back or does not.
    pub(super) fn plug_in(&mut self, gun: u32, (kind, two_way): (GunKind, bool), limit_w: u32, now: u32) {
        let since = self.s.since_s.min(now);
        self.note(now, |_| Why::PlugsIn { gun, kind, limit_w });
        self.s.become_phase(Phase::Plugged);
        let books = &mut self.shard.books;
        books.counts.queued_s += u64::from(now - since);
        books.counts.sessions += 1;
        books.counts.plugged += 1;
        books.sessions_by_cell[crate::fleet::books::cell(self.v.class, self.s.charge_place)] += 1;
        if matches!(self.s.charge_place, ChargePlace::PublicAc | ChargePlace::PublicDc) {
            books.public_sessions_by_hour[self.v.class as usize][(now % DAY_S / HOUR_S) as usize] += 1;
        }
        (self.s.gun, self.s.gun_kind, self.s.limit_w) = (gun, kind, limit_w as i32);
        self.s.two_way = two_way;
        (self.s.since_s, self.s.anchor_s, self.s.tries) = (now, now, 0);
        // Between rounds of service a driver charges until the battery is full enough, and skips rounds meanwhile.
        self.s.unplug_s = if self.skips_rounds() { NEVER_S } else { self.s.depart_s.max(now + 60) };
        self.s.held = false;
        let promise = self.shard.promises.remove(&self.row).filter(|promise| promise.holds_at(now));
        let ready = promise.filter(|promise| promise.agreed == Agreed::StayReady && self.can_discharge());
        if let Some(promise) = ready {
            // Until it is told how much to deliver, it waits with what it has. Who got a one-way gun just charges.
            let order = Order { set: SetPoint::Discharge(0), until_s: promise.until_s };
            self.shard.orders.insert(self.row, Standing { order, followed: false });
        }
        self.decide_flow(false, now);
    }

    /// True at a fast point between two rounds of service.
    fn skips_rounds(&self) -> bool {
        self.s.place == Place::Street && self.s.charge_place == ChargePlace::PublicDc
    }

    /// True where others need the gun once the battery is full.
    fn makes_room(&self) -> bool {
        self.s.charge_place != ChargePlace::Home
    }

    fn path(&self) -> Path {
        let site = &self.ctx.board.sites[self.s.station as usize];
        let (loss, rated_w) = (self.ctx.params.loss_at(self.s), self.ctx.params.rated_w[self.s.gun_kind as usize]);
        Path { node: site.node, zone: site.zone, survey: site.survey, loss, rated_w }
    }

    /// Stops what flows; true if the vehicle was charging.
    pub(super) fn stop_flow(&mut self, now: u32) -> bool {
        if self.s.is_idle() {
            return false;
        }
        let (path, charges) = (self.path(), self.s.battery_w >= 0);
        self.moved = ledger(self.ctx, self.shard).end_flow(self.v, self.s, path, now);
        charges
    }

    /// Energy the vehicle charges up to at this gun.
    pub(super) fn target(&self) -> Energy {
        self.ctx.params.target(self.v, self.s.charge_place)
    }

    /// An idle plugged vehicle decides what flows now: nothing yet, charge, or discharge. `begun` when it has been
    /// charging until now.
    pub(super) fn decide_flow(&mut self, begun: bool, now: u32) {
        let ask = self.control_view(begun);
        let order = self.order(now);
        let own = next_flow(self.ctx, self.v, self.s, &ask, now);
        // Who sells charges less than any order may ask for.
        let obeys = |order: &Order| matches!(order.set, SetPoint::AtMost(_)) && matches!(own, Flow::Discharge { .. });
        let heard = order.filter(|order| !obeys(order));
        let followed = heard.and_then(|order| follow(self.ctx, self.v, self.s, &ask, order, now));
        // What an operator holds back is not held back for the price: a timer goes on from where it was.
        let flow = followed.unwrap_or_else(|| {
            self.s.held = matches!(own, Flow::Wait(_));
            own
        });
        if followed.is_some()
            && let Some(standing) = self.shard.orders.get_mut(&self.row)
        {
            standing.followed = true;
        }
        self.note(now, |life| Why::Decides {
            flows: told(flow, life.s.limit_w),
            ordered: followed.is_some(),
            price_milli: life.price_milli(now),
        });
        let mut flow_s = match flow {
            Flow::Wait(until_s) => until_s,
            Flow::Full => self.finish_charge(now),
            Flow::Charge => self.begin_charge(self.s.limit_w, now),
            Flow::ChargeAtMost { limit_w, until_s } => self.begin_charge(limit_w as i32, now).min(until_s),
            Flow::Discharge { power_w, floor, until_s } => {
                let path = self.path();
                ledger(self.ctx, self.shard).begin_flat(self.v, self.s, path, -power_w, floor, now).min(until_s)
            }
        };
        if let Some(order) = order {
            // When an order ends it looks again, whether or not it could follow.
            flow_s = flow_s.min(order.until_s);
        }
        if sells(self.ctx, self.v, self.s) {
            // Whatever it does until then, it looks at the price again when a peak hour begins.
            flow_s = flow_s.min(self.ctx.around.next_peak_s(now).unwrap_or(NEVER_S));
        }
        self.s.next_s = flow_s.min(self.s.unplug_s).max(now);
    }

    /// What the control rule needs to know: the target, and for a vehicle that may sell, its next trip.
    fn control_view(&self, begun: bool) -> View {
        let next = if self.can_discharge() { next_trip(self.ctx, self.row, self.v, self.s) } else { Energy::ZERO };
        View { target: self.target(), next_trip: next, begun }
    }

    /// Begins to charge along the curve; returns when this stretch of it ends.
    fn begin_charge(&mut self, limit_w: i32, now: u32) -> u32 {
        let (curve, max_w) = self.ctx.params.curve(self.v, self.s.gun_kind);
        let capacity = Energy(i64::from(self.v.capacity_j));
        let piece = curve.piece(self.s.energy, capacity, f64::from(max_w), f64::from(limit_w));
        let Some(mut piece) = piece.filter(|p| p.end > self.s.energy) else {
            return self.finish_charge(now);
        };
        piece.end = piece.end.min(self.target());
        let path = self.path();
        let mut ledger = ledger(self.ctx, self.shard);
        if piece.is_flat() {
            ledger.begin_flat(self.v, self.s, path, piece.power_w as i64, piece.end, now)
        } else {
            ledger.begin_taper(self.row, self.v, self.s, path, piece, now)
        }
    }

    /// The battery holds what it should: nothing flows from now on, and who blocks a point that others need leaves
    /// before long.
    fn finish_charge(&mut self, now: u32) -> u32 {
        if self.makes_room() {
            self.overstay(now);
        }
        NEVER_S
    }

    /// A full vehicle stays at a point that others need for a while.
    fn overstay(&mut self, now: u32) {
        let class = &self.ctx.params.classes[self.v.class as usize];
        let slow = self.s.charge_place == ChargePlace::PublicAc;
        let mean_s = if slow { self.ctx.params.overstay_slow_s } else { class.overstay_s };
        let stay = draw(self.ctx.seed, Purpose::Patience, self.row, now ^ 1).exponential(mean_s);
        self.s.unplug_s = self.s.unplug_s.min((now + 30).saturating_add(stay as u32));
    }

    /// A piece of the curve ends, a wait ends, or it is time to unplug.
    pub(super) fn plugged_event(&mut self, now: u32) {
        if now >= self.s.unplug_s {
            return self.unplug(now);
        }
        let begun = self.stop_flow(now);
        self.decide_flow(begun, now);
    }

    /// Time to go: on the next leg if it is due, else back to its place.
    fn unplug(&mut self, now: u32) {
        self.stop_flow(now);
        if self.skips_rounds() {
            self.let_go(now);
            self.s.become_phase(Phase::Parked);
            return self.schedule(u32::from(self.s.leg_day), self.s.leg, now);
        }
        if now < self.s.depart_s {
            let station = self.s.station;
            self.let_go(now);
            self.s.become_phase(Phase::Parked);
            let at_base = matches!(self.s.charge_place, ChargePlace::Home | ChargePlace::Depot);
            return if at_base { self.wait_for_leg(now) } else { self.leave_station(station, now) };
        }
        let leg = self.leg(now);
        let lacks = leg.is_some_and(|leg| i64::from(self.leg_need_j(leg)) > self.s.energy.0) && !self.v.hybrid;
        if lacks {
            // Who has what it came for and lacks it all the same would lack it without an order too.
            let followed = self.shard.orders.get(&self.row).is_some_and(|standing| standing.followed);
            let short = self.s.energy < self.target() && self.s.tries == 0;
            self.shard.books.counts.trips_harmed += u64::from(followed && short);
        }
        if lacks && self.s.tries < MOST_LATE {
            // Who came here because the leg had to be put off has been counted.
            if self.s.tries == 0 && self.s.depart_s >= self.s.since_s {
                self.note_late();
            }
            self.s.tries += 1;
            self.note(now, |_| Why::StaysOn { until_s: now + LATE_S });
            (self.s.depart_s, self.s.unplug_s, self.s.held) = (now + LATE_S, now + LATE_S, false);
            return self.decide_flow(false, now);
        }
        let Some(leg) = leg.filter(|_| !lacks) else {
            // Nothing to drive, or no way to: it stays plugged and looks at its next leg.
            self.shard.books.counts.trips_unmet += u64::from(lacks);
            self.s.tries = 0;
            let (day, leg) = if lacks { (u32::from(self.s.leg_day), self.s.leg + 1) } else { (now / DAY_S, 0) };
            self.schedule(day, leg, now);
            self.s.unplug_s = self.s.depart_s;
            return self.decide_flow(false, now);
        };
        self.let_go(now);
        self.s.become_phase(Phase::Parked);
        self.s.tries = 0;
        self.depart_on(leg, now);
    }

    fn let_go(&mut self, now: u32) {
        self.note(now, |_| Why::Unplugs);
        self.post(self.s.station, now, Ask::Leave(self.s.gun));
        self.forget_gun();
    }

    pub(super) fn forget_gun(&mut self) {
        self.shard.books.counts.plugged -= 1;
        self.shard.orders.remove(&self.row);
        (self.s.gun, self.s.station, self.s.unplug_s) = (NONE, NONE, NEVER_S);
        (self.s.limit_w, self.s.held) = (0, false);
    }

    /// An operator asks for something. Who is no longer plugged in does not hear it; who waits for the hour of a timer
    /// and is asked to charge less goes on waiting, and holds back when that hour comes.
    pub(super) fn hear_order(&mut self, order: Order, now: u32) {
        if self.s.phase != Phase::Plugged {
            return;
        }
        self.note(now, |_| Why::Hears { set: order.set, until_s: order.until_s });
        self.shard.orders.entry(self.row).or_insert(Standing { order, followed: false }).order = order;
        let full = self.s.is_idle() && self.s.energy >= self.target();
        let waits = self.s.is_idle() && self.s.held;
        let undisturbed = match order.set {
            SetPoint::AtMost(_) => full || waits,
            SetPoint::Now => full,
            SetPoint::Discharge(_) => (full || waits) && !self.can_discharge(),
        };
        if !undisturbed {
            let begun = self.stop_flow(now);
            self.decide_flow(begun, now);
        }
    }

    /// The order that is to be followed now.
    fn order(&self, now: u32) -> Option<Order> {
        if self.shard.orders.is_empty() {
            return None;
        }
        self.shard.orders.get(&self.row).map(|standing| standing.order).filter(|order| now < order.until_s)
    }

    fn can_discharge(&self) -> bool {
        self.v.v2g && self.s.bidirectional()
    }
}

/// A flow as it is told to who asks why; `limit_w` is what the gun allows.
fn told(flow: Flow, limit_w: i32) -> Flows {
    match flow {
        Flow::Wait(until_s) => Flows::Nothing(until_s),
        Flow::Full => Flows::Full,
        Flow::Charge => Flows::Charge(limit_w.max(0) as u32),
        Flow::ChargeAtMost { limit_w, .. } => Flows::Charge(limit_w),
        Flow::Discharge { power_w, .. } => Flows::Discharge(power_w as u32),
    }
}
