//! Sales over a range: totals, breakdowns, top products, series.

use std::collections::BTreeMap;

use crate::{
    extract::{Filters, ProductSort, Span},
    rollup::measures::Measures,
};

/// What to count.
#[derive(Debug, Clone)]
pub struct SalesQuestion {
    /// When.
    pub span: Span,
    /// Which lines.
    pub filters: Filters,
    /// ISO 4217 code to report in.
    pub currency: String,
    /// Consecutive buckets of the series, within `span`; empty for no series.
    pub buckets: Vec<Span>,
    /// How many top products; 0 for none.
    pub limit: usize,
    /// Order of the top products.
    pub sort: ProductSort,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SalesAnswer {
    /// Everything together.
    pub totals: Measures,
    /// Distinct customers with a sale (guests are none).
    pub customers: u64,
    /// By region name.
    pub by_region: BTreeMap<String, Measures>,
    /// By channel name.
    pub by_channel: BTreeMap<String, Measures>,
    /// By category name.
    pub by_category: BTreeMap<String, Measures>,
    /// Best first; ties by product id.
    pub top_products: Vec<ProductSales>,
    /// One for each bucket asked for.
    pub series: Vec<Measures>,
    /// The other currencies with lines in the range, each with its own totals, by code.
    pub other_currencies: BTreeMap<String, Measures>,
}

/// Sales of one product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductSales {
    /// The shop's id.
    pub product_id: String,
    /// Latest name.
    pub name: String,
    /// Latest category.
    pub category: String,
    /// Its sums.
    pub measures: Measures,
}
