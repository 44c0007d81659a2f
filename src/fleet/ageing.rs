//! How batteries lose capacity: two cell models of NREL's BLAST-Lite, calendar and cycle ageing apart.
//!
//! The models are `Lfp_Gr_250AhPrismatic` (data: <https://doi.org/10.1016/j.est.2023.109042>) and
//! `Nmc111_Gr_Kokam75Ah_Battery` (<https://ieeexplore.ieee.org/iel7/7951530/7962914/07963578.pdf>) of BLAST-Lite 1.1.1
//! (<https://github.com/NatLabRockies/BLAST-Lite>), with its formulas and constants: [`Stress`] is what a day of state
//! of charge does to a cell, [`Health`] is what days have done, and [`Health::after`] adds one day to it. A step is a
//! function of the state and the stress only, so an event is judged by ageing one battery along two days.
//!
//! Outside the conditions of the experiments ([`Model::tested`], [`Stress::outside`]) the laws are extrapolated, as the
//! source does; nothing is clamped except what keeps numbers meaningful: state of charge to 0..=1, temperature to
//! -40..=80 °C, capacity to 0..=1, and the scale of NMC's active-material loss (see [`nmc`]). Daily use of an electric
//! car mostly lies below the tested depth of discharge of 0.8, so the cycle part is an extrapolation most of the time.

pub mod lfp;
mod meter;
pub mod nmc;
pub mod rainflow;
pub mod rates;
pub mod schmalstieg;
pub mod state;
pub mod stress;
pub mod wear;

pub use rates::Rates;
pub use stress::{SeriesError, Stress};

use core::ops::RangeInclusive;

/// Which cell a battery is made of, as far as its ageing is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Model {
    /// Large prismatic lithium iron phosphate cell, 250 Ah, made for energy rather than power.
    Lfp250Ah,
    /// Nickel manganese cobalt pouch cell, 75 Ah; probably of equal parts, certainly not rich in nickel.
    Nmc111Kokam,
}

/// The conditions a model was fitted to (`experimental_range` of the source).
#[derive(Clone, Debug, PartialEq)]
pub struct Tested {
    /// Temperature while cycling, in K.
    pub temperature_k: RangeInclusive<f64>,
    /// Depth of discharge, 0..=1.
    pub dod: RangeInclusive<f64>,
    /// Greatest charging rate, in C (1 C fills the cell in an hour).
    pub charge_c: f64,
    /// Greatest discharging rate, in C.
    pub discharge_c: f64,
}

impl Model {
    /// Both, in a fixed order.
    pub const ALL: [Self; 2] = [Self::Lfp250Ah, Self::Nmc111Kokam];

    /// The conditions of the experiments behind the model; beyond them it extrapolates.
    pub fn tested(self) -> Tested {
        match self {
            Self::Lfp250Ah => lfp::tested(),
            Self::Nmc111Kokam => nmc::tested(),
        }
    }
}

/// Loss of active material a new cell starts from: the law has no slope at zero (source: the model's first state).
const NEW_ACTIVE_MATERIAL_LOSS: f64 = 1e-8;

/// Active material of a new cell in excess of its lithium, as a share of capacity (source: `q_LAM` begins at 1.01).
const ACTIVE_MATERIAL: f64 = 1.01;

/// What a battery has been through: the state of its model, 40 bytes. All values are shares of the new cell's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Health {
    /// Lithium lost with time.
    pub lithium_by_time: f64,
    /// Lithium lost with charge throughput.
    pub lithium_by_cycles: f64,
    /// Active material lost with charge throughput; LFP does not use it.
    pub active_material: f64,
    /// Resistance gained with time; LFP does not use it.
    pub resistance_by_time: f64,
    /// Resistance gained with charge throughput; LFP does not use it.
    pub resistance_by_cycles: f64,
}

impl Default for Health {
    fn default() -> Self {
        Self::NEW
    }
}

impl Health {
    /// A new battery.
    pub const NEW: Self = Self {
        lithium_by_time: 0.0,
        lithium_by_cycles: 0.0,
        active_material: NEW_ACTIVE_MATERIAL_LOSS,
        resistance_by_time: 0.0,
        resistance_by_cycles: 0.0,
    };

    /// The battery after the time `stress` was taken over, which the models expect to be about a day.
    #[must_use]
    pub fn after(&self, model: Model, stress: &Stress) -> Self {
        match model {
            Model::Lfp250Ah => lfp::after(self, stress),
            Model::Nmc111Kokam => nmc::after(self, stress),
        }
    }

    /// The battery after `days` days of the same stress, one step a day.
    #[must_use]
    pub fn after_days(&self, model: Model, stress: &Stress, days: u32) -> Self {
        (0..days).fold(*self, |health, _| health.after(model, stress))
    }

    /// Capacity left, as a share of the new battery's, 0..=1: the lesser of lithium and active material.
    pub fn capacity(&self) -> f64 {
        self.lithium().min(self.active_material_left()).clamp(0.0, 1.0)
    }

    /// Capacity lost, 0..=1: [`Self::calendar_loss`] plus [`Self::cycle_loss`].
    pub fn loss(&self) -> f64 {
        1.0 - self.capacity()
    }

    /// The part of [`Self::loss`] that time alone has caused.
    pub fn calendar_loss(&self) -> f64 {
        self.lithium_by_time.min(self.loss())
    }

    /// The part of [`Self::loss`] that use has caused: lithium lost by cycling and, once active material limits the
    /// cell, what it falls short of the lithium.
    pub fn cycle_loss(&self) -> f64 {
        self.loss() - self.calendar_loss()
    }

    /// Resistance as a multiple of the new cell's, at least 1; `None` for LFP, whose model has none.
    ///
    /// NMC's calendar term grows faster than time (power 1.25) and was fitted to short experiments: at 35 °C and 90 %
    /// charge the source has twenty times the resistance after ten years. Do not build on it beyond a few years.
    pub fn resistance(&self, model: Model) -> Option<f64> {
        match model {
            Model::Lfp250Ah => None,
            Model::Nmc111Kokam => Some(nmc::resistance(self)),
        }
    }

    /// Capacity lost by a battery in this state through day `with` rather than day `without`, as a share of the new
    /// one's. Negative when the extra use also kept the battery at a lower, gentler state of charge.
    ///
    /// Loss by both laws slows as it grows, so a day costs a young battery more than an old one; a price for years of
    /// service is [`wear::per_kwh_discharged`].
    pub fn extra_loss(&self, model: Model, with: &Stress, without: &Stress) -> f64 {
        self.after(model, without).capacity() - self.after(model, with).capacity()
    }

    /// Lithium left, not bounded below.
    pub fn lithium(&self) -> f64 {
        1.0 - self.lithium_by_time - self.lithium_by_cycles
    }

    /// Active material left; begins above 1, as cells are made with more of it than their lithium fills.
    pub fn active_material_left(&self) -> f64 {
        ACTIVE_MATERIAL - self.active_material
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A day of quarter hours: steps of at most 8 points each, folded back into 0..=1.
    pub(super) fn days() -> impl Strategy<Value = Vec<f64>> {
        (0.0_f64..1.0, prop::collection::vec(prop_oneof![Just(0.0), -0.08_f64..0.08], 96)).prop_map(|(first, steps)| {
            let mut soc = vec![first];
            for step in steps {
                let next = soc[soc.len() - 1] + step;
                soc.push(if (0.0..=1.0).contains(&next) { next } else { next - 2.0 * step });
            }
            soc
        })
    }

    fn stress(soc: &[f64], celsius: f64) -> Stress {
        Stress::of_series(900.0, soc, celsius + 273.15).unwrap()
    }

    fn swing(depth: f64, cycles: usize) -> Stress {
        let end = |i| if i % 2 == 0 { 0.5 - depth / 2.0 } else { 0.5 + depth / 2.0 };
        let soc: Vec<f64> = (0..=2 * cycles).map(end).collect();
        let step_s = 86_400.0 / (2.0 * cycles as f64);
        Stress::of_series(step_s, &soc, 298.15).unwrap()
    }

    #[test]
    fn a_new_battery_is_whole_and_the_state_is_small() {
        assert_eq!(Health::default().capacity(), 1.0);
        assert_eq!((Health::NEW.calendar_loss(), Health::NEW.cycle_loss()), (0.0, 0.0));
        assert_eq!(Health::NEW.resistance(Model::Lfp250Ah), None);
        assert_eq!(Health::NEW.resistance(Model::Nmc111Kokam), Some(1.0));
        assert_eq!(size_of::<Health>(), 40);
    }

    #[test]
    fn small_cycles_cost_less_than_one_deep_cycle_of_the_same_throughput() {
        // 0.6 equivalent full cycles a day, once as one swing and once as thirty small ones about the same mean. The
        // small ones even have their calendar part at a state of charge that suits the comparison: 0.5 throughout.
        for model in Model::ALL {
            let [deep, small] =
                [swing(0.6, 1), swing(0.02, 30)].map(|s| Health::NEW.after_days(model, &s, 3_650).cycle_loss());
            assert!(small < deep, "{model:?}: {small} for small cycles, {deep} for a deep one");
            assert!(small > 0.2 * deep, "{model:?}: throughput still counts, {small} of {deep}");
        }
    }

    #[test]
    fn a_ripple_costs_in_proportion_to_its_throughput_and_nothing_in_the_limit() {
        for model in Model::ALL {
            let loss = |depth| Health::NEW.after_days(model, &swing(depth, 40), 1_000).cycle_loss();
            assert!(loss(1e-12) < 1e-9, "{model:?}: {}", loss(1e-12));
            // Ten times the ripple is at least the power of the law times the loss, and not more than ten times.
            let ratio = loss(1e-3) / loss(1e-4);
            assert!((5.9..10.0).contains(&ratio), "{model:?}: {ratio}");
        }
    }

    #[test]
    fn a_first_day_of_next_to_no_use_does_not_spoil_the_second() {
        // The source's step from a state that is small for the day's use would overshoot twenty-fold here.
        for model in Model::ALL {
            let (ripple, full) = (swing(1e-7, 1), swing(0.6, 1));
            let late = Health::NEW.after(model, &ripple).after(model, &full).lithium_by_cycles;
            let once = Health::NEW.after(model, &full).lithium_by_cycles;
            assert!((0.9..1.6).contains(&(late / once)), "{model:?}: {}", late / once);
        }
    }

    #[test]
    fn heat_and_a_full_battery_age_a_parked_car() {
        for model in Model::ALL {
            let loss = |soc, celsius| Health::NEW.after_days(model, &stress(&[soc; 97], celsius), 365).loss();
            assert!(loss(0.5, 35.0) > 1.5 * loss(0.5, 25.0), "{model:?}");
            assert!(loss(0.9, 25.0) > 1.2 * loss(0.5, 25.0), "{model:?}");
        }
    }

    #[test]
    fn a_hundred_years_of_hard_use_end_at_zero_and_stay_there() {
        for model in Model::ALL {
            let hard =
                Stress::of_series(900.0, &(0..97).map(|i| f64::from(i % 2)).collect::<Vec<_>>(), 333.15).unwrap();
            let end = Health::NEW.after_days(model, &hard, 36_500);
            assert!((0.0..0.05).contains(&end.capacity()), "{model:?}: {}", end.capacity());
            assert_eq!(end.calendar_loss() + end.cycle_loss(), end.loss());
            assert!(end.resistance(model).is_none_or(f64::is_finite));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn capacity_never_rises_and_the_parts_add_up(
            sequence in prop::collection::vec((days(), -20.0_f64..60.0, 1_u32..200), 1..6),
        ) {
            for model in Model::ALL {
                let mut health = Health::NEW;
                for (soc, celsius, repeats) in &sequence {
                    let stress = stress(soc, *celsius);
                    for _ in 0..*repeats {
                        let next = health.after(model, &stress);
                        prop_assert!(next.capacity() <= health.capacity());
                        prop_assert!(next.lithium_by_time >= health.lithium_by_time);
                        prop_assert!(next.lithium_by_cycles >= health.lithium_by_cycles);
                        prop_assert!(next.active_material >= health.active_material);
                        let (before, after) = (health.resistance(model), next.resistance(model));
                        prop_assert!(after >= before);
                        let parts = next.calendar_loss() + next.cycle_loss();
                        prop_assert!((parts - (1.0 - next.capacity())).abs() < 1e-15);
                        prop_assert!(next.calendar_loss() >= 0.0 && next.cycle_loss() >= 0.0);
                        health = next;
                    }
                }
            }
        }

        #[test]
        fn more_use_at_the_same_state_of_charge_never_lowers_the_cycle_part(
            soc in days(), celsius in 0.0_f64..45.0, more in 1.0_f64..3.0, age in 0_u32..400,
        ) {
            for model in Model::ALL {
                let base = stress(&soc, celsius);
                let extra = Stress { efc: base.efc * more, ..base };
                let health = Health::NEW.after_days(model, &base, age);
                prop_assert!(health.after(model, &extra).capacity() <= health.after(model, &base).capacity());
            }
        }
    }
}
