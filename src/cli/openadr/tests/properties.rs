//! What holds for any event, any object and any bytes.

use super::strategies::{event_objects, events, report_objects};
use super::{back, shenzhen};
use crate::cli::json::text;
use crate::cli::openadr::import::Imported;
use crate::cli::openadr::reader::Problems;
use crate::cli::openadr::{
    Defaults, event_from_openadr, event_to_openadr, read_events, read_reports, report_to_series, write_event,
    write_report,
};
use jiff::tz::Offset;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

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
