//! The formats: each takes rows one by one and keeps few of them.

mod parquet;
mod text;

use crate::args::{Datum, Format, Kind};
use crate::place::Place;
use crate::table::{Column, Value};
use std::fs::File;
use std::io::{self, BufWriter};
use voltcity::snapshot::Head;

/// What every file says of its snapshot or run, where the format has a place for it.
#[derive(Clone, Debug)]
pub(crate) struct About(pub(crate) Vec<(&'static str, String)>);

impl About {
    /// Of a snapshot with this head.
    pub(crate) fn of(head: &Head) -> Self {
        Self(vec![
            ("voltcity.version", head.voltcity.clone()),
            ("voltcity.world", head.world.clone()),
            ("voltcity.world_digest", head.world_digest.clone()),
            ("voltcity.seed", head.seed.to_string()),
            ("voltcity.time", head.time.clone()),
            ("voltcity.step_s", head.step_s.to_string()),
            ("voltcity.tick", head.tick.to_string()),
            ("voltcity.state_hash", head.state_hash.clone()),
        ])
    }
}

/// The name of a datum in a file.
const fn datum(datum: Datum) -> &'static str {
    match datum {
        Datum::Wgs84 => "WGS-84",
        Datum::Gcj02 => "GCJ-02",
    }
}

/// A begun file.
pub(crate) enum Sink<'a> {
    /// Comma-separated values.
    Csv(Box<csv::Writer<BufWriter<&'a File>>>, csv::StringRecord),
    /// JSON, `GeoJSON` or RON.
    Text(text::Records<'a>),
    /// Parquet, with points or without.
    Parquet(Box<parquet::Table<'a>>),
}

impl<'a> Sink<'a> {
    /// Begins a file of some columns.
    pub(crate) fn begin(
        format: Format,
        file: &'a File,
        kind: Kind,
        columns: &[Column],
        place: Option<&Place>,
        about: &About,
    ) -> io::Result<Self> {
        let out = BufWriter::with_capacity(1 << 18, file);
        Ok(match format {
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(out);
                writer.write_record(columns.iter().map(|column| column.name))?;
                Self::Csv(Box::new(writer), csv::StringRecord::new())
            }
            Format::Parquet => Self::Parquet(Box::new(parquet::Table::begin(file, kind, columns, None, about)?)),
            Format::Geoparquet => Self::Parquet(Box::new(parquet::Table::begin(file, kind, columns, place, about)?)),
            Format::Json => Self::Text(text::Records::json(out, columns)?),
            Format::Ron => Self::Text(text::Records::ron(out, columns)?),
            Format::Geojson => Self::Text(text::Records::geojson(out, columns, place, about)?),
        })
    }

    /// Takes a row, and where it is.
    pub(crate) fn row(&mut self, row: &[Value], point: Option<(f64, f64)>) -> io::Result<()> {
        match self {
            Self::Csv(writer, record) => {
                record.clear();
                for value in row {
                    match value {
                        Value::Whole(whole) => record.push_field(&whole.to_string()),
                        Value::Number(number) => record.push_field(&number.to_string()),
                        other => record.push_field(other.text().unwrap_or_default()),
                    }
                }
                writer.write_record(&*record).map_err(io::Error::from)
            }
            Self::Text(records) => records.row(row, point),
            Self::Parquet(table) => table.row(row, point),
        }
    }

    /// Completes the file.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Self::Csv(mut writer, _) => writer.flush(),
            Self::Text(records) => records.finish(),
            Self::Parquet(table) => table.finish(),
        }
    }
}
