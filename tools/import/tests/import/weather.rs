//! `voltcity-import weather` on a small made-up year.

use crate::fragments::{WeatherFile, read};
use crate::workshop::Workshop;

/// A year in which every hour is the same but the sun shines from 6 to 18, with 8 header records.
fn epw() -> String {
    let mut lines: Vec<String> = [
        "LOCATION,TESTVILLE,-,CHN,MADEUP,590000,22.55,120.0,8.0,18.5",
        "DESIGN CONDITIONS,0",
        "TYPICAL/EXTREME PERIODS,0",
        "GROUND TEMPERATURES,0",
        "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0",
        "COMMENTS 1,",
        "COMMENTS 2,",
        "DATA PERIODS,1,1,Data,Sunday,1/1,12/31",
    ]
    .map(str::to_owned)
    .into();
    let days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    for (month, days) in (1..).zip(days) {
        for (day, hour) in (1..=days).flat_map(|day| (1..=24).map(move |hour| (day, hour))) {
            let (outside, global) = if (7..=18).contains(&hour) { (800, 400) } else { (0, 0) };
            let rest = "0,0,0,0,0,0,90,3.25,0,0,777,77777,9,0,0,0,0,88,0,0,0";
            let temperature = if hour == 24 { 20.5 } else { 21.5 };
            lines.push(format!(
                "2001,{month},{day},{hour},60,?9,{temperature},18,75.5,101300,{outside},0,350,{global},{rest}"
            ));
        }
    }
    lines.join("\n") + "\n"
}

const RUN: &str = "weather --epw y.epw --out out.ron";

#[test]
fn the_fragment_has_twelve_months_of_statistics() {
    let workshop = Workshop::new().with("y.epw", epw());
    let outcome = workshop.run(RUN);
    assert_eq!((outcome.code, outcome.notes().len(), outcome.out.as_str()), (0, 0, ""), "{outcome:?}");
    let text = workshop.text("out.ron");
    assert!(text.contains("        site: (lat: 22.55, lon: 120, altitude_m: 18.5, utc_offset_h: 8),\n"), "{text}");
    let weather = read::<WeatherFile>(&text).weather;
    assert!(weather.source.contains("TESTVILLE") && weather.source.contains("not redistributed"));
    assert_eq!(weather.months.len(), 12);
    for month in weather.months {
        assert_eq!((month.temperature_c[0], month.temperature_c[1], month.temperature_c[23]), (20.5, 21.5, 21.5));
        assert_eq!((month.clearness, month.daily_sd_c, month.hot_day_c), (vec![0.5; 11], 0.0, 0.0));
        assert_eq!((month.humidity_percent, month.wind_m_s), (75.5, 3.2));
    }
}

#[test]
fn missing_values_are_bad_rows_and_their_hours_are_left_out() {
    let text = epw().replacen(",400,", ",9999,", 1).replacen(",21.5,", ",99.9,", 1);
    let workshop = Workshop::new().with("y.epw", text);
    let expected = [
        "y.epw:9:7: dry-bulb temperature: 99.9 marks a missing value",
        "y.epw:15:14: global horizontal radiation: 9999 marks a missing value",
    ];
    let outcome = workshop.run(RUN);
    assert_eq!((outcome.code, outcome.bad_rows()), (3, expected.to_vec()));
    let outcome = workshop.run(&format!("{RUN} --keep-going"));
    assert_eq!((outcome.code, outcome.bad_rows()), (3, expected.to_vec()));
    let weather = read::<WeatherFile>(&workshop.text("out.ron")).weather;
    assert_eq!(weather.months[0].temperature_c[1], 21.5);
}

#[test]
fn a_file_of_no_use_says_why() {
    let cases = [
        ("", "y.epw:1:1: the file is empty; it should be a typical year"),
        ("LOCATION,a\nb\n", "y.epw:2:1: header: expected the record DESIGN CONDITIONS"),
    ];
    for (content, expected) in cases {
        let outcome = Workshop::new().with("y.epw", content).run(&format!("{RUN} --keep-going"));
        assert_eq!((outcome.code, outcome.err), (3, format!("error: {expected}\n")));
    }
    let header = epw().lines().take(8).collect::<Vec<_>>().join("\n");
    let outcome = Workshop::new().with("y.epw", header).run(&format!("{RUN} --keep-going"));
    let bad = "y.epw:8:1: no row for 8760 h from 1 January 00:00";
    let refused = "error: y.epw:1:1: January has 0 complete days; at least 20 are needed";
    assert_eq!((outcome.code, outcome.err), (3, format!("{bad}\n{refused}\n")));
}
