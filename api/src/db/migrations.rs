//! The schema's steps, from `migrations`, and how they are run: once, however many instances start. Knows no table that
//! they make.

use anyhow::{Context, Result, bail};
use futures_util::future::{self, BoxFuture};
use sqlx::{
    AnyConnection, Connection, Row,
    error::BoxDynError,
    migrate::{MigrateError, Migration, MigrationSource, MigrationType, Migrator},
};

use super::Dialect;

/// How long an instance waits for another that migrates.
const PATIENCE_SECONDS: i64 = 600;

/// One step.
struct Step {
    /// Of its files, without `.sql`: the version, and what it brings.
    name: &'static str,
    sqlite: &'static str,
    mysql: &'static str,
}

/// `sqlx::migrate!` would do, but needs all of sqlx, the databases included, compiled a second time for the compiler.
macro_rules! steps {
    ($($name:literal),+ $(,)?) => {
        &[$(Step {
            name: $name,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $name, ".sql")),
            mysql: include_str!(concat!("../../migrations/mysql/", $name, ".sql")),
        }),+]
    };
}

/// Oldest first.
static STEPS: &[Step] = steps![
    "0001_orders",
    "0002_access",
    "0003_models",
    "0005_business_metrics",
    "0006_dashboard",
    "0007_finer_roll_ups",
    "0008_fitted_reports",
    "0009_fitted_customers",
    "0010_slices",
    "0011_upload_keys",
    "0012_fitted_stock",
    "0013_category_lines",
    "0014_category_regions",
];

/// Versions of the schema that this program needs, oldest first.
pub(super) fn versions() -> impl Iterator<Item = i64> {
    STEPS.iter().map(Step::version)
}

/// Brings the schema up to date.
pub(super) async fn run(dialect: Dialect, connection: &mut AnyConnection) -> Result<()> {
    let migrator = Migrator::new(dialect).await?;
    match dialect {
        Dialect::MySql => run_on_mysql(&migrator, connection).await,
        Dialect::Sqlite => run_on_sqlite(&migrator, connection).await,
    }
}

impl Step {
    fn version(&self) -> i64 {
        self.parts().0
    }

    fn parts(&self) -> (i64, &'static str) {
        let (version, brings) = self.name.split_once('_').unwrap_or((self.name, ""));
        (version.parse().unwrap_or(0), brings)
    }

    fn migration(&self, dialect: Dialect) -> Migration {
        let (version, brings) = self.parts();
        let statements = match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::MySql => self.mysql,
        };
        Migration::new(
            version,
            brings.replace('_', " ").into(),
            MigrationType::Simple,
            statements.into(),
            false,
        )
    }
}

impl MigrationSource<'static> for Dialect {
    fn resolve(self) -> BoxFuture<'static, Result<Vec<Migration>, BoxDynError>> {
        Box::pin(future::ready(Ok(STEPS.iter().map(|step| step.migration(self)).collect())))
    }
}

/// A named lock is kept meanwhile, one for each database of a server. The migrator's own is none on `MariaDB`, which takes
/// its endless wait for no wait at all.
async fn run_on_mysql(migrator: &Migrator, connection: &mut AnyConnection) -> Result<()> {
    let locked = sqlx::query("SELECT GET_LOCK(CONCAT('eap-', SHA2(DATABASE(), 224)), ?)")
        .bind(PATIENCE_SECONDS)
        .fetch_one(&mut *connection)
        .await
        .context("lock the database to migrate")?;
    if locked.try_get::<Option<i64>, _>(0)? != Some(1) {
        bail!("another instance has been migrating this database for {PATIENCE_SECONDS} s");
    }
    let migrated = run_locked(migrator, connection).await;
    // All: the migrator keeps its own when it finds a killed migration, and the connection goes back to its pool.
    let released = sqlx::query("SELECT RELEASE_ALL_LOCKS()").execute(connection).await;
    migrated.and(released.map(drop).context("unlock the database"))
}

/// A migration that was killed midway is started over: its statements bear that.
async fn run_locked(migrator: &Migrator, connection: &mut AnyConnection) -> Result<()> {
    match migrator.run(&mut *connection).await {
        Err(MigrateError::Dirty(version)) => {
            sqlx::query("DELETE FROM _sqlx_migrations WHERE version = ? AND success = 0")
                .bind(version)
                .execute(&mut *connection)
                .await?;
            migrator.run(&mut *connection).await.context("migrate again after a killed migration")
        }
        other => other.context("migrate the database"),
    }
}

/// `SQLite` has no named lock: everything happens in one transaction that holds the write lock.
async fn run_on_sqlite(migrator: &Migrator, connection: &mut AnyConnection) -> Result<()> {
    let mut transaction =
        connection.begin_with("BEGIN IMMEDIATE").await.context("lock the database to migrate")?;
    migrator.run(&mut *transaction).await.context("migrate the database")?;
    transaction.commit().await.context("commit the migration")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[tokio::test]
    async fn the_steps_are_those_of_the_files() {
        for dialect in [Dialect::Sqlite, Dialect::MySql] {
            let folder = match dialect {
                Dialect::Sqlite => "sqlite",
                Dialect::MySql => "mysql",
            };
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
            let of_files = Migrator::new(folder).await.unwrap();
            let told = |migrator: &Migrator| -> Vec<_> {
                let steps = migrator.iter();
                steps.map(|m| (m.version, m.description.clone(), m.checksum.clone(), m.no_tx)).collect()
            };
            assert_eq!(told(&Migrator::new(dialect).await.unwrap()), told(&of_files));
        }
    }
}
