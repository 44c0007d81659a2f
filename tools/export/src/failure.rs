//! Every failure a user can meet, with its message and its exit code.

use std::io;
use std::path::PathBuf;
use voltcity::snapshot::SnapshotError;

/// What a user can cause, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Something asked for that there is not.
    #[error("{0}")]
    Usage(String),
    /// The snapshot cannot be opened.
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The snapshot is of no use.
    #[error("{} {error}", path.display())]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: SnapshotError,
    },
    /// A series is of no use.
    #[error("{} is no series of a run: {message}; run it again with --series", path.display())]
    Series {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A file cannot be written; an older one of its name stays as it was.
    #[error("cannot write {}: {cause}; free space or choose another directory with --out", path.display())]
    Output {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
}

impl Failure {
    /// The code the program ends with, as those of `voltcity`.
    pub(crate) const fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Unreadable { .. } | Self::Snapshot { error: SnapshotError::Io(_), .. } => 4,
            Self::Output { .. } => 5,
            Self::Snapshot { .. } | Self::Series { .. } => 6,
        }
    }
}
