//! Patches: `--set fleet.classes.private.count=950000`, one value set from the command line.
//!
//! A patch puts a value in the place of the one its path leads to, without merging, so that `events={}` empties a
//! map. A field that a struct does not have yet may be set, for it may be an optional one; the typed parse judges
//! its name. Everything else on the path must exist. The value `Remove` deletes.

use super::explain::{list, suggestion};
use super::load::BASE;
use super::locate::{self, DEPTH_MAX, REMOVE};
use super::path::{self, Step};
use super::source::{Source, Sources};
use super::tree::{Entry, Kind, Node, Span, Table, is_deeper};
use crate::world::problem::{Problem, Problems};

/// Applies a patch `PATH=VALUE` to a tree. Returns whether the tree can still be used.
pub(super) fn apply(root: &mut Node, patch: &str, sources: &mut Sources, problems: &mut Problems) -> bool {
    let patch = patch.trim();
    let equals = equals_sign(patch);
    let name = format!("--set {}", patch[..equals.unwrap_or(patch.len())].trim_end());
    let source = sources.add(Source::new(name, patch));
    let sources = &*sources;
    let mut refuse = |miss: Miss| {
        let span = Span { source, start: miss.start as u32, end: miss.end as u32 };
        problems.push(Problem { place: Some(sources.place(span)), message: miss.message, hint: miss.hint });
    };
    let (steps, value_start) = match split(patch, equals) {
        Ok(split) => split,
        Err(miss) => {
            refuse(miss);
            return true;
        }
    };
    let located = locate::locate(sources, source, value_start);
    let is_sound = located.is_sound();
    for flaw in located.flaws {
        refuse(Miss { start: flaw.start, end: flaw.end, message: flaw.message, hint: flaw.hint });
    }
    for removal in located.removals {
        let message = "nothing to remove: this value is new".to_owned();
        refuse(Miss { start: removal.start as usize, end: removal.end as usize, message, hint: None });
    }
    if is_sound {
        let removes = matches!(located.root.kind, Kind::Word) && sources.text(located.root.span) == REMOVE;
        let value = if removes { None } else { Some(located.root) };
        let has_inside = value.as_ref().is_some_and(|value| value.table().is_some() || value.row().is_some());
        if let Err(miss) = set(root, &steps, value, source, sources) {
            refuse(miss);
        } else if has_inside && is_deeper(root, DEPTH_MAX) {
            let message = format!("brackets are nested more than {DEPTH_MAX} deep with this value");
            refuse(Miss { start: value_start, end: value_start, message, hint: None });
            return false;
        }
    }
    is_sound
}

/// The steps of a patch's path, and where its value begins.
fn split(patch: &str, equals: Option<usize>) -> Result<(Vec<Step<'_>>, usize), Miss> {
    const SHAPE: &str = "a patch is written `path=value`, as in `fleet.count=1000`";
    let refuse = |start: usize, end: usize, message: &str, hint: &str| {
        Err(Miss { start, end, message: message.to_owned(), hint: Some(hint.to_owned()) })
    };
    let Some(equals) = equals else {
        return refuse(0, patch.len(), "this patch has no `=`", SHAPE);
    };
    match path::steps(patch[..equals].trim_end()) {
        Ok(steps) if steps.first().is_some_and(|step| step.text == BASE) => {
            let hint = "write a file that is based on both, and load that";
            refuse(0, BASE.len(), "the bases of a world cannot be patched, as they are merged first", hint)
        }
        Ok(steps) if !steps.is_empty() => Ok((steps, equals + 1)),
        Ok(_) => refuse(0, 1, "this patch has no path", SHAPE),
        Err(at) => {
            let hint = "a key with blanks or dots stands in quotes: `districts.\"Nan shan\".lon`";
            refuse(at, at + 1, "the path cannot be read from here on", hint)
        }
    }
}

/// The sign between path and value: the first one outside quotes.
fn equals_sign(patch: &str) -> Option<usize> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    patch.bytes().position(|byte| {
        let is_plain = !std::mem::take(&mut is_escaped);
        match byte {
            b'"' if is_plain => is_quoted = !is_quoted,
            b'\\' if is_plain && is_quoted => is_escaped = true,
            _ => {}
        }
        byte == b'=' && !is_quoted
    })
}

/// A step that leads nowhere.
struct Miss {
    start: usize,
    end: usize,
    message: String,
    hint: Option<String>,
}

/// Sets the value at the end of a path, or deletes what is there.
fn set(root: &mut Node, steps: &[Step], value: Option<Node>, source: u32, sources: &Sources) -> Result<(), Miss> {
    let Some((last, inner)) = steps.split_last() else { return Ok(()) };
    let mut path = String::new();
    let mut node = root.peel_mut(sources);
    for step in inner {
        let position = position(node, step, sources).ok_or_else(|| miss(node, &path, step, sources))?;
        match &mut node.kind {
            Kind::Struct(table) | Kind::Map(table) => {
                path::push_key(&mut path, &step.text);
                node = &mut table.entries[position].value;
            }
            Kind::Tuple(row) | Kind::List(row) => {
                path::push_index(&mut path, position);
                node = &mut row.items[position];
            }
            _ => unreachable!("only what has an inside has a position in it"),
        }
        node = node.peel_mut(sources);
    }
    let position = position(node, last, sources);
    match (&mut node.kind, position, value) {
        (Kind::Struct(table) | Kind::Map(table), Some(i), Some(value)) => table.entries[i].value = value,
        (Kind::Struct(table) | Kind::Map(table), Some(i), None) => table.replace(&[i], Vec::new()),
        (Kind::Tuple(row) | Kind::List(row), Some(i), Some(value)) => row.items[i] = value,
        (Kind::Tuple(row) | Kind::List(row), Some(i), None) => drop(row.items.remove(i)),
        // An optional field need not have been there; the type will refuse a name it does not know.
        (Kind::Struct(table), None, Some(value)) => add_field(table, last, value, source, sources)?,
        _ => return Err(miss(node, &path, last, sources)),
    }
    Ok(())
}

/// The position of what a step leads to among the entries or items of a node.
fn position(node: &Node, step: &Step, sources: &Sources) -> Option<usize> {
    match &node.kind {
        Kind::Struct(table) | Kind::Map(table) => table.find_text(&step.text, sources),
        Kind::Tuple(row) | Kind::List(row) => step.text.parse().ok().filter(|&i| i < row.items.len()),
        _ => None,
    }
}

fn add_field(table: &mut Table, step: &Step, value: Node, source: u32, sources: &Sources) -> Result<(), Miss> {
    let span = Span { source, start: step.start as u32, end: step.end as u32 };
    // The name is taken from the patch as it stands there, so it must not be written with escapes.
    if !is_field_name(&step.text) || sources.text(span) != step.text {
        let message = format!("`{}` cannot be the name of a field", locate::shortened(&step.text));
        return Err(Miss { start: step.start, end: step.end, message, hint: None });
    }
    table.replace(&[], vec![Entry { key: Node { span, kind: Kind::Word }, value }]);
    Ok(())
}

fn is_field_name(text: &str) -> bool {
    text.starts_with(|c: char| c == '_' || c.is_alphabetic()) && text.chars().all(super::lex::is_word)
}

/// Says that a step leads nowhere, what it may have meant, and what there is.
fn miss(node: &Node, path: &str, step: &Step, sources: &Sources) -> Miss {
    let mut full = path.to_owned();
    path::push_key(&mut full, &step.text);
    let choices = path::choices(node, sources);
    let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
    let around = if path.is_empty() { "the world".to_owned() } else { format!("`{path}`") };
    let (message, hint) = match &node.kind {
        Kind::List(row) | Kind::Tuple(row) => {
            let count = row.items.len();
            let hint = match count {
                0 => "it is empty".to_owned(),
                count => format!("its items are numbered from 0 to {}", count - 1),
            };
            (format!("{around} has no item `{}`", locate::shortened(&step.text)), Some(hint))
        }
        Kind::Struct(_) | Kind::Map(_) => {
            let hint =
                list(&choices).map_or_else(|| format!("{around} is empty"), |list| format!("{around} has {list}"));
            (format!("there is no `{full}`{}", suggestion(&step.text, &choices)), Some(hint))
        }
        _ => {
            let value = locate::shortened(sources.text(node.span));
            (format!("there is no `{full}`: {around} is `{value}` and has nothing inside"), None)
        }
    };
    Miss { start: step.start, end: step.end, message, hint }
}
