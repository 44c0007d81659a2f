//! Order among buses: which are joined, and how far each is from the slack.

use super::network::NONE;

/// Sets of joined things, each known by one of them.
pub(super) struct Sets(Vec<u32>);

impl Sets {
    pub(super) fn new(len: usize) -> Self {
        Self((0..len as u32).collect())
    }

    pub(super) fn find(&mut self, mut of: u32) -> u32 {
        while self.0[of as usize] != of {
            let above = self.0[self.0[of as usize] as usize];
            self.0[of as usize] = above;
            of = above;
        }
        of
    }

    /// Joins two sets, under the lower of their two representatives; false if they were one before.
    pub(super) fn join(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b) as usize] = a.min(b);
        a != b
    }
}

/// A closed branch between two places in the list of buses.
#[derive(Clone, Copy)]
pub(super) struct Link {
    pub(super) branch: u32,
    pub(super) from: u32,
    pub(super) to: u32,
}

/// Nodes in breadth-first order.
pub(super) struct Tree {
    /// Place of each node's representative bus in the list of buses.
    pub(super) order: Vec<u32>,
    /// Link that feeds each node.
    pub(super) link: Vec<u32>,
    /// Feeding node of each node.
    pub(super) parent: Vec<u32>,
    /// Node by place, for representatives.
    pub(super) node: Vec<u32>,
}

/// Walks from the slack outwards along links between representatives; what it does not reach has no node.
pub(super) fn breadth_first(buses: usize, links: &[Link], slack: u32) -> Tree {
    let mut first = vec![0_u32; buses + 1];
    for link in links {
        first[link.from as usize + 1] += 1;
        first[link.to as usize + 1] += 1;
    }
    for at in 0..buses {
        first[at + 1] += first[at];
    }
    let mut next = first.clone();
    let mut touching = vec![0_u32; links.len() * 2];
    for (at, link) in (0_u32..).zip(links) {
        for end in [link.from, link.to] {
            touching[next[end as usize] as usize] = at;
            next[end as usize] += 1;
        }
    }
    let mut tree = Tree { order: vec![slack], link: vec![NONE], parent: vec![0], node: vec![NONE; buses] };
    tree.node[slack as usize] = 0;
    let mut at = 0;
    while at < tree.order.len() {
        let place = tree.order[at] as usize;
        for &link in &touching[first[place] as usize..first[place + 1] as usize] {
            let ends = &links[link as usize];
            let far = if ends.from as usize == place { ends.to } else { ends.from };
            if tree.node[far as usize] == NONE {
                tree.node[far as usize] = tree.order.len() as u32;
                tree.order.push(far);
                tree.link.push(link);
                tree.parent.push(at as u32);
            }
        }
        at += 1;
    }
    tree
}
