//! The machine's account of a run, `summary.json`: names end in their units, times are local and in ISO form.

use super::called::Called;
use super::grid;
use super::journey::Ended;
use super::outcome::{ClassOutcome, Outcome, PLACES};
use super::run::{Setting, Timing};
use serde_json::{Map, Value, json};
use voltcity::fleet::vehicle::ChargePlace;
use voltcity::snapshot::Head;
use voltcity::twin::Twin;
use voltcity::units::{JOULES_PER_KWH, Power};

/// The summary of a run.
pub(crate) fn value(setting: &Setting, timing: &Timing, outcome: &Outcome) -> Value {
    let mut value = without_network(setting, timing, outcome);
    if let Some(network) = &outcome.network {
        value["grid"] = grid::account::value(network);
        let drawn_j = outcome.totals.grid_import_j - outcome.totals.grid_export_j;
        value["energy_kwh"]["network_losses"] = kwh(network.account.lost_j).into();
        value["energy_kwh"]["supplied_at_110_kv"] = kwh(drawn_j + network.account.lost_j).into();
    }
    value
}

fn without_network(setting: &Setting, timing: &Timing, outcome: &Outcome) -> Value {
    let Outcome { agents, fleet, overload, .. } = outcome;
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "world": setting.name,
        "world_file": setting.path,
        "world_digest": format!("{:016x}", setting.digest),
        "patch": setting.overlays,
        "set": setting.patches,
        "seed": setting.seed,
        "start": setting.start.to_string(),
        "days": setting.days,
        "warmup_days": setting.warmup_days,
        "step_s": setting.step_s,
        "steps": outcome.steps,
        "threads": setting.threads,
        "agents": agents,
        "peak_mw": Power(outcome.peak.power_w).mw(),
        "peak_time": outcome.peak.time,
        "load_factor": outcome.load_factor,
        "ev_peak_mw": Power(outcome.ev_peak.power_w).mw(),
        "ev_peak_time": outcome.ev_peak.time,
        "energy_kwh": energy(outcome),
        "ev": {
            "vehicles_plugged_mean": outcome.plugged_mean,
            "trips": fleet.trips,
            "trips_unmet": fleet.trips_unmet,
            "trips_late": fleet.trips_late,
            "sessions": fleet.sessions,
            "sessions_interrupted": fleet.interrupted,
            "queued_minutes": fleet.queued_s as f64 / 60.0,
            "gave_up": fleet.gave_up,
            "km": fleet.metres as f64 / 1e3,
        },
        "ev_by_class": by_class(outcome),
        "overload": {
            "transformers": overload.transformers,
            "minutes": overload.seconds as f64 / 60.0,
            "feeders": overload.feeders,
            "substations": overload.substations,
        },
        "worst_transformers": outcome.worst,
        "ledger_residual_j": outcome.residual_j,
        "state_hash": format!("{:016x}", outcome.hash),
        "startup_s": timing.startup_s,
        "warmup_s": timing.warmup_s,
        "wall_s": timing.wall_s,
        "agent_steps_per_s": agent_steps_per_s(timing, outcome),
        "peak_rss_mb": timing.peak_rss_mb,
        "series": setting.levels.iter().map(|level| format!("series-{level}.parquet")).collect::<Vec<_>>(),
        "series_interval_s": setting.every_s,
        "load_curve_interval_s": outcome.curve_step_s,
        "load_curve_15min": curve(outcome),
    })
}

/// Adds events that were carried out, snapshots that were taken, where a run began that went on from a snapshot, and
/// where one ended that was stopped.
pub(crate) fn add_journey(value: &mut Value, from: Option<&Head>, twin: &Twin, events: &[Called], ended: &Ended) {
    if !events.is_empty() {
        value["events"] = events.iter().map(Called::value).collect();
    }
    let names = ended.snapshots.iter().filter_map(|path| path.file_name());
    value["snapshots"] = names.map(|name| Value::from(name.to_string_lossy())).collect();
    if let Some(head) = from {
        value["resumed_from"] = json!({ "time": head.time, "state_hash": head.state_hash });
    }
    if !twin.is_over() {
        value["ended_early"] = twin.calendar().civil(twin.clock().now_s()).into();
    }
}

/// Agents stepped per second of the days proper.
pub(crate) fn agent_steps_per_s(timing: &Timing, outcome: &Outcome) -> f64 {
    let a = &outcome.agents;
    let producers = a.buildings + a.pv_arrays + a.storage_units;
    let grid = a.transformers + a.feeders + a.substations;
    let agents = a.vehicles + a.chargers + a.stations + producers + grid + a.aggregators;
    agents as f64 * f64::from(timing.steps) / timing.wall_s.max(1e-9)
}

fn kwh(joules: i64) -> f64 {
    joules as f64 / JOULES_PER_KWH
}

/// Energy by what it was for. Gains are those of batteries: what reached them at guns, net of what left them there.
fn energy(outcome: &Outcome) -> Value {
    let t = &outcome.totals;
    json!({
        "grid_import": kwh(t.grid_import_j),
        "grid_export": kwh(t.grid_export_j),
        "building": kwh(t.building_j),
        "pv": kwh(t.pv_j),
        "ev_charged_ac": kwh(t.charged_j),
        "ev_discharged_ac": kwh(t.returned_j),
        "driving": kwh(t.driving_j),
        "losses": kwh(t.losses_j),
        "storage_in": kwh(t.storage_in_j),
        "storage_out": kwh(t.storage_out_j),
        "battery_gain": kwh(t.battery_gain_j),
        "storage_gain": kwh(t.storage_gain_j),
    })
}

/// What the vehicles of each class did.
fn by_class(outcome: &Outcome) -> Value {
    let row = |class: &ClassOutcome| {
        let value = json!({
            "vehicles": class.vehicles,
            "km_per_day": class.km_per_day(outcome.days),
            "driving_kwh": kwh(class.driving_j),
            "charged_kwh": by_place(class.charged_j.map(kwh).map(Value::from)),
            "returned_kwh": by_place(class.returned_j.map(kwh).map(Value::from)),
            "sessions": by_place(class.sessions.map(Value::from)),
        });
        (class.class.name().to_owned(), value)
    };
    Value::Object(outcome.classes.iter().map(row).collect())
}

fn by_place(values: [Value; PLACES]) -> Value {
    let names = ChargePlace::ALL.map(|place| place.name().to_owned());
    Value::Object(names.into_iter().zip(values).collect::<Map<_, _>>())
}

/// Mean power of successive intervals.
fn curve(outcome: &Outcome) -> Vec<Value> {
    let point = |(time, point): &(String, voltcity::report::observe::CurvePoint)| {
        json!({
            "time": time,
            "net_mw": Power(point.net_w).mw(),
            "building_mw": Power(point.building_w).mw(),
            "pv_mw": Power(point.pv_w).mw(),
            "ev_charged_mw": Power(point.charged_w).mw(),
            "ev_returned_mw": Power(point.returned_w).mw(),
            "storage_mw": Power(point.storage_w).mw(),
        })
    };
    outcome.curve.iter().map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::super::run::tests::block;
    use super::*;

    const TIMING: Timing = Timing { startup_s: 0.5, warmup_s: 1.0, wall_s: 2.0, steps: 1_440, peak_rss_mb: None };

    #[test]
    fn a_summary_has_what_scripts_ask_for() {
        let (setting, outcome) = block(1);
        let value = value(&setting, &TIMING, &outcome);
        let text = |key: &str| value[key].as_str().unwrap_or_else(|| panic!("{key}")).to_owned();
        assert_eq!((text("world"), text("start")), ("One block".to_owned(), "2024-07-22".to_owned()));
        assert_eq!(value["steps"], 1_440);
        assert_eq!(value["agents"]["vehicles"], 200);
        assert_eq!(value["peak_rss_mb"], Value::Null);
        assert!(text("peak_time").starts_with("2024-07-22T") && text("peak_time").len() == 16);
        assert!(text("state_hash").len() == 16 && u64::from_str_radix(&text("state_hash"), 16).is_ok());
        let curve = value["load_curve_15min"].as_array().unwrap();
        assert_eq!((curve.len(), &curve[95]["time"]), (96, &Value::from("2024-07-22T23:45")));
        assert_eq!(value["load_curve_interval_s"], 900);
        let agents: f64 = value["agents"].as_object().unwrap().values().filter_map(Value::as_f64).sum();
        assert_eq!(value["agent_steps_per_s"], agents * 1_440.0 / 2.0);
    }

    /// The identity of the ledger, in the names of the summary.
    #[test]
    fn the_energies_balance() {
        let (setting, outcome) = block(1);
        let value = value(&setting, &TIMING, &outcome);
        let kwh = |key: &str| value["energy_kwh"][key].as_f64().unwrap_or_else(|| panic!("{key}"));
        let brought = kwh("grid_import") - kwh("grid_export") + kwh("pv");
        let used = kwh("building") + kwh("losses") + kwh("battery_gain") + kwh("storage_gain");
        assert!((brought - used).abs() < 1e-6 * brought, "{brought} {used}");
        let curve = value["load_curve_15min"].as_array().unwrap();
        let mean_mw = curve.iter().filter_map(|point| point["net_mw"].as_f64()).sum::<f64>() / 96.0;
        let grid_kwh = kwh("grid_import") - kwh("grid_export");
        assert!((mean_mw * 24e3 - grid_kwh).abs() < 1e-3 * grid_kwh, "{mean_mw}");
    }
}
