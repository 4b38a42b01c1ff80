//! Figures for the business dashboard: a line of the log for each five minutes, in `CloudWatch`'s embedded metric
//! format, by one of all instances. Orders that land later than that are in the reports only, which are the truth.

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::Row;

use crate::{
    config::Environment,
    db::{self, Db},
    extract::{Filters, ProductSort, Span},
    money::{Currency, ExactNumber},
    queries::sales::{self, SalesQuestion},
};

const BUCKET_SECONDS: i64 = 300;
/// Orders may take this long from the till to here and still be counted.
const LAG: SignedDuration = SignedDuration::from_secs(60);
/// How far back is reported after a pause. Longer ago nobody would look.
const MOST_SECONDS: i64 = 2 * 3_600;

/// What is reported of one bucket.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Figures {
    #[serde(skip)]
    start: Timestamp,
    /// Net revenue, in the store's currency.
    pub revenue: ExactNumber,
    /// Distinct orders with a sale.
    pub orders: i64,
    /// Distinct customers with a sale; who buys in two buckets counts in both.
    pub customers: u64,
    /// Units sold.
    pub products_sold: i64,
}

/// The figures that are due at `now` and that no other instance reports; none the first time.
pub async fn due(db: &Db, currency: Currency, now: Timestamp) -> Result<Vec<Figures>> {
    let settled = now.checked_sub(LAG).context("the clock is at the beginning of time")?.as_second();
    let until = settled.div_euclid(BUCKET_SECONDS) * BUCKET_SECONDS;
    let Some(from) = claim(db, until).await? else { return Ok(Vec::new()) };
    let mut figures = Vec::new();
    let mut start = from.max(until - MOST_SECONDS);
    while start < until {
        let end = start + BUCKET_SECONDS;
        figures.push(figures_of(db, currency, Span { start, end }).await?);
        start = end;
    }
    Ok(figures)
}

impl Figures {
    /// The line of the log that `CloudWatch` makes metrics of (Embedded Metric Format specification, version 0).
    pub fn line(&self, environment: Environment, currency: Currency) -> Result<String> {
        let metric = |name: &str, unit: &str| json!({"Name": name, "Unit": unit});
        let directive = json!({
            "Namespace": "EcommerceAnalytics",
            "Dimensions": [["Environment"]],
            "Metrics": [
                metric("Revenue", "None"),
                metric("Orders", "Count"),
                metric("Customers", "Count"),
                metric("ProductsSold", "Count"),
            ],
        });
        let line = Line {
            metadata: json!({"Timestamp": self.start.as_millisecond(), "CloudWatchMetrics": [directive]}),
            environment: environment.name(),
            currency: currency.code(),
            figures: self,
        };
        serde_json::to_string(&line).context("write the business figures")
    }
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(rename = "_aws")]
    metadata: Value,
    #[serde(rename = "Environment")]
    environment: &'static str,
    #[serde(rename = "Currency")]
    currency: &'static str,
    #[serde(flatten)]
    figures: &'a Figures,
}

async fn figures_of(db: &Db, currency: Currency, span: Span) -> Result<Figures> {
    let question = SalesQuestion {
        span,
        filters: Filters::default(),
        currency: currency.code().to_owned(),
        buckets: Vec::new(),
        limit: 0,
        sort: ProductSort::Revenue,
    };
    let answer = sales::answer(db, &question).await.context("sum up the business figures")?;
    Ok(Figures {
        start: Timestamp::from_second(span.start).context("an instant of the past")?,
        revenue: currency.number(answer.totals.net()),
        orders: answer.totals.orders,
        customers: answer.customers,
        products_sold: answer.totals.units_sold,
    })
}

/// Takes the time up to `until`, in seconds since 1970; answers where it begins, or nothing when it is taken.
async fn claim(db: &Db, until: i64) -> Result<Option<i64>> {
    let sql = "SELECT reported_until_seconds FROM business_metrics WHERE id = 1";
    let row = sqlx::query(sql).fetch_optional(&db.pool).await.context("read how far figures are reported")?;
    let Some(row) = row else {
        let begin = sqlx::query("INSERT INTO business_metrics (id, reported_until_seconds) VALUES (1, ?)");
        return match begin.bind(until).execute(&db.pool).await {
            Err(error) if !db::is_duplicate(&error) => Err(error).context("begin to report figures"),
            _ => Ok(None),
        };
    };
    let from: i64 = row.try_get(0)?;
    if from >= until {
        return Ok(None);
    }
    let sql =
        "UPDATE business_metrics SET reported_until_seconds = ? WHERE id = 1 AND reported_until_seconds = ?";
    let taken = sqlx::query(sql).bind(until).bind(from).execute(&db.pool).await;
    let taken = taken.context("note how far figures are reported")?.rows_affected();
    Ok((taken == 1).then_some(from))
}
