//! What draws or delivers power behind each transformer, by what it is.

use crate::city::tree::TransformerFlow;
use crate::clock::Clock;
use crate::site::pv::{PvArray, PvOutput};
use crate::site::storage::{StorageState, StorageUnit};
use bevy_ecs::prelude::World;

/// What draws or delivers power behind a transformer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Buildings.
    Buildings,
    /// Vehicles, net of what they return.
    Vehicles,
    /// Storage units, net of what they deliver.
    Storage,
    /// Solar arrays, which deliver.
    Solar,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Buildings, Self::Vehicles, Self::Storage, Self::Solar];

    /// Its name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buildings => "buildings",
            Self::Vehicles => "vehicles",
            Self::Storage => "storage",
            Self::Solar => "solar",
        }
    }
}

/// Mean power of a step by source in W, drawn; negative when delivered. Together they are the transformer's net power.
pub type BySource = [i64; Source::ALL.len()];

/// Lists what was drawn in the last step behind each transformer, by row.
///
/// Flows of transformers keep their net power and that of vehicles; the others are looked up where they are, for what a
/// flow gathers of them in a step is gone when the step has been summed up.
pub fn by_source(world: &mut World, areas: &mut Vec<BySource>) {
    let step_s = i64::from(world.resource::<Clock>().step_s);
    areas.clear();
    areas.extend(world.query::<&TransformerFlow>().iter(world).map(|flow| {
        let mut area = BySource::default();
        area[Source::Vehicles as usize] = i64::from(flow.ev_w);
        area[Source::Buildings as usize] = i64::from(flow.net_w) - i64::from(flow.ev_w);
        area
    }));
    // All that is neither of vehicles nor of these two is of buildings.
    let mut take = |node: u32, source: Source, power_w: i64| {
        let area = &mut areas[node as usize];
        area[source as usize] += power_w;
        area[Source::Buildings as usize] -= power_w;
    };
    for (array, output) in world.query::<(&PvArray, &PvOutput)>().iter(world) {
        take(array.node, Source::Solar, -i64::from(output.power_w));
    }
    for (unit, state) in world.query::<(&StorageUnit, &StorageState)>().iter(world) {
        take(unit.node, Source::Storage, state.meter_j / step_s);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::balance::StepSums;
    use crate::twin::{Options, Twin};
    use crate::world::Checked;
    use std::path::Path;

    /// At noon and in the evening, what is told of areas by source is what the city has booked by source.
    #[test]
    fn sources_are_those_of_the_books() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/futian.ron");
        let plan = Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}")).plan();
        let transformers = plan.transformers.len() as i64;
        let mut twin = Twin::new(plan, &Options { warmup_days: Some(0), step_s: 300, ..Options::default() });
        let (mut areas, mut seen) = (Vec::new(), [0_i64; 2]);
        while !twin.is_over() {
            twin.step();
            if !twin.clock().begins(3_600) {
                continue;
            }
            by_source(twin.world_mut(), &mut areas);
            let sum = |source: Source| areas.iter().map(|area| area[source as usize]).sum::<i64>();
            let booked = twin.world_mut().resource::<StepSums>().city;
            for (source, booked_j) in [
                (Source::Buildings, booked.building_j),
                (Source::Vehicles, booked.charged_j - booked.returned_j),
                (Source::Storage, booked.storage_in_j - booked.storage_out_j),
                (Source::Solar, -booked.pv_j),
            ] {
                let missing_w = sum(source) - booked_j / 300;
                // Each area's energy beside standing power is rounded to whole W.
                assert!(missing_w.abs() <= 3 * transformers, "{}: {missing_w} W", source.name());
                assert!(source != Source::Solar || missing_w == 0, "{missing_w} W of the sun");
            }
            for (seen, source) in seen.iter_mut().zip([Source::Storage, Source::Solar]) {
                *seen = (*seen).max(sum(source).abs());
            }
        }
        assert!(seen.iter().all(|power_w| *power_w > 1_000_000), "{seen:?} W of storage and of the sun at most");
    }
}
