//! Files that are not what they should be: an error, never a panic.

use proptest::prelude::*;
use std::path::PathBuf;
use voltcity::case::frame::Frame;
use voltcity::case::{Case, CaseErrors, matpower, pandapower, tables};
use voltcity::powerflow::{Network, Options, State, solve};

const MATPOWER: &str = "function mpc = three
mpc.version = '2';
mpc.baseMVA = 10;
mpc.bus = [
1 3 0 0 0 0 1 1 0 12.66 1 1 1;
2 1 100 60 0 0 1 1 0 12.66 1 1.1 0.9;
3 1 90 40 0 0 1 1 0 12.66 1 1.1 0.9;
];
mpc.gen = [1 0 0 10 -10 1 100 1 10 0];
mpc.branch = [
1 2 0.09 0.04 0 0 0 0 0 0 1 -360 360;
2 3 0.49 0.25 0 0 0 0 0 0 1 -360 360;
];
Vbase = mpc.bus(1, BASE_KV) * 1e3;
Sbase = mpc.baseMVA * 1e6;
mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);
mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3;
";

const PANDAPOWER: &str = r#"{"_class":"pandapowerNet","_object":{"sn_mva":1.0,
"bus":{"_object":{"columns":["vn_kv","in_service"],"index":[0,1],"data":[[10.0,true],[0.4,true]]}},
"ext_grid":{"_object":{"columns":["bus","vm_pu"],"index":[0],"data":[[0,1.0]]}},
"trafo":{"_object":{"columns":["hv_bus","lv_bus","sn_mva","vn_hv_kv","vn_lv_kv","vk_percent","vkr_percent",
"pfe_kw","i0_percent","shift_degree","tap_side","tap_pos","tap_neutral","tap_step_percent"],"index":[0],
"data":[[0,1,0.4,10.0,0.4,4.0,1.3,0.9,0.3,150.0,"hv",1,0,2.5]]}},
"load":{"_object":{"columns":["bus","p_mw","q_mvar"],"index":[0],"data":[[1,0.1,0.05]]}},
"switch":{"_object":{"columns":["bus","element","et","closed"],"index":[0],"data":[[0,0,"t",true]]}}}}"#;

const TABLES: [(&str, &str); 7] = [
    ("meta.json", r#"{"case":"pair","baseMVA":1.0}"#),
    ("bus.csv", "id,vn_kv,in_service\n0,10,True\n1,10,True\n"),
    ("ext_grid.csv", "id,bus,vm_pu,va_degree\n0,0,1.0,0\n"),
    ("line.csv", "id,from_bus,to_bus,length_km,r_ohm_per_km,x_ohm_per_km,max_i_ka\n0,0,1,2.0,0.1,0.1,0.3\n"),
    ("load.csv", "id,bus,p_mw,q_mvar,scaling\n0,1,0.5,0.1,1\n"),
    (
        "ppc_bus.csv",
        "bus,type,pd_mw,qd_mvar,gs_mw,bs_mvar,vm_pu,va_deg,base_kv\n0,3,0,0,0,0,1,0,10\n1,1,1,1,0,0,1,0,10\n",
    ),
    ("ppc_branch.csv", "f,t,r_pu,x_pu,b_pu,g_pu,ratio,shift_deg,status\n0,1,0.01,0.01,0,0,1,0,1\n"),
];

/// Reads to the end: what was read is built and solved, and an error has words.
fn through(read: Result<Case, CaseErrors>) {
    match read {
        Err(error) => assert!(error.to_string().len() > 10),
        Ok(case) => {
            if let Ok(network) = Network::build(&case.grid) {
                let mut state = State::new(&network);
                let _ = solve(&network, &mut state, &Options::default());
                assert!(state.voltages().iter().all(|v| v.is_finite()));
            }
        }
    }
}

/// A text with a piece cut out at a share of its length, and another put in.
fn spoil(text: &str, at: f64, cut: usize, put: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let from = (at * letters.len() as f64) as usize;
    let to = (from + cut).min(letters.len());
    letters[..from].iter().chain(&put.chars().collect::<Vec<_>>()).chain(&letters[to..]).collect()
}

fn junk() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,8}",
        "[-+*/^().,;:\\[\\]{}'%\n 0-9eE]{0,12}",
        prop::sample::select(vec![
            "nan",
            "1e308",
            "-1",
            "4294967295",
            "",
            "\"",
            "[[",
            "((((",
            "mpc.bus(",
            "...\n",
            "null"
        ])
        .prop_map(str::to_owned),
    ]
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    /// The tables, with one of them as it is given.
    fn write(name: &str, file: &str, content: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("voltcity-case-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        for (name, text) in TABLES {
            std::fs::write(path.join(name), text).unwrap();
        }
        std::fs::write(path.join(file), content).unwrap();
        Self(path)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn spoilt_case_files(at in 0.0..1.0, cut in 0_usize..30, put in junk()) {
        through(matpower::parse("spoilt.m", &spoil(MATPOWER, at, cut, &put)));
        through(pandapower::parse("spoilt.json", &spoil(PANDAPOWER, at, cut, &put)));
    }

    #[test]
    fn no_case_files_at_all(text in "\\PC{0,200}") {
        through(matpower::parse("none.m", &text));
        through(pandapower::parse("none.json", &text));
    }

    #[test]
    fn bytes_are_no_table(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Frame::from_csv("bytes.csv", bytes.as_slice());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn spoilt_tables(which in 0..TABLES.len(), at in 0.0..1.0, cut in 0_usize..12, put in junk()) {
        let (file, text) = TABLES[which];
        let folder = Folder::write("spoilt", file, spoil(text, at, cut, &put).as_bytes());
        through(tables::read_elements(&folder.0));
        through(tables::read_per_unit(&folder.0));
    }
}

#[test]
fn whole_files_are_read() {
    let folder = Folder::write("whole", "sgen.csv", b"id,bus,p_mw,q_mvar\n0,1,0.2,0\n");
    let case = tables::read_elements(&folder.0).unwrap();
    assert!((case.grid.buses[1].p_pu - 0.3).abs() < 1e-15);
    through(tables::read_per_unit(&folder.0));
    through(matpower::parse("three.m", MATPOWER));
    let case = pandapower::parse("pair.json", PANDAPOWER).unwrap();
    assert!((case.grid.branches[0].model.ratio - 1.025).abs() < 1e-12);
    assert!(Network::build(&case.grid).is_ok());
}

#[test]
fn the_folder_says_which_model_transformers_have() {
    let model = |meta: &str| {
        let folder = Folder::write("model", "meta.json", meta.as_bytes());
        let trafo = "id,hv_bus,lv_bus,sn_mva,vn_hv_kv,vn_lv_kv,vk_percent,vkr_percent,pfe_kw,i0_percent\n\
                     0,0,1,1,10,10,6,0.5,2,1\n";
        std::fs::write(folder.0.join("trafo.csv"), trafo).unwrap();
        tables::read_elements(&folder.0).map(|case| case.grid.branches[1].model.r_pu)
    };
    let pi = model(r#"{"baseMVA":1,"trafo_model":"pi"}"#).unwrap();
    assert!((pi - 0.005).abs() < 1e-15);
    assert_eq!(model(r#"{"baseMVA":1,"solver":"Newton, trafo_model=pi, init=dc"}"#).unwrap(), pi);
    let t = model(r#"{"baseMVA":1}"#).unwrap();
    assert!(t != pi && (t - pi).abs() < 1e-5);
    assert_eq!(model(r#"{"baseMVA":1,"solver":"Newton, trafo_model=t, init=dc"}"#).unwrap(), t);
    let error = model(r#"{"baseMVA":1,"trafo_model":"x"}"#).unwrap_err().to_string();
    assert!(error.contains("meta.json: found `x`, wanted `trafo_model` t or pi"), "{error}");
}

#[test]
fn errors_say_where_and_what_would_be_right() {
    let spoilt = [
        ("line.csv", "id,from_bus,to_bus,length_km\n0,0,1,\n", "line.csv:2, column `length_km`: missing"),
        ("line.csv", "id,from_bus,to_bus\n0,0,x\n", "line.csv:2, column `to_bus`: found `x`, wanted a finite number"),
        ("load.csv", "id,bus,p_mw\n0,8,1\n", "load.csv:2, column `bus`: found `8`, wanted the number of a bus"),
        ("load.csv", "id,bus,p_mw\n0,1\n", "wanted CSV in UTF-8 with as many fields"),
        ("switch.csv", "id,bus,element,et,closed\n0,0,0,q,True\n", "column `et`: found `q`, wanted b, l or t"),
        ("gen.csv", "id,bus,p_mw,vm_pu,in_service\n0,1,1,1,True\n", "`gen` is not in this model"),
        ("meta.json", "{}", "meta.json: missing: `baseMVA`"),
        ("meta.json", "{", "meta.json:1: "),
    ];
    for (at, (file, text, wanted)) in spoilt.into_iter().enumerate() {
        let folder = Folder::write(&format!("where{at}"), file, text.as_bytes());
        let message = tables::read_elements(&folder.0).unwrap_err().to_string();
        assert!(message.contains(wanted), "{message}");
    }
    let pv = "bus,type,pd_mw,qd_mvar,gs_mw,bs_mvar,vm_pu,va_deg,base_kv\n0,2,0,0,0,0,1,0,10\n";
    let folder = Folder::write("pv", "ppc_bus.csv", pv.as_bytes());
    let message = tables::read_per_unit(&folder.0).unwrap_err().to_string();
    assert!(message.contains("ppc_bus.csv:2, column `type`: `2, a bus that holds its voltage`"), "{message}");
    assert!(tables::read_per_unit(&folder.0.join("none")).unwrap_err().to_string().contains("cannot be read"));
}

#[test]
fn deep_brackets_do_not_overflow() {
    for open in ["(", "mpc.bus(", "-(", "sqrt("] {
        let text = format!("mpc.bus = [1 2];\nx = {}1\n", open.repeat(100_000));
        assert!(matpower::parse("deep.m", &text).is_err());
    }
}

#[test]
fn a_load_counts_once() {
    let twice = "id,bus,p_mw,q_mvar,scaling\n0,1,0.5,0.1,1\n0,1,0.5,0.1,1\n";
    let folder = Folder::write("twice", "load.csv", twice.as_bytes());
    let error = voltcity::case::read(&folder.0).unwrap_err().to_string();
    assert!(error.contains("load.csv:3, column `id`") && error.contains("each number once"), "{error}");
    let without = "bus,p_mw,q_mvar,scaling\n1,0.5,0.1,1\n1,0.5,0.1,1\n";
    let folder = Folder::write("unnumbered", "load.csv", without.as_bytes());
    let case = voltcity::case::read(&folder.0).unwrap();
    assert!((case.grid.buses.iter().map(|bus| bus.p_pu).sum::<f64>() - 1.0).abs() < 1e-12);
}

/// Tables in per unit beside tables of elements do not stand in for them.
#[test]
fn a_missing_table_of_buses_is_told() {
    let folder = Folder::write("no-buses", "load.csv", TABLES[4].1.as_bytes());
    std::fs::remove_file(folder.0.join("bus.csv")).unwrap();
    let error = voltcity::case::read(&folder.0).unwrap_err().to_string();
    assert!(error.contains("bus.csv"), "{error}");
}
