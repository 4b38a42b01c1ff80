//! The API over HTTP as its users see it, wherever it runs: at `EAP_TEST_API_URL` with the key in `EAP_API_KEY`, else one
//! that is started here on the sample, with keys on. At a URL it only reads, unless `EAP_TEST_API_WRITES=yes` allows it one
//! order, which says that it is scratch and ends up worth nothing.

#![expect(unreachable_pub, reason = "in a program, `pub` says what a module offers its neighbours")]
#![expect(clippy::disallowed_methods, reason = "tests start programs and read what the test run provides")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[expect(dead_code, reason = "shared with the tests of the command line")]
#[path = "../cli/environment.rs"]
mod environment;
#[path = "../http.rs"]
mod http;
#[path = "../cli/ports.rs"]
mod ports;
mod subject;
mod writes;

use reqwest::StatusCode;
use serde_json::Value;

use subject::{Answer, Subject, units};

const SALES: &str = "/api/v1/analytics/sales";
/// Long past, so that what lands meanwhile mostly lies outside, and with the sample inside.
const YEARS: &str = "start_date=2014-01-01&end_date=2023-12-31";

#[test]
fn the_api_keeps_its_word() {
    let subject = Subject::find();
    it_says_what_it_is(&subject);
    it_is_closed_without_a_key(&subject);
    subject.steadily(sums_agree);
    subject.steadily(an_answer_that_is_held_is_not_sent_again);
    wrong_questions_are_refused_by_name(&subject);
    its_documents_are_there(&subject);
    if subject.may_write {
        writes::a_scratch_order_lands_once(&subject);
    }
    if subject.has_the_sample {
        // The figures, counted by another program.
        let sales = subject.ask(&format!("{SALES}?start_date=2014-01-01&end_date=2017-12-31"));
        assert_eq!(units(&sales.json["total_revenue"]), 22_972_010_700);
        assert_eq!(units(&sales.json["revenue_by_region"]["West"]), 7_254_579_300);
    }
}

fn it_says_what_it_is(subject: &Subject) {
    let root = subject.ask("/").json;
    for field in ["message", "version", "docs", "health"] {
        assert!(root[field].is_string(), "{field}: {root}");
    }
    let health = subject.ask("/health").json;
    assert_eq!(
        (&health["status"], &health["database_status"]),
        (&"healthy".into(), &"connected".into()),
        "{health}"
    );
    assert_eq!(subject.ask("/health/live").status, StatusCode::OK);
}

fn it_is_closed_without_a_key(subject: &Subject) {
    for path in
        [SALES, "/api/v1/analytics/customers", "/api/v1/analytics/products", "/metrics", "/api/v1/audit"]
    {
        let answer = subject.ask_as_a_stranger(path);
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}: {}", answer.json);
        assert_eq!(answer.json["type"], "urn:eap:problem:unauthorized", "{path}");
    }
}

/// Whatever the orders are: parts of a whole add up to it, by whichever way it is cut.
fn sums_agree(subject: &Subject) -> Result<(), String> {
    let whole = subject.ask(&format!("{SALES}?{YEARS}&granularity=year")).json;
    let total = units(&whole["total_revenue"]);
    let mut sums = vec![
        ("gross less discounts and returns", {
            units(&whole["gross_revenue"]) - units(&whole["discounts"]) - units(&whole["returns"])
        }),
        ("regions", sum_of_fields(&whole["revenue_by_region"])),
        ("channels", sum_of_fields(&whole["revenue_by_channel"])),
        ("categories", sum_of_fields(&whole["revenue_by_category"])),
        ("years", sum_of_series(&whole)),
    ];
    let days = subject.ask(&format!("{SALES}?{YEARS}&granularity=day")).json;
    sums.push(("days", sum_of_series(&days)));
    let split = ["start_date=2014-01-01&end_date=2016-02-29", "start_date=2016-03-01&end_date=2023-12-31"];
    let halves = split.map(|range| units(&subject.ask(&format!("{SALES}?{range}")).json["total_revenue"]));
    sums.push(("two ranges", halves.iter().sum()));
    let products = subject.ask(&format!("/api/v1/analytics/products?{YEARS}")).json;
    sums.push(("the products' report", units(&products["total_revenue"])));
    sums.push(("categories of products", sum_of_fields(&products["category_performance"])));
    if let Some((region, revenue)) = whole["revenue_by_region"].as_object().and_then(|all| all.iter().next())
    {
        let query: String = url_encoded(region);
        let alone = subject.ask(&format!("{SALES}?{YEARS}&region={query}")).json;
        sums.push(("the filter by region", units(&alone["total_revenue"]) - units(revenue) + total));
    }
    for (name, sum) in sums {
        if sum != total {
            return Err(format!("{name} make {sum} and the whole is {total} (ten-thousandths)"));
        }
    }
    let customers = subject.ask(&format!("/api/v1/analytics/customers?{YEARS}")).json;
    let count = |name: &str| customers[name].as_u64().unwrap_or_else(|| panic!("{name}: {customers}"));
    let (active, parts) = (count("active_customers"), count("new_customers") + count("returning_customers"));
    if active == parts {
        Ok(())
    } else {
        Err(format!("{active} customers were active, {parts} new or returning"))
    }
}

fn an_answer_that_is_held_is_not_sent_again(subject: &Subject) -> Result<(), String> {
    let tag = subject.ask(&format!("{SALES}?{YEARS}")).tag;
    let status = subject.ask_unless(&format!("{SALES}?{YEARS}"), &tag).status;
    if status == StatusCode::NOT_MODIFIED { Ok(()) } else { Err(format!("{status} for {tag}")) }
}

fn wrong_questions_are_refused_by_name(subject: &Subject) {
    let Answer { status, json, .. } = subject.ask(&format!("{SALES}?start_date=2024-02-30&colour=red"));
    assert_eq!(status, StatusCode::BAD_REQUEST, "{json}");
    let errors = json["errors"].as_array().unwrap();
    let fields: Vec<&str> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert!(fields.contains(&"start_date") && fields.contains(&"colour"), "{json}");
    assert!(json["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{json}");
    assert_eq!(subject.ask("/api/v1/nothing").status, StatusCode::NOT_FOUND);
}

fn its_documents_are_there(subject: &Subject) {
    let document = subject.ask_as_a_stranger("/openapi.json").json;
    for path in [SALES, "/api/v1/orders", "/api/v1/stream/sales"] {
        assert!(document["paths"][path].is_object(), "{path} is not in the document");
    }
    assert_eq!(subject.ask_as_a_stranger("/redoc").status, StatusCode::OK);
}

fn sum_of_fields(object: &Value) -> i128 {
    object.as_object().unwrap_or_else(|| panic!("no object: {object}")).values().map(units).sum()
}

fn sum_of_series(report: &Value) -> i128 {
    report["series"].as_array().unwrap().iter().map(|bucket| units(&bucket["revenue"])).sum()
}

fn url_encoded(text: &str) -> String {
    let bytes: Vec<String> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    bytes.concat()
}
