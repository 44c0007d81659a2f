//! What `voltcity grid` says: to an engineer at a terminal, and to machines.

use super::{BranchFlow, Flow};
use crate::cli::args::GridRequest;
use crate::cli::chart::{Glyphs, figure, table, thousands};
use crate::cli::exit::Failure;
use serde_json::{Value, json};
use std::path::Path;
use voltcity::powerflow::EndFlows;
use voltcity::powerflow::limits::{Band, OVERLOADED, Voltage};

impl Flow {
    /// MW of 1 pu.
    fn mw(&self) -> f64 {
        self.network.s_base_va() / 1e6
    }

    /// Node of the highest voltage, and its length in pu.
    fn highest(&self) -> (usize, f64) {
        let at = (0..self.network.len()).max_by(|&a, &b| self.state.v_pu(a).total_cmp(&self.state.v_pu(b)));
        at.map_or((0, 0.0), |node| (node, self.state.v_pu(node)))
    }

    /// Buses whose voltage is outside the band of three-phase supply.
    fn outside(&self) -> usize {
        (0..self.network.len())
            .filter(|&node| Band::THREE_PHASE.place(self.state.v_pu(node)) != Voltage::Within)
            .count()
    }

    /// Share of the supply that is lost.
    fn lost_share(&self) -> f64 {
        if self.solved.slack.re == 0.0 { 0.0 } else { self.solved.lost.re / self.solved.slack.re }
    }

    /// Branches above their rating, and branches that have one.
    fn overloaded(&self) -> (usize, usize) {
        let loadings = || self.branches.iter().filter_map(|branch| branch.loading);
        (loadings().filter(|&loading| loading > OVERLOADED).count(), loadings().count())
    }

    /// What the report says of overloads: nothing is known of a branch without a rating.
    fn overloaded_row(&self) -> [String; 3] {
        let (overloaded, rated) = self.overloaded();
        let name = "branches overloaded".to_owned();
        let unrated = self.branches.len() - rated;
        match (rated, unrated) {
            (0, 1..) => [name, "-".to_owned(), "no branch has a rating".to_owned()],
            (_, 0) => [name, thousands(overloaded as i64), String::new()],
            _ => [name, thousands(overloaded as i64), format!("{} without a rating", thousands(unrated as i64))],
        }
    }

    /// Branches from the fullest; where none has a rating, from the one that loses most.
    fn worst(&self) -> Vec<&BranchFlow> {
        let mut worst: Vec<&BranchFlow> = self.branches.iter().collect();
        let rank = |branch: &BranchFlow| branch.loading.unwrap_or(0.0);
        worst.sort_by(|a, b| {
            let lost = |branch: &BranchFlow| branch.flows.lost().re;
            rank(b).total_cmp(&rank(a)).then(lost(b).total_cmp(&lost(a))).then(a.element.cmp(&b.element))
        });
        worst
    }

    fn place(&self, node: usize) -> String {
        format!("bus {}, {} kV", self.network.bus(node), figure(self.network.base_kv(node)))
    }
}

/// The report.
pub(super) fn text(flow: &Flow, request: &GridRequest, glyphs: Glyphs) -> String {
    let (mw, solved) = (flow.mw(), &flow.solved);
    let ((low, low_pu), (high, high_pu)) = (flow.state.lowest(), flow.highest());
    let pu = |v_pu: f64| format!("{v_pu:.4}");
    let rows = [
        ["supplied, MW".to_owned(), figure(solved.slack.re * mw), String::new()],
        ["supplied, Mvar".to_owned(), figure(solved.slack.im * mw), String::new()],
        ["lost, kW".to_owned(), figure(solved.lost.re * mw * 1e3), format!("{:.2} %", flow.lost_share() * 100.0)],
        ["lowest voltage, pu".to_owned(), pu(low_pu), flow.place(low)],
        ["highest voltage, pu".to_owned(), pu(high_pu), flow.place(high)],
        ["buses outside 7 %".to_owned(), thousands(flow.outside() as i64), String::new()],
        flow.overloaded_row(),
    ];
    let branch = |branch: &&BranchFlow| {
        vec![
            branch.element.to_string(),
            branch.from.to_string(),
            branch.to.to_string(),
            branch.loading.map_or_else(String::new, |loading| format!("{:.1} %", loading * 100.0)),
            figure(branch.flows.from.re * mw),
            figure(branch.flows.lost().re * mw * 1e3),
        ]
    };
    let worst: Vec<Vec<String>> = flow.worst().iter().take(request.worst).map(branch).collect();
    format!(
        "{}: {} buses, solved in {} sweeps\n\n{}\n\nFullest branches\n\n{}\n{}",
        flow.network.name(),
        thousands(flow.network.len() as i64),
        solved.sweeps,
        table(&["Network", "", "where"], &rows.map(Vec::from), glyphs),
        table(&["Branch", "from", "to", "loading", "MW in", "kW lost"], &worst, glyphs),
        request.out.as_ref().map_or_else(String::new, |out| format!("Written to {}\n", out.display())),
    )
}

/// The account.
pub(super) fn value(network: &Path, flow: &Flow) -> Value {
    let (mw, solved) = (flow.mw(), &flow.solved);
    let (low, high) = (flow.state.lowest(), flow.highest());
    let (overloaded, rated) = flow.overloaded();
    let ends = |(node, v_pu): (usize, f64)| json!({ "bus": flow.network.bus(node), "v_pu": v_pu });
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "network": flow.network.name(),
        "file": network.display().to_string(),
        "buses": flow.network.len(),
        "sweeps": solved.sweeps,
        "mismatch_pu": solved.mismatch_pu,
        "supplied_mw": solved.slack.re * mw,
        "supplied_mvar": solved.slack.im * mw,
        "lost_mw": solved.lost.re * mw,
        "lost_share": flow.lost_share(),
        "lowest": ends(low),
        "highest": ends(high),
        "buses_outside_band": flow.outside(),
        "branches_rated": rated,
        "overloaded": overloaded,
    })
}

pub(in crate::cli) fn csv(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |cause: csv::Error| Failure::Console(cause.into());
    writer.write_record(heads).map_err(failed)?;
    for row in rows {
        writer.write_record(row).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| Failure::Console(error.into_error()))
}

/// Voltages by bus.
pub(super) fn buses(flow: &Flow) -> Result<Vec<u8>, Failure> {
    let row = |node: usize| {
        let v = flow.state.voltages()[node];
        let bus = flow.network.bus(node).to_string();
        vec![bus, flow.network.base_kv(node).to_string(), v.abs().to_string(), v.angle_deg().to_string()]
    };
    csv(&["bus", "base_kv", "v_pu", "angle_deg"], (0..flow.network.len()).map(row))
}

/// Flows by branch, at both ends.
pub(super) fn branches(flow: &Flow) -> Result<Vec<u8>, Failure> {
    let mw = flow.mw();
    let row = |branch: &BranchFlow| {
        let EndFlows { from, to, .. } = branch.flows;
        let mut row = vec![branch.element.to_string(), branch.from.to_string(), branch.to.to_string()];
        row.extend([from.re, from.im, to.re, to.im].map(|pu| (pu * mw).to_string()));
        row.push(branch.loading.map_or_else(String::new, |loading| loading.to_string()));
        row
    };
    let heads = ["branch", "from_bus", "to_bus", "p_from_mw", "q_from_mvar", "p_to_mw", "q_to_mvar", "loading"];
    csv(&heads, flow.branches.iter().map(row))
}
