//! What a driver has agreed to before an event: to put a charge off, or to stay ready at a two-way gun.
//!
//! A promise is kept as far as the driver can: nobody puts a charge off when the next trip would take the battery below
//! the reserve. It ends when the driver sets out to charge after all, when the vehicle plugs in, or with its time.

use serde::{Deserialize, Serialize};

/// What has been agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Agreed {
    /// Not to go to a charging point.
    PutOff,
    /// To stay at the two-way gun it goes to, without charging, until it is called or the time is over.
    StayReady,
}

/// An agreement, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Promise {
    /// What has been agreed.
    pub agreed: Agreed,
    /// From when, in s of the run.
    pub from_s: u32,
    /// Until when, in s of the run.
    pub until_s: u32,
    /// True once it has changed what the driver does.
    pub kept: bool,
}

impl Promise {
    /// True while it holds.
    pub const fn holds_at(&self, now_s: u32) -> bool {
        self.from_s <= now_s && now_s < self.until_s
    }

    /// The promise in numbers, for digests.
    pub const fn code(self) -> [u64; 4] {
        [self.agreed as u64, self.from_s as u64, self.until_s as u64, self.kept as u64]
    }
}
