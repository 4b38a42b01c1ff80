//! Orders on their way into the dashboard: files, live orders, texts that would like to be scripts, exact amounts, keys.

use std::{fs, time::Duration};

use crate::{
    chromium::Page,
    dashboard_in_browser::{LOADED, assert_calm, open, sample, visit},
    docs_in_browser::browser,
    http,
    over_http::embedded,
    program::{self, Server},
};

const HEADER: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel\n";

#[test]
fn files_go_up_and_bad_lines_say_why() {
    let Some(browser) = browser() else { return };
    let (folder, server) = embedded(&[]);
    let mut page = open(&browser, server.address, "/dashboard");
    assert!(
        page.value("document.querySelector('main').innerText").as_str().unwrap().contains("No orders yet")
    );

    visit(&mut page, server.address, "/dashboard/data");
    let good = folder.path().join("good.csv");
    fs::write(&good, format!("{HEADER}A1,1,C1,P1,Lamp,Light,2,10.25,2024-01-31T12:00:00Z,North,online\n"))
        .unwrap();
    page.value(
        "window.seen = []; new MutationObserver(() => { const bar = document.querySelector('progress'); \
         if (bar) seen.push([bar.getAttribute('aria-label'), bar.value]); })\
         .observe(document.querySelector('#upload-result'), {subtree: true, childList: true, attributes: true})",
    );
    page.choose_file("#file", &good);
    page.wait_until("document.querySelector('#upload-result h3')");
    let seen = page.value("[seen[0], seen.at(-1)]");
    assert_eq!(seen, serde_json::json!([["Sending good.csv", 0], ["Sending good.csv", 1]]), "the progress");
    let told = page.value("document.querySelector('#upload-result').innerText");
    assert!(told.as_str().unwrap().contains("good.csv has landed\n\n1 received · 1 inserted"), "{told}");

    let bad = folder.path().join("bad.csv");
    fs::write(&bad, format!("{HEADER}A2,1,C1,P1,Lamp,Light,two,1,2024-01-31T12:00:00Z,North,online\n"))
        .unwrap();
    page.choose_file("#file", &bad);
    page.wait_until("document.querySelector('#upload-result table')");
    let row = page.value("document.querySelector('#upload-result tbody tr').innerText");
    assert!(row.as_str().unwrap().starts_with("2\tquantity\t"), "{row}");

    let headless = folder.path().join("no_header.csv");
    fs::write(&headless, "a,b\n1,2\n").unwrap();
    page.choose_file("#file", &headless);
    page.wait_until("document.querySelector('#upload-result .problem')");
    assert_eq!(page.complaints().len(), 1, "the browser notes the 400 itself");

    visit(&mut page, server.address, "/dashboard/data");
    let files = page
        .value("[...document.querySelectorAll('section:last-child tbody th')].map((th) => th.textContent)");
    assert_eq!(files, serde_json::json!(["bad.csv", "good.csv"]));
    visit(&mut page, server.address, "/dashboard");
    assert_eq!(page.value("document.querySelector('.figure').title"), "$20.50");
    assert_calm(&mut page, server.address);
}

#[test]
fn files_that_the_program_imported_are_listed_too() {
    let Some((_store, server, mut page)) = sample("/dashboard/data") else { return };
    let listed = page.value("document.querySelector('section:last-child tbody tr').innerText");
    let listed = listed.as_str().unwrap();
    assert!(listed.starts_with("superstore.csv.gz\t") && listed.contains("\t9,994\t0\t0"), "{listed}");
    assert_calm(&mut page, server.address);
}

#[test]
fn a_live_order_appears_after_it_was_sent() {
    let Some((_store, server, mut page)) = sample("/dashboard/live") else { return };
    let seconds = order_appears(&mut page, &server);
    eprintln!("a live order was there after {} ms", seconds.as_millis());
    assert!(page.requests().iter().any(|url| url.ends_with("/api/v1/stream/sales")));
    assert_calm(&mut page, server.address);
}

#[test]
fn a_live_order_appears_where_events_are_held_back() {
    let Some((_store, server, mut page)) = sample("/dashboard") else { return };
    page.before_scripts(
        "window.EventSource = class { static CLOSED = 2; addEventListener() {} close() {} };",
    );
    visit(&mut page, server.address, "/dashboard/live");
    order_appears(&mut page, &server);
    assert!(page.requests().iter().any(|url| url.contains("/api/v1/stream/sales?wait=20&after=")));
    assert_calm(&mut page, server.address);
}

/// Sends an order while the page shows the newest ones; tells how long it took to be there.
fn order_appears(page: &mut Page, server: &Server) -> Duration {
    page.wait_until("document.querySelectorAll('tbody tr').length === 25");
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d");
    let csv = format!("{HEADER}LIVE-1,1,C9,P1,Lamp,Light,3,10.10,{today}T00:00:00Z,North,online\n");
    let sent = std::time::Instant::now();
    assert_eq!(http::post(server.address, "/api/v1/orders", "text/csv", csv.as_bytes()).status, 200);
    page.wait_until("document.querySelector('tbody th').textContent === 'LIVE-1'");
    let waited = sent.elapsed();
    assert_eq!(page.value("document.querySelector('.figure').title"), "$30.30");
    assert_eq!(page.value("document.getElementById('announcer').textContent"), "New order: LIVE-1, $30.30");
    waited
}

#[test]
fn texts_stay_texts_and_amounts_exact() {
    let Some(browser) = browser() else { return };
    let (_folder, server) = embedded(&[]);
    let script = "<img src=x onerror=document.title='broken'>";
    // The largest lines, whose sum is beyond what a float can tell to the cent: it would end on .27.
    let line = |number: u32| {
        let price = if number == 10_010 { "8999999990.35" } else { "8999999999.99" };
        format!(
            "{script},{number},{script},{script},{script},{script},1,{price},2024-01-31T12:00:00Z,{script},{script}\n"
        )
    };
    let csv = (1..=10_010).map(line).fold(HEADER.to_owned(), |csv, line| csv + &line);
    let sent = http::post(server.address, "/api/v1/orders", "text/csv", csv.as_bytes());
    assert_eq!(sent.json()["inserted"], 10_010, "{}", sent.text());
    let mut page = open(&browser, server.address, "/dashboard");
    assert_eq!(page.value("document.querySelector('.figure').title"), "$90,089,999,999,890.26");
    for name in ["", "/sales", "/customers", "/products", "/live", "/data"] {
        visit(&mut page, server.address, &format!("/dashboard{name}"));
        page.wait_until("document.querySelector('tbody') && !document.querySelector('.loading')");
        assert_eq!(page.value("document.querySelectorAll('img').length"), 0, "{name}");
        assert_ne!(page.value("document.title"), "broken", "{name}");
        if name != "/data" {
            assert!(
                page.value("document.querySelector('main').textContent").as_str().unwrap().contains(script),
                "{name}"
            );
        }
    }
    assert_calm(&mut page, server.address);
}

#[test]
fn a_key_signs_in_and_stays_nowhere() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/analytics.db", folder.path().display());
    assert_eq!(program::run(&url, &["migrate"]).code, 0);
    let made =
        program::run(&url, &["keys", "create", "--name", "dashboard", "--scope", "read", "--output", "json"]);
    let made: serde_json::Value =
        serde_json::from_str(&made.stdout).unwrap_or_else(|error| panic!("{error}: {made:?}"));
    let key = made["key"].as_str().unwrap();
    let server = Server::start(&url, &["--environment", "staging", "--host", "127.0.0.1"]);

    let mut page = Page::open(&browser, &format!("http://{}/dashboard/sales?range=all", server.address));
    page.wait_until("document.querySelector('#key')");
    page.complaints(); // The browser notes the 401 itself.
    let sign_in = |page: &mut Page, key: &str| {
        page.value(&format!(
            "document.querySelector('#key').value = '{key}'; document.querySelector('form button').click()"
        ));
    };
    sign_in(&mut page, "eap_wrong");
    page.wait_until("document.querySelector('#key-problem').textContent.startsWith('This is not a key')");
    page.complaints();
    sign_in(&mut page, key);
    page.wait_until(LOADED);
    assert_eq!(
        page.value("location.pathname + location.search"),
        "/dashboard/sales?range=all",
        "where one wanted to go"
    );
    assert_eq!(page.value("document.cookie"), "", "no script can read it");
    assert_eq!(page.value("JSON.stringify([{...localStorage}, {...sessionStorage}])"), "[{},{}]");
    assert!(!server.log().contains(&key[24..]), "no log has it");

    visit(&mut page, server.address, "/dashboard/data");
    assert!(
        page.value("document.querySelector('main').innerText")
            .as_str()
            .unwrap()
            .contains("This key may only read")
    );
    page.value("[...document.querySelectorAll('button')].find((button) => button.textContent === 'Sign out').click()");
    page.wait_until("document.querySelector('#key')");
    page.complaints();
    page.go(&format!("http://{}/dashboard", server.address));
    page.wait_until("document.querySelector('#key')");
}
