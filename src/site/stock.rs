//! Buildings as agents: each has its own share of its kind's load, and follows its kind's shape.

use crate::site::building::BuildingKind;
use bevy_ecs::prelude::Component;
use serde::{Deserialize, Serialize};

/// What does not change about a building.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
#[component(immutable)]
pub struct Building {
    /// Power in W at design conditions, without cooling.
    pub base_w: u32,
    /// Cooling power in W at design conditions.
    pub cooling_w: u32,
    /// Its transformer.
    pub node: u32,
    /// Its kind.
    pub kind: BuildingKind,
    /// Which of a kind's time shifts it follows.
    pub variant: u8,
}

/// What a building draws now.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildingLoad {
    /// Mean power of the step in W.
    pub power_w: i32,
}
