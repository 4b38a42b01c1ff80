//! Stock: how much to order, when, and which products deserve the attention. Classic inventory theory; a time unit is
//! the caller's choice, the same for rates, holding costs and lead times. Knows no product by name.

pub mod classes;
pub mod lot_size;
pub mod periodic;
pub mod reorder;
pub mod stock;

use crate::models::{Answer, Refusal};

/// Refuses values that are not above 0.
fn positive(values: &[f64]) -> Answer<()> {
    let all = values.iter().all(|value| value.is_finite() && *value > 0.0);
    if all { Ok(()) } else { Err(Refusal::OutOfDomain("costs, demand and quantities are above 0")) }
}

#[cfg(test)]
mod tests;
