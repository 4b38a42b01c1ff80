//! The dictionary: small dense numbers for the texts that orders repeat. Owns `terms` and `id_blocks`;
//! knows nothing of orders. A number that is never used after all does no harm.

use std::{collections::BTreeMap, sync::Mutex};

use anyhow::{Context, Result, bail};
use foldhash::{HashMap, HashMapExt};
use sqlx::{Any, AnyConnection, Encode, QueryBuilder, Row, Type};

use crate::{
    columns,
    db::{Db, is_transient, retrying},
    statements,
};

/// What a text names. The number is `terms.kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Term {
    /// A customer by the shop's id.
    Customer = 1,
    /// A product by the shop's id.
    Product = 2,
    /// A product's name.
    Name = 3,
    /// A category.
    Category = 4,
    /// A region.
    Region = 5,
    /// A channel.
    Channel = 6,
    /// A currency code.
    Currency = 7,
}

/// Kinds of texts, and one place for 0.
const KINDS: usize = 8;
/// `id_blocks.kind` of order ids.
const ORDERS: i64 = 0;
/// Order ids taken at once at least, so that small orders rarely touch the counter's row.
const ORDER_BLOCK: i64 = 256;
/// Texts looked up in one statement.
const LOOKUP_ROWS: usize = 1_000;
/// Texts that a server remembers for each kind; beyond, the memory starts over.
const REMEMBERED: usize = 50_000;
/// The same for a process that does nothing but load orders.
const REMEMBERED_TO_LOAD: usize = 1_000_000;

/// Numbers of texts, remembered between batches. One for each process and store.
#[derive(Debug)]
pub struct Dictionary {
    most: usize,
    known: Mutex<[HashMap<String, u32>; KINDS]>,
    order_ids: tokio::sync::Mutex<std::ops::Range<i64>>,
}

impl Default for Dictionary {
    /// One that remembers as much as a server can afford.
    fn default() -> Self {
        Self { most: REMEMBERED, known: Mutex::default(), order_ids: tokio::sync::Mutex::default() }
    }
}

impl Dictionary {
    /// One that remembers more, for a process that does nothing but load orders.
    pub fn to_load() -> Self {
        Self { most: REMEMBERED_TO_LOAD, ..Self::default() }
    }

    /// Replaces the zeros of `ids` by the numbers of their texts, made where there are none yet.
    pub async fn fill(&self, db: &Db, kind: Term, ids: &mut HashMap<&str, u32>) -> Result<()> {
        let mut missing = self.recall(kind, ids);
        if missing.is_empty() {
            return Ok(());
        }
        // Neighbours in the index are looked up and written together.
        missing.sort_unstable();
        let mut fresh = HashMap::with_capacity(missing.len());
        let mut connection = db.pool.acquire().await.context("connect to look up names")?;
        for chunk in missing.chunks(LOOKUP_ROWS) {
            look_up(&mut connection, kind, chunk, &mut fresh).await?;
        }
        drop(connection);
        let unknown: Vec<&str> =
            missing.iter().copied().filter(|value| !fresh.contains_key(*value)).collect();
        for chunk in unknown.chunks(LOOKUP_ROWS) {
            create(db, kind, chunk, &mut fresh).await?;
        }
        for value in missing {
            ids.insert(value, fresh.get(value).copied().unwrap_or(0));
        }
        self.remember(kind, fresh);
        Ok(())
    }

    /// Takes `count` order ids that nobody has.
    pub async fn order_ids(&self, db: &Db, count: usize) -> Result<Vec<i64>> {
        let count = i64::try_from(count)?;
        let mut block = self.order_ids.lock().await;
        if block.end - block.start < count {
            let size = count.max(ORDER_BLOCK);
            let start = retrying(is_transient, || reserve(db, ORDERS, size)).await?;
            *block = start..start + size;
        }
        let taken = block.start..block.start + count;
        block.start = taken.end;
        Ok(taken.collect())
    }

    /// Fills in what is remembered and answers the rest.
    fn recall<'a>(&self, kind: Term, ids: &mut HashMap<&'a str, u32>) -> Vec<&'a str> {
        let known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = &known[kind as usize];
        let mut missing = Vec::new();
        for (&value, id) in ids {
            match known.get(value) {
                Some(number) => *id = *number,
                None => missing.push(value),
            }
        }
        missing
    }

    fn remember(&self, kind: Term, fresh: HashMap<String, u32>) {
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = &mut known[kind as usize];
        if known.len() + fresh.len() > self.most {
            known.clear();
        }
        known.extend(fresh.into_iter().take(self.most));
    }
}

/// The texts of `ids`, for output. Numbers without a text are left out.
pub async fn values(
    connection: &mut AnyConnection,
    kind: Term,
    ids: &[u32],
) -> Result<HashMap<u32, String>, sqlx::Error> {
    let wanted: Vec<(Term, u32)> = ids.iter().map(|&id| (kind, id)).collect();
    let values = values_of(connection, &wanted).await?;
    Ok(values.into_iter().map(|((_, id), value)| (id, value)).collect())
}

/// As `values`, for numbers of several kinds, of which one journey to the store brings as many as fit a statement.
pub async fn values_of(
    connection: &mut AnyConnection,
    wanted: &[(Term, u32)],
) -> Result<HashMap<(Term, u32), String>, sqlx::Error> {
    let mut values = HashMap::with_capacity(wanted.len());
    for chunk in wanted.chunks(LOOKUP_ROWS) {
        let mut ids: BTreeMap<Term, Vec<i64>> = BTreeMap::new();
        for &(kind, id) in chunk {
            ids.entry(kind).or_default().push(i64::from(id));
        }
        ids.values_mut().for_each(lengthen);
        let mut query = select_by_kind("id", &ids);
        for row in query.build().fetch_all(&mut *connection).await? {
            let (kind, id): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
            let value = String::from_utf8_lossy(columns::bytes(&row, 2)?).into_owned();
            if let Some(&kind) = ids.keys().find(|&&one| one as i64 == kind) {
                values.insert((kind, u32::try_from(id).unwrap_or_default()), value);
            }
        }
    }
    Ok(values)
}

/// Repeats the last one of a list up to one of a few lengths: a statement has several lists, and their lengths make its
/// text.
fn lengthen(ids: &mut Vec<i64>) {
    let length = [1, 16, 256].into_iter().find(|length| ids.len() <= *length).unwrap_or(ids.len());
    if let Some(last) = ids.last().copied() {
        ids.resize(length, last);
    }
}

/// The highest number of a kind that an order can have in the state that `connection` sees; 0 where there is none.
pub async fn last_id(connection: &mut AnyConnection, kind: Term) -> Result<u32> {
    let row = sqlx::query("SELECT COALESCE(MAX(id), 0) FROM terms WHERE kind = ?").bind(kind as i64);
    let last: i64 = row.fetch_one(connection).await.context("find the last number of a kind")?.try_get(0)?;
    Ok(u32::try_from(last)?)
}

/// The numbers of those of `wanted` that have one, for filters; one journey to the store looks up as many as fit a
/// statement.
pub async fn known_ids(
    connection: &mut AnyConnection,
    wanted: &[(Term, &str)],
) -> Result<HashMap<(Term, String), u32>> {
    let mut found = HashMap::new();
    for chunk in wanted.chunks(LOOKUP_ROWS) {
        let mut texts: BTreeMap<Term, Vec<Vec<u8>>> = BTreeMap::new();
        for (kind, text) in chunk {
            texts.entry(*kind).or_default().push(text.as_bytes().to_vec());
        }
        let mut query = select_by_kind("value", &texts);
        for row in query.build().fetch_all(&mut *connection).await.context("look up names")? {
            let (kind, id): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
            if let Some(&kind) = texts.keys().find(|&&one| one as i64 == kind) {
                found.insert((kind, columns::text(&row, 2)?), u32::try_from(id)?);
            }
        }
    }
    Ok(found)
}

/// Reads kind, number and text of what has one of the values of its kind in `column`.
fn select_by_kind<T>(column: &str, values: &BTreeMap<Term, Vec<T>>) -> QueryBuilder<'static, Any>
where
    T: Clone + Send + Type<Any> + for<'q> Encode<'q, Any> + 'static,
{
    let mut query = QueryBuilder::<Any>::new("");
    for (kind, values) in values {
        query.push(if query.sql().is_empty() { "" } else { " UNION ALL " });
        query.push("SELECT kind, id, value FROM terms WHERE kind = ").push_bind(*kind as i64);
        query.push(" AND ").push(column).push(" IN ");
        statements::push_list(&mut query, values);
    }
    query
}

async fn look_up(
    connection: &mut AnyConnection,
    kind: Term,
    texts: &[&str],
    found: &mut HashMap<String, u32>,
) -> Result<()> {
    let mut query = QueryBuilder::<Any>::new("SELECT id, value FROM terms WHERE kind = ");
    query.push_bind(kind as i64).push(" AND value IN ");
    statements::push_list(&mut query, &texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>());
    for row in query.build().fetch_all(connection).await.context("look up names")? {
        let id = u32::try_from(row.try_get::<i64, _>(0)?)?;
        found.insert(columns::text(&row, 1)?, id);
    }
    Ok(())
}

/// Gives numbers to texts that had none. Another instance may do the same at the same time: the first wins.
async fn create(db: &Db, kind: Term, texts: &[&str], found: &mut HashMap<String, u32>) -> Result<()> {
    let count = i64::try_from(texts.len())?;
    let first = retrying(is_transient, || reserve(db, kind as i64, count)).await?;
    retrying(is_transient, || insert(db, kind, texts, first)).await?;
    let mut connection = db.pool.acquire().await?;
    look_up(&mut connection, kind, texts, found).await?;
    if let Some(text) = texts.iter().find(|text| !found.contains_key(**text)) {
        bail!("the store did not keep the name {text:?}");
    }
    Ok(())
}

async fn insert(db: &Db, kind: Term, texts: &[&str], first: i64) -> Result<()> {
    let mut query = QueryBuilder::<Any>::new(db.dialect.insert_ignore());
    query.push(" INTO terms (kind, id, value) ");
    query.push_values((first..).zip(texts), |mut row, (id, text)| {
        row.push_bind(kind as i64).push_bind(id).push_bind(text.as_bytes().to_vec());
    });
    query.build().execute(&db.pool).await?;
    Ok(())
}

/// Moves a counter on by `count` and returns the first number taken.
async fn reserve(db: &Db, kind: i64, count: i64) -> Result<i64> {
    let mut transaction = db.begin_write().await?;
    sqlx::query("UPDATE id_blocks SET next_id = next_id + ? WHERE kind = ?")
        .bind(count)
        .bind(kind)
        .execute(&mut *transaction)
        .await?;
    let next: i64 = sqlx::query("SELECT next_id FROM id_blocks WHERE kind = ?")
        .bind(kind)
        .fetch_one(&mut *transaction)
        .await?
        .try_get(0)?;
    transaction.commit().await?;
    Ok(next - count)
}
