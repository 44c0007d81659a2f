//! The zones of the city: joins polygons, public stations and the survey into one row per traffic zone.

use crate::args::ZonesArgs;
use crate::fragment::{Made, compose, decimal, grouped, quoted};
use crate::information::{self, Published};
use crate::layer::{Layer, Zone};
use crate::problem::{Failure, Findings};
use crate::stations::{Points, ST_EVCDP_SOURCE, URBANEV_SOURCE, read_st_evcdp};
use crate::survey::{self, Survey, Surveyed};
use std::collections::BTreeMap;
use std::iter::Sum;
use std::ops::Add;

/// The public stations of one zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Public {
    /// How many stations with at least one point.
    pub(crate) stations: u64,
    /// Their fast points.
    pub(crate) fast: u64,
    /// Their slow points.
    pub(crate) slow: u64,
}

impl Add for Public {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self { stations: self.stations + o.stations, fast: self.fast + o.fast, slow: self.slow + o.slow }
    }
}

impl Sum for Public {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::default(), Add::add)
    }
}

/// Everything known about the zones.
struct City {
    layer: Layer,
    public: BTreeMap<u32, Public>,
    published: Published,
    survey: Survey,
    listed: Survey,
}

/// Composes the fragment of `voltcity-import zones`.
///
/// # Errors
/// A file cannot be read or is of no use.
pub(crate) fn import(options: &ZonesArgs, findings: &mut Findings) -> Result<Made, Failure> {
    let layer = Layer::read(&options.polygons, findings)?;
    let mut public = BTreeMap::<u32, Public>::new();
    if let Some(path) = &options.stations {
        for station in read_st_evcdp(path, &layer, options.reach.metres, findings)?.values() {
            let Points::Split { fast, slow } = station.points else { continue };
            let zone = public.entry(station.zone).or_default();
            *zone = *zone + Public { stations: 1, fast: fast.into(), slow: slow.into() };
        }
    }
    let survey = match (&options.survey, &options.survey_zones) {
        (Some(path), _) => survey::from_stations(path, &layer, findings)?,
        (None, Some(path)) => survey::from_zones(path, &layer, findings)?,
        (None, None) => Survey::new(),
    };
    let published = match &options.information {
        Some(path) => information::read(path, &layer, findings)?,
        None => Published::new(),
    };
    let listed = match &options.listed {
        Some(path) => survey::from_stations(path, &layer, findings)?,
        None => Survey::new(),
    };
    let city = City { layer, public, published, survey, listed };
    let mut totals = city.totals();
    if let Some(path) = &options.information {
        totals.extend(information::compare(path, &city.published, &city.public));
    }
    Ok(Made::fragment(compose("zones", &["zones"], &city.source(options), &city.rows()), totals))
}

impl City {
    /// Names the data sets, their periods, licences and datum.
    fn source(&self, options: &ZonesArgs) -> String {
        let mut sentences = vec![format!(
            "{} traffic zones with district, centroid and road length: ST-EVCDP (IntelligentSystemsLab/ST-EVCDP, MIT), \
             reprojected to GCJ-02.",
            self.layer.zones.len()
        )];
        if options.stations.is_some() {
            let reach_m = options.reach.metres;
            sentences.push(format!(
                "public: {ST_EVCDP_SOURCE}; zone by point in polygon, or the nearest within {reach_m} m; stations \
                 without points left out."
            ));
        }
        if !self.survey.is_empty() {
            sentences.push(format!("survey, and the area of surveyed zones: {URBANEV_SOURCE}."));
            if options.stations.is_some() {
                let counts = if options.information.is_some() {
                    "the larger of the figures by its stations.csv and by its counts per zone, information.csv"
                } else {
                    "by its stations.csv"
                };
                sentences.push(format!(
                    "survey.fast, which UrbanEV does not tell: the zone's fast points in ST-EVCDP, as far as its slow \
                     ones leave surveyed points for them; {counts}."
                ));
            }
        }
        if !self.listed.is_empty() {
            sentences.push(
                "survey.listed: points of the zone in UrbanEV inf_raw.csv, where they are more than those whose series \
                 were kept."
                    .to_owned(),
            );
        }
        sentences.push("Other areas: of the polygon on the WGS-84 ellipsoid.".to_owned());
        sentences.push("Coordinates in degrees, datum GCJ-02.".to_owned());
        sentences.join(" ")
    }

    /// The rows, in the order of the zones' ids.
    fn rows(&self) -> Vec<String> {
        let mut lines = vec!["rows: {".to_owned()];
        lines.extend(self.layer.zones.iter().map(|(id, zone)| format!("    {id}: ({}),", self.row(*id, zone))));
        lines.push("},".to_owned());
        lines
    }

    fn row(&self, id: u32, zone: &Zone) -> String {
        let surveyed = self.survey.get(&id);
        let area_m2 = surveyed.map_or_else(|| zone.polygon.area_m2(), |surveyed| surveyed.area_m2);
        let [lon, lat] = zone.centre.map(|degrees| decimal(degrees, 5));
        let (district, road_m) = (quoted(&zone.district), zone.road_m);
        let mut fields =
            vec![format!("district: {district}, lon: {lon}, lat: {lat}, area_m2: {area_m2:.0}, road_m: {road_m}")];
        if let Some(Public { stations, fast, slow }) = self.public.get(&id) {
            fields.push(format!("public: (stations: {stations}, fast: {fast}, slow: {slow})"));
        }
        if let Some(surveyed @ Surveyed { stations, points, .. }) = surveyed {
            let fast = match self.surveyed_fast(id, surveyed) {
                0 => String::new(),
                fast => format!(", fast: {fast}"),
            };
            let listed = match self.listed.get(&id) {
                Some(listed) if listed.points > *points => format!(", listed: {}", listed.points),
                _ => String::new(),
            };
            fields.push(format!("survey: (stations: {stations}, points: {points}{fast}{listed})"));
        }
        fields.join(", ")
    }

    /// How many of a zone's surveyed points are fast.
    ///
    /// `UrbanEV` does not tell; ST-EVCDP counted much the same stations a season earlier, in two lists that differ
    /// here and there. A list accounts for as many fast points as it has, as far as its slow ones leave surveyed
    /// points for them: where the survey has just the slow points, there is none. Of two lists the larger figure
    /// counts: each has fast points that the other lacks or takes for slow ones.
    fn surveyed_fast(&self, id: u32, surveyed: &Surveyed) -> u64 {
        let by_station = self.public.get(&id).map(|public| [public.fast, public.slow]);
        let by_zone = self.published.get(&id).copied();
        let accounted = |[fast, slow]: [u64; 2]| fast.min(surveyed.points.saturating_sub(slow));
        by_station.into_iter().chain(by_zone).map(accounted).max().unwrap_or(0)
    }

    /// A table of the districts and the city.
    fn totals(&self) -> Vec<String> {
        let mut districts = BTreeMap::<&str, [u64; 7]>::new();
        for (id, zone) in &self.layer.zones {
            let public = self.public.get(id).copied().unwrap_or_default();
            let survey = self.survey.get(id).copied().unwrap_or_default();
            let fast = self.surveyed_fast(*id, &survey);
            let row = [1, public.stations, public.fast, public.slow, survey.stations, survey.points, fast];
            let sums = districts.entry(&zone.district).or_default();
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        let mut city = [0; 7];
        for row in districts.values() {
            city.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        let heads = ["zones", "stations", "fast", "slow", "surveyed", "points", "of these fast"].map(str::to_owned);
        let line = |name: &str, cells: [String; 7]| {
            cells.iter().fold(format!("{name:<12}"), |line, cell| format!("{line}{cell:>14}"))
        };
        let mut lines = vec![line("", heads)];
        lines.extend(districts.iter().map(|(name, row)| line(name, row.map(grouped))));
        lines.push(line("city", city.map(grouped)));
        lines
    }
}
