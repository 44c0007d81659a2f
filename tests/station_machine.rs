//! A station under every sequence of arrivals, departures, lost patience, failures and repairs, beside a model that
//! knows nothing of power: the two agree on who stands where, and no rule of a station is ever broken.

use crate::support::{cases, gun, params, station};
use proptest::prelude::*;
use proptest::test_runner::Config;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::LazyLock;
use voltcity::fleet::charger::{Gun, GunKind, GunStatus, NONE};
use voltcity::fleet::params::FleetParams;
use voltcity::fleet::station::{Answer, Ask, Reply, Request, Station, Want, serve};

/// Vehicles that come and go.
const VEHICLES: u32 = 14;
/// Row of the station's first gun, so that rows and places are not the same thing.
const FIRST_GUN: u32 = 100;

static PARAMS: LazyLock<FleetParams> = LazyLock::new(params);

/// A gun as the model sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Spot {
    ac: bool,
    owner: Option<u32>,
    is: Is,
}

/// What a gun is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Free,
    Used(u32),
    Broken,
    Dead,
}

/// Every other spot is an ordinary one that also takes energy back.
const fn is_two_way(spot: usize) -> bool {
    spot % 2 == 1
}

/// Every third vehicle can give energy back.
const fn gives(vehicle: u32) -> bool {
    vehicle.is_multiple_of(3)
}

/// The model: spots, a queue, and how the station is built.
#[derive(Clone, Debug)]
struct Model {
    build: Build,
    spots: Vec<Spot>,
    queue: VecDeque<u32>,
}

/// How a station is built.
#[derive(Clone, Debug)]
struct Build {
    kinds: Vec<GunKind>,
    /// The vehicle that owns a gun, by gun.
    owners: Vec<Option<u32>>,
    /// Guns that have failed for good.
    dead: Vec<bool>,
    host_w: u32,
    host_guns: u32,
}

impl Model {
    fn new(build: Build) -> Self {
        let spot = |i: usize| Spot {
            ac: build.kinds[i].is_ac(),
            owner: build.owners[i],
            is: if build.dead[i] { Is::Dead } else { Is::Free },
        };
        Self { spots: (0..build.kinds.len()).map(spot).collect(), queue: VecDeque::new(), build }
    }

    fn spot_of(&self, vehicle: u32) -> Option<usize> {
        self.spots.iter().position(|s| s.is == Is::Used(vehicle))
    }

    fn is_here(&self, vehicle: u32) -> bool {
        self.spot_of(vehicle).is_some() || self.queue.contains(&vehicle)
    }

    /// The first free spot of a kind that is nobody's own; for who can give energy back, a two-way one if there is one.
    fn free(&self, ac: bool, vehicle: u32) -> Option<usize> {
        let fits = |i: &usize| {
            let spot = &self.spots[*i];
            spot.is == Is::Free && spot.owner.is_none() && spot.ac == ac
        };
        let preferred = (0..self.spots.len()).filter(|i| gives(vehicle) && is_two_way(*i)).find(fits);
        preferred.or_else(|| (0..self.spots.len()).find(fits))
    }

    fn arrive(&mut self, vehicle: u32, want: Want, patience_s: u32) {
        let spot = match want {
            Want::Own(gun) => Some((gun - FIRST_GUN) as usize).filter(|&i| self.spots[i].is == Is::Free),
            Want::Ac => self.free(true, vehicle),
            Want::Dc => self.free(false, vehicle).filter(|_| self.queue.is_empty()),
        };
        let busy = self.spots.iter().filter(|s| !s.ac && matches!(s.is, Is::Used(_))).count();
        let expected_s = (self.queue.len() + 1) as f64 * PARAMS.service_s / busy as f64;
        match spot {
            Some(i) => self.spots[i].is = Is::Used(vehicle),
            None if want == Want::Dc && busy > 0 && expected_s <= f64::from(patience_s) => {
                self.queue.push_back(vehicle);
            }
            None => {}
        }
    }

    /// A spot has become free: whoever is first in the queue takes it, if it is of the kind people wait for.
    fn freed(&mut self, i: usize) {
        self.spots[i].is = Is::Free;
        if !self.spots[i].ac
            && self.spots[i].owner.is_none()
            && let Some(next) = self.queue.pop_front()
        {
            self.spots[i].is = Is::Used(next);
        }
    }
}

/// What may happen to a station.
#[derive(Clone, Debug)]
enum Event {
    /// A vehicle that is not here comes.
    Arrive {
        vehicle: u32,
        own: bool,
        ac: bool,
        demand_w: u32,
        patience_s: u32,
    },
    /// A vehicle leaves the gun it is at, or, having been interrupted, one it no longer has.
    Leave {
        vehicle: u32,
        stale: usize,
    },
    /// A vehicle loses patience, or has just been called.
    GiveUp {
        vehicle: u32,
    },
    Fail(usize),
    Repair(usize),
}

struct Machine;

fn builds() -> impl Strategy<Value = Build> {
    use GunKind::{CompoundAc, Dc60, Dc180, HomeAc, PublicAc, Super, V2g};
    let supers = prop_oneof![Just(0_usize), 1_usize..7];
    let others = prop::collection::vec(prop::sample::select(vec![CompoundAc, PublicAc, Dc60, Dc180, V2g]), 0..6);
    let homes = 0_usize..3;
    let dead = prop::collection::vec(prop::bool::weighted(0.1), 16);
    (supers, others, homes, dead, 100_000_u32..700_000, 1_u32..6, any::<bool>()).prop_map(
        |(supers, others, homes, dead, host_w, host_guns, shares)| {
            let mut kinds = vec![Super; supers];
            kinds.extend(others);
            kinds.extend(vec![HomeAc; homes.max(usize::from(kinds.is_empty()))]);
            let owner = |(i, k): (usize, &GunKind)| (*k == HomeAc).then_some(i as u32 % VEHICLES);
            let owners = kinds.iter().enumerate().map(owner).collect();
            let dead = (0..kinds.len()).map(|i| dead[i] && kinds[i] != HomeAc).collect();
            Build { kinds, owners, dead, host_w: if shares { host_w } else { 0 }, host_guns }
        },
    )
}

impl ReferenceStateMachine for Machine {
    type State = Model;
    type Transition = Event;

    fn init_state() -> BoxedStrategy<Model> {
        builds().prop_map(Model::new).boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Event> {
        let guns = model.spots.len();
        let vehicle = 0..VEHICLES;
        let arrive = (vehicle.clone(), any::<bool>(), any::<bool>(), 1_000_u32..300_000, 0_u32..40_000).prop_map(
            |(vehicle, own, ac, demand_w, patience_s)| Event::Arrive { vehicle, own, ac, demand_w, patience_s },
        );
        prop_oneof![
            6 => arrive,
            3 => (vehicle.clone(), 0..guns).prop_map(|(vehicle, stale)| Event::Leave { vehicle, stale }),
            1 => vehicle.prop_map(|vehicle| Event::GiveUp { vehicle }),
            1 => (0..guns).prop_map(Event::Fail),
            1 => (0..guns).prop_map(Event::Repair),
        ]
        .boxed()
    }

    fn preconditions(model: &Model, event: &Event) -> bool {
        match event {
            Event::Arrive { vehicle, .. } => !model.is_here(*vehicle),
            _ => true,
        }
    }

    fn apply(mut model: Model, event: &Event) -> Model {
        match *event {
            Event::Arrive { vehicle, own, ac, patience_s, .. } => {
                let want = want(&model, vehicle, own, ac);
                model.arrive(vehicle, want, patience_s);
            }
            Event::Leave { vehicle, .. } => {
                if let Some(i) = model.spot_of(vehicle) {
                    model.freed(i);
                }
            }
            Event::GiveUp { vehicle } => model.queue.retain(|&v| v != vehicle),
            Event::Fail(i) => {
                if model.spots[i].is != Is::Dead {
                    model.spots[i].is = Is::Broken;
                }
            }
            Event::Repair(i) => {
                if model.spots[i].is == Is::Broken {
                    model.freed(i);
                }
            }
        }
        model
    }
}

/// What a vehicle asks for: its own pile if it has one and means it.
fn want(model: &Model, vehicle: u32, own: bool, ac: bool) -> Want {
    let pile = model.spots.iter().position(|s| s.owner == Some(vehicle));
    match pile {
        Some(i) if own => Want::Own(FIRST_GUN + i as u32),
        _ if ac => Want::Ac,
        _ => Want::Dc,
    }
}

/// The station under test, with what its vehicles have heard.
struct Site {
    station: Station,
    guns: Vec<Gun>,
    now_s: u32,
    /// Gun and limit by vehicle, as told.
    told: BTreeMap<u32, (u32, u32)>,
    waiting: BTreeSet<u32>,
    /// Demand by vehicle, as asked.
    demand_w: BTreeMap<u32, u32>,
}

impl Site {
    fn new(build: &Build) -> Self {
        let rating = |k: GunKind| if k.is_ac() { 7_000 } else { 250_000 };
        let two_way = |(i, &kind): (usize, &GunKind)| Gun { two_way: is_two_way(i), ..gun(kind, rating(kind)) };
        let mut guns: Vec<Gun> = build.kinds.iter().enumerate().map(two_way).collect();
        for (i, g) in guns.iter_mut().enumerate() {
            g.owner = build.owners[i].unwrap_or(NONE);
            g.status = if build.dead[i] { GunStatus::LongFailed } else { GunStatus::Available };
        }
        let station = station(FIRST_GUN, guns.len() as u32, build.host_w, build.host_guns);
        let (told, waiting, demand_w) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        Self { station, guns, now_s: 0, told, waiting, demand_w }
    }

    /// Serves a request and tells the vehicles.
    fn serve(&mut self, vehicle: u32, what: Ask) -> Vec<Reply> {
        self.now_s += 7;
        let request = Request { station: 0, at_s: self.now_s, vehicle, what };
        let before: Vec<GunStatus> = self.guns.iter().map(|g| g.status).collect();
        let mut replies = Vec::new();
        serve(&PARAMS, &mut self.station, &mut self.guns, &request, &mut replies);
        for (gun, was) in self.guns.iter().zip(before) {
            // A gun that passes on its vehicle is free in between.
            let through = gun.status == GunStatus::Plugged && matches!(was, GunStatus::Plugged | GunStatus::Faulted);
            assert!(was == gun.status || was.may_become(gun.status) || through, "{was:?} to {:?}", gun.status);
        }
        for reply in &replies {
            assert_eq!(reply.at_s, self.now_s, "an answer is of the second of its cause");
            self.hear(*reply);
        }
        replies
    }

    /// What a vehicle makes of an answer.
    fn hear(&mut self, reply: Reply) {
        let v = reply.vehicle;
        match reply.what {
            Answer::Joined => assert!(self.waiting.insert(v), "a vehicle joins a queue once"),
            Answer::Denied => {
                self.waiting.remove(&v);
            }
            Answer::Granted { gun, kind, two_way, limit_w } => {
                self.waiting.remove(&v);
                assert_eq!(two_way, self.guns[(gun - FIRST_GUN) as usize].is_two_way());
                assert_eq!(kind, self.guns[(gun - FIRST_GUN) as usize].kind);
                assert!(self.told.insert(v, (gun, limit_w)).is_none(), "one gun a vehicle");
            }
            Answer::Limit { gun, limit_w } => {
                let told = self.told.get_mut(&v).expect("only who is plugged in has a limit");
                assert_eq!(told.0, gun);
                told.1 = limit_w;
            }
            Answer::Order(_) | Answer::Come { .. } | Answer::PutOff { .. } => panic!("stations do not give orders"),
            Answer::Interrupted { gun } => {
                assert_eq!(self.told.remove(&v).map(|t| t.0), Some(gun), "only who is plugged in is interrupted");
            }
        }
    }

    fn arrive(&mut self, vehicle: u32, want: Want, demand_w: u32, patience_s: u32) {
        self.demand_w.insert(vehicle, demand_w);
        let replies = self.serve(vehicle, Ask::Arrive { want, demand_w, patience_s, gives: gives(vehicle) });
        let own: Vec<&Reply> = replies.iter().filter(|r| r.vehicle == vehicle).collect();
        assert_eq!(own.len(), 1, "every arrival has one answer: {own:?}");
        assert!(matches!(own[0].what, Answer::Granted { .. } | Answer::Joined | Answer::Denied), "{own:?}");
    }

    fn leave(&mut self, vehicle: u32, stale: usize) {
        let gun = self.told.remove(&vehicle).map(|t| t.0);
        let replies = self.serve(vehicle, Ask::Leave(gun.unwrap_or(FIRST_GUN + stale as u32)));
        assert!(replies.iter().all(|r| r.vehicle != vehicle), "who leaves hears no more");
        assert!(gun.is_some() || replies.is_empty(), "nobody leaves a gun that is not his");
    }

    fn give_up(&mut self, vehicle: u32) {
        let was_waiting = self.waiting.contains(&vehicle);
        let replies = self.serve(vehicle, Ask::GiveUp);
        assert_eq!(replies.len(), usize::from(was_waiting), "{replies:?}");
    }

    /// Guns of one host, as ranges of places.
    fn hosts(&self) -> impl Iterator<Item = &[Gun]> {
        self.guns.chunks(self.station.host_guns.max(1) as usize)
    }

    fn check(&self) {
        for (i, gun) in self.guns.iter().enumerate() {
            assert_eq!(gun.vehicle != NONE, gun.status == GunStatus::Plugged, "gun {i}: {gun:?}");
            if gun.vehicle == NONE {
                assert_eq!((gun.demand_w, gun.allotted_w), (0, 0), "an unused gun has no power");
                continue;
            }
            assert!(gun.owner == NONE || gun.owner == gun.vehicle, "only the owner uses a private pile");
            assert_eq!(self.told.get(&gun.vehicle), Some(&(FIRST_GUN + i as u32, gun.allotted_w)), "told and allotted");
            assert!(gun.allotted_w <= gun.demand_w && gun.demand_w <= gun.rating_w);
            assert!(gun.demand_w <= self.demand_w[&gun.vehicle]);
            if gun.kind.is_ac() {
                let meter_w = PARAMS.loss(gun.kind).meter_w(i64::from(gun.allotted_w));
                assert!(meter_w <= i64::from(gun.rating_w), "an AC pile is rated at the meter");
            }
        }
        assert_eq!(self.told.len(), self.guns.iter().filter(|g| g.vehicle != NONE).count());
        if self.station.host_w > 0 {
            self.hosts().for_each(|host| check_host(host, self.station.host_w));
        }
        self.check_queue();
    }

    fn check_queue(&self) {
        let queued: BTreeSet<u32> = self.station.queue.iter().map(|w| w.vehicle).collect();
        assert_eq!(queued.len(), self.station.queue.len(), "nobody queues twice");
        assert_eq!(queued, self.waiting, "who waits and who was told to wait");
        assert!(self.station.queue.iter().is_sorted_by_key(|w| w.since_s), "a queue is in order of arrival");
        for ac in [true, false] {
            let wanted = if ac { Want::Ac } else { Want::Dc };
            let waits = self.station.queue.iter().any(|w| w.want == wanted);
            let usable = |g: &&Gun| g.status == GunStatus::Available && g.owner == NONE && g.kind.is_ac() == ac;
            let free = self.guns.iter().find(usable);
            assert!(!waits || free.is_none(), "a queue before a free gun: {free:?}");
        }
    }
}

/// A host gives no more than it has, and keeps nothing back from who could use it.
fn check_host(host: &[Gun], host_w: u32) {
    let mine = host.iter().filter(|g| g.kind == GunKind::Super);
    let (allotted, wanted) =
        mine.clone().fold((0_u64, 0_u64), |(a, d), g| (a + u64::from(g.allotted_w), d + u64::from(g.demand_w)));
    let most = wanted.min(u64::from(host_w));
    assert!(allotted <= most, "a host of {host_w} W allots {allotted} W");
    assert!(allotted + host.len() as u64 >= most, "a host keeps power back: {allotted} of {most} W");
}

impl StateMachineTest for Site {
    type SystemUnderTest = Site;
    type Reference = Machine;

    fn init_test(model: &Model) -> Site {
        Site::new(&model.build)
    }

    fn apply(mut site: Site, model: &Model, event: Event) -> Site {
        match event {
            Event::Arrive { vehicle, own, ac, demand_w, patience_s } => {
                site.arrive(vehicle, want(model, vehicle, own, ac), demand_w, patience_s);
            }
            Event::Leave { vehicle, stale } => site.leave(vehicle, stale),
            Event::GiveUp { vehicle } => site.give_up(vehicle),
            Event::Fail(i) => drop(site.serve(NONE, Ask::Fail(FIRST_GUN + i as u32))),
            Event::Repair(i) => drop(site.serve(NONE, Ask::Repair(FIRST_GUN + i as u32))),
        }
        site
    }

    fn check_invariants(site: &Site, model: &Model) {
        site.check();
        for (gun, spot) in site.guns.iter().zip(&model.spots) {
            let is = match gun.status {
                GunStatus::Available => Is::Free,
                GunStatus::Plugged => Is::Used(gun.vehicle),
                GunStatus::Faulted => Is::Broken,
                GunStatus::LongFailed => Is::Dead,
            };
            assert_eq!(is, spot.is);
        }
        assert!(site.station.queue.iter().map(|w| w.vehicle).eq(model.queue.iter().copied()), "the same queue");
    }

    /// Everyone who waits is served in the end, in order, or gives up because nothing works.
    fn teardown(mut site: Site, _model: Model) {
        for i in 0..site.guns.len() {
            site.serve(NONE, Ask::Repair(FIRST_GUN + i as u32));
        }
        let mut order: VecDeque<u32> = site.station.queue.iter().map(|w| w.vehicle).collect();
        let works = site.guns.iter().any(|g| g.owner == NONE && !g.kind.is_ac() && g.status != GunStatus::LongFailed);
        while works && !order.is_empty() {
            let plugged: Vec<u32> = site.told.keys().copied().collect();
            for vehicle in plugged {
                let next = site.told[&vehicle].0 - FIRST_GUN;
                let calls = !site.guns[next as usize].kind.is_ac() && site.guns[next as usize].owner == NONE;
                site.leave(vehicle, 0);
                if let Some(first) = order.pop_front_if(|_| calls) {
                    assert!(site.told.contains_key(&first), "{first} was next");
                }
                site.check();
            }
        }
        let left: Vec<u32> = site.waiting.iter().copied().collect();
        for vehicle in left {
            site.give_up(vehicle);
        }
        assert!(site.waiting.is_empty() && site.station.queue.is_empty());
    }
}

prop_state_machine! {
    #![proptest_config(Config { cases: cases(256), max_local_rejects: u32::MAX, ..Config::default() })]

    #[test]
    fn a_station_keeps_its_rules(sequential 1..80 => Site);
}
