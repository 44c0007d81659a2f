//! Sums up the electrical tree, limits, and the ledger that must close.

pub mod balance;
pub mod ledger;
