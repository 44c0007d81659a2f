//! Datums of coordinates: WGS-84, as receivers and most of the world give it, and GCJ-02, as maps in China do.
//!
//! All angles are degrees, longitude first. GCJ-02 is defined in the box [`LONGITUDES_DEG`] by [`LATITUDES_DEG`]; in
//! Shenzhen it lies 0.0051° east and 0.0028° south of WGS-84, some 600 m. Outside the box both are the same.
//!
//! The official algorithm is not public. The formula here is the one that is, as `googollee/eviltransform` has it: two
//! polynomials with sines on top give the shift in metres, and the ellipsoid of Krasovsky (1940) turns it into degrees.
//! Its test vectors are met to the last digit but one. Places that map services give in both datums (fixtures of
//! `hujiulong/gcoord`) are met to 0.7 m, so a place is as good as that, and no better.

use core::f64::consts::PI;
use core::ops::RangeInclusive;

/// Longitudes in degrees between which GCJ-02 differs from WGS-84.
pub const LONGITUDES_DEG: RangeInclusive<f64> = 72.004..=137.8347;
/// Latitudes in degrees between which GCJ-02 differs from WGS-84.
pub const LATITUDES_DEG: RangeInclusive<f64> = 0.8293..=55.8271;

/// Equatorial radius in m and squared eccentricity of the ellipsoid of Krasovsky.
const RADIUS_M: f64 = 6_378_245.0;
const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;
/// Where the shift's polynomials have their origin, in degrees.
const ORIGIN_DEG: (f64, f64) = (105.0, 35.0);
/// The inverse stops when a step is smaller than this, in degrees. A step leaves less than a hundredth of the error.
const STEP_DEG: f64 = 1e-9;
/// Steps of the inverse, at most; it takes four or five.
const STEPS_MAX: usize = 20;

/// A place in GCJ-02 from its longitude and latitude in WGS-84, all in degrees.
///
/// Exact to rounding (1e-13 degrees) with regard to the formula. Outside the box in which GCJ-02 is defined, and for
/// what is no number, the place comes back as it is.
pub fn wgs84_to_gcj02(lon: f64, lat: f64) -> (f64, f64) {
    if !is_shifted(lon, lat) {
        return (lon, lat);
    }
    let (east, north) = shift_deg(lon, lat);
    (lon + east, lat + north)
}

/// A place in WGS-84 from its longitude and latitude in GCJ-02, all in degrees: the inverse of [`wgs84_to_gcj02`].
///
/// The formula has no closed inverse, so the place is sought whose shift leads here; the error is below 1e-9 degrees
/// (0.1 mm). Within 0.011 degrees outside the box a place in GCJ-02 may come from two places in WGS-84: from the one in
/// the box, which is the answer, or from itself.
pub fn gcj02_to_wgs84(lon: f64, lat: f64) -> (f64, f64) {
    let (mut from_lon, mut from_lat) = (lon, lat);
    for _ in 0..STEPS_MAX {
        let (east, north) = shift_deg(from_lon, from_lat);
        let before = (from_lon, from_lat);
        (from_lon, from_lat) = (lon - east, lat - north);
        if (from_lon - before.0).abs().max((from_lat - before.1).abs()) < STEP_DEG {
            break;
        }
    }
    if is_shifted(from_lon, from_lat) { (from_lon, from_lat) } else { (lon, lat) }
}

fn is_shifted(lon: f64, lat: f64) -> bool {
    LONGITUDES_DEG.contains(&lon) && LATITUDES_DEG.contains(&lat)
}

/// How far east and north GCJ-02 is shifted at a place in WGS-84, in degrees.
fn shift_deg(lon: f64, lat: f64) -> (f64, f64) {
    let (x, y) = (lon - ORIGIN_DEG.0, lat - ORIGIN_DEG.1);
    let root = x.abs().sqrt();
    let ripple = waves(x, [(6.0, 20.0), (2.0, 20.0)]);
    let east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root;
    let east_m = east_m + ripple + waves(x, [(1.0, 20.0), (1.0 / 3.0, 40.0)]);
    let east_m = east_m + waves(x, [(1.0 / 12.0, 150.0), (1.0 / 30.0, 300.0)]);
    let north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root;
    let north_m = north_m + ripple + waves(y, [(1.0, 20.0), (1.0 / 3.0, 40.0)]);
    let north_m = north_m + waves(y, [(1.0 / 12.0, 160.0), (1.0 / 30.0, 320.0)]);

    let (sin, cos) = libm::sincos(lat.to_radians());
    let flattening = 1.0 - ECCENTRICITY_SQUARED * sin * sin;
    let radius_east_m = RADIUS_M / flattening.sqrt();
    let radius_north_m = radius_east_m * (1.0 - ECCENTRICITY_SQUARED) / flattening;
    ((east_m / (radius_east_m * cos)).to_degrees(), (north_m / radius_north_m).to_degrees())
}

/// Two sines of `at`, each by its half-turns per degree and its amplitude in m; all of them count for two thirds.
fn waves(at: f64, both: [(f64, f64); 2]) -> f64 {
    both.iter().map(|(turns, metres)| metres * libm::sin(at * turns * PI)).sum::<f64>() * 2.0 / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Pair = ((f64, f64), (f64, f64));

    /// The larger difference of two places in degrees.
    fn apart(a: (f64, f64), b: (f64, f64)) -> f64 {
        (a.0 - b.0).abs().max((a.1 - b.1).abs())
    }

    /// Known pairs are met within `tolerance_deg`, both ways.
    fn check(pairs: &[Pair], tolerance_deg: f64) {
        for &(wgs84, gcj02) in pairs {
            let there = wgs84_to_gcj02(wgs84.0, wgs84.1);
            assert!(apart(there, gcj02) < tolerance_deg, "{wgs84:?}: {there:?} and not {gcj02:?}");
            let back = gcj02_to_wgs84(gcj02.0, gcj02.1);
            assert!(apart(back, wgs84) < tolerance_deg.max(1e-9), "{gcj02:?}: {back:?} and not {wgs84:?}");
        }
    }

    #[test]
    fn other_implementations_agree() {
        let pairs = [
            // Test vectors of googollee/eviltransform (go/transform_test.go): Shanghai, Shenzhen, Beijing.
            ((121.527_210_6, 31.177_427_6), (121.531_541_859_215, 31.175_303_983_645_97)),
            ((113.912_316, 22.543_847), (113.917_176_480_836_3, 22.540_796_131_694_766)),
            ((116.377_817, 39.911_954), (116.384_047_224_556_57, 39.913_345_455_360_69)),
            // The example of wandergis/coordTransform_js (README): Beijing.
            ((116.404, 39.915), (116.410_244_499_169_38, 39.916_404_281_501_64)),
            // The civic centre of Shenzhen, by a second implementation written for this test (Python, C library).
            ((114.057_865, 22.543_096), (114.062_978_957_399_21, 22.540_378_752_292_25)),
        ];
        check(&pairs, 1e-12);
    }

    #[test]
    fn map_services_agree_to_less_than_a_metre() {
        // Fixtures of hujiulong/gcoord (test/fixtures/china-cities.json), given to seven decimals: Shanwei, Heyuan and
        // Shantou near Shenzhen, then Zhumadian, Shenyang, Jiuquan and Nagqu.
        let pairs = [
            ((115.370_224_8, 22.788_825_5), (115.375_164_7, 22.786_190_3)),
            ((114.696_264_8, 23.746_344_8), (114.700_962_7, 23.743_691_4)),
            ((116.677_511_4, 23.356_756_9), (116.681_973_5, 23.354_096_4)),
            ((114.016_432_2, 33.013_355_6), (114.022_306, 33.011_532_4)),
            ((123.425_330_6, 41.803_262_9), (123.431_478_7, 41.805_702_3)),
            ((98.493_717_5, 39.731_994_6), (98.494_359_5, 39.732_823_4)),
            ((92.049_961_9, 31.478_443_6), (92.051_243_8, 31.476_206_3)),
        ];
        // 6.5e-6 degrees of longitude and 4.5e-6 of latitude are 0.7 m together at most.
        check(&pairs, 6.5e-6);
    }

    #[test]
    fn places_just_inside_the_edges_and_at_the_seam_come_back() {
        // The root in the shift has a kink at 105 degrees; at the edges the shift leads out of the box.
        for lon in [72.004_001, 105.0, 105.000_000_001, 137.834_699] {
            for lat in [0.829_301, 35.0, 55.827_099] {
                let (there_lon, there_lat) = wgs84_to_gcj02(lon, lat);
                assert!(apart(gcj02_to_wgs84(there_lon, there_lat), (lon, lat)) < 1e-9, "{lon} {lat}");
            }
        }
    }

    #[test]
    fn what_is_no_place_comes_back_as_it_is() {
        for (lon, lat) in [(f64::NAN, 22.5), (114.0, f64::INFINITY), (22.5, 114.0), (0.0, 90.0)] {
            for (to_lon, to_lat) in [wgs84_to_gcj02(lon, lat), gcj02_to_wgs84(lon, lat)] {
                assert_eq!((to_lon.to_bits(), to_lat.to_bits()), (lon.to_bits(), lat.to_bits()), "{lon} {lat}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// There and back is the same place, and so is back and there, wherever GCJ-02 is defined.
        #[test]
        fn there_and_back_is_where_one_was(lon in 72.01..137.83f64, lat in 0.83..55.82f64) {
            let (there_lon, there_lat) = wgs84_to_gcj02(lon, lat);
            prop_assert!(apart(gcj02_to_wgs84(there_lon, there_lat), (lon, lat)) < 1e-8);
            prop_assert!(apart((there_lon, there_lat), (lon, lat)) < 0.011);
        }

        /// Farther outside the box than the shift reaches, nothing moves.
        #[test]
        fn outside_nothing_moves(lon in -180.0..180f64, lat in -90.0..90f64) {
            prop_assume!(!(71.99..137.85).contains(&lon) || !(0.81..55.84).contains(&lat));
            prop_assert_eq!(wgs84_to_gcj02(lon, lat), (lon, lat));
            prop_assert_eq!(gcj02_to_wgs84(lon, lat), (lon, lat));
        }

        /// In Shenzhen the shift is 0.0044 to 0.0053 degrees east and 0.0025 to 0.0031 south.
        #[test]
        fn shenzhen_moves_to_the_south_east(lon in 113.75..114.65f64, lat in 22.4..22.9f64) {
            let (to_lon, to_lat) = wgs84_to_gcj02(lon, lat);
            prop_assert!((0.0044..0.0053).contains(&(to_lon - lon)), "{} east", to_lon - lon);
            prop_assert!((-0.0031..-0.0025).contains(&(to_lat - lat)), "{} north", to_lat - lat);
        }
    }
}
