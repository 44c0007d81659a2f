//! `voltcity event`: a response event, beside the same day without it.

mod curve;
mod files;
mod outcome;
mod picture;
mod report;
mod tables;

pub(crate) use files::read;

use super::args::{EventRequest, YEARS};
use super::chart::Glyphs;
use super::exit::Failure;
use super::json;
use super::notes::fits_ledger;
use super::output::{Account, Output};
use super::progress::Progress;
use super::{console, load};
use jiff::tz::Offset;
use outcome::Outcome;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use voltcity::market::dispatch::Policy;
use voltcity::market::pair::Pair;
use voltcity::network::CityNetwork;
use voltcity::parallel::Threads;
use voltcity::plan::Plan;
use voltcity::powerflow::NetworkError;
use voltcity::twin::Options;
use voltcity::world::event::Targets;
use voltcity::world::problem::Problem;

/// Runs an event and its counterfactual, and tells what came of it.
///
/// # Errors
/// A world or an event file that cannot be read or has problems; files that cannot be written.
pub(crate) fn event(request: &EventRequest) -> Result<(), Failure> {
    let world = load(&request.world)?;
    let plan = world.plan();
    let offset = offset(&plan);
    let targets = Targets::from(&plan);
    let read: Vec<files::Read> =
        request.events.iter().map(|path| files::read(path, &targets, offset)).collect::<Result<_, _>>()?;
    if let Some(event) = read.iter().map(|one| &one.event).find(|event| !YEARS.contains(&event.start.year())) {
        let message = format!("event `{}` begins in {}", event.id, event.start.year());
        let hint = format!("the sun is known from {} to {}", YEARS.start(), YEARS.end());
        return Err(Failure::World(Problem::new(message, hint).into()));
    }
    let main = &read[0];
    fits_ledger(&plan, request.warmup_days + 3).map_err(Failure::World)?;
    let out = request.out.clone().unwrap_or_else(|| default_out(&request.world.path, &main.event.id));
    let output = Output::open(&out, Account::EVENT, &[], |_| Vec::new())?;
    let options = Options {
        warmup_days: Some(request.warmup_days),
        step_s: request.step_s,
        seed: request.seed,
        threads: request.threads,
        ..Options::default()
    };
    let name = plan.name.clone();
    let policy: Arc<dyn Policy> = request.policy.policy(request.ignore_limits).into();
    let threads = Threads::start(request.threads);
    let network = request.powerflow_s.map(|every_s| Ok((CityNetwork::of(&plan, threads)?, every_s))).transpose();
    let network = network.map_err(|error: NetworkError| Failure::Network(error.to_string()))?;
    let announced = read.iter().map(files::Read::announcement).collect();
    let mut progress: Option<Progress> = None;
    let pair = Pair::run(plan, announced, &policy, &options, network, |done, total| {
        progress.get_or_insert_with(|| Progress::new(total, request.step_s, request.quiet)).at(done, "");
    });
    if let Some(progress) = progress {
        progress.finish();
    }
    let mut pair = pair.map_err(|error| Failure::World(Problem::new(error.to_string(), None).into()))?;
    let left_out: Vec<String> = read.iter().flat_map(|one| one.left_out.iter().cloned()).collect();
    let outcome = Outcome::of(&mut pair);
    let setting = report::Setting {
        world: name,
        policy: request.policy,
        request,
        published: &main.published,
        left_out: &left_out,
        out: &out,
    };
    let openadr = files::openadr(&pair, &outcome, offset).map(|value| json::text(&value).into_bytes());
    let mut made = vec![(picture::NAME, picture::svg(&setting.world, &pair, &outcome)?.into_bytes())];
    made.extend(tables::made(&pair, &outcome)?);
    made.extend(files::OPENADR.into_iter().zip(openadr));
    output.finish(&json::text(&report::value(&setting, &pair, &outcome)), &made)?;
    if request.quiet {
        return Ok(());
    }
    console::print(&report::text(&setting, &pair, &outcome, Glyphs::detect()))
}

/// How far local time is ahead of UTC.
pub(crate) fn offset(plan: &Plan) -> Offset {
    Offset::from_seconds(i32::try_from(plan.utc_offset_s).unwrap_or(0)).unwrap_or(Offset::UTC)
}

/// `out/<name of the world file>-<event>`.
fn default_out(world: &Path, event: &str) -> PathBuf {
    Path::new("out").join(format!("{}-{event}", world.file_stem().unwrap_or_default().to_string_lossy()))
}
