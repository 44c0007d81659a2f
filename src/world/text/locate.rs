//! The locator: from text to a tree that knows where everything stands, going on after an error.
//!
//! It accepts what the typed parse accepts and a little more; what it lets pass, the typed parse still judges. It
//! exists because a world is merged from several files before it has a type, and because a reader wants all
//! mistakes of a file at once, in terms of brackets and commas.

use super::canonical::plain_word;
use super::lex::{Cursor, Passed, is_word};
use super::literal;
use super::source::Sources;
use super::tree::{Entry, Kind, Node, Row, Span, Table, duplicates};

/// Brackets inside one another, at most. World files use about ten.
pub(super) const DEPTH_MAX: usize = 64;
/// Values in one text, at most: a file of nothing but commas and digits must not fill the memory. A world of a city
/// has some hundred thousand.
const VALUES_MAX: usize = 1 << 24;
/// Flaws of one text that are reported, at most.
const FLAWS_MAX: usize = 100;
/// Characters of a token that a message repeats, at most.
const QUOTED_CHARS_MAX: usize = 40;
/// Bytes of an attribute, at most.
const ATTRIBUTE_BYTES_MAX: usize = 400;
/// The word that deletes an entry of the base when it stands as a value.
pub(super) const REMOVE: &str = "Remove";

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    /// Whether the tree is incomplete because of it.
    pub(super) fatal: bool,
}

/// What a text was found to contain.
pub(super) struct Located {
    pub(super) root: Node,
    pub(super) flaws: Vec<Flaw>,
    /// The values that are the word `Remove`.
    pub(super) removals: Vec<Span>,
}

impl Located {
    /// Whether the tree can be used: every bracket closed, every value read.
    pub(super) fn is_sound(&self) -> bool {
        !self.flaws.iter().any(|flaw| flaw.fatal)
    }
}

/// Reads the one value a text contains from `at` on, after attributes such as `#![enable(implicit_some)]`.
pub(super) fn locate(sources: &Sources, source: u32, at: usize) -> Located {
    let mut locator = Locator::new(sources, source, at);
    locator.attributes();
    let root = locator.value();
    locator.skip_blanks();
    if locator.cursor.byte().is_some() && locator.is_sound() {
        let hint = locator.cursor.rest().starts_with(':').then(|| "put the fields in `( ... )`".to_owned());
        let found = locator.found();
        locator.flaw_here(format!("expected the end of the text, found {found}"), hint);
    }
    Located { root, flaws: locator.flaws, removals: locator.removals }
}

/// An open bracket.
#[derive(Clone, Copy)]
struct Open {
    at: usize,
    close: u8,
}

/// How reading a member of a group went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Member {
    Read,
    /// Reported; the next comma begins a new member.
    Broken,
    /// Reported; what follows, up to the end of the group, cannot be trusted.
    Lost,
}

/// Where skipping ends, always outside all brackets that were opened on the way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// At the next comma or closing bracket.
    Member,
    /// At the next closing bracket.
    Group,
}

struct Locator<'a> {
    cursor: Cursor<'a>,
    sources: &'a Sources,
    text: &'a str,
    source: u32,
    opens: Vec<Open>,
    /// Items and entries of the groups that are still open, the innermost last.
    items: Vec<Node>,
    entries: Vec<Entry>,
    flaws: Vec<Flaw>,
    removals: Vec<Span>,
    /// Values that may still be read.
    values_left: usize,
    /// Start of the string passed last, if it spans lines: its closing quote may be missing.
    long_string: Option<usize>,
}

impl<'a> Locator<'a> {
    fn new(sources: &'a Sources, source: u32, at: usize) -> Self {
        let text = sources.get(source).text();
        Self {
            cursor: Cursor::new(text, at),
            sources,
            text,
            source,
            opens: Vec::new(),
            items: Vec::new(),
            entries: Vec::new(),
            flaws: Vec::new(),
            removals: Vec::new(),
            values_left: VALUES_MAX,
            long_string: None,
        }
    }

    fn is_sound(&self) -> bool {
        !self.flaws.iter().any(|flaw| flaw.fatal)
    }

    /// Records a flaw, and gives the text up when there are too many.
    fn flaw(&mut self, fatal: bool, start: usize, end: usize, message: String, hint: Option<String>) {
        if self.flaws.len() < FLAWS_MAX {
            self.flaws.push(Flaw { start, end, message, hint, fatal });
        } else if self.flaws.len() == FLAWS_MAX {
            let message = "there are too many problems: from here on nothing has been read".to_owned();
            self.flaws.push(Flaw { start, end: start, message, hint: None, fatal: true });
            self.cursor.finish();
        }
    }

    /// Records that the structure breaks at the cursor.
    fn flaw_here(&mut self, message: String, hint: Option<String>) {
        let end = self.cursor.at + self.token_length();
        if self.cursor.byte().is_none() && !self.is_sound() {
            // The text ends early because of what has been reported before.
            return;
        }
        if let Some(start) = self.long_string.take() {
            // A lost quote turns the rest of the file inside out: nothing that follows can be trusted.
            let hint = "is its closing quote missing?".to_owned();
            let message = format!("{message}, after a string that runs over several lines");
            self.flaw(true, start, start + 1, message, Some(hint));
            self.cursor.finish();
        } else {
            self.flaw(true, self.cursor.at, end, message, hint);
        }
    }

    fn skip_blanks(&mut self) {
        if let Err(start) = self.cursor.skip_blanks() {
            self.flaw(true, start, start + 2, "this comment is never closed: `*/` is missing".to_owned(), None);
        }
    }

    fn span(&self, start: usize) -> Span {
        Span { source: self.source, start: start as u32, end: self.cursor.at as u32 }
    }

    fn node(&self, start: usize, kind: Kind) -> Node {
        Node { span: self.span(start), kind }
    }

    /// Length of the token at the cursor, to mark it.
    fn token_length(&self) -> usize {
        let mut ahead = self.cursor.clone();
        if ahead.word().is_none() && ahead.number().is_none() {
            ahead.skip_char();
        }
        ahead.at - self.cursor.at
    }

    /// How a message calls what stands at the cursor.
    fn found(&self) -> String {
        match self.cursor.char() {
            None => "the end of the text".to_owned(),
            Some('"') => "a string".to_owned(),
            Some('\'') => "a character".to_owned(),
            Some(_) => format!("`{}`", shortened(&self.cursor.rest()[..self.token_length()])),
        }
    }

    /// Passes `#![enable(implicit_some, unwrap_newtypes)]`, which holds anyway, and `#![type = ".."]` for editors.
    fn attributes(&mut self) {
        self.skip_blanks();
        while self.cursor.byte() == Some(b'#') {
            let start = self.cursor.at;
            let line = self.cursor.rest().find('\n').unwrap_or(self.text.len() - start);
            let close = self.cursor.rest().find(']').filter(|&end| end < ATTRIBUTE_BYTES_MAX);
            let end = start + close.map_or(line, |end| end + 1);
            let attribute: String = self.text[start..end].chars().filter(|c| !c.is_whitespace()).collect();
            let inner = attribute.strip_prefix("#![").and_then(|a| a.strip_suffix(']')).unwrap_or_default();
            let enabled = inner.strip_prefix("enable(").and_then(|a| a.strip_suffix(')'));
            let known = enabled.is_some_and(|names| {
                names.trim_end_matches(',').split(',').all(|name| matches!(name, "implicit_some" | "unwrap_newtypes"))
            });
            if !known && !inner.starts_with("type=\"") && !inner.starts_with("schema=\"") {
                let message = "unknown attribute".to_owned();
                let hint = "a world file needs none; `implicit_some` and `unwrap_newtypes` always hold".to_owned();
                self.flaw(true, start, end, message, Some(hint));
            }
            self.cursor.at = end;
            self.skip_blanks();
        }
    }

    /// Gives the text up when it has too many values.
    fn count_value(&mut self) {
        if self.values_left == 0 {
            let at = self.cursor.at;
            let message = "there are too many values: from here on nothing has been read".to_owned();
            self.flaw(true, at, at, message, None);
            self.cursor.finish();
        }
        self.values_left = self.values_left.saturating_sub(1);
    }

    /// Reads a value. Where there is none the cursor stays, and the node is broken.
    fn value(&mut self) -> Node {
        self.skip_blanks();
        self.count_value();
        let start = self.cursor.at;
        match self.cursor.byte() {
            Some(b'(' | b'[' | b'{') => return self.group(start, None),
            Some(b'"') => {}
            Some(b'0'..=b'9' | b'-') if self.cursor.plain_number() => return self.node(start, Kind::Number),
            _ => {
                if let Some(word) = self.cursor.word() {
                    return self.named(start, word);
                }
                if let Some(run) = self.cursor.number() {
                    return self.number(start, run);
                }
            }
        }
        if let Some(passed) = self.cursor.string() {
            let kind = if self.text[start..].starts_with('b') { Kind::Bytes } else { Kind::Text };
            return self.literal(start, kind, &passed);
        }
        if let Some(passed) = self.cursor.quoted_char() {
            let kind = if self.text[start..].starts_with('b') { Kind::Number } else { Kind::Char };
            return self.literal(start, kind, &passed);
        }
        let found = self.found();
        self.flaw_here(format!("expected a value, found {found}"), None);
        self.node(start, Kind::Broken)
    }

    fn literal(&mut self, start: usize, kind: Kind, passed: &Passed) -> Node {
        let token = self.cursor.since(start);
        if let Some(fault) = passed.fault {
            let at = start + fault.at;
            let hint =
                (matches!(kind, Kind::Char) && fault.at == 0).then(|| "text is written in double quotes".to_owned());
            self.flaw(true, at, at + 1, fault.message.to_owned(), hint);
        }
        if passed.unclosed {
            self.flaw(
                true,
                start,
                start + 1,
                "this string is never closed: its closing quote is missing".to_owned(),
                None,
            );
        }
        self.long_string = token.contains('\n').then_some(start);
        self.node(start, kind)
    }

    fn number(&mut self, start: usize, run: &str) -> Node {
        if !literal::is_number(run) {
            let hint = "text is written in double quotes".to_owned();
            self.flaw(true, start, self.cursor.at, format!("`{}` is not a number", shortened(run)), Some(hint));
        }
        self.finite(start, run);
        self.node(start, Kind::Number)
    }

    /// Refuses the numbers that are not finite, wherever they stand.
    fn finite(&mut self, start: usize, run: &str) {
        if literal::is_not_finite(run) {
            self.flaw(false, start, self.cursor.at, format!("`{run}` must be a finite number"), None);
        }
    }

    /// Reads what an identifier begins: a word that stands alone, or a group with a name.
    fn named(&mut self, start: usize, word: &str) -> Node {
        if literal::is_not_finite(word) {
            self.finite(start, word);
            return self.node(start, Kind::Number);
        }
        let node = self.node(start, Kind::Word);
        self.skip_blanks();
        if self.cursor.byte() == Some(b'(') {
            return self.group(start, Some(node.span));
        }
        // A word that closes a text must not seem to reach over the blanks behind it.
        node
    }

    /// Reads brackets and what is in them, from the opening bracket at the cursor on.
    fn group(&mut self, start: usize, name: Option<Span>) -> Node {
        let at = self.cursor.at;
        let bracket = self.cursor.byte();
        self.cursor.at += 1;
        self.long_string = None;
        if self.opens.len() >= DEPTH_MAX {
            let message = format!("brackets are nested more than {DEPTH_MAX} deep");
            self.flaw(true, at, at + 1, message, None);
            self.skip(Stop::Group);
            self.cursor.skip_char();
            return self.node(start, Kind::Broken);
        }
        let close = match bracket {
            Some(b'[') => b']',
            Some(b'{') => b'}',
            _ => b')',
        };
        self.opens.push(Open { at, close });
        let keyed = close == b'}' || (close == b')' && self.begins_with_a_field());
        let (items, entries) = (self.items.len(), self.entries.len());
        self.members(keyed);
        self.opens.pop();
        let items: Vec<Node> = self.items.drain(items..).collect();
        let entries: Vec<Entry> = self.entries.drain(entries..).collect();
        let kind = match close {
            b']' => Kind::List(Box::new(Row::new(name, items))),
            b')' if !items.is_empty() => Kind::Tuple(Box::new(Row::new(name, items))),
            b')' => Kind::Struct(Box::new(Table::new(name, entries))),
            _ => Kind::Map(Box::new(Table::new(name, entries))),
        };
        match &kind {
            Kind::Struct(table) => self.duplicates(table, "field"),
            Kind::Map(table) => self.duplicates(table, "key"),
            _ => {}
        }
        self.node(start, kind)
    }

    /// Whether the parenthesis just opened holds fields: a name and a colon follow.
    fn begins_with_a_field(&mut self) -> bool {
        self.skip_blanks();
        let mut ahead = self.cursor.clone();
        // A string before the colon is a field all the same, of someone used to JSON.
        if ahead.word().is_none() && ahead.string().is_none() {
            return false;
        }
        // And an equals sign is a colon, of someone used to TOML.
        ahead.skip_blanks().is_ok() && matches!(ahead.byte(), Some(b':' | b'='))
    }

    /// Reads the members of the innermost group and its closing bracket.
    fn members(&mut self, keyed: bool) {
        let open = self.opens[self.opens.len() - 1];
        loop {
            self.skip_blanks();
            match self.cursor.byte() {
                None => return self.unclosed(open),
                Some(b) if b == open.close => {
                    self.cursor.at += 1;
                    self.long_string = None;
                    return;
                }
                Some(b')' | b']' | b'}') => {
                    if self.mismatched(open) {
                        return;
                    }
                }
                Some(_) => {
                    let member = if keyed { self.entry(open) } else { self.item() };
                    if member == Member::Lost {
                        self.skip(Stop::Group);
                        self.cursor.eat(open.close);
                        return;
                    }
                    self.separator(open, keyed, member);
                }
            }
        }
    }

    fn item(&mut self) -> Member {
        let node = self.value();
        let member = if matches!(node.kind, Kind::Broken) { Member::Broken } else { Member::Read };
        self.items.push(node);
        member
    }

    /// Reads `key: value`.
    fn entry(&mut self, open: Open) -> Member {
        let is_map = open.close == b'}';
        let key = if is_map {
            self.value()
        } else {
            match self.field_name(open) {
                Ok(key) => key,
                Err(member) => return member,
            }
        };
        if matches!(key.kind, Kind::Broken) {
            return Member::Broken;
        }
        self.skip_blanks();
        if !self.cursor.eat(b':') {
            let what = if is_map { "the key" } else { "the field name" };
            let found = self.found();
            let is_list = is_map && matches!(self.cursor.byte(), Some(b',' | b'}'));
            let hint = is_list.then(|| "a list is written with square brackets: `[a, b]`".to_owned());
            self.flaw_here(format!("expected `:` after {what} `{}`, found {found}", self.quote(&key)), hint);
            if !self.cursor.eat(b'=') {
                return if is_list { Member::Lost } else { Member::Broken };
            }
        }
        self.long_string = None;
        let value = self.value();
        if matches!(value.kind, Kind::Word) && self.sources.text(value.span) == REMOVE {
            self.removals.push(value.span);
        }
        let member = if matches!(value.kind, Kind::Broken) { Member::Broken } else { Member::Read };
        self.entries.push(Entry { key, value });
        member
    }

    fn quote(&self, node: &Node) -> String {
        shortened(self.sources.text(node.span))
    }

    fn field_name(&mut self, open: Open) -> Result<Node, Member> {
        let start = self.cursor.at;
        if self.cursor.word().is_some() {
            return Ok(self.node(start, Kind::Word));
        }
        let found = self.found();
        if self.cursor.string().is_some() {
            let message = "a field name is written without quotes".to_owned();
            let hint = "a map, whose keys may be strings, is written with braces: `{\"key\": value}`".to_owned();
            self.flaw(true, start, self.cursor.at, message, Some(hint));
            return Ok(self.node(start, Kind::Word));
        }
        let lost = self.begins_value();
        let hint = lost.then(|| format!("is the `(` opened at {} closed in time?", self.line_column(open.at)));
        self.flaw_here(format!("expected a field name, found {found}"), hint);
        Err(if lost { Member::Lost } else { Member::Broken })
    }

    /// Whether what stands at the cursor could begin a value.
    fn begins_value(&self) -> bool {
        self.cursor.char().is_some_and(|c| is_word(c) || "\"'([{+-.".contains(c))
    }

    /// Passes the comma after a member, or finds out what stands in its place.
    fn separator(&mut self, open: Open, keyed: bool, member: Member) {
        self.skip_blanks();
        if matches!(self.cursor.byte(), Some(b',')) {
            self.cursor.at += 1;
            self.long_string = None;
            return;
        }
        if matches!(self.cursor.byte(), None | Some(b')' | b']' | b'}')) {
            return;
        }
        if member == Member::Read {
            let found = self.found();
            let after = match self.entries.last().filter(|_| keyed) {
                Some(entry) => format!("the value of `{}`", self.quote(&entry.key)),
                None => "the value".to_owned(),
            };
            let close = char::from(open.close);
            let hint = (self.cursor.byte() == Some(b'{'))
                .then(|| "a struct is written with parentheses: `Name(field: value)`".to_owned());
            self.flaw_here(format!("expected `,` or `{close}` after {after}, found {found}"), hint);
            let is_field = self.cursor.clone().word().is_some();
            if if keyed && open.close == b')' { is_field } else { self.begins_value() } {
                // Only the comma is missing.
                return;
            }
        }
        self.skip(Stop::Member);
        self.cursor.eat(b',');
    }

    fn unclosed(&mut self, open: Open) {
        // One report is enough: what is unclosed inside leaves everything around it unclosed.
        if self.is_sound() {
            let opening = self.text[open.at..].chars().next().unwrap_or_default();
            let message = format!("this `{opening}` is never closed: `{}` is missing", char::from(open.close));
            self.flaw(true, open.at, open.at + 1, message, None);
        }
    }

    /// Handles a closing bracket of the wrong kind. Returns whether it ends the group.
    fn mismatched(&mut self, open: Open) -> bool {
        let found = self.found();
        let opened = self.line_column(open.at);
        let opening = self.text[open.at..].chars().next().unwrap_or_default();
        let close = char::from(open.close);
        let message = format!("expected `{close}` to close the `{opening}` opened at {opened}, found {found}");
        self.flaw_here(message, None);
        let ends = self.cursor.byte().is_none_or(|b| self.opens.iter().any(|o| o.close == b));
        if !ends {
            self.cursor.at += 1;
            self.skip_blanks();
            self.cursor.eat(b',');
        }
        ends
    }

    /// Goes on to where `stop` says, over whatever stands between, brackets within brackets included.
    fn skip(&mut self, stop: Stop) {
        let mut depth = 0_usize;
        loop {
            self.skip_blanks();
            match self.cursor.byte() {
                None => return,
                Some(b',') if depth == 0 && stop == Stop::Member => return,
                Some(b'(' | b'[' | b'{') => depth += 1,
                Some(b')' | b']' | b'}') if depth == 0 => return,
                Some(b')' | b']' | b'}') => depth -= 1,
                Some(_) => {
                    let literal = self.cursor.string().is_some() || self.cursor.quoted_char().is_some();
                    if literal || self.cursor.word().is_some() {
                        continue;
                    }
                }
            }
            self.cursor.skip_char();
        }
    }

    /// Reports keys that are given twice, naming both places.
    fn duplicates(&mut self, table: &Table, what: &str) {
        for (first, second) in duplicates(table, self.sources) {
            let (first, second) = (&table.entries[first].key, &table.entries[second].key);
            let name = shortened(plain_word(self.sources.text(second.span)));
            let opened = self.line_column(first.span.start as usize);
            let message = format!("{what} `{name}` is given twice; first at {opened}");
            self.flaw(false, second.span.start as usize, second.span.end as usize, message, None);
        }
    }

    /// An offset as a reader says it.
    fn line_column(&self, offset: usize) -> String {
        let at = Span { source: self.source, start: offset as u32, end: offset as u32 };
        let place = self.sources.place(at);
        format!("line {}, column {}", place.line, place.column)
    }
}

/// The start of a token, for a message.
pub(super) fn shortened(token: &str) -> String {
    match token.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &token[..end]),
        None => token.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::*;

    #[test]
    fn a_text_with_too_many_values_is_given_up() {
        let flaws = |values_left: usize| {
            let mut sources = Sources::default();
            let source = sources.add(Source::new("x.ron", "(a: [1, 2, 3], b: {4: 5})"));
            let mut locator = Locator { values_left, ..Locator::new(&sources, source, 0) };
            locator.value();
            locator.flaws.into_iter().map(|flaw| (flaw.start, flaw.message)).collect::<Vec<_>>()
        };
        assert_eq!(flaws(8), []);
        let message = "there are too many values: from here on nothing has been read";
        assert_eq!(flaws(7), [(22, message.to_owned())]);
        assert_eq!(flaws(3), [(8, message.to_owned())]);
    }
}
