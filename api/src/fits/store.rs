//! Fitted results in the store, and the lease that lets one instance fit at a time. Knows no model.

use anyhow::{Context, Result};
use jiff::Timestamp;
use sqlx::{Any, QueryBuilder, Row};

use crate::{columns, db::Db};

/// Of the shape of results; those of other versions are not read.
pub const VERSION: i64 = 2;
/// How long a run that is killed keeps others from fitting.
pub const LEASE_SECONDS: i64 = 60;

/// One fitted result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFit {
    /// Path of the report, with its grain.
    pub name: String,
    /// Committed changes that it has seen.
    pub data_version: i64,
    /// First and last day with a line, since 1970-01-01.
    pub range: Option<(i32, i32)>,
    /// When it was made.
    pub fitted_at: Timestamp,
    /// ISO 4217 code of its amounts.
    pub currency: String,
    /// IANA zone of its days.
    pub time_zone: String,
    /// What was done, in words.
    pub method: String,
    /// A JSON object, or why there is none.
    pub result: Result<String, String>,
}

/// The fit of `name`, if there is one of this program's shape.
pub async fn read(db: &Db, name: &str) -> Result<Option<StoredFit>> {
    let sql = "SELECT data_version, first_day, last_day, fitted_ms, currency, time_zone, method, refusal, result \
               FROM model_fits WHERE name = ? AND version = ?";
    let row = sqlx::query(sql)
        .bind(name.as_bytes().to_vec())
        .bind(VERSION)
        .fetch_optional(&db.readers)
        .await
        .context("read a fitted result")?;
    let Some(row) = row else { return Ok(None) };
    let day = |index| row.try_get::<Option<i64>, _>(index);
    let range = match (day(1)?, day(2)?) {
        (Some(first), Some(last)) => Some((i32::try_from(first)?, i32::try_from(last)?)),
        _ => None,
    };
    let has_result = row.try_get::<Option<Vec<u8>>, _>(8)?;
    let result = match has_result {
        Some(json) => Ok(String::from_utf8(json).context("a fitted result is text")?),
        None => Err(columns::text(&row, 7)?),
    };
    Ok(Some(StoredFit {
        name: name.to_owned(),
        data_version: row.try_get(0)?,
        range,
        fitted_at: Timestamp::from_millisecond(row.try_get(3)?)?,
        currency: columns::text(&row, 4)?,
        time_zone: columns::text(&row, 5)?,
        method: columns::text(&row, 6)?,
        result,
    }))
}

/// The data version that the last complete run has seen, if with these settings and the stock levels of now.
pub async fn fitted_version(db: &Db, currency: &str, time_zone: &str) -> Result<Option<i64>> {
    let sql = "SELECT MIN(data_version) FROM model_fits WHERE version = ? AND currency = ? AND time_zone = ? \
               AND fitted_ms > (SELECT COALESCE(MAX(changed_ms), 0) FROM inventory)";
    let row = sqlx::query(sql)
        .bind(VERSION)
        .bind(currency.as_bytes().to_vec())
        .bind(time_zone.as_bytes().to_vec())
        .fetch_one(&db.pool)
        .await
        .context("read what was fitted")?;
    Ok(row.try_get(0)?)
}

/// Replaces all fits by these, in one transaction, if `token` still holds the lease.
pub async fn replace(db: &Db, token: i64, fits: &[StoredFit]) -> Result<bool> {
    let mut transaction = db.begin_write().await.context("begin to store fits")?;
    let sql = format!("SELECT token FROM model_runs WHERE id = 1{}", db.dialect.for_update());
    let row = sqlx::query(&sql).fetch_one(&mut *transaction).await.context("read the lease")?;
    if row.try_get::<i64, _>(0)? != token {
        return Ok(false);
    }
    sqlx::query("DELETE FROM model_fits").execute(&mut *transaction).await.context("drop former fits")?;
    for fit in fits {
        let mut query = QueryBuilder::<Any>::new(
            "INSERT INTO model_fits (name, version, data_version, first_day, last_day, fitted_ms, currency, \
             time_zone, method, refusal, result) VALUES (",
        );
        let mut values = query.separated(", ");
        values.push_bind(fit.name.as_bytes().to_vec()).push_bind(VERSION).push_bind(fit.data_version);
        values.push_bind(fit.range.map(|range| i64::from(range.0)));
        values.push_bind(fit.range.map(|range| i64::from(range.1)));
        values.push_bind(fit.fitted_at.as_millisecond());
        for text in [&fit.currency, &fit.time_zone, &fit.method] {
            values.push_bind(text.as_bytes().to_vec());
        }
        values.push_bind(fit.result.as_ref().err().map(|reason| reason.as_bytes().to_vec()));
        values.push_bind(fit.result.as_ref().ok().map(|json| json.as_bytes().to_vec()));
        query.push(")").build().execute(&mut *transaction).await.context("store a fit")?;
    }
    transaction.commit().await.context("store fits")?;
    Ok(true)
}

/// Takes or renews the lease for `token`; false while another run holds it.
pub async fn lease(db: &Db, token: i64, now: Timestamp) -> Result<bool> {
    let now = now.as_millisecond();
    let sql = "UPDATE model_runs SET token = ?, until_ms = ? WHERE id = 1 AND (token = ? OR token = 0 OR until_ms < ?)";
    let held = sqlx::query(sql)
        .bind(token)
        .bind(now + LEASE_SECONDS * 1_000)
        .bind(token)
        .bind(now)
        .execute(&db.pool)
        .await;
    Ok(held.context("take the lease for fits")?.rows_affected() == 1)
}

/// Gives the lease back.
pub async fn release(db: &Db, token: i64) -> Result<()> {
    let sql = "UPDATE model_runs SET token = 0 WHERE id = 1 AND token = ?";
    sqlx::query(sql).bind(token).execute(&db.pool).await.context("give the lease for fits back")?;
    Ok(())
}
