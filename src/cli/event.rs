//! `voltcity event`: a response event, beside the same day without it.

mod outcome;
mod report;

use super::args::EventRequest;
use super::chart::Glyphs;
use super::exit::Failure;
use super::notes::fits_ledger;
use super::progress::Progress;
use super::{console, json, load};
use outcome::Outcome;
use std::fs;
use std::path::{Path, PathBuf};
use voltcity::market::pair::Pair;
use voltcity::twin::Options;
use voltcity::world::event::{CheckedEvent, Targets};
use voltcity::world::problem::Problem;

/// The account of an event.
const FILE: &str = "event.json";

/// Runs an event and its counterfactual, and tells what came of it.
///
/// # Errors
/// A world or an event file that cannot be read or has problems; files that cannot be written.
pub(crate) fn event(request: &EventRequest) -> Result<(), Failure> {
    let world = load(&request.world)?;
    let plan = world.plan();
    let checked = CheckedEvent::load(&request.event, &[], Some(&Targets::from(&plan)));
    let checked = checked.map_err(|problems| {
        let opens = fs::metadata(&request.event).is_ok_and(|file| file.is_file());
        if opens { Failure::World(problems) } else { Failure::Unreadable(problems) }
    })?;
    fits_ledger(&plan, request.warmup_days + 3).map_err(Failure::World)?;
    let out = request.out.clone().unwrap_or_else(|| default_out(&request.world.path, &checked.event().id));
    fs::create_dir_all(&out).map_err(|cause| Failure::Unwritable { path: out.clone(), cause })?;
    let options = Options {
        warmup_days: Some(request.warmup_days),
        step_s: request.step_s,
        seed: request.seed,
        threads: request.threads,
        ..Options::default()
    };
    let name = plan.name.clone();
    let policy = request.policy.policy(request.ignore_limits);
    let mut progress: Option<Progress> = None;
    let pair = Pair::run(plan, checked.event().clone(), policy, &options, |done, total| {
        progress.get_or_insert_with(|| Progress::new(total, request.step_s, request.quiet)).at(done, "");
    });
    if let Some(progress) = progress {
        progress.finish();
    }
    let nowhere =
        || Problem::new("the event's scope is not in this world", "choose a scope that `describe` lists".to_owned());
    let mut pair = pair.ok_or_else(|| Failure::World(nowhere().into()))?;
    let outcome = Outcome::of(&mut pair);
    let setting =
        report::Setting { world: name, policy: request.policy, request, published: checked.published(), out: &out };
    let path = out.join(FILE);
    let text = json::text(&report::value(&setting, &pair, &outcome));
    fs::write(&path, text).map_err(|cause| Failure::Unwritable { path: path.clone(), cause })?;
    if request.quiet {
        return Ok(());
    }
    console::print(&report::text(&setting, &pair, &outcome, Glyphs::detect()))
}

/// `out/<name of the world file>-<event>`.
fn default_out(world: &Path, event: &str) -> PathBuf {
    Path::new("out").join(format!("{}-{event}", world.file_stem().unwrap_or_default().to_string_lossy()))
}
