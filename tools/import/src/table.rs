//! Reads a CSV table whose every field knows its place, so that a bad one can be named by file, line and column.

use crate::column::Column;
use crate::encoding::other_than_utf8;
use crate::problem::{Failure, Findings, Problem, line_ends, not_utf8, read};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::Path;

/// A CSV file with a header row.
#[derive(Debug)]
pub(crate) struct Table {
    file: String,
    /// Names of the columns that were asked for, each with its index in a row.
    columns: Vec<(&'static str, usize)>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    line: u64,
    fields: Vec<String>,
}

impl Table {
    /// Reads the file at `path`, which must have all the `wanted` columns, in any order and among others.
    ///
    /// A row with a wrong number of fields or with bytes that are not UTF-8 goes to `findings` and is left out.
    ///
    /// # Errors
    /// The file cannot be read, is empty, or lacks a column.
    pub(crate) fn read(path: &Path, wanted: &[&'static str], findings: &mut Findings) -> Result<Self, Failure> {
        let exactly: Vec<Column> = wanted.iter().map(|&name| Column { name, aliases: &[] }).collect();
        Self::read_columns(path, &exactly, findings)
    }

    /// The same, where columns may go by several names.
    ///
    /// # Errors
    /// The file cannot be read, is empty, or lacks a column.
    pub(crate) fn read_columns(path: &Path, wanted: &[Column], findings: &mut Findings) -> Result<Self, Failure> {
        Self::parse(path.display().to_string(), &read(path)?, wanted, findings)
    }

    fn parse(file: String, bytes: &[u8], wanted: &[Column], findings: &mut Findings) -> Result<Self, Failure> {
        if let Some(encoding) = other_than_utf8(bytes) {
            return Err(Failure::Unusable(wrong_encoding(file, bytes, encoding)));
        }
        let mut records = records(bytes).into_iter();
        let unusable = |line, column, text| Err(Failure::Unusable(Problem { file: file.clone(), line, column, text }));
        let Some((line, header)) = records.next() else {
            let names: Vec<&str> = wanted.iter().map(|column| column.name).collect();
            return unusable(1, 1, format!("the file is empty; it should begin with {}", names.join(",")));
        };
        let names = match decode(&header) {
            Ok(names) => names,
            Err((column, text)) => return unusable(line, column, format!("header: {text}")),
        };
        let mut columns = Vec::with_capacity(wanted.len());
        for column in wanted {
            match column.find(&names) {
                Ok(place) => columns.push((column.name, place)),
                Err((place, text)) => return unusable(line, place as u64 + 1, format!("header: {text}")),
            }
        }
        let mut rows = Vec::new();
        for (line, record) in records {
            match checked_row(&record, names.len()) {
                Ok(fields) => rows.push(Row { line, fields }),
                Err((column, text)) => findings.bad(Problem { file: file.clone(), line, column, text }),
            }
        }
        Ok(Self { file, columns, rows })
    }

    /// The rows in the order of the file.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Cells<'_>> {
        self.rows.iter().map(|row| Cells { table: self, row })
    }
}

/// What to say about a file in another encoding, at the first field that shows it.
fn wrong_encoding(file: String, bytes: &[u8], encoding: &str) -> Problem {
    let mut bad = records(bytes).into_iter().filter_map(|(line, record)| Some((line, decode(&record).err()?.0)));
    let (line, column) = bad.next().unwrap_or((1, 1));
    let text = format!(
        "not UTF-8: the file looks like {encoding}; convert it, for instance with `iconv -f {encoding} -t UTF-8 OLD > \
         NEW`, or save it as \"CSV UTF-8\""
    );
    Problem { file, line, column, text }
}

/// Splits the bytes into records, each with the line on which it begins.
fn records(bytes: &[u8]) -> Vec<(u64, csv::ByteRecord)> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let mut records = Vec::new();
    let mut record = csv::ByteRecord::new();
    let (mut counted, mut line) = (0, 1);
    // Reading from memory with any number of fields allowed has no way to fail.
    while matches!(reader.read_byte_record(&mut record), Ok(true)) {
        // The reader's own line number is that of the empty lines before a record, if there are any.
        let start = record.position().map_or(counted, |position| position.byte() as usize);
        let empty = bytes[start..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        line += line_ends(&bytes[counted..start + empty]);
        counted = start + empty;
        records.push((line, record.clone()));
    }
    records
}

/// The fields as text, or the column and the description of the first that is not text.
fn decode(record: &csv::ByteRecord) -> Result<Vec<String>, (u64, String)> {
    let text = |(index, bytes): (usize, &[u8])| {
        let text = std::str::from_utf8(bytes).map_err(|e| (index as u64 + 1, not_utf8(bytes, e.valid_up_to())))?;
        Ok(text.to_owned())
    };
    record.iter().enumerate().map(text).collect()
}

/// The fields of a row, if it has as many as the header.
fn checked_row(record: &csv::ByteRecord, expected: usize) -> Result<Vec<String>, (u64, String)> {
    if record.len() == expected {
        return decode(record);
    }
    let first_wrong = record.len().min(expected) as u64 + 1;
    let fields = if record.len() == 1 { "field" } else { "fields" };
    Err((first_wrong, format!("{} {fields} instead of the header's {expected}", record.len())))
}

/// One row, read field by field. A field that is not what it should be goes to the findings and reads as `None`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cells<'t> {
    table: &'t Table,
    row: &'t Row,
}

impl Cells<'_> {
    /// The line on which the row begins.
    pub(crate) fn line(&self) -> u64 {
        self.row.line
    }

    /// A remark about the field in column `name`.
    pub(crate) fn remark(&self, name: &str, text: impl Display) -> Problem {
        let column = self.index(name).map_or(1, |index| index as u64 + 1);
        Problem { file: self.table.file.clone(), line: self.row.line, column, text: format!("{name}: {text}") }
    }

    /// Are all fields, those that were not asked for too, the same in both rows?
    pub(crate) fn repeats(&self, earlier: &Self) -> bool {
        self.row.fields == earlier.row.fields
    }

    /// The text of a field; empty if there is no such column.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.index(name).and_then(|index| self.row.fields.get(index)).map_or("", String::as_str)
    }

    /// A whole number from zero up.
    pub(crate) fn whole(&self, name: &str, findings: &mut Findings) -> Option<u32> {
        self.checked(name, whole(self.text(name)), findings)
    }

    /// A finite number within `range`.
    pub(crate) fn real(&self, name: &str, range: &RangeInclusive<f64>, findings: &mut Findings) -> Option<f64> {
        self.checked(name, real(self.text(name), range), findings)
    }

    fn checked<T>(&self, name: &str, value: Result<T, String>, findings: &mut Findings) -> Option<T> {
        value.map_err(|text| findings.bad(self.remark(name, text))).ok()
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.table.columns.iter().find(|(column, _)| *column == name).map(|(_, index)| *index)
    }
}

/// Reads a whole number from zero up, or says why it is not one.
pub(crate) fn whole(text: &str) -> Result<u32, String> {
    if text.is_empty() {
        return Err("empty; expected a whole number".to_owned());
    }
    if let Ok(value) = text.parse() {
        return Ok(value);
    }
    Err(match text.parse::<i128>() {
        Ok(value) if value < 0 => format!("{text} is negative; expected 0 or more"),
        Ok(_) => format!("{text} is more than {}", u32::MAX),
        Err(_) => format!("{text:?} is not a whole number"),
    })
}

/// Reads a finite number within `range`, or says why it is not one.
pub(crate) fn real(text: &str, range: &RangeInclusive<f64>) -> Result<f64, String> {
    match text.parse::<f64>() {
        _ if text.is_empty() => Err("empty; expected a number".to_owned()),
        Err(_) => Err(format!("{text:?} is not a number")),
        Ok(value) if !value.is_finite() => Err(format!("{text:?} is not a finite number")),
        Ok(value) if !range.contains(&value) => Err(format!("{text} is outside {} to {}", range.start(), range.end())),
        Ok(value) => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &[u8]) -> (Result<Table, Failure>, Vec<String>) {
        let mut findings = Findings::default();
        let wanted = ["id", "fast"].map(|name| Column { name, aliases: &[] });
        let table = Table::parse("t.csv".to_owned(), text, &wanted, &mut findings);
        (table, findings.sorted_bad().into_iter().map(ToString::to_string).collect())
    }

    fn failure(text: &[u8]) -> String {
        parse(text).0.expect_err("the table is of no use").to_string()
    }

    #[test]
    fn lines_are_counted_through_blank_lines_crlf_and_quoted_line_breaks() {
        let unix = "\nid,fast\n7,1\n\n\n\"8\n\",2\n9,3";
        for text in [unix.to_owned(), unix.replace('\n', "\r\n"), format!("{unix}\n\n")] {
            let (table, bad) = parse(text.as_bytes());
            let lines: Vec<_> = table.expect("a good table").rows().map(|row| row.line()).collect();
            assert_eq!((lines, bad.len()), (vec![3, 6, 8], 0), "{text:?}");
        }
    }

    #[test]
    fn columns_are_found_by_name() {
        let (table, _) = parse(b"other, fast ,id\nx, 5 ,7\n");
        let table = table.expect("a good table");
        let row = table.rows().next().expect("one row");
        let mut findings = Findings::default();
        assert_eq!((row.whole("id", &mut findings), row.whole("fast", &mut findings)), (Some(7), Some(5)));
        assert_eq!(row.remark("fast", "odd").to_string(), "t.csv:2:2: fast: odd");
    }

    #[test]
    fn a_table_without_the_columns_is_of_no_use() {
        assert_eq!(failure(b""), "t.csv:1:1: the file is empty; it should begin with id,fast");
        assert_eq!(failure(b"\n\n"), "t.csv:1:1: the file is empty; it should begin with id,fast");
        assert_eq!(failure(b"\nid,slow\n1,2\n"), "t.csv:2:1: header: no column \"fast\"; there are id,slow");
        assert_eq!(failure(b"id,fast,id\n"), "t.csv:1:3: header: there are two columns \"id\"");
        assert_eq!(failure(b"id,f\xe4st\n"), "t.csv:1:2: header: byte 0xe4 is not UTF-8; save the file as UTF-8");
    }

    #[test]
    fn a_table_in_another_encoding_is_of_no_use_and_is_told_so_once() {
        let convert = |encoding| {
            format!(
                "not UTF-8: the file looks like {encoding}; convert it, for instance with `iconv -f {encoding} -t \
                 UTF-8 OLD > NEW`, or save it as \"CSV UTF-8\""
            )
        };
        assert_eq!(failure(b"id,fast\n1,2\n3,\xc9\xee\xdb\xda\n"), format!("t.csv:3:2: {}", convert("GBK")));
        assert_eq!(failure(b"\xff\xfei\0d\0"), format!("t.csv:1:1: {}", convert("UTF-16")));
    }

    #[test]
    fn rows_that_cannot_be_read_are_named_and_the_others_stay() {
        let (table, bad) = parse(b"id,fast\n1\n2,3,4\n5,\xff\n6,7\n");
        assert_eq!(table.expect("a table").rows().count(), 1);
        let expected = [
            "t.csv:2:2: 1 field instead of the header's 2",
            "t.csv:3:3: 3 fields instead of the header's 2",
            "t.csv:4:2: byte 0xff is not UTF-8; save the file as UTF-8",
        ];
        assert_eq!(bad, expected);
    }

    #[test]
    fn numbers_say_what_is_wrong_with_them() {
        let whole = |text| whole(text).expect_err("not a whole number");
        assert_eq!(whole("abc"), "\"abc\" is not a whole number");
        assert_eq!(whole("5.0"), "\"5.0\" is not a whole number");
        assert_eq!(whole("-5"), "-5 is negative; expected 0 or more");
        assert_eq!(whole(""), "empty; expected a whole number");
        assert_eq!(whole("4294967296"), "4294967296 is more than 4294967295");
        let real = |text| real(text, &(-90.0..=90.0)).expect_err("not a latitude");
        assert_eq!(real("x"), "\"x\" is not a number");
        assert_eq!(real("NaN"), "\"NaN\" is not a finite number");
        assert_eq!(real("1e999"), "\"1e999\" is not a finite number");
        assert_eq!(real("114.1"), "114.1 is outside -90 to 90");
        assert_eq!(real(""), "empty; expected a number");
    }
}
