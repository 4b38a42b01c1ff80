//! Moving over from the original platform: its table, with the types its models gave it, read by `eap-api import`.

use std::process::{Command, Output};

use eap_api::{
    columns,
    extract::{Filters, ProductSort, Span},
    queries::sales::{self, SalesQuestion},
};
use serde_json::{Value, json};
use sqlx::{Executor, Row as _, any::AnyRow};

use crate::databases::{self, TestStore};

const ROWS: &str = "INSERT INTO sales_transactions (transaction_id, customer_id, product_id, product_name, category, \
    quantity, unit_price, total_amount, transaction_date, region, channel) VALUES \
    ('T-1', 'C1', 'P1', 'Mug, blue', 'Kitchen', 3, 19.99, 59.97, '2024-01-31 23:30:00', 'West', 'online'), \
    ('T-2', 'C2', 'P1', 'Mug, blue', 'Kitchen', 2, 19.99, 35.00, '2024-02-01 00:10:00', 'East', 'store'), \
    ('T-3', 'C1', 'P2', 'Zürich ☕', 'Coffee', -1, 8.5, -8.5, '2024-02-02 12:00:00', 'West', 'mobile'), \
    ('T-4', 'C3', 'P2', 'Zürich ☕', 'Coffee', 1, 8.5, 9.99, '2024-02-03 12:00:00', 'West', 'online'), \
    ('T-5', 'C3', 'P3', 'Sofa', 'Furniture', 3, 1234.57, 3703.71, '2024-03-03 12:00:00', 'West', 'online'), \
    ('T-6', 'C3', 'P4', 'Ring', 'Jewels', 1, 98765.43, 98765.43, '2024-03-03 12:00:00', 'West', 'online'), \
    ('T-7', 'C3', 'P5', 'Pin', 'Jewels', 3, 0.333, 1.00, '2024-03-03 12:00:00', 'West', 'online')";

#[tokio::test]
async fn every_transaction_lands_as_an_order() {
    for store in databases::stores("America/New_York").await {
        let original = original_beside(&store).await;
        store.db.pool.execute(ROWS).await.expect("fill the original's table");
        let first = import(&store, &original);
        assert_eq!(first.status.code(), Some(1), "{}: T-4 cannot land\n{first:?}", store.name);
        assert_eq!(
            summary(&first),
            json!({"received": 7, "inserted": 6, "replaced": 0, "unchanged": 0, "rejected": 1, "errors": [
                {"line": 4, "field": "total_amount", "reason": "must not exceed unit_price × quantity"}
            ]}),
            "{}",
            store.name
        );
        let again = summary(&import(&store, &original));
        assert_eq!((&again["inserted"], &again["unchanged"]), (&json!(0), &json!(6)), "{}", store.name);
        check_totals(&store).await;
    }
}

/// More than two pages of 5,000 rows, the last of which is not full.
const MANY: i64 = 11_003;

#[tokio::test]
async fn a_table_of_several_pages_lands_whole_and_once() {
    for store in databases::stores("America/New_York").await {
        let name = store.name;
        let original = original_beside(&store).await;
        fill_with_many(&store).await;
        let first = summary(&import(&store, &original));
        let counts =
            |of: &Value| ["received", "inserted", "unchanged", "rejected"].map(|count| of[count].clone());
        assert_eq!(counts(&first), [MANY, MANY, 0, 0].map(Value::from), "{name}: {first}");
        assert_eq!(landed_by_region(&store).await, originals_by_region(&store).await, "{name}");
        let again = summary(&import(&store, &original));
        assert_eq!(counts(&again), [MANY, 0, MANY, 0].map(Value::from), "{name}: {again}");
    }
}

/// Rows whose ids begin below zero and have gaps, but not between pages; every fiftieth is a return.
async fn fill_with_many(store: &TestStore) {
    let row = |n: i64| {
        let quantity = if n % 50 == 0 { -1 - n % 3 } else { 1 + n % 5 };
        let price = 100 + n * 37 % 9_000;
        let total = quantity.abs() * price - n * 7 % 100;
        let sign = if quantity < 0 { "-" } else { "" };
        format!(
            "({}, 'T-{n}', 'C{}', 'P{}', 'Thing', 'Things', {quantity}, {}, {sign}{}, '2024-{:02}-{:02} 12:{:02}:00', \
             '{}', 'online')",
            // In the first gap is 0, for which MySQL takes another number.
            n + n / 777 * 7 - 780,
            n % 700,
            n % 90,
            amount(price),
            amount(total),
            1 + n % 12,
            1 + n % 28,
            n % 60,
            ["East", "North", "South", "West"][usize::try_from(n.unsigned_abs() % 4).expect("below 4")],
        )
    };
    let columns =
        ROWS.split_once(" VALUES ").expect("columns").0.replace("(transaction_id", "(id, transaction_id");
    for first in (0..MANY).step_by(500) {
        let rows: Vec<String> = (first..MANY.min(first + 500)).map(row).collect();
        let statement = format!("{columns} VALUES {}", rows.join(", "));
        store.db.pool.execute(statement.as_str()).await.expect("fill the original's table");
    }
}

fn amount(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Region, sales, units and cents, as the original's database adds them up.
async fn originals_by_region(store: &TestStore) -> Vec<(String, [i64; 3])> {
    let whole = if store.name == "sqlite" { "INTEGER" } else { "SIGNED" };
    let sql = format!(
        "SELECT CAST(region AS CHAR), CAST(SUM(quantity > 0) AS {whole}), CAST(SUM(quantity) AS {whole}), \
         CAST(SUM(ROUND(total_amount * 100)) AS {whole}) FROM sales_transactions GROUP BY region ORDER BY region"
    );
    let rows = store.db.pool.fetch_all(sql.as_str()).await.expect("sums");
    let region =
        |row: &AnyRow| (columns::text(row, 0).expect("a region"), [1, 2, 3].map(|index| row.get(index)));
    rows.iter().map(region).collect()
}

/// The same, as the store reports it.
async fn landed_by_region(store: &TestStore) -> Vec<(String, [i64; 3])> {
    let all = sales::answer(&store.db, &question("2024-01-01T05:00:00Z", "2025-01-01T05:00:00Z")).await;
    let regions = all.expect("a report").by_region.into_iter();
    regions.map(|(region, sums)| (region, [sums.orders, sums.units(), sums.net()])).collect()
}

/// The first row lies on 31 January in New York, whose clock the original's times follow here.
async fn check_totals(store: &TestStore) {
    let january = question("2024-01-01T05:00:00Z", "2024-02-01T05:00:00Z");
    let january = sales::answer(&store.db, &january).await.expect("a report").totals;
    assert_eq!((january.gross, january.discounts, january.net()), (5_997, 0, 5_997));
    // As floats of 24 bits these are 1234.5699…, 98765.4296… and 0.3330…
    let march = question("2024-03-01T05:00:00Z", "2024-04-01T05:00:00Z");
    let march = sales::answer(&store.db, &march).await.expect("a report").totals;
    let cents = 3 * 123_457 + 9_876_543 + 100;
    assert_eq!((march.gross, march.discounts, march.net()), (cents, 0, cents), "{}", store.name);
    let all = sales::answer(&store.db, &question("2024-01-01T05:00:00Z", "2024-03-01T05:00:00Z")).await;
    let all = all.expect("a report");
    let names: Vec<_> = all.top_products.iter().map(|product| product.name.as_str()).collect();
    assert_eq!(names, ["Mug, blue", "Zürich ☕"], "{}", store.name);
    let all = all.totals;
    assert_eq!((all.gross, all.discounts, all.net()), (9_995, 498, 8_647), "{}", store.name);
}

fn question(start: &str, end: &str) -> SalesQuestion {
    let second = |text: &str| text.parse::<jiff::Timestamp>().expect("an instant").as_second();
    SalesQuestion {
        span: Span { start: second(start), end: second(end) },
        filters: Filters::default(),
        currency: "USD".to_owned(),
        buckets: vec![],
        limit: 10,
        sort: ProductSort::Revenue,
    }
}

/// An empty database as the original's models make it; answers its URL, without password where it has one.
async fn original_beside(store: &TestStore) -> String {
    let (key, money, charset) = match store.name {
        "sqlite" => ("INTEGER PRIMARY KEY", "FLOAT", ""),
        // What its `Float` makes of money there has 24 bits.
        _ => ("INT AUTO_INCREMENT PRIMARY KEY", "FLOAT", "CHARACTER SET utf8mb4"),
    };
    let table = format!(
        "CREATE TABLE sales_transactions (id {key}, transaction_id VARCHAR(50) UNIQUE NOT NULL, customer_id VARCHAR(50), \
         product_id VARCHAR(50), product_name VARCHAR(255), category VARCHAR(100), quantity INTEGER, \
         unit_price {money}, total_amount {money}, transaction_date DATETIME, region VARCHAR(50), \
         channel VARCHAR(20), created_at DATETIME DEFAULT CURRENT_TIMESTAMP) {charset}"
    );
    // In the same database: the names do not meet.
    store.db.pool.execute(table.as_str()).await.expect("create the original's table");
    match store.url.split_once("://") {
        Some(("mysql", rest)) => {
            let (user, place) = rest.rsplit_once('@').expect("a user");
            format!("mysql+pymysql://{}@{place}", user.split(':').next().expect("a name"))
        }
        _ => store.url.clone(),
    }
}

fn import(store: &TestStore, original: &str) -> Output {
    let password = store.url.rsplit_once('@').and_then(|(user, _)| user.rsplit_once(':')).map_or("", |p| p.1);
    Command::new(env!("CARGO_BIN_EXE_eap-api"))
        .args(["import", "--output", "json", "--original", original])
        .env("DATABASE_URL", &store.url)
        .env("ORIGINAL_DATABASE_PASSWORD", password.replace("%20", " ").replace("%40", "@"))
        .env("STORE_TIME_ZONE", "America/New_York")
        .output()
        .expect("start eap-api")
}

/// The counts of the one source, without the time that it took.
fn summary(output: &Output) -> Value {
    let mut answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let mut one = answer[0].take();
    let fields = one.as_object_mut().expect("a source");
    for other in ["seconds", "file", "skipped_orders"] {
        fields.remove(other).expect("a field");
    }
    one
}
