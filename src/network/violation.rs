//! Whose power stood behind what a network could not bear.

use super::account::level;
use super::agents::{Agent, Draw};
use super::check::VOLTAGE_BAND_PU;
use super::city::CityNetwork;
use super::section::{Part, Section, nominal};
use super::source::BySource;
use crate::powerflow::attribution::{Share, Shares, Trouble, by_weight, common};
use crate::powerflow::limits::OVERLOADED;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An element that was beyond a limit: overloaded, or with a voltage out of its band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Overloaded {
    /// A transformer, by its row.
    Transformer(u32),
    /// A cable of a feeder, by the feeder's row.
    Feeder(u32),
    /// A 110/10 kV unit, by the number of its section.
    Unit(u32),
    /// Voltages on a feeder, at 10 kV or at users, by the feeder's row.
    Voltage(u32),
}

/// Its overload over a run, in one direction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// How long it lasted, in s.
    pub seconds: u64,
    /// The highest loading; of voltages the greatest distance from the nominal one, in pu.
    pub worst: f64,
    /// Energy by source meanwhile, drawn, in J. What acts on a voltage counts as far as its way from the 110 kV is also
    /// that of the voltage, by resistance.
    pub energy_j: BySource,
    /// Whether power flowed back to the 110 kV; of voltages, whether they were too high.
    pub is_reverse: bool,
    /// The same energy by agent: of a transformer, who is behind it, and as its own what has no agent any more; of what
    /// is above, the transformers behind it.
    pub agents: BTreeMap<Agent, i64>,
}

impl Violation {
    /// Shares of what has caused it and of what has relieved it, by energy; ids are places in
    /// [`Source::ALL`](super::Source::ALL).
    pub fn shares(&self) -> Shares {
        let weights: Vec<(u32, f64)> = (0..).zip(self.energy_j.map(|energy_j| energy_j as f64)).collect();
        by_weight(&weights, self.trouble())
    }

    /// The agents that have caused most of it, `most` of them, each with its energy in J and its share in millionths of
    /// what all that have caused it drew.
    pub fn by_agent(&self, most: usize) -> Vec<(Agent, i64, u32)> {
        let agents: Vec<(Agent, i64)> = self.agents.iter().map(|(agent, energy_j)| (*agent, *energy_j)).collect();
        let weights: Vec<(u32, f64)> = (0..).zip(agents.iter().map(|(_, energy_j)| *energy_j as f64)).collect();
        let mut causes = by_weight(&weights, self.trouble()).causes;
        causes.sort_by_key(|share| (core::cmp::Reverse(share.ppm), share.id));
        let of = |share: &Share| {
            let (agent, energy_j) = agents[share.id as usize];
            (agent, energy_j, share.ppm)
        };
        causes.iter().take(most).map(of).collect()
    }

    /// Adds what was drawn in all areas of a section for some time in s, each by the part of a node's way from the
    /// 110 kV that it has in common with it.
    fn add_by_way(&mut self, section: &Section, node: usize, areas: &[BySource], held_s: i64) {
        let common = common(section.network(), node);
        let whole_pu = common[node].0.max(f64::MIN_POSITIVE);
        for (at, row) in &section.low {
            let part = common[*at].0 / whole_pu;
            let mut sum_j = 0;
            for (energy_j, power_w) in self.energy_j.iter_mut().zip(&areas[*row as usize]) {
                let acts_j = ((power_w * held_s) as f64 * part).round() as i64;
                *energy_j += acts_j;
                sum_j += acts_j;
            }
            *self.agents.entry(Agent::Area(*row)).or_default() += sum_j;
        }
    }

    const fn trouble(&self) -> Trouble {
        if self.is_reverse { Trouble::Return } else { Trouble::Draw }
    }
}

/// All of a run, by element, those of reverse flow and of high voltage apart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Violations(BTreeMap<(Overloaded, bool), Violation>);

impl Violations {
    /// Adds what is beyond a limit as a city was last solved, for what is drawn behind its transformers by row,
    /// and by the agents behind those of them that are.
    pub(super) fn add(&mut self, city: &CityNetwork, areas: &[BySource], draws: &[Draw], held_s: u32) {
        for (number, section) in (0..).zip(city.sections()).filter(|(_, section)| section.has_violation()) {
            self.add_section((number, section), areas, draws, held_s);
        }
    }

    fn add_section(&mut self, (number, section): (u32, &Section), areas: &[BySource], draws: &[Draw], held_s: u32) {
        let mut worst: BTreeMap<(Overloaded, bool), (usize, f64)> = BTreeMap::new();
        let mut note = |of: (Overloaded, bool), node: usize, how_far: f64| {
            let worst = worst.entry(of).or_insert((node, how_far));
            if how_far > worst.1 {
                *worst = (node, how_far);
            }
        };
        for (node, passage) in (1..).zip(section.passages()) {
            if let Some((_, v_pu)) = nominal(passage.part, passage.v_pu)
                && (v_pu - 1.0).abs() > VOLTAGE_BAND_PU
                && let Part::Head(row) = section.part(section.feeder_of(node))
            {
                note((Overloaded::Voltage(row), v_pu > 1.0), node, (v_pu - 1.0).abs());
            }
            if passage.loading <= OVERLOADED {
                continue;
            }
            let element = match passage.part {
                Part::Transformer(row) => Overloaded::Transformer(row),
                // A feeder is as full as the fullest of its cables.
                Part::Head(row) | Part::Cable(row) => Overloaded::Feeder(row),
                Part::Unit => Overloaded::Unit(number),
                Part::Main(_) => continue,
            };
            debug_assert!(level(passage.part).is_some(), "what is counted is told");
            note((element, passage.power_w < 0.0), node, passage.loading);
        }
        for ((element, is_reverse), (node, how_far)) in worst {
            let found = self.0.entry((element, is_reverse)).or_default();
            found.is_reverse = is_reverse;
            found.seconds += u64::from(held_s);
            found.worst = found.worst.max(how_far);
            let held_s = i64::from(held_s);
            if let Overloaded::Voltage(_) = element {
                found.add_by_way(section, node, areas, held_s);
                continue;
            }
            for row in section.behind(node) {
                let area = &areas[row as usize];
                for (sum_j, power_w) in found.energy_j.iter_mut().zip(area) {
                    *sum_j += power_w * held_s;
                }
                if !matches!(element, Overloaded::Transformer(_)) {
                    *found.agents.entry(Agent::Area(row)).or_default() += area.iter().sum::<i64>() * held_s;
                }
            }
            if let Overloaded::Transformer(row) = element {
                let of_row = draws.partition_point(|draw| draw.0 < row)..draws.partition_point(|draw| draw.0 <= row);
                let mut rest_w: i64 = areas[row as usize].iter().sum();
                for (_, agent, power_w) in &draws[of_row] {
                    *found.agents.entry(*agent).or_default() += power_w * held_s;
                    rest_w -= power_w;
                }
                // Flows of vehicles that ended within the step, standby of points, and what is below a watt.
                *found.agents.entry(Agent::Area(row)).or_default() += rest_w * held_s;
            }
        }
    }

    /// Overloads from the longest; of equals the highest first.
    pub fn ranked(&self) -> Vec<(Overloaded, Violation)> {
        let mut all: Vec<(Overloaded, Violation)> =
            self.0.iter().map(|((of, _), found)| (*of, found.clone())).collect();
        all.sort_by(|a, b| b.1.seconds.cmp(&a.1.seconds).then(b.1.worst.total_cmp(&a.1.worst)).then(a.0.cmp(&b.0)));
        all
    }

    /// How many transformers, feeders and units there are among them, and for how long, each counted by itself, in s.
    pub fn by_level(&self) -> [(usize, u64); 3] {
        let mut levels = [(0, 0); 3];
        let mut last = None;
        for ((of, _), found) in &self.0 {
            let (count, seconds) = match of {
                Overloaded::Transformer(_) => &mut levels[0],
                Overloaded::Feeder(_) => &mut levels[1],
                Overloaded::Unit(_) => &mut levels[2],
                Overloaded::Voltage(_) => continue,
            };
            // Both directions of an element stand side by side.
            *count += usize::from(last != Some(*of));
            *seconds += found.seconds;
            last = Some(*of);
        }
        levels
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::powerflow::attribution::WHOLE_PPM;
    use proptest::prelude::*;

    proptest! {
        /// Whatever stood behind an overload, its shares are the whole of it.
        #[test]
        fn shares_are_the_whole(
            energy_j in prop::array::uniform4(-1_000_000_000_i64..1_000_000_000), is_reverse: bool
        ) {
            let shares = Violation { energy_j, is_reverse, ..Violation::default() }.shares();
            let sum = |list: &[crate::powerflow::attribution::Share]| list.iter().map(|share| share.ppm).sum::<u32>();
            let sign = if is_reverse { -1 } else { 1 };
            let any = energy_j.iter().any(|energy| energy * sign > 0);
            prop_assert_eq!(sum(&shares.causes), if any { WHOLE_PPM } else { 0 });
        }
    }

    #[test]
    fn the_longest_comes_first() {
        let mut all = Violations::default();
        let violation = |seconds, worst| Violation { seconds, worst, ..Violation::default() };
        all.0.insert((Overloaded::Transformer(3), false), violation(900, 1.5));
        all.0.insert((Overloaded::Feeder(1), false), violation(1_800, 1.1));
        all.0.insert((Overloaded::Transformer(2), true), violation(900, 1.6));
        all.0.insert((Overloaded::Transformer(3), true), violation(60, 1.1));
        assert_eq!(all.by_level(), [(2, 1_860), (1, 1_800), (0, 0)]);
        all.0.remove(&(Overloaded::Transformer(3), true));
        let order: Vec<Overloaded> = all.ranked().iter().map(|(of, _)| *of).collect();
        assert_eq!(order, [Overloaded::Feeder(1), Overloaded::Transformer(2), Overloaded::Transformer(3)]);
    }
}
