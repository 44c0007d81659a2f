//! A frame: what one level of the tree reports for one interval, as columns of integers.
//!
//! Column-major and integer only, so that a frame is cheap to make, cheap to compress, and says exactly what the
//! ledger says. The names, units and meanings of the columns are a [`Schema`], known when the program is compiled.

use core::fmt;
use core::str::FromStr;
use std::sync::Arc;

/// Columns that every sink writes before those of a schema; a schema may not use these names.
///
/// `time` is the start of the interval, `interval_s` its length in seconds, `id` the agent within the level.
pub const KEY_COLUMNS: [&str; 3] = ["time", "interval_s", "id"];

/// One reported quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name in files: lower case, ending in its unit, such as `import_j`.
    pub name: &'static str,
    /// Unit of one count, such as `J`, `W` or `1`.
    pub unit: &'static str,
    /// What it means and which sign it has, in a sentence.
    pub doc: &'static str,
}

/// A level of the tree at which series are kept, from the whole city down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The whole city: one row per interval.
    City,
    /// Administrative districts.
    District,
    /// Traffic zones.
    Zone,
    /// Charging stations that are open to all.
    Station,
    /// 10 kV feeders.
    Feeder,
    /// Distribution transformers.
    Transformer,
}

impl Level {
    /// Every level, from the city down.
    pub const ALL: [Self; 6] = [Self::City, Self::District, Self::Zone, Self::Station, Self::Feeder, Self::Transformer];

    /// The level's name in files and on the command line, such as `city`.
    pub const fn stem(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::District => "district",
            Self::Zone => "zone",
            Self::Station => "station",
            Self::Feeder => "feeder",
            Self::Transformer => "transformer",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.stem())
    }
}

/// A word that names no level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown level `{0}`: write city, district, zone, station, feeder or transformer")]
pub struct LevelError(pub String);

impl FromStr for Level {
    type Err = LevelError;

    /// Reads a level's stem, exactly as [`Level::stem`] writes it.
    fn from_str(word: &str) -> Result<Self, LevelError> {
        Self::ALL.into_iter().find(|level| level.stem() == word).ok_or_else(|| LevelError(word.to_owned()))
    }
}

/// The columns of one level's series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The level whose frames have these columns.
    pub level: Level,
    /// The columns, in the order in which a frame carries them.
    pub columns: &'static [Column],
}

/// Why a schema cannot be written to a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// A column without a name.
    #[error("column {index} of the {level} series has no name: name every column")]
    Unnamed {
        /// The level of the series.
        level: Level,
        /// Place of the column, counted from zero.
        index: usize,
    },
    /// Two columns of one name, or one that bears the name of a key column.
    #[error("column `{name}` of the {level} series is named twice, or named like a key column: name each once")]
    Taken {
        /// The level of the series.
        level: Level,
        /// The name at fault.
        name: &'static str,
    },
}

impl Schema {
    /// Checks that every column has a name of its own, apart from those of [`KEY_COLUMNS`].
    ///
    /// # Errors
    /// The first column at fault.
    pub fn check(&self) -> Result<(), SchemaError> {
        for (index, column) in self.columns.iter().enumerate() {
            let name = column.name;
            if name.is_empty() {
                return Err(SchemaError::Unnamed { level: self.level, index });
            }
            if KEY_COLUMNS.contains(&name) || self.columns[..index].iter().any(|other| other.name == name) {
                return Err(SchemaError::Taken { level: self.level, name });
            }
        }
        Ok(())
    }
}

/// What every node of one level reports for one interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The level of the nodes.
    pub level: Level,
    /// Start of the interval, in Unix seconds (UTC).
    pub time_s: i64,
    /// Length of the interval in seconds, positive.
    pub interval_s: u32,
    /// The nodes, in the order of the rows. Shared, because it is the same for every interval.
    pub ids: Arc<[u32]>,
    /// The values, column-major: one vector per column of the schema, each as long as `ids`.
    pub columns: Vec<Vec<i64>>,
}

/// Why a frame does not fit its schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A frame of another level.
    #[error("a frame of level {found} where the schema is of level {wanted}: send it to the sink of its own level")]
    Level {
        /// The schema's level.
        wanted: Level,
        /// The frame's level.
        found: Level,
    },
    /// More or fewer columns than the schema has.
    #[error("a {level} frame has {found} columns where its schema has {wanted}: give one vector per column")]
    Columns {
        /// The frame's level.
        level: Level,
        /// Columns of the schema.
        wanted: usize,
        /// Columns of the frame.
        found: usize,
    },
    /// A column that is longer or shorter than the list of ids.
    #[error("column `{column}` of a {level} frame has {found} values for {wanted} ids: give one value per id")]
    Rows {
        /// The frame's level.
        level: Level,
        /// The column's name.
        column: &'static str,
        /// Number of ids.
        wanted: usize,
        /// Number of values.
        found: usize,
    },
    /// An interval of no length.
    #[error("a {level} frame covers an interval of 0 s: the interval must be at least 1 s")]
    Interval {
        /// The frame's level.
        level: Level,
    },
    /// A time that no calendar reaches.
    #[error("a {level} frame begins at Unix second {time_s}, which does not fit in milliseconds: give Unix seconds")]
    Time {
        /// The frame's level.
        level: Level,
        /// The time at fault, in Unix seconds.
        time_s: i64,
    },
}

impl Frame {
    /// A frame of `schema`'s level whose columns fit it.
    ///
    /// # Errors
    /// As [`Frame::check`].
    pub fn new(
        schema: &Schema,
        time_s: i64,
        interval_s: u32,
        ids: Arc<[u32]>,
        columns: Vec<Vec<i64>>,
    ) -> Result<Self, FrameError> {
        let frame = Self { level: schema.level, time_s, interval_s, ids, columns };
        frame.check(schema)?;
        Ok(frame)
    }

    /// Number of rows: one per node.
    pub fn rows(&self) -> usize {
        self.ids.len()
    }

    /// Checks that the frame fits `schema`, and returns its time in Unix milliseconds.
    ///
    /// A sink calls it on what it receives, since the fields of a frame are open.
    ///
    /// # Errors
    /// Another level, another number of columns, a column of another length than `ids`, an empty interval, or a time
    /// that does not fit in milliseconds.
    pub fn check(&self, schema: &Schema) -> Result<i64, FrameError> {
        let level = self.level;
        if level != schema.level {
            return Err(FrameError::Level { wanted: schema.level, found: level });
        }
        if self.interval_s == 0 {
            return Err(FrameError::Interval { level });
        }
        let time_ms = self.time_s.checked_mul(1_000).ok_or(FrameError::Time { level, time_s: self.time_s })?;
        let (wanted, found) = (schema.columns.len(), self.columns.len());
        if wanted != found {
            return Err(FrameError::Columns { level, wanted, found });
        }
        let misfit = schema.columns.iter().zip(&self.columns).find(|(_, values)| values.len() != self.rows());
        misfit.map_or(Ok(time_ms), |(column, values)| {
            Err(FrameError::Rows { level, column: column.name, wanted: self.rows(), found: values.len() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[
        Column { name: "import_j", unit: "J", doc: "Energy drawn." },
        Column { name: "peak_w", unit: "W", doc: "Highest mean power." },
    ];
    const SCHEMA: Schema = Schema { level: Level::Zone, columns: COLUMNS };

    fn ids(n: u32) -> Arc<[u32]> {
        (0..n).collect()
    }

    #[test]
    fn a_level_reads_back_what_it_writes() {
        for level in Level::ALL {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        let error = "City".parse::<Level>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown level `City`: write city, district, zone, station, feeder or transformer"
        );
        assert!(Level::City < Level::District && Level::Feeder < Level::Transformer);
        assert_eq!(format!("{:>9}|", Level::Zone), "     zone|");
    }

    #[test]
    fn a_frame_that_fits_is_made() {
        let frame = Frame::new(&SCHEMA, 1_720_000_000, 60, ids(2), vec![vec![1, 2], vec![3, 4]]).unwrap();
        assert_eq!((frame.level, frame.rows(), frame.check(&SCHEMA)), (Level::Zone, 2, Ok(1_720_000_000_000)));
    }

    #[test]
    fn a_frame_that_does_not_fit_is_refused_with_what_would_be_right() {
        let refuse = |time_s, interval_s, columns| {
            Frame::new(&SCHEMA, time_s, interval_s, ids(2), columns).unwrap_err().to_string()
        };
        assert_eq!(
            refuse(0, 60, vec![vec![1, 2], vec![3]]),
            "column `peak_w` of a zone frame has 1 values for 2 ids: give one value per id"
        );
        assert_eq!(
            refuse(0, 60, vec![vec![1, 2]]),
            "a zone frame has 1 columns where its schema has 2: give one vector per column"
        );
        assert!(refuse(0, 0, vec![vec![1, 2], vec![3, 4]]).contains("at least 1 s"));
        assert!(refuse(i64::MAX / 10, 60, vec![vec![1, 2], vec![3, 4]]).contains("does not fit in milliseconds"));
        let frame = Frame::new(&SCHEMA, 0, 60, ids(0), vec![vec![], vec![]]).unwrap();
        let city = Schema { level: Level::City, columns: COLUMNS };
        assert_eq!(frame.check(&city), Err(FrameError::Level { wanted: Level::City, found: Level::Zone }));
    }

    #[test]
    fn a_schema_names_each_column_once() {
        const TWICE: &[Column] = &[COLUMNS[0], COLUMNS[0]];
        const KEY: &[Column] = &[Column { name: "id", unit: "1", doc: "" }];
        const BLANK: &[Column] = &[Column { name: "", unit: "1", doc: "" }];
        let check = |columns| Schema { level: Level::City, columns }.check();
        assert_eq!(check(COLUMNS), Ok(()));
        assert_eq!(check(TWICE), Err(SchemaError::Taken { level: Level::City, name: "import_j" }));
        assert_eq!(check(KEY), Err(SchemaError::Taken { level: Level::City, name: "id" }));
        assert_eq!(check(BLANK), Err(SchemaError::Unnamed { level: Level::City, index: 0 }));
    }
}
