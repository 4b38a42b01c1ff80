//! The best of many products or customers. Ties are decided by the shop's ids, whose texts are looked up for as few
//! as can matter.

use std::{cmp::Reverse, collections::BinaryHeap};

use anyhow::Result;
use sqlx::AnyConnection;

use super::{catalogue, sales::ProductSales, tally::Tally};
use crate::{
    extract::ProductSort,
    ingest::terms::{self, Term},
    rollup::measures::Measures,
};

/// One of `kind` with what it is ranked by.
#[derive(Debug)]
pub(super) struct Candidate<T> {
    /// More is better.
    pub(super) score: i64,
    /// Number of its text.
    pub(super) id: u32,
    /// What belongs to it.
    pub(super) value: T,
}

/// The `limit` best, best first, each with the shop's id. Reads the candidates twice, and keeps only those in
/// question: there may be a million.
pub(super) async fn best<T>(
    connection: &mut AnyConnection,
    kind: Term,
    candidates: impl Iterator<Item = Candidate<T>> + Clone,
    limit: usize,
) -> Result<Vec<(String, Candidate<T>)>> {
    let Some(cut) = worst_of_best(candidates.clone().map(|candidate| candidate.score), limit) else {
        return Ok(Vec::new());
    };
    // All that tie with the last place stay until their ids are known.
    let candidates: Vec<Candidate<T>> = candidates.filter(|candidate| candidate.score >= cut).collect();
    let ids: Vec<u32> = candidates.iter().map(|candidate| candidate.id).collect();
    let mut texts = terms::values(connection, kind, &ids).await?;
    let named = |candidate: Candidate<T>| (texts.remove(&candidate.id).unwrap_or_default(), candidate);
    let mut named: Vec<_> = candidates.into_iter().map(named).collect();
    named.sort_by(|a, b| (Reverse(a.1.score), &a.0).cmp(&(Reverse(b.1.score), &b.0)));
    named.truncate(limit);
    Ok(named)
}

/// The `limit` best of `products`, best first.
pub(super) async fn best_products(
    connection: &mut AnyConnection,
    products: &Tally,
    sort: ProductSort,
    limit: usize,
) -> Result<Vec<ProductSales>> {
    let candidates = products.groups().map(|(id, measures)| {
        let score = match sort {
            ProductSort::Revenue => measures.net(),
            ProductSort::Quantity => measures.units(),
            ProductSort::Orders => measures.orders,
        };
        Candidate { score, id, value: measures }
    });
    let best = best(connection, Term::Product, candidates, limit).await?;
    let ids: Vec<u32> = best.iter().map(|(_, product)| product.id).collect();
    let mut catalogue = catalogue::products(connection, &ids).await?;
    let row = |(product_id, Candidate { id, value, .. }): (String, Candidate<&Measures>)| {
        let catalogue::Product { name, category, .. } = catalogue.remove(&id).unwrap_or_default();
        ProductSales { product_id, name, category, measures: *value }
    };
    Ok(best.into_iter().map(row).collect())
}

/// The smallest of the `limit` largest scores, if there is one.
fn worst_of_best(scores: impl Iterator<Item = i64>, limit: usize) -> Option<i64> {
    let mut largest: BinaryHeap<Reverse<i64>> = BinaryHeap::new();
    for score in scores {
        if largest.len() < limit {
            largest.push(Reverse(score));
        } else if let Some(mut worst) = largest.peek_mut()
            && worst.0 < score
        {
            *worst = Reverse(score);
        }
    }
    largest.peek().map(|worst| worst.0)
}

#[cfg(test)]
mod tests {
    use super::worst_of_best;

    #[test]
    fn the_worst_of_the_best_is_where_the_list_is_cut() {
        let scores = [3, -9, 7, 7, 5, 1];
        assert_eq!(
            [1, 2, 3, 6, 9].map(|limit| worst_of_best(scores.into_iter(), limit)),
            [7, 7, 5, -9, -9].map(Some)
        );
        assert_eq!(worst_of_best(scores.into_iter(), 0), None);
        assert_eq!(worst_of_best(std::iter::empty(), 3), None);
    }
}
