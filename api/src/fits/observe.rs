//! One pass over the store's orders: everything that models learn from, in as few bytes as they need. Only lines in the
//! store's currency, at instants that are over. Fits nothing.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use foldhash::{HashMap, HashSet};
use jiff::{Timestamp, tz::TimeZone};
use sqlx::Row;

use super::periods;
use crate::{
    calendar::Granularity,
    db::Db,
    extract::Span,
    ingest::terms::{self, Term},
    money::Currency,
    queries::{
        catalogue::{self, Product},
        customers::CustomerSummary,
    },
    rollup::{
        days::DayNumbers,
        packed::{PackedLine, PackedOrder},
        scan::{Answered, Snapshot},
    },
};

/// Products whose units are broken down, by revenue: memory is bounded.
pub const TOLD_PRODUCTS: usize = 200;
/// Weeks of the past that they are broken down for.
pub const TOLD_WEEKS: i32 = 112;
/// Days of demand that stock is planned by.
pub const DEMAND_DAYS: i32 = 182;
const BEGINNING: i64 = -62_135_596_800;

/// How the store counts.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Currency of every amount.
    pub currency: Currency,
    /// Zone of every day.
    pub time_zone: TimeZone,
    /// The present: later lines are left out.
    pub now: Timestamp,
}

/// An order with a sale by a known customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Purchase {
    /// Number of the customer.
    pub customer: u32,
    /// Day of the sale, since 1970-01-01.
    pub day: i32,
    /// Number of the channel.
    pub channel: u32,
    /// Sales in minor units, after discounts; returns are not taken off.
    pub amount: i64,
}

/// The store on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayTotal {
    /// Sales less returns, in minor units.
    pub revenue: i64,
    /// Orders with a sale.
    pub orders: i64,
}

/// A product over some days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProductTotal {
    /// Units sold.
    pub sold: i64,
    /// Units returned.
    pub returned: i64,
    /// Sales in minor units, after discounts.
    pub sales: i64,
    /// Sales less returns, in minor units.
    pub net: i64,
}

impl ProductTotal {
    fn add(&mut self, line: &PackedLine) {
        if line.refund {
            self.returned += line.quantity;
            self.net -= line.net;
        } else {
            self.sold += line.quantity;
            self.sales += line.net;
            self.net += line.net;
        }
    }
}

/// What revenue can be broken down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Region.
    Region,
    /// Channel.
    Channel,
    /// Category.
    Category,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Region, Self::Channel, Self::Category];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Channel => "channel",
            Self::Category => "category",
        }
    }

    fn term(self) -> Term {
        match self {
            Self::Region => Term::Region,
            Self::Channel => Term::Channel,
            Self::Category => Term::Category,
        }
    }
}

/// The products of each order, one order after the other.
#[derive(Debug, Default)]
pub struct Baskets {
    products: Vec<u32>,
    ends: Vec<usize>,
}

impl Baskets {
    /// Each order's products, possibly repeated.
    pub fn orders(&self) -> impl Iterator<Item = &[u32]> + Clone {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.products[start..*end])
    }
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Observations {
    /// The data version that was read, or an earlier one.
    pub data_version: i64,
    /// First and last day with a line; `None` for a store without.
    pub range: Option<(i32, i32)>,
    /// The days of the range that are over: all but today. What is left of today would look like a bad day.
    pub over: Option<(i32, i32)>,
    /// By customer, then day.
    pub purchases: Vec<Purchase>,
    /// Each customer's last sale, orders with a sale, and net revenue; without orders for who only returned.
    pub customers: HashMap<u32, CustomerSummary>,
    /// One for each day of the range.
    pub days: Vec<DayTotal>,
    /// Net revenue by dimension, number and day.
    pub parts: HashMap<(Dimension, u32, i32), i64>,
    /// By product and week (the day number of its Monday).
    pub product_weeks: BTreeMap<(u32, i32), ProductTotal>,
    /// By product and month (months since January 1970).
    pub product_months: BTreeMap<(u32, i32), ProductTotal>,
    /// Units sold by product and day, of the last [`DEMAND_DAYS`] days.
    pub product_days: HashMap<(u32, i32), i64>,
    /// First day with a sale, by product.
    pub launched: HashMap<u32, i32>,
    /// Units sold by product, dimension (without categories), number and week: of the [`TOLD_PRODUCTS`] best products
    /// and the last [`TOLD_WEEKS`] weeks.
    pub product_parts: HashMap<(u32, Dimension, u32, i32), i64>,
    /// Products of each order with a sale.
    pub baskets: Baskets,
    /// All sales, and all returns, in minor units.
    pub sales: i64,
    /// See `sales`.
    pub returns: i64,
    /// What products are called.
    pub products: HashMap<u32, Product>,
    /// Names by dimension and number.
    pub names: HashMap<(Dimension, u32), String>,
}

impl Observations {
    /// Products with a line, by net revenue of all time, best first; ties by the shop's id.
    pub fn best_products(&self) -> Vec<(u32, i64)> {
        let mut nets: BTreeMap<u32, i64> = BTreeMap::new();
        for ((id, _), total) in &self.product_months {
            *nets.entry(*id).or_default() += total.net;
        }
        let mut best: Vec<(u32, i64)> = nets.into_iter().collect();
        best.sort_by(|a, b| (b.1, self.product_id(a.0)).cmp(&(a.1, self.product_id(b.0))));
        best
    }

    /// The shop's id of a product.
    pub fn product_id(&self, id: u32) -> &str {
        self.products.get(&id).map_or("", |product| &product.id)
    }

    /// Mondays of the weeks all of whose days are over, at most so many of the last.
    pub fn complete_weeks(&self, most: i32) -> std::iter::StepBy<std::ops::Range<i32>> {
        let (first, last) = self.over.unwrap_or((0, -1));
        let end = monday(last + 1);
        (monday(first + 6).max(end - 7 * most).min(end)..end).step_by(7)
    }
}

/// Reads the store.
pub async fn observe(db: &Db, settings: &Terms) -> Result<Observations> {
    // Before the snapshot: a fit may know more than it says, never less.
    let data_version = db.data_version().await?;
    let mut snapshot = Snapshot::open(db).await?;
    let code = settings.currency.code().to_owned();
    let currencies =
        terms::known_ids(snapshot.connection(), Term::Currency, std::slice::from_ref(&code)).await?;
    let row = sqlx::query("SELECT MAX(day) FROM rollup_days")
        .fetch_one(snapshot.connection())
        .await
        .context("read the last day")?;
    let folded = row.try_get::<Option<i64>, _>(0)?.unwrap_or(i64::from(i32::MIN));
    let mut days = DayNumbers::new(settings.time_zone.clone());
    let today = day_number(&mut days, settings.now.as_second());
    let currency = currencies.get(&code).copied().unwrap_or(u32::MAX);
    let mut fold = Fold {
        days,
        currency,
        until: settings.now.as_second(),
        // Days after the present are in the store, but not in a fit.
        demand_from: i32::try_from(folded)?.min(today).saturating_sub(DEMAND_DAYS),
        today,
        totals: BTreeMap::new(),
        month: (0, 0),
        seen: Observations { data_version, ..Observations::default() },
    };
    let all = Span { start: BEGINNING, end: settings.now.as_second().saturating_add(1) };
    snapshot.for_each_order(all, &Answered::default(), |_| true, |order| fold.add(order)).await?;
    let mut seen = fold.finish();
    let mut products: Vec<u32> = seen.product_weeks.keys().map(|(product, _)| *product).collect();
    products.dedup();
    seen.products = catalogue::products(snapshot.connection(), &products).await?;
    for dimension in Dimension::ALL {
        let mut ids: Vec<u32> = seen.parts.keys().filter(|key| key.0 == dimension).map(|key| key.1).collect();
        if dimension == Dimension::Channel {
            ids.extend(seen.purchases.iter().map(|purchase| purchase.channel));
        }
        ids.sort_unstable();
        ids.dedup();
        let names = terms::values(snapshot.connection(), dimension.term(), &ids).await?;
        seen.names.extend(names.into_iter().map(|(id, name)| ((dimension, id), name)));
    }
    break_down(&mut snapshot, settings, currency, &mut seen).await?;
    Ok(seen)
}

/// Fills in `product_parts`. Which products they are of is known after the first pass only.
async fn break_down(
    snapshot: &mut Snapshot,
    settings: &Terms,
    currency: u32,
    seen: &mut Observations,
) -> Result<()> {
    let Some(from) = seen.complete_weeks(TOLD_WEEKS).next() else { return Ok(()) };
    let best: HashSet<u32> =
        seen.best_products().into_iter().take(TOLD_PRODUCTS).map(|(product, _)| product).collect();
    let mut days = DayNumbers::new(settings.time_zone.clone());
    let now = settings.now.as_second();
    // No zone is a day away from UTC.
    let span = Span { start: (i64::from(from) - 1) * 86_400, end: now.saturating_add(1) };
    let parts = &mut seen.product_parts;
    snapshot
        .for_each_order(
            span,
            &Answered::default(),
            |header| header.currency == currency,
            |order| {
                let header = &order.header;
                for line in order.lines.iter().filter(|line| !line.refund && line.at <= now) {
                    if !best.contains(&line.product) {
                        continue;
                    }
                    let week = monday(day_number(&mut days, line.at));
                    if week < from {
                        continue;
                    }
                    for (dimension, id) in
                        [(Dimension::Region, header.region), (Dimension::Channel, header.channel)]
                    {
                        *parts.entry((line.product, dimension, id, week)).or_default() += line.quantity;
                    }
                }
            },
        )
        .await
}

struct Fold {
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
    fn add(&mut self, order: &PackedOrder) {
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
                self.seen.baskets.products.push(line.product);
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
        self.seen.baskets.ends.push(self.seen.baskets.products.len());
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

    fn finish(mut self) -> Observations {
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

/// Monday of the week of a day; 1970-01-01 was a Thursday.
pub fn monday(day: i32) -> i32 {
    day - (day + 3).rem_euclid(7)
}

fn day_number(days: &mut DayNumbers, second: i64) -> i32 {
    // Instants of the store are of the years 1 to 9999.
    i32::try_from(days.of(second)).unwrap_or(i32::MAX)
}
