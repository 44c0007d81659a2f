//! The words in which the rules of a section are written: ranges, lengths and sums of its fields.

use super::rules::Rules;
use super::words::{described, name, out_of, shown};
use crate::world::figure::Figure;
use crate::world::text::child;
use core::ops::{Range, RangeBounds, RangeInclusive};

/// How far shares may miss their sum, for what decimals cannot write.
pub(super) const SUM_TOLERANCE: f64 = 1e-6;
/// An efficiency that a converter may have.
pub(super) const EFFICIENCY: Range<f64> = 0.5..1.0;
/// A share of one whole.
pub(super) const SHARE: RangeInclusive<f64> = 0.0..=1.0;

/// The rules of one struct of a document.
pub(super) struct Section<'r, 'd> {
    pub(super) rules: &'r mut Rules<'d>,
    pub(super) path: String,
}

impl<'d> Section<'_, 'd> {
    /// The rules of a field's own fields.
    pub(super) fn inside(&mut self, field: &str) -> Section<'_, 'd> {
        Section { path: child(&self.path, field), rules: &mut *self.rules }
    }

    /// The path of a field.
    pub(super) fn field(&self, field: &str) -> String {
        child(&self.path, field)
    }

    /// Notes what is wrong with a field.
    pub(super) fn flag(&mut self, field: &str, message: impl Into<String>, hint: impl Into<String>) {
        let path = self.field(field);
        self.rules.flag(&path, message, hint);
    }

    /// A text that says something.
    pub(super) fn says(&mut self, field: &str, text: &str) {
        if text.trim().is_empty() {
            let path = self.field(field);
            let hint = if field == "source" { SOURCE_HINT } else { "write at least one letter" };
            self.rules.flag(&path, format!("`{}` is empty", name(&path)), hint);
        }
    }

    /// The source of a table.
    pub(super) fn source(&mut self, source: &str) {
        self.says("source", source);
    }

    /// A figure whose value needs no rule, but whose source does.
    pub(super) fn sourced<T>(&mut self, field: &str, figure: &Figure<T>) {
        if figure.1.trim().is_empty() {
            let path = self.field(field);
            self.rules.flag(&format!("{path}[1]"), format!("`{path}` has no source"), SOURCE_HINT);
        }
    }

    /// A bare number within a range.
    pub(super) fn value(&mut self, field: &str, value: impl Into<f64>, range: impl RangeBounds<f64>, unit: &str) {
        let path = self.field(field);
        self.within(&path, value.into(), &range, unit);
    }

    /// A figure with one number within a range.
    pub(super) fn number<N: Into<f64> + Copy>(
        &mut self,
        field: &str,
        figure: &Figure<N>,
        range: impl RangeBounds<f64>,
        unit: &str,
    ) {
        let path = format!("{}[0]", self.field(field));
        self.within(&path, figure.0.into(), &range, unit);
        self.sourced(field, figure);
    }

    /// A figure with several numbers, all within one range.
    pub(super) fn numbers<P: Parts>(
        &mut self,
        field: &str,
        figure: &Figure<P>,
        range: impl RangeBounds<f64>,
        unit: &str,
    ) {
        for (i, part) in figure.0.parts().into_iter().enumerate() {
            let path = format!("{}[0][{i}]", self.field(field));
            self.holds(&path, part, &range, unit);
        }
        self.sourced(field, figure);
    }

    /// A figure with two numbers within a range, the second no less than the first.
    pub(super) fn interval(
        &mut self,
        field: &str,
        figure: &Figure<(f64, f64)>,
        range: impl RangeBounds<f64>,
        unit: &str,
    ) {
        self.numbers(field, figure, range, unit);
        let (from, to) = figure.get();
        if from > to {
            let path = self.field(field);
            let message = format!("`{path}` goes from {} to {}", shown(from), shown(to));
            self.rules.flag(&format!("{path}[0]"), message, "write the lesser value first");
        }
    }

    /// A figure with a median within a range and the standard deviation of a logarithm.
    pub(super) fn log_normal(
        &mut self,
        field: &str,
        figure: &Figure<(f64, f64)>,
        range: impl RangeBounds<f64>,
        unit: &str,
    ) {
        let path = self.field(field);
        self.holds(&format!("{path}[0][0]"), figure.0.0, &range, unit);
        self.holds(&format!("{path}[0][1]"), figure.0.1, &SHARE, "as the standard deviation of a logarithm");
        self.sourced(field, figure);
    }

    /// A figure with several shares that make up a whole.
    pub(super) fn whole<P: Parts>(&mut self, field: &str, figure: &Figure<P>) {
        self.numbers(field, figure, SHARE, "as a share");
        let path = self.field(field);
        let parts = figure.0.parts();
        let sum: f64 = parts.iter().sum();
        if parts.iter().all(|part| SHARE.contains(part)) && (sum - 1.0).abs() > SUM_TOLERANCE {
            let message = format!("the shares of `{path}` add up to {}", shown(sum));
            self.rules.flag(&format!("{path}[0]"), message, "write shares that add up to 1");
        }
    }

    /// An efficiency at full load and at 30 % of it, from which the losses of a converter follow.
    pub(super) fn efficiency(&mut self, field: &str, figure: &Figure<(f64, f64)>) {
        self.numbers(field, figure, EFFICIENCY, "as an efficiency: nothing is converted without a loss");
        let path = self.field(field);
        let (full, low) = figure.get();
        if ![full, low].iter().all(|part| EFFICIENCY.contains(part)) {
            return;
        }
        if low > full {
            let message =
                format!("`{path}` is better at 30 % of load ({}) than at full load ({})", shown(low), shown(full));
            let hint = "write the efficiency at full load first; that at 30 % is no better";
            self.rules.flag(&format!("{path}[0]"), message, hint);
        } else if 0.3 * (1.0 / low - 1.0) > 1.0 / full - 1.0 {
            let message = format!(
                "`{path}` loses more watts at 30 % of load ({}) than at full load ({})",
                shown(low),
                shown(full)
            );
            let least = 1.0 / (1.0 + (1.0 / full - 1.0) / 0.3);
            let hint = format!("write at least {} for 30 % of load", shown((least * 1e4).ceil() / 1e4));
            self.rules.flag(&format!("{path}[0]"), message, hint);
        }
    }

    /// A figure with a list of so many numbers, each within a range.
    pub(super) fn list<N: Into<f64> + Copy>(
        &mut self,
        field: &str,
        figure: &Figure<Vec<N>>,
        lengths: RangeInclusive<usize>,
        range: impl RangeBounds<f64>,
        unit: &str,
    ) {
        let path = format!("{}[0]", self.field(field));
        if self.length(&path, figure.0.len(), lengths) {
            for (i, &value) in figure.0.iter().enumerate() {
                self.holds(&format!("{path}[{i}]"), value.into(), &range, unit);
            }
        }
        self.sourced(field, figure);
    }

    /// A bare list of so many numbers, each within a range.
    pub(super) fn values(
        &mut self,
        field: &str,
        values: &[f64],
        lengths: RangeInclusive<usize>,
        range: impl RangeBounds<f64>,
        unit: &str,
    ) {
        let path = self.field(field);
        if self.length(&path, values.len(), lengths) {
            for (i, &value) in values.iter().enumerate() {
                self.holds(&format!("{path}[{i}]"), value, &range, unit);
            }
        }
    }

    /// A list or table of so many entries. Says whether it is.
    pub(super) fn length(&mut self, path: &str, length: usize, lengths: RangeInclusive<usize>) -> bool {
        if lengths.contains(&length) {
            return true;
        }
        let entries = |n: usize| format!("{} {}", shown(n as f64), if n == 1 { "entry" } else { "entries" });
        let (low, high) = lengths.into_inner();
        let hint = if low == high { entries(low) } else { format!("{} to {}", shown(low as f64), entries(high)) };
        let has = if length == 0 { "is empty".to_owned() } else { format!("has {}", entries(length)) };
        self.rules.flag(path, format!("`{}` {has}", name(path)), format!("write {hint}"));
        false
    }

    /// Numbers that rise from one to the next by at least so much.
    pub(super) fn rises(
        &mut self,
        path: &str,
        values: impl Iterator<Item = f64>,
        least: f64,
        at: impl Fn(usize) -> String,
    ) {
        let mut before = f64::NEG_INFINITY;
        for (i, value) in values.enumerate() {
            if value < before + least {
                let message = format!("`{}` does not rise from {} to {}", name(path), shown(before), shown(value));
                let by =
                    if least > 0.0 && least < 1.0 { format!(" by at least {}", shown(least)) } else { String::new() };
                let hint = format!("write the entries in rising order{by}");
                self.rules.flag(&at(i), message, hint);
            }
            before = value;
        }
    }

    /// A number within a range, at a path of its own.
    fn within(&mut self, path: &str, value: f64, range: &impl RangeBounds<f64>, unit: &str) {
        self.judge(path, value, range, unit, "is");
    }

    /// One of the numbers of a field within a range.
    pub(super) fn holds(&mut self, path: &str, value: f64, range: &impl RangeBounds<f64>, unit: &str) {
        self.judge(path, value, range, unit, "holds");
    }

    fn judge(&mut self, path: &str, value: f64, range: &impl RangeBounds<f64>, unit: &str, is: &str) {
        if range.contains(&value) {
            return;
        }
        // A message names the field; the mark stands under the part of it that is wrong.
        let whole = name(path);
        let message = match out_of(value, range) {
            Some(miss) => format!("`{whole}` {is} {}, which is {miss}", shown(value)),
            None => format!("`{whole}` {is} {}", if value.is_nan() { "not a number" } else { "infinite" }),
        };
        self.rules.flag(path, message, format!("write {} {unit}", described(range)).trim_end());
    }
}

const SOURCE_HINT: &str = "say where it comes from, or \"assumption: ...\" and why";

/// The parts of a tuple of numbers.
pub(super) trait Parts {
    fn parts(&self) -> Vec<f64>;
}

impl Parts for (f64, f64) {
    fn parts(&self) -> Vec<f64> {
        vec![self.0, self.1]
    }
}

impl Parts for (u32, u32) {
    fn parts(&self) -> Vec<f64> {
        vec![self.0.into(), self.1.into()]
    }
}

impl Parts for (f64, f64, f64) {
    fn parts(&self) -> Vec<f64> {
        vec![self.0, self.1, self.2]
    }
}

impl Parts for (f64, f64, f64, f64) {
    fn parts(&self) -> Vec<f64> {
        vec![self.0, self.1, self.2, self.3]
    }
}

impl Parts for (f64, f64, f64, f64, f64) {
    fn parts(&self) -> Vec<f64> {
        vec![self.0, self.1, self.2, self.3, self.4]
    }
}
