//! The business dashboard's figures: what is in a line, and that one of several instances reports it.

use eap_api::{
    business_metrics,
    config::Environment,
    ingest::{
        line::Merge,
        terms::Dictionary,
        write::{self, SentOrder},
    },
    money::Currency,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    databases::{self, TestStore},
    reports_equal_recount::line,
};

/// 2024-04-01T12:00:00Z, where a bucket begins.
const NOON: i64 = 1_711_972_800;

#[tokio::test]
async fn each_bucket_is_reported_once_by_one_of_two_instances() {
    for store in databases::stores("UTC").await {
        // Order 1: two units at 12.50 less 10 %; order 2: one unit by another customer; then a return by a third.
        sell(
            &store,
            &[(1, 2, 125_000, 10, false, 10), (2, 1, 30_000, 0, false, 299), (4, 1, 30_000, 0, true, 20)],
        )
        .await;
        let at = |seconds: i64| Timestamp::from_second(NOON + seconds).expect("an instant");
        assert!(lines(&store, at(65)).await.is_empty(), "{}: the first look begins", store.name);
        assert!(lines(&store, at(359)).await.is_empty(), "{}: orders may still arrive", store.name);

        let (one, other) = tokio::join!(lines(&store, at(361)), lines(&store, at(362)));
        let reported = [one, other].concat();
        let metric = |name: &str, unit: &str| json!({"Name": name, "Unit": unit});
        let count = |name| metric(name, "Count");
        let metrics = [metric("Revenue", "None"), count("Orders"), count("Customers"), count("ProductsSold")];
        let directive = json!({
            "Namespace": "EcommerceAnalytics", "Dimensions": [["Environment"]], "Metrics": metrics,
        });
        let expected = json!({
            "_aws": {"Timestamp": NOON * 1_000, "CloudWatchMetrics": [directive]},
            "Environment": "staging", "Currency": "USD",
            "Revenue": 22.50, "Orders": 2, "Customers": 2, "ProductsSold": 3,
        });
        assert_eq!(reported, [expected], "{}", store.name);

        let pause = lines(&store, at(361) + SignedDuration::from_hours(5)).await;
        assert_eq!(pause.len(), 24, "{}: two hours are made up for", store.name);
        assert_eq!(pause[0]["_aws"]["Timestamp"], (NOON + 300 + 3 * 3_600) * 1_000);
    }
}

async fn lines(store: &TestStore, now: Timestamp) -> Vec<Value> {
    let dollars = Currency::from_code("USD").expect("a currency");
    let due = business_metrics::due(&store.db, dollars, now).await.expect("figures");
    let lines = due.iter().map(|figures| figures.line(Environment::Staging, dollars).expect("a line"));
    lines.map(|line| serde_json::from_str(&line).expect("JSON")).collect()
}

/// Sells: order, units, price, percent of discount, whether it is a return, seconds after noon.
async fn sell(store: &TestStore, sales: &[(u32, i64, i64, i64, bool, i64)]) {
    let order =
        |&(order, units, price, percent, refund, after): &(u32, i64, i64, i64, bool, i64)| SentOrder {
            merge: Merge::ReplaceOrder,
            lines: vec![(1, line(order, 0, 1, 0, units, price, percent, refund, NOON + after))],
        };
    let orders: Vec<_> = sales.iter().map(order).collect();
    let landed = write::write(&store.db, &Dictionary::default(), &orders, None).await.expect("orders land");
    assert_eq!((landed.inserted, landed.rejections.len()), (3, 0));
}
