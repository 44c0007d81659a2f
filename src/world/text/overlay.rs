//! Overlays: a tree merged over another, as a file is over its base.
//!
//! A struct over a struct merges field by field, a map over a map key by key, and everything else replaces what was
//! there. A named struct or variant merges with one of the same name or of none. `Some(x)` counts as `x`. The word
//! `Remove` as the value of a field or an entry deletes what the base has under that key.

use super::canonical::{key_of, plain_word};
use super::locate::shortened;
use super::path;
use super::source::Sources;
use super::tree::{Entry, Kind, Node, Span, Table};
use crate::world::problem::Problem;
use std::collections::BTreeSet;

/// Merges a tree over a base, in place.
///
/// `removals` are the values that mean deletion. Those that have deleted something are taken out of it; what is left
/// after the last base has nothing to delete.
pub(super) fn merge(base: &mut Node, over: Node, removals: &mut BTreeSet<Span>, sources: &Sources) {
    if !merges(base.peel(sources), over.peel(sources), sources) {
        *base = over;
        return;
    }
    let mut over = over;
    let over = std::mem::replace(&mut over.peel_mut(sources).kind, Kind::Broken);
    match (&mut base.peel_mut(sources).kind, over) {
        (Kind::Struct(base), Kind::Struct(over)) | (Kind::Map(base), Kind::Map(over)) => {
            base.name = base.name.or(over.name);
            merge_tables(base, over.entries, removals, sources);
        }
        // `merges` holds for no other pair.
        _ => {}
    }
}

/// Whether a value merges into another instead of replacing it.
fn merges(base: &Node, over: &Node, sources: &Sources) -> bool {
    match (&base.kind, &over.kind) {
        (Kind::Map(_), Kind::Map(_)) => true,
        (Kind::Struct(base), Kind::Struct(over)) => match (base.name, over.name) {
            (Some(base), Some(over)) => plain_word(sources.text(base)) == plain_word(sources.text(over)),
            _ => true,
        },
        _ => false,
    }
}

fn merge_tables(base: &mut Table, over: Vec<Entry>, removals: &mut BTreeSet<Span>, sources: &Sources) {
    let mut gone = Vec::new();
    let mut added = Vec::new();
    for Entry { key, value } in over {
        let found = base.find(&key_of(&key, sources), sources);
        match found {
            Some(i) if removals.remove(&value.span) => gone.push(i),
            Some(i) if merges(base.entries[i].value.peel(sources), value.peel(sources), sources) => {
                merge(&mut base.entries[i].value, value, removals, sources);
            }
            // The key goes with its value, so that a problem shows the two in one file.
            Some(i) => base.entries[i] = Entry { key, value },
            None => added.push(Entry { key, value }),
        }
    }
    if !gone.is_empty() || !added.is_empty() {
        gone.sort_unstable();
        base.replace(&gone, added);
    }
}

/// Reports deletions that have deleted nothing, and takes them out of the merged tree they have been left in.
pub(super) fn drop_idle_removals(root: &mut Node, removals: &BTreeSet<Span>, sources: &Sources) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !removals.is_empty() {
        drop_idle(root, &mut String::new(), removals, sources, &mut problems);
    }
    problems
}

fn drop_idle(
    node: &mut Node,
    path: &mut String,
    removals: &BTreeSet<Span>,
    sources: &Sources,
    problems: &mut Vec<Problem>,
) {
    let length = path.len();
    let is_step = !node.is_some(sources);
    match &mut node.kind {
        Kind::Struct(table) | Kind::Map(table) => {
            let mut gone = Vec::new();
            for (i, entry) in table.entries.iter_mut().enumerate() {
                path::push_key(path, &key_of(&entry.key, sources).text);
                if removals.contains(&entry.value.span) {
                    gone.push(i);
                    let message = format!("nothing to remove: no base has `{}`", shortened_path(path));
                    problems.push(Problem { place: Some(sources.place(entry.value.span)), message, hint: None });
                }
                drop_idle(&mut entry.value, path, removals, sources, problems);
                path.truncate(length);
            }
            table.replace(&gone, Vec::new());
        }
        Kind::Tuple(row) | Kind::List(row) => {
            for (i, item) in row.items.iter_mut().enumerate() {
                if is_step {
                    path::push_index(path, i);
                }
                drop_idle(item, path, removals, sources, problems);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

/// A path for a message; the keys of a hostile file may be long.
fn shortened_path(path: &str) -> String {
    if path.chars().count() <= 200 { path.to_owned() } else { shortened(path) }
}
