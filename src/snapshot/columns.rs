//! Rows in columns: values of one field lie side by side, where they pack well.

use crate::fleet::charger::{Gun, GunKind, GunStatus, NONE};
use crate::fleet::vehicle::{ChargePlace, Phase, Place, VehicleState};
use crate::units::Energy;
use serde::{Deserialize, Serialize};

/// Makes a struct of columns for some fields of a row.
macro_rules! columns {
    ($(#[$doc:meta])* $name:ident of $row:ty { $($field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        pub(super) struct $name { $($field: Vec<$type>),+ }

        impl $name {
            /// The columns of some rows.
            pub(super) fn of(rows: &[$row]) -> Self {
                Self { $($field: rows.iter().map(|row| row.$field).collect()),+ }
            }

            /// Puts the columns into as many rows; `None` if they are not as many.
            pub(super) fn put(self, rows: &mut [$row]) -> Option<()> {
                $(if self.$field.len() != rows.len() { return None; })+
                $(rows.iter_mut().zip(self.$field).for_each(|(row, value)| row.$field = value);)+
                Some(())
            }
        }
    };
}

columns! {
    /// All of a vehicle's state but its place among the tapering flows, which these state themselves.
    VehicleColumns of VehicleState {
        energy: Energy, anchor_s: u32, next_s: u32, depart_s: u32, unplug_s: u32, since_s: u32, station: u32, gun: u32,
        battery_w: i32, limit_w: i32, leg_day: u16, zone: u16, to_zone: u16, leg: u8, pattern: u8, tries: u8,
        phase: Phase, place: Place, to_place: Place, charge_place: ChargePlace, gun_kind: GunKind, held: bool,
        two_way: bool,
    }
}

columns! {
    /// What changes about a charge point.
    GunColumns of Gun { vehicle: u32, demand_w: u32, allotted_w: u32, repaired_s: u32, status: GunStatus }
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
