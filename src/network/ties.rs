//! Open ring ties: cables between the far ends of two feeders, open in normal operation, through which either can be
//! fed from the other.
//!
//! Which feeders form a ring is not published; here neighbours do, behind different units of one substation if there
//! are such, so that the loss of a unit can be borne (assumption of the recipe).

use super::draft::cables;
use super::equipment::TRUNK;
use super::layout::{self, STREETS, Spot, Way};
use crate::plan::Plan;

/// Farthest that the middles of two feeders' areas may lie apart to be next to each other, in m (assumption: the
/// diameter of a zone's built-up disc).
const REACH_M: f64 = 3_000.0;

/// An open cable between two feeders.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tie {
    /// The feeders, by row.
    pub feeders: [u32; 2],
    /// The transformers at which it ends, by row: one of each feeder.
    pub ends: [u32; 2],
    /// Its length in km.
    pub length_km: f64,
    /// What it carries, in VA.
    pub rating_va: f64,
}

/// The ties of a city.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ties {
    /// The ties, in the order of their first feeders.
    pub ties: Vec<Tie>,
    /// Feeders with transformers that have no partner.
    pub lone: usize,
}

impl Ties {
    /// The ties of a planned world: the same for the same tree. `unit_of` tells the unit of each feeder, by row, and
    /// nothing for one without transformers.
    pub fn of(plan: &Plan, unit_of: &[Option<u32>]) -> Self {
        let rows = 0..plan.feeders.len();
        let spots: Vec<Spot> = rows.clone().map(|feeder| layout::feeder_spot(plan, feeder)).collect();
        let mut pairing = Pairing { spots, partner: vec![None; plan.feeders.len()] };
        let of_substation = |substation: usize| plan.substations[substation].feeders.range();
        let has_unit = |feeder: &usize| unit_of[*feeder].is_some();
        for substation in 0..plan.substations.len() {
            let feeders: Vec<usize> = of_substation(substation).filter(has_unit).collect();
            pairing.join(&feeders, |a, b| unit_of[a] != unit_of[b]);
            pairing.join(&feeders, |_, _| true);
        }
        let all: Vec<usize> = rows.filter(has_unit).collect();
        pairing.join(&all, |_, _| true);
        let first = |feeder: &&usize| pairing.partner[**feeder].is_some_and(|partner| partner > **feeder);
        let ties = all.iter().filter(first).filter_map(|&a| tie(plan, a, pairing.partner[a]?)).collect();
        Self { ties, lone: all.iter().filter(|&&feeder| pairing.partner[feeder].is_none()).count() }
    }
}

/// Who is joined with whom.
struct Pairing {
    spots: Vec<Spot>,
    partner: Vec<Option<usize>>,
}

impl Pairing {
    /// Joins feeders that are still alone, the nearest first.
    fn join(&mut self, feeders: &[usize], may: impl Fn(usize, usize) -> bool) {
        let mut alone: Vec<usize> = feeders.iter().copied().filter(|&feeder| self.partner[feeder].is_none()).collect();
        let east = |feeder: usize| self.spots[feeder].east_m;
        alone.sort_by(|&a, &b| east(a).total_cmp(&east(b)).then(a.cmp(&b)));
        let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
        for (place, &one) in alone.iter().enumerate() {
            let near = alone[place + 1..].iter().take_while(|&&other| east(other) - east(one) <= REACH_M);
            for &other in near {
                let (a, b) = (one.min(other), one.max(other));
                let away_m = self.spots[a].to(self.spots[b]);
                if away_m <= REACH_M && may(a, b) {
                    pairs.push((away_m, a, b));
                }
            }
        }
        pairs.sort_by(|x, y| x.0.total_cmp(&y.0).then((x.1, x.2).cmp(&(y.1, y.2))));
        for (_, a, b) in pairs {
            if self.partner[a].is_none() && self.partner[b].is_none() {
                (self.partner[a], self.partner[b]) = (Some(b), Some(a));
            }
        }
    }
}

/// The tie of two feeders.
fn tie(plan: &Plan, a: usize, b: usize) -> Option<Tie> {
    let end = |feeder: usize| {
        let substation = plan.feeders[feeder].substation as usize;
        far_end(&layout::ways(plan, feeder, layout::substation_spot(plan, substation)))
    };
    let ends = [end(a)?, end(b)?];
    let spot = |feeder: usize, end: usize| layout::transformer_spots(plan, feeder)[end];
    let length_km = spot(a, ends[0]).to(spot(b, ends[1])) * STREETS / 1e3;
    let row = |feeder: usize, end: usize| plan.feeders[feeder].transformers.first + end as u32;
    let parallel = cables(plan, a).min(cables(plan, b));
    Some(Tie {
        feeders: [a as u32, b as u32],
        ends: [row(a, ends[0]), row(b, ends[1])],
        length_km,
        rating_va: TRUNK.rated_va(parallel),
    })
}

/// The transformer that is reached through most others: of several the farthest, and of those the first.
fn far_end(ways: &[Way]) -> Option<usize> {
    let mut reached = vec![(0_u32, 0.0_f64); ways.len()];
    for way in ways {
        let (passed, km) = way.from.map_or((0, 0.0), |from| reached[from]);
        reached[way.to] = (passed + 1, km + way.length_km);
    }
    let further = |a: &usize, b: &usize| {
        let (a_at, b_at) = (reached[*a], reached[*b]);
        a_at.0.cmp(&b_at.0).then(a_at.1.total_cmp(&b_at.1)).then(b.cmp(a))
    };
    (0..ways.len()).max_by(further)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::CityNetwork;
    use crate::parallel::Threads;
    use crate::world::Checked;
    use std::path::Path;

    fn of(world: &str) -> (Plan, Vec<Option<u32>>, Ties) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(world);
        let plan = Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}")).plan();
        let unit_of = CityNetwork::of(&plan, Threads(1)).unwrap().unit_of(&plan);
        let ties = Ties::of(&plan, &unit_of);
        (plan, unit_of, ties)
    }

    #[test]
    fn every_feeder_has_at_most_one_partner_nearby() {
        let (plan, unit_of, ties) = of("worlds/futian.ron");
        let mut seen = vec![0; plan.feeders.len()];
        for tie in &ties.ties {
            for (feeder, end) in tie.feeders.into_iter().zip(tie.ends) {
                seen[feeder as usize] += 1;
                assert_eq!(plan.transformers[end as usize].feeder, feeder);
            }
            assert!(tie.feeders[0] < tie.feeders[1] && tie.rating_va > 0.0, "{tie:?}");
        }
        assert!(seen.iter().all(|&times| times <= 1));
        let with_unit = unit_of.iter().flatten().count();
        assert_eq!(2 * ties.ties.len() + ties.lone, with_unit);
        assert!(ties.lone * 10 < with_unit, "{} of {with_unit} are alone", ties.lone);
        let across = |tie: &&Tie| unit_of[tie.feeders[0] as usize] != unit_of[tie.feeders[1] as usize];
        assert!(2 * ties.ties.iter().filter(across).count() > ties.ties.len());
        assert_eq!(ties, Ties::of(&plan, &unit_of));
    }

    #[test]
    fn one_feeder_alone_has_no_partner() {
        let (_, _, ties) = of("worlds/block.ron");
        assert_eq!((ties.ties.len(), ties.lone), (0, 1));
    }

    #[test]
    fn the_far_end_is_reached_through_most() {
        let way = |to, from, length_km| Way { to, from, length_km };
        let ways = [way(2, None, 1.0), way(0, Some(2), 0.1), way(3, Some(2), 9.0), way(1, Some(0), 0.1)];
        assert_eq!(far_end(&ways), Some(1));
        // Of two that are reached through one other, the one that is farther.
        let ways = [way(0, None, 1.0), way(1, Some(0), 0.1), way(2, Some(0), 9.0)];
        assert_eq!(far_end(&ways), Some(2));
        assert_eq!(far_end(&[]), None);
    }
}
