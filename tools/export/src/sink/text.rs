//! Records as text: JSON, RON, and `GeoJSON` as in RFC 7946, streamed.

use super::{About, datum};
use crate::args::Datum;
use crate::place::Place;
use crate::table::{Column, Value};
use serde_json::json;
use std::fs::File;
use std::io::{self, BufWriter, Write};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Ron,
    Geojson,
}

/// A list of records under way.
pub(crate) struct Records<'a> {
    out: BufWriter<&'a File>,
    names: Vec<&'static str>,
    form: Form,
    is_first: bool,
}

impl<'a> Records<'a> {
    fn begin(out: BufWriter<&'a File>, columns: &[Column], form: Form, head: &str) -> io::Result<Self> {
        let mut made = Self { out, names: columns.iter().map(|column| column.name).collect(), form, is_first: true };
        made.out.write_all(head.as_bytes())?;
        Ok(made)
    }

    /// An array of objects.
    pub(crate) fn json(out: BufWriter<&'a File>, columns: &[Column]) -> io::Result<Self> {
        Self::begin(out, columns, Form::Json, "[")
    }

    /// A list of structs.
    pub(crate) fn ron(out: BufWriter<&'a File>, columns: &[Column]) -> io::Result<Self> {
        Self::begin(out, columns, Form::Ron, "[")
    }

    /// A collection of points. `GeoJSON` knows WGS-84 alone; another datum is said beside it.
    pub(crate) fn geojson(
        out: BufWriter<&'a File>,
        columns: &[Column],
        place: Option<&Place>,
        about: &About,
    ) -> io::Result<Self> {
        let of = place.map_or(Datum::Wgs84, |place| place.datum);
        let about: serde_json::Map<String, serde_json::Value> =
            about.0.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        let about = serde_json::Value::from(about);
        let head = format!(
            "{{\"type\":\"FeatureCollection\",\"coordinates_datum\":{},\"voltcity\":{about},\"features\":[",
            json!(datum(of))
        );
        Self::begin(out, columns, Form::Geojson, &head)
    }

    /// Takes a record.
    pub(crate) fn row(&mut self, row: &[Value], point: Option<(f64, f64)>) -> io::Result<()> {
        let before = if std::mem::replace(&mut self.is_first, false) { "\n" } else { ",\n" };
        self.out.write_all(before.as_bytes())?;
        match self.form {
            Form::Json => self.object(row),
            Form::Ron => self.structure(row),
            Form::Geojson => {
                let (lon, lat) = point.unwrap_or_default();
                // Seven decimals of a degree are a centimetre.
                write!(
                    self.out,
                    "{{\"type\":\"Feature\",\"geometry\":{{\"type\":\"Point\",\"coordinates\":[{lon:.7},{lat:.7}]}},\
                     \"properties\":"
                )?;
                self.object(row)?;
                self.out.write_all(b"}")
            }
        }
    }

    fn object(&mut self, row: &[Value]) -> io::Result<()> {
        for (index, (name, value)) in self.names.iter().zip(row).enumerate() {
            let before = if index == 0 { '{' } else { ',' };
            write!(self.out, "{before}\"{name}\":")?;
            match value {
                Value::Whole(whole) => write!(self.out, "{whole}")?,
                Value::Number(number) => write!(self.out, "{}", json!(number))?,
                Value::Nothing => self.out.write_all(b"null")?,
                text => write!(self.out, "{}", json!(text.text()))?,
            }
        }
        self.out.write_all(b"}")
    }

    fn structure(&mut self, row: &[Value]) -> io::Result<()> {
        for (index, (name, value)) in self.names.iter().zip(row).enumerate() {
            let before = if index == 0 { "    (" } else { ", " };
            write!(self.out, "{before}{name}: ")?;
            let text = match value {
                Value::Whole(whole) => whole.to_string(),
                Value::Number(number) => ron::to_string(number).map_err(io::Error::other)?,
                Value::Nothing => "None".to_owned(),
                text => ron::to_string(text.text().unwrap_or_default()).map_err(io::Error::other)?,
            };
            // What may be missing is optional in every record.
            let optional = OPTIONAL.contains(name) && *value != Value::Nothing;
            if optional { write!(self.out, "Some({text})")? } else { self.out.write_all(text.as_bytes())? }
        }
        self.out.write_all(b")")
    }

    /// Ends the list.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        let end = if self.form == Form::Geojson { "\n]}\n" } else { "\n]\n" };
        self.out.write_all(end.as_bytes())?;
        self.out.flush()
    }
}

/// Columns of which there may be none in a row.
const OPTIONAL: [&str; 5] = ["station", "charger", "depart_s", "vehicle", "owner"];
