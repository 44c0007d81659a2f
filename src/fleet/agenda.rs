//! A timer wheel: who is due in this minute, at no cost for those who are not.

use crate::clock::HOUR_S;

/// Width of a slot in seconds. It is also the longest round in which vehicles and stations answer each other, so
/// that queues are served at minute resolution however long the simulation's step is.
pub const SLOT_S: u32 = 60;
const MINUTES: usize = (HOUR_S / SLOT_S) as usize;
const HOURS: usize = 24;

/// An appointment: who, and when. It is void if the vehicle has since chosen another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// Row of the vehicle.
    pub row: u32,
    /// Second of the run.
    pub at_s: u32,
}

/// Appointments in two tiers: the minutes of the present hour, and the hours of a day ahead.
///
/// An appointment is first put down under its hour, and moves to its minute when the hour begins. Both tiers are
/// small enough to stay in the cache, where a wheel of 1,440 minutes would miss it with every appointment.
#[derive(Clone, Debug)]
pub struct Wheel {
    minutes: Vec<Vec<Due>>,
    hours: Vec<Vec<Due>>,
    /// First second that has not been taken yet.
    now_s: u32,
    scratch: Vec<Due>,
}

impl Wheel {
    /// An empty wheel that begins at a second.
    pub fn new(now_s: u32) -> Self {
        Self { minutes: vec![Vec::new(); MINUTES], hours: vec![Vec::new(); HOURS], now_s, scratch: Vec::new() }
    }

    /// Makes an appointment; one in the past falls into the present slot, one beyond a day into the last hour, from
    /// which it is put off again.
    pub fn push(&mut self, due: Due) {
        let at_s = due.at_s.max(self.now_s);
        let ahead = at_s / HOUR_S - self.now_s / HOUR_S;
        if ahead == 0 {
            self.minutes[(at_s % HOUR_S / SLOT_S) as usize].push(due);
        } else {
            let hour = self.now_s / HOUR_S + ahead.min(HOURS as u32 - 1);
            self.hours[hour as usize % HOURS].push(due);
        }
    }

    /// Takes the appointments of the slot that begins at `start_s` into `out`, and moves on to the next slot.
    pub fn take(&mut self, start_s: u32, out: &mut Vec<Due>) {
        self.now_s = start_s;
        if start_s.is_multiple_of(HOUR_S) {
            self.open_hour(start_s / HOUR_S);
        }
        out.clear();
        core::mem::swap(out, &mut self.minutes[(start_s % HOUR_S / SLOT_S) as usize]);
        // What is still put down for this slot from here on belongs to the next one, which may open an hour.
        self.now_s = start_s + SLOT_S;
        if self.now_s.is_multiple_of(HOUR_S) {
            self.open_hour(self.now_s / HOUR_S);
        }
    }

    /// Moves the appointments of an hour to their minutes.
    fn open_hour(&mut self, hour: u32) {
        let mut scratch = core::mem::take(&mut self.scratch);
        core::mem::swap(&mut scratch, &mut self.hours[hour as usize % HOURS]);
        for due in scratch.drain(..) {
            self.push(due);
        }
        self.scratch = scratch;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::DAY_S;
    use proptest::prelude::*;

    const SLOTS: u32 = DAY_S / SLOT_S;

    #[test]
    fn a_far_appointment_is_kept() {
        let mut wheel = Wheel::new(0);
        wheel.push(Due { row: 1, at_s: 3 * DAY_S + 7 });
        let mut out = Vec::new();
        let hits: Vec<u32> = (0..4 * SLOTS)
            .filter(|slot| {
                wheel.take(slot * SLOT_S, &mut out);
                !out.is_empty()
            })
            .collect();
        assert_eq!(hits, [3 * SLOTS]);
    }

    proptest! {
        #[test]
        fn everyone_is_called_in_their_minute(times in prop::collection::vec(0_u32..2 * DAY_S, 1..50)) {
            let mut wheel = Wheel::new(0);
            for (row, &at_s) in times.iter().enumerate() {
                wheel.push(Due { row: row as u32, at_s });
            }
            let (mut out, mut called) = (Vec::new(), 0);
            for slot in 0..2 * SLOTS {
                wheel.take(slot * SLOT_S, &mut out);
                for due in &out {
                    prop_assert_eq!(due.at_s / SLOT_S, slot);
                    called += 1;
                }
            }
            prop_assert_eq!(called, times.len());
        }
    }
}
