//! Rows of quarters and years, merged from those of their months: a report over years reads and adds up a fraction of
//! them. Such a period counts as long as its months are what it was merged from. Pure bytes; knows no storage.

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

/// What the rows of quarters and years are; other kinds are read month by month.
pub const KINDS: [Kind; 5] =
    [Kind::Groups, Kind::Products, Kind::Customers, Kind::Buyers, Kind::CategorySets];

/// What the merged `period` is written as, where all that it is merged from is among `writings`.
pub fn writing_of(period: i64, writings: &BTreeMap<i64, Writing>) -> Option<Writing> {
    let mut hash = Sha256::new();
    for part in days::parts_of_merged(period) {
        hash.update(writings.get(&part)?);
    }
    let mut writing = Writing::default();
    writing.copy_from_slice(&hash.finalize()[..size_of::<Writing>()]);
    Some(writing)
}

/// The row of a period, from those of what it is merged from.
pub fn merge(kind: Kind, rows: &[Vec<u8>]) -> Result<Vec<u8>> {
    match kind {
        Kind::Groups => month::merge_groups(rows),
        Kind::Products => month::merge_products(rows),
        Kind::Customers => buyers::merge_by_category(rows),
        Kind::Buyers => buyers::merge(rows),
        Kind::CategorySets => {
            let mut sets = CategorySets::default();
            rows.iter().try_for_each(|row| sets.add_row(row))?;
            Ok(sets.encode())
        }
        _ => bail!("quarters and years have no rows of {kind:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_another_one_when_something_that_it_is_merged_from_is() {
        let written = |parts: &[(i64, u8)]| -> BTreeMap<i64, Writing> {
            parts.iter().map(|&(part, byte)| (part, [byte; size_of::<Writing>()])).collect()
        };
        let [quarter, year] = days::merged_of_month(651);
        let of = |months: &[(i64, u8)]| writing_of(quarter, &written(months));
        let one = of(&[(651, 1), (652, 2), (653, 3)]);
        assert!(one.is_some() && one == of(&[(650, 9), (651, 1), (652, 2), (653, 3), (654, 9)]));
        assert_ne!(one, of(&[(651, 2), (652, 1), (653, 3)]));
        assert_ne!(one, of(&[(651, 1), (652, 2), (653, 4)]));
        assert_eq!(of(&[(651, 1), (653, 3), (654, 4)]), None);

        let quarters = [648, 651, 654, 657].map(|month| days::merged_of_month(month)[0]);
        let of =
            |bytes: [u8; 4]| writing_of(year, &written(&quarters.into_iter().zip(bytes).collect::<Vec<_>>()));
        assert!(of([1, 2, 3, 4]).is_some());
        assert_ne!(of([1, 2, 3, 4]), of([1, 2, 3, 5]));
        assert_eq!(writing_of(year, &written(&[(648, 1), (649, 2), (650, 3)])), None);
    }
}
