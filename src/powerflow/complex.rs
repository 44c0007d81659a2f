//! Complex numbers, no more of them than a power flow needs.

use core::iter::Sum;
use core::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};
use serde::{Deserialize, Serialize};

/// A complex number: a voltage, a current, a power, an impedance or an admittance, in per unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Complex {
    /// Real part.
    pub re: f64,
    /// Imaginary part.
    pub im: f64,
}

impl Complex {
    /// Zero.
    pub const ZERO: Self = Self { re: 0.0, im: 0.0 };
    /// One.
    pub const ONE: Self = Self { re: 1.0, im: 0.0 };

    /// The number of these two parts.
    pub const fn new(re: f64, im: f64) -> Self {
        Self { re, im }
    }

    /// The number of this length and this angle in degrees, by the mathematics library that is alike
    /// everywhere.
    pub fn from_polar_deg(length: f64, angle_deg: f64) -> Self {
        let angle_rad = angle_deg.to_radians();
        Self { re: length * libm::cos(angle_rad), im: length * libm::sin(angle_rad) }
    }

    /// Its mirror image in the real axis.
    #[must_use]
    pub const fn conj(self) -> Self {
        Self { re: self.re, im: -self.im }
    }

    /// The square of its length.
    pub const fn norm2(self) -> f64 {
        self.re * self.re + self.im * self.im
    }

    /// Its length.
    pub fn abs(self) -> f64 {
        self.norm2().sqrt()
    }

    /// Its angle in degrees, in -180 to 180.
    pub fn angle_deg(self) -> f64 {
        libm::atan2(self.im, self.re).to_degrees()
    }

    /// This many times the number.
    #[must_use]
    pub const fn scale(self, factor: f64) -> Self {
        Self { re: self.re * factor, im: self.im * factor }
    }

    /// Whether both parts are finite.
    pub const fn is_finite(self) -> bool {
        self.re.is_finite() && self.im.is_finite()
    }
}

impl Add for Complex {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { re: self.re + other.re, im: self.im + other.im }
    }
}

impl AddAssign for Complex {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Complex {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { re: self.re - other.re, im: self.im - other.im }
    }
}

impl SubAssign for Complex {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Mul for Complex {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }
}

impl Div for Complex {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        (self * other.conj()).scale(1.0 / other.norm2())
    }
}

impl Neg for Complex {
    type Output = Self;
    fn neg(self) -> Self {
        Self { re: -self.re, im: -self.im }
    }
}

impl Sum for Complex {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_keeps_the_laws() {
        let (a, b) = (Complex::new(3.0, -4.0), Complex::new(0.5, 2.0));
        assert_eq!(a.abs(), 5.0);
        assert!((a * b / b - a).abs() < 1e-15);
        assert_eq!(a + b - b, a);
        assert_eq!(a * Complex::ONE, a);
        assert_eq!(-a + a, Complex::ZERO);
        assert_eq!((a * a.conj()).re, a.norm2());
    }

    #[test]
    fn polar_form_comes_back() {
        let turned = Complex::from_polar_deg(1.05, -150.0);
        assert!((turned.abs() - 1.05).abs() < 1e-15);
        assert!((turned.angle_deg() + 150.0).abs() < 1e-12);
    }
}
