//! Months tell what a series by day of the store wants: of everything, of categories, of slices, and in some places.

use eap_api::{
    db::Db,
    extract::{Filters, Span},
    queries::sales::{self, SalesAnswer, SalesQuestion},
    rollup::{
        measures::Measures,
        month::{Kind, WRITING},
    },
};
use jiff::ToSpan as _;

use crate::{
    databases,
    rezone::load_sample,
    summarise::{fold_months, of_2016, spoil, spoil_days},
};

/// Slots know no categories: sums by category and day fill a series about some of them, in some places too.
#[tokio::test]
async fn a_series_by_day_about_categories_reads_no_days() {
    for zone in ["UTC", "America/New_York"] {
        let questions = [
            by_day(zone, &["Furniture", "Technology"], &[]),
            by_day(zone, &["Furniture"], &["West", "East"]),
        ];
        for store in databases::stores(zone).await {
            load_sample(&store.db).await;
            sqlx::query("DELETE FROM rollup_months").execute(&store.db.pool).await.expect("delete");
            let by_lines = all_answers(&store.db, &questions).await;
            for answer in &by_lines {
                let net: i64 = answer.series.iter().map(Measures::net).sum();
                let orders: i64 = answer.series.iter().map(|day| day.orders).sum();
                assert_eq!((net, orders), (answer.totals.net(), answer.totals.orders), "{}", store.name);
                assert!(orders > 100, "{}: {orders} orders", store.name);
            }
            fold_months(&store, u64::MAX).await;
            spoil_days(&store, 0..i64::MAX).await;
            assert_eq!(all_answers(&store.db, &questions).await, by_lines, "{} in {zone}", store.name);
            // November 2016 as a program of before writes it anew, which knows no such sums.
            let before =
                format!("DELETE FROM rollup_months WHERE kind IN (9, 12, {WRITING}) AND month = 562");
            let deleted = sqlx::query(&before).execute(&store.db.pool).await.expect("delete").rows_affected();
            assert!(deleted > 10, "{}: {deleted} rows", store.name);
            for question in &questions {
                sales::answer(&store.db, question).await.expect_err("the days are read");
            }
        }
    }
}

/// Sums by day fill a series by day, of everything, of a region and of a slice; slots are many times as much to read.
#[tokio::test]
async fn a_series_by_day_reads_no_slots() {
    for zone in ["UTC", "America/New_York"] {
        let questions =
            [by_day(zone, &[], &[]), by_day(zone, &[], &["West"]), by_day(zone, &["Furniture"], &[])];
        for store in databases::stores(zone).await {
            load_sample(&store.db).await;
            for sql in ["DELETE FROM rollup_months", "DELETE FROM rollup_slices"] {
                sqlx::query(sql).execute(&store.db.pool).await.expect("delete");
            }
            let by_segments = all_answers(&store.db, &questions).await;
            fold_months(&store, 1).await;
            for table in ["rollup_months", "rollup_slices"] {
                spoil(&store, table, Kind::Slots, 40).await;
            }
            assert_eq!(all_answers(&store.db, &questions).await, by_segments, "{} in {zone}", store.name);
            spoil_days(&store, 0..i64::MAX).await;
            assert_eq!(all_answers(&store.db, &questions).await, by_segments, "{} in {zone}", store.name);
            for table in ["rollup_months", "rollup_slices"] {
                spoil(&store, table, Kind::Days, 40).await;
            }
            // Who reads rows of a server once has them in memory.
            let db = Db::connect(&store.url, 1).await.expect("connect");
            for question in &questions {
                sales::answer(&db, question).await.expect_err("sums by day are read");
            }
        }
    }
}

/// A month that a program of before wrote anew has no sums by day: its slots answer.
#[tokio::test]
async fn a_month_without_sums_by_day_answers_by_slots() {
    let question = by_day("UTC", &[], &["West"]);
    for store in databases::stores("UTC").await {
        load_sample(&store.db).await;
        let by_days = sales::answer(&store.db, &question).await.expect("by days");
        let days = Kind::Days as i64;
        let before = format!("DELETE FROM rollup_months WHERE kind IN ({days}, {WRITING}) AND month = 562");
        let deleted = sqlx::query(&before).execute(&store.db.pool).await.expect("delete").rows_affected();
        assert!(deleted > 4, "{}: {deleted} rows", store.name);
        spoil_days(&store, 0..i64::MAX).await;
        assert_eq!(sales::answer(&store.db, &question).await.expect("by slots"), by_days, "{}", store.name);
    }
}

pub(crate) async fn all_answers(db: &Db, questions: &[SalesQuestion]) -> Vec<SalesAnswer> {
    let mut answers = Vec::new();
    for question in questions {
        answers.push(sales::answer(db, question).await.expect("sales"));
    }
    answers
}

/// The sales of 2016 in a zone, day by day.
pub(crate) fn by_day(zone: &str, categories: &[&str], regions: &[&str]) -> SalesQuestion {
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let filters = Filters { categories: named(categories), regions: named(regions), ..Filters::default() };
    let start = |day: i64| {
        let date = jiff::civil::date(2016, 1, 1).saturating_add(day.days());
        date.in_tz(zone).expect("a day of the zone").timestamp().as_second()
    };
    let buckets: Vec<Span> = (0..366).map(|day| Span { start: start(day), end: start(day + 1) }).collect();
    SalesQuestion { span: Span { start: start(0), end: start(366) }, filters, buckets, ..of_2016() }
}
