//! Rules of the grid, solar arrays, storage and aggregators.

use super::rules::Rules;
use super::section::{EFFICIENCY, SHARE};
use crate::world::schema::{
    AggregatorsFile, GridFile, OwnersFile, ProgrammeFile, PvFile, StorageFile, StorageKindFile, TelemetryFile,
};

pub(super) fn grid(file: &GridFile, rules: &mut Rules) {
    let GridFile { feeders, substations, ratings_kva, feeder_a, unit_mva, capacity_ratio, inverters } = file;
    let mut at = rules.at("grid");
    at.number("feeders", feeders, 1.0..=1e6, "feeders");
    at.number("substations", substations, 1.0..=1e5, "substations");
    at.list("ratings_kva", ratings_kva, 1..=100, 10.0..=10_000.0, "kVA");
    let path = "grid.ratings_kva[0]";
    at.rises(path, ratings_kva.0.iter().map(|&kva| f64::from(kva)), 1.0, |i| format!("{path}[{i}]"));
    at.number("feeder_a", feeder_a, 50.0..=5_000.0, "A");
    at.number("unit_mva", unit_mva, 1.0..=1_000.0, "MVA");
    at.number("capacity_ratio", capacity_ratio, 1.0..=10.0, "of the load");
    inverters.iter().for_each(|inverters| at.sourced("inverters", inverters));
}

pub(super) fn pv(file: &PvFile, rules: &mut Rules) {
    let PvFile { installed_mw, arrays, size_spread, on, tilt_deg, azimuth_deg, .. } = file;
    let mut at = rules.at("pv");
    at.number("installed_mw", installed_mw, 0.0..=100_000.0, "MW");
    at.number("arrays", arrays, 0.0..=2e6, "arrays");
    at.number("size_spread", size_spread, 0.0..=3.0, "as the standard deviation of a logarithm");
    at.whole("on", on);
    at.interval("tilt_deg", tilt_deg, 0.0..=90.0, "degrees");
    at.holds("pv.azimuth_deg[0][0]", azimuth_deg.0.0, &(0.0..=360.0), "degrees (180 is south)");
    at.holds("pv.azimuth_deg[0][1]", azimuth_deg.0.1, &(0.0..=180.0), "degrees as a standard deviation");
    at.sourced("azimuth_deg", azimuth_deg);
    let PvFile { albedo, system, power_per_k, linke, .. } = file;
    at.number("albedo", albedo, SHARE, "as a share");
    at.holds("pv.system[0][0]", system.0.0, &(0.0..=0.9), "as a share that is lost");
    at.holds("pv.system[0][1]", system.0.1, &(0.5..=3.0), "W of modules for a W of inverter");
    at.holds("pv.system[0][2]", system.0.2, &EFFICIENCY, "as an efficiency: nothing is converted without a loss");
    at.sourced("system", system);
    at.number("power_per_k", power_per_k, -0.02..=0.0, "per K");
    at.list("linke", linke, 12..=12, 1.0..=10.0, "as a turbidity");
}

pub(super) fn storage(file: &StorageFile, rules: &mut Rules) {
    let StorageFile { user_side, base_station, station_buffer, shave_above } = file;
    let mut at = rules.at("storage");
    for (name, kind) in [("user_side", user_side), ("base_station", base_station), ("station_buffer", station_buffer)] {
        let StorageKindFile { units, power_mw, energy_mwh, efficiency, floor } = kind;
        let mut at = at.inside(name);
        // A station buffer's figures are those of one unit.
        let (mw, mwh) = if name == "station_buffer" { (100.0, 1_000.0) } else { (100_000.0, 1e6) };
        at.number("units", units, 0.0..=2e6, "units");
        at.number("power_mw", power_mw, 0.0..=mw, "MW");
        at.number("energy_mwh", energy_mwh, 0.0..=mwh, "MWh");
        at.efficiency("efficiency", efficiency);
        at.number("floor", floor, SHARE, "as a share of the capacity");
    }
    at.number("shave_above", shave_above, SHARE, "as a share of a transformer's limit");
}

pub(super) fn aggregators(file: &AggregatorsFile, rules: &mut Rules) {
    let AggregatorsFile { operators, resources, mix, programme: terms } = file;
    let mut at = rules.at("aggregators");
    at.number("operators", operators, 0.0..=10_000.0, "operators");
    at.number("resources", resources, 0.0..=1e8, "resources");
    at.whole("mix", mix);
    if operators.get() == 0 && resources.get() > 0 {
        let message = "`aggregators.operators` is 0, but there are resources";
        at.rules.flag("aggregators.operators[0]", message, "write at least 1, or 0 resources");
    }
    programme(terms, rules);
}

fn programme(file: &ProgrammeFile, rules: &mut Rules) {
    let ProgrammeFile { reference_hour, drivers, cooling, district_cooling, industry, data_centre, .. } = file;
    let mut at = rules.at("aggregators.programme");
    at.number("reference_hour", reference_hour, 0.0..=23.0, "as an hour of the day");
    at.number("drivers", drivers, SHARE, "as a share of drivers");
    at.number("offline", &file.offline, SHARE, "as a share of resources");
    let flexible = [
        ("cooling", cooling),
        ("district_cooling", district_cooling),
        ("industry", industry),
        ("data_centre", data_centre),
    ];
    for (name, figure) in flexible {
        let path = at.field(name);
        let (share, hold_h, rebound) = figure.get();
        at.holds(&format!("{path}[0][0]"), share, &SHARE, "as a share of the load");
        at.holds(&format!("{path}[0][1]"), hold_h, &(0.0..=24.0), "h");
        at.holds(&format!("{path}[0][2]"), rebound, &(0.0..=2.0), "as a share of the energy");
        at.sourced(name, figure);
    }
    let OwnersFile { accepts_yuan, fatigue_yuan, no_show, opt_out_h } = &file.owners;
    let mut owners = at.inside("owners");
    owners.holds("aggregators.programme.owners.accepts_yuan[0][0]", accepts_yuan.0.0, &(-1_000.0..=1_000.0), "yuan");
    owners.holds("aggregators.programme.owners.accepts_yuan[0][1]", accepts_yuan.0.1, &(0.001..=1_000.0), "yuan");
    owners.sourced("accepts_yuan", accepts_yuan);
    owners.number("fatigue_yuan", fatigue_yuan, 0.0..=1_000.0, "yuan a call");
    owners.number("no_show", no_show, SHARE, "as a share of owners");
    owners.number("opt_out_h", opt_out_h, 0.0..=100.0, "per h");
    let TelemetryFile { stations, buildings, storage, pv } = &file.telemetry;
    let mut at = at.inside("telemetry");
    for (name, figure) in [("stations", stations), ("buildings", buildings), ("storage", storage), ("pv", pv)] {
        let path = at.field(name);
        let (period_s, latency_s, loss) = figure.get();
        at.holds(&format!("{path}[0][0]"), f64::from(period_s), &(1.0..=86_400.0), "s");
        at.holds(&format!("{path}[0][1]"), f64::from(latency_s), &(0.0..=86_400.0), "s");
        at.holds(&format!("{path}[0][2]"), loss, &SHARE, "as a share of reports");
        at.sourced(name, figure);
    }
}
