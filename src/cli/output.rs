//! The directory of a run's results: nothing in it is replaced before the run has come to its end.
//!
//! ```text
//! DIR/summary.json.partial      open and locked from the beginning, so that two runs never share a directory
//! DIR/unfinished/series-*       grow during the run
//! ```
//!
//! At the end all are renamed into `DIR`, `summary.json` last: a directory with a summary has the series it names. A
//! comparison, an event and a study have an account of another name, and tables and pictures in the place of series. A
//! run that fails leaves the files of an earlier run as they were. Series that are complete up to the failure stay in
//! `DIR/unfinished`, where the message names them.

use super::exit::Failure;
use super::parquet_sink::{ParquetSink, Partial, open_locked, partial_name, sync_directory};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use voltcity::report::recorder::schema;
use voltcity::snapshot::ENDING;
use voltcity::telemetry::{Frame, Level, Sink, Telemetry};

/// The machine's account of a run, by the name of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account(pub(crate) &'static str);

impl Account {
    /// What came of a run.
    pub(crate) const SUMMARY: Self = Self("summary.json");
    /// How it compares with what was measured.
    pub(crate) const VALIDATION: Self = Self("validation.json");
    /// What came of an event.
    pub(crate) const EVENT: Self = Self("event.json");
    /// Futures of a snapshot.
    pub(crate) const FORK: Self = Self("fork.json");
    /// What flows in a network.
    pub(crate) const GRID: Self = Self("grid.json");
    /// What outages amount to.
    pub(crate) const OUTAGES: Self = Self("outages.json");
    /// What a network takes.
    pub(crate) const HOSTING: Self = Self("hosting.json");
    /// What a study found.
    pub(crate) const STUDY: Self = Self("study.json");
}

/// The pictures of a comparison.
pub(crate) const PICTURES: [&str; 4] = ["hours.svg", "daily.svg", "zones.svg", "map.svg"];

/// Frames that may wait for the writer; the largest has a row for every transformer.
const FRAMES_WAITING: usize = 8;

/// Begun results of a run. Dropped unfinished, it leaves no file of its own.
pub(crate) struct Output {
    // In the order in which they are to be dropped: series, then the empty directory, then the lock.
    telemetry: Telemetry,
    unfinished: Unfinished,
    file: File,
    partial: Partial,
    account: Account,
    dir: PathBuf,
}

impl Output {
    /// Begins results in `dir`, which is made if need be. `metadata` goes into every series of its level.
    ///
    /// # Errors
    /// A directory that cannot be made or written to, or in which another run is writing.
    pub(crate) fn open(
        dir: &Path,
        account: Account,
        levels: &[Level],
        metadata: impl Fn(Level) -> Vec<(String, String)>,
    ) -> Result<Self, Failure> {
        let failed = |action, path: &Path| {
            let path = path.to_owned();
            move |cause| Failure::Output { action, path, cause }
        };
        fs::create_dir_all(dir).map_err(failed("create", dir))?;
        let partial = partial_name(&dir.join(account.0));
        let file = open_locked(&partial).map_err(failed("create", &partial))?;
        let partial = Partial(partial);
        let unfinished = Unfinished(dir.join("unfinished"));
        fs::create_dir_all(&unfinished.0).map_err(failed("create", &unfinished.0))?;
        let sinks = levels.iter().map(|&level| {
            let sink = ParquetSink::create(&unfinished.0, schema(level), &metadata(level))?;
            Ok(Box::new(sink) as Box<dyn Sink>)
        });
        let telemetry = Telemetry::start(sinks.collect::<Result<_, Failure>>()?, FRAMES_WAITING);
        Ok(Self { telemetry, unfinished, file, partial, account, dir: dir.to_owned() })
    }

    /// Hands frames over to the writer.
    ///
    /// # Errors
    /// As soon as a series cannot be written. The others are then completed as far as they go.
    pub(crate) fn send(self, frames: Vec<Frame>) -> Result<Self, Failure> {
        for frame in frames {
            if let Err(error) = self.telemetry.send(frame) {
                // Only finishing tells what the others have kept.
                return Err(self.telemetry.finish().err().unwrap_or(error).into());
            }
        }
        Ok(self)
    }

    /// Completes the series, adds files that are made at the end, by name and content, writes the account, and gives
    /// all of them their names. Returns the names within the directory.
    ///
    /// # Errors
    /// What cannot be completed.
    pub(crate) fn finish(self, text: &str, more: &[(&str, Vec<u8>)]) -> Result<Vec<String>, Failure> {
        let Self { telemetry, unfinished, mut file, partial, account, dir } = self;
        let mut made = telemetry.finish()?.files;
        let path = dir.join(account.0);
        let failed = |action, path: &Path, cause| Failure::Output { action, path: path.to_owned(), cause };
        for (name, content) in more {
            let path = unfinished.0.join(name);
            fs::write(&path, content).map_err(|cause| {
                // What is cut short is of no use, and what is whole without the account neither.
                made.iter().chain([&path]).for_each(|path| fs::remove_file(path).unwrap_or_default());
                failed("write", &path, cause)
            })?;
            made.push(path);
        }
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|cause| failed("write", &path, cause))?;
        let mut names = vec![account.0.to_owned()];
        for from in made {
            let name = from.file_name().unwrap_or_default();
            let to = dir.join(name);
            fs::rename(&from, &to).map_err(|cause| failed("put in place", &to, cause))?;
            names.push(name.to_string_lossy().into_owned());
        }
        drop(unfinished);
        partial.publish(&path).map_err(|cause| failed("put in place", &path, cause))?;
        drop(file);
        sync_directory(&path).map_err(|cause| failed("write", &path, cause))?;
        Ok(names)
    }
}

/// The directory of series that grow. It goes when it is empty, and stays when a series was kept in it.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let removed: io::Result<()> = fs::remove_dir(&self.0);
        // What is not empty holds series that the user has been told of.
        removed.ok();
    }
}

/// Names of series, pictures and snapshots of an earlier run that the run just finished has not replaced.
pub(crate) fn leftovers(dir: &Path, written: &[String]) -> Vec<String> {
    let series = Level::ALL.map(|level| format!("series-{level}.parquet"));
    let names = series.into_iter().chain(PICTURES.map(str::to_owned));
    let there = names.filter(|name| dir.join(name).exists());
    let entries = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let snapshots = entries.filter(|path| path.extension().is_some_and(|extension| extension == ENDING));
    let mut snapshots: Vec<String> =
        snapshots.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
    snapshots.sort();
    there.chain(snapshots).filter(|name| !written.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use voltcity::report::recorder::AREA_COLUMNS;

    /// A directory of one test, removed at its end.
    struct Dir(PathBuf);

    impl Dir {
        fn new() -> Self {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            Self(std::env::temp_dir().join(format!("voltcity-output-{}-{count}", std::process::id())))
        }

        fn names(&self) -> Vec<String> {
            let mut names: Vec<String> =
                fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    impl Drop for Dir {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).ok();
        }
    }

    fn open(dir: &Dir, levels: &[Level]) -> Result<Output, Failure> {
        Output::open(&dir.0, Account::SUMMARY, levels, |_| Vec::new())
    }

    fn frame() -> Frame {
        let columns = vec![vec![1]; AREA_COLUMNS.len()];
        Frame::new(&schema(Level::City), 1_721_059_200, 900, [0].into(), columns).unwrap()
    }

    #[test]
    fn files_get_their_names_at_the_end() {
        let dir = Dir::new();
        let output = open(&dir, &[Level::City]).unwrap().send(vec![frame()]).unwrap();
        assert_eq!(dir.names(), ["summary.json.partial", "unfinished"]);
        assert_eq!(output.finish("{}\n", &[]).unwrap(), ["summary.json", "series-city.parquet"]);
        assert_eq!(dir.names(), ["series-city.parquet", "summary.json"]);
        assert_eq!(fs::read_to_string(dir.0.join(Account::SUMMARY.0)).unwrap(), "{}\n");
    }

    #[test]
    fn files_made_at_the_end_get_their_names_before_the_account() {
        let dir = Dir::new();
        let output = Output::open(&dir.0, Account::VALIDATION, &[], |_| Vec::new()).unwrap();
        let names = output.finish("{}", &[("a.svg", b"<svg/>".to_vec())]).unwrap();
        assert_eq!(
            (names.as_slice(), dir.names().as_slice()),
            (
                &["validation.json".to_owned(), "a.svg".to_owned()][..],
                &["a.svg".to_owned(), "validation.json".to_owned()][..]
            )
        );
        assert_eq!(fs::read_to_string(dir.0.join("a.svg")).unwrap(), "<svg/>");
        fs::write(dir.0.join(PICTURES[0]), "").unwrap();
        assert_eq!(leftovers(&dir.0, &names), [PICTURES[0]]);
    }

    #[test]
    fn a_run_given_up_leaves_the_files_of_an_earlier_one() {
        let dir = Dir::new();
        open(&dir, &[]).unwrap().finish("old", &[]).unwrap();
        drop(open(&dir, &[Level::City, Level::Zone]).unwrap().send(vec![frame()]).unwrap());
        assert_eq!(dir.names(), ["summary.json"]);
        assert_eq!(fs::read_to_string(dir.0.join(Account::SUMMARY.0)).unwrap(), "old");
        open(&dir, &[]).unwrap().finish("newer", &[]).unwrap();
        assert_eq!(fs::read_to_string(dir.0.join(Account::SUMMARY.0)).unwrap(), "newer");
    }

    #[test]
    fn a_series_that_fails_replaces_nothing_and_the_others_are_kept_aside() {
        let dir = Dir::new();
        open(&dir, &[Level::City, Level::Zone]).unwrap().finish("old", &[]).unwrap();
        let misfit = Frame { level: Level::Zone, columns: Vec::new(), ..frame() };
        let output = open(&dir, &[Level::City, Level::Zone]).unwrap().send(vec![frame(), misfit]);
        let failure = output.and_then(|output| output.finish("new", &[])).unwrap_err();
        let kept = dir.0.join("unfinished").join("series-city.parquet");
        assert!(
            failure.to_string().ends_with(&format!("complete up to this failure: {}", kept.display())),
            "{failure}"
        );
        assert_eq!(dir.names(), ["series-city.parquet", "series-zone.parquet", "summary.json", "unfinished"]);
        assert_eq!(fs::read_to_string(dir.0.join(Account::SUMMARY.0)).unwrap(), "old");
        open(&dir, &[Level::City]).unwrap().finish("new", &[]).unwrap();
        assert_eq!(dir.names(), ["series-city.parquet", "series-zone.parquet", "summary.json"]);
        assert_eq!(leftovers(&dir.0, &["series-city.parquet".to_owned()]), ["series-zone.parquet"]);
    }

    #[test]
    fn two_runs_do_not_share_a_directory() {
        let dir = Dir::new();
        let first = open(&dir, &[]).unwrap();
        let failure = open(&dir, &[]).map(drop).unwrap_err().to_string();
        assert!(failure.contains("another run is writing it"), "{failure}");
        first.finish("{}", &[]).unwrap();
        assert_eq!(dir.names(), ["summary.json"]);
    }

    #[test]
    fn what_stands_in_the_way_is_named() {
        let dir = Dir::new();
        fs::create_dir_all(dir.0.join(Account::SUMMARY.0).join("x")).unwrap();
        let failure = open(&dir, &[]).unwrap().finish("{}", &[]).unwrap_err().to_string();
        assert!(
            failure.starts_with("error: cannot put in place ") && failure.contains(Account::SUMMARY.0),
            "{failure}"
        );
    }
}
