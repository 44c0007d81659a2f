//! Set-points: what an operator asks of a plugged vehicle, and how far the vehicle follows.
//!
//! A set-point is a wish. The vehicle's own controller decides second by second what of it can be done: it begins to
//! charge at the latest instant from which it is full when it leaves, and gives nothing below what its owner's floor
//! and its next trip need. So the driver is safe whatever is asked, how often, how late and in what order.

use crate::fleet::context::Context;
use crate::fleet::control::{Flow, View, discharge_floor, needed_s};
use crate::fleet::vehicle::{NEVER_S, Vehicle, VehicleState};
use crate::units::Energy;
use serde::{Deserialize, Serialize};

/// What an operator asks of a plugged vehicle, as power at the battery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SetPoint {
    /// Charge with at most so many W; 0 holds the charge back.
    AtMost(u32),
    /// Charge now, whatever a timer says.
    Now,
    /// Deliver so many W to the grid; a vehicle that cannot holds its charge back, and one that could stays ready.
    Discharge(u32),
}

impl SetPoint {
    /// Kind and power in W, for digests.
    pub const fn code(self) -> (u64, u32) {
        match self {
            Self::AtMost(power_w) => (0, power_w),
            Self::Now => (1, 0),
            Self::Discharge(power_w) => (2, power_w),
        }
    }
}

/// A set-point that holds until a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Order {
    /// What is asked.
    pub set: SetPoint,
    /// Until when.
    pub until_s: u32,
}

/// An order that a plugged vehicle has received; it is kept until the vehicle unplugs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The latest order.
    pub order: Order,
    /// True once an order of this session has changed what flows.
    pub followed: bool,
}

/// How long a vehicle discharges before it looks again whether it still can, in s (assumption: a session's metering
/// period).
const LOOK_S: u32 = 300;
/// What a session without a departure of its own, where the driver waits beside the car, may be slowed down to, in
/// 1/1000 of what its gun allows (assumption: half the power is what drivers at fast points put up with).
pub const LEAST_FAST_MILLI: i64 = 500;
/// The least that is worth closing a contactor for, in s of discharging (assumption).
const LEAST_DISCHARGE_S: i64 = 30;

/// The latest second from which charging to `target` is over when the vehicle leaves; `None` if it has no departure of
/// its own.
pub fn latest_start_s(ctx: &Context, v: &Vehicle, s: &VehicleState, energy: Energy, target: Energy) -> Option<u32> {
    if s.unplug_s == NEVER_S {
        return None;
    }
    let needed_s = if energy < target { needed_s(ctx, v, s, energy, target) } else { 0.0 };
    Some((f64::from(s.unplug_s) - needed_s).max(0.0) as u32)
}

/// What a vehicle does to follow an order; `None` when it cannot, and goes on as if there were none.
pub fn follow(ctx: &Context, v: &Vehicle, s: &VehicleState, view: &View, order: Order, now_s: u32) -> Option<Flow> {
    let (latest_s, limit_w) = (latest_start_s(ctx, v, s, s.energy, view.target), i64::from(s.limit_w));
    if latest_s.is_some_and(|latest_s| latest_s <= now_s) {
        // Not a second to lose.
        return None;
    }
    let until_s = order.until_s.min(latest_s.unwrap_or(NEVER_S));
    match order.set {
        SetPoint::Now => (s.energy < view.target).then_some(Flow::ChargeAtMost { limit_w: s.limit_w as u32, until_s }),
        SetPoint::AtMost(most_w) => Some(at_most(s, view, latest_s, most_w, until_s)?),
        SetPoint::Discharge(power_w) => {
            let discharge = discharge(ctx, v, s, view, i64::from(power_w).min(limit_w), now_s, until_s);
            // Who is full stays ready.
            let ready = || (v.v2g && s.bidirectional()).then_some(Flow::Wait(until_s));
            discharge.or_else(|| at_most(s, view, latest_s, 0, until_s)).or_else(ready)
        }
    }
}

/// Charging that is held back, or slowed down where the driver waits beside the car.
fn at_most(s: &VehicleState, view: &View, latest_s: Option<u32>, most_w: u32, until_s: u32) -> Option<Flow> {
    if s.energy >= view.target {
        return None;
    }
    let least_w = if latest_s.is_none() { i64::from(s.limit_w) * LEAST_FAST_MILLI / 1_000 } else { 0 };
    let limit_w = i64::from(most_w).clamp(least_w, i64::from(s.limit_w)) as u32;
    Some(if limit_w == 0 { Flow::Wait(until_s) } else { Flow::ChargeAtMost { limit_w, until_s } })
}

/// Discharging for a while, if what is left afterwards can be bought back before the vehicle leaves.
fn discharge(
    ctx: &Context,
    v: &Vehicle,
    s: &VehicleState,
    view: &View,
    power_w: i64,
    now_s: u32,
    until_s: u32,
) -> Option<Flow> {
    if !v.v2g || !s.bidirectional() || power_w < 1 {
        return None;
    }
    let floor = discharge_floor(ctx, v, view.next_trip);
    let end_s = until_s.min(now_s.saturating_add(LOOK_S));
    let left = Energy(s.energy.0 - power_w * i64::from(end_s - now_s)).max(floor).min(s.energy);
    let in_time = latest_start_s(ctx, v, s, left, view.target)? > end_s;
    let worth_it = s.energy.0 > floor.0 + power_w * LEAST_DISCHARGE_S.min(i64::from(end_s - now_s));
    (in_time && worth_it).then_some(Flow::Discharge { power_w, floor, until_s: end_s })
}
