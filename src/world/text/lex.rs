//! The cursor of the locator: blanks, comments, identifiers and literals, without any structure.

use super::literal::{self, Fault};

/// A position in a text. It always stands between two characters.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    pub(super) at: usize,
}

/// A literal the cursor has passed, and what is wrong with it.
pub(super) struct Passed {
    pub(super) fault: Option<Fault>,
    /// No closing quote follows in the whole text.
    pub(super) unclosed: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    /// Everything from here on.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Everything from an earlier position up to here.
    pub(super) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    pub(super) fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn char(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Goes to the end of the text.
    pub(super) fn finish(&mut self) {
        self.at = self.text.len();
    }

    /// Passes one character, whatever it is.
    pub(super) fn skip_char(&mut self) {
        self.at += self.char().map_or(0, char::len_utf8);
    }

    /// Passes one byte, if it is this one.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let here = self.byte() == Some(byte);
        self.at += usize::from(here);
        here
    }

    /// Passes blanks and comments.
    ///
    /// # Errors
    ///
    /// The position of a block comment that is never closed; the cursor is then at the end.
    pub(super) fn skip_blanks(&mut self) -> Result<(), usize> {
        loop {
            match self.byte() {
                Some(b' ' | b'\t' | b'\n' | b'\r' | 0x0B | 0x0C) => self.at += 1,
                Some(b'/') if self.rest().starts_with("//") => {
                    self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                }
                Some(b'/') if self.rest().starts_with("/*") => self.skip_block_comment()?,
                Some(0x80..)
                    if matches!(self.char(), Some('\u{85}' | '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}')) =>
                {
                    self.skip_char();
                }
                _ => return Ok(()),
            }
        }
    }

    fn skip_block_comment(&mut self) -> Result<(), usize> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut depth = 0_usize;
        while let Some(pair) = bytes.get(self.at..self.at + 2) {
            match pair {
                b"/*" => depth += 1,
                b"*/" => depth -= 1,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            self.at += 2;
            if depth == 0 {
                return Ok(());
            }
        }
        self.finish();
        Err(start)
    }

    /// Whether a literal begins here that could be mistaken for an identifier.
    fn at_prefixed_literal(&self) -> bool {
        matches!(self.byte(), Some(b'r' | b'b'))
            && ["r\"", "r#\"", "r##", "b\"", "b'", "br\"", "br#"].iter().any(|p| self.rest().starts_with(p))
    }

    /// Passes an identifier, raw or plain, and gives it as it is written.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        if self.at_prefixed_literal() {
            return None;
        }
        let rest = self.rest();
        let length = if let Some(raw) = rest.strip_prefix("r#") {
            let name = raw.find(|c: char| !(is_word(c) || ".+-".contains(c))).unwrap_or(raw.len());
            if name == 0 { 0 } else { name + 2 }
        } else if rest.starts_with(|c: char| c == '_' || c.is_alphabetic()) {
            word_length(rest)
        } else {
            0
        };
        self.at += length;
        (length > 0).then(|| &rest[..length])
    }

    /// Passes a string or byte string, if one begins here.
    pub(super) fn string(&mut self) -> Option<Passed> {
        let rest = self.rest();
        let prefix = rest.bytes().take_while(|b| b"br".contains(b)).count();
        if prefix > 0 && !self.at_prefixed_literal() {
            return None;
        }
        let raw = rest[..prefix].ends_with('r');
        let hashes = if raw { rest[prefix..].bytes().take_while(|&b| b == b'#').count() } else { 0 };
        let open = prefix + hashes;
        if rest.as_bytes().get(open) != Some(&b'"') {
            return None;
        }
        let inner = &rest[open + 1..];
        let end = if raw { inner.find(&format!("\"{}", "#".repeat(hashes))) } else { closing_quote(inner) };
        let Some(end) = end else {
            self.finish();
            return Some(Passed { fault: None, unclosed: true });
        };
        let length = open + 1 + end + 1 + hashes;
        self.at += length;
        // A byte string may hold bytes that are no text: its escapes are left to the typed parse.
        let fault = if rest.starts_with('b') { None } else { literal::unquote(&rest[..length]).err() };
        Some(Passed { fault, unclosed: false })
    }

    /// Passes a character or a byte, if one begins here. A faulty one is passed as far as its line has a quote.
    pub(super) fn quoted_char(&mut self) -> Option<Passed> {
        let prefix = usize::from(self.rest().starts_with("b'"));
        let rest = &self.rest()[prefix..];
        if !rest.starts_with('\'') {
            return None;
        }
        let (length, fault) = match literal::char_length(rest) {
            Ok(length) => (length, None),
            // A byte may be above 127.
            Err(_) if prefix == 1 && rest.starts_with(r"'\x") && rest.as_bytes().get(5) == Some(&b'\'') => (6, None),
            Err(fault) => {
                let line = rest.lines().next().unwrap_or(rest);
                (line[1..].find('\'').map_or(1, |end| end + 2), Some(fault))
            }
        };
        self.at += prefix + length;
        Some(Passed { fault, unclosed: false })
    }

    /// Passes a plain decimal number, if one begins here.
    pub(super) fn plain_number(&mut self) -> bool {
        let length = literal::plain_number_length(self.rest());
        self.at += length.unwrap_or(0);
        length.is_some()
    }

    /// Passes what is, or was meant to be, a number, if one begins here.
    pub(super) fn number(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_ascii_digit() || ".+-".contains(c)) {
            return None;
        }
        let length = literal::number_length(rest);
        self.at += length;
        (length > 0).then(|| &rest[..length])
    }
}

/// Whether a character may stand inside an identifier.
pub(super) fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// The length of the run of word characters the text begins with.
fn word_length(text: &str) -> usize {
    let ascii = text.bytes().take_while(|&b| b == b'_' || b.is_ascii_alphanumeric()).count();
    match text.as_bytes().get(ascii) {
        Some(0x80..) => text.find(|c: char| !is_word(c)).unwrap_or(text.len()),
        _ => ascii,
    }
}

/// The first quote that no backslash escapes.
fn closing_quote(inner: &str) -> Option<usize> {
    let bytes = inner.as_bytes();
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|b| matches!(b, b'"' | b'\\'))?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}
