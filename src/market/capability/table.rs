//! Capability summed up: by kind of resource, aggregator, district and transformer area.

use super::{Assessment, Capability, add};
use crate::market::resource::ResourceKind;
use std::collections::BTreeMap;

/// The least adjustable power of an aggregator, held for an hour, that the Guangdong rules of demand response ask for.
pub const LEAST_AGGREGATOR_W: i64 = 5_000_000;

/// Sums of some resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Resources.
    pub resources: usize,
    /// Power connected, in W.
    pub connected_w: i64,
    /// By how much they can lower their load, by class of response, in W.
    pub down_w: [i64; 4],
    /// By how much they can raise it, by class of response, in W.
    pub up_w: [i64; 4],
}

impl Cell {
    fn take(&mut self, one: &Capability) {
        self.resources += 1;
        self.connected_w += one.connected_w;
        add(&mut self.down_w, one.down_w);
        add(&mut self.up_w, one.up_w);
    }
}

/// An assessment summed up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// All.
    pub city: Cell,
    /// By kind of resource.
    pub kinds: BTreeMap<ResourceKind, Cell>,
    /// By row of the aggregator.
    pub aggregators: BTreeMap<u16, Cell>,
    /// By index of the district.
    pub districts: BTreeMap<u16, Cell>,
    /// By row of the transformer.
    pub areas: BTreeMap<u32, Cell>,
}

impl Table {
    /// Sums up; `district_of` tells a transformer's district.
    pub fn of(assessment: &Assessment, district_of: impl Fn(u32) -> u16) -> Self {
        let mut table = Self::default();
        for one in &assessment.resources {
            table.city.take(one);
            table.kinds.entry(one.kind).or_default().take(one);
            table.aggregators.entry(one.aggregator).or_default().take(one);
            table.districts.entry(district_of(one.node)).or_default().take(one);
            table.areas.entry(one.node).or_default().take(one);
        }
        table
    }
}
