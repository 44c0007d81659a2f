//! Which phase each single-phase connection is on.

use super::network::Phase;

/// Rated power of a household charging point in W: single-phase, 32 A at 220 V.
pub const CHARGER_POWER_W: f64 = 7_000.0;

/// The phases of a transformer's single-phase connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phases {
    /// Of each household in turn.
    pub households: Vec<Phase>,
    /// Of each charging point in turn.
    pub chargers: Vec<Phase>,
}

/// Assigns households and charging points to phases, the same way for the same seed.
///
/// Balanced by count, as installers aim to: the phases' numbers of households, of charging points and of both
/// together differ by at most one each. Which one is on which phase is drawn, so the power on the phases is
/// not balanced.
pub fn assign(seed: u64, households: usize, chargers: usize) -> Phases {
    let mut order = Phase::ALL;
    shuffle(&mut order, seed, 0);
    // The charging points go on where the households left off, so that odd ones do not meet on one phase.
    let dealt =
        |from: usize, count: usize| -> Vec<Phase> { order.into_iter().cycle().skip(from % 3).take(count).collect() };
    let mut phases = Phases { households: dealt(0, households), chargers: dealt(households, chargers) };
    shuffle(&mut phases.households, seed, 1);
    shuffle(&mut phases.chargers, seed, 2);
    phases
}

/// Fisher-Yates; each draw is a function of seed, purpose and place.
fn shuffle(items: &mut [Phase], seed: u64, purpose: u64) {
    for last in (1..items.len()).rev() {
        let draw = mix(mix(seed ^ mix(purpose)) ^ last as u64);
        // The product's upper half is the draw scaled to the places; its bias is below 1e-10 for any real
        // count.
        let place = (u128::from(draw) * (last as u128 + 1)) >> 64;
        items.swap(last, place as usize);
    }
}

/// The bijective mixer of `SplitMix64` (Steele, Lea and Flood, 2014), one step from a state.
const fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts<'a>(phases: impl IntoIterator<Item = &'a Phase>) -> [usize; 3] {
        let mut counts = [0; 3];
        phases.into_iter().for_each(|phase| counts[phase.index()] += 1);
        counts
    }

    fn spread(counts: [usize; 3]) -> usize {
        counts.iter().max().unwrap() - counts.iter().min().unwrap()
    }

    #[test]
    fn every_phase_of_every_place_is_drawn_about_equally() {
        let mut first = [0_u32; 3];
        for seed in 0..3_000 {
            first[assign(seed, 170, 40).households[0].index()] += 1;
        }
        // Four standard deviations of a third of 3,000.
        assert!(first.iter().all(|n| n.abs_diff(1_000) < 104), "{first:?}");
    }

    proptest! {
        #[test]
        fn counts_are_balanced_and_the_seed_alone_decides(
            seed in any::<u64>(), households in 0_usize..400, chargers in 0_usize..200,
        ) {
            let phases = assign(seed, households, chargers);
            prop_assert_eq!((phases.households.len(), phases.chargers.len()), (households, chargers));
            prop_assert!(spread(counts(&phases.households)) <= 1);
            prop_assert!(spread(counts(&phases.chargers)) <= 1);
            prop_assert!(spread(counts(phases.households.iter().chain(&phases.chargers))) <= 1);
            prop_assert_eq!(&assign(seed, households, chargers), &phases);
        }
    }
}
