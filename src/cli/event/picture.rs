//! An event as a picture: what was asked for, what came, and what came back.

use super::outcome::Outcome;
use crate::cli::canvas::{
    Area, Axis, BLUE, Drawn, GRID, HEAD, INK, Mark, SHADE, SMALL, TEXT, VERMILION, frame, head, legend, picture, ticks,
    words,
};
use crate::cli::chart::thousands;
use crate::cli::exit::Failure;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use voltcity::clock::HOUR_S;
use voltcity::market::conduct::HOLD_BACK_S;
use voltcity::market::pair::Pair;
use voltcity::market::resource::Direction;
use voltcity::units::Power;

/// The file.
pub(super) const NAME: &str = "event.svg";
const SIZE: (u32, u32) = (1_000, 480);
/// Height of the legend.
const LEGEND: i32 = 34;
/// What is shown after the end, in s.
pub(super) const AFTER_S: u32 = 3 * HOUR_S;

/// What is shown before the start, in s: an hour, or as long as vehicles may have been held back.
pub(super) const fn before_s(direction: Direction) -> u32 {
    match direction {
        Direction::Reduce => HOUR_S,
        Direction::Raise => HOLD_BACK_S as u32 + HOUR_S,
    }
}

/// Draws an event.
///
/// # Errors
/// None but our own mistakes.
pub(super) fn svg(world: &str, pair: &Pair, outcome: &Outcome) -> Result<String, Failure> {
    picture(SIZE, |area| draw(area, world, pair, outcome))
}

/// Time in h from the start of the event, and power in MW.
type Points = Vec<(f64, f64)>;

fn draw(area: &Area<'_>, world: &str, pair: &Pair, outcome: &Outcome) -> Drawn {
    let event = pair.conductor().event();
    let way = if event.direction == Direction::Reduce { "lower" } else { "higher" };
    let rate =
        outcome.response_rate().map_or_else(String::new, |rate| format!(", {:.0} % of it delivered", rate * 100.0));
    let title = format!("Event {}: {} MW {way}", event.id, thousands(event.peak().0 / 1_000_000));
    head(area, &title, &format!("{world}, {}{rate}", event.start.strftime("%Y-%m-%d %H:%M")))?;
    let came = format!("how much {way} the load is than without the event");
    legend(
        area,
        (20, HEAD + LEGEND / 2),
        &[(Mark::Line(VERMILION), "asked for", 120), (Mark::Line(BLUE), &came, 420), (Mark::Band(SHADE), "event", 0)],
    )?;
    let (asked, got) = curves(pair);
    let (_, body) = area.split_vertically(HEAD + LEGEND);
    let most = asked.iter().chain(&got).map(|p| p.1).fold(0.0, f64::max) * 1.05;
    let least = got.iter().map(|p| -p.1).fold(0.0, f64::max) * 1.05;
    let top = ticks(most, 5).0;
    let bottom = if least > 0.0 { -ticks(least, 5).0 } else { 0.0 };
    let (start_s, end_s) = pair.conductor().window_s();
    let before_s = before_s(event.direction);
    let hours = (end_s - start_s) as f64 / f64::from(HOUR_S);
    let end = hours + f64::from(before_s + AFTER_S) / f64::from(HOUR_S);
    let x = Axis { end, marks: marks(end) };
    let mut chart = frame(&body).build_cartesian_2d(x, bottom..top)?;
    let before_h = f64::from(before_s) / f64::from(HOUR_S);
    chart.draw_series([Rectangle::new([(before_h, bottom), (before_h + hours, top)], SHADE.filled())])?;
    let time = |h: &f64| {
        let second = start_s - i64::from(before_s) + (h * f64::from(HOUR_S)).round() as i64;
        let text = pair.called.calendar().civil(second.max(0) as u32);
        text.split('T').nth(1).unwrap_or_default().to_owned()
    };
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK)
        .x_labels(20)
        .y_labels(8)
        .x_label_formatter(&time)
        .y_label_formatter(&|mw| if mw.abs() < 10.0 { format!("{mw:.1}") } else { thousands(mw.round() as i64) })
        .label_style(words(SMALL, INK, HPos::Center))
        .x_desc("local time")
        .y_desc("MW")
        .axis_desc_style(words(TEXT, INK, HPos::Center))
        .draw()?;
    chart.draw_series(LineSeries::new(asked, VERMILION.stroke_width(2)))?;
    chart.draw_series(LineSeries::new(got, BLUE.stroke_width(2)))?;
    Ok(())
}

/// Half hours, or hours, of all that is shown.
fn marks(all: f64) -> Vec<f64> {
    let every = if all > 8.0 { 1.0 } else { 0.5 };
    (0..=(all / every) as u32).map(|k| f64::from(k) * every).collect()
}

/// What was asked for and what came, step by step.
fn curves(pair: &Pair) -> (Points, Points) {
    let event = pair.conductor().event();
    let (start_s, end_s) = pair.conductor().window_s();
    let (from_s, until_s) = (start_s - i64::from(before_s(event.direction)), end_s + i64::from(AFTER_S));
    let step_s = i64::from(pair.called.clock().step_s);
    let sign = if event.direction == Direction::Reduce { 1 } else { -1 };
    let shown = pair.moments.iter().filter(|m| (from_s..until_s).contains(&i64::from(m.at_s)));
    let (mut asked, mut got) = (Points::new(), Points::new());
    for m in shown {
        let at_h = (i64::from(m.at_s) - from_s) as f64 / f64::from(HOUR_S);
        let until_h = at_h + step_s as f64 / f64::from(HOUR_S);
        let at = voltcity::market::event::after(event.start, i64::from(m.at_s) - start_s);
        let wanted = event.power_at(at).mw();
        asked.extend([(at_h, wanted), (until_h, wanted)]);
        let came_w = sign * (m.usual.net_j() - m.called.net_j()) / step_s;
        got.extend([(at_h, Power(came_w).mw()), (until_h, Power(came_w).mw())]);
    }
    (asked, got)
}
