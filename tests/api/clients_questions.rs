//! Random questions as clients write them (dates, `tz`, `granularity`, `compare`, filters), against a recount that asks
//! of each line which day its clock on the wall showed: an oracle that knows no spans and no buckets.

use std::collections::{BTreeMap, BTreeSet};

use eap_api::{
    extract::{Defaults, sales::SalesRequest},
    ingest::line::Line,
    money::Currency,
    queries::sales,
    reports::sales::SalesReport,
};
use jiff::{Timestamp, ToSpan as _, civil::Date, civil::Weekday, tz::TimeZone};
use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use crate::{
    databases::TestStore,
    http::percent_encoded,
    recount::{self, Lines},
    reports_equal_recount::{DAYS, START},
};

/// A question before it is written down.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    first: Date,
    last: Date,
    zone: &'static str,
    granularity: &'static str,
    compare: &'static str,
    region: Option<&'static str>,
    channel: Option<&'static str>,
    categories: Vec<&'static str>,
    products: Vec<&'static str>,
}

/// Any question about the lines that `reports_equal_recount` makes.
pub(crate) fn asked() -> impl Strategy<Value = Asked> {
    // Half hours, three quarters, both hemispheres, midnights that do not exist; those of the stores among them.
    let zones = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kathmandu",
        "Australia/Adelaide",
        "Africa/Cairo",
        "Asia/Beirut",
    ];
    let categories = prop::sample::subsequence(vec!["Light", "Light & Sound", "Möbel"], 1..=2);
    let products = vec!["P-1", "P-2", "p-2", "Ü 3", "4; DROP TABLE orders", "😀", "P 9"];
    let products = prop::sample::subsequence(products, 1..=3);
    let granularities = ["hour", "day", "week", "month", "quarter", "year"];
    let compares = ["previous_period", "previous_year"];
    // A year later as well: that has something to compare with.
    let first = (-3..DAYS + 3, prop_oneof![3 => Just(0), 1 => Just(366_i64)]);
    let one_of = |values: &'static [&'static str]| prop::sample::select(values);
    (
        first,
        prop_oneof![1..9_i64, 20..75_i64],
        prop::sample::select(zones.to_vec()),
        prop::sample::select(granularities.to_vec()),
        prop::sample::select(compares.to_vec()),
        prop::option::weighted(0.2, one_of(&["North", "south & west"])),
        prop::option::weighted(0.2, one_of(&["online", "store"])),
        prop_oneof![1 => Just(Vec::new()), 1 => categories],
        prop_oneof![3 => Just(Vec::new()), 1 => products],
    )
        .prop_map(
            |((day, later), days, zone, granularity, compare, region, channel, categories, products)| {
                let first = Timestamp::from_second(START).expect("in range").to_zoned(TimeZone::UTC).date();
                let first = first.saturating_add((day + later).days());
                let last = first.saturating_add((days - 1).days());
                Asked { first, last, zone, granularity, compare, region, channel, categories, products }
            },
        )
}

impl Asked {
    fn query(&self) -> String {
        let mut query = format!(
            "start_date={}&end_date={}&tz={}&granularity={}&compare={}",
            self.first, self.last, self.zone, self.granularity, self.compare
        );
        let named = |name| move |value| (name, value);
        let single = self.region.iter().map(named("region")).chain(self.channel.iter().map(named("channel")));
        let categories = self.categories.iter().map(named("category"));
        let products = self.products.iter().map(named("product"));
        for (name, value) in single.chain(categories).chain(products) {
            query = format!("{query}&{name}={}", percent_encoded(value));
        }
        query
    }

    /// What the clock shows at `at`: its date, and the label of the bucket that it belongs to.
    fn shown(&self, at: Timestamp) -> (Date, String) {
        let clock = at.to_zoned(TimeZone::get(self.zone).expect("a zone"));
        let date = clock.date();
        let label = match self.granularity {
            "hour" => clock.strftime("%Y-%m-%dT%H:00:00%:z").to_string(),
            "day" => date.to_string(),
            "week" => {
                date.saturating_sub(i64::from(date.weekday().since(Weekday::Monday)).days()).to_string()
            }
            "month" => date.to_string()[..7].to_owned(),
            "quarter" => format!("{}-Q{}", date.year(), (date.month() + 2) / 3),
            _ => date.year().to_string(),
        };
        (date, label)
    }

    /// The labels of all quarters of an hour of the range.
    fn labels(&self) -> BTreeSet<String> {
        let around = |date: Date, days: i64| {
            date.saturating_add(days.days()).to_zoned(TimeZone::UTC).expect("a day").timestamp().as_second()
        };
        (around(self.first, -1)..around(self.last, 2))
            .step_by(900)
            .map(|second| self.shown(Timestamp::from_second(second).expect("in range")))
            .filter(|(date, _)| (self.first..=self.last).contains(date))
            .map(|(_, label)| label)
            .collect()
    }

    /// The range to compare with.
    fn earlier(&self) -> (Date, Date) {
        if self.compare == "previous_year" {
            return (self.first.saturating_sub(1.year()), self.last.saturating_sub(1.year()));
        }
        let days = self.last.since(self.first).expect("dates").get_days() + 1;
        (self.first.saturating_sub(days.days()), self.first.saturating_sub(1.day()))
    }

    fn keeps(&self, line: &Line) -> bool {
        line.currency == "USD"
            && self.region.is_none_or(|region| line.region == region)
            && self.channel.is_none_or(|channel| line.channel == channel)
            && (self.categories.is_empty() || self.categories.contains(&line.category.as_str()))
            && (self.products.is_empty() || self.products.contains(&line.product_id.as_str()))
    }
}

/// Asserts that the report is the recount of `lines`.
pub(crate) async fn check(store: &TestStore, lines: &Lines, asked: &Asked) {
    let place = store.name;
    let defaults = Defaults {
        time_zone: TimeZone::UTC,
        currency: Currency::from_code("USD").expect("a currency"),
        now: Timestamp::UNIX_EPOCH,
    };
    let request = SalesRequest::parse(&asked.query(), &defaults).expect("a good question");
    let answer = sales::answer(&store.db, &request.question()).await.expect("sales");
    let question = request.comparison_question().expect("a comparison");
    let before = sales::answer(&store.db, &question).await.expect("sales");
    let report = SalesReport::new(&request, &answer, Some(&before)).expect("a report");
    let report = serde_json::to_value(&report).expect("JSON");

    let kept: Vec<&Line> = lines.values().filter(|line| asked.keeps(line)).collect();
    let within = |first: Date, last: Date| {
        let inside =
            kept.iter().copied().filter(move |line| (first..=last).contains(&asked.shown(line.at).0));
        inside.collect::<Vec<_>>()
    };
    let (now, earlier) = (within(asked.first, asked.last), asked.earlier());
    let then = within(earlier.0, earlier.1);
    assert_figures(&report, &now, &then, &format!("{place}: {asked:?}"));

    let mut expected: BTreeMap<String, Vec<&Line>> =
        asked.labels().into_iter().map(|label| (label, Vec::new())).collect();
    for line in now {
        expected.get_mut(&asked.shown(line.at).1).expect("a bucket").push(line);
    }
    let points = report["series"].as_array().expect("a series");
    let point = |point: &Value| {
        let label = point["label"].as_str().expect("a label").to_owned();
        (label, (minor(&point["revenue"]), point["transactions"].as_i64(), point["units"].as_i64()))
    };
    let found: BTreeMap<_, _> = points.iter().map(point).collect();
    let sums = |lines: Vec<&Line>| {
        let sums = recount::measure(lines.into_iter());
        (sums.net(), Some(sums.orders), Some(sums.units()))
    };
    let expected: BTreeMap<_, _> = expected.into_iter().map(|(label, lines)| (label, sums(lines))).collect();
    assert_eq!(found, expected, "{place}: {asked:?}");
}

/// Asserts the totals of the range and of the one to compare with, and the movement of each between them.
fn assert_figures(report: &Value, now: &[&Line], then: &[&Line], context: &str) {
    let before = &report["comparison"];
    for ((name, now), (_, then)) in figures(now).into_iter().zip(figures(then)) {
        let change = &before["change"][name];
        let percent = (!then.is_zero()).then(|| rounded((now - then) * Decimal::ONE_HUNDRED / then.abs()));
        assert_eq!(decimal(&report[name]), Some(now), "{name}, {context}");
        assert_eq!(decimal(&before[name]), Some(then), "{name} before, {context}");
        assert_eq!(decimal(&change["absolute"]), Some(now - then), "change of {name}, {context}");
        assert_eq!(decimal(&change["percent"]), percent, "change of {name} in percent, {context}");
    }
    assert_eq!(before["change"].as_object().map(serde_json::Map::len), Some(11), "{context}");
}

/// What the report says of some lines, by name.
fn figures(lines: &[&Line]) -> [(&'static str, Decimal); 11] {
    let sums = recount::measure(lines.iter().copied());
    let sales = lines.iter().filter(|line| !line.refund && !line.customer_id.is_empty());
    let customers: BTreeSet<&str> = sales.map(|line| line.customer_id.as_str()).collect();
    let money = |cents| Decimal::new(cents, 2);
    let (net, orders) = (money(sums.gross - sums.discounts - sums.returns), Decimal::from(sums.orders));
    let average = if orders.is_zero() { Decimal::ZERO } else { rounded(net / orders) };
    [
        ("total_revenue", net),
        ("net_revenue", net),
        ("gross_revenue", money(sums.gross)),
        ("discounts", money(sums.discounts)),
        ("returns", money(sums.returns)),
        ("total_transactions", orders),
        ("avg_transaction_value", average),
        ("units_sold", Decimal::from(sums.units_sold)),
        ("units_returned", Decimal::from(sums.units_returned)),
        ("units", Decimal::from(sums.units_sold - sums.units_returned)),
        ("distinct_customers", Decimal::from(customers.len())),
    ]
}

/// To two decimals, halves away from zero.
fn rounded(number: Decimal) -> Decimal {
    number.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// A number of the report; `None` for null.
fn decimal(number: &Value) -> Option<Decimal> {
    (!number.is_null()).then(|| number.to_string().parse().expect("a number"))
}

/// An amount of the report in cents.
fn minor(amount: &Value) -> i64 {
    let text = amount.to_string();
    let (whole, cents) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}{cents:0<2}").parse().expect("an amount")
}
