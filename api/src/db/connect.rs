//! Pools of connections: where to, how long to wait, what each session is told first.

use std::{str::FromStr, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use sqlx::{
    AnyConnection, AnyPool, ConnectOptions, Connection, Executor,
    any::{AnyConnectOptions, AnyPoolOptions},
};

use super::Dialect;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a report waits for a free connection; then it is better told that the service is busy.
const REPORT_PATIENCE: Duration = Duration::from_secs(5);
/// For how long a connection that reported needs no test: with a server each one is a journey, and a report that finds
/// the server gone can be asked for again.
const RECENT: Duration = Duration::from_secs(1);
/// How long a statement waits for another writer's lock, in seconds.
const LOCK_WAIT_SECONDS: u32 = 10;

const WANTED: &str =
    "hint: sqlite:FILE, or mysql://USER:PASSWORD@HOST:PORT/NAME, in DATABASE_URL or DATABASE_READER_URL";

pub(super) fn dialect_of(url: &str) -> Result<(Dialect, String)> {
    if let Some(rest) = url.strip_prefix("sqlite:") {
        let separator = if rest.contains('?') { '&' } else { '?' };
        let mode = if rest.contains("mode=") { String::new() } else { format!("{separator}mode=rwc") };
        return Ok((Dialect::Sqlite, format!("{url}{mode}")));
    }
    if let Some(rest) = url.strip_prefix("mysql:").or_else(|| url.strip_prefix("mariadb:")) {
        return Ok((Dialect::MySql, format!("mysql:{rest}")));
    }
    bail!("the database URL must start with sqlite: or mysql:\n{WANTED}")
}

/// Whether `url` can be one of a database at all: what can never be reached is not to be waited for.
pub fn check_url(url: &str) -> Result<()> {
    let (_, url) = dialect_of(url)?;
    options_of(&url).map(drop)
}

fn options_of(url: &str) -> Result<AnyConnectOptions> {
    AnyConnectOptions::from_str(url)
        .map_err(|error| anyhow!("the database URL cannot be read: {error}\n{WANTED}"))
}

/// Host and port of a `MySQL` URL; `None` where it names no host.
pub fn host_and_port(url: &str) -> Option<(String, u16)> {
    let options = AnyConnectOptions::from_str(url).ok()?;
    let host = options.database_url.host_str()?.trim_matches(['[', ']']).to_owned();
    Some((host, options.database_url.port().unwrap_or(3306)))
}

/// What a pool's sessions do; it decides their isolation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Writes,
    Loading,
    Reports,
}

pub(super) async fn pool(dialect: Dialect, purpose: Use, url: &str, max_connections: u32) -> Result<AnyPool> {
    let options = options_of(url)?.disable_statement_logging();
    let place = place(dialect, &options);
    try_connection(&options).await.with_context(|| format!("connect to the database {place}"))?;
    AnyPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(if purpose == Use::Reports { REPORT_PATIENCE } else { CONNECT_TIMEOUT })
        .test_before_acquire(false)
        .before_acquire(move |connection, used| {
            Box::pin(async move {
                if purpose != Use::Reports || used.idle_for >= RECENT {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(move |connection, _| Box::pin(set_session(dialect, purpose, connection)))
        .after_release(move |connection, _| Box::pin(is_fit(dialect, connection)))
        .connect_with(options)
        .await
        .with_context(|| format!("connect to the database {place}"))
}

/// A single connection tells at once why it fails; a pool tries again, and says in the end that it has waited.
async fn try_connection(options: &AnyConnectOptions) -> Result<(), sqlx::Error> {
    let connecting = tokio::time::timeout(CONNECT_TIMEOUT, options.connect());
    connecting.await.map_err(|_| sqlx::Error::PoolTimedOut)??.close().await
}

/// Where the database is, without user and password.
fn place(dialect: Dialect, options: &AnyConnectOptions) -> String {
    let url = &options.database_url;
    match dialect {
        Dialect::Sqlite => url.path().to_owned(),
        // A password with a slash in it was taken for host and path: better nothing than a part of it.
        Dialect::MySql if url.path().contains('@') => "at that URL".to_owned(),
        Dialect::MySql => {
            let host = url.host_str().unwrap_or_default();
            format!("at {host}:{}", url.port().unwrap_or(3306))
        }
    }
}

async fn set_session(
    dialect: Dialect,
    purpose: Use,
    connection: &mut AnyConnection,
) -> Result<(), sqlx::Error> {
    match dialect {
        Dialect::Sqlite => {
            connection
                .execute(
                    "PRAGMA busy_timeout = 10000; PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
                     PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192; PRAGMA mmap_size = 0",
                )
                .await?;
            if purpose == Use::Reports {
                // Roll-ups are read once, from the first byte to the last; every connection has a cache of its own.
                connection.execute("PRAGMA cache_size = -2048").await?;
            }
            if purpose == Use::Loading {
                // The products' index is written all over: what does not fit is read and written again each time.
                connection.execute("PRAGMA cache_size = -131072; PRAGMA wal_autocheckpoint = 16384").await?;
            }
        }
        Dialect::MySql => {
            connection
                .execute(match purpose {
                    Use::Writes | Use::Loading => "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
                    Use::Reports => "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                })
                .await?;
            let wait = format!("SET SESSION innodb_lock_wait_timeout = {LOCK_WAIT_SECONDS}");
            connection.execute(wait.as_str()).await?;
        }
    }
    Ok(())
}

/// Whether a connection that was used can be used again. When the disk is full, `SQLite` ends a transaction by itself;
/// rolling it back then fails, and the driver believes for good that the connection is amidst it.
async fn is_fit(dialect: Dialect, connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    if dialect == Dialect::MySql {
        return Ok(true);
    }
    // Waits for a rollback that is under way.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_without_user_and_password() {
        let named = |dialect, url: &str| place(dialect, &AnyConnectOptions::from_str(url).expect("a URL"));
        assert_eq!(named(Dialect::MySql, "mysql://u:hunter2@db.example/shop"), "at db.example:3306");
        assert_eq!(named(Dialect::MySql, "mysql://u:hunter2@[::1]:3307/shop"), "at [::1]:3307");
        // Not encoded, so that the address ends in the midst of the password.
        assert_eq!(named(Dialect::MySql, "mysql://u:12/hunter2@db.example/shop"), "at that URL");
        assert_eq!(named(Dialect::Sqlite, "sqlite:/var/lib/eap/a.db?mode=rwc"), "/var/lib/eap/a.db");
    }
}
