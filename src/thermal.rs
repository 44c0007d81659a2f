//! How hot a transformer gets and how fast that ages it.
//!
//! Oil-immersed units follow IEC 60076-7: the oil warms with a time constant of hours, the winding's hot spot
//! above the oil with one of minutes, and the paper around it ages faster with each degree. Dry-type units,
//! which stand in most buildings of Shenzhen, have no oil to buffer them; their model is a plain first-order
//! lag and is not validated.
//!
//! A step is the closed solution of the equations for constant load and air temperature, so it may be any
//! whole number of seconds long and may be cut into pieces at will. Loads are in pu of the rated current;
//! their sign, the direction of flow, does not matter. Air temperature is that around the transformer.
//!
//! Oracle: the package transformer-thermal-model 0.6.0, row by row. `exp` and `pow` are those of `libm`, so
//! the same bits come out on every machine.

mod ageing;
mod batch;
mod dry;
mod oil;
mod overload;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod truth;

pub use ageing::{LifeMeter, NORMAL_LIFE_H, Paper, mean_rate};
pub use batch::{DryBatch, OilBatch};
pub use dry::{DryParams, DryState, InsulationClass};
pub use oil::{OilDecay, OilParams, OilState};
pub use overload::{FULL, HEAVY, OVERLOADED_AFTER_S, Overload};
