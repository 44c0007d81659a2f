//! Fuzzes the checks of whole worlds: whatever a world says, it is refused with problems, or it can be planned.
//!
//! The input is up to three texts with a zero byte between them: a world file, its base `base.ron`, and patches as
//! `--set` takes them, one a line. An empty world file stands for `block.ron`; this and its parts are at hand as bases,
//! so that a few bytes make a whole world. Built as `world_text` is; its seeds are the shipped worlds and the broken ones
//! of the tests, and its dictionary has the words they are written in:
//!
//! ```text
//! mkdir -p corpus/world_check corpus/broken
//! (cd .. && VOLTCITY_SEEDS="$PWD/fuzz/corpus/broken" cargo test --test voltcity_tests broken)
//! target/x86_64-unknown-linux-gnu/release/world_check corpus/world_check corpus/broken ../worlds \
//!     -dict=world_check.dict -max_len=6144
//! ```

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use voltcity::world::Checked;
use voltcity::world::schema::WorldFile;
use voltcity::world::text::Memory;

/// A world of more agents than this is checked, but not planned.
const SMALL: u64 = 5_000;
/// Patches of one input, at most.
const PATCHES_MAX: usize = 8;

/// The shipped files that a world may be based on; the others are too large to be read ten thousand times.
static SHIPPED: LazyLock<Memory> = LazyLock::new(|| {
    let files: [(&str, &[u8]); 5] = [
        ("block.ron", include_bytes!("../../worlds/block.ron")),
        ("parts/shenzhen-weather.ron", include_bytes!("../../worlds/parts/shenzhen-weather.ron")),
        ("parts/shenzhen-load.ron", include_bytes!("../../worlds/parts/shenzhen-load.ron")),
        ("parts/shenzhen-city.ron", include_bytes!("../../worlds/parts/shenzhen-city.ron")),
        ("parts/shenzhen-fleet.ron", include_bytes!("../../worlds/parts/shenzhen-fleet.ron")),
    ];
    files.into_iter().map(|(path, bytes)| (PathBuf::from(path), bytes.to_vec())).collect()
});

/// Vehicles of the whole city.
fn vehicles(file: &WorldFile) -> u64 {
    file.fleet.values().map(|class| u64::from(class.count.get())).sum()
}

/// Agents of the whole city, roughly: what is counted, not what follows from it.
fn agents(file: &WorldFile) -> u64 {
    let (c, s) = (&file.charging, &file.storage);
    let special = [
        (c.super_stations.get(), c.super_guns.get()),
        (c.v2g_stations.get(), c.v2g_guns.get()),
        (c.integrated_stations.get(), c.integrated_guns.get()),
        (c.demonstration_stations.get(), c.demonstration_guns.0.0 + c.demonstration_guns.0.1),
    ];
    let special: u64 = special.iter().map(|&(stations, guns)| u64::from(stations) * u64::from(guns)).sum();
    let counted = file.zones.rows.values().filter_map(|zone| zone.public).map(|public| public.fast + public.slow);
    let known = file.stations.iter().flat_map(|stations| stations.rows.values());
    let points = counted.chain(known.map(|row| row.fast + row.slow + row.unsplit)).map(u64::from).sum::<u64>();
    let buildings = voltcity::site::building::BuildingKind::ALL.map(|kind| file.load.kinds.get(kind).buildings.get());
    let counts = [
        c.total.get(),
        c.public_stations.get(),
        file.grid.feeders.get(),
        file.grid.substations.get(),
        file.pv.arrays.get(),
        s.user_side.units.get(),
        s.base_station.units.get(),
        s.station_buffer.units.get(),
        file.aggregators.operators.get(),
        file.aggregators.resources.get(),
    ];
    vehicles(file) + special + points + buildings.into_iter().chain(counts).map(u64::from).sum::<u64>()
}

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(3, |&byte| byte == 0);
    let mut part = || parts.next().unwrap_or_default();
    let (world, base) = (part(), part());
    let patches: Vec<String> =
        String::from_utf8_lossy(part()).lines().take(PATCHES_MAX).map(ToOwned::to_owned).collect();
    let mut files = SHIPPED.clone();
    files.insert(PathBuf::from("base.ron"), base.to_vec());
    let path = Path::new(if world.is_empty() { "block.ron" } else { "x.ron" });
    if !world.is_empty() {
        files.insert(path.to_owned(), world.to_vec());
    }
    let checked = match Checked::read(&files, path, &patches) {
        Ok(checked) => checked,
        Err(problems) => {
            assert!(!problems.is_empty(), "what is refused has a reason");
            assert!(!problems.to_string().is_empty(), "a listing has a last line");
            return;
        }
    };
    let file = checked.file();
    if agents(file) > SMALL {
        return;
    }
    let plan = checked.plan();
    assert!(file.extent.is_some() || plan.vehicles.len() as u64 == vehicles(file), "every vehicle is planned");
    assert_eq!(plan.digest, checked.document().digest(), "a plan knows its world");
    let guns: u64 = plan.stations.iter().map(|station| u64::from(station.guns)).sum();
    assert_eq!(guns, plan.guns.len() as u64, "every gun has its station");
    for row in 0..plan.vehicles.len().min(50) {
        let _ = plan.vehicle(row as u32);
    }
});
