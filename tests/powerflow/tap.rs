//! Tap changers step towards their set-point and come to rest.

use proptest::prelude::*;
use voltcity::powerflow::tap::{TapChanger, TapPosition, regulate};
use voltcity::powerflow::{Branch, Bus, BusKind, Complex, Element, ElementKind, Grid, Network, Options, Pi, State};

/// A transformer of 16 % at 63 MVA and a feeder behind it, in per unit of 1 MVA.
fn network(reversed: bool) -> Network {
    let slack = Bus { kind: BusKind::Slack { v_pu: 1.0, angle_deg: 0.0 }, ..Bus::bare(0, 110.0) };
    let buses = vec![slack, Bus::bare(1, 10.0), Bus::bare(2, 10.0)];
    let (from, to) = if reversed { (1, 0) } else { (0, 1) };
    let branch = |kind, id, from, to, model| Branch { element: Element { kind, id }, from, to, model, closed: true };
    let transformer = Pi::line(5e-5, 2.5e-3);
    let branches = vec![
        branch(ElementKind::Transformer, 0, from, to, transformer),
        branch(ElementKind::Line, 0, 1, 2, Pi::line(1e-4, 1e-4)),
    ];
    Network::build(&Grid { name: "station".to_owned(), s_base_va: 1e6, buses, branches }).unwrap()
}

fn set(state: &mut State, p_pu: f64, q_pu: f64) {
    state.loads_mut()[2] = Complex::new(p_pu, q_pu);
}

proptest! {
    /// After one call the voltage is in the band, or no step brings it nearer; a second call changes nothing.
    #[test]
    fn it_comes_to_rest(
        p_pu in -40.0..60.0, q_pu in -10.0..25.0, set_point_pu in 0.95..1.07, band in 0.0..0.03,
        reversed: bool, start in -8_i8..=8,
    ) {
        let mut network = network(reversed);
        let mut state = State::new(&network);
        set(&mut state, p_pu, q_pu);
        let changer = TapChanger { dead_band_pu: band, ..TapChanger::usual(&network, 1, set_point_pu) };
        let mut position = TapPosition(start);
        let options = Options::default();
        let first = regulate(&mut network, &mut state, &changer, &mut position, &options).unwrap();
        prop_assert!(first.moves <= 16 && (-8..=8).contains(&position.0));
        let rest = position;
        let off_pu = |state: &State| (state.v_pu(1) - set_point_pu).abs();
        let rest_pu = off_pu(&state);
        for _ in 0..3 {
            let again = regulate(&mut network, &mut state, &changer, &mut position, &options).unwrap();
            prop_assert_eq!((position, again.moves), (rest, 0));
        }
        if rest_pu > band {
            for other in [rest.0 - 1, rest.0 + 1] {
                if (-8..=8).contains(&other) {
                    network.set_ratio(1, changer.ratio(other)).unwrap();
                    voltcity::powerflow::solve(&network, &mut state, &options).unwrap();
                    prop_assert!(off_pu(&state) >= rest_pu - 2e-6, "position {other} is nearer");
                }
            }
        }
    }

    /// Under a load that only grows it only steps one way.
    #[test]
    fn it_follows_a_rising_load_one_way(rises in prop::collection::vec(0.0..6.0, 1..20)) {
        let mut network = network(false);
        let mut state = State::new(&network);
        let changer = TapChanger::usual(&network, 1, 1.03);
        let mut position = TapPosition::default();
        let (mut p_pu, mut before) = (0.0, None);
        for rise in rises {
            p_pu += rise;
            set(&mut state, p_pu, p_pu * 0.33);
            regulate(&mut network, &mut state, &changer, &mut position, &Options::default()).unwrap();
            if let Some(before) = before {
                prop_assert!(position.0 <= before);
            }
            before = Some(position.0);
        }
    }
}

#[test]
fn a_ripple_within_the_dead_band_moves_nothing() {
    let mut network = network(false);
    let mut state = State::new(&network);
    let changer = TapChanger::usual(&network, 1, 1.03);
    let (mut position, options) = (TapPosition::default(), Options::default());
    set(&mut state, 30.0, 10.0);
    let first = regulate(&mut network, &mut state, &changer, &mut position, &options).unwrap();
    assert!(first.moves > 0 && (state.v_pu(1) - 1.03).abs() <= changer.dead_band_pu);
    let mut moves = 0;
    for step in 0..96 {
        let ripple = if step % 2 == 0 { 1.005 } else { 0.995 };
        set(&mut state, 30.0 * ripple, 10.0 * ripple);
        moves += regulate(&mut network, &mut state, &changer, &mut position, &options).unwrap().moves;
    }
    assert!(moves <= 1, "{moves} moves");
}

#[test]
fn it_stops_at_the_end_of_its_range() {
    let mut network = network(false);
    let mut state = State::new(&network);
    let changer = TapChanger::usual(&network, 1, 1.4);
    let mut position = TapPosition::default();
    regulate(&mut network, &mut state, &changer, &mut position, &Options::default()).unwrap();
    assert_eq!(position, TapPosition(-8));
    assert!((network.model(1).unwrap().ratio - 0.9).abs() < 1e-12);
}
