//! Any policy within the room of every transformer, feeder and substation.

use super::offer::{Offer, Request};
use super::order::sorted;
use super::tree::{Grid, Level};
use super::work::Work;
use super::{Policy, Rule, level, own};

/// Another policy, held to the room of the tree.
///
/// What a limit cuts is given to others until nothing more can be placed, so that the sum called is always the lesser
/// of the request and of what the tree lets through ([`Grid::most_w`]), whatever the policy inside does. How it is
/// placed depends on the policy's [`Rule`]: an order is followed offer by offer, which for a merit order is the
/// cheapest way; equal shares rise like water; any other policy is asked again about what is left. Offers at nodes
/// outside the tree are not called.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limited<P> {
    /// Decides among those that have room.
    pub inner: P,
    /// Whether elements overloaded the other way come first.
    ///
    /// If so, offers behind an element that the change would relieve are called first, transformers before feeders
    /// before substations, each until its overload is lifted; the rest of the request follows as without it. The sum
    /// is the same, but it may cost more than the merit order alone.
    pub relieve: bool,
}

impl<P> Limited<P> {
    /// Within the limits, and no more.
    pub const fn new(inner: P) -> Self {
        Self { inner, relieve: false }
    }

    /// Within the limits, and overloaded elements first.
    pub const fn relieving(inner: P) -> Self {
        Self { inner, relieve: true }
    }
}

impl<P: Policy> Policy for Limited<P> {
    fn name(&self) -> &'static str {
        match self.inner.name() {
            "proportional" => "proportional, tree-limited",
            "merit order" => "merit order, tree-limited",
            "least laxity first" => "least laxity first, tree-limited",
            "fair rotation" => "fair rotation, tree-limited",
            _ => "tree-limited",
        }
    }

    fn dispatch(&self, request: &Request, offers: &[Offer], grid: &Grid, called_w: &mut [i64]) {
        let mut work = Work::new(request, offers, grid, called_w);
        if self.relieve {
            for level in Level::ALL {
                relieve(&self.inner, &mut work, level);
            }
        }
        place(&self.inner, &mut work);
    }

    fn respects_tree(&self) -> bool {
        true
    }
}

/// Places what is left of the request.
fn place(policy: &dyn Policy, work: &mut Work) {
    match policy.rule() {
        Rule::Order(key) => work.greedy(sorted(work.request, work.offers, key)),
        Rule::Share => level::fill(work),
        Rule::Own => own::fill(policy, work),
    }
}

/// Places only what lifts overloads of one level.
fn relieve(policy: &dyn Policy, work: &mut Work, level: Level) {
    let direction = work.request.direction;
    let rooms = work.grid.rooms(level);
    let row_room_w = &mut work.room_w[level as usize];
    // For the time being nobody's room is more than what would relieve it.
    let mut needed = false;
    let kept_w: Vec<i64> = rooms
        .iter()
        .zip(row_room_w)
        .map(|(room, left_w)| {
            let placed_w = room.room_w(direction) - *left_w;
            let need_w = (room.relief_w(direction) - placed_w).clamp(0, *left_w);
            needed |= need_w > 0;
            core::mem::replace(left_w, need_w).saturating_sub(need_w)
        })
        .collect();
    if needed {
        place(policy, work);
    }
    for (left_w, kept_w) in work.room_w[level as usize].iter_mut().zip(kept_w) {
        *left_w += kept_w;
    }
}

#[cfg(test)]
mod tests {
    use super::super::kit::{self, Case, Shape};
    use super::super::{Direction, MeritOrder, Room, bare};
    use super::*;
    use proptest::prelude::*;

    /// A policy that does not say how it decides.
    struct Secret<P>(P);

    impl<P: Policy> Policy for Secret<P> {
        fn name(&self) -> &'static str {
            "secret"
        }

        fn dispatch(&self, request: &Request, offers: &[Offer], grid: &Grid, called_w: &mut [i64]) {
            self.0.dispatch(request, offers, grid, called_w);
        }
    }

    fn relief_case() -> Case {
        let mut case = kit::case_of(2, Shape { offers: 4, transformers: 2, feeders: 2, substations: 1, wild: false });
        case.request = Request { direction: Direction::Reduce, power_w: 15, hold_s: 0, ..case.request };
        for (i, offer) in case.offers.iter_mut().enumerate() {
            (offer.resource, offer.node, offer.most_w) = (i as u32, i as u32 / 2, 10);
            offer.price_per_kwh = crate::units::Money(i as i64);
        }
        for level in Level::ALL {
            case.grid.rooms_mut(level).fill(Room::FREE);
        }
        case
    }

    #[test]
    fn an_overloaded_transformer_is_relieved_first() {
        let mut case = relief_case();
        let limited = |case: &Case| kit::call(&Limited::new(MeritOrder), case);
        let relieving = |case: &Case| kit::call(&Limited::relieving(MeritOrder), case);
        assert_eq!(relieving(&case), [10, 5, 0, 0]);
        // The second transformer is 6 W above its rating: 6 W behind it come first, the rest by price.
        case.grid.rooms_mut(Level::Transformer)[1] = Room::of(106, -100, 100);
        assert_eq!(limited(&case), [10, 5, 0, 0]);
        assert_eq!(relieving(&case), [9, 0, 6, 0]);
        // Its feeder is 8 W above its limit, of which the 6 W count.
        case.grid.rooms_mut(Level::Feeder)[1] = Room::of(108, -100, 100);
        assert_eq!(relieving(&case), [7, 0, 8, 0]);
        // An overload that the change would make worse only closes the way.
        case.grid.rooms_mut(Level::Transformer)[0] = Room::of(-120, -100, 100);
        assert_eq!(relieving(&case), [0, 0, 10, 5]);
    }

    #[test]
    fn a_merit_order_goes_round_a_full_feeder() {
        let mut case = relief_case();
        case.grid.rooms_mut(Level::Feeder)[0] = Room { fall_w: 12, rise_w: 0 };
        assert_eq!(kit::call(&Limited::new(MeritOrder), &case), [10, 2, 3, 0]);
        case.grid.rooms_mut(Level::Substation)[0] = Room { fall_w: 13, rise_w: 0 };
        assert_eq!(kit::call(&Limited::new(MeritOrder), &case), [10, 2, 1, 0]);
        case.grid.rooms_mut(Level::Transformer)[0] = Room { fall_w: 4, rise_w: 0 };
        assert_eq!(kit::call(&Limited::new(Secret(MeritOrder)), &case), [4, 0, 9, 0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn all_that_the_tree_lets_through_is_placed(seed: u64, relieve: bool) {
            let case = kit::case(seed);
            for inner in bare() {
                let limited = Limited { inner, relieve };
                let called_w = kit::call(&limited, &case);
                let kept = kit::bounds(&case, &called_w)
                    .and_then(|()| kit::tree(&case, &called_w))
                    .and_then(|()| kit::maximal(&case, &called_w));
                prop_assert!(kept.is_ok(), "{}: {}", limited.name(), kept.unwrap_err());
                let kept = kit::check(&limited, &case);
                prop_assert!(kept.is_ok(), "{}: {}", limited.name(), kept.unwrap_err());
            }
        }

        #[test]
        fn transformers_are_relieved_as_far_as_can_be(seed: u64) {
            let case = kit::case(seed);
            let direction = case.request.direction;
            // What a tree lets through in which only overloaded transformers have room, and only for their relief.
            let mut only = case.clone();
            for room in only.grid.rooms_mut(Level::Transformer) {
                let relief_w = room.relief_w(direction).min(room.room_w(direction));
                *room = Room { fall_w: relief_w, rise_w: relief_w };
            }
            let most_w = only.grid.most_w(&only.request, &only.offers);
            for inner in bare() {
                let called_w = kit::call(&Limited::relieving(inner), &case);
                let mut behind_w = vec![0; case.grid.rooms(Level::Transformer).len()];
                for (offer, &called_w) in case.offers.iter().zip(&called_w) {
                    if let Some([row, ..]) = case.grid.path(offer.node) {
                        behind_w[row] += called_w;
                    }
                }
                let rooms = case.grid.rooms(Level::Transformer);
                let relieved_w: i64 = rooms.iter().zip(behind_w).map(|(r, w)| r.relief_w(direction).min(w)).sum();
                prop_assert!(relieved_w >= most_w, "{} of {}", relieved_w, most_w);
            }
        }

        #[test]
        fn an_order_is_followed_without_being_told(seed: u64) {
            let case = kit::case(seed);
            let told = kit::call(&Limited::new(MeritOrder), &case);
            let asked = kit::call(&Limited::new(Secret(MeritOrder)), &case);
            let cost = |called_w: &[i64]| -> i128 {
                case.offers.iter().zip(called_w).map(|(o, &w)| i128::from(o.price_per_kwh.0) * i128::from(w)).sum()
            };
            prop_assert_eq!(cost(&told), cost(&asked));
        }

        #[test]
        fn a_secret_policy_keeps_the_rules(seed: u64) {
            let case = kit::case(seed);
            for inner in bare() {
                let limited = Limited::new(Secret(inner));
                let kept = kit::check(&limited, &case).and_then(|()| kit::maximal(&case, &kit::call(&limited, &case)));
                prop_assert!(kept.is_ok(), "{}: {}", limited.inner.0.name(), kept.unwrap_err());
            }
        }
    }
}
