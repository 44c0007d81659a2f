//! Sections of a city's network, each as a folder of tables in per unit with what was solved, so that anybody can solve
//! them again: with `voltcity grid FOLDER`, or with another program.

use super::report::csv;
use crate::cli::exit::Failure;
use serde_json::json;
use std::fs;
use std::path::Path;
use voltcity::network::{Part, Section};
use voltcity::powerflow::Complex;

/// Where they go, within the directory of results.
pub(super) const FOLDER: &str = "networks";

/// Some sections as they were last solved, spread evenly over all, each with its number.
pub(super) fn sample(sections: &[Section], count: usize) -> Vec<(usize, Section)> {
    let count = count.min(sections.len());
    (0..count).map(|at| at * sections.len() / count).map(|number| (number, sections[number].clone())).collect()
}

/// Writes sections, a folder for each. Those of an earlier run are removed.
///
/// # Errors
/// A folder that cannot be made or written to.
pub(super) fn write(dir: &Path, sections: &[(usize, Section)]) -> Result<(), Failure> {
    let all = dir.join(FOLDER);
    let failed = |action, path: &Path, cause| Failure::Output { action, path: path.to_owned(), cause };
    if all.exists() {
        fs::remove_dir_all(&all).map_err(|cause| failed("replace", &all, cause))?;
    }
    for (number, section) in sections {
        let folder = all.join(format!("section-{number}"));
        fs::create_dir_all(&folder).map_err(|cause| failed("create", &folder, cause))?;
        let base_mva = section.network().s_base_va() / 1e6;
        let meta = json!({ "case": section.name(), "baseMVA": base_mva, "solver": "voltcity, sweeps to 1e-9 pu" });
        let files = [
            ("meta.json", format!("{meta:#}\n").into_bytes()),
            ("ppc_bus.csv", buses(section, base_mva)?),
            ("ppc_branch.csv", branches(section, base_mva)?),
        ];
        for (name, content) in files {
            let path = folder.join(name);
            fs::write(&path, content).map_err(|cause| failed("write", &path, cause))?;
        }
    }
    Ok(())
}

fn buses(section: &Section, base_mva: f64) -> Result<Vec<u8>, Failure> {
    let (network, state) = (section.network(), section.state());
    let row = |node: usize| {
        let (load, v) = (state.loads()[node].scale(base_mva), state.voltages()[node]);
        let slack = node == 0;
        let numbers = [load.re, load.im, 0.0, 0.0, v.abs(), v.angle_deg(), network.base_kv(node)];
        let kind = if slack { "3" } else { "1" };
        [node.to_string(), kind.to_owned()].into_iter().chain(numbers.map(|number| number.to_string())).collect()
    };
    let heads = ["bus", "type", "pd_mw", "qd_mvar", "gs_mw", "bs_mvar", "vm_pu", "va_deg", "base_kv"];
    csv(&heads, (0..network.len()).map(row))
}

fn branches(section: &Section, base_mva: f64) -> Result<Vec<u8>, Failure> {
    let (network, state) = (section.network(), section.state());
    let row = |node: usize| {
        let (Some(parent), Some(pi)) = (network.parent(node), network.model(node)) else { return Vec::new() };
        let (from, to) = if network.is_reversed(node) { (node, parent) } else { (parent, node) };
        let flows = state.flows(network, node);
        let [at_from, at_to] = [flows.from, flows.to].map(|power: Complex| power.scale(base_mva));
        let model = [pi.r_pu, pi.x_pu, pi.b_pu, pi.g_pu, pi.ratio, pi.shift_deg, 1.0];
        let solved = [at_from.re, at_from.im, at_to.re, at_to.im];
        let numbers = model.into_iter().chain(solved).map(|number| number.to_string());
        let what = match section.part(node) {
            Part::Unit => "unit".to_owned(),
            Part::Head(row) => format!("head of feeder {row}"),
            Part::Cable(row) => format!("cable of feeder {row}"),
            Part::Transformer(row) => format!("transformer {row}"),
            Part::Main(row) => format!("mains of transformer {row}"),
        };
        [from.to_string(), to.to_string()].into_iter().chain(numbers).chain([what]).collect()
    };
    let heads = [
        "f",
        "t",
        "r_pu",
        "x_pu",
        "b_pu",
        "g_pu",
        "ratio",
        "shift_deg",
        "status",
        "pf_mw",
        "qf_mvar",
        "pt_mw",
        "qt_mvar",
        "what",
    ];
    csv(&heads, (1..network.len()).map(row))
}
