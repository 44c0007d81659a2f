//! Rules of the tariff and of behaviour common to all classes.

use super::rules::Rules;
use super::section::{SHARE, Section};
use crate::fleet::choice::MOST_ALTERNATIVES;
use crate::world::figure::Figure;
use crate::world::schema::{BehaviourFile, TariffFile};

/// Power over the greatest below which a charging curve has all but stopped and counts as full.
const CURVE_LEAST: f64 = 0.03;

pub(super) fn tariff(file: &TariffFile, rules: &mut Rules) {
    let TariffFile { hours, sharp_hours, sharp_months, sharp_from_c, price_yuan_kwh } = file;
    let mut at = rules.at("tariff");
    at.length("tariff.hours[0]", hours.0.len(), 24..=24);
    at.sourced("hours", hours);
    at.list("sharp_hours", sharp_hours, 0..=24, 0.0..=23.0, "as an hour of the day");
    at.list("sharp_months", sharp_months, 0..=12, 1.0..=12.0, "as a month");
    at.number("sharp_from_c", sharp_from_c, -50.0..=100.0, "degrees Celsius");
    at.numbers("price_yuan_kwh", price_yuan_kwh, 0.0..=100.0, "yuan/kWh");
    let (valley, flat, peak, sharp) = price_yuan_kwh.get();
    let path = "tariff.price_yuan_kwh[0]";
    at.rises(path, [valley, flat, peak, sharp].into_iter(), 0.0, |i| format!("{path}[{i}]"));
}

pub(super) fn behaviour(file: &BehaviourFile, rules: &mut Rules) {
    let BehaviourFile { control, v2g_on_tariff, v2g_floor_soc, mild_c, per_c, speed_km_h, detour, decay_km, .. } = file;
    let mut at = rules.at("behaviour");
    at.sourced("control", control);
    at.sourced("v2g_on_tariff", v2g_on_tariff);
    at.number("v2g_floor_soc", v2g_floor_soc, SHARE, "as a state of charge");
    at.interval("mild_c", mild_c, -30.0..=50.0, "degrees Celsius");
    at.numbers("per_c", per_c, 0.0..=0.1, "per degree Celsius");
    at.list("speed_km_h", speed_km_h, 24..=24, 3.0..=150.0, "km/h");
    at.number("detour", detour, 1.0..=5.0, "km by road for a km of air line");
    at.number("decay_km", decay_km, 0.5..=1_000.0, "km");
    let BehaviourFile { ac_curve, dc_curve, alternatives, service_min, .. } = file;
    curve(&mut at, "ac_curve", ac_curve);
    curve(&mut at, "dc_curve", dc_curve);
    at.number("alternatives", alternatives, 1.0..=MOST_ALTERNATIVES as f64, "stations");
    at.number("service_min", service_min, 1.0..=1_440.0, "min");
    let BehaviourFile { utility_price, utility_km, utility_wait_h, utility_log_kw, utility_log_points, .. } = file;
    let BehaviourFile { price_now, price_horizon_h, overstay_slow_min, .. } = file;
    at.number("price_now", price_now, 0.0..=50.0, "per doubling of the price");
    at.number("price_horizon_h", price_horizon_h, 1.0..=24.0, "h");
    let BehaviourFile { putting_off_h, putting_off_away_h, at_leisure, .. } = file;
    at.number("putting_off_h", putting_off_h, 0.0..=10.0, "per h");
    at.number("putting_off_away_h", putting_off_away_h, 0.0..=10.0, "per h");
    at.number("at_leisure", at_leisure, 0.0..=10.0, "as a logarithm");
    at.number("overstay_slow_min", overstay_slow_min, 0.0..=10_000.0, "min");
    at.number("utility_price", utility_price, -100.0..=0.0, "per yuan/kWh: what is dear is not sought");
    at.number("utility_km", utility_km, -100.0..=0.0, "per km: what is far is not sought");
    at.number("utility_wait_h", utility_wait_h, -100.0..=0.0, "per h: waiting is not sought");
    at.number("utility_log_kw", utility_log_kw, 0.0..=20.0, "per unit of the logarithm");
    at.number("utility_log_points", utility_log_points, 0.0..=20.0, "per unit of the logarithm");
}

/// A charging curve: from empty to full, never all but stopping on the way.
fn curve(at: &mut Section, field: &str, figure: &Figure<Vec<(f64, f64)>>) {
    let path = format!("{}[0]", at.field(field));
    at.sourced(field, figure);
    let knots = &figure.0;
    if !at.length(&path, knots.len(), 2..=100) {
        return;
    }
    let last = knots.len() - 1;
    for (i, &(soc, fraction)) in knots.iter().enumerate() {
        at.holds(&format!("{path}[{i}][0]"), soc, &SHARE, "as a state of charge");
        let least = if i == last { 0.0 } else { CURVE_LEAST };
        at.holds(&format!("{path}[{i}][1]"), fraction, &(least..=1.0), "of the greatest power");
    }
    at.rises(&path, knots.iter().map(|knot| knot.0), 0.001, |i| format!("{path}[{i}][0]"));
    for (i, end, where_) in [(0, 0.0, "begin"), (last, 1.0, "end")] {
        if SHARE.contains(&knots[i].0) && knots[i].0 != end {
            let message = format!("the charging curve does not {where_} at a state of charge of {end}");
            at.rules.flag(&format!("{path}[{i}][0]"), message, format!("write a knot for {end}"));
        }
    }
}
