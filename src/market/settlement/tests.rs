use super::*;
use crate::market::settlement::price::feed_in;
use crate::market::tariff::Period;
use proptest::prelude::*;

/// An interval without anything in it.
fn idle(party: u32, quarter: u32) -> Interval {
    Interval {
        party,
        operator: 1,
        start_s: quarter * 900,
        direction: Direction::Reduce,
        requested_w: 0,
        baseline_w: 0,
        actual_w: 0,
        discharged: Energy::ZERO,
        bought_back: Energy::ZERO,
        put_off: Energy::ZERO,
        retail: Price(1_000_000),
        feed_in: Price(453_000),
        wear: Price(200_000),
    }
}

/// An interval in which all of a request for `power_w` less is met by not charging.
fn put_off(party: u32, quarter: u32, power_w: i64) -> Interval {
    let put_off = Energy(power_w * 900);
    Interval { requested_w: power_w, baseline_w: power_w, put_off, ..idle(party, quarter) }
}

/// An interval after the event in which energy is bought back.
fn bought_back(party: u32, quarter: u32, energy: Energy) -> Interval {
    Interval { bought_back: energy, actual_w: energy.0 / 900, ..idle(party, quarter) }
}

fn sum(rows: &[Row], what: fn(&Row) -> Money) -> Money {
    rows.iter().map(what).sum()
}

#[test]
fn the_event_of_may_2024() {
    // 53 cars fed in about 20 kWh each and 1,420 put off 3,329 kWh, which they charged in the hour after.
    let mut intervals = Vec::new();
    for quarter in 0..4 {
        let discharged = Energy::from_kwh(265.0);
        let fed_in = Interval { requested_w: 1_060_000, actual_w: -1_060_000, discharged, ..idle(1, quarter) };
        intervals.push(fed_in);
        intervals.push(put_off(2, quarter, 3_329_000));
        intervals.push(bought_back(2, quarter + 4, Energy::from_kwh(832.25)));
    }
    let rows = settle(&Programme::shenzhen(), &intervals).unwrap();
    let credited: Energy = rows.iter().map(|r| r.credit.credited).sum();
    assert_eq!(credited, Energy::from_kwh(4_389.0));
    assert_eq!(sum(&rows, |r| r.payment), Money(21_945_000_000));
    assert_eq!(sum(&rows, |r| r.owner_discharge), Money(4_240_000_000));
    assert_eq!(sum(&rows, |r| r.owner_shift), Money(2_663_200_000));
    let accounts = Accounts::of(&rows);
    assert_eq!(accounts.balance(Account::Operator), Money(21_945_000_000 - 4_240_000_000 - 2_663_200_000));
    assert_eq!(accounts.balance(Account::Wear), Money(212_000_000));
    assert_eq!(accounts.total(), Money::ZERO);
}

#[test]
fn a_discharge_at_the_peak_earns_the_tariff_beside_the_event() {
    let discharged = Energy::from_kwh(20.0);
    let event = Interval {
        requested_w: 80_000,
        actual_w: -80_000,
        discharged,
        feed_in: feed_in(Period::Peak),
        wear: Price(150_000),
        ..idle(7, 0)
    };
    // 20 kWh fed in at 87 % round trip are 22.988506 kWh bought back, at 0.40 yuan/kWh.
    let energy = Energy(82_758_620);
    let after = Interval { retail: Price(400_000), ..bought_back(7, 4, energy) };
    let rows = settle(&Programme::shenzhen(), &[after, event]).unwrap();
    assert_eq!(rows[0].feed_in, Money(15_402_000));
    assert_eq!(rows[0].owner_discharge, Money(80_000_000));
    assert_eq!(rows[0].operator_net, Money(20_000_000));
    assert_eq!(rows[0].wear, Money(3_000_000));
    assert_eq!(rows[0].owner_net, Money(15_402_000 + 80_000_000 - 3_000_000));
    // 82,758,620 J x 0.4 / 3.6e6 = 9.195402222 yuan. There is no discount: nothing but discharge was credited.
    assert_eq!(rows[1].buy_back, Money(9_195_402));
    assert_eq!((rows[1].owner_shift, rows[1].owner_net), (Money::ZERO, Money(-9_195_402)));
}

#[test]
fn the_discount_ends_with_what_was_put_off() {
    let kwh = Energy::from_kwh;
    // 4 kW put off for a quarter: 1 kWh. It comes back in three parts, with more behind it.
    let intervals = [
        bought_back(1, 0, kwh(5.0)),
        put_off(1, 1, 4_000),
        bought_back(1, 2, kwh(0.7)),
        bought_back(1, 3, kwh(0.2)),
        bought_back(1, 4, kwh(0.7)),
        bought_back(1, 5, kwh(0.7)),
        bought_back(2, 3, kwh(9.0)),
    ];
    let rows = settle(&Programme::shenzhen(), &intervals).unwrap();
    let rewarded: Vec<Energy> = rows.iter().map(|r| r.shift_rewarded).collect();
    assert_eq!(rewarded, [kwh(0.0), kwh(0.0), kwh(0.7), kwh(0.2), kwh(0.1), kwh(0.0), kwh(0.0)]);
    assert_eq!(rows[2].owner_shift, Money(560_000));
    // What is not bought is saved at the price of its interval.
    assert_eq!((rows[1].saved, rows[1].owner_net), (Money(1_000_000), Money(1_000_000)));
    assert_eq!(rows[2].owner_net, Money(560_000 - 700_000));
}

#[test]
fn the_owner_shares_what_the_band_pays() {
    // 6 of 10 kW asked for, of which 4 by discharge: half the price for all of it.
    let event = Interval {
        requested_w: 10_000,
        baseline_w: 2_000,
        actual_w: -4_000,
        discharged: Energy(4_000 * 900),
        ..idle(1, 0)
    };
    let after = bought_back(1, 1, Energy::from_kwh(3.0));
    let rows = settle(&Programme::shenzhen(), &[event, after]).unwrap();
    assert_eq!(rows[0].payment, Money(3_750_000));
    assert_eq!(rows[0].owner_discharge, Money(2_000_000));
    // Half a kWh was shifted; a quarter is paid for.
    assert_eq!(rows[1].shift_rewarded, Energy::from_kwh(0.25));
    let missed = Interval { requested_w: 20_000, ..event };
    let rows = settle(&Programme::shenzhen(), &[missed, after]).unwrap();
    assert_eq!(Accounts::of(&rows).balance(Account::Operator), Money::ZERO);
    assert_eq!(rows[1].shift_rewarded, Energy::ZERO);
}

#[test]
fn charging_moved_into_an_event_gets_its_discount_at_once() {
    let event = Interval {
        direction: Direction::Raise,
        requested_w: 8_000,
        baseline_w: 1_000,
        actual_w: 9_000,
        bought_back: Energy::from_kwh(2.0),
        ..idle(1, 0)
    };
    let later = Interval { direction: Direction::Raise, put_off: Energy::from_kwh(2.0), ..idle(1, 9) };
    let rows = settle(&Programme::shenzhen(), &[event, later]).unwrap();
    assert_eq!((rows[0].payment, rows[0].owner_shift), (Money(10_000_000), Money(1_600_000)));
    assert_eq!((rows[0].owner_discharge, rows[1].owner_shift), (Money::ZERO, Money::ZERO));
    assert_eq!(Accounts::of(&rows).balance(Account::Owner), Money(1_600_000));
}

#[test]
fn discharge_that_is_not_credited_still_earns_the_tariff_and_wears_the_battery() {
    let discharged = Energy::from_kwh(1.0);
    let unasked = Interval { actual_w: -4_000, discharged, ..idle(1, 0) };
    let against = Interval { direction: Direction::Raise, requested_w: 4_000, actual_w: 4_000, ..unasked };
    let rows = settle(&Programme::shenzhen(), &[unasked, Interval { start_s: 900, ..against }]).unwrap();
    for row in &rows {
        assert_eq!((row.feed_in, row.wear), (Money(453_000), Money(200_000)));
        assert_eq!((row.discharge_credited, row.owner_discharge), (Energy::ZERO, Money::ZERO));
    }
    assert_eq!((rows[0].payment, rows[1].payment), (Money::ZERO, Money(5_000_000)));
}

#[test]
fn what_cannot_be_settled_is_an_error() {
    let programme = Programme::shenzhen();
    let twice = settle(&programme, &[idle(3, 1), idle(2, 1), idle(3, 1)]);
    assert_eq!(twice, Err(SettlementError::Twice { party: 3, start_s: 900 }));
    let negative = settle(&programme, &[Interval { requested_w: -1, ..idle(3, 1) }]).unwrap_err();
    let text = "party 3 at 900 s: requested power in W is -1, outside 0 to 100000000000";
    assert_eq!(negative.to_string(), text);
    let unsound = settle(&Programme { cap_milli: 0, ..programme.clone() }, &[]).unwrap_err();
    assert_eq!(unsound.to_string(), "the programme is not sound: `cap_milli` is 0, outside 1000 to 10000");
    // Each interval alone is within bounds, their sum is not.
    let dear = Programme { price: Price::MAX, ..programme };
    let most = |q| Interval { requested_w: MAX_POWER_W, actual_w: -MAX_POWER_W, ..idle(1, q) };
    let many: Vec<Interval> = (0..4_000).map(most).collect();
    assert_eq!(settle(&dear, &many), Err(SettlementError::TooMuch));
    assert_eq!(settle(&dear, &many[..100]).unwrap().len(), 100);
    assert_eq!(settle(&dear, &[]), Ok(Vec::new()));
}

fn intervals() -> impl Strategy<Value = Vec<Interval>> {
    let power = || -50_000_i64..50_000;
    let energy = || prop_oneof![Just(0_i64), 0_i64..60_000_000];
    let price = || -500_000_i64..2_000_000;
    let flows = (0_i64..40_000, power(), power(), energy(), energy(), energy());
    let one = (0_u32..3, any::<bool>(), flows, price(), price(), 0_i64..300_000);
    prop::collection::btree_map((0_u32..6, 0_u32..8), one, 1..30).prop_map(|map| {
        let made = map.into_iter().map(|((party, quarter), (operator, up, flows, retail, feed_in, wear))| Interval {
            party,
            operator,
            start_s: quarter * 900,
            direction: if up { Direction::Raise } else { Direction::Reduce },
            requested_w: flows.0,
            baseline_w: flows.1,
            actual_w: flows.2,
            discharged: Energy(flows.3),
            bought_back: Energy(flows.4),
            put_off: Energy(flows.5),
            retail: Price(retail),
            feed_in: Price(feed_in),
            wear: Price(wear),
        });
        made.collect()
    })
}

fn programmes() -> impl Strategy<Value = Programme> {
    let price = || 0_i64..6_000_000;
    (price(), price(), price(), price(), 0_i64..=1_000, 0_i64..=1_000).prop_map(|(p, d, s, fine, low, high)| {
        Programme {
            price: Price(p),
            owner_discharge: Price(d),
            owner_shift: Price(s),
            bands: vec![Band { from_milli: 300, pays_milli: low }, Band { from_milli: 900, pays_milli: high }],
            penalty: Price(fine),
            ..Programme::shenzhen()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn money_adds_up_to_zero(programme in programmes(), intervals in intervals()) {
        let rows = settle(&programme, &intervals).unwrap();
        let accounts = Accounts::of(&rows);
        prop_assert_eq!(accounts.total(), Money::ZERO);
        // The same balances, summed by hand from the columns.
        let fund = sum(&rows, |r| r.penalty - r.payment);
        let operator = sum(&rows, |r| r.payment - r.penalty - r.owner_discharge - r.owner_shift);
        let owner = sum(&rows, |r| r.owner_discharge + r.owner_shift + r.feed_in + r.saved - r.buy_back - r.wear);
        let retailer = sum(&rows, |r| r.buy_back - r.feed_in - r.saved);
        let by_hand = [fund, operator, owner, retailer, sum(&rows, |r| r.wear)];
        prop_assert_eq!(Account::ALL.map(|a| accounts.balance(a)), by_hand);
        prop_assert_eq!(sum(&rows, |r| r.owner_net), owner);
        prop_assert_eq!(sum(&rows, |r| r.operator_net), operator);
        for row in &rows {
            prop_assert_eq!(Accounts::of([row]).total(), Money::ZERO);
        }
        let mut together = Accounts::default();
        for (_, group) in Accounts::by(&rows, |r| (r.operator, r.start_s)) {
            prop_assert_eq!(group.total(), Money::ZERO);
            together += group;
        }
        prop_assert_eq!(together, accounts);
    }

    #[test]
    fn rows_do_not_depend_on_the_order_of_intervals(
        (sorted, shuffled) in intervals().prop_flat_map(|i| (Just(i.clone()), Just(i).prop_shuffle())),
    ) {
        let rows = settle(&Programme::shenzhen(), &shuffled).unwrap();
        prop_assert_eq!(&rows, &settle(&Programme::shenzhen(), &sorted).unwrap());
        prop_assert!(rows.is_sorted_by_key(|r| (r.party, r.start_s)));
        // Nor on what other parties do.
        let alone: Vec<Interval> = shuffled.iter().filter(|i| i.party == 3).copied().collect();
        let own: Vec<Row> = rows.iter().filter(|r| r.party == 3).copied().collect();
        prop_assert_eq!(own, settle(&Programme::shenzhen(), &alone).unwrap());
    }

    #[test]
    fn energy_adds_up_and_the_operator_hands_on_no_more_than_it_is_paid(intervals in intervals()) {
        let rows = settle(&Programme::shenzhen(), &intervals).unwrap();
        for row in &rows {
            let c = row.credit;
            prop_assert_eq!(c.credited + c.over - c.opposite, c.delivered);
            prop_assert!(c.credited.0 * 10 <= c.requested.0 * 12);
            prop_assert!(row.discharge_credited <= c.credited && row.discharge_credited <= row.discharged);
            prop_assert!(row.direction == Direction::Raise || row.shift_rewarded <= row.bought_back);
            prop_assert!(row.owner_discharge <= row.payment);
        }
        for party in 0..6 {
            let own: Vec<Row> = rows.iter().filter(|r| r.party == party).copied().collect();
            let handed_on = sum(&own, |r| r.owner_discharge + r.owner_shift);
            // Each amount is rounded by half a micro-yuan at most, and each paid energy by half a joule.
            prop_assert!(handed_on.0 <= sum(&own, |r| r.payment).0 + 2 * own.len() as i64);
        }
    }
}
