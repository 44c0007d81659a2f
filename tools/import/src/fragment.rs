//! Writes RON text that is the same for the same figures, and puts it in place in one step.

use crate::problem::Failure;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What an import came to, not yet written.
#[derive(Debug)]
pub(crate) struct Made {
    /// What is to be written.
    pub(crate) content: Content,
    /// Lines for the user: sums and comparisons.
    pub(crate) totals: Vec<String>,
}

/// A fragment, or a folder of tables.
#[derive(Debug)]
pub(crate) enum Content {
    /// The whole file.
    Fragment(String),
    /// Files by name.
    Folder(Vec<(&'static str, String)>),
}

impl Made {
    /// A fragment.
    pub(crate) fn fragment(text: String, totals: Vec<String>) -> Self {
        Self { content: Content::Fragment(text), totals }
    }
}

/// The text of a fragment: a field of a world, named by the fields on the way to it, which is a struct with a `source`
/// and the `lines` of its other fields.
pub(crate) fn compose(subcommand: &str, path: &[&str], source: &str, lines: &[String]) -> String {
    let indent = |depth: usize| "    ".repeat(depth);
    let depth = path.len() + 1;
    let mut all = vec![format!("// Made by `voltcity-import {subcommand}`; do not edit by hand."), "(".to_owned()];
    all.extend((1..).zip(path).map(|(depth, field)| format!("{}{field}: (", indent(depth))));
    all.push(format!("{}source: {},", indent(depth), quoted(source)));
    all.extend(lines.iter().map(|line| format!("{}{line}", indent(depth))));
    all.extend((1..depth).rev().map(|depth| format!("{}),", indent(depth))));
    all.extend([")", ""].map(str::to_owned));
    all.join("\n")
}

/// A number with at most `places` decimals: rounded, without trailing zeros, and never "-0".
pub(crate) fn decimal(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A RON string literal.
pub(crate) fn quoted(text: &str) -> String {
    // Rust's escapes are RON's.
    format!("{text:?}")
}

/// A whole number with commas between the thousands, for messages.
pub(crate) fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes the file so that a reader finds either the old text or the whole new one: a temporary file beside it is
/// written out to disk and then renamed. Missing folders are made.
///
/// # Errors
/// The file, its folder or the temporary file cannot be written.
pub(crate) fn write_atomically(path: &Path, text: &str) -> Result<(), Failure> {
    let failure = |source| Failure::Write { path: path.to_owned(), source };
    let temporary = temporary_beside(path).map_err(failure)?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failure)?;
    }
    let written = write_out(&temporary, text).and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to report; a temporary file that was never made cannot be removed either.
        drop(std::fs::remove_file(&temporary));
    }
    written.map_err(failure)
}

/// A name beside `path` that no other run uses at the same time.
fn temporary_beside(path: &Path) -> io::Result<PathBuf> {
    hidden_beside(path, "tmp")
}

/// A hidden name beside `path` that no other run uses at the same time.
pub(crate) fn hidden_beside(path: &Path, ending: &str) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not a file name"))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.{ending}", std::process::id()));
    Ok(path.with_file_name(hidden))
}

/// Writes a new file to the disk.
pub(crate) fn write_out(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_rounded() {
        assert_eq!(decimal(114.102_961_5, 5), "114.10296");
        assert_eq!(decimal(114.1, 5), "114.1");
        assert_eq!(decimal(18.0, 2), "18");
        assert_eq!(decimal(120.0, 0), "120");
        assert_eq!(decimal(-0.004, 2), "0");
        assert_eq!(decimal(-0.006, 2), "-0.01");
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([0, 999, 1_000, 17_532, 1_234_567].map(grouped), ["0", "999", "1,000", "17,532", "1,234,567"]);
    }

    #[test]
    fn strings_survive_ron() {
        for text in ["Futian", "a \"quoted\" \\ name", "福田\n\u{1}"] {
            assert_eq!(ron::from_str::<String>(&quoted(text)).expect("valid RON"), text);
        }
    }
}
