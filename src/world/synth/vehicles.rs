//! Vehicles: how many live in each zone, where they charge, what they are, and how full they begin.

use crate::chance::{Purpose, draw};
use crate::city::geography::Geography;
use crate::fleet::charger::NONE;
use crate::fleet::params::{FleetParams, PlugIn};
use crate::fleet::vehicle::{Access, Chemistry, Phase, Place, Vehicle, VehicleClass, VehicleState};
use crate::units::{Energy, JOULES_PER_KWH};
use crate::world::schema::ClassFile;
use crate::world::synth::STRUCTURE;

/// Where the vehicles of one class and zone may charge.
#[derive(Clone, Debug, Default)]
pub struct Berths {
    /// First vehicle of the class in each zone, counted within the class; one more entry than zones.
    pub starts: Vec<u64>,
    /// Piles of their own, as (station, gun), by zone.
    pub own: Vec<Vec<(u32, u32)>>,
    /// Compounds with shared piles by zone.
    pub shared: Vec<Vec<u32>>,
    /// Number of vehicles with access to shared piles by zone.
    pub shared_users: Vec<u64>,
    /// Depots of the class as (station, zone), in order.
    pub depots: Vec<(u32, u16)>,
}

/// The vehicles of one class, to be made on demand.
#[derive(Clone, Debug)]
pub struct ClassPlan {
    /// Class.
    pub class: VehicleClass,
    /// Its figures.
    pub file: ClassFile,
    /// Where its vehicles charge.
    pub berths: Berths,
    /// Row of its first vehicle.
    pub first_row: u32,
    /// Stops on a working day, mean over its vehicles.
    pub stops_per_day: f64,
}

/// All vehicles of a world, made on demand: each is a function of its row, so that they can be made in parallel and
/// never stand in memory twice.
#[derive(Clone, Debug, Default)]
pub struct VehiclePlan {
    /// Classes in the order of their rows.
    pub classes: Vec<ClassPlan>,
}

impl VehiclePlan {
    /// Number of vehicles.
    pub fn len(&self) -> usize {
        self.classes.iter().map(|c| c.file.count.get() as usize).sum()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes the vehicle of a row.
    pub fn make(&self, geography: &Geography, params: &FleetParams, row: u32) -> (Vehicle, VehicleState) {
        let i = self.classes.partition_point(|c| c.first_row <= row) - 1;
        let plan = &self.classes[i];
        let ClassPlan { class, file, berths, stops_per_day, .. } = plan;
        let maker = Maker { class: *class, file, berths, geography, params, stops_per_day: *stops_per_day };
        maker.make(row, u64::from(row - plan.first_row))
    }
}

/// Occasions to plug in that a settled start looks back on.
const MOST_CHANCES: usize = 48;
/// Occasions a day, at most, that it tells apart.
const MOST_STOPS: f64 = 4.0;

/// Cumulative weights of the number of occasions to plug in since the last charge to `top`, between two of which the
/// vehicle takes `each`, both as shares of capacity.
///
/// The odds against plugging in are `exp(z)`, with `z` linear in the state of charge: each occasion multiplies them by
/// the same factor, so that two exponentials serve for all.
fn survival(rule: PlugIn, caution: f64, top: f64, each: f64) -> [f64; MOST_CHANCES] {
    let mut odds_against = rule.odds_against(top, caution);
    let factor = libm::exp(-each / rule.width);
    let mut weights = [0.0; MOST_CHANCES];
    let (mut alive, mut sum, mut soc) = (1.0, 0.0, top);
    for k in 0..MOST_CHANCES {
        // Few live on after that: no time is spent on them, nor on odds of a thousand to one.
        if soc < 0.03 || alive < 0.01 {
            weights[k..].fill(sum);
            break;
        }
        sum += alive;
        weights[k] = sum;
        if odds_against < 1e3 {
            alive *= odds_against / (1.0 + odds_against);
        }
        odds_against *= factor;
        soc -= each;
    }
    weights
}

/// What a vehicle is made from.
struct Maker<'a> {
    class: VehicleClass,
    file: &'a ClassFile,
    berths: &'a Berths,
    geography: &'a Geography,
    params: &'a FleetParams,
    stops_per_day: f64,
}

impl Maker<'_> {
    /// The `k`-th vehicle of the class, whose row is `row`.
    fn make(&self, row: u32, k: u64) -> (Vehicle, VehicleState) {
        let f = self.file;
        let mut d = draw(STRUCTURE, Purpose::VehicleTraits, row, 0);
        let (access, home_zone, home_station, own_gun) = self.berth(k);
        let hybrid = d.chance(f.hybrid_share.get());
        let (median, sigma) = if hybrid { f.hybrid_kwh.get() } else { f.battery_kwh.get() };
        let capacity_kwh = d.log_normal(median, sigma).min(1_000.0);
        let (mean, spread) = f.kwh_per_km.get();
        let kwh_per_km = d.log_normal(mean, spread);
        let work_zone = self.geography.destination(home_zone, &mut d);
        let vehicle = Vehicle {
            capacity_j: (capacity_kwh * JOULES_PER_KWH) as u32,
            j_per_km: (kwh_per_km * JOULES_PER_KWH) as u32,
            ac_w: (if hybrid { f.hybrid_ac_kw.get() } else { f.ac_kw.get() } * 1_000.0) as u32,
            dc_w: (f.dc_c_rate.get() * capacity_kwh * 1_000.0) as u32,
            home_station,
            own_gun,
            commute_m: (f64::from(self.geography.metres(home_zone, work_zone)) * d.between(0.8, 1.2)) as u32,
            home_zone,
            work_zone,
            class: self.class,
            chemistry: if d.chance(f.lfp_share.get()) { Chemistry::Lfp } else { Chemistry::Nmc },
            access,
            hybrid,
            v2g: d.chance(f.v2g_share.get()),
            follows_price: d.chance(f.price_follower_share.get()),
            worker: d.chance(f.worker_share.get()),
            habit: (d.bell() * 6.0) as i8,
            caution: d.below(256) as u8,
        };
        let state = self.settled(row, &vehicle);
        (vehicle, state)
    }

    /// Where the `k`-th vehicle is kept: access, zone, station, own pile.
    fn berth(&self, k: u64) -> (Access, u16, u32, u32) {
        let b = self.berths;
        if !b.depots.is_empty() {
            let (station, zone) = b.depots[(k % b.depots.len() as u64) as usize];
            return (Access::Depot, zone, station, NONE);
        }
        let zone = b.starts.partition_point(|&s| s <= k) - 1;
        let within = k - b.starts[zone];
        let (own, shared) = (&b.own[zone], &b.shared[zone]);
        if let Some(&(station, gun)) = own.get(within as usize) {
            return (Access::Own, zone as u16, station, gun);
        }
        let after = within - own.len() as u64;
        if after < b.shared_users[zone] && !shared.is_empty() {
            let station = shared[(after % shared.len() as u64) as usize];
            return (Access::Compound, zone as u16, station, NONE);
        }
        (Access::Public, zone as u16, NONE, NONE)
    }

    /// A state as of an ordinary midnight: the vehicle has just come to its base, with the state of charge of a
    /// driver who has lived by the class's plug-in rule for long.
    ///
    /// With a probability `p(soc)` of charging on each occasion, the number of occasions since the last charge has
    /// weights of the product of `1 - p` over those before: the age distribution of the renewal process. Who has a
    /// pile or a depot has one occasion a day, who depends on public points one at each stop.
    fn settled(&self, row: u32, v: &Vehicle) -> VehicleState {
        let class = &self.params.classes[self.class as usize];
        let mut d = draw(STRUCTURE, Purpose::VehicleStart, row, 0);
        let capacity = f64::from(v.capacity_j);
        let daily = self.file.km_per_day.get() * f64::from(v.j_per_km) / capacity;
        let caution = (f64::from(v.caution) - 127.5) / 127.5;
        let public = v.access == Access::Public;
        let rule = if public { class.public } else { class.base };
        // Hybrids look for a public point only where they live.
        let stops = if public && !v.hybrid { self.stops_per_day.clamp(1.0, MOST_STOPS) } else { 1.0 };
        let fast = public && !v.hybrid && !d.chance(class.slow_share);
        let top = if fast { f64::from(class.dc_target_milli) / 1_000.0 } else { 1.0 };
        let each = daily / stops;
        let age = d.weighted(&survival(rule, caution, top, each)) as f64;
        // Somewhere between two occasions.
        let soc = (top - (age + d.unit()) * each).clamp(0.05, top);
        let place = if v.access == Access::Depot { Place::Depot } else { Place::Home };
        let mut state = VehicleState::parked(Energy::round(soc * capacity), v.home_zone, place, 0);
        // It arrives within the first hour, with nothing left to drive: the first thing it does is to consider
        // plugging in. Leg 255 is followed by leg 0 of the same day.
        state.phase = Phase::Driving;
        (state.leg, state.next_s) = (u8::MAX, d.below(3_600));
        state
    }
}
