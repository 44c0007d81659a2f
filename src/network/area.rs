//! One transformer area (台区) phase by phase: what the balanced model of a section hides.
//!
//! ```text
//! 10 kV, balanced ─ Dyn11 transformer ─ 0.4 kV busbar ─┬─ main ─ a building: households on one phase each, plants
//!                                                      └─ main ─ a station: points of 7 kW on one phase, others
//! ```
//!
//! A section ends in one node for all users of a transformer, with the same power on every phase. Here the same users
//! hang on the phases that [`three_phase::assign`](crate::three_phase::assign) deals them, behind the same transformer
//! and as many mains, at the voltage that the section has at 10 kV. With even phases both models say the same (see the
//! tests), so what differs between them is due to the phases alone.
//!
//! What the twin does not know is assumed, each where it stands: `phases` deals households and what they draw, `model`
//! shares mains and gives them a neutral.

mod draws;
mod model;
mod phases;
#[cfg(test)]
mod tests;

pub(super) use draws::drawn_j;
pub use draws::{Draws, Point, User, UserKind};
pub use model::{AreaFlow, NodeFlow, PhaseFlow};
use phases::add_inverters;
pub use phases::{HOUSEHOLDS, Loaded, loaded};

use super::city::CityNetwork;
use super::equipment::{LOW_KV, S_BASE_VA};
use super::section::{Part, Section};
use crate::three_phase::{BuildError, SolveError};
use crate::twin::Twin;

/// Rated voltage of users from phase to neutral in V, in pu of which their voltages are told (GB/T 156, from memory).
pub const USER_V: f64 = 220.0;
/// Highest voltage unbalance in normal operation, negative over positive sequence (GB/T 15543, from memory).
pub const UNBALANCE_LIMIT: f64 = 0.02;

/// An area as the twin has it at a moment, and what flows in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// What hangs in it and draws.
    pub draws: Draws,
    /// What the balanced model says of it.
    pub lumped: Lumped,
    /// What would flow in it with the same power on every phase. What it differs by from the balanced model is due to
    /// mains of users' own; what [`Self::flow`] differs by from it is due to phases.
    pub even: AreaFlow,
    /// What flows in it phase by phase.
    pub flow: AreaFlow,
}

/// What the balanced model of a section says of an area.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lumped {
    /// Voltage at the 10 kV node, in pu of 10 kV.
    pub medium_pu: f64,
    /// Voltage at the busbar from phase to neutral, in pu of [`USER_V`].
    pub busbar_pu: f64,
    /// The same at the one node of all users.
    pub users_pu: f64,
    /// Loading of the transformer, as a share.
    pub loading: f64,
    /// Lost in the transformer in W.
    pub transformer_lost_w: f64,
    /// Lost in the mains in W.
    pub mains_lost_w: f64,
    /// Reactive power that users draw, in var.
    pub drawn_var: f64,
}

/// Why an area has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AreaError {
    /// There is no such transformer.
    #[error("there is no transformer {row}: the world has {count}, rows 0 to {}", count.saturating_sub(1))]
    NoSuchRow {
        /// The row asked for.
        row: u32,
        /// Transformers of the world.
        count: usize,
    },
    /// The section around it has no solution, so that its voltage at 10 kV is not known.
    #[error("the area of transformer {row} has no voltage at 10 kV: its section was not solved; choose another time")]
    NotSolved {
        /// The row.
        row: u32,
    },
    /// Its network cannot be laid out.
    #[error("the area of transformer {row} cannot be laid out: {error}")]
    Build {
        /// The row.
        row: u32,
        /// What is wrong.
        error: BuildError,
    },
    /// It has no solution.
    #[error("the area of transformer {row} cannot be solved, it carries more than it can: {error}")]
    Solve {
        /// The row.
        row: u32,
        /// What is wrong.
        error: SolveError,
    },
}

impl Area {
    /// The area of a transformer, by row, in the last step of a twin that carries its network. The voltage at 10 kV is
    /// that of the network's last solve.
    ///
    /// # Errors
    /// A row that does not exist; a section or an area without a solution.
    pub fn of(twin: &mut Twin, row: u32) -> Result<Self, AreaError> {
        let draws = Draws::of(twin, row)?;
        let network = twin.network().ok_or(AreaError::NotSolved { row })?.network();
        let lumped = Lumped::of(network, row).ok_or(AreaError::NotSolved { row })?;
        let mut loaded = loaded(&draws, network.tangent(), twin.seed());
        if network.inverters().is_reactive() {
            let buildings_w: i64 = draws.users.iter().map(|user| user.building_w).sum();
            add_inverters(&mut loaded, &draws, lumped.drawn_var - network.tangent() * buildings_w as f64);
        }
        let flow = AreaFlow::of(&draws, lumped.medium_pu, &loaded)?;
        let even: Vec<Loaded> = loaded.iter().map(Loaded::even).collect();
        let even = AreaFlow::of(&draws, lumped.medium_pu, &even)?;
        Ok(Self { draws, lumped, even, flow })
    }
}

impl Lumped {
    /// Of the area of a transformer, by row; `None` if its section is not solved.
    pub fn of(network: &CityNetwork, row: u32) -> Option<Self> {
        let has = |section: &&Section| section.low.iter().any(|(_, of)| *of == row);
        let section = network.sections().iter().find(has).filter(|section| section.state.is_solved())?;
        let users = section.low.iter().find(|(_, of)| *of == row)?.0;
        let busbar = section.network.parent(users)?;
        debug_assert_eq!(section.part(busbar), Part::Transformer(row), "users hang on their transformer");
        let medium = section.network.parent(busbar)?;
        // From 0.4 kV between phases to 220 V from phase to neutral.
        let user_pu = |node: usize| section.state.v_pu(node) * LOW_KV * 1e3 / 3.0_f64.sqrt() / USER_V;
        let lost_w = |node: usize| section.state.flows(&section.network, node).lost().re * S_BASE_VA;
        Some(Self {
            medium_pu: section.state.v_pu(medium),
            busbar_pu: user_pu(busbar),
            users_pu: user_pu(users),
            loading: section.loading(busbar, &section.state.flows(&section.network, busbar)),
            transformer_lost_w: lost_w(busbar),
            mains_lost_w: lost_w(users),
            drawn_var: section.state.loads()[users].im * S_BASE_VA,
        })
    }
}
