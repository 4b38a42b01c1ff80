//! Customers over a range: who bought, who came back, who spends most.

use crate::{extract::Span, rollup::measures::Measures};

/// What to count.
#[derive(Debug, Clone)]
pub struct CustomersQuestion {
    /// When.
    pub span: Span,
    /// The period before, for retention and churn.
    pub previous: Span,
    /// Which lines.
    pub filters: crate::extract::Filters,
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
