//! Which files hold the measured tables, and reading them.

use super::measured::{self, Given, Measured};
use super::table::Problems;
use crate::cli::exit::Failure;
use std::fs;
use std::path::{Path, PathBuf};

/// Names of the tables in the folder of the data, or in its folder `urbanev`.
const ZONES: &str = "zones_measured_train.csv";
const DAILY: &str = "city_daily_2022-09_to_2022-12.csv";
const HOURS: &str = "shenzhen_public_hour_of_day_profile.csv";
const DISTRICTS: &str = "shenzhen_public_by_district.csv";

/// Where the measured tables are: in a folder under their usual names, or in files of their own.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tables<'a> {
    /// The folder.
    pub(crate) data: Option<&'a Path>,
    /// The table of zones, if not the usual one.
    pub(crate) zones: Option<&'a Path>,
    /// The table of days, if not the usual one.
    pub(crate) daily: Option<&'a Path>,
    /// The table of hours, if not the usual one.
    pub(crate) hours: Option<&'a Path>,
}

/// Reads all tables that are named or lie in the folder of the data.
///
/// # Errors
/// A file that cannot be read, no file at all, and everything that is wrong in the tables.
pub(super) fn read(tables: &Tables<'_>) -> Result<Measured, Failure> {
    let data = tables.data;
    if let Some(dir) = data.filter(|dir| !dir.is_dir()) {
        let hint = format!("name the folder that has {ZONES}, or its parent");
        return Err(Failure::Measured { path: dir.to_owned(), message: format!("there is no such folder; {hint}") });
    }
    let mut problems = Problems::default();
    let found = Measured {
        zones: table(tables.zones, data, ZONES, measured::zones, &mut problems)?,
        daily: table(tables.daily, data, DAILY, measured::daily, &mut problems)?,
        hours: table(tables.hours, data, HOURS, measured::hours, &mut problems)?,
        districts: table(None, data, DISTRICTS, measured::districts, &mut problems)?,
    };
    if !problems.is_empty() {
        return Err(Failure::Tables(problems));
    }
    if found == Measured::default() {
        let message = format!(
            "there is no measured table: give {ZONES}, {DAILY}, {HOURS} or {DISTRICTS}, or name files with --zones, \
             --daily or --hours"
        );
        return Err(Failure::Measured { path: data.unwrap_or(Path::new(".")).to_owned(), message });
    }
    Ok(found)
}

/// Reads a table from the file that is named, or from the one of its usual name if there is one.
fn table<T>(
    named: Option<&Path>,
    data: Option<&Path>,
    usual: &str,
    read: fn(&str, &[u8], &mut Problems) -> Option<Given<T>>,
    problems: &mut Problems,
) -> Result<Option<Given<T>>, Failure> {
    let Some(path) = named.map(Path::to_owned).or_else(|| in_folder(data?, usual)) else { return Ok(None) };
    let bytes = fs::read(&path)
        .map_err(|cause| Failure::Measured { path: path.clone(), message: format!("cannot read it: {cause}") })?;
    Ok(read(&path.display().to_string(), &bytes, problems))
}

/// The file of a name in `DIR/urbanev` or `DIR`.
fn in_folder(dir: &Path, name: &str) -> Option<PathBuf> {
    [dir.join("urbanev").join(name), dir.join(name)].into_iter().find(|path| path.is_file())
}
