//! Properties that hold for every radial feeder, load and start.

use super::*;
use crate::powerflow::Complex;
use proptest::prelude::*;

/// A feeder in the rough: for each further bus the one it hangs on, its length, and its load by phase.
#[derive(Clone, Debug)]
struct Tree {
    twigs: Vec<(usize, f64, [Complex; 3])>,
    behind_transformer: bool,
    unbalance: f64,
}

fn trees() -> impl Strategy<Value = Tree> {
    let power = || (-4e3_f64..8e3, -1e3_f64..3e3).prop_map(|(p, q)| Complex::new(p, q));
    let twig = (any::<prop::sample::Index>(), 2.0_f64..40.0, [power(), power(), power()]);
    (proptest::collection::vec(twig, 1..25), any::<bool>(), 0.95_f64..1.05).prop_map(
        |(twigs, behind_transformer, unbalance)| {
            let twigs = twigs.into_iter().enumerate().map(|(i, (on, metres, va))| (on.index(i + 1), metres, va));
            Tree { twigs: twigs.collect(), behind_transformer, unbalance }
        },
    )
}

/// A four-core cable of 95 mm2 aluminium with the neutral folded in, of phases that do not lie alike, in ohm.
fn cable_ohm(metres: f64) -> Matrix3 {
    let z = |r: f64, x: f64| Complex::new(r, x).scale(metres / 1_000.0);
    let (a, b, c) = (z(0.45, 0.11), z(0.46, 0.12), z(0.44, 0.10));
    let (ab, bc, ca) = (z(0.12, 0.04), z(0.13, 0.03), z(0.11, 0.05));
    Matrix3([[a, ab, ca], [ab, b, bc], [ca, bc, c]])
}

/// Shunt admittance of a cable in S; far above that of a real one, so that its effect shows.
fn cable_s(metres: f64) -> Matrix3 {
    let per_km = [[900.0, -120.0, -80.0], [-120.0, 700.0, -100.0], [-80.0, -100.0, 800.0]];
    charging_s(&per_km, 50.0).scale(100.0 * metres / 1_000.0)
}

/// No shunt admittance.
fn no_s(_: f64) -> Matrix3 {
    Matrix3::default()
}

/// An alike line for all phases, in ohm.
fn even_ohm(metres: f64) -> Matrix3 {
    let z = |r: f64, x: f64| Complex::new(r, x).scale(metres / 1_000.0);
    Matrix3::symmetric(z(0.45, 0.11), z(0.12, 0.04))
}

/// Phase `k` of the result is phase `order[k]` of what is given.
fn permuted<T: Copy>(order: [usize; 3], given: [T; 3]) -> [T; 3] {
    order.map(|k| given[k])
}

/// Series impedance and shunt admittance of a length in m.
type Make = [fn(f64) -> Matrix3; 2];
const CABLE: Make = [cable_ohm, cable_s];
const EVEN: Make = [even_ohm, no_s];

impl Tree {
    fn head(&self, order: [usize; 3]) -> Head {
        let mut source_v = balanced(if self.behind_transformer { 5_800.0 } else { 230.0 });
        source_v[1] = source_v[1].scale(self.unbalance);
        let (bus, source_v) = ("0".to_owned(), permuted(order, source_v));
        if self.behind_transformer {
            let unit = Transformer::dyn11(630e3, 0.06, 5_960.0, 1_050.0, 0.005);
            Head::Transformer { bus, unit, source_v, source_ohm: Complex::new(0.1, 0.4) }
        } else {
            Head::Busbar { bus, voltage_v: source_v, nominal_v: 230.0 }
        }
    }

    /// The feeder with its phases in another order, and its powers.
    fn feeder(&self, order: [usize; 3], line: Make) -> (Feeder, Vec<Complex>) {
        let mut network = Network::new("tree", self.head(order));
        let mut powers_va = Vec::new();
        for (i, (on, metres, va)) in self.twigs.iter().enumerate() {
            let bus = (i + 1).to_string();
            let [series_ohm, shunt_s] = line.map(|make| {
                let Matrix3(rows) = make(*metres);
                Matrix3(permuted(order, rows).map(|row| permuted(order, row)))
            });
            network.extend(&on.to_string(), &bus, series_ohm, 200.0);
            network.lines[i].shunt_s = shunt_s;
            for (phase, power_va) in Phase::ALL.into_iter().zip(permuted(order, *va)) {
                let (name, bus) = (format!("{bus}{phase:?}"), bus.clone());
                let (connection, limits) = (Connection::Single(phase), VoltageLimits::opendss(220.0));
                network.loads.push(Load { name, bus, connection, limits });
                powers_va.push(power_va);
            }
        }
        (network.build().unwrap(), powers_va)
    }
}

fn solved(feeder: &Feeder, powers_va: &[Complex]) -> State {
    let mut state = State::new(feeder);
    feeder.solve(&mut state, powers_va, &Settings::default()).unwrap();
    state
}

/// Voltages at a bus by name.
fn at(feeder: &Feeder, state: &State, bus: usize) -> Triple {
    state.voltages_v()[feeder.position(&bus.to_string()).unwrap()]
}

const AS_IS: [usize; 3] = [0, 1, 2];

proptest! {
    #[test]
    fn current_is_conserved_at_every_node_and_phase(tree in trees()) {
        let (feeder, powers_va) = tree.feeder(AS_IS, CABLE);
        let state = solved(&feeder, &powers_va);
        for position in 0..feeder.buses().len() {
            let children = (1..feeder.buses().len()).filter(|&child| feeder.parent(child) == Some(position));
            let mut left_a = if position == 0 {
                feeder.outgoing_current_a(&state)
            } else {
                feeder.terminal_currents_a(&state, position)[1]
            };
            let drawn_a = feeder.drawn_a(&state, &powers_va, position);
            (0..3).for_each(|k| left_a[k] -= drawn_a[k]);
            for child in children {
                let fed_a = feeder.terminal_currents_a(&state, child)[0];
                (0..3).for_each(|k| left_a[k] -= fed_a[k]);
            }
            prop_assert!(left_a.iter().all(|a| a.abs() < 1e-6), "{position}: {left_a:?}");
            // And along each line the voltage falls by impedance times current.
            if let Some(parent) = feeder.parent(position) {
                let (from, to) = (state.voltages_v()[parent], state.voltages_v()[position]);
                let drop = feeder.series_ohm[position].apply(&state.currents_a()[position]);
                prop_assert!((0..3).all(|k| (from[k] - to[k] - drop[k]).abs() < 1e-9));
            }
        }
    }

    #[test]
    fn power_is_conserved_over_the_feeder_and_losses_are_positive(tree in trees()) {
        let (feeder, powers_va) = tree.feeder(AS_IS, CABLE);
        let state = solved(&feeder, &powers_va);
        let balance = feeder.balance(&state, &powers_va);
        prop_assert!(balance.error_va().abs() < 1e-3, "{balance:?}");
        let phases = feeder.outgoing_current_a(&state);
        prop_assert!((neutral_current_a(&phases) + phases[0] + phases[1] + phases[2]).abs() < 1e-12);
        let losses = (1..feeder.buses().len()).map(|position| feeder.line_loss_va(&state, position).re);
        prop_assert!(losses.into_iter().all(|loss_w| loss_w >= 0.0));
        prop_assert!(balance.head_loss_va.re >= 0.0 && balance.line_loss_va.re >= 0.0);
    }

    #[test]
    fn a_balanced_load_is_three_times_the_single_phase_equivalent(mut tree in trees()) {
        tree.unbalance = 1.0;
        tree.twigs.iter_mut().for_each(|(.., va)| *va = [va[0]; 3]);
        let (feeder, powers_va) = tree.feeder(AS_IS, EVEN);
        let state = solved(&feeder, &powers_va);
        // Phase a alone: positive sequence, worked out by itself from the ends up and from the head down.
        let law = load::Law::new(&VoltageLimits::opendss(220.0));
        let (open_v, head_ohm, shunt_s) = match tree.head(AS_IS) {
            Head::Busbar { voltage_v, .. } => (voltage_v[0], Complex::ZERO, Complex::ZERO),
            Head::Transformer { unit, source_v, .. } => {
                let z = unit.series_ohm(Complex::new(0.1, 0.4)).0[0];
                (unit.induced_v(&source_v)[0], z[0] - z[1], unit.no_load_s())
            }
        };
        let mut v = vec![open_v; tree.twigs.len() + 1];
        for _ in 0..60 {
            let mut a = vec![Complex::ZERO; v.len()];
            a[0] = shunt_s * v[0];
            for (i, (on, _, va)) in tree.twigs.iter().enumerate().rev() {
                a[i + 1] += law.current_a(va[0], v[i + 1]);
                a[*on] = a[*on] + a[i + 1];
            }
            v[0] = open_v - head_ohm * a[0];
            for (i, (on, metres, _)) in tree.twigs.iter().enumerate() {
                v[i + 1] = v[*on] - Complex::new(0.33, 0.07).scale(metres / 1_000.0) * a[i + 1];
            }
        }
        for (bus, alone_v) in v.into_iter().enumerate() {
            let found_v = at(&feeder, &state, bus);
            prop_assert!((found_v[0] - alone_v).abs() < 1e-6, "{bus}: {found_v:?} for {alone_v:?}");
            prop_assert!(unbalance_factor(&found_v) < 1e-8);
        }
        prop_assert!(neutral_current_a(&feeder.outgoing_current_a(&state)).abs() < 1e-5);
        // Three-phase loads are the same as three single ones.
        let mut three = Network::new("three", tree.head(AS_IS));
        for (i, (on, metres, _)) in tree.twigs.iter().enumerate() {
            let bus = (i + 1).to_string();
            three.extend(&on.to_string(), &bus, even_ohm(*metres), f64::INFINITY);
            let (connection, limits) = (Connection::Three, VoltageLimits::opendss(220.0));
            three.loads.push(Load { name: bus.clone(), bus, connection, limits });
        }
        let threefold: Vec<_> = tree.twigs.iter().map(|(.., va)| va[0].scale(3.0)).collect();
        let other = solved(&three.build().unwrap(), &threefold);
        for (a, b) in state.voltages_v().iter().flatten().zip(other.voltages_v().iter().flatten()) {
            prop_assert!((*a - *b).abs() < 1e-8);
        }
    }

    #[test]
    fn a_balanced_load_at_the_end_of_a_line_is_that_of_the_closed_form(
        metres in 10.0_f64..400.0, p_w in -20e3_f64..20e3, q_var in -8e3_f64..8e3, unit in any::<bool>(),
    ) {
        let tree = Tree {
            twigs: vec![(0, metres, [Complex::new(p_w, q_var); 3])],
            behind_transformer: false,
            unbalance: 1.0,
        };
        let (bus, source_ohm, source_v) = ("0".to_owned(), Complex::new(0.1, 0.4), balanced(5_800.0));
        // Positive sequence sees the own impedance less the mutual one.
        let mut z = Complex::new(0.45 - 0.12, 0.11 - 0.04).scale(metres / 1_000.0);
        let (mut open_v, mut head) = (Complex::new(230.0, 0.0), tree.head(AS_IS));
        if unit {
            let unit = Transformer { no_load_g: 0.0, ..Transformer::dyn11(630e3, 0.06, 5_960.0, 0.0, 0.0) };
            // Seen from 0.4 kV, with the low side a twelfth of a turn ahead.
            let (ratio, base_ohm) = (400.0 / 10e3, 400.0 * 400.0 / 630e3);
            z += source_ohm.scale(ratio * ratio) + Complex::new(unit.r, unit.x).scale(base_ohm);
            open_v = Complex::new(0.75_f64.sqrt(), 0.5).scale(5_800.0 * ratio);
            head = Head::Transformer { bus, unit, source_v, source_ohm };
        }
        let mut network = Network::new("pair", head);
        network.extend("0", "1", even_ohm(metres), 200.0);
        network.loads.push(Load {
            name: "end".into(),
            bus: "1".into(),
            connection: Connection::Three,
            limits: VoltageLimits::none(230.0),
        });
        let power_va = Complex::new(p_w, q_var);
        let state = solved(&network.build().unwrap(), &[power_va.scale(3.0)]);
        // With u = |V2|^2: u^2 + (2 Re(Z S*) - |V1|^2) u + |Z S|^2 = 0, and V1 V2* = u + Z S*.
        let drop = z * power_va.conj();
        let half = 0.5 * open_v.norm2() - drop.re;
        let u = half + (half * half - drop.norm2()).sqrt();
        let expected_v = ((Complex::new(u, 0.0) + drop) / open_v).conj();
        let found_v = state.voltages_v()[1];
        prop_assert!((found_v[0] - expected_v).abs() < 1e-6, "{found_v:?} for {expected_v:?}");
    }

    #[test]
    fn permuting_the_phases_permutes_the_results(tree in trees(), which in 0_usize..5) {
        let orders = [[1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0], [1, 0, 2]];
        // A transformer tells the turning directions apart, so behind one only whole turns are the same.
        let order = orders[if tree.behind_transformer { which % 2 } else { which }];
        let (feeder, powers_va) = tree.feeder(AS_IS, CABLE);
        let (turned, turned_va) = tree.feeder(order, CABLE);
        let (state, turned_state) = (solved(&feeder, &powers_va), solved(&turned, &turned_va));
        for bus in 0..=tree.twigs.len() {
            let expected = permuted(order, at(&feeder, &state, bus));
            let found = at(&turned, &turned_state, bus);
            prop_assert!((0..3).all(|k| (expected[k] - found[k]).abs() < 1e-7), "{bus}");
        }
    }

    #[test]
    fn the_same_bits_come_out_twice_and_from_a_copy(tree in trees(), factor in 0.2_f64..1.3) {
        let (feeder, powers_va) = tree.feeder(AS_IS, CABLE);
        let (mut once, twice) = (solved(&feeder, &powers_va), solved(&feeder, &powers_va));
        prop_assert_eq!(&once, &twice);
        let next_va: Vec<_> = powers_va.iter().map(|va| va.scale(factor)).collect();
        let mut copy = twice.clone();
        let places = |state: &State| (state.voltages_v().as_ptr(), state.currents_a().as_ptr());
        let before = places(&once);
        let went = feeder.solve(&mut once, &next_va, &Settings::default()).unwrap();
        prop_assert_eq!(feeder.solve(&mut copy, &next_va, &Settings::default()).unwrap(), went);
        prop_assert_eq!(&once, &copy);
        // A warm start ends where a cold one does, within the tolerance, and a settled state stays.
        let cold = solved(&feeder, &next_va);
        for (a, b) in once.voltages_v().iter().flatten().zip(cold.voltages_v().iter().flatten()) {
            prop_assert!((*a - *b).abs() < 1e-6);
        }
        prop_assert!(feeder.solve(&mut copy, &next_va, &Settings::default()).unwrap().sweeps <= 2);
        // The arrays are those made at the start.
        prop_assert_eq!(places(&once), before);
    }
}
