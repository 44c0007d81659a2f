//! The bars: how near the twin is meant to come, and whether it does. They inform; no exit code depends on them.

use super::compare::{BAND_GWH, NIGHT_SHARE, Validation};

/// What a measure is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wanted {
    /// At most so much.
    AtMost(f64),
    /// At least so much.
    AtLeast(f64),
    /// Between two figures.
    Between(f64, f64),
}

impl Wanted {
    /// Whether a value meets it.
    pub(super) fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
            Self::Between(least, most) => (least..=most).contains(&value),
        }
    }
}

/// A bar and what the twin has reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bar {
    /// Where its comparison stands in `validation.json`.
    pub(super) path: &'static [&'static str],
    /// The measure of that comparison.
    pub(super) measure: &'static str,
    /// The same for people.
    pub(super) name: &'static str,
    /// What is wanted.
    pub(super) wanted: Wanted,
    /// What is reached, if there is anything.
    pub(super) value: Option<f64>,
}

impl Bar {
    /// Whether it is met, if that can be told.
    pub(super) fn is_met(&self) -> Option<bool> {
        self.value.map(|value| self.wanted.is_met_by(value))
    }
}

/// The bars of all that was compared.
pub(super) fn all(of: &Validation) -> Vec<Bar> {
    use Wanted::{AtLeast, AtMost, Between};
    let mut bars = Vec::new();
    let mut bar = |path, measure, name, wanted, value| bars.push(Bar { path, measure, name, wanted, value });
    let kinds = of.hour_of_day.as_ref().map(|hours| &hours.kinds);
    let busy_paths: [&[&str]; 2] =
        [&["hour_of_day", "weekday", "busy_points"], &["hour_of_day", "weekend", "busy_points"]];
    let hours_paths: [&[&str]; 2] =
        [&["hour_of_day", "weekday", "charging_point_hours"], &["hour_of_day", "weekend", "charging_point_hours"]];
    let names = [
        ["weekday by hour, busy points: WAPE", "  Pearson", "weekday by hour, point-hours: WAPE"],
        ["weekend by hour, busy points: WAPE", "  Pearson", "weekend by hour, point-hours: WAPE"],
    ];
    for (i, kind) in kinds.into_iter().flatten().enumerate() {
        let Some(kind) = kind else { continue };
        let busy = &kind.busy_points.metrics;
        bar(busy_paths[i], "wape", names[i][0], AtMost(0.05), busy.wape);
        bar(busy_paths[i], "pearson", names[i][1], AtLeast(0.97), busy.pearson);
        bar(hours_paths[i], "wape", names[i][2], AtMost(0.06), kind.charging_point_hours.metrics.wape);
    }
    if let Some(daily) = &of.daily {
        bar(&["daily", "busy_points"], "wape", "days, busy points: WAPE", AtMost(0.06), daily.busy_points.wape);
    }
    if let Some(zones) = &of.zones {
        let path = &["zones", "utilisation"];
        bar(path, "spearman", "zones, utilisation: Spearman", AtLeast(0.40), zones.utilisation.spearman);
        bar(path, "wape_points_weighted", "  WAPE by points", AtMost(0.25), zones.wape_points_weighted);
    }
    let band = Between(BAND_GWH.0, BAND_GWH.1);
    bar(&["energy_gwh_181d"], "simulated", "energy of 181 days, GWh", band, of.energy.gwh);
    let night = Between(NIGHT_SHARE[0], NIGHT_SHARE[1]);
    bar(&["energy_night_share_0_8"], "simulated", "energy from 0 to 8 h, share", night, of.energy.night);
    bars
}

#[cfg(test)]
mod tests {
    use super::super::compare::compare;
    use super::super::compare::tests::{agreeing, survey, world};
    use super::super::measured::Measured;
    use super::super::period::tests::period;
    use super::*;

    #[test]
    fn bars_are_met_at_their_very_limit() {
        assert!(Wanted::AtMost(0.05).is_met_by(0.05) && !Wanted::AtMost(0.05).is_met_by(0.051));
        assert!(Wanted::AtLeast(0.97).is_met_by(0.97) && !Wanted::AtLeast(0.97).is_met_by(0.969));
        assert!(Wanted::Between(1.0, 2.0).is_met_by(2.0) && !Wanted::Between(1.0, 2.0).is_met_by(2.1));
    }

    #[test]
    fn only_what_was_compared_has_bars() {
        let days = period(14, &[]);
        let seen = survey(14, |_, _| [4, 2]);
        let all_bars = all(&compare(&seen, &days, &world(), 1.0, &agreeing(&days, [4.0, 2.0])));
        assert_eq!(all_bars.len(), 11);
        // A flat day has no correlation, and ten points take less than a city.
        let met: Vec<_> = all_bars.iter().map(Bar::is_met).collect();
        let yes = Some(true);
        let no = Some(false);
        assert_eq!(met, [yes, None, yes, yes, None, yes, yes, yes, yes, no, no]);
        assert_eq!(all(&compare(&seen, &days, &world(), 1.0, &Measured::default())).len(), 2);
    }
}
