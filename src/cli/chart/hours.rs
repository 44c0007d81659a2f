//! The time axis of a chart: clock times at round hours, days by their number.

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 86_400;

/// Distances of labels in seconds, each a divisor or a multiple of a day.
const STEPS_S: [u64; 14] = [
    MINUTE_S,
    5 * MINUTE_S,
    15 * MINUTE_S,
    30 * MINUTE_S,
    HOUR_S,
    2 * HOUR_S,
    3 * HOUR_S,
    4 * HOUR_S,
    6 * HOUR_S,
    12 * HOUR_S,
    DAY_S,
    2 * DAY_S,
    7 * DAY_S,
    28 * DAY_S,
];

/// Columns from one label to the next at least: a label and some air.
const SPACING: u64 = 9;

/// A moment, given in seconds since the first midnight, as `18:05`, with its day if the series spans several.
pub(super) fn moment(at_s: u64, span_s: u64) -> String {
    let clock = clock(at_s);
    if span_s > DAY_S { format!("{clock} on day {}", at_s / DAY_S + 1) } else { clock }
}

/// The time of day of a moment.
fn clock(at_s: u64) -> String {
    format!("{:02}:{:02}", at_s / HOUR_S % 24, at_s / MINUTE_S % 60)
}

/// Columns, from 0 to `columns` inclusive, and labels of the round times of a series.
///
/// The series begins `start_s` after midnight and lasts `span_s`.
pub(super) fn ticks(start_s: u64, span_s: u64, columns: usize) -> Vec<(usize, String)> {
    let (span_s, columns) = (span_s.max(1), columns.max(1) as u64);
    let wide = |step_s: &u64| step_s.saturating_mul(columns) / span_s >= SPACING;
    let step_s = STEPS_S.into_iter().find(wide).unwrap_or(span_s);
    let end_s = start_s + span_s;
    let label = |at_s: u64| match at_s {
        _ if !at_s.is_multiple_of(DAY_S) => clock(at_s),
        0 if span_s <= DAY_S => clock(at_s),
        _ if at_s == end_s => "24:00".to_owned(),
        _ if span_s <= DAY_S => clock(at_s),
        _ => format!("day {}", at_s / DAY_S + 1),
    };
    let times = (start_s.div_ceil(step_s)..).map_while(|n| n.checked_mul(step_s)).take_while(|at_s| *at_s <= end_s);
    // The nearest column.
    let column = |at_s: u64| ((2 * (at_s - start_s) * columns + span_s) / (2 * span_s)) as usize;
    let mut ticks: Vec<_> = times.map(|at_s| (column(at_s), label(at_s))).collect();
    if ticks.is_empty() {
        // A series with no round time in it is labelled at its beginning.
        ticks.push((0, clock(start_s)));
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(start_s: u64, span_s: u64, columns: usize) -> String {
        let ticks = ticks(start_s, span_s, columns).into_iter().map(|(column, label)| format!("{column}={label}"));
        ticks.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_day_has_round_hours_from_midnight_to_midnight() {
        assert_eq!(
            text(0, DAY_S, 72),
            "0=00:00 9=03:00 18=06:00 27=09:00 36=12:00 45=15:00 54=18:00 63=21:00 72=24:00"
        );
        assert_eq!(text(0, DAY_S, 40), "0=00:00 10=06:00 20=12:00 30=18:00 40=24:00");
    }

    #[test]
    fn a_series_that_begins_at_odd_times_keeps_round_labels() {
        assert_eq!(text(18 * HOUR_S - 600, 2 * HOUR_S, 48), "4=18:00 16=18:30 28=19:00 40=19:30");
        assert_eq!(text(18 * HOUR_S, DAY_S, 36), "0=18:00 9=00:00 18=06:00 27=12:00 36=18:00");
    }

    #[test]
    fn several_days_are_numbered() {
        assert_eq!(text(0, 2 * DAY_S, 40), "0=day 1 10=12:00 20=day 2 30=12:00 40=24:00");
        assert_eq!(text(0, 7 * DAY_S, 70), "0=day 1 10=day 2 20=day 3 30=day 4 40=day 5 50=day 6 60=day 7 70=24:00");
        assert_eq!(text(0, 3_650 * DAY_S, 70), "0=day 1 70=24:00");
        assert_eq!(moment(DAY_S + 65 * MINUTE_S, 2 * DAY_S), "01:05 on day 2");
        assert_eq!(moment(65 * MINUTE_S, DAY_S), "01:05");
    }

    #[test]
    fn a_series_without_a_round_time_is_labelled_at_its_beginning() {
        assert_eq!(text(18 * HOUR_S + 420, 300, 5), "0=18:07");
        assert_eq!(text(60, 3_650 * DAY_S, 70), "70=day 3651");
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        assert_eq!(text(0, 0, 0), "0=00:00");
    }
}
