//! `eap-api migrate`, started several times at once or after one was killed, and `serve` waiting for it.

use std::process::{Child, Stdio};

use eap_api::db::Db;
use sqlx::{Executor as _, Row as _};
use tempfile::TempDir;

use crate::{databases, http, program};

/// The URL of an empty database of each kind that this run has.
async fn empty() -> Vec<(&'static str, String, Option<TempDir>)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}/analytics.db", folder.path().display());
    let mut empty = vec![("sqlite", url, Some(folder))];
    for (name, server) in databases::servers() {
        empty.push((name, databases::empty_database(&server).await, None));
    }
    empty
}

fn start(url: &str, arguments: &[&str]) -> Child {
    let mut command = program::command(url, arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("start the program")
}

/// Migrates four times at once.
fn migrate_at_once(name: &str, url: &str) {
    let migrating: Vec<Child> = (0..4).map(|_| start(url, &["migrate"])).collect();
    for child in migrating {
        let output = child.wait_with_output().expect("wait for a migration");
        assert!(output.status.success(), "{name}: {output:?}");
    }
}

async fn schema(db: &Db) -> (i64, i64, Vec<u8>) {
    let row = sqlx::query(
        "SELECT COUNT(*), COUNT(DISTINCT version), (SELECT store_id FROM store WHERE id = 1) FROM _sqlx_migrations \
         WHERE success = 1",
    );
    let row = row.fetch_one(&db.pool).await.expect("the schema's versions");
    (row.get(0), row.get(1), row.get(2))
}

#[tokio::test]
async fn instances_that_start_at_once_migrate_once() {
    for (name, url, _folder) in empty().await {
        migrate_at_once(name, &url);
        let db = Db::connect(&url, 2).await.expect("connect");
        let (rows, versions, store_id) = schema(&db).await;
        assert!(rows >= 5 && rows == versions && store_id.len() == 16, "{name}: {rows} of {versions}");
        if name == "sqlite" {
            continue;
        }
        // As a kill between the statements of a migration leaves it, which no transaction undoes there: the tables
        // are made in part, and the version is marked as begun.
        let killed = ["DROP TABLE audit_log", "DELETE FROM _sqlx_migrations WHERE version > 2"];
        for statement in
            killed.into_iter().chain(["UPDATE _sqlx_migrations SET success = 0 WHERE version = 2"])
        {
            db.pool.execute(statement).await.expect("undo a part");
        }
        migrate_at_once(name, &url);
        assert_eq!(schema(&db).await, (rows, versions, store_id), "{name}: it is another store");
        db.pool.execute("SELECT 1 FROM audit_log").await.expect("the table is there again");
    }
}

#[tokio::test]
async fn a_server_waits_for_its_schema_and_then_gives_up() {
    for (name, url, _folder) in empty().await {
        let gives_up = |state: &str| {
            let ended = program::run(&url, &["serve", "--port", "0", "--schema-wait-seconds", "1"]);
            assert_eq!(ended.code, 1, "{name}: {ended:?}");
            for part in ["is not ready after ", state, "hint: run `eap-api migrate`"] {
                assert!(ended.stderr.contains(part), "{name}: {part} is not in {ended:?}");
            }
        };
        gives_up("_sqlx_migrations");

        // One that is patient serves as soon as the schema is there.
        let waiting = program::command(&url, &["serve", "--port", "0", "--schema-wait-seconds", "120"]);
        let waiting = std::thread::spawn(move || program::Server::spawn(waiting));
        let migrated = program::run(&url, &["migrate"]);
        assert_eq!(migrated.code, 0, "{name}: {migrated:?}");
        let server = waiting.join().expect("the server listens");
        assert_eq!(http::get(server.address, "/health").status, 200, "{name}");

        let db = Db::connect(&url, 2).await.expect("connect");
        // As it is between the last version and the last step of a migration, and before the last versions.
        db.pool.execute("DELETE FROM store").await.expect("a store that is not founded");
        gives_up("has not come to its end");
        db.pool.execute("DELETE FROM _sqlx_migrations WHERE version > 3").await.expect("an older schema");
        gives_up("migrations that are missing: [5, ");
    }
}
