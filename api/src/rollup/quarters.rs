//! Rows of a quarter of a year, merged from those of its three months: a report over years reads and adds up a third as
//! much. A quarter counts as long as its months are what it was merged from. Pure bytes; knows no storage.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use sha2::{Digest, Sha256};

use super::{
    buyers,
    category_sets::CategorySets,
    days,
    month::{self, Kind},
};
use crate::db::Writing;

/// What the rows of a quarter are; other kinds are read month by month.
pub const KINDS: [Kind; 3] = [Kind::Products, Kind::Buyers, Kind::CategorySets];

/// What `quarter` is written as, where its three months are among `months`, which were written as that.
pub fn writing_of(quarter: i64, months: &BTreeMap<i64, Writing>) -> Option<Writing> {
    let mut hash = Sha256::new();
    for month in days::months_of_quarter(quarter) {
        hash.update(months.get(&month)?);
    }
    let mut writing = Writing::default();
    writing.copy_from_slice(&hash.finalize()[..size_of::<Writing>()]);
    Some(writing)
}

/// The row of a quarter, from the months' rows of that part.
pub fn merge(kind: Kind, rows: &[Vec<u8>]) -> Result<Vec<u8>> {
    match kind {
        Kind::Products => month::merge_products(rows),
        Kind::Buyers => buyers::merge(rows),
        Kind::CategorySets => {
            let mut sets = CategorySets::default();
            rows.iter().try_for_each(|row| sets.add_row(row))?;
            Ok(sets.encode())
        }
        _ => bail!("quarters of years have no rows of {kind:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_is_another_one_when_one_of_its_months_is() {
        let written = |months: &[(i64, u8)]| -> BTreeMap<i64, Writing> {
            months.iter().map(|&(month, byte)| (month, [byte; size_of::<Writing>()])).collect()
        };
        let quarter = days::quarter_of_month(651);
        let of = |months: &[(i64, u8)]| writing_of(quarter, &written(months));
        let one = of(&[(651, 1), (652, 2), (653, 3)]);
        assert!(one.is_some() && one == of(&[(650, 9), (651, 1), (652, 2), (653, 3), (654, 9)]));
        assert_ne!(one, of(&[(651, 2), (652, 1), (653, 3)]));
        assert_ne!(one, of(&[(651, 1), (652, 2), (653, 4)]));
        assert_eq!(of(&[(651, 1), (653, 3), (654, 4)]), None);
    }
}
