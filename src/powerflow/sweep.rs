//! The backward-forward sweep: currents up the tree, voltages down, until nothing moves.
//!
//! After Shirmohammadi, Hong, Semlyen, Luo (1988), "A compensation-based power flow method for weakly meshed
//! distribution and transmission networks", on the general two-port of [`super::twoport`].

use super::complex::Complex;
use super::network::Network;
use super::solve_error::SolveError;
use super::state::State;

/// When a solve stops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Mismatch at which it has converged, in pu: see [`Solved::mismatch_pu`].
    pub tolerance_pu: f64,
    /// Sweeps after which it gives up.
    pub sweeps_max: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { tolerance_pu: 1e-9, sweeps_max: 200 }
    }
}

/// What a solve has to say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Solved {
    /// Sweeps it took.
    pub sweeps: u32,
    /// Bound of what is left in pu: how far a bus voltage, or the power a bus draws, still is from its limit
    /// by the last change and the rate at which changes shrink.
    pub mismatch_pu: f64,
    /// Power the slack delivers, its own load included, in pu.
    pub slack: Complex,
    /// Power lost in branches and drawn by shunts, in pu: what the slack delivers less all loads.
    pub lost: Complex,
}

/// Voltage in pu below which a solve gives up. A load of constant power that is all that a line can carry
/// stands at 0.5 pu and above, and the sweeps towards it stay there.
const COLLAPSE_V_PU: f64 = 0.1;

/// Sweeps without a new least change after which a solve gives up. Towards a solution changes shrink in
/// nearly every sweep; without one voltages wander.
const WANDERING_SWEEPS: u32 = 20;
/// Changes below this in pu are no wandering, but the end of what numbers can tell.
const WANDERING_PU: f64 = 1e-6;

/// Greatest change in a sweep, and the node where it was; square of the lowest voltage, and its node.
#[derive(Clone, Copy)]
struct Change {
    greatest_pu: f64,
    node: usize,
    /// Not finite as soon as any voltage is not.
    sum: f64,
    lowest_v2: f64,
    lowest: usize,
}

/// Solves a network for the loads of a state, and leaves voltages and currents there.
///
/// Begins with the voltages of the last solve if there are any, and flat otherwise: with the no-load voltage,
/// tap ratios and phase shifts passed down. A failed solve leaves the state as if it had never been solved.
///
/// # Errors
/// See [`SolveError`]; the state is of another network, a load is not finite, or nothing settles.
pub fn solve(network: &Network, state: &mut State, options: &Options) -> Result<Solved, SolveError> {
    check(network, state)?;
    if state.solved {
        state.v[0] = network.slack;
    } else {
        start_flat(network, &mut state.v);
    }
    state.solved = false;
    state.j.fill(Complex::ZERO);
    let mut last = Change { greatest_pu: f64::MAX, node: 0, sum: 0.0, lowest_v2: f64::MAX, lowest: 0 };
    let (mut least_pu, mut least_at) = (f64::MAX, 0);
    for sweep in 1..=options.sweeps_max {
        rise(network, state);
        let change = fall(network, state);
        if change.greatest_pu < least_pu {
            (least_pu, least_at) = (change.greatest_pu, sweep);
        }
        let wanders = sweep - least_at >= WANDERING_SWEEPS && least_pu > WANDERING_PU;
        if change.lowest_v2 < COLLAPSE_V_PU * COLLAPSE_V_PU || (wanders && change.sum.is_finite()) {
            return Err(collapsed(network, state, sweep, change));
        }
        if !change.sum.is_finite() {
            return Err(give_up(network, state, sweep, last));
        }
        if let Some(left_pu) = left(change.greatest_pu, last.greatest_pu, sweep)
            && left_pu <= options.tolerance_pu
        {
            rise(network, state);
            state.solved = true;
            return Ok(summary(network, state, sweep, left_pu));
        }
        last = change;
    }
    Err(give_up(network, state, options.sweeps_max, last))
}

/// What is left to move if changes keep shrinking at the rate of the last two; none if they do not shrink.
fn left(now_pu: f64, before_pu: f64, sweep: u32) -> Option<f64> {
    /// Changes below this are rounding, and say nothing about the rate.
    const ROUNDING_PU: f64 = 1e-12;
    if now_pu <= ROUNDING_PU {
        return Some(now_pu);
    }
    let rate = now_pu / before_pu;
    (sweep > 1 && rate < 1.0).then(|| now_pu * (rate / (1.0 - rate)).max(1.0))
}

fn check(network: &Network, state: &State) -> Result<(), SolveError> {
    let (nodes, found) = (network.len(), state.load.len());
    let dependent = [state.steady_current.len(), state.steady_impedance.len()];
    let sound = dependent[0] == dependent[1] && (dependent[0] == 0 || dependent[0] == nodes);
    if nodes != found || state.v.len() != nodes || state.j.len() != nodes || !sound {
        return Err(SolveError::OtherNetwork { network: network.name.clone(), nodes, found });
    }
    for loads in [&state.load, &state.steady_current, &state.steady_impedance] {
        if let Some(node) = loads.iter().position(|load| !load.is_finite()) {
            let bus = network.bus.get(node).copied().unwrap_or(u32::MAX);
            return Err(SolveError::LoadNotFinite { network: network.name.clone(), bus });
        }
    }
    Ok(())
}

fn start_flat(network: &Network, v: &mut [Complex]) {
    v[0] = network.slack;
    for node in 1..v.len() {
        v[node] = network.gain[node] * v[network.parent[node] as usize];
    }
}

/// Up the tree: from loads and voltages, the current that each branch must deliver.
fn rise(network: &Network, state: &mut State) {
    let State { load, steady_current, steady_impedance, v, j, .. } = state;
    if steady_current.is_empty() {
        backward(network, load, v, j, |_, _, _| Complex::ZERO);
    } else {
        let nodes = network.parent.len();
        let (current, impedance) = (&steady_current[..nodes], &steady_impedance[..nodes]);
        backward(network, load, v, j, |node, at, inverse2| {
            at * (current[node].conj().scale(inverse2.sqrt()) + impedance[node].conj())
        });
    }
}

/// Sums up currents from the leaves; `j` holds zeros before. `dependent` is the current that a node draws
/// beside its constant power, by its voltage and the inverse square of its length.
fn backward(
    network: &Network,
    load: &[Complex],
    v: &[Complex],
    j: &mut [Complex],
    dependent: impl Fn(usize, Complex, f64) -> Complex,
) {
    let nodes = network.parent.len();
    let (parent, carry, shunt) = (&network.parent[..nodes], &network.carry[..nodes], &network.node_shunt[..nodes]);
    let (load, v, j) = (&load[..nodes], &v[..nodes], &mut j[..nodes]);
    for node in (0..nodes).rev() {
        let at = v[node];
        let inverse2 = 1.0 / at.norm2();
        let own = load[node].conj() * at.scale(inverse2) + shunt[node] * at;
        let drawn = j[node] + own + dependent(node, at, inverse2);
        j[node] = drawn;
        if node > 0 {
            j[parent[node] as usize] += carry[node] * drawn;
        }
    }
}

/// Down the tree: from currents, the voltages. Leaves zeros in `j`.
fn fall(network: &Network, state: &mut State) -> Change {
    let State { load, steady_current, steady_impedance, v, j, .. } = state;
    if steady_current.is_empty() {
        forward(network, load, v, j, |_, _| 0.0)
    } else {
        let nodes = network.parent.len();
        let (current, impedance) = (&steady_current[..nodes], &steady_impedance[..nodes]);
        forward(network, load, v, j, |node, square| current[node].norm2() + impedance[node].norm2() * square)
    }
}

/// Passes voltages on from the slack. `dependent` is the square of what a change of a node's voltage
/// unbalances at the parts of its load that depend on it, by the square of the voltage and per square of the
/// change.
fn forward(
    network: &Network,
    load: &[Complex],
    v: &mut [Complex],
    j: &mut [Complex],
    dependent: impl Fn(usize, f64) -> f64,
) -> Change {
    let nodes = network.parent.len();
    let (parent, gain, series) = (&network.parent[..nodes], &network.gain[..nodes], &network.series[..nodes]);
    let shunt = &network.node_shunt[..nodes];
    let (load, v, j) = (&load[..nodes], &mut v[..nodes], &mut j[..nodes]);
    let (mut greatest, mut worst, mut sum) = (0.0, 0, 0.0);
    let (mut lowest_v2, mut lowest) = (f64::MAX, 0);
    j[0] = Complex::ZERO;
    for node in 1..nodes {
        let fed = gain[node] * v[parent[node] as usize] - series[node] * j[node];
        let square = fed.norm2();
        // The change itself, and what it unbalances: S/V of it at the load and Y V of it at the shunts.
        let constant = load[node].norm2() / square + shunt[node].norm2() * square;
        let weight = 1.0 + 2.0 * constant + 4.0 * dependent(node, square);
        let moved = (fed - v[node]).norm2() * weight;
        v[node] = fed;
        j[node] = Complex::ZERO;
        sum += moved;
        if moved > greatest {
            greatest = moved;
            worst = node;
        }
        if square < lowest_v2 {
            lowest_v2 = square;
            lowest = node;
        }
    }
    Change { greatest_pu: greatest.sqrt(), node: worst, sum, lowest_v2, lowest }
}

fn summary(network: &Network, state: &State, sweeps: u32, mismatch_pu: f64) -> Solved {
    let slack = state.v[0] * state.j[0].conj();
    let drawn = (0..network.len()).fold(Complex::ZERO, |sum, node| sum + state.drawn(node));
    debug_assert_eq!(state.v[0], network.slack, "the slack holds its voltage");
    Solved { sweeps, mismatch_pu, slack, lost: slack - drawn }
}

fn collapsed(network: &Network, state: &mut State, sweeps: u32, change: Change) -> SolveError {
    state.forget();
    let (bus, v_pu) = (network.bus[change.lowest], change.lowest_v2.sqrt());
    SolveError::Collapsed { network: network.name.clone(), sweeps, bus, v_pu }
}

fn give_up(network: &Network, state: &mut State, sweeps: u32, last: Change) -> SolveError {
    state.forget();
    let (mismatch_pu, worst_bus) = (last.greatest_pu, network.bus[last.node]);
    SolveError::NotConverged { network: network.name.clone(), sweeps, mismatch_pu, worst_bus }
}
