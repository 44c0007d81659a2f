//! Charging along a piecewise-linear curve over state of charge, integrated exactly.
//!
//! On one linear piece of the curve, power is `p = p0 + k (E - E0)`, so energy follows `E0 + p0 (e^(k t) - 1) / k`.
//! A session therefore only needs an event where a piece ends; between events its energy is known at any second, and
//! the length of the simulation's step plays no part. ACN-Sim and `EV2Gym` use the same two-stage form (constant to a
//! threshold, then linear to zero) as a special case.

use crate::units::Energy;
use serde::{Deserialize, Serialize};

/// Power over state of charge, as a fraction of the greatest power, by linear pieces.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    soc: Vec<f64>,
    fraction: Vec<f64>,
}

/// Below this share of its greatest power a session counts as full: chargers end the constant-voltage phase at a
/// current between C/20 and C/50 (common practice; assumption).
const END_FRACTION: f64 = 0.02;

impl Curve {
    /// A curve through `(state of charge, fraction)` knots.
    ///
    /// # Errors
    /// Says what is wrong unless there are at least two knots, the first at 0, the last at 1, in rising order of
    /// state of charge, with fractions in 0..=1 that are positive below 1.
    pub fn new(knots: &[(f64, f64)]) -> Result<Self, String> {
        let (Some(first), Some(last)) = (knots.first(), knots.last()) else {
            return Err("a charging curve needs at least two knots".into());
        };
        if knots.len() < 2 || first.0 != 0.0 || last.0 != 1.0 {
            return Err("a charging curve begins at state of charge 0 and ends at 1".into());
        }
        if knots.windows(2).any(|w| w[1].0 <= w[0].0) {
            return Err("the states of charge of a charging curve rise from knot to knot".into());
        }
        if knots.iter().any(|k| !(0.0..=1.0).contains(&k.1)) || knots[..knots.len() - 1].iter().any(|k| k.1 <= 0.0) {
            return Err("the fractions of a charging curve lie between 0 and 1, and above 0 before the end".into());
        }
        Ok(Self { soc: knots.iter().map(|k| k.0).collect(), fraction: knots.iter().map(|k| k.1).collect() })
    }

    /// Constant power up to `threshold`, then linear to zero at a full battery.
    ///
    /// # Errors
    /// When the threshold does not lie between 0 and 1.
    pub fn two_stage(threshold: f64) -> Result<Self, String> {
        Self::new(&[(0.0, 1.0), (threshold, 1.0), (1.0, 0.0)])
    }

    /// The fraction at a state of charge.
    pub fn at(&self, soc: f64) -> f64 {
        let i = self.segment(soc);
        let (a, b) = (self.soc[i], self.soc[i + 1]);
        let (fa, fb) = (self.fraction[i], self.fraction[i + 1]);
        fa + (fb - fa) * ((soc - a) / (b - a)).clamp(0.0, 1.0)
    }

    /// The segment that begins at or below `soc` and ends above it.
    fn segment(&self, soc: f64) -> usize {
        self.soc[1..self.soc.len() - 1].partition_point(|&s| s <= soc)
    }

    /// The segment that still has a joule to go from `energy`: knots count where they fall in whole joules, so that a
    /// battery that has reached one is on the next segment.
    fn segment_from(&self, energy: Energy, cap: f64) -> usize {
        self.soc[1..self.soc.len() - 1].partition_point(|&s| Energy::round(s * cap) <= energy)
    }

    /// The piece of constant or linearly changing power on which a battery of `capacity` charges from `energy`,
    /// when the curve's greatest power is `max_w` and the charger allows `limit_w`; `None` when it is full.
    pub fn piece(&self, energy: Energy, capacity: Energy, max_w: f64, limit_w: f64) -> Option<Piece> {
        let cap = capacity.f64();
        let soc = energy.f64() / cap;
        if energy >= capacity || limit_w < 1.0 {
            return None;
        }
        let i = self.segment_from(energy, cap);
        let here_w = self.at(soc) * max_w;
        if here_w >= limit_w {
            return Some(self.flat_piece(i, soc, cap, max_w, limit_w, energy));
        }
        let (end_soc, end_w) = self.taper_end(i, soc, here_w, max_w, limit_w)?;
        let end = Energy::round(end_soc * cap).min(capacity);
        if end <= energy {
            // Less than a joule to go on this stretch (a knot, or the crossing of the limit): one joule further the
            // next one decides.
            let end = Energy(energy.0 + 1);
            return Some(Piece { energy, power_w: here_w.floor().max(1.0), slope_per_s: 0.0, end });
        }
        let slope_per_s = (end_w - here_w) / ((end_soc - soc) * cap);
        if (end_w - here_w).abs() < 1e-9 * max_w {
            return Some(Piece { energy, power_w: here_w.floor().max(1.0), slope_per_s: 0.0, end });
        }
        Some(Piece { energy, power_w: here_w, slope_per_s, end })
    }

    /// Follows the curve from segment `i` while it stays at or above the limit.
    fn flat_piece(&self, mut i: usize, soc: f64, cap: f64, max_w: f64, limit_w: f64, energy: Energy) -> Piece {
        let mut end_soc = 1.0;
        while i + 1 < self.soc.len() {
            let fb = self.fraction[i + 1] * max_w;
            if fb < limit_w {
                let (a, b) = (self.soc[i].max(soc), self.soc[i + 1]);
                let wa = self.at(a) * max_w;
                end_soc = if wa > fb { a + (b - a) * (wa - limit_w) / (wa - fb) } else { a };
                break;
            }
            i += 1;
        }
        // At least one joule further, so that the next piece is a new one.
        let end = Energy::round(end_soc * cap).max(Energy(energy.0 + 1));
        Piece { energy, power_w: limit_w.floor(), slope_per_s: 0.0, end: end.min(Energy::round(cap)) }
    }

    /// Where the sloped piece in segment `i` ends, and the power there; `None` when it has all but stopped.
    fn taper_end(&self, i: usize, soc: f64, here_w: f64, max_w: f64, limit_w: f64) -> Option<(f64, f64)> {
        let (b, wb) = (self.soc[i + 1], self.fraction[i + 1] * max_w);
        let stop_w = END_FRACTION * max_w;
        if here_w <= stop_w * (1.0 + 1e-9) && wb <= here_w {
            return None;
        }
        if wb > limit_w {
            return Some((soc + (b - soc) * (limit_w - here_w) / (wb - here_w), limit_w));
        }
        if wb < stop_w {
            return Some((soc + (b - soc) * (here_w - stop_w) / (here_w - wb), stop_w));
        }
        Some((b, wb))
    }

    /// Charges for `seconds` through as many pieces as it takes; returns the energy at the end.
    ///
    /// This is what a chain of events does, in one call, for tests and for forecasts.
    pub fn charge(&self, mut energy: Energy, capacity: Energy, max_w: f64, limit_w: f64, seconds: f64) -> Energy {
        let mut left = seconds;
        while left > 0.0 {
            let Some(piece) = self.piece(energy, capacity, max_w, limit_w) else { break };
            let until = piece.duration_s();
            if until >= left {
                return piece.energy_after(left);
            }
            left -= until;
            energy = piece.end;
        }
        energy
    }

    /// Seconds from `energy` to `target`, or `None` when charging ends before.
    pub fn seconds_to(
        &self,
        mut energy: Energy,
        target: Energy,
        capacity: Energy,
        max_w: f64,
        limit_w: f64,
    ) -> Option<f64> {
        let mut seconds = 0.0;
        while energy < target {
            let piece = self.piece(energy, capacity, max_w, limit_w)?;
            if piece.end >= target {
                return Some(seconds + piece.seconds_to(target));
            }
            seconds += piece.duration_s();
            energy = piece.end;
        }
        Some(seconds)
    }
}

/// A stretch of charging on which power is constant or changes linearly with energy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// Energy where the piece begins.
    pub energy: Energy,
    /// Battery-side power where it begins, in W.
    pub power_w: f64,
    /// Change of power with energy, in W per J, that is 1/s; zero for constant power.
    pub slope_per_s: f64,
    /// Energy where it ends.
    pub end: Energy,
}

impl Piece {
    /// True when power is constant over the piece.
    pub fn is_flat(&self) -> bool {
        self.slope_per_s == 0.0
    }

    /// Energy after `seconds` on this piece, rounded once, never beyond its end.
    pub fn energy_after(&self, seconds: f64) -> Energy {
        let gained = if self.is_flat() {
            self.power_w * seconds
        } else {
            self.power_w * libm::expm1(self.slope_per_s * seconds) / self.slope_per_s
        };
        Energy(self.energy.0 + Energy::round(gained).0).min(self.end)
    }

    /// Seconds until `target`, which must lie on the piece.
    pub fn seconds_to(&self, target: Energy) -> f64 {
        let gain = (target.0 - self.energy.0) as f64;
        if self.is_flat() {
            gain / self.power_w
        } else {
            libm::log1p(gain * self.slope_per_s / self.power_w) / self.slope_per_s
        }
    }

    /// Seconds until the piece ends.
    pub fn duration_s(&self) -> f64 {
        self.seconds_to(self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn linear_taper_matches_the_closed_form() {
        // ACN-Sim's test case: 100 kWh at 85 %, 7.68 kW, threshold 0.8; SoC(t) = 1 - 0.15 e^(-0.384 t/h).
        let curve = Curve::two_stage(0.8).unwrap();
        let after = |s| curve.charge(Energy::from_kwh(85.0), Energy::from_kwh(100.0), 7_680.0, 7_680.0, s).kwh();
        assert!((after(300.0) - 85.472_401_268_812).abs() < 1e-6, "{}", after(300.0));
        for minutes in [1.0, 30.0, 120.0] {
            let exact = 100.0 * (1.0 - 0.15 * libm::exp(-0.384 * minutes / 60.0));
            assert!((after(minutes * 60.0) - exact).abs() < 1e-6);
        }
    }

    #[test]
    fn a_limit_below_the_curve_is_constant_power() {
        let curve = Curve::two_stage(0.8).unwrap();
        let cap = Energy::from_kwh(50.0);
        let piece = curve.piece(Energy::ZERO, cap, 100_000.0, 50_000.0).unwrap();
        // The curve falls to half power at 90 %.
        assert!(piece.is_flat());
        assert_eq!(piece.end, Energy::from_kwh(45.0));
        assert_eq!(piece.energy_after(60.0), Energy(3_000_000));
    }

    #[test]
    fn a_bad_curve_says_what_is_wrong() {
        assert!(Curve::new(&[(0.0, 1.0)]).unwrap_err().contains("begins at"));
        assert!(Curve::new(&[(0.0, 1.0), (0.5, 0.5), (0.5, 0.4), (1.0, 0.1)]).unwrap_err().contains("rise"));
        assert!(Curve::new(&[(0.0, 1.5), (1.0, 0.1)]).unwrap_err().contains("between 0 and 1"));
    }

    #[test]
    fn a_charge_passes_every_knot_whatever_the_capacity() {
        let curve =
            Curve::new(&[(0.0, 0.95), (0.3, 0.934), (0.4, 0.91), (0.5, 0.824), (0.9, 0.3), (1.0, 0.15)]).unwrap();
        for kwh in 40_000..40_400 {
            let cap = Energy::from_kwh(f64::from(kwh) / 1_000.0);
            let full = curve.charge(Energy(cap.0 / 20), cap, 60_000.0, 48_000.0, 30_000.0);
            assert_eq!(full, cap, "stopped at {} of {kwh} Wh", full.kwh());
        }
    }

    fn curves() -> impl Strategy<Value = Curve> {
        prop::collection::vec((0.01_f64..0.99, 0.05_f64..1.0), 0..5).prop_map(|mut inner| {
            inner.sort_by(|a, b| a.0.total_cmp(&b.0));
            inner.dedup_by(|a, b| (a.0 - b.0).abs() < 0.01);
            let mut knots = vec![(0.0, 0.7)];
            knots.extend(inner);
            knots.push((1.0, 0.04));
            Curve::new(&knots).unwrap()
        })
    }

    proptest! {
        #[test]
        fn energy_only_rises_and_stays_within_capacity(
            curve in curves(), soc in 0.0_f64..1.0, limit in 1_000.0_f64..300_000.0, dt in 1.0_f64..20_000.0,
        ) {
            let cap = Energy::from_kwh(60.0);
            let start = Energy::round(soc * cap.f64());
            let end = curve.charge(start, cap, 120_000.0, limit, dt);
            prop_assert!(end >= start && end <= cap);
            let most = Energy::round(limit.min(120_000.0) * dt);
            prop_assert!(end - start <= most + Energy(8), "gained more than the limit allows");
        }

        #[test]
        fn splitting_a_charge_changes_nothing(
            curve in curves(), soc in 0.0_f64..0.98, limit in 1_000.0_f64..300_000.0,
            a in 1.0_f64..5_000.0, b in 1.0_f64..5_000.0,
        ) {
            let cap = Energy::from_kwh(60.0);
            let start = Energy::round(soc * cap.f64());
            let whole = curve.charge(start, cap, 120_000.0, limit, a + b);
            let half = curve.charge(start, cap, 120_000.0, limit, a);
            let split = curve.charge(half, cap, 120_000.0, limit, b);
            // One rounding of half a joule at the cut, and the stop at the end of the curve.
            prop_assert!((whole.0 - split.0).abs() <= 64, "{} {}", whole.0, split.0);
        }

        #[test]
        fn time_to_reach_is_the_inverse_of_charging(
            curve in curves(), soc in 0.0_f64..0.9, limit in 1_000.0_f64..300_000.0, gain in 0.001_f64..0.05,
        ) {
            let cap = Energy::from_kwh(60.0);
            let start = Energy::round(soc * cap.f64());
            let target = Energy::round((soc + gain) * cap.f64());
            let t = curve.seconds_to(start, target, cap, 120_000.0, limit).unwrap();
            let reached = curve.charge(start, cap, 120_000.0, limit, t);
            prop_assert!((reached.0 - target.0).abs() <= 16, "{} {}", reached.0, target.0);
        }
    }
}
