//! The traffic zones: reads the `GeoJSON` layer, checks it, and says in which zone a place lies.

use crate::polygon::{Point, Polygon};
use crate::problem::{Failure, Findings, Problem, line_ends, not_utf8, read};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::path::Path;
use voltcity::city::coordinates::{LATITUDES_DEG, LONGITUDES_DEG};

/// A stated area may differ from the polygon's by this share without a remark.
pub(crate) const AREA_TOLERANCE: f64 = 0.01;
/// The layer's own areas are rounded to this.
const AREA_ROUNDING_KM2: f64 = 0.01;

/// One traffic zone.
#[derive(Debug)]
pub(crate) struct Zone {
    /// District of the city, as the layer spells it.
    pub(crate) district: String,
    /// The centroid: the layer's own where it is plausible, else the polygon's.
    pub(crate) centre: Point,
    /// Length of the roads in metres; 0 in the layer also where it is not known.
    pub(crate) road_m: u64,
    /// The outline.
    pub(crate) polygon: Polygon,
}

/// All zones by their TAZID.
#[derive(Debug)]
pub(crate) struct Layer {
    /// The zones.
    pub(crate) zones: BTreeMap<u32, Zone>,
}

/// Where a place lies among the zones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place {
    /// In this zone.
    Inside(u32),
    /// In no zone; the nearest one, and its distance in metres.
    Outside(u32, f64),
}

impl Layer {
    /// Reads the layer at `path`. A feature that is not a valid zone goes to `findings` and is left out.
    ///
    /// # Errors
    /// The file cannot be read, is not a `GeoJSON` collection of features, or has no valid zone.
    pub(crate) fn read(path: &Path, findings: &mut Findings) -> Result<Self, Failure> {
        Self::parse(&path.display().to_string(), &read(path)?, findings)
    }

    fn parse(file: &str, bytes: &[u8], findings: &mut Findings) -> Result<Self, Failure> {
        let unusable = |(line, column), text| Failure::Unusable(Problem { file: file.to_owned(), line, column, text });
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(unusable((1, 1), "the file is empty; it should be a GeoJSON FeatureCollection".to_owned()));
        }
        let text = std::str::from_utf8(bytes).map_err(|e| {
            let at = e.valid_up_to();
            unusable(place_of(bytes, at), not_utf8(bytes, at))
        })?;
        let collection: Collection = serde_json::from_str(text)
            .map_err(|e| unusable((e.line() as u64, e.column() as u64), without_place(&e)))?;
        if collection.kind != "FeatureCollection" {
            let text = format!("a GeoJSON \"{}\"; expected a \"FeatureCollection\"", collection.kind);
            return Err(unusable((1, 1), text));
        }
        let mut layer = Self { zones: BTreeMap::new() };
        for raw in collection.features {
            let start = raw.get().as_ptr().addr() - text.as_ptr().addr();
            let (line, column) = place_of(bytes, start);
            let here = Here { file, line, column };
            layer.add(raw.get(), &here, findings);
        }
        if layer.zones.is_empty() {
            return Err(unusable((1, 1), "no valid zone in the layer".to_owned()));
        }
        layer.note_roadless(file, findings);
        Ok(layer)
    }

    fn add(&mut self, raw: &str, here: &Here, findings: &mut Findings) {
        let feature: Feature = match serde_json::from_str(raw) {
            Ok(feature) => feature,
            Err(error) => return findings.bad(here.inside(&error)),
        };
        let Properties { id, district, .. } = &feature.properties;
        if self.zones.contains_key(id) {
            return findings.bad(here.problem(format!("TAZID {id} occurs again; ids are unique")));
        }
        if district.is_empty() {
            return findings.bad(here.problem(format!("TAZID {id}: district: empty")));
        }
        match zone(&feature, here, findings) {
            Ok(zone) => drop(self.zones.insert(*id, zone)),
            Err(text) => findings.bad(here.problem(format!("TAZID {id}: {text}"))),
        }
    }

    fn note_roadless(&self, file: &str, findings: &mut Findings) {
        let without = self.zones.values().filter(|zone| zone.road_m == 0).count();
        if without > 0 {
            let text = format!("{without} of {} zones have LENG_ROAD_km 0, written as road_m: 0", self.zones.len());
            findings.note(Problem { file: file.to_owned(), line: 1, column: 1, text });
        }
    }

    /// In which zone the point lies, or which zone is nearest.
    ///
    /// Where zones overlap, or are equally near, it is the one with the lowest id.
    pub(crate) fn place(&self, point: Point) -> Place {
        if let Some((id, _)) = self.zones.iter().find(|(_, zone)| zone.polygon.contains(point)) {
            return Place::Inside(*id);
        }
        let mut nearest = (0, f64::INFINITY);
        for (id, zone) in &self.zones {
            let distance_m = zone.polygon.distance_to_outline_m(point);
            if distance_m < nearest.1 {
                nearest = (*id, distance_m);
            }
        }
        Place::Outside(nearest.0, nearest.1)
    }
}

/// Where a feature begins.
struct Here<'a> {
    file: &'a str,
    line: u64,
    column: u64,
}

impl Here<'_> {
    fn problem(&self, text: String) -> Problem {
        Problem { file: self.file.to_owned(), line: self.line, column: self.column, text }
    }

    /// The place of an error within the feature.
    fn inside(&self, error: &serde_json::Error) -> Problem {
        let (line, column) = (error.line() as u64, error.column() as u64);
        let column = if line <= 1 { self.column + column.saturating_sub(1) } else { column };
        let line = self.line + line.saturating_sub(1);
        Problem { file: self.file.to_owned(), line, column, text: without_place(error) }
    }
}

/// The error without the place that `serde_json` appends, which may be relative to a part of the file.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(what, _)| what.to_owned())
}

/// Line and column of a byte, both from 1.
fn place_of(bytes: &[u8], at: usize) -> (u64, u64) {
    let before = &bytes[..at];
    let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
    let column = 1 + String::from_utf8_lossy(&before[line_start..]).chars().count();
    (1 + line_ends(before), column as u64)
}

#[derive(Deserialize)]
struct Collection<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    features: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
    geometry: Geometry,
}

#[derive(Deserialize)]
struct Properties {
    #[serde(rename = "TAZID")]
    id: u32,
    district: String,
    #[serde(rename = "AREA_km2")]
    area_km2: f64,
    #[serde(rename = "LENG_ROAD_km")]
    road_km: f64,
    centroid_lon: f64,
    centroid_lat: f64,
}

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Polygon(Vec<Vec<Vec<f64>>>),
    MultiPolygon(Vec<Vec<Vec<Vec<f64>>>>),
}

impl Geometry {
    fn polygon(&self) -> Result<Polygon, String> {
        let parts = match self {
            Self::Polygon(rings) => std::slice::from_ref(rings),
            Self::MultiPolygon(parts) => parts,
        };
        let point = |position: &Vec<f64>| match position.as_slice() {
            // A third number, the altitude, is allowed and of no use here.
            [lon, lat, ..] => Ok([*lon, *lat]),
            _ => Err("a position needs a longitude and a latitude".to_owned()),
        };
        let ring = |ring: &Vec<Vec<f64>>| ring.iter().map(point).collect::<Result<Vec<_>, _>>();
        let part = |part: &Vec<Vec<Vec<f64>>>| part.iter().map(ring).collect::<Result<Vec<_>, _>>();
        let polygon = Polygon::new(parts.iter().map(part).collect::<Result<_, _>>()?)?;
        let [lon, lat] = polygon.middle();
        if !(LONGITUDES_DEG.contains(&lon) && LATITUDES_DEG.contains(&lat)) {
            return Err(format!(
                "the polygon around ({lon:.5}, {lat:.5}) is outside mainland China, where GCJ-02 is defined"
            ));
        }
        Ok(polygon)
    }
}

/// The zone of a feature. What is implausible beside a valid polygon is replaced by the polygon's own and noted.
fn zone(feature: &Feature, here: &Here, findings: &mut Findings) -> Result<Zone, String> {
    let Properties { id, district, area_km2, road_km, centroid_lon, centroid_lat } = &feature.properties;
    let polygon = feature.geometry.polygon()?;
    if *road_km < 0.0 || *area_km2 < 0.0 {
        return Err(format!("LENG_ROAD_km {road_km}, AREA_km2 {area_km2}: a length and an area are 0 or more"));
    }
    let measured_km2 = polygon.area_m2() / 1e6;
    if (measured_km2 - area_km2).abs() > AREA_ROUNDING_KM2 + AREA_TOLERANCE * measured_km2 {
        let text = format!("TAZID {id}: AREA_km2 {area_km2}, but the polygon has {measured_km2:.2}, which is used");
        findings.note(here.problem(text));
    }
    let mut centre = [*centroid_lon, *centroid_lat];
    if !polygon.box_contains(centre) {
        let text = format!(
            "TAZID {id}: the centroid ({centroid_lon}, {centroid_lat}) is away from the polygon, whose own is used"
        );
        findings.note(here.problem(text));
        centre = polygon.centroid();
    }
    Ok(Zone { district: district.clone(), centre, road_m: libm::rint(road_km * 1e3) as u64, polygon })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A layer of squares of 0.01 degrees, each given by its id and its south-west corner.
    pub(crate) fn squares(zones: &[(u32, Point)]) -> String {
        let features: Vec<String> = zones.iter().map(|(id, corner)| square(*id, *corner)).collect();
        format!("{{\"type\": \"FeatureCollection\", \"features\": [\n{}\n]}}", features.join(",\n"))
    }

    fn square(id: u32, [west, south]: Point) -> String {
        let (east, north) = (west + 0.01, south + 0.01);
        format!(
            "{{\"type\": \"Feature\", \"properties\": {{\"TAZID\": {id}, \"AREA_km2\": 1.14, \"LENG_ROAD_km\": 2.5, \
             \"centroid_lon\": {}, \"centroid_lat\": {}, \"district\": \"Futian\"}}, \"geometry\": {{\"type\": \
             \"Polygon\", \"coordinates\": [[[{west}, {south}], [{east}, {south}], [{east}, {north}], \
             [{west}, {north}], [{west}, {south}]]]}}}}",
            west + 0.005,
            south + 0.005
        )
    }

    fn parse(text: &str) -> (Result<Layer, Failure>, Vec<String>, Vec<String>) {
        let mut findings = Findings::default();
        let layer = Layer::parse("z.geojson", text.as_bytes(), &mut findings);
        let lines = |problems: Vec<&Problem>| problems.into_iter().map(ToString::to_string).collect();
        (layer, lines(findings.sorted_bad()), lines(findings.sorted_notes()))
    }

    const TWO: [(u32, Point); 2] = [(102, [114.0, 22.5]), (7, [114.01, 22.5])];

    #[test]
    fn places_are_inside_or_near() {
        let (layer, bad, notes) = parse(&squares(&TWO));
        let layer = layer.expect("two good zones");
        assert_eq!((bad.len(), notes.len()), (0, 0), "{bad:?} {notes:?}");
        assert_eq!(layer.place([114.005, 22.505]), Place::Inside(102));
        assert_eq!(layer.place([114.015, 22.505]), Place::Inside(7));
        let Place::Outside(7, metres) = layer.place([114.03, 22.505]) else { panic!("east of zone 7") };
        assert!((metres - 1_028.6).abs() < 0.5, "{metres}");
    }

    #[test]
    fn bad_features_are_named_and_the_others_stay() {
        let good = squares(&[TWO[0], TWO[1], (7, [114.02, 22.5]), (8, [114.03, 22.5]), (9, [114.04, 22.5])]);
        let text = good.replace("[114.03, 22.5]]]", "[114.03, 22.501]]]").replace("\"TAZID\": 9", "\"TAZID\": \"x\"");
        let (layer, bad, _) = parse(&text);
        assert_eq!(layer.expect("two good zones").zones.len(), 2);
        let expected = [
            "z.geojson:4:1: TAZID 7 occurs again; ids are unique",
            "z.geojson:5:1: TAZID 8: ring 1: not closed: it begins at (114.03, 22.5) and ends at (114.03, 22.501)",
            "z.geojson:6:47: invalid type: string \"x\", expected u32",
        ];
        assert_eq!(bad, expected);
    }

    #[test]
    fn implausible_centroids_and_areas_give_way_to_the_polygon() {
        let text = squares(&TWO[..1]).replace("114.005", "0.0").replace("1.14", "0.0").replace("2.5,", "0.0,");
        let (layer, bad, notes) = parse(&text);
        let zone = &layer.expect("a good zone").zones[&102];
        assert!(bad.is_empty());
        assert!((zone.centre[0] - 114.005).abs() < 1e-9);
        let expected = [
            "z.geojson:1:1: 1 of 1 zones have LENG_ROAD_km 0, written as road_m: 0",
            "z.geojson:2:1: TAZID 102: AREA_km2 0, but the polygon has 1.14, which is used",
            "z.geojson:2:1: TAZID 102: the centroid (0, 22.505) is away from the polygon, whose own is used",
        ];
        assert_eq!(notes, expected);
    }

    #[test]
    fn files_that_are_not_a_layer_are_of_no_use() {
        let failure = |text: &str| parse(text).0.expect_err("not a layer").to_string();
        let empty = "z.geojson:1:1: the file is empty; it should be a GeoJSON FeatureCollection";
        assert_eq!(failure(" \n"), empty);
        assert_eq!(failure("{\"type\": \"Feature\"}"), "z.geojson:1:19: missing field `features`");
        let feature = "{\"type\": \"Feature\", \"features\": []}";
        assert_eq!(failure(feature), "z.geojson:1:1: a GeoJSON \"Feature\"; expected a \"FeatureCollection\"");
        let none = "{\"type\": \"FeatureCollection\", \"features\": []}";
        assert_eq!(failure(none), "z.geojson:1:1: no valid zone in the layer");
        let cut = squares(&TWO);
        assert!(failure(&cut[..cut.len() - 2]).contains("EOF while parsing"));
        let not_a_number = failure(&squares(&TWO).replacen("1.14", "NaN", 1));
        assert!(not_a_number.starts_with("z.geojson:2:"), "{not_a_number}");
    }

    #[test]
    fn bytes_that_are_not_text_are_named_by_character() {
        let mut findings = Findings::default();
        let failure = Layer::parse("z.geojson", b"{\n \"\xe7\x8e\x96\xff\"}", &mut findings).expect_err("not text");
        assert_eq!(failure.to_string(), "z.geojson:2:4: byte 0xff is not UTF-8; save the file as UTF-8");
    }

    #[test]
    fn a_polygon_of_several_parts_is_one_zone() {
        let text = squares(&TWO[..1]).replace("\"Polygon\"", "\"MultiPolygon\"");
        let second = "[[[114.2, 22.5, 3.0], [114.21, 22.5], [114.2, 22.51], [114.2, 22.5, 3.0]]]";
        let text = text.replace("[[[", "[[[[").replace("]]]", &format!("]]], {second}]"));
        let (layer, _, _) = parse(&text);
        let layer = layer.expect("a good zone");
        assert_eq!(layer.place([114.203, 22.503]), Place::Inside(102));
        assert_eq!(layer.place([114.005, 22.505]), Place::Inside(102));
    }

    #[test]
    fn swapped_coordinates_and_places_abroad_are_refused() {
        let (_, bad, _) = parse(&squares(&[TWO[0], (5, [22.5, 22.5])]));
        assert_eq!(bad.len(), 1);
        assert!(
            bad[0].contains("TAZID 5: the polygon around (22.50500, 22.50500) is outside mainland China"),
            "{bad:?}"
        );
    }
}
