//! What holds for every radial network.

use crate::support::{Wild, grids, mismatch_pu};
use proptest::prelude::*;
use voltcity::powerflow::{Complex, Network, Options, SolveError, State, solve};

fn options() -> Options {
    Options::default()
}

fn bits(state: &State) -> Vec<(u64, u64)> {
    state.voltages().iter().map(|v| (v.re.to_bits(), v.im.to_bits())).collect()
}

fn sum(values: impl Iterator<Item = Complex>) -> Complex {
    values.fold(Complex::ZERO, |sum, value| sum + value)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Nothing is left over at any node, and the slack delivers loads, losses and shunts.
    #[test]
    fn power_is_conserved(grid in grids(Wild::Anything, 60)) {
        let network = Network::build(&grid).unwrap();
        let mut state = State::new(&network);
        let solved = solve(&network, &mut state, &options()).unwrap();
        let left_pu = mismatch_pu(&network, &state);
        prop_assert!(left_pu <= 1e-9, "{left_pu:e} pu");
        let shunt = |node| network.bus_shunt(node).conj().scale(state.voltages()[node].norm2());
        let shunts = sum((0..network.len()).map(shunt));
        let spent = sum(state.loads().iter().copied()) + state.branch_losses(&network) + shunts;
        prop_assert!((spent - solved.slack).abs() <= 1e-9, "{spent:?} {:?}", solved.slack);
        prop_assert!((solved.lost - (state.branch_losses(&network) + shunts)).abs() <= 1e-9);
    }

    /// Nothing is left over either where loads depend on the voltage; and a part of constant impedance is
    /// the same as a shunt.
    #[test]
    fn dependent_loads_are_conserved(
        grid in grids(Wild::Anything, 40),
        shares in prop::collection::vec((0.0..1.0, 0.0..1.0), 40),
    ) {
        let (mut mixed, mut shunted) = (grid.clone(), grid);
        for ((bus, other), (i, z)) in mixed.buses.iter_mut().zip(&mut shunted.buses).zip(shares) {
            let power = Complex::new(bus.p_pu, bus.q_pu);
            let (current, impedance) = (power.scale(i * (1.0 - z)), power.scale(z));
            bus.steady_current = current;
            bus.steady_impedance = impedance;
            bus.p_pu -= (current + impedance).re;
            bus.q_pu -= (current + impedance).im;
            *other = *bus;
            other.steady_impedance = Complex::ZERO;
            other.g_pu += impedance.re;
            other.b_pu -= impedance.im;
        }
        let network = Network::build(&mixed).unwrap();
        let mut state = State::new(&network);
        let solved = solve(&network, &mut state, &options()).unwrap();
        let left_pu = mismatch_pu(&network, &state);
        prop_assert!(left_pu <= 1e-9, "{left_pu:e} pu");
        let shunt = |node| network.bus_shunt(node).conj().scale(state.voltages()[node].norm2());
        let shunts = sum((0..network.len()).map(shunt));
        let drawn = sum((0..network.len()).map(|node| state.drawn(node)));
        let spent = drawn + state.branch_losses(&network) + shunts;
        prop_assert!((spent - solved.slack).abs() <= 1e-9, "{spent:?} {:?}", solved.slack);
        let other = Network::build(&shunted).unwrap();
        let mut state_2 = State::new(&other);
        solve(&other, &mut state_2, &options()).unwrap();
        for node in 0..network.len() {
            prop_assert!((state.voltages()[node] - state_2.voltages()[node]).abs() <= 4e-9);
        }
    }

    /// Twice the loads never raise the lowest voltage of a feeder.
    #[test]
    fn more_load_is_less_voltage(grid in grids(Wild::Feeder, 60)) {
        let network = Network::build(&grid).unwrap();
        let mut state = State::new(&network);
        solve(&network, &mut state, &options()).unwrap();
        let before_pu = state.lowest().1;
        state.loads_mut().iter_mut().for_each(|load| *load = load.scale(2.0));
        match solve(&network, &mut state, &options()) {
            Ok(_) => prop_assert!(state.lowest().1 <= before_pu + 1e-9),
            Err(SolveError::NotConverged { .. } | SolveError::Collapsed { .. }) => {}
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    /// The same bits twice, and from a copy, and from a copy that went through a file.
    #[test]
    fn the_same_bits_every_time(grid in grids(Wild::Anything, 40), factor in 0.5..1.2) {
        let network = Network::build(&grid).unwrap();
        prop_assert_eq!(&network, &Network::build(&grid).unwrap());
        let mut state = State::new(&network);
        solve(&network, &mut state, &options()).unwrap();
        let written = serde_json::to_string(&state).unwrap();
        let mut others = [state.clone(), serde_json::from_str(&written).unwrap()];
        let step = |state: &mut State| {
            state.loads_mut().iter_mut().for_each(|load| *load = load.scale(factor));
            solve(&network, state, &options()).unwrap()
        };
        let first = step(&mut state);
        for other in &mut others {
            prop_assert_eq!(first, step(other));
            prop_assert_eq!(bits(&state), bits(other));
            prop_assert_eq!(&state, other);
        }
    }

    /// Warm or cold, in whatever order it is described: the same solution.
    #[test]
    fn the_beginning_does_not_matter(grid in grids(Wild::Anything, 40)) {
        let network = Network::build(&grid).unwrap();
        let mut warm = State::new(&network);
        warm.loads_mut().iter_mut().for_each(|load| *load = load.scale(0.3));
        solve(&network, &mut warm, &options()).unwrap();
        warm.loads_mut().copy_from_slice(State::new(&network).loads());
        solve(&network, &mut warm, &options()).unwrap();
        let mut turned = grid.clone();
        turned.buses.reverse();
        turned.branches.reverse();
        let other = Network::build(&turned).unwrap();
        let mut cold = State::new(&other);
        solve(&other, &mut cold, &options()).unwrap();
        for bus in &grid.buses {
            let (a, b) = (network.node(bus.id).unwrap(), other.node(bus.id).unwrap());
            prop_assert!((warm.voltages()[a] - cold.voltages()[b]).abs() <= 4e-9);
        }
    }

    /// However great the loads: a solution or an error, and never anything that is not finite.
    #[test]
    fn nothing_but_numbers_comes_out(grid in grids(Wild::Anything, 30), exponent in -3.0..300.0) {
        let network = Network::build(&grid).unwrap();
        let mut state = State::new(&network);
        let factor = libm::pow(10.0, exponent);
        state.loads_mut().iter_mut().for_each(|load| *load = load.scale(factor));
        let result = solve(&network, &mut state, &options());
        let finite = state.voltages().iter().chain(state.currents()).all(|number| number.is_finite());
        prop_assert!(finite, "{result:?}");
        match result {
            Ok(_) => prop_assert!(state.is_solved()),
            Err(
                SolveError::NotConverged { mismatch_pu: number, worst_bus: bus, .. }
                | SolveError::Collapsed { v_pu: number, bus, .. },
            ) => {
                prop_assert!(number.is_finite() && network.node(bus).is_some());
                prop_assert!(!state.is_solved());
                // What failed does not spoil what follows.
                state.loads_mut().iter_mut().for_each(|load| *load = Complex::ZERO);
                prop_assert!(solve(&network, &mut state, &options()).is_ok());
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    /// Parents come before children, whatever the order of the description.
    #[test]
    fn parents_come_first(grid in grids(Wild::Anything, 60)) {
        let network = Network::build(&grid).unwrap();
        for node in 1..network.len() {
            prop_assert!(network.parent(node).unwrap() < node);
        }
        prop_assert_eq!(network.parent(0), None);
    }

    /// Setting a ratio is building with it.
    #[test]
    fn a_ratio_set_is_a_ratio_built(grid in grids(Wild::Anything, 30), ratio in 0.9..1.1) {
        let mut network = Network::build(&grid).unwrap();
        let mut other = grid.clone();
        other.branches[0].model.ratio = ratio;
        let node = network.fed_by(grid.branches[0].element).unwrap();
        network.set_ratio(node, ratio).unwrap();
        prop_assert_eq!(network, Network::build(&other).unwrap());
    }
}
