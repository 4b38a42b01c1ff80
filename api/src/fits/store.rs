//! Fitted results in the store, and the lease that lets one instance fit at a time. Knows no model.

use anyhow::{Context, Result};
use jiff::Timestamp;
use sqlx::{AnyConnection, Row};

use crate::{
    columns,
    db::{Db, is_transient, retrying},
};

/// Of the shape of results, and of the bytes of customers. Those of other versions are not read, and stay: during a rollout two versions serve.
pub const VERSION: i64 = 3;
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
    /// When the newest stock level that it has seen was stored; 0 for none.
    pub stock_changed_ms: i64,
    /// The present of the fit: what is dated later is left out.
    pub fitted_at: Timestamp,
    /// ISO 4217 code of its amounts.
    pub currency: String,
    /// IANA zone of its days.
    pub time_zone: String,
    /// What was done, in words.
    pub method: String,
    /// A JSON object, or why there is none.
    pub result: Result<String, Refused>,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The kind: a name of [`crate::models::Refusal`].
    pub status: String,
    /// In words.
    pub reason: String,
}

/// The fit of `name`, if there is one of this program's shape.
pub async fn read(db: &Db, name: &str) -> Result<Option<StoredFit>> {
    let mut connection = db.readers.acquire().await.context("connect to read a fitted result")?;
    read_in(&mut connection, name).await
}

/// The same on a connection, for what else is read in its snapshot.
pub(super) async fn read_in(connection: &mut AnyConnection, name: &str) -> Result<Option<StoredFit>> {
    let sql = "SELECT data_version, first_day, last_day, fitted_ms, currency, time_zone, method, refusal, result, \
               status, COALESCE((SELECT changed_ms FROM fitted_stock s WHERE s.version = f.version), 0) FROM fitted_reports f WHERE name = ? AND version = ?";
    let row = sqlx::query(sql)
        .bind(name.as_bytes().to_vec())
        .bind(VERSION)
        .fetch_optional(connection)
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
        None => Err(Refused { status: columns::text(&row, 9)?, reason: columns::text(&row, 7)? }),
    };
    Ok(Some(StoredFit {
        name: name.to_owned(),
        data_version: row.try_get(0)?,
        range,
        stock_changed_ms: row.try_get(10)?,
        fitted_at: Timestamp::from_millisecond(row.try_get(3)?)?,
        currency: columns::text(&row, 4)?,
        time_zone: columns::text(&row, 5)?,
        method: columns::text(&row, 6)?,
        result,
    }))
}

/// What the last complete run has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LastRun {
    pub(super) data_version: i64,
    /// Its present.
    pub(super) fitted_at: Timestamp,
    /// The last day with a line.
    pub(super) last_day: Option<i64>,
}

/// The last complete run, if with these settings and the stock levels of now.
pub(super) async fn last_run(db: &Db, currency: &str, time_zone: &str) -> Result<Option<LastRun>> {
    let sql = "SELECT MIN(data_version), MIN(fitted_ms), MAX(last_day) FROM fitted_reports f \
               WHERE version = ? AND currency = ? AND time_zone = ? \
               AND COALESCE((SELECT changed_ms FROM fitted_stock s WHERE s.version = f.version), 0) \
               = (SELECT COALESCE(MAX(changed_ms), 0) FROM inventory)";
    let row = sqlx::query(sql)
        .bind(VERSION)
        .bind(currency.as_bytes().to_vec())
        .bind(time_zone.as_bytes().to_vec())
        .fetch_one(&db.pool)
        .await
        .context("read what was fitted")?;
    let Some(data_version) = row.try_get(0)? else { return Ok(None) };
    let fitted_at = Timestamp::from_millisecond(row.try_get(1)?)?;
    Ok(Some(LastRun { data_version, fitted_at, last_day: row.try_get(2)? }))
}

/// Takes or renews the lease for `token`; false while another run holds it. While results are put in place its row is
/// locked, and a renewal by the same run waits for that.
pub async fn lease(db: &Db, token: i64, now: Timestamp) -> Result<bool> {
    let now = now.as_millisecond();
    let sql = "UPDATE model_runs SET token = ?, until_ms = ? WHERE id = 1 AND (token = ? OR token = 0 OR until_ms < ?)";
    let held = retrying(is_transient, || async {
        let query = sqlx::query(sql).bind(token).bind(now + LEASE_SECONDS * 1_000).bind(token).bind(now);
        Ok(query.execute(&db.pool).await?.rows_affected() == 1)
    });
    held.await.context("take the lease for fits")
}

/// Gives the lease back.
pub async fn release(db: &Db, token: i64) -> Result<()> {
    let sql = "UPDATE model_runs SET token = 0 WHERE id = 1 AND token = ?";
    let released = retrying(is_transient, || async {
        sqlx::query(sql).bind(token).execute(&db.pool).await?;
        Ok(())
    });
    released.await.context("give the lease for fits back")
}
