//! From a description to a tree: checks, joins, loops, breadth-first order.

use super::complex::Complex;
use super::network::{NONE, Network};
use super::order::{Link, Sets, Tree, breadth_first};
use super::parts::{Branch, Bus, BusKind, Element, ElementKind, Grid};
use super::problem::NetworkProblem;
use super::twoport::{Pi, Step};

/// Off-nominal ratios taken for real.
const RATIOS: core::ops::RangeInclusive<f64> = 0.2..=5.0;
/// Voltages in pu a slack may hold.
const SLACK_V_PU: core::ops::RangeInclusive<f64> = 0.5..=1.5;

/// Builds a network: see [`Network::build`].
pub(super) fn build(grid: &Grid) -> Result<Network, NetworkProblem> {
    if !(grid.s_base_va.is_finite() && grid.s_base_va > 0.0) {
        return Err(NetworkProblem::BasePower { found: grid.s_base_va });
    }
    let places = bus_places(&grid.buses)?;
    let slack_at = slack_of(&grid.buses)?;
    let links = links(grid, &places)?;
    let mut joined = Sets::new(grid.buses.len());
    let links = join_switches(grid, links, &mut joined)?;
    let slack_root = joined.find(slack_at);
    refuse_loops(grid, &links, &mut joined, slack_root)?;
    let tree = breadth_first(grid.buses.len(), &links, slack_root);
    let network = lay_out(grid, &links, &tree, &mut joined, slack_at)?;
    let lost =
        grid.buses.iter().find(|bus| bus.kind != BusKind::Off && bus.is_loaded() && network.node(bus.id).is_none());
    lost.map_or(Ok(network), |bus| Err(NetworkProblem::Disconnected { bus: bus.id }))
}

/// Bus numbers in order, each with its place in the list.
fn bus_places(buses: &[Bus]) -> Result<Vec<(u32, u32)>, NetworkProblem> {
    for bus in buses {
        let finite = "a finite number";
        let numbers = [
            ("load p", bus.p_pu),
            ("load q", bus.q_pu),
            ("load of constant current, p", bus.steady_current.re),
            ("load of constant current, q", bus.steady_current.im),
            ("load of constant impedance, p", bus.steady_impedance.re),
            ("load of constant impedance, q", bus.steady_impedance.im),
            ("shunt g", bus.g_pu),
            ("shunt b", bus.b_pu),
        ];
        for (what, found) in numbers {
            if !found.is_finite() {
                return Err(NetworkProblem::BusNumber { bus: bus.id, what, found, wanted: finite });
            }
        }
        if !(bus.base_kv.is_finite() && bus.base_kv > 0.0) {
            let (what, found, wanted) = ("base voltage in kV", bus.base_kv, "a positive number");
            return Err(NetworkProblem::BusNumber { bus: bus.id, what, found, wanted });
        }
    }
    let mut places: Vec<(u32, u32)> = buses.iter().enumerate().map(|(at, bus)| (bus.id, at as u32)).collect();
    places.sort_unstable();
    match places.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(NetworkProblem::DuplicateBus { bus: pair[0].0 }),
        None => Ok(places),
    }
}

fn slack_of(buses: &[Bus]) -> Result<u32, NetworkProblem> {
    let mut slacks = (0_u32..).zip(buses).filter(|(_, bus)| matches!(bus.kind, BusKind::Slack { .. }));
    let (at, first) = slacks.next().ok_or(NetworkProblem::NoSlack)?;
    match slacks.next() {
        Some((_, second)) => Err(NetworkProblem::TwoSlacks { first: first.id, second: second.id }),
        None => Ok(at),
    }
}

pub(super) fn slack_voltage(bus: u32, v_pu: f64, angle_deg: f64) -> Result<Complex, NetworkProblem> {
    if !SLACK_V_PU.contains(&v_pu) {
        let (what, wanted) = ("voltage of the slack in pu", "in 0.5 to 1.5");
        return Err(NetworkProblem::BusNumber { bus, what, found: v_pu, wanted });
    }
    if !angle_deg.is_finite() {
        let (what, wanted) = ("angle of the slack in degrees", "a finite number");
        return Err(NetworkProblem::BusNumber { bus, what, found: angle_deg, wanted });
    }
    Ok(if angle_deg == 0.0 { Complex::new(v_pu, 0.0) } else { Complex::from_polar_deg(v_pu, angle_deg) })
}

/// Checks all branches and finds the closed ones between buses in service.
fn links(grid: &Grid, places: &[(u32, u32)]) -> Result<Vec<Link>, NetworkProblem> {
    let mut names: Vec<Element> = grid.branches.iter().map(|branch| branch.element).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(NetworkProblem::DuplicateBranch { branch: pair[0] });
    }
    let place = |branch: &Branch, bus: u32| match places.binary_search_by_key(&bus, |&(id, _)| id) {
        Ok(at) => Ok(places[at].1),
        Err(_) => Err(NetworkProblem::UnknownBus { branch: branch.element, bus }),
    };
    let mut links = Vec::with_capacity(grid.branches.len());
    for (at, branch) in (0_u32..).zip(&grid.branches) {
        let (from, to) = (place(branch, branch.from)?, place(branch, branch.to)?);
        checked_step(branch.element, &branch.model, false)?;
        let off = |place: u32| grid.buses[place as usize].kind == BusKind::Off;
        if branch.closed && !off(from) && !off(to) {
            links.push(Link { branch: at, from, to });
        }
    }
    Ok(links)
}

/// The form a sweep uses of a branch, if all its numbers are sound.
pub(super) fn checked_step(branch: Element, model: &Pi, reversed: bool) -> Result<Step, NetworkProblem> {
    let numbers = [("r", model.r_pu), ("x", model.x_pu), ("g", model.g_pu), ("b", model.b_pu)];
    for (what, found) in numbers.into_iter().chain([("shift in degrees", model.shift_deg)]) {
        if !found.is_finite() {
            return Err(NetworkProblem::BranchNumber { branch, what, found, wanted: "a finite number" });
        }
    }
    if model.r_pu < 0.0 {
        let (what, wanted) = ("r", "zero or more: a resistance gives no power");
        return Err(NetworkProblem::BranchNumber { branch, what, found: model.r_pu, wanted });
    }
    if branch.kind != ElementKind::Switch && model.impedance() == Complex::ZERO {
        return Err(NetworkProblem::ZeroImpedance { branch });
    }
    if !RATIOS.contains(&model.ratio) {
        let (what, wanted) = ("tap ratio", "in 0.2 to 5, and 1 for a line");
        return Err(NetworkProblem::BranchNumber { branch, what, found: model.ratio, wanted });
    }
    let step = model.step(reversed);
    if step.is_finite() { Ok(step) } else { Err(NetworkProblem::Resonant { branch }) }
}

/// Makes buses one that switches without impedance join; returns the other branches.
fn join_switches(grid: &Grid, links: Vec<Link>, joined: &mut Sets) -> Result<Vec<Link>, NetworkProblem> {
    let mut rest = Vec::with_capacity(links.len());
    for link in links {
        let branch = &grid.branches[link.branch as usize];
        if branch.element.kind != ElementKind::Switch || branch.model != Pi::SWITCH {
            rest.push(link);
            continue;
        }
        let (from_kv, to_kv) = (grid.buses[link.from as usize].base_kv, grid.buses[link.to as usize].base_kv);
        if from_kv != to_kv {
            return Err(NetworkProblem::SwitchAcrossVoltages { branch: branch.element, from_kv, to_kv });
        }
        joined.join(link.from, link.to);
    }
    for link in &mut rest {
        link.from = joined.find(link.from);
        link.to = joined.find(link.to);
    }
    Ok(rest)
}

/// Refuses loops in what hangs on the slack. Loops among dropped buses carry nothing and are no matter.
fn refuse_loops(grid: &Grid, links: &[Link], joined: &mut Sets, slack: u32) -> Result<(), NetworkProblem> {
    let mut reached = Sets::new(grid.buses.len());
    let (tree, closing): (Vec<Link>, Vec<Link>) =
        links.iter().copied().partition(|link| reached.join(link.from, link.to));
    let slack = reached.find(joined.find(slack));
    let closing: Vec<Link> = closing.into_iter().filter(|link| reached.find(link.from) == slack).collect();
    match closing.first() {
        None => Ok(()),
        Some(link) => {
            let branch = &grid.branches[link.branch as usize];
            let (from, to, loops) = (branch.from, branch.to, closing.len());
            let way = way_round(grid, &tree, link);
            Err(NetworkProblem::NotRadial { branch: branch.element, from, to, way, loops })
        }
    }
}

/// The buses of the loop that a link closes, from its from end round to its to end.
fn way_round(grid: &Grid, tree: &[Link], closing: &Link) -> Vec<u32> {
    let walk = breadth_first(grid.buses.len(), tree, closing.to);
    let mut node = walk.node[closing.from as usize];
    let mut way = Vec::new();
    // Both ends are in one tree, so that the walk from one has reached the other.
    while node != NONE {
        way.push(grid.buses[walk.order[node as usize] as usize].id);
        node = if node == 0 { NONE } else { walk.parent[node as usize] };
    }
    way
}

fn lay_out(
    grid: &Grid,
    links: &[Link],
    tree: &Tree,
    joined: &mut Sets,
    slack_at: u32,
) -> Result<Network, NetworkProblem> {
    let slack_bus = &grid.buses[slack_at as usize];
    let BusKind::Slack { v_pu, angle_deg } = slack_bus.kind else { return Err(NetworkProblem::NoSlack) };
    let mut network = empty(grid, tree.order.len());
    network.slack = slack_voltage(slack_bus.id, v_pu, angle_deg)?;
    network.parent.clone_from(&tree.parent);
    for (node, &place) in tree.order.iter().enumerate() {
        let bus = &grid.buses[place as usize];
        network.bus.push(if node == 0 { slack_bus.id } else { bus.id });
        network.base_kv.push(bus.base_kv);
        if node == 0 {
            push_branch(&mut network, NONE, Element { kind: ElementKind::Switch, id: NONE }, &Pi::SWITCH, false)?;
            continue;
        }
        let link = &links[tree.link[node] as usize];
        let branch = &grid.branches[link.branch as usize];
        push_branch(&mut network, link.branch, branch.element, &branch.model, link.from == place)?;
        network.fed.push((branch.element, node as u32));
    }
    for (at, bus) in (0_u32..).zip(&grid.buses) {
        let node = if bus.kind == BusKind::Off { NONE } else { tree.node[joined.find(at) as usize] };
        network.nodes.push((bus.id, node));
        if node != NONE {
            network.load[node as usize] += Complex::new(bus.p_pu, bus.q_pu);
            network.bus_shunt[node as usize] += Complex::new(bus.g_pu, bus.b_pu);
            add_dependent(&mut network, node as usize, bus);
        }
    }
    network.nodes.sort_unstable();
    network.fed.sort_unstable();
    for node in 0..network.len() {
        network.node_shunt.push(network.bus_shunt[node]);
    }
    for node in 1..network.len() {
        let end = network.end_shunt[node];
        network.node_shunt[network.parent[node] as usize] += end;
    }
    Ok(network)
}

/// Adds the parts of a load that depend on the voltage; room for them is made when the first one comes.
fn add_dependent(network: &mut Network, node: usize, bus: &Bus) {
    if bus.depends_on_voltage() {
        let nodes = network.load.len();
        network.steady_current.resize(nodes, Complex::ZERO);
        network.steady_impedance.resize(nodes, Complex::ZERO);
        network.steady_current[node] += bus.steady_current;
        network.steady_impedance[node] += bus.steady_impedance;
    }
}

fn push_branch(
    network: &mut Network,
    place: u32,
    element: Element,
    model: &Pi,
    reversed: bool,
) -> Result<(), NetworkProblem> {
    let step = checked_step(element, model, reversed)?;
    network.gain.push(step.gain);
    network.series.push(step.series);
    network.carry.push(step.carry);
    network.end_shunt.push(step.shunt);
    network.model.push(*model);
    network.reversed.push(reversed);
    network.branch.push(place);
    network.element.push(element);
    Ok(())
}

fn empty(grid: &Grid, nodes: usize) -> Network {
    Network {
        name: grid.name.clone(),
        s_base_va: grid.s_base_va,
        slack: Complex::ONE,
        parent: Vec::new(),
        gain: Vec::with_capacity(nodes),
        series: Vec::with_capacity(nodes),
        carry: Vec::with_capacity(nodes),
        end_shunt: Vec::with_capacity(nodes),
        node_shunt: Vec::with_capacity(nodes),
        bus_shunt: vec![Complex::ZERO; nodes],
        load: vec![Complex::ZERO; nodes],
        steady_current: Vec::new(),
        steady_impedance: Vec::new(),
        model: Vec::with_capacity(nodes),
        reversed: Vec::with_capacity(nodes),
        branch: Vec::with_capacity(nodes),
        element: Vec::with_capacity(nodes),
        bus: Vec::with_capacity(nodes),
        base_kv: Vec::with_capacity(nodes),
        nodes: Vec::with_capacity(grid.buses.len()),
        fed: Vec::with_capacity(nodes),
    }
}
