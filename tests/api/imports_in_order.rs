//! On a server, a file's batches are written two at a time. They land in the order of the file all the same: while an
//! order of the first one is locked, the second is written and does not land, and is gone when the import is stopped.

use std::{
    fmt::Write as _,
    fs::File,
    io::BufReader,
    path::Path,
    time::{Duration, Instant},
};

use eap_api::{
    db::Db,
    ingest::{
        csv,
        draft::StoreDefaults,
        terms::Dictionary,
        upload::{self, Resumed},
    },
};
use jiff::tz::TimeZone;
use sqlx::{AnyConnection, Connection as _, Executor as _, Row as _};

use crate::databases::{self, TestStore};

/// Orders of the file, of a line each: two batches of 25,000, and a third that begins when the first has landed.
const ORDERS: i64 = 60_000;
/// The bound of a wait for a lock, after which the server gives up, is 10 s.
const SOON: Duration = Duration::from_secs(8);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_does_not_land_before_the_one_before_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (first, file) = (folder.path().join("first.csv"), folder.path().join("all.csv"));
    std::fs::write(&first, orders(1, 1)).expect("write a file");
    std::fs::write(&file, orders(ORDERS, 2)).expect("write a file");
    for (name, server) in databases::servers() {
        let store = databases::server_store(name, &server, "UTC").await;
        import(&store.url, &first).await;

        let mut holder = locked_order(&store).await;
        let stopped = tokio::spawn({
            let (url, file) = (store.url.clone(), file.clone());
            async move { import(&url, &file).await }
        });
        wait_until_written(&store, ORDERS / 3).await;
        assert_eq!(landed(&store).await, (1, 1), "{name}: lines and finished imports");
        stopped.abort();
        assert!(stopped.await.expect_err("it was stopped").is_cancelled());
        holder.execute("ROLLBACK").await.expect("let the order go");

        let again = import(&store.url, &file).await;
        assert_eq!(again.skipped, 0, "{name}: nothing of it had landed");
        let counts = (again.summary.inserted, again.summary.replaced, again.summary.unchanged);
        assert_eq!(counts, (ORDERS.unsigned_abs() - 1, 1, 0), "{name}");
        assert_eq!(landed(&store).await, (ORDERS, 2), "{name}: lines and finished imports");
    }
}

fn orders(count: i64, quantity: u32) -> String {
    let mut text =
        "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,\
                    region,channel\n"
            .to_owned();
    for number in 0..count {
        writeln!(text, "O-{number},1,C,P,Pen,Office,{quantity},1.00,2024-05-01T00:00:00Z,North,web")
            .expect("text takes it");
    }
    text
}

async fn import(url: &str, file: &Path) -> Resumed {
    let db = Db::connect_to_load(url, 4).await.expect("connect");
    let defaults = StoreDefaults { time_zone: TimeZone::UTC, currency: "USD".parse().expect("a currency") };
    let source = upload::fingerprint(File::open(file).expect("the file"), &defaults).expect("its hash");
    let file = File::open(file).expect("the file");
    let parse = move || csv::read(csv::Table::open(BufReader::new(file))?, defaults);
    upload::resume(&db, &Dictionary::to_load(), source, parse, &mut |_| {}).await.expect("an import")
}

/// A connection that holds the lock of the order that is there.
async fn locked_order(store: &TestStore) -> AnyConnection {
    let mut holder = AnyConnection::connect(&store.url).await.expect("connect");
    for statement in ["START TRANSACTION", "SELECT id FROM orders WHERE external_id = 'O-0' FOR UPDATE"] {
        holder.execute(statement).await.expect("lock the order");
    }
    holder
}

/// Waits until so many lines are written, landed or not.
async fn wait_until_written(store: &TestStore, lines: i64) {
    let mut connection = AnyConnection::connect(&store.url).await.expect("connect");
    let uncommitted = "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED";
    connection.execute(uncommitted).await.expect("a level that sees everything");
    let started = Instant::now();
    loop {
        let row = connection.fetch_one("SELECT COUNT(*) FROM order_lines").await.expect("a count");
        let written: i64 = row.get(0);
        if written >= lines {
            return;
        }
        assert!(started.elapsed() < SOON, "{}: only {written} lines are written", store.name);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Lines that have landed, and imports that came to their end.
async fn landed(store: &TestStore) -> (i64, i64) {
    let sql = "SELECT (SELECT COUNT(*) FROM order_lines), (SELECT COUNT(*) FROM imports WHERE finished = 1)";
    let row = store.db.pool.fetch_one(sql).await.expect("counts");
    (row.get(0), row.get(1))
}
