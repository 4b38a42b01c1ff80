//! From a source of orders to the store: batches, counts, and what happens at the first or last trouble.
//! Knows no HTTP and no format.

mod batches;
mod folding;
mod writing;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use sqlx::Row;
use tokio::sync::mpsc;

use super::{
    draft::StoreDefaults,
    line::IngestSummary,
    order::{Fatal, Parsed},
    terms::Dictionary,
    write,
};
use crate::db::{Db, retrying};
use batches::{Batch, start};
use folding::Folding;
use writing::write_batches;

/// Lines of a request written in one transaction, at least (an order is never split).
const BATCH_LINES: usize = 5_000;
/// The same for files: the process has its memory for itself, and indices are written less often.
const FILE_BATCH_LINES: usize = 25_000;
/// Lines that land all or not at all, which are in memory together: each takes about 3 KiB until it is written.
pub const MOST_ATOMIC_LINES: usize = 25_000;
/// Reasons that a summary names.
const MOST_ERRORS: usize = 1_000;

/// What lands when some of it cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landing {
    /// The good orders land, the others are reported.
    GoodOrders,
    /// All or nothing, in one transaction.
    AllOrNothing,
}

/// Why an upload ended early.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The source cannot be read on. With `Landing::GoodOrders`, what the summary counts has landed.
    #[error("{fatal}")]
    Source {
        /// What is wrong. Said in full by this error, so it is not its source as well.
        fatal: Fatal,
        /// What landed before.
        landed: Box<IngestSummary>,
    },
    /// Nothing landed, because there are more lines than can land all or not at all.
    #[error("there are more than {MOST_ATOMIC_LINES} lines, so nothing landed")]
    TooMany,
    /// Nothing landed, because not everything could.
    #[error("{} of {} lines were rejected, so nothing landed", .0.rejected, .0.received)]
    Refused(Box<IngestSummary>),
    /// The store failed. With `Landing::GoodOrders`, batches before this one have landed; sending again is safe.
    #[error("the orders could not be written")]
    Store(#[from] anyhow::Error),
}

/// Writes everything that `parse` yields, and folds nothing: whoever sent it would wait for work on all that the store
/// holds of these months, which the server does by itself. `parse` runs on a thread of its own.
pub async fn run<I>(
    db: &Db,
    dictionary: &Dictionary,
    landing: Landing,
    parse: impl FnOnce() -> Result<I, Fatal> + Send + 'static,
) -> Result<IngestSummary, UploadError>
where
    I: Iterator<Item = Result<Parsed, Fatal>>,
{
    let batches = start(parse, 0, BATCH_LINES);
    match landing {
        Landing::GoodOrders => write_batches(db, dictionary, batches, None, None, &mut |_| {}).await,
        Landing::AllOrNothing => write_all_or_nothing(db, dictionary, batches).await,
    }
}

/// As `run` with the good orders, for a process that does nothing else: what lands is folded in between. The rest is left
/// to the caller.
pub async fn load<I>(
    db: &Db,
    dictionary: &Dictionary,
    parse: impl FnOnce() -> Result<I, Fatal> + Send + 'static,
) -> Result<IngestSummary, UploadError>
where
    I: Iterator<Item = Result<Parsed, Fatal>>,
{
    let batches = start(parse, 0, BATCH_LINES);
    write_batches(db, dictionary, batches, None, Some(Folding::default()), &mut |_| {}).await
}

/// As `load`, for a file that may have been imported in part: begins where a try ended that was stopped. A file that
/// landed whole is read again from its start: other orders may have changed what it brought.
/// `progress` sees the summary after each batch.
pub async fn resume<I>(
    db: &Db,
    dictionary: &Dictionary,
    source: Vec<u8>,
    parse: impl FnOnce() -> Result<I, Fatal> + Send + 'static,
    progress: &mut (dyn FnMut(&IngestSummary) + Send),
) -> Result<Resumed, UploadError>
where
    I: Iterator<Item = Result<Parsed, Fatal>>,
{
    let position = read_mark(db, &source).await?;
    let batches = start(parse, position, FILE_BATCH_LINES);
    let summary =
        write_batches(db, dictionary, batches, Some(source), Some(Folding::default()), progress).await?;
    Ok(Resumed { skipped: position, summary })
}

/// Answer of `resume`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// Orders of the file that a stopped try had passed already.
    pub skipped: i64,
    /// What this try did. Lines that the stopped try rejected are rejected again, so that they are named.
    pub summary: IngestSummary,
}

/// What identifies a source: the hash of its bytes, and of what fills in for them.
pub fn fingerprint(mut source: impl std::io::Read, store: &StoreDefaults) -> std::io::Result<Vec<u8>> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match source.read(&mut buffer)? {
            0 => {
                let zone = store.time_zone.iana_name().unwrap_or_default();
                hasher.update(format!("\n{zone} {}", store.currency.code()));
                return Ok(hasher.finalize().to_vec());
            }
            length => hasher.update(&buffer[..length]),
        }
    }
}

async fn write_all_or_nothing(
    db: &Db,
    dictionary: &Dictionary,
    mut batches: mpsc::Receiver<Batch>,
) -> Result<IngestSummary, UploadError> {
    let mut orders = Vec::new();
    let mut lines = 0;
    let mut total = IngestSummary::default();
    let mut is_whole = false;
    while let Some(batch) = batches.recv().await {
        lines += batch.lines;
        if lines > MOST_ATOMIC_LINES {
            return Err(UploadError::TooMany);
        }
        add_rejected(&mut total, batch.rejected);
        if let Some(fatal) = batch.fatal {
            return Err(UploadError::Source { fatal, landed: Box::default() });
        }
        orders.extend(batch.orders);
        is_whole = batch.last;
    }
    refuse_part(is_whole)?;
    if total.rejected > 0 {
        return Err(UploadError::Refused(Box::new(total)));
    }
    let prepared = write::prepare(db, dictionary, &orders).await?;
    match retrying(write::is_refused, || write_once(db, &prepared, &total)).await? {
        landed if landed.rejected == 0 => Ok(landed),
        refused => Err(UploadError::Refused(Box::new(refused))),
    }
}

/// Commits, unless a line contradicts stored ones; then the summary says so and nothing landed.
async fn write_once(db: &Db, prepared: &write::Prepared<'_>, read: &IngestSummary) -> Result<IngestSummary> {
    let mut transaction = db.begin_write().await?;
    let outcome = write::write_in(db, &mut transaction, prepared).await?;
    let mut total = read.clone();
    add_outcome(&mut total, outcome);
    if total.rejected == 0 {
        transaction.commit().await?;
    }
    Ok(total)
}

/// A thread that dies tells nobody: what it has read until then would be taken for everything.
fn refuse_part(is_whole: bool) -> Result<()> {
    if !is_whole {
        bail!("the thread that reads the orders has died before their end");
    }
    Ok(())
}

fn add_outcome(total: &mut IngestSummary, outcome: write::BatchOutcome) {
    total.inserted += outcome.inserted;
    total.replaced += outcome.replaced;
    total.unchanged += outcome.unchanged;
    total.rejected += outcome.rejections.len() as u64;
    total.errors.extend(outcome.rejections);
    total.errors.truncate(MOST_ERRORS);
}

fn add_rejected(total: &mut IngestSummary, rejected: IngestSummary) {
    total.received += rejected.received;
    total.rejected += rejected.rejected;
    total.errors.extend(rejected.errors);
    total.errors.truncate(MOST_ERRORS);
}

/// How far a stopped try came; 0 for none, and for one that came to the end.
async fn read_mark(db: &Db, source: &[u8]) -> Result<i64> {
    let row = sqlx::query("SELECT position FROM imports WHERE source = ? AND finished = 0")
        .bind(source.to_vec())
        .fetch_optional(&db.pool)
        .await
        .context("read how far an earlier import came")?;
    Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(0))
}

#[cfg(test)]
mod tests;
