use std::collections::BTreeMap;

use super::{defaults, json, sold};
use crate::{
    extract::{Span, products::ProductsRequest},
    queries::{
        products::{BestProduct, ProductsAnswer},
        sales::ProductSales,
    },
    reports::products::{
        AbcClass::{self, A, B, C},
        ProductsReport,
    },
    rollup::measures::Measures,
};

fn report(query: &str, answer: &ProductsAnswer) -> ProductsReport {
    ProductsReport::new(&ProductsRequest::parse(query, &defaults()).expect(query), answer).expect("a report")
}

/// The products at these places, in this order.
fn best(places: &[usize]) -> Vec<BestProduct> {
    let products = sums();
    let product = |place: usize| {
        let id = ["a", "b", "c", "d", "e", "f"][place].to_owned();
        let (name, category, measures) = (format!("Name of {id}"), "Toys".into(), products[place]);
        BestProduct { place, sales: ProductSales { product_id: id, name, category, measures } }
    };
    places.iter().map(|place| product(*place)).collect()
}

/// Every place.
const ALL: [usize; 6] = [0, 1, 2, 3, 4, 5];

/// 1,000.00 of positive revenue: 500 + 300 + 150 + 49 + 1, and one product that was only returned.
fn sums() -> [Measures; 6] {
    [
        Measures { discounts: 10_000, ..sold(7, 60_000, 3) },
        sold(30, 30_000, 2),
        sold(1, 15_000, 1),
        sold(2, 4_900, 2),
        sold(1, 100, 1),
        Measures { units_returned: 1, returns: 2_000, ..Measures::default() },
    ]
}

fn with_best(places: &[usize]) -> ProductsAnswer {
    ProductsAnswer {
        nets: sums().iter().map(Measures::net).collect(),
        best: best(places),
        by_category: BTreeMap::from([
            ("Books".into(), sold(1, 15_000, 1)),
            ("Games".into(), sold(1, 15_000, 1)),
            ("Toys".into(), sold(32, 68_000, 7)),
        ]),
        // 2024-03-30T23:30+01:00 to 2024-04-02T00:30+02:00: four days of Berlin, three of UTC.
        observed: Some(Span { start: 1_711_837_800, end: 1_712_010_600 }),
        other_currencies: BTreeMap::from([("JPY".into(), sold(1, 700, 1))]),
    }
}

#[test]
fn a_full_report_in_json() {
    insta::assert_snapshot!("products_full", json(&report("", &with_best(&ALL))));
}

#[test]
fn an_empty_store_gives_zeros() {
    insta::assert_snapshot!("products_empty", json(&report("", &ProductsAnswer::default())));
}

#[test]
fn csv_has_the_best_products() {
    insta::assert_snapshot!("products_csv", report("sort=quantity&limit=3", &with_best(&[1, 0, 3])).to_csv());
}

#[test]
fn classes_go_by_the_revenue_before_a_product() {
    let report = report("", &with_best(&ALL));
    let classes: Vec<AbcClass> =
        report.top_performing_products.iter().map(|product| product.abc_class).collect();
    // Before them: 0, 50 %, 80 % exactly, 95 % exactly, 99.9 %; the last has no revenue.
    assert_eq!(classes, [A, A, B, C, C, C]);
}

#[test]
fn classes_and_shares_are_those_among_all_products() {
    let report = report("sort=orders&limit=2", &with_best(&[3, 1]));
    let found: Vec<(&str, AbcClass, String)> = report
        .top_performing_products
        .iter()
        .map(|p| (p.product_id.as_str(), p.abc_class, p.revenue_share.to_string()))
        .collect();
    // Of 980.00 net: 49 is 5.00 %, 300 is 30.61 %.
    assert_eq!(found, [("d", AbcClass::C, "5".to_owned()), ("b", AbcClass::A, "30.61".to_owned())]);
    assert_eq!(report.total_products, 6);
}

#[test]
fn velocity_counts_days_of_the_zone() {
    let velocity =
        |query: &str| report(query, &with_best(&ALL)).top_performing_products[0].velocity.to_string();
    assert_eq!(velocity(""), "1.75");
    assert_eq!(velocity("tz=UTC"), "2.3333");
}
