//! Writes the agents of a snapshot, or the series of a run, to formats that analysts and map people use.
//!
//! ```text
//! snapshot ─► twin ─┐
//! directory of a run┴► rows of a kind ─► --where ─► --columns ─► CSV · Parquet · GeoJSON · GeoParquet · JSON · RON
//! ```

mod agents;
mod args;
mod failure;
mod filter;
mod place;
mod series;
mod sink;
mod table;

use args::{Args, Format, Kind};
use clap::{Parser, ValueEnum};
use failure::Failure;
use filter::Filter;
use series::Run;
use sink::{About, Sink};
use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::Path;
use std::process::ExitCode;
use table::Value;
use voltcity::snapshot::Snapshot;
use voltcity::twin::Twin;

fn main() -> ExitCode {
    match export(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "error: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

fn export(args: &Args) -> Result<(), Failure> {
    let mut source = Source::open(args)?;
    let kinds = args.kinds(source.kinds())?;
    let about = source.about();
    // What is asked for is checked for every kind before anything is written.
    let plans: Vec<(Kind, Choice)> = kinds
        .iter()
        .map(|&kind| Ok((kind, Choice::of(source.columns(kind)?, args)?)))
        .collect::<Result<_, Failure>>()?;
    fs::create_dir_all(&args.out).map_err(|cause| Failure::Output { path: args.out.clone(), cause })?;
    for (kind, choice) in plans {
        let path = args.out.join(format!("{}.{}", kind.name(), args.format.ending()));
        let rows = write(&mut source, kind, &choice, &path, args, &about)?;
        let _ = writeln!(io::stderr(), "{}: {rows} rows", path.display());
    }
    Ok(())
}

/// What is exported.
enum Source {
    Snapshot(Box<Twin>, About),
    Run(Run),
}

impl Source {
    fn open(args: &Args) -> Result<Self, Failure> {
        if args.source.is_dir() {
            return Run::open(&args.source).map(Self::Run);
        }
        let unusable = |error| Failure::Snapshot { path: args.source.clone(), error };
        let unreadable = |cause| Failure::Unreadable { path: args.source.clone(), cause };
        let file = File::open(&args.source).map_err(unreadable)?;
        let threads = args.threads();
        let snapshot = Snapshot::read(BufReader::with_capacity(1 << 20, file), threads).map_err(unusable)?;
        let about = About::of(snapshot.head());
        Ok(Self::Snapshot(Box::new(snapshot.resume(threads).map_err(unusable)?), about))
    }

    fn about(&self) -> About {
        match self {
            Self::Snapshot(_, about) => about.clone(),
            Self::Run(run) => run.about.clone(),
        }
    }

    /// Kinds that it has.
    fn kinds(&self) -> Vec<Kind> {
        match self {
            Self::Snapshot(..) => Kind::value_variants().iter().copied().filter(|kind| *kind != Kind::City).collect(),
            Self::Run(run) => run.kinds(),
        }
    }

    fn columns(&self, kind: Kind) -> Result<Vec<table::Column>, Failure> {
        match self {
            Self::Snapshot(..) => Ok(agents::columns(kind).to_vec()),
            Self::Run(_) => Run::columns(kind),
        }
    }

    fn each(&mut self, kind: Kind, visit: &mut agents::Visit) -> io::Result<()> {
        match self {
            Self::Snapshot(twin, _) => agents::each(twin, kind, visit),
            Self::Run(run) => run.each(kind, visit),
        }
    }
}

/// Which rows and columns of a kind are written.
struct Choice {
    known: Vec<table::Column>,
    filter: Option<Filter>,
    /// Places of the columns that are written, in order.
    columns: Vec<usize>,
}

impl Choice {
    fn of(known: Vec<table::Column>, args: &Args) -> Result<Self, Failure> {
        let filter = args.condition.as_deref().map(|text| Filter::parse(text, &known)).transpose()?;
        let columns = match &args.columns {
            None => (0..known.len()).collect(),
            Some(names) => names.iter().map(|name| table::find(&known, name)).collect::<Result<_, _>>()?,
        };
        Ok(Self { known, filter, columns })
    }
}

/// Writes a kind to a file, which gets its name when it is whole. Returns the number of rows.
fn write(
    source: &mut Source,
    kind: Kind,
    choice: &Choice,
    path: &Path,
    args: &Args,
    about: &About,
) -> Result<u64, Failure> {
    let known = &choice.known;
    let columns: Vec<table::Column> = choice.columns.iter().map(|&at| known[at]).collect();
    let failed = |cause: io::Error| Failure::Output { path: path.to_owned(), cause };
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    let made = (|| {
        let file = File::create(partial)?;
        let place = kind.has_place().then(|| place::Place::of(known, args.coordinates));
        let mut sink = Sink::begin(args.format, &file, kind, &columns, place.as_ref(), about)?;
        let (mut rows, mut chosen) = (0, Vec::with_capacity(columns.len()));
        source.each(kind, &mut |row: &[Value]| {
            if choice.filter.as_ref().is_some_and(|filter| !filter.holds(row)) {
                return Ok(());
            }
            rows += 1;
            chosen.clear();
            chosen.extend(choice.columns.iter().map(|&at| row[at].clone()));
            sink.row(&chosen, place.as_ref().map(|place| place.point(row)))
        })?;
        sink.finish()?;
        file.sync_all()?;
        fs::rename(partial, path)?;
        Ok(rows)
    })();
    made.map_err(|cause| {
        fs::remove_file(partial).ok();
        failed(cause)
    })
}

impl Format {
    /// How the names of its files end.
    const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet | Self::Geoparquet => "parquet",
            Self::Geojson => "geojson",
            Self::Ron => "ron",
            Self::Json => "json",
        }
    }
}
