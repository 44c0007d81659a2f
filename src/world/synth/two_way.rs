//! Ordinary guns that can also take energy back.
//!
//! Each gun has a draw of its own and is two-way if that lies below the share, so that the guns of a smaller share are
//! a part of those of a greater one. Of private piles, those come first whose owner's vehicle can discharge, for nobody
//! else has a use for one (assumption); in the mean they make up the same share.

use crate::chance::{Purpose, draw};
use crate::city::geography::Geography;
use crate::city::tree::Transformer;
use crate::fleet::charger::{Gun, GunKind, NONE};
use crate::fleet::params::FleetParams;
use crate::fleet::station::Station;
use crate::fleet::vehicle::VehicleClass;
use crate::world::schema::WorldFile;
use crate::world::synth::STRUCTURE;
use crate::world::synth::vehicles::VehiclePlan;

/// Who owns what.
pub(super) struct Owners<'a> {
    pub(super) file: &'a WorldFile,
    pub(super) vehicles: &'a VehiclePlan,
    pub(super) geography: &'a Geography,
    pub(super) fleet: &'a FleetParams,
}

impl Owners<'_> {
    /// The share of two-way piles among those of owners like this one.
    fn share(&self, share: f64, owner: u32) -> f64 {
        let (vehicle, _) = self.vehicles.make(self.geography, self.fleet, owner);
        share_of_piles(share, self.can_discharge(vehicle.class), vehicle.v2g)
    }

    /// The share of a class that can discharge.
    fn can_discharge(&self, class: VehicleClass) -> f64 {
        self.file.fleet[&class].v2g_share.get()
    }
}

/// The share of two-way piles among owners whose vehicle can discharge or cannot, when `share` of all piles are two-way
/// and `able` of all owners' vehicles can discharge: the former first.
fn share_of_piles(share: f64, able: f64, can_discharge: bool) -> f64 {
    if can_discharge { share / able } else { (share - able) / (1.0 - able) }
}

/// Makes the world's share of ordinary guns two-way. The converters of those with direct current stand by like those of
/// V2G stations; with alternating current the vehicle's own charger converts.
pub(super) fn mark(owners: &Owners, stations: &[Station], guns: &mut [Gun], transformers: &mut [Transformer]) {
    let charging = &owners.file.charging;
    let share = charging.two_way_share.as_ref().map_or(0.0, |share| share.0);
    if share <= 0.0 {
        return;
    }
    for (row, gun) in (0_u32..).zip(guns).filter(|(_, gun)| gun.kind != GunKind::V2g) {
        let share = if gun.owner == NONE { share } else { owners.share(share, gun.owner) };
        gun.two_way = draw(STRUCTURE, Purpose::TwoWay, row, 0).unit() < share;
        if gun.two_way && !gun.kind.is_ac() {
            let node = stations[gun.station as usize].node as usize;
            transformers[node].standby_w += charging.v2g_standby_w.get();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::world::Checked;
    use std::path::Path;

    /// The block with a share of two-way guns and a share of vehicles that can discharge.
    fn block(share: f64, able: f64) -> Plan {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/block.ron");
        let sets = [
            "fleet.private.home=((0.5, 0.2), \"assumption: test\")".to_owned(),
            "fleet.private.count.0=2000".to_owned(),
            "charging.total.0=1500".to_owned(),
            format!("charging.two_way_share=({share}, \"assumption: test\")"),
            format!("fleet.private.v2g_share=({able}, \"assumption: test\")"),
        ];
        Checked::load(&path, &sets).unwrap_or_else(|problems| panic!("{problems}")).plan()
    }

    fn two_way(plan: &Plan) -> Vec<usize> {
        (0..plan.guns.len()).filter(|&row| plan.guns[row].two_way).collect()
    }

    #[test]
    fn the_guns_of_a_rung_are_among_those_of_the_next() {
        for able in [0.0, 0.03, 0.4, 1.0] {
            let rungs = [0.0, 0.02, 0.1, 0.3, 0.5, 1.0].map(|share| block(share, able));
            for pair in rungs.windows(2) {
                let above = two_way(&pair[1]);
                assert!(two_way(&pair[0]).iter().all(|row| above.binary_search(row).is_ok()), "{able}");
            }
            assert!(two_way(&rungs[0]).is_empty());
            // All but the two guns of the V2G station.
            assert_eq!(two_way(&rungs[5]).len(), rungs[5].guns.len() - 2);
            let half = two_way(&rungs[4]).len() as f64 / rungs[4].guns.len() as f64;
            assert!((half - 0.5).abs() < 0.05, "{able}: {half}");
        }
    }

    #[test]
    fn piles_of_owners_who_can_discharge_come_first() {
        let plan = block(0.1, 0.2);
        let mut owned = [0_u32; 2];
        for gun in plan.guns.iter().filter(|gun| gun.two_way && gun.owner != NONE) {
            owned[usize::from(plan.vehicle(gun.owner).0.v2g)] += 1;
        }
        assert!(owned[0] == 0 && owned[1] > 50, "{owned:?}");
        assert_eq!([share_of_piles(0.3, 0.2, true).min(1.0), share_of_piles(0.2, 0.2, false)], [1.0, 0.0]);
    }

    #[test]
    fn a_share_of_nothing_changes_nothing() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/block.ron");
        let plain = Checked::load(&path, &[]).unwrap_or_else(|problems| panic!("{problems}")).plan();
        let none = Checked::load(&path, &["charging.two_way_share=(0, \"assumption: test\")".to_owned()]);
        let none = none.unwrap_or_else(|problems| panic!("{problems}")).plan();
        assert_eq!(plain.guns, none.guns);
        assert_eq!((plain.transformers, plain.fleet.losses), (none.transformers, none.fleet.losses));
    }
}
