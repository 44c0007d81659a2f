//! Before an event: who is invited, and how owners of vehicles answer.

use super::Conductor;
use crate::chance::{Purpose, draw};
use crate::fleet::station::{Station, StationKind};
use crate::market::capability::kind_of_member;
use crate::market::event::{CallClass, Cause, PARTS_PER_MILLION, Participant, Stage};
use crate::market::owner::Offered;
use crate::market::programme::{Member, MemberKind, Programme};
use crate::market::resource::ResourceKind;
use crate::twin::Twin;

impl Conductor {
    /// Chooses who is to be invited: stations, buildings and storage units in scope, and with the stations their drivers.
    pub(super) fn choose(&mut self, twin: &mut Twin) {
        let programme = Self::programme(twin).clone();
        let mut stations = Vec::new();
        let nodes = super::call::nodes(twin);
        self.members.clear();
        for kind in [MemberKind::Station, MemberKind::Building, MemberKind::Storage] {
            let rows = super::call::node_of_members(twin, kind);
            let kinds = kind_of_member(twin, kind);
            for member in &programme.members[kind as usize] {
                let in_reach = self.reach.covers(&nodes[rows[member.row as usize] as usize]);
                if !in_reach || !self.is_asked(kind, *member) {
                    continue;
                }
                match kind {
                    // With a station come its drivers, to charge less or to discharge.
                    MemberKind::Station if self.wants(ResourceKind::Charging) || self.wants(ResourceKind::V2g) => {
                        stations.push(member.row);
                    }
                    MemberKind::Station => {}
                    _ if kinds[member.row as usize].is_some_and(|kind| self.wants(kind)) => {
                        self.members.insert(Participant::Member(kind, member.row));
                    }
                    _ => {}
                }
            }
        }
        self.stations = self.some_stations(stations, twin).into_iter().collect();
        let w = twin.world_mut();
        let guns: Vec<u32> = w.query::<&Station>().iter(w).map(|station| station.guns).collect();
        self.turnout.points_invited = self.stations.iter().map(|&row| u64::from(guns[row as usize])).sum();
    }

    /// Invites them. Members have agreed by contract.
    pub(super) fn invite(&mut self, now_s: u32) {
        self.is_announced = true;
        let asked: Vec<Participant> = self.members.iter().copied().collect();
        self.turnout.members_invited = (asked.len() + self.stations.len()) as u64;
        let stations = self.stations.iter().map(|&row| Participant::Member(MemberKind::Station, row));
        for participant in stations.chain(asked).collect::<Vec<_>>() {
            self.note(now_s, participant, Stage::Announced, Cause::Schedule);
            self.note(now_s, participant, Stage::Accepted, Cause::Contract);
        }
    }

    /// Whether a member's aggregator, and by lot the member itself, is asked.
    fn is_asked(&self, kind: MemberKind, member: Member) -> bool {
        let invited = &self.event.invited;
        let name = &self.aggregators[usize::from(member.aggregator)];
        let its = invited.aggregators.is_empty() || invited.aggregators.contains(name);
        let share = invited.share_ppm.is_none_or(|ppm| {
            let lot = draw(self.seed, Purpose::Answer, kind.address(member.row), u32::MAX).below(PARTS_PER_MILLION);
            lot < ppm
        });
        its && share
    }

    /// As many stations as the event invites: those with bidirectional points first, then those with the most points,
    /// where an operator reaches the most drivers (assumption; in May 2024 500 stations had 15,000 points, thrice the
    /// mean of the city).
    fn some_stations(&self, rows: Vec<u32>, twin: &mut Twin) -> Vec<u32> {
        let Some(most) = self.event.invited.stations else { return rows };
        let w = twin.world_mut();
        let traits: Vec<(StationKind, u32)> = w.query::<&Station>().iter(w).map(|s| (s.kind, s.guns)).collect();
        let key = |row: &u32| {
            let (kind, guns) = traits[*row as usize];
            let plain = !matches!(kind, StationKind::V2g | StationKind::Demonstration);
            (plain, u32::MAX - guns, *row)
        };
        let mut keyed: Vec<_> = rows.iter().map(key).collect();
        keyed.sort_unstable();
        keyed.into_iter().take(most as usize).map(|(_, _, row)| row).collect()
    }

    /// Whether a kind of resource is invited.
    pub(super) fn wants(&self, kind: ResourceKind) -> bool {
        self.event.invited.kinds.is_empty() || self.event.invited.kinds.contains(&kind)
    }

    /// Calls of a vehicle in earlier events.
    pub(super) fn calls_before(&self, vehicle: u32) -> u32 {
        self.past.get(&vehicle).copied().unwrap_or(0)
    }

    /// Asks an owner, once, and remembers the answer.
    pub(super) fn ask(&mut self, programme: &Programme, vehicle: u32, offered: &Offered, now_s: u32) -> bool {
        if let Some(&answer) = self.owners.get(&vehicle) {
            return answer;
        }
        let participant = Participant::Vehicle(vehicle);
        self.turnout.vehicles_invited += 1;
        self.note(now_s, participant, Stage::Announced, Cause::Schedule);
        if self.event.class != CallClass::Direct {
            self.note(now_s, participant, Stage::Invited, Cause::Request);
        }
        let by_contract = self.event.class == CallClass::Direct;
        let accepts = by_contract || programme.owners.accepts(self.seed, vehicle, self.no.0, offered);
        let (stage, cause) = match (accepts, by_contract) {
            (true, true) => (Stage::Accepted, Cause::Contract),
            (true, false) => (Stage::Accepted, Cause::Owner),
            (false, _) => (Stage::Declined, Cause::Owner),
        };
        self.note(now_s, participant, stage, cause);
        let stays_away = accepts && programme.owners.stays_away(self.seed, vehicle, self.no.0);
        if stays_away {
            self.turnout.no_shows += 1;
            self.note(now_s, participant, Stage::NoShow, Cause::Owner);
        }
        self.turnout.vehicles_accepted += u64::from(accepts);
        self.owners.insert(vehicle, accepts && !stays_away);
        accepts && !stays_away
    }
}
