//! Why a snapshot cannot be used.

use super::container::FORMAT;
use crate::world::problem::Problems;

/// Why a snapshot cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The operating system does not let it be read.
    #[error("cannot be read: {0}")]
    Io(std::io::Error),
    /// It is some other file.
    #[error("is not a snapshot: those begin with the word `voltcity`; give a file that `run` has written (*.twin)")]
    NotOne,
    /// Its format is not known.
    #[error("has format version {found}; this program reads version {FORMAT}: use the voltcity that wrote it")]
    Version {
        /// The version it states.
        found: u16,
    },
    /// It ends too early.
    #[error("is cut short: copy it again, or use an earlier snapshot")]
    CutShort,
    /// A checksum does not agree.
    #[error("is damaged: the checksum of its {what} does not agree; copy it again, or use an earlier snapshot")]
    Damaged {
        /// Where.
        what: String,
    },
    /// Its checksums agree, but what it holds makes no sense.
    #[error("does not hold together: {what}; use an earlier snapshot")]
    Inconsistent {
        /// What makes no sense.
        what: String,
    },
    /// Its agents are not those of the world it is to go on in.
    #[error("has {found} {kind} where the world it is to go on in has {expected}; {hint}")]
    OtherWorld {
        /// Kind of agent.
        kind: &'static str,
        /// How many it has.
        found: usize,
        /// How many the world has.
        expected: usize,
        /// What would be right.
        hint: &'static str,
    },
    /// Batteries hold more than the world it is to go on in lets them.
    #[error(
        "has {count} {kind} that hold more energy than the world it is to go on in lets them: capacities may be raised \
             in the middle of a run, not lowered"
    )]
    Overfull {
        /// Kind of agent.
        kind: &'static str,
        /// How many.
        count: usize,
    },
    /// What was read is not what was written.
    #[error(
        "was read as a state with the digest {found:016x}, but written with {stated:016x}; it is of another voltcity \
             or damaged: use the program that wrote it"
    )]
    OtherState {
        /// The digest that its head states.
        stated: u64,
        /// The digest of what was read.
        found: u64,
    },
    /// The world in it is not sound any more.
    #[error("holds a world that is not sound:\n{0}")]
    World(Problems),
}

impl SnapshotError {
    /// Something that makes no sense.
    pub(super) fn inconsistent(what: impl Into<String>) -> Self {
        Self::Inconsistent { what: what.into() }
    }
}
