//! What a stretch of time, as a rule a day, does to a cell: the stressors of BLAST-Lite, from state of charge.
//!
//! Whatever the sampling of a course, its stress is that which the source finds in quarter-hourly samples of it.

use super::Model;
use super::meter::Meter;
use super::rates::Rates;

/// Temperatures are held within this range, in K, so that every rate stays a number (assumption).
pub(super) const TEMPERATURE_K: (f64, f64) = (233.15, 353.15);

/// A battery at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Seconds since any origin.
    pub at_s: f64,
    /// State of charge as a share of the capacity it now has, 0..=1; held within it.
    pub soc: f64,
    /// Temperature of the cells in K; held within 233.15..=353.15.
    pub temperature_k: f64,
}

/// Why a series gives no stress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    /// A stretch of time has two ends.
    #[error("a series of states of charge needs at least two points")]
    TooShort,
    /// Time goes on from each point to the next.
    #[error("the points of a series of states of charge lie later and later")]
    NotLater,
    /// Stress is of a day or so, and of at most a year.
    #[error("a series of states of charge is longer than a year")]
    TooLong,
    /// A state of charge, a temperature or a time that is no finite number, or a temperature not above 0 K.
    #[error("a state of charge, temperature or time is not a usable number")]
    NotANumber,
}

/// What a stretch of time does to a cell, whatever its model: the stressors, and the averages over time of those rates
/// that do not depend on the cell's health.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stress {
    /// Length in days.
    pub days: f64,
    /// Equivalent full cycles: half of all movement of state of charge.
    pub efc: f64,
    /// Depth: greatest less least state of charge.
    pub dod: f64,
    /// Mean rate of charging and discharging in C, over all of the time, of a battery with its full capacity.
    pub mean_rate_c: f64,
    /// Greatest rate of charging in C.
    pub charge_c: f64,
    /// Greatest rate of discharging in C.
    pub discharge_c: f64,
    /// Mean state of charge.
    pub mean_soc: f64,
    /// Mean square of state of charge.
    pub mean_square_soc: f64,
    /// Mean anode potential in V.
    pub anode_v: f64,
    /// Mean temperature in K.
    pub temperature_k: f64,
    /// Mean calendar rate of LFP, per day^0.526.
    pub lfp_calendar: f64,
    /// Mean factor of temperature on LFP's cycle rate.
    pub lfp_cycle: f64,
    /// Mean calendar rate of NMC, per day^0.357.
    pub nmc_calendar: f64,
    /// Mean factor of temperature on NMC's cycle rate.
    pub nmc_cycle: f64,
}

/// Which stressors lie beyond the experiments of a model, so that its figures are extrapolated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// Mean temperature.
    pub temperature: bool,
    /// Depth of discharge; false at rest.
    pub dod: bool,
    /// Greatest charging or discharging rate.
    pub rate: bool,
}

impl Stress {
    /// The stress of states of charge `step_s` seconds apart, at a steady temperature of the cells in K.
    ///
    /// A day of quarter hours is 97 points, the last being the first of the next day.
    ///
    /// # Errors
    /// With fewer than two points, a step that is not above zero, more than 366 days, or a value that is not a number.
    pub fn of_series(step_s: f64, soc: &[f64], temperature_k: f64) -> Result<Self, SeriesError> {
        let points = soc.iter().enumerate().map(|(i, &soc)| Point { at_s: i as f64 * step_s, soc, temperature_k });
        Meter::run(None, points, soc.len().saturating_sub(1) as f64 * step_s)
    }

    /// The stress of a course given by the points where it bends; between them state of charge and temperature change
    /// linearly. This spares sampling a battery that mostly rests.
    ///
    /// # Errors
    /// With fewer than two points, points that do not lie later and later, more than 366 days, or a value that is not a
    /// number.
    pub fn of_points(points: &[Point]) -> Result<Self, SeriesError> {
        let end_s = points.last().map_or(0.0, |p| p.at_s);
        Meter::run(None, points.iter().copied(), end_s)
    }

    /// [`Self::of_series`] at the temperature of a table, to within 1e-9 of capacity in ten years.
    ///
    /// # Errors
    /// As there.
    pub fn of_series_at(rates: &Rates, step_s: f64, soc: &[f64]) -> Result<Self, SeriesError> {
        let temperature_k = rates.temperature_k();
        let points = soc.iter().enumerate().map(|(i, &soc)| Point { at_s: i as f64 * step_s, soc, temperature_k });
        Meter::run(Some(rates), points, soc.len().saturating_sub(1) as f64 * step_s)
    }

    /// [`Self::of_points`] at the temperature of a table, by seconds and state of charge where the course bends: what
    /// an engine of many batteries calls once a day for each.
    ///
    /// # Errors
    /// As there.
    pub fn of_bends_at(rates: &Rates, bends: &[(f64, f64)]) -> Result<Self, SeriesError> {
        let temperature_k = rates.temperature_k();
        let end_s = bends.last().map_or(0.0, |bend| bend.0);
        Meter::run(Some(rates), bends.iter().map(|&(at_s, soc)| Point { at_s, soc, temperature_k }), end_s)
    }

    /// What of this stress lies beyond the experiments of `model`.
    pub fn outside(&self, model: Model) -> Outside {
        let tested = model.tested();
        Outside {
            temperature: !tested.temperature_k.contains(&self.temperature_k),
            dod: self.efc > 0.0 && !tested.dod.contains(&self.dod),
            rate: self.charge_c > tested.charge_c || self.discharge_c > tested.discharge_c,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::days;
    use super::*;
    use crate::fleet::ageing::Health;
    use proptest::prelude::*;

    #[test]
    fn a_day_of_one_swing_has_the_stressors_one_works_out_by_hand() {
        // Down from 0.8 to 0.2 in six hours, back in six, then twelve hours of rest.
        let soc: Vec<f64> = (0..=24).map(|h: i32| 0.2 + 0.1 * f64::from((6 - h).abs()).min(6.0)).collect();
        let s = Stress::of_series(3_600.0, &soc, 303.15).unwrap();
        assert_eq!(s.days, 1.0);
        assert!((s.efc - 0.6).abs() < 1e-12 && (s.dod - 0.6).abs() < 1e-12);
        // 1.2 of movement in a day is 0.05 C; the first quarter hour at 0.1 C counts half.
        assert!((s.mean_rate_c - (1.2 - 0.5 * 0.025) / 24.0).abs() < 1e-12, "{}", s.mean_rate_c);
        assert!((s.charge_c - 0.1).abs() < 1e-12 && (s.discharge_c - 0.1).abs() < 1e-12);
        // Mean 0.65 over time, and 97 samples, whose ends are both 0.8.
        assert!((s.mean_soc - (96.0 * 0.65 + 0.8) / 97.0).abs() < 1e-12, "{}", s.mean_soc);
        assert!((s.temperature_k - 303.15).abs() < 1e-9);
        assert_eq!(s.outside(Model::Lfp250Ah), Outside { dod: true, ..Outside::default() });
    }

    #[test]
    fn what_was_not_tested_is_said() {
        let fast = Stress::of_series(1_800.0, &[0.1, 0.95, 0.1], 273.15 - 5.0).unwrap();
        assert_eq!(fast.outside(Model::Lfp250Ah), Outside { temperature: true, dod: false, rate: true });
        let rest = Stress::of_series(900.0, &[0.5; 97], 298.15).unwrap();
        assert_eq!(rest.outside(Model::Nmc111Kokam), Outside::default());
    }

    #[test]
    fn a_series_that_makes_no_sense_is_refused() {
        let of = |step, soc: &[f64], kelvin| Stress::of_series(step, soc, kelvin);
        assert_eq!(of(900.0, &[], 298.0), Err(SeriesError::TooShort));
        assert_eq!(of(900.0, &[0.5], 298.0), Err(SeriesError::TooShort));
        assert_eq!(of(0.0, &[0.5, 0.5], 298.0), Err(SeriesError::NotLater));
        assert_eq!(of(-1.0, &[0.5, 0.5], 298.0), Err(SeriesError::NotLater));
        for (step, soc, kelvin) in [(f64::NAN, 0.5, 298.0), (900.0, f64::NAN, 298.0), (900.0, 0.5, -3.0)] {
            assert_eq!(of(step, &[0.5, soc], kelvin), Err(SeriesError::NotANumber));
        }
        assert_eq!(of(86_400.0, &[0.5; 368], 298.0), Err(SeriesError::TooLong));
        let late = Point { at_s: 10.0, soc: 0.5, temperature_k: 298.0 };
        let early = Point { at_s: 5.0, ..late };
        assert_eq!(Stress::of_points(&[late, early]), Err(SeriesError::NotLater));
        assert_eq!(Stress::of_points(&[early, late, early]), Err(SeriesError::NotLater));
        let held = of(900.0, &[-1.0, 7.0], 1e9).unwrap();
        assert_eq!((held.dod, held.temperature_k), (1.0, 353.15));
    }

    fn resampled(soc: &[f64], pieces: usize) -> Vec<f64> {
        let inner =
            soc.windows(2).flat_map(|w| (0..pieces).map(move |i| w[0] + (w[1] - w[0]) * i as f64 / pieces as f64));
        inner.chain(soc.last().copied()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_sampling_of_a_course_does_not_matter(soc in days(), celsius in 0.0_f64..45.0, pieces in 1_usize..31) {
            let coarse = Stress::of_series(900.0, &soc, celsius + 273.15).unwrap();
            let step_s = 900.0 / pieces as f64;
            let fine = Stress::of_series(step_s, &resampled(&soc, pieces), celsius + 273.15).unwrap();
            prop_assert!((coarse.efc - fine.efc).abs() < 1e-9);
            prop_assert!((coarse.dod - fine.dod).abs() < 1e-12);
            prop_assert!((coarse.mean_soc - fine.mean_soc).abs() < 1e-9);
            prop_assert!((coarse.mean_rate_c - fine.mean_rate_c).abs() < 1e-9);
            for model in Model::ALL {
                let [a, b] = [coarse, fine].map(|s| Health::NEW.after_days(model, &s, 3_650).capacity());
                prop_assert!((a - b).abs() < 1e-9, "{:?}: {} and {}", model, a, b);
            }
        }

        #[test]
        fn a_course_by_its_bends_is_the_course_by_its_samples(
            soc in days(), from_c in 0.0_f64..45.0, to_c in 0.0_f64..45.0,
        ) {
            let kelvin = |i: usize| 273.15 + from_c + (to_c - from_c) * i as f64 / 96.0;
            let point = |i: usize| Point { at_s: 5.0e6 + 900.0 * i as f64, soc: soc[i], temperature_k: kelvin(i) };
            let all: Vec<Point> = (0..97).map(point).collect();
            let bends = |&i: &usize| i == 0 || i == 96 || soc[i] - soc[i - 1] != soc[i + 1] - soc[i];
            let few: Vec<Point> = (0..97).filter(bends).map(point).collect();
            let (a, b) = (Stress::of_points(&all).unwrap(), Stress::of_points(&few).unwrap());
            for (a, b) in [
                (a.efc, b.efc), (a.mean_rate_c, b.mean_rate_c), (a.mean_soc, b.mean_soc), (a.anode_v, b.anode_v),
                (a.temperature_k, b.temperature_k), (a.lfp_cycle, b.lfp_cycle), (a.nmc_cycle, b.nmc_cycle),
                (a.lfp_calendar, b.lfp_calendar), (a.nmc_calendar, b.nmc_calendar),
            ] {
                // Where temperature alone changes over a long rest, the rule takes its steps of a quarter hour too.
                prop_assert!((a - b).abs() <= 1e-9 * a.abs() + 1e-300, "{a} {b}");
            }
        }

        #[test]
        fn the_table_gives_the_same_ten_years(soc in days(), celsius in -10.0_f64..45.0) {
            let rates = Rates::at(celsius + 273.15).unwrap();
            let exact = Stress::of_series(900.0, &soc, celsius + 273.15).unwrap();
            let bends: Vec<(f64, f64)> = soc.iter().enumerate().map(|(i, &soc)| (900.0 * i as f64, soc)).collect();
            for table in [Stress::of_series_at(&rates, 900.0, &soc), Stress::of_bends_at(&rates, &bends)] {
                for model in Model::ALL {
                    let [a, b] =
                        [exact, table.unwrap()].map(|s| Health::NEW.after_days(model, &s, 3_650).capacity());
                    prop_assert!((a - b).abs() < 1e-9, "{:?}: {} and {}", model, a, b);
                }
            }
        }
    }
}
