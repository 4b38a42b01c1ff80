//! Fresh databases for tests: a file for `SQLite`, a database of its own on each server that is named.

#![expect(clippy::print_stderr, reason = "a run says what it skips")]

use std::env;

use eap_api::db::Db;
use sqlx::{AnyPool, Executor};
use tempfile::TempDir;

/// A migrated, empty store that is removed at the end.
pub(crate) struct TestStore {
    pub(crate) name: &'static str,
    pub(crate) url: String,
    pub(crate) db: Db,
    _folder: Option<TempDir>,
}

/// Variables that name servers, with what to call them.
const SERVERS: [(&str, &str); 2] = [("mysql", "EAP_TEST_MYSQL_URL"), ("mariadb", "EAP_TEST_MARIADB_URL")];

/// A store on each kind of database that this run has.
pub(crate) async fn stores(time_zone: &str) -> Vec<TestStore> {
    let mut stores = vec![sqlite(time_zone).await];
    for (name, variable) in SERVERS {
        match env::var(variable) {
            Ok(server) => stores.push(server_store(name, &server, time_zone).await),
            Err(_) => eprintln!("skipped on {name}: {variable} is not set"),
        }
    }
    stores
}

/// A store in a file.
pub(crate) async fn sqlite(time_zone: &str) -> TestStore {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}/analytics.db", folder.path().display());
    let db = Db::connect(&url, 4).await.expect("connect to SQLite");
    db.migrate(time_zone).await.expect("migrate SQLite");
    TestStore { name: "sqlite", url, db, _folder: Some(folder) }
}

async fn server_store(name: &'static str, server: &str, time_zone: &str) -> TestStore {
    sqlx::any::install_default_drivers();
    let database = format!("eap_test_{}", unique());
    let admin = AnyPool::connect(&format!("{server}/mysql")).await.expect("connect to the server");
    admin.execute(format!("CREATE DATABASE {database}").as_str()).await.expect("create a database");
    admin.close().await;
    let url = format!("{server}/{database}");
    let db = Db::connect(&url, 4).await.expect("connect to the database");
    db.migrate(time_zone).await.expect("migrate");
    TestStore { name, url, db, _folder: None }
}

fn unique() -> String {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).expect("random numbers");
    format!("{:016x}", u64::from_le_bytes(random))
}
