//! Power that flows back, and how full branches are, whichever way they are described.

use voltcity::powerflow::limits::{Rating, base_current_a, loading, reverse_pu};
use voltcity::powerflow::{
    Branch, Bus, BusKind, Complex, Element, ElementKind, Grid, Network, Options, Pi, State, solve,
};

/// A transformer from the slack at 10 kV to bus 1 at 0.4 kV, described from either end.
fn station(reversed: bool, p_pu: f64) -> (Network, State) {
    let slack = Bus { kind: BusKind::Slack { v_pu: 1.0, angle_deg: 0.0 }, ..Bus::bare(0, 10.0) };
    let buses = vec![slack, Bus { p_pu, ..Bus::bare(1, 0.4) }];
    let (from, to) = if reversed { (1, 0) } else { (0, 1) };
    let element = Element { kind: ElementKind::Transformer, id: 0 };
    let branches = vec![Branch { element, from, to, model: Pi::line(0.005, 0.04), closed: true }];
    let grid = Grid { name: "station".to_owned(), s_base_va: 1e6, buses, branches };
    let network = Network::build(&grid).unwrap();
    let mut state = State::new(&network);
    solve(&network, &mut state, &Options::default()).unwrap();
    (network, state)
}

#[test]
fn what_flows_back_is_what_is_generated_less_losses() {
    for reversed in [false, true] {
        let (network, state) = station(reversed, -0.6);
        let flows = state.flows(&network, 1);
        let back_pu = reverse_pu(&network, 1, &flows);
        assert!((back_pu + flows.lost().re - 0.6).abs() < 1e-9 && back_pu < 0.6, "{back_pu}");
        let (network, state) = station(reversed, 0.6);
        assert_eq!(reverse_pu(&network, 1, &state.flows(&network, 1)), 0.0);
        assert_eq!(reverse_pu(&network, 0, &state.flows(&network, 0)), 0.0);
    }
}

#[test]
fn each_end_is_held_against_its_own_rating() {
    for reversed in [false, true] {
        let (network, state) = station(reversed, 0.8);
        let flows = state.flows(&network, 1);
        let current = (Complex::new(0.8, 0.0) / state.voltages()[1]).abs();
        let low_a = current * base_current_a(1e6, 0.4);
        // Only the end at 0.4 kV can be full at such ratings.
        let (high, low) = (1e9, low_a / 0.9);
        let rating = if reversed { Rating { from_a: low, to_a: high } } else { Rating { from_a: high, to_a: low } };
        assert!((loading(&network, 1, &flows, &rating) - 0.9).abs() < 1e-8);
        assert_eq!(loading(&network, 0, &state.flows(&network, 0), &rating), 0.0);
    }
}
