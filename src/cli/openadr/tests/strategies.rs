//! Events and objects of OpenADR of all kinds.

use crate::cli::openadr::model::{
    EventDescriptor, EventObject, Interval, Metadata, Period, ReportDescriptor, ReportObject, ReportPayloadDescriptor,
    ReportResource, Target, Value, ValuesMap,
};
use crate::cli::openadr::time::{Duration, Stamp, When};
use jiff::civil::datetime;
use jiff::tz::Offset;
use proptest::prelude::*;
use voltcity::market::baseline::Method;
use voltcity::market::event::{self as record, CallClass, Cap, DropOut, Event, Invited, Prices, Scope, after};
use voltcity::market::resource::{Direction, ResourceKind};
use voltcity::market::settlement::Price;
use voltcity::units::{Energy, Money, Power};

/// Names with what might confuse a reader in them.
fn names() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["operator 01", "深圳 一号", "a:b", "KIND:solar"]).prop_map(str::to_owned)
}

fn scopes() -> impl Strategy<Value = Scope> {
    prop_oneof![
        Just(Scope::City),
        names().prop_map(Scope::District),
        any::<u32>().prop_map(Scope::Substation),
        any::<u32>().prop_map(Scope::Feeder),
        any::<u32>().prop_map(Scope::Area),
    ]
}

/// Intervals of any length, or many of one.
fn asked() -> impl Strategy<Value = Vec<record::Interval>> {
    let of = |(duration_s, w)| record::Interval { duration_s, power: Power(w) };
    let any = (1_u32..20_000, prop_oneof![Just(0), 0_i64..=record::POWER_W_MAX]).prop_map(of);
    let even = (1_i64..1_000_000, 1_usize..20).prop_map(move |(w, n)| vec![of((900, w)); n]);
    prop_oneof![prop::collection::vec(any, 1..6), even]
}

fn invitations() -> impl Strategy<Value = Invited> {
    (
        prop::collection::btree_set(prop::sample::select(ResourceKind::ALL.to_vec()), 0..4),
        prop::collection::btree_set(names(), 0..3),
        prop::option::of(1_u32..=1_000_000),
        prop::option::of((1_u32..9_999, 0_u32..9_999)),
        prop::option::of(1_u32..),
    )
        .prop_map(|(mut kinds, aggregators, share_ppm, vehicles, stations)| {
            if vehicles.is_some() && !kinds.is_empty() {
                kinds.insert(ResourceKind::V2g);
            }
            let discharging = vehicles.map(|(all, some)| some % (all + 1));
            Invited { kinds, aggregators, share_ppm, vehicles: vehicles.map(|(all, _)| all), discharging, stations }
        })
}

fn payments() -> impl Strategy<Value = (Prices, Cap)> {
    let price = || (0_i64..=Price::MAX.0).prop_map(Price);
    let energy = prop::option::of((1_i64..=record::ENERGY_J_MAX).prop_map(Energy));
    let money = prop::option::of((1_i64..=record::MONEY_MAX).prop_map(Money));
    (price(), price(), price(), energy, money).prop_map(|(operator, owner_discharge, owner_shift, energy, money)| {
        (Prices { operator, owner_discharge, owner_shift }, Cap { energy, money })
    })
}

/// Sound events, and some that are not.
pub(super) fn events() -> impl Strategy<Value = Event> {
    let labels = ("[A-Za-z0-9_-]{1,20}", 1_u32.., "[a-z 深]{1,9}x", any::<u8>(), any::<bool>());
    let times = (0_i64..200_000, 0_u32..600, 0_u32..86_400, 0_u32..100, -1_000_000_000_i64..1_000_000_000);
    let outs = prop::collection::vec((0_i64..9_000, prop::option::of(1_i64..9_000)), 0..3);
    let class = prop::sample::select(CallClass::ALL.to_vec());
    let parts = (scopes(), asked(), prop::sample::select(Method::ALL.to_vec()), invitations(), payments());
    (labels, parts, (times, class, outs)).prop_map(|(labels, parts, (times, class, outs))| {
        let (id, version, issuer, priority, raise) = labels;
        let (scope, intervals, baseline, invited, (prices, cap)) = parts;
        let (lead_s, ramp_s, recovery_s, randomise_start_s, shift_s) = times;
        let start = after(datetime(2024, 7, 25, 18, 0, 0, 0), shift_s);
        let aggregator = |i| invited.aggregators.iter().nth(i).cloned().unwrap_or_else(|| format!("operator {i}"));
        let mut drop_outs: Vec<DropOut> = (outs.into_iter().enumerate())
            .map(|(i, (from_s, until_s))| DropOut {
                aggregator: aggregator(i),
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
            prices,
            cap,
            baseline,
            invited,
            drop_outs,
        }
    })
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

pub(super) fn event_objects() -> impl Strategy<Value = EventObject> {
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

pub(super) fn report_objects() -> impl Strategy<Value = ReportObject> {
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
