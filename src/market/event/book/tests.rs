use super::*;
use crate::market::event::tests::may_event;
use crate::market::event::{Interval, after};
use crate::units::Power;
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

/// The start of every event of these tests.
fn noon() -> DateTime {
    jiff::civil::datetime(2024, 7, 25, 12, 0, 0, 0)
}

/// An event of an hour from some seconds after noon, announced so many seconds after noon.
fn event(id: &str, version: u32, priority: u8, notice_s: i64, start_s: i64) -> Event {
    Event {
        id: id.to_owned(),
        version,
        priority,
        notice: after(noon(), notice_s),
        start: after(noon(), start_s),
        intervals: vec![Interval { duration_s: 3_600, power: Power(1_000 * i64::from(version)) }],
        recovery_s: 0,
        ..may_event()
    }
}

fn cancellation(id: &str, version: u32, at_s: i64) -> Cancellation {
    Cancellation { id: id.to_owned(), version, issuer: "Shenzhen".to_owned(), at: after(noon(), at_s) }
}

/// Id and version of what has every resource at a second.
fn ruling(book: &Book, at_s: i64) -> Option<(String, u32)> {
    book.ruling(after(noon(), at_s), |_, _| true).map(|(_, event)| (event.id.clone(), event.version))
}

#[test]
fn a_higher_version_replaces_and_others_are_refused_with_a_reason() {
    let mut book = Book::new();
    assert_eq!(book.take(event("a", 2, 0, -100, 0)), Ok(Taken::New(EventNo(0))));
    for stale in [1, 2] {
        let refusal = book.take(event("a", stale, 0, -50, 0)).unwrap_err();
        let told = format!("version {stale} of event `a` is not above version 2, which is held; number it 3 or more");
        assert_eq!(refusal.to_string(), told);
    }
    let refusal = book.take(event("a", 3, 0, -101, 0)).unwrap_err();
    assert!(refusal.to_string().contains("is announced at 2024-07-25T11:58:19, before the version it replaces"));
    let refusal = book.take(Event { issuer: "Guangzhou".to_owned(), ..event("a", 3, 0, 0, 0) }).unwrap_err();
    let told = "event `a` was called by `Shenzhen`, who alone can change it or call it off";
    assert_eq!(refusal.to_string(), told);
    assert_eq!(book.take(event("a", 7, 0, 600, 0)), Ok(Taken::Replaced(EventNo(0), 2)));
    // The old version holds until the new one is announced.
    assert_eq!(ruling(&book, 599), Some(("a".to_owned(), 2)));
    assert_eq!(ruling(&book, 600), Some(("a".to_owned(), 7)));
    assert_eq!(book.versions(EventNo(0)).len(), 2);
}

#[test]
fn a_cancellation_holds_from_its_announcement_on() {
    let mut book = Book::new();
    book.take(event("a", 1, 0, -100, 0)).unwrap();
    assert_eq!(book.cancel(cancellation("b", 2, 0)), Err(Refusal::Unknown { id: "b".to_owned() }));
    assert!(matches!(book.cancel(cancellation("a", 1, 0)), Err(Refusal::Stale { .. })));
    assert_eq!(book.cancel(cancellation("a", 2, 1_800)), Ok(EventNo(0)));
    assert_eq!(ruling(&book, 1_799), Some(("a".to_owned(), 1)));
    assert_eq!(ruling(&book, 1_800), None);
    let refusal = book.take(event("a", 3, 0, 2_000, 0)).unwrap_err();
    assert_eq!(refusal.to_string(), "event `a` was called off at 2024-07-25T12:30:00; call a new one by another id");
    assert!(matches!(book.cancel(cancellation("a", 4, 2_000)), Err(Refusal::CalledOff { .. })));
}

#[test]
fn rank_is_by_priority_then_first_notice_then_id() {
    let mut book = Book::new();
    book.take(event("late", 1, 1, -10, 0)).unwrap();
    book.take(event("early", 1, 1, -20, 0)).unwrap();
    book.take(event("twin-b", 1, 2, -30, 0)).unwrap();
    book.take(event("twin-a", 1, 2, -30, 0)).unwrap();
    book.take(event("urgent", 1, 0, 1_000, 1_000)).unwrap();
    // A new version keeps the place of the first one.
    book.take(event("early", 2, 1, -5, 0)).unwrap();
    let ranked = |at_s| book.running(after(noon(), at_s)).iter().map(|(_, e)| e.id.clone()).collect::<Vec<_>>();
    assert_eq!(ranked(0), ["early", "late", "twin-a", "twin-b"]);
    assert_eq!(ranked(1_000), ["urgent", "early", "late", "twin-a", "twin-b"]);
    assert_eq!(ranked(3_600), ["urgent"]);
    // Who does not take part in the first in rank belongs to the next.
    let found = book.ruling(after(noon(), 1_000), |_, event| event.id.starts_with("twin"));
    assert_eq!(found.map(|(_, event)| event.id.as_str()), Some("twin-a"));
}

/// What a book must hold, as one flat list of all that was accepted.
#[derive(Clone, Debug, Default)]
struct Model {
    accepted: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Take(Box<Event>),
    Cancel(Cancellation),
}

impl Change {
    fn key(&self) -> (&str, u32, DateTime) {
        match self {
            Self::Take(event) => (&event.id, event.version, event.notice),
            Self::Cancel(cancellation) => (&cancellation.id, cancellation.version, cancellation.at),
        }
    }
}

impl Model {
    fn is_right(&self, change: &Change) -> bool {
        let (id, version, at) = change.key();
        let of_id: Vec<&Change> = self.accepted.iter().filter(|c| c.key().0 == id).collect();
        let is_known = matches!(change, Change::Take(_)) || !of_id.is_empty();
        is_known && of_id.iter().all(|c| matches!(c, Change::Take(_)) && c.key().1 < version && c.key().2 <= at)
    }

    /// The event that has every resource at an instant, by looking at everything.
    fn ruling(&self, at: DateTime) -> Option<(String, u32)> {
        let mut best: Option<(u8, DateTime, String, u32)> = None;
        for change in &self.accepted {
            let Change::Take(event) = change else { continue };
            let known = |c: &&Change| c.key().0 == event.id && c.key().2 <= at;
            let newest = self.accepted.iter().filter(known).map(|c| c.key().1).max();
            if newest != Some(event.version) || at < event.start || at >= event.recovered() {
                continue;
            }
            let first = self.accepted.iter().find(|c| c.key().0 == event.id).unwrap().key().2;
            let candidate = (event.priority, first, event.id.clone(), event.version);
            if best.as_ref().is_none_or(|best| candidate < *best) {
                best = Some(candidate);
            }
        }
        best.map(|(_, _, id, version)| (id, version))
    }
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Change;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::default()).boxed()
    }

    fn transitions(state: &Self) -> BoxedStrategy<Change> {
        let highest = state.accepted.iter().map(|c| c.key().1).max().unwrap_or(0);
        let id = prop::sample::select(vec!["a", "b", "c", "d"]);
        (id, 0..highest + 3, 0_u8..3, -5_i64..20, -5_i64..20, 0_u8..6)
            .prop_map(|(id, version, priority, notice, start, kind)| match kind {
                0 => Change::Cancel(cancellation(id, version, notice * 600)),
                _ => Change::Take(Box::new(event(id, version, priority, notice * 600, start * 600))),
            })
            .boxed()
    }

    fn apply(mut state: Self, change: &Change) -> Self {
        if state.is_right(change) {
            state.accepted.push(change.clone());
        }
        state
    }
}

struct BookMachine;

impl StateMachineTest for BookMachine {
    type SystemUnderTest = Book;
    type Reference = Model;

    fn init_test(_: &Model) -> Book {
        Book::new()
    }

    fn apply(mut book: Book, state: &Model, change: Change) -> Book {
        let before = book.clone();
        let count = |book: &Book| -> usize {
            let of = |no| book.versions(no).len() + usize::from(book.cancellation(no).is_some());
            (0..book.len() as u32).map(|no| of(EventNo(no))).sum()
        };
        let done = match change.clone() {
            Change::Take(event) => book.take(*event).is_ok(),
            Change::Cancel(cancellation) => book.cancel(cancellation).is_ok(),
        };
        assert_eq!(done, state.accepted.len() > count(&before), "{change:?}");
        assert_eq!(count(&book), state.accepted.len());
        assert!(done || book == before, "a refusal has changed the book");
        book
    }

    fn check_invariants(book: &Book, state: &Model) {
        for step in -6_i64..40 {
            assert_eq!(ruling(book, step * 600), state.ruling(after(noon(), step * 600)), "at {step}");
        }
        for no in (0..book.len() as u32).map(EventNo) {
            let versions: Vec<u32> = book.versions(no).iter().map(|event| event.version).collect();
            assert!(versions.windows(2).all(|pair| pair[0] < pair[1]));
            assert_eq!(book.number(&book.latest(no).unwrap().id), Some(no));
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_book_rules_as_a_search_through_all_that_was_said(sequential 1..60 => BookMachine);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_in_which_events_are_taken_does_not_matter(
        all in prop::collection::vec((0_u8..3, -5_i64..5, -5_i64..5), 1..8),
        shuffle in any::<u64>(),
    ) {
        let named: Vec<Event> = all.iter().enumerate()
            .map(|(i, &(priority, notice, start))| event(&format!("e{i}"), 1, priority, notice * 600, start * 600))
            .collect();
        let mut order: Vec<usize> = (0..named.len()).collect();
        order.sort_by_key(|&i| (i as u64 + 1).wrapping_mul(shuffle | 1));
        let (mut book, mut other) = (Book::new(), Book::new());
        for i in 0..named.len() {
            book.take(named[i].clone()).unwrap();
            other.take(named[order[i]].clone()).unwrap();
        }
        for step in -6_i64..12 {
            let at = after(noon(), step * 600);
            let ids = |book: &Book| book.running(at).iter().map(|(_, e)| e.id.clone()).collect::<Vec<_>>();
            prop_assert_eq!(ids(&book), ids(&other));
        }
    }
}
