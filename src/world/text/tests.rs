//! Tests of the text layer as a whole: files in, documents and listings of problems out.

mod messages;
mod mutations;
mod overlays;
mod patches;
mod random;
mod types;

use super::document::Document;
use super::files::Memory;
use crate::world::problem::Problems;
use std::path::{Path, PathBuf};

/// Files in memory; the first one is the one that is loaded.
fn memory(files: &[(&str, &str)]) -> Memory {
    files.iter().map(|(name, text)| (PathBuf::from(name), text.as_bytes().to_vec())).collect()
}

/// Loads the first file over the others, with patches.
fn read(files: &[(&str, &str)], patches: &[&str]) -> (Option<Document>, Problems) {
    let patches: Vec<String> = patches.iter().map(ToString::to_string).collect();
    Document::read(&memory(files), Path::new(files[0].0), &patches)
}

/// Loads files that must be faultless.
fn document(files: &[(&str, &str)], patches: &[&str]) -> Document {
    let (document, problems) = read(files, patches);
    assert!(problems.is_empty(), "{problems}");
    document.expect("a document without problems is there")
}

/// The listing of the problems of files.
fn listing(files: &[(&str, &str)], patches: &[&str]) -> String {
    read(files, patches).1.to_string()
}

/// Asserts that one file gives exactly this listing.
#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(listing(&[("x.ron", text)], &[]).trim_end(), expected.trim(), "for\n{text}");
}

/// The first lines of each problem, without source lines: `line:column message`, with ` / ` before a hint.
fn brief(problems: &Problems) -> Vec<String> {
    let line = |p: &crate::world::problem::Problem| {
        let place = p.place.as_ref().map_or_else(|| "-".to_owned(), |p| format!("{}:{}:{}", p.file, p.line, p.column));
        let hint = p.hint.as_ref().map_or_else(String::new, |hint| format!(" / {hint}"));
        format!("{place} {}{hint}", p.message)
    };
    problems.iter().map(line).collect()
}

/// Asserts the problems of one text in brief.
#[track_caller]
fn check_brief(text: &str, expected: &[&str]) {
    assert_eq!(brief(&read(&[("x.ron", text)], &[]).1), expected, "for\n{text}");
}
