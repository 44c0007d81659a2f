//! The private terms by which an event of voltcity says what OpenADR has no field for.
//!
//! All stand once in the first interval, but for [`DROP_OUT`], of which there may be several. Times have an offset,
//! durations are those of ISO 8601.

/// What every private payload type begins with.
pub(crate) const PREFIX: &str = "VOLTCITY_";
/// Version of the event, a whole number from 1.
pub(crate) const VERSION: &str = "VOLTCITY_VERSION";
/// Who calls the event, a text.
pub(crate) const ISSUER: &str = "VOLTCITY_ISSUER";
/// Response class: `DayAhead`, `Hour`, `Minute`, `Second` or `Direct`.
pub(crate) const CLASS: &str = "VOLTCITY_CLASS";
/// When this version is announced, a time.
pub(crate) const NOTICE: &str = "VOLTCITY_NOTICE";
/// Time within which all of the power must be there, a duration.
pub(crate) const RAMP: &str = "VOLTCITY_RAMP";
/// Time over which resources come back after the end, a duration.
pub(crate) const RECOVERY: &str = "VOLTCITY_RECOVERY";
/// Paid to the operator for energy delivered, in yuan a kilowatt-hour.
pub(crate) const PRICE_OPERATOR: &str = "VOLTCITY_PRICE_OPERATOR";
/// Paid to the owner of a vehicle that discharges, in yuan a kilowatt-hour.
pub(crate) const PRICE_DISCHARGE: &str = "VOLTCITY_PRICE_DISCHARGE";
/// Paid to the owner of a vehicle that charges at another time, in yuan a kilowatt-hour.
pub(crate) const PRICE_SHIFT: &str = "VOLTCITY_PRICE_SHIFT";
/// Most energy that is paid for, in whole joules: kilowatt-hours as a decimal would not come back exactly.
pub(crate) const CAP_ENERGY: &str = "VOLTCITY_CAP_ENERGY";
/// Most money that is paid to operators, in yuan.
pub(crate) const CAP_MONEY: &str = "VOLTCITY_CAP_MONEY";
/// Baseline, a text: `last-5`, `last-5-adjusted`, `high-5-of-10`, `high-5-of-10-adjusted`, `quarter-before` or
/// `same-day-3+2`; adjusted means by the day-of adjustment.
pub(crate) const BASELINE: &str = "VOLTCITY_BASELINE";
/// Share of the resources invited, a number up to 1.
pub(crate) const INVITED_SHARE: &str = "VOLTCITY_INVITED_SHARE";
/// Vehicles invited, at most.
pub(crate) const INVITED_VEHICLES: &str = "VOLTCITY_INVITED_VEHICLES";
/// Vehicles invited to discharge, at most.
pub(crate) const INVITED_DISCHARGING: &str = "VOLTCITY_INVITED_DISCHARGING";
/// Stations invited, at most.
pub(crate) const INVITED_STATIONS: &str = "VOLTCITY_INVITED_STATIONS";
/// For drills, an aggregator that is cut off: its name, the time from which, and the time until which if it comes back.
pub(crate) const DROP_OUT: &str = "VOLTCITY_DROP_OUT";
/// In a report, energy given to the grid in an interval in kilowatt-hours; `USAGE` is zero then.
pub(crate) const EXPORT: &str = "VOLTCITY_EXPORT";

/// The terms of events.
pub(crate) const ALL: [&str; 17] = [
    VERSION,
    ISSUER,
    CLASS,
    NOTICE,
    RAMP,
    RECOVERY,
    PRICE_OPERATOR,
    PRICE_DISCHARGE,
    PRICE_SHIFT,
    CAP_ENERGY,
    CAP_MONEY,
    BASELINE,
    INVITED_SHARE,
    INVITED_VEHICLES,
    INVITED_DISCHARGING,
    INVITED_STATIONS,
    DROP_OUT,
];

/// The target of an event for the whole city.
pub(crate) const CITY: &str = "CITY";
/// What stands before the name of a district in a target.
pub(crate) const DISTRICT: &str = "DISTRICT:";
/// What stands before the row of a substation in a target.
pub(crate) const SUBSTATION: &str = "SUBSTATION:";
/// What stands before the row of a feeder in a target.
pub(crate) const FEEDER: &str = "FEEDER:";
/// What stands before the row of a distribution transformer in a target.
pub(crate) const TRANSFORMER: &str = "TRANSFORMER:";
/// What stands before the name of an aggregator in a target.
pub(crate) const AGGREGATOR: &str = "AGGREGATOR:";
/// What stands before a kind of resources in a target.
pub(crate) const KIND: &str = "KIND:";

/// Unit of an energy in whole joules; private, as the standard has none.
pub(crate) const JOULE: &str = "J";
/// The currency of all money.
pub(crate) const YUAN: &str = "CNY";
