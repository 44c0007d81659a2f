//! A year of outages: as it is to be expected, and as it is drawn.

use super::books::{Means, Sums};
use super::model::Model;
use super::restore::Loads;
use super::{Assumptions, Cause, Element, Outage};
use crate::chance::{Purpose, Seed, draw};
use crate::parallel::Threads;

/// A year's outages by district and cause.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Year {
    /// By index of the district, then by cause.
    pub cells: Vec<[Means; Cause::ALL.len()]>,
}

impl Year {
    fn add(&mut self, other: &Self) {
        self.cells.resize(self.cells.len().max(other.cells.len()), Default::default());
        for (cell, more) in self.cells.iter_mut().flatten().zip(other.cells.iter().flatten()) {
            *cell += *more;
        }
    }

    fn book(&mut self, model: &Model, outage: Outage, sums: &[(u16, Sums)], times: f64) {
        self.cells.resize(model.districts, Default::default());
        for (at, (district, sums)) in sums.iter().enumerate() {
            // An outage counts once, where its first customers are.
            let outages = if at == 0 { times } else { 0.0 };
            self.cells[usize::from(*district)][outage.cause() as usize] += Means::of(sums, times, outages);
        }
    }

    /// Sum of a district.
    pub fn district(&self, district: usize) -> Means {
        sum(self.cells.get(district).into_iter().flatten())
    }

    /// Sum of a cause.
    pub fn cause(&self, cause: Cause) -> Means {
        sum(self.cells.iter().map(|cells| &cells[cause as usize]))
    }

    /// Sum of all.
    pub fn all(&self) -> Means {
        sum(self.cells.iter().flatten())
    }
}

fn sum<'a>(means: impl Iterator<Item = &'a Means>) -> Means {
    means.fold(Means::default(), |mut sum, more| {
        sum += *more;
        sum
    })
}

/// Which of the two aids are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aids {
    /// Whether ties are closed.
    pub ties: bool,
    /// Whether areas are carried as islands.
    pub islands: bool,
}

/// What every outage amounts to, by district.
pub fn each(model: &Model, assumptions: &Assumptions, aids: Aids, threads: Threads) -> Vec<(Outage, Vec<(u16, Sums)>)> {
    let loads = Loads::of(model);
    let outages = model.outages();
    let of = |out: &mut Vec<(Outage, Vec<(u16, Sums)>)>, outage: &Outage| {
        let lost = model.lost(&loads, assumptions, *outage, aids.ties);
        out.push((*outage, model.sums(&lost, assumptions.lasts_s(*outage), aids.islands)));
    };
    threads.parts(&outages, of).into_iter().flatten().collect()
}

/// The year that is to be expected: of every outage, how often it comes times what it amounts to.
pub fn expected(model: &Model, assumptions: &Assumptions, outages: &[(Outage, Vec<(u16, Sums)>)]) -> Year {
    let mut year = Year { cells: vec![Default::default(); model.districts] };
    for (outage, sums) in outages {
        year.book(model, *outage, sums, assumptions.per_year(model, *outage));
    }
    year
}

/// A year as it is drawn: how often each outage comes is a Poisson number, addressed by seed, element and year, so that
/// nothing changes with the order or with other elements.
pub fn drawn(
    model: &Model,
    assumptions: &Assumptions,
    outages: &[(Outage, Vec<(u16, Sums)>)],
    (seed, number): (Seed, u32),
    threads: Threads,
) -> Year {
    let of = |year: &mut Year, (outage, sums): &(Outage, Vec<(u16, Sums)>)| {
        let times = times(seed, number, *outage, assumptions.per_year(model, *outage));
        if times > 0 {
            year.book(model, *outage, sums, f64::from(times));
        }
    };
    let mut year = Year { cells: vec![Default::default(); model.districts] };
    threads.parts(outages, of).iter().for_each(|part| year.add(part));
    year
}

/// How often an outage comes in a year: as many exponential waits as fit.
fn times(seed: Seed, year: u32, outage: Outage, per_year: f64) -> u32 {
    if per_year <= 0.0 {
        return 0;
    }
    let mut draw = draw(seed, Purpose::Outage, outage.element.row(), address(year, outage));
    let (mut at, mut times) = (draw.exponential(1.0 / per_year), 0);
    while at < 1.0 {
        times += 1;
        at += draw.exponential(1.0 / per_year);
    }
    times
}

/// Where an outage's draws of a year are, beside its element's row.
pub(super) const fn address(year: u32, outage: Outage) -> u32 {
    let kind = match outage.element {
        Element::Cable(_) => 0,
        Element::Head(_) => 1,
        Element::Transformer(_) => 2,
        Element::Unit(_) => 3,
    };
    year * 8 + kind * 2 + outage.planned as u32
}
