//! What pandapower's `to_json` writes: tables of elements, each a data frame split into columns, index and
//! data.

use super::Case;
use super::elements::{self, Elements};
use super::frame::Frame;
use super::problem::{CaseError, CaseErrors, CaseProblem};
use super::transformer::TransformerModel;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads a file that `to_json` wrote.
///
/// # Errors
/// As [`parse`]; or the file cannot be read.
pub fn read(path: &Path) -> Result<Case, CaseErrors> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| CaseError::of_file(&file, CaseProblem::Unreadable { cause: error.to_string() }))?;
    parse(&file, &text)
}

/// Reads what `to_json` wrote. Elements are named by their kind and index.
///
/// # Errors
/// Names the table, row (by its index) and column that cannot be read or that this model has no place for.
pub fn parse(file: &str, text: &str) -> Result<Case, CaseErrors> {
    let network: Value = serde_json::from_str(text).map_err(|error| {
        let problem = CaseProblem::Malformed { found: error.to_string(), wanted: "JSON" };
        CaseError::of_line(file, error.line() as u64, problem)
    })?;
    let wanted = "an object of class `pandapowerNet` with its tables under `_object`";
    let Some(tables) = network["_object"].as_object().filter(|_| network["_class"] == "pandapowerNet") else {
        return Err(CaseError::of_file(file, CaseProblem::Missing { wanted }).into());
    };
    let (mut frames, mut errors) = (BTreeMap::new(), CaseErrors::default());
    for kind in elements::KINDS.iter().chain(&elements::UNSUPPORTED) {
        if let Some(table) = tables.get(*kind)
            && let Some(frame) = errors.take(frame(&format!("{file}: table `{kind}`"), table))
        {
            frames.insert((*kind).to_owned(), frame);
        }
    }
    for kind in ["bus", "ext_grid"] {
        if tables.get(kind).is_none() {
            let table = format!("{file}: table `{kind}`");
            let missing = CaseError::of_file(&table, CaseProblem::Missing { wanted: "a table of this kind" });
            errors.0.push(missing);
        }
    }
    let frames = errors.or(frames)?;
    let number = |name: &str, default: f64| match tables.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(value) => value.as_f64().filter(|&number| number > 0.0).ok_or_else(|| {
            let problem = CaseProblem::Malformed { found: value.to_string(), wanted: "a number above zero" };
            CaseError::of_file(&format!("{file}: `{name}`"), problem)
        }),
    };
    let name = tables.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()).unwrap_or(file);
    let (s_base_mva, f_hz) = (number("sn_mva", 1.0)?, number("f_hz", elements::F_HZ)?);
    let options = tables.get("user_pf_options").map(|options| &options["trafo_model"]);
    let model = options.and_then(Value::as_str).unwrap_or("t");
    let transformer_model = TransformerModel::named(model).ok_or_else(|| {
        let problem = CaseProblem::Malformed { found: model.to_owned(), wanted: "`t` or `pi`" };
        CaseError::of_file(&format!("{file}: `trafo_model` of `user_pf_options`"), problem)
    })?;
    elements::to_per_unit(&Elements { name: name.to_owned(), s_base_mva, f_hz, transformer_model, frames })
}

/// A data frame, written in place or as a text of its own. Its index becomes the column `id`.
fn frame(table: &str, written: &Value) -> Result<Frame, CaseError> {
    let wanted = "a data frame split into `columns`, `index` and `data`, each row as long as `columns`";
    let malformed = |found: String| CaseError::of_file(table, CaseProblem::Malformed { found, wanted });
    let inner = match &written["_object"] {
        Value::String(text) => serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?,
        other => other.clone(),
    };
    let list = |name: &str| inner[name].as_array().ok_or_else(|| malformed(format!("no list `{name}`")));
    let (columns, index, data) = (list("columns")?, list("index")?, list("data")?);
    if index.len() != data.len() {
        return Err(malformed(format!("{} rows of data and {} of index", data.len(), index.len())));
    }
    let names = columns.iter().map(text_of).filter(|name| name != "id");
    let mut frame = Frame::new(table, ["id".to_owned()].into_iter().chain(names))?;
    let kept: Vec<bool> = columns.iter().map(|name| name != "id").collect();
    for (id, row) in index.iter().zip(data) {
        let cells = row.as_array().filter(|cells| cells.len() == columns.len());
        let cells = cells.ok_or_else(|| malformed(row.to_string()))?;
        let own = cells.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(cell, _)| text_of(cell));
        let line = id.as_u64().unwrap_or(0);
        frame.push(line, [text_of(id)].into_iter().chain(own).collect());
    }
    Ok(frame)
}

/// A cell as a CSV table would have it.
fn text_of(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(line: &str) -> String {
        let frame = |columns: &str, data: &str, rows: usize| {
            let index: Vec<usize> = (0..rows).collect();
            let text = format!(r#"{{"columns":[{columns}],"index":{index:?},"data":[{data}]}}"#);
            format!(r#"{{"_module":"pandas.core.frame","_class":"DataFrame","_object":{}}}"#, Value::String(text))
        };
        format!(
            r#"{{"_module":"pandapower.auxiliary","_class":"pandapowerNet","_object":{{
            "bus":{},"ext_grid":{},"line":{},"load":{},"sn_mva":1.0,"f_hz":50,"name":"pair"}}}}"#,
            frame(r#""name","vn_kv","in_service""#, r#"["a",10.0,true],[null,10.0,true]"#, 2),
            frame(r#""bus","vm_pu","va_degree","in_service""#, "[0,1.0,0.0,true]", 1),
            frame(
                concat!(
                    r#""from_bus","to_bus","length_km","r_ohm_per_km","x_ohm_per_km","c_nf_per_km","#,
                    r#""max_i_ka","in_service""#
                ),
                line,
                1
            ),
            frame(r#""bus","p_mw","q_mvar","scaling","in_service""#, "[1,0.5,0.1,2.0,true]", 1),
        )
    }

    #[test]
    fn frames_become_a_network() {
        let case = parse("pair.json", &network("[0,1,2.0,0.1,0.2,300.0,0.3,true]")).unwrap();
        assert_eq!(case.grid.name, "pair");
        assert_eq!(case.grid.buses[1].p_pu, 1.0);
        let model = case.grid.branches[0].model;
        assert!((model.r_pu - 0.002).abs() < 1e-15);
        assert!((model.b_pu - 2.0 * core::f64::consts::PI * 50.0 * 300e-9 * 2.0 * 100.0).abs() < 1e-15);
        assert!((case.ratings[0].1.from_a - 300.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_wrong_is_named_by_table_row_and_column() {
        let message = |text: &str| parse("pair.json", text).unwrap_err().to_string();
        let long = network(r#"[0,1,"long",0.1,0.2,300.0,0.3,true]"#);
        assert_eq!(
            message(&long),
            "pair.json: table `line`:0, column `length_km`: found `long`, wanted a finite number"
        );
        let nowhere = network("[0,7,2.0,0.1,0.2,300.0,0.3,true]");
        assert_eq!(
            message(&nowhere),
            "pair.json: table `line`:0, column `to_bus`: found `7`, wanted the number of a bus"
        );
        assert!(message("{}").contains("pandapowerNet"));
        assert!(message("[").contains("pair.json:1: "));
    }
}
