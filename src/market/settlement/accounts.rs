//! Accounts: every amount leaves one and arrives in another, so all of them together are always at zero.

use super::Row;
use crate::units::Money;
use std::collections::BTreeMap;

/// Who gives and takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// Pays for responses.
    Fund,
    /// Operators of virtual power plants.
    Operator,
    /// Owners of vehicles, batteries and chargers.
    Owner,
    /// Grid company or retailer, which sells energy and takes energy fed in.
    Retailer,
    /// What batteries lose. No one receives it; it stands here so that an owner's cost has a counterpart.
    Wear,
}

impl Account {
    /// Every account, in order.
    pub const ALL: [Self; 5] = [Self::Fund, Self::Operator, Self::Owner, Self::Retailer, Self::Wear];

    /// The account's name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fund => "fund",
            Self::Operator => "operator",
            Self::Owner => "owner",
            Self::Retailer => "retailer",
            Self::Wear => "wear",
        }
    }
}

/// An amount that goes from one account to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// What it is for.
    pub what: &'static str,
    /// Who pays.
    pub from: Account,
    /// Who is paid.
    pub to: Account,
    /// How much; negative only where a retail or feed-in price is negative.
    pub amount: Money,
}

/// Balances by account: what each has received less what it has paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accounts([Money; 5]);

impl Accounts {
    /// The balances after all transfers of some rows.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Self {
        let mut accounts = Self::default();
        for row in rows {
            accounts.add(row);
        }
        accounts
    }

    /// The balances of each group of rows, by rising key: of each operator with `|r| r.operator`, of each party, of
    /// each interval.
    pub fn by<'a, K: Ord>(rows: impl IntoIterator<Item = &'a Row>, key: impl Fn(&Row) -> K) -> Vec<(K, Self)> {
        let mut groups: BTreeMap<K, Self> = BTreeMap::new();
        for row in rows {
            groups.entry(key(row)).or_default().add(row);
        }
        groups.into_iter().collect()
    }

    /// Books the transfers of a row.
    pub fn add(&mut self, row: &Row) {
        for transfer in row.transfers() {
            self.book(transfer);
        }
    }

    /// Books a transfer.
    pub fn book(&mut self, transfer: Transfer) {
        self.0[transfer.from as usize] -= transfer.amount;
        self.0[transfer.to as usize] += transfer.amount;
    }

    /// The balance of an account.
    pub const fn balance(&self, account: Account) -> Money {
        self.0[account as usize]
    }

    /// The sum over all accounts. It is zero.
    pub fn total(&self) -> Money {
        self.0.into_iter().sum()
    }
}

impl core::ops::AddAssign for Accounts {
    fn add_assign(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, others)| *own += others);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_transfer_leaves_one_account_and_arrives_in_another() {
        let mut accounts = Accounts::default();
        accounts.book(Transfer { what: "payment", from: Account::Fund, to: Account::Operator, amount: Money(5) });
        accounts.book(Transfer { what: "share", from: Account::Operator, to: Account::Owner, amount: Money(4) });
        let balances = Account::ALL.map(|a| accounts.balance(a).0);
        assert_eq!(balances, [-5, 1, 4, 0, 0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn sums_of_accounts_are_accounts_of_sums(
            transfers in prop::collection::vec((0_usize..5, 0_usize..5, -1_000_000_i64..1_000_000), 0..40),
            cut in 0_usize..40,
        ) {
            let booked = |some: &[(usize, usize, i64)]| {
                let mut accounts = Accounts::default();
                for &(from, to, amount) in some {
                    let (from, to) = (Account::ALL[from], Account::ALL[to]);
                    accounts.book(Transfer { what: "test", from, to, amount: Money(amount) });
                }
                accounts
            };
            let cut = cut.min(transfers.len());
            let mut sum = booked(&transfers[..cut]);
            sum += booked(&transfers[cut..]);
            prop_assert_eq!(sum, booked(&transfers));
            prop_assert_eq!(sum.total(), Money::ZERO);
        }
    }
}
