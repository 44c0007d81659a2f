//! What the builder and the solver refuse, and how they say it.

use super::*;
use crate::powerflow::Complex;

fn ohm() -> Matrix3 {
    Matrix3::symmetric(Complex::new(0.3, 0.1), Complex::new(0.1, 0.05))
}

fn busbar() -> Head {
    Head::Busbar { bus: "head".into(), voltage_v: balanced(230.0), nominal_v: 230.0 }
}

/// A head, two buses in a row, and a load at the end.
fn sound() -> Network {
    let mut network = Network::new("lane", busbar());
    network.extend("head", "one", ohm(), 400.0);
    network.extend("one", "two", ohm(), 400.0);
    network.loads.push(load("flat", "two"));
    network
}

fn load(name: &str, bus: &str) -> Load {
    let connection = Connection::Single(Phase::B);
    Load { name: name.into(), bus: bus.into(), connection, limits: VoltageLimits::none(220.0) }
}

fn line(name: &str, from: &str, to: &str) -> Line {
    Line {
        name: name.into(),
        from: from.into(),
        to: to.into(),
        series_ohm: ohm(),
        shunt_s: Matrix3::default(),
        rated_a: f64::INFINITY,
    }
}

/// The message of a network after a change.
fn refusal(change: impl FnOnce(&mut Network)) -> String {
    let mut network = sound();
    change(&mut network);
    network.build().unwrap_err().to_string()
}

#[test]
fn the_sound_network_is_built_from_the_head_outwards() {
    let mut network = sound();
    network.lines.reverse();
    network.lines.iter_mut().for_each(|line| core::mem::swap(&mut line.from, &mut line.to));
    let feeder = network.build().unwrap();
    assert_eq!(feeder.buses(), ["head", "one", "two"]);
    assert_eq!([0, 1, 2].map(|position| feeder.parent(position)), [None, Some(0), Some(1)]);
    assert_eq!((feeder.line(2), feeder.position("two"), feeder.load_count()), ("two", Some(2), 1));
}

#[test]
fn loops_of_all_kinds_are_refused_by_the_line_that_closes_them() {
    let closes = "network lane: line tie closes a loop; only radial networks are solved";
    assert_eq!(refusal(|n| n.lines.push(line("tie", "two", "head"))), closes);
    assert_eq!(refusal(|n| n.lines.push(line("tie", "one", "two"))), closes);
    assert_eq!(refusal(|n| n.lines.push(line("tie", "two", "two"))), closes);
}

#[test]
fn names_that_lead_nowhere_or_come_twice_are_refused() {
    let unknown = "network lane: line tie names bus moon, which does not exist";
    assert_eq!(refusal(|n| n.lines.push(line("tie", "two", "moon"))), unknown);
    let unknown = "network lane: load shop names bus moon, which does not exist";
    assert_eq!(refusal(|n| n.loads.push(load("shop", "moon"))), unknown);
    let unknown = "network lane: the head names bus head, which does not exist";
    assert_eq!(refusal(|n| n.buses[0] = "top".into()), unknown);
    assert_eq!(refusal(|n| n.buses.push("one".into())), "network lane: there are two of bus one");
    assert_eq!(refusal(|n| n.lines[0].name = "two".into()), "network lane: there are two of line two");
    assert_eq!(refusal(|n| n.loads.push(load("flat", "one"))), "network lane: there are two of load flat");
}

#[test]
fn what_no_line_reaches_may_carry_no_load() {
    let cut = "network lane: load flat at bus two is not connected to the head";
    assert_eq!(refusal(|n| drop(n.lines.pop())), cut);
    let mut network = sound();
    network.buses.push("spare".into());
    let feeder = network.build().unwrap();
    assert_eq!((feeder.buses().len(), feeder.position("spare")), (3, None));
}

#[test]
fn numbers_out_of_range_are_refused() {
    let zero = "network lane: line two has a phase without impedance";
    assert_eq!(refusal(|n| n.lines[1].series_ohm.0[2][2] = Complex::ZERO), zero);
    let usable = |what: &str| format!("network lane: {what} is not a usable number");
    assert_eq!(refusal(|n| n.lines[1].series_ohm.0[0][1].im = f64::NAN), usable("impedance of line two"));
    let shunt = usable("shunt admittance of line two");
    assert_eq!(refusal(|n| n.lines[1].shunt_s.0[2][1].im = f64::INFINITY), shunt);
    assert_eq!(refusal(|n| n.lines[1].rated_a = 0.0), usable("rated current of line two"));
    assert_eq!(refusal(|n| n.loads[0].limits.rated_v = -1.0), usable("voltage limits of load flat"));
    let head = |nominal_v: f64, re: f64| {
        let mut voltage_v = balanced(230.0);
        voltage_v[0].re = re;
        refusal(|n| n.head = Head::Busbar { bus: "head".into(), voltage_v, nominal_v })
    };
    assert_eq!(head(0.0, 230.0), usable("nominal voltage of the head"));
    assert_eq!(head(230.0, f64::INFINITY), usable("voltage of the head"));
    let transformer = |unit: Transformer| {
        let (source_v, source_ohm) = (balanced(5_800.0), Complex::ZERO);
        refusal(|n| n.head = Head::Transformer { bus: "head".into(), unit, source_v, source_ohm })
    };
    let unit = Transformer::dyn11(630e3, 0.06, 5_960.0, 1_050.0, 0.005);
    assert_eq!(transformer(Transformer { low_v: 0.0, ..unit }), usable("low voltage of the transformer"));
    let zero = "network lane: the transformer has a phase without impedance";
    assert_eq!(transformer(Transformer { r: 0.0, x: 0.0, ..unit }), zero);
}

#[test]
fn a_feeder_loaded_beyond_its_limit_is_not_converged_and_starts_flat_again() {
    let feeder = sound().build().unwrap();
    let flat = State::new(&feeder);
    let mut state = flat.clone();
    let too_much = [Complex::new(500e3, 0.0)];
    let error = feeder.solve(&mut state, &too_much, &Settings::default()).unwrap_err();
    assert!(matches!(&error, SolveError::NotConverged { network, .. } if network == "lane"), "{error}");
    assert_eq!(state, flat);
    let once = Settings { max_sweeps: 1, ..Settings::default() };
    let error = feeder.solve(&mut state, &[Complex::new(7e3, 0.0)], &once).unwrap_err();
    assert!(matches!(error, SolveError::NotConverged { sweeps: 1, .. }), "{error}");
    assert_eq!(state, flat);
    feeder.solve(&mut state, &[Complex::new(7e3, 0.0)], &Settings::default()).unwrap();
}

#[test]
fn powers_and_states_of_another_feeder_are_refused() {
    let feeder = sound().build().unwrap();
    let mut state = State::new(&feeder);
    let settings = Settings::default();
    let error = feeder.solve(&mut state, &[], &settings).unwrap_err();
    assert_eq!(error.to_string(), "network lane: 0 powers given for 1 loads");
    let error = feeder.solve(&mut state, &[Complex::new(f64::NAN, 0.0)], &settings).unwrap_err();
    assert_eq!(error.to_string(), "network lane: the power of load flat is not finite");
    let source_v = state.source_v();
    state.set_source_v([Complex::new(f64::INFINITY, 0.0); 3]);
    let error = feeder.solve(&mut state, &[Complex::ZERO], &settings).unwrap_err();
    assert_eq!(error.to_string(), "network lane: the source is not finite");
    state.set_source_v(source_v);
    let mut longer = sound();
    longer.extend("two", "three", ohm(), 400.0);
    let error = longer.build().unwrap().solve(&mut state, &[Complex::ZERO], &settings).unwrap_err();
    assert_eq!(error.to_string(), "network lane: the state is of another feeder");
}

#[test]
fn an_outage_fails_and_the_source_that_comes_back_is_solved_at_once() {
    let feeder = sound().build().unwrap();
    let mut state = State::new(&feeder);
    let (power_va, settings) = ([Complex::new(7e3, 0.0)], Settings::default());
    feeder.solve(&mut state, &power_va, &settings).unwrap();
    let before = state.clone();
    state.set_source_v([Complex::ZERO; 3]);
    let error = feeder.solve(&mut state, &power_va, &settings).unwrap_err();
    assert!(matches!(error, SolveError::NotConverged { .. }), "{error}");
    state.set_source_v(before.source_v());
    feeder.solve(&mut state, &power_va, &settings).unwrap();
    for (a, b) in state.voltages_v().iter().flatten().zip(before.voltages_v().iter().flatten()) {
        assert!((*a - *b).abs() < 1e-6);
    }
}

#[test]
fn loadings_are_by_the_fullest_phase() {
    let feeder = sound().build().unwrap();
    let mut state = State::new(&feeder);
    feeder.solve(&mut state, &[Complex::new(7e3, 0.0)], &Settings::default()).unwrap();
    let current_a = state.currents_a()[2].map(Complex::abs);
    assert_eq!((current_a[0], current_a[2]), (0.0, 0.0));
    assert!((current_a[1] * state.voltages_v()[2][1].abs() - 7e3).abs() < 1e-3);
    assert_eq!(feeder.line_loading(&state, 2), current_a[1] / 400.0);
    assert_eq!((feeder.line_loading(&state, 0), feeder.transformer_loading(&state)), (0.0, None));
    assert_eq!(neutral_current_a(&state.currents_a()[1]).abs(), current_a[1]);
}

#[test]
fn an_open_line_draws_its_charging_current_and_lifts_its_end() {
    let mut network = sound();
    let capacitance_nf = [[800.0, 0.0, 0.0], [0.0, 800.0, 0.0], [0.0, 0.0, 800.0]];
    network.lines[1].shunt_s = charging_s(&capacitance_nf, 50.0);
    network.loads.clear();
    let feeder = network.build().unwrap();
    let mut state = State::new(&feeder);
    feeder.solve(&mut state, &[], &Settings::default()).unwrap();
    let [fed_a, left_a] = feeder.terminal_currents_a(&state, 2);
    // 230 V on 800 nF at 50 Hz, its rise along the line aside; it leads the voltage by a quarter turn.
    assert!((fed_a[0].abs() - 0.057_805).abs() < 5e-6, "{fed_a:?}");
    assert!(fed_a[0].im > 0.0 && left_a[0].abs() < 1e-9);
    let lifted_v = state.voltages_v();
    assert!(lifted_v[0][0].abs() < lifted_v[1][0].abs() && lifted_v[1][0].abs() < lifted_v[2][0].abs());
    let delivered_var = -3.0 * 230.0 * fed_a[0].abs();
    let loss_va = feeder.line_loss_va(&state, 2);
    assert!((loss_va.im / delivered_var - 1.0).abs() < 1e-4 && loss_va.re > 0.0);
    assert!(feeder.balance(&state, &[]).error_va().abs() < 1e-6);
}
