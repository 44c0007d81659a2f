//! What can be wrong with a file, in words that say where and what would be right.

use core::fmt;

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseError {
    /// The file, as it was named.
    pub file: String,
    /// Line of the file, from 1; row of the table where lines mean nothing; none when the whole file is
    /// meant.
    pub line: Option<u64>,
    /// Column of the table; none when the whole line is meant.
    pub column: Option<String>,
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
        Self { file: file.to_owned(), line: None, column: None, problem }
    }

    /// An error about a line of a file.
    pub fn of_line(file: &str, line: u64, problem: CaseProblem) -> Self {
        Self { file: file.to_owned(), line: Some(line), column: None, problem }
    }
}

impl core::error::Error for CaseError {}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column `{column}`")?;
        }
        match &self.problem {
            CaseProblem::Unreadable { cause } => write!(f, ": cannot be read: {cause}"),
            CaseProblem::Malformed { found, wanted } => {
                write!(f, ": found {}, wanted {wanted}", Brief(found))
            }
            CaseProblem::Missing { wanted } => write!(f, ": missing: {wanted}"),
            CaseProblem::Unsupported { found, wanted } => {
                write!(f, ": {} is not in this model: {wanted}", Brief(found))
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
