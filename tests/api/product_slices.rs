//! A report about several products comes out of the slices of those that have some, and out of the lines of the others
//! alone, in all places and in some, however its series is cut.

use std::fmt::Write as _;

use anyhow::Result;
use eap_api::{
    db::Db,
    extract::{Filters, ProductSort, Span},
    queries::{
        products::{self, ProductsAnswer, ProductsQuestion},
        sales::{self, SalesAnswer, SalesQuestion},
    },
    rollup::{compact, month::Kind},
};

use sqlx::Row;

use crate::{
    category_lines::{cut, forget_months},
    databases::{self, TestStore},
    summarise::{of_2016, spoil, spoil_days, spoil_where},
};

const HOUR: i64 = 3_600;
/// April and May 2024, the months that are whole in UTC.
const SPAN: Span = Span { start: 1_711_929_600, end: 1_717_200_000 };
/// Orders, five hours apart from the first second of the span on.
const ORDERS: i64 = 290;
/// Products with 10 lines in a month or more have slices then.
const LEAST: u64 = 160;

#[tokio::test]
async fn reports_about_several_products_read_no_lines_of_large_ones() {
    for store in databases::stores("UTC").await {
        store.land_csv(orders(|order| if order % 11 == 0 { "EUR" } else { "USD" })).await;
        compact::compact_slicing_from(&store.db, u64::MAX).await.expect("fold");
        let by_lines = Answers::of(&store.db, &["A", "B", "C"]).await.expect("by lines");
        // B, which is large, is not asked for here; M is, which comes in two categories.
        let others = ["A", "C", "M", "S"];
        let with_others = Answers::of(&store.db, &others).await.expect("by lines");
        let sold = |order: &i64| order % 11 != 0 && (order % 2 == 0 || order % 3 == 0 || order % 5 != 0);
        let expected = i64::try_from((0..ORDERS).filter(sold).count()).expect("a few");
        assert_eq!(by_lines.sales[0].totals.orders, expected, "{}", store.name);
        forget_months(&store).await;
        compact::compact_slicing_from(&store.db, LEAST).await.expect("fold");
        spoil_days(&store, 0..i64::MAX).await;
        let mixed = Answers::of(&store.db, &others).await.expect("by slices and lines");
        assert!(mixed == with_others, "{}: {mixed:?}, not {with_others:?}", store.name);
        spoil_lines(&store).await;
        // Who read rows before has them in memory.
        let db = Db::connect(&store.url, 1).await.expect("connect");
        let by_slices = Answers::sales_of(&db, &["A", "B", "C"], SPAN).await.expect("by slices");
        assert!(by_slices == by_lines.sales, "{}: {by_slices:?}, not {by_lines:?}", store.name);
        Answers::sales_of(&db, &["A", "C", "S"], SPAN).await.expect_err("lines of a small one are read");
        for (kind, region, buckets) in [
            (Kind::PlaceDays, Some("North"), cut(SPAN, 24 * HOUR)),
            (Kind::PlaceBuyers, Some("North"), vec![]),
            (Kind::Days, None, cut(SPAN, 24 * HOUR)),
            (Kind::SharedOrders, None, vec![]),
        ] {
            spoil(&store, "rollup_slices", kind, 5).await;
            let db = Db::connect(&store.url, 1).await.expect("connect");
            let regions = region.map(str::to_owned).into_iter().collect();
            let filters = Filters { products: named(&["A", "B"]), regions, ..Filters::default() };
            let question = SalesQuestion { span: SPAN, filters, buckets, ..of_2016() };
            sales::answer(&db, &question).await.expect_err("what slices tell of places is read");
        }
    }
}

/// A range that begins or ends in a month needs no lines of its days either, where they are days of the store.
#[tokio::test]
async fn days_of_a_month_come_out_of_slices() {
    let day = |day: i64| SPAN.start + day * 24 * HOUR;
    // From 11 April to 19 May, some days of April, and one of May.
    let spans = [(10, 49), (3, 21), (36, 37)].map(|(first, end)| Span { start: day(first), end: day(end) });
    let asked: [&[&str]; 3] = [&["A", "B", "C"], &["C"], &["A", "B", "S"]];
    for store in databases::stores("UTC").await {
        store.land_csv(orders(|_| "USD")).await;
        compact::compact_slicing_from(&store.db, u64::MAX).await.expect("fold");
        let mut by_lines = Vec::new();
        for products in asked {
            for span in spans {
                by_lines.push(Answers::sales_of(&store.db, products, span).await.expect("by lines"));
            }
        }
        let sold = |order: i64| order % 2 == 0 || order % 3 == 0 || order % 5 != 0;
        let inside = |order: &i64| (10 * 24..49 * 24).contains(&(order * 5));
        let expected = (0..ORDERS).filter(|order| inside(order) && sold(*order)).count();
        assert_eq!(by_lines[0][0].totals.orders, i64::try_from(expected).unwrap(), "{}", store.name);
        forget_months(&store).await;
        compact::compact_slicing_from(&store.db, LEAST).await.expect("fold");
        // Half a day more is read from lines; and a series by days of elsewhere cuts days.
        let odd = Span { start: spans[0].start - 5 * HOUR, end: spans[0].end + 7 * HOUR };
        let ask = async |db: &Db, width| {
            let filters = Filters { products: named(&["A", "B", "C"]), ..Filters::default() };
            let question = SalesQuestion { span: odd, filters, buckets: cut(odd, width), ..of_2016() };
            sales::answer(db, &question).await
        };
        let (hours, days) = (ask(&store.db, HOUR).await, ask(&store.db, 24 * HOUR).await);
        spoil_days(&store, 0..i64::MAX).await;
        let mixed = Answers::sales_of(&store.db, asked[2], spans[0]).await.expect("by days and lines");
        assert!(mixed == by_lines[6], "{}: {mixed:?}, not {:?}", store.name, by_lines[6]);
        spoil_lines(&store).await;
        for (index, products) in asked[..2].iter().enumerate() {
            for (place, span) in spans.into_iter().enumerate() {
                let by_days = Answers::sales_of(&store.db, products, span).await.expect("by days");
                let expected = &by_lines[index * 3 + place];
                assert!(by_days == *expected, "{}: {by_days:?}, not {expected:?}", store.name);
            }
        }
        spoil(&store, "rollup_slices", Kind::DayBuyers, 5).await;
        let db = Db::connect(&store.url, 1).await.expect("connect");
        Answers::sales_of(&db, asked[0], spans[0]).await.expect_err("buyers of days are read");
        for (answer, width) in [(hours, HOUR), (days, 24 * HOUR)] {
            let answer = answer.expect("by days and lines");
            let orders: i64 = answer.series.iter().map(|bucket| bucket.orders).sum();
            assert_eq!(orders, answer.totals.orders, "{}: by {width} s", store.name);
            let inside = |order: &i64| (10 * 24 - 5..49 * 24 + 7).contains(&(order * 5));
            let expected = (0..ORDERS).filter(|order| inside(order) && sold(*order)).count();
            assert_eq!(orders, i64::try_from(expected).unwrap(), "{}: by {width} s", store.name);
        }
    }
}

/// Orders that sell very many large products would make a set of products for each of these: lines of most are read instead.
#[tokio::test]
async fn orders_of_very_many_products_leave_most_without_slices() {
    let store = databases::sqlite("UTC").await;
    let mut lines = String::new();
    for order in 0..3 {
        // Each begins with another product, so that no set is there twice.
        for product in order..2_600 {
            let tail = format!("P{product},P,Light,1,10.00,2024-04-0{}T12:00:00Z,North,online,", order + 1);
            writeln!(lines, "O{order},{product},,{tail}").expect("a string");
        }
    }
    store.land(&lines).await;
    compact::compact_slicing_from(&store.db, 1).await.expect("fold");
    let slices = "SELECT COUNT(DISTINCT member_id) FROM rollup_slices WHERE dimension = 1";
    let slices = sqlx::query(slices).fetch_one(&store.db.pool).await.expect("count");
    assert_eq!(slices.get::<i64, _>(0), 2_600 / 4);
    // P0 and P1 are sold once and twice.
    let large = sqlx::query(
        "SELECT COUNT(*) FROM rollup_slices WHERE dimension = 1 AND member_id IN \
         (SELECT id FROM terms WHERE kind = 2 AND value IN (CAST('P0' AS BLOB), CAST('P1' AS BLOB)))",
    );
    let large = large.fetch_one(&store.db.pool).await.expect("count");
    assert_eq!(large.get::<i64, _>(0), 0, "those with the fewest lines");
    let filters = Filters { products: named(&["P7", "P2599"]), ..Filters::default() };
    let question = SalesQuestion { span: SPAN, filters, ..of_2016() };
    let answer = sales::answer(&store.db, &question).await.expect("sales");
    assert_eq!((answer.totals.orders, answer.totals.units_sold), (3, 6));
}

/// A day of Liberia began at 44 minutes and 30 seconds past the hour until 1972, within a quarter of an hour.
#[tokio::test]
async fn orders_of_several_products_are_taken_back_on_their_day() {
    let store = databases::sqlite("Africa/Monrovia").await;
    let mut lines = String::new();
    for (order, time) in ["05T00:44:29", "05T00:44:30", "20T12:00:00"].iter().enumerate() {
        for (line, product) in ["A", "B"].iter().enumerate() {
            let at = format!("1971-03-{time}Z");
            writeln!(lines, "O{order},{line},,{product},Lamp,Light,1,10.00,{at},North,online,")
                .expect("a string");
        }
    }
    store.land(&lines).await;
    compact::compact_slicing_from(&store.db, 1).await.expect("fold");
    spoil_lines(&store).await;
    // March 1971 there, day by day.
    let span = Span { start: 36_636_270, end: 36_636_270 + 31 * 24 * HOUR };
    let filters = Filters { products: named(&["A", "B"]), ..Filters::default() };
    let question = SalesQuestion { span, buckets: cut(span, 24 * HOUR), filters, ..of_2016() };
    let answer = sales::answer(&store.db, &question).await.expect("sales");
    let orders: Vec<(usize, i64)> = answer.series.iter().map(|day| day.orders).enumerate().collect();
    let sold: Vec<(usize, i64)> = orders.into_iter().filter(|(_, orders)| *orders != 0).collect();
    assert_eq!((answer.totals.orders, sold), (3, vec![(3, 1), (4, 1), (19, 1)]));
}

/// Order by order: which products, where, and in which currency its number decides. B and C are of one category; a line of A
/// comes back now and then.
fn orders(currency: impl Fn(i64) -> &'static str) -> String {
    let mut lines =
        "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,\
                     channel,currency\n"
            .to_owned();
    for order in 0..ORDERS {
        let at = |hours: i64| {
            let second = SPAN.start + (order * 5 + hours) * HOUR;
            jiff::Timestamp::from_second(second).expect("a second")
        };
        let region = if order % 3 == 1 { "North" } else { "South" };
        let tail = format!("{region},online,{}", currency(order));
        let products =
            [("A", "Light", order % 2 == 0), ("B", "Desk", order % 3 == 0), ("C", "Desk", order % 5 != 0)];
        let category = if order % 2 == 0 { "Light" } else { "Desk" };
        let others = [("S", "Light", order % 29 == 0), ("M", category, order % 4 < 2)];
        let products = products.into_iter().chain(others);
        for (line, (product, category, _)) in (1..).zip(products.filter(|(_, _, sold)| *sold)) {
            let head = format!("O{order},{line},K{},{product},{product},{category}", order % 40);
            writeln!(lines, "{head},2,{line}.50,{},{tail}", at(0)).expect("a string");
            if product == "A" && order % 7 == 0 {
                let head = head.replacen(&format!(",{line},"), ",9,", 1);
                writeln!(lines, "{head},-1,{line}.50,{},{tail}", at(70)).expect("a string");
            }
        }
    }
    lines
}

#[derive(Debug, PartialEq)]
struct Answers {
    sales: Vec<SalesAnswer>,
    products: Vec<ProductsAnswer>,
}

impl Answers {
    async fn of(db: &Db, products: &[&str]) -> Result<Self> {
        let mut answers = Self { sales: Self::sales_of(db, products, SPAN).await?, products: vec![] };
        for filters in narrowings(products) {
            let question = ProductsQuestion {
                span: Some(SPAN),
                filters,
                currency: "USD".to_owned(),
                limit: 3,
                sort: ProductSort::Orders,
            };
            answers.products.push(products::answer(db, &question).await?);
        }
        Ok(answers)
    }

    /// Without a series, by months, by days, and, in all places, by hours.
    async fn sales_of(db: &Db, products: &[&str], span: Span) -> Result<Vec<SalesAnswer>> {
        let mut answers = Vec::new();
        for filters in narrowings(products) {
            let may = SPAN.start + 30 * 24 * HOUR;
            let mut months =
                vec![Span { end: may.min(span.end), ..span }, Span { start: may.max(span.start), ..span }];
            months.retain(|month| month.start < month.end);
            let hours = if filters.regions.is_empty() { cut(span, HOUR) } else { vec![] };
            for buckets in [vec![], months, cut(span, 24 * HOUR), hours] {
                let filters = filters.clone();
                answers
                    .push(sales::answer(db, &SalesQuestion { span, filters, buckets, ..of_2016() }).await?);
            }
        }
        Ok(answers)
    }
}

/// All places, one, and one category.
fn narrowings(products: &[&str]) -> [Filters; 3] {
    let everywhere = Filters { products: named(products), ..Filters::default() };
    [
        everywhere.clone(),
        Filters { regions: named(&["North"]), ..everywhere.clone() },
        Filters { categories: named(&["Desk"]), ..everywhere },
    ]
}

fn named(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Makes the lines of products unreadable.
async fn spoil_lines(store: &TestStore) {
    spoil_where(store, "rollup_product_lines", "1 = 1", 0).await;
}
