//! The figures of a world and where each comes from: what is published, what is derived, what is assumed.
//!
//! A figure is written `(value, "source")`; a table (days of a class, rows of zones) has one field `source` for all of
//! it. Both are found by walking the document, so that none can be forgotten in a list kept by hand.

use serde::Serialize;
use voltcity::world::Checked;
use voltcity::world::text::{Document, child};

/// Characters of a value that are shown.
const VALUE_CHARS: usize = 30;

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Origin {
    /// A source is named.
    Published,
    /// Computed or fitted from what is published.
    Derived,
    /// A modelling choice.
    Assumed,
    /// Without effect in this world.
    Unused,
}

impl Origin {
    /// Reads the first word of a source.
    fn of(source: &str) -> Self {
        let source = source.trim_start().to_ascii_lowercase();
        let begins = |words: &[&str]| words.iter().any(|word| source.starts_with(word));
        match () {
            () if begins(&["assumption"]) => Self::Assumed,
            () if begins(&["derived", "fitted"]) => Self::Derived,
            () if begins(&["none", "not used", "no "]) => Self::Unused,
            () => Self::Published,
        }
    }
}

/// A figure, or a table with one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Sourced {
    /// The top-level field it belongs to.
    pub(crate) section: String,
    /// Its path within the section; empty for the section itself.
    pub(crate) path: String,
    /// Its value as written; empty for a table.
    pub(crate) value: String,
    /// Its source.
    pub(crate) source: String,
    /// What kind of source that is.
    pub(crate) origin: Origin,
}

impl Sourced {
    /// The value, shortened to fit a line.
    pub(crate) fn short_value(&self) -> String {
        let spaced = self.value.replace(',', ", ");
        match spaced.char_indices().nth(VALUE_CHARS) {
            None => spaced,
            Some((end, _)) => {
                let whole = spaced[..end].rfind(", ").unwrap_or(end);
                format!("{}, ...", &spaced[..whole])
            }
        }
    }

    /// What its neighbours share of its path, such as `private` of `private.count`.
    pub(crate) fn group(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(group, _)| group)
    }

    /// The rest of its path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit_once('.').map_or(self.path.as_str(), |(_, name)| name)
    }

    /// The source without the word `assumption`: the reason for the choice, if one is given.
    pub(crate) fn reason(&self) -> &str {
        let rest = self.source.trim_start();
        match rest.get("assumption".len()..) {
            Some(reason) if self.origin == Origin::Assumed => reason.trim_start_matches([':', ' ', ',']),
            _ => rest,
        }
    }
}

/// Every figure of a world, in the order written. Published figures for comparison are no input and are left out.
pub(crate) fn all(world: &Checked) -> Vec<Sourced> {
    let document = world.document();
    let mut found = Vec::new();
    for section in document.fields("") {
        if section != "published" {
            let path = child("", &section);
            walk(&mut Walk { document, section: &section, found: &mut found }, &path, "");
        }
    }
    found
}

struct Walk<'a> {
    document: &'a Document,
    section: &'a str,
    found: &'a mut Vec<Sourced>,
}

impl Walk<'_> {
    fn note(&mut self, path: &str, value: String, source: String) {
        let origin = Origin::of(&source);
        self.found.push(Sourced { section: self.section.to_owned(), path: path.to_owned(), value, source, origin });
    }
}

/// Looks for figures in the value at `path`, which is called `within` inside its section.
fn walk(walk_: &mut Walk<'_>, path: &str, within: &str) {
    let fields = walk_.document.fields(path);
    if fields.is_empty() {
        return walk_row(walk_, path, within);
    }
    let own_source = fields.iter().any(|field| field == "source");
    if let Some(source) = own_source.then(|| walk_.document.parse(&child(path, "source")).ok()).flatten() {
        walk_.note(within, String::new(), source);
    }
    // The rows of a table with a source of its own hold plain values only.
    for field in fields.iter().filter(|field| *field != "source" && !(own_source && *field == "rows")) {
        walk(walk_, &child(path, field), &child(within, field));
    }
}

/// Looks at a tuple, a list or a plain value.
fn walk_row(walk_: &mut Walk<'_>, path: &str, within: &str) {
    let document = walk_.document;
    let at = |i: usize| format!("{path}[{i}]");
    if document.contains(&at(1))
        && !document.contains(&at(2))
        && let Ok(source) = document.parse::<String>(&at(1))
    {
        let value = document.text(&at(0)).unwrap_or_default();
        return walk_.note(within, value, source);
    }
    for i in (0..).take_while(|i| document.contains(&at(*i))) {
        walk(walk_, &at(i), &format!("{within}[{i}]"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn block() -> Vec<Sourced> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/block.ron");
        all(&Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}")))
    }

    #[test]
    fn figures_are_found_at_every_depth() {
        let found = block();
        let at = |section: &str, path: &str| {
            found.iter().find(|f| f.section == section && f.path == path).unwrap_or_else(|| panic!("{section} {path}"))
        };
        assert_eq!((at("seed", "").value.as_str(), at("seed", "").reason()), ("7", "any number will do"));
        assert_eq!(at("fleet", "private.count").value, "170");
        assert_eq!(at("fleet", "private.count").reason(), "");
        assert_eq!(at("fleet", "private.home").value, "(0.2,0.3)");
        assert_eq!(at("fleet", "bus.count").origin, Origin::Unused);
        assert_eq!(at("fleet", "private.days").value, "");
        assert_eq!(at("charging", "ac_kw").origin, Origin::Published);
        assert_eq!(at("weather", "persistence_days").origin, Origin::Derived);
        assert_eq!(at("zones", "").origin, Origin::Assumed);
        assert!(found.iter().all(|f| f.section != "published"));
    }

    /// As many tuples that end in an assumption as the text of the world has, whatever the walk does.
    #[test]
    fn none_is_forgotten() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/block.ron");
        let text = Checked::load(&path, &[]).unwrap().document().text("").unwrap();
        let written = text.matches(r#","assumption"#).count() + text.matches(r#"source:"assumption"#).count();
        let found = block().iter().filter(|f| f.origin == Origin::Assumed).count();
        assert!(found > 100);
        assert_eq!(found, written);
    }

    #[test]
    fn long_values_are_shortened() {
        let figure = |value: &str| Sourced {
            section: String::new(),
            path: String::new(),
            value: value.to_owned(),
            source: "assumption".to_owned(),
            origin: Origin::Assumed,
        };
        assert_eq!(figure("(1,2)").short_value(), "(1, 2)");
        assert_eq!(figure("[1,2,3,4,5,6,7,8,9,10,11,12,13]").short_value(), "[1, 2, 3, 4, 5, 6, 7, 8, 9, ...");
    }
}
