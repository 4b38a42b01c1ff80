//! Pairs of products that are bought in one order.

use serde::Serialize;
use utoipa::ToSchema;

use super::{MOST_ROWS, rounded, work::Work};
use crate::models::{
    Answer, Refusal,
    basket::{self, Limits, Pair},
};

pub(super) const METHOD: &str =
    "exact counts of orders with both products, two at least; support, confidence and lift";

/// 64 MiB of counters.
const MOST_COUNTERS: usize = 16 << 20;
const LIMITS: Limits = Limits { least_orders: 2, most_counters: MOST_COUNTERS, most_pairs: MOST_ROWS };

/// Pairs of products.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoughtTogether {
    /// Orders with a sale.
    pub orders: u32,
    /// Orders that a product had to be in to be paired: memory is bounded.
    pub least_product_orders: u32,
    /// By orders with both, most first.
    pub pairs: Vec<PairRow>,
}

/// Two products.
#[derive(Debug, Serialize, ToSchema)]
pub struct PairRow {
    /// The one.
    pub first: ProductName,
    /// The other.
    pub second: ProductName,
    /// Orders with both.
    pub orders: u32,
    /// Their share of all orders.
    pub support: f64,
    /// Of the orders with the first, the share with the second too.
    pub confidence: f64,
    /// Of the orders with the second, the share with the first too.
    pub reverse_confidence: f64,
    /// How many times more often than by chance.
    pub lift: f64,
}

/// What a product is called.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductName {
    /// The shop's id.
    pub product_id: String,
    /// Latest name.
    pub product_name: String,
}

pub(super) fn fit(work: &Work) -> Answer<BoughtTogether> {
    let found = basket::bought_together(work.seen.baskets.orders(), LIMITS)?;
    if found.orders == 0 {
        return Err(Refusal::TooFew { what: "orders", needed: 1, found: 0 });
    }
    let name = |id: u32| {
        let product = work.seen.products.get(&id).cloned().unwrap_or_default();
        ProductName { product_id: product.id, product_name: product.name }
    };
    let row = |pair: &Pair| PairRow {
        first: name(pair.first),
        second: name(pair.second),
        orders: pair.orders,
        support: rounded(pair.support(found.orders), 6),
        confidence: rounded(pair.confidence(), 4),
        reverse_confidence: rounded(pair.reverse_confidence(), 4),
        lift: rounded(pair.lift(found.orders), 4),
    };
    Ok(BoughtTogether {
        orders: found.orders,
        least_product_orders: found.least_product_orders,
        pairs: found.pairs.iter().map(row).collect(),
    })
}
