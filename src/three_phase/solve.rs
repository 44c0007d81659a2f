//! The backward-forward sweep.

use super::build::Feeder;
use super::complex::Triple;
use super::error::SolveError;
use crate::powerflow::Complex;

/// When a solve ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Settled once no voltage changed by more than this from one sweep to the next, in pu of nominal.
    pub tolerance_pu: f64,
    /// Sweeps before giving up.
    pub max_sweeps: u32,
}

impl Default for Settings {
    /// 1e-9 pu, at most 100 sweeps.
    fn default() -> Self {
        Self { tolerance_pu: 1e-9, max_sweeps: 100 }
    }
}

/// How a solve went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Solved {
    /// Sweeps done.
    pub sweeps: u32,
    /// Largest change of a voltage in the last sweep, in pu of nominal.
    pub change_pu: f64,
}

/// Voltages and currents of a feeder: the result of a solve, and where the next one starts.
///
/// A copy gives the same bits as the original from there on. Two solves of the same step from different
/// starts agree within the tolerance, not to the bit.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    source_v: Triple,
    pub(super) voltages_v: Vec<Triple>,
    pub(super) currents_a: Vec<Triple>,
}

impl State {
    /// A flat start: the head's no-load voltages everywhere, and no current.
    pub fn new(feeder: &Feeder) -> Self {
        let source_v = feeder.head.source_v();
        let open_v = feeder.head.open_v(&source_v);
        let buses = feeder.buses.len();
        Self { source_v, voltages_v: vec![open_v; buses], currents_a: vec![[Complex::ZERO; 3]; buses] }
    }

    /// Gives the voltages to neutral in V of the source, or of the head's busbar, from the next solve on.
    pub const fn set_source_v(&mut self, source_v: Triple) {
        self.source_v = source_v;
    }

    /// The voltages given of the source, or of the head's busbar.
    pub const fn source_v(&self) -> Triple {
        self.source_v
    }

    /// Back to the flat start, with the source as it is.
    pub fn reset(&mut self, feeder: &Feeder) {
        self.voltages_v.fill(feeder.head.open_v(&self.source_v));
        self.currents_a.fill([Complex::ZERO; 3]);
    }

    /// Voltages to neutral in V, by position.
    pub fn voltages_v(&self) -> &[Triple] {
        &self.voltages_v
    }

    /// Currents in A that flow to each bus through the series impedance of the line that feeds it, by
    /// position.
    ///
    /// For the head those through the windings of the transformer, its no-load branch included, or into the
    /// busbar. They are those of the loads at the voltages of the sweep before the last, so a bus balances to
    /// rounding and the loads to the tolerance.
    pub fn currents_a(&self) -> &[Triple] {
        &self.currents_a
    }
}

impl Feeder {
    /// Solves for the powers of the loads in VA, positive drawn, in the order of the network's loads.
    ///
    /// Starts from the state as it is and leaves the result in it; if it does not settle from there, starts
    /// flat once more, as after an outage. Does not allocate unless it fails.
    ///
    /// # Errors
    /// Powers of the wrong number, powers or a source that are not finite, a state of another feeder, or
    /// [`SolveError::NotConverged`], which leaves the state at its flat start.
    pub fn solve(&self, state: &mut State, powers_va: &[Complex], settings: &Settings) -> Result<Solved, SolveError> {
        self.check(state, powers_va)?;
        let settled = |went: &Solved| went.change_pu <= settings.tolerance_pu;
        let mut went = self.sweep(state, powers_va, settings);
        if !settled(&went) {
            state.reset(self);
            went = self.sweep(state, powers_va, settings);
        }
        if settled(&went) {
            return Ok(went);
        }
        state.reset(self);
        let Solved { sweeps, change_pu } = went;
        Err(SolveError::NotConverged { network: self.name.clone(), sweeps, change_pu })
    }

    /// Sweeps until settled, lost or at the limit; a change that is not a number is lost.
    fn sweep(&self, state: &mut State, powers_va: &[Complex], settings: &Settings) -> Solved {
        let open_v = self.head.open_v(&state.source_v);
        let mut went = Solved { sweeps: 0, change_pu: f64::INFINITY };
        while went.sweeps < settings.max_sweeps && went.change_pu > settings.tolerance_pu {
            self.gather_currents(state, powers_va);
            let (largest_v2, sum_v2) = self.drop_voltages(state, &open_v);
            let change_pu = if sum_v2.is_finite() { largest_v2.sqrt() / self.base_v } else { f64::NAN };
            went = Solved { sweeps: went.sweeps + 1, change_pu };
        }
        went
    }

    fn check(&self, state: &State, powers_va: &[Complex]) -> Result<(), SolveError> {
        let network = || self.name.clone();
        if state.voltages_v.len() != self.buses.len() {
            return Err(SolveError::WrongState { network: network() });
        }
        if powers_va.len() != self.loads.len() {
            let (loads, powers) = (self.loads.len(), powers_va.len());
            return Err(SolveError::WrongCount { network: network(), loads, powers });
        }
        if !state.source_v.iter().all(|v| v.is_finite()) {
            return Err(SolveError::NonFiniteSource { network: network() });
        }
        match powers_va.iter().position(|power_va| !power_va.is_finite()) {
            Some(i) => Err(SolveError::NonFinitePower { network: network(), load: self.loads[i].clone() }),
            None => Ok(()),
        }
    }

    /// Backward: what the loads draw, summed from the ends of the feeder to its head.
    fn gather_currents(&self, state: &mut State, powers_va: &[Complex]) {
        let State { voltages_v, currents_a, .. } = state;
        currents_a.fill([Complex::ZERO; 3]);
        for (current_a, voltage_v) in currents_a[0].iter_mut().zip(&voltages_v[0]) {
            *current_a = self.no_load_s * *voltage_v;
        }
        for &(position, half_s) in &self.shunts {
            for end in [position, self.parents[position as usize]] {
                let charging_a = half_s.apply(&voltages_v[end as usize]);
                for (sum_a, a) in currents_a[end as usize].iter_mut().zip(charging_a) {
                    *sum_a += a;
                }
            }
        }
        for part in &self.parts {
            let (position, phase, load) = (part.position as usize, part.phase as usize, part.load as usize);
            let drawn_a = self.laws[load].current_a(powers_va[load].scale(part.share), voltages_v[position][phase]);
            currents_a[position][phase] += drawn_a;
        }
        for (position, &parent) in self.parents.iter().enumerate().skip(1).rev() {
            let through_a = currents_a[position];
            let upstream_a = &mut currents_a[parent as usize];
            for (sum_a, a) in upstream_a.iter_mut().zip(through_a) {
                *sum_a += a;
            }
        }
    }

    /// Forward: voltages from the head to the ends. Returns the largest squared change, and the sum of them
    /// all, which is not finite if any voltage is not.
    fn drop_voltages(&self, state: &mut State, open_v: &Triple) -> (f64, f64) {
        let State { voltages_v, currents_a, .. } = state;
        let (mut largest_v2, mut sum_v2) = (0.0, 0.0);
        for (position, (&parent, series_ohm)) in self.parents.iter().zip(&self.series_ohm).enumerate() {
            let from_v = if position == 0 { *open_v } else { voltages_v[parent as usize] };
            let drop_v = series_ohm.apply(&currents_a[position]);
            for (k, voltage_v) in voltages_v[position].iter_mut().enumerate() {
                let next_v = from_v[k] - drop_v[k];
                let change_v2 = (next_v - *voltage_v).norm2();
                largest_v2 = if change_v2 > largest_v2 { change_v2 } else { largest_v2 };
                sum_v2 += change_v2;
                *voltage_v = next_v;
            }
        }
        (largest_v2, sum_v2)
    }
}
