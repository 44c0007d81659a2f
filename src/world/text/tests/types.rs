//! The typed parse: values, and what is said about those that do not fit.

use super::super::child;
use super::*;
use crate::world::problem::Problem;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct World {
    zones: BTreeMap<u32, Row>,
    fleet: Fleet,
    tariff: Tariff,
    districts: BTreeMap<String, District>,
    note: Option<String>,
    #[serde(default)]
    hours: Vec<f64>,
    pair: Option<(f64, u8)>,
    curve: Option<[f64; 3]>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Row {
    district: String,
    slow: u32,
    lon: Option<f64>,
    share: Option<Share>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Fleet {
    classes: BTreeMap<Class, u32>,
    v2g: bool,
    seed: Seed,
    letter: Option<char>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
enum Class {
    Private,
    Taxi,
    RideHailing,
}

#[derive(Debug, Deserialize, PartialEq)]
enum Tariff {
    Flat,
    Fixed(f64),
    Tou { periods: Vec<f64> },
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, try_from = "RawDistrict")]
struct District {
    lon: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDistrict {
    west: f64,
    east: f64,
}

impl TryFrom<RawDistrict> for District {
    type Error = &'static str;

    fn try_from(raw: RawDistrict) -> Result<Self, Self::Error> {
        if raw.west <= raw.east { Ok(Self { lon: raw.west }) } else { Err("west lies east of east") }
    }
}

#[derive(Debug, Deserialize, PartialEq)]
struct Seed(u64);

#[derive(Debug, Deserialize, PartialEq)]
#[serde(try_from = "f64")]
struct Share(f64);

impl TryFrom<f64> for Share {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&value) { Ok(Self(value)) } else { Err(format!("a share is from 0 to 1, not {value}")) }
    }
}

const WORLD: &str = "(
    zones: {1: (district: \"Futian\", slow: 5, lon: 114, share: 0.5), 2: Row(district: \"Luohu\", slow: 7)},
    fleet: (classes: {private: 10, taxi: 3}, v2g: true, seed: 5, letter: 'x'),
    tariff: Tou(periods: [0.3, 0.5]),
    districts: {\"Futian\": (west: 114.0, east: 114.1)},
    note: \"福田\",
    pair: Some((1.5, 2)),
)";

/// The problems of the typed parse of the world with one patch, in brief.
fn problems(patch: &str) -> Vec<String> {
    let (document, problems) = read(&[("x.ron", WORLD)], &[patch]);
    assert!(problems.is_empty(), "{problems}");
    match document.unwrap().parse::<World>("") {
        Ok(_) => Vec::new(),
        Err(problems) => brief(&problems.into()),
    }
}

/// Asserts the one problem of the world with a patch, without the name of the patch.
#[track_caller]
fn check_type(patch: &str, expected: &str) {
    let prefix = format!("--set {}:", patch.split('=').next().unwrap());
    let found: Vec<String> = problems(patch).iter().map(|p| p.strip_prefix(&prefix).unwrap_or(p).to_owned()).collect();
    assert_eq!(found, [expected], "for {patch}");
}

#[test]
fn a_good_world_has_its_values() {
    let document = document(&[("x.ron", WORLD)], &[]);
    let world: World = document.parse("").unwrap();
    let district = |name: &str| name.to_owned();
    assert_eq!(
        world.zones[&1],
        Row { district: district("Futian"), slow: 5, lon: Some(114.0), share: Some(Share(0.5)) }
    );
    assert_eq!(world.zones[&2], Row { district: district("Luohu"), slow: 7, lon: None, share: None });
    assert_eq!(world.fleet.classes, BTreeMap::from([(Class::Private, 10), (Class::Taxi, 3)]));
    assert_eq!((world.fleet.v2g, &world.fleet.seed, world.fleet.letter), (true, &Seed(5), Some('x')));
    assert_eq!(world.tariff, Tariff::Tou { periods: vec![0.3, 0.5] });
    assert_eq!(world.districts["Futian"], District { lon: 114.0 });
    assert_eq!((world.note.as_deref(), world.pair, world.curve), (Some("福田"), Some((1.5, 2)), None));
    assert_eq!(document.parse::<u32>("zones.1.slow"), Ok(5));
    assert_eq!(document.parse::<f64>("tariff.periods[1]"), Ok(0.5));
    assert_eq!(document.parse::<Option<u8>>("pair[1]"), Ok(Some(2)));
    assert_eq!(document.parse::<BTreeMap<u32, Row>>("zones").unwrap().len(), 2);
}

#[test]
fn a_typed_problem_is_shown_in_its_own_file() {
    let files = [
        ("x.ron", "(\n    base: \"worlds/base.ron\",\n    zones: {1: (slow: \"many\")},\n)"),
        ("worlds/base.ron", "(\n    zones: {1: (district: \"Futian\", slow: 5, lon: true)},\n)"),
    ];
    let bad = document(&files, &[]).parse::<BTreeMap<u32, Row>>("zones").unwrap_err();
    let expected = "error: expected a whole number for `zones.1.slow`, found the string \"many\"
 --> x.ron:3:23
  |
3 |     zones: {1: (slow: \"many\")},
  |                       ^^^^^^

error: expected a number for `zones.1.lon`, found `true`
 --> worlds/base.ron:2:51
  |
2 |     zones: {1: (district: \"Futian\", slow: 5, lon: true)},
  |                                                   ^^^^

2 problems in x.ron and worlds/base.ron";
    assert_eq!(Problems::from(bad).to_string(), expected);
}

#[test]
fn numbers_that_do_not_fit_are_explained() {
    check_type("zones.1.slow=5.5", "1:14 expected a whole number for `zones.1.slow`, found `5.5`");
    check_type("zones.1.slow=1e3", "1:14 expected a whole number for `zones.1.slow`, found `1e3`");
    check_type("zones.1.slow=-5", "1:14 `-5` is out of range for `zones.1.slow` / it must not be negative");
    check_type("zones.1.slow=5000000000", "1:14 `5000000000` is out of range for `zones.1.slow`");
    check_type("zones.1.slow=\"x\"", "1:14 expected a whole number for `zones.1.slow`, found the string \"x\"");
    check_type("zones.1.slow=abc", "1:14 expected a whole number for `zones.1.slow`, found `abc`");
    check_type("zones.1.slow=5u8", "1:14 expected a 32-bit unsigned integer for `zones.1.slow`, found `5u8`");
    check_type("zones.1.lon=east", "1:13 expected a number for `zones.1.lon`, found `east`");
    check_type("zones.1.share=1.5", "1:15 `zones.1.share`: a share is from 0 to 1, not 1.5");
    check_type("zones.1.share=-1", "1:15 `zones.1.share`: a share is from 0 to 1, not -1");
    check_type("pair=(1.5, 2.5)", "1:12 expected a whole number for `pair[1]`, found `2.5`");
    check_type(
        "fleet.seed=Seed(5)",
        "1:12 expected a whole number for `fleet.seed`, found `Seed(...)` / write the value without `Seed( )`",
    );
}

#[test]
fn fields_that_do_not_fit_are_explained() {
    let known = "known: `district`, `slow`, `lon`, `share`";
    check_type("zones.1.slo=5", &format!("1:9 unknown field `slo` in `zones.1`; did you mean `slow`? / {known}"));
    check_type("zones.1.fast=5", &format!("1:9 unknown field `fast` in `zones.1` / {known}"));
    check_type("zones.1.slow=Remove", "x.ron:2:13 missing field `slow` in `zones.1`");
    check_type("zones.1=Row(slow: 5)", "1:9 missing field `district` in `zones.1`");
    check_type("zones.1=(district: \"x\")", "1:9 missing field `slow` in `zones.1`");
    check_type("fleet=Remove", "x.ron:1:1 missing field `fleet`");
    check_type("districts.Futian.east=1", "x.ron:5:17 `districts.Futian`: west lies east of east");
}

#[test]
fn values_of_another_form_are_explained() {
    let row = "expected a struct `(field: value)` for `zones.1`";
    check_type("zones.1=5", &format!("1:9 {row}, found `5`"));
    let braces = "a struct is written with parentheses, and its fields without quotes";
    check_type("zones.1={\"slow\": 5}", &format!("1:9 {row}, found a map `{{key: value}}` / {braces}"));
    check_type(
        "zones.1=Zone(slow: 5)",
        "1:9 expected `Row` for `zones.1`, found `Zone` / the name of a struct may be left out",
    );
    check_type("zones=[1, 2]", "1:7 expected a map `{key: value}` for `zones`, found a list `[value, value]`");
    check_type("hours=(1, 2)", "1:1 expected a list `[value, value]` for `hours`, found a tuple `(value, value)`");
    check_type(
        "zones.1.district=Futian",
        "1:18 expected a string for `zones.1.district`, found `Futian` / write `\"Futian\"`",
    );
    check_type("fleet.v2g=yes", "1:11 expected `true` or `false` for `fleet.v2g`, found `yes`");
    check_type(
        "fleet.letter=\"xy\"",
        "1:14 expected a character in single quotes for `fleet.letter`, found the string \"xy\"",
    );
    check_type("pair=[1, 2]", "1:6 expected a value in parentheses `(...)` for `pair`, found a list `[value, value]`");
    check_type("pair=(1, 2, 3)", "1:13 unexpected `3`: `pair` has too many values");
    check_type("pair=(1)", "1:6 expected a tuple of size 2 for `pair`, found 1 value");
    check_type("curve=(1, 2)", "1:1 expected an array of length 3 for `curve`, found 2 values");
    check_type("note=()", "1:6 expected a string for `note`, found `()`");
}

#[test]
fn variants_that_do_not_fit_are_explained() {
    let known = "known: `Flat`, `Fixed`, `Tou`";
    check_type("tariff=Flatt", &format!("1:8 unknown variant `Flatt` for `tariff`; did you mean `Flat`? / {known}"));
    check_type("tariff=Flat(5)", "1:8 variant `Flat` for `tariff` takes no value in parentheses");
    check_type("tariff=Fixed", "1:8 variant `Fixed` for `tariff` needs a value: `Fixed(...)`");
    check_type("tariff=Fixed(\"x\")", "1:14 expected a number for `tariff[0]`, found the string \"x\"");
    check_type("tariff=Fixed(1, 2)", "1:17 unexpected `2`: `tariff` has too many values");
    check_type("tariff=Fixed(a: 1)", "1:14 expected a number for `tariff`, found the field `a`");
    check_type(
        "tariff=\"Flat\"",
        "1:8 expected a variant for `tariff`, found the string \"Flat\" / write `Flat` without quotes",
    );
    check_type("tariff=5", "1:8 expected a variant for `tariff`, found `5`");
    // A lone value is parsed as well as one within others.
    let tariff = |text: &str| document(&[("x.ron", &format!("(t: {text})"))], &[]).parse::<Tariff>("t").unwrap_err();
    assert_eq!(brief(&tariff("Fixed").into()), ["x.ron:1:5 variant `Fixed` for `t` needs a value: `Fixed(...)`"]);
    assert_eq!(brief(&tariff("Flat(1)").into()), ["x.ron:1:5 variant `Flat` for `t` takes no value in parentheses"]);
}

#[test]
fn independent_errors_are_all_found_and_no_others() {
    let patch = "zones={\"a\": (district: \"x\", slow: 1), 3: (district: \"y\"), 4: (district: 5, slow: true, lon: 1), 5: (x: 1, y: 2)}";
    let known = "known: `district`, `slow`, `lon`, `share`";
    let expected = [
        "1:8 expected a whole number as a key of `zones`, found the string \"a\"".to_owned(),
        "1:39 missing field `slow` in `zones.3`".to_owned(),
        "1:73 expected a string for `zones.4.district`, found `5`".to_owned(),
        "1:82 expected a whole number for `zones.4.slow`, found `true`".to_owned(),
        "1:97 missing field `district` in `zones.5`".to_owned(),
        format!("1:101 unknown field `x` in `zones.5` / {known}"),
        format!("1:107 unknown field `y` in `zones.5` / {known}"),
    ];
    assert_eq!(problems(patch), expected.map(|problem| format!("--set zones:{problem}")));

    let known = "known: `private`, `taxi`, `ride_hailing`";
    let keys = [
        format!("--set fleet.classes:1:16 unknown key `privat` in `fleet.classes`; did you mean `private`? / {known}"),
        "--set fleet.classes:1:33 expected a whole number for `fleet.classes.taxi`, found `2.5`".to_owned(),
    ];
    assert_eq!(problems("fleet.classes={privat: 5, taxi: 2.5}"), keys);
    let periods = [
        "1:25 expected a number for `tariff.periods[1]`, found the string \"x\"",
        "1:33 expected a number for `tariff.periods[3]`, found `true`",
    ]
    .map(|p| format!("--set tariff:{p}"));
    assert_eq!(problems("tariff=Tou(periods: [1, \"x\", 2, true])"), periods);
}

#[test]
fn entries_are_parsed_one_by_one() {
    let text = "(rows: {1: (district: \"a\", slow: 1), 2: (slow: 2), 3: (district: \"c\", slow: 3), \"x y\": 5}, list: [1, true, 3], n: 7)";
    let document = document(&[("x.ron", text)], &[]);
    let (good, bad) = document.parse_each::<Row>("rows");
    let keys: Vec<(&str, u32)> = good.iter().map(|(key, row)| (key.as_str(), row.slow)).collect();
    assert_eq!(keys, [("1", 1), ("3", 3)]);
    let expected = [
        "x.ron:1:38 missing field `district` in `rows.2`",
        "x.ron:1:88 expected a struct `(field: value)` for `rows.\"x y\"`, found `5`",
    ];
    assert_eq!(brief(&bad.into()), expected);
    let (good, bad) = document.parse_each::<u8>("list");
    assert_eq!(good, [("0".to_owned(), 1), ("2".to_owned(), 3)]);
    assert_eq!(brief(&bad.into()), ["x.ron:1:102 expected a whole number for `list[1]`, found `true`"]);
    assert_eq!(brief(&document.parse_each::<u8>("n").1.into()), ["x.ron:1:115 expected a map or a list for `n`"]);
    let missing = document.parse_each::<u8>("raws").1;
    assert_eq!(brief(&missing.into()), ["x.ron:0:0 missing `raws` / did you mean `rows`?"]);
}

#[test]
fn a_part_that_is_missing_is_named() {
    let text = "(zones: (rows: {1: (x: 1)}), list: [[1, 2]])";
    let document = document(&[("x.ron", text)], &[]);
    let missing = |path: &str| brief(&document.parse::<u8>(path).unwrap_err().into()).remove(0);
    assert_eq!(missing("fleet"), "x.ron:0:0 missing `fleet`");
    assert_eq!(missing("zones.row.2"), "x.ron:1:2 missing `row` in `zones` / did you mean `rows`?");
    assert_eq!(missing("zones.rows.2"), "x.ron:1:10 missing `2` in `zones.rows`");
    assert_eq!(missing("list[0][5].x"), "x.ron:1:37 missing `5` in `list[0]`");
    assert_eq!(missing("zones.rows.1.x.y"), "x.ron:1:24 missing `y` in `zones.rows.1.x`");
}

#[test]
fn a_document_is_asked_by_path() {
    let text = "(
    zones: (raws: 1, rows: {102: (slow: 5), 0x10: (slow: 6)}, foo: 2),
    opt: Some((a: 1)), list: [(x: 1)],
)";
    let document = document(&[("w/x.ron", text)], &[]);
    assert_eq!(document.fields("zones"), ["raws", "rows", "foo"]);
    assert_eq!(document.fields("zones.rows"), ["102", "16"]);
    assert_eq!(document.fields("opt"), ["a"]);
    assert_eq!((document.fields("list"), document.fields("nowhere")), (vec![], vec![]));
    assert!(document.contains("zones.rows.16.slow") && document.contains("opt.a") && document.contains("list[0].x"));
    assert!(!document.contains("zones.rows.0x10") && !document.contains("list[1]") && !document.contains("a..b"));
    assert_eq!(document.text("list").as_deref(), Some("[(x:1)]"));

    let place = document.locate("zones.rows.102.slow").unwrap();
    assert_eq!((place.file.as_str(), place.line, place.column, place.length), ("w/x.ron", 2, 41, 1));
    assert_eq!(place.source_line, "    zones: (raws: 1, rows: {102: (slow: 5), 0x10: (slow: 6)}, foo: 2),");
    // Of something with an inside, the key is shown.
    let place = document.locate("zones.rows.102").unwrap();
    assert_eq!((place.line, place.column, place.length), (2, 29, 3));
    assert_eq!(document.locate("zones.rows.103"), None);

    let unknown = brief(&document.unknown_fields("zones", &["rows", "matrix"]).into());
    let known = "known: `rows`, `matrix`";
    let expected = [
        format!("w/x.ron:2:13 unknown field `raws` in `zones`; did you mean `rows`? / {known}"),
        format!("w/x.ron:2:63 unknown field `foo` in `zones` / {known}"),
    ];
    assert_eq!(unknown, expected);
    assert_eq!(document.unknown_fields("list", &[]), []);

    let message = "zone 102 is slow";
    let problem = Problem::at(&document, "zones.rows.102.fast", message, "be fast".to_owned());
    let expected = "error: zone 102 is slow
 --> w/x.ron:2:29
  |
2 |     zones: (raws: 1, rows: {102: (slow: 5), 0x10: (slow: 6)}, foo: 2),
  |                             ^^^
  = help: be fast";
    assert_eq!(problem.to_string(), expected);
    assert_eq!(Problem::at(&document, "nowhere", message, None).to_string(), "error: zone 102 is slow\n --> w/x.ron");
}

#[test]
fn long_tables_are_searched_by_their_index() {
    let rows: Vec<String> = (0..500).map(|i| format!("{}: (slow: {i})", (i * 7919) % 500)).collect();
    let rows = rows.join(",\n");
    let document = document(&[("x.ron", &format!("(\nrows: {{\n{rows}}})"))], &["rows.77.slow=1000"]);
    for i in 0..500 {
        let key = (i * 7919) % 500;
        let slow = if key == 77 { 1000 } else { i };
        assert_eq!(document.parse::<u32>(&format!("rows.{key}.slow")), Ok(slow));
        assert_eq!(document.locate(&format!("rows.{key}")).unwrap().line, i + 3);
    }
    assert!(!document.contains("rows.500"));
}

#[test]
fn keys_are_quoted_where_they_must_be() {
    assert_eq!(child("districts", "Futian"), "districts.Futian");
    assert_eq!(child("districts", "Nan shan"), "districts.\"Nan shan\"");
    assert_eq!(child("", "a.b"), "\"a.b\"");
    assert_eq!(child("", "a\"b"), "\"a\\\"b\"");
}
