//! All sections of a city, solved side by side.

use super::flow::SectionFlow;
use super::inverter::Inverters;
use super::section::{Load, Section};
use super::source::{BySource, Source};
use crate::parallel::Threads;
use crate::plan::Plan;
use crate::powerflow::NetworkError;

/// Rating of a 110/10 kV unit in VA: a substation's capacity is a whole number of these.
const UNIT_VA: f64 = 63e6;

/// The network of a city.
#[derive(Clone, Debug)]
pub struct CityNetwork {
    sections: Vec<Section>,
    /// Reactive power of what is no vehicle, over its active power.
    tangent: f64,
    inverters: Inverters,
    transformers: usize,
}

/// What came of solving a city. Powers in W.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CityFlow {
    /// Sum over the sections that were solved.
    pub sum: SectionFlow,
    /// Sections that were solved.
    pub solved: usize,
    /// Those that were not, each with what is wrong: they carry more than they can.
    pub unsolved: Vec<String>,
}

/// Active over apparent power of loads, as the tree counts with it.
pub(super) fn power_factor(plan: &Plan) -> f64 {
    let first = plan.transformers.first();
    first.map_or(1.0, |t| (f64::from(t.limit_w) / f64::from(t.rating_va.max(1))).clamp(0.1, 1.0))
}

impl CityNetwork {
    /// The network of a planned world: the same for the same tree, whatever else the world says.
    ///
    /// # Errors
    /// Names the section that is no tree.
    pub fn of(plan: &Plan, threads: Threads) -> Result<Self, NetworkError> {
        let power_factor = power_factor(plan);
        let mut dealt: Vec<((usize, usize), f64, Vec<usize>)> = Vec::new();
        for (substation, of) in plan.substations.iter().enumerate() {
            let units = (of.limit_w as f64 / (UNIT_VA * power_factor)).round().max(1.0);
            let unit_va = of.limit_w as f64 / (units * power_factor);
            let parts = deal(plan, of.feeders.range(), units as usize);
            dealt.extend(parts.into_iter().enumerate().map(|(no, feeders)| ((substation, no), unit_va, feeders)));
        }
        let mut made: Vec<Option<Result<Section, NetworkError>>> = Vec::new();
        made.resize_with(dealt.len(), || None);
        let work = dealt.into_iter().zip(&mut made).collect();
        threads.each(work, |((at, unit_va, feeders), made): (_, &mut Option<_>)| {
            *made = Some(Section::new(plan, at, unit_va, &feeders));
        });
        let sections = made.into_iter().flatten().collect::<Result<_, _>>()?;
        let tangent = (1.0 / (power_factor * power_factor) - 1.0).max(0.0).sqrt();
        Ok(Self { sections, tangent, inverters: Inverters::of(plan), transformers: plan.transformers.len() })
    }

    /// Its sections, in the order of substations.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The section of each feeder of the plan it was made of, by row; nothing for one without transformers.
    pub fn unit_of(&self, plan: &Plan) -> Vec<Option<u32>> {
        let mut unit_of = vec![None; plan.feeders.len()];
        for (number, section) in (0..).zip(&self.sections) {
            section.feeders().for_each(|feeder| unit_of[feeder as usize] = Some(number));
        }
        unit_of
    }

    /// Nodes of all sections.
    pub fn nodes(&self) -> usize {
        self.sections.iter().map(Section::nodes).sum()
    }

    /// The load of each area, by row. Chargers run at a power factor of nearly one, and so do the inverters of solar
    /// arrays and storage unless they look at the voltage; the world's is that of buildings.
    pub fn loads(&self, areas: &[BySource]) -> impl Iterator<Item = Load> {
        areas.iter().enumerate().map(|(row, area)| Load {
            power_w: area.iter().sum::<i64>() as f64,
            reactive_var: area[Source::Buildings as usize].max(0) as f64 * self.tangent,
            inverters_var: self.inverters.most_var(row, area),
        })
    }

    /// How many transformers hang on it.
    pub const fn transformers(&self) -> usize {
        self.transformers
    }

    /// The inverters behind its transformers.
    pub const fn inverters(&self) -> &Inverters {
        &self.inverters
    }

    /// Reactive power of buildings over their active power.
    pub const fn tangent(&self) -> f64 {
        self.tangent
    }

    /// The same, to be put back into a state.
    pub(super) fn sections_mut(&mut self) -> &mut [Section] {
        &mut self.sections
    }

    /// Solves all sections for the loads of transformers by row; what is overloaded then counts as such for some time
    /// in s.
    ///
    /// # Panics
    /// If there are not as many loads as transformers.
    pub fn solve(&mut self, loads: &[Load], held_s: u32, threads: Threads) -> CityFlow {
        assert_eq!(loads.len(), self.transformers, "a load for every transformer");
        let mut flows: Vec<Result<SectionFlow, String>> = vec![Ok(SectionFlow::default()); self.sections.len()];
        let work = self.sections.iter_mut().zip(&mut flows).collect();
        threads.each(work, |(section, flow): (&mut Section, &mut Result<SectionFlow, String>)| {
            *flow = section.solve(|row| loads[row as usize], held_s).map_err(|error| error.to_string());
        });
        let mut city = CityFlow::default();
        for flow in flows {
            match flow {
                Ok(flow) => {
                    city.solved += 1;
                    city.sum.add(&flow);
                }
                Err(error) => city.unsolved.push(error),
            }
        }
        city
    }
}

/// Deals the feeders of a substation to its units: the heaviest first, each to the unit that has least. Units that get
/// none are left out.
fn deal(plan: &Plan, feeders: core::ops::Range<usize>, units: usize) -> Vec<Vec<usize>> {
    let rating_va = |feeder: usize| -> u64 {
        let rows = plan.feeders[feeder].transformers.range();
        rows.map(|row| u64::from(plan.transformers[row].rating_va)).sum()
    };
    let mut order: Vec<(u64, usize)> = feeders.map(|feeder| (rating_va(feeder), feeder)).collect();
    order.sort_by_key(|(va, feeder)| (core::cmp::Reverse(*va), *feeder));
    let mut dealt: Vec<(u64, Vec<usize>)> = vec![(0, Vec::new()); units.max(1)];
    for (va, feeder) in order {
        let Some((sum_va, least)) = dealt.iter_mut().min_by_key(|(sum_va, _)| *sum_va) else { break };
        *sum_va += va;
        least.push(feeder);
    }
    let mut dealt: Vec<Vec<usize>> = dealt.into_iter().map(|(_, feeders)| feeders).collect();
    dealt.retain(|feeders| !feeders.is_empty());
    dealt.iter_mut().for_each(|feeders| feeders.sort_unstable());
    dealt
}

impl CityFlow {
    /// Share of the supply that is lost; none when power flows back.
    pub fn lost_share(&self) -> Option<f64> {
        (self.sum.supplied_w > 0.0).then(|| self.sum.lost_w() / self.sum.supplied_w)
    }
}

#[cfg(test)]
mod tests {
    use super::super::kit::{futian, loads};
    use super::super::section::Part;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn one() -> Threads {
        Threads(1)
    }

    #[test]
    fn every_transformer_hangs_on_one_section() {
        let (plan, city) = futian();
        let rows: Vec<u32> = city.sections().iter().flat_map(Section::transformers).collect();
        assert_eq!(rows.len(), plan.transformers.len());
        assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len());
        for section in city.sections() {
            let of_substation = plan.substations[section.substation as usize].feeders.range();
            for row in section.transformers() {
                assert!(of_substation.contains(&(plan.transformers[row as usize].feeder as usize)));
            }
        }
    }

    /// What the 110 kV delivers is what is drawn and what is lost, whatever the loads, and nothing depends on threads.
    #[test]
    fn power_is_conserved_and_threads_do_not_matter() {
        let (plan, mut city) = futian();
        let mut other = CityNetwork::of(&plan, Threads::start(2)).unwrap();
        for hour in 0..6_usize {
            let loads = loads(&plan, |row| ((row * 7 + hour * 31) % 13) as f64 / 20.0 - 0.1);
            let flow = city.solve(&loads, 900, one());
            assert_eq!(flow.unsolved, Vec::<String>::new());
            let drawn_w: f64 = loads.iter().map(|load| load.power_w).sum();
            let missing_w = flow.sum.supplied_w - flow.sum.lost_w() - drawn_w;
            assert!(missing_w.abs() < 1e-6 * drawn_w.abs(), "{missing_w} W of {drawn_w}");
            assert_eq!(flow, other.solve(&loads, 900, Threads(2)));
            for (a, b) in city.sections().iter().zip(other.sections()) {
                assert!(a.passages().eq(b.passages()), "{}", a.name());
            }
        }
    }

    #[test]
    fn a_section_that_carries_more_than_it_can_is_named_and_others_are_solved() {
        let (plan, mut city) = futian();
        let victim = city.sections()[0].transformers().next().unwrap() as usize;
        let at = |most: f64| loads(&plan, move |row| if row == victim { most } else { 0.2 });
        let flow = city.solve(&at(500.0), 900, one());
        assert_eq!((flow.solved, flow.unsolved.len()), (city.sections().len() - 1, 1));
        assert!(flow.unsolved[0].contains("substation 0, unit 0"), "{:?}", flow.unsolved);
        // It is solved again as soon as it can be.
        let again = city.solve(&at(0.2), 900, one());
        assert!(again.unsolved.is_empty());
        let fresh = CityNetwork::of(&plan, one()).unwrap().solve(&at(0.2), 900, one());
        assert!((again.sum.lost_w() - fresh.sum.lost_w()).abs() < 1.0, "{again:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        /// More load never raises a feeder's lowest voltage as far as its busbar stays where it is.
        #[test]
        fn more_load_means_less_voltage(shares in prop::collection::vec(0.05_f64..0.4, 16)) {
            let (plan, city) = futian();
            let section = city.sections()[0].clone();
            let lowest = |factor: f64| {
                let mut section = section.clone();
                let loads = loads(&plan, |row| factor * shares[row % shares.len()]);
                section.solve(|row| loads[row as usize], 900).unwrap();
                let busbar = section.passages().find(|p| p.part == Part::Unit).unwrap().v_pu;
                section.passages().map(|p| busbar - p.v_pu).fold(0.0, f64::max)
            };
            prop_assert!(lowest(2.0) > lowest(1.0));
        }
    }

    #[test]
    fn units_are_dealt_evenly() {
        let (plan, city) = futian();
        let (mut least, mut most) = (f64::MAX, 0.0_f64);
        for section in city.sections().iter().filter(|section| section.substation == 0) {
            let va: f64 = section.transformers().map(|row| f64::from(plan.transformers[row as usize].rating_va)).sum();
            (least, most) = (least.min(va), most.max(va));
        }
        assert!(most < 1.3 * least, "{least} to {most} VA behind the units of one substation");
    }
}
