//! Arguments of `voltcity event`.

use super::{Draws, PowerflowArgs, WARMUP_DAYS_MAX, WorldArgs, available_threads, refused, step};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use voltcity::market::dispatch::{LeastLaxity, Limited, MeritOrder, Policy, Proportional, Rotation};

/// How an event is dispatched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyName {
    /// Everyone the same share.
    Proportional,
    /// The cheapest first.
    MeritOrder,
    /// Those who can wait longest first.
    LeastLaxity,
    /// The least used first.
    Rotation,
}

impl PolicyName {
    /// Its name on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// The policy of a name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::from_str(name, false).ok()
    }

    /// The policy, within the limits of the tree unless they are to be ignored.
    pub(crate) fn policy(self, ignore_limits: bool) -> Box<dyn Policy> {
        let bare: Box<dyn Policy> = match self {
            Self::Proportional => Box::new(Proportional),
            Self::MeritOrder => Box::new(MeritOrder),
            Self::LeastLaxity => Box::new(LeastLaxity),
            Self::Rotation => Box::new(Rotation),
        };
        if ignore_limits { bare } else { Box::new(Limited::new(bare)) }
    }
}

/// An event, as asked for.
#[derive(Clone, Debug)]
pub(crate) struct EventRequest {
    /// The world.
    pub(crate) world: WorldArgs,
    /// The event's file, and after it those of its later versions and of other events.
    pub(crate) events: Vec<PathBuf>,
    /// How it is dispatched.
    pub(crate) policy: PolicyName,
    /// Whether limits of the tree are ignored.
    pub(crate) ignore_limits: bool,
    /// Time in s between two solves of the network that it is held to; none when it is held to the tree's ratings.
    pub(crate) powerflow_s: Option<u32>,
    /// Days before it.
    pub(crate) warmup_days: u32,
    /// Length of a step in s.
    pub(crate) step_s: u32,
    /// Seed; the world's own when `None`.
    pub(crate) seed: Option<u64>,
    /// Threads to compute on.
    pub(crate) threads: usize,
    /// Where to; a name made of the world and the event when `None`.
    pub(crate) out: Option<PathBuf>,
    /// Whether to say nothing but errors.
    pub(crate) quiet: bool,
}

/// The arguments as they are given.
#[derive(Args, Debug)]
pub(super) struct EventArgs {
    #[command(flatten)]
    world: WorldArgs,
    #[arg(value_name = "EVENT", required = true)]
    #[arg(
        help = "Event file, such as worlds/events/july-evening-100-mw.ron;\nmore files are later versions of it, or other events\nthat go on with and without it"
    )]
    events: Vec<PathBuf>,
    #[arg(long, value_name = "NAME", value_enum, default_value_t = PolicyName::MeritOrder, hide_default_value = true)]
    #[arg(help = "How much of whom is called [default: merit-order]", hide_possible_values = false)]
    policy: PolicyName,
    #[arg(long)]
    #[arg(help = "Call what is behind a transformer, feeder or\nsubstation without room too (not with --powerflow)")]
    ignore_limits: bool,
    #[command(flatten)]
    powerflow: PowerflowArgs,
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=WARMUP_DAYS_MAX))]
    #[arg(help = "Days simulated before the event's, from which\nbaselines are made [default: 10]")]
    warmup: Option<u32>,
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = step, hide_default_value = true)]
    #[arg(help = "Length of a step: whole minutes that divide an hour\n[default: 60]")]
    step: u32,
    #[command(flatten)]
    draws: Draws,
    #[arg(long, value_name = "DIR")]
    #[arg(help = "Directory for the results\n[default: out/<name of the world file>-<event>]")]
    out: Option<PathBuf>,
    /// Say nothing but errors; the files have it all
    #[arg(long)]
    quiet: bool,
}

/// Days before an event if nothing is said: as many as the longest baseline looks back.
const WARMUP_DAYS: u32 = 10;

impl EventArgs {
    pub(super) fn checked(self) -> Result<EventRequest, clap::Error> {
        let powerflow_s = self.powerflow.checked(self.step).map_err(|message| refused("event", message))?;
        if self.ignore_limits && powerflow_s.is_some() {
            let message = "--ignore-limits and --powerflow: with the network solved, calls keep to what it carries";
            return Err(refused("event", message.to_owned()));
        }
        Ok(EventRequest {
            powerflow_s,
            world: self.world,
            events: self.events,
            policy: self.policy,
            ignore_limits: self.ignore_limits,
            warmup_days: self.warmup.unwrap_or(WARMUP_DAYS),
            step_s: self.step,
            seed: self.draws.seed,
            threads: available_threads(self.draws.threads),
            out: self.out,
            quiet: self.quiet,
        })
    }
}
