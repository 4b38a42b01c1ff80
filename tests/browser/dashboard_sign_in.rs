//! Signing in where it does not go well: no network, a sign-in that has ended meanwhile, too many tries.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{
    chromium::Page,
    dashboard_in_browser::LOADED,
    docs_in_browser::browser,
    program::{self, Server},
};

/// A page at `path` of a server with keys on.
struct Guarded {
    _folder: tempfile::TempDir,
    key: Value,
    _server: Server,
    page: Page,
}

fn guarded(path: &str) -> Option<Guarded> {
    let browser = browser()?;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}/analytics.db", folder.path().display());
    assert_eq!(program::run(&url, &["migrate"]).code, 0);
    let made =
        program::run(&url, &["keys", "create", "--name", "dashboard", "--scope", "read", "--output", "json"]);
    let key = serde_json::from_str(&made.stdout).unwrap_or_else(|error| panic!("{error}: {made:?}"));
    let server = Server::start(&url, &["--environment", "staging", "--host", "127.0.0.1"]);
    let mut page = Page::open(&browser, &format!("http://{}{path}", server.address));
    page.wait_until("document.querySelector('#key')");
    Some(Guarded { _folder: folder, key, _server: server, page })
}

fn sign_in(page: &mut Page, key: &str) {
    page.wait_until("document.querySelector('#key') && !document.querySelector('form button').disabled");
    page.value(&format!(
        "document.querySelector('#key').value = '{key}'; document.querySelector('form button').click()"
    ));
}

fn told(page: &mut Page) -> String {
    page.wait_until("document.querySelector('#key-problem').textContent !== ''");
    page.value("document.querySelector('#key-problem').textContent").as_str().expect("a text").to_owned()
}

#[test]
fn a_sign_in_that_ends_elsewhere_is_said_where_one_is() {
    let Some(mut here) = guarded("/dashboard/live") else { return };
    let key = here.key["key"].as_str().unwrap();
    sign_in(&mut here.page, key);
    here.page.wait_until(&format!("{LOADED} && document.querySelector('.state.on')"));
    // As another tab does.
    let out = "fetch('/dashboard/session', {method: 'DELETE', headers: {'X-Eap-Dashboard': '1'}}).then((answer) => answer.status)";
    assert_eq!(here.page.value(out), 204);
    here.page
        .value("[...document.querySelectorAll('#pages a')].find((a) => a.textContent === 'Data').click()");
    here.page.wait_until("document.querySelector('#key')");
    let text = here.page.value("document.querySelector('main').innerText");
    assert!(text.as_str().unwrap().contains("You have been signed out"), "{text}");
    assert_eq!(here.page.value("document.querySelector('#pages').children.length"), 0, "nothing leads on");
    sign_in(&mut here.page, key);
    here.page.wait_until(&format!("{LOADED} && location.pathname === '/dashboard/data'"));
}

#[test]
fn too_many_tries_and_no_network_are_said_in_words() {
    let Some(mut here) = guarded("/dashboard") else { return };
    sign_in(&mut here.page, "eap_wrong");
    assert_eq!(told(&mut here.page), "This is not a key of this store, or it has been revoked.");
    // Ten are let through at once and one a second, so as many more at once leave none for the form.
    let many = "Promise.all(Array.from({length: 20}, () => fetch('/dashboard/session', \
        {method: 'POST', body: '{\"key\": \"eap_wrong\"}', headers: {'Content-Type': 'application/json', 'X-Eap-Dashboard': '1'}})))\
        .then(() => document.querySelector('form button').click())";
    let deadline = Instant::now() + Duration::from_mins(1);
    while told(&mut here.page) != "Too many tries from here. Wait a minute and try again." {
        assert!(Instant::now() < deadline, "{}", told(&mut here.page));
        here.page.value("document.querySelector('#key').value = 'eap_wrong'");
        here.page.value(many);
        here.page.wait_until("!document.querySelector('form button').disabled");
    }
    here.page.cut_off();
    sign_in(&mut here.page, "eap_wrong");
    assert_eq!(told(&mut here.page), "The service cannot be reached. Check the connection and try again.");
}
