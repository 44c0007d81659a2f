//! Where things are: zones, distances between them, where trips lead, and which stations are near.

use crate::chance::Draw;
use bevy_ecs::prelude::Resource;

/// Unit in which distances between zones are kept, in m: up to 262 km.
const METRES_UNIT: u32 = 4;
/// Mean radius of the Earth in m.
const EARTH_M: f64 = 6_371_000.0;

/// One traffic zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Its number in the zone layer.
    pub id: u32,
    /// Index of its district.
    pub district: u16,
    /// Longitude of its centroid in degrees, in the datum of the world file.
    pub lon: f64,
    /// Latitude of its centroid in degrees.
    pub lat: f64,
    /// Area in m².
    pub area_m2: f64,
    /// Length of its roads in m.
    pub road_m: f64,
    /// How strongly it draws errands and work trips, relative to others.
    pub attraction: f64,
}

/// A station near a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near {
    /// Row of the station.
    pub station: u32,
    /// Distance by road from the zone's centroid in m.
    pub metres: u32,
}

/// Distances, destinations and nearby stations for every zone.
#[derive(Resource, Clone, Debug, Default)]
pub struct Geography {
    zones: Vec<Zone>,
    /// Distances by road in units of [`METRES_UNIT`], a row per zone: half the cache that metres would take.
    metres: Vec<u16>,
    /// The gravity model's probabilities as an alias table, a row per zone.
    reach: Vec<Alias>,
    near_ac: Vec<Vec<Near>>,
    near_dc: Vec<Vec<Near>>,
}

/// How trips spread over distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gravity {
    /// Length by road over length as the crow flies.
    pub detour: f64,
    /// Distance in m over which attraction falls to 1/e.
    pub decay_m: f64,
}

/// Great-circle distance in m (haversine).
pub fn distance_m(a: (f64, f64), b: (f64, f64)) -> f64 {
    let rad = core::f64::consts::PI / 180.0;
    let (dlat, dlon) = ((b.1 - a.1) * rad, (b.0 - a.0) * rad);
    let (s, t) = (libm::sin(dlat / 2.0), libm::sin(dlon / 2.0));
    let h = s * s + libm::cos(a.1 * rad) * libm::cos(b.1 * rad) * t * t;
    2.0 * EARTH_M * libm::asin(h.sqrt().min(1.0))
}

impl Geography {
    /// Distances and destinations between zones after a gravity model: the probability of going from `i` to `j` is
    /// in proportion to the attraction of `j` times `exp(-distance / decay)`.
    pub fn new(zones: Vec<Zone>, gravity: Gravity) -> Self {
        let n = zones.len();
        let mut metres = vec![0; n * n];
        let mut reach = vec![0.0; n * n];
        for i in 0..n {
            for j in i..n {
                let air = if i == j {
                    // Mean distance between two points of a disc is 0.9 of its radius.
                    0.9 * (zones[i].area_m2 / core::f64::consts::PI).sqrt()
                } else {
                    distance_m((zones[i].lon, zones[i].lat), (zones[j].lon, zones[j].lat))
                };
                let road = (air * gravity.detour).max(300.0);
                let units = (road / f64::from(METRES_UNIT)).min(f64::from(u16::MAX)) as u16;
                let fall = libm::exp(-road / gravity.decay_m);
                for (from, to) in [(i, j), (j, i)] {
                    metres[from * n + to] = units;
                    reach[from * n + to] = zones[to].attraction * fall;
                }
            }
        }
        let reach = reach.chunks(n.max(1)).flat_map(alias_row).collect();
        Self { zones, metres, reach, near_ac: vec![Vec::new(); n], near_dc: vec![Vec::new(); n] }
    }

    /// The zones, by index.
    pub fn zones(&self) -> &[Zone] {
        &self.zones
    }

    /// Distance by road in m.
    pub fn metres(&self, from: u16, to: u16) -> u32 {
        u32::from(self.metres[usize::from(from) * self.zones.len() + usize::from(to)]) * METRES_UNIT
    }

    /// Draws where a trip from a zone leads.
    pub fn destination(&self, from: u16, draw: &mut Draw) -> u16 {
        let n = self.zones.len();
        let x = draw.unit() * n as f64;
        let column = (x as usize).min(n - 1);
        let slot = self.reach[usize::from(from) * n + column];
        if (x - column as f64) * 65_536.0 < f64::from(slot.keep) + 0.5 { column as u16 } else { slot.other }
    }

    /// Public stations near a zone with direct (`dc`) or alternating current, nearest first.
    pub fn near(&self, zone: u16, dc: bool) -> &[Near] {
        if dc { &self.near_dc[usize::from(zone)] } else { &self.near_ac[usize::from(zone)] }
    }

    /// Fills the lists of nearby stations from `(row, zone, lon, lat, has AC, has DC)`: every station of the zone and
    /// the nearest ones around, at least `least` of each kind where the city has them.
    pub fn place_stations(&mut self, stations: &[(u32, u16, f64, f64, bool, bool)], least: usize) {
        let n = self.zones.len();
        let mut by_zone = vec![Vec::new(); n];
        for s in stations {
            by_zone[usize::from(s.1)].push(s);
        }
        for zone in 0..n {
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by_key(|&j| (if j == zone { 0 } else { self.metres[zone * n + j] }, j));
            let centre = (self.zones[zone].lon, self.zones[zone].lat);
            let (mut ac, mut dc) = (Vec::new(), Vec::new());
            for j in order {
                if ac.len() >= least && dc.len() >= least {
                    break;
                }
                let (full_ac, full_dc) = (ac.len() >= least, dc.len() >= least);
                for s in &by_zone[j] {
                    let metres = (distance_m(centre, (s.2, s.3)) * 1.3).max(200.0) as u32;
                    let near = Near { station: s.0, metres };
                    if s.4 && !full_ac {
                        ac.push(near);
                    }
                    if s.5 && !full_dc {
                        dc.push(near);
                    }
                }
            }
            ac.sort_by_key(|s| (s.metres, s.station));
            dc.sort_by_key(|s| (s.metres, s.station));
            (self.near_ac[zone], self.near_dc[zone]) = (ac, dc);
        }
    }
}

/// A column of an alias table: with probability `keep`/65536 the column itself, else the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Alias {
    keep: u16,
    other: u16,
}

/// The alias table of a row of weights (Vose 1991): one look-up for a draw, whatever the length of the row.
fn alias_row(weights: &[f64]) -> Vec<Alias> {
    let n = weights.len();
    let sum: f64 = weights.iter().sum();
    let mut scaled: Vec<f64> = weights.iter().map(|w| if sum > 0.0 { w * n as f64 / sum } else { 1.0 }).collect();
    let mut table: Vec<Alias> = (0..n).map(|i| Alias { keep: u16::MAX, other: i as u16 }).collect();
    let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..n).partition(|&i| scaled[i] < 1.0);
    while let (Some(s), Some(&l)) = (small.pop(), large.last()) {
        table[s] = Alias { keep: (scaled[s] * 65_535.0) as u16, other: l as u16 };
        scaled[l] -= 1.0 - scaled[s];
        if scaled[l] < 1.0 {
            large.pop();
            small.push(l);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Purpose, Seed, draw};

    fn zone(id: u32, lon: f64) -> Zone {
        Zone { id, district: 0, lon, lat: 22.5, area_m2: 1e6, road_m: 1e4, attraction: 1.0 }
    }

    #[test]
    fn a_degree_of_latitude_is_111_km() {
        assert!((distance_m((114.0, 22.0), (114.0, 23.0)) - 111_195.0).abs() < 1.0);
    }

    #[test]
    fn the_alias_table_keeps_probabilities() {
        let weights = [0.1, 3.0, 0.0, 1.9];
        let table = alias_row(&weights);
        for (i, w) in weights.iter().enumerate() {
            let kept = f64::from(table[i].keep) / 65_535.0;
            let borrowed: f64 = (0..4)
                .filter(|&k| k != i && usize::from(table[k].other) == i)
                .map(|k| 1.0 - f64::from(table[k].keep) / 65_535.0)
                .sum();
            assert!(((kept + borrowed) / 4.0 - w / 5.0).abs() < 1e-4, "{i}: {kept} {borrowed}");
        }
    }

    #[test]
    fn near_zones_draw_more_trips_than_far_ones() {
        let zones = vec![zone(1, 114.0), zone(2, 114.02), zone(3, 114.3)];
        let geography = Geography::new(zones, Gravity { detour: 1.3, decay_m: 6_000.0 });
        let mut counts = [0; 3];
        for i in 0..3_000 {
            counts[usize::from(geography.destination(0, &mut draw(Seed(1), Purpose::Test, i, 0)))] += 1;
        }
        assert!(counts[0] > counts[1] && counts[1] > counts[2], "{counts:?}");
        assert_eq!(geography.metres(0, 2), geography.metres(2, 0));
    }
}
