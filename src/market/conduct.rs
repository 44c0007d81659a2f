//! An event carried out on a running twin: who is invited, who accepts, who is called and who is let go.
//!
//! ```text
//! notice ─► invite ─► (drivers promise to put off; vehicles are held back for the start; owners of V2G vehicles come)
//!        ─► start ─► call, step by step ─► end ─► let go over the recovery
//! ```
//!
//! The conductor acts between two steps of the twin and by messages alone: it reads what telemetry tells, and gives
//! orders that a vehicle, a building or a storage unit follows as far as it can. What it does depends on the event, the
//! policy and the seed, and on nothing else.

mod ahead;
mod call;
mod change;
mod come;
mod invite;
mod meter;
mod orders;
mod saved;
mod shortfall;
mod standing;

pub use ahead::HOLD_BACK_S;
pub(crate) use call::{grid, refresh};
pub use saved::Saved;
pub use shortfall::{Missing, Shortfall};
pub use standing::{Called, Standing};

use crate::chance::Seed;
use crate::fleet::setpoint::{Order, SetPoint};
use crate::market::capability::Funnel;
use crate::market::dispatch::control::{Controller, Input, Measurement, Settings};
use crate::market::dispatch::{Grid, Policy};
use crate::market::event::{Cause, Event, EventNo, Log, Participant, Reach, Stage, run_second};
use crate::market::programme::Programme;
use crate::plan::Aggregator;
use crate::site::building::BuildingKind;
use crate::site::stock::Building;
use crate::twin::Twin;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long before the start owners of V2G vehicles set out, in s (assumption).
const COME_S: i64 = 2_700;
/// Time from a measurement to its use in s: resources report to their aggregator, and aggregators once a minute to the
/// platform (assumption).
const TELEMETRY_S: u32 = 60;

/// More than this part of the request has to be too much before anyone is let go (assumption: a twentieth).
const EASE_SHARE: i64 = 20;
/// More than this part of the request has to be missing before anyone is called (assumption: a hundredth).
const CALL_SHARE: i64 = 100;

/// What became of those who were invited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turnout {
    /// Resources invited: stations, buildings, storage units.
    pub members_invited: u64,
    /// Points of the stations among them.
    pub points_invited: u64,
    /// Vehicles asked.
    pub vehicles_invited: u64,
    /// Of these, whose owners accepted.
    pub vehicles_accepted: u64,
    /// Owners who accepted and did not follow.
    pub no_shows: u64,
    /// Owners who took over while they were called.
    pub opted_out: u64,
    /// Drivers who promised not to go to a charging point meanwhile.
    pub promised: u64,
    /// Of these, who would have gone, and waited.
    pub put_off: u64,
    /// Vehicles held back beforehand, to charge during the event.
    pub held_back: u64,
    /// Owners who set out for a two-way gun.
    pub came: u64,
    /// Vehicles that were called by a set-point.
    pub vehicles_called: u64,
    /// Of these, to discharge.
    pub vehicles_discharging: u64,
}

impl Turnout {
    /// Vehicles that take part: called, or waiting as promised, as far as that is known.
    pub const fn taking_part(&self) -> u64 {
        self.vehicles_called + self.put_off
    }
}

/// One step of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// First second of the step.
    pub at_s: u32,
    /// Power asked for, in W.
    pub requested_w: i64,
    /// Power that stands by orders and promises, as the platform believes, in W.
    pub placed_w: i64,
    /// What telemetry tells of it, in W.
    pub told_w: i64,
    /// What was not called, by cause.
    pub missing: Missing,
}

/// An event being carried out.
#[derive(Clone)]
pub struct Conductor {
    event: Event,
    no: EventNo,
    policy: Arc<dyn Policy>,
    reach: Reach,
    /// Names of aggregators by row.
    aggregators: Vec<String>,
    seed: Seed,
    /// Seconds of the run.
    notice_s: i64,
    start_s: i64,
    end_s: i64,
    grid: Grid,
    /// Kinds of buildings by row.
    buildings: Vec<BuildingKind>,
    log: Log,
    /// Stations that were invited, by row.
    stations: BTreeSet<u32>,
    /// Buildings and storage units that were invited.
    members: BTreeSet<Participant>,
    /// Owners who were asked, and whether they accepted.
    owners: BTreeMap<u32, bool>,
    /// Owners who have come to a bidirectional point for it.
    gathered: BTreeSet<u32>,
    /// Who charged at the invited stations in the event's hours on the days before.
    customers: ahead::Customers,
    /// Drivers who have promised to put off, and what that is expected to bring, in W.
    promised: BTreeMap<u32, i64>,
    reserve: ahead::Reserve,
    /// Calls of each vehicle in earlier events.
    past: BTreeMap<u32, u32>,
    /// What events of a higher rank have.
    barred: BTreeSet<Participant>,
    standing: Standing,
    controller: Controller,
    measured: Vec<Measurement>,
    is_announced: bool,
    /// True in a run without it.
    is_struck: bool,
    called_off: Option<DateTime>,
    /// Turnout.
    pub turnout: Turnout,
    /// Vehicles on the way to a delivered kilowatt-hour, when power was first called.
    pub funnel: Option<Funnel>,
    /// Step by step, from the start to the end.
    pub beats: Vec<Beat>,
}

impl Conductor {
    /// Prepares an event on a twin, whose run must begin before the notice ends.
    ///
    /// Returns `None` for a scope that the twin does not have.
    pub fn new(event: Event, no: EventNo, policy: Arc<dyn Policy>, twin: &mut Twin) -> Option<Self> {
        let reach = event.scope.bind(twin.resource())?;
        let first = twin.calendar().first();
        let [notice_s, start_s, end_s] = [event.notice, event.start, event.end()].map(|at| run_second(first, at));
        let controller = controller(&event, start_s, twin);
        let w = twin.world_mut();
        let buildings = w.query::<&Building>().iter(w).map(|b| b.kind).collect();
        let aggregators = w.query::<&Aggregator>().iter(w).map(|a| a.name.clone()).collect();
        let mut made = Self {
            no,
            policy,
            reach,
            aggregators,
            seed: *twin.resource(),
            notice_s,
            start_s,
            end_s,
            grid: call::grid(twin),
            buildings,
            log: Log::new(),
            stations: BTreeSet::new(),
            members: BTreeSet::new(),
            owners: BTreeMap::new(),
            gathered: BTreeSet::new(),
            customers: ahead::Customers::default(),
            promised: BTreeMap::new(),
            reserve: ahead::Reserve::default(),
            past: BTreeMap::new(),
            barred: BTreeSet::new(),
            standing: Standing::default(),
            controller,
            measured: Vec::new(),
            turnout: Turnout::default(),
            funnel: None,
            beats: Vec::new(),
            is_announced: false,
            is_struck: false,
            called_off: None,
            event,
        };
        made.choose(twin);
        Some(made)
    }

    /// The event.
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// When the event was called off, if it was. Its intervals end then.
    pub const fn called_off(&self) -> Option<DateTime> {
        self.called_off
    }

    /// Names of aggregators by row.
    pub fn aggregators(&self) -> &[String] {
        &self.aggregators
    }

    /// What became of every participant.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// What has been called, and what stands.
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Vehicles that take part: called, or promised.
    pub fn vehicles(&self) -> BTreeSet<u32> {
        self.standing.vehicles().chain(self.promised.keys().copied()).collect()
    }

    /// Seconds of the run at which power is first and last asked for.
    pub const fn window_s(&self) -> (i64, i64) {
        (self.start_s, self.end_s)
    }

    /// Acts before the next step of the twin.
    pub fn before_step(&mut self, twin: &mut Twin) {
        // Of nothing, nothing is asked: not even an invitation.
        if self.event.peak().0 == 0 || self.is_struck || self.called_off.is_some() {
            return;
        }
        let now_s = i64::from(twin.clock().now_s());
        self.observe(twin);
        if now_s >= self.notice_s && !self.is_announced {
            self.invite(now_s as u32);
            self.seek_promises(twin);
        }
        if self.is_announced && now_s >= self.start_s - COME_S && now_s < self.start_s {
            self.gather(twin);
        }
        if self.is_announced && now_s < self.start_s {
            self.hold_back(twin);
        } else if (self.start_s..self.end_s).contains(&now_s) {
            self.beat(twin);
        } else if now_s >= self.end_s {
            self.let_go(twin);
        }
    }

    /// One step of the event: hear telemetry, decide how much more is needed, call it.
    fn beat(&mut self, twin: &mut Twin) {
        let now_s = twin.clock().now_s();
        self.begin_promises(now_s);
        self.standing.update(twin, self.event.direction);
        self.drop_leavers(twin);
        let at = crate::market::event::after(self.event.start, i64::from(now_s) - self.start_s);
        let requested_w = self.event.power_at(at).0;
        // What nobody measures is taken for what it was on the days before.
        let promised_w: i64 = self.promised.values().sum::<i64>().min(requested_w);
        let (delivered_w, placed_w) = (self.standing.delivered_w(), self.standing.placed_w());
        self.measured.push(Measurement { at_s: now_s, delivered_w });
        let heard = self.measured.iter().rev().find(|m| m.at_s + TELEMETRY_S <= now_s).copied();
        let input = Input { now_s, request_w: requested_w - promised_w, placed_w, measured: heard };
        let wanted_w = self.controller.step(&input);
        let more_w = wanted_w - delivered_w.min(placed_w);
        // A little too little is not worth looking at every plugged vehicle, a little too much not a driver's second
        // message.
        let missing = if more_w > requested_w / CALL_SHARE { self.call(twin, more_w) } else { Missing::default() };
        if -more_w > requested_w / EASE_SHARE {
            self.ease(twin, -more_w);
        }
        let (placed_w, told_w) = (self.standing.placed_w() + promised_w, delivered_w + promised_w);
        self.beats.push(Beat { at_s: now_s, requested_w, placed_w, told_w, missing });
    }

    /// Owners who have had enough take over.
    fn drop_leavers(&mut self, twin: &mut Twin) {
        let now_s = twin.clock().now_s();
        for vehicle in self.standing.leavers(now_s) {
            self.turnout.opted_out += 1;
            self.owners.insert(vehicle, false);
            twin.order(vehicle, Order { set: SetPoint::Now, until_s: now_s });
            self.note(now_s, Participant::Vehicle(vehicle), Stage::OptedOut, Cause::Owner);
        }
    }

    /// Lets go of what is too much, those called last first.
    fn ease(&mut self, twin: &mut Twin, excess_w: i64) {
        for (participant, called) in self.standing.take_last(excess_w) {
            self.take_back(twin, participant, called);
        }
    }

    /// The end: orders run out by themselves, each at its own time within the recovery. Nobody is kept for it any more.
    fn let_go(&mut self, twin: &mut Twin) {
        let now_s = twin.clock().now_s();
        self.gathered.clear();
        self.reserve.clear();
        self.end_promises(twin);
        let standing: BTreeSet<Participant> =
            self.standing.take().into_iter().map(|(participant, _)| participant).collect();
        let called: Vec<Participant> = self.standing.calls().map(|(participant, _)| *participant).collect();
        for participant in called {
            if self.log.stage(self.no, participant) == Stage::Dispatched {
                // Who has left its gun meanwhile has done so by its owner's choice.
                let cause = if standing.contains(&participant) { Cause::Schedule } else { Cause::Owner };
                self.note(now_s, participant, Stage::Released, cause);
            }
        }
    }

    /// Adds a transition. What may not follow is left out: a participant that has gone stays gone.
    fn note(&mut self, at_s: u32, participant: Participant, to: Stage, cause: Cause) {
        if self.log.stage(self.no, participant).may_become(to) {
            let done = self.log.record(self.no, participant, i64::from(at_s), to, cause);
            debug_assert!(done.is_ok(), "{done:?}");
        }
    }

    /// Whether an aggregator hears and reports now.
    fn hears(&self, aggregator: u16, now_s: u32) -> bool {
        let at = crate::market::event::after(self.event.start, i64::from(now_s) - self.start_s);
        !self.event.is_dropped_out(&self.aggregators[usize::from(aggregator)], at)
    }

    fn programme(twin: &Twin) -> &Programme {
        twin.resource()
    }
}

/// The controller of an event that has not begun.
fn controller(event: &Event, start_s: i64, twin: &Twin) -> Controller {
    let settings = Settings {
        ramp_w_per_s: (event.ramp_s > 0).then(|| event.peak().0 / i64::from(event.ramp_s) + 1),
        settle_s: 300,
        response_s: twin.clock().step_s,
        ..Settings::default()
    };
    Controller::new(settings, start_s.max(0) as u32)
}
