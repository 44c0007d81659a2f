//! A pessimistic alternative for the band of wear: Schmalstieg et al. 2014, small NMC cells of 2.15 Ah.
//!
//! J. Power Sources 257:325, the constants also in BLAST-Lite and `EV2Gym`. Calendar loss is
//! `(7.543 V - 23.75) 1e6 exp(-6976 / T) days^0.75`, cycle loss
//! `[7.348e-3 (Vrms - 3.667)^2 + 7.6e-4 + 4.081e-3 dod] Ah^0.5` of charge throughput. Fitted at 1 C and 20 to 40 °C;
//! the cells are old and small, and lose far more than cars of today do. Voltage is `EV2Gym`'s line over state of
//! charge.

use super::Stress;

const CELL_AH: f64 = 2.15;
const CALENDAR_POWER: f64 = 0.75;
/// `EV2Gym`'s line: open-circuit voltage in V of an empty cell, and what a full one has more.
const EMPTY_V: f64 = 3.3324;
const FULL_LESS_EMPTY_V: f64 = 0.8263;

/// Calendar rate at a mean voltage in V and a temperature in K, per day^0.75.
pub fn calendar_rate(volts: f64, temperature_k: f64) -> f64 {
    ((7.543 * volts - 23.75) * 1e6 * libm::exp(-6_976.0 / temperature_k)).max(0.0)
}

/// Cycle rate at a root mean square voltage in V and a depth of discharge, per Ah^0.5.
pub fn cycle_rate(volts: f64, dod: f64) -> f64 {
    7.348e-3 * (volts - 3.667) * (volts - 3.667) + 7.6e-4 + 4.081e-3 * dod
}

/// Capacity lost to each day of one stress, day after day, as `(loss so far, cycles so far)`; the loss ends at 1.
pub fn losses(stress: &Stress) -> impl Iterator<Item = (f64, f64)> {
    let mean_v = EMPTY_V + FULL_LESS_EMPTY_V * stress.mean_soc;
    let square_v = EMPTY_V * EMPTY_V
        + 2.0 * EMPTY_V * FULL_LESS_EMPTY_V * stress.mean_soc
        + FULL_LESS_EMPTY_V * FULL_LESS_EMPTY_V * stress.mean_square_soc;
    let by_time = calendar_rate(mean_v, stress.temperature_k);
    let by_cycles = cycle_rate(square_v.max(0.0).sqrt(), stress.dod);
    let (days, efc) = (stress.days, stress.efc);
    let step = move |(at, loss, cycles): &mut (f64, f64, f64)| {
        *at += days;
        *cycles += efc * (1.0 - *loss);
        *loss = by_time * libm::pow(*at, CALENDAR_POWER) + by_cycles * (*cycles * 2.0 * CELL_AH).sqrt();
        *loss = loss.clamp(0.0, 1.0);
        Some((*loss, *cycles))
    };
    core::iter::repeat(()).scan((0.0, 0.0, 0.0), move |state, ()| step(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_laws_give_the_losses_worked_out_for_them() {
        for (celsius, percent) in [(25.0, [2.39, 7.99, 13.4]), (35.0, [5.11, 17.1, 28.7])] {
            for (years, expected) in [1.0, 5.0, 10.0].into_iter().zip(percent) {
                let found = 100.0 * calendar_rate(3.699, 273.15 + celsius) * libm::pow(365.0 * years, CALENDAR_POWER);
                assert!((found / expected - 1.0).abs() < 0.01, "{celsius} {years}: {found} for {expected}");
            }
        }
        for (dod, expected) in [(0.2, 10.4), (0.5, 18.4), (0.8, 26.4)] {
            let found = 100.0 * cycle_rate(3.699, dod) * (1_000.0 * 2.0 * CELL_AH).sqrt();
            assert!((found - expected).abs() < 0.06, "{dod}: {found} for {expected}");
        }
    }

    #[test]
    fn losses_only_grow_and_end_with_the_battery() {
        let soc: Vec<f64> = (0..97).map(|i| f64::from(i % 2)).collect();
        let worst = Stress::of_series(900.0, &soc, 323.15).unwrap();
        let found: Vec<(f64, f64)> = losses(&worst).take(20_000).collect();
        assert!(found.is_sorted() && found[found.len() - 1].0 == 1.0);
    }
}
