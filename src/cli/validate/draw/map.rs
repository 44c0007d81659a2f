//! Where it is: zones on a map, measured and simulated side by side.

use super::Caption;
use super::zones::{by_size, radius, size_key};
use crate::cli::canvas::{Area, Drawn, FAINT, GRID, HEAD, INK, SMALL, TEXT, head, ticks, words, write};
use crate::cli::validate::compare::{Zone, Zones};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::collections::BTreeMap;

/// Size of the picture in pixels.
pub(super) const SIZE: (u32, u32) = (1_320, 500);
/// Height of the line of keys under the title.
const KEYS: i32 = 40;
/// Kilometres of a degree of latitude on a sphere of 6,371 km.
const KM_PER_DEGREE: f64 = 111.195;
/// Percent of all values for which there are colours of their own; the few above have the last one.
const USUAL_PERCENT: usize = 96;
/// Kilometres around the outermost zones.
const BORDER_KM: f64 = 4.0;
/// Pixels by which the name of a district stands above its middle, so that it does not hide it.
const ABOVE: i32 = 15;
/// Pixels of radius for one point.
const SCALE: f64 = 0.75;

/// Nine colours at equal steps of the map `viridis` of Smith and van der Walt (matplotlib, CC0): equal steps look
/// equal, with any colour vision and in grey.
const RAMP: [RGBColor; 9] = [
    RGBColor(68, 1, 84),
    RGBColor(71, 44, 122),
    RGBColor(59, 81, 139),
    RGBColor(44, 113, 142),
    RGBColor(33, 144, 141),
    RGBColor(39, 173, 129),
    RGBColor(92, 200, 99),
    RGBColor(170, 220, 50),
    RGBColor(253, 231, 37),
];

/// The colour of a share of the ramp.
fn colour(share: f64) -> RGBColor {
    let at = if share > 0.0 { share.min(1.0) } else { 0.0 } * (RAMP.len() - 1) as f64;
    let (from, to) = (RAMP[at as usize], RAMP[(at as usize + 1).min(RAMP.len() - 1)]);
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * at.fract()).round() as u8;
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// The part of the world that is shown, in km east and north of a corner.
struct Extent {
    west: f64,
    south: f64,
    /// Kilometres of a degree of longitude here.
    km_per_degree: f64,
    width_km: f64,
    height_km: f64,
}

impl Extent {
    fn of(zones: &Zones) -> Self {
        let bounds = |of: fn(&Zone) -> f64| {
            let values = || zones.rows.iter().map(of);
            (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))
        };
        let ((west, east), (south, north)) = (bounds(|zone| zone.at.0), bounds(|zone| zone.at.1));
        let km_per_degree = KM_PER_DEGREE * libm::cos(f64::midpoint(south, north).to_radians());
        Self {
            west,
            south,
            km_per_degree,
            width_km: (east - west) * km_per_degree,
            height_km: (north - south) * KM_PER_DEGREE,
        }
    }

    fn km(&self, (lon, lat): (f64, f64)) -> (f64, f64) {
        ((lon - self.west) * self.km_per_degree, (lat - self.south) * KM_PER_DEGREE)
    }
}

/// Draws both maps on one scale of colours.
pub(super) fn draw(area: &Area<'_>, of: &Zones, caption: &Caption) -> Drawn {
    let line = format!("{}; {} zones that were measured and simulated", caption.line(), of.rows.len());
    head(area, "Utilisation of public charging points by zone, measured and simulated", &line)?;
    let mut all: Vec<f64> =
        of.rows.iter().flat_map(|zone| [zone.measured.utilisation, zone.simulated.utilisation]).collect();
    all.sort_by(f64::total_cmp);
    let (usual, most) = (all[(all.len() - 1) * USUAL_PERCENT / 100], all[all.len() - 1]);
    let (top, marks) = ticks(100.0 * usual, 5);
    size_key(area, (20, HEAD + KEYS / 2), SCALE)?;
    colour_bar(area, (420, HEAD + KEYS / 2), top, &marks, 100.0 * most > top)?;
    let (_, body) = area.split_vertically(HEAD + KEYS);
    let extent = Extent::of(of);
    let parts = body.split_evenly((1, 2));
    map(&parts[0], of, &extent, "measured", |zone| zone.measured.utilisation * 100.0 / top)?;
    map(&parts[1], of, &extent, "simulated", |zone| zone.simulated.utilisation * 100.0 / top)
}

/// The key of the colours, in percent from 0 to `top` and perhaps beyond.
fn colour_bar(area: &Area<'_>, at: (i32, i32), top: f64, marks: &[f64], is_open: bool) -> Drawn {
    const WIDTH: i32 = 300;
    write(area, "busy points over points", at, &words(SMALL, FAINT, HPos::Left))?;
    let x = at.0 + 160;
    for i in 0..WIDTH {
        let of = colour((f64::from(i) + 0.5) / f64::from(WIDTH));
        area.draw(&Rectangle::new([(x + i, at.1 - 12), (x + i + 1, at.1)], of.filled()))?;
    }
    for mark in marks {
        let to = x + (mark / top * f64::from(WIDTH)).round() as i32;
        area.draw(&PathElement::new(vec![(to, at.1), (to, at.1 + 4)], INK.stroke_width(1)))?;
        let beyond = if is_open && *mark >= top { " and more" } else { "" };
        write(area, &format!("{mark:.0} %{beyond}"), (to, at.1 + 12), &words(SMALL, INK, HPos::Center))?;
    }
    Ok(())
}

/// One map.
fn map(area: &Area<'_>, of: &Zones, extent: &Extent, name: &str, share: impl Fn(&Zone) -> f64) -> Drawn {
    const MARGIN: i32 = 16;
    const TITLE: i32 = 26;
    let (width, height) = area.dim_in_pixel();
    let (width, height) = (width as i32 - 2 * MARGIN, height as i32 - TITLE - 2 * MARGIN);
    let frame = [(MARGIN, TITLE), (MARGIN + width, TITLE + height)];
    area.draw(&Rectangle::new(frame, GRID.stroke_width(1)))?;
    write(area, name, (MARGIN, TITLE / 2), &words(TEXT, INK, HPos::Left))?;
    // A kilometre is as long to the east as to the north.
    let (across, up) = (extent.width_km + 2.0 * BORDER_KM, extent.height_km + 2.0 * BORDER_KM);
    let px_per_km = (f64::from(width) / across).min(f64::from(height) / up);
    let (left, bottom) = (f64::from(width) - across * px_per_km, f64::from(height) - up * px_per_km);
    let place = |at: (f64, f64)| {
        let (east, north) = extent.km(at);
        let x = left / 2.0 + (east + BORDER_KM) * px_per_km;
        let y = f64::from(height) - bottom / 2.0 - (north + BORDER_KM) * px_per_km;
        (MARGIN + x.round() as i32, TITLE + y.round() as i32)
    };
    for zone in by_size(of) {
        let radius = radius(zone.points, SCALE);
        area.draw(&Circle::new(place(zone.at), radius, colour(share(zone)).filled()))?;
        area.draw(&Circle::new(place(zone.at), radius, WHITE.stroke_width(1)))?;
    }
    for (name, at) in districts(of) {
        let (x, y) = place(at);
        let y = y - ABOVE;
        // White around the letters keeps them readable over any colour.
        for (right, down) in [(-1, -1), (1, -1), (-1, 1), (1, 1), (0, 2), (0, -2), (2, 0), (-2, 0)] {
            write(area, name, (x + right, y + down), &words(SMALL, WHITE, HPos::Center))?;
        }
        write(area, name, (x, y), &words(SMALL, FAINT, HPos::Center))?;
    }
    scale_bar(area, (MARGIN + 12, TITLE + height - 14), px_per_km, across)
}

/// Middles of the districts, by their points.
fn districts(of: &Zones) -> Vec<(&str, (f64, f64))> {
    let mut sums: BTreeMap<&str, (f64, f64, f64)> = BTreeMap::new();
    for zone in &of.rows {
        let points = f64::from(zone.points.max(1));
        let sum = sums.entry(&zone.district).or_default();
        *sum = (sum.0 + points, sum.1 + points * zone.at.0, sum.2 + points * zone.at.1);
    }
    sums.into_iter().map(|(name, (points, lon, lat))| (name, (lon / points, lat / points))).collect()
}

/// A length of a round number of kilometres, about a fifth of the map.
fn scale_bar(area: &Area<'_>, at: (i32, i32), px_per_km: f64, across_km: f64) -> Drawn {
    let (_, marks) = ticks(across_km, 5);
    let km = marks.get(1).copied().unwrap_or(1.0);
    let end = at.0 + (km * px_per_km).round() as i32;
    let bar = vec![(at.0, at.1 - 4), at, (end, at.1), (end, at.1 - 4)];
    area.draw(&PathElement::new(bar, INK.stroke_width(1)))?;
    write(area, &format!("{km} km"), (end + 8, at.1 - 2), &words(SMALL, INK, HPos::Left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ramp_rises_in_brightness_from_end_to_end() {
        assert_eq!((colour(-1.0), colour(2.0)), (RAMP[0], RAMP[8]));
        assert_eq!((colour(0.5), colour(f64::NAN)), (RAMP[4], RAMP[0]));
        // Luminance as defined for television (ITU-R BT.601).
        let bright = |c: RGBColor| 0.299 * f64::from(c.0) + 0.587 * f64::from(c.1) + 0.114 * f64::from(c.2);
        let rising: Vec<f64> = (0..=100).map(|i| bright(colour(f64::from(i) / 100.0))).collect();
        assert!(rising.windows(2).all(|two| two[0] <= two[1]), "{rising:?}");
    }

    #[test]
    fn a_degree_east_is_shorter_than_one_north() {
        let extent = Extent { west: 114.0, south: 22.5, km_per_degree: 102.7, width_km: 1.0, height_km: 1.0 };
        let ((east, _), (_, north)) = (extent.km((115.0, 22.5)), extent.km((114.0, 23.5)));
        assert!((east - 102.7).abs() < 1e-9 && (north - 111.195).abs() < 1e-9);
    }
}
