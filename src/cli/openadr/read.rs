//! From JSON to the model: events and reports, alone or in a list, as a server answers.

use super::model::{
    EventDescriptor, EventObject, Interval, Metadata, Period, ReportDescriptor, ReportObject, ReportPayloadDescriptor,
    ReportResource, Target, Value, ValuesMap,
};
use super::reader::{At, Fields, Problems, Reader, json, quoted, shown};
use super::time::{DURATION_HINT, Duration, Stamp, TIME_HINT, When};
use super::vocabulary::{Rule, of_event, of_report};

/// What was read, and what was passed over.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found<T> {
    /// The objects in the order written.
    pub(crate) objects: Vec<T>,
    /// Places of fields that neither version of the standard knows; they are not kept.
    pub(crate) ignored: Vec<String>,
}

/// Reads one event, or a list of them.
///
/// # Errors
/// Everything that is wrong with the text, each with its place.
pub(crate) fn events(bytes: &[u8]) -> Result<Found<EventObject>, Problems> {
    objects(bytes, event)
}

/// Reads one report, or a list of them.
///
/// # Errors
/// Everything that is wrong with the text, each with its place.
pub(crate) fn reports(bytes: &[u8]) -> Result<Found<ReportObject>, Problems> {
    objects(bytes, report)
}

fn objects<T>(bytes: &[u8], read: fn(&mut Reader, &At) -> Option<T>) -> Result<Found<T>, Problems> {
    let value = json(bytes)?;
    let mut reader = Reader::default();
    let root = At { value: &value, place: "$".to_owned() };
    let all = if value.is_array() { reader.list(&root) } else { vec![root] };
    let objects = all.iter().filter_map(|at| read(&mut reader, at)).collect();
    Ok(Found { objects, ignored: reader.finish()? })
}

const METADATA: [&str; 4] = ["id", "createdDateTime", "modificationDateTime", "objectType"];

fn event(reader: &mut Reader, at: &At) -> Option<EventObject> {
    let own = [
        "programID",
        "eventName",
        "duration",
        "priority",
        "targets",
        "reportDescriptors",
        "payloadDescriptors",
        "intervalPeriod",
        "intervals",
    ];
    let fields = reader.object(at, &[&METADATA[..], &own].concat())?;
    let metadata = metadata(reader, &fields, "EVENT");
    let program_id = reader
        .require(&fields, "programID", "name the programme that the event belongs to")
        .and_then(|at| reader.id(&at));
    let period = fields.get("intervalPeriod").and_then(|at| self::period(reader, &at));
    let object = EventObject {
        metadata,
        program_id: program_id.unwrap_or_default(),
        name: fields.get("eventName").and_then(|at| reader.any_text(&at)),
        duration: fields.get("duration").and_then(|at| duration(reader, &at)),
        priority: fields.get("priority").and_then(|at| reader.integer(&at, 0, i64::MAX)).map(i64::unsigned_abs),
        targets: targets(reader, &fields),
        report_descriptors: each(reader, &fields, "reportDescriptors", report_descriptor),
        payload_descriptors: each(reader, &fields, "payloadDescriptors", event_descriptor),
        period,
        intervals: each(reader, &fields, "intervals", |reader, at| interval(reader, at, of_event)),
    };
    Some(object)
}

fn report(reader: &mut Reader, at: &At) -> Option<ReportObject> {
    let own = ["programID", "eventID", "clientID", "clientName", "reportName", "payloadDescriptors", "resources"];
    let fields = reader.object(at, &[&METADATA[..], &own].concat())?;
    let metadata = metadata(reader, &fields, "REPORT");
    let event_id =
        reader.require(&fields, "eventID", "name the event that is reported on").and_then(|at| reader.id(&at));
    let client = reader.require(&fields, "clientName", "name who reports").and_then(|at| reader.text(&at));
    let hint = "write [ ] with an object for each resource";
    let resources = match reader.require(&fields, "resources", hint) {
        Some(_) => each(reader, &fields, "resources", resource),
        None => Vec::new(),
    };
    Some(ReportObject {
        metadata,
        program_id: fields.get("programID").and_then(|at| reader.id(&at)),
        event_id: event_id.unwrap_or_default(),
        client: client.unwrap_or_default(),
        name: fields.get("reportName").and_then(|at| reader.any_text(&at)),
        payload_descriptors: each(reader, &fields, "payloadDescriptors", report_payload_descriptor),
        resources,
    })
}

fn metadata(reader: &mut Reader, fields: &Fields, kind: &str) -> Metadata {
    if let Some(at) = fields.get("objectType")
        && let Some(text) = reader.any_text(&at)
        && text != kind
    {
        let hint = format!("give an object of type \"{kind}\"");
        reader.flag(&at.place, format!("the object is of type {}", quoted(&text)), hint);
    }
    let mut stamp = |name| {
        let at = fields.get(name)?;
        reader.spelt(&at, "time", TIME_HINT, Stamp::parse)
    };
    let [created, modified] = ["createdDateTime", "modificationDateTime"].map(&mut stamp);
    Metadata { id: fields.get("id").and_then(|at| reader.id(&at)), created, modified }
}

/// The items of a list that may be missing.
fn each<T>(
    reader: &mut Reader,
    fields: &Fields,
    name: &str,
    mut read: impl FnMut(&mut Reader, &At) -> Option<T>,
) -> Vec<T> {
    let Some(at) = fields.get(name) else { return Vec::new() };
    reader.list(&at).iter().filter_map(|at| read(reader, at)).collect()
}

fn resource(reader: &mut Reader, at: &At) -> Option<ReportResource> {
    let fields = reader.object(at, &["resourceName", "intervalPeriod", "intervals"])?;
    let name = reader.require(&fields, "resourceName", "name the resource").and_then(|at| reader.text(&at));
    let hint = "write [ ] with an object for each interval";
    let intervals = match reader.require(&fields, "intervals", hint) {
        Some(_) => each(reader, &fields, "intervals", |reader, at| interval(reader, at, of_report)),
        None => Vec::new(),
    };
    let period = fields.get("intervalPeriod").and_then(|at| period(reader, &at));
    Some(ReportResource { name: name.unwrap_or_default(), period, intervals })
}

fn period(reader: &mut Reader, at: &At) -> Option<Period> {
    let fields = reader.object(at, &["start", "duration", "randomizeStart"])?;
    Some(Period {
        start: fields.get("start").and_then(|at| reader.spelt(&at, "time", TIME_HINT, When::parse)),
        duration: fields.get("duration").and_then(|at| duration(reader, &at)),
        randomize_start: fields.get("randomizeStart").and_then(|at| duration(reader, &at)),
    })
}

fn duration(reader: &mut Reader, at: &At) -> Option<Duration> {
    reader.spelt(at, "duration", DURATION_HINT, Duration::parse)
}

fn interval(reader: &mut Reader, at: &At, rule: fn(&str) -> Rule) -> Option<Interval> {
    let fields = reader.object(at, &["id", "intervalPeriod", "payloads"])?;
    let id = reader.require(&fields, "id", "number the interval").and_then(|at| int32(reader, &at));
    let hint = "write [ ] with {\"type\": ..., \"values\": [...]} in it";
    let payloads = match reader.require(&fields, "payloads", hint) {
        Some(_) => each(reader, &fields, "payloads", |reader, at| values_map(reader, at, rule)),
        None => Vec::new(),
    };
    let period = fields.get("intervalPeriod").and_then(|at| period(reader, &at));
    Some(Interval { id: id.unwrap_or_default(), period, payloads })
}

fn int32(reader: &mut Reader, at: &At) -> Option<i32> {
    reader.integer(at, i32::MIN.into(), i32::MAX.into()).map(|number| number as i32)
}

fn values_map(reader: &mut Reader, at: &At, rule: fn(&str) -> Rule) -> Option<ValuesMap> {
    let fields = reader.object(at, &["type", "values"])?;
    let kind = reader.require(&fields, "type", "say what the values are, as in \"PRICE\"");
    let kind = kind.and_then(|at| reader.text(&at))?;
    let values = reader.require(&fields, "values", "write the values in [ ], even a single one")?;
    let rule = rule(&kind);
    let mut read = Vec::new();
    for at in reader.list(&values) {
        let Some(value) = self::value(reader, &at) else { continue };
        if !rule.allows(&value) {
            reader.flag(&at.place, format!("{} is no value of {kind}", shown(at.value)), rule.hint());
        }
        read.push(value);
    }
    Some(ValuesMap { kind, values: read })
}

fn value(reader: &mut Reader, at: &At) -> Option<Value> {
    match at.value {
        serde_json::Value::Number(number) => Some(Value::Number(number.clone())),
        serde_json::Value::String(text) => Some(Value::Text(text.clone())),
        &serde_json::Value::Bool(flag) => Some(Value::Flag(flag)),
        serde_json::Value::Object(_) => {
            let fields = reader.object(at, &["x", "y"])?;
            let hint = "write a point, as in {\"x\": 1.0, \"y\": 2.0}";
            let mut part = |name| {
                let at = reader.require(&fields, name, hint)?;
                reader.number(&at)
            };
            let (x, y) = (part("x"), part("y"));
            Some(Value::Point(x?, y?))
        }
        serde_json::Value::Null | serde_json::Value::Array(_) => {
            reader.flag(&at.place, format!("{} is no value", shown(at.value)), Rule::Anything.hint());
            None
        }
    }
}

fn targets(reader: &mut Reader, fields: &Fields) -> Vec<Target> {
    each(reader, fields, "targets", |reader, at| {
        if at.value.is_object() {
            values_map(reader, at, |_| Rule::Anything).map(Target::Typed)
        } else {
            reader.text(at).map(Target::Text)
        }
    })
}

fn event_descriptor(reader: &mut Reader, at: &At) -> Option<EventDescriptor> {
    let fields = reader.object(at, &["objectType", "payloadType", "units", "currency"])?;
    let kind = payload_type(reader, &fields)?;
    let mut text = |name| fields.get(name).and_then(|at| reader.text(&at));
    Some(EventDescriptor { kind, units: text("units"), currency: text("currency") })
}

fn report_payload_descriptor(reader: &mut Reader, at: &At) -> Option<ReportPayloadDescriptor> {
    let known = ["objectType", "payloadType", "readingType", "units", "accuracy", "confidence"];
    let fields = reader.object(at, &known)?;
    let kind = payload_type(reader, &fields)?;
    let mut text = |name| fields.get(name).and_then(|at| reader.text(&at));
    let (reading, units) = (text("readingType"), text("units"));
    let accuracy = fields.get("accuracy").and_then(|at| reader.number(&at));
    let confidence = fields.get("confidence").and_then(|at| reader.integer(&at, 0, 100)).map(|percent| percent as u8);
    Some(ReportPayloadDescriptor { kind, reading, units, accuracy, confidence })
}

fn report_descriptor(reader: &mut Reader, at: &At) -> Option<ReportDescriptor> {
    let known = [
        "payloadType",
        "readingType",
        "units",
        "targets",
        "aggregate",
        "startInterval",
        "numIntervals",
        "historical",
        "frequency",
        "repeat",
        "reportIntervals",
    ];
    let fields = reader.object(at, &known)?;
    let kind = payload_type(reader, &fields)?;
    let mut text = |name| fields.get(name).and_then(|at| reader.text(&at));
    let [reading, units, report_intervals] = ["readingType", "units", "reportIntervals"].map(&mut text);
    let mut number = |name| fields.get(name).and_then(|at| int32(reader, &at));
    let [start_interval, num_intervals, frequency, repeat] =
        ["startInterval", "numIntervals", "frequency", "repeat"].map(&mut number);
    let mut flag = |name| fields.get(name).and_then(|at| reader.flag_value(&at));
    let [aggregate, historical] = ["aggregate", "historical"].map(&mut flag);
    let targets = targets(reader, &fields);
    Some(ReportDescriptor {
        kind,
        reading,
        units,
        targets,
        aggregate,
        start_interval,
        num_intervals,
        historical,
        frequency,
        repeat,
        report_intervals,
    })
}

fn payload_type(reader: &mut Reader, fields: &Fields) -> Option<String> {
    let at = reader.require(fields, "payloadType", "say which payloads it is about, as in \"USAGE\"")?;
    reader.text(&at)
}
