//! Extracts: chosen values of a document as a file of their own that can be laid over a world.
//!
//! The file has the same structs and maps around the values as the document. A tuple or a list is replaced as a whole
//! by an overlay, so it is written as a whole: of a figure `(value, "source")` with a source that says where its value
//! comes from now.

use super::path::{self, Step};
use super::render::{self, Left};
use super::source::Sources;
use super::tree::{Kind, Node};
use std::fmt::Write;

/// Blanks of one level.
const INDENT: &str = "    ";
/// Entries of a table in a line.
const PER_LINE: usize = 10;
/// What stands between two lines of a table.
const LINE: &str = ",\n        ";

/// The text of a file with the values at these paths, each with its source. Nothing if a path leads nowhere.
pub(super) fn overlay(root: &Node, paths: &[(String, String)], sources: &Sources) -> Option<String> {
    let mut top = Part::Table { is_map: false, entries: Vec::new() };
    for (path, source) in paths {
        top.add(root, &path::steps(path).ok()?, source, sources)?;
    }
    let mut text = String::new();
    top.write(0, &mut text);
    text.push('\n');
    Some(text)
}

/// A part of the file.
enum Part {
    /// A struct or a map, whose keys are written as the document has them.
    Table { is_map: bool, entries: Vec<(String, Self)> },
    /// A value as text.
    Value(String),
}

impl Part {
    /// Takes the value at the end of some steps in.
    fn add(&mut self, node: &Node, steps: &[Step<'_>], source: &str, sources: &Sources) -> Option<()> {
        let node = node.peel(sources);
        let Self::Table { entries, .. } = self else { return Some(()) };
        let (step, rest) = steps.split_first()?;
        let table = node.table()?;
        let entry = &table.entries[table.find_text(&step.text, sources)?];
        let key = sources.text(entry.key.span);
        let inner = entry.value.peel(sources);
        let goes_on = !rest.is_empty() && inner.table().is_some();
        let position = entries.iter().position(|(known, _)| known == key);
        let position = position.unwrap_or(entries.len());
        if position == entries.len() {
            let is_map = matches!(inner.kind, Kind::Map(_));
            let table = || Self::Table { is_map, entries: Vec::new() };
            let part = if goes_on { table() } else { Self::Value(value(inner, rest, source, sources)?) };
            entries.push((key.to_owned(), part));
        }
        let part = &mut entries[position].1;
        if goes_on { part.add(inner, rest, source, sources) } else { Some(()) }
    }

    fn write(&self, depth: usize, out: &mut String) {
        match self {
            Self::Value(text) => *out += text,
            Self::Table { is_map, entries } => {
                *out += if *is_map { "{\n" } else { "(\n" };
                for (key, part) in entries {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "{}{key}: ", INDENT.repeat(depth + 1));
                    part.write(depth + 1, out);
                    *out += ",\n";
                }
                let _ = write!(out, "{}{}", INDENT.repeat(depth), if *is_map { '}' } else { ')' });
            }
        }
    }
}

/// A value that is written as a whole, as long as the rest of its path leads to something in it.
fn value(node: &Node, rest: &[Step<'_>], source: &str, sources: &Sources) -> Option<String> {
    rest.iter().try_fold(node, |node, step| Some(path::follow(node, &step.text, sources)?.node))?;
    let mut text = String::new();
    match &node.kind {
        Kind::Tuple(row) if row.items.len() == 2 && matches!(row.items[1].kind, Kind::Text) => {
            text.push('(');
            spaced(&row.items[0], sources, &mut text);
            text += ", ";
            // Rust and RON escape alike. Writing to a string cannot fail.
            let _ = write!(text, "{source:?})");
        }
        _ => spaced(node, sources, &mut text),
    }
    Some(text)
}

/// The text of a value, with a blank after each comma and colon; on one line but for long tables.
fn spaced(node: &Node, sources: &Sources, out: &mut String) {
    let (open, close) = match &node.kind {
        Kind::Struct(_) | Kind::Tuple(_) => ('(', ')'),
        Kind::Map(_) => ('{', '}'),
        Kind::List(_) => ('[', ']'),
        _ => return render::render(node, &Left::new(), sources, out),
    };
    let name = node.table().map_or_else(|| node.row().and_then(|row| row.name), |table| table.name);
    *out += name.map_or("", |name| sources.text(name));
    out.push(open);
    let mut separator = "";
    for (i, entry) in node.table().iter().flat_map(|table| &table.entries).enumerate() {
        *out += separator;
        spaced(&entry.key, sources, out);
        *out += ": ";
        spaced(&entry.value, sources, out);
        // A long table goes over several lines.
        separator = if (i + 1).is_multiple_of(PER_LINE) { LINE } else { ", " };
    }
    for item in node.row().iter().flat_map(|row| &row.items) {
        *out += separator;
        spaced(item, sources, out);
        separator = ", ";
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use crate::world::text::Document;

    const WORLD: &str = "(
        name: \"x\",
        fleet: {taxi: (count: (5, \"told\"), shift: ((0.5, 0.1), \"assumption\")), bus: (count: (1, \"told\"))},
        zones: {7: (area: 3), \"Nan shan\": (area: 4)},
        curve: [(0, 1), (1, 2)],
        demand: ((centre: (1.5, 2), weight: 0.5), \"assumption\"),
    )";

    fn overlay(patches: &[&str], paths: &[&str]) -> Option<String> {
        let document = Document::from_str("w.ron", WORLD).unwrap();
        let patches: Vec<String> = patches.iter().map(|patch| (*patch).to_owned()).collect();
        let paths: Vec<(String, String)> =
            paths.iter().map(|path| ((*path).to_owned(), "a \"fit\"".to_owned())).collect();
        document.patched(&patches).unwrap().overlay(&paths)
    }

    #[test]
    fn figures_are_written_whole_with_their_new_source() {
        let patches =
            ["fleet.taxi.shift.0.0=0.25", "demand.0.weight=-1.5", "zones.\"Nan shan\".area=9", "curve[1].1=8"];
        let paths =
            ["fleet.taxi.shift.0.0", "fleet.bus.count.0", "demand.0.weight", "zones.\"Nan shan\".area", "curve[1].1"];
        let expected = "(
    fleet: {
        taxi: (
            shift: ((0.25, 0.1), \"a \\\"fit\\\"\"),
        ),
        bus: (
            count: (1, \"a \\\"fit\\\"\"),
        ),
    },
    demand: ((centre: (1.5, 2), weight: -1.5), \"a \\\"fit\\\"\"),
    zones: {
        \"Nan shan\": (
            area: 9,
        ),
    },
    curve: [(0, 1), (1, 8)],
)
";
        assert_eq!(overlay(&patches, &paths).unwrap(), expected);
    }

    #[test]
    fn a_long_table_goes_over_several_lines() {
        let entries: Vec<String> = (0..25).map(|i| format!("{i}: {}", i * i)).collect();
        let patch = format!("shadow=({{{}}}, \"told\")", entries.join(", "));
        let text = overlay(&[&patch], &["shadow"]).unwrap();
        assert_eq!(text.lines().count(), 5, "{text}");
        assert_eq!(
            text.replace(",\n        ", ", "),
            format!("(\n    shadow: ({{{}}}, \"a \\\"fit\\\"\"),\n)\n", entries.join(", "))
        );
    }

    #[test]
    fn two_parts_of_one_figure_make_one() {
        let patches = ["fleet.taxi.shift.0.0=0.25", "fleet.taxi.shift.0.1=0.75"];
        let text = overlay(&patches, &["fleet.taxi.shift.0.0", "fleet.taxi.shift.0.1"]).unwrap();
        assert_eq!(text.matches("(0.25, 0.75)").count(), 1, "{text}");
    }

    #[test]
    fn a_path_that_leads_nowhere_gives_nothing() {
        for path in ["fleet.tram.count.0", "fleet.taxi.count.3", "fleet.taxi.count.0.0", "", "name.x"] {
            assert_eq!(overlay(&[], &[path]), None, "{path}");
        }
    }
}
