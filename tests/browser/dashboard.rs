//! The dashboard as a browser shows it, on the sample with models fitted: its figures are those of the API, views are
//! addresses, nothing is asked of another host and nothing complains.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;

use crate::{chromium::Page, docs_in_browser::browser, fitted::Store, http, program::Server};

/// The page is there and none of its sections still loads.
pub(crate) const LOADED: &str = "document.querySelector('main h1') && !document.querySelector('[aria-busy]')";
const YEAR: &str = "/dashboard?range=custom&from=2017-01-01&to=2017-12-31";

/// The sample with models fitted to it, a server on it, and a page at `path`.
pub(crate) fn sample(path: &str) -> Option<(Store, Server, Page)> {
    let browser = browser()?;
    let store = Store::fitted_sample();
    let server = store.serve();
    let page = open(&browser, server.address, path);
    Some((store, server, page))
}

/// A page at `path`, once it has loaded.
pub(crate) fn open(browser: &str, address: SocketAddr, path: &str) -> Page {
    let mut page = Page::open(browser, "about:blank");
    page.pretend(1280, "light");
    visit(&mut page, address, path);
    page
}

/// Goes to `path`, as if it was typed into the address bar.
pub(crate) fn visit(page: &mut Page, address: SocketAddr, path: &str) {
    page.go(&format!("http://{address}{path}"));
    let pathname = path.split_once('?').map_or(path, |(pathname, _)| pathname);
    page.wait_until(&format!("location.pathname === '{pathname}' && {LOADED}"));
}

/// Whether nothing complained and nothing was asked of another host.
pub(crate) fn assert_calm(page: &mut Page, address: SocketAddr) {
    let complaints = page.complaints();
    assert!(complaints.is_empty(), "{complaints:?}");
    let origin = format!("http://{address}/");
    // The browser draws its own controls with data: addresses; blob: is what the page saves.
    let own =
        |url: &&String| [&origin, "about:", "blob:", "data:"].iter().any(|start| url.starts_with(*start));
    let others: Vec<String> = page.requests().iter().filter(|url| !own(url)).cloned().collect();
    assert!(others.is_empty(), "{others:?}");
}

/// The figure of a tile.
fn tile(page: &mut Page, label: &str) -> Value {
    page.value(&format!(
        "[...document.querySelectorAll('.tile')].find((tile) => tile.querySelector('dt').textContent === '{label}')\
         .querySelector('.figure').textContent"
    ))
}

#[test]
fn the_overview_shows_the_figures_of_the_api() {
    let Some((_store, server, mut page)) = sample(YEAR) else { return };
    // What is published of the sample's last year.
    assert_eq!(tile(&mut page, "Revenue"), "$733,215");
    assert_eq!(tile(&mut page, "Orders"), "1,687");
    assert_eq!(tile(&mut page, "Customers"), "693");
    let shown = page.value("document.querySelector('.bars tbody tr').innerText");
    let report = "/api/v1/analytics/sales?start_date=2017-01-01&end_date=2017-12-31";
    let best = http::get(server.address, report).json()["top_selling_products"][0]["product_name"].clone();
    assert!(shown.as_str().unwrap().contains(best.as_str().unwrap()), "{shown} {best}");
    for page_name in ["sales", "customers", "products", "live", "data"] {
        visit(&mut page, server.address, &format!("/dashboard/{page_name}"));
    }
    visit(&mut page, server.address, "/");
    assert_eq!(page.value("document.title"), "Overview · Analytics");
    assert_calm(&mut page, server.address);
}

#[test]
fn a_filtered_view_can_be_shared_and_left_by_the_back_button() {
    let Some((_store, server, mut page)) = sample(YEAR) else { return };
    page.value("document.querySelector('#filter-region').open = true; document.querySelector('#filter-region-West').click()");
    page.wait_until(&format!("location.search.includes('region=West') && {LOADED}"));
    let west = tile(&mut page, "Revenue");
    let report = "/api/v1/analytics/sales?start_date=2017-01-01&end_date=2017-12-31&region=West";
    let exact = http::get(server.address, report).json()["total_revenue"].as_f64().unwrap();
    assert_eq!(west.as_str().unwrap().replace(['$', ','], ""), format!("{exact:.0}"));
    assert_ne!(west, "$733,215");
    assert_eq!(page.value("document.querySelector('#filter-region').open"), true, "more can be chosen");

    let address = page.value("location.href");
    let mut friend = Page::open(&browser().unwrap(), address.as_str().unwrap());
    friend.wait_until(LOADED);
    assert_eq!(tile(&mut friend, "Revenue"), west);

    page.value("history.back()");
    page.wait_until(&format!("!location.search.includes('region') && {LOADED}"));
    assert_eq!(tile(&mut page, "Revenue"), "$733,215");
    // Following a link of the page keeps the range.
    page.value("[...document.querySelectorAll('#pages a')].find((a) => a.textContent === 'Sales').click()");
    page.wait_until(&format!("location.pathname === '/dashboard/sales' && {LOADED}"));
    assert_eq!(tile(&mut page, "Revenue"), "$733,215");
    assert_calm(&mut page, server.address);
}

/// Presses what saves something, and waits for its file in `folder`, which is empty before and after.
fn saved(page: &mut Page, folder: &Path, label: &str) -> (String, Vec<u8>) {
    let label = Value::from(label);
    page.value(&format!(
        "[...document.querySelectorAll('[aria-label]')].find((one) => one.ariaLabel === {label}).click()"
    ));
    for _ in 0..600 {
        let mut files =
            fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
        // While it comes, it has another name.
        let is_whole = |path: &PathBuf| {
            let known = path.extension().is_some_and(|kind| kind == "csv" || kind == "png");
            known && fs::metadata(path).is_ok_and(|file| file.len() > 0)
        };
        if let Some(path) = files.find(is_whole) {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let content = fs::read(&path).expect("read what was saved");
            fs::remove_file(&path).expect("remove what was saved");
            // Chromium drops what a page saves beyond ten times in a second.
            std::thread::sleep(Duration::from_millis(120));
            return (name, content);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("nothing was saved by {label}");
}

#[test]
fn everything_shown_can_be_saved() {
    let Some((_store, server, mut page)) = sample(YEAR) else { return };
    let folder = tempfile::tempdir().unwrap();
    page.save_into(folder.path());
    for (name, files) in [("", 6), ("/sales", 13), ("/customers", 16), ("/products", 12), ("/data", 1)] {
        visit(
            &mut page,
            server.address,
            &format!("/dashboard{name}?range=custom&from=2017-01-01&to=2017-12-31"),
        );
        page.wait_until(
            "[...document.querySelectorAll('.plot')].every((plot) => plot.querySelector('canvas'))",
        );
        let labels = page
            .value("[...document.querySelectorAll('[aria-label^=\"Save \"]')].map((one) => one.ariaLabel)");
        let labels = labels.as_array().unwrap();
        assert!(labels.len() >= files, "{name}: {labels:?}");
        for label in labels {
            let label = label.as_str().unwrap();
            let (file, content) = saved(&mut page, folder.path(), label);
            if label.ends_with("PNG") {
                assert!(content.starts_with(b"\x89PNG\r\n\x1a\n") && content.len() > 2_000, "{label} {file}");
                continue;
            }
            let text = String::from_utf8(content).unwrap();
            assert!(text.lines().count() > 1, "{label} {file}: {text}");
            for wrong in ["undefined", "NaN", "[object"] {
                assert!(!text.contains(wrong), "{label} {file}: {wrong} in {text}");
            }
        }
    }
    assert_calm(&mut page, server.address);
}

#[test]
fn what_is_saved_has_every_row() {
    let Some((_store, server, mut page)) = sample(YEAR) else { return };
    let folder = tempfile::tempdir().unwrap();
    page.save_into(folder.path());
    let (file, csv) = saved(&mut page, folder.path(), "Save Revenue as CSV");
    let direct =
        "/api/v1/analytics/sales?start_date=2017-01-01&end_date=2017-12-31&granularity=week&format=csv";
    assert_eq!((file.as_str(), csv), ("revenue.csv", http::get(server.address, direct).body));
    visit(&mut page, server.address, "/dashboard/products");
    let (_, csv) = saved(&mut page, folder.path(), "Save Revenue and steadiness as CSV");
    let lines = String::from_utf8(csv).unwrap().lines().count();
    assert_eq!(lines, 1_001, "the service gives a hundred where nothing is said");
    assert_calm(&mut page, server.address);
}

#[test]
fn everything_can_be_reached_by_keyboard() {
    let Some((_store, server, mut page)) = sample("/dashboard/sales?range=year") else { return };
    page.press("Tab", 9);
    assert_eq!(page.value("document.activeElement.className"), "skip");
    page.press("Enter", 13);
    page.wait_until("document.activeElement.id === 'main'");

    page.value(
        "[...document.querySelectorAll('[role=tab]')].find((tab) => tab.textContent === 'Region').focus()",
    );
    page.press("ArrowRight", 39);
    assert_eq!(page.value("document.activeElement.textContent"), "Channel");
    assert_eq!(page.value("document.activeElement.closest('.tabs').nextElementSibling.querySelector('th[scope=row]').textContent"), "online");
    page.press("End", 35);
    assert_eq!(page.value("document.activeElement.getAttribute('aria-selected')"), "true");
    assert_eq!(page.value("location.search"), "?range=year&tab=category");

    // A chart tells its values, and a table stands behind it.
    page.wait_until("document.querySelector('.plot canvas') && document.querySelector('.readout').textContent.includes('Before')");
    page.value("document.querySelector('.plot').focus()");
    page.press("ArrowLeft", 37);
    page.press("ArrowLeft", 37);
    let told = page.value("document.getElementById('announcer').textContent");
    assert!(told.as_str().unwrap().starts_with("Dec 18, 2017Revenue $"), "{told}");
    page.value("document.querySelector('.behind summary').click()");
    page.wait_until("document.querySelectorAll('.behind tbody tr').length === 53");

    // Choosing by keyboard leaves the focus where it was.
    page.value("document.getElementById('choose-Range').focus()");
    page.press("ArrowUp", 38);
    page.wait_until(&format!("location.search.includes('range=month') && {LOADED}"));
    assert_eq!(page.value("document.activeElement.id"), "choose-Range");
    assert_calm(&mut page, server.address);
}
