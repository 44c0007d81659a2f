//! A map of zones of which only the centres are known: each gets the points nearer to it than to any other centre,
//! as far as its own area reaches. It shows where zones lie, not where they end.

use serde::Serialize;

/// A degree of latitude in km, on the mean sphere.
const DEGREE_KM: f64 = 6_371.0 * core::f64::consts::PI / 180.0;
/// Corners of a cell that no other one touches.
const CORNERS: u32 = 20;
/// How far a cell reaches, over the radius of a disc of its area: zones are no discs.
const REACH: f64 = 1.5;
/// The farthest that a cell reaches, in km: a rural zone as large as a town would push all others aside.
const REACH_MAX_KM: f64 = 6.0;
/// Radius in km of a zone whose area is not told.
const RADIUS_KM: f64 = 1.0;
/// A strip without any cell that is wider than this, in km, is cut out of the map...
const GAP_KM: f64 = 12.0;
/// ... but for this much of it.
const GAP_KEPT_KM: f64 = 4.0;
/// Units of the drawing per km.
const UNITS_PER_KM: f64 = 100.0;

/// The centre of a zone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Centre {
    /// Longitude in degrees.
    pub(crate) lon: f64,
    /// Latitude in degrees.
    pub(crate) lat: f64,
    /// Area in km², if known.
    pub(crate) area_km2: Option<f64>,
}

/// A map: cells in the order of the centres, in units of 10 m from its upper left corner.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Map {
    /// Width.
    width: i64,
    /// Height.
    height: i64,
    /// Where a strip has been cut out, from the left.
    cuts: Vec<i64>,
    /// Corners of each cell, one after the other: x, y, x, y...
    cells: Vec<Vec<i64>>,
    /// How anything else is put on it.
    #[serde(skip)]
    pub(crate) projection: Projection,
}

/// From degrees to the units of a map.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Projection {
    shrink: f64,
    left_km: f64,
    top_km: f64,
    /// What lies east of an x, in km, is moved to the west by so many.
    moved: Vec<(f64, f64)>,
}

impl Projection {
    /// Where a point lies, in km, before anything is cut out.
    fn km(&self, lon: f64, lat: f64) -> Point {
        (lon * DEGREE_KM * self.shrink, -lat * DEGREE_KM)
    }

    /// Where a point lies on the map.
    pub(crate) fn place(&self, lon: f64, lat: f64) -> [i64; 2] {
        let (x, y) = self.km(lon, lat);
        let moved = self.moved.iter().rev().find(|(from, _)| x >= *from).map_or(0.0, |(_, by)| *by);
        [units(x - moved - self.left_km), units(y - self.top_km)]
    }
}

fn units(km: f64) -> i64 {
    (km * UNITS_PER_KM).round() as i64
}

type Point = (f64, f64);

/// Draws the map.
pub(crate) fn map(centres: &[Centre]) -> Map {
    let mean_lat = centres.iter().map(|c| c.lat).sum::<f64>() / centres.len().max(1) as f64;
    let mut projection = Projection { shrink: libm::cos(mean_lat.to_radians()), ..Projection::default() };
    let at: Vec<Point> = centres.iter().map(|c| projection.km(c.lon, c.lat)).collect();
    let mut cells: Vec<Vec<Point>> = (0..at.len()).map(|i| cell(&at, i, centres[i].area_km2)).collect();
    let (cuts, moved) = cut_gaps(&mut cells);
    let corner = |pick: fn(&Point) -> f64| {
        let all = || cells.iter().flatten().map(pick);
        (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max))
    };
    let ((left, right), (top, bottom)) = (corner(|p| p.0), corner(|p| p.1));
    (projection.left_km, projection.top_km, projection.moved) = (left, top, moved);
    let flat = |cell: &Vec<Point>| cell.iter().flat_map(|p| [units(p.0 - left), units(p.1 - top)]).collect();
    let size = |from: f64, to: f64| if from <= to { units(to - from).max(1) } else { 1 };
    Map {
        width: size(left, right),
        height: size(top, bottom),
        cuts: cuts.iter().map(|x| units(x - left)).collect(),
        cells: cells.iter().map(flat).collect(),
        projection,
    }
}

/// What is nearer to centre `i` than to any other, within its reach.
fn cell(at: &[Point], i: usize, area_km2: Option<f64>) -> Vec<Point> {
    let own = at[i];
    let radius = area_km2.map_or(RADIUS_KM, |area| (area / core::f64::consts::PI).sqrt() * REACH).min(REACH_MAX_KM);
    let angle = |k: u32| f64::from(k) * core::f64::consts::TAU / f64::from(CORNERS);
    let mut corners: Vec<Point> =
        (0..CORNERS).map(|k| (own.0 + radius * libm::cos(angle(k)), own.1 + radius * libm::sin(angle(k)))).collect();
    for (j, other) in at.iter().enumerate() {
        let (dx, dy) = (other.0 - own.0, other.1 - own.1);
        let apart = dx * dx + dy * dy;
        if j != i && apart > 0.0 && apart < 4.0 * radius * radius {
            corners = clip(&corners, |p| (p.0 - own.0) * dx + (p.1 - own.1) * dy - apart / 2.0);
        }
    }
    corners
}

/// The part of a convex polygon where `side` is not positive; `side` is linear.
fn clip(corners: &[Point], side: impl Fn(&Point) -> f64) -> Vec<Point> {
    let mut kept = Vec::with_capacity(corners.len() + 1);
    for (k, from) in corners.iter().enumerate() {
        let to = &corners[(k + 1) % corners.len()];
        let (a, b) = (side(from), side(to));
        if a <= 0.0 {
            kept.push(*from);
        }
        if (a < 0.0 && b > 0.0) || (a > 0.0 && b < 0.0) {
            let part = a / (a - b);
            kept.push((from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part));
        }
    }
    kept
}

/// Moves what lies east of a wide empty strip to the west. Returns where the strips were, as now drawn, and from where
/// on things were moved, and how far.
fn cut_gaps(cells: &mut [Vec<Point>]) -> (Vec<f64>, Vec<(f64, f64)>) {
    let west = |cell: &[Point]| cell.iter().map(|p| p.0).fold(f64::INFINITY, f64::min);
    let east = |cell: &[Point]| cell.iter().map(|p| p.0).fold(f64::NEG_INFINITY, f64::max);
    let mut order: Vec<usize> = (0..cells.len()).filter(|&i| !cells[i].is_empty()).collect();
    order.sort_by(|&a, &b| west(&cells[a]).total_cmp(&west(&cells[b])));
    let (mut cuts, mut moves) = (Vec::new(), Vec::new());
    let (mut moved, mut reached) = (0.0, f64::NEG_INFINITY);
    for i in order {
        let gap = west(&cells[i]) - moved - reached;
        if gap > GAP_KM && reached.is_finite() {
            cuts.push(reached + GAP_KEPT_KM / 2.0);
            let middle = west(&cells[i]) - gap / 2.0;
            moved += gap - GAP_KEPT_KM;
            moves.push((middle, moved));
        }
        cells[i].iter_mut().for_each(|p| p.0 -= moved);
        reached = reached.max(east(&cells[i]));
    }
    (cuts, moves)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn centre(lon: f64, lat: f64) -> Centre {
        Centre { lon, lat, area_km2: Some(core::f64::consts::PI) }
    }

    #[test]
    fn neighbours_share_a_border_half_way() {
        // A hundredth of a degree of longitude on the equator is 1.11 km; each reaches 1.5 km.
        let map = map(&[centre(0.0, 0.0), centre(0.01, 0.0)]);
        let xs = |cell: &[i64]| cell.iter().step_by(2).copied().collect::<Vec<_>>();
        let (left, right) = (xs(&map.cells[0]), xs(&map.cells[1]));
        assert_eq!(left.iter().max(), right.iter().min());
        assert_eq!(map.width, 300 + 111);
        assert!(map.cuts.is_empty());
    }

    #[test]
    fn a_wide_empty_strip_is_cut_out() {
        let map = map(&[centre(114.0, 22.5), centre(115.0, 22.5)]);
        assert_eq!(map.cuts, [300 + 200]);
        assert_eq!(map.width, 300 + 400 + 300);
        // What else is on it goes with the cells: a zone's centre is the middle of its cell, on both sides of the cut.
        assert_eq!(map.projection.place(114.0, 22.5), [150, 150]);
        assert_eq!(map.projection.place(115.0, 22.5), [300 + 400 + 150, 150]);
        assert_eq!(map.projection.place(114.01, 22.5)[0], 150 + 103);
    }

    #[test]
    fn odd_inputs_give_a_map_all_the_same() {
        assert_eq!(map(&[]).cells, Vec::<Vec<i64>>::new());
        let same = map(&[centre(114.0, 22.5), centre(114.0, 22.5)]);
        assert_eq!(same.cells.len(), 2);
        let unknown = map(&[Centre { area_km2: None, ..centre(1.0, 1.0) }]);
        assert_eq!(unknown.width, 200);
    }
}
