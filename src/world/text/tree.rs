//! The tree a world file's text becomes: values with the place each one was written at.
//!
//! A node does not hold its text. It says where in which source the text stands, so that a number reaches the typed
//! parse exactly as it was written, and every later complaint can show the very line.

use super::canonical::{Key, key_of};
use super::source::Sources;
use std::sync::OnceLock;

/// Tables with at most this many entries are searched one by one.
const LINEAR_MAX: usize = 12;
/// Tables with at most this many entries are searched for duplicates without sorting them.
const SIEVED_MAX: usize = 64;

/// A stretch of one source, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) source: u32,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// From the first to the last character, name and brackets included.
    pub(super) span: Span,
    pub(super) kind: Kind,
}

/// What a value is, as far as it can be seen without knowing its type.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// An integer, a float, a byte, a range, or one of the numbers that are not finite.
    Number,
    /// A string, raw or escaped.
    Text,
    Char,
    /// A byte string.
    Bytes,
    /// An identifier that stands alone: `true`, `None`, a unit struct or variant.
    Word,
    /// `(field: value)` or `Name(field: value)`, and `()`.
    Struct(Box<Table>),
    /// `{key: value}`.
    Map(Box<Table>),
    /// `(value, value)` or `Name(value)`.
    Tuple(Box<Row>),
    /// `[value, value]`.
    List(Box<Row>),
    /// A place where a value could not be read. A document never contains one.
    Broken,
}

/// The inside of a struct or a map. A struct's keys are words.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub(super) name: Option<Span>,
    pub(super) entries: Vec<Entry>,
    /// Entries by key, made when a long table is first searched.
    index: OnceLock<Box<[u32]>>,
}

/// One field or one entry of a map.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: Node,
    pub(super) value: Node,
}

/// The inside of a tuple or a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) name: Option<Span>,
    pub(super) items: Vec<Node>,
}

/// Whether brackets are nested more than `limit` deep. It does not recurse, as everything else that walks trees does.
pub(super) fn is_deeper(root: &Node, limit: usize) -> bool {
    let mut waiting = vec![(root, 1_usize)];
    while let Some((node, depth)) = waiting.pop() {
        match &node.kind {
            Kind::Struct(_) | Kind::Map(_) | Kind::Tuple(_) | Kind::List(_) if depth > limit => return true,
            Kind::Struct(table) | Kind::Map(table) => {
                waiting.extend(table.entries.iter().flat_map(|e| [&e.key, &e.value]).map(|node| (node, depth + 1)));
            }
            Kind::Tuple(row) | Kind::List(row) => waiting.extend(row.items.iter().map(|node| (node, depth + 1))),
            _ => {}
        }
    }
    false
}

impl Span {
    /// The span without its surrounding: from its start, that many bytes.
    pub(super) fn first(self, bytes: u32) -> Self {
        Self { end: self.end.min(self.start + bytes), ..self }
    }
}

impl Node {
    /// The text by which a reader recognises the node: all of a scalar, the name or the bracket of anything else.
    pub(super) fn head(&self) -> Span {
        match &self.kind {
            Kind::Struct(t) | Kind::Map(t) => t.name.unwrap_or(self.span.first(1)),
            Kind::Tuple(r) | Kind::List(r) => r.name.unwrap_or(self.span.first(1)),
            _ => self.span,
        }
    }

    /// The fields of a struct or the entries of a map.
    pub(super) fn table(&self) -> Option<&Table> {
        match &self.kind {
            Kind::Struct(table) | Kind::Map(table) => Some(table),
            _ => None,
        }
    }

    /// The items of a tuple or a list.
    pub(super) fn row(&self) -> Option<&Row> {
        match &self.kind {
            Kind::Tuple(row) | Kind::List(row) => Some(row),
            _ => None,
        }
    }

    /// Whether this is `Some(x)`, which paths and overlays look through.
    pub(super) fn is_some(&self, sources: &Sources) -> bool {
        match &self.kind {
            Kind::Tuple(row) => row.items.len() == 1 && row.name.is_some_and(|name| sources.text(name) == "Some"),
            _ => false,
        }
    }

    /// What `Some(x)` wraps, and any other node itself.
    pub(super) fn peel(&self, sources: &Sources) -> &Self {
        let mut node = self;
        while node.is_some(sources) {
            let Kind::Tuple(row) = &node.kind else { unreachable!("`Some(x)` is a tuple") };
            node = &row.items[0];
        }
        node
    }

    /// As [`Node::peel`], to change what is inside.
    pub(super) fn peel_mut(&mut self, sources: &Sources) -> &mut Self {
        let mut node = self;
        while node.is_some(sources) {
            let Kind::Tuple(row) = &mut node.kind else { unreachable!("`Some(x)` is a tuple") };
            node = &mut row.items[0];
        }
        node
    }
}

impl Table {
    pub(super) fn new(name: Option<Span>, entries: Vec<Entry>) -> Self {
        Self { name, entries, index: OnceLock::new() }
    }

    /// The position of the entry with this very key.
    pub(super) fn find(&self, key: &Key, sources: &Sources) -> Option<usize> {
        if self.entries.len() <= LINEAR_MAX {
            return self.entries.iter().position(|entry| key_of(&entry.key, sources) == *key);
        }
        let index = self.index(sources);
        let found = index.binary_search_by(|&i| key_of(&self.entries[i as usize].key, sources).cmp(key));
        found.ok().map(|i| index[i] as usize)
    }

    /// The position of the first entry whose key reads like this, whatever kind of key it is.
    pub(super) fn find_text(&self, text: &str, sources: &Sources) -> Option<usize> {
        if self.entries.len() <= LINEAR_MAX {
            return self.entries.iter().position(|entry| key_of(&entry.key, sources).text == text);
        }
        let index = self.index(sources);
        let first = index.partition_point(|&i| key_of(&self.entries[i as usize].key, sources).text.as_ref() < text);
        let found = *index.get(first)? as usize;
        (key_of(&self.entries[found].key, sources).text == text).then_some(found)
    }

    /// Positions of the entries in the order of their keys; entries with equal keys stay in the order written.
    pub(super) fn index(&self, sources: &Sources) -> &[u32] {
        self.index.get_or_init(|| {
            let keys: Vec<Key> = self.entries.iter().map(|entry| key_of(&entry.key, sources)).collect();
            let mut order: Box<[u32]> = (0..keys.len() as u32).collect();
            order.sort_by(|&a, &b| keys[a as usize].cmp(&keys[b as usize]));
            order
        })
    }

    /// Removes and adds entries, keeping the order of the others.
    ///
    /// `gone` holds positions, ascending.
    pub(super) fn replace(&mut self, gone: &[usize], added: Vec<Entry>) {
        let mut position = 0;
        let mut gone = gone.iter().peekable();
        self.entries.retain(|_| {
            let goes = gone.next_if_eq(&&position).is_some();
            position += 1;
            !goes
        });
        self.entries.extend(added);
        self.index = OnceLock::new();
    }
}

/// Positions of entries whose key was there before, each with the position of the first entry of that key.
pub(super) fn duplicates(table: &Table, sources: &Sources) -> Vec<(usize, usize)> {
    let entries = &table.entries;
    if ascends(entries, sources) {
        return Vec::new();
    }
    if entries.len() <= SIEVED_MAX {
        return few_duplicates(entries, sources);
    }
    let index = table.index(sources);
    let key = |i: u32| key_of(&entries[i as usize].key, sources);
    let mut found = Vec::new();
    let mut first = index[0];
    for &next in &index[1..] {
        if key(first) == key(next) {
            found.push((first as usize, next as usize));
        } else {
            first = next;
        }
    }
    found.sort_by_key(|&(_, second)| second);
    found
}

/// Whether the keys are plain integers, each greater than the one before, as in most tables of a world.
fn ascends(entries: &[Entry], sources: &Sources) -> bool {
    let mut last = None;
    entries.iter().all(|entry| {
        let text = sources.text(entry.key.span);
        let plain = matches!(entry.key.kind, Kind::Number) && text.bytes().all(|b| b.is_ascii_digit());
        let number = if plain { text.parse::<u64>().ok() } else { None };
        let greater = number.is_some() && number > last;
        last = number;
        greater
    })
}

/// As [`duplicates`], for a few entries: a sieve of 128 bits spares most comparisons.
fn few_duplicates(entries: &[Entry], sources: &Sources) -> Vec<(usize, usize)> {
    let mut sieve = 0_u128;
    let mut found = Vec::new();
    for (i, entry) in entries.iter().enumerate() {
        let key = key_of(&entry.key, sources);
        let sum =
            key.text.bytes().fold(key.text.len() as u32, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(b)));
        let bit = 1 << (sum % 128);
        if sieve & bit != 0 {
            let earlier = entries[..i].iter().position(|e| key_of(&e.key, sources) == key);
            found.extend(earlier.map(|first| (first, i)));
        }
        sieve |= bit;
    }
    found
}

impl Row {
    pub(super) fn new(name: Option<Span>, items: Vec<Node>) -> Self {
        Self { name, items }
    }
}
