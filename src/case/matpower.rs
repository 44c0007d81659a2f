//! Case files of MATPOWER (version 2 of its format): matrices of buses, generators and branches.
//!
//! Source of the format: Zimmerman, Murillo-Sánchez, "MATPOWER User's Manual", appendix B. Scalars and
//! columns may be computed, as the distribution cases do to turn ohms into per unit; other program text is
//! refused by line.

use super::Case;
use super::matpower_expression::Reader;
use super::matpower_grid::to_grid;
use super::matpower_text::{self, Names, Statement};
use super::problem::{CaseError, CaseErrors, CaseProblem};
use std::path::Path;

/// Names of columns, as `idx_bus`, `idx_brch` and `idx_gen` give them.
const COLUMNS: [(&str, f64); 36] = [
    ("BUS_I", 1.0),
    ("BUS_TYPE", 2.0),
    ("PD", 3.0),
    ("QD", 4.0),
    ("GS", 5.0),
    ("BS", 6.0),
    ("BUS_AREA", 7.0),
    ("VM", 8.0),
    ("VA", 9.0),
    ("BASE_KV", 10.0),
    ("ZONE", 11.0),
    ("VMAX", 12.0),
    ("VMIN", 13.0),
    ("F_BUS", 1.0),
    ("T_BUS", 2.0),
    ("BR_R", 3.0),
    ("BR_X", 4.0),
    ("BR_B", 5.0),
    ("RATE_A", 6.0),
    ("RATE_B", 7.0),
    ("RATE_C", 8.0),
    ("TAP", 9.0),
    ("SHIFT", 10.0),
    ("BR_STATUS", 11.0),
    ("ANGMIN", 12.0),
    ("ANGMAX", 13.0),
    ("GEN_BUS", 1.0),
    ("PG", 2.0),
    ("QG", 3.0),
    ("QMAX", 4.0),
    ("QMIN", 5.0),
    ("VG", 6.0),
    ("MBASE", 7.0),
    ("GEN_STATUS", 8.0),
    ("PMAX", 9.0),
    ("PMIN", 10.0),
];

/// Reads a case file.
///
/// # Errors
/// As [`parse`]; or the file cannot be read.
pub fn read(path: &Path) -> Result<Case, CaseErrors> {
    let file = path.display().to_string();
    let bytes = std::fs::read(path)
        .map_err(|error| CaseError::of_file(&file, CaseProblem::Unreadable { cause: error.to_string() }))?;
    // Comments of old files are in old encodings; numbers are not touched by that.
    parse(&file, &String::from_utf8_lossy(&bytes))
}

/// Reads the text of a case file. A branch is named by its row, from 1; the slack holds the voltage of its
/// generator; generators elsewhere are loads of negative power.
///
/// # Errors
/// Names the lines that are not understood, or what this model has no place for: a generator that holds its
/// voltage.
pub fn parse(file: &str, text: &str) -> Result<Case, CaseErrors> {
    let mut names = Names::default();
    names.scalars.extend(COLUMNS.map(|(name, column)| (name.to_owned(), column)));
    names.scalars.insert("pi".to_owned(), core::f64::consts::PI);
    let mut name = String::new();
    let mut errors = CaseErrors::default();
    for statement in matpower_text::statements(text) {
        let done = run(file, &statement, &mut names, &mut name);
        // What is computed of something that is wrong is wrong too; numbers of a matrix speak for themselves.
        let is_matrix = statement.text.split_once('=').is_some_and(|(_, value)| value.trim().starts_with('['));
        if errors.is_empty() || is_matrix {
            errors.take(done);
        }
    }
    errors.or(())?;
    let wanted = "`mpc.baseMVA = ...`, the base power in MVA, above zero";
    let s_base_mva = names.scalars.get("mpc.baseMVA").copied().filter(|&mva| mva > 0.0);
    let s_base_mva = s_base_mva.ok_or_else(|| CaseError::of_file(file, CaseProblem::Missing { wanted }))?;
    to_grid(file, &name, s_base_mva, &names)
}

/// Carries out one statement.
fn run(file: &str, statement: &Statement, names: &mut Names, name: &mut String) -> Result<(), CaseErrors> {
    let refuse = |found: &str, wanted| {
        CaseError::of_line(file, statement.line, CaseProblem::Malformed { found: found.to_owned(), wanted })
    };
    let text = statement.text.as_str();
    if let Some(heading) = text.strip_prefix("function") {
        heading.rsplit('=').next().unwrap_or_default().trim().clone_into(name);
        return Ok(());
    }
    if text == "define_constants" || text == "end" {
        return Ok(());
    }
    let Some((target, value)) = text.split_once('=').map(|(target, value)| (target.trim(), value.trim())) else {
        return Err(refuse(text, "an assignment to `mpc`, to a name or to columns of a matrix").into());
    };
    if target.starts_with('[') && value.starts_with("idx_") {
        return Ok(());
    }
    if target == "mpc.version" {
        let right = value == "'2'" || value == "\"2\"";
        return if right { Ok(()) } else { Err(refuse(value, "'2', the second version of the format").into()) };
    }
    let field = target.strip_prefix("mpc.").filter(|field| is_name(field));
    match (field, value.chars().next()) {
        (Some(field), Some('[')) => {
            let matrix = matpower_text::matrix(file, statement.line, value, names)?;
            names.matrices.insert(field.to_owned(), matrix);
            Ok(())
        }
        (Some(field), Some('{' | '\'' | '"')) if !matches!(field, "bus" | "branch" | "gen" | "baseMVA") => Ok(()),
        _ if is_name(target) || field.is_some() => {
            let number = Reader::new(names, value, 0, 0).value();
            let wanted = "an expression of numbers and names given before";
            let number = number.map_err(|found| refuse(&found, wanted))?;
            names.scalars.insert(target.to_owned(), number);
            Ok(())
        }
        _ => assign(target, value, names)
            .map_err(|found| refuse(&found, "columns of a matrix of `mpc`, and an expression of them").into()),
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Assigns to columns of a matrix, all rows or one, what an expression of the columns before comes to.
fn assign(target: &str, value: &str, names: &mut Names) -> Result<(), String> {
    let selection = Reader::new(names, target, 0, 0).selection()?;
    let Some(matrix) = names.matrices.get(&selection.field) else { return Err(target.to_owned()) };
    let rows = selection.row.map_or(0..matrix.len(), |row| row - 1..row);
    let mut computed = Vec::new();
    for row in rows {
        for (place, &column) in selection.columns.iter().enumerate() {
            computed.push((row, column - 1, Reader::new(names, value, row, place).value()?));
        }
    }
    let Some(matrix) = names.matrices.get_mut(&selection.field) else { return Err(target.to_owned()) };
    for (row, column, number) in computed {
        let cell = matrix.get_mut(row).and_then(|(_, numbers)| numbers.get_mut(column));
        *cell.ok_or_else(|| target.to_owned())? = number;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::powerflow::{BusKind, Network, Options, State, solve};

    const TWO: &str = "function mpc = two
mpc.version = '2'; % the format
mpc.baseMVA = 10;
mpc.bus = [ % kW
  1 3 0 0 0 0 1 1 0 10 1 1 1;
  2 1 850 0 0 0 1 1 0 10 1 1.1 0.9
];
mpc.gen = [1 0 0 10 -10 1.02 100 1 10 0];
mpc.branch = [
\t1\t2\t0.5\t0.25\t0\t5\t0\t0\t0\t0\t1\t-360\t360;
];
[PQ, PV, REF, ...
  NONE] = idx_bus;
Vbase = mpc.bus(1, BASE_KV) * 1e3;
Sbase = mpc.baseMVA * 1e6;
mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);
mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) ./ 1e3;
pf = 0.8;
mpc.bus(:, QD) = mpc.bus(:, PD) * sin(acos(pf));
mpc.bus(:, PD) = -mpc.bus(:, PD) * -pf;
mpc.bus_name = {'a; b'; 'c'};
";

    #[test]
    fn ohms_and_kilowatts_become_per_unit() {
        let case = parse("two.m", TWO).unwrap();
        assert_eq!(case.grid.name, "two");
        assert_eq!(case.grid.s_base_va, 10e6);
        let model = case.grid.branches[0].model;
        assert!((model.r_pu - 0.05).abs() < 1e-15 && (model.x_pu - 0.025).abs() < 1e-15);
        let load = case.grid.buses[1];
        assert!((load.p_pu - 0.068).abs() < 1e-12 && (load.q_pu - 0.051).abs() < 1e-12);
        assert_eq!(case.grid.buses[0].kind, BusKind::Slack { v_pu: 1.02, angle_deg: 0.0 });
        assert_eq!(case.ratings.len(), 1);
        let network = Network::build(&case.grid).unwrap();
        let mut state = State::new(&network);
        solve(&network, &mut state, &Options::default()).unwrap();
        assert!(state.v_pu(1) < 1.02 && state.v_pu(1) > 1.01);
    }

    #[test]
    fn cells_are_expressions_and_rows_go_on() {
        let text = TWO
            .replace("mpc.baseMVA = 10", "mpc.baseMVA = 30/3")
            .replace("  1 3 0 0 0 0 1 1 0 10 1 1 1;", "  1 3 0 0 0 0 ...\n 1 1 0 30/sqrt(9) 1 1 1;");
        assert_eq!(parse("two.m", &text).unwrap().grid, parse("two.m", TWO).unwrap().grid);
        let wrong = text.replace("2 1 850", "2 1 85o");
        let message = parse("two.m", &wrong).unwrap_err().to_string();
        assert!(message.starts_with("two.m:7: found `85o`, wanted a number"), "{message}");
    }

    #[test]
    fn what_is_not_understood_is_named_by_line() {
        let errors = [
            (TWO.replace("0.25", "o.25"), "two.m:10: found `o.25`, wanted a number"),
            (TWO.replace("pf = 0.8", "if x, y = 1, end"), "two.m:18: found `if x`, wanted an assignment"),
            (TWO.replace("acos(pf)", "acos(pq)"), "two.m:19: found `pq`, wanted columns"),
            (TWO.replace("'2'", "'1'"), "two.m:2: found `'1'`, wanted '2'"),
            (TWO.replace("baseMVA = 10", "base = 10"), "found `mpc.baseMVA`"),
            (TWO.replace("2 1 850", "2 2 850").replace("[1 0 0 10", "[2 0 0 10"), "which holds its voltage"),
            (TWO.replace("\t1\t-360\t360", ""), "two.m:10, column `11`: missing: a finite number"),
        ];
        for (text, wanted) in errors {
            let message = parse("two.m", &text).unwrap_err().to_string();
            assert!(message.contains(wanted), "{message}");
        }
    }
}
