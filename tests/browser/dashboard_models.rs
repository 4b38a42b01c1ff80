//! What is fitted, as a browser shows it: the figures of the API, of the sample and of a shop with stock levels; which
//! product is looked at stands in the address; names of products and customers stay texts.

use serde_json::{Value, json};

use crate::{
    chromium::Page,
    dashboard_in_browser::{LOADED, assert_calm, open, sample, visit},
    docs_in_browser::browser,
    fitted::{Store, daily, report},
    http,
};

/// The section with that title.
fn section(title: &str) -> String {
    format!(
        "[...document.querySelectorAll('section')].find((one) => one.querySelector('h2').textContent === '{title}')"
    )
}

fn text_of(page: &mut Page, title: &str) -> String {
    page.value(&format!("{}.innerText", section(title))).as_str().expect("a section").to_owned()
}

#[test]
fn products_that_nobody_buys_any_more_are_not_recommended() {
    let Some(browser) = browser() else { return };
    // A bulb each day of 40 weeks, a lamp in the first 12 of them alone, which brought more.
    let store = Store::with(&daily(280, |day| {
        let bulb = format!("A{day},1,C1,P1,Bulb,Light,1,1.00,DATET10:00:00Z,North,online,");
        let lamp = format!("B{day},1,C1,P2,Lamp,Light,5,90.00,DATET11:00:00Z,North,online,");
        if day < 84 { format!("{bulb}\n{lamp}") } else { bulb }
    }));
    store.fit();
    let server = store.serve();
    let demand = report(&server, "products/demand");
    let expected: Vec<_> =
        demand["rows"].as_array().unwrap().iter().map(|row| &row["expected_units"]).collect();
    assert_eq!(
        (expected.len(), expected[0].as_f64()),
        (2, Some(0.0)),
        "the lamp, of which nothing is expected"
    );
    let mut page = open(&browser, server.address, "/dashboard/products?range=all");
    for (title, why) in [
        ("Demand to expect", "Products that are expected to sell nothing are not shown; the CSV has all."),
        ("Reorder", "Products without a sale in the last 182 days need no order and are not shown"),
    ] {
        let products: Vec<String> = rows_of(&mut page, title).into_iter().map(|row| row[0].clone()).collect();
        assert!(
            products.contains(&"Bulb".to_owned()) && !products.contains(&"Lamp".to_owned()),
            "{products:?}"
        );
        assert!(text_of(&mut page, title).contains(why), "{title}");
    }
    // Its address still leads there.
    visit(&mut page, server.address, "/dashboard/products?range=all&product=P2");
    page.wait_until(&format!(
        "{}.querySelector('.closely h3').textContent === 'Lamp'",
        section("Demand to expect")
    ));
    assert_calm(&mut page, server.address);
}

/// The cells of the table in that section, opened where it stands behind a chart.
fn rows_of(page: &mut Page, title: &str) -> Vec<Vec<String>> {
    let section = section(title);
    page.value(&format!(
        "{section}.querySelectorAll('.behind:not(.origin)').forEach((one) => (one.open = true))"
    ));
    page.wait_until(&format!("{section}.querySelector('tbody tr')"));
    let cells = "(row) => [...row.cells].map((cell) => cell.textContent)";
    let rows = page.value(&format!("[...{section}.querySelectorAll('tbody tr')].map({cells})"));
    serde_json::from_value(rows).expect("rows of texts")
}

/// As the page writes dollars.
pub(crate) fn dollars(amount: &Value) -> String {
    let amount = amount.as_f64().expect("an amount");
    let cents = format!("{:.2}", amount.abs());
    let (whole, cents) = cents.split_once('.').expect("two parts");
    let digits = whole.as_bytes().rchunks(3).rev().map(|three| String::from_utf8_lossy(three));
    let sign = if amount < 0.0 { "-" } else { "" };
    format!("{sign}${}.{cents}", digits.collect::<Vec<_>>().join(","))
}

#[test]
fn the_forecast_and_what_was_unusual_are_those_of_the_api() {
    let Some((_store, server, mut page)) = sample("/dashboard/sales?range=all") else { return };
    let forecast = report(&server, "sales/forecast?granularity=month");
    let (history, points) = (forecast["history"].as_array().unwrap(), forecast["points"].as_array().unwrap());
    let rows = rows_of(&mut page, "What to expect");
    assert_eq!(rows.len(), history.len() + points.len());
    let (first, last) = (&rows[0], rows.last().unwrap());
    assert_eq!(first[1..], [dollars(&history[0]["revenue"]), "–".into(), "–".into(), "–".into()]);
    let revenue = &points.last().unwrap()["revenue"];
    let expected = ["mean", "high", "low"].map(|end| dollars(&revenue[end]));
    assert_eq!((last[1].as_str(), &last[2..]), ("–", &expected[..]), "the band");
    page.value(&format!("{}.querySelectorAll('[role=tab]')[1].click()", section("What to expect")));
    let orders = rows_of(&mut page, "What to expect");
    assert_eq!(orders[0][1], history[0]["orders"].to_string());
    assert!(page.value("location.search").as_str().unwrap().ends_with("tab=expected-orders"));

    let year = "/dashboard/sales?range=custom&from=2017-01-01&to=2017-12-31";
    visit(&mut page, server.address, year);
    let found = report(&server, "sales/anomalies?limit=1000");
    let days = found["days"].as_array().or(found["anomalies"].as_array()).expect("a list");
    let days: Vec<&Value> = days
        .iter()
        .filter(|one| one["kind"] != "product" && one["label"].as_str().unwrap().starts_with("2017"))
        .collect();
    let rows = rows_of(&mut page, "Unusual days");
    assert_eq!((rows.len(), &rows[0][1]), (days.len(), &dollars(&days[0]["actual"])));
    // Nobody judged the first days, so nothing is said of them.
    visit(&mut page, server.address, "/dashboard/sales?range=custom&from=2014-01-03&to=2014-01-09");
    assert!(text_of(&mut page, "Unusual days").contains("No day of this range has been judged"));
    // Where days are shown, the unusual ones are marked in the chart.
    visit(&mut page, server.address, "/dashboard/sales?range=custom&from=2017-11-01&to=2017-12-30");
    page.wait_until("document.querySelector('.readout').textContent.includes('Before')");
    let marked = rows_of(&mut page, "Revenue").iter().filter(|row| row.last().unwrap() != "–").count();
    let unusual = days.iter().filter(|one| one["label"].as_str().unwrap() >= "2017-11-01").count();
    assert_eq!(marked, unusual);
    assert_calm(&mut page, server.address);
}

#[test]
fn what_customers_are_worth_and_who_may_be_lost_are_those_of_the_api() {
    let Some((_store, server, mut page)) = sample("/dashboard/customers") else { return };
    let worth = report(&server, "customers/lifetime-value");
    let sum: u64 =
        rows_of(&mut page, "Expected value").iter().map(|row| row[1].parse::<u64>().unwrap()).sum();
    assert_eq!(sum, 793, "every customer of the sample is somewhere in the distribution");
    let best = &rows_of(&mut page, "Worth most from here on")[0];
    let top = &worth["top_customers"][0];
    assert_eq!(
        (&best[0], best.last().unwrap()),
        (&text(&top["customer_id"]), &dollars(&top["lifetime_value"]))
    );
    let churn = report(&server, "customers/churn");
    let lost = rows_of(&mut page, "At risk of being lost");
    assert_eq!(lost.len(), churn["at_risk"].as_array().unwrap().len());
    assert_eq!(lost[0][0], text(&churn["at_risk"][0]["customer_id"]));
    assert_eq!(lost[0][4], dollars(&churn["at_risk"][0]["total_spent"]));
    let acquired = rows_of(&mut page, "Where new customers come from");
    let sum: u64 = acquired.iter().map(|row| row[1].parse::<u64>().unwrap()).sum();
    assert_eq!((acquired.len(), sum), (48, 793), "in each month of four years, by the only channel");
    assert_eq!(rows_of(&mut page, "Came and went").len(), churn["flows"].as_array().unwrap().len());
    assert_eq!(
        rows_of(&mut page, "How long customers stay").len(),
        churn["survival"].as_array().unwrap().len()
    );

    visit(&mut page, server.address, "/dashboard/customers?range=all&tab=quarter");
    page.wait_until(&format!("{LOADED} && {}.querySelector('.heat')", section("Cohorts")));
    let quarters = report(&server, "customers/cohorts?granularity=quarter");
    let rows = rows_of(&mut page, "Cohorts");
    let first = &quarters["cohorts"][0];
    assert_eq!(rows.len(), quarters["cohorts"].as_array().unwrap().len());
    assert_eq!((&rows[0][0], &rows[0][1]), (&text(&first["label"]), &first["customers"].to_string()));
    let share = 100.0 * first["retention"][1].as_f64().unwrap();
    assert_eq!(rows[0][3], format!("{share:.0}%"));
    assert_calm(&mut page, server.address);
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[test]
fn what_to_do_about_products_is_that_of_the_api() {
    let Some((_store, server, mut page)) = sample("/dashboard/products") else { return };
    let matrix: u64 = rows_of(&mut page, "Revenue and steadiness")
        .iter()
        .flat_map(|row| &row[1..])
        .map(|cell| cell.split_once(' ').unwrap().0.replace(',', "").parse::<u64>().unwrap())
        .sum();
    let counts = report(&server, "products/classes")["counts"].clone();
    let all: u64 = counts.as_array().unwrap().iter().map(|one| one["products"].as_u64().unwrap()).sum();
    assert_eq!(matrix, all);
    let reorder = report(&server, "products/reorder");
    let rows = rows_of(&mut page, "Reorder");
    assert_eq!((rows.len(), &rows[0][0]), (100, &text(&reorder["rows"][0]["product_name"])));
    assert!(text_of(&mut page, "Reorder").contains("What is in stock is not known"));
    let pair = &report(&server, "products/bought-together")["pairs"][0];
    let shown = &rows_of(&mut page, "Bought together")[0][0];
    let names = ["first", "second"].map(|which| text(&pair[which]["product_name"]));
    assert_eq!(*shown, format!("{}with {}", names[0], names[1]));

    let demand = report(&server, "products/demand");
    let sells = |row: &&Value| row["expected_units"].as_f64() > Some(0.0);
    let best = demand["rows"].as_array().unwrap().iter().find(sells).expect("a product");
    page.wait_until(&format!("{}.querySelector('.closely h3')", section("Demand to expect")));
    let rows = rows_of(&mut page, "Demand to expect");
    let weeks = best["history"].as_array().unwrap().len() + best["points"].as_array().unwrap().len();
    let products = demand["rows"].as_array().unwrap().iter().filter(sells).count();
    assert_eq!(rows.len(), products + weeks, "the products, and the weeks of the best one");
    assert_eq!(rows[0][0], text(&best["product_name"]));
    let week = &rows[products + weeks - 1];
    let high = best["points"].as_array().unwrap().last().unwrap()["units"]["high"].as_f64().unwrap();
    assert_eq!((week[1].as_str(), week[3].parse::<f64>().unwrap()), ("–", high), "the band");

    // One product is looked at closely; its address leads there again.
    let title = "document.querySelector('.closely h3').textContent";
    let prices = report(&server, "products/elasticity");
    page.wait_until(&format!("{}.querySelector('.closely h3')", section("Prices")));
    let chosen = &prices["rows"][3];
    let name = text(&chosen["product_name"]);
    page.value(&format!("{}.querySelectorAll('.link')[3].click()", section("Prices")));
    let shown = format!("{}.querySelector('.closely h3').textContent === {}", section("Prices"), json!(name));
    page.wait_until(&shown);
    assert_eq!(page.value("new URLSearchParams(location.search).get('product')"), chosen["product_id"]);
    let address = page.value("location.pathname + location.search");
    let mut friend = open(&browser().unwrap(), server.address, address.as_str().unwrap());
    friend.wait_until(&shown);
    assert_ne!(friend.value(title), "");
    friend.value(&format!(
        "{}.querySelectorAll('.behind:not(.origin)').forEach((one) => (one.open = true))",
        section("Prices")
    ));
    friend.wait_until(&format!(
        "{}.querySelectorAll('.closely tbody tr').length === {}",
        section("Prices"),
        chosen["observations"].as_array().unwrap().len()
    ));
    assert_calm(&mut page, server.address);
    assert_calm(&mut friend, server.address);
}

#[test]
fn names_stay_texts_where_models_show_them() {
    let Some(browser) = browser() else { return };
    let script = "<img src=x onerror=document.title='broken'>";
    // Two products in every order, two regions, prices that move demand, a day that stands out, customers who have left.
    let lines = daily(250, |day| {
        let customer = if day < 40 { day % 8 } else { 8 + day % 9 };
        let low = day / 7 % 2 == 0;
        let (price, units) = if low { ("8.00", 6) } else { ("10.00", 4) };
        let units = units + day % 3;
        let tail = format!("DATET10:00:00Z,{script}{},{script},", day % 2);
        format!(
            "{script}{day},1,{script}{customer},{script}A,{script}A,{script},{units},{price},{tail}\n\
             {script}{day},2,{script}{customer},{script}B,{script}B,{script},{},5.00,{tail}",
            if day == 200 { 300 } else { 1 }
        )
    });
    let store = Store::with(&lines);
    let server = store.serve();
    let stock = format!("product_id,on_hand,lead_days,unit_cost,order_cost\n{script}A,12,7,4.00,10\n");
    assert_eq!(http::post(server.address, "/api/v1/inventory", "text/csv", stock.as_bytes()).status, 200);
    store.fit();
    let mut page = open(&browser, server.address, "/dashboard/sales?range=all");
    let shown = [
        ("/sales?range=all", ["What to expect", "Unusual days", "Top products"].as_slice()),
        ("/customers?range=all", &["At risk of being lost", "Best customers"]),
        ("/products?range=all", &["Reorder", "Prices", "Bought together", "Products"]),
    ];
    for (path, titles) in shown {
        visit(&mut page, server.address, &format!("/dashboard{path}"));
        for title in titles {
            let text = text_of(&mut page, title);
            assert!(*title == "What to expect" || text.contains(script), "{title}: {text}");
        }
        assert_eq!(page.value("document.querySelectorAll('img').length"), 0, "{path}");
        assert_ne!(page.value("document.title"), "broken", "{path}");
    }
    let order = &report(&server, "products/reorder")["rows"][0];
    let row = rows_of(&mut page, "Reorder")[0].join(" ");
    assert!(row.contains(order["action"].as_str().unwrap()) && row.contains("order"), "{row} {order}");
    let price = &report(&server, "products/elasticity")["rows"][0];
    assert!(text_of(&mut page, "Prices").contains(&dollars(&price["suggested_price"])), "{price}");
    assert_calm(&mut page, server.address);
}
