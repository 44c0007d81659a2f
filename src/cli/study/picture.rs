//! A study as a picture: megawatts against two-way guns.

use super::Found;
use super::rungs::{Climbed, Rung};
use crate::cli::canvas::{
    Area, Axis, BLUE, Drawn, FAINT, GRID, HEAD, INK, Mark, SMALL, TEXT, VERMILION, frame, head, label, legend, picture,
    words,
};
use crate::cli::exit::Failure;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// The file.
pub(super) const NAME: &str = "study.svg";
const SIZE: (u32, u32) = (1_000, 480);
/// Height of the legend.
const LEGEND: i32 = 34;
/// Width of an entry of it.
const ENTRY: i32 = 200;
/// The fourth ladder.
const GREEN: RGBColor = RGBColor(0, 158, 115);
/// Colours of the ladders in turn.
const COLOURS: [RGBColor; 4] = [BLUE, VERMILION, INK, GREEN];

/// Draws a study.
///
/// # Errors
/// None but our own mistakes.
pub(super) fn svg(found: &Found) -> Result<String, Failure> {
    picture(SIZE, |area| draw(area, found))
}

/// Thousands of guns and MW, rung by rung.
fn points(climbed: &Climbed, power_w: impl Fn(&Rung) -> i64) -> Vec<(f64, f64)> {
    climbed.rungs.iter().map(|rung| (rung.reach.guns as f64 / 1e3, power_w(rung) as f64 / 1e6)).collect()
}

fn draw(area: &Area<'_>, found: &Found) -> Drawn {
    let minutes = found.study.class.response().hold_s() / 60;
    let when = found.study.at.strftime("%Y-%m-%d %H:%M");
    head(
        area,
        "What V2G can deliver by the number of two-way guns",
        &format!("{}, {when}, held for {minutes} min", found.world),
    )?;
    let mut entries: Vec<(Mark, &str, i32)> = found
        .ladders
        .iter()
        .zip(COLOURS.iter().cycle())
        .map(|(climbed, colour)| (Mark::Line(*colour), climbed.name.as_str(), ENTRY))
        .collect();
    if found.ladders.iter().flat_map(|climbed| &climbed.rungs).any(|rung| rung.reach.through_w < rung.reach.able_w) {
        entries.push((Mark::Line(FAINT), "if wires had no limits", 0));
    }
    legend(area, (20, HEAD + LEGEND / 2), &entries)?;
    let (_, body) = area.split_vertically(HEAD + LEGEND);
    let all: Vec<(f64, f64)> =
        found.ladders.iter().flat_map(|climbed| points(climbed, |rung| rung.reach.able_w)).collect();
    let most = |of: fn(&(f64, f64)) -> f64| all.iter().map(of).fold(0.0, f64::max);
    let mut chart = frame(&body).build_cartesian_2d(Axis::up_to(most(|p| p.0), 8), Axis::up_to(most(|p| p.1), 6))?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK)
        .x_label_formatter(&|thousands| label(*thousands))
        .y_label_formatter(&|mw| label(*mw))
        .label_style(words(SMALL, INK, HPos::Center))
        .x_desc("two-way guns, thousands")
        .y_desc("MW")
        .axis_desc_style(words(TEXT, INK, HPos::Center))
        .draw()?;
    for (climbed, colour) in found.ladders.iter().zip(COLOURS.iter().cycle()) {
        chart.draw_series(LineSeries::new(points(climbed, |rung| rung.reach.able_w), FAINT.stroke_width(1)))?;
        let within = points(climbed, |rung| rung.reach.through_w);
        chart.draw_series(LineSeries::new(within.clone(), colour.stroke_width(2)))?;
        chart.draw_series(within.into_iter().map(|point| Circle::new(point, 4, colour.filled())))?;
    }
    Ok(())
}
