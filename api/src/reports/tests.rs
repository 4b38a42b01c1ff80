//! Reports from answers made by hand; the expected figures were computed by hand too.

mod customers;
mod products;
mod sales;

use jiff::tz::TimeZone;

use crate::{extract::Defaults, money::Currency, rollup::measures::Measures};

fn defaults() -> Defaults {
    Defaults {
        time_zone: TimeZone::get("Europe/Berlin").expect("a zone"),
        currency: Currency::from_code("USD").expect("a currency"),
        now: "2024-04-01T12:00:00Z".parse().expect("an instant"),
    }
}

/// Sales of `units` for `gross` cents in `orders`, without discounts and returns.
fn sold(units: i64, gross: i64, orders: i64) -> Measures {
    Measures { units_sold: units, gross, orders, ..Measures::default() }
}

fn json(report: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(report).expect("JSON")
}
