//! The programme: which agents have joined which aggregator, how their telemetry reports, and what of their load may
//! be changed.

use crate::chance::{Purpose, Seed, draw};
use crate::clock::DAY_S;
use crate::market::owner::Owners;
use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A resource that has joined an aggregator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Row of the station, building, storage unit or array.
    pub row: u32,
    /// Row of its aggregator.
    pub aggregator: u16,
}

/// What of a kind of load may be shed, and what comes back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flexible {
    /// Share of the present load.
    pub share: f64,
    /// How long it can be shed, in s.
    pub hold_s: u32,
    /// Share of the energy that is drawn afterwards.
    pub rebound: f64,
}

/// How a kind of resource reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Telemetry {
    /// Time between two reports in s.
    pub period_s: u32,
    /// Time from a report to its arrival in s.
    pub latency_s: u32,
    /// Share of reports that are lost.
    pub loss: f64,
}

/// Reports that may be missing in a row before a resource counts as stale (assumption: two).
const MISSING_MAX: u32 = 2;

impl Telemetry {
    /// True when the last report of a resource that has arrived at `now_s` is recent enough to be relied on.
    ///
    /// Reports are made at the multiples of the period; which of them are lost is drawn for each.
    pub fn is_fresh(&self, seed: Seed, resource: u32, now_s: u32) -> bool {
        let newest = now_s.saturating_sub(self.latency_s) / self.period_s.max(1);
        let recent = newest.saturating_sub(MISSING_MAX)..=newest;
        recent.rev().any(|slot| !draw(seed, Purpose::Telemetry, resource, slot).chance(self.loss))
    }
}

/// The four kinds of agent that join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum MemberKind {
    /// Charging stations.
    Station,
    /// Buildings.
    Building,
    /// Storage units.
    Storage,
    /// Solar arrays.
    Pv,
}

impl MemberKind {
    /// All kinds, in order.
    pub const ALL: [Self; 4] = [Self::Station, Self::Building, Self::Storage, Self::Pv];

    /// The number by which a resource's draws are addressed: no two resources share one.
    pub const fn address(self, row: u32) -> u32 {
        row.wrapping_mul(4) + self as u32
    }
}

/// Who has joined, and on what terms.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct Programme {
    /// Members by kind, in the order of their rows.
    pub members: Arc<[Vec<Member>; 4]>,
    /// Hour of the day at which the city's adjustable load is told.
    pub reference_hour: u32,
    /// Share of drivers at connected stations who let their charging be moved.
    pub drivers: f64,
    /// Cooling of offices, shops and public buildings.
    pub cooling: Flexible,
    /// District cooling.
    pub district_cooling: Flexible,
    /// Industry.
    pub industry: Flexible,
    /// Data centres.
    pub data_centre: Flexible,
    /// How owners of vehicles answer.
    pub owners: Owners,
    /// Telemetry of stations, buildings, storage units and arrays.
    pub telemetry: [Telemetry; 4],
    /// Share of resources that are offline for a day.
    pub offline: f64,
}

impl Programme {
    /// True when the platform hears from a resource.
    pub fn is_connected(&self, seed: Seed, kind: MemberKind, row: u32, now_s: u32) -> bool {
        let address = kind.address(row);
        // Far from the slots of reports.
        let today = u32::MAX - now_s / DAY_S;
        let offline = draw(seed, Purpose::Telemetry, address, today).chance(self.offline);
        !offline && self.telemetry[kind as usize].is_fresh(seed, address, now_s)
    }

    /// True when a vehicle's driver lets its charging be moved at connected stations.
    pub fn has_consented(&self, seed: Seed, vehicle: u32) -> bool {
        draw(seed, Purpose::Enrolment, vehicle, 1).chance(self.drivers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_reports_make_a_resource_stale_now_and_then() {
        let stale = |loss: f64| {
            let telemetry = Telemetry { period_s: 60, latency_s: 5, loss };
            (0..4_000).filter(|&resource| !telemetry.is_fresh(Seed(1), resource, 36_000)).count()
        };
        assert_eq!(stale(0.0), 0);
        assert_eq!(stale(1.0), 4_000);
        // Three in a row.
        assert!((400..600).contains(&stale(0.5)), "{}", stale(0.5));
    }

    #[test]
    fn no_two_resources_share_an_address() {
        let all: std::collections::BTreeSet<u32> =
            MemberKind::ALL.into_iter().flat_map(|kind| (0..1_000).map(move |row| kind.address(row))).collect();
        assert_eq!(all.len(), 4_000);
    }
}
