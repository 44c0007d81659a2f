//! The state of a tree-limited dispatch: what is left of the request, of each offer and of the room above it.

use super::offer::{Offer, Request};
use super::tree::{Grid, Level};

/// What is still to be placed, and what has been. All figures in W, none negative.
pub(super) struct Work<'a> {
    pub(super) request: &'a Request,
    pub(super) offers: &'a [Offer],
    pub(super) grid: &'a Grid,
    /// What is left of the request.
    pub(super) left_w: i64,
    /// What each offer can still give.
    pub(super) spare_w: Vec<i64>,
    /// The room left at each element, by level and row.
    pub(super) room_w: [Vec<i64>; 3],
    /// What has been called of each offer.
    called_w: &'a mut [i64],
}

impl<'a> Work<'a> {
    /// Nothing called yet.
    pub(super) fn new(request: &'a Request, offers: &'a [Offer], grid: &'a Grid, called_w: &'a mut [i64]) -> Self {
        called_w.fill(0);
        Self {
            request,
            offers,
            grid,
            left_w: request.wanted_w(),
            spare_w: offers.iter().map(|o| o.within_w(request)).collect(),
            room_w: Level::ALL.map(|l| grid.rooms(l).iter().map(|r| r.room_w(request.direction)).collect()),
            called_w,
        }
    }

    /// The most that can be called of an offer beside what has been called.
    pub(super) fn free_w(&self, i: usize) -> i64 {
        let Some(path) = self.grid.path(self.offers[i].node) else { return 0 };
        let own_w = self.spare_w[i].min(self.left_w);
        path.iter().zip(&self.room_w).fold(own_w, |free_w, (&row, room_w)| free_w.min(room_w[row]))
    }

    /// True if an offer could be called for anything.
    pub(super) fn open(&self, i: usize) -> bool {
        self.free_w(i) > 0
    }

    /// Calls up to `most_w` more of an offer.
    pub(super) fn take(&mut self, i: usize, most_w: i64) {
        let power_w = self.free_w(i).min(most_w);
        let Some(path) = self.grid.path(self.offers[i].node) else { return };
        for (row, room_w) in path.into_iter().zip(&mut self.room_w) {
            room_w[row] -= power_w;
        }
        self.spare_w[i] -= power_w;
        self.left_w -= power_w;
        self.called_w[i] += power_w;
    }

    /// Calls offers in full, in the given order, as far as request and room go.
    ///
    /// What the limits of a tree allow is a polymatroid (Edmonds 1970): one after another is then as good as it gets.
    /// The sum is the greatest possible, and the sum of keys weighted by power is the least possible for that sum.
    pub(super) fn greedy(&mut self, order: impl IntoIterator<Item = u32>) {
        for i in order {
            if self.left_w == 0 {
                return;
            }
            self.take(i as usize, i64::MAX);
        }
    }

    /// Offers that are open, by resource.
    pub(super) fn open_by_resource(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.offers.len() as u32).filter(|&i| self.open(i as usize)).collect();
        order.sort_unstable_by_key(|&i| (self.offers[i as usize].resource, i));
        order
    }
}
