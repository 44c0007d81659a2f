//! voltcity: an agent-based digital twin of a city's electric vehicles, chargers, solar roofs and storage.

#[cfg(feature = "case")]
pub mod case;
pub mod chance;
pub mod city;
pub mod clock;
pub mod fleet;
pub mod grid;
pub mod market;
pub mod network;
pub mod parallel;
pub mod phase;
pub mod plan;
pub mod powerflow;
pub mod report;
pub mod site;
pub mod snapshot;
pub mod telemetry;
pub mod thermal;
pub mod three_phase;
pub mod twin;
pub mod units;
pub mod world;
