//! Unbalanced low-voltage feeders: a backward-forward sweep over three phases.
//!
//! A balanced model cannot show what single-phase charging does: one phase sags, another rises, and the
//! neutral carries the difference. This module solves a radial feeder node by node and phase by phase.
//! Describe it with a [`Network`], [`Network::build`] it once into a [`Feeder`], and [`Feeder::solve`] it at
//! each step with the powers of that step, in a [`State`] that is kept from step to step as the start of the
//! next solve.
//!
//! Model: each line is a full 3x3 series impedance with the neutral already folded in (Kron reduction), and
//! half of its shunt capacitance at either end; voltages are phase to neutral and complex; the head is either
//! a busbar of given voltage or a Dyn transformer with its source. A solve uses only `+ - * /` and the square
//! root, so it gives the same bits on every IEEE machine, and it does not allocate.
//!
//! Oracle: the European low-voltage test feeder of IEEE (907 buses, minute 566) as solved by `OpenDSS`.

mod assign;
mod build;
mod complex;
mod error;
mod load;
mod network;
mod results;
mod solve;
mod transformer;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod truth;

pub use assign::{CHARGER_POWER_W, Phases, assign};
pub use build::Feeder;
pub use complex::{Matrix3, Triple, balanced};
pub use error::{BuildError, Flaw, SolveError};
pub use load::VoltageLimits;
pub use network::{Connection, Head, Line, Load, Network, Phase, charging_s};
pub use results::{Balance, neutral_current_a, unbalance_factor};
pub use solve::{Settings, Solved, State};
pub use transformer::{Transformer, VectorGroup};
