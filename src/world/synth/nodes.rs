//! Transformers and what hangs on them, zone by zone, before they are numbered.

use crate::chance::{Purpose, Seed, draw, mix};
use crate::site::building::BuildingKind;
use crate::site::stock::Building;
use crate::world::schema::WorldFile;
use crate::world::synth::areas::Areas;
use crate::world::synth::share::{largest_remainder, running};

/// A transformer before it has a row.
#[derive(Clone, Debug)]
pub struct Node {
    /// Rating in VA.
    pub rating_va: u32,
    /// Load expected at the peak in W, for the size of feeders and substations.
    pub expected_w: f64,
    /// The most that all on it may draw or deliver at once in W.
    pub connected_w: f64,
    /// Its building, if it is not a charging station's own.
    pub building: Option<Building>,
}

/// The transformers of every zone; a station or an array names one by (zone, place in the zone).
pub struct Nodes {
    /// By zone index.
    pub zones: Vec<Vec<Node>>,
    /// Places of the transformers of a kind of building, by zone index and kind.
    pub by_kind: Vec<[Vec<u32>; 8]>,
}

/// What one transformer area connects, at most, in W: flows of a transformer are counted in 32 bits.
const CONNECTED_MAX_W: f64 = 1e9;
/// What a building draws at design conditions, at most, in W.
const BUILDING_MAX_W: f64 = 4e8;
/// What a building is expected to draw when the city's peak is, of its draw at design conditions (assumption).
pub const EXPECTED_OF_DESIGN: f64 = 0.8;
/// What a building may draw over its draw at design conditions: shapes reach 1.5, and cooling thrice its design.
const BUILDING_OVER_DESIGN: f64 = 4.5;

impl Nodes {
    /// Connects a plant to a transformer, or to a new one of its own where so much hangs already that it would not
    /// fit. Returns the place of the transformer in the zone.
    pub fn connect(&mut self, zone: usize, place: u32, plant_w: f64, ratings_kva: &[u32], power_factor: f64) -> u32 {
        let list = &mut self.zones[zone];
        if let Some(node) = list.get_mut(place as usize)
            && (node.connected_w == 0.0 || node.connected_w + plant_w <= CONNECTED_MAX_W)
        {
            node.connected_w += plant_w;
            return place;
        }
        let rating_va = rating_for(plant_w / power_factor, ratings_kva);
        list.push(Node { rating_va, expected_w: 0.5 * plant_w, connected_w: plant_w, building: None });
        list.len() as u32 - 1
    }
}

/// The smallest rating that carries `va`: one of the ratings, or as many of the largest as it takes.
pub fn rating_for(va: f64, ratings_kva: &[u32]) -> u32 {
    let kva = va / 1_000.0;
    let largest = ratings_kva.last().copied().unwrap_or(1_000);
    let one = ratings_kva.iter().copied().find(|&r| f64::from(r) >= kva);
    let kva = one.map_or_else(|| f64::from(largest) * (kva / f64::from(largest)).ceil().min(2_000.0), f64::from);
    // As many as 32 bits of VA hold.
    (kva * 1_000.0).min(4e9) as u32
}

/// One transformer for every building.
pub fn nodes(file: &WorldFile, areas: &Areas, seed: Seed) -> Nodes {
    let n = areas.zones.len();
    let mut zones: Vec<Vec<Node>> = vec![Vec::new(); n];
    let mut by_kind: Vec<[Vec<u32>; 8]> = vec![core::array::from_fn(|_| Vec::new()); n];
    let power_factor = file.load.power_factor.get();
    for (k, kind) in BuildingKind::ALL.into_iter().enumerate() {
        let params = file.load.kinds.get(kind);
        let weights: Vec<f64> = areas.kind_share.iter().map(|z| z[k]).collect();
        let counts = largest_remainder(u64::from(params.buildings.get()), &weights);
        let starts = running(&counts);
        let sizes = building_sizes(seed, kind, *starts.last().unwrap_or(&0), params.size_spread.get());
        let shares = normalised(&sizes, &starts, areas, k);
        for zone in 0..n {
            for i in starts[zone]..starts[zone + 1] {
                let (base_w, cooling_w) = params.split_w(shares[i as usize], BUILDING_MAX_W);
                let peak_w = f64::from(base_w) + f64::from(cooling_w);
                let rating_va = rating_for(params.rating_va(peak_w, power_factor), &file.grid.ratings_kva.0);
                let variant = (mix(i ^ (k as u64) << 32) % crate::site::building::VARIANTS as u64) as u8;
                by_kind[zone][k].push(zones[zone].len() as u32);
                zones[zone].push(Node {
                    rating_va,
                    expected_w: peak_w * EXPECTED_OF_DESIGN,
                    connected_w: peak_w * BUILDING_OVER_DESIGN,
                    building: Some(Building { base_w, cooling_w, node: 0, kind, variant }),
                });
            }
        }
    }
    Nodes { zones, by_kind }
}

/// Relative sizes of the buildings of a kind.
fn building_sizes(seed: Seed, kind: BuildingKind, count: u64, spread: f64) -> Vec<f64> {
    (0..count)
        .map(|i| draw(seed, Purpose::BuildingTraits, kind as u32, i as u32).log_normal(1.0, spread).min(12.0))
        .collect()
}

/// Shares of the kind's city load by building, such that every district has its own share.
fn normalised(sizes: &[f64], starts: &[u64], areas: &Areas, k: usize) -> Vec<f64> {
    let mut size_sum = vec![0.0; areas.districts.len()];
    let mut wanted = vec![0.0; areas.districts.len()];
    for (zone, z) in areas.zones.iter().enumerate() {
        let mine = &sizes[starts[zone] as usize..starts[zone + 1] as usize];
        size_sum[usize::from(z.district)] += mine.iter().sum::<f64>();
        wanted[usize::from(z.district)] += areas.kind_share[zone][k];
    }
    // A district without a building of the kind leaves its share to the others.
    let placed: f64 = wanted.iter().zip(&size_sum).filter(|(_, s)| **s > 0.0).map(|(w, _)| w).sum();
    let mut shares = Vec::with_capacity(sizes.len());
    for (zone, z) in areas.zones.iter().enumerate() {
        let d = usize::from(z.district);
        let scale = wanted[d] / placed.max(1e-12) / size_sum[d].max(1e-12);
        shares.extend(sizes[starts[zone] as usize..starts[zone + 1] as usize].iter().map(|s| s * scale));
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings_are_standard_or_multiples_of_the_largest() {
        let ratings = [400, 630, 800, 1_000, 1_250];
        assert_eq!(rating_for(500_000.0, &ratings), 630_000);
        assert_eq!(rating_for(1_300_000.0, &ratings), 2_500_000);
        assert_eq!(rating_for(1e12, &ratings), 2_500_000_000);
        assert_eq!(rating_for(1e12, &[10_000]), 4_000_000_000);
    }

    #[test]
    fn a_full_transformer_takes_nothing_more() {
        let mut nodes = Nodes { zones: vec![Vec::new()], by_kind: vec![core::array::from_fn(|_| Vec::new())] };
        let mut connect = |place, watts| nodes.connect(0, place, watts, &[1_000], 0.95);
        assert_eq!(connect(0, 6e8), 0, "a zone without a transformer is given one");
        assert_eq!(connect(0, 3e8), 0);
        assert_eq!(connect(0, 3e8), 1);
        assert_eq!(connect(7, 3e8), 2);
    }
}
