//! The comparison for machines, `validation.json`: all measures, the bars, and the rows they are of.

use super::bars::{self, Bar, Wanted};
use super::compare::{BAND_GWH, BAND_KW, Daily, Districts, HourOfDay, Series, Validation, Zones};
use super::fleet::FleetFigure;
use super::measured::KINDS;
use super::metrics::Metrics;
use super::period::Period;
use crate::cli::outcome::Outcome;
use crate::cli::run::Setting;
use serde_json::{Map, Value, json};

/// The whole comparison. Nothing of this machine is in it: equal runs give equal texts.
pub(super) fn value(
    setting: &Setting,
    period: &Period,
    outcome: &Outcome,
    of: &Validation,
    fleet: &[FleetFigure],
) -> Value {
    let mut value = json!({ "run": run(setting, period, outcome, of.sample) });
    let mut put = |key: &str, part: Value| value[key] = part;
    if let Some(hours) = &of.hour_of_day {
        put("hour_of_day", hour_of_day(hours));
    }
    if let Some(zones) = &of.zones {
        put("zones", json!({ "utilisation": utilisation(zones), "rows": zone_rows(zones) }));
    }
    if let Some(daily) = &of.daily {
        put("daily", days(daily));
    }
    let tables = [
        ("point_hours_share", of.districts.as_ref().or(of.districts_of_zones.as_ref())),
        ("point_hours_share_of_zones", of.districts_of_zones.as_ref()),
    ];
    let tables: Map<String, Value> =
        tables.into_iter().filter_map(|(key, table)| Some((key.to_owned(), districts(table?)))).collect();
    if !tables.is_empty() {
        put("districts", Value::Object(tables));
    }
    let (energy, rated) = (&of.energy, &of.energy_at_rated);
    put(
        "energy_gwh_181d",
        json!({
            "simulated": energy.gwh, "simulated_at_rated_power": rated.gwh, "band_low": BAND_GWH.0,
            "band_high": BAND_GWH.1,
        }),
    );
    put(
        "kw_per_point_hour",
        json!({ "simulated": energy.kw, "simulated_at_rated_power": rated.kw, "low": BAND_KW.0, "high": BAND_KW.1 }),
    );
    put("energy_night_share_0_8", json!({ "simulated": energy.night, "simulated_at_rated_power": rated.night }));
    put("fleet", fleet_figures(fleet));
    put("left_out", of.left_out.value());
    for bar in bars::all(of) {
        let of = bar.path.iter().fold(&mut value, |part, key| &mut part[*key]);
        of["bars"][bar.measure] = wanted(&bar);
    }
    value
}

fn run(setting: &Setting, period: &Period, outcome: &Outcome, sample: f64) -> Value {
    let left_out = (0..period.len()).filter(|day| period.left_out[*day]).map(|day| period.date(day).to_string());
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "world": setting.name,
        "world_file": setting.path,
        "digest": format!("{:016x}", setting.digest),
        "patch": setting.overlays,
        "set": setting.patches,
        "seed": setting.seed,
        "step_s": setting.step_s,
        "start": setting.start.to_string(),
        "days": setting.days,
        "days_left_out": left_out.collect::<Vec<_>>(),
        "warmup_days": setting.warmup_days,
        "sample": sample,
        "residual_j": outcome.residual_j,
        "state_hash": format!("{:016x}", outcome.hash),
    })
}

/// Measures, with the rows they are of.
fn series(series: &Series) -> Value {
    let mut value = json!(series.metrics);
    value["measured"] = json!(series.measured);
    value["simulated"] = json!(series.simulated);
    value
}

fn hour_of_day(hours: &HourOfDay) -> Value {
    let mut value = Map::new();
    for (name, kind) in KINDS.iter().zip(&hours.kinds) {
        if let Some(kind) = kind {
            let parts = json!({
                "days": kind.days,
                "busy_points": series(&kind.busy_points),
                "charging_point_hours": series(&kind.charging_point_hours),
                "energy_share": series(&kind.energy_share),
            });
            value.insert((*name).to_owned(), parts);
        }
    }
    let (measured, simulated) = hours.night;
    let night = json!({ "of": "charging_point_hours", "measured": measured, "simulated": simulated });
    value.insert("night_share_0_8".to_owned(), night);
    Value::Object(value)
}

fn utilisation(zones: &Zones) -> Value {
    let mut value = json!(zones.utilisation);
    value["wape_points_weighted"] = json!(zones.wape_points_weighted);
    value["bias_points_weighted"] = json!(zones.bias_points_weighted);
    value
}

fn zone_rows(zones: &Zones) -> Value {
    let row = |zone: &super::compare::Zone| {
        json!({
            "zone": zone.id,
            "district": zone.district,
            "lon": zone.at.0,
            "lat": zone.at.1,
            "points": zone.points,
            "measured": zone.measured.utilisation,
            "simulated": zone.simulated.utilisation,
            "point_hours_measured": zone.measured.point_hours,
            "point_hours_simulated": zone.simulated.point_hours,
        })
    };
    zones.rows.iter().map(row).collect()
}

fn days(daily: &Daily) -> Value {
    let row = |day: &super::compare::Day| {
        json!({
            "date": day.date.to_string(),
            "left_out": day.left_out,
            "busy_points_measured": day.measured.map(|row| row.busy_points),
            "busy_points_simulated": day.simulated.busy_points,
            "charging_point_hours_measured": day.measured.map(|row| row.point_hours),
            "charging_point_hours_simulated": day.simulated.point_hours,
        })
    };
    json!({
        "busy_points": metrics(&daily.busy_points),
        "charging_point_hours": metrics(&daily.charging_point_hours),
        "rows": daily.rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn metrics(metrics: &Metrics) -> Value {
    json!(metrics)
}

fn districts(districts: &Districts) -> Value {
    let mut value = series(&districts.share);
    value["file"] = json!(districts.file);
    value["districts"] = json!(districts.names);
    value
}

fn fleet_figures(figures: &[FleetFigure]) -> Value {
    let mut value = json!({});
    for figure in figures {
        let published = figure.published.as_ref();
        let row = json!({
            "simulated": figure.simulated,
            "published": published.map(|row| row.value),
            "source": published.map(|row| row.source.as_str()),
        });
        match figure.group {
            "" => value[figure.name.as_str()] = row,
            group => value[group][figure.name.as_str()] = row,
        }
    }
    value
}

fn wanted(bar: &Bar) -> Value {
    let mut value = match bar.wanted {
        Wanted::AtMost(most) => json!({ "at_most": most }),
        Wanted::AtLeast(least) => json!({ "at_least": least }),
        Wanted::Between(least, most) => json!({ "at_least": least, "at_most": most }),
    };
    value["met"] = json!(bar.is_met());
    value
}
