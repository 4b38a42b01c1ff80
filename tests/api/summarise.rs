//! Summaries that an earlier version wrote lack the newest kind of row: they are written anew, and answers never wait.

use std::{
    collections::BTreeSet,
    ops::Range,
    time::{Duration, Instant},
};

use eap_api::{
    db::Db,
    extract::{Filters, ProductSort, Span},
    queries::{
        customers::{self, CustomersQuestion},
        sales::{self, SalesAnswer, SalesQuestion},
    },
    rollup::{
        compact,
        month::{Kind, WRITING},
        summarise,
    },
};

use sqlx::Row as _;

use crate::{
    category_lines::cut,
    databases,
    program::Server,
    rezone::{load_sample, roll_ups},
    series_by_day::{all_answers, by_day},
};

#[tokio::test]
async fn summaries_of_an_earlier_version_are_written_anew() {
    for store in databases::stores("UTC").await {
        load_sample(&store.db).await;
        let expected = roll_ups(&store.db).await;
        make_older(&store).await;
        assert_eq!(net_of_2016(&store).await, 60_920_586, "{}: without them", store.name);
        fold_until(&store, &expected).await;
        assert_eq!(net_of_2016(&store).await, 60_920_586, "{}: with them", store.name);
        // A version that did not tell what it wrote.
        let untell = format!("DELETE FROM rollup_months WHERE kind = {WRITING}");
        let told = sqlx::query(&untell).execute(&store.db.pool).await;
        assert_eq!(
            told.expect("delete").rows_affected(),
            48 + 15 + 3,
            "{}: of months, quarters and years",
            store.name
        );
        fold_until(&store, &expected).await;
    }
}

/// It told what it wrote as 20, kept lines of categories elsewhere, and merged less.
#[tokio::test]
async fn what_the_version_before_told_counts_no_more() {
    for store in databases::stores("UTC").await {
        load_sample(&store.db).await;
        let expected = roll_ups(&store.db).await;
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (categories, regions) = (named(&["Furniture", "Technology"]), named(&["West"]));
        let filters = Filters { categories, regions, ..Filters::default() };
        let by_hour = SalesQuestion { filters, buckets: cut(of_2016().span, 3_600), ..of_2016() };
        let ask = async || {
            let db = Db::connect(&store.url, 1).await.expect("connect");
            [sales::answer(&db, &of_2016()).await, sales::answer(&db, &by_hour).await]
                .map(|sales| sales.expect("sales"))
        };
        let before = ask().await;
        for (sql, least) in [
            (format!("UPDATE rollup_months SET kind = 20 WHERE kind = {WRITING}"), 60),
            ("DELETE FROM rollup_months WHERE kind IN (0, 3) AND month > 8000000".to_owned(), 60),
            ("DELETE FROM rollup_category_region_lines".to_owned(), 140),
        ] {
            let changed = sqlx::query(&sql).execute(&store.db.pool).await.expect("change").rows_affected();
            assert!(changed > least, "{}: {sql}: {changed} rows", store.name);
        }
        assert!(ask().await == before, "{}: without them", store.name);
        fold_until(&store, &expected).await;
        assert!(ask().await == before, "{}: with them", store.name);
    }
}

/// Who finds the store locked leaves it to the next time: a server may free a lock late.
async fn fold_until(store: &databases::TestStore, expected: &[(Vec<i64>, Vec<u8>)]) {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        compact::compact_all(&store.db).await.expect("fold");
        if roll_ups(&store.db).await == expected {
            break;
        }
        assert!(Instant::now() < deadline, "{}: the rows differ", store.name);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_brings_them_up_to_date_without_being_sent_anything() {
    let store = databases::sqlite("UTC").await;
    load_sample(&store.db).await;
    let expected = roll_ups(&store.db).await;
    make_older(&store).await;
    let server = Server::start(&store.url, &[]);
    let deadline = Instant::now() + Duration::from_mins(2);
    while roll_ups(&store.db).await != expected {
        assert!(Instant::now() < deadline, "the rows differ: {}", server.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn months_that_go_on_wait_for_their_summaries() {
    let store = databases::sqlite("UTC").await;
    load_sample(&store.db).await;
    sqlx::query("DELETE FROM rollup_months").execute(&store.db.pool).await.expect("delete");
    // Months since January 1970: those of 2017.
    let going_on: BTreeSet<i64> = (564..576).collect();
    summarise::summarise_but(&store.db, &going_on).await.expect("summarise");
    let summarised = months(&store).await;
    assert_eq!(summarised, (528..564).collect(), "those of 2014 to 2016");
    summarise::summarise_missing(&store.db).await.expect("summarise");
    assert_eq!(months(&store).await, &summarised | &going_on);
}

/// The months that have a whole summary.
async fn months(store: &databases::TestStore) -> BTreeSet<i64> {
    let newest = "SELECT month FROM rollup_months WHERE kind = 7 AND currency_id = 0 AND month < 1000";
    let rows = sqlx::query(newest).fetch_all(&store.db.pool).await.expect("list months");
    rows.iter().map(|row| row.get(0)).collect()
}

/// A server's rows stay in memory for the next report, for as long as they are what is stored.
#[tokio::test]
async fn rows_of_a_server_are_fetched_once_for_each_writing() {
    for store in databases::stores("UTC").await {
        load_sample(&store.db).await;
        let before = ask_about(&store.db, Filters::default()).await.expect("sales");
        assert_eq!(before.totals.net(), 60_920_586, "{}", store.name);
        spoil(&store, "rollup_months", Kind::Products, 100).await;
        let asked = ask_about(&store.db, Filters::default()).await;
        if store.name == "sqlite" {
            asked.expect_err("an embedded database has its rows in memory itself");
            continue;
        }
        assert_eq!(asked.expect("sales"), before, "{}: out of memory", store.name);
        // Another sale in months that are in memory, whose rows are written anew with it.
        let order = "late,1,CG-12520,FUR-BO-10001798,Bookcase,Furniture,1,1.00,2016-05-04,West,store,\n";
        store.land(order).await;
        sqlx::query("DELETE FROM rollup_months").execute(&store.db.pool).await.expect("delete");
        compact::compact_all(&store.db).await.expect("fold");
        let after = ask_about(&store.db, Filters::default()).await.expect("sales");
        assert_eq!(after.totals.net(), before.totals.net() + 100, "{}: what is stored now", store.name);
        let other = Db::connect(&store.url, 1).await.expect("connect");
        assert_eq!(ask_about(&other, Filters::default()).await.expect("sales"), after, "{}", store.name);
    }
}

/// Of a month that a range cuts, the thirds that lie in it as a whole answer for their days, while they are what the
/// month was written with.
#[tokio::test]
async fn thirds_of_a_month_answer_for_their_days() {
    // Up to the end of 13 November 2016.
    let until = |question: SalesQuestion| SalesQuestion {
        span: Span { end: 1_479_081_600, ..question.span },
        buckets: question.buckets.into_iter().filter(|day| day.end <= 1_479_081_600).collect(),
        ..question
    };
    let in_the_west = Filters { regions: vec!["West".to_owned()], ..Filters::default() };
    let questions = [
        until(SalesQuestion { filters: in_the_west, ..of_2016() }),
        until(by_day("UTC", &["Furniture", "Technology"], &[])),
        until(by_day("UTC", &["Furniture"], &["West", "East"])),
        until(by_day("UTC", &[], &["West"])),
    ];
    for store in databases::stores("UTC").await {
        load_sample(&store.db).await;
        let expected = all_answers(&store.db, &questions).await;
        sqlx::query("DELETE FROM rollup_months").execute(&store.db.pool).await.expect("delete");
        fold_months(&store, 5).await;
        // 1 to 10 November 2016, in days since 1970.
        spoil_days(&store, 17_106..17_116).await;
        assert_eq!(all_answers(&store.db, &questions).await, expected, "{}: by the third", store.name);
        // November 2016 as a program of before writes it anew.
        let mark = format!("DELETE FROM rollup_months WHERE kind = {WRITING} AND month = 562");
        let deleted = sqlx::query(&mark).execute(&store.db.pool).await.expect("delete").rows_affected();
        assert_eq!(deleted, 1, "{}", store.name);
        for question in &questions {
            sales::answer(&store.db, question).await.expect_err("the days are read");
        }
    }
}

/// Folds until all 48 months of the sample are written, with slices of so many lines.
pub(crate) async fn fold_months(store: &databases::TestStore, least: u64) {
    fold_until_written(store, 48, least).await;
}

/// Folds until so many months are written, with slices of `least` lines: who finds the store locked leaves it to the next
/// time, and a server may free a lock late.
pub(crate) async fn fold_until_written(store: &databases::TestStore, months: i64, least: u64) {
    let written = format!("SELECT COUNT(*) FROM rollup_months WHERE kind = {WRITING} AND month < 1000");
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        compact::compact_slicing_from(&store.db, least).await.expect("fold");
        let row = sqlx::query(&written).fetch_one(&store.db.pool).await.expect("count");
        if row.get::<i64, _>(0) == months {
            break;
        }
        assert!(Instant::now() < deadline, "{}: months are still without", store.name);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Makes the segments of days unreadable.
pub(crate) async fn spoil_days(store: &databases::TestStore, days: Range<i64>) {
    spoil_where(store, "rollup_days", &format!("day >= {} AND day < {}", days.start, days.end), 5).await;
}

/// Makes the rows of a kind unreadable.
pub(crate) async fn spoil(store: &databases::TestStore, table: &str, kind: Kind, least: u64) {
    spoil_where(store, table, &format!("kind = {}", kind as i64), least).await;
}

/// Makes some rows of a table unreadable, more than `least`.
pub(crate) async fn spoil_where(store: &databases::TestStore, table: &str, which: &str, least: u64) {
    let spoilt = if store.name == "sqlite" { "X'FF'" } else { "'spoilt'" };
    let update = format!("UPDATE {table} SET data = {spoilt} WHERE {which}");
    let spoilt = sqlx::query(&update).execute(&store.db.pool).await.expect("spoil").rows_affected();
    assert!(spoilt > least, "{}: {spoilt} rows of {table}", store.name);
}

/// A program of before knows of no slices: it leaves them behind when it throws a month's summaries away.
#[tokio::test]
async fn slices_of_months_without_the_newest_rows_do_not_count() {
    for store in databases::stores("UTC").await {
        load_sample(&store.db).await;
        let without = furniture_of_2016(&store).await;
        for sql in ["DELETE FROM rollup_months", "DELETE FROM rollup_slices"] {
            sqlx::query(sql).execute(&store.db.pool).await.expect("delete");
        }
        compact::compact_slicing_from(&store.db, 10).await.expect("fold");
        assert_eq!(furniture_of_2016(&store).await, without, "{}: by slices", store.name);
        spoil(&store, "rollup_slices", Kind::Groups, 100).await;
        ask_about_furniture(&store).await.expect_err("spoilt slices are read");
        make_older(&store).await;
        assert_eq!(furniture_of_2016(&store).await, without, "{}: without the newest rows", store.name);
        compact::compact_slicing_from(&store.db, 10).await.expect("fold");
        assert_eq!(furniture_of_2016(&store).await, without, "{}: by slices again", store.name);
    }
}

async fn furniture_of_2016(store: &databases::TestStore) -> SalesAnswer {
    ask_about_furniture(store).await.expect("sales")
}

/// A connection of its own remembers nothing.
async fn ask_about_furniture(store: &databases::TestStore) -> anyhow::Result<SalesAnswer> {
    let filters = Filters { categories: vec!["Furniture".to_owned()], ..Filters::default() };
    ask_about(&Db::connect(&store.url, 1).await?, filters).await
}

/// The sales of 2016.
async fn ask_about(db: &Db, filters: Filters) -> anyhow::Result<SalesAnswer> {
    sales::answer(db, &SalesQuestion { filters, ..of_2016() }).await
}

pub(crate) fn of_2016() -> SalesQuestion {
    SalesQuestion {
        span: Span { start: 1_451_606_400, end: 1_483_228_800 },
        filters: Filters::default(),
        currency: "USD".to_owned(),
        buckets: vec![],
        limit: 3,
        sort: ProductSort::Revenue,
    }
}

/// Takes away what version 0.1.0 had neither rows nor tables for.
async fn make_older(store: &databases::TestStore) {
    for (delete, least) in [
        ("DELETE FROM rollup_months WHERE kind IN (6, 7) OR kind > 8", 48),
        ("DELETE FROM rollup_product_lines", 47),
        ("DELETE FROM rollup_category_region_lines", 140),
        ("DELETE FROM rollup_day_sums", 1_000),
    ] {
        let deleted = sqlx::query(delete).execute(&store.db.pool).await.expect("delete").rows_affected();
        assert!(deleted > least, "{}: {delete}: only {deleted} rows", store.name);
    }
}

/// Net revenue of 2016 in cents, by way of the customers, each of whom the sample names.
async fn net_of_2016(store: &databases::TestStore) -> i64 {
    let question = CustomersQuestion {
        span: Span { start: 1_451_606_400, end: 1_483_228_800 },
        previous: Span { start: 1_420_070_400, end: 1_451_606_400 },
        filters: Filters::default(),
        currency: "USD".to_owned(),
        limit: 1_000,
        cohort_months: vec![],
    };
    let answer = customers::answer(&store.db, &question).await.expect("customers");
    answer.top_customers.iter().map(|customer| customer.net).sum()
}
