//! Tables of elements in SI units, with the columns of pandapower, to a network in per unit.

use super::Case;
use super::frame::Frame;
use super::problem::{CaseError, CaseErrors, CaseProblem};
use super::transformer::TransformerModel;
use crate::powerflow::{Bus, BusKind, Complex, ElementKind, Grid};
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of tables that are read.
pub(super) const KINDS: [&str; 9] = ["bus", "ext_grid", "line", "trafo", "switch", "load", "sgen", "storage", "shunt"];

/// Kinds of tables whose elements this model has no place for.
pub(super) const UNSUPPORTED: [&str; 20] = [
    "gen",
    "trafo3w",
    "impedance",
    "ward",
    "xward",
    "dcline",
    "motor",
    "asymmetric_load",
    "asymmetric_sgen",
    "svc",
    "ssc",
    "tcsc",
    "vsc",
    "line_dc",
    "load_dc",
    "source_dc",
    "bi_vsc",
    "vsc_bipolar",
    "vsc_stacked",
    "b2b_vsc",
];

/// Frequency in Hz where none is given.
pub(super) const F_HZ: f64 = 50.0;

/// A network as tables of elements.
pub(super) struct Elements {
    pub(super) name: String,
    pub(super) s_base_mva: f64,
    pub(super) f_hz: f64,
    pub(super) transformer_model: TransformerModel,
    /// Tables by kind; one that is not there has no rows.
    pub(super) frames: BTreeMap<String, Frame>,
}

/// The network as it grows.
pub(super) struct Work<'a> {
    pub(super) elements: &'a Elements,
    pub(super) case: Case,
    /// Place of each bus in the list by its number.
    pub(super) places: BTreeMap<u32, usize>,
    /// Buses at which a switch is open, by kind of the branch there and its number: the place of its dangling
    /// end.
    pub(super) open: BTreeMap<(ElementKind, u32, u32), u32>,
    /// Loads and the like by kind and number.
    named: BTreeSet<(&'static str, u32)>,
    /// What is wrong with rows.
    errors: CaseErrors,
}

/// Makes per unit of tables of elements.
pub(super) fn to_per_unit(elements: &Elements) -> Result<Case, CaseErrors> {
    let name = elements.name.clone();
    let grid = Grid { name, s_base_va: elements.s_base_mva * 1e6, buses: Vec::new(), branches: Vec::new() };
    let case = Case { grid, ratings: Vec::new(), bus_places: Vec::new(), branch_places: Vec::new() };
    let errors = CaseErrors::default();
    let mut work =
        Work { elements, case, places: BTreeMap::new(), open: BTreeMap::new(), named: BTreeSet::new(), errors };
    for kind in UNSUPPORTED {
        work.each(kind, |_, frame, row| refuse(kind, frame, row));
    }
    work.each("bus", Work::bus);
    if work.places.len() < work.frame("bus").len() {
        // Which rows name a bus that is there cannot be told.
        return work.errors.or(work.case);
    }
    work.each("ext_grid", Work::supply);
    for (kind, sign) in [("load", 1.0), ("sgen", -1.0), ("storage", 1.0)] {
        work.each(kind, |work, frame, row| {
            work.once(kind, frame, row)?;
            work.power(frame, row, sign)
        });
    }
    work.each("shunt", Work::shunt);
    work.each("switch", Work::open_switch);
    work.each("line", Work::line);
    work.each("trafo", Work::transformer);
    work.each("switch", Work::bus_switch);
    work.errors.or(work.case)
}

/// Refuses an element in service of a kind that this model has no place for.
fn refuse(kind: &str, frame: &Frame, row: usize) -> Result<(), CaseError> {
    if !frame.flag(row, "in_service", true)? {
        return Ok(());
    }
    let wanted = "only buses, lines, two-winding transformers, switches, loads, static generators, storage units, \
                  shunts and one external grid";
    let problem = CaseProblem::Unsupported { found: kind.to_owned(), wanted };
    Err(frame.error(row, "in_service", problem))
}

impl<'a> Work<'a> {
    pub(super) fn frame(&self, kind: &str) -> &'a Frame {
        static NO_ROWS: std::sync::LazyLock<Frame> = std::sync::LazyLock::new(Frame::default);
        self.elements.frames.get(kind).unwrap_or(&NO_ROWS)
    }

    /// Reads every row of a table, and keeps what is wrong with some.
    fn each(&mut self, kind: &str, read: impl Fn(&mut Self, &'a Frame, usize) -> Result<(), CaseError>) {
        let frame = self.frame(kind);
        for row in 0..frame.len() {
            let read = read(self, frame, row);
            self.errors.take(read);
        }
    }

    fn bus(&mut self, frame: &Frame, row: usize) -> Result<(), CaseError> {
        let (id, at) = (frame.id(row, "id")?, self.case.grid.buses.len());
        if self.places.contains_key(&id) {
            return Err(frame.malformed(row, "id", "each number once"));
        }
        // Whatever else is wrong with it, it is a bus that others may name.
        self.places.insert(id, at);
        self.case.grid.buses.push(Bus::bare(id, 1.0));
        self.case.bus_places.push(frame.place(row));
        self.case.grid.buses[at].base_kv = frame.positive(row, "vn_kv")?;
        if !frame.flag(row, "in_service", true)? {
            self.case.grid.buses[at].kind = BusKind::Off;
        }
        Ok(())
    }

    /// Place of the bus that a cell names.
    pub(super) fn place(&self, frame: &Frame, row: usize, column: &str) -> Result<usize, CaseError> {
        let id = frame.id(row, column)?;
        self.places.get(&id).copied().ok_or_else(|| frame.malformed(row, column, "the number of a bus"))
    }

    fn supply(&mut self, frame: &Frame, row: usize) -> Result<(), CaseError> {
        let place = self.place(frame, row, "bus")?;
        let bus = self.case.grid.buses[place];
        if !frame.flag(row, "in_service", true)? || bus.kind == BusKind::Off {
            return Ok(());
        }
        if matches!(bus.kind, BusKind::Slack { .. }) {
            return Err(frame.malformed(row, "bus", "one external grid at a bus"));
        }
        let v_pu = frame.positive(row, "vm_pu")?;
        let angle_deg = frame.optional(row, "va_degree")?.unwrap_or(0.0);
        self.case.grid.buses[place].kind = BusKind::Slack { v_pu, angle_deg };
        Ok(())
    }

    /// Refuses a second row of a number, which would count twice; rows need not have one.
    fn once(&mut self, kind: &'static str, frame: &Frame, row: usize) -> Result<(), CaseError> {
        if frame.optional(row, "id")?.is_none() {
            return Ok(());
        }
        let is_new = self.named.insert((kind, frame.id(row, "id")?));
        if is_new { Ok(()) } else { Err(frame.malformed(row, "id", "each number once")) }
    }

    fn power(&mut self, frame: &Frame, row: usize, sign: f64) -> Result<(), CaseError> {
        let place = self.place(frame, row, "bus")?;
        if !frame.flag(row, "in_service", true)? {
            return Ok(());
        }
        let parts = Parts::read(frame, row)?;
        let scaling = frame.optional(row, "scaling")?.unwrap_or(1.0) * sign / self.elements.s_base_mva;
        let p_mw = frame.number(row, "p_mw")?;
        let q_mvar = frame.optional(row, "q_mvar")?.unwrap_or(0.0);
        let bus = &mut self.case.grid.buses[place];
        let power = Complex::new(p_mw, q_mvar).scale(scaling);
        bus.p_pu += power.re * parts.power.re;
        bus.q_pu += power.im * parts.power.im;
        bus.steady_current += Complex::new(power.re * parts.current.re, power.im * parts.current.im);
        bus.steady_impedance += Complex::new(power.re * parts.impedance.re, power.im * parts.impedance.im);
        Ok(())
    }

    fn shunt(&mut self, frame: &Frame, row: usize) -> Result<(), CaseError> {
        let place = self.place(frame, row, "bus")?;
        if !frame.flag(row, "in_service", true)? {
            return Ok(());
        }
        let base_kv = self.case.grid.buses[place].base_kv;
        let rated_kv = frame.positive_or(row, "vn_kv", base_kv)?;
        let steps = frame.optional(row, "step")?.unwrap_or(1.0);
        let scale = steps * (base_kv / rated_kv) * (base_kv / rated_kv) / self.elements.s_base_mva;
        let p_mw = frame.optional(row, "p_mw")?.unwrap_or(0.0);
        let q_mvar = frame.number(row, "q_mvar")?;
        let bus = &mut self.case.grid.buses[place];
        bus.g_pu += p_mw * scale;
        bus.b_pu -= q_mvar * scale;
        Ok(())
    }
}

/// What shares of a load keep their power, their current and their impedance: active power as the real part,
/// reactive power as the imaginary one.
struct Parts {
    power: Complex,
    current: Complex,
    impedance: Complex,
}

impl Parts {
    /// Reads shares in percent, those of active and reactive power together or apart.
    ///
    /// They are those of the load itself. Where several loads stand at one bus, pandapower takes the plain
    /// mean of their shares for all that stands there.
    fn read(frame: &Frame, row: usize) -> Result<Self, CaseError> {
        let share = |kind: &str, of: &str| -> Result<f64, CaseError> {
            let (own, both) = (format!("const_{kind}_{of}_percent"), format!("const_{kind}_percent"));
            let column = if frame.has(&own) { own } else { both };
            let percent = frame.optional(row, &column)?.unwrap_or(0.0);
            if (0.0..=100.0).contains(&percent) {
                Ok(percent / 100.0)
            } else {
                Err(frame.malformed(row, &column, "a share in percent, 0 to 100"))
            }
        };
        let shares = |kind| Ok(Complex::new(share(kind, "p")?, share(kind, "q")?));
        let (current, impedance): (Complex, Complex) = (shares("i")?, shares("z")?);
        let power = Complex::new(1.0, 1.0) - current - impedance;
        // A little less than nothing is rounding.
        if power.re < -1e-9 || power.im < -1e-9 {
            let column = if frame.has("const_i_p_percent") { "const_i_p_percent" } else { "const_i_percent" };
            return Err(frame.malformed(row, column, "no more than 100 together with constant impedance"));
        }
        Ok(Self { power, current, impedance })
    }
}
