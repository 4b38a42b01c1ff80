//! Random questions as clients write them (dates, `tz`, `granularity`, `compare`, filters), against a recount that asks
//! of each line which day its clock on the wall showed: an oracle that knows no spans and no buckets.

use std::collections::{BTreeMap, BTreeSet};

use eap_api::{
    extract::{Defaults, sales::SalesRequest},
    ingest::line::Line,
    money::Currency,
    queries::sales,
    reports::sales::SalesReport,
    rollup::measures::Measures,
};
use jiff::{Timestamp, ToSpan as _, civil::Date, civil::Weekday, tz::TimeZone};
use proptest::prelude::*;
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
    categories: Vec<&'static str>,
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
        prop_oneof![1 => Just(Vec::new()), 1 => categories],
    )
        .prop_map(|((day, later), days, zone, granularity, compare, region, categories)| {
            let first = Timestamp::from_second(START).expect("in range").to_zoned(TimeZone::UTC).date();
            let first = first.saturating_add((day + later).days());
            let last = first.saturating_add((days - 1).days());
            Asked { first, last, zone, granularity, compare, region, categories }
        })
}

impl Asked {
    fn query(&self) -> String {
        let mut query = format!(
            "start_date={}&end_date={}&tz={}&granularity={}&compare={}",
            self.first, self.last, self.zone, self.granularity, self.compare
        );
        let regions = self.region.iter().map(|region| ("region", region));
        for (name, value) in regions.chain(self.categories.iter().map(|category| ("category", category))) {
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
            && (self.categories.is_empty() || self.categories.contains(&line.category.as_str()))
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
    let (now_sums, then_sums) =
        (recount::measure(now.iter().copied()), recount::measure(then.iter().copied()));
    assert_totals(&report, &now_sums, &format!("{place}: {asked:?}"));
    assert_totals(&report["comparison"], &then_sums, &format!("{place}: before {asked:?}"));
    let moved = minor(&report["comparison"]["change"]["total_revenue"]["absolute"]);
    assert_eq!(moved, now_sums.net() - then_sums.net(), "{place}: {asked:?}");

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

fn assert_totals(report: &Value, expected: &Measures, context: &str) {
    let found = [
        minor(&report["total_revenue"]),
        minor(&report["gross_revenue"]),
        minor(&report["discounts"]),
        minor(&report["returns"]),
        report["total_transactions"].as_i64().expect("a number"),
        report["units"].as_i64().expect("a number"),
    ];
    let Measures { gross, discounts, returns, orders, .. } = *expected;
    assert_eq!(found, [expected.net(), gross, discounts, returns, orders, expected.units()], "{context}");
}

/// An amount of the report in cents.
fn minor(amount: &Value) -> i64 {
    let text = amount.to_string();
    let (whole, cents) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}{cents:0<2}").parse().expect("an amount")
}
