//! What prices do: the valley and the noon window draw charging, flat prices do not, and a station that asks more loses
//! what the logit says.
//!
//! Without optimisation the city takes too long: these run in release builds.
#![cfg(not(debug_assertions))]

use crate::support::context;
use std::path::Path;
use voltcity::city::geography::Near;
use voltcity::fleet::choice;
use voltcity::fleet::context::Context;
use voltcity::fleet::station::Board;
use voltcity::report::survey::Survey;
use voltcity::twin::{Options, Twin};
use voltcity::world::Checked;

/// A sample of the surveyed city, with patches.
fn city(sets: &[&str]) -> Twin {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/shenzhen-2022.ron");
    let sample = ["sample=(0.3, \"test\")"];
    let sets: Vec<String> = sample.iter().chain(sets).map(|set| (*set).to_owned()).collect();
    let world = Checked::load(&path, &sets).unwrap_or_else(|problems| panic!("{problems}"));
    // Five working days of mild weather without a holiday near them.
    let start = Some("2022-11-14".parse().unwrap());
    Twin::new(world.plan(), &Options { start, days: 5, step_s: 900, ..Options::default() })
}

/// Energy delivered at surveyed points by hour of the day, as shares.
fn shares(sets: &[&str]) -> [f64; 24] {
    let mut twin = city(sets);
    twin.run();
    assert_eq!(twin.ledger_residual_j(), 0);
    let mut by_hour = [0; 24];
    twin.resource::<Survey>().hours.iter().enumerate().for_each(|(hour, sums)| by_hour[hour % 24] += sums.energy_j);
    let all: i64 = by_hour.iter().sum();
    by_hour.map(|joules| joules as f64 / all as f64)
}

/// Energy from 12 to 14 h over that of the two hours before and the two after.
fn noon_bump(shares: &[f64; 24]) -> f64 {
    2.0 * (shares[12] + shares[13]) / (shares[10] + shares[11] + shares[14] + shares[15])
}

#[test]
fn the_valley_and_the_noon_window_draw_charging_and_flat_prices_do_not() {
    let posted = shares(&[]);
    let hours = vec!["Flat"; 24].join(", ");
    let flat =
        shares(&[&format!("tariff.hours=([{hours}], \"test: one price\")"), "tariff.sharp_months=([], \"test\")"]);
    let night = |shares: &[f64; 24]| shares[..8].iter().sum::<f64>();
    // UrbanEV, at rated power: 46 % of the energy in the valley, and 1.41 as the bump of a weekday.
    let told = [&posted, &flat].map(|shares| (night(shares), noon_bump(shares)));
    println!("night share and noon bump: {:?} with posted prices, {:?} with flat ones", told[0], told[1]);
    assert!((0.44..=0.48).contains(&night(&posted)), "night share {}", night(&posted));
    assert!(noon_bump(&posted) > 1.15, "bump {}", noon_bump(&posted));
    assert!(night(&flat) < night(&posted) - 0.05, "night share {} with flat prices", night(&flat));
    assert!(noon_bump(&flat) < 1.05, "bump {} with flat prices", noon_bump(&flat));
}

/// Where `drivers` drivers in a zone go at noon, as counts by row of the list of stations near it.
fn chosen(ctx: &Context, zone: u16, drivers: u32) -> Vec<u32> {
    let near = ctx.geography.near(zone, true);
    let mut counts = vec![0; near.len()];
    for row in 0..drivers {
        let there = choice::choose(ctx, row, zone, true, 30_000, 12 * 3_600).expect("stations are near");
        let at = near.iter().position(|n| n.station == there.station).expect("it is one of those near");
        counts[at] += 1;
    }
    counts
}

/// What the logit says: the probability of the `k`th station near a zone over all the sets that drivers look at, and
/// its elasticity, `price weight x price x (1 - probability)` in each set.
fn predicted(ctx: &Context, near: &[Near], k: usize) -> (f64, f64) {
    let weights = &ctx.params.choice;
    let looked_at = (weights.alternatives as usize).min(near.len());
    let stride = near.len() / looked_at;
    let price = |n: &Near| ctx.board.sites[n.station as usize].price(ctx.around, 12);
    let utility = |n: &Near| {
        let site = &ctx.board.sites[n.station as usize];
        let wait = choice::expected_wait_h(
            u32::from(site.free_dc),
            u32::from(site.queued),
            u32::from(site.guns_dc),
            ctx.params.service_s,
        );
        let km = f64::from(n.metres) / 1_000.0;
        f64::from(site.appeal_dc) + weights.price * price(n) + weights.distance * km + weights.wait * wait
    };
    let (mut share, mut slope) = (0.0, 0.0);
    for start in 0..near.len() {
        let rows: Vec<usize> = (0..looked_at).map(|j| (start + j * stride) % near.len()).collect();
        let Some(at) = rows.iter().position(|row| *row == k) else { continue };
        let usable =
            |row: &usize| near[*row].metres <= 30_000 && ctx.board.sites[near[*row].station as usize].guns_dc > 0;
        let utilities: Vec<f64> =
            rows.iter().map(|row| if usable(row) { utility(&near[*row]) } else { f64::NEG_INFINITY }).collect();
        let p = choice::probabilities(&utilities)[at];
        share += p / near.len() as f64;
        slope += weights.price * price(&near[k]) * p * (1.0 - p) / near.len() as f64;
    }
    (share, slope / share)
}

#[test]
fn a_station_that_asks_more_loses_what_the_logit_says() {
    const DRIVERS: u32 = 400_000;
    const DEARER: f64 = 1.05;
    let twin = city(&[]);
    let ctx = context(&twin);
    // The zone with the most fast stations around.
    let zones = 0..twin.resource::<Survey>().zones.len() as u16;
    let zone = zones.max_by_key(|zone| ctx.geography.near(*zone, true).len()).expect("there are zones");
    let near = ctx.geography.near(zone, true).to_vec();
    let before = chosen(&ctx, zone, DRIVERS);
    let mut favourites: Vec<usize> = (0..near.len()).collect();
    favourites.sort_by_key(|k| std::cmp::Reverse(before[*k]));
    for &k in &favourites[..3] {
        let (share, elasticity) = predicted(&ctx, &near, k);
        let found = f64::from(before[k]) / f64::from(DRIVERS);
        assert!((found / share - 1.0).abs() < 0.03, "share {found}, by the logit {share}");
        let station = near[k].station as usize;
        let mut board: Board = ctx.board.clone();
        let price = board.sites[station].price(ctx.around, 12);
        board.sites[station].fee += ((DEARER - 1.0) * price) as f32;
        let after = chosen(&Context { board: &board, ..context(&twin) }, zone, DRIVERS);
        let arc = (f64::from(after[k]) / f64::from(before[k])).ln() / DEARER.ln();
        // Between that of a station nobody would miss and that of one that all go to.
        let weight = ctx.params.choice.price;
        assert!((weight * price * DEARER..0.0).contains(&arc), "elasticity {arc} at {price} yuan");
        assert!((arc / elasticity - 1.0).abs() < 0.1, "elasticity {arc}, by the logit {elasticity}");
    }
}
