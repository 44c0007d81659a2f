//! Balancing factors: how strongly the stations of each zone draw, so that every zone gets its share of the demand.
//!
//! Drivers choose among stations near them by a logit. Where that leads depends on geometry alone: a zone between large
//! neighbours would go empty, one at the edge would overflow. In a doubly constrained gravity model (Wilson 1967) each
//! destination has a factor that makes what arrives equal what it attracts; the factors are found by alternating
//! scaling (Furness 1965). Here the attraction of a zone is its points times the demand on one.

use crate::city::geography::Geography;
use crate::fleet::params::ChoiceWeights;
use crate::fleet::station::Site;

/// Rounds of scaling: what is left after them is far below what queues move.
const ROUNDS: usize = 12;
/// The most a factor's logarithm may be: beyond it a zone has no demand within reach.
const FACTOR_MOST: f64 = 2.5;

/// What is to be balanced.
pub struct Balance<'a> {
    /// Which stations are near which zone, and how far.
    pub geography: &'a Geography,
    /// Stations.
    pub sites: &'a [Site],
    /// Weights of the choice.
    pub choice: ChoiceWeights,
    /// Where charging is sought, by zone.
    pub sought: &'a [f64],
    /// Demand on a point relative to the mean, by zone.
    pub demand: &'a [f64],
    /// True for direct current.
    pub dc: bool,
}

impl Balance<'_> {
    /// Logarithms of the factors, by zone.
    pub fn factors(&self) -> Vec<f64> {
        let zones = self.sought.len();
        let attracted = self.attracted(zones);
        let weights: Vec<Vec<f64>> = (0..zones).map(|zone| self.weights(zone)).collect();
        let mut factors = vec![0.0; zones];
        for _ in 0..ROUNDS {
            let arriving = self.arriving(&weights, &factors);
            for ((factor, attracted), arriving) in factors.iter_mut().zip(&attracted).zip(&arriving) {
                if *attracted > 0.0 && *arriving > 0.0 {
                    *factor = (*factor + libm::log(attracted / arriving)).clamp(-FACTOR_MOST, FACTOR_MOST);
                }
            }
        }
        factors
    }

    fn points(&self, site: &Site) -> f64 {
        f64::from(if self.dc { site.guns_dc } else { site.guns_ac })
    }

    /// What each zone should get of the demand that finds a station.
    fn attracted(&self, zones: usize) -> Vec<f64> {
        let mut attracted = vec![0.0; zones];
        let mut within_reach = vec![false; self.sites.len()];
        for near in (0..zones).flat_map(|zone| self.geography.near(zone as u16, self.dc)) {
            within_reach[near.station as usize] = true;
        }
        for (site, _) in self.sites.iter().zip(&within_reach).filter(|(_, within)| **within) {
            let zone = usize::from(site.zone);
            attracted[zone] += self.points(site) * self.demand[zone];
        }
        let sought: f64 = (0..zones)
            .filter(|&zone| !self.geography.near(zone as u16, self.dc).is_empty())
            .map(|zone| self.sought[zone])
            .sum();
        let total: f64 = attracted.iter().sum();
        attracted.iter().map(|a| a * sought / total.max(1e-12)).collect()
    }

    /// Weights of the stations near a zone in the choice, without factors.
    fn weights(&self, zone: usize) -> Vec<f64> {
        let w = &self.choice;
        let weight = |near: &crate::city::geography::Near| {
            let site = &self.sites[near.station as usize];
            let appeal = if self.dc { site.appeal_dc } else { site.appeal_ac };
            let km = f64::from(near.metres) / 1_000.0;
            if self.points(site) > 0.0 {
                libm::exp(f64::from(appeal) + w.price * f64::from(site.fee) + w.distance * km)
            } else {
                0.0
            }
        };
        self.geography.near(zone as u16, self.dc).iter().map(weight).collect()
    }

    /// What arrives in each zone with these factors.
    fn arriving(&self, weights: &[Vec<f64>], factors: &[f64]) -> Vec<f64> {
        let scale: Vec<f64> = factors.iter().map(|f| libm::exp(*f)).collect();
        let mut arriving = vec![0.0; factors.len()];
        for (zone, weights) in weights.iter().enumerate() {
            let near = self.geography.near(zone as u16, self.dc);
            let zone_of = |k: usize| usize::from(self.sites[near[k].station as usize].zone);
            let sum: f64 = weights.iter().enumerate().map(|(k, w)| w * scale[zone_of(k)]).sum();
            if sum > 0.0 {
                for (k, w) in weights.iter().enumerate() {
                    arriving[zone_of(k)] += self.sought[zone] * w * scale[zone_of(k)] / sum;
                }
            }
        }
        arriving
    }
}
