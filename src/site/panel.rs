//! What a solar array makes of the sky: light on its plane, cell temperature, and power at the grid.
//!
//! All that depends on an array alone is worked out once, in [`PanelGeometry`] and [`Inverter`]; all that depends on
//! the instant alone is in [`Sky`]. What is left per array and step is a dot product, a handful of multiplications and
//! no library call, since a city steps many thousand arrays each minute. Powers are per kilowatt of the modules'
//! rating (kWp) and scale with it.

use super::sky::Sky;
use libm::{exp, sincos};

/// How modules are mounted: the parameters of the cell temperature model of the Sandia Array Performance Model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mounting {
    /// Logarithm of the module's rise over the air per irradiance in still air, K m2/W.
    pub a: f64,
    /// Change of that logarithm per m/s of wind; negative, as wind cools.
    pub b: f64,
    /// How much warmer the cell is than the module's back at 1,000 W/m2, K.
    pub delta_t_k: f64,
}

impl Mounting {
    /// Glass on both sides, close above a roof: D. L. King, W. E. Boyson and J. A. Kratochvil, "Photovoltaic array
    /// performance model", SAND2004-3535, table 1, as are the others.
    pub const CLOSE_ROOF: Self = Self { a: -2.98, b: -0.047_1, delta_t_k: 1.0 };
    /// Glass on both sides, on an open rack.
    pub const OPEN_RACK: Self = Self { a: -3.47, b: -0.059_4, delta_t_k: 3.0 };
    /// Glass and polymer with an insulated back: part of the building's skin.
    pub const BUILDING_SKIN: Self = Self { a: -2.81, b: -0.045_5, delta_t_k: 0.0 };

    /// How far the cell is above the air, in kelvin per W/m2 on its plane, at a wind speed at 10 m height in m/s.
    pub fn cell_rise_k_m2_w(&self, wind_m_s: f64) -> f64 {
        exp(self.a + self.b * wind_m_s) + self.delta_t_k / 1_000.0
    }
}

/// Where an array faces, as the numbers that light on its plane needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PanelGeometry {
    /// Unit normal of the plane: east, north, up.
    normal: [f64; 3],
    /// Share of the sky dome the plane sees: 1 when flat, one half when upright.
    sky_view: f64,
    /// Share of the light falling on the ground that reaches the plane.
    ground_factor: f64,
}

impl PanelGeometry {
    /// A plane at `tilt_deg` from the horizontal (0 to 180; beyond 90 it faces down), facing `azimuth_deg` clockwise
    /// from north (180 is south), over ground of reflectance `albedo` (0 to 1; 0.2 is common in cities).
    pub fn new(tilt_deg: f64, azimuth_deg: f64, albedo: f64) -> Self {
        let (sin_tilt, cos_tilt) = sincos(tilt_deg.to_radians());
        let (sin_azimuth, cos_azimuth) = sincos(azimuth_deg.to_radians());
        Self {
            normal: [sin_tilt * sin_azimuth, sin_tilt * cos_azimuth, cos_tilt],
            sky_view: 0.5 * (1.0 + cos_tilt),
            ground_factor: albedo * 0.5 * (1.0 - cos_tilt),
        }
    }

    /// Unit normal of the plane: east, north, up.
    pub const fn normal(&self) -> [f64; 3] {
        self.normal
    }

    /// Cosine of the angle between the sun and the plane's normal: negative when the sun is behind the plane.
    #[inline]
    pub fn cos_incidence(&self, sky: &Sky) -> f64 {
        let [east, north, up] = sky.sun.direction;
        self.normal[0] * east + self.normal[1] * north + self.normal[2] * up
    }

    /// Angle of incidence in degrees, 0 to 180. For display and tests; a step needs its cosine only.
    pub fn incidence_deg(&self, sky: &Sky) -> f64 {
        libm::acos(self.cos_incidence(sky).clamp(-1.0, 1.0)).to_degrees()
    }

    /// Irradiance on the plane in W/m2 if diffuse light came evenly from the whole sky (H. C. Hottel and
    /// B. B. Woertz, "Evaluation of flat-plate solar heat collector", Transactions ASME 64, 1942).
    #[inline]
    pub fn isotropic_w_m2(&self, sky: &Sky) -> f64 {
        let light = &sky.actual;
        self.cos_incidence(sky).max(0.0) * light.dni_w_m2
            + self.sky_view * light.dhi_w_m2
            + self.ground_factor * light.ghi_w_m2
    }

    /// Irradiance on the plane in W/m2 with the diffuse light around the sun counted as beam (J. E. Hay and
    /// J. A. Davies, "Calculations of the solar radiation incident on an inclined surface", First Canadian Solar
    /// Radiation Data Workshop, 1980). This is what power is computed from.
    #[inline]
    pub fn hay_davies_w_m2(&self, sky: &Sky) -> f64 {
        self.cos_incidence(sky).max(0.0) * sky.beam_w_m2
            + self.sky_view * sky.even_w_m2
            + self.ground_factor * sky.actual.ghi_w_m2
    }
}

/// The electrical side of an array, as a data sheet gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArraySpec {
    /// Change of the modules' power per kelvin of cell temperature, as a fraction: about -0.0035.
    pub power_per_k: f64,
    /// Share of DC power lost to soiling, shading, mismatch, wiring and the like: 0 to 1, below 1.
    pub loss: f64,
    /// Modules' rating over the inverter's AC rating: above 0, 1.1 to 1.5 in practice.
    pub dc_ac_ratio: f64,
    /// Efficiency of the inverter at its rated power: above 0, at most 1.
    pub inverter_efficiency: f64,
}

impl Default for ArraySpec {
    /// Crystalline silicon with the loss and inverter of `PVWatts`: A. P. Dobos, "`PVWatts` version 5 manual",
    /// NREL/TP-6A20-62641, 2014. The loss combines its ten default losses.
    fn default() -> Self {
        Self { power_per_k: -0.003_5, loss: 0.140_756_606_882_644_69, dc_ac_ratio: 1.1, inverter_efficiency: 0.96 }
    }
}

/// From light on the plane to power at the grid: the `PVWatts` module and inverter models, ready for use.
///
/// The inverter's AC power over its DC power is a parabola in `PVWatts`, so its coefficients are kept and no efficiency
/// is ever divided out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inverter {
    power_per_k: f64,
    kept: f64,
    ac_limit_w: f64,
    idle_w: f64,
    slope: f64,
    bend_per_w: f64,
}

/// Efficiency of the inverter that `PVWatts` fitted its curve to.
const REFERENCE_EFFICIENCY: f64 = 0.963_7;

/// Cell temperature that modules are rated at, degrees Celsius.
const RATED_CELL_C: f64 = 25.0;

impl Inverter {
    /// The chain of a given array; ranges as in [`ArraySpec`].
    pub fn new(spec: &ArraySpec) -> Self {
        let ac_limit_w = 1_000.0 / spec.dc_ac_ratio;
        let dc_limit_w = ac_limit_w / spec.inverter_efficiency;
        let scale = spec.inverter_efficiency / REFERENCE_EFFICIENCY;
        Self {
            power_per_k: spec.power_per_k,
            kept: 1.0 - spec.loss,
            ac_limit_w,
            idle_w: 0.005_9 * scale * dc_limit_w,
            slope: 0.985_8 * scale,
            bend_per_w: 0.016_2 * scale / dc_limit_w,
        }
    }

    /// The most AC power it gives, W per kWp of modules.
    pub const fn ac_limit_w_per_kwp(&self) -> f64 {
        self.ac_limit_w
    }

    /// DC power of the modules before losses, W per kWp, from the irradiance on their plane in W/m2 and the cell
    /// temperature in degrees Celsius.
    #[inline]
    pub fn dc_power_w_per_kwp(&self, plane_w_m2: f64, cell_c: f64) -> f64 {
        plane_w_m2 * (1.0 + self.power_per_k * (cell_c - RATED_CELL_C))
    }

    /// AC power at the grid, W per kWp, from the modules' DC power: 0 up to the inverter's limit.
    #[inline]
    pub fn ac_from_dc_w_per_kwp(&self, dc_w_per_kwp: f64) -> f64 {
        let input = dc_w_per_kwp * self.kept;
        let output = input * (self.slope - self.bend_per_w * input) - self.idle_w;
        output.min(self.ac_limit_w).max(0.0)
    }
}

/// What an array does at one instant, step by step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ArrayOutput {
    /// Irradiance on the plane, W/m2 (Hay-Davies).
    pub plane_w_m2: f64,
    /// Cell temperature, degrees Celsius.
    pub cell_c: f64,
    /// DC power of the modules before losses, W per kWp.
    pub dc_w_per_kwp: f64,
    /// AC power at the grid, W per kWp.
    pub ac_w_per_kwp: f64,
}

/// Everything an array does under a sky.
///
/// The cell temperature follows the mounting the sky was made for ([`Sky::for_mounting`]).
#[inline]
pub fn array_output(sky: &Sky, geometry: &PanelGeometry, inverter: &Inverter) -> ArrayOutput {
    let plane_w_m2 = geometry.hay_davies_w_m2(sky);
    let cell_c = sky.air_temperature_c + plane_w_m2 * sky.cell_rise_k_m2_w;
    let dc_w_per_kwp = inverter.dc_power_w_per_kwp(plane_w_m2, cell_c);
    ArrayOutput { plane_w_m2, cell_c, dc_w_per_kwp, ac_w_per_kwp: inverter.ac_from_dc_w_per_kwp(dc_w_per_kwp) }
}

/// AC power an array gives under a sky, W per kWp: 0 up to the inverter's limit.
#[inline]
pub fn ac_power_w_per_kwp(sky: &Sky, geometry: &PanelGeometry, inverter: &Inverter) -> f64 {
    array_output(sky, geometry, inverter).ac_w_per_kwp
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::sky::SHENZHEN_LINKE;
    use crate::site::sun::Site;
    use proptest::prelude::*;

    const SHENZHEN: Site = Site { latitude_deg: 22.54, longitude_deg: 114.06, altitude_m: 10.0 };

    /// 20 March 2026, 12:30 in Shenzhen: the sun is all but due south.
    const NOON_S: i64 = 1_773_981_000;

    fn noon_sky(clear_sky_index: f64) -> Sky {
        Sky::at(&SHENZHEN, NOON_S, &SHENZHEN_LINKE, clear_sky_index, 23.0, 3.0)
    }

    #[test]
    fn a_flat_array_receives_the_global_irradiance_under_a_clear_sky() {
        let sky = noon_sky(1.0);
        let flat = PanelGeometry::new(0.0, 0.0, 0.2);
        assert!((flat.isotropic_w_m2(&sky) - sky.actual.ghi_w_m2).abs() < 1e-9);
        assert!((flat.hay_davies_w_m2(&sky) - sky.actual.ghi_w_m2).abs() < 1e-9);
        assert!((flat.incidence_deg(&sky) - sky.sun.apparent_zenith_deg).abs() < 1e-9);
    }

    #[test]
    fn an_array_facing_the_ground_sees_only_what_the_ground_reflects() {
        let sky = noon_sky(1.0);
        let down = PanelGeometry::new(180.0, 180.0, 0.2);
        assert!((down.hay_davies_w_m2(&sky) - 0.2 * sky.actual.ghi_w_m2).abs() < 1e-9);
    }

    #[test]
    fn a_south_roof_beats_a_north_roof_at_noon_in_march() {
        let sky = noon_sky(1.0);
        let inverter = Inverter::new(&ArraySpec::default());
        let at = |azimuth_deg| ac_power_w_per_kwp(&sky, &PanelGeometry::new(25.0, azimuth_deg, 0.2), &inverter);
        assert!(at(180.0) > 1.3 * at(0.0), "{} and {}", at(180.0), at(0.0));
    }

    #[test]
    fn the_inverter_gives_its_nominal_efficiency_at_full_load_and_clips_above() {
        let spec = ArraySpec { loss: 0.0, dc_ac_ratio: 2.0, ..ArraySpec::default() };
        let inverter = Inverter::new(&spec);
        let full_dc = 500.0 / spec.inverter_efficiency;
        assert!((inverter.ac_from_dc_w_per_kwp(full_dc) - 500.0).abs() < 0.1);
        assert_eq!(inverter.ac_from_dc_w_per_kwp(2.0 * full_dc), 500.0);
        assert_eq!(inverter.ac_from_dc_w_per_kwp(0.0), 0.0);
    }

    #[test]
    fn an_open_rack_runs_cooler_than_a_roof_and_the_building_skin_hotter() {
        let sky = noon_sky(1.0);
        let flat = PanelGeometry::new(0.0, 180.0, 0.2);
        let inverter = Inverter::new(&ArraySpec::default());
        let cell_c = |mounting: &Mounting| array_output(&sky.for_mounting(mounting), &flat, &inverter).cell_c;
        assert!(cell_c(&Mounting::OPEN_RACK) + 3.0 < cell_c(&Mounting::CLOSE_ROOF));
        assert!(cell_c(&Mounting::CLOSE_ROOF) + 3.0 < cell_c(&Mounting::BUILDING_SKIN));
        assert_eq!(sky, sky.for_mounting(&Mounting::CLOSE_ROOF));
    }

    prop_compose! {
        fn any_sky()(
            latitude_deg in -90.0..90.0_f64,
            longitude_deg in -180.0..180.0_f64,
            altitude_m in 0.0..4_000.0_f64,
            utc_s in 631_152_000..2_556_144_000_i64,
            index in prop_oneof![Just(1.0), 0.0..1.3_f64],
            air_c in -40.0..50.0_f64,
            wind_m_s in 0.0..30.0_f64,
        ) -> Sky {
            let site = Site { latitude_deg, longitude_deg, altitude_m };
            Sky::at(&site, utc_s, &SHENZHEN_LINKE, index, air_c, wind_m_s)
        }
    }

    proptest! {
        #[test]
        fn normals_are_unit_vectors(tilt_deg in 0.0..180.0_f64, azimuth_deg in 0.0..360.0_f64) {
            let [e, n, u] = PanelGeometry::new(tilt_deg, azimuth_deg, 0.2).normal();
            prop_assert!((e * e + n * n + u * u - 1.0).abs() < 1e-12);
        }

        #[test]
        fn power_is_between_nothing_and_the_limit_and_nothing_at_night(
            sky in any_sky(),
            tilt_deg in 0.0..90.0_f64,
            azimuth_deg in 0.0..360.0_f64,
            dc_ac_ratio in 0.8..3.0_f64,
        ) {
            let geometry = PanelGeometry::new(tilt_deg, azimuth_deg, 0.2);
            let inverter = Inverter::new(&ArraySpec { dc_ac_ratio, ..ArraySpec::default() });
            let output = array_output(&sky, &geometry, &inverter);
            prop_assert!(output.plane_w_m2 >= 0.0);
            prop_assert!((0.0..=inverter.ac_limit_w_per_kwp()).contains(&output.ac_w_per_kwp), "{output:?}");
            prop_assert_eq!(output.ac_w_per_kwp, ac_power_w_per_kwp(&sky, &geometry, &inverter));
            if sky.sun.apparent_zenith_deg >= 90.0 {
                prop_assert_eq!(output.ac_w_per_kwp, 0.0);
                prop_assert_eq!(output.plane_w_m2, 0.0);
            }
        }

        #[test]
        fn both_transpositions_agree_when_there_is_no_beam(
            sky in any_sky(),
            tilt_deg in 0.0..90.0_f64,
            azimuth_deg in 0.0..360.0_f64,
        ) {
            let geometry = PanelGeometry::new(tilt_deg, azimuth_deg, 0.2);
            let gap = geometry.hay_davies_w_m2(&sky) - geometry.isotropic_w_m2(&sky);
            if sky.actual.dni_w_m2 == 0.0 {
                prop_assert!(gap.abs() < 1e-9, "{gap}");
            }
            prop_assert!(gap >= -sky.actual.dhi_w_m2 - 1e-9, "{gap}");
        }

        #[test]
        fn a_brighter_plane_never_gives_less_ac_power(dc in 0.0..1_500.0_f64, more in 0.0..500.0_f64) {
            let inverter = Inverter::new(&ArraySpec::default());
            prop_assert!(inverter.ac_from_dc_w_per_kwp(dc) <= inverter.ac_from_dc_w_per_kwp(dc + more));
        }
    }
}
