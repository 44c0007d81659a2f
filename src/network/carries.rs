//! What a network, as it was last solved, still carries behind each of its elements: what dispatch and charging keep to
//! when they are held to it.

use super::check::VOLTAGE_BAND_PU;
use super::city::CityNetwork;
use super::equipment::S_BASE_VA;
use super::section::{Part, Section, nominal};
use crate::parallel::Threads;
use crate::plan::Plan;
use crate::powerflow::limits::OVERLOADED;
use serde::{Deserialize, Serialize};

/// Net power in W that may be drawn behind an element: `lowest_w..=highest_w`, the lowest negative where power may flow
/// back.
///
/// It is counted where users are: what is lost on the way, and the reactive power, are taken to stay as they were at
/// the last solve. Where a voltage is out of its band, what would move it further is not allowed to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carries {
    /// Lowest net power.
    pub lowest_w: i64,
    /// Highest net power.
    pub highest_w: i64,
}

/// What carries all: no power in a city comes near it, and a thousand times as much is still a number.
const ALL_W: i64 = 1 << 50;

impl Default for Carries {
    fn default() -> Self {
        Self { lowest_w: -ALL_W, highest_w: ALL_W }
    }
}

impl Carries {
    /// The stricter of both.
    fn and(self, other: Self) -> Self {
        Self { lowest_w: self.lowest_w.max(other.lowest_w), highest_w: self.highest_w.min(other.highest_w) }
    }

    /// No more than is drawn now.
    fn no_more_than(&mut self, drawn_w: f64) {
        self.highest_w = self.highest_w.min(drawn_w.floor() as i64);
    }

    /// No less than is drawn now.
    fn no_less_than(&mut self, drawn_w: f64) {
        self.lowest_w = self.lowest_w.max(drawn_w.ceil() as i64);
    }
}

/// What every element of the tree carries, by row; that of substations is the sum of their 110/10 kV units'.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CarriesAll {
    /// Transformers.
    pub transformers: Vec<Carries>,
    /// Feeders.
    pub feeders: Vec<Carries>,
    /// Substations.
    pub substations: Vec<Carries>,
}

impl CarriesAll {
    /// Room for a plan's elements, which carry all before the first solve.
    pub fn of(plan: &Plan) -> Self {
        let all = |count: usize| vec![Carries::default(); count];
        let (transformers, feeders) = (all(plan.transformers.len()), all(plan.feeders.len()));
        Self { transformers, feeders, substations: all(plan.substations.len()) }
    }

    /// Whether it has as many elements of each kind as another.
    pub fn fits(&self, other: &Self) -> bool {
        let counts = |all: &Self| [all.transformers.len(), all.feeders.len(), all.substations.len()];
        counts(self) == counts(other)
    }

    /// Takes what a city carries as it was last solved.
    pub(super) fn look(&mut self, city: &CityNetwork, threads: Threads) {
        let sections = city.sections();
        let mut found: Vec<Vec<(Part, Carries)>> = vec![Vec::new(); sections.len()];
        let work = sections.iter().zip(&mut found).collect();
        threads.each(work, |(section, found): (&Section, &mut Vec<_>)| *found = of_section(section));
        self.substations.fill(Carries { lowest_w: 0, highest_w: 0 });
        for (section, found) in sections.iter().zip(found) {
            for (part, carries) in found {
                match part {
                    Part::Transformer(row) => self.transformers[row as usize] = carries,
                    Part::Head(row) => self.feeders[row as usize] = carries,
                    Part::Unit => {
                        let sum = &mut self.substations[section.substation as usize];
                        sum.lowest_w += carries.lowest_w;
                        sum.highest_w += carries.highest_w;
                    }
                    Part::Cable(_) | Part::Main(_) => {}
                }
            }
        }
    }
}

/// What the transformers, feeders and the unit of a section carry.
fn of_section(section: &Section) -> Vec<(Part, Carries)> {
    let nodes = section.nodes();
    let mut carries = vec![Carries::default(); nodes];
    let drawn_w = drawn(section);
    if section.state().is_solved() {
        for node in 1..nodes {
            carries[node] = of_rating(section, node, drawn_w[node]);
        }
        for node in 1..nodes {
            hold(section, node, &drawn_w, &mut carries);
        }
    } else {
        // It carries more than it can: nothing more, either way.
        for (carries, drawn_w) in carries.iter_mut().zip(&drawn_w) {
            carries.no_more_than(drawn_w.max(0.0));
            carries.no_less_than(drawn_w.min(0.0));
        }
    }
    let of_node = |node: usize| (section.part(node), carries[node]);
    (1..nodes).map(of_node).filter(|(part, _)| !matches!(part, Part::Cable(_) | Part::Main(_))).collect()
}

/// What is drawn behind each node in W.
fn drawn(section: &Section) -> Vec<f64> {
    let loads = section.state().loads();
    let mut drawn_w: Vec<f64> = loads.iter().map(|load| load.re * S_BASE_VA).collect();
    for node in (1..drawn_w.len()).rev() {
        let above = section.network().parent(node).unwrap_or(0);
        drawn_w[above] += drawn_w[node];
    }
    drawn_w
}

/// What the rating of what feeds a node carries: the active power that fills it beside the reactive power it has, less
/// what is lost behind.
fn of_rating(section: &Section, node: usize, drawn_w: f64) -> Carries {
    let flows = section.state().flows(section.network(), node);
    let above = section.network().parent(node).unwrap_or(0);
    let full_pu = OVERLOADED * section.state().v_pu(above) / section.per_current(node);
    let most_w = (full_pu * full_pu - flows.from.im * flows.from.im).max(0.0).sqrt() * S_BASE_VA;
    let lost_w = flows.from.re * S_BASE_VA - drawn_w;
    Carries { lowest_w: (-most_w - lost_w).ceil() as i64, highest_w: (most_w - lost_w).floor() as i64 }
}

/// Passes on to transformers and feeders what cables and mains carry, and what voltages allow.
fn hold(section: &Section, node: usize, drawn_w: &[f64], carries: &mut [Carries]) {
    let part = section.part(node);
    let above = section.network().parent(node).unwrap_or(0);
    match part {
        // The mains carry what their transformer delivers.
        Part::Main(_) => carries[above] = carries[above].and(carries[node]),
        Part::Cable(_) if drawn_w[node] as i64 > carries[node].highest_w => {
            behind(section, node).for_each(|at| carries[at].no_more_than(drawn_w[at]));
        }
        Part::Cable(_) if (drawn_w[node] as i64) < carries[node].lowest_w => {
            behind(section, node).for_each(|at| carries[at].no_less_than(drawn_w[at]));
        }
        _ => {}
    }
    let Some((_, v_pu)) = nominal(part, section.state().v_pu(node)) else { return };
    let held = if matches!(part, Part::Main(_)) { above } else { section.feeder_of(node) };
    if v_pu < 1.0 - VOLTAGE_BAND_PU {
        carries[held].no_more_than(drawn_w[held]);
    } else if v_pu > 1.0 + VOLTAGE_BAND_PU {
        carries[held].no_less_than(drawn_w[held]);
    }
}

/// Nodes of the transformers behind a cable.
fn behind(section: &Section, node: usize) -> impl Iterator<Item = usize> {
    let is_one = move |at: &usize| matches!(section.part(*at), Part::Transformer(_)) && section.is_behind(*at, node);
    (node..section.nodes()).filter(is_one)
}

#[cfg(test)]
mod tests {
    use super::super::kit::{futian, loads};
    use super::super::section::Load;
    use super::*;
    use proptest::prelude::*;

    fn look(plan: &Plan, city: &mut CityNetwork, loads: &[Load]) -> CarriesAll {
        let mut carries = CarriesAll::of(plan);
        city.solve(loads, 0, Threads(1));
        carries.look(city, Threads(1));
        carries
    }

    /// The highest loading of what has a place in the tree and is asked about.
    fn loading(city: &CityNetwork, of: impl Fn(Part) -> bool) -> f64 {
        let all = city.sections().iter().flat_map(Section::passages);
        all.filter(|passage| of(passage.part)).map(|passage| passage.loading).fold(0.0, f64::max)
    }

    /// A transformer that draws, or delivers, what it carries is full but for what is lost more on the way.
    #[test]
    fn what_a_transformer_carries_fills_it() {
        let (plan, mut city) = futian();
        let base = loads(&plan, |_| 0.3);
        let carries = look(&plan, &mut city, &base);
        for row in [0_usize, 17, 400, 1_200] {
            let Carries { lowest_w, highest_w } = carries.transformers[row];
            assert!(lowest_w < 0 && highest_w > base[row].power_w as i64);
            for power_w in [lowest_w, highest_w] {
                let mut changed = base.clone();
                changed[row].power_w = power_w as f64;
                city.solve(&changed, 0, Threads(1));
                let full =
                    loading(&city, |part| matches!(part, Part::Transformer(of) | Part::Main(of) if of == row as u32));
                assert!((0.97..1.05).contains(&full), "transformer {row} at {power_w} W: {full}");
            }
        }
    }

    #[test]
    fn what_a_feeder_carries_fills_its_head() {
        let (plan, mut city) = futian();
        let base = loads(&plan, |_| 0.3);
        let carries = look(&plan, &mut city, &base);
        for row in [0_usize, 3, 40] {
            let mut changed = base.clone();
            let rows = plan.feeders[row].transformers.range();
            let drawn_w: f64 = base[rows.clone()].iter().map(|load| load.power_w).sum();
            let factor = carries.feeders[row].highest_w as f64 / drawn_w;
            changed[rows].iter_mut().for_each(|load| load.power_w *= factor);
            city.solve(&changed, 0, Threads(1));
            let full = loading(&city, |part| part == Part::Head(row as u32));
            // What is lost grows with the square of the load, and the voltage falls.
            assert!((0.98..1.08).contains(&full), "feeder {row}: {full}");
        }
    }

    #[test]
    fn where_a_voltage_is_out_of_its_band_it_is_not_moved_further() {
        let (plan, mut city) = futian();
        let row = 17_usize;
        for (share, is_low) in [(2.2, true), (-2.2, false)] {
            let mut changed = loads(&plan, |_| 0.3);
            changed[row].power_w = f64::from(plan.transformers[row].limit_w) * share;
            let drawn_w = changed[row].power_w;
            let carries = look(&plan, &mut city, &changed).transformers[row];
            let held = if is_low { carries.highest_w as f64 <= drawn_w } else { carries.lowest_w as f64 >= drawn_w };
            assert!(held, "{drawn_w} W drawn: {carries:?}");
        }
        // A section that has no solution takes nothing more.
        let mut changed = loads(&plan, |_| 0.3);
        changed[row].power_w = f64::from(plan.transformers[row].limit_w) * 500.0;
        let carries = look(&plan, &mut city, &changed);
        let section = city.sections().iter().find(|section| !section.state().is_solved()).unwrap();
        for row in section.transformers() {
            let power_w = changed[row as usize].power_w;
            assert!(carries.transformers[row as usize].highest_w as f64 <= power_w.max(0.0));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        /// What nobody changes is within what is carried, unless it is beyond a limit already; threads do not matter.
        #[test]
        fn what_is_drawn_is_within_unless_overloaded(share in -0.6_f64..1.3) {
            let (plan, mut city) = futian();
            let base = loads(&plan, |_| share);
            let carries = look(&plan, &mut city, &base);
            let mut again = CarriesAll::of(&plan);
            again.look(&city, Threads::start(2));
            prop_assert_eq!(&carries, &again);
            let all = city.sections().iter().flat_map(Section::passages);
            for passage in all.filter(|passage| passage.loading < 0.999) {
                let Part::Transformer(row) = passage.part else { continue };
                let (carries, drawn_w) = (carries.transformers[row as usize], base[row as usize].power_w);
                let slack_w = 1e-3 * f64::from(plan.transformers[row as usize].limit_w);
                let above = carries.highest_w as f64 >= drawn_w - slack_w;
                let below = carries.lowest_w as f64 <= drawn_w + slack_w;
                // Mains may be full where the transformer is not.
                prop_assert!((above && below) || share.abs() > 0.8, "{carries:?} at {drawn_w} W");
            }
        }
    }
}
