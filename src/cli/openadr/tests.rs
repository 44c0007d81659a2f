use super::import::Imported;
use super::model::{
    EventDescriptor, EventObject, Interval, Metadata, Period, ReportDescriptor, ReportObject, ReportPayloadDescriptor,
    ReportResource, Target, Value, ValuesMap,
};
use super::reader::Problems;
use super::time::{Duration, Stamp, When};
use super::*;
use crate::cli::json::text;
use jiff::civil::datetime;
use jiff::tz::Offset;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use voltcity::market::event::{
    self as record, Baseline, BaselineMethod, Cap, DayOf, Direction, DropOut, Event, Invited, Prices, ResourceKind,
    ResponseClass, Scope, after,
};
use voltcity::units::{Energy, Money, Power};
use voltcity::world::event::CheckedEvent;

/// China Standard Time.
fn shenzhen() -> Offset {
    jiff::tz::offset(8)
}

/// The event of a file of this repository.
fn of_file(name: &str) -> Event {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("worlds/events").join(name);
    CheckedEvent::load(&path, &[], None).unwrap_or_else(|problems| panic!("{problems}")).event().clone()
}

/// An event written as JSON and read again.
fn back(event: &Event, offset: Offset) -> Result<Imported, Problems> {
    let object = event_to_openadr(event, "shenzhen-precise-response", offset);
    let found = read_events(text(&write_event(&object)).as_bytes())?;
    assert_eq!((&found.objects, found.ignored), (&vec![object], Vec::new()));
    event_from_openadr(&found.objects[0], &Defaults::default(), offset)
}

/// An event of another's making: half an hour each of two changes of power.
fn foreign() -> Json {
    json!({
        "id": "17",
        "objectType": "EVENT",
        "createdDateTime": "2024-07-25T09:00:00.250Z",
        "modificationDateTime": "2024-07-25T09:30:00Z",
        "programID": "44",
        "eventName": "evening peak",
        "payloadDescriptors": [{"payloadType": "DISPATCH_SETPOINT_RELATIVE", "units": "KW"}],
        "intervalPeriod": {"start": "2024-07-25T10:00:00Z", "duration": "PT30M"},
        "intervals": [
            {"id": 0, "payloads": [{"type": "DISPATCH_SETPOINT_RELATIVE", "values": [-100.5]}]},
            {"id": 1, "payloads": [{"type": "DISPATCH_SETPOINT_RELATIVE", "values": [-50]}]},
        ],
    })
}

fn import(json: &Json) -> Result<Imported, Problems> {
    let found = read_events(json.to_string().as_bytes())?;
    event_from_openadr(&found.objects[0], &Defaults::default(), shenzhen())
}

/// The foreign event after a change.
fn changed(change: impl FnOnce(&mut Json)) -> Result<Imported, Problems> {
    let mut json = foreign();
    change(&mut json);
    import(&json)
}

/// What a change to the foreign event leads to: `place: message`.
fn told(change: impl FnOnce(&mut Json)) -> Vec<String> {
    let problems = changed(change).unwrap_err();
    problems.0.iter().map(|problem| format!("{}: {}", problem.place, problem.message)).collect()
}

/// The payloads of an interval.
fn payloads(event: &mut Json, interval: usize) -> &mut Vec<Json> {
    event["intervals"][interval]["payloads"].as_array_mut().unwrap()
}

/// Lengths in s and powers in W of an event's intervals.
fn intervals(event: &Event) -> Vec<(u32, i64)> {
    event.intervals.iter().map(|interval| (interval.duration_s, interval.power.0)).collect()
}

#[test]
fn every_event_of_the_repository_comes_back_as_it_was() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("worlds/events");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let event = of_file(entry.unwrap().file_name().to_str().unwrap());
        let imported = back(&event, shenzhen()).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(imported, Imported { event, left_out: Vec::new() });
        count += 1;
    }
    assert_eq!(count, 7);
}

#[test]
fn the_may_event_is_written_as_the_standard_has_it() {
    let object = event_to_openadr(&of_file("2024-05-15.ron"), "shenzhen-precise-response", shenzhen());
    let json = write_event(&object);
    let one = |kind: &str, value: Json| json!({"type": kind, "values": [value]});
    let price = |kind: &str| json!({"objectType": "EVENT_PAYLOAD_DESCRIPTOR", "payloadType": kind, "units": "KWH", "currency": "CNY"});
    let wanted = json!({
        "programID": "shenzhen-precise-response",
        "eventName": "2024-05-15",
        "priority": 5,
        "targets": ["CITY", "KIND:Vehicle"],
        "reportDescriptors": [
            {"payloadType": "BASELINE", "units": "KWH"},
            {"payloadType": "USAGE", "units": "KWH"},
            {"payloadType": "DELTA_USAGE", "units": "KWH"},
        ],
        "payloadDescriptors": [
            {"objectType": "EVENT_PAYLOAD_DESCRIPTOR", "payloadType": "DISPATCH_SETPOINT_RELATIVE", "units": "KW"},
            price("VOLTCITY_PRICE_OPERATOR"),
            price("VOLTCITY_PRICE_DISCHARGE"),
            price("VOLTCITY_PRICE_SHIFT"),
        ],
        "intervalPeriod": {"start": "2024-05-15T13:30:00+08:00", "duration": "PT1H"},
        "intervals": [{"id": 0, "payloads": [
            one("DISPATCH_SETPOINT_RELATIVE", json!(-4389.0)),
            one("VOLTCITY_VERSION", json!(1)),
            one("VOLTCITY_ISSUER", json!("Shenzhen VPP management centre")),
            one("VOLTCITY_CLASS", json!("DayAhead")),
            one("VOLTCITY_NOTICE", json!("2024-05-14T17:00:00+08:00")),
            one("VOLTCITY_RAMP", json!("PT1M")),
            one("VOLTCITY_RECOVERY", json!("PT1H")),
            one("VOLTCITY_PRICE_OPERATOR", json!(5.0)),
            one("VOLTCITY_PRICE_DISCHARGE", json!(4.0)),
            one("VOLTCITY_PRICE_SHIFT", json!(0.8)),
            one("VOLTCITY_BASELINE", json!("Last5Workdays")),
            one("VOLTCITY_INVITED_VEHICLES", json!(1473)),
            one("VOLTCITY_INVITED_DISCHARGING", json!(53)),
            one("VOLTCITY_INVITED_STATIONS", json!(500)),
        ]}],
    });
    assert_eq!(json, wanted);
}

#[test]
fn a_foreign_event_is_taken_with_what_it_leaves_open_by_default() {
    let Imported { event, left_out } = import(&foreign()).unwrap_or_else(|problems| panic!("{problems}"));
    // Its name cannot be an id, so the server's is taken; the last change is its notice; 10:00 UTC is 18:00 here.
    assert_eq!((event.id.as_str(), event.version, event.issuer.as_str()), ("17", 1, "44"));
    assert_eq!(event.notice, datetime(2024, 7, 25, 17, 30, 0, 0));
    assert_eq!(event.start, datetime(2024, 7, 25, 18, 0, 0, 0));
    assert_eq!((event.class, event.priority), (ResponseClass::Minute, 255));
    assert_eq!((event.direction, event.scope.clone()), (Direction::Reduce, Scope::City));
    assert_eq!(intervals(&event), [(1_800, 100_500), (1_800, 50_000)]);
    assert_eq!(event.prices.operator, Money(5_000_000));
    assert_eq!(left_out, [""; 0]);
}

#[test]
fn periods_are_laid_out_as_the_user_guide_says() {
    let laid_out = |change: fn(&mut Json)| {
        let imported = changed(change).unwrap_or_else(|problems| panic!("{problems}"));
        (imported.event.start.time().to_string(), intervals(&imported.event))
    };
    // An interval's own length goes before the event's.
    let longer = laid_out(|e| e["intervals"][1]["intervalPeriod"] = json!({"duration": "PT1H"}));
    assert_eq!(longer.1, [(1_800, 100_500), (3_600, 50_000)]);
    // A later start leaves a pause.
    let later = laid_out(|e| e["intervals"][1]["intervalPeriod"] = json!({"start": "2024-07-25T18:45:00+08:00"}));
    assert_eq!(later.1, [(1_800, 100_500), (900, 0), (1_800, 50_000)]);
    // Several values divide the interval.
    let divided = laid_out(|e| e["intervals"][1]["payloads"][0]["values"] = json!([-1, -2, 0]));
    assert_eq!(divided.1, [(1_800, 100_500), (600, 1_000), (600, 2_000), (600, 0)]);
    // The event's duration cuts short or repeats.
    assert_eq!(laid_out(|e| e["duration"] = json!("PT45M")).1, [(1_800, 100_500), (900, 50_000)]);
    let repeated = laid_out(|e| e["duration"] = json!("PT1H45M")).1;
    assert_eq!(repeated, [(1_800, 100_500), (1_800, 50_000), (1_800, 100_500), (900, 50_000)]);
    // "Now" is when the event is announced.
    assert_eq!(laid_out(|e| e["intervalPeriod"]["start"] = json!("0001-01-01")).0, "17:30:00");
    let now =
        laid_out(|e| e["intervals"][0]["intervalPeriod"] = json!({"start": "0001-01-01T00:00:00", "duration": "PT1M"}));
    assert_eq!(now, ("18:00:00".to_owned(), vec![(60, 100_500), (1_800, 50_000)]));
    let spread = changed(|e| e["intervalPeriod"]["randomizeStart"] = json!("-PT5M")).unwrap();
    assert_eq!(spread.event.randomise_start_s, 300);
    let raise = changed(|e| {
        e["intervals"][0]["payloads"][0]["values"] = json!([0]);
        e["intervals"][1]["payloads"][0]["values"] = json!([0.3]);
        e["payloadDescriptors"][0]["units"] = json!("MW");
    });
    assert_eq!(raise.unwrap().event.peak(), Power(300_000));
}

#[test]
fn what_cannot_be_an_event_record_is_told_where() {
    assert_eq!(
        told(|e| e["intervals"][1]["intervalPeriod"] = json!({"start": "2024-07-25T10:29:59Z"})),
        ["$.intervals[1].intervalPeriod.start: the interval begins before the one before it ends"]
    );
    assert_eq!(
        told(|e| e["intervals"][1]["payloads"][0]["values"] = json!([1])),
        ["$.intervals: the event asks for more power and for less"]
    );
    assert_eq!(
        told(|e| e["duration"] = json!("P9999Y")),
        ["$.duration: `P9999Y` means without end, which no event record can be"]
    );
    assert_eq!(
        told(|e| e["duration"] = json!("P1M")),
        ["$.duration: `P1M` has years or months, which have no fixed length"]
    );
    assert_eq!(
        told(|e| e["intervalPeriod"]["duration"] = json!("-PT1M")),
        ["$.intervalPeriod.duration: `-PT1M` is negative"]
    );
    assert_eq!(
        told(|e| e["intervals"][0]["payloads"][0]["values"] = json!([-1, -1, -1, -1, -1, -1, -1])),
        ["$.intervals[0].payloads[0].values: 1800 s cannot be divided evenly in whole seconds among 7 values"]
    );
    assert_eq!(
        told(|e| e["payloadDescriptors"][0]["units"] = json!("THERMS")),
        ["$.payloadDescriptors[0].units: `THERMS` is no unit of power"]
    );
    assert_eq!(
        told(|e| e["targets"] = json!(["group-1", {"type": "GROUP", "values": ["a"]}])),
        [
            "$.targets[0]: \"group-1\" names nobody that voltcity knows",
            "$.targets[1]: a target of type \"GROUP\" names nobody that voltcity knows",
        ]
    );
    assert_eq!(
        told(|e| e["targets"] = json!(["CITY", "AREA:1", "TRANSFORMER:1", "FEEDER:-1"])),
        [
            "$.targets[1]: \"AREA:1\" names nobody that voltcity knows",
            "$.targets[2]: the event has two scopes",
            "$.targets[3]: \"FEEDER:-1\" names nobody that voltcity knows",
        ]
    );
    assert_eq!(told(|e| e["priority"] = json!(256)), ["$.priority: the priority is 256"]);
    let nameless = |e: &mut Json| ["id", "createdDateTime", "modificationDateTime"].map(|f| e[f] = Json::Null);
    assert_eq!(
        told(|e| {
            nameless(e);
        }),
        [
            "$: nothing says when the event was announced",
            "$: the event has neither an `id` nor an `eventName` that can be one",
        ]
    );
    assert_eq!(
        told(|e| e["modificationDateTime"] = json!("2024-07-25T10:00:01Z")),
        ["$: the event is not sound: the event is announced after it starts (`notice`)"]
    );
    let prices = json!([{"id": 0, "payloads": [{"type": "PRICE", "values": [0.17]}]}]);
    assert_eq!(told(|e| e["intervals"] = prices), ["$.intervals: no interval asks for a change of power"]);
    let term = |kind: &str, values: Json| told(|e| payloads(e, 0).push(json!({"type": kind, "values": values})));
    assert_eq!(
        term("VOLTCITY_CLASS", json!(["Fast"])),
        [
            "$.intervals[0].payloads[1].values: the value of VOLTCITY_CLASS is not one of DayAhead, Hour, Minute, Second, \
         Direct"
        ]
    );
    assert_eq!(term("VOLTCITY_RAMP", json!(["PT1M", "PT2M"])).len(), 1);
    assert_eq!(
        term("VOLTCITY_FUTURE", json!([1])),
        ["$.intervals[0].payloads[1]: \"VOLTCITY_FUTURE\" is no term of this version of voltcity"]
    );
    assert_eq!(
        term("VOLTCITY_BASELINE", json!(["High5Of10", "PT4H"])),
        ["$.intervals[0].payloads[1].values: these values are no baseline"]
    );
}

#[test]
fn what_an_event_record_has_no_field_for_is_named() {
    let imported = changed(|e| {
        payloads(e, 1).push(json!({"type": "PRICE", "values": [1.2]}));
        payloads(e, 1).push(json!({"type": "PRIVATE_ALGORITHM", "values": [0.17, true, {"x": 1, "y": 2}]}));
    });
    let named = ["$.intervals[1].payloads[1]: PRICE", "$.intervals[1].payloads[2]: PRIVATE_ALGORITHM"];
    assert_eq!(imported.unwrap().left_out, named);
}

#[test]
fn unknown_payload_types_are_kept_and_unknown_fields_are_named() {
    let json = json!({
        "programID": "44",
        "targets": [{"type": "GROUP", "values": ["group-1"]}],
        "intervals": [
            {"id": -3, "payloads": [{"type": "PRIVATE_ALGORITHM", "values": [0.17, "x", true, {"x": 1.5, "y": -2.0}]}]},
            {"id": 9, "payloads": [{"type": "SIMPLE", "values": [2]}, {"type": "PRICE", "values": [0.17, 0.03]}]},
        ],
    });
    let found = read_events(json.to_string().as_bytes()).unwrap();
    assert_eq!(write_event(&found.objects[0]), json);
    let mut grown = json.clone();
    grown["myPrivateObject"] = json!("whatever I want");
    grown["intervals"][1]["shape"] = json!([1]);
    let found = read_events(json!([grown, json]).to_string().as_bytes()).unwrap();
    assert_eq!(found.objects.len(), 2);
    assert_eq!(found.objects[0], found.objects[1]);
    assert_eq!(found.ignored, ["$[0].myPrivateObject", "$[0].intervals[1].shape"]);
}

#[test]
fn all_problems_of_a_text_are_told_at_once() {
    let json = json!({
        "objectType": "REPORT",
        "programID": "no spaces please",
        "duration": "1 hour",
        "priority": -1,
        "intervalPeriod": {"start": "17:15:16"},
        "intervals": [
            {"id": "0", "payloads": [{"type": "SIMPLE", "values": [4]}, {"values": [1]}, {"type": "PRICE", "values": "0.17"}]},
            {"payloads": [{"type": "", "values": []}, {"type": "X", "values": [null, [1], {"x": 1}]}]},
            7,
        ],
    });
    let problems = read_events(json.to_string().as_bytes()).unwrap_err();
    let told: Vec<String> = problems.0.iter().map(|p| format!("{}: {}", p.place, p.message)).collect();
    let wanted = [
        "$.objectType: the object is of type \"REPORT\"",
        "$.programID: \"no spaces please\" is no object id",
        "$.intervalPeriod.start: \"17:15:16\" is no time",
        "$.duration: \"1 hour\" is no duration",
        "$.priority: expected a whole number in range, found -1",
        "$.intervals[0].id: expected a whole number in range, found \"0\"",
        "$.intervals[0].payloads[0].values[0]: 4 is no value of SIMPLE",
        "$.intervals[0].payloads[1]: missing `type`",
        "$.intervals[0].payloads[2].values: expected a list, found \"0.17\"",
        "$.intervals[1]: missing `id`",
        "$.intervals[1].payloads[0].type: the text is empty",
        "$.intervals[1].payloads[1].values[0]: null is no value",
        "$.intervals[1].payloads[1].values[1]: a list is no value",
        "$.intervals[1].payloads[1].values[2]: missing `y`",
        "$.intervals[2]: expected an object, found 7",
    ];
    assert_eq!(told, wanted);
    let shown = problems.to_string();
    assert!(shown.starts_with(
        "error: the object is of type \"REPORT\"\n --> $.objectType\n  = help: give an object of type \"EVENT\"\n\n"
    ));
    assert!(shown.ends_with("\n\n15 problems"));
}

#[test]
fn what_is_no_json_is_told_by_line_and_column() {
    let problem = |bytes: &[u8]| {
        let Problems(all) = read_reports(bytes).unwrap_err();
        (all.len(), format!("{}: {}", all[0].place, all[0].message))
    };
    assert_eq!(problem(b""), (1, "line 1, column 0: EOF while parsing a value".to_owned()));
    assert_eq!(problem(b"{\n  \"eventID\": 1,,\n}"), (1, "line 2, column 16: key must be a string".to_owned()));
    assert_eq!(problem(&[b'['; 100_000]).0, 1);
    assert_eq!(problem(b"{} \xff").0, 1);
    assert_eq!(problem(b"null").1, "$: expected an object, found null");
}

/// Sound events, and some that are not.
fn events() -> impl Strategy<Value = Event> {
    let names = prop::sample::select(vec!["operator 01", "深圳 一号", "a:b", "KIND:Pv"]);
    let scope = prop_oneof![
        Just(Scope::City),
        names.clone().prop_map(|name| Scope::District(name.to_owned())),
        any::<u32>().prop_map(Scope::Substation),
        any::<u32>().prop_map(Scope::Feeder),
        any::<u32>().prop_map(Scope::Area),
    ];
    let interval = (1_u32..50_000, prop_oneof![Just(0), 0_i64..=record::POWER_W_MAX])
        .prop_map(|(duration_s, w)| record::Interval { duration_s, power: Power(w) });
    let intervals = prop_oneof![
        prop::collection::vec(interval, 1..6),
        (1_i64..1_000_000, 1_usize..20)
            .prop_map(|(w, n)| vec![record::Interval { duration_s: 900, power: Power(w) }; n]),
    ];
    let day_of = (2_u32..80_000, 0_u32..80_000, 1_u32..=1_000).prop_map(|(from_s, to_s, limit_permille)| DayOf {
        from_s,
        to_s: to_s % from_s,
        limit_permille,
    });
    let baseline = (prop::sample::select(BaselineMethod::ALL.to_vec()), prop::option::of(day_of))
        .prop_map(|(method, day_of)| Baseline { method, day_of: day_of.filter(|_| method.averages_days()) });
    let invited = (
        prop::collection::btree_set(prop::sample::select(ResourceKind::ALL.to_vec()), 0..4),
        prop::collection::btree_set(names.prop_map(str::to_owned), 0..3),
        prop::option::of(1_u32..=1_000_000),
        prop::option::of((1_u32..9_999, 0_u32..9_999)),
        prop::option::of(1_u32..),
    )
        .prop_map(|(mut kinds, aggregators, share_ppm, vehicles, stations)| {
            if vehicles.is_some() && !kinds.is_empty() {
                kinds.insert(ResourceKind::Vehicle);
            }
            let discharging = vehicles.map(|(all, some)| some % (all + 1));
            Invited { kinds, aggregators, share_ppm, vehicles: vehicles.map(|(all, _)| all), discharging, stations }
        });
    let money = || 0_i64..=record::PRICE_MAX;
    let paid = (
        money(),
        money(),
        money(),
        prop::option::of(1_i64..=record::ENERGY_J_MAX),
        prop::option::of(1_i64..=record::MONEY_MAX),
    );
    let times = (0_i64..200_000, 0_u32..600, 0_u32..86_400, 0_u32..100, -1_000_000_000_i64..1_000_000_000);
    let whole = (
        ("[A-Za-z0-9_-]{1,20}", 1_u32.., "[a-z 深]{1,9}x", any::<u8>(), any::<bool>()),
        (scope, intervals, baseline, invited, paid),
        (
            times,
            prop::sample::select(ResponseClass::ALL.to_vec()),
            prop::collection::vec((0_i64..9_000, prop::option::of(1_i64..9_000)), 0..3),
        ),
    );
    whole.prop_map(
        |(
            (id, version, issuer, priority, raise),
            (scope, intervals, baseline, invited, paid),
            (times, class, outs),
        )| {
            let (lead_s, ramp_s, recovery_s, randomise_start_s, shift_s) = times;
            let start = after(datetime(2024, 7, 25, 18, 0, 0, 0), shift_s);
            let (operator, discharge, shift, energy, money) = paid;
            let mut drop_outs: Vec<DropOut> = (outs.into_iter().enumerate())
                .map(|(i, (from_s, until_s))| DropOut {
                    aggregator: invited.aggregators.iter().nth(i).cloned().unwrap_or_else(|| format!("operator {i}")),
                    from: after(start, from_s),
                    until: until_s.map(|s| after(start, from_s + s)),
                })
                .collect();
            drop_outs.sort();
            Event {
                id,
                version,
                issuer,
                scope,
                direction: if raise { Direction::Raise } else { Direction::Reduce },
                class,
                priority,
                notice: after(start, -lead_s),
                start,
                intervals,
                ramp_s,
                recovery_s,
                randomise_start_s,
                prices: Prices {
                    operator: Money(operator),
                    owner_discharge: Money(discharge),
                    owner_shift: Money(shift),
                },
                cap: Cap { energy: energy.map(Energy), money: money.map(Money) },
                baseline,
                invited,
                drop_outs,
            }
        },
    )
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Value::of),
        "\\PC{0,6}".prop_map(Value::Text),
        any::<bool>().prop_map(Value::Flag),
        (-1e9..1e9, -1e9..1e9).prop_map(|(x, y)| Value::Point(x, y)),
    ]
}

fn maps() -> impl Strategy<Value = ValuesMap> {
    let private =
        ("[a-z]{1,5}", prop::collection::vec(values(), 0..4)).prop_map(|(kind, values)| ValuesMap { kind, values });
    let level = (0_i64..4).prop_map(|level| ValuesMap::new("SIMPLE", [Value::from(level)]));
    prop_oneof![private, level]
}

fn stamps() -> impl Strategy<Value = Stamp> {
    (-60_000_000_000_i64..250_000_000_000, -1_439_i32..1_440).prop_map(|(second, minutes)| {
        let offset = Offset::from_seconds(minutes * 60).unwrap();
        Stamp::local(Offset::UTC.to_datetime(jiff::Timestamp::from_second(second).unwrap()), offset)
    })
}

fn periods() -> impl Strategy<Value = Period> {
    let start = prop_oneof![Just(When::Now), stamps().prop_map(When::At)];
    let duration = || {
        prop::option::of(prop_oneof![
            any::<u32>().prop_map(Duration::seconds),
            Just(Duration::parse("P1Y2M3DT4H5.25S").unwrap())
        ])
    };
    (prop::option::of(start), duration(), duration()).prop_map(|(start, duration, randomize_start)| Period {
        start,
        duration,
        randomize_start,
    })
}

fn all_intervals() -> impl Strategy<Value = Vec<Interval>> {
    let one = (any::<i32>(), prop::option::of(periods()), prop::collection::vec(maps(), 0..4))
        .prop_map(|(id, period, payloads)| Interval { id, period, payloads });
    prop::collection::vec(one, 0..4)
}

fn metadata() -> impl Strategy<Value = Metadata> {
    (prop::option::of("[a-zA-Z0-9_-]{1,9}"), prop::option::of(stamps()), prop::option::of(stamps()))
        .prop_map(|(id, created, modified)| Metadata { id, created, modified })
}

fn target_lists() -> impl Strategy<Value = Vec<Target>> {
    prop::collection::vec(prop_oneof!["\\PC{1,9}".prop_map(Target::Text), maps().prop_map(Target::Typed)], 0..4)
}

fn event_objects() -> impl Strategy<Value = EventObject> {
    let descriptor = ("[A-Z]{1,9}", prop::option::of("[A-Z]{1,4}"), prop::option::of("[A-Z]{3}"))
        .prop_map(|(kind, units, currency)| EventDescriptor { kind, units, currency });
    let wish = ("[A-Z]{1,9}", target_lists(), prop::option::of(any::<bool>()), prop::option::of(any::<i32>()))
        .prop_map(|(kind, targets, flag, number)| ReportDescriptor {
            targets,
            aggregate: flag,
            historical: flag.map(|flag| !flag),
            start_interval: number,
            num_intervals: number.map(|n| n ^ 1),
            frequency: number.map(|n| n ^ 2),
            repeat: number.map(|n| n ^ 3),
            reading: flag.map(|_| "DIRECT_READ".to_owned()),
            report_intervals: number.map(|_| "SUB_INTERVALS".to_owned()),
            ..ReportDescriptor::new(&kind, "KWH")
        });
    let names = ("[a-zA-Z0-9_-]{1,9}", prop::option::of("\\PC{0,9}"), prop::option::of(any::<u32>()));
    (
        metadata(),
        names,
        target_lists(),
        prop::collection::vec(descriptor, 0..3),
        prop::collection::vec(wish, 0..3),
        prop::option::of(periods()),
        all_intervals(),
    )
        .prop_map(
            |(
                metadata,
                (program_id, name, priority),
                targets,
                payload_descriptors,
                report_descriptors,
                period,
                intervals,
            )| EventObject {
                metadata,
                program_id,
                name,
                duration: period.as_ref().and_then(|period| period.duration.clone()),
                priority: priority.map(u64::from),
                targets,
                report_descriptors,
                payload_descriptors,
                period,
                intervals,
            },
        )
}

fn report_objects() -> impl Strategy<Value = ReportObject> {
    let descriptor =
        ("[A-Z]{1,9}", prop::option::of("[A-Z]{1,4}"), prop::option::of(-1e3..1e3), prop::option::of(0_u8..=100))
            .prop_map(|(kind, units, accuracy, confidence)| ReportPayloadDescriptor {
                kind,
                reading: units.clone(),
                units,
                accuracy,
                confidence,
            });
    let resource = ("\\PC{1,9}", prop::option::of(periods()), all_intervals())
        .prop_map(|(name, period, intervals)| ReportResource { name, period, intervals });
    let names = (prop::option::of("[a-z]{1,9}"), "[a-zA-Z0-9_-]{1,9}", "\\PC{1,9}", prop::option::of("\\PC{0,9}"));
    (metadata(), names, prop::collection::vec(descriptor, 0..3), prop::collection::vec(resource, 0..3)).prop_map(
        |(metadata, (program_id, event_id, client, name), payload_descriptors, resources)| ReportObject {
            metadata,
            program_id,
            event_id,
            client,
            name,
            payload_descriptors,
            resources,
        },
    )
}

/// Any JSON, with the names of the standard in it.
fn any_json() -> impl Strategy<Value = Json> {
    let names = prop::sample::select(vec![
        "programID",
        "intervals",
        "intervalPeriod",
        "start",
        "duration",
        "payloads",
        "type",
        "values",
        "id",
        "targets",
        "eventID",
        "resources",
        "clientName",
        "payloadDescriptors",
        "payloadType",
        "units",
    ]);
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(|n| json!(n)),
        "\\PC{0,6}".prop_map(Json::from),
        prop::sample::select(vec![
            "DISPATCH_SETPOINT_RELATIVE",
            "PT1H",
            "P9999Y",
            "2024-07-25T18:00:00+08:00",
            "KW",
            "VOLTCITY_RAMP"
        ])
        .prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::btree_map(names.clone(), inner, 0..6)
                .prop_map(|map| Json::Object(map.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())),
        ]
    })
}

/// Reads bytes in every way there is; whatever is found must be written and read again the same.
fn survive(bytes: &[u8]) {
    match read_events(bytes) {
        Ok(found) => {
            for object in &found.objects {
                let again = read_events(text(&write_event(object)).as_bytes()).unwrap();
                assert_eq!(&again.objects[0], object);
                if let Err(Problems(all)) = event_from_openadr(object, &Defaults::default(), shenzhen()) {
                    assert!(!all.is_empty());
                }
            }
        }
        Err(Problems(all)) => assert!(!all.is_empty()),
    }
    if let Ok(found) = read_reports(bytes) {
        for object in &found.objects {
            let _ = report_to_series(object, shenzhen());
        }
    }
}

fn quick(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(quick(512))]

    #[test]
    fn a_sound_event_comes_back_as_it_was(event in events(), offset in -1_000_i32..1_000) {
        let offset = Offset::from_seconds(offset * 60).unwrap();
        let is_sound = event.faults().is_empty();
        match back(&event, offset) {
            Ok(imported) => prop_assert_eq!(imported, Imported { event, left_out: Vec::new() }),
            Err(problems) => prop_assert!(!is_sound, "{}", problems),
        }
    }

    #[test]
    fn what_is_written_is_read_the_same(event in event_objects(), report in report_objects()) {
        let found = read_events(text(&write_event(&event)).as_bytes());
        prop_assert_eq!(found.unwrap().objects, [event]);
        let found = read_reports(text(&write_report(&report)).as_bytes());
        prop_assert_eq!(found.unwrap().objects, [report]);
    }
}

proptest! {
    #![proptest_config(quick(512))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survive(&bytes);
    }

    #[test]
    fn no_json_makes_it_panic(json in any_json()) {
        survive(json.to_string().as_bytes());
    }

    #[test]
    fn no_change_to_an_event_makes_it_panic(event in events(), at in any::<prop::sample::Index>(), length in 0_usize..30, with in "[\\x20-\\x7f]{0,12}") {
        let mut bytes = text(&write_event(&event_to_openadr(&event, "p", shenzhen()))).into_bytes();
        let at = at.index(bytes.len());
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, with.into_bytes());
        survive(&bytes);
    }
}
