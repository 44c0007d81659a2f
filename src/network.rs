//! The city's electrical network: what is not published, made by a recipe, and solved down to every transformer.
//!
//! ```text
//! 110 kV ─ unit with tap changer ─ 10 kV busbar ─ trunk cables ─ laterals ─ 10/0.4 kV transformers ─ mains ─ users
//! ```
//!
//! The tree 站-线-变-户 of a [`Plan`](crate::plan::Plan) says what hangs on what; this module adds where it stands, how
//! long and of which kind the cables are, and what transformers lose. One [`Section`] is one 110/10 kV unit with its
//! busbar and feeders: sections share nothing but the 110 kV that feeds them, so they are solved side by side.
//!
//! The recipe is that of synthetic distribution networks (arXiv 2001.09130, 2408.04923), with equipment as it is usual
//! in Shenzhen; [`check`] holds the result against what such networks are built for.

pub mod account;
pub mod agents;
pub mod area;
pub mod carries;
pub mod check;
pub mod city;
mod draft;
pub mod equipment;
mod flow;
pub mod heat;
pub mod hosting;
pub mod inverter;
#[cfg(test)]
mod kit;
mod layout;
pub mod outage;
pub mod passage;
pub mod running;
pub mod section;
pub mod source;
pub mod ties;
pub mod violation;

pub use account::GridAccount;
pub use agents::{Agent, Draw, agents_behind};
pub use area::{Area, AreaError, AreaFlow, Lumped};
pub use carries::{Carries, CarriesAll};
pub use city::{CityFlow, CityNetwork};
pub use flow::{FULL_FROM, SectionFlow};
pub use inverter::InverterControl;
pub use passage::LetThrough;
pub use running::{RunningGrid, SavedGrid};
pub use section::{Load, Part, Passage, Section};
pub use source::{BySource, Source, by_source};
pub use violation::{Overloaded, Violation, Violations};
