//! Benchmark: import rate, the time of reports not asked before, and the most memory that `eap-api serve` takes for
//! answering them, at growing numbers of lines (100,000, 1 and 10 million unless told otherwise).
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
const QUESTIONS: usize = 100;
/// Of the reports that take longer.
const LONG_QUESTIONS: usize = 30;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::from_arguments();
    // By report: its median at the first size.
    let mut first = HashMap::new();
    if let Some(url) = &options.store {
        return reports(&Db::connect(url, 4).await?, &mut first).await;
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
        reports(&Db::connect(&place.url, 4).await?, &mut first).await?;
        println!("serve, peak MiB resident\t{}", serve(&place.url));
        place.drop().await?;
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

/// Asks a server for every kind of report, two at a time; answers the most memory that it had resident, in MiB.
fn serve(url: &str) -> u64 {
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
    server.peak_memory().unwrap_or(0) >> 20
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

async fn reports(db: &Db, first: &mut HashMap<String, f64>) -> anyhow::Result<()> {
    println!("report\tp50 ms\tp99 ms\tx of the first size");
    let mut random = Random(42);
    for (name, days) in [("month", 30), ("year", 365), ("3 years", 1_033)] {
        for filter in Filter::ALL {
            let mut times = Vec::new();
            for _ in 0..QUESTIONS {
                let question = sales_question(&mut random, days, filter);
                let start = Instant::now();
                sales::answer(db, &question).await?;
                times.push(start.elapsed());
            }
            print_times(&format!("sales, {name}{}", filter.name()), &mut times, first);
        }
    }
    for filter in [Filter::None, Filter::Region, Filter::Category, Filter::Product] {
        let (mut customer_times, mut product_times) = (Vec::new(), Vec::new());
        for _ in 0..LONG_QUESTIONS {
            let span = span_of(&mut random, 90);
            let question = CustomersQuestion {
                span,
                previous: Span { start: span.start - 90 * DAY, end: span.start },
                filters: filter.draw(&mut random),
                currency: "USD".to_owned(),
                limit: 10,
                cohort_months: vec![],
            };
            let start = Instant::now();
            customers::answer(db, &question).await?;
            customer_times.push(start.elapsed());
            let filters = filter.draw(&mut random);
            let question = ProductsQuestion { span: Some(span), filters, currency: "USD".to_owned() };
            let start = Instant::now();
            products::answer(db, &question).await?;
            product_times.push(start.elapsed());
        }
        print_times(&format!("customers, 90 days{}", filter.name()), &mut customer_times, first);
        print_times(&format!("products, 90 days{}", filter.name()), &mut product_times, first);
    }
    Ok(())
}

/// What a question is narrowed down to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filter {
    None,
    Region,
    Channel,
    Category,
    RegionAndCategory,
    Product,
    BestProduct,
}

impl Filter {
    const ALL: [Self; 7] = [
        Self::None,
        Self::Region,
        Self::Channel,
        Self::Category,
        Self::RegionAndCategory,
        Self::Product,
        Self::BestProduct,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Region => ", two regions",
            Self::Channel => ", a channel",
            Self::Category => ", two categories",
            Self::RegionAndCategory => ", two categories in two regions",
            Self::Product => ", a product",
            Self::BestProduct => ", the best-selling product",
        }
    }

    fn draw(self, random: &mut Random) -> Filters {
        let mut filters = Filters::default();
        let mut two = |kind: &str, of| [0, 1].map(|_| format!("{kind}-{}", random.below(of))).to_vec();
        match self {
            Self::None => {}
            Self::Region => filters.regions = two("region", 10),
            Self::Channel => filters.channels = vec!["store".to_owned()],
            Self::Category => filters.categories = two("category", 20),
            Self::RegionAndCategory => {
                (filters.regions, filters.categories) = (two("region", 10), two("category", 20));
            }
            Self::Product => filters.products = vec![format!("P{}", random.below(5_000))],
            Self::BestProduct => filters.products = vec!["P0".to_owned()],
        }
        filters
    }
}

fn print_times(name: &str, times: &mut [Duration], first: &mut HashMap<String, f64>) {
    times.sort_unstable();
    let millis = |index: usize| times[index].as_secs_f64() * 1e3;
    let p50 = millis(times.len() / 2);
    let p99 = millis((times.len() * 99 / 100).min(times.len() - 1));
    println!("{name}\t{p50:.2}\t{p99:.2}\t{:.2}", p50 / *first.entry(name.to_owned()).or_insert(p50));
}

fn span_of(random: &mut Random, days: i64) -> Span {
    let room = (SECONDS / DAY - days).max(1) as u64;
    let first = random.below(room) as i64;
    Span { start: FIRST_SECOND + first * DAY, end: FIRST_SECOND + (first + days) * DAY }
}

/// Every other question asks for a series by day.
fn sales_question(random: &mut Random, days: i64, filter: Filter) -> SalesQuestion {
    let span = span_of(random, days);
    let buckets =
        (0..days).map(|day| Span { start: span.start + day * DAY, end: span.start + (day + 1) * DAY });
    let with_series = random.below(2) == 0;
    SalesQuestion {
        span,
        filters: filter.draw(random),
        currency: "USD".to_owned(),
        buckets: if with_series { buckets.collect() } else { vec![] },
        limit: 10,
        sort: ProductSort::Revenue,
    }
}
