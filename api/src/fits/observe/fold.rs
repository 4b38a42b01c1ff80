//! The first pass: one order after the other is added to what was seen. Knows no database.

use std::collections::BTreeMap;

use foldhash::HashMap;
use jiff::{Timestamp, tz::TimeZone};

use super::observations::{DEMAND_DAYS, DayTotal, Dimension, Observations, Purchase, monday};
use crate::{
    calendar::Granularity,
    fits::periods,
    rollup::{days::DayNumbers, packed::PackedOrder},
};

/// What was seen so far.
pub(super) struct Fold {
    days: DayNumbers,
    currency: u32,
    until: i64,
    today: i32,
    totals: BTreeMap<i32, DayTotal>,
    /// Units sold by day and product, of the days of demand up to the last one so far: memory is bounded.
    sold: BTreeMap<i32, HashMap<u32, i64>>,
    /// A day and its month.
    month: (i32, i32),
    seen: Observations,
}

impl Fold {
    /// Nothing. Counts lines up to `now` in the currency of that number.
    pub(super) fn new(time_zone: TimeZone, now: Timestamp, currency: u32) -> Self {
        let mut days = DayNumbers::new(time_zone);
        let today = day_number(&mut days, now.as_second());
        Self {
            days,
            currency,
            until: now.as_second(),
            today,
            totals: BTreeMap::new(),
            sold: BTreeMap::new(),
            month: (0, 0),
            seen: Observations::default(),
        }
    }

    /// Adds an order.
    pub(super) fn add(&mut self, order: &PackedOrder) {
        let header = &order.header;
        if header.currency != self.currency {
            return;
        }
        let (mut amount, mut sold_on) = (0, None);
        let until = self.until;
        for line in order.lines.iter().filter(|line| line.at <= until) {
            let day = day_number(&mut self.days, line.at);
            let signed = if line.refund { -line.net } else { line.net };
            let month = self.month_of(day);
            self.seen.product_weeks.entry((line.product, monday(day))).or_default().add(line);
            self.seen.product_months.entry((line.product, month)).or_default().add(line);
            if line.refund {
                self.seen.returns += line.net;
            } else {
                self.seen.sales += line.net;
                amount += line.net;
                sold_on = Some((day, line.at));
                self.seen.baskets.add(line.product);
                let launched = self.seen.launched.entry(line.product).or_insert(day);
                *launched = day.min(*launched);
                self.sell(line.product, day, line.quantity);
            }
            self.totals.entry(day).or_default().revenue += signed;
            if header.customer != 0 {
                self.seen.customers.entry(header.customer).or_default().net += signed;
            }
            let parts = [
                (Dimension::Region, header.region),
                (Dimension::Channel, header.channel),
                (Dimension::Category, line.category),
            ];
            for (dimension, id) in parts {
                *self.seen.parts.entry((dimension, id, day)).or_default() += signed;
            }
        }
        let Some((day, at)) = sold_on else { return };
        self.seen.baskets.close_order();
        self.totals.entry(day).or_default().orders += 1;
        if header.customer != 0 {
            let (customer, channel) = (header.customer, header.channel);
            self.seen.purchases.push(Purchase { customer, day, channel, amount });
            let summary = self.seen.customers.entry(customer).or_default();
            summary.last_sale = if summary.orders == 0 { at } else { summary.last_sale.max(at) };
            summary.orders += 1;
        }
    }

    fn sell(&mut self, product: u32, day: i32, units: i64) {
        let last = self.sold.last_key_value().map_or(day, |(last, _)| day.max(*last));
        if day <= last - DEMAND_DAYS {
            return;
        }
        *self.sold.entry(day).or_default().entry(product).or_default() += units;
        while self.sold.first_key_value().is_some_and(|(first, _)| *first <= last - DEMAND_DAYS) {
            self.sold.pop_first();
        }
    }

    /// Lines come by day: the last answer is the next one, mostly.
    fn month_of(&mut self, day: i32) -> i32 {
        if self.month.0 != day {
            self.month = (day, periods::period_of(day, Granularity::Month));
        }
        self.month.1
    }

    /// All of it, without what names and later passes tell.
    pub(super) fn finish(mut self) -> Observations {
        self.seen.purchases.sort_unstable();
        let (first, last) = (self.totals.keys().next().copied(), self.totals.keys().next_back().copied());
        if let (Some(first), Some(last)) = (first, last) {
            self.seen.range = Some((first, last));
            self.seen.over = Some((first, last.min(self.today - 1))).filter(|(first, last)| first <= last);
            let total = |day: i32| self.totals.get(&day).copied().unwrap_or_default();
            self.seen.days = (first..=last).map(total).collect();
            let of_product = self
                .sold
                .range(last - DEMAND_DAYS + 1..)
                .flat_map(|(day, sold)| sold.iter().map(move |(product, units)| ((*product, *day), *units)));
            self.seen.product_days = of_product.collect();
        }
        self.seen
    }
}

/// The day of an instant.
pub(super) fn day_number(days: &mut DayNumbers, second: i64) -> i32 {
    // Instants of the store are of the years 1 to 9999.
    i32::try_from(days.of(second)).unwrap_or(i32::MAX)
}
