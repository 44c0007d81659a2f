//! The systems of sites: weather and prices are sensed, then buildings, arrays and storage move energy.

use crate::city::tree::{Transformer, TransformerFlow};
use crate::clock::{Calendar, Clock, HOUR_S};
use crate::fleet::params::Surroundings;
use crate::network::RunningGrid;
use crate::parallel::{Threads, rows, with_rows};
use crate::site::blackout::Blackouts;
use crate::site::building::{FactorTable, Load, Moment, power_w};
use crate::site::panel::ac_power_w_per_kwp;
use crate::site::pv::{PvArray, PvOutput, PvParams};
use crate::site::sky::Sky;
use crate::site::stock::{Building, BuildingLoad};
use crate::site::storage::{
    NodeView, PriceHour, Rules, StorageOrders, StorageParams, StorageState, StorageUnit, move_in_turn,
};
use crate::site::weather::{Air, Memo, Weather};
use bevy_ecs::prelude::*;

/// The weather of the world, with its memory.
#[derive(Resource, Clone, Debug)]
pub struct WeatherRes {
    /// Parameters.
    pub weather: Weather,
    /// What has been worked out for the present hour and day.
    pub memo: Memo,
}

/// The load model of the world.
#[derive(Resource, Clone, Debug)]
pub struct LoadRes(pub Load);

/// What every site sees in the present step.
#[derive(Resource, Clone, Debug)]
pub struct Conditions {
    /// The air.
    pub air: Air,
    /// The sky, when the sun is up.
    pub sky: Option<Sky>,
    /// What buildings are multiplied by.
    pub factors: FactorTable,
}

/// Sense: air, sky and load factors at the middle of the step.
pub fn sense_conditions(
    clock: Res<Clock>,
    calendar: Res<Calendar>,
    mut weather: ResMut<WeatherRes>,
    load: Res<LoadRes>,
    pv: Res<PvParams>,
    mut out: ResMut<Conditions>,
) {
    let now = clock.middle_s();
    let WeatherRes { weather, memo } = &mut *weather;
    let (day, index) = (calendar.day_at(now), now / crate::clock::DAY_S);
    let second = now % crate::clock::DAY_S;
    let air = weather.air_with(memo, day.unix_day, second);
    let at = Moment {
        unix_day: day.unix_day,
        second,
        today: day.kind,
        yesterday: calendar.day(index.saturating_sub(1)).kind,
    };
    *out = Conditions { air, sky: sky_at(&pv, &air, calendar.unix_s(now)), factors: load.0.table(&at, &air) };
}

/// The sky at an instant, or `None` by night.
fn sky_at(pv: &PvParams, air: &Air, utc_s: i64) -> Option<Sky> {
    let clear = Sky::at(&pv.place, utc_s, &pv.linke, 1.0, air.temperature_c, air.wind_m_s);
    let up = clear.sun.direction[2];
    if up <= 0.0 || clear.clear.ghi_w_m2 <= 0.0 {
        return None;
    }
    let index = (air.clearness * clear.dni_extra_w_m2 * up / clear.clear.ghi_w_m2).min(MOST_CLEAR_SKY_INDEX);
    Some(Sky::at(&pv.place, utc_s, &pv.linke, index, air.temperature_c, air.wind_m_s))
}

/// Buildings, and arrays, for which another thread is worth its hand-over.
const LEAST_BUILDINGS: usize = 16_384;
const LEAST_ARRAYS: usize = 1_024;

/// The most that cloud edges add to a clear sky over a quarter of an hour (assumption).
const MOST_CLEAR_SKY_INDEX: f64 = 1.1;

/// Act: every building draws its share. Writes [`BuildingLoad`].
pub fn run_buildings(
    conditions: Res<Conditions>,
    threads: Res<Threads>,
    traits: Query<&Building>,
    mut loads: Query<&mut BuildingLoad>,
) {
    let traits = rows(&traits);
    with_rows(&mut loads, |loads| {
        let chunk = loads.len().div_ceil(threads.0).max(LEAST_BUILDINGS);
        let parts = loads.chunks_mut(chunk).zip(traits.chunks(chunk)).collect();
        threads.each(parts, |(loads, traits): (&mut [BuildingLoad], &[Building])| {
            for (load, b) in loads.iter_mut().zip(traits) {
                load.power_w = power_w(b.base_w, b.cooling_w, conditions.factors.of(b.kind, b.variant)) as i32;
            }
        });
    });
}

/// Act: every array delivers what the sky gives. Writes [`PvOutput`].
pub fn run_pv(
    conditions: Res<Conditions>,
    params: Res<PvParams>,
    threads: Res<Threads>,
    traits: Query<&PvArray>,
    mut outputs: Query<&mut PvOutput>,
    mut was_dark: Local<bool>,
) {
    let Some(sky) = &conditions.sky else {
        if !core::mem::replace(&mut *was_dark, true) {
            with_rows(&mut outputs, |outputs| outputs.fill(PvOutput::default()));
        }
        return;
    };
    *was_dark = false;
    let traits = rows(&traits);
    with_rows(&mut outputs, |outputs| {
        let chunk = outputs.len().div_ceil(threads.0).max(LEAST_ARRAYS);
        let parts = outputs.chunks_mut(chunk).zip(traits.chunks(chunk)).collect();
        threads.each(parts, |(outputs, arrays): (&mut [PvOutput], &[PvArray])| {
            for (output, array) in outputs.iter_mut().zip(arrays) {
                let per_kwp = ac_power_w_per_kwp(sky, &array.geometry, &params.inverter);
                output.power_w = (f64::from(array.peak_w) * per_kwp * 1e-3) as i32;
            }
        });
    });
}

/// Act: where inverters answer to the voltage, arrays deliver less than the sky gives. After [`run_pv`].
pub fn curtail_pv(
    clock: Res<Clock>,
    conditions: Res<Conditions>,
    grid: Option<ResMut<RunningGrid>>,
    traits: Query<&PvArray>,
    mut outputs: Query<&mut PvOutput>,
) {
    let Some(mut grid) = grid.filter(|grid| conditions.sky.is_some() && grid.solar_shares().is_some()) else { return };
    let mut curtailed_w = 0;
    with_rows(&mut outputs, |outputs| {
        let shares = grid.solar_shares().unwrap_or_default();
        for (output, array) in outputs.iter_mut().zip(rows(&traits)) {
            let left_w = (f64::from(output.power_w) * f64::from(shares[array.node as usize])) as i32;
            curtailed_w += i64::from(output.power_w - left_w);
            output.power_w = left_w;
        }
    });
    grid.curtail(curtailed_w * i64::from(clock.step_s));
}

/// Energy that storage has gained and drawn, over the run and in the step.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StorageBooks {
    /// Change of energy in all units in the step, in J.
    pub gained_j: i64,
}

/// Rows of the storage units that a rule may move; the others stand by and cost nothing.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct StorageMovers(pub Vec<u32>);

impl StorageMovers {
    /// Adds a unit that has been asked for something.
    pub fn wake(&mut self, row: u32) {
        if let Err(place) = self.0.binary_search(&row) {
            self.0.insert(place, row);
        }
    }
}

/// Allot and Act: every storage unit follows its rule. Reads what its transformer carried in the last step.
#[expect(clippy::too_many_arguments, reason = "one argument per kind of row it reads")]
pub fn run_storage(
    clock: Res<Clock>,
    around: Res<Surroundings>,
    params: Res<StorageParams>,
    orders: Res<StorageOrders>,
    movers: Res<StorageMovers>,
    nodes: Query<&Transformer>,
    flows: Query<&TransformerFlow>,
    traits: Query<&StorageUnit>,
    mut states: Query<&mut StorageState>,
    mut books: ResMut<StorageBooks>,
    blackouts: Res<Blackouts>,
) {
    let (nodes, flows) = (rows(&nodes), rows(&flows));
    let hour = (clock.now_s() / HOUR_S % 24) as usize;
    let hours = PriceHour { valley: around.is_valley(hour), peak: around.is_peak(hour) };
    let rules = Rules { params: &params, hour: hours, orders: &orders, now_s: clock.now_s(), step_s: clock.step_s };
    books.gained_j = with_rows(&mut states, |states| {
        let (mut gained_j, traits) = (0, rows(&traits));
        let node_of = |row: &u32| traits[*row as usize].node as usize;
        for group in movers.0.chunk_by(|a, b| node_of(a) == node_of(b)) {
            let node = node_of(&group[0]);
            if blackouts.until(node as u32, clock.now_s()).is_some() {
                group.iter().for_each(|&row| states[row as usize].meter_j = 0);
                continue;
            }
            let view = NodeView { others_w: i64::from(flows[node].net_w), limit_w: i64::from(nodes[node].limit_w) };
            gained_j += move_in_turn(rules, view, traits, states, group);
        }
        gained_j
    });
}
