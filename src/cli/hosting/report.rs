//! What `voltcity hosting` says: to a planner at a terminal, and to machines.

use super::{Element, Found};
use crate::cli::args::HostingRequest;
use crate::cli::chart::{Glyphs, figure, table, thousands};
use crate::cli::exit::Failure;
use crate::cli::parquet_table::{TableColumn, Values, bytes};
use serde_json::{Value, json};
use std::fmt::Write;
use voltcity::network::Part;
use voltcity::network::hosting::{Kind, Level, Limit};

/// Shares of elements, in percent, for which a distribution is told.
const QUANTILES: [usize; 5] = [5, 25, 50, 75, 95];

/// What is added, as people call it.
pub(super) const fn added(what: Kind) -> &'static str {
    match what {
        Kind::Charging => "charging",
        Kind::V2g => "V2G",
        Kind::Pv => "solar power",
    }
}

/// One element of a level.
pub(super) const fn one(level: Level) -> &'static str {
    match level {
        Level::Transformer => "transformer",
        Level::Feeder => "feeder",
        Level::Substation => "110/10 kV unit",
    }
}

/// A limit, as people call it.
pub(super) const fn name(limit: Limit) -> &'static str {
    match limit {
        Limit::Transformer => "transformer rating",
        Limit::Cable => "cable rating",
        Limit::Unit => "110/10 kV unit",
        Limit::LowVoltage => "lowest voltage",
        Limit::HighVoltage => "highest voltage",
    }
}

/// For machines.
const fn key(limit: Limit) -> &'static str {
    match limit {
        Limit::Transformer => "transformer",
        Limit::Cable => "cable",
        Limit::Unit => "unit",
        Limit::LowVoltage => "low_voltage",
        Limit::HighVoltage => "high_voltage",
    }
}

/// Kind of a part and its row, in a section.
const fn place(part: Part, section: u32) -> (&'static str, u32) {
    match part {
        Part::Unit => ("unit", section),
        Part::Head(row) => ("head", row),
        Part::Cable(row) => ("cable", row),
        Part::Transformer(row) => ("transformer", row),
        Part::Main(row) => ("main", row),
    }
}

/// A part in words.
fn part(part: Part, section: u32) -> String {
    match part {
        Part::Unit => format!("unit {section}"),
        Part::Head(row) => format!("head of feeder {row}"),
        Part::Cable(row) => format!("cable of feeder {row}"),
        Part::Transformer(row) => format!("transformer {row}"),
        Part::Main(row) => format!("mains of {row}"),
    }
}

/// Elements that a limit binds, what they take in all in W, and how many of them have it broken already.
#[derive(Clone, Copy, Default)]
struct Bound {
    elements: usize,
    added_w: f64,
    broken: usize,
}

impl Bound {
    fn of<'a>(elements: impl Iterator<Item = &'a Element>) -> Self {
        elements.fold(Self::default(), |sum, element| Self {
            elements: sum.elements + 1,
            added_w: sum.added_w + element.hosting.added_w,
            broken: sum.broken + usize::from(element.hosting.is_broken),
        })
    }
}

impl Found {
    fn bound(&self, limit: Limit) -> Bound {
        Bound::of(self.elements.iter().filter(|element| element.hosting.limit == limit))
    }

    /// What an element at a share in percent of all takes, from the one that takes least, in W.
    pub(super) fn quantile_w(&self, percent: usize) -> f64 {
        let rank = (self.elements.len() * percent).div_ceil(100).saturating_sub(1);
        self.elements.get(rank).map_or(0.0, |element| element.hosting.added_w)
    }

    /// What the elements are, and what the sum over them means.
    pub(super) fn meaning(&self) -> &'static str {
        match self.level {
            Level::Transformer => "each alone, all others as they are; not all at once",
            Level::Feeder => "each alone, its transformers in proportion to their ratings; not all at once",
            Level::Substation => "all at once, transformers in proportion to their ratings",
        }
    }
}

/// The report.
pub(super) fn text(found: &Found, request: &HostingRequest, glyphs: Glyphs) -> String {
    let one = one(found.level);
    let mut out = format!(
        "{}, {} (seed {})\nHow much more {} each {one} takes before a limit binds:\n{}\n\n{}\n{}\nThose that take least\n\n{}",
        found.world,
        found.at.strftime("%Y-%m-%d %H:%M"),
        found.seed,
        added(found.what),
        found.meaning(),
        table(&["What binds first", "elements", "broken already", "MW"], &limits(found), glyphs),
        table(&["Of all elements", "take at most, kW"], &distribution(found), glyphs),
        table(&["Row", "kW", "what binds", "where", "zone", "district"], &tightest(found, request.worst), glyphs),
    );
    for error in found.unsolved.iter().take(request.worst) {
        let _ = writeln!(out, "not solved: {error}");
    }
    if let Some(dir) = &request.out {
        let _ = writeln!(out, "\nWritten to {}: hosting.json, hosting.parquet, hosting.svg", dir.display());
    }
    out
}

fn limits(found: &Found) -> Vec<Vec<String>> {
    let row = |name: &str, bound: Bound| {
        let counts = [bound.elements, bound.broken].map(|count| thousands(count as i64));
        [name.to_owned()].into_iter().chain(counts).chain([figure(bound.added_w / 1e6)]).collect()
    };
    let all = Bound::of(found.elements.iter());
    Limit::ALL.iter().map(|limit| row(name(*limit), found.bound(*limit))).chain([row("all", all)]).collect()
}

fn distribution(found: &Found) -> Vec<Vec<String>> {
    let row = |percent: &usize| vec![format!("{percent} %"), figure(found.quantile_w(*percent) / 1e3)];
    QUANTILES.iter().map(row).collect()
}

fn tightest(found: &Found, worst: usize) -> Vec<Vec<String>> {
    let row = |element: &Element| {
        let hosting = &element.hosting;
        let broken = if hosting.is_broken { ", broken" } else { "" };
        vec![
            place(hosting.of, element.section).1.to_string(),
            figure(hosting.added_w / 1e3),
            format!("{}{broken}", name(hosting.limit)),
            part(hosting.at, element.section),
            element.zone.map_or_else(|| "-".to_owned(), |zone| zone.to_string()),
            element.district.clone(),
        ]
    };
    found.elements.iter().take(worst).map(row).collect()
}

/// The account.
pub(super) fn value(found: &Found, worst: usize) -> Value {
    let bound = |bound: Bound| json!({ "elements": bound.elements, "broken": bound.broken, "mw": bound.added_w / 1e6 });
    let limits = Limit::ALL.iter().map(|limit| (key(*limit).to_owned(), bound(found.bound(*limit)))).collect();
    let quantile = |percent: &usize| (format!("p{percent}"), Value::from(found.quantile_w(*percent) / 1e3));
    let element = |element: &Element| {
        let (hosting, (at, at_row)) = (&element.hosting, place(element.hosting.at, element.section));
        json!({
            "row": place(hosting.of, element.section).1,
            "kw": hosting.added_w / 1e3,
            "limit": key(hosting.limit),
            "at": { "part": at, "row": at_row },
            "broken": hosting.is_broken,
            "zone": element.zone,
            "district": element.district,
        })
    };
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "world": found.world,
        "seed": found.seed,
        "at": found.at.to_string(),
        "what": what(found.what),
        "level": level(found.level),
        "meaning": found.meaning(),
        "all": bound(Bound::of(found.elements.iter())),
        "limits": Value::Object(limits),
        "kw": Value::Object(QUANTILES.iter().map(quantile).collect()),
        "tightest": found.elements.iter().take(worst).map(element).collect::<Vec<_>>(),
        "unsolved": found.unsolved,
    })
}

const fn what(what: Kind) -> &'static str {
    match what {
        Kind::Charging => "charging",
        Kind::V2g => "v2g",
        Kind::Pv => "pv",
    }
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Transformer => "transformer",
        Level::Feeder => "feeder",
        Level::Substation => "substation",
    }
}

/// Every element, from the one that takes least.
///
/// # Errors
/// None but our own mistakes.
pub(super) fn parquet(found: &Found) -> Result<Vec<u8>, Failure> {
    let whole = |of: &dyn Fn(&Element) -> i64| Values::Whole(found.elements.iter().map(of).collect());
    let words = |of: &dyn Fn(&Element) -> String| Values::Words(found.elements.iter().map(of).collect());
    let at = |element: &Element| place(element.hosting.at, element.section);
    let column = |name, unit, doc, values| TableColumn { name, unit, doc, values };
    let mut columns = vec![
        column("row", "1", "The element within its level: transformer, feeder, or 110/10 kV unit.", {
            whole(&|e| i64::from(place(e.hosting.of, e.section).1))
        }),
        column("unit", "1", "The 110/10 kV unit it hangs on.", whole(&|e| i64::from(e.section))),
        column("district", "", "Its district.", words(&|e| e.district.clone())),
        column("rating_va", "VA", "Ratings of the distribution transformers behind it.", {
            whole(&|e| e.rating_va as i64)
        }),
        column("added_w", "W", "What can be added before a limit binds.", {
            whole(&|e| e.hosting.added_w.floor() as i64)
        }),
        column("limit", "", "The limit that binds first, or is broken already.", {
            words(&|e| key(e.hosting.limit).to_owned())
        }),
        column("broken", "1", "1 where the limit is broken with nothing added.", {
            whole(&|e| i64::from(e.hosting.is_broken))
        }),
        column("at_part", "", "Kind of the part where it binds.", words(&|e| at(e).0.to_owned())),
        column("at_row", "1", "Row of that part: of a cable, its feeder; of mains, their transformer.", {
            whole(&|e| i64::from(at(e).1))
        }),
    ];
    // A unit serves several zones.
    if found.level != Level::Substation {
        let zones = whole(&|e| e.zone.map_or(0, i64::from));
        columns.insert(2, column("zone", "1", "Its zone.", zones));
    }
    let metadata = [
        ("voltcity.world", found.world.clone()),
        ("voltcity.seed", found.seed.to_string()),
        ("voltcity.at", found.at.to_string()),
        ("voltcity.what", what(found.what).to_owned()),
        ("voltcity.level", level(found.level).to_owned()),
    ];
    bytes(&columns, &metadata)
}
