//! The store's connections. Owns pools, dialect, migrations and transaction starts; holds no question and no order.

mod connect;
mod hint;
mod migrations;
mod retry;
mod row_cache;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::{collections::HashSet, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use sqlx::{Any, AnyPool, Executor, QueryBuilder, Row, Transaction};

use self::connect::{Use, dialect_of, pool};
pub use self::{
    connect::{check_url, host_and_port},
    hint::hint,
    retry::retrying,
    row_cache::{RowCache, RowKey, Writing},
};

/// What the two kinds of server spell differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Embedded `SQLite`.
    Sqlite,
    /// `MySQL` 8 and later, `MariaDB` 10.11 and later.
    MySql,
}

impl Dialect {
    /// Suffix of a `SELECT` that locks the rows it reads until the end of the transaction.
    /// `SQLite` has one writer at a time, who holds the lock from the start.
    pub fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::MySql => " FOR UPDATE",
        }
    }

    /// Start of an `INSERT` of new rows. When a row is there already the statement fails, and the transaction with it:
    /// so `SQLite` need not keep what it takes to undo the statement alone.
    pub fn insert(self) -> &'static str {
        match self {
            Self::Sqlite => "INSERT OR FAIL",
            Self::MySql => "INSERT",
        }
    }

    /// Start of an `INSERT` that leaves rows alone that are there already.
    pub fn insert_ignore(self) -> &'static str {
        match self {
            Self::Sqlite => "INSERT OR IGNORE",
            Self::MySql => "INSERT IGNORE",
        }
    }
}

/// A connected store.
#[derive(Debug, Clone)]
pub struct Db {
    /// Connections to the writer.
    pub pool: AnyPool,
    /// Connections for reports: a reader's when one is configured.
    pub readers: AnyPool,
    /// Which kind of server it is.
    pub dialect: Dialect,
    /// Rows that reports read.
    pub row_cache: Arc<RowCache>,
    /// Whether reports are read from another server than the one that is written to.
    has_reader: bool,
}

impl Db {
    /// Connects to `url` (`sqlite:` or `mysql:`), creating an embedded database that is not there.
    pub async fn connect(url: &str, max_connections: u32) -> Result<Self> {
        Self::connect_for(Use::Writes, url, max_connections).await
    }

    /// As `connect`, for a process that does nothing but load orders: an embedded database gets more memory.
    pub async fn connect_to_load(url: &str, max_connections: u32) -> Result<Self> {
        Self::connect_for(Use::Loading, url, max_connections).await
    }

    async fn connect_for(purpose: Use, url: &str, max_connections: u32) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let (dialect, url) = dialect_of(url)?;
        let pool = pool(dialect, purpose, &url, max_connections).await?;
        let readers = self::pool(dialect, Use::Reports, &url, max_connections).await?;
        let row_cache = Arc::new(RowCache::new(dialect));
        Ok(Self { pool, readers, dialect, row_cache, has_reader: false })
    }

    /// Sends reports to another server that replicates this one.
    pub async fn with_reader(mut self, url: &str, max_connections: u32) -> Result<Self> {
        let (dialect, url) = dialect_of(url)?;
        if dialect != self.dialect {
            bail!("DATABASE_READER_URL names another kind of server than DATABASE_URL");
        }
        self.readers =
            pool(dialect, Use::Reports, &url, max_connections).await.context("the reader database")?;
        self.has_reader = true;
        Ok(self)
    }

    /// Brings the schema up to date. Safe when several instances start at once.
    pub async fn migrate(&self, time_zone: &str) -> Result<()> {
        let mut connection = self.pool.acquire().await.context("connect to migrate")?;
        migrations::run(self.dialect, &mut connection).await?;
        drop(connection);
        self.found_store(time_zone).await
    }

    /// Waits until the schema is at least as new as this program needs.
    pub async fn wait_for_schema(&self, timeout: Duration) -> Result<()> {
        let wanted = latest_version();
        let deadline = tokio::time::Instant::now() + timeout;
        loop {
            let last_state = match self.missing_migrations().await {
                Ok(missing) if !missing.is_empty() => format!("migrations that are missing: {missing:?}"),
                Ok(_) if self.is_founded().await.unwrap_or(false) => return Ok(()),
                Ok(_) => "`eap-api migrate` has not come to its end".to_owned(),
                Err(error) => format!("{error:#}"),
            };
            if tokio::time::Instant::now() >= deadline {
                bail!(
                    "the database schema is not ready after {} s: need version {wanted}, {last_state}\n\
                     hint: run `eap-api migrate` against the same database",
                    timeout.as_secs()
                );
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// A transaction for changes. On `SQLite` it holds the write lock from the start, so that it never
    /// fails midway; on `MySQL` its session reads committed rows, so that concurrent orders lock no gaps.
    pub async fn begin_write(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self.dialect {
            Dialect::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await,
            Dialect::MySql => self.pool.begin().await,
        }
    }

    /// A read-only transaction that sees one state of the store throughout.
    pub async fn begin_snapshot(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self.dialect {
            Dialect::Sqlite => self.readers.begin_with("BEGIN DEFERRED").await,
            Dialect::MySql => {
                self.readers.begin_with("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await
            }
        }
    }

    /// Number of committed changes so far: grows by one with each.
    pub async fn data_version(&self) -> Result<i64> {
        data_version(&self.readers).await
    }

    /// Whether orders can be read and written: asks the database of reports, and where that is another one, also the
    /// one that is written to.
    pub async fn ping(&self) -> Result<()> {
        self.data_version().await?;
        // Connections that are all in use tell that it is there.
        let free = self.pool.num_idle() > 0 || self.pool.size() < self.pool.options().get_max_connections();
        if self.has_reader && free {
            let store = sqlx::query("SELECT id FROM store").fetch_one(&self.pool);
            store.await.context("read from the database that is written to")?;
        }
        Ok(())
    }

    /// Versions of migrations that this program needs and the database has not.
    async fn missing_migrations(&self) -> Result<Vec<i64>> {
        let select = "SELECT version FROM _sqlx_migrations WHERE success = 1";
        let rows = sqlx::query(select).fetch_all(&self.pool).await?;
        let there = rows.iter().map(|row| row.try_get(0)).collect::<Result<HashSet<i64>, _>>()?;
        let needed = migrations::versions();
        Ok(needed.filter(|version| !there.contains(version)).collect())
    }

    /// Whether the last step of a migration is done too.
    async fn is_founded(&self) -> Result<bool> {
        let row = sqlx::query("SELECT id FROM store WHERE id = 1").fetch_optional(&self.pool).await?;
        Ok(row.is_some())
    }

    /// Writes the one row that identifies the store; the first instance wins.
    async fn found_store(&self, time_zone: &str) -> Result<()> {
        let mut store_id = [0_u8; 16];
        getrandom::fill(&mut store_id).map_err(|e| anyhow::anyhow!("no random numbers: {e}"))?;
        let mut query = QueryBuilder::<Any>::new(self.dialect.insert_ignore());
        query.push(" INTO store (id, store_id, time_zone, folded, changed_ms) VALUES (1, ");
        query
            .push_bind(store_id.to_vec())
            .push(", ")
            .push_bind(time_zone.as_bytes().to_vec())
            .push(", 0, 0)");
        query.build().execute(&self.pool).await.context("write the store's identity")?;
        Ok(())
    }
}

/// Number of committed changes that `executor`, a connection or snapshot, sees.
pub async fn data_version<'a>(executor: impl Executor<'a, Database = Any>) -> Result<i64> {
    let select = "SELECT s.folded + (SELECT COUNT(*) FROM rollup_deltas) FROM store s WHERE s.id = 1";
    let row = sqlx::query(select).fetch_one(executor).await.context("read the data version")?;
    Ok(row.try_get(0)?)
}

/// Whether the server asks to try again: a deadlock, a lock that took too long, another writer.
pub fn is_transient(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    // MySQL answers SQLSTATE 40001 or its own numbers; SQLite its (extended) result codes for BUSY.
    matches!(error.code().as_deref(), Some("40001" | "1213" | "1205" | "5" | "261" | "517"))
        || error.message().contains("Lock wait timeout")
        || error.message().contains("database is locked")
}

/// Whether the server refused a row because its key is there already.
pub fn is_duplicate(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.is_unique_violation())
}

fn latest_version() -> i64 {
    migrations::versions().max().unwrap_or(0)
}
