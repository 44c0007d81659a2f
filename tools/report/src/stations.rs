//! Stations that are open to all: where they are, and how full they are through the day.

use crate::cells::Projection;
use crate::failure::Failure;
use crate::series::Series;
use crate::table::Table;
use serde::Deserialize;
use serde_json::{Value, json};

/// The key of the series' metadata that says where stations are and what they have.
const KEY: &str = "voltcity.stations";
/// Columns of the series.
const COLUMNS: [&str; 3] = ["points", "busy", "queued"];
/// Values of one kind that a page holds at most: a day of 20,000 stations by the hour.
const VALUES_MAX: usize = 480_000;
/// A page has a value of a station as a letter: a share in steps of 2 %, or a number of vehicles, as far as letters go.
const LETTERS: &[u8; 52] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The letter of a station where nothing works.
const NOTHING: usize = LETTERS.len() - 1;
/// Steps of a share.
const STEPS: i64 = 50;

/// What the series says of all stations, by row.
#[derive(Deserialize)]
struct Places {
    id: Vec<i64>,
    kind: Vec<String>,
    lon: Vec<f64>,
    lat: Vec<f64>,
    zone: Vec<i64>,
    power_kw: Vec<i64>,
}

impl Places {
    /// Reads what the metadata of a series says.
    fn parse(text: &str) -> Result<Self, String> {
        let places: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let lengths = [places.kind.len(), places.lon.len(), places.lat.len(), places.zone.len(), places.power_kw.len()];
        if lengths.iter().any(|length| *length != places.id.len()) {
            return Err("its lists are not all of one length".to_owned());
        }
        let nowhere = |(lon, lat): (&f64, &f64)| lon.abs() > 180.0 || lat.abs() > 89.0;
        match places.lon.iter().zip(&places.lat).position(nowhere) {
            Some(i) => Err(format!("station {} lies nowhere", places.id[i])),
            None => Ok(places),
        }
    }
}

/// The share of points in use as a letter.
fn share(points: i64, busy: i64) -> u8 {
    let place = if points > 0 { (busy.clamp(0, points) * STEPS + points / 2) / points } else { NOTHING as i64 };
    LETTERS[place as usize]
}

/// A number of vehicles as a letter.
fn number(vehicles: i64) -> u8 {
    LETTERS[vehicles.clamp(0, NOTHING as i64) as usize]
}

/// Stations as the page has them, on the map of the zones; `None` if the series does not say where they are.
///
/// # Errors
/// A table that is not the one voltcity writes.
pub(crate) fn stations(table: &Table, map: &Projection) -> Result<Option<Value>, Failure> {
    let Some(text) = table.metadata(KEY) else { return Ok(None) };
    let places =
        Places::parse(text).map_err(|message| table.refuse(format!("`{KEY}` is no list of stations: {message}")))?;
    let series = Series::read(table, &COLUMNS)?;
    if series.ids != places.id {
        return Err(table.refuse(format!("`{KEY}` lists other stations than the rows")));
    }
    let every = (series.frames() * series.ids.len()).div_ceil(VALUES_MAX).max(1);
    let (mut busy, mut queued) = (String::new(), String::new());
    let mut points = Vec::with_capacity(series.ids.len());
    for row in 0..series.ids.len() {
        let [of_points, of_busy, of_queued] = [0, 1, 2].map(|column| series.row(column, row));
        points.push(of_points.iter().flatten().max().copied().unwrap_or_default());
        // What an interval tells is how the station stands at its end: the last of several stands for all.
        for frame in (every - 1..of_points.len()).step_by(every) {
            let points = of_points[frame].unwrap_or_default();
            busy.push(char::from(share(points, of_busy[frame].unwrap_or_default())));
            queued.push(char::from(number(of_queued[frame].unwrap_or_default())));
        }
    }
    let mut kinds = places.kind.clone();
    kinds.sort_unstable();
    kinds.dedup();
    let at: Vec<[i64; 2]> = places.lon.iter().zip(&places.lat).map(|(lon, lat)| map.place(*lon, *lat)).collect();
    Ok(Some(json!({
        "ids": places.id,
        "kinds": kinds,
        "kind": places.kind.iter().map(|kind| kinds.partition_point(|known| known < kind)).collect::<Vec<_>>(),
        "at": at.as_flattened(),
        "zone": places.zone,
        "power_kw": places.power_kw,
        "points": points,
        "every_s": series.step_s() * every as i64,
        "frames": series.frames() / every,
        "busy": busy,
        "queued": queued,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_numbers_are_letters() {
        assert_eq!([share(4, 0), share(4, 1), share(4, 4)].map(char::from), ['A', 'N', 'y']);
        assert_eq!(char::from(share(0, 0)), 'z');
        assert_eq!([number(0), number(3), number(900), number(-1)].map(char::from), ['A', 'D', 'z', 'A']);
        // Every share is a letter of its own step, and no working station looks as if nothing worked.
        for points in 1..60 {
            for busy in 0..=points {
                let place = LETTERS.iter().position(|letter| *letter == share(points, busy)).unwrap() as i64;
                assert!((place * points - busy * STEPS).abs() * 2 <= points && place <= STEPS, "{busy} of {points}");
            }
        }
    }

    #[test]
    fn lists_that_do_not_fit_are_refused() {
        let text = |lon: &str| {
            format!(r#"{{"id": [3], "kind": ["public"], "lon": {lon}, "lat": [22.5], "zone": [7], "power_kw": [60]}}"#)
        };
        assert!(Places::parse(&text("[114.1]")).is_ok());
        assert!(Places::parse(&text("[114.1, 114.2]")).err().unwrap().contains("one length"));
        assert!(Places::parse(&text("[1141.0]")).err().unwrap().contains("station 3 lies nowhere"));
        assert!(Places::parse("{").is_err());
    }
}
