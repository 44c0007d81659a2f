//! Flows between a gun and a battery: begun, changed, ended and booked.

use crate::fleet::books::{Books, NodeChange, cell};
use crate::fleet::charger::{ConverterLoss, GunKind, NONE};
use crate::fleet::station::UNSURVEYED;
use crate::fleet::vehicle::{Vehicle, VehicleState};
use crate::units::Energy;
use serde::{Deserialize, Serialize};

/// A flow whose power changes with state of charge; these few are integrated every step. One cache line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Taper {
    /// Vehicle.
    pub row: u32,
    /// Transformer.
    pub node: u32,
    /// Index of its zone.
    pub zone: u16,
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
    /// Slot of the survey, or [`UNSURVEYED`].
    pub survey: u16,
    /// Kind of gun, by which the converter's loss is known.
    pub kind: GunKind,
    /// True when the gun can also take energy back, which its converter pays for both ways.
    pub two_way: bool,
}

impl Taper {
    /// Energy at a second.
    pub fn energy_at(&self, now_s: u32) -> Energy {
        self.piece.energy_after(f64::from(now_s.saturating_sub(self.from_s)))
    }

    /// Battery-side power at a second, in W.
    pub fn power_w_at(&self, now_s: u32) -> i64 {
        let past = self.energy_at(now_s) - self.piece.energy;
        (self.piece.power_w + self.piece.slope_per_s * past.f64()) as i64
    }

    /// Books what has moved since the last booking, up to `now_s`.
    pub fn book(&mut self, books: &mut Books, loss: ConverterLoss, now_s: u32) {
        let energy = self.energy_at(now_s);
        let gained_j = energy.0 - self.booked.0;
        let meter_j = gained_j + loss.energy_j(gained_j, i64::from(now_s - self.booked_s));
        books.charged[usize::from(self.cell)].extra_j += meter_j;
        books.battery.extra_j += gained_j;
        if self.survey != UNSURVEYED {
            books.survey[usize::from(self.survey)].energy.extra_j += meter_j;
        }
        books.nodes.push(NodeChange {
            node: self.node,
            zone: self.zone,
            returned: false,
            standing_w: 0,
            extra_j: meter_j,
        });
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
    /// Index of its zone.
    pub zone: u16,
    /// Slot of the survey, or [`UNSURVEYED`].
    pub survey: u16,
    /// What the converter loses.
    pub loss: ConverterLoss,
    /// Rated power of the gun in W.
    pub rated_w: i64,
}

impl Ledger<'_> {
    /// Energy in a vehicle's battery at a second.
    pub fn energy_at(&self, state: &VehicleState, now_s: u32) -> Energy {
        match self.tapers.get(state.taper as usize) {
            Some(taper) => taper.energy_at(now_s),
            None => state.flat_energy_at(now_s),
        }
    }

    /// Begins a flow of constant battery-side power towards `end`, for as many whole seconds as it fits.
    ///
    /// What is left of the last second is a flow of its own, at the power that moves it in one second: a flow never
    /// ends within a second, and standing power is exact at every second. Returns the second at which it ends.
    pub fn begin_flat(
        &mut self,
        v: &Vehicle,
        s: &mut VehicleState,
        path: Path,
        power_w: i64,
        end: Energy,
        now_s: u32,
    ) -> u32 {
        let moved_j = end.0 - s.energy.0;
        debug_assert!(s.is_idle() && power_w != 0 && moved_j.signum() == power_w.signum());
        let whole_s = moved_j / power_w;
        let (power_w, seconds) = if whole_s == 0 { (moved_j, 1) } else { (power_w, whole_s.min(1 << 28)) };
        s.anchor_s = now_s;
        s.battery_w = power_w as i32;
        let meter_w = path.loss.meter_w(power_w);
        self.books.battery.begin(power_w, self.step_from_s, now_s);
        self.book_meter(cell(v.class, s.charge_place), path, meter_w, now_s, None);
        if path.survey != UNSURVEYED && meter_w > 0 {
            let lines = &mut self.books.survey[usize::from(path.survey)];
            lines.points.begin(1, 0, now_s);
            lines.rated.begin(path.rated_w, 0, now_s);
            lines.energy.begin(meter_w, 0, now_s);
        }
        now_s.saturating_add(seconds as u32)
    }

    /// Begins a flow whose power follows the curve. Returns the second at which it ends.
    pub fn begin_taper(
        &mut self,
        row: u32,
        v: &Vehicle,
        s: &mut VehicleState,
        path: Path,
        piece: crate::fleet::battery::Piece,
        now_s: u32,
    ) -> u32 {
        debug_assert!(s.is_idle());
        s.anchor_s = now_s;
        s.taper = self.tapers.len() as u32;
        self.tapers.push(Taper {
            row,
            node: path.node,
            zone: path.zone,
            cell: cell(v.class, s.charge_place) as u16,
            piece,
            from_s: now_s,
            booked_s: now_s,
            booked: s.energy,
            survey: path.survey,
            kind: s.gun_kind,
            two_way: s.two_way,
        });
        if path.survey != UNSURVEYED {
            let lines = &mut self.books.survey[usize::from(path.survey)];
            lines.points.begin(1, 0, now_s);
            lines.rated.begin(path.rated_w, 0, now_s);
        }
        now_s.saturating_add(libm::ceil(piece.duration_s()).clamp(1.0, 1e9) as u32)
    }

    /// Ends the present flow, if there is one, and brings the battery's energy up to date. Returns the vehicle whose
    /// taper moved into the freed place of the list, with that place.
    pub fn end_flow(&mut self, v: &Vehicle, s: &mut VehicleState, path: Path, now_s: u32) -> Option<(u32, u32)> {
        let mut moved = None;
        if s.taper != NONE {
            let slot = s.taper as usize;
            self.tapers[slot].book(self.books, path.loss, now_s);
            s.energy = self.tapers[slot].booked;
            let from_s = self.tapers[slot].from_s;
            if path.survey != UNSURVEYED {
                let (lines, seconds) = (&mut self.books.survey[usize::from(path.survey)], i64::from(now_s - from_s));
                lines.points.end(1, 0, from_s, seconds);
                lines.rated.end(path.rated_w, 0, from_s, path.rated_w * seconds);
            }
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
            let meter_j = meter_w * i64::from(now_s - s.anchor_s);
            self.book_meter(cell(v.class, s.charge_place), path, meter_w, s.anchor_s, Some(meter_j));
            if path.survey != UNSURVEYED && meter_w > 0 {
                let lines = &mut self.books.survey[usize::from(path.survey)];
                let seconds = i64::from(now_s - s.anchor_s);
                lines.points.end(1, 0, s.anchor_s, seconds);
                lines.rated.end(path.rated_w, 0, s.anchor_s, path.rated_w * seconds);
                lines.energy.end(meter_w, 0, s.anchor_s, meter_j);
            }
            s.energy = energy;
            s.battery_w = 0;
        }
        s.anchor_s = now_s;
        moved
    }

    /// Books meter-side power that begins (`ended_j` is `None`) or ends at a transformer and in a cell.
    fn book_meter(&mut self, cell: usize, path: Path, meter_w: i64, from_s: u32, ended_j: Option<i64>) {
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
        self.books.nodes.push(NodeChange { node: path.node, zone: path.zone, returned, standing_w, extra_j });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::vehicle::{Access, Chemistry, Place, VehicleClass};

    fn vehicle() -> Vehicle {
        Vehicle {
            capacity_j: 200_000_000,
            j_per_km: 540_000,
            ac_w: 6_600,
            dc_w: 90_000,
            home_station: 0,
            own_gun: NONE,
            commute_m: 0,
            home_zone: 0,
            work_zone: 0,
            class: VehicleClass::Private,
            chemistry: Chemistry::Lfp,
            access: Access::Own,
            hybrid: false,
            v2g: true,
            follows_price: false,
            worker: false,
            habit: 0,
            caution: 128,
        }
    }

    #[test]
    fn a_taper_fits_a_cache_line() {
        assert!(size_of::<Taper>() <= 64, "{}", size_of::<Taper>());
    }

    proptest::proptest! {
        /// Charge to an end and discharge back in whole seconds: the battery is where it began, the meter has paid.
        #[test]
        fn a_flow_and_its_return_cost_the_losses(power in 1_i64..300_000, moved in 1_i64..90_000_000) {
            let (v, mut books, mut tapers) = (vehicle(), Books::default(), Vec::new());
            let loss = ConverterLoss { fixed_w: 50, share_ppm: 60_000 };
            let path = Path { node: 0, zone: 0, survey: UNSURVEYED, loss, rated_w: 7_000 };
            let mut s = VehicleState::parked(Energy(100_000_000), 0, Place::Home, 0);
            let mut now = 0;
            for end in [100_000_000 + moved, 100_000_000] {
                while s.energy.0 != end {
                    let mut ledger = Ledger { books: &mut books, tapers: &mut tapers, step_from_s: 0 };
                    let signed = if end > s.energy.0 { power } else { -power };
                    now = ledger.begin_flat(&v, &mut s, path, signed, Energy(end), now);
                    proptest::prop_assert!(i64::from(s.battery_w).abs() <= power);
                    ledger.end_flow(&v, &mut s, path, now);
                }
            }
            let cell = cell(v.class, s.charge_place);
            proptest::prop_assert_eq!(books.battery, crate::fleet::books::Line { standing_w: 0, extra_j: 0 });
            let net = books.charged[cell].extra_j - books.returned[cell].extra_j;
            proptest::prop_assert!(net > 0, "a round trip that gains: {}", net);
        }
    }
}
