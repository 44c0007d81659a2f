//! What can be wrong with a file, in words that say where and what would be right.

use core::fmt;
use std::sync::Arc;

/// A line of a file that something was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was named.
    pub file: Arc<str>,
    /// Line of the file, from 1; row of the table where lines mean nothing.
    pub line: u64,
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseError {
    /// The file, as it was named.
    pub file: Arc<str>,
    /// Line of the file, from 1; row of the table where lines mean nothing; none when the whole file is
    /// meant.
    pub line: Option<u64>,
    /// Column of the table; none when the whole line is meant.
    pub column: Option<String>,
    /// Number of the field in its row, from 1, where it has one.
    pub field: Option<u64>,
    /// What is wrong there.
    pub problem: CaseProblem,
}

/// What can be wrong with a file.
#[derive(Clone, Debug, PartialEq)]
pub enum CaseProblem {
    /// It cannot be opened or read.
    Unreadable {
        /// What the operating system said.
        cause: String,
    },
    /// It is not of the form it should be.
    Malformed {
        /// What is there.
        found: String,
        /// What would be right.
        wanted: &'static str,
    },
    /// Something it must have is not there.
    Missing {
        /// What would be right.
        wanted: &'static str,
    },
    /// It asks for something that this model has not.
    Unsupported {
        /// What it asks for.
        found: String,
        /// What would be right.
        wanted: &'static str,
    },
}

impl CaseError {
    /// An error about a whole file.
    pub fn of_file(file: &str, problem: CaseProblem) -> Self {
        Self { file: file.into(), line: None, column: None, field: None, problem }
    }

    /// An error about a line of a file.
    pub fn of_line(file: &str, line: u64, problem: CaseProblem) -> Self {
        Self { file: file.into(), line: Some(line), column: None, field: None, problem }
    }
}

impl core::error::Error for CaseError {}

/// Everything that is wrong with the files of a network, in the order that it was met.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseErrors(pub Vec<CaseError>);

impl CaseErrors {
    /// What was read; if it was not, what is wrong is kept, so that the reader can go on.
    pub(super) fn take<T>(&mut self, read: Result<T, impl Into<Self>>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(errors) => {
                self.0.extend(errors.into().0);
                None
            }
        }
    }

    /// Whether nothing is wrong so far.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was read, if nothing is wrong.
    pub(super) fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Whether a file could not be opened or read.
    pub fn is_unreadable(&self) -> bool {
        self.0.iter().any(|error| matches!(error.problem, CaseProblem::Unreadable { .. }))
    }
}

impl From<CaseError> for CaseErrors {
    fn from(error: CaseError) -> Self {
        Self(vec![error])
    }
}

impl core::error::Error for CaseErrors {}

impl fmt::Display for CaseErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            write!(f, "{}{error}", if at > 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column `{column}`")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl fmt::Display for CaseProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { cause } => write!(f, "cannot be read: {cause}"),
            Self::Malformed { found, wanted } => write!(f, "found {}, wanted {wanted}", Brief(found)),
            Self::Missing { wanted } => write!(f, "missing: {wanted}"),
            Self::Unsupported { found, wanted } => {
                write!(f, "{} is not in this model: {wanted}", Brief(found))
            }
        }
    }
}

/// The beginning of a text, in quotation marks.
struct Brief<'a>(&'a str);

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 60;
        let mut letters = self.0.chars();
        write!(f, "`")?;
        for letter in letters.by_ref().take(LONGEST) {
            write!(f, "{letter}")?;
        }
        if letters.next().is_some() {
            write!(f, "…")?;
        }
        write!(f, "`")
    }
}
