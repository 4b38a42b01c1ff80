//! The models against published numbers. Data and their sources: `tests/data/models`.

#![expect(clippy::unwrap_used, reason = "a test's files are there, and its models fit")]

mod clv;
mod data;
mod elasticity;
mod forecast;
mod inventory;

/// `found`, rounded to the digits of `wanted`, is `wanted`.
fn same_digits(found: f64, wanted: &str) {
    let digits = wanted.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    assert_eq!(format!("{found:.digits$}"), wanted);
}
