use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{defaults, json, sold};
use crate::{
    extract::customers::CustomersRequest,
    queries::customers::{CustomerSales, CustomerSummary, CustomersAnswer},
    reports::{
        customers::CustomersReport,
        rfm::{Scores, Segment, scores},
    },
};

fn request(query: &str) -> CustomersRequest {
    let query = format!("start_date=2024-03-01&end_date=2024-03-31&cohorts=2&{query}");
    CustomersRequest::parse(&query, &defaults()).expect("a request")
}

fn report(answer: &CustomersAnswer) -> CustomersReport {
    CustomersReport::new(&request(""), answer).expect("a report")
}

fn summary(last_sale: i64, orders: i64, net: i64) -> CustomerSummary {
    CustomerSummary { last_sale, orders, net }
}

/// Five customers, each better than the one before in all three ways but the last, who is new.
fn answer() -> CustomersAnswer {
    CustomersAnswer {
        total_customers: 5,
        active_customers: 3,
        new_customers: 1,
        previous_customers: 3,
        retained_customers: 2,
        lifetime_net: 100_001,
        top_customers: vec![CustomerSales {
            customer_id: "@SUM(A1)".into(),
            net: 30_000,
            orders: 2,
            lifetime_net: 60_000,
        }],
        recency_frequency_monetary: vec![
            summary(100, 1, 1_000),
            summary(200, 2, 9_001),
            summary(300, 3, 30_000),
            summary(400, 4, 60_000),
            summary(500, 1, 1_000),
        ],
        other_currencies: BTreeMap::from([("JPY".into(), sold(1, 700, 1))]),
        cohorts: vec![vec![3, 1], vec![1]],
    }
}

#[test]
fn a_full_report_in_json() {
    insta::assert_snapshot!("customers_full", json(&report(&answer())));
}

#[test]
fn rates_are_of_the_previous_period() {
    let report = report(&answer());
    assert_eq!(report.customer_retention_rate.to_string(), "66.67");
    assert_eq!(report.churn_rate.to_string(), "33.33");
    // 1,000.01 ÷ 5 = 200.002.
    assert_eq!(report.avg_customer_lifetime_value.to_string(), "200");
    assert_eq!(report.previous_period.start_date, "2024-01-30");
    assert_eq!(report.previous_period.end_date, "2024-02-29");
}

#[test]
fn an_empty_store_gives_zeros() {
    let empty = CustomersAnswer { cohorts: vec![vec![0, 0], vec![0]], ..CustomersAnswer::default() };
    insta::assert_snapshot!("customers_empty", json(&report(&empty)));
}

#[test]
fn csv_has_the_top_customers() {
    insta::assert_snapshot!("customers_csv", report(&answer()).to_csv());
}

#[test]
fn scores_are_quintiles_by_rank() {
    let score = |recency, frequency, money| Scores { recency, frequency, money };
    // Frequencies 1 1 2 3 4: the two equal ones have nobody below them.
    let expected = [score(1, 1, 1), score(2, 3, 3), score(3, 4, 4), score(4, 5, 5), score(5, 1, 1)];
    let scores = |customers: &[CustomerSummary]| scores(customers).collect::<Vec<_>>();
    assert_eq!(scores(&answer().recency_frequency_monetary), expected);
    assert_eq!(scores(&[summary(7, 9, 5)]), [score(5, 1, 1)]);
    assert_eq!(scores(&[]), []);
}

#[test]
fn every_pair_of_scores_has_its_segment() {
    let table: Vec<String> = (1..=5)
        .rev()
        .map(|recency| {
            let names =
                (1..=5).map(|value| Segment::of(Scores { recency, frequency: value, money: value }).name());
            format!("R{recency}: {}", names.collect::<Vec<_>>().join(", "))
        })
        .collect();
    insta::assert_snapshot!("rfm_segments", table.join("\n"));
    let half = Scores { recency: 5, frequency: 4, money: 3 };
    assert_eq!(Segment::of(half), Segment::Champions);
}

proptest! {
    #[test]
    fn scores_count_who_did_worse(
        values in prop::collection::vec((0..20_i64, 0..5_i64, -50..50_i64), 1..60),
    ) {
        let customers: Vec<CustomerSummary> = values.iter().map(|v| summary(v.0, v.1, v.2)).collect();
        for (score, own) in scores(&customers).zip(&customers) {
            let fifths = |wanted: &dyn Fn(&CustomerSummary) -> bool| {
                u8::try_from(5 * customers.iter().filter(|other| wanted(other)).count() / customers.len()).unwrap()
            };
            let expected = Scores {
                recency: 5 - fifths(&|other| other.last_sale > own.last_sale),
                frequency: 1 + fifths(&|other| other.orders < own.orders),
                money: 1 + fifths(&|other| other.net < own.net),
            };
            prop_assert_eq!(score, expected);
        }
    }
}
