//! What hangs behind transformers, as outages see it: customers, what is drawn, and what areas can supply themselves.

use voltcity::fleet::station::Station;
use voltcity::market::capability::assess;
use voltcity::market::resource::ResponseClass;
use voltcity::network::outage::{Area, Island, Model};
use voltcity::network::{BySource, CityNetwork, Load};
use voltcity::site::storage::{StorageKind, StorageState, StorageUnit};
use voltcity::twin::Twin;

/// The areas of a network at this moment.
pub(super) fn areas(model: &Model, network: &CityNetwork, twin: &mut Twin) -> Vec<Area> {
    let islands = islands(twin, model.areas.len());
    let by_source = twin.areas();
    let of = |((area, (by_source, load)), island): ((&Area, (&BySource, Load)), Island)| {
        let carried = load.carried();
        Area { carried, island, ..area.drawing(by_source) }
    };
    model.areas.iter().zip(by_source.iter().zip(network.loads(&by_source))).zip(islands).map(of).collect()
}

/// What each area can supply: storage units above their floor, and vehicles at two-way guns what they offer for an
/// hour, so that nobody is late for a trip. Batteries of base stations keep what they have for these.
fn islands(twin: &mut Twin, nodes: usize) -> Vec<Island> {
    const CLASS: ResponseClass = ResponseClass::Hour;
    let mut islands = vec![Island::default(); nodes];
    let assessment = assess(twin);
    let w = twin.world_mut();
    let stations: Vec<u32> = w.query::<&Station>().iter(w).map(|station| station.node).collect();
    for session in &assessment.sessions {
        let power_w = session.discharge_w[CLASS as usize];
        let island = &mut islands[stations[session.station as usize] as usize];
        island.power_w += power_w;
        island.energy_j += power_w * i64::from(CLASS.hold_s());
    }
    for (unit, state) in w.query::<(&StorageUnit, &StorageState)>().iter(w) {
        if unit.kind == StorageKind::BaseStation || unit.power_w == 0 {
            continue;
        }
        let battery_w = i64::from(unit.power_w);
        let stored_j = (state.energy.0 - unit.floor.0).max(0);
        let given_j = stored_j - unit.loss.energy_j(-stored_j, stored_j / battery_w);
        let island = &mut islands[unit.node as usize];
        if given_j > 0 {
            island.power_w += (-unit.loss.meter_w(-battery_w)).max(0);
            island.energy_j += given_j;
        }
    }
    islands
}

/// What is drawn behind each transformer in the mean of a day.
pub(super) struct Demand {
    sums: Vec<(i64, i64)>,
    looks: i64,
}

impl Demand {
    pub(super) fn new(model: &Model) -> Self {
        Self { sums: vec![(0, 0); model.areas.len()], looks: 0 }
    }

    /// Adds what is drawn now.
    pub(super) fn note(&mut self, areas: &[BySource]) {
        self.looks += 1;
        for (sum, area) in self.sums.iter_mut().zip(areas) {
            let Area { demand_w, essential_w, .. } = Area::default().drawing(area);
            *sum = (sum.0 + demand_w, sum.1 + essential_w);
        }
    }

    /// Lets the areas of a network draw the mean.
    pub(super) fn apply(&self, model: &mut Model) {
        let looks = self.looks.max(1);
        for (area, sum) in model.areas.iter_mut().zip(&self.sums) {
            (area.demand_w, area.essential_w) = (sum.0 / looks, sum.1 / looks);
        }
    }
}
