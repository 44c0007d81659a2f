//! Series of a run, brought to the size of a page.

use crate::failure::Failure;
use crate::table::Table;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Moments of a series that a page holds at most: two days of quarters of an hour. Longer series are averaged.
const FRAMES_MAX: usize = 192;
/// The key under which the series of feeders tells what each can carry, in W by row.
pub(crate) const LIMITS_KEY: &str = "voltcity.limits_w";
/// Width of a class of feeders by loading, in 1/100 of the limit, and by peak power, in W.
const LOADING_CLASS: i64 = 10;
const POWER_CLASS_W: i64 = 500_000;
/// Classes of feeders; the last one has all beyond.
const CLASSES: usize = 14;

/// A series: rows of one moment and one node each, put in order.
pub(crate) struct Series {
    /// Numbers of the nodes, ascending.
    pub(crate) ids: Vec<i64>,
    /// First moment in ms since 1970.
    start_ms: i64,
    /// Time between moments in s.
    step_s: i64,
    /// By column, then node, then moment.
    columns: Vec<Vec<Vec<Option<i64>>>>,
}

impl Series {
    /// Reads the columns named.
    ///
    /// # Errors
    /// A table that is not the one voltcity writes.
    pub(crate) fn read(table: &Table, names: &[&str]) -> Result<Self, Failure> {
        let wanted: Vec<&str> = ["time", "interval_s", "id"].iter().chain(names).copied().collect();
        let mut columns = table.integers(&wanted)?;
        let values = columns.split_off(3);
        let [times, intervals, nodes] = &columns[..] else { return Err(table.refuse("has no rows".to_owned())) };
        let distinct = |column: &[i64]| {
            let mut sorted = column.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            sorted
        };
        let (moments, ids) = (distinct(times), distinct(nodes));
        let (Some(start_ms), Some(step_s)) = (moments.first().copied(), intervals.first().copied()) else {
            return Err(table.refuse("has no rows".to_owned()));
        };
        // A file with as many moments and nodes as rows is no series, and would fill the memory.
        if moments.len().saturating_mul(ids.len()) > times.len().saturating_mul(4) || step_s <= 0 {
            return Err(table.refuse("is no series: most moments lack most nodes".to_owned()));
        }
        let places: Vec<(usize, usize)> = times
            .iter()
            .zip(nodes)
            .map(|(time, node)| (moments.partition_point(|t| t < time), ids.partition_point(|id| id < node)))
            .collect();
        let sorted = values.iter().map(|column| {
            let mut grid = vec![vec![None; moments.len()]; ids.len()];
            for ((frame, node), value) in places.iter().zip(column) {
                grid[*node][*frame] = Some(*value);
            }
            grid
        });
        let mut series = Self { columns: sorted.collect(), ids, start_ms, step_s };
        series.thin(moments.len());
        Ok(series)
    }

    /// Averages neighbouring moments until a page can hold them.
    fn thin(&mut self, frames: usize) {
        let every = frames.div_ceil(FRAMES_MAX).max(1);
        if every == 1 {
            return;
        }
        let mean = |part: &[Option<i64>]| {
            let known: Vec<i64> = part.iter().flatten().copied().collect();
            let sum: i128 = known.iter().map(|w| i128::from(*w)).sum();
            (!known.is_empty()).then(|| (sum / known.len() as i128) as i64)
        };
        for row in self.columns.iter_mut().flatten() {
            *row = row.chunks(every).map(mean).collect();
        }
        self.step_s *= every as i64;
    }

    /// How many moments there are.
    pub(crate) fn frames(&self) -> usize {
        self.columns.iter().flatten().map(Vec::len).next().unwrap_or_default()
    }

    /// Time between moments in s.
    pub(crate) const fn step_s(&self) -> i64 {
        self.step_s
    }

    /// A column of a node, by moment.
    pub(crate) fn row(&self, column: usize, node: usize) -> &[Option<i64>] {
        &self.columns[column][node]
    }

    /// A column in whole kW, by node, then moment.
    fn kilowatts(&self, column: usize) -> Value {
        let kw = |w: &Option<i64>| w.map(|w| (w as f64 / 1e3).round() as i64);
        json!(self.columns[column].iter().map(|row| row.iter().map(kw).collect::<Vec<_>>()).collect::<Vec<_>>())
    }

    /// The series as the page has it: a field of kW for every column.
    pub(crate) fn value(&self, names: &[&str]) -> Value {
        let mut value = json!({ "start_ms": self.start_ms, "step_s": self.step_s, "ids": self.ids });
        for (column, name) in names.iter().enumerate() {
            value[format!("{}_kw", name.trim_end_matches("_w"))] = self.kilowatts(column);
        }
        value
    }
}

/// How feeders are loaded at their own peaks.
///
/// # Errors
/// A table that is not the one voltcity writes.
pub(crate) fn feeders(table: &Table) -> Result<Value, Failure> {
    let columns = table.integers(&["id", "net_w"])?;
    let mut peaks: BTreeMap<i64, i64> = BTreeMap::new();
    for (id, net_w) in columns[0].iter().zip(&columns[1]) {
        let peak = peaks.entry(*id).or_default();
        *peak = (*peak).max(net_w.saturating_abs());
    }
    let limits: Option<Vec<i64>> = match table.metadata(LIMITS_KEY).map(serde_json::from_str) {
        Some(Ok(limits)) => Some(limits),
        Some(Err(error)) => return Err(table.refuse(format!("`{LIMITS_KEY}` is no list of whole numbers: {error}"))),
        None => None,
    };
    let class_of = |id: i64, peak_w: i64| -> Option<usize> {
        let class = match &limits {
            Some(limits) => {
                let limit_w = limits.get(usize::try_from(id).ok()?).copied().filter(|limit| *limit > 0)?;
                i128::from(peak_w) * 100 / i128::from(limit_w) / i128::from(LOADING_CLASS)
            }
            None => i128::from(peak_w / POWER_CLASS_W),
        };
        Some((class as usize).min(CLASSES - 1))
    };
    let mut classes = vec![0_u32; CLASSES];
    for (id, peak_w) in &peaks {
        if let Some(class) = class_of(*id, *peak_w) {
            classes[class] += 1;
        }
    }
    let class = if limits.is_some() { LOADING_CLASS as f64 / 100.0 } else { POWER_CLASS_W as f64 / 1e6 };
    Ok(json!({ "feeders": peaks.len(), "of_limit": limits.is_some(), "class": class, "classes": classes }))
}
