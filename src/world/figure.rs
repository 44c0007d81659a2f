//! A number beside its source: no figure enters a world without one.

use serde::{Deserialize, Serialize};

/// A value and where it comes from, written `(23134, "China News Service, 2024-07-25")` in a world file.
///
/// A source that begins with `assumption` is a modelling choice and is listed as such by `voltcity describe`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure<T>(
    /// The value.
    pub T,
    /// Its source; never empty.
    pub String,
);

impl<T: Copy> Figure<T> {
    /// The value.
    pub const fn get(&self) -> T {
        self.0
    }
}

impl<T> Figure<T> {
    /// True when the figure is a modelling choice.
    pub fn is_assumption(&self) -> bool {
        self.1.trim_start().to_ascii_lowercase().starts_with("assumption")
    }
}
