//! Accounts: the JSON files in which voltcity says what it has done.

use crate::failure::Failure;
use serde::Serialize;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// What an account is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// A run: `summary.json`.
    Run,
    /// A response event: `event.json`.
    Event,
    /// A comparison with measured charging: `validation.json`.
    Validation,
    /// What can be changed: the file of `capability --out`.
    Capability,
    /// A ladder of worlds: `study.json`.
    Study,
    /// Futures of a snapshot: `fork.json`.
    Fork,
    /// A world: the file of `describe --out`.
    World,
}

/// An account and where it lies.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// What it is of.
    pub(crate) kind: Kind,
    /// The file.
    pub(crate) path: PathBuf,
    /// Its content, an object.
    pub(crate) value: Value,
}

/// What a field has to be.
#[derive(Clone, Copy)]
enum Wanted {
    Text,
    Number,
    List,
    Object,
}

use Kind::{Capability, Event, Fork, Run, Study, Validation, World};
use Wanted::{List, Number, Object, Text};

/// Names that voltcity gives; the files of `capability` and `describe` are named by the user.
const NAMES: [(&str, Kind); 5] = [
    ("summary.json", Run),
    ("event.json", Event),
    ("validation.json", Validation),
    ("study.json", Study),
    ("fork.json", Fork),
];

/// Fields that tell an account of a kind from all others, in the order in which they are looked for.
const MARKS: [(Kind, &[&str]); 7] = [
    (Run, &["load_curve_15min", "energy_kwh"]),
    (Event, &["requested_mw", "shortfall_share"]),
    (Validation, &["hour_of_day", "run"]),
    (Capability, &["city", "kinds", "hours"]),
    (Study, &["ladders", "study"]),
    (Fork, &["futures", "from"]),
    (World, &["totals", "figures"]),
];

/// What the page cannot do without, by JSON pointer. Whatever else is missing is left out of the page.
const REQUIRED: [(Kind, &[(&str, Wanted)]); 7] = [
    (
        Run,
        &[
            ("/world", Text),
            ("/start", Text),
            ("/step_s", Number),
            ("/peak_mw", Number),
            ("/energy_kwh", Object),
            ("/ev_by_class", Object),
            ("/load_curve_15min", List),
        ],
    ),
    (
        Event,
        &[
            ("/world", Text),
            ("/event", Text),
            ("/start", Text),
            ("/end", Text),
            ("/requested_mw", Number),
            ("/delivered_mw_mean", Number),
            ("/shortfall_share", Object),
            ("/quarters", List),
        ],
    ),
    (Validation, &[("/run", Object), ("/run/world", Text), ("/hour_of_day", Object)]),
    (Capability, &[("/world", Text), ("/at", Text), ("/city", Object), ("/kinds", Object), ("/hours", List)]),
    (Study, &[("/study", Text), ("/world", Text), ("/ladders", List)]),
    (Fork, &[("/world", Text), ("/from/time", Text), ("/futures", List)]),
    (World, &[("/world", Text), ("/totals", Object), ("/figures", List)]),
];

/// The accounts of a directory, in the order of [`Kind`], or the one in a file.
///
/// # Errors
/// What cannot be read, is no JSON, or is no account.
pub(crate) fn find(path: &Path) -> Result<Vec<Account>, Failure> {
    let about = fs::metadata(path).map_err(Failure::unreadable(path))?;
    if about.is_file() {
        let found = read(path)?.ok_or_else(|| Failure::UnknownAccount(path.to_owned()))?;
        return Ok(vec![found]);
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(Failure::unreadable(path))? {
        let file = entry.map_err(Failure::unreadable(path))?.path();
        if file.extension().is_some_and(|extension| extension == "json") {
            names.push(file);
        }
    }
    names.sort();
    let mut found = Vec::new();
    for file in names {
        match read(&file)? {
            Some(account) => found.push(account),
            // OpenADR messages lie beside an event, and whatever else the user has put there.
            None if !has_own_name(&file) => {}
            None => return Err(Failure::UnknownAccount(file)),
        }
    }
    if found.is_empty() {
        return Err(Failure::NoAccount(path.to_owned()));
    }
    found.sort_by_key(|account| account.kind);
    Ok(found)
}

fn has_own_name(path: &Path) -> bool {
    path.file_name().is_some_and(|name| NAMES.iter().any(|(known, _)| name == *known))
}

/// Reads a JSON file. `None` if it is no account; a file that has an account's name must be one.
fn read(path: &Path) -> Result<Option<Account>, Failure> {
    let text = fs::read(path).map_err(Failure::unreadable(path))?;
    let value: Value = serde_json::from_slice(&text).map_err(|cause| Failure::Json { path: path.to_owned(), cause })?;
    let named = NAMES.iter().find(|(name, _)| path.file_name().is_some_and(|file| file == *name)).map(|row| row.1);
    let marked = MARKS.iter().find(|(_, marks)| marks.iter().all(|mark| value.get(mark).is_some())).map(|row| row.0);
    let Some(kind) = marked.or(named) else { return Ok(None) };
    check(path, kind, &value)?;
    Ok(Some(Account { kind, path: path.to_owned(), value }))
}

fn check(path: &Path, kind: Kind, value: &Value) -> Result<(), Failure> {
    let Some((_, required)) = REQUIRED.iter().find(|row| row.0 == kind) else { return Ok(()) };
    for (field, wanted) in *required {
        let here = value.pointer(field);
        let (is_right, wanted) = match wanted {
            Text => (here.is_some_and(Value::is_string), "a text"),
            Number => (here.is_some_and(Value::is_number), "a number"),
            List => (here.is_some_and(Value::is_array), "a list"),
            Object => (here.is_some_and(Value::is_object), "an object"),
        };
        if !is_right {
            return Err(Failure::Field { path: path.to_owned(), field: field.trim_start_matches('/'), wanted });
        }
    }
    Ok(())
}
