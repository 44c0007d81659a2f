//! The space the search moves in: every free parameter between 0 and 1, and beyond as in a mirror.
//!
//! Neither least squares nor a simplex know bounds. What they ask for beyond one is reflected back into the range, so
//! that every point stands for sound values, and the values at the bounds can be reached.

use voltcity::world::Checked;
use voltcity::world::schema::FitParameter;

/// Steps that a range is told apart in, at least: values are rounded, so that a file can hold them as they were run.
const STEPS: f64 = 1_000.0;

/// A free parameter with where it begins.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    /// Path, bounds and meaning.
    pub(super) parameter: FitParameter,
    /// The world's own value.
    pub(super) start: f64,
    /// Decimals of a value.
    decimals: usize,
}

/// All free parameters of a world.
#[derive(Clone, Debug)]
pub(super) struct Space(pub(super) Vec<Axis>);

impl Space {
    /// The free parameters of a checked world.
    pub(super) fn of(world: &Checked) -> Self {
        let parameters = world.file().fit.iter().flat_map(|fit| &fit.parameters);
        let axis = |parameter: &FitParameter| {
            let start = world.document().parse(&parameter.path).expect("it has been checked to be a number");
            Axis::new(parameter.clone(), start)
        };
        Self(parameters.map(axis).collect())
    }

    /// The values at a point.
    pub(super) fn values(&self, point: &[f64]) -> Vec<f64> {
        self.0.iter().zip(point).map(|(axis, at)| axis.value(*at)).collect()
    }

    /// Where the world's own values are.
    pub(super) fn start(&self) -> Vec<f64> {
        self.0.iter().map(Axis::unit).collect()
    }

    /// The patches that give a world all least values, and those that give it all greatest ones: it must take both,
    /// and a point in every number that need not be whole.
    pub(super) fn extremes(&self) -> [Vec<String>; 2] {
        let low = self.0.iter().map(|axis| axis.pointed(axis.parameter.bounds.0));
        let high = self.0.iter().map(|axis| axis.pointed(axis.parameter.bounds.1));
        [low.collect(), high.collect()]
    }

    /// The patches that give a world these values.
    pub(super) fn patches(&self, values: &[f64]) -> Vec<String> {
        self.0.iter().zip(values).map(|(axis, value)| axis.patch(*value)).collect()
    }
}

impl Axis {
    fn new(parameter: FitParameter, start: f64) -> Self {
        let (low, high) = parameter.bounds;
        let mut decimals = 0;
        let mut steps = high - low;
        while steps < STEPS && decimals < 12 && !parameter.whole {
            steps *= 10.0;
            decimals += 1;
        }
        Self { parameter, start, decimals }
    }

    /// The world's own value as a share of the range.
    fn unit(&self) -> f64 {
        let (low, high) = self.parameter.bounds;
        (self.start - low) / (high - low)
    }

    /// The value at a share of the range; beyond it, that of the mirror image within.
    fn value(&self, at: f64) -> f64 {
        let (low, high) = self.parameter.bounds;
        let folded = (at - 2.0 * (at / 2.0).floor()).clamp(0.0, 2.0);
        let within = if folded > 1.0 { 2.0 - folded } else { folded };
        let value = self.rounded(low + (high - low) * within);
        // The world's own value may have more decimals than need be.
        if value == self.rounded(self.start) { self.start } else { value.clamp(low, high) }
    }

    fn rounded(&self, value: f64) -> f64 {
        let decimals = self.decimals;
        // What decimals can write, they also read.
        format!("{value:.decimals$}").parse().unwrap_or(value)
    }

    /// `path=value`.
    fn patch(&self, value: f64) -> String {
        format!("{}={value}", self.parameter.path)
    }

    /// The same, where a number that need not be whole has a point: a count refuses it.
    fn pointed(&self, value: f64) -> String {
        if self.parameter.whole { self.patch(value) } else { format!("{}={value:?}", self.parameter.path) }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A free parameter with its own value.
    pub(in super::super) fn axis(bounds: (f64, f64), whole: bool, start: f64) -> Axis {
        Axis::new(FitParameter { path: "a.0".to_owned(), bounds, whole, meaning: "a test".to_owned() }, start)
    }

    #[test]
    fn values_are_rounded_to_what_matters() {
        let axis = axis((0.08, 0.45), false, 0.446_123_456);
        assert_eq!(axis.value(axis.unit()), 0.446_123_456);
        assert_eq!(axis.value(0.5), 0.265);
        assert_eq!((axis.value(0.0), axis.value(1.0), axis.value(-1.0), axis.value(2.0)), (0.08, 0.45, 0.45, 0.08));
        assert_eq!((axis.patch(0.265), axis.patch(5.0)), ("a.0=0.265".to_owned(), "a.0=5".to_owned()));
        assert_eq!(axis.pointed(5.0), "a.0=5.0");
        let whole = tests::axis((10.0, 20.0), true, 12.0);
        assert_eq!((whole.value(0.33), whole.patch(13.0)), (13.0, "a.0=13".to_owned()));
        assert_eq!(whole.pointed(13.0), "a.0=13");
    }

    proptest! {
        #[test]
        fn every_point_stands_for_values_within_the_bounds(
            at in -50.0..50.0_f64, low in -1e6..1e6_f64, range in 1e-6..1e6_f64, start in 0.0..=1.0_f64,
        ) {
            let high = low + range;
            let axis = axis((low, high), false, (low + start * range).clamp(low, high));
            let value = axis.value(at);
            prop_assert!((low..=high).contains(&value), "{value}");
            // Nearby points have nearby values, at the bounds too.
            prop_assert!((axis.value(at + 1e-3) - value).abs() <= 3e-3 * range + 1e-9);
        }
    }
}
