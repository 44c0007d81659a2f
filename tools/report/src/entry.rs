//! Entries of the page: an account, with what lies beside it.

use crate::account::{Account, Kind};
use crate::cells::{self, Centre};
use crate::failure::Failure;
use crate::places::{self, Place};
use crate::series::{self, Series};
use crate::settlement;
use crate::stations;
use crate::table::Table;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Columns of the series of zones and districts that the page shows.
const AREA_COLUMNS: [&str; 4] = ["net_w", "building_w", "pv_w", "ev_charged_w"];
/// Transformer areas of a capability that the page shows; the file has up to a thousand.
const AREAS_SHOWN: usize = 10;
/// What a machine took for a run is not part of what came of it, and would differ from machine to machine.
const OF_THE_MACHINE: [&str; 6] = ["startup_s", "warmup_s", "wall_s", "agent_steps_per_s", "peak_rss_mb", "threads"];

/// Something the reader should know, by the key of its label.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Note {
    key: &'static str,
    file: String,
}

impl Note {
    /// The note for a terminal; the file lies beside the account `source`.
    pub(crate) fn english(&self, source: &str) -> String {
        let dir = source.rsplit_once('/').map_or("", |(dir, _)| dir);
        let file = [dir, &self.file].map(str::to_owned).join("/");
        crate::page::label(self.key).replace("{file}", file.trim_start_matches('/'))
    }
}

/// One tab of the page.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    kind: Kind,
    /// The account's file, as named on the command line.
    pub(crate) source: String,
    account: Value,
    /// What was found beside it.
    beside: Map<String, Value>,
    /// What is missing, and how to get it.
    pub(crate) notes: Vec<Note>,
}

/// Gathers what belongs to an account.
///
/// # Errors
/// A table beside it that is damaged.
pub(crate) fn make(account: Account) -> Result<Entry, Failure> {
    let Account { kind, path, value } = account;
    let mut entry = Entry { kind, source: shown(&path), account: value, beside: Map::new(), notes: Vec::new() };
    let dir = path.parent().unwrap_or(Path::new("."));
    match kind {
        Kind::Run => entry.add_run(dir)?,
        Kind::Event => entry.add_event(dir)?,
        Kind::Validation => entry.add_zones_of_validation(),
        Kind::Capability => {
            if let Some(areas) = entry.account.get_mut("areas").and_then(Value::as_array_mut) {
                areas.truncate(AREAS_SHOWN);
            }
        }
        Kind::Study | Kind::Fork | Kind::World => {}
    }
    Ok(entry)
}

/// The last two parts of a path: enough to know it by, and the same wherever the project lies.
fn shown(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts[parts.len().saturating_sub(2)..].join("/")
}

impl Entry {
    fn note(&mut self, key: &'static str, file: &str) {
        self.notes.push(Note { key, file: file.to_owned() });
    }

    fn add_run(&mut self, dir: &Path) -> Result<(), Failure> {
        if let Some(account) = self.account.as_object_mut() {
            OF_THE_MACHINE.iter().for_each(|name| drop(account.remove(*name)));
        }
        if let Some(table) = self.series(dir, "city")? {
            self.add_published(&table)?;
        }
        if let Some(table) = self.series(dir, "district")? {
            let mut value = Series::read(&table, &AREA_COLUMNS)?.value(&AREA_COLUMNS);
            let names: Option<Value> = table.metadata("voltcity.ids").and_then(|text| serde_json::from_str(text).ok());
            value["names"] = names.unwrap_or_default();
            self.beside.insert("districts".to_owned(), value);
        }
        match self.series(dir, "zone")? {
            Some(table) => self.add_zones(&table, dir)?,
            None => self.note("note.no_zones", "series-zone.parquet"),
        }
        match self.series(dir, "feeder")? {
            Some(table) => {
                self.beside.insert("feeders".to_owned(), series::feeders(&table)?);
            }
            None => self.note("note.no_feeders", "series-feeder.parquet"),
        }
        Ok(())
    }

    /// A series that the account names and that is of the same run. Others were left there by earlier runs.
    fn series(&mut self, dir: &Path, level: &str) -> Result<Option<Table>, Failure> {
        let name = format!("series-{level}.parquet");
        let named = self.account.get("series").and_then(Value::as_array);
        if named.is_some_and(|names| !names.iter().any(|n| n == name.as_str())) {
            return Ok(None);
        }
        let Some(table) = Table::open(&dir.join(&name))? else { return Ok(None) };
        if table.rows() == 0 {
            // A run that was stopped before its first interval was over.
            return Ok(None);
        }
        let text = |key: &str| match self.account.get(key) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let same = ["world_digest", "seed", "start", "step_s"].iter().all(|key| {
            match (table.metadata(&format!("voltcity.{key}")), text(key)) {
                (Some(there), Some(here)) => there == here,
                _ => true,
            }
        });
        if !same {
            self.note("note.other_run", &name);
            return Ok(None);
        }
        Ok(Some(table))
    }

    /// Published figures travel with the series of the city.
    fn add_published(&mut self, table: &Table) -> Result<(), Failure> {
        if let Some(text) = table.metadata("voltcity.published") {
            let published: Value = serde_json::from_str(text)
                .map_err(|error| table.refuse(format!("`voltcity.published` is no JSON: {error}")))?;
            self.beside.insert("published".to_owned(), published);
        }
        Ok(())
    }

    /// The map of zones, and the stations on it.
    fn add_zones(&mut self, table: &Table, dir: &Path) -> Result<(), Failure> {
        let Some(text) = table.metadata(places::KEY) else {
            self.note("note.no_places", "series-zone.parquet");
            return Ok(());
        };
        let places = places::parse(text)
            .map_err(|message| table.refuse(format!("`{}` is no list of places: {message}", places::KEY)))?;
        let series = Series::read(table, &AREA_COLUMNS)?;
        let at = |id: &i64| places.iter().find(|place| place.id == *id);
        let found: Vec<Option<&Place>> = series.ids.iter().map(at).collect();
        if found.iter().any(Option::is_none) {
            self.note("note.some_places", "series-zone.parquet");
        }
        let centres: Vec<Centre> = found.iter().flatten().map(|place| place.centre()).collect();
        let map = cells::map(&centres);
        match self.series(dir, "station")? {
            Some(table) => {
                if let Some(stations) = stations::stations(&table, &map.projection)? {
                    self.beside.insert("stations".to_owned(), stations);
                }
            }
            None => self.note("note.no_stations", "series-station.parquet"),
        }
        let mut cells = json!(map);
        // A zone without a place keeps its row and has no cell.
        let mut drawn = cells["cells"].take().as_array().cloned().unwrap_or_default().into_iter();
        cells["cells"] = found.iter().map(|p| p.and_then(|_| drawn.next()).unwrap_or(json!([]))).collect();
        let about = |p: Option<&Place>| {
            p.map_or(Value::Null, |p| json!([p.name, p.district, p.area_km2, p.limit_mw, p.points, p.points_mw]))
        };
        let mut value = series.value(&AREA_COLUMNS);
        value["map"] = cells;
        value["about"] = found.iter().copied().map(about).collect();
        self.beside.insert("zones".to_owned(), value);
        Ok(())
    }

    fn add_event(&mut self, dir: &Path) -> Result<(), Failure> {
        match Table::open(&dir.join(settlement::NAME))? {
            Some(table) => {
                self.beside.insert("operators".to_owned(), json!(settlement::by_operator(&table)?));
                self.beside.insert("direction".to_owned(), settlement::direction(&table)?);
            }
            None => self.note("note.no_settlement", settlement::NAME),
        }
        if self.account.get("curve").is_none() {
            self.note("note.no_curve", "event.json");
        }
        Ok(())
    }

    fn add_zones_of_validation(&mut self) {
        let rows = self.account.pointer("/zones/rows").and_then(Value::as_array);
        let centre = |row: &Value| {
            let number = |name: &str| row.get(name).and_then(Value::as_f64);
            let (lon, lat) = (number("lon")?, number("lat")?);
            (lon.abs() <= 180.0 && lat.abs() <= 89.0).then_some(Centre { lon, lat, area_km2: None })
        };
        let centres: Option<Vec<Centre>> = rows.and_then(|rows| rows.iter().map(centre).collect());
        match centres {
            Some(centres) if !centres.is_empty() => {
                self.beside.insert("map".to_owned(), json!(cells::map(&centres)));
            }
            _ => self.note("note.no_zone_rows", "validation.json"),
        }
    }
}
