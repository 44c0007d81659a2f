//! Values set from the command line.

use super::*;

const WORLD: &str = "(
    fleet: (count: 10, classes: {private: (count: 7, v2g: None), taxi: (count: 3)}),
    zones: (rows: {102: (slow: 5), 9: (slow: 1)}),
    tariff: Some(Tou(periods: [(price: 0.3), (price: 0.5)])),
    districts: {\"Nan shan\": (lon: 114.0), \"a.b\": 2},
    pair: (1, 2),
    empty: [],
)";

fn patched(patches: &[&str], path: &str) -> String {
    document(&[("x.ron", WORLD)], patches).text(path).unwrap()
}

#[track_caller]
fn check_patch(patch: &str, expected: &str) {
    assert_eq!(brief(&read(&[("x.ron", WORLD)], &[patch]).1), [expected], "for {patch}");
}

#[test]
fn a_patch_sets_what_its_path_leads_to() {
    assert_eq!(patched(&["fleet.classes.private.count=950_000"], "fleet.classes.private.count"), "950_000");
    assert_eq!(patched(&["zones.rows.102.slow=30"], "zones.rows.102"), "(slow:30)");
    assert_eq!(patched(&["zones.rows[102].slow = 30 // many"], "zones.rows.102"), "(slow:30)");
    assert_eq!(patched(&["tariff.periods[1].price=0.4"], "tariff.periods"), "[(price:0.3),(price:0.4)]");
    assert_eq!(patched(&["tariff.periods.0=(price: 1)"], "tariff.periods"), "[(price:1),(price:0.5)]");
    assert_eq!(
        patched(&["districts.\"Nan shan\".lon=1", "districts.\"a.b\"=3"], "districts"),
        "{\"Nan shan\":(lon:1),\"a.b\":3}"
    );
    assert_eq!(patched(&["pair[0]=\"a=b\""], "pair"), "(\"a=b\",2)");
    assert_eq!(patched(&["empty=[1, 2]"], "empty"), "[1,2]");
}

#[test]
fn a_patch_replaces_and_does_not_merge() {
    assert_eq!(patched(&["fleet.classes={}"], "fleet"), "(count:10,classes:{})");
    assert_eq!(patched(&["tariff=None"], "tariff"), "None");
    assert_eq!(patched(&["fleet.count=1", "fleet.count=2"], "fleet.count"), "2");
    assert_eq!(patched(&["fleet=(a: 1)", "fleet.a=2"], "fleet"), "(a:2)");
}

#[test]
fn a_field_that_is_not_there_yet_may_be_set() {
    assert_eq!(patched(&["fleet.classes.taxi.v2g=true"], "fleet.classes.taxi"), "(count:3,v2g:true)");
    assert_eq!(patched(&["weather=(mean: 3)", "weather.mean=4"], "weather"), "(mean:4)");
    check_patch("fleet.\"a b\"=1", "--set fleet.\"a b\":1:8 `a b` cannot be the name of a field");
    check_patch("fleet.\"\\a\"=1", "--set fleet.\"\\a\":1:8 `a` cannot be the name of a field");
    check_patch("fleet.5=1", "--set fleet.5:1:7 `5` cannot be the name of a field");
}

#[test]
fn a_patch_removes() {
    assert_eq!(patched(&["zones.rows.102=Remove"], "zones.rows"), "{9:(slow:1)}");
    assert_eq!(patched(&["fleet.classes=Remove"], "fleet"), "(count:10)");
    assert_eq!(patched(&["tariff.periods[0]=Remove"], "tariff.periods"), "[(price:0.5)]");
    check_patch("fleet.x=Remove", "--set fleet.x:1:7 there is no `fleet.x` / `fleet` has `count`, `classes`");
    check_patch("fleet=(x: Remove)", "--set fleet:1:11 nothing to remove: this value is new");
}

#[test]
fn a_path_that_leads_nowhere_names_what_there_is() {
    let listing = listing(&[("x.ron", WORLD)], &["fleet.clases.private.count=5"]);
    let expected = "error: there is no `fleet.clases`; did you mean `classes`?
 --> --set fleet.clases.private.count:1:7
  |
1 | fleet.clases.private.count=5
  |       ^^^^^^
  = help: `fleet` has `count`, `classes`

1 problem in --set fleet.clases.private.count";
    assert_eq!(listing, expected);
    check_patch(
        "flet.count=1",
        "--set flet.count:1:1 there is no `flet`; did you mean `fleet`? / the world has `fleet`, `zones`, `tariff`, `districts`, `pair`, `empty`",
    );
    check_patch(
        "zones.rows.103=(slow: 1)",
        "--set zones.rows.103:1:12 there is no `zones.rows.103`; did you mean `102`? / `zones.rows` has `102`, `9`",
    );
    check_patch(
        "districts.nanshan.lon=1",
        "--set districts.nanshan.lon:1:11 there is no `districts.nanshan`; did you mean `Nan shan`? / `districts` has `Nan shan`, `a.b`",
    );
    check_patch(
        "tariff.periods[7].price=1",
        "--set tariff.periods[7].price:1:16 `tariff.periods` has no item `7` / its items are numbered from 0 to 1",
    );
    check_patch(
        "tariff.periods.x=1",
        "--set tariff.periods.x:1:16 `tariff.periods` has no item `x` / its items are numbered from 0 to 1",
    );
    check_patch("empty[0]=1", "--set empty[0]:1:7 `empty` has no item `0` / it is empty");
    check_patch(
        "fleet.count.x=1",
        "--set fleet.count.x:1:13 there is no `fleet.count.x`: `fleet.count` is `10` and has nothing inside",
    );
}

#[test]
fn a_patch_that_cannot_be_read_is_refused() {
    let shape = "a patch is written `path=value`, as in `fleet.count=1000`";
    check_patch("fleet.count", &format!("--set fleet.count:1:1 this patch has no `=` / {shape}"));
    check_patch("", &format!("--set :1:1 this patch has no `=` / {shape}"));
    check_patch("=5", &format!("--set :1:1 this patch has no path / {shape}"));
    let keys = "a key with blanks or dots stands in quotes: `districts.\"Nan shan\".lon`";
    check_patch("fleet..count=5", &format!("--set fleet..count:1:7 the path cannot be read from here on / {keys}"));
    check_patch(
        "base=\"other.ron\"",
        "--set base:1:1 the bases of a world cannot be patched, as they are merged first / write a file that is based on \
         both, and load that",
    );
    check_patch("fleet.count=", "--set fleet.count:1:13 expected a value, found the end of the text");
    check_patch("fleet.count=[1", "--set fleet.count:1:13 this `[` is never closed: `]` is missing");
    check_patch("fleet.count=1 2", "--set fleet.count:1:15 expected the end of the text, found `2`");
    check_patch("fleet.count=inf", "--set fleet.count:1:13 `inf` must be a finite number");
    assert!(read(&[("x.ron", WORLD)], &["fleet.count=["]).0.is_none());
    let nested = format!("{}1{}", "[".repeat(60), "]".repeat(60));
    let patches = [format!("empty={nested}"), format!("empty{}={nested}", "[0]".repeat(60))];
    let (document, problems) = read(&[("x.ron", WORLD)], &patches.each_ref().map(String::as_str));
    assert!(document.is_none());
    let deep = "1:187 brackets are nested more than 64 deep with this value";
    assert_eq!(brief(&problems), [format!("--set empty{}:{deep}", "[0]".repeat(60))]);
}
