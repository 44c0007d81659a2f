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

/// The files of a section.
const FILES: [&str; 3] = ["meta.json", "ppc_bus.csv", "ppc_branch.csv"];

/// Writes sections, a folder for each. Of what is there already only folders of sections that an earlier run has
/// written are removed, and only if some are written.
///
/// # Errors
/// A folder that cannot be made or written to.
pub(super) fn write(dir: &Path, sections: &[(usize, Section)]) -> Result<(), Failure> {
    let all = dir.join(FOLDER);
    let failed = |action, path: &Path, cause| Failure::Output { action, path: path.to_owned(), cause };
    if !sections.is_empty() {
        remove_earlier(&all);
    }
    for (number, section) in sections {
        let folder = all.join(format!("section-{number}"));
        fs::create_dir_all(&folder).map_err(|cause| failed("create", &folder, cause))?;
        let base_mva = section.network().s_base_va() / 1e6;
        let meta = json!({ "case": section.name(), "baseMVA": base_mva, "solver": "voltcity, sweeps to 1e-9 pu",
            "voltages": "low ones in pu of the 0.4 kV of transformers; the band of users is 7 % of 380 V, 0.8835 to 1.0165" });
        let contents = [format!("{meta:#}\n").into_bytes(), buses(section, base_mva)?, branches(section, base_mva)?];
        for (name, content) in FILES.into_iter().zip(contents) {
            let path = folder.join(name);
            fs::write(&path, content).map_err(|cause| failed("write", &path, cause))?;
        }
    }
    Ok(())
}

/// Removes folders that hold the files of a section and nothing else. What cannot be removed is in nobody's way.
fn remove_earlier(all: &Path) {
    let entries = fs::read_dir(all).into_iter().flatten().flatten();
    let of_section = |name: &str| name.strip_prefix("section-").is_some_and(|number| number.parse::<u32>().is_ok());
    for entry in entries.filter(|entry| of_section(&entry.file_name().to_string_lossy())) {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let files = fs::read_dir(entry.path()).into_iter().flatten().flatten().map(|file| file.file_name());
        if is_folder && files.into_iter().all(|name| FILES.iter().any(|file| name == *file)) {
            FILES.iter().for_each(|file| fs::remove_file(entry.path().join(file)).unwrap_or_default());
            fs::remove_dir(entry.path()).unwrap_or_default();
        }
    }
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
        let rating = section.rating(node);
        let numbers =
            model.into_iter().chain(solved).chain([rating.from_a, rating.to_a]).map(|number| number.to_string());
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
        "rated_from_a",
        "rated_to_a",
        "what",
    ];
    csv(&heads, (1..network.len()).map(row))
}
