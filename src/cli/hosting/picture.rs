//! Hosting capacity as a picture: how many elements take how much, and what they come to, by the limit that binds.

use super::Found;
use super::report::{added, name, one};
use crate::cli::canvas::{
    Area, Axis, BLUE, Drawn, GRID, HEAD, INK, Mark, SMALL, TEXT, VERMILION, frame, head, label, legend, picture, words,
};
use crate::cli::exit::Failure;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use voltcity::network::hosting::Limit;

/// The file.
pub(super) const NAME: &str = "hosting.svg";
const SIZE: (u32, u32) = (1_100, 500);
/// Height of the legend.
const LEGEND: i32 = 34;
/// Width of an entry of it.
const ENTRY: i32 = 190;
/// Bars from zero to the most.
const BARS: usize = 40;
/// Share of elements in percent that the axis of the bars is made for.
const NEARLY_ALL: usize = 99;
/// Points of a curve at most: more cannot be told apart.
const POINTS: usize = 400;

/// Colours that are told apart by everyone (Okabe and Ito 2008).
const fn colour(limit: Limit) -> RGBColor {
    match limit {
        Limit::Transformer => BLUE,
        Limit::Cable => RGBColor(0, 158, 115),
        Limit::Unit => RGBColor(204, 121, 167),
        Limit::LowVoltage => RGBColor(230, 159, 0),
        Limit::HighVoltage => VERMILION,
    }
}

/// Draws what was found.
///
/// # Errors
/// None but our own mistakes.
pub(super) fn svg(found: &Found) -> Result<String, Failure> {
    picture(SIZE, |area| draw(area, found))
}

/// What elements take in kW, by limit, from the one that takes least; limits that bind nowhere are left out.
fn by_limit(found: &Found) -> Vec<(Limit, Vec<f64>)> {
    let of = |limit: &Limit| {
        let bound = found.elements.iter().filter(|element| element.hosting.limit == *limit);
        (*limit, bound.map(|element| element.hosting.added_w / 1e3).collect::<Vec<f64>>())
    };
    Limit::ALL.iter().map(of).filter(|(_, kw)| !kw.is_empty()).collect()
}

fn draw(area: &Area<'_>, found: &Found) -> Drawn {
    let all = by_limit(found);
    head(
        area,
        &format!("How much more {} each {} takes", added(found.what), one(found.level)),
        &format!("{}, {}; {}", found.world, found.at.strftime("%Y-%m-%d %H:%M"), found.meaning()),
    )?;
    let entries: Vec<(Mark, &str, i32)> =
        all.iter().map(|(limit, _)| (Mark::Band(colour(*limit)), name(*limit), ENTRY)).collect();
    legend(area, (20, HEAD + LEGEND / 2), &entries)?;
    let (_, body) = area.split_vertically(HEAD + LEGEND);
    let (left, right) = body.split_horizontally(SIZE.0 as i32 / 2);
    bars(&left, found, &all)?;
    curve(&right, found, &all)
}

/// A tick: whole where it is.
fn tick(value: f64) -> String {
    if (value - value.round()).abs() < 1e-6 { label(value) } else { format!("{value:.2}") }
}

/// Axes from zero to so much, with what they count.
fn axes<'a, 'b>(
    area: &'a Area<'b>,
    (x, y): (Axis, Axis),
    (x_name, y_name): (&str, &str),
) -> Result<ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>, DrawingAreaErrorKind<std::io::Error>> {
    let mut chart = frame(area).build_cartesian_2d(x, y)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK)
        .x_label_formatter(&|value| tick(*value))
        .y_label_formatter(&|value| tick(*value))
        .label_style(words(SMALL, INK, HPos::Center))
        .x_desc(x_name)
        .y_desc(y_name)
        .axis_desc_style(words(TEXT, INK, HPos::Center))
        .draw()?;
    Ok(chart)
}

/// An axis of counts, which are whole.
fn counts_to(most: usize) -> Axis {
    Axis::up_to(most.max(5) as f64, 6)
}

/// How many elements take how much, limit upon limit.
fn bars(area: &Area<'_>, found: &Found, all: &[(Limit, Vec<f64>)]) -> Drawn {
    let across = Axis::up_to(found.quantile_w(NEARLY_ALL) / 1e3, 6);
    let width = across.end / BARS as f64;
    let count = |kw: &[f64]| {
        let mut counts = vec![0_usize; BARS];
        kw.iter().for_each(|kw| counts[((kw / width) as usize).min(BARS - 1)] += 1);
        counts
    };
    let counts: Vec<(Limit, Vec<usize>)> = all.iter().map(|(limit, kw)| (*limit, count(kw))).collect();
    let tall = |bar: usize| counts.iter().map(|(_, counts)| counts[bar]).sum::<usize>();
    let tallest = (0..BARS).map(tall).max().unwrap_or(0);
    let names = (format!("kW a {} (in the last bar also more)", one(found.level)), format!("{}s", one(found.level)));
    let mut chart = axes(area, (across, counts_to(tallest)), (&names.0, &names.1))?;
    let mut below = vec![0.0; BARS];
    for (limit, counts) in &counts {
        let bar = |bar: usize| {
            let (from, to) = (below[bar], below[bar] + counts[bar] as f64);
            Rectangle::new([(bar as f64 * width, from), ((bar + 1) as f64 * width, to)], colour(*limit).filled())
        };
        chart.draw_series((0..BARS).filter(|bar| counts[*bar] > 0).map(bar))?;
        below.iter_mut().zip(counts).for_each(|(below, count)| *below += *count as f64);
    }
    Ok(())
}

/// What elements come to, from the one that takes least of each limit, limit after limit.
fn curve(area: &Area<'_>, found: &Found, all: &[(Limit, Vec<f64>)]) -> Drawn {
    let sum_mw = all.iter().flat_map(|(_, kw)| kw).sum::<f64>() / 1e3;
    let across = counts_to(found.elements.len());
    let names = (format!("{}s, from the one that takes least of each limit", one(found.level)), "MW in all");
    let mut chart = axes(area, (across, Axis::up_to(sum_mw, 6)), (&names.0, names.1))?;
    let mut at = (0.0, 0.0);
    for (limit, kw) in all {
        let mut points = vec![at];
        let each = kw.len().div_ceil(POINTS);
        for part in kw.chunks(each) {
            at = (at.0 + part.len() as f64, at.1 + part.iter().sum::<f64>() / 1e3);
            points.push(at);
        }
        chart.draw_series(LineSeries::new(points, colour(*limit).stroke_width(4)))?;
    }
    Ok(())
}
