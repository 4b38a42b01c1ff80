//! What is fitted of products: stores whose answers can be worked out by hand.

use serde_json::{Value, json};

use crate::{
    fitted::{HEADER, Store, daily, report},
    http::{get, get_with, post},
    program,
};

#[test]
fn demand_that_grows_is_expected_to_go_on_and_a_new_product_is_not_compared() {
    // Weeks from Monday 2014-12-29 on: seven units more in each than in the week before. The last days are of a week
    // that is not over. P2 is on offer for the last five complete weeks.
    let store = Store::with(&daily(420, |day| {
        let units = 1 + (day + 3) / 7;
        let old = format!("A{day},1,C1,P1,Lamp,Light,{units},10.00,DATET10:00:00Z,North,online,");
        let new = format!("B{day},1,C1,P2,Bulb,Light,3,1.00,DATET11:00:00Z,North,online,");
        if day < 382 { old } else { format!("{old}\n{new}") }
    }));
    store.fit();
    let server = store.serve();
    let answer = report(&server, "products/demand?product=P1");
    let row = &answer["rows"][0];
    assert_eq!(
        (&row["method"], &row["previous_units"]),
        (&"holt".into(), &(7 * (49..=60).sum::<i64>()).into())
    );
    assert_eq!(row["history"][25], json!({ "label": "2016-02-15", "units": 420 }));
    assert_eq!(row["points"][0]["label"], "2016-02-22");
    assert!(row["smape"].as_f64() < Some(0.5) && row["baseline_mase"].as_f64() > Some(0.9), "{row}");
    for (week, point) in (61..=72).zip(row["points"].as_array().expect("points")) {
        let [low, mean, high] =
            ["low", "mean", "high"].map(|name| point["units"][name].as_f64().expect(name));
        assert!((mean - f64::from(7 * week)).abs() < 1.0 && low <= mean && mean <= high, "{point}");
    }
    let expected = row["expected_units"].as_f64().expect("a sum");
    assert!((expected - 5_586.0).abs() < 12.0, "{row}");

    let answer = report(&server, "products/demand?product=P2");
    let row = &answer["rows"][0];
    assert_eq!((&row["previous_units"], &row["expected_units"]), (&Value::Null, &252.0.into()), "{row}");
    assert_eq!(
        row["history"].as_array().map(Vec::len),
        Some(5),
        "weeks before it was sold tell nothing: {row}"
    );
    assert_eq!(report(&server, "products/demand?product=P3")["rows"], json!([]));
}

#[test]
fn demand_with_a_season_is_expected_to_have_it() {
    // The units of a day in each of 52 weeks, the same in each of three years.
    let units = |week: i32| 1 + week % 52 * 37 % 29;
    let store = Store::with(&daily(4 + 7 * 156, |day| {
        let units = units((day + 3) / 7);
        format!("A{day},1,C1,P1,Lamp,Light,{units},10.00,DATET10:00:00Z,North,online,")
    }));
    store.fit();
    let answer = report(&store.serve(), "products/demand");
    let row = &answer["rows"][0];
    // Nothing beats what was sold a year ago.
    assert_eq!(
        (&row["method"], &row["smape"], &row["coverage"]),
        (&"seasonal_naive".into(), &0.0.into(), &1.0.into())
    );
    for (week, point) in (157..).zip(row["points"].as_array().expect("points")) {
        assert_eq!(point["units"]["mean"], f64::from(7 * units(week)), "{point}");
    }
}

#[test]
fn stock_levels_become_orders_to_place() {
    // Four units a day: in 7 days of lead 28, and as demand is steady nothing for safety.
    let store = Store::with(&daily(60, |day| {
        format!("A{day},1,C1,P-12,Lamp,Light,4,10.00,DATET10:00:00Z,North,online,")
    }));
    // What goes on in another currency is another shop: the days of demand end with the dollars.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("euros.csv");
    let order = "E1,1,C1,P-12,Lamp,Light,9,10.00,2015-08-15T10:00:00Z,North,online,\n";
    std::fs::write(&file, format!("{HEADER}{order}")).expect("write a file");
    let imported = program::run(&store.url, &["import", "--currency", "EUR", file.to_str().expect("UTF-8")]);
    assert_eq!(imported.code, 0, "{imported:?}");
    let server = store.serve();
    let send = |body: &str| post(server.address, "/api/v1/inventory", "text/csv", body.as_bytes());
    assert_eq!(send("product_id,on_hand\nP-12,many\n").status, 400);
    let taken = send("product_id,on_hand,lead_days,unit_cost,order_cost\nP-12,48,7,4.00,10\n");
    assert_eq!((taken.status, taken.json()["stored"].as_u64()), (200, Some(1)), "{}", taken.text());
    store.fit();
    let row = &report(&server, "products/reorder")["rows"][0];
    assert_eq!((&row["days_of_cover"], &row["reorder_point"]), (&12.0.into(), &28.0.into()), "{row}");
    // √(2 · 10 · 4 / (4 · 0.25 / 365.25)) = 170.94, in whole units; 20 above the point last 5 days from 1 March on.
    assert_eq!(row["action"], "reorder 171 of P-12 by 6 March 2015");

    send("product_id,on_hand,lead_days,unit_cost,order_cost\nP-12,8,7,4.00,10\n");
    assert_eq!(store.fit()["status"], "fitted", "other levels ask for another run");
    assert_eq!(
        report(&server, "products/reorder")["rows"][0]["action"],
        "reorder 191 of P-12 by 1 March 2015"
    );
}

#[test]
fn days_before_a_product_was_on_offer_are_not_days_without_demand() {
    // Four units a day of each: P-1 for 60 days, P-2 for the last 20, P-3 for the last 10.
    let store = Store::with(&daily(60, |day| {
        let sold = [("P-1", 0), ("P-2", 40), ("P-3", 50)].into_iter().filter(|(_, from)| *from <= day);
        let lines = sold.map(|(product, _)| {
            format!("{product}-{day},1,C1,{product},Lamp,Light,4,10.00,DATET10:00:00Z,North,online,")
        });
        lines.collect::<Vec<_>>().join("\n")
    }));
    store.fit();
    let answer = report(&store.serve(), "products/reorder");
    let rows = answer["rows"].as_array().expect("rows");
    let found: Vec<_> = rows
        .iter()
        .map(|row| (row["product_id"].as_str(), row["daily_demand"].as_f64(), row["reorder_point"].as_f64()))
        .collect();
    let expected = [
        (Some("P-1"), Some(4.0), Some(28.0)),
        (Some("P-2"), Some(4.0), Some(28.0)),
        (Some("P-3"), Some(4.0), None),
    ];
    assert_eq!(found, expected);
    assert_eq!(rows[2]["action"], "wait for the demand of P-3: seen for 10 of 14 days");
}

#[test]
fn products_without_demand_are_no_recommendation() {
    // P-old brought the most, but long ago; P-new has sold since.
    let store = Store::with(&daily(300, |day| {
        let product = if day < 60 { "P-old,Lamp,Light,9" } else { "P-new,Bulb,Light,1" };
        format!("A{day},1,C1,{product},10.00,DATET10:00:00Z,North,online,")
    }));
    store.fit();
    let server = store.serve();
    let told = |server| {
        let answer = report(server, "products/reorder");
        let rows = answer["rows"].as_array().expect("rows");
        rows.iter().map(|row| row["action"].as_str().expect("a text").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told(&server), ["tell the stock of P-new", "nothing to order of P-old: no demand"]);
    let stock = b"product_id,on_hand\nP-old,0\n";
    assert_eq!(post(server.address, "/api/v1/inventory", "text/csv", stock).status, 200);
    store.fit();
    assert_eq!(told(&server), ["tell the stock of P-new", "nothing to order of P-old: no demand"]);
}

#[test]
fn how_steadily_a_product_sells_is_told_by_whole_months() {
    // Two units a day until 5 March 2016, from different days on. Of March there is too little to tell, and of the months in
    // which a product was launched; what they brought counts all the same.
    let launched = [("P1", 0), ("P2", 353), ("P3", 405), ("P4", 365)];
    let store = Store::with(&daily(430, |day| {
        let sold = launched.iter().filter(|(_, from)| *from <= day);
        let line = |(product, _): &(&str, i32)| {
            format!("{product}-{day},1,C1,{product},Lamp,Light,2,10.00,DATET10:00:00Z,North,online,")
        };
        sold.map(line).collect::<Vec<_>>().join("\n")
    }));
    store.fit();
    let answer = report(&store.serve(), "products/classes");
    let told = |product: &str| {
        let rows = answer["rows"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["product_id"] == product).unwrap_or_else(|| panic!("{answer}"));
        json!([row["xyz_class"], row["variation"], row["revenue"]])
    };
    // P1: 31 or 30 days in each of twelve months but for 29 in February. P2 from 20 December and P4 from New Year's Day
    // on: 31 and 29. P3 from 10 February on: no whole month.
    assert_eq!(told("P1"), json!(["X", 0.0221, 6_800]));
    assert_eq!(told("P2"), json!(["X", 0.0471, 1_540]));
    assert_eq!(told("P4"), json!(["X", 0.0471, 1_300]));
    assert_eq!(told("P3"), json!(["Z", null, 500]));
}

/// Twelve weeks from Monday 2015-01-05 on: units at the price of each, 14,400 / price², so that the elasticity is −2. Weeks
/// without a price have no sale of P1 and P2. The last days are of a week that is not over, and would not fit.
fn elastic() -> Store {
    let prices = [10, 12, 15, 0, 20, 24, 30, 10, 0, 12, 15, 20];
    Store::with(&daily(4 + 7 * 12 + 2, |day| {
        let (week, weekday) = ((day - 4).div_euclid(7), (day - 4).rem_euclid(7));
        let price = usize::try_from(week).ok().and_then(|week| prices.get(week)).copied();
        let line = |product: &str, units: i32, price: i32| {
            format!(
                "{product}-{day},1,C1,{product},Lamp,Light,{units},{price}.00,DATET10:00:00Z,North,online,"
            )
        };
        let mut lines = vec![line("P0", 1, 5)];
        match price {
            Some(price) if price > 0 && weekday == 2 => {
                lines.extend(["P1", "P2"].map(|product| line(product, 14_400 / (price * price), price)));
            }
            // Monday and Tuesday of the week that is not over.
            None if week >= 12 => lines.extend(["P1", "P2"].map(|product| line(product, 1, 20))),
            _ => {}
        }
        lines.join("\n")
    }))
}

#[test]
fn a_price_is_suggested_by_elasticity_and_cost() {
    let store = elastic();
    let server = store.serve();
    let stock = b"product_id,on_hand,unit_cost\nP1,5,10.50\nP2,5,15\n";
    assert_eq!(post(server.address, "/api/v1/inventory", "text/csv", stock).status, 200);
    store.fit();
    let answer = report(&server, "products/elasticity");
    let row = |product: &str| {
        let rows = answer["rows"].as_array().expect("rows");
        rows.iter().find(|row| row["product_id"] == product).cloned().unwrap_or_else(|| panic!("{answer}"))
    };
    let (one, two) = (row("P1"), row("P2"));
    assert_eq!((&one["elasticity"], &one["r_squared"]), (&(-2.0).into(), &1.0.into()), "{one}");
    assert_eq!((&one["left_out"], &one["price"]), (&2.into(), &20.0.into()), "{one}");
    assert_eq!(one["observations"].as_array().map(Vec::len), Some(10));
    // c ε / (1 + ε): 2 · 10.50, and 2 · 15 = 30, which is more than a tenth above 20.
    assert_eq!((&one["suggested_price"], &one["reason"]), (&21.0.into(), &"optimum".into()), "{one}");
    assert_eq!((&two["suggested_price"], &two["reason"]), (&22.0.into(), &"largest_change".into()), "{two}");
}

#[test]
fn reports_that_need_stock_are_stale_once_it_changes() {
    let store = elastic();
    store.fit();
    let server = store.serve();
    let status = |path: &str| report(&server, path)["status"].clone();
    let path = "/api/v1/analytics/products/reorder";
    let tag = format!("If-None-Match: {}\r\n", get(server.address, path).header("etag"));
    assert_eq!(
        (status("products/reorder"), status("products/elasticity")),
        ("fitted".into(), "fitted".into())
    );
    let stock = b"product_id,on_hand,unit_cost\nP1,5,10.50\n";
    assert_eq!(post(server.address, "/api/v1/inventory", "text/csv", stock).status, 200);
    assert_eq!(get_with(server.address, path, &tag).status, 200, "another tag");
    assert_eq!((status("products/reorder"), status("products/elasticity")), ("stale".into(), "stale".into()));
    assert_eq!(status("products/classes"), "fitted", "that needs no stock");
    store.fit();
    assert_eq!(status("products/reorder"), "fitted");
}
