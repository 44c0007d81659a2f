//! Where world files are read from: the disk, or memory.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

/// Bytes of a world file, at most.
pub const FILE_BYTES_MAX: u64 = 64 << 20;
const MEBIBYTE: u64 = 1 << 20;
/// Names of files beside a missing one that are looked at, at most.
const NEIGHBOURS_MAX: usize = 1000;

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such file.
    Missing,
    /// It is a directory.
    Directory,
    /// It is larger than [`FILE_BYTES_MAX`]; its size in bytes, if it is known.
    TooLarge(Option<u64>),
    /// The system refuses, with this reason.
    Failed(String),
}

impl Refusal {
    /// The refusal in words, about the file with this name.
    pub(super) fn words(&self, name: &str) -> String {
        let limit = FILE_BYTES_MAX / MEBIBYTE;
        match self {
            Self::Missing => format!("there is no file `{name}`"),
            Self::Directory => format!("`{name}` is a directory, not a world file"),
            Self::TooLarge(Some(bytes)) => {
                format!("file is {} MiB; a world file may be at most {limit} MiB", bytes.div_ceil(MEBIBYTE))
            }
            Self::TooLarge(None) => format!("file is too large; a world file may be at most {limit} MiB"),
            Self::Failed(reason) => format!("`{name}` cannot be read: {reason}"),
        }
    }
}

/// A store of world files.
pub trait Files {
    /// The content of a file.
    ///
    /// # Errors
    ///
    /// Why it cannot be read.
    fn read(&self, path: &Path) -> Result<Vec<u8>, Refusal>;

    /// The same path for every way to name one file.
    fn identity(&self, path: &Path) -> PathBuf;

    /// The names of the files beside the one named, to suggest one when it is missing.
    fn neighbours(&self, path: &Path) -> Vec<String>;
}

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Refusal> {
        let refuse = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => Refusal::Missing,
            ErrorKind::IsADirectory => Refusal::Directory,
            kind => Refusal::Failed(kind.to_string()),
        };
        let file = fs::File::open(path).map_err(refuse)?;
        let metadata = file.metadata().map_err(refuse)?;
        if metadata.is_dir() {
            return Err(Refusal::Directory);
        }
        if metadata.len() > FILE_BYTES_MAX {
            return Err(Refusal::TooLarge(Some(metadata.len())));
        }
        let mut bytes = Vec::with_capacity(metadata.len() as usize);
        // A pipe tells its length only at its end, which may never come.
        file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(refuse)?;
        if bytes.len() as u64 > FILE_BYTES_MAX { Err(Refusal::TooLarge(None)) } else { Ok(bytes) }
    }

    fn identity(&self, path: &Path) -> PathBuf {
        fs::canonicalize(path).unwrap_or_else(|_| plain(path))
    }

    fn neighbours(&self, path: &Path) -> Vec<String> {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let names =
            entries.take(NEIGHBOURS_MAX).flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        // A directory is listed in no particular order, and a suggestion must not depend on it.
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names
    }
}

/// Files that are only in memory, by path.
pub type Memory = BTreeMap<PathBuf, Vec<u8>>;

impl Files for Memory {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Refusal> {
        let bytes = self.get(&plain(path)).ok_or(Refusal::Missing)?;
        let length = bytes.len() as u64;
        if length > FILE_BYTES_MAX { Err(Refusal::TooLarge(Some(length))) } else { Ok(bytes.clone()) }
    }

    fn identity(&self, path: &Path) -> PathBuf {
        plain(path)
    }

    fn neighbours(&self, path: &Path) -> Vec<String> {
        let folder = plain(path);
        let beside = self.keys().filter(|other| other.parent() == folder.parent());
        beside.filter_map(|other| other.file_name()).map(|name| name.to_string_lossy().into_owned()).collect()
    }
}

/// A path without `.` and without `x/..`, as it is shown; links are not followed.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    if plain.as_os_str() == OsStr::new("") { PathBuf::from(".") } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_without_detours() {
        for (path, expected) in [
            ("worlds/../common/x.ron", "common/x.ron"),
            ("./worlds/./x.ron", "worlds/x.ron"),
            ("../x.ron", "../x.ron"),
            ("a/../../x.ron", "../x.ron"),
            ("/a/../x.ron", "/x.ron"),
            (".", "."),
        ] {
            assert_eq!(plain(Path::new(path)), Path::new(expected), "{path}");
        }
    }

    #[test]
    fn a_refusal_says_how_large_a_file_may_be() {
        let hundred = Refusal::TooLarge(Some(100 << 20));
        assert_eq!(hundred.words("x.ron"), "file is 100 MiB; a world file may be at most 64 MiB");
        let barely = Refusal::TooLarge(Some(FILE_BYTES_MAX + 1));
        assert_eq!(barely.words("x.ron"), "file is 65 MiB; a world file may be at most 64 MiB");
        let pipe = Refusal::TooLarge(None);
        assert_eq!(pipe.words("x.ron"), "file is too large; a world file may be at most 64 MiB");
    }
}
