//! What administrators did: table `audit_log`. Only ever appended to.

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::{Any, Row as _, Transaction, any::AnyRow};
use utoipa::ToSchema;

use crate::{columns, db::Db};

/// Who acts on the command line.
pub const COMMAND_LINE: &str = "command line";

/// One act.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// Id of the key that acted, or where it was done from.
    pub actor: &'a str,
    /// What was done: `key.create`, `key.revoke`, `data.seed`.
    pub action: &'a str,
    /// What it was done to.
    pub subject: &'a str,
    /// More about it, without secrets.
    pub detail: &'a str,
    /// The request it was done by; empty on the command line.
    pub request_id: &'a str,
}

/// Records an act.
pub async fn record(transaction: &mut Transaction<'_, Any>, act: &Act<'_>, now: Timestamp) -> Result<()> {
    let sql =
        "INSERT INTO audit_log (at_ms, actor, action, subject, detail, request_id) VALUES (?, ?, ?, ?, ?, ?)";
    let mut query = sqlx::query(sql).bind(now.as_millisecond());
    for text in [act.actor, act.action, act.subject, act.detail, act.request_id] {
        query = query.bind(text.as_bytes().to_vec());
    }
    query.execute(&mut **transaction).await.context("write the audit log")?;
    Ok(())
}

/// An act as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Recorded {
    /// When, RFC 3339.
    pub at: String,
    /// Id of the key that acted, or where it was done from.
    pub actor: String,
    /// What was done: `key.create`, `key.revoke`, `data.seed`.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// More about it.
    pub detail: String,
    /// The request it was done by; empty on the command line.
    pub request_id: String,
}

/// The last `limit` acts, newest first. Asks the writer: a replica may lag behind.
pub async fn latest(db: &Db, limit: usize) -> Result<Vec<Recorded>> {
    let sql =
        "SELECT at_ms, actor, action, subject, detail, request_id FROM audit_log ORDER BY id DESC LIMIT ?";
    let rows = sqlx::query(sql).bind(i64::try_from(limit)?).fetch_all(&db.pool).await;
    rows.context("read the audit log")?.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Recorded> {
    Ok(Recorded {
        at: Timestamp::from_millisecond(row.try_get(0)?)?.to_string(),
        actor: columns::text(row, 1)?,
        action: columns::text(row, 2)?,
        subject: columns::text(row, 3)?,
        detail: columns::text(row, 4)?,
        request_id: columns::text(row, 5)?,
    })
}
