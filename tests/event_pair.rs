//! Events on whole small twins, each beside the same day without it: whatever the policy, the faults and the messages
//! that are lost, no driver is harmed, the ledger closes and the money adds up.

use crate::support::{Snapshot, cases, plan, seeded, set};
use crate::twin_properties::floor_of;
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use voltcity::fleet::vehicle::Phase;
use voltcity::market::baseline::{Adjust, Method};
use voltcity::market::conduct::Conductor;
use voltcity::market::desk::Announcement;
use voltcity::market::dispatch::kit::hostile;
use voltcity::market::dispatch::{Policy, bare, limited};
use voltcity::market::event::EventNo;
use voltcity::market::event::{CallClass, Cap, DropOut, Event, Interval, Invited, Prices, Scope};
use voltcity::market::pair::Pair;
use voltcity::market::resource::Direction;
use voltcity::market::settlement::Price;
use voltcity::plan::Plan;
use voltcity::twin::{Options, Twin};
use voltcity::units::{Energy, Power};

/// A town with every kind of resource, some of which can discharge.
pub(crate) fn sets(v2g: f64, loss: f64, mtbf_days: f64) -> Vec<String> {
    let mut sets = vec![
        set("fleet.private.count", 150),
        set("fleet.private.v2g_share", v2g),
        set("fleet.private.home", "(0.2, 0.4)"),
        set("charging.public_stations", 2),
        set("charging.v2g_stations", 2),
        set("charging.v2g_guns", 5),
        set("charging.two_way_share", 0.3),
        set("charging.mtbf_days", mtbf_days),
        set("load.kinds.office.peak_mw", 0.3),
        set("load.kinds.office.buildings", 2),
        set("load.kinds.industry.peak_mw", 0.4),
        set("load.kinds.industry.buildings", 2),
        set("aggregators.operators", 3),
        set("aggregators.resources", 60),
        set("aggregators.mix", "(0.6, 0.15, 0.15, 0.1)"),
    ];
    for kind in ["stations", "buildings", "storage", "pv"] {
        sets.push(set(&format!("aggregators.programme.telemetry.{kind}"), format!("(15, 5, {loss})")));
    }
    sets
}

pub(crate) fn at(date: Date, second: i64) -> DateTime {
    date.at(0, 0, 0, 0).saturating_add(SignedDuration::from_secs(second))
}

/// An event on a day of the plan.
pub(crate) fn event(date: Date, direction: Direction, start_s: i64, duration_s: u32, power_w: i64) -> Event {
    Event {
        id: "test".to_owned(),
        version: 1,
        issuer: "test".to_owned(),
        scope: Scope::City,
        direction,
        class: CallClass::Minute,
        priority: 5,
        notice: at(date, start_s - 1_800),
        start: at(date, start_s),
        intervals: vec![Interval { duration_s, power: Power(power_w) }],
        ramp_s: 300,
        recovery_s: 1_800,
        randomise_start_s: 0,
        prices: Prices { operator: Price(5_000_000), owner_discharge: Price(4_000_000), owner_shift: Price(800_000) },
        cap: Cap::default(),
        baseline: Method::LastFive(Adjust::None),
        invited: Invited::default(),
        drop_outs: Vec::new(),
    }
}

fn policies() -> Vec<Box<dyn Policy>> {
    bare().into_iter().chain(limited()).chain(hostile()).collect()
}

pub(crate) fn policy(k: usize) -> Arc<dyn Policy> {
    let mut all = policies();
    let k = k % all.len();
    all.swap_remove(k).into()
}

/// The pair of one event.
fn pair_of(plan: Plan, event: Event, options: &Options) -> Pair {
    Pair::run(plan, vec![Announcement::Event(Box::new(event))], &policy(5), options, None, |_, _| {}).unwrap()
}

#[test]
fn an_event_of_nothing_changes_nothing() {
    for direction in [Direction::Reduce, Direction::Raise] {
        let plan = plan(&sets(0.6, 0.0, 120.0));
        let event = event(plan.start, direction, 64_800, 3_600, 0);
        let options = Options { warmup_days: Some(1), ..seeded(7, 1, 300) };
        let mut pair = pair_of(plan, event, &options);
        assert_eq!(pair.usual.hash(), pair.called.hash());
        assert!(pair.moments.iter().all(|m| m.usual == m.called));
        assert!(pair.conductor().log().entries().is_empty());
    }
}

#[test]
fn event_and_no_event_are_equal_until_the_first_transition_and_differ_after_it() {
    let plan = plan(&sets(0.6, 0.0, 120.0));
    let event = event(plan.start, Direction::Reduce, 64_800, 3_600, 200_000);
    let options = Options { warmup_days: Some(1), ..seeded(7, 1, 300) };
    let mut pair = pair_of(plan, event, &options);
    let entries = pair.conductor().log().ordered();
    let first_s = entries.first().unwrap().at_s;
    let before = pair.moments.iter().filter(|m| i64::from(m.at_s) < first_s);
    assert!(before.clone().count() > 100);
    assert!(before.into_iter().all(|m| m.usual == m.called));
    assert_ne!(pair.usual.hash(), pair.called.hash());
    let (start_s, end_s) = pair.conductor().window_s();
    let during = pair.moments.iter().filter(|m| (start_s..end_s).contains(&i64::from(m.at_s)));
    let delivered_j: i64 = during.map(|m| m.usual.net_j() - m.called.net_j()).sum();
    assert!(delivered_j > 0, "{delivered_j} J");
    assert_eq!((pair.usual.ledger_residual_j(), pair.called.ledger_residual_j()), (0, 0));
    // A second run tells the same story.
    let plan = crate::support::plan(&sets(0.6, 0.0, 120.0));
    let event = pair.conductor().event().clone();
    let again = pair_of(plan, event, &options);
    assert_eq!(again.conductor().log().ordered(), entries);
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 20, ..ProptestConfig::with_cases(cases(24)) })]

    /// Step by step, under every policy of the library and every hostile one.
    #[test]
    fn no_driver_is_harmed_by_any_policy(
        seed in any::<u64>(), which in 0_usize..64, v2g in 0.0_f64..1.0, loss in 0.0_f64..0.6,
        mtbf_days in 0.3_f64..100.0, raise in any::<bool>(), start_h in 1_i64..22, quarters in 1_u32..12,
        kw in 1_i64..2_000, gone in any::<bool>(), lead_h in prop::sample::select(vec![0_i64, 2, 20]), step_s in prop::sample::select(vec![60_u32, 300, 900]),
    ) {
        let plan = plan(&sets(v2g, loss, mtbf_days));
        let direction = if raise { Direction::Raise } else { Direction::Reduce };
        let mut event = event(plan.start, direction, start_h * 3_600, quarters * 900, kw * 1_000);
        if gone {
            let from = at(plan.start, start_h * 3_600 + 450);
            event.drop_outs = vec![DropOut { aggregator: "operator 02".to_owned(), from, until: None }];
        }
        if seed % 3 == 0 {
            event.class = CallClass::Direct;
        } else if lead_h > 0 {
            // Time to promise, to hold back and to come.
            event.notice = at(plan.start, (start_h - lead_h) * 3_600);
            event.class = CallClass::of_lead(event.notice, event.start);
        }
        let options = Options { warmup_days: Some(1), ..seeded(seed, 2, step_s) };
        let mut twin = Twin::new(plan, &options);
        let mut conductor = Conductor::new(event, EventNo(0), policy(which), &mut twin).unwrap();
        while twin.clock().now_s() < 86_400 {
            conductor.before_step(&mut twin);
            twin.step();
        }
        prop_assert_eq!(twin.fleet_counts().trips_harmed, 0);
        twin.warm_up();
        let mut before = Snapshot::of(&mut twin);
        while !twin.is_over() {
            conductor.before_step(&mut twin);
            twin.step();
            let after = Snapshot::of(&mut twin);
            for (row, (was, s)) in before.states.iter().zip(&after.states).enumerate() {
                let stayed = was.phase == Phase::Plugged && s.phase == Phase::Plugged && was.since_s == s.since_s;
                if stayed && after.energy[row] < before.energy[row] {
                    let (floor, trip) = floor_of(&twin, row, &after.vehicles[row], s);
                    // The floor was fixed when the flow began; the weather has moved a little since.
                    prop_assert!(after.energy[row] >= floor - Energy(trip.0 / 50), "vehicle {row} below its floor");
                }
            }
            before = after;
        }
        prop_assert_eq!(twin.fleet_counts().trips_harmed, 0);
        prop_assert_eq!(twin.ledger_residual_j(), 0);
        let people: BTreeSet<_> = conductor.log().entries().iter().map(|entry| entry.participant).collect();
        prop_assert_eq!(people.len() as u64, conductor.turnout.members_invited + conductor.turnout.vehicles_invited);
        for beat in &conductor.beats {
            prop_assert!(beat.placed_w >= 0 && beat.requested_w >= 0);
        }
    }
}
