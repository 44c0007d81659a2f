//! Folders of CSV tables: buses and branches in per unit, or elements in SI units.
//!
//! The first form is `ppc_bus.csv` and `ppc_branch.csv`, which [`super::per_unit`] writes; the second one table
//! per kind of element, with the columns of pandapower. Both take the base power from `baseMVA` in `meta.json`.

use super::Case;
use super::elements::{self, Elements};
use super::frame::Frame;
use super::per_unit;
use super::problem::{CaseError, CaseErrors, CaseProblem};
use super::transformer::TransformerModel;
use crate::powerflow::limits::Rating;
use crate::powerflow::{Branch, Bus, BusKind, Complex, Element, ElementKind, Grid, Pi};
use std::collections::BTreeMap;
use std::path::Path;

/// Reads `ppc_bus.csv` and `ppc_branch.csv` of a folder.
///
/// Loads and shunts are in MW and Mvar, impedances in per unit; a ratio of 0 stands for 1. These columns may be
/// left out, or cells of theirs empty:
///
/// - of a bus `pd_i_mw`, `qd_i_mvar`, `pd_z_mw` and `qd_z_mvar`: the parts of its load whose current and whose
///   impedance are constant, at 1 pu of voltage;
/// - of a branch `kind` (`branch`, `line`, `transformer` or `switch`) and `id`, by which it is named, else
///   `branch` and its row from 0;
/// - of a branch `rated_from_a` and `rated_to_a`: rated currents in A at its two ends.
///
/// # Errors
/// Names the files, lines and columns that cannot be read or that this model has no place for.
pub fn read_per_unit(folder: &Path) -> Result<Case, CaseErrors> {
    let mut errors = CaseErrors::default();
    let meta = errors.take(meta(folder));
    let bus = errors.take(required(folder, "ppc_bus.csv"));
    let branch = errors.take(required(folder, "ppc_branch.csv"));
    let (Some(Meta { name, s_base_mva, .. }), Some(bus), Some(branch)) = (meta, bus, branch) else {
        return Err(errors);
    };
    let read = (0..bus.len()).filter_map(|row| errors.take(per_unit_bus(&bus, row, s_base_mva)));
    let buses = read.collect();
    let (mut branches, mut ratings) = (Vec::new(), Vec::new());
    for row in 0..branch.len() {
        let Some((read, rating)) = errors.take(per_unit_branch(&branch, row)) else { continue };
        ratings.extend(rating.map(|rating| (read.element, rating)));
        branches.push(read);
    }
    let bus_places = (0..bus.len()).map(|row| bus.place(row)).collect();
    let branch_places = (0..branch.len()).map(|row| branch.place(row)).collect();
    let grid = Grid { name, s_base_va: s_base_mva * 1e6, buses, branches };
    errors.or(Case { grid, ratings, bus_places, branch_places })
}

/// Reads the tables of elements of a folder: `bus.csv`, `ext_grid.csv` and what else there is of `line.csv`,
/// `trafo.csv`, `switch.csv`, `load.csv`, `sgen.csv`, `storage.csv` and `shunt.csv`.
///
/// They become per unit as in pandapower. The frequency is `f_hz` of `meta.json`, or 50 Hz; the model of
/// transformers `trafo_model`, by itself or among the words of `solver`: `t`, also if there is none, or `pi`.
///
/// # Errors
/// Names the files, lines and columns that cannot be read or that this model has no place for.
pub fn read_elements(folder: &Path) -> Result<Case, CaseErrors> {
    let mut errors = CaseErrors::default();
    let (meta, mut frames) = (errors.take(meta(folder)), BTreeMap::new());
    for kind in elements::KINDS.iter().chain(&elements::UNSUPPORTED) {
        let path = folder.join(format!("{kind}.csv"));
        match errors.take(Frame::open(&path)) {
            Some(Some(frame)) => drop(frames.insert((*kind).to_owned(), frame)),
            Some(None) if matches!(*kind, "bus" | "ext_grid") => {
                let problem = CaseProblem::Missing { wanted: "a table of this kind" };
                errors.0.push(CaseError::of_file(&path.display().to_string(), problem));
            }
            _ => {}
        }
    }
    let frames = errors.clone().or(frames)?;
    let Some(Meta { name, s_base_mva, f_hz, transformer_model }) = meta else { return Err(errors) };
    elements::to_per_unit(&Elements { name, s_base_mva, f_hz, transformer_model, frames })
}

fn required(folder: &Path, file: &str) -> Result<Frame, CaseErrors> {
    let path = folder.join(file);
    let missing = || CaseError::of_file(&path.display().to_string(), CaseProblem::Missing { wanted: "this table" });
    Frame::open(&path)?.ok_or_else(|| missing().into())
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
    let dependent = |p: &str, q: &str| -> Result<Complex, CaseError> {
        let part = |column| Ok(frame.optional(row, column)?.unwrap_or(0.0) / s_base_mva);
        Ok(Complex::new(part(p)?, part(q)?))
    };
    Ok(Bus {
        kind,
        steady_current: dependent("pd_i_mw", "qd_i_mvar")?,
        steady_impedance: dependent("pd_z_mw", "qd_z_mvar")?,
        p_pu: frame.number(row, "pd_mw")? / s_base_mva,
        q_pu: frame.number(row, "qd_mvar")? / s_base_mva,
        g_pu: frame.number(row, "gs_mw")? / s_base_mva,
        b_pu: frame.number(row, "bs_mvar")? / s_base_mva,
        ..Bus::bare(frame.id(row, "bus")?, base_kv)
    })
}

fn per_unit_branch(frame: &Frame, row: usize) -> Result<(Branch, Option<Rating>), CaseError> {
    let ratio = frame.number(row, "ratio")?;
    let branch = Branch {
        element: per_unit_element(frame, row)?,
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
    };
    Ok((branch, per_unit_rating(frame, row)?))
}

/// What a branch is called.
fn per_unit_element(frame: &Frame, row: usize) -> Result<Element, CaseError> {
    let named = frame.text(row, "kind");
    let kind = match per_unit::KINDS.iter().find(|(_, name)| *name == named) {
        Some((kind, _)) => *kind,
        None if named.is_empty() => ElementKind::Branch,
        None => return Err(frame.malformed(row, "kind", "branch, line, transformer or switch")),
    };
    let id = if frame.text(row, "id").is_empty() { row as u32 } else { frame.id(row, "id")? };
    Ok(Element { kind, id })
}

/// Rated currents of a branch, if it has them.
fn per_unit_rating(frame: &Frame, row: usize) -> Result<Option<Rating>, CaseError> {
    let (from, to) = ("rated_from_a", "rated_to_a");
    if frame.text(row, from).is_empty() && frame.text(row, to).is_empty() {
        return Ok(None);
    }
    Ok(Some(Rating { from_a: frame.positive(row, from)?, to_a: frame.positive(row, to)? }))
}
