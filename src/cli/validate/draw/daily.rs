//! The city by day.

use super::Caption;
use crate::cli::canvas::{
    Area, Axis, BLUE, Drawn, GRID, HEAD, INK, Mark, SHADE, SMALL, TEXT, frame, head, label, legend, words,
};
use crate::cli::validate::compare::{Daily, Day};
use jiff::civil::{Date, Weekday};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// Size of the picture in pixels.
pub(super) const SIZE: (u32, u32) = (1_200, 480);
/// Height of the legend.
const LEGEND: i32 = 34;
/// Days up to which every Monday is marked, and not the first of months.
const FEW_DAYS: usize = 62;
/// Marks of the axis of days at most.
const MARKS: usize = 14;

/// Draws busy points by day; days that do not count are shaded.
pub(super) fn draw(area: &Area<'_>, of: &Daily, caption: &Caption) -> Drawn {
    let error = of.busy_points.wape.map_or_else(String::new, |wape| format!(": error (WAPE) {:.1} %", 100.0 * wape));
    let line = format!("{}{error} over {} days", caption.line(), of.busy_points.n);
    head(area, "Busy public charging points by day, measured and simulated", &line)?;
    let entries = [
        (Mark::Dot(INK), "measured, mean of the day", 235),
        (Mark::Line(BLUE), "simulated, mean of the day", 240),
        (Mark::Band(SHADE), "left out of the comparison: gaps and faults of the survey", 0),
    ];
    let shown = if of.rows.iter().any(|day| day.left_out) { &entries[..] } else { &entries[..2] };
    legend(area, (20, HEAD + LEGEND / 2), shown)?;
    let (_, body) = area.split_vertically(HEAD + LEGEND);
    let busy = |day: &Day| day.measured.map_or(0.0, |row| row.busy_points).max(day.simulated.busy_points);
    let points = Axis::up_to(of.rows.iter().map(busy).fold(0.0, f64::max) * 1.05, 6);
    let top = points.end;
    let dates: Vec<Date> = of.rows.iter().map(|day| day.date).collect();
    let days = Axis { end: of.rows.len().max(1) as f64, marks: date_marks(&dates) };
    let mut chart = frame(&body).build_cartesian_2d(days, points)?;
    // Behind the lines of the grid.
    let shaded = of.rows.iter().enumerate().filter(|(_, day)| day.left_out);
    chart.draw_series(shaded.map(|(i, _)| Rectangle::new([(i as f64, 0.0), (i as f64 + 1.0, top)], SHADE.filled())))?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK)
        .x_labels(2 * MARKS)
        .y_labels(12)
        .x_label_formatter(&|day| dates.get(*day as usize).map_or_else(String::new, Date::to_string))
        .y_label_formatter(&|points| label(*points))
        .label_style(words(SMALL, INK, HPos::Center))
        .x_desc("date")
        .y_desc("busy points")
        .axis_desc_style(words(TEXT, INK, HPos::Center))
        .draw()?;
    let middle = |i: usize, value: f64| (i as f64 + 0.5, value);
    let simulated = of.rows.iter().enumerate().map(|(i, day)| middle(i, day.simulated.busy_points));
    chart.draw_series(LineSeries::new(simulated, BLUE.stroke_width(2)))?;
    for (i, day) in of.rows.iter().enumerate() {
        if let Some(measured) = day.measured {
            let at = middle(i, measured.busy_points);
            let style = if day.left_out { INK.stroke_width(1) } else { INK.filled() };
            chart.draw_series([Circle::new(at, 3, style)])?;
        }
    }
    Ok(())
}

/// Where an axis of days has its marks: Mondays of few days, first days of months of many.
fn date_marks(dates: &[Date]) -> Vec<f64> {
    let is_mark = |date: &Date| match dates.len() {
        ..=FEW_DAYS => date.weekday() == Weekday::Monday,
        _ => date.day() == 1,
    };
    let marks: Vec<usize> = (0..dates.len()).filter(|i| is_mark(&dates[*i])).collect();
    let marks = if marks.is_empty() { vec![0] } else { marks };
    let every = marks.len().div_ceil(MARKS);
    marks.into_iter().step_by(every).map(|i| i as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    #[test]
    fn an_axis_of_days_has_few_marks() {
        let dates = |n: usize| Date::constant(2022, 9, 1).series(1.day()).take(n).collect::<Vec<_>>();
        assert_eq!(date_marks(&dates(2)), [0.0]);
        assert_eq!(date_marks(&dates(14)), [4.0, 11.0]);
        assert_eq!(date_marks(&dates(122)), [0.0, 30.0, 61.0, 91.0]);
        assert!(date_marks(&dates(3_660)).len() <= MARKS);
        assert_eq!(date_marks(&[]), [0.0]);
    }
}
