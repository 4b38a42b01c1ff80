//! What a server refuses for a deadlock or for a lock that took too long is tried again, and lands whole and once. The
//! server itself refuses: another connection holds what the orders need.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use eap_api::{
    extract::{Filters, ProductSort, Span},
    queries::sales::{self, SalesQuestion},
};
use futures_util::future;
use sqlx::{AnyConnection, Connection as _, Executor as _, Row as _};

use crate::{
    databases::{self, TestStore},
    http::{self, Answer},
    program::{self, Server},
};

const HEADER: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel";
/// Less than the 10 s after which the server refuses one that waits for a lock.
const SOON: Duration = Duration::from_secs(8);
/// Time for such a refusal, and for the next try.
const LATER: Duration = Duration::from_secs(25);

/// Orders O-1 and O-2 of `quantity` units at 1.00.
fn two_orders(quantity: u32) -> String {
    let row = |id| format!("O-{id},1,C,P,Pen,Office,{quantity},1.00,2024-05-01T00:00:00Z,North,web\n");
    format!("{HEADER}\n{}{}", row(1), row(2))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_is_the_victim_of_a_deadlock() {
    for (name, server) in databases::servers() {
        let store = databases::server_store(name, &server, "UTC").await;
        let server = Server::start(&store.url, &[]);
        let path = "/api/v1/orders";
        let first = http::post(server.address, path, "text/csv", two_orders(1).as_bytes());
        assert_eq!(first.json()["inserted"], 2, "{name}: {}", first.text());
        for (quantity, path) in [(2, path.to_owned()), (3, format!("{path}?atomic=true"))] {
            let answer = deadlocked(&store, &server, path, quantity).await;
            assert_eq!(answer.status, 200, "{name}: {} {}", answer.text(), server.log());
            let counts =
                ["received", "inserted", "replaced", "rejected"].map(|count| answer.json()[count].as_u64());
            assert_eq!(counts, [2, 0, 2, 0].map(Some), "{name}: {}", answer.text());
            assert_whole_and_once(&store, i64::from(quantity)).await;
        }
    }
}

/// Posts both orders, after O-2 is locked by another transaction; that then asks for O-1. It has written more, so the
/// server ends the upload's transaction.
async fn deadlocked(store: &TestStore, server: &Server, path: String, quantity: u32) -> Answer {
    let mut holder = holder_of(store, 2).await;
    let rows: Vec<String> = (1..=500).map(|id| format!("(99, {id}, 'weight {id}')")).collect();
    let weight = format!("INSERT INTO terms (kind, id, value) VALUES {}", rows.join(", "));
    holder.execute(weight.as_str()).await.expect("write more than the upload");

    let address = server.address;
    let upload = move || http::post(address, &path, "text/csv", two_orders(quantity).as_bytes());
    let upload = tokio::task::spawn_blocking(upload);
    wait_for_waiting(store, 1, SOON).await;
    let mut other = AnyConnection::connect(&store.url).await.expect("connect");
    let free = format!("{} SKIP LOCKED", lock_of(1));
    assert!(other.fetch_optional(free.as_str()).await.expect("an order").is_none(), "the upload holds O-1");

    let asked = Instant::now();
    holder.execute(lock_of(1).as_str()).await.expect("what the upload held");
    assert!(asked.elapsed() < SOON, "{}: no deadlock", store.name);
    assert!(!upload.is_finished(), "{}: O-2 is still locked", store.name);
    holder.execute("ROLLBACK").await.expect("let the orders go");
    upload.await.expect("the posting thread")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_waits_too_long_for_a_lock() {
    // At once: each takes as long as the server waits.
    let tests = databases::servers().into_iter().map(async |(name, server)| {
        wait_too_long(&databases::server_store(name, &server, "UTC").await).await;
    });
    future::join_all(tests).await;
}

async fn wait_too_long(store: &TestStore) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let import = |quantity| {
        let path = folder.path().join(format!("{quantity}.csv"));
        std::fs::write(&path, two_orders(quantity)).expect("write the orders");
        let (url, path) = (store.url.clone(), path.to_str().expect("UTF-8").to_owned());
        tokio::task::spawn_blocking(move || program::run(&url, &["import", &path]))
    };
    let first = import(1).await.expect("the importing thread");
    assert!(first.stdout.contains("2 inserted"), "{first:?}");

    let mut holder = holder_of(store, 2).await;
    let second = import(2);
    // The second transaction that waits is that of another try.
    wait_for_waiting(store, 2, LATER).await;
    assert!(!second.is_finished(), "{}: O-2 is still locked", store.name);
    holder.execute("ROLLBACK").await.expect("let the order go");
    let second = second.await.expect("the importing thread");
    let landed = ": 0 inserted, 2 replaced, 0 unchanged, 0 rejected\n";
    assert!(second.code == 0 && second.stdout.ends_with(landed), "{}: {second:?}", store.name);
    assert_whole_and_once(store, 2).await;
}

/// A transaction that has locked an order.
async fn holder_of(store: &TestStore, order: u32) -> AnyConnection {
    let mut holder = AnyConnection::connect(&store.url).await.expect("connect");
    // So that it locks no gaps.
    let level = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
    for statement in [level, "START TRANSACTION", &lock_of(order)] {
        holder.execute(statement).await.expect("lock the order");
    }
    holder
}

fn lock_of(order: u32) -> String {
    format!(
        "SELECT id FROM orders FORCE INDEX (orders_external_id) WHERE external_id = 'O-{order}' FOR UPDATE"
    )
}

/// Waits until so many transactions on the store, one after the other, have been seen waiting for a lock.
async fn wait_for_waiting(store: &TestStore, count: usize, patience: Duration) {
    let mut connection = AnyConnection::connect(&store.url).await.expect("connect");
    let sql = "SELECT CAST(t.trx_started AS CHAR) FROM information_schema.innodb_trx t \
               JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id \
               WHERE t.trx_state = 'LOCK WAIT' AND p.db = DATABASE()";
    let (started, mut seen) = (Instant::now(), BTreeSet::new());
    while seen.len() < count {
        // MySQL fails to show a statement of somebody else that has bytes in it; the next look finds others.
        let rows = connection.fetch_all(sql).await.unwrap_or_default();
        seen.extend(rows.iter().map(|row| row.get::<String, _>(0)));
        assert!(started.elapsed() < patience, "{}: {seen:?} have waited", store.name);
        // Servers show a picture that is older for as long as they are asked every tenth of a second.
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Asserts that both orders are there once, each of `quantity` units, in the facts and in the report.
async fn assert_whole_and_once(store: &TestStore, quantity: i64) {
    let sql = "SELECT COUNT(*), CAST(SUM(l.quantity) AS SIGNED) FROM orders o JOIN order_lines l ON l.order_id = o.id";
    let row = store.db.pool.fetch_one(sql).await.expect("the facts");
    assert_eq!((row.get::<i64, _>(0), row.get::<i64, _>(1)), (2, 2 * quantity), "{}", store.name);
    let question = SalesQuestion {
        // 2024.
        span: Span { start: 1_704_067_200, end: 1_735_689_600 },
        filters: Filters::default(),
        currency: "USD".to_owned(),
        buckets: vec![],
        limit: 0,
        sort: ProductSort::Revenue,
    };
    let totals = sales::answer(&store.db, &question).await.expect("a report").totals;
    assert_eq!((totals.orders, totals.units()), (2, 2 * quantity), "{}", store.name);
}
