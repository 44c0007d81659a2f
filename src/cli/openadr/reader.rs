//! Walks through JSON and says what is wrong where, all at once.

use serde_json::{Map, Value};
use std::fmt;

/// Problems kept, at most: a hostile file must not fill the memory with complaints about itself.
const PROBLEMS_MAX: usize = 1_000;
/// Problems printed in full.
const PRINTED_MAX: usize = 100;
/// Characters of a value that a message repeats.
const QUOTED_CHARS: usize = 40;

/// One thing that is wrong with a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where: `$.intervals[0].payloads[1].type`, or a line and column if it is no JSON at all.
    pub(crate) place: String,
    /// What is wrong: a lower-case fragment.
    pub(crate) message: String,
    /// What would be right.
    pub(crate) hint: String,
}

impl Problem {
    /// A problem at a place.
    pub(crate) fn new(place: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { place: place.to_owned(), message: message.into(), hint: hint.into() }
    }
}

/// Every problem of a text, in the order found; there is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Problem { place, message, hint } in self.0.iter().take(PRINTED_MAX) {
            let [place, message, hint] = [place, message, hint].map(|text| printable(text));
            write!(f, "error: {message}\n --> {place}\n  = help: {hint}\n\n")?;
        }
        match self.0.len() {
            1 => f.write_str("1 problem"),
            n if n <= PRINTED_MAX => write!(f, "{n} problems"),
            n => write!(f, "{n} problems, the first {PRINTED_MAX} shown"),
        }
    }
}

impl std::error::Error for Problems {}

/// The text without what could move the cursor of a terminal.
fn printable(text: &str) -> String {
    let harmless = |c: char| match c {
        '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => '\u{FFFD}',
        c if c.is_control() => '\u{FFFD}',
        c => c,
    };
    text.chars().map(harmless).collect()
}

/// A text of the user's in quotes, cut if it is long.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS) {
        Some((end, _)) => format!("\"{}...\"", &text[..end]),
        None => format!("\"{text}\""),
    }
}

/// What stands at a place, in a few words.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct At<'a> {
    /// The value.
    pub(crate) value: &'a Value,
    /// Its place.
    pub(crate) place: String,
}

/// The fields of an object.
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    place: String,
}

impl<'a> Fields<'a> {
    /// A field that may be missing; `null` is as good as missing.
    pub(crate) fn get(&self, name: &str) -> Option<At<'a>> {
        let value = self.map.get(name).filter(|value| !value.is_null())?;
        Some(At { value, place: format!("{}.{name}", self.place) })
    }
}

/// What a walk has found.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    problems: Vec<Problem>,
    ignored: Vec<String>,
}

impl Reader {
    /// Notes what is wrong.
    pub(crate) fn flag(&mut self, place: &str, message: impl Into<String>, hint: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem::new(place, message, hint));
        }
    }

    /// What was passed over, if nothing is wrong.
    pub(crate) fn finish(self) -> Result<Vec<String>, Problems> {
        if self.problems.is_empty() { Ok(self.ignored) } else { Err(Problems(self.problems)) }
    }

    /// The fields of an object; those that are not known are passed over and noted.
    pub(crate) fn object<'a>(&mut self, at: &At<'a>, known: &[&str]) -> Option<Fields<'a>> {
        let Value::Object(map) = at.value else {
            self.expected(at, "an object", format!("write {{ }} with {}", known.join(", ")));
            return None;
        };
        for name in map.keys().filter(|name| !known.contains(&name.as_str())) {
            if self.ignored.len() < PROBLEMS_MAX {
                self.ignored.push(format!("{}.{}", at.place, printable(name)));
            }
        }
        Some(Fields { map, place: at.place.clone() })
    }

    /// A field that must be there.
    pub(crate) fn require<'a>(&mut self, fields: &Fields<'a>, name: &str, hint: &str) -> Option<At<'a>> {
        let found = fields.get(name);
        if found.is_none() {
            self.flag(&fields.place, format!("missing `{name}`"), hint);
        }
        found
    }

    /// The items of a list.
    pub(crate) fn list<'a>(&mut self, at: &At<'a>) -> Vec<At<'a>> {
        let Value::Array(items) = at.value else {
            self.expected(at, "a list", "write [ ] around what stands here");
            return Vec::new();
        };
        let item = |(i, value)| At { value, place: format!("{}[{i}]", at.place) };
        items.iter().enumerate().map(item).collect()
    }

    /// A text of 1 to 128 characters, as most of the standard's texts are.
    pub(crate) fn text(&mut self, at: &At) -> Option<String> {
        let text = self.any_text(at)?;
        let length = text.chars().count();
        if !(1..=128).contains(&length) {
            let message =
                if length == 0 { "the text is empty".to_owned() } else { format!("the text has {length} characters") };
            self.flag(&at.place, message, "write 1 to 128 characters");
            return None;
        }
        Some(text)
    }

    /// A text of any length.
    pub(crate) fn any_text(&mut self, at: &At) -> Option<String> {
        let Value::String(text) = at.value else {
            self.expected(at, "a text", "write it in quotes");
            return None;
        };
        Some(text.clone())
    }

    /// An id: 1 to 128 letters of ASCII, digits, `-` and `_`.
    pub(crate) fn id(&mut self, at: &At) -> Option<String> {
        let text = self.text(at)?;
        if text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            return Some(text);
        }
        let hint = "write letters of ASCII, digits, `-` and `_`";
        self.flag(&at.place, format!("{} is no object id", quoted(&text)), hint);
        None
    }

    /// A whole number in a range.
    pub(crate) fn integer(&mut self, at: &At, low: i64, high: i64) -> Option<i64> {
        let found = at.value.as_i64().filter(|number| (low..=high).contains(number));
        if found.is_none() {
            let hint = match (low, high) {
                (0, i64::MAX) => "write 0 or more".to_owned(),
                _ => format!("write {low} to {high}"),
            };
            self.expected(at, "a whole number in range", hint);
        }
        found
    }

    /// Yes or no.
    pub(crate) fn flag_value(&mut self, at: &At) -> Option<bool> {
        let found = at.value.as_bool();
        if found.is_none() {
            self.expected(at, "true or false", "write true or false");
        }
        found
    }

    /// A number.
    pub(crate) fn number(&mut self, at: &At) -> Option<f64> {
        let found = at.value.as_f64();
        if found.is_none() {
            self.expected(at, "a number", "write a number");
        }
        found
    }

    /// A text that a function understands.
    pub(crate) fn spelt<T>(&mut self, at: &At, what: &str, hint: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.any_text(at)?;
        let found = parse(&text);
        if found.is_none() {
            self.flag(&at.place, format!("{} is no {what}", quoted(&text)), hint);
        }
        found
    }

    /// Notes that something else stands where something was expected.
    fn expected(&mut self, at: &At, what: &str, hint: impl Into<String>) {
        self.flag(&at.place, format!("expected {what}, found {}", shown(at.value)), hint);
    }
}

/// Parses JSON.
pub(crate) fn json(bytes: &[u8]) -> Result<Value, Problems> {
    serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        let message = error.to_string();
        // The position stands in the place already.
        let message = message.split(" at line ").next().unwrap_or_default();
        let hint = if bytes.is_empty() { "the file is empty" } else { "write JSON in UTF-8, as RFC 8259 defines it" };
        Problems(vec![Problem::new(&place, message, hint)])
    })
}
