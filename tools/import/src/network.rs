//! A radial network in any of the forms that `voltcity::case` reads, checked, as the folder of tables that holds all of
//! it.

use crate::args::NetworkArgs;
use crate::fragment::{Content, Made, decimal, grouped};
use crate::problem::{Failure, Findings, Problem};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io;
use std::path::Path;
use voltcity::case::{self, Case, CaseErrors, CaseProblem, Place, per_unit};
use voltcity::powerflow::{
    Branch, Bus, BusKind, Element, ElementKind, Grid, Network, NetworkProblem, Options, Pi, State, solve,
};

/// Problems of a network as a whole that are listed; more are seldom apart from each other.
const PROBLEMS_MAX: usize = 100;

/// Names that a note lists.
const NAMES_MAX: usize = 10;

/// Composes the folder of `voltcity-import network`.
///
/// # Errors
/// A file cannot be read, or the network is none at all.
pub(crate) fn import(options: &NetworkArgs, findings: &mut Findings) -> Result<Made, Failure> {
    let nothing = |totals| Made { content: Content::Folder(Vec::new()), totals };
    let case = match case::read(&options.from) {
        Ok(case) => case,
        Err(errors) => return refuse(errors, findings).map(|()| nothing(Vec::new())),
    };
    let Some(network) = check(&case, &options.from, findings) else {
        let more = findings.bad_count() >= PROBLEMS_MAX;
        let told = format!("the first {PROBLEMS_MAX} problems are listed; there may be more");
        return Ok(nothing(if more { vec![told] } else { Vec::new() }));
    };
    note_loose(&case, &network, findings);
    note_unrated(&case, findings);
    let file_name = || options.from.file_name().map(|name| name.to_string_lossy().into_owned());
    let source = options.source.clone().or_else(file_name).unwrap_or_default();
    let content = Content::Folder(per_unit::files(&case, &source).into());
    Ok(Made { content, totals: totals(&case, &network) })
}

/// Takes what a reader found wrong for bad rows.
fn refuse(CaseErrors(errors): CaseErrors, findings: &mut Findings) -> Result<(), Failure> {
    let mut unread = None;
    for error in errors {
        if let CaseProblem::Unreadable { cause } = error.problem {
            let source = io::Error::other(cause);
            unread = unread.or(Some(Failure::Read { path: error.file.as_ref().into(), source }));
            continue;
        }
        // A column that is called by its number is told by that alone.
        let name = error.column.filter(|name| name.parse::<u64>().is_err());
        let column = name.map_or_else(String::new, |name| format!("{name}: "));
        findings.bad(Problem {
            file: error.file.to_string(),
            line: error.line.unwrap_or(1),
            column: error.field.unwrap_or(1),
            text: format!("{column}{}", error.problem),
        });
    }
    unread.map_or(Ok(()), Err)
}

/// The network, or everything that keeps it from being one, each problem at the row it stands in.
///
/// One problem hides the others, so that after each the network is mended in memory and tried again.
fn check(case: &Case, from: &Path, findings: &mut Findings) -> Option<Network> {
    let mut grid = case.grid.clone();
    let (mut is_cut, mut loops_in_all) = (false, None);
    refuse_odd_ratings(case, from, findings);
    while findings.bad_count() < PROBLEMS_MAX {
        let mut problem = match Network::build(&grid) {
            Ok(network) => return (findings.bad_count() == 0).then_some(network),
            Err(error) => error.problem,
        };
        match &mut problem {
            // What is not fed may be so for want of a branch whose end is not known.
            NetworkProblem::Disconnected { .. } if is_cut => return None,
            NetworkProblem::UnknownBus { .. } => is_cut = true,
            NetworkProblem::NotRadial { loops, .. } => *loops = *loops_in_all.get_or_insert(*loops),
            _ => {}
        }
        let Place { file, line } = place(case, &problem, from);
        findings.bad(Problem { file: file.to_string(), line, column: 1, text: problem.to_string() });
        if !mend(&mut grid, &problem) {
            return None;
        }
    }
    None
}

/// Refuses ratings too great or too small for numbers.
fn refuse_odd_ratings(case: &Case, from: &Path, findings: &mut Findings) {
    for (element, rating) in &case.ratings {
        if [rating.from_a, rating.to_a].iter().any(|&rated_a| !rated_a.is_finite() || rated_a <= 0.0) {
            let Place { file, line } = branch_place(case, *element).unwrap_or_else(|| first_place(case, from));
            let (from_a, to_a) = (rating.from_a, rating.to_a);
            let text = format!(
                "{element}: rated {from_a} A and {to_a} A at its ends; write numbers above zero, or none if there is none"
            );
            findings.bad(Problem { file: file.to_string(), line, column: 1, text });
        }
    }
}

/// The row of a branch; of two with one name, that of the second.
fn branch_place(case: &Case, element: Element) -> Option<Place> {
    let at = case.grid.branches.iter().rposition(|branch| branch.element == element)?;
    case.branch_places.get(at).cloned()
}

/// The row of a bus; of two with one number, that of the second.
fn bus_place(case: &Case, id: u32) -> Option<Place> {
    let at = case.grid.buses.iter().rposition(|bus| bus.id == id)?;
    case.bus_places.get(at).cloned()
}

/// The row of the first bus, which stands for the whole network.
fn first_place(case: &Case, from: &Path) -> Place {
    let whole = || Place { file: from.display().to_string().into(), line: 1 };
    case.bus_places.first().cloned().unwrap_or_else(whole)
}

/// The row that a problem is about.
fn place(case: &Case, problem: &NetworkProblem, from: &Path) -> Place {
    use NetworkProblem as P;
    let found = match problem {
        P::NotRadial { branch, .. }
        | P::DuplicateBranch { branch }
        | P::UnknownBus { branch, .. }
        | P::BranchNumber { branch, .. }
        | P::SwitchAcrossVoltages { branch, .. }
        | P::ZeroImpedance { branch }
        | P::Resonant { branch } => branch_place(case, *branch),
        P::Disconnected { bus }
        | P::TwoSlacks { second: bus, .. }
        | P::DuplicateBus { bus }
        | P::BusNumber { bus, .. } => bus_place(case, *bus),
        P::NoSlack | P::BasePower { .. } => None,
    };
    found.unwrap_or_else(|| first_place(case, from))
}

/// Takes a problem out of the way of the next one; false where that would only make others up.
fn mend(grid: &mut Grid, problem: &NetworkProblem) -> bool {
    use NetworkProblem as P;
    let bus = |buses: &mut Vec<Bus>, id: u32, change: &dyn Fn(&mut Bus)| {
        buses.iter_mut().filter(|bus| bus.id == id).for_each(change);
    };
    let branch = |branches: &mut Vec<Branch>, element: Element, change: &dyn Fn(&mut Branch)| {
        branches.iter_mut().filter(|branch| branch.element == element).for_each(change);
    };
    match problem {
        P::NotRadial { branch: element, .. } => branch(&mut grid.branches, *element, &|branch| branch.closed = false),
        P::UnknownBus { branch: element, .. } => grid.branches.retain(|branch| branch.element != *element),
        P::BranchNumber { branch: element, .. }
        | P::ZeroImpedance { branch: element }
        | P::Resonant { branch: element } => {
            branch(&mut grid.branches, *element, &|branch| branch.model = Pi::line(1.0, 1.0));
        }
        P::BusNumber { bus: id, .. } => bus(&mut grid.buses, *id, &|bus| {
            let kind = if let BusKind::Slack { .. } = bus.kind {
                BusKind::Slack { v_pu: 1.0, angle_deg: 0.0 }
            } else {
                bus.kind
            };
            *bus = Bus { kind, ..Bus::bare(bus.id, if bus.base_kv > 0.0 { bus.base_kv } else { 1.0 }) };
        }),
        P::TwoSlacks { second, .. } => bus(&mut grid.buses, *second, &|bus| bus.kind = BusKind::Load),
        P::Disconnected { bus: id } => bus(&mut grid.buses, *id, &|bus| bus.kind = BusKind::Off),
        P::NoSlack
        | P::DuplicateBus { .. }
        | P::DuplicateBranch { .. }
        | P::BasePower { .. }
        | P::SwitchAcrossVoltages { .. } => return false,
    }
    true
}

/// Remarks on buses in service that nothing feeds. Nothing stands there, or they would be a problem.
fn note_loose(case: &Case, network: &Network, findings: &mut Findings) {
    let is_loose = |bus: &Bus| bus.kind != BusKind::Off && network.node(bus.id).is_none();
    let loose = case.grid.buses.iter().zip(&case.bus_places).filter(|(bus, _)| is_loose(bus));
    let text = "buses that no closed way joins to the supply, at which nothing stands";
    note_all(text, loose.map(|(bus, place)| (bus.id, place)), findings);
}

/// Remarks on branches whose loading nobody can tell. A switch needs no rating.
fn note_unrated(case: &Case, findings: &mut Findings) {
    let rated: BTreeSet<Element> = case.ratings.iter().map(|(element, _)| *element).collect();
    let needs_one = |element: Element| element.kind != ElementKind::Switch && !rated.contains(&element);
    let unrated = case.grid.branches.iter().zip(&case.branch_places).filter(|(branch, _)| needs_one(branch.element));
    let text = "branches without a rating, whose loading cannot be told";
    note_all(text, unrated.map(|(branch, place)| (branch.element, place)), findings);
}

/// One note about several things, at the first of them.
fn note_all<'a>(text: &str, things: impl Iterator<Item = (impl Display, &'a Place)>, findings: &mut Findings) {
    let things: Vec<_> = things.collect();
    let Some((_, Place { file, line })) = things.first() else { return };
    let mut names: Vec<String> = things.iter().take(NAMES_MAX).map(|(name, _)| name.to_string()).collect();
    if things.len() > NAMES_MAX {
        names.push("...".to_owned());
    }
    let text = format!("{text} ({}): {}", things.len(), names.join(", "));
    findings.note(Problem { file: file.to_string(), line: *line, column: 1, text });
}

/// Lines for the user: what there is, what it carries, and what that comes to.
fn totals(case: &Case, network: &Network) -> Vec<String> {
    let Grid { buses, branches, s_base_va, .. } = &case.grid;
    let mw = |pu: f64| decimal(pu * s_base_va / 1e6, 6);
    let open = branches.iter().filter(|branch| !branch.closed).count();
    let mut levels: BTreeMap<u64, usize> = BTreeMap::new();
    for bus in buses {
        // Positive numbers are in the order of their bits.
        *levels.entry(bus.base_kv.to_bits()).or_default() += 1;
    }
    let at_level = |(bits, count): (&u64, &usize)| format!("{count} at {} kV", f64::from_bits(*bits));
    let base_kv: BTreeMap<u32, f64> = buses.iter().map(|bus| (bus.id, bus.base_kv)).collect();
    let is_transformer = |branch: &&Branch| match branch.element.kind {
        ElementKind::Transformer => true,
        ElementKind::Branch => branch.model.ratio != 1.0 || base_kv.get(&branch.from) != base_kv.get(&branch.to),
        ElementKind::Line | ElementKind::Switch => false,
    };
    let fed = buses.iter().filter(|bus| network.node(bus.id).is_some());
    let (p_pu, q_pu) = fed.fold((0.0, 0.0), |(p, q), bus| {
        let dependent = bus.steady_current + bus.steady_impedance;
        (p + bus.p_pu + dependent.re, q + bus.q_pu + dependent.im)
    });
    vec![
        format!(
            "{}: {} buses ({}), {} branches, {} of them open, {} transformers",
            case.grid.name,
            grouped(buses.len() as u64),
            levels.iter().map(at_level).collect::<Vec<_>>().join(", "),
            grouped(branches.len() as u64),
            grouped(open as u64),
            grouped(branches.iter().filter(is_transformer).count() as u64),
        ),
        format!("load less generation at 1 pu: {} MW, {} Mvar", mw(p_pu), mw(q_pu)),
        solved(network),
    ]
}

/// What its own loads come to in it. That they are more than it can carry is no fault of the description: whoever uses
/// it may have others.
fn solved(network: &Network) -> String {
    let mut state = State::new(network);
    match solve(network, &mut state, &Options::default()) {
        Err(error) => format!("not solved with these loads: {error}"),
        Ok(done) => {
            let (node, v_pu) = state.lowest();
            format!(
                "solved with these loads: {} kW lost, lowest voltage {} pu at bus {}",
                decimal(done.lost.re * network.s_base_va() / 1e3, 3),
                decimal(v_pu, 6),
                network.bus(node)
            )
        }
    }
}
