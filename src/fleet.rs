//! Vehicles and charge points: how they move, choose, queue, charge and fail.

pub mod ageing;
pub mod agenda;
pub mod allot;
pub mod battery;
pub mod books;
pub mod causes;
pub mod charger;
pub mod choice;
pub mod context;
pub mod control;
pub mod daily;
pub mod life;
pub mod params;
pub mod promise;
pub mod session;
pub mod setpoint;
pub mod shard;
pub mod station;
pub mod systems;
pub mod vehicle;
