//! Requests, offers and trees made from a seed.

use super::super::offer::{Direction, Offer, Request, ResourceKind};
use super::super::tree::{Grid, Level, Room};
use crate::chance::{Draw, Purpose, Seed, draw};
use crate::units::Money;

/// What a policy is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What is asked for.
    pub request: Request,
    /// What there is; resources are unique and in no order.
    pub offers: Vec<Offer>,
    /// The tree above it.
    pub grid: Grid,
}

/// How large a case is, and how far from sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Number of offers.
    pub offers: u32,
    /// Number of transformers; at least one is made.
    pub transformers: u32,
    /// Number of feeders; at least one is made.
    pub feeders: u32,
    /// Number of substations; at least one is made.
    pub substations: u32,
    /// Whether figures at the ends of their types, negative offers and nodes outside the tree occur.
    pub wild: bool,
}

/// A case of random size: up to 60 offers, 12 transformers, 5 feeders and 3 substations, in one of eight with
/// figures at the ends of their types. Many prices, laxities and uses are equal, so that ties are common.
pub fn case(seed: u64) -> Case {
    let mut d = draw(Seed(seed), Purpose::Test, 0, 0);
    let shape = Shape {
        offers: d.below(61),
        transformers: 1 + d.below(12),
        feeders: 1 + d.below(5),
        substations: 1 + d.below(3),
        wild: d.below(8) == 0,
    };
    case_of(seed, shape)
}

/// A case of a given shape.
pub fn case_of(seed: u64, shape: Shape) -> Case {
    let seed = Seed(seed);
    let mut d = draw(seed, Purpose::Test, 1, 0);
    let direction = if d.chance(0.5) { Direction::Reduce } else { Direction::Raise };
    let hold_s = [0, 900, 3_600][d.below(3) as usize];
    let mut request = Request { direction, power_w: 0, now_s: d.below(86_400), hold_s };
    let offers: Vec<Offer> = (0..shape.offers).map(|i| offer(seed, i, shape)).collect();
    let mut grid = tree(shape);
    set_rooms(&mut d, &mut grid, &request, &offers, shape.wild);
    let total_w: i128 = offers.iter().map(|o| i128::from(o.within_w(&request))).sum();
    let total_w = total_w.min(i128::from(i64::MAX)) as i64;
    request.power_w = match d.below(10) {
        0 => 0,
        1 if shape.wild => i64::MAX,
        1 => -total_w,
        2 => total_w,
        3 => 1,
        _ => (total_w as f64 * 1.2 * d.unit()) as i64,
    };
    Case { request, offers, grid }
}

fn offer(seed: Seed, i: u32, shape: Shape) -> Offer {
    let mut d = draw(seed, Purpose::Test, i, 1);
    let kind = [ResourceKind::Charging, ResourceKind::V2g, ResourceKind::Cooling, ResourceKind::UserStorage];
    let odd = shape.wild && d.below(6) == 0;
    Offer {
        // Unique, with gaps, and in no order: an odd multiple permutes 32 bits.
        resource: i.wrapping_mul(0x9e37_79b1),
        node: if odd && d.below(2) == 0 { u32::MAX - i } else { d.below(shape.transformers.max(1)) },
        aggregator: d.below(5) as u16,
        kind: kind[d.below(4) as usize],
        held_s: [0, 450, 7_200, u32::MAX][d.weighted(&[1.0, 3.0, 6.0, 16.0])],
        most_w: match d.below(8) {
            0 => 0,
            1 if odd => i64::MIN,
            2 if odd => i64::MAX,
            1..=3 => 7_000,
            4 => i64::from(d.below(10)),
            _ => i64::from(d.below(120_000)),
        },
        laxity_s: if odd { i64::MIN } else { [0, 600, 7_200, i64::MAX][d.below(4) as usize] },
        price_per_kwh: Money(if odd { i64::MIN } else { i64::from(d.below(6)) * 500_000 - 500_000 }),
        used_j: if odd { i64::MAX } else { i64::from(d.below(8)) * 3_600_000 },
    }
}

/// Transformers in runs by feeder, feeders in runs by substation.
fn tree(shape: Shape) -> Grid {
    let runs = |rows: u32, parents: u32| {
        let (rows, parents) = (u64::from(rows.max(1)), u64::from(parents.max(1)));
        (0..rows).map(|row| (row * parents / rows) as u32).collect::<Vec<u32>>()
    };
    let feeder_of = runs(shape.transformers, shape.feeders);
    let substation_of = runs(shape.feeders, shape.substations);
    Grid::new(feeder_of, substation_of, shape.substations.max(1) as usize).expect("runs stay within their parents")
}

/// Rooms about as large as what is offered behind each element, so that some bind at every level.
fn set_rooms(d: &mut Draw, grid: &mut Grid, request: &Request, offers: &[Offer], wild: bool) {
    for level in Level::ALL {
        let mut behind_w = vec![0_i128; grid.rooms(level).len()];
        for offer in offers {
            if let Some(path) = grid.path(offer.node) {
                behind_w[path[level as usize]] += i128::from(offer.within_w(request));
            }
        }
        for (room, behind_w) in grid.rooms_mut(level).iter_mut().zip(behind_w) {
            let behind_w = behind_w.min(i128::from(i64::MAX)) as i64;
            let mut one_way = || match d.below(10) {
                0 => 0,
                1 => -(behind_w / 2),
                2 if wild => i64::MIN,
                2..=4 => i64::MAX,
                5 => behind_w,
                _ => (behind_w as f64 * d.unit()) as i64,
            };
            *room = Room { fall_w: one_way(), rise_w: one_way() };
        }
    }
}

/// The same case with its offers in another order, drawn from the seed.
pub fn shuffled(seed: u64, case: &Case) -> Case {
    let mut d = draw(Seed(seed), Purpose::Test, 2, 2);
    let mut other = case.clone();
    // Fisher and Yates (Durstenfeld 1964).
    for i in (1..other.offers.len()).rev() {
        other.offers.swap(i, d.below(i as u32 + 1) as usize);
    }
    other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_repeat_and_differ() {
        assert_eq!(case(3), case(3));
        assert_ne!(case(3), case(4));
        for seed in 0..200 {
            let mut ids: Vec<u32> = case(seed).offers.iter().map(|o| o.resource).collect();
            ids.sort_unstable();
            assert!(ids.windows(2).all(|w| w[0] < w[1]), "{seed}");
        }
    }

    #[test]
    fn cases_cover_what_matters() {
        let cases: Vec<Case> = (0..400).map(case).collect();
        let share = |what: fn(&Case) -> bool| cases.iter().filter(|c| what(c)).count();
        assert!(share(|c| c.grid.most_w(&c.request, &c.offers) == c.request.power_w) > 80);
        assert!(share(|c| c.grid.most_w(&c.request, &c.offers) < c.request.power_w) > 80);
        assert!(share(|c| c.request.power_w <= 0) > 20);
        assert!(share(|c| c.offers.iter().any(|o| o.most_w == i64::MAX)) > 5);
        assert!(share(|c| c.offers.iter().any(|o| c.grid.path(o.node).is_none())) > 5);
        assert!(share(|c| c.offers.is_empty()) >= 1);
    }
}
