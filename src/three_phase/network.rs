//! What a feeder is made of, as it is described before it is built.

use super::complex::{Matrix3, Triple};
use super::load::VoltageLimits;
use super::transformer::Transformer;
use crate::powerflow::Complex;

/// One of the three phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The first.
    A,
    /// The second, which lags the first.
    B,
    /// The third.
    C,
}

impl Phase {
    /// All of them in order.
    pub const ALL: [Self; 3] = [Self::A, Self::B, Self::C];

    /// Its place in a [`Triple`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// How a load is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Between one phase and neutral.
    Single(Phase),
    /// To all phases in star, a third of its power on each.
    Three,
}

/// Where a feeder begins.
#[derive(Clone, Debug, PartialEq)]
pub enum Head {
    /// A busbar whose voltages to neutral are given.
    Busbar {
        /// The bus.
        bus: String,
        /// Its voltages to neutral in V, until [`super::State::set_source_v`] gives others.
        voltage_v: Triple,
        /// Nominal voltage to neutral in V, above zero; changes of voltage are measured in it.
        nominal_v: f64,
    },
    /// A transformer behind a source on its high side.
    Transformer {
        /// The bus at its low side.
        bus: String,
        /// The transformer.
        unit: Transformer,
        /// Voltages of the source to neutral in V, until [`super::State::set_source_v`] gives others.
        source_v: Triple,
        /// Positive-sequence impedance of the source per phase in ohm at the high side; zero for a stiff one.
        source_ohm: Complex,
    },
}

impl Head {
    /// Its bus on the low side.
    pub(super) fn bus(&self) -> &str {
        match self {
            Self::Busbar { bus, .. } | Self::Transformer { bus, .. } => bus,
        }
    }

    /// Its given voltages.
    pub(super) const fn source_v(&self) -> Triple {
        match self {
            Self::Busbar { voltage_v, .. } => *voltage_v,
            Self::Transformer { source_v, .. } => *source_v,
        }
    }

    /// Nominal voltage of the low side to neutral.
    pub(super) fn nominal_v(&self) -> f64 {
        match self {
            Self::Busbar { nominal_v, .. } => *nominal_v,
            Self::Transformer { unit, .. } => unit.low_v / 3.0_f64.sqrt(),
        }
    }

    /// Voltages of the low side to neutral at no load, from those given.
    pub(super) fn open_v(&self, source_v: &Triple) -> Triple {
        match self {
            Self::Busbar { .. } => *source_v,
            Self::Transformer { unit, .. } => unit.induced_v(source_v),
        }
    }
}

/// A three-phase line between two buses.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its name, unique among lines.
    pub name: String,
    /// Bus at one end.
    pub from: String,
    /// Bus at the other end; which end lies nearer to the head does not matter.
    pub to: String,
    /// Series impedance of its whole length in ohm, neutral folded in; each phase has some of its own.
    pub series_ohm: Matrix3,
    /// Shunt admittance of its whole length in S, half of it at either end; [`charging_s`] makes it from
    /// capacitances. Nothing for short low-voltage lines.
    pub shunt_s: Matrix3,
    /// Rated current of a phase in A, above zero; infinite if unknown.
    pub rated_a: f64,
}

/// Shunt admittance in S of a line from its capacitances of whole length in nF (Maxwell's: own ones on the
/// diagonal, mutual ones negative) at a frequency in Hz.
pub fn charging_s(capacitance_nf: &[[f64; 3]; 3], frequency_hz: f64) -> Matrix3 {
    let per_nf = 2.0 * core::f64::consts::PI * frequency_hz * 1e-9;
    Matrix3::from_parts(&[[0.0; 3]; 3], &capacitance_nf.map(|row| row.map(|c_nf| c_nf * per_nf)))
}

/// A load, or with negative power a source, at a bus. Its power is given at each solve.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Its name, unique among loads.
    pub name: String,
    /// Its bus.
    pub bus: String,
    /// Its phases.
    pub connection: Connection,
    /// Between which voltages it keeps its power.
    pub limits: VoltageLimits,
}

/// A feeder as described, to be checked and built by [`Network::build`].
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Its name, for messages.
    pub name: String,
    /// Where it begins.
    pub head: Head,
    /// Names of all buses, that of the head included.
    pub buses: Vec<String>,
    /// All lines.
    pub lines: Vec<Line>,
    /// All loads; powers are given in this order.
    pub loads: Vec<Load>,
}

impl Network {
    /// A network with nothing in it but its head.
    pub fn new(name: impl Into<String>, head: Head) -> Self {
        let buses = vec![head.bus().to_owned()];
        Self { name: name.into(), head, buses, lines: Vec::new(), loads: Vec::new() }
    }

    /// Adds a bus and the line that leads to it from a bus there is; the line takes the name of the new bus.
    pub fn extend(&mut self, from: &str, to: &str, series_ohm: Matrix3, rated_a: f64) {
        self.buses.push(to.to_owned());
        let (name, from) = (to.to_owned(), from.to_owned());
        let shunt_s = Matrix3::default();
        self.lines.push(Line { name, from, to: to.to_owned(), series_ohm, shunt_s, rated_a });
    }
}
