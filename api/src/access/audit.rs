//! What administrators did: table `audit_log`. Only ever appended to.

use anyhow::{Context, Result};
use jiff::Timestamp;
use sqlx::{Any, Transaction};

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
