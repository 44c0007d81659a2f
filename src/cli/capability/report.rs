//! What `voltcity capability` says: to a planner at a terminal, and to machines.

use super::{Found, wires};
use crate::cli::chart::{Glyphs, figure, table, thousands};
use serde_json::{Map, Value, json};
use voltcity::market::capability::{Cell, LEAST_AGGREGATOR_W};
use voltcity::market::resource::{ResourceKind, ResponseClass};
use voltcity::units::Power;

/// The class of response by which the headline is told: sustained for an hour.
const HEADLINE: usize = ResponseClass::Hour as usize;
/// Rows of the lists of the largest.
const LARGEST: usize = 8;
/// Transformer areas in the file, the largest first.
const AREAS: usize = 1_000;
/// Width of a bar of the day's curve.
const BAR: i64 = 50;

fn mw(power_w: i64) -> String {
    figure(Power(power_w).mw())
}

fn some_mw(power_w: i64) -> String {
    if power_w == 0 { String::new() } else { mw(power_w) }
}

/// The report.
pub(super) fn text(found: &Found, beside: Option<&Found>, glyphs: Glyphs) -> String {
    let mut parts = vec![headline(found), kinds(found, glyphs)];
    parts.extend(beside.map(|beside| more(found, beside, glyphs)));
    parts.extend(found.wires.as_ref().map(|wires| wires::text(found, wires, glyphs)));
    parts.extend([lists(found, glyphs), funnel(found, glyphs), day(found, glyphs)]);
    parts.join("\n")
}

/// What the world has more of than another, kind by kind.
fn more(found: &Found, beside: &Found, glyphs: Glyphs) -> String {
    let row = |name: &str, now: &Cell, before: &Cell| {
        let [now_w, before_w] = [now, before].map(|cell| cell.down_w[HEADLINE]);
        vec![name.to_owned(), mw(before_w), mw(now_w), mw(now_w - before_w)]
    };
    let of = |found: &Found, kind| found.table.kinds.get(&kind).copied().unwrap_or_default();
    let mut rows: Vec<Vec<String>> = ResourceKind::ALL
        .into_iter()
        .map(|kind| row(kind.label(), &of(found, kind), &of(beside, kind)))
        .filter(|row| row[1] != "0.00" || row[2] != "0.00")
        .collect();
    rows.push(row("all", &found.table.city, &beside.table.city));
    let head = ["Down for an hour, MW", &beside.world, &found.world, "More"];
    table(&head, &rows, glyphs)
}

fn headline(found: &Found) -> String {
    let city = &found.table.city;
    let published = found.published.get("vpp_adjustable_mw");
    let beside = published.map_or_else(String::new, |p| format!("   (published {}: {})", figure(p.value), p.source));
    let few = found.table.aggregators.values().filter(|cell| cell.down_w[HEADLINE] < LEAST_AGGREGATOR_W).count();
    format!(
        "{}\n{}, {} (seed {})\n\nReal-time adjustable load: {} MW down for an hour, {} MW up{beside}\n\
         connected: {} MW of {} resources, {} of which are heard from\n\
         {few} of {} aggregators can lower their load by less than 5 MW for an hour (Guangdong's least)\n",
        found.world,
        found.at.strftime("%A"),
        found.at.strftime("%Y-%m-%d %H:%M"),
        found.seed,
        mw(city.down_w[HEADLINE]),
        mw(city.up_w[HEADLINE]),
        mw(city.connected_w),
        thousands(found.now.joined as i64),
        thousands(found.now.heard as i64),
        found.aggregators.len(),
    )
}

/// By kind of resource and class of response.
fn kinds(found: &Found, glyphs: Glyphs) -> String {
    let row = |name: &str, cell: &Cell| {
        let mut row = vec![name.to_owned(), thousands(cell.resources as i64), some_mw(cell.connected_w)];
        row.extend(cell.down_w[..3].iter().map(|w| some_mw(*w)));
        row.push(some_mw(cell.up_w[HEADLINE]));
        row
    };
    let mut rows: Vec<Vec<String>> = found.table.kinds.iter().map(|(kind, cell)| row(kind.label(), cell)).collect();
    rows.push(row("all", &found.table.city));
    let head = ["Adjustable now, MW", "Entries", "Connected", "5 min", "15 min", "1 h", "Up, 1 h"];
    table(&head, &rows, glyphs)
}

/// The largest aggregators, and the districts.
fn lists(found: &Found, glyphs: Glyphs) -> String {
    let row = |name: String, cell: &Cell| {
        let flag = if cell.down_w[HEADLINE] < LEAST_AGGREGATOR_W { "below 5 MW" } else { "" };
        vec![
            name,
            thousands(cell.resources as i64),
            mw(cell.down_w[HEADLINE]),
            mw(cell.up_w[HEADLINE]),
            flag.to_owned(),
        ]
    };
    let mut operators: Vec<(&u16, &Cell)> = found.table.aggregators.iter().collect();
    operators.sort_by_key(|(k, cell)| (-cell.down_w[HEADLINE], **k));
    let mut rows: Vec<Vec<String>> = operators
        .iter()
        .take(LARGEST)
        .map(|(k, cell)| row(found.aggregators[usize::from(**k)].clone(), cell))
        .collect();
    if operators.len() > LARGEST {
        let others = operators[LARGEST..].iter().map(|(_, cell)| cell.down_w[HEADLINE]).sum();
        rows.push(vec![format!("{} others", operators.len() - LARGEST), String::new(), mw(others)]);
        rows.iter_mut().for_each(|row| row.resize(5, String::new()));
    }
    let by_operator = table(&["Aggregator", "Entries", "Down 1 h, MW", "Up 1 h, MW", ""], &rows, glyphs);
    let rows: Vec<Vec<String>> = found
        .table
        .districts
        .iter()
        .map(|(k, cell)| row(found.districts[usize::from(*k)].clone(), cell)[..4].to_vec())
        .collect();
    let by_district = table(&["District", "Entries", "Down 1 h, MW", "Up 1 h, MW"], &rows, glyphs);
    [by_operator, by_district].join("\n")
}

/// From vehicles that could to those that would deliver now.
fn funnel(found: &Found, glyphs: Glyphs) -> String {
    let f = &found.now.funnel;
    let steps = [
        ("can discharge", f.capable),
        ("drivers have agreed", f.enrolled),
        ("plugged in at a connected two-way gun", f.plugged),
        ("above what owner and next trip need", f.above_floor),
        ("with time to be charged again", f.able),
    ];
    let rows: Vec<Vec<String>> =
        steps.iter().map(|(name, count)| vec![(*name).to_owned(), thousands(*count as i64)]).collect();
    table(&["V2G", "Vehicles"], &rows, glyphs)
}

/// The day, hour by hour.
fn day(found: &Found, glyphs: Glyphs) -> String {
    let most = found.hours.iter().map(|hour| hour.city.down_w[HEADLINE]).max().unwrap_or(0).max(1);
    let mark = if glyphs == Glyphs::Ascii { "#" } else { "█" };
    let head = "Adjustable down for an hour, MW, at each hour of the day\n".to_owned();
    found.hours.iter().enumerate().fold(head, |text, (hour, table)| {
        let power_w = table.city.down_w[HEADLINE];
        let bar = mark.repeat((power_w * BAR / most) as usize);
        text + &format!("  {hour:02}:00 {:>7}  {bar}\n", mw(power_w))
    })
}

fn cell(cell: &Cell) -> Value {
    let by_class = |watts: &[i64; 4]| {
        let entries = ResponseClass::ALL.iter().zip(watts);
        Value::Object(entries.map(|(class, w)| (class.label().to_owned(), json!(Power(*w).mw()))).collect())
    };
    json!({
        "resources": cell.resources,
        "connected_mw": Power(cell.connected_w).mw(),
        "adjustable_mw": Power(cell.down_w[HEADLINE]).mw(),
        "down_mw": by_class(&cell.down_w),
        "up_mw": by_class(&cell.up_w),
    })
}

/// Everything, for machines.
pub(super) fn value(found: &Found, beside: Option<&Found>) -> Value {
    let table = &found.table;
    let kinds: Map<String, Value> = table
        .kinds
        .iter()
        .map(|(kind, sums)| (json!(kind).as_str().unwrap_or_default().to_owned(), cell(sums)))
        .collect();
    let aggregator = |(k, sums): (&u16, &Cell)| {
        let mut value = cell(sums);
        value["name"] = json!(found.aggregators[usize::from(*k)]);
        value["below_least"] = json!(sums.down_w[HEADLINE] < LEAST_AGGREGATOR_W);
        value
    };
    let mut areas: Vec<(&u32, &Cell)> = table.areas.iter().collect();
    areas.sort_by_key(|(k, sums)| (-sums.down_w[HEADLINE], **k));
    let area = |(k, sums): &(&u32, &Cell)| {
        let mut value = cell(sums);
        value["transformer"] = json!(k);
        value["rating_kva"] = json!(f64::from(found.ratings_va[**k as usize]) / 1e3);
        value
    };
    let districts = table.districts.iter().map(|(k, sums)| (found.districts[usize::from(*k)].clone(), cell(sums)));
    json!({
        "version": 1,
        "world": found.world,
        "at": found.at.to_string(),
        "seed": found.seed,
        "resources_joined": found.now.joined,
        "resources_heard": found.now.heard,
        "city": cell(&table.city),
        "kinds": kinds,
        "aggregators": table.aggregators.iter().map(aggregator).collect::<Vec<_>>(),
        "districts": districts.collect::<Map<String, Value>>(),
        "areas_in_all": areas.len(),
        "areas": areas.iter().take(AREAS).map(area).collect::<Vec<_>>(),
        "v2g_funnel": found.now.funnel,
        "wires": found.wires.as_ref().map(|wires| wires::value(found, wires)),
        "beside": beside.map(|beside| value(beside, None)),
        "hours": found.hours.iter().map(|hour| cell(&hour.city)).collect::<Vec<_>>(),
    })
}
