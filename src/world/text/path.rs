//! Paths to values: `fleet.classes.private.count`, `tariff.periods[3].price`, `districts."Nan shan".lon`.
//!
//! A step is a field name, the key of a map as it reads, or the position of a list's item, in brackets or after a
//! dot. A key that holds a dot, a bracket, a quote, an equals sign or a blank stands in quotes. `Some(x)` takes no
//! step. The empty path means the whole document.

use super::canonical::key_of;
use super::source::Sources;
use super::tree::{Entry, Node, Span};
use std::borrow::Cow;
use std::fmt::Write;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step<'a> {
    /// The step as it reads, without quotes.
    pub(super) text: Cow<'a, str>,
    /// Where it stands in the path, in bytes, without quotes or brackets.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a path leads to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) node: &'a Node,
    /// The entry that holds the node, if it is in a struct or a map.
    pub(super) entry: Option<&'a Entry>,
}

impl Target<'_> {
    /// What a problem of the target marks: a scalar itself, and the key of anything with an inside.
    pub(super) fn span(&self) -> Span {
        let has_inside = self.node.table().is_some() || self.node.row().is_some();
        match self.entry {
            // A key of the base does not stand beside a value that a patch has put in.
            Some(entry) if has_inside && entry.key.span.source == self.node.span.source => entry.key.span,
            _ => self.node.head(),
        }
    }
}

/// Splits a path into its steps.
///
/// # Errors
///
/// The offset at which the path cannot be read.
pub(super) fn steps(path: &str) -> Result<Vec<Step<'_>>, usize> {
    let mut steps = Vec::new();
    let mut at = 0;
    while at < path.len() {
        let bracketed = path[at..].starts_with('[');
        if !steps.is_empty() && !bracketed {
            if !path[at..].starts_with('.') {
                return Err(at);
            }
            at += 1;
        }
        at += usize::from(bracketed);
        let (step, length) = step(path, at).ok_or(at)?;
        steps.push(step);
        at += length;
        if bracketed {
            if !path[at..].starts_with(']') {
                return Err(at);
            }
            at += 1;
        }
    }
    Ok(steps)
}

/// Reads one step, and says how many bytes it takes with its quotes.
fn step(path: &str, at: usize) -> Option<(Step<'_>, usize)> {
    let rest = &path[at..];
    let Some(quoted) = rest.strip_prefix('"') else {
        let length = rest.find(['.', '[', ']', '"', '=']).unwrap_or(rest.len());
        let step = Step { text: Cow::Borrowed(&rest[..length]), start: at, end: at + length };
        return (length > 0).then_some((step, length));
    };
    let mut text = String::new();
    let mut chars = quoted.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Some((Step { text: Cow::Owned(text), start: at + 1, end: at + 1 + i }, i + 2)),
            '\\' => text.push(chars.next()?.1),
            c => text.push(c),
        }
    }
    None
}

/// Extends a path by the key of a struct or a map, quoting it if it has to be.
pub(super) fn push_key(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    let special = |c: char| ".[]=\"\\".contains(c) || c.is_whitespace() || c.is_control();
    if !key.is_empty() && !key.contains(special) {
        path.push_str(key);
        return;
    }
    path.push('"');
    for c in key.chars() {
        if matches!(c, '"' | '\\') {
            path.push('\\');
        }
        path.push(c);
    }
    path.push('"');
}

/// Extends a path by the position of an item.
pub(super) fn push_index(path: &mut String, index: usize) {
    // Writing to a string cannot fail.
    let _ = write!(path, "[{index}]");
}

/// Follows one step into a node, looking through `Some`.
pub(super) fn follow<'a>(node: &'a Node, step: &str, sources: &Sources) -> Option<Target<'a>> {
    let node = node.peel(sources);
    if let Some(table) = node.table() {
        let entry = &table.entries[table.find_text(step, sources)?];
        return Some(Target { node: &entry.value, entry: Some(entry) });
    }
    let item = node.row()?.items.get(step.parse::<usize>().ok()?)?;
    Some(Target { node: item, entry: None })
}

/// The names of what can follow at a node: keys, or positions.
pub(super) fn choices(node: &Node, sources: &Sources) -> Vec<String> {
    let node = node.peel(sources);
    if let Some(table) = node.table() {
        return table.entries.iter().map(|entry| key_of(&entry.key, sources).text.into_owned()).collect();
    }
    node.row().map_or_else(Vec::new, |row| (0..row.items.len()).map(|i| i.to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(path: &str) -> Result<Vec<String>, usize> {
        steps(path).map(|steps| steps.into_iter().map(|step| step.text.into_owned()).collect())
    }

    #[test]
    fn paths_are_split_into_steps() {
        for (path, expected) in [
            ("", vec![]),
            ("fleet", vec!["fleet"]),
            ("zones.rows.102.slow", vec!["zones", "rows", "102", "slow"]),
            ("tariff.periods[3].price", vec!["tariff", "periods", "3", "price"]),
            ("a[0][1]", vec!["a", "0", "1"]),
            ("[2].x", vec!["2", "x"]),
            ("districts.\"Nan \\\"shan\\\\.1\".lon", vec!["districts", "Nan \"shan\\.1", "lon"]),
            ("区.\"\"", vec!["区", ""]),
        ] {
            assert_eq!(texts(path), Ok(expected.into_iter().map(str::to_owned).collect()), "{path}");
        }
        let quoted = steps("a.\"b\"").unwrap();
        assert_eq!((quoted[1].start, quoted[1].end), (3, 4));
    }

    #[test]
    fn a_bad_path_is_refused_where_it_goes_wrong() {
        for (path, at) in
            [(".", 0), ("a.", 2), ("a..b", 2), ("a[1", 3), ("a]", 1), ("a.\"b", 2), ("a[]", 2), ("a\"b\"", 1)]
        {
            assert_eq!(texts(path), Err(at), "{path}");
        }
    }

    proptest! {
        #[test]
        fn a_path_made_of_keys_splits_into_them(keys in prop::collection::vec("[a-c.\"\\[\\]= \\\\福]{0,4}", 0..5)) {
            let mut path = String::new();
            for key in &keys {
                push_key(&mut path, key);
            }
            // An empty key at the start is a path all the same, as it is written with quotes.
            prop_assert_eq!(texts(&path), Ok(keys));
        }

        #[test]
        fn no_path_panics(path in "\\PC{0,20}|[a.\\[\\]\"\\\\]{0,12}") {
            let _ = steps(&path);
        }
    }
}
