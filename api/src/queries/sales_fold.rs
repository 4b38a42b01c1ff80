//! The sums of a sales report while orders and month summaries come by. Pure: no storage, no names.

use anyhow::Result;
use foldhash::HashMap;

use super::{
    selection::Selection,
    tally::{CustomerSet, Tally},
};
use crate::{
    extract::Span,
    rollup::{
        day_sums::{self, Sum},
        measures::Measures,
        month::{SLOT_SECONDS, add_line},
        packed::{PackedLine, PackedOrder},
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
                self.series.add_sums(second, measures);
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
        let lines = || order.lines.iter().filter(|line| selection.keeps_line(line));
        let mut sums = Measures::default();
        let mut any = false;
        for line in lines() {
            any = true;
            add_line(&mut sums, line);
            self.categories.add(line.category, header.order, line);
            self.products.add(line.product, header.order, line);
            if !line.refund {
                sums.orders = 1;
            }
        }
        if !any {
            return;
        }
        if self.series.is_wanted() {
            self.series.add(lines());
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
    buckets: Spans,
    pub(super) sums: Vec<Measures>,
}

impl Series {
    pub(super) fn new(buckets: &[Span]) -> Self {
        Self { buckets: Spans::new(buckets.to_vec()), sums: vec![Measures::default(); buckets.len()] }
    }

    /// Where buckets begin, and where the last one ends.
    pub(super) fn bounds(&self) -> impl Iterator<Item = i64> {
        let buckets = &self.buckets.spans;
        buckets.iter().map(|bucket| bucket.start).chain(buckets.last().map(|bucket| bucket.end))
    }

    /// Whether each bucket begins and ends where a slot does.
    pub(super) fn is_by_slot(&self) -> bool {
        self.bounds().all(|second| second % SLOT_SECONDS == 0)
    }

    /// Whether one bucket holds all of `span`.
    pub(super) fn has_one_bucket_for(&self, span: Span) -> bool {
        let index = self.buckets.spans.partition_point(|bucket| bucket.end <= span.start);
        let bucket = self.buckets.spans.get(index);
        bucket.is_some_and(|bucket| bucket.start <= span.start && span.end <= bucket.end)
    }

    /// Whether a series was asked for.
    pub(super) fn is_wanted(&self) -> bool {
        !self.sums.is_empty()
    }

    /// Adds lines of one order, in whose first sale's bucket it counts.
    pub(super) fn add<'a>(&mut self, lines: impl Iterator<Item = &'a PackedLine>) {
        let mut sold = false;
        for line in lines {
            let counts = !line.refund && !sold;
            sold |= counts;
            if let Some(bucket) = self.bucket(line.at) {
                add_line(bucket, line);
                bucket.orders += i64::from(counts);
            }
        }
    }

    /// Adds `sums` to the bucket that holds `second`, if any does.
    pub(super) fn add_sums(&mut self, second: i64, sums: &Measures) {
        if let Some(bucket) = self.bucket(second) {
            bucket.add(sums);
        }
    }

    /// Adds `sums` of a day to the bucket that holds it, if it is one of the days that begin at `starts`.
    pub(super) fn add_day(&mut self, starts: &HashMap<i64, i64>, day: i64, sums: &Measures) {
        if let Some(&start) = starts.get(&day) {
            self.add_sums(start, sums);
        }
    }

    /// Takes back orders at `second` that were counted once too often.
    pub(super) fn subtract_orders(&mut self, second: i64, orders: i64) {
        if let Some(bucket) = self.bucket(second) {
            bucket.orders -= orders;
        }
    }

    fn bucket(&mut self, second: i64) -> Option<&mut Measures> {
        self.buckets.index_of(second).and_then(|index| self.sums.get_mut(index))
    }
}

/// Spans after the last one to look at before they are searched.
const MOST_STEPS: usize = 4;

/// Ascending spans, for seconds that come in runs.
#[derive(Debug, Default)]
pub(super) struct Spans {
    spans: Vec<Span>,
    /// The one that was hit last.
    last: usize,
}

impl Spans {
    /// `spans` must not overlap.
    pub(super) fn new(spans: Vec<Span>) -> Self {
        Self { spans, last: 0 }
    }

    /// Whether one of them holds `second`.
    pub(super) fn hold(&mut self, second: i64) -> bool {
        self.index_of(second).is_some()
    }

    fn index_of(&mut self, second: i64) -> Option<usize> {
        let holds = |span: &Span| span.holds(second);
        if !self.spans.get(self.last).is_some_and(holds) {
            // The next few are as quickly found one by one.
            let after = self.spans.get(self.last + 1..).unwrap_or_default();
            let near = after.iter().take(MOST_STEPS).position(holds).map(|steps| self.last + 1 + steps);
            self.last = near.unwrap_or_else(|| self.spans.partition_point(|span| span.end <= second));
            self.spans.get(self.last).filter(|span| holds(span))?;
        }
        Some(self.last)
    }
}
