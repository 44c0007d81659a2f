//! Snapshots: what is resumed goes on as if nothing had been, futures part where they are told to, and nothing that is
//! damaged is believed.

use crate::event_pair::{event, policy, sets};
use crate::support::{block, cases, seeded};
use proptest::prelude::*;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use voltcity::fleet::vehicle::VehicleState;
use voltcity::market::desk::{Announcement, Desk};
use voltcity::market::dispatch::Policy;
use voltcity::market::event::{Event, Scope};
use voltcity::market::resource::Direction;
use voltcity::snapshot::{Events, Snapshot, SnapshotError, write};
use voltcity::telemetry::Level;
use voltcity::twin::{Options, Twin};
use voltcity::world::Checked;

/// A run with events on it.
struct Run {
    world: Checked,
    twin: Twin,
    desk: Desk,
    policy: Arc<dyn Policy>,
}

impl Run {
    fn new(world: Checked, events: Vec<Event>, options: &Options) -> Self {
        let mut twin = Twin::new(world.plan(), options);
        let policy: Arc<dyn Policy> = policy(0);
        let announced = events.into_iter().map(|event| Announcement::Event(Box::new(event))).collect();
        let desk = Desk::new(announced, &policy, &mut twin).unwrap();
        Self { world, twin, desk, policy }
    }

    fn step(&mut self) {
        self.desk.before_step(&mut self.twin);
        self.twin.step();
    }

    fn bytes(&mut self) -> Vec<u8> {
        let events = Events { policy: "test".to_owned(), desk: self.desk.save() };
        write(&mut self.twin, &self.world, Some(&events), Cursor::new(Vec::new())).unwrap().into_inner()
    }

    fn resumed(&self, bytes: &[u8], threads: usize) -> Self {
        let read = Snapshot::read(bytes, threads).unwrap();
        let (world, events) = (read.world().clone(), read.events().cloned().unwrap());
        assert_eq!(events.policy, "test");
        let mut twin = read.resume(threads).unwrap();
        let desk = Desk::resume(events.desk, &self.policy, &mut twin).unwrap();
        Self { world, twin, desk, policy: Arc::clone(&self.policy) }
    }
}

fn checked(path: &Path, sets: &[String]) -> Checked {
    Checked::load(path, sets).unwrap_or_else(|problems| panic!("{problems}"))
}

fn worlds(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds").join(name)
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 40, ..ProptestConfig::with_cases(cases(16)) })]

    /// Whatever is under way when a snapshot is taken goes on: invitations, promises, calls, and what comes after.
    #[test]
    fn events_in_flight_go_on(
        seed in any::<u64>(), v2g in 0.2_f64..1.0, taken_min in 0_i64..600, raise in any::<bool>(),
        threads in 1_usize..4, shards in 1_usize..5, step_s in prop::sample::select(vec![60_u32, 300]),
    ) {
        let world = checked(&block(), &sets(v2g, 0.05, 300.0));
        let options = Options { warmup_days: Some(1), shards: Some(shards), ..seeded(seed, 1, step_s) };
        let date = world.plan().start;
        let direction = if raise { Direction::Raise } else { Direction::Reduce };
        let first = event(date, direction, 18 * 3_600, 3_600, 60_000);
        let second = event(date, Direction::Reduce, 67_200, 1_800, 30_000);
        let second = Event { id: "second".to_owned(), priority: 7, ..second };
        let mut run = Run::new(world, vec![first, second], &options);
        // From six hours before the first begins to two hours after it has ended.
        let taken_s = 86_400 + 12 * 3_600 + taken_min * 60;
        while i64::from(run.twin.clock().now_s()) < taken_s {
            run.step();
        }
        let bytes = run.bytes();
        let mut resumed = run.resumed(&bytes, threads);
        prop_assert!(resumed.bytes() == bytes, "the same state makes other bytes");
        while !run.twin.is_over() {
            run.step();
            resumed.step();
            prop_assert_eq!(run.twin.hash(), resumed.twin.hash(), "at {} s", run.twin.clock().now_s());
        }
        prop_assert!(run.bytes() == resumed.bytes());
        prop_assert_eq!(run.twin.ledger_residual_j(), 0);
        prop_assert_eq!(resumed.twin.ledger_residual_j(), 0);
        for no in 0..2 {
            let no = voltcity::market::event::EventNo(no);
            prop_assert_eq!(run.desk.conductor(no).log(), resumed.desk.conductor(no).log());
            prop_assert_eq!(&run.desk.conductor(no).beats, &resumed.desk.conductor(no).beats);
        }
    }
}

/// A district, with an event, at times that nobody chose for it, on changing numbers of threads.
#[test]
fn a_district_goes_on_too() {
    let world = checked(&worlds("futian.ron"), &[]);
    let date = world.plan().start;
    let series = (Level::ALL.to_vec(), 900);
    let options = Options { warmup_days: Some(1), series, threads: 2, ..seeded(7, 1, 300) };
    let called = event(date, Direction::Reduce, 18 * 3_600, 3_600, 4_000_000);
    let mut run = Run::new(world, vec![Event { scope: Scope::City, ..called }], &options);
    let mut frames = Vec::new();
    for (taken, threads) in [(289, 1), (431, 2), (505, 4), (510, 1), (530, 2)] {
        while run.twin.clock().tick < taken {
            run.step();
        }
        frames.extend(run.twin.take_frames());
        let bytes = run.bytes();
        let other = run.resumed(&bytes, threads);
        // The copy goes on, and the one it was made of with it for an hour.
        let mut first = std::mem::replace(&mut run, other);
        for _ in 0..12 {
            first.step();
            run.step();
        }
        assert_eq!(first.twin.hash(), run.twin.hash(), "from step {taken}");
        assert!(first.twin.take_frames() == run.twin.take_frames());
    }
    while !run.twin.is_over() {
        run.step();
    }
    assert_eq!(run.twin.ledger_residual_j(), 0);
}

/// A small world in the middle of its day, and its snapshot.
fn noon() -> (Checked, Twin, Vec<u8>) {
    let world = checked(&block(), &[]);
    let mut twin = Twin::new(world.plan(), &Options { warmup_days: Some(1), ..seeded(1, 1, 300) });
    (0..430).for_each(|_| twin.step());
    let bytes = write(&mut twin, &world, None, Cursor::new(Vec::new())).unwrap().into_inner();
    (world, twin, bytes)
}

#[test]
fn a_joule_is_found() {
    let (world, mut twin, bytes) = noon();
    let w = twin.world_mut();
    w.query::<&mut VehicleState>().iter_mut(w).nth(117).unwrap().energy.0 += 1;
    let other = write(&mut twin, &world, None, Cursor::new(Vec::new())).unwrap().into_inner();
    let [a, b] = [&bytes, &other].map(|bytes| Snapshot::read(&bytes[..], 1).unwrap());
    let differ: Vec<usize> = (0..a.vehicles().len()).filter(|&row| a.vehicles()[row] != b.vehicles()[row]).collect();
    assert_eq!(differ, [117]);
    assert_ne!(a.head().state_hash, b.head().state_hash);
}

#[test]
fn another_world_is_refused() {
    let (_, _, bytes) = noon();
    let read = || Snapshot::read(&bytes[..], 1).unwrap();
    let patched = |set: &str| read().world().patched(&[set.to_owned()]).unwrap();
    let error = read().resume_in(&patched("fleet.private.count.0=150"), 1).map(drop).unwrap_err();
    let SnapshotError::OtherWorld { kind: "vehicles", .. } = error else { panic!("{error}") };
    assert!(error.to_string().contains("but not how many there are"), "{error}");
    // Other prices, on the other hand, are another future.
    let mut dear = read().resume_in(&patched("behaviour.putting_off_h.0=0.3"), 1).unwrap();
    let mut usual = read().resume(1).unwrap();
    assert_eq!(dear.hash(), usual.hash());
    (0..60).for_each(|_| [&mut dear, &mut usual].into_iter().for_each(Twin::step));
    assert_eq!(dear.ledger_residual_j(), 0);
}

proptest! {
    /// Blocks whose checksums agree and whose content does not make sense are refused too.
    #[test]
    fn forged_content_is_refused_without_a_panic(
        block in any::<usize>(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
    ) {
        static NOON: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| noon().2);
        let forged = voltcity::snapshot::forge(&NOON, block, |raw| {
            let at = at.index(raw.len().max(1));
            if cut {
                raw.truncate(at);
            } else if let Some(old) = raw.get_mut(at) {
                *old ^= byte;
            }
        });
        if let Ok(read) = Snapshot::read(&forged[..], 1) {
            // Whatever is resumed has the state that the head states.
            let _ = read.resume(1).map(|mut twin| twin.hash());
        }
    }
}

/// A file of every released format is kept, and read as long as that is supported.
#[test]
fn every_released_format_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/snapshot-v3.twin");
    if std::env::var_os("UPDATE_SNAPSHOT_FORMAT").is_some() {
        std::fs::write(&path, noon().2).unwrap();
    }
    let bytes = std::fs::read(&path).unwrap();
    let read = Snapshot::read(&bytes[..], 1).unwrap();
    assert_eq!((read.head().world.as_str(), read.head().tick), ("One block", 430));
    let mut twin = read.resume(1).unwrap();
    // What an older world did may change with the program; that it goes on and closes its books may not.
    (0..60).for_each(|_| twin.step());
    assert_eq!(twin.ledger_residual_j(), 0);
}
