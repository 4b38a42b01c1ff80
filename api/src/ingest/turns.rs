//! The order in which batches commit that are written at the same time: that of their source, so that a mark never
//! tells of more than has landed. A batch that changes what the one before writes begins after it.

use std::hash::BuildHasher as _;

use anyhow::{Context, Result};
use foldhash::{HashSet, HashSetExt as _, fast::RandomState};
use tokio::sync::watch;

/// How far the batch before is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Writing,
    /// The server has refused it, and it is being tried again.
    Refused,
    Landed,
}

/// Hands out turns, each after the one before.
#[derive(Debug)]
pub(super) struct Turns {
    before: watch::Receiver<Stage>,
    /// Hashes of the order ids of the batch before. Two that are the same by chance cost time, nothing else.
    orders: HashSet<u64>,
    hasher: RandomState,
}

/// When one batch may commit.
#[derive(Debug)]
pub(super) struct Turn {
    before: watch::Receiver<Stage>,
    own: watch::Sender<Stage>,
    /// Whether it shares orders with the batch before, and has to see what that one wrote.
    continues: bool,
}

/// A batch has given its locks back because the one before was refused, perhaps for their sake.
#[derive(Debug, thiserror::Error)]
#[error("the batch before has to be written first")]
pub(super) struct GaveWay;

impl Turns {
    /// For a source of which nothing is under way.
    pub(super) fn new() -> Self {
        Self {
            before: watch::channel(Stage::Landed).1,
            orders: HashSet::new(),
            hasher: RandomState::default(),
        }
    }

    /// The turn of the next batch, which has `orders`.
    pub(super) fn next<'a>(&mut self, orders: impl Iterator<Item = &'a str>) -> Turn {
        let (own, receiver) = watch::channel(Stage::Writing);
        let hashes: HashSet<u64> = orders.map(|order| self.hasher.hash_one(order)).collect();
        let continues = !hashes.is_disjoint(&self.orders);
        self.orders = hashes;
        Turn { before: std::mem::replace(&mut self.before, receiver), own, continues }
    }
}

impl Turn {
    /// Waits, without a transaction, until this batch may be written.
    pub(super) async fn begin(&self) -> Result<()> {
        if self.continues { self.before_landed().await } else { Ok(()) }
    }

    /// Waits, in the transaction, until this batch may commit. Fails with `GaveWay` when the one before was refused:
    /// it may be waiting for locks of this one, which the server cannot know.
    pub(super) async fn commit(&self) -> Result<()> {
        match self.wait(|stage| *stage != Stage::Writing).await? {
            Stage::Landed => Ok(()),
            Stage::Writing | Stage::Refused => Err(GaveWay.into()),
        }
    }

    /// Waits until the batch before has landed.
    pub(super) async fn before_landed(&self) -> Result<()> {
        self.wait(|stage| *stage == Stage::Landed).await.map(drop)
    }

    /// Says that the server has refused this batch, and that it is tried again.
    pub(super) fn refused(&self) {
        self.own.send_replace(Stage::Refused);
    }

    /// Says that this batch has landed.
    pub(super) fn landed(&self) {
        self.own.send_replace(Stage::Landed);
    }

    async fn wait(&self, until: impl FnMut(&Stage) -> bool) -> Result<Stage> {
        let mut before = self.before.clone();
        let stage = before.wait_for(until).await.context("the batch before has not landed")?;
        Ok(*stage)
    }
}

#[cfg(test)]
mod tests;
