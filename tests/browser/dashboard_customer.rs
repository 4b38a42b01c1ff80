//! One customer looked up by id: the figures of the API, in an address that can be shared, by keyboard, and what is said of
//! those about whom nothing is known.

use serde_json::{Value, json};

use crate::{
    chromium::Page,
    dashboard_in_browser::{LOADED, assert_calm, open, sample, visit},
    dashboard_looks_in_browser::findings,
    dashboard_models_in_browser::dollars,
    docs_in_browser::browser,
    fitted::{Store, report},
    http,
};

const LINE: &str = "A1,1,C1,P1,Lamp,Light,1,10.00,2024-02-29T12:00:00Z,North,online,\n";

/// Writes an id into the box and presses Enter.
fn look_up(page: &mut Page, id: &str) {
    page.value(&format!(
        "document.querySelector('#customer').focus(); document.querySelector('#customer').value = {}",
        json!(id)
    ));
    page.press("Enter", 13);
}

/// Waits until something about a customer is told, and reads it.
fn told(page: &mut Page, beginning: &str) -> String {
    page.wait_until(&format!(
        "{LOADED} && document.querySelector('#one-customer').innerText.startsWith({})",
        json!(beginning)
    ));
    page.value("document.querySelector('#one-customer').innerText").as_str().expect("a text").to_owned()
}

/// The figures by what stands above them.
fn tiles(page: &mut Page) -> Value {
    page.value(
        "Object.fromEntries([...document.querySelectorAll('#one-customer .tile')].map((tile) => \
         [tile.querySelector('dt').textContent, tile.querySelector('.figure').textContent]))",
    )
}

fn announced(page: &mut Page) -> Value {
    page.value("document.getElementById('announcer').textContent")
}

#[test]
fn a_customer_is_what_the_api_says_and_the_view_can_be_shared() {
    let Some((_store, server, mut page)) = sample("/dashboard/customers?range=all") else { return };
    // One without a place in any list of the page, and a blank that came with the copied id.
    let row = report(&server, "customers/lifetime-value?customer=BH-11710&horizon_days=90");
    let (row, currency_days) = (row["top_customers"][0].clone(), row["horizon_days"].clone());
    assert_eq!((&row["customer_id"], &currency_days), (&"BH-11710".into(), &90.into()));
    page.value("document.querySelector('#horizon').value = '90'");
    look_up(&mut page, " BH-11710");
    told(&mut page, "BH-11710");
    assert_eq!(
        page.value("location.pathname + location.search"),
        "/dashboard/customers?range=all&customer=BH-11710&horizon=90"
    );
    let shown = tiles(&mut page);
    let value = dollars(&row["lifetime_value"]);
    assert_eq!(shown["Lifetime value"], value);
    assert_eq!(shown["Orders to come"], format!("{:.2}", row["expected_orders"].as_f64().unwrap()));
    assert_eq!(shown["Still a customer"], "100%", "hardly anybody of the sample stops buying");
    assert_eq!(shown["Orders so far"], row["orders"].to_string());
    let last: jiff::civil::Date = row["last_order"].as_str().unwrap().parse().unwrap();
    assert_eq!(shown["Last sale"], last.strftime("%b %-d, %Y").to_string());
    assert_eq!(
        shown["Segment"].as_str().unwrap().to_lowercase(),
        row["segment"].as_str().unwrap().replace('_', " ")
    );
    let words = announced(&mut page);
    assert!(words.as_str().unwrap().starts_with(&format!("BH-11710: worth {value} in 90 days")), "{words}");

    // Another time is asked for at once; a year goes without saying.
    page.value("document.querySelector('#horizon').value = '365'");
    page.value("document.querySelector('#horizon').dispatchEvent(new Event('change'))");
    page.wait_until("document.querySelector('#one-customer').innerText.includes('in 365 days')");
    let year = report(&server, "customers/lifetime-value?customer=BH-11710");
    assert_eq!(tiles(&mut page)["Lifetime value"], dollars(&year["top_customers"][0]["lifetime_value"]));
    assert_eq!(page.value("location.search"), "?range=all&customer=BH-11710");
    page.value("history.back()");
    page.wait_until(&format!("location.search.includes('horizon=90') && {LOADED}"));
    assert_eq!(tiles(&mut page), shown);
    let address = page.value("location.pathname + location.search");
    let mut friend = open(&browser().unwrap(), server.address, address.as_str().unwrap());
    told(&mut friend, "BH-11710");
    assert_eq!(
        (tiles(&mut friend), friend.value("document.querySelector('#customer').value")),
        (shown, "BH-11710".into())
    );

    // Names in the lists lead there; another range keeps the customer, another page forgets it.
    friend.value(
        "[...document.querySelectorAll('tbody a')].find((a) => a.title.startsWith('Look up')).click()",
    );
    friend.wait_until(&format!("!location.search.includes('BH-11710') && {LOADED}"));
    let id = friend.value("new URLSearchParams(location.search).get('customer')");
    told(&mut friend, id.as_str().expect("a customer"));
    let pages =
        "[...document.querySelectorAll('#pages a')].map((a) => new URL(a.href).searchParams.has('customer'))";
    assert_eq!(friend.value(pages), json!([false, false, false, false, false, false]));
    assert_calm(&mut page, server.address);
    assert_calm(&mut friend, server.address);
}

#[test]
fn everybody_can_look_a_customer_up() {
    let Some((_store, server, mut page)) = sample("/dashboard/customers") else { return };
    assert_eq!(page.value("document.querySelector('#customer').labels[0].textContent"), "Customer id");
    page.value("document.querySelector('#customer').focus()");
    for expected in ["horizon", "Look up"] {
        page.press("Tab", 9);
        assert_eq!(page.value("document.activeElement.id || document.activeElement.textContent"), expected);
    }
    for (theme, width) in [("light", 1280), ("dark", 1280), ("light", 360)] {
        page.pretend(width, theme);
        for id in ["CG-12520", "nobody"] {
            visit(&mut page, server.address, &format!("/dashboard/customers?customer={id}"));
            told(&mut page, if id == "nobody" { "No customer" } else { id });
            assert_eq!(findings(&mut page), json!([]), "{id} {theme} {width}");
            let wider = page.value("document.documentElement.scrollWidth - innerWidth").as_i64().unwrap();
            assert!(wider <= 0, "{id} {theme}: {wider} pixels wider than a screen of {width}");
        }
    }
    assert_calm(&mut page, server.address);
}

#[test]
fn of_whom_nothing_is_known_it_says_why() {
    let Some(browser) = browser() else { return };
    let store = Store::with(LINE);
    let server = store.serve();
    let mut page = open(&browser, server.address, "/dashboard/customers?range=all");
    look_up(&mut page, "C1");
    let pending = "This is being computed for the first time.";
    assert!(told(&mut page, pending).contains("Look again in a few minutes"));
    store.fit();
    visit(&mut page, server.address, "/dashboard/customers?range=all&customer=C1");
    let reason = report(&server, "customers/lifetime-value?customer=C1");
    assert_eq!(reason["status"], "too_little_data");
    told(&mut page, reason["reason"].as_str().expect("a reason"));
    assert_calm(&mut page, server.address);

    let store = Store::fitted_sample();
    let server = store.serve();
    let script = "<img src=x onerror=document.title='broken'>";
    let mut page = open(&browser, server.address, "/dashboard/customers");
    for nobody in [script, "cg-12520", "&customer=CG-12520"] {
        look_up(&mut page, nobody);
        let why = format!("No customer with a sale has the id {nobody}.");
        told(&mut page, &why);
        assert!(announced(&mut page).as_str().unwrap().starts_with(&why));
    }
    assert_eq!(
        (page.value("document.querySelectorAll('img').length"), page.value("document.title")),
        (0.into(), "Customers · Analytics".into())
    );
    // Whoever came after the fit is not in it, and the others are as they were.
    let newcomer = LINE.replace("C1", "newcomer");
    let csv = format!("{}{newcomer}", crate::fitted::HEADER);
    assert_eq!(http::post(server.address, "/api/v1/orders", "text/csv", csv.as_bytes()).status, 200);
    look_up(&mut page, "newcomer");
    assert!(told(&mut page, "No customer with a sale").contains("only a moment ago"));
    visit(&mut page, server.address, "/dashboard/customers?customer=CG-12520");
    assert!(told(&mut page, "CG-12520").contains("What is newer is not in it yet."));

    // Where the service cannot be reached it says so, and can be asked again.
    page.cut_off();
    look_up(&mut page, "DV-13045");
    told(&mut page, "The service cannot be reached.");
    page.reconnect();
    page.value("document.querySelector('#one-customer button').click()");
    told(&mut page, "DV-13045");
    page.complaints(); // The browser notes itself what could not be reached.
    assert_calm(&mut page, server.address);
}
