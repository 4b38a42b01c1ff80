//! Whether everybody can use the dashboard (axe-core, light and dark, wide and narrow), and pictures of it for the documents.

use std::{fs, io::Read as _, path::Path, process::Command};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::{
    chromium::Page,
    dashboard_in_browser::{assert_calm, open, sample, visit},
    docs_in_browser::browser,
    fitted::Store,
    over_http::embedded,
    picture::with_few_colours,
};

static AXE: &[u8] = include_bytes!("axe/axe.min.js.gz");
const PAGES: [&str; 6] = ["", "/sales", "/customers", "/products", "/live", "/data"];

/// What axe-core finds on the page: rule, impact and the elements.
pub(crate) fn findings(page: &mut Page) -> Value {
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
    let Some((_store, server, mut page)) = sample("/dashboard") else { return };
    for (theme, width) in [("light", 1280), ("dark", 1280), ("light", 360)] {
        page.pretend(width, theme);
        for name in PAGES {
            visit(&mut page, server.address, &format!("/dashboard{name}"));
            page.wait_until("!document.querySelector('.loading')");
            assert_eq!(findings(&mut page), json!([]), "{name} {theme} {width}");
            let wider = page.value("document.documentElement.scrollWidth - innerWidth").as_i64().unwrap();
            assert!(wider <= 0, "{name} is {wider} pixels wider than a screen of {width}");
            let current = "document.querySelector('#pages [aria-current]').getBoundingClientRect()";
            let in_sight = page.value(&format!("{current}.left >= 0 && {current}.right <= innerWidth"));
            assert_eq!(in_sight, true, "where one is: {name} {theme} {width}");
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
        assert_sensible(&mut page, name);
    }
    assert_calm(&mut page, server.address);
}

/// That nothing on the page is a number that is none, a failure, or what will never be there.
fn assert_sensible(page: &mut Page, name: &str) {
    let text = page.value("document.querySelector('main').innerText");
    let text = text.as_str().expect("a text");
    for wrong in ["NaN", "undefined", "null", "Infinity", "Try again", "[object", "computed for the first"] {
        assert!(!text.contains(wrong), "{name}: {wrong} in {text}");
    }
}

/// A line of an order.
fn line(id: u32, customer: &str, product: u32, day: &str, refund: bool) -> String {
    format!(
        "{id},1,{customer},P{product},Lamp {product},Light,1,10.00,{day}T12:00:00Z,North,online,{refund}\n"
    )
}

/// Stores that are not what one thinks of first, by name.
fn odd_stores() -> [(&'static str, String); 7] {
    let month = |month: u32| format!("{}-{:02}", 2014 + month / 12, month % 12 + 1);
    let monthly = |orders: &dyn Fn(u32) -> Vec<String>| (0..120).flat_map(orders).collect::<String>();
    [
        ("one customer", line(1, "C1", 1, "2024-02-29", false)),
        ("a guest", line(1, "", 1, "2024-02-29", false)),
        ("one day", (0..50).map(|n| line(n, &n.to_string(), n % 4, "2024-02-29", false)).collect()),
        ("only refunds", line(1, "C1", 1, "2024-02-28", true) + &line(2, "C1", 1, "2024-02-29", true)),
        (
            "ten years of one customer",
            monthly(&|at| vec![line(at, "C1", 1, &format!("{}-15", month(at)), false)]),
        ),
        (
            "ten years of several customers and products",
            monthly(&|at| {
                (0..5)
                    .map(|n| {
                        let customer = format!("C{}", (at * 7 + n * 3) % (20 + at / 3));
                        line(
                            at * 5 + n,
                            &customer,
                            (at + n) % 6,
                            &format!("{}-{:02}", month(at), n * 5 + 2),
                            false,
                        )
                    })
                    .collect()
            }),
        ),
        (
            "one product of several customers",
            (0..120)
                .map(|n| {
                    line(
                        n,
                        &format!("C{}", n * n % 17),
                        1,
                        &format!("2024-{:02}-{:02}", n / 28 + 1, n % 28 + 1),
                        false,
                    )
                })
                .collect(),
        ),
    ]
}

#[test]
fn odd_stores_say_something_sensible() {
    let Some(browser) = browser() else { return };
    for (store, lines) in odd_stores() {
        let fitted = Store::with(&lines);
        fitted.fit();
        let server = fitted.serve();
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
            "/customers?tab=week&range=all",
            "/customers?customer=C1&horizon=1825",
            "/products?product=P1",
            "/sales?range=7d",
        ] {
            visit(&mut page, server.address, &format!("/dashboard{view}"));
            page.wait_until("!document.querySelector('.loading')");
            assert_sensible(&mut page, &format!("{store} {view}"));
        }
        assert_calm(&mut page, server.address);
    }
}

#[test]
#[ignore = "makes docs/screenshots anew"]
#[expect(clippy::disallowed_methods, reason = "the pictures are unpacked by a program that is not ours")]
fn pictures_for_the_documents() {
    let Some((_store, server, mut page)) = sample("/dashboard") else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screenshots");
    fs::create_dir_all(&folder).unwrap();
    for (look, theme, width, scale) in
        [("light", "light", 1280, 0.75), ("dark", "dark", 1280, 0.75), ("phone", "light", 360, 0.9)]
    {
        page.pretend(width, theme);
        for name in PAGES {
            visit(&mut page, server.address, &format!("/dashboard{name}"));
            page.wait_until("!document.querySelector('.loading')");
            std::thread::sleep(std::time::Duration::from_millis(600));
            let name = if name.is_empty() { "overview" } else { &name[1..] };
            let base64 = folder.join("picture.base64");
            fs::write(&base64, page.picture(width, 6_000, scale)).unwrap();
            let picture = folder.join(format!("{name}-{look}.png"));
            let unpacked = Command::new("base64").arg("-d").arg(&base64).output().unwrap();
            assert!(unpacked.status.success());
            fs::remove_file(&base64).unwrap();
            let small = with_few_colours(&unpacked.stdout);
            assert!(small.len() <= 150 * 1024, "{}: {} bytes", picture.display(), small.len());
            fs::write(&picture, small).unwrap();
        }
    }
}
