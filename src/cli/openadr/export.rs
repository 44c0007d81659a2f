//! From an event of voltcity to an event of OpenADR.

use super::model::{
    EventDescriptor, EventObject, Interval, Metadata, Period, ReportDescriptor, Target, Value, ValuesMap,
};
use super::time::{Duration, Stamp, When};
use super::{terms, vocabulary};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use voltcity::market::event::{self, Event, PARTS_PER_MILLION, Scope};
use voltcity::market::resource::Direction;
use voltcity::units::Power;

/// What a server would be sent to announce an event in a programme, whose id is 1 to 128 letters of ASCII, digits, `-`
/// and `_`. Local civil time is so far from UTC.
pub(crate) fn event(event: &Event, program_id: &str, offset: Offset) -> EventObject {
    let first_s = event.intervals.first().map(|interval| interval.duration_s);
    let randomize_start = (event.randomise_start_s > 0).then(|| Duration::seconds(event.randomise_start_s));
    let period = Period {
        start: Some(When::At(Stamp::local(event.start, offset))),
        duration: first_s.map(Duration::seconds),
        randomize_start,
    };
    let mut intervals: Vec<Interval> = (event.intervals.iter().enumerate())
        .map(|(i, interval)| Interval {
            id: i32::try_from(i).unwrap_or(i32::MAX),
            period: (Some(interval.duration_s) != first_s)
                .then(|| Period { duration: Some(Duration::seconds(interval.duration_s)), ..Period::default() }),
            payloads: vec![ValuesMap::new(vocabulary::RELATIVE, [Value::of(signed_kw(event.direction, interval))])],
        })
        .collect();
    if let Some(first) = intervals.first_mut() {
        first.payloads.extend(private(event, offset));
    }
    let reports = [vocabulary::BASELINE, vocabulary::USAGE, vocabulary::DELTA_USAGE];
    EventObject {
        metadata: Metadata::default(),
        program_id: program_id.to_owned(),
        name: Some(event.id.clone()),
        duration: None,
        priority: Some(event.priority.into()),
        targets: targets(event),
        report_descriptors: reports.map(|kind| ReportDescriptor::new(kind, vocabulary::KWH)).into(),
        payload_descriptors: descriptors(event),
        period: Some(period),
        intervals,
    }
}

/// The change of consumption in kW.
fn signed_kw(direction: Direction, interval: &event::Interval) -> f64 {
    let Power(w) = match direction {
        Direction::Raise => interval.power,
        Direction::Reduce => -interval.power,
    };
    w as f64 / 1_000.0
}

/// Who is meant.
fn targets(event: &Event) -> Vec<Target> {
    let scope = match &event.scope {
        Scope::City => terms::CITY.to_owned(),
        Scope::District(name) => format!("{}{name}", terms::DISTRICT),
        Scope::Substation(row) => format!("{}{row}", terms::SUBSTATION),
        Scope::Feeder(row) => format!("{}{row}", terms::FEEDER),
        Scope::Area(row) => format!("{}{row}", terms::TRANSFORMER),
    };
    let aggregators = event.invited.aggregators.iter().map(|name| format!("{}{name}", terms::AGGREGATOR));
    let kinds = event.invited.kinds.iter().map(|kind| format!("{}{}", terms::KIND, kind.name()));
    [scope].into_iter().chain(aggregators).chain(kinds).map(Target::Text).collect()
}

/// What the payloads are in.
fn descriptors(event: &Event) -> Vec<EventDescriptor> {
    let described = |kind: &str, units: Option<&str>, currency: Option<&str>| EventDescriptor {
        kind: kind.to_owned(),
        units: units.map(str::to_owned),
        currency: currency.map(str::to_owned),
    };
    let mut all = vec![described(vocabulary::RELATIVE, Some(vocabulary::KW), None)];
    for kind in [terms::PRICE_OPERATOR, terms::PRICE_DISCHARGE, terms::PRICE_SHIFT] {
        all.push(described(kind, Some(vocabulary::KWH), Some(terms::YUAN)));
    }
    all.extend(event.cap.energy.map(|_| described(terms::CAP_ENERGY, Some(terms::JOULE), None)));
    all.extend(event.cap.money.map(|_| described(terms::CAP_MONEY, None, Some(terms::YUAN))));
    all
}

/// What OpenADR has no field for.
fn private(event: &Event, offset: Offset) -> Vec<ValuesMap> {
    let one = |kind: &str, value: Value| ValuesMap::new(kind, [value]);
    let time = |at: DateTime| Value::Text(Stamp::local(at, offset).to_string());
    let span = |seconds: u32| Value::Text(Duration::seconds(seconds).to_string());
    let yuan = |micro: i64| Value::of(micro as f64 / 1e6);
    let mut all = vec![
        one(terms::VERSION, i64::from(event.version).into()),
        one(terms::ISSUER, event.issuer.as_str().into()),
        one(terms::CLASS, event.class.name().into()),
        one(terms::NOTICE, time(event.notice)),
        one(terms::RAMP, span(event.ramp_s)),
        one(terms::RECOVERY, span(event.recovery_s)),
        one(terms::PRICE_OPERATOR, yuan(event.prices.operator.0)),
        one(terms::PRICE_DISCHARGE, yuan(event.prices.owner_discharge.0)),
        one(terms::PRICE_SHIFT, yuan(event.prices.owner_shift.0)),
    ];
    all.extend(event.cap.energy.map(|energy| one(terms::CAP_ENERGY, energy.0.into())));
    all.extend(event.cap.money.map(|money| one(terms::CAP_MONEY, yuan(money.0))));
    all.push(one(terms::BASELINE, event.baseline.name().into()));
    let share = |ppm: u32| Value::of(f64::from(ppm) / f64::from(PARTS_PER_MILLION));
    all.extend(event.invited.share_ppm.map(|ppm| one(terms::INVITED_SHARE, share(ppm))));
    let counts = [
        (terms::INVITED_VEHICLES, event.invited.vehicles),
        (terms::INVITED_DISCHARGING, event.invited.discharging),
        (terms::INVITED_STATIONS, event.invited.stations),
    ];
    all.extend(counts.into_iter().filter_map(|(kind, count)| Some(one(kind, i64::from(count?).into()))));
    for out in &event.drop_outs {
        let mut values = vec![Value::from(out.aggregator.as_str()), time(out.from)];
        values.extend(out.until.map(time));
        all.push(ValuesMap::new(terms::DROP_OUT, values));
    }
    all
}
