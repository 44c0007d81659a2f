//! Literals of the notation: strings, characters and numbers, checked and decoded.

use std::borrow::Cow;

/// What is wrong with a literal: where, in bytes from its start, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) message: &'static str,
}

const fn fault(at: usize, message: &'static str) -> Fault {
    Fault { at, message }
}

/// The content of a string literal, which is given with its quotes, escaped or raw.
pub(super) fn unquote(literal: &str) -> Result<Cow<'_, str>, Fault> {
    if let Some(raw) = literal.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let inner = raw.get(hashes + 1..raw.len().saturating_sub(hashes + 1));
        return inner.map(Cow::Borrowed).ok_or(fault(0, "this is not a string"));
    }
    let inner = literal.get(1..literal.len().saturating_sub(1)).ok_or(fault(0, "this is not a string"))?;
    if inner.contains('\\') { unescape(inner, 1).map(Cow::Owned) } else { Ok(Cow::Borrowed(inner)) }
}

/// Resolves the escapes of a string's inside, which begins `offset` bytes into the literal.
fn unescape(inner: &str, offset: usize) -> Result<String, Fault> {
    let mut bytes = Vec::with_capacity(inner.len());
    let mut at = 0;
    while let Some(found) = inner[at..].find('\\') {
        bytes.extend_from_slice(&inner.as_bytes()[at..at + found]);
        at += found;
        let rest = &inner[at + 1..];
        if rest.starts_with('\n') || rest.starts_with("\r\n") {
            at = inner.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            continue;
        }
        let (escape, length) = escape(&inner[at..]).map_err(|f| fault(offset + at + f.at, f.message))?;
        match escape {
            Escape::Char(c) => {
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                at += length;
            }
            Escape::Byte(_) => {
                let (c, length) = byte_escapes(&inner[at..]).map_err(|f| fault(offset + at + f.at, f.message))?;
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                at += length;
            }
        }
    }
    bytes.extend_from_slice(&inner.as_bytes()[at..]);
    String::from_utf8(bytes).map_err(|_| fault(offset, "this is not a string"))
}

/// Reads the `\x` escapes that together make one character in UTF-8, and says how many bytes they take.
fn byte_escapes(text: &str) -> Result<(char, usize), Fault> {
    let mut bytes = Vec::with_capacity(4);
    let mut at = 0;
    while bytes.len() < 4 && text[at..].starts_with("\\x") {
        match escape(&text[at..]).map_err(|f| fault(at + f.at, f.message))? {
            (Escape::Byte(byte), length) => {
                bytes.push(byte);
                at += length;
            }
            (Escape::Char(_), _) => break,
        }
        if let Some(c) = std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next()) {
            return Ok((c, at));
        }
    }
    Err(fault(at.saturating_sub(4), "the `\\x` escapes make no character"))
}

enum Escape {
    Char(char),
    /// `\x` with a value above 127: part of a character in UTF-8.
    Byte(u8),
}

/// Reads one escape from its backslash on, and says how many bytes it takes.
fn escape(text: &str) -> Result<(Escape, usize), Fault> {
    const UNKNOWN: &str = "unknown escape; known are \\n \\r \\t \\0 \\\\ \\\" \\' \\x7F \\u{1F50C}";
    let simple = |c| Ok((Escape::Char(c), 2));
    match text.as_bytes().get(1) {
        Some(b'n') => simple('\n'),
        Some(b'r') => simple('\r'),
        Some(b't') => simple('\t'),
        Some(b'0') => simple('\0'),
        Some(&c @ (b'\\' | b'"' | b'\'')) => simple(char::from(c)),
        Some(b'x') => {
            let digits = text.get(2..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
            let byte = digits.and_then(|d| u8::from_str_radix(d, 16).ok());
            let byte = byte.ok_or(fault(0, "`\\x` takes two hexadecimal digits"))?;
            Ok((if byte.is_ascii() { Escape::Char(char::from(byte)) } else { Escape::Byte(byte) }, 4))
        }
        Some(b'u') => {
            const SHAPE: &str = "`\\u` takes one to six hexadecimal digits in braces";
            let rest = text[2..].strip_prefix('{').ok_or(fault(0, SHAPE))?;
            let digits = rest.split('}').next().filter(|d| d.len() < rest.len()).ok_or(fault(0, SHAPE))?;
            if digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(fault(0, SHAPE));
            }
            let c = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
            let c = c.ok_or(fault(0, "this `\\u` escape names no character"))?;
            Ok((Escape::Char(c), digits.len() + 4))
        }
        _ => Err(fault(0, UNKNOWN)),
    }
}

/// The length of the character literal the text begins with.
pub(super) fn char_length(text: &str) -> Result<usize, Fault> {
    const SHAPE: &str = "a character is written as one character between single quotes";
    let inner = text.get(1..).unwrap_or_default();
    let length = match inner.chars().next() {
        Some('\\') => match escape(inner).map_err(|f| fault(f.at + 1, f.message))? {
            (Escape::Char(_), length) => length,
            (Escape::Byte(_), _) => return Err(fault(1, "`\\x` in a character goes up to 7F; use `\\u{..}`")),
        },
        Some(c) => c.len_utf8(),
        None => return Err(fault(0, SHAPE)),
    };
    if inner[length..].starts_with('\'') { Ok(length + 2) } else { Err(fault(0, SHAPE)) }
}

/// A character literal without needless escapes.
pub(super) fn plain_char(literal: &str) -> Cow<'_, str> {
    match escape(literal.get(1..).unwrap_or_default()) {
        Ok((Escape::Char(c), _)) => Cow::Owned(format!("'{c}'")),
        _ => Cow::Borrowed(literal),
    }
}

/// The length of the plain decimal number at the start of the text, if there is one and nothing clings to it.
///
/// Nearly all numbers of a world are plain, and this is a good deal faster than a look at everything a number can be.
pub(super) fn plain_number_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(sign);
    let mut end = sign + whole;
    if bytes.get(end) == Some(&b'.') {
        end += 1 + digits(end + 1);
    }
    let clings = bytes.get(end).is_some_and(|b| b.is_ascii_alphanumeric() || b"_.+-".contains(b));
    (whole > 0 && !clings).then_some(end)
}

/// The length of the run at the start of the text that is, or was meant to be, one number or range.
pub(super) fn number_length(text: &str) -> usize {
    let one = |text: &str| {
        let run = text.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"_.+-".contains(b)).count();
        text[..run].find("..").unwrap_or(run)
    };
    let start = one(text);
    match text[start..].strip_prefix("..") {
        Some(rest) => {
            let equals = usize::from(rest.starts_with('='));
            start + 2 + equals + one(&rest[equals..])
        }
        None => start,
    }
}

/// Whether a run is a number or a range of numbers.
pub(super) fn is_number(run: &str) -> bool {
    match run.split_once("..") {
        None => is_plain_number(run),
        Some((start, end)) => {
            let inclusive = end.starts_with('=');
            let end = end.strip_prefix('=').unwrap_or(end);
            (start.is_empty() || is_plain_number(start)) && ((end.is_empty() && !inclusive) || is_plain_number(end))
        }
    }
}

/// Whether a run is one of the numbers that are not finite, or a range with one.
pub(super) fn is_not_finite(run: &str) -> bool {
    let one = |text: &str| {
        let text = text.strip_prefix(['+', '-']).unwrap_or(text);
        let text = text.strip_suffix("f32").or(text.strip_suffix("f64")).unwrap_or(text);
        text == "inf" || text == "NaN"
    };
    run.split("..").any(|part| one(part.strip_prefix('=').unwrap_or(part)))
}

fn is_plain_number(run: &str) -> bool {
    if is_not_finite(run) {
        return true;
    }
    let digits = run.strip_prefix(['+', '-']).unwrap_or(run);
    let radix = match digits.get(..2) {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => return is_decimal(digits),
    };
    let digits = without_suffix(&digits[2..], &INTEGER_SUFFIXES);
    !digits.starts_with('_') && !digits.is_empty() && digits.chars().all(|c| c == '_' || c.is_digit(radix))
}

const INTEGER_SUFFIXES: [&str; 10] = ["i8", "i16", "i32", "i64", "i128", "u8", "u16", "u32", "u64", "u128"];

fn is_decimal(digits: &str) -> bool {
    let integer = without_suffix(digits, &INTEGER_SUFFIXES);
    if integer.len() < digits.len() {
        return integer.starts_with(|c: char| c.is_ascii_digit())
            && integer.bytes().all(|b| b == b'_' || b.is_ascii_digit());
    }
    let float = without_suffix(digits, &["f32", "f64"]);
    if !float.starts_with(|c: char| c == '.' || c.is_ascii_digit()) {
        return false;
    }
    if float.bytes().all(|b| b.is_ascii_digit()) {
        return true;
    }
    float.replace('_', "").parse::<f64>().is_ok()
}

fn without_suffix<'a>(digits: &'a str, suffixes: &[&str]) -> &'a str {
    suffixes.iter().find_map(|suffix| digits.strip_suffix(suffix)).unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn strings_are_decoded() {
        for (literal, content) in [
            (r#""""#, ""),
            (r#""福田 \"x\" \\ \' \n\r\t\0""#, "福田 \"x\" \\ ' \n\r\t\0"),
            (r#""\x41\u{42}\u{1f50c}""#, "AB🔌"),
            (r#""\xE7\xA6\x8f""#, "福"),
            ("\"a\\\n   \t b\"", "ab"),
            ("\"a\\\r\n b\"", "ab"),
            (r#"r"a\n""#, "a\\n"),
            (r###"r##"a"#b"##"###, "a\"#b"),
            (r#"r"""#, ""),
        ] {
            assert_eq!(unquote(literal).as_deref(), Ok(content), "{literal}");
            assert_eq!(ron::from_str::<String>(literal).as_deref(), Ok(content), "{literal}");
        }
    }

    #[test]
    fn bad_escapes_are_found_where_they_stand() {
        for (literal, at, message) in [
            (r#""ab\q""#, 3, "unknown escape; known are \\n \\r \\t \\0 \\\\ \\\" \\' \\x7F \\u{1F50C}"),
            (r#""\x4""#, 1, "`\\x` takes two hexadecimal digits"),
            (r#""福\u41""#, 4, "`\\u` takes one to six hexadecimal digits in braces"),
            (r#""\u{}""#, 1, "`\\u` takes one to six hexadecimal digits in braces"),
            (r#""\u{1234567}""#, 1, "`\\u` takes one to six hexadecimal digits in braces"),
            (r#""\u{D800}""#, 1, "this `\\u` escape names no character"),
            (r#""\xcA\x41""#, 1, "the `\\x` escapes make no character"),
            ("\"\\xcA\\\n\\x80\"", 1, "the `\\x` escapes make no character"),
            (r#""a\xE7\xA6b""#, 6, "the `\\x` escapes make no character"),
        ] {
            assert_eq!(unquote(literal), Err(Fault { at, message }), "{literal}");
            assert!(ron::from_str::<String>(literal).is_err(), "{literal}");
        }
    }

    #[test]
    fn characters_have_a_length() {
        for (text, length) in [("'a' ", 3), ("'福'", 5), (r"'\n'", 4), (r"'\x41'", 6), (r"'\u{41}'", 8), ("'''", 3)] {
            assert_eq!(char_length(text), Ok(length), "{text}");
        }
        for text in ["'", "''", "'ab'", r"'\q'", r"'\xE7'", "'a"] {
            assert!(char_length(text).is_err(), "{text}");
        }
        assert_eq!(plain_char(r"'\x41'"), "'A'");
        assert_eq!(plain_char("'福'"), "'福'");
    }

    #[test]
    fn numbers_are_told_from_what_only_looks_like_one() {
        for run in [
            "0", "12", "1_000", "-5", "+5", "0xFF", "0b1_0", "0o17", "1.", ".5", "-.5", "1.5e-3", "1E5", "1_0.5_0",
            "5u8", "-5i64", "1.5f32", "5f64", "inf", "-inf", "+NaN", "NaNf32", "1..2", "1..=2", "1..", "..2", "..=2",
            "..", "1.5..2.5", "0xFFu8",
        ] {
            assert!(is_number(run), "{run}");
            assert_eq!(number_length(&format!("{run},")), run.len(), "{run}");
            let plain = plain_number_length(&format!("{run},"));
            assert!(plain.is_none_or(|length| length == run.len()), "{run}");
        }
        for run in [
            "",
            "-",
            "+",
            ".",
            "1.2.3",
            "12abc",
            "0x",
            "0xG",
            "0b2",
            "1e",
            "5u7",
            "2025-07-01",
            "_1",
            "--1",
            "0x_1",
            "infinity",
            "-nan",
            "1..=",
            "..=",
            "e5",
        ] {
            assert!(!is_number(run), "{run}");
            assert_eq!(plain_number_length(run), None, "{run}");
        }
        assert_eq!(["12", "-1.5,", "1.", "0)"].map(plain_number_length), [Some(2), Some(4), Some(2), Some(1)]);
        assert!(is_not_finite("-inf") && is_not_finite("NaNf64") && is_not_finite("0..=inf"));
        assert!(!is_not_finite("1e5") && !is_not_finite("info"));
    }

    proptest! {
        #[test]
        fn a_string_that_can_be_decoded_reads_the_same_to_the_typed_parse(
            inner in r#"([ a福]|\\[nrtx0u'\\"q]|\\x[0-9A-Fa-f]{1,3}|\\u\{[0-9A-F]{0,7}\}|\\\r?\n|[{}\r\n]){0,12}"#
        ) {
            let literal = format!("\"{inner}\"");
            let ours = unquote(&literal).map(Cow::into_owned).ok();
            prop_assert_eq!(ours, ron::from_str::<String>(&literal).ok());
        }

        #[test]
        fn what_the_typed_parse_takes_for_a_number_is_one(run in r"[+-]?(0x|0b|0o)?[0-9_a-f.e+-]{1,8}(u8|i32|f64|f32)?") {
            let float = ron::from_str::<f64>(&run).is_ok_and(f64::is_finite);
            let integer = ron::from_str::<i64>(&run).is_ok() || ron::from_str::<u8>(&run).is_ok();
            prop_assert!(is_number(&run) || !(float || integer), "{}", run);
        }
    }
}
