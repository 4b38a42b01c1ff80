//! What a fit says that it has seen: orders and stock of one state of the store, whoever writes meanwhile.

use std::{io::Cursor, time::Duration};

use eap_api::{
    db::Db,
    fits::{self, Ended, inventory, observe},
    ingest::{
        draft::StoreDefaults,
        source::{Format, Source},
        stock,
        terms::Dictionary,
        upload::{self, Landing},
    },
    money::Currency,
};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use crate::{databases, fitted::HEADER};

fn terms() -> observe::Terms {
    terms_at(Timestamp::now())
}

fn terms_at(now: Timestamp) -> observe::Terms {
    let currency = Currency::from_code("USD").expect("a currency");
    observe::Terms { currency, time_zone: TimeZone::UTC, now }
}

/// Commits an order: one change.
async fn order(db: &Db, number: i32) {
    order_at(db, number, "2020-01-01T10:00:00Z").await;
}

async fn order_at(db: &Db, number: i32, at: &str) {
    let line = format!("{HEADER}A{number},1,C1,P1,Lamp,Light,1,5.00,{at},North,online,\n");
    let defaults = StoreDefaults { time_zone: TimeZone::UTC, currency: terms().currency };
    let parse = move || Source::open(Cursor::new(line), Some(Format::Csv), defaults);
    let landed = upload::run(db, &Dictionary::default(), Landing::GoodOrders, parse).await;
    assert_eq!(landed.expect("an order").inserted, 1);
}

#[tokio::test]
async fn a_change_that_commits_while_a_fit_begins_is_in_its_version_and_its_numbers_or_in_neither() {
    for store in databases::stores("UTC").await {
        order(&store.db, 1).await;
        // Whoever wants its one connection waits in line: first the fit, then who writes as soon as the fit lets go.
        let single = Db::connect(&store.url, 1).await.expect("connect");
        let held = single.readers.acquire().await.expect("a connection");
        let fit = tokio::spawn({
            let single = single.clone();
            async move { observe::observe(&single, &terms()).await.expect("observe") }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let writer = tokio::spawn({
            let (single, db) = (single.clone(), store.db.clone());
            async move {
                let _turn = single.readers.acquire().await.expect("a connection");
                order(&db, 2).await;
            }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(held);
        let seen = fit.await.expect("a fit");
        writer.await.expect("an order");
        assert_eq!(
            usize::try_from(seen.data_version),
            Ok(seen.purchases.len()),
            "{}: each order is a version",
            store.name
        );
        assert_eq!(store.db.data_version().await.expect("a version"), 2, "{}", store.name);
    }
}

#[tokio::test]
async fn stock_that_commits_late_is_fitted_whenever_it_was_stamped() {
    for store in databases::stores("UTC").await {
        let db = &store.db;
        order(db, 1).await;
        let settings = fits::Settings { terms: terms(), deadline: Duration::from_mins(1) };
        let fit = async || {
            assert!(fits::is_due(db, &settings.terms).await.expect("ask"), "{}", store.name);
            let ended = fits::run(db, &settings).await.expect("fit");
            assert!(matches!(ended, Ended::Fitted { data_version: 1, .. }), "{}: {ended:?}", store.name);
            assert!(!fits::is_due(db, &settings.terms).await.expect("ask"), "{}: twice", store.name);
        };
        fit().await;
        // Each was stamped before the fit, and before the one that had committed earlier.
        for (hours, on_hand) in [(1, 7), (2, 6), (3, 5)] {
            let csv = format!("product_id,on_hand\nP1,{on_hand}\n");
            let levels = stock::from_csv(csv.as_bytes()).expect("levels");
            let stamped = Timestamp::now() - hours.hours();
            inventory::write(db, &levels, stamped).await.expect("write stock");
            fit().await;
        }
    }
}

#[tokio::test]
async fn a_day_of_which_a_part_was_seen_is_fitted_again_when_it_is_over() {
    let store = databases::sqlite("UTC").await;
    let db = &store.db;
    order(db, 1).await;
    let at = |text: &str| terms_at(text.parse().expect("an instant"));
    let fit = async |terms| fits::run(db, &fits::Settings { terms, deadline: Duration::from_mins(1) }).await;
    let is_due = async |text| fits::is_due(db, &at(text)).await.expect("ask");
    fit(at("2020-01-01T12:00:00Z")).await.expect("fit");
    assert!(!is_due("2020-01-01T23:59:59Z").await, "nothing is new");
    assert!(is_due("2020-01-02T00:00:00Z").await, "the first of January is over");
    fit(at("2020-01-02T00:00:00Z")).await.expect("fit");
    assert!(!is_due("2020-01-09T00:00:00Z").await, "no day was seen in part");
}

#[tokio::test]
async fn what_came_while_a_fit_waited_for_another_is_not_of_the_future() {
    let store = databases::sqlite("UTC").await;
    let db = store.db.clone();
    assert!(fits::store::lease(&db, 9, Timestamp::now()).await.expect("the lease of another"));
    let waiting = tokio::spawn({
        let (db, settings) =
            (db.clone(), fits::Settings { terms: terms(), deadline: Duration::from_mins(1) });
        async move { fits::run(&db, &settings).await }
    });
    // Lines have instants of whole seconds.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    order_at(&db, 1, &Timestamp::now().to_string()).await;
    fits::store::release(&db, 9).await.expect("release");
    let ended = waiting.await.expect("a task").expect("a fit");
    let Ended::Fitted { data_version: 1, refused, .. } = ended else { panic!("{ended:?}") };
    let has_products = !refused.iter().any(|one| one.report == "products/classes");
    assert!(has_products, "it says that it saw the order: {refused:?}");
}
