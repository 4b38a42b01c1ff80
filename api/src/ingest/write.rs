//! Writes a batch of orders: facts and roll-up delta in one transaction. Decides what changes;
//! parses nothing. Sending a batch again changes nothing; two writers of one order take turns.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use sqlx::AnyConnection;

use super::{
    facts::{self, Orders},
    line::{Line, Merge, Rejection},
    stored::{Contradiction, Incoming, StoredLine, StoredOrder},
    terms::Dictionary,
    texts::Texts,
    turns::{GaveWay, Turn, Turns},
};
use crate::{
    db::{self, Db, retrying},
    rollup::delta::Delta,
};

/// Lines of one order as they were sent, each with its position in the upload.
#[derive(Debug, Clone)]
pub struct SentOrder {
    /// How they meet stored lines.
    pub merge: Merge,
    /// At least one; all of one order id, and agreeing in what an order shares.
    pub lines: Vec<(u64, Line)>,
}

/// What a batch did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchOutcome {
    /// Lines that were not there.
    pub inserted: u64,
    /// Lines that changed or went.
    pub replaced: u64,
    /// Lines that were the same.
    pub unchanged: u64,
    /// Lines that contradict stored ones; nothing of theirs landed.
    pub rejections: Vec<Rejection>,
}

/// How far an import has come; kept with the orders, so that both are there or neither.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Hash of the source.
    pub source: Vec<u8>,
    /// Items that have landed with this batch.
    pub position: i64,
    /// Whether this is the end.
    pub finished: bool,
}

/// A batch with its texts resolved, ready for the transaction.
#[derive(Debug)]
pub struct Prepared<'a> {
    orders: Vec<(&'a SentOrder, Incoming)>,
    fresh_ids: Vec<i64>,
}

/// Writes `orders` in a transaction of its own, again and again while the server asks for it.
pub async fn write(
    db: &Db,
    dictionary: &Dictionary,
    orders: &[SentOrder],
    mark: Option<&Mark>,
) -> Result<BatchOutcome> {
    write_in_turn(db, dictionary, orders, mark, &Turns::new().next(std::iter::empty())).await
}

/// As `write`, beside other batches of the same source; commits when it is its turn.
pub(super) async fn write_in_turn(
    db: &Db,
    dictionary: &Dictionary,
    orders: &[SentOrder],
    mark: Option<&Mark>,
    turn: &Turn,
) -> Result<BatchOutcome> {
    let prepared = prepare(db, dictionary, orders).await?;
    turn.begin().await?;
    let once = || async {
        let outcome = write_once(db, &prepared, mark, turn).await;
        if outcome.is_err() {
            turn.refused();
        }
        outcome
    };
    loop {
        match retrying(is_refused, once).await {
            Err(error) if error.is::<GaveWay>() => turn.before_landed().await?,
            outcome => {
                if outcome.is_ok() {
                    turn.landed();
                }
                return outcome;
            }
        }
    }
}

/// Whether the server refused a batch that can land when it is tried again: it was busy, or another writer was first
/// with an order, which the next try then finds.
pub(super) fn is_refused(error: &sqlx::Error) -> bool {
    db::is_transient(error) || db::is_duplicate(error)
}

/// Resolves the texts of `orders` and takes order ids, before any transaction.
pub async fn prepare<'a>(db: &Db, dictionary: &Dictionary, orders: &'a [SentOrder]) -> Result<Prepared<'a>> {
    let texts = Texts::resolve(db, dictionary, orders).await?;
    let prepared: Vec<_> = orders.iter().map(|order| (order, texts.incoming(order))).collect();
    let fresh_ids = dictionary.order_ids(db, orders.len()).await?;
    Ok(Prepared { orders: prepared, fresh_ids })
}

/// Writes a prepared batch in the caller's transaction.
pub async fn write_in(
    db: &Db,
    connection: &mut AnyConnection,
    prepared: &Prepared<'_>,
) -> Result<BatchOutcome> {
    let keys: BTreeSet<&str> = prepared.orders.iter().map(|(sent, _)| sent.order_id()).collect();
    let before = facts::load(db, connection, &keys).await?;
    let (after, outcome) = apply(&before, prepared);
    let change = Change::between(&before, &after);
    change.store(db, connection).await?;
    let delta = change.delta();
    if delta.changes() > 0 {
        facts::append_delta(connection, &delta).await?;
    }
    Ok(outcome)
}

/// Writes how far an import has come.
pub async fn write_mark(connection: &mut AnyConnection, mark: &Mark) -> Result<(), sqlx::Error> {
    sqlx::query("REPLACE INTO imports (source, position, finished, changed_ms) VALUES (?, ?, ?, ?)")
        .bind(mark.source.clone())
        .bind(mark.position)
        .bind(i64::from(mark.finished))
        .bind(jiff::Timestamp::now().as_millisecond())
        .execute(connection)
        .await
        .map(drop)
}

impl SentOrder {
    /// The shop's order id.
    pub fn order_id(&self) -> &str {
        self.lines.first().map_or("", |(_, line)| &line.order_id)
    }
}

async fn write_once(
    db: &Db,
    prepared: &Prepared<'_>,
    mark: Option<&Mark>,
    turn: &Turn,
) -> Result<BatchOutcome> {
    let mut transaction = db.begin_write().await?;
    let outcome = write_in(db, &mut transaction, prepared).await?;
    turn.commit().await?;
    if let Some(mark) = mark {
        write_mark(&mut transaction, mark).await?;
    }
    transaction.commit().await?;
    Ok(outcome)
}

/// Applies the batch to copies of the stored orders, one sent order after the other.
fn apply<'a>(before: &Orders<'a>, prepared: &'a Prepared<'_>) -> (Orders<'a>, BatchOutcome) {
    let mut after = before.clone();
    let mut outcome = BatchOutcome::default();
    let mut fresh_ids = prepared.fresh_ids.iter();
    for (sent, incoming) in &prepared.orders {
        let order = after.entry(sent.order_id()).or_insert_with(|| StoredOrder {
            id: *fresh_ids.next().expect("an id was taken for each sent order"),
            header: incoming.header,
            lines: BTreeMap::new(),
        });
        match order.absorb(incoming) {
            Ok(effect) => {
                outcome.inserted += effect.inserted;
                outcome.replaced += effect.replaced;
                outcome.unchanged += effect.unchanged;
            }
            Err(contradiction) => outcome.rejections.extend(rejections(sent, contradiction)),
        }
    }
    after.retain(|_, order| !order.lines.is_empty());
    (after, outcome)
}

fn rejections(sent: &SentOrder, Contradiction(field): Contradiction) -> impl Iterator<Item = Rejection> {
    sent.lines.iter().map(move |(position, line)| Rejection {
        line: *position,
        field: field.to_owned(),
        reason: format!(
            "differs from the lines of order {:?} that are stored already; send the whole order to change it",
            line.order_id
        ),
    })
}

/// The difference between two states of the orders of a batch.
struct Change<'a> {
    created: Vec<(&'a str, &'a StoredOrder)>,
    changed: Vec<(&'a StoredOrder, &'a StoredOrder)>,
}

impl<'a> Change<'a> {
    fn between(before: &'a Orders<'_>, after: &'a Orders<'_>) -> Self {
        let mut change = Self { created: Vec::new(), changed: Vec::new() };
        for (&key, order) in after {
            match before.get(key) {
                None => change.created.push((key, order)),
                Some(old) if old != order => change.changed.push((old, order)),
                Some(_) => {}
            }
        }
        change
    }

    fn delta(&self) -> Delta {
        let mut removed: Vec<_> = self.changed.iter().map(|(old, _)| old.packed()).collect();
        let new = self.changed.iter().map(|(_, new)| *new);
        let mut added: Vec<_> =
            self.created.iter().map(|(_, order)| *order).chain(new).map(StoredOrder::packed).collect();
        removed.sort_unstable_by_key(|order| order.header.order);
        added.sort_unstable_by_key(|order| order.header.order);
        Delta { removed, added }
    }

    async fn store(&self, db: &Db, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        facts::insert_orders(db, connection, &self.created).await?;
        for (old, new) in &self.changed {
            if old.header != new.header || old.ordered_ms() != new.ordered_ms() {
                facts::update_order(connection, new).await?;
            }
            facts::delete_lines(connection, old, new).await?;
        }
        let created =
            self.created.iter().flat_map(|(_, order)| order.lines.iter().map(|line| (order.id, line)));
        let changed = self.changed.iter().flat_map(|(old, new)| {
            let differs = |(number, line): &(&u32, &StoredLine)| old.lines.get(number) != Some(*line);
            new.lines.iter().filter(differs).map(|line| (new.id, line))
        });
        let rows: Vec<_> = created.chain(changed).collect();
        facts::insert_lines(db, connection, &rows).await
    }
}
