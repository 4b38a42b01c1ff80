//! The questions of the benchmark of reports, none asked before, and how long their answers take.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use eap_api::{
    db::Db,
    extract::{Filters, ProductSort, Span},
    queries::{
        customers::{self, CustomersQuestion},
        products::{self, ProductsQuestion},
        sales::{self, SalesQuestion},
    },
};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use crate::synthetic::{FIRST_SECOND, Random, SECONDS};

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;
const QUESTIONS: usize = 100;
/// Of the reports that take longer.
const LONG_QUESTIONS: usize = 30;

/// Asks every kind of report; `first` has the medians at the first size.
pub(crate) async fn ask(db: &Db, first: &mut HashMap<String, f64>) -> anyhow::Result<()> {
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
    for (name, offset, width) in [("by hour", 0, HOUR), ("by day of India", -11 * HOUR / 2, DAY)] {
        for filter in [Filter::None, Filter::Region, Filter::Category, Filter::RegionAndCategory] {
            let mut times = Vec::new();
            for _ in 0..LONG_QUESTIONS {
                let question = sales_question(&mut random, 365, filter);
                let span = Span { start: question.span.start + offset, end: question.span.end + offset };
                let buckets = cut(span, width);
                let start = Instant::now();
                sales::answer(db, &SalesQuestion { span, buckets, ..question }).await?;
                times.push(start.elapsed());
            }
            print_times(&format!("sales, year {name}{}", filter.name()), &mut times, first);
        }
    }
    for filter in [Filter::None, Filter::Region, Filter::Category, Filter::RegionAndCategory, Filter::Product]
    {
        let (mut customer_times, mut product_times) = (Vec::new(), Vec::new());
        for _ in 0..LONG_QUESTIONS {
            let span = span_of(&mut random, 90);
            let question = CustomersQuestion {
                span,
                previous: Span { start: span.start - 90 * DAY, end: span.start },
                filters: filter.draw(&mut random),
                currency: "USD".to_owned(),
                limit: 10,
                cohort_months: months_before(span.end),
            };
            let start = Instant::now();
            customers::answer(db, &question).await?;
            customer_times.push(start.elapsed());
            let filters = filter.draw(&mut random);
            let question = ProductsQuestion {
                span: Some(span),
                filters,
                currency: "USD".to_owned(),
                limit: 10,
                sort: ProductSort::Revenue,
            };
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
    BestProducts,
}

impl Filter {
    const ALL: [Self; 8] = [
        Self::None,
        Self::Region,
        Self::Channel,
        Self::Category,
        Self::RegionAndCategory,
        Self::Product,
        Self::BestProduct,
        Self::BestProducts,
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
            Self::BestProducts => ", the five best-selling products",
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
            Self::BestProducts => filters.products = (0..5).map(|rank| format!("P{rank}")).collect(),
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
    let with_series = random.below(2) == 0;
    SalesQuestion {
        span,
        filters: filter.draw(random),
        currency: "USD".to_owned(),
        buckets: if with_series { cut(span, DAY) } else { vec![] },
        limit: 10,
        sort: ProductSort::Revenue,
    }
}

/// Buckets of so many seconds.
fn cut(span: Span, width: i64) -> Vec<Span> {
    let starts = (span.start..span.end).step_by(usize::try_from(width).expect("seconds"));
    starts.map(|start| Span { start, end: start + width }).collect()
}

/// The last 12 months that begin before `end`, as the report has them unless told otherwise.
fn months_before(end: i64) -> Vec<Span> {
    let last =
        Timestamp::from_second(end - 1).expect("a second").to_zoned(TimeZone::UTC).date().first_of_month();
    let start = |months: i64| {
        let first = last.saturating_add(months.months());
        first.to_zoned(TimeZone::UTC).expect("a day of UTC").timestamp().as_second()
    };
    (-11..=0).map(|month| Span { start: start(month), end: start(month + 1) }).collect()
}
