//! Nickel manganese cobalt: `Nmc111_Gr_Kokam75Ah_Battery` of BLAST-Lite 1.1.1, its constants and its five states.
//!
//! With `t = T / 308.15 K` and `u = Ua / 0.123 V`:
//! - lithium lost with time: `q1 = 2.66e7 exp(-17.8 / t) exp(-5.21 u / t)`, loss `q1 days^0.357`;
//! - lithium lost with cycles: `q3 = 3800 exp(-18.4 / t) exp(1.04 exp(dod^2))`, loss `q3 efc^0.778`;
//! - active material lost: a sigmoid of power 10 in cycles over `q5 = 1e4 + 153 (T - 55 °C) dod mean_soc / 0.6`;
//! - resistance gained: `0.0570 q1 days^1.25` and `4.87 q3 efc^0.712`.
//!
//! Capacity is the lesser of lithium and active material, resistance the greater of their two terms. There is no
//! dependence on the charging rate: the tests were all at 1 C, and nearly all of 80 % depth.
//!
//! The linear `q5` would pass through zero for deep cycles of a full battery in the cold, where the source's formula
//! turns meaningless. It is held at what it is in the harshest corner of the experiments (0 °C, full depth about the
//! reference mean of 0.6): 1,585 cycles. From 22 °C up that never binds.

use super::{Health, Tested, state, stress::Stress};

const TEMPERATURE_REFERENCE_K: f64 = 308.15;
const ANODE_REFERENCE_V: f64 = 0.123;
const Q1_0: f64 = 2.66e7;
const Q1_1: f64 = -17.8;
const Q1_2: f64 = -5.21;
const CALENDAR_POWER: f64 = 0.357;
const Q3_0: f64 = 3.80e3;
const Q3_1: f64 = -18.4;
const Q3_2: f64 = 1.04;
const CYCLE_POWER: f64 = 0.778;
const Q5_0: f64 = 1e4;
const Q5_1_PER_K: f64 = 153.0;
const Q5_REFERENCE_K: f64 = 273.15 + 55.0;
const Q5_REFERENCE_SOC: f64 = 0.6;
/// See the head of this file; assumption.
const Q5_LEAST: f64 = 1_585.0;
const MATERIAL_POWER: f64 = 10.0;
const R1: f64 = 0.0570;
const RESISTANCE_CALENDAR_POWER: f64 = 1.25;
const R3: f64 = 4.87;
const RESISTANCE_CYCLE_POWER: f64 = 0.712;
const R5: f64 = -0.08;
const R6: f64 = 1.09;

/// The conditions of the experiments.
pub fn tested() -> Tested {
    Tested { temperature_k: 273.15..=318.15, dod: 0.8..=1.0, charge_c: 1.0, discharge_c: 1.0 }
}

/// Calendar rate at an anode potential in V and a temperature in K, per day^0.357.
pub fn calendar_rate(anode_v: f64, temperature_k: f64) -> f64 {
    let t = temperature_k / TEMPERATURE_REFERENCE_K;
    Q1_0 * libm::exp((Q1_1 + Q1_2 * (anode_v / ANODE_REFERENCE_V)) / t)
}

/// Change of the logarithm of [`calendar_rate`] with anode potential, per V.
pub fn calendar_slope(temperature_k: f64) -> f64 {
    Q1_2 / ANODE_REFERENCE_V * (TEMPERATURE_REFERENCE_K / temperature_k)
}

/// What temperature in K does to the rate of cycling, as a factor.
pub fn cycle_factor(temperature_k: f64) -> f64 {
    libm::exp(Q3_1 * (TEMPERATURE_REFERENCE_K / temperature_k))
}

/// Equivalent full cycles over which active material fades.
pub fn material_cycles(temperature_k: f64, dod: f64, mean_soc: f64) -> f64 {
    let steeper = Q5_1_PER_K * (temperature_k - Q5_REFERENCE_K) * dod * (mean_soc / Q5_REFERENCE_SOC);
    (Q5_0 + steeper).max(Q5_LEAST)
}

/// The battery after the time of `stress`.
pub fn after(health: &Health, stress: &Stress) -> Health {
    // Cycles count against the new cell's capacity: a swing of a worn cell moves less charge.
    let efc = stress.efc * health.capacity();
    let by_time = stress.nmc_calendar;
    let by_cycles = Q3_0 * stress.nmc_cycle * libm::exp(Q3_2 * libm::exp(stress.dod * stress.dod));
    let scale = material_cycles(stress.temperature_k, stress.dod, stress.mean_soc);
    Health {
        lithium_by_time: state::power(health.lithium_by_time, stress.days, by_time, CALENDAR_POWER),
        lithium_by_cycles: state::power(health.lithium_by_cycles, efc, by_cycles, CYCLE_POWER),
        active_material: state::sigmoid(health.active_material, efc, scale, MATERIAL_POWER),
        resistance_by_time: state::power(
            health.resistance_by_time,
            stress.days,
            R1 * by_time,
            RESISTANCE_CALENDAR_POWER,
        ),
        resistance_by_cycles: state::power(health.resistance_by_cycles, efc, R3 * by_cycles, RESISTANCE_CYCLE_POWER),
    }
}

/// Resistance that the growth of the surface layer gives, as a multiple of the new cell's.
pub fn surface_resistance(health: &Health) -> f64 {
    1.0 + health.resistance_by_time + health.resistance_by_cycles
}

/// Resistance that the loss of active material gives, as a multiple of the new cell's.
pub fn material_resistance(health: &Health) -> f64 {
    R5 + R6 / health.active_material_left()
}

/// Resistance, as a multiple of the new cell's.
pub fn resistance(health: &Health) -> f64 {
    surface_resistance(health).max(material_resistance(health))
}

#[cfg(test)]
mod tests {
    use super::super::Model;
    use super::*;

    #[test]
    fn active_material_fades_sooner_in_the_cold_and_never_in_no_time() {
        assert_eq!(material_cycles(Q5_REFERENCE_K, 0.8, 0.5), Q5_0);
        assert_eq!(material_cycles(273.15, 1.0, 0.6), Q5_LEAST);
        assert_eq!(material_cycles(243.15, 1.0, 0.9), Q5_LEAST);
        assert!(material_cycles(293.15, 0.8, 0.6) < material_cycles(303.15, 0.8, 0.6));
        assert!(material_cycles(295.15, 1.0, 1.0) >= Q5_LEAST);
    }

    #[test]
    fn once_active_material_limits_the_cell_its_shortfall_counts_as_cycling() {
        // Two full cycles a day in the cold: capacity is what active material is left, and the parts still add up.
        let soc: Vec<f64> = (0..97).map(|i| f64::from(i % 48) / 47.0).collect();
        let stress = Stress::of_series(900.0, &soc, 283.15).unwrap();
        let worn = Health::NEW.after_days(Model::Nmc111Kokam, &stress, 2_000);
        assert!(worn.active_material_left() < worn.lithium(), "{worn:?}");
        assert_eq!(worn.capacity(), worn.active_material_left());
        assert_eq!(worn.calendar_loss(), worn.lithium_by_time);
        assert!(worn.cycle_loss() > worn.lithium_by_cycles);
        assert!(resistance(&worn) >= material_resistance(&worn));
    }
}
