//! Arguments of `voltcity study`.

use super::{Draws, available_threads, step};
use clap::Args;
use std::path::PathBuf;

/// A study, as asked for.
#[derive(Clone, Debug)]
pub(crate) struct StudyRequest {
    /// The study's file.
    pub(crate) study: PathBuf,
    /// Length of a step in s.
    pub(crate) step_s: u32,
    /// Seed; the world's own when `None`.
    pub(crate) seed: Option<u64>,
    /// Threads to compute on.
    pub(crate) threads: usize,
    /// Whether to ask the network what it lets through.
    pub(crate) powerflow: bool,
    /// Where to; no files when `None`.
    pub(crate) out: Option<PathBuf>,
    /// Whether to say nothing but errors.
    pub(crate) quiet: bool,
}

/// The arguments as they are given.
#[derive(Args, Debug)]
pub(super) struct StudyArgs {
    /// Study file, such as worlds/studies/v2g-ladder.ron
    #[arg(value_name = "STUDY")]
    study: PathBuf,
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = step, hide_default_value = true)]
    #[arg(help = "Length of a step: whole minutes that divide an hour\n[default: 300]")]
    step: u32,
    #[command(flatten)]
    draws: Draws,
    #[arg(long)]
    #[arg(
        help = "Also solve the network that each rung's world may have\nwith all its V2G delivered: what its wires let through"
    )]
    powerflow: bool,
    /// Write study.json and study.svg to this directory too
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Say nothing but errors; the files have it all
    #[arg(long)]
    quiet: bool,
}

impl StudyArgs {
    pub(super) fn checked(self) -> StudyRequest {
        StudyRequest {
            study: self.study,
            step_s: self.step,
            seed: self.draws.seed,
            threads: available_threads(self.draws.threads),
            powerflow: self.powerflow,
            out: self.out,
            quiet: self.quiet,
        }
    }
}
