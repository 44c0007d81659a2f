//! What `voltcity event` says: to a planner at a terminal, and to machines.

use super::outcome::{Judged, Outcome};
use crate::cli::args::{EventRequest, PolicyName};
use crate::cli::chart::{Glyphs, figure, table, thousands};
use crate::cli::grid::account;
use crate::cli::outcome::NetworkOutcome;
use crate::cli::output;
use crate::cli::places::published_value;
use clap::ValueEnum;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use voltcity::market::event::EventNo;
use voltcity::market::pair::Pair;
use voltcity::market::resource::Direction;
use voltcity::market::settlement::Account;
use voltcity::units::{Energy, Money, Power};
use voltcity::world::schema::PublishedFile;

/// Characters of a bar of the load drawn.
const BAR: i64 = 46;
/// Length of a line of the drawing in s.
const LINE_S: u32 = 900;

/// What was run.
pub(super) struct Setting<'a> {
    pub(super) world: String,
    pub(super) policy: PolicyName,
    pub(super) request: &'a EventRequest,
    pub(super) published: &'a BTreeMap<String, PublishedFile>,
    /// What an OpenADR event says that has no place here.
    pub(super) left_out: &'a [String],
    pub(super) out: &'a Path,
}

impl Setting<'_> {
    fn policy(&self) -> String {
        let name = self.policy.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        match (self.request.powerflow_s, self.request.ignore_limits) {
            (Some(_), _) => name + ", within what the network carries as solved",
            (None, false) => name + ", within the limits of the grid",
            (None, true) => name,
        }
    }
}

fn mw(power_w: i64) -> String {
    figure(Power(power_w).mw())
}

fn mwh(energy_j: i64) -> String {
    figure(Energy(energy_j).kwh() / 1e3)
}

fn yuan(money: Money) -> String {
    thousands((money.f64() / 1e6).round() as i64)
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

/// The report.
pub(super) fn text(setting: &Setting, pair: &Pair, outcome: &Outcome, glyphs: Glyphs) -> String {
    [
        title(setting, pair),
        headline(setting, pair, outcome, glyphs),
        quarters(pair, outcome, glyphs),
        turnout(pair, glyphs),
        shortfall(outcome, glyphs),
        wires(pair, glyphs),
        money(outcome, glyphs),
        baselines(outcome, glyphs),
        drawing(pair, outcome, glyphs),
        left_out(setting),
        written(setting),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join("\n")
}

fn written(setting: &Setting) -> String {
    let names =
        [&[output::Account::EVENT.0, super::picture::NAME][..], &super::tables::NAMES, &super::files::OPENADR].concat();
    format!("Written to {}: {}\n", setting.out.display(), names.join(", "))
}

fn left_out(setting: &Setting) -> String {
    let lines = setting.left_out.iter().map(|place| format!("note: passed over in the event: {place}\n"));
    lines.collect()
}

fn title(setting: &Setting, pair: &Pair) -> String {
    let event = pair.conductor().event();
    let way = if event.direction == Direction::Reduce { "less" } else { "more" };
    let called_off = pair.conductor().called_off();
    let called_off = called_off.map_or_else(String::new, |at| at.strftime(", called off at %H:%M").to_string());
    let book = pair.desk().book();
    let beside = (1..book.len() as u32).map(|no| &book.versions(EventNo(no))[0]);
    let beside: String =
        beside.fold(String::new(), |all, e| all + &format!("beside it: event {}, priority {}\n", e.id, e.priority));
    format!(
        "{}\nevent {}, version {}: {} MW {way} from {} to {}{called_off}\n{beside}dispatched by {}\n",
        setting.world,
        event.id,
        event.version,
        figure(event.peak().mw()),
        event.start.strftime("%Y-%m-%d %H:%M"),
        event.end().strftime("%H:%M"),
        setting.policy(),
    )
}

/// What the network saw, without the event and with it; nothing when it was not solved.
fn wires(pair: &Pair, glyphs: Glyphs) -> String {
    let [Some(usual), Some(called)] = networks(pair) else { return String::new() };
    let rows: Vec<Vec<String>> = account::rows(&usual)
        .into_iter()
        .zip(account::rows(&called))
        .map(|(usual, called)| [usual, called[1..].to_vec()].concat())
        .collect();
    table(&["The network meanwhile", "without it", "with it"], &rows, glyphs)
}

/// What the network came to in both runs, without the event and with it.
fn networks(pair: &Pair) -> [Option<NetworkOutcome>; 2] {
    [&pair.usual, &pair.called].map(NetworkOutcome::of)
}

/// The figures to begin with.
fn headline(setting: &Setting, pair: &Pair, o: &Outcome, glyphs: Glyphs) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut row = |name: &str, value: String, key: &str| {
        let published = setting.published.get(key).map_or_else(String::new, |p| figure(p.value));
        rows.push(vec![name.to_owned(), value, published]);
    };
    row("requested, MWh", mwh(o.requested_j), "");
    row("delivered, MWh", mwh(o.delivered_j), "energy_mwh");
    let raises = pair.conductor().event().direction == Direction::Raise;
    row(if raises { "  by vehicles charging more" } else { "  by vehicles charging less" }, mwh(o.charging_j), "");
    row("  by vehicles discharging", mwh(o.discharge_j), "");
    row("  by buildings", mwh(o.buildings_j), "");
    row("  by storage", mwh(o.storage_j), "");
    let before = if raises { "held back before the start, MWh" } else { "load lower before the start, MWh" };
    row(before, mwh(o.before_j), "");
    row("response rate", percent(o.response_rate()), "");
    row("within 0.8 to 1.2 of the request", percent(o.sustained_share()) + " of quarters", "");
    let ramp = o.ramp_s.map_or_else(|| "never".to_owned(), |s| format!("{s} s"));
    row("90 % of the request after", ramp, "");
    row("rebound in the two hours after, MW", mw(o.rebound_peak_w), "");
    let share = (o.delivered_j > 0).then(|| o.rebound_j as f64 / o.delivered_j as f64);
    row("  energy, of what was delivered", percent(share), "");
    let taking_part = pair.conductor().turnout.taking_part();
    row("vehicles that took part", thousands(taking_part as i64), "vehicles");
    row("  discharging", thousands(pair.conductor().turnout.vehicles_discharging as i64), "discharging");
    row("trips harmed", thousands(o.trips_harmed as i64), "");
    row("trips late or lost on the day, without", thousands(o.trips_late[0] as i64), "");
    row("  with the event", thousands(o.trips_late[1] as i64), "");
    row("transformers pushed over their limit", thousands(o.pushed_over as i64), "");
    row("  relieved", thousands(o.relieved as i64), "");
    row("minutes of overload on the day, without", thousands(o.overload_s[0] as i64 / 60), "");
    row("  with the event", thousands(o.overload_s[1] as i64 / 60), "");
    let head = ["Headline", "Twin", "Published"];
    if rows.iter().all(|row| row[2].is_empty()) {
        rows.iter_mut().for_each(|row| row.truncate(2));
        return table(&head[..2], &rows, glyphs);
    }
    table(&head, &rows, glyphs)
}

fn time(pair: &Pair, second: u32) -> String {
    let text = pair.called.calendar().civil(second);
    text.split('T').nth(1).unwrap_or(&text).to_owned()
}

fn quarters(pair: &Pair, o: &Outcome, glyphs: Glyphs) -> String {
    let row = |q: &super::outcome::Quarter| {
        let rate = (q.requested_w > 0).then(|| q.delivered_w as f64 / q.requested_w as f64);
        vec![time(pair, q.from_s), mw(q.requested_w), mw(q.delivered_w), percent(rate), mw(q.told_w)]
    };
    let rows: Vec<Vec<String>> = o.quarters.iter().map(row).collect();
    table(&["From", "Requested, MW", "Delivered, MW", "Response", "Told, MW"], &rows, glyphs)
}

/// Who was asked, and what became of it.
fn turnout(pair: &Pair, glyphs: Glyphs) -> String {
    let t = &pair.conductor().turnout;
    let f = pair.conductor().funnel.unwrap_or_default();
    let steps = [
        ("stations, buildings, storage units invited", t.members_invited),
        ("  points of these stations", t.points_invited),
        ("vehicles asked", t.vehicles_invited),
        ("  accepted", t.vehicles_accepted),
        ("  of these not there after all", t.no_shows),
        ("  promised to put off", t.promised),
        ("    of these would have come, and waited", t.put_off),
        ("  held back to charge during the event", t.held_back),
        ("  called by a set-point", t.vehicles_called),
        ("  owners who took over meanwhile", t.opted_out),
        ("V2G at the start: vehicles that can", f.capable),
        ("  drivers have agreed", f.enrolled),
        ("  plugged in at a connected two-way gun", f.plugged),
        ("  above what owner and next trip need", f.above_floor),
        ("  with time to be charged again", f.able),
        ("  owners who had set out for a two-way gun", t.came),
        ("  called to discharge", t.vehicles_discharging),
    ];
    let rows: Vec<Vec<String>> =
        steps.iter().map(|(name, count)| vec![(*name).to_owned(), thousands(*count as i64)]).collect();
    table(&["Turnout", "Number"], &rows, glyphs)
}

/// Causes of a shortfall: the name in files, the words for a planner, and the share in 1/1,000,000.
fn causes(o: &Outcome) -> [(&'static str, &'static str, i64); 8] {
    let s = &o.shortfall;
    [
        ("declined", "owners declined", s.declined_ppm),
        ("away", "vehicles were elsewhere", s.away_ppm),
        ("at_floor", "batteries were at their floor", s.at_floor_ppm),
        ("one_way_gun", "guns that can only charge", s.one_way_gun_ppm),
        ("feeder_cap", "no room in transformers or feeders", s.feeder_cap_ppm),
        ("communications", "messages that did not come through", s.communications_ppm),
        ("not_enrolled", "nobody else had joined", s.not_enrolled_ppm),
        ("unfollowed", "called, but late, gone or less than told", s.unfollowed_ppm),
    ]
}

fn shortfall(o: &Outcome, glyphs: Glyphs) -> String {
    let rows: Vec<Vec<String>> = causes(o)
        .into_iter()
        .filter(|(_, _, ppm)| *ppm > 0)
        .map(|(_, words, ppm)| vec![words.to_owned(), format!("{:.1} %", ppm as f64 / 1e4)])
        .collect();
    if rows.is_empty() { String::new() } else { table(&["Shortfall, by cause", "Share"], &rows, glyphs) }
}

fn money(o: &Outcome, glyphs: Glyphs) -> String {
    let rows: Vec<Vec<String>> = [Account::Fund, Account::Operator, Account::Owner, Account::Retailer, Account::Wear]
        .into_iter()
        .map(|account| vec![account.name().to_owned(), yuan(o.accounts.balance(account))])
        .chain([vec!["sum".to_owned(), yuan(o.accounts.total())]])
        .collect();
    let note = o.unbased.as_ref().map_or_else(String::new, |error| {
        format!("The event's own baseline could not be made ({error}): settled by the counterfactual.\n")
    });
    let unsettled = o.unsettled.as_ref().map_or_else(String::new, |error| format!("Nothing was settled: {error}\n"));
    let wear = o.wear.as_ref().map_or_else(String::new, |band| {
        let yuan = |money: Money| figure(money.f64() / 1e6);
        format!(
            "Wear of a battery: {} to {} yuan for a kWh discharged, by four models.\n",
            yuan(band.low),
            yuan(band.high)
        )
    });
    table(&["Money against a day without", "yuan"], &rows, glyphs) + &wear + &note + &unsettled
}

fn baselines(o: &Outcome, glyphs: Glyphs) -> String {
    let row = |judged: &Judged| {
        let [bias, rmse] = judged
            .score
            .as_ref()
            .map_or_else(|_| ["-".to_owned(), "-".to_owned()], |score| [mw(score.bias_w), mw(score.rmse_w)]);
        let gaming = judged.gaming.as_ref().map_or_else(|_| "-".to_owned(), |gain| yuan(*gain));
        vec![judged.name.to_owned(), bias, rmse, gaming]
    };
    let rows: Vec<Vec<String>> = o.baselines.iter().map(row).collect();
    table(&["Baseline against the counterfactual", "Bias, MW", "RMSE, MW", "Gaming, yuan"], &rows, glyphs)
}

/// The difference that the event made, from an hour before to two hours after.
fn drawing(pair: &Pair, o: &Outcome, glyphs: Glyphs) -> String {
    let (Some(first), Some(last)) = (o.quarters.first(), o.quarters.last()) else { return String::new() };
    let step_s = i64::from(pair.called.clock().step_s);
    let before_s = super::picture::before_s(pair.conductor().event().direction);
    let lines: Vec<(u32, i64)> = (first.from_s.saturating_sub(before_s)..last.from_s + 3 * 3_600)
        .step_by(LINE_S as usize)
        .filter_map(|from_s| {
            let moments = pair.moments.iter().filter(|m| (from_s..from_s + LINE_S).contains(&m.at_s));
            let (sum, count) = moments.fold((0, 0), |(j, n), m| (j + m.called.net_j() - m.usual.net_j(), n + 1));
            (count > 0).then(|| (from_s, sum / (count * step_s)))
        })
        .collect();
    let most = lines.iter().map(|(_, w)| w.abs()).max().unwrap_or(1).max(1);
    let (less, more) = if glyphs == Glyphs::Ascii { ("-", "+") } else { ("░", "█") };
    let head = "Load with the event less load without, MW\n".to_owned();
    lines.into_iter().fold(head, |text, (from_s, watts)| {
        let mark = if watts < 0 { less } else { more };
        text + &format!(
            "  {} {:>8}  {}\n",
            time(pair, from_s),
            mw(watts),
            mark.repeat((watts.abs() * BAR / most) as usize)
        )
    })
}

/// Each method against the counterfactual, or why it could not be made.
fn baselines_value(o: &Outcome) -> Map<String, Value> {
    let row = |judged: &Judged| {
        let gaming = judged.gaming.as_ref().ok().map(|gain| gain.f64() / 1e6);
        let value = match &judged.score {
            Ok(s) => json!({
                "bias_mw": Power(s.bias_w).mw(), "rmse_mw": Power(s.rmse_w).mw(), "gaming_yuan": gaming,
            }),
            Err(error) => json!({"bias_mw": null, "rmse_mw": null, "why": error.to_string()}),
        };
        (judged.name.to_owned(), value)
    };
    o.baselines.iter().map(row).collect()
}

/// Everything, for machines.
pub(super) fn value(setting: &Setting, pair: &Pair, o: &Outcome) -> Value {
    let event = pair.conductor().event();
    let t = &pair.conductor().turnout;
    let kwh = |j: i64| Energy(j).kwh();
    let in_yuan = |money: Money| money.f64() / 1e6;
    let shortfall: Map<String, Value> =
        causes(o).into_iter().map(|(name, _, ppm)| (name.to_owned(), json!(ppm as f64 / 1e6))).collect();
    let buy_back: Money = o.rows.iter().map(|row| row.buy_back).sum();
    let wear: Money = o.rows.iter().map(|row| row.wear).sum();
    let requested_w = o.quarters.iter().map(|q| q.requested_w).max().unwrap_or(0);
    let mut all = json!({
        "version": 1,
        "world": setting.world,
        "event": event.id,
        "event_version": event.version,
        "start": event.start.to_string(),
        "end": event.end().to_string(),
        "policy": setting.policy(),
        "warmup_days": setting.request.warmup_days,
        "step_s": setting.request.step_s,
        "called_off": pair.conductor().called_off().map(|at| at.to_string()),
        "direction": if event.direction == Direction::Reduce { "reduce" } else { "raise" },
        "published": published_value(setting.published),
        "requested_mw": Power(requested_w).mw(),
        "requested_mw_mean": Power(o.requested_w()).mw(),
        "delivered_mw_mean": Power(o.delivered_w()).mw(),
        "response_rate": o.response_rate(),
        "ramp_s_to_90": o.ramp_s,
        "sustained_share": o.sustained_share(),
        "rebound_peak_mw": Power(o.rebound_peak_w).mw(),
        "rebound_energy_share": (o.delivered_j > 0).then(|| o.rebound_j as f64 / o.delivered_j as f64),
        "funnel": pair.conductor().funnel.unwrap_or_default(),
        "turnout": t,
        "shortfall_share": shortfall,
        "vehicles": {
            "invited": t.vehicles_invited,
            "accepted": t.vehicles_accepted,
            "delivered": o.vehicles_delivered,
            "discharging": t.vehicles_discharging,
        },
        "energy_kwh": {
            "requested": kwh(o.requested_j),
            "reduction": kwh(o.delivered_j),
            "before": kwh(o.before_j),
            "charging": kwh(o.charging_j),
            "discharge": kwh(o.discharge_j),
            "buildings": kwh(o.buildings_j),
            "storage": kwh(o.storage_j),
        },
        "trips_harmed": o.trips_harmed,
        "trips_late": {"without": o.trips_late[0], "with": o.trips_late[1]},
        "transformers_pushed_over": o.pushed_over,
        "transformers_relieved": o.relieved,
        "overload_minutes": {"without": o.overload_s[0] as f64 / 60.0, "with": o.overload_s[1] as f64 / 60.0},
        "baselines": baselines_value(o),
        "money_yuan": {
            "operator": in_yuan(o.accounts.balance(Account::Operator)),
            "owners": in_yuan(o.accounts.balance(Account::Owner)),
            "grid": in_yuan(o.accounts.balance(Account::Fund) + o.accounts.balance(Account::Retailer)),
            "wear": in_yuan(wear),
            "buyback": in_yuan(buy_back),
            "sum": in_yuan(o.accounts.total()),
        },
        "wear_yuan_per_kwh": o.wear.as_ref().map(|band| json!({
            "low": in_yuan(band.low), "high": in_yuan(band.high),
        })),
        "settlement_rows": o.rows.len(),
        "settlement_error": o.unsettled.as_ref().map(ToString::to_string),
        "quarters": o.quarters.iter().map(|q| json!({
            "from": pair.called.calendar().civil(q.from_s),
            "requested_mw": Power(q.requested_w).mw(),
            "delivered_mw": Power(q.delivered_w).mw(),
            "told_mw": Power(q.told_w).mw(),
        })).collect::<Vec<_>>(),
        "curve": super::curve::value(pair),
        "counterfactual_hash": format!("{:016x}", o.hashes[0]),
        "event_hash": format!("{:016x}", o.hashes[1]),
        "ledger_residual_j": o.residual_j,
    });
    if let [Some(usual), Some(called)] = networks(pair) {
        all["network"] = json!({ "without": account::value(&usual), "with": account::value(&called) });
    }
    all
}
