//! The text of a MATPOWER case file: statements and matrices.
//!
//! Case files are MATLAB programs. Those of distribution networks end in a few lines that turn ohms into per
//! unit and kW into MW, so that numbers alone are not enough: this reads assignments of scalars and of
//! columns.

use super::matpower_expression::Reader;
use super::problem::{CaseError, CaseErrors, CaseProblem};
use std::collections::BTreeMap;

/// White space that stands for a line end with `...` before it.
const CONTINUED: char = '\u{b}';

/// A statement, and the line it begins on.
pub(super) struct Statement {
    pub(super) line: u64,
    pub(super) text: String,
}

/// A matrix by rows, each with its line.
pub(super) type Matrix = Vec<(u64, Vec<f64>)>;

/// Splits a file into statements, comments and continuations taken out. Rows within brackets keep their line
/// ends.
pub(super) fn statements(text: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut current = Statement { line: 1, text: String::new() };
    let (mut depth, mut block) = (0_u32, 0_u32);
    for (line, raw) in (1_u64..).zip(text.lines()) {
        match raw.trim() {
            "%{" => block += 1,
            "%}" => block = block.saturating_sub(1),
            _ => {}
        }
        let code = if block > 0 { "" } else { code_of(raw) };
        let (code, goes_on) = code.split_once("...").map_or((code, false), |(before, _)| (before, true));
        let mut quoted = false;
        for letter in code.chars() {
            match letter {
                '\'' => quoted = !quoted,
                '[' | '{' | '(' if !quoted => depth += 1,
                ']' | '}' | ')' if !quoted => depth = depth.saturating_sub(1),
                _ => {}
            }
            if (letter == ';' || letter == ',') && depth == 0 && !quoted {
                finish(&mut found, &mut current, line);
            } else {
                if current.text.trim().is_empty() {
                    current.line = line;
                }
                current.text.push(letter);
            }
        }
        if depth > 0 || goes_on {
            current.text.push(if goes_on { CONTINUED } else { '\n' });
        } else {
            finish(&mut found, &mut current, line + 1);
        }
    }
    finish(&mut found, &mut current, 0);
    found
}

fn finish(found: &mut Vec<Statement>, current: &mut Statement, next: u64) {
    let text = core::mem::take(&mut current.text);
    if !text.trim().is_empty() {
        found.push(Statement { line: current.line, text: text.trim().to_owned() });
    }
    current.line = next;
}

/// A line without its comment: what stands before the first `%` outside quotation marks.
fn code_of(line: &str) -> &str {
    let mut quoted = false;
    for (at, letter) in line.char_indices() {
        match letter {
            '\'' => quoted = !quoted,
            '%' if !quoted => return &line[..at],
            _ => {}
        }
    }
    line
}

/// Reads `[ ... ]`, which begins on a line of a file. A cell is a number or an expression without spaces.
pub(super) fn matrix(file: &str, line: u64, text: &str, names: &Names) -> Result<Matrix, CaseErrors> {
    let inner = text.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let Some(inner) = inner else {
        let problem = CaseProblem::Malformed { found: text.to_owned(), wanted: "numbers in brackets" };
        return Err(CaseError::of_line(file, line, problem).into());
    };
    let (mut rows, mut errors) = (Vec::new(), CaseErrors::default());
    let mut line = line;
    for written in inner.split('\n') {
        for row in written.split(';') {
            let cells = row.split([' ', '\t', ',', '\r', CONTINUED]).filter(|cell| !cell.is_empty());
            let number = |(cell, field): (&str, u64)| {
                let value = cell.parse().or_else(|_| Reader::new(names, cell, 0, 0).value());
                let problem = CaseProblem::Malformed { found: cell.to_owned(), wanted: "a number" };
                value.map_err(|_| CaseError { field: Some(field), ..CaseError::of_line(file, line, problem) })
            };
            let numbers: Vec<f64> = cells.zip(1..).filter_map(|cell| errors.take(number(cell))).collect();
            if !numbers.is_empty() {
                rows.push((line, numbers));
            }
        }
        line += 1 + written.matches(CONTINUED).count() as u64;
    }
    errors.or(rows)
}

/// What an expression can refer to.
#[derive(Default)]
pub(super) struct Names {
    /// Scalars by name; fields of the case as `mpc.field`.
    pub(super) scalars: BTreeMap<String, f64>,
    /// Matrices of the case by the name of their field.
    pub(super) matrices: BTreeMap<String, Matrix>,
}
