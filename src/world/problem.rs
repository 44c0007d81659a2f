//! Problems a user can cause in a world file: what is wrong, where, and what would be right.
//!
//! Everything that reads a world collects [`Problem`]s instead of stopping at the first one, so that a file is
//! repaired in one go. [`Problems`] keeps them in reading order without repetition and prints each with its source
//! line and a mark under the offending text.

use crate::world::text::Document;
use std::collections::{BTreeSet, btree_set};
use std::fmt;

/// Problems printed in full; the last line counts the rest.
const PRINTED_MAX: usize = 100;
/// Names longer than this are not compared, so that a hostile file cannot make the comparison slow.
const COMPARED_CHARS_MAX: usize = 80;

/// A place in a world file, a base file or a `--set` argument.
///
/// Places sort by the order in which the files were read, then by line and column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Position of the file among all files of the document: the file asked for is 0.
    pub(crate) order: u32,
    /// The file's name as the user would write it, or `--set path` for a patch.
    pub file: String,
    /// Line, from 1; 0 means the whole file.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Characters to mark, at least 1.
    pub length: u32,
    /// The source line, cut to at most 120 characters around the column.
    pub source_line: String,
    /// Column of the mark within the cut line, from 1.
    pub(crate) shown_column: u32,
}

/// One thing that is wrong.
///
/// Problems sort by place; those without a place come first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where it is, if it is in a file.
    pub place: Option<Place>,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem that belongs to no place in a file.
    pub fn new(message: impl Into<String>, hint: impl Into<Option<String>>) -> Self {
        Self { place: None, message: message.into(), hint: hint.into() }
    }

    /// A problem of what is at `path` in the document, such as `zones.rows.102.district`.
    ///
    /// Where the document has nothing at the path, the nearest thing around it is shown.
    pub fn at(document: &Document, path: &str, message: impl Into<String>, hint: impl Into<Option<String>>) -> Self {
        Self { place: Some(document.locate_nearest(path)), message: message.into(), hint: hint.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", printable(&self.message))?;
        let mut margin = 1;
        if let Some(place) = &self.place {
            if place.line == 0 {
                write!(f, "\n --> {}", printable(&place.file))?;
            } else {
                let line = place.line.to_string();
                margin = line.len();
                write!(f, "\n{:margin$}--> {}:{line}:{}", "", printable(&place.file), place.column)?;
                write!(f, "\n{:margin$} |", "")?;
                write!(f, "\n{line} | {}", printable(&place.source_line))?;
                write!(f, "\n{:margin$} | {}", "", mark(place))?;
            }
        }
        match &self.hint {
            Some(hint) => write!(f, "\n{:margin$} = help: {}", "", printable(hint)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

/// Every problem found so far, in reading order, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    sorted: BTreeSet<Problem>,
}

impl Problems {
    /// No problems.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a problem, unless the very same one is there already.
    pub fn push(&mut self, problem: Problem) {
        self.sorted.insert(problem);
    }

    /// Adds what is wrong at places of which nothing has been said yet: what one reader has said of a place, the next
    /// does not say again in other words.
    pub fn extend_untold(&mut self, more: Self) {
        let told: BTreeSet<Option<Place>> = self.iter().map(|problem| problem.place.clone()).collect();
        self.extend(more.into_iter().filter(|problem| !told.contains(&problem.place)));
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// How many different problems there are.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// The problems by file, line and column.
    pub fn iter(&self) -> btree_set::Iter<'_, Problem> {
        self.sorted.iter()
    }

    /// `value` if nothing is wrong.
    ///
    /// # Errors
    ///
    /// The problems themselves, if there are any.
    pub fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    /// The value of a result, or nothing, its problems being taken over.
    pub fn take<T>(&mut self, result: Result<T, Vec<Problem>>) -> Option<T> {
        result.map_err(|problems| self.extend(problems)).ok()
    }

    /// The last line of the listing: how many problems there are, and in which files.
    fn summary(&self) -> String {
        let count = self.len();
        let mut files: Vec<&str> = self.iter().filter_map(|p| p.place.as_ref()).map(|p| p.file.as_str()).collect();
        files.dedup();
        let count = if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") };
        let place = match files.as_slice() {
            [] => String::new(),
            [one] => format!(" in {one}"),
            [first @ .., last] if files.len() <= 4 => format!(" in {} and {last}", first.join(", ")),
            _ => format!(" in {} files", files.len()),
        };
        let cut = if self.len() > PRINTED_MAX { format!(", the first {PRINTED_MAX} shown") } else { String::new() };
        count + &place + &cut
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in self.iter().take(PRINTED_MAX) {
            write!(f, "{problem}\n\n")?;
        }
        f.write_str(&printable(&self.summary()))
    }
}

impl std::error::Error for Problems {}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        self.sorted.extend(problems);
    }
}

impl FromIterator<Problem> for Problems {
    fn from_iter<I: IntoIterator<Item = Problem>>(problems: I) -> Self {
        Self { sorted: problems.into_iter().collect() }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self::from_iter([problem])
    }
}

impl From<Vec<Problem>> for Problems {
    fn from(problems: Vec<Problem>) -> Self {
        Self::from_iter(problems)
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = btree_set::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.sorted.into_iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = btree_set::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The carets that stand under the marked text, after as many blanks as the text before it is wide.
fn mark(place: &Place) -> String {
    let mut chars = place.source_line.chars();
    let before: usize = chars.by_ref().take(place.shown_column as usize - 1).map(width).sum();
    let marked: usize = chars.take(place.length as usize).map(width).sum();
    format!("{:before$}{}", "", "^".repeat(marked.max(1)))
}

/// Columns a character takes on a terminal: two for Chinese characters and other wide ones.
fn width(c: char) -> usize {
    let wide = matches!(c, '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE6F}' | '\u{FF00}'..='\u{FF60}' | '\u{FFE0}'..='\u{FFE6}'
        | '\u{1F300}'..='\u{1F64F}' | '\u{1F900}'..='\u{1F9FF}' | '\u{20000}'..='\u{3FFFD}');
    if wide { 2 } else { 1 }
}

/// The text with tabs as blanks and every other control or direction character visible, one for one.
///
/// A file must not be able to move the cursor or reorder the line of the terminal that shows its problems.
pub(crate) fn printable(text: &str) -> String {
    let harmless = |c: char| match c {
        '\t' | '\n' => ' ',
        '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => '\u{FFFD}',
        c if c.is_control() => '\u{FFFD}',
        c => c,
    };
    text.chars().map(harmless).collect()
}

/// The candidate a misspelt name most likely means, if one is near enough.
///
/// Near means: at most a third of the name's characters inserted, deleted, replaced or swapped with their
/// neighbour, capitals and small letters being alike. Of several equally near ones the first is taken.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    if wanted.len() > COMPARED_CHARS_MAX {
        return None;
    }
    let mut limit = if wanted.len() < 2 { 0 } else { (wanted.len() / 3).max(1) };
    let mut best = None;
    for candidate in candidates {
        let length = candidate.chars().count();
        if length > COMPARED_CHARS_MAX || length.abs_diff(wanted.len()) > limit {
            continue;
        }
        let other: Vec<char> = candidate.to_lowercase().chars().collect();
        let distance = edit_distance(&wanted, &other);
        if distance < limit || (distance == limit && best.is_none()) {
            limit = distance;
            best = Some(candidate);
        }
    }
    best
}

/// Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours, each costing 1.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, &y) in b.iter().enumerate() {
            let mut cost = (above[j] + usize::from(x != y)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(order: u32, line: u32, column: u32) -> Place {
        Place {
            order,
            file: format!("worlds/{order}.ron"),
            line,
            column,
            length: 3,
            source_line: "\tab: 深圳, cd: 5".to_owned(),
            shown_column: column,
        }
    }

    fn problem(place: Place, message: &str) -> Problem {
        Problem { place: Some(place), message: message.to_owned(), hint: None }
    }

    #[test]
    fn a_problem_prints_its_line_mark_and_help() {
        let mut problem = problem(place(0, 14, 10), "`cd` is too small");
        problem.hint = Some("at least 6".to_owned());
        // The two Chinese characters before the mark take two columns each.
        let expected = "error: `cd` is too small
  --> worlds/0.ron:14:10
   |
14 |  ab: 深圳, cd: 5
   |            ^^^
   = help: at least 6";
        assert_eq!(problem.to_string(), expected);
    }

    #[test]
    fn a_wide_character_is_marked_at_its_full_width() {
        let mut wide = place(0, 3, 6);
        wide.length = 2;
        assert_eq!(mark(&wide), "     ^^^^");
    }

    #[test]
    fn problems_are_sorted_and_kept_once() {
        let mut problems = Problems::new();
        for (order, line, column) in [(1, 1, 1), (0, 9, 2), (0, 9, 1), (0, 9, 2), (0, 2, 7)] {
            problems.push(problem(place(order, line, column), "wrong"));
        }
        problems.push(Problem::new("no file", None));
        let places: Vec<_> = problems.iter().map(|p| p.place.as_ref().map(|p| (p.order, p.line, p.column))).collect();
        assert_eq!(places, [None, Some((0, 2, 7)), Some((0, 9, 1)), Some((0, 9, 2)), Some((1, 1, 1))]);
        assert!(problems.to_string().ends_with("\n\n5 problems in worlds/0.ron and worlds/1.ron"));
    }

    #[test]
    fn the_summary_names_the_files() {
        let in_files = |orders: &[u32]| -> String {
            orders.iter().map(|&o| problem(place(o, 1, 1), "wrong")).collect::<Problems>().summary()
        };
        assert_eq!(in_files(&[0]), "1 problem in worlds/0.ron");
        assert_eq!(in_files(&[2, 1, 0]), "3 problems in worlds/0.ron, worlds/1.ron and worlds/2.ron");
        assert_eq!(in_files(&[0, 1, 2, 3, 4]), "5 problems in 5 files");
        assert_eq!(Problems::from(Problem::new("no file", None)).summary(), "1 problem");
    }

    #[test]
    fn a_long_listing_is_cut() {
        let problems: Problems = (1..=150).map(|line| problem(place(0, line, 1), "wrong")).collect();
        let text = problems.to_string();
        assert_eq!(text.matches("error: ").count(), 100);
        assert!(text.ends_with("\n150 problems in worlds/0.ron, the first 100 shown"));
    }

    #[test]
    fn control_and_direction_characters_are_shown_not_obeyed() {
        let problem = Problem::new("found `\u{1b}[2J\u{202e}x`", "a\r\tb".to_owned());
        assert_eq!(problem.to_string(), "error: found `\u{fffd}[2J\u{fffd}x`\n  = help: a\u{fffd} b");
    }

    #[test]
    fn the_nearest_name_is_found_or_none() {
        assert_eq!(nearest("Fubian", ["Nanshan", "Futian", "Luohu"]), Some("Futian"));
        assert_eq!(nearest("nanshan", ["Nanshan", "nanshal"]), Some("Nanshan"));
        assert_eq!(nearest("cuont", ["count", "counts"]), Some("count"));
        assert_eq!(nearest("福天区", ["福田区", "南山区"]), Some("福田区"));
        assert_eq!(nearest("ab", ["cd", "xb"]), Some("xb"));
        assert_eq!(nearest("x", ["y", "z"]), None);
        assert_eq!(nearest("x", ["X"]), Some("X"));
        assert_eq!(nearest("tariff", ["weather", "fleet"]), None);
        assert_eq!(nearest(&"x".repeat(1000), ["x"]), None);
        assert_eq!(nearest("", ["", "a"]), Some(""));
    }

    proptest! {
        #[test]
        fn the_edit_distance_is_symmetric_and_bounded(a in "[a-d]{0,9}", b in "[a-d]{0,9}") {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            let distance = edit_distance(&a, &b);
            prop_assert_eq!(distance, edit_distance(&b, &a));
            prop_assert_eq!(distance == 0, a == b);
            prop_assert!(distance >= a.len().abs_diff(b.len()));
            prop_assert!(distance <= a.len().max(b.len()));
        }
    }
}
