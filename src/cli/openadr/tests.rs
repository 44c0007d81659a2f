mod properties;
mod strategies;

use super::import::Imported;
use super::reader::Problems;
use super::*;
use crate::cli::json::text;
use jiff::civil::datetime;
use jiff::tz::Offset;
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use voltcity::market::event::{CallClass, Event, Scope};
use voltcity::market::resource::Direction;
use voltcity::market::settlement::Price;
use voltcity::units::Power;
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
        "targets": ["CITY", "KIND:charging", "KIND:v2g"],
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
            one("VOLTCITY_BASELINE", json!("last-5")),
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
    assert_eq!((event.class, event.priority), (CallClass::Minute, 255));
    assert_eq!((event.direction, event.scope.clone()), (Direction::Reduce, Scope::City));
    assert_eq!(intervals(&event), [(1_800, 100_500), (1_800, 50_000)]);
    assert_eq!(event.prices.operator, Price(5_000_000));
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
    let dollars = json!({"payloadType": "VOLTCITY_PRICE_SHIFT", "units": "KWH", "currency": "USD"});
    assert_eq!(
        told(|e| e["payloadDescriptors"].as_array_mut().unwrap().push(dollars)),
        ["$.payloadDescriptors[1].currency: VOLTCITY_PRICE_SHIFT is in \"USD\""]
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
        term("VOLTCITY_BASELINE", json!(["high-5"])),
        ["$.intervals[0].payloads[1].values: the value of VOLTCITY_BASELINE is not one of last-5, last-5-adjusted, \
         high-5-of-10, high-5-of-10-adjusted, quarter-before, same-day-3+2"]
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
    assert_eq!(problem("[".repeat(100_000).as_bytes()).0, 1);
    assert_eq!(problem(b"{} \xff").0, 1);
    assert_eq!(problem(b"null").1, "$: expected an object, found null");
}
