//! What goes into a settlement and what comes out, one record per party and interval.

use super::{Account, Credit, Direction, MAX_ENERGY, MAX_POWER_W, Price, SettlementError, Transfer};
use crate::telemetry::Column;
use crate::units::{Energy, Money};

/// One interval of one party, as metered and called. Intervals after the event carry a request of zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Whose request it is.
    pub party: u32,
    /// The operator it belongs to.
    pub operator: u32,
    /// Start in s of the run.
    pub start_s: u32,
    /// What the event asks for. After the event, what it had asked for.
    pub direction: Direction,
    /// Mean power asked for in W, at least zero in either direction.
    pub requested_w: i64,
    /// Baseline in W; positive is drawn from the grid.
    pub baseline_w: i64,
    /// Metered mean power in W.
    pub actual_w: i64,
    /// Fed in by batteries, at the meter; at least zero.
    pub discharged: Energy,
    /// Bought in this interval only because of the event (rebound, or charging moved here); at least zero.
    pub bought_back: Energy,
    /// Not bought in this interval because of the event (charging put off); at least zero. Like `bought_back` this is
    /// a difference to the run without the event and owes nothing to a baseline.
    pub put_off: Energy,
    /// What the party pays for energy in this interval. May be negative.
    pub retail: Price,
    /// What it gets for energy fed in, apart from the event: [`super::price::feed_in`]. May be negative.
    pub feed_in: Price,
    /// What discharging costs its battery; at least zero (assumption: 0.10 to 0.25 yuan/kWh).
    pub wear: Price,
}

impl Interval {
    /// Every quantity within its range, so that no product overflows.
    pub(super) fn check(&self) -> Result<(), SettlementError> {
        let (power, energy, price) = (MAX_POWER_W, MAX_ENERGY.0, Price::MAX.0);
        let ranges = [
            ("requested power in W", self.requested_w, 0, power),
            ("baseline in W", self.baseline_w, -power, power),
            ("actual power in W", self.actual_w, -power, power),
            ("discharged energy in J", self.discharged.0, 0, energy),
            ("energy bought back in J", self.bought_back.0, 0, energy),
            ("energy put off in J", self.put_off.0, 0, energy),
            ("retail price in micro-yuan/kWh", self.retail.0, -price, price),
            ("feed-in price in micro-yuan/kWh", self.feed_in.0, -price, price),
            ("wear in micro-yuan/kWh", self.wear.0, 0, price),
        ];
        for (what, value, least, most) in ranges {
            if value < least || value > most {
                let (party, start_s) = (self.party, self.start_s);
                return Err(SettlementError::OutOfRange { party, start_s, what, value, least, most });
            }
        }
        Ok(())
    }
}

/// One settled interval of one party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Whose request it was.
    pub party: u32,
    /// The operator it belongs to.
    pub operator: u32,
    /// Start in s of the run.
    pub start_s: u32,
    /// What the event asked for.
    pub direction: Direction,
    /// Mean power asked for in W.
    pub requested_w: i64,
    /// Baseline in W.
    pub baseline_w: i64,
    /// Metered mean power in W.
    pub actual_w: i64,
    /// How the request was met.
    pub credit: Credit,
    /// Fed in by batteries, at the meter.
    pub discharged: Energy,
    /// The part of it that was credited.
    pub discharge_credited: Energy,
    /// Shifted charging that got the discount.
    pub shift_rewarded: Energy,
    /// Bought only because of the event.
    pub bought_back: Energy,
    /// Not bought because of the event.
    pub put_off: Energy,
    /// Fund to operator.
    pub payment: Money,
    /// Operator to fund.
    pub penalty: Money,
    /// Operator to owner for discharge.
    pub owner_discharge: Money,
    /// Operator to owner for shifted charging.
    pub owner_shift: Money,
    /// Retailer to owner for energy fed in.
    pub feed_in: Money,
    /// Retailer to owner: what was not bought.
    pub saved: Money,
    /// Owner to retailer: what was bought back.
    pub buy_back: Money,
    /// Owner to nobody: what the battery lost.
    pub wear: Money,
    /// What the owner is left with, against the day without the event.
    pub owner_net: Money,
    /// What the operator is left with.
    pub operator_net: Money,
}

impl Row {
    /// Every amount of the row, with the accounts it goes between.
    pub const fn transfers(&self) -> [Transfer; 8] {
        use Account::{Fund, Operator, Owner, Retailer, Wear};
        [
            Transfer { what: "payment", from: Fund, to: Operator, amount: self.payment },
            Transfer { what: "penalty", from: Operator, to: Fund, amount: self.penalty },
            Transfer { what: "owner_discharge", from: Operator, to: Owner, amount: self.owner_discharge },
            Transfer { what: "owner_shift", from: Operator, to: Owner, amount: self.owner_shift },
            Transfer { what: "feed_in", from: Retailer, to: Owner, amount: self.feed_in },
            Transfer { what: "saved", from: Retailer, to: Owner, amount: self.saved },
            Transfer { what: "buy_back", from: Owner, to: Retailer, amount: self.buy_back },
            Transfer { what: "wear", from: Owner, to: Wear, amount: self.wear },
        ]
    }
}

/// A column of the table of rows, and how it is read from one.
pub type RowColumn = (Column, fn(&Row) -> i64);

/// Describes a column.
const fn column(name: &'static str, unit: &'static str, doc: &'static str) -> Column {
    Column { name, unit, doc }
}

/// The columns of the table of rows beside its keys, which are `start_s` and `party`.
pub const COLUMNS: [RowColumn; 28] = [
    (column("operator", "1", "The party's operator."), |r| i64::from(r.operator)),
    (column("increase", "1", "1 if the event asked for more load, 0 if for less."), |r| r.direction as i64),
    (column("requested_w", "W", "Mean power asked for."), |r| r.requested_w),
    (column("baseline_w", "W", "Baseline; positive is drawn from the grid."), |r| r.baseline_w),
    (column("actual_w", "W", "Metered mean power."), |r| r.actual_w),
    (column("requested_j", "J", "Energy asked for."), |r| r.credit.requested.0),
    (column("delivered_j", "J", "Delivered by the baseline; negative is the wrong way."), |r| r.credit.delivered.0),
    (column("credited_j", "J", "Delivered energy that counts, up to the cap."), |r| r.credit.credited.0),
    (column("over_j", "J", "Delivered beyond the cap."), |r| r.credit.over.0),
    (column("opposite_j", "J", "Load that moved the wrong way."), |r| r.credit.opposite.0),
    (column("shortfall_j", "J", "Requested and not credited."), |r| r.credit.shortfall.0),
    (column("rate_milli", "1/1000", "Delivered over requested; 0 without a request."), |r| r.credit.rate_milli),
    (column("pays_milli", "1/1000", "Share of the price that the band pays."), |r| r.credit.pays_milli),
    (column("discharged_j", "J", "Fed in by batteries, at the meter."), |r| r.discharged.0),
    (column("discharge_credited_j", "J", "The part of it that was credited."), |r| r.discharge_credited.0),
    (column("shift_rewarded_j", "J", "Shifted charging that got the discount."), |r| r.shift_rewarded.0),
    (column("bought_back_j", "J", "Bought only because of the event."), |r| r.bought_back.0),
    (column("put_off_j", "J", "Not bought because of the event."), |r| r.put_off.0),
    (column("payment_uyuan", "1e-6 yuan", "Fund to operator."), |r| r.payment.0),
    (column("penalty_uyuan", "1e-6 yuan", "Operator to fund."), |r| r.penalty.0),
    (column("owner_discharge_uyuan", "1e-6 yuan", "Operator to owner for discharge."), |r| r.owner_discharge.0),
    (column("owner_shift_uyuan", "1e-6 yuan", "Operator to owner for shifted charging."), |r| r.owner_shift.0),
    (column("feed_in_uyuan", "1e-6 yuan", "Retailer to owner for energy fed in."), |r| r.feed_in.0),
    (column("saved_uyuan", "1e-6 yuan", "Retailer to owner: what was not bought."), |r| r.saved.0),
    (column("buy_back_uyuan", "1e-6 yuan", "Owner to retailer: what was bought back."), |r| r.buy_back.0),
    (column("wear_uyuan", "1e-6 yuan", "Owner to nobody: what the battery lost."), |r| r.wear.0),
    (column("owner_net_uyuan", "1e-6 yuan", "What the owner is left with."), |r| r.owner_net.0),
    (column("operator_net_uyuan", "1e-6 yuan", "What the operator is left with."), |r| r.operator_net.0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_once_and_end_in_their_unit() {
        let ends = [("J", "_j"), ("W", "_w"), ("1/1000", "_milli"), ("1e-6 yuan", "_uyuan"), ("1", "")];
        let mut names: Vec<&str> = Vec::new();
        for (column, _) in COLUMNS {
            let end = ends.iter().find(|e| e.0 == column.unit).unwrap().1;
            assert!(column.name.ends_with(end), "{} in {}", column.name, column.unit);
            assert!(!["time", "interval_s", "id", "party", "start_s"].contains(&column.name));
            assert!(!names.contains(&column.name), "{} twice", column.name);
            names.push(column.name);
        }
    }

    #[test]
    fn the_columns_of_money_are_the_transfers() {
        let money = |n: i64| Money(n);
        let row = Row {
            party: 1,
            operator: 2,
            start_s: 3,
            direction: Direction::Raise,
            requested_w: 0,
            baseline_w: 0,
            actual_w: 0,
            credit: Credit::default(),
            discharged: Energy::ZERO,
            discharge_credited: Energy::ZERO,
            shift_rewarded: Energy::ZERO,
            bought_back: Energy::ZERO,
            put_off: Energy::ZERO,
            payment: money(11),
            penalty: money(12),
            owner_discharge: money(13),
            owner_shift: money(14),
            feed_in: money(15),
            saved: money(16),
            buy_back: money(17),
            wear: money(18),
            owner_net: money(19),
            operator_net: money(20),
        };
        let read = |name: &str| COLUMNS.iter().find(|c| c.0.name == name).map(|c| (c.1)(&row));
        for transfer in row.transfers() {
            assert_eq!(read(&format!("{}_uyuan", transfer.what)), Some(transfer.amount.0));
        }
        assert_eq!((read("owner_net_uyuan"), read("operator_net_uyuan")), (Some(19), Some(20)));
        assert_eq!((read("increase"), read("operator")), (Some(1), Some(2)));
    }
}
