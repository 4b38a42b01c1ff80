//! Products over a range: each one's sums, for ranking, shares and classes.

use std::collections::BTreeMap;

use super::sales::ProductSales;
use crate::{
    extract::{Filters, Span},
    rollup::measures::Measures,
};

/// What to count.
#[derive(Debug, Clone)]
pub struct ProductsQuestion {
    /// When; `None` for all time.
    pub span: Option<Span>,
    /// Which lines.
    pub filters: Filters,
    /// ISO 4217 code to report in.
    pub currency: String,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductsAnswer {
    /// Every product with a line in the range, best net revenue first; ties by product id.
    pub products: Vec<ProductSales>,
    /// By category name.
    pub by_category: BTreeMap<String, Measures>,
    /// First and last second with a line in the range, if any.
    pub observed: Option<Span>,
}
