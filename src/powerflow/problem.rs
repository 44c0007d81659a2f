//! What can be wrong with a network, in words that say where and what would be right.

use super::parts::Element;
use core::fmt;

/// Why a network cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkError {
    /// Which network.
    pub network: String,
    /// What is wrong with it.
    pub problem: NetworkProblem,
}

impl core::error::Error for NetworkError {}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "network `{}`: {}", self.network, self.problem)
    }
}

/// What can be wrong with a network.
#[derive(Clone, Debug, PartialEq)]
pub enum NetworkProblem {
    /// A branch closes a loop, which a radial network has none of.
    NotRadial {
        /// The first branch, in the order they are given, that closes a loop.
        branch: Element,
        /// The bus at its from end.
        from: u32,
        /// The bus at its to end.
        to: u32,
        /// The buses of that loop in order, from the from end round to the to end.
        way: Vec<u32>,
        /// How many branches close a loop.
        loops: usize,
    },
    /// Something stands at a bus that no closed branch joins to the slack.
    Disconnected {
        /// The bus.
        bus: u32,
    },
    /// There is no slack.
    NoSlack,
    /// There is more than one slack.
    TwoSlacks {
        /// One of them.
        first: u32,
        /// Another.
        second: u32,
    },
    /// Two buses have one number.
    DuplicateBus {
        /// The number.
        bus: u32,
    },
    /// Two branches have one name.
    DuplicateBranch {
        /// The name.
        branch: Element,
    },
    /// A branch ends at a bus that is not there.
    UnknownBus {
        /// The branch.
        branch: Element,
        /// The bus.
        bus: u32,
    },
    /// A number of a bus is not finite, or out of its range.
    BusNumber {
        /// The bus.
        bus: u32,
        /// Which number.
        what: &'static str,
        /// What it is.
        found: f64,
        /// What it should be.
        wanted: &'static str,
    },
    /// A number of a branch is not finite, or out of its range.
    BranchNumber {
        /// The branch.
        branch: Element,
        /// Which number.
        what: &'static str,
        /// What it is.
        found: f64,
        /// What it should be.
        wanted: &'static str,
    },
    /// The base power is not a positive number.
    BasePower {
        /// What it is, in VA.
        found: f64,
    },
    /// A switch without impedance joins buses of different base voltage.
    SwitchAcrossVoltages {
        /// The switch.
        branch: Element,
        /// Base voltage at its from end in kV.
        from_kv: f64,
        /// Base voltage at its to end in kV.
        to_kv: f64,
    },
    /// A branch that is no switch has no impedance, so that its current has no bound.
    ZeroImpedance {
        /// The branch.
        branch: Element,
    },
    /// Series impedance and shunt of a branch cancel, so that its voltage has no bound.
    Resonant {
        /// The branch.
        branch: Element,
    },
}

/// The buses of a loop, the middle of a long one left out.
fn fmt_way(f: &mut fmt::Formatter<'_>, way: &[u32]) -> fmt::Result {
    /// Buses shown from either end.
    const SHOWN: usize = 6;
    let left_out = way.len().saturating_sub(2 * SHOWN);
    write!(f, " by way of")?;
    for (at, bus) in way.iter().enumerate() {
        if left_out == 0 || at < SHOWN || at >= SHOWN + left_out {
            write!(f, " {bus}")?;
        } else if at == SHOWN {
            write!(f, " ({left_out} more)")?;
        }
    }
    Ok(())
}

impl fmt::Display for NetworkProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRadial { branch, from, to, way, loops } => {
                write!(f, "not radial: {branch} (bus {from} to bus {to}) closes a loop")?;
                fmt_way(f, way)?;
                write!(f, ", {loops} in all; open one branch of each loop")
            }
            Self::Disconnected { bus } => write!(
                f,
                "bus {bus} has a load but no closed way to the slack: close a branch, or take the bus out of \
                 service"
            ),
            Self::NoSlack => write!(f, "no slack: give one bus that holds its voltage"),
            Self::TwoSlacks { first, second } => {
                write!(f, "buses {first} and {second} are both slack: there is one supply only")
            }
            Self::DuplicateBus { bus } => write!(f, "bus {bus} is given twice: number each bus once"),
            Self::DuplicateBranch { branch } => write!(f, "{branch} is given twice: name each branch once"),
            Self::UnknownBus { branch, bus } => {
                write!(f, "{branch} ends at bus {bus}, which is not given: add the bus or mend the branch")
            }
            Self::BusNumber { bus, what, found, wanted } => {
                write!(f, "bus {bus}: {what} is {found}, and must be {wanted}")
            }
            Self::BranchNumber { branch, what, found, wanted } => {
                write!(f, "{branch}: {what} is {found}, and must be {wanted}")
            }
            Self::BasePower { found } => {
                write!(f, "base power is {found} VA, and must be a positive number")
            }
            Self::SwitchAcrossVoltages { branch, from_kv, to_kv } => write!(
                f,
                "{branch} joins buses of {from_kv} kV and {to_kv} kV: put a transformer there, or mend \
                 the base voltage"
            ),
            Self::ZeroImpedance { branch } => {
                write!(f, "{branch} has no impedance: give it one, or make it a switch")
            }
            Self::Resonant { branch } => {
                write!(f, "{branch}: series impedance and shunt admittance cancel: mend one of them")
            }
        }
    }
}
