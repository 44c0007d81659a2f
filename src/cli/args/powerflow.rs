//! Whether, and how often, the power flow of a network is solved.

use super::span;
use clap::Args;

/// The argument as it is given.
#[derive(Args, Debug)]
pub(super) struct PowerflowArgs {
    #[arg(long, value_name = "T", value_parser = span, num_args = 0..=1, require_equals = true, default_missing_value = "15m")]
    #[arg(
        help = "Solve the power flow of the network that the world's\nmay have, every so often, as in --powerflow=1h\n[default: 15m]"
    )]
    powerflow: Option<u32>,
}

impl PowerflowArgs {
    /// Time between two solves in s, a whole number of steps of some length in s.
    pub(super) fn checked(&self, step_s: u32) -> Result<Option<u32>, String> {
        let in_steps = |powerflow_s: u32| {
            let message = || format!("--powerflow is not a whole number of steps of {step_s} s: choose a multiple");
            powerflow_s.is_multiple_of(step_s).then_some(powerflow_s).ok_or_else(message)
        };
        self.powerflow.map(in_steps).transpose()
    }
}
