//! Any network as tables in per unit, which lose nothing of it: [`super::tables::read_per_unit`] reads them back.
//!
//! Tables of elements have no place for a branch that is known in per unit only, such as those of MATPOWER; these
//! have one for shifts, taps, shunts and loads that depend on the voltage, for the names of branches and for their
//! ratings. Numbers are written in full, so that what is read back solves to the same voltages.

use super::Case;
use crate::powerflow::limits::Rating;
use crate::powerflow::{Branch, Bus, BusKind, Element, ElementKind};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Display;

/// What the tables call the kinds of branches.
pub(super) const KINDS: [(ElementKind, &str); 4] = [
    (ElementKind::Branch, "branch"),
    (ElementKind::Line, "line"),
    (ElementKind::Transformer, "transformer"),
    (ElementKind::Switch, "switch"),
];

/// Columns of buses: loads and shunts in MW and Mvar at 1 pu of voltage; `vm_pu` and `va_deg` are what the supply
/// holds, and empty elsewhere.
const BUS: &str = "bus,type,pd_mw,qd_mvar,pd_i_mw,qd_i_mvar,pd_z_mw,qd_z_mvar,gs_mw,bs_mvar,vm_pu,va_deg,base_kv";

/// Columns of branches: impedances in per unit of `baseMVA` and of the base voltage of each end, ratings in A.
const BRANCH: &str = "f,t,r_pu,x_pu,b_pu,g_pu,ratio,shift_deg,status,kind,id,rated_from_a,rated_to_a";

/// The files of a network, each by its name, and where it comes from in words. The same network gives the same bytes.
pub fn files(case: &Case, source: &str) -> [(&'static str, String); 3] {
    let s_base_mva = case.grid.s_base_va / 1e6;
    let meta = json!({ "case": case.grid.name, "source": source, "baseMVA": s_base_mva });
    let ratings: BTreeMap<Element, Rating> = case.ratings.iter().copied().collect();
    let buses = case.grid.buses.iter().map(|bus| bus_row(bus, s_base_mva));
    let branches = case.grid.branches.iter().map(|branch| branch_row(branch, ratings.get(&branch.element)));
    [
        ("meta.json", format!("{meta:#}\n")),
        ("ppc_bus.csv", table(BUS, buses)),
        ("ppc_branch.csv", table(BRANCH, branches)),
    ]
}

fn table(heads: &str, rows: impl Iterator<Item = String>) -> String {
    let mut text = heads.to_owned();
    for row in rows {
        text.push('\n');
        text.push_str(&row);
    }
    text.push('\n');
    text
}

/// Cells of a row; none of them has a comma.
fn cells(cells: &[&dyn Display]) -> String {
    cells.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn bus_row(bus: &Bus, s_base_mva: f64) -> String {
    let (kind, held) = match bus.kind {
        BusKind::Load => (1, None),
        BusKind::Slack { v_pu, angle_deg } => (3, Some([v_pu, angle_deg])),
        BusKind::Off => (4, None),
    };
    let held = held.map_or_else(|| ",".to_owned(), |[v_pu, angle_deg]| format!("{v_pu},{angle_deg}"));
    let power = [bus.p_pu, bus.q_pu].map(|pu| pu * s_base_mva);
    let [current, impedance] = [bus.steady_current, bus.steady_impedance].map(|power| power.scale(s_base_mva));
    let shunt = [bus.g_pu, bus.b_pu].map(|pu| pu * s_base_mva);
    cells(&[
        &bus.id,
        &kind,
        &power[0],
        &power[1],
        &current.re,
        &current.im,
        &impedance.re,
        &impedance.im,
        &shunt[0],
        &shunt[1],
        &held,
        &bus.base_kv,
    ])
}

fn branch_row(branch: &Branch, rating: Option<&Rating>) -> String {
    let Branch { element, from, to, model, closed } = branch;
    let kind = KINDS.iter().find(|(kind, _)| *kind == element.kind).map_or("", |(_, name)| name);
    let rated = rating.map_or_else(|| ",".to_owned(), |Rating { from_a, to_a }| format!("{from_a},{to_a}"));
    cells(&[
        from,
        to,
        &model.r_pu,
        &model.x_pu,
        &model.b_pu,
        &model.g_pu,
        &model.ratio,
        &model.shift_deg,
        &u8::from(*closed),
        &kind,
        &element.id,
        &rated,
    ])
}
