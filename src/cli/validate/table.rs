//! Reads a table whose every field knows its place, so that a wrong one is named by file, line and column.

use std::fmt::{self, Display};
use std::ops::RangeInclusive;

/// Problems that are printed; the last line counts all.
const PRINTED_MAX: usize = 100;
/// Characters of a field that a message repeats.
const QUOTED_CHARS: usize = 40;

/// Something wrong with one place of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    /// The file as the user named it.
    file: String,
    /// Line, from 1.
    line: u64,
    /// Number of the field in its row, from 1.
    column: u64,
    /// What is wrong, and what would be right.
    text: String,
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}:{}:{}: {}", self.file, self.line, self.column, self.text)
    }
}

/// Everything wrong with the tables of a comparison.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// Whether nothing is wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many things are wrong.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    fn push(&mut self, file: &str, line: u64, column: usize, text: String) {
        self.0.push(Problem { file: file.to_owned(), line, column: column as u64 + 1, text });
    }
}

impl Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted: Vec<&Problem> = self.0.iter().collect();
        sorted.sort();
        for problem in sorted.iter().take(PRINTED_MAX) {
            writeln!(f, "{problem}")?;
        }
        let cut = if sorted.len() > PRINTED_MAX { format!(", the first {PRINTED_MAX} shown") } else { String::new() };
        let plural = if sorted.len() == 1 { "" } else { "s" };
        write!(f, "{} problem{plural} in measured tables{cut}", sorted.len())
    }
}

/// A table with named columns.
#[derive(Debug)]
pub(super) struct Table {
    file: String,
    /// Names of the columns that were asked for and are there, each with its place in a row.
    columns: Vec<(&'static str, usize)>,
    rows: Vec<(u64, Vec<String>)>,
}

impl Table {
    /// Reads a table that has all `wanted` columns and perhaps some `optional` ones, in any order and among others.
    ///
    /// What cannot be used goes to `problems`: a table without a wanted column altogether, a row with too few or too
    /// many fields by itself.
    pub(super) fn parse(
        file: &str,
        bytes: &[u8],
        wanted: &[&'static str],
        optional: &[&'static str],
        problems: &mut Problems,
    ) -> Option<Self> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut records = records(bytes).into_iter();
        let Some((line, header)) = records.next() else {
            problems.push(file, 1, 0, format!("the table is empty; it should begin with {}", wanted.join(",")));
            return None;
        };
        let names = decode(&header).map_err(|(column, text)| problems.push(file, line, column, text)).ok()?;
        let mut columns = Vec::new();
        let before = problems.0.len();
        for name in wanted.iter().chain(optional).copied() {
            let places: Vec<usize> = (0..names.len()).filter(|i| names[*i] == name).collect();
            match places[..] {
                [place] => columns.push((name, place)),
                [_, again, ..] => problems.push(file, line, again, format!("there are two columns `{name}`; keep one")),
                [] if wanted.contains(&name) => {
                    let there = quoted(&names.join(","), 4 * QUOTED_CHARS);
                    problems.push(file, line, 0, format!("there is no column `{name}`; there are {there}"));
                }
                [] => {}
            }
        }
        if problems.0.len() > before {
            return None;
        }
        let mut rows = Vec::new();
        for (line, record) in records {
            match fields(&record, names.len()) {
                Ok(fields) => rows.push((line, fields)),
                Err((column, text)) => problems.push(file, line, column, text),
            }
        }
        if rows.is_empty() && problems.0.len() == before {
            problems.push(file, line, 0, "the table has a header and no rows".to_owned());
        }
        Some(Self { file: file.to_owned(), columns, rows })
    }

    /// The rows in the order of the file.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, fields)| Row { table: self, line: *line, fields })
    }

    /// Whether an optional column is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|(column, _)| *column == name)
    }

    /// Something wrong with the table as a whole.
    pub(super) fn lacks(&self, text: String, problems: &mut Problems) {
        problems.push(&self.file, self.rows.last().map_or(1, |(line, _)| *line), 0, text);
    }
}

/// Splits bytes into records, each with the line on which it begins.
fn records(bytes: &[u8]) -> Vec<(u64, csv::ByteRecord)> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let mut found = Vec::new();
    let mut record = csv::ByteRecord::new();
    let (mut counted, mut line) = (0, 1);
    // Bytes in memory can always be read, and any number of fields is a record.
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        let start = record.position().map_or(counted, |position| position.byte() as usize).clamp(counted, bytes.len());
        // A record's own position is that of the empty lines before it.
        let empty = bytes[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line += bytes[counted..start + empty].split(|byte| *byte == b'\n').count() as u64 - 1;
        counted = start + empty;
        found.push((line, record.clone()));
    }
    found
}

/// The fields as text, or the place and the description of the first that is none.
fn decode(record: &csv::ByteRecord) -> Result<Vec<String>, (usize, String)> {
    let text = |(i, bytes): (usize, &[u8])| {
        let text = std::str::from_utf8(bytes).map(str::to_owned);
        text.map_err(|_| (i, "this is not UTF-8; save the table as CSV in UTF-8".to_owned()))
    };
    record.iter().enumerate().map(text).collect()
}

/// The fields of a row that has as many as the header.
fn fields(record: &csv::ByteRecord, expected: usize) -> Result<Vec<String>, (usize, String)> {
    match record.len() {
        found if found == expected => decode(record),
        1 => Err((0, format!("the row has 1 field, the header {expected}"))),
        found => Err((found.min(expected) - 1, format!("the row has {found} fields, the header {expected}"))),
    }
}

/// One row. A field that is not what it should be goes to the problems and reads as `None`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'t> {
    table: &'t Table,
    line: u64,
    fields: &'t [String],
}

impl<'t> Row<'t> {
    /// The line on which it begins.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    /// The text of a field; empty if there is no such column.
    pub(super) fn text(&self, name: &str) -> &'t str {
        self.place(name).map_or("", |place| &self.fields[place])
    }

    /// Whatever `read` makes of a field.
    pub(super) fn read<T>(
        &self,
        name: &str,
        problems: &mut Problems,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        read(self.text(name)).map_err(|text| self.wrong(name, &text, problems)).ok()
    }

    /// Something wrong with a field.
    pub(super) fn wrong(&self, name: &str, text: &str, problems: &mut Problems) {
        problems.push(&self.table.file, self.line, self.place(name).unwrap_or(0), format!("{name}: {text}"));
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.table.columns.iter().find(|(column, _)| *column == name).map(|(_, place)| *place)
    }
}

/// Reads a whole number of a range, also where a program has written it as `7.0`.
pub(super) fn whole(range: RangeInclusive<u32>) -> impl Fn(&str) -> Result<u32, String> {
    move |text| {
        let digits =
            text.trim_end_matches('0').strip_suffix('.').map_or(text, |_| text.split('.').next().unwrap_or(text));
        digits.parse().ok().filter(|value| range.contains(value)).ok_or_else(|| {
            let (from, to) = (range.start(), range.end());
            format!("{} is not a whole number from {from} to {to}", shown(text))
        })
    }
}

/// Reads a number of a range.
pub(super) fn real(range: RangeInclusive<f64>) -> impl Fn(&str) -> Result<f64, String> {
    move |text| {
        text.parse().ok().filter(|value| range.contains(value)).ok_or_else(|| {
            let (from, to) = (range.start(), range.end());
            format!("{} is not a number from {from} to {to}", shown(text))
        })
    }
}

/// A field as a message shows it: short, and without anything that moves a cursor.
pub(super) fn shown(text: &str) -> String {
    if text.is_empty() { "the empty field".to_owned() } else { format!("`{}`", quoted(text, QUOTED_CHARS)) }
}

fn quoted(text: &str, chars: usize) -> String {
    let mut short: String = text.chars().take(chars).collect::<String>().escape_debug().collect();
    if text.chars().count() > chars {
        short += "...";
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &[u8]) -> (Option<Table>, String) {
        let mut problems = Problems::default();
        let table = Table::parse("t.csv", text, &["id", "busy"], &["extra"], &mut problems);
        (table, problems.to_string())
    }

    fn problem(text: &[u8]) -> String {
        parse(text).1.lines().next().unwrap_or_default().to_owned()
    }

    #[test]
    fn columns_are_found_by_name_behind_a_byte_order_mark_and_over_crlf() {
        let text = "\u{feff}other, busy ,id\r\n\r\nx, 5 ,7\r\n\"y\r\nz\",6,8\r\n";
        let (table, said) = parse(text.as_bytes());
        assert_eq!(said, "0 problems in measured tables");
        let table = table.unwrap();
        let rows: Vec<_> = table.rows().map(|row| (row.line(), row.text("id"), row.text("busy"))).collect();
        assert_eq!(rows, [(3, "7", "5"), (4, "8", "6")]);
        assert!(!table.has("extra") && table.rows().all(|row| row.text("extra").is_empty()));
    }

    #[test]
    fn a_table_of_no_use_says_what_it_should_be() {
        assert_eq!(problem(b""), "error: t.csv:1:1: the table is empty; it should begin with id,busy");
        assert_eq!(problem(b"id,bus\n1,2\n"), "error: t.csv:1:1: there is no column `busy`; there are id,bus");
        assert_eq!(problem(b"id,busy,id\n"), "error: t.csv:1:3: there are two columns `id`; keep one");
        assert_eq!(problem(b"id,b\xff\n"), "error: t.csv:1:2: this is not UTF-8; save the table as CSV in UTF-8");
        assert_eq!(problem(b"id,busy\n"), "error: t.csv:1:1: the table has a header and no rows");
        assert!(parse(b"a\n1\n").1.ends_with("2 problems in measured tables"));
    }

    #[test]
    fn rows_that_do_not_fit_are_told_together() {
        let (_, said) = parse(b"id,busy\n1\n2,3,4\n\n5,\xff\n6,7\n");
        let expected = "\
error: t.csv:2:1: the row has 1 field, the header 2
error: t.csv:3:2: the row has 3 fields, the header 2
error: t.csv:5:2: this is not UTF-8; save the table as CSV in UTF-8
3 problems in measured tables";
        assert_eq!(said, expected);
    }

    #[test]
    fn numbers_say_what_would_be_right() {
        assert_eq!(whole(0..=23)("7"), Ok(7));
        assert_eq!(whole(0..=200)("100"), Ok(100));
        assert_eq!(whole(0..=200)("100.0"), Ok(100));
        for text in ["24", "-1", "7.5", "seven", "", "."] {
            assert!(whole(0..=23)(text).unwrap_err().ends_with(" is not a whole number from 0 to 23"), "{text}");
        }
        assert_eq!(real(0.0..=1.0)("1e-3"), Ok(0.001));
        for text in ["NaN", "inf", "1.5", "-0.1", "x", ""] {
            assert!(real(0.0..=1.0)(text).unwrap_err().ends_with(" is not a number from 0 to 1"), "{text}");
        }
        assert_eq!(shown("\u{1b}[2J"), "`\\u{1b}[2J`");
        assert!(shown(&"x".repeat(1_000)).len() < 50);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            parse(&bytes);
            parse(&[&b"id,busy\n"[..], &bytes].concat());
        }
    }
}
