//! The timetable: every system, in order, in one place.
//!
//! ```text
//! Sense    sense_conditions, sense_prices          weather, sun, load factors, prices
//! Decide   rounds of a minute:                     vehicles_heard (set-points), draw_faults, vehicles_due,
//!                                                  stations_serve, vehicles_answered
//! Allot    share_sites                             least-laxity limits for the next step
//! Act      integrate_tapers, run_buildings ─► shed_buildings, run_pv ─► curtail_pv, run_storage, then black_out
//! Balance  balance_areas, balance_substations, close_ledger
//! Report   observe, record, look
//! Advance  advance                                 tick += 1
//! ```
//!
//! Systems of one phase that are not chained touch different things; an ambiguity is a build error.

use crate::clock::Clock;
use crate::fleet::agenda::SLOT_S;
use crate::fleet::allot;
use crate::fleet::systems::{self as fleet, Round};
use crate::grid::{balance, ledger};
use crate::market::tariff;
use crate::report::{observe, recorder, survey};
use crate::site::{blackout, shed, systems as site};
use bevy_ecs::prelude::*;
use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings, ScheduleLabel, SingleThreadedExecutor};

/// The phases of a step.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Clock, weather, prices.
    Sense,
    /// Who leaves, arrives, plugs in, queues, unplugs.
    Decide,
    /// Set-points.
    Allot,
    /// Energy moves.
    Act,
    /// Sums, limits, ledger.
    Balance,
    /// Observations and series.
    Report,
    /// The next step.
    Advance,
}

#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
struct Step;

#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
struct Agenda;

/// How the systems are run; results do not depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Execution {
    /// True to run systems beside each other; by default only the work inside systems is parallel.
    pub multi_threaded: bool,
    /// Shuffles the order of systems where it is free.
    pub shuffle: Option<u64>,
}

/// The schedule of the rounds within phase Decide.
#[derive(Resource)]
struct Rounds(Schedule);

fn schedule(label: impl ScheduleLabel, execution: Execution) -> Schedule {
    let mut schedule = Schedule::new(label);
    schedule.set_build_settings(ScheduleBuildSettings {
        ambiguity_detection: LogLevel::Error,
        shuffle_seed: execution.shuffle,
        ..Default::default()
    });
    if !execution.multi_threaded {
        schedule.set_executor(SingleThreadedExecutor::new());
    }
    schedule
}

/// Builds the timetable and puts into the world what it needs.
pub fn timetable(world: &mut World, execution: Execution) -> Schedule {
    let mut rounds = schedule(Agenda, execution);
    rounds.add_systems(
        (fleet::draw_faults, fleet::vehicles_due, fleet::stations_serve, fleet::vehicles_answered).chain(),
    );
    world.insert_resource(Rounds(rounds));
    world.insert_resource(Round { from_s: 0, until_s: 0 });
    let mut step = schedule(Step, execution);
    use Phase::{Act, Advance, Allot, Balance, Decide, Report, Sense};
    step.configure_sets((Sense, Decide, Allot, Act, Balance, Report, Advance).chain());
    step.add_systems((site::sense_conditions, tariff::sense_prices).chain().in_set(Sense));
    step.add_systems((fleet::vehicles_answered, decide).chain().in_set(Decide));
    step.add_systems(allot::share_sites.in_set(Allot));
    let buildings = (site::run_buildings, shed::shed_buildings).chain();
    let sun = (site::run_pv, site::curtail_pv).chain();
    let sites = ((buildings, sun, site::run_storage), blackout::black_out).chain();
    step.add_systems((fleet::integrate_tapers, sites).in_set(Act));
    let sums = (balance::balance_areas, balance::balance_substations, ledger::close_ledger);
    step.add_systems(sums.chain().in_set(Balance));
    step.add_systems((observe::observe, recorder::record, survey::look).in_set(Report));
    step.add_systems(advance.in_set(Advance));
    step
}

/// Runs the rounds of a step: each is a minute, or the whole step if that is shorter.
fn decide(world: &mut World) {
    let clock = *world.resource::<Clock>();
    let length_s = clock.step_s.min(SLOT_S);
    world.resource_scope(|world, mut rounds: Mut<Rounds>| {
        for from_s in (clock.now_s()..clock.end_s()).step_by(length_s as usize) {
            world.insert_resource(Round { from_s, until_s: from_s + length_s });
            rounds.0.run(world);
        }
    });
}

fn advance(mut clock: ResMut<Clock>) {
    clock.tick += 1;
}
