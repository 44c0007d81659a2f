//! Elements in SI units become per unit as by hand.

use serde_json::{Value, json};
use voltcity::case::{Case, pandapower};
use voltcity::powerflow::{Element, ElementKind, Network, NetworkProblem, Options, State, solve};

fn frame(columns: &Value, rows: &[Value]) -> Value {
    let index: Vec<usize> = (0..rows.len()).collect();
    json!({ "_object": { "columns": columns, "index": index, "data": rows } })
}

/// 10 kV bus 0, transformer to 0.4 kV bus 1, lines 1-2 and 2-3, bus 4 behind a switch at 2.
fn network() -> Value {
    let bus = frame(
        &json!(["vn_kv", "in_service"]),
        &[json!([10, true]), json!([0.4, true]), json!([0.4, true]), json!([0.4, true]), json!([0.4, true])],
    );
    let transformer = json!([0, 1, 0.63, 10, 0.41, 6.0, 1.0, 1.2, 0.5, 150, "lv", 2, 0, 2.5, 2]);
    let trafo = frame(
        &json!([
            "hv_bus",
            "lv_bus",
            "sn_mva",
            "vn_hv_kv",
            "vn_lv_kv",
            "vk_percent",
            "vkr_percent",
            "pfe_kw",
            "i0_percent",
            "shift_degree",
            "tap_side",
            "tap_pos",
            "tap_neutral",
            "tap_step_percent",
            "parallel"
        ]),
        &[transformer],
    );
    let line = frame(
        &json!(["from_bus", "to_bus", "length_km", "r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "parallel"]),
        &[json!([1, 2, 0.5, 0.2, 0.08, 800, 2]), json!([2, 3, 0.5, 0.2, 0.08, 800, 1])],
    );
    json!({ "_class": "pandapowerNet", "_object": {
        "sn_mva": 0.5, "f_hz": 60.0, "name": "hand", "bus": bus, "trafo": trafo, "line": line,
        "ext_grid": frame(&json!(["bus", "vm_pu", "va_degree"]), &[json!([0, 1.01, 5])]),
        "load": frame(&json!(["bus", "p_mw", "q_mvar", "scaling"]), &[json!([4, 0.1, 0.02, 0.5])]),
        "sgen": frame(&json!(["bus", "p_mw", "in_service"]), &[json!([4, 0.03, true]), json!([4, 9, false])]),
        "shunt": frame(
            &json!(["bus", "p_mw", "q_mvar", "vn_kv", "step"]),
            &[json!([4, 0.001, -0.01, 0.8, 2])]
        ),
        "switch": frame(&json!(["bus", "element", "et", "closed"]), &[json!([2, 4, "b", true])]),
    }})
}

fn read(network: &Value) -> Case {
    pandapower::parse("hand.json", &network.to_string()).unwrap()
}

fn near(got: f64, want: f64) {
    assert!((got - want).abs() <= 1e-12 * want.abs().max(1e-3), "{got}, not {want}");
}

#[test]
fn loads_shunts_lines_and_taps_are_as_by_hand() {
    let case = read(&network());
    let bus = case.grid.buses[4];
    near(bus.p_pu, (0.05 - 0.03) / 0.5);
    near(bus.q_pu, 0.01 / 0.5);
    // At half its rated voltage a shunt of two steps is half a step.
    near(bus.g_pu, 0.0005 / 0.5);
    near(bus.b_pu, 0.005 / 0.5);
    let line = case.grid.branches[0].model;
    let base_ohm = 0.16 / 0.5;
    near(line.r_pu, 0.05 / base_ohm);
    near(line.b_pu, 2.0 * core::f64::consts::PI * 60.0 * 800e-9 * 0.5 * 2.0 * base_ohm);
    let transformer = case.grid.branches[2].model;
    let lv_kv = 0.41 * 1.05;
    near(transformer.ratio, (10.0 / lv_kv) / (10.0 / 0.4));
    assert_eq!(transformer.shift_deg, 150.0);
    // The T model moves the series impedance by a quarter of its product with the shunt: by 2e-4 at most.
    let scale = (lv_kv / 0.4) * (lv_kv / 0.4) * 0.5 / 0.63 / 2.0;
    assert!((transformer.r_pu - 0.01 * scale).abs() < 2e-4 * 0.06 * scale);
    assert!((transformer.g_pu - 2.0 * 0.0012 / 0.5 / (lv_kv / 0.4) / (lv_kv / 0.4)).abs() < 1e-5);
    let rating = case.ratings.iter().find(|(element, _)| element.kind == ElementKind::Transformer).unwrap().1;
    near(rating.to_a, 2.0 * 0.63e6 / (3.0_f64.sqrt() * 410.0));
    let mut derated = network();
    let table = &mut derated["_object"]["trafo"]["_object"];
    table["columns"].as_array_mut().unwrap().push(json!("df"));
    table["data"][0].as_array_mut().unwrap().push(json!(0.8));
    let rating = read(&derated).ratings[0].1;
    near(rating.to_a, 0.8 * 2.0 * 0.63e6 / (3.0_f64.sqrt() * 410.0));
}

#[test]
fn a_rating_of_cables_counts_each_and_their_derating() {
    let mut network = network();
    let columns = ["from_bus", "to_bus", "length_km", "r_ohm_per_km", "x_ohm_per_km", "max_i_ka", "parallel", "df"];
    let rows = [json!([1, 2, 0.5, 0.2, 0.08, 0.3, 2, 0.9]), json!([2, 3, 0.5, 0.2, 0.08, null, 1, 1])];
    network["_object"]["line"] = frame(&json!(columns), &rows);
    let case = read(&network);
    let of = |id| case.ratings.iter().find(|(of, _)| *of == Element { kind: ElementKind::Line, id });
    near(of(0).unwrap().1.from_a, 540.0);
    assert_eq!(of(1), None);
}

#[test]
fn a_line_open_at_one_end_still_charges() {
    for end in ["switch", "bus"] {
        let mut network = network();
        if end == "switch" {
            let rows = [json!([2, 4, "b", true]), json!([3, 1, "l", false])];
            network["_object"]["switch"] = frame(&json!(["bus", "element", "et", "closed"]), &rows);
        } else {
            network["_object"]["bus"]["_object"]["data"][3][1] = json!(false);
        }
        let case = read(&network);
        let built = Network::build(&case.grid).unwrap();
        assert_eq!(built.node(2), built.node(4));
        assert_eq!(built.node(3), None, "{end}");
        let mut state = State::new(&built);
        solve(&built, &mut state, &Options::default()).unwrap();
        let line = Element { kind: ElementKind::Line, id: 1 };
        let flows = state.branch_flows(&built, line).unwrap();
        assert!(flows.from.im < 0.0 && flows.to.abs() < 1e-12, "{end}: {flows:?}");
    }
}

#[test]
fn an_open_bus_switch_cuts_its_load_off() {
    let mut network = network();
    network["_object"]["switch"]["_object"]["data"][0][3] = json!(false);
    let error = Network::build(&read(&network).grid).unwrap_err();
    assert_eq!(error.problem, NetworkProblem::Disconnected { bus: 4 });
}

#[test]
fn the_pi_model_keeps_series_and_shunt_apart() {
    let mut network = network();
    network["_object"]["user_pf_options"] = json!({ "trafo_model": "pi" });
    let model = read(&network).grid.branches[2].model;
    let lv = 0.41 * 1.05 / 0.4;
    let scale = lv * lv * 0.5 / 0.63 / 2.0;
    near(model.r_pu, 0.01 * scale);
    near(model.x_pu, (0.06_f64 * 0.06 - 0.01 * 0.01).sqrt() * scale);
    near(model.g_pu, 2.0 * 0.0012 / 0.5 / lv / lv);
    let idle_mvar = (0.00315_f64 * 0.00315 - 0.0012 * 0.0012).sqrt();
    near(model.b_pu, -2.0 * idle_mvar / 0.5 / lv / lv);
    network["_object"]["user_pf_options"] = json!({ "trafo_model": "delta" });
    let error = pandapower::parse("hand.json", &network.to_string()).unwrap_err().to_string();
    assert!(error.contains("`trafo_model` of `user_pf_options`: found `delta`, wanted `t` or `pi`"), "{error}");
}

#[test]
fn shares_of_a_load_that_depend_on_voltage() {
    let columns = json!(["bus", "p_mw", "q_mvar", "const_i_p_percent", "const_z_p_percent", "const_z_q_percent"]);
    let load = |i: f64| {
        let mut network = network();
        network["_object"]["load"] = frame(&columns, &[json!([4, 0.1, 0.02, i, 30, 100])]);
        pandapower::parse("hand.json", &network.to_string())
    };
    let bus = load(20.0).unwrap().grid.buses[4];
    near(bus.p_pu, (0.05 - 0.03) / 0.5);
    near(bus.q_pu, 0.0);
    near(bus.steady_current.re, 0.02 / 0.5);
    near(bus.steady_current.im, 0.0);
    near(bus.steady_impedance.re, 0.03 / 0.5);
    near(bus.steady_impedance.im, 0.02 / 0.5);
    let wrong = |i: f64| load(i).unwrap_err().to_string();
    assert!(wrong(80.0).contains("found `80.0`, wanted no more than 100 together"), "{}", wrong(80.0));
    assert!(wrong(-1.0).contains("wanted a share in percent, 0 to 100"), "{}", wrong(-1.0));
}

#[test]
fn uneven_leakage_is_refused_where_it_matters() {
    let mut network = network();
    let table = &mut network["_object"]["trafo"]["_object"];
    table["columns"].as_array_mut().unwrap().push(json!("leakage_reactance_ratio_hv"));
    table["data"][0].as_array_mut().unwrap().push(json!(0.3));
    let error = pandapower::parse("hand.json", &network.to_string()).unwrap_err().to_string();
    assert!(error.contains("column `leakage_reactance_ratio_hv`: `a share of 0.3 of the leakage"), "{error}");
    // The pi model has no such share, and a transformer without shunt none to place.
    network["_object"]["user_pf_options"] = json!({ "trafo_model": "pi" });
    read(&network);
}
