//! Writes the batches of one source: one after the other, or a file's two at a time where the database has several
//! writers. Counts what has landed, which is in the order of the source.

use std::pin::pin;

use futures_util::{StreamExt, stream};
use tokio::sync::mpsc;

use super::{UploadError, add_outcome, add_rejected, batches::Batch, folding::Folding, refuse_part};
use crate::{
    db::{Db, Dialect},
    ingest::{
        line::IngestSummary,
        terms::Dictionary,
        turns::{Turn, Turns},
        write::{self, BatchOutcome, Mark, SentOrder},
    },
};

/// Batches of a file that are written at the same time where the database has several writers: its one processor for
/// each connection is what a file waits for.
const FILE_WRITERS: usize = 2;
/// Connections that two writers need, so that neither waits for the other's: each its own, one to fold, one to look up
/// names.
const CONNECTIONS_FOR_TWO: u32 = 4;

/// Writes all of `batches`. With `source`, how far it has come lands with each; with `folding`, what lands is folded in
/// between; `progress` sees the summary after each.
pub(super) async fn write_batches(
    db: &Db,
    dictionary: &Dictionary,
    mut batches: mpsc::Receiver<Batch>,
    source: Option<Vec<u8>>,
    mut folding: Option<Folding>,
    progress: &mut (dyn FnMut(&IngestSummary) + Send),
) -> Result<IngestSummary, UploadError> {
    let mut total = IngestSummary::default();
    let mut turns = Turns::new();
    let source = source.as_deref();
    let written = stream::poll_fn(|context| batches.poll_recv(context))
        .map(|batch| {
            let turn = turns.next(batch.orders.iter().map(SentOrder::order_id));
            write_batch(db, dictionary, source, batch, turn)
        })
        .buffered(if source.is_some() { file_writers(db) } else { 1 });
    let mut written = pin!(written);
    let mut is_whole = false;
    while let Some(written) = written.next().await {
        let (batch, outcome) = written?;
        is_whole = batch.last;
        if let Some(folding) = &mut folding {
            folding.changed(db, outcome.inserted + outcome.replaced).await;
        }
        add_outcome(&mut total, outcome);
        add_rejected(&mut total, batch.rejected);
        progress(&total);
        if let Some(fatal) = batch.fatal {
            return Err(UploadError::Source { fatal, landed: Box::new(total) });
        }
    }
    refuse_part(is_whole)?;
    if let Some(folding) = &mut folding {
        folding.wait().await;
    }
    Ok(total)
}

fn file_writers(db: &Db) -> usize {
    let connections = db.pool.options().get_max_connections();
    match db.dialect {
        Dialect::MySql if connections >= CONNECTIONS_FOR_TWO => FILE_WRITERS,
        Dialect::MySql | Dialect::Sqlite => 1,
    }
}

async fn write_batch(
    db: &Db,
    dictionary: &Dictionary,
    source: Option<&[u8]>,
    mut batch: Batch,
    turn: Turn,
) -> anyhow::Result<(Batch, BatchOutcome)> {
    let mark =
        source.map(|source| Mark { source: source.to_vec(), position: batch.position, finished: batch.last });
    let orders = std::mem::take(&mut batch.orders);
    if orders.is_empty() && mark.is_none() {
        turn.landed();
        return Ok((batch, BatchOutcome::default()));
    }
    let outcome = write::write_in_turn(db, dictionary, &orders, mark.as_ref(), &turn).await?;
    Ok((batch, outcome))
}
