use std::collections::BTreeMap;

use super::{defaults, json, sold};
use crate::{
    extract::sales::SalesRequest,
    queries::sales::{ProductSales, SalesAnswer},
    reports::sales::SalesReport,
    rollup::measures::Measures,
};

fn request(query: &str) -> SalesRequest {
    SalesRequest::parse(&format!("start_date=2024-03-30&end_date=2024-03-31&{query}"), &defaults())
        .expect(query)
}

/// 100.00 gross − 5.01 discounts − 9.99 returns = 85.00 net in 3 orders, 28.33 each.
fn totals() -> Measures {
    Measures { units_sold: 5, units_returned: 1, gross: 10_000, discounts: 501, returns: 999, orders: 3 }
}

fn answer() -> SalesAnswer {
    SalesAnswer {
        totals: totals(),
        customers: 2,
        by_region: BTreeMap::from([
            ("West".into(), sold(3, 5_005, 2)),
            ("O'Neill \"x\"".into(), sold(1, 3_495, 1)),
        ]),
        by_channel: BTreeMap::from([("online".into(), totals())]),
        by_category: BTreeMap::from([("Toys".into(), totals())]),
        top_products: vec![
            ProductSales {
                product_id: "p-1".into(),
                name: "=HYPERLINK(\"http://x\")".into(),
                category: "Toys, old".into(),
                measures: totals(),
            },
            ProductSales {
                product_id: "-2".into(),
                name: "Ball".into(),
                category: "Toys".into(),
                measures: Measures { units_returned: 2, returns: 150, ..Measures::default() },
            },
        ],
        series: vec![totals(), Measures::default()],
        other_currencies: BTreeMap::from([
            ("JPY".into(), sold(1, 1_200, 1)),
            ("KWD".into(), sold(1, 1_234, 1)),
        ]),
    }
}

#[test]
fn a_full_report_in_json() {
    let request = request("granularity=day&compare=previous_period");
    // 40.00 in one order of a guest.
    let before = SalesAnswer { totals: sold(2, 4_000, 1), ..SalesAnswer::default() };
    let report = SalesReport::new(&request, &answer(), Some(&before)).expect("a report");
    insta::assert_snapshot!("sales_full", json(&report));
}

#[test]
fn changes_are_against_the_earlier_range() {
    let request = request("compare=previous_year");
    let before = SalesAnswer { totals: sold(2, 4_000, 1), ..SalesAnswer::default() };
    let report = SalesReport::new(&request, &answer(), Some(&before)).expect("a report");
    let comparison = report.comparison.expect("a comparison");
    assert_eq!((comparison.start_date.as_str(), comparison.end_date.as_str()), ("2023-03-30", "2023-03-31"));
    let change = |name: &str| {
        let change = &comparison.change[name];
        (change.absolute.to_string(), change.percent.map(|percent| percent.to_string()))
    };
    // (85 − 40) ÷ 40; (28.33 − 40) ÷ 40 = −29.175 %, away from zero; nothing to divide by.
    assert_eq!(change("total_revenue"), ("45".into(), Some("112.5".into())));
    assert_eq!(change("avg_transaction_value"), ("-11.67".into(), Some("-29.18".into())));
    assert_eq!(change("distinct_customers"), ("2".into(), None));
    assert_eq!(change("returns"), ("9.99".into(), None));
    assert_eq!(change("units"), ("2".into(), Some("100".into())));
}

#[test]
fn an_empty_store_gives_zeros() {
    let report = SalesReport::new(&request(""), &SalesAnswer::default(), None).expect("a report");
    insta::assert_snapshot!("sales_empty", json(&report));
}

#[test]
fn csv_has_the_series_or_the_top_products() {
    let series = SalesReport::new(&request("granularity=day"), &answer(), None).expect("a report");
    insta::assert_snapshot!("sales_series_csv", series.to_csv());
    let products = SalesReport::new(&request(""), &answer(), None).expect("a report");
    insta::assert_snapshot!("sales_products_csv", products.to_csv());
}

#[test]
fn a_stored_currency_that_is_none_fails_loudly() {
    let odd = SalesAnswer {
        other_currencies: BTreeMap::from([("ZZZ".into(), Measures::default())]),
        ..SalesAnswer::default()
    };
    let error = SalesReport::new(&request(""), &odd, None).expect_err("no such currency");
    assert!(format!("{error:#}").contains("ZZZ"), "{error:#}");
}
