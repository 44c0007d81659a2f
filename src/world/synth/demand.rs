//! How the demand on public points differs from zone to zone, from what is known of every zone.
//!
//! The demand on a point of zone `z`, relative to the city's mean, is `exp(index_z)`, with an index that is linear in
//! features of the zone: a log-linear trip attraction model (Ortúzar and Willumsen, Modelling Transport, 4th ed.,
//! chapter 4) whose weights are fitted on measured zones. It says where vehicles that depend on public points live, and
//! how strongly a zone's stations draw.

use crate::city::geography::distance_m;
use crate::world::schema::{WorldFile, ZoneDemand, ZoneRow};
use crate::world::synth::areas::Areas;

/// Distance in m over which what lies around a zone counts 1/e: a short drive (assumption).
const AROUND_M: f64 = 1_500.0;

/// Counted public points of a zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Stations.
    pub stations: u32,
    /// Points with direct current.
    pub fast: u32,
    /// Points with alternating current.
    pub slow: u32,
    /// Points that are listed but were not counted.
    pub others: u32,
}

impl Counted {
    /// The points that were counted in a zone: in a world with a survey, the surveyed ones.
    pub fn of(file: &WorldFile, row: &ZoneRow) -> Self {
        match (&file.survey, row.survey, row.public) {
            (Some(_), Some(s), _) => Self {
                stations: s.stations,
                fast: s.fast,
                slow: s.points.saturating_sub(s.fast),
                others: s.listed.saturating_sub(s.points),
            },
            (None, _, Some(p)) => Self { stations: p.stations, fast: p.fast, slow: p.slow, others: 0 },
            _ => Self::default(),
        }
    }

    /// Points of both kinds.
    pub const fn points(self) -> u32 {
        self.fast + self.slow
    }
}

/// Features of a zone, in the order of [`weights`].
pub type Features = [f64; 6];

/// Names of the weights as fields of [`ZoneDemand`], in the order of [`weights`].
pub const NAMES: [&str; 6] =
    ["district_residents", "area_around", "station_size", "fast_share", "listed", "centre_square"];

/// The weights of a world, in the order of [`features`].
pub const fn weights(w: &ZoneDemand) -> Features {
    [w.district_residents, w.area_around, w.station_size, w.fast_share, w.listed, w.centre_square]
}

/// The features of every zone, each less its mean over counted points.
pub fn features(file: &WorldFile, areas: &Areas) -> Vec<Features> {
    let rows: Vec<&ZoneRow> = areas.zones.iter().map(|z| &file.zones.rows[&z.id]).collect();
    let counted: Vec<Counted> = rows.iter().map(|row| Counted::of(file, row)).collect();
    let centre = file.charging.zone_demand.0.centre;
    let mut all: Vec<Features> = (0..rows.len())
        .map(|i| {
            let here = (rows[i].lon, rows[i].lat);
            let (mut area_sum, mut near) = (0.0, 0.0);
            for row in &rows {
                let weight = libm::exp(-distance_m(here, (row.lon, row.lat)) / AROUND_M);
                area_sum += weight * row.area_m2;
                near += weight;
            }
            let c = counted[i];
            let per_station = f64::from(c.points().max(1)) / f64::from(c.stations.max(1));
            let centre_km10 = distance_m(here, centre) / 10_000.0;
            [
                libm::log(file.districts[&rows[i].district].population.get().max(1.0)),
                libm::log(area_sum / near),
                libm::log(per_station),
                f64::from(c.fast) / f64::from(c.points().max(1)),
                libm::log(f64::from(c.points() + c.others) / f64::from(c.points()).max(1.0)).max(0.0),
                centre_km10 * centre_km10,
            ]
        })
        .collect();
    let total: f64 = counted.iter().map(|c| f64::from(c.points())).sum::<f64>().max(1e-9);
    for k in 0..weights(&ZoneDemand::default()).len() {
        let mean = all.iter().zip(&counted).map(|(f, c)| f[k] * f64::from(c.points())).sum::<f64>() / total;
        all.iter_mut().for_each(|f| f[k] -= mean);
    }
    all
}

/// The index of every zone: the logarithm of the demand on its points relative to the city's mean.
pub fn index(file: &WorldFile, areas: &Areas) -> Vec<f64> {
    let weights = weights(&file.charging.zone_demand.get());
    if weights == [0.0; 6] {
        return vec![0.0; areas.zones.len()];
    }
    features(file, areas).iter().map(|features| index_of(features, &weights)).collect()
}

/// The index of a zone with these features.
pub fn index_of(features: &Features, weights: &Features) -> f64 {
    let sum: f64 = features.iter().zip(weights).map(|(feature, weight)| feature * weight).sum();
    // A zone unlike all measured ones is not given more than they show.
    sum.clamp(-INDEX_MOST, INDEX_MOST)
}

/// Shadow prices of every zone: nothing where the world gives none.
pub fn shadows(file: &WorldFile, areas: &Areas) -> Vec<f64> {
    let given = file.charging.zone_shadow.as_ref().map(|figure| &figure.0);
    areas.zones.iter().map(|zone| given.and_then(|given| given.get(&zone.id)).copied().unwrap_or(0.0)).collect()
}

/// Demand on a point relative to the mean is between a quarter and four times, as among the measured zones.
const INDEX_MOST: f64 = 1.4;
