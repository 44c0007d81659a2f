//! Parquet with typed columns, words in dictionaries, units in the metadata; as `GeoParquet` 1.1 with points
//! as WKB.

use super::{About, datum};
use crate::args::{Datum, Kind};
use crate::place::Place;
use crate::table::{Column, Holds, Value};
use ::parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::Type;
use serde_json::json;
use std::fs::File;
use std::io;
use std::sync::Arc;

/// Rows of a row group: what is held in memory.
const GROUP: usize = 65_536;

/// Values of one column of the present row group; `None` where there is none.
enum Cells {
    Whole(Vec<Option<i64>>),
    Number(Vec<Option<f64>>),
    Words(Vec<Option<ByteArray>>),
}

/// A table under way.
pub(crate) struct Table<'a> {
    writer: SerializedFileWriter<&'a File>,
    cells: Vec<Cells>,
    points: Option<Vec<Option<ByteArray>>>,
    rows: usize,
    /// West, south, east and north of all points.
    bounds: [f64; 4],
    datum: Datum,
}

fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => *cause,
            Err(cause) => io::Error::other(cause),
        },
        other => io::Error::other(other),
    }
}

fn field(name: &str, physical: Physical, logical: Option<LogicalType>) -> Result<Arc<Type>, ParquetError> {
    let builder = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    builder.with_logical_type(logical).build().map(Arc::new)
}

impl<'a> Table<'a> {
    /// Begins a table; with points if `place` tells where they are.
    pub(crate) fn begin(
        file: &'a File,
        kind: Kind,
        columns: &[Column],
        place: Option<&Place>,
        about: &About,
    ) -> io::Result<Self> {
        Self::new(file, kind, columns, place, about).map_err(failed)
    }

    fn new(
        file: &'a File,
        kind: Kind,
        columns: &[Column],
        place: Option<&Place>,
        about: &About,
    ) -> Result<Self, ParquetError> {
        let mut fields = Vec::new();
        for column in columns {
            fields.push(match column.holds {
                Holds::Whole => field(column.name, Physical::INT64, None)?,
                Holds::Number => field(column.name, Physical::DOUBLE, None)?,
                Holds::Words => field(column.name, Physical::BYTE_ARRAY, Some(LogicalType::String))?,
            });
        }
        if place.is_some() {
            fields.push(field("geometry", Physical::BYTE_ARRAY, None)?);
        }
        let schema = Type::group_type_builder(kind.name()).with_fields(fields).build()?;
        let of_file = about.0.iter().map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone()));
        let of_columns = columns.iter().flat_map(|column| {
            let key = |what: &str| format!("{}.{what}", column.name);
            [KeyValue::new(key("unit"), column.unit.to_owned()), KeyValue::new(key("doc"), column.doc.to_owned())]
        });
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_created_by(format!("voltcity-export {}", env!("CARGO_PKG_VERSION")))
            .set_key_value_metadata(Some(of_file.chain(of_columns).collect()))
            .build();
        let writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?;
        let cells = |column: &Column| match column.holds {
            Holds::Whole => Cells::Whole(Vec::new()),
            Holds::Number => Cells::Number(Vec::new()),
            Holds::Words => Cells::Words(Vec::new()),
        };
        Ok(Self {
            writer,
            cells: columns.iter().map(cells).collect(),
            points: place.map(|_| Vec::new()),
            rows: 0,
            bounds: [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY],
            datum: place.map_or(Datum::Wgs84, |place| place.datum),
        })
    }

    /// Takes a row.
    pub(crate) fn row(&mut self, row: &[Value], point: Option<(f64, f64)>) -> io::Result<()> {
        for (cells, value) in self.cells.iter_mut().zip(row) {
            match cells {
                Cells::Whole(cells) => cells.push(if let Value::Whole(whole) = value { Some(*whole) } else { None }),
                Cells::Number(cells) => cells.push(value.number()),
                Cells::Words(cells) => cells.push(value.text().map(ByteArray::from)),
            }
        }
        if let (Some(points), Some((lon, lat))) = (&mut self.points, point) {
            points.push(Some(ByteArray::from(wkb(lon, lat))));
            let [west, south, east, north] = self.bounds;
            self.bounds = [west.min(lon), south.min(lat), east.max(lon), north.max(lat)];
        }
        self.rows += 1;
        if self.rows == GROUP { self.group().map_err(failed) } else { Ok(()) }
    }

    /// Writes the rows that are held.
    fn group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        let words = self.points.iter_mut().map(std::mem::take).map(Cells::Words);
        let empty = |cells: &mut Cells| match cells {
            Cells::Whole(cells) => Cells::Whole(std::mem::take(cells)),
            Cells::Number(cells) => Cells::Number(std::mem::take(cells)),
            Cells::Words(cells) => Cells::Words(std::mem::take(cells)),
        };
        for cells in self.cells.iter_mut().map(empty).chain(words) {
            let Some(mut column) = group.next_column()? else { break };
            match cells {
                Cells::Whole(cells) => {
                    let (levels, values) = split(cells);
                    column.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?;
                }
                Cells::Number(cells) => {
                    let (levels, values) = split(cells);
                    column.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?;
                }
                Cells::Words(cells) => {
                    let (levels, values) = split(cells);
                    column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
                }
            }
            column.close()?;
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }

    /// Completes the file.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if self.rows > 0 {
            self.group().map_err(failed)?;
        }
        if self.points.is_some() {
            let mut column = json!({"encoding": "WKB", "geometry_types": ["Point"]});
            if self.bounds[0].is_finite() {
                column["bbox"] = json!(self.bounds);
            }
            if self.datum == Datum::Gcj02 {
                // No coordinate reference system is known by that name; without the key it would be WGS-84.
                column["crs"] = serde_json::Value::Null;
                let key = KeyValue::new("voltcity.datum".to_owned(), datum(self.datum).to_owned());
                self.writer.append_key_value_metadata(key);
            }
            let geo = json!({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}});
            self.writer.append_key_value_metadata(KeyValue::new("geo".to_owned(), geo.to_string()));
        }
        self.writer.close().map(drop).map_err(failed)
    }
}

/// Definition levels, and the values that there are.
fn split<T>(cells: Vec<Option<T>>) -> (Vec<i16>, Vec<T>) {
    (cells.iter().map(|cell| i16::from(cell.is_some())).collect(), cells.into_iter().flatten().collect())
}

/// A point as well-known binary, little-endian.
fn wkb(lon: f64, lat: f64) -> Vec<u8> {
    let mut bytes = vec![1];
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(lon.to_le_bytes());
    bytes.extend(lat.to_le_bytes());
    bytes
}
