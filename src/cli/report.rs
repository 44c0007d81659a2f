//! The report of a run, for a planner at a terminal of 80 columns.
//!
//! It depends on the world and the options alone: no time of day, no speed, no threads.

use super::chart::{Curve, Glyphs, figure, load_curve, table, thousands};
use super::grid;
use super::outcome::{ClassOutcome, NetworkOutcome, Outcome, PLACES};
use super::run::Setting;
use jiff::{ToSpan, civil::Date};
use std::collections::BTreeMap;
use voltcity::clock::DAY_S;
use voltcity::report::observe::CurvePoint;
use voltcity::units::{Energy, Power};
use voltcity::world::schema::PublishedFile;

/// Width of the load curves.
const WIDTH: usize = 79;
/// Lines of the load curve of the city, and of that of the vehicles.
const HEIGHTS: [usize; 2] = [10, 6];
/// Charged energy in `MWh` above which the table of charging is in `GWh`.
const MOST_MWH: i64 = 100_000;
/// Days of a year's run.
const YEAR: u32 = 365;

/// The whole report.
pub(crate) fn text(
    setting: &Setting,
    outcome: &Outcome,
    published: &BTreeMap<String, PublishedFile>,
    files: &[String],
    glyphs: Glyphs,
) -> String {
    [
        title(setting),
        headline(setting, outcome, published, glyphs),
        balance(outcome, glyphs),
        charging(setting, outcome, glyphs),
        transport(outcome, glyphs),
        transformers(outcome, glyphs),
        network(outcome, glyphs),
        curves(setting, outcome, glyphs),
        format!("Written to {}: {}\n", setting.out.display(), files.join(", ")),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join("\n")
}

/// Energy in megawatt-hours.
fn mwh(joules: i64) -> String {
    figure(Energy(joules).kwh() / 1e3)
}

/// The same, or nothing where there is none, so that what there is stands out.
fn some_mwh(joules: i64) -> String {
    if joules == 0 { String::new() } else { mwh(joules) }
}

fn count(number: u64) -> String {
    thousands(number as i64)
}

/// What was run.
pub(crate) fn title(setting: &Setting) -> String {
    let Setting { name, start, days, step_s, seed, .. } = setting;
    let span = match days {
        1 => format!("{} {start}", start.strftime("%A")),
        days => format!("{days} days from {} {start}", start.strftime("%A")),
    };
    let head = format!("{name}\n{span}, steps of {step_s} s, seed {seed}\n");
    setting.overlays.iter().chain(&setting.patches).fold(head, |text, patch| text + "with " + patch + "\n")
}

/// The figures to begin with, beside what is published for the days of the run.
fn headline(
    setting: &Setting,
    outcome: &Outcome,
    published: &BTreeMap<String, PublishedFile>,
    glyphs: Glyphs,
) -> String {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String, key: &str, is_comparable: bool| {
        let (number, source) = match published.get(key).filter(|_| is_comparable) {
            Some(published) => (published_value(published), published.source.clone()),
            None => Default::default(),
        };
        rows.push(vec![name.to_owned(), value, number, source]);
    };
    let clock = |time: &str| {
        if setting.days == 1 { time.split('T').nth(1).unwrap_or(time).to_owned() } else { time.replace('T', " ") }
    };
    let of_day = published.get("peak_mw").is_some_and(|peak| names_a_day_of(&peak.source, setting));
    row("peak of grid import, MW", figure(Power(outcome.peak.power_w).mw()), "peak_mw", of_day);
    row("  at", clock(&outcome.peak.time), "", false);
    row("load factor", format!("{:.3}", outcome.load_factor), "july_load_factor", is_july(setting));
    row("peak of charging, MW", figure(Power(outcome.ev_peak.power_w).mw()), "ev_peak_mw", false);
    row("  at", clock(&outcome.ev_peak.time), "", false);
    let year = setting.days >= YEAR;
    if year {
        let per_year = outcome.totals.charged_j as f64 / f64::from(setting.days) * f64::from(YEAR);
        row("charged per year, TWh", figure(per_year / 3.6e15), "ev_twh_per_year", year);
    }
    for class in &outcome.classes {
        let key = format!("{}_km_per_day", class.class.name());
        if published.contains_key(&key) && class.vehicles > 0 {
            let name = format!("{}, km a day", words(class));
            row(&name, figure(class.km_per_day(outcome.days)), &key, true);
        }
    }
    if rows.iter().all(|row| row[2].is_empty()) {
        for row in &mut rows {
            row.truncate(2);
        }
        return table(&["Headline", "Twin"], &rows, glyphs);
    }
    table(&["Headline", "Twin", "Published", "Source"], &rows, glyphs)
}

fn published_value(published: &PublishedFile) -> String {
    if published.value.abs() < 1.0 { format!("{:.3}", published.value) } else { figure(published.value) }
}

/// Whether a source names one of the days of the run.
fn names_a_day_of(source: &str, setting: &Setting) -> bool {
    days(setting).any(|day| source.contains(&day.to_string()))
}

/// Whether the run is July up to the record of the 25th at least: the published figure divides by that peak.
fn is_july(setting: &Setting) -> bool {
    setting.start.day() == 1 && setting.days >= 25 && days(setting).all(|day| day.month() == 7)
}

fn days(setting: &Setting) -> impl Iterator<Item = Date> {
    setting.start.series(1.day()).take(setting.days as usize)
}

/// The name of a class as words.
fn words(class: &ClassOutcome) -> String {
    class.class.name().replace('_', " ")
}

/// Where energy came from and where it went. Both columns have the same sum, or the residual tells.
fn balance(outcome: &Outcome, glyphs: Glyphs) -> String {
    let t = &outcome.totals;
    let batteries_j = t.battery_gain_j - t.driving_j;
    let sources = [("from the grid", t.grid_import_j), ("solar arrays", t.pv_j)];
    let uses = [
        ("buildings", t.building_j),
        ("driving", t.driving_j),
        ("losses of converters", t.losses_j),
        ("gained by vehicles", batteries_j),
        ("gained by storage", t.storage_gain_j),
        ("to the grid", t.grid_export_j),
    ];
    let cells = |side: &[(&str, i64)], i: usize| match side.get(i) {
        Some((name, joules)) => vec![(*name).to_owned(), mwh(*joules)],
        None => vec![String::new(), String::new()],
    };
    let sum = |side: &[(&str, i64)]| vec!["sum".to_owned(), mwh(side.iter().map(|(_, joules)| joules).sum())];
    let mut rows: Vec<_> = (0..uses.len()).map(|i| [cells(&sources, i), cells(&uses, i)].concat()).collect();
    rows.push([sum(&sources), sum(&uses)].concat());
    format!(
        "{} The ledger's residual is {} J. Storage drew {} MWh and delivered {} MWh.\n",
        table(&["Energy in", "MWh", "Energy out", "MWh"], &rows, glyphs),
        thousands(outcome.residual_j),
        mwh(t.storage_in_j),
        mwh(t.storage_out_j),
    )
}

/// Energy at the meter by class and place, with its sums, and distances.
fn charging(setting: &Setting, outcome: &Outcome, glyphs: Glyphs) -> String {
    // A year's figures in the units of a day would not fit a line.
    let total_j: i64 = outcome.charged_j().iter().sum();
    let (unit, scale) = if total_j > MOST_MWH * 3_600_000_000 { ("Charged, GWh", 1_000) } else { ("Charged, MWh", 1) };
    let energy = |by_place: [i64; PLACES]| {
        let by_place = by_place.map(|joules| joules / scale);
        [by_place.map(some_mwh).to_vec(), vec![mwh(by_place.iter().sum())]].concat()
    };
    let class_row = |class: &ClassOutcome| {
        let km = figure(class.km_per_day(outcome.days));
        [vec![words(class)], energy(class.charged_j), vec![km]].concat()
    };
    let mut rows: Vec<_> = outcome.classes.iter().filter(|class| class.vehicles > 0).map(class_row).collect();
    let (vehicles, metres) = outcome.classes.iter().fold((0, 0), |(n, m), c| (n + c.vehicles, m + c.metres));
    let km = metres as f64 / 1e3 / (vehicles.max(1) * u64::from(setting.days)) as f64;
    rows.push([vec!["all".to_owned()], energy(outcome.charged_j()), vec![figure(km)]].concat());
    rows.push([vec!["returned".to_owned()], energy(outcome.returned_j())].concat());
    let sessions = outcome.sessions();
    let scaled = |number: u64| count(number / scale.unsigned_abs());
    let numbers = sessions.map(|number| if number == 0 { String::new() } else { scaled(number) });
    let name = if scale == 1 { "sessions" } else { "sessions, k" };
    rows.push([vec![name.to_owned()], numbers.to_vec(), vec![scaled(sessions.iter().sum())]].concat());
    let header = [unit, "Home", "Public AC", "Public DC", "Depot", "Sum", "km/day"];
    table(&header, &rows, glyphs)
}

/// Trips, sessions and queues.
fn transport(outcome: &Outcome, glyphs: Glyphs) -> String {
    let fleet = &outcome.fleet;
    let percent = |part: f64, whole: u64| format!("{} %", figure(100.0 * part / whole.max(1) as f64));
    let share = |part: u64, whole: u64| percent(part as f64, whole);
    let minutes = fleet.queued_s as f64 / 60.0;
    let each = format!("{} min", figure(minutes / fleet.sessions.max(1) as f64));
    let plugged = percent(outcome.plugged_mean, outcome.agents.vehicles as u64);
    let rows = [
        ("trips", count(fleet.trips), String::new(), ""),
        ("  unmet", count(fleet.trips_unmet), share(fleet.trips_unmet, fleet.trips), "of trips, for want of energy"),
        ("  late", count(fleet.trips_late), share(fleet.trips_late, fleet.trips), "of trips, put off to charge first"),
        ("charging sessions", count(fleet.sessions), String::new(), ""),
        ("  interrupted", count(fleet.interrupted), share(fleet.interrupted, fleet.sessions), "of sessions, by faults"),
        ("hours of queueing", figure(minutes / 60.0), each, "a session"),
        ("  gave up", count(fleet.gave_up), share(fleet.gave_up, fleet.sessions), "for each session begun"),
        ("plugged in, mean", thousands(outcome.plugged_mean.round() as i64), plugged, "of vehicles"),
    ];
    let rows = rows.map(|(name, number, share, of)| vec![name.to_owned(), number, share, of.to_owned()]);
    table(&["Trips and queues", "Number", "Share", ""], &rows, glyphs)
}

/// What was above its limit, and the transformers with the highest loading.
fn transformers(outcome: &Outcome, glyphs: Glyphs) -> String {
    let (overload, agents) = (&outcome.overload, &outcome.agents);
    let of = |part: usize, all: usize| format!("{} of {}", count(part as u64), count(all as u64));
    let head = format!(
        "Above their limit at some time: transformers {} ({} min in all),\nfeeders {}, substations {}.\n",
        of(overload.transformers, agents.transformers),
        count(overload.seconds / 60),
        of(overload.feeders, agents.feeders),
        of(overload.substations, agents.substations),
    );
    let row = |loaded: &super::outcome::Loaded| {
        vec![
            loaded.serves.join(", "),
            format!("{:.0} %", 100.0 * loaded.loading),
            format!("{:.0} min", loaded.minutes),
            format!("{} kVA", figure(loaded.rating_kva)),
            loaded.zone.to_string(),
            loaded.district.clone(),
        ]
    };
    let rows: Vec<_> = outcome.worst.iter().map(row).collect();
    head + "\n" + &table(&["Most loaded transformers", "Peak", "Overload", "Rating", "Zone", "District"], &rows, glyphs)
}

/// What the network came to, if it was solved.
fn network(outcome: &Outcome, glyphs: Glyphs) -> String {
    let of = |network: &NetworkOutcome| {
        let account = table(&["Network, solved", ""], &grid::account::rows(network), glyphs);
        let violations = grid::account::violations(network, 10, glyphs);
        let told = "Limits above are of mean power at the world's power factor, step by step; here\n\
                    they are of currents, at the moments of solves.\n";
        if violations.is_empty() { format!("{account}{told}") } else { format!("{account}{told}\n{violations}") }
    };
    outcome.network.as_ref().map(of).unwrap_or_default()
}

/// The load curve of the city and that of the vehicles; of several days, their mean.
fn curves(setting: &Setting, outcome: &Outcome, glyphs: Glyphs) -> String {
    let points: Vec<CurvePoint> = outcome.curve.iter().map(|(_, point)| *point).collect();
    let per_day = points.len() / (setting.days as usize).max(1);
    let step_s = DAY_S.checked_div(per_day as u32).unwrap_or(DAY_S);
    let day = |of: fn(&CurvePoint) -> i64| mean_day(&points, per_day, of);
    let (net, vehicles) = (day(|point| point.net_w), day(|point| point.charged_w - point.returned_w));
    let days = match setting.days {
        1 => String::new(),
        days => format!(", each the mean of {days} days"),
    };
    let curve = |name, values, part| Curve { name, unit: "MW", values, part, start_s: 0, step_s };
    let city = curve("Grid import", &net[..], Some(("vehicles", &vehicles[..])));
    let fleet = curve("Vehicles, drawn less returned", &vehicles[..], None);
    format!(
        "Load curves in means of {} min{days}\n\n{}\n{}",
        step_s / 60,
        load_curve(&city, WIDTH, HEIGHTS[0], glyphs),
        load_curve(&fleet, WIDTH, HEIGHTS[1], glyphs)
    )
}

/// The mean over days of a quantity in W by time of day, in MW.
fn mean_day(points: &[CurvePoint], per_day: usize, of: fn(&CurvePoint) -> i64) -> Vec<f64> {
    let mean = |at: usize| {
        let of_days = points.iter().skip(at).step_by(per_day).map(of);
        let (sum, days) = of_days.fold((0, 0), |(sum, days), power_w| (sum + power_w, days + 1));
        Power(sum).mw() / f64::from(days.max(1))
    };
    (0..per_day).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::super::run::tests::block;
    use super::*;

    fn published(key: &str, value: f64, source: &str) -> BTreeMap<String, PublishedFile> {
        let figure = PublishedFile { value, unit: "MW".to_owned(), source: source.to_owned() };
        BTreeMap::from([(key.to_owned(), figure)])
    }

    fn files() -> Vec<String> {
        vec!["summary.json".to_owned()]
    }

    #[test]
    fn a_report_fits_a_terminal_and_adds_up() {
        for days in [1, 2] {
            let (setting, outcome) = block(days);
            let text = text(&setting, &outcome, &BTreeMap::new(), &files(), Glyphs::Ascii);
            let too_long: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80).collect();
            assert!(too_long.is_empty(), "{too_long:#?}");
            assert!(text.is_ascii() && !text.contains("Published"), "{text}");
            assert!(text.contains(" The ledger's residual is 0 J. "), "{text}");
            let sums = text.lines().find(|line| line.starts_with(" sum ")).unwrap();
            let figures: Vec<&str> = sums.split_whitespace().filter(|word| *word != "sum").collect();
            assert!(figures.len() == 2 && figures[0] == figures[1], "{sums}");
            assert_eq!(text.contains("each the mean of 2 days"), days == 2, "{text}");
        }
    }

    #[test]
    fn what_was_charged_is_the_same_by_class_and_in_sum() {
        let (setting, outcome) = block(1);
        // The standby of bidirectional points belongs to no class.
        let standby_j = outcome.totals.charged_j - outcome.charged_j().iter().sum::<i64>();
        assert!(standby_j >= 0 && standby_j < outcome.totals.charged_j / 100, "{standby_j}");
        assert_eq!(outcome.returned_j().iter().sum::<i64>(), outcome.totals.returned_j);
        assert_eq!(outcome.sessions().iter().sum::<u64>(), outcome.fleet.sessions);
        let text = charging(&setting, &outcome, Glyphs::Ascii);
        assert!(text.contains(" private ") && !text.contains(" sanitation "), "{text}");
    }

    #[test]
    fn published_figures_stand_beside_the_days_they_are_of() {
        let (mut setting, outcome) = block(1);
        let head = |setting: &Setting, published: &_| headline(setting, &outcome, published, Glyphs::Ascii);
        let peak = published("peak_mw", 23_134.0, "a newspaper: 2024-07-25 13:35");
        assert!(!head(&setting, &peak).contains("23,134"));
        setting.start = Date::constant(2024, 7, 24);
        setting.days = 2;
        assert!(head(&setting, &peak).contains("23,134"));
        let july = published("july_load_factor", 0.753, "derived");
        assert!(!head(&setting, &july).contains("0.753"));
        (setting.start, setting.days) = (Date::constant(2024, 7, 1), 31);
        assert!(head(&setting, &july).contains("0.753"));
        setting.days = 32;
        assert!(!head(&setting, &july).contains("0.753"));
        assert!(head(&setting, &published("taxi_km_per_day", 348.7, "a report")).contains("349"));
        assert!(!head(&setting, &published("bus_km_per_day", 150.0, "a report")).contains("bus"));
    }

    #[test]
    fn the_mean_day_is_that_of_each_time_of_day() {
        let point = |net_w| CurvePoint { net_w, ..CurvePoint::default() };
        let points = [1_000_000, 2_000_000, 3_000_000, 6_000_000].map(point);
        assert_eq!(mean_day(&points, 2, |point| point.net_w), [2.0, 4.0]);
        assert_eq!(mean_day(&[], 0, |point| point.net_w), [0.0; 0]);
    }
}
