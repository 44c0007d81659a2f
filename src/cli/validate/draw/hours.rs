//! The mean day by hour: a panel for weekdays and one for weekend days.

use super::Caption;
use crate::cli::canvas::{
    Area, Axis, BLUE, Drawn, FAINT, GRID, HEAD, INK, Mark, SMALL, TEXT, VERMILION, head, label, legend, words, write,
};
use crate::cli::validate::compare::{HourOfDay, HoursOf, Series};
use crate::cli::validate::measured::KINDS;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// Size of the picture in pixels.
pub(super) const SIZE: (u32, u32) = (1_200, 560);
/// Height of the legend.
const LEGEND: i32 = 34;

/// Draws both panels on one scale.
pub(super) fn draw(area: &Area<'_>, of: &HourOfDay, caption: &Caption) -> Drawn {
    head(area, "Public charging by hour of day, measured and simulated", &caption.line())?;
    let entries = [
        (Mark::Dot(BLUE), "busy points, measured", 200),
        (Mark::Line(BLUE), "busy points, simulated", 205),
        (Mark::Dot(VERMILION), "points delivering energy, measured", 280),
        (Mark::Line(VERMILION), "points delivering energy, simulated", 0),
    ];
    legend(area, (20, HEAD + LEGEND / 2), &entries)?;
    let panels: Vec<_> = KINDS.iter().zip(&of.kinds).filter_map(|(name, kind)| Some((*name, kind.as_ref()?))).collect();
    let most = panels.iter().flat_map(|(_, kind)| {
        [&kind.busy_points, &kind.charging_point_hours]
            .into_iter()
            .flat_map(|row| row.measured.iter().chain(&row.simulated))
    });
    let most = most.copied().fold(0.0, f64::max);
    let (_, body) = area.split_vertically(HEAD + LEGEND);
    for ((name, kind), part) in panels.iter().zip(body.split_evenly((1, panels.len().max(1)))) {
        panel(&part, name, kind, most)?;
    }
    Ok(())
}

/// One kind of day.
fn panel(area: &Area<'_>, name: &str, kind: &HoursOf, most: f64) -> Drawn {
    let hours = Axis { end: 24.0, marks: (0..=24).step_by(3).map(f64::from).collect() };
    let mut chart = ChartBuilder::on(area)
        .margin_top(46)
        .margin_right(24)
        .margin_bottom(8)
        .margin_left(12)
        .x_label_area_size(44)
        .y_label_area_size(72)
        .build_cartesian_2d(hours, Axis::up_to(most * 1.02, 7))?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK)
        .x_labels(9)
        .y_labels(12)
        .x_label_formatter(&|hour| format!("{hour:.0}:00"))
        .y_label_formatter(&|points| label(*points))
        .label_style(words(SMALL, INK, HPos::Center))
        .x_desc("hour of day")
        .y_desc("points, mean of the hour")
        .axis_desc_style(words(TEXT, INK, HPos::Center))
        .draw()?;
    let middle = |(hour, value): (usize, &f64)| (hour as f64 + 0.5, *value);
    for (row, colour) in [(&kind.busy_points, BLUE), (&kind.charging_point_hours, VERMILION)] {
        chart.draw_series(LineSeries::new(row.simulated.iter().enumerate().map(middle), colour.stroke_width(2)))?;
        let dot = |at| Circle::new(at, 4, colour.filled());
        chart.draw_series(row.measured.iter().enumerate().map(middle).map(dot))?;
    }
    let days =
        if kind.days == 1 { "one day of the run".to_owned() } else { format!("mean of {} days of the run", kind.days) };
    write(area, &format!("{name}: simulated is the {days}"), (84, 14), &words(TEXT, INK, HPos::Left))?;
    let error = |row: &Series| row.metrics.wape.map_or_else(|| "-".to_owned(), |wape| format!("{:.1} %", 100.0 * wape));
    let errors =
        format!("error (WAPE): busy {}, delivering {}", error(&kind.busy_points), error(&kind.charging_point_hours));
    write(area, &errors, (84, 32), &words(SMALL, FAINT, HPos::Left))
}
