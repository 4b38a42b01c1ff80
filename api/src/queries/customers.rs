//! Customers over a range: who bought, who came back, who spends most.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use sqlx::{AnyConnection, Row};

use super::{
    customers_fold::{Customer, Fold},
    products::ALL_TIME,
    ranking::{self, Candidate},
    sales,
    selection::Selection,
};
use crate::{
    db::Db,
    extract::{Filters, Span},
    ingest::terms::{self, Term},
    rollup::{
        histories,
        measures::Measures,
        month::Kind,
        packed::{PackedHeader, PackedOrder},
        scan::{Answered, Months, Snapshot},
    },
};

/// What to count.
#[derive(Debug, Clone)]
pub struct CustomersQuestion {
    /// When.
    pub span: Span,
    /// The period before, for retention and churn.
    pub previous: Span,
    /// Which lines.
    pub filters: Filters,
    /// ISO 4217 code that amounts are in; lines in other currencies are left out.
    pub currency: String,
    /// How many top customers.
    pub limit: usize,
    /// Consecutive months for the cohort table, oldest first; empty for none.
    pub cohort_months: Vec<Span>,
}

/// The answer. Guests are in none of these figures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomersAnswer {
    /// Customers with a sale at any time before the end of the range.
    pub total_customers: u64,
    /// Customers with a sale in the range.
    pub active_customers: u64,
    /// Customers whose first sale lies in the range.
    pub new_customers: u64,
    /// Customers with a sale in the previous period.
    pub previous_customers: u64,
    /// Of those, how many have a sale in the range too.
    pub retained_customers: u64,
    /// Net revenue of all customers from the beginning to the end of the range, in minor units.
    pub lifetime_net: i64,
    /// Best first by net revenue in the range; ties by customer id.
    pub top_customers: Vec<CustomerSales>,
    /// One for each customer with a sale before the end of the range: what RFM scores are made of.
    pub recency_frequency_monetary: Vec<CustomerSummary>,
    /// The other currencies with lines in the range, each with its own totals, by code; lines of guests count here.
    pub other_currencies: BTreeMap<String, Measures>,
    /// `cohorts[i][j]`: customers whose first sale lies in month `i` and who have a sale in month `i + j`.
    pub cohorts: Vec<Vec<u64>>,
}

/// One customer's purchases in the range.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerSales {
    /// The shop's id.
    pub customer_id: String,
    /// Net revenue in the range, in minor units.
    pub net: i64,
    /// Distinct orders with a sale in the range.
    pub orders: i64,
    /// Net revenue from the beginning to the end of the range, in minor units.
    pub lifetime_net: i64,
}

/// One customer's history up to the end of the range.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CustomerSummary {
    /// Second of the last sale.
    pub last_sale: i64,
    /// Distinct orders with a sale.
    pub orders: i64,
    /// Net revenue in minor units.
    pub net: i64,
}

/// Answers `question` from one state of the store.
pub async fn answer(db: &Db, question: &CustomersQuestion) -> Result<CustomersAnswer> {
    let mut snapshot = Snapshot::open(db).await?;
    let until_end = Span { start: ALL_TIME.start, end: question.span.end };
    let CustomersQuestion { filters, currency, .. } = question;
    let (selection, currency) =
        Selection::resolve(snapshot.connection(), until_end, filters, currency).await?;
    let mut fold = Fold::new(question, terms::last_id(snapshot.connection(), Term::Customer).await?);
    let wanted = |header: &PackedHeader| {
        header.customer != 0 && header.currency == currency && selection.keeps_order(header)
    };
    let mut answered = Answered::default();
    if let Some((slice, rest)) = selection.slice() {
        let months = snapshot.sliced_months(slice, until_end).await?;
        let months = add_months(&mut fold, &mut snapshot, months, &rest, currency, question).await?;
        answered.add_months(&months.periods);
    } else if selection.category_count().is_none() && selection.product_ids().is_none() {
        let months = snapshot.whole_months(until_end).await?;
        let months = add_months(&mut fold, &mut snapshot, months, &selection, currency, question).await?;
        answered.add_months(&months.periods);
    }
    let visit = |order: &PackedOrder| fold.add(order, &selection, question);
    let members = selection.members();
    snapshot.for_each_order_of(members.as_ref(), until_end, &answered, wanted, visit).await?;
    let top_customers = top(snapshot.connection(), &fold, question.limit).await?;
    let in_range = selection.over(question.span);
    let other_currencies = other_currencies(&mut snapshot, &in_range, currency).await?;
    Ok(CustomersAnswer { top_customers, other_currencies, ..fold.into_answer(question) })
}

/// Adds those of `months` whose histories can answer, and answers which: a boundary of the question inside a month
/// leaves it to its days.
async fn add_months(
    fold: &mut Fold,
    snapshot: &mut Snapshot,
    mut months: Months,
    selection: &Selection,
    currency: u32,
    question: &CustomersQuestion,
) -> Result<Months> {
    let spans =
        || [question.span, question.previous].into_iter().chain(question.cohort_months.iter().copied());
    months.periods.retain(|&month| {
        let seconds = snapshot.seconds_of(month);
        !spans().any(|span| cuts(seconds, span.start) || cuts(seconds, span.end))
    });
    let starts: BTreeMap<i64, i64> =
        months.periods.iter().map(|&month| (month, snapshot.seconds_of(month).start)).collect();
    if let Some(parts) = selection.parts(currency) {
        let visit = |month, bytes: &[u8]| {
            histories::decode(bytes, |customer, month_of| {
                fold.add_month(customer, month_of, starts[&month], question);
            })
        };
        snapshot.for_each_month_row(Kind::Histories, &parts, &months, visit).await?;
    }
    Ok(months)
}

/// Whether `second` divides `span` into two.
fn cuts(span: Span, second: i64) -> bool {
    span.start < second && second < span.end
}

/// The best customers of the range.
async fn top(connection: &mut AnyConnection, fold: &Fold, limit: usize) -> Result<Vec<CustomerSales>> {
    let candidates = fold.customers().filter(Customer::acted).map(|customer| Candidate {
        score: customer.net_in_range,
        id: customer.id,
        value: customer,
    });
    let best = ranking::best(connection, Term::Customer, candidates, limit).await?;
    let row = |(customer_id, Candidate { value, .. }): (String, Candidate<Customer>)| CustomerSales {
        customer_id,
        net: value.net_in_range,
        orders: value.orders_in_range,
        lifetime_net: value.net,
    };
    Ok(best.into_iter().map(row).collect())
}

/// Sales of the range in other currencies; guests are in these.
async fn other_currencies(
    snapshot: &mut Snapshot,
    selection: &Selection,
    currency: u32,
) -> Result<BTreeMap<String, Measures>> {
    let row = sqlx::query("SELECT COUNT(*) FROM terms WHERE kind = ?").bind(Term::Currency as i64);
    let currencies = row.fetch_one(snapshot.connection()).await.context("count the currencies")?;
    if currencies.try_get::<i64, _>(0)? < 2 && currency != u32::MAX {
        return Ok(BTreeMap::new());
    }
    let sums = sales::sums(snapshot, selection, currency, &[]).await?;
    let [other] = sales::named(snapshot.connection(), [(Term::Currency, &sums.currencies)]).await?;
    Ok(other)
}
