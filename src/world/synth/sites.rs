//! Solar arrays and storage units.

use crate::chance::{Purpose, Seed, draw};
use crate::fleet::charger::ConverterLoss;
use crate::fleet::station::StationKind;
use crate::site::building::BuildingKind;
use crate::site::panel::PanelGeometry;
use crate::site::pv::PvArray;
use crate::site::storage::{StorageKind, StorageUnit};
use crate::units::Energy;
use crate::world::schema::{StorageKindFile, WorldFile};
use crate::world::synth::areas::Areas;
use crate::world::synth::nodes::{Nodes, rating_for};
use crate::world::synth::share::largest_remainder;
use crate::world::synth::stations::Draft;

/// Something on a transformer, named by (zone index, place in the zone).
pub type Placed<T> = ((u16, u32), T);

/// Solar arrays on buildings; their sizes are log-normal and add up to the installed power.
pub fn arrays(file: &WorldFile, areas: &Areas, nodes: &mut Nodes, seed: Seed) -> Vec<Placed<PvArray>> {
    let pv = &file.pv;
    let on = pv.on.get();
    let kinds = [
        (BuildingKind::Industry, on.0),
        (BuildingKind::Public, on.1),
        (BuildingKind::Office, on.2),
        (BuildingKind::Retail, on.3),
        (BuildingKind::Residential, on.4),
    ];
    let weights: Vec<f64> =
        areas.kind_share.iter().map(|z| kinds.iter().map(|(kind, share)| share * z[*kind as usize]).sum()).collect();
    let per_zone = largest_remainder(u64::from(pv.arrays.get()), &weights);
    let mut out: Vec<Placed<PvArray>> = Vec::new();
    let mut sizes = Vec::new();
    for (zone, &count) in per_zone.iter().enumerate() {
        for k in 0..count {
            let mut d = draw(seed, Purpose::PvTraits, areas.zones[zone].id, k as u32);
            let cumulative = cumulative(&kinds.map(|(kind, share)| share * areas.kind_share[zone][kind as usize]));
            let kind = kinds[d.weighted(&cumulative)].0;
            let list = &nodes.by_kind[zone][kind as usize];
            let node = if list.is_empty() { 0 } else { list[d.below(list.len() as u32) as usize] };
            let (tilt, azimuth) = (pv.tilt_deg.get(), pv.azimuth_deg.get());
            let geometry = PanelGeometry::new(
                d.between(tilt.0, tilt.1),
                (azimuth.0 + azimuth.1 * d.bell()).rem_euclid(360.0),
                pv.albedo.get(),
            );
            sizes.push(d.log_normal(1.0, pv.size_spread.get()).min(60.0));
            out.push(((zone as u16, node), PvArray { peak_w: 0, node: 0, geometry }));
        }
    }
    let watts = largest_remainder((pv.installed_mw.get() * 1e6) as u64, &sizes);
    out.iter_mut().zip(watts).for_each(|((_, array), w)| array.peak_w = w as u32);
    for (at, array) in &mut out {
        make_room(file, nodes, at, f64::from(array.peak_w));
    }
    out
}

/// Sees to it that a transformer carries a site's own plant: whoever builds a large roof or a large battery has a unit
/// for it (the plant may fill four fifths of the rating: assumption).
fn make_room(file: &WorldFile, nodes: &mut Nodes, at: &mut (u16, u32), plant_w: f64) {
    let power_factor = file.load.power_factor.get();
    let need_va = plant_w / 0.8 / power_factor;
    at.1 = nodes.connect(usize::from(at.0), at.1, plant_w, &file.grid.ratings_kva.0, power_factor);
    let node = &mut nodes.zones[usize::from(at.0)][at.1 as usize];
    if f64::from(node.rating_va) < need_va {
        node.rating_va = rating_for(need_va, &file.grid.ratings_kva.0);
    }
}

fn cumulative(weights: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    weights
        .iter()
        .map(|w| {
            sum += w;
            sum
        })
        .collect()
}

/// One unit of a kind with a share of the kind's power and energy.
fn unit(file: &StorageKindFile, kind: StorageKind, power_w: f64, energy_j: f64) -> StorageUnit {
    let (full, low) = file.efficiency.get();
    StorageUnit {
        capacity: Energy::round(energy_j),
        power_w: power_w as u32,
        floor: Energy::round(energy_j * file.floor.get()),
        node: 0,
        kind,
        loss: ConverterLoss::from_efficiencies(power_w, full, low),
    }
}

/// Storage units: at users and base stations by zone, at energy stations one each.
pub fn storage(
    file: &WorldFile,
    areas: &Areas,
    nodes: &mut Nodes,
    drafts: &[Draft],
    seed: Seed,
) -> Vec<Placed<(StorageUnit, Energy)>> {
    let mut out = Vec::new();
    let industry: Vec<f64> = areas.kind_share.iter().map(|z| z[BuildingKind::Industry as usize] + z[1]).collect();
    let homes: Vec<f64> = areas.residents.clone();
    let kinds = [
        (StorageKind::UserSide, &file.storage.user_side, industry, BuildingKind::Industry),
        (StorageKind::BaseStation, &file.storage.base_station, homes, BuildingKind::Residential),
    ];
    for (kind, f, weights, host) in kinds {
        let count = u64::from(f.units.get());
        let per_zone = largest_remainder(count, &weights);
        let mut number = 0;
        for (zone, &n) in per_zone.iter().enumerate() {
            for _ in 0..n {
                let mut d = draw(seed, Purpose::StorageTraits, kind as u32, number);
                number += 1;
                let list = &nodes.by_kind[zone][host as usize];
                let any = nodes.zones[zone].len() as u32;
                let node =
                    if list.is_empty() { d.below(any.max(1)) } else { list[d.below(list.len() as u32) as usize] };
                let size = d.between(0.5, 1.5);
                let share = size / count as f64;
                let unit = unit(f, kind, f.power_mw.get() * 1e6 * share, f.energy_mwh.get() * 3.6e9 * share);
                let start = if kind == StorageKind::BaseStation { unit.capacity } else { unit.floor };
                out.push(((zone as u16, node), (unit, start)));
            }
        }
    }
    let buffer = &file.storage.station_buffer;
    for draft in drafts.iter().filter(|d| matches!(d.kind, StationKind::Integrated | StationKind::Demonstration)) {
        let unit =
            unit(buffer, StorageKind::StationBuffer, buffer.power_mw.get() * 1e6, buffer.energy_mwh.get() * 3.6e9);
        out.push(((draft.zone, draft.node), (unit, Energy(i64::midpoint(unit.capacity.0, unit.floor.0)))));
    }
    for (at, (unit, _)) in &mut out {
        make_room(file, nodes, at, f64::from(unit.power_w));
    }
    out
}
