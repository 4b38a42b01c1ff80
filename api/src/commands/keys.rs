//! `eap-api keys create|list|revoke|audit`.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{Format, output};
use crate::{
    access::{
        Scope, Scopes,
        audit::{self, Act, Recorded},
        key::{self, NewKey},
        store::{self, StoredKey},
    },
    config::StoreOptions,
    db::Db,
};

/// Longest name that both stores take.
const MAX_NAME_BYTES: usize = 255;

/// What to do with keys.
#[derive(Debug, Args)]
pub(super) struct KeysArguments {
    #[command(flatten)]
    store: StoreOptions,

    /// How to answer
    #[arg(long, value_enum, default_value = "table", global = true)]
    output: Format,

    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Make a key and show it, this once
    Create {
        /// What to call it, such as the name of the sender
        #[arg(long, value_parser = parse_name)]
        name: String,

        /// What it allows; may be repeated. None includes another
        #[arg(long = "scope", value_enum, required = true)]
        scopes: Vec<Scope>,
    },
    /// List all keys, without their secrets
    List,
    /// Revoke a key; running instances follow within 30 seconds
    Revoke {
        /// Id of the key: the part after `eap_`
        id: String,
    },
    /// List what administrators did last, newest first
    Audit {
        /// How many acts
        #[arg(long, default_value_t = 100, value_name = "NUMBER")]
        limit: usize,
    },
}

pub(super) async fn run(arguments: &KeysArguments) -> Result<ExitCode> {
    let db = super::open_ready(&arguments.store).await?;
    match &arguments.command {
        KeysCommand::Create { name, scopes } => create(&db, name, Scopes::of(scopes), arguments.output).await,
        KeysCommand::List => list(&db, arguments.output).await,
        KeysCommand::Revoke { id } => revoke(&db, id, arguments.output).await,
        KeysCommand::Audit { limit } => show_audit(&db, *limit, arguments.output).await,
    }?;
    Ok(ExitCode::SUCCESS)
}

async fn create(db: &Db, name: &str, scopes: Scopes, format: Format) -> Result<()> {
    let key = NewKey::random()?;
    let now = Timestamp::now();
    let detail = format!("{name}: {}", scopes.names().join(", "));
    let mut transaction = db.begin_write().await.context("begin to store the key")?;
    store::insert(&mut transaction, &key, name, scopes, now).await?;
    audit::record(&mut transaction, &act("key.create", &key.id, &detail), now).await?;
    transaction.commit().await.context("commit the key")?;
    match format {
        Format::Table => {
            output::talk(&format!("key {} for {detail}; it is shown this once:", key.id));
            output::answer(key.token.expose())
        }
        Format::Json => output::answer_json(&serde_json::json!({
            "id": key.id, "name": name, "scopes": scopes.names(), "created": now.to_string(),
            "key": key.token.expose(),
        })),
    }
}

async fn list(db: &Db, format: Format) -> Result<()> {
    let keys = store::list(db).await?;
    if format == Format::Json {
        let keys: Vec<_> = keys.iter().map(as_json).collect();
        return output::answer_json(&keys);
    }
    output::answer(&format!("{:<16}  {:<20}  {:<20}  {:<7}  NAME", "ID", "SCOPES", "CREATED", "STATE"))?;
    for key in &keys {
        let state = if key.revoked.is_some() { "revoked" } else { "good" };
        let created = key.created.strftime("%Y-%m-%dT%H:%M:%SZ");
        let scopes = key.scopes.names().join(",");
        output::answer(&format!("{}  {scopes:<20}  {created}  {state:<7}  {}", key.id, key.name))?;
    }
    Ok(())
}

async fn revoke(db: &Db, id: &str, format: Format) -> Result<()> {
    let id = id.strip_prefix("eap_").unwrap_or(id);
    // A whole key pasted here must not be repeated in a message.
    if !key::is_id(id) {
        bail!("that is no id of a key\nhint: `eap-api keys list` shows the ids");
    }
    let now = Timestamp::now();
    let mut transaction = db.begin_write().await.context("begin to revoke the key")?;
    if store::revoke(&mut transaction, id, now).await? > 0 {
        audit::record(&mut transaction, &act("key.revoke", id, ""), now).await?;
        transaction.commit().await.context("commit the revocation")?;
    } else if store::find(db, id).await?.is_none() {
        bail!("there is no key {id}\nhint: `eap-api keys list` shows the ids");
    }
    match format {
        Format::Table => output::answer(&format!("key {id} is revoked")),
        Format::Json => output::answer_json(&serde_json::json!({"id": id, "revoked": true})),
    }
}

async fn show_audit(db: &Db, limit: usize, format: Format) -> Result<()> {
    let acts = audit::latest(db, limit).await?;
    if format == Format::Json {
        return output::answer_json(&acts);
    }
    output::answer(&format!("{:<24}  {:<16}  {:<10}  {:<16}  DETAIL", "AT", "ACTOR", "ACTION", "SUBJECT"))?;
    for act in &acts {
        let Recorded { at, actor, action, subject, detail, .. } = act;
        let row = format!("{at:<24}  {actor:<16}  {action:<10}  {subject:<16}  {detail}");
        output::answer(row.trim_end())?;
    }
    Ok(())
}

fn act<'a>(action: &'a str, subject: &'a str, detail: &'a str) -> Act<'a> {
    Act { actor: audit::COMMAND_LINE, action, subject, detail, request_id: "" }
}

fn as_json(key: &StoredKey) -> serde_json::Value {
    serde_json::json!({
        "id": key.id, "name": key.name, "scopes": key.scopes.names(), "created": key.created.to_string(),
        "revoked": key.revoked.map(|instant| instant.to_string()),
    })
}

fn parse_name(name: &str) -> Result<String, String> {
    match name.trim() {
        "" => Err("must not be empty".to_owned()),
        name if name.len() > MAX_NAME_BYTES => Err(format!("must have at most {MAX_NAME_BYTES} bytes")),
        name if name.chars().any(char::is_control) => Err("must not have control characters".to_owned()),
        name => Ok(name.to_owned()),
    }
}
