//! The life of a vehicle, event by event: it leaves, arrives, looks for a point, queues, charges and unplugs.
//!
//! Every event happens at its own second, whatever the step. A vehicle changes only itself and its shard's books;
//! what it wants from a station it asks for, and the answer comes within the same round.

mod plugged;

use crate::chance::{Draw, Purpose, draw};
use crate::clock::{DAY_S, DayKind, HOUR_S};
use crate::fleet::agenda::Due;
use crate::fleet::causes::{Cause, Why, milli};
use crate::fleet::charger::NONE;
use crate::fleet::choice;
use crate::fleet::context::Context;
use crate::fleet::daily::{self, Leg, NextLeg};
use crate::fleet::promise::{Agreed, Promise};
use crate::fleet::session::Ledger;
use crate::fleet::shard::Shard;
use crate::fleet::station::{Answer, Ask, Reply, Request, Want};
use crate::fleet::vehicle::{Access, ChargePlace, NEVER_S, Phase, Place, Vehicle, VehicleState};
use crate::units::Energy;

/// A stay shorter than this is not worth plugging in for, in s (assumption).
const SHORTEST_PLUG_IN_S: u32 = 1_200;
/// A stay from which a slow point is an option, in s (assumption).
const SLOW_STAY_S: u32 = 2 * HOUR_S;
/// How often a vehicle tries another station before it gives up (assumption).
const MOST_TRIES: u8 = 3;
/// How long a driver who cannot leave for want of energy charges on before looking again, in s (assumption).
const LATE_S: u32 = 900;
/// How far a driver goes to a station, at most, in m (assumption).
const FARTHEST_M: u32 = 30_000;
/// From when to when drivers who are at home think of charging again, in s (assumption).
const DAYLIGHT_S: (u32, u32) = (8 * HOUR_S, 18 * HOUR_S);
/// A stay from which drivers put off a charge, in s (assumption).
const PUT_OFF_STAY_S: u32 = 2 * HOUR_S;
/// What is kept for the way on to a point, over what it takes: tomorrow may be hotter (assumption).
const ON_MARGIN: f64 = 1.25;
/// The most quarters of an hour a driver waits for energy before giving up the trip (assumption).
const MOST_LATE: u8 = 12;

/// One vehicle in its shard, for the length of an event.
pub struct Life<'a> {
    /// What it may look at.
    pub ctx: &'a Context<'a>,
    /// Its shard.
    pub shard: &'a mut Shard,
    /// Its row.
    pub row: u32,
    /// Its traits.
    pub v: &'a Vehicle,
    /// Its state.
    pub s: &'a mut VehicleState,
    /// A vehicle whose taper has moved, with its new place in the list.
    pub moved: Option<(u32, u32)>,
}

/// Runs every vehicle of a shard that is due before `until_s`.
pub fn run_due(
    ctx: &Context,
    shard: &mut Shard,
    traits: &[Vehicle],
    states: &mut [VehicleState],
    from_s: u32,
    until_s: u32,
) {
    let mut due = core::mem::take(&mut shard.due);
    shard.wheel.take(from_s, &mut due);
    // A first look at all of them brings their rows into the cache side by side; one after the other, each would be
    // waited for.
    due.retain(|d| {
        let i = (d.row - shard.first) as usize;
        states[i].next_s == d.at_s && states[i].phase != Phase::Asking && traits[i].capacity_j > 0
    });
    for d in &due {
        // Of two appointments for one second, the first has been kept.
        if states[(d.row - shard.first) as usize].next_s == d.at_s {
            run_one(ctx, shard, traits, states, d.row, until_s);
        }
    }
    shard.due = due;
}

/// Runs one vehicle's events before `until_s` and makes its next appointment.
pub fn run_one(
    ctx: &Context,
    shard: &mut Shard,
    traits: &[Vehicle],
    states: &mut [VehicleState],
    row: u32,
    until_s: u32,
) {
    let (first, i) = (shard.first, (row - shard.first) as usize);
    while states[i].next_s < until_s {
        let mut life = Life { ctx, shard, row, v: &traits[i], s: &mut states[i], moved: None };
        life.event();
        if let Some((other, slot)) = life.moved {
            states[(other - first) as usize].taper = slot;
        }
    }
    let next_s = states[i].next_s;
    if next_s != NEVER_S {
        shard.wheel.push(Due { row, at_s: next_s });
    }
}

/// Hands a shard's mail to its vehicles, in order of (vehicle, second); answers of one second in the order in which
/// the station gave them, for a later limit replaces an earlier one.
pub fn run_replies(ctx: &Context, shard: &mut Shard, traits: &[Vehicle], states: &mut [VehicleState], until_s: u32) {
    let mut inbox = core::mem::take(&mut shard.inbox);
    inbox.sort_by_key(|reply| (reply.vehicle, reply.at_s));
    for reply in &inbox {
        let (first, i) = (shard.first, (reply.vehicle - shard.first) as usize);
        let before_s = states[i].next_s;
        let mut life = Life { ctx, shard, row: reply.vehicle, v: &traits[i], s: &mut states[i], moved: None };
        life.answer(reply);
        if let Some((other, slot)) = life.moved {
            states[(other - first) as usize].taper = slot;
        }
        if states[i].next_s != before_s {
            run_one(ctx, shard, traits, states, reply.vehicle, until_s);
        }
    }
    inbox.clear();
    shard.inbox = inbox;
}

/// Draws whether something of a probability happens; of nothing, no draw is made.
fn wants(p: f64, d: &mut crate::chance::Draw) -> bool {
    p > 0.0 && d.chance(p)
}

/// A time of the next daylight.
fn by_daylight(now: u32, d: &mut Draw) -> u32 {
    let (from_s, to_s) = DAYLIGHT_S;
    (now + DAY_S - from_s) / DAY_S * DAY_S + from_s + d.below(to_s - from_s)
}

/// Where flows of a shard are booked.
fn ledger<'a>(ctx: &Context, shard: &'a mut Shard) -> Ledger<'a> {
    Ledger { books: &mut shard.books, tapers: &mut shard.tapers, step_from_s: ctx.step_from_s }
}

/// Energy of a way in J, in today's air.
fn need_j(ctx: &Context, v: &Vehicle, metres: u32) -> u32 {
    (f64::from(v.j_per_km) * f64::from(metres) / 1_000.0 * ctx.around.consumption) as u32
}

/// What has to be in the battery before a leg: the energy of the leg and, unless the vehicle has a point where it
/// leads, of the way to the nearest fast one from there.
fn leg_need_j(ctx: &Context, v: &Vehicle, leg: Leg) -> u32 {
    let has_point = leg.to == daily::base(v) && v.access != Access::Public;
    let on_m = ctx.geography.near(leg.zone, true).first().filter(|_| !has_point).map_or(0, |near| near.metres);
    need_j(ctx, v, leg.metres) + (f64::from(need_j(ctx, v, on_m)) * ON_MARGIN) as u32
}

/// What a vehicle that stands somewhere needs for the leg it will leave on.
pub fn next_trip(ctx: &Context, row: u32, v: &Vehicle, s: &VehicleState) -> Energy {
    let next = NextLeg { day: s.leg_day, leg: s.leg, pattern: s.pattern, depart_s: s.depart_s };
    let leg = daily::leg_of(ctx, row, v, s.zone, next);
    Energy(leg.map_or(0, |leg| i64::from(leg_need_j(ctx, v, leg))))
}

impl Life<'_> {
    fn event(&mut self) {
        let now = self.s.next_s;
        match self.s.phase {
            Phase::Parked if self.s.held => self.go_charging(now),
            Phase::Parked => self.depart(now),
            Phase::Driving => self.arrive(now),
            Phase::Detour => self.reach_station(now),
            Phase::Returning => self.return_to_place(now),
            Phase::Queued => self.give_up_queue(now),
            Phase::Plugged => self.plugged_event(now),
            Phase::Asking => self.s.next_s = NEVER_S,
        }
    }

    /// Behaviour of its class.
    fn class(&self) -> &crate::fleet::params::ClassParams {
        &self.ctx.params.classes[self.v.class as usize]
    }

    /// Takes note of a decision, if the vehicle is traced.
    #[inline]
    fn note(&mut self, now: u32, why: impl FnOnce(&Self) -> Why) {
        if self.shard.trace.follows(self.row) {
            let energy_j = self.shard.energy_at(self.s, now).0;
            let cause = Cause { vehicle: self.row, at_s: now, energy_j, why: why(self) };
            self.shard.trace.log.push(cause);
        }
    }

    /// Price of electricity at a second, in 1/1000 yuan/kWh.
    fn price_milli(&self, now: u32) -> u16 {
        milli(self.ctx.around.price[(now % DAY_S / HOUR_S) as usize])
    }

    fn state_of_charge(&self, energy: Energy) -> f64 {
        energy.f64() / f64::from(self.v.capacity_j)
    }

    fn need_j(&self, metres: u32) -> u32 {
        need_j(self.ctx, self.v, metres)
    }

    fn leg_need_j(&self, leg: Leg) -> u32 {
        leg_need_j(self.ctx, self.v, leg)
    }

    fn drive_s(&self, metres: u32, now: u32) -> u32 {
        let hour = (now % DAY_S / HOUR_S) as usize;
        ((f64::from(metres) / self.ctx.params.speed_m_s[hour]) as u32).max(60)
    }

    /// Takes note of the next leg of the day.
    fn schedule(&mut self, day: u32, leg: u8, now: u32) {
        let next = daily::next_leg(self.ctx, self.row, self.v, self.s.place, day, leg, now);
        (self.s.leg_day, self.s.leg, self.s.pattern) = (next.day, next.leg, next.pattern);
        self.s.depart_s = next.depart_s;
        self.s.next_s = next.depart_s;
    }

    /// The leg that is due now, if the day has one.
    fn leg(&self, now: u32) -> Option<Leg> {
        let next = NextLeg { day: self.s.leg_day, leg: self.s.leg, pattern: self.s.pattern, depart_s: now };
        daily::leg_of(self.ctx, self.row, self.v, self.s.zone, next)
    }

    /// A leg is due and the vehicle stands unplugged.
    fn depart(&mut self, now: u32) {
        match self.leg(now) {
            Some(leg) => self.depart_on(leg, now),
            None => self.schedule(now / DAY_S, 0, now),
        }
    }

    /// Drives off, if the battery holds enough.
    fn depart_on(&mut self, leg: Leg, now: u32) {
        let need = self.leg_need_j(leg);
        if i64::from(need) > self.s.energy.0 && !self.v.hybrid {
            return self.cannot_depart(need, now);
        }
        self.note(now, |_| Why::SetsOut { to: leg.to, zone: leg.zone, metres: leg.metres, need_j: need });
        (self.s.to_place, self.s.to_zone) = (leg.to, leg.zone);
        self.set_off(Phase::Driving, leg.metres, now);
        self.shard.books.counts.trips += 1;
    }

    /// Begins to drive: the energy of the trip is set aside and booked.
    fn set_off(&mut self, phase: Phase, metres: u32, now: u32) {
        let need = i64::from(self.need_j(metres));
        // A hybrid drives the rest on petrol; nobody else sets off without the energy.
        let used = need.min(self.s.energy.0);
        debug_assert!(used == need || self.v.hybrid, "no trip is driven on an empty battery");
        self.s.become_phase(phase);
        self.s.energy = Energy(self.s.energy.0 - used);
        self.s.next_s = now + self.drive_s(metres, now);
        (self.s.anchor_s, self.s.since_s) = (self.s.next_s, self.s.next_s);
        let books = &mut self.shard.books;
        books.driving_j += used;
        books.driving_by_class_j[self.v.class as usize] += used;
        books.metres_by_class[self.v.class as usize] += u64::from(metres);
        books.counts.metres += u64::from(metres);
    }

    /// An unplugged vehicle lacks the energy for its leg: it charges first, or the trip is lost.
    fn cannot_depart(&mut self, need: u32, now: u32) {
        self.note(now, |_| Why::Lacks { need_j: need });
        // No fast point fills a battery further than its drivers let it: a leg that needs more is lost.
        let most = Energy(i64::from(self.v.capacity_j) * i64::from(self.class().dc_target_milli) / 1_000);
        let possible = i64::from(need) < most.0;
        // Who would have charged, had it not been agreed otherwise.
        let put_off = self.shard.promises.remove(&self.row).is_some_and(|promise| promise.kept);
        self.shard.books.counts.trips_harmed += u64::from(put_off);
        if possible && self.s.tries < MOST_TRIES && self.detour(true, now) {
            self.note_late();
            return;
        }
        self.lose_trip(now);
    }

    fn note_late(&mut self) {
        self.shard.books.counts.trips_late += 1;
        self.shard.books.late_by_class[self.v.class as usize] += 1;
    }

    fn lose_trip(&mut self, now: u32) {
        self.note(now, |_| Why::LosesTrip);
        self.shard.books.counts.trips_unmet += 1;
        self.s.tries = 0;
        let (day, leg) = (u32::from(self.s.leg_day), self.s.leg);
        self.schedule(day, leg.saturating_add(1), now);
    }

    /// A leg ends.
    fn arrive(&mut self, now: u32) {
        self.s.become_phase(Phase::Parked);
        (self.s.place, self.s.zone) = (self.s.to_place, self.s.to_zone);
        self.note(now, |life| Why::Arrives { at: life.s.place, zone: life.s.zone });
        self.s.tries = 0;
        let (day, leg) = (u32::from(self.s.leg_day), self.s.leg);
        self.schedule(day, leg.wrapping_add(1), now);
        self.consider_charging(now);
    }

    /// Having arrived, the driver plugs in, looks for a station, or leaves it.
    fn consider_charging(&mut self, now: u32) {
        // Who has put a charge off still means to charge, and does not leave it to chance again.
        let owes = self.owes_charge(now);
        let stay = self.s.depart_s.saturating_sub(now);
        let class = &self.ctx.params.classes[self.v.class as usize];
        let soc = self.state_of_charge(self.s.energy);
        let caution = (f64::from(self.v.caution) - 127.5) / 127.5;
        let mut d = draw(self.ctx.seed, Purpose::PlugIn, self.row, now);
        let at_base = self.s.place == daily::base(self.v);
        if at_base && self.v.access != Access::Public && stay >= SHORTEST_PLUG_IN_S {
            let p = class.base.probability(soc, caution);
            self.note(now, |_| Why::ConsidersPile { odds_milli: milli(p), owes });
            if owes || wants(p, &mut d) {
                self.ask_at_base(now);
            }
            return;
        }
        let shift = class.is_shift_change(now % DAY_S);
        let rule = if shift { &class.shift } else { &class.public };
        let short = self.is_short();
        if self.v.hybrid && !at_base {
            return;
        }
        // Who looks at the price has an hour of the stay in mind, and asks what it saves to charge then; who does
        // not, or runs short, goes at once.
        let chooses = self.v.follows_price && !short;
        let start_s = if chooses { self.start_s(stay, now, &mut d) } else { now };
        let p = rule.probability_pulled(soc, caution, self.price_pull(start_s) + self.leisure(now));
        self.note(now, |life| {
            let (odds_milli, price_milli) = (milli(p), life.price_milli(start_s));
            Why::ConsidersPublic { odds_milli, price_milli, at_s: start_s, short, owes }
        });
        if !short && !owes && !wants(p, &mut d) {
            // Who is still at home by daylight thinks of it again then.
            let again_s = by_daylight(now, &mut d);
            if at_base && again_s + SHORTEST_PLUG_IN_S < self.s.depart_s {
                let p = rule.probability_pulled(soc, caution, self.price_pull(again_s) + self.leisure(again_s));
                if wants(p, &mut d) {
                    self.later(again_s, now);
                }
            }
            return;
        }
        let away = matches!(self.s.place, Place::Work | Place::Errand);
        if away && !short && !owes && !d.chance(class.away_share) {
            return;
        }
        if start_s > now {
            return self.later(start_s, now);
        }
        self.seek(stay, now, &mut d);
    }

    /// Goes to a charging point at another time of the stay.
    fn later(&mut self, until_s: u32, now: u32) {
        (self.s.next_s, self.s.held) = (until_s, true);
        self.note(now, |_| Why::GoesLater { until_s });
    }

    /// The time to charge that the driver has waited for.
    fn go_charging(&mut self, now: u32) {
        self.s.held = false;
        self.s.next_s = self.s.depart_s;
        let mut d = draw(self.ctx.seed, Purpose::PlugIn, self.row, now);
        self.seek(self.s.depart_s.saturating_sub(now), now, &mut d);
    }

    /// Sets out for a public point: a slow one if the stay is long and the driver likes it, else a fast one.
    fn seek(&mut self, stay: u32, now: u32, d: &mut Draw) {
        if self.puts_off(now) {
            return;
        }
        let class = self.class();
        let slow = stay >= SLOW_STAY_S && (self.v.hybrid || d.chance(class.slow_share));
        self.detour(!slow, now);
    }

    /// When in a stay the driver would go to charge: put off at a constant rate, but not beyond the stay.
    fn start_s(&self, stay: u32, now: u32, d: &mut Draw) -> u32 {
        if stay < PUT_OFF_STAY_S {
            return now;
        }
        let params = self.ctx.params;
        let at_base = self.s.place == daily::base(self.v);
        let rate_h = if at_base { params.putting_off_h } else { params.putting_off_away_h };
        let most_h = f64::from(stay - HOUR_S / 2) / f64::from(HOUR_S);
        now + (d.exponential_within(rate_h, most_h) * f64::from(HOUR_S)) as u32
    }

    /// How much more a day off makes of a stay; nothing between rounds of service.
    fn leisure(&self, now: u32) -> f64 {
        let works = self.s.place == Place::Street || self.ctx.calendar.day(now / DAY_S).kind == DayKind::Workday;
        if works { 0.0 } else { self.ctx.params.at_leisure }
    }

    /// How much the price pulls the driver to a public point now rather than later; nothing if they do not look at it.
    fn price_pull(&self, now: u32) -> f64 {
        if !self.v.follows_price {
            return 0.0;
        }
        self.ctx.params.price_now * self.ctx.around.saving[(now % DAY_S / HOUR_S) as usize]
    }

    /// Asks the compound or depot where it stands.
    fn ask_at_base(&mut self, now: u32) {
        let own = self.v.access == Access::Own;
        let depot = self.v.access == Access::Depot;
        self.s.charge_place = if depot { ChargePlace::Depot } else { ChargePlace::Home };
        let want = match (own, depot) {
            (true, _) => Want::Own(self.v.own_gun),
            (_, true) => Want::Dc,
            _ => Want::Ac,
        };
        let patience = if depot { self.s.depart_s.saturating_sub(now) } else { 0 };
        self.ask(self.v.home_station, want, patience, now);
    }

    fn ask(&mut self, station: u32, want: Want, patience_s: u32, now: u32) {
        let demand_w = if want == Want::Dc { self.v.dc_w } else { self.v.ac_w };
        self.s.become_phase(Phase::Asking);
        (self.s.station, self.s.since_s, self.s.next_s) = (station, now, NEVER_S);
        self.post(station, now, Ask::Arrive { want, demand_w, patience_s, gives: self.v.v2g });
    }

    fn post(&mut self, station: u32, at_s: u32, what: Ask) {
        let shard = self.ctx.board.shard_of(station);
        self.shard.outbox[shard].push(Request { station, at_s, vehicle: self.row, what });
    }

    /// Drives to a public station if there is one within reach; otherwise says so.
    fn detour(&mut self, dc: bool, now: u32) -> bool {
        debug_assert!(self.s.phase == Phase::Parked);
        let reach_m = self.reach_m();
        self.s.tries += 1;
        let chosen = choice::choose(self.ctx, self.row, self.s.zone, dc, reach_m, now);
        // A driver with little left knows the nearest one, if none of those looked at is within reach.
        let nearest =
            || self.ctx.geography.near(self.s.zone, dc).first().copied().filter(|near| near.metres <= reach_m);
        let Some(near) = chosen.or_else(nearest) else { return false };
        if self.shard.promises.get(&self.row).is_some_and(|promise| promise.kept) {
            // From here on it is as for everyone who looks for a point.
            self.shard.promises.remove(&self.row);
        }
        let site = &self.ctx.board.sites[near.station as usize];
        self.note(now, |life| Why::Chooses {
            station: near.station,
            metres: near.metres,
            price_milli: milli(site.price(life.ctx.around, (now % DAY_S / HOUR_S) as usize)),
            free: if dc { site.free_dc } else { site.free_ac },
            queued: site.queued,
        });
        self.s.station = near.station;
        self.s.to_zone = site.zone;
        self.s.charge_place = if dc { ChargePlace::PublicDc } else { ChargePlace::PublicAc };
        self.set_off(Phase::Detour, near.metres, now);
        true
    }

    /// Keeps a promise not to go to a charging point now, unless the next leg would leave less than the reserve that a
    /// driver likes to keep: the driver goes when the promise is over, or thinks of it again after the next leg.
    fn puts_off(&mut self, now: u32) -> bool {
        let held = self.shard.promises.get(&self.row).filter(|p| p.agreed == Agreed::PutOff && p.holds_at(now));
        let Some(until_s) = held.map(|promise| promise.until_s) else { return false };
        if !self.spares(0) {
            return false;
        }
        if let Some(promise) = self.shard.promises.get_mut(&self.row) {
            promise.kept = true;
        }
        self.note(now, |_| Why::KeepsPromise { until_s });
        if until_s.saturating_add(SHORTEST_PLUG_IN_S) < self.s.depart_s {
            (self.s.next_s, self.s.held) = (until_s, true);
        }
        true
    }

    /// True if what is left after a detour and the next leg is not less than the reserve that a driver likes to keep.
    fn spares(&self, detour_j: u32) -> bool {
        let needs_j = i64::from(detour_j) + next_trip(self.ctx, self.row, self.v, self.s).0;
        self.state_of_charge(Energy(self.s.energy.0 - needs_j)) >= self.class().reserve_soc
    }

    /// Whether the driver has put a charge off and not made up for it yet. A promise that changed nothing is forgotten
    /// when its time is over.
    fn owes_charge(&mut self, now: u32) -> bool {
        let Some(promise) = self.shard.promises.get(&self.row) else { return false };
        let (owes, is_over) = (promise.kept, promise.until_s <= now);
        if is_over && !owes {
            self.shard.promises.remove(&self.row);
        }
        owes
    }

    fn agree(&mut self, agreed: Agreed, from_s: u32, until_s: u32) {
        self.shard.promises.insert(self.row, Promise { agreed, from_s, until_s, kept: false });
    }

    /// The driver goes to a station as agreed, if nothing else is due and there is enough in the battery.
    fn come(&mut self, station: u32, until_s: u32, now: u32) {
        let zone = self.ctx.board.sites[station as usize].zone;
        let near = self.ctx.geography.near(self.s.zone, true).iter().find(|near| near.station == station);
        let metres = near.map_or_else(|| self.ctx.geography.metres(self.s.zone, zone), |near| near.metres);
        let busy = self.s.phase != Phase::Parked || self.s.depart_s < now + self.drive_s(metres, now) + HOUR_S;
        if busy || metres > FARTHEST_M || !self.spares(self.need_j(metres)) {
            return;
        }
        self.note(now, |_| Why::Comes { station });
        self.agree(Agreed::StayReady, now, until_s);
        self.s.held = false;
        (self.s.station, self.s.to_zone, self.s.charge_place) = (station, zone, ChargePlace::PublicDc);
        self.set_off(Phase::Detour, metres, now);
    }

    /// How far the driver would go to a station, in m: as the battery lasts, but for hybrids, which go on petrol.
    fn reach_m(&self) -> u32 {
        if self.v.hybrid {
            return FARTHEST_M;
        }
        let km = self.s.energy.f64() / (f64::from(self.v.j_per_km) * self.ctx.around.consumption);
        ((km * 990.0).max(0.0) as u32).min(FARTHEST_M)
    }

    /// At the station's gate.
    fn reach_station(&mut self, now: u32) {
        self.s.zone = self.s.to_zone;
        let dc = self.s.charge_place == ChargePlace::PublicDc;
        let patience = self.patience_s(now);
        self.ask(self.s.station, if dc { Want::Dc } else { Want::Ac }, patience, now);
    }

    /// How long the driver would wait at the station reached at `since`: whoever might not get any further, as long as
    /// it takes.
    fn patience_s(&self, since: u32) -> u32 {
        if self.is_short() {
            return DAY_S;
        }
        draw(self.ctx.seed, Purpose::Patience, self.row, since).exponential(self.class().patience_s) as u32
    }

    /// True when so little is left that the driver must charge, whatever it costs.
    fn is_short(&self) -> bool {
        self.state_of_charge(self.s.energy) < self.class().reserve_soc * 0.5 && !self.v.hybrid
    }

    fn give_up_queue(&mut self, now: u32) {
        self.s.become_phase(Phase::Asking);
        self.s.next_s = NEVER_S;
        self.post(self.s.station, now, Ask::GiveUp);
    }

    /// Back at its place after charging elsewhere.
    fn return_to_place(&mut self, now: u32) {
        self.s.become_phase(Phase::Parked);
        self.s.zone = self.s.to_zone;
        self.wait_for_leg(now);
    }

    /// Parked until the leg it already knows.
    fn wait_for_leg(&mut self, now: u32) {
        self.s.depart_s = self.s.depart_s.max(now + 60);
        self.s.next_s = self.s.depart_s;
    }

    /// A station has answered.
    fn answer(&mut self, reply: &Reply) {
        let now = reply.at_s.max(self.s.anchor_s);
        match reply.what {
            Answer::Granted { gun, kind, two_way, limit_w } => self.plug_in(gun, (kind, two_way), limit_w, now),
            Answer::Joined => {
                self.s.become_phase(Phase::Queued);
                let patience = self.patience_s(self.s.since_s);
                let until = if self.s.charge_place == ChargePlace::Depot {
                    self.s.depart_s
                } else {
                    now.saturating_add(patience)
                };
                self.s.next_s = until.max(now + 60);
                self.note(now, |life| Why::Queues { until_s: life.s.next_s });
            }
            Answer::Denied => self.denied(now),
            Answer::Limit { gun, limit_w } => {
                if self.s.phase == Phase::Plugged && self.s.gun == gun {
                    self.note(now, |_| Why::Limited { limit_w });
                    let begun = self.stop_flow(now);
                    (self.s.limit_w, self.s.held) = (limit_w as i32, false);
                    self.decide_flow(begun, now);
                }
            }
            Answer::Order(order) => self.hear_order(order, now),
            Answer::Come { station, until_s } => self.come(station, until_s, now),
            Answer::PutOff { from_s, until_s } => self.agree(Agreed::PutOff, from_s, until_s),
            Answer::Interrupted { gun } => {
                if self.s.phase == Phase::Plugged && self.s.gun == gun {
                    self.note(now, |_| Why::Interrupted);
                    self.stop_flow(now);
                    self.forget_gun();
                    self.shard.books.counts.interrupted += 1;
                    self.s.become_phase(Phase::Parked);
                    self.wait_for_leg(now);
                }
            }
        }
    }

    /// Turned away, or left the queue.
    fn denied(&mut self, now: u32) {
        if self.s.phase != Phase::Asking {
            return;
        }
        self.note(now, |_| Why::TurnedAway);
        self.shard.books.counts.queued_s += u64::from(now - self.s.since_s.min(now));
        self.s.become_phase(Phase::Parked);
        let station = core::mem::replace(&mut self.s.station, NONE);
        let at_base = matches!(self.s.charge_place, ChargePlace::Home | ChargePlace::Depot);
        if at_base {
            // The shared piles are taken: a public point if the battery asks for it.
            let class = &self.ctx.params.classes[self.v.class as usize];
            let soc = self.state_of_charge(self.s.energy);
            if soc < class.reserve_soc && !self.v.hybrid && self.detour(true, now) {
                return;
            }
            return self.wait_for_leg(now);
        }
        let dc = self.s.charge_place == ChargePlace::PublicDc || self.is_short();
        if self.s.tries < MOST_TRIES && self.detour(dc, now) {
            return;
        }
        self.shard.books.counts.gave_up += 1;
        self.leave_station(station, now);
    }

    /// The way from a station to a zone in m: as long as the way there, where that is known.
    fn way_back_m(&self, station: u32, zone: u16) -> u32 {
        let near = self.ctx.geography.near(zone, self.s.charge_place == ChargePlace::PublicDc);
        let there = near.iter().find(|n| n.station == station);
        there.map_or_else(|| self.ctx.geography.metres(self.s.zone, zone), |n| n.metres)
    }

    /// From a station back to the place it came from, or simply parked where it is.
    fn leave_station(&mut self, station: u32, now: u32) {
        let back = match self.s.place {
            Place::Home | Place::Depot => Some(self.v.home_zone),
            Place::Work => Some(self.v.work_zone),
            Place::Errand | Place::Street => None,
        };
        let metres = back.map(|zone| self.way_back_m(station, zone));
        let due_soon = self.s.depart_s <= now + HOUR_S / 2;
        match (back, metres) {
            (Some(zone), Some(metres)) if !due_soon && i64::from(self.need_j(metres)) <= self.s.energy.0 => {
                self.s.to_zone = zone;
                self.set_off(Phase::Returning, metres, now);
            }
            _ => self.wait_for_leg(now),
        }
    }
}
