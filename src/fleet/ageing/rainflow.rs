//! Rainflow counting of cycles, after ASTM E1049-85 section 5.4.4, as the Python package `rainflow` counts them.
//!
//! The two cell models take a day's throughput and its one depth, as their source does, and not its cycles; the counts
//! serve reports and models that want them. Their sum of range times count is the equivalent full cycles of a series.

/// One counted cycle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cycle {
    /// Distance between its two turning points.
    pub range: f64,
    /// Middle between them.
    pub mean: f64,
    /// 1 for a closed cycle, 0.5 for half of one.
    pub count: f64,
    /// Index in the series of the turning point it begins at.
    pub start: usize,
    /// Index in the series of the turning point it ends at.
    pub end: usize,
}

/// The turning points of a series, as index and value: its first and last points, and between them each point where it
/// turns; on a plateau the last point of the plateau. A value that is not a number is passed over.
pub fn turning_points(series: &[f64]) -> Vec<(usize, f64)> {
    let mut points: Vec<(usize, f64)> = Vec::new();
    let mut rising = None;
    let mut last: Option<(usize, f64)> = None;
    for (i, &x) in series.iter().enumerate().filter(|(_, x)| x.is_finite()) {
        match last {
            None => points.push((i, x)),
            Some((_, y)) if x == y => {}
            Some(turn) => {
                if rising.is_some_and(|r| r != (x > turn.1)) {
                    points.push(turn);
                }
                rising = Some(x > turn.1);
            }
        }
        last = Some((i, x));
    }
    points.extend(last.filter(|&(i, _)| points[0].0 != i));
    points
}

/// The cycles of a series, in the order they are closed; what stays open at the end counts as half cycles.
pub fn cycles(series: &[f64]) -> Vec<Cycle> {
    let mut found = Vec::new();
    let mut open: Vec<(usize, f64)> = Vec::new();
    // Points of `open` before this one are used up.
    let mut first = 0;
    for point in turning_points(series) {
        open.push(point);
        while let [y_from, y_to, x_to] = open[first.max(open.len().saturating_sub(3))..] {
            let (x, y) = ((x_to.1 - y_to.1).abs(), (y_to.1 - y_from.1).abs());
            if x < y {
                break;
            }
            if open.len() - first == 3 {
                // The range holds the series' starting point: half a cycle, and the next point is the new start.
                found.push(cycle(y_from, y_to, 0.5));
                first += 1;
            } else {
                found.push(cycle(y_from, y_to, 1.0));
                open.truncate(open.len() - 3);
                open.push(x_to);
            }
        }
    }
    found.extend(open[first..].windows(2).map(|pair| cycle(pair[0], pair[1], 0.5)));
    found
}

fn cycle(from: (usize, f64), to: (usize, f64), count: f64) -> Cycle {
    Cycle { range: (from.1 - to.1).abs(), mean: 0.5 * (from.1 + to.1), count, start: from.0, end: to.0 }
}

/// Range and number of cycles of that range, by rising range.
pub fn counts(cycles: &[Cycle]) -> Vec<(f64, f64)> {
    let mut by_range: Vec<(f64, f64)> = cycles.iter().map(|c| (c.range, c.count)).collect();
    by_range.sort_by(|a, b| a.0.total_cmp(&b.0));
    by_range.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    by_range
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_and_flat_series_have_the_cycles_one_would_expect() {
        assert_eq!(cycles(&[]), []);
        assert_eq!(cycles(&[0.5]), []);
        let half = Cycle { range: 0.5, mean: 0.25, count: 0.5, start: 0, end: 1 };
        assert_eq!(cycles(&[0.0, 0.5]), [half]);
        assert_eq!(counts(&cycles(&[0.5; 10])), [(0.0, 0.5)]);
        assert_eq!(cycles(&[0.0, f64::NAN, 0.5])[0].range, 0.5);
    }

    #[test]
    fn a_small_cycle_inside_a_large_one_is_counted_whole() {
        let found = cycles(&[0.0, 0.6, 0.5, 1.0]);
        assert_eq!(counts(&found).iter().map(|c| c.1).collect::<Vec<_>>(), [1.0, 0.5]);
        assert_eq!((found[0].start, found[0].end, found[0].count), (1, 2, 1.0));
        assert_eq!((found[1].range, found[1].count), (1.0, 0.5));
    }

    proptest! {
        #[test]
        fn counted_ranges_add_up_to_the_way_gone(series in prop::collection::vec(0.0_f64..1.0, 2..200)) {
            let way: f64 = series.windows(2).map(|w| (w[1] - w[0]).abs()).sum();
            let found = cycles(&series);
            let counted: f64 = found.iter().map(|c| 2.0 * c.range * c.count).sum();
            prop_assert!((counted - way).abs() < 1e-9, "{counted} for {way}");
            let widest = found.iter().map(|c| c.range).fold(0.0, f64::max);
            let (low, high) = series.iter().fold((1.0_f64, 0.0_f64), |(l, h), &x| (l.min(x), h.max(x)));
            prop_assert_eq!(widest, high - low);
        }

        #[test]
        fn points_between_turns_change_no_range(series in prop::collection::vec(0.0_f64..1.0, 2..60)) {
            let halves = series.windows(2).flat_map(|w| [w[0], w[0], f64::midpoint(w[0], w[1])]);
            let fine: Vec<f64> = halves.chain(series.last().copied()).collect();
            prop_assert_eq!(counts(&cycles(&fine)), counts(&cycles(&series)));
        }
    }
}
