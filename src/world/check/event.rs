//! Rules of an event file: each value judged where it stands, then the rules between values, then what it names.

use super::rules::Rules;
use super::section::SHARE;
use super::words::quoted;
use super::{begin, city, optional, section, table};
use crate::market::baseline::Method;
use crate::market::event::{
    self as record, CallClass, Cap, DropOut, ENERGY_J_MAX, Event, Fault, INTERVALS_MAX, Interval, Invited, LISTED_MAX,
    MONEY_MAX, PARTS_PER_MILLION, PERIOD_S_MAX, POWER_W_MAX, Prices, Scope, TOTAL_S_MAX,
};
use crate::market::resource::Direction;
use crate::market::settlement::Price;
use crate::units::{Energy, JOULES_PER_KWH, Money, Power};
use crate::world::event::{
    CapFile, DropOutRow, DropOutsFile, FIELDS, FORMAT, IntervalRow, IntervalsFile, InvitedFile, PricesFile, Targets,
};
use crate::world::figure::Figure;
use crate::world::problem::Problems;
use crate::world::schema::PublishedFile;
use crate::world::text::Document;
use jiff::civil::DateTime;
use std::collections::{BTreeMap, BTreeSet};

const W_PER_MW: f64 = 1e6;
const J_PER_MWH: f64 = 1_000.0 * JOULES_PER_KWH;
const MICRO: f64 = 1e6;

/// An event file that keeps every rule.
pub(in crate::world) struct SoundEvent {
    pub(in crate::world) event: Event,
    /// When this version calls the event off, if it does.
    pub(in crate::world) called_off: Option<DateTime>,
    pub(in crate::world) published: BTreeMap<String, PublishedFile>,
}

/// The event of a document that keeps every rule, and what was published of it.
///
/// # Errors
/// Every rule that is broken, at its place.
pub(in crate::world) fn event(document: &Document, targets: Option<&Targets>) -> Result<SoundEvent, Problems> {
    let (mut rules, _) = begin(document, FIELDS, FORMAT, "event")?;
    let event = fields(&mut rules, targets);
    let is_published = document.contains("published");
    let published = if is_published { table(&mut rules, "published", city::published) } else { Some(BTreeMap::new()) };
    let called_off = if document.contains("called_off") { time(&mut rules, "called_off") } else { None };
    if let (Some(event), Some(at)) = (&event, called_off)
        && at < event.notice
    {
        let hint = "nobody knows of an event before its notice: call it off later".to_owned();
        rules.flag("called_off", format!("`called_off` is {at}, before the notice of {}", event.notice), hint);
    }
    let sound = event.zip(published).map(|(event, published)| SoundEvent { event, called_off, published });
    rules.into_problems().into_result(sound)?.ok_or_else(Problems::new)
}

/// Reads and judges every field, so that the problems of all are reported at once.
fn fields(rules: &mut Rules, targets: Option<&Targets>) -> Option<Event> {
    let id = section(rules, "id", |id: &String, rules| faults(rules, record::id(id), str::to_owned));
    let version = section(rules, "version", |&version: &u32, rules| {
        rules.at("").value("version", version, 1.0..=f64::from(u32::MAX), "");
    });
    let issuer = section(rules, "issuer", |issuer: &Figure<String>, rules| {
        rules.at("").sourced("issuer", issuer);
        faults(rules, record::name("issuer", &issuer.0), value_of);
    });
    let scope = section(rules, "scope", |scope: &Figure<Scope>, rules| self::scope(scope, targets, rules));
    let direction = section(rules, "direction", |direction: &Figure<Direction>, rules| {
        rules.at("").sourced("direction", direction);
    });
    let class = section(rules, "class", |class, rules| rules.at("").sourced("class", class));
    let priority = section(rules, "priority", |priority, rules| rules.at("").sourced("priority", priority));
    let notice = time(rules, "notice");
    let start = time(rules, "start");
    let intervals = section(rules, "intervals", intervals);
    let [ramp_s, recovery_s, randomise_start_s] = ["ramp_s", "recovery_s", "randomise_start_s"].map(|field| {
        section(rules, field, |period_s: &Figure<u32>, rules| {
            rules.at("").number(field, period_s, 0.0..=f64::from(PERIOD_S_MAX), "s");
        })
    });
    let prices = section(rules, "prices", prices);
    let cap = optional(rules, "cap", cap);
    let baseline = section(rules, "baseline", |method: &Figure<Method>, rules| {
        rules.at("").sourced("baseline", method);
    });
    let invited = optional(rules, "invited", |file, rules| invited(file, targets, rules));
    let drop_outs = optional(rules, "drop_outs", |file: &DropOutsFile, rules| {
        let mut at = rules.at("drop_outs");
        at.source(&file.source);
        at.length("drop_outs.rows", file.rows.len(), 1..=LISTED_MAX);
    });
    let parts = Parts {
        class: class.map(|class: Figure<CallClass>| class.0),
        notice,
        start,
        intervals: intervals.filter(|_| rules.are_sound(&["intervals"])).map(|file| intervals_of(&file)),
        ramp_s: ramp_s.map(|s| s.0),
        recovery_s: recovery_s.map(|s| s.0),
        randomise_start_s: randomise_start_s.map(|s| s.0),
        invited: invited.filter(|_| rules.are_sound(&["invited"])).map(|file| invited_of(file.unwrap_or_default())),
    };
    parts.judge(rules);
    let drop_outs = drop_outs.map(|file| file.map_or_else(Vec::new, |file| file.rows));
    let drop_outs = drop_outs.and_then(|rows| self::drop_outs(&rows, &parts, targets, rules));
    Some(Event {
        id: id?,
        version: version?,
        issuer: issuer?.0,
        scope: scope?.0,
        direction: direction?.0,
        class: parts.class?,
        priority: priority?.0,
        notice: notice?,
        start: start?,
        intervals: parts.intervals?,
        ramp_s: parts.ramp_s?,
        recovery_s: parts.recovery_s?,
        randomise_start_s: parts.randomise_start_s?,
        prices: prices.filter(|_| rules.are_sound(&["prices"])).map(|file| prices_of(&file))?,
        cap: cap
            .filter(|_| rules.are_sound(&["cap"]))
            .map(|file| file.map(|file| cap_of(&file)).unwrap_or_default())?,
        baseline: baseline?.0,
        invited: parts.invited?,
        drop_outs: drop_outs?,
    })
}

/// The parts of an event that other parts are judged by, as far as they could be read.
struct Parts {
    class: Option<CallClass>,
    notice: Option<DateTime>,
    start: Option<DateTime>,
    intervals: Option<Vec<Interval>>,
    ramp_s: Option<u32>,
    recovery_s: Option<u32>,
    randomise_start_s: Option<u32>,
    invited: Option<Invited>,
}

impl Parts {
    /// The rules between values.
    fn judge(&self, rules: &mut Rules) {
        if let (Some(class), Some(notice), Some(start), Some(randomise_start_s)) =
            (self.class, self.notice, self.start, self.randomise_start_s)
        {
            faults(rules, record::lead(class, notice, start, randomise_start_s), value_of);
        }
        if let (Some(intervals), Some(ramp_s)) = (&self.intervals, self.ramp_s) {
            faults(rules, record::shape(intervals, ramp_s), value_of);
        }
        if let Some(invited) = &self.invited {
            faults(rules, record::invited(invited), value_of);
        }
    }

    /// When the last resource is back.
    fn recovered(&self) -> Option<DateTime> {
        let total_s: i64 = self.intervals.as_ref()?.iter().map(|i| i64::from(i.duration_s)).sum();
        Some(record::after(self.start?, total_s + i64::from(self.recovery_s?)))
    }
}

/// Notes what the rules of the record have found; `place` tells the path of a field.
fn faults(rules: &mut Rules, found: impl IntoIterator<Item = Fault>, place: impl Fn(&str) -> String) {
    for Fault { field, message, hint } in found {
        rules.flag(&place(&field), message, hint);
    }
}

/// The path of the value of a figure, or of the rows of a table: `notice[0]`, `intervals.rows[3].mw`.
fn value_of(field: &str) -> String {
    match field.strip_prefix("intervals") {
        Some(rest) => format!("intervals.rows{rest}"),
        None => format!("{field}[0]"),
    }
}

/// A figure that holds a time.
pub(super) fn time(rules: &mut Rules, field: &str) -> Option<DateTime> {
    let mut found = None;
    section(rules, field, |figure: &Figure<String>, rules| {
        rules.at("").sourced(field, figure);
        found = time_at(rules, &format!("{field}[0]"), field, &figure.0);
    });
    found
}

/// A time written as `2024-05-15 13:30` or `2024-05-15 13:30:05`, or a problem at `path`.
fn time_at(rules: &mut Rules, path: &str, field: &str, text: &str) -> Option<DateTime> {
    let spelt = |at: &DateTime| {
        let minute = format!("{} {:02}:{:02}", at.date(), at.hour(), at.minute());
        text == minute || text == format!("{minute}:{:02}", at.second())
    };
    let Some(at) = text.parse::<DateTime>().ok().filter(spelt) else {
        let message = format!("`{field}` is {}, which is no time", quoted(text));
        rules.flag(path, message, "write a local civil time as in \"2024-05-15 13:30\"");
        return None;
    };
    match record::reach_of_time(field, at) {
        Some(fault) => {
            rules.flag(path, fault.message, fault.hint);
            None
        }
        None => Some(at),
    }
}

fn scope(figure: &Figure<Scope>, targets: Option<&Targets>, rules: &mut Rules) {
    rules.at("").sourced("scope", figure);
    if let Scope::District(name) = &figure.0 {
        match targets {
            Some(targets) => rules.refers("scope[0]", name, targets.districts.iter().map(String::as_str), "districts"),
            None => faults(rules, record::name("scope", name), value_of),
        }
    }
    let Some(targets) = targets else { return };
    let (row, count, what) = match figure.0 {
        Scope::Substation(row) => (row, targets.substations, "substation"),
        Scope::Feeder(row) => (row, targets.feeders, "feeder"),
        Scope::Area(row) => (row, targets.transformers, "transformer"),
        Scope::City | Scope::District(_) => return,
    };
    if row as usize >= count {
        let world = if count == 1 { format!("has 1 {what}") } else { format!("has {count} {what}s") };
        let hint = match count {
            0 => "name another scope".to_owned(),
            1 => "write 0, the only row".to_owned(),
            _ => format!("write a row from 0 to {}", count - 1),
        };
        rules.flag("scope[0]", format!("`scope` is the {what} of row {row}, but the world {world}"), hint);
    }
}

fn intervals(file: &IntervalsFile, rules: &mut Rules) {
    let IntervalsFile { source, rows } = file;
    let mut at = rules.at("intervals");
    at.source(source);
    if !at.length("intervals.rows", rows.len(), 1..=INTERVALS_MAX) {
        return;
    }
    for (i, IntervalRow { duration_s, mw }) in rows.iter().enumerate() {
        let mut at = rules.at(&format!("intervals.rows[{i}]"));
        at.value("duration_s", *duration_s, 1.0..=f64::from(TOTAL_S_MAX), "s");
        at.value("mw", *mw, 0.0..=POWER_W_MAX as f64 / W_PER_MW, "MW");
    }
}

fn intervals_of(file: &IntervalsFile) -> Vec<Interval> {
    let of = |row: &IntervalRow| Interval { duration_s: row.duration_s, power: Power::round(row.mw * W_PER_MW) };
    file.rows.iter().map(of).collect()
}

fn prices(file: &PricesFile, rules: &mut Rules) {
    let PricesFile { operator, owner_discharge, owner_shift } = file;
    let mut at = rules.at("prices");
    for (field, price) in [("operator", operator), ("owner_discharge", owner_discharge), ("owner_shift", owner_shift)] {
        at.number(field, price, 0.0..=Price::MAX.0 as f64 / MICRO, "yuan/kWh");
    }
}

fn prices_of(file: &PricesFile) -> Prices {
    let price = |figure: &Figure<f64>| Price::from_yuan(figure.get());
    Prices {
        operator: price(&file.operator),
        owner_discharge: price(&file.owner_discharge),
        owner_shift: price(&file.owner_shift),
    }
}

fn cap(file: &CapFile, rules: &mut Rules) {
    let CapFile { energy_mwh, yuan } = file;
    let mut at = rules.at("cap");
    if let Some(figure) = energy_mwh {
        at.number("energy_mwh", figure, 1e-6..=ENERGY_J_MAX as f64 / J_PER_MWH, "MWh");
    }
    if let Some(figure) = yuan {
        at.number("yuan", figure, 1e-6..=MONEY_MAX as f64 / MICRO, "yuan");
    }
}

fn cap_of(file: &CapFile) -> Cap {
    Cap {
        energy: file.energy_mwh.as_ref().map(|figure| Energy::round(figure.get() * J_PER_MWH)),
        money: file.yuan.as_ref().map(|figure| Money::round(figure.get() * MICRO)),
    }
}

fn invited(file: &InvitedFile, targets: Option<&Targets>, rules: &mut Rules) {
    let InvitedFile { kinds, aggregators, share, vehicles, discharging, stations } = file;
    let mut at = rules.at("invited");
    if let Some(figure) = kinds {
        at.sourced("kinds", figure);
        at.length("invited.kinds[0]", figure.0.len(), 1..=100);
    }
    if let Some(figure) = share {
        let least = 1.0 / f64::from(PARTS_PER_MILLION);
        at.number("share", figure, least..=*SHARE.end(), "as a share");
    }
    for (field, count) in [("vehicles", vehicles), ("discharging", discharging), ("stations", stations)] {
        if let Some(figure) = count {
            at.sourced(field, figure);
        }
    }
    if let Some(figure) = aggregators {
        at.sourced("aggregators", figure);
        if at.length("invited.aggregators[0]", figure.0.len(), 1..=LISTED_MAX)
            && let Some(targets) = targets
        {
            for (i, name) in figure.0.iter().enumerate() {
                aggregator(&format!("invited.aggregators[0][{i}]"), name, targets, rules);
            }
        }
    }
}

fn aggregator(path: &str, name: &str, targets: &Targets, rules: &mut Rules) {
    rules.refers(path, name, targets.aggregators.iter().map(String::as_str), "aggregators");
}

fn invited_of(file: InvitedFile) -> Invited {
    Invited {
        kinds: file.kinds.map(|figure| BTreeSet::from_iter(figure.0)).unwrap_or_default(),
        aggregators: file.aggregators.map(|figure| BTreeSet::from_iter(figure.0)).unwrap_or_default(),
        share_ppm: file.share.map(|figure| libm::rint(figure.0 * f64::from(PARTS_PER_MILLION)) as u32),
        vehicles: file.vehicles.map(|figure| figure.0),
        discharging: file.discharging.map(|figure| figure.0),
        stations: file.stations.map(|figure| figure.0),
    }
}

/// The drop-outs in order, or nothing if one could not be read.
fn drop_outs(rows: &[DropOutRow], parts: &Parts, targets: Option<&Targets>, rules: &mut Rules) -> Option<Vec<DropOut>> {
    let mut all = Some(Vec::new());
    for (i, row) in rows.iter().enumerate().take(LISTED_MAX) {
        let path = format!("drop_outs.rows[{i}]");
        if let Some(targets) = targets {
            aggregator(&format!("{path}.aggregator"), &row.aggregator, targets, rules);
        }
        let from = time_at(rules, &format!("{path}.from"), "from", &row.from);
        let until = row.until.as_ref().map(|text| time_at(rules, &format!("{path}.until"), "until", text));
        let (Some(from), Some(until)) = (from, until.map_or(Some(None), |found| found.map(Some))) else {
            all = None;
            continue;
        };
        let out = DropOut { aggregator: row.aggregator.clone(), from, until };
        if let (Some(invited), Some(recovered)) = (&parts.invited, parts.recovered()) {
            faults(rules, record::drop_out(&out, invited, recovered), |field| format!("{path}.{field}"));
        }
        if let Some(all) = &mut all {
            all.push(out);
        }
    }
    if let Some(all) = &mut all {
        all.sort();
    }
    all
}
