//! What must hold for months: no vehicle is lost on the way.
//!
//! Without optimisation the city takes too long: these run in release builds.
#![cfg(not(debug_assertions))]

use std::path::Path;
use voltcity::fleet::shard::FleetShards;
use voltcity::fleet::vehicle::VehicleClass;
use voltcity::twin::{Options, Twin};
use voltcity::world::Checked;

/// Kilometres that the taxis have driven so far.
fn taxi_km(twin: &Twin) -> f64 {
    let shards = &twin.resource::<FleetShards>().0;
    let metres: u64 = shards.iter().map(|shard| shard.books.metres_by_class[VehicleClass::Taxi as usize]).sum();
    metres as f64 / 1e3
}

/// Fast points are scarce in this world, and drivers are turned away. Nobody sets off who could not get to a point
/// afterwards, and whoever has next to nothing left waits for one.
#[test]
fn taxis_drive_as_far_after_two_months_as_at_first() {
    const DAYS: u32 = 60;
    const PART: u32 = 10;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/shenzhen-2022.ron");
    let world = Checked::load(&path, &["sample=(0.03, \"test\")".to_owned()]).unwrap();
    let mut twin = Twin::new(world.plan(), &Options { days: DAYS, step_s: 900, ..Options::default() });
    twin.warm_up();
    let from_s = twin.clock().now_s();
    let mut after_days = vec![0.0];
    while !twin.is_over() {
        twin.step();
        if (twin.clock().now_s() - from_s) == after_days.len() as u32 * PART * 86_400 {
            after_days.push(taxi_km(&twin));
        }
    }
    let parts: Vec<f64> = after_days.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(parts.len() as u32, DAYS / PART);
    assert!(parts[5] > 0.97 * parts[0], "{parts:?}");
}
