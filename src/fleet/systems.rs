//! The fleet's systems: thin loops over shards around the pure functions of its other modules.
//!
//! Phase Decide runs in rounds of a minute at most: vehicles act ([`vehicles_due`]), stations answer
//! ([`stations_serve`]), vehicles hear it ([`vehicles_answered`]). Phase Act integrates what changes by itself
//! ([`integrate_tapers`]).

use crate::chance::{Purpose, Seed, draw};
use crate::city::geography::Geography;
use crate::clock::{Calendar, Clock, DAY_S};
use crate::fleet::charger::{Gun, GunStatus, NONE};
use crate::fleet::context::Context;
use crate::fleet::life;
use crate::fleet::params::{FleetParams, Surroundings};
use crate::fleet::shard::{FleetShards, Shard, StationShard, StationShards};
use crate::fleet::station::{Ask, Board, Request, Site, Station, UNSURVEYED, serve};
use crate::fleet::vehicle::{Vehicle, VehicleState};
use crate::parallel::{Threads, rows, split, with_rows};
use crate::site::blackout::Blackouts;
use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;

/// The round within a step: the seconds in which vehicles act now.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// First second.
    pub from_s: u32,
    /// First second of the next round.
    pub until_s: u32,
}

/// What vehicles may look at, as one system parameter.
#[derive(SystemParam)]
pub struct View<'w> {
    seed: Res<'w, Seed>,
    params: Res<'w, FleetParams>,
    geography: Res<'w, Geography>,
    board: Res<'w, Board>,
    calendar: Res<'w, Calendar>,
    around: Res<'w, Surroundings>,
    clock: Res<'w, Clock>,
    threads: Res<'w, Threads>,
}

impl View<'_> {
    /// The view as plain references.
    fn context(&self) -> Context<'_> {
        Context {
            seed: *self.seed,
            params: &self.params,
            geography: &self.geography,
            board: &self.board,
            calendar: &self.calendar,
            around: &self.around,
            step_from_s: self.clock.now_s(),
        }
    }
}

/// A shard with its own rows.
struct Part<'a> {
    shard: &'a mut Shard,
    traits: &'a [Vehicle],
    states: &'a mut [VehicleState],
}

fn parts<'a>(shards: &'a mut FleetShards, traits: &'a [Vehicle], states: &'a mut [VehicleState]) -> Vec<Part<'a>> {
    let lengths: Vec<usize> = shards.0.iter().map(|s| s.len as usize).collect();
    let states = split(states, lengths.iter().copied());
    let part = |(shard, states): (&'a mut Shard, &'a mut [VehicleState])| {
        let first = shard.first as usize;
        Part { traits: &traits[first..first + shard.len as usize], shard, states }
    };
    shards.0.iter_mut().zip(states).map(part).collect()
}

/// Decide: vehicles whose time has come act. Reads the board of the last round; writes vehicles and their shards.
pub fn vehicles_due(
    view: View,
    round: Res<Round>,
    mut shards: ResMut<FleetShards>,
    traits: Query<&Vehicle>,
    mut states: Query<&mut VehicleState>,
) {
    let (ctx, round) = (view.context(), *round);
    with_rows(&mut states, |states| {
        view.threads.each(parts(&mut shards, rows(&traits), states), |p| {
            life::run_due(&ctx, p.shard, p.traits, p.states, round.from_s, round.until_s);
        });
    });
}

/// Decide: vehicles hear what their stations say. Reads the mail; writes vehicles and their shards.
pub fn vehicles_answered(
    view: View,
    round: Res<Round>,
    mut shards: ResMut<FleetShards>,
    traits: Query<&Vehicle>,
    mut states: Query<&mut VehicleState>,
) {
    if shards.0.iter().all(|s| s.inbox.is_empty()) {
        return;
    }
    let (ctx, round) = (view.context(), *round);
    with_rows(&mut states, |states| {
        let mut parts = parts(&mut shards, rows(&traits), states);
        parts.retain(|p| !p.shard.inbox.is_empty());
        view.threads.each(parts, |p| life::run_replies(&ctx, p.shard, p.traits, p.states, round.until_s));
    });
}

/// Act: flows on a sloping piece of the curve are integrated to the end of the step.
pub fn integrate_tapers(
    clock: Res<Clock>,
    params: Res<FleetParams>,
    threads: Res<Threads>,
    mut shards: ResMut<FleetShards>,
) {
    let end_s = clock.end_s();
    threads.each(shards.0.iter_mut().collect(), |shard| {
        for taper in &mut shard.tapers {
            taper.book(&mut shard.books, params.loss_of(taper.kind, taper.two_way), end_s);
        }
    });
}

/// A shard of stations with its own rows.
struct StationPart<'a> {
    shard: &'a mut StationShard,
    stations: &'a mut [Station],
    guns: &'a mut [Gun],
    sites: &'a mut [Site],
}

fn station_parts<'a>(
    shards: &'a mut StationShards,
    stations: &'a mut [Station],
    guns: &'a mut [Gun],
    sites: &'a mut [Site],
) -> Vec<StationPart<'a>> {
    let lengths: Vec<(usize, usize)> = shards.0.iter().map(|s| (s.len as usize, s.guns as usize)).collect();
    let stations = split(stations, lengths.iter().map(|l| l.0));
    let sites = split(sites, lengths.iter().map(|l| l.0));
    let guns = split(guns, lengths.iter().map(|l| l.1));
    let zipped = shards.0.iter_mut().zip(stations).zip(guns.into_iter().zip(sites));
    zipped.map(|((shard, stations), (guns, sites))| StationPart { shard, stations, guns, sites }).collect()
}

/// Decide: on each first round of a day, points draw whether and when they fail today.
pub fn draw_faults(
    round: Res<Round>,
    seed: Res<Seed>,
    params: Res<FleetParams>,
    threads: Res<Threads>,
    mut shards: ResMut<StationShards>,
    guns: Query<&Gun>,
) {
    if !round.from_s.is_multiple_of(DAY_S) {
        return;
    }
    let (guns, day) = (rows(&guns), round.from_s / DAY_S);
    threads.each(shards.0.iter_mut().collect(), |shard| {
        let mine = &guns[shard.first_gun as usize..(shard.first_gun + shard.guns) as usize];
        // Yesterday's are done; what loses its supply right now is there already.
        shard.faults.retain(|(at_s, _)| *at_s >= round.from_s);
        for (gun, row) in mine.iter().zip(shard.first_gun..) {
            if gun.status == GunStatus::Faulted && gun.repaired_s < round.from_s + DAY_S {
                shard.faults.push((gun.repaired_s.max(round.from_s), row));
            }
            let mut d = draw(*seed, Purpose::Fault, row, day);
            if d.chance(f64::from(DAY_S) / params.mtbf_s) && gun.status != GunStatus::LongFailed {
                shard.faults.push((round.from_s + d.below(DAY_S), row));
            }
        }
        shard.faults.sort_unstable_by(|a, b| b.cmp(a));
    });
}

/// Decide: stations serve requests, failures and repairs in order of time. Writes stations, guns and the board.
#[expect(clippy::too_many_arguments, reason = "one argument per kind of row it owns")]
pub fn stations_serve(
    round: Res<Round>,
    seed: Res<Seed>,
    params: Res<FleetParams>,
    threads: Res<Threads>,
    mut shards: ResMut<StationShards>,
    mut fleet: ResMut<FleetShards>,
    mut board: ResMut<Board>,
    mut stations: Query<&mut Station>,
    mut guns: Query<&mut Gun>,
    blackouts: Res<Blackouts>,
) {
    for (k, shard) in shards.0.iter_mut().enumerate() {
        for vehicles in &mut fleet.0 {
            shard.requests.append(&mut vehicles.outbox[k]);
        }
    }
    let (round, per_fleet_shard) = (*round, fleet.per());
    let repairs = Repairs { seed: *seed, params: &params, blackouts: &blackouts };
    with_rows(&mut stations, |stations| {
        with_rows(&mut guns, |guns| {
            let mut parts = station_parts(&mut shards, stations, guns, &mut board.sites);
            parts
                .retain(|p| !p.shard.requests.is_empty() || p.shard.faults.last().is_some_and(|f| f.0 < round.until_s));
            threads.each(parts, |part| serve_shard(repairs, part, round, per_fleet_shard));
        });
    });
    for shard in &mut shards.0 {
        for (k, replies) in shard.replies.iter_mut().enumerate() {
            fleet.0[k].inbox.append(replies);
        }
    }
}

/// One shard's requests of a round.
fn serve_shard(repairs: Repairs, part: StationPart, round: Round, per_fleet_shard: u32) {
    let StationPart { shard, stations, guns, sites } = part;
    while let Some(&(at_s, gun)) = shard.faults.last().filter(|f| f.0 < round.until_s) {
        shard.faults.pop();
        let gun_state = &mut guns[(gun - shard.first_gun) as usize];
        let node = stations[(gun_state.station - shard.first) as usize].node;
        if gun_state.status == GunStatus::Faulted
            && let Some(until_s) = repairs.blackouts.until(node, at_s)
        {
            // It may work, but nothing comes out of it.
            repair_at(gun_state, gun, until_s.max(gun_state.repaired_s), at_s, &mut shard.faults);
            continue;
        }
        let what = match gun_state.status {
            GunStatus::Faulted if at_s < gun_state.repaired_s => continue,
            GunStatus::Faulted => Ask::Repair(gun),
            _ => Ask::Fail(gun),
        };
        shard.requests.push(Request { station: gun_state.station, at_s: at_s.max(round.from_s), vehicle: NONE, what });
    }
    shard.requests.sort_unstable();
    let mut touched = NONE;
    for k in 0..shard.requests.len() {
        let mut request = shard.requests[k];
        request.at_s = request.at_s.max(round.from_s);
        let i = (request.station - shard.first) as usize;
        let station = &mut stations[i];
        let from = (station.first_gun - shard.first_gun) as usize;
        let mine = &mut guns[from..from + station.guns as usize];
        let slot = sites[i].survey;
        let before = if slot == UNSURVEYED { 0 } else { busy(mine) };
        serve(repairs.params, station, mine, &request, &mut shard.scratch);
        if slot != UNSURVEYED {
            shard.busy[usize::from(slot)].begin(busy(mine) - before, 0, request.at_s);
        }
        if let Ask::Fail(gun) = request.what {
            let gun_state = &mut guns[(gun - shard.first_gun) as usize];
            repairs.plan(stations[i].node, gun_state, gun, request.at_s, &mut shard.faults);
        }
        for reply in shard.scratch.drain(..) {
            shard.replies[(reply.vehicle / per_fleet_shard) as usize].push(reply);
        }
        if touched != request.station && touched != NONE {
            recount(shard, stations, guns, sites, touched);
        }
        touched = request.station;
    }
    if touched != NONE {
        recount(shard, stations, guns, sites, touched);
    }
    shard.requests.clear();
}

/// Points that nobody else can use: plugged in, or out of order.
fn busy(guns: &[Gun]) -> i64 {
    guns.iter().filter(|g| g.status != GunStatus::Available).count() as i64
}

fn recount(shard: &StationShard, stations: &[Station], guns: &[Gun], sites: &mut [Site], station: u32) {
    let i = (station - shard.first) as usize;
    let from = (stations[i].first_gun - shard.first_gun) as usize;
    sites[i].recount(&stations[i], &guns[from..from + stations[i].guns as usize]);
}

/// What decides when a failed point works again.
#[derive(Clone, Copy)]
struct Repairs<'a> {
    seed: Seed,
    params: &'a FleetParams,
    blackouts: &'a Blackouts,
}

impl Repairs<'_> {
    /// Notes when a point of a transformer that has failed at a second works again: when supply is back, or as it is
    /// drawn.
    fn plan(self, node: u32, gun: &mut Gun, row: u32, at_s: u32, faults: &mut Vec<(u32, u32)>) {
        if gun.status != GunStatus::Faulted {
            return;
        }
        let repaired_s = self.blackouts.until(node, at_s).unwrap_or_else(|| {
            let mut d = draw(self.seed, Purpose::Fault, row, u32::MAX - at_s);
            (at_s + 600).saturating_add(d.exponential(self.params.mttr_s) as u32)
        });
        repair_at(gun, row, repaired_s, at_s, faults);
    }
}

/// Notes when a failed point works again, and puts it on today's list if that is today.
fn repair_at(gun: &mut Gun, row: u32, repaired_s: u32, now_s: u32, faults: &mut Vec<(u32, u32)>) {
    gun.repaired_s = repaired_s;
    if repaired_s / DAY_S == now_s / DAY_S {
        put_fault(faults, (repaired_s, row));
    }
}

/// Puts the failure or repair of a point, with its second, in its place in a list from the latest.
pub(crate) fn put_fault(faults: &mut Vec<(u32, u32)>, entry: (u32, u32)) {
    let place = faults.partition_point(|f| *f > entry);
    faults.insert(place, entry);
}
