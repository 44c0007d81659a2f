//! From a described network to arrays in breadth-first order, with every flaw named.

use super::complex::Matrix3;
use super::error::{BuildError, Flaw};
use super::load::Law;
use super::network::{Connection, Head, Line, Load, Network, Phase};
use crate::powerflow::Complex;
use std::collections::BTreeMap;

/// A load's share at one node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) position: u32,
    pub(super) phase: u8,
    pub(super) load: u32,
    pub(super) share: f64,
}

/// A radial feeder ready to be solved.
///
/// Buses are numbered by position: 0 is the head, and each comes after the one that feeds it. The line that
/// feeds a bus goes by the position of that bus. Buses that no line connects to the head have no position;
/// they may carry no load.
#[derive(Clone, Debug, PartialEq)]
pub struct Feeder {
    pub(super) name: String,
    pub(super) head: Head,
    pub(super) base_v: f64,
    pub(super) no_load_s: Complex,
    /// By position: name of the bus, position of the bus that feeds it, and impedance of the line in between;
    /// for the head itself 0 and the impedance of transformer and source.
    pub(super) buses: Vec<String>,
    pub(super) parents: Vec<u32>,
    pub(super) series_ohm: Vec<Matrix3>,
    /// By position; nothing and infinity for the head.
    pub(super) lines: Vec<String>,
    pub(super) rated_a: Vec<f64>,
    /// Half the shunt admittance of each line that has one, by rising position.
    pub(super) shunts: Vec<(u32, Matrix3)>,
    /// By position.
    pub(super) parts: Vec<Part>,
    /// By load, in the order of the network.
    pub(super) laws: Vec<Law>,
    pub(super) loads: Vec<String>,
    positions: BTreeMap<String, u32>,
}

impl Feeder {
    /// Name of the network.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names of buses by position.
    pub fn buses(&self) -> &[String] {
        &self.buses
    }

    /// Position of a bus, if it is connected to the head.
    pub fn position(&self, bus: &str) -> Option<usize> {
        self.positions.get(bus).map(|&position| position as usize)
    }

    /// Position of the bus that feeds the bus at a position; `None` for the head.
    pub fn parent(&self, position: usize) -> Option<usize> {
        (position > 0).then(|| self.parents[position] as usize)
    }

    /// Name of the line that feeds the bus at a position; empty for the head.
    pub fn line(&self, position: usize) -> &str {
        &self.lines[position]
    }

    /// How many loads there are, and so how many powers a solve takes.
    pub const fn load_count(&self) -> usize {
        self.laws.len()
    }
}

impl Network {
    /// Checks the network and lays it out for solving.
    ///
    /// # Errors
    /// The first [`Flaw`] found: a number out of range, a name used twice, a bus that does not exist, a loop,
    /// a line without impedance, or a load that is not connected to the head.
    pub fn build(&self) -> Result<Feeder, BuildError> {
        self.lay_out().map_err(|flaw| BuildError { network: self.name.clone(), flaw })
    }

    fn lay_out(&self) -> Result<Feeder, Flaw> {
        check_head(&self.head)?;
        let ids = unique("bus", self.buses.iter().map(String::as_str))?;
        unique("line", self.lines.iter().map(|line| line.name.as_str()))?;
        unique("load", self.loads.iter().map(|load| load.name.as_str()))?;
        let find = |element: String, bus: &str| {
            ids.get(bus).copied().ok_or_else(|| Flaw::UnknownBus { element, bus: bus.to_owned() })
        };
        let start = find("the head".to_owned(), self.head.bus())?;
        let mut ends = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            check_line(line)?;
            let element = || format!("line {}", line.name);
            ends.push((find(element(), &line.from)?, find(element(), &line.to)?));
        }
        self.refuse_loops(&ends)?;
        let mut feeder = self.walk(start, &ends);
        for (i, load) in self.loads.iter().enumerate() {
            check_load(load)?;
            find(format!("load {}", load.name), &load.bus)?;
            let position = feeder
                .positions
                .get(&load.bus)
                .copied()
                .ok_or_else(|| Flaw::DisconnectedLoad { load: load.name.clone(), bus: load.bus.clone() })?;
            feeder.attach(i as u32, load, position);
        }
        feeder.parts.sort_by_key(|part| (part.position, part.phase, part.load));
        Ok(feeder)
    }

    /// Joins the ends of each line in turn; a line whose ends are joined already closes a loop.
    fn refuse_loops(&self, ends: &[(usize, usize)]) -> Result<(), Flaw> {
        let mut group: Vec<usize> = (0..self.buses.len()).collect();
        for (line, &(from, to)) in self.lines.iter().zip(ends) {
            let (a, b) = (root(&mut group, from), root(&mut group, to));
            if a == b {
                return Err(Flaw::Loop { line: line.name.clone() });
            }
            group[a.max(b)] = a.min(b);
        }
        Ok(())
    }

    /// Numbers what the head reaches, nearest first, neighbours in the order of their lines.
    fn walk(&self, start: usize, ends: &[(usize, usize)]) -> Feeder {
        let mut neighbours = vec![Vec::new(); self.buses.len()];
        for (line, &(from, to)) in ends.iter().enumerate() {
            neighbours[from].push((line, to));
            neighbours[to].push((line, from));
        }
        let mut feeder = self.head_alone();
        let mut queue = vec![(start, usize::MAX)];
        let mut next = 0;
        while let Some(&(bus, by)) = queue.get(next) {
            for &(line, other) in neighbours[bus].iter().filter(|(line, _)| *line != by) {
                let Line { name, series_ohm, shunt_s, rated_a, .. } = &self.lines[line];
                if *shunt_s != Matrix3::default() {
                    feeder.shunts.push((queue.len() as u32, shunt_s.scale(0.5)));
                }
                feeder.positions.insert(self.buses[other].clone(), queue.len() as u32);
                feeder.buses.push(self.buses[other].clone());
                feeder.parents.push(next as u32);
                feeder.series_ohm.push(*series_ohm);
                feeder.lines.push(name.clone());
                feeder.rated_a.push(*rated_a);
                queue.push((other, line));
            }
            next += 1;
        }
        feeder
    }

    /// A feeder of nothing but its head.
    fn head_alone(&self) -> Feeder {
        let (series_ohm, no_load_s) = match &self.head {
            Head::Busbar { .. } => (Matrix3::default(), Complex::ZERO),
            Head::Transformer { unit, source_ohm, .. } => (unit.series_ohm(*source_ohm), unit.no_load_s()),
        };
        let bus = self.head.bus().to_owned();
        Feeder {
            name: self.name.clone(),
            base_v: self.head.nominal_v(),
            head: self.head.clone(),
            no_load_s,
            positions: BTreeMap::from([(bus.clone(), 0)]),
            buses: vec![bus],
            parents: vec![0],
            series_ohm: vec![series_ohm],
            lines: vec![String::new()],
            rated_a: vec![f64::INFINITY],
            shunts: Vec::new(),
            parts: Vec::new(),
            laws: Vec::new(),
            loads: Vec::new(),
        }
    }
}

impl Feeder {
    fn attach(&mut self, load: u32, described: &Load, position: u32) {
        let (phases, share) = match described.connection {
            Connection::Single(phase) => (vec![phase], 1.0),
            Connection::Three => (Phase::ALL.to_vec(), 1.0 / 3.0),
        };
        self.parts.extend(phases.into_iter().map(|phase| Part { position, phase: phase.index() as u8, load, share }));
        self.laws.push(Law::new(&described.limits));
        self.loads.push(described.name.clone());
    }
}

/// The representative of a bus's group, with the way to it shortened.
fn root(group: &mut [usize], mut bus: usize) -> usize {
    while group[bus] != bus {
        group[bus] = group[group[bus]];
        bus = group[bus];
    }
    bus
}

/// Place of each name, or the first that comes twice.
fn unique<'a>(kind: &'static str, names: impl Iterator<Item = &'a str>) -> Result<BTreeMap<&'a str, usize>, Flaw> {
    let mut ids = BTreeMap::new();
    for (i, name) in names.enumerate() {
        if ids.insert(name, i).is_some() {
            return Err(Flaw::Duplicate { kind, name: name.to_owned() });
        }
    }
    Ok(ids)
}

fn out_of_range(element: String, quantity: &'static str) -> Flaw {
    Flaw::OutOfRange { element, quantity }
}

fn check_head(head: &Head) -> Result<(), Flaw> {
    let element = || "the head".to_owned();
    if !head.source_v().iter().all(|v| v.is_finite()) {
        return Err(out_of_range(element(), "voltage"));
    }
    match head {
        Head::Busbar { nominal_v, .. } if !(nominal_v.is_finite() && *nominal_v > 0.0) => {
            Err(out_of_range(element(), "nominal voltage"))
        }
        Head::Busbar { .. } => Ok(()),
        Head::Transformer { unit, source_ohm, .. } => {
            if let Some(quantity) = unit.flaw() {
                return Err(out_of_range("the transformer".to_owned(), quantity));
            }
            if unit.r == 0.0 && unit.x == 0.0 {
                return Err(Flaw::ZeroImpedance { element: "the transformer".to_owned() });
            }
            if source_ohm.is_finite() { Ok(()) } else { Err(out_of_range(element(), "impedance")) }
        }
    }
}

fn check_line(line: &Line) -> Result<(), Flaw> {
    let element = || format!("line {}", line.name);
    if !line.series_ohm.is_finite() {
        return Err(out_of_range(element(), "impedance"));
    }
    if !line.shunt_s.is_finite() {
        return Err(out_of_range(element(), "shunt admittance"));
    }
    if (0..3).any(|k| line.series_ohm.0[k][k] == Complex::ZERO) {
        return Err(Flaw::ZeroImpedance { element: element() });
    }
    if line.rated_a > 0.0 { Ok(()) } else { Err(out_of_range(element(), "rated current")) }
}

fn check_load(load: &Load) -> Result<(), Flaw> {
    if load.limits.usable() { Ok(()) } else { Err(out_of_range(format!("load {}", load.name), "voltage limits")) }
}
