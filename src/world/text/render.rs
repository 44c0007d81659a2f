//! Rendering: a tree back to text without blanks or comments, and from a position in that text back to the tree.
//!
//! Both walk the tree in the same way and meet the same tokens, so no table of positions has to be kept for the many
//! texts that are parsed without an error.

use super::canonical::key_of;
use super::path;
use super::source::Sources;
use super::tree::{Entry, Kind, Node, Row, Span, Table};
use std::collections::BTreeSet;

/// What a token of the rendered text is to the node it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The name before a parenthesis.
    Name,
    /// A field's name or a key of a map, or a part of it.
    Key,
    /// The whole of a value that has no inside.
    Scalar,
    Open,
    Close,
    /// A comma or a colon within the node.
    Mark,
}

/// A step from a node to one inside it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Inward<'a> {
    Entry(&'a Entry),
    /// The item of a list.
    Item(usize, &'a Node),
    /// The item of a tuple.
    Part(usize),
}

/// Something that is told the tokens of a tree in order.
trait Sink<'a> {
    fn token(&mut self, text: &str, node: &'a Node, role: Role);
    fn enter(&mut self, step: Inward<'a>);
    fn leave(&mut self);
}

/// Values that are left out of a rendering.
pub(super) type Left = BTreeSet<Span>;

/// The text of a tree, without the entries and items whose values are left out.
pub(super) fn render(node: &Node, left: &Left, sources: &Sources, out: &mut String) {
    Walk { left, sources }.node(node, Role::Scalar, out);
}

/// The token at a byte position of the rendered text, or the last token if the text ends before it.
pub(super) fn find<'a>(root: &'a Node, left: &Left, sources: &Sources, position: usize) -> Hit<'a> {
    let mut finder = Finder { position, passed: 0, inward: Vec::new(), last: None, hit: None };
    Walk { left, sources }.node(root, Role::Scalar, &mut finder);
    let end = Token { node: root, role: Role::Mark, inward: Vec::new(), is_inside: false };
    let previous = finder.last;
    finder.hit.unwrap_or(Hit { token: end, previous })
}

/// A token, and how to get to it.
#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    /// The node it belongs to: for a key, the key.
    pub(super) node: &'a Node,
    pub(super) role: Role,
    pub(super) inward: Vec<Inward<'a>>,
    /// Whether the position is not at the token's start.
    pub(super) is_inside: bool,
}

/// What stands at a position of a rendered text.
#[derive(Clone, Debug)]
pub(super) struct Hit<'a> {
    pub(super) token: Token<'a>,
    /// The token before, if it is in reach.
    pub(super) previous: Option<Token<'a>>,
}

impl Token<'_> {
    /// The path of what the token belongs to; for a key, of the entry it opens.
    pub(super) fn path(&self, base: &str, sources: &Sources) -> String {
        let mut path = base.to_owned();
        for step in &self.inward {
            match step {
                Inward::Entry(entry) => path::push_key(&mut path, &key_of(&entry.key, sources).text),
                Inward::Item(i, _) | Inward::Part(i) => path::push_index(&mut path, *i),
            }
        }
        path
    }

    /// The values around the token that can be left out, the innermost last.
    pub(super) fn removable(&self) -> impl DoubleEndedIterator<Item = Span> {
        self.inward.iter().filter_map(|step| match step {
            Inward::Entry(entry) => Some(entry.value.span),
            Inward::Item(_, node) => Some(node.span),
            Inward::Part(_) => None,
        })
    }
}

struct Walk<'w> {
    left: &'w Left,
    sources: &'w Sources,
}

impl Walk<'_> {
    fn node<'a, S: Sink<'a>>(&self, node: &'a Node, role: Role, sink: &mut S) {
        match &node.kind {
            Kind::Struct(table) => self.table(node, table, ["(", ")"], sink),
            Kind::Map(table) => self.table(node, table, ["{", "}"], sink),
            Kind::Tuple(row) => self.row(node, row, ["(", ")"], sink),
            Kind::List(row) => self.row(node, row, ["[", "]"], sink),
            _ => sink.token(self.sources.text(node.span), node, role),
        }
    }

    fn name<'a, S: Sink<'a>>(&self, node: &'a Node, name: Option<Span>, sink: &mut S) {
        if let Some(name) = name {
            sink.token(self.sources.text(name), node, Role::Name);
        }
    }

    fn is_left(&self, value: &Node) -> bool {
        !self.left.is_empty() && self.left.contains(&value.span)
    }

    fn table<'a, S: Sink<'a>>(&self, node: &'a Node, table: &'a Table, brackets: [&str; 2], sink: &mut S) {
        self.name(node, table.name, sink);
        sink.token(brackets[0], node, Role::Open);
        let mut is_first = true;
        for entry in table.entries.iter().filter(|entry| !self.is_left(&entry.value)) {
            if !std::mem::take(&mut is_first) {
                sink.token(",", node, Role::Mark);
            }
            sink.enter(Inward::Entry(entry));
            self.node(&entry.key, Role::Key, sink);
            sink.token(":", node, Role::Mark);
            self.node(&entry.value, Role::Scalar, sink);
            sink.leave();
        }
        sink.token(brackets[1], node, Role::Close);
    }

    fn row<'a, S: Sink<'a>>(&self, node: &'a Node, row: &'a Row, brackets: [&str; 2], sink: &mut S) {
        self.name(node, row.name, sink);
        sink.token(brackets[0], node, Role::Open);
        let is_list = matches!(node.kind, Kind::List(_));
        let is_step = !node.is_some(self.sources);
        let mut is_first = true;
        for (i, item) in row.items.iter().enumerate().filter(|(_, item)| !self.is_left(item)) {
            if !std::mem::take(&mut is_first) {
                sink.token(",", node, Role::Mark);
            }
            if is_step {
                sink.enter(if is_list { Inward::Item(i, item) } else { Inward::Part(i) });
            }
            self.node(item, Role::Scalar, sink);
            if is_step {
                sink.leave();
            }
        }
        sink.token(brackets[1], node, Role::Close);
    }
}

impl<'a> Sink<'a> for String {
    fn token(&mut self, text: &str, _: &'a Node, _: Role) {
        self.push_str(text);
    }

    fn enter(&mut self, _: Inward<'a>) {}

    fn leave(&mut self) {}
}

/// A sink that waits for the token at a position.
struct Finder<'a> {
    position: usize,
    passed: usize,
    inward: Vec<Inward<'a>>,
    last: Option<Token<'a>>,
    hit: Option<Hit<'a>>,
}

/// Bytes before the wanted position from which on tokens are remembered as the one before.
const REACH_BYTES: usize = 4096;

impl<'a> Sink<'a> for Finder<'a> {
    fn token(&mut self, text: &str, node: &'a Node, role: Role) {
        let start = self.passed;
        self.passed += text.len();
        if self.hit.is_some() || self.passed + REACH_BYTES < self.position {
            return;
        }
        let token = Token { node, role, inward: self.inward.clone(), is_inside: self.position > start };
        if self.position < self.passed {
            self.hit = Some(Hit { token, previous: self.last.take() });
        } else {
            self.last = Some(token);
        }
    }

    fn enter(&mut self, step: Inward<'a>) {
        self.inward.push(step);
    }

    fn leave(&mut self) {
        self.inward.pop();
    }
}
