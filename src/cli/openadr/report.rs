//! Reports: what was drawn in each quarter of an hour, beside what would have been drawn without the event.

use super::model::{
    AGGREGATED, Interval, Metadata, Period, ReportObject, ReportPayloadDescriptor, ReportResource, Value, ValuesMap,
};
use super::reader::{Problems, Reader, quoted};
use super::terms::EXPORT;
use super::time::{DURATION_HINT, Duration, Stamp, TIME_HINT, When};
use super::vocabulary::{BASELINE, DELTA_USAGE, KWH, USAGE};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use voltcity::units::{Energy, JOULES_PER_KWH};

/// Joules beyond which a number of kilowatt-hours is not exact any more.
const EXACT_J: f64 = 4e15;

/// Energy in one interval, positive drawn from the grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slot {
    /// What would have been drawn without the event.
    pub(crate) baseline: Energy,
    /// What was drawn, less what was given back.
    pub(crate) usage: Energy,
}

impl Slot {
    /// What was drawn less what would have been: negative if the resource has reduced.
    pub(crate) fn delta(self) -> Energy {
        self.usage - self.baseline
    }
}

/// The intervals of one resource or aggregator, one after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Series {
    /// Its name, 1 to 128 characters.
    pub(crate) resource: String,
    /// When the first interval begins, in local civil time.
    pub(crate) start: DateTime,
    /// Length of an interval in s: 900 by the practice of 96 points a day.
    pub(crate) slot_s: u32,
    /// The intervals.
    pub(crate) slots: Vec<Slot>,
}

/// The sum of several series under the name that the standard has for one. Nothing if they do not begin together or
/// have intervals of different length or number.
pub(crate) fn aggregated(all: &[Series]) -> Option<Series> {
    let first = all.first()?;
    let mut sum = Series { resource: AGGREGATED.to_owned(), ..first.clone() };
    for series in &all[1..] {
        let frame = (series.start, series.slot_s, series.slots.len());
        if frame != (first.start, first.slot_s, first.slots.len()) {
            return None;
        }
        for (total, slot) in sum.slots.iter_mut().zip(&series.slots) {
            total.baseline += slot.baseline;
            total.usage += slot.usage;
        }
    }
    Some(sum)
}

/// The report of a client on an event, resource by resource in the order of their names. Local civil time is so far
/// from UTC.
///
/// `USAGE` is never negative in the schema of the standard, so a resource that gives energy back uses zero, and the
/// energy stands in a payload of its own; `DELTA_USAGE` has it all.
pub(crate) fn report(event_id: &str, client: &str, name: &str, all: &[Series], offset: Offset) -> ReportObject {
    let mut sorted: Vec<&Series> = all.iter().collect();
    sorted.sort_by_key(|series| (&series.resource, series.start));
    let described = |kind: &str, reading: &str| ReportPayloadDescriptor {
        kind: kind.to_owned(),
        reading: Some(reading.to_owned()),
        units: Some(KWH.to_owned()),
        accuracy: None,
        confidence: None,
    };
    let mut payload_descriptors =
        vec![described(BASELINE, "ESTIMATED"), described(USAGE, "DIRECT_READ"), described(DELTA_USAGE, "ESTIMATED")];
    if all.iter().any(|series| series.slots.iter().any(|slot| slot.usage < Energy::ZERO)) {
        payload_descriptors.push(described(EXPORT, "DIRECT_READ"));
    }
    ReportObject {
        metadata: Metadata::default(),
        program_id: None,
        event_id: event_id.to_owned(),
        client: client.to_owned(),
        name: Some(name.to_owned()),
        payload_descriptors,
        resources: sorted.into_iter().map(|series| resource(series, offset)).collect(),
    }
}

fn resource(series: &Series, offset: Offset) -> ReportResource {
    let start = Some(When::At(Stamp::local(series.start, offset)));
    let duration = Some(Duration::seconds(series.slot_s));
    let interval = |(i, slot): (usize, &Slot)| Interval {
        id: i32::try_from(i).unwrap_or(i32::MAX),
        period: None,
        payloads: payloads(*slot),
    };
    ReportResource {
        name: series.resource.clone(),
        period: Some(Period { start, duration, randomize_start: None }),
        intervals: series.slots.iter().enumerate().map(interval).collect(),
    }
}

fn payloads(slot: Slot) -> Vec<ValuesMap> {
    let one = |kind: &str, energy: Energy| ValuesMap::new(kind, [Value::of(energy.kwh())]);
    let mut all =
        vec![one(BASELINE, slot.baseline), one(USAGE, slot.usage.max(Energy::ZERO)), one(DELTA_USAGE, slot.delta())];
    if slot.usage < Energy::ZERO {
        all.push(one(EXPORT, -slot.usage));
    }
    all
}

/// The series of a report that has a baseline and a usage in every interval. Local civil time is so far from UTC.
///
/// # Errors
/// Everything that keeps it from having them, each with its place in the JSON.
pub(crate) fn series(report: &ReportObject, offset: Offset) -> Result<Vec<Series>, Problems> {
    let mut reader = Reader::default();
    for kind in [BASELINE, USAGE, DELTA_USAGE, EXPORT] {
        let all = report.payload_descriptors.iter().enumerate();
        let described: Vec<_> = all.filter(|(_, descriptor)| descriptor.kind == kind).collect();
        if described.is_empty() && [BASELINE, USAGE].contains(&kind) {
            let hint = format!("write one with \"units\": \"{KWH}\"");
            reader.flag("$.payloadDescriptors", format!("no descriptor says the unit of {kind}"), hint);
        }
        for (i, descriptor) in described {
            if descriptor.units.as_deref() != Some(KWH) {
                let place = format!("$.payloadDescriptors[{i}].units");
                let unit = descriptor.units.as_deref().map_or("no unit".to_owned(), quoted);
                reader.flag(&place, format!("{kind} is in {unit}"), format!("write \"{KWH}\""));
            }
        }
    }
    let all = report.resources.iter().enumerate();
    let all: Vec<Series> = all
        .filter_map(|(i, resource)| series_of(resource, &format!("$.resources[{i}]"), offset, &mut reader))
        .collect();
    reader.finish()?;
    Ok(all)
}

fn series_of(resource: &ReportResource, place: &str, offset: Offset, reader: &mut Reader) -> Option<Series> {
    let period = resource.period.clone().unwrap_or_default();
    let Some(When::At(stamp)) = period.start else {
        reader.flag(&format!("{place}.intervalPeriod.start"), "nothing says when the intervals begin", TIME_HINT);
        return None;
    };
    let length = period.duration.as_ref().and_then(|duration| duration.length_s().ok());
    let Some(slot_s) = length.and_then(|seconds| u32::try_from(seconds).ok()).filter(|&seconds| seconds > 0) else {
        let message = "nothing says how many whole seconds an interval takes";
        reader.flag(&format!("{place}.intervalPeriod.duration"), message, DURATION_HINT);
        return None;
    };
    let mut slots = Vec::new();
    for (i, interval) in resource.intervals.iter().enumerate() {
        let place = format!("{place}.intervals[{i}]");
        if interval.period.is_some() {
            let hint = "write intervals of one length that follow each other";
            reader.flag(&format!("{place}.intervalPeriod"), "the interval has a period of its own", hint);
        }
        slots.extend(slot(interval, &place, reader));
    }
    Some(Series { resource: resource.name.clone(), start: stamp.civil(offset), slot_s, slots })
}

fn slot(interval: &Interval, place: &str, reader: &mut Reader) -> Option<Slot> {
    let mut energy = |kind: &str| {
        let (k, map) = interval.payloads.iter().enumerate().find(|(_, map)| map.kind == kind)?;
        let found = match map.values.as_slice() {
            [value] => value.number().map(|kwh| kwh * JOULES_PER_KWH).filter(|joules| joules.abs() <= EXACT_J),
            _ => None,
        };
        if found.is_none() {
            let message = format!("the value of {kind} is not one number of kilowatt-hours");
            let hint = format!("write a number up to {:e} in [ ]", EXACT_J / JOULES_PER_KWH);
            reader.flag(&format!("{place}.payloads[{k}].values"), message, hint);
        }
        found.map(Energy::round)
    };
    let [baseline, usage, export, delta] = [BASELINE, USAGE, EXPORT, DELTA_USAGE].map(&mut energy);
    let (Some(baseline), Some(usage)) = (baseline, usage) else {
        let hint = format!("write a payload of type {BASELINE} and one of type {USAGE}");
        reader.flag(&format!("{place}.payloads"), "the interval lacks a baseline or a usage", hint);
        return None;
    };
    let slot = Slot { baseline, usage: usage - export.unwrap_or_default() };
    // A joule is left for the rounding of each of the three.
    if delta.is_some_and(|delta| (delta - slot.delta()).0.abs() > 3) {
        let message = format!("{DELTA_USAGE} is not {USAGE} less {BASELINE}");
        let hint = format!("write {}", slot.delta().kwh());
        reader.flag(&format!("{place}.payloads"), message, hint);
    }
    Some(slot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::openadr::{read_reports, report_to_series, series_to_report, write_report};
    use jiff::civil::datetime;
    use proptest::prelude::*;

    fn shenzhen() -> Offset {
        jiff::tz::offset(8)
    }

    fn two() -> Vec<Series> {
        let kwh =
            |baseline: f64, usage: f64| Slot { baseline: Energy::from_kwh(baseline), usage: Energy::from_kwh(usage) };
        let start = datetime(2024, 5, 15, 13, 30, 0, 0);
        vec![
            Series {
                resource: "operator 02".to_owned(),
                start,
                slot_s: 900,
                slots: vec![kwh(5.0, 1.5), kwh(5.0, -2.0)],
            },
            Series {
                resource: "operator 01".to_owned(),
                start,
                slot_s: 900,
                slots: vec![kwh(3.0, 3.0), kwh(3.0, 0.0)],
            },
        ]
    }

    #[test]
    fn a_report_says_what_was_drawn_beside_what_would_have_been() {
        let report = series_to_report("2024-05-15", "voltcity", "delivery", &two(), shenzhen());
        let wanted = serde_json::json!({
            "eventID": "2024-05-15",
            "clientName": "voltcity",
            "reportName": "delivery",
            "payloadDescriptors": [
                {"objectType": "REPORT_PAYLOAD_DESCRIPTOR", "payloadType": "BASELINE", "readingType": "ESTIMATED",
                 "units": "KWH"},
                {"objectType": "REPORT_PAYLOAD_DESCRIPTOR", "payloadType": "USAGE", "readingType": "DIRECT_READ",
                 "units": "KWH"},
                {"objectType": "REPORT_PAYLOAD_DESCRIPTOR", "payloadType": "DELTA_USAGE", "readingType": "ESTIMATED",
                 "units": "KWH"},
                {"objectType": "REPORT_PAYLOAD_DESCRIPTOR", "payloadType": "VOLTCITY_EXPORT",
                 "readingType": "DIRECT_READ", "units": "KWH"},
            ],
            "resources": [
                {
                    "resourceName": "operator 01",
                    "intervalPeriod": {"start": "2024-05-15T13:30:00+08:00", "duration": "PT15M"},
                    "intervals": [
                        {"id": 0, "payloads": [{"type": "BASELINE", "values": [3.0]}, {"type": "USAGE", "values": [3.0]},
                                               {"type": "DELTA_USAGE", "values": [0.0]}]},
                        {"id": 1, "payloads": [{"type": "BASELINE", "values": [3.0]}, {"type": "USAGE", "values": [0.0]},
                                               {"type": "DELTA_USAGE", "values": [-3.0]}]},
                    ],
                },
                {
                    "resourceName": "operator 02",
                    "intervalPeriod": {"start": "2024-05-15T13:30:00+08:00", "duration": "PT15M"},
                    "intervals": [
                        {"id": 0, "payloads": [{"type": "BASELINE", "values": [5.0]}, {"type": "USAGE", "values": [1.5]},
                                               {"type": "DELTA_USAGE", "values": [-3.5]}]},
                        {"id": 1, "payloads": [{"type": "BASELINE", "values": [5.0]}, {"type": "USAGE", "values": [0.0]},
                                               {"type": "DELTA_USAGE", "values": [-7.0]},
                                               {"type": "VOLTCITY_EXPORT", "values": [2.0]}]},
                    ],
                },
            ],
        });
        assert_eq!(write_report(&report), wanted);
    }

    #[test]
    fn a_sum_needs_series_that_match() {
        let mut all = two();
        let sum = aggregated(&all).unwrap();
        assert_eq!(sum.resource, "AGGREGATED_REPORT");
        assert_eq!(sum.slots[1], Slot { baseline: Energy::from_kwh(8.0), usage: Energy::from_kwh(-2.0) });
        all[1].slot_s = 300;
        assert_eq!(aggregated(&all), None);
        assert_eq!(aggregated(&[]), None);
    }

    #[test]
    fn a_report_that_does_not_add_up_is_told_where() {
        let mut json = write_report(&series_to_report("e", "c", "n", &two(), shenzhen()));
        json["resources"][1]["intervals"][1]["payloads"][2]["values"][0] = serde_json::json!(-6.5);
        json["resources"][0]["intervals"][0]["payloads"][1]["type"] = serde_json::json!("READING");
        json["payloadDescriptors"][0]["units"] = serde_json::json!("THERMS");
        let found = read_reports(json.to_string().as_bytes()).unwrap();
        let problems = report_to_series(&found.objects[0], shenzhen()).unwrap_err();
        let places: Vec<&str> = problems.0.iter().map(|problem| problem.place.as_str()).collect();
        let wanted = [
            "$.payloadDescriptors[0].units",
            "$.resources[0].intervals[0].payloads",
            "$.resources[1].intervals[1].payloads",
        ];
        assert_eq!(places, wanted);
        assert_eq!(problems.0[2].message, "DELTA_USAGE is not USAGE less BASELINE");
        assert_eq!(problems.0[2].hint, "write -7");
        json["payloadDescriptors"] = serde_json::json!([]);
        let found = read_reports(json.to_string().as_bytes()).unwrap();
        let problems = report_to_series(&found.objects[0], shenzhen()).unwrap_err();
        assert_eq!(problems.0[0].message, "no descriptor says the unit of BASELINE");
    }

    proptest! {
        #[test]
        fn series_come_back_to_the_joule(
            slots in prop::collection::vec((-1_000_000_000_000_i64..1_000_000_000_000, -1_000_000_000_000_i64..1_000_000_000_000), 0..20),
            slot_s in 1_u32..100_000,
        ) {
            let slots = slots.into_iter().map(|(b, u)| Slot { baseline: Energy(b), usage: Energy(u) }).collect();
            let one = Series { resource: "深圳 1".to_owned(), start: datetime(2024, 7, 25, 18, 0, 0, 0), slot_s, slots };
            let object = series_to_report("e", "c", "n", std::slice::from_ref(&one), shenzhen());
            let text = crate::cli::json::text(&write_report(&object));
            let found = read_reports(text.as_bytes()).unwrap();
            prop_assert_eq!(&found.objects, &[object]);
            prop_assert_eq!(report_to_series(&found.objects[0], shenzhen()).unwrap(), [one]);
        }
    }
}
