//! Series: sums over an interval, by city, district, zone, feeder or transformer, and how stations stand at its end,
//! handed over as frames.

use crate::city::tree::{BranchFlow, Feeder, TransformerFlow, Tree};
use crate::clock::{Calendar, Clock};
use crate::fleet::station::{Board, Site};
use crate::grid::balance::{StepSums, Sums};
use crate::parallel::rows;
use crate::plan::Plan;
use crate::telemetry::{Column, Frame, Level, Schema};
use bevy_ecs::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

macro_rules! columns {
    ($($name:literal $unit:literal $doc:literal),* $(,)?) => {
        &[$(Column { name: $name, unit: $unit, doc: $doc }),*]
    };
}

/// Columns of the city, district and zone series.
pub const AREA_COLUMNS: &[Column] = columns![
    "net_w" "W" "mean net power drawn from the grid",
    "building_w" "W" "mean power drawn by buildings",
    "pv_w" "W" "mean power delivered by solar arrays",
    "ev_charged_w" "W" "mean power drawn by vehicles at the meter",
    "ev_returned_w" "W" "mean power returned by vehicles at the meter",
    "storage_in_w" "W" "mean power drawn by storage",
    "storage_out_w" "W" "mean power delivered by storage",
];

/// Columns of the series of stations that are open to all.
pub const STATION_COLUMNS: &[Column] = columns![
    "points" "1" "charge points that work, at the end of the interval",
    "busy" "1" "of these, points at which a vehicle is plugged in, at the end of the interval",
    "queued" "1" "vehicles that wait for a point, at the end of the interval",
];

/// Columns of the feeder series.
pub const FEEDER_COLUMNS: &[Column] = columns!["net_w" "W" "mean net power into the feeder"];

/// Columns of the transformer series.
pub const TRANSFORMER_COLUMNS: &[Column] = columns![
    "net_w" "W" "mean net power through the transformer, negative when it flows back",
    "ev_w" "W" "mean power drawn by vehicles less what they return",
];

/// The schema of a level's series.
pub const fn schema(level: Level) -> Schema {
    let columns = match level {
        Level::City | Level::District | Level::Zone => AREA_COLUMNS,
        Level::Station => STATION_COLUMNS,
        Level::Feeder => FEEDER_COLUMNS,
        Level::Transformer => TRANSFORMER_COLUMNS,
    };
    Schema { level, columns }
}

/// What has been summed of the present interval, of the levels that are recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    zones: Vec<Sums>,
    feeders: Vec<i64>,
    transformers: Vec<[i64; 2]>,
    seconds: u32,
}

impl Interval {
    /// True if it has sums of the same elements as another one.
    pub const fn fits(&self, other: &Self) -> bool {
        self.zones.len() == other.zones.len()
            && self.feeders.len() == other.feeders.len()
            && self.transformers.len() == other.transformers.len()
    }
}

/// Sums of the present interval, and the frames that are ready.
#[derive(Resource, Clone, Default)]
pub struct Recorder {
    levels: Vec<Level>,
    interval_s: u32,
    /// The present interval.
    pub open: Interval,
    ids: Vec<(Level, Arc<[u32]>)>,
    /// Frames for the driver of the run to send on.
    pub ready: Vec<Frame>,
}

impl Recorder {
    /// Records some levels of a plan every `interval_s`.
    pub fn new(levels: Vec<Level>, interval_s: u32, plan: &Plan) -> Self {
        let (tree, feeders, transformers) = (&plan.tree, plan.feeders.len(), plan.transformers.len());
        let wants = |level| levels.contains(&level);
        let open_to_all = (0..).zip(&plan.stations).filter(|(_, station)| station.kind.is_public());
        let ids = levels
            .iter()
            .map(|&level| {
                let ids: Arc<[u32]> = match level {
                    Level::City => Arc::new([0]),
                    Level::District => (0..tree.districts.len() as u32).collect(),
                    Level::Zone => tree.zone_ids.iter().copied().collect(),
                    Level::Station => open_to_all.clone().map(|(row, _)| row).collect(),
                    Level::Feeder => (0..feeders as u32).collect(),
                    Level::Transformer => (0..transformers as u32).collect(),
                };
                (level, ids)
            })
            .collect();
        Self {
            interval_s,
            open: Interval {
                zones: vec![Sums::default(); tree.zone_ids.len()],
                feeders: vec![0; if wants(Level::Feeder) { feeders } else { 0 }],
                transformers: vec![[0; 2]; if wants(Level::Transformer) { transformers } else { 0 }],
                seconds: 0,
            },
            ids,
            ready: Vec::new(),
            levels,
        }
    }

    fn frame(&self, level: Level, tree: &Tree, board: &Board, time_s: i64) -> Option<Frame> {
        let ids = self.ids.iter().find(|i| i.0 == level)?.1.clone();
        let of_sites = |value: fn(&Site) -> i64| ids.iter().map(|row| value(&board.sites[*row as usize])).collect();
        let (open, seconds) = (&self.open, i64::from(self.open.seconds));
        let columns = match level {
            Level::City => {
                let mut city = Sums::default();
                open.zones.iter().for_each(|z| city.add(z));
                area_columns(&[city], seconds)
            }
            Level::District => {
                let mut districts = vec![Sums::default(); tree.districts.len()];
                for (zone, sums) in open.zones.iter().enumerate() {
                    districts[usize::from(tree.zone_district[zone])].add(sums);
                }
                area_columns(&districts, seconds)
            }
            Level::Zone => area_columns(&open.zones, seconds),
            Level::Station => vec![of_sites(Site::points), of_sites(Site::busy), of_sites(|site| site.queued.into())],
            Level::Feeder => vec![open.feeders.iter().map(|j| j / seconds).collect()],
            Level::Transformer => (0..2).map(|k| open.transformers.iter().map(|j| j[k] / seconds).collect()).collect(),
        };
        Frame::new(&schema(level), time_s, open.seconds, ids, columns).ok()
    }
}

fn area_columns(sums: &[Sums], seconds: i64) -> Vec<Vec<i64>> {
    let fields: [fn(&Sums) -> i64; 7] = [
        Sums::net_j,
        |s| s.building_j,
        |s| s.pv_j,
        |s| s.charged_j,
        |s| s.returned_j,
        |s| s.storage_in_j,
        |s| s.storage_out_j,
    ];
    fields.iter().map(|field| sums.iter().map(|s| field(s) / seconds).collect()).collect()
}

/// Report: adds the step to the interval, and makes frames when the interval is full.
pub fn record(
    clock: Res<Clock>,
    calendar: Res<Calendar>,
    (tree, board): (Res<Tree>, Res<Board>),
    sums: Res<StepSums>,
    feeders: Query<&BranchFlow, With<Feeder>>,
    transformers: Query<&TransformerFlow>,
    mut recorder: ResMut<Recorder>,
) {
    if recorder.levels.is_empty() {
        return;
    }
    let recorder = &mut *recorder;
    let seconds = i64::from(clock.step_s);
    recorder.open.seconds += clock.step_s;
    recorder.open.zones.iter_mut().zip(&sums.zones).for_each(|(sum, step)| sum.add(step));
    for (sum, flow) in recorder.open.feeders.iter_mut().zip(rows(&feeders)) {
        *sum += flow.net_w * seconds;
    }
    for (sum, flow) in recorder.open.transformers.iter_mut().zip(rows(&transformers)) {
        sum[0] += i64::from(flow.net_w) * seconds;
        sum[1] += i64::from(flow.ev_w) * seconds;
    }
    if recorder.open.seconds < recorder.interval_s {
        return;
    }
    let time_s = calendar.unix_s(clock.end_s() - recorder.open.seconds);
    for level in recorder.levels.clone() {
        let frame = recorder.frame(level, &tree, &board, time_s);
        recorder.ready.extend(frame);
    }
    recorder.open.seconds = 0;
    recorder.open.zones.fill(Sums::default());
    recorder.open.feeders.fill(0);
    recorder.open.transformers.fill([0; 2]);
}
