//! What a vehicle may look at when it decides: never another vehicle, and of stations only the board of the round
//! before, so that vehicles have no order among themselves.

use crate::chance::Seed;
use crate::city::geography::Geography;
use crate::clock::Calendar;
use crate::fleet::params::{FleetParams, Surroundings};
use crate::fleet::station::Board;

/// Read-only view for decisions within one round.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Seed of the run.
    pub seed: Seed,
    /// Behaviour.
    pub params: &'a FleetParams,
    /// Distances and destinations.
    pub geography: &'a Geography,
    /// Stations as they stood after the last round.
    pub board: &'a Board,
    /// Civil days.
    pub calendar: &'a Calendar,
    /// Prices and air.
    pub around: &'a Surroundings,
    /// First second of the step.
    pub step_from_s: u32,
}
