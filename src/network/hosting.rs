//! Hosting capacity: how much more active power of a kind an element takes before the first limit binds.
//!
//! Added power has a power factor of one; all else stays as it is. Limits are the rated currents of everything on the
//! way from where it is added to the 110 kV, and the band of voltages
//! at every node of the section, of 10 kV and of users. The tap changer
//! regulates as in operation: each trial begins where it stands without what is added.
//!
//! A loading counts where power flows the way of what is added, and a voltage that is outside its band on the side
//! that is relieved must only not get worse: feed-in is not held against an element that draws too much.

use super::check::VOLTAGE_BAND_PU;
use super::city::CityNetwork;
use super::equipment::S_BASE_VA;
use super::section::{Load, Part, Section, nominal};
use crate::parallel::Threads;
use crate::powerflow::limits::OVERLOADED;
use crate::powerflow::tap::{TapError, TapPosition, regulate};
use crate::powerflow::{Complex, Options};

#[cfg(test)]
mod tests;

/// What is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Charging: it draws.
    Charging,
    /// Vehicles that give back: they feed in.
    V2g,
    /// Solar arrays: they feed in.
    Pv,
}

/// Where it is added, all at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Behind one distribution transformer.
    Transformer,
    /// Behind all transformers of one feeder, in proportion to their ratings.
    Feeder,
    /// Behind all transformers of one 110/10 kV unit, in proportion to their ratings.
    Substation,
}

/// What keeps an element from taking more, or holds some of a change back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Rating of a distribution transformer.
    Transformer,
    /// Rated current of a cable: at 10 kV, or of the mains behind a transformer.
    Cable,
    /// Rating of the 110/10 kV unit.
    Unit,
    /// Lowest allowed voltage; also that of a section that finds no voltages at all.
    LowVoltage,
    /// Highest allowed voltage.
    HighVoltage,
}

impl Limit {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Transformer, Self::Cable, Self::Unit, Self::LowVoltage, Self::HighVoltage];

    /// What a part's rating is called.
    pub(super) const fn of(part: Part) -> Self {
        match part {
            Part::Unit => Self::Unit,
            Part::Head(_) | Part::Cable(_) | Part::Main(_) => Self::Cable,
            Part::Transformer(_) => Self::Transformer,
        }
    }
}

/// What one element takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hosting {
    /// The element: a transformer, the head of a feeder, or the unit.
    pub of: Part,
    /// What can be added in W; 0 where a limit is broken without it.
    pub added_w: f64,
    /// The limit that binds first, or is broken already.
    pub limit: Limit,
    /// The part in which it binds; of a voltage, the part behind which it is.
    pub at: Part,
    /// Whether it is broken without anything added.
    pub is_broken: bool,
}

/// What the elements of a city take.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CityHosting {
    /// Every element with the place of its section, in the order of sections and of their rows.
    pub elements: Vec<(u32, Hosting)>,
    /// Sections that have no solution as they are, each with what is wrong.
    pub unsolved: Vec<String>,
}

/// What each element of a city takes, for what is drawn behind transformers by row. Nothing depends on threads.
///
/// # Panics
/// If there are not as many loads as transformers.
pub fn of_city(city: &CityNetwork, loads: &[Load], kind: Kind, level: Level, threads: Threads) -> CityHosting {
    let sections = city.sections();
    let transformers: usize = sections.iter().map(|section| section.transformers().count()).sum();
    assert_eq!(loads.len(), transformers, "a load for every transformer");
    let mut made: Vec<Result<Vec<Hosting>, String>> = vec![Ok(Vec::new()); sections.len()];
    let work = sections.iter().zip(&mut made).collect();
    threads.each(work, |(section, made): (&Section, &mut Result<Vec<Hosting>, String>)| {
        *made = of_section(section, |row| loads[row as usize], kind, level).map_err(|error| error.to_string());
    });
    let mut all = CityHosting::default();
    for (number, made) in (0..).zip(made) {
        match made {
            Ok(made) => all.elements.extend(made.into_iter().map(|hosting| (number, hosting))),
            Err(error) => all.unsolved.push(error),
        }
    }
    all
}

/// What each element of a section takes, for what is drawn behind its transformers, in the order of rows. The section
/// itself is left as it is; its tap changer begins where it stands there.
///
/// # Errors
/// The section has no solution as it is: it carries more than it can.
pub fn of_section(
    section: &Section,
    load: impl Fn(u32) -> Load,
    kind: Kind,
    level: Level,
) -> Result<Vec<Hosting>, TapError> {
    let mut base = section.clone();
    base.solve(load, 0)?;
    let mut search = Search::new(&base, kind);
    Ok(groups(&base, level).iter().map(|group| search.capacity(group)).collect())
}

/// Transformers behind which power is added together. Nodes are those of the section.
struct Group {
    of: Part,
    /// Nodes of users and the share that each gets.
    members: Vec<(usize, f64)>,
    /// Nodes on the way to the 110 kV, and the share that flows through the part before each.
    way: Vec<(usize, f64)>,
}

impl Group {
    fn new(section: &Section, of: Part, nodes: &[usize]) -> Self {
        // Of the transformer before the mains.
        let rating_a = |node: &usize| section.parts[section.network.parent(*node).unwrap_or(0)].1.to_a;
        let sum_a: f64 = nodes.iter().map(rating_a).sum();
        let members: Vec<(usize, f64)> = nodes.iter().map(|node| (*node, rating_a(node) / sum_a)).collect();
        let mut through = vec![0.0; section.network.len()];
        members.iter().for_each(|(node, share)| through[*node] = *share);
        // A parent comes before its children.
        for node in (1..through.len()).rev() {
            let parent = section.network.parent(node).unwrap_or(0);
            through[parent] += through[node];
        }
        let way = (1..through.len()).filter(|&node| through[node] > 0.0).map(|node| (node, through[node])).collect();
        Self { of, members, way }
    }
}

/// The elements of a level, in the order of their rows.
fn groups(section: &Section, level: Level) -> Vec<Group> {
    // By the first cable on the way up.
    let feeder = |node: usize| {
        let mut way = std::iter::successors(Some(node), |&node| section.network.parent(node));
        way.find_map(|node| match section.parts[node].0 {
            Part::Head(row) | Part::Cable(row) => Some(row),
            Part::Unit | Part::Transformer(_) | Part::Main(_) => None,
        })
    };
    let element = |&(node, row): &(usize, u32)| match level {
        Level::Transformer => Some((row, Part::Transformer(row), node)),
        Level::Feeder => feeder(node).map(|row| (row, Part::Head(row), node)),
        Level::Substation => Some((0, Part::Unit, node)),
    };
    let mut all: Vec<(u32, Part, usize)> = section.low.iter().filter_map(element).collect();
    all.sort_by_key(|(row, _, node)| (*row, *node));
    let group = |of: &[(u32, Part, usize)]| {
        let nodes: Vec<usize> = of.iter().map(|(.., node)| *node).collect();
        Group::new(section, of[0].1, &nodes)
    };
    all.chunk_by(|a, b| a.0 == b.0).map(group).collect()
}

/// What of a trial is nearest to its limit.
#[derive(Clone, Copy)]
struct Worst {
    /// What is left, as a share of the rating or of the width of the band to one side; negative beyond the limit.
    left: f64,
    limit: Limit,
    node: usize,
}

/// A trial.
#[derive(Clone, Copy)]
struct Trial {
    added_w: f64,
    /// None when there is no solution.
    worst: Option<Worst>,
}

impl Trial {
    fn holds(&self) -> bool {
        self.worst.is_some_and(|worst| worst.left >= 0.0)
    }

    fn left(&self) -> f64 {
        self.worst.map_or(f64::NEG_INFINITY, |worst| worst.left)
    }
}

/// Trials of a search at most. Four is usual; halving alone takes 30 from any guess.
const TRIALS: usize = 80;
/// How far a voltage on the relieved side may move by the tolerance of a solve, in pu.
const SOLVED_PU: f64 = 1e-6;

/// To what the capacity is found: 0.1 % of it, or 50 W.
fn tolerance_w(added_w: f64) -> f64 {
    (1e-3 * added_w).max(50.0)
}

/// Tries what a section takes.
struct Search<'a> {
    base: &'a Section,
    work: Section,
    /// 1 when what is added draws, -1 when it feeds in.
    way: f64,
    /// Lowest and highest voltage that is let pass, in pu.
    band_pu: [f64; 2],
}

impl<'a> Search<'a> {
    /// A search in a section that is solved.
    fn new(base: &'a Section, kind: Kind) -> Self {
        let draws = kind == Kind::Charging;
        let (mut low, mut high) = (1.0 - VOLTAGE_BAND_PU, 1.0 + VOLTAGE_BAND_PU);
        for node in 1..base.network.len() {
            let Some((_, v_pu)) = nominal(base.parts[node].0, base.state.v_pu(node)) else { continue };
            if draws {
                high = f64::max(high, v_pu + SOLVED_PU);
            } else {
                low = f64::min(low, v_pu - SOLVED_PU);
            }
        }
        Self { base, work: base.clone(), way: if draws { 1.0 } else { -1.0 }, band_pu: [low, high] }
    }

    /// What a group takes.
    fn capacity(&mut self, group: &Group) -> Hosting {
        let base = self.base;
        self.work.state.clone_from(&base.state);
        let first = Trial { added_w: 0.0, worst: self.worst(base, group) };
        let (mut holds, mut breaks) = (first, None);
        if first.holds() {
            (holds, breaks) = self.close_in(group, first);
        }
        let shown = breaks.and_then(|trial: Trial| trial.worst).or(holds.worst);
        let (limit, at) = shown.map_or((Limit::LowVoltage, group.of), |worst| (worst.limit, base.parts[worst.node].0));
        Hosting { of: group.of, added_w: holds.added_w, limit, at, is_broken: !first.holds() }
    }

    /// Narrows what is left between a trial that holds and one that breaks a limit.
    fn close_in(&mut self, group: &Group, first: Trial) -> (Trial, Option<Trial>) {
        let (mut holds, mut breaks): (Trial, Option<Trial>) = (first, None);
        let mut before = first;
        let mut added_w = self.guess_w(group).max(tolerance_w(0.0));
        for trial in 1..=TRIALS {
            let now = self.trial(group, added_w);
            if now.holds() {
                holds = now;
            } else {
                breaks = Some(now);
            }
            let broken_w = breaks.map(|breaks| breaks.added_w);
            let tolerance_w = tolerance_w(holds.added_w);
            if broken_w.is_some_and(|broken_w| broken_w - holds.added_w <= tolerance_w) {
                break;
            }
            // Where a line through the last two trials meets the limit, and a little to the other side of it.
            let slope = (now.left() - before.left()) / (now.added_w - before.added_w);
            let aside_w = if now.holds() { 0.4 * tolerance_w } else { -0.4 * tolerance_w };
            let aim_w = now.added_w - now.left() / slope + aside_w;
            let inside = aim_w > holds.added_w && broken_w.is_none_or(|broken_w| aim_w < broken_w);
            added_w = match broken_w {
                _ if inside && !trial.is_multiple_of(4) => aim_w,
                Some(broken_w) => f64::midpoint(holds.added_w, broken_w),
                None => 2.0 * holds.added_w + tolerance_w,
            };
            before = now;
        }
        (holds, breaks)
    }

    /// What the ratings and the voltages on the way leave, as if loading were in proportion to power and voltages moved
    /// by the resistances alone.
    fn guess_w(&self, group: &Group) -> f64 {
        let (base, mut left_w) = (self.base, f64::MAX);
        // By how much each node's voltage moves for each pu of power.
        let mut moves = vec![0.0; base.network.len()];
        for &(node, share) in &group.way {
            let rating_va = base.parts[node].1.to_a * base.network.base_kv(node) * 1e3 * 3.0_f64.sqrt();
            left_w = left_w.min((OVERLOADED - self.loading(base, node)) * rating_va / share);
            let before = base.network.parent(node).map_or(0.0, |parent| moves[parent]);
            moves[node] = before + share * base.network.model(node).map_or(0.0, |model| model.r_pu);
            if let Some((_, v_pu)) = nominal(base.parts[node].0, base.state.v_pu(node)) {
                let room_pu = if self.way > 0.0 { v_pu - self.band_pu[0] } else { self.band_pu[1] - v_pu };
                left_w = left_w.min(room_pu * S_BASE_VA / moves[node]);
            }
        }
        left_w
    }

    /// Adds power behind the members of a group, and looks.
    fn trial(&mut self, group: &Group, added_w: f64) -> Trial {
        let added = self.way * added_w / S_BASE_VA;
        let (before, loads) = (self.base.state.loads(), self.work.state.loads_mut());
        for &(node, share) in &group.members {
            loads[node] = before[node] + Complex::new(added * share, 0.0);
        }
        let Section { network, state, changer, .. } = &mut self.work;
        let mut position: TapPosition = self.base.position;
        let solved = regulate(network, state, changer, &mut position, &Options::default());
        let worst = solved.ok().and_then(|_| self.worst(&self.work, group));
        Trial { added_w, worst }
    }

    /// What is nearest to its limit for a group; none when a voltage is no number.
    fn worst(&self, section: &Section, group: &Group) -> Option<Worst> {
        let mut worst: Option<Worst> = None;
        let mut take = |left: f64, limit: Limit, node: usize| {
            if worst.is_none_or(|worst| left < worst.left) {
                worst = Some(Worst { left, limit, node });
            }
        };
        for &(node, _) in &group.way {
            take(OVERLOADED - self.loading(section, node), Limit::of(section.parts[node].0), node);
        }
        for node in 1..section.network.len() {
            let Some((_, v_pu)) = nominal(section.parts[node].0, section.state.v_pu(node)) else { continue };
            take((v_pu - self.band_pu[0]) / VOLTAGE_BAND_PU, Limit::LowVoltage, node);
            take((self.band_pu[1] - v_pu) / VOLTAGE_BAND_PU, Limit::HighVoltage, node);
        }
        worst
    }

    /// Loading of the part before a node: negative where power flows against what is added.
    fn loading(&self, section: &Section, node: usize) -> f64 {
        let flows = section.state.flows(&section.network, node);
        let of = section.loading(node, &flows);
        if flows.from.re * self.way < 0.0 { -of } else { of }
    }
}
