//! A report over a quarter or a year reads one row for its months, as long as these are what it was merged from.

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
const QUARTERS: i64 = 8_000_000;
/// Above the numbers of all quarters, and below those of all years.
const YEARS: i64 = 25_000_000;
/// Of 2014 to 2017: all quarters but the last, and all years but that.
const ALL: usize = 15 + 3;

#[tokio::test]
async fn twelve_months_and_three_are_read_as_one() {
    for store in databases::stores("UTC").await {
        load_sample(&store.db).await;
        fold_all(&store).await;
        delete_merged(&store).await;
        let by_months = Answers::of(&store).await.expect("by months");
        assert_eq!(by_months.sales[0].totals.net(), 60_920_586, "{}", store.name);
        fold_all(&store).await;
        let all = (176..191).map(|quarter| (1 << 24) + quarter).chain((44..47).map(|year| (1 << 25) + year));
        assert_eq!(merged(&store).await, all.collect::<Vec<_>>(), "{}", store.name);
        // From the 20th of January 2016 on there are February and March, and three quarters.
        let [second, fourth] = [185, 187].map(|quarter| (1 << 24) + quarter);
        let unread = format!(
            "month < {YEARS} AND month NOT IN (553, 554) AND NOT month BETWEEN {second} AND {fourth}"
        );
        for kind in [Kind::Products, Kind::Buyers, Kind::Customers] {
            spoil_those(&store, kind, &unread).await;
        }
        let merged = Answers::of(&store).await.expect("merged");
        assert!(merged == by_months, "{}: {merged:?}, not {by_months:?}", store.name);
        // A series by months takes these month by month.
        for kind in [Kind::Groups, Kind::CategorySets] {
            spoil_those(&store, kind, &format!("month < {YEARS}")).await;
        }
        for index in [0, 1, 2, 5] {
            let question = &Answers::questions()[index];
            let answer = Answers::ask(&store, question).await.expect("by the year");
            assert_eq!(answer, by_months.sales[index], "{}: {question:?}", store.name);
        }
        spoil_those(&store, Kind::Products, &format!("month > {YEARS}")).await;
        Answers::ask(&store, &of_2016()).await.expect_err("rows of years are read");
    }
}

#[tokio::test]
async fn what_was_merged_from_other_months_does_not_count() {
    for store in databases::stores("UTC").await {
        load_sample(&store.db).await;
        fold_all(&store).await;
        let before = Answers::of(&store).await.expect("before");
        sqlx::query(&format!("CREATE TABLE kept AS SELECT * FROM rollup_months WHERE month > {QUARTERS}"))
            .execute(&store.db.pool)
            .await
            .expect("keep");
        let order = "N1,1,C1,FUR-1,Chair,Furniture,1,1.00,2016-02-10T12:00:00Z,West,online,\n";
        store.land(order).await;
        let pending = Answers::of(&store).await.expect("while it is pending");
        assert_eq!(pending.sales[0].totals.net(), before.sales[0].totals.net() + 100, "{}", store.name);
        assert_eq!(pending.sales[0].totals.orders, before.sales[0].totals.orders + 1, "{}", store.name);
        fold_all(&store).await;
        assert!(Answers::of(&store).await.expect("folded") == pending, "{}: folded", store.name);
        // A program of before knows of none: it leaves them behind when it writes a month anew.
        delete_merged(&store).await;
        let leave = "INSERT INTO rollup_months SELECT * FROM kept";
        sqlx::query(leave).execute(&store.db.pool).await.expect("leave behind");
        assert!(Answers::of(&store).await.expect("left behind") == pending, "{}: left behind", store.name);
        assert_eq!(left_behind(&store).await, ALL, "{}", store.name);
        let deadline = Instant::now() + Duration::from_mins(1);
        while left_behind(&store).await != ALL - 2 {
            assert!(Instant::now() < deadline, "{}: they are not written anew", store.name);
            compact::compact_all(&store.db).await.expect("fold");
        }
        spoil_those(&store, Kind::Products, &format!("month < {YEARS}")).await;
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
    /// Of 2016 in all places, in one, of two categories, these by months, from the 20th of January 2016 on by days, and of
    /// two categories in one place.
    fn questions() -> [SalesQuestion; 6] {
        let two = SalesQuestion { filters: of_two_categories(), ..of_2016() };
        let span = Span { start: of_2016().span.start + 19 * DAY, ..of_2016().span };
        [
            of_2016(),
            SalesQuestion { filters: in_the_west(), ..of_2016() },
            two.clone(),
            SalesQuestion { buckets: months_of_2016(), ..two },
            SalesQuestion { span, buckets: cut(span, DAY), filters: in_the_west(), ..of_2016() },
            SalesQuestion {
                filters: Filters { regions: in_the_west().regions, ..of_two_categories() },
                ..of_2016()
            },
        ]
    }

    /// What comes of the questions, and of a report about products. A connection of its own remembers nothing.
    async fn of(store: &TestStore) -> anyhow::Result<Self> {
        let mut sales = Vec::new();
        for question in &Self::questions() {
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

/// The quarters and years that are there.
async fn merged(store: &TestStore) -> Vec<i64> {
    let select = format!(
        "SELECT month FROM rollup_months WHERE kind = {WRITING} AND month > {QUARTERS} ORDER BY month"
    );
    let rows = sqlx::query(&select).fetch_all(&store.db.pool).await.expect("list quarters and years");
    rows.iter().map(|row| row.get(0)).collect()
}

/// How many of the kept ones are stored.
async fn left_behind(store: &TestStore) -> usize {
    let select = format!(
        "SELECT m.month FROM rollup_months m JOIN kept ON kept.month = m.month AND kept.kind = m.kind \
         AND kept.data = m.data WHERE m.kind = {WRITING}"
    );
    sqlx::query(&select).fetch_all(&store.db.pool).await.expect("count").len()
}

/// Folds until all quarters and years are written: who finds the store locked leaves it to the next time.
async fn fold_all(store: &TestStore) {
    fold_months(store, 5).await;
    let deadline = Instant::now() + Duration::from_mins(1);
    while merged(store).await.len() != ALL {
        assert!(Instant::now() < deadline, "{}: some are still missing", store.name);
        compact::compact_slicing_from(&store.db, 5).await.expect("fold");
    }
}

async fn spoil_those(store: &TestStore, kind: Kind, which: &str) {
    spoil_where(store, "rollup_months", &format!("kind = {} AND {which}", kind as i64), 10).await;
}

async fn delete_merged(store: &TestStore) {
    let delete = format!("DELETE FROM rollup_months WHERE month > {QUARTERS}");
    let deleted = sqlx::query(&delete).execute(&store.db.pool).await.expect("delete").rows_affected();
    assert!(deleted > 100, "{}: {deleted} rows", store.name);
}
