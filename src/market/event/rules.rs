//! What makes an event record sound, whichever format it came in.
//!
//! Each rule tells the field, what is wrong and what would be right. The rules of single parts stand alone, so that a
//! reader of a format can apply them to the parts it could read.

use super::{CallClass, DropOut, Event, Interval, Invited, PARTS_PER_MILLION, Scope, seconds_between};
use crate::clock::{DAY_S, HOUR_S};
use crate::market::resource::ResourceKind;
use crate::market::settlement::Price;
use core::ops::RangeInclusive;
use jiff::civil::DateTime;

/// Years in which an event may lie.
pub const YEARS: RangeInclusive<i16> = 1_990..=2_100;
/// Characters of an id, at most: what an object id of OpenADR may have.
pub const ID_CHARS_MAX: usize = 128;
/// Characters of the name of an issuer, a district or an aggregator, at most: with what it is for in front of it, it
/// must fit a target of OpenADR, which has at most 128.
pub const NAME_CHARS_MAX: usize = 100;
/// Intervals, at most.
pub const INTERVALS_MAX: usize = 1_000;
/// Names or drop-outs in a list, at most.
pub const LISTED_MAX: usize = 1_000;
/// Length of all intervals together in s, at most: a day, beyond which a baseline would look into the event itself.
pub const TOTAL_S_MAX: u32 = DAY_S;
/// Ramp, recovery and spread of the start in s, at most: a day.
pub const PERIOD_S_MAX: u32 = DAY_S;
/// Power in W that may be asked, at most: what a settlement takes, four times the peak of the city.
pub const POWER_W_MAX: i64 = crate::market::exact::MAX_POWER_W;
/// Cap in J, at most: what the greatest power makes in the longest event.
pub const ENERGY_J_MAX: i64 = POWER_W_MAX * TOTAL_S_MAX as i64;
/// Cap in micro-yuan, at most: a billion yuan.
pub const MONEY_MAX: i64 = 1_000_000_000_000_000;
/// Least notice in s of the classes that are called by the hour and by the minute.
pub const CLASS_NOTICE_S: [(CallClass, u32); 2] = [(CallClass::Hour, HOUR_S), (CallClass::Minute, 60)];

/// One thing that is wrong with an event record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field, as in `intervals[2].duration_s`.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: String,
}

impl Fault {
    /// A fault of a field.
    pub fn new(field: impl Into<String>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), hint: hint.into() }
    }
}

impl Event {
    /// Everything that is wrong with the record in itself; whether what it names exists is another matter.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        faults.extend(id(&self.id));
        faults.extend(in_range("version", i64::from(self.version), 1..=i64::from(u32::MAX), ""));
        faults.extend(name("issuer", &self.issuer));
        if let Scope::District(district) = &self.scope {
            faults.extend(name("scope", district));
        }
        faults.extend(reach_of_time("notice", self.notice));
        faults.extend(reach_of_time("start", self.start));
        self.asked(&mut faults);
        faults.extend(lead(self.class, self.notice, self.start, self.randomise_start_s));
        self.paid(&mut faults);
        faults.extend(invited(&self.invited));
        if self.drop_outs.len() > LISTED_MAX {
            faults.push(too_many("drop_outs", self.drop_outs.len(), LISTED_MAX));
        }
        for (i, out) in self.drop_outs.iter().take(LISTED_MAX).enumerate() {
            let own = drop_out(out, &self.invited, self.recovered());
            faults.extend(
                own.into_iter().map(|fault| Fault { field: format!("drop_outs[{i}].{}", fault.field), ..fault }),
            );
        }
        faults
    }

    /// Intervals, ramp, recovery and the spread of the start.
    fn asked(&self, faults: &mut Vec<Fault>) {
        match self.intervals.len() {
            0 => faults.push(Fault::new("intervals", "there is no interval", "give at least one")),
            n if n > INTERVALS_MAX => faults.push(too_many("intervals", n, INTERVALS_MAX)),
            _ => {}
        }
        for (i, interval) in self.intervals.iter().take(INTERVALS_MAX).enumerate() {
            let longest = 1..=i64::from(TOTAL_S_MAX);
            faults.extend(in_range(&format!("intervals[{i}].duration_s"), interval.duration_s.into(), longest, " s"));
            faults.extend(in_range(&format!("intervals[{i}].power"), interval.power.0, 0..=POWER_W_MAX, " W"));
        }
        faults.extend(shape(&self.intervals, self.ramp_s));
        let periods =
            [("ramp_s", self.ramp_s), ("recovery_s", self.recovery_s), ("randomise_start_s", self.randomise_start_s)];
        for (field, period_s) in periods {
            faults.extend(in_range(field, period_s.into(), 0..=i64::from(PERIOD_S_MAX), " s"));
        }
    }

    /// Prices and caps.
    fn paid(&self, faults: &mut Vec<Fault>) {
        let prices = [
            ("prices.operator", self.prices.operator),
            ("prices.owner_discharge", self.prices.owner_discharge),
            ("prices.owner_shift", self.prices.owner_shift),
        ];
        for (field, price) in prices {
            faults.extend(in_range(field, price.0, 0..=Price::MAX.0, " micro-yuan"));
        }
        if let Some(energy) = self.cap.energy {
            faults.extend(in_range("cap.energy", energy.0, 1..=ENERGY_J_MAX, " J"));
        }
        if let Some(money) = self.cap.money {
            faults.extend(in_range("cap.money", money.0, 1..=MONEY_MAX, " micro-yuan"));
        }
    }
}

/// Intervals that ask for something, for no longer than an event may last, with a ramp that ends before they do.
pub fn shape(intervals: &[Interval], ramp_s: u32) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !intervals.is_empty() && intervals.iter().all(|interval| interval.power.0 == 0) {
        faults.push(Fault::new("intervals", "no interval asks for any power", "give one a power above 0"));
    }
    let total_s: i64 = intervals.iter().map(|interval| i64::from(interval.duration_s)).sum();
    if total_s > i64::from(TOTAL_S_MAX) {
        let message = format!("the intervals take {total_s} s together");
        faults.push(Fault::new("intervals", message, format!("give at most {TOTAL_S_MAX} s, a day")));
    }
    if i64::from(ramp_s) > total_s && total_s > 0 {
        let message = format!("the ramp takes {ramp_s} s, longer than the {total_s} s of the event");
        faults.push(Fault::new("ramp_s", message, "give a ramp that ends before the event does"));
    }
    faults
}

/// An id that is short and means the same in a file name, a link and OpenADR.
pub fn id(id: &str) -> Option<Fault> {
    let is_plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let message = match id.chars().count() {
        0 => "`id` is empty".to_owned(),
        n if n > ID_CHARS_MAX => format!("`id` has {n} characters"),
        _ if !is_plain => "`id` has characters other than letters of ASCII, digits, `-` and `_`".to_owned(),
        _ => return None,
    };
    Some(Fault::new("id", message, format!("write 1 to {ID_CHARS_MAX} of them, as in \"2024-05-15\"")))
}

/// A date within the years in which an event may lie.
pub fn reach_of_time(field: &str, at: DateTime) -> Option<Fault> {
    let (from, to) = YEARS.into_inner();
    let message = format!("`{field}` is {}, which is not within {from} to {to}", at.date());
    (!YEARS.contains(&at.year())).then(|| Fault::new(field, message, "give a day of these years"))
}

/// The notice against the start and the class: what is called must have time to answer.
pub fn lead(class: CallClass, notice: DateTime, start: DateTime, randomise_start_s: u32) -> Vec<Fault> {
    let mut faults = Vec::new();
    let lead_s = seconds_between(notice, start);
    if lead_s < 0 {
        let message = "the event is announced after it starts";
        faults.push(Fault::new("notice", message, "give a notice that is no later than `start`"));
        return faults;
    }
    if lead_s < i64::from(randomise_start_s) {
        let message = format!(
            "resources may begin {randomise_start_s} s before the start, but the notice comes {lead_s} s before it"
        );
        faults.push(Fault::new("randomise_start_s", message, format!("give at most {lead_s} s, or an earlier notice")));
    }
    if class == CallClass::DayAhead && notice.date() >= start.date() {
        let message = "a day-ahead event is announced on its own day";
        faults.push(Fault::new("notice", message, "give a notice of a day before, or another class"));
    }
    for (of, least_s) in CLASS_NOTICE_S {
        if class == of && lead_s < i64::from(least_s) {
            let message =
                format!("the notice comes {lead_s} s before the start, too late for the class {}", class.name());
            faults.push(Fault::new("notice", message, format!("give at least {least_s} s, or a faster class")));
        }
    }
    faults
}

/// Invitations that do not contradict each other.
pub fn invited(invited: &Invited) -> Vec<Fault> {
    let mut faults = Vec::new();
    let Invited { kinds, aggregators, share_ppm, vehicles, discharging, stations } = invited;
    if let Some(ppm) = share_ppm {
        faults.extend(in_range("invited.share", (*ppm).into(), 1..=PARTS_PER_MILLION.into(), " millionths"));
    }
    if let (Some(all), Some(some)) = (vehicles, discharging)
        && some > all
    {
        let message = format!("{some} vehicles are invited to discharge, but only {all} at all");
        faults.push(Fault::new("invited.discharging", message, format!("give at most {all}")));
    }
    let counts = [
        ("vehicles", vehicles.is_some(), [ResourceKind::Charging, ResourceKind::V2g].as_slice()),
        ("discharging", discharging.is_some(), &[ResourceKind::V2g]),
    ];
    for (field, is_given, of) in counts {
        if is_given && !kinds.is_empty() && !of.iter().any(|kind| kinds.contains(kind)) {
            let names: Vec<&str> = of.iter().map(|kind| kind.name()).collect();
            let names = names.join(" or ");
            let message = format!("`invited.{field}` counts vehicles, but `invited.kinds` leaves theirs out");
            faults.push(Fault::new(format!("invited.{field}"), message, format!("add {names} to `invited.kinds`")));
        }
    }
    for (field, count) in [("vehicles", vehicles), ("stations", stations)] {
        if *count == Some(0) {
            let message = format!("`invited.{field}` is 0, which invites nobody");
            faults.push(Fault::new(format!("invited.{field}"), message, "leave it out, or give at least 1"));
        }
    }
    if aggregators.len() > LISTED_MAX {
        faults.push(too_many("invited.aggregators", aggregators.len(), LISTED_MAX));
    }
    faults.extend(aggregators.iter().filter_map(|aggregator| name("invited.aggregators", aggregator)));
    faults
}

/// A drop-out that can happen: of an aggregator that is invited, before the event is over, for some time.
pub fn drop_out(out: &DropOut, invited: &Invited, recovered: DateTime) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(name("aggregator", &out.aggregator));
    if !invited.aggregators.is_empty() && !invited.aggregators.contains(&out.aggregator) {
        let message = format!("`{}` drops out, but is not invited", out.aggregator);
        faults.push(Fault::new("aggregator", message, "name one of `invited.aggregators`"));
    }
    if out.from >= recovered {
        let message = "the drop-out begins when the event is over";
        faults.push(Fault::new("from", message, format!("give a time before {recovered}")));
    }
    if let Some(until) = out.until {
        if until <= out.from {
            let message = "the drop-out ends before it begins";
            faults.push(Fault::new("until", message, "give a time after `from`, or leave it out"));
        }
        faults.extend(reach_of_time("until", until));
    }
    faults.extend(reach_of_time("from", out.from));
    faults
}

/// A name that says something and is not too long.
pub fn name(field: &str, name: &str) -> Option<Fault> {
    let message = match name.chars().count() {
        _ if name.trim().is_empty() => format!("`{field}` is empty"),
        n if n > NAME_CHARS_MAX => format!("`{field}` has {n} characters"),
        _ => return None,
    };
    Some(Fault::new(field, message, format!("write 1 to {NAME_CHARS_MAX} characters")))
}

fn too_many(field: &str, count: usize, most: usize) -> Fault {
    Fault::new(field, format!("`{field}` has {count} entries"), format!("give at most {most}"))
}

fn in_range(field: &str, value: i64, range: RangeInclusive<i64>, unit: &str) -> Option<Fault> {
    let (low, high) = (range.start(), range.end());
    let hint = format!("give {low} to {high}{unit}");
    (!range.contains(&value)).then(|| Fault::new(field, format!("`{field}` is {value}{unit}"), hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::event::tests::may_event;
    use crate::market::event::{Cap, after};
    use crate::units::{Energy, Money, Power};
    use std::collections::BTreeSet;

    /// Fields at fault after a change to a sound event.
    fn fields(change: impl FnOnce(&mut Event)) -> Vec<String> {
        let mut event = may_event();
        change(&mut event);
        event.faults().into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn a_real_event_is_sound() {
        assert_eq!(may_event().faults(), []);
    }

    #[test]
    fn each_rule_finds_its_field() {
        assert_eq!(fields(|e| e.id.clear()), ["id"]);
        assert_eq!(fields(|e| e.id = "may event".to_owned()), ["id"]);
        assert_eq!(fields(|e| e.id = "x".repeat(129)), ["id"]);
        assert_eq!(fields(|e| e.version = 0), ["version"]);
        assert_eq!(fields(|e| e.issuer = " ".to_owned()), ["issuer"]);
        assert_eq!(fields(|e| e.scope = Scope::District("x".repeat(101))), ["scope"]);
        assert_eq!(fields(|e| e.notice = after(e.start, 1)), ["notice"]);
        assert_eq!(fields(|e| e.notice = after(e.start, -3_600)), ["notice"]);
        assert_eq!(fields(|e| (e.class, e.notice) = (CallClass::Hour, after(e.start, -3_599))), ["notice"]);
        assert_eq!(fields(|e| (e.class, e.notice) = (CallClass::Minute, after(e.start, -60))), [""; 0]);
        assert_eq!(fields(|e| (e.class, e.notice) = (CallClass::Direct, e.start)), [""; 0]);
        assert_eq!(
            fields(|e| (e.class, e.notice, e.randomise_start_s) = (CallClass::Second, e.start, 1)),
            ["randomise_start_s"]
        );
        assert_eq!(fields(|e| e.intervals.clear()), ["intervals"]);
        assert_eq!(fields(|e| e.intervals[0].power = Power(0)), ["intervals"]);
        assert_eq!(fields(|e| e.intervals[0].power = Power(-1)), ["intervals[0].power"]);
        assert_eq!(
            fields(|e| e.intervals.push(Interval { duration_s: 0, power: Power(1) })),
            ["intervals[1].duration_s"]
        );
        assert_eq!(fields(|e| e.intervals = vec![e.intervals[0]; 25]), ["intervals"]);
        assert_eq!(fields(|e| e.ramp_s = 3_601), ["ramp_s"]);
        assert_eq!(fields(|e| e.recovery_s = PERIOD_S_MAX + 1), ["recovery_s"]);
        assert_eq!(fields(|e| e.prices.owner_shift = Price(-1)), ["prices.owner_shift"]);
        assert_eq!(
            fields(|e| e.cap = Cap { energy: Some(Energy(0)), money: Some(Money(0)) }),
            ["cap.energy", "cap.money"]
        );
    }

    #[test]
    fn rules_between_fields() {
        assert_eq!(fields(|e| e.invited.discharging = Some(1_474)), ["invited.discharging"]);
        assert_eq!(
            fields(|e| e.invited.kinds = BTreeSet::from([ResourceKind::Solar])),
            ["invited.vehicles", "invited.discharging"]
        );
        assert_eq!(fields(|e| e.invited.stations = Some(0)), ["invited.stations"]);
        let out = |aggregator: &str, from, until| DropOut { aggregator: aggregator.to_owned(), from, until };
        assert_eq!(fields(|e| e.drop_outs = vec![out("a", e.start, None)]), [""; 0]);
        assert_eq!(fields(|e| e.drop_outs = vec![out("a", e.start, Some(e.start))]), ["drop_outs[0].until"]);
        assert_eq!(fields(|e| e.drop_outs = vec![out("a", e.recovered(), None)]), ["drop_outs[0].from"]);
        let uninvited = |e: &mut Event| {
            e.invited.aggregators.insert("b".to_owned());
            e.drop_outs = vec![out("a", e.start, None)];
        };
        assert_eq!(fields(uninvited), ["drop_outs[0].aggregator"]);
    }

    #[test]
    fn the_greatest_event_does_not_overflow() {
        let mut event = may_event();
        event.intervals = vec![Interval { duration_s: TOTAL_S_MAX, power: Power(POWER_W_MAX) }];
        assert_eq!(event.faults(), []);
        assert_eq!(event.energy(), Energy(ENERGY_J_MAX));
        event.intervals = vec![Interval { duration_s: u32::MAX, power: Power(i64::MIN) }; INTERVALS_MAX];
        assert!(event.faults().len() > INTERVALS_MAX);
    }
}
