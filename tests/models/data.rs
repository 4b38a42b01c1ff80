//! Reads the published data sets.

use std::{fs::File, io::Read as _, path::PathBuf};

use eap_api::models::clv::{History, spend::Spend, summary::Purchase};
use flate2::read::GzDecoder;

/// Rows of numbers of a CSV file, without its header and its first column.
pub(crate) fn table(name: &str) -> Vec<Vec<f64>> {
    let mut reader = csv::Reader::from_path(path(name)).unwrap();
    let rows =
        reader.records().map(|row| row.unwrap().iter().skip(1).map(|cell| cell.parse().unwrap()).collect());
    rows.collect()
}

/// The CDNOW customers as Fader and Hardie summarised them: weeks, dollars.
pub(crate) fn cdnow() -> Vec<(History, Spend)> {
    let rows = table("cdnow_customers_summary_with_transactions.csv");
    let customers = rows.iter().map(|row| {
        let history = History { frequency: count(row[0]), recency: row[1], age: row[2] };
        (history, Spend { purchases: history.frequency, mean: row[3] })
    });
    customers.collect()
}

/// The histories alone, from the file that the published fits were made of.
pub(crate) fn cdnow_histories() -> Vec<History> {
    let rows = table("cdnow_customers_summary.csv");
    rows.iter().map(|row| History { frequency: count(row[0]), recency: row[1], age: row[2] }).collect()
}

/// Purchases of a raw file; the last three columns are the date, the number of discs and dollars.
pub(crate) fn cdnow_purchases(name: &str, customer_column: usize) -> Vec<Purchase> {
    let mut text = String::new();
    GzDecoder::new(File::open(path(name)).unwrap()).read_to_string(&mut text).unwrap();
    let purchase = |line: &str| {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let [.., date, _, dollars] = cells[..] else { panic!("{line}") };
        let date = jiff::civil::Date::strptime("%Y%m%d", date).ok()?;
        Some(Purchase {
            customer: cells[customer_column].parse().unwrap(),
            day: day(date),
            amount: dollars.parse().unwrap(),
        })
    };
    text.lines().filter(|line| !line.trim().is_empty()).filter_map(purchase).collect()
}

/// Days since 1970-01-01.
pub(crate) fn day(date: jiff::civil::Date) -> i32 {
    jiff::civil::date(1970, 1, 1).until(date).unwrap().get_days()
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/data/models").join(name)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small counts of a file")]
fn count(value: f64) -> u32 {
    value as u32
}
