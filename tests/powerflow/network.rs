//! What a network refuses, drops and joins.

use voltcity::powerflow::{
    Branch, Bus, BusKind, Complex, Element, ElementKind, Grid, Network, Options, Pi, SolveError, State, solve,
};

fn line(id: u32, from: u32, to: u32) -> Branch {
    let element = Element { kind: ElementKind::Line, id };
    Branch { element, from, to, model: Pi::line(0.01, 0.01), closed: true }
}

fn switch(id: u32, from: u32, to: u32) -> Branch {
    Branch { element: Element { kind: ElementKind::Switch, id }, model: Pi::SWITCH, ..line(id, from, to) }
}

fn load(id: u32, p_pu: f64) -> Bus {
    Bus { p_pu, ..Bus::bare(id, 10.0) }
}

/// Slack 1, then buses 2 and 3 in a row.
fn row() -> Grid {
    let slack = Bus { kind: BusKind::Slack { v_pu: 1.0, angle_deg: 0.0 }, ..Bus::bare(1, 10.0) };
    let buses = vec![slack, load(2, 0.1), load(3, 0.2)];
    Grid { name: "row".to_owned(), s_base_va: 1e6, buses, branches: vec![line(1, 1, 2), line(2, 2, 3)] }
}

fn refused(change: impl FnOnce(&mut Grid), wanted: &str) {
    let mut grid = row();
    change(&mut grid);
    let message = Network::build(&grid).unwrap_err().to_string();
    assert!(message.starts_with("network `row`: ") && message.contains(wanted), "{message}");
}

#[test]
fn what_cannot_be_solved_is_refused_by_name() {
    refused(
        |grid| grid.branches.push(line(7, 3, 1)),
        "line 7 (bus 3 to bus 1) closes a loop by way of 3 2 1, 1 in all",
    );
    refused(|grid| grid.branches.push(line(7, 2, 3)), "line 7 (bus 2 to bus 3) closes a loop");
    refused(|grid| grid.branches.push(line(7, 2, 2)), "line 7 (bus 2 to bus 2) closes a loop");
    refused(|grid| grid.branches[1].closed = false, "bus 3 has a load but no closed way to the slack");
    refused(|grid| grid.buses[0].kind = BusKind::Load, "no slack");
    refused(|grid| grid.buses[2].kind = BusKind::Slack { v_pu: 1.0, angle_deg: 0.0 }, "buses 1 and 3 are both slack");
    refused(|grid| grid.buses.push(load(2, 0.0)), "bus 2 is given twice");
    refused(|grid| grid.branches.push(line(2, 1, 3)), "line 2 is given twice");
    refused(|grid| grid.branches[1].to = 9, "line 2 ends at bus 9, which is not given");
    refused(|grid| grid.branches[1].model.r_pu = f64::NAN, "line 2: r is NaN");
    refused(|grid| grid.branches[1].model.r_pu = -0.01, "line 2: r is -0.01, and must be zero or more");
    refused(|grid| grid.branches[1].model = Pi::line(0.0, 0.0), "line 2 has no impedance");
    refused(|grid| grid.buses[2].steady_current.im = f64::NAN, "bus 3: load of constant current, q is NaN");
    refused(|grid| grid.branches[1].model.ratio = 0.0, "line 2: tap ratio is 0, and must be in 0.2 to 5");
    refused(|grid| grid.branches[1].model.ratio = 40.0, "line 2: tap ratio is 40");
    refused(|grid| grid.buses[1].p_pu = f64::INFINITY, "bus 2: load p is inf");
    refused(|grid| grid.buses[1].base_kv = 0.0, "bus 2: base voltage in kV is 0");
    refused(|grid| grid.s_base_va = -1.0, "base power is -1 VA");
    refused(|grid| grid.buses[0].kind = BusKind::Slack { v_pu: 0.0, angle_deg: 0.0 }, "voltage of the slack");
    refused(
        |grid| {
            grid.buses.push(Bus::bare(4, 0.4));
            grid.branches.push(switch(1, 3, 4));
        },
        "switch 1 joins buses of 10 kV and 0.4 kV",
    );
    refused(
        |grid| grid.branches[1].model = Pi { b_pu: 2.0, ..Pi::line(0.0, 1.0) },
        "line 2: series impedance and shunt admittance cancel",
    );
}

#[test]
fn switches_join_buses_and_what_is_idle_is_dropped() {
    let mut grid = row();
    grid.buses.extend([load(4, 0.05), load(5, 0.05), load(6, 0.0), load(7, 0.0), load(8, 0.3)]);
    grid.buses[7].kind = BusKind::Off;
    // A ring of switches is one node; 6 and 7 hang on nothing, with a loop of their own; 8 is out of service.
    grid.branches.extend([switch(1, 3, 4), switch(2, 4, 5), switch(3, 5, 3)]);
    grid.branches.extend([line(8, 6, 7), line(9, 7, 6), line(10, 8, 1)]);
    let network = Network::build(&grid).unwrap();
    assert_eq!(network.len(), 3);
    assert_eq!(network.node(3), network.node(5));
    assert_eq!([6, 7, 8, 99].map(|bus| network.node(bus)), [None; 4]);
    let joined = network.node(4).unwrap();
    assert!((network.described_load(joined).re - 0.3).abs() < 1e-15);
    assert_eq!(network.fed_by(grid.branches[2].element), None);
    assert_eq!(network.element(joined), Some(grid.branches[1].element));
}

#[test]
fn a_switch_at_the_slack_keeps_its_voltage() {
    let mut grid = row();
    grid.branches[0] = switch(1, 2, 1);
    let network = Network::build(&grid).unwrap();
    assert_eq!((network.len(), network.bus(0), network.node(2)), (2, 1, Some(0)));
    let mut state = State::new(&network);
    let solved = solve(&network, &mut state, &Options::default()).unwrap();
    assert!((solved.slack.re - 0.3 - solved.lost.re).abs() < 1e-12, "its own load counts");
}

/// Two buses have a solution in closed form: v^4 + (2 (PR + QX) - 1) v^2 + (P^2 + Q^2) (R^2 + X^2) = 0.
#[test]
fn two_buses_are_solved_as_by_hand() {
    let mut grid = row();
    grid.buses.truncate(2);
    grid.branches.truncate(1);
    let network = Network::build(&grid).unwrap();
    let mut state = State::new(&network);
    for p_pu in [0.1, 1.0, 10.0, 20.0, 24.9] {
        state.loads_mut()[1] = Complex::new(p_pu, 0.0);
        let b = 2.0 * p_pu * 0.01 - 1.0;
        let inner = b * b - 4.0 * p_pu * p_pu * 2e-4;
        let result = solve(&network, &mut state, &Options::default());
        if inner < 0.0 {
            match result.unwrap_err() {
                SolveError::NotConverged { worst_bus: bus, sweeps, .. } | SolveError::Collapsed { bus, sweeps, .. } => {
                    assert_eq!((bus, sweeps <= 200), (2, true));
                }
                other => panic!("{other}"),
            }
        } else {
            result.unwrap();
            assert!((state.v_pu(1) - f64::midpoint(-b, inner.sqrt()).sqrt()).abs() < 2e-9, "{p_pu}");
        }
    }
}

/// Near the most a line can carry changes shrink by an eighth only, and much is left when they are small.
#[test]
fn slow_convergence_does_not_stop_too_soon() {
    let mut grid = row();
    grid.buses.truncate(2);
    grid.branches.truncate(1);
    grid.branches[0].model = Pi::line(1.0, 1.0);
    grid.buses[1].p_pu = 0.206;
    let network = Network::build(&grid).unwrap();
    let mut state = State::new(&network);
    let solved = solve(&network, &mut state, &Options::default()).unwrap();
    let b = 2.0 * 0.206 - 1.0;
    let inner: f64 = b * b - 4.0 * 0.206 * 0.206 * 2.0;
    let off_pu = (state.v_pu(1) - f64::midpoint(-b, inner.sqrt()).sqrt()).abs();
    assert!(off_pu < 1.5e-9 && solved.sweeps > 100, "{off_pu:e} pu after {} sweeps", solved.sweeps);
}

#[test]
fn a_long_loop_is_named_by_its_ends() {
    let mut grid = row();
    for id in 4..40 {
        grid.buses.push(load(id, 0.0));
        grid.branches.push(line(id, id - 1, id));
    }
    grid.branches.push(line(99, 1, 39));
    let message = Network::build(&grid).unwrap_err().to_string();
    let wanted = "by way of 1 2 3 4 5 6 (27 more) 34 35 36 37 38 39, 1 in all";
    assert!(message.contains(wanted), "{message}");
}

#[test]
fn a_collapse_is_told_from_slow_convergence() {
    let mut grid = row();
    grid.buses[2].p_pu = 1e3;
    let network = Network::build(&grid).unwrap();
    let mut state = State::new(&network);
    let error = solve(&network, &mut state, &Options::default()).unwrap_err();
    let SolveError::Collapsed { bus, v_pu, sweeps, .. } = &error else { panic!("{error}") };
    assert!([2, 3].contains(bus) && v_pu.is_finite() && *sweeps < 40, "{error}");
    assert!(error.to_string().contains("voltage collapse, bus "), "{error}");
    state.loads_mut()[2] = Complex::new(0.2, 0.0);
    let few = Options { sweeps_max: 2, ..Options::default() };
    let error = solve(&network, &mut state, &few).unwrap_err();
    assert!(matches!(error, SolveError::NotConverged { sweeps: 2, .. }), "{error}");
}

/// Behind a resistance R, a load of constant current P has v = 1 - R P, one of constant impedance
/// v = 1 / (1 + R P).
#[test]
fn loads_that_depend_on_voltage_are_solved_as_by_hand() {
    let mut grid = row();
    grid.buses.truncate(2);
    grid.branches.truncate(1);
    grid.branches[0].model = Pi::line(0.1, 0.0);
    grid.buses[1].p_pu = 0.0;
    let solved = |grid: &Grid| {
        let network = Network::build(grid).unwrap();
        let mut state = State::new(&network);
        solve(&network, &mut state, &Options::default()).unwrap();
        (state.v_pu(1), state.drawn(1).re)
    };
    grid.buses[1].steady_current = Complex::new(2.0, 0.0);
    let (v_pu, drawn_pu) = solved(&grid);
    assert!((v_pu - 0.8).abs() < 1e-9 && (drawn_pu - 1.6).abs() < 1e-8, "{v_pu} {drawn_pu}");
    grid.buses[1].steady_current = Complex::ZERO;
    grid.buses[1].steady_impedance = Complex::new(2.0, 0.0);
    let (v_pu, drawn_pu) = solved(&grid);
    assert!((v_pu - 1.0 / 1.2).abs() < 1e-9 && (drawn_pu - 2.0 / 1.44).abs() < 1e-8, "{v_pu} {drawn_pu}");
    // The same set on a state whose network had no such part.
    grid.buses[1].steady_impedance = Complex::ZERO;
    let network = Network::build(&grid).unwrap();
    let mut state = State::new(&network);
    state.dependent_mut().1[1] = Complex::new(2.0, 0.0);
    solve(&network, &mut state, &Options::default()).unwrap();
    assert!((state.v_pu(1) - 1.0 / 1.2).abs() < 1e-9);
    state.dependent_mut().0[1].re = f64::INFINITY;
    let error = solve(&network, &mut state, &Options::default()).unwrap_err();
    assert_eq!(error, SolveError::LoadNotFinite { network: "row".to_owned(), bus: 2 });
}

#[test]
fn what_is_not_finite_or_not_ours_is_refused() {
    let network = Network::build(&row()).unwrap();
    let mut state = State::new(&network);
    state.loads_mut()[2].im = f64::NAN;
    let error = solve(&network, &mut state, &Options::default()).unwrap_err();
    assert_eq!(error, SolveError::LoadNotFinite { network: "row".to_owned(), bus: 3 });
    let mut shorter = row();
    shorter.buses.truncate(2);
    shorter.branches.truncate(1);
    let mut other = State::new(&Network::build(&shorter).unwrap());
    let error = solve(&network, &mut other, &Options::default()).unwrap_err();
    assert_eq!(error, SolveError::OtherNetwork { network: "row".to_owned(), nodes: 3, found: 2 });
}
