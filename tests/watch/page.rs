//! The page of `eap monitor --report` in a real browser.

use serde_json::json;

use crate::aws::StandIn;
use crate::chromium::Page;
use crate::screen::with_costs;

#[test]
fn the_page_of_a_look_needs_nothing_else_and_shows_everything() {
    let Some(browser) = std::env::var("EAP_TEST_CHROMIUM").ok().filter(|program| !program.is_empty()) else {
        eprintln!("skipped: EAP_TEST_CHROMIUM is not set");
        return;
    };
    let account = StandIn::start(with_costs);
    let machine = account.machine();
    let file = machine.path("look.html");
    let seen = machine.run(&["monitor", "--env", "staging", "--report", file.to_str().unwrap()]);
    assert_eq!(seen.code, 0, "{seen}");

    let address = format!("file://{}", file.display());
    let mut page = Page::open(&browser, &address);
    for theme in ["light", "dark"] {
        page.pretend(390, theme);
        page.go(&address);
        page.wait_until(
            "document.readyState === 'complete' && document.querySelectorAll('svg').length === 5",
        );
        assert_eq!(page.value("document.querySelector('h1').innerText"), json!("staging is degraded"));
        assert_eq!(
            page.value("document.documentElement.scrollWidth <= window.innerWidth"),
            json!(true),
            "wider than a telephone"
        );
    }
    let rows = |page: &mut Page, title: &str| {
        page.value(&format!(
            "[...document.querySelectorAll('h2')].find(it => it.innerText === '{title}').nextElementSibling\
             .querySelectorAll('tbody tr').length"
        ))
    };
    let titles = ["Checks", "Costs", "Services", "Tasks", "Targets", "Alarms", "Events"];
    assert_eq!(titles.map(|title| rows(&mut page, title)), [15, 6, 1, 2, 2, 2, 1].map(|count| json!(count)));
    let text = page.value("document.body.innerText");
    for words in [
        "10.2.1.4 is unhealthy",
        "99.800 % of 10000 requests",
        "128.86 USD",
        "burn rate 5.0 hour 2.0, peak 5.0",
        "has reached a steady state",
    ] {
        assert!(text.as_str().unwrap().contains(words), "no `{words}` in {text}");
    }
    // Three values of the processor's: from a third of the peak to the peak at the top.
    let course = page.value("document.querySelector('svg[aria-label^=cpu] polyline').getAttribute('points')");
    assert!(course.as_str().unwrap().ends_with(",4.0"), "{course}");
    assert_eq!(course.as_str().unwrap().split(' ').count(), 3, "{course}");
    assert_eq!(page.complaints(), Vec::<String>::new());
    assert!(page.requests().iter().all(|request| request.contains(&address)), "{:?}", page.requests());
    if let Ok(folder) = std::env::var("EAP_TEST_PICTURES") {
        std::fs::write(format!("{folder}/report.b64"), page.picture(1200, 4000, 1.0)).unwrap();
    }
}

#[test]
fn a_page_that_cannot_be_written_is_a_failure() {
    let account = StandIn::start(|_| None);
    let machine = account.machine();
    let seen = machine.run(&["monitor", "--env", "staging", "--report", "no/such/folder/look.html"]);
    assert_eq!(seen.code, 1, "{seen}");
    assert!(seen.stderr.contains("error: cannot write no/such/folder/look.html"), "{seen}");
}
