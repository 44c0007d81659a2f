//! A sink: one output of the telemetry path, and what can go wrong with it.
//!
//! A message of this module stands on its own: it names the file, the cause, what had been written, and what to do.

use super::frame::{Frame, FrameError, SchemaError};
use core::fmt;
use std::io;
use std::path::PathBuf;

/// One output. The writer thread owns it, and calls `write` any number of times, then `finish` or `abandon` once.
pub trait Sink: Send {
    /// Takes one frame. Frames come in the order in which they were sent; a sink passes over a level it does not keep.
    ///
    /// # Errors
    /// When the output cannot take it. The sink is then abandoned and is not called again.
    fn write(&mut self, frame: &Frame) -> Result<(), SinkError>;

    /// Completes the output and returns the files it made.
    ///
    /// # Errors
    /// When the output cannot be completed; no file then bears its final name.
    fn finish(self: Box<Self>) -> Result<Vec<PathBuf>, SinkError>;

    /// Gives the output up, leaving no file that looks complete.
    fn abandon(self: Box<Self>);

    /// What messages call the sink, such as its file.
    fn name(&self) -> String {
        "telemetry sink".to_owned()
    }
}

/// How far an output had come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows in the output.
    pub rows: u64,
    /// Bytes that reached the output.
    pub bytes: u64,
    /// Whether what was written is left in place.
    pub kept: bool,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, bytes, kept } = self;
        let fate = match (bytes, kept) {
            (0, _) => "",
            (_, true) => ", left in place",
            (_, false) => ", now removed",
        };
        write!(f, "{rows} rows ({bytes} bytes) had been written{fate}")
    }
}

/// Why a sink failed.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The operating system refused.
    #[error("cannot {action} {}: {cause}; {written}; {}", path.display(), advice(cause.kind()))]
    Io {
        /// What was attempted: `create`, `write` or `rename`.
        action: &'static str,
        /// The file, by the name the user knows.
        path: PathBuf,
        /// How far it had come.
        written: Written,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The file format refused.
    #[error("cannot write {}: {reason}; {written}", path.display())]
    Format {
        /// The file, by the name the user knows.
        path: PathBuf,
        /// How far it had come.
        written: Written,
        /// What the format's library said.
        reason: String,
    },
    /// A frame does not fit the columns of the file.
    #[error("cannot write {}: {cause}", path.display())]
    Frame {
        /// The file, by the name the user knows.
        path: PathBuf,
        /// What does not fit.
        cause: FrameError,
    },
    /// The columns of the file are not usable.
    #[error("cannot create {}: {cause}", path.display())]
    Schema {
        /// The file, by the name the user knows.
        path: PathBuf,
        /// What is not usable.
        cause: SchemaError,
    },
    /// A sink, or the writer itself, panicked: a mistake of ours.
    #[error("{sink} panicked: {message}; this is a defect of the program: please report it with the command line")]
    Panicked {
        /// The sink's name.
        sink: String,
        /// The panic's message.
        message: String,
    },
    /// The system has no thread to spare.
    #[error("cannot start the telemetry writer thread: {cause}; raise the limit on threads or on memory")]
    Thread {
        /// What the operating system said.
        cause: io::Error,
    },
}

impl SinkError {
    /// Whether the reader of the output went away, as `| head` does: not a fault of the run.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Io { cause, .. } if cause.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// What a user can do about a refusal of the operating system.
const fn advice(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::StorageFull => "the disk is full: free space, keep fewer levels or choose another directory",
        io::ErrorKind::QuotaExceeded => "the quota is used up: free space, keep fewer levels or choose another disk",
        io::ErrorKind::FileTooLarge => "the file system allows no larger file: keep fewer levels or run fewer days",
        io::ErrorKind::BrokenPipe => "its reader has gone: keep the reader open until the run ends",
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "choose a directory that can be created",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => "choose a directory you may write to",
        io::ErrorKind::ResourceBusy => "wait for the other run to end or choose another directory",
        io::ErrorKind::IsADirectory | io::ErrorKind::AlreadyExists => "move what stands in its place",
        _ => "see that the disk is present and sound, then run again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn io_error(kind: io::ErrorKind) -> SinkError {
        SinkError::Io {
            action: "write",
            path: "out/series-city.parquet".into(),
            written: Written { rows: 1_440, bytes: 20_000, kept: false },
            cause: kind.into(),
        }
    }

    #[test]
    fn a_full_disk_says_which_file_how_far_and_what_to_do() {
        assert_eq!(
            io_error(io::ErrorKind::StorageFull).to_string(),
            "cannot write out/series-city.parquet: no storage space; 1440 rows (20000 bytes) had been written, now \
             removed; the disk is full: free space, keep fewer levels or choose another directory"
        );
    }

    #[test]
    fn only_a_broken_pipe_is_a_broken_pipe() {
        assert!(io_error(io::ErrorKind::BrokenPipe).is_broken_pipe());
        assert!(!io_error(io::ErrorKind::StorageFull).is_broken_pipe());
        let panicked = SinkError::Panicked { sink: "a sink".into(), message: "broken pipe".into() };
        assert!(!panicked.is_broken_pipe());
    }

    #[test]
    fn what_is_kept_is_not_said_to_be_removed() {
        let written = |bytes, kept| Written { rows: 7, bytes, kept }.to_string();
        assert_eq!(written(90, true), "7 rows (90 bytes) had been written, left in place");
        assert_eq!(written(90, false), "7 rows (90 bytes) had been written, now removed");
        assert_eq!(written(0, false), "7 rows (0 bytes) had been written");
    }
}
