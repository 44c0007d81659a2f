//! Folders of CSV tables: buses and branches in per unit, or elements in SI units.
//!
//! The first form is `ppc_bus.csv` and `ppc_branch.csv`; the second one table per kind of element, with the
//! columns of pandapower. Both take the base power from `baseMVA` in `meta.json`.

use super::Case;
use super::elements::{self, Elements};
use super::frame::Frame;
use super::problem::{CaseError, CaseProblem};
use super::transformer::TransformerModel;
use crate::powerflow::{Branch, Bus, BusKind, Element, ElementKind, Grid, Pi};
use std::collections::BTreeMap;
use std::path::Path;

/// Reads `ppc_bus.csv` and `ppc_branch.csv` of a folder. A branch is named by its row, from 0.
///
/// Loads and shunts are in MW and Mvar, impedances in per unit; a ratio of 0 stands for 1.
///
/// # Errors
/// Names the file, line and column that cannot be read or that this model has no place for.
pub fn read_per_unit(folder: &Path) -> Result<Case, CaseError> {
    let Meta { name, s_base_mva, .. } = meta(folder)?;
    let bus = required(folder, "ppc_bus.csv")?;
    let branch = required(folder, "ppc_branch.csv")?;
    let buses = (0..bus.len()).map(|row| per_unit_bus(&bus, row, s_base_mva)).collect::<Result<_, _>>()?;
    let branches = (0..branch.len()).map(|row| per_unit_branch(&branch, row)).collect::<Result<_, _>>()?;
    let grid = Grid { name, s_base_va: s_base_mva * 1e6, buses, branches };
    Ok(Case { grid, ratings: Vec::new() })
}

/// Reads the tables of elements of a folder: `bus.csv`, `ext_grid.csv` and what else there is of `line.csv`,
/// `trafo.csv`, `switch.csv`, `load.csv`, `sgen.csv`, `storage.csv` and `shunt.csv`.
///
/// They become per unit as in pandapower. The frequency is `f_hz` of `meta.json`, or 50 Hz; the model of
/// transformers `trafo_model`, by itself or among the words of `solver`: `t`, also if there is none, or `pi`.
///
/// # Errors
/// Names the file, line and column that cannot be read or that this model has no place for.
pub fn read_elements(folder: &Path) -> Result<Case, CaseError> {
    let Meta { name, s_base_mva, f_hz, transformer_model } = meta(folder)?;
    let mut frames = BTreeMap::new();
    for kind in elements::KINDS.iter().chain(&elements::UNSUPPORTED) {
        if let Some(frame) = Frame::open(&folder.join(format!("{kind}.csv")))? {
            frames.insert((*kind).to_owned(), frame);
        }
    }
    for kind in ["bus", "ext_grid"] {
        if !frames.contains_key(kind) {
            let file = folder.join(format!("{kind}.csv")).display().to_string();
            return Err(CaseError::of_file(&file, CaseProblem::Missing { wanted: "a table of this kind" }));
        }
    }
    elements::to_per_unit(&Elements { name, s_base_mva, f_hz, transformer_model, frames })
}

fn required(folder: &Path, file: &str) -> Result<Frame, CaseError> {
    let path = folder.join(file);
    let missing = || CaseError::of_file(&path.display().to_string(), CaseProblem::Missing { wanted: "this table" });
    Frame::open(&path)?.ok_or_else(missing)
}

/// What `meta.json` says about the tables.
struct Meta {
    name: String,
    s_base_mva: f64,
    f_hz: f64,
    transformer_model: TransformerModel,
}

fn meta(folder: &Path) -> Result<Meta, CaseError> {
    let path = folder.join("meta.json");
    let file = path.display().to_string();
    let text = std::fs::read_to_string(&path)
        .map_err(|error| CaseError::of_file(&file, CaseProblem::Unreadable { cause: error.to_string() }))?;
    let meta: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
        let problem = CaseProblem::Malformed { found: error.to_string(), wanted: "JSON" };
        CaseError::of_line(&file, error.line() as u64, problem)
    })?;
    let folder_name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = meta["case"].as_str().map_or(folder_name, str::to_owned);
    let s_base_mva = meta["baseMVA"].as_f64().filter(|&mva| mva > 0.0).ok_or_else(|| {
        let problem = CaseProblem::Missing { wanted: "`baseMVA`, the base power in MVA, above zero" };
        CaseError::of_file(&file, problem)
    })?;
    let f_hz = meta["f_hz"].as_f64().filter(|&f_hz| f_hz > 0.0).unwrap_or(elements::F_HZ);
    let among_words = || {
        let mut words = meta["solver"].as_str()?.split([' ', ',', ';', '(', ')']);
        words.find_map(|word| word.strip_prefix("trafo_model="))
    };
    let model = meta["trafo_model"].as_str().or_else(among_words).unwrap_or("t");
    let transformer_model = TransformerModel::named(model).ok_or_else(|| {
        let wanted = "`trafo_model` t or pi";
        CaseError::of_file(&file, CaseProblem::Malformed { found: model.to_owned(), wanted })
    })?;
    Ok(Meta { name, s_base_mva, f_hz, transformer_model })
}

fn per_unit_bus(frame: &Frame, row: usize, s_base_mva: f64) -> Result<Bus, CaseError> {
    let kind = match frame.id(row, "type")? {
        1 => BusKind::Load,
        2 => {
            let found = "2, a bus that holds its voltage".to_owned();
            let problem = CaseProblem::Unsupported { found, wanted: "1 load, 3 slack or 4 out of service" };
            return Err(frame.error(row, "type", problem));
        }
        3 => {
            let angle_deg = frame.optional(row, "va_deg")?.unwrap_or(0.0);
            BusKind::Slack { v_pu: frame.positive(row, "vm_pu")?, angle_deg }
        }
        4 => BusKind::Off,
        _ => return Err(frame.malformed(row, "type", "1 load, 3 slack or 4 out of service")),
    };
    let base_kv = frame.positive(row, "base_kv")?;
    Ok(Bus {
        kind,
        p_pu: frame.number(row, "pd_mw")? / s_base_mva,
        q_pu: frame.number(row, "qd_mvar")? / s_base_mva,
        g_pu: frame.number(row, "gs_mw")? / s_base_mva,
        b_pu: frame.number(row, "bs_mvar")? / s_base_mva,
        ..Bus::bare(frame.id(row, "bus")?, base_kv)
    })
}

fn per_unit_branch(frame: &Frame, row: usize) -> Result<Branch, CaseError> {
    let ratio = frame.number(row, "ratio")?;
    Ok(Branch {
        element: Element { kind: ElementKind::Branch, id: row as u32 },
        from: frame.id(row, "f")?,
        to: frame.id(row, "t")?,
        model: Pi {
            r_pu: frame.number(row, "r_pu")?,
            x_pu: frame.number(row, "x_pu")?,
            g_pu: frame.number(row, "g_pu")?,
            b_pu: frame.number(row, "b_pu")?,
            ratio: if ratio == 0.0 { 1.0 } else { ratio },
            shift_deg: frame.number(row, "shift_deg")?,
        },
        closed: frame.flag(row, "status", true)?,
    })
}
