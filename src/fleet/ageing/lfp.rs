//! Lithium iron phosphate: `Lfp_Gr_250AhPrismatic` of BLAST-Lite 1.1.1, its constants and its two states.
//!
//! Calendar: `k_cal = P1 exp(P2 / T) exp(P3 Ua / T)`, loss `k_cal days^0.526`; `Ua` is the anode's potential, which a
//! full battery lowers. Cycling: `k_cyc = (P4 + P5 dod + P6 C) (exp(P7 / T) + exp(-P8 / T))`, loss `k_cyc efc^0.828`.
//!
//! The cycle part falls with temperature: the tests showed little difference between temperatures, and the fit makes
//! the cycle part balance the calendar part. The source warns of using it outside 10 to 45 °C. Charging rates in the
//! tests were at most 0.65 C (0.16 C at 10 °C), so fast charging is not represented.

use super::{Health, Tested, state, stress::Stress};

const P1: f64 = 8.37e4;
const P2_K: f64 = -5.21e3;
const P3_K_PER_V: f64 = -3.56e3;
const P4: f64 = 4.38e-8;
const P5: f64 = 1.55e-8;
const P6_PER_C: f64 = 1.68e-7;
const P7_K: f64 = 2.19e3;
const P8_K: f64 = 1.55e5;
const CALENDAR_POWER: f64 = 0.526;
const CYCLE_POWER: f64 = 0.828;

/// The conditions of the experiments.
pub fn tested() -> Tested {
    Tested { temperature_k: 283.15..=318.15, dod: 0.8..=1.0, charge_c: 0.65, discharge_c: 1.0 }
}

/// Calendar rate at an anode potential in V and a temperature in K, per day^0.526.
pub fn calendar_rate(anode_v: f64, temperature_k: f64) -> f64 {
    P1 * libm::exp((P2_K + P3_K_PER_V * anode_v) / temperature_k)
}

/// Change of the logarithm of [`calendar_rate`] with anode potential, per V.
pub fn calendar_slope(temperature_k: f64) -> f64 {
    P3_K_PER_V / temperature_k
}

/// What temperature in K does to the cycle rate, as a factor.
pub fn cycle_factor(temperature_k: f64) -> f64 {
    libm::exp(P7_K / temperature_k) + libm::exp(-P8_K / temperature_k)
}

/// The battery after the time of `stress`.
pub fn after(health: &Health, stress: &Stress) -> Health {
    let capacity = health.capacity();
    // Cycles and rates count against the new cell's capacity: a swing of a worn cell moves less charge.
    let cycle_rate = (P4 + P5 * stress.dod + P6_PER_C * stress.mean_rate_c * capacity) * stress.lfp_cycle;
    Health {
        lithium_by_time: state::power(health.lithium_by_time, stress.days, stress.lfp_calendar, CALENDAR_POWER),
        lithium_by_cycles: state::power(health.lithium_by_cycles, stress.efc * capacity, cycle_rate, CYCLE_POWER),
        ..*health
    }
}

#[cfg(test)]
mod tests {
    use super::super::rates::anode_potential_v;
    use super::*;

    #[test]
    fn the_law_gives_the_losses_worked_out_for_it() {
        // Calendar loss in % after 1, 5 and 10 years, by temperature and state of charge.
        for (celsius, soc, percent) in
            [(25.0, 0.5, [1.10, 2.57, 3.70]), (25.0, 0.8, [1.56, 3.63, 5.23]), (35.0, 0.8, [2.85, 6.64, 9.57])]
        {
            let rate = calendar_rate(anode_potential_v(soc), 273.15 + celsius);
            for (years, expected) in [1.0, 5.0, 10.0].into_iter().zip(percent) {
                let found = 100.0 * rate * libm::pow(365.0 * years, CALENDAR_POWER);
                assert!((found - expected).abs() < 0.006, "{celsius} {soc} {years}: {found} for {expected}");
            }
        }
        // Cycle loss in % after 500, 1,000 and 3,000 cycles of 0.8 depth at 0.3 C.
        for (celsius, percent) in [(25.0, [2.83, 5.03, 12.5]), (35.0, [2.23, 3.97, 9.85])] {
            let rate = (P4 + P5 * 0.8 + P6_PER_C * 0.3) * cycle_factor(273.15 + celsius);
            for (cycles, expected) in [500.0, 1_000.0, 3_000.0].into_iter().zip(percent) {
                let found = 100.0 * rate * libm::pow(cycles, CYCLE_POWER);
                assert!((found - expected).abs() < 0.006 * expected, "{celsius} {cycles}: {found} for {expected}");
            }
        }
    }
}
