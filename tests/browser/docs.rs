//! `/docs` and `/redoc` as a browser shows them: every operation of the document is there, and nothing is asked of
//! another host.

#![expect(clippy::print_stderr, reason = "a run says what it skips")]

use std::{collections::BTreeSet, env};

use crate::{chromium::Page, http, over_http::embedded};

/// The browser that this run has; without one the test says that it is skipped.
pub(crate) fn browser() -> Option<String> {
    let browser = env::var("EAP_TEST_CHROMIUM").ok();
    if browser.is_none() {
        eprintln!("skipped: EAP_TEST_CHROMIUM is not set");
    }
    browser
}

/// An operation of the document: method, path, tag and id.
type Operation = (String, String, String, String);

fn operations(document: &serde_json::Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().expect("paths");
    let of_path = |(path, methods): (&String, &serde_json::Value)| -> Vec<Operation> {
        let methods = methods.as_object().expect("methods").iter();
        let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
        methods
            .map(|(method, operation)| {
                (method.clone(), path.clone(), text(&operation["tags"][0]), text(&operation["operationId"]))
            })
            .collect()
    };
    paths.iter().flat_map(of_path).collect()
}

#[test]
fn both_pages_show_every_operation_and_ask_nobody_else() {
    let Some(browser) = browser() else { return };
    let (_folder, server) = embedded(&[]);
    let operations = operations(&http::get(server.address, "/openapi.json").json());
    assert!(operations.len() >= 10, "{operations:?}");
    let ids: BTreeSet<&String> = operations.iter().map(|(.., id)| id).collect();
    assert_eq!(ids.len(), operations.len(), "ids are what links lead to: {operations:?}");

    // Swagger UI: a block for each operation, coloured by its method.
    let block = |(method, _, tag, id): &Operation| {
        format!("class=\"opblock opblock-{method}\" id=\"operations-{tag}-{id}\"")
    };
    let shown = |html: &str, (_, path, ..): &Operation| html.contains(&format!("data-path=\"{path}\""));
    assert_shows(&browser, &server, "/docs/", |html| {
        operations.iter().all(|operation| html.contains(&block(operation)) && shown(html, operation))
    });
    // Redoc: a link to each tag, and the operations of the first one, which is open.
    assert_shows(&browser, &server, "/redoc", |html| {
        operations.iter().all(|(_, path, tag, _)| {
            let listed = html.contains(&format!("href=\"#/{tag}\""));
            listed && (tag != "analytics" || html.contains(&format!(">{path}<")))
        })
    });
}

fn assert_shows(
    browser: &str,
    server: &crate::program::Server,
    path: &str,
    condition: impl Fn(&str) -> bool,
) {
    let origin = format!("http://{}", server.address);
    let mut page = Page::open(browser, &format!("{origin}{path}"));
    page.wait_for(condition);
    let requests = page.requests();
    assert!(requests.contains(&format!("{origin}/openapi.json")), "{requests:?}");
    let own = |url: &&String| {
        url.starts_with(&format!("{origin}/")) || url.starts_with("data:") || url.starts_with("blob:")
    };
    let others: Vec<&String> = requests.iter().filter(|url| !own(url)).collect();
    assert!(others.is_empty(), "{path} asks {others:?}");
}

#[test]
fn a_page_that_asks_another_host_would_be_noticed() {
    let Some(browser) = browser() else { return };
    let script = "https://cdn.example/script.js";
    let html = format!("data:text/html,<script src='{script}'></script><p>the end</p>");
    let mut page = Page::open(&browser, &html);
    page.wait_for(|html| html.contains("the end"));
    let requests = page.requests();
    assert!(requests.contains(&script.to_owned()), "{requests:?}");
}
