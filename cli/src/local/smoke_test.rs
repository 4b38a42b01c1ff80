//! Calls the routes that the platform promises and checks the fields of their answers. Changes nothing.

use std::time::{Duration, Instant};

use jiff::civil::{Date, date};
use jiff::{ToSpan as _, Zoned};
use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::http;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// What a field of the contract holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Text,
    Number,
    Integer,
    List,
    Object,
}

/// A route, its fields, and whether it takes a range of dates.
#[derive(Debug)]
struct Check {
    name: &'static str,
    path: &'static str,
    ranged: Range,
    fields: &'static [(&'static str, Holds)],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Range {
    None,
    AllTime,
}

const CHECKS: [Check; 5] = [
    Check {
        name: "health",
        path: "/health",
        ranged: Range::None,
        fields: &[("status", Holds::Text), ("database_status", Holds::Text), ("version", Holds::Text)],
    },
    Check {
        name: "root",
        path: "/",
        ranged: Range::None,
        fields: &[
            ("message", Holds::Text),
            ("version", Holds::Text),
            ("docs", Holds::Text),
            ("health", Holds::Text),
        ],
    },
    Check {
        name: "sales",
        path: "/api/v1/analytics/sales",
        ranged: Range::AllTime,
        fields: &[
            ("total_revenue", Holds::Number),
            ("total_transactions", Holds::Integer),
            ("avg_transaction_value", Holds::Number),
            ("top_selling_products", Holds::List),
            ("revenue_by_region", Holds::Object),
            ("revenue_by_channel", Holds::Object),
        ],
    },
    Check {
        name: "customers",
        path: "/api/v1/analytics/customers",
        ranged: Range::AllTime,
        fields: &[
            ("total_customers", Holds::Integer),
            ("active_customers", Holds::Integer),
            ("avg_customer_lifetime_value", Holds::Number),
            ("customer_retention_rate", Holds::Number),
            ("top_customers", Holds::List),
        ],
    },
    Check {
        name: "products",
        path: "/api/v1/analytics/products",
        ranged: Range::None,
        fields: &[
            ("total_products", Holds::Integer),
            ("top_performing_products", Holds::List),
            ("category_performance", Holds::Object),
            ("inventory_insights", Holds::Object),
        ],
    },
];

/// A route that answered as promised.
#[derive(Debug, Serialize)]
pub struct Passed {
    /// Short name of the route.
    pub name: &'static str,
    /// What was called.
    pub url: String,
    /// How long the answer took, in milliseconds.
    pub milliseconds: u128,
    /// The answer.
    #[serde(skip)]
    pub answer: Value,
}

/// Calls every route; fails at the first that does not keep its promise. Ranged reports cover all orders.
pub async fn run(client: &reqwest::Client, base_url: &str) -> Result<Vec<Passed>, Failure> {
    let mut passed = Vec::with_capacity(CHECKS.len());
    for check in &CHECKS {
        passed.push(call(client, base_url, check).await?);
    }
    Ok(passed)
}

async fn call(client: &reqwest::Client, base_url: &str, check: &Check) -> Result<Passed, Failure> {
    let url = match check.ranged {
        Range::None => format!("{base_url}{}", check.path),
        Range::AllTime => {
            let (first, last) = all_time();
            format!("{base_url}{}?start_date={first}&end_date={last}", check.path)
        }
    };
    let failed = |reason: String| Failure::failed(format!("smoke test: GET {url}: {reason}"));
    let started = Instant::now();
    let request = client.get(&url).timeout(REQUEST_TIMEOUT);
    let answer = request.send().await.map_err(|error| failed(http::cause_of(&error)))?;
    let status = answer.status();
    let text = answer.text().await.map_err(|error| failed(http::cause_of(&error)))?;
    let milliseconds = started.elapsed().as_millis();
    if !status.is_success() {
        let failure = failed(format!("answered {status}"));
        return Err(if text.is_empty() { failure } else { failure.detail(format!("  | {text}")) });
    }
    let answer: Value =
        serde_json::from_str(&text).map_err(|error| failed(format!("the answer is no JSON: {error}")))?;
    if let Some(fault) = first_fault(&answer, check.fields) {
        return Err(failed(fault));
    }
    Ok(Passed { name: check.name, url, milliseconds, answer })
}

/// A range that covers every order, ending tomorrow in any time zone. The API takes up to a hundred years.
fn all_time() -> (Date, Date) {
    (date(1970, 1, 1), Zoned::now().date().saturating_add(1.day()))
}

fn first_fault(answer: &Value, fields: &[(&str, Holds)]) -> Option<String> {
    fields.iter().find_map(|&(name, holds)| match answer.get(name) {
        None => Some(format!("the field `{name}` is missing")),
        Some(value) if !holds.fits(value) => {
            Some(format!("the field `{name}` is `{value}`, not {}", holds.words()))
        }
        Some(_) => None,
    })
}

impl Holds {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Number => value.is_number(),
            Self::Integer => value.is_u64(),
            Self::List => value.is_array(),
            Self::Object => value.is_object(),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Integer => "a whole number",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_missing_field_and_a_wrong_type_are_named() {
        let fields = [("total_revenue", Holds::Number), ("total_transactions", Holds::Integer)];
        let fault = |answer: Value| first_fault(&answer, &fields);
        assert_eq!(fault(json!({"total_revenue": 1.5, "total_transactions": 2, "more": null})), None);
        assert_eq!(
            fault(json!({"total_revenue": 1})).as_deref(),
            Some("the field `total_transactions` is missing")
        );
        assert_eq!(
            fault(json!({"total_revenue": "1", "total_transactions": 2})).as_deref(),
            Some("the field `total_revenue` is `\"1\"`, not a number")
        );
        assert_eq!(
            fault(json!({"total_revenue": 1, "total_transactions": 2.5})).as_deref(),
            Some("the field `total_transactions` is `2.5`, not a whole number")
        );
    }
}
