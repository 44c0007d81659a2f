//! The counts per zone that ST-EVCDP publishes, and how they differ from those that its own stations add up to.

use crate::fragment::grouped;
use crate::layer::Layer;
use crate::polygon::Point;
use crate::problem::{Failure, Findings};
use crate::table::Table;
use crate::zones::Public;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

/// A zone whose published place is farther from its polygon than this is remarked on.
const FAR_M: f64 = 1_000.0;
/// How many of the zones that differ are named.
const NAMED: usize = 10;

/// Fast and slow points by the TAZID of the zone.
pub(crate) type Published = BTreeMap<u32, [u64; 2]>;

/// Describes how the counts published at `path` differ from `public`, the sums of the stations.
pub(crate) fn compare(path: &Path, published: &Published, public: &BTreeMap<u32, Public>) -> Vec<String> {
    let (mut same, mut differ, mut sums) = (0, Vec::new(), [0, 0]);
    for (id, [fast, slow]) in published {
        let own = public.get(id).copied().unwrap_or_default();
        sums = [sums[0] + fast, sums[1] + slow];
        if (own.fast, own.slow) == (*fast, *slow) {
            same += 1;
        } else {
            let apart = own.fast.abs_diff(*fast) + own.slow.abs_diff(*slow);
            differ.push((apart, *id, format!("{id}: {fast}+{slow} published, {}+{} summed", own.fast, own.slow)));
        }
    }
    // The largest differences first; among equals the lowest id.
    differ.sort_by_key(|(apart, id, _)| (core::cmp::Reverse(*apart), *id));
    let elsewhere: Public = public.iter().filter(|(id, _)| !published.contains_key(id)).map(|(_, p)| *p).sum();
    let elsewhere_zones = public.keys().filter(|id| !published.contains_key(id)).count();
    let [fast, slow] = sums.map(grouped);
    let mut lines = vec![
        format!("{}: {} zones, {fast} fast and {slow} slow points", path.display(), published.len()),
        format!("  zones that agree with the stations: {same}; that differ: {}", differ.len()),
        format!(
            "  zones with stations that it lacks: {elsewhere_zones}, with {} stations, {} fast and {} slow points",
            grouped(elsewhere.stations),
            grouped(elsewhere.fast),
            grouped(elsewhere.slow)
        ),
    ];
    if !differ.is_empty() {
        lines.push("  largest differences (fast+slow):".to_owned());
        lines.extend(differ.iter().take(NAMED).map(|(_, _, text)| format!("    {text}")));
    }
    lines
}

/// Reads the published counts.
///
/// # Errors
/// The file cannot be read, is empty, or lacks a column.
pub(crate) fn read(path: &Path, layer: &Layer, findings: &mut Findings) -> Result<Published, Failure> {
    let columns = ["grid", "count", "fast_count", "slow_count", "lon", "la"];
    let table = Table::read(path, &columns, findings)?;
    let mut published = BTreeMap::new();
    for row in table.rows() {
        let counts = ["grid", "count", "fast_count", "slow_count"].map(|name| row.whole(name, findings));
        let lon = row.real("lon", &(-180.0..=180.0), findings);
        let lat = row.real("la", &(-90.0..=90.0), findings);
        let ([Some(id), Some(count), Some(fast), Some(slow)], Some(lon), Some(lat)) = (counts, lon, lat) else {
            continue;
        };
        let Some(zone) = layer.zones.get(&id) else {
            findings.bad(row.remark("grid", format!("the layer has no zone {id}")));
            continue;
        };
        let points = [u64::from(fast), u64::from(slow)];
        if points[0] + points[1] != u64::from(count) {
            let text = format!("{count}, but fast_count + slow_count is {}", points[0] + points[1]);
            findings.bad(row.remark("count", text));
        } else if let Entry::Vacant(entry) = published.entry(id) {
            entry.insert(points);
        } else {
            findings.bad(row.remark("grid", format!("{id} occurs again; ids are unique")));
        }
        let place: Point = [lon, lat];
        let metres = zone.polygon.distance_to_outline_m(place);
        if !zone.polygon.contains(place) && metres > FAR_M {
            findings.note(row.remark("lon", format!("({lon}, {lat}) is {metres:.0} m outside zone {id}")));
        }
    }
    Ok(published)
}
