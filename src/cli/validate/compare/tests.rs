//! Comparisons of a survey made up by hand: two zones, ten points, a week and more from a Thursday on.

use super::super::measured::Given;
use super::super::period::tests::period;
use super::*;
use voltcity::report::survey::SurveyZone;

/// Points of the two zones.
const POINTS: [u32; 2] = [6, 4];

/// A survey in which so many points are busy in each zone, as a function of day and hour, half of them charging with
/// 10 kW each.
pub(in super::super) fn survey(days: usize, busy: impl Fn(usize, usize) -> [i64; 2]) -> Survey {
    let hour_s = i64::from(HOUR_S);
    let sums = |points: i64| SurveySums {
        busy_s: points * hour_s,
        charging_s: points * hour_s / 2,
        energy_j: points * hour_s / 2 * 10_000,
        rated_j: points * hour_s / 2 * 12_000,
    };
    let zones = [104, 110].iter().zip(POINTS).enumerate();
    let mut found =
        Survey::new(zones.map(|(i, (id, points))| SurveyZone { id: *id, index: i as u16, points }).collect());
    for day in 0..days {
        let mut of_day = [SurveySums::default(); 2];
        for hour in 0..HOURS {
            let by_zone = busy(day, hour).map(&sums);
            of_day.iter_mut().zip(&by_zone).for_each(|(sum, zone)| sum.add(zone));
            let mut city = by_zone[0];
            city.add(&by_zone[1]);
            found.hours.push(city);
        }
        found.days.push(of_day.to_vec());
    }
    found
}

/// The two zones of the survey and one that nobody surveys.
pub(in super::super) fn world() -> BTreeMap<u32, ZoneRow> {
    let row = |district: &str, lon: f64| ZoneRow {
        district: district.to_owned(),
        lon,
        lat: 22.55,
        area_m2: 1e6,
        road_m: 1e3,
        public: None,
        survey: None,
    };
    BTreeMap::from([(104, row("Luohu", 114.1)), (110, row("Baoan", 113.9)), (300, row("Futian", 114.0))])
}

/// A table of zones, days, hours and districts that says just what the survey saw of so many busy points.
pub(in super::super) fn agreeing(days: &Period, busy: [f64; 2]) -> Measured {
    let city = busy[0] + busy[1];
    let zone = |i: usize| MeasuredZone {
        utilisation: busy[i] / f64::from(POINTS[i]),
        point_hours: 181.0 * 24.0 * busy[i] / 2.0,
    };
    let mean_day = MeanDay {
        busy_points: vec![city; HOURS],
        point_hours: vec![city / 2.0; HOURS],
        energy_share: vec![1.0 / HOURS as f64; HOURS],
    };
    let day = DayRow { busy_points: city, point_hours: 24.0 * city / 2.0 };
    fn given<T>(file: &str, rows: T) -> Given<T> {
        Given { file: file.to_owned(), rows, points: None }
    }
    let by_district = BTreeMap::from([("Luohu".to_owned(), 3.0 * busy[0]), ("Bao'an".to_owned(), 3.0 * busy[1])]);
    Measured {
        zones: Some(given("zones.csv", BTreeMap::from([(104, zone(0)), (110, zone(1))]))),
        daily: Some(given("daily.csv", (0..days.len()).map(|i| (days.date(i), day)).collect())),
        hours: Some(given("hours.csv", [Some(mean_day.clone()), Some(mean_day)])),
        districts: Some(given("districts.csv", by_district)),
    }
}

#[test]
fn what_agrees_has_no_error_anywhere() {
    let days = period(14, &[3, 4]);
    // What lies on days left out must not matter.
    let seen = survey(14, |day, _| if matches!(day, 3 | 4) { [6, 4] } else { [4, 2] });
    let of = compare(&seen, &days, &world(), 1.0, &agreeing(&days, [4.0, 2.0]));
    let hours = of.hour_of_day.unwrap();
    let [weekday, weekend] = hours.kinds.clone().map(Option::unwrap);
    // From Thursday, 1 September 2022: of 14 days 4 are of weekends, one of which is left out.
    assert_eq!((weekday.days, weekend.days), (9, 3));
    for kind in [&weekday, &weekend] {
        for (series, total) in
            [(&kind.busy_points, 144.0), (&kind.charging_point_hours, 72.0), (&kind.energy_share, 1.0)]
        {
            let sum: f64 = series.simulated.iter().sum();
            assert!((sum - total).abs() < 1e-9 && series.metrics.wape.unwrap() < 1e-12, "{series:?}");
            assert_eq!((series.metrics.n, series.metrics.pearson), (24, None));
            assert!(series.metrics.ks.unwrap() < 1e-12);
        }
    }
    assert!((hours.night.0.unwrap() - 1.0 / 3.0).abs() < 1e-12 && (hours.night.1.unwrap() - 1.0 / 3.0).abs() < 1e-12);
    let daily = of.daily.unwrap();
    assert_eq!((daily.rows.len(), daily.busy_points.n, daily.busy_points.wape), (14, 12, Some(0.0)));
    assert_eq!((daily.charging_point_hours.n, daily.charging_point_hours.bias), (12, Some(0.0)));
    assert_eq!((daily.rows[3].left_out, daily.rows[3].simulated.busy_points), (true, 10.0));
    let zones = of.zones.unwrap();
    assert_eq!((zones.utilisation.n, zones.wape_points_weighted, zones.utilisation.ks), (2, Some(0.0), Some(0.0)));
    assert_eq!(zones.utilisation.spearman, Some(1.0));
    for districts in [of.districts.unwrap(), of.districts_of_zones.unwrap()] {
        assert_eq!((districts.share.metrics.n, districts.share.metrics.ks), (2, None));
        assert!(districts.share.metrics.wape.unwrap() < 1e-12, "{districts:?}");
    }
    assert_eq!(of.left_out, notes::LeftOut { points_surveyed: 10, ..notes::LeftOut::default() });
    // Three points at 10 kW, round the clock.
    assert!((of.energy.gwh.unwrap() - 3.0 * 10.0 * 24.0 * 181.0 / 1e6).abs() < 1e-12);
    assert!((of.energy.kw.unwrap() - 10.0).abs() < 1e-12);
    assert!((of.energy_at_rated.gwh.unwrap() - 3.0 * 12.0 * 24.0 * 181.0 / 1e6).abs() < 1e-12);
    assert!((of.energy_at_rated.kw.unwrap() - 12.0).abs() < 1e-12);
}

#[test]
fn hours_days_and_zones_are_compared_each_in_its_place() {
    let days = period(4, &[]);
    // One more point is busy at night, two more on Saturday and Sunday, all in the first zone.
    let busy = |day: usize, hour: usize| [1 + i64::from(hour < 8) + 2 * i64::from(day >= 2), 2];
    let of = compare(&survey(4, busy), &days, &world(), 1.0, &agreeing(&days, [4.0, 2.0]));
    let hours = of.hour_of_day.unwrap();
    let [weekday, weekend] = hours.kinds.map(Option::unwrap);
    assert_eq!((weekday.busy_points.simulated[7], weekday.busy_points.simulated[8]), (4.0, 3.0));
    assert_eq!((weekend.busy_points.simulated[7], weekend.busy_points.simulated[8]), (6.0, 5.0));
    assert_eq!((weekday.charging_point_hours.simulated[0], weekday.charging_point_hours.measured[0]), (2.0, 3.0));
    // (2 days x 8 h x 4 + 2 x 8 x 6) of (2 x (32 + 48) + 2 x (48 + 80)).
    assert!((hours.night.1.unwrap() - 160.0 / 416.0).abs() < 1e-12);
    let daily = of.daily.unwrap();
    let simulated: Vec<f64> = daily.rows.iter().map(|day| day.simulated.busy_points).collect();
    assert!(simulated.iter().zip([10.0 / 3.0, 10.0 / 3.0, 16.0 / 3.0, 16.0 / 3.0]).all(|(a, b)| (a - b).abs() < 1e-12));
    let zones = of.zones.unwrap();
    let mean = 13.0 / 3.0 - 2.0;
    assert!((zones.rows[0].simulated.utilisation - mean / 6.0).abs() < 1e-12);
    assert_eq!(zones.rows[1].simulated.utilisation, 0.5);
    // Points weigh: (6 x |7/3 / 6 - 4/6| + 0) over (4 + 2).
    assert!((zones.wape_points_weighted.unwrap() - (4.0 - mean) / 6.0).abs() < 1e-12);
    assert!((zones.bias_points_weighted.unwrap() + (4.0 - mean) / 6.0).abs() < 1e-12);
    let share = of.districts.unwrap();
    assert_eq!(share.names, ["Baoan", "Luohu"]);
    assert!((share.share.simulated[0] - 2.0 / (2.0 + mean)).abs() < 1e-12, "{share:?}");
}

#[test]
fn what_is_on_one_side_only_is_told_and_left_out() {
    let days = period(2, &[]);
    let mut measured = agreeing(&period(4, &[]), [4.0, 2.0]);
    let zones = &mut measured.zones.as_mut().unwrap().rows;
    let row = zones.remove(&110).unwrap();
    zones.insert(999, row);
    measured.daily.as_mut().unwrap().rows.remove(&days.date(1));
    measured.hours.as_mut().unwrap().points = Some(17_532.0);
    measured.districts.as_mut().unwrap().rows.insert("Futian".to_owned(), 1.0);
    let of = compare(&survey(2, |_, _| [4, 2]), &days, &world(), 1.0, &measured);
    assert_eq!(
        (of.left_out.zones_not_surveyed.as_slice(), of.left_out.zones_not_measured.as_slice()),
        (&[999][..], &[110][..])
    );
    assert_eq!(of.left_out.days_not_run, [3, 4].map(|day| Date::constant(2022, 9, day)));
    assert_eq!(of.left_out.days_not_measured, [Date::constant(2022, 9, 2)]);
    assert_eq!(of.left_out.districts_not_surveyed, ["Futian"]);
    // Thursday and Friday have no weekend.
    assert_eq!(of.left_out.kinds_of_days, ["weekend"]);
    let notes = of.left_out.notes().join("\n");
    assert!(notes.contains("hours.csv is of 17,532 points, the world surveys 10.0"), "{notes}");
    assert_eq!((of.zones.unwrap().utilisation.n, of.daily.unwrap().busy_points.n), (1, 1));
    let weekend = of.hour_of_day.unwrap().kinds[1].clone().unwrap();
    assert_eq!((weekend.days, weekend.busy_points.metrics.n, weekend.busy_points.metrics.mean_measured), (0, 0, None));
}

#[test]
fn what_is_not_given_is_not_in_the_comparison() {
    let days = period(2, &[]);
    let of = compare(&survey(2, |_, _| [0, 0]), &days, &world(), 1.0, &Measured::default());
    assert!(of.hour_of_day.is_none() && of.daily.is_none() && of.zones.is_none());
    assert!(of.districts.is_none() && of.districts_of_zones.is_none());
    let nothing = Energy { gwh: Some(0.0), kw: None, night: None };
    assert_eq!([of.energy, of.energy_at_rated], [nothing; 2]);
}

#[test]
fn a_sample_counts_for_the_whole_city() {
    let days = period(7, &[]);
    // Of forty points ten are run.
    let mut world = world();
    for (id, points) in [(104, 24), (110, 16)] {
        let count = voltcity::world::schema::SurveyCount { stations: 1, points, fast: 0, listed: 0 };
        world.get_mut(&id).unwrap().survey = Some(count);
    }
    let mut measured = agreeing(&days, [4.0, 2.0]);
    for row in measured.daily.as_mut().unwrap().rows.values_mut() {
        *row = DayRow { busy_points: 4.0 * row.busy_points, point_hours: 4.0 * row.point_hours };
    }
    let of = compare(&survey(7, |_, _| [4, 2]), &days, &world, 0.25, &measured);
    assert_eq!((of.daily.unwrap().busy_points.wape, of.left_out.points_surveyed), (Some(0.0), 40));
    let zones = of.zones.unwrap();
    assert_eq!((zones.wape_points_weighted, zones.rows[0].points), (Some(0.0), 24));
    assert_eq!(of.hour_of_day.unwrap().kinds[0].as_ref().unwrap().busy_points.metrics.bias, Some(3.0));
    assert!((of.energy.gwh.unwrap() - 4.0 * 3.0 * 10.0 * 24.0 * 181.0 / 1e6).abs() < 1e-12);
}
