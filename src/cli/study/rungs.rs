//! What follows from the rungs of a ladder: what each further gun brings, where that falls off, and why.

use voltcity::market::ladder::{Reach, Tightest};
use voltcity::network::LetThrough;

/// Share of ordinary guns up to which a gun's gain is the yardstick for those that follow.
pub(super) const FIRST: f64 = 0.05;
/// Part of the yardstick below which a ladder is taken to be saturated.
pub(super) const SATURATED: f64 = 0.5;
/// Part of the vehicles that could be called at two-way guns from which more guns find no vehicles.
const NEARLY_ALL: f64 = 0.8;
/// Part of what could be delivered that wires let through, below which it is they that limit it.
const NEARLY_FREE: f64 = 0.95;

/// A rung.
#[derive(Clone, Debug)]
pub(super) struct Rung {
    /// Share of ordinary guns that are two-way.
    pub(super) share: f64,
    /// What V2G can do.
    pub(super) reach: Reach,
    /// What the network, solved, lets through of it, if that was asked for.
    pub(super) wires: Option<LetThrough>,
}

/// A ladder that has been climbed.
pub(super) struct Climbed {
    /// What it is called.
    pub(super) name: String,
    /// Its rungs, from below.
    pub(super) rungs: Vec<Rung>,
}

/// What limits V2G on a rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// Nobody can deliver anything.
    Nothing,
    /// Transformers, feeders or substations.
    Wires,
    /// Nearly all vehicles that could be called stand at two-way guns.
    Cars,
    /// Many vehicles that could be called stand at guns that are not two-way.
    Guns,
}

impl Rung {
    /// What the tree lets through, in MW.
    pub(super) fn mw(&self) -> f64 {
        self.reach.through_w as f64 / 1e6
    }

    /// What it lets through for each thousand two-way guns, in MW; nothing without a gun.
    pub(super) fn average(&self) -> Option<f64> {
        (self.reach.guns > 0).then(|| self.mw() * 1e3 / self.reach.guns as f64)
    }

    /// What each thousand guns more bring than a rung below, in MW; nothing if there are none more.
    pub(super) fn marginal(&self, below: &Self) -> Option<f64> {
        let guns = self.reach.guns.checked_sub(below.reach.guns).filter(|guns| *guns > 0)?;
        Some((self.mw() - below.mw()) * 1e3 / guns as f64)
    }

    /// Part of the vehicles that could be called, were every gun two-way, that stand at one.
    pub(super) fn matched(&self) -> f64 {
        self.reach.funnel.plugged as f64 / self.reach.plugged_anywhere.max(1) as f64
    }

    /// What limits it.
    pub(super) fn limit(&self) -> Limit {
        if self.reach.able_w == 0 {
            Limit::Nothing
        } else if (self.reach.through_w as f64) < NEARLY_FREE * self.reach.able_w as f64 {
            Limit::Wires
        } else if self.matched() >= NEARLY_ALL {
            Limit::Cars
        } else {
            Limit::Guns
        }
    }
}

impl Climbed {
    /// What each thousand guns more bring, by rung, in MW.
    pub(super) fn marginals(&self) -> Vec<Option<f64>> {
        let steps = self.rungs.windows(2).map(|pair| pair[1].marginal(&pair[0]));
        core::iter::once(None).chain(steps).collect()
    }

    /// What each thousand of the first guns bring, in MW, and the rung up to which they are the first.
    pub(super) fn yardstick(&self) -> Option<(usize, f64)> {
        let last = self.rungs.iter().rposition(|rung| rung.share <= FIRST).unwrap_or(0).max(1);
        let gain = self.rungs.get(last)?.marginal(self.rungs.first()?)?;
        Some((last, gain)).filter(|(_, gain)| *gain > 0.0)
    }

    /// The rung from which on every further gun brings less than a part of what the first ones bring.
    pub(super) fn saturates(&self) -> Option<usize> {
        let (last, first) = self.yardstick()?;
        let is_poor = |marginal: &Option<f64>| marginal.is_some_and(|gain| gain < SATURATED * first);
        let poor = self.marginals().iter().rev().take_while(|gain| is_poor(gain)).count();
        let from = self.rungs.len() - poor;
        (poor > 0 && from > last).then_some(from)
    }

    /// The first rung on which a transformer holds something back, and that transformer; if none does, the transformer
    /// whose room is used most on the last rung.
    pub(super) fn tightest(&self) -> Option<(usize, Tightest)> {
        let at = |i: usize| Some((i, *self.rungs.get(i)?.reach.tightest.first()?));
        let binds = |i: &usize| self.rungs[*i].reach.binding[0] > 0;
        (0..self.rungs.len()).find(binds).map_or_else(|| at(self.rungs.len().checked_sub(1)?), at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voltcity::market::capability::Funnel;

    fn rung(share: f64, guns: u64, mw: i64, through_mw: i64, plugged: u64) -> Rung {
        let reach = Reach {
            guns,
            funnel: Funnel { plugged, ..Funnel::default() },
            plugged_anywhere: 100,
            able_w: mw * 1_000_000,
            sold_w: 0,
            through_w: through_mw * 1_000_000,
            by_kind_w: [0; 8],
            binding: [usize::from(through_mw < mw), 0, 0],
            tightest: Vec::new(),
            by_node: Vec::new(),
        };
        Rung { share, reach, wires: None }
    }

    fn ladder(rungs: &[(f64, u64, i64, i64, u64)]) -> Climbed {
        let rungs = rungs.iter().map(|&(share, guns, mw, through, plugged)| rung(share, guns, mw, through, plugged));
        Climbed { name: "test".to_owned(), rungs: rungs.collect() }
    }

    #[test]
    fn a_ladder_saturates_where_guns_bring_half_of_what_the_first_brought() {
        let climbed = ladder(&[
            (0.0, 1_000, 10, 10, 5),
            (0.05, 2_000, 12, 12, 30),
            (0.1, 3_000, 14, 14, 60),
            (0.3, 7_000, 16, 16, 90),
            (0.5, 11_000, 17, 17, 100),
        ]);
        assert_eq!(climbed.yardstick(), Some((1, 2.0)));
        assert_eq!(climbed.marginals(), [None, Some(2.0), Some(2.0), Some(0.5), Some(0.25)]);
        assert_eq!(climbed.saturates(), Some(3));
        assert_eq!(climbed.rungs[0].average(), Some(10.0));
        assert_eq!(
            climbed.rungs.iter().map(Rung::limit).collect::<Vec<_>>()[2..],
            [Limit::Guns, Limit::Cars, Limit::Cars]
        );
    }

    #[test]
    fn a_ladder_that_rises_evenly_or_brings_nothing_does_not_saturate() {
        let even = ladder(&[(0.0, 0, 0, 0, 0), (0.1, 1_000, 1, 1, 50), (0.2, 2_000, 2, 2, 60)]);
        assert_eq!((even.saturates(), even.rungs[0].average()), (None, None));
        let nothing = ladder(&[(0.0, 1_000, 0, 0, 0), (0.1, 1_000, 0, 0, 0)]);
        assert_eq!((nothing.saturates(), nothing.rungs[1].limit()), (None, Limit::Nothing));
        assert_eq!(nothing.marginals(), [None, None]);
        let bound = ladder(&[(0.0, 0, 0, 0, 0), (0.1, 1_000, 10, 4, 50)]);
        assert_eq!(bound.rungs[1].limit(), Limit::Wires);
    }
}
