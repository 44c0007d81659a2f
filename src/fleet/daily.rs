//! What a vehicle's day looks like: which leg comes next, when it begins and where it leads.
//!
//! A day is a pure function of (seed, vehicle, day), so nothing of it is stored but the number of the next leg.

use crate::chance::{Draw, Purpose, draw};
use crate::clock::DAY_S;
use crate::fleet::context::Context;
use crate::fleet::params::{LegLength, Pattern};
use crate::fleet::vehicle::{Access, Place, Vehicle};

/// How far ahead a vehicle looks for its next leg, in days.
const LOOK_AHEAD_DAYS: u32 = 7;
/// Least time at a place between two legs of a chain, in s (assumption).
const SHORTEST_STAY_S: u32 = 300;

/// The next leg of a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextLeg {
    /// Day it belongs to.
    pub day: u16,
    /// Number within the day.
    pub leg: u8,
    /// Which of the class's patterns the day follows.
    pub pattern: u8,
    /// When it begins.
    pub depart_s: u32,
}

/// Where a leg leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// What the destination is to the vehicle.
    pub to: Place,
    /// Its zone.
    pub zone: u16,
    /// Length in m.
    pub metres: u32,
}

/// Where a vehicle is kept.
pub fn base(v: &Vehicle) -> Place {
    if v.access == Access::Depot { Place::Depot } else { Place::Home }
}

/// The pattern a vehicle follows on a day, with the draws of that day.
fn pattern<'a>(ctx: &Context<'a>, row: u32, v: &Vehicle, day: u32) -> (u8, &'a Pattern, Draw) {
    let mut d = draw(ctx.seed, Purpose::DayPlan, row, day);
    let (weights, patterns) = ctx.params.classes[v.class as usize].patterns(ctx.calendar.day(day).kind);
    let i = d.weighted(weights);
    (i as u8, &patterns[i], d)
}

/// Seconds by which a vehicle's driver is habitually early or late.
fn habit_s(v: &Vehicle) -> f64 {
    f64::from(v.habit) * 300.0
}

/// The first leg at or after leg `leg` of day `day` that begins at or after `now_s` and leads elsewhere.
///
/// When there is none within a week, the leg returned leads nowhere and only makes the vehicle look again.
pub fn next_leg(ctx: &Context, row: u32, v: &Vehicle, place: Place, day: u32, leg: u8, now_s: u32) -> NextLeg {
    for ahead in 0..LOOK_AHEAD_DAYS {
        let on = day + ahead;
        let first = if ahead == 0 { leg } else { 0 };
        let (which, pattern, mut d) = pattern(ctx, row, v, on);
        let found = match pattern {
            Pattern::Stay => None,
            Pattern::Chain(legs) => chain_leg(ctx, row, v, legs, place, on, first, now_s),
            Pattern::Rounds { from_s, spread_s, every_s, rounds, to_base, .. } => {
                let start_s = (from_s + spread_s * d.bell() + habit_s(v)).max(0.0) as u32 + on * DAY_S;
                round_leg(start_s, *every_s, *rounds, *to_base && place != base(v), first, now_s)
            }
        };
        if let Some((leg, depart_s)) = found {
            return NextLeg { day: on as u16, leg, pattern: which, depart_s };
        }
    }
    let on = day + LOOK_AHEAD_DAYS;
    NextLeg { day: on as u16, leg: u8::MAX, pattern: 0, depart_s: (on * DAY_S).max(now_s + 1) }
}

/// The first leg of a chain, from `first` on, that leads away from `place`.
#[expect(clippy::too_many_arguments, reason = "the address of a leg and the state it starts from")]
fn chain_leg(
    ctx: &Context,
    row: u32,
    v: &Vehicle,
    legs: &[crate::fleet::params::LegSpec],
    place: Place,
    day: u32,
    first: u8,
    now_s: u32,
) -> Option<(u8, u32)> {
    for (k, spec) in legs.iter().enumerate().skip(usize::from(first)) {
        let to = if spec.to == Place::Home { base(v) } else { spec.to };
        if to == place && to != Place::Errand {
            continue;
        }
        let bell = draw(ctx.seed, Purpose::Leg, row, day * 32 + k as u32).bell();
        let planned = (spec.depart_s + spec.spread_s * bell + habit_s(v)).max(0.0) as u32 + day * DAY_S;
        return Some((k as u8, planned.max(now_s + SHORTEST_STAY_S)));
    }
    None
}

/// The next round whose time has not passed, or the way back to base after the last one.
fn round_leg(start_s: u32, every_s: u32, rounds: u8, to_base: bool, first: u8, now_s: u32) -> Option<(u8, u32)> {
    let passed = now_s.saturating_sub(start_s).div_ceil(every_s);
    let k = u32::from(first).max(passed);
    if k < u32::from(rounds) {
        return Some((k as u8, (start_s + k * every_s).max(now_s + 60)));
    }
    let end_s = start_s + u32::from(rounds) * every_s;
    (to_base && first <= rounds).then_some((rounds, end_s.max(now_s + 60)))
}

/// Where a leg leads from `zone`, or `None` if there is no such leg that day.
pub fn leg_of(ctx: &Context, row: u32, v: &Vehicle, zone: u16, next: NextLeg) -> Option<Leg> {
    let (day, k) = (u32::from(next.day), usize::from(next.leg));
    let slot = day * 32 + u32::from(next.leg);
    let home = || Leg { to: base(v), zone: v.home_zone, metres: ctx.geography.metres(zone, v.home_zone) };
    if next.leg == u8::MAX {
        return None;
    }
    let patterns = &ctx.params.classes[v.class as usize].patterns(ctx.calendar.day(day).kind).1;
    match &patterns[usize::from(next.pattern)] {
        Pattern::Stay => None,
        Pattern::Chain(legs) => {
            let spec = legs.get(k)?;
            Some(match (spec.to, spec.length) {
                (Place::Work, LegLength::Commute) if zone == v.home_zone => {
                    Leg { to: Place::Work, zone: v.work_zone, metres: v.commute_m }
                }
                (Place::Home, LegLength::Commute) if zone == v.work_zone => {
                    Leg { to: base(v), zone: v.home_zone, metres: v.commute_m }
                }
                (Place::Work, _) => {
                    Leg { to: Place::Work, zone: v.work_zone, metres: ctx.geography.metres(zone, v.work_zone) }
                }
                (Place::Home | Place::Depot, _) => home(),
                (to, _) => {
                    let mut d = draw(ctx.seed, Purpose::Destination, row, slot);
                    let there = ctx.geography.destination(zone, &mut d);
                    Leg { to, zone: there, metres: ctx.geography.metres(zone, there) }
                }
            })
        }
        Pattern::Rounds { rounds, .. } if k >= usize::from(*rounds) => Some(home()),
        Pattern::Rounds { median_m, sigma, .. } => {
            let mut d = draw(ctx.seed, Purpose::Destination, row, slot);
            let there = ctx.geography.destination(zone, &mut d);
            let metres = d.log_normal(median_m[k], *sigma);
            Some(Leg { to: Place::Street, zone: there, metres: (metres as u32).max(200) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_that_have_passed_are_skipped() {
        assert_eq!(round_leg(1_000, 3_600, 5, true, 0, 0), Some((0, 1_000)));
        assert_eq!(round_leg(1_000, 3_600, 5, true, 1, 10_000), Some((3, 11_800)));
        assert_eq!(round_leg(1_000, 3_600, 5, true, 2, 90_000), Some((5, 90_060)));
        assert_eq!(round_leg(1_000, 3_600, 5, false, 2, 90_000), None);
    }
}
