use super::*;
use crate::fleet::station::Board;
use crate::twin::{Options, Twin};
use crate::world::Checked;
use proptest::prelude::*;
use std::io::Cursor;
use std::path::Path;

/// The smallest world, on a short run.
fn block(options: &Options) -> (Checked, Twin) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/block.ron");
    let world = Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}"));
    let twin = Twin::new(world.plan(), options);
    (world, twin)
}

fn options() -> Options {
    let series = (crate::telemetry::Level::ALL.to_vec(), 900);
    Options { days: 1, warmup_days: Some(1), series, ..Options::default() }
}

fn steps(twin: &mut Twin, count: u32) {
    (0..count).for_each(|_| twin.step());
}

fn bytes(twin: &mut Twin, world: &Checked) -> Vec<u8> {
    write(twin, world, None, Cursor::new(Vec::new())).unwrap().into_inner()
}

#[test]
fn a_snapshot_reads_and_writes_to_the_same_bytes() {
    let (world, mut twin) = block(&options());
    steps(&mut twin, 700);
    let first = bytes(&mut twin, &world);
    let read = Snapshot::read(&first[..], 1).unwrap();
    assert_eq!(read.head().tick, 700);
    assert_eq!(read.head().state_hash, format!("{:016x}", twin.hash()));
    assert_eq!(read.head().world, world.file().name);
    assert_eq!(read.world().document().digest(), world.document().digest());
    let mut resumed = read.resume(1).unwrap();
    let second = bytes(&mut resumed, &world);
    assert!(first == second, "{} and {} bytes", first.len(), second.len());
    assert_eq!(Snapshot::head_of(&first[..]).unwrap(), Snapshot::read(&second[..], 1).unwrap().head().clone());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn what_is_resumed_goes_on_as_if_nothing_had_been(
        at in 0_u32..900, more in 1_u32..700, threads in 1_usize..4, shards in 1_usize..5,
        step_s in prop::sample::select(vec![60_u32, 300, 900]),
    ) {
        let (at, more) = (at * 60 / step_s, (more * 60 / step_s).max(1));
        let (world, mut twin) = block(&Options { step_s, shards: Some(shards), ..options() });
        steps(&mut twin, at);
        twin.take_frames();
        let bytes = bytes(&mut twin, &world);
        let mut resumed = Snapshot::read(&bytes[..], 1).unwrap().resume(threads).unwrap();
        prop_assert_eq!(&resumed.resource::<Board>().sites, &twin.resource::<Board>().sites);
        for _ in 0..more {
            twin.step();
            resumed.step();
            prop_assert_eq!(resumed.hash(), twin.hash(), "after {} steps", twin.clock().tick);
        }
        prop_assert_eq!(resumed.ledger_residual_j(), twin.ledger_residual_j());
        prop_assert_eq!(resumed.fleet_counts(), twin.fleet_counts());
        prop_assert!(resumed.take_frames() == twin.take_frames());
        prop_assert!(self::bytes(&mut resumed, &world) == self::bytes(&mut twin, &world));
    }
}

#[test]
fn no_damage_is_resumed() {
    let (world, mut twin) = block(&options());
    steps(&mut twin, 600);
    let whole = bytes(&mut twin, &world);
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        assert!(Snapshot::read(&flipped[..], 1).is_err(), "a flip at {at} of {}", whole.len());
        assert!(Snapshot::read(&whole[..at], 1).is_err(), "a cut at {at}");
    }
}
