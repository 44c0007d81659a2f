//! From the model to JSON.

use super::model::{
    EventDescriptor, EventObject, Interval, Metadata, Period, ReportDescriptor, ReportObject, ReportPayloadDescriptor,
    ReportResource, Target, Value, ValuesMap,
};
use serde_json::{Map, Value as Json, json};

/// An event as JSON. What is not said is left out.
pub(crate) fn event(event: &EventObject) -> Json {
    let mut out = metadata(&event.metadata, "EVENT");
    out.put("programID", event.program_id.as_str());
    out.maybe("eventName", event.name.as_deref());
    out.maybe("duration", event.duration.as_ref().map(ToString::to_string));
    out.maybe("priority", event.priority);
    out.list("targets", &event.targets, target);
    out.list("reportDescriptors", &event.report_descriptors, report_descriptor);
    out.list("payloadDescriptors", &event.payload_descriptors, event_descriptor);
    out.maybe("intervalPeriod", event.period.as_ref().map(period));
    out.list("intervals", &event.intervals, interval);
    Json::Object(out.0)
}

/// A report as JSON. What is not said is left out, but for the list of resources, which must be there.
pub(crate) fn report(report: &ReportObject) -> Json {
    let mut out = metadata(&report.metadata, "REPORT");
    out.maybe("programID", report.program_id.as_deref());
    out.put("eventID", report.event_id.as_str());
    out.put("clientName", report.client.as_str());
    out.maybe("reportName", report.name.as_deref());
    out.list("payloadDescriptors", &report.payload_descriptors, report_payload_descriptor);
    out.put("resources", report.resources.iter().map(resource).collect::<Vec<_>>());
    Json::Object(out.0)
}

/// An object in the making.
struct Object(Map<String, Json>);

impl Object {
    fn put(&mut self, name: &str, value: impl Into<Json>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn maybe(&mut self, name: &str, value: Option<impl Into<Json>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    fn list<T>(&mut self, name: &str, items: &[T], write: impl Fn(&T) -> Json) {
        if !items.is_empty() {
            self.put(name, items.iter().map(write).collect::<Vec<_>>());
        }
    }
}

/// What a server has added. What it has not seen yet has no type either: the request objects have none.
fn metadata(metadata: &Metadata, kind: &str) -> Object {
    let mut out = Object(Map::new());
    if metadata.id.is_some() {
        out.maybe("id", metadata.id.as_deref());
        out.put("objectType", kind);
    }
    out.maybe("createdDateTime", metadata.created.map(|at| at.to_string()));
    out.maybe("modificationDateTime", metadata.modified.map(|at| at.to_string()));
    out
}

fn period(period: &Period) -> Json {
    let mut out = Object(Map::new());
    out.maybe("start", period.start.map(|start| start.to_string()));
    out.maybe("duration", period.duration.as_ref().map(ToString::to_string));
    out.maybe("randomizeStart", period.randomize_start.as_ref().map(ToString::to_string));
    Json::Object(out.0)
}

fn interval(interval: &Interval) -> Json {
    let mut out = Object(Map::new());
    out.put("id", interval.id);
    out.maybe("intervalPeriod", interval.period.as_ref().map(period));
    out.put("payloads", interval.payloads.iter().map(values_map).collect::<Vec<_>>());
    Json::Object(out.0)
}

fn resource(resource: &ReportResource) -> Json {
    let mut out = Object(Map::new());
    out.put("resourceName", resource.name.as_str());
    out.maybe("intervalPeriod", resource.period.as_ref().map(period));
    out.put("intervals", resource.intervals.iter().map(interval).collect::<Vec<_>>());
    Json::Object(out.0)
}

fn values_map(map: &ValuesMap) -> Json {
    json!({"type": map.kind, "values": map.values.iter().map(value).collect::<Vec<_>>()})
}

fn value(value: &Value) -> Json {
    match value {
        Value::Number(number) => Json::Number(number.clone()),
        Value::Text(text) => Json::from(text.as_str()),
        &Value::Flag(flag) => Json::from(flag),
        Value::Point(x, y) => json!({"x": x, "y": y}),
    }
}

fn target(target: &Target) -> Json {
    match target {
        Target::Text(text) => Json::from(text.as_str()),
        Target::Typed(map) => values_map(map),
    }
}

fn event_descriptor(descriptor: &EventDescriptor) -> Json {
    let mut out = Object(Map::new());
    out.put("objectType", "EVENT_PAYLOAD_DESCRIPTOR");
    out.put("payloadType", descriptor.kind.as_str());
    out.maybe("units", descriptor.units.as_deref());
    out.maybe("currency", descriptor.currency.as_deref());
    Json::Object(out.0)
}

fn report_payload_descriptor(descriptor: &ReportPayloadDescriptor) -> Json {
    let mut out = Object(Map::new());
    out.put("objectType", "REPORT_PAYLOAD_DESCRIPTOR");
    out.put("payloadType", descriptor.kind.as_str());
    out.maybe("readingType", descriptor.reading.as_deref());
    out.maybe("units", descriptor.units.as_deref());
    out.maybe("accuracy", descriptor.accuracy);
    out.maybe("confidence", descriptor.confidence);
    Json::Object(out.0)
}

fn report_descriptor(descriptor: &ReportDescriptor) -> Json {
    let mut out = Object(Map::new());
    out.put("payloadType", descriptor.kind.as_str());
    out.maybe("readingType", descriptor.reading.as_deref());
    out.maybe("units", descriptor.units.as_deref());
    out.list("targets", &descriptor.targets, target);
    out.maybe("aggregate", descriptor.aggregate);
    out.maybe("startInterval", descriptor.start_interval);
    out.maybe("numIntervals", descriptor.num_intervals);
    out.maybe("historical", descriptor.historical);
    out.maybe("frequency", descriptor.frequency);
    out.maybe("repeat", descriptor.repeat);
    out.maybe("reportIntervals", descriptor.report_intervals.as_deref());
    Json::Object(out.0)
}
