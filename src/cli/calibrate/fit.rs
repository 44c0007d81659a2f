//! The fit: the stages one after the other, and what they have found.

use super::folds::{Crossed, cross};
use super::lab::{Lab, Shown, Size};
use super::level::{self, Tried};
use super::simplex::{Found, minimise};
use super::space::Space;
use super::weights::{GAINS, Round, Zone, fit, last};
use crate::cli::exit::Failure;
use crate::cli::progress::Progress;
use crate::cli::validate::{Score, ZoneSeen};
use std::cell::RefCell;
use voltcity::world::problem::Problems;
use voltcity::world::synth::demand::{Features, NAMES};

/// What is to be fitted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stages {
    /// The free parameters, to the hours of the day.
    pub(super) hours: bool,
    /// Runs of the simplex at most.
    pub(super) runs: usize,
    /// The weights of the demand by zone.
    pub(super) zones: bool,
    /// Parts of the cross-validation.
    pub(super) folds: Option<usize>,
}

/// How a world compares at full count.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Standing {
    /// With the mean days by hour.
    pub(super) score: Option<Score>,
    /// With the zones.
    pub(super) zones: Vec<ZoneSeen>,
}

/// What has been found.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    /// The free parameters.
    pub(super) space: Space,
    /// The search over the sample.
    pub(super) search: Option<Found>,
    /// Values of the free parameters, after the level was corrected.
    pub(super) values: Vec<f64>,
    /// Runs of the level.
    pub(super) level: Vec<Tried>,
    /// Rounds of the weights by zone.
    pub(super) rounds: Option<Vec<Round>>,
    /// The cross-validation.
    pub(super) crossed: Option<Crossed>,
    /// The world as it was, and with the patch.
    pub(super) before: Standing,
    pub(super) after: Standing,
}

impl Fit {
    /// Runs all stages.
    ///
    /// # Errors
    /// Bounds beyond what the world takes, and a world that cannot be run.
    pub(super) fn make(lab: &Lab, stages: &Stages, quiet: bool) -> Result<Self, Failure> {
        let space = if stages.hours { Space::of(&lab.full) } else { Space(Vec::new()) };
        for patches in space.extremes() {
            lab.full.patched(&patches).map_err(Failure::World)?;
        }
        let values = space.0.iter().map(|axis| axis.start).collect();
        let mut made = Self {
            space,
            search: None,
            values,
            level: Vec::new(),
            rounds: None,
            crossed: None,
            before: Standing::default(),
            after: Standing::default(),
        };
        if stages.hours {
            made.search(lab, stages.runs, quiet);
        }
        if stages.zones {
            made.zones(lab, stages.folds, quiet)?;
        }
        made.finish(lab, quiet)?;
        Ok(made)
    }

    /// The patches that make the fitted world.
    pub(super) fn patches(&self) -> Vec<String> {
        let weights = self.weights().into_iter().flat_map(|weights| weight_patches(&weights));
        self.space.patches(&self.values).into_iter().chain(weights).collect()
    }

    /// The weights by zone, if they were fitted.
    pub(super) fn weights(&self) -> Option<Features> {
        self.rounds.as_deref().map(last)
    }

    /// The paths that a patch file holds.
    pub(super) fn paths(&self) -> (Vec<String>, Vec<String>) {
        let weights = self.rounds.iter().flat_map(|_| NAMES.iter().map(|name| weight_path(name)));
        (self.space.0.iter().map(|axis| axis.parameter.path.clone()).collect(), weights.collect())
    }

    /// Looks for the free parameters on the sample.
    fn search(&mut self, lab: &Lab, runs: usize, quiet: bool) {
        let runs = runs.max(self.space.0.len() + 1);
        let mut progress = Progress::new(runs as u64 * lab.steps(), lab.options.step_s, quiet);
        let found = minimise(&self.space.start(), runs, |point, so_far| {
            let done = so_far.trace.len();
            let best = if done == 0 { String::new() } else { format!(", best {:.4}", so_far.cost) };
            let label = format!("hours: evaluation {} of {runs}{best}", done + 1);
            let patches = self.space.patches(&self.space.values(point));
            // Values that do not go together are as bad as can be.
            let shown = lab.run(Size::Sample, &patches, &mut progress, done, &label);
            let score = shown.ok().and_then(|shown| lab.target.score(&shown.survey, shown.share));
            score.map_or(f64::INFINITY, |score| score.total())
        });
        progress.finish();
        self.values = self.space.values(&found.best);
        self.search = Some(found);
    }

    /// Fits the weights by zone, and tells how well they predict.
    fn zones(&mut self, lab: &Lab, folds: Option<usize>, quiet: bool) -> Result<(), Failure> {
        let features = lab.full.zone_features();
        let base = self.patches();
        let runs = GAINS.len() + folds.map_or(0, |folds| folds * GAINS.len());
        let progress = RefCell::new(Progress::new(runs as u64 * lab.steps(), lab.options.step_s, quiet));
        let done = RefCell::new(0);
        let run = |weights: &Features, label: &str| -> Result<Vec<ZoneSeen>, Problems> {
            let patches: Vec<String> = base.iter().cloned().chain(weight_patches(weights)).collect();
            let mut done = done.borrow_mut();
            let label = format!("{label}: run {} of {runs}", *done + 1);
            let shown = lab.run(Size::Full, &patches, &mut progress.borrow_mut(), *done, &label)?;
            *done += 1;
            Ok(lab.target.zones(&shown.survey, shown.share))
        };
        // Every fit begins without weights, so this run serves all of them.
        let first = run(&[0.0; NAMES.len()], "zones").map_err(Failure::World)?;
        let zones: Vec<Zone> = first
            .iter()
            .filter_map(|seen| {
                let features = *features.get(&seen.id)?;
                Some(Zone { id: seen.id, points: seen.points, measured: seen.measured, features })
            })
            .collect();
        let answer = |weights: &Features, label: &str| {
            let seen = if *weights == [0.0; NAMES.len()] { first.clone() } else { run(weights, label)? };
            Ok::<Vec<f64>, Problems>(seen.iter().map(|zone| zone.simulated).collect())
        };
        self.rounds = Some(fit(&zones, |weights| answer(weights, "zones")).map_err(Failure::World)?);
        if let Some(folds) = folds {
            let crossed = cross(&zones, folds, |weights| answer(weights, "cross-validation"));
            self.crossed = Some(crossed.map_err(Failure::World)?);
        }
        progress.into_inner().finish();
        Ok(())
    }

    /// Runs the world as it was and the fitted one at full count, and corrects the level of the latter if it can.
    fn finish(&mut self, lab: &Lab, quiet: bool) -> Result<(), Failure> {
        let level = self.space.0.iter().position(|axis| axis.parameter.path == level::PATH);
        let runs = 1 + if level.is_some() { level::RUNS } else { 1 };
        let mut progress = Progress::new(runs as u64 * lab.steps(), lab.options.step_s, quiet);
        let before = lab.run(Size::Full, &[], &mut progress, 0, "before");
        self.before = standing(lab, &before.map_err(Failure::World)?);
        let Some(axis) = level else {
            let after = lab.run(Size::Full, &self.patches(), &mut progress, 1, "after");
            self.after = standing(lab, &after.map_err(Failure::World)?);
            progress.finish();
            return Ok(());
        };
        let mut standings = Vec::new();
        let bounds = self.space.0[axis].parameter.bounds;
        let tried = level::correct(self.values[axis], bounds, |total, done| {
            self.values[axis] = total;
            let label = format!("level: run {} of {}, {total:.0} points", done + 1, level::RUNS);
            let shown = lab.run(Size::Full, &self.patches(), &mut progress, done + 1, &label)?;
            standings.push(standing(lab, &shown));
            let ratio = lab.target.busy_ratio(&shown.survey, shown.share).unwrap_or(f64::NAN);
            Ok::<_, Problems>((ratio, shown.public_points))
        });
        self.level = tried.map_err(Failure::World)?;
        let best = level::best(&self.level);
        self.values[axis] = self.level[best].total;
        self.after = standings.swap_remove(best);
        progress.finish();
        Ok(())
    }
}

fn standing(lab: &Lab, shown: &Shown) -> Standing {
    let Shown { survey, share, .. } = shown;
    Standing { score: lab.target.score(survey, *share), zones: lab.target.zones(survey, *share) }
}

fn weight_path(name: &str) -> String {
    format!("charging.zone_demand.0.{name}")
}

fn weight_patches(weights: &Features) -> impl Iterator<Item = String> + use<> {
    NAMES.into_iter().zip(*weights).map(|(name, weight)| format!("{}={weight:?}", weight_path(name)))
}
