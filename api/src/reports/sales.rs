//! The sales report: totals, breakdowns, top products, series and comparison.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    comparison::Comparison,
    series::{SeriesPoint, series, series_table},
    signed,
    table::{Cell, Table},
};
use crate::{
    extract::sales::SalesRequest,
    money::{Currency, ExactNumber, average},
    queries::sales::{ProductSales, SalesAnswer},
    rollup::measures::Measures,
};

/// Sales over a range of days. Amounts are exact decimal numbers of `currency`.
#[derive(Debug, Serialize, ToSchema)]
pub struct SalesReport {
    /// First day.
    #[schema(example = "2017-12-01")]
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
    /// Sums over the range.
    #[serde(flatten)]
    pub totals: SalesTotals,
    /// Best products, in the order of `sort`.
    pub top_selling_products: Vec<TopProduct>,
    /// Net revenue by region.
    #[schema(value_type = BTreeMap<String, f64>)]
    pub revenue_by_region: BTreeMap<String, ExactNumber>,
    /// Net revenue by channel.
    #[schema(value_type = BTreeMap<String, f64>)]
    pub revenue_by_channel: BTreeMap<String, ExactNumber>,
    /// Net revenue by category.
    #[schema(value_type = BTreeMap<String, f64>)]
    pub revenue_by_category: BTreeMap<String, ExactNumber>,
    /// Sales of the range in other currencies, which are in none of the figures above.
    pub other_currencies: Vec<OtherCurrency>,
    /// Width of the series' buckets; absent without `granularity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "day")]
    pub granularity: Option<&'static str>,
    /// The range cut into buckets, zeros included; absent without `granularity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<Vec<SeriesPoint>>,
    /// The range to compare with; absent without `compare`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// Sums of a range.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct SalesTotals {
    /// Net revenue: gross − discounts − returns.
    #[schema(value_type = f64)]
    pub total_revenue: ExactNumber,
    /// Distinct orders with a sale.
    pub total_transactions: i64,
    /// Net revenue per transaction, rounded half away from zero to the minor unit; 0 without transactions.
    #[schema(value_type = f64)]
    pub avg_transaction_value: ExactNumber,
    /// List price × quantity of the sales.
    #[schema(value_type = f64)]
    pub gross_revenue: ExactNumber,
    /// Discounts on the sales.
    #[schema(value_type = f64)]
    pub discounts: ExactNumber,
    /// Amount given back for returns.
    #[schema(value_type = f64)]
    pub returns: ExactNumber,
    /// The same as `total_revenue`.
    #[schema(value_type = f64)]
    pub net_revenue: ExactNumber,
    /// Units sold.
    pub units_sold: i64,
    /// Units returned.
    pub units_returned: i64,
    /// Units sold less units returned.
    pub units: i64,
    /// Distinct customers with a sale; guests are none.
    pub distinct_customers: i64,
}

/// A product among the best.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopProduct {
    /// The shop's id.
    pub product_id: String,
    /// Latest name.
    pub product_name: String,
    /// Latest category.
    pub category: String,
    /// Units sold less units returned.
    pub total_quantity: i64,
    /// Net revenue.
    #[schema(value_type = f64)]
    pub total_revenue: ExactNumber,
    /// Distinct orders with a sale of it.
    pub orders: i64,
}

/// Sales in a currency that is not the report's.
#[derive(Debug, Serialize, ToSchema)]
pub struct OtherCurrency {
    /// ISO 4217 code.
    pub currency: String,
    /// Net revenue in that currency.
    #[schema(value_type = f64)]
    pub total_revenue: ExactNumber,
    /// Distinct orders with a sale.
    pub total_transactions: i64,
}

impl SalesReport {
    /// Shapes the answer to `request`. `compared` answers the request's comparison question. Fails on a stored
    /// currency that is none.
    pub fn new(request: &SalesRequest, answer: &SalesAnswer, compared: Option<&SalesAnswer>) -> Result<Self> {
        let currency = request.currency;
        let totals = SalesTotals::new(currency, answer);
        let comparison = request.comparison.as_ref().zip(compared);
        Ok(Self {
            start_date: request.range.start_date.to_string(),
            end_date: request.range.end_date.to_string(),
            time_zone: request.range.zone_name().to_owned(),
            currency: currency.code().to_owned(),
            top_selling_products: answer
                .top_products
                .iter()
                .map(|product| TopProduct::new(currency, product))
                .collect(),
            revenue_by_region: revenue_by_name(currency, &answer.by_region),
            revenue_by_channel: revenue_by_name(currency, &answer.by_channel),
            revenue_by_category: revenue_by_name(currency, &answer.by_category),
            other_currencies: other_currencies(&answer.other_currencies)?,
            granularity: request.series.as_ref().map(|series| series.granularity.name()),
            series: request.series.as_ref().map(|_| series(request, answer)),
            comparison: comparison.map(|(range, compared)| {
                let before = SalesTotals::new(currency, compared);
                Comparison::new(range, &totals, before)
            }),
            totals,
        })
    }

    /// The report's main table: the series if one was asked for, else the top products.
    pub fn to_csv(&self) -> String {
        match &self.series {
            Some(series) => series_table(series, &self.currency),
            None => self.products_table(),
        }
    }

    fn products_table(&self) -> String {
        let mut table = Table::new(&[
            "product_id",
            "product_name",
            "category",
            "total_quantity",
            "total_revenue",
            "orders",
            "currency",
        ]);
        for product in &self.top_selling_products {
            table.row(&[
                Cell::Text(&product.product_id),
                Cell::Text(&product.product_name),
                Cell::Text(&product.category),
                Cell::Plain(&product.total_quantity),
                Cell::Plain(&product.total_revenue),
                Cell::Plain(&product.orders),
                Cell::Plain(&self.currency),
            ]);
        }
        table.finish()
    }
}

impl SalesTotals {
    fn new(currency: Currency, answer: &SalesAnswer) -> Self {
        let totals = &answer.totals;
        let revenue = currency.number(totals.net());
        Self {
            total_revenue: revenue,
            total_transactions: totals.orders,
            avg_transaction_value: currency.number(average(totals.net(), totals.orders)),
            gross_revenue: currency.number(totals.gross),
            discounts: currency.number(totals.discounts),
            returns: currency.number(totals.returns),
            net_revenue: revenue,
            units_sold: totals.units_sold,
            units_returned: totals.units_returned,
            units: totals.units(),
            distinct_customers: signed(answer.customers),
        }
    }
}

impl TopProduct {
    fn new(currency: Currency, product: &ProductSales) -> Self {
        Self {
            product_id: product.product_id.clone(),
            product_name: product.name.clone(),
            category: product.category.clone(),
            total_quantity: product.measures.units(),
            total_revenue: currency.number(product.measures.net()),
            orders: product.measures.orders,
        }
    }
}

/// Net revenue of each group.
pub(super) fn revenue_by_name(
    currency: Currency,
    groups: &BTreeMap<String, Measures>,
) -> BTreeMap<String, ExactNumber> {
    groups.iter().map(|(name, measures)| (name.clone(), currency.number(measures.net()))).collect()
}

/// Shapes the totals of other currencies, by code.
pub(super) fn other_currencies(groups: &BTreeMap<String, Measures>) -> Result<Vec<OtherCurrency>> {
    let other = |(code, measures): (&String, &Measures)| {
        let currency = Currency::from_code(code).with_context(|| format!("the stored currency {code:?}"))?;
        Ok(OtherCurrency {
            currency: code.clone(),
            total_revenue: currency.number(measures.net()),
            total_transactions: measures.orders,
        })
    };
    groups.iter().map(other).collect()
}
