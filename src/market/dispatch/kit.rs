//! What it takes to test a policy: cases made from a seed, the invariants of [`Policy`], and hostile policies.
//!
//! Nothing here needs a test framework. A test of one's own policy is a loop over seeds:
//!
//! ```
//! use voltcity::market::dispatch::{MeritOrder, kit};
//!
//! for seed in 0..50 {
//!     let case = kit::case(seed);
//!     kit::check(&MeritOrder, &case).expect("a sound policy");
//! }
//! ```

mod case;
mod check;
mod hostile;

pub use case::{Case, Shape, case, case_of, shuffled};
pub use check::{Violation, bounds, call, check, maximal, tree};
pub use hostile::hostile;

#[cfg(doc)]
use super::Policy;
