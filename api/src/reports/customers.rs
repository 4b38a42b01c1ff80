//! The customers report: activity, retention, top customers, RFM segments and cohorts. Guests are in none of it.

use anyhow::Result;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    rfm::{Segment, scores},
    sales::{OtherCurrency, other_currencies},
    share, signed,
    table::{Cell, Table},
};
use crate::{
    extract::customers::CustomersRequest,
    money::{Currency, ExactNumber, average},
    queries::customers::{CustomerSales, CustomersAnswer},
};

/// Customers over a range of days. Amounts are exact decimal numbers of `currency`; only lines in it count.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomersReport {
    /// First day.
    #[schema(example = "2017-01-01")]
    pub start_date: String,
    /// Last day, included.
    #[schema(example = "2017-12-31")]
    pub end_date: String,
    /// IANA zone that the days belong to.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: String,
    /// ISO 4217 code of every amount.
    #[schema(example = "USD")]
    pub currency: String,
    /// Customers with a sale at any time up to the end of the range.
    pub total_customers: i64,
    /// Customers with a sale in the range.
    pub active_customers: i64,
    /// Active customers whose first sale lies in the range.
    pub new_customers: i64,
    /// Active customers who bought before the range too.
    pub returning_customers: i64,
    /// The days that retention and churn look back at: as many as the range has, right before it.
    pub previous_period: PreviousPeriod,
    /// Customers of the previous period who bought in the range again.
    pub retained_customers: i64,
    /// Retained customers in percent of the previous period's, to 2 decimals; 0 where there were none.
    #[schema(value_type = f64)]
    pub customer_retention_rate: ExactNumber,
    /// The previous period's customers who did not buy in the range, in percent, to 2 decimals; 0 where there were
    /// none.
    #[schema(value_type = f64)]
    pub churn_rate: ExactNumber,
    /// Net revenue of all customers up to the end of the range, divided by `total_customers`.
    #[schema(value_type = f64)]
    pub avg_customer_lifetime_value: ExactNumber,
    /// Best first by net revenue in the range.
    pub top_customers: Vec<TopCustomer>,
    /// All customers by RFM segment, best first; empty segments are left out.
    ///
    /// Each customer's history up to the end of the range is scored from 1 to 5. Frequency (distinct orders) and
    /// money (net revenue): 1 + ⌊5 × customers with a smaller value ÷ all⌋. Recency (last sale):
    /// 5 − ⌊5 × customers with a later one ÷ all⌋. With R for recency and V for the mean of the other two, rounded
    /// up at one half: champions R 5, V 4–5 · loyal R 3–4, V 4–5 · `potential_loyalists` R 4–5, V 2–3 ·
    /// `new_customers` R 5, V 1 · promising R 4, V 1 · `need_attention` R 3, V 3 · `about_to_sleep` R 3, V 1–2 ·
    /// `cannot_lose` R 1–2, V 5 · `at_risk` R 1–2, V 3–4 · hibernating R 1–2, V 1–2.
    pub rfm_segments: Vec<RfmSegment>,
    /// Customers by month of their first sale, oldest first, up to the month that the range ends in.
    pub cohorts: Vec<Cohort>,
    /// Sales of the range in other currencies, guests' included, which are in none of the figures above.
    pub other_currencies: Vec<OtherCurrency>,
}

/// The days before the range.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviousPeriod {
    /// First day.
    pub start_date: String,
    /// Last day, included.
    pub end_date: String,
    /// Customers with a sale in it.
    pub active_customers: i64,
}

/// A customer among the best.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopCustomer {
    /// The shop's id.
    pub customer_id: String,
    /// Net revenue in the range.
    #[schema(value_type = f64)]
    pub total_spent: ExactNumber,
    /// Distinct orders with a sale in the range.
    pub total_orders: i64,
    /// Net revenue up to the end of the range.
    #[schema(value_type = f64)]
    pub customer_lifetime_value: ExactNumber,
}

/// Customers of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct RfmSegment {
    /// Name.
    #[schema(example = "champions")]
    pub segment: &'static str,
    /// How many.
    pub customers: i64,
    /// How many, in percent of all, to 2 decimals.
    #[schema(value_type = f64)]
    pub customer_share: ExactNumber,
    /// Their net revenue up to the end of the range.
    #[schema(value_type = f64)]
    pub revenue: ExactNumber,
}

/// Customers whose first sale lies in one month.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cohort {
    /// The month.
    #[schema(example = "2017-01")]
    pub month: String,
    /// How many.
    pub customers: i64,
    /// How many of them have a sale in that month, the next one, and so on to the month that the range ends in.
    pub retained: Vec<i64>,
}

impl CustomersReport {
    /// Shapes the answer to `request`.
    pub fn new(request: &CustomersRequest, answer: &CustomersAnswer) -> Result<Self> {
        let currency = request.currency;
        let total = signed(answer.total_customers);
        let previous = signed(answer.previous_customers);
        let retained = signed(answer.retained_customers);
        let active = signed(answer.active_customers);
        let new = signed(answer.new_customers);
        Ok(Self {
            start_date: request.range.start_date.to_string(),
            end_date: request.range.end_date.to_string(),
            time_zone: request.range.zone_name().to_owned(),
            currency: currency.code().to_owned(),
            total_customers: total,
            active_customers: active,
            new_customers: new,
            returning_customers: active - new,
            previous_period: PreviousPeriod {
                start_date: request.previous.start_date.to_string(),
                end_date: request.previous.end_date.to_string(),
                active_customers: previous,
            },
            retained_customers: retained,
            customer_retention_rate: share(retained, previous),
            churn_rate: share(previous - retained, previous),
            avg_customer_lifetime_value: currency.number(average(answer.lifetime_net, total)),
            top_customers: answer
                .top_customers
                .iter()
                .map(|customer| TopCustomer::new(currency, customer))
                .collect(),
            rfm_segments: segments(currency, answer),
            cohorts: cohorts(request, answer),
            other_currencies: other_currencies(&answer.other_currencies)?,
        })
    }

    /// The report's main table: the top customers.
    pub fn to_csv(&self) -> String {
        let mut table = Table::new(&[
            "customer_id",
            "total_spent",
            "total_orders",
            "customer_lifetime_value",
            "currency",
        ]);
        for customer in &self.top_customers {
            table.row(&[
                Cell::Text(&customer.customer_id),
                Cell::Plain(&customer.total_spent),
                Cell::Plain(&customer.total_orders),
                Cell::Plain(&customer.customer_lifetime_value),
                Cell::Plain(&self.currency),
            ]);
        }
        table.finish()
    }
}

impl TopCustomer {
    fn new(currency: Currency, customer: &CustomerSales) -> Self {
        Self {
            customer_id: customer.customer_id.clone(),
            total_spent: currency.number(customer.net),
            total_orders: customer.orders,
            customer_lifetime_value: currency.number(customer.lifetime_net),
        }
    }
}

fn segments(currency: Currency, answer: &CustomersAnswer) -> Vec<RfmSegment> {
    let customers = &answer.recency_frequency_monetary;
    let all = i64::try_from(customers.len()).unwrap_or(i64::MAX);
    let mut sums = [(0_i64, 0_i64); Segment::ALL.len()];
    for (customer, scores) in customers.iter().zip(scores(customers)) {
        let (count, revenue) = &mut sums[Segment::of(scores) as usize];
        *count += 1;
        *revenue += customer.net;
    }
    let filled = Segment::ALL.into_iter().zip(sums).filter(|(_, (count, _))| *count > 0);
    filled
        .map(|(segment, (count, revenue))| RfmSegment {
            segment: segment.name(),
            customers: count,
            customer_share: share(count, all),
            revenue: currency.number(revenue),
        })
        .collect()
}

fn cohorts(request: &CustomersRequest, answer: &CustomersAnswer) -> Vec<Cohort> {
    let cohort = |(month, retained): (&crate::calendar::Bucket, &Vec<u64>)| {
        let retained: Vec<i64> = retained.iter().copied().map(signed).collect();
        Cohort { month: month.label.clone(), customers: retained.first().copied().unwrap_or(0), retained }
    };
    if answer.total_customers == 0 {
        return Vec::new();
    }
    request.cohorts.iter().zip(&answer.cohorts).map(cohort).collect()
}
