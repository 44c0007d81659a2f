//! Where an event reaches: the whole city, or what hangs below one point of its electrical tree.

use crate::city::tree::Tree;
use serde::{Deserialize, Serialize};

/// Where resources must stand to be asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// Anywhere.
    City,
    /// In the district with this name.
    District(String),
    /// Behind the substation of this row.
    Substation(u32),
    /// Behind the feeder of this row.
    Feeder(u32),
    /// Behind the distribution transformer of this row (台区).
    Area(u32),
}

/// A scope by the rows and indices of one tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Anywhere.
    City,
    /// In the district with this index.
    District(u16),
    /// Behind the substation of this row.
    Substation(u32),
    /// Behind the feeder of this row.
    Feeder(u32),
    /// Behind the transformer of this row.
    Area(u32),
}

/// Where a resource hangs in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Index of its district.
    pub district: u16,
    /// Row of its substation.
    pub substation: u32,
    /// Row of its feeder.
    pub feeder: u32,
    /// Row of its transformer.
    pub transformer: u32,
}

impl Scope {
    /// The scope by indices. Nothing if the tree has no district of that name; rows are taken as they are.
    pub fn bind(&self, tree: &Tree) -> Option<Reach> {
        Some(match self {
            Self::City => Reach::City,
            Self::District(name) => {
                let index = tree.districts.iter().position(|known| known == name)?;
                Reach::District(u16::try_from(index).ok()?)
            }
            &Self::Substation(row) => Reach::Substation(row),
            &Self::Feeder(row) => Reach::Feeder(row),
            &Self::Area(row) => Reach::Area(row),
        })
    }
}

impl Reach {
    /// Whether a node lies within it.
    pub const fn covers(self, node: &Node) -> bool {
        match self {
            Self::City => true,
            Self::District(index) => index == node.district,
            Self::Substation(row) => row == node.substation,
            Self::Feeder(row) => row == node.feeder,
            Self::Area(row) => row == node.transformer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_covers_what_hangs_below_it() {
        let tree = Tree { districts: vec!["Futian".to_owned(), "Nanshan".to_owned()], ..Tree::default() };
        let node = Node { district: 1, substation: 2, feeder: 30, transformer: 400 };
        let covers = |scope: Scope| scope.bind(&tree).map(|reach| reach.covers(&node));
        assert_eq!(covers(Scope::City), Some(true));
        assert_eq!(covers(Scope::District("Nanshan".to_owned())), Some(true));
        assert_eq!(covers(Scope::District("Futian".to_owned())), Some(false));
        assert_eq!(covers(Scope::District("Luohu".to_owned())), None);
        assert_eq!(covers(Scope::Substation(2)), Some(true));
        assert_eq!(covers(Scope::Feeder(31)), Some(false));
        assert_eq!(covers(Scope::Area(400)), Some(true));
    }
}
