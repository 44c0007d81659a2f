//! What a virtual power plant is made of: resources, what they can change, and how fast.

use serde::{Deserialize, Serialize};

/// Which way the power drawn from the grid is to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// Less is drawn, or more fed back (削峰).
    Reduce,
    /// More is drawn, or less fed back (填谷).
    Raise,
}

impl Direction {
    /// The other way.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Reduce => Self::Raise,
            Self::Raise => Self::Reduce,
        }
    }
}

/// Kinds of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum ResourceKind {
    /// Charging that can be moved, at a station.
    Charging,
    /// Discharging of vehicles at a station's bidirectional guns.
    V2g,
    /// Cooling of offices, shops and public buildings.
    Cooling,
    /// District cooling with ice storage.
    DistrictCooling,
    /// Industrial load that can be interrupted.
    Industry,
    /// Data centres and exchanges.
    DataCentre,
    /// Batteries of 5G base stations.
    BaseStation,
    /// Batteries behind a user's meter, and at charging stations.
    UserStorage,
    /// Solar arrays, which can be turned down.
    Solar,
}

impl ResourceKind {
    /// All kinds, in order.
    pub const ALL: [Self; 9] = [
        Self::Charging,
        Self::V2g,
        Self::Cooling,
        Self::DistrictCooling,
        Self::Industry,
        Self::DataCentre,
        Self::BaseStation,
        Self::UserStorage,
        Self::Solar,
    ];

    /// What it is called in event files and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Charging => "charging",
            Self::V2g => "v2g",
            Self::Cooling => "cooling",
            Self::DistrictCooling => "district_cooling",
            Self::Industry => "industry",
            Self::DataCentre => "data_centre",
            Self::BaseStation => "base_station",
            Self::UserStorage => "user_storage",
            Self::Solar => "solar",
        }
    }

    /// What it is called in tables.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Charging => "charging that can be moved",
            Self::V2g => "V2G discharging",
            Self::Cooling => "cooling of buildings",
            Self::DistrictCooling => "district cooling with ice",
            Self::Industry => "interruptible industry",
            Self::DataCentre => "data centres",
            Self::BaseStation => "5G base stations",
            Self::UserStorage => "user-side storage",
            Self::Solar => "solar arrays",
        }
    }

    /// Time from an order to its full effect in s. Storage answers in about a second (China Tower's pilot: 1.1 s);
    /// the others are assumptions: 30 s for a charger's limit, ten minutes for cooling and for moving computation,
    /// half an hour for industry.
    pub const fn ramp_s(self) -> u32 {
        match self {
            Self::BaseStation | Self::UserStorage => 2,
            Self::Charging | Self::V2g | Self::Solar => 30,
            Self::Cooling | Self::DistrictCooling | Self::DataCentre => 600,
            Self::Industry => 1_800,
        }
    }
}

/// How soon a response has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum ResponseClass {
    /// Within a minute.
    Second,
    /// Within a quarter of an hour.
    Minute,
    /// Within an hour.
    Hour,
    /// The day after.
    DayAhead,
}

impl ResponseClass {
    /// All classes, in order.
    pub const ALL: [Self; 4] = [Self::Second, Self::Minute, Self::Hour, Self::DayAhead];

    /// What it is called in tables.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayAhead => "day-ahead",
        }
    }

    /// Time within which the whole response is there, in s (assumption: the class's next longer unit of time).
    pub const fn within_s(self) -> u32 {
        match self {
            Self::Second => 60,
            Self::Minute => 900,
            Self::Hour => 3_600,
            Self::DayAhead => 86_400,
        }
    }

    /// Time for which a response is held, in s: an hour, as the Guangdong rules ask of demand response, and shorter by
    /// assumption where the response is quick.
    pub const fn hold_s(self) -> u32 {
        match self {
            Self::Second => 300,
            Self::Minute => 900,
            Self::Hour | Self::DayAhead => 3_600,
        }
    }

    /// True when a kind of resource is quick enough for the class.
    pub const fn takes(self, kind: ResourceKind) -> bool {
        kind.ramp_s() <= self.within_s()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slower_classes_take_whatever_quicker_ones_take() {
        for kind in ResourceKind::ALL {
            let taken = ResponseClass::ALL.map(|class| class.takes(kind));
            assert!(taken.is_sorted(), "{kind:?}: {taken:?}");
            assert!(taken[3]);
        }
        assert!(ResourceKind::ALL.iter().all(|kind| ron::to_string(kind).unwrap() == kind.name()));
        assert!(!ResponseClass::Second.takes(ResourceKind::Cooling));
        assert!(!ResponseClass::Minute.takes(ResourceKind::Industry));
    }
}
