//! Sums up a course of state of charge into a [`Stress`], from point to point.
//!
//! The source averages some stressors over samples, drops half of the first and last sample's rate, and takes the
//! trapezium rule of the calendar rate over the samples, so its results depend on the sampling (by up to 2e-4 of
//! capacity in ten years). Here all of this is done at steps of a quarter of an hour, whatever the sampling: a
//! quarter-hourly series gives the source's figures, and any finer sampling of the same course gives the same.

use super::rates::{Instant, Rates};
use super::stress::{Point, SeriesError, Stress, TEMPERATURE_K};

/// The sampling at which the source's figures are met, in seconds.
const REFERENCE_STEP_S: f64 = 900.0;
/// Charging or discharging slower than this, in C, does not count towards the mean rate (source).
const LEAST_RATE_C: f64 = 1e-2;
const SECONDS_PER_DAY: f64 = 86_400.0;
const SECONDS_PER_HOUR: f64 = 3_600.0;
/// A stretch of time is no longer than this, a year and a leap day, so that its work is bounded.
const LONGEST_S: f64 = 366.0 * SECONDS_PER_DAY;

/// Sums up a course from point to point.
pub(super) struct Meter<'a> {
    /// The table to read rates from; without it, they come from the formulas at the temperature of each point.
    table: Option<&'a Rates>,
    start_s: f64,
    end_s: f64,
    /// Where the course has got to, its state of charge and its temperature in K.
    now_s: f64,
    soc: f64,
    temperature_k: f64,
    least_soc: f64,
    greatest_soc: f64,
    /// All movement of state of charge.
    moved: f64,
    /// Movement at rates that count, less half of that in the first and in the last reference step.
    counted: f64,
    charge_c: f64,
    discharge_c: f64,
    /// Of state of charge and temperature, exact, as both are linear between points.
    soc_s: f64,
    temperature_ks: f64,
    /// Values at the first instant, and at the last of the reference's instants up to now.
    first: Instant,
    last: Instant,
    last_s: f64,
    /// Reference steps behind [`Self::last`].
    steps: f64,
    integrals: [f64; 6],
}

impl<'a> Meter<'a> {
    /// The stress of a course that ends at `end_s`; errors as those of [`Stress::of_points`].
    pub(super) fn run(
        table: Option<&'a Rates>,
        mut points: impl Iterator<Item = Point>,
        end_s: f64,
    ) -> Result<Stress, SeriesError> {
        let start = points.next().ok_or(SeriesError::TooShort)?;
        let (soc, temperature_k) = usable(&start)?;
        if end_s - start.at_s > LONGEST_S {
            return Err(SeriesError::TooLong);
        }
        let first = table.map_or_else(|| Instant::at(soc, temperature_k, None), |rates| rates.instant(soc));
        let mut meter = Self {
            table,
            start_s: start.at_s,
            end_s,
            now_s: start.at_s,
            soc,
            temperature_k,
            least_soc: soc,
            greatest_soc: soc,
            moved: 0.0,
            counted: 0.0,
            charge_c: 0.0,
            discharge_c: 0.0,
            soc_s: 0.0,
            temperature_ks: 0.0,
            first,
            last: first,
            last_s: start.at_s,
            steps: 0.0,
            integrals: [0.0; 6],
        };
        for point in points {
            meter.go_to(&point)?;
        }
        if meter.now_s > meter.start_s { Ok(meter.stress()) } else { Err(SeriesError::TooShort) }
    }

    fn go_to(&mut self, point: &Point) -> Result<(), SeriesError> {
        let (soc, temperature_k) = usable(point)?;
        let step_s = point.at_s - self.now_s;
        if step_s <= 0.0 || point.at_s > self.end_s {
            return Err(SeriesError::NotLater);
        }
        self.move_charge(soc - self.soc, step_s);
        self.least_soc = self.least_soc.min(soc);
        self.greatest_soc = self.greatest_soc.max(soc);
        self.soc_s += step_s * 0.5 * (self.soc + soc);
        self.temperature_ks += step_s * 0.5 * (self.temperature_k + temperature_k);
        // The rates bend with state of charge, so their trapezium rule depends on its step: take the reference's.
        let steady = soc == self.soc && temperature_k == self.temperature_k;
        let mut next_s = self.instant_s(1.0);
        while next_s < point.at_s {
            let share = (next_s - self.now_s) / step_s;
            let here = self.soc + (soc - self.soc) * share;
            self.reach(next_s, here, self.temperature_k + (temperature_k - self.temperature_k) * share);
            self.steps += 1.0;
            if steady {
                // Nothing changes up to the last of the reference's instants before the point.
                let skipped = ((point.at_s - next_s) / REFERENCE_STEP_S).ceil() - 1.0;
                if skipped > 0.0 {
                    self.reach(self.instant_s(skipped), soc, temperature_k);
                    self.steps += skipped;
                }
            }
            next_s = self.instant_s(1.0);
        }
        (self.now_s, self.soc, self.temperature_k) = (point.at_s, soc, temperature_k);
        Ok(())
    }

    /// When the instant some reference steps after the last one is.
    fn instant_s(&self, steps: f64) -> f64 {
        self.start_s + (self.steps + steps) * REFERENCE_STEP_S
    }

    /// Adds the trapezium from the last of the reference's instants to this one.
    fn reach(&mut self, at_s: f64, soc: f64, temperature_k: f64) {
        let to = match self.table {
            Some(_) if soc == self.last.soc => self.last,
            Some(rates) => rates.instant(soc),
            None => Instant::at(soc, temperature_k, Some(&self.last)),
        };
        let half_s = 0.5 * (at_s - self.last_s);
        for ((sum, a), b) in self.integrals.iter_mut().zip(averaged(&self.last)).zip(averaged(&to)) {
            *sum += half_s * (a + b);
        }
        (self.last, self.last_s) = (to, at_s);
    }

    /// Notes a movement of state of charge at an even rate.
    fn move_charge(&mut self, change: f64, step_s: f64) {
        let (way, rate_c) = (change.abs(), change / (step_s / SECONDS_PER_HOUR));
        self.moved += way;
        self.charge_c = self.charge_c.max(rate_c);
        self.discharge_c = self.discharge_c.max(-rate_c);
        if rate_c.abs() >= LEAST_RATE_C {
            // The source's trapezium rule runs from the end of the first step to the end of the last and so leaves out
            // half of either.
            let (from_s, to_s) = (self.now_s, self.now_s + step_s);
            let in_first = (to_s.min(self.start_s + REFERENCE_STEP_S) - from_s).max(0.0);
            let in_last = (to_s - from_s.max(self.end_s - REFERENCE_STEP_S)).max(0.0);
            self.counted += way * (1.0 - 0.5 * (in_first + in_last) / step_s);
        }
    }

    fn stress(mut self) -> Stress {
        self.reach(self.now_s, self.soc, self.temperature_k);
        let seconds = self.now_s - self.start_s;
        let [anode_v, lfp_calendar, lfp_cycle, nmc_calendar, nmc_cycle, mean_square_soc] =
            self.integrals.map(|sum| sum / seconds);
        // The mean over the samples a series of reference steps would have, rather than over time.
        let steps = seconds / REFERENCE_STEP_S;
        let of_samples = |mean: f64, a: f64, b: f64| (steps * mean + 0.5 * (a + b)) / (steps + 1.0);
        Stress {
            days: seconds / SECONDS_PER_DAY,
            efc: 0.5 * self.moved,
            dod: self.greatest_soc - self.least_soc,
            mean_rate_c: (self.counted / (seconds / SECONDS_PER_HOUR)).max(0.0),
            charge_c: self.charge_c,
            discharge_c: self.discharge_c,
            mean_soc: of_samples(self.soc_s / seconds, self.first.soc, self.last.soc),
            mean_square_soc,
            anode_v: of_samples(anode_v, self.first.anode_v, self.last.anode_v),
            temperature_k: self.temperature_ks / seconds,
            lfp_calendar,
            lfp_cycle,
            nmc_calendar,
            nmc_cycle,
        }
    }
}

/// What is averaged at the reference's instants, in the order of [`Meter::integrals`].
fn averaged(at: &Instant) -> [f64; 6] {
    [at.anode_v, at.lfp_calendar, at.lfp_cycle, at.nmc_calendar, at.nmc_cycle, at.soc * at.soc]
}

/// State of charge and temperature of a point, held within their ranges.
fn usable(point: &Point) -> Result<(f64, f64), SeriesError> {
    let Point { at_s, soc, temperature_k } = *point;
    if at_s.is_finite() && soc.is_finite() && temperature_k.is_finite() && temperature_k > 0.0 {
        Ok((soc.clamp(0.0, 1.0), temperature_k.clamp(TEMPERATURE_K.0, TEMPERATURE_K.1)))
    } else {
        Err(SeriesError::NotANumber)
    }
}
