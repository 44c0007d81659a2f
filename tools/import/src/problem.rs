//! What can be wrong with a file, with the place where it is wrong.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A remark about one place in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The file as it was named on the command line.
    pub(crate) file: String,
    /// Counted from 1.
    pub(crate) line: u64,
    /// The number of the field in its row, or the character in its line for `GeoJSON`; counted from 1.
    pub(crate) column: u64,
    /// What is wrong, and what would be right.
    pub(crate) text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.text)
    }
}

/// Everything odd that an import met: rows that cannot be used, and remarks about rows that are in what is written.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    bad: Vec<Problem>,
    notes: Vec<Problem>,
}

impl Findings {
    /// Records a row that cannot be used.
    pub(crate) fn bad(&mut self, problem: Problem) {
        self.bad.push(problem);
    }

    /// Records something that a reader of the fragment should know.
    pub(crate) fn note(&mut self, note: Problem) {
        self.notes.push(note);
    }

    /// How many things are wrong with rows.
    pub(crate) fn bad_count(&self) -> usize {
        self.bad.len()
    }

    /// The bad rows in the order of the files' names, lines and columns.
    pub(crate) fn sorted_bad(&self) -> Vec<&Problem> {
        sorted(&self.bad)
    }

    /// The notes in the same order.
    pub(crate) fn sorted_notes(&self) -> Vec<&Problem> {
        sorted(&self.notes)
    }
}

fn sorted(problems: &[Problem]) -> Vec<&Problem> {
    let mut sorted: Vec<_> = problems.iter().collect();
    sorted.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    sorted
}

/// Why an import stops.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command line asks for something impossible.
    #[error("{0}")]
    Usage(String),
    /// Nothing can be taken from a file, so that there are no good rows to keep.
    #[error("{0}")]
    Unusable(Problem),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// The fragment cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl Failure {
    /// The exit code that goes with it.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Unusable(_) => crate::EXIT_BAD_ROWS,
            Self::Read { .. } | Self::Write { .. } => 4,
        }
    }
}

/// Reads a whole file, without the byte order mark that some spreadsheets put in front.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = std::fs::read(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    Ok(bytes)
}

/// What to say about bytes that are not text, where `at` is the offset of the first bad byte.
pub(crate) fn not_utf8(bytes: &[u8], at: usize) -> String {
    let byte = bytes.get(at).copied().unwrap_or_default();
    format!("byte 0x{byte:02x} is not UTF-8; save the file as UTF-8")
}

/// How many lines end within the bytes.
pub(crate) fn line_ends(bytes: &[u8]) -> u64 {
    bytes.split(|b| *b == b'\n').count() as u64 - 1
}
