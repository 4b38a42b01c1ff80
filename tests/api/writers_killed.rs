//! Eight `eap-api import` at once, of files that overlap and contradict each other, one of them killed by SIGKILL midway
//! and started again. Then nothing is lost, nothing is there twice, and every report equals the recount.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use eap_api::{
    columns,
    db::Db,
    ingest::{draft::StoreDefaults, line::Line, upload},
    money::Currency,
};
use jiff::Timestamp;
use sqlx::{Row as _, any::AnyRow};

use crate::{
    databases::{self, TestStore},
    program,
    recount::Lines,
    reports_equal_recount::{DAYS, START, check, line, question},
    seeds::{self, sample},
};

const WRITERS: u32 = 8;
/// The one that is killed. Its file is longer: two transactions' worth, the second of which changes orders of the first.
const VICTIM: u32 = 3;
/// Orders that every file has, the same in each.
const SHARED: std::ops::Range<u32> = 0..800;
/// Orders that every file has, each in a version of its own.
const CONTESTED: std::ops::Range<u32> = 800..1_000;
const DAY: i64 = 86_400;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_is_there_twice() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files: Vec<PathBuf> = (0..WRITERS).map(|writer| write_file(folder.path(), writer)).collect();
    for store in databases::stores("Europe/Berlin").await {
        import_all(&store, &files).await;
        let stored = stored_lines(&store.db).await;
        assert_expected(store.name, &stored);
        let mut runner = seeds::runner(seeds::FIXED);
        for _ in 0..25 {
            check(&store, &stored, &sample(&mut runner, question())).await;
        }
    }
}

/// Runs all imports at once, kills one when part of its file has landed, and starts it again.
async fn import_all(store: &TestStore, files: &[PathBuf]) {
    let mut writers: Vec<Child> = files.iter().map(|file| start(store, file)).collect();
    let victim = &mut writers[VICTIM as usize];
    let position = wait_for_part(store, &files[VICTIM as usize]).await;
    assert!(victim.try_wait().expect("its state").is_none(), "{}: the writer had ended already", store.name);
    victim.kill().expect("kill");
    victim.wait().expect("wait for the killed writer");
    writers[VICTIM as usize] = start(store, &files[VICTIM as usize]);

    for (number, writer) in writers.into_iter().enumerate() {
        let output = writer.wait_with_output().expect("wait for a writer");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} writer {number}: {stderr}", store.name);
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let skipped = answer[0]["skipped_orders"].as_i64().expect("a number");
        let resumed = u32::try_from(number).expect("a small number") == VICTIM;
        assert_eq!(skipped >= position && skipped > 0, resumed, "{} writer {number}: {answer}", store.name);
    }
}

fn start(store: &TestStore, file: &Path) -> Child {
    let file = file.to_str().expect("UTF-8");
    let mut command = program::command(&store.url, &["import", file, "--output", "json"]);
    command.env("STORE_TIME_ZONE", "Europe/Berlin");
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("start a writer")
}

/// Waits until part of the file has landed, and tells how many of its orders.
async fn wait_for_part(store: &TestStore, file: &Path) -> i64 {
    let time_zone = jiff::tz::TimeZone::get("Europe/Berlin").expect("a zone");
    let defaults = StoreDefaults { time_zone, currency: Currency::from_code("USD").expect("a currency") };
    let source = upload::fingerprint(File::open(file).expect("the file"), &defaults).expect("its hash");
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let row = sqlx::query("SELECT position FROM imports WHERE source = ?")
            .bind(source.clone())
            .fetch_optional(&store.db.readers)
            .await
            .expect("how far it came");
        if let Some(position) = row.map(|row| row.get::<i64, _>(0)).filter(|position| *position > 0) {
            return position;
        }
        assert!(Instant::now() < deadline, "{}: nothing has landed", store.name);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Orders that only this writer sends: as they are first, and at the end of its file changed.
fn own_orders(writer: u32) -> std::ops::Range<u32> {
    let first = 1_000 + writer * 10_000;
    first..first + if writer == VICTIM { 8_000 } else { 700 }
}

fn write_file(folder: &Path, writer: u32) -> PathBuf {
    // Each begins elsewhere with the orders that they share, so that they meet in all ways.
    let start = SHARED.len() / WRITERS as usize * writer as usize;
    let shared = SHARED.cycle().skip(start).take(SHARED.len()).map(|number| order(number, 0));
    let orders = own_orders(writer)
        .map(|number| order(number, 0))
        .chain(shared)
        .chain(CONTESTED.map(|number| order(number, 10 + writer)))
        .chain(own_orders(writer).map(|number| order(number, 1)));
    let path = folder.join(format!("{writer}.csv"));
    fs::write(&path, csv(orders)).expect("write a file");
    path
}

/// Orders as a file of our CSV.
pub(crate) fn csv(orders: impl Iterator<Item = Vec<Line>>) -> String {
    let header = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,discount,ordered_at,region,\
                  channel,currency,refund\n";
    orders.flatten().fold(header.to_owned(), |text, line| text + &row(&line))
}

/// The lines of an order in one of its versions, which differ in products, quantities and prices. Every eleventh order
/// has a return.
pub(crate) fn order(number: u32, version: u32) -> Vec<Line> {
    let at = START + i64::from(number) * 7_919 * 611 % (DAYS * DAY);
    let lines = 2 + number % 2;
    let made = (1..=lines).map(|index| {
        let seed = number * 31 + version * 17 + index * 7;
        let refund = index == lines && number.is_multiple_of(11);
        let at = if refund { at + 5 * DAY } else { at };
        let (quantity, price) = (i64::from(seed % 19) + 1, i64::from(seed * 977 % 2_000_000));
        line(number, 0, index, (seed % 6) as usize, quantity, price, i64::from(seed % 40), refund, at)
    });
    made.collect()
}

fn row(line: &Line) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let amount = |units: i64| format!("{}.{:04}", units / 10_000, units % 10_000);
    format!(
        "{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
        quoted(&line.order_id),
        line.line,
        quoted(&line.customer_id),
        quoted(&line.product_id),
        quoted(&line.product_name),
        quoted(&line.category),
        line.quantity,
        amount(line.unit_price),
        amount(line.discount),
        line.at,
        quoted(&line.region),
        quoted(&line.channel),
        line.currency,
        line.refund,
    )
}

/// Every order is there once, as it was sent last; of contested ones, a whole version of one writer.
fn assert_expected(store: &str, stored: &Lines) {
    let mut found: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in stored.values() {
        found.entry(&line.order_id).or_default().push(line);
    }
    let mut is_there = |number: u32, versions: std::ops::Range<u32>| {
        let lines = found.remove(format!("O-{number}").as_str());
        let lines = lines.unwrap_or_else(|| panic!("{store}: order {number} is lost"));
        let whole = |version| order(number, version).iter().eq(lines.iter().copied());
        assert!(versions.clone().any(whole), "{store}: order {number} is in none of {versions:?}: {lines:?}");
    };
    SHARED.for_each(|number| is_there(number, 0..1));
    CONTESTED.for_each(|number| is_there(number, 10..10 + WRITERS));
    (0..WRITERS).flat_map(own_orders).for_each(|number| is_there(number, 1..2));
    assert!(found.is_empty(), "{store}: nobody sent {:?}", found.keys());
}

/// Everything that the store holds, read from its tables.
pub(crate) async fn stored_lines(db: &Db) -> Lines {
    let text = |kind, name: &str, id: &str| {
        format!("LEFT JOIN terms {name} ON {name}.kind = {kind} AND {name}.id = {id} ")
    };
    let joined = [
        text(1, "customer", "o.customer_id"),
        text(2, "product", "l.product_id"),
        text(3, "name", "l.name_id"),
        text(4, "category", "l.category_id"),
        text(5, "region", "o.region_id"),
        text(6, "channel", "o.channel_id"),
        text(7, "currency", "o.currency_id"),
    ];
    let query = format!(
        "SELECT o.external_id, COALESCE(customer.value, ''), product.value, name.value, category.value, region.value, channel.value, \
         currency.value, l.line, l.quantity, l.unit_price, l.discount, l.gross_minor, l.net_minor, l.refund, l.at_ms \
         FROM order_lines l JOIN orders o ON o.id = l.order_id {}",
        joined.concat()
    );
    let rows = sqlx::query(&query).fetch_all(&db.readers).await.expect("the facts");
    let count = rows.len();
    let lines: Lines =
        rows.iter().map(stored_line).map(|line| ((line.order_id.clone(), line.line), line)).collect();
    assert_eq!(lines.len(), count, "a line is there twice");
    lines
}

fn stored_line(row: &AnyRow) -> Line {
    let text = |index| columns::text(row, index).expect("a text");
    let number = |index: usize| row.get::<i64, _>(index);
    Line {
        order_id: text(0),
        customer_id: text(1),
        product_id: text(2),
        product_name: text(3),
        category: text(4),
        region: text(5),
        channel: text(6),
        currency: text(7),
        line: u32::try_from(number(8)).expect("a line number"),
        quantity: number(9),
        unit_price: number(10),
        discount: number(11),
        gross_minor: number(12),
        net_minor: number(13),
        refund: number(14) != 0,
        at: Timestamp::from_millisecond(number(15)).expect("an instant"),
    }
}
