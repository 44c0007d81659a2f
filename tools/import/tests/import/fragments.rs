//! The fragments as a reader that knows nothing of the tool understands them.

use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rows<K: Ord, V> {
    pub(crate) source: String,
    pub(crate) rows: BTreeMap<K, V>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Zones {
    pub(crate) zones: Rows<u32, Zone>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Zone {
    pub(crate) district: String,
    pub(crate) lon: f64,
    pub(crate) lat: f64,
    pub(crate) area_m2: u64,
    pub(crate) road_m: u64,
    pub(crate) public: Option<Public>,
    pub(crate) survey: Option<Survey>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Public {
    pub(crate) stations: u64,
    pub(crate) fast: u64,
    pub(crate) slow: u64,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Survey {
    pub(crate) stations: u64,
    pub(crate) points: u64,
    pub(crate) fast: Option<u64>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stations {
    pub(crate) stations: Rows<String, Station>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Station {
    pub(crate) zone: u32,
    pub(crate) lon: f64,
    pub(crate) lat: f64,
    pub(crate) fast: Option<u32>,
    pub(crate) slow: Option<u32>,
    pub(crate) unsplit: Option<u32>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct WeatherFile {
    pub(crate) weather: Weather,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Weather {
    pub(crate) source: String,
    pub(crate) site: Site,
    pub(crate) months: Vec<Month>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Site {
    pub(crate) lat: f64,
    pub(crate) lon: f64,
    pub(crate) altitude_m: f64,
    pub(crate) utc_offset_h: f64,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Month {
    pub(crate) temperature_c: Vec<f64>,
    pub(crate) daily_sd_c: f64,
    pub(crate) hot_day_c: f64,
    pub(crate) clearness: Vec<f64>,
    pub(crate) humidity_percent: f64,
    pub(crate) wind_m_s: f64,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeasuredFile {
    pub(crate) weather: MeasuredWeather,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeasuredWeather {
    pub(crate) measured_c: Rows<String, Vec<f64>>,
}

/// Reads a fragment with `Option` fields that may be left out.
pub(crate) fn read<T: for<'de> Deserialize<'de>>(text: &str) -> T {
    let options = ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    options.from_str(text).expect("the fragment is valid RON of the expected form")
}
