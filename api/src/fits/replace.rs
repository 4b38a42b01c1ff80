//! All results and customers of a run take the place of the former ones in one transaction, or none does. Knows no model.

use anyhow::{Context, Result};
use sqlx::{Any, QueryBuilder, Row};

use super::{
    every_customer::{self, Chunk},
    store::{self, StoredFit},
};
use crate::db::{Db, is_transient, retrying};

/// How long results of a version that nobody fits any more are kept: no rollout takes as long.
const KEPT_MS: i64 = 30 * 86_400_000;

/// Replaces all fits of this version by these, and its customers, in one transaction, if `token` still holds the lease.
pub(super) async fn replace(db: &Db, token: i64, fits: &[StoredFit], customers: &[Chunk]) -> Result<bool> {
    retrying(is_transient, || replace_once(db, token, fits, customers)).await
}

async fn replace_once(db: &Db, token: i64, fits: &[StoredFit], customers: &[Chunk]) -> Result<bool> {
    let mut transaction = db.begin_write().await.context("begin to store fits")?;
    let sql = format!("SELECT token FROM model_runs WHERE id = 1{}", db.dialect.for_update());
    let row = sqlx::query(&sql).fetch_one(&mut *transaction).await.context("read the lease")?;
    if row.try_get::<i64, _>(0)? != token {
        return Ok(false);
    }
    let fitted_ms = fits.iter().map(|fit| fit.fitted_at.as_millisecond()).min().unwrap_or(0);
    let long_ago = fitted_ms - KEPT_MS;
    sqlx::query("DELETE FROM fitted_reports WHERE version = ? OR fitted_ms < ?")
        .bind(store::VERSION)
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
        values.push_bind(fit.name.as_bytes().to_vec()).push_bind(store::VERSION).push_bind(fit.data_version);
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
    sqlx::query("REPLACE INTO fitted_stock (version, changed_ms) VALUES (?, ?)")
        .bind(store::VERSION)
        .bind(fits.iter().map(|fit| fit.stock_changed_ms).min().unwrap_or(0))
        .execute(&mut *transaction)
        .await
        .context("store which stock was seen")?;
    every_customer::replace(&mut transaction, customers, fitted_ms, long_ago).await?;
    transaction.commit().await.context("store fits")?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        db::testing::{impatient_store, lock_for_a_moment},
        fits::store::{Refused, lease, read, release},
    };

    const NOW_MS: i64 = 1_700_000_000_000;

    fn fit(name: &str) -> StoredFit {
        StoredFit {
            name: name.to_owned(),
            data_version: 3,
            range: Some((1, 9)),
            stock_changed_ms: 5,
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
            [("a", store::VERSION + 1, NOW_MS - KEPT_MS), ("b", store::VERSION - 1, NOW_MS - KEPT_MS - 1)]
        {
            let query = sqlx::query(other).bind(name.as_bytes().to_vec()).bind(version).bind(fitted_ms);
            query.execute(&db.pool).await.unwrap();
        }
        assert_eq!(read(&db, "a").await.unwrap(), Some(fit("a")));
        assert!(replace(&db, 7, &[fit("a")], &[]).await.unwrap());
        assert_eq!((read(&db, "a").await.unwrap(), read(&db, "b").await.unwrap()), (Some(fit("a")), None));
        let left = sqlx::query("SELECT COUNT(*) FROM fitted_reports WHERE version <> ?");
        let left = left.bind(store::VERSION).fetch_one(&db.pool).await.unwrap();
        assert_eq!(
            left.try_get::<i64, _>(0).unwrap(),
            1,
            "the one that nobody has fitted for a month is gone"
        );
        assert!(!replace(&db, 8, &[fit("c")], &[]).await.unwrap(), "without the lease");
    }

    #[tokio::test]
    async fn a_store_that_is_busy_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let db = impatient_store(folder.path()).await;
        let locked = || lock_for_a_moment(folder.path());
        locked().await;
        assert!(lease(&db, 7, Timestamp::now()).await.unwrap());
        locked().await;
        assert!(replace(&db, 7, &[fit("a")], &[]).await.unwrap());
        locked().await;
        release(&db, 7).await.unwrap();
        assert_eq!(read(&db, "a").await.unwrap(), Some(fit("a")));
        assert!(lease(&db, 8, Timestamp::now()).await.unwrap(), "it was given back");
    }
}
