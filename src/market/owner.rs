//! Owners of vehicles: whether they accept a call, come, and stay with it.

use crate::chance::{Draw, Purpose, Seed, draw};
use crate::clock::HOUR_S;

/// How owners answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Owners {
    /// What half of them accept for, in yuan.
    pub half_yuan: f64,
    /// Scale of the logistic function in yuan.
    pub scale_yuan: f64,
    /// How much more they want for each call of the last 30 days, in yuan.
    pub fatigue_yuan: f64,
    /// Share of those who have accepted that do not follow.
    pub no_show: f64,
    /// Rate per h at which owners take over while they are called.
    pub opt_out_h: f64,
}

/// What an owner is offered, and remembers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offered {
    /// What it would earn, in yuan.
    pub yuan: f64,
    /// State of charge, 0 to 1.
    pub state_of_charge: f64,
    /// State of charge that the owner's floor and the next trip need.
    pub needed: f64,
    /// Calls of the last 30 days.
    pub calls: u32,
}

impl Owners {
    /// The probability that an owner accepts.
    ///
    /// The little room between what is in the battery and what is needed counts like a call more: who has just enough
    /// hesitates (assumption: half a call at nothing to spare, none from a fifth of the battery on).
    pub fn acceptance(&self, offered: &Offered) -> f64 {
        let spare = (offered.state_of_charge - offered.needed).clamp(0.0, 0.2) / 0.2;
        let wanted = self.half_yuan + self.fatigue_yuan * (f64::from(offered.calls) + 0.5 * (1.0 - spare));
        1.0 / (1.0 + libm::exp((wanted - offered.yuan) / self.scale_yuan))
    }

    /// Whether an owner accepts the call of an event.
    pub fn accepts(&self, seed: Seed, vehicle: u32, event: u32, offered: &Offered) -> bool {
        answer(seed, vehicle, event).chance(self.acceptance(offered))
    }

    /// Whether an owner who has accepted is not there after all, or does not follow.
    pub fn stays_away(&self, seed: Seed, vehicle: u32, event: u32) -> bool {
        let mut draw = answer(seed, vehicle, event);
        draw.unit();
        draw.chance(self.no_show)
    }

    /// After how many seconds of being called an owner takes over.
    pub fn patience_s(&self, seed: Seed, vehicle: u32, event: u32) -> u32 {
        let mut draw = answer(seed, vehicle, event);
        let _ = (draw.unit(), draw.unit());
        // At a rate of next to nothing, never.
        let mean_h = 1.0 / self.opt_out_h.max(1e-9);
        (draw.exponential(mean_h) * f64::from(HOUR_S)).min(1e9) as u32
    }
}

/// The draws of an owner in an event: acceptance, presence, patience.
fn answer(seed: Seed, vehicle: u32, event: u32) -> Draw {
    draw(seed, Purpose::Answer, vehicle, event)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNERS: Owners = Owners { half_yuan: 2.0, scale_yuan: 3.0, fatigue_yuan: 0.5, no_show: 0.1, opt_out_h: 0.5 };
    const OFFERED: Offered = Offered { yuan: 2.0, state_of_charge: 0.8, needed: 0.4, calls: 0 };

    #[test]
    fn half_accept_what_half_accept_for_and_fewer_when_they_are_called_often() {
        assert_eq!(OWNERS.acceptance(&OFFERED), 0.5);
        let of = |calls| OWNERS.acceptance(&Offered { calls, ..OFFERED });
        assert!(of(0) > of(1) && of(1) > of(10));
        assert!(OWNERS.acceptance(&Offered { yuan: 20.0, ..OFFERED }) > 0.99);
        assert!(OWNERS.acceptance(&Offered { state_of_charge: 0.41, ..OFFERED }) < 0.5);
    }

    #[test]
    fn shares_are_met_and_draws_are_their_own() {
        let count = |of: &dyn Fn(u32) -> bool| (0..10_000).filter(|v| of(*v)).count();
        let accepts = count(&|v| OWNERS.accepts(Seed(1), v, 0, &OFFERED));
        let away = count(&|v| OWNERS.stays_away(Seed(1), v, 0));
        let both = count(&|v| OWNERS.accepts(Seed(1), v, 0, &OFFERED) && OWNERS.stays_away(Seed(1), v, 0));
        assert!((4_800..5_200).contains(&accepts), "{accepts}");
        assert!((900..1_100).contains(&away), "{away}");
        assert!((400..600).contains(&both), "{both}");
        let within_h = count(&|v| OWNERS.patience_s(Seed(1), v, 0) < HOUR_S);
        // 1 - exp(-0.5).
        assert!((3_800..4_070).contains(&within_h), "{within_h}");
        assert_eq!(Owners { opt_out_h: 0.0, ..OWNERS }.patience_s(Seed(1), 3, 0), 1_000_000_000);
    }
}
