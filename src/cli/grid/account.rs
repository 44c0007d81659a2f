//! What a network came to, for the account of a run and for that of a day.

use crate::cli::chart::{figure, thousands};
use crate::cli::outcome::NetworkOutcome;
use serde_json::{Value, json};

/// Joules of a megawatt-hour.
const MWH_J: f64 = 3.6e9;

/// For machines.
pub(crate) fn value(network: &NetworkOutcome) -> Value {
    let NetworkOutcome { account, overloaded, .. } = network;
    let [medium, users] = account.v_pu.unwrap_or_default();
    json!({
        "every_s": network.every_s,
        "nodes": network.nodes,
        "supplied_mwh": account.supplied_j as f64 / MWH_J,
        "losses_mwh": account.lost_j as f64 / MWH_J,
        "losses_j": account.lost_j,
        "losses_share": account.lost_share(),
        "min_v_pu": medium[0].min(users[0]),
        "max_v_pu": medium[1].max(users[1]),
        "v_pu": { "10_kv": medium, "users": users },
        "overloaded": { "transformers": overloaded[0], "feeders": overloaded[1], "substations": overloaded[2] },
        "overload_minutes": account.overload_s.map(|seconds| seconds as f64 / 60.0),
        "out_of_band_minutes": account.out_of_band_s as f64 / 60.0,
        "violation_minutes": account.violation_min(),
        "nonconverged": account.unsolved,
        "solves": account.solves,
        "sweeps": account.sweeps,
        "tap_moves": account.tap_moves,
        "powerflow_ms_per_solve": network.ms_per_solve,
    })
}

/// For people: names and values. Nothing of this machine is among them.
pub(crate) fn rows(network: &NetworkOutcome) -> Vec<Vec<String>> {
    let NetworkOutcome { account, overloaded, .. } = network;
    let [medium, users] = account.v_pu.unwrap_or_default();
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let of = |level: usize| {
        let minutes = account.overload_s[level] / 60;
        format!("{} for {} min in all", thousands(overloaded[level] as i64), thousands(minutes as i64))
    };
    let range = |[low, high]: [f64; 2]| format!("{low:.3} to {high:.3}");
    vec![
        row("lost between 110 kV and users, MWh", figure(account.lost_j as f64 / MWH_J)),
        row("  of what was supplied", format!("{:.2} %", account.lost_share() * 100.0)),
        row("voltage at 10 kV, pu", range(medium)),
        row("voltage at users, pu of 380 V", range(users)),
        row("  out of the band, node-minutes", thousands((account.out_of_band_s / 60) as i64)),
        row("transformers overloaded", of(0)),
        row("feeders overloaded", of(1)),
        row("110/10 kV units overloaded", of(2)),
        row("steps of tap changers", thousands(account.tap_moves as i64)),
        row("sections not solved, in all solves", thousands(i64::from(account.unsolved))),
        row("solves", thousands(i64::from(account.solves))),
    ]
}
