//! From a source of orders to batches of them. Parsing runs on a thread of its own, beside writing, two batches ahead at
//! most, so that memory is bounded. Writes nothing.

use tokio::sync::mpsc;

use crate::ingest::{
    line::IngestSummary,
    order::{Fatal, Parsed},
    write::SentOrder,
};

use super::MOST_ERRORS;

/// Orders for one transaction, with what was read and rejected on the way.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) orders: Vec<SentOrder>,
    pub(super) lines: usize,
    pub(super) rejected: IngestSummary,
    /// Items of the source up to the end of this batch.
    pub(super) position: i64,
    pub(super) fatal: Option<Fatal>,
    /// Whether it is the last one of a source that was read to its end.
    pub(super) last: bool,
}

/// Begins to read after `skip` items; the receiver gets batches of about `batch_lines` lines.
pub(super) fn start<I>(
    parse: impl FnOnce() -> Result<I, Fatal> + Send + 'static,
    skip: i64,
    batch_lines: usize,
) -> mpsc::Receiver<Batch>
where
    I: Iterator<Item = Result<Parsed, Fatal>>,
{
    let (sender, receiver) = mpsc::channel(2);
    // When the writer is gone there is nobody left to tell: the thread just ends.
    tokio::task::spawn_blocking(move || drop(produce(parse, skip, batch_lines, &sender)));
    receiver
}

pub(super) fn produce<I>(
    parse: impl FnOnce() -> Result<I, Fatal>,
    skip: i64,
    batch_lines: usize,
    sender: &mpsc::Sender<Batch>,
) -> Result<(), Box<mpsc::error::SendError<Batch>>>
where
    I: Iterator<Item = Result<Parsed, Fatal>>,
{
    let mut batch = Batch::default();
    let items = match parse() {
        Ok(items) => items,
        Err(fatal) => {
            return sender.blocking_send(Batch { fatal: Some(fatal), ..batch }).map_err(Box::new);
        }
    };
    let mut position = 0;
    for item in items {
        match item {
            Ok(Parsed::Order { .. }) if position < skip => {}
            Ok(parsed) => batch.take(parsed),
            Err(fatal) => {
                batch.fatal = Some(fatal);
                break;
            }
        }
        position += 1;
        batch.position = position.max(skip);
        if batch.lines >= batch_lines {
            sender.blocking_send(std::mem::take(&mut batch)).map_err(Box::new)?;
        }
    }
    batch.position = position.max(skip);
    batch.last = batch.fatal.is_none();
    sender.blocking_send(batch).map_err(Box::new)
}

impl Batch {
    fn take(&mut self, parsed: Parsed) {
        match parsed {
            Parsed::Order { merge, received, lines, .. } => {
                self.rejected.received += received;
                self.lines += lines.len();
                self.orders.push(SentOrder { merge, lines });
            }
            Parsed::Rejected { received, rejections, .. } => {
                self.lines += 1;
                self.rejected.received += received;
                self.rejected.rejected += received;
                self.rejected.errors.extend(rejections);
                self.rejected.errors.truncate(MOST_ERRORS);
            }
        }
    }
}
