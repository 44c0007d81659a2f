//! Tests of the power flow as a whole.

mod attribution;
mod elements;
mod hostile;
mod limits;
mod network;
mod properties;
mod support;
mod tap;
mod truth;
mod truth_forms;
mod truth_series;
