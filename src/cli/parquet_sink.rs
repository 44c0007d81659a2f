//! Parquet output: one file per level, complete whenever it bears its final name.
//!
//! Rows gather in memory until a row group is full, so memory does not grow with the length of a run. The file is
//! written as `series-<level>.parquet.partial` and renamed once it is on the disk. Nothing in it depends on when or
//! where it was written: equal frames make equal bytes.

use parquet::basic::{Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::Int64Type;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use voltcity::telemetry::frame::KEY_COLUMNS;
use voltcity::telemetry::{Column, Frame, Schema, Sink, SinkError, Written};

/// Values gathered before a row group is written: 32 MiB of integers, whatever the number of columns.
const ROW_GROUP_VALUES: usize = 4 << 20;

/// Rows of a row group at most: what readers take at a time.
const ROW_GROUP_ROWS: usize = 1 << 20;

/// Zstandard's own default: beyond it, time grows faster than size falls.
const ZSTD_LEVEL: i32 = 3;

/// The units and meanings of [`KEY_COLUMNS`], in their order.
const KEYS: [Column; 3] = [
    Column { name: KEY_COLUMNS[0], unit: "ms since 1970-01-01T00:00:00Z", doc: "Start of the interval, UTC." },
    Column { name: KEY_COLUMNS[1], unit: "s", doc: "Length of the interval." },
    Column { name: KEY_COLUMNS[2], unit: "1", doc: "The node within its level; `voltcity.ids`, if given, names it." },
];

/// A sink that keeps one level's frames in one Parquet file and passes over the other levels.
pub(crate) struct ParquetSink {
    schema: Schema,
    path: PathBuf,
    // Before `partial`, so that the file is closed before it is removed.
    file: SerializedFileWriter<Tally>,
    partial: Partial,
    /// Rows that wait for their row group: the key columns, then the schema's.
    pending: Vec<Vec<i64>>,
    group_rows: usize,
    rows_written: u64,
}

impl ParquetSink {
    /// Begins `dir/series-<level>.parquet`, making `dir` if need be.
    ///
    /// `metadata` goes into the file's key-value metadata, beside `voltcity.unit.<column>` and
    /// `voltcity.doc.<column>` of every column. An older file of the final name stays until the new one is complete.
    ///
    /// # Errors
    /// A schema that names a column twice, a directory or file that cannot be made, or a run that is writing there.
    pub(crate) fn create(dir: &Path, schema: Schema, metadata: &[(String, String)]) -> Result<Self, SinkError> {
        let path = dir.join(format!("series-{}.parquet", schema.level));
        fs::create_dir_all(dir).map_err(|cause| cannot("create", dir, Written::default(), cause))?;
        let partial = partial_name(&path);
        let file = open_locked(&partial).map_err(|cause| cannot("create", &path, Written::default(), cause))?;
        Self::with_output(path, Partial(partial), schema, metadata, Box::new(file))
    }

    /// Begins the file `path` on an open output, whose name until the end is that of `partial`.
    fn with_output(
        path: PathBuf,
        partial: Partial,
        schema: Schema,
        metadata: &[(String, String)],
        output: Box<dyn Output>,
    ) -> Result<Self, SinkError> {
        schema.check().map_err(|cause| SinkError::Schema { path: path.clone(), cause })?;
        let begin = || {
            let (fields, properties) = (file_schema(&schema)?, file_properties(&schema, metadata)?);
            SerializedFileWriter::new(Tally { output, bytes: 0 }, Arc::new(fields), Arc::new(properties))
        };
        let file = begin().map_err(|error| refused("create", &path, Written::default(), error))?;
        let columns = KEYS.len() + schema.columns.len();
        let group_rows = (ROW_GROUP_VALUES / columns).clamp(1, ROW_GROUP_ROWS);
        Ok(Self { schema, path, file, partial, pending: vec![Vec::new(); columns], group_rows, rows_written: 0 })
    }

    /// Gathers some rows of a frame that fits.
    fn gather(&mut self, frame: &Frame, time_ms: i64, rows: Range<usize>) {
        let (keys, values) = self.pending.split_at_mut(KEYS.len());
        let end = keys[0].len() + rows.len();
        keys[0].resize(end, time_ms);
        keys[1].resize(end, i64::from(frame.interval_s));
        keys[2].extend(frame.ids[rows.clone()].iter().copied().map(i64::from));
        for (pending, column) in values.iter_mut().zip(&frame.columns) {
            pending.extend_from_slice(&column[rows.clone()]);
        }
    }

    /// Writes the gathered rows as one row group.
    fn write_group(&mut self) -> Result<(), SinkError> {
        let rows = self.pending[0].len();
        if rows == 0 {
            return Ok(());
        }
        write_columns(&mut self.file, &self.pending).map_err(|error| self.refused("write", error))?;
        self.pending.iter_mut().for_each(Vec::clear);
        self.rows_written += rows as u64;
        Ok(())
    }

    /// Writes what is left, and brings all of it to the disk.
    fn complete(&mut self) -> Result<(), SinkError> {
        self.write_group()?;
        self.file.finish().map_err(|error| self.refused("write", error))?;
        let synced = self.file.inner_mut().output.sync();
        synced.map_err(|cause| cannot("write", &self.path, self.written(), cause))
    }

    fn written(&self) -> Written {
        Written { rows: self.rows_written, bytes: self.file.inner().bytes, kept: false }
    }

    fn refused(&self, action: &'static str, error: ParquetError) -> SinkError {
        refused(action, &self.path, self.written(), error)
    }
}

impl Sink for ParquetSink {
    fn write(&mut self, frame: &Frame) -> Result<(), SinkError> {
        if frame.level != self.schema.level {
            return Ok(());
        }
        let misfit = |cause| SinkError::Frame { path: self.path.clone(), cause };
        let time_ms = frame.check(&self.schema).map_err(misfit)?;
        let mut done = 0;
        while done < frame.rows() {
            let room = self.group_rows - self.pending[0].len();
            let next = frame.rows().min(done + room);
            self.gather(frame, time_ms, done..next);
            done = next;
            if self.pending[0].len() == self.group_rows {
                self.write_group()?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Vec<PathBuf>, SinkError> {
        self.complete()?;
        let written = Written { kept: true, ..self.written() };
        // The file stays open, and with it its lock, until it bears its final name.
        let Self { path, file, partial, .. } = *self;
        let partial_path = partial.0.clone();
        partial.publish(&path).map_err(|cause| cannot("give its final name to", &partial_path, written, cause))?;
        drop(file);
        Ok(vec![path])
    }

    fn abandon(self: Box<Self>) {
        // Dropping the sink closes the file and removes it.
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}

/// Where the bytes go.
trait Output: Write + Send {
    /// Brings what was written to the disk.
    fn sync(&mut self) -> io::Result<()>;
}

impl Output for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// An output that counts the bytes it took.
struct Tally {
    output: Box<dyn Output>,
    bytes: u64,
}

impl Write for Tally {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.output.write(bytes)?;
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

/// The name of an unfinished file, which is removed unless it is published.
pub(crate) struct Partial(pub(crate) PathBuf);

impl Partial {
    /// Gives the file its final name, and makes the name last. A file that cannot be renamed is complete and stays.
    pub(crate) fn publish(mut self, path: &Path) -> io::Result<()> {
        let partial = std::mem::take(&mut self.0);
        fs::rename(partial, path)?;
        sync_directory(path)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            // A file that cannot be removed still does not bear a final name.
            fs::remove_file(&self.0).ok();
        }
    }
}

/// A rename lasts through a power cut once the directory is on the disk.
#[cfg(unix)]
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    File::open(dir.unwrap_or(Path::new(".")))?.sync_all()
}

/// Elsewhere a directory cannot be opened, and the file system's journal has to do.
#[cfg(not(unix))]
pub(crate) fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// The name of a file until it is complete.
pub(crate) fn partial_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

/// Opens a file for writing, empty, unless another run is writing it.
pub(crate) fn open_locked(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, "another run is writing it"));
    }
    // A file system without locks goes on without one.
    file.set_len(0)?;
    Ok(file)
}

/// Writes one row group, column by column.
fn write_columns(file: &mut SerializedFileWriter<Tally>, columns: &[Vec<i64>]) -> Result<(), ParquetError> {
    let mut group = file.next_row_group()?;
    for values in columns {
        let Some(mut column) = group.next_column()? else {
            return Err(ParquetError::General("fewer columns in the file than in the frame".to_owned()));
        };
        column.typed::<Int64Type>().write_batch(values, None, None)?;
        column.close()?;
    }
    group.close().map(drop)
}

/// The columns of the file: the key columns, then the schema's.
fn file_columns(schema: &Schema) -> impl Iterator<Item = &Column> {
    KEYS.iter().chain(schema.columns)
}

/// The file's schema: required 64-bit integers, the first of them a time in UTC.
fn file_schema(schema: &Schema) -> Result<Type, ParquetError> {
    let field = |column: &Column| {
        let is_time = column.name == KEY_COLUMNS[0];
        let field = Type::primitive_type_builder(column.name, Physical::INT64)
            .with_repetition(Repetition::REQUIRED)
            .with_logical_type(is_time.then(|| LogicalType::timestamp(true, TimeUnit::MILLIS)));
        field.build().map(Arc::new)
    };
    let fields = file_columns(schema).map(field).collect::<Result<_, _>>()?;
    Type::group_type_builder("series").with_fields(fields).build()
}

/// How the file is compressed, and what it says about itself.
fn file_properties(schema: &Schema, metadata: &[(String, String)]) -> Result<WriterProperties, ParquetError> {
    let of_columns = file_columns(schema).flat_map(|Column { name, unit, doc }| {
        [(format!("voltcity.unit.{name}"), (*unit).to_owned()), (format!("voltcity.doc.{name}"), (*doc).to_owned())]
    });
    let pairs = metadata.iter().cloned().chain(of_columns).map(|(key, value)| KeyValue::new(key, value)).collect();
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_key_value_metadata(Some(pairs));
    for column in schema.columns {
        let path = ColumnPath::from(column.name);
        properties = properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
    }
    Ok(properties.build())
}

/// The error of a file operation.
fn cannot(action: &'static str, path: &Path, written: Written, cause: io::Error) -> SinkError {
    SinkError::Io { action, path: path.to_owned(), written, cause }
}

/// The error of the format's library, which holds that of the file when it has one.
fn refused(action: &'static str, path: &Path, written: Written, error: ParquetError) -> SinkError {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(cause) => cannot(action, path, written, *cause),
            Err(other) => SinkError::Format { path: path.to_owned(), written, reason: other.to_string() },
        },
        other => SinkError::Format { path: path.to_owned(), written, reason: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::column::reader::get_typed_column_reader;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicU32, Ordering};
    use voltcity::telemetry::{Level, Telemetry};

    const COLUMNS: &[Column] = &[
        Column { name: "import_j", unit: "J", doc: "Energy drawn from the grid." },
        Column { name: "price_uyuan", unit: "µyuan", doc: "Money, 电费." },
    ];
    const TWICE: &[Column] = &[COLUMNS[0], COLUMNS[0]];
    const CITY: Schema = Schema { level: Level::City, columns: COLUMNS };
    const ZONE: Schema = Schema { level: Level::Zone, columns: COLUMNS };

    /// A directory of one test, removed at its end.
    struct Dir(PathBuf);

    impl Dir {
        fn new() -> Self {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            Self(std::env::temp_dir().join(format!("voltcity-parquet-{}-{count}", std::process::id())))
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<String> = entries.collect();
            names.sort();
            names
        }

        fn partial(&self, name: &str) -> (PathBuf, Partial) {
            fs::create_dir_all(&self.0).unwrap();
            let path = self.0.join(name);
            let partial = partial_name(&path);
            fs::write(&partial, "").unwrap();
            (path, Partial(partial))
        }
    }

    impl Drop for Dir {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).ok();
        }
    }

    /// An output that takes so many bytes and then fails as it is told.
    struct Limited {
        left: usize,
        kind: io::ErrorKind,
    }

    impl Write for Limited {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.left);
            self.left -= taken;
            if taken == 0 && !bytes.is_empty() { Err(self.kind.into()) } else { Ok(taken) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Output for Limited {
        fn sync(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn frame(schema: &Schema, n: i64, rows: u32) -> Frame {
        let value = |row: u32, column: i64| (n * 7_919 + i64::from(row) * 104_729) * (column * 2 - 1);
        let columns = (0..2).map(|column| (0..rows).map(|row| value(row, column)).collect()).collect();
        Frame::new(schema, 1_721_059_200 + n * 900, 900, (0..rows).collect(), columns).unwrap()
    }

    /// Rows of a file as `[time, interval_s, id, columns…]`, and the rows of each row group.
    fn read(path: &Path) -> (Vec<Vec<i64>>, Vec<i64>) {
        let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
        let columns = reader.metadata().file_metadata().schema_descr().num_columns();
        let (mut rows, mut groups) = (Vec::new(), Vec::new());
        for group in 0..reader.num_row_groups() {
            let group = reader.get_row_group(group).unwrap();
            let count = group.metadata().num_rows();
            let from = rows.len();
            rows.resize_with(from + count as usize, Vec::new);
            groups.push(count);
            for column in 0..columns {
                let mut column = get_typed_column_reader::<Int64Type>(group.get_column_reader(column).unwrap());
                let mut values = Vec::new();
                column.read_records(count as usize, None, None, &mut values).unwrap();
                rows[from..].iter_mut().zip(values).for_each(|(row, value)| row.push(value));
            }
        }
        (rows, groups)
    }

    /// The rows that a file of these frames must have.
    fn rows_of(frames: &[Frame]) -> Vec<Vec<i64>> {
        let row = |frame: &Frame, row: usize| {
            let keys = [frame.time_s * 1_000, i64::from(frame.interval_s), i64::from(frame.ids[row])];
            keys.into_iter().chain(frame.columns.iter().map(|column| column[row])).collect()
        };
        frames.iter().flat_map(|frame| (0..frame.rows()).map(move |at| row(frame, at))).collect()
    }

    fn boxed(sink: ParquetSink) -> Box<dyn Sink> {
        Box::new(sink)
    }

    #[test]
    fn a_file_reads_back_and_bears_its_name_only_when_complete() {
        let dir = Dir::new();
        let mut sink = ParquetSink::create(&dir.0, ZONE, &[]).unwrap();
        let frames: Vec<Frame> = (0..3).map(|n| frame(&ZONE, n, 5)).collect();
        for frame in &frames {
            sink.write(frame).unwrap();
        }
        sink.write(&frame(&CITY, 9, 1)).unwrap();
        assert_eq!(dir.names(), ["series-zone.parquet.partial"]);
        let path = dir.0.join("series-zone.parquet");
        assert_eq!(sink.name(), path.display().to_string());
        assert_eq!(boxed(sink).finish().unwrap(), std::slice::from_ref(&path));
        assert_eq!(dir.names(), ["series-zone.parquet"]);
        assert_eq!(read(&path), (rows_of(&frames), vec![15]));
    }

    #[test]
    fn the_schema_and_the_metadata_are_in_the_file() {
        let dir = Dir::new();
        let given =
            [("voltcity.seed".to_owned(), "42".to_owned()), ("voltcity.ids".to_owned(), r#"["南山"]"#.to_owned())];
        let path = boxed(ParquetSink::create(&dir.0, CITY, &given).unwrap()).finish().unwrap().remove(0);
        let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
        let file = reader.metadata().file_metadata();
        let fields = file.schema_descr().columns().iter();
        let described: Vec<_> = fields
            .map(|c| (c.name().to_owned(), c.physical_type(), c.max_def_level(), c.logical_type_ref().cloned()))
            .collect();
        let plain = |name: &str| (name.to_owned(), Physical::INT64, 0, None);
        let time = ("time".to_owned(), Physical::INT64, 0, Some(LogicalType::timestamp(true, TimeUnit::MILLIS)));
        let wanted = [time, plain("interval_s"), plain("id"), plain("import_j"), plain("price_uyuan")];
        assert_eq!(described, wanted);
        let pairs = file.key_value_metadata().unwrap().iter();
        let pairs: BTreeMap<_, _> = pairs.map(|pair| (pair.key.as_str(), pair.value.as_deref().unwrap())).collect();
        assert_eq!(pairs.len(), given.len() + 2 * wanted.len());
        assert_eq!((pairs["voltcity.seed"], pairs["voltcity.ids"]), ("42", r#"["南山"]"#));
        assert_eq!((pairs["voltcity.unit.price_uyuan"], pairs["voltcity.doc.price_uyuan"]), ("µyuan", "Money, 电费."));
        assert_eq!(pairs["voltcity.unit.time"], "ms since 1970-01-01T00:00:00Z");
        assert_eq!(file.num_rows(), 0);
    }

    #[test]
    fn memory_is_bounded_by_row_groups_that_split_frames() {
        let dir = Dir::new();
        let mut sink = ParquetSink::create(&dir.0, ZONE, &[]).unwrap();
        assert_eq!(sink.group_rows, ROW_GROUP_VALUES / 5);
        sink.group_rows = 8;
        let frames = [frame(&ZONE, 0, 5), frame(&ZONE, 1, 20), frame(&ZONE, 2, 0), frame(&ZONE, 3, 7)];
        for frame in &frames {
            sink.write(frame).unwrap();
            assert!(sink.pending.iter().all(|column| column.len() < 8), "a full group waits");
        }
        let path = boxed(sink).finish().unwrap().remove(0);
        assert_eq!(read(&path), (rows_of(&frames), vec![8, 8, 8, 8]));
    }

    #[test]
    fn equal_frames_make_equal_bytes() {
        let dirs = [Dir::new(), Dir::new()];
        let bytes = dirs.each_ref().map(|dir| {
            let mut sink = ParquetSink::create(&dir.0, ZONE, &[("voltcity.seed".to_owned(), "1".to_owned())]).unwrap();
            (0..10).for_each(|n| sink.write(&frame(&ZONE, n, 100)).unwrap());
            fs::read(boxed(sink).finish().unwrap().remove(0)).unwrap()
        });
        assert!(bytes[0] == bytes[1] && bytes[0].len() > 1_000);
    }

    #[test]
    fn a_full_disk_names_the_file_and_leaves_no_trace_of_it() {
        let dir = Dir::new();
        for (left, rows) in [(2, 0), (200, 0), (1_500, 64), (3_000, 128)] {
            let (path, partial) = dir.partial("series-zone.parquet");
            let output = Box::new(Limited { left, kind: io::ErrorKind::StorageFull });
            let mut sink = ParquetSink::with_output(path.clone(), partial, ZONE, &[], output).unwrap();
            sink.group_rows = 64;
            let failed = (0..100).find_map(|n| sink.write(&frame(&ZONE, n, 64)).err());
            let error = failed.or_else(|| boxed(sink).finish().err()).unwrap();
            let SinkError::Io { action: "write", path: at_fault, written, cause } = &error else {
                panic!("another error: {error}");
            };
            assert_eq!((at_fault, cause.kind()), (&path, io::ErrorKind::StorageFull));
            assert!(written.bytes <= left as u64 && written.rows <= 6_400 && !written.kept, "{written:?}");
            assert!(written.rows >= rows, "{left}: {written:?}");
            assert!(error.to_string().contains("series-zone.parquet: no storage space; "), "{error}");
        }
    }

    #[test]
    fn a_closed_pipe_is_told_from_a_full_disk() {
        let dir = Dir::new();
        let (path, partial) = dir.partial("series-city.parquet");
        let output = Box::new(Limited { left: 0, kind: io::ErrorKind::BrokenPipe });
        let error = boxed(ParquetSink::with_output(path, partial, CITY, &[], output).unwrap()).finish().unwrap_err();
        assert!(error.is_broken_pipe(), "{error}");
        assert!(dir.names().is_empty());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_device_that_is_always_full_is_reported_by_the_system_itself() {
        let dir = Dir::new();
        let (path, partial) = dir.partial("series-city.parquet");
        let output = Box::new(File::options().write(true).open("/dev/full").unwrap());
        let mut sink = ParquetSink::with_output(path, partial, CITY, &[], output).unwrap();
        sink.write(&frame(&CITY, 0, 1)).unwrap();
        let error = boxed(sink).finish().unwrap_err().to_string();
        assert!(
            error.contains("series-city.parquet: No space left on device (os error 28); 0 rows (0 bytes)"),
            "{error}"
        );
        assert!(error.ends_with("free space, keep fewer levels or choose another directory"), "{error}");
    }

    #[test]
    fn one_full_file_leaves_the_others_complete_and_ends_the_run() {
        let dir = Dir::new();
        let (path, partial) = dir.partial("series-zone.parquet");
        let output = Box::new(Limited { left: 20_000, kind: io::ErrorKind::StorageFull });
        let mut zone = ParquetSink::with_output(path, partial, ZONE, &[], output).unwrap();
        zone.group_rows = 256;
        let city = ParquetSink::create(&dir.0, CITY, &[]).unwrap();
        let telemetry = Telemetry::start(vec![boxed(zone), boxed(city)], 4);
        let mut accepted = Vec::new();
        let error = (0..100_000).find_map(|n| {
            let frame = frame(&CITY, n, 1);
            let sent = telemetry.send(frame.clone()).map(|()| accepted.push(frame));
            sent.and_then(|()| telemetry.send(self::frame(&ZONE, n, 128))).err()
        });
        let text = error.unwrap().to_string();
        assert!(text.contains("series-zone.parquet: no storage space; "), "{text}");
        let city = dir.0.join("series-city.parquet");
        let error = telemetry.finish().unwrap_err();
        assert_eq!(error.files(), std::slice::from_ref(&city));
        assert!(error.to_string().ends_with(&format!("; complete up to this failure: {}", city.display())), "{error}");
        assert_eq!(dir.names(), ["series-city.parquet"]);
        let (rows, wanted) = (read(&city).0, rows_of(&accepted));
        assert_eq!(rows[..wanted.len()], wanted);
        assert!(rows.len() <= wanted.len() + 1, "only the frame that was refused may be more");
    }

    #[test]
    fn an_abandoned_run_leaves_the_older_file_as_it_was() {
        let dir = Dir::new();
        let write = |n| {
            let mut sink = ParquetSink::create(&dir.0, CITY, &[]).unwrap();
            sink.write(&frame(&CITY, n, 1)).unwrap();
            boxed(sink)
        };
        let path = write(1).finish().unwrap().remove(0);
        let telemetry = Telemetry::start(vec![write(2)], 4);
        drop(telemetry);
        assert_eq!(dir.names(), ["series-city.parquet"]);
        assert_eq!(read(&path).0, rows_of(&[frame(&CITY, 1, 1)]));
        write(3).finish().unwrap();
        assert_eq!(read(&path).0, rows_of(&[frame(&CITY, 3, 1)]));
    }

    #[test]
    fn two_runs_do_not_write_the_same_file() {
        let dir = Dir::new();
        let first = ParquetSink::create(&dir.0, CITY, &[]).unwrap();
        let error = ParquetSink::create(&dir.0, CITY, &[]).err().unwrap().to_string();
        assert!(error.contains("series-city.parquet: another run is writing it; "), "{error}");
        assert!(error.ends_with("wait for the other run to end or choose another directory"), "{error}");
        boxed(first).finish().unwrap();
        // What a killed run leaves behind is written over.
        fs::write(dir.0.join("series-zone.parquet.partial"), vec![7; 100_000]).unwrap();
        let path = boxed(ParquetSink::create(&dir.0, ZONE, &[]).unwrap()).finish().unwrap().remove(0);
        assert_eq!(read(&path), (vec![], vec![]));
    }

    #[test]
    fn what_cannot_be_made_says_why() {
        let dir = Dir::new();
        fs::create_dir_all(dir.0.join("series-city.parquet")).unwrap();
        let sink = boxed(ParquetSink::create(&dir.0, CITY, &[]).unwrap());
        let error = sink.finish().unwrap_err().to_string();
        assert!(error.contains("cannot give its final name to ") && error.contains(".partial: "), "{error}");
        assert!(error.contains("left in place"), "{error}");
        assert_eq!(dir.names(), ["series-city.parquet", "series-city.parquet.partial"]);

        let below = dir.0.join("series-city.parquet.partial").join("below");
        let error = ParquetSink::create(&below, CITY, &[]).err().unwrap().to_string();
        assert!(
            error.starts_with("cannot create ") && error.ends_with("choose a directory that can be created"),
            "{error}"
        );

        let error = ParquetSink::create(&dir.0, Schema { level: Level::Feeder, columns: TWICE }, &[]).err().unwrap();
        assert!(matches!(error, SinkError::Schema { .. }), "{error}");
        assert!(!dir.names().contains(&"series-feeder.parquet.partial".to_owned()));

        let mut sink = ParquetSink::create(&dir.0, ZONE, &[]).unwrap();
        let misfit = Frame { columns: vec![vec![1], vec![]], ..frame(&ZONE, 0, 1) };
        let error = sink.write(&misfit).unwrap_err().to_string();
        assert!(error.ends_with("column `price_uyuan` of a zone frame has 0 values for 1 ids: give one value per id"));
    }

    fn frames_of_any_size() -> impl Strategy<Value = Vec<Frame>> {
        let rows = prop::collection::vec((any::<u32>(), any::<i64>(), any::<i64>()), 0..40);
        let one = (-62_135_596_800_i64..253_402_300_800, 1..=u32::MAX, rows).prop_map(|(time_s, interval_s, rows)| {
            let columns = vec![rows.iter().map(|row| row.1).collect(), rows.iter().map(|row| row.2).collect()];
            let ids = rows.iter().map(|row| row.0).collect();
            Frame::new(&ZONE, time_s, interval_s, ids, columns).unwrap()
        });
        prop::collection::vec(one, 0..8)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever the integers, the years 1 to 9999, and the row groups: what was written is what is read.
        #[test]
        fn any_frames_come_back(frames in frames_of_any_size(), group_rows in 1_usize..100) {
            let dir = Dir::new();
            let mut sink = ParquetSink::create(&dir.0, ZONE, &[]).unwrap();
            sink.group_rows = group_rows;
            for frame in &frames {
                sink.write(frame).unwrap();
            }
            let path = boxed(sink).finish().unwrap().remove(0);
            prop_assert_eq!(read(&path).0, rows_of(&frames));
        }
    }
}
