//! What a calibration leaves: the patch, to lay over a world, and its account for machines.
//!
//! Nothing of this machine and this moment is in either: equal calibrations make equal files.

use super::fit::{Fit, Standing};
use super::folds::{Pooled, pool};
use super::lab::Lab;
use super::weights::RIDGE;
use crate::cli::args::CalibrateRequest;
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::path::Path;
use voltcity::world::schema::SurveyFile;
use voltcity::world::synth::demand::NAMES;

/// Decimals of an objective.
const DECIMALS: usize = 6;

/// What files and report are made of.
pub(super) struct Told<'a> {
    pub(super) lab: &'a Lab,
    pub(super) request: &'a CalibrateRequest,
    pub(super) fit: &'a Fit,
}

impl Told<'_> {
    /// The seed of the runs.
    pub(super) fn seed(&self) -> u64 {
        self.request.seed.unwrap_or_else(|| self.lab.full.file().seed.get())
    }

    /// What was fitted to what, in a line each.
    pub(super) fn methods(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(found) = &self.fit.search {
            let how = if found.arrived { "arrived" } else { "all it was given" };
            lines.push(format!(
                "hours of the day: {} parameters, {} evaluations by least squares (Levenberg, Marquardt) and {} by a \
                 simplex (Nelder, Mead; {how}) of a sample of {}",
                self.fit.space.0.len(),
                found.descended,
                found.trace.len() - found.descended,
                self.lab.share(),
            ));
        }
        if let Some(zoned) = &self.fit.zoned {
            let zones = self.lab.target.measured_utilisation().len();
            lines.push(format!("zones: ridge regression (penalty {RIDGE}) of the utilisation of {zones} zones"));
            let (prices, rounds) = (zoned.settled.prices.len(), zoned.settled.missed.len());
            lines.push(format!(
                "shadow prices: {prices} of them in {rounds} rounds at full count, without measurements"
            ));
        }
        if !self.fit.level.is_empty() {
            lines.push(format!("level: secant on `charging.total`, {} runs at full count", self.fit.level.len()));
        }
        lines
    }
}

/// The patch: a file to lay over the world. Nothing if a path is lost.
pub(super) fn text(told: &Told<'_>) -> Option<String> {
    let Told { lab, fit, .. } = told;
    let [free, weights, shadow] = fit.paths();
    let survey = lab.full.file().survey.as_ref()?;
    let source = |of: &str| format!("calibrated on {} ({of})", short(survey));
    let zones = source(&format!("{} zones", fit.after.zones.len()));
    let free = free.into_iter().map(|path| (path, source("hour of day")));
    let weights = weights.into_iter().map(|path| (path, zones.clone()));
    let prices = "computed by `voltcity calibrate`: what lets the twin's zones meet the demand by `zone_demand`";
    let shadow = shadow.into_iter().map(|path| (path, prices.to_owned()));
    let paths: Vec<(String, String)> = free.chain(weights).chain(shadow).collect();
    let fitted = lab.full.patched(&fit.patches()).ok()?;
    Some(head(told) + &fitted.document().overlay(&paths)?)
}

/// The comment at the top.
fn head(told: &Told<'_>) -> String {
    let Told { lab, request, fit } = told;
    let file = request.world.path.file_name().unwrap_or_default().to_string_lossy();
    let mut text = format!(
        "// Made by `voltcity calibrate` from {} ({file}).\n\
         // Lay it over that world with --patch, or in a world of its own with `base: [\"{file}\", \"<this file>\"]`.\n//\n",
        lab.full.file().name,
    );
    let mut line = |name: &str, text_of: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "// {name}: {text_of}");
    };
    for (name, file) in ["hours", "zones"].into_iter().zip(lab.target.files()) {
        if let Some(file) = file {
            line(&format!("table of {name}"), file);
        }
    }
    let (start, days, step_s) = (lab.target.start(), request.days, request.step_s);
    line("runs", format!("{days} days from {start}, steps of {step_s} s, seed {}", told.seed()));
    for changed in request.world.overlays.iter().filter_map(|path| path.file_name()) {
        line("over", changed.to_string_lossy().into_owned());
    }
    request.world.patches.iter().for_each(|patch| line("with", patch.clone()));
    told.methods().into_iter().for_each(|method| line("method", method));
    if let Some((before, after)) = fit.before.score.zip(fit.after.score) {
        let (before, after) = (before.total(), after.total());
        line("objective", format!("{before:.DECIMALS$} before, {after:.DECIMALS$} after, at full count"));
    }
    text
}

/// What was surveyed and when, in a few words: `UrbanEV 2022/23`.
fn short(survey: &SurveyFile) -> String {
    let name = survey.source.split([' ', ',', ':', ';', '(']).next().unwrap_or_default();
    let year = |date: &str| date.get(..4).unwrap_or_default().to_owned();
    let (first, last) = (year(&survey.days.0.0), year(&survey.days.0.1));
    if first == last { format!("{name} {first}") } else { format!("{name} {first}/{}", last.get(2..).unwrap_or(&last)) }
}

/// The account for machines.
pub(super) fn account(told: &Told<'_>) -> Value {
    let Told { lab, request, fit } = told;
    let [hours, zones] = lab.target.files();
    let mut value = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "world": lab.full.file().name,
        "world_file": request.world.path.file_name().map(|name| name.to_string_lossy()),
        "digest": format!("{:016x}", lab.full.document().digest()),
        "patch": request.world.overlays.iter().filter_map(|path| Path::new(path).file_name()).map(|name| name.to_string_lossy()).collect::<Vec<_>>(),
        "set": request.world.patches,
        "tables": { "hours": hours, "zones": zones },
        "start": lab.target.start().to_string(),
        "days": request.days,
        "step_s": request.step_s,
        "seed": told.seed(),
        "method": told.methods(),
        "before": standing(&fit.before),
        "after": standing(&fit.after),
    });
    let parameters = fit.space.0.iter().zip(&fit.values).map(|(axis, fitted)| {
        let (low, high) = axis.parameter.bounds;
        json!({ "path": axis.parameter.path, "low": low, "high": high, "before": axis.start, "after": fitted })
    });
    if let Some(found) = &fit.search {
        value["parameters"] = parameters.collect();
        value["search"] = json!({
            "sample": lab.share(),
            "evaluations": found.trace.len(),
            "of_least_squares": found.descended,
            "arrived": found.arrived,
            "best": found.cost,
            // Values that do not go together have no objective.
            "trace": found.trace.iter().map(|cost| cost.is_finite().then_some(*cost)).collect::<Vec<_>>(),
        });
        let runs = fit.level.iter().map(|run| json!({ "total": run.total, "busy_ratio": run.ratio }));
        value["level"] = runs.collect();
    }
    if let Some(zoned) = &fit.zoned {
        let weights = NAMES.iter().zip(zoned.weights).map(|(name, weight)| ((*name).to_owned(), json!(weight)));
        value["zone_demand"] = weights.collect::<Map<_, _>>().into();
        value["zone_shadow"] = json!({ "zones": zoned.settled.prices.len(), "missed_before": zoned.settled.missed });
    }
    value
}

fn standing(standing: &Standing) -> Value {
    let mut value = json!({});
    if let Some(score) = &standing.score {
        value["objective"] = json!(score.total());
        for (kind, parts) in crate::cli::validate::Score::KINDS.iter().zip(&score.kinds) {
            if let Some([busy, hours, energy]) = parts {
                let wape = json!({ "busy_points": busy, "charging_point_hours": hours, "energy_share": energy });
                value["wape"][*kind] = wape;
            }
        }
    }
    if !standing.zones.is_empty() {
        let Pooled { spearman, pearson, wape } = pool(&standing.zones);
        value["zones"] = json!({
            "n": standing.zones.len(), "spearman": spearman, "pearson": pearson, "wape_points_weighted": wape,
        });
    }
    value
}
