//! A store that changes its time zone ends with the roll-ups of a store that always had it.

use eap_api::{
    db::Db,
    ingest::{draft::StoreDefaults, terms::Dictionary},
    rollup::{compact, rezone},
    sample,
};
use jiff::tz::TimeZone;
use sqlx::Row;

use crate::databases;

#[tokio::test]
async fn a_moved_store_has_the_days_and_months_of_its_new_zone() {
    let auckland = TimeZone::get("Pacific/Auckland").expect("a zone");
    let always = databases::sqlite("Pacific/Auckland").await;
    load_sample(&always.db).await;
    let expected = roll_ups(&always.db).await;
    for store in databases::stores("America/Los_Angeles").await {
        load_sample(&store.db).await;
        assert_ne!(roll_ups(&store.db).await, expected, "{}: the zones differ in their days", store.name);
        let former = rezone::rezone(&store.db, &auckland).await.expect("move");
        assert_eq!(former.as_deref(), Some("America/Los_Angeles"), "{}", store.name);
        let moved = roll_ups(&store.db).await;
        let differing: Vec<_> =
            moved.iter().zip(&expected).filter(|(a, b)| a != b).map(|(a, b)| (&a.0, &b.0)).collect();
        assert!(differing.is_empty() && moved.len() == expected.len(), "{}: {differing:?}", store.name);
        assert_eq!(rezone::time_zone(&store.db).await.expect("a zone"), "Pacific/Auckland");
        assert_eq!(rezone::rezone(&store.db, &auckland).await.expect("look"), None, "{}", store.name);
    }
}

pub(crate) fn defaults() -> StoreDefaults {
    StoreDefaults { time_zone: TimeZone::UTC, currency: "USD".parse().expect("a currency") }
}

pub(crate) async fn load_sample(db: &Db) {
    sample::load(db, &Dictionary::default(), defaults(), "test", "").await.expect("load the sample");
    compact::compact_all(db).await.expect("fold");
}

/// Every row of the roll-ups.
pub(crate) async fn roll_ups(db: &Db) -> Vec<(Vec<i64>, Vec<u8>)> {
    let mut found = Vec::new();
    for (columns, sql) in [
        (2, "SELECT day, line_count, data FROM rollup_days ORDER BY day"),
        (
            5,
            "SELECT kind, currency_id, region_id, channel_id, month, data FROM rollup_months \
             ORDER BY kind, currency_id, region_id, channel_id, month",
        ),
        (1, "SELECT day, data FROM rollup_day_sums ORDER BY day"),
        (3, "SELECT month, buckets, bucket, data FROM rollup_product_lines ORDER BY month, buckets, bucket"),
        (
            2,
            "SELECT month, category_id, data FROM rollup_category_region_lines ORDER BY month, category_id, bucket",
        ),
    ] {
        for row in sqlx::query(sql).fetch_all(&db.pool).await.expect("read the roll-ups") {
            let key = (0..columns).map(|index| row.try_get(index).expect("a number")).collect();
            found.push((key, row.try_get(columns).expect("bytes")));
        }
    }
    assert!(found.len() > 1_000, "four years have more than {} rows", found.len());
    found
}
