//! Properties that hold for every transformer, load and step.

use super::*;
use proptest::prelude::*;

fn oils() -> impl Strategy<Value = OilParams> {
    let kinds = [OilParams::onan_distribution(), OilParams::onan_power(), OilParams::onaf_power()];
    (0_usize..3, 3.0_f64..12.0).prop_map(move |(i, ratio)| kinds[i].with_losses(ratio, 1.0))
}

/// A state on the way: some time at some load.
fn warm(params: &OilParams, load: f64, ambient_c: f64, time_s: u32) -> OilState {
    params.step(&OilState::cold(ambient_c), load, ambient_c, time_s)
}

proptest! {
    #[test]
    fn hotter_with_more_load_and_with_warmer_air(
        params in oils(), before in 0.0_f64..1.6, time_s in 0_u32..36_000, step_s in 1_u32..36_000,
        load in 0.0_f64..1.8, more in 1e-3_f64..0.5, ambient_c in -10.0_f64..45.0, warmer_k in 1e-3_f64..10.0,
    ) {
        let start = warm(&params, before, ambient_c, time_s);
        let base = params.step(&start, load, ambient_c, step_s);
        for other in [
            params.step(&start, load + more, ambient_c, step_s),
            params.step(&start, load, ambient_c + warmer_k, step_s),
        ] {
            prop_assert!(other.top_oil_c > base.top_oil_c);
            prop_assert!(other.hot_spot_c() > base.hot_spot_c());
            for paper in [Paper::Normal, Paper::Upgraded] {
                prop_assert!(paper.rate(other.hot_spot_c()) > paper.rate(base.hot_spot_c()));
            }
        }
        prop_assert_eq!(params.step(&start, -load, ambient_c, step_s), base);
    }

    #[test]
    fn the_top_oil_never_passes_its_aim_and_reaches_it(
        params in oils(), before in 0.0_f64..1.6, time_s in 0_u32..36_000, step_s in 0_u32..180_000,
        load in 0.0_f64..1.8, ambient_c in -10.0_f64..45.0,
    ) {
        let start = warm(&params, before, ambient_c, time_s);
        let (next, aim) = (params.step(&start, load, ambient_c, step_s), params.steady(load, ambient_c));
        let (low_c, high_c) = (start.top_oil_c.min(aim.top_oil_c), start.top_oil_c.max(aim.top_oil_c));
        prop_assert!((low_c - 1e-12..=high_c + 1e-12).contains(&next.top_oil_c));
        let end = params.step(&next, load, ambient_c, 7 * 86_400);
        prop_assert!((end.top_oil_c - aim.top_oil_c).abs() < 1e-9);
        prop_assert!((end.hot_spot_c() - aim.hot_spot_c()).abs() < 1e-9);
        // And without overshoot of the winding in distribution transformers.
        if params.k21 == 1.0 {
            let over_k = |state: &OilState| state.hot_spot_c() - state.top_oil_c;
            let (a, b) = (over_k(&start), over_k(&aim));
            prop_assert!((a.min(b) - 1e-9..=a.max(b) + 1e-9).contains(&over_k(&next)));
        }
    }

    #[test]
    fn a_cold_start_stays_between_air_and_what_the_parts_strive_for(
        params in oils(), time_s in 0_u32..400_000, load in 0.0_f64..1.8, ambient_c in -10.0_f64..45.0,
    ) {
        let cold = OilState::cold(ambient_c);
        prop_assert_eq!((cold.top_oil_c, cold.hot_spot_c()), (ambient_c, ambient_c));
        let (state, aim) = (warm(&params, load, ambient_c, time_s), params.steady(load, ambient_c));
        prop_assert!((ambient_c..=aim.top_oil_c + 1e-12).contains(&state.top_oil_c));
        prop_assert!(state.hot_spot_c() >= state.top_oil_c - 1e-12);
        prop_assert!(state.hot_spot_c() <= aim.top_oil_c + aim.winding_k + 1e-12);
        // Without overshoot the steady hot spot itself is the bound.
        prop_assert!(params.k21 > 1.0 || state.hot_spot_c() <= aim.hot_spot_c() + 1e-12);
    }

    #[test]
    fn a_step_may_be_cut_anywhere(
        params in oils(), before in 0.0_f64..1.6, time_s in 0_u32..36_000, load in 0.0_f64..1.8,
        ambient_c in -10.0_f64..45.0, cuts in proptest::collection::vec(0_u32..12_000, 1..30),
    ) {
        let start = warm(&params, before, ambient_c, time_s);
        let whole = params.step(&start, load, ambient_c, cuts.iter().sum());
        let cut = cuts.iter().fold(start, |state, &piece| params.step(&state, load, ambient_c, piece));
        prop_assert!((whole.top_oil_c - cut.top_oil_c).abs() < 1e-9);
        prop_assert!((whole.hot_spot_c() - cut.hot_spot_c()).abs() < 1e-9);
        let dry = DryParams::of_class(InsulationClass::H);
        let whole = dry.step(&dry.steady(before), load, cuts.iter().sum());
        let cut = cuts.iter().fold(dry.steady(before), |state, &piece| dry.step(&state, load, piece));
        prop_assert!((whole.rise_k - cut.rise_k).abs() < 1e-9);
    }

    #[test]
    fn dry_types_grow_with_load_and_do_not_overshoot(
        before in 0.0_f64..1.6, load in 0.0_f64..1.8, more in 1e-3_f64..0.5, step_s in 1_u32..24_000,
    ) {
        for class in [InsulationClass::F, InsulationClass::H] {
            let params = DryParams::of_class(class);
            let (start, aim) = (params.steady(before), params.steady(load));
            let next = params.step(&start, load, step_s);
            prop_assert!(params.step(&start, load + more, step_s).rise_k > next.rise_k);
            let (low_k, high_k) = (start.rise_k.min(aim.rise_k), start.rise_k.max(aim.rise_k));
            prop_assert!((low_k - 1e-12..=high_k + 1e-12).contains(&next.rise_k));
            prop_assert!((params.step(&next, load, 240_000).rise_k - aim.rise_k).abs() < 1e-9);
        }
    }

    #[test]
    fn a_batch_gives_each_the_bits_it_would_get_alone(
        loads in proptest::collection::vec((0.0_f64..1.6, 15.0_f64..40.0), 1..40), steps in 1_u32..12,
        step_s in 1_u32..3_600,
    ) {
        let kinds = [OilParams::onan_distribution(), OilParams::onan_power(), OilParams::onaf_power()];
        let dries = [InsulationClass::F, InsulationClass::H].map(DryParams::of_class);
        let kind = |modulus: u16| (0..loads.len() as u16).map(|i| i % modulus).collect::<Vec<_>>();
        let mut oil = OilBatch::new(Paper::Upgraded, kinds.to_vec(), kind(3), 0.4, 25.0);
        let mut dry = DryBatch::new(dries.to_vec(), kind(2), 0.4);
        let (load, air): (Vec<_>, Vec<_>) = loads.iter().copied().unzip();
        for _ in 0..steps {
            oil.step(&load, &air, step_s);
            dry.step(&load, step_s);
        }
        for (i, (load, ambient_c)) in loads.into_iter().enumerate() {
            let (params, dry_params) = (&kinds[i % 3], &dries[i % 2]);
            let (mut state, mut lost_h) = (params.steady(0.4, 25.0), 0.0);
            let mut dry_state = dry_params.steady(0.4);
            for _ in 0..steps {
                let (next, h) = params.step_aged(Paper::Upgraded, &state, load, ambient_c, step_s);
                state = next;
                lost_h += h;
                dry_state = dry_params.step(&dry_state, load, step_s);
            }
            prop_assert_eq!(oil.state(i), state);
            let life = LifeMeter { lost_h, elapsed_s: u64::from(steps) * u64::from(step_s) };
            prop_assert_eq!(oil.life(i), life);
            prop_assert_eq!(oil.rates()[i], Paper::Upgraded.rate(state.hot_spot_c()));
            prop_assert_eq!(dry.rises_k()[i], dry_state.rise_k);
        }
    }
}

#[test]
fn life_lost_in_quarter_hours_is_that_of_three_seconds_within_a_percent() {
    let params = OilParams::onan_distribution().with_losses(6_200.0, 810.0);
    let load = |time_s: u32| if (28_800..50_400).contains(&time_s) { 1.3 } else { 0.5 };
    let lost_h = |paper: Paper, step_s: u32, steps: u32| {
        let mut state = params.steady(0.5, 30.0);
        (0..steps).fold(0.0, |sum_h, i| {
            let load = load(i * step_s);
            let (next, h) = params.step_aged(paper, &state, load, 30.0, step_s);
            state = next;
            sum_h + h
        })
    };
    for paper in [Paper::Normal, Paper::Upgraded] {
        let (coarse_h, fine_h) = (lost_h(paper, 900, 96), lost_h(paper, 3, 28_800));
        assert!((coarse_h / fine_h - 1.0).abs() < 0.01, "{paper:?}: {coarse_h} for {fine_h}");
    }
}
