//! The head: what a snapshot is of, in words that anybody can read.

use super::error::SnapshotError;
use crate::clock::{DAY_S, HOUR_S};
use crate::telemetry::Level;
use crate::twin::{AgentCounts, Options, Twin};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What a snapshot is of. It is the readable text at its beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Version of the program that wrote it.
    pub voltcity: String,
    /// Name of the world.
    pub world: String,
    /// Digest of the world's content, in hexadecimal digits.
    pub world_digest: String,
    /// Seed of all draws.
    pub seed: u64,
    /// First day of the run proper.
    pub start: String,
    /// Days of the run proper.
    pub days: u32,
    /// Days before it.
    pub warmup_days: u32,
    /// Length of a step in s.
    pub step_s: u32,
    /// Steps done, those of the warm-up included.
    pub tick: u32,
    /// Local time of the state.
    pub time: String,
    /// Series that are kept.
    pub series: Vec<String>,
    /// Interval of the series in s.
    pub series_interval_s: u32,
    /// Agents by kind.
    pub agents: AgentCounts,
    /// Events in progress or to come, by id.
    pub events: Vec<String>,
    /// Digest of the state of all agents, in hexadecimal digits.
    pub state_hash: String,
}

impl Head {
    /// The head of a snapshot of a twin, but for the digest of the state.
    pub(super) fn of(twin: &mut Twin, world: &str, digest: u64, events: Vec<String>) -> Self {
        let options = twin.options().clone();
        let (clock, warmup_s) = (twin.clock(), twin.warmup_s());
        let start = twin.calendar().day_at(warmup_s).date;
        Self {
            voltcity: env!("CARGO_PKG_VERSION").to_owned(),
            world: world.to_owned(),
            world_digest: format!("{digest:016x}"),
            seed: twin.seed(),
            start: start.to_string(),
            days: options.days,
            warmup_days: warmup_s / DAY_S,
            step_s: clock.step_s,
            tick: clock.tick,
            time: twin.calendar().civil(clock.now_s()),
            series: options.series.0.iter().map(|level| level.stem().to_owned()).collect(),
            series_interval_s: options.series.1,
            agents: twin.counts(),
            events,
            state_hash: String::new(),
        }
    }

    /// Its text with a digest of the state, which is as long whatever the digest.
    pub(super) fn text(&self, hash: u64) -> std::io::Result<String> {
        let head = Self { state_hash: format!("{hash:016x}"), ..self.clone() };
        ron::ser::to_string_pretty(&head, ron::ser::PrettyConfig::new()).map_err(std::io::Error::other)
    }

    /// How the run goes on, on some threads.
    ///
    /// # Errors
    /// A head that states what no run can have.
    pub fn options(&self, threads: usize) -> Result<Options, SnapshotError> {
        let bad = |what: &str| SnapshotError::inconsistent(format!("its head states {what}"));
        let start: Date = self.start.parse().map_err(|_| bad("no date as its start"))?;
        let levels = self.series.iter().map(|stem| stem.parse::<Level>()).collect::<Result<_, _>>();
        let levels = levels.map_err(|_| bad("a series that is not known"))?;
        let sound_step = self.step_s >= 60 && HOUR_S.is_multiple_of(self.step_s) && self.step_s.is_multiple_of(60);
        let days = u64::from(self.days) + u64::from(self.warmup_days);
        let steps = days * u64::from(DAY_S) / u64::from(self.step_s.max(1));
        if !sound_step || days > MOST_DAYS || u64::from(self.tick) > steps {
            return Err(bad("a length or a step that no run has"));
        }
        Ok(Options {
            start: Some(start),
            days: self.days,
            warmup_days: Some(self.warmup_days),
            step_s: self.step_s,
            seed: Some(self.seed),
            threads,
            series: (levels, self.series_interval_s),
            ..Options::default()
        })
    }

    /// The digest of the state.
    pub(super) fn hash(&self) -> Option<u64> {
        u64::from_str_radix(&self.state_hash, 16).ok()
    }
}

/// Days of a run at most, warm-up included: what the command line takes, and some.
const MOST_DAYS: u64 = 5_000;
