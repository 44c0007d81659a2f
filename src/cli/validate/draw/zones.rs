//! Every zone as a dot: simulated utilisation over measured.

use super::Caption;
use crate::cli::canvas::{Area, Axis, BLUE, Drawn, FAINT, GRID, HEAD, INK, SMALL, TEXT, head, words, write};
use crate::cli::validate::compare::{Zone, Zones};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// Size of the picture in pixels.
pub(super) const SIZE: (u32, u32) = (760, 800);
/// Height of the line of sizes under the title.
const SIZES: i32 = 40;
/// Numbers of points whose dots are shown as a key.
const KEY: [u32; 3] = [10, 50, 250];

/// Radius in pixels of the dot of a zone: its area is in proportion to the points.
pub(super) fn radius(points: u32, scale: f64) -> i32 {
    (scale * f64::from(points).sqrt()).round().max(2.0) as i32
}

/// Zones from the largest to the smallest, so that none hides another.
pub(super) fn by_size(zones: &Zones) -> Vec<&Zone> {
    let mut rows: Vec<&Zone> = zones.rows.iter().collect();
    rows.sort_by_key(|zone| (core::cmp::Reverse(zone.points), zone.id));
    rows
}

/// Draws a key of dot sizes that begins at a place.
pub(super) fn size_key(area: &Area<'_>, at: (i32, i32), scale: f64) -> Drawn {
    let mut x = at.0;
    write(area, "points in a zone", (x, at.1), &words(SMALL, FAINT, HPos::Left))?;
    x += 110;
    for points in KEY {
        let radius = radius(points, scale);
        area.draw(&Circle::new((x + radius, at.1), radius, FAINT.stroke_width(1)))?;
        write(area, &points.to_string(), (x + 2 * radius + 6, at.1), &words(SMALL, FAINT, HPos::Left))?;
        x += 2 * radius + 44;
    }
    Ok(())
}

/// Draws the dots and the line on which they should lie.
pub(super) fn draw(area: &Area<'_>, of: &Zones, caption: &Caption) -> Drawn {
    const SCALE: f64 = 1.1;
    let rank = of.utilisation.spearman.map_or_else(|| "-".to_owned(), |r| format!("{r:.2}"));
    let error = of.wape_points_weighted.map_or_else(|| "-".to_owned(), |wape| format!("{:.0} %", 100.0 * wape));
    head(area, "Utilisation of public charging points by zone", &caption.line())?;
    size_key(area, (20, HEAD + SIZES / 2), SCALE)?;
    let line = format!("{} zones, rank correlation {rank}, error by points {error}", of.rows.len());
    write(area, &line, (SIZE.0 as i32 - 28, HEAD + SIZES / 2), &words(TEXT, FAINT, HPos::Right))?;
    let (_, body) = area.split_vertically(HEAD + SIZES);
    let most = of.rows.iter().map(|zone| zone.measured.utilisation.max(zone.simulated.utilisation)).fold(0.0, f64::max);
    let axis = Axis::up_to(100.0 * most, 10);
    let top = axis.end;
    let mut chart = ChartBuilder::on(&body)
        .margin_top(6)
        .margin_right(28)
        .margin_bottom(8)
        .margin_left(12)
        .x_label_area_size(46)
        .y_label_area_size(64)
        .build_cartesian_2d(axis.clone(), axis)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK)
        .x_labels(24)
        .y_labels(24)
        .x_label_formatter(&|share| format!("{share:.0} %"))
        .y_label_formatter(&|share| format!("{share:.0} %"))
        .label_style(words(SMALL, INK, HPos::Center))
        .x_desc("measured utilisation: busy points over points")
        .y_desc("simulated utilisation")
        .axis_desc_style(words(TEXT, INK, HPos::Center))
        .draw()?;
    chart.draw_series(DashedLineSeries::new([(0.0, 0.0), (top, top)], 6, 5, FAINT.stroke_width(1)))?;
    let dot = |zone: &&Zone| {
        let at = (100.0 * zone.measured.utilisation, 100.0 * zone.simulated.utilisation);
        EmptyElement::at(at)
            + Circle::new((0, 0), radius(zone.points, SCALE), BLUE.mix(0.35).filled())
            + Circle::new((0, 0), radius(zone.points, SCALE), BLUE.stroke_width(1))
    };
    chart.draw_series(by_size(of).iter().map(dot))?;
    let at = chart.backend_coord(&(0.93 * top, 0.93 * top));
    write(area, "equal", (at.0 - 8, at.1 - 12), &words(SMALL, FAINT, HPos::Right))
}
