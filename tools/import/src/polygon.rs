//! Areas of the map: which point lies in which polygon, how far outside it lies, and how large a polygon is.
//!
//! Coordinates are degrees, `[longitude, latitude]`. Zones are a few kilometres across, so metres come from the
//! radii of curvature at the place, without map projection.

/// A place: `[longitude_deg, latitude_deg]`.
pub(crate) type Point = [f64; 2];

/// Equatorial radius and squared eccentricity of the WGS-84 ellipsoid (NIMA TR8350.2, table 3.1 and 3.3).
const EQUATORIAL_RADIUS_M: f64 = 6_378_137.0;
const ECCENTRICITY_SQUARED: f64 = 0.006_694_379_990_14;

/// One or more outer rings with their holes. Every ring is closed: its last point repeats its first.
#[derive(Clone, Debug)]
pub(crate) struct Polygon {
    /// The parts, each an outer ring followed by its holes.
    parts: Vec<Vec<Vec<Point>>>,
    west_south: Point,
    east_north: Point,
}

impl Polygon {
    /// Makes a polygon of parts, each an outer ring followed by its holes.
    ///
    /// # Errors
    /// Says what is wrong with the first ring that is not closed, has no area or crosses itself.
    pub(crate) fn new(parts: Vec<Vec<Vec<Point>>>) -> Result<Self, String> {
        if parts.iter().flatten().next().is_none() {
            return Err("the polygon has no rings".to_owned());
        }
        for (number, ring) in parts.iter().flatten().enumerate() {
            check_ring(ring).map_err(|text| format!("ring {}: {text}", number + 1))?;
        }
        let points = || parts.iter().flatten().flatten();
        let corner = |choose: fn(f64, f64) -> f64, start: f64| {
            points().fold([start; 2], |[x, y], p| [choose(x, p[0]), choose(y, p[1])])
        };
        let (west_south, east_north) = (corner(f64::min, f64::INFINITY), corner(f64::max, f64::NEG_INFINITY));
        Ok(Self { parts, west_south, east_north })
    }

    /// Is the point in the smallest box of longitudes and latitudes around the polygon?
    pub(crate) fn box_contains(&self, point: Point) -> bool {
        (0..2).all(|axis| self.west_south[axis] <= point[axis] && point[axis] <= self.east_north[axis])
    }

    /// Is the point inside, by the even-odd rule?
    ///
    /// A point on an edge that two polygons share is in exactly one of them, because an edge is tested in the same
    /// direction whichever polygon it belongs to.
    pub(crate) fn contains(&self, point: Point) -> bool {
        self.box_contains(point) && self.edges().filter(|[a, b]| is_west_of_edge(point, a, b)).count() % 2 == 1
    }

    /// How far the point is from the outline, in metres.
    pub(crate) fn distance_to_outline_m(&self, point: Point) -> f64 {
        let scale = metres_per_degree(point[1]);
        let local = |p: &Point| [(p[0] - point[0]) * scale[0], (p[1] - point[1]) * scale[1]];
        let squared = self.edges().map(|[a, b]| origin_to_segment_squared(local(a), local(b)));
        squared.fold(f64::INFINITY, f64::min).sqrt()
    }

    /// The area without the holes, in square metres.
    pub(crate) fn area_m2(&self) -> f64 {
        self.moments()[0].abs()
    }

    /// The centre of gravity of the area.
    pub(crate) fn centroid(&self) -> Point {
        let [area_m2, moment_x_m3, moment_y_m3] = self.moments();
        let scale = metres_per_degree(self.middle()[1]);
        let middle = self.middle();
        [middle[0] + moment_x_m3 / area_m2 / scale[0], middle[1] + moment_y_m3 / area_m2 / scale[1]]
    }

    /// Area and its first moments about the middle of the box, in m2 and m3. Outer rings count as positive and holes
    /// as negative, whichever way round they run (Green's theorem).
    fn moments(&self) -> [f64; 3] {
        let middle = self.middle();
        let scale = metres_per_degree(middle[1]);
        let mut sum = [0.0; 3];
        for part in &self.parts {
            for (number, ring) in part.iter().enumerate() {
                let ring = ring_moments(ring, middle, scale);
                let sign = if number == 0 { ring[0].signum() } else { -ring[0].signum() };
                (0..3).for_each(|k| sum[k] += sign * ring[k]);
            }
        }
        sum
    }

    /// The middle of the box around the polygon.
    pub(crate) fn middle(&self) -> Point {
        [f64::midpoint(self.west_south[0], self.east_north[0]), f64::midpoint(self.west_south[1], self.east_north[1])]
    }

    fn edges(&self) -> impl Iterator<Item = [&Point; 2]> {
        self.parts.iter().flatten().flat_map(|ring| ring.iter().zip(ring.iter().skip(1)).map(|(a, b)| [a, b]))
    }
}

/// Metres in a degree of longitude and of latitude at a latitude, from the ellipsoid's two radii of curvature.
fn metres_per_degree(latitude_deg: f64) -> [f64; 2] {
    let (sin, cos) = libm::sincos(latitude_deg.to_radians());
    let w_squared = 1.0 - ECCENTRICITY_SQUARED * sin * sin;
    let prime_vertical_m = EQUATORIAL_RADIUS_M / w_squared.sqrt();
    let meridian_m = prime_vertical_m * (1.0 - ECCENTRICITY_SQUARED) / w_squared;
    [(prime_vertical_m * cos).to_radians(), meridian_m.to_radians()]
}

/// Does a ray from the point to the east cross the edge?
fn is_west_of_edge(point: Point, a: &Point, b: &Point) -> bool {
    let (low, high) = if a[1] <= b[1] { (a, b) } else { (b, a) };
    // The lower end belongs to an edge and the upper does not, so that a ray through a corner crosses one edge.
    low[1] <= point[1]
        && point[1] < high[1]
        && (point[0] - low[0]) * (high[1] - low[1]) < (high[0] - low[0]) * (point[1] - low[1])
}

/// Squared distance of the origin from the segment between two points.
fn origin_to_segment_squared(a: [f64; 2], b: [f64; 2]) -> f64 {
    let along = [b[0] - a[0], b[1] - a[1]];
    let length_squared = along[0] * along[0] + along[1] * along[1];
    let projected = -(a[0] * along[0] + a[1] * along[1]);
    let share = if length_squared > 0.0 { (projected / length_squared).clamp(0.0, 1.0) } else { 0.0 };
    let nearest = [a[0] + share * along[0], a[1] + share * along[1]];
    nearest[0] * nearest[0] + nearest[1] * nearest[1]
}

fn ring_moments(ring: &[Point], origin: Point, scale: [f64; 2]) -> [f64; 3] {
    let local = |p: &Point| [(p[0] - origin[0]) * scale[0], (p[1] - origin[1]) * scale[1]];
    let mut sum = [0.0; 3];
    for (a, b) in ring.iter().map(local).zip(ring.iter().skip(1).map(local)) {
        let cross = a[0] * b[1] - b[0] * a[1];
        sum[0] += cross / 2.0;
        sum[1] += cross * (a[0] + b[0]) / 6.0;
        sum[2] += cross * (a[1] + b[1]) / 6.0;
    }
    sum
}

/// A ring must be finite, closed, have at least three corners and an area, and not cross itself.
fn check_ring(ring: &[Point]) -> Result<(), String> {
    if let Some(place) = ring.iter().position(|p| !(p[0].abs() <= 180.0 && p[1].abs() <= 90.0)) {
        let [lon, lat] = ring[place];
        return Err(format!("position {} ({lon}, {lat}) is not a longitude and a latitude", place + 1));
    }
    let (Some(first), Some(last)) = (ring.first(), ring.last()) else { return Err("no positions".to_owned()) };
    if first != last {
        let [a, b, c, d] = [first[0], first[1], last[0], last[1]];
        return Err(format!("not closed: it begins at ({a}, {b}) and ends at ({c}, {d})"));
    }
    if ring.len() < 4 {
        return Err(format!("{} positions; a closed ring needs at least 4", ring.len()));
    }
    if ring_moments(ring, *first, [1.0, 1.0])[0] == 0.0 {
        return Err("no area".to_owned());
    }
    match first_crossing(ring) {
        Some((a, b)) => Err(format!("the edges after positions {} and {} cross", a + 1, b + 1)),
        None => Ok(()),
    }
}

/// The first two edges that cross each other in their interiors.
fn first_crossing(ring: &[Point]) -> Option<(usize, usize)> {
    let edge = |index: usize| (ring[index], ring[index + 1]);
    let edges = ring.len() - 1;
    (0..edges).find_map(|a| ((a + 2)..edges).find(|b| cross(edge(a), edge(*b))).map(|b| (a, b)))
}

fn cross((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let side = |p: Point, q: Point, r: Point| (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn polygon(rings: &[&[Point]]) -> Polygon {
        Polygon::new(vec![rings.iter().map(|r| r.to_vec()).collect()]).expect("a valid polygon")
    }

    fn refusal(ring: &[Point]) -> String {
        Polygon::new(vec![vec![ring.to_vec()]]).expect_err("not a valid polygon")
    }

    const SQUARE: [Point; 5] = [[114.0, 22.5], [114.1, 22.5], [114.1, 22.6], [114.0, 22.6], [114.0, 22.5]];
    const HOLE: [Point; 5] = [[114.04, 22.54], [114.04, 22.56], [114.06, 22.56], [114.06, 22.54], [114.04, 22.54]];

    #[test]
    fn a_hole_is_outside() {
        let ring = polygon(&[&SQUARE, &HOLE]);
        assert!(ring.contains([114.01, 22.55]));
        assert!(!ring.contains([114.05, 22.55]));
        assert!(!ring.contains([114.11, 22.55]));
        assert!((ring.area_m2() / polygon(&[&SQUARE]).area_m2() - 0.96).abs() < 1e-5);
    }

    #[test]
    fn areas_and_distances_are_those_of_the_ellipsoid() {
        // The exact area between two parallels of the ellipsoid, and lengths by Vincenty's inverse formulae.
        let square = polygon(&[&SQUARE]);
        assert!((square.area_m2() / 113_904_000.8 - 1.0).abs() < 1e-6, "{}", square.area_m2());
        assert!((square.distance_to_outline_m([114.2, 22.55]) - 10_285.92).abs() < 0.05);
        assert!((square.distance_to_outline_m([114.05, 22.45]) - 5_536.9).abs() < 0.2);
        let [lon, lat] = square.centroid();
        assert!((lon - 114.05).abs() < 1e-9 && (lat - 22.55).abs() < 1e-9);
    }

    #[test]
    fn rings_that_are_not_valid_say_why() {
        assert_eq!(refusal(&SQUARE[..4]), "ring 1: not closed: it begins at (114, 22.5) and ends at (114, 22.6)");
        assert_eq!(refusal(&[]), "ring 1: no positions");
        assert_eq!(refusal(&[SQUARE[0], SQUARE[1], SQUARE[0]]), "ring 1: 3 positions; a closed ring needs at least 4");
        let flat = [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [1.0, 1.0]];
        assert_eq!(refusal(&flat), "ring 1: no area");
        let bow = [[0.0, 0.0], [2.0, 2.0], [2.0, 0.0], [0.0, 1.0], [0.0, 0.0]];
        assert_eq!(refusal(&bow), "ring 1: the edges after positions 1 and 3 cross");
        let swapped = SQUARE.map(|[lon, lat]| [lat, lon]);
        assert_eq!(refusal(&swapped), "ring 1: position 1 (22.5, 114) is not a longitude and a latitude");
        assert_eq!(Polygon::new(vec![]).expect_err("no polygon"), "the polygon has no rings");
    }

    /// Corners of a convex polygon on an ellipse about the origin, anticlockwise and closed.
    fn convex() -> impl Strategy<Value = Vec<Point>> {
        (proptest::collection::vec(0.05..1.0f64, 3..20), 0.1..3.0f64, 0.1..3.0f64).prop_map(|(steps, width, height)| {
            let whole: f64 = steps.iter().sum();
            let mut angle = 0.0;
            let mut ring: Vec<Point> = steps
                .iter()
                .map(|step| {
                    angle += step / whole * core::f64::consts::TAU;
                    [width * libm::cos(angle), height * libm::sin(angle)]
                })
                .collect();
            ring.push(ring[0]);
            ring
        })
    }

    /// Twice the signed areas of the triangles of a point with each edge: all positive exactly when it is inside.
    fn sides(ring: &[Point], p: Point) -> Vec<f64> {
        let side = |w: &[Point]| (w[1][0] - w[0][0]) * (p[1] - w[0][1]) - (w[1][1] - w[0][1]) * (p[0] - w[0][0]);
        ring.windows(2).map(side).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// Even-odd agrees with the half-plane test wherever rounding cannot decide.
        #[test]
        fn a_point_is_in_a_convex_polygon_when_it_is_left_of_every_edge(
            ring in convex(), x in -3.5..3.5f64, y in -3.5..3.5f64, clockwise: bool,
        ) {
            let sides = sides(&ring, [x, y]);
            prop_assume!(sides.iter().all(|s| s.abs() > 1e-12));
            let inside = sides.iter().all(|s| *s > 0.0);
            let ring: Vec<Point> = if clockwise { ring.into_iter().rev().collect() } else { ring };
            prop_assert_eq!(polygon(&[&ring]).contains([x, y]), inside);
        }

        /// Cut in two along a chord, a polygon gives every point, on the chord too, to exactly one of the halves.
        #[test]
        fn halves_share_no_point_and_lose_none(
            ring in convex(), cut in 0.0..1.0f64, x in -3.5..3.5f64, y in -3.5..3.5f64, share in 0.0..1.0f64,
        ) {
            let corners = ring.len() - 1;
            prop_assume!(corners >= 4);
            let other = 2 + (cut * (corners - 3) as f64) as usize;
            let mut left = ring[..=other].to_vec();
            left.push(ring[0]);
            let mut right = vec![ring[0]];
            right.extend_from_slice(&ring[other..]);
            let (whole, left, right) = (polygon(&[&ring]), polygon(&[&left]), polygon(&[&right]));
            let on_chord = [0, 1].map(|k| ring[0][k] + share * (ring[other][k] - ring[0][k]));
            for point in [[x, y], on_chord] {
                let halves = usize::from(left.contains(point)) + usize::from(right.contains(point));
                prop_assert_eq!(halves, usize::from(whole.contains(point)));
            }
            prop_assert!((left.area_m2() + right.area_m2()) / whole.area_m2() < 1.001);
        }

        /// The distance to the outline of a convex polygon is that to its nearest edge's line, or to a corner.
        #[test]
        fn points_far_outside_are_farther_than_points_near(ring in convex(), x in 1.0..3.0f64, y in -3.0..3.0f64) {
            let polygon = polygon(&[&ring]);
            let near = polygon.distance_to_outline_m([3.5 + x, y]);
            let far = polygon.distance_to_outline_m([4.5 + x, y]);
            prop_assert!(near > 0.0 && far > near);
        }

        /// The centre of gravity of a convex polygon is inside it.
        #[test]
        fn the_centroid_of_a_convex_polygon_is_inside(ring in convex()) {
            let centre = polygon(&[&ring]).centroid();
            let least = sides(&ring, centre).into_iter().fold(f64::INFINITY, f64::min);
            prop_assert!(least > -1e-9, "{:?} is outside", centre);
        }
    }
}
