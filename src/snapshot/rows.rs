//! The blocks of a snapshot as values: what changes about agents, by id.

use crate::city::tree::{BranchFlow, TransformerFlow};
use crate::fleet::books::{Books, Line};
use crate::fleet::promise::Promise;
use crate::fleet::session::Taper;
use crate::fleet::setpoint::Standing;
use crate::fleet::station::{Reply, Request, Waiting};
use crate::grid::balance::StepSums;
use crate::grid::ledger::{CellTotals, Totals};
use crate::report::observe::Observations;
use crate::report::recorder::Interval;
use crate::report::survey::Survey;
use crate::site::pv::PvOutput;
use crate::site::shed::Shedding;
use crate::site::stock::BuildingLoad;
use crate::site::storage::{StorageOrders, StorageState};
use crate::twin::Stored;
use serde::{Deserialize, Serialize};

/// Rows in a block of vehicles or of guns: what stays in a processor's second cache while it is packed.
pub(super) const RUN: usize = 4_096;

/// Rows by id, in the runs in which they were read: each has memory of its own, which threads fill at the same time.
#[derive(Debug)]
pub struct Runs<A>(pub(super) Vec<Vec<A>>);

impl<A> Runs<A> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A row, if there is one of that number.
    pub fn get(&self, row: usize) -> Option<&A> {
        self.0.get(row / RUN)?.get(row % RUN)
    }

    /// All rows, in order.
    pub fn iter(&self) -> core::iter::Flatten<core::slice::Iter<'_, Vec<A>>> {
        self.0.iter().flatten()
    }
}

impl<'a, A> IntoIterator for &'a Runs<A> {
    type Item = &'a A;
    type IntoIter = core::iter::Flatten<core::slice::Iter<'a, Vec<A>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<A> core::ops::Index<usize> for Runs<A> {
    type Output = A;

    fn index(&self, row: usize) -> &A {
        &self.0[row / RUN][row % RUN]
    }
}

impl<A> core::ops::IndexMut<usize> for Runs<A> {
    fn index_mut(&mut self, row: usize) -> &mut A {
        &mut self.0[row / RUN][row % RUN]
    }
}

/// What some vehicles have beside their rows.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Sessions {
    /// Flows that change by themselves, by vehicle.
    pub(super) tapers: Vec<Taper>,
    /// Orders, by vehicle.
    pub(super) orders: Vec<(u32, Standing)>,
    /// Promises, by vehicle.
    pub(super) promises: Vec<(u32, Promise)>,
}

/// What one vehicle has beside its row.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Beside {
    /// A flow that changes by itself.
    pub taper: Option<Taper>,
    /// An operator's order.
    pub order: Option<Standing>,
    /// What its driver has agreed to.
    pub promise: Option<Promise>,
}

/// What stations have beside their guns.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Stations {
    /// Who waits, at stations where somebody does.
    pub(super) queues: Vec<(u32, Vec<Waiting>)>,
    /// Failures and repairs of today still to come: (second, gun).
    pub(super) faults: Vec<(u32, u32)>,
    /// Messages to stations, in order.
    pub(super) requests: Vec<Request>,
    /// Messages to vehicles, by vehicle and second.
    pub(super) replies: Vec<Reply>,
}

/// Buildings, solar arrays and storage units.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Sites {
    pub(super) buildings: Vec<BuildingLoad>,
    pub(super) pv: Vec<PvOutput>,
    pub(super) storage: Vec<StorageState>,
    pub(super) movers: Vec<u32>,
    pub(super) orders: StorageOrders,
    pub(super) shedding: Shedding,
}

/// Flows of the tree.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Tree {
    pub(super) transformers: Vec<TransformerFlow>,
    pub(super) feeders: Vec<BranchFlow>,
    pub(super) substations: Vec<BranchFlow>,
}

/// Events in progress or to come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Events {
    /// How they are dispatched, by a name that only the program that wrote it needs to know.
    pub policy: String,
    /// The desk.
    pub desk: crate::market::desk::Saved,
}

/// What has been booked and observed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Booked {
    pub(super) fleet: Books,
    /// Busy points by slot of the survey.
    pub(super) busy: Vec<Line>,
    pub(super) sums: StepSums,
    pub(super) totals: Totals,
    pub(super) cells: CellTotals,
    pub(super) observations: Observations,
    pub(super) survey: Survey,
    pub(super) interval: Interval,
    pub(super) storage_gained_j: i64,
    pub(super) stored_at_start: Stored,
}
