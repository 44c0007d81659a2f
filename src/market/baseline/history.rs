//! Rules that look at earlier days: which of them, their mean, and its adjustment on the day.

use super::{ADJUST_CAP_PERCENT, Adjust, BaselineError, LOOK_BACK_DAYS, Meter, PER_DAY, PER_HOUR, Window};
use crate::market::exact::{div_nearest, saturate};

/// Days of which the mean is taken.
const MEAN_DAYS: u32 = 5;
/// Days among which Beijing chooses the highest.
const CHOICE_DAYS: u32 = 10;
/// Beijing's window begins two days before the event, because yesterday's readings are not in yet.
const CHOICE_FROM: u32 = 2;
/// The hours of the adjustment, in intervals before the event: from four to two hours before.
const ADJUST_FROM: i64 = 4 * PER_HOUR as i64;
const ADJUST_TO: i64 = 2 * PER_HOUR as i64;

/// The first `needed` normal days from `first` days before the event backwards, as numbers of days before it.
pub(super) fn normal_days(meter: Meter<'_>, event: Window, first: u32, needed: u32) -> Result<Vec<u32>, BaselineError> {
    let today = event.begin / PER_DAY;
    if meter.days.len() < today as usize {
        return Err(BaselineError::UnknownDays { known: meter.days.len() as u32, needed: today });
    }
    let last = LOOK_BACK_DAYS.min(today);
    let normal = (first..=last).filter(|back| meter.days[(today - back) as usize].is_normal());
    let days: Vec<u32> = normal.take(needed as usize).collect();
    let found = days.len() as u32;
    if found < needed {
        return Err(BaselineError::TooFewDays { found, needed, searched: (last + 1).saturating_sub(first) });
    }
    Ok(days)
}

/// Jiangsu: the last five normal days.
pub(super) fn last_five(meter: Meter<'_>, event: Window) -> Result<Vec<u32>, BaselineError> {
    normal_days(meter, event, 1, MEAN_DAYS)
}

/// Beijing: of the last ten normal days up to the day before yesterday, the five of the highest load in the event.
pub(super) fn high_five(meter: Meter<'_>, event: Window) -> Result<Vec<u32>, BaselineError> {
    let mut ranked = Vec::new();
    for back in normal_days(meter, event, CHOICE_FROM, CHOICE_DAYS)? {
        let (from, to) = days_before(event, back);
        ranked.push((-meter.sum_w(from, to)?, back));
    }
    ranked.sort_unstable();
    Ok(ranked.into_iter().take(MEAN_DAYS as usize).map(|(_, back)| back).collect())
}

/// The event's intervals some days earlier.
fn days_before(event: Window, back: u32) -> (i64, i64) {
    let shift = i64::from(back) * i64::from(PER_DAY);
    (i64::from(event.begin) - shift, i64::from(event.end) - shift)
}

/// The mean of some days, interval by interval, adjusted if so wished. Rounded once.
pub(super) fn mean_of(
    meter: Meter<'_>,
    event: Window,
    days: &[u32],
    adjust: Adjust,
) -> Result<Vec<i64>, BaselineError> {
    let mut sums_w = vec![0_i128; event.len() as usize];
    for &back in days {
        let (from, to) = days_before(event, back);
        for (sum_w, &load_w) in sums_w.iter_mut().zip(meter.loads(from, to)?) {
            *sum_w += i128::from(load_w);
        }
    }
    let (num, den) = match adjust {
        Adjust::None => (0, 1),
        Adjust::DayOf => change(meter, event, days)?,
    };
    let count = days.len() as i128;
    let adjusted = |sum_w: i128| div_nearest(sum_w * den + sum_w.abs() * num, den * count);
    Ok(sums_w.into_iter().map(|sum_w| saturate(adjusted(sum_w))).collect())
}

/// The change of load before the event over the size of the baseline there, held at the cap: a fraction.
fn change(meter: Meter<'_>, event: Window, days: &[u32]) -> Result<(i128, i128), BaselineError> {
    let begin = i64::from(event.begin);
    let (from, to) = (begin - ADJUST_FROM, begin - ADJUST_TO);
    let today_w = meter.sum_w(from, to)?;
    let mut days_w = 0;
    for &back in days {
        let shift = i64::from(back) * i64::from(PER_DAY);
        days_w += meter.sum_w(from - shift, to - shift)?;
    }
    // Both sides times the number of days, so that the baseline's mean need not be rounded. Beside a baseline of zero
    // any change is beyond the cap; one watt in its place says the same without a division by zero.
    let (change_w, size_w) = (today_w * days.len() as i128 - days_w, days_w.abs().max(1));
    let cap = i128::from(ADJUST_CAP_PERCENT);
    if change_w.abs() * 100 > size_w * cap {
        return Ok((change_w.signum() * cap, 100));
    }
    Ok((change_w, size_w))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{CALLED, OFF, Series, WORK, at_hour};
    use super::super::{Adjust, BaselineError, Day, Method, PER_DAY, Window, baseline_w};
    use super::*;
    use proptest::prelude::*;

    const LAST: Method = Method::LastFive(Adjust::None);
    const HIGH: Method = Method::HighFiveOfTen(Adjust::None);

    fn evening(day: u32) -> Window {
        Window { begin: at_hour(day, 18), end: at_hour(day, 19) }
    }

    #[test]
    fn the_mean_of_five_days_is_taken_interval_by_interval() {
        let mut series = Series::flat(6, 0);
        let event = evening(5);
        for back in 1..=5 {
            for i in 0..4 {
                let at = event.begin + i - back * PER_DAY;
                series.set(at, at + 1, i64::from(back * 10 + i * 1_000));
            }
        }
        // (10 + 20 + 30 + 40 + 50) / 5 = 30.
        assert_eq!(baseline_w(series.meter(), event, LAST), Ok(vec![30, 1_030, 2_030, 3_030]));
    }

    #[test]
    fn days_off_and_event_days_are_left_out_and_refilled() {
        // From the first: three working days, a weekend, a holiday, two working days with an event between, today.
        let loads = [(WORK, 100), (WORK, 200), (WORK, 300), (OFF, 7_000), (OFF, 7_000), (OFF, 8_000), (WORK, 400)];
        let rest = [(CALLED, 9_000), (WORK, 500), (WORK, 77_777)];
        let series = Series::daily(&[loads.as_slice(), rest.as_slice()].concat());
        assert_eq!(normal_days(series.meter(), evening(9), 1, 5), Ok(vec![1, 3, 7, 8, 9]));
        assert_eq!(baseline_w(series.meter(), evening(9), LAST), Ok(vec![300; 4]));
    }

    #[test]
    fn too_few_days_say_how_many_there_are() {
        let days = [(WORK, 1), (OFF, 1), (CALLED, 1), (WORK, 1), (WORK, 1)];
        let series = Series::daily(&days);
        let error = baseline_w(series.meter(), evening(4), LAST).unwrap_err();
        assert_eq!(error, BaselineError::TooFewDays { found: 2, needed: 5, searched: 4 });
        let text = "2 of the 4 days before the event are normal working days, 5 are needed";
        assert_eq!(error.to_string(), text);
        let error = baseline_w(series.meter(), evening(4), HIGH).unwrap_err();
        assert_eq!(error, BaselineError::TooFewDays { found: 1, needed: 10, searched: 3 });
        let error = baseline_w(series.meter(), evening(0), HIGH).unwrap_err();
        assert_eq!(error, BaselineError::TooFewDays { found: 0, needed: 10, searched: 0 });
    }

    #[test]
    fn the_search_ends_after_forty_five_days() {
        let mut days = vec![(OFF, 1); 60];
        days[14..19].fill((WORK, 1));
        let series = Series::daily(&days);
        // Day 60 sees days 15 to 59.
        let error = baseline_w(series.meter(), evening(60), LAST).unwrap_err();
        assert_eq!(error, BaselineError::TooFewDays { found: 4, needed: 5, searched: 45 });
        assert_eq!(baseline_w(series.meter(), evening(59), LAST), Ok(vec![1; 4]));
    }

    #[test]
    fn a_day_of_unknown_kind_is_an_error() {
        let mut series = Series::flat(8, 1);
        series.days.truncate(6);
        let expected = BaselineError::UnknownDays { known: 6, needed: 7 };
        assert_eq!(baseline_w(series.meter(), evening(7), LAST), Err(expected));
        assert_eq!(baseline_w(series.meter(), evening(6), LAST), Ok(vec![1; 4]));
    }

    #[test]
    fn the_five_highest_of_ten_leave_yesterday_out() {
        // Two weeks of five working days and a day off each, an event day, then yesterday and today.
        let mut days: Vec<(Day, i64)> = Vec::new();
        for (i, load_w) in [50, 10, 20, 90, 30, 0, 80, 70, 40, 60, 100, 0].into_iter().enumerate() {
            days.push((if i % 6 == 5 { OFF } else { WORK }, load_w));
        }
        days.extend([(CALLED, 1_000_000), (WORK, 2_000_000), (WORK, 3_000_000)]);
        let series = Series::daily(&days);
        // 100, 90, 80, 70, 60.
        assert_eq!(baseline_w(series.meter(), evening(14), HIGH), Ok(vec![80; 4]));
    }

    #[test]
    fn days_are_ranked_by_the_hours_of_the_event_and_the_later_of_equals_counts() {
        let mut series = Series::flat(12, 100);
        let event = evening(11);
        // A high night changes nothing; ten equal days: days 2 to 6 before are taken.
        series.set(at_hour(0, 0), at_hour(0, 6), 1_000_000);
        assert_eq!(high_five(series.meter(), event), Ok(vec![2, 3, 4, 5, 6]));
        series.set(at_hour(0, 18), at_hour(0, 19), 200);
        assert_eq!(high_five(series.meter(), event), Ok(vec![11, 2, 3, 4, 5]));
        // Of feeders-in, the highest are those that feed in least.
        for day in 0..11 {
            series.set(at_hour(day, 18), at_hour(day, 19), -100 * i64::from(day + 1));
        }
        assert_eq!(baseline_w(series.meter(), event, HIGH), Ok(vec![-300; 4]));
    }

    #[test]
    fn a_growing_load_is_under_counted() {
        let days: Vec<(Day, i64)> = (0..12).map(|d| (WORK, 10_000 + 500 * d)).collect();
        let series = Series::daily(&days);
        let truth_w = 10_000 + 500 * 11;
        // The days used lie three days back in the mean (1 to 5), four in Beijing's rule (2 to 6).
        assert_eq!(baseline_w(series.meter(), evening(11), LAST), Ok(vec![truth_w - 3 * 500; 4]));
        assert_eq!(baseline_w(series.meter(), evening(11), HIGH), Ok(vec![truth_w - 4 * 500; 4]));
        // 15,500 over 14,000 is within the cap: the adjustment takes the bias away.
        let adjusted = baseline_w(series.meter(), evening(11), Method::LastFive(Adjust::DayOf));
        assert_eq!(adjusted, Ok(vec![truth_w; 4]));
    }

    /// The adjusted mean of five days of `usual_w` in the event, when the load before it was `before_w` on them and is
    /// `today_w` now.
    fn adjusted_w(usual_w: i64, before_w: i64, today_w: i64) -> i64 {
        let mut series = Series::flat(6, usual_w);
        for day in 0..5 {
            series.set(at_hour(day, 14), at_hour(day, 16), before_w);
        }
        // Only the mean of the two hours counts.
        series.set(at_hour(5, 14), at_hour(5, 15), today_w - 300);
        series.set(at_hour(5, 15), at_hour(5, 16), today_w + 300);
        // What lies next to the window plays no part.
        series.set(at_hour(5, 13), at_hour(5, 14), 50_000_000);
        series.set(at_hour(5, 16), at_hour(5, 18), -50_000_000);
        baseline_w(series.meter(), evening(5), Method::LastFive(Adjust::DayOf)).unwrap()[0]
    }

    #[test]
    fn the_adjustment_scales_and_is_capped() {
        assert_eq!(adjusted_w(1_000, 1_000, 1_000), 1_000);
        assert_eq!(adjusted_w(1_000, 2_000, 2_200), 1_100);
        assert_eq!(adjusted_w(1_000, 2_000, 1_900), 950);
        assert_eq!(adjusted_w(1_000, 1_000, 1_200), 1_200);
        assert_eq!(adjusted_w(1_000, 1_000, 1_201), 1_200);
        assert_eq!(adjusted_w(1_000, 1_000, 5_000), 1_200);
        assert_eq!(adjusted_w(1_000, 1_000, 800), 800);
        assert_eq!(adjusted_w(1_000, 1_000, 0), 800);
        // 10 x 1.05 = 10.5, away from zero.
        assert_eq!(adjusted_w(10, 100, 105), 11);
    }

    #[test]
    fn the_adjustment_is_sound_for_those_who_feed_in() {
        // A tenth more feed-in before, a tenth more in the event.
        assert_eq!(adjusted_w(-1_000, -500, -550), -1_100);
        assert_eq!(adjusted_w(-1_000, -500, -5_000), -1_200);
        // More feed-in at noon does not raise the load of the evening, as a ratio of 1.1 would.
        assert_eq!(adjusted_w(1_000, -500, -550), 900);
        // More load before does not deepen a feed-in.
        assert_eq!(adjusted_w(-1_000, 500, 550), -900);
        // Signs that differ, and nothing to compare with.
        assert_eq!(adjusted_w(1_000, -500, 500), 1_200);
        assert_eq!(adjusted_w(1_000, 0, 1), 1_200);
        assert_eq!(adjusted_w(1_000, 0, -1), 800);
        assert_eq!(adjusted_w(1_000, 0, 0), 1_000);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn more_load_before_never_lowers_and_the_cap_holds(
            usual_w in -1_000_000_i64..1_000_000,
            before_w in -1_000_000_i64..1_000_000,
            today_w in -2_000_000_i64..2_000_000,
            more_w in 0_i64..1_000_000,
        ) {
            let low_w = adjusted_w(usual_w, before_w, today_w);
            let high_w = adjusted_w(usual_w, before_w, today_w + more_w);
            prop_assert!(low_w <= high_w, "{low_w} {high_w}");
            prop_assert!((low_w - usual_w).abs() * 5 <= usual_w.abs() + 3, "{low_w} of {usual_w}");
        }
    }
}
