//! Whether the fleet behind the charging is plausible: its figures beside published ones, where the world names them.

use crate::cli::outcome::Outcome;
use voltcity::fleet::vehicle::ChargePlace;
use voltcity::units::JOULES_PER_KWH;
use voltcity::world::schema::{PublishedFile, WorldFile};

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

/// How often sessions at public points begin in some hours of the day, over how often they do in any hour. `windows`
/// are from and to in hours.
fn over_mean(by_hour: &[u64; 24], windows: &[(f64, f64)]) -> f64 {
    let within = |hour: usize| -> f64 {
        windows.iter().map(|(from, to)| (to.min(hour as f64 + 1.0) - from.max(hour as f64)).max(0.0)).sum()
    };
    let (hours, sessions) = by_hour.iter().enumerate().fold((0.0, 0.0), |(hours, sessions), (hour, count)| {
        (hours + within(hour), sessions + within(hour) * *count as f64)
    });
    let all = by_hour.iter().sum::<u64>() as f64 / by_hour.len() as f64;
    sessions / hours.max(1e-9) / all.max(1e-9)
}

/// All figures of the fleet over the whole run, of classes that have vehicles.
pub(super) fn figures(outcome: &Outcome, days: u32, world: &WorldFile) -> Vec<FleetFigure> {
    let published = &world.published;
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
        figure("km_per_day", name, label, class.km_per_day(days), &format!("{name}_km_per_day"));
    }
    for class in classes() {
        let name = class.class.name();
        let label = format!("{}, sessions a week", name.replace('_', " "));
        let sessions = class.sessions.iter().sum::<u64>() as f64 / (class.vehicles as f64 * days) * WEEK;
        figure("sessions_per_vehicle_week", name, label, sessions, &format!("{name}_sessions_per_week"));
    }
    for class in classes() {
        let name = class.class.name();
        let windows = world.fleet.get(&class.class).map_or(&[][..], |of| &of.shift_hours.0);
        if !windows.is_empty() && class.public_by_hour.iter().any(|count| *count > 0) {
            let label = format!("{}, shift change over mean hour", name.replace('_', " "));
            let over = over_mean(&class.public_by_hour, windows);
            figure("sessions_at_shift_change", name, label, over, &format!("{name}_sessions_at_shift_change"));
        }
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
    use std::collections::BTreeMap;
    use std::path::Path;
    use voltcity::world::Checked;

    #[test]
    fn sessions_in_windows_are_held_against_the_mean_hour() {
        let mut by_hour = [10; 24];
        assert!((over_mean(&by_hour, &[(3.5, 6.0), (16.0, 18.0)]) - 1.0).abs() < 1e-12);
        by_hour[4] = 40;
        // Half of hour 3, hours 4 and 5; 270 sessions in a day.
        let expected = (5.0 + 40.0 + 10.0) / 2.5 / (270.0 / 24.0);
        assert!((over_mean(&by_hour, &[(3.5, 6.0)]) - expected).abs() < 1e-12);
        assert_eq!(over_mean(&[0; 24], &[(3.5, 6.0)]), 0.0);
    }

    #[test]
    fn figures_stand_beside_what_is_published_and_shares_add_up() {
        let (setting, outcome) = block(1);
        let published = PublishedFile { value: 348.7, unit: "km".to_owned(), source: "a report".to_owned() };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&setting.path);
        let mut world = Checked::load(&path, &[]).unwrap().file().clone();
        world.published = BTreeMap::from([("taxi_km_per_day".to_owned(), published)]);
        let figures = figures(&outcome, setting.days, &world);
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
