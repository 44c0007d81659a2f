//! A two-winding transformer from its nameplate to per unit, as pandapower does it: T or pi model, tap
//! changer, shift.
//!
//! After pandapower's manual, "Two-Winding Transformer": impedances are referred to the low-voltage side, and
//! the star of two half impedances and the magnetising branch becomes a triangle.

use super::frame::Frame;
use super::problem::{CaseError, CaseProblem};
use crate::powerflow::{Complex, Pi};

/// Where the magnetising branch of a transformer stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TransformerModel {
    /// Between two halves of the series impedance: pandapower's default.
    #[default]
    T,
    /// Half of it at either end of the series impedance.
    Pi,
}

impl TransformerModel {
    /// The model of this name, in pandapower's letters.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "t" => Some(Self::T),
            "pi" => Some(Self::Pi),
            _ => None,
        }
    }
}

/// A row of a table of transformers.
pub(super) struct Nameplate<'a> {
    pub(super) frame: &'a Frame,
    pub(super) row: usize,
}

/// Rated voltages in kV as the tap changer leaves them, and shift in degrees.
struct Tapped {
    hv_kv: f64,
    lv_kv: f64,
    shift_deg: f64,
}

impl Nameplate<'_> {
    fn number(&self, column: &str) -> Result<f64, CaseError> {
        self.frame.number(self.row, column)
    }

    fn or_zero(&self, column: &str) -> Result<f64, CaseError> {
        Ok(self.frame.optional(self.row, column)?.unwrap_or(0.0))
    }

    /// Its parameters between buses of these base voltages in kV.
    pub(super) fn to_per_unit(
        &self,
        hv_base_kv: f64,
        lv_base_kv: f64,
        s_base_mva: f64,
        model: TransformerModel,
    ) -> Result<Pi, CaseError> {
        for column in ["tap_dependent_impedance", "tap_dependency_table"] {
            if self.frame.flag(self.row, column, false)? {
                let found = "impedance that depends on the tap".to_owned();
                let problem = CaseProblem::Unsupported { found, wanted: "one impedance for all taps" };
                return Err(self.frame.error(self.row, column, problem));
            }
        }
        let tapped = self.tapped()?;
        let parallel = self.frame.positive_or(self.row, "parallel", 1.0)?;
        let s_rated_mva = self.frame.positive(self.row, "sn_mva")?;
        let lv = tapped.lv_kv / lv_base_kv;
        let scale = lv * lv * s_base_mva / s_rated_mva / parallel / 100.0;
        let (vk, vkr) = (self.number("vk_percent")? * scale, self.number("vkr_percent")? * scale);
        let square = vk * vk - vkr * vkr;
        if square < 0.0 {
            return Err(self.frame.malformed(self.row, "vkr_percent", "no more than `vk_percent`"));
        }
        let series = Complex::new(vkr, square.sqrt() * if vk < 0.0 { -1.0 } else { 1.0 });
        let shunt = self.magnetising(s_rated_mva)?.scale(parallel / (s_base_mva * lv * lv));
        let (series, shunt) = match model {
            TransformerModel::Pi => (series, shunt),
            TransformerModel::T => {
                self.refuse_uneven_leakage(shunt)?;
                triangle(series, shunt)
            }
        };
        Ok(Pi {
            r_pu: series.re,
            x_pu: series.im,
            g_pu: shunt.re,
            b_pu: shunt.im,
            ratio: tapped.hv_kv / tapped.lv_kv / (hv_base_kv / lv_base_kv),
            shift_deg: tapped.shift_deg,
        })
    }

    /// Refuses a magnetising branch that is not in the middle of the series impedance: its triangle would
    /// have different shunts at its two ends.
    fn refuse_uneven_leakage(&self, shunt: Complex) -> Result<(), CaseError> {
        for column in ["leakage_resistance_ratio_hv", "leakage_reactance_ratio_hv"] {
            let ratio = self.frame.optional(self.row, column)?.unwrap_or(0.5);
            if ratio != 0.5 && shunt != Complex::ZERO {
                let found = format!("a share of {ratio} of the leakage on the high-voltage side");
                let problem = CaseProblem::Unsupported { found, wanted: "half on each side, 0.5" };
                return Err(self.frame.error(self.row, column, problem));
            }
        }
        Ok(())
    }

    /// What it draws at no load, as an admittance in MVA at rated voltage.
    fn magnetising(&self, s_rated_mva: f64) -> Result<Complex, CaseError> {
        let iron_mw = self.or_zero("pfe_kw")? / 1e3;
        let idle_mva = self.or_zero("i0_percent")? / 100.0 * s_rated_mva;
        let square = (idle_mva * idle_mva - iron_mw * iron_mw).max(0.0);
        Ok(Complex::new(iron_mw, -square.sqrt() * if idle_mva < 0.0 { -1.0 } else { 1.0 }))
    }

    fn tapped(&self) -> Result<Tapped, CaseError> {
        let mut tapped = Tapped {
            hv_kv: self.frame.positive(self.row, "vn_hv_kv")?,
            lv_kv: self.frame.positive(self.row, "vn_lv_kv")?,
            shift_deg: self.or_zero("shift_degree")?,
        };
        self.tap("", &mut tapped)?;
        self.tap("2", &mut tapped)?;
        Ok(tapped)
    }

    /// Applies one tap changer: the only one, or the second.
    fn tap(&self, which: &str, tapped: &mut Tapped) -> Result<(), CaseError> {
        let column = |name: &str| format!("tap{which}_{name}");
        let Some(position) = self.frame.optional(self.row, &column("pos"))? else { return Ok(()) };
        let steps = position - self.or_zero(&column("neutral"))?;
        let percent = self.or_zero(&column("step_percent"))?;
        let degrees = self.or_zero(&column("step_degree"))?;
        let hv = match self.frame.text(self.row, &column("side")) {
            "hv" => true,
            "lv" => false,
            "" => return Ok(()),
            _ => return Err(self.frame.malformed(self.row, &column("side"), "hv or lv")),
        };
        let direction = if hv { 1.0 } else { -1.0 };
        if self.is_ideal(which)? {
            let by_percent = 2.0 * libm::asin(steps * percent / 200.0).to_degrees();
            tapped.shift_deg += direction * if degrees == 0.0 { by_percent } else { steps * degrees };
            return Ok(());
        }
        if !self.has_ratio_steps(which)? {
            return Ok(());
        }
        let rated_kv = if hv { &mut tapped.hv_kv } else { &mut tapped.lv_kv };
        let turned = Complex::from_polar_deg(1.0, degrees).scale(*rated_kv * steps * percent / 100.0);
        let moved = Complex::new(*rated_kv, 0.0) + turned;
        tapped.shift_deg += libm::atan(direction * moved.im / moved.re).to_degrees();
        *rated_kv = moved.abs();
        Ok(())
    }

    /// Whether it turns the phase and keeps the ratio.
    fn is_ideal(&self, which: &str) -> Result<bool, CaseError> {
        let ideal = self.frame.text(self.row, &format!("tap{which}_changer_type")) == "Ideal";
        Ok(ideal || self.frame.flag(self.row, &format!("tap{which}_phase_shifter"), false)?)
    }

    /// Whether it steps the ratio: by its type where types are given, and always where they are not.
    fn has_ratio_steps(&self, which: &str) -> Result<bool, CaseError> {
        let column = format!("tap{which}_changer_type");
        if !self.frame.has(&column) {
            return Ok(true);
        }
        match self.frame.text(self.row, &column) {
            "Ratio" | "Symmetrical" => Ok(true),
            "" => Ok(false),
            _ => Err(self.frame.malformed(self.row, &column, "Ratio, Symmetrical, Ideal or nothing")),
        }
    }
}

/// Series impedance and whole shunt of the triangle that a star of two half impedances and a shunt amounts
/// to.
fn triangle(series: Complex, shunt: Complex) -> (Complex, Complex) {
    if shunt == Complex::ZERO {
        return (series, shunt);
    }
    let stretch = Complex::ONE + series * shunt.scale(0.25);
    (series * stretch, shunt / stretch)
}
