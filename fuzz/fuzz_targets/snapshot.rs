//! Whatever the bytes, a snapshot is read or refused: never a panic, never a state that its head does not state.
//!
//! ```text
//! cargo run --release -- run worlds/block.ron --snapshot-at "2024-07-22 12:00" --out out/seed
//! mkdir -p fuzz/corpus/snapshot && cp out/seed/*.twin fuzz/corpus/snapshot
//! cargo fuzz run snapshot -- -max_len=65536
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;
use voltcity::snapshot::{Snapshot, forge};

fuzz_target!(|bytes: &[u8]| {
    let try_one = |bytes: &[u8]| {
        let Ok(read) = Snapshot::read(bytes, 1) else { return };
        let stated = read.head().state_hash.clone();
        if let Ok(mut twin) = read.resume(1) {
            assert_eq!(format!("{:016x}", twin.hash()), stated);
        }
    };
    try_one(bytes);
    // The same bytes behind checksums that agree: the last three say which of them to change.
    if let Some((bytes, [block, at, flip])) = bytes.split_last_chunk() {
        try_one(&forge(bytes, usize::from(*block), |raw| {
            let at = usize::from(*at) * raw.len() / 256;
            if let Some(old) = raw.get_mut(at) {
                *old ^= flip;
            }
        }));
    }
});
