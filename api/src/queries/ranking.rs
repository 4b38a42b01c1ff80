//! The best of many products or customers. Ties are decided by the shop's ids, whose texts are looked up for as few
//! as can matter.

use std::cmp::Reverse;

use anyhow::Result;
use sqlx::AnyConnection;

use crate::ingest::terms::{self, Term};

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

/// The `limit` best, best first, each with the shop's id.
pub(super) async fn best<T>(
    connection: &mut AnyConnection,
    kind: Term,
    mut candidates: Vec<Candidate<T>>,
    limit: usize,
) -> Result<Vec<(String, Candidate<T>)>> {
    if limit == 0 || candidates.is_empty() {
        return Ok(Vec::new());
    }
    // All that tie with the last place stay until their ids are known.
    let last = limit.min(candidates.len()) - 1;
    let (_, cut, _) = candidates.select_nth_unstable_by_key(last, |candidate| Reverse(candidate.score));
    let cut = cut.score;
    candidates.retain(|candidate| candidate.score >= cut);
    let ids: Vec<u32> = candidates.iter().map(|candidate| candidate.id).collect();
    let mut texts = terms::values(connection, kind, &ids).await?;
    let named = |candidate: Candidate<T>| (texts.remove(&candidate.id).unwrap_or_default(), candidate);
    let mut named: Vec<_> = candidates.into_iter().map(named).collect();
    named.sort_by(|a, b| (Reverse(a.1.score), &a.0).cmp(&(Reverse(b.1.score), &b.0)));
    named.truncate(limit);
    Ok(named)
}
