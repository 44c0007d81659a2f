//! What the network, solved, lets through of all that can be called.

use super::Found;
use crate::cli::chart::{Glyphs, figure, table, thousands};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use voltcity::market::capability::Assessment;
use voltcity::market::resource::ResponseClass;
use voltcity::network::hosting::Limit;
use voltcity::network::{CityNetwork, LetThrough, Load};
use voltcity::parallel::Threads;

/// Transformer areas that are listed.
const WORST: usize = 10;

/// Everything called at once, one way and the other, for an hour.
#[derive(Clone, Debug)]
pub(super) struct Wires {
    down: LetThrough,
    up: LetThrough,
}

impl Wires {
    /// Calls everything that an assessment counts, for the loads of its moment.
    pub(super) fn of(network: &CityNetwork, loads: &[Load], now: &Assessment, threads: Threads) -> Self {
        let class = ResponseClass::Hour as usize;
        let through = |of: &dyn Fn(&voltcity::market::capability::Capability) -> i64| {
            let mut change_w = vec![0; loads.len()];
            now.resources.iter().for_each(|resource| change_w[resource.node as usize] += of(resource));
            network.let_through(loads, &change_w, threads)
        };
        Self { down: through(&|resource| -resource.down_w[class]), up: through(&|resource| resource.up_w[class]) }
    }
}

/// What holds it back, in words.
const fn reason(hold: Limit) -> &'static str {
    match hold {
        Limit::Transformer => "its rating",
        Limit::Cable => "a cable",
        Limit::Unit => "the 110/10 kV unit",
        Limit::LowVoltage => "low voltage",
        Limit::HighVoltage => "high voltage",
    }
}

fn mw(power_w: i64) -> String {
    figure(power_w.abs() as f64 / 1e6)
}

/// For people.
pub(super) fn text(found: &Found, wires: &Wires, glyphs: Glyphs) -> String {
    let row = |name: &str, through: &LetThrough| {
        let held_w: u64 = through.held.iter().map(|(_, held_w, _)| held_w).sum();
        let areas = thousands(through.held.len() as i64);
        vec![
            name.to_owned(),
            mw(through.wanted_w),
            mw(through.through_w),
            mw(held_w as i64),
            areas,
            mw(through.supply_w),
        ]
    };
    let rows = [row("down for an hour", &wires.down), row("up for an hour", &wires.up)];
    let head = ["All at once, MW", "Can", "Through wires", "Held back", "in areas", "At 110 kV"];
    let text = table(&head, &rows, glyphs);
    let areas = areas(wires);
    if areas.is_empty() {
        return text;
    }
    let rows: Vec<Vec<String>> = areas
        .iter()
        .take(WORST)
        .map(|(row, (held_w, hold))| {
            let (zone, district) = &found.places[*row as usize];
            let kva = figure(f64::from(found.ratings_va[*row as usize]) / 1e3);
            vec![
                row.to_string(),
                figure(*held_w as f64 / 1e3),
                reason(*hold).to_owned(),
                kva,
                zone.to_string(),
                district.clone(),
            ]
        })
        .collect();
    let head = ["To reinforce first", "Held back, kW", "by", "kVA", "Zone", "District"];
    format!("{text}\n{}", table(&head, &rows, glyphs))
}

/// Transformer areas by what is held back there, both ways together, from the greatest.
fn areas(wires: &Wires) -> Vec<(u32, (u64, Limit))> {
    let mut areas: BTreeMap<u32, (u64, Limit)> = BTreeMap::new();
    for (row, held_w, hold) in wires.down.held.iter().chain(&wires.up.held) {
        areas.entry(*row).or_insert((0, *hold)).0 += held_w;
    }
    let mut areas: Vec<(u32, (u64, Limit))> = areas.into_iter().collect();
    areas.sort_by_key(|(row, (held_w, _))| (core::cmp::Reverse(*held_w), *row));
    areas
}

/// For machines.
pub(super) fn value(found: &Found, wires: &Wires) -> Value {
    let of = |through: &LetThrough| {
        json!({
            "can_mw": through.wanted_w as f64 / 1e6,
            "through_mw": through.through_w as f64 / 1e6,
            "at_110_kv_mw": through.supply_w as f64 / 1e6,
            "areas_held": through.held.len(),
        })
    };
    let area = |(row, (held_w, hold)): &(u32, (u64, Limit))| {
        let (zone, district) = &found.places[*row as usize];
        let rating_kva = f64::from(found.ratings_va[*row as usize]) / 1e3;
        json!({ "transformer": row, "held_kw": *held_w as f64 / 1e3, "by": reason(*hold), "rating_kva": rating_kva,
            "zone": zone, "district": district })
    };
    let areas = areas(wires);
    json!({ "down": of(&wires.down), "up": of(&wires.up), "areas": areas.iter().map(area).collect::<Vec<_>>() })
}
