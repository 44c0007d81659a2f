//! Vehicles: what does not change about one, and where it is in its life.

use crate::fleet::charger::{GunKind, NONE};
use crate::units::Energy;
use bevy_ecs::prelude::Component;
use serde::{Deserialize, Serialize};

/// A second that never comes.
pub const NEVER_S: u32 = u32::MAX;

/// The eight classes of the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum VehicleClass {
    /// Cars of households.
    Private,
    /// Cars of firms and offices.
    Company,
    /// Cruising taxis.
    Taxi,
    /// Cars that take orders by phone (网约车).
    RideHailing,
    /// City buses.
    Bus,
    /// Urban logistics vans.
    Logistics,
    /// Tippers, port tractors and other heavy trucks.
    Heavy,
    /// Street sweepers and refuse trucks.
    Sanitation,
}

impl VehicleClass {
    /// All classes, in the order of their ids.
    pub const ALL: [Self; 8] = [
        Self::Private,
        Self::Company,
        Self::Taxi,
        Self::RideHailing,
        Self::Bus,
        Self::Logistics,
        Self::Heavy,
        Self::Sanitation,
    ];

    /// The name used in world files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Company => "company",
            Self::Taxi => "taxi",
            Self::RideHailing => "ride_hailing",
            Self::Bus => "bus",
            Self::Logistics => "logistics",
            Self::Heavy => "heavy",
            Self::Sanitation => "sanitation",
        }
    }
}

/// What a place is to a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Place {
    /// Where it is kept at night, unless that is a depot.
    Home,
    /// Where its driver works.
    Work,
    /// Shops, schools, leisure, customers.
    Errand,
    /// The kerb or a stand between two rounds of service.
    Street,
    /// Its operator's yard.
    Depot,
}

impl Place {
    /// All places, in order.
    pub const ALL: [Self; 5] = [Self::Home, Self::Work, Self::Errand, Self::Street, Self::Depot];
}

/// Where charging happens, for the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum ChargePlace {
    /// A private pile or a shared one in the compound where the vehicle lives.
    Home,
    /// A public point, alternating current.
    PublicAc,
    /// A public point, direct current.
    PublicDc,
    /// The yard of a fleet.
    Depot,
}

impl ChargePlace {
    /// All places, in order.
    pub const ALL: [Self; 4] = [Self::Home, Self::PublicAc, Self::PublicDc, Self::Depot];

    /// The name used in tables and keys.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::PublicAc => "public_ac",
            Self::PublicDc => "public_dc",
            Self::Depot => "depot",
        }
    }
}

/// What a vehicle is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Phase {
    /// Standing at its place, not plugged in.
    Parked,
    /// On a leg of its day.
    Driving,
    /// On the way to a charging station.
    Detour,
    /// On the way back from a station to its place.
    Returning,
    /// At a station, waiting for the station's answer within this round.
    Asking,
    /// In a station's queue.
    Queued,
    /// Plugged in, whether or not power flows.
    Plugged,
}

impl Phase {
    /// All phases, in order.
    pub const ALL: [Self; 7] =
        [Self::Parked, Self::Driving, Self::Detour, Self::Returning, Self::Asking, Self::Queued, Self::Plugged];

    /// True when a vehicle may go from one phase to the other.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Parked, Self::Driving | Self::Detour | Self::Returning | Self::Asking)
                | (Self::Driving | Self::Returning | Self::Plugged, Self::Parked)
                | (Self::Detour, Self::Asking)
                | (Self::Asking, Self::Plugged | Self::Queued | Self::Parked)
                | (Self::Queued, Self::Plugged | Self::Asking)
        )
    }
}

/// Cell chemistry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Chemistry {
    /// Lithium iron phosphate.
    Lfp,
    /// Nickel manganese cobalt.
    Nmc,
}

/// How a vehicle can charge where it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Access {
    /// Only at public points.
    Public,
    /// Shared piles in its compound.
    Compound,
    /// A pile of its own.
    Own,
    /// Its operator's depot.
    Depot,
}

/// What does not change about a vehicle during a run. One cache line.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
#[component(immutable)]
#[repr(C, align(64))]
pub struct Vehicle {
    /// Usable capacity in J.
    pub capacity_j: u32,
    /// Consumption in J per km at mild weather.
    pub j_per_km: u32,
    /// The most its on-board charger puts into the battery, in W.
    pub ac_w: u32,
    /// The most the battery takes from direct current, in W.
    pub dc_w: u32,
    /// Station where it is kept (compound or depot), or [`NONE`].
    pub home_station: u32,
    /// Its own pile, or [`NONE`].
    pub own_gun: u32,
    /// Way to work in m.
    pub commute_m: u32,
    /// Zone where it is kept.
    pub home_zone: u16,
    /// Zone where its driver works.
    pub work_zone: u16,
    /// Class.
    pub class: VehicleClass,
    /// Cell chemistry.
    pub chemistry: Chemistry,
    /// How it charges where it is kept.
    pub access: Access,
    /// True for plug-in hybrids, which drive on when the battery is empty.
    pub hybrid: bool,
    /// True when it can discharge into the grid.
    pub v2g: bool,
    /// True when its owner delays charging to the cheap hours.
    pub follows_price: bool,
    /// True when its driver goes to work by it.
    pub worker: bool,
    /// The driver's habitual lead or lag on the class's hours, in units of five minutes.
    pub habit: i8,
    /// How far its driver lets the battery run down before charging, 0 (late) to 255 (early).
    pub caution: u8,
}

/// Where a vehicle is in its life. Rows are in id order, so a vehicle's row is its id. One cache line.
///
/// What a trip takes is booked when it begins: the energy it needs is set aside, and a battery on the road holds what
/// will be left at the other end.
#[derive(Component, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[repr(C, align(64))]
pub struct VehicleState {
    /// Energy in the battery at `anchor_s`.
    pub energy: Energy,
    /// The second from which the present flow counts.
    pub anchor_s: u32,
    /// When something next happens.
    pub next_s: u32,
    /// When the next leg is to begin.
    pub depart_s: u32,
    /// When it means to unplug.
    pub unplug_s: u32,
    /// When it plugged in or began to queue; until then when it gets to where it stands or is bound for.
    pub since_s: u32,
    /// Station it is at or bound for, or [`NONE`].
    pub station: u32,
    /// Gun it is plugged into, or [`NONE`].
    pub gun: u32,
    /// Place in the shard's list of tapering flows, or [`NONE`].
    pub taper: u32,
    /// Constant battery-side power of the present flow in W (positive charges); 0 when idle or tapering.
    pub battery_w: i32,
    /// What the gun allows now, battery-side, in W.
    pub limit_w: i32,
    /// Day of the next leg.
    pub leg_day: u16,
    /// Zone it is in.
    pub zone: u16,
    /// Zone it is bound for.
    pub to_zone: u16,
    /// Next leg of the day.
    pub leg: u8,
    /// Which of the class's patterns the next leg's day follows.
    pub pattern: u8,
    /// Attempts at finding a free point.
    pub tries: u8,
    /// What it is doing.
    pub phase: Phase,
    /// What the place it is at is to it.
    pub place: Place,
    /// What the place it is bound for is to it.
    pub to_place: Place,
    /// Where its charging counts.
    pub charge_place: ChargePlace,
    /// Kind of the gun it is plugged into.
    pub gun_kind: GunKind,
    /// True when the flow is held back until a cheaper or roomier moment; while parked, when the driver has put off
    /// going to a charging point until `next_s`.
    pub held: bool,
    /// True when the gun it is plugged into can also take energy back.
    pub two_way: bool,
}

impl VehicleState {
    /// A parked vehicle with some energy.
    pub const fn parked(energy: Energy, zone: u16, place: Place, now_s: u32) -> Self {
        Self {
            energy,
            anchor_s: now_s,
            next_s: NEVER_S,
            depart_s: NEVER_S,
            unplug_s: NEVER_S,
            since_s: now_s,
            station: NONE,
            gun: NONE,
            taper: NONE,
            battery_w: 0,
            limit_w: 0,
            leg_day: 0,
            zone,
            to_zone: zone,
            leg: 0,
            pattern: 0,
            tries: 0,
            phase: Phase::Parked,
            place,
            to_place: place,
            charge_place: ChargePlace::Home,
            gun_kind: GunKind::HomeAc,
            held: false,
            two_way: false,
        }
    }

    /// Moves to another phase. An illegal move is a mistake of ours.
    pub fn become_phase(&mut self, next: Phase) {
        debug_assert!(self.phase.may_become(next), "a vehicle cannot go from {:?} to {next:?}", self.phase);
        self.phase = next;
    }

    /// True when no power flows.
    pub const fn is_idle(&self) -> bool {
        self.battery_w == 0 && self.taper == NONE
    }

    /// True when the gun it is at can also take energy back.
    pub const fn bidirectional(&self) -> bool {
        self.gun != NONE && self.two_way
    }

    /// Energy at a second of a flow at constant power (or of none); tapering flows are known to the shard.
    pub fn flat_energy_at(&self, now_s: u32) -> Energy {
        let moved = i64::from(self.battery_w) * i64::from(now_s.saturating_sub(self.anchor_s));
        Energy(self.energy.0 + moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vehicle_and_its_state_stay_small() {
        assert!(size_of::<Vehicle>() <= 64, "{}", size_of::<Vehicle>());
        assert!(size_of::<VehicleState>() <= 64, "{}", size_of::<VehicleState>());
    }

    #[test]
    fn nobody_drives_off_from_a_queue_or_plugs_in_while_driving() {
        assert!(!Phase::Queued.may_become(Phase::Driving));
        assert!(!Phase::Driving.may_become(Phase::Plugged));
        assert!(!Phase::Parked.may_become(Phase::Plugged), "a station must be asked first");
    }

    #[test]
    fn a_flow_counts_from_its_anchor() {
        let mut state = VehicleState::parked(Energy(1_000), 0, Place::Home, 10);
        state.battery_w = 100;
        assert_eq!(state.flat_energy_at(12), Energy(1_200));
        assert_eq!(state.flat_energy_at(9), Energy(1_000));
        state.battery_w = -100;
        assert_eq!(state.flat_energy_at(12), Energy(800));
    }
}
