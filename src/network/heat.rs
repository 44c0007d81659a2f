//! How hot the 110/10 kV units of a city become, and how fast their paper ages.

use super::city::CityNetwork;
use super::equipment;
use super::section::Section;
use crate::thermal::{LifeMeter, OilParams, OilState, Paper};
use serde::{Deserialize, Serialize};

/// A unit is cooled by natural oil and fans, and its paper is not upgraded (assumption: as is usual at 63 MVA; with
/// these rises and time constants full load at 30 °C makes a hot spot of 108 °C).
const PAPER: Paper = Paper::Normal;

/// Heat and ageing of units since a run began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UnitHeat {
    /// By section; empty before the first solve.
    units: Vec<(OilState, LifeMeter)>,
    /// Highest temperature of a hot spot so far in °C; none before the first solve.
    pub hottest_c: Option<f64>,
}

impl UnitHeat {
    /// Goes on for some time in s with the loading that a city's units have, in air of a temperature in °C. A unit whose
    /// section was not solved stays as it is.
    pub(super) fn step(&mut self, city: &CityNetwork, air_c: f64, held_s: u32) {
        let sections = city.sections();
        let of = |section: &Section| {
            let unit = equipment::unit(section.unit_va);
            OilParams::onaf_power().with_losses(unit.load_loss_w, unit.no_load_loss_w)
        };
        if self.units.is_empty() {
            // What was before the run is not known: it begins as warm as its load makes it in the end.
            let begin = |section| (of(section).steady(section.unit_loading(), air_c), LifeMeter::default());
            self.units = sections.iter().map(begin).collect();
        }
        for (section, (state, life)) in sections.iter().zip(&mut self.units) {
            if !section.state().is_solved() {
                continue;
            }
            let (next, lost_h) = of(section).step_aged(PAPER, state, section.unit_loading(), air_c, held_s);
            *state = next;
            life.lost_h += lost_h;
            life.elapsed_s += u64::from(held_s);
            let hot_spot_c = next.hot_spot_c();
            self.hottest_c = Some(self.hottest_c.map_or(hot_spot_c, |before_c| before_c.max(hot_spot_c)));
        }
    }

    /// Life lost per time passed of the unit that ages fastest: 1 is normal, at a hot spot of 98 °C; none before the
    /// first solve.
    pub fn fastest_ageing(&self) -> Option<f64> {
        self.units.iter().map(|(_, life)| life.relative_rate()).reduce(f64::max)
    }

    /// Whether it is of as many units, all of them finite, or of none yet.
    pub(super) fn fits(&self, sections: usize) -> bool {
        let finite = |(state, life): &(OilState, LifeMeter)| state.hot_spot_c().is_finite() && life.lost_h.is_finite();
        (self.units.is_empty() || self.units.len() == sections) && self.units.iter().all(finite)
    }
}

#[cfg(test)]
mod tests {
    use super::super::section::Load;
    use super::*;
    use crate::parallel::Threads;
    use crate::world::Checked;
    use std::path::Path;

    /// Under a steady load a unit comes to where its loading leads in the end, and ages at that temperature's rate.
    #[test]
    fn a_steady_load_leads_to_a_steady_heat() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/block.ron");
        let plan = Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}")).plan();
        let mut city = CityNetwork::of(&plan, Threads(1)).unwrap();
        let mut heat = UnitHeat::default();
        let mut solve = |heat: &mut UnitHeat, share: f64| {
            let load =
                |t: &crate::city::tree::Transformer| Load { power_w: f64::from(t.limit_w) * share, ..Load::default() };
            city.solve(&plan.transformers.iter().map(load).collect::<Vec<_>>(), 900, Threads(1));
            heat.step(&city, 30.0, 900);
            city.sections()[0].unit_loading()
        };
        solve(&mut heat, 0.1);
        let begun_c = heat.hottest_c.unwrap();
        let loading = (0..96).map(|_| solve(&mut heat, 0.9)).last().unwrap();
        let section = equipment::unit(city.sections()[0].unit_va);
        let params = OilParams::onaf_power().with_losses(section.load_loss_w, section.no_load_loss_w);
        let steady_c = params.steady(loading, 30.0).hot_spot_c();
        let (state, life) = heat.units[0];
        assert!((state.hot_spot_c() - steady_c).abs() < 0.1, "{} and {steady_c} C", state.hot_spot_c());
        assert!(heat.hottest_c.unwrap() > begun_c);
        assert!(life.relative_rate() > 0.0 && life.relative_rate() <= PAPER.rate(heat.hottest_c.unwrap()));
        assert_eq!((life.elapsed_s, heat.fastest_ageing()), (97 * 900, Some(life.relative_rate())));
    }
}
