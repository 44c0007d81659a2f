//! Puts a folder of files in place of an earlier one, whole.

use crate::fragment::{hidden_beside, write_out};
use crate::problem::Failure;
use std::fs;
use std::io;
use std::path::Path;

/// Writes a folder of these files. A temporary folder beside it is filled, written out to disk and then renamed; an
/// earlier folder steps aside meanwhile, and comes back if that fails. Missing folders on the way are made.
///
/// # Errors
/// The folder holds anything else than files of these names, or something cannot be written.
pub(crate) fn replace(path: &Path, files: &[(&str, String)]) -> Result<(), Failure> {
    put(path, files).map_err(|source| Failure::Write { path: path.to_owned(), source })
}

fn put(path: &Path, files: &[(&str, String)]) -> io::Result<()> {
    // A name, such as `.` has none: the folder that somebody works in must not be replaced under them.
    hidden_beside(path, "new")?;
    // What a link leads to is replaced, not the link.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    refuse_others(&place, files)?;
    let (new, old) = (hidden_beside(&place, "new")?, hidden_beside(&place, "old")?);
    fs::create_dir_all(&new)?;
    let filled = files.iter().try_for_each(|(name, text)| write_out(&new.join(name), text));
    let done = filled.and_then(|()| swap(&new, &place, &old));
    // An earlier folder that could not come back stays where it is.
    remove(if done.is_ok() { &old } else { &new }, files);
    done
}

/// Removes what is left of a temporary folder. What cannot be removed is in nobody's way.
fn remove(left: &Path, files: &[(&str, String)]) {
    files.iter().for_each(|(name, _)| drop(fs::remove_file(left.join(name))));
    drop(fs::remove_dir(left));
}

/// Refuses a folder with anything in it that would be lost.
fn refuse_others(place: &Path, files: &[(&str, String)]) -> io::Result<()> {
    if !place.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(place)? {
        let name = entry?.file_name();
        if !files.iter().any(|(file, _)| name == **file) {
            let text = format!("it holds {}; choose a folder of its own", name.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
        }
    }
    Ok(())
}

fn swap(new: &Path, place: &Path, old: &Path) -> io::Result<()> {
    let stood = place.exists();
    if stood {
        fs::rename(place, old)?;
    }
    let done = fs::rename(new, place);
    if stood && done.is_err() {
        fs::rename(old, place)?;
    }
    done
}
