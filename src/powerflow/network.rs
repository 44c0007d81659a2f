//! A checked radial network, laid out as a tree for sweeps.

use super::build;
use super::complex::Complex;
use super::parts::{Element, Grid};
use super::problem::{NetworkError, NetworkProblem};
use super::twoport::Pi;

/// Stands for "no node": a bus or a branch that the network dropped.
pub(super) const NONE: u32 = u32::MAX;

/// A radial network in breadth-first order: node 0 is the slack, a parent's index is below its children's.
///
/// A node is one bus, or several that closed switches join. Every node but the slack is fed by one branch,
/// which bears the node's index in all columns of branches here.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    pub(super) name: String,
    pub(super) s_base_va: f64,
    pub(super) slack: Complex,
    /// Feeding node by node; 0 for the slack itself.
    pub(super) parent: Vec<u32>,
    pub(super) gain: Vec<Complex>,
    pub(super) series: Vec<Complex>,
    pub(super) carry: Vec<Complex>,
    /// Admittance the feeding branch shows at its feeding end.
    pub(super) end_shunt: Vec<Complex>,
    /// Admittance of everything at the node but its load: shunts, and the ends of the branches it feeds.
    pub(super) node_shunt: Vec<Complex>,
    /// Admittance of the shunts at the node alone.
    pub(super) bus_shunt: Vec<Complex>,
    pub(super) load: Vec<Complex>,
    /// Constant-current parts of loads; empty when there are none, as the next.
    pub(super) steady_current: Vec<Complex>,
    /// Constant-impedance parts of loads.
    pub(super) steady_impedance: Vec<Complex>,
    pub(super) model: Vec<Pi>,
    /// Whether the feeding branch's to end is the feeding end.
    pub(super) reversed: Vec<bool>,
    /// Place of the feeding branch in the description.
    pub(super) branch: Vec<u32>,
    pub(super) element: Vec<Element>,
    /// First bus of the node in the description.
    pub(super) bus: Vec<u32>,
    pub(super) base_kv: Vec<f64>,
    /// Bus numbers in order, each with its node.
    pub(super) nodes: Vec<(u32, u32)>,
    /// Names of branches in order, each with the node it feeds.
    pub(super) fed: Vec<(Element, u32)>,
}

impl Network {
    /// Checks a description and lays it out.
    ///
    /// Branches out of service are dropped, buses that a switch without impedance joins become one node, and
    /// what no closed branch joins to the slack is dropped if nothing stands there.
    ///
    /// # Errors
    /// Names the network and the bus or branch that is in the way: see [`NetworkProblem`].
    pub fn build(grid: &Grid) -> Result<Self, NetworkError> {
        build::build(grid).map_err(|problem| NetworkError { network: grid.name.clone(), problem })
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Base power of its per-unit numbers, three phases together, in VA.
    pub const fn s_base_va(&self) -> f64 {
        self.s_base_va
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Never: there is always a slack.
    pub fn is_empty(&self) -> bool {
        self.parent.is_empty()
    }

    /// The node of a bus, if it is one and was not dropped.
    pub fn node(&self, bus: u32) -> Option<usize> {
        let at = self.nodes.binary_search_by_key(&bus, |&(id, _)| id).ok()?;
        let node = self.nodes[at].1;
        (node != NONE).then_some(node as usize)
    }

    /// The node a branch feeds, if it is one and was not dropped or merged.
    pub fn fed_by(&self, branch: Element) -> Option<usize> {
        let at = self.fed.binary_search_by_key(&branch, |&(element, _)| element).ok()?;
        let node = self.fed[at].1;
        (node != NONE).then_some(node as usize)
    }

    /// Number of the first bus of a node.
    pub fn bus(&self, node: usize) -> u32 {
        self.bus[node]
    }

    /// Base voltage of a node, phase to phase, in kV.
    pub fn base_kv(&self, node: usize) -> f64 {
        self.base_kv[node]
    }

    /// The node that feeds this one; none for the slack.
    pub fn parent(&self, node: usize) -> Option<usize> {
        (node > 0).then(|| self.parent[node] as usize)
    }

    /// Name of the branch that feeds a node; none for the slack.
    pub fn element(&self, node: usize) -> Option<Element> {
        (node > 0).then(|| self.element[node])
    }

    /// Parameters of the branch that feeds a node; none for the slack.
    pub fn model(&self, node: usize) -> Option<&Pi> {
        (node > 0).then(|| &self.model[node])
    }

    /// Whether the branch that feeds a node has its to end at the feeding node.
    pub fn is_reversed(&self, node: usize) -> bool {
        self.reversed[node]
    }

    /// Admittance of the shunts at a node in per unit.
    pub fn bus_shunt(&self, node: usize) -> Complex {
        self.bus_shunt[node]
    }

    /// Load of a node as it was described, in per unit.
    pub fn described_load(&self, node: usize) -> Complex {
        self.load[node]
    }

    /// Sets the voltage the slack holds, in per unit and degrees.
    ///
    /// # Errors
    /// The voltage is not in 0.5 to 1.5 pu or the angle not finite.
    pub fn set_slack(&mut self, v_pu: f64, angle_deg: f64) -> Result<(), NetworkError> {
        self.slack = build::slack_voltage(self.bus[0], v_pu, angle_deg).map_err(|problem| self.error(problem))?;
        Ok(())
    }

    /// Sets the off-nominal ratio of the branch that feeds a node, as a tap changer does.
    ///
    /// # Errors
    /// The ratio is not in 0.2 to 5. The slack, which nothing feeds, is left as it is.
    pub fn set_ratio(&mut self, node: usize, ratio: f64) -> Result<(), NetworkError> {
        if node == 0 {
            return Ok(());
        }
        let model = Pi { ratio, ..self.model[node] };
        let step = build::checked_step(self.element[node], &model, self.reversed[node])
            .map_err(|problem| self.error(problem))?;
        let parent = self.parent[node] as usize;
        self.model[node] = model;
        self.gain[node] = step.gain;
        self.series[node] = step.series;
        self.carry[node] = step.carry;
        self.end_shunt[node] = step.shunt;
        self.node_shunt[parent] = self.shunt_of(parent);
        Ok(())
    }

    /// Sum of the admittances at a node: the same sum in the same order whenever it is taken.
    pub(super) fn shunt_of(&self, node: usize) -> Complex {
        let first = self.parent[1..].partition_point(|&p| (p as usize) < node) + 1;
        let fed = self.parent[first..].iter().take_while(|&&p| p as usize == node).count();
        self.end_shunt[first..first + fed].iter().fold(self.bus_shunt[node], |sum, &shunt| sum + shunt)
    }

    fn error(&self, problem: NetworkProblem) -> NetworkError {
        NetworkError { network: self.name.clone(), problem }
    }
}
