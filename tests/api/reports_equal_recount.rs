//! Random orders, edits, returns, late arrivals and compactions; then every report equals the recount of the raw lines.

use std::collections::BTreeMap;

use eap_api::{
    extract::{Filters, ProductSort, Span},
    ingest::{
        line::{Line, Merge},
        terms::Dictionary,
        write::{self, SentOrder},
    },
    queries::{
        customers::{self, CustomersQuestion},
        products::{self, ProductsQuestion},
        sales::{self, SalesQuestion},
    },
    rollup::compact,
};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::{
    clients_questions,
    databases::{self, TestStore},
    recount::{self, Lines},
    seeds::{self, sample},
};

const HOUR: i64 = 3_600;
/// 2024-03-30T00:00:00Z: the ranges below cross a change to daylight saving time.
pub(crate) const START: i64 = 1_711_756_800;
pub(crate) const DAYS: i64 = 100;
const SORTS: [ProductSort; 3] = [ProductSort::Revenue, ProductSort::Quantity, ProductSort::Orders];
/// The first of each month from April to July 2024 in UTC: what month summaries of a store in UTC can answer alone.
const MONTHS: [i64; 4] = [1_711_929_600, 1_714_521_600, 1_717_200_000, 1_719_792_000];

/// From how many lines on slices of a month are summarised: all of them, some, hardly one, none.
const SLICES_FROM: [u64; 4] = [1, 8, 40, u64::MAX];

/// What happens to the store.
#[derive(Debug, Clone)]
enum Event {
    Send(Vec<SentOrder>),
    /// With slices from so many lines.
    Compact(u64),
}

/// What is asked of the store and of the recount.
#[derive(Debug, Clone)]
pub(crate) enum Question {
    Sales(SalesQuestion),
    Customers(CustomersQuestion),
    Products(ProductsQuestion),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_report_equals_the_recount() {
    run_everywhere(seeds::FIXED).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_report_equals_the_recount_of_what_no_run_had_before() {
    run_everywhere(seeds::of_this_run()).await;
}

async fn run_everywhere(seed: u64) {
    for zone in ["UTC", "Europe/Berlin", "Asia/Kathmandu"] {
        for store in databases::stores(zone).await {
            let rounds = if store.name == "sqlite" { 40 } else { 8 };
            run(&store, rounds, seed).await;
        }
    }
}

async fn run(store: &TestStore, rounds: u32, seed: u64) {
    let mut runner = seeds::runner(seed);
    let dictionary = Dictionary::default();
    let mut lines = Lines::new();
    for round in 0..rounds {
        for event in sample(&mut runner, prop::collection::vec(event(), 1..6)) {
            match event {
                Event::Send(orders) => {
                    let outcome = write::write(&store.db, &dictionary, &orders, None).await.expect("write");
                    assert_eq!(outcome.rejections, vec![], "{} round {round}", store.name);
                    for order in &orders {
                        expect(&mut lines, order);
                    }
                }
                Event::Compact(least) => {
                    compact::compact_slicing_from(&store.db, least).await.expect("compact");
                }
            }
        }
        if round % 2 == 0 {
            // So that month summaries hold and answer; in the other rounds pending changes invalidate most of them.
            compact::compact_slicing_from(&store.db, SLICES_FROM[round as usize / 2 % 4])
                .await
                .expect("compact");
        }
        for question in sample(&mut runner, prop::collection::vec(question(), 20)) {
            check(store, &lines, &question).await;
        }
        for asked in sample(&mut runner, prop::collection::vec(clients_questions::asked(), 5)) {
            clients_questions::check(store, &lines, &asked).await;
        }
    }
}

/// Asserts that the store's answer is the recount of `lines`.
pub(crate) async fn check(store: &TestStore, lines: &Lines, question: &Question) {
    let place = store.name;
    match question {
        Question::Sales(question) => {
            let answer = sales::answer(&store.db, question).await.expect("sales");
            assert_eq!(answer, recount::sales(lines, question), "{place}: {question:?}");
        }
        Question::Customers(question) => {
            let mut answer = customers::answer(&store.db, question).await.expect("customers");
            answer.recency_frequency_monetary.sort_by_key(|c| (c.last_sale, c.orders, c.net));
            assert_eq!(answer, recount::customers(lines, question), "{place}: {question:?}");
        }
        Question::Products(question) => {
            let answer = products::answer(&store.db, question).await.expect("products");
            assert_eq!(answer, recount::products(lines, question), "{place}: {question:?}");
        }
    }
}

/// What the store should hold after `order`.
fn expect(lines: &mut Lines, order: &SentOrder) {
    if order.merge == Merge::ReplaceOrder {
        lines.retain(|(id, _), _| id != order.order_id());
    }
    for (_, line) in &order.lines {
        lines.insert((line.order_id.clone(), line.line), line.clone());
    }
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => prop::collection::vec(order(), 1..25).prop_map(Event::Send),
        1 => prop::sample::select(SLICES_FROM.to_vec()).prop_map(Event::Compact),
    ]
}

/// An order whose id decides what its lines share, so that lines sent later agree with those that are there;
/// a whole order may move to another instant, region and currency.
fn order() -> impl Strategy<Value = SentOrder> {
    let line =
        (1..5_u32, 0..6_usize, 1..20_i64, 0..2_000_000_i64, 0..100_i64, prop::bool::weighted(0.2), instant());
    (0..60_u32, any::<bool>(), 0..4_u32, prop::collection::vec(line, 1..5)).prop_map(
        |(number, whole, shift, lines)| {
            let merge = if whole { Merge::ReplaceOrder } else { Merge::UpsertLines };
            // Orders below 30 are always sent whole, and so may change; the others keep what they share.
            let merge = if number < 30 { Merge::ReplaceOrder } else { merge };
            let shift = if number < 30 { shift } else { 0 };
            let lines: BTreeMap<u32, Line> = lines
                .into_iter()
                .map(|(line, product, quantity, price, percent, refund, at)| {
                    let sold_at = START + i64::from(number * 7_919 + shift * 97) * 611 % (DAYS * 24 * HOUR);
                    let at = if refund { at } else { sold_at };
                    (line, self::line(number, shift, line, product, quantity, price, percent, refund, at))
                })
                .collect();
            SentOrder { merge, lines: lines.into_values().map(|line| (1, line)).collect() }
        },
    )
}

fn instant() -> impl Strategy<Value = i64> {
    // On whole hours as well, where ranges begin and end.
    prop_oneof![(0..DAYS * 24).prop_map(|hour| START + hour * HOUR), START..START + DAYS * 24 * HOUR]
}

/// A line whose order's number and shift decide what the lines of the order share.
#[expect(clippy::too_many_arguments, reason = "the columns of a line")]
pub(crate) fn line(
    order: u32,
    shift: u32,
    line: u32,
    product: usize,
    quantity: i64,
    price: i64,
    percent: i64,
    refund: bool,
    at: i64,
) -> Line {
    const PRODUCTS: [&str; 6] = ["P-1", "P-2", "p-2", "Ü 3", "4; DROP TABLE orders", "😀"];
    const NAMES: [&str; 3] = ["Lamp", "Lamp ", "lämp \"new\""];
    const CATEGORIES: [&str; 3] = ["Light", "Light & Sound", "Möbel"];
    let pick = |values: &[&str], index: u32| values[index as usize % values.len()].to_owned();
    let discount = price * quantity * percent / 100;
    let minor = |amount: i64| (amount + 50) / 100;
    Line {
        order_id: format!("O-{order}"),
        line,
        customer_id: if order.is_multiple_of(9) {
            String::new()
        } else {
            format!("C{}", (order + shift) % 13)
        },
        product_id: PRODUCTS[product].to_owned(),
        product_name: pick(&NAMES, order + line),
        // Of products, the first two come in several categories; of the others two share one.
        category: CATEGORIES[(product + usize::from(product < 2 && (order + line).is_multiple_of(2))) % 3]
            .to_owned(),
        quantity,
        unit_price: price,
        discount,
        gross_minor: minor(price * quantity),
        net_minor: minor(price * quantity - discount),
        refund,
        at: Timestamp::from_second(at).expect("in range"),
        region: pick(&["North", "north", "South"], order + shift),
        channel: pick(&["online", "store"], order / 3 + shift),
        currency: pick(&["USD", "USD", "USD", "EUR"], order / 2 + shift),
    }
}

/// Any question about the lines that `line` makes.
pub(crate) fn question() -> impl Strategy<Value = Question> {
    let any_span = (-48..(DAYS + 2) * 24, 1..DAYS * 24, prop_oneof![Just(0), Just(900), Just(1_234_i64)])
        .prop_map(|(from, hours, off)| Span {
            start: START + from * HOUR + off,
            end: START + (from + hours) * HOUR + off,
        });
    let whole_days = (-2..DAYS + 2, 1..DAYS).prop_map(|(from, days)| Span {
        start: START + from * 24 * HOUR,
        end: START + (from + days) * 24 * HOUR,
    });
    // All three are a quarter of a year.
    let whole_months = prop_oneof![(0..3_usize, 1..2_usize), Just((0, 3))]
        .prop_map(|(month, count)| Span { start: MONTHS[month], end: MONTHS[month + count] });
    let span = prop_oneof![4 => any_span, 2 => whole_days, 2 => whole_months];
    let list = |values: &'static [&'static str]| {
        prop_oneof![2 => Just(vec![]), 1 => prop::sample::subsequence(values.to_vec(), 1..=values.len().min(3))]
            .prop_map(|values: Vec<&str>| values.into_iter().map(str::to_owned).collect::<Vec<String>>())
    };
    let filters = (
        list(&["North", "north", "nowhere"]),
        list(&["online", "store"]),
        list(&["Light", "Möbel", "Light & Sound"]),
        list(&["P-1", "P-2", "p-2", "😀", "4; DROP TABLE orders", "Ü 3"]),
    )
        .prop_map(|(regions, channels, categories, products)| Filters {
            regions,
            channels,
            categories,
            products,
        });
    let currency = prop_oneof![3 => Just("USD"), 1 => Just("EUR"), 1 => Just("JPY")];
    (span, filters, currency, 0..12_usize, 0..3_u8, 0..3_u8, any::<bool>()).prop_map(
        |(span, filters, currency, limit, sort, kind, extra)| {
            let currency = currency.to_owned();
            match kind {
                0 => {
                    let sort = SORTS[sort as usize];
                    // Days of a store in UTC, where the range begins with one; and what no day is.
                    // And at times everything.
                    let hours = [25, 24, 24, 24 * DAYS][limit % 4];
                    let buckets = if extra { tiles(span, hours * HOUR) } else { vec![] };
                    Question::Sales(SalesQuestion { span, filters, currency, buckets, limit, sort })
                }
                1 => {
                    let length = span.end - span.start;
                    let previous = Span { start: span.start - length, end: span.start };
                    let cohort_months = match (extra, sort) {
                        (true, 0) => MONTHS.windows(2).map(|m| Span { start: m[0], end: m[1] }).collect(),
                        (true, _) => tiles(Span { end: span.end, start: START }, 9 * 24 * HOUR),
                        (false, _) => vec![],
                    };
                    Question::Customers(CustomersQuestion {
                        span,
                        previous,
                        filters,
                        currency,
                        limit,
                        cohort_months,
                    })
                }
                _ => Question::Products(ProductsQuestion {
                    span: extra.then_some(span),
                    filters,
                    currency,
                    limit,
                    sort: SORTS[sort as usize],
                }),
            }
        },
    )
}

/// Consecutive pieces of `span` of at most `length` seconds.
fn tiles(span: Span, length: i64) -> Vec<Span> {
    let mut tiles = Vec::new();
    let mut start = span.start;
    while start < span.end {
        let end = (start + length).min(span.end);
        tiles.push(Span { start, end });
        start = end;
    }
    tiles
}
