//! What can be wrong with a feeder, named by network and element.

use core::fmt;

/// Why a network could not be built; its display names the network and the element.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildError {
    /// Name of the network.
    pub network: String,
    /// What is wrong, and with what.
    pub flaw: Flaw,
}

/// What is wrong with a network, and with which element of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Flaw {
    /// A line or a load names a bus that was not declared.
    UnknownBus {
        /// The line, load or head.
        element: String,
        /// The bus it names.
        bus: String,
    },
    /// Two elements of one kind share a name.
    Duplicate {
        /// `bus`, `line` or `load`.
        kind: &'static str,
        /// The shared name.
        name: String,
    },
    /// A line closes a loop: a second way between two buses, or both its ends at one bus.
    Loop {
        /// The line that closes it, the first in order of declaration.
        line: String,
    },
    /// A load sits on a bus that no line connects to the head.
    DisconnectedLoad {
        /// The load.
        load: String,
        /// Its bus.
        bus: String,
    },
    /// A phase of a line has no impedance of its own. Join the two buses instead.
    ZeroImpedance {
        /// The line, or the transformer.
        element: String,
    },
    /// A number is not finite, or lies outside its range.
    OutOfRange {
        /// The element.
        element: String,
        /// Which of its numbers.
        quantity: &'static str,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "network {}: {}", self.network, self.flaw)
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownBus { element, bus } => write!(f, "{element} names bus {bus}, which does not exist"),
            Self::Duplicate { kind, name } => write!(f, "there are two of {kind} {name}"),
            Self::Loop { line } => write!(f, "line {line} closes a loop; only radial networks are solved"),
            Self::DisconnectedLoad { load, bus } => {
                write!(f, "load {load} at bus {bus} is not connected to the head")
            }
            Self::ZeroImpedance { element } => write!(f, "{element} has a phase without impedance"),
            Self::OutOfRange { element, quantity } => {
                write!(f, "{quantity} of {element} is not a usable number")
            }
        }
    }
}

impl core::error::Error for BuildError {}

/// Why a solve gave no result. The state is left at its flat start.
#[derive(Clone, Debug, PartialEq)]
pub enum SolveError {
    /// The sweeps did not settle: the feeder is loaded beyond what it can carry, or the limit is too low.
    NotConverged {
        /// Name of the network.
        network: String,
        /// Sweeps done.
        sweeps: u32,
        /// Largest change of a voltage in the last sweep, in pu; may not be a number.
        change_pu: f64,
    },
    /// There is not one power for each load.
    WrongCount {
        /// Name of the network.
        network: String,
        /// Loads of the network.
        loads: usize,
        /// Powers given.
        powers: usize,
    },
    /// The state was made for a feeder of another size.
    WrongState {
        /// Name of the network.
        network: String,
    },
    /// A voltage of the source, or of the head's busbar, is not finite.
    NonFiniteSource {
        /// Name of the network.
        network: String,
    },
    /// A power is not finite.
    NonFinitePower {
        /// Name of the network.
        network: String,
        /// The load.
        load: String,
    },
}

impl fmt::Display for SolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConverged { network, sweeps, change_pu } => {
                write!(f, "network {network}: not converged after {sweeps} sweeps, last change {change_pu:e} pu")
            }
            Self::WrongCount { network, loads, powers } => {
                write!(f, "network {network}: {powers} powers given for {loads} loads")
            }
            Self::WrongState { network } => write!(f, "network {network}: the state is of another feeder"),
            Self::NonFiniteSource { network } => write!(f, "network {network}: the source is not finite"),
            Self::NonFinitePower { network, load } => {
                write!(f, "network {network}: the power of load {load} is not finite")
            }
        }
    }
}

impl core::error::Error for SolveError {}
