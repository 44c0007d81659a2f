//! The test feeders as `OpenDSS` solved them, read from the folder that `VOLTCITY_SHARED` names.
//!
//! The node voltages are of a tight solve. The element flows are of a looser one: those of the head miss the
//! balance of the loads by 2e-5, and `OpenDSS` stops at changes of 1e-4 of a voltage. So they are held to
//! [`FLOWS`] only.

use super::*;
use crate::powerflow::Complex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Permitted relative error of flows.
const FLOWS: f64 = 5e-4;

/// One folder of the truth.
struct Case {
    folder: PathBuf,
    meta: String,
    voltages_v: BTreeMap<String, Triple>,
    nominal_v: BTreeMap<String, f64>,
    lines: Vec<Line>,
    loads: Vec<(String, String, Phase, Complex)>,
}

fn rows(file: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(file).unwrap().deserialize().map(Result::unwrap).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap()
}

fn phase(row: &BTreeMap<String, String>) -> Phase {
    Phase::ALL[row["phase"].parse::<usize>().unwrap() - 1]
}

impl Case {
    fn read(folder: PathBuf) -> Self {
        let (mut voltages_v, mut nominal_v) = (BTreeMap::new(), BTreeMap::new());
        for row in rows(&folder.join("node_voltages.csv")) {
            let v = Complex::new(number(&row, "v_re_volt"), number(&row, "v_im_volt"));
            voltages_v.entry(row["bus"].clone()).or_insert([Complex::ZERO; 3])[phase(&row).index()] = v;
            nominal_v.insert(row["bus"].clone(), v.abs() / number(&row, "vm_pu"));
        }
        let matrix = |row: &BTreeMap<String, String>, part: &str| {
            ["a", "b", "c"].map(|i| ["a", "b", "c"].map(|j| number(row, &format!("{part}_{i}{j}"))))
        };
        let lines = rows(&folder.join("lines_3ph_ohm.csv")).into_iter().map(|row| {
            let series_ohm = Matrix3::from_parts(&matrix(&row, "r"), &matrix(&row, "x"));
            let name = |column: &str| row[column].clone();
            // The table gives the largest capacitance alone, which is the own one; nothing on this feeder.
            let own_nf = number(&row, "c_max_nf");
            let capacitance_nf = [[own_nf, 0.0, 0.0], [0.0, own_nf, 0.0], [0.0, 0.0, own_nf]];
            Line {
                name: name("line"),
                from: name("from"),
                to: name("to"),
                series_ohm,
                shunt_s: charging_s(&capacitance_nf, 50.0),
                rated_a: number(&row, "norm_amps"),
            }
        });
        let loads = rows(&folder.join("loads.csv")).into_iter().map(|row| {
            let power_va = Complex::new(number(&row, "p_kw"), number(&row, "q_kvar")).scale(1e3);
            (row["load"].clone(), row["bus"].clone(), phase(&row), power_va)
        });
        let (lines, loads) = (lines.collect(), loads.collect());
        let meta = std::fs::read_to_string(folder.join("meta.json")).unwrap();
        Self { folder, meta, voltages_v, nominal_v, lines, loads }
    }

    fn all() -> Vec<Self> {
        let Ok(shared) = std::env::var("VOLTCITY_SHARED") else { return Vec::new() };
        let mut folders: Vec<_> = std::fs::read_dir(Path::new(&shared).join("truth/grid"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.join("lines_3ph_ohm.csv").exists())
            .collect();
        folders.sort();
        folders.into_iter().map(Self::read).collect()
    }

    /// The bus at the low side of the transformer.
    fn busbar(&self) -> String {
        let rest = self.meta.split("\"lv_busbar\": \"").nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    /// Whether the case is the European feeder, whose source and transformer are known.
    fn is_european(&self) -> bool {
        self.meta.contains("IEEETestCases/LVTestCase/Master.dss")
    }

    fn at_busbar(&self) -> Head {
        let bus = self.busbar();
        Head::Busbar { voltage_v: self.voltages_v[&bus], nominal_v: self.nominal_v[&bus], bus }
    }

    /// The transformer of the European feeder: 11/0.416 kV, 800 kVA, 4 % reactance and `OpenDSS`'s default
    /// resistance of 0.2 % per winding. Against floating windings `OpenDSS` adds reactances of a millionth of
    /// the rating to ground, half at either end of each winding. In the grounded star the ends at ground drop
    /// out and half a millionth remains; those of the delta are in [`Self::source`].
    fn transformer() -> Transformer {
        Transformer {
            rated_va: 800e3,
            high_v: 11e3,
            low_v: 416.0,
            tap: 1.0,
            group: VectorGroup::Dyn1,
            r: 0.004,
            x: 0.04,
            no_load_g: 0.0,
            no_load_b: 0.5e-6,
        }
    }

    /// The source of the European feeder as its transformer sees it: 1.05 pu behind a three-phase
    /// short-circuit current of 3 kA with a reactance four times the resistance, and the delta's reactances
    /// to ground (a third of a millionth of the rating on each phase) drawn into it after Thevenin.
    fn source() -> (Triple, Complex) {
        let Transformer { rated_va, high_v, .. } = Self::transformer();
        let volt = high_v / 3.0_f64.sqrt();
        let r_ohm = volt / 3_000.0 / 17.0_f64.sqrt();
        let behind_ohm = Complex::new(r_ohm, 4.0 * r_ohm);
        let to_ground_s = Complex::new(0.0, -1e-6 * rated_va / 3.0 / (high_v * high_v));
        let divider = Complex::new(1.0, 0.0) / (Complex::new(1.0, 0.0) + behind_ohm * to_ground_s);
        (balanced(1.05 * volt).map(|v| v * divider), behind_ohm * divider)
    }

    fn behind_transformer(&self, source_v: Triple, source_ohm: Complex) -> Head {
        Head::Transformer { bus: self.busbar(), unit: Self::transformer(), source_v, source_ohm }
    }

    fn feeder(&self, head: Head, limits: VoltageLimits) -> Feeder {
        let mut network = Network::new("truth", head);
        let first = network.buses[0].clone();
        network.buses.extend(self.voltages_v.keys().filter(|bus| **bus != first).cloned());
        network.lines.extend(self.lines.iter().cloned());
        network.loads.extend(self.loads.iter().cloned().map(|(name, bus, phase, _)| Load {
            name,
            bus,
            connection: Connection::Single(phase),
            limits,
        }));
        network.build().unwrap()
    }

    /// Largest error of a voltage, in pu.
    fn error_pu(&self, feeder: &Feeder, state: &State) -> f64 {
        assert_eq!(feeder.buses().len(), self.lines.len() + 1);
        let errors = feeder.buses().iter().zip(state.voltages_v()).flat_map(|(bus, found_v)| {
            let (truth_v, nominal_v) = (self.voltages_v[bus], self.nominal_v[bus]);
            (0..3).map(move |k| (found_v[k] - truth_v[k]).abs() / nominal_v)
        });
        errors.fold(0.0, f64::max)
    }

    /// Solves with the powers of the truth at constant power and returns the error.
    fn solve(&self, head: Head) -> (Feeder, State, f64) {
        let powers_va: Vec<_> = self.loads.iter().map(|load| load.3).collect();
        let feeder = self.feeder(head, VoltageLimits::none(230.0));
        let mut state = State::new(&feeder);
        feeder.solve(&mut state, &powers_va, &Settings::default()).unwrap();
        let error_pu = self.error_pu(&feeder, &state);
        (feeder, state, error_pu)
    }
}

/// What is printed goes through here, to be seen with `--nocapture`.
#[expect(clippy::print_stdout, reason = "the measured errors are worth seeing")]
fn tell(case: &Case, what: &str, error: f64) {
    println!("{}: {what} {error:e}", case.folder.display());
}

#[test]
fn node_voltages_from_the_busbar_are_those_of_opendss() {
    for case in Case::all() {
        let (.., error_pu) = case.solve(case.at_busbar());
        tell(&case, "from the busbar, pu", error_pu);
        assert!(error_pu <= 1e-8);
    }
}

#[test]
fn node_voltages_through_the_transformer_are_those_of_opendss() {
    for case in Case::all().into_iter().filter(Case::is_european) {
        let source_v = case.voltages_v["sourcebus"];
        let (.., error_pu) = case.solve(case.behind_transformer(source_v, Complex::ZERO));
        tell(&case, "through the transformer, pu", error_pu);
        assert!(error_pu <= 1e-8);
    }
}

#[test]
fn node_voltages_from_the_stiff_source_are_those_of_opendss() {
    for case in Case::all().into_iter().filter(Case::is_european) {
        let (source_v, source_ohm) = Case::source();
        let (.., error_pu) = case.solve(case.behind_transformer(source_v, source_ohm));
        tell(&case, "from the source, pu", error_pu);
        assert!(error_pu <= 1e-8);
    }
}

#[test]
fn loads_above_their_voltage_limit_are_the_impedances_of_opendss() {
    // The feeder runs at 1.05 pu of 416 V, above the 1.05 pu of 230 V up to which its loads keep their power.
    // Their nominal powers are whole watts at a power factor of 0.95: found from what they draw, and solved
    // for anew.
    for case in Case::all().into_iter().filter(Case::is_european) {
        let limits = VoltageLimits::opendss(230.0);
        let feeder = case.feeder(case.at_busbar(), limits);
        let mut above = 0;
        let nominal = case.loads.iter().map(|(_, bus, phase, drawn_va)| {
            let excess = case.voltages_v[bus][phase.index()].abs() / (limits.max_pu * limits.rated_v);
            above += usize::from(excess > 1.0);
            let power_w = (drawn_va.re / excess.max(1.0) / excess.max(1.0)).round();
            Complex::new(power_w, power_w * (1.0 / (0.95 * 0.95) - 1.0_f64).sqrt())
        });
        let nominal: Vec<_> = nominal.collect();
        let mut state = State::new(&feeder);
        feeder.solve(&mut state, &nominal, &Settings::default()).unwrap();
        let error_pu = case.error_pu(&feeder, &state);
        tell(&case, "with voltage limits, pu", error_pu);
        assert!(error_pu <= 1e-8 && above > 0);
    }
}

#[test]
fn line_currents_flows_and_losses_are_those_of_opendss() {
    for case in Case::all() {
        let (feeder, state, _) = case.solve(case.at_busbar());
        let by_name: BTreeMap<_, _> =
            (1..feeder.buses().len()).map(|position| (feeder.line(position).to_owned(), position)).collect();
        let head_a = state.currents_a()[0];
        let scale_a = head_a.iter().map(|a| a.abs()).fold(0.0, f64::max);
        let scale_kw = (0..3).map(|k| (state.voltages_v()[0][k] * head_a[k].conj()).re).sum::<f64>().abs() / 1e3;
        let mut worst = 0.0_f64;
        for row in rows(&case.folder.join("elements.csv")) {
            let Some(name) = row["element"].strip_prefix("Line.") else { continue };
            let position = by_name[name];
            let [fed_a, left_a] = feeder.terminal_currents_a(&state, position);
            let at = feeder.position(&row["bus"]).unwrap();
            let (current_a, sign) = if at == position { (left_a, -1.0) } else { (fed_a, 1.0) };
            let largest_a = current_a.iter().map(|a| a.abs()).fold(0.0, f64::max);
            worst = worst.max((largest_a - number(&row, "i_max_a")).abs() / scale_a);
            let loss_va = feeder.line_loss_va(&state, position);
            worst = worst.max((loss_va.re / 1e3 - number(&row, "loss_kw")).abs() / scale_kw);
            let flow_va: Complex = (0..3).map(|k| state.voltages_v()[at][k] * current_a[k].conj()).sum();
            worst = worst.max((sign * flow_va.re / 1e3 - number(&row, "p_kw")).abs() / scale_kw);
        }
        tell(&case, "line flows, relative", worst);
        assert!(worst < FLOWS);
    }
}

#[test]
fn the_transformers_flow_loss_and_loading_are_those_of_opendss() {
    for case in Case::all().into_iter().filter(Case::is_european) {
        let (feeder, state, _) = case.solve(case.behind_transformer(case.voltages_v["sourcebus"], Complex::ZERO));
        let powers_va: Vec<_> = case.loads.iter().map(|load| load.3).collect();
        let balance = feeder.balance(&state, &powers_va);
        assert!(balance.error_va().abs() < 1e-4, "{balance:?}");
        let rows = rows(&case.folder.join("elements.csv"));
        let high = rows.iter().find(|row| row["element"] == "Transformer.tr1").unwrap();
        let off = |found: f64, column: &str| (found / number(high, column) - 1.0).abs();
        assert!(off(balance.source_va.re / 1e3, "p_kw") < FLOWS);
        assert!(off(balance.source_va.im / 1e3, "q_kvar") < FLOWS);
        assert!(off(balance.head_loss_va.re / 1e3, "loss_kw") < FLOWS);
        // Its normal rating is 1.1 times the rated current of the high side; here the low side is the fuller
        // one.
        let loading = feeder.transformer_loading(&state).unwrap();
        let low_a = feeder.outgoing_current_a(&state).map(Complex::abs).into_iter().fold(0.0, f64::max);
        assert!((loading - low_a / (800e3 / 3.0_f64.sqrt() / 416.0)).abs() < 1e-12);
        let high_a = feeder.high_current_a(&state).unwrap().map(Complex::abs).into_iter().fold(0.0, f64::max);
        assert!(off(high_a, "i_max_a") < FLOWS);
    }
}
