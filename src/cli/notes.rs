//! What a user should know of a sound world before its figures are believed.

use super::args::RunRequest;
use super::chart::thousands;
use jiff::civil::Date;
use std::collections::BTreeSet;
use voltcity::clock::DAY_S;
use voltcity::fleet::params::ControlMode;
use voltcity::network::InverterControl;
use voltcity::plan::Plan;
use voltcity::world::Checked;
use voltcity::world::problem::{Problem, Problems};

/// The parts of a world that do not fit its totals.
pub(crate) fn of_world(world: &Checked, plan: &Plan) -> Vec<String> {
    let total = world.file().charging.total.get() as usize;
    let made = plan.guns.len();
    // A narrowed world has its share of the total, which the file does not say.
    if world.file().extent.is_some() || world.file().sample.is_some() || made == total {
        return Vec::new();
    }
    vec![format!(
        "note: `charging.total` is {}, but piles, depots and the stations that are counted or of special kinds make {} \
         chargers, which leaves ordinary public stations none: raise the total, or lower the shares of `home`",
        thousands(total as i64),
        thousands(made as i64)
    )]
}

/// What a run is told of its network that nothing comes of.
pub(crate) fn of_network(request: &RunRequest, plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    if plan.inverters != InverterControl::Off && request.powerflow_s.is_none() {
        let name = plan.inverters.name();
        notes.push(format!("note: `grid.inverters` is {name}, which needs voltages: add --powerflow"));
    }
    if request.within_wires && request.events.is_empty() && plan.fleet.control != ControlMode::LeastLaxity {
        let what = "note: nothing keeps within the wires: there is no event, and charging is not shared";
        notes.push(format!("{what} (`behaviour.control` is not LeastLaxity)"));
    }
    notes
}

/// Years of a run for which the world names no special day, when it does so for other years.
pub(crate) fn of_days(plan: &Plan, start: Date, days: u32) -> Vec<String> {
    let known: BTreeSet<i16> = plan.special_days.keys().map(|day| day.year()).collect();
    let last = start.saturating_add(jiff::Span::new().days(i64::from(days) - 1));
    let missing = (start.year()..=last.year()).filter(|year| !known.contains(year));
    if known.is_empty() {
        return Vec::new();
    }
    missing.map(|year| format!("note: the world knows no holidays of {year}: `calendar.special` names none")).collect()
}

/// Refuses a run whose energy would not fit the ledger's 64 bits, sums of joules of both signs included.
pub(crate) fn fits_ledger(plan: &Plan, days: u32) -> Result<(), Problems> {
    let buildings: u64 = plan.buildings.iter().map(|b| u64::from(b.base_w) + u64::from(b.cooling_w)).sum();
    let guns: u64 = plan.guns.iter().map(|gun| u64::from(gun.rating_w)).sum();
    let storage: u64 = plan.storage.iter().map(|(unit, _)| u64::from(unit.power_w)).sum();
    let solar: u64 = plan.pv.iter().map(|array| u64::from(array.peak_w)).sum();
    // Twice the design load leaves room for shapes above one and for losses.
    let day_j = u128::from(2 * (buildings + guns + storage + solar) + 1) * u128::from(DAY_S);
    let most = i64::MAX as u128 / day_j;
    if u128::from(days) <= most {
        return Ok(());
    }
    let mut problems = Problems::new();
    let message = format!("{days} days of this world are more energy than the ledger's joules can count");
    problems.push(Problem::new(message, Some(format!("simulate at most {most} days at a time"))));
    Err(problems)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn block(patches: &[&str]) -> Checked {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/block.ron");
        let patches: Vec<String> = patches.iter().map(|patch| (*patch).to_owned()).collect();
        Checked::load(&path, &patches).unwrap_or_else(|problems| panic!("{problems}"))
    }

    #[test]
    fn parts_beyond_the_total_are_told() {
        let world = block(&[]);
        assert!(of_world(&world, &world.plan()).is_empty());
        let world = block(&["charging.total.0=51", "charging.v2g_stations.0=3"]);
        let notes = of_world(&world, &world.plan());
        assert!(notes.len() == 1 && notes[0].contains("`charging.total` is 51, but"), "{notes:?}");
    }

    #[test]
    fn years_without_holidays_are_told() {
        let plan = block(&["calendar.special={\"2024-10-01\": Holiday}"]).plan();
        assert!(of_days(&plan, Date::constant(2024, 12, 30), 2).is_empty());
        let notes = of_days(&plan, Date::constant(2024, 12, 30), 3);
        assert!(notes.len() == 1 && notes[0].contains("2025"), "{notes:?}");
        assert!(of_days(&block(&[]).plan(), Date::constant(2024, 7, 25), 1).is_empty());
    }

    #[test]
    fn a_ledger_of_64_bits_is_never_overrun() {
        let heavy: Vec<String> = ["residential", "office"]
            .iter()
            .flat_map(|kind| {
                [format!("load.kinds.{kind}.peak_mw.0=100000"), format!("load.kinds.{kind}.buildings.0=2000")]
            })
            .collect();
        let patches: Vec<&str> = heavy.iter().map(String::as_str).collect();
        let plan = block(&patches).plan();
        assert!(fits_ledger(&plan, 100).is_ok());
        assert!(fits_ledger(&plan, 3_000).is_err());
        assert!(fits_ledger(&block(&[]).plan(), 3_660).is_ok());
    }
}
