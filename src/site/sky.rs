//! What light the sky sends at one instant: everything about the sun and the air that all solar arrays of a place
//! share, worked out once per step.
//!
//! A [`Sky`] holds the results of all trigonometry, exponentials and powers, so that an array under it costs a dot
//! product and a few multiplications (see `crate::site::panel`). The clear sky is the Ineichen-Perez model with the
//! Linke turbidity of the month; clouds scale its global irradiance by a clear-sky index and split the rest into beam
//! and diffuse by the Erbs correlation. Conventions (days counted in UTC, refraction, limits near the horizon) are
//! those of pvlib 0.16.1, so that its tables serve as the reference.

use super::panel::Mounting;
use super::sun::{Site, SunPosition};
use core::f64::consts::TAU;
use libm::{cos, exp, pow, sincos};

/// Linke turbidity at Shenzhen (22.54 N, 114.06 E) by month, January first (`SoDa`, J. Remund et al., "Worldwide Linke
/// turbidity information", ISES Solar World Congress 2003).
pub const SHENZHEN_LINKE: [f64; 12] = [3.15, 3.3, 4.0, 4.4, 5.0, 5.0, 4.5, 5.05, 4.55, 4.1, 3.45, 3.5];

/// Irradiance from the sun and the sky, W/m2.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Irradiance {
    /// Global, on a horizontal plane.
    pub ghi_w_m2: f64,
    /// Direct (beam), on a plane facing the sun.
    pub dni_w_m2: f64,
    /// Diffuse from the sky, on a horizontal plane.
    pub dhi_w_m2: f64,
}

/// The sky over a place at one instant: what every array of the place reads, and nothing of any array.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sky {
    /// Where the sun stands, and the unit vector towards it.
    pub sun: SunPosition,
    /// Irradiance under a sky without clouds.
    pub clear: Irradiance,
    /// Irradiance under the clouds there are.
    pub actual: Irradiance,
    /// Irradiance outside the atmosphere on a plane facing the sun, W/m2: 1,320 to 1,415 over the year.
    pub dni_extra_w_m2: f64,
    /// Global irradiance over its clear-sky value: 0 (black) to 1 (no cloud), a little above 1 at a cloud's edge.
    pub clear_sky_index: f64,
    /// Air temperature in degrees Celsius.
    pub air_temperature_c: f64,
    /// Wind speed at 10 m height, m/s.
    pub wind_m_s: f64,
    /// How far a cell is above the air, in kelvin per W/m2 on its plane: the wind factor of the mounting.
    pub cell_rise_k_m2_w: f64,
    /// Beam and the diffuse light that comes from around the sun, on a plane facing it, W/m2 (Hay-Davies).
    pub(super) beam_w_m2: f64,
    /// Diffuse light from the rest of the sky, even over the dome, W/m2 (Hay-Davies).
    pub(super) even_w_m2: f64,
}

impl Sky {
    /// The sky over `site` at `utc_s` seconds since 1970-01-01 00:00 UTC, for arrays mounted close to a roof.
    ///
    /// `linke_monthly` is the Linke turbidity by month (1.5 to 10, see [`SHENZHEN_LINKE`]), interpolated to the day.
    /// `clear_sky_index` is 0 to 1.3: at exactly 1 the sky is the clear-sky model's; otherwise its global irradiance
    /// is scaled and split by [`erbs`]. Below zero and not-a-number count as 0. `air_temperature_c` is in degrees
    /// Celsius, `wind_m_s` the wind speed at 10 m height (0 or more).
    pub fn at(
        site: &Site,
        utc_s: i64,
        linke_monthly: &[f64; 12],
        clear_sky_index: f64,
        air_temperature_c: f64,
        wind_m_s: f64,
    ) -> Self {
        let sun = SunPosition::at(site, utc_s);
        let date = YearDay::at(utc_s);
        let dni_extra_w_m2 = extraterrestrial_w_m2(date);
        let clear = clear_sky(site, &sun, linke_turbidity(linke_monthly, date), dni_extra_w_m2);
        let clear_sky_index = clear_sky_index.max(0.0);
        let actual = if clear_sky_index == 1.0 {
            clear
        } else {
            erbs(clear.ghi_w_m2 * clear_sky_index, sun.zenith_deg, dni_extra_w_m2)
        };
        let around_sun = actual.dni_w_m2 / dni_extra_w_m2;
        Self {
            sun,
            clear,
            actual,
            dni_extra_w_m2,
            clear_sky_index,
            air_temperature_c,
            wind_m_s,
            cell_rise_k_m2_w: Mounting::CLOSE_ROOF.cell_rise_k_m2_w(wind_m_s),
            beam_w_m2: actual.dni_w_m2
                + actual.dhi_w_m2 * around_sun / sun.cos_apparent_zenith().max(MIN_COS_ZENITH_HAY_DAVIES),
            even_w_m2: actual.dhi_w_m2 * (1.0 - around_sun),
        }
    }

    /// The same sky for arrays mounted in another way. Once per step and mounting, not once per array.
    #[must_use]
    pub fn for_mounting(self, mounting: &Mounting) -> Self {
        Self { cell_rise_k_m2_w: mounting.cell_rise_k_m2_w(self.wind_m_s), ..self }
    }
}

/// Cosine of 89 degrees: the lowest sun for which Hay-Davies scales the light around it (pvlib issue 432).
const MIN_COS_ZENITH_HAY_DAVIES: f64 = 0.017_45;

/// A day of the calendar, as the yearly models count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YearDay {
    /// Day of the year, 1 to 366.
    pub day: u16,
    /// True in a leap year.
    pub leap: bool,
}

impl YearDay {
    /// The UTC day at `utc_s` seconds since 1970 (Gregorian calendar; the era arithmetic is H. Hinnant's,
    /// "chrono-compatible low-level date algorithms").
    pub fn at(utc_s: i64) -> Self {
        const DAYS_PER_400_YEARS: i64 = 146_097;
        // Eras of 400 years and years within them begin on the first of March, so that a leap day comes last.
        let since_era_zero = utc_s.div_euclid(86_400) + 719_468;
        let day_of_era = since_era_zero.rem_euclid(DAYS_PER_400_YEARS);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_since_march = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // Days 306 and later are January and February of the next year.
        let in_next_year = day_since_march >= 306;
        let year = year_of_era + i64::from(in_next_year);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let day = if in_next_year { day_since_march - 305 } else { day_since_march + 60 + i64::from(leap) };
        Self { day: day as u16, leap }
    }
}

/// Irradiance outside the atmosphere on a plane facing the sun, W/m2 (J. W. Spencer, "Fourier series representation of
/// the position of the sun", Search 2(5), 1971, with a solar constant of 1,366.1 W/m2, ASTM E490).
pub fn extraterrestrial_w_m2(date: YearDay) -> f64 {
    let angle = TAU * (f64::from(date.day) - 1.0) / 365.0;
    let (sin_1, cos_1) = sincos(angle);
    let (sin_2, cos_2) = sincos(2.0 * angle);
    1_366.1 * (1.000_11 + 0.034_221 * cos_1 + 0.001_28 * sin_1 + 0.000_719 * cos_2 + 0.000_077 * sin_2)
}

/// Linke turbidity of a day from the values by month, January first: linear between the middles of the months, round
/// the turn of the year.
pub fn linke_turbidity(monthly: &[f64; 12], date: YearDay) -> f64 {
    let day = f64::from(date.day);
    let mut before = (-15.5, monthly[11]);
    let mut month_begin = 0.0;
    // January once more, to close the year.
    for month in 0..13 {
        let length = month_days(month % 12, date.leap);
        let middle = (month_begin + length / 2.0, monthly[month % 12]);
        if day < middle.0 {
            return before.1 + (middle.1 - before.1) * (day - before.0) / (middle.0 - before.0);
        }
        month_begin += length;
        before = middle;
    }
    before.1
}

/// Days in a month, counted from 0 for January.
fn month_days(month: usize, leap: bool) -> f64 {
    match month {
        1 if leap => 29.0,
        1 => 28.0,
        3 | 5 | 8 | 10 => 30.0,
        _ => 31.0,
    }
}

/// Air mass relative to that overhead at sea level, 1 to 38, or `None` when the apparent zenith angle is beyond 90
/// degrees (F. Kasten and A. T. Young, "Revised optical air mass tables and approximation formula", Applied Optics
/// 28(22), 1989).
pub fn relative_air_mass(apparent_zenith_deg: f64) -> Option<f64> {
    (apparent_zenith_deg <= 90.0).then(|| {
        let elevation_term = pow(6.079_95 + (90.0 - apparent_zenith_deg), -1.636_4);
        1.0 / (cos(apparent_zenith_deg.to_radians()) + 0.505_72 * elevation_term)
    })
}

/// Air mass at the pressure of a site, from the [`relative_air_mass`].
pub fn absolute_air_mass(site: &Site, relative: f64) -> f64 {
    relative * site.pressure_pa() / 101_325.0
}

/// Irradiance under a sky without clouds; all zero when the apparent sun is below the horizon.
///
/// P. Ineichen and R. Perez, "A new airmass independent formulation for the Linke turbidity coefficient", Solar Energy
/// 73(3), 2002, without the enhancement factor of R. Perez et al., Solar Energy 73(5), 2002, which goes astray at low
/// sun.
pub fn clear_sky(site: &Site, sun: &SunPosition, linke: f64, dni_extra_w_m2: f64) -> Irradiance {
    let cos_zenith = sun.cos_apparent_zenith();
    let Some(relative) = relative_air_mass(sun.apparent_zenith_deg).filter(|_| cos_zenith > 0.0) else {
        return Irradiance::default();
    };
    let air_mass = absolute_air_mass(site, relative);
    let above_8000 = site.air_share(8_000.0);
    let above_1250 = site.air_share(1_250.0);
    let scale = 5.09e-5 * site.altitude_m + 0.868;
    let extinction = 3.92e-5 * site.altitude_m + 0.038_7;
    // Global irradiance on a plane facing the sun: dividing it out avoids a division by the vanishing cosine.
    let facing = scale * dni_extra_w_m2 * exp(-extinction * air_mass * (above_8000 + above_1250 * (linke - 1.0)));
    let ghi_w_m2 = facing * cos_zenith;
    let beam = (0.664 + 0.163 / above_8000) * exp(-0.09 * air_mass * (linke - 1.0)) * dni_extra_w_m2;
    let beam_limit = facing * (1.0 - (0.1 - 0.2 * exp(-linke)) / (0.1 + 0.882 / above_8000)).max(0.0);
    let dni_w_m2 = beam.min(beam_limit);
    Irradiance { ghi_w_m2, dni_w_m2, dhi_w_m2: ghi_w_m2 - dni_w_m2 * cos_zenith }
}

/// Cosine of the lowest sun for which the clearness of the sky is taken at face value.
const MIN_COS_ZENITH_ERBS: f64 = 0.065;

/// Zenith angle in degrees beyond which all light counts as diffuse.
const MAX_ZENITH_ERBS_DEG: f64 = 87.0;

/// Splits global irradiance into beam and diffuse by how clear the sky is.
///
/// `zenith_deg` is the true zenith angle. Global irradiance is kept: `dni * cos(zenith) + dhi = ghi`. D. G. Erbs,
/// S. A. Klein and J. A. Duffie, "Estimation of the diffuse radiation fraction for hourly, daily and monthly-average
/// global radiation", Solar Energy 28(4), 1982, equation 1.
pub fn erbs(ghi_w_m2: f64, zenith_deg: f64, dni_extra_w_m2: f64) -> Irradiance {
    if zenith_deg > MAX_ZENITH_ERBS_DEG {
        return Irradiance { ghi_w_m2, dni_w_m2: 0.0, dhi_w_m2: ghi_w_m2 };
    }
    let cos_zenith = cos(zenith_deg.to_radians());
    let clearness = (ghi_w_m2 / (dni_extra_w_m2 * cos_zenith.max(MIN_COS_ZENITH_ERBS))).clamp(0.0, 1.0);
    let dhi_w_m2 = ghi_w_m2 * diffuse_fraction(clearness);
    Irradiance { ghi_w_m2, dni_w_m2: (ghi_w_m2 - dhi_w_m2) / cos_zenith, dhi_w_m2 }
}

/// Share of global irradiance that is diffuse, 0.165 to 1, at a clearness index of 0 to 1.
fn diffuse_fraction(clearness: f64) -> f64 {
    let k = clearness;
    if k <= 0.22 {
        1.0 - 0.09 * k
    } else if k <= 0.8 {
        0.951_1 + k * (-0.160_4 + k * (4.388 + k * (-16.638 + k * 12.336)))
    } else {
        0.165
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHENZHEN: Site = Site { latitude_deg: 22.54, longitude_deg: 114.06, altitude_m: 10.0 };

    fn check_close(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance, "found {found}, expected {expected}");
    }

    #[test]
    fn days_of_the_year_follow_the_gregorian_calendar() {
        let cases = [
            (0, 1, false),              // 1970-01-01.
            (-1, 365, false),           // 1969-12-31.
            (951_782_400, 60, true),    // 2000-02-29.
            (951_868_800, 61, true),    // 2000-03-01.
            (1_709_164_799, 59, true),  // 2024-02-28, the last second.
            (1_735_603_200, 366, true), // 2024-12-31.
            (1_772_323_200, 60, false), // 2026-03-01.
            (4_107_542_400, 60, false), // 2100-03-01.
        ];
        for (utc_s, day, leap) in cases {
            assert_eq!(YearDay::at(utc_s), YearDay { day, leap }, "at {utc_s} s");
        }
    }

    #[test]
    fn turbidity_meets_the_months_in_their_middles_and_wraps_round_the_year() {
        let monthly = core::array::from_fn(|month| month as f64);
        // The middle of July of a common year falls on day 196.5, so two days around it see it from both sides.
        let july = |day| linke_turbidity(&monthly, YearDay { day, leap: false });
        check_close(july(196), 6.0 - 0.5 / 30.5, 1e-12);
        check_close(july(197), 6.0 + 0.5 / 31.0, 1e-12);
        // Halfway between mid-December and mid-January the two months weigh the same.
        check_close(july(1), 11.0 - 11.0 * 16.5 / 31.0, 1e-12);
        check_close(july(365), 11.0 - 11.0 * 15.5 / 31.0, 1e-12);
        check_close(linke_turbidity(&monthly, YearDay { day: 366, leap: true }), 5.5, 1e-12);
    }

    #[test]
    fn the_sun_is_nearest_in_january() {
        let at = |day| extraterrestrial_w_m2(YearDay { day, leap: false });
        assert!((1_412.0..1_416.0).contains(&at(3)), "{}", at(3));
        assert!((1_320.0..1_324.0).contains(&at(185)), "{}", at(185));
    }

    #[test]
    fn air_mass_is_one_overhead_and_thirty_eight_at_the_horizon() {
        check_close(relative_air_mass(0.0).unwrap(), 1.0, 1e-3);
        check_close(relative_air_mass(60.0).unwrap(), 1.994, 1e-2);
        check_close(relative_air_mass(90.0).unwrap(), 37.92, 0.01);
        assert_eq!(relative_air_mass(90.001), None);
    }

    #[test]
    fn erbs_gives_the_published_fractions_and_leaves_low_sun_diffuse() {
        check_close(diffuse_fraction(0.0), 1.0, 0.0);
        check_close(diffuse_fraction(0.1), 0.991, 1e-12);
        check_close(diffuse_fraction(0.5), 0.659_1, 1e-3);
        check_close(diffuse_fraction(0.9), 0.165, 0.0);
        let low = erbs(20.0, 87.5, 1_400.0);
        assert_eq!((low.dni_w_m2, low.dhi_w_m2), (0.0, 20.0));
    }

    #[test]
    fn a_sky_that_is_black_or_not_a_number_sends_nothing() {
        for index in [0.0, -0.5, f64::NAN] {
            let sky = Sky::at(&SHENZHEN, 1_774_065_600, &SHENZHEN_LINKE, index, 25.0, 3.0);
            assert!(sky.clear.ghi_w_m2 > 800.0, "{}", sky.clear.ghi_w_m2);
            assert_eq!(sky.actual, Irradiance::default());
        }
    }

    prop_compose! {
        fn any_site()(
            latitude_deg in -90.0..90.0_f64, longitude_deg in -180.0..180.0_f64, altitude_m in 0.0..4_000.0_f64,
        ) -> Site {
            Site { latitude_deg, longitude_deg, altitude_m }
        }
    }

    proptest! {
        #[test]
        fn global_irradiance_never_falls_as_the_sky_clears(
            site in any_site(),
            utc_s in 631_152_000..2_556_144_000_i64,
            low in 0.0..1.0_f64,
            more in 0.0..0.3_f64,
        ) {
            let at = |index| Sky::at(&site, utc_s, &SHENZHEN_LINKE, index, 25.0, 3.0).actual.ghi_w_m2;
            prop_assert!(at(low) <= at(low + more));
            prop_assert!(at(low) <= at(1.0));
        }

        #[test]
        fn beam_and_diffuse_add_up_to_global_and_none_is_negative(
            site in any_site(),
            utc_s in 631_152_000..2_556_144_000_i64,
            index in 0.0..1.2_f64,
        ) {
            let sky = Sky::at(&site, utc_s, &SHENZHEN_LINKE, index, 25.0, 3.0);
            for (light, zenith_deg) in
                [(sky.clear, sky.sun.apparent_zenith_deg), (sky.actual, sky.sun.zenith_deg)]
            {
                prop_assert!(light.ghi_w_m2 >= 0.0 && light.dni_w_m2 >= 0.0 && light.dhi_w_m2 >= 0.0, "{light:?}");
                let sum = light.dni_w_m2 * cos(zenith_deg.to_radians()) + light.dhi_w_m2;
                prop_assert!((sum - light.ghi_w_m2).abs() < 1e-9, "{light:?}");
            }
            if sky.sun.apparent_zenith_deg > 90.0 {
                prop_assert_eq!(sky.actual, Irradiance::default());
            }
            prop_assert!(sky.beam_w_m2 >= 0.0 && sky.even_w_m2 >= 0.0);
        }
    }
}
