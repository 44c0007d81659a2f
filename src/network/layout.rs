//! Where transformers and substations stand, and along which ways cables reach them.

use crate::chance::{Purpose, Seed, draw};
use crate::city::geography::Zone;
use crate::city::tree::Run;
use crate::plan::Plan;

/// Addresses of draws: the same for every run of a world, and for every world of the same tree.
pub(super) const STRUCTURE: Seed = Seed(0x6c69_6e65_7320_6f66);
/// Cables follow streets: their length over the distance (assumption: right angles would make 1.27, detours a little).
pub(super) const STREETS: f64 = 1.3;
/// Most of a zone is within this radius of its centre, in m (assumption: beyond are hills and water).
const BUILT_UP_M: f64 = 1_500.0;
/// The golden angle in rad: places of a sunflower's seeds fill a disc evenly.
const GOLDEN_RAD: f64 = 2.399_963_229_728_653;
/// Metres of a degree of latitude.
const METRES_PER_DEGREE: f64 = 111_320.0;

/// A place on a plane, in m east and north of the city's reference point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Spot {
    pub(super) east_m: f64,
    north_m: f64,
}

impl Spot {
    /// A zone's centre; longitudes are shortened as at the latitude of Shenzhen.
    fn of(zone: &Zone) -> Self {
        let shortened = libm::cos(22.6_f64.to_radians());
        Self {
            east_m: (zone.lon - 114.0) * METRES_PER_DEGREE * shortened,
            north_m: (zone.lat - 22.6) * METRES_PER_DEGREE,
        }
    }

    fn away(self, length_m: f64, angle_rad: f64) -> Self {
        let (sine, cosine) = libm::sincos(angle_rad);
        Self { east_m: self.east_m + length_m * cosine, north_m: self.north_m + length_m * sine }
    }

    /// Distance in m.
    pub(super) fn to(self, other: Self) -> f64 {
        let (east, north) = (self.east_m - other.east_m, self.north_m - other.north_m);
        (east * east + north * north).sqrt()
    }
}

/// Middle of a feeder's area: the feeders of a zone share its built-up disc evenly.
pub(super) fn feeder_spot(plan: &Plan, feeder: usize) -> Spot {
    let (spot, radius_m, place, of) = disc(plan, feeder);
    let share = (place as f64 + 0.5) / of as f64;
    spot.away(radius_m * share.sqrt(), place as f64 * GOLDEN_RAD)
}

/// Centre and radius of a feeder's zone, its place among the zone's feeders, and their number.
fn disc(plan: &Plan, feeder: usize) -> (Spot, f64, usize, usize) {
    let zone = usize::from(plan.feeders[feeder].zone);
    let of_zone: Run = plan.tree.zone_feeders[zone];
    let zone = &plan.geography.zones()[zone];
    let radius_m = (zone.area_m2 / core::f64::consts::PI).sqrt().min(BUILT_UP_M);
    (Spot::of(zone), radius_m, feeder - of_zone.first as usize, of_zone.len.max(1) as usize)
}

/// Where each transformer of a feeder stands: somewhere in the feeder's area.
pub(super) fn transformer_spots(plan: &Plan, feeder: usize) -> Vec<Spot> {
    let (_, radius_m, _, of) = disc(plan, feeder);
    let (middle, radius_m) = (feeder_spot(plan, feeder), radius_m / (of as f64).sqrt());
    let spot = |row: usize| {
        let mut draw = draw(STRUCTURE, Purpose::Layout, row as u32, 0);
        let away_m = radius_m * draw.unit().sqrt();
        middle.away(away_m, 2.0 * core::f64::consts::PI * draw.unit())
    };
    plan.feeders[feeder].transformers.range().map(spot).collect()
}

/// Where a substation stands: in the middle of its feeders, each as heavy as it is.
pub(super) fn substation_spot(plan: &Plan, substation: usize) -> Spot {
    let mut sum = (0.0, Spot::default());
    for feeder in plan.substations[substation].feeders.range() {
        let (weight, spot) = (f64::from(plan.feeders[feeder].transformers.len), feeder_spot(plan, feeder));
        sum.0 += weight;
        sum.1.east_m += weight * spot.east_m;
        sum.1.north_m += weight * spot.north_m;
    }
    let weight = f64::max(sum.0, 1.0);
    Spot { east_m: sum.1.east_m / weight, north_m: sum.1.north_m / weight }
}

/// A piece of cable that leads to a transformer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Way {
    /// Place of the transformer among the feeder's.
    pub(super) to: usize,
    /// The transformer it comes from; none from the substation.
    pub(super) from: Option<usize>,
    /// Its length in km.
    pub(super) length_km: f64,
}

/// The cables of a feeder, each after the one it comes from: to the nearest transformer, and then always to the one
/// that is nearest to any that is reached (Prim's least spanning tree).
pub(super) fn ways(plan: &Plan, feeder: usize, substation: Spot) -> Vec<Way> {
    let spots = transformer_spots(plan, feeder);
    let km = |from: Spot, to: Spot| from.to(to) * STREETS / 1e3;
    // What each is nearest to, of all that are reached.
    let mut near: Vec<(Option<usize>, f64)> = spots.iter().map(|spot| (None, km(substation, *spot))).collect();
    let mut reached = vec![false; spots.len()];
    let mut ways = Vec::with_capacity(spots.len());
    while ways.len() < spots.len() {
        let open = (0..spots.len()).filter(|&at| !reached[at]);
        let Some(to) = open.min_by(|&a, &b| near[a].1.total_cmp(&near[b].1)) else { break };
        reached[to] = true;
        ways.push(Way { to, from: near[to].0, length_km: near[to].1 });
        for (at, spot) in spots.iter().enumerate().filter(|(at, _)| !reached[*at]) {
            let length_km = km(spots[to], *spot);
            // One cable leaves the substation; from there on all are reached from one another.
            if near[at].0.is_none() || length_km < near[at].1 {
                near[at] = (Some(to), length_km);
            }
        }
    }
    ways
}
