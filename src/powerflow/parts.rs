//! What a network is described by: buses and branches in per unit, in any order.

use super::complex::Complex;
use super::twoport::Pi;
use core::fmt;

/// What a branch or a bus is called where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Element {
    /// Its kind.
    pub kind: ElementKind,
    /// Its number among its kind.
    pub id: u32,
}

/// Kinds of branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ElementKind {
    /// A branch of unknown kind.
    Branch,
    /// A line or cable.
    Line,
    /// A transformer.
    Transformer,
    /// A switch between two buses.
    Switch,
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ElementKind::Branch => "branch",
            ElementKind::Line => "line",
            ElementKind::Transformer => "transformer",
            ElementKind::Switch => "switch",
        };
        write!(f, "{kind} {}", self.id)
    }
}

/// What a bus does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BusKind {
    /// It holds its voltage and delivers whatever is asked of it.
    Slack {
        /// Its voltage.
        v_pu: f64,
        /// Its angle in degrees.
        angle_deg: f64,
    },
    /// It consumes or generates a given power.
    Load,
    /// It is out of service, and so is every branch at it.
    Off,
}

/// A bus: a node of the network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bus {
    /// What branches call it.
    pub id: u32,
    /// Base voltage, phase to phase, in kV.
    pub base_kv: f64,
    /// What it does.
    pub kind: BusKind,
    /// Active power it consumes whatever its voltage; negative when it generates.
    pub p_pu: f64,
    /// Reactive power it consumes whatever its voltage; negative when it generates.
    pub q_pu: f64,
    /// Power at 1 pu of voltage of that part of its load whose current is constant.
    pub steady_current: Complex,
    /// Power at 1 pu of voltage of that part of its load whose impedance is constant.
    pub steady_impedance: Complex,
    /// Conductance of its shunt: what it consumes at 1 pu of voltage.
    pub g_pu: f64,
    /// Susceptance of its shunt: reactive power it generates at 1 pu of voltage.
    pub b_pu: f64,
}

impl Bus {
    /// A bus at which nothing stands.
    pub const fn bare(id: u32, base_kv: f64) -> Self {
        Self {
            id,
            base_kv,
            kind: BusKind::Load,
            p_pu: 0.0,
            q_pu: 0.0,
            steady_current: Complex::ZERO,
            steady_impedance: Complex::ZERO,
            g_pu: 0.0,
            b_pu: 0.0,
        }
    }

    /// Whether anything stands at it that needs a supply.
    pub(super) fn is_loaded(&self) -> bool {
        let numbers = [self.p_pu, self.q_pu, self.g_pu, self.b_pu];
        numbers.iter().any(|&number| number != 0.0) || self.depends_on_voltage()
    }

    /// Whether any part of its load depends on its voltage.
    pub(super) fn depends_on_voltage(&self) -> bool {
        self.steady_current != Complex::ZERO || self.steady_impedance != Complex::ZERO
    }
}

/// A branch: a line, a transformer or a switch between two buses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Branch {
    /// What it is called.
    pub element: Element,
    /// Bus at its from end, where its ideal transformer stands.
    pub from: u32,
    /// Bus at its to end.
    pub to: u32,
    /// Its parameters.
    pub model: Pi,
    /// Whether it is in service.
    pub closed: bool,
}

/// A network as it is described, unchecked.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// What messages call it.
    pub name: String,
    /// Base power of its per-unit numbers, three phases together, in VA.
    pub s_base_va: f64,
    /// Its buses, in any order.
    pub buses: Vec<Bus>,
    /// Its branches, in any order.
    pub branches: Vec<Branch>,
}
