//! Every failure a user can meet, with its message and its exit code.

use std::io;
use std::path::{Path, PathBuf};

/// What a user can cause, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A directory without an account.
    #[error("{}: holds no result of voltcity: summary.json (of run), event.json, validation.json, study.json, or a \
             file of `capability --out` or `describe --out`", .0.display())]
    NoAccount(PathBuf),
    /// A JSON file whose account is of no known kind.
    #[error("{}: is no account that voltcity writes (run, event, validate, capability, study, describe)", .0.display())]
    UnknownAccount(PathBuf),
    /// Text that is no JSON.
    #[error("{}: is no whole JSON text: {cause}; let voltcity write it again", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What the parser said, with line and column.
        cause: serde_json::Error,
    },
    /// An account that lacks something, or has something else in its place.
    #[error("{}: `{field}` should be {wanted}; was it written by another version of voltcity?", path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// Where in it.
        field: &'static str,
        /// What would be right.
        wanted: &'static str,
    },
    /// A table that is no Parquet file, or not the one it should be.
    #[error("{}: {message}; let voltcity write it again, or take it out of the directory", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A file that cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The page cannot be written.
    #[error("cannot write {}: {cause}; free space or choose another file with --out", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
}

impl Failure {
    /// A file that cannot be read, for `map_err`.
    pub(crate) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Unreadable { path, cause }
    }

    /// The code the program ends with, as in voltcity itself.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::NoAccount(_)
            | Self::UnknownAccount(_)
            | Self::Json { .. }
            | Self::Field { .. }
            | Self::Table { .. } => 3,
            Self::Unreadable { .. } => 4,
            Self::Unwritable { .. } => 5,
        }
    }
}
