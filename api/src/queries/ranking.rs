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
    first_by_id(connection, kind, in_question(candidates, limit), limit).await
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
    let mut best = in_question(candidates, limit);
    if best.len() > limit {
        let first = first_by_id(connection, Term::Product, best, limit).await?;
        best = first.into_iter().map(|(_, candidate)| candidate).collect();
    }
    let ids: Vec<u32> = best.iter().map(|product| product.id).collect();
    let mut catalogue = catalogue::products(connection, &ids).await?;
    let row = |Candidate { score, id, value }: Candidate<&Measures>| {
        let catalogue::Product { id, name, category } = catalogue.remove(&id).unwrap_or_default();
        (Reverse(score), ProductSales { product_id: id, name, category, measures: *value })
    };
    let mut rows: Vec<_> = best.into_iter().map(row).collect();
    rows.sort_by(|(score, one), (other_score, other)| {
        (score, &one.product_id).cmp(&(other_score, &other.product_id))
    });
    Ok(rows.into_iter().map(|(_, product)| product).collect())
}

/// The `limit` best, and all that tie with the last of them.
fn in_question<T>(candidates: impl Iterator<Item = Candidate<T>> + Clone, limit: usize) -> Vec<Candidate<T>> {
    match worst_of_best(candidates.clone().map(|candidate| candidate.score), limit) {
        Some(cut) => candidates.filter(|candidate| candidate.score >= cut).collect(),
        None => Vec::new(),
    }
}

/// The `limit` best of `candidates`, best first, each with the shop's id.
async fn first_by_id<T>(
    connection: &mut AnyConnection,
    kind: Term,
    candidates: Vec<Candidate<T>>,
    limit: usize,
) -> Result<Vec<(String, Candidate<T>)>> {
    let ids: Vec<u32> = candidates.iter().map(|candidate| candidate.id).collect();
    let mut texts = terms::values(connection, kind, &ids).await?;
    let named = |candidate: Candidate<T>| (texts.remove(&candidate.id).unwrap_or_default(), candidate);
    let mut named: Vec<_> = candidates.into_iter().map(named).collect();
    named.sort_by(|a, b| (Reverse(a.1.score), &a.0).cmp(&(Reverse(b.1.score), &b.0)));
    named.truncate(limit);
    Ok(named)
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
