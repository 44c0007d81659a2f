//! What `voltcity outages` says: to an engineer at a terminal, and to machines.

use super::{Failed, Found, Worst};
use crate::cli::args::OutagesRequest;
use crate::cli::chart::{Glyphs, figure, table, thousands};
use crate::cli::exit::Failure;
use crate::cli::grid::report::csv;
use serde_json::{Value, json};
use std::fmt::Write;
use voltcity::network::outage::{Cause, FUTIAN_CENTRE_MIN, Means, PUBLISHED_MIN, Sums, Year};

/// J of a MWh.
const MWH_J: f64 = 3.6e9;

impl Found {
    fn all_customers(&self) -> u64 {
        self.customers.iter().sum()
    }

    /// The year to be expected with all that is there.
    fn year(&self) -> &Year {
        self.islands.as_ref().unwrap_or(&self.tied)
    }

    fn saidi_min(&self, year: &Year) -> f64 {
        year.all().indices(self.all_customers()).saidi_min
    }

    /// Districts that have customers.
    fn districts(&self) -> impl Iterator<Item = (usize, &String)> {
        self.districts.iter().enumerate().filter(|(at, _)| self.customers.get(*at).is_some_and(|&count| count > 0))
    }
}

/// The report.
pub(super) fn text(found: &Found, request: &OutagesRequest, glyphs: Glyphs) -> String {
    let mut out = format!(
        "{}, {} (seed {})\n{} feeders, {} open ties, {} feeders without one; {} customers.\n\
         Network and ties are made by a recipe, rates of failure are those of other\n\
         cities; nothing is fitted.\n",
        found.world,
        found.at.strftime("%Y-%m-%d %H:%M"),
        found.seed,
        thousands(found.feeders as i64),
        thousands(found.ties as i64),
        thousands(found.lone as i64),
        thousands(found.all_customers() as i64),
    );
    for failed in &found.fails {
        out += &fail(found, failed);
    }
    let heads = ["District", "customers", "SAIDI, min", "SAIFI", "CAIDI, min", "MWh not served"];
    let _ = write!(
        out,
        "\nA year to be expected\n\n{}\nPublished: {PUBLISHED_MIN} min for all of Shenzhen, {FUTIAN_CENTRE_MIN} min for \
         the centre of Futian\n(told in January 2021 of 2020; often given for 2021).\n\n{}\n{}",
        table(&heads, &districts(found), glyphs),
        table(&["What fails", "times", "SAIDI, min", "share", "MWh not served"], &causes(found), glyphs),
        table(&["What helps", "SAIDI, min", "MWh not served", "MWh from islands"], &aids(found), glyphs),
    );
    if let Some(able) = found.able {
        let _ = writeln!(
            out,
            "{} of {} areas can carry themselves.",
            thousands(able as i64),
            thousands(found.areas as i64)
        );
    }
    if !found.years.is_empty() {
        let _ = write!(out, "\n{}", table(&["Years drawn", ""], &years(found), glyphs));
    }
    if !found.worst.is_empty() {
        let rows: Vec<Vec<String>> = found.worst.iter().map(|worst| worst_row(found, worst)).collect();
        let heads = ["Row", "element", "district", "customers", "customer-min", "once in years"];
        let _ = write!(out, "\nFailures that cost most customer-minutes each\n\n{}", table(&heads, &rows, glyphs));
    }
    if let Some(dir) = &request.out {
        let _ = writeln!(out, "\nWritten to {}: outages.json, outages.csv", dir.display());
    }
    out
}

/// A failure that was given.
fn fail(found: &Found, failed: &Failed) -> String {
    let sums = all(&failed.by_district);
    let [switching, tie, repair] = failed.back;
    let names: Vec<&str> =
        failed.by_district.iter().map(|(district, _)| found.districts[usize::from(*district)].as_str()).collect();
    format!(
        "\n{} {} fails at {} in {}: {} customers lose supply, for {} min in the mean.\n\
         {switching} areas are fed again after switching, {tie} through the tie, {repair} after repair.\n\
         Demanded until then, at the loads of that moment, {} MWh: {} from the grid, {} from islands, {} not served.\n",
        failed.element.kind(),
        failed.element.row(),
        failed.at.strftime("%H:%M"),
        names.join(", "),
        thousands(sums.interruptions as i64),
        figure(if sums.interruptions == 0 { 0.0 } else { minutes(&sums) / sums.interruptions as f64 }),
        figure(sums.demanded_j as f64 / MWH_J),
        figure(sums.grid_j as f64 / MWH_J),
        figure(sums.island_j as f64 / MWH_J),
        figure(sums.not_served_j as f64 / MWH_J),
    )
}

fn all(by_district: &[(u16, Sums)]) -> Sums {
    by_district.iter().fold(Sums::default(), |mut sum, (_, more)| {
        sum += *more;
        sum
    })
}

fn minutes(sums: &Sums) -> f64 {
    sums.customer_s as f64 / 60.0
}

fn districts(found: &Found) -> Vec<Vec<String>> {
    let row = |name: &str, customers: u64, means: &Means| {
        let indices = means.indices(customers);
        vec![
            name.to_owned(),
            thousands(customers as i64),
            figure(indices.saidi_min),
            format!("{:.3}", indices.saifi),
            figure(indices.caidi_min),
            figure(means.not_served_j / MWH_J),
        ]
    };
    let year = found.year();
    let of = |(at, name): (usize, &String)| row(name, found.customers[at], &year.district(at));
    let mut rows: Vec<Vec<String>> = found.districts().map(of).collect();
    rows.push(row("all", found.all_customers(), &year.all()));
    rows
}

fn causes(found: &Found) -> Vec<Vec<String>> {
    let (year, customers) = (found.year(), found.all_customers());
    let whole = year.all().customer_min;
    let row = |cause: Cause| {
        let means = year.cause(cause);
        let share = if whole == 0.0 { 0.0 } else { means.customer_min / whole };
        vec![
            cause.label().to_owned(),
            figure(means.outages),
            figure(means.indices(customers).saidi_min),
            format!("{:.1} %", share * 100.0),
            figure(means.not_served_j / MWH_J),
        ]
    };
    Cause::ALL.into_iter().map(row).collect()
}

fn aids(found: &Found) -> Vec<Vec<String>> {
    let row = |name: &str, year: &Year| {
        let means = year.all();
        vec![
            name.to_owned(),
            figure(found.saidi_min(year)),
            figure(means.not_served_j / MWH_J),
            figure(means.island_j / MWH_J),
        ]
    };
    let mut rows = vec![row("nothing but switching", &found.bare), row("open ties", &found.tied)];
    rows.extend(found.islands.as_ref().map(|year| row("ties and islands", year)));
    rows
}

/// SAIDI of the years that were drawn: mean, least and most, in min.
fn spread(found: &Found) -> [f64; 3] {
    let minutes: Vec<f64> = found.years.iter().map(|year| found.saidi_min(year)).collect();
    let sum: f64 = minutes.iter().sum();
    let (least, most) = minutes.iter().fold((f64::MAX, 0.0), |(a, b): (f64, f64), x| (a.min(*x), b.max(*x)));
    [sum / minutes.len().max(1) as f64, least, most]
}

fn years(found: &Found) -> Vec<Vec<String>> {
    let [mean, least, most] = spread(found);
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    vec![
        row("years", thousands(found.years.len() as i64)),
        row("SAIDI in the mean, min", figure(mean)),
        row("  to be expected", figure(found.saidi_min(found.year()))),
        row("  in the best and the worst", format!("{} to {}", figure(least), figure(most))),
    ]
}

fn worst_row(found: &Found, worst: &Worst) -> Vec<String> {
    vec![
        worst.outage.element.row().to_string(),
        worst.outage.element.kind().to_owned(),
        found.districts[usize::from(worst.district)].clone(),
        thousands(worst.sums.interruptions as i64),
        thousands(minutes(&worst.sums).round() as i64),
        if worst.per_year > 0.0 { figure(1.0 / worst.per_year) } else { "-".to_owned() },
    ]
}

/// A year as numbers.
fn of_year(means: &Means, customers: u64) -> Value {
    let indices = means.indices(customers);
    json!({
        "outages": means.outages,
        "customer_minutes": means.customer_min,
        "saidi_min": indices.saidi_min,
        "saifi": indices.saifi,
        "caidi_min": indices.caidi_min,
        "not_served_mwh": means.not_served_j / MWH_J,
        "island_mwh": means.island_j / MWH_J,
    })
}

fn of_sums(sums: &Sums) -> Value {
    json!({
        "interruptions": sums.interruptions,
        "customer_minutes": minutes(sums),
        "demanded_j": sums.demanded_j as f64,
        "grid_j": sums.grid_j as f64,
        "island_j": sums.island_j as f64,
        "not_served_j": sums.not_served_j as f64,
    })
}

/// The account.
pub(super) fn value(found: &Found) -> Value {
    let (year, customers) = (found.year(), found.all_customers());
    let district = |(at, name): (usize, &String)| {
        let mut value = of_year(&year.district(at), found.customers[at]);
        value["district"] = json!(name);
        value["customers"] = json!(found.customers[at]);
        value["demanded_mwh"] = json!(found.demanded_j[at] / MWH_J);
        value
    };
    let cause = |cause: Cause| {
        let mut value = of_year(&year.cause(cause), customers);
        value["cause"] = json!(cause.label());
        value
    };
    let worst = |worst: &Worst| {
        json!({ "element": worst.outage.element.kind(), "row": worst.outage.element.row(),
            "district": found.districts[usize::from(worst.district)], "per_year": worst.per_year,
            "amounts": of_sums(&worst.sums) })
    };
    let failed = |failed: &Failed| {
        json!({ "element": failed.element.kind(), "row": failed.element.row(), "at": failed.at.to_string(),
            "areas": { "switching": failed.back[0], "tie": failed.back[1], "repair": failed.back[2] },
            "amounts": of_sums(&all(&failed.by_district)) })
    };
    let [mean, least, most] = spread(found);
    let drawn = json!({ "years": found.years.len(), "saidi_min": mean, "least_saidi_min": least,
        "most_saidi_min": most });
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "world": found.world,
        "seed": found.seed,
        "at": found.at.to_string(),
        "feeders": found.feeders,
        "ties": found.ties,
        "feeders_without_tie": found.lone,
        "customers": customers,
        "published_saidi_min": PUBLISHED_MIN,
        "published_futian_centre_saidi_min": FUTIAN_CENTRE_MIN,
        "expected": of_year(&year.all(), customers),
        "without_ties": of_year(&found.bare.all(), customers),
        "without_islands": of_year(&found.tied.all(), customers),
        "with_islands": found.islands.is_some(),
        "areas": found.areas,
        "areas_that_carry_themselves": found.able,
        "districts": found.districts().map(district).collect::<Vec<_>>(),
        "causes": Cause::ALL.into_iter().map(cause).collect::<Vec<_>>(),
        "drawn": if found.years.is_empty() { Value::Null } else { drawn },
        "worst": found.worst.iter().map(worst).collect::<Vec<_>>(),
        "fails": found.fails.iter().map(failed).collect::<Vec<_>>(),
    })
}

/// The year to be expected by district and cause.
pub(super) fn table_file(found: &Found) -> Result<Vec<u8>, Failure> {
    let year = found.year();
    let row = |at: usize, name: &str, cause: Cause| {
        let means = year.cells.get(at).map(|cells| cells[cause as usize]).unwrap_or_default();
        let customers = found.customers[at];
        let numbers = [
            means.outages,
            means.interruptions,
            means.customer_min,
            means.indices(customers).saidi_min,
            means.not_served_j / MWH_J,
            means.island_j / MWH_J,
        ];
        let place = [name.to_owned(), cause.label().to_owned(), customers.to_string()];
        place.into_iter().chain(numbers.map(|number| number.to_string())).collect()
    };
    let heads = [
        "district",
        "cause",
        "customers",
        "outages",
        "interruptions",
        "customer_min",
        "saidi_min",
        "not_served_mwh",
        "island_mwh",
    ];
    let rows = found.districts().flat_map(|(at, name)| Cause::ALL.map(|cause| row(at, name, cause)));
    csv(&heads, rows)
}
