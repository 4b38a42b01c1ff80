//! Everything that models are fitted from, read and scored once. Fits nothing.

use foldhash::HashMap;

use super::{
    customers::Scored,
    observe::{Observations, ProductTotal, Terms},
};

/// Everything that models are fitted from.
pub(super) struct Work {
    pub(super) seen: Observations,
    pub(super) scored: Scored,
    /// Ids of the customers that are shown.
    pub(super) names: HashMap<u32, String>,
    pub(super) terms: Terms,
}

impl Work {
    /// What a product did in a month.
    pub(super) fn month(&self, id: u32, month: i32) -> ProductTotal {
        self.seen.product_months.get(&(id, month)).copied().unwrap_or_default()
    }
}
