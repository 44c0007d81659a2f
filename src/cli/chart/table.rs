//! Aligned tables and figures for the terminal.

use super::Glyphs;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};

/// Width of a terminal that is not asked for its own.
const WIDTH: u16 = 80;

/// A whole number in groups of three, such as `1,300,000`.
pub(crate) fn thousands(value: i64) -> String {
    group(&value.to_string())
}

/// A measured value with as many decimals as it deserves, in groups of three: `19,432`, `84.3`, `0.57`.
pub(crate) fn figure(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        _ => 2,
    };
    grouped(value, decimals)
}

/// A value with a number of decimals, in groups of three. A zero has no sign.
pub(super) fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let is_zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
    group(if is_zero { text.trim_start_matches('-') } else { &text })
}

/// Puts commas into the digits before the point.
fn group(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, fraction) = digits.find('.').map_or((digits, ""), |at| digits.split_at(at));
    let mut out = sign.to_owned();
    for (i, digit) in whole.char_indices() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
}

/// A table of at most 80 columns, with a rule under its header; columns of figures stand to the right.
///
/// A row with fewer cells than the header is filled up with empty ones. `-` stands for a figure that there is none of.
/// Words too long for the width are wrapped.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>], glyphs: Glyphs) -> String {
    let mut table = Table::new();
    let line = glyphs.pick('─', '-');
    let rule = LineStyle::none().fill(line).junction(line);
    table.load_style(TableStyle::new().header_separator(rule));
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_header(header.iter().copied());
    for row in rows {
        table.add_row(row);
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        let mut cells =
            rows.iter().filter_map(|row| row.get(index)).filter(|cell| !matches!(cell.as_str(), "" | "-")).peekable();
        if cells.peek().is_some() && cells.all(|cell| is_figure(cell)) {
            // A figure is never broken in two: words make room for it.
            column.set_cell_alignment(CellAlignment::Right);
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table.trim_fmt() + "\n"
}

/// Whether a cell begins as a number does, after its sign.
fn is_figure(cell: &str) -> bool {
    cell.trim_start_matches(['-', '+', '−']).starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
        cells.map(str::to_owned).to_vec()
    }

    #[test]
    fn figures_stand_to_the_right_and_words_to_the_left() {
        let rows = [row(["Nanshan 南山", "201,234", "84.3 MW"]), row(["Futian", "-1,934", "840 MW"]), row(["Dapeng"])];
        assert_eq!(
            table(&["District", "EVs", "Adjustable"], &rows, Glyphs::Unicode),
            " District           EVs   Adjustable\n\
             ─────────────────────────────────────\n \
              Nanshan 南山   201,234      84.3 MW\n \
              Futian          -1,934       840 MW\n \
              Dapeng\n"
        );
        let ascii = table(&["a", "b"], &[row(["1", "x"])], Glyphs::Ascii);
        assert_eq!(ascii, " a   b\n-------\n 1   x\n");
    }

    #[test]
    fn long_cells_are_wrapped_at_eighty_columns() {
        let note = "charging at night ".repeat(10);
        let text = table(&["Case", "Note"], &[row(["night", &note])], Glyphs::Ascii);
        assert!(text.lines().count() > 3 && text.lines().all(|line| line.len() <= 80), "{text}");
        assert_eq!(text.matches("night").count(), 11);
    }

    #[test]
    fn figures_are_never_broken() {
        let figures = ["28,390,128", "8,438,675", "41,496,475", "23,714,654", "102,039,932", "38.6"];
        let cells = [&["sessions of the whole year by place"], &figures[..]].concat();
        let text = table(
            &["", "a", "b", "c", "d", "e", "f"],
            &[cells.into_iter().map(str::to_owned).collect()],
            Glyphs::Ascii,
        );
        assert!(figures.iter().all(|figure| text.contains(figure)), "{text}");
    }

    #[test]
    fn figures_have_as_many_decimals_as_they_deserve() {
        let cases =
            [(19_432.4, "19,432"), (99.96, "100"), (84.31, "84.3"), (9.996, "10.0"), (0.567, "0.57"), (-0.001, "0.00")];
        for (value, text) in cases.into_iter().chain([(-1_234_567.0, "-1,234,567"), (0.0, "0.00")]) {
            assert_eq!(figure(value), text);
        }
    }

    proptest! {
        #[test]
        fn groups_of_three_lose_no_digit(value in any::<i64>()) {
            let text = thousands(value);
            prop_assert_eq!(text.replace(',', ""), value.to_string());
            let groups: Vec<&str> = text.trim_start_matches('-').split(',').collect();
            prop_assert!((1..=3).contains(&groups[0].len()));
            prop_assert!(groups[1..].iter().all(|group| group.len() == 3));
        }
    }
}
