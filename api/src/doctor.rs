//! What stands between this program and its database, looked at one by one: for `eap-api doctor`, where the database
//! is. Changes nothing, and shows no password.

use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, bail};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row;
use tokio::net::TcpStream;

use crate::{
    aws, columns,
    config::{Secret, StoreOptions},
    db::{self, Db, Dialect},
    queries::figures,
    rollup::rezone,
};

/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Clocks that differ by more make keys, streams and reports of today look odd.
const MOST_SECONDS_APART: i64 = 5;

/// What one look found.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// How it is.
    pub state: State,
    /// What was seen, or what is wrong.
    pub detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// How long it took.
    pub milliseconds: u64,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Good,
    /// It works, and somebody should look.
    Warning,
    /// The service cannot work so.
    Bad,
}

/// Looks at everything that can be looked at; what comes after something bad is left out where it depends on it.
pub async fn examine(store: &StoreOptions) -> Vec<Finding> {
    let mut findings = Findings::default();
    let Some(url) = findings.look("settings", settings(store)).await else { return findings.0 };
    if findings.look("address", address(&url)).await.is_none() {
        return findings.0;
    }
    let Some(db) = findings.look("login", login(&url)).await else { return findings.0 };
    findings.look("server", server(&db)).await;
    if db.dialect == Dialect::MySql {
        findings.look("encryption", encryption(&db, store)).await;
        findings.look("writing", writing(&db)).await;
        findings.look("connections", connections(&db, store)).await;
        findings.look("clock", clock(&db)).await;
    }
    if findings.look("schema", schema(&db)).await.is_some() {
        findings.look("time zone", time_zone(&db, store)).await;
        findings.look("orders", orders(&db)).await;
    }
    findings.look("reader", reader(db, store)).await;
    findings.0
}

/// What a look gives: something for the next ones, how it is, and what to say.
struct Seen<T> {
    value: T,
    state: State,
    detail: String,
    hint: Option<&'static str>,
}

impl<T> Seen<T> {
    fn good(value: T, detail: impl Into<String>) -> Self {
        Self { value, state: State::Good, detail: detail.into(), hint: None }
    }

    fn warn_unless(self, good: bool, hint: &'static str) -> Self {
        if good { self } else { Self { state: State::Warning, hint: Some(hint), ..self } }
    }
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    async fn look<T>(
        &mut self,
        check: &'static str,
        look: impl Future<Output = Result<Seen<T>>>,
    ) -> Option<T> {
        let started = Instant::now();
        let seen = match tokio::time::timeout(PATIENCE, look).await {
            Ok(seen) => seen,
            Err(_) => Err(anyhow::anyhow!("no answer within {} s", PATIENCE.as_secs())),
        };
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (value, state, detail, hint) = match seen {
            Ok(seen) => (Some(seen.value), seen.state, seen.detail, seen.hint.map(str::to_owned)),
            Err(error) => bad(&error),
        };
        self.0.push(Finding { check, state, detail, hint, milliseconds });
        value
    }
}

fn bad<T>(error: &Error) -> (Option<T>, State, String, Option<String>) {
    let text = format!("{error:#}");
    let (detail, hint) = text.split_once("\nhint: ").map_or((text.as_str(), None), |(d, h)| (d, Some(h)));
    let hint = hint.or_else(|| db::hint(error)).map(str::to_owned);
    (None, State::Bad, detail.to_owned(), hint)
}

async fn settings(store: &StoreOptions) -> Result<Seen<Secret>> {
    let url = aws::with_login(store).await?.database_url()?;
    Ok(Seen::good(url, format!("environment {}", store.environment)))
}

/// Whether somebody listens, which names and networks decide; an embedded database has no address.
async fn address(url: &Secret) -> Result<Seen<()>> {
    if url.expose().starts_with("sqlite:") {
        return Ok(Seen::good((), "embedded"));
    }
    let Some((host, port)) = db::host_and_port(url.expose()) else {
        bail!("the database URL names no host\nhint: see DATABASE_URL and DATABASE_HOST");
    };
    let found = tokio::net::lookup_host((host.as_str(), port)).await;
    let found: Vec<_> = found.with_context(|| format!("look {host} up"))?.collect();
    let Some(address) = found.first() else { bail!("{host} has no address") };
    TcpStream::connect(address).await.with_context(|| format!("connect to {address}")).map_err(|error| {
        let hint = "is the server running, and do the security groups or firewalls let this machine in?";
        anyhow::anyhow!("{error:#}\nhint: {hint}")
    })?;
    Ok(Seen::good((), format!("{host} is {address}")))
}

async fn login(url: &Secret) -> Result<Seen<Db>> {
    let db = Db::connect(url.expose(), 1).await?;
    Ok(Seen::good(db, "accepted"))
}

async fn server(db: &Db) -> Result<Seen<()>> {
    let (sql, name) = match db.dialect {
        Dialect::Sqlite => ("SELECT sqlite_version()", "SQLite"),
        Dialect::MySql => ("SELECT VERSION()", "MySQL"),
    };
    let version = one_text(db, sql, 0).await?;
    let name = if version.contains("MariaDB") { "MariaDB" } else { name };
    let number =
        |index: usize| version.split(['.', '-']).nth(index).and_then(|part| part.parse::<u32>().ok());
    let found = (number(0).unwrap_or(0), number(1).unwrap_or(0));
    let oldest = match name {
        "MySQL" => (8, 0),
        "MariaDB" => (10, 11),
        _ => (3, 0),
    };
    if found < oldest {
        bail!(
            "{name} {version} is too old\nhint: MySQL 8.0 and MariaDB 10.11 are the oldest that are tested"
        );
    }
    Ok(Seen::good((), format!("{name} {version}")))
}

async fn encryption(db: &Db, store: &StoreOptions) -> Result<Seen<()>> {
    let cipher = one_text(db, "SHOW SESSION STATUS LIKE 'Ssl_cipher'", 1).await?;
    let detail = if cipher.is_empty() { "none".to_owned() } else { cipher.clone() };
    let hint =
        "set DATABASE_SSL_MODE=verify-identity, so that passwords and orders cannot be read on their way";
    Ok(Seen::good((), detail).warn_unless(!cipher.is_empty() || !store.environment.needs_keys(), hint))
}

async fn writing(db: &Db) -> Result<Seen<()>> {
    let row = sqlx::query("SELECT @@global.read_only").fetch_one(&db.pool).await?;
    if row.try_get::<i64, _>(0)? != 0 {
        bail!(
            "the server is read-only\nhint: is this the address of a replica? It belongs in DATABASE_READER_URL"
        );
    }
    Ok(Seen::good((), "allowed"))
}

async fn connections(db: &Db, store: &StoreOptions) -> Result<Seen<()>> {
    let row = sqlx::query("SELECT @@global.max_connections").fetch_one(&db.pool).await?;
    let most: i64 = row.try_get(0)?;
    let used = one_text(db, "SHOW GLOBAL STATUS LIKE 'Threads_connected'", 1).await?;
    let used: i64 = used.parse().context("read how many connections there are")?;
    // One pool for writing, one for reports.
    let wanted = 2 * i64::from(store.database.database_max_connections);
    let hint = "another instance may find no connection free: lower DATABASE_MAX_CONNECTIONS, or take a larger server";
    Ok(Seen::good((), format!("{used} of {most} in use")).warn_unless(used + wanted <= most, hint))
}

async fn clock(db: &Db) -> Result<Seen<()>> {
    let row = sqlx::query("SELECT CAST(UNIX_TIMESTAMP() AS SIGNED)").fetch_one(&db.pool).await?;
    let apart = Timestamp::now().as_second() - row.try_get::<i64, _>(0)?;
    let hint = "let both machines keep their time by NTP";
    Ok(Seen::good((), format!("{} s apart", apart.abs()))
        .warn_unless(apart.abs() <= MOST_SECONDS_APART, hint))
}

async fn schema(db: &Db) -> Result<Seen<()>> {
    db.wait_for_schema(Duration::ZERO).await?;
    Ok(Seen::good((), "up to date"))
}

async fn time_zone(db: &Db, store: &StoreOptions) -> Result<Seen<()>> {
    let (counted, wanted) = (rezone::time_zone(db).await?, store.time_zone_name());
    let hint = "STORE_TIME_ZONE says another; `eap-api migrate` moves the roll-ups";
    Ok(Seen::good((), counted.clone()).warn_unless(counted == wanted, hint))
}

async fn orders(db: &Db) -> Result<Seen<()>> {
    let store = figures::store_figures(db).await?;
    let change = store.last_change_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let change = change.map(|at| format!(", last change {}", at.strftime("%Y-%m-%dT%H:%M:%SZ")));
    Ok(Seen::good((), format!("{} lines{}", store.order_lines, change.unwrap_or_default())))
}

async fn reader(db: Db, store: &StoreOptions) -> Result<Seen<()>> {
    let Some(url) = aws::with_login(store).await?.database.reader_url()? else {
        return Ok(Seen::good((), "none; reports are read where orders are written"));
    };
    let db = db.with_reader(url.expose(), 1).await?;
    let version = db.data_version().await.context("read from the reader")?;
    Ok(Seen::good((), format!("answers, at data version {version}")))
}

async fn one_text(db: &Db, sql: &str, column: usize) -> Result<String> {
    let row = sqlx::query(sql).fetch_one(&db.pool).await.with_context(|| format!("ask `{sql}`"))?;
    columns::text(&row, column)
}
