//! What is fitted of customers, from the published CDNOW data: through import, roll-ups, fit and HTTP.

use std::{collections::BTreeSet, fmt::Write as _, fs::File, io::Read as _};

use eap_api::models::clv::{
    Family, History, Model,
    spend::Spend,
    summary::{Purchase, Window, summarise},
};
use jiff::civil::{Date, date};

use crate::{
    fitted::{Store, report},
    http::get,
    program,
};

const CDNOW: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/models/CDNOW_sample.txt.gz");

/// Customer, day and dollars of each order.
pub(crate) fn orders() -> Vec<(u64, Date, String)> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(File::open(CDNOW).expect("the file"))
        .read_to_string(&mut text)
        .expect("UTF-8");
    let order = |line: &str| {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let day = Date::strptime("%Y%m%d", cells[2]).expect("a date");
        (cells[1].parse().expect("a number"), day, cells[4].to_owned())
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(order).collect()
}

/// The lines of a CSV of an import.
pub(crate) fn lines(orders: impl Iterator<Item = (u64, Date, String)>) -> String {
    let mut lines = String::new();
    for (number, (customer, day, dollars)) in orders.enumerate() {
        writeln!(lines, "O{number},1,{customer},P1,Disc,Music,1,{dollars},{day}T12:00:00Z,North,online,")
            .expect("a string grows");
    }
    lines
}

#[test]
fn the_second_half_of_cdnow_is_predicted_as_by_lifetimes() {
    let store = Store::with(&lines(orders().into_iter()));
    store.fit();
    let server = store.serve();
    let answer = report(&server, "customers/lifetime-value");
    let holdout = &answer["holdout"];
    assert_eq!(
        (&holdout["days"], &holdout["customers"], &holdout["actual"]),
        (&273.into(), &2357.into(), &1882.0.into())
    );
    // lifetimes 0.11.3 on the same weeks: 1653.41 expected, MAE 0.785454, RMSE 1.607982.
    for (name, published) in [
        ("expected", 1_653.408_724),
        ("mean_absolute_error", 0.785_454_243),
        ("root_mean_squared_error", 1.607_982_012),
    ] {
        let found = holdout[name].as_f64().expect(name);
        assert!((found / published - 1.0).abs() < 1e-4, "{name}: {holdout}");
    }
}

#[test]
fn who_leaves_is_told_where_all_orders_have_one_price() {
    // The 39 weeks that the published model is of, an order for each day with one.
    let until = date(1997, 9, 30);
    let days: BTreeSet<(u64, Date)> =
        orders().into_iter().filter(|one| one.1 <= until).map(|one| (one.0, one.1)).collect();
    let paid = days.iter().map(|(customer, day)| (*customer, *day, "10.00".to_owned()));
    let store = Store::with(&lines(paid));
    let ended = program::run(&store.url, &["fit"]);
    let said: Vec<&str> = ended.stdout.lines().collect();
    assert!(said[0].starts_with("fitted ") && said[0].ends_with(" reports at data version 1"), "{ended:?}");
    assert!(said.contains(&"no_variation customers/lifetime-value: mean amounts must vary"), "{ended:?}");
    assert!(said[1..].iter().any(|line| line.starts_with("too_little_data ")), "{ended:?}");
    let server = store.serve();
    let one = report(&server, "customers/lifetime-value?customer=1&horizon_days=30");
    assert_eq!((&one["status"], &one["top_customers"]), (&"no_variation".into(), &serde_json::Value::Null));
    let value = report(&server, "customers/lifetime-value");
    assert_eq!(
        (&value["status"], &value["reason"]),
        (&"no_variation".into(), &"mean amounts must vary".into())
    );

    // The published parameters, α in days.
    let parameters = [0.2426, 4.4135 * 7.0, 0.7929, 2.4258];
    let model = Model { family: Family::BetaGeometric, parameters };
    let number = |day: Date| date(1970, 1, 1).until(day).expect("days").get_days();
    let purchases =
        days.iter().map(|(customer, day)| Purchase { customer: *customer, day: number(*day), amount: 10.0 });
    let end = number(until);
    let window = Window { calibration_end: end, observation_end: end, days_per_unit: 1.0 };
    let alive = |history: History| model.probability_alive(history).expect("a probability");
    let summaries = summarise(purchases.collect(), window);
    assert!(summaries.iter().all(|one| one.spend == Spend { purchases: one.history.frequency, ..one.spend }));
    let expected: f64 = summaries.iter().map(|one| alive(one.history)).sum();
    let churn = report(&server, "customers/churn?limit=1000");
    let found = churn["expected_alive"].as_f64().expect("a number");
    assert!((found / expected - 1.0).abs() < 1e-3, "{found} {expected}");
    let at_risk = churn["at_risk"].as_array().expect("rows");
    let gone = summaries.iter().filter(|one| one.history.frequency > 0 && alive(one.history) < 0.499).count();
    assert!(at_risk.len() >= gone && gone > 100, "{} {gone}", at_risk.len());
    assert!(at_risk.iter().all(|row| row["alive"].as_f64() < Some(0.5)));

    // Each customer is new in one month, and came by one channel.
    let csv =
        get(server.address, "/api/v1/analytics/customers/churn?format=csv&table=acquisition&limit=1000")
            .text();
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("month,channel,customers"));
    let counts = lines.map(|line| line.rsplit(',').next().and_then(|count| count.parse::<u64>().ok()));
    assert_eq!(counts.map(|count| count.expect("a count")).sum::<u64>(), 2_357, "{csv}");
    let years = report(&server, "customers/cohorts?granularity=year");
    assert_eq!(years["cohorts"][0]["active"], serde_json::json!([2357]));
}
