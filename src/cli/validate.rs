//! `voltcity validate`: runs a world over the months in which its public charging was surveyed, and compares.
//!
//! ```text
//! measured tables ─┐
//! world ─► run ─► survey ─► compare ─► report, validation.json, pictures
//! ```

mod bars;
mod compare;
mod draw;
mod files;
mod fleet;
mod measured;
pub(crate) mod metrics;
mod notes;
mod period;
mod report;
mod score;
mod table;
mod value;

pub(crate) use files::Tables;
pub(crate) use score::{Score, Target, ZoneSeen};
pub(crate) use table::Problems;

use super::args::{PolicyName, RunRequest, ValidateRequest, When};
use super::chart::Glyphs;
use super::exit::Failure;
use super::journey::{Journey, Stop};
use super::outcome::Outcome;
use super::output::{Account, Output};
use super::progress::Progress;
use super::run::{Setting, Timing, options, tell_machine};
use super::{console, json, load, notes as world_notes};
use period::Period;
use std::path::{Path, PathBuf};
use std::time::Instant;
use voltcity::phase::Execution;
use voltcity::report::survey::Survey;
use voltcity::twin::Twin;
use voltcity::world::Checked;
use voltcity::world::figure::Figure;
use voltcity::world::problem::{Problem, Problems as WorldProblems};
use voltcity::world::schema::SurveyFile;

/// Runs a world over measured days and compares.
///
/// # Errors
/// A world that cannot be read, has problems or was not surveyed; tables that cannot be read or have problems; output
/// that cannot be begun or completed.
pub(crate) fn validate(request: &ValidateRequest) -> Result<(), Failure> {
    let begun = Instant::now();
    let world = load(&request.world)?;
    let period = period(&world, |survey| Period::of(survey, request.days, world.document()))?;
    let ValidateRequest { data, zones, daily, hours, .. } = request;
    let [data, zones, daily, hours] = [data, zones, daily, hours].map(Option::as_deref);
    let measured = files::read(&Tables { data, zones, daily, hours })?;
    let plan = world.plan();
    let request = run_request(request, &period);
    let setting = Setting::new(&request, &plan);
    world_notes::fits_ledger(&plan, setting.warmup_days + setting.days).map_err(Failure::World)?;
    if !request.quiet {
        let known = [world_notes::of_world(&world, &plan), world_notes::of_days(&plan, setting.start, setting.days)];
        known.concat().iter().for_each(|note| console::note(note));
    }
    let output = Output::open(&setting.out, Account::VALIDATION, &[], |_| Vec::new())?;
    let mut twin = Twin::new(plan, &options(&request));
    let startup_s = begun.elapsed().as_secs_f64();
    let progress = Progress::new(u64::from(twin.total_steps()), setting.step_s, request.quiet);
    let steps = twin.total_steps();
    let (output, timing, _) =
        Journey::with(&world, None, Stop::default()).go(&mut twin, steps, Some(output), progress)?;
    let outcome = Outcome::gather(&mut twin);
    let sample = world.file().sample.as_ref().map_or(1.0, Figure::get);
    let of = compare::compare(twin.resource::<Survey>(), &period, &world.file().zones.rows, sample, &measured);
    let fleet = fleet::figures(&outcome, setting.days, world.file());
    let value = value::value(&setting, &period, &outcome, &of, &fleet);
    let pictures = draw::all(&of, &draw::Caption::new(&setting.name, &period, sample))?;
    let pictures: Vec<(&str, Vec<u8>)> = pictures.into_iter().map(|(name, svg)| (name, svg.into_bytes())).collect();
    let files = output.map_or_else(|| Ok(Vec::new()), |output| output.finish(&json::text(&value), &pictures))?;
    if !request.quiet {
        tell_machine(&setting, &Timing { startup_s, ..timing }, &outcome, &files);
        let notes = of.left_out.notes();
        let told = report::Told {
            setting: &setting,
            period: &period,
            outcome: &outcome,
            of: &of,
            fleet: &fleet,
            notes: &notes,
            files: &files,
        };
        console::print(&report::text(&told, Glyphs::detect()))?;
    }
    match outcome.residual_j {
        0 => Ok(()),
        residual_j => Err(Failure::Ledger { residual_j }),
    }
}

/// The days to run, of a world that was surveyed.
fn period(
    world: &Checked,
    choose: impl FnOnce(&SurveyFile) -> Result<Period, WorldProblems>,
) -> Result<Period, Failure> {
    let document = world.document();
    let Some(survey) = &world.file().survey else {
        let hint = "add `survey: (source: .., days: .., left_out: ..)`, or take a world that has it";
        let message = "the world has no section `survey`: nothing tells which days were measured";
        return Err(Failure::World(Problem::at(document, "", message, Some(hint.to_owned())).into()));
    };
    if world.file().zones.rows.values().all(|zone| zone.survey.is_none()) {
        let hint = "give zones `survey: (stations: .., points: ..)`";
        let message = "no zone has a field `survey`: nothing tells which points were measured";
        return Err(Failure::World(WorldProblems::from(Problem::at(
            document,
            "zones",
            message,
            Some(hint.to_owned()),
        ))));
    }
    choose(survey).map_err(Failure::World)
}

/// The run behind a comparison: the days of the period, no series.
fn run_request(request: &ValidateRequest, period: &Period) -> RunRequest {
    let out = request.out.clone().unwrap_or_else(|| default_out(&request.world.path));
    RunRequest {
        world: request.world.clone(),
        start: Some(period.start),
        days: period.len() as u32,
        warmup_days: None,
        step_s: request.step_s,
        seed: None,
        threads: request.threads,
        execution: Execution::default(),
        levels: Vec::new(),
        every_s: voltcity::clock::DAY_S,
        out: Some(out),
        quiet: request.quiet,
        events: Vec::new(),
        policy: PolicyName::MeritOrder,
        when: When::default(),
        powerflow_s: None,
        within_wires: false,
        fails: Vec::new(),
        draw_outages: false,
    }
}

/// `out/validate-<name of the world file>`.
fn default_out(world: &Path) -> PathBuf {
    Path::new("out").join(format!("validate-{}", world.file_stem().unwrap_or_default().to_string_lossy()))
}
