//! A table with named columns, whatever file it came from, whose cells are read with errors that say where.

use super::problem::{CaseError, CaseErrors, CaseProblem, Place};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// A table with named columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    file: Arc<str>,
    columns: BTreeMap<String, usize>,
    rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq)]
struct Row {
    line: u64,
    cells: Vec<String>,
}

impl Frame {
    /// A table without rows, of a file.
    ///
    /// # Errors
    /// A column is named twice.
    pub fn new(file: &str, columns: impl IntoIterator<Item = String>) -> Result<Self, CaseError> {
        let mut frame = Self { file: file.into(), ..Self::default() };
        for (at, column) in columns.into_iter().enumerate() {
            let column = column.trim().trim_start_matches('\u{feff}').to_owned();
            if frame.columns.insert(column.clone(), at).is_some() {
                let wanted = "each column once";
                let problem = CaseProblem::Malformed { found: format!("{column} twice"), wanted };
                return Err(CaseError::of_file(file, problem));
            }
        }
        Ok(frame)
    }

    /// Adds a row, which stands in this line of the file.
    pub fn push(&mut self, line: u64, cells: Vec<String>) {
        self.rows.push(Row { line, cells });
    }

    /// Reads a CSV table with a line of headings.
    ///
    /// # Errors
    /// It cannot be read, is not CSV in UTF-8, or lines have more or fewer fields than the headings.
    pub fn from_csv(file: &str, content: impl Read) -> Result<Self, CaseErrors> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(content);
        let headings = reader.headers().map_err(|error| broken(file, &error))?.clone();
        let mut frame = Self::new(file, headings.iter().map(str::to_owned))?;
        let mut errors = CaseErrors::default();
        for record in reader.records() {
            // Nothing comes after a line that cannot be got at.
            let is_end = record.as_ref().is_err_and(csv::Error::is_io_error);
            if let Some(record) = errors.take(record.map_err(|error| broken(file, &error))) {
                let line = record.position().map_or(0, csv::Position::line);
                frame.push(line, record.iter().map(str::to_owned).collect());
            }
            if is_end {
                break;
            }
        }
        errors.or(frame)
    }

    /// Reads a CSV file; none if it is not there.
    ///
    /// # Errors
    /// As [`Frame::from_csv`].
    pub fn open(path: &Path) -> Result<Option<Self>, CaseErrors> {
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => Self::from_csv(&name, file).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(CaseError::of_file(&name, CaseProblem::Unreadable { cause: error.to_string() }).into()),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether it has this column.
    pub fn has(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }

    /// Where a row stands.
    pub fn place(&self, row: usize) -> Place {
        Place { file: Arc::clone(&self.file), line: self.rows.get(row).map_or(0, |row| row.line) }
    }

    /// An error about a cell.
    pub fn error(&self, row: usize, column: &str, problem: CaseProblem) -> CaseError {
        let line = self.rows.get(row).map(|row| row.line);
        let field = self.columns.get(column).map(|&at| at as u64 + 1);
        CaseError { file: Arc::clone(&self.file), line, column: Some(column.to_owned()), field, problem }
    }

    /// An error about a cell that holds something else than is wanted.
    pub fn malformed(&self, row: usize, column: &str, wanted: &'static str) -> CaseError {
        let found = self.cell(row, column).unwrap_or_default().to_owned();
        self.error(row, column, CaseProblem::Malformed { found, wanted })
    }

    /// A cell as it stands; none if the column is not there.
    fn cell(&self, row: usize, column: &str) -> Option<&str> {
        let at = *self.columns.get(column)?;
        self.rows.get(row)?.cells.get(at).map(String::as_str)
    }

    /// A text; empty if the column is not there.
    pub fn text(&self, row: usize, column: &str) -> &str {
        self.cell(row, column).filter(|cell| !is_nothing(cell)).unwrap_or_default()
    }

    /// A finite number; none if the column is not there or the cell is empty.
    ///
    /// # Errors
    /// It holds something else.
    pub fn optional(&self, row: usize, column: &str) -> Result<Option<f64>, CaseError> {
        let text = self.text(row, column);
        if text.is_empty() {
            return Ok(None);
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.malformed(row, column, "a finite number")),
        }
    }

    /// A finite number.
    ///
    /// # Errors
    /// The column is not there, or it holds something else.
    pub fn number(&self, row: usize, column: &str) -> Result<f64, CaseError> {
        let wanted = "a finite number in every row";
        self.optional(row, column)?.ok_or_else(|| self.error(row, column, CaseProblem::Missing { wanted }))
    }

    /// A finite number above zero.
    ///
    /// # Errors
    /// The column is not there, or it holds something else.
    pub fn positive(&self, row: usize, column: &str) -> Result<f64, CaseError> {
        let number = self.number(row, column)?;
        if number > 0.0 { Ok(number) } else { Err(self.malformed(row, column, "a number above zero")) }
    }

    /// A finite number above zero; `default` if the column is not there or the cell is empty.
    ///
    /// # Errors
    /// It holds something else.
    pub fn positive_or(&self, row: usize, column: &str, default: f64) -> Result<f64, CaseError> {
        let number = self.optional(row, column)?.unwrap_or(default);
        if number > 0.0 { Ok(number) } else { Err(self.malformed(row, column, "a number above zero, or nothing")) }
    }

    /// A whole number that counts or names something.
    ///
    /// # Errors
    /// The column is not there, or it holds something else.
    pub fn id(&self, row: usize, column: &str) -> Result<u32, CaseError> {
        let number = self.number(row, column)?;
        let id = number as u32;
        if f64::from(id) == number && id != u32::MAX {
            Ok(id)
        } else {
            Err(self.malformed(row, column, "a whole number from 0 to 4294967294"))
        }
    }

    /// Yes or no; `default` if the column is not there or the cell is empty.
    ///
    /// # Errors
    /// It holds something else.
    pub fn flag(&self, row: usize, column: &str, default: bool) -> Result<bool, CaseError> {
        match self.text(row, column) {
            "" => Ok(default),
            "True" | "true" | "TRUE" | "1" | "1.0" => Ok(true),
            "False" | "false" | "FALSE" | "0" | "0.0" => Ok(false),
            _ => Err(self.malformed(row, column, "True or False")),
        }
    }
}

/// What is wrong with a CSV table as a whole, or with a line of it.
fn broken(file: &str, error: &csv::Error) -> CaseError {
    let line = error.position().map(csv::Position::line);
    let found = match error.kind() {
        csv::ErrorKind::Io(cause) => {
            return CaseError::of_file(file, CaseProblem::Unreadable { cause: cause.to_string() });
        }
        csv::ErrorKind::UnequalLengths { len, .. } => format!("{len} fields"),
        csv::ErrorKind::Utf8 { .. } => "bytes that are not UTF-8".to_owned(),
        _ => error.to_string(),
    };
    let wanted = "CSV in UTF-8 with as many fields in each line as headings";
    CaseError { file: file.into(), line, column: None, field: None, problem: CaseProblem::Malformed { found, wanted } }
}

/// Whether a cell stands for no value.
fn is_nothing(cell: &str) -> bool {
    matches!(cell, "" | "nan" | "NaN" | "NAN" | "None" | "null" | "<NA>")
}
