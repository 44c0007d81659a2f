//! The real data sets, where they are at hand: in the folder `data` of `$VOLTCITY_SHARED`.

use crate::fragments::{Stations, WeatherFile, Zones, read};
use crate::workshop::{Outcome, Workshop};
use std::path::PathBuf;

/// The typical year among the data sets.
pub(crate) const MOS: &str = "weather/CHN_Guangdong.Shenzhen.594930_SWERA.mos";

/// The folder of data sets; without it, says so and the test ends.
#[expect(clippy::print_stderr, reason = "a test that is skipped has to say so")]
pub(crate) fn data(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("VOLTCITY_SHARED").map(|shared| PathBuf::from(shared).join("data"));
    if folder.is_none() {
        eprintln!("skipped: {test} needs the data sets; set VOLTCITY_SHARED to the folder that holds `data`");
    }
    folder
}

/// Runs the tool with arguments in which a word that begins with `@` is a file of the data sets.
pub(crate) fn run(workshop: &Workshop, data: &std::path::Path, line: &str) -> Outcome {
    let words: Vec<String> = line
        .split_whitespace()
        .map(|word| match word.strip_prefix('@') {
            Some(name) => data.join(name).to_str().expect("a path that is text").to_owned(),
            None => word.to_owned(),
        })
        .collect();
    workshop.run_with(words.iter().map(String::as_str))
}

#[test]
fn the_zones_of_shenzhen_add_up() {
    let Some(data) = data("the_zones_of_shenzhen_add_up") else { return };
    let workshop = Workshop::new();
    let line = "zones --polygons @st_evcdp/sz_taz_491_gcj02.geojson --stations @st_evcdp/stations.csv --keep-going";
    // One of the 1,706 stations is 529 m outside every zone.
    let from_list = run(&workshop, &data, &format!("{line} --survey @urbanev/inf.csv --out a.ron"));
    let from_zones = run(&workshop, &data, &format!("{line} --survey-zones @urbanev/zones_275.csv --out b.ron"));
    assert_eq!((from_list.code, from_list.bad_rows().len()), (3, 1), "{}", from_list.err);
    assert_eq!((from_zones.code, from_zones.bad_rows().len()), (3, 1), "{}", from_zones.err);
    assert_eq!(workshop.text("a.ron"), workshop.text("b.ron"));
    let rows = read::<Zones>(&workshop.text("a.ron")).zones.rows;
    let survey = || rows.values().filter_map(|zone| zone.survey);
    assert_eq!((rows.len(), survey().count()), (491, 275));
    let surveyed = (survey().map(|s| s.stations).sum::<u64>(), survey().map(|s| s.points).sum::<u64>());
    assert_eq!(surveyed, (1_362, 17_532));
    // By the stations alone; with the counts per zone, as in the shipped part, there are more.
    assert_eq!(survey().filter_map(|s| s.fast).sum::<u64>(), 1_034);
    let public = || rows.values().filter_map(|zone| zone.public);
    let points = (public().map(|p| p.fast).sum::<u64>(), public().map(|p| p.slow).sum::<u64>());
    // 1,706 stations less 62 without points and the one outside; 20,179 slow points less its 4.
    assert_eq!((public().map(|p| p.stations).sum::<u64>(), points), (1_643, (2_693, 20_175)));
    for (id, zone) in &rows {
        assert!((113.7..114.7).contains(&zone.lon) && (22.4..22.9).contains(&zone.lat), "zone {id}: {zone:?}");
        assert!((300_000..70_000_000).contains(&zone.area_m2) && zone.road_m < 100_000, "zone {id}: {zone:?}");
        assert!(!zone.district.is_empty());
    }
}

#[test]
fn the_stations_of_shenzhen_add_up() {
    let Some(data) = data("the_stations_of_shenzhen_add_up") else { return };
    let workshop = Workshop::new();
    let line = "stations --polygons @st_evcdp/sz_taz_491_gcj02.geojson";
    let urbanev = run(&workshop, &data, &format!("{line} --urbanev @urbanev/inf.csv --out ue.ron"));
    assert_eq!(urbanev.code, 0, "{}", urbanev.err);
    let rows = read::<Stations>(&workshop.text("ue.ron")).stations.rows;
    assert_eq!((rows.len(), rows.values().filter_map(|s| s.unsplit).sum::<u32>()), (1_362, 17_532));
    let st_evcdp = run(&workshop, &data, &format!("{line} --st-evcdp @st_evcdp/stations.csv --reach 600 --out st.ron"));
    assert_eq!(st_evcdp.code, 0, "{}", st_evcdp.err);
    let rows = read::<Stations>(&workshop.text("st.ron")).stations.rows;
    let sum = |points: fn(&crate::fragments::Station) -> Option<u32>| rows.values().filter_map(points).sum::<u32>();
    assert_eq!((rows.len(), sum(|s| s.fast), sum(|s| s.slow)), (1_644, 2_693, 20_179));
    let in_box = |s: &crate::fragments::Station| (113.7..114.7).contains(&s.lon) && (22.4..22.9).contains(&s.lat);
    assert!(rows.values().all(in_box));
}

/// Turns a `.mos` file of 8,760 rows into EPW: the row at `n` hours becomes the `n`th hour, the one at 0 s the last.
fn as_epw(mos: &str) -> String {
    let comment = |tag: &str| mos.lines().find_map(|line| line.strip_prefix(tag)).expect("a header record").trim_end();
    let mut lines: Vec<String> = ["LOCATION", "DESIGN CONDITIONS", "TYPICAL/EXTREME PERIODS", "GROUND TEMPERATURES"]
        .into_iter()
        .chain(["HOLIDAYS/DAYLIGHT SAVINGS", "COMMENTS 1", "COMMENTS 2", "DATA PERIODS"])
        .map(|record| format!("{record}{}", comment(&format!("#{record}"))))
        .collect();
    let rows: Vec<Vec<&str>> = mos
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_digit()))
        .map(|line| line.split_whitespace().skip(1).collect())
        .collect();
    assert_eq!(rows.len(), 8_760);
    let mut following = rows[1..].iter().chain(&rows[..1]);
    for (month, days) in (1..).zip([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
        for (day, hour) in (1..=days).flat_map(|day| (1..=24).map(move |hour| (day, hour))) {
            let weather = following.next().expect("8,760 rows").join(",");
            lines.push(format!("1999,{month},{day},{hour},60,?9?9?9?9E0,{weather}"));
        }
    }
    lines.join("\r\n")
}

#[test]
fn both_forms_of_shenzhens_year_give_the_same_fragment() {
    let Some(data) = data("both_forms_of_shenzhens_year_give_the_same_fragment") else { return };
    let mos = std::fs::read_to_string(data.join(MOS)).expect("the typical year is among the data sets");
    let workshop = Workshop::new().with("y.epw", as_epw(&mos));
    let from_mos = run(&workshop, &data, &format!("weather --mos @{MOS} --out mos.ron"));
    let from_epw = run(&workshop, &data, "weather --epw y.epw --out epw.ron");
    assert_eq!((from_mos.code, from_epw.code), (0, 0), "{} {}", from_mos.err, from_epw.err);
    assert!(from_epw.notes().is_empty(), "{}", from_epw.err);
    assert_eq!(workshop.text("mos.ron"), workshop.text("epw.ron"));
}

#[test]
fn shenzhens_months_agree_with_a_plain_reading_of_the_rows() {
    let Some(data) = data("shenzhens_months_agree_with_a_plain_reading_of_the_rows") else { return };
    let workshop = Workshop::new();
    assert_eq!(run(&workshop, &data, &format!("weather --mos @{MOS} --out out.ron")).code, 0);
    let weather = read::<WeatherFile>(&workshop.text("out.ron")).weather;
    assert_eq!((weather.site.lat, weather.site.lon, weather.site.altitude_m), (22.55, 114.1, 18.0));
    let mos = std::fs::read_to_string(data.join(MOS)).expect("the typical year is among the data sets");
    let rows: Vec<Vec<f64>> = mos
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_digit()))
        .map(|line| line.split_whitespace().map(|field| field.parse().expect("a number")).collect())
        .collect();
    // July is the days 181 to 211 of the year; at 15:00 each of them has a row of its own.
    let at_three: Vec<f64> = (181..212).map(|day| rows[day * 24 + 15][1]).collect();
    let mean = at_three.iter().sum::<f64>() / 31.0;
    assert!((weather.months[6].temperature_c[15] - mean).abs() <= 0.005, "{mean}");
    let global: f64 = (181 * 24 + 1..=212 * 24).map(|row| rows[row][8]).sum();
    let outside: f64 = (181 * 24 + 1..=212 * 24).map(|row| rows[row][5]).sum();
    let deciles = &weather.months[6].clearness;
    assert!(deciles[0] < global / outside && global / outside < deciles[10]);
    for (number, month) in weather.months.iter().enumerate() {
        assert_eq!((month.temperature_c.len(), month.clearness.len()), (24, 11), "month {number}");
        assert!(month.clearness.is_sorted() && month.clearness[0] > 0.05 && month.clearness[10] < 0.8);
        assert!(month.hot_day_c > 0.0 && month.daily_sd_c > 0.5, "month {number}");
    }
}
