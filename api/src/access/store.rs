//! Keys at rest: table `api_keys`. Holds hashes, never a secret.

use anyhow::{Context, Result};
use jiff::Timestamp;
use sqlx::{Any, Row, Transaction, any::AnyRow};

use super::key::{NewKey, Scopes, SecretHash};
use crate::{columns, db::Db};

/// A key as stored.
#[derive(Debug, Clone)]
pub struct StoredKey {
    /// Public name: 16 hexadecimal digits.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Hash of its secret.
    pub hash: SecretHash,
    /// What it allows.
    pub scopes: Scopes,
    /// When it was made.
    pub created: Timestamp,
    /// When it was revoked, if it was.
    pub revoked: Option<Timestamp>,
}

const COLUMNS: &str = "SELECT id, name, secret_sha256, scopes, created_ms, revoked_ms FROM api_keys";

/// Stores a fresh key.
pub async fn insert(
    transaction: &mut Transaction<'_, Any>,
    key: &NewKey,
    name: &str,
    scopes: Scopes,
    now: Timestamp,
) -> Result<()> {
    sqlx::query("INSERT INTO api_keys (id, name, secret_sha256, scopes, created_ms) VALUES (?, ?, ?, ?, ?)")
        .bind(key.id.as_bytes().to_vec())
        .bind(name.as_bytes().to_vec())
        .bind(key.hash.as_bytes().to_vec())
        .bind(scopes.bits())
        .bind(now.as_millisecond())
        .execute(&mut **transaction)
        .await
        .context("store the key")?;
    Ok(())
}

/// The key of that id, revoked or not. Asks the writer: a replica may lag behind a revocation.
pub async fn find(db: &Db, id: &str) -> Result<Option<StoredKey>> {
    let row = sqlx::query(&format!("{COLUMNS} WHERE id = ?"))
        .bind(id.as_bytes().to_vec())
        .fetch_optional(&db.pool)
        .await
        .context("look up an API key")?;
    row.as_ref().map(read).transpose()
}

/// All keys, oldest first.
pub async fn list(db: &Db) -> Result<Vec<StoredKey>> {
    let rows = sqlx::query(&format!("{COLUMNS} ORDER BY created_ms, id"))
        .fetch_all(&db.pool)
        .await
        .context("list the API keys")?;
    rows.iter().map(read).collect()
}

/// Revokes a key; answers how many keys that changed: 0 when there is no such key, or it is revoked already.
pub async fn revoke(transaction: &mut Transaction<'_, Any>, id: &str, now: Timestamp) -> Result<u64> {
    let done = sqlx::query("UPDATE api_keys SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL")
        .bind(now.as_millisecond())
        .bind(id.as_bytes().to_vec())
        .execute(&mut **transaction)
        .await
        .context("revoke the key")?;
    Ok(done.rows_affected())
}

fn read(row: &AnyRow) -> Result<StoredKey> {
    let instant = |ms| Timestamp::from_millisecond(ms).context("an instant of a key is out of range");
    Ok(StoredKey {
        id: columns::text(row, 0)?,
        name: columns::text(row, 1)?,
        hash: SecretHash::from_stored(&row.try_get::<Vec<u8>, _>(2)?)
            .context("a key's hash has another length")?,
        scopes: Scopes::from_bits(row.try_get(3)?),
        created: instant(row.try_get(4)?)?,
        revoked: row.try_get::<Option<i64>, _>(5)?.map(instant).transpose()?,
    })
}
