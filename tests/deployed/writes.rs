//! One order that says what it is, on a day and in a region of its own: sent, sent again, changed, and made worth nothing.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::subject::{Subject, units};

const ORDER: &str = "eap-test-scratch";
const REPORT: &str =
    "/api/v1/analytics/sales?start_date=1970-01-02&end_date=1970-01-02&region=eap-test-scratch";

pub fn a_scratch_order_lands_once(subject: &Subject) {
    // What an earlier run may have left, if it was stopped.
    send(subject, "0");
    let revenue = || units(&subject.ask(REPORT).json["total_revenue"]);
    assert_eq!(revenue(), 0);
    assert_eq!(send(subject, "12.34")["replaced"], 1);
    assert_eq!(send(subject, "12.34")["unchanged"], 1, "sending again changes nothing");
    assert_eq!(revenue(), 246_800);
    assert_eq!(send(subject, "0.01")["replaced"], 1);
    assert_eq!(revenue(), 200);
    assert_eq!(send(subject, "0")["replaced"], 1);
    assert_eq!(revenue(), 0);
}

/// Two units at this price.
fn send(subject: &Subject, unit_price: &str) -> Value {
    let line = json!({"product_id": ORDER, "product_name": "Test", "category": ORDER, "quantity": 2,
        "unit_price": unit_price});
    let order = json!({"order_id": ORDER, "customer_id": "", "ordered_at": "1970-01-02T12:00:00Z",
        "region": ORDER, "channel": ORDER, "lines": [line]});
    let answer = subject.send(&order);
    assert_eq!((answer.status, &answer.json["rejected"]), (StatusCode::OK, &0.into()), "{}", answer.json);
    answer.json
}
