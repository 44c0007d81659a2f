//! A load curve as text: how power runs over a day, readable in a terminal, a log file or a mail.
//!
//! Filled from zero in eighths of a character cell, or in whole cells of plain ASCII. No colour and no control
//! sequence, so the same text serves a terminal and a file.

mod hours;
mod scale;
mod table;

use scale::Scale;
pub(crate) use table::{figure, table, thousands};

/// The narrowest and lowest chart that still has labels and a shape.
const WIDTH_MIN: usize = 32;
const HEIGHT_MIN: usize = 4;

/// Beyond any grid, in whatever unit; keeps absurd values from breaking the layout.
const VALUE_MAX: f64 = 1e12;

/// Which characters the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glyphs {
    /// Block and box characters.
    Unicode,
    /// Seven-bit characters only.
    Ascii,
}

impl Glyphs {
    /// Reads the locale from the environment.
    pub(crate) fn detect() -> Self {
        let set = |name: &str| std::env::var(name).ok();
        Self::of_locale(["LC_ALL", "LC_CTYPE", "LANG"].map(set), set("TERM").as_deref())
    }

    /// Unicode if the first locale that is set, of `LC_ALL`, `LC_CTYPE` and `LANG`, says UTF-8, as POSIX ranks them.
    fn of_locale(locales: [Option<String>; 3], term: Option<&str>) -> Self {
        let locale = locales.into_iter().flatten().find(|locale| !locale.is_empty());
        let locale = locale.unwrap_or_default().to_ascii_lowercase();
        let utf8 = locale.contains("utf-8") || locale.contains("utf8");
        if utf8 && term != Some("dumb") { Self::Unicode } else { Self::Ascii }
    }

    const fn pick(self, unicode: char, ascii: char) -> char {
        match self {
            Self::Unicode => unicode,
            Self::Ascii => ascii,
        }
    }

    /// A cell filled from below by 1 to 8 eighths.
    fn rising(self, eighths: usize) -> char {
        match self {
            Self::Unicode => ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'][eighths.clamp(1, 8) - 1],
            Self::Ascii => half(eighths, '#'),
        }
    }

    /// A cell filled from above; there are no eighths for that, only halves.
    const fn hanging(self, eighths: usize) -> char {
        match (self, eighths) {
            (Self::Unicode, 0..=1) => ' ',
            (Self::Unicode, 2..=5) => '▀',
            (Self::Unicode, _) => '█',
            (Self::Ascii, _) => half(eighths, '#'),
        }
    }
}

/// A whole-cell glyph where at least half of the cell is filled.
const fn half(eighths: usize, glyph: char) -> char {
    if eighths < 4 { ' ' } else { glyph }
}

/// A series of power at equal intervals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Curve<'a> {
    /// What is drawn, such as `Grid import`.
    pub(crate) name: &'a str,
    /// Its unit, such as `MW`.
    pub(crate) unit: &'a str,
    /// Mean values of successive intervals. What is not a finite number is drawn as zero.
    pub(crate) values: &'a [f64],
    /// A named part of it, drawn solid in front of the whole. It may go below zero, as V2G does. Where it has no value
    /// of its own, it is zero.
    pub(crate) part: Option<(&'a str, &'a [f64])>,
    /// When the first interval begins, in seconds after local midnight.
    pub(crate) start_s: u32,
    /// Length of an interval in seconds.
    pub(crate) step_s: u32,
}

/// Draws `curve` into lines of at most `width` characters, `height` of them for the curve itself.
///
/// The title names the peak and its time, and the peak is marked. It is that of the series as given, which can stand
/// above the drawing where several intervals share a column and are drawn by their mean. Long names make the title and
/// the legend longer than `width`.
pub(crate) fn load_curve(curve: &Curve<'_>, width: usize, height: usize, glyphs: Glyphs) -> String {
    let whole: Vec<f64> = curve.values.iter().copied().map(tamed).collect();
    let Some(peak) = index_of_max(&whole) else { return format!("{}: no data\n", curve.name) };
    let mut part: Vec<f64> = curve.part.map_or(&[][..], |(_, values)| values).iter().copied().map(tamed).collect();
    part.resize(whole.len(), 0.0);
    let bound = |pick: fn(f64, f64) -> f64| whole.iter().chain(&part).copied().fold(0.0, pick);
    let scale = Scale::fit(bound(f64::min), bound(f64::max), height.max(HEIGHT_MIN));
    let margin = scale.label_width().max(curve.unit.chars().count());
    // Beside the labels stand a space and the axis, and the closing tick of the time axis needs a column of its own.
    let columns = width.max(WIDTH_MIN).saturating_sub(margin + 3).max(1);
    let plot = Plot {
        whole: resampled(&whole, columns),
        part: curve.part.map(|_| resampled(&part, columns)),
        peak_column: column_of(peak, whole.len(), columns),
        scale,
        margin,
        glyphs,
    };
    let legend = curve.part.map_or_else(String::new, |(name, _)| {
        let (solid, shade) = (glyphs.pick('█', '#'), glyphs.pick('░', ':'));
        format!("{:margin$}  {solid} {name}   {shade} the rest\n", "")
    });
    title(curve, &whole, &part, peak) + &plot.draw(curve.unit) + &time_axis(curve, &plot) + &legend
}

/// A value that can be drawn.
fn tamed(value: f64) -> f64 {
    if value.is_finite() { value.clamp(-VALUE_MAX, VALUE_MAX) } else { 0.0 }
}

/// Index of the first of the largest values.
fn index_of_max(values: &[f64]) -> Option<usize> {
    (0..values.len()).reduce(|best, i| if values[i] > values[best] { i } else { best })
}

/// One value per column: the mean of the intervals that begin in it, or the interval that covers it. Not of nothing.
fn resampled(values: &[f64], columns: usize) -> Vec<f64> {
    let mean = |column: usize| {
        let from = column * values.len() / columns;
        let to = ((column + 1) * values.len() / columns).max(from + 1);
        values[from..to].iter().sum::<f64>() / (to - from) as f64
    };
    (0..columns).map(mean).collect()
}

/// What is drawn, its peak and when that is.
fn title(curve: &Curve<'_>, whole: &[f64], part: &[f64], peak: usize) -> String {
    let Curve { name, unit, .. } = curve;
    let span_s = u64::from(curve.step_s) * whole.len() as u64;
    let time = hours::moment(u64::from(curve.start_s) + u64::from(curve.step_s) * peak as u64, span_s);
    let of_which = curve.part.map(|(name, _)| format!(", of which {name} {} {unit}", figure(part[peak])));
    format!("{name}: peak {} {unit} at {time}{}\n", figure(whole[peak]), of_which.unwrap_or_default())
}

/// Middle of the columns in which value number `index` of `count` is drawn.
const fn column_of(index: usize, count: usize, columns: usize) -> usize {
    let last = ((index + 1) * columns - 1) / count;
    let first = (index * columns).div_ceil(count);
    if first < last { first.midpoint(last) } else { last }
}

/// A curve that is ready to be drawn.
struct Plot {
    whole: Vec<f64>,
    part: Option<Vec<f64>>,
    peak_column: usize,
    scale: Scale,
    /// Width of the labels of the vertical axis.
    margin: usize,
    glyphs: Glyphs,
}

impl Plot {
    /// Draws the unit's line, which has room for the mark of a peak that reaches the top, and the curve's lines.
    fn draw(&self, unit: &str) -> String {
        let mut text = String::new();
        let (margin, scale, glyphs) = (self.margin, &self.scale, self.glyphs);
        let mark_row = ((self.eighths(self.whole[self.peak_column]).max(0) + 7) / 8).min(scale.rows_above);
        for row in (-scale.rows_below..=scale.rows_above).rev() {
            let (label, axis) = match scale.label(row + 1) {
                _ if row == scale.rows_above => (unit.to_owned(), ' '),
                Some(label) => (label, glyphs.pick('┤', '+')),
                None => (String::new(), glyphs.pick('│', '|')),
            };
            let mark = |column| (row == mark_row && column == self.peak_column).then(|| glyphs.pick('▼', 'v'));
            let cells = (0..self.whole.len()).map(|column| mark(column).unwrap_or_else(|| self.cell(column, row)));
            let line = format!("{label:>margin$} {axis}{}", cells.collect::<String>());
            text += line.trim_end();
            text.push('\n');
        }
        text
    }

    /// The glyph of a cell; row 0 is the first above zero.
    fn cell(&self, column: usize, row: i64) -> char {
        let whole = self.filled(self.whole[column], row);
        let Some(part) = self.part.as_ref().map(|part| self.filled(part[column], row)) else {
            return self.glyph(whole, row);
        };
        match self.glyph(part, row) {
            ' ' if whole >= 4 => self.glyphs.pick('░', ':'),
            glyph => glyph,
        }
    }

    /// The glyph of a cell that is filled by so many eighths, from zero's side.
    fn glyph(&self, eighths: usize, row: i64) -> char {
        match eighths {
            0 => ' ',
            _ if row < 0 => self.glyphs.hanging(eighths),
            _ => self.glyphs.rising(eighths),
        }
    }

    /// How many eighths of the cells of a row a value fills.
    fn filled(&self, value: f64, row: i64) -> usize {
        let eighths = self.eighths(value);
        let inside = if row < 0 { -eighths - 8 * (-1 - row) } else { eighths - 8 * row };
        inside.clamp(0, 8) as usize
    }

    /// A value in eighths of a row.
    fn eighths(&self, value: f64) -> i64 {
        (8.0 * value / self.scale.per_row).round() as i64
    }
}

/// The time axis and its labels.
fn time_axis(curve: &Curve<'_>, plot: &Plot) -> String {
    let (margin, glyphs, columns) = (plot.margin, plot.glyphs, plot.whole.len());
    let span_s = u64::from(curve.step_s) * curve.values.len() as u64;
    let mut axis = vec![glyphs.pick('─', '-'); columns + 1];
    let mut labels = String::new();
    for (column, label) in hours::ticks(u64::from(curve.start_s), span_s, columns) {
        axis[column] = glyphs.pick('┬', '+');
        // Centred under its tick, which stands one to the right because of the corner, and inside the line.
        let at = (column + 1).saturating_sub(label.len() / 2).min((columns + 2).saturating_sub(label.len()));
        if labels.is_empty() || at > labels.len() {
            labels += &" ".repeat(at - labels.len());
            labels += &label;
        }
    }
    let lowest = plot.scale.label(-plot.scale.rows_below).unwrap_or_default();
    let (corner, axis) = (glyphs.pick('└', '+'), axis.into_iter().collect::<String>());
    format!("{lowest:>margin$} {corner}{axis}\n{:margin$} {labels}\n", "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: Curve<'_> = Curve {
        name: "Grid import",
        unit: "MW",
        values: &[200.0, 150.0, 100.0, 300.0, 500.0, 640.0, 700.0, 450.0],
        part: None,
        start_s: 0,
        step_s: 10_800,
    };

    #[test]
    fn a_day_of_load() {
        let expected = "\
Grid import: peak 700 MW at 18:00
 MW                          ▼
750 ┤                   ▁▁▁▁▅▅▅▅
    │                   ████████
500 ┤               ████████████▅▅▅
    │            ▃▃▃███████████████
250 ┤▅▅▅▅▂▂▂▂    ██████████████████
    │████████▆▆▆▆██████████████████
  0 └┬──────────────┬──────────────┬
    00:00         12:00        24:00
";
        let text = load_curve(&DAY, 36, 6, Glyphs::Unicode);
        assert_eq!(text, expected, "\n{text}");
    }

    /// From 12:00 to 16:00; vehicles draw 100 MW, are discharged with 120 MW, and draw 150 MW.
    #[test]
    fn a_part_that_goes_below_zero_as_v2g_does() {
        let values = [300.0, 300.0, 200.0, 400.0];
        let part = ("EV", &[100.0, 100.0, -120.0, 150.0][..]);
        let curve = Curve { values: &values, part: Some(part), start_s: 43_200, step_s: 3_600, ..DAY };
        let unicode = "\
Grid import: peak 400 MW at 15:00, of which EV 150 MW
  MW                           ▼
 400 ┤                      ░░░░░░░
     │░░░░░░░░░░░░░░░       ░░░░░░░
 200 ┤░░░░░░░░░░░░░░░░░░░░░░▄▄▄▄▄▄▄
     │███████████████░░░░░░░███████
   0 ┤               ███████
     │               ▀▀▀▀▀▀▀
-200 └┬──────────────┬─────────────┬
     12:00         14:00       16:00
      █ EV   ░ the rest
";
        let text = load_curve(&curve, 36, 6, Glyphs::Unicode);
        assert_eq!(text, unicode, "\n{text}");
        let ascii = "\
Grid import: peak 400 MW at 15:00, of which EV 150 MW
  MW                           v
 400 +                      :::::::
     |:::::::::::::::       :::::::
 200 +::::::::::::::::::::::#######
     |###############:::::::#######
   0 +               #######
     |
-200 ++--------------+-------------+
     12:00         14:00       16:00
      # EV   : the rest
";
        let text = load_curve(&curve, 36, 6, Glyphs::Ascii);
        assert_eq!(text, ascii, "\n{text}");
    }

    #[test]
    fn nothing_and_nonsense_are_drawn_as_such() {
        assert_eq!(load_curve(&Curve { values: &[], ..DAY }, 80, 12, Glyphs::Ascii), "Grid import: no data\n");
        let text = load_curve(&Curve { values: &[f64::NAN, f64::INFINITY, 0.0], ..DAY }, 0, 0, Glyphs::Ascii);
        assert!(text.starts_with("Grid import: peak 0.00 MW at 00:00\n"), "{text}");
        assert!(!text.contains('#'), "{text}");
    }

    #[test]
    fn the_locale_decides_upon_the_glyphs() {
        let glyphs = |all: &str, ctype: &str, lang: &str, term| {
            Glyphs::of_locale([all, ctype, lang].map(|locale| Some(locale.to_owned())), term)
        };
        assert_eq!(glyphs("", "", "zh_CN.UTF-8", Some("xterm")), Glyphs::Unicode);
        assert_eq!(glyphs("", "C.utf8", "C", None), Glyphs::Unicode);
        assert_eq!(glyphs("C", "", "en_US.UTF-8", None), Glyphs::Ascii);
        assert_eq!(glyphs("", "", "en_US.UTF-8", Some("dumb")), Glyphs::Ascii);
        assert_eq!(Glyphs::of_locale([None, None, None], None), Glyphs::Ascii);
    }

    proptest! {
        /// Any series, at any size, stays inside its frame, and shows the mark of its peak once.
        #[test]
        fn a_chart_keeps_to_its_size(
            values in prop::collection::vec(-1e5_f64..1e5, 1..400),
            part in prop::collection::vec(-1e4_f64..1e4, 0..400),
            start_s in 0_u32..86_400,
            step_s in 1_u32..86_400,
            width in WIDTH_MIN..120,
            height in HEIGHT_MIN..30,
            ascii in any::<bool>(),
        ) {
            let (glyphs, mark) = if ascii { (Glyphs::Ascii, 'v') } else { (Glyphs::Unicode, '▼') };
            let curve = Curve { values: &values, part: Some(("part", &part)), start_s, step_s, ..DAY };
            let text = load_curve(&curve, width, height, glyphs);
            let lines: Vec<&str> = text.lines().collect();
            prop_assert_eq!(lines.len(), height + 5);
            let body = &lines[1..height + 4];
            prop_assert!(body.iter().all(|line| line.chars().count() <= width), "{}", text);
            prop_assert!(lines.iter().all(|line| line.trim_end() == *line), "{}", text);
            prop_assert_eq!(body.iter().flat_map(|line| line.chars()).filter(|c| *c == mark).count(), 1, "{}", text);
            prop_assert!(!text.contains('\u{1b}') && (!ascii || text.is_ascii()), "{}", text);
        }

        /// The mark stands in a column that draws the peak's interval, whether columns or intervals are more.
        #[test]
        fn the_mark_stands_over_the_peak(count in 1_usize..500, at in 0.0_f64..1.0, columns in 1_usize..120) {
            let index = (at * count as f64) as usize;
            let mut values = vec![0.0; count];
            values[index] = 1.0;
            prop_assert!(resampled(&values, columns)[column_of(index, count, columns)] > 0.0);
        }
    }
}
