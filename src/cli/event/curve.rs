//! The curve of an event, step by step, with and without it: what a reader needs to draw it.

use super::picture::{AFTER_S, before_s};
use serde_json::{Value, json};
use voltcity::grid::balance::Sums;
use voltcity::market::event::after;
use voltcity::market::pair::Pair;
use voltcity::market::resource::Direction;
use voltcity::units::Power;

/// From an hour before the event to three hours after it: what was asked for, what came in the direction of the event,
/// and the load of vehicles and of the city in both runs, in MW.
pub(super) fn value(pair: &Pair) -> Value {
    let event = pair.conductor().event();
    let (start_s, end_s) = pair.conductor().window_s();
    let (from_s, until_s) = (start_s - i64::from(before_s(event.direction)), end_s + i64::from(AFTER_S));
    let step_s = i64::from(pair.called.clock().step_s);
    let sign = if event.direction == Direction::Reduce { 1 } else { -1 };
    let shown: Vec<_> = pair.moments.iter().filter(|m| (from_s..until_s).contains(&i64::from(m.at_s))).collect();
    let Some(first) = shown.first() else { return Value::Null };
    let mw = |joules: i64| Power(joules / step_s).mw();
    let all = |of: &dyn Fn(&voltcity::market::pair::Moment) -> f64| shown.iter().map(|m| of(m)).collect::<Vec<_>>();
    let vehicles = |sums: &Sums| mw(sums.charged_j - sums.returned_j);
    json!({
        "from": pair.called.calendar().civil(first.at_s),
        "step_s": step_s,
        "requested_mw": all(&|m| event.power_at(after(event.start, i64::from(m.at_s) - start_s)).mw()),
        "delivered_mw": all(&|m| mw(sign * (m.usual.net_j() - m.called.net_j()))),
        "without_ev_mw": all(&|m| vehicles(&m.usual)),
        "with_ev_mw": all(&|m| vehicles(&m.called)),
        "without_mw": all(&|m| mw(m.usual.net_j())),
        "with_mw": all(&|m| mw(m.called.net_j())),
    })
}
