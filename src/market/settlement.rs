//! Settlement: who pays whom, for each party and quarter of an hour of an event and of the hours after it.
//!
//! Every yuan is a transfer between two [`accounts::Account`]s, so the sum over all accounts, the fund's included, is
//! exactly zero. All accounts are differences to the same day without the event: what a party did not buy because of
//! the event counts as saved, what it bought back later as bought.
//!
//! | what | from | to | how much |
//! |---|---|---|---|
//! | payment | fund | operator | credited energy x event price x what the band pays |
//! | penalty | operator | fund | shortfall x penalty, where the response falls below tolerance |
//! | owner's share, discharge | operator | owner | the discharged part of what was credited, x what the band pays |
//! | owner's share, shifted charging | operator | owner | a discount on charging that was shifted and paid for |
//! | feed-in | retailer | owner | discharged energy x standing V2G tariff |
//! | saved | retailer | owner | charging put off x retail price of its interval |
//! | bought back | owner | retailer | energy bought back x retail price of its interval |
//! | wear | owner | wear | discharged energy x wear of the battery; nobody receives it |
//!
//! A party is whatever has a request of its own: a vehicle, a station, or the portfolio of an operator. What was paid
//! for a portfolio is handed down with [`crate::market::exact::share_out`].
//!
//! Energy is joules, exactly watts times 900 s. A product of energy and price is taken exactly and rounded once, to the
//! nearest micro-yuan, halves away from zero.

pub mod accounts;
pub mod price;
pub mod programme;
pub mod row;

pub use crate::market::exact::{INTERVAL_S, MAX_POWER_W};
pub use crate::market::resource::Direction;
pub use accounts::{Account, Accounts, Transfer};
pub use price::Price;
pub use programme::{Band, Credit, Programme};
pub use row::{COLUMNS, Interval, Row};

use crate::market::exact::{div_nearest, saturate};
use crate::units::{Energy, Money};

/// The greatest energy that is settled for one party and interval: [`MAX_POWER_W`] for its length.
pub const MAX_ENERGY: Energy = Energy(MAX_POWER_W * INTERVAL_S);

/// Why intervals cannot be settled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettlementError {
    /// A programme that is not sound.
    #[error("the programme is not sound: {}", .0.join("; "))]
    Programme(Vec<String>),
    /// A quantity beyond its range.
    #[error("party {party} at {start_s} s: {what} is {value}, outside {least} to {most}")]
    OutOfRange {
        /// The party.
        party: u32,
        /// Start of the interval in s.
        start_s: u32,
        /// The quantity, with its unit.
        what: &'static str,
        /// Its value.
        value: i64,
        /// The least it may be.
        least: i64,
        /// The most it may be.
        most: i64,
    },
    /// Two intervals of one party at one time.
    #[error("party {party} has two intervals at {start_s} s")]
    Twice {
        /// The party.
        party: u32,
        /// Their start in s.
        start_s: u32,
    },
    /// More money than an account can hold.
    #[error("the transfers add up to more than an account holds, 9.2 x 10^12 yuan")]
    TooMuch,
}

/// Settles intervals of any number of parties, in any order; the rows come sorted by party and start.
///
/// The discount for shifted charging needs the intervals of a party together, event and hours after: it is given for
/// energy that is bought back, up to what was credited before and not discharged.
///
/// # Errors
/// A programme that is not sound, a quantity out of its range (energies and requests may not be negative), two
/// intervals of one party at one time, or more money than an account can hold.
pub fn settle(programme: &Programme, intervals: &[Interval]) -> Result<Vec<Row>, SettlementError> {
    let problems = programme.problems();
    if !problems.is_empty() {
        return Err(SettlementError::Programme(problems));
    }
    let mut order: Vec<&Interval> = intervals.iter().collect();
    order.sort_by_key(|i| (i.party, i.start_s));
    let mut rows: Vec<Row> = Vec::with_capacity(order.len());
    let mut shifted_j = 0;
    let mut turnover = 0_i128;
    for interval in order {
        interval.check()?;
        match rows.last() {
            Some(last) if last.party == interval.party => {
                if last.start_s == interval.start_s {
                    return Err(SettlementError::Twice { party: last.party, start_s: last.start_s });
                }
            }
            _ => shifted_j = 0,
        }
        let row = settle_one(programme, interval, &mut shifted_j);
        turnover += row.transfers().iter().map(|t| i128::from(t.amount.0).abs()).sum::<i128>();
        rows.push(row);
    }
    if turnover > i128::from(i64::MAX) { Err(SettlementError::TooMuch) } else { Ok(rows) }
}

/// Settles one interval. `shifted_j` is what the party was credited so far without discharging, weighted by what the
/// bands pay, and has not bought back yet.
fn settle_one(programme: &Programme, i: &Interval, shifted_j: &mut i128) -> Row {
    let credit = programme.credit(i.direction, i.requested_w, i.baseline_w, i.actual_w);
    // Discharge comes first in what is credited: it is the dearer part, and the owner's (assumption). An increase is
    // not made by discharging.
    let discharge_credited = match i.direction {
        Direction::Reduce => i.discharged.min(credit.credited),
        Direction::Raise => Energy::ZERO,
    };
    let moved = milli(credit.credited - discharge_credited, credit.pays_milli);
    let shift_rewarded = match i.direction {
        // Moved to a later hour: the discount is on what is bought back then.
        Direction::Reduce => {
            let rewarded = i.bought_back.min(Energy(saturate(*shifted_j)));
            *shifted_j += i128::from(moved.0) - i128::from(rewarded.0);
            rewarded
        }
        // Moved to this hour: the discount is on what is bought now.
        Direction::Raise => moved,
    };
    let mut row = Row {
        party: i.party,
        operator: i.operator,
        start_s: i.start_s,
        direction: i.direction,
        requested_w: i.requested_w,
        baseline_w: i.baseline_w,
        actual_w: i.actual_w,
        credit,
        discharged: i.discharged,
        discharge_credited,
        shift_rewarded,
        bought_back: i.bought_back,
        put_off: i.put_off,
        payment: programme.payment(&credit),
        penalty: programme.penalty(&credit),
        owner_discharge: programme.owner_discharge.of_milli(discharge_credited, credit.pays_milli),
        owner_shift: programme.owner_shift.of(shift_rewarded),
        feed_in: i.feed_in.of(i.discharged),
        saved: i.retail.of(i.put_off),
        buy_back: i.retail.of(i.bought_back),
        wear: i.wear.of(i.discharged),
        owner_net: Money::ZERO,
        operator_net: Money::ZERO,
    };
    let accounts = Accounts::of([&row]);
    row.owner_net = accounts.balance(Account::Owner);
    row.operator_net = accounts.balance(Account::Operator);
    row
}

/// Thousandths of an energy, to the nearest joule.
fn milli(energy: Energy, milli: i64) -> Energy {
    Energy(saturate(div_nearest(i128::from(energy.0) * i128::from(milli), 1_000)))
}

#[cfg(test)]
mod tests;
