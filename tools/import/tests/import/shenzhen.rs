//! From the raw tables to a running twin: the Shenzhen worlds, with every station of a table in its own place.

use crate::fragments::{Station, Stations, read};
use crate::real::{MOS, data, run};
use crate::workshop::Workshop;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use voltcity::fleet::station::StationKind;
use voltcity::plan::Plan;
use voltcity::twin::{AgentCounts, Options, Twin};
use voltcity::world::Checked;
use voltcity::world::schema::ZoneRow;

/// Shipped worlds stand in this folder.
pub(crate) fn worlds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../worlds")
}

#[test]
fn the_shipped_parts_are_what_the_tables_give() {
    let Some(data) = data("the_shipped_parts_are_what_the_tables_give") else { return };
    let workshop = Workshop::new();
    let zones = "zones --polygons @st_evcdp/sz_taz_491_gcj02.geojson --stations @st_evcdp/stations.csv \
                 --information @st_evcdp/information.csv --survey @urbanev/inf.csv \
                 --listed @urbanev/inf_raw.csv --reach 600";
    for (line, part) in [(zones, "shenzhen-zones.ron"), (&format!("weather --mos @{MOS}"), "shenzhen-weather.ron")] {
        let made = run(&workshop, &data, &format!("{line} --out {part}"));
        assert_eq!(made.code, 0, "{part}: {}", made.err);
        let shipped = std::fs::read_to_string(worlds().join("parts").join(part)).expect("the part is shipped");
        // Not `assert_eq`: the difference of two long tables is of no help.
        assert!(workshop.text(part) == shipped, "the tables give another {part}: import it anew");
    }
}

/// Futian of a shipped world, with a stations fragment that stands beside it or without.
fn futian(workshop: &Workshop, fragment: Option<&str>) -> Checked {
    let shipped = worlds().join("shenzhen-2024.ron");
    let bases: Vec<String> = core::iter::once(shipped.to_str().expect("a path that is text"))
        .chain(fragment)
        .map(|path| format!("{path:?}"))
        .collect();
    let text = format!(
        "(\n    name: \"Futian, station by station\",\n    base: [{}],\n    extent: ([\"Futian\"], \"assumption: a test \
         is to be short\"),\n)\n",
        bases.join(", ")
    );
    std::fs::write(workshop.path("futian.ron"), text).expect("a file can be written");
    Checked::load(&workshop.path("futian.ron"), &[]).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Where a station stands, to the last bit, and its points with direct and alternating current.
type Place = ([u64; 2], [u32; 2]);

/// How many ordinary public stations of a plan there are of each place and size.
fn places(plan: &Plan) -> BTreeMap<Place, u32> {
    let mut places = BTreeMap::new();
    for station in plan.stations.iter().filter(|station| station.kind == StationKind::Public) {
        let guns = &plan.guns[station.first_gun as usize..][..station.guns as usize];
        let ac = guns.iter().filter(|gun| gun.kind.is_ac()).count() as u32;
        let place = ([station.lon, station.lat].map(f64::to_bits), [station.guns - ac, ac]);
        *places.entry(place).or_default() += 1;
    }
    places
}

/// The agents that a plan has, counted before anything is spawned.
fn counts(plan: &Plan) -> AgentCounts {
    AgentCounts {
        vehicles: plan.vehicles.len(),
        chargers: plan.guns.len(),
        stations: plan.stations.len(),
        buildings: plan.buildings.len(),
        pv_arrays: plan.pv.len(),
        storage_units: plan.storage.len(),
        transformers: plan.transformers.len(),
        feeders: plan.feeders.len(),
        substations: plan.substations.len(),
        aggregators: plan.aggregators.len(),
    }
}

/// Imports a table of stations, puts those of Futian into a world, and lets that live a day.
///
/// `points` are those of a row with direct and alternating current, `counted` what the shipped world, whose zones come
/// from the same tables, has of the list in a zone: stations and points.
fn lives_a_day(test: &str, table: &str, points: fn(&Station) -> [u32; 2], counted: fn(&ZoneRow) -> Option<[u32; 2]>) {
    let Some(data) = data(test) else { return };
    let workshop = Workshop::new();
    let line = format!("stations --polygons @st_evcdp/sz_taz_491_gcj02.geojson {table} --out stations.ron");
    let made = run(&workshop, &data, &line);
    assert_eq!(made.code, 0, "{}", made.err);
    let rows = read::<Stations>(&workshop.text("stations.ron")).stations.rows;

    let without = futian(&workshop, None).plan();
    let checked = futian(&workshop, Some("stations.ron"));
    let zones = &checked.file().zones.rows;
    let within: Vec<&Station> = rows.values().filter(|row| zones[&row.zone].district == "Futian").collect();
    let plan = checked.plan();
    let mut places = places(&plan);
    for row in &within {
        let place = ([row.lon, row.lat].map(f64::to_bits), points(row));
        let left = places.get_mut(&place).unwrap_or_else(|| panic!("no station for {row:?}"));
        *left = left.checked_sub(1).unwrap_or_else(|| panic!("one station for two rows: {row:?}"));
    }
    let sum = within.iter().fold([0; 2], |[stations, sum], row| [stations + 1, sum + points(row).iter().sum::<u32>()]);
    let futian = zones.values().filter(|zone| zone.district == "Futian").filter_map(counted);
    assert_eq!(sum, futian.fold([0; 2], |sum, zone| [sum[0] + zone[0], sum[1] + zone[1]]), "stations and points");

    // Stations that are known do not change how many vehicles and points there are, only where the points stand.
    let planned = counts(&plan);
    assert_eq!(planned.vehicles, without.vehicles.len());
    assert_eq!(planned.chargers, without.guns.len());
    let mut twin = Twin::new(plan, &Options { step_s: 900, warmup_days: Some(0), threads: 2, ..Options::default() });
    twin.run();
    assert_eq!(twin.counts(), planned);
    assert_eq!(twin.ledger_residual_j(), 0);
    assert!(twin.fleet_counts().sessions > 10_000, "{:?}", twin.fleet_counts());
}

#[test]
fn futian_lives_with_the_stations_of_st_evcdp() {
    let points = |row: &Station| [row.fast.unwrap_or(0), row.slow.unwrap_or(0)];
    let table = "--st-evcdp @st_evcdp/stations.csv --reach 600";
    let counted = |zone: &ZoneRow| zone.public.map(|public| [public.stations, public.fast + public.slow]);
    lives_a_day("futian_lives_with_the_stations_of_st_evcdp", table, points, counted);
}

#[test]
fn futian_lives_with_the_stations_of_urbanev() {
    // Points of unknown kind stand for slow ones: nine in ten of the other table are.
    let points = |row: &Station| [0, row.unsplit.unwrap_or(0)];
    let counted = |zone: &ZoneRow| zone.survey.map(|survey| [survey.stations, survey.points]);
    lives_a_day("futian_lives_with_the_stations_of_urbanev", "--urbanev @urbanev/inf.csv", points, counted);
}
