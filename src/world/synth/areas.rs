//! Zones in an order that keeps neighbours together, and how much of the city lies in each.

use crate::city::geography::Zone;
use crate::site::building::BuildingKind;
use crate::world::schema::WorldFile;

/// Zones, districts and weights.
pub struct Areas {
    /// Zones by index: by district, then along a space-filling curve.
    pub zones: Vec<Zone>,
    /// Names by district index.
    pub districts: Vec<String>,
    /// Share of each kind of building by zone index.
    pub kind_share: Vec<[f64; 8]>,
    /// Share of residents by zone index.
    pub residents: Vec<f64>,
    /// Share of jobs by zone index.
    pub jobs: Vec<f64>,
}

/// Interleaves the bits of a position within the city's box, so that zones near on the curve are near in space.
fn curve_position(lon: f64, lat: f64) -> u64 {
    let x = (((lon - 113.0) * 32_768.0) as u64).min(0xffff);
    let y = (((lat - 22.0) * 32_768.0) as u64).min(0xffff);
    (0..16).fold(0, |acc, bit| acc | ((x >> bit & 1) << (2 * bit)) | ((y >> bit & 1) << (2 * bit + 1)))
}

/// How built-up a zone is, relative to others of its district: its roads, with the measured public points as a sign
/// of density (assumption: a zone with 100 points counts twice). The zone layer knows no roads for a third of the
/// zones; there the median of 1.5 km of road per km² of land stands in (assumption).
fn built_up(row: &crate::world::schema::ZoneRow) -> f64 {
    let points = row.public.map_or(0, |p| p.fast + p.slow);
    let road_m = if row.road_m > 0.0 { row.road_m } else { row.area_m2 * 1.5e-3 };
    road_m.max(200.0) * (1.0 + f64::from(points) / 100.0)
}

/// Orders the zones and weighs them.
pub fn areas(file: &WorldFile) -> Areas {
    let districts: Vec<String> = file.districts.keys().cloned().collect();
    let mut rows: Vec<(u16, u64, u32)> = file
        .zones
        .rows
        .iter()
        .map(|(&id, row)| {
            let district = districts.iter().position(|d| *d == row.district).unwrap_or(0) as u16;
            (district, curve_position(row.lon, row.lat), id)
        })
        .collect();
    rows.sort_unstable();
    let weights: Vec<f64> = rows.iter().map(|r| built_up(&file.zones.rows[&r.2])).collect();
    let mut district_sum = vec![0.0; districts.len()];
    rows.iter().zip(&weights).for_each(|(r, w)| district_sum[usize::from(r.0)] += w);
    let within: Vec<f64> = rows.iter().zip(&weights).map(|(r, w)| w / district_sum[usize::from(r.0)]).collect();
    let kind_share: Vec<[f64; 8]> = rows
        .iter()
        .zip(&within)
        .map(|(r, w)| {
            let shares = &file.load_shares.districts[&districts[usize::from(r.0)]];
            core::array::from_fn(|k| shares.get(BuildingKind::ALL[k]) * w)
        })
        .collect();
    let total: f64 = file.districts.values().map(|d| d.population.get()).sum();
    let residents: Vec<f64> = rows
        .iter()
        .zip(&within)
        .map(|(r, w)| file.districts[&districts[usize::from(r.0)]].population.get() / total * w)
        .collect();
    let jobs: Vec<f64> = kind_share.iter().map(job_share).collect();
    let zones = rows
        .iter()
        .enumerate()
        .map(|(i, r)| {
            let row = &file.zones.rows[&r.2];
            Zone {
                id: r.2,
                district: r.0,
                lon: row.lon,
                lat: row.lat,
                area_m2: row.area_m2,
                road_m: row.road_m,
                attraction: 0.5 * jobs[i] + 0.5 * residents[i],
            }
        })
        .collect();
    Areas { zones, districts, kind_share, residents, jobs }
}

/// Share of jobs, from the shares of offices, shops, industry and public buildings (assumption: 25, 20, 45, 10 %).
fn job_share(kinds: &[f64; 8]) -> f64 {
    use BuildingKind::{Industry, Office, Public, Retail};
    0.25 * kinds[Office as usize]
        + 0.2 * kinds[Retail as usize]
        + 0.45 * kinds[Industry as usize]
        + 0.1 * kinds[Public as usize]
}
