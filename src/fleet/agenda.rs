//! A timer wheel: who is due in this minute, at no cost for those who are not.

use crate::clock::DAY_S;

/// Width of a slot in seconds. It is also the longest round in which vehicles and stations answer each other, so
/// that queues are served at minute resolution however long the simulation's step is.
pub const SLOT_S: u32 = 60;
const SLOTS: u32 = DAY_S / SLOT_S;

/// An appointment: who, and when. It is void if the vehicle has since chosen another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// Row of the vehicle.
    pub row: u32,
    /// Second of the run.
    pub at_s: u32,
}

/// Appointments of up to a day ahead, by minute; later ones wait in the last slot and are put off again.
#[derive(Clone, Debug)]
pub struct Wheel {
    slots: Vec<Vec<Due>>,
    /// First second that has not been taken yet.
    now_s: u32,
}

impl Wheel {
    /// An empty wheel that begins at a second.
    pub fn new(now_s: u32) -> Self {
        Self { slots: vec![Vec::new(); SLOTS as usize], now_s }
    }

    /// Makes an appointment; one in the past falls into the present slot.
    pub fn push(&mut self, due: Due) {
        let last = self.now_s / SLOT_S + SLOTS - 1;
        let slot = (due.at_s.max(self.now_s) / SLOT_S).min(last);
        self.slots[(slot % SLOTS) as usize].push(due);
    }

    /// Takes the appointments of the slot that begins at `start_s` into `out`, and moves on to the next slot.
    ///
    /// Appointments beyond the slot are put off and not returned.
    pub fn take(&mut self, start_s: u32, out: &mut Vec<Due>) {
        out.clear();
        core::mem::swap(out, &mut self.slots[(start_s / SLOT_S % SLOTS) as usize]);
        let end_s = (start_s / SLOT_S + 1) * SLOT_S;
        self.now_s = end_s;
        let mut kept = 0;
        for i in 0..out.len() {
            let due = out[i];
            if due.at_s >= end_s {
                self.push(due);
            } else {
                out[kept] = due;
                kept += 1;
            }
        }
        out.truncate(kept);
    }

    /// Empties the wheel and begins again at a second.
    pub fn reset(&mut self, now_s: u32) {
        self.slots.iter_mut().for_each(Vec::clear);
        self.now_s = now_s;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
