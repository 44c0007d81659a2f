//! `voltcity-import weather-days`.

use crate::fragments::{MeasuredFile, read};
use crate::real::data;
use crate::shenzhen::worlds;
use crate::workshop::{Outcome, Workshop};
use std::collections::BTreeMap;
use std::path::Path;
use voltcity::world::Checked;

const RUN: &str = "weather-days --hourly h.csv --source test --out out.ron";
const EVERY_3_H: &str = "--read-at 2,5,8,11,14,17,20,23";

/// Rows from 1 to 3 March 2023 whose temperature is 10 degrees and a tenth of the hour, without the hours in `lacking`.
fn table(lacking: &[(i32, i32)]) -> String {
    let mut lines = vec!["time,T,U".to_owned()];
    for (day, hour) in (1..=3).flat_map(|day| (0..24).map(move |hour| (day, hour))) {
        if !lacking.contains(&(day, hour)) {
            lines.push(format!("2023/3/{day} {hour}:00,{}.{},80", 10 + hour / 10, hour % 10));
        }
    }
    lines.join("\n") + "\n"
}

/// The rows that a table gives, by date, and what the tool said.
fn days(table: &str, options: &str) -> (BTreeMap<String, Vec<f64>>, Outcome) {
    let workshop = Workshop::new().with("h.csv", table);
    let outcome = workshop.run(&format!("{RUN} {options}"));
    let written = workshop.names().contains(&"out.ron".to_owned());
    let rows = written.then(|| read::<MeasuredFile>(&workshop.text("out.ron")).weather.measured_c.rows);
    (rows.unwrap_or_default(), outcome)
}

#[test]
fn every_reading_comes_back() {
    let (rows, outcome) = days(&table(&[]), "");
    assert_eq!((outcome.code, outcome.notes().len(), outcome.out.as_str()), (0, 0, ""), "{outcome:?}");
    assert!(outcome.err.starts_with("3 days from 2023-03-01 to 2023-03-03: 72 readings, 10.0 to 12.3 C, mean 11.15 C"));
    let day: Vec<f64> = (0..24).map(|hour| f64::from(100 + hour) / 10.0).collect();
    let expected = ["2023-03-01", "2023-03-02", "2023-03-03"].map(|date| (date.to_owned(), day.clone()));
    assert_eq!(rows, BTreeMap::from(expected));
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let mut lines: Vec<String> = table(&[]).lines().map(str::to_owned).collect();
    lines[1..].reverse();
    assert_eq!(days(&lines.join("\r\n"), "").0, days(&table(&[]), "").0);
}

#[test]
fn up_to_three_hours_are_interpolated_and_noted() {
    let (rows, outcome) = days(&table(&[(1, 22), (1, 23), (2, 0), (3, 5)]), "");
    let expected = [
        "h.csv:24:2: T: 3 missing between 2023-03-01T21:00:00 and 2023-03-02T01:00:00, interpolated",
        "h.csv:52:2: T: 1 missing between 2023-03-03T04:00:00 and 2023-03-03T06:00:00, interpolated",
    ];
    assert_eq!((outcome.code, outcome.notes()), (0, expected.to_vec()));
    assert_eq!((&rows["2023-03-01"][21..], &rows["2023-03-02"][..2]), (&[12.1, 11.6, 11.1][..], &[10.6, 10.1][..]));
    assert_eq!(rows["2023-03-03"][5], 10.5);
}

#[test]
fn longer_gaps_are_bad_rows_and_their_days_are_left_out() {
    let lacking = [(2, 22), (2, 23), (3, 0), (3, 1)];
    let (rows, outcome) = days(&table(&lacking), "");
    let bad = "h.csv:48:2: T: 4 missing between 2023-03-02T21:00:00 and 2023-03-03T02:00:00: more than 3 h are not \
               interpolated";
    assert_eq!((outcome.code, outcome.bad_rows(), rows.len()), (3, vec![bad], 0));
    let (rows, outcome) = days(&table(&lacking), "--keep-going");
    assert_eq!((outcome.code, outcome.bad_rows()), (3, vec![bad]));
    assert_eq!(rows.into_keys().collect::<Vec<_>>(), ["2023-03-01"]);
}

#[test]
fn the_ends_of_the_table_are_held_or_left_out() {
    let (rows, outcome) = days(&table(&[(1, 0), (1, 1), (3, 20), (3, 21), (3, 22), (3, 23)]), "--keep-going");
    let note = "h.csv:2:2: T: 2 h of 2023-03-01 are before the first reading, which stands for them";
    let bad = "h.csv:67:2: T: 4 h of 2023-03-03 are after the last reading: more than 3 h are not filled";
    assert_eq!((outcome.notes(), outcome.bad_rows()), (vec![note], vec![bad]));
    assert_eq!(rows.keys().collect::<Vec<_>>(), ["2023-03-01", "2023-03-02"]);
    assert_eq!(rows["2023-03-01"][..4], [10.2, 10.2, 10.2, 10.3]);
}

#[test]
fn rows_between_readings_are_left_out() {
    let (rows, outcome) = days(&table(&[]), EVERY_3_H);
    let expected = [
        "h.csv:2:2: T: differs from the last reading, here and in 47 more rows that are left out",
        "h.csv:4:2: T: 2 h of 2023-03-01 are before the first reading, which stands for them",
    ];
    assert_eq!((outcome.code, outcome.notes()), (0, expected.to_vec()));
    // The reading at 23:00 is 12.3, that at 2:00 is 10.2.
    assert_eq!(rows["2023-03-02"][..6], [11.6, 10.9, 10.2, 10.3, 10.4, 10.5]);
    // A reading that is missing leaves five hours without one.
    let (_, outcome) = days(&table(&[(2, 14)]), EVERY_3_H);
    let bad = "h.csv:42:2: T: 1 missing between 2023-03-02T11:00:00 and 2023-03-02T17:00:00: more than 3 h are not \
               interpolated";
    assert_eq!(outcome.bad_rows(), [bad]);
}

#[test]
fn a_damaged_table_is_told_row_by_row() {
    let text = table(&[])
        .replacen("2023/3/1 5:00,10.5,", "2023/3/1 5:30,10.5,", 1)
        .replacen("2023/3/1 9:00,10.9,", "2023/3/1 9:00,,", 1)
        .replacen("2023/3/2 9:00,10.9,", "2023/3/2 8:00,NaN,", 1)
        .replacen("2023/3/2 12:00,", "2023/3/2 11:00,", 1)
        .replacen("2023/3/3 1:00,10.1,80", "yesterday,101", 1)
        .replacen("2023/3/3 3:00,10.3,", "yesterday,101,", 1);
    let (rows, outcome) = days(&text, "--keep-going");
    let expected = [
        "h.csv:7:1: time: 2023/3/1 5:30 is not on the hour",
        "h.csv:11:2: T: empty; expected a number",
        "h.csv:35:2: T: \"NaN\" is not a finite number",
        "h.csv:38:1: time: 2023/3/2 11:00 is already on line 37",
        "h.csv:51:3: 2 fields instead of the header's 3",
        "h.csv:53:1: time: \"yesterday\" is not a time such as 2022/9/1 0:00",
        "h.csv:53:2: T: 101 is outside -60 to 60",
    ];
    assert_eq!((outcome.code, outcome.bad_rows()), (3, expected.to_vec()));
    // What the bad rows leave out is interpolated like other gaps.
    assert_eq!((rows.len(), outcome.notes().len()), (3, 6), "{outcome:?}");
    for (content, expected) in [
        ("", "h.csv:1:1: the file is empty; it should begin with time,T"),
        ("time,T\n2023/3/1 5:00,20\n", "h.csv:1:1: no day has a temperature at every hour"),
    ] {
        let (_, outcome) = days(content, "--keep-going");
        assert_eq!((outcome.code, outcome.err.lines().last()), (3, Some(format!("error: {expected}").as_str())));
    }
}

/// Makes the part of the winter of 2022/23 as it is shipped.
fn shipped(workshop: &Workshop, data: &Path) -> String {
    let hourly = data.join("urbanev/weather_central.csv");
    let source = "UrbanEV weather_central.csv (IntelligentSystemsLab/UrbanEV, doi 10.5061/dryad.np5hqc04z, CC0), Futian, \
                  2022-09-01 to 2023-02-28";
    let hourly = hourly.to_str().expect("a path that is text");
    let line = ["weather-days", "--hourly", hourly, "--source", source, "--out", "part.ron"];
    let made = workshop.run_with(line.into_iter().chain(EVERY_3_H.split(' ')));
    assert_eq!((made.code, made.bad_rows().len()), (0, 0), "{}", made.err);
    workshop.text("part.ron")
}

#[test]
fn the_shipped_winter_is_what_the_table_gives() {
    let Some(data) = data("the_shipped_winter_is_what_the_table_gives") else { return };
    let made = shipped(&Workshop::new(), &data);
    let part = std::fs::read_to_string(worlds().join("parts/shenzhen-2022-weather.ron")).expect("the part is shipped");
    assert!(made == part, "the table gives another shenzhen-2022-weather.ron: import it anew");
    let rows = read::<MeasuredFile>(&part).weather.measured_c.rows;
    assert_eq!(rows.len(), 181);
    // Line 19 of the table is 17:00 of the first day: 29.2; the one before, 14:00, is 31.3.
    assert_eq!(rows["2022-09-01"][14..18], [31.3, 30.6, 29.9, 29.2]);
    assert_eq!(rows["2023-02-28"][23], 16.1);
}

/// The parts of the winter of 2022/23, laid over a shipped world.
#[test]
fn a_world_breathes_the_shipped_winter() {
    let parts = ["shenzhen-2022-weather", "shenzhen-2022-calendar", "shenzhen-2022-prices"];
    let parts = parts.map(|part| worlds().join(format!("parts/{part}.ron")));
    let bases: Vec<String> = std::iter::once(worlds().join("block.ron"))
        .chain(parts)
        .map(|path| format!("{:?}", path.to_str().expect("a path that is text")))
        .collect();
    let text = format!("(name: \"winter\", base: [{}])", bases.join(", "));
    let workshop = Workshop::new().with("winter.ron", text);
    let checked = Checked::load(&workshop.path("winter.ron"), &[]).unwrap_or_else(|problems| panic!("{problems}"));
    let file = checked.file();
    assert_eq!((file.calendar.special.len(), file.load.lulls.len()), (24, 1));
    assert_eq!(file.tariff.price_yuan_kwh.get().0, 0.51);
    let plan = checked.plan();
    let day: jiff::civil::Date = "2022-09-01".parse().expect("a date");
    let half_past_three = plan.weather.temperature_c(voltcity::clock::unix_day(day), 15 * 3_600 + 1_800);
    // Between 30.6 at 15:00 and 29.9 at 16:00.
    assert!((half_past_three - 30.25).abs() < 1e-9, "{half_past_three}");
}
