//! A report over a quarter of a year reads one row for its three months, as long as these are what it was merged from.

use std::time::{Duration, Instant};

use eap_api::{
    db::Db,
    extract::{Filters, Span},
    queries::{
        products::{self, ProductsAnswer, ProductsQuestion},
        sales::{self, SalesAnswer, SalesQuestion},
    },
    rollup::{
        compact,
        month::{Kind, WRITING},
    },
};
use sqlx::Row;

use crate::{
    category_lines::cut,
    databases::{self, TestStore},
    rezone::load_sample,
    summarise::{fold_months, of_2016, spoil_where},
};

const DAY: i64 = 86_400;
/// Above the numbers of all months, and below those of all quarters.
const BETWEEN: i64 = 8_000_000;

#[tokio::test]
async fn three_months_are_read_as_one() {
    for store in databases::stores("UTC").await {
        load_sample(&store.db).await;
        fold_quarters(&store, 15).await;
        delete_quarters(&store).await;
        let by_months = Answers::of(&store).await.expect("by months");
        assert_eq!(by_months.sales[0].totals.net(), 60_920_586, "{}", store.name);
        fold_quarters(&store, 15).await;
        let quarters: Vec<i64> = quarters(&store).await;
        // 2014 to the third quarter of 2017: orders still come to the last.
        assert_eq!(
            quarters,
            (176..191).map(|quarter| (1 << 24) + quarter).collect::<Vec<_>>(),
            "{}",
            store.name
        );
        // From the 20th of January 2016 on February and March are no quarter.
        for kind in [Kind::Products, Kind::Buyers] {
            spoil_those(&store, kind, &format!("month < {BETWEEN} AND month NOT IN (553, 554)")).await;
        }
        let by_quarters = Answers::of(&store).await.expect("by quarters");
        assert!(by_quarters == by_months, "{}: {by_quarters:?}, not {by_months:?}", store.name);
        // A series by months takes sets of categories month by month.
        spoil_those(&store, Kind::CategorySets, &format!("month < {BETWEEN}")).await;
        let question = SalesQuestion { filters: of_two_categories(), ..of_2016() };
        assert_eq!(Answers::ask(&store, &question).await.expect("by quarters"), by_months.sales[2]);
        spoil_those(&store, Kind::Products, &format!("month > {BETWEEN}")).await;
        Answers::ask(&store, &of_2016()).await.expect_err("rows of quarters are read");
    }
}

#[tokio::test]
async fn a_quarter_of_other_months_does_not_count() {
    for store in databases::stores("UTC").await {
        load_sample(&store.db).await;
        fold_quarters(&store, 15).await;
        let before = Answers::of(&store).await.expect("before");
        sqlx::query(&format!("CREATE TABLE kept AS SELECT * FROM rollup_months WHERE month > {BETWEEN}"))
            .execute(&store.db.pool)
            .await
            .expect("keep");
        let order = "N1,1,C1,FUR-1,Chair,Furniture,1,1.00,2016-02-10T12:00:00Z,West,online,\n";
        store.land(order).await;
        let pending = Answers::of(&store).await.expect("while it is pending");
        assert_eq!(pending.sales[0].totals.net(), before.sales[0].totals.net() + 100, "{}", store.name);
        assert_eq!(pending.sales[0].totals.orders, before.sales[0].totals.orders + 1, "{}", store.name);
        fold_quarters(&store, 15).await;
        assert!(Answers::of(&store).await.expect("folded") == pending, "{}: folded", store.name);
        // A program of before knows of no quarters: it leaves them behind when it writes a month anew.
        delete_quarters(&store).await;
        let leave = "INSERT INTO rollup_months SELECT * FROM kept";
        sqlx::query(leave).execute(&store.db.pool).await.expect("leave behind");
        assert!(Answers::of(&store).await.expect("left behind") == pending, "{}: left behind", store.name);
        assert_eq!(left_behind(&store).await, 15, "{}", store.name);
        let deadline = Instant::now() + Duration::from_mins(1);
        while left_behind(&store).await != 14 {
            assert!(Instant::now() < deadline, "{}: it is not written anew", store.name);
            compact::compact_all(&store.db).await.expect("fold");
        }
        spoil_those(&store, Kind::Products, &format!("month < {BETWEEN}")).await;
        let question = SalesQuestion { filters: in_the_west(), ..of_2016() };
        let written = Answers::ask(&store, &question).await.expect("written anew");
        assert_eq!(written, pending.sales[1], "{}", store.name);
    }
}

#[derive(Debug, PartialEq)]
struct Answers {
    sales: Vec<SalesAnswer>,
    products: ProductsAnswer,
}

impl Answers {
    /// Of 2016 in all places, in one, of two categories, these by months, and from the 20th of January 2016 on by days; a
    /// connection of its own remembers nothing.
    async fn of(store: &TestStore) -> anyhow::Result<Self> {
        let two = SalesQuestion { filters: of_two_categories(), ..of_2016() };
        let span = Span { start: of_2016().span.start + 19 * DAY, ..of_2016().span };
        let questions = [
            of_2016(),
            SalesQuestion { filters: in_the_west(), ..of_2016() },
            two.clone(),
            SalesQuestion { buckets: months_of_2016(), ..two },
            SalesQuestion { span, buckets: cut(span, DAY), filters: in_the_west(), ..of_2016() },
        ];
        let mut sales = Vec::new();
        for question in &questions {
            sales.push(Self::ask(store, question).await?);
        }
        let question = ProductsQuestion {
            span: Some(of_2016().span),
            filters: Filters::default(),
            currency: "USD".to_owned(),
            limit: 5,
            sort: of_2016().sort,
        };
        let db = Db::connect(&store.url, 1).await?;
        Ok(Self { sales, products: products::answer(&db, &question).await? })
    }

    async fn ask(store: &TestStore, question: &SalesQuestion) -> anyhow::Result<SalesAnswer> {
        sales::answer(&Db::connect(&store.url, 1).await?, question).await
    }
}

fn in_the_west() -> Filters {
    Filters { regions: vec!["West".to_owned()], ..Filters::default() }
}

fn of_two_categories() -> Filters {
    Filters { categories: vec!["Furniture".to_owned(), "Technology".to_owned()], ..Filters::default() }
}

fn months_of_2016() -> Vec<Span> {
    let start = |month: i8| {
        let date = jiff::civil::date(2016 + i16::from(month / 12), month % 12 + 1, 1);
        date.in_tz("UTC").expect("a day").timestamp().as_second()
    };
    (0..12).map(|month| Span { start: start(month), end: start(month + 1) }).collect()
}

async fn quarters(store: &TestStore) -> Vec<i64> {
    let select = format!(
        "SELECT month FROM rollup_months WHERE kind = {WRITING} AND month > {BETWEEN} ORDER BY month"
    );
    let rows = sqlx::query(&select).fetch_all(&store.db.pool).await.expect("list quarters");
    rows.iter().map(|row| row.get(0)).collect()
}

/// How many of the kept quarters are stored.
async fn left_behind(store: &TestStore) -> i64 {
    let select = format!(
        "SELECT COUNT(*) FROM rollup_months m JOIN kept ON kept.month = m.month AND kept.kind = m.kind \
         AND kept.data = m.data WHERE m.kind = {WRITING}"
    );
    sqlx::query(&select).fetch_one(&store.db.pool).await.expect("count").get(0)
}

/// Folds until so many quarters are written: who finds the store locked leaves it to the next time.
async fn fold_quarters(store: &TestStore, count: usize) {
    fold_months(store, 5).await;
    let deadline = Instant::now() + Duration::from_mins(1);
    while quarters(store).await.len() != count {
        assert!(Instant::now() < deadline, "{}: quarters are still without", store.name);
        compact::compact_slicing_from(&store.db, 5).await.expect("fold");
    }
}

async fn spoil_those(store: &TestStore, kind: Kind, which: &str) {
    spoil_where(store, "rollup_months", &format!("kind = {} AND {which}", kind as i64), 10).await;
}

async fn delete_quarters(store: &TestStore) {
    let delete = format!("DELETE FROM rollup_months WHERE month > {BETWEEN}");
    let deleted = sqlx::query(&delete).execute(&store.db.pool).await.expect("delete").rows_affected();
    assert!(deleted > 100, "{}: {deleted} rows", store.name);
}
