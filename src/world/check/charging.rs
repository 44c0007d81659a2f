//! Rules of the charge points.

use super::CHARGERS_MAX;
use super::rules::Rules;
use super::section::{SHARE, Section};
use crate::world::figure::Figure;
use crate::world::schema::{ChargingFile, ZoneDemand};
use crate::world::synth::demand;

/// Stations of a kind, at most.
const STATIONS_MAX: f64 = 1_000_000.0;
/// Guns of a kind at a station, at most.
const GUNS_MAX: f64 = 500.0;

pub(super) fn charging(file: &ChargingFile, rules: &mut Rules) {
    let mut at = rules.at("charging");
    counts(file, &mut at);
    guns(file, &mut at);
    service(file, &mut at);
}

fn counts(file: &ChargingFile, at: &mut Section) {
    let ChargingFile { total, compound_shared, public_stations, super_stations, v2g_stations, .. } = file;
    let ChargingFile { integrated_stations, demonstration_stations, .. } = file;
    let most = f64::from(CHARGERS_MAX);
    at.number("total", total, 0.0..=most, "charge points");
    at.number("compound_shared", compound_shared, 0.0..=most, "charge points");
    for (field, figure) in [
        ("public_stations", public_stations),
        ("super_stations", super_stations),
        ("v2g_stations", v2g_stations),
        ("integrated_stations", integrated_stations),
        ("demonstration_stations", demonstration_stations),
    ] {
        at.number(field, figure, 0.0..=STATIONS_MAX, "stations");
    }
}

fn guns(file: &ChargingFile, at: &mut Section) {
    let ChargingFile { super_guns, super_host_kw, super_gun_kw, v2g_guns, integrated_guns, .. } = file;
    let ChargingFile { demonstration_guns, v2g_small_share, v2g_standby_w, ac_kw, dc_mix, .. } = file;
    for (field, figure) in [("super_guns", super_guns), ("v2g_guns", v2g_guns), ("integrated_guns", integrated_guns)] {
        at.number(field, figure, 1.0..=GUNS_MAX, "guns");
    }
    at.numbers("demonstration_guns", demonstration_guns, 0.0..=GUNS_MAX, "guns");
    at.holds("charging.super_host_kw[0][0]", super_host_kw.0.0, &(50.0..=10_000.0), "kW");
    at.holds("charging.super_host_kw[0][1]", super_host_kw.0.1.into(), &(1.0..=100.0), "guns");
    at.sourced("super_host_kw", super_host_kw);
    at.number("super_gun_kw", super_gun_kw, 10.0..=1_000.0, "kW");
    at.number("v2g_small_share", v2g_small_share, SHARE, "as a share");
    if let Some(share) = &file.two_way_share {
        at.number("two_way_share", share, SHARE, "as a share");
    }
    at.number("v2g_standby_w", v2g_standby_w, 0.0..=400.0, "W");
    at.number("ac_kw", ac_kw, 1.0..=100.0, "kW");
    at.whole("dc_mix", dc_mix);
}

fn service(file: &ChargingFile, at: &mut Section) {
    let ChargingFile { public_dc_share, size_spread, long_failed_share, mtbf_days, mttr_days, .. } = file;
    at.number("public_dc_share", public_dc_share, SHARE, "as a share");
    zone_demand(&file.zone_demand, at);
    if let Some(shadow) = &file.zone_shadow {
        at.sourced("zone_shadow", shadow);
        for (zone, price) in &shadow.0 {
            at.holds(&format!("charging.zone_shadow[0].{zone}"), *price, &(-5.0..=5.0), "as a utility");
        }
    }
    at.number("size_spread", size_spread, 0.0..=2.0, "as the standard deviation of a logarithm");
    at.number("long_failed_share", long_failed_share, SHARE, "as a share");
    at.number("mtbf_days", mtbf_days, 0.1..=100_000.0, "days");
    at.number("mttr_days", mttr_days, 0.01..=365.0, "days");
    let ChargingFile { ac_efficiency, dc_efficiency, v2g_efficiency, .. } = file;
    at.efficiency("ac_efficiency", ac_efficiency);
    at.efficiency("dc_efficiency", dc_efficiency);
    at.efficiency("v2g_efficiency", v2g_efficiency);
    let ChargingFile { fee_yuan_kwh, by_hour_share, coincidence, depot_coincidence, own_transformer_kw, .. } = file;
    at.interval("fee_yuan_kwh", fee_yuan_kwh, 0.0..=100.0, "yuan/kWh");
    at.number("by_hour_share", by_hour_share, SHARE, "as a share");
    at.number("coincidence", coincidence, 0.01..=1.0, "as a share");
    at.number("depot_coincidence", depot_coincidence, 0.01..=1.0, "as a share");
    at.number("own_transformer_kw", own_transformer_kw, 0.0..=1e6, "kW");
}

fn zone_demand(figure: &Figure<ZoneDemand>, at: &mut Section) {
    at.sourced("zone_demand", figure);
    let centre = figure.0.centre;
    at.holds("charging.zone_demand[0].centre[0]", centre.0, &(-180.0..=180.0), "degrees east");
    at.holds("charging.zone_demand[0].centre[1]", centre.1, &(-90.0..=90.0), "degrees north");
    for (field, weight) in demand::NAMES.into_iter().zip(demand::weights(&figure.0)) {
        at.holds(&format!("charging.zone_demand[0].{field}"), weight, &(-10.0..=10.0), "as a weight");
    }
}
