//! Every case that the reference tools solved, where the folder of truths is at hand.

use crate::support::{folders, loops, table};
use std::collections::BTreeMap;
use std::path::Path;
use voltcity::case::{Case, tables};
use voltcity::powerflow::limits::loading;
use voltcity::powerflow::{
    Branch, Complex, Element, ElementKind, Network, NetworkProblem, Options, Solved, State, solve,
};

/// Voltage in pu, and relative for flows: what a case may be off.
const V_PU: f64 = 5e-9;
const RELATIVE: f64 = 1e-6;
/// Power in MVA to which the references themselves were solved.
const SOLVED_MVA: f64 = 1e-8;

fn solved(case: &Case) -> (Network, State, Solved) {
    let network = Network::build(&case.grid).unwrap();
    let mut state = State::new(&network);
    let solved = solve(&network, &mut state, &Options::default()).unwrap();
    (network, state, solved)
}

fn radial() -> impl Iterator<Item = std::path::PathBuf> {
    folders().into_iter().filter(|folder| loops(folder) == 0)
}

fn check_flow(what: &str, want: Complex, got: Complex) {
    let off = (got - want).abs();
    assert!(off <= RELATIVE * want.abs() + SOLVED_MVA, "{what}: {got:?}, not {want:?}");
}

#[test]
fn voltages_flows_and_losses_are_those_of_the_reference() {
    for folder in radial() {
        let case = tables::read_per_unit(&folder).unwrap();
        let (network, state, solved) = solved(&case);
        let mut worst = 0.0_f64;
        for row in table(&folder.join("ppc_bus.csv")) {
            let Some(node) = network.node(row["bus"] as u32) else { continue };
            worst = worst.max((state.voltages()[node] - Complex::from_polar_deg(row["vm_pu"], row["va_deg"])).abs());
        }
        assert!(solved.sweeps <= 30, "{}: {} sweeps", network.name(), solved.sweeps);
        assert!(worst <= V_PU, "{}: {worst:e} pu", network.name());
        let s_base_mva = network.s_base_va() / 1e6;
        let (mut lost, mut want_lost) = (Complex::ZERO, Complex::ZERO);
        for (id, row) in (0..).zip(table(&folder.join("ppc_branch.csv"))) {
            let element = Element { kind: ElementKind::Branch, id };
            let Some(flows) = state.branch_flows(&network, element) else { continue };
            let what = format!("{}, {element}", network.name());
            let want = [Complex::new(row["pf_mw"], row["qf_mvar"]), Complex::new(row["pt_mw"], row["qt_mvar"])];
            check_flow(&what, want[0], flows.from.scale(s_base_mva));
            check_flow(&what, want[1], flows.to.scale(s_base_mva));
            lost += flows.lost().scale(s_base_mva);
            want_lost += want[0] + want[1];
        }
        assert!((lost - want_lost).abs() <= RELATIVE * want_lost.abs(), "{}: lost {lost:?}", network.name());
        let all = state.branch_losses(&network).scale(s_base_mva);
        assert!((all - lost).abs() <= 1e-9 * lost.abs(), "{}: all lost {all:?}", network.name());
    }
}

#[test]
fn a_meshed_case_is_refused_and_the_loop_named() {
    for folder in folders().into_iter().filter(|folder| loops(folder) > 0) {
        let mut forms = vec![tables::read_per_unit(&folder).unwrap()];
        if folder.join("bus.csv").is_file() {
            forms.push(tables::read_elements(&folder).unwrap());
        }
        for case in forms {
            let error = Network::build(&case.grid).unwrap_err();
            let NetworkProblem::NotRadial { branch, from, to, ref way, loops: found } = error.problem else {
                panic!("{error}")
            };
            assert_eq!(found as u64, loops(&folder), "{error}");
            assert!(error.to_string().contains(&format!("{branch} (bus {from} to bus {to}) closes a loop")));
            // The way is round the loop: closed branches join each bus to the next.
            assert!(way.len() > 1 && way.first() == Some(&from) && way.last() == Some(&to), "{error}");
            for pair in way.windows(2) {
                let joins = |b: &&Branch| b.closed && [[b.from, b.to], [b.to, b.from]].contains(&[pair[0], pair[1]]);
                assert!(case.grid.branches.iter().any(|b| joins(&b) && b.element != branch), "{error}");
            }
            // With the branch it names open, there is one loop fewer.
            let mut opened = case.grid.clone();
            opened.branches.iter_mut().filter(|b| b.element == branch).for_each(|b: &mut Branch| b.closed = false);
            match Network::build(&opened).map_err(|error| error.problem) {
                Ok(_) => assert_eq!(found, 1),
                Err(NetworkProblem::NotRadial { loops, .. }) => assert_eq!(loops, found - 1),
                Err(other) => panic!("{other}"),
            }
        }
    }
}

fn lookup(folder: &Path) -> BTreeMap<u32, u32> {
    let rows = table(&folder.join("ppc_lookup.csv"));
    rows.iter().filter(|row| row["ppc_bus"] >= 0.0).map(|row| (row["bus_id"] as u32, row["ppc_bus"] as u32)).collect()
}

#[test]
fn tables_of_elements_come_to_the_same_as_per_unit() {
    for folder in radial().filter(|folder| folder.join("bus.csv").is_file()) {
        let (per_unit, elements) = (tables::read_per_unit(&folder).unwrap(), tables::read_elements(&folder).unwrap());
        for (a, b) in per_unit.grid.branches.iter().zip(&elements.grid.branches) {
            if b.element.kind == ElementKind::Switch {
                continue;
            }
            let numbers = |branch: &Branch| {
                let model = branch.model;
                [model.r_pu, model.x_pu, model.g_pu, model.b_pu, model.ratio, model.shift_deg]
            };
            for (want, got) in numbers(a).into_iter().zip(numbers(b)) {
                assert!((want - got).abs() <= 1e-10 * want.abs().max(1e-4), "{}: {a:?} {b:?}", folder.display());
            }
        }
        let (one, one_state, _) = solved(&per_unit);
        let (two, two_state, _) = solved(&elements);
        let (mut worst, mut compared) = (0.0_f64, 0);
        for (bus, ppc) in lookup(&folder) {
            let (Some(a), Some(b)) = (one.node(ppc), two.node(bus)) else { continue };
            worst = worst.max((one_state.voltages()[a] - two_state.voltages()[b]).abs());
            compared += 1;
        }
        assert!(compared > 0 && worst <= 1e-9, "{}: {worst:e} pu", folder.display());
    }
}

#[test]
fn loading_is_that_of_the_reference() {
    for folder in radial().filter(|folder| folder.join("bus.csv").is_file()) {
        let case = tables::read_elements(&folder).unwrap();
        let (network, state, _) = solved(&case);
        for (kind, file) in [(ElementKind::Line, "res_line.csv"), (ElementKind::Transformer, "res_trafo.csv")] {
            if !folder.join(file).is_file() {
                continue;
            }
            for row in table(&folder.join(file)) {
                let element = Element { kind, id: row["id"] as u32 };
                let rating = case.ratings.iter().find(|(of, _)| *of == element).map(|(_, rating)| rating);
                let (Some(node), Some(rating)) = (network.fed_by(element), rating) else { continue };
                let got = loading(&network, node, &state.flows(&network, node), rating) * 100.0;
                let want = row["loading_percent"];
                assert!((got - want).abs() <= 1e-6 * want + 1e-8, "{}, {element}: {got} %", network.name());
            }
        }
    }
}
