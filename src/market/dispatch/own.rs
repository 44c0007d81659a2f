//! Any policy within a tree: it is asked again until nothing more can be placed.

use super::Policy;
use super::offer::{Offer, Request};
use super::sane::sanitise;
use super::tree::Level;
use super::work::Work;

/// How often a policy is asked before what is left goes to offers by resource. Each time but the last something is
/// filled up, and in a city two or three do; the bound is for policies that hold back (assumption).
const ROUNDS: usize = 8;

/// What a policy is asked about in a round.
#[derive(Default)]
struct Round {
    /// Offers that are open, with what they have to spare.
    offers: Vec<Offer>,
    /// Their indices.
    index: Vec<u32>,
    /// What the policy would call of each in W.
    called_w: Vec<i64>,
}

/// Places what is left of the request as `policy` would.
///
/// In each round the policy shares out the rest among the offers that are still open. Where its answer exceeds the
/// room of an element, the policy itself is asked how to place no more than the room among what it called there, from
/// below, so that a limit is met in the spirit of the policy. Whatever the policy answers is sanitised, and what it
/// leaves over is called by resource: the sum placed is always the greatest possible.
pub(super) fn fill(policy: &dyn Policy, work: &mut Work) {
    // Offers of one transformer, feeder and substation side by side.
    let mut order: Vec<u32> = (0..work.offers.len() as u32).filter(|&i| work.open(i as usize)).collect();
    order.sort_unstable_by_key(|&i| {
        let offer = &work.offers[i as usize];
        let [transformer, feeder, substation] = work.grid.path(offer.node).unwrap_or_default();
        (substation, feeder, transformer, offer.resource, i)
    });
    let mut round = Round::default();
    for _ in 0..ROUNDS {
        round.collect(work, &order);
        if round.offers.is_empty() {
            return;
        }
        let request = Request { power_w: work.left_w, ..*work.request };
        policy.dispatch(&request, &round.offers, work.grid, &mut round.called_w);
        if sanitise(&request, &round.offers, &mut round.called_w) == 0 {
            break;
        }
        for level in Level::ALL {
            round.cut(policy, work, level);
        }
        for (&i, &called_w) in round.index.iter().zip(&round.called_w) {
            work.take(i as usize, called_w);
        }
    }
    let order = work.open_by_resource();
    work.greedy(order);
}

impl Round {
    /// Takes in what is open, in the given order.
    fn collect(&mut self, work: &Work, order: &[u32]) {
        self.index.clear();
        self.index.extend(order.iter().copied().filter(|&i| work.open(i as usize)));
        self.offers.clear();
        // What an offer has to spare takes into account already how long it can hold.
        let spare = |&i: &u32| Offer { most_w: work.spare_w[i as usize], held_s: u32::MAX, ..work.offers[i as usize] };
        self.offers.extend(self.index.iter().map(spare));
        self.called_w.clear();
        self.called_w.resize(self.offers.len(), 0);
    }

    /// Cuts calls to the room of every element of a level.
    fn cut(&mut self, policy: &dyn Policy, work: &Work, level: Level) {
        let row = |offer: &Offer| work.grid.path(offer.node).map(|path| path[level as usize]);
        let mut from = 0;
        let mut fewer: Vec<Offer> = Vec::new();
        for run in self.offers.chunk_by(|a, b| row(a) == row(b)) {
            let called_w = &mut self.called_w[from..from + run.len()];
            from += run.len();
            let room_w = row(&run[0]).map_or(0, |row| work.room_w[level as usize][row]);
            // Sanitised calls sum to no more than the request.
            if called_w.iter().sum::<i64>() <= room_w {
                continue;
            }
            fewer.clear();
            fewer.extend(run.iter().zip(&*called_w).map(|(offer, &most_w)| Offer { most_w, ..*offer }));
            let request = Request { power_w: room_w, ..*work.request };
            policy.dispatch(&request, &fewer, work.grid, called_w);
            sanitise(&request, &fewer, called_w);
        }
    }
}
