//! The laboratory: runs of a world with some of its values changed, always the same days with the same draws.

use crate::cli::args::CalibrateRequest;
use crate::cli::exit::Failure;
use crate::cli::notes::fits_ledger;
use crate::cli::progress::Progress;
use crate::cli::validate::Target;
use voltcity::clock::DAY_S;
use voltcity::fleet::station::Station;
use voltcity::report::survey::Survey;
use voltcity::twin::{Options, Twin};
use voltcity::world::Checked;
use voltcity::world::figure::Figure;
use voltcity::world::problem::Problems;

/// Steps between two looks at the progress.
const LOOK_EVERY: u32 = 16;

/// How much of a world is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// The world as it is.
    Full,
    /// A sample of it, whose figures are scaled up.
    Sample,
}

/// A world, a sample of it, and how they are run.
pub(super) struct Lab {
    /// What was measured.
    pub(super) target: Target,
    /// The world as it is.
    pub(super) full: Checked,
    sample: Checked,
    /// How a run is done.
    pub(super) options: Options,
    warmup_days: u32,
}

/// What a run has shown.
pub(super) struct Shown {
    /// What the survey saw.
    pub(super) survey: Survey,
    /// The share of the city it was run with.
    pub(super) share: f64,
    /// Public charge points in the run.
    pub(super) public_points: f64,
}

impl Shown {
    /// Busy points over all, by surveyed zone.
    pub(super) fn utilisation(&self) -> Vec<f64> {
        let seconds = self.survey.days.len() as f64 * f64::from(DAY_S);
        let busy_s = |slot: usize| self.survey.days.iter().map(|zones| zones[slot].busy_s).sum::<i64>() as f64;
        let zones = self.survey.zones.iter().enumerate();
        zones.map(|(slot, zone)| busy_s(slot) / (f64::from(zone.points) * seconds)).collect()
    }
}

impl Lab {
    /// Prepares runs of a world.
    ///
    /// # Errors
    /// A sample that is not sound, or runs too long for the ledger.
    pub(super) fn new(full: Checked, target: Target, request: &CalibrateRequest) -> Result<Self, Failure> {
        let share = full.file().sample.as_ref().map_or(1.0, |sample| sample.get().min(1.0));
        let sample = if request.sample < share {
            let patch = format!("sample=({:?}, \"the sample of a calibration\")", request.sample);
            full.patched(&[patch]).map_err(Failure::World)?
        } else {
            full.clone()
        };
        let plan = full.plan();
        let options = Options {
            start: Some(target.start()),
            days: request.days,
            step_s: request.step_s,
            seed: request.seed,
            threads: request.threads,
            ..Options::default()
        };
        let warmup_days = plan.warmup_days;
        fits_ledger(&plan, warmup_days + request.days).map_err(Failure::World)?;
        Ok(Self { target, full, sample, options, warmup_days })
    }

    /// Share of the city that a sample is.
    pub(super) fn share(&self) -> f64 {
        share(&self.sample)
    }

    /// Steps of a run.
    pub(super) fn steps(&self) -> u64 {
        u64::from((self.warmup_days + self.options.days) * (DAY_S / self.options.step_s))
    }

    /// Runs the world with patches, and shows how far the run has come after `before` others.
    ///
    /// # Errors
    /// Patches that make the world unsound.
    pub(super) fn run(
        &self,
        size: Size,
        patches: &[String],
        progress: &mut Progress,
        before: usize,
        label: &str,
    ) -> Result<Shown, Problems> {
        let world = match size {
            Size::Full => &self.full,
            Size::Sample => &self.sample,
        };
        let world = world.patched(patches)?;
        let plan = world.plan();
        let public: u32 = plan.stations.iter().filter(|station| station.kind.is_public()).map(guns).sum();
        let mut twin = Twin::new(plan, &self.options);
        let done = before as u64 * self.steps();
        let mut step = |twin: &mut Twin| {
            twin.step();
            twin.take_frames();
            let tick = twin.clock().tick;
            if tick.is_multiple_of(LOOK_EVERY) {
                progress.at(done + u64::from(tick), label);
            }
        };
        let first = self.warmup_days * (DAY_S / self.options.step_s);
        while twin.clock().tick < first {
            step(&mut twin);
        }
        twin.warm_up();
        while !twin.is_over() {
            step(&mut twin);
        }
        let share = share(&world);
        Ok(Shown { survey: twin.resource::<Survey>().clone(), share, public_points: f64::from(public) / share })
    }
}

/// Share of the city that is run.
fn share(world: &Checked) -> f64 {
    world.file().sample.as_ref().map_or(1.0, Figure::get)
}

const fn guns(station: &Station) -> u32 {
    station.guns
}
