//! The canonical form of values: what two spellings of the same thing have in common.
//!
//! Keys are compared in it (`1_000` and `1000` are one key of a map), and the digest of a document is taken over it,
//! so that comments, blanks, the order of fields and the spelling of a number do not count.

use super::literal;
use super::source::Sources;
use super::tree::{Kind, Node, Row, Table};
use std::borrow::Cow;
use std::fmt::Write;

/// Whole numbers above this are not all representable as `f64`; such a float is not spelt as an integer.
const EXACT_FLOAT_MAX: f64 = 9_007_199_254_740_992.0;

/// A key as it is compared: two keys are the same if both text and class are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key<'a> {
    /// What the key reads, without quotes.
    pub(super) text: Cow<'a, str>,
    /// Tells the word `a` from the string `"a"`.
    class: Class,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Word,
    Text,
    Number,
    Other,
}

/// The key a node stands for.
pub(super) fn key_of<'a>(node: &Node, sources: &'a Sources) -> Key<'a> {
    let text = sources.text(node.span);
    match node.kind {
        Kind::Word => Key { text: Cow::Borrowed(plain_word(text)), class: Class::Word },
        Kind::Text => Key { text: literal::unquote(text).unwrap_or(Cow::Borrowed(text)), class: Class::Text },
        Kind::Number => Key { text: number(text), class: Class::Number },
        _ => {
            let mut form = String::new();
            // Writing to a string cannot fail.
            let _ = write_canonical(node, sources, &mut form);
            Key { text: Cow::Owned(form), class: Class::Other }
        }
    }
}

/// An identifier without the mark of a raw one.
pub(super) fn plain_word(word: &str) -> &str {
    word.strip_prefix("r#").unwrap_or(word)
}

/// A number in its shortest spelling: decimal, without underscores, signs that say nothing, or idle zeros.
///
/// A float that is a whole number is spelt like the integer. A suffix such as `u8` stays.
pub(super) fn number(raw: &str) -> Cow<'_, str> {
    let plain = !raw.is_empty() && raw.len() <= 18 && raw.bytes().all(|b| b.is_ascii_digit());
    if plain && (raw.len() == 1 || !raw.starts_with('0')) {
        return Cow::Borrowed(raw);
    }
    let text = raw.replace('_', "");
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'-') => ("-", &text[1..]),
        Some(b'+') => ("", &text[1..]),
        _ => ("", text.as_str()),
    };
    let parsed = match digits.get(..2) {
        Some("0x") => u128::from_str_radix(&digits[2..], 16).ok(),
        Some("0o") => u128::from_str_radix(&digits[2..], 8).ok(),
        Some("0b") => u128::from_str_radix(&digits[2..], 2).ok(),
        _ => digits.parse::<u128>().ok(),
    };
    if let Some(value) = parsed {
        return Cow::Owned(format!("{sign}{value}"));
    }
    match digits.parse::<f64>() {
        Ok(value) if digits.starts_with(|c: char| c == '.' || c.is_ascii_digit()) && value.is_finite() => {
            let whole = value.abs() < EXACT_FLOAT_MAX && value == value.trunc();
            Cow::Owned(if whole { format!("{sign}{}", value as u64) } else { format!("{sign}{value:e}") })
        }
        _ => Cow::Owned(text),
    }
}

/// Writes a value in its canonical form.
pub(super) fn write_canonical(node: &Node, sources: &Sources, out: &mut impl Write) -> std::fmt::Result {
    match &node.kind {
        Kind::Number | Kind::Word => out.write_str(&key_of(node, sources).text),
        Kind::Text => write_quoted(&key_of(node, sources).text, out),
        Kind::Char => out.write_str(&literal::plain_char(sources.text(node.span))),
        Kind::Bytes | Kind::Broken => out.write_str(sources.text(node.span)),
        Kind::Struct(table) => write_table(table, ['(', ')'], sources, out),
        Kind::Map(table) => write_table(table, ['{', '}'], sources, out),
        Kind::Tuple(row) => write_row(row, ['(', ')'], sources, out),
        Kind::List(row) => write_row(row, ['[', ']'], sources, out),
    }
}

fn write_table(table: &Table, brackets: [char; 2], sources: &Sources, out: &mut impl Write) -> std::fmt::Result {
    if let Some(name) = table.name {
        out.write_str(plain_word(sources.text(name)))?;
    }
    out.write_char(brackets[0])?;
    for &i in table.index(sources) {
        let entry = &table.entries[i as usize];
        write_canonical(&entry.key, sources, out)?;
        out.write_char(':')?;
        write_canonical(&entry.value, sources, out)?;
        out.write_char(',')?;
    }
    out.write_char(brackets[1])
}

fn write_row(row: &Row, brackets: [char; 2], sources: &Sources, out: &mut impl Write) -> std::fmt::Result {
    if let Some(name) = row.name {
        out.write_str(plain_word(sources.text(name)))?;
    }
    out.write_char(brackets[0])?;
    for item in &row.items {
        write_canonical(item, sources, out)?;
        out.write_char(',')?;
    }
    out.write_char(brackets[1])
}

fn write_quoted(text: &str, out: &mut impl Write) -> std::fmt::Result {
    out.write_char('"')?;
    for part in text.split_inclusive(['"', '\\']) {
        match part.char_indices().next_back() {
            Some((at, c @ ('"' | '\\'))) => write!(out, "{}\\{c}", &part[..at])?,
            _ => out.write_str(part)?,
        }
    }
    out.write_char('"')
}

/// The 64-bit FNV-1a hash (Fowler, Noll and Vo; offset basis and prime of the published algorithm).
///
/// It tells worlds apart by accident, not by intent: it is no protection against forgery.
pub(super) struct Fnv(u64);

impl Fnv {
    pub(super) const fn new() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }

    pub(super) const fn finish(&self) -> u64 {
        self.0
    }
}

impl Write for Fnv {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for &byte in text.as_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_spelling() {
        for (raw, canonical) in [
            ("0", "0"),
            ("102", "102"),
            ("007", "7"),
            ("1_000", "1000"),
            ("+5", "5"),
            ("-5", "-5"),
            ("0x1F", "31"),
            ("0b101", "5"),
            ("-0o17", "-15"),
            ("60.0", "60"),
            ("6e1", "60"),
            ("-2.50", "-2.5e0"),
            (".3", "3e-1"),
            ("0.30", "3e-1"),
            ("-0.0", "-0"),
            ("18446744073709551616", "18446744073709551616"),
            ("9007199254740993", "9007199254740993"),
            ("1e300", "1e300"),
            ("5u8", "5u8"),
            ("1.5f32", "1.5f32"),
            ("b'x'", "b'x'"),
            ("1..=5", "1..=5"),
            ("1e999", "1e999"),
            ("inf", "inf"),
            ("-NaN", "-NaN"),
        ] {
            assert_eq!(number(raw), canonical, "{raw}");
        }
    }

    #[test]
    fn the_hash_is_the_published_one() {
        // Test vectors of the FNV reference: the empty string, "a", and "foobar".
        for (text, hash) in
            [("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8)]
        {
            let mut fnv = Fnv::new();
            fnv.write_str(text).unwrap();
            assert_eq!(fnv.finish(), hash, "{text}");
        }
    }

    #[test]
    fn quotes_are_escaped_so_that_no_two_strings_look_alike() {
        let mut out = String::new();
        write_quoted(r#"a"b\c""#, &mut out).unwrap();
        assert_eq!(out, r#""a\"b\\c\"""#);
    }
}
