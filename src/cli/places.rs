//! What a reader of a series cannot know from its rows: where zones lie and what they can carry, where stations are and
//! what they have, what feeders can carry, and what is published of the world. It goes into the metadata of the
//! series, as JSON.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use voltcity::fleet::station::Station;
use voltcity::plan::Plan;
use voltcity::telemetry::Level;
use voltcity::units::Power;
use voltcity::world::schema::PublishedFile;

/// The metadata of one world's series, by level.
pub(crate) struct About {
    districts: Value,
    zones: Value,
    stations: Value,
    feeders: Value,
    published: Value,
}

impl About {
    /// Reads it from the plan, before the twin takes it over.
    pub(crate) fn of(plan: &Plan, published: &BTreeMap<String, PublishedFile>) -> Self {
        Self {
            districts: Value::from(plan.tree.districts.as_slice()),
            zones: zones(plan),
            stations: stations(plan),
            feeders: plan.feeders.iter().map(|feeder| feeder.limit_w).collect(),
            published: published_value(published),
        }
    }

    /// Key and value for the series of a level, if there is something to say.
    pub(crate) fn pair(&self, level: Level) -> Option<(&'static str, String)> {
        let (key, value) = match level {
            Level::City => ("voltcity.published", &self.published),
            Level::District => ("voltcity.ids", &self.districts),
            Level::Zone => ("voltcity.places", &self.zones),
            Level::Station => ("voltcity.stations", &self.stations),
            Level::Feeder => ("voltcity.limits_w", &self.feeders),
            Level::Transformer => return None,
        };
        Some((key, value.to_string()))
    }
}

/// Published figures by key, each with its unit and source.
pub(crate) fn published_value(published: &BTreeMap<String, PublishedFile>) -> Value {
    let row = |p: &PublishedFile| json!({"value": p.value, "unit": p.unit, "source": p.source});
    Value::Object(published.iter().map(|(key, p)| (key.clone(), row(p))).collect())
}

/// Every zone with its place, and what its transformers carry and its charge points deliver together. Coordinates are
/// in the datum of the world.
fn zones(plan: &Plan) -> Value {
    let zones = plan.geography.zones();
    let (mut points, mut points_w) = (vec![0_u32; zones.len()], vec![0_i64; zones.len()]);
    for gun in &plan.guns {
        let zone = usize::from(plan.sites[gun.station as usize].zone);
        points[zone] += 1;
        points_w[zone] += i64::from(gun.rating_w);
    }
    let limit_w = |zone: usize| -> i64 {
        plan.transformers[plan.tree.zone_transformers[zone].range()].iter().map(|t| i64::from(t.limit_w)).sum()
    };
    let row = |(i, zone): (usize, &voltcity::city::geography::Zone)| {
        json!({
            "id": zone.id,
            "district": plan.tree.districts[usize::from(zone.district)],
            "lon": zone.lon,
            "lat": zone.lat,
            "area_km2": zone.area_m2 / 1e6,
            "limit_mw": Power(limit_w(i)).mw(),
            "points": points[i],
            "points_mw": Power(points_w[i]).mw(),
        })
    };
    zones.iter().enumerate().map(row).collect()
}

/// Stations that are open to all, in the order of the rows of their series, each field as a list: what they are, where,
/// in which zone, and what their points can deliver together. Coordinates are in the datum of the world.
fn stations(plan: &Plan) -> Value {
    let open_to_all = (0..).zip(&plan.stations).filter(|(_, station)| station.kind.is_public());
    let (ids, stations): (Vec<u32>, Vec<&Station>) = open_to_all.unzip();
    let power_kw = |station: &&Station| {
        let guns = station.first_gun as usize..(station.first_gun + station.guns) as usize;
        plan.guns[guns].iter().map(|gun| i64::from(gun.rating_w)).sum::<i64>() / 1_000
    };
    let degrees = |value: f64| (value * 1e5).round() / 1e5;
    let zones = plan.geography.zones();
    json!({
        "id": ids,
        "kind": stations.iter().map(|station| station.kind.label()).collect::<Vec<_>>(),
        "lon": stations.iter().map(|station| degrees(station.lon)).collect::<Vec<_>>(),
        "lat": stations.iter().map(|station| degrees(station.lat)).collect::<Vec<_>>(),
        "zone": stations.iter().map(|station| zones[usize::from(station.zone)].id).collect::<Vec<_>>(),
        "power_kw": stations.iter().map(power_kw).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use voltcity::world::Checked;

    #[test]
    fn zones_tell_where_they_lie_and_what_they_carry() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/block.ron");
        let world = Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        let plan = world.plan();
        let about = About::of(&plan, &world.file().published);
        let (key, text) = about.pair(Level::Zone).unwrap();
        let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
        assert_eq!((key, rows.len()), ("voltcity.places", plan.geography.zones().len()));
        let points: u64 = rows.iter().map(|row| row["points"].as_u64().unwrap()).sum();
        assert_eq!(points, plan.guns.len() as u64);
        assert!(rows[0]["limit_mw"].as_f64().unwrap() > 0.0);
        assert!(about.pair(Level::Transformer).is_none());
        let (key, text) = about.pair(Level::Station).unwrap();
        let stations: Value = serde_json::from_str(&text).unwrap();
        let of = |name: &str| stations[name].as_array().unwrap().len();
        let public = plan.stations.iter().filter(|station| station.kind.is_public()).count();
        assert!(key == "voltcity.stations" && public > 0);
        assert_eq!(["id", "kind", "lon", "lat", "zone", "power_kw"].map(of), [public; 6]);
        assert!(stations["power_kw"].as_array().unwrap().iter().all(|kw| kw.as_i64().unwrap() > 0), "{text}");
    }
}
