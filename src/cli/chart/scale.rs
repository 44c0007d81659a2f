//! The vertical axis of a chart: round steps, and zero on the edge of a row.

use super::table::grouped;

/// Rows between two labels.
const GAPS: [i64; 3] = [4, 3, 2];

/// Leading figures of a round step, and whether it needs one decimal more than its power of ten.
const STEPS: [(f64, bool); 4] = [(1.0, false), (2.0, false), (2.5, true), (5.0, false)];

/// How values become rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    /// Value of one row.
    pub(super) per_row: f64,
    /// Rows above zero.
    pub(super) rows_above: i64,
    /// Rows below zero.
    pub(super) rows_below: i64,
    /// Rows between two labels.
    gap: i64,
    /// Decimals of a label.
    decimals: usize,
}

impl Scale {
    /// The finest scale with round labels that shows `low` to `high` and zero in `rows` rows, of which it needs two.
    ///
    /// `low` is at most zero, `high` at least zero, both finite. A flat zero gets a scale of single units.
    pub(super) fn fit(low: f64, high: f64, rows: usize) -> Self {
        let rows = rows.max(2) as i64;
        let range = if high - low < 1e-6 { rows as f64 } else { high - low };
        let (mut power, mut exponent) = (1.0, 0_i32);
        while power > range / rows as f64 {
            (power, exponent) = (power / 10.0, exponent - 1);
        }
        while power * 10.0 <= range / rows as f64 {
            (power, exponent) = (power * 10.0, exponent + 1);
        }
        let mut best: Option<Self> = None;
        for (raise, times) in [(0, 1.0), (1, 10.0), (2, 100.0)] {
            for (lead, finer) in STEPS {
                for gap in GAPS {
                    let per_row = lead * times * power / gap as f64;
                    let decimals = (i32::from(finer) - exponent - raise).max(0) as usize;
                    // A value on the very edge must not ask for another row because of rounding.
                    let needed = |value: f64| (value / per_row - 1e-9).ceil().max(0.0) as i64;
                    let (above, rows_below) = (needed(high), needed(-low));
                    let finest = best.is_none_or(|best| per_row < best.per_row);
                    if above + rows_below <= rows && finest {
                        best = Some(Self { per_row, rows_above: rows - rows_below, rows_below, gap, decimals });
                    }
                }
            }
        }
        best.unwrap_or(Self { per_row: range, rows_above: rows - 1, rows_below: 1, gap: 2, decimals: 0 })
    }

    /// The label of the upper edge of row `edge - 1`, which is also the lower edge of row `edge`, if it has one.
    pub(super) fn label(&self, edge: i64) -> Option<String> {
        (edge % self.gap == 0).then(|| grouped(edge as f64 * self.per_row, self.decimals))
    }

    /// Width of the widest label.
    pub(super) fn label_width(&self) -> usize {
        (-self.rows_below..=self.rows_above).filter_map(|edge| self.label(edge)).map(|l| l.len()).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(low: f64, high: f64, rows: usize) -> Vec<String> {
        let scale = Scale::fit(low, high, rows);
        (-scale.rows_below..=scale.rows_above).filter_map(|edge| scale.label(edge)).collect()
    }

    #[test]
    fn labels_are_round_and_close_to_the_data() {
        assert_eq!(labels(0.0, 19_432.0, 12), ["0", "5,000", "10,000", "15,000", "20,000"]);
        assert_eq!(labels(0.0, 840.0, 8), ["0", "250", "500", "750", "1,000"]);
        assert_eq!(labels(0.0, 0.7, 10), ["0.00", "0.25", "0.50", "0.75"]);
        assert_eq!(labels(-300.0, 900.0, 12), ["-200", "0", "200", "400", "600", "800"]);
    }

    #[test]
    fn a_flat_zero_has_a_scale() {
        let scale = Scale::fit(0.0, 0.0, 6);
        assert_eq!((scale.per_row, scale.rows_above, scale.rows_below), (0.25, 6, 0));
    }

    proptest! {
        /// Everything is inside the rows, and no more than two fifths of them are left empty.
        #[test]
        fn the_data_fit(low in -1e6_f64..=0.0, high in 0.001_f64..1e6, rows in 4_usize..40) {
            let scale = Scale::fit(low, high, rows);
            prop_assert_eq!(scale.rows_above + scale.rows_below, rows as i64);
            prop_assert!(scale.rows_above as f64 * scale.per_row >= high * 0.999_999);
            prop_assert!(scale.rows_below as f64 * scale.per_row >= -low * 0.999_999);
            prop_assert!((high - low) / scale.per_row >= 0.6 * rows as f64 - 2.0);
            prop_assert!(scale.label(0).is_some());
        }
    }
}
