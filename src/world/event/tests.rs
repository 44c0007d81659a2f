use super::*;
use crate::market::baseline::{Adjust, Method};
use crate::market::event::{CallClass, Cap, DropOut, Interval, POWER_W_MAX, Prices, Scope, TOTAL_S_MAX, after};
use crate::market::resource::Direction;
use crate::market::settlement::Price;
use crate::units::{Energy, Money, Power};
use crate::world::Checked;
use crate::world::text::Memory;
use jiff::civil::{Date, datetime};
use proptest::prelude::*;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("worlds")
}

fn load(name: &str) -> Event {
    let path = folder().join("events").join(format!("{name}.ron"));
    CheckedEvent::load(&path, &[], None).unwrap_or_else(|problems| panic!("{problems}")).event
}

/// What the world of one block offers to aim at.
fn block() -> Targets {
    let world = Checked::load(&folder().join("block.ron"), &[]).unwrap_or_else(|problems| panic!("{problems}"));
    Targets::from(&world.plan())
}

/// A sound event file in few words.
const SOUND: &str = r#"(
    format: 1,
    id: "x",
    version: 1,
    issuer: ("centre", "a"),
    scope: (City, "a"),
    direction: (Reduce, "a"),
    class: (Hour, "a"),
    priority: (5, "a"),
    notice: ("2024-07-25 12:00", "a"),
    start: ("2024-07-25 18:00:30", "a"),
    intervals: (source: "a", rows: [(duration_s: 3600, mw: 1.5)]),
    ramp_s: (60, "a"),
    recovery_s: (0, "a"),
    randomise_start_s: (0, "a"),
    prices: (operator: (5, "a"), owner_discharge: (4, "a"), owner_shift: (0.8, "a")),
    baseline: (LastFive(None), "a"),
)"#;

fn read(text: &str, targets: Option<&Targets>) -> Result<CheckedEvent, Problems> {
    let path = PathBuf::from("event.ron");
    CheckedEvent::read(&Memory::from([(path.clone(), text.as_bytes().to_vec())]), &path, &[], targets)
}

/// The problems of a sound file after an edit, as `line:column message (help)`.
fn broken(edits: &[(&str, &str)], targets: Option<&Targets>) -> Vec<String> {
    let mut text = SOUND.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let told = |problem: &crate::world::problem::Problem| {
        let place = problem.place.as_ref().unwrap();
        let hint = problem.hint.as_deref().unwrap_or("");
        format!("{}:{} {} ({hint})", place.line, place.column, problem.message)
    };
    read(&text, targets).map_or_else(|problems| problems.iter().map(told).collect(), |_| Vec::new())
}

#[test]
fn every_event_of_the_repository_is_sound() {
    // One is about a transformer that only the city has; the others fit the smallest world.
    let city = Targets { transformers: 80_000, ..block() };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder().join("events")).unwrap() {
        let path = entry.unwrap().path();
        let targets = if path.ends_with("overloaded-area.ron") { &city } else { &block() };
        let event = CheckedEvent::load(&path, &[], Some(targets)).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(event.event.id, path.file_stem().unwrap().to_str().unwrap());
        assert_eq!(event.event.faults(), []);
        names.push(event.event.id);
    }
    names.sort();
    let all = [
        "2024-05-15",
        "2025-03-28",
        "aggregator-drops-out",
        "july-evening-100-mw",
        "one-minute-emergency",
        "overloaded-area",
        "valley-300-mw",
    ];
    assert_eq!(names, all);
}

#[test]
fn the_real_events_are_as_reported() {
    let may = load("2024-05-15");
    assert_eq!(may.energy(), Energy::from_kwh(4_389.0));
    assert_eq!((may.start, may.end()), (datetime(2024, 5, 15, 13, 30, 0, 0), datetime(2024, 5, 15, 14, 30, 0, 0)));
    assert_eq!((may.invited.vehicles, may.invited.discharging), (Some(1_473), Some(53)));
    let prices = [5_000_000, 4_000_000, 800_000].map(Price);
    assert_eq!([may.prices.operator, may.prices.owner_discharge, may.prices.owner_shift], prices);
    let march = load("2025-03-28");
    assert_eq!(march.invited.vehicles, Some(17_000));
    assert!((march.energy().kwh() - 85_000.0).abs() < 5.0);
    assert_eq!(march.power_at(datetime(2025, 3, 28, 13, 0, 0, 0)), Power::ZERO);
}

#[test]
fn the_studies_ask_for_what_their_names_say() {
    let july = load("july-evening-100-mw");
    assert_eq!((july.peak(), july.total_s()), (Power::from_kw(1e5), 3_600));
    assert_eq!(after(july.notice, 1_800), july.start);
    assert_eq!(july.baseline, Method::LastFive(Adjust::DayOf));
    let valley = load("valley-300-mw");
    assert_eq!((valley.direction, valley.peak()), (Direction::Raise, Power::from_kw(3e5)));
    assert_eq!(valley.cap.energy, Some(Energy::from_kwh(1.2 * 900_000.0)));
    assert_eq!(load("overloaded-area").scope, Scope::Area(74_130));
    let emergency = load("one-minute-emergency");
    assert_eq!(after(emergency.notice, 60), emergency.start);
    assert_eq!(emergency.cap.money, Some(Money(450_000_000_000)));
    let drill = load("aggregator-drops-out");
    let half = after(drill.start, drill.total_s() / 2);
    assert_eq!(drill.drop_outs, [DropOut { aggregator: "operator 01".to_owned(), from: half, until: None }]);
}

#[test]
fn all_problems_are_told_at_once_each_at_its_place() {
    let problems = broken(
        &[
            (r#"id: "x""#, r#"id: "the x""#),
            ("version: 1", "version: 0"),
            (r#"(City, "a")"#, r#"(City, "")"#),
            ("2024-07-25 12:00", "2024-07-25T12:00"),
            ("mw: 1.5", "mw: -1"),
            ("(60, ", "(90000, "),
            ("operator: (5, ", "operator: (NaN, "),
            ("LastFive(", "LastFvie("),
        ],
        None,
    );
    let told = [
        "3:9 `id` has characters other than letters of ASCII, digits, `-` and `_` \
         (write 1 to 128 of them, as in \"2024-05-15\")",
        "4:14 `version` is 0, which is less than 1 (write 1 to 4,294,967,295)",
        "6:19 `scope` has no source (say where it comes from, or \"assumption: ...\" and why)",
        "10:14 `notice` is \"2024-07-25T12:00\", which is no time \
         (write a local civil time as in \"2024-05-15 13:30\")",
        "12:60 `intervals.rows[0].mw` is -1, which is less than 0 (write 0 to 100,000 MW)",
        "13:14 `ramp_s` is 90,000, which is more than 86,400 (write 0 to 86,400 s)",
        "16:25 `NaN` must be a finite number ()",
        "17:16 unknown variant `LastFvie` for `baseline[0]`; did you mean `LastFive`? \
         (known: `LastFive`, `HighFiveOfTen`, `QuarterBefore`, `ThreePlusTwo`)",
    ];
    assert_eq!(problems, told);
}

#[test]
fn rules_between_values_point_at_the_value_to_change() {
    let one = |from: &str, to: &str| broken(&[(from, to)], None);
    let notice = one("12:00", "17:30");
    assert_eq!(
        notice,
        ["10:14 the notice comes 1830 s before the start, too late for the class Hour \
         (give at least 3600 s, or a faster class)"]
    );
    assert_eq!(
        one("(Hour,", "(DayAhead,"),
        ["10:14 a day-ahead event is announced on its own day (give a notice of a day before, or another class)"]
    );
    assert_eq!(one("mw: 1.5", "mw: 0"), ["12:30 no interval asks for any power (give one a power above 0)"]);
    assert_eq!(
        one("duration_s: 3600", "duration_s: 30"),
        ["13:14 the ramp takes 60 s, longer than the 30 s of the event (give a ramp that ends before the event does)"]
    );
    let invited = r#"invited: (vehicles: (5, "a"), discharging: (6, "a")), baseline"#;
    assert_eq!(
        one("baseline", invited),
        ["17:49 6 vehicles are invited to discharge, but only 5 at all (give at most 5)"]
    );
    let out = r#"drop_outs: (source: "a", rows: [(aggregator: "a", from: "2024-07-25 20:00")]), baseline"#;
    assert_eq!(
        one("baseline", out),
        ["17:61 the drop-out begins when the event is over (give a time before 2024-07-25T19:00:30)"]
    );
}

#[test]
fn what_an_event_names_is_looked_up_in_the_world() {
    let targets = Targets {
        districts: ["Futian", "Nanshan"].map(str::to_owned).into(),
        substations: 1,
        feeders: 3,
        transformers: 9,
        aggregators: ["operator 01", "operator 02"].map(str::to_owned).into(),
    };
    let scope = |scope: &str| broken(&[("City", scope)], Some(&targets));
    for sound in [r#"District("Nanshan")"#, "Substation(0)", "Feeder(2)", "Area(8)"] {
        assert_eq!(scope(sound), [""; 0]);
    }
    assert_eq!(
        scope(r#"District("Nanshna")"#),
        ["6:13 `scope` is \"Nanshna\", which is none of the districts (did you mean \"Nanshan\"?)"]
    );
    assert_eq!(
        scope("Substation(1)"),
        ["6:13 `scope` is the substation of row 1, but the world has 1 substation (write 0, the only row)"]
    );
    assert_eq!(
        scope("Area(9)"),
        ["6:13 `scope` is the transformer of row 9, but the world has 9 transformers (write a row from 0 to 8)"]
    );
    let invited = r#"invited: (aggregators: (["operator 03"], "a")), baseline"#;
    let problems = broken(&[("baseline", invited)], Some(&targets));
    assert_eq!(
        problems,
        ["17:30 `invited.aggregators` is \"operator 03\", which is none of the aggregators \
         (did you mean \"operator 01\"?)"]
    );
    // Without a world, names are taken as they are.
    assert_eq!(broken(&[("baseline", invited), ("City", "Area(9)")], None), [""; 0]);
}

#[test]
fn another_language_is_refused_before_anything_else() {
    let problems = broken(&[("format: 1", "format: 2"), ("version: 1", "version: 0")], None);
    let told =
        "2:13 `format` is 2, and this program reads 1 (write 1, or use the program that the event was written for)";
    assert_eq!(problems, [told]);
}

#[test]
fn an_event_may_build_on_another() {
    let files = Memory::from([
        (PathBuf::from("a.ron"), SOUND.as_bytes().to_vec()),
        (PathBuf::from("b.ron"), br#"(base: "a.ron", id: "y", version: 2)"#.to_vec()),
    ]);
    let patches = [r#"start=("2024-07-25 19:00", "assumption: a test")"#.to_owned()];
    let checked = CheckedEvent::read(&files, Path::new("b.ron"), &patches, None).unwrap();
    assert_eq!((checked.event().id.as_str(), checked.event().version), ("y", 2));
    assert_eq!(checked.event().start, datetime(2024, 7, 25, 19, 0, 0, 0));
}

/// Writes an event as a file, for the property below.
fn written(event: &Event) -> String {
    let time =
        |at: jiff::civil::DateTime| format!("{} {:02}:{:02}:{:02}", at.date(), at.hour(), at.minute(), at.second());
    let intervals: Vec<String> = (event.intervals.iter())
        .map(|i| format!("(duration_s: {}, mw: {})", i.duration_s, i.power.f64() / 1e6))
        .collect();
    let yuan = |price: Price| price.0 as f64 / 1e6;
    let Prices { operator, owner_discharge, owner_shift } = event.prices;
    let text = format!(
        r#"(format: 1, id: "{}", version: {}, issuer: ({:?}, "a"), scope: ({:?}, "a"), direction: ({:?}, "a"),
        class: ({:?}, "a"), priority: ({}, "a"), notice: ("{}", "a"), start: ("{}", "a"), intervals: (source: "a", rows: [{}]),
        ramp_s: ({}, "a"), recovery_s: ({}, "a"), randomise_start_s: ({}, "a"),
        prices: (operator: ({}, "a"), owner_discharge: ({}, "a"), owner_shift: ({}, "a")),
        baseline: ({:?}, "a"), "#,
        event.id,
        event.version,
        event.issuer,
        event.scope,
        event.direction,
        event.class,
        event.priority,
        time(event.notice),
        time(event.start),
        intervals.join(", "),
        event.ramp_s,
        event.recovery_s,
        event.randomise_start_s,
        yuan(operator),
        yuan(owner_discharge),
        yuan(owner_shift),
        event.baseline,
    );
    let cap = event.cap.energy.map(|energy| format!(r#"cap: (energy_mwh: ({}, "a")), "#, energy.kwh() / 1e3));
    text + &cap.unwrap_or_default() + ")"
}

fn events() -> impl Strategy<Value = Event> {
    let scope =
        prop_oneof![Just(Scope::City), "[A-Za-z ]{0,5}".prop_map(Scope::District), any::<u32>().prop_map(Scope::Area)];
    let power = prop_oneof![9 => 0..=POWER_W_MAX, 1 => -10_i64..1_000_000_000_000];
    let interval = (0..TOTAL_S_MAX / 2, power).prop_map(|(duration_s, w)| Interval { duration_s, power: Power(w) });
    let class =
        prop_oneof![Just(CallClass::DayAhead), Just(CallClass::Hour), Just(CallClass::Minute), Just(CallClass::Direct)];
    let times = (-100_i64..100_000, 0_u32..100_000, 0_u32..90_000, 0_u32..500);
    (
        scope,
        prop::collection::vec(interval, 0..4),
        class,
        times,
        prop_oneof![9 => 0..=Price::MAX.0, 1 => -1_i64..2_000_000_000],
        prop::option::of(0_i64..1 << 50),
    )
        .prop_map(|(scope, intervals, class, (lead_s, ramp_s, recovery_s, randomise_start_s), price, cap)| {
            let start = Date::constant(2024, 7, 25).at(6, 0, 0, 0);
            Event {
                scope,
                intervals,
                class,
                notice: after(start, -lead_s),
                start,
                ramp_s,
                recovery_s,
                randomise_start_s,
                prices: Prices { operator: Price(price), owner_discharge: Price(0), owner_shift: Price(0) },
                cap: Cap { energy: cap.map(Energy), money: None },
                invited: crate::market::event::Invited::default(),
                ..crate::market::event::tests::may_event()
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_is_sound_exactly_if_its_event_is(event in events()) {
        match read(&written(&event), None) {
            Ok(checked) => {
                prop_assert_eq!(event.faults(), []);
                prop_assert_eq!(checked.event, event);
            }
            Err(problems) => prop_assert!(!event.faults().is_empty(), "{}", problems),
        }
    }

    #[test]
    fn no_text_makes_it_panic(cut in 0_usize..1_200, with in "[\\x00-\\x7f深]{0,6}", length in 0_usize..40) {
        let text = SOUND.to_owned();
        let from = text.floor_char_boundary(cut.min(text.len()));
        let to = text.floor_char_boundary((from + length).min(text.len()));
        let text = format!("{}{with}{}", &text[..from], &text[to..]);
        if let Err(problems) = read(&text, Some(&Targets::default())) {
            prop_assert!(!problems.is_empty());
        }
    }
}
