//! Fitted results in the store, those of single customers with them, and the lease that lets one instance fit at a time. Knows no model.

use anyhow::{Context, Result};
use jiff::Timestamp;
use sqlx::{Any, AnyConnection, QueryBuilder, Row};

use super::every_customer::{self, Chunk};
use crate::{columns, db::Db};

/// Of the shape of results, and of the bytes of customers. Those of other versions are not read, and stay: during a rollout two versions serve.
pub const VERSION: i64 = 3;
/// How long a run that is killed keeps others from fitting.
pub const LEASE_SECONDS: i64 = 60;
/// How long results of a version that nobody fits any more are kept: no rollout takes as long.
const KEPT_MS: i64 = 30 * 86_400_000;

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
               status FROM fitted_reports WHERE name = ? AND version = ?";
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
        fitted_at: Timestamp::from_millisecond(row.try_get(3)?)?,
        currency: columns::text(&row, 4)?,
        time_zone: columns::text(&row, 5)?,
        method: columns::text(&row, 6)?,
        result,
    }))
}

/// The data version that the last complete run has seen, if with these settings and the stock levels of now.
pub async fn fitted_version(db: &Db, currency: &str, time_zone: &str) -> Result<Option<i64>> {
    let sql = "SELECT MIN(data_version) FROM fitted_reports WHERE version = ? AND currency = ? AND time_zone = ? \
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

/// Replaces all fits of this version by these, and its customers, in one transaction, if `token` still holds the lease.
pub(super) async fn replace(db: &Db, token: i64, fits: &[StoredFit], customers: &[Chunk]) -> Result<bool> {
    let mut transaction = db.begin_write().await.context("begin to store fits")?;
    let sql = format!("SELECT token FROM model_runs WHERE id = 1{}", db.dialect.for_update());
    let row = sqlx::query(&sql).fetch_one(&mut *transaction).await.context("read the lease")?;
    if row.try_get::<i64, _>(0)? != token {
        return Ok(false);
    }
    let fitted_ms = fits.iter().map(|fit| fit.fitted_at.as_millisecond()).min().unwrap_or(0);
    let long_ago = fitted_ms - KEPT_MS;
    sqlx::query("DELETE FROM fitted_reports WHERE version = ? OR fitted_ms < ?")
        .bind(VERSION)
        .bind(long_ago)
        .execute(&mut *transaction)
        .await
        .context("drop former fits")?;
    for fit in fits {
        let mut query = QueryBuilder::<Any>::new(
            "INSERT INTO fitted_reports (name, version, data_version, first_day, last_day, fitted_ms, currency, \
             time_zone, method, status, refusal, result) VALUES (",
        );
        let mut values = query.separated(", ");
        values.push_bind(fit.name.as_bytes().to_vec()).push_bind(VERSION).push_bind(fit.data_version);
        values.push_bind(fit.range.map(|range| i64::from(range.0)));
        values.push_bind(fit.range.map(|range| i64::from(range.1)));
        values.push_bind(fit.fitted_at.as_millisecond());
        for text in [&fit.currency, &fit.time_zone, &fit.method] {
            values.push_bind(text.as_bytes().to_vec());
        }
        let refused = fit.result.as_ref().err();
        values.push_bind(refused.map(|refused| refused.status.as_bytes().to_vec()));
        values.push_bind(refused.map(|refused| refused.reason.as_bytes().to_vec()));
        values.push_bind(fit.result.as_ref().ok().map(|json| json.as_bytes().to_vec()));
        query.push(")").build().execute(&mut *transaction).await.context("store a fit")?;
    }
    every_customer::replace(&mut transaction, customers, fitted_ms, long_ago).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_700_000_000_000;

    fn fit(name: &str) -> StoredFit {
        StoredFit {
            name: name.to_owned(),
            data_version: 3,
            range: Some((1, 9)),
            fitted_at: Timestamp::from_millisecond(NOW_MS).unwrap(),
            currency: "USD".to_owned(),
            time_zone: "UTC".to_owned(),
            method: "by hand".to_owned(),
            result: Err(Refused { status: "no_variation".to_owned(), reason: "all alike".to_owned() }),
        }
    }

    #[tokio::test]
    async fn results_of_other_versions_stay_for_the_programs_that_read_them() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("t.db").display());
        let db = Db::connect(&url, 1).await.unwrap();
        db.migrate("UTC").await.unwrap();
        assert!(lease(&db, 7, Timestamp::now()).await.unwrap());
        assert!(replace(&db, 7, &[fit("a"), fit("b")], &[]).await.unwrap());
        let other = "INSERT INTO fitted_reports (name, version, data_version, fitted_ms, currency, time_zone, method) \
                     VALUES (?, ?, 1, ?, X'00', X'00', X'00')";
        for (name, version, fitted_ms) in
            [("a", VERSION + 1, NOW_MS - KEPT_MS), ("b", VERSION - 1, NOW_MS - KEPT_MS - 1)]
        {
            let query = sqlx::query(other).bind(name.as_bytes().to_vec()).bind(version).bind(fitted_ms);
            query.execute(&db.pool).await.unwrap();
        }
        assert_eq!(read(&db, "a").await.unwrap(), Some(fit("a")));
        assert!(replace(&db, 7, &[fit("a")], &[]).await.unwrap());
        assert_eq!((read(&db, "a").await.unwrap(), read(&db, "b").await.unwrap()), (Some(fit("a")), None));
        let left = sqlx::query("SELECT COUNT(*) FROM fitted_reports WHERE version <> ?");
        let left = left.bind(VERSION).fetch_one(&db.pool).await.unwrap();
        assert_eq!(
            left.try_get::<i64, _>(0).unwrap(),
            1,
            "the one that nobody has fitted for a month is gone"
        );
        assert!(!replace(&db, 8, &[fit("c")], &[]).await.unwrap(), "without the lease");
    }
}
