//! How often things fail, how long that lasts, and where the figures come from: all in one place.

use super::{Cause, Element, Model, Outage};

/// Published minutes without supply a customer and year, all of Shenzhen: 24.6 (Shenzhen Power Supply Bureau on 22
/// January 2021, told of 2020; news.shi-fen.com/china/202101/50-929461.html; other texts give it for 2021).
pub const PUBLISHED_MIN: f64 = 24.6;
/// The same of the high-reliability area in the centre of Futian: 0.24 min (the same source).
pub const FUTIAN_CENTRE_MIN: f64 = 0.24;

/// Rates and times. Nothing here is fitted to the published minutes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assumptions {
    /// Failures of 10 kV cables with joints and ends, per 100 km of three cores and year. The median of 19 utilities is
    /// 2.89 per 100 conductor miles without damage by third parties (EPRI, distribution.epri.com/underground, "Failure
    /// Rates of Underground Cable Systems"), which is 1.80 per 100 km of conductor and 5.39 of three; the educational
    /// RBTS counts with 4 (Allan, Billinton and others 1991; assumption: from memory).
    pub cable_per_100_km: f64,
    /// Failures of a distribution transformer a year: the middle of 0.005 to 0.015 of oil-filled transformers of
    /// utilities, which is given as the range of IEEE Std 493 (industrialmonitordirect.com, "IEEE 493 Gold Book",
    /// second-hand; assumption that dry ones fail as often).
    pub transformer_per_year: f64,
    /// Major failures of a 110/10 kV unit a year: 964 in 167,459 transformer-years (CIGRE WG A2.37, brochure 642, after
    /// Tenbohlen, Jagers and Vahidi 2017).
    pub unit_per_year: f64,
    /// Work on cables for which they must be dead, per 100 km and year (assumption).
    pub planned_cable_per_100_km: f64,
    /// Work on a transformer area for which it must be dead, a year (assumption: once in 50 years; else work is done
    /// live, or a mobile generator stands in).
    pub planned_transformer_per_year: f64,
    /// Share of feeders whose switches are worked from afar (assumption).
    pub automated_share: f64,
    /// Time until a fault is isolated and others are fed again where switches are worked from afar, in s: minutes
    /// (Kentucky Power on automatic reconfiguration, kentuckypower.com; assumption of five).
    pub automatic_s: u32,
    /// The same where a crew drives there, in s: an hour, as in the RBTS (assumption: from memory; Kentucky Power gives
    /// "five minutes to several hours").
    pub manual_s: u32,
    /// Time to find, dig up and mend a cable, in s (assumption: 8 h in a city that works around the clock; the RBTS
    /// counts with 30 h).
    pub cable_repair_s: u32,
    /// Time to put another transformer in place, in s (assumption: 10 h, as in the RBTS, from memory).
    pub transformer_repair_s: u32,
    /// Time until a unit, or a spare in its place, is on again, in s (assumption: 15 h, as transformers of the RBTS).
    pub unit_repair_s: u32,
    /// Length of planned work in s: 4.85 h (mean of repairs in Shanghai in 2020, shine.cn/news/metro/2005057513).
    pub planned_s: u32,
}

impl Default for Assumptions {
    fn default() -> Self {
        const KM_PER_MILE: f64 = 1.609_344;
        Self {
            cable_per_100_km: 3.0 * 2.89 / KM_PER_MILE,
            transformer_per_year: 0.010,
            unit_per_year: 964.0 / 167_459.0,
            planned_cable_per_100_km: 1.0,
            planned_transformer_per_year: 0.02,
            automated_share: 0.8,
            automatic_s: 300,
            manual_s: 3_600,
            cable_repair_s: 8 * 3_600,
            transformer_repair_s: 10 * 3_600,
            unit_repair_s: 15 * 3_600,
            planned_s: 17_460,
        }
    }
}

impl Assumptions {
    /// How often an outage is to be expected, a year. Work on units is done while others carry their feeders.
    pub fn per_year(&self, model: &Model, outage: Outage) -> f64 {
        let km = match outage.element {
            Element::Cable(row) => model.ways.get(row as usize).map_or(0.0, |way| way.cable_km),
            Element::Head(feeder) => model.root(feeder).map_or(0.0, |row| model.ways[row as usize].cable_km),
            Element::Transformer(_) | Element::Unit(_) => 0.0,
        };
        match outage.cause() {
            Cause::Cable | Cause::Head => self.cable_per_100_km * km / 100.0,
            Cause::PlannedCable => self.planned_cable_per_100_km * km / 100.0,
            Cause::Transformer => self.transformer_per_year,
            Cause::PlannedTransformer => self.planned_transformer_per_year,
            Cause::Unit if outage.planned => 0.0,
            Cause::Unit => self.unit_per_year,
        }
    }

    /// How long the element of an outage is out of service, in s.
    pub const fn lasts_s(&self, outage: Outage) -> u32 {
        match (outage.element, outage.planned) {
            (_, true) => self.planned_s,
            (Element::Cable(_) | Element::Head(_), false) => self.cable_repair_s,
            (Element::Transformer(_), false) => self.transformer_repair_s,
            (Element::Unit(_), false) => self.unit_repair_s,
        }
    }
}
