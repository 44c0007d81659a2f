//! Rules that look at the event day alone. They need no history, and are the easiest to bend.

use super::{BaselineError, Meter, PER_HOUR, Window};
use crate::market::exact::{div_nearest, saturate};

/// Intervals skipped next to the event on both sides, when ramping or moved load would count.
const SKIP: i64 = PER_HOUR as i64;
/// Intervals taken before.
const BEFORE: i64 = 3 * PER_HOUR as i64;
/// Intervals taken after.
const AFTER: i64 = 2 * PER_HOUR as i64;

/// The last quarter of an hour before the event, held.
pub(super) fn quarter_before(meter: Meter<'_>, event: Window) -> Result<Vec<i64>, BaselineError> {
    let begin = i64::from(event.begin);
    let load_w = meter.loads(begin - 1, begin)?[0];
    Ok(vec![load_w; event.len() as usize])
}

/// The mean of three hours before and two after, all twenty intervals weighing the same, held.
pub(super) fn three_plus_two(meter: Meter<'_>, event: Window) -> Result<Vec<i64>, BaselineError> {
    let (begin, end) = (i64::from(event.begin), i64::from(event.end));
    let before_w = meter.sum_w(begin - SKIP - BEFORE, begin - SKIP)?;
    let after_w = meter.sum_w(end + SKIP, end + SKIP + AFTER)?;
    let mean_w = div_nearest(before_w + after_w, i128::from(BEFORE + AFTER));
    Ok(vec![saturate(mean_w); event.len() as usize])
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Series, at_hour};
    use super::super::{BaselineError, Method, Window, baseline_w};

    #[test]
    fn the_last_quarter_is_held() {
        let mut series = Series::flat(2, 1_000);
        let event = Window { begin: at_hour(1, 18), end: at_hour(1, 20) };
        series.set(event.begin - 1, event.begin, 4_321);
        // Neither the interval before nor what happens in the event plays a part.
        series.set(event.begin - 2, event.begin - 1, 9_999);
        series.set(event.begin, event.end, -5_000);
        assert_eq!(baseline_w(series.meter(), event, Method::QuarterBefore), Ok(vec![4_321; 8]));
    }

    #[test]
    fn an_event_at_the_beginning_has_no_quarter_before() {
        let series = Series::flat(1, 1_000);
        let event = Window { begin: 0, end: 4 };
        let expected = BaselineError::OutsideSeries { from: -1, to: 0, have: 96 };
        assert_eq!(baseline_w(series.meter(), event, Method::QuarterBefore), Err(expected));
    }

    #[test]
    fn three_plus_two_takes_the_hours_of_the_published_example() {
        // PJM's example: an event in hours ending 13 to 17 takes hours ending 9 to 11 and 19 to 20.
        let mut series = Series::flat(1, 7_777_777);
        let event = Window { begin: at_hour(0, 12), end: at_hour(0, 17) };
        for (hour, load_w) in [(8, 100), (9, 200), (10, 300), (18, 400), (19, 502)] {
            series.set(at_hour(0, hour), at_hour(0, hour + 1), load_w);
        }
        // 1,502 / 5 = 300.4.
        assert_eq!(baseline_w(series.meter(), event, Method::ThreePlusTwo), Ok(vec![300; 20]));
        series.set(at_hour(0, 19), at_hour(0, 20), 503);
        assert_eq!(baseline_w(series.meter(), event, Method::ThreePlusTwo), Ok(vec![301; 20]));
    }

    #[test]
    fn three_plus_two_reaches_across_midnight_and_says_what_is_missing() {
        let late = Window { begin: at_hour(0, 21), end: at_hour(0, 22) };
        let flat = Series::flat(2, -800);
        assert_eq!(baseline_w(flat.meter(), late, Method::ThreePlusTwo), Ok(vec![-800; 4]));
        let short = Series::flat(1, -800);
        let expected = BaselineError::OutsideSeries { from: 92, to: 100, have: 96 };
        assert_eq!(baseline_w(short.meter(), late, Method::ThreePlusTwo), Err(expected));
        let early = Window { begin: at_hour(0, 3), end: at_hour(0, 4) };
        let expected = BaselineError::OutsideSeries { from: -4, to: 8, have: 192 };
        assert_eq!(baseline_w(flat.meter(), early, Method::ThreePlusTwo), Err(expected));
    }
}
