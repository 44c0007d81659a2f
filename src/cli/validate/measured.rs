//! What was measured: four tables, each of which may be missing.
//!
//! - zones: `TAZID`, `mean_utilisation` (busy points over points) and `point_hours` (hours of delivery)
//! - days: `timestamp`, `occupancy` (busy points, mean of the day) and `duration` (hours of delivery)
//! - hours, of a mean weekday and a mean weekend day: `is_weekend`, `hour_of_day`, `city_busy_points`,
//!   `city_charging_point_hours` and `share_of_day_volume_rated_kWh`
//! - districts: `district` and `point_hours`
//!
//! Columns may stand in any order and among others. Where `utilisation` stands beside busy points, it tells how many
//! points the table is of.

use super::table::{Problems, Row, Table, real, shown, whole};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Counts and hours beyond this have been mistyped.
const MOST: f64 = 1e12;
/// Names of the two kinds of days, by `is_weekend`.
pub(super) const KINDS: [&str; 2] = ["weekday", "weekend"];
/// Hours of a day.
pub(super) const HOURS: usize = 24;

/// A table with the name of its file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Given<T> {
    /// The file as the user named it.
    pub(super) file: String,
    /// What it says.
    pub(super) rows: T,
    /// How many points its city figures are of, if it tells.
    pub(super) points: Option<f64>,
}

/// What was measured in a zone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ZoneRow {
    /// Busy points over points, in the mean of all hours.
    pub(super) utilisation: f64,
    /// Hours in which points delivered energy.
    pub(super) point_hours: f64,
}

/// What was measured in the city on a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DayRow {
    /// Busy points, in the mean of the day.
    pub(super) busy_points: f64,
    /// Hours in which points delivered energy.
    pub(super) point_hours: f64,
}

/// A mean day by hour.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct MeanDay {
    /// Busy points.
    pub(super) busy_points: Vec<f64>,
    /// Hours in which points delivered energy.
    pub(super) point_hours: Vec<f64>,
    /// Share of the day's energy.
    pub(super) energy_share: Vec<f64>,
}

/// The tables that are given.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Measured {
    /// By zone.
    pub(super) zones: Option<Given<BTreeMap<u32, ZoneRow>>>,
    /// By day.
    pub(super) daily: Option<Given<BTreeMap<Date, DayRow>>>,
    /// By hour, of the mean weekday and the mean weekend day; either may be missing.
    pub(super) hours: Option<Given<[Option<MeanDay>; 2]>>,
    /// Hours of delivery by district.
    pub(super) districts: Option<Given<BTreeMap<String, f64>>>,
}

/// Reads the table of zones.
pub(super) fn zones(file: &str, bytes: &[u8], problems: &mut Problems) -> Option<Given<BTreeMap<u32, ZoneRow>>> {
    let table = Table::parse(file, bytes, &["TAZID", "mean_utilisation", "point_hours"], &[], problems)?;
    let mut rows = Unique::default();
    for row in table.rows() {
        let id = row.read("TAZID", problems, whole(0..=u32::MAX));
        let utilisation = row.read("mean_utilisation", problems, real(0.0..=1.0));
        let point_hours = row.read("point_hours", problems, real(0.0..=MOST));
        if let (Some(id), Some(utilisation), Some(point_hours)) = (id, utilisation, point_hours) {
            rows.add(row, "TAZID", id, ZoneRow { utilisation, point_hours }, problems);
        }
    }
    Some(Given { file: file.to_owned(), rows: rows.values(), points: None })
}

/// Reads the table of days.
pub(super) fn daily(file: &str, bytes: &[u8], problems: &mut Problems) -> Option<Given<BTreeMap<Date, DayRow>>> {
    let table = Table::parse(file, bytes, &["timestamp", "occupancy", "duration"], &["utilisation"], problems)?;
    let mut rows = Unique::default();
    let mut basis = Basis::default();
    for row in table.rows() {
        let date = row.read("timestamp", problems, date);
        let busy_points = row.read("occupancy", problems, real(0.0..=MOST));
        let point_hours = row.read("duration", problems, real(0.0..=MOST));
        if let (Some(date), Some(busy_points), Some(point_hours)) = (date, busy_points, point_hours) {
            basis.add(&table, row, busy_points, problems);
            rows.add(row, "timestamp", date, DayRow { busy_points, point_hours }, problems);
        }
    }
    Some(Given { file: file.to_owned(), rows: rows.values(), points: basis.points() })
}

/// Reads the profile of a mean weekday and a mean weekend day.
pub(super) fn hours(file: &str, bytes: &[u8], problems: &mut Problems) -> Option<Given<[Option<MeanDay>; 2]>> {
    let [busy, point_hours, share] = ["city_busy_points", "city_charging_point_hours", "share_of_day_volume_rated_kWh"];
    let wanted = ["is_weekend", "hour_of_day", busy, point_hours, share];
    let table = Table::parse(file, bytes, &wanted, &["utilisation"], problems)?;
    let mut rows = Unique::default();
    let mut basis = Basis::default();
    let before = problems.count();
    for row in table.rows() {
        let kind = row.read("is_weekend", problems, whole(0..=1));
        let hour = row.read("hour_of_day", problems, whole(0..=HOURS as u32 - 1));
        let busy = row.read(busy, problems, real(0.0..=MOST));
        let point_hours = row.read(point_hours, problems, real(0.0..=MOST));
        let share = row.read(share, problems, real(0.0..=1.0));
        let key = kind.zip(hour);
        if let (Some(key), Some(busy), Some(point_hours), Some(share)) = (key, busy, point_hours, share) {
            basis.add(&table, row, busy, problems);
            rows.add(row, "hour_of_day", key, [busy, point_hours, share], problems);
        }
    }
    let rows = rows.values();
    let day = |kind: u32, problems: &mut Problems| {
        let of: Vec<[f64; 3]> = (0..HOURS as u32).filter_map(|hour| rows.get(&(kind, hour)).copied()).collect();
        if of.len() < HOURS && !of.is_empty() && problems.count() == before {
            let missing = (0..HOURS as u32).filter(|hour| !rows.contains_key(&(kind, *hour))).map(|h| h.to_string());
            let (name, missing) = (KINDS[kind as usize], missing.collect::<Vec<_>>().join(", "));
            table.lacks(format!("the {name} has no row for hour {missing}; give all of 0 to 23"), problems);
        }
        let column = |i: usize| of.iter().map(|row| row[i]).collect::<Vec<f64>>();
        (of.len() == HOURS).then(|| MeanDay { busy_points: column(0), point_hours: column(1), energy_share: column(2) })
    };
    let days = [day(0, problems), day(1, problems)];
    Some(Given { file: file.to_owned(), rows: days, points: basis.points() })
}

/// Reads the table of districts.
pub(super) fn districts(file: &str, bytes: &[u8], problems: &mut Problems) -> Option<Given<BTreeMap<String, f64>>> {
    let table = Table::parse(file, bytes, &["district", "point_hours"], &[], problems)?;
    let mut rows = Unique::default();
    for row in table.rows() {
        let name = row.read("district", problems, |text| match text {
            "" => Err("the empty field is not the name of a district".to_owned()),
            name => Ok(name.to_owned()),
        });
        let point_hours = row.read("point_hours", problems, real(0.0..=MOST));
        if let Some((name, point_hours)) = name.zip(point_hours) {
            rows.add(row, "district", name, point_hours, problems);
        }
    }
    Some(Given { file: file.to_owned(), rows: rows.values(), points: None })
}

/// Rows by a key that no two may share.
struct Unique<K, V>(BTreeMap<K, (u64, V)>);

impl<K, V> Default for Unique<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, V> Unique<K, V> {
    fn add(&mut self, row: Row<'_>, name: &str, key: K, value: V, problems: &mut Problems) {
        match self.0.get(&key) {
            Some((line, _)) => {
                row.wrong(name, &format!("{} is already on line {line}; keep one", shown(row.text(name))), problems);
            }
            None => drop(self.0.insert(key, (row.line(), value))),
        }
    }

    fn values(self) -> BTreeMap<K, V> {
        self.0.into_iter().map(|(key, (_, value))| (key, value)).collect()
    }
}

/// How many points a table is of: busy points over utilisation.
#[derive(Default)]
struct Basis {
    busy: f64,
    utilisation: f64,
}

impl Basis {
    fn add(&mut self, table: &Table, row: Row<'_>, busy: f64, problems: &mut Problems) {
        if table.has("utilisation")
            && let Some(utilisation) = row.read("utilisation", problems, real(0.0..=1.0))
        {
            self.busy += busy;
            self.utilisation += utilisation;
        }
    }

    fn points(&self) -> Option<f64> {
        super::metrics::ratio(self.busy, self.utilisation)
    }
}

/// Reads a day, with or without its first hour: `2022-09-01`, `2022/9/1 0:00`.
fn date(text: &str) -> Result<Date, String> {
    let wrong = || format!("{} is not a day; write it as 2022-09-01", shown(text));
    let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let parts: Vec<i16> = day.split(['-', '/']).map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
    let [year, month, day] = parts[..] else { return Err(wrong()) };
    if !time.chars().all(|c| matches!(c, '0' | ':' | '.')) {
        return Err(format!("{} is within a day; give one row a day", shown(text)));
    }
    let small = |part: i16| i8::try_from(part).map_err(|_| wrong());
    Date::new(year, small(month)?, small(day)?).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    fn told<T>(read: fn(&str, &[u8], &mut Problems) -> Option<Given<T>>, text: &str) -> (Option<Given<T>>, String) {
        let mut problems = Problems::default();
        let table = read("m.csv", text.as_bytes(), &mut problems);
        (table, problems.to_string())
    }

    /// A profile whose busy points are 100 and the hour, of 400 points.
    pub(in super::super) fn profile(kinds: &[u32]) -> String {
        let mut text = "hour_of_day,is_weekend,utilisation,city_busy_points,city_charging_point_hours,share_of_day_volume_rated_kWh,note\n".to_owned();
        for kind in kinds {
            for hour in 0..24 {
                let busy = f64::from(100 + hour);
                writeln!(text, "{hour},{kind},{},{busy},{},{},x", busy / 400.0, busy / 2.0, 1.0 / 24.0).unwrap();
            }
        }
        text
    }

    #[test]
    fn tables_are_read_in_any_order_of_columns_and_rows() {
        let (table, said) = told(zones, "point_hours,segment,TAZID,mean_utilisation\r\n5,0,110,0.25\r\n4,1,104,0\r\n");
        let rows = table.unwrap().rows;
        assert_eq!(rows.keys().copied().collect::<Vec<_>>(), [104, 110], "{said}");
        assert_eq!(rows[&110], ZoneRow { utilisation: 0.25, point_hours: 5.0 });
        let (table, _) = told(
            daily,
            "utilisation,timestamp,duration,occupancy\n0.5,2023/1/2 0:00,1.5e3,80\n0.25,2023-01-01,1e3,40\n",
        );
        let table = table.unwrap();
        assert_eq!((table.points, table.rows.len()), (Some(160.0), 2));
        assert_eq!(table.rows[&Date::constant(2023, 1, 2)], DayRow { busy_points: 80.0, point_hours: 1_500.0 });
        let (table, said) = told(hours, &profile(&[1]));
        let table = table.unwrap();
        assert!(table.points.is_some_and(|points| (points - 400.0).abs() < 1e-9), "{said}");
        let [None, Some(weekend)] = table.rows else { panic!("one kind of day") };
        assert_eq!((weekend.busy_points[0], weekend.point_hours[23]), (100.0, 61.5));
        let (table, _) = told(districts, "district,point_hours\nBao'an,3\nFutian,4\n");
        assert_eq!(table.unwrap().rows["Bao'an"], 3.0);
    }

    #[test]
    fn every_wrong_field_is_told_with_what_would_be_right() {
        let (_, said) =
            told(zones, "TAZID,mean_utilisation,point_hours\n104,1.2,5\n105,x,\n104,0.1,1\n106,0.1,1\n106,0.2,1\n");
        let expected = "\
error: m.csv:2:2: mean_utilisation: `1.2` is not a number from 0 to 1
error: m.csv:3:2: mean_utilisation: `x` is not a number from 0 to 1
error: m.csv:3:3: point_hours: the empty field is not a number from 0 to 1000000000000
error: m.csv:6:1: TAZID: `106` is already on line 5; keep one
4 problems in measured tables";
        assert_eq!(said, expected);
        let days = "timestamp,occupancy,duration\n2022-09-31,1,1\n2022-09-01 13:00,1,1\n1 September,-4,NaN\n";
        let expected = "\
error: m.csv:2:1: timestamp: `2022-09-31` is not a day; write it as 2022-09-01
error: m.csv:3:1: timestamp: `2022-09-01 13:00` is within a day; give one row a day
error: m.csv:4:1: timestamp: `1 September` is not a day; write it as 2022-09-01
error: m.csv:4:2: occupancy: `-4` is not a number from 0 to 1000000000000
error: m.csv:4:3: duration: `NaN` is not a number from 0 to 1000000000000
5 problems in measured tables";
        assert_eq!(told(daily, days).1, expected);
        assert!(told(districts, "district,point_hours\n,1\n").1.contains("m.csv:2:1: district: the empty field"));
    }

    #[test]
    fn a_profile_has_all_hours_of_a_kind_of_day() {
        let text = profile(&[0, 1]);
        let damaged: Vec<&str> =
            text.lines().filter(|line| !line.starts_with("7,1,") && !line.starts_with("9,1,")).collect();
        let (_, said) = told(hours, &damaged.join("\n"));
        assert!(said.contains("the weekend has no row for hour 7, 9; give all of 0 to 23"), "{said}");
        let (_, said) = told(hours, &text.replace("7,1,", "24,2,"));
        assert!(said.contains("hour_of_day: `24` is not a whole number from 0 to 23"), "{said}");
        assert!(said.contains("is_weekend: `2` is not a whole number from 0 to 1"), "{said}");
    }
}
