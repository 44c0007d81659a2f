//! Explanations: what the `ron` crate says, in the words of this project and with the path of the value.

use super::canonical::key_of;
use super::lex::is_word;
use super::locate::shortened;
use super::render::{Hit, Role, Token};
use super::source::Sources;
use super::tree::Kind;
use crate::world::problem::nearest;
use ron::Error;

/// Names a hint lists, at most.
const LISTED_MAX: usize = 20;

/// An error as it is shown.
pub(super) struct Explained<'a> {
    pub(super) message: String,
    pub(super) hint: Option<String>,
    /// What the error is about.
    pub(super) token: Token<'a>,
    /// The field that is missing, if that is the error.
    pub(super) missing_field: Option<&'static str>,
}

/// What one explanation is made of.
struct Context<'h, 'a> {
    hit: &'h Hit<'a>,
    base: &'h str,
    sources: &'h Sources,
}

/// Puts an error of the typed parse, which was met at `hit`, into words. `base` is the path of what was parsed.
pub(super) fn explain<'a>(error: &Error, hit: &Hit<'a>, base: &str, sources: &Sources) -> Explained<'a> {
    let context = Context { hit, base, sources };
    let (message, hint) = context.words(error);
    let missing_field = match error {
        Error::MissingStructField { field, .. } => Some(*field),
        _ => None,
    };
    Explained { message, hint, token: context.subject(error), missing_field }
}

impl<'a> Context<'_, 'a> {
    /// The token the error is about: a variant that lacks its value is noticed only behind it, and one that has too
    /// much at the bracket after its name.
    fn subject(&self, error: &Error) -> Token<'a> {
        let token = &self.hit.token;
        let is_behind = matches!(error, Error::ExpectedStructLike)
            && matches!(token.role, Role::Mark | Role::Close)
            && !self.is_missing_in_empty();
        match &self.hit.previous {
            Some(previous) if is_behind => previous.clone(),
            _ if token.role == Role::Open && is_surplus(error) => Token { role: Role::Name, ..token.clone() },
            _ => token.clone(),
        }
    }

    /// Whether the closing bracket follows its own opening one, so that there is no value before it.
    fn is_missing_in_empty(&self) -> bool {
        self.hit.previous.as_ref().is_some_and(|token| token.role == Role::Open)
    }

    fn path(&self) -> String {
        self.hit.token.path(self.base, self.sources)
    }

    /// The path of the struct or map a key stands in.
    fn parent(&self) -> String {
        let mut token = self.hit.token.clone();
        token.inward.pop();
        token.path(self.base, self.sources)
    }

    fn is_key(&self) -> bool {
        self.hit.token.role == Role::Key
    }

    /// Whether the token names a field of a struct, and is no key of a map.
    fn is_field(&self) -> bool {
        let around = self.hit.previous.as_ref().map(|token| &token.node.kind);
        self.is_key() && matches!(around, Some(Kind::Struct(_)))
    }

    fn words(&self, error: &Error) -> (String, Option<String>) {
        match error {
            Error::MissingStructField { field, .. } => {
                (format!("missing field `{field}`{}", within(&self.path())), None)
            }
            Error::NoSuchStructField { found, expected, .. } => unknown("field", found, &self.parent(), expected),
            Error::NoSuchEnumVariant { found, expected, .. } if self.is_key() => {
                unknown("key", found, &self.parent(), expected)
            }
            Error::NoSuchEnumVariant { found, expected, .. } => {
                let suggestion = suggestion(found, expected);
                let message = format!("unknown variant `{}`{}{suggestion}", shortened(found), belonging(&self.path()));
                (message, list(expected).map(|list| format!("known: {list}")))
            }
            Error::DuplicateStructField { field, .. } => {
                let message = format!("field `{field}` is given twice{}", within(&self.path()));
                (message, Some("one of the two may be written under another name of the field".to_owned()))
            }
            Error::ExpectedDifferentStructName { expected, found } => {
                let hint = "the name of a struct may be left out".to_owned();
                (format!("expected `{expected}`{}, found `{}`", self.belonging(), shortened(found)), Some(hint))
            }
            // `ron` writes "an 32-bit unsigned integer".
            Error::InvalidValueForType { expected, .. } => {
                self.expected(&expected.replacen("an 32-", "a 32-", 1), None)
            }
            Error::ExpectedDifferentLength { expected, found } => {
                let values = if *found == 1 { "1 value".to_owned() } else { format!("{found} values") };
                (format!("expected {expected}{}, found {values}", self.belonging()), None)
            }
            Error::Message(message) => self.remark(message),
            Error::IntegerOutOfBounds => self.out_of_range(),
            Error::ExceededRecursionLimit => self.remark("this is nested too deeply"),
            _ => self.words_for_form(error),
        }
    }

    /// Words for the errors that say that a value has the wrong form.
    fn words_for_form(&self, error: &Error) -> (String, Option<String>) {
        let token = &self.hit.token;
        match error {
            Error::ExpectedInteger | Error::InvalidIntegerDigit { .. } => self.expected("a whole number", None),
            Error::ExpectedFloat | Error::FloatUnderscore | Error::UnderscoreAtBeginning => {
                self.expected("a number", None)
            }
            Error::ExpectedBoolean => self.expected("`true` or `false`", None),
            Error::ExpectedString => {
                let word = matches!(token.node.kind, Kind::Word).then(|| self.sources.text(token.node.span));
                self.expected("a string", word.map(|word| format!("write `\"{}\"`", shortened(word))))
            }
            Error::ExpectedChar => self.expected("a character in single quotes", None),
            Error::ExpectedMap => self.expected("a map `{key: value}`", None),
            Error::ExpectedArray => self.expected("a list `[value, value]`", None),
            Error::ExpectedUnit => self.expected("`()`", None),
            Error::ExpectedNamedStructLike("Figure") => {
                let hint = "a figure stands beside its source: write `(value, \"source\")`".to_owned();
                self.expected("a figure `(value, \"source\")`", Some(hint))
            }
            Error::ExpectedNamedStructLike(_) => {
                let hint = matches!(token.node.kind, Kind::Map(_))
                    .then(|| "a struct is written with parentheses, and its fields without quotes".to_owned());
                self.expected("a struct `(field: value)`", hint)
            }
            Error::ExpectedStructLike => self.lacks_value(),
            Error::ExpectedIdentifier | Error::SuggestRawIdentifier(_) => {
                let content = key_of(token.node, self.sources).text;
                let is_name = matches!(token.node.kind, Kind::Text) && content.chars().all(is_word);
                let hint = is_name.then(|| format!("write `{}` without quotes", shortened(&content)));
                self.expected("a variant", hint)
            }
            surplus if is_surplus(surplus) => self.too_much(),
            other => {
                let text = other.to_string();
                let mut chars = text.chars();
                let first = chars.next().map(|c| c.to_ascii_lowercase());
                self.remark(&first.into_iter().chain(chars).collect::<String>())
            }
        }
    }

    /// "expected a number for `a.b`, found ...".
    fn expected(&self, what: &str, hint: Option<String>) -> (String, Option<String>) {
        let node = self.hit.token.node;
        let wrapper = match &node.kind {
            Kind::Tuple(row) if row.items.len() == 1 => row.name.map(|name| shortened(self.sources.text(name))),
            _ => None,
        };
        let hint = hint.or(wrapper.map(|name| format!("write the value without `{name}( )`")));
        (format!("expected {what}{}, found {}", self.belonging(), self.found()), hint)
    }

    fn belonging(&self) -> String {
        let parent = self.parent();
        match self.is_key() {
            true if self.is_field() => belonging(&parent),
            true if parent.is_empty() => " as a key".to_owned(),
            true => format!(" as a key of `{parent}`"),
            false => belonging(&self.path()),
        }
    }

    /// A message that comes from the type itself, and speaks of its value.
    fn remark(&self, message: &str) -> (String, Option<String>) {
        let path = self.path();
        (if path.is_empty() { message.to_owned() } else { format!("`{path}`: {message}") }, None)
    }

    fn out_of_range(&self) -> (String, Option<String>) {
        let text = self.sources.text(self.hit.token.node.span);
        // Counts are the only whole numbers of a world: no field holds a signed one.
        let is_unsigned = text.starts_with('-');
        let hint = is_unsigned.then(|| "it must not be negative".to_owned());
        (format!("`{}` is out of range{}", shortened(text), self.belonging()), hint)
    }

    fn lacks_value(&self) -> (String, Option<String>) {
        let subject = self.subject(&Error::ExpectedStructLike);
        if matches!(subject.node.kind, Kind::Word) {
            let name = shortened(self.sources.text(subject.node.span));
            let path = subject.path(self.base, self.sources);
            return (format!("variant `{name}`{} needs a value: `{name}(...)`", belonging(&path)), None);
        }
        self.expected("a value in parentheses `(...)`", None)
    }

    /// Words for a value that goes on where the type has come to its end.
    fn too_much(&self) -> (String, Option<String>) {
        let token = &self.hit.token;
        if token.is_inside && matches!(token.node.kind, Kind::Number) {
            return self.expected("a whole number", None);
        }
        if token.role == Role::Open {
            let name = token.node.head();
            let message = format!(
                "variant `{}`{} takes no value in parentheses",
                shortened(self.sources.text(name)),
                belonging(&self.path())
            );
            return (message, None);
        }
        (format!("unexpected {}: `{}` has too many values", self.found(), self.parent()), None)
    }

    /// How a message calls the value an error is about.
    fn found(&self) -> String {
        let node = self.hit.token.node;
        let text = || shortened(self.sources.text(node.span));
        match &node.kind {
            Kind::Text => format!("the string {}", text()),
            Kind::Char => format!("the character {}", text()),
            Kind::Bytes => "a byte string".to_owned(),
            Kind::Word if self.is_field() => format!("the field `{}`", text()),
            Kind::Number | Kind::Word | Kind::Broken => format!("`{}`", text()),
            Kind::Struct(table) if table.entries.is_empty() && table.name.is_none() => "`()`".to_owned(),
            Kind::Struct(_) | Kind::Tuple(_) if node.head().end > node.span.start + 1 => {
                format!("`{}(...)`", shortened(self.sources.text(node.head())))
            }
            Kind::Struct(_) => "a struct `(field: value)`".to_owned(),
            Kind::Map(_) => "a map `{key: value}`".to_owned(),
            Kind::Tuple(_) => "a tuple `(value, value)`".to_owned(),
            Kind::List(_) => "a list `[value, value]`".to_owned(),
        }
    }
}

/// Whether an error says that a value goes on where its type has come to its end.
fn is_surplus(error: &Error) -> bool {
    matches!(
        error,
        Error::ExpectedComma
            | Error::ExpectedStructLikeEnd
            | Error::ExpectedMapEnd
            | Error::ExpectedMapColon
            | Error::ExpectedArrayEnd
            | Error::ExpectedOptionEnd
            | Error::TrailingCharacters
    )
}

/// "unknown field `foo` in `zones`; did you mean `rows`?", and what is known.
pub(super) fn unknown(what: &str, found: &str, path: &str, known: &[&str]) -> (String, Option<String>) {
    let message = format!("unknown {what} `{}`{}{}", shortened(found), within(path), suggestion(found, known));
    let hint = match list(known) {
        Some(list) => format!("known: {list}"),
        None => "nothing may stand here".to_owned(),
    };
    (message, Some(hint))
}

/// "; did you mean `rows`?", if something known reads nearly like it.
pub(super) fn suggestion(found: &str, known: &[&str]) -> String {
    nearest(found, known.iter().copied()).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Names in quotes, as many as fit a hint.
pub(super) fn list(names: &[&str]) -> Option<String> {
    let quoted: Vec<String> = names.iter().take(LISTED_MAX).map(|name| format!("`{}`", shortened(name))).collect();
    let rest = names.len().saturating_sub(LISTED_MAX);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    (!quoted.is_empty()).then(|| quoted.join(", ") + &more)
}

/// " in `zones`", or nothing for the whole document.
pub(super) fn within(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(" in `{path}`") }
}

fn belonging(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(" for `{path}`") }
}
