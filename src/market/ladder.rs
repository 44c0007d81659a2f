//! How far V2G reaches at one moment: what vehicles at two-way guns can deliver, alone and within the limits of the
//! electrical tree, and where the tree is tightest.

use crate::chance::Seed;
use crate::city::tree::Transformer;
use crate::fleet::charger::{Gun, GunKind};
use crate::fleet::station::Station;
use crate::fleet::vehicle::{Phase, Vehicle, VehicleState};
use crate::market::capability::{Assessment, Funnel, SessionOffer, assess};
use crate::market::conduct::{grid, refresh};
use crate::market::dispatch::{Direction, Grid, Level, Offer, Request};
use crate::market::programme::Programme;
use crate::market::resource::{ResourceKind, ResponseClass};
use crate::twin::Twin;
use crate::units::Money;
use std::collections::BTreeMap;

/// Vehicles behind one element of the tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Behind {
    vehicles: u64,
    /// What they can deliver, in W.
    able_w: i64,
    /// What they draw now, in W; negative when they deliver.
    draws_w: i64,
}

/// A transformer whose room V2G uses most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tightest {
    /// Its row.
    pub node: u32,
    /// Index of its zone.
    pub zone: u16,
    /// Its rating in VA.
    pub rating_va: u32,
    /// What flows through it without the vehicles that could deliver, in W; negative towards the feeder.
    pub others_w: i64,
    /// What they can deliver, in W.
    pub able_w: i64,
    /// How much of that it lets through before its reverse flow is at its limit, in W.
    pub room_w: i64,
    /// The vehicles.
    pub vehicles: u64,
}

impl Tightest {
    /// True when it holds something back.
    pub const fn binds(&self) -> bool {
        self.able_w > self.room_w
    }

    /// True when V2G uses a greater part of its room than of another's.
    fn is_tighter(&self, other: &Self) -> bool {
        let wide = |able_w: i64, room_w: i64| i128::from(able_w) * i128::from(room_w.max(1));
        let (own, its) = (wide(self.able_w, other.room_w), wide(other.able_w, self.room_w));
        (own, other.node) > (its, self.node)
    }
}

/// What V2G can do at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Two-way guns.
    pub guns: u64,
    /// Vehicles on the way to a delivered kilowatt-hour.
    pub funnel: Funnel,
    /// Vehicles that can discharge, whose drivers have agreed and that are plugged in, wherever that is.
    pub plugged_anywhere: u64,
    /// What they can deliver for the time of the class, in W at the meter.
    pub able_w: i64,
    /// Of this, what is sold anyway at the peak price of the standing tariff, in W.
    pub sold_w: i64,
    /// What of it the tree lets through, in W.
    pub through_w: i64,
    /// What they can deliver, by kind of gun, in W.
    pub by_kind_w: [i64; 8],
    /// Transformers, feeders and substations that hold something back.
    pub binding: [usize; 3],
    /// Transformers whose room V2G uses most, from the tightest; none if there is no V2G.
    pub tightest: Vec<Tightest>,
    /// What vehicles that can deliver draw now and what they can deliver, by row of their transformer, in W.
    pub by_node: Vec<(u32, i64, i64)>,
}

/// Transformers that are told as the tightest.
const TIGHTEST: usize = 10;

/// Assesses what V2G can do now for as long as a class of response asks.
pub fn reach(twin: &mut Twin, class: ResponseClass) -> Reach {
    let assessment = assess(twin);
    let mut grid = grid(twin);
    refresh(&mut grid, twin);
    let w = twin.world_mut();
    let stations: Vec<u32> = w.query::<&Station>().iter(w).map(|s| s.node).collect();
    let nodes: Vec<Transformer> = w.query::<&Transformer>().iter(w).copied().collect();
    let guns = w.query::<&Gun>().iter(w).filter(|gun| gun.is_two_way()).count() as u64;
    let (by_kind_w, plugged_anywhere) = of_vehicles(twin, &assessment, class);
    let able = |s: &&SessionOffer| s.discharge_w[class as usize] > 0;
    let mut behind: BTreeMap<u32, Behind> = BTreeMap::new();
    let (mut able_w, mut sold_w) = (0, 0);
    for session in assessment.sessions.iter().filter(able) {
        let power_w = session.discharge_w[class as usize];
        let at = behind.entry(stations[session.station as usize]).or_default();
        at.vehicles += 1;
        at.able_w += power_w;
        at.draws_w += session.draws_w;
        able_w += power_w;
        sold_w += session.sold_w[class as usize];
    }
    let tightest = within(&mut grid, &nodes, &behind);
    let (through_w, binding) = let_through(&grid, &behind);
    let funnel = assessment.funnel;
    let by_node = behind.iter().map(|(&node, at)| (node, at.draws_w, at.able_w)).collect();
    Reach { guns, funnel, plugged_anywhere, able_w, sold_w, through_w, by_kind_w, binding, tightest, by_node }
}

/// What vehicles can deliver by kind of gun, and how many could be called if every gun were two-way.
fn of_vehicles(twin: &mut Twin, assessment: &Assessment, class: ResponseClass) -> ([i64; 8], u64) {
    let (programme, seed): (Programme, Seed) = (twin.resource::<Programme>().clone(), *twin.resource());
    let w = twin.world_mut();
    let mut query = w.query::<(&Vehicle, &VehicleState)>();
    let all: Vec<(bool, GunKind)> =
        query.iter(w).map(|(v, s)| (v.v2g && s.phase == Phase::Plugged, s.gun_kind)).collect();
    let mut by_kind_w = [0; 8];
    for session in &assessment.sessions {
        by_kind_w[all[session.vehicle as usize].1 as usize] += session.discharge_w[class as usize];
    }
    let plugged = (0..).zip(&all).filter(|(row, (can, _))| *can && programme.has_consented(seed, *row));
    (by_kind_w, plugged.count() as u64)
}

/// Takes what the vehicles draw out of the rooms of the tree, so that they tell how much may be delivered; returns the
/// transformers whose room is used most.
fn within(grid: &mut Grid, nodes: &[Transformer], behind: &BTreeMap<u32, Behind>) -> Vec<Tightest> {
    let mut tightest: Vec<Tightest> = Vec::new();
    for (&node, at) in behind {
        let Some(path) = grid.path(node) else { continue };
        for (level, row) in Level::ALL.into_iter().zip(path) {
            grid.rooms_mut(level)[row].fall_w -= at.draws_w;
        }
        let (t, room) = (nodes[node as usize], grid.rooms(Level::Transformer)[node as usize]);
        let one = Tightest {
            node,
            zone: t.zone,
            rating_va: t.rating_va,
            others_w: room.fall_w - i64::from(t.limit_w),
            able_w: at.able_w,
            room_w: room.room_w(Direction::Reduce),
            vehicles: at.vehicles,
        };
        let place = tightest.partition_point(|other| !one.is_tighter(other));
        tightest.insert(place, one);
        tightest.truncate(TIGHTEST);
    }
    tightest
}

/// What the tree lets through, and how many of its elements hold something back, from below.
fn let_through(grid: &Grid, behind: &BTreeMap<u32, Behind>) -> (i64, [usize; 3]) {
    let mut wanted: BTreeMap<usize, i64> = behind.iter().map(|(&node, at)| (node as usize, at.able_w)).collect();
    let mut binding = [0; 3];
    for (level, bound) in Level::ALL.into_iter().zip(&mut binding) {
        let mut above: BTreeMap<usize, i64> = BTreeMap::new();
        for (row, power_w) in wanted {
            let room_w = grid.rooms(level)[row].room_w(Direction::Reduce);
            *bound += usize::from(power_w > room_w);
            *above.entry(grid.parent(level, row)).or_default() += power_w.min(room_w);
        }
        wanted = above;
    }
    let through_w = wanted.values().sum();
    debug_assert_eq!(through_w, most_w(grid, behind), "as any dispatch within the tree would place it");
    (through_w, binding)
}

/// What any dispatch within the tree places of all that can be delivered, in W.
fn most_w(grid: &Grid, behind: &BTreeMap<u32, Behind>) -> i64 {
    let offer = |(&node, at): (&u32, &Behind)| Offer {
        resource: node,
        node,
        aggregator: 0,
        kind: ResourceKind::V2g,
        held_s: u32::MAX,
        most_w: at.able_w,
        laxity_s: i64::MAX,
        price_per_kwh: Money::ZERO,
        used_j: 0,
    };
    let offers: Vec<Offer> = behind.iter().map(offer).collect();
    let request = Request { direction: Direction::Reduce, power_w: i64::MAX, now_s: 0, hold_s: 0 };
    grid.most_w(&request, &offers)
}
