//! Buildings, solar arrays, storage and the weather they live in.

pub mod blackout;
pub mod building;
pub mod panel;
pub mod pv;
pub mod shed;
pub mod sky;
pub mod stock;
pub mod storage;
pub mod sun;
pub mod systems;
pub mod weather;
