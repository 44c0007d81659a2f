//! Expressions in a MATPOWER case file: numbers, names, and columns of matrices row by row.

use super::matpower_text::Names;

/// A column of a matrix as it is written: `bus(:, [PD QD])` or `bus(1, BASE_KV)`.
pub(super) struct Selection {
    pub(super) field: String,
    /// Row from 1; none for all.
    pub(super) row: Option<usize>,
    /// Columns from 1.
    pub(super) columns: Vec<usize>,
}

/// Reads an expression from left to right. A column stands for its number in the row and place asked for.
pub(super) struct Reader<'a> {
    names: &'a Names,
    rest: &'a str,
    /// Row and place among the columns that are being assigned.
    row: usize,
    place: usize,
    depth: u32,
}

/// Levels of brackets an expression may have.
const DEEPEST: u32 = 40;

impl<'a> Reader<'a> {
    /// Begins to read an expression for a row from 0 and a place among the columns assigned.
    pub(super) fn new(names: &'a Names, text: &'a str, row: usize, place: usize) -> Self {
        Self { names, rest: text, row, place, depth: 0 }
    }

    /// The value of the whole expression, or what it stumbles over.
    pub(super) fn value(mut self) -> Result<f64, String> {
        let value = self.sum()?;
        self.skip();
        match (self.rest.is_empty(), value.is_finite()) {
            (true, true) => Ok(value),
            (true, false) => Err(format!("a result of {value}")),
            (false, _) => Err(self.rest.to_owned()),
        }
    }

    /// Reads what a column assignment is to: the matrix, row and columns.
    pub(super) fn selection(mut self) -> Result<Selection, String> {
        self.skip();
        let name = self.name();
        let field = name.strip_prefix("mpc.").ok_or_else(|| name.to_owned())?;
        let selected = self.selected(field)?;
        self.skip();
        if self.rest.is_empty() { Ok(selected) } else { Err(self.rest.to_owned()) }
    }

    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, word: &str) -> bool {
        self.skip();
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.take(word) { Ok(()) } else { Err(self.rest.to_owned()) }
    }

    fn sum(&mut self) -> Result<f64, String> {
        let mut value = self.product()?;
        loop {
            if self.take("+") {
                value += self.product()?;
            } else if self.take("-") {
                value -= self.product()?;
            } else {
                return Ok(value);
            }
        }
    }

    fn product(&mut self) -> Result<f64, String> {
        let mut value = self.signed()?;
        loop {
            if self.take("*") || self.take(".*") {
                value *= self.signed()?;
            } else if self.take("/") || self.take("./") {
                value /= self.signed()?;
            } else {
                return Ok(value);
            }
        }
    }

    fn signed(&mut self) -> Result<f64, String> {
        let mut negative = false;
        while self.take("-") {
            negative = !negative;
        }
        let value = self.power()?;
        Ok(if negative { -value } else { value })
    }

    fn power(&mut self) -> Result<f64, String> {
        let mut value = self.atom()?;
        while self.take("^") || self.take(".^") {
            let sign = if self.take("-") { -1.0 } else { 1.0 };
            let exponent = self.atom()? * sign;
            value = if exponent == 2.0 { value * value } else { libm::pow(value, exponent) };
        }
        Ok(value)
    }

    /// A number, a name, a cell, a function or what stands in brackets.
    fn atom(&mut self) -> Result<f64, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("brackets too deep".to_owned());
        }
        let value = self.bare_atom();
        self.depth -= 1;
        value
    }

    fn bare_atom(&mut self) -> Result<f64, String> {
        if self.take("(") {
            let value = self.sum()?;
            self.expect(")")?;
            return Ok(value);
        }
        self.skip();
        if self.rest.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.') {
            return self.literal();
        }
        let name = self.name();
        if let Some(&value) = self.names.scalars.get(name) {
            return Ok(value);
        }
        if let Some(field) = name.strip_prefix("mpc.")
            && self.names.matrices.contains_key(field)
        {
            let selection = self.selected(field)?;
            return self.cell(&selection);
        }
        self.function(name)
    }

    fn literal(&mut self) -> Result<f64, String> {
        let mut length = 0;
        let letters = self.rest.as_bytes();
        while let Some(&letter) = letters.get(length) {
            let after_e = length > 0 && matches!(letters[length - 1], b'e' | b'E');
            let sign = matches!(letter, b'+' | b'-') && after_e;
            let point = letter == b'.' && !matches!(letters.get(length + 1), Some(b'*' | b'/' | b'^'));
            if !(letter.is_ascii_digit() || point || matches!(letter, b'e' | b'E') || sign) {
                break;
            }
            length += 1;
        }
        let (number, rest) = self.rest.split_at(length);
        self.rest = rest;
        number.parse().map_err(|_| number.to_owned())
    }

    fn name(&mut self) -> &'a str {
        let part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
        let end = self.rest.find(|letter| !part(letter)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        // A point before an operator belongs to the operator.
        let name = if rest.starts_with(['*', '/', '^']) { name.trim_end_matches('.') } else { name };
        self.rest = &self.rest[name.len()..];
        name
    }

    fn function(&mut self, name: &str) -> Result<f64, String> {
        let apply: fn(f64) -> f64 = match name {
            "sqrt" => f64::sqrt,
            "sin" => libm::sin,
            "cos" => libm::cos,
            "tan" => libm::tan,
            "asin" => libm::asin,
            "acos" => libm::acos,
            "atan" => libm::atan,
            "" => return Err(self.rest.to_owned()),
            _ => return Err(name.to_owned()),
        };
        self.expect("(")?;
        let value = self.sum()?;
        self.expect(")")?;
        Ok(apply(value))
    }

    fn selected(&mut self, field: &str) -> Result<Selection, String> {
        self.expect("(")?;
        let row = if self.take(":") { None } else { Some(self.whole()?) };
        self.expect(",")?;
        let mut columns = Vec::new();
        if self.take("[") {
            while !self.take("]") {
                columns.push(self.whole()?);
                self.take(",");
            }
        } else {
            columns.push(self.whole()?);
        }
        self.expect(")")?;
        Ok(Selection { field: field.to_owned(), row, columns })
    }

    /// A row or column: a whole number, or a name that stands for one.
    fn whole(&mut self) -> Result<usize, String> {
        let value = self.atom()?;
        if value >= 1.0 && value <= f64::from(u32::MAX) && value == value.trunc() {
            Ok(value as usize)
        } else {
            Err(format!("{value}"))
        }
    }

    fn cell(&self, selection: &Selection) -> Result<f64, String> {
        let row = selection.row.map_or(self.row, |row| row - 1);
        let place = if selection.columns.len() == 1 { 0 } else { self.place };
        let value = self
            .names
            .matrices
            .get(&selection.field)
            .zip(selection.columns.get(place))
            .and_then(|(matrix, &column)| matrix.get(row).and_then(|(_, numbers)| numbers.get(column - 1)));
        value.copied().ok_or_else(|| format!("row {} of mpc.{}", row + 1, selection.field))
    }
}
