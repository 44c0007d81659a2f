//! Made-up years in both forms, good and bad.

use super::*;
use std::fmt::Write;

/// Weather fields of an hour, dry-bulb temperature first: 29 of them in both forms.
type Weather = [f64; 29];

/// A year of plausible weather: temperature swings by season and day, the sun shines for twelve hours.
pub(crate) fn made_up(hour: usize) -> Weather {
    let (day, clock) = ((hour / 24) as f64, (hour % 24) as f64 + 0.5);
    let mut weather = [0.0; 29];
    let season = libm::sin(day / 365.0 * core::f64::consts::TAU);
    let sun = libm::sin((clock - 6.0) / 12.0 * core::f64::consts::PI).max(0.0);
    weather[0] = libm::rint(200.0 + 80.0 * season + 40.0 * sun + (hour % 7) as f64) / 10.0;
    weather[2] = 60.0 + (hour % 11) as f64;
    weather[4] = libm::rint(1_000.0 * sun);
    weather[7] = libm::rint(1_000.0 * sun * (0.2 + 0.05 * (day as usize % 11) as f64));
    weather[15] = 2.0 + (hour % 3) as f64;
    weather
}

const LOCATION: &str = "LOCATION,TESTVILLE,-,CHN,MADEUP,590000,22.55,120.0,8.0,18.0";

/// The year as an EPW file: 8 header records, then hour 0 on line 9.
pub(crate) fn epw(weather: impl Fn(usize) -> Weather) -> String {
    let mut text = format!(
        "{LOCATION}\nDESIGN CONDITIONS,0\nTYPICAL/EXTREME PERIODS,0\nGROUND TEMPERATURES,0\n\
         HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0\nCOMMENTS 1,\nCOMMENTS 2,\nDATA PERIODS,1,1,Data,Sunday,1/1,12/31\n"
    );
    for hour in 0..HOURS {
        let (month, day) = month_and_day(hour / 24);
        let fields: Vec<String> = weather(hour).iter().map(f64::to_string).collect();
        writeln!(text, "2001,{},{day},{},60,?9,{}", month + 1, hour % 24 + 1, fields.join(",")).expect("room");
    }
    text
}

/// The year as a `.mos` file: the row at 0 s on line 10, hour 0 on line 11, and the last hour at the end if `whole`.
pub(crate) fn mos(weather: impl Fn(usize) -> Weather, whole: bool) -> String {
    let rows = HOURS + usize::from(whole);
    let mut text = format!(
        "#1\ndouble tab1({rows},30)\n#{LOCATION}\n#C1 Time in seconds. Beginning of a year is 0s.\n\
         #C2 Dry bulb temperature in Celsius at indicated time\n#C4 Relative humidity in percent\n\
         #C6 Extraterrestrial horizontal radiation in Wh/m2\n#C9 Global horizontal radiation in Wh/m2\n\
         #C17 Wind speed in m/s at indicated time\n"
    );
    for row in 0..rows {
        // The first row repeats the second, unless it has to stand in for the last hour.
        let hour = if row > 0 {
            row - 1
        } else if whole {
            0
        } else {
            HOURS - 1
        };
        let fields: Vec<String> = weather(hour).iter().map(f64::to_string).collect();
        write!(text, "{}.0\t{}\r\n", row * 3_600, fields.join("\t")).expect("room");
    }
    text
}

/// Parses text, and returns the year with all bad rows and notes as lines.
pub(crate) fn year(text: &[u8], form: Form) -> (Result<Year, Failure>, Vec<String>, Vec<String>) {
    let mut findings = Findings::default();
    let year = parse("y".to_owned(), text, form, &mut findings);
    let lines = |problems: Vec<&Problem>| problems.into_iter().map(ToString::to_string).collect();
    (year, lines(findings.sorted_bad()), lines(findings.sorted_notes()))
}

fn failure(text: &str, form: Form) -> String {
    year(text.as_bytes(), form).0.expect_err("the file is of no use").to_string()
}

#[test]
fn both_forms_give_the_same_hours() {
    let (expected, bad, notes) = year(epw(made_up).as_bytes(), Form::Epw);
    let expected = expected.expect("a good year");
    assert_eq!((bad.len(), notes.len()), (0, 0), "{bad:?} {notes:?}");
    assert!(expected.hours.iter().all(Option::is_some));
    assert_eq!(expected.hours[8].expect("an hour").temperature_c, made_up(8)[0]);
    assert_eq!(expected.site.utc_offset_h, 8.0);
    for whole in [false, true] {
        let (found, bad, notes) = year(mos(made_up, whole).as_bytes(), Form::Mos);
        assert_eq!(found.expect("a good year"), expected, "whole: {whole}");
        assert_eq!((bad.len(), notes.len()), (0, 1), "{bad:?} {notes:?}");
        let stands_in = notes[0].ends_with("the row at 0 s stands in for the year's last hour");
        assert_eq!(stands_in, !whole, "{notes:?}");
    }
}

#[test]
fn bad_rows_of_an_epw_file_are_named_by_line_and_field() {
    let good = epw(made_up);
    let mut lines: Vec<String> = good.lines().map(str::to_owned).collect();
    let set = |line: &mut String, column: usize, value: &str| {
        let mut fields: Vec<&str> = line.split(',').collect();
        fields[column - 1] = value;
        *line = fields.join(",");
    };
    set(&mut lines[9], 7, "99.9");
    set(&mut lines[10], 14, "NaN");
    set(&mut lines[11], 9, "x");
    set(&mut lines[12], 22, "-1");
    set(&mut lines[13], 4, "25");
    lines[14] += ",1";
    set(&mut lines[15], 4, "7");
    set(&mut lines[16], 11, "9999");
    let (found, bad, _) = year(lines.join("\n").as_bytes(), Form::Epw);
    let found = found.expect("a year with gaps");
    assert_eq!(found.hours.iter().filter(|hour| hour.is_none()).count(), 6);
    assert_eq!(found.hours[8].expect("only extraterrestrial is missing").extraterrestrial_wh_m2, None);
    let expected = [
        "y:10:7: dry-bulb temperature: 99.9 marks a missing value",
        "y:11:14: global horizontal radiation: \"NaN\" is not a finite number",
        "y:12:9: relative humidity: \"x\" is not a number",
        "y:13:22: wind speed: -1 is outside 0 to 40",
        "y:14:4: hour: 25 is outside 1 to 24",
        "y:15:36: 36 fields; expected 35",
        "y:8768:1: no row for 1 h from 1 January 05:00",
        "y:8768:1: no row for 1 h from 1 January 07:00",
    ];
    assert_eq!(bad, expected);
}

#[test]
fn hours_that_occur_twice_and_leap_days_are_bad_rows() {
    let text = epw(made_up);
    let again = text.lines().nth(8).expect("the first hour");
    let leap = again.replace("2001,1,1,", "2004,2,29,");
    let (_, bad, _) = year(format!("{text}{again}\n{leap}\n").as_bytes(), Form::Epw);
    let expected =
        ["y:8769:4: the hour of line 9 occurs again", "y:8770:3: day: February has 28 days in a typical year, not 29"];
    assert_eq!(bad, expected);
}

#[test]
fn bad_rows_of_a_mos_file_are_named_by_line_and_field() {
    let text = mos(made_up, true);
    let mut lines: Vec<Vec<u8>> = text.lines().map(|line| line.as_bytes().to_vec()).collect();
    let retime = |line: &mut Vec<u8>, time: &str| {
        let tab = line.iter().position(|b| *b == b'\t').expect("fields apart by tabs");
        line.splice(..tab, time.bytes());
    };
    retime(&mut lines[10], "1800");
    retime(&mut lines[11], "x");
    retime(&mut lines[12], "0");
    lines[13].truncate(7);
    lines[14].extend(b"\xff");
    let (found, bad, _) = year(&lines.join(&b'\n'), Form::Mos);
    assert_eq!(found.expect("a year with gaps").hours.iter().filter(|hour| hour.is_none()).count(), 5);
    let expected = [
        "y:11:1: time: 1800 s is not a whole hour",
        "y:12:1: time: \"x\" is not a number",
        "y:13:1: time: 0 s occurs again",
        "y:14:2: 1 field; expected 30",
        "y:15:30: byte 0xff is not UTF-8; save the file as UTF-8",
        "y:8770:1: no row for 5 h from 1 January 00:00",
    ];
    assert_eq!(bad, expected);
}

#[test]
fn files_without_their_header_are_of_no_use() {
    assert_eq!(failure("\n\n", Form::Epw), "y:1:1: the file is empty; it should be a typical year");
    assert_eq!(failure("2001,1,1,1", Form::Epw), "y:1:1: header: expected the record LOCATION");
    let half_hours = epw(made_up).replace("DATA PERIODS,1,1", "DATA PERIODS,1,2");
    assert_eq!(failure(&half_hours, Form::Epw), "y:8:3: records per hour: expected 1");
    let nowhere = epw(made_up).replace("22.55", "2255");
    assert_eq!(failure(&nowhere, Form::Epw), "y:1:7: LOCATION: latitude: 2255 is outside -90 to 90");
    assert_eq!(failure("#LOCATION,a,b", Form::Mos), "y:1:1: LOCATION: 3 fields; expected 10");
    let text = mos(made_up, true);
    assert_eq!(
        failure(&text.replace("#LOCATION", "#"), Form::Mos),
        "y:1:1: header: expected a comment \"#LOCATION,...\""
    );
    let other = failure(&text.replace("#C9 Global", "#C9 Direct"), Form::Mos);
    let expected = "header: column 9 is \"Direct horizontal radiation in Wh/m2\"; expected global horizontal radiation";
    assert_eq!(other, format!("y:8:1: {expected}"));
    let missing = failure(&text.replace("#C17", "#"), Form::Mos);
    assert_eq!(missing, "y:1:1: header: no comment \"#C17 ...\" that names the column wind speed");
    let undeclared = failure(&text.replace("double tab1(8761,30)\n", ""), Form::Mos);
    assert_eq!(undeclared, "y:9:1: header: expected the declaration \"double tab1(rows,columns)\"");
}
