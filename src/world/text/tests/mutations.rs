//! Thousands of damaged worlds: nothing panics, and what the `ron` crate can read the locator can too.

use super::super::locate::DEPTH_MAX;
use super::*;
use ron::extensions::Extensions;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// Damaged worlds that are tried.
const MUTATIONS: usize = 20_000;

const WORLD: &str = r#"#![enable(implicit_some)]
// A world with a little of everything.
World(
    base: "base.ron",
    zones: {102: (district: "Futian", slow: 5, lon: 114.05), 0x10: Row(district: r"Luo\hu", slow: 7_000)},
    fleet: (classes: {private: 10, taxi: 3}, v2g: true, letter: '\u{798F}', byte: b'\x41', bytes: b"ab\xFF"),
    tariff: Tou(periods: [(from: 0, price: -0.3e-1), (from: 8.5, price: .5)]), /* nested /* comment */ */
    districts: {"Futian": (lon: 114.0, name: Some("福田")), "Nan \"shan\"": None, ('a', 1): Fixed(2,)},
    events: {1: Remove}, span: 1..=5, unit: (), empty: {}, list: [], none: None, r#raw-name: [inf, NaN],
)
"#;

const BASE: &str = "(zones: {9: (slow: 1)}, events: {1: (mw: 5)}, note: \"base\")";

const TOKENS: [&str; 40] = [
    "(", ")", "[", "]", "{", "}", ":", ",", "\"", "'", "/", "*", "/*", "*/", "//", "\\", "r#", "b'", "\n", "..", "=",
    "-", "0x", "1e5", "inf", "Some(", "None", "Remove", "base:", "a: 1,", "{1: 2}", "((((", "[[[[", "r#\"", "\"#",
    "#!", "_", "福", "\u{85}", "1.5f32",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are there to be parsed")]
struct World {
    zones: BTreeMap<u32, Row>,
    fleet: IgnoredAny,
    tariff: Option<Tariff>,
    districts: BTreeMap<String, Option<Row>>,
    span: Option<std::ops::RangeInclusive<u32>>,
    unit: (),
    list: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are there to be parsed")]
struct Row {
    district: String,
    slow: u32,
    lon: Option<f64>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "the fields are there to be parsed")]
enum Tariff {
    Flat,
    Fixed(f64),
    Tou { periods: Vec<BTreeMap<String, f64>> },
}

/// Does everything with a text that can be done with one, and checks it against the `ron` crate. Returns whether the
/// text was one that both can read.
pub(super) fn exercise(bytes: &[u8]) -> bool {
    let files = Memory::from([(PathBuf::from("x.ron"), bytes.to_vec()), (PathBuf::from("base.ron"), BASE.into())]);
    let patches = ["zones.9.slow=2".to_owned(), "districts.\"Futian\"=Remove".to_owned()];
    for patches in [&patches[..], &[]] {
        let (document, mut problems) = Document::read(&files, Path::new("x.ron"), patches);
        assert!(document.is_some() || !problems.is_empty());
        let Some(document) = document else {
            assert!(!problems.to_string().is_empty());
            continue;
        };
        problems.take(document.parse::<World>(""));
        problems.take(document.parse::<ron::Value>(""));
        problems.extend(document.parse_each::<Row>("zones").1);
        problems.extend(document.unknown_fields("", &["zones", "fleet"]));
        for field in document.fields("") {
            let path = super::super::child("", &field);
            assert!(document.contains(&path) && document.locate(&path).is_some(), "{path}");
        }
        // What is rendered is read again as the same.
        let text = document.text("").unwrap();
        let (again, _) = read(&[("y.ron", &text)], &[]);
        assert_eq!(again.expect("rendered text is sound").digest(), document.digest());
        assert!(!format!("{problems}\n{:#?}", document.locate_nearest("zones.102.slow")).is_empty());
    }
    agrees_with_ron(bytes)
}

/// What the `ron` crate reads, the locator reads, and it is the same value. Returns whether there was one to compare.
fn agrees_with_ron(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let extensions = Extensions::IMPLICIT_SOME | Extensions::UNWRAP_NEWTYPES;
    let options = ron::Options::default().with_default_extension(extensions);
    let Ok(direct) = options.from_str::<ron::Value>(text) else { return false };
    // The crate takes `Some 5` for `Some(5)`, which no one may mean.
    let is_bare = text.split("Some").skip(1).any(|rest| !rest.starts_with('('));
    let is_deep = text.bytes().filter(|b| b"([{".contains(b)).count() > DEPTH_MAX;
    if is_bare || is_deep || ["#!", "base", "Remove", "'.."].iter().any(|word| text.contains(word)) {
        // Here the two differ by design.
        return false;
    }
    let (document, problems) = read(&[("x.ron", text)], &[]);
    let Some(document) = document else {
        assert!(problems.to_string().contains("expected a struct at the top"), "{text}\n{problems}");
        return false;
    };
    // A key given twice and a number that is not finite are refused here only.
    let is_ours = |message: &str| message.contains("is given twice") || message.contains("must be a finite number");
    assert!(problems.iter().all(|problem| is_ours(&problem.message)), "{text}\n{problems}");
    let is_same = document.parse::<ron::Value>("").map(alike) == Ok(alike(direct));
    assert!(is_same || !problems.is_empty(), "{text}");
    problems.is_empty()
}

/// A value in which `()` and `( )` are the same: the `ron` crate takes one for a unit, the other for a tuple.
pub(super) fn alike(value: ron::Value) -> ron::Value {
    use ron::Value;
    match value {
        Value::Unit => Value::Seq(Vec::new()),
        Value::Seq(items) => Value::Seq(items.into_iter().map(alike).collect()),
        Value::Map(map) => Value::Map(map.into_iter().map(|(key, value)| (alike(key), alike(value))).collect()),
        Value::Option(Some(value)) => Value::Option(Some(Box::new(alike(*value)))),
        other => other,
    }
}

/// The splitmix64 generator (Steele, Lea and Flood 2014), so that every run tries the same worlds.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }
}

/// Damages a text in one place.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let end = (at + 1 + random.below(12)).min(bytes.len());
    match random.below(7) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        1 if at < bytes.len() => drop(bytes.drain(at..end)),
        2 if at < bytes.len() => {
            let copy = bytes[at..end].to_vec();
            let to = random.below(bytes.len());
            bytes.splice(to..to, copy);
        }
        3 => bytes.truncate(at),
        4 if at < bytes.len() => bytes[at] = b"()[]{}:,\"' \n0a"[random.below(14)],
        _ => {
            let token = TOKENS[random.below(TOKENS.len())];
            bytes.splice(at..at, token.bytes());
        }
    }
}

#[test]
fn damaged_worlds_are_survived() {
    let mut random = Random(1);
    let mut readable_world = WORLD.to_owned();
    for (ours, common) in
        [("base: \"base.ron\",", ""), ("Remove", "1"), ("[inf, NaN]", "[]"), ("#![enable(implicit_some)]", "")]
    {
        readable_world = readable_world.replace(ours, common);
    }
    assert!(exercise(readable_world.as_bytes()));
    let seeds = [WORLD.to_owned(), readable_world];
    let mut readable = 0;
    for round in 0..MUTATIONS {
        let mut bytes = seeds[round % 2].clone().into_bytes();
        for _ in 0..=random.below(4) {
            mutate(&mut bytes, &mut random);
        }
        readable += usize::from(exercise(&bytes));
    }
    // Were none left readable, the comparison with the `ron` crate would have tried nothing.
    assert!(readable > MUTATIONS / 50, "{readable}");
}

#[test]
fn the_undamaged_world_is_whole() {
    let (document, problems) = read(&[("x.ron", WORLD), ("base.ron", BASE)], &[]);
    let expected = ["finite number", "finite number"];
    assert!(problems.iter().map(|p| &p.message).zip(expected).all(|(m, e)| m.contains(e)), "{problems}");
    assert_eq!((problems.len(), document.unwrap().fields("zones").len()), (2, 3));
}
