//! A run on its way: events that are carried out, snapshots that are taken, and a stop when the user asks for one.

use super::args::{PolicyName, When};
use super::console;
use super::exit::Failure;
use super::output::Output;
use super::parquet_sink::{Partial, open_locked, partial_name};
use super::progress::Progress;
use super::run::{Timing, peak_rss_mb};
use jiff::civil::DateTime;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use voltcity::market::desk::Desk;
use voltcity::market::event::run_second;
use voltcity::snapshot::{self, ENDING, Events, Synced};
use voltcity::twin::Twin;
use voltcity::world::Checked;
use voltcity::world::problem::Problem;

/// What goes on beside the steps of a run.
pub(crate) struct Journey<'a> {
    world: &'a Checked,
    /// Events, and how they are dispatched.
    desk: Option<(Desk, PolicyName)>,
    /// Steps after which a snapshot is taken.
    due: BTreeSet<u32>,
    /// Where snapshots go, if any are to be taken.
    dir: Option<PathBuf>,
    stop: Stop,
}

/// How a run came to its end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ended {
    /// Snapshots, in the order in which they were taken.
    pub(crate) snapshots: Vec<PathBuf>,
    /// The one from which a run that was stopped goes on.
    pub(crate) stopped: Option<PathBuf>,
    /// True when the user has asked for a stop.
    pub(crate) early: bool,
}

impl Ended {
    /// Names of the snapshots.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = self.snapshots.iter().filter_map(|path| path.file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    }
}

/// Whether the user has asked for a stop, by Ctrl-C, SIGTERM or by closing the terminal.
#[derive(Clone, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens. Who asks a second time is not kept waiting: the process ends at once.
    pub(crate) fn listen() -> io::Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            flag::register_conditional_shutdown(signal, 130, Arc::clone(&asked))?;
            flag::register(signal, Arc::clone(&asked))?;
        }
        Ok(Self(asked))
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl<'a> Journey<'a> {
    /// A journey of a twin whose snapshots go to a directory.
    ///
    /// # Errors
    /// Times of snapshots that are not of the run, or lie within a step; vehicles that there are none of.
    pub(crate) fn new(
        world: &'a Checked,
        desk: Option<(Desk, PolicyName)>,
        when: &When,
        dir: &Path,
        twin: &mut Twin,
    ) -> Result<Self, Failure> {
        let mut due = due(when, twin).map_err(|problem| Failure::World(problem.into()))?;
        let traced = when.traced.rows(twin.counts().vehicles);
        twin.trace(traced.map_err(|message| Failure::World(Problem::new(message, None).into()))?);
        if !twin.traced().of.is_empty() {
            // What has been traced is found in the snapshot at the end.
            due.insert(twin.total_steps());
        }
        let stop = Stop::listen().unwrap_or_default();
        clear(dir);
        Ok(Self { world, desk, due, dir: Some(dir.to_owned()), stop })
    }

    /// A journey without snapshots, which ends early when the user asks for it.
    pub(crate) fn with(world: &'a Checked, desk: Option<(Desk, PolicyName)>, stop: Stop) -> Self {
        Self { world, desk, due: BTreeSet::new(), dir: None, stop }
    }

    /// A snapshot at the end of a certain step.
    pub(crate) fn also_at(mut self, tick: Option<u32>) -> Self {
        self.due.extend(tick);
        self
    }

    /// The events that it carries out.
    pub(crate) fn desk(&self) -> Option<&Desk> {
        self.desk.as_ref().map(|(desk, _)| desk)
    }

    /// Simulates up to a step, first the days before the run proper, if they are still to come. Frames go to the
    /// output, if there is one.
    ///
    /// # Errors
    /// Series or snapshots that cannot be written.
    pub(crate) fn go(
        &mut self,
        twin: &mut Twin,
        until_tick: u32,
        mut output: Option<Output>,
        mut progress: Progress,
    ) -> Result<(Option<Output>, Timing, Ended), Failure> {
        let mut ended = Ended::default();
        let (begun, first_tick) = (Instant::now(), twin.warmup_s() / twin.clock().step_s);
        let from_tick = twin.clock().tick;
        let done = |twin: &Twin| u64::from(twin.clock().tick - from_tick);
        while twin.clock().tick < first_tick && !ended.early {
            self.step(twin);
            twin.take_frames();
            progress.at(done(twin), &format!("warm-up {}", time(twin)));
            self.look(twin, &mut ended)?;
        }
        if !ended.early {
            twin.warm_up();
        }
        let warmup_s = begun.elapsed().as_secs_f64();
        let (begun, proper_tick) = (Instant::now(), twin.clock().tick);
        while twin.clock().tick < until_tick && !ended.early {
            self.step(twin);
            let frames = twin.take_frames();
            output = output.map(|output| output.send(frames)).transpose()?;
            progress.at(done(twin), &time(twin));
            self.look(twin, &mut ended)?;
        }
        let (wall_s, steps) = (begun.elapsed().as_secs_f64(), twin.clock().tick.saturating_sub(proper_tick));
        if !ended.early {
            progress.finish();
        }
        Ok((output, Timing { startup_s: 0.0, warmup_s, wall_s, steps, peak_rss_mb: peak_rss_mb() }, ended))
    }

    fn step(&mut self, twin: &mut Twin) {
        if let Some((desk, _)) = &mut self.desk {
            desk.before_step(twin);
        }
        twin.step();
    }

    /// Takes a snapshot if one is due, or the user has asked for a stop.
    fn look(&self, twin: &mut Twin, ended: &mut Ended) -> Result<(), Failure> {
        let (is_asked, is_due) = (self.stop.is_asked(), self.due.contains(&twin.clock().tick));
        ended.early = is_asked;
        let Some(dir) = &self.dir else { return Ok(()) };
        if is_asked || is_due {
            let path = self.snapshot(twin, dir)?;
            if is_asked {
                ended.stopped = Some(path.clone());
            }
            ended.snapshots.push(path);
        }
        Ok(())
    }

    /// Writes a snapshot; under its name it is whole or not at all, whatever happens meanwhile.
    fn snapshot(&self, twin: &mut Twin, dir: &Path) -> Result<PathBuf, Failure> {
        let events = self.desk.as_ref().map(|(desk, policy)| Events { policy: policy.name(), desk: desk.save() });
        let path = dir.join(format!("{}.{ENDING}", twin.calendar().civil(twin.clock().now_s()).replace(':', "-")));
        let failed = |cause| Failure::Output { action: "write", path: path.clone(), cause };
        let partial = partial_name(&path);
        let file = open_locked(&partial).map_err(failed)?;
        let partial = Partial(partial);
        snapshot::write(twin, self.world, events.as_ref(), Synced(&file)).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        partial.publish(&path).map_err(failed)?;
        Ok(path)
    }
}

/// Removes what a run that was killed has begun to write: the directory is locked, so nobody else is writing it.
fn clear(dir: &Path) {
    let begun = partial_name(Path::new("x").with_extension(ENDING).as_path());
    let ending = begun.to_string_lossy().trim_start_matches('x').to_owned();
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    for path in entries.filter(|path| path.to_string_lossy().ends_with(&ending)) {
        // What cannot be removed is in nobody's way.
        std::fs::remove_file(path).unwrap_or_default();
    }
}

/// Local time of the twin, for people.
fn time(twin: &Twin) -> String {
    twin.calendar().civil(twin.clock().now_s()).replacen('T', " ", 1)
}

/// The step that ends at a local time of a twin's run.
///
/// # Errors
/// A time that is past, beyond the end, or within a step.
pub(crate) fn tick_at(at: DateTime, twin: &Twin) -> Result<u32, Problem> {
    let (step_s, calendar) = (i64::from(twin.clock().step_s), twin.calendar());
    let second = run_second(calendar.first(), at);
    let last_s = i64::from(twin.total_steps()) * step_s;
    let now_s = i64::from(twin.clock().now_s());
    let range = format!("choose a time from {} to {}", calendar.civil(now_s as u32), calendar.civil(last_s as u32));
    if second < now_s || second > last_s {
        return Err(Problem::new(format!("{at} is not in what is still to be run"), range));
    }
    if second % step_s != 0 {
        return Err(Problem::new(format!("{at} is within a step"), format!("steps are {step_s} s long")));
    }
    Ok((second / step_s) as u32)
}

/// Steps after which a snapshot is due. Those at intervals are of the run proper, and the end is not one of them.
fn due(when: &When, twin: &Twin) -> Result<BTreeSet<u32>, Problem> {
    let step_s = twin.clock().step_s;
    let mut due: BTreeSet<u32> = when.at.iter().map(|&at| tick_at(at, twin)).collect::<Result<_, _>>()?;
    if let Some(every_s) = when.every_s {
        if every_s % step_s != 0 {
            let message = format!("snapshots every {every_s} s are not at the ends of steps");
            return Err(Problem::new(message, format!("steps are {step_s} s long")));
        }
        let from_s = twin.warmup_s().max(twin.clock().now_s()) / every_s + 1;
        let end_s = twin.total_steps() * step_s;
        due.extend((from_s..).map(|k| k * every_s).take_while(|at| *at < end_s).map(|at| at / step_s));
    }
    Ok(due)
}

/// Says how a run that was stopped goes on.
pub(crate) fn tell(ended: &Ended, quiet: bool) -> Result<(), Failure> {
    if !quiet {
        let of_stop = |path: &&PathBuf| Some(*path) != ended.stopped.as_ref();
        for path in ended.snapshots.iter().filter(of_stop) {
            console::note(&format!("snapshot: {}", path.display()));
        }
    }
    match &ended.stopped {
        None => Ok(()),
        Some(snapshot) => Err(Failure::Stopped { snapshot: snapshot.clone() }),
    }
}
