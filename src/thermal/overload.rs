//! How long a transformer has been how full.

/// Load from which utilities call a transformer heavily loaded, in pu.
pub const HEAVY: f64 = 0.8;
/// Load from which a run counts towards an overload, in pu.
pub const FULL: f64 = 1.0;
/// A run this long from [`FULL`] is what utilities call overloaded, in s.
pub const OVERLOADED_AFTER_S: u32 = 7_200;

/// Time in s by level of load, and overloads as utilities count them; whole seconds, so no sum depends on its
/// order. Enough for 136 years.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overload {
    /// At 80 % or more: heavily loaded.
    pub heavy_s: u32,
    /// Above 100 %.
    pub above_100_s: u32,
    /// Above 120 %.
    pub above_120_s: u32,
    /// Above 150 %.
    pub above_150_s: u32,
    /// The run at 100 % or more that is under way; 0 if there is none.
    pub run_s: u32,
    /// The longest run at 100 % or more.
    pub longest_run_s: u32,
    /// Runs at 100 % or more that lasted two hours: overloads.
    pub overloads: u32,
}

impl Overload {
    /// Adds a step of a length in s at a load in pu, of either direction.
    pub fn add(&mut self, load: f64, step_s: u32) {
        let load = load.abs();
        let levels = [
            (load >= HEAVY, &mut self.heavy_s),
            (load > 1.0, &mut self.above_100_s),
            (load > 1.2, &mut self.above_120_s),
            (load > 1.5, &mut self.above_150_s),
        ];
        levels.into_iter().filter(|(reached, _)| *reached).for_each(|(_, time_s)| *time_s += step_s);
        if load < FULL {
            self.run_s = 0;
            return;
        }
        let before_s = self.run_s;
        self.run_s += step_s;
        self.longest_run_s = self.longest_run_s.max(self.run_s);
        let long = |run_s: u32| run_s >= OVERLOADED_AFTER_S;
        self.overloads += u32::from(long(self.run_s) && !long(before_s));
    }

    /// Whether the transformer is overloaded now: two hours or more from 100 % without a break.
    pub const fn is_overloaded(&self) -> bool {
        self.run_s >= OVERLOADED_AFTER_S
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_nest_and_an_overload_takes_two_hours_without_a_break() {
        let mut meter = Overload::default();
        for load in [0.79, 0.8, 1.0, 1.01, 1.2, -1.21, 1.51] {
            meter.add(load, 900);
        }
        let times_s = [meter.heavy_s, meter.above_100_s, meter.above_120_s, meter.above_150_s];
        assert_eq!(times_s, [5_400, 3_600, 1_800, 900]);
        assert_eq!((meter.run_s, meter.overloads, meter.is_overloaded()), (4_500, 0, false));
        (0..3).for_each(|_| meter.add(1.0, 900));
        assert_eq!((meter.run_s, meter.overloads, meter.is_overloaded()), (7_200, 1, true));
        meter.add(1.1, 36_000);
        assert_eq!(meter.overloads, 1);
        meter.add(0.99, 900);
        assert_eq!((meter.run_s, meter.longest_run_s, meter.is_overloaded()), (0, 43_200, false));
        meter.add(1.0, 7_199);
        assert_eq!((meter.overloads, meter.is_overloaded()), (1, false));
        meter.add(1.0, 1);
        assert_eq!(meter.overloads, 2);
    }
}
