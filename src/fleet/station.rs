//! Stations: guns behind one meter, a queue, and the rule by which guns are granted.
//!
//! A station is the only owner of its guns and its queue. Vehicles send it requests with the second at which they
//! happen; it serves them in order of (second, vehicle) and answers. Nothing depends on who asked first in memory.

use crate::clock::DAY_S;
use crate::fleet::charger::{Gun, GunKind, GunStatus, NONE};
use crate::fleet::params::{FleetParams, Surroundings};
use crate::fleet::setpoint::Order;
use bevy_ecs::prelude::{Component, Resource};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What a station is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum StationKind {
    /// Open to all.
    Public,
    /// Open to all, with super-charging hosts.
    Super,
    /// Open to all, with bidirectional points.
    V2g,
    /// Integrated energy station (综合能源补给站): charging beside other energy services.
    Integrated,
    /// PV, storage, super-charging and V2G in one (光储超充车网互动一体化示范站).
    Demonstration,
    /// A residential compound.
    Compound,
    /// The yard of a fleet.
    Depot,
}

impl StationKind {
    /// True when anyone may use it.
    pub const fn is_public(self) -> bool {
        !matches!(self, Self::Compound | Self::Depot)
    }

    /// What it is called in tables.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Super => "super-charging",
            Self::V2g => "V2G",
            Self::Integrated => "integrated",
            Self::Demonstration => "PV-storage-V2G demonstration",
            Self::Compound => "residential compound",
            Self::Depot => "depot",
        }
    }
}

/// A charging station; its guns are the rows `first_gun..first_gun + guns`.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct Station {
    /// What it is.
    pub kind: StationKind,
    /// Zone.
    pub zone: u16,
    /// Transformer.
    pub node: u32,
    /// Row of its first gun.
    pub first_gun: u32,
    /// Number of guns.
    pub guns: u32,
    /// Power one super-charging host shares among its guns, in W; zero when guns do not share.
    pub host_w: u32,
    /// Guns on one host.
    pub host_guns: u32,
    /// Longitude in degrees.
    pub lon: f64,
    /// Latitude in degrees.
    pub lat: f64,
    /// Who waits, in order of arrival.
    pub queue: VecDeque<Waiting>,
}

/// A vehicle in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Vehicle.
    pub vehicle: u32,
    /// Since when.
    pub since_s: u32,
    /// What it wants.
    pub want: Want,
    /// The most it can take in W at the battery.
    pub demand_w: u32,
    /// True when it can give energy back, and would rather have a gun that takes it.
    pub gives: bool,
}

/// What kind of gun a vehicle asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Want {
    /// Its own pile.
    Own(u32),
    /// Alternating current.
    Ac,
    /// Direct current.
    Dc,
}

/// A vehicle's message to a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Request {
    /// Row of the station.
    pub station: u32,
    /// When.
    pub at_s: u32,
    /// Who.
    pub vehicle: u32,
    /// What.
    pub what: Ask,
}

/// What a vehicle asks of a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Ask {
    /// Not a vehicle's: the gun is repaired.
    Repair(u32),
    /// Not a vehicle's: the gun fails.
    Fail(u32),
    /// It leaves a gun.
    Leave(u32),
    /// It leaves the queue.
    GiveUp,
    /// It wants a gun.
    Arrive {
        /// Which.
        want: Want,
        /// The most it can take in W at the battery.
        demand_w: u32,
        /// How long it would wait, in s.
        patience_s: u32,
        /// True when it can give energy back, and would rather have a gun that takes it.
        gives: bool,
    },
}

/// A station's message to a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reply {
    /// Who.
    pub vehicle: u32,
    /// When.
    pub at_s: u32,
    /// What.
    pub what: Answer,
}

/// What a station tells a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Answer {
    /// It is in the queue.
    Joined,
    /// It has no gun and does not wait.
    Denied,
    /// It has a gun and may draw this much, in W at the battery.
    Granted {
        /// Gun.
        gun: u32,
        /// Its kind.
        kind: GunKind,
        /// True when it can take energy back.
        two_way: bool,
        /// Limit in W at the battery.
        limit_w: u32,
    },
    /// What it may draw has changed.
    Limit {
        /// Gun.
        gun: u32,
        /// Limit in W at the battery.
        limit_w: u32,
    },
    /// An operator asks something of it.
    Order(Order),
    /// Its driver has agreed to come to a station, and to stay ready there.
    Come {
        /// Which.
        station: u32,
        /// Until when.
        until_s: u32,
    },
    /// Its driver has agreed not to go to a charging point for a while.
    PutOff {
        /// From when.
        from_s: u32,
        /// Until when.
        until_s: u32,
    },
    /// Its gun has failed.
    Interrupted {
        /// Gun.
        gun: u32,
    },
}

/// The slot of points that no survey watches.
pub const UNSURVEYED: u16 = u16::MAX;

/// What everyone may know of a station; rows as the stations'.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Site {
    /// Transformer.
    pub node: u32,
    /// Zone.
    pub zone: u16,
    /// Points with alternating current that work.
    pub guns_ac: u16,
    /// Points with direct current that work.
    pub guns_dc: u16,
    /// Free points with alternating current.
    pub free_ac: u16,
    /// Free points with direct current.
    pub free_dc: u16,
    /// Vehicles in the queue.
    pub queued: u16,
    /// Utility of the power and number of its points with alternating current.
    pub appeal_ac: f32,
    /// Utility of the power and number of its points with direct current.
    pub appeal_dc: f32,
    /// Service fee in yuan/kWh.
    pub fee: f32,
    /// True when its electricity price follows the hours.
    pub by_hour: bool,
    /// Slot of the survey that watches its points, or [`UNSURVEYED`].
    pub survey: u16,
}

impl Site {
    /// Points that work.
    pub fn points(&self) -> i64 {
        i64::from(self.guns_ac) + i64::from(self.guns_dc)
    }

    /// Points at which a vehicle is plugged in.
    pub fn busy(&self) -> i64 {
        self.points() - i64::from(self.free_ac) - i64::from(self.free_dc)
    }

    /// What a kWh costs here at an hour, in yuan.
    pub fn price(&self, around: &Surroundings, hour: usize) -> f64 {
        let energy = if self.by_hour { around.price[hour] } else { around.price_mean };
        energy + f64::from(self.fee)
    }
}

/// All stations as they stood after the last round.
#[derive(Resource, Clone, Debug, Default)]
pub struct Board {
    /// By row of the station.
    pub sites: Vec<Site>,
    /// Stations per shard.
    pub per_shard: u32,
}

impl Board {
    /// The shard a station belongs to.
    pub fn shard_of(&self, station: u32) -> usize {
        (station / self.per_shard.max(1)) as usize
    }
}

impl Site {
    /// Counts guns anew.
    pub fn recount(&mut self, station: &Station, guns: &[Gun]) {
        (self.guns_ac, self.guns_dc, self.free_ac, self.free_dc) = (0, 0, 0, 0);
        for gun in guns.iter().filter(|g| g.owner == NONE) {
            let works = matches!(gun.status, GunStatus::Available | GunStatus::Plugged);
            let free = gun.status == GunStatus::Available;
            let (all, unused) = if gun.kind.is_ac() {
                (&mut self.guns_ac, &mut self.free_ac)
            } else {
                (&mut self.guns_dc, &mut self.free_dc)
            };
            *all = all.saturating_add(u16::from(works));
            *unused = unused.saturating_add(u16::from(free));
        }
        self.queued = station.queue.len().min(usize::from(u16::MAX)) as u16;
    }
}

/// The most a gun gives, at the battery.
fn rating_at_battery_w(params: &FleetParams, gun: &Gun) -> u32 {
    if gun.kind.is_ac() { params.loss(gun.kind).battery_w(i64::from(gun.rating_w)) as u32 } else { gun.rating_w }
}

/// Serves one request, or one failure or repair. `guns` are the station's own; replies are appended.
pub fn serve(
    params: &FleetParams,
    station: &mut Station,
    guns: &mut [Gun],
    request: &Request,
    replies: &mut Vec<Reply>,
) {
    let reply = |what| Reply { vehicle: request.vehicle, at_s: request.at_s, what };
    match request.what {
        Ask::Arrive { want, demand_w, patience_s, gives } => {
            let waiting = Waiting { vehicle: request.vehicle, since_s: request.at_s, want, demand_w, gives };
            if let Some(i) = free_gun(station, guns, want, gives) {
                grant(params, station, guns, i, &waiting, request.at_s, replies);
            } else if would_wait(station, guns, want, patience_s, params.service_s) {
                station.queue.push_back(waiting);
                replies.push(reply(Answer::Joined));
            } else {
                replies.push(reply(Answer::Denied));
            }
        }
        Ask::Leave(gun) => {
            let i = (gun - station.first_gun) as usize;
            if guns[i].vehicle == request.vehicle {
                release(station, guns, i, GunStatus::Available, request.at_s, replies);
                call_next(params, station, guns, i, request.at_s, replies);
            }
        }
        Ask::Fail(gun) => fail(station, guns, (gun - station.first_gun) as usize, request.at_s, replies),
        Ask::Repair(gun) => {
            let i = (gun - station.first_gun) as usize;
            if guns[i].status == GunStatus::Faulted {
                guns[i].become_status(GunStatus::Available);
                call_next(params, station, guns, i, request.at_s, replies);
            }
        }
        Ask::GiveUp => {
            let before = station.queue.len();
            station.queue.retain(|w| w.vehicle != request.vehicle);
            if station.queue.len() < before {
                replies.push(reply(Answer::Denied));
            }
        }
    }
}

/// A gun fails; whoever charges there is interrupted.
fn fail(station: &Station, guns: &mut [Gun], i: usize, at_s: u32, replies: &mut Vec<Reply>) {
    if !guns[i].status.may_become(GunStatus::Faulted) {
        return;
    }
    let vehicle = guns[i].vehicle;
    if vehicle != NONE {
        let what = Answer::Interrupted { gun: station.first_gun + i as u32 };
        replies.push(Reply { vehicle, at_s, what });
    }
    release(station, guns, i, GunStatus::Faulted, at_s, replies);
}

/// The free gun with the lowest row that is of the wanted kind; for who can give energy back, of the ordinary guns that
/// take it, as far as one of them is free.
fn free_gun(station: &Station, guns: &[Gun], want: Want, gives: bool) -> Option<usize> {
    let free = |g: &Gun| g.status == GunStatus::Available;
    let first = |ac: bool| {
        let fits = |g: &Gun| free(g) && g.owner == NONE && g.kind.is_ac() == ac;
        let preferred = if gives { guns.iter().position(|g| g.two_way && fits(g)) } else { None };
        preferred.or_else(|| guns.iter().position(fits))
    };
    match want {
        Want::Own(gun) => {
            let i = (gun - station.first_gun) as usize;
            free(&guns[i]).then_some(i)
        }
        // A queue is served first: nobody passes it.
        _ if station.queue.iter().any(|w| w.want == want) => None,
        Want::Ac => first(true),
        Want::Dc => first(false),
    }
}

/// True when a driver joins the queue: for direct current, where points free up within the hour; for alternating
/// current only with a day's patience, which is that of who cannot go on.
fn would_wait(station: &Station, guns: &[Gun], want: Want, patience_s: u32, service_s: f64) -> bool {
    match want {
        Want::Own(_) => return false,
        Want::Ac => return patience_s >= DAY_S,
        Want::Dc => {}
    }
    let working = guns.iter().filter(|g| !g.kind.is_ac() && g.status == GunStatus::Plugged).count();
    working > 0 && (station.queue.len() + 1) as f64 * service_s / working as f64 <= f64::from(patience_s)
}

/// Plugs a vehicle in.
fn grant(
    params: &FleetParams,
    station: &Station,
    guns: &mut [Gun],
    i: usize,
    who: &Waiting,
    at_s: u32,
    replies: &mut Vec<Reply>,
) {
    debug_assert_eq!(guns[i].vehicle, NONE, "one vehicle a gun");
    guns[i].become_status(GunStatus::Plugged);
    guns[i].vehicle = who.vehicle;
    guns[i].demand_w = who.demand_w.min(rating_at_battery_w(params, &guns[i]));
    guns[i].allotted_w = guns[i].demand_w;
    let shared = share_host(station, guns, i, at_s, replies);
    let gun = &guns[i];
    debug_assert!(shared || gun.allotted_w == gun.demand_w);
    replies.push(Reply {
        vehicle: who.vehicle,
        at_s,
        what: Answer::Granted {
            gun: station.first_gun + i as u32,
            kind: gun.kind,
            two_way: gun.is_two_way(),
            limit_w: gun.allotted_w,
        },
    });
}

/// Unplugs whoever is at gun `i` and leaves the gun in a state.
fn release(station: &Station, guns: &mut [Gun], i: usize, status: GunStatus, at_s: u32, replies: &mut Vec<Reply>) {
    guns[i].become_status(status);
    (guns[i].vehicle, guns[i].demand_w, guns[i].allotted_w) = (NONE, 0, 0);
    share_host(station, guns, i, at_s, replies);
}

/// Gives a gun that has become free to the first in the queue who wants its kind.
fn call_next(
    params: &FleetParams,
    station: &mut Station,
    guns: &mut [Gun],
    i: usize,
    at_s: u32,
    replies: &mut Vec<Reply>,
) {
    if station.queue.is_empty() || guns[i].owner != NONE {
        return;
    }
    let want = if guns[i].kind.is_ac() { Want::Ac } else { Want::Dc };
    if let Some(k) = station.queue.iter().position(|w| w.want == want)
        && let Some(next) = station.queue.remove(k)
    {
        grant(params, station, guns, i, &next, at_s.max(next.since_s), replies);
    }
}

/// Divides a host's power among its plugged guns: equal shares, and what one cannot use goes to the others.
///
/// Returns true when the gun is on a shared host. The gun `i` itself gets no reply here.
fn share_host(station: &Station, guns: &mut [Gun], i: usize, at_s: u32, replies: &mut Vec<Reply>) -> bool {
    if station.host_w == 0 || guns[i].kind != GunKind::Super {
        return false;
    }
    let n = station.host_guns as usize;
    let from = i / n * n;
    let to = (from + n).min(guns.len());
    let before: Vec<u32> = guns[from..to].iter().map(|g| g.allotted_w).collect();
    let demands: Vec<u32> =
        guns[from..to].iter().map(|g| if g.kind == GunKind::Super { g.demand_w } else { 0 }).collect();
    for (k, share) in fill(station.host_w, &demands).into_iter().enumerate() {
        let gun = &mut guns[from + k];
        if gun.kind != GunKind::Super {
            continue;
        }
        gun.allotted_w = share;
        if from + k != i && gun.vehicle != NONE && share != before[k] {
            let what = Answer::Limit { gun: station.first_gun + (from + k) as u32, limit_w: share };
            replies.push(Reply { vehicle: gun.vehicle, at_s, what });
        }
    }
    true
}

/// Water-filling: nobody gets more than it can use, and those who could use more get equal shares.
pub fn fill(total_w: u32, demands_w: &[u32]) -> Vec<u32> {
    let mut shares = vec![0; demands_w.len()];
    let mut open: Vec<usize> = (0..demands_w.len()).filter(|&k| demands_w[k] > 0).collect();
    open.sort_by_key(|&k| (demands_w[k], k));
    let mut left = total_w;
    let mut count = open.len() as u32;
    for k in open {
        let share = demands_w[k].min(left / count);
        shares[k] = share;
        left -= share;
        count -= 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn filling_wastes_nothing_and_favours_nobody(total in 0_u32..800_000, demands in prop::collection::vec(0_u32..300_000, 1..8)) {
            let shares = fill(total, &demands);
            let sum: u64 = shares.iter().map(|&s| u64::from(s)).sum();
            let wanted: u64 = demands.iter().map(|&d| u64::from(d)).sum();
            prop_assert!(sum <= u64::from(total).min(wanted));
            prop_assert!(sum + demands.len() as u64 >= u64::from(total).min(wanted), "power left over");
            for (a, da) in shares.iter().zip(&demands) {
                prop_assert!(a <= da);
                for (b, db) in shares.iter().zip(&demands) {
                    prop_assert!(!(a < da && b < db) || a.abs_diff(*b) <= demands.len() as u32);
                }
            }
        }
    }
}
