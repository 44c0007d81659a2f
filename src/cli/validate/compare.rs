//! The comparison: what the twin's survey saw beside what was measured. Pure functions of both.

use super::measured::{DayRow, HOURS, KINDS, MeanDay, Measured, ZoneRow as MeasuredZone};
use super::metrics::{Kind, Metrics, mean, ratio, wape};
use super::notes;
use super::period::Period;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;
use voltcity::clock::{DAY_S, HOUR_S};
use voltcity::report::survey::{Survey, SurveySums};
use voltcity::units::JOULES_PER_KWH;
use voltcity::world::schema::ZoneRow;

/// Days of the survey of 2022/23, 1 September to 28 February: what its sums of energy are of.
pub(super) const SURVEY_DAYS: f64 = 181.0;
/// Energy in `GWh` that vehicles may have taken in these days (`UrbanEV`, derived): at most 11 kW a vehicle, and the
/// rated power of each point throughout. What was metered is not published.
pub(super) const BAND_GWH: (f64, f64) = (128.6, 311.7);
/// The same as mean power in kW of a point that delivers: over 15.66 million point-hours.
pub(super) const BAND_KW: (f64, f64) = (8.2, 19.9);
/// Share of the energy from 0 to 8 h: 46.1 % of `UrbanEV`'s, which is at rated power, and two points to each side.
pub(super) const NIGHT_SHARE: [f64; 2] = [0.44, 0.48];
/// Hours of the night, whose share of the day's charging is told.
const NIGHT: core::ops::Range<usize> = 0..8;

/// Two rows and how far they lie apart.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Series {
    /// How far.
    #[serde(skip)]
    pub(super) metrics: Metrics,
    /// What was measured.
    pub(super) measured: Vec<f64>,
    /// What was simulated; empty where there is nothing to compare.
    pub(super) simulated: Vec<f64>,
}

impl Series {
    fn new(kind: Kind, measured: &[f64], simulated: Vec<f64>) -> Self {
        Self { metrics: Metrics::of(kind, measured, &simulated), measured: measured.to_vec(), simulated }
    }
}

/// The mean day of a kind by hour.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct HoursOf {
    /// Days of the run it is the mean of.
    pub(super) days: usize,
    /// Busy points.
    pub(super) busy_points: Series,
    /// Hours of delivery.
    pub(super) charging_point_hours: Series,
    /// Shares of the day's energy.
    pub(super) energy_share: Series,
}

/// Mean days by hour.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct HourOfDay {
    /// Of weekdays and of weekend days, as far as they were measured.
    pub(super) kinds: [Option<HoursOf>; 2],
    /// Share of the hours of delivery that lie between midnight and eight, measured and simulated.
    pub(super) night: (Option<f64>, Option<f64>),
}

/// A day on which the city was measured and simulated.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Day {
    /// Its date.
    pub(super) date: Date,
    /// Whether it is left out.
    pub(super) left_out: bool,
    /// What was measured, if it was.
    pub(super) measured: Option<DayRow>,
    /// What was simulated.
    pub(super) simulated: DayRow,
}

/// The city by day.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Daily {
    /// All days of the run.
    pub(super) rows: Vec<Day>,
    /// Of the days that count, busy points.
    pub(super) busy_points: Metrics,
    /// Of the days that count, hours of delivery.
    pub(super) charging_point_hours: Metrics,
}

/// A zone that was measured and simulated.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Zone {
    /// Its number.
    pub(super) id: u32,
    /// Its district.
    pub(super) district: String,
    /// Longitude and latitude of its centroid in degrees.
    pub(super) at: (f64, f64),
    /// Surveyed points.
    pub(super) points: u32,
    /// What was measured.
    pub(super) measured: MeasuredZone,
    /// What was simulated, on the days that count.
    pub(super) simulated: MeasuredZone,
}

/// The zones.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Zones {
    /// Those that were measured and simulated.
    pub(super) rows: Vec<Zone>,
    /// Their utilisation, each zone counting the same.
    pub(super) utilisation: Metrics,
    /// Error and bias when each zone counts as often as it has points.
    pub(super) wape_points_weighted: Option<f64>,
    pub(super) bias_points_weighted: Option<f64>,
}

/// Shares of hours of delivery by district.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Districts {
    /// File the measured sums are from.
    pub(super) file: String,
    /// Names of the districts.
    pub(super) names: Vec<String>,
    /// Their shares.
    pub(super) share: Series,
}

/// Energy delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Energy {
    /// In `GWh`, on as many days as the survey has.
    pub(super) gwh: Option<f64>,
    /// Mean power in kW of a point that delivers.
    pub(super) kw: Option<f64>,
    /// Share of it from 0 to 8 h.
    pub(super) night: Option<f64>,
}

/// The whole comparison. What was not measured is not in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Validation {
    pub(super) hour_of_day: Option<HourOfDay>,
    pub(super) daily: Option<Daily>,
    pub(super) zones: Option<Zones>,
    /// From the table of districts.
    pub(super) districts: Option<Districts>,
    /// From the table of zones, over its zones alone.
    pub(super) districts_of_zones: Option<Districts>,
    /// At the meter.
    pub(super) energy: Energy,
    /// Had every point delivered its rated power while it delivered: what `UrbanEV` counts.
    pub(super) energy_at_rated: Energy,
    /// Share of the city that was run.
    pub(super) sample: f64,
    /// What was given and cannot be compared.
    pub(super) left_out: notes::LeftOut,
}

/// Compares what the survey of a run saw with what was measured. The run is of a share `sample` of the city; its counts
/// are those of the whole.
pub(super) fn compare(
    survey: &Survey,
    period: &Period,
    world: &BTreeMap<u32, ZoneRow>,
    sample: f64,
    measured: &Measured,
) -> Validation {
    let seen = Seen { survey, period, scale: 1.0 / sample };
    let by_zone = seen.zones();
    let zones = measured.zones.as_ref().map(|table| zones(&seen, &by_zone, world, &table.rows));
    let of_zones = |zones: &Zones| {
        let (mut measured, mut simulated) = (BTreeMap::new(), BTreeMap::new());
        for zone in &zones.rows {
            *measured.entry(zone.district.clone()).or_insert(0.0) += zone.measured.point_hours;
            *simulated.entry(zone.district.clone()).or_insert(0.0) += zone.simulated.point_hours;
        }
        districts(&measured, &simulated)
    };
    let all_districts = || {
        let mut sums = BTreeMap::new();
        for (zone, sum) in survey.zones.iter().zip(&by_zone) {
            let name = world.get(&zone.id).map_or_else(String::new, |row| row.district.clone());
            *sums.entry(name).or_insert(0.0) += hours(sum.charging_s);
        }
        sums
    };
    let file = |file: &str, of: Districts| Districts { file: file.to_owned(), ..of };
    Validation {
        hour_of_day: measured.hours.as_ref().map(|table| hour_of_day(&seen, &table.rows)),
        daily: measured.daily.as_ref().map(|table| daily(&seen, &table.rows)),
        districts: measured.districts.as_ref().map(|t| file(&t.file, districts(&t.rows, &all_districts()))),
        districts_of_zones: measured.zones.as_ref().zip(zones.as_ref()).map(|(t, of)| file(&t.file, of_zones(of))),
        zones,
        energy: seen.energy(|sums| sums.energy_j),
        energy_at_rated: seen.energy(|sums| sums.rated_j),
        sample,
        left_out: notes::LeftOut::of(survey, period, world, sample, measured),
    }
}

/// Hours of a sum of seconds.
fn hours(seconds: i64) -> f64 {
    seconds as f64 / f64::from(HOUR_S)
}

/// What the survey of a run saw on the days that count.
struct Seen<'a> {
    survey: &'a Survey,
    period: &'a Period,
    /// What counts of the run are multiplied with to be those of the city.
    scale: f64,
}

impl Seen<'_> {
    /// The city's sums in an hour.
    fn hour(&self, day: usize, hour: usize) -> SurveySums {
        self.survey.hours.get(day * HOURS + hour).copied().unwrap_or_default()
    }

    /// The city's sums on a day.
    fn day(&self, day: usize) -> SurveySums {
        let mut sum = SurveySums::default();
        (0..HOURS).for_each(|hour| sum.add(&self.hour(day, hour)));
        sum
    }

    /// Sums of each zone over the days that count.
    fn zones(&self) -> Vec<SurveySums> {
        let mut sums = vec![SurveySums::default(); self.survey.zones.len()];
        for row in self.period.days().filter_map(|day| self.survey.days.get(day)) {
            sums.iter_mut().zip(row).for_each(|(sum, of_day)| sum.add(of_day));
        }
        sums
    }

    /// Means of a figure by hour over the days of a kind; empty if there are none.
    fn mean_day(&self, weekend: bool, of: impl Fn(&SurveySums) -> f64) -> Vec<f64> {
        let days: Vec<usize> = self.period.days().filter(|day| self.period.is_weekend(*day) == weekend).collect();
        let at = |hour| mean(&days.iter().map(|day| of(&self.hour(*day, hour))).collect::<Vec<_>>());
        (0..HOURS).filter_map(at).collect()
    }

    /// Energy of the days that count; `of` is at the meter or at rated power.
    fn energy(&self, of: fn(&SurveySums) -> i64) -> Energy {
        let (mut sum, mut night) = (SurveySums::default(), SurveySums::default());
        for day in self.period.days() {
            sum.add(&self.day(day));
            NIGHT.for_each(|hour| night.add(&self.hour(day, hour)));
        }
        let kwh = of(&sum) as f64 / JOULES_PER_KWH;
        let per_day = ratio(kwh, self.period.compared() as f64);
        Energy {
            gwh: per_day.map(|kwh| self.scale * kwh * SURVEY_DAYS / 1e6),
            kw: ratio(kwh, hours(sum.charging_s)),
            night: ratio(of(&night) as f64, of(&sum) as f64),
        }
    }
}

fn hour_of_day(seen: &Seen<'_>, measured: &[Option<MeanDay>; 2]) -> HourOfDay {
    let of_kind = |kind: usize| {
        let measured = measured[kind].as_ref()?;
        let simulated = |of: fn(&SurveySums) -> f64| seen.mean_day(kind == 1, |sums| seen.scale * of(sums));
        let energy = simulated(|sums| sums.rated_j as f64);
        let total: f64 = energy.iter().sum();
        let share = energy.iter().map_while(|joules| ratio(*joules, total)).collect();
        Some(HoursOf {
            days: seen.period.days().filter(|day| seen.period.is_weekend(*day) == (kind == 1)).count(),
            busy_points: Series::new(Kind::Profile, &measured.busy_points, simulated(|sums| hours(sums.busy_s))),
            charging_point_hours: Series::new(
                Kind::Profile,
                &measured.point_hours,
                simulated(|sums| hours(sums.charging_s)),
            ),
            energy_share: Series::new(Kind::Profile, &measured.energy_share, share),
        })
    };
    let kinds = core::array::from_fn::<_, { KINDS.len() }, _>(of_kind);
    let night = |row: fn(&HoursOf) -> &[f64]| {
        let kinds = || kinds.iter().flatten().map(|kind| (kind.days as f64, row(kind)));
        let sum = |hours: core::ops::Range<usize>| -> f64 {
            kinds().map(|(days, row)| days * row.get(hours.clone()).map_or(0.0, |row| row.iter().sum())).sum()
        };
        ratio(sum(NIGHT), sum(0..HOURS))
    };
    let night = (night(|kind| &kind.charging_point_hours.measured), night(|kind| &kind.charging_point_hours.simulated));
    HourOfDay { kinds, night }
}

fn daily(seen: &Seen<'_>, measured: &BTreeMap<Date, DayRow>) -> Daily {
    let day = |index: usize| {
        let (date, sum) = (seen.period.date(index), seen.day(index));
        let busy_points = seen.scale * hours(sum.busy_s) / HOURS as f64;
        Day {
            date,
            left_out: seen.period.left_out[index],
            measured: measured.get(&date).copied(),
            simulated: DayRow { busy_points, point_hours: seen.scale * hours(sum.charging_s) },
        }
    };
    let rows: Vec<Day> = (0..seen.period.len()).map(day).collect();
    let metrics = |of: fn(&DayRow) -> f64| {
        let counted = rows.iter().filter(|day| !day.left_out);
        let pairs = counted.filter_map(|day| Some((of(day.measured.as_ref()?), of(&day.simulated))));
        let (measured, simulated): (Vec<f64>, Vec<f64>) = pairs.unzip();
        Metrics::of(Kind::Sample, &measured, &simulated)
    };
    let (busy_points, charging_point_hours) = (metrics(|row| row.busy_points), metrics(|row| row.point_hours));
    Daily { rows, busy_points, charging_point_hours }
}

fn zones(
    seen: &Seen<'_>,
    sums: &[SurveySums],
    world: &BTreeMap<u32, ZoneRow>,
    measured: &BTreeMap<u32, MeasuredZone>,
) -> Zones {
    let seconds = seen.period.compared() as f64 * f64::from(DAY_S);
    let pair = |(zone, sum): (&voltcity::report::survey::SurveyZone, &SurveySums)| {
        let (measured, place) = (*measured.get(&zone.id)?, world.get(&zone.id)?);
        let utilisation = ratio(sum.busy_s as f64, f64::from(zone.points) * seconds)?;
        Some(Zone {
            id: zone.id,
            district: place.district.clone(),
            at: (place.lon, place.lat),
            // The zone weighs what it does in the city, also where a sample has few of its points.
            points: place.survey.map_or(zone.points, |count| count.points),
            measured,
            simulated: MeasuredZone { utilisation, point_hours: seen.scale * hours(sum.charging_s) },
        })
    };
    let rows: Vec<Zone> = seen.survey.zones.iter().zip(sums).filter_map(pair).collect();
    let column = |of: fn(&Zone) -> f64| rows.iter().map(of).collect::<Vec<f64>>();
    let (m, s) = (column(|zone| zone.measured.utilisation), column(|zone| zone.simulated.utilisation));
    let points = column(|zone| f64::from(zone.points));
    let weighted = |row: &[f64]| -> f64 { row.iter().zip(&points).map(|(v, w)| v * w).sum() };
    Zones {
        utilisation: Metrics::of(Kind::Sample, &m, &s),
        wape_points_weighted: wape(&m, &s, &points),
        bias_points_weighted: ratio(weighted(&s) - weighted(&m), weighted(&m)),
        rows,
    }
}

/// Shares of the districts that are on both sides.
fn districts(measured: &BTreeMap<String, f64>, simulated: &BTreeMap<String, f64>) -> Districts {
    let simulated: BTreeMap<String, (&String, f64)> =
        simulated.iter().map(|(name, sum)| (notes::letters(name), (name, *sum))).collect();
    let pairs = measured.iter().filter_map(|(name, m)| {
        let (name, s) = simulated.get(&notes::letters(name))?;
        Some(((*name).clone(), (*m, *s)))
    });
    let (names, (m, s)): (Vec<String>, (Vec<f64>, Vec<f64>)) = pairs.unzip();
    let shares = |row: &[f64]| -> Vec<f64> {
        let total: f64 = row.iter().sum();
        row.iter().map_while(|v| ratio(*v, total)).collect()
    };
    Districts { file: String::new(), names, share: Series::new(Kind::Parts, &shares(&m), shares(&s)) }
}

#[cfg(test)]
pub(super) mod tests;
