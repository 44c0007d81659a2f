//! From the matrices of a MATPOWER case to a network.

use super::Case;
use super::matpower_text::{Matrix, Names};
use super::problem::{CaseError, CaseErrors, CaseProblem, Place};
use crate::powerflow::limits::Rating;
use crate::powerflow::{Branch, Bus, BusKind, Element, ElementKind, Grid, Pi};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows of a matrix, whose cells are read with errors that say where.
struct Rows<'a> {
    file: &'a str,
    matrix: &'a Matrix,
}

impl Rows<'_> {
    fn error(&self, row: usize, column: usize, wanted: &'static str) -> CaseError {
        let (line, numbers) = &self.matrix[row];
        let column_name = Some(format!("{}", column + 1));
        let problem = match numbers.get(column) {
            Some(found) => CaseProblem::Malformed { found: found.to_string(), wanted },
            None => CaseProblem::Missing { wanted },
        };
        let field = Some(column as u64 + 1);
        CaseError { file: self.file.into(), line: Some(*line), column: column_name, field, problem }
    }

    /// A finite number, by its column from 0.
    fn number(&self, row: usize, column: usize) -> Result<f64, CaseError> {
        let found = self.matrix[row].1.get(column).copied().filter(|number| number.is_finite());
        found.ok_or_else(|| self.error(row, column, "a finite number"))
    }

    /// The number of a bus, or of a type.
    fn id(&self, row: usize, column: usize) -> Result<u32, CaseError> {
        let number = self.number(row, column)?;
        let id = number as u32;
        if f64::from(id) == number && id != u32::MAX {
            Ok(id)
        } else {
            Err(self.error(row, column, "a whole number from 0 to 4294967294"))
        }
    }
}

/// Makes a network of the matrices of a case.
pub(super) fn to_grid(file: &str, name: &str, s_base_mva: f64, names: &Names) -> Result<Case, CaseErrors> {
    let matrix = |field, wanted| {
        let missing = || CaseError::of_file(file, CaseProblem::Missing { wanted });
        names.matrices.get(field).map(|matrix| Rows { file, matrix }).ok_or_else(missing)
    };
    let bus = matrix("bus", "`mpc.bus = [...]`")?;
    let branch = matrix("branch", "`mpc.branch = [...]`")?;
    let none = Matrix::new();
    let generator = Rows { file, matrix: names.matrices.get("gen").unwrap_or(&none) };
    let mut errors = CaseErrors::default();
    let read = (0..bus.matrix.len()).filter_map(|row| errors.take(read_bus(&bus, row, s_base_mva)));
    let mut buses: Vec<Bus> = read.collect();
    if errors.is_empty() {
        for row in 0..generator.matrix.len() {
            errors.take(place_generator(&bus, &generator, row, &mut buses, s_base_mva));
        }
    }
    let (mut branches, mut ratings) = (Vec::new(), Vec::new());
    let base_v: BTreeMap<u32, f64> = buses.iter().map(|bus| (bus.id, bus.base_kv * 1e3)).collect();
    for row in 0..branch.matrix.len() {
        let Some(read) = errors.take(read_branch(&branch, row)) else { continue };
        let rate_mva = branch.matrix[row].1.get(5).copied().unwrap_or(0.0);
        let ends = base_v.get(&read.from).zip(base_v.get(&read.to)).filter(|_| rate_mva > 0.0);
        if let Some((&from_v, &to_v)) = ends {
            ratings.push((read.element, Rating::transformer(rate_mva * 1e6, from_v, to_v)));
        }
        branches.push(read);
    }
    let name = if name.is_empty() { file } else { name }.to_owned();
    let file: Arc<str> = file.into();
    let places = |matrix: &Matrix| -> Vec<Place> {
        matrix.iter().map(|(line, _)| Place { file: Arc::clone(&file), line: *line }).collect()
    };
    let (bus_places, branch_places) = (places(bus.matrix), places(branch.matrix));
    let grid = Grid { name, s_base_va: s_base_mva * 1e6, buses, branches };
    errors.or(Case { grid, ratings, bus_places, branch_places })
}

fn read_bus(rows: &Rows<'_>, row: usize, s_base_mva: f64) -> Result<Bus, CaseError> {
    let kind = match rows.id(row, 1)? {
        1 | 2 => BusKind::Load,
        3 => BusKind::Slack { v_pu: rows.number(row, 7)?, angle_deg: rows.number(row, 8)? },
        4 => BusKind::Off,
        _ => return Err(rows.error(row, 1, "1 load, 2 generator, 3 slack or 4 out of service")),
    };
    let base_kv = rows.number(row, 9)?;
    if base_kv < 0.0 {
        return Err(rows.error(row, 9, "a base voltage in kV above zero"));
    }
    // Some cases leave it out where nothing depends on it.
    let base_kv = if base_kv == 0.0 { 1.0 } else { base_kv };
    Ok(Bus {
        kind,
        p_pu: rows.number(row, 2)? / s_base_mva,
        q_pu: rows.number(row, 3)? / s_base_mva,
        g_pu: rows.number(row, 4)? / s_base_mva,
        b_pu: rows.number(row, 5)? / s_base_mva,
        ..Bus::bare(rows.id(row, 0)?, base_kv)
    })
}

/// Puts a generator at its bus.
fn place_generator(
    bus: &Rows<'_>,
    rows: &Rows<'_>,
    row: usize,
    buses: &mut [Bus],
    s_base_mva: f64,
) -> Result<(), CaseError> {
    if rows.number(row, 7)? <= 0.0 {
        return Ok(());
    }
    let id = rows.id(row, 0)?;
    let Some(at) = buses.iter().position(|bus| bus.id == id) else {
        return Err(rows.error(row, 0, "the number of a bus"));
    };
    if bus.id(at, 1)? == 2 {
        let found = format!("generator at bus {id}, which holds its voltage,");
        let wanted = "make the bus a load (type 1), or take the generator out of service";
        let line = rows.matrix[row].0;
        return Err(CaseError::of_line(rows.file, line, CaseProblem::Unsupported { found, wanted }));
    }
    let (p_mw, q_mvar, voltage) = (rows.number(row, 1)?, rows.number(row, 2)?, rows.number(row, 5)?);
    match &mut buses[at].kind {
        BusKind::Slack { v_pu, .. } => *v_pu = voltage,
        BusKind::Load => {
            buses[at].p_pu -= p_mw / s_base_mva;
            buses[at].q_pu -= q_mvar / s_base_mva;
        }
        BusKind::Off => {}
    }
    Ok(())
}

fn read_branch(rows: &Rows<'_>, row: usize) -> Result<Branch, CaseError> {
    let ratio = rows.number(row, 8)?;
    Ok(Branch {
        element: Element { kind: ElementKind::Branch, id: row as u32 + 1 },
        from: rows.id(row, 0)?,
        to: rows.id(row, 1)?,
        model: Pi {
            r_pu: rows.number(row, 2)?,
            x_pu: rows.number(row, 3)?,
            g_pu: 0.0,
            b_pu: rows.number(row, 4)?,
            ratio: if ratio == 0.0 { 1.0 } else { ratio },
            shift_deg: rows.number(row, 9)?,
        },
        closed: rows.number(row, 10)? > 0.0,
    })
}
