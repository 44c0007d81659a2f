//! What a solved feeder tells: losses, loadings, neutral currents and unbalance.

use super::build::Feeder;
use super::complex::Triple;
use super::network::Head;
use super::solve::State;
use crate::powerflow::Complex;

/// Where the power of a feeder goes, in VA. What the source delivers is the sum of the rest, within the
/// tolerance of the solve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Balance {
    /// Delivered by the source, or by the head's busbar.
    pub source_va: Complex,
    /// Lost in transformer and source impedance.
    pub head_loss_va: Complex,
    /// Lost in all lines, less what their capacitances deliver.
    pub line_loss_va: Complex,
    /// Drawn by all loads.
    pub load_va: Complex,
}

impl Balance {
    /// What is left over; of the size of the solve's tolerance.
    pub fn error_va(&self) -> Complex {
        self.source_va - self.head_loss_va - self.line_loss_va - self.load_va
    }
}

/// Current in A that returns through neutral and earth, from those of the phases in A.
pub fn neutral_current_a(phases_a: &Triple) -> Complex {
    -(phases_a[0] + phases_a[1] + phases_a[2])
}

/// Voltage unbalance factor: negative over positive sequence of three voltages, 0 for a balanced system.
///
/// A limit of 0.02 in normal operation is usual (`assumption`: GB/T 15543 and EN 50160, from memory). Not
/// finite without a positive sequence.
pub fn unbalance_factor(voltages_v: &Triple) -> f64 {
    let [a, b, c] = *voltages_v;
    let turn = Complex::new(-0.5, 0.75_f64.sqrt());
    let positive = a + turn * b + turn.conj() * c;
    let negative = a + turn.conj() * b + turn * c;
    negative.abs() / positive.abs()
}

/// Power in VA that currents carry at voltages.
fn power_va(voltages_v: &Triple, currents_a: &Triple) -> Complex {
    voltages_v.iter().zip(currents_a).map(|(v, i)| *v * i.conj()).sum()
}

impl Feeder {
    /// Loss in VA in the line that feeds the bus at a position, less what its capacitance delivers; for the
    /// head in series impedances alone.
    pub fn line_loss_va(&self, state: &State, position: usize) -> Complex {
        let current_a = &state.currents_a[position];
        let series_va = power_va(&self.series_ohm[position].apply(current_a), current_a);
        let ends = [self.parents[position] as usize, position];
        let charging = self.charging_a(state, position).into_iter().zip(ends);
        charging.fold(series_va, |sum_va, (a, end)| sum_va + power_va(&state.voltages_v[end], &a))
    }

    /// Charging currents in A at both ends of the line that feeds the bus at a position, its feeding end
    /// first.
    pub fn charging_a(&self, state: &State, position: usize) -> [Triple; 2] {
        match self.shunts.binary_search_by_key(&(position as u32), |shunt| shunt.0) {
            Err(_) => [[Complex::ZERO; 3]; 2],
            Ok(i) => {
                let ends = [self.parents[position] as usize, position];
                ends.map(|end| self.shunts[i].1.apply(&state.voltages_v[end]))
            }
        }
    }

    /// Currents in A at both terminals of the line that feeds the bus at a position, its feeding end first,
    /// counted away from the head; they differ by its charging currents.
    pub fn terminal_currents_a(&self, state: &State, position: usize) -> [Triple; 2] {
        let ([from_a, to_a], through_a) = (self.charging_a(state, position), state.currents_a[position]);
        let fed_a = core::array::from_fn(|k| through_a[k] + from_a[k]);
        [fed_a, core::array::from_fn(|k| through_a[k] - to_a[k])]
    }

    /// Largest phase current at either terminal over the rated one, of the line that feeds the bus at a
    /// position; 0 for the head.
    pub fn line_loading(&self, state: &State, position: usize) -> f64 {
        let terminals_a = self.terminal_currents_a(state, position);
        let largest_a2 = terminals_a.iter().flatten().map(|a| a.norm2()).fold(0.0, f64::max);
        largest_a2.sqrt() / self.rated_a[position]
    }

    /// Currents in A out of the high-voltage network, if the head is a transformer.
    pub fn high_current_a(&self, state: &State) -> Option<Triple> {
        match &self.head {
            Head::Busbar { .. } => None,
            Head::Transformer { unit, .. } => Some(unit.high_current_a(&state.currents_a[0])),
        }
    }

    /// Currents in A that leave the head's bus into the feeder, without a transformer's no-load current.
    pub fn outgoing_current_a(&self, state: &State) -> Triple {
        let (current_a, voltage_v) = (state.currents_a[0], state.voltages_v[0]);
        core::array::from_fn(|k| current_a[k] - self.no_load_s * voltage_v[k])
    }

    /// Loading of the transformer as a share of its rating, by its largest phase current; `None` without one.
    ///
    /// One phase at its rated current is full load, however little the others carry.
    pub fn transformer_loading(&self, state: &State) -> Option<f64> {
        match &self.head {
            Head::Busbar { .. } => None,
            Head::Transformer { unit, .. } => {
                Some(unit.loading(&self.outgoing_current_a(state), &unit.high_current_a(&state.currents_a[0])))
            }
        }
    }

    /// What the loads at one node draw in A at the voltages of the state, for the powers they were solved
    /// with.
    pub fn drawn_a(&self, state: &State, powers_va: &[Complex], position: usize) -> Triple {
        let mut drawn_a = [Complex::ZERO; 3];
        let first = self.parts.partition_point(|part| (part.position as usize) < position);
        for part in self.parts[first..].iter().take_while(|part| part.position as usize == position) {
            let (phase, load) = (part.phase as usize, part.load as usize);
            let voltage_v = state.voltages_v[position][phase];
            drawn_a[phase] += self.laws[load].current_a(powers_va[load].scale(part.share), voltage_v);
        }
        drawn_a
    }

    /// Where the power goes, for the powers the state was solved with.
    pub fn balance(&self, state: &State, powers_va: &[Complex]) -> Balance {
        let drawn = |position: usize| power_va(&state.voltages_v[position], &self.drawn_a(state, powers_va, position));
        let no_load_va = power_va(&state.voltages_v[0], &state.voltages_v[0].map(|v| self.no_load_s * v));
        let (open_v, low_a) = (self.head.open_v(&state.source_v()), &state.currents_a[0]);
        Balance {
            source_va: power_va(&open_v, low_a),
            head_loss_va: self.line_loss_va(state, 0) + no_load_va,
            line_loss_va: (1..self.buses.len()).map(|position| self.line_loss_va(state, position)).sum(),
            load_va: (0..self.buses.len()).map(drawn).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::complex::balanced;
    use super::*;

    #[test]
    fn a_balanced_system_has_no_neutral_current_and_no_unbalance() {
        let [a, b, c] = balanced(230.0);
        assert!(neutral_current_a(&[a, b, c]).abs() < 1e-12);
        assert!(unbalance_factor(&[a, b, c]) < 1e-15);
        // The other way round it is all negative sequence.
        assert!(unbalance_factor(&[a, c, b]) > 1e12);
        // One phase alone holds a third of each sequence.
        assert!((unbalance_factor(&[a, Complex::ZERO, Complex::ZERO]) - 1.0).abs() < 1e-15);
        assert_eq!(neutral_current_a(&[a, Complex::ZERO, Complex::ZERO]), -a);
    }

    #[test]
    fn a_tenth_too_little_on_one_phase_is_a_known_unbalance() {
        let [a, b, c] = balanced(230.0);
        // Positive sequence 2.9 / 3, negative sequence -0.1 / 3.
        assert!((unbalance_factor(&[a.scale(0.9), b, c]) - 0.1 / 2.9).abs() < 1e-15);
    }
}
