//! What changes from solve to solve: loads, voltages and currents of a network.

use super::complex::Complex;
use super::network::Network;
use serde::{Deserialize, Serialize};

/// Loads and voltages of one network. Its owner keeps it from solve to solve; a solve allocates nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub(super) load: Vec<Complex>,
    pub(super) steady_current: Vec<Complex>,
    pub(super) steady_impedance: Vec<Complex>,
    pub(super) v: Vec<Complex>,
    /// Current each node draws through its feeding branch; for the slack, from the supply.
    pub(super) j: Vec<Complex>,
    pub(super) solved: bool,
}

impl State {
    /// The state of a network with its described loads, not solved.
    pub fn new(network: &Network) -> Self {
        let zero = vec![Complex::ZERO; network.len()];
        Self {
            load: network.load.clone(),
            steady_current: network.steady_current.clone(),
            steady_impedance: network.steady_impedance.clone(),
            v: zero.clone(),
            j: zero,
            solved: false,
        }
    }

    /// Loads of constant power by node in pu: active and reactive power consumed, negative when generated.
    pub fn loads(&self) -> &[Complex] {
        &self.load
    }

    /// Loads of constant power by node, to be set.
    pub fn loads_mut(&mut self) -> &mut [Complex] {
        &mut self.load
    }

    /// Loads of constant power by node, to be set by the voltages of the last solve, if it converged.
    pub fn loads_by_voltage(&mut self) -> (&mut [Complex], Option<&[Complex]>) {
        (&mut self.load, self.solved.then_some(&self.v))
    }

    /// Parts of loads by node that depend on the voltage, to be set: those of constant current, and those of
    /// constant impedance. Both are given as power in pu at 1 pu of voltage.
    ///
    /// A state without such parts is solved faster; the first call makes room for them.
    pub fn dependent_mut(&mut self) -> (&mut [Complex], &mut [Complex]) {
        self.steady_current.resize(self.load.len(), Complex::ZERO);
        self.steady_impedance.resize(self.load.len(), Complex::ZERO);
        (&mut self.steady_current, &mut self.steady_impedance)
    }

    /// Power in pu that the load of a node consumes at the voltage it has.
    pub fn drawn(&self, node: usize) -> Complex {
        let by = |parts: &[Complex]| parts.get(node).copied().unwrap_or(Complex::ZERO);
        let square = self.v[node].norm2();
        self.load[node] + by(&self.steady_current).scale(square.sqrt()) + by(&self.steady_impedance).scale(square)
    }

    /// Voltages by node in pu: of the last solve, if it converged.
    pub fn voltages(&self) -> &[Complex] {
        &self.v
    }

    /// Currents by node in pu that the branch feeding it delivers; for the slack, that the supply delivers.
    pub fn currents(&self) -> &[Complex] {
        &self.j
    }

    /// Whether the voltages are those of a solve; the next one then begins with them.
    pub const fn is_solved(&self) -> bool {
        self.solved
    }

    /// Takes voltages by node in pu for those of a solve, as they were before; false, and nothing done, if they are not
    /// as many as there are nodes, or not finite.
    pub fn resume(&mut self, voltages: &[Complex]) -> bool {
        let sound = voltages.len() == self.v.len() && voltages.iter().all(|v| v.is_finite());
        if sound {
            self.v.copy_from_slice(voltages);
            self.solved = true;
        }
        sound
    }

    /// Forgets the voltages: the next solve begins flat.
    pub fn forget(&mut self) {
        self.solved = false;
        self.v.fill(Complex::ZERO);
        self.j.fill(Complex::ZERO);
    }
}
