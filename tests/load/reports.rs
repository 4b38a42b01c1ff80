//! Benchmark: import rate, the time of reports not asked before, and the most memory that `eap-api serve` takes for
//! answering them and for summarising three months, at growing numbers of lines (100,000, 1 and 10 million unless told
//! otherwise).
//!
//! `cargo bench -p eap-api --bench reports -- [--lines N]… [--server URL] [--keep FOLDER] [--store URL]`
//!
//! `--server` names a MySQL or MariaDB server, on which each size gets a database of its own that is dropped again;
//! without it the store is a file. `--store` asks one that is there and loads nothing. The last column of a report says
//! how many times as long it takes as at the first size.
//!
//! The import rate stands beside what the database's own tool needs for the same file: `sqlite3 .import` into one table
//! with the natural key, `LOAD DATA` into the original's table with its indices.

#![expect(
    dead_code,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark shares with tests, compares itself with sqlite3, and prints"
)]

#[path = "../api/http.rs"]
mod http;
#[path = "../api/program.rs"]
mod program;
#[path = "questions.rs"]
mod questions;
#[path = "synthetic.rs"]
mod synthetic;

use std::{
    collections::HashMap,
    fs::File,
    io::{BufReader, BufWriter, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use eap_api::{
    db::{Db, Dialect},
    ingest::{csv, draft::StoreDefaults, terms::Dictionary, upload},
    rollup::{compact, month::WRITING},
};
use jiff::tz::TimeZone;
use sqlx::Row;

/// MiB that `serve` may have resident, at any number of lines.
const MOST_MEMORY: u64 = 96;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::from_arguments();
    // By report: its median at the first size.
    let mut first = HashMap::new();
    if let Some(url) = &options.store {
        return questions::ask(&Db::connect(url, 4).await?, &mut first).await;
    }
    for &lines in &options.lines {
        let folder = tempfile::tempdir()?;
        let csv = folder.path().join("orders.csv");
        synthetic::write_csv(&mut BufWriter::new(File::create(&csv)?), lines)?;
        let place = Place::new(&options, folder.path(), lines).await?;
        let db = Db::connect_to_load(&place.url, 4).await?;
        db.migrate("UTC").await?;
        let import = import(&db, &csv).await?;
        let own_tool = match db.dialect {
            Dialect::Sqlite => shell_import(folder.path(), &csv),
            Dialect::MySql => load_data(&db, &csv).await,
        };
        db.pool.close().await;
        db.readers.close().await;
        let ratio = own_tool.map(|own| import.as_secs_f64() / own.as_secs_f64());
        let rate = lines as f64 / import.as_secs_f64();
        println!("lines\timport lines/s\ttime over the database's own tool\tMiB database");
        println!(
            "{lines}\t{rate:.0}\t{}\t{}",
            ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}")),
            place.file.as_ref().and_then(|file| Some(file.metadata().ok()?.len() >> 20)).unwrap_or(0)
        );
        questions::ask(&Db::connect(&place.url, 4).await?, &mut first).await?;
        forget_months(&place.url).await?;
        let memory = serve(&place.url).await?;
        println!("serve, peak MiB resident\t{memory}");
        place.drop().await?;
        anyhow::ensure!(memory < MOST_MEMORY, "serve had {memory} MiB resident, {MOST_MEMORY} are allowed");
    }
    Ok(())
}

/// Where a store is.
struct Place {
    url: String,
    file: Option<PathBuf>,
    server: Option<(String, String)>,
}

impl Place {
    async fn new(options: &Options, folder: &Path, lines: u64) -> anyhow::Result<Self> {
        let Some(server) = &options.server else {
            let folder = options.keep.as_deref().unwrap_or(folder);
            let file = folder.join(format!("bench-{lines}.db"));
            return Ok(Self { url: format!("sqlite://{}", file.display()), file: Some(file), server: None });
        };
        let place = Self {
            url: format!("{server}/eap_bench_{lines}"),
            file: None,
            server: Some((server.clone(), format!("eap_bench_{lines}"))),
        };
        place.administer(&["DROP DATABASE IF EXISTS", "CREATE DATABASE"]).await?;
        Ok(place)
    }

    async fn administer(&self, acts: &[&str]) -> anyhow::Result<()> {
        let Some((server, name)) = &self.server else { return Ok(()) };
        sqlx::any::install_default_drivers();
        let admin = sqlx::AnyPool::connect(&format!("{server}/mysql")).await?;
        for act in acts {
            sqlx::raw_sql(&format!("{act} {name}")).execute(&admin).await?;
        }
        admin.close().await;
        Ok(())
    }

    async fn drop(self) -> anyhow::Result<()> {
        self.administer(&["DROP DATABASE"]).await
    }
}

struct Options {
    lines: Vec<u64>,
    server: Option<String>,
    keep: Option<PathBuf>,
    store: Option<String>,
}

impl Options {
    fn from_arguments() -> Self {
        let mut options = Self { lines: vec![], server: None, keep: None, store: None };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--lines" => options.lines.extend(arguments.next().and_then(|n| n.parse::<u64>().ok())),
                "--server" => options.server = arguments.next(),
                "--store" => options.store = arguments.next(),
                "--keep" => options.keep = arguments.next().map(PathBuf::from),
                _ => {}
            }
        }
        if options.lines.is_empty() {
            options.lines = vec![100_000, 1_000_000, 10_000_000];
        }
        options
    }
}

/// Months whose summaries `serve` has to write.
const FORGOTTEN: &str = "640, 641, 642";

async fn forget_months(url: &str) -> anyhow::Result<()> {
    let db = Db::connect(url, 1).await?;
    let delete = format!("DELETE FROM rollup_months WHERE month IN ({FORGOTTEN})");
    sqlx::query(&delete).execute(&db.pool).await?;
    Ok(())
}

/// Asks a server that is to summarise some months for every kind of report, two at a time; answers the most memory that it
/// had resident, in MiB.
async fn serve(url: &str) -> anyhow::Result<u64> {
    let server = program::Server::start(url, &[]);
    let spans = ["start_date=2024-05-11&end_date=2024-06-09", "start_date=2023-01-01&end_date=2025-10-31"];
    let filters =
        ["", "&region=region-3", "&category=category-7", "&product=P0", "&channel=store&granularity=day"];
    let mut paths = Vec::new();
    for report in ["sales", "products", "customers"] {
        for span in spans {
            for filter in filters {
                if report == "sales" || !filter.contains("granularity") {
                    paths.push(format!("/api/v1/analytics/{report}?{span}{filter}"));
                }
            }
        }
    }
    std::thread::scope(|scope| {
        for half in paths.chunks(paths.len().div_ceil(2)) {
            let address = server.address;
            scope.spawn(move || {
                for path in half {
                    assert_eq!(http::get(address, path).status, 200, "{path}");
                }
            });
        }
    });
    let db = Db::connect(url, 1).await?;
    let written =
        format!("SELECT COUNT(*) FROM rollup_months WHERE kind = {WRITING} AND month IN ({FORGOTTEN})");
    let deadline = Instant::now() + Duration::from_mins(5);
    while sqlx::query(&written).fetch_one(&db.pool).await?.try_get::<i64, _>(0)? < 3 {
        anyhow::ensure!(Instant::now() < deadline, "months are not summarised: {}", server.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(server.peak_memory().unwrap_or(0) >> 20)
}

async fn import(db: &Db, csv: &Path) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let defaults = StoreDefaults { time_zone: TimeZone::UTC, currency: "USD".parse().expect("a currency") };
    let fingerprint = upload::fingerprint(File::open(csv)?, &defaults)?;
    let file = csv.to_owned();
    let parse = move || {
        let table = csv::Table::open(BufReader::new(File::open(file)?))?;
        csv::read(table, defaults)
    };
    upload::resume(db, &Dictionary::to_load(), fingerprint, parse, &mut |_| {}).await?;
    compact::compact_all(db).await?;
    Ok(start.elapsed())
}

/// The `sqlite3` shell's own import into one table with the same natural-key index.
fn shell_import(folder: &Path, csv: &Path) -> Option<Duration> {
    let database = folder.join("shell.db");
    let script = format!(
        "PRAGMA journal_mode = WAL; CREATE TABLE lines (order_id TEXT, line INTEGER, customer_id TEXT, product_id TEXT, \
         product_name TEXT, category TEXT, quantity INTEGER, unit_price REAL, ordered_at TEXT, region TEXT, channel TEXT, \
         discount REAL, refund TEXT); CREATE UNIQUE INDEX natural_key ON lines (order_id, line);\n.mode csv\n.import --skip 1 {} lines\n",
        csv.display()
    );
    let start = Instant::now();
    let mut shell = Command::new("sqlite3")
        .arg(&database)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .ok()?;
    shell.stdin.take()?.write_all(script.as_bytes()).ok()?;
    shell.wait().ok()?.success().then(|| start.elapsed())
}

/// The server reads the file itself, so it has to run on this machine and be allowed to.
async fn load_data(db: &Db, csv: &Path) -> Option<Duration> {
    const TABLE: &str = "CREATE TABLE sales_transactions (id INT AUTO_INCREMENT PRIMARY KEY, \
        transaction_id VARCHAR(50) NOT NULL UNIQUE, customer_id VARCHAR(50) NOT NULL, product_id VARCHAR(50) NOT NULL, \
        product_name VARCHAR(255) NOT NULL, category VARCHAR(100) NOT NULL, quantity INT NOT NULL, \
        unit_price FLOAT NOT NULL, total_amount FLOAT NOT NULL, transaction_date DATETIME NOT NULL, \
        region VARCHAR(50) NOT NULL, channel VARCHAR(50) NOT NULL, created_at DATETIME DEFAULT CURRENT_TIMESTAMP, \
        KEY (customer_id), KEY (product_id), KEY (transaction_date)) CHARACTER SET utf8mb4";
    std::fs::set_permissions(csv.parent()?, PermissionsExt::from_mode(0o755)).ok()?;
    sqlx::raw_sql("DROP TABLE IF EXISTS sales_transactions").execute(&db.pool).await.ok()?;
    sqlx::raw_sql(TABLE).execute(&db.pool).await.ok()?;
    let load = format!(
        "LOAD DATA INFILE '{}' INTO TABLE sales_transactions CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' \
         OPTIONALLY ENCLOSED BY '\"' IGNORE 1 LINES ({}) SET transaction_id = CONCAT(@order_id, '-', @line), \
         total_amount = quantity * unit_price, transaction_date = REPLACE(LEFT(@ordered_at, 19), 'T', ' ')",
        csv.display(),
        synthetic::COLUMNS
            .map(|column| match column {
                "order_id" | "line" | "discount" | "ordered_at" | "currency" | "refund" =>
                    format!("@{column}"),
                plain => plain.to_owned(),
            })
            .join(", ")
    );
    let start = Instant::now();
    sqlx::raw_sql(&load).execute(&db.pool).await.inspect_err(|error| println!("LOAD DATA: {error}")).ok()?;
    Some(start.elapsed())
}
