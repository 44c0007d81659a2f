//! Shares add up, and go to those whose load it is.

use crate::support::{Wild, grids};
use proptest::prelude::*;
use voltcity::powerflow::attribution::{Piece, Share, Shares, Trouble, WHOLE_PPM, overload, voltage};
use voltcity::powerflow::{Branch, Bus, BusKind, Element, ElementKind, Grid, Network, Pi};

fn total(shares: &[Share]) -> u64 {
    shares.iter().map(|share| u64::from(share.ppm)).sum()
}

fn whole(shares: &[Share]) -> bool {
    shares.is_empty() || total(shares) == u64::from(WHOLE_PPM)
}

fn exact(shares: &Shares, weights: &[f64]) -> bool {
    let sum: f64 = weights.iter().filter(|&&weight| weight > 0.0).sum();
    shares.causes.iter().all(|share| {
        let ppm = weights[share.id as usize] / sum * f64::from(WHOLE_PPM);
        (f64::from(share.ppm) - ppm).abs() < 1.001
    })
}

fn pieces() -> impl Strategy<Value = Vec<(f64, f64, f64)>> {
    prop::collection::vec((0.0..1.0, -0.3..1.0, -0.2..0.4), 1..200)
}

proptest! {
    /// Shares are whole, within one millionth of exact, and only of those behind the branch.
    #[test]
    fn overload_shares_add_up(grid in grids(Wild::Anything, 40), drawn in pieces(), at in 0.0..1.0) {
        let network = Network::build(&grid).unwrap();
        let place = |share: f64| (share * network.len() as f64) as usize;
        let pieces: Vec<Piece> = (0..).zip(&drawn)
            .map(|(id, &(node, p_pu, q_pu))| Piece { id, node: place(node), p_pu, q_pu }).collect();
        let behind = |mut node: usize| loop {
            match network.parent(node) {
                _ if node == place(at) => break true,
                Some(parent) => node = parent,
                None => break false,
            }
        };
        let weights: Vec<f64> =
            pieces.iter().map(|piece| if behind(piece.node) { piece.p_pu } else { 0.0 }).collect();
        let shares = overload(&network, &pieces, place(at), Trouble::Draw);
        prop_assert!(whole(&shares.causes) && whole(&shares.relief));
        prop_assert_eq!(shares.causes.is_empty(), !weights.iter().any(|&weight| weight > 0.0));
        prop_assert!(exact(&shares, &weights), "{shares:?}");
        // Fed back, causes and relief change places.
        let back = overload(&network, &pieces, place(at), Trouble::Return);
        prop_assert_eq!((back.causes, back.relief), (shares.relief, shares.causes));
    }

    /// Shares of a voltage are whole, and as exact.
    #[test]
    fn voltage_shares_add_up(grid in grids(Wild::Feeder, 40), drawn in pieces(), at in 0.0..1.0) {
        let network = Network::build(&grid).unwrap();
        let place = |share: f64| (share * network.len() as f64) as usize;
        let pieces: Vec<Piece> = (0..).zip(&drawn)
            .map(|(id, &(node, p_pu, q_pu))| Piece { id, node: place(node), p_pu, q_pu }).collect();
        let way = |mut node: usize| {
            let mut way = vec![node];
            while let Some(parent) = network.parent(node) {
                way.push(parent);
                node = parent;
            }
            way
        };
        let mine = way(place(at));
        let weights: Vec<f64> = pieces.iter().map(|piece| {
            let (mut r_pu, mut x_pu) = (0.0, 0.0);
            for node in way(piece.node).into_iter().filter(|node| mine.contains(node)) {
                let model = network.model(node).copied().unwrap_or(Pi::SWITCH);
                r_pu += model.r_pu;
                x_pu += model.x_pu;
            }
            piece.p_pu * r_pu + piece.q_pu * x_pu
        }).collect();
        let shares = voltage(&network, &pieces, place(at), Trouble::Draw);
        prop_assert!(whole(&shares.causes) && whole(&shares.relief));
        prop_assert!(exact(&shares, &weights), "{shares:?}");
    }
}

/// Slack 0, trunk 0-1, arms 1-2 and 1-3.
fn fork() -> Network {
    let slack = Bus { kind: BusKind::Slack { v_pu: 1.0, angle_deg: 0.0 }, ..Bus::bare(0, 10.0) };
    let buses = vec![slack, Bus::bare(1, 10.0), Bus::bare(2, 10.0), Bus::bare(3, 10.0)];
    let arm = |id, from, to, r_pu| Branch {
        element: Element { kind: ElementKind::Line, id },
        from,
        to,
        model: Pi::line(r_pu, 0.0),
        closed: true,
    };
    let branches = vec![arm(1, 0, 1, 0.01), arm(2, 1, 2, 0.02), arm(3, 1, 3, 0.02)];
    Network::build(&Grid { name: "fork".to_owned(), s_base_va: 1e6, buses, branches }).unwrap()
}

#[test]
fn a_fork_is_shared_as_by_hand() {
    let network = fork();
    let piece = |id, bus, p_pu| Piece { id, node: network.node(bus).unwrap(), p_pu, q_pu: 0.0 };
    let pieces = [piece(7, 2, 1.0), piece(8, 3, 1.0), piece(9, 3, 1.0), piece(10, 2, -1.5)];
    let share = |id, ppm| Share { id, ppm };
    let trunk = overload(&network, &pieces, network.node(1).unwrap(), Trouble::Draw);
    assert_eq!(trunk.causes, [share(7, 333_334), share(8, 333_333), share(9, 333_333)]);
    assert_eq!((trunk.relief, trunk.relief_ppm), (vec![share(10, WHOLE_PPM)], 500_000));
    // At bus 3 the way of 8 and 9 is three times as long as the trunk that 7 shares.
    let low = voltage(&network, &pieces, network.node(3).unwrap(), Trouble::Draw);
    assert_eq!(low.causes, [share(7, 142_857), share(8, 428_572), share(9, 428_571)]);
    assert_eq!((low.relief, low.relief_ppm), (vec![share(10, WHOLE_PPM)], 214_286));
}

#[test]
fn nothing_drawn_is_nothing_shared() {
    let network = fork();
    assert_eq!(overload(&network, &[], 1, Trouble::Draw), Shares::default());
    let odd = [
        Piece { id: 1, node: 99, p_pu: 1.0, q_pu: 0.0 },
        Piece { id: 2, node: 1, p_pu: f64::NAN, q_pu: 0.0 },
        Piece { id: 3, node: 1, p_pu: 0.0, q_pu: 0.0 },
    ];
    assert_eq!(overload(&network, &odd, 1, Trouble::Draw), Shares::default());
    assert_eq!(voltage(&network, &odd, 77, Trouble::Draw), Shares::default());
}
