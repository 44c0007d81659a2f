//! Several events of one run: versions, cancellations, ranks, and drivers who are called again.

use crate::event_pair::{at, event, policy, sets};
use crate::support::{plan, seeded, set};
use std::collections::BTreeSet;
use voltcity::market::desk::{Announcement, Desk, DeskError};
use voltcity::market::event::{Cancellation, Cause, Event, EventNo, Participant, Stage};
use voltcity::market::pair::Pair;
use voltcity::market::resource::{Direction, ResourceKind};
use voltcity::twin::{Options, Twin};
use voltcity::units::Power;

fn options() -> Options {
    Options { warmup_days: Some(1), ..seeded(7, 1, 300) }
}

fn announce(events: &[Event]) -> Vec<Announcement> {
    events.iter().cloned().map(|event| Announcement::Event(Box::new(event))).collect()
}

/// Runs a day of a town with a desk, and shows it after every step.
fn run(announcements: Vec<Announcement>, more: &[String], mut see: impl FnMut(&Desk, &mut Twin)) -> Desk {
    let plan = plan(&[sets(0.6, 0.0, 120.0), more.to_vec()].concat());
    let mut twin = Twin::new(plan, &options());
    let mut desk = Desk::new(announcements, &policy(5), &mut twin).unwrap();
    while !twin.is_over() {
        desk.before_step(&mut twin);
        twin.step();
        see(&desk, &mut twin);
    }
    assert_eq!(twin.fleet_counts().trips_harmed, 0);
    desk
}

fn evening() -> Event {
    event(plan(&sets(0.6, 0.0, 120.0)).start, Direction::Reduce, 64_800, 7_200, 150_000)
}

#[test]
fn a_new_version_takes_over_when_it_is_announced() {
    let first = evening();
    let date = first.start.date();
    let mut second = Event { version: 2, notice: at(date, 64_800 + 1_800), ..first.clone() };
    second.intervals[0].duration_s = 3_600;
    second.intervals[0].power = Power(60_000);
    second.invited.kinds = [ResourceKind::Charging].into();
    let desk = run(announce(&[first, second]), &[], |_, _| {});
    let conductor = desk.conductor(EventNo(0));
    let beats: Vec<(i64, i64)> = conductor.beats.iter().map(|b| (i64::from(b.at_s) - 86_400, b.requested_w)).collect();
    for (at_s, requested_w) in &beats {
        assert_eq!(*requested_w, if *at_s < 66_600 { 150_000 } else { 60_000 }, "at {at_s} s");
    }
    assert_eq!(beats.last().unwrap().0, 68_400 - 300, "an hour, as the new version says");
    assert_eq!(conductor.event().version, 2);
    // Whoever is no longer invited is let go.
    let entries = conductor.log().entries();
    let released = entries.iter().filter(|e| e.to == Stage::Released && e.cause == Cause::Request);
    assert!(released.count() > 0, "{:?}", conductor.beats);
    assert!(conductor.standing().standing().all(|(p, _)| !matches!(p, Participant::Member(..))));
    // Those who are asked again are not counted twice.
    let members = conductor.log().participants(EventNo(0)).filter(|(p, _)| matches!(p, Participant::Member(..)));
    assert!(conductor.turnout.members_invited <= members.count() as u64);
}

#[test]
fn a_version_that_asks_for_nothing_calls_the_event_off() {
    let first = evening();
    let date = first.start.date();
    let off_s = 64_800 + 1_800;
    let mut second = Event { version: 2, notice: at(date, off_s), ..first.clone() };
    second.intervals[0].power = Power(0);
    let desk = run(announce(&[first, second]), &[], |desk, twin| {
        if i64::from(twin.clock().now_s()) > 86_400 + off_s {
            assert!(desk.conductor(EventNo(0)).standing().is_empty());
        }
    });
    let entries = desk.conductor(EventNo(0)).log().entries();
    assert!(entries.iter().any(|e| e.to == Stage::Released && e.cause == Cause::CalledOff));
}

#[test]
fn an_event_that_asked_for_nothing_may_ask_again() {
    let first = evening();
    let date = first.start.date();
    let [off_s, on_s] = [64_800 + 1_800, 64_800 + 3_600];
    let mut second = Event { version: 2, notice: at(date, off_s), ..first.clone() };
    second.intervals[0].power = Power(0);
    let third = Event { version: 3, notice: at(date, on_s), ..first.clone() };
    let desk = run(announce(&[first, second, third]), &[], |_, _| {});
    let conductor = desk.conductor(EventNo(0));
    let beats: Vec<i64> = conductor.beats.iter().map(|beat| i64::from(beat.at_s) - 86_400).collect();
    assert!(beats.iter().all(|at_s| *at_s < off_s || *at_s >= on_s), "{beats:?}");
    assert!(beats.contains(&on_s) && conductor.called_off().is_none());
}

#[test]
fn no_more_vehicles_are_called_than_are_invited_whichever_way() {
    for direction in [Direction::Reduce, Direction::Raise] {
        let start_s = if direction == Direction::Raise { 10_800 } else { 64_800 };
        let mut event = event(plan(&sets(0.6, 0.0, 120.0)).start, direction, start_s, 7_200, 500_000);
        let called = |event: &Event| {
            let desk = run(announce(core::slice::from_ref(event)), &[], |_, _| {});
            desk.conductor(EventNo(0)).turnout.vehicles_called
        };
        let all = called(&event);
        assert!(all > 2, "{direction:?}: {all}");
        event.invited.vehicles = Some(2);
        assert_eq!(called(&event), 2, "{direction:?}");
    }
}

#[test]
fn nobody_is_called_by_an_event_that_was_called_off() {
    let event = evening();
    let date = event.start.date();
    let off_s = 64_800 + 1_800;
    let cancellation =
        Cancellation { id: event.id.clone(), version: 2, issuer: event.issuer.clone(), at: at(date, off_s) };
    let mut announced = announce(core::slice::from_ref(&event));
    announced.push(Announcement::CalledOff(cancellation));
    let desk = run(announced, &[], |desk, twin| {
        if i64::from(twin.clock().now_s()) > 86_400 + off_s {
            assert!(desk.conductor(EventNo(0)).standing().is_empty());
        }
    });
    // What is asked for, and settled, ends there.
    let conductor = desk.conductor(EventNo(0));
    assert_eq!(conductor.called_off(), Some(at(date, off_s)));
    assert_eq!((conductor.event().total_s(), conductor.window_s().1), (1_800, 86_400 + off_s));
    let log = conductor.log();
    let dispatched = log.entries().iter().filter(|e| e.to == Stage::Dispatched);
    assert!(dispatched.clone().count() > 0);
    assert!(dispatched.into_iter().all(|e| e.at_s < 86_400 + off_s));
    for (participant, entry) in log.participants(EventNo(0)) {
        let ended = matches!(entry.to, Stage::Released | Stage::Cancelled | Stage::OptedOut | Stage::NoShow);
        assert!(ended, "{participant:?} is left at {:?}", entry.to);
    }
    assert!(log.entries().iter().any(|e| e.cause == Cause::CalledOff && e.to == Stage::Cancelled));
}

#[test]
fn of_two_events_the_first_in_rank_has_a_resource() {
    let low = evening();
    let date = low.start.date();
    let high = Event {
        id: "emergency".to_owned(),
        priority: 0,
        notice: at(date, 66_000),
        start: at(date, 68_400),
        ..low.clone()
    };
    let high = Event {
        intervals: vec![voltcity::market::event::Interval { power: Power(400_000), ..high.intervals[0] }],
        ..high
    };
    let mut both = 0;
    let desk = run(announce(&[low, high]), &[], |desk, _| {
        let held = |no| -> BTreeSet<Participant> {
            let conductor = desk.conductor(EventNo(no));
            conductor.standing().standing().filter(|(_, called)| called.called_w > 0).map(|(p, _)| *p).collect()
        };
        let (low, high) = (held(0), held(1));
        assert!(low.is_disjoint(&high), "{:?}", low.intersection(&high).next());
        both += usize::from(!high.is_empty());
    });
    assert!(both > 0, "the second event was carried out");
    let taken = desk.conductor(EventNo(0)).log().entries().iter().filter(|e| e.cause == Cause::Preempted).count();
    assert!(taken > 0, "it took over what the first one had");
}

#[test]
fn an_event_of_nothing_beside_another_changes_nothing() {
    let other = evening();
    let nothing = Event { id: "nothing".to_owned(), intervals: vec![], ..other.clone() };
    let nothing = Event {
        intervals: vec![voltcity::market::event::Interval { power: Power(0), ..other.intervals[0] }],
        ..nothing
    };
    let plan = plan(&sets(0.6, 0.0, 120.0));
    let mut pair = Pair::run(plan, announce(&[nothing, other]), &policy(5), &options(), None, |_, _| {}).unwrap();
    assert_eq!(pair.usual.hash(), pair.called.hash());
    assert!(pair.desk().conductor(EventNo(1)).beats.len() > 10, "the other event went on in both");
}

#[test]
fn who_was_called_and_wants_far_more_for_a_second_call_declines_it() {
    let first = Event { id: "first".to_owned(), ..evening() };
    let date = first.start.date();
    let second = Event {
        id: "second".to_owned(),
        notice: at(date, 64_800 + 7_200 + 1_800),
        start: at(date, 64_800 + 7_200 + 3_600),
        ..first.clone()
    };
    let called = |fatigue: f64| {
        let more = [set("aggregators.programme.owners.fatigue_yuan", fatigue)];
        let desk = run(announce(&[first.clone(), second.clone()]), &more, |_, _| {});
        let vehicles = |no| -> BTreeSet<u32> {
            let calls = desk.conductor(EventNo(no)).standing().calls();
            calls.filter_map(|(p, _)| if let Participant::Vehicle(row) = p { Some(*row) } else { None }).collect()
        };
        vehicles(0).intersection(&vehicles(1)).count()
    };
    assert!(called(0.0) > 0);
    assert_eq!(called(100.0), 0);
}

#[test]
fn what_does_not_fit_is_refused() {
    let event = evening();
    let plan = plan(&sets(0.6, 0.0, 120.0));
    let mut twin = Twin::new(plan, &options());
    let again = Desk::new(announce(&[event.clone(), event.clone()]), &policy(5), &mut twin);
    assert!(matches!(again, Err(DeskError::Refused(_))));
    let scope = voltcity::market::event::Scope::District("Atlantis".to_owned());
    let nowhere = Desk::new(announce(&[Event { scope, ..event }]), &policy(5), &mut twin);
    assert!(nowhere.is_err_and(|error| error.to_string().contains("is not in this world")));
    let plan = crate::support::plan(&sets(0.6, 0.0, 120.0));
    let nothing = Pair::run(plan, Vec::new(), &policy(5), &options(), None, |_, _| {});
    assert!(matches!(nothing, Err(DeskError::NoEvent)));
}
