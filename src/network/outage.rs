//! Outages of the distribution network: who loses supply when something fails, when it comes back and from where, and
//! what that makes of a year.
//!
//! ```text
//! cable fails ─ its feeder's breaker opens ─ after switching: before the fault from the substation,
//!                                                              behind it through the open tie, if that carries it
//!                                           ─ after repair:    the rest
//! ```
//!
//! A failed head is a cable at which everything is behind the fault; a failed transformer takes its own area only; of a
//! failed 110/10 kV unit every feeder goes over to its partner behind another unit. Planned work switches first: only
//! who cannot be fed otherwise is cut off.
//!
//! What is simplified:
//! - An outage lasts as long as its kind does on the mean, at the loads that it is given: outages do not overlap, and
//!   nothing is drawn more afterwards.
//! - Whether a tie carries more is judged by sums of active and reactive power against the ratings of every cable on
//!   the way and of the partner's unit; losses and voltages are left out.
//! - Busbar couplers between the units of a substation, by which most failures of units pass unnoticed, are not in the
//!   network; so such failures are told too long.
//! - Low voltage behind a transformer does not fail, nor does what feeds the 110 kV.

mod assumptions;
mod books;
mod model;
mod restore;
mod running;
mod year;

#[cfg(test)]
mod tests;

pub use assumptions::{Assumptions, FUTIAN_CENTRE_MIN, PUBLISHED_MIN};
pub use books::{Indices, Means, Sums, YEAR_S};
pub use model::{Area, Carried, Feeder, Island, Model, ModelTie, Unit, Way};
pub use restore::{Back, Loads, Lost};
pub use running::{RunningOutages, Upcoming, drawn_in};
pub use year::{Aids, Year, drawn, each, expected};

use serde::{Deserialize, Serialize};

/// What can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Element {
    /// The cable that leads to a transformer, by the transformer's row; not a feeder's first.
    Cable(u32),
    /// The first cable of a feeder, by the feeder's row.
    Head(u32),
    /// A distribution transformer, by its row.
    Transformer(u32),
    /// A 110/10 kV unit, by the number of its section.
    Unit(u32),
}

impl Element {
    /// What its kind is called.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Cable(_) => "cable",
            Self::Head(_) => "head",
            Self::Transformer(_) => "transformer",
            Self::Unit(_) => "unit",
        }
    }

    /// Its row.
    pub const fn row(self) -> u32 {
        match self {
            Self::Cable(row) | Self::Head(row) | Self::Transformer(row) | Self::Unit(row) => row,
        }
    }
}

/// Something out of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Outage {
    /// What is.
    pub element: Element,
    /// Whether that was planned, so that switching came first.
    pub planned: bool,
}

/// What an outage is booked under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Cause {
    /// A cable failed.
    Cable,
    /// A feeder's first cable failed.
    Head,
    /// A distribution transformer failed.
    Transformer,
    /// A 110/10 kV unit failed.
    Unit,
    /// Work on a cable.
    PlannedCable,
    /// Work on a transformer.
    PlannedTransformer,
}

impl Cause {
    /// All causes, in order.
    pub const ALL: [Self; 6] =
        [Self::Cable, Self::Head, Self::Transformer, Self::Unit, Self::PlannedCable, Self::PlannedTransformer];

    /// What it is called in tables.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Cable => "cables",
            Self::Head => "first cables of feeders",
            Self::Transformer => "distribution transformers",
            Self::Unit => "110/10 kV units",
            Self::PlannedCable => "planned work on cables",
            Self::PlannedTransformer => "planned work on transformers",
        }
    }
}

impl Outage {
    /// A failure.
    pub const fn failure(element: Element) -> Self {
        Self { element, planned: false }
    }

    /// What it is booked under.
    pub const fn cause(self) -> Cause {
        match (self.element, self.planned) {
            (Element::Cable(_), false) => Cause::Cable,
            (Element::Head(_), false) => Cause::Head,
            (Element::Cable(_) | Element::Head(_), true) => Cause::PlannedCable,
            (Element::Transformer(_), false) => Cause::Transformer,
            (Element::Transformer(_), true) => Cause::PlannedTransformer,
            (Element::Unit(_), _) => Cause::Unit,
        }
    }
}
