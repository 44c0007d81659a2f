//! Says what buildings draw: a base load by the hour and kind of day, and cooling that follows the weather.
//!
//! A building belongs to one of eight kinds. At one instant all buildings of a kind share two factors, one for the base
//! and one for cooling, so that a building is two whole numbers of watts and its power two products and a shift.
//! Four variants of each kind, shifted by minutes, keep a city from moving in lockstep.
//!
//! * **Shapes** are knots over the day, one set for each kind of day, joined by a monotone cubic: no kink, no
//!   overshoot. In the small hours the night of the day before fades into the new day, so midnight is no step.
//! * **Cooling** grows with a felt temperature, part outside and part lagged by the building's mass: nothing well
//!   below the balance temperature, 1 at the design temperature, and less and less above the temperature at which
//!   plants run full. Both ends are rounded, because a thousand buildings do not switch at one temperature.
//! * **Lulls** are weeks in which people are away, such as the Spring Festival.
//!
//! Heating is left out. In Shenzhen the mean of January is 15 degrees Celsius, buildings have no heating plant, and
//! what
//! portable heaters draw on a few nights is below what the shapes resolve.

use super::weather::Air;
use crate::clock::{self, DAY_S, DayKind};
use crate::world::figure::Figure;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Time-shifted variants of each kind.
pub const VARIANTS: usize = 4;
/// Binary places of a [`FixedFactors`].
pub const FACTOR_BITS: u32 = 20;

/// What a building is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum BuildingKind {
    /// Dwellings.
    Residential,
    /// Offices.
    Office,
    /// Shops, restaurants, hotels.
    Retail,
    /// Factories, workshops, construction, waterworks.
    Industry,
    /// Schools, hospitals, government, ports and airports, street lighting.
    Public,
    /// Data centres, telephone exchanges and base stations.
    DataCentre,
    /// Metro lines and their stations.
    Metro,
    /// Plants of a district-cooling net with ice storage.
    DistrictCooling,
}

impl BuildingKind {
    /// All kinds, in order.
    pub const ALL: [Self; 8] = [
        Self::Residential,
        Self::Office,
        Self::Retail,
        Self::Industry,
        Self::Public,
        Self::DataCentre,
        Self::Metro,
        Self::DistrictCooling,
    ];

    /// The kind's name as world files write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Residential => "residential",
            Self::Office => "office",
            Self::Retail => "retail",
            Self::Industry => "industry",
            Self::Public => "public",
            Self::DataCentre => "data_centre",
            Self::Metro => "metro",
            Self::DistrictCooling => "district_cooling",
        }
    }
}

/// One thing for each kind of building.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerKind<T> {
    /// Of [`BuildingKind::Residential`].
    pub residential: T,
    /// Of [`BuildingKind::Office`].
    pub office: T,
    /// Of [`BuildingKind::Retail`].
    pub retail: T,
    /// Of [`BuildingKind::Industry`].
    pub industry: T,
    /// Of [`BuildingKind::Public`].
    pub public: T,
    /// Of [`BuildingKind::DataCentre`].
    pub data_centre: T,
    /// Of [`BuildingKind::Metro`].
    pub metro: T,
    /// Of [`BuildingKind::DistrictCooling`].
    pub district_cooling: T,
}

impl<T> PerKind<T> {
    /// What belongs to a kind.
    pub const fn get(&self, kind: BuildingKind) -> &T {
        match kind {
            BuildingKind::Residential => &self.residential,
            BuildingKind::Office => &self.office,
            BuildingKind::Retail => &self.retail,
            BuildingKind::Industry => &self.industry,
            BuildingKind::Public => &self.public,
            BuildingKind::DataCentre => &self.data_centre,
            BuildingKind::Metro => &self.metro,
            BuildingKind::DistrictCooling => &self.district_cooling,
        }
    }

    /// One thing for each kind, made from the kind.
    pub fn from_fn(mut make: impl FnMut(BuildingKind) -> T) -> Self {
        Self {
            residential: make(BuildingKind::Residential),
            office: make(BuildingKind::Office),
            retail: make(BuildingKind::Retail),
            industry: make(BuildingKind::Industry),
            public: make(BuildingKind::Public),
            data_centre: make(BuildingKind::DataCentre),
            metro: make(BuildingKind::Metro),
            district_cooling: make(BuildingKind::DistrictCooling),
        }
    }
}

/// The building load of a world as its file gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadFile {
    /// Minutes by which the four variants of a kind run late (positive) or early, -120 to 120 each.
    pub shifts_min: Figure<Vec<f64>>,
    /// Kelvin over which the buildings of a kind differ in when cooling starts and when it is full, 0.1 to 10.
    pub spread_c: Figure<f64>,
    /// Hours after midnight in which the night of the day before fades into the new day, 0 to 8.
    pub night_fade_h: Figure<f64>,
    /// Power factor with which watts become volt-amperes of transformer, 0.5 to 1.
    pub power_factor: Figure<f64>,
    /// Weeks in which people are away.
    #[serde(default)]
    pub lulls: Vec<LullFile>,
    /// The kinds of building.
    pub kinds: PerKind<KindFile>,
}

/// One kind of building: the city's total, its shape, and how it is cut into buildings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindFile {
    /// What the kind draws in the whole city, in megawatts, where both shapes stand at 1 and at the design temperature.
    pub peak_mw: Figure<f64>,
    /// Share of `peak_mw` that is cooling, 0 to 1.
    pub cooling_share: Figure<f64>,
    /// Felt temperature at which cooling starts, degrees Celsius.
    pub balance_c: Figure<f64>,
    /// Felt temperature at which cooling draws its share of `peak_mw`, degrees Celsius.
    pub design_c: Figure<f64>,
    /// Felt temperature at which cooling plants run full and draw no more, degrees Celsius.
    pub full_c: Figure<f64>,
    /// Share of the lagged temperature in the felt one, 0 to 1; the rest is the outside temperature.
    pub lag_share: Figure<f64>,
    /// Buildings (transformer areas) of the kind in the city.
    pub buildings: Figure<u32>,
    /// Standard deviation of the natural logarithm of a building's size, 0 to 2.
    pub size_spread: Figure<f64>,
    /// A building's own peak in volt-amperes over the rating of its transformers, 0.05 to 1.
    pub use_of_rating: Figure<f64>,
    /// Shape of the base load.
    pub base: ShapesFile,
    /// Shape of cooling: which part of the floor is cooled.
    pub cooling: ShapesFile,
}

/// A daily shape for each kind of day: knots of (hour from 0 to below 24, value), joined across midnight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShapesFile {
    /// Where the shapes come from.
    pub source: String,
    /// Working days.
    pub workday: Vec<(f64, f64)>,
    /// Saturdays.
    pub saturday: Vec<(f64, f64)>,
    /// Sundays.
    pub sunday: Vec<(f64, f64)>,
    /// Public holidays.
    pub holiday: Vec<(f64, f64)>,
}

/// Weeks in which people are away and places stand still.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LullFile {
    /// What it is called.
    pub name: String,
    /// First date of the full depth (`2024-02-09`).
    pub from: String,
    /// Last date of the full depth.
    pub to: String,
    /// Days over which the depth builds up before `from` and fades after `to`, 0 to 30.
    pub ramp_days: (u32, u32),
    /// Where the depths come from.
    pub source: String,
    /// Share of the load that is absent at the full depth, on top of what the kind of day already leaves out, 0 to 1.
    pub depth: PerKind<f64>,
}

/// Where each kind of building stands, by district.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadSharesFile {
    /// Where the shares come from.
    pub source: String,
    /// Share of each kind's total that stands in a district; the shares of a kind add up to 1.
    pub districts: BTreeMap<String, PerKind<f64>>,
}

impl KindFile {
    /// Watts of base load and of cooling, at design conditions, of a building that is `share` of the kind's total;
    /// no building draws more than `most_w`.
    pub fn split_w(&self, share: f64, most_w: f64) -> (u32, u32) {
        let peak_w = (self.peak_mw.get() * 1.0e6 * share).min(most_w);
        let cooling_w = peak_w * self.cooling_share.get();
        let whole = |watts: f64| libm::rint(watts).clamp(0.0, f64::from(u32::MAX)) as u32;
        (whole(peak_w - cooling_w), whole(cooling_w))
    }

    /// Volt-amperes of transformer that a building with a peak of `peak_w` watts is given.
    pub fn rating_va(&self, peak_w: f64, power_factor: f64) -> f64 {
        peak_w / (power_factor * self.use_of_rating.get())
    }
}

impl ShapesFile {
    fn of(&self, kind: DayKind) -> &[(f64, f64)] {
        match kind {
            DayKind::Workday => &self.workday,
            DayKind::Saturday => &self.saturday,
            DayKind::Sunday => &self.sunday,
            DayKind::Holiday => &self.holiday,
        }
    }
}

/// An instant of civil time, as buildings live it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Days since 1970-01-01.
    pub unix_day: i32,
    /// Second of the day, 0 to 86,399.
    pub second: u32,
    /// What kind of day it is.
    pub today: DayKind,
    /// What kind of day yesterday was: its night lasts into the small hours.
    pub yesterday: DayKind,
}

/// What all buildings of one kind and variant share at one instant: by how much their two design powers are multiplied.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Factors {
    /// Of the base load.
    pub base: f64,
    /// Of cooling.
    pub cooling: f64,
}

/// [`Factors`] in whole 2^-20ths, with which power is the same whole number on every machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FixedFactors {
    /// Of the base load.
    pub base: u32,
    /// Of cooling.
    pub cooling: u32,
}

impl From<Factors> for FixedFactors {
    fn from(factors: Factors) -> Self {
        let whole = |factor: f64| libm::rint(factor * f64::from(1_u32 << FACTOR_BITS)).clamp(0.0, 4.0e9) as u32;
        Self { base: whole(factors.base), cooling: whole(factors.cooling) }
    }
}

/// What a building draws, in watts, rounded to the nearest.
pub const fn power_w(base_w: u32, cooling_w: u32, factors: &FixedFactors) -> i64 {
    base_power_w(base_w, factors) + cooling_power_w(cooling_w, factors)
}

/// The part of [`power_w`] that no event can shed.
pub const fn base_power_w(base_w: u32, factors: &FixedFactors) -> i64 {
    scaled_w(base_w, factors.base)
}

/// The part of [`power_w`] that cools.
pub const fn cooling_power_w(cooling_w: u32, factors: &FixedFactors) -> i64 {
    scaled_w(cooling_w, factors.cooling)
}

const fn scaled_w(design_w: u32, factor: u32) -> i64 {
    // Below 2^64: both are below 2^32.
    ((design_w as u64 * factor as u64 + (1 << (FACTOR_BITS - 1))) >> FACTOR_BITS) as i64
}

/// The factors of every kind and variant at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FactorTable([[FixedFactors; VARIANTS]; BuildingKind::ALL.len()]);

impl FactorTable {
    /// The factors of a kind and a variant (0 to 3).
    pub const fn of(&self, kind: BuildingKind, variant: u8) -> &FixedFactors {
        &self.0[kind as usize][variant as usize % VARIANTS]
    }
}

/// The building load of a world, ready for use.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    shifts_s: [i32; VARIANTS],
    night_fade_s: f64,
    lulls: Vec<Lull>,
    kinds: PerKind<Kind>,
}

#[derive(Clone, Debug, PartialEq)]
struct Lull {
    /// First and last second, from 1970-01-01 local time, of the full depth.
    full_s: (i64, i64),
    /// Seconds of build-up and of fading.
    ramp_s: (f64, f64),
    depth: PerKind<f64>,
}

#[derive(Clone, Debug, PartialEq)]
struct Kind {
    base: [Curve; 4],
    cooling: [Curve; 4],
    response: Response,
    lag_share: f64,
}

impl Load {
    /// Prepares the load of a file that has been checked: lists of a wrong length are a mistake of ours.
    pub fn new(file: &LoadFile) -> Self {
        Self {
            shifts_s: core::array::from_fn(|i| libm::rint(file.shifts_min.0[i] * 60.0) as i32),
            night_fade_s: file.night_fade_h.get() * 3_600.0,
            lulls: file.lulls.iter().filter_map(Lull::new).collect(),
            kinds: PerKind::from_fn(|kind| Kind::new(file.kinds.get(kind), file.spread_c.get())),
        }
    }

    /// The factors of a kind and a variant (0 to 3) at an instant in the given air.
    pub fn factors(&self, kind: BuildingKind, variant: u8, at: &Moment, air: &Air) -> Factors {
        self.factors_of_variant(kind, variant, at, self.scale(kind, at, air))
    }

    /// What holds for all variants of a kind: the share present, and that times the cooling the air asks for.
    fn scale(&self, kind: BuildingKind, at: &Moment, air: &Air) -> (f64, f64) {
        let own = self.kinds.get(kind);
        let felt_c = air.temperature_c + (air.lagged_c - air.temperature_c) * own.lag_share;
        let present = self.present(kind, at);
        (present, present * own.response.at(felt_c))
    }

    fn factors_of_variant(&self, kind: BuildingKind, variant: u8, at: &Moment, scale: (f64, f64)) -> Factors {
        let own = self.kinds.get(kind);
        let day_s = DAY_S.cast_signed();
        let shifted_s = (at.second.cast_signed() - self.shifts_s[variant as usize % VARIANTS]).rem_euclid(day_s);
        let hour = f64::from(shifted_s) / 3_600.0;
        let today = fade(f64::from(at.second), self.night_fade_s);
        let blend = |curves: &[Curve; 4]| {
            let new = curves[at.today as usize].at(hour);
            if today < 1.0 { new * today + curves[at.yesterday as usize].at(hour) * (1.0 - today) } else { new }
        };
        Factors { base: scale.0 * blend(&own.base), cooling: scale.1 * blend(&own.cooling) }
    }

    /// The factors of every kind and variant at an instant: once per step.
    pub fn table(&self, at: &Moment, air: &Air) -> FactorTable {
        FactorTable(BuildingKind::ALL.map(|kind| {
            let scale = self.scale(kind, at, air);
            core::array::from_fn(|variant| self.factors_of_variant(kind, variant as u8, at, scale).into())
        }))
    }

    /// Share of a kind that no lull keeps away, 0 to 1.
    fn present(&self, kind: BuildingKind, at: &Moment) -> f64 {
        let now_s = i64::from(at.unix_day) * i64::from(DAY_S) + i64::from(at.second);
        self.lulls.iter().map(|lull| 1.0 - lull.depth.get(kind) * lull.share_at(now_s)).product()
    }
}

impl Lull {
    fn new(file: &LullFile) -> Option<Self> {
        let midnight_s = |text: &str| Some(i64::from(clock::unix_day(text.parse().ok()?)) * i64::from(DAY_S));
        let seconds = |days: u32| f64::from(days) * f64::from(DAY_S);
        Some(Self {
            full_s: (midnight_s(&file.from)?, midnight_s(&file.to)? + i64::from(DAY_S)),
            ramp_s: (seconds(file.ramp_days.0), seconds(file.ramp_days.1)),
            depth: file.depth,
        })
    }

    /// How much of the full depth holds at a second, 0 to 1.
    fn share_at(&self, now_s: i64) -> f64 {
        let before = fade((now_s - self.full_s.0) as f64 + self.ramp_s.0, self.ramp_s.0);
        let after = fade((self.full_s.1 - now_s) as f64 + self.ramp_s.1, self.ramp_s.1);
        before.min(after)
    }
}

/// Zero before nothing, one from `length` on, smooth between.
fn fade(position: f64, length: f64) -> f64 {
    if position >= length {
        return 1.0;
    }
    let x = (position / length).max(0.0);
    x * x * (3.0 - 2.0 * x)
}

impl Kind {
    fn new(file: &KindFile, spread_c: f64) -> Self {
        let curves = |shapes: &ShapesFile| DayKind::ALL.map(|kind| Curve::new(shapes.of(kind)));
        Self {
            base: curves(&file.base),
            cooling: curves(&file.cooling),
            response: Response::new(file.balance_c.get(), file.design_c.get(), file.full_c.get(), spread_c),
            lag_share: file.lag_share.get(),
        }
    }
}

/// How cooling follows the felt temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Response {
    balance_c: f64,
    full_c: f64,
    spread_c: f64,
    per_k: f64,
}

impl Response {
    fn new(balance_c: f64, design_c: f64, full_c: f64, spread_c: f64) -> Self {
        let raw = Self { balance_c, full_c, spread_c, per_k: 1.0 };
        Self { per_k: 1.0 / raw.at(design_c), ..raw }
    }

    /// Cooling over cooling at the design temperature. The mean of a straight rise between the balance and the full
    /// temperature over buildings whose temperatures differ logistically.
    fn at(&self, felt_c: f64) -> f64 {
        (self.rounded_ramp_k(felt_c - self.balance_c) - self.rounded_ramp_k(felt_c - self.full_c)) * self.per_k
    }

    /// `max(x, 0)` with its corner rounded over the spread.
    fn rounded_ramp_k(&self, x: f64) -> f64 {
        let steps = x / self.spread_c;
        if steps > 40.0 { x } else { self.spread_c * libm::log1p(libm::exp(steps)) }
    }
}

/// A smooth curve over the day through knots: the monotone cubic of F. N. Fritsch and J. Butland, "A method for
/// constructing local monotone piecewise cubic interpolants", SIAM J. Sci. Stat. Comput. 5(2), 1984, closed into a
/// ring.
#[derive(Clone, Debug, PartialEq)]
struct Curve(Vec<Knot>);

#[derive(Clone, Copy, Debug, PartialEq)]
struct Knot {
    hour: f64,
    value: f64,
    per_hour: f64,
}

impl Curve {
    /// The curve through knots of rising hours; none at all is a curve of zeroes.
    fn new(knots: &[(f64, f64)]) -> Self {
        let n = knots.len();
        let span = |i: usize| match knots[(i + 1) % n].0 - knots[i % n].0 {
            span if span > 0.0 => span,
            span => span + 24.0,
        };
        let slope = |i: usize| (knots[(i + 1) % n].1 - knots[i % n].1) / span(i);
        let per_hour = |i: usize| {
            let (before, after) = ((i + n - 1) % n, i);
            let (a, b) = (slope(before), slope(after));
            if a * b <= 0.0 {
                return 0.0;
            }
            let (h, k) = (span(before), span(after));
            3.0 * (h + k) / ((2.0 * k + h) / a + (k + 2.0 * h) / b)
        };
        Self((0..n).map(|i| Knot { hour: knots[i].0, value: knots[i].1, per_hour: per_hour(i) }).collect())
    }

    /// The value at an hour, 0 to below 24.
    fn at(&self, hour: f64) -> f64 {
        let knots = &self.0;
        let (Some(first), Some(last)) = (knots.first(), knots.last()) else { return 0.0 };
        let after = knots.partition_point(|knot| knot.hour <= hour);
        let from = if after == 0 { Knot { hour: last.hour - 24.0, ..*last } } else { knots[after - 1] };
        let to = if after == knots.len() { Knot { hour: first.hour + 24.0, ..*first } } else { knots[after] };
        let span = to.hour - from.hour;
        let x = (hour - from.hour) / span;
        let rise = to.value - from.value;
        let (bend, twist) = (
            3.0 * rise - span * (2.0 * from.per_hour + to.per_hour),
            span * (from.per_hour + to.per_hour) - 2.0 * rise,
        );
        from.value + x * (span * from.per_hour + x * (bend + x * twist))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KNOTS: [(f64, f64); 5] = [(1.0, 0.4), (5.0, 0.3), (9.0, 0.9), (14.0, 1.0), (21.0, 0.6)];

    fn assumed<T>(value: T) -> Figure<T> {
        Figure(value, "assumption: test".to_owned())
    }

    fn file() -> LoadFile {
        let shapes = |scale: f64| {
            let knots = |part: f64| KNOTS.map(|(hour, value)| (hour, value * scale * part)).to_vec();
            ShapesFile {
                source: "assumption: test".to_owned(),
                workday: knots(1.0),
                saturday: knots(0.8),
                sunday: knots(0.7),
                holiday: knots(0.5),
            }
        };
        let kind = |kind: BuildingKind| KindFile {
            peak_mw: assumed(100.0 * (1.0 + f64::from(kind as u8))),
            cooling_share: assumed(0.4),
            balance_c: assumed(20.0),
            design_c: assumed(33.0),
            full_c: assumed(37.0),
            lag_share: assumed(0.5),
            buildings: assumed(1_000),
            size_spread: assumed(0.5),
            use_of_rating: assumed(0.4),
            base: shapes(1.0),
            cooling: shapes(1.0),
        };
        let lull = LullFile {
            name: "test".to_owned(),
            from: "2024-02-08".to_owned(),
            to: "2024-02-16".to_owned(),
            ramp_days: (4, 8),
            source: "assumption: test".to_owned(),
            depth: PerKind { industry: 0.5, ..PerKind::default() },
        };
        LoadFile {
            shifts_min: assumed(vec![-30.0, -10.0, 10.0, 30.0]),
            spread_c: assumed(1.5),
            night_fade_h: assumed(5.0),
            power_factor: assumed(0.95),
            lulls: vec![lull],
            kinds: PerKind::from_fn(kind),
        }
    }

    fn load() -> Load {
        Load::new(&file())
    }

    fn air(temperature_c: f64) -> Air {
        Air { temperature_c, lagged_c: temperature_c, wind_m_s: 2.0, clearness: 0.5 }
    }

    fn moment(date: &str, second: u32) -> Moment {
        let unix_day = clock::unix_day(date.parse().expect("a date"));
        Moment { unix_day, second, today: DayKind::Workday, yesterday: DayKind::Workday }
    }

    #[test]
    fn a_curve_meets_its_knots_and_stays_between_them() {
        let curve = Curve::new(&KNOTS);
        for (hour, value) in KNOTS {
            assert!((curve.at(hour) - value).abs() < 1e-12, "{hour}");
        }
        let between = |from: f64, to: f64| (0..100).map(move |i| from + (to - from) * f64::from(i) / 100.0);
        assert!(between(5.0, 14.0).map(|h| curve.at(h)).is_sorted(), "it rises from 5 to 14");
        assert!(between(14.0, 21.0).map(|h| -curve.at(h)).is_sorted(), "it falls from 14 to 21");
        assert_eq!(curve.at(24.0 - 1e-12).to_bits() >> 20, curve.at(0.0).to_bits() >> 20, "midnight is one point");
        assert_eq!(Curve::new(&[(0.0, 0.7)]).at(13.0), 0.7);
        assert_eq!(Curve::new(&[]).at(13.0), 0.0);
    }

    #[test]
    fn cooling_starts_grows_and_saturates() {
        let response = Response::new(20.0, 33.0, 37.0, 1.5);
        assert!((response.at(33.0) - 1.0).abs() < 1e-12);
        assert!(response.at(10.0) < 0.001, "{}", response.at(10.0));
        assert!(response.at(60.0) < 1.4);
        assert!((response.at(29.0) - response.at(25.0) - 4.0 / 13.0).abs() < 0.03);
    }

    #[test]
    fn design_conditions_give_the_design_power() {
        let at = moment("2024-07-25", 14 * 3_600);
        let load = Load::new(&LoadFile { shifts_min: assumed(vec![0.0; 4]), ..file() });
        let factors = load.factors(BuildingKind::Office, 0, &at, &air(33.0));
        assert!((factors.base - 1.0).abs() < 1e-9 && (factors.cooling - 1.0).abs() < 1e-9, "{factors:?}");
        let (base_w, cooling_w) = file().kinds.office.split_w(0.01, 1e9);
        assert_eq!((base_w, cooling_w), (1_200_000, 800_000));
        assert_eq!(power_w(base_w, cooling_w, &factors.into()), 2_000_000);
    }

    #[test]
    fn a_variant_runs_late_by_its_shift() {
        let load = load();
        let at = |second: u32| moment("2024-07-25", second);
        let late = load.factors(BuildingKind::Retail, 3, &at(12 * 3_600 + 1_800), &air(30.0));
        let early = load.factors(BuildingKind::Retail, 0, &at(12 * 3_600 - 1_800), &air(30.0));
        assert_eq!(late, early);
    }

    #[test]
    fn a_lull_ramps_in_holds_and_fades() {
        let load = load();
        let present = |date: &str, second| load.present(BuildingKind::Industry, &moment(date, second));
        assert_eq!(present("2024-02-03", 0), 1.0);
        assert!((present("2024-02-06", 0) - 0.75).abs() < 1e-12, "half way in");
        assert_eq!(present("2024-02-08", 0), 0.5);
        assert_eq!(present("2024-02-16", 86_399), 0.5);
        assert!((present("2024-02-21", 0) - 0.75).abs() < 1e-12, "half way out");
        assert_eq!(present("2024-02-25", 0), 1.0);
        assert_eq!(load.present(BuildingKind::Metro, &moment("2024-02-12", 0)), 1.0);
    }

    proptest! {
        /// Whole-number power differs from the exact product by its two roundings and the factors' last places.
        #[test]
        fn fixed_power_is_the_power(base_w in 0..50_000_000_u32, cooling_w in 0..50_000_000_u32,
                                    base in 0.0..1.5, cooling in 0.0..2.0) {
            let factors = Factors { base, cooling };
            let exact = f64::from(base_w) * base + f64::from(cooling_w) * cooling;
            let fixed = power_w(base_w, cooling_w, &factors.into()) as f64;
            let bound = 1.0 + (f64::from(base_w) + f64::from(cooling_w)) / f64::from(1 << (FACTOR_BITS + 1));
            prop_assert!((fixed - exact).abs() <= bound, "{fixed} {exact}");
        }

        /// A minute changes the load of no kind by more than a hundredth of its peak, midnights between any two kinds
        /// of day included.
        #[test]
        fn load_has_no_jumps(second in 0..DAY_S, kinds in prop::array::uniform3(0..4_usize), variant in 0..4_u8,
                             celsius in 5.0..38.0) {
            let load = load();
            let [before, today, tomorrow] = kinds.map(|i| DayKind::ALL[i]);
            let now = Moment { unix_day: 19_750, second, today, yesterday: before };
            let then = if second + 60 < DAY_S {
                Moment { second: second + 60, ..now }
            } else {
                Moment { unix_day: 19_751, second: second + 60 - DAY_S, today: tomorrow, yesterday: today }
            };
            let a = load.factors(BuildingKind::Office, variant, &now, &air(celsius));
            let b = load.factors(BuildingKind::Office, variant, &then, &air(celsius));
            prop_assert!((a.base - b.base).abs() < 0.01, "{a:?} {b:?}");
            prop_assert!((a.cooling - b.cooling).abs() < 0.01, "{a:?} {b:?}");
        }
    }
}
