//! Which fields of vehicles and charge points are kept in columns, and how.

use super::columns::{Cell, Columns, columns};
use crate::fleet::charger::{Gun, GunKind, GunStatus, NONE};
use crate::fleet::vehicle::{ChargePlace, Phase, Place, VehicleState};
use crate::units::Energy;

/// What is seldom far from another field is kept as the difference, which is mostly nothing.
const fn less(from: u32, less: u32) -> i32 {
    from.wrapping_sub(less) as i32
}

// All of a vehicle's state but its place among the tapering flows, which these state themselves.
columns! {
    VehicleState {
        anchor_s, depart_s, unplug_s, station, gun, battery_w, limit_w, leg_day, zone, leg, pattern,
    }
    high: i32 = |row| (row.energy.0 >> 32) as i32, |row, high| {
        row.energy.0 = i64::from(high) << 32;
        Some(())
    };
    low: u32 = |row| row.energy.0 as u32, |row, low| {
        row.energy.0 |= i64::from(low);
        Some(())
    };
    since: i32 = |row| less(row.since_s, row.anchor_s), |row, since| {
        row.since_s = row.anchor_s.wrapping_add_signed(since);
        Some(())
    };
    next: i32 = |row| less(row.next_s, row.depart_s), |row, next| {
        row.next_s = row.depart_s.wrapping_add_signed(next);
        Some(())
    };
    to_zone: i32 = |row| i32::from(row.to_zone) - i32::from(row.zone), |row, on| {
        row.to_zone = u16::try_from(i32::from(row.zone) + on).ok()?;
        Some(())
    };
    common: Bits = |row| row.common_bits(), |row, bits| row.put_common(bits);
    rare: Bits = |row| row.rare_bits(), |row, bits| row.put_rare(bits);
}

/// Small values side by side in one word, the first lowest.
#[derive(Clone, Copy)]
struct Bits(u32);

impl Cell for Bits {
    fn word(self) -> u32 {
        self.0
    }

    fn of(word: u32) -> Option<Self> {
        Some(Self(word))
    }
}

impl Bits {
    /// Puts a value above those that are there, in some bits.
    const fn with(self, value: u8, at: u32) -> Self {
        Self(self.0 | (value as u32) << at)
    }

    /// Takes the value in some bits.
    const fn take(&mut self, bits: u32) -> usize {
        let value = self.0 & ((1 << bits) - 1);
        self.0 >>= bits;
        value as usize
    }
}

impl VehicleState {
    /// What most vehicles have, in one word.
    const fn common_bits(&self) -> Bits {
        Bits(self.phase as u32).with(self.place as u8, 3).with(self.charge_place as u8, 6).with(self.gun_kind as u8, 8)
    }

    fn put_common(&mut self, mut bits: Bits) -> Option<()> {
        self.phase = *Phase::ALL.get(bits.take(3))?;
        self.place = *Place::ALL.get(bits.take(3))?;
        self.charge_place = *ChargePlace::ALL.get(bits.take(2))?;
        self.gun_kind = *GunKind::ALL.get(bits.0 as usize)?;
        Some(())
    }

    /// What few vehicles have, in one word, which is 0 for the others. The place a vehicle is bound for is mostly the
    /// one it is at.
    const fn rare_bits(&self) -> Bits {
        Bits(self.to_place as u32 ^ self.place as u32)
            .with(self.held as u8, 3)
            .with(self.two_way as u8, 4)
            .with(self.tries, 5)
    }

    fn put_rare(&mut self, mut bits: Bits) -> Option<()> {
        self.to_place = *Place::ALL.get(bits.take(3) ^ self.place as usize)?;
        self.held = bits.take(1) == 1;
        self.two_way = bits.take(1) == 1;
        self.tries = u8::try_from(bits.0).ok()?;
        Some(())
    }
}

// What changes about a charge point.
columns! {
    Gun { vehicle, demand_w, repaired_s, status }
    allotted: i32 = |gun| less(gun.allotted_w, gun.demand_w), |gun, allotted| {
        gun.allotted_w = gun.demand_w.wrapping_add_signed(allotted);
        Some(())
    };
}

/// A row to read a vehicle into.
pub(super) const fn blank() -> VehicleState {
    VehicleState::parked(Energy::ZERO, 0, Place::Home, 0)
}

/// A row to read a charge point into, of which only what changes counts.
pub(super) const fn blank_gun() -> Gun {
    Gun {
        station: 0,
        vehicle: NONE,
        owner: NONE,
        rating_w: 0,
        demand_w: 0,
        allotted_w: 0,
        repaired_s: 0,
        kind: GunKind::HomeAc,
        status: GunStatus::Available,
        two_way: false,
    }
}

/// True when a number is the row of something there are `rows` of, or of nothing.
pub(super) const fn is_row(number: u32, rows: usize) -> bool {
    number == NONE || (number as usize) < rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Seconds, numbers and powers: mostly nothing, often near each other, sometimes anything.
    fn word() -> impl Strategy<Value = u32> {
        prop_oneof![4 => Just(0), 2 => Just(NONE), 3 => 864_000_u32..950_400, 1 => any::<u32>()]
    }

    fn one<A: Copy + core::fmt::Debug + 'static>(all: &'static [A]) -> impl Strategy<Value = A> {
        prop::sample::select(all)
    }

    prop_compose! {
        fn vehicle()(
            energy in prop_oneof![4 => 0..400_000_000_i64, 1 => any::<i64>()],
            seconds in [word(), word(), word(), word(), word()],
            (station, gun) in (word(), word()),
            powers in [prop_oneof![Just(0), any::<i32>()], prop_oneof![Just(7_000), any::<i32>()]],
            places in any::<[u16; 3]>(),
            small in any::<[u8; 3]>(),
            (phase, place, to_place) in (one(&Phase::ALL), one(&Place::ALL), one(&Place::ALL)),
            (charge_place, gun_kind) in (one(&ChargePlace::ALL), one(&GunKind::ALL)),
            (held, two_way) in any::<(bool, bool)>(),
        ) -> VehicleState {
            let [anchor_s, next_s, depart_s, unplug_s, since_s] = seconds;
            let ([battery_w, limit_w], [leg_day, zone, to_zone], [leg, pattern, tries]) = (powers, places, small);
            VehicleState {
                energy: Energy(energy), anchor_s, next_s, depart_s, unplug_s, since_s, station, gun, taper: NONE,
                battery_w, limit_w, leg_day, zone, to_zone, leg, pattern, tries, phase, place, to_place, charge_place,
                gun_kind, held, two_way,
            }
        }
    }

    prop_compose! {
        fn charge_point()(words in [word(), word(), word(), word()], status in one(&GunStatus::ALL)) -> Gun {
            let [vehicle, demand_w, allotted_w, repaired_s] = words;
            Gun { vehicle, demand_w, allotted_w, repaired_s, status, ..blank_gun() }
        }
    }

    /// Rows again after they were in columns.
    fn again<A: Columns + Copy>(rows: &[A], blank: A) -> Option<Vec<A>> {
        let (mut packed, mut read) = (Vec::new(), vec![blank; rows.len()]);
        A::pack(rows, &mut packed);
        A::unpack(&packed, &mut read).map(|()| read)
    }

    proptest! {
        #[test]
        fn vehicles_come_back_from_columns(rows in prop::collection::vec(vehicle(), 0..300)) {
            prop_assert_eq!(again(&rows, blank()), Some(rows));
        }

        #[test]
        fn charge_points_come_back_from_columns(rows in prop::collection::vec(charge_point(), 0..300)) {
            prop_assert_eq!(again(&rows, blank_gun()), Some(rows));
        }

        #[test]
        fn columns_of_any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..400), rows in 0..40_usize) {
            let _ = VehicleState::unpack(&bytes, &mut vec![blank(); rows]);
            let _ = Gun::unpack(&bytes, &mut vec![blank_gun(); rows]);
        }
    }

    #[test]
    fn bits_that_mean_nothing_are_refused() {
        let mut row = blank();
        assert!(row.put_common(Bits(7)).is_none(), "no phase has number 7");
        assert!(row.put_common(Bits(7 << 3)).is_none(), "no place has number 7");
        assert!(row.put_common(Bits(u32::MAX >> 8 << 8)).is_none(), "no such kind of gun");
        assert!(row.put_rare(Bits(7)).is_none(), "home with all bits turned is no place");
        assert!(row.put_rare(Bits(256 << 5)).is_none(), "256 tries do not fit");
    }
}
