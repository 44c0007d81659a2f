//! The one write: a page is whole, or it is not there.

use crate::failure::Failure;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes beside the file, brings it to the disk, and renames it.
///
/// # Errors
/// A directory that is not there, no permission, a full disk. An older page then stays as it was.
pub(crate) fn atomically(path: &Path, text: &str) -> Result<(), Failure> {
    let partial = partial_name(path);
    let written = write(&partial, text).and_then(|()| fs::rename(&partial, path)).and_then(|()| sync_directory(path));
    written.map_err(|cause| {
        fs::remove_file(&partial).ok();
        Failure::Unwritable { path: path.to_owned(), cause }
    })
}

fn partial_name(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    path.with_file_name(name)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A name lasts once its directory is on the disk; systems that cannot open one keep it anyway.
fn sync_directory(path: &Path) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match File::open(dir) {
        Ok(dir) => dir.sync_all().or(Ok(())),
        Err(_) => Ok(()),
    }
}
