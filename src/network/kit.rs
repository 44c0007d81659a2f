//! A small city for the tests of its network.

use super::{CityNetwork, Load};
use crate::parallel::Threads;
use crate::plan::Plan;
use crate::world::Checked;
use std::path::Path;

/// Futian's plan and network.
pub(super) fn futian() -> (Plan, CityNetwork) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/futian.ron");
    let plan = Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}")).plan();
    let city = CityNetwork::of(&plan, Threads(1)).unwrap();
    (plan, city)
}

/// Every transformer at a share of what it can carry, by its row.
pub(super) fn loads(plan: &Plan, share: impl Fn(usize) -> f64) -> Vec<Load> {
    let of = |(row, t): (usize, &crate::city::tree::Transformer)| {
        let power_w = (f64::from(t.limit_w) * share(row)).round();
        Load { power_w, reactive_var: 0.3 * power_w, ..Load::default() }
    };
    plan.transformers.iter().enumerate().map(of).collect()
}
