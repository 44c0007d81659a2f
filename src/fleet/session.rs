//! Flows between a gun and a battery: begun, changed, ended and booked.

use crate::fleet::books::{Books, NodeChange, cell};
use crate::fleet::charger::{ConverterLoss, NONE};
use crate::fleet::vehicle::{NEVER_S, Vehicle, VehicleState};
use crate::units::Energy;

/// A flow whose power changes with state of charge; these few are integrated every step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taper {
    /// Vehicle.
    pub row: u32,
    /// Transformer.
    pub node: u32,
    /// Cell of the books.
    pub cell: u16,
    /// The stretch of the curve.
    pub piece: crate::fleet::battery::Piece,
    /// Second at which the stretch began.
    pub from_s: u32,
    /// Second up to which it has been booked.
    pub booked_s: u32,
    /// Energy up to which it has been booked.
    pub booked: Energy,
    /// What the converter loses.
    pub loss: ConverterLoss,
}

impl Taper {
    /// Energy at a second.
    pub fn energy_at(&self, now_s: u32) -> Energy {
        self.piece.energy_after(f64::from(now_s.saturating_sub(self.from_s)))
    }

    /// Books what has moved since the last booking, up to `now_s`.
    pub fn book(&mut self, books: &mut Books, now_s: u32) {
        let energy = self.energy_at(now_s);
        let gained_j = energy.0 - self.booked.0;
        let meter_j = gained_j + self.loss.energy_j(gained_j, i64::from(now_s - self.booked_s));
        books.charged[usize::from(self.cell)].extra_j += meter_j;
        books.battery.extra_j += gained_j;
        books.nodes.push(NodeChange { node: self.node, returned: false, standing_w: 0, extra_j: meter_j });
        (self.booked, self.booked_s) = (energy, now_s);
    }
}

/// Where a flow is booked, and when the present step began.
pub struct Ledger<'a> {
    /// The shard's books.
    pub books: &'a mut Books,
    /// Flows whose power changes by itself.
    pub tapers: &'a mut Vec<Taper>,
    /// First second of the step.
    pub step_from_s: u32,
}

/// What a flow runs through.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    /// Transformer.
    pub node: u32,
    /// What the converter loses.
    pub loss: ConverterLoss,
}

/// Meter-side energy of a constant flow that moved `moved_j` at `battery_w`; the last second may be a part.
fn meter_energy_j(loss: ConverterLoss, battery_w: i64, moved_j: i64) -> i64 {
    let (seconds, rest_j) = (moved_j / battery_w, moved_j % battery_w);
    let rest_meter_j = if rest_j == 0 { 0 } else { rest_j + loss.energy_j(rest_j, 1) };
    loss.meter_w(battery_w) * seconds + rest_meter_j
}

impl Ledger<'_> {
    /// Energy in a vehicle's battery at a second.
    pub fn energy_at(&self, state: &VehicleState, now_s: u32) -> Energy {
        match self.tapers.get(state.taper as usize) {
            Some(taper) => taper.energy_at(now_s),
            None => state.flat_energy_at(now_s),
        }
    }

    /// Begins a flow of constant battery-side power until the battery holds `end`.
    pub fn begin_flat(&mut self, v: &Vehicle, s: &mut VehicleState, path: Path, power_w: i64, end: Energy, now_s: u32) {
        debug_assert!(s.is_idle() && power_w != 0);
        s.anchor_s = now_s;
        s.battery_w = power_w as i32;
        s.flow_end = end;
        let moved = end.0 - s.energy.0;
        debug_assert!(moved.signum() == power_w.signum());
        s.flow_s = now_s.saturating_add(((moved + power_w - power_w.signum()) / power_w).min(1 << 30) as u32);
        let meter_w = path.loss.meter_w(power_w);
        self.books.battery.begin(power_w, self.step_from_s, now_s);
        self.book_meter(cell(v.class, s.charge_place), path.node, meter_w, now_s, None);
    }

    /// Begins a flow whose power follows the curve.
    pub fn begin_taper(
        &mut self,
        row: u32,
        v: &Vehicle,
        s: &mut VehicleState,
        path: Path,
        piece: crate::fleet::battery::Piece,
        now_s: u32,
    ) {
        debug_assert!(s.is_idle());
        s.anchor_s = now_s;
        s.flow_s = now_s.saturating_add(libm::ceil(piece.duration_s()).clamp(1.0, 1e9) as u32);
        s.taper = self.tapers.len() as u32;
        self.tapers.push(Taper {
            row,
            node: path.node,
            cell: cell(v.class, s.charge_place) as u16,
            piece,
            from_s: now_s,
            booked_s: now_s,
            booked: s.energy,
            loss: path.loss,
        });
    }

    /// Ends the present flow, if there is one, and brings the battery's energy up to date. Returns the vehicle whose
    /// taper moved into the freed place of the list, with that place.
    pub fn end_flow(&mut self, v: &Vehicle, s: &mut VehicleState, path: Path, now_s: u32) -> Option<(u32, u32)> {
        let mut moved = None;
        if s.taper != NONE {
            let slot = s.taper as usize;
            self.tapers[slot].book(self.books, now_s);
            s.energy = self.tapers[slot].booked;
            self.tapers.swap_remove(slot);
            if let Some(other) = self.tapers.get(slot) {
                moved = Some((other.row, s.taper));
            }
            s.taper = NONE;
        } else if s.battery_w != 0 {
            let power_w = i64::from(s.battery_w);
            let energy = s.flat_energy_at(now_s);
            let moved_j = energy.0 - s.energy.0;
            self.books.battery.end(power_w, self.step_from_s, s.anchor_s, moved_j);
            let meter_w = path.loss.meter_w(power_w);
            let meter_j = meter_energy_j(path.loss, power_w, moved_j);
            self.book_meter(cell(v.class, s.charge_place), path.node, meter_w, s.anchor_s, Some(meter_j));
            s.energy = energy;
            s.battery_w = 0;
        }
        (s.anchor_s, s.flow_s, s.flow_end) = (now_s, NEVER_S, s.energy);
        moved
    }

    /// Books meter-side power that begins (`ended_j` is `None`) or ends at a transformer and in a cell.
    fn book_meter(&mut self, cell: usize, node: u32, meter_w: i64, from_s: u32, ended_j: Option<i64>) {
        let returned = meter_w < 0;
        let sign = if returned { -1 } else { 1 };
        let lines = if returned { &mut self.books.returned } else { &mut self.books.charged };
        let before = lines[cell];
        match ended_j {
            None => lines[cell].begin(sign * meter_w, self.step_from_s, from_s),
            Some(energy_j) => lines[cell].end(sign * meter_w, self.step_from_s, from_s, sign * energy_j),
        }
        let standing_w = (lines[cell].standing_w - before.standing_w) as i32;
        let extra_j = lines[cell].extra_j - before.extra_j;
        self.books.nodes.push(NodeChange { node, returned, standing_w, extra_j });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_meter_sees_more_than_the_battery_gains_and_less_than_it_gives(
            power in 1_i64..300_000, moved in 1_i64..1_000_000_000, share in 1_i64..150_000, fixed in 0_i64..900,
        ) {
            let loss = ConverterLoss { fixed_w: fixed, share_ppm: share };
            prop_assert!(meter_energy_j(loss, power, moved) > moved);
            prop_assert!(meter_energy_j(loss, -power, -moved) > -moved);
        }
    }
}
