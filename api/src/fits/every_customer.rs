//! Every customer that a fit has seen, stored in packed rows: a million of them are 245 rows. Any one is valued from these,
//! over any time, without a fit. Knows no mathematics.

mod packed;

use anyhow::{Context, Result};
use sqlx::{Any, QueryBuilder, Row, Transaction};

use self::packed::{Models, find};
use super::{
    customers::{self, Customer, Facts, Scored},
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
    chunks(models, &scored.customers)
}

/// Of customers in the order of their numbers.
fn chunks(models: Models, customers: &[Customer]) -> Vec<Chunk> {
    let chunk = |own: &[Customer]| {
        let mut data = models.bytes().to_vec();
        for one in own {
            data.extend_from_slice(&Facts::of(one).bytes());
        }
        Chunk { number: chunk_of(own[0].number), data }
    };
    customers.chunk_by(|one, next| chunk_of(one.number) == chunk_of(next.number)).map(chunk).collect()
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
    let known = terms::known_ids(&mut snapshot, &[(Term::Customer, id)]).await?;
    let Some(&number) = known.values().next() else { return Ok((Some(stored), None)) };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        models::clv::{History, spend::Spend},
        queries::customers::CustomerSummary,
        reports::rfm::Segment,
    };

    const MODELS: Models = Models { purchases: [0.25, 31.0, 0.8, 2.4], spend: [6.25, 3.75, 15.5], kept: 1.0 };
    const NOW_MS: i64 = 1_700_000_000_000;
    const LONG_AGO_MS: i64 = 1_600_000_000_000;

    fn customer(number: u32) -> Customer {
        Customer {
            number,
            summary: CustomerSummary { orders: 1 + i64::from(number), ..CustomerSummary::default() },
            last_day: 17_000,
            segment: Segment::Loyal,
            history: History { frequency: 0, recency: 0.0, age: f64::from(number) },
            spend: Spend { purchases: 0, mean: 0.0 },
            future: None,
            worth: None,
        }
    }

    #[test]
    fn each_customer_is_in_the_chunk_of_its_number() {
        let numbers = [1, CUSTOMERS_OF_CHUNK - 1, CUSTOMERS_OF_CHUNK, 3 * CUSTOMERS_OF_CHUNK + 7];
        let chunks = chunks(MODELS, &numbers.map(customer));
        assert_eq!(chunks.iter().map(|chunk| chunk.number).collect::<Vec<_>>(), [0, 1, 3]);
        for number in numbers {
            let chunk = chunks.iter().find(|chunk| chunk.number == chunk_of(number)).unwrap();
            let found = find(&chunk.data, number).unwrap();
            assert_eq!(found, Some((MODELS, Facts::of(&customer(number)))));
        }
    }

    #[tokio::test]
    async fn customers_of_other_versions_stay_for_the_programs_that_read_them() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("t.db").display());
        let db = Db::connect(&url, 1).await.unwrap();
        db.migrate("UTC").await.unwrap();
        let sql = "INSERT INTO fitted_customers (version, chunk, fitted_ms, data) VALUES (?, 0, ?, X'00')";
        for (version, fitted_ms) in [(store::VERSION + 1, LONG_AGO_MS), (store::VERSION - 1, LONG_AGO_MS - 1)]
        {
            sqlx::query(sql).bind(version).bind(fitted_ms).execute(&db.pool).await.unwrap();
        }
        for numbers in [[1, 2 * CUSTOMERS_OF_CHUNK], [2, 3 * CUSTOMERS_OF_CHUNK]] {
            let mut transaction = db.begin_write().await.unwrap();
            let chunks = chunks(MODELS, &numbers.map(customer));
            replace(&mut transaction, &chunks, NOW_MS, LONG_AGO_MS).await.unwrap();
            transaction.commit().await.unwrap();
        }
        let rows = sqlx::query("SELECT version, chunk FROM fitted_customers ORDER BY version, chunk");
        let rows = rows.fetch_all(&db.pool).await.unwrap();
        let left: Vec<(i64, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert_eq!(left, [(store::VERSION, 0), (store::VERSION, 3), (store::VERSION + 1, 0)]);
    }
}
