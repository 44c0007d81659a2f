//! The fit: the stages one after the other, and what they have found.

use super::folds::{Crossed, cross};
use super::lab::{Lab, Shown, Size};
use super::level::{self, Tried};
use super::search::{Found, Judged, least_runs, minimise};
use super::shadow::{Prices, Settled, Wanted, settle};
use super::space::Space;
use super::weights::{Zone, fit};
use crate::cli::exit::Failure;
use crate::cli::progress::Progress;
use crate::cli::validate::{Score, ZoneSeen};
use std::cell::RefCell;
use voltcity::report::survey::SurveyZone;
use voltcity::world::problem::Problems;
use voltcity::world::synth::demand::{Features, NAMES, index_of};

/// What is to be fitted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stages {
    /// The free parameters, to the hours of the day.
    pub(super) hours: bool,
    /// Runs of the search at most.
    pub(super) runs: usize,
    /// The weights of the demand by zone.
    pub(super) zones: bool,
    /// Parts of the cross-validation.
    pub(super) folds: Option<usize>,
}

/// Rounds of the shadow prices of a city without differences in demand, where every fit begins.
const FIRST_ROUNDS: usize = 5;
/// Rounds after them.
const MORE_ROUNDS: usize = 4;

/// How a world compares at full count.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Standing {
    /// With the mean days by hour.
    pub(super) score: Option<Score>,
    /// With the zones.
    pub(super) zones: Vec<ZoneSeen>,
}

/// The demand by zone.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Zoned {
    /// Its weights.
    pub(super) weights: Features,
    /// The shadow prices by which the twin meets it.
    pub(super) settled: Settled,
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
    /// The demand by zone.
    pub(super) zoned: Option<Zoned>,
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
            zoned: None,
            crossed: None,
            before: Standing::default(),
            after: Standing::default(),
        };
        if stages.hours {
            made.search(lab, stages.runs, quiet);
            made.level(lab, quiet)?;
        }
        if stages.zones {
            made.zones(lab, stages.folds, quiet)?;
        }
        made.finish(lab, quiet)?;
        Ok(made)
    }

    /// The patches that make the fitted world.
    pub(super) fn patches(&self) -> Vec<String> {
        let zoned = self.zoned.iter().flat_map(|zoned| zone_patches(&zoned.weights, &zoned.settled.prices));
        self.space.patches(&self.values).into_iter().chain(zoned).collect()
    }

    /// The paths that a patch file holds: of free parameters, of weights and of shadow prices.
    pub(super) fn paths(&self) -> [Vec<String>; 3] {
        let weights = self.zoned.iter().flat_map(|_| NAMES.iter().map(|name| weight_path(name)));
        let shadow = self.zoned.iter().map(|_| SHADOW.to_owned());
        let free = self.space.0.iter().map(|axis| axis.parameter.path.clone());
        [free.collect(), weights.collect(), shadow.collect()]
    }

    /// Looks for the free parameters on the sample.
    fn search(&mut self, lab: &Lab, runs: usize, quiet: bool) {
        let runs = runs.max(least_runs(self.space.0.len()));
        let mut progress = Progress::new(runs as u64 * lab.steps(), lab.options.step_s, quiet);
        let found = minimise(&self.space.start(), runs, |point, so_far| {
            let done = so_far.trace.len();
            let best = if done == 0 { String::new() } else { format!(", best {:.4}", so_far.cost) };
            let label = format!("hours: evaluation {} of {runs}{best}", done + 1);
            let patches = self.space.patches(&self.space.values(point));
            let shown = lab.run(Size::Sample, &patches, &mut progress, done, &label).ok();
            let judged = shown.and_then(|shown| {
                let cost = lab.target.score(&shown.survey, shown.share)?.total();
                Some(Judged { cost, misses: lab.target.misses(&shown.survey, shown.share) })
            });
            // Values that do not go together are as bad as can be.
            judged.unwrap_or(Judged { cost: f64::INFINITY, misses: Vec::new() })
        });
        progress.finish();
        self.values = self.space.values(&found.best);
        self.search = Some(found);
    }

    /// Fits the demand by zone, and tells how well it predicts.
    fn zones(&mut self, lab: &Lab, folds: Option<usize>, quiet: bool) -> Result<(), Failure> {
        let features = lab.full.zone_features();
        let base = self.patches();
        let runs = FIRST_ROUNDS + MORE_ROUNDS + folds.map_or(0, |folds| folds * (MORE_ROUNDS + 1));
        let progress = RefCell::new(Progress::new(runs as u64 * lab.steps(), lab.options.step_s, quiet));
        let done = RefCell::new(0);
        let run = |weights: &Features, prices: &Prices, label: &str| -> Result<Shown, Problems> {
            let patches: Vec<String> = base.iter().cloned().chain(zone_patches(weights, prices)).collect();
            let mut done = done.borrow_mut();
            let label = format!("{label}: run {} of {runs}", *done + 1);
            let shown = lab.run(Size::Full, &patches, &mut progress.borrow_mut(), *done, &label)?;
            *done += 1;
            Ok(shown)
        };
        let surveyed = lab.full.plan().surveyed;
        let settled = |weights: &Features, start: &Settled, rounds: usize, label: &str| {
            let wanted = |zone: &SurveyZone| Wanted {
                id: zone.id,
                points: f64::from(zone.points),
                index: index_of(&features[&zone.id], weights),
            };
            let wanted: Vec<Wanted> = surveyed.iter().map(wanted).collect();
            settle(&wanted, start, rounds, |prices| Ok(run(weights, prices, label)?.utilisation()))
        };
        // Every fit begins where a city without differences in demand ends, which no measurement has touched.
        let even = settled(&[0.0; NAMES.len()], &Settled::default(), FIRST_ROUNDS, "zones").map_err(Failure::World)?;
        let measured = lab.target.measured_utilisation();
        let zone = |zone: &SurveyZone| {
            let (id, points) = (zone.id, f64::from(zone.points));
            Some(Zone { id, points, measured: *measured.get(&id)?, features: features[&id] })
        };
        let zones: Vec<Zone> = surveyed.iter().filter_map(zone).collect();
        let weights = fit(&zones);
        self.zoned =
            Some(Zoned { weights, settled: settled(&weights, &even, MORE_ROUNDS, "zones").map_err(Failure::World)? });
        if let Some(folds) = folds {
            let label = "cross-validation";
            let crossed = cross(&zones, folds, |weights| {
                let prices = settled(weights, &even, MORE_ROUNDS, label)?.prices;
                let all = run(weights, &prices, label)?.utilisation();
                let of_measured = surveyed.iter().zip(all).filter(|(zone, _)| measured.contains_key(&zone.id));
                Ok(of_measured.map(|(_, utilisation)| utilisation).collect())
            });
            self.crossed = Some(crossed.map_err(Failure::World)?);
        }
        progress.into_inner().finish();
        Ok(())
    }

    /// Corrects the level of the whole city, if the world has the parameter for it. Before the zones: another number of
    /// points is another city, in which they would have to be balanced anew.
    fn level(&mut self, lab: &Lab, quiet: bool) -> Result<(), Failure> {
        let Some(axis) = self.space.0.iter().position(|axis| axis.parameter.path == level::PATH) else {
            return Ok(());
        };
        let mut progress = Progress::new(level::RUNS as u64 * lab.steps(), lab.options.step_s, quiet);
        let bounds = self.space.0[axis].parameter.bounds;
        let tried = level::correct(self.values[axis], bounds, |total, done| {
            self.values[axis] = total;
            let label = format!("level: run {} of {}, {total:.0} points", done + 1, level::RUNS);
            let shown = lab.run(Size::Full, &self.patches(), &mut progress, done, &label)?;
            let ratio = lab.target.busy_ratio(&shown.survey, shown.share).unwrap_or(f64::NAN);
            Ok::<_, Problems>((ratio, shown.public_points))
        });
        self.level = tried.map_err(Failure::World)?;
        self.values[axis] = self.level[level::best(&self.level)].total;
        progress.finish();
        Ok(())
    }

    /// Runs the world as it was and the fitted one at full count.
    fn finish(&mut self, lab: &Lab, quiet: bool) -> Result<(), Failure> {
        let mut progress = Progress::new(2 * lab.steps(), lab.options.step_s, quiet);
        let before = lab.run(Size::Full, &[], &mut progress, 0, "before");
        self.before = standing(lab, &before.map_err(Failure::World)?);
        let after = lab.run(Size::Full, &self.patches(), &mut progress, 1, "after");
        self.after = standing(lab, &after.map_err(Failure::World)?);
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

/// Patches of weights and shadow prices.
fn zone_patches(weights: &Features, prices: &Prices) -> Vec<String> {
    let weights = NAMES.into_iter().zip(*weights).map(|(name, weight)| format!("{}={weight:?}", weight_path(name)));
    let prices: Vec<String> = prices.iter().map(|(zone, price)| format!("{zone}: {price:?}")).collect();
    let shadow = format!("{SHADOW}=({{{}}}, \"shadow prices of a calibration\")", prices.join(", "));
    weights.chain([shadow]).collect()
}

/// The path of the shadow prices.
const SHADOW: &str = "charging.zone_shadow";
