//! Prices and the virtual power plant: who has joined, and what can be called. The fleet and the sites never name it.

pub mod baseline;
pub mod capability;
pub mod dispatch;
pub mod exact;
pub mod programme;
pub mod resource;
pub mod settlement;
pub mod tariff;
