//! Who loses supply in an outage, and when and how it comes back.

use super::model::{Carried, Model};
use super::{Assumptions, Element, Outage, Sums};

/// How supply comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// From the substation, once the fault is isolated.
    Switching,
    /// Through the tie.
    Tie,
    /// After repair only.
    Repair,
}

/// A transformer area without supply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The area.
    pub area: u32,
    /// For how long, in s.
    pub out_s: u32,
    /// How supply comes back.
    pub back: Back,
    /// The area at the other end of the tie through which it does.
    pub host: Option<u32>,
}

/// What a tie takes over.
#[derive(Clone, Copy)]
struct Taken {
    /// The transformer from which on.
    from: u32,
    /// The unit that feeds it then.
    unit: u32,
    /// The area at the other end.
    host: u32,
}

/// What a network carries in normal operation, summed up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loads {
    /// Through the cable to each transformer.
    behind: Vec<Carried>,
    /// Through each unit.
    unit: Vec<Carried>,
}

impl Loads {
    /// Sums up what the areas of a network draw.
    pub fn of(model: &Model) -> Self {
        let mut behind: Vec<Carried> = model.areas.iter().map(|area| area.carried).collect();
        let mut unit = vec![Carried::default(); model.units.len()];
        for feeder in &model.feeders {
            for &row in model.in_order(feeder).iter().rev() {
                let load = behind[row as usize];
                match (model.ways[row as usize].from, feeder.unit) {
                    (Some(from), _) => behind[from as usize] += load,
                    (None, Some(of)) => unit[of as usize] += load,
                    (None, None) => {}
                }
            }
        }
        Self { behind, unit }
    }
}

impl Model {
    /// Who is without supply in an outage and for how long. Without `with_ties` all of them stay open.
    pub fn lost(&self, loads: &Loads, assumptions: &Assumptions, outage: Outage, with_ties: bool) -> Vec<Lost> {
        let cut = Cut { model: self, loads, assumptions, outage, with_ties };
        match outage.element {
            Element::Transformer(area) if (area as usize) < self.areas.len() => {
                vec![Lost { area, out_s: assumptions.lasts_s(outage), back: Back::Repair, host: None }]
            }
            Element::Cable(row) => self.ways.get(row as usize).map_or_else(Vec::new, |way| cut.cable(way.feeder, row)),
            Element::Head(feeder) => self.root(feeder).map_or_else(Vec::new, |root| cut.cable(feeder, root)),
            Element::Unit(unit) if (unit as usize) < self.units.len() => cut.unit(unit),
            Element::Transformer(_) | Element::Unit(_) => Vec::new(),
        }
    }

    /// What an outage amounts to, by district: the districts that it reaches, in order.
    pub fn sums(&self, lost: &[Lost], lasts_s: u32, with_islands: bool) -> Vec<(u16, Sums)> {
        let mut sums: Vec<(u16, Sums)> = Vec::new();
        for one in lost.iter().filter(|one| one.out_s > 0) {
            let area = &self.areas[one.area as usize];
            let of_area = Sums::of(area, one.out_s, lasts_s.max(one.out_s), with_islands);
            match sums.binary_search_by_key(&area.district, |(district, _)| *district) {
                Ok(at) => sums[at].1 += of_area,
                Err(at) => sums.insert(at, (area.district, of_area)),
            }
        }
        sums
    }
}

/// An outage under way.
struct Cut<'a> {
    model: &'a Model,
    loads: &'a Loads,
    assumptions: &'a Assumptions,
    outage: Outage,
    with_ties: bool,
}

impl Cut<'_> {
    /// A cable is out of service: the one to `to`.
    fn cable(&self, feeder: u32, to: u32) -> Vec<Lost> {
        let taken = self.taken_over(feeder, to, None, &[]);
        self.of_feeder(feeder, to, taken)
    }

    /// A unit is out of service. Feeders go over one by one, each seeing what those before it have brought with them.
    fn unit(&self, failed: u32) -> Vec<Lost> {
        let mut brought = vec![Carried::default(); self.model.units.len()];
        let mut lost = Vec::new();
        for &feeder in &self.model.units[failed as usize].feeders {
            let Some(root) = self.model.root(feeder) else { continue };
            let taken = self.taken_over(feeder, root, Some(failed), &brought);
            if let Some(Taken { from, unit, .. }) = taken {
                brought[unit as usize] += self.loads.behind[from as usize];
            }
            lost.extend(self.of_feeder(feeder, root, taken));
        }
        lost
    }

    /// Who of a feeder is without supply when the cable to `to` is cut, and the tie has taken over what is behind and
    /// at a transformer.
    fn of_feeder(&self, feeder: u32, to: u32, taken: Option<Taken>) -> Vec<Lost> {
        let model = self.model;
        let rows = model.in_order(&model.feeders[feeder as usize]);
        let first = model.feeders[feeder as usize].areas.start;
        let lasts_s = self.assumptions.lasts_s(self.outage);
        // Planned work is done after switching, which nobody notices.
        let wait_s = |seconds: u32| if self.outage.planned { 0 } else { seconds.min(lasts_s) };
        let mut state = vec![Back::Switching; rows.len()];
        for &row in rows {
            let from = model.ways[row as usize].from.map(|from| state[(from - first) as usize]);
            state[(row - first) as usize] = if taken.is_some_and(|taken| taken.from == row) {
                Back::Tie
            } else if row == to {
                Back::Repair
            } else {
                from.unwrap_or(Back::Switching)
            };
        }
        let out = |back: Back| match back {
            Back::Switching => wait_s(self.switching_s(feeder)),
            Back::Tie => wait_s(self.transfer_s(feeder)),
            Back::Repair => lasts_s,
        };
        let areas = model.feeders[feeder as usize].areas.clone();
        let host = |back: Back| taken.filter(|_| back == Back::Tie).map(|taken| taken.host);
        areas.zip(state).map(|(area, back)| Lost { area, out_s: out(back), back, host: host(back) }).collect()
    }

    fn switching_s(&self, feeder: u32) -> u32 {
        let automated = self.model.feeders[feeder as usize].automated;
        if automated { self.assumptions.automatic_s } else { self.assumptions.manual_s }
    }

    /// A tie is closed when the slower of its feeders is ready.
    fn transfer_s(&self, feeder: u32) -> u32 {
        let tie = self.model.feeders[feeder as usize].tie.map(|tie| self.model.ties[tie as usize]);
        let both = tie.map_or([feeder; 2], |tie| tie.feeders);
        both.map(|feeder| self.switching_s(feeder)).into_iter().max().unwrap_or(0)
    }

    /// From which transformer on the tie takes over when the cable to `to` is cut, and the partner's unit: as much as
    /// all cables and the unit carry.
    fn taken_over(&self, feeder: u32, to: u32, failed: Option<u32>, brought: &[Carried]) -> Option<Taken> {
        let (model, behind) = (self.model, &self.loads.behind);
        let tie = self.with_ties.then_some(model.feeders[feeder as usize].tie).flatten();
        let tie = model.ties[tie? as usize];
        let side = usize::from(tie.feeders[1] == feeder);
        let partner = &model.feeders[tie.feeders[1 - side] as usize];
        let unit = partner.unit.filter(|unit| Some(*unit) != failed)?;
        let host = tie.ends[1 - side];
        if model.areas.get(host as usize).is_some_and(|area| area.is_dark) {
            return None;
        }
        // From the tie's end back to the fault; what is behind the fault elsewhere has no other feed.
        let mut path: Vec<u32> = self.up(tie.ends[side]).collect();
        let at = path.iter().position(|&row| row == to)?;
        path.truncate(at + 1);
        let brought = brought.get(unit as usize).copied().unwrap_or_default();
        let same_unit = model.feeders[feeder as usize].unit == Some(unit);
        let carries = |place: usize| {
            let moved = behind[path[place] as usize];
            let fits = |load: Carried, rating_va: f64| load.va() <= rating_va;
            // On its own feeder it flows the other way.
            let backwards = |row: &u32| fits(moved - behind[*row as usize], model.ways[*row as usize].rating_va);
            let beside = |row: u32| fits(behind[row as usize] + moved, model.ways[row as usize].rating_va);
            let at_unit = self.loads.unit[unit as usize] + brought + moved;
            fits(moved, tie.rating_va)
                && path[..place].iter().all(backwards)
                && self.up(tie.ends[1 - side]).all(beside)
                // A unit that feeds both carries no more than before.
                && (same_unit || fits(at_unit, model.units[unit as usize].rating_va))
        };
        (0..path.len()).rev().find(|&place| carries(place)).map(|place| Taken { from: path[place], unit, host })
    }

    /// A transformer and all that its supply comes through.
    fn up(&self, from: u32) -> impl Iterator<Item = u32> {
        core::iter::successors(Some(from), |row| self.model.ways[*row as usize].from)
    }
}
