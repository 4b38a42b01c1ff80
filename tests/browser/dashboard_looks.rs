//! Whether everybody can use the dashboard (axe-core, light and dark, wide and narrow), and pictures of it for the documents.

use std::{fs, io::Read as _, path::Path, process::Command};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::{
    chromium::Page,
    dashboard_in_browser::{assert_calm, open, sample, visit},
    docs_in_browser::browser,
    http,
    over_http::embedded,
};

static AXE: &[u8] = include_bytes!("axe/axe.min.js.gz");
const HEADER: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel,refund\n";
const PAGES: [&str; 6] = ["", "/sales", "/customers", "/products", "/live", "/data"];

/// What axe-core finds on the page: rule, impact and the elements.
fn findings(page: &mut Page) -> Value {
    let mut source = String::new();
    GzDecoder::new(AXE).read_to_string(&mut source).expect("axe-core");
    page.value(&format!("{source}; 0"));
    page.value(
        "axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations.map((one) => \
         [one.id, one.impact, one.nodes.map((node) => node.html + ' ' + node.failureSummary).slice(0, 3)]))",
    )
}

#[test]
fn axe_finds_nothing_in_light_and_dark() {
    let Some((_folder, server, mut page)) = sample("/dashboard") else { return };
    for (theme, width) in [("light", 1280), ("dark", 1280), ("light", 360)] {
        page.pretend(width, theme);
        for name in PAGES {
            visit(&mut page, server.address, &format!("/dashboard{name}"));
            page.wait_until("!document.querySelector('.loading')");
            assert_eq!(findings(&mut page), json!([]), "{name} {theme} {width}");
            let wider = page.value("document.documentElement.scrollWidth - innerWidth").as_i64().unwrap();
            assert!(wider <= 0, "{name} is {wider} pixels wider than a screen of {width}");
        }
    }
    assert_calm(&mut page, server.address);
}

#[test]
fn an_empty_store_says_what_to_do() {
    let Some(browser) = browser() else { return };
    let (_folder, server) = embedded(&[]);
    let mut page = open(&browser, server.address, "/dashboard");
    for name in PAGES {
        visit(&mut page, server.address, &format!("/dashboard{name}"));
        page.wait_until("!document.querySelector('.loading')");
        page.wait_until("document.querySelector('main').innerText.includes('No orders yet')");
        assert_eq!(findings(&mut page), json!([]), "{name}");
    }
    assert_calm(&mut page, server.address);
}

#[test]
fn odd_stores_say_something_sensible() {
    let Some(browser) = browser() else { return };
    let order = |id: &str, customer: &str, day: &str, refund: bool| {
        format!("{id},1,{customer},P1,Lamp,Light,1,10.00,{day}T12:00:00Z,North,online,{refund}\n")
    };
    let ten_years = (0..120).map(|month| {
        order(&month.to_string(), "C1", &format!("{}-{:02}-15", 2014 + month / 12, month % 12 + 1), false)
    });
    let stores = [
        ("one customer", order("A", "C1", "2024-02-29", false)),
        ("a guest", order("A", "", "2024-02-29", false)),
        ("one day", (0..50).map(|n| order(&n.to_string(), &n.to_string(), "2024-02-29", false)).collect()),
        ("only refunds", order("A", "C1", "2024-02-28", true) + &order("B", "C1", "2024-02-29", true)),
        ("ten years", ten_years.collect()),
    ];
    for (store, lines) in stores {
        let (_folder, server) = embedded(&[]);
        let csv = format!("{HEADER}{lines}");
        assert_eq!(
            http::post(server.address, "/api/v1/orders", "text/csv", csv.as_bytes()).json()["rejected"],
            0
        );
        let mut page = open(&browser, server.address, "/dashboard");
        for view in [
            "",
            "/sales",
            "/customers",
            "/products",
            "/live",
            "/data",
            "/sales?range=all",
            "/customers?range=all",
            "/sales?range=7d",
        ] {
            visit(&mut page, server.address, &format!("/dashboard{view}"));
            let text = page.value("document.querySelector('main').innerText");
            let text = text.as_str().unwrap();
            for wrong in ["NaN", "undefined", "null", "Infinity", "Try again", "[object"] {
                assert!(!text.contains(wrong), "{store} {view}: {wrong} in {text}");
            }
        }
        assert_calm(&mut page, server.address);
    }
}

#[test]
#[ignore = "makes docs/screenshots anew"]
#[expect(clippy::disallowed_methods, reason = "the pictures are packed by a program that is not ours")]
fn pictures_for_the_documents() {
    let Some((_folder, server, mut page)) = sample("/dashboard") else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screenshots");
    fs::create_dir_all(&folder).unwrap();
    // Small enough to be kept: the tests refuse more than 150 KiB.
    for (look, theme, width, most_height, scale) in [
        ("light", "light", 1280, 960, 0.75),
        ("dark", "dark", 1280, 960, 0.75),
        ("phone", "light", 360, 1300, 1.0),
    ] {
        page.pretend(width, theme);
        for name in PAGES {
            visit(&mut page, server.address, &format!("/dashboard{name}"));
            page.wait_until("!document.querySelector('.loading')");
            std::thread::sleep(std::time::Duration::from_millis(400));
            let name = if name.is_empty() { "overview" } else { &name[1..] };
            let base64 = folder.join("picture.base64");
            fs::write(&base64, page.picture(width, most_height, scale)).unwrap();
            let picture = folder.join(format!("{name}-{look}.png"));
            let file = fs::File::create(&picture).unwrap();
            assert!(Command::new("base64").arg("-d").arg(&base64).stdout(file).status().unwrap().success());
            fs::remove_file(&base64).unwrap();
            let size = fs::metadata(&picture).unwrap().len();
            assert!(size <= 150 * 1024, "{}: {size} bytes", picture.display());
        }
    }
}
