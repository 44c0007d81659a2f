//! `voltcity why`: what a vehicle decided, and why, from the trace that a run has kept.

use super::args::WhyRequest;
use super::chart::figure;
use super::exit::Failure;
use super::resume::{read, unusable};
use super::{console, taken};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use voltcity::clock::Calendar;
use voltcity::fleet::causes::{Cause, Flows, Why};
use voltcity::fleet::setpoint::SetPoint;
use voltcity::fleet::vehicle::Place;
use voltcity::market::event::run_second;
use voltcity::plan::Plan;
use voltcity::snapshot::{Snapshot, SnapshotError};
use voltcity::units::JOULES_PER_KWH;
use voltcity::world::problem::Problem;

/// Tells the chain of decisions of a vehicle.
///
/// # Errors
/// A snapshot that cannot be used, and a vehicle that was not traced.
pub(crate) fn why(request: &WhyRequest) -> Result<(), Failure> {
    let path = if request.path.is_dir() { latest(&request.path)? } else { request.path.clone() };
    let snapshot = read(&path, request.threads)?;
    let traced = snapshot.causes();
    if traced.of.binary_search(&request.vehicle).is_err() {
        let message = format!("ev:{} was not traced in {}", request.vehicle, path.display());
        let hint = match &traced.of[..] {
            [] => format!("run with --trace ev:{}", request.vehicle),
            of => format!("traced are {}{}", list(of), if of.len() > LISTED { ", ..." } else { "" }),
        };
        return Err(Failure::World(Problem::new(message, hint).into()));
    }
    console::print(&text(&snapshot, request)?)
}

/// Vehicles that are named in a hint at most.
const LISTED: usize = 8;

fn list(rows: &[u32]) -> String {
    rows.iter().take(LISTED).map(|row| format!("ev:{row}")).collect::<Vec<_>>().join(", ")
}

/// The latest snapshot of a directory.
fn latest(dir: &Path) -> Result<PathBuf, Failure> {
    let none = || std::io::Error::new(std::io::ErrorKind::NotFound, "there is no snapshot in it; run with --trace");
    let last = taken::names(dir)?.pop_last().ok_or_else(|| unusable(dir, SnapshotError::Io(none())))?;
    Ok(dir.join(last))
}

/// What names and times are taken from.
struct Names<'a> {
    plan: &'a Plan,
    calendar: Calendar,
    capacity_j: f64,
}

fn text(snapshot: &Snapshot, request: &WhyRequest) -> Result<String, Failure> {
    let head = snapshot.head();
    let plan = snapshot.world().plan();
    let options = head.options(1).map_err(|error| unusable(&request.path, error))?;
    let start = options.start.unwrap_or(plan.start);
    let first = start.saturating_sub(jiff::Span::new().days(i64::from(head.warmup_days)));
    let days = (head.warmup_days + head.days) as usize + 1;
    let calendar = Calendar::new(first, days, plan.utc_offset_s, &plan.special_days);
    let (vehicle, _) = plan.vehicle(request.vehicle);
    let names = Names { plan: &plan, calendar, capacity_j: f64::from(vehicle.capacity_j) };
    let now_s = i64::from(head.tick) * i64::from(head.step_s);
    let until_s = request.at.map_or(now_s, |at| run_second(first, at));
    let log: Vec<&Cause> = snapshot.causes().log.iter().filter(|cause| cause.vehicle == request.vehicle).collect();
    let known = log.partition_point(|cause| i64::from(cause.at_s) <= until_s);
    let told = &log[known.saturating_sub(request.limit)..known];
    let mut out = format!(
        "ev:{} ({}), {} kWh, in {}\n\n",
        request.vehicle,
        vehicle.class.name().replace('_', " "),
        figure(names.capacity_j / JOULES_PER_KWH),
        head.world
    );
    if told.is_empty() {
        out.push_str("Nothing that it decided by then was traced.\n");
    }
    let mut last = String::new();
    for cause in told {
        let words = names.words(cause);
        // A flow goes on over several pieces of the charging curve.
        if words != last {
            let _ = writeln!(out, "{}", names.line(cause));
        }
        last = words;
    }
    if let Some(next) = log.get(known) {
        let _ = writeln!(out, "\nAfter that:\n{}", names.line(next));
    }
    Ok(out)
}

impl Names<'_> {
    /// A later time: the hour alone on the same day.
    fn until(&self, second: u32, from_s: u32) -> String {
        if second == u32::MAX {
            return "something changes".to_owned();
        }
        let (until, from) = (self.calendar.civil(second), self.calendar.civil(from_s));
        match (until.split_once('T'), from.split_once('T')) {
            (Some((day, hour)), Some((other, _))) if day == other => hour.to_owned(),
            _ => until.replacen('T', " ", 1),
        }
    }

    fn zone(&self, index: u16) -> u32 {
        self.plan.tree.zone_ids.get(usize::from(index)).copied().unwrap_or_default()
    }

    fn line(&self, cause: &Cause) -> String {
        let soc = cause.energy_j as f64 / self.capacity_j * 100.0;
        let time = self.calendar.civil(cause.at_s).replacen('T', " ", 1);
        format!("{time:<19}  {soc:3.0} %  {}", self.words(cause))
    }

    /// A decision in words.
    fn words(&self, cause: &Cause) -> String {
        let until = |second: u32| self.until(second, cause.at_s);
        let share = |joules: u32| f64::from(joules) / self.capacity_j * 100.0;
        let km = |metres: u32| figure(f64::from(metres) / 1e3);
        match cause.why {
            Why::SetsOut { to, zone, metres, need_j } => {
                let (to, zone, km, share) = (place(to), self.zone(zone), km(metres), share(need_j));
                format!("sets out to {to} in zone {zone}, {km} km; needs {share:.0} %")
            }
            Why::Arrives { at, zone } => format!("arrives at {} in zone {}", place(at), self.zone(zone)),
            Why::Lacks { need_j } => format!("cannot set out: needs {:.0} %, so it charges first", share(need_j)),
            Why::LosesTrip => "gives the trip up".to_owned(),
            Why::ConsidersPile { odds_milli, owes } => {
                format!("thinks of plugging in where it is kept: {}", odds(odds_milli, owes, false))
            }
            Why::ConsidersPublic { odds_milli, price_milli, at_s, short, owes } => {
                let (at, price) = (until(at_s), yuan(price_milli));
                let odds = odds(odds_milli, owes, short);
                format!("thinks of a public point at {at}, energy at {price} yuan/kWh: {odds}")
            }
            Why::GoesLater { until_s } => format!("will go at {}", until(until_s)),
            Why::KeepsPromise { until_s } => format!("has promised not to go before {}, and waits", until(until_s)),
            Why::Chooses { station, metres, price_milli, free, queued } => {
                let (km, price) = (km(metres), yuan(price_milli));
                format!("drives to station {station}, {km} km: {price} yuan/kWh, {free} free, {queued} waiting")
            }
            Why::Comes { station } => format!("is called to station {station}, as agreed, and goes"),
            Why::PlugsIn { gun, kind, limit_w } => {
                format!("plugs in at charge point {gun} ({}), which allows {} kW", kind.label(), kw(limit_w))
            }
            Why::Queues { until_s } => format!("finds all points taken and queues, until {} at most", until(until_s)),
            Why::TurnedAway => "finds no point, or has waited for long enough".to_owned(),
            Why::Limited { limit_w } => format!("may draw {} kW from now on: the site shares its power", kw(limit_w)),
            Why::Hears { set, until_s } => format!("is asked {} until {}", order(set), until(until_s)),
            Why::Decides { flows, ordered, price_milli } => {
                let reason = if ordered { "as asked".to_owned() } else { format!("at {} yuan/kWh", yuan(price_milli)) };
                match flows {
                    Flows::Nothing(until_s) => format!("waits until {}, {reason}", until(until_s)),
                    Flows::Full => "has what it came for".to_owned(),
                    Flows::Charge(power_w) => format!("charges with up to {} kW, {reason}", kw(power_w)),
                    Flows::Discharge(power_w) => format!("discharges with {} kW, {reason}", kw(power_w)),
                }
            }
            Why::Interrupted => "loses its charge point, which has failed".to_owned(),
            Why::Unplugs => "unplugs".to_owned(),
            Why::StaysOn { until_s } => format!("lacks the energy to leave, and charges on until {}", until(until_s)),
        }
    }
}

fn place(place: Place) -> &'static str {
    match place {
        Place::Home => "home",
        Place::Work => "work",
        Place::Errand => "an errand",
        Place::Street => "the kerb",
        Place::Depot => "its depot",
    }
}

fn odds(odds_milli: u16, owes: bool, short: bool) -> String {
    match (short, owes) {
        (true, _) => "it must, so little is left".to_owned(),
        (_, true) => "it owes a charge that it put off".to_owned(),
        _ => format!("odds {:.1} %", f64::from(odds_milli) / 10.0),
    }
}

fn order(set: SetPoint) -> String {
    match set {
        SetPoint::AtMost(0) => "to hold its charge back".to_owned(),
        SetPoint::AtMost(power_w) => format!("to charge with at most {} kW", kw(power_w)),
        SetPoint::Now => "to charge now".to_owned(),
        SetPoint::Discharge(0) => "to stay ready".to_owned(),
        SetPoint::Discharge(u32::MAX) => "to discharge".to_owned(),
        SetPoint::Discharge(power_w) => format!("to discharge with {} kW", kw(power_w)),
    }
}

fn kw(power_w: u32) -> String {
    figure(f64::from(power_w) / 1e3)
}

fn yuan(milli: u16) -> String {
    format!("{:.2}", f64::from(milli) / 1e3)
}
