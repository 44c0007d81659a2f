//! Broken worlds, each with the whole message it must get.
//!
//! A case is a way to break a sound world; what the program must say stands in `tests/broken/<case>.txt`. To add one,
//! add a row, run the test with `UPDATE_GOLDEN=1` to write its file, and read that file: is it what a user needs?
//!
//! With `VOLTCITY_SEEDS=FOLDER` the broken worlds are also written there, as seeds for the fuzz target `world_check`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use voltcity::world::Checked;

/// A way to break the world `block.ron`.
enum Break {
    /// Texts of the file, each replaced where it first stands.
    Edit(&'static [(&'static str, &'static str)]),
    /// Patches on the sound file, as by `--set`.
    Set(&'static [&'static str]),
    /// A file of its own instead.
    Raw(&'static [u8]),
    /// Files of their own, the first of which is loaded.
    Files(&'static [(&'static str, &'static str)]),
}

use Break::{Edit, Files, Raw, Set};

const CASES: &[(&str, Break)] = &[
    // The text of a file.
    ("text_empty", Raw(b"")),
    ("text_only_comments", Raw(b"// Nothing but\n/* comments */\n")),
    ("text_not_utf8", Raw(b"(\n    name: \"caf\xe9\",\n)\n")),
    ("text_byte_order_mark_only", Raw(b"\xef\xbb\xbf")),
    ("text_byte_order_mark", Raw(b"\xef\xbb\xbf(\n    name: 5,\n    base: \"block.ron\",\n)\n")),
    ("text_unclosed_bracket", Raw(b"(\n    name: \"x\",\n    districts: {\n")),
    ("text_wrong_bracket", Raw(b"(\n    name: \"x\",\n    districts: { ],\n)\n")),
    ("text_unclosed_string", Raw(b"(\n    name: \"x,\n)\n")),
    ("text_after_the_end", Raw(b"(base: \"block.ron\")\n(name: \"x\")\n")),
    ("text_not_a_struct", Raw(b"[1, 2, 3]\n")),
    ("text_null_bytes", Raw(b"\0\0\0\0")),
    ("text_control_characters", Raw(b"(base: \"block.ron\", name: \x1b[2J)\n")),
    ("text_duplicate_key", Edit(&[("    format: 1,", "    format: 1,\n    format: 1,")])),
    (
        "text_duplicate_row",
        Edit(&[(
            "            9001: Remove,",
            "            9001: Remove,\n            1: (district: \"Futian\", lon: 114.05, lat: 22.55, area_m2: 1e6, road_m: 9),",
        )]),
    ),
    ("text_unknown_field", Edit(&[("    format: 1,", "    format: 1,\n    fleets: {},")])),
    ("text_unknown_nested_field", Edit(&[("road_m: 1200", "road_m: 1200, raod_m: 5")])),
    ("text_unknown_class", Edit(&[("        taxi: (", "        taxis: (")])),
    ("text_wrong_type", Edit(&[("count: (170, ", "count: (\"many\", ")])),
    ("text_missing_part_of_a_tuple", Edit(&[("home: ((0.2, 0.3), ", "home: ((0.2), ")])),
    ("text_figure_without_source", Edit(&[("count: (170, \"assumption\")", "count: 170")])),
    ("text_negative_count", Edit(&[("count: (170, ", "count: (-170, ")])),
    ("text_fraction_of_a_vehicle", Edit(&[("count: (170, ", "count: (170.5, ")])),
    ("text_count_beyond_32_bits", Edit(&[("count: (170, ", "count: (99999999999, ")])),
    ("text_not_a_number", Edit(&[("total: (62, ", "total: (NaN, ")])),
    (
        "text_infinite",
        Edit(&[(
            "user_side: (units: (1, \"assumption\"), power_mw: (0.05,",
            "user_side: (units: (1, \"assumption\"), power_mw: (inf,",
        )]),
    ),
    ("text_exponent_too_large", Edit(&[("road_m: 1200", "road_m: 1e999")])),
    ("text_nothing_to_remove", Edit(&[("            9001: Remove,", "            9002: Remove,")])),
    // The files it is based on.
    ("base_missing", Raw(b"(\n    base: \"blok.ron\",\n)\n")),
    ("base_is_a_directory", Raw(b"(\n    base: \"parts\",\n)\n")),
    ("base_of_itself", Raw(b"(\n    base: \"base_of_itself.ron\",\n)\n")),
    (
        "base_in_a_cycle",
        Files(&[
            ("base_in_a_cycle.ron", "(base: \"turn.ron\")\n"),
            ("turn.ron", "(\n    base: \"base_in_a_cycle.ron\",\n)\n"),
        ]),
    ),
    ("base_not_a_path", Raw(b"(\n    base: 5,\n)\n")),
    // Sections.
    ("section_missing", Edit(&[("    seed: (7, \"assumption: any number will do\"),", "")])),
    ("section_all_missing", Raw(b"(\n    format: 1,\n    name: \"nothing\",\n)\n")),
    ("format_of_the_future", Edit(&[("format: 1", "format: 2")])),
    ("format_zero", Set(&["format=0"])),
    ("name_empty", Edit(&[("name: \"One block\"", "name: \" \"")])),
    // Calendar.
    ("calendar_no_such_day", Edit(&[("\"2024-07-22\"", "\"2024-02-30\"")])),
    ("calendar_month_13", Set(&["calendar.start=(\"2024-13-01\", \"test\")"])),
    ("calendar_slashes", Set(&["calendar.start.0=\"2024/07/22\""])),
    ("calendar_year_too_far", Set(&["calendar.start.0=\"9999-12-31\""])),
    ("calendar_warm_up_too_long", Edit(&[("warmup_days: (3,", "warmup_days: (4000000000,")])),
    (
        "calendar_special_day",
        Edit(&[("source: \"no special days\",", "source: \"no special days\", special: {\"2024-04-31\": Holiday},")]),
    ),
    ("calendar_no_source", Edit(&[("source: \"no special days\"", "source: \"\"")])),
    // The city.
    ("zone_of_no_district", Edit(&[("(district: \"Futian\", lon", "(district: \"Futain\", lon")])),
    ("zone_of_no_district_by_set", Set(&["zones.rows.1.district=\"Atlantis\""])),
    ("zones_none", Set(&["zones.rows={}"])),
    ("zone_latitude", Edit(&[("lon: 114.05, lat: 22.55", "lon: 22.55, lat: 114.05")])),
    ("zone_far_away", Set(&["zones.rows.1.lon=0"])),
    ("zone_of_no_area", Edit(&[("area_m2: 100000000", "area_m2: 0")])),
    ("zone_points_without_station", Edit(&[("road_m: 1200", "road_m: 1200, public: (stations: 0, fast: 3, slow: 0)")])),
    ("districts_none", Set(&["districts={}"])),
    ("district_of_nobody", Set(&["districts.Futian.population=(0, \"test\")"])),
    (
        "district_without_zone",
        Edit(&[("\"Luohu\": Remove, \"Yantian\": Remove, \"Nanshan\"", "\"Yantian\": Remove, \"Nanshan\"")]),
    ),
    ("district_negative_population", Set(&["districts.Futian.population.0=-1"])),
    ("extent_of_no_district", Edit(&[("    format: 1,", "    format: 1,\n    extent: ([\"Futien\"], \"test\"),")])),
    ("extent_empty", Set(&["extent=([], \"test\")"])),
    ("extent_twice", Set(&["extent=([\"Futian\", \"Futian\"], \"test\")"])),
    (
        "station_in_no_zone",
        Set(&["stations=(source: \"test\", rows: {\"st-1\": (zone: 3, lon: 114, lat: 22.5, fast: 2)})"]),
    ),
    ("station_without_point", Set(&["stations=(source: \"test\", rows: {\"st-1\": (zone: 1, lon: 114, lat: 22.5)})"])),
    (
        "load_share_of_no_district",
        Edit(&[("            \"Futian\": (residential: 1", "            \"Futan\": (residential: 1")]),
    ),
    ("load_shares_above_one", Edit(&[("office: 1, retail: 1", "office: 1.5, retail: 1")])),
    ("load_shares_not_whole", Edit(&[("office: 1, retail: 1", "office: 0.9, retail: 1")])),
    // Weather and load.
    ("weather_eleven_months", Set(&["weather.months=[]"])),
    (
        "weather_month_of_23_hours",
        Set(&[
            "weather.months[6].temperature_c=[26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26]",
        ]),
    ),
    ("weather_falling_clearness", Set(&["weather.months[0].clearness[3]=0.05"])),
    (
        "weather_pinned_no_day",
        Set(&["weather.days={\"25 July\": (temperature_offset_c: (4, \"test\"), clearness: (0.6, \"test\"))}"]),
    ),
    ("weather_pinned_nothing", Set(&["weather.days={\"2024-07-25\": ()}"])),
    ("weather_pinned_too_hot", Set(&["weather.days={\"2024-07-25\": (temperature_offset_c: (25, \"test\"))}"])),
    (
        "weather_pinned_and_measured",
        Set(&[
            "weather.measured_c=(source: \"test\", rows: {\"2024-07-25\": [12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12]})",
        ]),
    ),
    (
        "weather_measured_23_hours",
        Set(&[
            "weather.measured_c=(source: \"test\", rows: {\"2022-12-16\": [12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12]})",
        ]),
    ),
    (
        "weather_measured_on_no_day",
        Set(&[
            "weather.measured_c=(source: \"\", rows: {\"2022-02-29\": [120, NaN, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12]})",
        ]),
    ),
    ("load_lull_backwards", Set(&["load.lulls[0].to=\"2024-01-01\""])),
    ("load_hour_24", Set(&["load.kinds.office.base.workday=[(0, 0.3), (24, 0.5)]"])),
    ("load_empty_shape", Set(&["load.kinds.office.base.workday=[]"])),
    ("load_design_below_balance", Set(&["load.kinds.residential.design_c.0=15"])),
    ("load_without_buildings", Set(&["load.kinds.residential.buildings.0=0"])),
    // Tariff and behaviour.
    (
        "tariff_23_hours",
        Set(&[
            "tariff.hours.0=[Flat, Flat, Flat, Flat, Flat, Flat, Flat, Flat, Flat, Flat, Flat, Flat, Flat, Flat, Flat, Flat, Flat, Flat, Flat, Flat, Flat, Flat, Flat]",
        ]),
    ),
    ("tariff_hour_24", Set(&["tariff.sharp_hours=([11, 24], \"test\")"])),
    ("tariff_month_13", Set(&["tariff.sharp_months=([7, 13], \"test\")"])),
    ("tariff_month_0", Set(&["tariff.sharp_months.0=[0]"])),
    ("tariff_falling_prices", Set(&["tariff.price_yuan_kwh.0=(0.9, 0.76, 1.05, 1.25)"])),
    ("tariff_no_such_period", Set(&["tariff.hours.0[3]=Vally"])),
    ("behaviour_standstill", Set(&["behaviour.speed_km_h.0[8]=0"])),
    ("behaviour_curve_stops", Set(&["behaviour.dc_curve.0=[(0, 1), (0.5, 0), (1, 1)]"])),
    ("behaviour_curve_falls_back", Set(&["behaviour.dc_curve.0=[(0, 1), (0.8, 1), (0.5, 0.5), (1, 0)]"])),
    ("behaviour_curve_ends_early", Set(&["behaviour.ac_curve.0=[(0, 1), (0.9, 0)]"])),
    ("behaviour_mild_backwards", Set(&["behaviour.mild_c.0=(24, 18)"])),
    ("behaviour_liking_what_is_dear", Set(&["behaviour.utility_price.0=1.6"])),
    // The fleet.
    ("fleet_class_missing", Edit(&[("        taxi: (count: (6, \"assumption\")),", "        taxi: Remove,")])),
    ("fleet_too_many", Edit(&[("count: (170, ", "count: (4000000000, ")])),
    ("fleet_too_many_together", Set(&["fleet.private.count.0=15000000", "fleet.taxi.count.0=15000000"])),
    ("fleet_empty_source", Edit(&[("taxi: (count: (6, \"assumption\"))", "taxi: (count: (6, \"\"))")])),
    ("fleet_shares_above_one", Edit(&[("home: ((0.2, 0.3), ", "home: ((0.7, 0.6), ")])),
    ("fleet_share_above_one", Set(&["fleet.private.v2g_share.0=1.5"])),
    ("fleet_no_distance", Set(&["fleet.private.km_per_day.0=0"])),
    ("fleet_no_battery", Set(&["fleet.private.battery_kwh.0=(0, 0.25)"])),
    ("fleet_without_depot", Set(&["fleet.bus.depot=None"])),
    ("fleet_depot_of_slow_guns", Set(&["fleet.bus.depot.gun.0=HomeAc"])),
    ("fleet_shift_backwards", Set(&["fleet.taxi.shift_hours=([(18, 16)], \"test\")"])),
    ("days_without_pattern", Set(&["fleet.private.days.holiday=[]"])),
    ("days_of_no_weight", Set(&["fleet.private.days.holiday=[Stay(weight: 0)]"])),
    ("days_negative_weight", Set(&["fleet.private.days.holiday=[Stay(weight: -1), Stay(weight: 2)]"])),
    (
        "days_legs_out_of_order",
        Set(&[
            "fleet.private.days.workday=[Chain(weight: 1, legs: [(to: Home, at_h: 18, spread_h: 1), (to: Work, at_h: 8, spread_h: 1)])]",
        ]),
    ),
    ("days_leg_at_24", Set(&["fleet.private.days.workday[0].legs[1].at_h=24"])),
    (
        "days_rounds_without_end",
        Set(&["fleet.bus.days.workday[0].every_min=0", "fleet.bus.days.weekend[0].every_min=900"]),
    ),
    (
        "days_23_hours",
        Set(&[
            "fleet.bus.days.workday[0].by_hour=[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]",
        ]),
    ),
    // Charge points.
    ("charging_mix_above_one", Set(&["charging.dc_mix.0=(0.5, 0.5, 0.5)"])),
    ("charging_efficiency_one", Set(&["charging.dc_efficiency.0=(1, 0.91)"])),
    ("charging_efficiency_above_one", Set(&["charging.ac_efficiency=((1.05, 0.9), \"test\")"])),
    ("charging_efficiency_upside_down", Set(&["charging.ac_efficiency.0=(0.9, 0.93)"])),
    ("charging_fewer_than_private", Edit(&[("total: (62,", "total: (40,")])),
    ("charging_special_stations", Set(&["charging.v2g_stations.0=1000000", "charging.v2g_guns.0=500"])),
    ("charging_two_way_share", Set(&["charging.two_way_share=(1.2, \"test\")"])),
    ("charging_too_many", Set(&["charging.total.0=4294967295"])),
    ("charging_fee_backwards", Set(&["charging.fee_yuan_kwh.0=(0.8, 0.3)"])),
    ("charging_shadow_of_no_zone", Set(&["charging.zone_shadow=({4711: 0.5, 9001: 7}, \"test\")"])),
    // Grid, sun, storage, aggregators.
    ("grid_falling_ratings", Set(&["grid.ratings_kva.0=[400, 1000, 630]"])),
    ("grid_no_rating", Set(&["grid.ratings_kva.0=[]"])),
    ("grid_no_feeder", Edit(&[("grid: (feeders: (1,", "grid: (feeders: (0,")])),
    ("pv_eleven_turbidities", Set(&["pv.linke.0=[3, 3, 4, 4, 5, 5, 4, 5, 4, 4, 3]"])),
    ("pv_power_without_array", Edit(&[("arrays: (3,", "arrays: (0,")])),
    ("pv_shares_not_whole", Edit(&[("on: ((0, 0, 0, 0, 1)", "on: ((0, 0, 0, 0, 0.9)")])),
    ("storage_floor_above_full", Set(&["storage.user_side.floor.0=1.1"])),
    ("aggregators_nobody", Edit(&[("operators: (1,", "operators: (0,")])),
    // What may be fitted.
    ("fit_of_nothing", Set(&["fit=(source: \"a test\", parameters: [])"])),
    (
        "fit_no_source",
        Set(&[
            "fit=(source: \" \", parameters: [(path: \"fleet.taxi.count.0\", bounds: (0, 10), meaning: \"a test\")])",
        ]),
    ),
    (
        "fit_no_meaning",
        Set(&[
            "fit=(source: \"a test\", parameters: [(path: \"fleet.taxi.count.0\", bounds: (0, 10), meaning: \"\")])",
        ]),
    ),
    (
        "fit_no_such_path",
        Set(&[
            "fit=(source: \"a test\", parameters: [(path: \"fleet.taxis.count.0\", bounds: (0, 10), meaning: \"a test\")])",
        ]),
    ),
    (
        "fit_no_path",
        Set(&["fit=(source: \"a test\", parameters: [(path: \"\", bounds: (0, 10), meaning: \"a test\")])"]),
    ),
    (
        "fit_of_no_number",
        Set(&[
            "fit=(source: \"a test\", parameters: [(path: \"fleet.taxi.count\", bounds: (0, 10), meaning: \"a test\")])",
        ]),
    ),
    (
        "fit_bounds_backwards",
        Set(&[
            "fit=(source: \"a test\", parameters: [(path: \"fleet.taxi.count.0\", bounds: (10, 0), meaning: \"a test\")])",
        ]),
    ),
    (
        "fit_bounds_infinite",
        Set(&[
            "fit=(source: \"a test\", parameters: [(path: \"fleet.taxi.count.0\", bounds: (0, inf), meaning: \"a test\")])",
        ]),
    ),
    (
        "fit_bounds_not_whole",
        Set(&[
            "fit=(source: \"a test\", parameters: [(path: \"fleet.taxi.count.0\", bounds: (0, 10.5), whole: true, meaning: \"a test\")])",
        ]),
    ),
    (
        "fit_value_outside",
        Set(&[
            "fit=(source: \"a test\", parameters: [(path: \"behaviour.at_leisure.0\", bounds: (1, 2), meaning: \"a test\")])",
        ]),
    ),
    (
        "fit_value_not_whole",
        Set(&[
            "fit=(source: \"a test\", parameters: [(path: \"behaviour.v2g_floor_soc.0\", bounds: (0, 1), whole: true, meaning: \"a test\")])",
        ]),
    ),
    (
        "fit_twice",
        Set(&[
            "fit=(source: \"a test\", parameters: [(path: \"fleet.taxi.count.0\", bounds: (0, 10), meaning: \"a test\"), (path: \"fleet.taxi.count.0\", bounds: (0, 20), meaning: \"a test\")])",
        ]),
    ),
    // Patches.
    ("set_unknown_path", Set(&["fleet.privat.count.0=5"])),
    ("set_unknown_section", Set(&["fleets.private.count.0=5"])),
    ("set_without_value", Set(&["fleet.private.count"])),
    ("set_not_a_number", Set(&["behaviour.detour.0=NaN"])),
    ("set_infinite", Set(&["behaviour.decay_km=(inf, \"test\")"])),
    ("set_negative_count", Set(&["fleet.taxi.count.0=-6"])),
    ("set_removes_a_section", Set(&["pv=Remove"])),
    ("set_the_base", Set(&["base=\"other.ron\""])),
    // Everything is told at once, in the order of reading.
    (
        "several_at_once",
        Edit(&[
            ("\"2024-07-22\"", "\"2024-02-30\""),
            ("(district: \"Futian\", lon", "(district: \"Futain\", lon"),
            ("home: ((0.2, 0.3), ", "home: ((0.2, 1.3), "),
            ("count: (6, \"assumption\")", "count: (\"six\", \"\")"),
            ("total: (62,", "total: (62.5,"),
            ("shave_above: (0.6,", "shave_above: (NaN,"),
        ]),
    ),
    (
        "several_by_set",
        Set(&[
            "fleet.taxi.count.0=many",
            "behaviour.detour.0=0.5",
            "calendar.start.0=\"2024-02-30\"",
            "pv.albedo.0=inf",
        ]),
    ),
];

/// A directory with the sound world and its parts, removed at the end of the test.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let worlds = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds");
        let dir = std::env::temp_dir().join(format!("voltcity-broken-{}-{name}", std::process::id()));
        fs::create_dir_all(dir.join("parts")).unwrap();
        fs::copy(worlds.join("block.ron"), dir.join("block.ron")).unwrap();
        for entry in fs::read_dir(worlds.join("parts")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, dir.join("parts").join(path.file_name().unwrap())).unwrap();
        }
        Self(dir)
    }

    /// What is said about a file here, with names as from within the directory.
    fn said(&self, file: &str, patches: &[&str]) -> String {
        let patches: Vec<String> = patches.iter().map(|&patch| patch.to_owned()).collect();
        let said = match Checked::load(&self.0.join(file), &patches) {
            Ok(_) => "sound\n".to_owned(),
            Err(problems) => format!("{problems}\n"),
        };
        said.replace(&format!("{}/", self.0.display()), "")
    }

    /// Breaks the world in a way and returns what is said about it.
    fn broken(&self, name: &str, way: &Break) -> String {
        let file = format!("{name}.ron");
        let write = |file: &str, bytes: &[u8]| fs::write(self.0.join(file), bytes).unwrap();
        match way {
            Set(patches) => return self.said("block.ron", patches),
            Raw(bytes) => write(&file, bytes),
            Files(files) => files.iter().for_each(|(file, text)| write(file, text.as_bytes())),
            Edit(edits) => {
                let mut text = fs::read_to_string(self.0.join("block.ron")).unwrap();
                for (old, new) in *edits {
                    assert!(text.contains(old), "{name}: block.ron has no {old}");
                    text = text.replacen(old, new, 1);
                }
                write(&file, text.as_bytes());
            }
        }
        self.said(&file, &[])
    }

    /// A case that has been tried here, as an input of `world_check`: a world file, or patches of the sound one.
    fn seed(&self, name: &str, way: &Break) -> Vec<u8> {
        match way {
            Set(patches) => [b"\0\0", patches.join("\n").as_bytes()].concat(),
            Raw(_) | Files(_) | Edit(_) => fs::read(self.0.join(format!("{name}.ron"))).unwrap(),
        }
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// The lines of two texts side by side where they differ.
fn difference(expected: &str, found: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let mut text: Vec<String> = old[..same].iter().map(|line| format!("  {line}")).collect();
    text.extend(old[same..].iter().map(|line| format!("- {line}")));
    text.extend(new[same..].iter().map(|line| format!("+ {line}")));
    text.join("\n")
}

#[test]
fn every_broken_world_is_told_what_is_wrong_with_it() {
    let dir = Dir::new("table");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let blesses = std::env::var_os("UPDATE_GOLDEN").is_some();
    let seeds = std::env::var_os("VOLTCITY_SEEDS").map(PathBuf::from);
    let mut wrong = Vec::new();
    for (name, way) in CASES {
        let found = dir.broken(name, way);
        if let Some(seeds) = &seeds {
            fs::write(seeds.join(name), dir.seed(name, way)).expect("the folder of seeds is there");
        }
        let file = folder.join(format!("{name}.txt"));
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if found != expected {
            wrong.push(format!("{name}:\n{}", difference(&expected, &found)));
            if blesses {
                fs::write(&file, &found).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases differ\n\n{}", wrong.len(), CASES.len(), wrong.join("\n\n"));
}

#[test]
fn every_case_is_told_apart_and_every_file_has_one() {
    let mut names: Vec<String> = CASES.iter().map(|(name, _)| format!("{name}.txt")).collect();
    names.sort();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "two cases have one name");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<String> = files.collect();
    files.sort();
    assert_eq!(files, names);
}

#[test]
fn sound_worlds_pass() {
    let worlds = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds");
    for name in ["block.ron", "futian.ron", "shenzhen-2022.ron", "shenzhen-2024.ron", "shenzhen-2025.ron"] {
        if let Err(problems) = Checked::load(&worlds.join(name), &[]) {
            panic!("{name}\n{problems}");
        }
    }
}

/// The base of the tests is sound, and so is what is just within its bounds.
#[test]
fn what_is_just_right_passes() {
    let dir = Dir::new("right");
    for patch in [
        "name=\"福田 block\"",
        "charging.dc_efficiency.0=(0.999999, 0.999998)",
        "fleet.taxi.count.0=0",
        "calendar.start.0=\"2024-02-29\"",
        "tariff.sharp_hours.0=[0, 23]",
        "tariff.sharp_months.0=[]",
        "stations=(source: \"test\", rows: {\"st-1\": (zone: 1, lon: 114.05, lat: 22.55, unsplit: 3)})",
        "extent=([\"Futian\"], \"test\")",
        "fleet.private.days.workday=[Stay(weight: 1)]",
        "behaviour.alternatives.0=16",
        "fit=(source: \"test\", parameters: [(path: \"fleet.taxi.count.0\", bounds: (6, 7), whole: true, meaning: \"x\")])",
    ] {
        assert_eq!(dir.said("block.ron", &[patch]), "sound\n", "{patch}");
    }
}

#[test]
fn garbage_of_100_mb_is_refused_at_once() {
    let dir = Dir::new("garbage");
    let file = fs::File::create(dir.0.join("garbage.ron")).unwrap();
    // The file is a hole: it costs no disk, and whoever reads it reads all of it.
    file.set_len(100 << 20).unwrap();
    let before = Instant::now();
    let said = dir.said("garbage.ron", &[]);
    assert!(before.elapsed() < Duration::from_secs(2), "{:?}", before.elapsed());
    let expected =
        "error: file is 100 MiB; a world file may be at most 64 MiB\n --> garbage.ron\n\n1 problem in garbage.ron\n";
    assert_eq!(said, expected);
}

#[test]
fn garbage_within_the_limit_is_refused_in_time() {
    let dir = Dir::new("letters");
    for (name, text) in [("brackets", "[("), ("letters", "a"), ("quotes", "\"\n"), ("commas", "(a:1,"), ("zeros", "\0")]
    {
        fs::write(dir.0.join("garbage.ron"), text.repeat((8 << 20) / text.len())).unwrap();
        let before = Instant::now();
        let said = dir.said("garbage.ron", &[]);
        assert!(said.starts_with("error: ") && said.len() < 100_000, "{name}: {} bytes", said.len());
        assert!(before.elapsed() < Duration::from_secs(10), "{name}: {:?}", before.elapsed());
    }
}

#[test]
fn deep_nesting_is_refused() {
    let dir = Dir::new("deep");
    for (open, close) in [("[", "]"), ("(", ")"), ("{1:", "}"), ("Some(", ")"), ("(a:", ")")] {
        let text =
            format!("(\n    base: \"block.ron\",\n    seed: {}{},\n)\n", open.repeat(50_000), close.repeat(50_000));
        fs::write(dir.0.join("deep.ron"), text).unwrap();
        let said = dir.said("deep.ron", &[]);
        assert!(said.contains("error: brackets are nested more than"), "{open}: {said}");
        assert!(said.contains("--> deep.ron:3:"), "{open}: {said}");
    }
}
