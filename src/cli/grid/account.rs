//! What a network came to, for the account of a run and for that of a day.

use crate::cli::chart::{Glyphs, figure, table, thousands};
use crate::cli::outcome::{NetworkOutcome, OutagesOutcome};
use serde_json::{Value, json};
use voltcity::network::outage::Means;
use voltcity::network::{Agent, FULL_FROM, InverterControl, Overloaded, Source, Violation};
use voltcity::powerflow::attribution::Share;
use voltcity::units::JOULES_PER_KWH;

/// Agents that are told of an overload.
const AGENTS: usize = 10;
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
        "overloaded": { "transformers": overloaded[0].0, "feeders": overloaded[1].0, "substations": overloaded[2].0 },
        "overload_minutes": overloaded.map(|(_, seconds)| seconds as f64 / 60.0),
        "out_of_band_minutes": account.out_of_band_s as f64 / 60.0,
        "transformer_minutes_from": FULL_FROM.iter().zip(account.full_s).map(|(from, seconds)|
            (format!("{:.0} %", from * 100.0), json!(seconds as f64 / 60.0))).collect::<serde_json::Map<_, _>>(),
        "hottest_winding_c": account.hottest_c,
        "hottest_unit_c": network.units.hottest_c,
        "fastest_unit_ageing": network.units.fastest_ageing(),
        "inverters": network.inverters.name(),
        "curtailed_mwh": account.curtailed_j as f64 / MWH_J,
        "violation_minutes": (overloaded.iter().map(|(_, seconds)| seconds).sum::<u64>() + account.out_of_band_s) as f64 / 60.0,
        "nonconverged": account.unsolved,
        "solves": account.solves,
        "sweeps": account.sweeps,
        "tap_moves": account.tap_moves,
        "powerflow_ms_per_solve": network.ms_per_solve,
        "saidi_min": network.outages.as_ref().map(|outages| outages.indices.saidi_min),
        "outages": network.outages.as_ref().map(outages),
        "violations": network.violations.iter().map(violation).collect::<Vec<_>>(),
    })
}

/// What outages came to.
fn outages(outages: &OutagesOutcome) -> Value {
    let district = |(name, means): &(String, Means)| {
        json!({ "district": name, "interruptions": means.interruptions, "customer_minutes": means.customer_min,
            "not_served_mwh": means.not_served_j / MWH_J })
    };
    json!({
        "areas": outages.areas,
        "saifi": outages.indices.saifi,
        "caidi_min": outages.indices.caidi_min,
        "not_served_mwh": outages.by_district.iter().map(|(_, means)| means.not_served_j).sum::<f64>() / MWH_J,
        "by_district": outages.by_district.iter().map(district).collect::<Vec<_>>(),
    })
}

fn name(element: Overloaded) -> (&'static str, u32) {
    match element {
        Overloaded::Transformer(row) => ("transformer", row),
        Overloaded::Feeder(row) => ("feeder", row),
        Overloaded::Unit(section) => ("unit", section),
        Overloaded::Voltage(row) => ("voltage of feeder", row),
    }
}

/// The voltage that was furthest out of its band, in pu; none of what is no voltage.
fn worst_v_pu(element: Overloaded, found: &Violation) -> Option<f64> {
    let sign = if found.is_reverse { 1.0 } else { -1.0 };
    matches!(element, Overloaded::Voltage(_)).then(|| 1.0 + sign * found.worst)
}

/// An overload with what caused and what relieved it: energy in kWh, and millionths that add up to a million.
fn violation((element, found): &(Overloaded, Violation)) -> Value {
    let ((level, row), shares, v_pu) = (name(*element), found.shares(), worst_v_pu(*element, found));
    let by_source = |list: &[Share]| -> Value {
        let one = |share: &Share| {
            let source = share.id as usize;
            let kwh = found.energy_j[source] as f64 / JOULES_PER_KWH;
            (Source::ALL[source].name().to_owned(), json!({ "kwh": kwh, "ppm": share.ppm }))
        };
        list.iter().map(one).collect::<serde_json::Map<_, _>>().into()
    };
    json!({
        "level": level,
        "row": row,
        "minutes": found.seconds as f64 / 60.0,
        "worst_loading": v_pu.is_none().then_some(found.worst),
        "worst_v_pu": v_pu,
        "reverse": found.is_reverse,
        "causes": by_source(&shares.causes),
        "relief": by_source(&shares.relief),
        "agents": found.by_agent(AGENTS).iter().map(agent).collect::<Vec<_>>(),
        "agents_behind": found.agents.len(),
    })
}

/// An agent behind an overload.
fn agent((agent, energy_j, ppm): &(Agent, i64, u32)) -> Value {
    json!({ "agent": agent.to_string(), "kwh": *energy_j as f64 / JOULES_PER_KWH, "ppm": ppm })
}

/// The longest overloads, and whose power they were; nothing when there are none.
pub(crate) fn violations(network: &NetworkOutcome, most: usize, glyphs: Glyphs) -> String {
    let percent = |ppm: u32| format!("{:.0} %", f64::from(ppm) / 1e4);
    let row = |(element, found): &(Overloaded, Violation)| {
        let ((level, row), v_pu) = (name(*element), worst_v_pu(*element, found));
        let mut causes = found.shares().causes;
        causes.sort_by_key(|share| (core::cmp::Reverse(share.ppm), share.id));
        let sources: Vec<String> = causes
            .iter()
            .filter(|share| share.ppm >= 5_000)
            .map(|share| format!("{} {}", Source::ALL[share.id as usize].name(), percent(share.ppm)))
            .collect();
        let first = found.by_agent(1).first().map(|(agent, _, ppm)| format!("{agent} {}", percent(*ppm)));
        vec![
            format!("{level} {row}{}", if found.is_reverse && v_pu.is_none() { ", reverse" } else { "" }),
            (found.seconds / 60).to_string(),
            v_pu.map_or_else(|| format!("{:.0} %", found.worst * 100.0), |v_pu| format!("{v_pu:.3} pu")),
            sources.join(", "),
            first.unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = network.violations.iter().take(most).map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let heads = ["Beyond a limit", "min", "worst", "whose power", "most of one"];
    table(&heads, &rows, glyphs)
}

/// For people: names and values. Nothing of this machine is among them.
pub(crate) fn rows(network: &NetworkOutcome) -> Vec<Vec<String>> {
    let NetworkOutcome { account, overloaded, .. } = network;
    let [medium, users] = account.v_pu.unwrap_or_default();
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let minutes = |seconds: u64| thousands((seconds / 60) as i64);
    let of = |level: usize| {
        let (count, seconds) = overloaded[level];
        format!("{} for {} min in all", thousands(count as i64), minutes(seconds))
    };
    let range = |[low, high]: [f64; 2]| format!("{low:.3} to {high:.3}");
    let units = network.units.hottest_c.zip(network.units.fastest_ageing());
    let hottest = units.map_or_else(String::new, |(hottest_c, ageing)| format!("{hottest_c:.0}, {ageing:.2}"));
    let mut rows = vec![
        row("lost between 110 kV and users, MWh", figure(account.lost_j as f64 / MWH_J)),
        row(
            "  of what was supplied",
            account.lost_share().map_or_else(|| "-".to_owned(), |share| format!("{:.2} %", share * 100.0)),
        ),
        row("voltage at 10 kV, pu", range(medium)),
        row("voltage at users, pu of 380 V", range(users)),
        row("  out of the band, node-minutes", thousands((account.out_of_band_s / 60) as i64)),
        row("transformers overloaded", of(0)),
        row("  from 80, 120 and 150 % on, min in all", [0, 2, 3].map(|at| minutes(account.full_s[at])).join(", ")),
        row("  hottest winding, C (not validated)", account.hottest_c.map_or_else(String::new, |c| format!("{c:.0}"))),
        row("feeders overloaded", of(1)),
        row("110/10 kV units overloaded", of(2)),
        row("  hottest hot spot, C, and fastest ageing", hottest),
        row("steps of tap changers", thousands(account.tap_moves as i64)),
        row("sections not solved, in all solves", thousands(i64::from(account.unsolved))),
        row("solves", thousands(i64::from(account.solves))),
    ];
    if network.inverters != InverterControl::Off {
        let name = format!("solar energy cut, MWh ({})", network.inverters.name());
        rows.push(vec![name, figure(account.curtailed_j as f64 / MWH_J)]);
    }
    if let Some(OutagesOutcome { indices, by_district, areas }) = &network.outages {
        let not_served_j: f64 = by_district.iter().map(|(_, means)| means.not_served_j).sum();
        rows.push(row("areas that lost supply", thousands(*areas as i64)));
        rows.push(row("  minutes without it, of a mean customer", format!("{:.3}", indices.saidi_min)));
        rows.push(row("  not served to buildings, MWh", figure(not_served_j / MWH_J)));
    }
    rows
}
