//! The electrical tree 站-线-变-户: substation, feeder, distribution transformer, and what hangs on each.
//!
//! Rows are ordered so that what belongs together lies together: the transformers of a feeder, the feeders of a
//! zone, the zones of a district are runs of rows. A sum up the tree is a sum over runs.

use bevy_ecs::prelude::{Component, Resource};
use serde::{Deserialize, Serialize};

/// A run of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// First row.
    pub first: u32,
    /// Number of rows.
    pub len: u32,
}

impl Run {
    /// The rows as a range of indices.
    pub const fn range(self) -> core::ops::Range<usize> {
        self.first as usize..(self.first + self.len) as usize
    }
}

/// A 10/0.4 kV distribution transformer (台区).
///
/// Buildings, solar arrays and storage units are in the order of their transformers, and name them.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
#[component(immutable)]
pub struct Transformer {
    /// Rating in VA.
    pub rating_va: u32,
    /// Active power in W at which it is fully loaded, at the world's power factor.
    pub limit_w: u32,
    /// Row of its feeder.
    pub feeder: u32,
    /// Standby of the bidirectional points behind it, in W.
    pub standby_w: u32,
    /// Index of its zone.
    pub zone: u16,
    /// Number of its buildings.
    pub buildings: u16,
}

/// What flows through a transformer.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransformerFlow {
    /// Energy of vehicles in the step beside their standing power, drawn less returned, in J.
    pub ev_extra_j: i64,
    /// Energy its storage units drew in the step, less what they delivered, in J.
    pub storage_j: i64,
    /// Power of vehicles that holds for the whole step, drawn less returned, standby of their points included, in W.
    pub ev_standing_w: i32,
    /// Mean power of its solar arrays in the step in W.
    pub pv_w: i32,
    /// Mean net power of the last step in W; negative when power flows back to the feeder.
    pub net_w: i32,
    /// Mean power drawn by vehicles in the last step, less what they returned, in W.
    pub ev_w: i32,
    /// Greatest net power, either way, since the run began, in W.
    pub peak_w: i32,
    /// Seconds above its limit since the run began.
    pub overload_s: u32,
}

impl TransformerFlow {
    /// The flow of an idle transformer: its bidirectional points stand by.
    pub fn idle(transformer: &Transformer) -> Self {
        Self { ev_standing_w: transformer.standby_w as i32, ..Self::default() }
    }
}

/// A 10 kV feeder.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
#[component(immutable)]
pub struct Feeder {
    /// Row of its substation.
    pub substation: u32,
    /// Index of its zone.
    pub zone: u16,
    /// Its transformers.
    pub transformers: Run,
    /// Row of the first building behind them.
    pub first_building: u32,
    /// Power in W that its first cable carries at its rated current.
    pub limit_w: u32,
}

/// What flows through a feeder or a substation.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchFlow {
    /// Mean net power of the last step in W.
    pub net_w: i64,
    /// Greatest net power, either way, since the run began, in W.
    pub peak_w: i64,
    /// Seconds above its limit since the run began.
    pub overload_s: u32,
}

/// A 110 kV substation.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
#[component(immutable)]
pub struct Substation {
    /// Index of its district.
    pub district: u16,
    /// Its feeders.
    pub feeders: Run,
    /// Installed capacity in W at the world's power factor.
    pub limit_w: u64,
}

/// Runs of transformers and feeders by zone, and names of districts, for sums and tables.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Tree {
    /// Feeders by zone index.
    pub zone_feeders: Vec<Run>,
    /// Transformers by zone index.
    pub zone_transformers: Vec<Run>,
    /// District index by zone index.
    pub zone_district: Vec<u16>,
    /// Zone numbers by zone index.
    pub zone_ids: Vec<u32>,
    /// Names by district index.
    pub districts: Vec<String>,
}
