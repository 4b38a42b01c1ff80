//! Files that were uploaded, whole or in parts: table `uploads`, and the keys of those that may come again: `upload_keys`.
//! Only ever appended to.

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row;

use crate::{
    columns,
    db::{Db, is_duplicate, is_transient, retrying},
};

/// A file, and what became of its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Upload {
    /// When its last line was read, RFC 3339.
    pub at: String,
    /// Its name, as the sender told it.
    pub file: String,
    /// Lines read.
    pub received: i64,
    /// Lines that were new.
    pub inserted: i64,
    /// Lines that changed.
    pub replaced: i64,
    /// Lines that were there already.
    pub unchanged: i64,
    /// Lines that did not land.
    pub rejected: i64,
}

/// Records that `file` was uploaded; `counts` are those of a summary. Where an upload with this `key` is recorded already,
/// nothing: its answer was lost and it came again, and what the lines did is what they did the first time.
pub async fn record(db: &Db, file: &str, key: Option<&str>, counts: [u64; 5], now: Timestamp) -> Result<()> {
    retrying(is_transient, || record_once(db, file, key, counts, now)).await.context("record an upload")
}

async fn record_once(db: &Db, file: &str, key: Option<&str>, counts: [u64; 5], now: Timestamp) -> Result<()> {
    let mut transaction = db.begin_write().await?;
    if let Some(key) = key {
        let sql = "INSERT INTO upload_keys (idempotency_key) VALUES (?)";
        match sqlx::query(sql).bind(key.as_bytes().to_vec()).execute(&mut *transaction).await {
            Err(error) if is_duplicate(&error) => return Ok(()),
            other => other?,
        };
    }
    let sql = "INSERT INTO uploads (at_ms, file, received, inserted, replaced, unchanged, rejected) \
        VALUES (?, ?, ?, ?, ?, ?, ?)";
    let mut query = sqlx::query(sql).bind(now.as_millisecond()).bind(file.as_bytes().to_vec());
    for count in counts {
        query = query.bind(i64::try_from(count)?);
    }
    query.execute(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

/// The last `limit` uploads, newest first.
pub async fn latest(db: &Db, limit: i64) -> Result<Vec<Upload>> {
    let sql = "SELECT at_ms, file, received, inserted, replaced, unchanged, rejected FROM uploads \
        ORDER BY id DESC LIMIT ?";
    let rows = sqlx::query(sql).bind(limit).fetch_all(&db.readers).await.context("read the uploads")?;
    let upload = |row: &sqlx::any::AnyRow| {
        Ok(Upload {
            at: Timestamp::from_millisecond(row.try_get(0)?)?.to_string(),
            file: columns::text(row, 1)?,
            received: row.try_get(2)?,
            inserted: row.try_get(3)?,
            replaced: row.try_get(4)?,
            unchanged: row.try_get(5)?,
            rejected: row.try_get(6)?,
        })
    };
    rows.iter().map(upload).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::{impatient_store, lock_for_a_moment};

    #[tokio::test]
    async fn a_store_that_is_busy_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let db = impatient_store(folder.path()).await;
        lock_for_a_moment(folder.path()).await;
        record(&db, "a.csv", Some("key"), [3, 2, 0, 0, 1], Timestamp::UNIX_EPOCH).await.unwrap();
        lock_for_a_moment(folder.path()).await;
        record(&db, "a.csv", Some("key"), [3, 0, 0, 2, 1], Timestamp::UNIX_EPOCH).await.unwrap();
        let uploads = latest(&db, 9).await.unwrap();
        assert_eq!((uploads.len(), uploads[0].inserted, uploads[0].unchanged), (1, 2, 0), "{uploads:?}");
    }
}
