//! Paper, ink and ticks: what all pictures share.

use crate::cli::exit::Failure;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::io;

/// Where a picture or a part of it is drawn.
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// What drawing comes to.
pub(super) type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;

/// Text and axes.
pub(super) const INK: RGBColor = RGBColor(34, 34, 34);
/// Text of less weight.
pub(super) const FAINT: RGBColor = RGBColor(110, 110, 110);
/// Lines behind the data.
pub(super) const GRID: RGBColor = RGBColor(225, 225, 225);
/// Days left out.
pub(super) const SHADE: RGBColor = RGBColor(236, 236, 236);
/// Busy points.
pub(super) const BLUE: RGBColor = RGBColor(0, 114, 178);
/// Points that deliver energy.
pub(super) const VERMILION: RGBColor = RGBColor(213, 94, 0);

/// Sizes of text in pixels.
pub(super) const TITLE: f64 = 19.0;
pub(super) const TEXT: f64 = 13.0;
pub(super) const SMALL: f64 = 12.0;
/// The library divides sizes by this.
const LIBRARY_SCALE: f64 = 1.24;
/// Height of the title and its line.
pub(super) const HEAD: i32 = 56;

/// Draws a picture of a size into a text.
///
/// # Errors
/// None but our own mistakes.
pub(super) fn picture(size: (u32, u32), draw: impl FnOnce(&Area<'_>) -> Drawn) -> Result<String, Failure> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        let drawn = area.fill(&WHITE).and_then(|()| draw(&area)).and_then(|()| area.present());
        drawn.map_err(|_| Failure::Internal)?;
    }
    Ok(text)
}

/// A style of text of a size in pixels.
pub(super) fn words(pixels: f64, colour: RGBColor, across: HPos) -> TextStyle<'static> {
    let font = ("sans-serif", pixels * LIBRARY_SCALE).into_font();
    TextStyle { font, color: colour.to_backend_color(), pos: Pos::new(across, VPos::Center) }
}

/// Writes a text whose middle line is at the height of `at`.
pub(super) fn write(area: &Area<'_>, text: &str, at: (i32, i32), style: &TextStyle<'_>) -> Drawn {
    area.draw_text(text, style, at)
}

/// Writes the title and what it is of.
pub(super) fn head(area: &Area<'_>, title: &str, line: &str) -> Drawn {
    write(area, title, (20, 22), &words(TITLE, INK, HPos::Left))?;
    write(area, line, (20, 44), &words(TEXT, FAINT, HPos::Left))
}

/// A chart that fills what is left of a picture, with room for its axes.
pub(super) fn frame<'a, 'b>(body: &'a Area<'b>) -> ChartBuilder<'a, 'b, SVGBackend<'b>> {
    let mut chart = ChartBuilder::on(body);
    chart.margin_top(10).margin_right(40).margin_bottom(8).margin_left(12);
    chart.x_label_area_size(44).y_label_area_size(72);
    chart
}

/// Marks of an axis from zero up that holds a value: its end and its ticks, at 1, 2 or 5 of a power of ten.
pub(super) fn ticks(most: f64, count: usize) -> (f64, Vec<f64>) {
    let most = if most.is_finite() && most > 0.0 { most } else { 1.0 };
    let mut step = 1e-6;
    for factor in [2.0, 2.5, 2.0].iter().cycle().take(60) {
        if most / step <= count as f64 {
            break;
        }
        step *= factor;
    }
    let steps = (most / step).ceil().max(1.0) as usize;
    (steps as f64 * step, (0..=steps).map(|i| i as f64 * step).collect())
}

/// An axis from zero to its end with marks at places of our choosing.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    /// Its end.
    pub(super) end: f64,
    /// Its marks.
    pub(super) marks: Vec<f64>,
}

impl Axis {
    /// An axis that holds values from zero up, with about so many marks.
    pub(super) fn up_to(most: f64, count: usize) -> Self {
        let (end, marks) = ticks(most, count);
        Self { end, marks }
    }
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        limit.0 + (value / self.end * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.marks.clone()
    }

    fn range(&self) -> core::ops::Range<f64> {
        0.0..self.end
    }
}

/// A tick as text, in groups of three.
pub(super) fn label(value: f64) -> String {
    if value.abs() >= 1.0 || value == 0.0 {
        crate::cli::chart::thousands(value.round() as i64)
    } else {
        format!("{value:.2}")
    }
}

/// An entry of a legend: what it looks like and what it means.
pub(super) enum Mark {
    Dot(RGBColor),
    Line(RGBColor),
    Band(RGBColor),
}

/// Draws legend entries in a line, each so many pixels wide.
pub(super) fn legend(area: &Area<'_>, at: (i32, i32), entries: &[(Mark, &str, i32)]) -> Drawn {
    let (mut x, y) = at;
    for (mark, text, width) in entries {
        match mark {
            Mark::Dot(colour) => area.draw(&Circle::new((x + 12, y), 4, colour.filled()))?,
            Mark::Line(colour) => {
                area.draw(&PathElement::new(vec![(x, y), (x + 24, y)], colour.stroke_width(2)))?;
            }
            Mark::Band(colour) => area.draw(&Rectangle::new([(x, y - 7), (x + 24, y + 7)], colour.filled()))?,
        }
        write(area, text, (x + 31, y), &words(TEXT, INK, HPos::Left))?;
        x += width;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_above_what_they_hold() {
        assert_eq!(ticks(5_824.0, 6), (6_000.0, (0..=6).map(|i| f64::from(i) * 1_000.0).collect()));
        assert_eq!(ticks(17_532.0, 5).0, 20_000.0);
        let (end, all) = ticks(0.43, 5);
        assert!((end - 0.5).abs() < 1e-9 && all.len() == 6, "{end} {all:?}");
        assert_eq!(ticks(f64::NAN, 5).1.len(), ticks(1.0, 5).1.len());
        for most in [1e-9, 0.07, 1.0, 99.9, 1e9] {
            let (end, all) = ticks(most, 6);
            assert!(end >= most && (2..=8).contains(&all.len()), "{most}: {end} {all:?}");
        }
    }

    #[test]
    fn ticks_are_written_short() {
        assert_eq!([label(0.0), label(0.25), label(6_000.0)], ["0", "0.25", "6,000"]);
    }
}
