//! From an event of OpenADR to an event of voltcity.
//!
//! An event that voltcity has written comes back as it was. One of another's making says less: what it leaves open
//! comes from [`Defaults`], and what it says beyond an event record (prices, alerts, limits) is named as left out.

mod private;
mod targets;

use self::private::{Terms, whole_second};
use self::targets::Targets;
use super::model::{EventObject, Value};
use super::reader::{Problems, Reader, quoted};
use super::schedule::{Schedule, schedule};
use super::time::{Stamp, TIME_HINT};
use super::{terms, vocabulary};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use voltcity::market::baseline::{Adjust, Method};
use voltcity::market::event::{CallClass, Cap, DropOut, Event, Invited, PARTS_PER_MILLION, Prices, Scope, id};
use voltcity::market::settlement::Price;
use voltcity::units::{Energy, Money};

/// What holds where an event says nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Defaults {
    /// When it was announced, if its server does not say either.
    pub(crate) notice: Option<DateTime>,
    /// What is paid.
    pub(crate) prices: Prices,
    /// How delivery is measured.
    pub(crate) baseline: Method,
}

impl Default for Defaults {
    /// Prices of real-time precise response in Shenzhen: 5 yuan/kWh to the operator (Shenzhen Special Zone Daily, July
    /// 2023), 4 yuan/kWh to the owner for discharging and 0.8 for charging at another time (China Energy News, May
    /// 2024). The baseline is an assumption: the rule of Jiangsu (2015).
    fn default() -> Self {
        let prices =
            Prices { operator: Price(5_000_000), owner_discharge: Price(4_000_000), owner_shift: Price(800_000) };
        Self { notice: None, prices, baseline: Method::LastFive(Adjust::None) }
    }
}

/// An event, and what was said beyond it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Imported {
    /// The event.
    pub(crate) event: Event,
    /// Places of payloads that an event record has no field for, with their types.
    pub(crate) left_out: Vec<String>,
}

/// The event record of an event of OpenADR. Local civil time is so far from UTC.
///
/// Without a term that says otherwise, the version is 1, the issuer is the programme, the class is the slowest that the
/// notice allows, an event without a priority comes last, and ramp and recovery take no time.
///
/// # Errors
/// Everything that keeps it from being one, each with its place in the JSON.
pub(crate) fn event(object: &EventObject, defaults: &Defaults, offset: Offset) -> Result<Imported, Problems> {
    let mut reader = Reader::default();
    let terms = Terms::collect(object, &mut reader);
    let notice = notice(object, &terms, defaults, offset, &mut reader);
    let schedule = schedule(object, notice, offset, &mut reader);
    let targets = Targets::collect(object, &mut reader);
    let class = terms.named(terms::CLASS, &CallClass::ALL, CallClass::name, &mut reader);
    let priority = match object.priority {
        None => u8::MAX,
        Some(priority) => u8::try_from(priority).unwrap_or_else(|_| {
            reader.flag("$.priority", format!("the priority is {priority}"), "write 0 to 255, 0 first");
            u8::MAX
        }),
    };
    let version = terms.integer(terms::VERSION, &mut reader);
    let id = event_id(object, &mut reader);
    let issuer = terms.text(terms::ISSUER, &mut reader).unwrap_or_else(|| object.program_id.clone());
    let [ramp_s, recovery_s] =
        [terms::RAMP, terms::RECOVERY].map(|term| terms.span_s(term, &mut reader).unwrap_or_default());
    units(object, &mut reader);
    let prices = prices(&terms, defaults, &mut reader);
    let cap = Cap {
        energy: terms.single(terms::CAP_ENERGY, "a whole number of joules", Value::integer, &mut reader).map(Energy),
        money: terms.yuan(terms::CAP_MONEY, &mut reader),
    };
    let baseline = terms.named(terms::BASELINE, &Method::ALL, Method::name, &mut reader).unwrap_or(defaults.baseline);
    let invited = invited(&terms, &targets, &mut reader);
    let mut drop_outs = drop_outs(&terms, offset, &mut reader);
    drop_outs.sort();
    let (Some(id), Some(notice), Some(schedule)) = (id, notice, schedule) else {
        return Err(reader.finish().err().unwrap_or(Problems(Vec::new())));
    };
    let Schedule { start, direction, intervals, randomise_start_s } = schedule;
    let event = Event {
        id,
        version: version.unwrap_or(1),
        issuer,
        scope: targets.scope.unwrap_or(Scope::City),
        direction,
        class: class.unwrap_or_else(|| CallClass::of_lead(notice, start)),
        priority,
        notice,
        start,
        intervals,
        ramp_s,
        recovery_s,
        randomise_start_s,
        prices,
        cap,
        baseline,
        invited,
        drop_outs,
    };
    for fault in event.faults() {
        reader.flag("$", format!("the event is not sound: {} (`{}`)", fault.message, fault.field), fault.hint);
    }
    reader.finish()?;
    Ok(Imported { event, left_out: left_out(object) })
}

/// Its own name, if that can be an id, and else the server's id for it.
fn event_id(object: &EventObject, reader: &mut Reader) -> Option<String> {
    let is_id = |text: &&String| id(text).is_none();
    let found = object.name.iter().chain(&object.metadata.id).find(is_id).cloned();
    if found.is_none() {
        let hint = "write an `eventName` of letters of ASCII, digits, `-` and `_`, or take the event from its server, \
                    which gives it an `id`";
        reader.flag("$", "the event has neither an `id` nor an `eventName` that can be one", hint);
    }
    found
}

/// When the event was announced: as it says, or when the server last changed or made it, or by default.
fn notice(
    object: &EventObject,
    terms: &Terms,
    defaults: &Defaults,
    offset: Offset,
    reader: &mut Reader,
) -> Option<DateTime> {
    let said = terms.time(terms::NOTICE, offset, reader);
    let stamped = object.metadata.modified.or(object.metadata.created);
    let found = said.or_else(|| stamped.map(|stamp| whole_second(stamp.civil(offset)))).or(defaults.notice);
    if found.is_none() {
        let hint = "give the time of its notice, or take the event from its server, which adds `createdDateTime`";
        reader.flag("$", "nothing says when the event was announced", hint);
    }
    found
}

/// Terms in another unit or currency than they are defined in would be read wrong.
fn units(object: &EventObject, reader: &mut Reader) {
    for (i, descriptor) in object.payload_descriptors.iter().enumerate() {
        let (unit, currency) = match descriptor.kind.as_str() {
            terms::PRICE_OPERATOR | terms::PRICE_DISCHARGE | terms::PRICE_SHIFT => {
                (Some(vocabulary::KWH), Some(terms::YUAN))
            }
            terms::CAP_ENERGY => (Some(terms::JOULE), None),
            terms::CAP_MONEY => (None, Some(terms::YUAN)),
            _ => continue,
        };
        for (field, said, right) in [("units", &descriptor.units, unit), ("currency", &descriptor.currency, currency)] {
            if let (Some(said), Some(right)) = (said, right)
                && said != right
            {
                let message = format!("{} is in {}", descriptor.kind, quoted(said));
                let place = format!("$.payloadDescriptors[{i}].{field}");
                reader.flag(&place, message, format!("write \"{right}\", and the values in it"));
            }
        }
    }
}

fn prices(terms: &Terms, defaults: &Defaults, reader: &mut Reader) -> Prices {
    let mut price = |term, default| terms.yuan(term, reader).map_or(default, |Money(micro)| Price(micro));
    Prices {
        operator: price(terms::PRICE_OPERATOR, defaults.prices.operator),
        owner_discharge: price(terms::PRICE_DISCHARGE, defaults.prices.owner_discharge),
        owner_shift: price(terms::PRICE_SHIFT, defaults.prices.owner_shift),
    }
}

fn invited(terms: &Terms, targets: &Targets, reader: &mut Reader) -> Invited {
    let share = terms.single(terms::INVITED_SHARE, "a share", Value::number, reader);
    let share_ppm = share.map(|share| count(share, PARTS_PER_MILLION.into()).unwrap_or(0));
    Invited {
        kinds: targets.kinds.clone(),
        aggregators: targets.aggregators.clone(),
        share_ppm,
        vehicles: terms.integer(terms::INVITED_VEHICLES, reader),
        discharging: terms.integer(terms::INVITED_DISCHARGING, reader),
        stations: terms.integer(terms::INVITED_STATIONS, reader),
    }
}

fn drop_outs(terms: &Terms, offset: Offset, reader: &mut Reader) -> Vec<DropOut> {
    let time = |value: &Value| Stamp::parse(value.text()?).map(|stamp| whole_second(stamp.civil(offset)));
    let mut all = Vec::new();
    for (place, map) in terms.all(terms::DROP_OUT) {
        let found = match map.values.as_slice() {
            [name, from] => name.text().zip(time(from)).map(|(name, from)| (name, from, None)),
            [name, from, until] => match (name.text(), time(from), time(until)) {
                (Some(name), Some(from), Some(until)) => Some((name, from, Some(until))),
                _ => None,
            },
            _ => None,
        };
        if let Some((name, from, until)) = found {
            all.push(DropOut { aggregator: name.to_owned(), from, until });
        } else {
            let hint = format!("write the name of an aggregator and one or two times; {TIME_HINT}");
            reader.flag(&format!("{place}.values"), "these values are no drop-out", hint);
        }
    }
    all
}

/// Parts of a whole as a count of them; none if it does not fit.
fn count(share: f64, parts: f64) -> Option<u32> {
    let count = libm::rint(share * parts);
    (0.0..=f64::from(u32::MAX)).contains(&count).then_some(count as u32)
}

/// Payloads that are neither power nor a term of ours.
fn left_out(object: &EventObject) -> Vec<String> {
    let mut found = Vec::new();
    for (i, interval) in object.intervals.iter().enumerate() {
        for (k, map) in interval.payloads.iter().enumerate() {
            if map.kind != vocabulary::RELATIVE && !map.kind.starts_with(terms::PREFIX) {
                found.push(format!("$.intervals[{i}].payloads[{k}]: {}", map.kind));
            }
        }
    }
    found
}
