//! Conditions on rows: `class = 'taxi' and (state_of_charge < 0.3 or not phase = 'parked')`.

use crate::failure::Failure;
use crate::table::{Column, Holds, Value, unknown};
use std::cmp::Ordering;

/// A condition, ready to be asked of rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    /// A column against a number.
    Number(usize, Compare, f64),
    /// A column against a word.
    Word(usize, Compare, String),
    /// Both.
    And(Box<Self>, Box<Self>),
    /// One of them at least.
    Or(Box<Self>, Box<Self>),
    /// Not.
    Not(Box<Self>),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    Equal,
    Other,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Compare {
    const ALL: [(&'static str, Self); 6] = [
        ("!=", Self::Other),
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("=", Self::Equal),
        ("<", Self::Less),
        (">", Self::More),
    ];

    const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Other => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::More => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}

/// Parentheses and `not` within one another at most.
const DEPTH_MAX: usize = 64;

impl Filter {
    /// Reads a condition on some columns.
    ///
    /// # Errors
    /// What cannot be read, with its place.
    pub(crate) fn parse(text: &str, columns: &[Column]) -> Result<Self, Failure> {
        let mut parser = Parser { text, at: 0, depth: 0, columns };
        let filter = parser.any()?;
        parser.blanks();
        if parser.at < text.len() { Err(parser.wrong("`and`, `or` or the end")) } else { Ok(filter) }
    }

    /// Whether a row fulfils it. Of a value that there is not, no comparison holds.
    pub(crate) fn holds(&self, row: &[Value]) -> bool {
        match self {
            Self::Number(at, compare, wanted) => {
                row[*at].number().and_then(|value| value.partial_cmp(wanted)).is_some_and(|order| compare.holds(order))
            }
            Self::Word(at, compare, wanted) => {
                row[*at].text().is_some_and(|value| compare.holds(value.cmp(wanted.as_str())))
            }
            Self::And(one, other) => one.holds(row) && other.holds(row),
            Self::Or(one, other) => one.holds(row) || other.holds(row),
            Self::Not(one) => !one.holds(row),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    columns: &'a [Column],
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn wrong(&self, wanted: &str) -> Failure {
        let found: String = self.rest().chars().take(16).collect();
        let found = if found.is_empty() { "the end".to_owned() } else { format!("`{found}`") };
        let column = self.text[..self.at].chars().count() + 1;
        Failure::Usage(format!("--where, character {column}: expected {wanted}, found {found}"))
    }

    /// Takes a sign or a word, if it is next.
    fn take(&mut self, wanted: &str) -> bool {
        self.blanks();
        let is_word = wanted.chars().all(char::is_alphabetic);
        let ends = |after: &str| !is_word || !after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let is_next = self.rest().strip_prefix(wanted).is_some_and(ends);
        if is_next {
            self.at += wanted.len();
        }
        is_next
    }

    fn any(&mut self) -> Result<Filter, Failure> {
        let mut filter = self.all()?;
        while self.take("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.all()?));
        }
        Ok(filter)
    }

    fn all(&mut self) -> Result<Filter, Failure> {
        let mut filter = self.one()?;
        while self.take("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.one()?));
        }
        Ok(filter)
    }

    fn one(&mut self) -> Result<Filter, Failure> {
        if self.depth == DEPTH_MAX {
            return Err(self.wrong("fewer parentheses within one another"));
        }
        self.depth += 1;
        let filter = if self.take("not") {
            Filter::Not(Box::new(self.one()?))
        } else if self.take("(") {
            let inner = self.any()?;
            if !self.take(")") {
                return Err(self.wrong("`)`"));
            }
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn comparison(&mut self) -> Result<Filter, Failure> {
        self.blanks();
        let rest = self.rest();
        let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = rest[..length].to_owned();
        if name.is_empty() {
            return Err(self.wrong("a column, `not` or `(`"));
        }
        let at = self.columns.iter().position(|column| column.name == name);
        let at = at.ok_or_else(|| Failure::Usage(format!("--where: {}", unknown(self.columns, &name))))?;
        self.at += length;
        let compare = Compare::ALL.into_iter().find(|(sign, _)| self.take(sign)).map(|(_, compare)| compare);
        let compare = compare.ok_or_else(|| self.wrong("= != < <= > or >="))?;
        self.blanks();
        if self.columns[at].holds == Holds::Words {
            return Ok(Filter::Word(at, compare, self.word()?));
        }
        let rest = self.rest();
        let ends = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'));
        let length = rest.find(ends).unwrap_or(rest.len());
        let number = rest[..length].parse::<f64>().ok().filter(|number| number.is_finite());
        let number = number.ok_or_else(|| self.wrong(&format!("a number, for `{name}` holds numbers")))?;
        self.at += length;
        Ok(Filter::Number(at, compare, number))
    }

    /// A word in quotes.
    fn word(&mut self) -> Result<String, Failure> {
        let quoted = self.rest().strip_prefix('\'').and_then(|inner| inner.split_once('\''));
        let word = quoted.map(|(word, _)| word.to_owned()).ok_or_else(|| self.wrong("a word in 'quotes'"))?;
        self.at += word.len() + 2;
        Ok(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::columns;
    use crate::args::Kind;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Filter, String> {
        Filter::parse(text, columns(Kind::Charger)).map_err(|failure| failure.to_string())
    }

    /// A row of a charge point with a kind, a rating and a vehicle.
    fn row(kind: &'static str, rating_w: i64, vehicle: Value) -> Vec<Value> {
        let whole = Value::Whole;
        let status = Value::Word("available");
        vec![
            whole(0),
            whole(1),
            Value::Word(kind),
            whole(0),
            whole(rating_w),
            status,
            vehicle,
            Value::Nothing,
            whole(0),
        ]
    }

    #[test]
    fn conditions_hold_as_they_read() {
        let slow = row("public AC", 7_000, Value::Nothing);
        let fast = row("DC 120 kW", 120_000, Value::Whole(7));
        for (text, of_slow, of_fast) in [
            ("rating_w < 22000", true, false),
            ("rating_w>=7000 and kind != 'V2G'", true, true),
            ("not (kind = 'public AC' or rating_w > 1e5)", false, false),
            ("kind = 'DC 120 kW' and vehicle = 7 or rating_w = 1", false, true),
            // Of nothing no comparison holds, and its opposite does.
            ("vehicle > 0", false, true),
            ("not vehicle > 0", true, false),
        ] {
            let filter = parse(text).unwrap();
            assert_eq!((filter.holds(&slow), filter.holds(&fast)), (of_slow, of_fast), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        for (text, words) in [
            ("", "character 1: expected a column"),
            ("rating_kw > 1", "no column `rating_kw`; did you mean `rating_w`?"),
            ("rating_w > 'a'", "character 12: expected a number, for `rating_w` holds numbers, found `'a'`"),
            ("kind = V2G", "character 8: expected a word in 'quotes'"),
            ("kind 'V2G'", "expected = != < <= > or >="),
            ("(rating_w > 1", "expected `)`, found the end"),
            ("rating_w > 1 rating_w", "expected `and`, `or` or the end"),
            ("rating_w > inf", "expected a number"),
        ] {
            let told = parse(text).unwrap_err();
            assert!(told.contains(words), "{text}: {told}");
        }
        assert!(parse(&"not ".repeat(100_000)).unwrap_err().contains("fewer parentheses"));
    }

    proptest! {
        #[test]
        fn whatever_is_written_there_is_no_panic(text in "[a-z_ ()'<>=!0-9.é-]{0,60}") {
            let _ = parse(&text);
            let _ = parse(&format!("kind = '{text}' and {text}"));
        }
    }
}
