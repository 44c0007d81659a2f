//! What flows through branches, read from a solved state.

use super::complex::Complex;
use super::network::Network;
use super::parts::Element;
use super::state::State;

/// Power into a branch at each end, in pu: active and reactive, positive into the branch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EndFlows {
    /// At its from end.
    pub from: Complex,
    /// At its to end.
    pub to: Complex,
    /// Current into its from end, as a length in pu.
    pub i_from_pu: f64,
    /// Current into its to end, as a length in pu.
    pub i_to_pu: f64,
}

impl EndFlows {
    /// What goes in and does not come out: losses, and reactive power consumed.
    pub fn lost(&self) -> Complex {
        self.from + self.to
    }
}

impl State {
    /// Length of a node's voltage in pu.
    pub fn v_pu(&self, node: usize) -> f64 {
        self.voltages()[node].abs()
    }

    /// What flows through the branch that feeds a node; nothing for the slack.
    pub fn flows(&self, network: &Network, node: usize) -> EndFlows {
        if node == 0 {
            return EndFlows::default();
        }
        let parent = network.parent[node] as usize;
        let (v_up, v_down) = (self.voltages()[parent], self.voltages()[node]);
        let delivered = self.currents()[node];
        let taken = network.end_shunt[node] * v_up + network.carry[node] * delivered;
        let up = (v_up * taken.conj(), taken.abs());
        let down = (v_down * (-delivered).conj(), delivered.abs());
        let (from, to) = if network.reversed[node] { (down, up) } else { (up, down) };
        EndFlows { from: from.0, to: to.0, i_from_pu: from.1, i_to_pu: to.1 }
    }

    /// What flows through a branch by its name; none if it was dropped, or joined two buses into one.
    pub fn branch_flows(&self, network: &Network, branch: Element) -> Option<EndFlows> {
        network.fed_by(branch).map(|node| self.flows(network, node))
    }

    /// Power lost in all branches together, in pu, shunts at buses apart.
    pub fn branch_losses(&self, network: &Network) -> Complex {
        (1..network.len()).fold(Complex::ZERO, |sum, node| sum + self.flows(network, node).lost())
    }

    /// Node of the lowest voltage, and its length in pu.
    pub fn lowest(&self) -> (usize, f64) {
        let at = (0..self.voltages().len()).min_by(|&a, &b| self.v_pu(a).total_cmp(&self.v_pu(b)));
        at.map_or((0, 0.0), |node| (node, self.v_pu(node)))
    }
}
