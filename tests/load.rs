//! Holds the building load of Shenzhen, as its world parts give it, to what is published of the city's load.
//!
//! The grid sees buildings plus charging less roofs. Charging and roofs are modelled elsewhere, so both stand here as
//! plain curves of the right size, and the calibration of buildings does not move when those models do.

use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;
use voltcity::clock::{Calendar, DAY_S, DayKind, HOUR_S};
use voltcity::site::building::{BuildingKind, Load, LoadFile, LoadSharesFile, Moment, power_w};
use voltcity::site::sun::SunPosition;
use voltcity::site::weather::{Memo, Weather, WeatherFile};
use voltcity::world::Checked;

/// The record of 2024 and its time: 2024-07-25 13:35 (China News Service, 2024-07-25).
const RECORD_MW: f64 = 23_134.0;
const RECORD_SECOND: u32 = 13 * HOUR_S + 35 * 60;
/// Installed solar power at the end of 2024, MW (Shenzhen government work report, 2025).
const SOLAR_MW: f64 = 1_000.0;
/// Alternating power over nameplate at 1,000 W/m2 on the ground, losses and mixed tilts included (assumption, which
/// gives about 1,050 kWh per kWp and year).
const SOLAR_YIELD: f64 = 0.70;
/// Charging in MW by hour, 4.0 `TWh` a year: high in the valley hours and at noon (hours of public charging measured by
/// `UrbanEV`; the total between 2024's first quarter and the 4.2 `TWh` forecast for 2025).
const CHARGING_MW: [(f64, f64); 18] = [
    (0.0, 690.0),
    (1.0, 660.0),
    (2.5, 560.0),
    (4.0, 520.0),
    (6.0, 600.0),
    (7.5, 560.0),
    (8.7, 420.0),
    (10.0, 310.0),
    (11.5, 300.0),
    (12.3, 480.0),
    (13.7, 520.0),
    (14.5, 380.0),
    (16.0, 340.0),
    (18.0, 380.0),
    (20.0, 400.0),
    (22.0, 410.0),
    (23.5, 480.0),
    (24.0, 690.0),
];
/// Public holidays of 2024 and the weekend days worked for them (State Council notice of 2023-10-25).
const HOLIDAYS: [(i8, i8, i8); 7] =
    [(1, 1, 1), (2, 10, 17), (4, 4, 6), (5, 1, 5), (6, 10, 10), (9, 15, 17), (10, 1, 7)];
const WORKED: [(i8, i8); 8] = [(2, 4), (2, 18), (4, 7), (4, 28), (5, 11), (9, 14), (9, 29), (10, 12)];

/// The parts of a world that this test reads.
struct Parts {
    weather: WeatherFile,
    load: LoadFile,
    load_shares: LoadSharesFile,
}

/// Megawatts at one instant.
#[derive(Clone, Copy)]
struct Row {
    day: u32,
    second: u32,
    kinds: [f64; 8],
    cooling: f64,
    charging: f64,
    solar: f64,
}

impl Row {
    fn buildings(&self) -> f64 {
        self.kinds.iter().sum()
    }

    fn grid(&self) -> f64 {
        self.buildings() + self.charging - self.solar
    }
}

/// The year 2024 of the parts.
struct Year {
    parts: Parts,
    calendar: Calendar,
    weather: Weather,
    load: Load,
    /// Each quarter of an hour.
    rows: Vec<Row>,
}

static YEAR: LazyLock<Year> = LazyLock::new(|| {
    let parts = read_parts();
    let weather = Weather::new(&parts.weather);
    let load = Load::new(&parts.load);
    let mut year = Year { parts, calendar: calendar(), weather, load, rows: Vec::new() };
    year.rows = (0..366).flat_map(|day| year.day(day, 900, 0.0)).collect();
    year
});

fn read_parts() -> Parts {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/shenzhen-2024.ron");
    let world = Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}"));
    let file = world.file();
    Parts { weather: file.weather.clone(), load: file.load.clone(), load_shares: file.load_shares.clone() }
}

fn calendar() -> Calendar {
    let mut special = BTreeMap::new();
    for (month, first, last) in HOLIDAYS {
        special.extend((first..=last).map(|day| (Date::constant(2024, month, day), DayKind::Holiday)));
    }
    special.extend(WORKED.map(|(month, day)| (Date::constant(2024, month, day), DayKind::Workday)));
    Calendar::new(Date::constant(2024, 1, 1), 366, i64::from(8 * HOUR_S), &special)
}

fn charging_mw(second: u32) -> f64 {
    let hour = f64::from(second) / f64::from(HOUR_S);
    let after = CHARGING_MW.partition_point(|knot| knot.0 <= hour);
    let (from, to) = (CHARGING_MW[after - 1], CHARGING_MW[after]);
    from.1 + (to.1 - from.1) * (hour - from.0) / (to.0 - from.0)
}

impl Year {
    fn index(&self, date: &str) -> u32 {
        let date: Date = date.parse().expect("a date");
        (date - self.calendar.first()).get_days().unsigned_abs()
    }

    /// A day in steps of `step_s`, `warmer_k` kelvin warmer than its weather.
    fn day(&self, day: u32, step_s: u32, warmer_k: f64) -> Vec<Row> {
        let mut memo = Memo::default();
        (0..DAY_S / step_s).map(|step| self.row(&mut memo, day, step * step_s + step_s / 2, warmer_k)).collect()
    }

    fn row(&self, memo: &mut Memo, day: u32, second: u32, warmer_k: f64) -> Row {
        let (today, yesterday) = (self.calendar.day(day), self.calendar.day(day.saturating_sub(1)));
        let mut air = self.weather.air_with(memo, today.unix_day, second);
        air.temperature_c += warmer_k;
        air.lagged_c += warmer_k;
        let at = Moment { unix_day: today.unix_day, second, today: today.kind, yesterday: yesterday.kind };
        let table = self.load.table(&at, &air);
        let mut row = Row { day, second, kinds: [0.0; 8], cooling: 0.0, charging: charging_mw(second), solar: 0.0 };
        for kind in BuildingKind::ALL {
            // A thousandth of a quarter of the kind in each variant, in watts.
            let (base_w, cooling_w) = self.parts.load.kinds.get(kind).split_w(0.000_25, 1e9);
            for variant in 0..4 {
                let factors = table.of(kind, variant);
                row.kinds[kind as usize] += power_w(base_w, cooling_w, factors) as f64 * 1e-3;
                row.cooling += power_w(0, cooling_w, factors) as f64 * 1e-3;
            }
        }
        let utc_s = self.calendar.unix_s(day * DAY_S + second);
        let height = SunPosition::at(&self.parts.weather.site.place(), utc_s).direction[2].max(0.0);
        row.solar = SOLAR_MW * SOLAR_YIELD * 1.361 * air.clearness * height;
        row
    }

    fn month(&self, month: u8) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| self.calendar.day(row.day).month == month)
    }

    fn peak_of_day(&self, day: u32) -> f64 {
        self.rows.iter().filter(|row| row.day == day).map(Row::grid).fold(0.0, f64::max)
    }
}

/// Terawatt-hours of rows of a quarter of an hour each.
fn twh<'a>(rows: impl Iterator<Item = &'a Row>, what: impl Fn(&Row) -> f64) -> f64 {
    rows.map(what).sum::<f64>() / 4.0 / 1e6
}

fn check_near(what: &str, value: f64, published: f64, relative: f64) {
    let off = value / published - 1.0;
    assert!(off.abs() <= relative, "{what}: {value:.3} is {:+.2} % off {published}", 100.0 * off);
}

fn secondary(row: &Row) -> f64 {
    row.kinds[BuildingKind::Industry as usize]
}

fn residential(row: &Row) -> f64 {
    row.kinds[BuildingKind::Residential as usize]
}

fn tertiary(row: &Row) -> f64 {
    row.buildings() + row.charging - secondary(row) - residential(row)
}

#[test]
fn the_record_comes_on_its_day_at_its_minute_and_height() {
    let year = &*YEAR;
    let day = year.day(year.index("2024-07-25"), 60, 0.0);
    let peak = day.iter().max_by(|a, b| a.grid().total_cmp(&b.grid())).expect("a day has minutes");
    check_near("record, MW", peak.grid(), RECORD_MW, 0.003);
    let late_min = (i64::from(peak.second) - i64::from(RECORD_SECOND)).abs() / 60;
    assert!(late_min <= 10, "the peak is {late_min} minutes off 13:35");
    let share = peak.cooling / peak.grid();
    assert!((0.37..0.45).contains(&share), "cooling is {share:.3} of the record, about 40 % is expected");
}

#[test]
fn no_other_day_of_the_year_reaches_the_record() {
    let year = &*YEAR;
    let record = year.index("2024-07-25");
    for day in (0..366).filter(|&day| day != record) {
        let peak = year.peak_of_day(day);
        assert!(peak < RECORD_MW * 0.997, "{} peaks at {peak:.0} MW", year.calendar.day(day).date);
    }
}

#[test]
fn july_is_as_published() {
    let year = &*YEAR;
    for day in (0..366).filter(|&day| year.calendar.day(day).month == 7) {
        if year.calendar.day(day).kind.is_workday() {
            let peak = year.peak_of_day(day);
            assert!(peak > 20_000.0, "{} peaks at only {peak:.0} MW", year.calendar.day(day).date);
        }
    }
    let first_24 = || year.month(7).filter(|row| year.calendar.day(row.day).date.day() <= 24);
    // China News Service, 2024-07-25. By sector the split of charging and roofs is a guess, hence the wider bounds.
    check_near("1-24 July, TWh", twh(first_24(), Row::grid), 10.033, 0.015);
    check_near("1-24 July, secondary, TWh", twh(first_24(), secondary), 4.05, 0.05);
    check_near("1-24 July, tertiary, TWh", twh(first_24(), tertiary), 3.71, 0.05);
    check_near("1-24 July, residents, TWh", twh(first_24(), residential), 2.27, 0.07);
    let load_factor = twh(year.month(7), Row::grid) * 1e6 / (31.0 * 24.0) / RECORD_MW;
    check_near("load factor of July", load_factor, 0.753, 0.015);
}

#[test]
fn the_year_is_as_published() {
    let rows = || YEAR.rows.iter();
    let used = |row: &Row| row.buildings() + row.charging;
    let total = twh(rows(), used);
    // 112.86 TWh in 2023 (Economic Daily, 2024-01-16) and a growth of 5 %.
    check_near("consumption of 2024, TWh", total, 118.0, 0.03);
    check_near("load factor of the year", total * 1e6 / (366.0 * 24.0) / RECORD_MW, 0.584, 0.03);
    check_near("secondary share", twh(rows(), secondary) / total, 0.469, 0.03);
    check_near("tertiary share", twh(rows(), tertiary) / total, 0.368, 0.04);
    check_near("residents' share", twh(rows(), residential) / total, 0.162, 0.06);
}

#[test]
fn cooling_follows_the_seasons() {
    let year = &*YEAR;
    let share = |month: u8| {
        let cooling: f64 = year.month(month).map(|row| row.cooling).sum();
        cooling / year.month(month).map(Row::grid).sum::<f64>()
    };
    assert!((0.28..0.40).contains(&share(7)), "July {:.3}", share(7));
    assert!((0.10..0.20).contains(&share(4)), "April {:.3}", share(4));
    assert!((0.01..0.05).contains(&share(1)), "January {:.3}", share(1));
    let record = year.index("2024-07-25");
    let peak = |warmer_k: f64| year.day(record, 300, warmer_k).iter().map(Row::grid).fold(0.0, f64::max);
    let per_k = (peak(0.5) - peak(-0.5)).abs();
    assert!((450.0..800.0).contains(&per_k), "{per_k:.0} MW/K on a hot day; 450 to 750 follow from Guangdong's figure");
}

#[test]
fn the_summer_workday_has_the_shape_of_one() {
    let year = &*YEAR;
    let day = year.day(year.index("2024-07-25"), 300, 0.0);
    let peak = day.iter().map(Row::grid).fold(0.0, f64::max);
    let hour = |h: usize| day[h * 12..h * 12 + 12].iter().map(Row::grid).sum::<f64>() / 12.0 / peak;
    let least = day.iter().min_by(|a, b| a.grid().total_cmp(&b.grid())).expect("a day has minutes");
    assert!((4 * HOUR_S..5 * HOUR_S).contains(&least.second), "the least load is at {} s", least.second);
    assert!((0.58..0.66).contains(&(least.grid() / peak)), "valley over peak {:.3}", least.grid() / peak);
    assert!(hour(11) > hour(9) && hour(12) < hour(13), "a second maximum before a noon dip");
    assert!(hour(19) > 0.85 && hour(19) < hour(16), "an evening shoulder of {:.3}", hour(19));
    let mean = (0..24).map(hour).sum::<f64>() / 24.0;
    assert!((0.80..0.85).contains(&mean), "mean over peak {mean:.3}");
    let kinks = day.windows(3).map(|w| (w[2].buildings() - 2.0 * w[1].buildings() + w[0].buildings()).abs());
    let sharpest = kinks.fold(0.0, f64::max);
    assert!(sharpest < 25.0, "the load bends by {sharpest:.1} MW within five minutes");
}

#[test]
fn spring_festival_stills_industry() {
    let year = &*YEAR;
    let energy = |from: &str, days: u32| -> f64 {
        let first = year.index(from);
        year.rows.iter().filter(|row| (first..first + days).contains(&row.day)).map(secondary).sum()
    };
    let kept = energy("2024-02-10", 7) / (energy("2024-01-15", 5) * 7.0 / 5.0);
    assert!((0.2..0.4).contains(&kept), "industry keeps {kept:.2} of a working day, 0.2 to 0.4 is expected");
}

#[test]
fn an_instant_read_alone_is_the_same_and_step_lengths_agree() {
    let year = &*YEAR;
    let day = year.index("2024-05-18");
    let quarter = year.day(day, 900, 0.0);
    for (step, row) in (0..).zip(&quarter) {
        let alone = year.row(&mut Memo::default(), day, step * 900 + 450, 0.0);
        assert_eq!(alone.kinds, row.kinds);
        assert_eq!(alone.solar, row.solar);
    }
    let energy = |step_s: u32| year.day(day, step_s, 0.0).iter().map(Row::grid).sum::<f64>() * f64::from(step_s);
    assert!((energy(60) / energy(900) - 1.0).abs() < 1e-4, "a minute and a quarter of an hour disagree");
    assert!((energy(60) / energy(300) - 1.0).abs() < 1e-4, "a minute and five minutes disagree");
}

#[test]
fn every_kind_is_spread_over_the_districts_and_transformers() {
    let parts = &YEAR.parts;
    assert_eq!(parts.load_shares.districts.len(), 11, "ten districts and Shenshan");
    let kinds = || BuildingKind::ALL.into_iter().map(|kind| parts.load.kinds.get(kind));
    let buildings: u32 = kinds().map(|kind| kind.buildings.get()).sum();
    // About 7,000 areas of charging alone make them 78,000.
    assert_eq!(buildings, 70_900);
    let factor = parts.load.power_factor.get();
    let rating_va: f64 = kinds().map(|kind| kind.rating_va(kind.peak_mw.get() * 1e6, factor)).sum();
    check_near("mean transformer, kVA", rating_va / 1e3 / f64::from(buildings), 1_000.0, 0.05);
}
