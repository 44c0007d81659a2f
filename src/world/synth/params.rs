//! Behaviour parameters from a world file.

use crate::clock::HOUR_S;
use crate::fleet::battery::Curve;
use crate::fleet::charger::{ConverterLoss, GunKind};
use crate::fleet::params::{ChoiceWeights, ClassParams, FleetParams, LegLength, LegSpec, Pattern, PlugIn};
use crate::fleet::vehicle::{Place, VehicleClass};
use crate::market::tariff::{ClimateUse, Tariff};
use crate::world::figure::Figure;
use crate::world::schema::{ChargingFile, ClassFile, PatternFile, WorldFile};

const HOUR: f64 = HOUR_S as f64;

/// Rated power of a kind of gun in kW; of bidirectional guns, which come in two sizes, the larger.
pub fn rated_kw(c: &ChargingFile, kind: GunKind) -> f64 {
    match kind {
        GunKind::HomeAc | GunKind::CompoundAc | GunKind::PublicAc => c.ac_kw.get(),
        GunKind::Dc60 | GunKind::V2g => 60.0,
        GunKind::Dc120 => 120.0,
        GunKind::Dc180 => 180.0,
        GunKind::Super => c.super_gun_kw.get(),
    }
}

/// Everything the fleet's behaviour depends on. The file has been checked.
pub fn fleet_params(file: &WorldFile) -> FleetParams {
    let b = &file.behaviour;
    let c = &file.charging;
    let rated_w = GunKind::ALL.map(|kind| (rated_kw(c, kind) * 1_000.0) as i64);
    let losses = |two_way: bool| {
        GunKind::ALL.map(|kind| {
            let (at_full, at_30_percent) = match kind {
                _ if kind.is_ac() => c.ac_efficiency.get(),
                kind if two_way || kind == GunKind::V2g => c.v2g_efficiency.get(),
                _ => c.dc_efficiency.get(),
            };
            ConverterLoss::from_efficiencies(rated_w[kind as usize] as f64, at_full, at_30_percent)
        })
    };
    let classes = VehicleClass::ALL.map(|class| class_params(&file.fleet[&class]));
    let curve = |figure: &Figure<Vec<(f64, f64)>>| Curve::new(&figure.0).expect("the curve has been checked");
    FleetParams {
        classes: classes.into(),
        ac_curve: curve(&b.ac_curve),
        dc_curve: curve(&b.dc_curve),
        losses: losses(false),
        two_way_losses: losses(true),
        rated_w,
        speed_m_s: core::array::from_fn(|h| b.speed_km_h.0[h] / 3.6),
        choice: ChoiceWeights {
            price: b.utility_price.get(),
            distance: b.utility_km.get(),
            wait: b.utility_wait_h.get(),
            log_power: b.utility_log_kw.get(),
            log_size: b.utility_log_points.get(),
            alternatives: b.alternatives.get(),
        },
        control: b.control.get(),
        service_s: b.service_min.get() * 60.0,
        v2g_floor_soc: b.v2g_floor_soc.get(),
        mtbf_s: c.mtbf_days.get() * 86_400.0,
        mttr_s: c.mttr_days.get() * 86_400.0,
        v2g_on_tariff: b.v2g_on_tariff.get(),
        price_now: b.price_now.get(),
        price_horizon_h: b.price_horizon_h.get(),
        putting_off_h: b.putting_off_h.get(),
        putting_off_away_h: b.putting_off_away_h.get(),
        at_leisure: b.at_leisure.get(),
        overstay_slow_s: b.overstay_slow_min.get() * 60.0,
    }
}

fn class_params(c: &ClassFile) -> ClassParams {
    let plug = |p: (f64, f64)| PlugIn { half_soc: p.0, width: p.1 };
    let days = &c.days;
    ClassParams {
        days: [&days.workday, &days.weekend, &days.weekend, &days.holiday].map(|p| patterns(p)),
        base: plug(c.plug_in_base.get()),
        public: plug(c.plug_in_public.get()),
        shift: plug(c.plug_in_shift.get()),
        shift_windows_s: c.shift_hours.0.iter().map(|h| ((h.0 * HOUR) as u32, (h.1 * HOUR) as u32)).collect(),
        reserve_soc: c.reserve_soc.get(),
        slow_share: c.slow_share.get(),
        away_share: c.away_share.get(),
        dc_target_milli: (c.dc_target_soc.get() * 1_000.0) as u16,
        overstay_s: c.overstay_min.get() * 60.0,
        patience_s: c.patience_min.get() * 60.0,
    }
}

/// Patterns with cumulative weights.
fn patterns(files: &[PatternFile]) -> (Vec<f64>, Vec<Pattern>) {
    let mut sum = 0.0;
    let mut weights = Vec::new();
    let mut patterns = Vec::new();
    for file in files {
        let (weight, pattern) = match file {
            PatternFile::Stay { weight } => (*weight, Pattern::Stay),
            PatternFile::Chain { weight, legs } => {
                let leg = |l: &crate::world::schema::LegFile| LegSpec {
                    to: l.to,
                    depart_s: l.at_h * HOUR,
                    spread_s: l.spread_h * HOUR,
                    length: if l.to == Place::Errand { LegLength::Gravity } else { LegLength::Commute },
                };
                (*weight, Pattern::Chain(legs.iter().map(leg).collect()))
            }
            PatternFile::Rounds { weight, from_h, spread_h, every_min, rounds, km, sigma, by_hour, to_base } => {
                let by_hour = core::array::from_fn(|h| by_hour[h]);
                let (from_s, spread_s) = (from_h * HOUR, spread_h * HOUR);
                let pattern = Pattern::rounds(
                    from_s,
                    spread_s,
                    every_min * 60,
                    *rounds,
                    km * 1_000.0,
                    *sigma,
                    &by_hour,
                    *to_base,
                );
                (*weight, pattern)
            }
        };
        sum += weight;
        weights.push(sum);
        patterns.push(pattern);
    }
    (weights, patterns)
}

/// The tariff.
pub fn tariff(file: &WorldFile) -> Tariff {
    let t = &file.tariff;
    let (valley, flat, peak, sharp) = t.price_yuan_kwh.get();
    let mut sharp_hours = [false; 24];
    t.sharp_hours.0.iter().for_each(|&h| sharp_hours[h as usize % 24] = true);
    let mut sharp_months = [false; 13];
    t.sharp_months.0.iter().for_each(|&m| sharp_months[m as usize % 13] = true);
    Tariff {
        hours: core::array::from_fn(|h| t.hours.0[h]),
        sharp_hours,
        sharp_months,
        sharp_from_c: t.sharp_from_c.get(),
        price: [valley, flat, peak, sharp],
    }
}

/// How climate weighs on consumption.
pub fn climate(file: &WorldFile) -> ClimateUse {
    let (mild_from_c, mild_to_c) = file.behaviour.mild_c.get();
    let (per_c_cold, per_c_hot) = file.behaviour.per_c.get();
    ClimateUse { mild_from_c, mild_to_c, per_c_cold, per_c_hot }
}
