//! How messages put things: numbers, ranges, names and paths.

use core::ops::{Bound, RangeBounds};

/// Characters of a value that a message repeats.
const QUOTED_CHARS: usize = 40;
/// Names that a hint lists before it stops.
const LISTED: usize = 12;

/// A path without the positions at its end: the field that a figure's value or a part of it belongs to.
pub(super) fn name(path: &str) -> &str {
    let mut name = path;
    while let Some((rest, _)) = name.strip_suffix(']').and_then(|open| open.rsplit_once('[')) {
        name = rest;
    }
    name
}

/// How a finite number misses a range; nothing for what is no finite number.
pub(super) fn out_of(value: f64, range: &impl RangeBounds<f64>) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    Some(match (range.start_bound(), range.end_bound()) {
        (Bound::Included(&low), _) if value < low => format!("less than {}", shown(low)),
        (_, Bound::Excluded(&high)) => format!("not below {}", shown(high)),
        (_, Bound::Included(&high)) => format!("more than {}", shown(high)),
        _ => "out of range".to_owned(),
    })
}

/// A range in words.
pub(super) fn described(range: &impl RangeBounds<f64>) -> String {
    let low = match range.start_bound() {
        Bound::Included(&low) | Bound::Excluded(&low) => shown(low),
        Bound::Unbounded => "any number".to_owned(),
    };
    match range.end_bound() {
        Bound::Included(&high) => format!("{low} to {}", shown(high)),
        Bound::Excluded(&high) => format!("{low} to below {}", shown(high)),
        Bound::Unbounded => format!("{low} or more"),
    }
}

/// A number as a message shows it: whole ones in groups of thousands, others to nine places.
pub(super) fn shown(value: f64) -> String {
    let size = value.abs();
    if size >= 1e15 || size > 0.0 && size < 1e-4 {
        return format!("{value:e}");
    }
    if value.fract() != 0.0 {
        return format!("{value:.9}").trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let digits = format!("{size:.0}");
    let mut text = if value < 0.0 { "-".to_owned() } else { String::new() };
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A text of the user's in quotes, cut if it is long.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS) {
        Some((end, _)) => format!("\"{}...\"", &text[..end]),
        None => format!("\"{text}\""),
    }
}

/// Names in a row, with the number of those that are left out.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str> + Clone) -> String {
    let count = names.clone().count();
    let shown: Vec<String> = names.take(LISTED).map(quoted).collect();
    match count - shown.len() {
        0 if count == 0 => "none".to_owned(),
        0 => shown.join(", "),
        left => format!("{} and {left} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_people_write_them() {
        let cases = [
            (0.0, "0"),
            (-5.0, "-5"),
            (999.0, "999"),
            (4e9, "4,000,000,000"),
            (0.1 + 0.2, "0.3"),
            (1.000_000_1, "1.0000001"),
            (1e300, "1e300"),
            (1e-300, "1e-300"),
            (-1_234.5, "-1234.5"),
        ];
        for (value, text) in cases {
            assert_eq!(shown(value), text);
        }
    }

    #[test]
    fn a_path_is_named_by_its_field() {
        assert_eq!(name("fleet.taxi.count[0]"), "fleet.taxi.count");
        assert_eq!(name("charging.dc_mix[0][2]"), "charging.dc_mix");
        assert_eq!(name("zones.rows.102"), "zones.rows.102");
        assert_eq!(name("zones.rows.102[0]"), "zones.rows.102");
        assert_eq!(name("load.lulls[3].depth"), "load.lulls[3].depth");
    }

    #[test]
    fn ranges_are_described_with_their_ends() {
        assert_eq!(described(&(0.0..=1.0)), "0 to 1");
        assert_eq!(described(&(0.5..1.0)), "0.5 to below 1");
        assert_eq!(out_of(1.0, &(0.5..1.0)).as_deref(), Some("not below 1"));
        assert_eq!(out_of(-1.0, &(0.5..1.0)).as_deref(), Some("less than 0.5"));
        assert_eq!(out_of(3.0, &(0.5..=1.0)).as_deref(), Some("more than 1"));
        assert_eq!(out_of(f64::NAN, &(0.5..=1.0)), None);
    }
}
