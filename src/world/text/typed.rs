//! The typed parse: part of a document through the `ron` crate, and all it complains about, in places of the files.
//!
//! `ron` stops at the first error. The reader then leaves out the smallest value around the error that a type may
//! do without (an entry, an item, an optional field) and tries again, so that one run shows the errors of every
//! part that is independent of the others.

use super::canonical::key_of;
use super::explain::{Explained, explain};
use super::path::Target;
use super::render::{self, Inward, Left, Role};
use super::source::Sources;
use super::tree::{Entry, Span};
use crate::world::problem::{Place, Problem};
use ron::Options;
use ron::extensions::Extensions;
use serde::de::DeserializeOwned;

/// Depth at which `ron` gives up. It counts about five for each bracket; the locator has limited those.
const RECURSION_MAX: usize = 512;
/// Parses of one value, at most.
const ATTEMPTS_MAX: usize = 200;
/// Bytes parsed again after an error, at most: a large table with many errors must not take minutes.
const REPEATED_BYTES_MAX: usize = 32 << 20;

/// Parses values one after another, reusing its memory.
pub(super) struct Reader<'a> {
    sources: &'a Sources,
    options: Options,
    text: String,
}

/// A value that was left out after an error in it.
struct Omitted<'a> {
    /// Itself and the values around it that could have been left out instead, the outermost first.
    chain: Vec<Span>,
    /// The entry it was the value of, if it was one's.
    entry: Option<&'a Entry>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        let extensions = Extensions::IMPLICIT_SOME | Extensions::UNWRAP_NEWTYPES;
        let options = Options::default().with_default_extension(extensions).with_recursion_limit(RECURSION_MAX);
        Self { sources, options, text: String::new() }
    }

    /// Parses what a path leads to; `path` is asked for only if there is an error to report.
    pub(super) fn parse<T: DeserializeOwned>(
        &mut self,
        target: Target<'a>,
        path: impl Fn() -> String,
    ) -> Result<T, Vec<Problem>> {
        let mut left = Left::new();
        let mut omitted: Vec<Omitted> = Vec::new();
        let mut problems = Vec::new();
        let mut bytes = 0;
        for _ in 0..ATTEMPTS_MAX {
            self.text.clear();
            render::render(target.node, &left, self.sources, &mut self.text);
            let error = match self.options.from_str::<T>(&self.text) {
                Ok(value) if problems.is_empty() => return Ok(value),
                Ok(_) => break,
                Err(error) => error,
            };
            let (start, end) = (offset(&self.text, error.span.start), offset(&self.text, error.span.end));
            let hit = render::find(target.node, &left, self.sources, start.min(end));
            let explained = explain(&error.code, &hit, &path(), self.sources);
            let chain: Vec<Span> = explained.token.removable().collect();
            if !is_consequence(&explained, &chain, &omitted, self.sources) {
                let place = Some(place(&explained, target, self.sources));
                problems.push(Problem { place, message: explained.message, hint: explained.hint });
            }
            bytes += self.text.len();
            let Some(&innermost) = chain.last() else { break };
            if bytes > REPEATED_BYTES_MAX || !left.insert(innermost) {
                break;
            }
            let entry = explained.token.inward.iter().rev().find_map(|step| match step {
                Inward::Entry(entry) => Some(Some(*entry)),
                Inward::Item(..) => Some(None),
                Inward::Part(_) => None,
            });
            omitted.push(Omitted { chain, entry: entry.flatten() });
        }
        Err(problems)
    }
}

/// Whether an error may be there only because something inside the value it belongs to has been left out.
fn is_consequence(explained: &Explained, chain: &[Span], omitted: &[Omitted], sources: &Sources) -> bool {
    let mut inside = omitted.iter().filter(|o| o.chain.len() > chain.len() && o.chain.starts_with(chain)).peekable();
    match explained.missing_field {
        // A field that was not left out is missing in its own right.
        Some(field) => inside.any(|o| o.entry.is_some_and(|entry| key_of(&entry.key, sources).text == field)),
        None => inside.peek().is_some(),
    }
}

/// Where an explained error is shown: at its token, or at the key of the struct or list it is about.
fn place(explained: &Explained, target: Target, sources: &Sources) -> Place {
    let token = &explained.token;
    let span = match token.role {
        Role::Scalar | Role::Name | Role::Key => token.node.head(),
        Role::Open | Role::Close | Role::Mark => {
            let entry = match token.inward.last() {
                Some(Inward::Entry(entry)) => Some(*entry),
                Some(_) => None,
                None => target.entry,
            };
            Target { node: token.node, entry }.span()
        }
    };
    sources.place(span)
}

/// The byte offset of a line and column that count characters from 1.
fn offset(text: &str, position: ron::error::Position) -> usize {
    let mut start = 0;
    for _ in 1..position.line {
        start += text[start..].find('\n').map_or(0, |end| end + 1);
    }
    let column = text[start..].char_indices().nth(position.col.saturating_sub(1));
    column.map_or(text.len(), |(at, _)| start + at)
}
