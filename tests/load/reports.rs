//! Benchmark: import rate, and the time of reports not asked before, at growing numbers of lines.
//!
//! `cargo bench -p eap-api --bench reports -- [--lines N]… [--url URL] [--keep FOLDER]`
//!
//! The import rate stands beside what the database's own tool needs for the same file: `sqlite3 .import` into one table
//! with the natural key, `LOAD DATA` into the original's table with its indices.

#![expect(
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark compares itself with sqlite3, and prints"
)]

#[path = "synthetic.rs"]
mod synthetic;

use std::{
    fs::File,
    io::{BufReader, BufWriter, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use eap_api::{
    db::{Db, Dialect},
    extract::{Filters, ProductSort, Span},
    ingest::{csv, draft::StoreDefaults, terms::Dictionary, upload},
    queries::{
        customers::{self, CustomersQuestion},
        products::{self, ProductsQuestion},
        sales::{self, SalesQuestion},
    },
    rollup::compact,
};
use jiff::tz::TimeZone;
use synthetic::{FIRST_SECOND, Random, SECONDS};

const DAY: i64 = 86_400;
const QUESTIONS: usize = 60;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::from_arguments();
    println!("lines\timport lines/s\ttime over the database's own tool\tMiB database");
    for &lines in &options.lines {
        let folder = tempfile::tempdir()?;
        let csv = folder.path().join("orders.csv");
        synthetic::write_csv(&mut BufWriter::new(File::create(&csv)?), lines)?;
        let path = options.keep.clone().unwrap_or_else(|| folder.path().to_owned());
        let url =
            options.url.clone().unwrap_or_else(|| format!("sqlite://{}/bench-{lines}.db", path.display()));
        let db = Db::connect_to_load(&url, 4).await?;
        db.migrate("UTC").await?;
        let import = import(&db, &csv).await?;
        let own_tool = match db.dialect {
            Dialect::Sqlite => shell_import(folder.path(), &csv),
            Dialect::MySql => load_data(&db, &csv).await,
        };
        let ratio = own_tool.map(|own| import.as_secs_f64() / own.as_secs_f64());
        let size = std::fs::metadata(path.join(format!("bench-{lines}.db"))).map_or(0, |m| m.len() >> 20);
        let rate = lines as f64 / import.as_secs_f64();
        println!(
            "{lines}\t{rate:.0}\t{}\t{size}",
            ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"))
        );
        reports(&Db::connect(&url, 4).await?).await?;
        println!("resident MiB\t{}", resident_mib());
    }
    Ok(())
}

struct Options {
    lines: Vec<u64>,
    url: Option<String>,
    keep: Option<PathBuf>,
}

impl Options {
    fn from_arguments() -> Self {
        let mut options = Self { lines: vec![], url: None, keep: None };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--lines" => options.lines.extend(arguments.next().and_then(|n| n.parse::<u64>().ok())),
                "--url" => options.url = arguments.next(),
                "--keep" => options.keep = arguments.next().map(PathBuf::from),
                _ => {}
            }
        }
        if options.lines.is_empty() {
            options.lines = vec![100_000, 1_000_000];
        }
        options
    }
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

async fn reports(db: &Db) -> anyhow::Result<()> {
    println!("report\tp50 ms\tp99 ms\tx of sales-month");
    let mut random = Random(42);
    let mut base = None;
    for (name, days, filtered) in [
        ("sales-month", 30, false),
        ("sales-month-filtered", 30, true),
        ("sales-year", 365, false),
        ("sales-3-years", 1_033, false),
        ("sales-3-years-filtered", 1_033, true),
    ] {
        let mut times = Vec::new();
        for _ in 0..QUESTIONS {
            let question = sales_question(&mut random, days, filtered);
            let start = Instant::now();
            sales::answer(db, &question).await?;
            times.push(start.elapsed());
        }
        print_times(name, &mut times, &mut base);
    }
    let mut times = Vec::new();
    for _ in 0..5 {
        let span = span_of(&mut random, 90);
        let previous = Span { start: span.start - 90 * DAY, end: span.start };
        let question = CustomersQuestion {
            span,
            previous,
            filters: Filters::default(),
            currency: "USD".to_owned(),
            limit: 10,
            cohort_months: vec![],
        };
        let start = Instant::now();
        customers::answer(db, &question).await?;
        times.push(start.elapsed());
    }
    print_times("customers", &mut times, &mut base);
    let mut times = Vec::new();
    for _ in 0..5 {
        let question =
            ProductsQuestion { span: None, filters: Filters::default(), currency: "USD".to_owned() };
        let start = Instant::now();
        products::answer(db, &question).await?;
        times.push(start.elapsed());
    }
    print_times("products", &mut times, &mut base);
    Ok(())
}

fn print_times(name: &str, times: &mut [Duration], base: &mut Option<f64>) {
    times.sort_unstable();
    let millis = |index: usize| times[index].as_secs_f64() * 1e3;
    let p50 = millis(times.len() / 2);
    let p99 = millis((times.len() * 99 / 100).min(times.len() - 1));
    println!("{name}\t{p50:.2}\t{p99:.2}\t{:.2}", p50 / *base.get_or_insert(p50));
}

fn span_of(random: &mut Random, days: i64) -> Span {
    let room = (SECONDS / DAY - days).max(1) as u64;
    let first = random.below(room) as i64;
    Span { start: FIRST_SECOND + first * DAY, end: FIRST_SECOND + (first + days) * DAY }
}

fn sales_question(random: &mut Random, days: i64, filtered: bool) -> SalesQuestion {
    let span = span_of(random, days);
    let mut filters = Filters::default();
    if filtered {
        match random.below(4) {
            0 => {
                filters.regions =
                    vec![format!("region-{}", random.below(10)), format!("region-{}", random.below(10))];
            }
            1 => filters.channels = vec!["store".to_owned()],
            2 => {
                filters.categories =
                    vec![format!("category-{}", random.below(20)), format!("category-{}", random.below(20))];
            }
            _ => filters.products = vec![format!("P{}", random.below(5_000))],
        }
    }
    let buckets =
        (0..days).map(|day| Span { start: span.start + day * DAY, end: span.start + (day + 1) * DAY });
    let buckets = if random.below(2) == 0 { buckets.collect() } else { vec![] };
    SalesQuestion {
        span,
        filters,
        currency: "USD".to_owned(),
        buckets,
        limit: 10,
        sort: ProductSort::Revenue,
    }
}

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) >> 10
}
