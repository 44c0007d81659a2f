use super::fixture::{CALLED, OFF, Series, WORK, at_hour};
use super::*;
use proptest::prelude::*;

#[test]
fn names_are_distinct() {
    let mut names: Vec<&str> = Method::ALL.iter().map(|m| m.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Method::ALL.len());
}

#[test]
fn an_event_has_an_interval_and_no_more_than_a_day() {
    let series = Series::flat(30, 1_000);
    for (begin, end) in [(2_000, 2_000), (2_001, 2_000), (2_000, 2_097), (0, u32::MAX)] {
        for method in Method::ALL {
            let answer = baseline_w(series.meter(), Window { begin, end }, method);
            assert_eq!(answer, Err(BaselineError::Event { begin, end }));
        }
    }
    let day = Window { begin: 2_000, end: 2_096 };
    assert_eq!(baseline_w(series.meter(), day, Method::ALL[0]), Ok(vec![1_000; 96]));
}

#[test]
fn an_absurd_load_is_refused() {
    let mut series = Series::flat(20, 1_000);
    let event = Window { begin: at_hour(19, 18), end: at_hour(19, 19) };
    series.set(at_hour(17, 18), at_hour(17, 19), MAX_POWER_W + 1);
    for method in [Method::ALL[0], Method::ALL[2]] {
        let answer = baseline_w(series.meter(), event, method);
        assert_eq!(answer, Err(BaselineError::TooLarge { load_w: MAX_POWER_W + 1 }));
    }
    series.set(at_hour(17, 18), at_hour(17, 19), i64::MIN);
    assert!(baseline_w(series.meter(), event, Method::ALL[0]).is_err());
}

#[test]
fn history_rules_need_no_load_of_the_event_day() {
    let mut series = Series::flat(13, 1_000);
    series.load_w.truncate(12 * PER_DAY as usize);
    let event = Window { begin: at_hour(12, 18), end: at_hour(12, 20) };
    for adjust in [Adjust::None, Adjust::DayOf] {
        let ahead = adjust == Adjust::None;
        assert_eq!(baseline_w(series.meter(), event, Method::LastFive(adjust)).is_ok(), ahead);
        assert_eq!(baseline_w(series.meter(), event, Method::HighFiveOfTen(adjust)).is_ok(), ahead);
    }
}

#[test]
fn an_event_past_midnight_looks_past_midnight_on_earlier_days() {
    let mut series = Series::flat(8, 100);
    let event = Window { begin: at_hour(6, 23), end: at_hour(7, 1) };
    for day in 0..7 {
        series.set(at_hour(day, 23), at_hour(day + 1, 0), 600);
        series.set(at_hour(day + 1, 0), at_hour(day + 1, 1), 300);
    }
    let answer = baseline_w(series.meter(), event, Method::LastFive(Adjust::None));
    assert_eq!(answer, Ok(vec![600, 600, 600, 600, 300, 300, 300, 300]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_constant_load_is_its_own_baseline(
        load_w in -MAX_POWER_W..=MAX_POWER_W,
        hour in 4_u32..20,
        length in 1_u32..=16,
        kinds in prop::collection::vec(0_u8..4, 44),
    ) {
        let of_kind = |k: &u8| [WORK, WORK, OFF, CALLED][usize::from(*k)];
        let days: Vec<(Day, i64)> = kinds.iter().map(|k| (of_kind(k), load_w)).collect();
        let mut series = Series::daily(&days);
        // What happens in the event and on days that are not normal is nobody's business.
        let event = Window { begin: at_hour(42, hour), end: at_hour(42, hour) + length };
        for day in 0..42 {
            if !series.days[day as usize].is_normal() {
                series.set(at_hour(day, hour), at_hour(day, hour) + length, -123_456);
            }
        }
        series.set(event.begin, event.end, 0);
        let normal = series.days[..42].iter().filter(|d| d.is_normal()).count();
        for method in Method::ALL {
            match baseline_w(series.meter(), event, method) {
                Ok(baseline_w) => prop_assert_eq!(baseline_w, vec![load_w; length as usize]),
                Err(BaselineError::TooFewDays { found, needed, .. }) => {
                    prop_assert!(normal < 11 && found < needed);
                }
                Err(other) => prop_assert!(false, "{other}"),
            }
        }
    }

    #[test]
    fn any_input_has_an_answer(
        load_w in prop::collection::vec(any::<i64>(), 0..600),
        kinds in prop::collection::vec(any::<(bool, bool)>(), 0..8),
        begin in prop_oneof![0_u32..700, any::<u32>()],
        end in prop_oneof![0_u32..700, any::<u32>()],
    ) {
        let days: Vec<Day> = kinds.into_iter().map(|(workday, event)| Day { workday, event }).collect();
        let meter = Meter { load_w: &load_w, days: &days };
        let event = Window { begin, end };
        for method in Method::ALL {
            if let Ok(baseline_w) = baseline_w(meter, event, method) {
                prop_assert_eq!(baseline_w.len(), event.len() as usize);
            }
        }
    }

    #[test]
    fn a_mean_lies_between_the_loads_and_beijing_above_its_ten_days(
        loads in prop::collection::vec(-5_000_i64..5_000, 12),
    ) {
        let days: Vec<(Day, i64)> = loads.iter().map(|&w| (WORK, w)).collect();
        let series = Series::daily(&days);
        let event = Window { begin: at_hour(11, 18), end: at_hour(11, 19) };
        let last_w = baseline_w(series.meter(), event, Method::ALL[0]).unwrap()[0];
        let five = &loads[6..11];
        prop_assert!(*five.iter().min().unwrap() <= last_w && last_w <= *five.iter().max().unwrap());
        let high_w = baseline_w(series.meter(), event, Method::ALL[2]).unwrap()[0];
        let ten = &loads[..10];
        prop_assert!(high_w * 10 + 5 >= ten.iter().sum::<i64>());
        prop_assert!(high_w <= *ten.iter().max().unwrap());
    }
}
