//! Days of quarter-hours that the reference solved: each step begins where the last one ended.

use crate::support::{folders, meta, rows};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use voltcity::case::tables;
use voltcity::powerflow::limits::{Rating, loading};
use voltcity::powerflow::{Element, ElementKind, Network, Options, State, solve};

/// What the reference's tables are rounded to: nine digits.
const ROUNDED: f64 = 1e-8;

fn unpacked(folder: &Path, name: &str) -> Vec<BTreeMap<String, f64>> {
    let file = folder.join(format!("{name}.csv.gz"));
    let output = Command::new("gzip").arg("-dc").arg(&file).output().expect("gzip unpacks the series");
    assert!(output.status.success(), "{}", file.display());
    rows(output.stdout.as_slice())
}

struct Day {
    network: Network,
    /// Distribution transformers: name, node and rating.
    transformers: Vec<(Element, usize, Rating)>,
    p_mw: Vec<BTreeMap<String, f64>>,
    q_mvar: Vec<BTreeMap<String, f64>>,
}

impl Day {
    fn read(folder: &Path) -> Self {
        let case = tables::read_elements(folder).unwrap();
        let network = Network::build(&case.grid).unwrap();
        let to_low_voltage = |&(element, rating): &(Element, Rating)| {
            let node = network.fed_by(element)?;
            (element.kind == ElementKind::Transformer && network.base_kv(node) < 1.0).then_some((element, node, rating))
        };
        let transformers = case.ratings.iter().filter_map(to_low_voltage).collect();
        let (p_mw, q_mvar) = (unpacked(folder, "ts_pd_mw"), unpacked(folder, "ts_qd_mvar"));
        Self { network, transformers, p_mw, q_mvar }
    }

    fn node(&self, bus: &str) -> usize {
        self.network.node(bus.parse().unwrap()).unwrap()
    }

    fn set_loads(&self, step: usize, state: &mut State) {
        let s_base_mva = self.network.s_base_va() / 1e6;
        for (bus, p_mw) in &self.p_mw[step] {
            let load = &mut state.loads_mut()[self.node(bus)];
            load.re = p_mw / s_base_mva;
            load.im = self.q_mvar[step][bus] / s_base_mva;
        }
    }
}

#[test]
fn every_step_of_a_day_is_that_of_the_reference() {
    for folder in folders().into_iter().filter(|folder| folder.join("ts_pd_mw.csv.gz").is_file()) {
        let day = Day::read(&folder);
        let (volts, angles) = (unpacked(&folder, "ts_vm_pu"), unpacked(&folder, "ts_va_deg"));
        let loadings = unpacked(&folder, "ts_trafo_loading_pct");
        let summary = rows(std::fs::File::open(folder.join("ts_summary.csv")).unwrap());
        let mut state = State::new(&day.network);
        let (mut worst_pu, mut fullest, mut overloads, mut sweeps) = (0.0_f64, 0.0_f64, 0, 0);
        assert_eq!(day.p_mw.len(), summary.len());
        for step in 0..day.p_mw.len() {
            day.set_loads(step, &mut state);
            let solved = solve(&day.network, &mut state, &Options::default()).unwrap();
            sweeps += solved.sweeps;
            for (bus, want) in &volts[step] {
                let node = day.node(bus);
                worst_pu = worst_pu.max((state.v_pu(node) - want).abs());
                let turned = (state.voltages()[node].angle_deg() - angles[step][bus]).abs();
                assert!(turned.min((turned - 360.0).abs()) < 2e-7, "step {step}, bus {bus}: {turned} degrees");
            }
            let mut here = 0.0_f64;
            for &(element, node, rating) in &day.transformers {
                let percent = loading(&day.network, node, &state.flows(&day.network, node), &rating) * 100.0;
                let want = loadings[step][&element.id.to_string()];
                assert!((percent - want).abs() < 1e-6, "step {step}, {element}: {percent} %, not {want} %");
                here = here.max(percent);
            }
            fullest = fullest.max(here);
            overloads += u64::from(here > 100.0);
            let want = &summary[step];
            let s_base_mva = day.network.s_base_va() / 1e6;
            let lost_mw = state.branch_losses(&day.network).re * s_base_mva;
            let want_mw = want["line_loss_mw"] + want["trafo_loss_mw"];
            assert!((lost_mw - want_mw).abs() <= 1e-6 * want_mw, "step {step}: lost {lost_mw} MW");
            assert!((solved.slack.re * s_base_mva - want["ext_p_mw"]).abs() <= 1e-6 * want["ext_p_mw"].abs());
        }
        assert!(sweeps <= 10 * day.p_mw.len() as u32, "{sweeps} sweeps");
        let meta = meta(&folder);
        assert!(worst_pu <= ROUNDED, "{}: {worst_pu:e} pu", day.network.name());
        assert!((fullest - meta["dt_loading_max"].as_f64().unwrap()).abs() < 1e-5, "{fullest} %");
        assert_eq!(overloads, meta["dt_over_100_steps"].as_u64().unwrap());
    }
}
