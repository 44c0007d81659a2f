//! Whether the fleet behind the charging is plausible: its figures beside published ones, where the world names them.

use crate::cli::outcome::Outcome;
use std::collections::BTreeMap;
use voltcity::fleet::vehicle::ChargePlace;
use voltcity::units::JOULES_PER_KWH;
use voltcity::world::schema::PublishedFile;

/// Days of a week.
const WEEK: f64 = 7.0;

/// A figure of the fleet.
#[derive(Clone, Debug)]
pub(super) struct FleetFigure {
    /// Its group in `validation.json`; empty for a figure of its own.
    pub(super) group: &'static str,
    /// Its name in the group.
    pub(super) name: String,
    /// What it is called in a table.
    pub(super) label: String,
    /// What was simulated.
    pub(super) simulated: f64,
    /// What is published: value, unit and source.
    pub(super) published: Option<PublishedFile>,
}

/// All figures of the fleet over the whole run, of classes that have vehicles.
pub(super) fn figures(outcome: &Outcome, days: u32, published: &BTreeMap<String, PublishedFile>) -> Vec<FleetFigure> {
    let mut figures = Vec::new();
    let mut figure = |group: &'static str, name: &str, label: String, simulated: f64, key: &str| {
        let published = published.get(key).cloned();
        figures.push(FleetFigure { group, name: name.to_owned(), label, simulated, published });
    };
    let days = f64::from(days.max(1));
    let vehicles: u64 = outcome.classes.iter().map(|class| class.vehicles).sum();
    let per_day = outcome.totals.charged_j as f64 / JOULES_PER_KWH / (vehicles.max(1) as f64 * days);
    figure("", "kwh_per_nev_day", "a vehicle, kWh a day".to_owned(), per_day, "kwh_per_nev_day");
    let classes = || outcome.classes.iter().filter(|class| class.vehicles > 0);
    for class in classes() {
        let name = class.class.name();
        let label = format!("{}, km a day", name.replace('_', " "));
        figure("km_per_day", name, label, class.km_per_day(days as u32), &format!("{name}_km_per_day"));
    }
    for class in classes() {
        let name = class.class.name();
        let label = format!("{}, sessions a week", name.replace('_', " "));
        let sessions = class.sessions.iter().sum::<u64>() as f64 / (class.vehicles as f64 * days) * WEEK;
        figure("sessions_per_vehicle_week", name, label, sessions, &format!("{name}_sessions_per_week"));
    }
    let charged_j = outcome.charged_j();
    let total: i64 = charged_j.iter().sum();
    let at = |places: &[ChargePlace]| -> f64 {
        let sum: i64 = places.iter().map(|place| charged_j[*place as usize]).sum();
        sum as f64 / total.max(1) as f64
    };
    let places: [(&str, &[ChargePlace]); 3] = [
        ("home", &[ChargePlace::Home]),
        ("depot", &[ChargePlace::Depot]),
        ("public", &[ChargePlace::PublicAc, ChargePlace::PublicDc]),
    ];
    for (name, places) in places {
        let label = format!("energy at {name}, share");
        figure("energy_share", name, label, at(places), &format!("{name}_energy_share"));
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::run::tests::block;

    #[test]
    fn figures_stand_beside_what_is_published_and_shares_add_up() {
        let (setting, outcome) = block(1);
        let published = PublishedFile { value: 348.7, unit: "km".to_owned(), source: "a report".to_owned() };
        let published = BTreeMap::from([("taxi_km_per_day".to_owned(), published)]);
        let figures = figures(&outcome, setting.days, &published);
        let of = |group: &str| figures.iter().filter(|figure| figure.group == group).collect::<Vec<_>>();
        let shares: f64 = of("energy_share").iter().map(|figure| figure.simulated).sum();
        assert!((shares - 1.0).abs() < 1e-12, "{figures:?}");
        let km = of("km_per_day");
        assert_eq!((km.len(), of("sessions_per_vehicle_week").len()), (4, 4));
        let with: Vec<_> =
            figures.iter().filter(|figure| figure.published.is_some()).map(|f| f.label.as_str()).collect();
        assert_eq!(with, ["taxi, km a day"]);
        assert!(figures.iter().all(|figure| figure.simulated.is_finite() && figure.simulated >= 0.0));
        let [kwh] = of("")[..] else { panic!("one figure of its own") };
        let total = kwh.simulated * 200.0;
        assert!((total - outcome.totals.charged_j as f64 / 3.6e6).abs() < 1e-6);
    }
}
