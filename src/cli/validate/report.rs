//! The comparison for people: tables of at most 80 columns.

use super::bars::{self, Bar, Wanted};
use super::compare::{BAND_GWH, BAND_KW, NIGHT_SHARE, Validation};
use super::fleet::FleetFigure;
use super::measured::KINDS;
use super::metrics::Metrics;
use super::period::Period;
use crate::cli::chart::{Glyphs, figure, table};
use crate::cli::outcome::Outcome;
use crate::cli::report::title;
use crate::cli::run::Setting;
use std::path::Path;

/// Width of a terminal that is not asked for its own.
const COLUMNS: usize = 80;
/// A cell that has no value.
const NOTHING: &str = "-";

/// What a report is made of.
pub(super) struct Told<'a> {
    pub(super) setting: &'a Setting,
    pub(super) period: &'a Period,
    pub(super) outcome: &'a Outcome,
    pub(super) of: &'a Validation,
    pub(super) fleet: &'a [FleetFigure],
    pub(super) notes: &'a [String],
    pub(super) files: &'a [String],
}

/// The whole report.
pub(super) fn text(told: &Told<'_>, glyphs: Glyphs) -> String {
    let out: &Path = &told.setting.out;
    let parts = [
        title(told.setting) + &days(told.period) + &sample(told.of),
        comparisons(told.of, glyphs),
        distributions(told.of, glyphs),
        energy(told.of, glyphs),
        bars(told.of, glyphs),
        fleet(told.fleet, glyphs),
        format!("The ledger's residual is {} J.\n", told.outcome.residual_j),
        told.notes.iter().map(|note| wrapped(note)).collect(),
        format!("Written to {}: {}\n", out.display(), told.files.join(", ")),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn days(period: &Period) -> String {
    let out = period.len() - period.compared();
    let left_out = if out == 0 { String::new() } else { format!(", {out} left out") };
    let weekend = period.days().filter(|day| period.is_weekend(*day)).count();
    let kinds = format!("{} weekdays and {weekend} of weekends", period.compared() - weekend);
    format!("to {}: {} days compared, {kinds}{left_out}\n", period.last(), period.compared())
}

/// What share of the city was run, if not all.
fn sample(of: &Validation) -> String {
    if of.sample < 1.0 {
        format!("a sample of {} % of the city; its counts are scaled to the whole\n", figure(100.0 * of.sample))
    } else {
        String::new()
    }
}

/// A note in lines that fit.
fn wrapped(note: &str) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in note.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > COLUMNS {
            text += "\n  ";
            column = 2;
        } else if column > 0 {
            text.push(' ');
            column += 1;
        }
        text += word;
        column += length;
    }
    text + "\n"
}

/// A value, or the sign that there is none.
fn or_nothing(value: Option<f64>, write: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| NOTHING.to_owned(), write)
}

/// A share in percent.
fn percent(value: Option<f64>) -> String {
    or_nothing(value, |share| format!("{:.1} %", 100.0 * share))
}

/// A share in percent with its sign.
fn signed(value: Option<f64>) -> String {
    // What is nearly nothing has no sign.
    let text = |share: f64| format!("{:+.1} %", 100.0 * share).replace("-0.0", "0.0").replace("+0.0", "0.0");
    or_nothing(value, text)
}

/// A figure of correlation or distance.
fn plain(value: Option<f64>) -> String {
    or_nothing(value, |value| format!("{value:.3}"))
}

/// A mean; shares are small.
fn mean(value: Option<f64>) -> String {
    or_nothing(value, |value| if value.abs() < 1.0 { format!("{value:.4}") } else { figure(value) })
}

/// Every comparison with its name, under a name of its group.
fn rows(of: &Validation) -> Vec<(String, Option<&Metrics>)> {
    let mut rows = Vec::new();
    for (name, kind) in KINDS.iter().zip(of.hour_of_day.iter().flat_map(|hours| &hours.kinds)) {
        let Some(kind) = kind else { continue };
        rows.push((format!("{name} by hour"), None));
        rows.push(("  busy points".to_owned(), Some(&kind.busy_points.metrics)));
        rows.push(("  charging point-hours".to_owned(), Some(&kind.charging_point_hours.metrics)));
        rows.push(("  share of the energy".to_owned(), Some(&kind.energy_share.metrics)));
    }
    if let Some(daily) = &of.daily {
        rows.push(("city by day".to_owned(), None));
        rows.push(("  busy points".to_owned(), Some(&daily.busy_points)));
        rows.push(("  charging point-hours".to_owned(), Some(&daily.charging_point_hours)));
    }
    if let Some(zones) = &of.zones {
        rows.push(("zones".to_owned(), None));
        rows.push(("  utilisation".to_owned(), Some(&zones.utilisation)));
    }
    if of.districts.is_some() || of.districts_of_zones.is_some() {
        rows.push(("districts, point-hours".to_owned(), None));
    }
    for (name, districts) in [("  of all zones", &of.districts), ("  of measured zones", &of.districts_of_zones)] {
        if let Some(districts) = districts {
            rows.push((name.to_owned(), Some(&districts.share.metrics)));
        }
    }
    rows
}

/// How near means and single values are.
fn comparisons(of: &Validation, glyphs: Glyphs) -> String {
    let row = |(name, metrics): &(String, Option<&Metrics>)| {
        let Some(m) = metrics else { return vec![name.clone()] };
        let means = [mean(m.mean_measured), mean(m.mean_simulated)];
        let errors = [signed(m.bias), percent(m.wape)];
        [vec![name.clone(), m.n.to_string()], means.to_vec(), errors.to_vec()].concat()
    };
    let mut rows: Vec<_> = rows(of).iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    if let Some(zones) = &of.zones {
        let by_points = [signed(zones.bias_points_weighted), percent(zones.wape_points_weighted)];
        let at = rows.iter().position(|row| row[0] == "  utilisation").map_or(rows.len(), |at| at + 1);
        let empty = [String::new(), String::new(), String::new()];
        rows.insert(at, [vec!["    by points".to_owned()], empty.to_vec(), by_points.to_vec()].concat());
    }
    if let Some(hours) = &of.hour_of_day {
        let (measured, simulated) = hours.night;
        let cells = ["night, 0 to 8 h".to_owned(), String::new(), percent(measured), percent(simulated)];
        rows.push(cells.to_vec());
    }
    table(&["Means and errors", "n", "Measured", "Twin", "Bias", "WAPE"], &rows, glyphs)
}

/// How near shapes and orders are.
fn distributions(of: &Validation, glyphs: Glyphs) -> String {
    let row = |(name, metrics): &(String, Option<&Metrics>)| {
        let Some(m) = metrics else { return vec![name.clone()] };
        vec![name.clone(), mean(m.rmse), plain(m.pearson), plain(m.spearman), plain(m.ks)]
    };
    let rows: Vec<_> = rows(of).iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    table(&["Shapes and orders", "RMSE", "Pearson", "Spearman", "K.-Smirnov"], &rows, glyphs)
}

/// Energy, which was not metered: the twin's stands within or outside what it can have been.
fn energy(of: &Validation, glyphs: Glyphs) -> String {
    let row = |name: &str, [metered, rated]: [String; 2], [low, high]: [String; 2]| {
        vec![name.to_owned(), metered, rated, low, high]
    };
    let (of, rated) = (&of.energy, &of.energy_at_rated);
    let figures = |values: [Option<f64>; 2]| values.map(|value| or_nothing(value, figure));
    let band = |(low, high): (f64, f64)| [low.to_string(), high.to_string()];
    let nights = [of.night, rated.night].map(|share| or_nothing(share, |share| format!("{:.1} %", 100.0 * share)));
    let rows = [
        row("of 181 days, GWh", figures([of.gwh, rated.gwh]), band(BAND_GWH)),
        row("mean of a point that delivers, kW", figures([of.kw, rated.kw]), band(BAND_KW)),
        row("share from 0 to 8 h", nights, NIGHT_SHARE.map(|share| format!("{:.0} %", 100.0 * share))),
    ];
    table(&["Energy delivered", "Metered", "At rated power", "At least", "At most"], &rows, glyphs)
        + " Bounds: UrbanEV, at 11 kW a vehicle and at the points' rated power; at night,\n 46 % and two points to each side.\n"
}

/// What was to be reached and whether it is.
fn bars(of: &Validation, glyphs: Glyphs) -> String {
    let share = |bar: &Bar| bar.measure.starts_with("wape");
    let value = |bar: &Bar, value: f64| match bar.wanted {
        Wanted::Between(..) => figure(value),
        _ if share(bar) => format!("{:.1} %", 100.0 * value),
        _ => format!("{value:.3}"),
    };
    let wanted = |bar: &Bar| match bar.wanted {
        Wanted::AtMost(most) if share(bar) => format!("at most {:.0} %", 100.0 * most),
        Wanted::AtMost(most) => format!("at most {most}"),
        Wanted::AtLeast(least) => format!("at least {least:.2}"),
        Wanted::Between(least, most) => format!("{least} to {most}"),
    };
    let met = |bar: &Bar| match bar.is_met() {
        Some(true) => "met",
        Some(false) => "not met",
        None => NOTHING,
    };
    let row = |bar: &Bar| {
        vec![bar.name.to_owned(), wanted(bar), or_nothing(bar.value, |v| value(bar, v)), met(bar).to_owned()]
    };
    let rows: Vec<_> = bars::all(of).iter().map(row).collect();
    table(&["Bar", "Wanted", "Twin", ""], &rows, glyphs)
}

/// The fleet behind it.
fn fleet(figures: &[FleetFigure], glyphs: Glyphs) -> String {
    let number = |value: f64| if value.abs() < 1.0 { format!("{value:.3}") } else { figure(value) };
    let row = |of: &FleetFigure| {
        let (published, source) = match &of.published {
            Some(row) => (number(row.value), row.source.clone()),
            None => (NOTHING.to_owned(), String::new()),
        };
        vec![of.label.clone(), number(of.simulated), published, source]
    };
    let rows: Vec<_> = figures.iter().map(row).collect();
    table(&["Fleet", "Twin", "Published", "Source"], &rows, glyphs)
}

#[cfg(test)]
mod tests {
    use super::super::compare::compare;
    use super::super::compare::tests::{agreeing, survey, world};
    use super::super::fleet::figures;
    use super::super::measured::Measured;
    use super::super::period::tests::period;
    use super::*;
    use crate::cli::run::tests::block;
    use std::path::Path;
    use voltcity::world::Checked;

    fn report(of: &Validation, days: &Period) -> String {
        let (setting, outcome) = block(1);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&setting.path);
        let fleet = figures(&outcome, setting.days, Checked::load(&path, &[]).unwrap().file());
        let notes = of.left_out.notes();
        let files = ["validation.json".to_owned()];
        let told = Told {
            setting: &setting,
            period: days,
            outcome: &outcome,
            of,
            fleet: &fleet,
            notes: &notes,
            files: &files,
        };
        text(&told, Glyphs::Ascii)
    }

    #[test]
    fn all_of_it_fits_eighty_columns() {
        let days = period(14, &[3]);
        let busy = |day: usize, hour: usize| [2 + i64::from(hour < 8) + i64::from(day.is_multiple_of(2)), 2];
        let of = compare(&survey(14, busy), &days, &world(), 1.0, &agreeing(&days, [4.0, 2.0]));
        let text = report(&of, &days);
        assert!(text.is_ascii() && text.lines().all(|line| line.chars().count() <= 80), "{text}");
        for part in [
            "to 2022-09-14: 13 days compared, 10 weekdays and 3 of weekends, 1 left out",
            "weekday by hour",
            "weekend by hour",
            "districts, point-hours",
            "K.-Smirnov",
            "zones, utilisation: Spearman",
            "not met",
            "taxi, sessions a week",
            "The ledger's residual is 0 J.",
            "Written to ",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }

    #[test]
    fn only_tables_that_are_given_appear() {
        let days = period(2, &[]);
        let text = report(&compare(&survey(2, |_, _| [1, 1]), &days, &world(), 1.0, &Measured::default()), &days);
        assert!(!text.contains("by hour") && !text.contains("zones") && !text.contains("Means"), "{text}");
        assert!(text.contains("Energy delivered") && text.contains("Fleet"), "{text}");
    }
}
