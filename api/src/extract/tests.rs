//! Query strings as clients send them, good and bad.

use jiff::civil::date;

use super::{
    customers::CustomersRequest, fitted::FittedRequest, products::ProductsRequest, sales::SalesRequest, *,
};
use crate::{error::FieldError, fits::Report};

/// 2024-03-10T23:30Z: already the 11th in Berlin.
fn defaults() -> Defaults {
    Defaults {
        time_zone: TimeZone::get("Europe/Berlin").expect("a zone"),
        currency: Currency::from_code("EUR").expect("a currency"),
        now: "2024-03-10T23:30:00Z".parse().expect("an instant"),
    }
}

fn sales(query: &str) -> SalesRequest {
    SalesRequest::parse(query, &defaults()).expect(query)
}

fn problems(query: &str) -> Vec<FieldError> {
    SalesRequest::parse(query, &defaults()).expect_err(query)
}

/// Names of the parameters that are refused.
fn refused(query: &str) -> Vec<String> {
    problems(query).into_iter().map(|problem| problem.field).collect()
}

#[test]
fn nothing_asked_is_the_last_30_days_of_the_store() {
    let request = sales("");
    assert_eq!(request.range.start_date, date(2024, 2, 11));
    assert_eq!(request.range.end_date, date(2024, 3, 11));
    assert_eq!(request.range.zone_name(), "Europe/Berlin");
    assert_eq!(request.range.days(), 30);
    assert_eq!((request.currency.code(), request.limit), ("EUR", 10));
    assert!(request.series.is_none() && request.comparison.is_none());
    assert_eq!(sales("tz=UTC").range.end_date, date(2024, 3, 10));
}

#[test]
fn one_date_implies_the_other() {
    assert_eq!(sales("start_date=2024-03-01").range.end_date, date(2024, 3, 11));
    assert_eq!(sales("end_date=2023-01-30").range.start_date, date(2023, 1, 1));
}

#[test]
fn the_whole_question_is_read() {
    let request = sales(
        "start_date=2024-03-30&end_date=2024-03-31&tz=europe/berlin&region=UK&region=DE&channel=online\
         &category=Toys+%26+Games&product=A%2FB&currency=usd&granularity=day&compare=previous_year&limit=1000\
         &sort=orders&format=csv",
    );
    let question = request.question();
    // 2024-03-30T00:00+01:00 to 2024-04-01T00:00+02:00: 47 hours.
    assert_eq!(question.span, Span { start: 1_711_753_200, end: 1_711_753_200 + 47 * 3_600 });
    assert_eq!(question.filters.regions, ["DE", "UK"]);
    assert_eq!(question.filters.channels, ["online"]);
    assert_eq!(question.filters.categories, ["Toys & Games"]);
    assert_eq!(question.filters.products, ["A/B"]);
    assert_eq!((question.currency.as_str(), question.limit), ("USD", 1_000));
    assert_eq!((question.buckets.len(), question.sort), (2, ProductSort::Orders));
    assert_eq!((request.format, request.range.zone_name()), (Format::Csv, "Europe/Berlin"));
    let before = request.comparison_question().expect("a comparison");
    // 2023-03-30T00:00+02:00, two days of summer time.
    assert_eq!(before.span, Span { start: 1_680_127_200, end: 1_680_127_200 + 48 * 3_600 });
    assert_eq!((before.limit, before.buckets.len(), before.filters), (0, 0, question.filters));
}

#[test]
fn quotes_and_sql_are_values_like_any_other() {
    let request =
        sales("region='+OR+1%3D1--&category=%22%3B+DROP+TABLE+orders%3B&channel=&product=%E6%BC%A2");
    assert_eq!(request.filters.regions, ["' OR 1=1--"]);
    assert_eq!(request.filters.categories, ["\"; DROP TABLE orders;"]);
    assert_eq!(request.filters.channels, [""]);
    assert_eq!(request.filters.products, ["漢"]);
}

#[test]
fn all_problems_are_reported_together() {
    let found = problems(
        "start_date=2024-02-30&end_date=tomorrow&tz=Mars/Olympus&currency=DOGE&granularity=decade\
         &compare=never&limit=0&limit=5&sort=%27&format=xml&regoin=UK&region=%ZZ&channel=%FF",
    );
    let lines: Vec<String> = found.iter().map(|p| format!("{}: {}", p.field, p.reason)).collect();
    insta::assert_snapshot!("all_problems", lines.join("\n"));
}

#[test]
fn each_rule_about_dates() {
    for (query, field) in [
        ("start_date=2024-03-02&end_date=2024-03-01", "start_date"),
        ("start_date=2024-03-12", "start_date"),
        ("start_date=1900-01-01&end_date=2000-01-01", "start_date"),
        ("start_date=1899-12-31&end_date=1900-01-01", "start_date"),
        ("start_date=0001-01-01", "start_date"),
        ("end_date=9999-12-31", "end_date"),
        ("end_date=20240301", "end_date"),
        ("end_date=2024-3-1", "end_date"),
        ("end_date=2024-03-01T00:00", "end_date"),
        ("end_date=%2B2024-03-1", "end_date"),
        ("end_date=", "end_date"),
    ] {
        assert_eq!(refused(query), [field], "{query}");
    }
    assert_eq!(sales("start_date=1900-01-01&end_date=1999-12-31").range.days(), 36_524);
}

#[test]
fn each_rule_about_the_others() {
    for (query, field) in [
        ("limit=1001", "limit"),
        ("limit=%2B5", "limit"),
        ("limit=5.0", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("tz=Etc/Unknown", "tz"),
        ("tz=", "tz"),
        ("currency=XAU", "currency"),
        ("sort=Revenue", "sort"),
        ("format=json&format=json", "format"),
        ("start_date=1990-01-01&granularity=hour", "granularity"),
        ("REGION=UK", "REGION"),
        ("cohorts=3", "cohorts"),
        ("=x", ""),
    ] {
        assert_eq!(refused(query), [field], "{query}");
    }
    let many: Vec<String> = (0..101).map(|n| format!("region=r{n}")).collect();
    assert_eq!(refused(&many.join("&")), ["region"]);
    assert_eq!(sales(&many[..100].join("&")).filters.regions.len(), 100);
}

#[test]
fn the_key_follows_the_meaning_and_not_the_spelling() {
    let key = sales("region=UK&region=DE&end_date=2024-03-11").key();
    assert_eq!(key, sales("limit=10&region=DE&region=UK&region=UK").key());
    for other in
        ["region=UK", "region=UK&region=DE&format=csv", "region=UK&channel=DE", "region=UK%22,+%22DE"]
    {
        assert_ne!(key, sales(other).key(), "{other}");
    }
}

#[test]
fn customers_look_back_and_have_twelve_cohorts() {
    let request =
        CustomersRequest::parse("start_date=2024-03-01&end_date=2024-03-10", &defaults()).expect("fine");
    let question = request.question();
    assert_eq!(question.previous.end, question.span.start);
    assert_eq!(request.previous.start_date, date(2024, 2, 20));
    assert_eq!(question.cohort_months.len(), 12);
    assert_eq!(request.cohorts[0].label, "2023-04");
    assert_eq!(question.cohort_months[11].end, question.span.end);
    let refused =
        CustomersRequest::parse("cohorts=121&granularity=day", &defaults()).expect_err("two problems");
    assert_eq!(refused.iter().map(|p| p.field.as_str()).collect::<Vec<_>>(), ["cohorts", "granularity"]);
}

#[test]
fn products_are_of_all_time_unless_told_otherwise() {
    let parse = |query: &str| ProductsRequest::parse(query, &defaults()).expect("fine");
    assert_eq!(parse("").question().span, None);
    let since = parse("start_date=2024-03-01");
    assert_eq!((since.start_date, since.end_date), (Some(date(2024, 3, 1)), Some(date(2024, 3, 11))));
    let until = parse("end_date=2024-03-01&tz=UTC");
    assert_eq!((until.start_date, until.span.map(|span| span.end)), (None, Some(1_709_337_600)));
    let refused = ProductsRequest::parse("start_date=2025-01-01&compare=x", &defaults()).expect_err("two");
    assert_eq!(refused.iter().map(|p| p.field.as_str()).collect::<Vec<_>>(), ["start_date", "compare"]);
}

#[test]
fn a_customer_is_valued_over_the_time_and_at_the_discount_that_are_asked() {
    let parse = |query: &str| FittedRequest::parse(Report::LifetimeValue, query);
    let asked = |query: &str| {
        parse(query).expect(query).valued.map(|one| (one.customer, one.horizon_days, one.discount_rate))
    };
    assert_eq!(asked(""), None);
    assert_eq!(asked("customer=C1"), Some(("C1".to_owned(), 365, 0.1)));
    assert!(!parse("customer=C1&horizon_days=365&discount_rate=0.10").unwrap().valued.unwrap().differs());
    for (days, rate) in [(1, 0.0), (3_650, 1.0), (90, 0.1)] {
        let query = format!("customer=C1&horizon_days={days}&discount_rate={rate}");
        assert_eq!(asked(&query), Some(("C1".to_owned(), days, rate)));
        assert!(parse(&query).unwrap().valued.unwrap().differs());
    }
    let refused = |query: &str| {
        let problems = parse(query).expect_err(query);
        problems.into_iter().map(|problem| problem.field).collect::<Vec<_>>()
    };
    let both = ["horizon_days", "discount_rate"];
    for wrong in [
        "customer=C1&horizon_days=0&discount_rate=1.01",
        "customer=C1&horizon_days=3651&discount_rate=-0.1",
        "customer=C1&horizon_days=1e2&discount_rate=1e-1",
        "customer=C1&horizon_days=&discount_rate=NaN",
        "horizon_days=x&discount_rate=",
        // Of all customers, or of what is not about one, there is no other value.
        "horizon_days=30&discount_rate=0.2",
        "customer=C1&table=segments&horizon_days=30&discount_rate=0.2",
    ] {
        assert_eq!(refused(wrong), both, "{wrong}");
    }
    assert_eq!(refused("customer=a&customer=b&horizon_days=30"), ["customer"]);
    assert!(FittedRequest::parse(Report::Churn, "customer=C1&horizon_days=30").is_err());
}
