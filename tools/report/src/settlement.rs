//! Money by operator: the rows of `settlement.parquet`, summed over the intervals of an event.

use crate::failure::Failure;
use crate::table::Table;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The file.
pub(crate) const NAME: &str = "settlement.parquet";
/// What is summed, with the unit of a whole one over the unit of the page.
const COLUMNS: [(&str, &str, f64); 8] = [
    ("requested_j", "requested_kwh", 3.6e6),
    ("delivered_j", "delivered_kwh", 3.6e6),
    ("credited_j", "credited_kwh", 3.6e6),
    ("shortfall_j", "shortfall_kwh", 3.6e6),
    ("payment_uyuan", "payment_yuan", 1e6),
    ("penalty_uyuan", "penalty_yuan", 1e6),
    ("operator_net_uyuan", "operator_net_yuan", 1e6),
    ("owner_net_uyuan", "owner_net_yuan", 1e6),
];

/// Operators by what they are left with, the most first; equal ones by name.
///
/// # Errors
/// A table that is not the one voltcity writes.
pub(crate) fn by_operator(table: &Table) -> Result<Vec<Value>, Failure> {
    let parties = table.texts("party")?;
    let columns = table.integers(&COLUMNS.map(|column| column.0))?;
    let mut sums: BTreeMap<&str, [i128; COLUMNS.len()]> = BTreeMap::new();
    for (row, party) in parties.iter().enumerate() {
        let sum = sums.entry(party).or_default();
        for (total, column) in sum.iter_mut().zip(&columns) {
            *total += i128::from(column.get(row).copied().unwrap_or(0));
        }
    }
    let mut rows: Vec<_> = sums.into_iter().collect();
    rows.sort_by_key(|(_, sum)| -sum[6]);
    let row = |(party, sum): (&str, [i128; COLUMNS.len()])| {
        let mut value = json!({ "party": party });
        for ((_, name, one), total) in COLUMNS.iter().zip(sum) {
            value[*name] = json!(total as f64 / one);
        }
        value
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Which way the event asked the load to go: `reduce` or `raise`; null if the table does not tell.
///
/// # Errors
/// A table that is not the one voltcity writes.
pub(crate) fn direction(table: &Table) -> Result<Value, Failure> {
    let increase = table.integers(&["increase"])?;
    let told = |raises: &i64| if *raises == 0 { "reduce" } else { "raise" };
    Ok(increase.first().and_then(|column| column.first()).map(told).into())
}
