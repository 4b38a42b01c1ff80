//! `eap-api import` of a file that was imported before: it is read again, as what it says may have been changed since.

use std::{path::Path, process::Stdio};

use serde_json::{Value, json};

use crate::{
    http,
    over_http::embedded,
    program::{self, Ended},
};

const HEADER: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel";

fn import(url: &str, file: &Path, variables: &[(&str, &str)]) -> (i32, Value) {
    let mut command = program::command(url, &["import", file.to_str().expect("UTF-8"), "--output", "json"]);
    command.envs(variables.iter().copied()).stderr(Stdio::piped());
    let Ended { code, stdout, stderr } = program::ended(command);
    let answer: Value = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{code}: {stdout} {stderr}"));
    (code, answer[0].clone())
}

fn counts(answer: &Value) -> [u64; 4] {
    ["inserted", "replaced", "unchanged", "rejected"].map(|name| answer[name].as_u64().expect("a number"))
}

#[test]
fn what_a_file_says_holds_again_and_what_it_says_wrongly_is_named_again() {
    let (folder, server) = embedded(&[]);
    let url = format!("sqlite:{}/analytics.db", folder.path().display());
    let write = |name: &str, rows: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("{HEADER}\n{rows}")).expect("write a file");
        path
    };
    let row = |order: &str, quantity: &str| format!("{order},1,c,p,n,k,{quantity},1.00,2024-01-31,r,c\n");
    let first = write("first.csv", &[row("A", "1"), row("B", "two"), row("C", "3")].concat());
    let corrections = write("corrections.csv", &row("A", "5"));
    let units = || {
        let report = "/api/v1/analytics/sales?start_date=2024-01-31&end_date=2024-01-31";
        http::get(server.address, report).json()["units"].as_u64()
    };

    let (code, answer) = import(&url, &first, &[]);
    assert_eq!((code, counts(&answer), units()), (1, [2, 0, 0, 1], Some(4)), "{answer}");
    let (code, again) = import(&url, &first, &[]);
    assert_eq!((code, counts(&again), &again["skipped_orders"]), (1, [0, 0, 2, 1], &json!(0)), "{again}");
    assert_eq!(again["errors"], answer["errors"]);
    assert_eq!(again["errors"][0]["line"], 3, "{again}");

    let (code, corrected) = import(&url, &corrections, &[]);
    assert_eq!((code, counts(&corrected), units()), (0, [0, 1, 0, 0], Some(8)), "{corrected}");
    let (code, back) = import(&url, &first, &[]);
    assert_eq!((code, counts(&back), units()), (1, [0, 1, 1, 1], Some(4)), "{back}");

    // What fills in for the file has changed, and with it what the file says.
    let (code, euros) = import(&url, &first, &[("STORE_CURRENCY", "EUR")]);
    assert_eq!((code, counts(&euros), units()), (1, [0, 2, 0, 1], Some(0)), "{euros}");
    let report = "/api/v1/analytics/sales?start_date=2024-01-31&end_date=2024-01-31&currency=EUR";
    assert_eq!(http::get(server.address, report).json()["units"], 4);
}
