//! Columns of a Parquet file by name, and what the file says about itself.

use crate::failure::Failure;
use parquet::basic::Type as Physical;
use parquet::column::reader::ColumnReader;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::serialized_reader::SerializedFileReader;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Rows beyond which a file is not of use for a page: a year of quarters of an hour of every feeder of a city has
/// fewer per day than this has in all.
const ROWS_MAX: i64 = 200_000_000;

/// An open file.
pub(crate) struct Table {
    path: PathBuf,
    reader: SerializedFileReader<File>,
}

impl Table {
    /// Opens a file, if it is there.
    ///
    /// # Errors
    /// What cannot be opened, or is no Parquet file.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, Failure> {
        if !path.exists() {
            return Ok(None);
        }
        let file = File::open(path).map_err(Failure::unreadable(path))?;
        let reader = SerializedFileReader::new(file).map_err(|error| damaged(path, &error))?;
        let table = Self { path: path.to_owned(), reader };
        let rows = table.rows();
        if !(0..=ROWS_MAX).contains(&rows) {
            return Err(table.refuse(format!("has {rows} rows, more than a page can show")));
        }
        Ok(Some(table))
    }

    /// How many rows it has.
    pub(crate) fn rows(&self) -> i64 {
        self.reader.metadata().file_metadata().num_rows()
    }

    /// What the file says under a key of its metadata.
    pub(crate) fn metadata(&self, key: &str) -> Option<&str> {
        let pairs = self.reader.metadata().file_metadata().key_value_metadata()?;
        pairs.iter().find(|pair| pair.key == key)?.value.as_deref()
    }

    /// Columns of whole numbers, in the order asked for.
    ///
    /// # Errors
    /// A column that is not there or of another type, and damaged data.
    pub(crate) fn integers(&self, names: &[&str]) -> Result<Vec<Vec<i64>>, Failure> {
        let places = names.iter().map(|name| self.column(name, Physical::INT64)).collect::<Result<Vec<_>, _>>()?;
        let mut columns = vec![Vec::new(); names.len()];
        for group in self.groups() {
            let group = group?;
            for ((place, column), name) in places.iter().zip(&mut columns).zip(names) {
                let before = column.len();
                let reader = group.get_column_reader(*place).map_err(|error| damaged(&self.path, &error))?;
                let ColumnReader::Int64ColumnReader(mut reader) = reader else { return Err(self.lacks(name)) };
                let rows = group.metadata().num_rows() as usize;
                let mut read = |column: &mut Vec<i64>| -> Result<usize, ParquetError> {
                    let mut levels = Vec::new();
                    Ok(reader.read_records(rows, Some(&mut levels), None, column)?.0)
                };
                while column.len() - before < rows {
                    let had = column.len();
                    read(column).map_err(|error| damaged(&self.path, &error))?;
                    if column.len() == had {
                        return Err(self.refuse(format!("column `{name}` has fewer values than rows")));
                    }
                }
            }
        }
        Ok(columns)
    }

    /// A column of text.
    ///
    /// # Errors
    /// As for numbers, and bytes that are no text.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, Failure> {
        let place = self.column(name, Physical::BYTE_ARRAY)?;
        let mut texts = Vec::new();
        for group in self.groups() {
            let group = group?;
            let reader = group.get_column_reader(place).map_err(|error| damaged(&self.path, &error))?;
            let ColumnReader::ByteArrayColumnReader(mut reader) = reader else { return Err(self.lacks(name)) };
            let rows = group.metadata().num_rows() as usize;
            let (mut values, mut levels): (Vec<ByteArray>, Vec<i16>) = (Vec::new(), Vec::new());
            let read = reader.read_records(rows, Some(&mut levels), None, &mut values);
            read.map_err(|error| damaged(&self.path, &error))?;
            if values.len() != rows {
                return Err(self.refuse(format!("column `{name}` has fewer values than rows")));
            }
            for value in values {
                let text = std::str::from_utf8(value.data());
                texts.push(text.map_err(|_| self.refuse(format!("column `{name}` is no text")))?.to_owned());
            }
        }
        Ok(texts)
    }

    /// An error about this file.
    pub(crate) fn refuse(&self, message: String) -> Failure {
        Failure::Table { path: self.path.clone(), message }
    }

    fn groups(&self) -> impl Iterator<Item = Result<Box<dyn RowGroupReader + '_>, Failure>> {
        let count = self.reader.num_row_groups();
        (0..count).map(|k| self.reader.get_row_group(k).map_err(|error| damaged(&self.path, &error)))
    }

    fn column(&self, name: &str, wanted: Physical) -> Result<usize, Failure> {
        let schema = self.reader.metadata().file_metadata().schema_descr();
        let found = schema.columns().iter().position(|column| {
            column.path().parts().len() == 1
                && column.name() == name
                && column.physical_type() == wanted
                && column.max_rep_level() == 0
        });
        found.ok_or_else(|| self.lacks(name))
    }

    fn lacks(&self, name: &str) -> Failure {
        self.refuse(format!("has no column `{name}` of the type that voltcity writes"))
    }
}

fn damaged(path: &Path, error: &ParquetError) -> Failure {
    Failure::Table { path: path.to_owned(), message: format!("is no whole Parquet file: {error}") }
}
