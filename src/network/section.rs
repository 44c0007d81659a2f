//! One 110/10 kV unit with its busbar, its feeders and their transformers, as a radial network.

use super::account::level;
use super::check::{USERS_KV, VOLTAGE_BAND_PU};
use super::draft::Draft;
use super::equipment::{self, HIGH_KV, LOW_KV, MEDIUM_KV, S_BASE_VA, UNIT_SECONDARY_KV};
use super::flow::{FULL_FROM, SectionFlow};
use super::inverter::volt_var;
use super::layout;
use super::outage::Carried;
use crate::plan::Plan;
use crate::powerflow::limits::{OVERLOADED, Rating, loading};
use crate::powerflow::tap::{TapChanger, TapError, TapPosition, regulate};
use crate::powerflow::{Bus, BusKind, Complex, EndFlows, Grid, Network, NetworkError, Options, State};
use crate::thermal::{DryParams, DryState, InsulationClass};
use serde::{Deserialize, Serialize};

/// Voltage that the tap changer holds at the busbar, in pu of 10 kV (assumption: utilities hold 10.0 to 10.7 kV).
const BUSBAR_PU: f64 = 1.025;

/// Part of the way from the reactive power that inverters deliver to the one that their curve wants, that they go from
/// solve to solve (assumption: without it they and the tap changer, each answering to what the other did, hunt where
/// inverters are as large as the transformers above them).
const RESPONSE: f64 = 0.5;

/// What its users draw behind a transformer, negative when it flows back.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    /// Active power in W.
    pub power_w: f64,
    /// Reactive power in var, that of inverters apart.
    pub reactive_var: f64,
    /// The most reactive power in var that inverters give or take by the voltage they see.
    pub inverters_var: f64,
}

impl Load {
    /// The same in whole W and var, the inverters' apart.
    pub fn carried(&self) -> Carried {
        Carried { w: self.power_w.round() as i64, var: self.reactive_var.round() as i64 }
    }

    /// Its power in pu, when inverters deliver a share of the most reactive power they can.
    fn at(&self, given: f64) -> Complex {
        Complex::new(self.power_w / S_BASE_VA, (self.reactive_var - self.inverters_var * given) / S_BASE_VA)
    }
}

/// What feeds a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The 110/10 kV unit.
    Unit,
    /// The first cable of a feeder, by its row.
    Head(u32),
    /// Another cable of a feeder.
    Cable(u32),
    /// A distribution transformer, by its row.
    Transformer(u32),
    /// The mains from a transformer to its users, by its row.
    Main(u32),
}

/// A section of the city's network.
#[derive(Clone, Debug)]
pub struct Section {
    pub(super) network: Network,
    pub(super) state: State,
    pub(super) changer: TapChanger,
    pub(super) position: TapPosition,
    /// Row of its substation.
    pub substation: u32,
    /// By node: what feeds it, and what that can carry. The first is the 110 kV, which nothing feeds.
    pub(super) parts: Vec<(Part, Rating)>,
    /// By node: loading for each pu of current at the from end and at the to end of what feeds it.
    full: Vec<[f64; 2]>,
    /// By node: how far the winding of the transformer that feeds it is above the air, in K; below zero before the
    /// first solve.
    rise_k: Vec<f64>,
    /// Whether anything was beyond a limit at the last solve.
    has_violation: bool,
    /// What inverters of each of these deliver of the most reactive power they can, as a share; drawn when negative.
    given: Vec<f64>,
    /// Nodes where users are, each with its transformer.
    pub(super) low: Vec<(usize, u32)>,
    /// Length of its cables in km.
    pub cable_km: f64,
    /// Rating of its unit in VA.
    pub unit_va: f64,
}

/// What a distribution transformer is, as far as its heat goes: most of Shenzhen's stand in buildings and are dry
/// (assumption: all are, of class F).
const DRY: DryParams = DryParams::of_class(InsulationClass::F);

/// What a snapshot keeps of a section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedSection {
    position: TapPosition,
    /// Voltages by node, if the last solve converged: the next one begins with them.
    voltages: Vec<Complex>,
    rise_k: Vec<f64>,
    /// Empty if inverters deliver no reactive power.
    given: Vec<f64>,
}

/// What flows through one part of a section.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Passage {
    /// Which part.
    pub part: Part,
    /// Of its rating.
    pub loading: f64,
    /// Voltage behind it in pu of its nominal one.
    pub v_pu: f64,
    /// Active power into it in W; negative when it flows back.
    pub power_w: f64,
    /// Lost in it in W.
    pub lost_w: f64,
}

impl Section {
    /// The section of some feeders of a substation behind one unit.
    ///
    /// # Errors
    /// Names the section when it cannot be laid out as a tree.
    pub(super) fn new(
        plan: &Plan,
        (substation, number): (usize, usize),
        unit_va: f64,
        feeders: &[usize],
    ) -> Result<Self, NetworkError> {
        let slack = Bus { kind: BusKind::Slack { v_pu: 1.0, angle_deg: 0.0 }, ..Bus::bare(0, HIGH_KV) };
        let first = (Part::Unit, Rating::line(f64::INFINITY));
        let mut draft = Draft { buses: vec![slack], branches: Vec::new(), parts: vec![first], cable_km: 0.0 };
        let unit = equipment::unit(unit_va);
        let rating = unit.rating(HIGH_KV, UNIT_SECONDARY_KV);
        let busbar = Bus::bare(1, MEDIUM_KV);
        let busbar = draft.branch(0, busbar, unit.pi(UNIT_SECONDARY_KV / MEDIUM_KV, 1.0), (Part::Unit, rating));
        let spot = layout::substation_spot(plan, substation);
        for &feeder in feeders {
            draft.feeder(plan, feeder, busbar, &layout::ways(plan, feeder, spot));
        }
        let Draft { buses, branches, parts: by_bus, cable_km } = draft;
        let name = format!("substation {substation}, unit {number}");
        let network = Network::build(&Grid { name, s_base_va: S_BASE_VA, buses, branches })?;
        let parts: Vec<(Part, Rating)> = (0..network.len()).map(|node| by_bus[network.bus(node) as usize]).collect();
        let full: Vec<[f64; 2]> = (0..network.len())
            .map(|node| {
                let at = |pu: [f64; 2]| EndFlows { i_from_pu: pu[0], i_to_pu: pu[1], ..EndFlows::default() };
                [[1.0, 0.0], [0.0, 1.0]].map(|pu| loading(&network, node, &at(pu), &parts[node].1))
            })
            .collect();
        let low_of = |(node, (part, _)): (usize, &(Part, Rating))| match part {
            Part::Main(row) => Some((node, *row)),
            _ => None,
        };
        let low: Vec<(usize, u32)> = parts.iter().enumerate().filter_map(low_of).collect();
        let at_busbar = network.node(busbar).unwrap_or(1);
        let changer = TapChanger::usual(&network, at_busbar, BUSBAR_PU);
        let state = State::new(&network);
        let position = TapPosition::default();
        let (substation, rise_k) = (substation as u32, vec![-1.0; network.len()]);
        Ok(Self {
            network,
            state,
            changer,
            position,
            substation,
            parts,
            full,
            rise_k,
            has_violation: false,
            given: vec![0.0; low.len()],
            low,
            cable_km,
            unit_va,
        })
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        self.network.name()
    }

    /// Its network. Node 0 is the 110 kV.
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// What was last solved.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// What feeds a node.
    pub fn part(&self, node: usize) -> Part {
        self.parts[node].0
    }

    /// What the part that feeds a node can carry.
    pub fn rating(&self, node: usize) -> &Rating {
        &self.parts[node].1
    }

    /// Its nodes.
    pub fn nodes(&self) -> usize {
        self.network.len()
    }

    /// Its distribution transformers, by row.
    pub fn transformers(&self) -> impl Iterator<Item = u32> {
        self.low.iter().map(|(_, row)| *row)
    }

    /// Its feeders that have transformers, by row, in the order of the network's nodes.
    pub fn feeders(&self) -> impl Iterator<Item = u32> {
        self.parts.iter().filter_map(|(part, _)| if let Part::Head(row) = part { Some(*row) } else { None })
    }

    /// Where its tap changer stands.
    pub const fn tap(&self) -> i8 {
        self.position.0
    }

    /// Solves it for what is drawn behind each transformer, and lets the tap changer hold the busbar. Windings are then
    /// that warm for some time in s. Nothing is set aside while it does.
    ///
    /// # Errors
    /// Names the section and the bus at which voltages do not settle: it carries more than it can. The next solve
    /// begins anew.
    pub fn solve(&mut self, load: impl Fn(u32) -> Load, held_s: u32) -> Result<SectionFlow, TapError> {
        let (loads, voltages) = self.state.loads_by_voltage();
        let mut drawn_w = 0.0;
        for ((node, row), given) in self.low.iter().zip(&mut self.given) {
            let load = load(*row);
            // Few look at the voltage, and its length is a root.
            if load.inverters_var > 0.0 {
                let wanted = |voltages: &[Complex]| volt_var(voltages[*node].abs() * LOW_KV / USERS_KV);
                *given += RESPONSE * (voltages.map_or(0.0, wanted) - *given);
            }
            loads[*node] = load.at(*given);
            drawn_w += load.power_w;
        }
        self.has_violation = false;
        let Self { network, state, changer, position, .. } = self;
        let done = regulate(network, state, changer, position, &Options::default())?;
        let supplied_w = done.solved.slack.re * S_BASE_VA;
        let supplied_whole_w = supplied_w.round() as i64;
        let mut flow = SectionFlow {
            supplied_w,
            supplied_whole_w,
            lost_whole_w: supplied_whole_w - drawn_w.round() as i64,
            sweeps: done.solved.sweeps,
            tap_moves: done.moves,
            ..SectionFlow::default()
        };
        let decay = DRY.decay(held_s);
        for node in 1..self.network.len() {
            self.note(node, &mut flow, decay);
        }
        self.has_violation = flow.overloaded != [0; 3] || flow.out_of_band > 0;
        Ok(flow)
    }

    /// Adds a node, and what feeds it, to what came of a solve; `decay` is what the time that it stands for leaves of a
    /// winding's distance to its final temperature.
    fn note(&mut self, node: usize, flow: &mut SectionFlow, decay: f64) {
        let (flows, part) = (self.state.flows(&self.network, node), self.parts[node].0);
        let lost_w = flows.lost().re * S_BASE_VA;
        match part {
            Part::Unit => flow.lost_unit_w += lost_w,
            Part::Head(_) | Part::Cable(_) => flow.lost_cables_w += lost_w,
            Part::Transformer(_) => flow.lost_transformers_w += lost_w,
            Part::Main(_) => flow.lost_mains_w += lost_w,
        }
        let loading = self.loading(node, &flows);
        if matches!(part, Part::Transformer(_)) {
            for (count, from) in flow.full.iter_mut().zip(FULL_FROM) {
                *count += u32::from(loading >= from);
            }
            // Without time nothing becomes warmer.
            if decay < 1.0 {
                let (before_k, steady) = (self.rise_k[node], DRY.steady(loading));
                // What was before the run is not known: it begins as warm as its load makes it in the end.
                let rise_k =
                    if before_k < 0.0 { steady } else { DryState { rise_k: before_k }.towards(&steady, decay) }.rise_k;
                flow.hottest_k = flow.hottest_k.max(rise_k);
                self.rise_k[node] = rise_k;
            }
        }
        if loading > OVERLOADED
            && let Some(level) = level(part)
        {
            flow.overloaded[level] += 1;
        }
        if let Some((level, v_pu)) = nominal(part, self.state.v_pu(node)) {
            let [low, high] = &mut flow.v_pu[level];
            (*low, *high) = (low.min(v_pu), high.max(v_pu));
            flow.out_of_band += u32::from((v_pu - 1.0).abs() > VOLTAGE_BAND_PU);
        }
    }

    /// Loading of what feeds a node, by what flows through it.
    pub(super) fn loading(&self, node: usize, flows: &EndFlows) -> f64 {
        let [of_from, of_to] = self.full[node];
        (flows.i_from_pu * of_from).max(flows.i_to_pu * of_to)
    }

    /// Loading of its unit, as it was last solved.
    pub fn unit_loading(&self) -> f64 {
        let node = self.parts.iter().skip(1).position(|(part, _)| *part == Part::Unit).map_or(1, |at| at + 1);
        self.loading(node, &self.state.flows(&self.network, node))
    }

    /// Loading of what feeds a node for each pu of current through it.
    pub(super) fn per_current(&self, node: usize) -> f64 {
        let [of_from, of_to] = self.full[node];
        of_from.max(of_to)
    }

    /// Voltage of each transformer's users in pu of their nominal one, by its row; none if the last solve failed.
    pub(super) fn users_v_pu(&self) -> impl Iterator<Item = (u32, Option<f64>)> {
        let is_solved = self.state.is_solved();
        let v_pu = move |node: usize| is_solved.then(|| self.state.v_pu(node) * LOW_KV / USERS_KV);
        self.low.iter().map(move |(node, row)| (*row, v_pu(*node)))
    }

    /// Whether a transformer, a feeder or the unit was overloaded at the last solve, or a voltage out of its band.
    pub const fn has_violation(&self) -> bool {
        self.has_violation
    }

    /// Transformers behind a node, itself included.
    pub fn behind(&self, node: usize) -> impl Iterator<Item = u32> {
        self.low.iter().filter(move |(at, _)| self.is_behind(*at, node)).map(|(_, row)| *row)
    }

    /// Whether a node hangs on another, or is it.
    pub(super) fn is_behind(&self, node: usize, other: usize) -> bool {
        // A parent's number is below its children's.
        let mut at = node;
        while at > other {
            at = self.network.parent(at).unwrap_or(0);
        }
        at == other
    }

    /// The node behind the first cable of the feeder that a node belongs to; the busbar and the 110 kV themselves.
    pub fn feeder_of(&self, node: usize) -> usize {
        let mut at = node;
        while !matches!(self.parts[at].0, Part::Unit | Part::Head(_)) {
            at = self.network.parent(at).unwrap_or(0);
        }
        at
    }

    /// What a snapshot keeps.
    pub(super) fn save(&self) -> SavedSection {
        let voltages = if self.state.is_solved() { self.state.voltages().to_vec() } else { Vec::new() };
        let given = if self.given.iter().any(|share| *share != 0.0) { self.given.clone() } else { Vec::new() };
        SavedSection { position: self.position, voltages, rise_k: self.rise_k.clone(), given }
    }

    /// Goes on as it was saved; `None` if that was another section.
    pub(super) fn resume(&mut self, saved: &SavedSection) -> Option<()> {
        let within = (self.changer.lowest..=self.changer.highest).contains(&saved.position.0);
        let nodes = self.network.len();
        let warm = saved.rise_k.len() == nodes && saved.rise_k.iter().all(|rise_k| rise_k.is_finite());
        let is_share = |share: &f64| share.abs() <= 1.0;
        let given = saved.given.is_empty() || saved.given.len() == self.low.len();
        if !(within && warm && given && saved.given.iter().all(is_share))
            || !(saved.voltages.is_empty() || self.state.resume(&saved.voltages))
        {
            return None;
        }
        self.position = saved.position;
        self.rise_k.copy_from_slice(&saved.rise_k);
        if !saved.given.is_empty() {
            self.given.copy_from_slice(&saved.given);
        }
        Some(())
    }

    /// What flows through each of its parts, as it was last solved.
    pub fn passages(&self) -> impl Iterator<Item = Passage> {
        (1..self.network.len()).map(|node| {
            let flows = self.state.flows(&self.network, node);
            Passage {
                part: self.parts[node].0,
                loading: self.loading(node, &flows),
                v_pu: self.state.v_pu(node),
                power_w: flows.from.re * S_BASE_VA,
                lost_w: flows.lost().re * S_BASE_VA,
            }
        })
    }
}

/// A voltage in pu of its nominal one, with its level: 0 at 10 kV, 1 where users are. Between them nobody is.
pub(super) fn nominal(part: Part, v_pu: f64) -> Option<(usize, f64)> {
    match part {
        Part::Unit | Part::Head(_) | Part::Cable(_) => Some((0, v_pu)),
        Part::Main(_) => Some((1, v_pu * LOW_KV / USERS_KV)),
        Part::Transformer(_) => None,
    }
}
