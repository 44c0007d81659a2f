//! `voltcity-import network`: what is written solves to the same voltages, and what is wrong is told at its row.

use crate::workshop::{Outcome, Workshop};
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use voltcity::case::{self, Case, tables};
use voltcity::powerflow::limits::Rating;
use voltcity::powerflow::{Complex, Element, ElementKind, Network, Options, State, solve};

/// A 10 kV supply, a transformer with a tap and a shift, a switch, cables one of which is open, and a load that
/// depends on the voltage. Each table ends in a row and a column that must be there, so that nothing can be cut off
/// unseen.
const TABLES: [(&str, &str); 8] = [
    ("meta.json", "{\"case\": \"street\", \"baseMVA\": 0.4}\n"),
    ("bus.csv", "id,vn_kv\n0,10\n1,0.4\n2,0.4\n3,0.4\n4,0.4\n"),
    ("ext_grid.csv", "id,va_degree,vm_pu,bus\n0,5,1.02,0\n"),
    (
        "line.csv",
        "id,length_km,r_ohm_per_km,x_ohm_per_km,c_nf_per_km,max_i_ka,in_service,from_bus,to_bus\n\
         0,0.3,0.2067,0.0804,830,0.275,True,2,3\n2,0.2,0.6417,0.0848,670,0.141,False,1,4\n\
         1,0.2,0.6417,0.0848,670,,True,3,4\n",
    ),
    (
        "trafo.csv",
        "id,sn_mva,vn_hv_kv,vn_lv_kv,vk_percent,vkr_percent,pfe_kw,i0_percent,shift_degree,tap_side,tap_neutral,\
         tap_step_percent,tap_pos,hv_bus,lv_bus\n0,0.4,10,0.4,4,1.325,0.95,0.2375,150,hv,0,2.5,-1,0,1\n",
    ),
    ("switch.csv", "id,et,closed,bus,element\n0,b,True,1,2\n"),
    (
        "load.csv",
        "id,p_mw,q_mvar,const_z_percent,const_i_percent,bus\n0,0.06,0.01,30,20,3\n1,0.05,0.02,0,0,4\n\
         2,0.01,0,0,0,2\n",
    ),
    ("shunt.csv", "id,p_mw,q_mvar,bus\n0,0.0001,-0.02,3\n"),
];

/// Buses in a row behind a branch with a tap and a shift, and a shunt.
const CASE: &str = "\
function mpc = row
mpc.version = '2';
mpc.baseMVA = 10;
mpc.bus = [
1 3 0 0 0 0 1 1 0 110 1 1.1 0.9;
2 1 1.1 0.2 0 0.3 1 1 0 10 1 1.1 0.9;
3 1 2.3 0.4 0 0 1 1 0 10 1 1.1 0.9;
];
mpc.gen = [1 0 0 10 -10 1.01 10 1 10 0];
mpc.branch = [
1 2 0.01 0.12 0 25 0 0 1.05 30 1 -360 360;
2 3 0.02 0.03 0.01 0 0 0 0 0 1 -360 360;
];
";

/// A folder of tables.
fn folder(tables: &[(&str, impl AsRef<str>)]) -> Workshop {
    let workshop = Workshop::new();
    fs::create_dir(workshop.path("in")).expect("a folder can be made");
    for (name, text) in tables {
        fs::write(workshop.path("in").join(name), text.as_ref()).expect("a file can be written");
    }
    workshop
}

/// The tables with a piece of one of them replaced.
fn changed(file: &str, old: &str, new: &str) -> Workshop {
    let change = |(name, text): (&'static str, &str)| {
        assert!(name != file || text.contains(old), "{old} is in {file}");
        (name, if name == file { text.replacen(old, new, 1) } else { text.to_owned() })
    };
    folder(&TABLES.map(change))
}

/// The same network in per unit.
fn per_unit() -> Workshop {
    folder(&[
        ("meta.json", "{\"case\": \"pair\", \"baseMVA\": 1}"),
        (
            "ppc_bus.csv",
            "type,pd_mw,qd_mvar,gs_mw,bs_mvar,vm_pu,va_deg,base_kv,bus\n3,0,0,0,0,1.01,0,10,0\n\
             1,0.5,0.1,0,0,,,10,1\n1,0.5,0.1,0,0,,,10,2\n",
        ),
        (
            "ppc_branch.csv",
            "r_pu,x_pu,b_pu,g_pu,ratio,shift_deg,status,f,t\n0.01,0.01,0,0,1,0,1,0,1\n0.01,0.01,0,0,1,0,1,1,2\n",
        ),
    ])
}

const RUN: &str = "network --from in --out out";

/// Numbers of buses and their voltages.
fn voltages(case: &Case) -> Vec<(u32, Complex)> {
    let network = Network::build(&case.grid).expect("the network is sound");
    let mut state = State::new(&network);
    solve(&network, &mut state, &Options::default()).expect("the network has a solution");
    let of_bus = |id: u32| network.node(id).map(|node| (id, state.voltages()[node]));
    case.grid.buses.iter().filter_map(|bus| of_bus(bus.id)).collect()
}

fn ratings(case: &Case) -> Vec<(Element, Rating)> {
    let mut ratings = case.ratings.clone();
    ratings.sort_by_key(|(element, _)| *element);
    ratings
}

/// Imports a network and holds what was written against it.
fn round_trip(workshop: &Workshop, from: &str) -> Outcome {
    let outcome = workshop.run_with(["network", "--from", from, "--out", "out"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let wanted = case::read(&workshop.path(from)).expect("the original is read");
    let found = case::read(&workshop.path("out")).expect("what was written is read");
    assert_eq!(found.grid.branches, wanted.grid.branches);
    assert_eq!(ratings(&found), ratings(&wanted));
    assert_eq!(found.grid.name, wanted.grid.name);
    let (found, wanted) = (voltages(&found), voltages(&wanted));
    assert_eq!(found.len(), wanted.len());
    for ((found_bus, found), (bus, wanted)) in found.into_iter().zip(wanted) {
        assert_eq!(found_bus, bus);
        assert!((found - wanted).abs() <= 1e-12, "{from}: bus {bus} is at {found:?}, not {wanted:?}");
    }
    outcome
}

#[test]
fn elements_survive_as_tables_in_per_unit() {
    let workshop = folder(&TABLES);
    let outcome = round_trip(&workshop, "in");
    let note = "in/line.csv:4:1: branches without a rating, whose loading cannot be told (1): line 1";
    assert_eq!(outcome.notes(), [note]);
    let told = "street: 5 buses (4 at 0.4 kV, 1 at 10 kV), 5 branches, 1 of them open, 1 transformers\n\
                load less generation at 1 pu: 0.12 MW, 0.03 Mvar\nsolved with these loads: ";
    assert!(outcome.err.contains(told), "{}", outcome.err);
    let read = case::read(&workshop.path("out")).expect("what was written is read");
    let bus = read.grid.buses[3];
    assert!(bus.steady_current.re > 0.0 && bus.steady_impedance.re > 0.0 && bus.b_pu > 0.0, "{bus:?}");
    assert_eq!(read.grid.branches[3].element.kind, ElementKind::Transformer);
    assert_eq!(read.ratings.len(), 3);
    let meta = fs::read_to_string(workshop.path("out/meta.json")).expect("the file is there");
    assert!(meta.contains("\"source\": \"in\""), "{meta}");
}

#[test]
fn a_matpower_case_survives_with_tap_shift_and_rating() {
    let workshop = Workshop::new().with("row.m", CASE);
    let outcome = round_trip(&workshop, "row.m");
    assert!(outcome.err.contains("row: 3 buses (2 at 10 kV, 1 at 110 kV), 2 branches, 0 of them open, 1 transf"));
    assert!(outcome.err.ends_with("wrote out\n"), "{}", outcome.err);
    let read = tables::read_per_unit(&workshop.path("out")).expect("what was written is read");
    assert_eq!(read.grid.branches[0].element.id, 1);
    assert_eq!((read.grid.branches[0].model.ratio, read.grid.branches[0].model.shift_deg), (1.05, 30.0));
    assert_eq!(read.ratings.len(), 1);
    let source = ["network", "--from", "row.m", "--out", "out", "--source", "the operator, \"2025\""];
    assert_eq!(workshop.run_with(source).code, 0);
    let meta = fs::read_to_string(workshop.path("out/meta.json")).expect("the file is there");
    assert!(meta.contains(r#""source": "the operator, \"2025\"""#), "{meta}");
}

#[test]
fn a_pandapower_file_survives() {
    let frame = |columns: &str, data: &str| {
        format!(r#"{{"_object": {{"columns": [{columns}], "index": [0, 1], "data": [{data}]}}}}"#)
    };
    let text = format!(
        r#"{{"_class": "pandapowerNet", "_object": {{"sn_mva": 1, "name": "pair", "bus": {}, "ext_grid":
        {{"_object": {{"columns": ["bus", "vm_pu"], "index": [0], "data": [[0, 1]]}}}}, "load": {}, "line":
        {{"_object": {{"columns": ["from_bus", "to_bus", "length_km", "r_ohm_per_km", "x_ohm_per_km", "max_i_ka"],
        "index": [7], "data": [[0, 1, 2, 0.1, 0.2, 0.3]]}}}}}}}}"#,
        frame(r#""vn_kv", "in_service""#, "[10, true], [10, true]"),
        frame(r#""bus", "p_mw", "q_mvar""#, "[1, 0.3, 0.1], [1, 0.4, 0.1]"),
    );
    let workshop = Workshop::new().with("net.json", &text);
    round_trip(&workshop, "net.json");
    let bad = text.replace("[[0, 1, 2, 0.1,", "[[0, 1, 2, \"a\",");
    let workshop = Workshop::new().with("net.json", bad);
    let outcome = workshop.run("network --from net.json --out out");
    let told =
        "net.json: table `line`:7:5: r_ohm_per_km: found `a`, wanted a finite number\n1 problem: nothing is written";
    assert_eq!(outcome.code, 3);
    assert!(outcome.err.contains(told), "{}", outcome.err);
}

/// Every network of the reference tools in both of its forms, where they are.
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn networks_of_the_reference_tools_survive() {
    let Some(shared) = std::env::var_os("VOLTCITY_SHARED") else {
        eprintln!("skipped: VOLTCITY_SHARED is not set");
        return;
    };
    let mut imported = 0;
    let entries = fs::read_dir(Path::new(&shared).join("truth/grid")).expect("the cases are there");
    for source in entries.map(|entry| entry.expect("an entry").path()) {
        for is_per_unit in [false, true] {
            let wanted = |name: &str| is_per_unit == name.starts_with("ppc_");
            let workshop = Workshop::new();
            let name = source.file_name().expect("a name").to_string_lossy().into_owned();
            let from = workshop.path(&name);
            fs::create_dir(&from).expect("a folder can be made");
            for file in fs::read_dir(&source).expect("a folder").map(|file| file.expect("a file").path()) {
                let file_name = file.file_name().expect("a name").to_string_lossy().into_owned();
                if wanted(&file_name) || file_name == "meta.json" {
                    fs::copy(&file, from.join(&file_name)).expect("a file can be copied");
                }
            }
            if !from.join(if is_per_unit { "ppc_bus.csv" } else { "bus.csv" }).is_file() {
                continue;
            }
            if name == "case33bw_meshed" {
                let outcome = workshop.run_with(["network", "--from", &name, "--out", "out"]);
                assert_eq!((outcome.code, outcome.bad_rows().len()), (3, 5), "{outcome:?}");
                assert!(outcome.bad_rows().iter().all(|row| row.contains(") closes a loop by way of ")), "{outcome:?}");
                continue;
            }
            round_trip(&workshop, &name);
            imported += 1;
        }
    }
    assert!(imported >= 9, "{imported} networks were found");
}

#[test]
fn the_same_network_gives_the_same_bytes() {
    let (one, two) = (folder(&TABLES), folder(&TABLES));
    let (first, second) = (one.run(RUN), two.run(RUN));
    assert_eq!((first.code, first.err.as_str()), (0, second.err.as_str()));
    // Once more over what is there.
    assert_eq!(one.run(RUN).code, 0);
    assert_eq!(one.names(), ["in", "out"]);
    for name in ["meta.json", "ppc_bus.csv", "ppc_branch.csv"] {
        let bytes = |workshop: &Workshop| fs::read(workshop.path("out").join(name)).expect("the file is there");
        assert_eq!(bytes(&one), bytes(&two), "{name}");
    }
    assert_eq!(fs::read_dir(one.path("out")).expect("a folder").count(), 3);
}

/// The bad rows of a network that is refused.
fn refused(workshop: &Workshop) -> Vec<String> {
    let outcome = workshop.run(RUN);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert!(outcome.err.ends_with(": nothing is written\n"), "{outcome:?}");
    assert_eq!(workshop.names(), ["in"]);
    outcome.bad_rows().into_iter().map(str::to_owned).collect()
}

#[test]
fn a_loop_is_named_by_its_branch_and_its_way() {
    let workshop = changed("line.csv", "0.141,False,1,4", "0.141,True,1,4");
    let told = "in/line.csv:4:1: not radial: line 1 (bus 3 to bus 4) closes a loop by way of 3 1 4, 1 in all; open one \
                branch of each loop";
    assert_eq!(refused(&workshop), [told]);
}

#[test]
fn what_is_not_fed_is_named_by_its_bus() {
    let workshop = changed("line.csv", "0.275,True,2,3", "0.275,False,2,3");
    let rows = refused(&workshop);
    assert_eq!(rows.len(), 2, "{rows:?}");
    for (row, bus) in rows.iter().zip([3, 4]) {
        let told = format!("in/bus.csv:{}:1: bus {bus} has a load but no closed way to the slack", bus + 2);
        assert!(row.starts_with(&told), "{row}");
    }
}

#[test]
fn a_flood_of_problems_is_cut_off_and_said_to_be() {
    let tables = TABLES.map(|(name, text)| {
        let rows = |row: &dyn Fn(usize) -> String| (10..160).map(row).collect::<String>();
        let more = match name {
            "bus.csv" => rows(&|id| format!("{id},0.4\n")),
            "load.csv" => rows(&|id| format!("{id},0.01,0,0,0,{id}\n")),
            _ => String::new(),
        };
        (name, format!("{text}{more}"))
    });
    let workshop = folder(&tables);
    assert_eq!(refused(&workshop).len(), 100);
    let told = "the first 100 problems are listed; there may be more\n100 problems: nothing is written\n";
    assert!(workshop.run(RUN).err.ends_with(told));
}

#[test]
fn supplies_are_counted() {
    let two = changed("ext_grid.csv", "0,5,1.02,0\n", "0,5,1.02,0\n1,0,1,4\n");
    assert_eq!(refused(&two), ["in/bus.csv:6:1: buses 0 and 4 are both slack: there is one supply only"]);
    let none = changed("ext_grid.csv", "0,5,1.02,0\n", "");
    assert_eq!(refused(&none), ["in/bus.csv:2:1: no slack: give one bus that holds its voltage"]);
    let weak = changed("ext_grid.csv", "1.02", "0.3");
    assert_eq!(refused(&weak), ["in/bus.csv:2:1: bus 0: voltage of the slack in pu is 0.3, and must be in 0.5 to 1.5"]);
}

#[test]
fn every_bad_row_is_told_at_once() {
    let tables = TABLES.map(|(name, text)| {
        let text = match name {
            "bus.csv" => text.replace("3,0.4", "3,-0.4"),
            "line.csv" => text.replace("0,0.3,0.2067", "0,0.3,x").replace("True,3,4", "maybe,3,9"),
            "load.csv" => text.replace("0.05", "").replace("0,0,2", "0,0,nowhere"),
            "shunt.csv" => text.replace("-0.02", "inf"),
            _ => text.to_owned(),
        };
        (name, text)
    });
    let told = [
        "in/bus.csv:5:2: vn_kv: found `-0.4`, wanted a number above zero",
        "in/line.csv:2:3: r_ohm_per_km: found `x`, wanted a finite number",
        "in/line.csv:4:9: to_bus: found `9`, wanted the number of a bus",
        "in/load.csv:3:2: p_mw: missing: a finite number in every row",
        "in/load.csv:4:6: bus: found `nowhere`, wanted a finite number",
        "in/shunt.csv:2:3: q_mvar: found `inf`, wanted a finite number",
    ];
    assert_eq!(refused(&folder(&tables)), told);
    // What only the network as a whole shows: one problem does not hide the next.
    let tables = TABLES.map(|(name, text)| {
        let text = match name {
            "line.csv" => text.replace("0.2067,0.0804", "-1,0.0804").replace("0.6417,0.0848,670,,", "0,0,670,,"),
            "trafo.csv" => text.replace("hv,0,2.5,-1", "hv,0,50,30"),
            _ => text.to_owned(),
        };
        (name, text)
    });
    let rows = refused(&folder(&tables));
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[0].starts_with("in/line.csv:2:1: line 0: r is -"), "{rows:?}");
    assert_eq!(rows[1], "in/line.csv:4:1: line 1 has no impedance: give it one, or make it a switch");
    assert!(rows[2].starts_with("in/trafo.csv:2:1: transformer 0: tap ratio is 16, and must be"), "{rows:?}");
    // Of a MATPOWER case too.
    let bad = CASE.replace("2 1 1.1 0.2", "2 1 x 0.2").replace("1 2 0.01", "1 2 y");
    let workshop = Workshop::new().with("row.m", bad);
    let outcome = workshop.run("network --from row.m --out out");
    let told = ["row.m:6:3: found `x`, wanted a number", "row.m:11:3: found `y`, wanted a number"];
    assert_eq!((outcome.code, outcome.bad_rows()), (3, told.to_vec()));
    let bad = CASE.replace("2 1 1.1 0.2", "2 7.5 1.1 0.2");
    let workshop = Workshop::new().with("row.m", bad);
    let outcome = workshop.run("network --from row.m --out out");
    let told = "row.m:6:2: found `7.5`, wanted a whole number from 0 to 4294967294";
    assert_eq!((outcome.code, outcome.bad_rows()), (3, vec![told]));
    let bad = CASE.replace("2 3 0.02", "2 7 0.02").replace("0.01 0.12", "0 0");
    let workshop = Workshop::new().with("row.m", bad);
    let outcome = workshop.run("network --from row.m --out out");
    assert_eq!((outcome.code, outcome.bad_rows().len()), (3, 2), "{outcome:?}");
}

#[test]
fn nothing_that_is_in_the_way_is_lost() {
    let workshop = folder(&TABLES).with("file", "");
    fs::create_dir(workshop.path("out")).expect("a folder can be made");
    fs::write(workshop.path("out/notes.txt"), "mine").expect("a file can be written");
    let outcome = workshop.run(RUN);
    let told = "error: cannot write out: it holds notes.txt; choose a folder of its own\n";
    assert!(outcome.code == 4 && outcome.err.ends_with(told), "{outcome:?}");
    assert_eq!(fs::read_dir(workshop.path("out")).expect("a folder").count(), 1);
    for out in [".", "..", "file", "file/out"] {
        let outcome = workshop.run_with(["network", "--from", "in", "--out", out]);
        assert_eq!(outcome.code, 4, "{out}: {outcome:?}");
    }
    let outcome = workshop.run("network --from in --out ./in");
    assert_eq!((outcome.code, outcome.err.as_str()), (2, "error: --out names an input file, in\n"));
    let outcome = workshop.run("network --from nowhere --out out2");
    assert!(outcome.code == 4 && outcome.err.contains("error: cannot read nowhere: "), "{outcome:?}");
    assert_eq!(workshop.names(), ["file", "in", "out"]);
    assert_eq!(workshop.run("network --from in --out deep/er/out").code, 0);
    assert!(workshop.path("deep/er/out/ppc_branch.csv").is_file());
}

/// Exit code 3 or 4, a place, and nothing written.
fn assert_refused(workshop: &Workshop, from: &str) -> Result<(), TestCaseError> {
    let outcome = workshop.run_with(["network", "--from", from, "--out", "out"]);
    prop_assert!(outcome.code == 3 || outcome.code == 4, "{:?}", outcome);
    prop_assert!(!outcome.bad_rows().is_empty() || outcome.err.contains("error: cannot read in/"), "{:?}", outcome);
    prop_assert!(!outcome.err.contains("panicked"), "{:?}", outcome);
    prop_assert!(!workshop.path("out").exists());
    Ok(())
}

/// Cells that must be there, each with what it cannot be.
const CELLS: [(&str, usize, &[&str]); 15] = [
    ("bus.csv", 0, &["x", "", "-1", "1.5", "4294967295", "1e999"]),
    ("bus.csv", 1, &["x", "", "0", "-10", "nan", "inf"]),
    ("ext_grid.csv", 2, &["x", "", "0", "-1", "9"]),
    ("ext_grid.csv", 3, &["x", "", "7", "-1"]),
    ("line.csv", 1, &["x", "", "nan", "1e999"]),
    ("line.csv", 2, &["x", "", "-5", "1e999"]),
    ("line.csv", 5, &["x", "1e306", "1e999"]),
    ("line.csv", 6, &["yes", "2"]),
    ("line.csv", 7, &["x", "", "9", "0.5"]),
    ("line.csv", 8, &["x", "", "9", "-1"]),
    ("trafo.csv", 1, &["x", "", "0", "-1"]),
    ("trafo.csv", 4, &["x", "", "1"]),
    ("trafo.csv", 14, &["x", "", "9"]),
    ("switch.csv", 1, &["x", "", "b b"]),
    ("load.csv", 5, &["x", "", "9", "1e12"]),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is cut off a table, it is missed.
    #[test]
    fn tables_cut_short_are_refused(which in prop::sample::select(vec!["bus.csv", "line.csv"]), at in 0.0..1.0_f64) {
        let cut = |(name, text): (&'static str, &'static str)| {
            // Without its last line end a table is whole.
            (name, if name == which { &text[..(at * (text.len() - 1) as f64) as usize] } else { text })
        };
        assert_refused(&folder(&TABLES.map(cut)), "in")?;
    }

    /// The same of tables in per unit and of a case file.
    #[test]
    fn other_forms_cut_short_are_refused(which in 0..3_usize, at in 0.0..1.0_f64) {
        let short = |text: &str, spare: usize| text[..(at * (text.len() - spare) as f64) as usize].to_owned();
        if which == 2 {
            // All but the end of the last statement, `];`.
            let workshop = Workshop::new().with("row.m", short(CASE, 3));
            return assert_refused(&workshop, "row.m");
        }
        let workshop = per_unit();
        let path = workshop.path(["in/ppc_bus.csv", "in/ppc_branch.csv"][which]);
        let text = fs::read_to_string(&path).expect("the file is there");
        fs::write(&path, short(&text, 1)).expect("the file can be written");
        assert_refused(&workshop, "in")?;
    }

    /// Whatever a cell holds that it cannot, it is named.
    #[test]
    fn cells_that_cannot_be_are_refused(
        (file, column, junk) in prop::sample::select(CELLS.to_vec()),
        row: prop::sample::Index,
        which: prop::sample::Index,
    ) {
        let spoil = |(name, text): (&'static str, &'static str)| {
            let mut lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
            if name == file {
                let row = 1 + row.index(lines.len() - 1);
                lines[row][column] = junk[which.index(junk.len())];
            }
            let lines: Vec<String> = lines.iter().map(|cells| cells.join(",")).collect();
            (name, format!("{}\n", lines.join("\n")))
        };
        assert_refused(&folder(&TABLES.map(spoil)), "in")?;
    }

    /// Whatever is done to a file, the answer is a network or a problem, never a panic.
    #[test]
    fn no_change_of_a_file_brings_the_tool_down(
        which in 0..TABLES.len(), at in 0.0..1.0_f64, cut in 0..12_usize, put in "[-+,.0-9a-z\n\"]{0,8}",
    ) {
        let spoil = |(name, text): (&'static str, &'static str)| {
            let from = (at * text.len() as f64) as usize;
            let rest = &text[(from + cut).min(text.len())..];
            (name, if name == TABLES[which].0 { format!("{}{put}{rest}", &text[..from]) } else { text.to_owned() })
        };
        let workshop = folder(&TABLES.map(spoil));
        let outcome = workshop.run(RUN);
        prop_assert!(matches!(outcome.code, 0 | 3 | 4) && !outcome.err.contains("panicked"), "{:?}", outcome);
        prop_assert_eq!(outcome.code == 0, workshop.path("out").is_dir(), "{:?}", outcome);
    }
}
