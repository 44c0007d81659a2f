//! How the program ends: every failure a user can meet, with its message and its exit code.

use super::validate::Problems as TableProblems;
use std::io;
use std::path::PathBuf;
use voltcity::case::{CaseError, CaseErrors};
use voltcity::snapshot::SnapshotError;
use voltcity::telemetry::{SinkError, TelemetryError};
use voltcity::world::problem::Problems;

/// Exit codes; scripts may rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ExitCode {
    /// 0: all went well, also when the reader of standard output left early, as `| head` does.
    Success = 0,
    /// 1: a defect of the program.
    Internal = 1,
    /// 2: the command line is wrong.
    Usage = 2,
    /// 3: the world file, one of its bases, a `--set`, a measured table or a network has problems.
    World = 3,
    /// 4: the world file or a measured table cannot be read, or the file of `describe --out` cannot be written.
    File = 4,
    /// 5: the output of a run cannot be begun or completed (disk full, no permission, standard output refused).
    Output = 5,
    /// 6: a snapshot is damaged, of another version, or of another world.
    Snapshot = 6,
    /// 130: the user has stopped the run, which has left a snapshot to go on from.
    Stopped = 130,
}

/// The exit codes as the help texts list them. Commands other than runs are ended by the system with the last one.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
    0  done
    1  internal error: a defect of the program
    2  the command line is wrong
    3  the world file or a measured table has problems, all of which are listed
    4  a file cannot be read or written
    5  the output of a run failed (disk full, no permission); whole files stay
    6  a snapshot is damaged, of another version, or of another world
  130  interrupted; a run leaves a snapshot to go on from";

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

/// What a user can cause, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The message of the panic has been printed where it happened.
    #[error("error: this is a defect of the program: please report it with the command line")]
    Internal,
    /// The books do not agree with the batteries; the files have been written all the same.
    #[error(
        "error: the ledger does not close by {residual_j} J: this is a defect of the program: please report it \
             with the command line"
    )]
    Ledger {
        /// What is not accounted for, in J.
        residual_j: i64,
    },
    /// The parser's own message, with the usage line.
    #[error("{0}")]
    Usage(clap::Error),
    /// Each problem is an error message of its own.
    #[error("{0}")]
    World(Problems),
    /// The world could not be opened.
    #[error("{0}")]
    Unreadable(Problems),
    /// Each problem is an error message of its own.
    #[error("{0}")]
    Tables(TableProblems),
    /// A network cannot be read: each error names file, line and column.
    #[error("{}", each(.0))]
    Case(CaseErrors),
    /// A network cannot be solved: the message names it.
    #[error("error: {0}")]
    Network(String),
    /// What is wrong with an OpenADR event, each problem at its place in the JSON.
    #[error("{}:\n{problems}", path.display())]
    OpenAdr {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problems: super::openadr::Problems,
    },
    /// A measured table cannot be read.
    #[error("error: {}: {message}", path.display())]
    Measured {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A file that was asked for cannot be written.
    #[error("error: cannot write {}: {cause}; choose another file", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// A series cannot be begun.
    #[error("error: {0}")]
    Series(#[from] SinkError),
    /// A series cannot be completed.
    #[error("error: {0}")]
    Telemetry(#[from] TelemetryError),
    /// A file or directory of a run's output.
    #[error("error: cannot {action} {}: {cause}; {} another directory with --out", path.display(), chance(cause))]
    Output {
        /// What was attempted, such as `create`.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// A snapshot is of no use here.
    #[error("error: {} {error}", path.display())]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: SnapshotError,
    },
    /// The user has stopped the run.
    #[error("stopped: go on with `voltcity resume {}`", snapshot.display())]
    Stopped {
        /// Where it goes on.
        snapshot: PathBuf,
    },
    /// The user has stopped a comparison of futures.
    #[error("stopped: {done} of {of} futures were run; what was written is of these")]
    Interrupted {
        /// Futures that were run to their end.
        done: usize,
        /// Futures that were asked for.
        of: usize,
    },
    /// Standard output took no more.
    #[error("error: cannot write to standard output: {0}; what was written to files is complete")]
    Console(io::Error),
}

/// Everything that is wrong with the files of a network, an error message each.
fn each(CaseErrors(errors): &CaseErrors) -> String {
    let message = |error: &CaseError| format!("error: {error}");
    errors.iter().map(message).collect::<Vec<_>>().join("\n")
}

/// What else than another directory may help.
fn chance(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "free space or choose"
        }
        _ => "choose",
    }
}

impl Failure {
    /// The code the program ends with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Unwritable { cause, .. } if cause.kind() == io::ErrorKind::StorageFull => ExitCode::Output,
            Self::Internal | Self::Ledger { .. } => ExitCode::Internal,
            Self::Usage(_) => ExitCode::Usage,
            Self::Unreadable(_)
            | Self::Measured { .. }
            | Self::Unwritable { .. }
            | Self::Snapshot { error: SnapshotError::Io(_), .. } => ExitCode::File,
            Self::Case(errors) if errors.is_unreadable() => ExitCode::File,
            Self::World(_) | Self::Tables(_) | Self::OpenAdr { .. } | Self::Case(_) | Self::Network(_) => {
                ExitCode::World
            }
            Self::Snapshot { .. } => ExitCode::Snapshot,
            Self::Stopped { .. } | Self::Interrupted { .. } => ExitCode::Stopped,
            Self::Series(_) | Self::Telemetry(_) | Self::Output { .. } | Self::Console(_) => ExitCode::Output,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_lists_every_code() {
        use ExitCode::{File, Internal, Output, Snapshot, Stopped, Success, Usage, World};
        for code in [Success, Internal, Usage, World, File, Output, Snapshot, Stopped] {
            let line = format!("\n{:5}  ", code as u8);
            assert!(EXIT_CODES.contains(&line), "{line:?}");
        }
    }

    #[test]
    fn messages_say_what_failed_and_what_to_do() {
        let cause = || io::Error::from(io::ErrorKind::PermissionDenied);
        let failure = Failure::Output { action: "create", path: "out/a".into(), cause: cause() };
        let wanted = "error: cannot create out/a: permission denied; choose another directory with --out";
        assert_eq!((failure.to_string().as_str(), failure.exit_code()), (wanted, ExitCode::Output));
        let failure = Failure::Unwritable { path: "a.json".into(), cause: cause() };
        assert_eq!(failure.to_string(), "error: cannot write a.json: permission denied; choose another file");
        assert_eq!(failure.exit_code(), ExitCode::File);
    }
}
