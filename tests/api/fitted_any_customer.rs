//! Any customer that a fit has seen is valued when asked: of the published CDNOW data, against the published figures and
//! against values computed here by another way, on each kind of database.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use serde_json::{Value, json};

use crate::{
    databases,
    fitted::{HEADER, Store, report},
    fitted_customers::{lines, orders},
    http::{get, post},
    program::Server,
};

const PATH: &str = "customers/lifetime-value";

/// The end of the 39 weeks that the published models are of.
fn until() -> Date {
    date(1997, 9, 30)
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

/// The only row of that answer.
fn valued(server: &Server, query: &str) -> Value {
    let answer = report(server, &format!("{PATH}?{query}"));
    let rows = answer["top_customers"].as_array().expect("rows");
    assert_eq!(rows.len(), 1, "{query}: {answer}");
    rows[0].clone()
}

/// What the report says of its models: r, α, a, b and p, q, v.
fn parameters(answer: &Value) -> ([f64; 4], [f64; 3]) {
    let rows = answer["parameters"].as_array().expect("parameters");
    let of = |name: &str| {
        number(&rows.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{answer}"))["value"])
    };
    (["r", "alpha", "a", "b"].map(of), ["p", "q", "v"].map(of))
}

/// A customer's days with a purchase and what was spent on each.
type Days = BTreeMap<Date, f64>;

/// What models see of it: x, tₓ, T, and the mean of the repeat purchases.
fn history(days: &Days) -> (f64, f64, f64, f64) {
    let first = *days.keys().next().expect("a day");
    let last = *days.keys().next_back().expect("a day");
    let since = |day: Date| f64::from(first.until(day).expect("days").get_days());
    let repeats = f64::from(u32::try_from(days.len() - 1).expect("few"));
    let mean = if repeats > 0.0 { days.values().skip(1).sum::<f64>() / repeats } else { 0.0 };
    (repeats, since(last), since(until()), mean)
}

/// P(alive), and the purchases within each of `times`. Given that a customer is still there, its rate is gamma distributed
/// and its probability to leave, p, beta distributed; given p as well, the purchases within t are
/// (1 − (1 + p t / (α + T))^−(r + x)) / p. That is summed over p here, where the service has a hypergeometric function.
fn purchases([r, alpha, a, b]: [f64; 4], days: &Days, times: &[f64]) -> (f64, Vec<f64>) {
    let (x, recency, age, _) = history(days);
    let gone =
        if x > 0.0 { a / (b + x - 1.0) * ((alpha + age) / (alpha + recency)).powf(r + x) } else { 0.0 };
    let alive = 1.0 / (1.0 + gone);
    let steps = 20_000;
    // With p = u^(1/a) the beta density has no pole at 0.
    let points: Vec<(f64, f64)> = (0..steps)
        .map(|step| ((f64::from(step) + 0.5) / f64::from(steps)).powf(1.0 / a))
        .map(|p| (p, (1.0 - p).powf(b + x - 1.0)))
        .collect();
    let weights: f64 = points.iter().map(|(_, weight)| weight).sum();
    let within = |time: &f64| {
        let of = |p: f64| (1.0 - (1.0 + p * time / (alpha + age)).powf(-(r + x))) / p;
        alive * points.iter().map(|(p, weight)| weight * of(*p)).sum::<f64>() / weights
    };
    (alive, times.iter().map(within).collect())
}

/// Compares a customer's row with what follows from the models' parameters.
fn check(row: &Value, models: ([f64; 4], [f64; 3]), days: &Days, horizon: i32, rate: f64) {
    let (of_purchases, [p, q, v]) = models;
    let (x, _, _, mean) = history(days);
    // Ends of months, of a twelfth of 365 days each; the horizon cuts the last one.
    let months = (horizon * 12 + 364) / 365;
    let end = |month: i32| (f64::from(month) * 365.0 / 12.0).min(f64::from(horizon));
    let times: Vec<f64> = (1..=months).map(end).collect();
    let (alive, within) = purchases(of_purchases, days, &times);
    let each = if mean > 0.0 { p * (v + x * mean) / (p * x + q - 1.0) } else { p * v / (q - 1.0) };
    let (mut before, mut value) = (0.0, 0.0);
    for (month, sum) in (1..).zip(&within) {
        value += (sum - before) / (1.0 + rate).powf(f64::from(month) / 12.0) * each;
        before = *sum;
    }
    for (name, expected, digits) in [
        ("alive", alive, 0.000_1),
        ("expected_orders", before, 0.000_1),
        ("expected_value", each, 0.01),
        ("lifetime_value", value, 0.01),
    ] {
        let found = number(&row[name]);
        let near = digits + 2e-4 * expected;
        assert!((found - expected).abs() < near, "{name} {expected} over {horizon} at {rate}: {row}");
    }
}

fn checked(store: &Store) {
    let server = store.serve();
    let all = report(&server, &format!("{PATH}?limit=1000"));
    let models = parameters(&all);
    let published = [0.2426, 4.4135 * 7.0, 0.7929, 2.4258];
    for (found, published) in models.0.iter().zip(published) {
        assert!((found / published - 1.0).abs() < 1e-3, "{found} {published}");
    }

    // Published for x = 2, tₓ = 30.43, T = 38.86 weeks, a mean of 22.35: 1.226 purchases in 39 weeks, P(alive) 0.7266, 24.66 each.
    let one = valued(&server, "customer=1&horizon_days=273&discount_rate=0");
    for (name, published, near) in
        [("expected_orders", 1.226, 1e-3), ("alive", 0.7266, 1e-3), ("expected_value", 24.66, 0.1)]
    {
        assert!((number(&one[name]) - published).abs() < near, "{name}: {one}");
    }
    let undiscounted = number(&one["expected_orders"]) * number(&one["expected_value"]);
    assert!((number(&one["lifetime_value"]) - undiscounted).abs() < 0.02, "{one}");

    // A customer of the list is worth what the list says, to the last digit.
    let top = all["top_customers"].as_array().expect("customers");
    assert_eq!((top.len(), &all["customers"]), (1_000, &2_357.into()));
    for row in [&top[0], &top[500], &top[999]] {
        let id = row["customer_id"].as_str().expect("an id");
        assert_eq!(&valued(&server, &format!("customer={id}")), row);
    }

    // Those far outside are worth what the models say, over any time at any rate.
    let mut customers: BTreeMap<String, Days> = BTreeMap::new();
    for (customer, day, dollars) in orders().into_iter().filter(|one| one.1 <= until()) {
        let spent: f64 = dollars.parse().expect("dollars");
        *customers.entry(customer.to_string()).or_default().entry(day).or_default() += spent;
    }
    let listed = |id: &String| top.iter().any(|row| row["customer_id"] == id.as_str());
    let others: Vec<(&String, &Days)> = customers.iter().filter(|(id, _)| !listed(id)).collect();
    assert_eq!(others.len(), 1_357);
    for (id, days) in others.iter().step_by(97) {
        let row = valued(&server, &format!("customer={id}"));
        assert!(number(&row["lifetime_value"]) <= number(&top[999]["lifetime_value"]), "{row}");
        check(&row, models, days, 365, 0.1);
    }
    for (id, days) in [others[0], others[700], others[1_356]] {
        for (horizon, rate) in [(1, 0.1), (90, 0.0), (400, 0.25), (3_650, 1.0)] {
            let query = format!("customer={id}&horizon_days={horizon}&discount_rate={rate}");
            check(&valued(&server, &query), models, days, horizon, rate);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_customer_is_valued_as_published_and_as_computed_otherwise() {
    let lines = lines(orders().into_iter().filter(|one| one.1 <= until()));
    let mut stores = vec![Store::empty()];
    for (_, server) in databases::servers() {
        stores.push(Store::on_server(&server).await);
    }
    for store in stores {
        let store = store.and(&lines);
        store.fit();
        checked(&store);
    }
}

#[test]
fn a_longer_time_is_worth_more_and_a_higher_discount_less() {
    // And one who had two orders for nothing.
    let free = [1, 8].map(|day| (9_999, date(1997, 4, day), "0.00".to_owned()));
    let store = Store::with(&lines(orders().into_iter().chain(free)));
    store.fit();
    let server = store.serve();
    let worth = |days: i32, rate: f64| {
        let row = valued(&server, &format!("customer=1&horizon_days={days}&discount_rate={rate}"));
        number(&row["lifetime_value"])
    };
    // A month has 30.4 days: those around its end as well.
    let longer = [10, 30, 31, 61, 365, 400, 3_650].map(|days| worth(days, 0.5));
    assert!(longer.is_sorted_by(|one, next| one < next) && longer[0] > 0.0, "{longer:?}");
    let higher = [0.0, 0.05, 0.1, 1.0].map(|rate| worth(365, rate));
    assert!(higher.is_sorted_by(|one, next| one > next), "{higher:?}");

    // Of all customers nothing is said by the terms of one.
    let own = report(&server, &format!("{PATH}?customer=1&horizon_days=30&discount_rate=0.5"));
    assert_eq!((&own["horizon_days"], &own["discount_rate_yearly"]), (&30.into(), &0.5.into()));
    assert_eq!((&own["segments"], &own["distribution"]), (&json!([]), &json!([])));
    let all = report(&server, PATH);
    assert_eq!((&all["customers"], &all["repeat_customers"]), (&2_358.into(), &1_140.into()));
    let same = report(&server, &format!("{PATH}?customer=1&horizon_days=365&discount_rate=0.1"));
    for member in
        ["horizon_days", "discount_rate_yearly", "segments", "distribution", "holdout", "parameters"]
    {
        assert_eq!(all[member], same[member], "{member}");
    }
    let csv = format!("/api/v1/analytics/{PATH}?customer=1&horizon_days=30&discount_rate=0.5&format=csv");
    let csv = get(server.address, &csv).text();
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(csv.lines().next_back().is_some_and(|line| line.starts_with("1,")), "{csv}");
}

#[test]
fn wrong_terms_are_named_at_once_and_nobody_is_an_empty_list() {
    let store = Store::with(&lines(orders().into_iter()));
    let server = store.serve();
    let rows = |query: &str| report(&server, &format!("{PATH}?{query}"))["top_customers"].clone();
    assert_eq!(rows("customer=1"), Value::Null, "before the first fit");
    store.fit();
    let path =
        format!("/api/v1/analytics/{PATH}?customer=1&horizon_days=0&discount_rate=1.5&limit=0&until=2030");
    let refused = get(server.address, &path);
    assert_eq!((refused.status, refused.header("content-type")), (400, "application/problem+json"));
    let errors = refused.json()["errors"].clone();
    let fields = errors.as_array().expect("a list").iter().map(|one| one["field"].as_str().expect("a name"));
    assert_eq!(
        fields.collect::<Vec<_>>(),
        ["horizon_days", "discount_rate", "limit", "until"],
        "{}",
        refused.text()
    );

    assert_eq!(rows("customer=nobody"), json!([]));
    let before = rows("customer=1&horizon_days=30");
    // Who came after the fit is known to the next one, which replaces what was known of others.
    let order = |id: &str, customer: &str| {
        format!("{id},1,{customer},P1,Disc,Music,1,20.00,1998-06-30T12:00:00Z,North,online,\n")
    };
    let arrived = HEADER.to_owned() + &order("N1", "1") + &order("N2", "newcomer");
    assert_eq!(post(server.address, "/api/v1/orders", "text/csv", arrived.as_bytes()).status, 200);
    assert_eq!(rows("customer=newcomer"), json!([]));
    assert_eq!(rows("customer=1&horizon_days=30"), before, "the numbers before");
    store.fit();
    assert_eq!(rows("customer=newcomer")[0]["orders"], 1);
    let after = &rows("customer=1&horizon_days=30")[0];
    assert_eq!(after["orders"].as_u64(), before[0]["orders"].as_u64().map(|orders| orders + 1));
    assert!(number(&after["alive"]) > number(&before[0]["alive"]), "{after} {before}");
}
