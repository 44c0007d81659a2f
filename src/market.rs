//! Prices and the virtual power plant: who has joined, what can be called, and the events that call it. The fleet and
//! the sites never name it.

pub mod baseline;
pub mod capability;
pub mod conduct;
pub mod desk;
pub mod dispatch;
pub mod event;
pub mod exact;
pub mod ladder;
pub mod owner;
pub mod pair;
pub mod programme;
pub mod resource;
pub mod settlement;
pub mod tariff;
