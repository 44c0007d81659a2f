//! `voltcity diff`: which agents and which fields of two snapshots differ, and where two runs first part.

use super::args::{DiffRequest, Kind};
use super::chart::thousands;
use super::console;
use super::exit::Failure;
use super::resume::{read, unusable};
use super::taken::names;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use voltcity::snapshot::{Snapshot, SnapshotError};
use voltcity::world::problem::Problem;

/// Tells how two snapshots, or two runs, differ.
///
/// # Errors
/// Snapshots that cannot be used, and directories without snapshots of the same times.
pub(crate) fn diff(request: &DiffRequest) -> Result<(), Failure> {
    let [first, second] = &request.paths;
    let (pair, before) = if first.is_dir() && second.is_dir() {
        parting(first, second)?
    } else if let Some((dir, file)) =
        [(first, second), (second, first)].into_iter().find(|(dir, file)| dir.is_dir() && !file.is_dir())
    {
        let message = format!("{} is a directory, and {} is none", dir.display(), file.display());
        let hint = "give two snapshots, or the directories of two runs".to_owned();
        return Err(Failure::World(Problem::new(message, hint).into()));
    } else {
        ([first.clone(), second.clone()], String::new())
    };
    let [a, b] = [&pair[0], &pair[1]].map(|path| read(path, request.threads));
    console::print(&(before + &text(&pair, &a?, &b?, request)))
}

/// The first snapshots of two runs that differ, or the last ones if none do.
fn parting(first: &Path, second: &Path) -> Result<([PathBuf; 2], String), Failure> {
    let (of_first, of_second) = (names(first)?, names(second)?);
    let both: Vec<&PathBuf> = of_first.intersection(&of_second).collect();
    let Some(last) = both.last() else {
        let what = "has no snapshot of a time of which the other directory has one too".to_owned();
        let cause = std::io::Error::new(std::io::ErrorKind::NotFound, what);
        return Err(unusable(first, SnapshotError::Io(cause)));
    };
    let hash = |dir: &Path, name: &Path| head_hash(&dir.join(name));
    for (equal, name) in both.iter().enumerate() {
        if hash(first, name)? != hash(second, name)? {
            let text = format!(
                "{equal} of {} common snapshots are equal; they first differ at {}.\n",
                both.len(),
                name.display()
            );
            return Ok(([first.join(name), second.join(name)], text));
        }
    }
    let text = format!("The states of all {} common snapshots are equal.\n", both.len());
    Ok(([first.join(last), second.join(last)], text))
}

fn head_hash(path: &Path) -> Result<String, Failure> {
    let file = File::open(path).map_err(|cause| unusable(path, SnapshotError::Io(cause)))?;
    let head = Snapshot::head_of(BufReader::new(file)).map_err(|error| unusable(path, error))?;
    Ok(head.state_hash)
}

/// What differs, in words.
fn text(paths: &[PathBuf; 2], a: &Snapshot, b: &Snapshot, request: &DiffRequest) -> String {
    let mut out = format!("A  {}\nB  {}\n", paths[0].display(), paths[1].display());
    let mut found = Found { limit: request.limit, listed: 0, differ: 0, out: String::new() };
    if request.kind.is_none() {
        found.fields("head", None, &json(a.head()), &json(b.head()));
        // The limit is for agents.
        found.listed = 0;
        found.differ = 0;
    }
    let wants = |kind: Kind| request.kind.is_none_or(|wanted| wanted == kind);
    if wants(Kind::Vehicle) {
        found.rows("vehicle", [a.vehicles(), b.vehicles()], |row| {
            let beside = |s: &Snapshot| s.beside(row as u32).map_or(Value::Null, |beside| json(&beside));
            [beside(a), beside(b)]
        });
        found.beside(a, b);
    }
    let nothing = |_: usize| [Value::Null, Value::Null];
    if wants(Kind::Charger) {
        found.rows("charger", [a.guns(), b.guns()], nothing);
    }
    if wants(Kind::Station) {
        found.fields("station queues", None, &json(&a.queues()), &json(&b.queues()));
    }
    if wants(Kind::Building) {
        found.rows("building", [a.buildings(), b.buildings()], nothing);
    }
    if wants(Kind::Pv) {
        found.rows("solar array", [a.pv(), b.pv()], nothing);
    }
    if wants(Kind::Storage) {
        found.rows("storage unit", [a.storage(), b.storage()], nothing);
    }
    if wants(Kind::Transformer) {
        found.rows("transformer", [a.transformers(), b.transformers()], nothing);
    }
    if wants(Kind::Feeder) {
        found.rows("feeder", [a.feeders(), b.feeders()], nothing);
    }
    if wants(Kind::Substation) {
        found.rows("substation", [a.substations(), b.substations()], nothing);
    }
    if wants(Kind::Books) {
        found.fields("books", None, &json(a.books()), &json(b.books()));
        if a.network() != b.network() {
            found.fields("network", None, &json(&a.network()), &json(&b.network()));
        }
    }
    let verdict = match found.differ {
        0 => "They are equal.\n".to_owned(),
        differ if differ > found.listed => {
            format!(
                "{} differ, of which {} are listed: raise --limit for more.\n",
                thousands(differ as i64),
                found.listed
            )
        }
        1 => "One differs.\n".to_owned(),
        differ => format!("{} differ.\n", thousands(differ as i64)),
    };
    out.push_str(&found.out);
    out.push_str(&verdict);
    out
}

fn json(value: &impl Serialize) -> Value {
    // Everything in a snapshot can be written as JSON: keys are numbers or names.
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// What has been found so far.
struct Found {
    limit: usize,
    listed: usize,
    /// Agents, or parts of the books, that differ.
    differ: usize,
    out: String,
}

impl Found {
    /// Compares the rows of a kind; `more` tells what belongs to a row beside it.
    fn rows<'a, R: PartialEq + Serialize + 'a, A: IntoIterator<Item = &'a R> + Copy>(
        &mut self,
        kind: &str,
        [a, b]: [A; 2],
        more: impl Fn(usize) -> [Value; 2],
    ) {
        let [before, after] = [a, b].map(|rows| rows.into_iter().count() as i64);
        if before != after {
            self.differ += 1;
            self.listed += 1;
            let _ = writeln!(self.out, "{kind}s: {} -> {}", thousands(before), thousands(after));
        }
        for (row, (one, other)) in a.into_iter().zip(b).enumerate().filter(|(_, (one, other))| one != other) {
            if self.listed >= self.limit {
                self.differ += 1;
                continue;
            }
            let [mut before, mut after] = [json(one), json(other)];
            let [beside_before, beside_after] = more(row);
            if let (Value::Object(before), Value::Object(after)) = (&mut before, &mut after) {
                before.insert("beside".to_owned(), beside_before);
                after.insert("beside".to_owned(), beside_after);
            }
            self.fields(kind, Some(row), &before, &after);
        }
    }

    /// Vehicles whose rows are equal, and whose flows, orders or promises are not.
    fn beside(&mut self, a: &Snapshot, b: &Snapshot) {
        let rows: BTreeSet<u32> = a.rows_beside().chain(b.rows_beside()).collect();
        for row in rows {
            let same_row = a.vehicles().get(row as usize) == b.vehicles().get(row as usize);
            let [one, other] = [a, b].map(|s| s.beside(row).map_or(Value::Null, |beside| json(&beside)));
            if same_row && one != other {
                self.fields("vehicle", Some(row as usize), &one, &other);
            }
        }
    }

    /// Lists the fields in which two values differ.
    fn fields(&mut self, kind: &str, row: Option<usize>, a: &Value, b: &Value) {
        let mut lines = Vec::new();
        compare("", a, b, &mut lines);
        if lines.is_empty() {
            return;
        }
        self.differ += 1;
        if self.listed >= self.limit {
            return;
        }
        self.listed += 1;
        let name = row.map_or_else(|| kind.to_owned(), |row| format!("{kind} {row}"));
        let more = lines.len().saturating_sub(FIELDS);
        let _ = writeln!(self.out, "{name}");
        for line in lines.into_iter().take(FIELDS) {
            let _ = writeln!(self.out, "    {line}");
        }
        if more > 0 {
            let _ = writeln!(self.out, "    and {more} more fields");
        }
    }
}

/// Fields of one agent that are listed at most.
const FIELDS: usize = 24;

/// Adds a line for every leaf in which two values differ.
fn compare(path: &str, a: &Value, b: &Value, lines: &mut Vec<String>) {
    let under = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (a, b) {
        (Value::Object(one), Value::Object(other)) => {
            for key in keys(one, other) {
                let of = |map: &Map<String, Value>| map.get(&key).cloned().unwrap_or(Value::Null);
                compare(&under(&key), &of(one), &of(other), lines);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                compare(&under(&index.to_string()), one, other, lines);
            }
        }
        _ if a != b => lines.push(format!("{path}: {} -> {}", short(a), short(b))),
        _ => {}
    }
}

fn keys(a: &Map<String, Value>, b: &Map<String, Value>) -> Vec<String> {
    let mut keys: Vec<String> = a.keys().cloned().collect();
    keys.extend(b.keys().filter(|key| !a.contains_key(*key)).cloned());
    keys
}

/// A value on one line.
fn short(value: &Value) -> String {
    let text = match value {
        Value::Null => "nothing".to_owned(),
        // What stands for no row and for no time in a vehicle.
        Value::Number(number) if number.as_u64() == Some(u64::from(u32::MAX)) => "none".to_owned(),
        other => other.to_string(),
    };
    if text.chars().count() > 60 { text.chars().take(57).chain("...".chars()).collect() } else { text }
}
