//! Why a network has no solution, in words that say where and what would help.

use core::fmt;

/// Why there is no solution.
#[derive(Clone, Debug, PartialEq)]
pub enum SolveError {
    /// Voltages did not settle: most often there is more load than the network can carry.
    NotConverged {
        /// Which network.
        network: String,
        /// Sweeps made.
        sweeps: u32,
        /// Greatest change of the last sweep whose changes were all numbers, in pu; `f64::MAX` if none was.
        mismatch_pu: f64,
        /// The bus where it was.
        worst_bus: u32,
    },
    /// A voltage fell to next to nothing, or voltages wander without nearing anything: there is more load
    /// than the network can carry.
    Collapsed {
        /// Which network.
        network: String,
        /// Sweeps made.
        sweeps: u32,
        /// The bus of the lowest voltage.
        bus: u32,
        /// That voltage in pu in the last sweep.
        v_pu: f64,
    },
    /// A load is not a finite number.
    LoadNotFinite {
        /// Which network.
        network: String,
        /// The bus.
        bus: u32,
    },
    /// The state is of another network.
    OtherNetwork {
        /// Which network.
        network: String,
        /// Its number of nodes.
        nodes: usize,
        /// The state's.
        found: usize,
    },
}

impl core::error::Error for SolveError {}

impl fmt::Display for SolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConverged { network, sweeps, mismatch_pu, worst_bus } => write!(
                f,
                "network `{network}`: no solution after {sweeps} sweeps, bus {worst_bus} still moves by \
                 {mismatch_pu:e} pu: reduce its load or strengthen its supply"
            ),
            Self::Collapsed { network, sweeps, bus, v_pu } => write!(
                f,
                "network `{network}`: voltage collapse, bus {bus} is at {v_pu:.3} pu after {sweeps} sweeps \
                 and nothing settles: reduce its load or strengthen its supply"
            ),
            Self::LoadNotFinite { network, bus } => {
                write!(f, "network `{network}`: the load of bus {bus} is not a finite number")
            }
            Self::OtherNetwork { network, nodes, found } => {
                write!(f, "network `{network}` has {nodes} nodes, the state {found}: make a state of this network")
            }
        }
    }
}
