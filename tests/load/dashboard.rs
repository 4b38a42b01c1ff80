//! Benchmark: the first view of the dashboard in a real Chromium on a store of many lines, and how soon an order that is
//! sent appears on the live page, by server-sent events and by the long poll.
//!
//! `cargo bench -p eap-api --bench dashboard -- [--lines N] [--store FILE] [--runs N] [--orders N]`
//!
//! `EAP_TEST_CHROMIUM` names the browser. `--store` is an embedded store that is there already, and is written to.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark starts programs, reads which browser there is, and prints"
)]

#[path = "../browser/chromium.rs"]
#[expect(dead_code, reason = "tests need more of it")]
mod chromium;
#[path = "../api/program.rs"]
#[expect(dead_code, reason = "tests need more of it")]
mod program;
#[path = "synthetic.rs"]
mod synthetic;

use std::{
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
};

use chromium::Page;
use program::Server;

/// Notes when the page can be worked with, when its figures are there, and when all of it is.
const WATCH: &str = "window.seen = {}; new MutationObserver(() => { \
    const note = (name, found) => { if (found && !(name in seen)) seen[name] = performance.now(); }; \
    note('controls', document.querySelector('#choose-Range')); \
    note('figures', document.querySelector('.tile .figure')); \
    note('whole', document.querySelector('main h1') && document.querySelector('.plot canvas') && !document.querySelector('[aria-busy]')); \
    }).observe(document, {subtree: true, childList: true, attributes: true});";
/// What the view has transferred, headers included.
const BYTES: &str = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]\
    .reduce((sum, one) => sum + one.transferSize, 0)";

const COLUMNS: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel";

fn main() {
    let options = Options::from_arguments();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = options.store.clone().unwrap_or_else(|| filled(folder.path(), options.lines));
    let url = format!("sqlite:{}", store.display());
    let server = Server::start(&url, &[]);
    let origin = format!("http://{}", server.address);
    first_view(&options, &origin);
    println!("an order appears\tp50 ms\tp99 ms");
    live(&options, &origin, "by events", "");
    let held_back = "window.EventSource = class { static CLOSED = 2; addEventListener() {} close() {} };";
    live(&options, &origin, "by long poll", held_back);
}

struct Options {
    browser: String,
    lines: u64,
    store: Option<PathBuf>,
    runs: u64,
    orders: u64,
}

impl Options {
    fn from_arguments() -> Self {
        let browser = std::env::var("EAP_TEST_CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
        let mut options = Self { browser, lines: 1_000_000, store: None, runs: 9, orders: 100 };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            // Cargo hands over a flag of its own.
            if argument == "--bench" {
                continue;
            }
            let value = arguments.next().unwrap_or_default();
            let number = || value.parse().unwrap_or_else(|_| panic!("{argument} takes a number"));
            match argument.as_str() {
                "--lines" => options.lines = number(),
                "--runs" => options.runs = number(),
                "--orders" => options.orders = number(),
                "--store" => options.store = Some(PathBuf::from(value)),
                _ => panic!("what is {argument}?"),
            }
        }
        options
    }
}

/// A store with so many lines.
fn filled(folder: &Path, lines: u64) -> PathBuf {
    let (store, csv) = (folder.join("bench.db"), folder.join("orders.csv"));
    let url = format!("sqlite:{}", store.display());
    synthetic::write_csv(&mut BufWriter::new(File::create(&csv).expect("a file")), lines).expect("write it");
    for arguments in [&["migrate"][..], &["import", csv.to_str().expect("UTF-8")]] {
        let ended = program::run(&url, arguments);
        assert_eq!(ended.code, 0, "{ended:?}");
    }
    store
}

/// With nothing in the browser's cache, each time.
fn first_view(options: &Options, origin: &str) {
    let mut times: [Vec<f64>; 3] = Default::default();
    let mut bytes = 0.0;
    for _ in 0..options.runs {
        let mut page = Page::open(&options.browser, "about:blank");
        page.pretend(1280, "light");
        page.before_scripts(WATCH);
        page.go(&format!("{origin}/dashboard"));
        page.wait_until("window.seen?.whole");
        for (times, name) in times.iter_mut().zip(["controls", "figures", "whole"]) {
            times.push(page.value(&format!("seen.{name}")).as_f64().expect("a time"));
        }
        bytes = page.value(BYTES).as_f64().expect("a sum");
    }
    println!("first view\tKiB {:.1}", bytes / 1024.0);
    println!("since the address was entered\tp50 ms\tmost ms");
    let names = ["can be worked with", "figures are there", "all of it is there"];
    for (name, times) in names.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        println!("{name}\t{:.0}\t{:.0}", times[times.len() / 2], times[times.len() - 1]);
    }
}

/// The page itself sends each order, so that one clock measures.
fn live(options: &Options, origin: &str, name: &str, before: &str) {
    let mut page = Page::open(&options.browser, "about:blank");
    page.pretend(1280, "light");
    page.before_scripts(before);
    page.go(&format!("{origin}/dashboard/live"));
    page.wait_until("document.querySelector('.state.on') && document.querySelector('tbody th')");
    let mut times: Vec<f64> = (0..options.orders)
        .map(|number| {
            let id = format!("{}-{number}", name.replace(' ', "-"));
            let appears = format!(
                "new Promise((done, fail) => {{ \
                 const shown = () => document.querySelector('tbody th')?.textContent === '{id}'; \
                 const start = performance.now(); \
                 const watch = new MutationObserver(() => {{ \
                   if (!shown()) return; watch.disconnect(); done(performance.now() - start); }}); \
                 watch.observe(document.body, {{subtree: true, childList: true}}); \
                 fetch('/api/v1/orders', {{method: 'POST', \
                   headers: {{'Content-Type': 'text/csv', 'X-Eap-Dashboard': '1'}}, \
                   body: '{COLUMNS}\\n{id},1,,P1,Thing,Things,1,1.00,' + new Date().toISOString() + ',North,web'}}) \
                 .then(async (answer) => answer.ok || fail(new Error(await answer.text())), fail); }})"
            );
            page.value(&appears).as_f64().expect("a time")
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    println!("{name}\t{:.0}\t{:.0}", at(50), at(99));
}
