//! What state of charge and temperature do to a cell at an instant, and a table of it for many batteries of one day.

use super::stress::{SeriesError, TEMPERATURE_K};
use super::{lfp, nmc};

/// Anode potential against lithium in V, at a state of charge.
///
/// Graphite's potential by Safari and Delacourt (<https://doi.org/10.1149/1.3567007>) at the stoichiometry of Schimpe
/// et al. (<https://doi.org/10.1149/2.1181714jes>), which the source takes for every cell.
pub fn anode_potential_v(soc: f64) -> f64 {
    anode(soc).0
}

/// Lithium in the anode, as a share of what it can hold: when the cell is empty, and how much more when it is full.
const EMPTY: f64 = 0.0085;
const FULL_LESS_EMPTY: f64 = 0.78 - EMPTY;

/// Anode potential in V at a state of charge, and its slope in V per unit of state of charge.
fn anode(soc: f64) -> (f64, f64) {
    let x = EMPTY + soc * FULL_LESS_EMPTY;
    // Beyond an exponent of -60 the term is lost in the last bit of the sum.
    let first = if x > 0.2 { 0.0 } else { 0.5416 * libm::exp(-305.5309 * x) };
    let (mut v, mut slope) = (0.6379 + first, -305.5309 * first);
    for (height, middle, width) in
        [(-0.044, 0.1958, 0.1088), (-0.1978, 1.0571, 0.0854), (-0.6875, -0.0117, 0.0529), (-0.0175, 0.5692, 0.0875)]
    {
        let step = libm::tanh((x - middle) / width);
        v += height * step;
        slope += height * (1.0 - step * step) / width;
    }
    (v, slope * FULL_LESS_EMPTY)
}

/// Everything that is averaged over time, as it is at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Instant {
    pub(super) soc: f64,
    pub(super) temperature_k: f64,
    pub(super) anode_v: f64,
    pub(super) lfp_calendar: f64,
    pub(super) nmc_calendar: f64,
    pub(super) lfp_cycle: f64,
    pub(super) nmc_cycle: f64,
}

impl Instant {
    /// The values at a state of charge and a temperature. Those of the instant before serve where they still hold, as
    /// they cost many exponentials and most batteries mostly rest.
    pub(super) fn at(soc: f64, temperature_k: f64, before: Option<&Self>) -> Self {
        let same = before.filter(|b| b.temperature_k == temperature_k);
        if let Some(b) = same
            && b.soc == soc
        {
            return *b;
        }
        let (lfp_cycle, nmc_cycle) = same.map_or_else(
            || (lfp::cycle_factor(temperature_k), nmc::cycle_factor(temperature_k)),
            |b| (b.lfp_cycle, b.nmc_cycle),
        );
        let anode_v = anode_potential_v(soc);
        let lfp_calendar = lfp::calendar_rate(anode_v, temperature_k);
        let nmc_calendar = nmc::calendar_rate(anode_v, temperature_k);
        Self { soc, temperature_k, anode_v, lfp_calendar, nmc_calendar, lfp_cycle, nmc_cycle }
    }
}

/// Cells of the table; with cubic pieces, capacity after ten years is within 1e-9 of the formulas'.
const CELLS: usize = 1_024;

/// The rates over state of charge at one temperature, for the batteries of a city on one day. Made once from the
/// formulas, it spares each battery their exponentials: a fifth of the work, given a course by its bends.
#[derive(Clone, Debug, PartialEq)]
pub struct Rates {
    temperature_k: f64,
    lfp_cycle: f64,
    nmc_cycle: f64,
    /// Anode potential and the calendar rates of LFP and NMC at each knot, then the slopes of the three over a cell.
    knots: Vec<[f64; 6]>,
}

impl Rates {
    /// The rates at a temperature of the cells in K, held within 233.15..=353.15.
    ///
    /// # Errors
    /// When the temperature is not a number above 0.
    pub fn at(temperature_k: f64) -> Result<Self, SeriesError> {
        if !temperature_k.is_finite() || temperature_k <= 0.0 {
            return Err(SeriesError::NotANumber);
        }
        let temperature_k = temperature_k.clamp(TEMPERATURE_K.0, TEMPERATURE_K.1);
        let knot = |i| {
            let (v, slope) = anode(i as f64 / CELLS as f64);
            let [lfp, nmc] = [lfp::calendar_rate(v, temperature_k), nmc::calendar_rate(v, temperature_k)];
            let over_cell = slope / CELLS as f64;
            let per_v = [lfp * lfp::calendar_slope(temperature_k), nmc * nmc::calendar_slope(temperature_k)];
            [v, lfp, nmc, over_cell, per_v[0] * over_cell, per_v[1] * over_cell]
        };
        Ok(Self {
            temperature_k,
            lfp_cycle: lfp::cycle_factor(temperature_k),
            nmc_cycle: nmc::cycle_factor(temperature_k),
            knots: (0..=CELLS).map(knot).collect(),
        })
    }

    /// The temperature, in K.
    pub fn temperature_k(&self) -> f64 {
        self.temperature_k
    }

    /// The values at a state of charge within 0..=1.
    pub(super) fn instant(&self, soc: f64) -> Instant {
        let place = soc * CELLS as f64;
        let cell = (place as usize).min(CELLS - 1);
        let (a, b, t) = (&self.knots[cell], &self.knots[cell + 1], place - cell as f64);
        // Hermite's cubic through values and slopes at both ends of the cell.
        let (u, tt) = (1.0 - t, t * t);
        let (from, from_slope, to, to_slope) = ((1.0 + 2.0 * t) * u * u, t * u * u, tt * (3.0 - 2.0 * t), -tt * u);
        let [anode_v, lfp_calendar, nmc_calendar] =
            [0, 1, 2].map(|i| from * a[i] + from_slope * a[i + 3] + to * b[i] + to_slope * b[i + 3]);
        Instant {
            soc,
            temperature_k: self.temperature_k,
            anode_v,
            lfp_calendar,
            nmc_calendar,
            lfp_cycle: self.lfp_cycle,
            nmc_cycle: self.nmc_cycle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_anode_potential_falls_as_the_cell_fills() {
        for (soc, expected) in [(0.2, 0.1805), (0.5, 0.1233), (0.8, 0.0943), (1.0, 0.0864)] {
            assert!((anode_potential_v(soc) - expected).abs() < 5e-5, "{soc}: {}", anode_potential_v(soc));
        }
        let v: Vec<f64> = (0..=1_000).map(|i| anode_potential_v(f64::from(i) / 1_000.0)).collect();
        assert!(v.is_sorted_by(|a, b| a > b));
    }

    #[test]
    fn the_slope_is_the_slope() {
        for soc in [0.01, 0.1, 0.22, 0.5, 0.72, 0.99] {
            let by_difference = (anode_potential_v(soc + 1e-5) - anode_potential_v(soc - 1e-5)) / 2e-5;
            assert!((anode(soc).1 - by_difference).abs() < 1e-5 * by_difference.abs(), "{soc}");
        }
    }

    #[test]
    fn the_table_is_the_formula() {
        for kelvin in [263.15, 298.15, 313.15] {
            let rates = Rates::at(kelvin).unwrap();
            let most = Instant::at(1.0, kelvin, None);
            for i in 0..=50_000 {
                let soc = f64::from(i) / 50_000.0;
                let (table, exact) = (rates.instant(soc), Instant::at(soc, kelvin, None));
                assert!((table.lfp_calendar - exact.lfp_calendar).abs() < 1e-8 * most.lfp_calendar, "{kelvin} {soc}");
                assert!((table.nmc_calendar - exact.nmc_calendar).abs() < 1e-8 * most.nmc_calendar, "{kelvin} {soc}");
                assert!((table.anode_v - exact.anode_v).abs() < 1e-6, "{kelvin} {soc}");
                assert_eq!((table.lfp_cycle, table.nmc_cycle), (exact.lfp_cycle, exact.nmc_cycle));
            }
        }
        assert_eq!(Rates::at(f64::NAN), Err(SeriesError::NotANumber));
        assert_eq!(Rates::at(1e6).unwrap().temperature_k(), 353.15);
    }
}
