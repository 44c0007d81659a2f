//! Solar arrays as agents.

use crate::site::panel::{Inverter, PanelGeometry};
use bevy_ecs::prelude::{Component, Resource};
use serde::{Deserialize, Serialize};

/// What does not change about a solar array.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
#[component(immutable)]
pub struct PvArray {
    /// Power of its modules under standard test conditions, in W.
    pub peak_w: u32,
    /// Its transformer.
    pub node: u32,
    /// How its modules lie.
    pub geometry: PanelGeometry,
}

/// What a solar array delivers now.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PvOutput {
    /// Mean power of the step at the inverter's terminals in W, never negative.
    pub power_w: i32,
}

/// The inverter all arrays share per kWp, and the turbidity of the air by month.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct PvParams {
    /// Where the sun is looked up.
    pub place: crate::site::sun::Site,
    /// Inverter per kWp.
    pub inverter: Inverter,
    /// Linke turbidity by month.
    pub linke: [f64; 12],
}
