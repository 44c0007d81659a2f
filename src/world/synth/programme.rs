//! The programme of the virtual power plant: which agents have joined, and which aggregator.

use crate::chance::{Purpose, Seed, draw};
use crate::fleet::station::{Station, StationKind};
use crate::market::owner::Owners;
use crate::market::programme::{Flexible, Member, MemberKind, Programme, Telemetry};
use crate::plan::Aggregator;
use crate::site::building::BuildingKind;
use crate::site::stock::Building;
use crate::world::schema::{FlexibleFigure, OwnersFile, ProgrammeFile, TelemetryFigure, WorldFile};
use crate::world::synth::share::largest_remainder;
use std::sync::Arc;

/// What may join, by kind of member: the row, and how early it does (lower joins first).
pub(super) type Candidates = [Vec<(u32, u8)>; 4];

/// All that may join. Stations that were built for it come first, those of residential compounds last (assumption);
/// of buildings, those of which something is flexible.
pub(super) fn candidates<'a>(
    stations: impl Iterator<Item = &'a Station>,
    buildings: &[Building],
    storage: usize,
    pv: usize,
) -> Candidates {
    let station = |(row, station): (u32, &Station)| {
        let tier = match station.kind {
            StationKind::V2g | StationKind::Demonstration | StationKind::Integrated | StationKind::Super => 0,
            StationKind::Public | StationKind::Depot => 1,
            StationKind::Compound => 2,
        };
        (row, tier)
    };
    let building = |(row, building): (u32, &Building)| match building.kind {
        BuildingKind::DistrictCooling => Some((row, 0)),
        BuildingKind::Residential | BuildingKind::Metro => None,
        _ => Some((row, 1)),
    };
    [
        (0..).zip(stations).map(station).collect(),
        (0..).zip(buildings).filter_map(building).collect(),
        (0..storage as u32).map(|row| (row, 0)).collect(),
        (0..pv as u32).map(|row| (row, 0)).collect(),
    ]
}

/// The aggregators, of a long-tailed size, and their members.
pub(super) fn programme(file: &WorldFile, candidates: Candidates, seed: Seed) -> (Vec<Aggregator>, Programme) {
    let a = &file.aggregators;
    let operators = a.operators.get();
    let size = |i: u32| draw(seed, Purpose::Enrolment, u32::MAX, i).log_normal(1.0, 1.0);
    let sizes: Vec<f64> = (0..operators).map(size).collect();
    let mix = a.mix.get();
    let wanted = largest_remainder(u64::from(a.resources.get()), &[mix.0, mix.1, mix.2, mix.3]);
    let mut counts = vec![[0_u32; 4]; operators as usize];
    let mut kinds = MemberKind::ALL.into_iter().zip(candidates).zip(wanted);
    let members = core::array::from_fn(|_| {
        let ((kind, candidates), wanted) = kinds.next().expect("four kinds of member");
        let joined = if operators == 0 { Vec::new() } else { first(kind, candidates, wanted as usize, seed) };
        let shares = largest_remainder(joined.len() as u64, &sizes);
        let aggregators = (0..).zip(&shares).flat_map(|(i, &share)| core::iter::repeat_n(i, share as usize));
        let mut members: Vec<Member> =
            joined.into_iter().zip(aggregators).map(|(row, aggregator)| Member { row, aggregator }).collect();
        counts.iter_mut().zip(&shares).for_each(|(count, share)| count[kind as usize] = *share as u32);
        members.sort_unstable_by_key(|member| member.row);
        members
    });
    let name = |i: usize| format!("operator {:02}", i + 1);
    let aggregators = counts.iter().enumerate().map(|(i, &[stations, buildings, storage, pv])| Aggregator {
        name: name(i),
        stations,
        buildings,
        storage,
        pv,
    });
    (aggregators.collect(), terms(&a.programme, members))
}

/// The rows that join, in a drawn order.
fn first(kind: MemberKind, candidates: Vec<(u32, u8)>, wanted: usize, seed: Seed) -> Vec<u32> {
    let key = |(row, tier): (u32, u8)| (tier, draw(seed, Purpose::Enrolment, kind.address(row), 2).bits(), row);
    let mut keyed: Vec<(u8, u64, u32)> = candidates.into_iter().map(key).collect();
    keyed.sort_unstable();
    keyed.truncate(wanted);
    keyed.into_iter().map(|(_, _, row)| row).collect()
}

fn owners(file: &OwnersFile) -> Owners {
    let (half_yuan, more_yuan) = file.accepts_yuan.get();
    Owners {
        half_yuan,
        // A logistic function comes from a half to three quarters within log 3 of its scale.
        scale_yuan: more_yuan / libm::log(3.0),
        fatigue_yuan: file.fatigue_yuan.get(),
        no_show: file.no_show.get(),
        opt_out_h: file.opt_out_h.get(),
    }
}

fn terms(file: &ProgrammeFile, members: [Vec<Member>; 4]) -> Programme {
    let flexible = |figure: &FlexibleFigure| {
        let (share, hold_h, rebound) = figure.get();
        Flexible { share, hold_s: (hold_h * 3_600.0) as u32, rebound }
    };
    let telemetry = |figure: &TelemetryFigure| {
        let (period_s, latency_s, loss) = figure.get();
        Telemetry { period_s, latency_s, loss }
    };
    let t = &file.telemetry;
    Programme {
        members: Arc::new(members),
        owners: owners(&file.owners),
        reference_hour: file.reference_hour.get(),
        drivers: file.drivers.get(),
        cooling: flexible(&file.cooling),
        district_cooling: flexible(&file.district_cooling),
        industry: flexible(&file.industry),
        data_centre: flexible(&file.data_centre),
        telemetry: [&t.stations, &t.buildings, &t.storage, &t.pv].map(telemetry),
        offline: file.offline.get(),
    }
}
