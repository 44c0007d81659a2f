//! The cases of the reference tools written in the other forms: every reader comes to the same network.

use crate::support::{folders, meta, table};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;
use voltcity::case::{matpower, pandapower, tables};
use voltcity::powerflow::{Branch, Grid};

/// A CSV table as a data frame of pandas, a cell a number where it can be.
fn frame(path: &Path) -> Value {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let columns: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let cell = |text: &str| match (text, text.parse::<f64>()) {
        ("", _) => Value::Null,
        ("True" | "False", _) => json!(text == "True"),
        (_, Ok(number)) => json!(number),
        _ => json!(text),
    };
    let rows: Vec<Vec<Value>> = reader.records().map(|row| row.unwrap().iter().map(cell).collect()).collect();
    let id = columns.iter().position(|name| name == "id").unwrap();
    let without = |row: &Vec<Value>| -> Vec<Value> {
        row.iter().enumerate().filter(|(at, _)| *at != id).map(|(_, cell)| cell.clone()).collect()
    };
    let names: Vec<&String> = columns.iter().filter(|name| *name != "id").collect();
    let index: Vec<u64> = rows.iter().map(|row| row[id].as_f64().unwrap() as u64).collect();
    let data: Vec<Vec<Value>> = rows.iter().map(without).collect();
    let text = json!({ "columns": names, "index": index, "data": data }).to_string();
    json!({ "_module": "pandas.core.frame", "_class": "DataFrame", "_object": text, "orient": "split" })
}

#[test]
fn json_of_pandapower_comes_to_the_same_as_tables() {
    for folder in folders().into_iter().filter(|folder| folder.join("bus.csv").is_file()) {
        let mut objects = serde_json::Map::new();
        for kind in ["bus", "ext_grid", "line", "trafo", "switch", "load", "sgen", "storage", "shunt"] {
            let path = folder.join(format!("{kind}.csv"));
            if path.is_file() {
                objects.insert(kind.to_owned(), frame(&path));
            }
        }
        objects.insert("sn_mva".to_owned(), meta(&folder)["baseMVA"].clone());
        objects.insert("name".to_owned(), meta(&folder)["case"].clone());
        let text = json!({ "_class": "pandapowerNet", "_object": objects }).to_string();
        let read = pandapower::parse("case.json", &text).unwrap();
        let wanted = tables::read_elements(&folder).unwrap();
        assert_eq!((read.grid, read.ratings), (wanted.grid, wanted.ratings), "{}", folder.display());
    }
}

/// Writes a case file in the manner of the distribution cases: ohms and kW, turned into per unit at its end.
fn case_file(folder: &Path, name: &str, s_base_mva: f64) -> String {
    let buses = table(&folder.join("ppc_bus.csv"));
    let base_kv = buses[0]["base_kv"];
    let ohm = base_kv * base_kv / s_base_mva;
    let mut text = format!("function mpc = {name}\nmpc.version = '2';\nmpc.baseMVA = {s_base_mva};\nmpc.bus = [\n");
    for row in &buses {
        let (p_kw, q_kvar) = (row["pd_mw"] * 1e3, row["qd_mvar"] * 1e3);
        let numbers = [row["bus"], row["type"], p_kw, q_kvar, row["gs_mw"], row["bs_mvar"], 1.0, row["vm_pu"]];
        let line: Vec<String> = numbers.iter().chain(&[row["va_deg"], row["base_kv"]]).map(f64::to_string).collect();
        writeln!(text, "\t{};", line.join("\t")).unwrap();
    }
    text += "];\n%% branches in ohms\nmpc.branch = [\n";
    for row in table(&folder.join("ppc_branch.csv")) {
        let (r_ohm, x_ohm) = (row["r_pu"] * ohm, row["x_pu"] * ohm);
        let numbers = [row["f"], row["t"], r_ohm, x_ohm, row["b_pu"], 0.0, 0.0, 0.0, row["ratio"], row["shift_deg"]];
        let line: Vec<String> = numbers.iter().chain(&[row["status"]]).map(f64::to_string).collect();
        writeln!(text, "\t{};", line.join("\t")).unwrap();
    }
    text += "];\n[PQ, PV, ...\n REF] = idx_bus;\nVbase = mpc.bus(1, BASE_KV) * 1e3; % V\n";
    text += "Sbase = mpc.baseMVA * 1e6;\n";
    text += "mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);\n";
    text + "mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3;\n"
}

fn numbers(grid: &Grid) -> Vec<f64> {
    let branch = |branch: &Branch| {
        let model = branch.model;
        [f64::from(branch.from), f64::from(branch.to), model.r_pu, model.x_pu, model.b_pu, model.ratio]
    };
    let buses = grid.buses.iter().flat_map(|bus| [f64::from(bus.id), bus.p_pu, bus.q_pu, bus.base_kv]);
    buses.chain(grid.branches.iter().flat_map(branch)).collect()
}

#[test]
fn case_files_of_matpower_come_to_the_same_as_per_unit() {
    for folder in folders() {
        let case = tables::read_per_unit(&folder).unwrap();
        // The format has no conductance.
        if case.grid.branches.iter().any(|branch| branch.model.g_pu != 0.0) {
            continue;
        }
        let text = case_file(&folder, &case.grid.name, case.grid.s_base_va / 1e6);
        let read = matpower::parse("case.m", &text).unwrap();
        assert_eq!(read.grid.name, case.grid.name);
        for (want, got) in numbers(&case.grid).into_iter().zip(numbers(&read.grid)) {
            assert!((want - got).abs() <= 1e-14 * want.abs().max(1e-3), "{}: {got}, not {want}", case.grid.name);
        }
    }
}
