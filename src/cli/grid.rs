//! `voltcity grid`: power flow of a world's network, or of a radial network that is given as it is published.

pub(crate) mod account;
mod area;
mod city;
mod networks;
pub(super) mod report;

pub(crate) use city::{checks, places};

use super::args::{GridRequest, is_world};
use super::chart::Glyphs;
use super::exit::Failure;
use super::output::{Account, Output};
use super::{console, json};
use voltcity::case::{self, Case};
use voltcity::powerflow::limits::{Rating, loading};
use voltcity::powerflow::{Element, EndFlows, Network, Options, Solved, State, solve};

/// A network, solved.
pub(super) struct Flow {
    pub(super) network: Network,
    pub(super) state: State,
    pub(super) solved: Solved,
    pub(super) branches: Vec<BranchFlow>,
}

/// What flows through a branch.
pub(super) struct BranchFlow {
    pub(super) element: Element,
    /// Buses at its ends.
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) flows: EndFlows,
    /// Of its rating, if it has one.
    pub(super) loading: Option<f64>,
}

/// Solves a network and tells what flows in it.
///
/// # Errors
/// A network that cannot be read, is not radial or has no solution; files that cannot be written.
pub(crate) fn grid(request: &GridRequest) -> Result<(), Failure> {
    let path = &request.day.world.path;
    if is_world(path) {
        return if request.areas.is_empty() { city::city(request) } else { area::areas(request) };
    }
    let case = case::read(path).map_err(Failure::Case)?;
    let flow = Flow::of(&case)?;
    if let Some(out) = &request.out {
        let output = Output::open(out, Account::GRID, &[], |_| Vec::new())?;
        let made = [("buses.csv", report::buses(&flow)?), ("branches.csv", report::branches(&flow)?)];
        output.finish(&json::text(&report::value(path, &flow)), &made)?;
    }
    if request.day.quiet {
        return Ok(());
    }
    console::print(&report::text(&flow, request, Glyphs::detect()))
}

impl Flow {
    fn of(case: &Case) -> Result<Self, Failure> {
        let network = Network::build(&case.grid).map_err(|error| Failure::Network(error.to_string()))?;
        let mut state = State::new(&network);
        let solved = solve(&network, &mut state, &Options::default());
        let solved = solved.map_err(|error| Failure::Network(error.to_string()))?;
        let rating = |element: Element| -> Option<&Rating> {
            case.ratings.iter().find(|(of, _)| *of == element).map(|(_, rating)| rating)
        };
        let branch = |node: usize| {
            let (element, parent) = (network.element(node)?, network.parent(node)?);
            let flows = state.flows(&network, node);
            let (from, to) = if network.is_reversed(node) { (node, parent) } else { (parent, node) };
            let loading = rating(element).map(|rating| loading(&network, node, &flows, rating));
            Some(BranchFlow { element, from: network.bus(from), to: network.bus(to), flows, loading })
        };
        let branches = (1..network.len()).filter_map(branch).collect();
        Ok(Self { network, state, solved, branches })
    }
}
