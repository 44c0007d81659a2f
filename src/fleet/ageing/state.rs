//! How one state of a cell grows with time or with charge throughput, from where it is.
//!
//! BLAST-Lite writes each law as a slope that depends on the state reached and takes one explicit step per update, so a
//! cell remembers its loss and not its history. The step is part of the model: its results are met only by the same
//! step, a day at a time.

/// State after `dx` more days or cycles under `y = k x^p`, from state `y`.
///
/// From zero the law itself; else the source's slope `k p (y / k)^((p - 1) / p)`, which is `p y / x` with `x` the age
/// that the state stands for under today's conditions. The source takes all of `dx` in one step. Here a step is at most
/// `x`, and a longer `dx` takes several. That is the same for any steady duty, and for any duty once the battery is
/// older than a few hot or busy days; but a first day of next to no use, or a first cold one (a vanishing `x` with a
/// steep slope), does not throw the state far ahead. For a new battery whose duty and temperature (15 to 35 °C) are
/// drawn afresh each day, the two differ by up to 1.3e-3 of capacity in the first month, by 3e-4 (NMC) and 3e-6 (LFP)
/// after a year, and by 6e-5 and 1e-6 after ten.
pub fn power(y: f64, dx: f64, k: f64, p: f64) -> f64 {
    if dx <= 0.0 || k <= 0.0 {
        return y;
    }
    if y <= 0.0 {
        return k * libm::pow(dx, p);
    }
    let (mut y, mut left) = (y, dx);
    loop {
        let age = libm::pow(y / k, 1.0 / p);
        // An age this far below the step is no age at all, and would take a hundred steps to outgrow.
        if age < 1e-30 * left {
            return k * libm::pow(left, p) + y;
        }
        if left <= age {
            return y + p * y * (left / age);
        }
        y += p * y;
        left -= age;
    }
}

/// Greatest state of [`sigmoid`]: its limit is 1, which it must not reach, as the inverse ends there.
const SIGMOID_END: f64 = 1.0 - 1e-12;

/// State after `dx` more cycles under `y = 1 - 2 / (1 + e^((x / scale)^p))`, from a state above zero.
///
/// With `z = (x / scale)^p`, the inverse of the law is `z = ln((1 + y) / (1 - y))` and its slope
/// `p z (1 - y^2) / (2 x)`.
pub fn sigmoid(y: f64, dx: f64, scale: f64, p: f64) -> f64 {
    if dx <= 0.0 || y <= 0.0 || y >= SIGMOID_END {
        return y;
    }
    let z = libm::log1p(2.0 * y / (1.0 - y));
    let x = scale * libm::pow(z, 1.0 / p);
    (y + p * z * (1.0 - y * y) / (2.0 * x) * dx).min(SIGMOID_END)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_step_is_the_law_and_the_next_its_slope() {
        let (k, p) = (0.003, 0.5);
        let one = power(0.0, 4.0, k, p);
        assert!((one - 0.006).abs() < 1e-15);
        // The slope of k x^p at x = 4 is k p 4^(p - 1) = 0.00075.
        assert!((power(one, 2.0, k, p) - 0.0075).abs() < 1e-15);
        assert_eq!(power(one, 0.0, k, p), one);
        assert_eq!(power(one, 2.0, 0.0, p), one);
    }

    #[test]
    fn many_short_steps_follow_the_law() {
        for (p, k) in [(0.526, 0.001), (0.357, 0.002), (1.25, 1e-4)] {
            let y = (0..100_000).fold(power(0.0, 0.01, k, p), |y, _| power(y, 0.01, k, p));
            let exact = k * libm::pow(1_000.01, p);
            assert!((y / exact - 1.0).abs() < 2e-4, "{p}: {y} for {exact}");
        }
        let y = (0..40_000).fold(1e-8, |y, _| sigmoid(y, 0.05, 1_000.0, 10.0));
        let x = 1_000.0 * libm::pow(libm::log1p(2e-8), 0.1) + 2_000.0;
        let exact = 1.0 - 2.0 / (1.0 + libm::exp(libm::pow(x / 1_000.0, 10.0)));
        assert!((y - exact).abs() < 1e-3, "{y} for {exact}");
    }

    #[test]
    fn a_state_far_behind_the_step_is_outgrown_and_not_thrown_ahead() {
        let (k, p) = (1e-4, 0.828);
        for start in [1e-300, 1e-40, 1e-20, 1e-9] {
            let ratio = power(start, 1.0, k, p) / k;
            assert!((0.9..1.5).contains(&ratio), "{start}: {ratio}");
        }
    }

    proptest! {
        #[test]
        fn states_grow_with_the_step_the_rate_and_themselves(
            y in 1e-12_f64..0.5, dx in 1e-9_f64..10.0, k in 1e-7_f64..1e-2, p in 0.3_f64..1.3, more in 1.0_f64..4.0,
        ) {
            let next = power(y, dx, k, p);
            prop_assert!(next >= y);
            prop_assert!(power(y, dx * more, k, p) >= next * (1.0 - 1e-14));
            prop_assert!(power(y, dx, k * more, p) >= next * (1.0 - 1e-14));
            let next = sigmoid(y, dx, 1e3 / k.sqrt(), 10.0);
            prop_assert!(next >= y && next < 1.0);
            prop_assert!(sigmoid(y, dx * more, 1e3 / k.sqrt(), 10.0) >= next);
        }
    }
}
