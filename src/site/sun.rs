//! Where the sun stands: its direction at a place and an instant, as the solar sites of a city see it.
//!
//! The method is that of the Solar Position Algorithm (I. Reda and A. Andreas, "Solar position algorithm for solar
//! radiation applications", Solar Energy 76(5), 2004; NREL/TP-560-34302, revised 2008) with its periodic series cut
//! where a term no longer matters: 37 of 129 terms of the Earth's longitude, 2 of 7 of its latitude, 5 of 63 of
//! nutation. Over 1990 to 2050 the cut costs at most 3 seconds of arc (0.0008 degrees), at every latitude. Everything
//! runs through `libm`, so the answer is the same on every machine.

use core::f64::consts::TAU;
use libm::{atan2, cos, exp, pow, sincos, tan};

/// A place on the ground.
///
/// The ranges are checked where a world is read; outside them the results have no meaning, but nothing panics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Site {
    /// Latitude in degrees, -90 to 90, north positive.
    pub latitude_deg: f64,
    /// Longitude in degrees, -180 to 180, east positive.
    pub longitude_deg: f64,
    /// Height above the sea in metres, -500 to 9,000.
    pub altitude_m: f64,
}

impl Site {
    /// Air pressure of the standard atmosphere at this height, in pascals (Portland State Aerospace Society, "A quick
    /// derivation relating altitude to air pressure", 2004).
    pub fn pressure_pa(&self) -> f64 {
        100.0 * pow((44_331.514 - self.altitude_m) / 11_880.516, 1.0 / 0.190_263_2)
    }

    /// The share of the standard atmosphere's air left above this height at a scale height in metres, 1 at the sea.
    pub(crate) fn air_share(&self, scale_height_m: f64) -> f64 {
        exp(-self.altitude_m / scale_height_m)
    }
}

/// The sun as seen from a [`Site`] at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SunPosition {
    /// True zenith angle in degrees, 0 (overhead) to 180, as if there were no air.
    pub zenith_deg: f64,
    /// Zenith angle in degrees with refraction, which lifts the sun by half a degree at the horizon.
    pub apparent_zenith_deg: f64,
    /// Azimuth in degrees, 0 to 360, clockwise from north: 90 is east, 180 is south.
    pub azimuth_deg: f64,
    /// Unit vector towards the apparent sun: east, north, up.
    pub direction: [f64; 3],
}

impl SunPosition {
    /// The sun over `site` at `utc_s` seconds since 1970-01-01 00:00 UTC.
    ///
    /// Within 0.001 degrees of the full Solar Position Algorithm between 1990 and 2050. Refraction is that of the
    /// standard atmosphere at the site's height and 12 degrees Celsius.
    pub fn at(site: &Site, utc_s: i64) -> Self {
        let sky = Equatorial::at(utc_s);
        let [east, north, up] = sky.seen_from(site);
        let horizontal = (east * east + north * north).sqrt();
        let geocentric_zenith = atan2(horizontal, up);
        // The observer stands on the surface, not at the Earth's centre: the sun appears lower by its parallax.
        let zenith = geocentric_zenith + SOLAR_PARALLAX_RAD / sky.distance_au * libm::sin(geocentric_zenith);
        let zenith_deg = zenith.to_degrees();
        let apparent_zenith_deg = zenith_deg - refraction_deg(90.0 - zenith_deg, site.pressure_pa());
        let (sin_zenith, cos_zenith) = sincos(apparent_zenith_deg.to_radians());
        let stretch = if horizontal > 0.0 { sin_zenith / horizontal } else { 0.0 };
        Self {
            zenith_deg,
            apparent_zenith_deg,
            azimuth_deg: wrap_degrees(atan2(east, north).to_degrees()),
            direction: [east * stretch, north * stretch, cos_zenith],
        }
    }

    /// Cosine of the apparent zenith angle: the share of beam light that a flat roof catches, negative at night.
    pub fn cos_apparent_zenith(&self) -> f64 {
        self.direction[2]
    }
}

/// Seconds since 1970 of the epoch J2000.0, 2000-01-01 12:00.
const J2000_S: i64 = 946_728_000;

/// Terrestrial time minus UTC in seconds. It was 57 in 1990 and may reach 93 by 2050; the sun moves 0.0003 degrees in
/// the worst of these differences. 67 is the value of 2015.
const DELTA_T_S: f64 = 67.0;

/// Equatorial horizontal parallax of the sun at one astronomical unit: 8.794 seconds of arc.
const SOLAR_PARALLAX_RAD: f64 = 8.794 / 3_600.0 * TAU / 360.0;

/// Air temperature, in degrees Celsius, that refraction is computed for: pvlib's default. Ten degrees more lower the
/// sun by 0.02 degrees at the horizon and by less than 0.002 above 20 degrees.
const REFRACTION_AIR_C: f64 = 12.0;

/// Elevation in degrees below which the disc is wholly set and refraction no longer applies: the sun's radius and the
/// refraction at the horizon.
const DISC_SET_DEG: f64 = -(0.266_67 + 0.566_7);

/// A term `amplitude * cos(phase + rate * millennia)` of the Earth's orbit: amplitude in 1e-8 radians, phase in
/// radians, rate in radians per Julian millennium.
type Term = (f64, f64, f64);

/// Heliocentric longitude of the Earth, terms free of a power of time (NREL/TP-560-34302, table A4.2, L0).
const LONGITUDE_0: [Term; 33] = [
    (175_347_046.0, 0.0, 0.0),
    (3_341_656.0, 4.669_256_8, 6_283.075_85),
    (34_894.0, 4.626_1, 12_566.151_7),
    (3_497.0, 2.744_1, 5_753.384_9),
    (3_418.0, 2.828_9, 3.523_1),
    (3_136.0, 3.627_7, 77_713.771_5),
    (2_676.0, 4.418_1, 7_860.419_4),
    (2_343.0, 6.135_2, 3_930.209_7),
    (1_324.0, 0.742_5, 11_506.769_8),
    (1_273.0, 2.037_1, 529.691),
    (1_199.0, 1.109_6, 1_577.343_5),
    (990.0, 5.233, 5_884.927),
    (902.0, 2.045, 26.298),
    (857.0, 3.508, 398.149),
    (780.0, 1.179, 5_223.694),
    (753.0, 2.533, 5_507.553),
    (505.0, 4.583, 18_849.228),
    (492.0, 4.205, 775.523),
    (357.0, 2.92, 0.067),
    (317.0, 5.849, 11_790.629),
    (284.0, 1.899, 796.298),
    (271.0, 0.315, 10_977.079),
    (243.0, 0.345, 5_486.778),
    (206.0, 4.806, 2_544.314),
    (205.0, 1.869, 5_573.143),
    (202.0, 2.458, 6_069.777),
    (156.0, 0.833, 213.299),
    (132.0, 3.411, 2_942.463),
    (126.0, 1.083, 20.775),
    (115.0, 0.645, 0.98),
    (103.0, 0.636, 4_694.003),
    (102.0, 0.976, 15_720.839),
    (102.0, 4.267, 7.114),
];

/// Terms of the longitude that grow with time (table A4.2, L1).
const LONGITUDE_1: [Term; 3] =
    [(628_331_966_747.0, 0.0, 0.0), (206_059.0, 2.678_235, 6_283.075_85), (4_303.0, 2.635_1, 12_566.151_7)];

/// The one term of the longitude that grows with the square of time (table A4.2, L2).
const LONGITUDE_2: f64 = 52_919.0;

/// Heliocentric latitude of the Earth (table A4.2, B0).
const LATITUDE_0: [Term; 2] = [(280.0, 3.199, 84_334.662), (102.0, 5.422, 5_507.553)];

/// Distance to the sun in 1e-8 astronomical units (table A4.2, R0).
const DISTANCE_0: [Term; 3] =
    [(100_013_989.0, 0.0, 0.0), (1_670_700.0, 3.098_463_5, 6_283.075_85), (13_956.0, 3.055_25, 12_566.151_7)];

/// Multiples of the five arguments of nutation (elongation of the moon, anomaly of the sun, anomaly of the moon, the
/// moon's argument of latitude, its node), then the amplitude in longitude and in obliquity, each as a constant and a
/// part per century, in 1e-4 seconds of arc (table A4.3, the five largest).
const NUTATION: [([f64; 5], [f64; 4]); 5] = [
    ([0.0, 0.0, 0.0, 0.0, 1.0], [-171_996.0, -174.2, 92_025.0, 8.9]),
    ([-2.0, 0.0, 0.0, 2.0, 2.0], [-13_187.0, -1.6, 5_736.0, -3.1]),
    ([0.0, 0.0, 0.0, 2.0, 2.0], [-2_274.0, -0.2, 977.0, -0.5]),
    ([0.0, 0.0, 0.0, 0.0, 2.0], [2_062.0, 0.2, -895.0, 0.5]),
    ([0.0, 1.0, 0.0, 0.0, 0.0], [1_426.0, -3.4, 54.0, -0.1]),
];

/// Turns 1e-4 seconds of arc into degrees.
const NUTATION_DEG: f64 = 1.0 / 36_000_000.0;

/// The sun's direction among the stars, and how far the Earth has turned under it.
struct Equatorial {
    /// Unit vector from the Earth's centre to the sun: towards the equinox, 90 degrees east of it, and north.
    sun: [f64; 3],
    /// Apparent sidereal time at Greenwich in degrees.
    sidereal_deg: f64,
    /// Distance to the sun in astronomical units.
    distance_au: f64,
}

impl Equatorial {
    fn at(utc_s: i64) -> Self {
        let universal_days = (utc_s - J2000_S) as f64 / 86_400.0;
        let century = (universal_days + DELTA_T_S / 86_400.0) / 36_525.0;
        let millennium = century / 10.0;
        let distance_au = series(&DISTANCE_0, millennium) * 1e-8;
        let (nutation_deg, obliquity_deg) = nutation_and_obliquity(century);
        // Light from the sun is bent towards the Earth's motion: aberration.
        let aberration_deg = -20.489_8 / 3_600.0 / distance_au;
        let longitude_rad =
            earth_longitude_rad(millennium) + core::f64::consts::PI + (nutation_deg + aberration_deg).to_radians();
        let latitude_rad = -series(&LATITUDE_0, millennium) * 1e-8;

        let (sin_lon, cos_lon) = sincos(longitude_rad);
        let (sin_lat, cos_lat) = sincos(latitude_rad);
        let (sin_obl, cos_obl) = sincos(obliquity_deg.to_radians());
        Self {
            sun: [
                cos_lat * cos_lon,
                cos_lat * sin_lon * cos_obl - sin_lat * sin_obl,
                cos_lat * sin_lon * sin_obl + sin_lat * cos_obl,
            ],
            sidereal_deg: mean_sidereal_deg(universal_days) + nutation_deg * cos_obl,
            distance_au,
        }
    }

    /// The same direction in the frame of an observer: east, north, up.
    fn seen_from(&self, site: &Site) -> [f64; 3] {
        let [x, y, z] = self.sun;
        let (sin_turn, cos_turn) = sincos((self.sidereal_deg + site.longitude_deg).to_radians());
        let (sin_lat, cos_lat) = sincos(site.latitude_deg.to_radians());
        let outward = x * cos_turn + y * sin_turn;
        let east = y * cos_turn - x * sin_turn;
        [east, z * cos_lat - outward * sin_lat, z * sin_lat + outward * cos_lat]
    }
}

/// Sum of periodic terms at a time in Julian millennia since 2000.
fn series(terms: &[Term], millennium: f64) -> f64 {
    terms.iter().map(|&(amplitude, phase, rate)| amplitude * cos(phase + rate * millennium)).sum()
}

/// Heliocentric longitude of the Earth in radians, in one turn.
fn earth_longitude_rad(millennium: f64) -> f64 {
    let growing = series(&LONGITUDE_1, millennium) + LONGITUDE_2 * millennium;
    ((series(&LONGITUDE_0, millennium) + growing * millennium) * 1e-8).rem_euclid(TAU)
}

/// Nutation in longitude and the true obliquity of the ecliptic, in degrees, at a time in Julian centuries since 2000.
fn nutation_and_obliquity(century: f64) -> (f64, f64) {
    let t = century;
    let arguments_deg = [
        297.850_36 + 445_267.111_48 * t,
        357.527_72 + 35_999.050_34 * t,
        134.962_98 + 477_198.867_398 * t,
        93.271_91 + 483_202.017_538 * t,
        125.044_52 - 1_934.136_261 * t,
    ];
    let (mut longitude, mut obliquity) = (0.0, 0.0);
    for (multiples, [lon, lon_rate, obl, obl_rate]) in NUTATION {
        let angle_deg: f64 = multiples.iter().zip(arguments_deg).map(|(m, a)| m * a).sum();
        let (sin_angle, cos_angle) = sincos(angle_deg.to_radians());
        longitude += (lon + lon_rate * t) * sin_angle;
        obliquity += (obl + obl_rate * t) * cos_angle;
    }
    let mean_obliquity_deg = (84_381.448 - 46.815 * t) / 3_600.0;
    (longitude * NUTATION_DEG, mean_obliquity_deg + obliquity * NUTATION_DEG)
}

/// Mean sidereal time at Greenwich in degrees, in one turn, at a time in days of universal time since 2000.
fn mean_sidereal_deg(universal_days: f64) -> f64 {
    let century = universal_days / 36_525.0;
    wrap_degrees(280.460_618_37 + 360.985_647_366_29 * universal_days + 0.000_387_933 * century * century)
}

/// How far the air lifts the sun, in degrees, at a true elevation in degrees and a pressure in pascals.
///
/// The formula of the Solar Position Algorithm; zero once the disc is wholly below the horizon.
fn refraction_deg(elevation_deg: f64, pressure_pa: f64) -> f64 {
    if elevation_deg < DISC_SET_DEG {
        return 0.0;
    }
    let density = pressure_pa / 101_000.0 * 283.0 / (273.0 + REFRACTION_AIR_C);
    let bent_deg = elevation_deg + 10.3 / (elevation_deg + 5.11);
    density * 1.02 / (60.0 * tan(bent_deg.to_radians()))
}

/// An angle in degrees brought into 0 to 360.
fn wrap_degrees(angle_deg: f64) -> f64 {
    let wrapped = angle_deg.rem_euclid(360.0);
    // The remainder of a tiny negative angle rounds up to a whole turn.
    if wrapped < 360.0 { wrapped } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHENZHEN: Site = Site { latitude_deg: 22.54, longitude_deg: 114.06, altitude_m: 10.0 };

    /// 1990-01-01 and 2051-01-01 in seconds since 1970.
    const VALID_S: core::ops::Range<i64> = 631_152_000..2_556_144_000;

    #[test]
    fn the_worked_example_of_the_algorithm_comes_out() {
        // NREL/TP-560-34302, table A5.1: 17 October 2003, 12:30:30 at UTC-7, 39.742476 N, 105.1786 W, 1830.14 m.
        // The example's own weather is 820 mbar and 11 degrees, close to what the site's height gives.
        let site = Site { latitude_deg: 39.742_476, longitude_deg: -105.178_6, altitude_m: 1_830.14 };
        let sun = SunPosition::at(&site, 1_066_419_030);
        assert!((sun.apparent_zenith_deg - 50.111_62).abs() < 1e-3, "{}", sun.apparent_zenith_deg);
        assert!((sun.azimuth_deg - 194.340_24).abs() < 1e-3, "{}", sun.azimuth_deg);
    }

    #[test]
    fn the_cut_series_stay_within_a_thousandth_of_a_degree_for_sixty_years() {
        // Latitude, longitude, altitude, seconds since 1970; then zenith, apparent zenith and azimuth by the full
        // algorithm (pvlib 0.16.1, solarposition.get_solarposition).
        let cases = [
            ([22.54, 114.06, 10.0], 631_162_800, [50.258_77, 50.238_59, 153.638_47]), // 1990-01-01.
            ([51.48, 0.0, 50.0], 805_736_400, [50.737_04, 50.716_61, 254.887_24]),    // 1995-07-14.
            ([-33.87, 151.21, 20.0], 1_067_811_000, [50.595_15, 50.574_75, 81.239_13]), // 2003-11-02.
            ([64.15, -21.94, 0.0], 1_340_235_000, [89.368_54, 88.968_72, 332.798_69]), // 2012-06-20.
            ([-0.18, -78.47, 2_850.0], 1_553_187_600, [5.294_6, 5.293_51, 84.654_74]), // 2019-03-21.
            ([35.68, 139.69, 40.0], 1_790_749_200, [65.731_64, 65.694_85, 247.026_88]), // 2026-09-30.
            ([-54.8, -68.3, 10.0], 2_156_690_700, [71.292_67, 71.243_93, 356.173_04]), // 2038-05-05.
            ([22.54, 114.06, 10.0], 2_556_090_000, [80.583_11, 80.488_4, 240.078_4]), // 2050-12-31.
        ];
        for ([latitude_deg, longitude_deg, altitude_m], utc_s, [zenith, apparent, azimuth]) in cases {
            let sun = SunPosition::at(&Site { latitude_deg, longitude_deg, altitude_m }, utc_s);
            assert!((sun.zenith_deg - zenith).abs() < 1e-3, "at {utc_s} s: {} not {zenith}", sun.zenith_deg);
            let found = sun.apparent_zenith_deg;
            assert!((found - apparent).abs() < 1e-3, "at {utc_s} s: {found} not {apparent}");
            let across = (sun.azimuth_deg - azimuth) * libm::sin(zenith.to_radians());
            assert!(across.abs() < 1e-3, "at {utc_s} s: azimuth {} not {azimuth}", sun.azimuth_deg);
        }
    }

    #[test]
    fn refraction_lifts_the_sun_by_half_a_degree_at_the_horizon_and_ends_below_it() {
        let at_horizon = refraction_deg(0.0, 101_325.0);
        assert!((0.45..0.52).contains(&at_horizon), "{at_horizon}");
        assert!(refraction_deg(80.0, 101_325.0) < 0.004);
        assert_eq!(refraction_deg(-1.0, 101_325.0), 0.0);
    }

    #[test]
    fn pressure_is_standard_at_the_sea_and_falls_with_height() {
        assert!((SHENZHEN.pressure_pa() - 101_205.0).abs() < 10.0, "{}", SHENZHEN.pressure_pa());
        let lhasa = Site { altitude_m: 3_650.0, ..SHENZHEN };
        assert!((lhasa.pressure_pa() - 64_600.0).abs() < 300.0, "{}", lhasa.pressure_pa());
    }

    #[test]
    fn an_angle_just_below_zero_wraps_to_less_than_a_turn() {
        assert_eq!(wrap_degrees(-1e-20), 0.0);
        assert_eq!(wrap_degrees(-90.0), 270.0);
        assert_eq!(wrap_degrees(725.0), 5.0);
    }

    #[test]
    fn the_noon_sun_is_north_of_a_southern_city() {
        // Sydney, 21 December 2030, 02:00 UTC: five minutes or so from solar noon.
        let sydney = Site { latitude_deg: -33.87, longitude_deg: 151.21, altitude_m: 20.0 };
        let sun = SunPosition::at(&sydney, 1_924_048_800);
        assert!((sun.zenith_deg - (33.87 - 23.44)).abs() < 0.2, "{}", sun.zenith_deg);
        assert!(sun.direction[1] > 0.0, "the sun should stand north, not at {}", sun.azimuth_deg);
    }

    proptest! {
        #[test]
        fn the_direction_is_a_unit_vector_that_agrees_with_the_angles(
            latitude_deg in -90.0..90.0_f64,
            longitude_deg in -180.0..180.0_f64,
            altitude_m in 0.0..4_000.0_f64,
            utc_s in VALID_S,
        ) {
            let sun = SunPosition::at(&Site { latitude_deg, longitude_deg, altitude_m }, utc_s);
            let [e, n, u] = sun.direction;
            prop_assert!((e * e + n * n + u * u - 1.0).abs() < 1e-12);
            prop_assert!((0.0..=180.0).contains(&sun.zenith_deg));
            prop_assert!((0.0..360.0).contains(&sun.azimuth_deg));
            prop_assert!(sun.apparent_zenith_deg <= sun.zenith_deg + 1e-3);
            let (sin_azimuth, cos_azimuth) = sincos(sun.azimuth_deg.to_radians());
            let horizontal = libm::sin(sun.apparent_zenith_deg.to_radians());
            prop_assert!((e - horizontal * sin_azimuth).abs() < 1e-9);
            prop_assert!((n - horizontal * cos_azimuth).abs() < 1e-9);
        }
    }
}
