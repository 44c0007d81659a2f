//! The comparison as a target: how far one run lies from what was measured, in a number and by zone.
//!
//! What a calibration minimises is made of the very measures that `voltcity validate` tells, so that a run of the
//! fitted world can be held against what the calibration has promised.

use super::compare;
use super::files::{self, Tables};
use super::measured::{KINDS, Measured};
use super::metrics::ratio;
use super::period::Period;
use crate::cli::exit::Failure;
use jiff::Span;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::Path;
use voltcity::report::survey::Survey;
use voltcity::world::Checked;
use voltcity::world::schema::ZoneRow;

/// Days of the survey that are over before a week is chosen by default: the first ones were still being set up.
const FIRST_DAYS: i64 = 18;
/// What the share of energy counts beside busy points and point-hours: its energy is modelled, not metered.
const ENERGY_WEIGHT: f64 = 0.3;

/// Measured tables, and the days on which they are to be met.
#[derive(Debug)]
pub(crate) struct Target {
    period: Period,
    measured: Measured,
    world: BTreeMap<u32, ZoneRow>,
}

/// How far a run lies from the mean day by hour: weighted absolute percentage errors, by kind of day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Score {
    /// Of busy points, point-hours and shares of the energy; of weekdays and weekend days as far as there are some.
    pub(crate) kinds: [Option<[f64; 3]>; 2],
}

/// A measured zone and what a run saw there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ZoneSeen {
    /// Its number.
    pub(crate) id: u32,
    /// Surveyed points.
    pub(crate) points: f64,
    /// Measured utilisation.
    pub(crate) measured: f64,
    /// Simulated utilisation.
    pub(crate) simulated: f64,
}

impl Score {
    /// Names of the parts.
    pub(crate) const PARTS: [&'static str; 3] = ["busy points", "point-hours", "energy by hour"];
    /// Names of the kinds of days.
    pub(crate) const KINDS: [&'static str; 2] = KINDS;
    /// What the parts count.
    const WEIGHTS: [f64; 3] = [1.0, 1.0, ENERGY_WEIGHT];

    /// The objective: the weighted sum of the parts, in the mean of the kinds of days.
    pub(crate) fn total(&self) -> f64 {
        let sum = |parts: &[f64; 3]| parts.iter().zip(Self::WEIGHTS).map(|(part, weight)| part * weight).sum::<f64>();
        let kinds: Vec<f64> = self.kinds.iter().flatten().map(sum).collect();
        ratio(kinds.iter().sum(), kinds.len() as f64).unwrap_or(f64::INFINITY)
    }
}

impl Target {
    /// Reads the tables, and chooses days of the survey: from `start` on, or the first whole week after its first days.
    ///
    /// # Errors
    /// A world that was not surveyed, days that are none, tables that cannot be read or have problems.
    pub(crate) fn read(world: &Checked, tables: &Tables<'_>, start: Option<Date>, days: u32) -> Result<Self, Failure> {
        let document = world.document();
        let period = super::period(world, |survey| match start {
            Some(start) => {
                let last = start.saturating_add(Span::new().days(i64::from(days) - 1));
                Period::of(survey, Some((start, last)), document)
            }
            None => Period::first_week(survey, FIRST_DAYS, days, document),
        })?;
        let measured = files::read(tables)?;
        Ok(Self { period, measured, world: world.file().zones.rows.clone() })
    }

    /// The first day.
    pub(crate) const fn start(&self) -> Date {
        self.period.start
    }

    /// Names of the files of the tables of hours and of zones, without their folders.
    pub(crate) fn files(&self) -> [Option<String>; 2] {
        let name = |file: &str| Path::new(file).file_name().unwrap_or_default().to_string_lossy().into_owned();
        [
            self.measured.hours.as_ref().map(|table| name(&table.file)),
            self.measured.zones.as_ref().map(|table| name(&table.file)),
        ]
    }

    /// The comparison with what a run of a share `sample` of the city saw.
    fn compared(&self, survey: &Survey, sample: f64) -> compare::Validation {
        compare::compare(survey, &self.period, &self.world, sample, &self.measured)
    }

    /// How far a run lies from the mean days; nothing if none was measured.
    pub(crate) fn score(&self, survey: &Survey, sample: f64) -> Option<Score> {
        let of = self.compared(survey, sample).hour_of_day?;
        let parts = |kind: &Option<compare::HoursOf>| {
            let kind = kind.as_ref()?;
            let [busy, hours, energy] = [&kind.busy_points, &kind.charging_point_hours, &kind.energy_share];
            Some([busy.metrics.wape?, hours.metrics.wape?, energy.metrics.wape?])
        };
        let kinds = of.kinds.each_ref().map(parts);
        kinds.iter().any(Option::is_some).then_some(Score { kinds })
    }

    /// What a run misses of the mean days, hour by hour: over the mean of the row, weighted as in [`Score::total`].
    pub(crate) fn misses(&self, survey: &Survey, sample: f64) -> Vec<f64> {
        let of = self.compared(survey, sample).hour_of_day.unwrap_or_default();
        let rows = of.kinds.iter().flatten().flat_map(|kind| {
            [&kind.busy_points, &kind.charging_point_hours, &kind.energy_share].into_iter().zip(Score::WEIGHTS)
        });
        rows.flat_map(|(row, weight)| {
            let mean = row.measured.iter().sum::<f64>() / row.measured.len().max(1) as f64;
            let pairs = row.measured.iter().zip(&row.simulated);
            pairs.map(move |(measured, simulated)| weight * (simulated - measured) / mean.max(1e-12))
        })
        .collect()
    }

    /// Busy points in all hours, simulated over measured.
    pub(crate) fn busy_ratio(&self, survey: &Survey, sample: f64) -> Option<f64> {
        let of = self.compared(survey, sample).hour_of_day?;
        let sum = |row: fn(&compare::HoursOf) -> &[f64]| -> f64 {
            let kinds = of.kinds.iter().flatten().filter(|kind| kind.days > 0);
            kinds.map(|kind| kind.days as f64 * row(kind).iter().sum::<f64>()).sum()
        };
        ratio(sum(|kind| &kind.busy_points.simulated), sum(|kind| &kind.busy_points.measured))
    }

    /// Measured utilisation by zone.
    pub(crate) fn measured_utilisation(&self) -> BTreeMap<u32, f64> {
        let rows = self.measured.zones.iter().flat_map(|table| &table.rows);
        rows.map(|(id, row)| (*id, row.utilisation)).collect()
    }

    /// The zones that were measured and simulated.
    pub(crate) fn zones(&self, survey: &Survey, sample: f64) -> Vec<ZoneSeen> {
        let of = self.compared(survey, sample).zones.unwrap_or_default();
        let seen = |zone: &compare::Zone| ZoneSeen {
            id: zone.id,
            points: f64::from(zone.points),
            measured: zone.measured.utilisation,
            simulated: zone.simulated.utilisation,
        };
        of.rows.iter().map(seen).collect()
    }
}
