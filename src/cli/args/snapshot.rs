//! Arguments of `resume`, `fork` and `diff`, and when a run takes snapshots.

use super::{PolicyName, THREADS_MAX, available_threads};
use clap::{Args, ValueEnum};
use jiff::civil::DateTime;
use std::path::PathBuf;
use voltcity::clock::{DAY_S, HOUR_S};

/// Which vehicles are traced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traced {
    /// Those of these rows.
    rows: Vec<u32>,
    /// And so many, spread evenly over all.
    sample: u32,
}

impl Traced {
    /// The rows of a world of `vehicles` vehicles.
    ///
    /// # Errors
    /// A row that there is no vehicle of.
    pub(crate) fn rows(&self, vehicles: usize) -> Result<Vec<u32>, String> {
        if let Some(row) = self.rows.iter().find(|row| **row as usize >= vehicles) {
            return Err(format!("there is no ev:{row}: vehicles are ev:0 to ev:{}", vehicles.saturating_sub(1)));
        }
        let count = (self.sample as usize).min(vehicles);
        let sample = (0..count).map(|k| (k * vehicles / count.max(1)) as u32);
        Ok(self.rows.iter().copied().chain(sample).collect())
    }
}

/// Parts with commas between them: `ev:123`, or `sample:100`.
fn traced(text: &str) -> Result<Traced, String> {
    let mut traced = Traced::default();
    for part in text.split(',').map(str::trim) {
        match part.strip_prefix("sample:").map(str::parse) {
            Some(Ok(count)) if count > 0 => traced.sample = count,
            None => traced.rows.push(vehicle(part)?),
            Some(_) => return Err("write sample:100 for a hundred vehicles".to_owned()),
        }
    }
    Ok(traced)
}

/// `ev:123`.
fn vehicle(text: &str) -> Result<u32, String> {
    let row = text.strip_prefix("ev:").and_then(|row| row.parse().ok());
    row.ok_or_else(|| "write vehicles as in ev:123, or sample:100".to_owned())
}

/// An agent's reasons, as asked for.
#[derive(Clone, Debug)]
pub(crate) struct WhyRequest {
    /// Snapshot, or directory of a run.
    pub(crate) path: PathBuf,
    pub(crate) vehicle: u32,
    pub(crate) at: Option<DateTime>,
    /// Decisions that are told at most.
    pub(crate) limit: usize,
    pub(crate) threads: usize,
}

#[derive(Args, Debug)]
pub(super) struct WhyArgs {
    /// Snapshot, or directory of a run that was traced
    #[arg(value_name = "SNAPSHOT-OR-RUN")]
    path: PathBuf,
    /// Whose decisions, as in ev:123
    #[arg(long, value_name = "AGENT", value_parser = vehicle)]
    agent: u32,
    #[arg(long, value_name = "TIME", value_parser = local_time)]
    #[arg(
        help = "What led to what it did at a local time, as in\n\"2024-07-25 18:05\" [default: to the last that is known]"
    )]
    at: Option<DateTime>,
    /// Decisions that are told at most
    #[arg(long, value_name = "N", default_value_t = 16)]
    limit: usize,
}

impl WhyArgs {
    pub(super) fn checked(self) -> WhyRequest {
        let Self { path, agent, at, limit } = self;
        WhyRequest { path, vehicle: agent, at, limit, threads: available_threads(None) }
    }
}

/// When a run takes snapshots, and whom it traces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct When {
    /// Whom.
    pub(crate) traced: Traced,
    /// Every so many seconds from the first midnight, if at all.
    pub(crate) every_s: Option<u32>,
    /// At these local times.
    pub(crate) at: Vec<DateTime>,
}

/// The same as it is given.
#[derive(Args, Debug)]
pub(super) struct WhenArgs {
    #[arg(long, value_name = "T", value_parser = span)]
    #[arg(
        help = "Take snapshots at intervals of 1d, 6h or 30m from\nmidnight on; a run stopped by Ctrl-C leaves one too"
    )]
    snapshot_every: Option<u32>,
    #[arg(long, value_name = "AGENTS", value_parser = traced)]
    #[arg(help = "Keep what vehicles decide and why, for `why`: of\nev:123,ev:7,sample:100; ends with a snapshot")]
    trace: Option<Traced>,
    #[arg(long, value_name = "TIME", value_parser = local_time)]
    #[arg(help = "Take a snapshot at a local time, as in\n\"2024-07-25 18:00\"; may be repeated")]
    snapshot_at: Vec<DateTime>,
}

impl WhenArgs {
    pub(super) fn checked(self, step_s: u32) -> Result<When, String> {
        let whole = |every_s: &u32| every_s.is_multiple_of(step_s);
        match self.snapshot_every.filter(|every_s| !whole(every_s)) {
            Some(_) => Err(format!("--snapshot-every is not a whole number of steps of {step_s} s: choose a multiple")),
            None => {
                Ok(When { traced: self.trace.unwrap_or_default(), every_s: self.snapshot_every, at: self.snapshot_at })
            }
        }
    }
}

/// A span of time such as `6h`, in s.
pub(super) fn span(text: &str) -> Result<u32, String> {
    let units = [("d", DAY_S), ("h", HOUR_S), ("m", 60)];
    let read = |(unit, seconds): (&str, u32)| {
        let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
        let fits = |span: &u32| *span > 0 && (DAY_S.is_multiple_of(*span) || span.is_multiple_of(DAY_S));
        number.checked_mul(seconds).filter(fits)
    };
    let wanted = "write days, or hours or minutes that divide a day, as in 1d, 6h or 30m";
    units.into_iter().find_map(read).ok_or_else(|| wanted.to_owned())
}

/// A local time.
fn local_time(text: &str) -> Result<DateTime, String> {
    text.parse().map_err(|_| "not a time: write it as \"2024-07-25 18:00\"".to_owned())
}

/// Going on from a snapshot, as asked for.
#[derive(Clone, Debug)]
pub(crate) struct ResumeRequest {
    pub(crate) snapshot: PathBuf,
    /// Until when; to the end the run was to have when `None`.
    pub(crate) until: Option<DateTime>,
    pub(crate) threads: usize,
    /// Changes of the world, as `PATH=VALUE`.
    pub(crate) patches: Vec<String>,
    pub(crate) when: When,
    /// Where to; beside the snapshot when `None`.
    pub(crate) out: Option<PathBuf>,
    pub(crate) quiet: bool,
}

#[derive(Args, Debug)]
pub(super) struct ResumeArgs {
    /// Snapshot, as `run --snapshot-at` writes it
    #[arg(value_name = "SNAPSHOT")]
    snapshot: PathBuf,
    #[arg(long, value_name = "TIME", value_parser = local_time)]
    #[arg(
        help = "Stop at a local time, as in \"2024-07-25 18:00\",\nwith a snapshot [default: the end it was to have]"
    )]
    until: Option<DateTime>,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=THREADS_MAX))]
    #[arg(help = "Threads to compute on; results do not depend on them\n[default: as many as the machine has]")]
    threads: Option<u32>,
    #[arg(long = "set", value_name = "PATH=VALUE")]
    #[arg(help = "Change a value of the world from here on, but not\nhow many agents there are; may be repeated")]
    patches: Vec<String>,
    #[command(flatten)]
    when: WhenArgs,
    #[arg(long, value_name = "DIR")]
    #[arg(help = "Directory for the results\n[default: the snapshot's path without .twin]")]
    out: Option<PathBuf>,
    /// Say nothing but errors; the files have it all
    #[arg(long)]
    quiet: bool,
}

impl ResumeArgs {
    pub(super) fn checked(self) -> Result<ResumeRequest, clap::Error> {
        Ok(ResumeRequest {
            snapshot: self.snapshot,
            until: self.until,
            threads: available_threads(self.threads),
            patches: self.patches,
            // Steps are a minute at least, and the snapshot knows them.
            when: self.when.checked(60).map_err(|message| super::refused("resume", message))?,
            out: self.out,
            quiet: self.quiet,
        })
    }
}

/// Several futures, as asked for.
#[derive(Clone, Debug)]
pub(crate) struct ForkRequest {
    pub(crate) snapshot: PathBuf,
    /// What makes each future: a world overlay, an event's file, or `PATH=VALUE`.
    pub(crate) patches: Vec<String>,
    pub(crate) until: Option<DateTime>,
    /// How events are dispatched, unless the snapshot has events and says so.
    pub(crate) policy: PolicyName,
    pub(crate) threads: usize,
    pub(crate) out: Option<PathBuf>,
    pub(crate) quiet: bool,
}

#[derive(Args, Debug)]
pub(super) struct ForkArgs {
    /// Snapshot, as `run --snapshot-at` writes it
    #[arg(value_name = "SNAPSHOT")]
    snapshot: PathBuf,
    #[arg(value_name = "PATCH")]
    #[arg(
        help = "What makes a future: a file laid over the world, an\nevent, or PATH=VALUE; with + between them, several\ntogether. The future without any is always told"
    )]
    patches: Vec<String>,
    #[arg(long, value_name = "TIME", value_parser = local_time)]
    #[arg(help = "Stop at a local time, as in \"2024-07-25 18:00\"\n[default: the end the run was to have]")]
    until: Option<DateTime>,
    #[arg(long, value_name = "NAME", value_enum, default_value_t = PolicyName::MeritOrder, hide_default_value = true)]
    #[arg(help = "How much of whom is called, unless the snapshot has\nevents already [default: merit-order]")]
    #[arg(hide_possible_values = true)]
    policy: PolicyName,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=THREADS_MAX))]
    #[arg(help = "Threads to compute on; results do not depend on them\n[default: as many as the machine has]")]
    threads: Option<u32>,
    #[arg(long, value_name = "DIR")]
    #[arg(help = "Directory for the results\n[default: the snapshot's path without .twin, and -fork]")]
    out: Option<PathBuf>,
    /// Say nothing but errors; the files have it all
    #[arg(long)]
    quiet: bool,
}

impl ForkArgs {
    pub(super) fn checked(self) -> ForkRequest {
        ForkRequest {
            snapshot: self.snapshot,
            patches: self.patches,
            until: self.until,
            policy: self.policy,
            threads: available_threads(self.threads),
            out: self.out,
            quiet: self.quiet,
        }
    }
}

/// Kinds of agents that can be compared alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Kind {
    Vehicle,
    Charger,
    Station,
    Building,
    Pv,
    Storage,
    Transformer,
    Feeder,
    Substation,
    Books,
}

/// A comparison, as asked for.
#[derive(Clone, Debug)]
pub(crate) struct DiffRequest {
    pub(crate) paths: [PathBuf; 2],
    pub(crate) kind: Option<Kind>,
    /// Agents that are listed at most.
    pub(crate) limit: usize,
    pub(crate) threads: usize,
}

#[derive(Args, Debug)]
pub(super) struct DiffArgs {
    /// Snapshot, or directory of a run with snapshots
    #[arg(value_name = "A")]
    first: PathBuf,
    /// Snapshot, or directory, to compare it with
    #[arg(value_name = "B")]
    second: PathBuf,
    #[arg(long, value_name = "KIND", value_enum, hide_possible_values = true)]
    #[arg(
        help = "Compare one kind only: vehicle, charger, station,\nbuilding, pv, storage, transformer, feeder,\nsubstation, or books"
    )]
    kind: Option<Kind>,
    /// Agents that are listed at most
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,
}

impl DiffArgs {
    pub(super) fn checked(self) -> DiffRequest {
        DiffRequest {
            paths: [self.first, self.second],
            kind: self.kind,
            limit: self.limit,
            threads: available_threads(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vehicles_are_traced_by_name_or_as_a_sample() {
        let rows = |text: &str| traced(text).and_then(|traced| traced.rows(1_000));
        assert_eq!(rows("ev:7, ev:3"), Ok(vec![7, 3]));
        assert_eq!(rows("sample:4,ev:9"), Ok(vec![9, 0, 250, 500, 750]));
        assert_eq!(rows("sample:5000").map(|rows| rows.len()), Ok(1_000));
        assert!(rows("ev:1000").unwrap_err().contains("ev:0 to ev:999"));
        for wrong in ["7", "ev:", "sample:0", "sample:x", "", "ev:1,,"] {
            assert!(traced(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn spans_have_units() {
        assert_eq!((span("6h"), span("1d"), span("30m")), (Ok(21_600), Ok(86_400), Ok(1_800)));
        for wrong in ["6", "h", "0h", "-1h", "6 h", "7h", "99999999d", ""] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
