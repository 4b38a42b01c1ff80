//! One pass over the store's orders, and its stock: everything that models learn from. Only lines in the store's
//! currency, at instants that are over. Fits nothing.

mod fold;
mod observations;

use anyhow::Result;
use foldhash::HashSet;
use jiff::{Timestamp, tz::TimeZone};

use self::fold::{Fold, day_number};
pub use self::observations::{
    Baskets, DEMAND_DAYS, DayTotal, Dimension, Observations, ProductTotal, Purchase, TOLD_PRODUCTS,
    TOLD_WEEKS, monday,
};
use super::inventory;
use crate::{
    db::{Db, data_version},
    extract::Span,
    ingest::terms::{self, Term},
    money::Currency,
    queries::catalogue,
    rollup::{
        days::DayNumbers,
        scan::{Answered, Snapshot},
    },
};

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

/// Reads the store.
pub async fn observe(db: &Db, settings: &Terms) -> Result<Observations> {
    let mut snapshot = Snapshot::open(db).await?;
    // All in one snapshot: another connection sees another state, and that of a replica may be an older one.
    let data_version = data_version(snapshot.connection()).await?;
    let stock = inventory::read(snapshot.connection()).await?;
    let code = (Term::Currency, settings.currency.code());
    let currency = terms::known_ids(snapshot.connection(), &[code]).await?.into_values().next();
    let currency = currency.unwrap_or(u32::MAX);
    let mut fold = Fold::new(settings.time_zone.clone(), settings.now, currency);
    let all = Span { start: BEGINNING, end: settings.now.as_second().saturating_add(1) };
    snapshot.for_each_order(all, &Answered::default(), |_| true, |order| fold.add(order)).await?;
    let mut seen = Observations { data_version, stock, ..fold.finish() };
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
