//! Every customer that a fit has seen, stored in packed rows: a million of them are 245 rows. Any one is valued from these,
//! over any time, without a fit. Knows no mathematics.

mod packed;

use anyhow::{Context, Result};
use sqlx::{Any, QueryBuilder, Row, Transaction};

pub(super) use self::packed::Facts;
use self::packed::{Models, find};
use super::{
    customers::{self, Customer, Scored},
    lifetime_value::ValuedCustomer,
    store::{self, StoredFit},
};
use crate::{
    db::Db,
    ingest::terms::{self, Term},
    models::{
        Answer,
        clv::{Family, Model, spend::SpendModel},
    },
    money::Currency,
};

/// Customers of a row, by their numbers: some 220 kB.
const CUSTOMERS_OF_CHUNK: u32 = 4_096;

/// The customers of a range of numbers, as they are stored.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    number: u32,
    data: Vec<u8>,
}

/// A customer as the last fit saw it.
#[derive(Debug)]
pub struct KnownCustomer {
    id: String,
    currency: Currency,
    models: Models,
    facts: Facts,
}

/// All customers, ready to be stored; none where a model refused.
pub(super) fn pack(scored: &Scored) -> Vec<Chunk> {
    let (Ok(fit), Ok(spend)) = (&scored.model, &scored.spend) else { return vec![] };
    let models =
        Models { purchases: fit.model.parameters, spend: [spend.p, spend.q, spend.v], kept: scored.kept };
    let chunk = |own: &[Customer]| {
        let customers = own.iter().flat_map(|one| Facts::of(one).bytes());
        Chunk { number: chunk_of(own[0].number), data: models.bytes().into_iter().chain(customers).collect() }
    };
    scored.customers.chunk_by(|one, next| chunk_of(one.number) == chunk_of(next.number)).map(chunk).collect()
}

fn chunk_of(number: u32) -> u32 {
    number / CUSTOMERS_OF_CHUNK
}

/// Replaces what is stored of this version of the program, and drops what others have not fitted since `long_ago`.
pub(super) async fn replace(
    transaction: &mut Transaction<'_, Any>,
    chunks: &[Chunk],
    fitted_ms: i64,
    long_ago: i64,
) -> Result<()> {
    sqlx::query("DELETE FROM fitted_customers WHERE version = ? OR fitted_ms < ?")
        .bind(store::VERSION)
        .bind(long_ago)
        .execute(&mut **transaction)
        .await
        .context("drop former customers")?;
    for chunk in chunks {
        let sql = "INSERT INTO fitted_customers (version, chunk, fitted_ms, data) VALUES (";
        let mut query = QueryBuilder::<Any>::new(sql);
        let mut values = query.separated(", ");
        values.push_bind(store::VERSION).push_bind(i64::from(chunk.number)).push_bind(fitted_ms);
        values.push_bind(chunk.data.clone());
        query.push(")").build().execute(&mut **transaction).await.context("store customers")?;
    }
    Ok(())
}

/// The fit of `name`, and the customer with the shop's `id` if it has seen one: both of the same run.
pub async fn read(db: &Db, name: &str, id: &str) -> Result<(Option<StoredFit>, Option<KnownCustomer>)> {
    let mut snapshot = db.begin_snapshot().await.context("open a snapshot of fits")?;
    let Some(stored) = store::read_in(&mut snapshot, name).await? else { return Ok((None, None)) };
    let known = terms::known_ids(&mut snapshot, Term::Customer, &[id.to_owned()]).await?;
    let Some(number) = known.get(id).copied() else { return Ok((Some(stored), None)) };
    let row = sqlx::query("SELECT data FROM fitted_customers WHERE version = ? AND chunk = ?")
        .bind(store::VERSION)
        .bind(i64::from(chunk_of(number)))
        .fetch_optional(&mut *snapshot)
        .await
        .context("read customers")?;
    let Some(row) = row else { return Ok((Some(stored), None)) };
    let found = find(&row.try_get::<Vec<u8>, _>(0)?, number)?;
    // Amounts are in the currency of the fit, which the shop may have changed since.
    let currency = Currency::from_code(&stored.currency).context("read the currency of a fit")?;
    let known = found.map(|(models, facts)| KnownCustomer { id: id.to_owned(), currency, models, facts });
    Ok((Some(stored), known))
}

impl KnownCustomer {
    /// What the customer is worth over the next `days`, discounted at `rate` a year.
    pub fn value(self, days: u32, rate: f64) -> Answer<ValuedCustomer> {
        let Self { id, currency, models, facts } = self;
        let model = Model { family: Family::BetaGeometric, parameters: models.purchases };
        let spend = SpendModel::of_parameters(models.spend);
        let future = customers::future(&model, facts.history, days, rate)?;
        let worth = customers::worth(&spend, facts.spend, future, models.kept)?;
        Ok(ValuedCustomer::new(id, &facts, future, worth, currency))
    }
}
