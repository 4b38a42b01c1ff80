//! The first pass: one order after the other is added to what was seen. Knows no database.

use std::collections::BTreeMap;

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
    demand_from: i32,
    today: i32,
    totals: BTreeMap<i32, DayTotal>,
    /// A day and its month.
    month: (i32, i32),
    seen: Observations,
}

impl Fold {
    /// Nothing, of a store whose last day is `last_day`. Counts lines up to `now` in the currency of that number.
    pub(super) fn new(time_zone: TimeZone, now: Timestamp, currency: u32, last_day: i32) -> Self {
        let mut days = DayNumbers::new(time_zone);
        let today = day_number(&mut days, now.as_second());
        Self {
            days,
            currency,
            until: now.as_second(),
            // Days after the present are in the store, but not in a fit.
            demand_from: last_day.min(today).saturating_sub(DEMAND_DAYS),
            today,
            totals: BTreeMap::new(),
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
                if day > self.demand_from {
                    *self.seen.product_days.entry((line.product, day)).or_default() += line.quantity;
                }
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
            self.seen.product_days.retain(|(_, day), _| *day > last - DEMAND_DAYS);
        }
        self.seen
    }
}

/// The day of an instant.
pub(super) fn day_number(days: &mut DayNumbers, second: i64) -> i32 {
    // Instants of the store are of the years 1 to 9999.
    i32::try_from(days.of(second)).unwrap_or(i32::MAX)
}
