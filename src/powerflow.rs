//! Balanced power flow of radial networks: voltages, currents and losses from the substation to the last
//! customer.
//!
//! A [`Grid`] is what a network is described by: buses and branches in per unit, in any order.
//! [`Network::build`] checks it and lays it out as a tree. A [`State`] holds loads and voltages of one
//! network; [`solve`] finds the voltages by backward-forward sweeps. [`limits`], [`attribution`] and [`tap`]
//! read the result.
//!
//! Invariants:
//! - A parent's index is below its children's, so that one pass up and one pass down visit the tree in order.
//! - Only `+ - * /` and `sqrt` occur in a solve: the same bits on every machine.
//! - A solve allocates nothing, and never leaves a number that is not finite behind.

pub mod attribution;
mod build;
pub mod complex;
pub mod flow;
pub mod limits;
pub mod network;
mod order;
pub mod parts;
pub mod problem;
pub mod solve_error;
pub mod state;
pub mod sweep;
pub mod tap;
pub mod twoport;

pub use complex::Complex;
pub use flow::EndFlows;
pub use network::Network;
pub use parts::{Branch, Bus, BusKind, Element, ElementKind, Grid};
pub use problem::{NetworkError, NetworkProblem};
pub use solve_error::SolveError;
pub use state::State;
pub use sweep::{Options, Solved, solve};
pub use twoport::{Pi, Twoport};
