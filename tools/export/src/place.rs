//! Points of stations and zones, in the datum that is asked for. Worlds have GCJ-02, as the maps of China.

use crate::args::Datum;
use crate::table::{Column, Value};
use voltcity::city::coordinates::gcj02_to_wgs84;

/// Where a row's point stands.
pub(crate) struct Place {
    lon: usize,
    lat: usize,
    pub(crate) datum: Datum,
}

impl Place {
    /// Of a kind with these columns, which have both.
    pub(crate) fn of(columns: &[Column], datum: Datum) -> Self {
        let at = |name| columns.iter().position(|column| column.name == name).unwrap_or_default();
        Self { lon: at("lon_deg"), lat: at("lat_deg"), datum }
    }

    /// Longitude and latitude in degrees.
    pub(crate) fn point(&self, row: &[Value]) -> (f64, f64) {
        let of = |at: usize| row[at].number().unwrap_or_default();
        let (lon, lat) = (of(self.lon), of(self.lat));
        match self.datum {
            Datum::Gcj02 => (lon, lat),
            Datum::Wgs84 => gcj02_to_wgs84(lon, lat),
        }
    }
}
