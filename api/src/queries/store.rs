//! The identity of the store: which one it is, whatever its contents.

use anyhow::{Context, Result};
use sqlx::Row;

use crate::db::Db;

/// Random bytes that were drawn when the store was founded.
pub async fn store_id(db: &Db) -> Result<Vec<u8>> {
    let row = sqlx::query("SELECT store_id FROM store WHERE id = 1")
        .fetch_one(&db.readers)
        .await
        .context("read the store's identity")?;
    Ok(row.try_get(0)?)
}
