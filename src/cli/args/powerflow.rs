//! Whether, and how often, the power flow of a network is solved.

use super::span;
use clap::Args;
use std::ffi::OsString;

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

/// Arguments in which `--powerflow 15m` is written as one. Its interval may be left out, so that the parser alone could
/// not tell it from a world.
pub(super) fn joined(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut all: Vec<OsString> = Vec::new();
    for argument in arguments {
        let interval = argument.to_str().filter(|text| span(text).is_ok());
        match (all.last_mut(), interval) {
            (Some(before), Some(interval)) if before == "--powerflow" => {
                before.push("=");
                before.push(interval);
            }
            _ => all.push(argument),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_may_stand_apart() {
        let joined = |line: &str| -> Vec<String> {
            let all = joined(line.split(' ').map(OsString::from));
            all.into_iter().map(|argument| argument.into_string().unwrap()).collect()
        };
        assert_eq!(joined("run w.ron --powerflow 1h --quiet"), ["run", "w.ron", "--powerflow=1h", "--quiet"]);
        for line in ["run --powerflow w.ron", "run w.ron --powerflow", "run w.ron --powerflow=1h 15m", "why 15m"] {
            assert_eq!(joined(line).join(" "), line);
        }
    }
}
