//! Control modes for charging: at once, in the cheap hours, or as a site's limit allows; and selling at peak prices.
//!
//! These are the rules that live in the car or the charge point. The VPP acts on top of them by set-points.

use crate::chance::{Purpose, draw};
use crate::clock::{DAY_S, HOUR_S};
use crate::fleet::charger::GunKind;
use crate::fleet::context::Context;
use crate::fleet::params::ControlMode;
use crate::fleet::vehicle::{ChargePlace, NEVER_S, Vehicle, VehicleState};
use crate::units::Energy;

/// How much longer than computed a delayed charge is given, so that a taper or a shared limit does not make the
/// vehicle late (assumption).
const SLACK: f64 = 1.25;
/// Energy kept beside the next trip when selling, as a share of capacity, beyond the owner's floor (assumption).
const TRIP_MARGIN: f64 = 0.05;

/// What a rule needs to know beside the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Energy to charge up to.
    pub target: Energy,
    /// Energy of the next trip.
    pub next_trip: Energy,
    /// True when a charge is under way: a timer decides when one begins, not whether it goes on.
    pub begun: bool,
}

/// What flows next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Flow {
    /// Nothing until a second.
    Wait(u32),
    /// Nothing: the battery holds what it should.
    Full,
    /// Charge as fast as the limit allows.
    Charge,
    /// Charge more slowly, or before the time the vehicle would choose.
    ChargeAtMost {
        /// Power in W at the battery, at most.
        limit_w: u32,
        /// Until then.
        until_s: u32,
    },
    /// Discharge.
    Discharge {
        /// Power in W at the battery.
        power_w: i64,
        /// Down to this.
        floor: Energy,
        /// At most until then.
        until_s: u32,
    },
}

/// The energy below which a vehicle is not discharged: the owner's floor or the next trip with a margin, whichever
/// is more.
pub fn discharge_floor(ctx: &Context, v: &Vehicle, next_trip: Energy) -> Energy {
    let capacity = f64::from(v.capacity_j);
    let owner = ctx.params.v2g_floor_soc * capacity;
    Energy::round(owner.max(next_trip.f64() + TRIP_MARGIN * capacity))
}

/// True for a vehicle that sells at peak prices where it is plugged in: at a V2G station, or at home. Who comes to
/// another public point has come to charge, and in a depot others wait for the gun.
pub fn sells(ctx: &Context, v: &Vehicle, s: &VehicleState) -> bool {
    let for_that = s.gun_kind == GunKind::V2g || s.charge_place == ChargePlace::Home;
    ctx.params.v2g_on_tariff && v.v2g && s.bidirectional() && for_that
}

/// Seconds that charging from `energy` to `target` is given at this gun, with some slack.
pub(super) fn needed_s(ctx: &Context, v: &Vehicle, s: &VehicleState, energy: Energy, target: Energy) -> f64 {
    let (curve, max_w) = ctx.params.curve(v, s.gun_kind);
    let (max_w, limit_w) = (f64::from(max_w), f64::from(s.limit_w));
    let exact_s = curve.seconds_to(energy, target, Energy(i64::from(v.capacity_j)), max_w, limit_w);
    exact_s.unwrap_or_else(|| (target - energy).f64() / limit_w) * SLACK
}

/// What a vehicle that sells does in a peak hour: it sells down to its floor and waits for the end of the peak, if
/// there is time after that to buy back; otherwise `None`, for who must buy at the peak does not sell at it.
fn sell(ctx: &Context, v: &Vehicle, s: &VehicleState, view: &View, now_s: u32) -> Option<Flow> {
    let floor = discharge_floor(ctx, v, view.next_trip);
    let power_w = i64::from(s.limit_w);
    let after_s = ctx.around.peak_end_s(now_s);
    let back_s = needed_s(ctx, v, s, floor.min(s.energy), view.target);
    if f64::from(after_s) + back_s > f64::from(s.unplug_s) {
        return None;
    }
    // At least five minutes' worth, or the contactor is not closed for it.
    if s.energy.0 > floor.0 + power_w * 300 {
        return Some(Flow::Discharge { power_w, floor, until_s: (now_s / HOUR_S + 1) * HOUR_S });
    }
    (s.energy < view.target).then_some(Flow::Wait(after_s))
}

/// Decides what an idle plugged vehicle does now.
pub fn next_flow(ctx: &Context, v: &Vehicle, s: &VehicleState, view: &View, now_s: u32) -> Flow {
    let hour = (now_s % DAY_S / HOUR_S) as usize;
    if s.limit_w < 1 {
        // Nothing is allowed here until the site says otherwise.
        return Flow::Wait(NEVER_S);
    }
    let sells = sells(ctx, v, s);
    if sells
        && ctx.around.is_peak(hour)
        && let Some(flow) = sell(ctx, v, s, view, now_s)
    {
        return flow;
    }
    if s.energy >= view.target {
        return Flow::Full;
    }
    // Who sells buys back in the valley, if that comes in time.
    // At public points drivers have chosen their hour before they come.
    let waits = matches!(s.charge_place, ChargePlace::Home | ChargePlace::Depot);
    let follows = v.follows_price && !s.held && waits;
    let timer = ctx.params.control == ControlMode::PriceFollowing && (follows || sells) && !view.begun;
    if timer && !ctx.around.is_valley(hour) {
        let needed_s = needed_s(ctx, v, s, s.energy, view.target);
        let valley_s = ctx.around.next_valley_s(now_s);
        let end_s = f64::from(ctx.around.valley_end_s(valley_s).min(s.unplug_s));
        let room_s = end_s - f64::from(valley_s) - needed_s;
        if room_s >= 0.0 {
            // Timers fire over the whole of what the night leaves, more of them early.
            let u = draw(ctx.seed, Purpose::Patience, s.gun, now_s).unit();
            return Flow::Wait(valley_s + (u * u * room_s) as u32);
        }
    }
    Flow::Charge
}
