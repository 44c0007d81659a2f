//! What a synthetic network has to look like before its answers are believed.

use super::city::{CityFlow, CityNetwork};
use super::section::{Part, Passage, nominal};
use crate::powerflow::limits::HEAVY_LOADING;

/// Greatest distance of a voltage from its nominal one, in pu: 7 % after GB/T 12325, of 10 kV and of the 380 V of
/// users.
pub const VOLTAGE_BAND_PU: f64 = 0.07;
/// The nominal voltage of users in kV, of which the 0.4 kV that transformers deliver is the base (GB/T 12325).
pub(super) const USERS_KV: f64 = 0.38;
/// Highest loading of a feeder that shares an open ring with another of its kind, which it can then take over
/// (assumption of the recipe).
pub const FEEDER_LOADING: f64 = 0.5;
/// Lowest and highest share of the supply that is lost between 110 kV and users, on the whole (assumption of the
/// recipe).
pub const LOST_SHARE: [f64; 2] = [0.02, 0.04];

/// A measured value beside its bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was looked at.
    pub name: &'static str,
    /// What was found.
    pub found: f64,
    /// Lowest and highest value that would be right.
    pub bar: [f64; 2],
}

impl Finding {
    /// Whether it is within the bar.
    pub fn holds(&self) -> bool {
        (self.bar[0]..=self.bar[1]).contains(&self.found)
    }
}

/// How full and how far from nominal the parts of a solved city are, worst first within each kind.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Distribution transformers by loading.
    pub transformers: Vec<Passage>,
    /// First cables of feeders.
    pub feeders: Vec<Passage>,
    /// 110/10 kV units, each with its section.
    pub units: Vec<(u32, Passage)>,
    /// Lowest and highest voltage at 10 kV and where users are, in pu of 10 kV and of 380 V.
    pub v_pu: [[f64; 2]; 2],
    /// Length of all cables in km.
    pub cable_km: f64,
}

/// Looks at all parts of a city as it was last solved.
pub fn survey(city: &CityNetwork) -> Survey {
    let mut all = Survey { v_pu: [[f64::MAX, 0.0]; 2], ..Survey::default() };
    for (number, section) in (0..).zip(city.sections()) {
        all.cable_km += section.cable_km;
        section.passages().for_each(|passage| all.take(number, passage));
    }
    let worst = |a: &Passage, b: &Passage| b.loading.total_cmp(&a.loading);
    all.transformers.sort_by(worst);
    all.feeders.sort_by(worst);
    all.units.sort_by(|a, b| worst(&a.1, &b.1));
    all
}

impl Survey {
    fn take(&mut self, section: u32, passage: Passage) {
        if let Some((level, v_pu)) = nominal(passage.part, passage.v_pu) {
            let range = &mut self.v_pu[level];
            *range = [range[0].min(v_pu), range[1].max(v_pu)];
        }
        match passage.part {
            Part::Transformer(_) => self.transformers.push(passage),
            Part::Unit => self.units.push((section, passage)),
            Part::Head(_) => self.feeders.push(passage),
            Part::Cable(_) | Part::Main(_) => {}
        }
    }

    /// The loading that all but one in twenty transformers stay below.
    pub fn transformers_p95(&self) -> f64 {
        self.transformers.get(self.transformers.len() / 20).map_or(0.0, |passage| passage.loading)
    }

    /// The recipe's checks; that of what is lost only when power flows to users.
    pub fn findings(&self, flow: &CityFlow) -> Vec<Finding> {
        let band = [1.0 - VOLTAGE_BAND_PU, 1.0 + VOLTAGE_BAND_PU];
        let most = |passages: &[Passage]| passages.first().map_or(0.0, |passage| passage.loading);
        let finding = |name, found, bar| Finding { name, found, bar };
        let lost = flow.lost_share().map(|share| finding("share lost", share, LOST_SHARE));
        let others = [
            finding("lowest at 10 kV, pu", self.v_pu[0][0], band),
            finding("highest at 10 kV, pu", self.v_pu[0][1], band),
            finding("lowest at users, pu of 380 V", self.v_pu[1][0], band),
            finding("highest at users, pu of 380 V", self.v_pu[1][1], band),
            finding("fullest feeder", most(&self.feeders), [0.0, FEEDER_LOADING]),
            finding("transformers, 95th percentile", self.transformers_p95(), [0.0, HEAVY_LOADING]),
        ];
        others.into_iter().chain(lost).collect()
    }
}
