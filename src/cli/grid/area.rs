//! Transformer areas of a world, phase by phase, beside what the balanced model says of them.

use super::report::csv;
use crate::cli::args::GridRequest;
use crate::cli::chart::{Glyphs, figure, table, thousands};
use crate::cli::day::{Day, EVERY_S};
use crate::cli::exit::Failure;
use crate::cli::output::{Account, Output};
use crate::cli::{console, json};
use jiff::civil::DateTime;
use serde_json::{Value, json};
use std::fmt::Write;
use voltcity::fleet::station::StationKind;
use voltcity::network::area::{NodeFlow, UNBALANCE_LIMIT, USER_V, User, UserKind};
use voltcity::network::{Area, AreaError, AreaFlow, CityNetwork, Lumped};
use voltcity::plan::Plan;
use voltcity::powerflow::limits::{Band, Voltage};
use voltcity::three_phase::CHARGER_POWER_W;
use voltcity::world::problem::Problem;

/// What was found.
struct Found {
    world: String,
    at: DateTime,
    seed: u64,
    /// Areas with zone and district of each.
    areas: Vec<(Area, u32, String)>,
}

/// Solves the areas of some transformers of a world.
///
/// # Errors
/// A world that cannot be read or has problems; transformers that do not exist; areas without a solution; files that
/// cannot be written.
pub(super) fn areas(request: &GridRequest) -> Result<(), Failure> {
    let found = find(request)?;
    if let Some(out) = &request.out {
        let output = Output::open(out, Account::GRID, &[], |_| Vec::new())?;
        output.finish(&json::text(&value(&found)), &[("nodes.csv", nodes(&found)?)])?;
    }
    if request.day.quiet {
        return Ok(());
    }
    console::print(&text(&found, request, Glyphs::detect()))
}

/// Runs a world to a time, with its network as it was solved through that day, so that tap changers stand where they
/// would.
fn find(request: &GridRequest) -> Result<Found, Failure> {
    let (mut run, (network, places)) = Day::begin(&request.day, None, |plan, threads| {
        let places = request.areas.iter().map(|row| place(plan, *row)).collect::<Result<Vec<_>, _>>()?;
        let network = CityNetwork::of(plan, threads).map_err(|error| Failure::Network(error.to_string()))?;
        Ok((network, places))
    })?;
    run.twin.carry(network, EVERY_S);
    run.until(run.seen_s(run.at));
    let at = run.civil(run.twin.clock().now_s());
    let mut areas = Vec::new();
    for (row, (zone, district)) in request.areas.iter().zip(places) {
        let area = Area::of(&mut run.twin, *row).map_err(|error| Failure::Network(error.to_string()))?;
        areas.push((area, zone, district));
    }
    Ok(Found { world: run.world, at, seed: run.seed, areas })
}

/// Zone and district of a transformer, before anything is simulated.
fn place(plan: &Plan, row: u32) -> Result<(u32, String), Failure> {
    let count = plan.transformers.len();
    let Some(transformer) = plan.transformers.get(row as usize) else {
        let hint = "`voltcity grid WORLD` lists the fullest ones".to_owned();
        let problem = Problem::new(AreaError::NoSuchRow { row, count }.to_string(), hint);
        return Err(Failure::World(problem.into()));
    };
    let zone = usize::from(transformer.zone);
    let district = &plan.tree.districts[usize::from(plan.tree.zone_district[zone])];
    Ok((plan.tree.zone_ids[zone], district.clone()))
}

/// The report.
fn text(found: &Found, request: &GridRequest, glyphs: Glyphs) -> String {
    let mut out = format!(
        "{}, {} (seed {})\nvoltages in pu of {USER_V} V from phase to neutral; who is on which phase is\n\
         not published, so it is drawn\n",
        found.world,
        found.at.strftime("%Y-%m-%d %H:%M"),
        found.seed,
    );
    for (area, zone, district) in &found.areas {
        out += &area_text(area, *zone, district, glyphs);
    }
    if let Some(dir) = &request.out {
        let _ = writeln!(out, "\nWritten to {}: grid.json, nodes.csv", dir.display());
    }
    out
}

fn area_text(area: &Area, zone: u32, district: &str, glyphs: Glyphs) -> String {
    let (draws, flow) = (&area.draws, &area.flow);
    let single = draws.points().filter(|point| f64::from(point.rating_w) <= CHARGER_POWER_W);
    let (in_use, points) = single.fold((0, 0), |(used, all), point| (used + i64::from(point.power_w != 0), all + 1));
    let mut nodes = vec![node("busbar", flow.phases.iter().map(|phase| phase.delivered_w).sum(), &flow.busbar)];
    nodes.extend(draws.users.iter().zip(&flow.users).map(|(user, at)| node(&name(user), user.power_w() as f64, at)));
    let of_phase = |name: &str, of: &dyn Fn(usize) -> String| {
        let cells = (0..3).map(of);
        [name.to_owned()].into_iter().chain(cells).collect::<Vec<String>>()
    };
    let phases = [
        of_phase("drawn by users, kW", &|k| figure(flow.phases[k].drawn_w / 1e3)),
        of_phase("lost in mains, kW", &|k| figure(flow.phases[k].lost_w / 1e3)),
        of_phase("current, A", &|k| figure(flow.phases[k].current_a)),
        of_phase("loading of the transformer", &|k| percent(flow.phases[k].loading)),
    ];
    format!(
        "\nTransformer {}, {} kVA, zone {zone}, {district}: {} kW, {:.3} pu at 10 kV\n\
         {} of {} points of 7 kW in use; {} kW that ended within the step, at the busbar\n\n{}\n{}\n{}\n{}\n",
        draws.row,
        figure(f64::from(draws.rating_va) / 1e3),
        figure(draws.net_w as f64 / 1e3),
        area.lumped.medium_pu,
        thousands(in_use),
        thousands(points),
        figure(draws.remainder_w as f64 / 1e3),
        table(&["Node", "kW", "pu a", "b", "c", "unbalance", "neutral, A"], &nodes, glyphs),
        table(&["Phase", "a", "b", "c"], &phases, glyphs),
        table(&["Beside it", "balanced model", "even phases", "by phase"], &beside(area), glyphs),
        verdict(area),
    )
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn node(name: &str, power_w: f64, at: &NodeFlow) -> Vec<String> {
    let mut row = vec![name.to_owned(), figure(power_w / 1e3)];
    row.extend(at.v_pu.map(|v_pu| format!("{v_pu:.3}")));
    row.extend([format!("{:.2} %", at.unbalance * 100.0), figure(at.neutral_a)]);
    row
}

/// What a user is called, with its row.
fn name(user: &User) -> String {
    match user.kind {
        UserKind::Building(kind) => format!("{} {}", kind.name().replace('_', " "), user.row),
        UserKind::Station(kind) => format!("{} station {}", station(kind), user.row),
        UserKind::Plant => "solar and storage".to_owned(),
    }
}

/// A shorter name of a kind of station than that of other tables, for a narrow column.
const fn station(kind: StationKind) -> &'static str {
    match kind {
        StationKind::Compound => "compound",
        StationKind::Demonstration => "demonstration",
        StationKind::Super => "super",
        other => other.label(),
    }
}

/// The balanced model, the area with even phases, and the area as it is, side by side.
fn beside(area: &Area) -> Vec<Vec<String>> {
    let Lumped { busbar_pu, users_pu, loading, transformer_lost_w, mains_lost_w, .. } = area.lumped;
    let pu = |v_pu: f64| format!("{v_pu:.4}");
    let kw = |power_w: f64| figure(power_w / 1e3);
    let row = |name: &str, balanced: String, of: &dyn Fn(&AreaFlow) -> String| {
        vec![name.to_owned(), balanced, of(&area.even), of(&area.flow)]
    };
    let lowest = |flow: &AreaFlow| flow.busbar.v_pu.into_iter().fold(f64::INFINITY, f64::min);
    vec![
        row("lowest at the busbar, pu", pu(busbar_pu), &|flow| pu(lowest(flow))),
        row("lowest at users, pu", pu(users_pu), &|flow| pu(flow.users_pu()[0])),
        row("highest at users, pu", pu(users_pu), &|flow| pu(flow.users_pu()[1])),
        row("fullest phase", percent(loading), &|flow| percent(flow.busbar.loading)),
        row("lost in the transformer, kW", kw(transformer_lost_w), &|flow| kw(flow.transformer_lost_w)),
        row("lost in the mains, kW", kw(mains_lost_w), &|flow| kw(flow.mains_lost_w)),
    ]
}

/// Phases of users that are out of the band of single-phase supply.
fn outside(area: &Area) -> usize {
    let all = area.flow.users.iter().flat_map(|user| user.v_pu);
    all.filter(|v_pu| Band::SINGLE_PHASE.place(*v_pu) != Voltage::Within).count()
}

/// How the area stands to the limits.
fn verdict(area: &Area) -> String {
    let (unbalance, Band { low_pu, high_pu }) = (area.flow.unbalance(), Band::SINGLE_PHASE);
    format!(
        "{} of {} phases of users outside {low_pu:.2} to {high_pu:.2} pu (GB/T 12325);\n\
         unbalance at most {:.2} %, {} the {:.0} % of GB/T 15543",
        outside(area),
        area.flow.users.len() * 3,
        unbalance * 100.0,
        if unbalance <= UNBALANCE_LIMIT { "within" } else { "above" },
        UNBALANCE_LIMIT * 100.0,
    )
}

/// The account.
fn value(found: &Found) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "world": found.world,
        "seed": found.seed,
        "at": found.at.to_string(),
        "rated_v": USER_V,
        "band_pu": Band::SINGLE_PHASE,
        "unbalance_limit": UNBALANCE_LIMIT,
        "areas": found.areas.iter().map(area_value).collect::<Vec<_>>(),
    })
}

fn area_value((area, zone, district): &(Area, u32, String)) -> Value {
    let Area { draws, lumped, even, flow } = area;
    let node = |at: &NodeFlow| {
        json!({ "v_pu": at.v_pu, "unbalance": at.unbalance, "current_a": at.current_a, "neutral_a": at.neutral_a,
            "loading": at.loading })
    };
    let user = |(user, at): (&User, &NodeFlow)| {
        let mut value = node(at);
        value["name"] = name(user).into();
        value["power_w"] = user.power_w().into();
        value
    };
    let phases = flow.phases.map(|phase| {
        json!({ "delivered_w": phase.delivered_w, "drawn_w": phase.drawn_w, "lost_w": phase.lost_w,
            "current_a": phase.current_a, "loading": phase.loading })
    });
    json!({
        "transformer": draws.row,
        "zone": zone,
        "district": district,
        "rating_va": draws.rating_va,
        "net_w": draws.net_w,
        "standby_w": draws.standby_w,
        "remainder_w": draws.remainder_w,
        "supplied_w": flow.supplied_w,
        "lost_w": { "transformer": flow.transformer_lost_w, "mains": flow.mains_lost_w },
        "phases": phases,
        "busbar": node(&flow.busbar),
        "users": draws.users.iter().zip(&flow.users).map(user).collect::<Vec<_>>(),
        "unbalance": flow.unbalance(),
        "phases_outside_band": outside(area),
        "even_phases": {
            "users_pu": even.users_pu(),
            "loading": even.busbar.loading,
            "lost_w": { "transformer": even.transformer_lost_w, "mains": even.mains_lost_w },
        },
        "balanced": {
            "medium_pu": lumped.medium_pu,
            "busbar_pu": lumped.busbar_pu,
            "users_pu": lumped.users_pu,
            "loading": lumped.loading,
            "lost_w": { "transformer": lumped.transformer_lost_w, "mains": lumped.mains_lost_w },
        },
    })
}

/// Nodes of all areas, the busbar of each first.
fn nodes(found: &Found) -> Result<Vec<u8>, Failure> {
    let row = |area: &Area, name: String, power_w: f64, at: &NodeFlow| {
        let mut row = vec![area.draws.row.to_string(), name, power_w.to_string()];
        row.extend(at.v_pu.iter().chain(&at.current_a).map(f64::to_string));
        row.extend([at.neutral_a, at.unbalance, at.loading].map(|number| number.to_string()));
        row
    };
    let rows = found.areas.iter().flat_map(|(area, ..)| {
        let delivered_w = area.flow.phases.iter().map(|phase| phase.delivered_w).sum();
        let users = area.draws.users.iter().zip(&area.flow.users);
        let users = users.map(move |(user, at)| row(area, name(user), user.power_w() as f64, at));
        [row(area, "busbar".to_owned(), delivered_w, &area.flow.busbar)].into_iter().chain(users)
    });
    let heads = [
        "transformer",
        "node",
        "power_w",
        "va_pu",
        "vb_pu",
        "vc_pu",
        "ia_a",
        "ib_a",
        "ic_a",
        "neutral_a",
        "unbalance",
        "loading",
    ];
    csv(&heads, rows)
}
