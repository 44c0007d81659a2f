//! Events that were carried out within a run or a future: what was asked, and who was called. What they delivered is
//! only told by a second future without them, as `voltcity event` and `voltcity fork` have it.

use super::chart::{Glyphs, figure, table, thousands};
use super::journey::Journey;
use jiff::civil::DateTime;
use serde_json::{Value, json};
use voltcity::market::conduct::Turnout;
use voltcity::market::event::EventNo;
use voltcity::market::resource::Direction;
use voltcity::twin::Twin;
use voltcity::units::{JOULES_PER_KWH, Power};

/// One event of a run.
#[derive(Clone, Debug)]
pub(crate) struct Called {
    pub(crate) id: String,
    pub(crate) version: u32,
    pub(crate) direction: Direction,
    pub(crate) start: DateTime,
    pub(crate) end: DateTime,
    /// The most that was asked, in W.
    pub(crate) asked_w: i64,
    /// Energy that was asked in all, in J.
    pub(crate) asked_j: i64,
    pub(crate) off_at: Option<DateTime>,
    pub(crate) turnout: Turnout,
    /// Where it stood at the end of the run.
    pub(crate) state: &'static str,
}

/// The events of a journey, in the order in which they were given.
pub(crate) fn all(journey: &Journey, twin: &Twin) -> Vec<Called> {
    let Some(desk) = journey.desk() else { return Vec::new() };
    let now_s = i64::from(twin.clock().now_s());
    let of = |no: u32| {
        let conductor = desk.conductor(EventNo(no));
        let (event, (from_s, to_s)) = (conductor.event(), conductor.window_s());
        let state = match conductor.called_off() {
            Some(_) => "called off",
            None if now_s <= from_s => "to come",
            None if now_s < to_s => "going on",
            None => "over",
        };
        Called {
            id: event.id.clone(),
            version: event.version,
            direction: event.direction,
            start: event.start,
            end: event.end(),
            asked_w: event.peak().0,
            asked_j: event.intervals.iter().map(|i| i.power.0 * i64::from(i.duration_s)).sum(),
            off_at: conductor.called_off(),
            turnout: conductor.turnout,
            state,
        }
    };
    (0..desk.book().len() as u32).map(of).collect()
}

impl Called {
    /// `reduce` or `raise`.
    const fn way(&self) -> &'static str {
        match self.direction {
            Direction::Reduce => "reduce",
            Direction::Raise => "raise",
        }
    }

    /// For an account.
    pub(crate) fn value(&self) -> Value {
        let t = &self.turnout;
        let time = |at: DateTime| at.strftime("%Y-%m-%dT%H:%M").to_string();
        json!({
            "event": self.id,
            "version": self.version,
            "direction": self.way(),
            "start": time(self.start),
            "end": time(self.end),
            "called_off": self.off_at.map(time),
            "state": self.state,
            "requested_mw": Power(self.asked_w).mw(),
            "requested_mwh": self.asked_j as f64 / JOULES_PER_KWH / 1e3,
            "members_invited": t.members_invited,
            "vehicles_invited": t.vehicles_invited,
            "vehicles_accepted": t.vehicles_accepted,
            "vehicles_called": t.vehicles_called,
            "vehicles_discharging": t.vehicles_discharging,
            "no_shows": t.no_shows,
            "opted_out": t.opted_out,
        })
    }
}

/// A table of them; nothing when there are none.
pub(crate) fn text(events: &[Called], glyphs: Glyphs) -> String {
    if events.is_empty() {
        return String::new();
    }
    let row = |called: &Called| {
        vec![
            called.id.clone(),
            called.start.strftime("%m-%d %H:%M").to_string(),
            called.end.strftime("%H:%M").to_string(),
            format!("{} {}", called.way(), figure(Power(called.asked_w).mw())),
            thousands(called.turnout.vehicles_called as i64),
            thousands(called.turnout.vehicles_discharging as i64),
            called.state.to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = events.iter().map(row).collect();
    let header = ["Event", "from", "to", "asked, MW", "called", "back", "state"];
    format!(
        "\nEvents: vehicles called, and those of them that gave back. What an event\n\
         delivered is told by `voltcity event` or `fork`, beside the future without it.\n\n{}\n",
        table(&header, &rows, glyphs)
    )
}
