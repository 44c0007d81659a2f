//! Where zones lie: the series of zones says it under the key `voltcity.places`.

use crate::cells::Centre;
use serde::Deserialize;

/// The key of the series' metadata.
pub(crate) const KEY: &str = "voltcity.places";

/// A zone, as the series describes it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Place {
    /// Its number.
    pub(crate) id: i64,
    /// Its name, if it has one.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// Longitude of its centre in degrees.
    pub(crate) lon: f64,
    /// Latitude of its centre in degrees.
    pub(crate) lat: f64,
    /// Name of its district.
    #[serde(default)]
    pub(crate) district: String,
    /// Area in km², if told.
    #[serde(default)]
    pub(crate) area_km2: Option<f64>,
    /// Active power that its transformers carry together at their rating, in MW, if told.
    #[serde(default)]
    pub(crate) limit_mw: Option<f64>,
    /// Charge points, private ones too, if told.
    #[serde(default)]
    pub(crate) points: Option<f64>,
    /// What these can deliver together, in MW, if told.
    #[serde(default)]
    pub(crate) points_mw: Option<f64>,
}

impl Place {
    /// What the map needs of it.
    pub(crate) fn centre(&self) -> Centre {
        Centre { lon: self.lon, lat: self.lat, area_km2: self.area_km2.filter(|area| *area > 0.0) }
    }
}

/// Reads the list of places.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Vec<Place>, String> {
    let places: Vec<Place> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match places.iter().find(|place| !on_earth(place)) {
        Some(place) => Err(format!("zone {} lies at {}, {}, which is nowhere", place.id, place.lon, place.lat)),
        None => Ok(places),
    }
}

fn on_earth(place: &Place) -> bool {
    place.lon.abs() <= 180.0 && place.lat.abs() <= 89.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_needs_an_id_and_a_position() {
        let places = parse(r#"[{"id": 7, "lon": 114.1, "lat": 22.5, "district": "Futian"}]"#).unwrap();
        assert_eq!((places[0].id, places[0].district.as_str(), places[0].area_km2), (7, "Futian", None));
        assert!(parse(r#"[{"id": 7}]"#).unwrap_err().contains("lon"));
        assert!(parse(r#"[{"id": 7, "lon": 1141, "lat": 2}]"#).unwrap_err().contains("nowhere"));
        assert!(parse("{").is_err());
    }
}
