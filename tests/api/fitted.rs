//! What is fitted: by the program, answered over HTTP. Runs side by side and a run that is killed.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::Stdio,
    sync::LazyLock,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    databases,
    http::{get, get_with, post},
    program::{self, Server},
};

pub(crate) const REPORTS: [&str; 12] = [
    "customers/lifetime-value",
    "customers/cohorts",
    "customers/churn",
    "customers/segments",
    "products/elasticity",
    "products/classes",
    "products/reorder",
    "products/demand",
    "products/anomalies",
    "products/bought-together",
    "sales/forecast",
    "sales/anomalies",
];
pub(crate) const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/superstore.csv.gz");
pub(crate) const HEADER: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel,refund\n";

/// A migrated store in a folder of its own.
pub(crate) struct Store {
    folder: TempDir,
    pub(crate) url: String,
}

impl Store {
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("t.db").display());
        assert_eq!(program::run(&url, &["migrate"]).code, 0);
        Self { folder, url }
    }

    /// With the lines of a CSV.
    pub(crate) fn with(lines: &str) -> Self {
        Self::empty().and(lines)
    }

    fn sample() -> Self {
        let store = Self::empty();
        store.import(Path::new(SAMPLE));
        store
    }

    /// The sample, fitted; that is done once for all tests.
    pub(crate) fn fitted_sample() -> Self {
        // The file, and the log beside it that holds the last changes.
        const FILES: [&str; 2] = ["t.db", "t.db-wal"];
        static BYTES: LazyLock<[Option<Vec<u8>>; 2]> = LazyLock::new(|| {
            let store = Store::sample();
            store.fit();
            FILES.map(|name| std::fs::read(store.folder.path().join(name)).ok())
        });
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, bytes) in FILES.into_iter().zip(&*BYTES) {
            if let Some(bytes) = bytes {
                std::fs::write(folder.path().join(name), bytes).expect("write the store");
            }
        }
        let file = folder.path().join("t.db");
        Self { url: format!("sqlite:{}", file.display()), folder }
    }

    /// Migrated, on a database server.
    pub(crate) async fn on_server(server: &str) -> Self {
        let url = databases::empty_database(server).await;
        assert_eq!(program::run(&url, &["migrate"]).code, 0);
        Self { folder: tempfile::tempdir().expect("a temporary folder"), url }
    }

    /// The same store with more lines of a CSV.
    pub(crate) fn and(self, lines: &str) -> Self {
        let file = self.folder.path().join("orders.csv");
        std::fs::write(&file, format!("{HEADER}{lines}")).expect("write the file");
        self.import(&file);
        self
    }

    fn import(&self, file: &Path) {
        let ended = program::run(&self.url, &["--log", "error", "import", file.to_str().expect("UTF-8")]);
        assert_eq!(ended.code, 0, "{ended:?}");
    }

    pub(crate) fn fit(&self) -> Value {
        let ended = program::run(&self.url, &["fit", "--output", "json"]);
        assert_eq!(ended.code, 0, "{ended:?}");
        serde_json::from_str(&ended.stdout).expect("JSON")
    }

    pub(crate) fn serve(&self) -> Server {
        Server::start(&self.url, &[])
    }
}

pub(crate) fn report(server: &Server, path: &str) -> Value {
    let answer = get(server.address, &format!("/api/v1/analytics/{path}"));
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

/// Orders of `days` days in a row from 2015 on: `line` makes the rest of each.
pub(crate) fn daily(days: i32, line: impl Fn(i32) -> String) -> String {
    let first = jiff::civil::date(2015, 1, 1);
    let date = |day: i32| first.saturating_add(jiff::Span::new().days(day));
    let lines = (0..days).map(|day| line(day).replace("DATE", &date(day).to_string()));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_report_is_stale_once_the_data_changes_and_fitted_again_after_a_run() {
    let store = Store::with(&daily(40, |day| {
        format!("A{day},1,C1,P1,Lamp,Light,2,10.00,DATET10:00:00Z,North,online,")
    }));
    let ended = store.fit();
    assert_eq!(ended["status"], "fitted");
    let refusals = ended["refusals"].as_array().expect("a list");
    assert_eq!(ended["refused"], refusals.len());
    let months = serde_json::json!({
        "report": "sales/forecast:month",
        "status": "too_little_data",
        "reason": report(&store.serve(), "sales/forecast?granularity=month")["reason"],
    });
    assert!(refusals.contains(&months), "{ended}");
    assert_eq!(store.fit()["status"], "up_to_date");
    let server = store.serve();
    let path = "/api/v1/analytics/products/classes";
    let first = get(server.address, path);
    let tag = format!("If-None-Match: {}\r\n", first.header("etag"));
    assert_eq!(get_with(server.address, path, &tag).status, 304);
    assert_eq!(first.json()["rows"][0]["revenue"], 800);

    let order = format!("{HEADER}B1,1,C2,P2,Bulb,Light,1,5.25,2015-02-09T10:00:00Z,North,online,\n");
    assert_eq!(post(server.address, "/api/v1/orders", "text/csv", order.as_bytes()).status, 200);
    let stale = get_with(server.address, path, &tag);
    assert_eq!((stale.status, &stale.json()["status"]), (200, &"stale".into()));
    assert_eq!(stale.json()["rows"].as_array().map(Vec::len), Some(1), "the numbers before");
    store.fit();
    let again = report(&server, "products/classes");
    assert_eq!((&again["status"], &again["rows"][1]["revenue"]), (&"fitted".into(), &5.25.into()));
}

#[test]
fn the_server_fits_by_itself_in_a_process_of_its_own() {
    let store = Store::with(&daily(40, |day| {
        format!("A{day},1,C1,P1,Lamp,Light,2,10.00,DATET10:00:00Z,North,online,")
    }));
    // Its flags win over its variables, and so they must in the child.
    let flags = ["serve", "--port", "0", "--database-url", &store.url, "--currency", "EUR"];
    let server = Server::spawn(program::command("sqlite:/nowhere/t.db", &flags));
    let deadline = Instant::now() + Duration::from_mins(2);
    while report(&server, "products/classes")["status"] == "pending" {
        assert!(Instant::now() < deadline, "nothing was fitted: {}", server.log());
        std::thread::sleep(Duration::from_millis(500));
    }
    server.wait_for_log("models are fitted");
    let log = server.log();
    let line = log.lines().find(|line| line.contains("models are fitted")).expect("the line");
    let line: Value = serde_json::from_str(line).expect("JSON");
    let process = line["process"].as_u64().expect("a process");
    assert!(process > 0 && process != u64::from(server.id()), "{line}");
    assert_eq!((line["status"].as_str(), line["fitted"].is_u64()), (Some("fitted"), true), "{line}");
}

#[test]
fn runs_side_by_side_fit_once_and_alike() {
    let (one, other) = (Store::sample(), Store::sample());
    let runs: Vec<_> = std::thread::scope(|scope| {
        let runs = [0, 1].map(|_| scope.spawn(|| one.fit()));
        runs.map(|run| run.join().expect("a run")).into_iter().collect()
    });
    let mut ended: Vec<_> = runs.iter().map(|run| run["status"].as_str().expect("a status")).collect();
    ended.sort_unstable();
    assert_eq!(ended, ["fitted", "up_to_date"]);
    other.fit();
    let (one, other) = (one.serve(), other.serve());
    for path in REPORTS {
        let [mut one, mut other] = [&one, &other].map(|server| report(server, path));
        for answer in [&mut one, &mut other] {
            answer["as_of"] = Value::Null;
        }
        assert_eq!(one, other, "{path}");
    }
}

#[test]
fn a_run_that_is_killed_leaves_the_results_before_it() {
    let store = Store::fitted_sample();
    let server = store.serve();
    let before = report(&server, "products/classes");
    let order = format!("{HEADER}B1,1,C2,P2,Bulb,Light,1,5.25,2017-12-30T10:00:00Z,North,online,\n");
    assert_eq!(post(server.address, "/api/v1/orders", "text/csv", order.as_bytes()).status, 200);
    let mut run = program::command(&store.url, &["--log", "debug", "fit"]);
    let mut run = run.stderr(Stdio::piped()).spawn().expect("start a run");
    let mut log = BufReader::new(run.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    assert!(log.any(|line| line.contains("holds the lease")), "it begins");
    run.kill().expect("kill the run");
    run.wait().expect("wait for the run");
    let after = report(&server, "products/classes");
    assert_eq!((&after["rows"], &after["data_version"]), (&before["rows"], &before["data_version"]));
    assert_eq!(after["status"], "stale");
    // The lease of the killed run is not waited for longer than is asked.
    let ended = program::run(&store.url, &["fit", "--deadline-seconds", "1"]);
    assert!(ended.code == 1 && ended.stderr.contains("lease"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_keep_results_as_the_embedded_database_does() {
    let embedded = Store::fitted_sample();
    let expected = embedded.serve();
    for (_, server) in databases::servers() {
        let store = Store::on_server(&server).await;
        store.import(Path::new(SAMPLE));
        assert_eq!(store.fit()["status"], "fitted");
        assert_eq!(store.fit()["status"], "up_to_date");
        let server = store.serve();
        for path in REPORTS {
            let [mut one, mut other] = [&expected, &server].map(|server| report(server, path));
            for answer in [&mut one, &mut other] {
                answer["as_of"] = Value::Null;
            }
            assert_eq!(one, other, "{path}");
        }
        let sent =
            post(server.address, "/api/v1/inventory", "text/csv", b"product_id,on_hand\nFUR-BO-10001798,5\n");
        assert_eq!(sent.status, 200, "{}", sent.text());
        assert_eq!(store.fit()["status"], "fitted");
        let reorder = report(&server, "products/reorder?product=FUR-BO-10001798");
        assert_eq!(reorder["rows"][0]["on_hand"], 5);
    }
}
