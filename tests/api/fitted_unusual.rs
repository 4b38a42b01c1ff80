//! What is unusual, and what is only not over yet.

use std::time::Duration;

use eap_api::{
    db::Db,
    fits::{self, observe::Terms, store},
    money::Currency,
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::fitted::{Store, daily, report};

/// 800 days from 2015-01-01 on: North sells 2 lamps, South 1, but 7 on two days.
fn shop() -> Store {
    Store::with(&daily(800, |day| {
        let south = if day == 30 || day == 700 { 7 } else { 1 };
        format!(
            "N{day},1,C1,P1,Lamp,Light,2,50.00,DATET10:00:00Z,North,online,\n\
             S{day},1,C2,P1,Lamp,Light,{south},50.00,DATET11:00:00Z,South,online,"
        )
    }))
}

#[test]
fn unusual_days_and_weeks_are_found_with_where_they_came_from() {
    let store = shop();
    store.fit();
    let server = store.serve();
    let days = report(&server, "sales/anomalies");
    // Three weeks are learnt from; a day of more than two years ago is judged too.
    assert_eq!((&days["first_judged"], &days["last_judged"]), (&"2015-01-22".into(), &"2017-03-10".into()));
    assert_eq!((&days["found"], &days["anomalies"][1]["label"]), (&2.into(), &"2015-01-31".into()), "{days}");
    let from = |difference: f64| json!([{ "dimension": "region", "name": "South", "difference": difference, "share": 1.0 }]);
    let expected = json!({
        "label": "2016-12-01", "actual": 450.0, "expected": 150.0, "low": 150.0, "high": 150.0, "score": 1000.0,
        "contributions": from(300.0),
    });
    assert_eq!(days["anomalies"][0], expected);

    let weeks = report(&server, "products/anomalies?product=P1");
    // 104 weeks up to the one that ended on Sunday 5 March 2017; ten of them are learnt from.
    assert_eq!((&weeks["first_judged"], &weeks["last_judged"]), (&"2015-05-18".into(), &"2017-02-27".into()));
    let expected = json!({
        "label": "2016-11-28", "product_id": "P1", "product_name": "Lamp",
        "actual": 27.0, "expected": 21.0, "low": 21.0, "high": 21.0, "score": 1000.0, "contributions": from(6.0),
    });
    assert_eq!((&weeks["found"], &weeks["anomalies"]), (&1.into(), &json!([expected])));
}

/// What was fitted of `store`, as its owner in this zone sees it at this instant.
async fn fitted(store: &Store, zone: &str, now: &str) -> impl AsyncFn(&str) -> Value {
    let db = Db::connect(&store.url, 2).await.expect("connect");
    let terms = Terms {
        currency: Currency::from_code("USD").expect("a currency"),
        time_zone: TimeZone::get(zone).expect("a zone"),
        now: now.parse::<Timestamp>().expect("an instant"),
    };
    let settings = fits::Settings { terms, deadline: Duration::from_mins(5) };
    let ended = fits::run(&db, &settings).await.expect("a fit");
    assert!(matches!(ended, fits::Ended::Fitted { .. }), "{ended:?}");
    async move |name: &str| {
        let stored = store::read(&db, name).await.expect("read").expect("a fit");
        let result = stored.result.unwrap_or_else(|refused| panic!("{name}: {refused:?}"));
        serde_json::from_str(&result).expect("JSON")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_of_today_is_not_a_bad_day() {
    // A hundred units a day until Saturday 11 April 2015; on Sunday the shop has sold 5 so far.
    let store = Store::with(&daily(102, |day| {
        let units = if day == 101 { 5 } else { 100 };
        format!("A{day},1,C1,P1,Lamp,Light,{units},1.00,DATET12:00:00Z,North,online,")
    }));
    // Sunday evening in New York, where it is Monday in UTC already.
    let of = fitted(&store, "America/New_York", "2015-04-13T01:00:00Z").await;
    let (day, week) = (of("sales/forecast:day").await, of("sales/forecast:week").await);
    assert_eq!(
        (&day["points"][0]["label"], &week["points"][0]["label"]),
        (&"2015-04-12".into(), &"2015-04-06".into())
    );
    assert_eq!(day["points"][0]["revenue"]["mean"], 100.0);
    let anomalies = of("sales/anomalies").await;
    assert_eq!((&anomalies["last_judged"], &anomalies["anomalies"]), (&"2015-04-11".into(), &json!([])));
    let demand = &of("products/demand").await["rows"][0];
    assert_eq!(
        (&demand["points"][0]["label"], &demand["expected_units"]),
        (&"2015-04-06".into(), &8_400.0.into())
    );
    assert_eq!(of("products/reorder").await["rows"][0]["daily_demand"], 100.0);

    // In UTC it is Monday: a bad Sunday is over.
    let of = fitted(&store, "UTC", "2015-04-13T01:00:00Z").await;
    let anomalies = of("sales/anomalies").await;
    assert_eq!(
        (&anomalies["anomalies"][0]["label"], &anomalies["anomalies"][0]["actual"]),
        (&"2015-04-12".into(), &5.0.into())
    );
    assert_eq!(of("sales/forecast:week").await["points"][0]["label"], "2015-04-13");
}
