//! By which baseline an event is measured. How it is reckoned stands elsewhere; here it is only named.

use serde::{Deserialize, Serialize};

/// How what would have been drawn without the event is reckoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BaselineMethod {
    /// Mean of the same intervals of the last five working days (Jiangsu 2015, day-ahead).
    Last5Workdays,
    /// Mean of the five days of highest load among the last ten working days (Beijing 2015).
    High5Of10,
    /// The quarter of an hour before the start (Jiangsu 2015, real-time).
    QuarterBefore,
    /// Three hours before and two hours after on the same day, each an hour away (PJM).
    SameDay3Plus2,
}

impl BaselineMethod {
    /// All methods, in order.
    pub const ALL: [Self; 4] = [Self::Last5Workdays, Self::High5Of10, Self::QuarterBefore, Self::SameDay3Plus2];

    /// The name used in event files and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Last5Workdays => "Last5Workdays",
            Self::High5Of10 => "High5Of10",
            Self::QuarterBefore => "QuarterBefore",
            Self::SameDay3Plus2 => "SameDay3Plus2",
        }
    }

    /// True if it looks at days before the event, so that a day-of adjustment means something.
    pub const fn averages_days(self) -> bool {
        matches!(self, Self::Last5Workdays | Self::High5Of10)
    }
}

/// A day-of adjustment: the baseline is scaled by what was drawn over what it says for a window before the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayOf {
    /// The window begins so many s before the start.
    pub from_s: u32,
    /// It ends so many s before the start.
    pub to_s: u32,
    /// Most that the scale may differ from one, in thousandths.
    pub limit_permille: u32,
}

/// The baseline by which delivery is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// How it is reckoned.
    pub method: BaselineMethod,
    /// How it is adjusted to the day, if it is.
    pub day_of: Option<DayOf>,
}
