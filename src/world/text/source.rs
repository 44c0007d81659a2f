//! Source texts: their names, and lines and columns for byte offsets.
//!
//! The tables that turn an offset into a line and a column are made when the first problem asks for them, so that a
//! faultless file does not pay. Both answers take constant time in the length of a line: a generated world may well
//! stand on one line of several megabytes.

use super::tree::Span;
use crate::world::problem::Place;
use std::sync::OnceLock;

/// Bytes between two entries of the table of character counts.
const BLOCK_BYTES: usize = 1024;
/// Characters of a source line that are shown at most, marks of omission included.
const SHOWN_CHARS_MAX: u32 = 120;
/// Characters shown before the column, if the line has to be cut on both sides.
const SHOWN_BEFORE: u32 = 50;

/// A file's text, or a `--set` argument.
#[derive(Clone, Debug)]
pub(super) struct Source {
    name: String,
    text: String,
    lines: OnceLock<Lines>,
}

/// Where lines begin, and how many characters stand before each block.
#[derive(Clone, Debug)]
struct Lines {
    starts: Vec<u32>,
    chars_before: Vec<u32>,
}

impl Source {
    /// A text under the name its problems show.
    pub(super) fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), lines: OnceLock::new() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::of(self.text.as_bytes()))
    }

    /// Characters before a byte offset.
    fn chars_before(&self, offset: usize) -> u32 {
        let block = offset / BLOCK_BYTES;
        self.lines().chars_before[block] + count_chars(&self.text.as_bytes()[block * BLOCK_BYTES..offset])
    }

    /// The place of the text from `start` to `end`, or to the end of the line if it is longer.
    fn place(&self, order: u32, start: usize, end: usize) -> Place {
        let start = start.min(self.text.len());
        let starts = &self.lines().starts;
        let line = starts.partition_point(|&s| s as usize <= start);
        let line_start = starts[line - 1] as usize;
        let line_end = starts.get(line).map_or(self.text.len(), |&next| next as usize - 1);
        let line_end = line_start + self.text[line_start..line_end].trim_end_matches('\r').len();
        let column = self.chars_before(start) - self.chars_before(line_start);
        let inner = start.min(line_end);
        let marked = self.chars_before(end.clamp(inner, line_end)) - self.chars_before(inner);
        let (source_line, shown) = self.cut(line_start, line_end, inner);
        Place {
            order,
            file: self.name.clone(),
            line: line as u32,
            column: column + 1,
            length: marked.max(1),
            source_line,
            shown_column: shown + column - (self.chars_before(inner) - self.chars_before(line_start)) + 1,
        }
    }

    /// The part of a line around `at` that is shown, and how many characters of it stand before `at`.
    fn cut(&self, line_start: usize, line_end: usize, at: usize) -> (String, u32) {
        let before = self.chars_before(at) - self.chars_before(line_start);
        let after = self.chars_before(line_end) - self.chars_before(at);
        if before + after <= SHOWN_CHARS_MAX {
            return (self.text[line_start..line_end].to_owned(), before);
        }
        let room = SHOWN_CHARS_MAX - 2;
        let shown_after = after.min(room - before.min(SHOWN_BEFORE));
        let shown_before = before.min(room - shown_after);
        let head: String = {
            let reversed: Vec<char> = self.text[line_start..at].chars().rev().take(shown_before as usize).collect();
            reversed.into_iter().rev().collect()
        };
        let tail: String = self.text[at..line_end].chars().take(shown_after as usize).collect();
        let left = if shown_before < before { "…" } else { "" };
        let right = if shown_after < after { "…" } else { "" };
        (format!("{left}{head}{tail}{right}"), shown_before + u32::from(!left.is_empty()))
    }
}

impl Lines {
    fn of(bytes: &[u8]) -> Self {
        let breaks = bytes.iter().enumerate().filter(|&(_, &b)| b == b'\n').map(|(i, _)| i as u32 + 1);
        let mut chars_before = vec![0];
        for block in bytes.chunks_exact(BLOCK_BYTES) {
            chars_before.push(chars_before[chars_before.len() - 1] + count_chars(block));
        }
        Self { starts: std::iter::once(0).chain(breaks).collect(), chars_before }
    }
}

/// Characters that begin in these bytes of UTF-8.
fn count_chars(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|&&b| b & 0xC0 != 0x80).count() as u32
}

/// All the texts of a document, in the order in which they were read.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources(Vec<Source>);

impl Sources {
    /// Takes a text in and gives the number by which spans name it.
    pub(super) fn add(&mut self, source: Source) -> u32 {
        self.0.push(source);
        self.0.len() as u32 - 1
    }

    pub(super) fn get(&self, source: u32) -> &Source {
        &self.0[source as usize]
    }

    /// The text a span covers.
    pub(super) fn text(&self, span: Span) -> &str {
        &self.get(span.source).text[span.start as usize..span.end as usize]
    }

    /// The place a span covers.
    pub(super) fn place(&self, span: Span) -> Place {
        self.get(span.source).place(span.source, span.start as usize, span.end as usize)
    }

    /// The place that means a file as a whole.
    pub(super) fn whole(&self, source: u32) -> Place {
        Place {
            order: source,
            file: self.get(source).name.clone(),
            line: 0,
            column: 0,
            length: 1,
            source_line: String::new(),
            shown_column: 1,
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Source::name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(text: &str, start: usize, end: usize) -> (u32, u32, u32, String, u32) {
        let place = Source::new("x.ron", text).place(0, start, end);
        (place.line, place.column, place.length, place.source_line, place.shown_column)
    }

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let text = "深圳 = 1\r\n\n  福田: 22\n";
        let at = text.find("22").unwrap();
        assert_eq!(place(text, 0, 6), (1, 1, 2, "深圳 = 1".to_owned(), 1));
        assert_eq!(place(text, at, at + 2), (3, 7, 2, "  福田: 22".to_owned(), 7));
        assert_eq!(place(text, 0, text.len()), (1, 1, 6, "深圳 = 1".to_owned(), 1));
        assert_eq!(place(text, text.len(), text.len()), (4, 1, 1, String::new(), 1));
        assert_eq!(place("", 0, 0), (1, 1, 1, String::new(), 1));
        assert_eq!(place("a", 99, 99), (1, 2, 1, "a".to_owned(), 2));
    }

    #[test]
    fn the_line_break_itself_is_one_past_the_line() {
        assert_eq!(place("ab\ncd", 2, 3), (1, 3, 1, "ab".to_owned(), 3));
        // The break of a CRLF line is shown at the end of the line, whichever of its two bytes is meant.
        assert_eq!(place("ab\r\ncd", 3, 4), (1, 4, 1, "ab".to_owned(), 4));
    }

    #[test]
    fn a_long_line_is_cut_around_the_column() {
        let line = format!("{}X{}", "a".repeat(500), "b".repeat(500));
        let (_, column, _, shown, shown_column) = place(&line, 500, 501);
        assert_eq!((column, shown.chars().count()), (501, 120));
        assert_eq!(shown, format!("…{}X{}…", "a".repeat(50), "b".repeat(67)));
        assert_eq!(shown.chars().nth(shown_column as usize - 1), Some('X'));
        let (.., start, shown_column) = place(&line, 0, 1);
        assert_eq!((start, shown_column), (format!("{}…", "a".repeat(118)), 1));
        let (.., end, _) = place(&line, 1000, 1001);
        assert_eq!(end, format!("…{}", "b".repeat(118)));
    }

    proptest! {
        #[test]
        fn the_tables_agree_with_counting(text in "[a福\r\n ]{0,3000}", position in 0.0..1.0) {
            let mut at = (text.len() as f64 * position) as usize;
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let before = &text[..at];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
            let (found_line, found_column, length, shown, shown_column) = place(&text, at, at + 1);
            prop_assert_eq!((found_line as usize, found_column as usize), (line, column));
            prop_assert!(shown.chars().count() <= 120 && length == 1);
            let c = text[at..].chars().next().filter(|&c| c != '\n' && c != '\r');
            if let Some(c) = c {
                prop_assert_eq!(shown.chars().nth(shown_column as usize - 1), Some(c));
            }
        }
    }
}
