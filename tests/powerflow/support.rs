//! Random radial networks, and tables of truth.

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use voltcity::powerflow::{Branch, Bus, BusKind, Complex, Element, ElementKind, Grid, Network, Pi, State};

/// A bus and the branch that feeds it, drawn at random.
#[derive(Clone, Debug)]
pub(crate) struct Twig {
    /// Which of the buses before it feeds it, as a share of them.
    parent: f64,
    load: (f64, f64),
    shunt: (f64, f64),
    model: Pi,
    reversed: bool,
}

/// How wild networks are.
#[derive(Clone, Copy)]
pub(crate) enum Wild {
    /// Plain lines, and loads that consume.
    Feeder,
    /// Transformers, shunts, generators, branches either way.
    Anything,
}

/// Radial networks of up to `most` buses that have a solution with room to spare.
pub(crate) fn grids(wild: Wild, most: usize) -> impl Strategy<Value = Grid> {
    let sign = if matches!(wild, Wild::Feeder) { 0.0 } else { 1.0 };
    let twig = (
        0.0..1.0,
        (-0.4 * sign..1.0, -0.4 * sign..0.5),
        (0.0..0.02, -0.05..0.05),
        ((0.001..0.02, -0.002 * sign..0.02), (0.0..0.002, -0.01..0.02), 0.95..1.05, -30.0..30.0),
        any::<bool>(),
    );
    let twig = twig.prop_map(move |(parent, load, shunt, ((r_pu, x_pu), (g, b), ratio, shift), reversed)| {
        let line = Pi::line(r_pu, x_pu);
        let model = Pi { g_pu: g, b_pu: b, ratio, shift_deg: shift, ..line };
        match wild {
            Wild::Feeder => Twig { parent, load, shunt: (0.0, 0.0), model: line, reversed },
            Wild::Anything => Twig { parent, load, shunt, model, reversed },
        }
    });
    prop::collection::vec(twig, 1..most).prop_map(|twigs| grid(&twigs))
}

fn grid(twigs: &[Twig]) -> Grid {
    // All loads together are 3 pu at most, over ways that grow with the logarithm of the number of buses.
    let share = 1.0 / twigs.len() as f64;
    let mut buses = vec![Bus { kind: BusKind::Slack { v_pu: 1.02, angle_deg: 10.0 }, ..Bus::bare(100, 10.0) }];
    let mut branches = Vec::new();
    for (at, twig) in (1_u32..).zip(twigs) {
        let bus = Bus::bare(100 + at, 10.0);
        let (p_pu, q_pu) = (3.0 * twig.load.0 * share, 3.0 * twig.load.1 * share);
        buses.push(Bus { p_pu, q_pu, g_pu: twig.shunt.0 * share, b_pu: twig.shunt.1 * share, ..bus });
        let parent = 100 + (twig.parent * f64::from(at)) as u32;
        let (from, to) = if twig.reversed { (bus.id, parent) } else { (parent, bus.id) };
        let element = Element { kind: ElementKind::Line, id: at };
        branches.push(Branch { element, from, to, model: twig.model, closed: true });
    }
    Grid { name: "random".to_owned(), s_base_va: 1e6, buses, branches }
}

/// What is left over at the worst node, in pu, by the four admittances of every branch: apart from the sweep.
pub(crate) fn mismatch_pu(network: &Network, state: &State) -> f64 {
    let v = state.voltages();
    let mut drawn: Vec<Complex> = (0..network.len())
        .map(|node| state.drawn(node) + network.bus_shunt(node).conj().scale(v[node].norm2()))
        .collect();
    for node in 1..network.len() {
        let parent = network.parent(node).unwrap();
        let port = network.model(node).unwrap().admittances().unwrap();
        let (from, to) = if network.is_reversed(node) { (node, parent) } else { (parent, node) };
        let (i_from, i_to) = port.currents(v[from], v[to]);
        drawn[from] += v[from] * i_from.conj();
        drawn[to] += v[to] * i_to.conj();
    }
    drawn[1..].iter().map(|left| left.abs()).fold(0.0, f64::max)
}

/// Folders with a case in per unit; none when the variable is unset.
pub(crate) fn folders() -> Vec<PathBuf> {
    let Some(shared) = std::env::var_os("VOLTCITY_SHARED") else { return Vec::new() };
    let mut found: Vec<PathBuf> = std::fs::read_dir(Path::new(&shared).join("truth/grid"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("ppc_bus.csv").is_file() && path.join("ppc_branch.csv").is_file())
        .collect();
    found.sort();
    assert!(!found.is_empty(), "the variable is set, but there are no cases");
    found
}

/// `meta.json` of a folder.
pub(crate) fn meta(folder: &Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("meta.json")).unwrap()).unwrap()
}

/// Whether a case has loops, by its description.
pub(crate) fn loops(folder: &Path) -> u64 {
    meta(folder)["independent_loops"].as_u64().unwrap_or(0)
}

/// Rows of a CSV table as numbers by heading; what is no number is NaN.
pub(crate) fn rows(content: impl std::io::Read) -> Vec<BTreeMap<String, f64>> {
    let mut reader = csv::Reader::from_reader(content);
    let headings = reader.headers().unwrap().clone();
    let number = |cell: &str| cell.parse().unwrap_or(f64::NAN);
    let row = |record: csv::StringRecord| headings.iter().map(str::to_owned).zip(record.iter().map(number)).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// Rows of a CSV file.
pub(crate) fn table(path: &Path) -> Vec<BTreeMap<String, f64>> {
    rows(std::fs::File::open(path).unwrap())
}
