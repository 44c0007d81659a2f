//! Columns and values.

use crate::failure::Failure;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    Whole,
    Number,
    Words,
}

/// A column: its name ends in its unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) holds: Holds,
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Whole(i64),
    Number(f64),
    Word(&'static str),
    Name(String),
    Nothing,
}

impl Value {
    /// The row of another agent, or nothing.
    pub(crate) fn row(row: u32) -> Self {
        if row == u32::MAX { Self::Nothing } else { Self::Whole(i64::from(row)) }
    }

    /// As text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Word(text) => Some(text),
            Self::Name(text) => Some(text),
            _ => None,
        }
    }

    /// As a number, if it is one.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Whole(whole) => Some(*whole as f64),
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

macro_rules! whole {
    ($($types:ty),+) => { $(impl From<$types> for Value {
        fn from(value: $types) -> Self { Self::Whole(i64::from(value)) }
    })+ };
}
whole!(u8, u16, u32, i32, i64, bool);

/// The place of a column.
///
/// # Errors
/// A name that there is no column of, with the nearest one.
pub(crate) fn find(columns: &[Column], name: &str) -> Result<usize, Failure> {
    columns.iter().position(|column| column.name == name).ok_or_else(|| Failure::Usage(unknown(columns, name)))
}

/// What to say of a column that there is not.
pub(crate) fn unknown(columns: &[Column], name: &str) -> String {
    let all: Vec<&str> = columns.iter().map(|column| column.name).collect();
    match voltcity::world::problem::nearest(name, all.iter().copied()) {
        Some(near) => format!("there is no column `{name}`; did you mean `{near}`?"),
        None => format!("there is no column `{name}`; there are {}", all.join(", ")),
    }
}
