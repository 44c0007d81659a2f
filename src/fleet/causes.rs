//! Causes: what chosen vehicles decided, and why, as they did it.
//!
//! Nobody is traced unless asked for. Then a decision costs a look at an empty list; results do not depend on it.

use crate::fleet::charger::GunKind;
use crate::fleet::setpoint::SetPoint;
use crate::fleet::vehicle::Place;
use serde::{Deserialize, Serialize};

/// What flows at a gun from a decision on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flows {
    /// Nothing, until a second of the run.
    Nothing(u32),
    /// Nothing: the battery holds what it should.
    Full,
    /// It charges with at most so many W at the battery.
    Charge(u32),
    /// It discharges with so many W at the battery.
    Discharge(u32),
}

/// A decision with its reasons. Shares are in 1/1000, prices in 1/1000 yuan/kWh, seconds are of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// It sets out on a leg of its day, which needs so much with what is kept to reach a fast point.
    SetsOut {
        /// Where to.
        to: Place,
        /// Index of the zone.
        zone: u16,
        /// How far.
        metres: u32,
        /// What has to be in the battery, in J.
        need_j: u32,
    },
    /// It has arrived.
    Arrives {
        /// At what.
        at: Place,
        /// Index of the zone.
        zone: u16,
    },
    /// It lacks the energy for its leg, and charges first if it can.
    Lacks {
        /// What has to be in the battery, in J.
        need_j: u32,
    },
    /// The leg is given up.
    LosesTrip,
    /// Where it is kept, it asks for a point with some odds.
    ConsidersPile {
        /// Odds of plugging in at this state of charge, in 1/1000.
        odds_milli: u16,
        /// True when it owes a charge that was put off.
        owes: bool,
    },
    /// It thinks of a public point, with some odds.
    ConsidersPublic {
        /// Odds at this state of charge and price, in 1/1000.
        odds_milli: u16,
        /// Price of electricity at the time in mind, without service fees.
        price_milli: u16,
        /// The time in mind.
        at_s: u32,
        /// True when so little is left that it must charge.
        short: bool,
        /// True when it owes a charge that was put off.
        owes: bool,
    },
    /// It goes to a charging point later.
    GoesLater {
        /// When.
        until_s: u32,
    },
    /// It keeps a promise not to go to a charging point now.
    KeepsPromise {
        /// Until when.
        until_s: u32,
    },
    /// It drives to a station, chosen by price, distance, queue and power.
    Chooses {
        /// Which.
        station: u32,
        /// How far.
        metres: u32,
        /// Price now, with the service fee.
        price_milli: u16,
        /// Free points of the kind it wants, as last told.
        free: u16,
        /// Vehicles in its queue, as last told.
        queued: u16,
    },
    /// It is called to a station, as its driver has agreed.
    Comes {
        /// Which.
        station: u32,
    },
    /// It has a gun.
    PlugsIn {
        /// Row of the gun.
        gun: u32,
        /// Its kind.
        kind: GunKind,
        /// What it allows, in W at the battery.
        limit_w: u32,
    },
    /// All guns are taken; it queues.
    Queues {
        /// At most until then.
        until_s: u32,
    },
    /// It is turned away, or has waited for long enough.
    TurnedAway,
    /// The station gives it another limit.
    Limited {
        /// In W at the battery.
        limit_w: u32,
    },
    /// An operator asks something of it.
    Hears {
        /// What.
        set: SetPoint,
        /// Until when.
        until_s: u32,
    },
    /// What flows from now on.
    Decides {
        /// What.
        flows: Flows,
        /// True when it follows an operator's order; else it follows its own rule.
        ordered: bool,
        /// Price of electricity now.
        price_milli: u16,
    },
    /// Its gun has failed.
    Interrupted,
    /// It leaves the gun.
    Unplugs,
    /// It stays plugged in because it lacks the energy for its leg.
    StaysOn {
        /// Until when.
        until_s: u32,
    },
}

/// A decision of one vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Whose.
    pub vehicle: u32,
    /// When, in seconds of the run.
    pub at_s: u32,
    /// Energy in its battery then, in J.
    pub energy_j: i64,
    /// What it decided, and why.
    pub why: Why,
}

/// The decisions of chosen vehicles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// Rows of those that are traced, rising.
    pub of: Vec<u32>,
    /// What they decided, each in order.
    pub log: Vec<Cause>,
}

impl Trace {
    /// Whether a vehicle is traced.
    #[inline]
    pub fn follows(&self, vehicle: u32) -> bool {
        !self.of.is_empty() && self.of.binary_search(&vehicle).is_ok()
    }
}

/// A share or a price in 1/1000.
pub(super) fn milli(value: f64) -> u16 {
    (value * 1_000.0).clamp(0.0, f64::from(u16::MAX)) as u16
}
