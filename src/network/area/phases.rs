//! On which phase everything of an area is, and what that makes each phase draw.

use super::draws::{Draws, User, UserKind};
use crate::chance::{Purpose, Seed, draw};
use crate::powerflow::Complex;
use crate::site::building::BuildingKind;
use crate::three_phase::{CHARGER_POWER_W, Phase, assign};

/// Households of a residential building, which in these worlds is all that hangs on one transformer (assumption: 6 to 7
/// million dwellings over 35,000 to 40,000 residential areas; a world does not count dwellings).
pub const HOUSEHOLDS: usize = 170;

/// What a user draws, by the phases it is connected to. In VA.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Loaded {
    /// Between each phase and neutral.
    pub single_va: [Complex; 3],
    /// On all phases, a third each.
    pub three_va: Complex,
}

impl Loaded {
    /// All of it.
    pub fn sum_va(&self) -> Complex {
        self.single_va.iter().fold(self.three_va, |sum_va, va| sum_va + *va)
    }

    /// The same power on every phase.
    #[must_use]
    pub fn even(&self) -> Self {
        Self { three_va: self.sum_va(), ..Self::default() }
    }

    /// What a phase draws.
    pub fn on(&self, phase: usize) -> Complex {
        self.single_va[phase] + self.three_va.scale(1.0 / 3.0)
    }
}

/// What each user of an area draws by phase, in the order of the users. Reactive power is that of buildings, in a fixed
/// proportion to their active power, as in the balanced model; that of inverters is added to it.
///
/// Households and points up to 7 kW are on one phase; everything else is balanced over three (assumption for whole
/// buildings that are no dwellings, and for solar arrays and storage units). Which phase each is on depends on the seed
/// and the transformer's row alone: buildings and points are counted by their rows.
pub fn loaded(draws: &Draws, tangent: f64, seed: u64) -> Vec<Loaded> {
    let mut homes: Vec<usize> = (0..draws.users.len()).filter(|at| is_home(&draws.users[*at])).collect();
    homes.sort_unstable_by_key(|at| draws.users[*at].row);
    let mut points: Vec<(u32, usize, i64)> = Vec::new();
    let mut all: Vec<Loaded> = Vec::new();
    for (at, user) in draws.users.iter().enumerate() {
        let mut three_w = user.storage_w - user.solar_w;
        let mut reactive_var = 0.0;
        if !is_home(user) {
            three_w += user.building_w;
            reactive_var = user.building_w as f64 * tangent;
        }
        for point in &user.points {
            if f64::from(point.rating_w) <= CHARGER_POWER_W {
                points.push((point.gun, at, point.power_w));
            } else {
                three_w += point.power_w;
            }
        }
        all.push(Loaded { three_va: Complex::new(three_w as f64, reactive_var), ..Loaded::default() });
    }
    points.sort_unstable();
    let of_area = draw(Seed(seed), Purpose::Phases, draws.row, 0).bits();
    let phases = assign(of_area, homes.len() * HOUSEHOLDS, points.len());
    for ((_, at, power_w), phase) in points.iter().zip(&phases.chargers) {
        all[*at].single_va[phase.index()] += Complex::new(*power_w as f64, 0.0);
    }
    for (place, (at, mine)) in homes.iter().zip(phases.households.chunks(HOUSEHOLDS)).enumerate() {
        let shares = weights(Seed(seed), draws.row, place * HOUSEHOLDS, mine);
        let by_phase_w = split(draws.users[*at].building_w, shares);
        for (sum_va, power_w) in all[*at].single_va.iter_mut().zip(by_phase_w) {
            *sum_va += Complex::new(power_w as f64, power_w as f64 * tangent);
        }
    }
    all
}

/// Adds the reactive power in var that an area's inverters draw at the last solve: to users in proportion to what they
/// deliver or store, on all phases; where nothing flows, to all alike (assumption: the tree does not say whose it is).
pub(super) fn add_inverters(loaded: &mut [Loaded], draws: &Draws, drawn_var: f64) {
    let flow_w = |user: &User| (user.solar_w.abs() + user.storage_w.abs()) as f64;
    let whole_w: f64 = draws.users.iter().map(flow_w).sum();
    for (to, user) in loaded.iter_mut().zip(&draws.users) {
        let share = if whole_w > 0.0 { flow_w(user) / whole_w } else { 1.0 / draws.users.len().max(1) as f64 };
        to.three_va += Complex::new(0.0, drawn_var * share);
    }
}

/// True for dwellings.
fn is_home(user: &User) -> bool {
    user.kind == UserKind::Building(BuildingKind::Residential)
}

/// What households draw on each phase, to be scaled: one's draw is exponential about the mean (assumption: a standard
/// deviation as large as the mean, for at any moment a few cook or cool and most do not).
fn weights(seed: Seed, row: u32, first: usize, phases: &[Phase]) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for (household, phase) in (first..).zip(phases) {
        sums[phase.index()] += draw(seed, Purpose::Household, row, household as u32).exponential(1.0);
    }
    sums
}

/// Whole watts in proportion to three weights; together they are all of it.
fn split(power_w: i64, weights: [f64; 3]) -> [i64; 3] {
    let [a, b, c] = weights;
    let per_weight = power_w as f64 / (a + b + c).max(f64::MIN_POSITIVE);
    let (first_w, both_w) = ((a * per_weight).round() as i64, ((a + b) * per_weight).round() as i64);
    [first_w, both_w - first_w, power_w - both_w]
}
