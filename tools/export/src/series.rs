//! Series of a run: rows of one interval and one element each, from the Parquet files in its directory.

use crate::agents::Visit;
use crate::args::Kind;
use crate::failure::Failure;
use crate::sink::About;
use crate::table::{Column, Holds, Value};
use ::parquet::column::reader::ColumnReader;
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, RowGroupReader};
use ::parquet::file::serialized_reader::SerializedFileReader;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use voltcity::report::recorder::schema;
use voltcity::telemetry::Level;

/// The directory of a run.
pub(crate) struct Run {
    dir: PathBuf,
    pub(crate) about: About,
}

/// Columns before those of a level.
const KEYS: [Column; 4] = [
    Column { name: "time", unit: "", doc: "start of the interval, in UTC", holds: Holds::Words },
    Column { name: "interval_s", unit: "s", doc: "length of the interval", holds: Holds::Whole },
    Column { name: "id", unit: "1", doc: "number of the element", holds: Holds::Whole },
    Column { name: "name", unit: "", doc: "its name, where it has one", holds: Holds::Words },
];
/// Columns of a zone's centre, after all others.
const POINT: [Column; 2] = [
    Column { name: "lon_deg", unit: "deg", doc: "longitude, in the datum of the world (GCJ-02)", holds: Holds::Number },
    Column { name: "lat_deg", unit: "deg", doc: "latitude, in the datum of the world (GCJ-02)", holds: Holds::Number },
];

/// Names and points by number, from the metadata of a series.
#[derive(Default)]
struct Elements {
    names: Vec<String>,
    points: BTreeMap<i64, (String, f64, f64)>,
}

impl Run {
    /// The run in a directory that has series.
    ///
    /// # Errors
    /// A directory without series, and series that cannot be read.
    pub(crate) fn open(dir: &Path) -> Result<Self, Failure> {
        let run = Self { dir: dir.to_owned(), about: About(Vec::new()) };
        let Some(kind) = run.kinds().first().copied() else {
            let text = format!("{} has no series (series-*.parquet): give the directory of a run", dir.display());
            return Err(Failure::Usage(text));
        };
        let reader = run.reader(kind)?;
        const SAID: [&str; 5] =
            ["voltcity.version", "voltcity.world", "voltcity.world_digest", "voltcity.seed", "voltcity.step_s"];
        let said = |key: &&'static str| Some((*key, metadata(&reader, key)?.to_owned()));
        Ok(Self { about: About(SAID.iter().filter_map(said).collect()), ..run })
    }

    /// Kinds of which there is a series.
    pub(crate) fn kinds(&self) -> Vec<Kind> {
        let levels = Level::ALL.into_iter().filter(|level| self.path(*level).exists());
        levels.map(kind_of).collect()
    }

    fn path(&self, level: Level) -> PathBuf {
        self.dir.join(format!("series-{level}.parquet"))
    }

    fn reader(&self, kind: Kind) -> Result<SerializedFileReader<File>, Failure> {
        let level = level_of(kind).ok_or_else(|| Failure::Usage(no_series(kind)))?;
        let path = self.path(level);
        let file = File::open(&path).map_err(|cause| Failure::Unreadable { path: path.clone(), cause })?;
        let damaged = |error: ParquetError| Failure::Series { path, message: error.to_string() };
        SerializedFileReader::new(file).map_err(damaged)
    }

    /// What is told of a kind.
    ///
    /// # Errors
    /// A kind that has no series.
    pub(crate) fn columns(kind: Kind) -> Result<Vec<Column>, Failure> {
        let level = level_of(kind).ok_or_else(|| Failure::Usage(no_series(kind)))?;
        let of_level = schema(level).columns.iter().map(|column| Column {
            name: column.name,
            unit: column.unit,
            doc: column.doc,
            holds: Holds::Whole,
        });
        let point = if kind == Kind::Zone { &POINT[..] } else { &[] };
        Ok(KEYS.into_iter().chain(of_level).chain(point.iter().copied()).collect())
    }

    /// Goes through the rows of a kind, in the order of the file; a row group is held at a time.
    ///
    /// # Errors
    /// What cannot be read, and what `visit` says.
    pub(crate) fn each(&self, kind: Kind, visit: &mut Visit) -> io::Result<()> {
        let reader = self.reader(kind).map_err(io::Error::other)?;
        let elements = Elements::of(&reader);
        let columns = Self::columns(kind).map_err(io::Error::other)?;
        let known = |column: &&Column| !POINT.iter().any(|point| point.name == column.name) && column.name != "name";
        let names: Vec<&str> = columns.iter().filter(known).map(|column| column.name).collect();
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group).map_err(io::Error::other)?;
            let values = names.iter().map(|name| whole_numbers(&*group, name)).collect::<io::Result<Vec<_>>>()?;
            for row in 0..values.first().map_or(0, Vec::len) {
                let whole = |at: usize| Value::Whole(values[at][row]);
                let time = Timestamp::from_millisecond(values[0][row]).map_err(io::Error::other)?;
                let id = values[2][row];
                let mut out = vec![Value::Name(time.to_string()), whole(1), whole(2), elements.name(id)];
                out.extend((3..values.len()).map(whole));
                if kind == Kind::Zone {
                    out.extend(elements.point(id));
                }
                visit(&out)?;
            }
        }
        Ok(())
    }
}

const fn kind_of(level: Level) -> Kind {
    match level {
        Level::City => Kind::City,
        Level::District => Kind::District,
        Level::Zone => Kind::Zone,
        Level::Station => Kind::Station,
        Level::Feeder => Kind::Feeder,
        Level::Transformer => Kind::Transformer,
    }
}

fn level_of(kind: Kind) -> Option<Level> {
    Level::ALL.into_iter().find(|level| kind_of(*level) == kind)
}

fn no_series(kind: Kind) -> String {
    format!("a run has no series of each {}: choose city, district, zone, station, feeder or transformer", kind.name())
}

fn metadata<'a>(reader: &'a SerializedFileReader<File>, key: &str) -> Option<&'a str> {
    let pairs = reader.metadata().file_metadata().key_value_metadata()?;
    pairs.iter().find(|pair| pair.key == key)?.value.as_deref()
}

/// A column of a row group.
fn whole_numbers(group: &dyn RowGroupReader, name: &str) -> io::Result<Vec<i64>> {
    let wrong = |what: &str| io::Error::other(format!("column `{name}` {what}: the series is not one of voltcity's"));
    let schema = group.metadata().schema_descr();
    let place = schema.columns().iter().position(|column| column.name() == name).ok_or_else(|| wrong("is missing"))?;
    let rows = group.metadata().num_rows() as usize;
    let reader = group.get_column_reader(place).map_err(io::Error::other)?;
    let ColumnReader::Int64ColumnReader(mut reader) = reader else { return Err(wrong("has no whole numbers")) };
    let (mut column, mut levels) = (Vec::new(), Vec::new());
    while column.len() < rows {
        let had = column.len();
        reader.read_records(rows - had, Some(&mut levels), None, &mut column).map_err(io::Error::other)?;
        if column.len() == had {
            return Err(wrong("has fewer values than rows"));
        }
    }
    Ok(column)
}

impl Elements {
    fn of(reader: &SerializedFileReader<File>) -> Self {
        let names = metadata(reader, "voltcity.ids").and_then(|text| serde_json::from_str(text).ok());
        let places: Option<Vec<serde_json::Value>> =
            metadata(reader, "voltcity.places").and_then(|text| serde_json::from_str(text).ok());
        let place = |place: &serde_json::Value| {
            let number = |name: &str| place[name].as_f64();
            let name = place["name"].as_str().unwrap_or_default().to_owned();
            Some((place["id"].as_i64()?, (name, number("lon")?, number("lat")?)))
        };
        Self { names: names.unwrap_or_default(), points: places.iter().flatten().filter_map(place).collect() }
    }

    fn name(&self, id: i64) -> Value {
        let of_place = self.points.get(&id).map(|point| &point.0).filter(|name| !name.is_empty());
        let listed = usize::try_from(id).ok().and_then(|at| self.names.get(at));
        of_place.or(listed).map_or(Value::Nothing, |name| Value::Name(name.clone()))
    }

    fn point(&self, id: i64) -> [Value; 2] {
        match self.points.get(&id) {
            Some((_, lon, lat)) => [Value::Number(*lon), Value::Number(*lat)],
            None => [Value::Nothing, Value::Nothing],
        }
    }
}
