//! What is fitted: by the program, answered over HTTP. Stores of every odd shape, runs side by side and a run that is
//! killed.

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

const REPORTS: [&str; 11] = [
    "customers/lifetime-value",
    "customers/cohorts",
    "customers/churn",
    "customers/segments",
    "products/elasticity",
    "products/classes",
    "products/reorder",
    "products/demand",
    "products/bought-together",
    "sales/forecast",
    "sales/anomalies",
];
pub(crate) const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/superstore.csv.gz");
const HEADER: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel,refund\n";

/// A migrated store in a folder of its own.
pub(crate) struct Store {
    folder: TempDir,
    url: String,
}

impl Store {
    fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("t.db").display());
        assert_eq!(program::run(&url, &["migrate"]).code, 0);
        Self { folder, url }
    }

    /// With the lines of a CSV.
    pub(crate) fn with(lines: &str) -> Self {
        let store = Self::empty();
        let file = store.folder.path().join("orders.csv");
        std::fs::write(&file, format!("{HEADER}{lines}")).expect("write the file");
        store.import(&file);
        store
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
fn odd_stores_get_sensible_answers() {
    let refunds = "A1,1,C1,P1,Lamp,Light,2,10.00,2024-01-31T10:00:00Z,North,online,true\n";
    let one_day = daily(30, |order| {
        let (customer, product) = (order % 5, order % 3);
        format!("A{order},1,C{customer},P{product},Lamp,Light,2,10.00,2024-01-31T10:00:00Z,North,online,")
    });
    let one_customer =
        daily(40, |day| format!("A{day},1,C1,P{},Lamp,Light,2,10.00,DATET10:00:00Z,North,online,", day % 3));
    let one_product =
        daily(40, |day| format!("A{day},1,C{},P1,Lamp,Light,2,10.00,DATET10:00:00Z,North,online,", day % 7));
    let ten_years = daily(3_653, |day| {
        format!(
            "A{day},1,C{},P{},Lamp,Light,{},10.00,DATET10:00:00Z,North,online,",
            day % 400,
            day % 20,
            1 + day % 7
        )
    });
    let stores = [
        ("empty", String::new(), "too_little_data"),
        ("only refunds", refunds.to_owned(), "too_little_data"),
        ("one day", one_day, "too_little_data"),
        ("one customer", one_customer, "fitted"),
        ("one product", one_product, "fitted"),
        ("ten years", ten_years, "fitted"),
    ];
    for (name, lines, forecast) in stores {
        let store = Store::with(&lines);
        let server = store.serve();
        for path in REPORTS {
            let before = report(&server, path);
            assert_eq!(
                (&before["status"], &before["as_of"]),
                (&"pending".into(), &Value::Null),
                "{name} {path}"
            );
        }
        store.fit();
        for path in REPORTS {
            let answer = report(&server, path);
            let status = answer["status"].as_str().expect("a status");
            assert!(["fitted", "too_little_data"].contains(&status), "{name} {path}: {answer}");
            assert_eq!(status == "too_little_data", answer["reason"].is_string(), "{name} {path}: {answer}");
            assert!(answer["method"].is_string() && answer["as_of"].is_string(), "{name} {path}");
            let csv = get(server.address, &format!("/api/v1/analytics/{path}?format=csv"));
            assert_eq!(csv.status, 200, "{name} {path}");
        }
        assert_eq!(report(&server, "sales/forecast")["status"], forecast, "{name}");
        assert_eq!(get(server.address, "/api/v1/analytics/sales/forecast?granularity=hour").status, 400);
    }
}

#[test]
fn a_report_is_stale_once_the_data_changes_and_fitted_again_after_a_run() {
    let store = Store::with(&daily(40, |day| {
        format!("A{day},1,C1,P1,Lamp,Light,2,10.00,DATET10:00:00Z,North,online,")
    }));
    assert_eq!(store.fit()["status"], "fitted");
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
    assert_eq!(row["history"][25], serde_json::json!({ "label": "2016-02-15", "units": 420 }));
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
    assert_eq!(report(&server, "products/demand?product=P3")["rows"], serde_json::json!([]));
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
        let url = databases::empty_database(&server).await;
        assert_eq!(program::run(&url, &["migrate"]).code, 0);
        let store = Store { folder: tempfile::tempdir().expect("a temporary folder"), url };
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
