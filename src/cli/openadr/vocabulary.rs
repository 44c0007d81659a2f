//! The payload types of OpenADR 3.1 and what their values are.
//!
//! From the enumeration schemas of the OpenADR Alliance (event interval payloads, report payloads, units; Apache 2.0).
//! A type that stands in neither table is private: its values may be anything.

use super::model::Value;

/// What the values of a type must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Numbers.
    Numbers,
    /// Numbers that are not negative.
    Amounts,
    /// Whole numbers in a range.
    Levels(i64, i64),
    /// Texts.
    Texts,
    /// Points of a curve.
    Points,
    /// Anything: it depends on the programme.
    Anything,
}

use Rule::{Amounts, Anything, Levels, Numbers, Points, Texts};

/// Power to draw more (positive) or less (negative) than without the event.
pub(crate) const RELATIVE: &str = "DISPATCH_SETPOINT_RELATIVE";
/// What would have been drawn without the event.
pub(crate) const BASELINE: &str = "BASELINE";
/// What was drawn.
pub(crate) const USAGE: &str = "USAGE";
/// What was drawn less what would have been.
pub(crate) const DELTA_USAGE: &str = "DELTA_USAGE";
/// The unit of energy.
pub(crate) const KWH: &str = "KWH";
/// The unit of power.
pub(crate) const KW: &str = "KW";

/// Payload types of events.
const EVENT: &[(&str, Rule)] = &[
    ("SIMPLE", Levels(0, 3)),
    ("PRICE", Numbers),
    ("PRICE_ALTERNATE", Numbers),
    ("CHARGE_STATE_SETPOINT", Amounts),
    ("DISPATCH_SETPOINT", Amounts),
    (RELATIVE, Numbers),
    ("DISPATCH_INSTRUCTION", Texts),
    ("CONTROL_SETPOINT", Anything),
    ("CONTROL_LEVEL_OFFSET", Levels(-10, 10)),
    ("CONTROL_LEVEL_OFFSET_PERCENT", Numbers),
    ("EXPORT_PRICE", Numbers),
    ("GHG", Amounts),
    ("CURVE", Points),
    ("OLS", Amounts),
    ("IMPORT_CAPACITY_SUBSCRIPTION", Amounts),
    ("IMPORT_CAPACITY_RESERVATION", Amounts),
    ("IMPORT_CAPACITY_RESERVATION_FEE", Numbers),
    ("IMPORT_CAPACITY_AVAILABLE", Numbers),
    ("IMPORT_CAPACITY_AVAILABLE_PRICE", Numbers),
    ("EXPORT_CAPACITY_SUBSCRIPTION", Numbers),
    ("EXPORT_CAPACITY_RESERVATION", Amounts),
    ("EXPORT_CAPACITY_RESERVATION_FEE", Numbers),
    ("EXPORT_CAPACITY_AVAILABLE", Numbers),
    ("EXPORT_CAPACITY_AVAILABLE_PRICE", Numbers),
    ("IMPORT_CAPACITY_LIMIT", Amounts),
    ("EXPORT_CAPACITY_LIMIT", Amounts),
    ("ALERT_GRID_EMERGENCY", Texts),
    ("ALERT_BLACK_START", Texts),
    ("ALERT_POSSIBLE_OUTAGE", Texts),
    ("ALERT_FLEX_ALERT", Texts),
    ("ALERT_FIRE", Texts),
    ("ALERT_FREEZING", Texts),
    ("ALERT_WIND", Texts),
    ("ALERT_TSUNAMI", Texts),
    ("ALERT_AIR_QUALITY", Texts),
    ("ALERT_OTHER", Texts),
    ("CTA2045_REBOOT", Levels(0, 1)),
    ("CTA2045_SET_OVERRIDE_STATUS", Levels(0, 1)),
];

/// Payload types of reports. The schema holds usage and demand to be no less than zero, but the prose of the standard
/// does not, and a vehicle that discharges uses less than nothing; a negative one is read as it stands.
const REPORT: &[(&str, Rule)] = &[
    ("READING", Numbers),
    (USAGE, Numbers),
    ("DEMAND", Numbers),
    ("SETPOINT", Anything),
    (DELTA_USAGE, Numbers),
    (BASELINE, Numbers),
    ("OPERATING_STATE", Texts),
    ("UP_REGULATION_AVAILABLE", Numbers),
    ("DOWN_REGULATION_AVAILABLE", Numbers),
    ("REGULATION_SETPOINT", Numbers),
    ("STORAGE_USABLE_CAPACITY", Numbers),
    ("STORAGE_CHARGE_LEVEL", Amounts),
    ("STORAGE_MAX_DISCHARGE_POWER", Numbers),
    ("STORAGE_MAX_CHARGE_POWER", Numbers),
    ("SIMPLE_LEVEL", Levels(0, 3)),
    ("USAGE_FORECAST", Numbers),
    ("STORAGE_DISPATCH_FORECAST", Numbers),
    ("LOAD_SHED_DELTA_AVAILABLE", Numbers),
    ("GENERATION_DELTA_AVAILABLE", Numbers),
    ("DATA_QUALITY", Texts),
    ("IMPORT_RESERVATION_CAPACITY", Numbers),
    ("IMPORT_RESERVATION_FEE", Numbers),
    ("EXPORT_RESERVATION_CAPACITY", Numbers),
    ("EXPORT_RESERVATION_FEE", Numbers),
];

/// The rule of a payload type of events. A private type may hold anything.
pub(crate) fn of_event(kind: &str) -> Rule {
    rule(EVENT, kind)
}

/// The rule of a payload type of reports. A private type may hold anything.
pub(crate) fn of_report(kind: &str) -> Rule {
    rule(REPORT, kind)
}

fn rule(table: &[(&str, Rule)], kind: &str) -> Rule {
    table.iter().find(|(name, _)| *name == kind).map_or(Anything, |&(_, rule)| rule)
}

impl Rule {
    /// Whether a value keeps the rule.
    pub(crate) fn allows(self, value: &Value) -> bool {
        match self {
            Numbers => value.number().is_some(),
            Amounts => value.number().is_some_and(|number| number >= 0.0),
            // A level may be written `1.0`.
            Levels(low, high) => {
                value.number().is_some_and(|n| n.trunc() == n && (low as f64..=high as f64).contains(&n))
            }
            Texts => value.text().is_some(),
            Points => matches!(value, Value::Point(..)),
            Anything => true,
        }
    }

    /// What would be right.
    pub(crate) fn hint(self) -> String {
        match self {
            Numbers => "write a number".to_owned(),
            Amounts => "write a number that is not negative".to_owned(),
            Levels(low, high) => format!("write a whole number from {low} to {high}"),
            Texts => "write a text".to_owned(),
            Points => "write a point, as in {\"x\": 1.0, \"y\": 2.0}".to_owned(),
            Anything => "write a number, a text, true, false or a point".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_stands_once_and_is_written_as_the_standard_does() {
        for table in [EVENT, REPORT] {
            for (i, (name, _)) in table.iter().enumerate() {
                assert!(table[..i].iter().all(|(other, _)| other != name), "{name} stands twice");
                assert!(name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'), "{name}");
            }
        }
        assert_eq!((EVENT.len(), REPORT.len()), (38, 24));
    }

    #[test]
    fn rules_tell_values_apart() {
        let number = |n: f64| Value::of(n);
        assert!(of_event("SIMPLE").allows(&number(3.0)));
        for wrong in [number(4.0), number(0.5), number(-1.0), Value::from("2")] {
            assert!(!of_event("SIMPLE").allows(&wrong), "{wrong:?}");
        }
        assert!(of_event(RELATIVE).allows(&number(-5.5)));
        assert!(!of_event("DISPATCH_SETPOINT").allows(&number(-5.5)));
        assert!(of_event("CURVE").allows(&Value::Point(1.0, 2.0)));
        assert!(!of_event("ALERT_FIRE").allows(&Value::Flag(true)));
        assert!(of_event("PRIVATE_ALGORITHM").allows(&Value::Flag(true)));
        assert!(of_report(USAGE).allows(&number(-1.0)));
    }
}
