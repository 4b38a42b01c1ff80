//! Stores that nobody thinks of first: empty, only refunds, one customer, one product, all on one day, ten years. Every
//! report keeps what the `OpenAPI` document promises, and every number can be what it says it is.

use serde_json::{Value, json};

use crate::{
    fitted::{REPORTS, Store, daily, report},
    http::get,
    program::Server,
    promised::Promises,
};

/// A store, and what stands in its reports.
struct Odd {
    name: &'static str,
    lines: String,
    /// Net revenue, orders with a sale, the mean of these, customers with a sale, products with a line.
    totals: [f64; 5],
    /// The reports without numbers, and why.
    refused: Vec<(String, &'static str)>,
}

/// What forty days are too short for, and equal prices.
const OF_FORTY_DAYS: [&str; 4] = [
    "customers/lifetime-value",
    "products/elasticity",
    "products/anomalies",
    "sales/forecast?granularity=month",
];

fn too_little(reports: &[&str]) -> Vec<(String, &'static str)> {
    reports.iter().map(|asked| ((*asked).to_owned(), "too_little_data")).collect()
}

/// Where nobody has bought anything, there is nothing to learn from.
fn all_but(known: &[&str]) -> Vec<(String, &'static str)> {
    let asked = questions().into_iter().filter(|asked| !known.contains(&asked.as_str()));
    asked.map(|asked| (asked, "too_little_data")).collect()
}

fn stores() -> [Odd; 6] {
    let line = |day: i32, customer: i32, product: i32, units: i32| {
        format!("A{day},1,C{customer},P{product},Lamp,Light,{units},10.00,DATET10:00:00Z,North,online,")
    };
    let one_day = daily(30, |order| line(order, order % 5, order % 3, 2).replace("DATE", "2024-01-31"));
    [
        Odd { name: "empty", lines: String::new(), totals: [0.0; 5], refused: all_but(&[]) },
        Odd {
            name: "only refunds",
            lines: "A1,1,C1,P1,Lamp,Light,2,10.00,2024-01-31T10:00:00Z,North,online,true\n".to_owned(),
            totals: [-20.0, 0.0, 0.0, 0.0, 1.0],
            refused: all_but(&["products/classes"]),
        },
        Odd {
            name: "one day",
            lines: one_day,
            totals: [600.0, 30.0, 20.0, 5.0, 3.0],
            refused: too_little(&[
                "customers/lifetime-value",
                "products/elasticity",
                "products/reorder",
                "products/demand",
                "products/anomalies",
                "sales/forecast?granularity=day",
                "sales/forecast?granularity=week",
                "sales/forecast?granularity=month",
                "sales/anomalies",
            ]),
        },
        Odd {
            name: "one customer",
            lines: daily(40, |day| line(day, 1, day % 3, 2)),
            totals: [800.0, 40.0, 20.0, 1.0, 3.0],
            refused: too_little(&OF_FORTY_DAYS),
        },
        Odd {
            name: "one product",
            lines: daily(40, |day| line(day, day % 7, 1, 2)),
            totals: [800.0, 40.0, 20.0, 7.0, 1.0],
            refused: too_little(&OF_FORTY_DAYS),
        },
        Odd {
            name: "ten years",
            lines: daily(3_653, |day| line(day, day % 400, day % 20, 1 + day % 7)),
            // 521 weeks of 1 + … + 7 units and six days more.
            totals: [146_090.0, 3_653.0, 39.99, 400.0, 20.0],
            // Everybody buys each 400 days: no model of chance has that, and prices never change.
            refused: vec![
                ("customers/lifetime-value".to_owned(), "not_converged"),
                ("products/elasticity".to_owned(), "too_little_data"),
            ],
        },
    ]
}

/// Every fitted report of every grain, as asked.
fn questions() -> Vec<String> {
    let grains = [
        ("sales/forecast", ["day", "week", "month"].as_slice()),
        ("customers/cohorts", &["month", "week", "quarter", "year"]),
    ];
    let of = |path: &str| grains.iter().find(|(grained, _)| *grained == path).map_or(&[][..], |one| one.1);
    REPORTS
        .iter()
        .flat_map(|path| match of(path) {
            [] => vec![(*path).to_owned()],
            widths => widths.iter().map(|width| format!("{path}?granularity={width}")).collect(),
        })
        .collect()
}

#[test]
fn odd_stores_get_sensible_answers() {
    for store in stores() {
        let fitted = Store::with(&store.lines);
        let server = fitted.serve();
        let promises = Promises::of(&server);
        for path in REPORTS {
            let before = report(&server, path);
            assert_eq!((&before["status"], &before["as_of"]), (&"pending".into(), &Value::Null), "{path}");
            check_fitted(&promises, path, &before);
        }
        check_counted(&promises, &server, &store);
        fitted.fit();
        let mut refused = Vec::new();
        for asked in questions() {
            let answer = report(&server, &asked);
            assert!(answer["method"].is_string() && answer["as_of"].is_string(), "{} {asked}", store.name);
            check_fitted(&promises, &asked, &answer);
            let status = answer["status"].as_str().expect("a status");
            if status != "fitted" {
                refused.push((asked.clone(), status.to_owned()));
            }
            let csv = asked.replace('?', "?format=csv&");
            let csv = if csv == asked { asked + "?format=csv" } else { csv };
            let csv = get(server.address, &format!("/api/v1/analytics/{csv}"));
            let text = csv.text();
            let wrong = ["NaN", "inf", "null"].iter().find(|wrong| text.contains(**wrong));
            assert_eq!((csv.status, wrong), (200, None), "{}: {text}", store.name);
        }
        let expected = store.refused.iter().map(|(asked, status)| (asked.clone(), (*status).to_owned()));
        assert_eq!(refused, expected.collect::<Vec<_>>(), "{}", store.name);
        assert_eq!(get(server.address, "/api/v1/analytics/sales/forecast?granularity=hour").status, 400);
    }
}

/// What is fitted is of the shape that is promised; what is not says why, and no number.
fn check_fitted(promises: &Promises, asked: &str, answer: &Value) {
    let path = asked.split('?').next().expect("a path");
    let shape = promises.shape(&format!("/api/v1/analytics/{path}"));
    let is_fitted = answer["status"] == "fitted";
    assert_eq!(is_fitted || answer["status"] == "pending", answer["reason"].is_null(), "{asked}: {answer}");
    let broken = promises.broken(shape, answer);
    if is_fitted {
        assert_eq!(broken, None, "{asked}");
        check_ranges(asked, answer);
    } else {
        let standing = json!({ "$ref": "#/components/schemas/Standing" });
        assert_eq!(promises.broken(&standing, answer), None, "{asked}");
    }
}

/// A probability is one, and what is expected lies between its ends.
fn check_ranges(at: &str, value: &Value) {
    const SHARES: [&str; 8] = [
        "alive",
        "churn_rate",
        "retention",
        "coverage",
        "support",
        "confidence",
        "reverse_confidence",
        "r_squared",
    ];
    match value {
        Value::Array(items) => items.iter().for_each(|item| check_ranges(at, item)),
        Value::Object(members) => {
            let number = |name: &str| members.get(name).and_then(Value::as_f64);
            if let (Some(low), Some(high)) = (number("low"), number("high")) {
                let mean = number("mean").or(number("share")).or(number("expected")).unwrap_or(low);
                assert!(low <= mean && mean <= high, "{at}: {value}");
            }
            for (name, member) in members {
                let listed = member.as_array().map_or(std::slice::from_ref(member), Vec::as_slice);
                let mut numbers = listed.iter().filter_map(Value::as_f64);
                let is_share = SHARES.contains(&name.as_str());
                assert!(
                    !is_share || numbers.all(|share| (0.0..=1.0).contains(&share)),
                    "{at} {name}: {member}"
                );
                check_ranges(&format!("{at}.{name}"), member);
            }
        }
        _ => {}
    }
}

/// The three reports that are counted, and what the dashboard asks first.
fn check_counted(promises: &Promises, server: &Server, store: &Odd) {
    const YEARS: &str = "start_date=2014-01-01&end_date=2024-12-31";
    let name = store.name;
    let ask = |path: &str, query: &str| {
        let answer = report(server, &format!("{path}?{query}"));
        let shape = promises.shape(&format!("/api/v1/analytics/{path}"));
        assert_eq!(promises.broken(shape, &answer), None, "{name} {path}");
        answer
    };
    let sales = ask("sales", &format!("{YEARS}&granularity=year&compare=previous_year"));
    let customers = ask("customers", YEARS);
    let products = ask("products", "");
    let found = [
        &sales["total_revenue"],
        &sales["total_transactions"],
        &sales["avg_transaction_value"],
        &customers["active_customers"],
        &products["total_products"],
    ];
    let found = found.map(|value| value.as_f64().expect("a number"));
    let near = found.iter().zip(&store.totals).all(|(found, total)| (found - total).abs() < 1e-9);
    assert!(near, "{name}: {found:?}");
    let years = sales["series"].as_array().expect("a series");
    let sum: f64 = years.iter().filter_map(|year| year["revenue"].as_f64()).sum();
    assert!(years.len() == 11 && (sum - store.totals[0]).abs() < 1e-6, "{name}: {years:?}");
    assert_eq!(products["total_revenue"], sales["total_revenue"], "{name}");
    for rate in ["customer_retention_rate", "churn_rate"] {
        let rate = customers[rate].as_f64().expect("a rate");
        assert!((0.0..=100.0).contains(&rate), "{name}: {customers}");
    }
    let context = get(server.address, "/dashboard/context").json();
    let has_days = [&context["first_day"], &context["last_day"]].map(Value::is_string);
    assert_eq!(has_days, [!store.lines.is_empty(); 2], "{name}: {context}");
}
