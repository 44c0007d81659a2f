//! The low-voltage network of an area, and what flows in it.

use super::draws::Draws;
use super::phases::Loaded;
use super::{AreaError, USER_V};
use crate::network::equipment::{DISTRIBUTION_PRIMARY_KV, LOW_KV, MAIN, MAIN_KM, MEDIUM_KV, distribution};
use crate::powerflow::Complex;
use crate::three_phase::{
    Connection, Feeder, Head, Load, Matrix3, Network, Phase, Settings, State, Transformer, Triple, VoltageLimits,
    balanced, neutral_current_a, unbalance_factor,
};

/// Name of the busbar.
const BUSBAR: &str = "busbar";
/// The least share of all mains that leads to a user, however small it is (assumption).
const LEAST_SHARE: f64 = 0.01;

/// Voltages at a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NodeFlow {
    /// From each phase to neutral, in pu of [`USER_V`].
    pub v_pu: [f64; 3],
    /// Negative over positive sequence.
    pub unbalance: f64,
    /// Current that comes to it on each phase in A.
    pub current_a: [f64; 3],
    /// Current that returns in the neutral in A.
    pub neutral_a: f64,
    /// Fullest phase of its mains, as a share; of the busbar the transformer's loading.
    pub loading: f64,
}

/// What the busbar gives to one phase.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PhaseFlow {
    /// Current in A.
    pub current_a: f64,
    /// Of the transformer's rated current.
    pub loading: f64,
    /// Delivered by the busbar in W: what is drawn and what is lost.
    pub delivered_w: f64,
    /// Drawn by users, and at the busbar itself, in W.
    pub drawn_w: f64,
    /// Lost in the mains in W. One phase may gain what another loses to it through the common neutral.
    pub lost_w: f64,
}

/// What flows in an area.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaFlow {
    /// At the busbar of the transformer.
    pub busbar: NodeFlow,
    /// At each user, in the order of the users.
    pub users: Vec<NodeFlow>,
    /// By phase.
    pub phases: [PhaseFlow; 3],
    /// Taken from 10 kV in W.
    pub supplied_w: f64,
    /// Lost in the transformer in W.
    pub transformer_lost_w: f64,
    /// Lost in all mains in W.
    pub mains_lost_w: f64,
    /// Sweeps of the solve.
    pub sweeps: u32,
}

impl AreaFlow {
    /// Solves an area for what its users draw, at a balanced voltage in pu of 10 kV.
    ///
    /// # Errors
    /// An area that has no solution.
    pub fn of(draws: &Draws, medium_pu: f64, loaded: &[Loaded]) -> Result<Self, AreaError> {
        let row = draws.row;
        let network = network(draws, medium_pu);
        let feeder = network.build().map_err(|error| AreaError::Build { row, error })?;
        let at_busbar_va = Complex::new(draws.busbar_w() as f64, 0.0);
        let of_users = loaded.iter().flat_map(|user| user.single_va.into_iter().chain([user.three_va]));
        let powers_va: Vec<Complex> = [at_busbar_va].into_iter().chain(of_users).collect();
        let mut state = State::new(&feeder);
        let solved = feeder.solve(&mut state, &powers_va, &Settings::default());
        let sweeps = solved.map_err(|error| AreaError::Solve { row, error })?.sweeps;
        let balance = feeder.balance(&state, &powers_va);
        let outgoing_a = feeder.outgoing_current_a(&state);
        let rated_a = f64::from(draws.rating_va).max(1e3) / (3.0_f64.sqrt() * LOW_KV * 1e3);
        let loading = feeder.transformer_loading(&state).unwrap_or_default();
        let node = |place: usize| {
            let position = feeder.position(&user(place)).unwrap_or_default();
            let loading = feeder.line_loading(&state, position);
            NodeFlow::of(&state.voltages_v()[position], &state.currents_a()[position], loading)
        };
        Ok(Self {
            busbar: NodeFlow::of(&state.voltages_v()[0], &outgoing_a, loading),
            users: (0..loaded.len()).map(node).collect(),
            phases: core::array::from_fn(|k| {
                let drawn_w = at_busbar_va.re / 3.0 + loaded.iter().map(|user| user.on(k).re).sum::<f64>();
                phase(k, &feeder, &state, (outgoing_a[k], rated_a), drawn_w)
            }),
            supplied_w: balance.source_va.re,
            transformer_lost_w: balance.head_loss_va.re,
            mains_lost_w: balance.line_loss_va.re,
            sweeps,
        })
    }

    /// Lowest and highest voltage of users on any phase, in pu of [`USER_V`].
    pub fn users_pu(&self) -> [f64; 2] {
        let all = self.users.iter().flat_map(|user| user.v_pu);
        all.fold([f64::INFINITY, 0.0], |[low, high], v_pu| [v_pu.min(low), v_pu.max(high)])
    }

    /// The highest voltage unbalance of users and busbar.
    pub fn unbalance(&self) -> f64 {
        self.users.iter().map(|user| user.unbalance).fold(self.busbar.unbalance, f64::max)
    }
}

impl NodeFlow {
    fn of(voltages_v: &Triple, currents_a: &Triple, loading: f64) -> Self {
        Self {
            v_pu: voltages_v.map(|v| v.abs() / USER_V),
            unbalance: unbalance_factor(voltages_v),
            current_a: currents_a.map(Complex::abs),
            neutral_a: neutral_current_a(currents_a).abs(),
            loading,
        }
    }
}

/// Name of the node of a user.
fn user(place: usize) -> String {
    format!("user {place}")
}

/// The network of an area.
fn network(draws: &Draws, medium_pu: f64) -> Network {
    let rating_va = f64::from(draws.rating_va).max(1e3);
    let plate = distribution(rating_va);
    let rated = Transformer::dyn11(rating_va, plate.uk, plate.load_loss_w, plate.no_load_loss_w, plate.no_load_current);
    let unit = Transformer { high_v: DISTRIBUTION_PRIMARY_KV * 1e3, ..rated };
    let source_v = balanced(medium_pu * MEDIUM_KV * 1e3 / 3.0_f64.sqrt());
    let head = Head::Transformer { bus: BUSBAR.to_owned(), unit, source_v, source_ohm: Complex::ZERO };
    let mut network = Network::new(format!("area {}", draws.row), head);
    let load = |network: &mut Network, bus: &str, connection: Connection| {
        let (name, limits) = (format!("{bus}, {connection:?}"), VoltageLimits::none(USER_V));
        network.loads.push(Load { name, bus: bus.to_owned(), connection, limits });
    };
    load(&mut network, BUSBAR, Connection::Three);
    let mains = f64::from(MAIN.needed(rating_va, LOW_KV));
    for (place, share) in shares(draws).into_iter().enumerate() {
        let name = user(place);
        network.extend(BUSBAR, &name, main_ohm(mains * share), MAIN.rated_a * mains * share);
        for connection in Phase::ALL.map(Connection::Single).into_iter().chain([Connection::Three]) {
            load(&mut network, &name, connection);
        }
    }
    network
}

/// The share of all mains that leads to each user: in proportion to what they are laid for (assumption: in the balanced
/// model the mains of a transformer are one cable with all users at its end; so shared, they lose the same when all
/// users draw the same part of their design, and more when one of them draws more than the others).
fn shares(draws: &Draws) -> Vec<f64> {
    let sum_w: i64 = draws.users.iter().map(|user| user.design_w).sum();
    let part = |design_w: i64| if sum_w > 0 { (design_w as f64 / sum_w as f64).max(LEAST_SHARE) } else { 1.0 };
    let parts: Vec<f64> = draws.users.iter().map(|user| part(user.design_w)).collect();
    let whole: f64 = parts.iter().sum();
    parts.into_iter().map(|part| part / whole).collect()
}

/// Impedance of some mains side by side in ohm, the neutral folded in.
///
/// Four conductors of one size that lie alike, and nothing in the earth (assumption): the neutral's impedance is that of
/// a phase, so each phase has twice it and shares one with every other. The zero sequence is four times the positive.
fn main_ohm(parallel: f64) -> Matrix3 {
    let one_ohm = Complex::new(MAIN.r_ohm_per_km, MAIN.x_ohm_per_km).scale(MAIN_KM / parallel);
    Matrix3::symmetric(one_ohm.scale(2.0), one_ohm)
}

/// What the busbar gives to a phase with a current and a rated one in A, for what is drawn of it.
fn phase(k: usize, feeder: &Feeder, state: &State, (out_a, rated_a): (Complex, f64), drawn_w: f64) -> PhaseFlow {
    let (voltages_v, currents_a) = (state.voltages_v(), state.currents_a());
    let lost_w = (1..voltages_v.len()).map(|position| {
        let from_v = voltages_v[feeder.parent(position).unwrap_or_default()][k];
        ((from_v - voltages_v[position][k]) * currents_a[position][k].conj()).re
    });
    PhaseFlow {
        current_a: out_a.abs(),
        loading: out_a.abs() / rated_a,
        delivered_w: (voltages_v[0][k] * out_a.conj()).re,
        drawn_w,
        lost_w: lost_w.sum(),
    }
}
