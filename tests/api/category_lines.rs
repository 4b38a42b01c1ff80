//! What month summaries cannot tell of some categories comes out of their slices where they have some, else out of those
//! categories' own lines, not of whole days.

use anyhow::Result;
use eap_api::{
    db::Db,
    extract::{Filters, Span},
    queries::{
        customers::{self, CustomersAnswer, CustomersQuestion},
        sales::{self, SalesAnswer, SalesQuestion},
    },
    rollup::{
        compact,
        measures::Measures,
        month::{Kind, WRITING},
    },
};
use sqlx::Row;

use crate::{
    databases::{self, TestStore},
    rezone::load_sample,
    summarise::{fold_months, fold_until_written, of_2016, spoil, spoil_days, spoil_where},
};

const HOUR: i64 = 3_600;

#[tokio::test]
async fn reports_about_categories_read_their_lines_alone() {
    for zone in ["UTC", "Asia/Kolkata"] {
        for store in databases::stores(zone).await {
            load_sample(&store.db).await;
            sqlx::query("DELETE FROM rollup_months").execute(&store.db.pool).await.expect("delete");
            let by_days = Answers::of(&store).await.expect("by days");
            by_days.must_agree();
            fold_months(&store, u64::MAX).await;
            // Up to the end of 2016. Of the month after it, a day at most is touched: that is less to read than lines.
            spoil_days(&store, 0..17_167).await;
            let by_lines = Answers::of(&store).await.expect("by lines");
            assert!(by_lines == by_days, "{} in {zone}: {by_lines:?}, not {by_days:?}", store.name);
            // November 2016 as a program of before writes it anew, which knows no such lines.
            let before = format!("DELETE FROM rollup_months WHERE kind = {WRITING} AND month = 562");
            let deleted = sqlx::query(&before).execute(&store.db.pool).await.expect("delete").rows_affected();
            assert_eq!(deleted, 1, "{}", store.name);
            Answers::of(&store).await.expect_err("the days are read");
        }
    }
}

/// Slices tell the slots of each category, and the sets of categories which of their orders are the same: of a month
/// that has both no line is read, nor a day.
#[tokio::test]
async fn a_series_by_hour_about_categories_reads_no_lines() {
    for zone in ["UTC", "Asia/Kolkata"] {
        for store in databases::stores(zone).await {
            load_sample(&store.db).await;
            forget_months(&store).await;
            let by_days = hours_and_foreign_days(&store.db, &[]).await.expect("by days");
            // So that Furniture has slices in March and October where Technology has none.
            fold_months(&store, 40).await;
            let mixed = hours_and_foreign_days(&store.db, &[]).await.expect("by slots and lines");
            assert!(mixed == by_days, "{} in {zone}: {mixed:?}, not {by_days:?}", store.name);
            forget_months(&store).await;
            fold_months(&store, 1).await;
            spoil_days(&store, 0..17_167).await;
            // From February on: of January the range has no first days of India, so that a part of it is read.
            spoil_lines(&store, 553).await;
            let by_slots = hours_and_foreign_days(&store.db, &[]).await.expect("by slots");
            assert!(by_slots == by_days, "{} in {zone}: {by_slots:?}, not {by_days:?}", store.name);
            spoil(&store, "rollup_months", Kind::SlotSets, 40).await;
            // Who read the rows before has them in memory.
            let db = Db::connect(&store.url, 1).await.expect("connect");
            hours_and_foreign_days(&db, &[]).await.expect_err("sets are read");
        }
    }
}

/// Where a category is large its regions are in several rows.
#[tokio::test]
async fn a_report_about_regions_reads_no_lines_of_others() {
    /// 30 days from the first of June 2016 on.
    const JUNE: Span = Span { start: 1_464_739_200, end: 1_467_331_200 };
    const ORDERS: i64 = 12_000;
    let second = |order: i64| JUNE.start + order * (JUNE.end - JUNE.start) / ORDERS;
    let category =
        |order: i64| ["Furniture", "Paper", "Technology"][usize::try_from(order / 10 % 3).unwrap()];
    let line = |order: i64| {
        let at = jiff::Timestamp::from_second(second(order)).expect("a second");
        let (customer, price, region) = (order % 50, 1 + order % 7, order % 10);
        format!("A{order},1,C{customer},P1,Lamp,{},1,{price}.00,{at},R{region},online,\n", category(order))
    };
    let mut hours = vec![Measures::default(); 720];
    for order in (0..ORDERS).filter(|order| [1, 2].contains(&(order % 10)) && category(*order) != "Paper") {
        let hour = &mut hours[usize::try_from((second(order) - JUNE.start) / HOUR).unwrap()];
        let gross = hour.gross + 100 * (1 + order % 7);
        *hour = Measures { units_sold: hour.units_sold + 1, orders: hour.orders + 1, gross, ..*hour };
    }
    let lines: String = (0..ORDERS).map(line).collect();
    let filters = of_two_categories(&["R1", "R2"]);
    let question = SalesQuestion { span: JUNE, buckets: cut(JUNE, HOUR), filters, ..of_2016() };
    for store in databases::stores("UTC").await {
        store.land(&lines).await;
        fold_until_written(&store, 1, u64::MAX).await;
        let ids = "SELECT id FROM terms WHERE kind = 5 AND value IN (?, ?)";
        let ids = sqlx::query(ids).bind(&b"R1"[..]).bind(&b"R2"[..]).fetch_all(&store.db.pool).await;
        let ids: Vec<i64> = ids.expect("regions").iter().map(|row| row.get(0)).collect();
        let others = format!("buckets = 4 AND bucket <> {} AND bucket <> {}", ids[0] % 4, ids[1] % 4);
        spoil_days(&store, 0..17_167).await;
        spoil_where(&store, "rollup_category_region_lines", &others, 5).await;
        let answer = sales::answer(&store.db, &question).await.expect("sales");
        assert!(answer.series == hours, "{}: {:?}, not {hours:?}", store.name, answer.series);
        spoil_where(&store, "rollup_category_region_lines", "category_id > 0", 11).await;
        sales::answer(&store.db, &question).await.expect_err("lines are read");
    }
}

/// Liberia was 44 minutes and 30 seconds behind until 1972: slots of two thirds of a month are the same there.
#[tokio::test]
async fn slots_that_a_third_begins_in_are_not_cut() {
    let store = databases::sqlite("Africa/Monrovia").await;
    let line = |order: u32, category: &str, time: &str| {
        format!("A{order},1,,P1,Lamp,{category},1,10.00,1971-03-{time}Z,North,online,\n")
    };
    let mut lines = String::new();
    for order in 0..30 {
        lines += &line(order, "Light", &format!("{}T12:00:00", 10 + order % 20));
    }
    // The third from the 11th on begins between these.
    lines += &(line(30, "Desk", "11T00:44:29") + &line(31, "Desk", "11T00:44:30"));
    store.land(&lines).await;
    compact::compact_slicing_from(&store.db, 1).await.expect("fold");
    let thirds = sqlx::query("SELECT COUNT(*) FROM rollup_months WHERE kind = 0 AND month > 1000");
    assert_eq!(thirds.fetch_one(&store.db.pool).await.expect("count").get::<i64, _>(0), 3);
    // 11 to 31 March 1971 in UTC, hour by hour.
    let span = Span { start: 37_497_600, end: 39_312_000 };
    let named = ["Light", "Desk"].map(str::to_owned).to_vec();
    let filters = Filters { categories: named, ..Filters::default() };
    let question = SalesQuestion { span, buckets: cut(span, HOUR), filters, ..of_2016() };
    let answer = sales::answer(&store.db, &question).await.expect("sales");
    assert_eq!((answer.totals.orders, answer.series[0].orders), (30, 2), "{:?}", &answer.series[..14]);
    assert_eq!(answer.series.iter().map(|bucket| bucket.orders).sum::<i64>(), 30);
}

/// Throws away what is derived of months.
pub(crate) async fn forget_months(store: &TestStore) {
    for derived in ["rollup_months", "rollup_slices", "rollup_category_region_lines", "rollup_product_lines"]
    {
        let delete = format!("DELETE FROM {derived}");
        sqlx::query(&delete).execute(&store.db.pool).await.expect("delete");
    }
}

/// Makes the lines of categories unreadable, from a month to the end of 2016.
async fn spoil_lines(store: &TestStore, from: i64) {
    let which = format!("month BETWEEN {from} AND 563");
    spoil_where(store, "rollup_category_region_lines", &which, 30).await;
}

#[derive(Debug, PartialEq)]
struct Answers {
    sales: Vec<SalesAnswer>,
    customers: Vec<CustomersAnswer>,
}

impl Answers {
    /// About two of three categories, in all regions and in two: sales hour by hour and by days of another zone, and
    /// customers.
    async fn of(store: &TestStore) -> Result<Self> {
        let mut answers = Self { sales: vec![], customers: vec![] };
        for regions in [&[][..], &["West", "East"]] {
            answers.sales.extend(hours_and_foreign_days(&store.db, regions).await?);
            let question = CustomersQuestion {
                span: of_2016().span,
                previous: Span { start: 1_420_070_400, end: of_2016().span.start },
                filters: of_two_categories(regions),
                currency: "USD".to_owned(),
                limit: 5,
                cohort_months: vec![],
            };
            answers.customers.push(customers::answer(&store.db, &question).await?);
        }
        Ok(answers)
    }

    /// A series adds up to its totals, and customers bought what was sold: the sample has no guests.
    fn must_agree(&self) {
        for answer in &self.sales {
            let net: i64 = answer.series.iter().map(Measures::net).sum();
            let orders: i64 = answer.series.iter().map(|bucket| bucket.orders).sum();
            assert_eq!((net, orders), (answer.totals.net(), answer.totals.orders));
            assert!(orders > 100, "{orders} orders");
        }
        for (sales, customers) in self.sales.iter().step_by(2).zip(&self.customers) {
            assert_eq!(sales.customers, customers.active_customers);
        }
        assert_ne!(self.customers[0], self.customers[1]);
    }
}

/// Sales of 2016 by hours, and by days that begin at half past six in the morning by UTC.
async fn hours_and_foreign_days(db: &Db, regions: &[&str]) -> Result<[SalesAnswer; 2]> {
    let ask = async |offset: i64, width: i64| {
        let SalesQuestion { span, .. } = of_2016();
        let span = Span { start: span.start + offset, end: span.end + offset };
        let (buckets, filters) = (cut(span, width), of_two_categories(regions));
        sales::answer(db, &SalesQuestion { span, buckets, filters, ..of_2016() }).await
    };
    Ok([ask(0, HOUR).await?, ask(13 * HOUR / 2, 24 * HOUR).await?])
}

fn of_two_categories(regions: &[&str]) -> Filters {
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Filters { categories: named(&["Furniture", "Technology"]), regions: named(regions), ..Filters::default() }
}

pub(crate) fn cut(span: Span, width: i64) -> Vec<Span> {
    let starts = (span.start..span.end).step_by(usize::try_from(width).expect("seconds"));
    starts.map(|start| Span { start, end: start + width }).collect()
}
