//! What discharging a battery for the grid costs its owner: capacity lost through the extra cycling, times its worth.
//!
//! Models of one and the same use differ more among each other than the use does, so a single figure says little;
//! [`band`] gives all of them and the spread.

use super::{Health, Model, Stress, lfp, schmalstieg};
use crate::units::Money;

/// A model of wear, or a documented alternative to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WearModel {
    /// One of the models the twin ages its batteries by.
    Cell(Model),
    /// LFP, with its cycle part at no more than 25 °C: the fit's cycle part falls with heat, which is an artefact.
    LfpCyclingAtMost25C,
    /// The old small cells of [`schmalstieg`]: the pessimistic end.
    Schmalstieg,
}

impl WearModel {
    /// All, in a fixed order.
    pub const ALL: [Self; 4] =
        [Self::Cell(Model::Lfp250Ah), Self::LfpCyclingAtMost25C, Self::Cell(Model::Nmc111Kokam), Self::Schmalstieg];

    /// Capacity lost and equivalent full cycles (of the new capacity) after `steps` repetitions of a stress.
    fn lived(self, stress: &Stress, steps: u32) -> (f64, f64) {
        let aged = |model, stress: &Stress| {
            let (health, cycles) = (0..steps).fold((Health::NEW, 0.0), |(health, cycles), _| {
                (health.after(model, stress), cycles + stress.efc * health.capacity())
            });
            (health.loss(), cycles)
        };
        match self {
            Self::Cell(model) => aged(model, stress),
            Self::LfpCyclingAtMost25C => {
                // The factor falls with temperature, so at most 25 °C is at least the factor there.
                let lfp_cycle = stress.lfp_cycle.max(lfp::cycle_factor(298.15));
                aged(Model::Lfp250Ah, &Stress { lfp_cycle, ..*stress })
            }
            Self::Schmalstieg => schmalstieg::losses(stress).take(steps as usize).last().unwrap_or((0.0, 0.0)),
        }
    }
}

/// What a share of capacity is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// Price of a new battery in yuan per kWh of capacity. No figure is built in: the caller states its assumption.
    pub yuan_per_kwh: f64,
    /// Share of capacity a battery has lost when it is replaced, above 0 and at most 1. At 1, lost capacity costs what
    /// new capacity does; at 0.2, the loss of a fifth costs the whole battery.
    pub lost_at_end: f64,
}

/// The comparison of two duties over years.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wear {
    /// Capacity lost by the extra use, as a share of the new battery's; negative when the use kept the battery at a
    /// gentler state of charge and that weighed more.
    pub extra_loss: f64,
    /// kWh discharged by the extra use, per kWh of the new battery's capacity.
    pub extra_kwh_per_kwh: f64,
}

impl Wear {
    /// Capacity lost per kWh discharged, as a share of one kWh of capacity; `None` without extra discharge.
    pub fn per_kwh_discharged(&self) -> Option<f64> {
        (self.extra_kwh_per_kwh > 0.0).then(|| self.extra_loss / self.extra_kwh_per_kwh)
    }
}

/// What `years` of 365 days of the duty `with` take from a new battery beyond the same years of `without`.
///
/// Both are stresses of a day that ends about as full as it began, so that half of their movement is discharge. Energy
/// is that of the cells, before losses on its way; the extra discharge is the difference of the duties' cycles at the
/// capacity the battery with the extra use has at the time.
pub fn of_extra_use(model: WearModel, with: &Stress, without: &Stress, years: u32) -> Wear {
    let steps = |stress: &Stress| libm::rint(f64::from(years) * 365.0 / stress.days) as u32;
    let (loss_with, cycles_with) = model.lived(with, steps(with));
    let (loss_without, _) = model.lived(without, steps(without));
    // Cycles per day go in the same proportion as cycles in all, as both shrink with the one capacity.
    let (daily_with, daily_without) = (with.efc / with.days, without.efc / without.days);
    let share = if daily_with > 0.0 { (daily_with - daily_without) / daily_with } else { 0.0 };
    Wear { extra_loss: loss_with - loss_without, extra_kwh_per_kwh: cycles_with * share }
}

/// Price of wear per kWh discharged by the extra use of `with` over `without`; `None` without extra discharge, or when
/// the worth is not a usable number.
pub fn per_kwh_discharged(
    model: WearModel,
    with: &Stress,
    without: &Stress,
    years: u32,
    worth: &Worth,
) -> Option<Money> {
    let per_kwh = of_extra_use(model, with, without, years).per_kwh_discharged()?;
    let micro_yuan = per_kwh * worth.yuan_per_kwh / worth.lost_at_end * 1e6;
    (worth.lost_at_end > 0.0 && micro_yuan.is_finite()).then(|| Money::round(micro_yuan))
}

/// The price of wear by every model and alternative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// The least of them.
    pub low: Money,
    /// The greatest of them.
    pub high: Money,
    /// Each of them, in the order of [`WearModel::ALL`].
    pub each: [Money; 4],
}

/// The band of [`per_kwh_discharged`] over [`WearModel::ALL`]; `None` as there.
pub fn band(with: &Stress, without: &Stress, years: u32, worth: &Worth) -> Option<Band> {
    let mut each = [Money::ZERO; 4];
    for (price, model) in each.iter_mut().zip(WearModel::ALL) {
        *price = per_kwh_discharged(model, with, without, years, worth)?;
    }
    let (mut low, mut high) = (each[0], each[0]);
    for &price in &each {
        (low, high) = (low.min(price), high.max(price));
    }
    Some(Band { low, high, each })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A commute that takes 0.6 a day in two parts and is charged back in the evening.
    fn day() -> Stress {
        let knots = [(0.0, 0.8), (7.0, 0.8), (8.0, 0.5), (17.0, 0.5), (18.0, 0.2)];
        let end = [(20.0, 0.2), (24.0, 0.8)];
        let points: Vec<_> = knots.iter().chain(&end).map(|&(hour, soc)| point(hour, soc)).collect();
        Stress::of_points(&points).unwrap()
    }

    fn point(hour: f64, soc: f64) -> super::super::stress::Point {
        super::super::stress::Point { at_s: hour * 3_600.0, soc, temperature_k: 303.15 }
    }

    /// The commute with a swing between 0.5 and 0.8 at noon.
    fn with_swing() -> Stress {
        let knots =
            [(0.0, 0.8), (7.0, 0.8), (8.0, 0.5), (10.0, 0.5), (12.5, 0.8), (14.0, 0.8), (16.0, 0.5), (17.0, 0.5)];
        let end = [(18.0, 0.2), (20.0, 0.2), (24.0, 0.8)];
        Stress::of_points(&knots.iter().chain(&end).map(|&(h, soc)| point(h, soc)).collect::<Vec<_>>()).unwrap()
    }

    const WORTH: Worth = Worth { yuan_per_kwh: 600.0, lost_at_end: 1.0 };

    #[test]
    fn the_price_is_the_loss_per_kwh_times_the_worth() {
        let (with, without) = (with_swing(), day());
        assert!((with.efc - without.efc - 0.3).abs() < 1e-12);
        for model in WearModel::ALL {
            let wear = of_extra_use(model, &with, &without, 10);
            assert!(wear.extra_loss > 0.0, "{model:?}: {wear:?}");
            // 0.3 cycles a day for ten years, at a capacity between that of the end and the new one.
            assert!(wear.extra_kwh_per_kwh < 1_095.0 && wear.extra_kwh_per_kwh > 1_095.0 * 0.3);
            let price = per_kwh_discharged(model, &with, &without, 10, &WORTH).unwrap();
            let expected = 600e6 * wear.extra_loss / wear.extra_kwh_per_kwh;
            assert!((price.f64() - expected).abs() <= 0.5);
            let fifth = Worth { lost_at_end: 0.2, ..WORTH };
            let five_times = per_kwh_discharged(model, &with, &without, 10, &fifth).unwrap();
            assert!((five_times.f64() - 5.0 * expected).abs() <= 0.5);
        }
    }

    #[test]
    fn a_kwh_of_the_first_year_costs_more_than_one_of_ten_years() {
        // The laws slow down, so the first year's extra use takes more per kWh than ten years' do.
        for model in WearModel::ALL {
            let [one, ten] = [1, 10].map(|years| per_kwh_discharged(model, &with_swing(), &day(), years, &WORTH));
            assert!(one > ten && ten > Some(Money::ZERO), "{model:?}: {one:?} {ten:?}");
        }
    }

    #[test]
    fn the_band_holds_every_model() {
        let band = band(&with_swing(), &day(), 10, &WORTH).unwrap();
        assert!(band.low < band.high && Money::ZERO < band.low);
        assert!(band.each.iter().all(|&price| band.low <= price && price <= band.high));
        assert!(band.each.contains(&band.low) && band.each.contains(&band.high));
        // LFP cycled at no more than 25 °C is the dearer of the two readings of LFP at 30 °C.
        assert!(band.each[1] > band.each[0], "{band:?}");
    }

    #[test]
    fn no_extra_use_has_no_price() {
        let day = day();
        assert_eq!(band(&day, &day, 10, &WORTH), None);
        assert_eq!(band(&day, &with_swing(), 10, &WORTH), None);
        assert_eq!(band(&with_swing(), &day, 0, &WORTH), None);
        for worth in [Worth { lost_at_end: 0.0, ..WORTH }, Worth { yuan_per_kwh: f64::NAN, ..WORTH }] {
            assert_eq!(band(&with_swing(), &day, 10, &worth), None);
        }
    }
}
