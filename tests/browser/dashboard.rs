//! The dashboard as a browser shows it, on the sample: its figures are those of the API, views are addresses, nothing is
//! asked of another host and nothing complains.

use std::net::SocketAddr;

use serde_json::Value;
use tempfile::TempDir;

use crate::{chromium::Page, docs_in_browser::browser, http, over_http::embedded, program::Server};

/// A store with the sample in it, a server on it, and a page at `path`.
fn sample(path: &str) -> Option<(TempDir, Server, Page)> {
    let browser = browser()?;
    let (folder, server) = embedded(&[]);
    let seeded = http::post(server.address, "/api/v1/data/seed", "application/json", b"");
    assert_eq!(seeded.status, 200, "{}", seeded.text());
    let page = open(&browser, server.address, path);
    Some((folder, server, page))
}

fn open(browser: &str, address: SocketAddr, path: &str) -> Page {
    let mut page = Page::open(browser, "about:blank");
    page.pretend(1280, "light");
    page.go(&format!("http://{address}{path}"));
    page.wait_until(LOADED);
    page
}

/// The page is there and none of its sections still loads.
const LOADED: &str = "document.querySelector('main h1') && !document.querySelector('[aria-busy]')";

/// The figure of a tile.
fn tile(page: &mut Page, label: &str) -> Value {
    page.value(&format!(
        "[...document.querySelectorAll('.tile')].find((tile) => tile.querySelector('dt').textContent === '{label}')\
         .querySelector('.figure').textContent"
    ))
}

fn assert_calm(page: &mut Page, address: SocketAddr) {
    let complaints = page.complaints();
    assert!(complaints.is_empty(), "{complaints:?}");
    let origin = format!("http://{address}/");
    // The browser draws its own controls with data: addresses; blob: is what the page saves.
    let own =
        |url: &&String| [&origin, "about:", "blob:", "data:"].iter().any(|start| url.starts_with(*start));
    let others: Vec<String> = page.requests().iter().filter(|url| !own(url)).cloned().collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn the_overview_shows_the_figures_of_the_api() {
    let Some((_folder, server, mut page)) = sample("/dashboard?range=custom&from=2017-01-01&to=2017-12-31")
    else {
        return;
    };
    // Counted from the sample by DuckDB: see `tests/data/oracle.py`.
    assert_eq!(tile(&mut page, "Revenue"), "$733,215");
    assert_eq!(tile(&mut page, "Orders"), "1,687");
    assert_eq!(tile(&mut page, "Customers"), "693");
    let shown = page.value("document.querySelector('.bars tbody tr').innerText");
    let report = "/api/v1/analytics/sales?start_date=2017-01-01&end_date=2017-12-31";
    let best = http::get(server.address, report).json()["top_selling_products"][0]["product_name"].clone();
    assert!(shown.as_str().unwrap().contains(best.as_str().unwrap()), "{shown} {best}");
    assert_calm(&mut page, server.address);
}
