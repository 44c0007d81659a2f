//! Readers of the forms that networks are published in. Each ends in a [`Grid`] and the ratings of its
//! branches.
//!
//! - [`tables`]: a folder of CSV tables, either of buses and branches in per unit or of elements in SI units;
//! - [`matpower`]: case files of MATPOWER;
//! - [`pandapower`]: what pandapower's `to_json` writes.
//!
//! [`read`] tells them apart by name, and [`per_unit`] writes any network in the one form that has a place for
//! all of it. A reader panics at nothing it is given: every problem is a [`CaseError`] that says where and what
//! would be right, and a reader goes on after one as far as the rest can be understood without it.

mod element_branches;
mod elements;
pub mod frame;
pub mod matpower;
mod matpower_expression;
mod matpower_grid;
mod matpower_text;
pub mod pandapower;
pub mod per_unit;
pub mod problem;
pub mod tables;
mod transformer;

use crate::powerflow::limits::Rating;
use crate::powerflow::{Element, Grid};
use std::ffi::OsStr;
use std::path::Path;

pub use problem::{CaseError, CaseErrors, CaseProblem, Place};

/// A network as it was read: what to solve, and what its branches can carry.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The network.
    pub grid: Grid,
    /// Ratings of those branches that have one, in the order of the branches.
    pub ratings: Vec<(Element, Rating)>,
    /// Where each bus stands, in the order of the grid.
    pub bus_places: Vec<Place>,
    /// Where each branch stands, in the order of the grid.
    pub branch_places: Vec<Place>,
}

/// Reads a network in the form that its name tells. Of a folder with both kinds of tables those of elements are
/// read.
///
/// # Errors
/// Everything that cannot be read or that this model has no place for, by file, line and column.
pub fn read(path: &Path) -> Result<Case, CaseErrors> {
    let of_file = |problem| CaseErrors::from(CaseError::of_file(&path.display().to_string(), problem));
    let ending = path.extension().map(OsStr::to_ascii_lowercase);
    match ending.as_deref().and_then(OsStr::to_str) {
        Some("m") => return matpower::read(path),
        Some("json") => return pandapower::read(path),
        _ => {}
    }
    let found = path.metadata().map_err(|error| of_file(CaseProblem::Unreadable { cause: error.to_string() }))?;
    if !found.is_dir() {
        let wanted = "a MATPOWER case (*.m), a pandapower file (*.json), a folder of tables, or a world (*.ron)";
        return Err(of_file(CaseProblem::Unsupported { found: "another file".to_owned(), wanted }));
    }
    // Where there is any table of elements they are meant, and a missing one is told.
    let has_elements = elements::KINDS.iter().any(|kind| path.join(format!("{kind}.csv")).is_file());
    if has_elements { tables::read_elements(path) } else { tables::read_per_unit(path) }
}
