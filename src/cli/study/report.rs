//! What `voltcity study` says: to a planner at a terminal, and to machines.

use super::Found;
use super::rungs::{Climbed, FIRST, Limit, Rung, SATURATED};
use crate::cli::chart::{Glyphs, figure, table, thousands};
use serde_json::{Value, json};
use voltcity::fleet::charger::GunKind;
use voltcity::market::ladder::Tightest;
use voltcity::units::Power;

/// What the columns mean.
const MEANING: &str = " Guns are two-way ones, those of V2G stations among them. Cars that can give are
   those of drivers who have agreed once they are plugged in; at these: at a
   two-way gun that is heard from; in time: who can be charged again in time.
 MW is what they can deliver for the whole time; in wires: what transformers,
   feeders and substations let through; sold anyway: at the standing tariff.
 Per 1,000 guns: the mean; 1,000 more: what a rung adds to the one below it.
 Binding: transformers whose reverse flow would be above their rating.
";

fn mw(power_w: i64) -> String {
    figure(Power(power_w).mw())
}

/// A share in per cent.
fn percent(share: f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

/// MW for each thousand guns: small figures, of which small differences count.
fn some(value: Option<f64>) -> String {
    value.map_or_else(String::new, |mw| format!("{mw:.3}"))
}

/// The report.
pub(super) fn text(found: &Found, glyphs: Glyphs) -> String {
    let study = &found.study;
    let head = format!(
        "{}: {}\n{}, held for {} min (seed {})\n\nV2G by the share of ordinary guns that are two-way, in MW at the meter\n",
        study.name,
        found.world,
        study.at.strftime("%A, %Y-%m-%d %H:%M"),
        study.class.response().hold_s() / 60,
        found.seed,
    );
    let mut parts = vec![head];
    for (number, climbed) in (1..).zip(&found.ladders) {
        let tables = [vehicles(climbed, glyphs), power(climbed, glyphs)].join("\n");
        parts.push(format!("Ladder {number}: {}\n\n{tables}\n{}", climbed.name, sentences(found, climbed)));
    }
    parts.extend([places(found, glyphs), MEANING.to_owned()]);
    parts.join("\n")
}

/// How many vehicles stand where on the way to a delivered kilowatt-hour.
fn vehicles(climbed: &Climbed, glyphs: Glyphs) -> String {
    let row = |rung: &Rung| {
        let (reach, f) = (&rung.reach, &rung.reach.funnel);
        let counts = [reach.guns, f.capable, reach.plugged_anywhere, f.plugged, f.above_floor, f.able];
        core::iter::once(percent(rung.share)).chain(counts.map(|n| thousands(n as i64))).collect()
    };
    let rows: Vec<Vec<String>> = climbed.rungs.iter().map(row).collect();
    let head = ["Share", "Guns", "Can give", "Plugged in", "at these", "above floor", "in time"];
    table(&head, &rows, glyphs)
}

/// What they can deliver.
fn power(climbed: &Climbed, glyphs: Glyphs) -> String {
    let row = |(rung, marginal): (&Rung, Option<f64>)| {
        let reach = &rung.reach;
        let mut cells = vec![percent(rung.share), mw(reach.able_w), mw(reach.through_w), mw(reach.sold_w)];
        cells.extend([some(rung.average()), some(marginal), thousands(reach.binding[0] as i64)]);
        cells.extend(rung.wires.iter().flat_map(|wires| [mw(-wires.through_w), mw(-wires.supply_w)]));
        cells
    };
    let rows: Vec<Vec<String>> = climbed.rungs.iter().zip(climbed.marginals()).map(row).collect();
    let mut head = vec!["Share", "MW", "in wires", "sold anyway", "per 1,000", "1,000 more", "binding"];
    if climbed.rungs.iter().any(|rung| rung.wires.is_some()) {
        head.extend(["solved", "at 110 kV"]);
    }
    table(&head, &rows, glyphs)
}

/// Where it saturates, what limits it, which transformer binds first, and what of it is no reserve.
fn sentences(found: &Found, climbed: &Climbed) -> String {
    let Some(top) = climbed.rungs.last() else { return String::new() };
    let said = [saturation(climbed, top), limit(top), tightest(found, climbed), tariff(top)];
    said.into_iter().filter(|sentence| !sentence.is_empty()).map(|sentence| wrapped(&sentence)).collect()
}

fn saturation(climbed: &Climbed, top: &Rung) -> String {
    let Some((_, first)) = climbed.yardstick() else { return "The first guns bring nothing.".to_owned() };
    let first = format!("the {} MW that a thousand of the first bring (up to {})", some(Some(first)), percent(FIRST));
    let Some(from) = climbed.saturates() else {
        let last = climbed.marginals().last().copied().flatten().unwrap_or(0.0);
        let share = percent(top.share);
        return format!(
            "Does not saturate up to {share}: the last thousand guns bring {} MW, beside {first}.",
            some(Some(last))
        );
    };
    let (below, rung) = (&climbed.rungs[from - 1], &climbed.rungs[from]);
    format!(
        "Saturates between {} and {}: from there on, a thousand more guns bring {} MW or less, below {} of {first}.",
        percent(below.share),
        percent(rung.share),
        some(climbed.marginals()[from..].iter().flatten().copied().reduce(f64::max)),
        percent(SATURATED),
    )
}

fn limit(top: &Rung) -> String {
    let reach = &top.reach;
    let cars = format!(
        "{} of the {} cars that could be called stand at a two-way gun",
        thousands(reach.funnel.plugged as i64),
        thousands(reach.plugged_anywhere as i64),
    );
    match top.limit() {
        Limit::Nothing => "Nobody can deliver anything.".to_owned(),
        Limit::Wires => {
            format!(
                "What limits it at {}: wires, which let through {} of {} MW.",
                percent(top.share),
                mw(reach.through_w),
                mw(reach.able_w)
            )
        }
        Limit::Cars => format!("What limits it at {}: cars, not guns or wires: {cars}.", percent(top.share)),
        Limit::Guns => format!("What limits it at {}: guns, not wires: {cars}.", percent(top.share)),
    }
}

fn tightest(found: &Found, climbed: &Climbed) -> String {
    let Some((rung, t)) = climbed.tightest() else { return String::new() };
    let share = percent(climbed.rungs[rung].share);
    let kw = |w: i64| thousands(w / 1_000);
    let what = format!(
        "transformer {} of {} kVA in zone {}, {}",
        t.node,
        thousands(i64::from(t.rating_va) / 1_000),
        found.tree.zone_ids[usize::from(t.zone)],
        district(found, &t),
    );
    let flows = format!(
        "without them its net load is {} kW; {} can deliver {} kW",
        kw(t.others_w),
        cars(t.vehicles),
        kw(t.able_w),
    );
    if t.binds() {
        format!("First to bind, at {share}: {what}: {flows}, of which it lets through {} kW.", kw(t.room_w))
    } else {
        let left = kw(t.room_w - t.able_w);
        format!("No transformer binds up to {share}. Tightest: {what}: {flows}, and {left} kW of room are left.")
    }
}

fn district<'a>(found: &'a Found, t: &Tightest) -> &'a str {
    &found.tree.districts[usize::from(found.tree.zone_district[usize::from(t.zone)])]
}

/// So many cars.
fn cars(count: u64) -> String {
    if count == 1 { "1 car".to_owned() } else { format!("{} cars", thousands(count as i64)) }
}

/// What the standing tariff has set flowing before anybody calls.
fn tariff(top: &Rung) -> String {
    let reach = &top.reach;
    if reach.sold_w == 0 {
        return String::new();
    }
    format!(
        "Of the {} MW at {}, {} are no reserve: owners sell them anyway at the peak price of the standing V2G tariff. A call adds the other {}.",
        mw(reach.able_w),
        percent(top.share),
        mw(reach.sold_w),
        mw(reach.able_w - reach.sold_w),
    )
}

/// A sentence in lines of a terminal.
fn wrapped(sentence: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in sentence.split(' ') {
        if column > 0 && column + 1 + word.chars().count() > 80 {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out += word;
        column += word.chars().count();
    }
    out + "\n"
}

/// At which guns it would be delivered, on the last rung of each ladder.
fn places(found: &Found, glyphs: Glyphs) -> String {
    let tops: Vec<&Rung> = found.ladders.iter().filter_map(|climbed| climbed.rungs.last()).collect();
    let rows: Vec<Vec<String>> = GunKind::ALL
        .into_iter()
        .filter(|kind| tops.iter().any(|top| top.reach.by_kind_w[*kind as usize] > 0))
        .map(|kind| {
            let powers = tops.iter().map(|top| mw(top.reach.by_kind_w[kind as usize]));
            core::iter::once(kind.label().to_owned()).chain(powers).collect()
        })
        .collect();
    let share = found.study.shares.last().copied().unwrap_or(0.0);
    let ladders = (1..=tops.len()).map(|number| format!("ladder {number}"));
    let head: Vec<String> = core::iter::once(format!("MW at {}", percent(share))).chain(ladders).collect();
    table(&head.iter().map(String::as_str).collect::<Vec<_>>(), &rows, glyphs)
}

/// Everything, for machines.
pub(super) fn value(found: &Found) -> Value {
    let study = &found.study;
    json!({
        "version": 1,
        "study": study.name,
        "world": found.world,
        "seed": found.seed,
        "at": study.at.to_string(),
        "class": study.class.response().label(),
        "hold_s": study.class.response().hold_s(),
        "ladders": found.ladders.iter().map(|climbed| ladder(found, climbed)).collect::<Vec<_>>(),
    })
}

fn ladder(found: &Found, climbed: &Climbed) -> Value {
    let rungs = climbed.rungs.iter().zip(climbed.marginals()).map(|(rung, marginal)| {
        let reach = &rung.reach;
        let kinds = GunKind::ALL.into_iter().zip(reach.by_kind_w).filter(|(_, w)| *w > 0);
        json!({
            "share": rung.share,
            "two_way_guns": reach.guns,
            "plugged_anywhere": reach.plugged_anywhere,
            "funnel": reach.funnel,
            "mw": Power(reach.able_w).mw(),
            "mw_within_limits": rung.mw(),
            "mw_sold_already": Power(reach.sold_w).mw(),
            "mw_by_gun": kinds.map(|(k, w)| (k.label().to_owned(), json!(Power(w).mw()))).collect::<serde_json::Map<_, _>>(),
            "mw_per_1000_guns": rung.average(),
            "mw_per_1000_more": marginal,
            "binding": { "transformers": reach.binding[0], "feeders": reach.binding[1], "substations": reach.binding[2] },
            "tightest": reach.tightest.first().map(|t| transformer(found, t)),
            "tightest_ten": reach.tightest.iter().map(|t| transformer(found, t)).collect::<Vec<_>>(),
            "solved": rung.wires.as_ref().map(|wires| json!({ "through_mw": Power(-wires.through_w).mw(),
                "at_110_kv_mw": Power(-wires.supply_w).mw(), "areas_held": wires.held.len() })),
        })
    });
    let first = climbed.yardstick();
    json!({
        "name": climbed.name,
        "rungs": rungs.collect::<Vec<_>>(),
        "first_mw_per_1000": first.map(|(_, gain)| gain),
        "saturates_at": climbed.saturates().map(|i| climbed.rungs[i].share),
        "first_binds_at": climbed.rungs.iter().find(|rung| rung.reach.binding[0] > 0).map(|rung| rung.share),
    })
}

fn transformer(found: &Found, t: &Tightest) -> Value {
    json!({
        "transformer": t.node,
        "zone": found.tree.zone_ids[usize::from(t.zone)],
        "district": district(found, t),
        "rating_kva": f64::from(t.rating_va) / 1e3,
        "others_kw": t.others_w as f64 / 1e3,
        "able_kw": t.able_w as f64 / 1e3,
        "room_kw": t.room_w as f64 / 1e3,
        "vehicles": t.vehicles,
        "binds": t.binds(),
    })
}
