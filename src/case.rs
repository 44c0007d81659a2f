//! Readers of the forms that networks are published in. Each ends in a [`Grid`] and the ratings of its
//! branches.
//!
//! - [`tables`]: a folder of CSV tables, either of buses and branches in per unit or of elements in SI units;
//! - [`matpower`]: case files of MATPOWER;
//! - [`pandapower`]: what pandapower's `to_json` writes.
//!
//! A reader panics at nothing it is given: every problem is a [`CaseError`] that says where and what would be
//! right.

mod element_branches;
mod elements;
pub mod frame;
pub mod matpower;
mod matpower_expression;
mod matpower_grid;
mod matpower_text;
pub mod pandapower;
pub mod problem;
pub mod tables;
mod transformer;

use crate::powerflow::limits::Rating;
use crate::powerflow::{Element, Grid};

pub use problem::{CaseError, CaseProblem};

/// A network as it was read: what to solve, and what its branches can carry.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The network.
    pub grid: Grid,
    /// Ratings of those branches that have one, in the order of the branches.
    pub ratings: Vec<(Element, Rating)>,
}
