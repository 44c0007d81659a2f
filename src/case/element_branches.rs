//! Lines, transformers and switches in SI units to branches in per unit.

use super::elements::Work;
use super::frame::Frame;
use super::problem::CaseError;
use super::transformer::Nameplate;
use crate::powerflow::limits::Rating;
use crate::powerflow::{Branch, Bus, BusKind, Element, ElementKind, Pi};

impl Work<'_> {
    /// Gives the end of a branch at which a switch is open a bus of its own, past all numbers in use.
    pub(super) fn open_switch(&mut self, frame: &Frame, row: usize) -> Result<(), CaseError> {
        let kind = match frame.text(row, "et") {
            "l" => ElementKind::Line,
            "t" => ElementKind::Transformer,
            "b" => return Ok(()),
            _ => return Err(frame.malformed(row, "et", "b, l or t")),
        };
        let place = self.place(frame, row, "bus")?;
        if frame.flag(row, "closed", true)? {
            return Ok(());
        }
        let (bus, element) = (self.case.grid.buses[place], frame.id(row, "element")?);
        let dangling = self.dangling(bus.base_kv, frame, row)?;
        self.open.insert((kind, element, bus.id), dangling);
        Ok(())
    }

    /// A new bus at which nothing stands.
    fn dangling(&mut self, base_kv: f64, frame: &Frame, row: usize) -> Result<u32, CaseError> {
        let last = self.places.last_key_value().map_or(0, |(&id, _)| id);
        let Some(id) = last.checked_add(1).filter(|&id| id != u32::MAX) else {
            return Err(frame.malformed(row, "bus", "numbers of buses below 4294967290"));
        };
        self.places.insert(id, self.case.grid.buses.len());
        self.case.grid.buses.push(Bus::bare(id, base_kv));
        self.case.bus_places.push(frame.place(row));
        Ok(id)
    }

    /// Adds the branch of a row.
    fn push(&mut self, branch: Branch, frame: &Frame, row: usize) {
        self.case.grid.branches.push(branch);
        self.case.branch_places.push(frame.place(row));
    }

    /// Where an end of a branch is: at its bus, or dangling because a switch is open there.
    fn end(&self, element: Element, bus: u32) -> u32 {
        self.open.get(&(element.kind, element.id, bus)).copied().unwrap_or(bus)
    }

    pub(super) fn line(&mut self, frame: &Frame, row: usize) -> Result<(), CaseError> {
        let element = Element { kind: ElementKind::Line, id: frame.id(row, "id")? };
        let (from_at, to_at) = (self.place(frame, row, "from_bus")?, self.place(frame, row, "to_bus")?);
        let closed = frame.flag(row, "in_service", true)?;
        let parallel = frame.positive_or(row, "parallel", 1.0)?;
        let model = self.line_model(frame, row, self.case.grid.buses[from_at].base_kv, parallel)?;
        let mut ends = [from_at, to_at];
        // A line in service whose other end is out of service still charges.
        let off = ends.map(|at| self.case.grid.buses[at].kind == BusKind::Off);
        for (end, is_off) in ends.iter_mut().zip(off) {
            if closed && is_off && off[0] != off[1] {
                self.dangling(self.case.grid.buses[*end].base_kv, frame, row)?;
                *end = self.case.grid.buses.len() - 1;
            }
        }
        let [from, to] = ends.map(|at| self.end(element, self.case.grid.buses[at].id));
        self.push(Branch { element, from, to, model, closed }, frame, row);
        if let Some(i_ka) = frame.optional(row, "max_i_ka")?.filter(|&i_ka| i_ka > 0.0) {
            let derating = frame.positive_or(row, "df", 1.0)?;
            self.case.ratings.push((element, Rating::line(i_ka * 1e3 * derating * parallel)));
        }
        Ok(())
    }

    fn line_model(&self, frame: &Frame, row: usize, base_kv: f64, parallel: f64) -> Result<Pi, CaseError> {
        let base_ohm = base_kv * base_kv / self.elements.s_base_mva;
        let length_km = frame.number(row, "length_km")?;
        let series = length_km / base_ohm / parallel;
        let shunt = length_km * base_ohm * parallel;
        let omega = 2.0 * core::f64::consts::PI * self.elements.f_hz;
        Ok(Pi {
            g_pu: frame.optional(row, "g_us_per_km")?.unwrap_or(0.0) * 1e-6 * shunt,
            b_pu: frame.optional(row, "c_nf_per_km")?.unwrap_or(0.0) * 1e-9 * omega * shunt,
            ..Pi::line(frame.number(row, "r_ohm_per_km")? * series, frame.number(row, "x_ohm_per_km")? * series)
        })
    }

    pub(super) fn transformer(&mut self, frame: &Frame, row: usize) -> Result<(), CaseError> {
        let element = Element { kind: ElementKind::Transformer, id: frame.id(row, "id")? };
        let (hv, lv) = (self.place(frame, row, "hv_bus")?, self.place(frame, row, "lv_bus")?);
        let (hv, lv) = (self.case.grid.buses[hv], self.case.grid.buses[lv]);
        let plate = Nameplate { frame, row };
        let model =
            plate.to_per_unit(hv.base_kv, lv.base_kv, self.elements.s_base_mva, self.elements.transformer_model)?;
        let closed = frame.flag(row, "in_service", true)?;
        let (from, to) = (self.end(element, hv.id), self.end(element, lv.id));
        self.push(Branch { element, from, to, model, closed }, frame, row);
        let units = frame.positive_or(row, "parallel", 1.0)? * frame.positive_or(row, "df", 1.0)?;
        let power_va = frame.number(row, "sn_mva")? * 1e6 * units;
        let (hv_kv, lv_kv) = (frame.number(row, "vn_hv_kv")?, frame.number(row, "vn_lv_kv")?);
        let rating = Rating::transformer(power_va, hv_kv * 1e3, lv_kv * 1e3);
        self.case.ratings.push((element, rating));
        Ok(())
    }

    pub(super) fn bus_switch(&mut self, frame: &Frame, row: usize) -> Result<(), CaseError> {
        if frame.text(row, "et") != "b" {
            return Ok(());
        }
        let element = Element { kind: ElementKind::Switch, id: frame.id(row, "id")? };
        let (from_at, to_at) = (self.place(frame, row, "bus")?, self.place(frame, row, "element")?);
        let (from, to) = (self.case.grid.buses[from_at], self.case.grid.buses[to_at]);
        let closed = frame.flag(row, "closed", true)?;
        let base_ohm = from.base_kv * from.base_kv / self.elements.s_base_mva;
        let impedance_pu = frame.optional(row, "z_ohm")?.unwrap_or(0.0).max(0.0) / base_ohm;
        // Shared between resistance and reactance at pandapower's ratio of two to one.
        let model = Pi::line(impedance_pu * 2.0 / 5.0_f64.sqrt(), impedance_pu / 5.0_f64.sqrt());
        self.push(Branch { element, from: from.id, to: to.id, model, closed }, frame, row);
        Ok(())
    }
}
