//! Values of three phases, and 3x3 matrices of complex numbers, as far as three phases need them.

use crate::powerflow::Complex;

/// One value for each of the phases a, b and c.
pub type Triple = [Complex; 3];

/// A 3x3 matrix by rows, such as the series impedance of a line in ohm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Matrix3(pub [Triple; 3]);

impl Matrix3 {
    /// With the same value on the diagonal and another beside it: a line whose phases lie alike.
    pub const fn symmetric(own: Complex, mutual: Complex) -> Self {
        Self([[own, mutual, mutual], [mutual, own, mutual], [mutual, mutual, own]])
    }

    /// From a resistance and a reactance by rows, in ohm.
    pub fn from_parts(r_ohm: &[[f64; 3]; 3], x_ohm: &[[f64; 3]; 3]) -> Self {
        let row = |i: usize| core::array::from_fn(|j| Complex::new(r_ohm[i][j], x_ohm[i][j]));
        Self(core::array::from_fn(row))
    }

    /// Times a real number.
    #[must_use]
    pub fn scale(&self, factor: f64) -> Self {
        Self(self.0.map(|row| row.map(|z| z.scale(factor))))
    }

    /// Times a column.
    pub fn apply(&self, v: &Triple) -> Triple {
        let row = |r: &Triple| r[0] * v[0] + r[1] * v[1] + r[2] * v[2];
        [row(&self.0[0]), row(&self.0[1]), row(&self.0[2])]
    }

    /// Whether every entry is finite.
    pub fn is_finite(&self) -> bool {
        self.0.iter().flatten().all(|z| z.is_finite())
    }
}

/// Phasors a, b, c of a balanced system of positive sequence, with phase a at angle zero and this magnitude.
pub fn balanced(magnitude: f64) -> Triple {
    let sine = 0.75_f64.sqrt();
    [Complex::new(1.0, 0.0), Complex::new(-0.5, -sine), Complex::new(-0.5, sine)].map(|u| u.scale(magnitude))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_is_that_of_complex_numbers() {
        let (a, b) = (Complex::new(3.0, -4.0), Complex::new(-1.5, 2.0));
        assert_eq!(a.abs(), 5.0);
        assert_eq!(a * b, Complex::new(3.5, 12.0));
        let back = a * b / b - a;
        assert!(back.abs() < 1e-15);
        assert_eq!((a - a + -b + b).norm2(), 0.0);
        assert!(!Complex::new(f64::NAN, 0.0).is_finite());
    }

    #[test]
    fn a_balanced_system_sums_to_nothing_and_turns_forward() {
        let [a, b, c] = balanced(230.0);
        assert!((a + b + c).abs() < 1e-13);
        let a2 = Complex::new(-0.5, -(0.75_f64.sqrt()));
        assert!((a * a2 - b).abs() < 1e-12 && (b * a2 - c).abs() < 1e-12);
        let z = Matrix3::symmetric(Complex::new(0.4, 0.1), Complex::new(0.1, 0.05));
        // Positive sequence sees the self impedance less the mutual one.
        let drop = z.apply(&[a, b, c])[1] - b * Complex::new(0.3, 0.05);
        assert!(drop.abs() < 1e-12);
    }
}
