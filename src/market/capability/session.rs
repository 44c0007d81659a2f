//! What a plugged vehicle can do: the range within which its driver does not notice.

use crate::fleet::context::Context;
use crate::fleet::control::{discharge_floor, sells};
use crate::fleet::setpoint::{LEAST_FAST_MILLI, latest_start_s};
use crate::fleet::vehicle::{NEVER_S, Vehicle, VehicleState};
use crate::units::Energy;

/// A plugged vehicle at one moment.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    /// Behaviour, prices, distances.
    pub ctx: &'a Context<'a>,
    /// Its traits.
    pub v: &'a Vehicle,
    /// Its state.
    pub s: &'a VehicleState,
    /// Energy in its battery now.
    pub energy: Energy,
    /// Now.
    pub now_s: u32,
    /// True when an operator holds its charge back.
    pub ordered: bool,
}

impl Session<'_> {
    fn target(&self) -> Energy {
        self.ctx.params.target(self.v, self.s.charge_place)
    }

    /// Energy it gains within some seconds at a limit, if nobody interferes.
    fn gain_j(&self, limit_w: f64, hold_s: u32) -> i64 {
        let stay_s = if self.s.unplug_s == NEVER_S { hold_s } else { hold_s.min(self.s.unplug_s - self.now_s) };
        let (curve, max_w) = self.ctx.params.curve(self.v, self.s.gun_kind);
        let capacity = Energy(i64::from(self.v.capacity_j));
        let after = curve.charge(self.energy, capacity, f64::from(max_w), limit_w, f64::from(stay_s));
        (after.min(self.target()).0 - self.energy.0).max(0)
    }

    /// Mean power at the meter of some energy gained within some seconds, in W. What the converter draws while it runs
    /// is left out where it does not run all the time.
    fn meter_w(&self, gain_j: i64, hold_s: u32) -> i64 {
        let loss = self.ctx.params.loss_at(self.s);
        let power_w = gain_j / i64::from(hold_s);
        let fixed_w = if self.is_over(gain_j) { loss.fixed_w } else { 0 };
        if power_w == 0 { 0 } else { loss.meter_w(power_w) - fixed_w }
    }

    /// How long it would go on drawing, or would draw if it began now, in s.
    pub fn lasts_s(&self) -> u32 {
        let (curve, max_w) = self.ctx.params.curve(self.v, self.s.gun_kind);
        let (capacity, limit_w) = (Energy(i64::from(self.v.capacity_j)), f64::from(self.s.limit_w));
        let stay_s = self.s.unplug_s.saturating_sub(self.now_s);
        let full_s = curve.seconds_to(self.energy, self.target(), capacity, f64::from(max_w), limit_w);
        full_s.map_or(stay_s, |full_s| (full_s.min(1e9) as u32).min(stay_s))
    }

    /// True when the session has what it came for after some gain.
    fn is_over(&self, gain_j: i64) -> bool {
        self.energy.0 + gain_j >= self.target().0
    }

    /// True when the vehicle need not begin to charge before `until_s` to have `energy` raised to its target in time.
    fn can_wait(&self, energy: Energy, until_s: u32) -> Option<bool> {
        latest_start_s(self.ctx, self.v, self.s, energy, self.target()).map(|latest_s| latest_s > until_s)
    }

    /// By how much it can lower what it draws for `hold_s`, as mean power at the meter in W.
    ///
    /// A vehicle with a departure waits altogether, if it can wait that long. Beside one without, its driver waits, and
    /// it is slowed down; if it would be gone by the end, that lowers nothing for the whole time.
    ///
    /// Who sells at a peak that is on or begins meanwhile would not go on drawing, and offers nothing here.
    pub fn down_w(&self, hold_s: u32) -> i64 {
        if self.s.is_idle() || self.s.battery_w < 0 || self.sells_within(hold_s) {
            return 0;
        }
        let limit_w = f64::from(self.s.limit_w);
        let gain_j = self.gain_j(limit_w, hold_s);
        match self.can_wait(self.energy, self.now_s + hold_s) {
            Some(true) => self.meter_w(gain_j, hold_s),
            Some(false) => 0,
            None if self.is_over(gain_j) => 0,
            None => {
                let slow_j = self.gain_j(limit_w * LEAST_FAST_MILLI as f64 / 1_000.0, hold_s);
                self.meter_w(gain_j, hold_s) - self.meter_w(slow_j, hold_s)
            }
        }
    }

    /// After how many seconds a timer lets it begin to draw; zero for one without.
    pub fn begins_s(&self) -> u32 {
        let waits = self.s.is_idle() && self.s.held;
        if waits { self.s.next_s.saturating_sub(self.now_s) } else { 0 }
    }

    /// For how long its charge can be held back without making it late, in s; zero for one without a departure.
    pub fn waits_s(&self) -> u32 {
        let latest_s = latest_start_s(self.ctx, self.v, self.s, self.energy, self.target());
        latest_s.map_or(0, |latest_s| latest_s.saturating_sub(self.now_s))
    }

    /// Energy it has still to charge, in J at the battery.
    pub fn lacks_j(&self) -> i64 {
        (self.target() - self.energy).0.max(0)
    }

    /// By how much it can raise what it draws for `hold_s`, as mean power at the meter in W: it waits for a cheaper
    /// hour, or because an operator holds it back, and need not.
    pub fn up_w(&self, hold_s: u32) -> i64 {
        let held = self.s.held || self.ordered;
        let waits = self.s.is_idle() && held && self.s.limit_w > 0 && self.energy < self.target();
        if waits { self.meter_w(self.gain_j(f64::from(self.s.limit_w), hold_s), hold_s) } else { 0 }
    }

    /// Energy it can give above what its owner and its next trip need, in J.
    pub fn above_floor_j(&self, next_trip: Energy) -> i64 {
        (self.energy - discharge_floor(self.ctx, self.v, next_trip)).0.max(0)
    }

    /// True when it may sell on the standing tariff, because a peak hour is on or begins within `hold_s`.
    fn sells_within(&self, hold_s: u32) -> bool {
        sells(self.ctx, self.v, self.s) && self.ctx.around.peak_within(self.now_s, hold_s)
    }

    /// What of [`Self::discharge_w`] it sells anyway, in W: all of it, to be on the safe side.
    pub fn sold_w(&self, next_trip: Energy, hold_s: u32) -> i64 {
        if self.sells_within(hold_s) { self.discharge_w(next_trip, hold_s) } else { 0 }
    }

    /// What it can deliver to the grid for `hold_s`, as mean power at the meter in W.
    pub fn discharge_w(&self, next_trip: Energy, hold_s: u32) -> i64 {
        if !self.v.v2g || !self.s.bidirectional() || self.s.limit_w < 1 {
            return 0;
        }
        let most_w = self.above_floor_j(next_trip) / i64::from(hold_s);
        let power_w = most_w.min(i64::from(self.s.limit_w));
        let left = Energy(self.energy.0 - power_w * i64::from(hold_s));
        let in_time = self.can_wait(left, self.now_s + hold_s) == Some(true);
        let delivered_w = -self.ctx.params.loss_at(self.s).meter_w(-power_w);
        if in_time && power_w > 0 { delivered_w.max(0) } else { 0 }
    }
}
