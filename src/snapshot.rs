//! Snapshots: the whole state of a twin in a file that is opened, resumed, forked and compared.
//!
//! ```text
//! "voltcity" | version | head (RON text) | checksum        says what it is without the rest being read
//! block | block | ... | end                                each: kind, lengths, checksum; columns in few bits, or
//!                                                          postcard in zstd
//! ```
//!
//! A snapshot carries the text of its world, so it needs no other file; what does not change about an agent is made
//! anew from it, as when a run begins, and what does change is read into the rows. Rows are by id: nothing of the
//! process that wrote it, of its threads or of its memory is in it, and equal states make equal bytes.

mod books;
mod columns;
mod container;
mod error;
mod fields;
mod head;
mod read;
mod resume;
mod rows;
mod write;

#[cfg(test)]
mod tests;

pub use container::{BlockKind, FORMAT, MAGIC, forge};
pub use error::SnapshotError;
pub use head::Head;
pub use read::Snapshot;
pub use rows::{Beside, Events, Runs};
pub use write::{Synced, write};

/// How the name of a snapshot's file ends.
pub const ENDING: &str = "twin";
