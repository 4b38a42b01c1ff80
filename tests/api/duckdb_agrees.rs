//! `DuckDB`, asked by `tests/data/oracle.py` about the same file, agrees with every figure of the three reports, and with
//! what is fitted and can be counted: on the bundled sample and on a million generated lines, both loaded by `eap-api
//! import`.

#![expect(clippy::print_stderr, reason = "a run says what it skips")]

use std::{collections::BTreeMap, env, fs::File, path::Path, process::Command};

use eap_api::{
    db::Db,
    extract::{Defaults, customers::CustomersRequest, products::ProductsRequest, sales::SalesRequest},
    money::Currency,
    queries::{
        customers::{self, CustomersAnswer},
        products::{self, ProductsQuestion},
        sales,
    },
    reports::{customers::CustomersReport, products::ProductsReport},
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    fitted_recounted::{self, cents},
    http::percent_encoded,
    oracle::{self, Checksums, DATA, Oracle, OracleProduct, measured},
    program,
};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/superstore.csv.gz");

/// What is asked: as parameters of the API, and by the oracle's names.
#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    days: (&'static str, &'static str),
    zone: &'static str,
    regions: &'static [&'static str],
    channels: &'static [&'static str],
    categories: &'static [&'static str],
    products: &'static [&'static str],
    granularity: Option<&'static str>,
    sort: &'static str,
    limit: usize,
}

const WHOLE: Asked = Asked {
    days: ("2014-01-01", "2017-12-31"),
    zone: "UTC",
    regions: &[],
    channels: &[],
    categories: &[],
    products: &[],
    granularity: Some("month"),
    sort: "revenue",
    limit: 10,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_sample() {
    let Some(python) = python() else { return };
    let questions = [
        WHOLE,
        Asked { granularity: Some("day"), zone: "America/New_York", limit: 100, ..WHOLE },
        Asked { granularity: Some("week"), sort: "quantity", regions: &["West", "East"], ..WHOLE },
        Asked {
            days: ("2016-02-29", "2016-03-31"),
            granularity: Some("hour"),
            zone: "Asia/Kathmandu",
            ..WHOLE
        },
        Asked {
            granularity: Some("quarter"),
            sort: "orders",
            categories: &["Technology"],
            limit: 1_000,
            ..WHOLE
        },
        Asked {
            products: &["OFF-AP-10002945", "FUR-CH-10000665", "none"],
            granularity: Some("year"),
            ..WHOLE
        },
        Asked { days: ("1999-01-01", "1999-12-31"), regions: &["Atlantis"], ..WHOLE },
    ];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let db = imported(folder.path(), Path::new(SAMPLE)).await;
    let answers = oracle::ask(&python, Path::new(SAMPLE), &with_fitted(&questions));
    let churn = fitted_recounted::check(&url_in(folder.path()), &answers[0].fitted);
    assert_eq!(churn["expected_alive"], Value::Null, "nobody is seen to leave: the definition decides");

    let whole = &answers[0].sales;
    assert_eq!(
        (whole.totals.gross, whole.totals.net, whole.totals.orders),
        (286_393_504, 229_720_107, 5_009)
    );
    let regions: Vec<(&str, i64)> =
        whole.by_region.iter().map(|(name, sums)| (name.as_str(), sums.net)).collect();
    let expected =
        [("Central", 50_123_988), ("East", 67_878_136), ("South", 39_172_190), ("West", 72_545_793)];
    assert_eq!(regions, expected);
    assert_eq!(answers[0].customers.total, 793);
    check(&db, &questions, answers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_million_generated_lines() {
    let Some(python) = python() else { return };
    let all = Asked { days: ("2022-01-01", "2024-12-31"), granularity: Some("day"), ..WHOLE };
    let questions = [
        all,
        Asked {
            days: ("2023-03-10", "2024-05-05"),
            zone: "Australia/Lord_Howe",
            granularity: Some("week"),
            ..all
        },
        Asked {
            days: ("2024-10-01", "2024-10-31"),
            zone: "Asia/Kolkata",
            regions: &["東京", "O'Higgins"],
            channels: &["online"],
            categories: &["Toys, \"Games\" & Bücher", "Category 01"],
            granularity: Some("hour"),
            sort: "quantity",
            limit: 1_000,
            ..all
        },
        Asked {
            products: &["p00040", "p00050", "p00025"],
            granularity: Some("month"),
            sort: "orders",
            ..all
        },
    ];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("orders.csv");
    let mut generate = Command::new(&python);
    generate.args([&format!("{DATA}/generate.py"), "1000000", "--seed", "7"]);
    generate.stdout(File::create(&file).expect("a file"));
    assert!(generate.status().expect("start Python").success());

    let db = imported(folder.path(), &file).await;
    let answers = oracle::ask(&python, &file, &with_fitted(&questions));
    fitted_recounted::check(&url_in(folder.path()), &answers[0].fitted);
    assert!(answers[0].sales.totals.returns > 0 && answers[1].customers.retained > 0);
    let of = |class: &str| answers[0].products.iter().filter(|product| product.abc == class).count();
    assert!(
        answers[0].customers.segments.len() == 10 && ["A", "B", "C"].into_iter().all(|class| of(class) > 100)
    );
    check(&db, &questions, answers).await;
}

/// The questions in the oracle's words; the first one asks for what is fitted, too.
fn with_fitted(questions: &[Asked]) -> Vec<Value> {
    let mut asked: Vec<Value> = questions.iter().map(Asked::for_oracle).collect();
    asked[0]["fitted"] = true.into();
    asked
}

/// The Python that has `DuckDB`; without one the test says that it is skipped.
fn python() -> Option<String> {
    let python = env::var("EAP_TEST_PYTHON").ok();
    if python.is_none() {
        eprintln!("skipped: EAP_TEST_PYTHON is not set");
    }
    python
}

fn url_in(folder: &Path) -> String {
    format!("sqlite:{}/analytics.db", folder.display())
}

/// A fresh store with the lines of `file`.
async fn imported(folder: &Path, file: &Path) -> Db {
    let url = url_in(folder);
    let migrated = program::run(&url, &["migrate"]);
    assert_eq!(migrated.code, 0, "{migrated:?}");
    let imported = program::run(&url, &["import", file.to_str().expect("UTF-8")]);
    assert_eq!(imported.code, 0, "{imported:?}");
    Db::connect(&url, 2).await.expect("connect")
}

async fn check(db: &Db, questions: &[Asked], answers: Vec<Oracle>) {
    let defaults = defaults();
    for (asked, oracle) in questions.iter().zip(answers) {
        let request = SalesRequest::parse(&asked.sales_query(), &defaults).expect("a good request");
        assert_eq!(
            (request.range.span.start, request.range.span.end),
            (oracle.start, oracle.end),
            "{asked:?}"
        );
        let answer = sales::answer(db, &request.question()).await.expect("sales");
        assert_eq!(answer, oracle.sales(), "{asked:?}");

        let request = ProductsRequest::parse(&asked.query(), &defaults).expect("a good request");
        let all = ProductsQuestion { limit: usize::MAX, ..request.question() };
        let answer = products::answer(db, &all).await.expect("products");
        check_classes(&ProductsReport::new(&request, &answer).expect("a report"), &oracle.products, asked);
        let products = oracle.products();
        assert!(answer.best.iter().map(|best| best.place).eq(0..products.len()), "{asked:?}");
        assert!(answer.best.iter().map(|best| &best.sales).eq(&products), "{asked:?}: {:?}", answer.best);
        assert!(
            answer.nets.into_iter().eq(products.iter().map(|product| product.measures.net())),
            "{asked:?}"
        );
        assert_eq!(answer.by_category, measured(&oracle.sales.by_category), "{asked:?}");
        assert_eq!(answer.other_currencies, measured(&oracle.other_currencies), "{asked:?}");

        let request = asked.customers_request(&defaults);
        let answer = customers::answer(db, &request.question()).await.expect("customers");
        assert_eq!(Checksums::of(&answer), oracle.customers.rfm, "{asked:?}");
        let report = CustomersReport::new(&request, &answer).expect("a report");
        let segments = report
            .rfm_segments
            .iter()
            .map(|one| (one.segment.to_owned(), (one.customers, cents(&one.revenue.to_string()))));
        assert_eq!(segments.collect::<BTreeMap<_, _>>(), oracle.customers.segments, "{asked:?}");
        let answer = CustomersAnswer { recency_frequency_monetary: vec![], ..answer };
        assert_eq!(answer, oracle.customers(), "{asked:?}");
    }
}

/// Compares how many products are of each ABC class and what they bring, and the class of each product that is listed.
fn check_classes(report: &ProductsReport, oracle: &[OracleProduct], asked: &Asked) {
    let mut expected: BTreeMap<String, (usize, i64)> = BTreeMap::new();
    for product in oracle {
        let own = expected.entry(product.abc.clone()).or_default();
        *own = (own.0 + 1, own.1 + product.sums.net);
    }
    let found = report
        .abc_classes
        .iter()
        .map(|class| (format!("{:?}", class.abc_class), (class.products, cents(&class.revenue.to_string()))));
    assert_eq!(found.collect::<BTreeMap<_, _>>(), expected, "{asked:?}");
    let classes: BTreeMap<&str, &str> =
        oracle.iter().map(|product| (product.product_id.as_str(), product.abc.as_str())).collect();
    for product in &report.top_performing_products {
        let found = format!("{:?}", product.abc_class);
        assert_eq!(found, classes[product.product_id.as_str()], "{} {asked:?}", product.product_id);
    }
}

fn defaults() -> Defaults {
    let currency = Currency::from_code("USD").expect("a currency");
    Defaults { time_zone: TimeZone::UTC, currency, now: Timestamp::UNIX_EPOCH }
}

impl Asked {
    /// The parameters that all reports have.
    fn query(&self) -> String {
        let mut query = format!("start_date={}&end_date={}&tz={}", self.days.0, self.days.1, self.zone);
        let filters = [
            ("region", self.regions),
            ("channel", self.channels),
            ("category", self.categories),
            ("product", self.products),
        ];
        for (name, values) in filters {
            for value in values {
                query = format!("{query}&{name}={}", percent_encoded(value));
            }
        }
        query + &format!("&limit={}", self.limit)
    }

    fn sales_query(&self) -> String {
        let series = self.granularity.map_or(String::new(), |width| format!("&granularity={width}"));
        format!("{}&sort={}{series}", self.query(), self.sort)
    }

    fn customers_request(&self, defaults: &Defaults) -> CustomersRequest {
        CustomersRequest::parse(&format!("{}&cohorts=15", self.query()), defaults).expect("a good request")
    }

    /// The question in the oracle's words. Days and buckets are for it to find; what we compare customers with is said.
    fn for_oracle(&self) -> Value {
        let customers = self.customers_request(&defaults());
        let months: Vec<_> =
            customers.cohorts.iter().map(|month| [month.span.start, month.span.end]).collect();
        json!({
            "start_date": self.days.0, "end_date": self.days.1, "tz": self.zone,
            "regions": self.regions, "channels": self.channels, "categories": self.categories,
            "products": self.products, "granularity": self.granularity, "sort": self.sort, "limit": self.limit,
            "previous": [customers.previous.span.start, customers.previous.span.end], "cohort_months": months,
        })
    }
}
