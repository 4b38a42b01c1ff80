//! Customers over a range: who bought, who came back, who spends most.

use std::collections::BTreeMap;

use anyhow::Result;
use sqlx::AnyConnection;

use super::{
    products::ALL_TIME,
    ranking::{self, Candidate},
    sales::currency_id,
    selection::Selection,
};
use crate::{
    db::Db,
    extract::{Filters, Span},
    ingest::terms::Term,
    rollup::{
        histories::{self, CustomerMonth},
        measures::Measures,
        month::{Kind, add_line},
        packed::PackedOrder,
        scan::Snapshot,
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
    /// `cohorts[i][j]`: customers whose first sale lies in month `i` and who have a sale in month `i + j`.
    pub cohorts: Vec<Vec<u64>>,
}

/// One customer's purchases in the range.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerSales {
    /// The shop's id.
    pub customer_id: String,
    /// Sums in the range.
    pub measures: Measures,
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
    let selection = Selection::resolve(snapshot.connection(), until_end, &question.filters).await?;
    let currency = currency_id(snapshot.connection(), &question.currency).await?;
    let mut fold = Fold::default();
    let months = months(&mut snapshot, &selection, question).await?;
    if let Some(parts) = selection.parts(currency) {
        let starts: BTreeMap<i64, i64> =
            months.keys().map(|&month| (month, snapshot.seconds_of(month).start)).collect();
        let visit = |month, bytes: &[u8]| {
            let start = starts[&month];
            histories::decode(bytes, |customer, month| fold.add_month(customer, month, start, question))
        };
        snapshot.for_each_month_row(Kind::Histories, &parts, &months, visit).await?;
    }
    snapshot
        .for_each_order(until_end, &months, |order| {
            if order.header.customer != 0
                && order.header.currency == currency
                && selection.keeps_order(&order.header)
            {
                fold.add(order, &selection, question);
            }
        })
        .await?;
    fold.into_answer(snapshot.connection(), question).await
}

/// The months whose histories answer: a boundary of the question inside a month leaves it to its days, and histories
/// know no categories and products.
async fn months(
    snapshot: &mut Snapshot,
    selection: &Selection,
    question: &CustomersQuestion,
) -> Result<BTreeMap<i64, Vec<u8>>> {
    if selection.category_count().is_some() || selection.product_ids().is_some() {
        return Ok(BTreeMap::new());
    }
    let mut months = snapshot.whole_months(Kind::Histories, selection.span).await?;
    let spans =
        || [question.span, question.previous].into_iter().chain(question.cohort_months.iter().copied());
    months.retain(|&month, _| {
        let seconds = snapshot.seconds_of(month);
        !spans().any(|span| cuts(seconds, span.start) || cuts(seconds, span.end))
    });
    Ok(months)
}

/// Whether `second` divides `span` into two.
fn cuts(span: Span, second: i64) -> bool {
    span.start < second && second < span.end
}

/// Histories by the customers' numbers.
#[derive(Debug, Default)]
struct Fold {
    histories: Vec<History>,
}

/// One customer so far. There is one for each customer of the store: every byte counts a million times.
#[derive(Debug, Clone, Copy, Default)]
struct History {
    /// Both mean something once there is an order with a sale.
    first_sale: i64,
    last_sale: i64,
    net: i64,
    in_range: Measures,
    /// Bit `j % 64` of word `j / 64`: a sale in the `j`th month of the cohort table.
    months: [u64; 2],
    orders: u32,
    in_previous: bool,
}

impl Fold {
    fn add(&mut self, order: &PackedOrder, selection: &Selection, question: &CustomersQuestion) {
        let history = self.history(order.header.customer);
        let mut sold_at = None;
        for line in order.lines.iter().filter(|line| selection.keeps_line(line)) {
            history.net += if line.refund { -line.net } else { line.net };
            if contains(question.span, line.at) {
                add_line(&mut history.in_range, line);
            }
            if !line.refund {
                sold_at = Some(line.at);
            }
        }
        if let Some(at) = sold_at {
            history.in_range.orders += i64::from(contains(question.span, at));
            history.add_sales(1, Span { start: at, end: at }, question);
        }
    }

    /// Adds the month that begins at `start` and that no boundary of the question cuts.
    fn add_month(&mut self, customer: u32, month: &CustomerMonth, start: i64, question: &CustomersQuestion) {
        let history = self.history(customer);
        history.net += month.measures.net();
        if contains(question.span, start) {
            history.in_range.add(&month.measures);
        }
        let orders = u32::try_from(month.measures.orders).unwrap_or(u32::MAX);
        if orders > 0 {
            history.add_sales(orders, Span { start: month.first_sale, end: month.last_sale }, question);
        }
    }

    fn history(&mut self, customer: u32) -> &mut History {
        let index = customer as usize;
        self.make_room_for(index);
        &mut self.histories[index]
    }

    /// Doubling would leave up to half of the largest part of the memory unused.
    fn make_room_for(&mut self, index: usize) {
        let length = self.histories.len();
        if index < length {
            return;
        }
        if index >= self.histories.capacity() {
            self.histories.reserve_exact(index + 1 - length + length / 16);
        }
        self.histories.resize(index + 1, History::default());
    }

    /// Those with a sale, by number.
    fn customers(&self) -> impl Iterator<Item = (u32, &History)> {
        (0..).zip(&self.histories).filter(|(_, history)| history.orders > 0)
    }

    async fn into_answer(
        self,
        connection: &mut AnyConnection,
        question: &CustomersQuestion,
    ) -> Result<CustomersAnswer> {
        let mut answer = CustomersAnswer {
            top_customers: top(connection, self.customers(), question.limit).await?,
            cohorts: cohorts(self.customers(), question),
            ..CustomersAnswer::default()
        };
        answer.recency_frequency_monetary.reserve_exact(self.customers().count());
        for (_, history) in self.customers() {
            answer.count(history, question);
        }
        Ok(answer)
    }
}

impl History {
    /// Adds `orders`, the first and the last of them at the ends of `sales`, between which the question has no
    /// boundary.
    fn add_sales(&mut self, orders: u32, sales: Span, question: &CustomersQuestion) {
        self.first_sale = if self.orders == 0 { sales.start } else { self.first_sale.min(sales.start) };
        self.last_sale = if self.orders == 0 { sales.end } else { self.last_sale.max(sales.end) };
        self.orders += orders;
        self.in_previous |= contains(question.previous, sales.start);
        if let Some(month) = month_of(&question.cohort_months, sales.start)
            && let Some(word) = self.months.get_mut(month / 64)
        {
            *word |= 1 << (month % 64);
        }
    }

    /// Whether there is a sale in that month of the cohort table.
    fn has_month(&self, month: usize) -> bool {
        self.months.get(month / 64).is_some_and(|word| word >> (month % 64) & 1 == 1)
    }
}

impl CustomersAnswer {
    fn count(&mut self, history: &History, question: &CustomersQuestion) {
        let active = history.in_range.orders > 0;
        self.total_customers += 1;
        self.active_customers += u64::from(active);
        self.new_customers += u64::from(contains(question.span, history.first_sale));
        self.previous_customers += u64::from(history.in_previous);
        self.retained_customers += u64::from(history.in_previous && active);
        self.lifetime_net += history.net;
        self.recency_frequency_monetary.push(CustomerSummary {
            last_sale: history.last_sale,
            orders: i64::from(history.orders),
            net: history.net,
        });
    }
}

fn cohorts<'a>(
    customers: impl Iterator<Item = (u32, &'a History)>,
    question: &CustomersQuestion,
) -> Vec<Vec<u64>> {
    let months = question.cohort_months.len();
    let mut cohorts: Vec<Vec<u64>> = (0..months).map(|month| vec![0; months - month]).collect();
    for (_, history) in customers {
        let Some(first) = month_of(&question.cohort_months, history.first_sale) else { continue };
        for (age, count) in cohorts[first].iter_mut().enumerate() {
            *count += u64::from(history.has_month(first + age));
        }
    }
    cohorts
}

async fn top<'a>(
    connection: &mut AnyConnection,
    customers: impl Iterator<Item = (u32, &'a History)>,
    limit: usize,
) -> Result<Vec<CustomerSales>> {
    let candidates = customers
        .filter(|(_, history)| history.in_range != Measures::default())
        .map(|(id, history)| Candidate { score: history.in_range.net(), id, value: history })
        .collect();
    let best = ranking::best(connection, Term::Customer, candidates, limit).await?;
    let row = |(customer_id, Candidate { value: history, .. }): (String, Candidate<&History>)| {
        CustomerSales { customer_id, measures: history.in_range, lifetime_net: history.net }
    };
    Ok(best.into_iter().map(row).collect())
}

fn contains(span: Span, second: i64) -> bool {
    span.start <= second && second < span.end
}

fn month_of(months: &[Span], second: i64) -> Option<usize> {
    let index = months.partition_point(|month| month.end <= second);
    months.get(index).filter(|month| contains(**month, second)).map(|_| index)
}
