//! The sums of a sales report while orders and month summaries come by. Pure: no storage, no names.

use anyhow::Result;

use super::{
    selection::Selection,
    tally::{CustomerSet, Tally},
};
use crate::{
    extract::Span,
    rollup::{
        day_sums::{self, Sum},
        measures::Measures,
        month::add_line,
        packed::PackedOrder,
    },
};

/// Sums as orders come by.
#[derive(Debug, Default)]
pub(super) struct Fold {
    pub(super) totals: Measures,
    pub(super) customers: CustomerSet,
    pub(super) regions: Tally,
    pub(super) channels: Tally,
    pub(super) categories: Tally,
    pub(super) products: Tally,
    pub(super) currencies: Tally,
    pub(super) series: Series,
}

impl Fold {
    /// Nothing yet, to be cut into `buckets`.
    pub(super) fn new(buckets: &[Span]) -> Self {
        Self { series: Series::new(buckets), ..Self::default() }
    }

    /// Adds the sums of a day of which everything is wanted, and whose slots lie in one bucket each; the first second
    /// of each slot with a line goes to `seen`.
    pub(super) fn add_day(&mut self, day: &[u8], currency: u32, mut seen: impl FnMut(i64)) -> Result<()> {
        let other = |currency, sums: &Measures| self.currencies.add_sums(currency, sums);
        let buyers = day_sums::decode(day, currency, other, |sum, measures| match sum {
            Sum::Totals => self.totals.add(measures),
            Sum::Region(id) => self.regions.add_sums(id, measures),
            Sum::Channel(id) => self.channels.add_sums(id, measures),
            Sum::Category(id) => self.categories.add_sums(id, measures),
            Sum::Product(id) => self.products.add_sums(id, measures),
            Sum::Slot(second) => {
                seen(second);
                if let Some(bucket) = self.series.bucket(second) {
                    bucket.add(measures);
                }
            }
        })?;
        self.customers.insert_all(&buyers);
        Ok(())
    }

    pub(super) fn add(&mut self, order: &PackedOrder, selection: &Selection, currency: u32) {
        let header = &order.header;
        if !selection.keeps_order(header) {
            return;
        }
        if header.currency != currency {
            self.add_foreign(order, selection);
            return;
        }
        let mut sums = Measures::default();
        let mut any = false;
        for line in order.lines.iter().filter(|line| selection.keeps_line(line)) {
            any = true;
            add_line(&mut sums, line);
            self.categories.add(line.category, header.order, line);
            self.products.add(line.product, header.order, line);
            if let Some(bucket) = self.series.bucket(line.at) {
                add_line(bucket, line);
                if !line.refund && sums.orders == 0 {
                    bucket.orders += 1;
                }
            }
            if !line.refund {
                sums.orders = 1;
            }
        }
        if !any {
            return;
        }
        self.totals.add(&sums);
        self.regions.add_sums(header.region, &sums);
        self.channels.add_sums(header.channel, &sums);
        if sums.orders == 1 && header.customer != 0 {
            self.customers.insert(header.customer);
        }
    }

    fn add_foreign(&mut self, order: &PackedOrder, selection: &Selection) {
        for line in order.lines.iter().filter(|line| selection.keeps_line(line)) {
            self.currencies.add(order.header.currency, order.header.order, line);
        }
    }
}

/// Sums by consecutive buckets.
#[derive(Debug, Default)]
pub(super) struct Series {
    buckets: Vec<Span>,
    pub(super) sums: Vec<Measures>,
    /// The bucket that was hit last: lines come in runs.
    last: usize,
}

impl Series {
    pub(super) fn new(buckets: &[Span]) -> Self {
        Self { buckets: buckets.to_vec(), sums: vec![Measures::default(); buckets.len()], last: 0 }
    }

    /// Whether buckets begin and end on multiples of `seconds`.
    pub(super) fn is_aligned_to(&self, seconds: i64) -> bool {
        self.buckets.iter().all(|bucket| bucket.start % seconds == 0 && bucket.end % seconds == 0)
    }

    /// Where buckets begin, and where the last one ends.
    pub(super) fn bounds(&self) -> impl Iterator<Item = i64> {
        self.buckets.iter().map(|bucket| bucket.start).chain(self.buckets.last().map(|bucket| bucket.end))
    }

    /// Whether one bucket holds all of `span`.
    pub(super) fn has_one_bucket_for(&self, span: Span) -> bool {
        let index = self.buckets.partition_point(|bucket| bucket.end <= span.start);
        self.buckets.get(index).is_some_and(|bucket| bucket.start <= span.start && span.end <= bucket.end)
    }

    /// Whether a series was asked for.
    pub(super) fn is_wanted(&self) -> bool {
        !self.buckets.is_empty()
    }

    /// The sums of the bucket that holds `second`, if any does.
    pub(super) fn bucket(&mut self, second: i64) -> Option<&mut Measures> {
        let holds = |bucket: &Span| bucket.start <= second && second < bucket.end;
        if !self.buckets.get(self.last).is_some_and(holds) {
            self.last = self.buckets.partition_point(|bucket| bucket.end <= second);
            self.buckets.get(self.last).filter(|bucket| holds(bucket))?;
        }
        self.sums.get_mut(self.last)
    }
}
