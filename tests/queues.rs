//! Queues at stations against queueing theory: Little's law on every sample path, and the mean wait of plain stations
//! against Erlang's and Pollaczek and Khinchine's formulas.

use crate::support::{cases, gun, params, station};
use proptest::prelude::*;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::LazyLock;
use voltcity::chance::{Draw, Purpose, Seed, draw};
use voltcity::fleet::charger::{Gun, GunKind};
use voltcity::fleet::params::FleetParams;
use voltcity::fleet::station::{Answer, Ask, Reply, Request, Station, Want, serve};

/// Parameters with which everyone who finds all guns taken waits.
static PATIENT: LazyLock<FleetParams> = LazyLock::new(|| FleetParams { service_s: 0.0, ..params() });

/// A station driven by hand, with what is known of everyone's wait.
struct Hall {
    station: Station,
    guns: Vec<Gun>,
    /// Since when a vehicle waits.
    since_s: BTreeMap<u32, u32>,
    /// Vehicle-seconds in the queue, by its length.
    length_s: u64,
    last_s: u32,
    /// Vehicle-seconds in the queue, by who waited.
    waited_s: u64,
    served: u64,
}

impl Hall {
    fn new(guns: usize) -> Self {
        Self {
            station: station(0, guns as u32, 0, 0),
            guns: vec![gun(GunKind::Dc120, 120_000); guns],
            since_s: BTreeMap::new(),
            length_s: 0,
            last_s: 0,
            waited_s: 0,
            served: 0,
        }
    }

    /// Serves a request and returns who has been called to which gun.
    fn serve(&mut self, at_s: u32, vehicle: u32, what: Ask) -> Vec<(u32, u32)> {
        self.length_s += u64::from(at_s - self.last_s) * self.station.queue.len() as u64;
        self.last_s = at_s;
        let mut replies: Vec<Reply> = Vec::new();
        serve(&PATIENT, &mut self.station, &mut self.guns, &Request { station: 0, at_s, vehicle, what }, &mut replies);
        let mut called = Vec::new();
        for reply in replies {
            match reply.what {
                Answer::Joined => assert!(self.since_s.insert(reply.vehicle, reply.at_s).is_none()),
                Answer::Denied => self.end_wait(reply),
                Answer::Granted { gun, .. } => {
                    self.end_wait(reply);
                    self.served += 1;
                    called.push((reply.vehicle, gun));
                }
                Answer::Limit { .. }
                | Answer::Order(_)
                | Answer::Come { .. }
                | Answer::PutOff { .. }
                | Answer::Interrupted { .. } => {}
            }
        }
        called
    }

    fn end_wait(&mut self, reply: Reply) {
        if let Some(since_s) = self.since_s.remove(&reply.vehicle) {
            self.waited_s += u64::from(reply.at_s - since_s);
        }
    }
}

/// What still happens, soonest first: (second, vehicle, gun to leave or `None` to give up).
type Agenda = BinaryHeap<Reverse<(u32, u32, Option<u32>)>>;

/// Vehicles arrive one after the other, each with the time between arrivals, its service and its patience. Returns
/// the hall once everyone has gone.
fn run(guns: usize, visits: impl Iterator<Item = (u32, u32, u32)>) -> Hall {
    let (mut hall, mut agenda, mut now_s) = (Hall::new(guns), Agenda::new(), 0);
    let mut service_s = BTreeMap::new();
    for (vehicle, (gap_s, service, patience_s)) in (0_u32..).zip(visits) {
        now_s += gap_s;
        settle(&mut hall, &mut agenda, &mut service_s, now_s);
        service_s.insert(vehicle, service);
        let what = Ask::Arrive { want: Want::Dc, demand_w: 90_000, patience_s, gives: false };
        let called = hall.serve(now_s, vehicle, what);
        let waits = called.is_empty() && patience_s < u32::MAX / 4;
        agenda.extend(waits.then_some(Reverse((now_s + patience_s, vehicle, None))));
        begin(&mut agenda, &mut service_s, now_s, called);
    }
    settle(&mut hall, &mut agenda, &mut service_s, u32::MAX);
    hall
}

/// Those who have been called begin to charge.
fn begin(agenda: &mut Agenda, service_s: &mut BTreeMap<u32, u32>, now_s: u32, called: Vec<(u32, u32)>) {
    for (vehicle, gun) in called {
        let service_s = service_s.remove(&vehicle).expect("nobody is called twice");
        agenda.push(Reverse((now_s + service_s, vehicle, Some(gun))));
    }
}

/// Everything that happens up to a second.
fn settle(hall: &mut Hall, agenda: &mut Agenda, service_s: &mut BTreeMap<u32, u32>, until_s: u32) {
    while let Some(&Reverse((at_s, vehicle, gun))) = agenda.peek().filter(|next| next.0.0 <= until_s) {
        agenda.pop();
        let called = hall.serve(at_s, vehicle, gun.map_or(Ask::GiveUp, Ask::Leave));
        begin(agenda, service_s, at_s, called);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(64)))]

    /// The time people waited is the time the queue stood there: L = lambda W on every path, to the second.
    #[test]
    fn littles_law_holds_exactly(
        guns in 1_usize..6,
        visits in prop::collection::vec((0_u32..900, 1_u32..5_000, 0_u32..4_000), 1..300),
    ) {
        let count = visits.len() as u64;
        let hall = run(guns, visits.into_iter());
        prop_assert!(hall.since_s.is_empty() && hall.station.queue.is_empty(), "everyone has been served or has left");
        prop_assert!(hall.guns.iter().all(|g| g.vehicle == voltcity::fleet::charger::NONE));
        prop_assert_eq!(hall.length_s, hall.waited_s);
        prop_assert!(hall.served > 0 && hall.served <= count);
    }
}

/// Mean service time in s; long, so that whole seconds do not matter.
const SERVICE_S: f64 = 3_600.0;

/// Mean wait in s of `arrivals` patient vehicles at `guns` guns that are busy a share `load` of the time.
fn mean_wait_s(guns: usize, load: f64, arrivals: u32, service: impl Fn(&mut Draw) -> f64) -> f64 {
    let gap_s = SERVICE_S / (guns as f64 * load);
    let visit = |i: u32| {
        let mut d = draw(Seed(20_240_725), Purpose::Test, i, guns as u32);
        let gap = libm::rint(d.exponential(gap_s)) as u32;
        (gap, libm::rint(service(&mut d)) as u32, u32::MAX / 2)
    };
    let hall = run(guns, (0..arrivals).map(visit));
    assert_eq!(hall.served, u64::from(arrivals), "everyone waits until served");
    assert_eq!(hall.length_s, hall.waited_s);
    hall.waited_s as f64 / f64::from(arrivals)
}

/// Erlang's delay formula (1917): mean wait in an M/M/c queue, in units of the mean service time.
fn erlang_wait(guns: usize, load: f64) -> f64 {
    let c = guns as f64;
    let offered = c * load;
    // Erlang's B by its recursion, then C from B.
    let blocked = (1..=guns).fold(1.0, |b, k| offered * b / (k as f64 + offered * b));
    let delayed = blocked / (1.0 - load * (1.0 - blocked));
    delayed / (c - offered)
}

#[track_caller]
fn check_close(what: &str, simulated_s: f64, exact_s: f64) {
    let off = simulated_s / exact_s - 1.0;
    assert!(
        off.abs() < 0.03,
        "{what}: {simulated_s:.1} s simulated, {exact_s:.1} s by the formula, {:+.2} %",
        100.0 * off
    );
}

#[test]
fn a_plain_station_follows_erlang_c() {
    assert!((erlang_wait(1, 0.8) - 4.0).abs() < 1e-12, "M/M/1 waits rho / (1 - rho) services");
    for (guns, load) in [(1, 0.6), (1, 0.8), (2, 0.6), (2, 0.8), (5, 0.6), (5, 0.8)] {
        // A busier station needs more arrivals for the same confidence.
        let arrivals = if load < 0.7 { 200_000 } else { 400_000 };
        let wait_s = mean_wait_s(guns, load, arrivals, |d| d.exponential(SERVICE_S));
        check_close(&format!("M/M/{guns} at {load}"), wait_s, erlang_wait(guns, load) * SERVICE_S);
    }
}

#[test]
fn a_station_with_equal_sessions_follows_pollaczek_and_khinchine() {
    for load in [0.6, 0.8] {
        let wait_s = mean_wait_s(1, load, 200_000, |_| SERVICE_S);
        check_close(&format!("M/D/1 at {load}"), wait_s, load * SERVICE_S / (2.0 * (1.0 - load)));
    }
}
