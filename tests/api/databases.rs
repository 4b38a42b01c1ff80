//! Fresh databases for tests: a file for `SQLite`, a database of its own on each server that is named.

#![expect(clippy::print_stderr, reason = "a run says what it skips")]

use std::{env, io::Cursor};

use eap_api::{
    db::Db,
    ingest::{
        source::{Format, Source},
        terms::Dictionary,
        upload::{self, Landing},
    },
};
use sqlx::{AnyPool, Executor};
use tempfile::TempDir;

use crate::{fitted::HEADER, rezone::defaults};

/// A migrated, empty store that is removed at the end.
pub(crate) struct TestStore {
    pub(crate) name: &'static str,
    pub(crate) db: Db,
    /// For other programs that use the store too.
    pub(crate) url: String,
    _folder: Option<TempDir>,
}

impl TestStore {
    /// Takes in lines of a CSV, in US dollars.
    pub(crate) async fn land(&self, lines: &str) {
        self.land_csv(format!("{HEADER}{lines}")).await;
    }

    /// Takes in a whole CSV.
    pub(crate) async fn land_csv(&self, csv: String) {
        let parse = || Source::open(Cursor::new(csv), Some(Format::Csv), defaults());
        let landed = upload::run(&self.db, &Dictionary::default(), Landing::GoodOrders, parse).await;
        assert_eq!(landed.expect("land").errors, vec![], "{}", self.name);
    }
}

/// Variables that name servers, with what to call them.
const SERVERS: [(&str, &str); 2] = [("mysql", "EAP_TEST_MYSQL_URL"), ("mariadb", "EAP_TEST_MARIADB_URL")];

/// The servers that this run has, with their URLs; says which it has not.
pub(crate) fn servers() -> Vec<(&'static str, String)> {
    let found = SERVERS.into_iter().filter_map(|(name, variable)| {
        let url = env::var(variable).ok();
        if url.is_none() {
            eprintln!("skipped on {name}: {variable} is not set");
        }
        Some((name, url?))
    });
    found.collect()
}

/// A store on each kind of database that this run has.
pub(crate) async fn stores(time_zone: &str) -> Vec<TestStore> {
    let mut stores = vec![sqlite(time_zone).await];
    for (name, server) in servers() {
        stores.push(server_store(name, &server, time_zone).await);
    }
    stores
}

/// A store in a file.
pub(crate) async fn sqlite(time_zone: &str) -> TestStore {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}/analytics.db", folder.path().display());
    let db = Db::connect(&url, 4).await.expect("connect to SQLite");
    db.migrate(time_zone).await.expect("migrate SQLite");
    TestStore { name: "sqlite", db, url, _folder: Some(folder) }
}

pub(crate) async fn server_store(name: &'static str, server: &str, time_zone: &str) -> TestStore {
    let url = empty_database(server).await;
    let db = Db::connect(&url, 4).await.expect("connect to the database");
    db.migrate(time_zone).await.expect("migrate");
    TestStore { name, db, url, _folder: None }
}

/// The URL of a database of its own on a server.
pub(crate) async fn empty_database(server: &str) -> String {
    sqlx::any::install_default_drivers();
    let database = format!("eap_test_{}", unique());
    let admin = AnyPool::connect(&format!("{server}/mysql")).await.expect("connect to the server");
    admin.execute(format!("CREATE DATABASE {database}").as_str()).await.expect("create a database");
    admin.close().await;
    format!("{server}/{database}")
}

/// The host and port of a URL.
pub(crate) fn address(url: &str) -> &str {
    let authority = url.split('/').nth(2).expect("a URL");
    authority.rsplit('@').next().expect("a host")
}

fn unique() -> String {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).expect("random numbers");
    format!("{:016x}", u64::from_le_bytes(random))
}
