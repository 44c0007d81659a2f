//! The figures of an event, read once from its pair of twins.

use std::collections::BTreeMap;
use voltcity::city::tree::TransformerFlow;
use voltcity::clock::{DAY_S, HOUR_S};
use voltcity::fleet::ageing::Stress;
use voltcity::fleet::ageing::wear::{Band, Worth, band};
use voltcity::fleet::params::Surroundings;
use voltcity::grid::balance::Sums;
use voltcity::market::baseline::gaming::{Ploy, Terms, gain};
use voltcity::market::baseline::score::{Score, Tally};
use voltcity::market::baseline::{BaselineError, Meter, Method, Window, baseline_w};
use voltcity::market::conduct::{HOLD_BACK_S, Missing, Shortfall};
use voltcity::market::exact::{INTERVAL_S, share_out};
use voltcity::market::pair::{Pair, REBOUND_S};
use voltcity::market::resource::Direction;
use voltcity::market::settlement::price::feed_in;
use voltcity::market::settlement::{Accounts, Interval, Price, Programme, Row, SettlementError, settle};
use voltcity::market::tariff::Tariff;
use voltcity::site::systems::WeatherRes;
use voltcity::units::{Energy, Money};

/// Share of the request at which the ramp is over, in 1/1000.
const RAMP_MILLI: i64 = 900;
/// Price of a new battery in yuan/kWh (assumption), and the share of capacity lost when it is replaced (assumption).
const BATTERY: Worth = Worth { yuan_per_kwh: 600.0, lost_at_end: 0.2 };

/// One quarter of an hour of an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quarter {
    /// First second of the run.
    pub(super) from_s: u32,
    /// Mean power asked for, in W.
    pub(super) requested_w: i64,
    /// Mean power delivered against the counterfactual, in W.
    pub(super) delivered_w: i64,
    /// Mean power delivered as telemetry told it, in W.
    pub(super) told_w: i64,
}

/// The figures.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) quarters: Vec<Quarter>,
    /// Energy asked for and delivered, in J.
    pub(super) requested_j: i64,
    pub(super) delivered_j: i64,
    /// Of it, by what: vehicles charging less, vehicles discharging, buildings, storage.
    pub(super) charging_j: i64,
    pub(super) discharge_j: i64,
    pub(super) buildings_j: i64,
    pub(super) storage_j: i64,
    /// From the start to nine tenths of the request.
    pub(super) ramp_s: Option<u32>,
    /// Greatest load above the counterfactual in the two hours after, in W, and its energy in J.
    pub(super) rebound_peak_w: i64,
    pub(super) rebound_j: i64,
    /// By how much less was drawn than without the event from its notice to its start, in J.
    pub(super) before_j: i64,
    pub(super) shortfall: Shortfall,
    /// Vehicles that gained less, or gave.
    pub(super) vehicles_delivered: u64,
    pub(super) trips_harmed: u64,
    /// Trips that were late or lost, without the event and with it.
    pub(super) trips_late: [u64; 2],
    pub(super) baselines: Vec<Judged>,
    /// Wear of a battery per kWh discharged, by every model.
    pub(super) wear: Option<Band>,
    pub(super) rows: Vec<Row>,
    pub(super) accounts: Accounts,
    /// What the event's own baseline could not be made for, and was replaced by the counterfactual.
    pub(super) unbased: Option<BaselineError>,
    /// Why nothing could be settled.
    pub(super) unsettled: Option<SettlementError>,
    /// Transformers above their limit at some time of the day in one run only: pushed over, relieved.
    pub(super) pushed_over: usize,
    pub(super) relieved: usize,
    /// Time that all transformers together were above their limit on the day, without the event and with it, in s.
    pub(super) overload_s: [u64; 2],
    pub(super) hashes: [u64; 2],
    pub(super) residual_j: i64,
}

/// By how much the event changed a step, in its own direction, in J.
fn change(direction: Direction, usual_j: i64, called_j: i64) -> i64 {
    match direction {
        Direction::Reduce => usual_j - called_j,
        Direction::Raise => called_j - usual_j,
    }
}

impl Outcome {
    pub(super) fn of(pair: &mut Pair) -> Self {
        let direction = pair.conductor().event().direction;
        let (start_s, end_s) = pair.conductor().window_s();
        let (start_s, end_s) = (start_s as u32, end_s as u32);
        let step_s = pair.called.clock().step_s;
        let during: Vec<_> = pair.moments.iter().filter(|m| (start_s..end_s).contains(&m.at_s)).copied().collect();
        let sum = |of: &dyn Fn(&Sums) -> i64| -> i64 {
            during.iter().map(|m| change(direction, of(&m.usual), of(&m.called))).sum()
        };
        let delivered_j = sum(&Sums::net_j);
        let event = pair.conductor().event();
        let requested_j = event.energy().0;
        let quarters = quarters(pair, start_s, end_s, direction);
        let peak_w = event.peak().0;
        let ramp_s = during
            .iter()
            .find(|m| {
                let got_w = change(direction, m.usual.net_j(), m.called.net_j()) / i64::from(step_s);
                got_w * 1_000 >= peak_w * RAMP_MILLI
            })
            .map(|m| m.at_s + step_s - start_s);
        let after = pair.moments.iter().filter(|m| (end_s..end_s + REBOUND_S as u32).contains(&m.at_s));
        let back: Vec<i64> = after.map(|m| -change(direction, m.usual.net_j(), m.called.net_j())).collect();
        let before = pair.moments.iter().filter(|m| m.at_s < start_s);
        let before_j = before.map(|m| m.usual.net_j() - m.called.net_j()).sum();
        let ramp_due_s = i64::from(event.ramp_s.max(1));
        let gaps: Vec<(i64, Missing)> = during
            .iter()
            .zip(&pair.conductor().beats)
            .map(|(m, beat)| {
                let got_w = change(direction, m.usual.net_j(), m.called.net_j()) / i64::from(step_s);
                // While the ramp lasts, no more is missing than has to be there by then.
                let due_s = i64::from(m.at_s + step_s - start_s);
                let due_w = beat.requested_w * due_s.min(ramp_due_s) / ramp_due_s;
                ((due_w - got_w).max(0), beat.missing)
            })
            .collect();
        let shortfall = Shortfall::of(gaps.iter().map(|(gap_w, missing)| (*gap_w, missing)));
        let wear = wear_band();
        let (settled, unbased) = settlement(pair, direction, wear_per_kwh(wear.as_ref()));
        let (rows, unsettled) = settled.map_or_else(|error| (Vec::new(), Some(error)), |rows| (rows, None));
        let accounts = Accounts::of(&rows);
        let [over, over_called] = overloads(pair);
        let newly = |a: &[u32], b: &[u32]| a.iter().zip(b).filter(|(a, b)| **a > 0 && **b == 0).count();
        let baselines = baselines(pair);
        let [usual, called] = [&mut pair.usual, &mut pair.called];
        Self {
            requested_j,
            delivered_j,
            charging_j: sum(&|s| s.charged_j),
            discharge_j: sum(&|s| -s.returned_j),
            buildings_j: sum(&|s| s.building_j),
            storage_j: sum(&|s| s.storage_in_j - s.storage_out_j),
            quarters,
            ramp_s,
            rebound_peak_w: back.iter().copied().max().unwrap_or(0).max(0) / i64::from(step_s),
            before_j,
            rebound_j: back.iter().map(|j| j.max(&0)).sum(),
            shortfall,
            vehicles_delivered: pair.vehicles_j.values().filter(|j| change(direction, **j, 0) > 0).count() as u64,
            trips_harmed: pair.trips_harmed,
            trips_late: [&*usual, &*called].map(|twin| {
                let counts = twin.fleet_counts();
                counts.trips_late + counts.trips_unmet
            }),
            baselines,
            wear,
            rows,
            accounts,
            unbased,
            unsettled,
            pushed_over: newly(&over_called, &over),
            relieved: newly(&over, &over_called),
            overload_s: [&over, &over_called].map(|rows| rows.iter().map(|s| u64::from(*s)).sum()),
            hashes: [usual.hash(), called.hash()],
            residual_j: called.ledger_residual_j(),
        }
    }

    /// Mean of what was asked for over the event in W.
    pub(super) fn requested_w(&self) -> i64 {
        let seconds: i64 = self.quarters.len() as i64 * INTERVAL_S;
        if seconds == 0 { 0 } else { self.requested_j / seconds }
    }

    /// Mean power over the event in W.
    pub(super) fn delivered_w(&self) -> i64 {
        let seconds: i64 = self.quarters.len() as i64 * INTERVAL_S;
        if seconds == 0 { 0 } else { self.delivered_j / seconds }
    }

    /// Delivered over requested energy.
    pub(super) fn response_rate(&self) -> Option<f64> {
        (self.requested_j > 0).then(|| self.delivered_j as f64 / self.requested_j as f64)
    }

    /// Share of quarters within 0.8 to 1.2 of the request.
    pub(super) fn sustained_share(&self) -> Option<f64> {
        let asked: Vec<&Quarter> = self.quarters.iter().filter(|q| q.requested_w > 0).collect();
        let good = |q: &&&Quarter| (q.requested_w * 8 / 10..=q.requested_w * 12 / 10).contains(&q.delivered_w);
        (!asked.is_empty()).then(|| asked.iter().filter(good).count() as f64 / asked.len() as f64)
    }
}

fn quarters(pair: &Pair, start_s: u32, end_s: u32, direction: Direction) -> Vec<Quarter> {
    let interval_s = INTERVAL_S as u32;
    let event = pair.conductor().event();
    let parts = (start_s..end_s).step_by(interval_s as usize).map(|from_s| {
        let until_s = (from_s + interval_s).min(end_s);
        let seconds = i64::from(until_s - from_s);
        let moments = pair.moments.iter().filter(|m| (from_s..until_s).contains(&m.at_s));
        let got_j: i64 = moments.map(|m| change(direction, m.usual.net_j(), m.called.net_j())).sum();
        let asked_j: i64 = (from_s..until_s)
            .map(|s| event.power_at(voltcity::market::event::after(event.start, i64::from(s - start_s))).0)
            .sum();
        let beats = pair.conductor().beats.iter().filter(|beat| (from_s..until_s).contains(&beat.at_s));
        let (told, count) = beats.fold((0, 0), |(sum, count), beat| (sum + beat.told_w, count + 1));
        let told_w = if count == 0 { 0 } else { told / count };
        Quarter { from_s, requested_w: asked_j / seconds, delivered_w: got_j / seconds, told_w }
    });
    parts.collect()
}

/// Intervals of the run that the event touches.
fn window(pair: &Pair) -> Window {
    let (start_s, end_s) = pair.conductor().window_s();
    let interval_s = INTERVAL_S;
    Window { begin: (start_s / interval_s) as u32, end: ((end_s + interval_s - 1) / interval_s) as u32 }
}

/// A baseline method held against the counterfactual.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) name: &'static str,
    pub(super) score: Result<Score, BaselineError>,
    /// What all operators together gain by drawing a tenth more where the method looks, on the day or on those before.
    pub(super) gaming: Result<Money, BaselineError>,
}

/// Every method against the counterfactual, over all aggregators together.
fn baselines(pair: &Pair) -> Vec<Judged> {
    let window = window(pair);
    let slots = window.begin as usize..window.end as usize;
    let total = |series: &[Vec<i64>]| -> Vec<i64> {
        let slots = series.first().map_or(0, Vec::len);
        (0..slots).map(|k| series.iter().map(|one| one[k]).sum()).collect()
    };
    let (load_w, truth_w) = (total(&pair.called_w), total(&pair.usual_w));
    let requested_w: Vec<i64> = slots.clone().map(|slot| requested_w(pair, slot as u32 * INTERVAL_S as u32)).collect();
    let meter = Meter { load_w: &load_w, days: &pair.days };
    let score = |method: Method| {
        let guess = baseline_w(meter, window, method)?;
        let mut tally = Tally::default();
        tally.add(&guess, &truth_w[slots.clone()], &requested_w)?;
        Ok(tally.score().unwrap_or(Score {
            intervals: 0,
            bias_w: 0,
            rmse_w: 0,
            interval_error_ppm: None,
            event_error_ppm: None,
        }))
    };
    let programme = terms(pair);
    let terms =
        Terms { programme: &programme, direction: pair.conductor().event().direction, requested_w: &requested_w };
    let mean_w = truth_w[slots.clone()].iter().sum::<i64>() / slots.len().max(1) as i64;
    let sign = if terms.direction == Direction::Reduce { 1 } else { -1 };
    let gaming = |method: Method| {
        let ploys = [Ploy::EventDay { before: 4, after: 4 }, Ploy::History { days: 5 }];
        let gains = ploys.map(|ploy| {
            let bent = ploy.bend(meter, window, sign * mean_w / 10)?;
            gain(meter, &bent, window, method, terms).map(|gain| gain.payment)
        });
        match gains {
            [Ok(day), Ok(history)] => Ok(day.max(history)),
            [Ok(one), _] | [_, Ok(one)] => Ok(one),
            [Err(error), _] => Err(error),
        }
    };
    let judged = |method: Method| Judged { name: method.name(), score: score(method), gaming: gaming(method) };
    Method::ALL.into_iter().map(judged).collect()
}

/// The terms on which the event is paid.
fn terms(pair: &Pair) -> Programme {
    let prices = &pair.conductor().event().prices;
    Programme {
        price: prices.operator,
        owner_discharge: prices.owner_discharge,
        owner_shift: prices.owner_shift,
        ..Programme::shenzhen()
    }
}

/// Settles the event and the two hours after it for each aggregator that was called.
fn settlement(
    pair: &Pair,
    direction: Direction,
    wear: Price,
) -> (Result<Vec<Row>, SettlementError>, Option<BaselineError>) {
    let event = pair.conductor().event();
    let programme = terms(pair);
    let mut called: BTreeMap<u16, (i64, i64)> = BTreeMap::new();
    for (_, call) in pair.conductor().standing().calls() {
        let sums = called.entry(call.aggregator).or_default();
        (sums.0, sums.1) = (sums.0 + call.called_w, sums.1 + call.discharge_w);
    }
    let shares = |of: fn(&(i64, i64)) -> i64, total: i64| -> Vec<i64> {
        let weights: Vec<i64> = called.values().map(of).collect();
        share_out(total, &weights).unwrap_or_else(|| vec![0; weights.len()])
    };
    let window = window(pair);
    // What was put off from before the event is part of it; so is what comes back after it.
    let before_s = if direction == Direction::Raise { HOLD_BACK_S } else { 0 };
    let first = window.begin.saturating_sub((before_s / INTERVAL_S) as u32);
    let slots = first..window.end + (REBOUND_S / INTERVAL_S) as u32;
    let mut unbased = None;
    let mut intervals = Vec::new();
    let based: Vec<Vec<i64>> = called
        .keys()
        .map(|&k| {
            let k = usize::from(k);
            let meter = Meter { load_w: &pair.called_w[k], days: &pair.days };
            baseline_w(meter, window, event.baseline).unwrap_or_else(|error| {
                unbased = Some(error);
                pair.usual_w[k][window.begin as usize..window.end as usize].to_vec()
            })
        })
        .collect();
    for slot in slots {
        let from_s = slot * INTERVAL_S as u32;
        let moments = || pair.moments.iter().filter(move |m| (from_s..from_s + INTERVAL_S as u32).contains(&m.at_s));
        let discharged_j: i64 = moments().map(|m| m.called.returned_j - m.usual.returned_j).sum();
        let requested: Vec<i64> = shares(|sums| sums.0, requested_w(pair, from_s));
        let discharged: Vec<i64> = shares(|sums| sums.1, discharged_j.max(0));
        let (retail, back) = prices(pair, from_s);
        for (i, &k) in called.keys().enumerate() {
            let (usual_w, actual_w) =
                (pair.usual_w[usize::from(k)][slot as usize], pair.called_w[usize::from(k)][slot as usize]);
            let less_j = (usual_w - actual_w) * INTERVAL_S;
            intervals.push(Interval {
                party: u32::from(k),
                operator: u32::from(k),
                start_s: from_s,
                direction,
                requested_w: if (window.begin..window.end).contains(&slot) { requested[i] } else { 0 },
                baseline_w: slot
                    .checked_sub(window.begin)
                    .and_then(|nth| based[i].get(nth as usize).copied())
                    .unwrap_or(usual_w),
                actual_w,
                discharged: Energy(discharged[i]),
                bought_back: Energy((-less_j).max(0)),
                put_off: Energy((less_j - discharged[i]).max(0)),
                retail,
                feed_in: back,
                wear,
            });
        }
    }
    (settle(&programme, &intervals), unbased)
}

/// Mean power asked for in a quarter of an hour, in W.
fn requested_w(pair: &Pair, from_s: u32) -> i64 {
    let event = pair.conductor().event();
    let (start_s, _) = pair.conductor().window_s();
    let at = |s: u32| event.power_at(voltcity::market::event::after(event.start, i64::from(s) - start_s)).0;
    (from_s..from_s + INTERVAL_S as u32).map(at).sum::<i64>() / INTERVAL_S
}

/// What energy costs and what feeding it in brings, in a quarter of an hour.
fn prices(pair: &Pair, from_s: u32) -> (Price, Price) {
    let hour = (from_s % DAY_S / HOUR_S) as usize;
    let around: &Surroundings = pair.called.resource();
    let (tariff, weather): (&Tariff, &WeatherRes) = (pair.called.resource(), pair.called.resource());
    let day = pair.called.calendar().day_at(from_s);
    let hottest = [13_u32, 14, 15, 16]
        .map(|h| weather.weather.temperature_c(day.unix_day, h * HOUR_S))
        .into_iter()
        .fold(f64::NEG_INFINITY, f64::max);
    (Price::from_yuan(around.price[hour]), feed_in(tariff.period(day.month, hottest, hour)))
}

/// What discharging costs a battery, by every model: a car that is driven from 80 to 65 % by day and charged at night,
/// ten years with a quarter of its battery given from 18 to 21 h every day against ten years without (assumption).
fn wear_band() -> Option<Band> {
    let soc = |evening: f64| -> Vec<f64> {
        (0..97)
            .map(|k| {
                if (72..84).contains(&k) {
                    evening
                } else if (32..88).contains(&k) {
                    0.65
                } else {
                    0.8
                }
            })
            .collect()
    };
    let stress = |evening: f64| Stress::of_series(900.0, &soc(evening), 298.15).ok();
    stress(0.40).zip(stress(0.65)).and_then(|(with, without)| band(&with, &without, 10, &BATTERY))
}

/// The wear that is settled: the mean of both cells that the twin ages its batteries by.
fn wear_per_kwh(wear: Option<&Band>) -> Price {
    wear.map_or(Price(0), |band| Price(i64::midpoint(band.each[0].0, band.each[2].0).max(0)))
}

/// How long every transformer was above its limit on the day, without the event and with it, in s.
fn overloads(pair: &mut Pair) -> [Vec<u32>; 2] {
    [&mut pair.usual, &mut pair.called].map(|twin| {
        let w = twin.world_mut();
        w.query::<&TransformerFlow>().iter(w).map(|flow| flow.overload_s).collect()
    })
}
