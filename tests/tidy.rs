//! The source keeps its own rules: what a compiler does not check, this does.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file of the project.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("src"), root().join("tests"), root().join("tools")];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<_> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found
}

fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// Lengths of the functions of a file, by the line they begin on.
fn functions(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    for (i, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        let begins = ["fn ", "pub fn ", "pub(crate) fn ", "const fn ", "pub const fn "];
        if open.is_none() && begins.iter().any(|b| trimmed.starts_with(b)) && !line.trim_end().ends_with('}') {
            open = Some((i, indent));
        }
        if let Some((from, depth)) = open
            && line.trim_end() == format!("{}}}", " ".repeat(depth))
        {
            found.push((from + 1, i - from + 1));
            open = None;
        }
    }
    found
}

#[test]
fn lines_fit_and_functions_fit_a_screen() {
    let mut problems = Vec::new();
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        for (i, line) in text.lines().enumerate() {
            // What the formatter cannot break (a text, the head of a property) may be longer.
            let unbreakable = line.contains('"') || line.contains(" in ");
            if line.chars().count() > 120 && !unbreakable {
                problems.push(format!("{}:{}: longer than 120 characters", name(&path), i + 1));
            }
        }
        for (line, length) in functions(&text) {
            if length > 90 {
                problems.push(format!("{}:{line}: a function of {length} lines", name(&path)));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn nothing_is_left_undone() {
    // Spelt in two halves, so that this file does not find itself.
    let banned = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("dbg", "!("), concat!("#[ig", "nore")];
    let mut problems = Vec::new();
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        for word in banned {
            if text.contains(word) {
                problems.push(format!("{}: {word}", name(&path)));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_fleet_and_the_sites_never_name_the_market() {
    for path in sources() {
        let file = name(&path);
        if file.starts_with("src/fleet") || file.starts_with("src/site") {
            let text = fs::read_to_string(&path).unwrap();
            assert!(!text.contains("crate::market"), "{file} names the market");
        }
    }
}

#[test]
fn every_world_is_in_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for entry in fs::read_dir(root().join("worlds")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "ron") {
            let file = name(&path);
            assert!(readme.contains(&file), "{file} is not in the README");
        }
    }
}
