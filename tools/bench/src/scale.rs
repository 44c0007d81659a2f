//! A smaller city of the same make: every count of a world file times one share, as patches.

use std::path::Path;
use voltcity::world::Checked;

/// Patches that scale a world's counts to a share.
pub(crate) fn patches(world: &Path, share: f64) -> Result<Vec<String>, String> {
    let checked = Checked::load(world, &[]).map_err(|e| e.to_string())?;
    let f = checked.file();
    let mut out = Vec::new();
    let whole = |out: &mut Vec<String>, path: &str, count: u32| {
        let scaled = (f64::from(count) * share).round().max(1.0);
        out.push(format!("{path}=({scaled}, \"scaled\")"));
    };
    for (class, c) in &f.fleet {
        whole(&mut out, &format!("fleet.{}.count", class.name()), c.count.get());
    }
    whole(&mut out, "charging.total", f.charging.total.get());
    whole(&mut out, "charging.compound_shared", f.charging.compound_shared.get());
    whole(&mut out, "charging.public_stations", f.charging.public_stations.get());
    whole(&mut out, "charging.super_stations", f.charging.super_stations.get());
    whole(&mut out, "charging.v2g_stations", f.charging.v2g_stations.get());
    whole(&mut out, "charging.integrated_stations", f.charging.integrated_stations.get());
    whole(&mut out, "grid.feeders", f.grid.feeders.get());
    whole(&mut out, "grid.substations", f.grid.substations.get());
    whole(&mut out, "pv.arrays", f.pv.arrays.get());
    whole(&mut out, "storage.user_side.units", f.storage.user_side.units.get());
    whole(&mut out, "storage.base_station.units", f.storage.base_station.units.get());
    let kinds = &f.load.kinds;
    let named = [
        ("residential", &kinds.residential),
        ("office", &kinds.office),
        ("retail", &kinds.retail),
        ("industry", &kinds.industry),
        ("public", &kinds.public),
        ("data_centre", &kinds.data_centre),
        ("metro", &kinds.metro),
        ("district_cooling", &kinds.district_cooling),
    ];
    for (name, kind) in named {
        whole(&mut out, &format!("load.kinds.{name}.buildings"), kind.buildings.get());
        let peak_mw = kind.peak_mw.get() * share;
        out.push(format!("load.kinds.{name}.peak_mw=({peak_mw}, \"scaled\")"));
    }
    // The counted stations of 2022 are more than a small city holds.
    for (id, row) in &f.zones.rows {
        if row.public.is_some() {
            out.push(format!("zones.rows.{id}.public=Remove"));
        }
    }
    Ok(out)
}
