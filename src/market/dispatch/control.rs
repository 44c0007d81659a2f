//! Closed-loop correction of an event: what to call next, given what telemetry says was delivered.
//!
//! Some of what is called never comes: drivers unplug, messages are lost, a building was at its comfort limit. The
//! controller adds to the request what has been found missing. Its difficulty is that telemetry is late. A plain
//! integral of request less measurement goes on adding while earlier additions are on their way, and with delay `d`
//! swings as soon as its gain exceeds `1 / (e d)`. So each measurement is held against what was called at *its own*
//! second, and what has been added since is not missed a second time (the predictor of Smith 1957 for a plant that
//! is a delay and a factor):
//!
//! ```text
//! missing     = called then - measured then         = (request - measured) + correction then
//! correction += (missing - correction now) dt / T   = the integral of (request - measured) - what is on its way
//! ```
//!
//! With a delivered share `r` of calls, `missing` is `(1 - r)` times what was called, which makes a loop of gain
//! `1 - r` around a lag of first order. It is stable for every delay as long as `0 < r < 2`; below one it does not
//! swing at all, and it comes to rest where the measurement equals the request.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// How many calls are remembered: an hour at one call every ten seconds, far more than any telemetry is late
/// (assumption).
const MEMORY: usize = 360;

/// How a controller is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Least that is called, in 1/1000 of the request.
    pub least_milli: i64,
    /// Most that is called, in 1/1000 of the request.
    pub most_milli: i64,
    /// How fast the call may change, in W/s, if that is limited.
    pub ramp_w_per_s: Option<i64>,
    /// Time in which the correction follows what is missing, in s: longer is smoother, and slower.
    pub settle_s: u32,
    /// How long a call takes to show in the load, in s, without the delay of telemetry.
    pub response_s: u32,
}

impl Default for Settings {
    /// Between half of the request and one and a half of it, settling in a minute, no ramp limit (assumption).
    fn default() -> Self {
        Self { least_milli: 500, most_milli: 1_500, ramp_w_per_s: None, settle_s: 60, response_s: 0 }
    }
}

/// What telemetry says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    /// Second at which it was measured, not that at which it arrived.
    pub at_s: u32,
    /// Change of load in the requested direction against the baseline, in W.
    pub delivered_w: i64,
}

/// What the controller is told in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// Second of the step; never earlier than that of the step before.
    pub now_s: u32,
    /// Change of load asked for now, in W.
    pub request_w: i64,
    /// How much of the last call dispatch could place, in W.
    pub placed_w: i64,
    /// The latest measurement, if one has come; the same one twice does no harm.
    pub measured: Option<Measurement>,
}

/// What was placed from a second on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Placed {
    from_s: u32,
    placed_w: i64,
}

/// The controller of one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controller {
    settings: Settings,
    /// What is called beyond the request in W; negative when more is delivered than called.
    correction_w: i64,
    /// The last call in W.
    call_w: i64,
    /// Second of the last step.
    last_s: u32,
    /// Second of the last measurement that was used, or of the start.
    seen_s: u32,
    /// What was placed, oldest first.
    history: VecDeque<Placed>,
}

/// Figures beyond this are taken for it, in W: a thousand times the load of the world, and far from overflow.
const BOUND_W: i64 = 1 << 52;

impl Controller {
    /// At the start of an event nothing is called yet.
    pub const fn new(settings: Settings, start_s: u32) -> Self {
        Self { settings, correction_w: 0, call_w: 0, last_s: start_s, seen_s: start_s, history: VecDeque::new() }
    }

    /// What is called beyond the request, in W.
    pub const fn correction_w(&self) -> i64 {
        self.correction_w
    }

    /// What to call now, in W: the request and its correction, within the bounds of the settings. The ramp comes
    /// first: while it lasts the call may be outside the bounds.
    pub fn step(&mut self, input: &Input) -> i64 {
        let request_w = input.request_w.clamp(0, BOUND_W);
        let placed_w = input.placed_w.clamp(0, self.call_w);
        self.remember(placed_w);
        if let Some(measured) = input.measured {
            self.learn(measured);
        }
        self.bound(request_w, placed_w);
        let elapsed_s = i64::from(input.now_s.saturating_sub(self.last_s));
        let ramp_w = self.settings.ramp_w_per_s.map_or(i64::MAX, |ramp| ramp.max(0).saturating_mul(elapsed_s));
        let wanted_w = request_w + self.correction_w;
        self.call_w += (wanted_w - self.call_w).clamp(-ramp_w, ramp_w);
        self.last_s = input.now_s.max(self.last_s);
        self.call_w
    }

    /// Notes what became of the last call.
    fn remember(&mut self, placed_w: i64) {
        if self.history.len() == MEMORY {
            self.history.pop_front();
        }
        self.history.push_back(Placed { from_s: self.last_s, placed_w });
    }

    /// Moves the correction towards what a measurement shows to be missing.
    ///
    /// Measurements that come out of turn, twice, or from before all memory are left aside. When some are lost, the
    /// next one counts for the time since the last, and never for more than the whole way.
    fn learn(&mut self, measured: Measurement) {
        let cause_s = measured.at_s.checked_sub(self.settings.response_s);
        let known = self.history.partition_point(|p| Some(p.from_s) <= cause_s);
        if measured.at_s <= self.seen_s || known == 0 {
            return;
        }
        let missing_w = self.history[known - 1].placed_w - measured.delivered_w.clamp(-BOUND_W, BOUND_W);
        let settle_s = i64::from(self.settings.settle_s.max(1));
        let passed_s = i64::from(measured.at_s - self.seen_s).min(settle_s);
        let gap_w = missing_w - self.correction_w;
        let step_w = (i128::from(gap_w) * i128::from(passed_s) / i128::from(settle_s)) as i64;
        // A gap of a few watts closes watt by watt.
        self.correction_w += if step_w == 0 { gap_w.signum() } else { step_w };
        self.seen_s = measured.at_s;
    }

    /// Keeps the correction from winding up: within the bounds, and not above what could be placed.
    ///
    /// While dispatch places less than is called there is nothing more to be had, and to ask for more would only be
    /// paid for later, as an overshoot. The request itself is always called, so that what becomes free is found.
    fn bound(&mut self, request_w: i64, placed_w: i64) {
        let share = |milli: i64| (i128::from(request_w) * i128::from(milli.clamp(0, 1_000_000)) / 1_000) as i64;
        let least_w = (share(self.settings.least_milli) - request_w).min(0);
        let most_w = (share(self.settings.most_milli) - request_w).max(0);
        self.correction_w = self.correction_w.clamp(least_w, most_w);
        if placed_w < self.call_w {
            self.correction_w = self.correction_w.min((placed_w - request_w).max(0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Purpose, Seed, draw};
    use proptest::prelude::*;

    const REQUEST_W: i64 = 10_000_000;
    const STEP_S: u32 = 10;

    /// A city that delivers a share of what is placed, and telemetry that is late and loses messages.
    struct City {
        delivered_milli: i64,
        latency_s: u32,
        lost: f64,
        /// The most that can be placed at a second.
        limit_w: fn(u32) -> i64,
    }

    /// Calls and deliveries, step by step.
    fn run(settings: Settings, city: &City, steps: u32) -> (Vec<i64>, Vec<i64>) {
        let mut controller = Controller::new(settings, 0);
        let (mut calls, mut delivered): (Vec<i64>, Vec<i64>) = (Vec::new(), Vec::new());
        let mut placed_w = 0;
        for step in 0..steps {
            let now_s = step * STEP_S;
            let late = (city.latency_s / STEP_S) as usize;
            let measured = (step as usize)
                .checked_sub(late.max(1))
                .map(|then| Measurement { at_s: then as u32 * STEP_S, delivered_w: delivered[then] });
            let measured = measured.filter(|_| !draw(Seed(5), Purpose::Test, step, 0).chance(city.lost));
            let call_w = controller.step(&Input { now_s, request_w: REQUEST_W, placed_w, measured });
            placed_w = call_w.min((city.limit_w)(now_s));
            calls.push(call_w);
            delivered.push(placed_w * city.delivered_milli / 1_000);
        }
        (calls, delivered)
    }

    const AMPLE: fn(u32) -> i64 = |_| i64::MAX;

    fn near(delivered_w: i64, per_mille: i64) -> bool {
        (delivered_w - REQUEST_W).abs() <= REQUEST_W * per_mille / 1_000
    }

    #[test]
    fn a_fifth_missing_and_a_minute_late_converges_without_a_swing() {
        let settings = Settings { ramp_w_per_s: Some(100_000), ..Settings::default() };
        for lost in [0.0, 0.3] {
            let city = City { delivered_milli: 800, latency_s: 60, lost, limit_w: AMPLE };
            let (calls, delivered) = run(settings, &city, 180);
            assert!(calls.windows(2).all(|w| w[0] <= w[1]), "the call only rises: {calls:?}");
            assert!(delivered.iter().all(|&w| w <= REQUEST_W + REQUEST_W / 1_000), "no overshoot: {delivered:?}");
            // A ramp of 100 s, and a few times the delay and the settling time for most of what is missing.
            assert!(near(delivered[36], 20), "{}", delivered[36]);
            assert!(delivered[90..].iter().all(|&w| near(w, 1)), "{:?}", &delivered[90..]);
        }
    }

    #[test]
    fn a_plain_integral_of_the_same_speed_swings() {
        // What the delay compensation is for: the same loop without it, written out.
        let (mut correction_w, mut delivered) = (0, Vec::new());
        for step in 0..180_usize {
            if let Some(then) = step.checked_sub(6) {
                let error_w: i64 = REQUEST_W - delivered[then];
                correction_w += error_w / 6;
            }
            delivered.push((REQUEST_W + correction_w) * 800 / 1_000);
        }
        assert!(delivered.iter().any(|&w| w > REQUEST_W + REQUEST_W / 50), "{delivered:?}");
    }

    #[test]
    fn too_much_is_taken_back() {
        let city = City { delivered_milli: 1_300, latency_s: 60, lost: 0.0, limit_w: AMPLE };
        let (calls, delivered) = run(Settings::default(), &city, 180);
        assert!(near(delivered[179], 1), "{}", delivered[179]);
        assert!(*calls.iter().min().unwrap() > REQUEST_W * 6 / 10, "a gentle undershoot at most: {calls:?}");
    }

    #[test]
    fn nothing_winds_up_when_nothing_more_is_to_be_had() {
        // Half an hour in which only six tenths can be placed, then plenty.
        let limit_w: fn(u32) -> i64 = |now_s| if now_s < 1_800 { REQUEST_W * 6 / 10 } else { i64::MAX };
        let city = City { delivered_milli: 800, latency_s: 60, lost: 0.1, limit_w };
        let (calls, delivered) = run(Settings::default(), &city, 400);
        assert!(calls[..180].iter().all(|&w| w == REQUEST_W), "the request is called, and no more: {calls:?}");
        assert!(delivered[180..].iter().all(|&w| w <= REQUEST_W + REQUEST_W / 1_000), "no overshoot afterwards");
        assert!(near(delivered[399], 1), "{}", delivered[399]);
    }

    #[test]
    fn the_bounds_hold_when_hardly_anything_is_delivered() {
        let city = City { delivered_milli: 100, latency_s: 60, lost: 0.0, limit_w: AMPLE };
        let (calls, _) = run(Settings::default(), &city, 400);
        assert_eq!(calls[399], REQUEST_W * 3 / 2);
        let city = City { delivered_milli: 3_000, latency_s: 0, lost: 0.0, limit_w: AMPLE };
        let (calls, _) = run(Settings::default(), &city, 400);
        assert!(calls.iter().all(|&w| w >= REQUEST_W / 2), "{calls:?}");
    }

    #[test]
    fn a_slow_response_is_allowed_for() {
        // The load follows two minutes after the call; told so, the controller does not take the wait for a shortfall.
        let settings = Settings { response_s: 120, ..Settings::default() };
        let mut controller = Controller::new(settings, 0);
        let mut calls: Vec<i64> = Vec::new();
        for step in 0..120_u32 {
            let delivered_w = (step as usize).checked_sub(12).map_or(0, |then| calls[then]);
            let measured = Some(Measurement { at_s: step * STEP_S, delivered_w });
            let placed_w = calls.last().copied().unwrap_or(0);
            calls.push(controller.step(&Input { now_s: step * STEP_S, request_w: REQUEST_W, placed_w, measured }));
        }
        assert!(calls.iter().all(|&w| w == REQUEST_W), "{calls:?}");
    }

    proptest! {
        #[test]
        fn any_input_keeps_ramp_and_bounds(
            ramp in 0..500_000_i64,
            inputs in prop::collection::vec(
                (0..120_u32, prop_oneof![0..REQUEST_W, any::<i64>()], any::<i64>(), any::<u32>(), any::<i64>()),
                1..60,
            ),
        ) {
            let settings = Settings { ramp_w_per_s: Some(ramp), ..Settings::default() };
            let mut controller = Controller::new(settings, 0);
            let (mut now_s, mut before_w) = (0, 0);
            for (elapsed_s, request_w, placed_w, at_s, delivered_w) in inputs {
                now_s += elapsed_s;
                let measured = Some(Measurement { at_s: at_s % (now_s + 2), delivered_w });
                let call_w = controller.step(&Input { now_s, request_w, placed_w, measured });
                prop_assert!((call_w - before_w).abs() <= ramp * i64::from(elapsed_s));
                let request_w = request_w.clamp(0, BOUND_W);
                let most_w = (request_w + request_w / 2).max(before_w);
                let least_w = (request_w / 2).min(before_w);
                prop_assert!((least_w - 1..=most_w + 1).contains(&call_w), "{call_w} of {request_w}");
                before_w = call_w;
            }
        }
    }
}
