//! Reads rows of month summaries, from memory where a report read the same ones before.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use sqlx::{Any, QueryBuilder, Row};

use super::{Months, Snapshot};
use crate::{
    db::{Dialect, RowKey, Writing},
    rollup::month::Kind,
    statements,
};

/// Where rows are, and which ones of a month.
#[derive(Debug)]
pub(super) enum Place {
    /// In `rollup_months`: those of regions and channels.
    Months { regions: Vec<i64>, channels: Vec<i64> },
    /// In `rollup_slices`: those of members of a dimension.
    Slices { dimension: i64, members: Vec<i64> },
}

/// Rows to read.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) place: Place,
    pub(super) kind: Kind,
    pub(super) currency: i64,
}

/// Months that a statement may bring in vain between two that are wanted, plus one.
const MOST_MONTHS_APART: i64 = 3;

/// Months to read in one statement: the driver of `SQLite` reads dozens of rows ahead, and those of customers are large;
/// a server's rows come one by one, and each statement costs a journey.
pub(super) fn months_at_once(dialect: Dialect) -> usize {
    match dialect {
        Dialect::Sqlite => 6,
        Dialect::MySql => 120,
    }
}

impl Snapshot {
    /// Shows `rows` of `months` to `visit`, with their month and their ids: region and channel, or member and 0.
    pub(super) async fn for_each_row(
        &mut self,
        rows: &Rows,
        months: &Months,
        mut visit: impl FnMut(i64, [i64; 2], &[u8]) -> Result<()>,
    ) -> Result<()> {
        let all_ids = rows.all_ids();
        let mut runs: Vec<Vec<i64>> = vec![Vec::new()];
        for &month in &months.periods {
            let known = rows.writing_of(month, months).and_then(|writing| {
                self.cache.get_all(all_ids.iter().map(|&ids| rows.key(month, writing, ids)))
            });
            match known {
                Some(known) => {
                    for (ids, row) in all_ids.iter().zip(known) {
                        row.map_or(Ok(()), |row| visit(month, *ids, &row))?;
                    }
                    runs.push(Vec::new());
                }
                None => match runs.last_mut().filter(|run| self.goes_on(run, month)) {
                    Some(run) => run.push(month),
                    None => runs.push(vec![month]),
                },
            }
        }
        for run in runs.iter().filter(|run| !run.is_empty()) {
            self.fetch_rows(rows, run, months, &mut visit).await?;
        }
        Ok(())
    }

    /// Whether one statement brings `month` with the months of `run`, and not many others.
    fn goes_on(&self, run: &[i64], month: i64) -> bool {
        run.last().is_none_or(|last| month - last <= MOST_MONTHS_APART) && run.len() < self.months_at_once
    }

    /// Fetches `rows` of the months of `run` (ascending), and keeps them for who asks next.
    async fn fetch_rows(
        &mut self,
        rows: &Rows,
        run: &[i64],
        months: &Months,
        visit: &mut impl FnMut(i64, [i64; 2], &[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut absent = BTreeSet::new();
        for month in run.iter().filter(|month| rows.writing_of(**month, months).is_some()) {
            absent.extend(rows.all_ids().into_iter().map(|ids| (*month, ids)));
        }
        let mut query = rows.select(run[0], run[run.len() - 1]);
        let mut fetched = query.build().fetch(&mut *self.transaction);
        while let Some(row) = fetched.try_next().await.context("read month summaries")? {
            let (month, ids) = (row.try_get(0)?, [row.try_get(1)?, row.try_get(2)?]);
            if run.binary_search(&month).is_err() {
                continue;
            }
            let data = row.try_get(3)?;
            if absent.remove(&(month, ids))
                && let Some(writing) = rows.writing_of(month, months)
            {
                self.cache.put(rows.key(month, writing, ids), Some(data));
            }
            visit(month, ids, data)?;
        }
        for (month, ids) in absent {
            if let Some(writing) = rows.writing_of(month, months) {
                self.cache.put(rows.key(month, writing, ids), None);
            }
        }
        Ok(())
    }
}

impl Rows {
    /// The ids of all the rows of a month.
    fn all_ids(&self) -> Vec<[i64; 2]> {
        match &self.place {
            Place::Months { regions, channels } => regions
                .iter()
                .flat_map(|&region| channels.iter().map(move |&channel| [region, channel]))
                .collect(),
            Place::Slices { members, .. } => members.iter().map(|&member| [member, 0]).collect(),
        }
    }

    /// What the rows of `month` were written as, where they are small enough to keep a good many.
    fn writing_of(&self, month: i64, months: &Months) -> Option<Writing> {
        months.writings.get(&month).copied().filter(|_| self.kind != Kind::Histories)
    }

    fn key(&self, month: i64, writing: Writing, ids: [i64; 2]) -> RowKey {
        let place = match self.place {
            Place::Months { .. } => -1,
            Place::Slices { dimension, .. } => dimension,
        };
        RowKey { writing, row: [month, place, self.kind as i64, self.currency, ids[0], ids[1]] }
    }

    fn select(&self, first: i64, last: i64) -> QueryBuilder<'static, Any> {
        let mut query = match &self.place {
            Place::Months { regions, channels } => {
                let mut query = QueryBuilder::new(
                    "SELECT month, region_id, channel_id, data FROM rollup_months WHERE region_id IN ",
                );
                statements::push_list(&mut query, regions);
                query.push(" AND channel_id IN ");
                statements::push_list(&mut query, channels);
                query
            }
            Place::Slices { dimension, members } => {
                let mut query = QueryBuilder::new(
                    "SELECT month, member_id, 0, data FROM rollup_slices WHERE dimension = ",
                );
                query.push_bind(*dimension).push(" AND member_id IN ");
                statements::push_list(&mut query, members);
                query
            }
        };
        query.push(" AND kind = ").push_bind(self.kind as i64);
        query.push(" AND currency_id = ").push_bind(self.currency);
        query.push(" AND month BETWEEN ").push_bind(first).push(" AND ").push_bind(last);
        query
    }
}
