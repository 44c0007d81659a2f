//! Equal shares within a tree: water-filling, exactly.
//!
//! All offers rise together, each to the same share of what it can do. Where an element is full, everyone behind it
//! stops at the level reached, and the others go on until the request is met. The outcome is the max-min fair one
//! (Bertsekas and Gallager, Data Networks, section 6.5.2): nobody's share could grow without that of someone with no
//! greater share shrinking. It is found without steps, from below, one sorted sweep for each level of the tree.

use super::proportional::share;
use super::tree::Level;
use super::work::Work;

/// The level of an offer that is called in full. Levels are whole multiples of 2^-40, which is less than a watt of
/// a terawatt; comparisons of weight times level are exact in 128 bits.
const FULL: u64 = 1 << 40;
const BITS: u32 = 40;

/// An offer that takes part.
#[derive(Clone, Copy)]
struct Part {
    /// Level at which it stops.
    level: u64,
    /// Its index.
    index: u32,
    /// What it can give in W.
    weight_w: i64,
}

/// Shares what is left of the request in proportion to what each open offer has to spare.
pub(super) fn fill(work: &mut Work) {
    if fits_at_once(work) {
        return;
    }
    let mut parts: Vec<Part> = (0..work.offers.len())
        .filter(|&i| work.open(i))
        .map(|i| Part { level: FULL, index: i as u32, weight_w: work.spare_w[i] })
        .collect();
    for level in Level::ALL {
        // Open offers are within the tree.
        let row = |part: &Part| work.grid.path(work.offers[part.index as usize].node).map_or(0, |p| p[level as usize]);
        stop_where_full(&mut parts, &work.room_w[level as usize], row);
    }
    stop_where_full(&mut parts, &[work.left_w], |_| 0);
    for part in &parts {
        let (power_w, _) = part.at_level();
        work.take(part.index as usize, power_w);
    }
    round_up(work, parts);
}

/// Calls the plain shares if they keep to all limits: limits that do not bind must change nothing.
fn fits_at_once(work: &mut Work) -> bool {
    let mut parts_w: Vec<i64> =
        (0..work.offers.len()).map(|i| if work.open(i) { work.spare_w[i] } else { 0 }).collect();
    share(work.left_w, &mut parts_w, |i| work.offers[i].resource);
    let mut sums_w: [Vec<i128>; 3] = core::array::from_fn(|l| vec![0; work.room_w[l].len()]);
    for (offer, &part_w) in work.offers.iter().zip(&parts_w) {
        let Some(path) = work.grid.path(offer.node) else { continue };
        for (row, sums_w) in path.into_iter().zip(&mut sums_w) {
            sums_w[row] += i128::from(part_w);
        }
    }
    let over = |l: usize| sums_w[l].iter().zip(&work.room_w[l]).any(|(&sum_w, &room_w)| sum_w > i128::from(room_w));
    if (0..3).any(over) {
        return false;
    }
    for (i, part_w) in parts_w.into_iter().enumerate() {
        work.take(i, part_w);
    }
    true
}

/// What the offers behind one element come to as the level rises.
#[derive(Clone, Copy)]
struct Sweep {
    /// Weights of those that still rise, in W.
    rising_w: i128,
    /// Sum of weight times level of those that have stopped.
    stopped: i128,
    /// The level at which the element is full.
    level: u64,
}

/// Lowers the level of every part to that at which the element above it is full; `row` tells a part's element.
fn stop_where_full(parts: &mut [Part], room_w: &[i64], row: impl Fn(&Part) -> usize) {
    let mut sweeps = vec![Sweep { rising_w: 0, stopped: 0, level: FULL }; room_w.len()];
    for part in &*parts {
        sweeps[row(part)].rising_w += i128::from(part.weight_w);
    }
    // Behind an element parts stop in the order of their levels. Equals may come in any order: sums are exact.
    parts.sort_unstable_by_key(|part| part.level);
    for part in &*parts {
        let row = row(part);
        let sweep = &mut sweeps[row];
        if sweep.level < FULL {
            continue;
        }
        let left = (i128::from(room_w[row]) << BITS) - sweep.stopped;
        if left < i128::from(part.level) * sweep.rising_w {
            // Full before this part stops. Rounding down keeps the sum within the room.
            sweep.level = (left / sweep.rising_w) as u64;
        } else {
            sweep.stopped += i128::from(part.weight_w) * i128::from(part.level);
            sweep.rising_w -= i128::from(part.weight_w);
        }
    }
    for part in parts {
        part.level = part.level.min(sweeps[row(part)].level);
    }
}

impl Part {
    /// Whole watts at its level, and the remainder in 2^-40 W.
    fn at_level(&self) -> (i64, u64) {
        let exact = u128::from(self.level) * self.weight_w as u128;
        ((exact >> BITS) as i64, exact as u64 & (FULL - 1))
    }
}

/// Places what rounding down left over: a watt each by largest remainder where there is room, and the crumbs of the
/// fixed-point levels by resource.
fn round_up(work: &mut Work, mut parts: Vec<Part>) {
    let offers = work.offers;
    parts.retain(|part| work.open(part.index as usize));
    parts.sort_unstable_by_key(|part| {
        (core::cmp::Reverse(part.at_level().1), offers[part.index as usize].resource, part.index)
    });
    for part in parts {
        work.take(part.index as usize, 1);
    }
    let order = work.open_by_resource();
    work.greedy(order);
}

#[cfg(test)]
mod tests {
    use super::super::kit::{self, Case, Shape};
    use super::super::{Limited, Proportional, Request, Room};
    use super::*;
    use proptest::prelude::*;

    fn plain(seed: u64) -> Case {
        kit::case_of(seed, Shape { offers: 40, transformers: 9, feeders: 4, substations: 2, wild: false })
    }

    fn called(case: &Case) -> Vec<i64> {
        kit::call(&Limited::new(Proportional), case)
    }

    #[test]
    fn a_full_transformer_leaves_its_share_to_the_others() {
        // Three equal offers of 90 kW, two of them behind a transformer with room for 30 kW.
        let mut case = kit::case_of(0, Shape { offers: 3, transformers: 2, feeders: 1, substations: 1, wild: false });
        case.request = Request { power_w: 60_000, hold_s: 0, ..case.request };
        for (offer, (resource, node)) in case.offers.iter_mut().zip([(0, 0), (1, 0), (2, 1)]) {
            (offer.resource, offer.node, offer.most_w) = (resource, node, 90_000);
        }
        for level in Level::ALL {
            case.grid.rooms_mut(level).fill(Room::FREE);
        }
        assert_eq!(called(&case), [20_000, 20_000, 20_000]);
        case.grid.rooms_mut(Level::Transformer)[0] = Room { fall_w: 30_001, rise_w: 30_001 };
        assert_eq!(called(&case), [15_001, 15_000, 29_999]);
        case.grid.rooms_mut(Level::Substation)[0] = Room { fall_w: 33_000, rise_w: 33_000 };
        assert_eq!(called(&case), [11_000, 11_000, 11_000]);
    }

    /// True if the offer is called in full, or nobody behind some full element above it has a greater share, or nobody
    /// at all has while the request is met. Rounding may be two watts at an offer, and one for each behind an element.
    fn bottleneck(case: &Case, called_w: &[i64], i: usize) -> bool {
        let within = |j: usize| case.offers[j].within_w(&case.request);
        let no_greater = |j: usize| {
            // called_j / within_j <= called_i / within_i, with two watts on either side.
            i128::from(called_w[j] - 2) * i128::from(within(i)) <= i128::from(called_w[i] + 2) * i128::from(within(j))
        };
        let all = |among: &dyn Fn(usize) -> bool| {
            (0..called_w.len()).filter(|&j| among(j) && within(j) > 0 && called_w[j] > 0).all(no_greater)
        };
        let placed_w: i64 = called_w.iter().sum();
        let path = case.grid.path(case.offers[i].node).unwrap();
        let behind = |level: Level, j: usize| {
            case.grid.path(case.offers[j].node).is_some_and(|other| other[level as usize] == path[level as usize])
        };
        called_w[i] == within(i)
            || (placed_w == case.request.wanted_w() && all(&|_| true))
            || Level::ALL.into_iter().any(|level| {
                let sum_w: i64 = (0..called_w.len()).filter(|&j| behind(level, j)).map(|j| called_w[j] + 1).sum();
                let room_w = case.grid.rooms(level)[path[level as usize]].room_w(case.request.direction);
                sum_w >= room_w && all(&|j| behind(level, j))
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn shares_are_max_min_fair(seed: u64) {
            let case = plain(seed);
            let called_w = called(&case);
            for i in 0..called_w.len() {
                prop_assert!(bottleneck(&case, &called_w, i), "offer {} of {:?}", i, called_w);
            }
        }

        #[test]
        fn limits_that_do_not_bind_change_nothing(seed: u64) {
            let case = plain(seed);
            let bare_w = kit::call(&Proportional, &case);
            if kit::tree(&case, &bare_w).is_ok() {
                prop_assert_eq!(called(&case), bare_w);
            }
        }

        #[test]
        fn nobody_gives_less_when_more_is_asked(seed: u64, more_w in 1..200_000_i64) {
            let case = plain(seed);
            let power_w = case.request.power_w.saturating_add(more_w);
            let more = Case { request: Request { power_w, ..case.request }, ..case.clone() };
            for (less_w, more_w) in called(&case).into_iter().zip(called(&more)) {
                // A watt of rounding apart.
                prop_assert!(more_w >= less_w - 1, "{} after {}", more_w, less_w);
            }
        }
    }
}
