//! What is asked for, and what each resource can do about it.

pub use crate::market::resource::{Direction, ResourceKind};
use crate::units::Money;

/// What an event asks for in one interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Which way.
    pub direction: Direction,
    /// By how much the load is to change, in W; a negative figure asks for nothing.
    pub power_w: i64,
    /// Second of the run at which the interval begins.
    pub now_s: u32,
    /// How long the change is to be held, in s; zero if that does not matter.
    pub hold_s: u32,
}

impl Request {
    /// What is asked for, never negative, in W.
    pub const fn wanted_w(&self) -> i64 {
        if self.power_w > 0 { self.power_w } else { 0 }
    }
}

/// What one resource can do in the requested direction, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The resource; no two offers of a request have the same.
    pub resource: u32,
    /// Row of the transformer it hangs on.
    pub node: u32,
    /// The aggregator that speaks for it.
    pub aggregator: u16,
    /// What it is.
    pub kind: ResourceKind,
    /// How long it can hold `most_w`, in s.
    pub held_s: u32,
    /// The most it can change now, in W; nothing if negative.
    pub most_w: i64,
    /// How long a session can wait before it must charge, in s; `i64::MAX` for what never must.
    pub laxity_s: i64,
    /// Price of a kilowatt-hour of change.
    pub price_per_kwh: Money,
    /// Energy called from it so far this season, in J.
    pub used_j: i64,
}

impl Offer {
    /// The most that can be called for the whole of the interval, in W, never negative.
    ///
    /// A resource that cannot hold its full power that long is limited by energy, so that less power lasts longer in
    /// inverse proportion. (For a building this is on the safe side: its comfort limit recovers a little meanwhile.)
    pub const fn within_w(&self, request: &Request) -> i64 {
        if self.most_w <= 0 {
            0
        } else if self.held_s >= request.hold_s {
            self.most_w
        } else {
            (self.most_w as i128 * self.held_s as i128 / request.hold_s as i128) as i64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_power_lasts_longer() {
        let request = Request { direction: Direction::Reduce, power_w: 1, now_s: 0, hold_s: 900 };
        let offer = Offer {
            resource: 0,
            node: 0,
            aggregator: 0,
            kind: ResourceKind::V2g,
            held_s: 300,
            most_w: 60_000,
            laxity_s: 0,
            price_per_kwh: Money::ZERO,
            used_j: 0,
        };
        assert_eq!(offer.within_w(&request), 20_000);
        assert_eq!(offer.within_w(&Request { hold_s: 300, ..request }), 60_000);
        assert_eq!(offer.within_w(&Request { hold_s: 0, ..request }), 60_000);
        assert_eq!(Offer { most_w: i64::MAX, ..offer }.within_w(&request), i64::MAX / 3);
        assert_eq!(Offer { most_w: -5, ..offer }.within_w(&request), 0);
        // An offer stays within a cache line: a city sorts tens of thousands of them.
        assert!(size_of::<Offer>() <= 64);
    }
}
