//! Rules of the vehicle classes.

use super::rules::Rules;
use super::section::{SHARE, Section};
use super::words::shown;
use super::{VEHICLES_MAX, days};
use crate::fleet::vehicle::VehicleClass;
use crate::world::schema::{ClassFile, DepotFile};
use std::collections::BTreeMap;

/// Guns of one depot, at most.
const DEPOT_GUNS_MAX: f64 = 1_000.0;

/// True for classes that have no place of their own but a depot.
const fn is_kept_in_depots(class: VehicleClass) -> bool {
    use VehicleClass::{Bus, Heavy, Logistics, Sanitation};
    matches!(class, Bus | Logistics | Heavy | Sanitation)
}

pub(super) fn fleet(fleet: &BTreeMap<VehicleClass, ClassFile>, rules: &mut Rules) {
    for class in VehicleClass::ALL {
        if let Some(file) = fleet.get(&class) {
            self::class(class, file, rules);
        } else {
            let message = format!("the class `{}` is missing", class.name());
            rules.flag("fleet", message, "write all eight classes; one without vehicles has a count of 0");
        }
    }
}

/// Judges the classes that can be read where another cannot.
pub(super) fn sound_classes(rules: &mut Rules) {
    let (rows, _) = rules.document().parse_each::<ClassFile>("fleet");
    for (name, file) in rows {
        if let Some(class) = VehicleClass::ALL.into_iter().find(|class| class.name() == name) {
            self::class(class, &file, rules);
        }
    }
}

fn class(class: VehicleClass, file: &ClassFile, rules: &mut Rules) {
    let mut at = rules.at("fleet");
    let mut at = at.inside(class.name());
    makes(file, &mut at);
    keeps(class, file, &mut at);
    habits(file, &mut at);
    days::days(&file.days, at.inside("days"));
}

/// What the vehicles are.
fn makes(file: &ClassFile, at: &mut Section) {
    let ClassFile { count, battery_kwh, hybrid_share, hybrid_kwh, kwh_per_km, km_per_day, ac_kw, hybrid_ac_kw, .. } =
        file;
    at.number("count", count, 0.0..=f64::from(VEHICLES_MAX), "vehicles");
    at.log_normal("battery_kwh", battery_kwh, 1.0..=1_000.0, "kWh");
    at.number("hybrid_share", hybrid_share, SHARE, "as a share");
    at.log_normal("hybrid_kwh", hybrid_kwh, 1.0..=1_000.0, "kWh");
    at.log_normal("kwh_per_km", kwh_per_km, 0.02..=5.0, "kWh/km");
    at.number("km_per_day", km_per_day, 1.0..=2_000.0, "km");
    at.number("ac_kw", ac_kw, 1.0..=100.0, "kW");
    at.number("hybrid_ac_kw", hybrid_ac_kw, 1.0..=100.0, "kW");
    let ClassFile { dc_c_rate, lfp_share, v2g_share, worker_share, price_follower_share, .. } = file;
    at.number("dc_c_rate", dc_c_rate, 0.1..=10.0, "per hour");
    for (field, figure) in [
        ("lfp_share", lfp_share),
        ("v2g_share", v2g_share),
        ("worker_share", worker_share),
        ("price_follower_share", price_follower_share),
    ] {
        at.number(field, figure, SHARE, "as a share");
    }
}

/// Where they are kept.
fn keeps(class: VehicleClass, file: &ClassFile, at: &mut Section) {
    let ClassFile { home, depot, .. } = file;
    at.numbers("home", home, SHARE, "as a share");
    let (own, shared) = home.get();
    let path = at.field("home");
    if own + shared > 1.0 + 1e-9 && SHARE.contains(&own) && SHARE.contains(&shared) {
        let message = format!("the shares of `{path}` add up to {}", shown(own + shared));
        at.rules.flag(&format!("{path}[0]"), message, "write shares that add up to at most 1");
    }
    let Some(depot) = depot else {
        if is_kept_in_depots(class) {
            let message = format!("`{}` has no `depot`, where vehicles of this class are kept", at.path);
            let hint = "write `depot: Some((vehicles: ..., guns_per_vehicle: ..., gun: ...))`";
            let path = at.path.clone();
            at.rules.flag(&path, message, hint);
        }
        return;
    };
    if own + shared > 0.0 {
        let message = format!("`{}` is kept in depots and has piles where it lives", at.path);
        at.rules.flag(&format!("{path}[0]"), message, "write (0, 0), or leave the depot out");
    }
    let DepotFile { vehicles, guns_per_vehicle, gun } = depot;
    let mut at = at.inside("depot");
    at.number("vehicles", vehicles, 1.0..=10_000.0, "vehicles");
    let most = DEPOT_GUNS_MAX / f64::from(vehicles.get().clamp(1, 10_000));
    at.number("guns_per_vehicle", guns_per_vehicle, 0.01..=most.min(5.0), "guns for each vehicle of the depot");
    at.sourced("gun", gun);
    if gun.get().is_ac() {
        let message =
            format!("`{}` is {:?}, but vehicles in depots charge with direct current", at.field("gun"), gun.0);
        let path = format!("{}[0]", at.field("gun"));
        at.rules.flag(&path, message, "write Dc60, Dc120, Dc180, Super or V2g");
    }
}

/// When they charge.
fn habits(file: &ClassFile, at: &mut Section) {
    let ClassFile { plug_in_base, plug_in_public, plug_in_shift, shift_hours, .. } = file;
    let rules = [("plug_in_base", plug_in_base), ("plug_in_public", plug_in_public), ("plug_in_shift", plug_in_shift)];
    for (field, figure) in rules {
        let path = at.field(field);
        at.holds(&format!("{path}[0][0]"), figure.0.0, &(0.0..=2.0), "as a state of charge; above 1, most always do");
        at.holds(&format!("{path}[0][1]"), figure.0.1, &(0.001..=1.0), "as a width in state of charge");
        at.sourced(field, figure);
    }
    let path = format!("{}[0]", at.field("shift_hours"));
    at.sourced("shift_hours", shift_hours);
    if at.length(&path, shift_hours.0.len(), 0..=24) {
        for (i, &(from, to)) in shift_hours.0.iter().enumerate() {
            at.holds(&format!("{path}[{i}][0]"), from, &(0.0..=24.0), "as an hour of the day");
            at.holds(&format!("{path}[{i}][1]"), to, &(0.0..=24.0), "as an hour of the day");
            if from >= to {
                let message = format!("`{}` goes from {} to {}", at.field("shift_hours"), shown(from), shown(to));
                let hint = "write the earlier hour first; a change across midnight is two: up to 24, and from 0";
                at.rules.flag(&format!("{path}[{i}]"), message, hint);
            }
        }
    }
    let ClassFile { reserve_soc, slow_share, away_share, dc_target_soc, overstay_min, patience_min, .. } = file;
    at.number("reserve_soc", reserve_soc, SHARE, "as a state of charge");
    at.number("slow_share", slow_share, SHARE, "as a share");
    at.number("away_share", away_share, SHARE, "as a share");
    at.number("dc_target_soc", dc_target_soc, 0.2..=1.0, "as a state of charge");
    at.number("overstay_min", overstay_min, 0.0..=1_440.0, "min");
    at.number("patience_min", patience_min, 0.0..=1_440.0, "min");
    if reserve_soc.get() > dc_target_soc.get() {
        let path = at.field("reserve_soc");
        let message = format!("`{path}` is {}, more than `dc_target_soc`", shown(reserve_soc.get()));
        at.rules.flag(&format!("{path}[0]"), message, format!("write at most {}", shown(dc_target_soc.get())));
    }
}
