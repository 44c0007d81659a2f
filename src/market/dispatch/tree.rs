//! The room that transformers, feeders and substations leave for a change of load.

use super::offer::{Direction, Offer, Request};

/// A level of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Distribution transformers (台区).
    Transformer,
    /// 10 kV feeders.
    Feeder,
    /// 110 kV substations.
    Substation,
}

impl Level {
    /// All levels, from below.
    pub const ALL: [Self; 3] = [Self::Transformer, Self::Feeder, Self::Substation];
}

/// How far the net power of an element may move either way before it meets a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// How far it may fall, in W; negative by as much as it is already below its limit for reverse flow.
    pub fall_w: i64,
    /// How far it may rise, in W; negative by as much as it is already overloaded.
    pub rise_w: i64,
}

impl Room {
    /// No limit.
    pub const FREE: Self = Self { fall_w: i64::MAX, rise_w: i64::MAX };

    /// The room of an element with net power `net_w` that is to stay within `lowest_w..=highest_w`.
    ///
    /// `lowest_w` is negative where reverse flow is allowed.
    pub const fn of(net_w: i64, lowest_w: i64, highest_w: i64) -> Self {
        Self { fall_w: net_w.saturating_sub(lowest_w), rise_w: highest_w.saturating_sub(net_w) }
    }

    const fn signed_w(self, direction: Direction) -> i64 {
        match direction {
            Direction::Reduce => self.fall_w,
            Direction::Raise => self.rise_w,
        }
    }

    /// How much may be called behind the element, in W: nothing if that would make an overload worse.
    pub fn room_w(self, direction: Direction) -> i64 {
        self.signed_w(direction).max(0)
    }

    /// How much should be called behind the element to lift an overload the other way, in W.
    ///
    /// A transformer 50 kW above its rating has a relief of 50 kW when load is reduced.
    pub fn relief_w(self, direction: Direction) -> i64 {
        self.signed_w(direction.other()).saturating_neg().max(0)
    }
}

/// Why rows do not make a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTree {
    /// A transformer names a feeder that does not exist.
    #[error("transformer {transformer} hangs on feeder {feeder}, of {feeders}")]
    NoFeeder {
        /// Row of the transformer.
        transformer: usize,
        /// The row it names.
        feeder: u32,
        /// How many feeders there are.
        feeders: usize,
    },
    /// A feeder names a substation that does not exist.
    #[error("feeder {feeder} hangs on substation {substation}, of {substations}")]
    NoSubstation {
        /// Row of the feeder.
        feeder: usize,
        /// The row it names.
        substation: u32,
        /// How many substations there are.
        substations: usize,
    },
}

/// The electrical tree as dispatch sees it: who hangs on whom, and the room of each element.
///
/// It is built once; before each dispatch the engine writes the room through [`Grid::rooms_mut`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    feeder_of: Vec<u32>,
    substation_of: Vec<u32>,
    rooms: [Vec<Room>; 3],
}

impl Grid {
    /// A tree without limits, from the feeder of each transformer and the substation of each feeder.
    ///
    /// # Errors
    /// When a row names a parent that does not exist.
    pub fn new(feeder_of: Vec<u32>, substation_of: Vec<u32>, substations: usize) -> Result<Self, BadTree> {
        let feeders = substation_of.len();
        if let Some((transformer, &feeder)) = feeder_of.iter().enumerate().find(|(_, f)| **f as usize >= feeders) {
            return Err(BadTree::NoFeeder { transformer, feeder, feeders });
        }
        if let Some((feeder, &substation)) = substation_of.iter().enumerate().find(|(_, s)| **s as usize >= substations)
        {
            return Err(BadTree::NoSubstation { feeder, substation, substations });
        }
        let rooms = [feeder_of.len(), feeders, substations].map(|n| vec![Room::FREE; n]);
        Ok(Self { feeder_of, substation_of, rooms })
    }

    /// The room of each element of a level, by row.
    pub fn rooms(&self, level: Level) -> &[Room] {
        &self.rooms[level as usize]
    }

    /// The room of each element of a level, by row, to be written.
    pub fn rooms_mut(&mut self, level: Level) -> &mut [Room] {
        &mut self.rooms[level as usize]
    }

    /// Row of the element above an element of a level; of a substation, its own.
    pub fn parent(&self, level: Level, row: usize) -> usize {
        match level {
            Level::Transformer => self.feeder_of[row] as usize,
            Level::Feeder => self.substation_of[row] as usize,
            Level::Substation => row,
        }
    }

    /// Rows of the transformer, the feeder and the substation above a node; `None` for a node outside the tree.
    pub fn path(&self, node: u32) -> Option<[usize; 3]> {
        let feeder = *self.feeder_of.get(node as usize)?;
        Some([node as usize, feeder as usize, self.substation_of[feeder as usize] as usize])
    }

    /// The most of a request that the tree lets through, in W: what any tree-limited dispatch places.
    ///
    /// Summed from below: an element passes the lesser of its room and of what those behind it pass. For a tree this
    /// is the maximum flow, because an element's room is used by nobody but those behind it. Offers at a node outside
    /// the tree count for nothing.
    pub fn most_w(&self, request: &Request, offers: &[Offer]) -> i64 {
        let mut sums: [Vec<i128>; 3] = core::array::from_fn(|level| vec![0; self.rooms[level].len()]);
        for offer in offers {
            if let Some(sum) = sums[0].get_mut(offer.node as usize) {
                *sum += i128::from(offer.within_w(request));
            }
        }
        let passed =
            |level: usize, row: usize, sum: i128| sum.min(i128::from(self.rooms[level][row].room_w(request.direction)));
        for (row, &feeder) in self.feeder_of.iter().enumerate() {
            sums[1][feeder as usize] += passed(0, row, sums[0][row]);
        }
        for (row, &substation) in self.substation_of.iter().enumerate() {
            sums[2][substation as usize] += passed(1, row, sums[1][row]);
        }
        let total: i128 = sums[2].iter().enumerate().map(|(row, &sum)| passed(2, row, sum)).sum();
        total.min(i128::from(request.wanted_w())) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overload_one_way_is_relieved_by_the_other() {
        // 450 kW through a transformer that may carry 400 kW down and 320 kW up.
        let over = Room::of(450_000, -320_000, 400_000);
        assert_eq!(over, Room { fall_w: 770_000, rise_w: -50_000 });
        assert_eq!((over.room_w(Direction::Raise), over.relief_w(Direction::Raise)), (0, 0));
        assert_eq!((over.room_w(Direction::Reduce), over.relief_w(Direction::Reduce)), (770_000, 50_000));
        let wild = Room::of(i64::MIN, i64::MAX, i64::MIN);
        assert_eq!(wild.relief_w(Direction::Raise), i64::MAX);
        assert_eq!(Room::FREE.relief_w(Direction::Reduce), 0);
    }

    #[test]
    fn dangling_rows_are_refused() {
        assert_eq!(
            Grid::new(vec![0, 2], vec![0, 0], 1),
            Err(BadTree::NoFeeder { transformer: 1, feeder: 2, feeders: 2 })
        );
        assert_eq!(
            Grid::new(vec![0, 1], vec![0, 1], 1),
            Err(BadTree::NoSubstation { feeder: 1, substation: 1, substations: 1 })
        );
        let grid = Grid::new(vec![1, 0], vec![0, 0], 1).unwrap();
        assert_eq!(grid.path(0), Some([0, 1, 0]));
        assert_eq!(grid.path(2), None);
    }
}
