use std::{fmt::Write as _, io::Cursor};

use sqlx::Row as _;
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::{
    Landing, UploadError,
    batches::{Batch, produce},
    run,
};
use crate::{
    db::Db,
    ingest::{
        csv,
        order::{Fatal, Parsed},
        terms::Dictionary,
        testing, write,
    },
    rollup::compact,
};

const HEADER: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel\n";

const FILE: &str = "\
order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel
A,1,c,p,n,k,two,1.00,2024-01-31,r,c
B,1,c,p,n,k,1,1.00,2024-01-31,r,c
B,2,c,p,n,k,three,1.00,2024-01-31,r,c
C,1,c,p,n,k,1,1.00,2024-01-31,r,c
";

#[test]
fn what_a_stopped_try_rejected_is_named_again_and_its_place_is_kept() {
    let (sender, mut receiver) = mpsc::channel(9);
    // Two rejected lines and order B lie before the place.
    let parse = || csv::read(csv::Table::open(FILE.as_bytes())?, testing::store());
    produce(parse, 3, 1, &sender).expect("somebody listens");
    drop(sender);
    let batches: Vec<Batch> = std::iter::from_fn(|| receiver.blocking_recv()).collect();
    let orders: Vec<&str> =
        batches.iter().flat_map(|batch| &batch.orders).map(write::SentOrder::order_id).collect();
    assert_eq!(orders, ["C"]);
    let errors = batches.iter().flat_map(|batch| &batch.rejected.errors);
    assert_eq!(errors.map(|error| error.line).collect::<Vec<_>>(), [2, 4]);
    let positions: Vec<i64> = batches.iter().map(|batch| batch.position).collect();
    assert!(positions.iter().all(|position| (3..=4).contains(position)), "{positions:?}");
    assert_eq!((batches.len() > 1, positions.last()), (true, Some(&4)), "a batch for each line");
}

/// A CSV of orders of one line each, all on one day.
fn orders(count: usize) -> String {
    (0..count).fold(HEADER.to_owned(), |mut text, number| {
        writeln!(text, "O{number},1,c,p,n,k,1,1.00,2024-01-31,r,c").expect("a string grows");
        text
    })
}

async fn empty_store() -> (TempDir, Db) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("t.db").display());
    let db = Db::connect(&url, 2).await.expect("connect");
    db.migrate("UTC").await.expect("migrate");
    (folder, db)
}

fn parsed(text: String) -> Result<impl Iterator<Item = Result<Parsed, Fatal>>, Fatal> {
    csv::read(csv::Table::open(Cursor::new(text))?, testing::store())
}

#[tokio::test]
async fn a_reader_that_dies_has_not_come_to_the_end() {
    let (_folder, db) = empty_store().await;
    let dying = || std::iter::from_fn(|| -> Option<Result<Parsed, Fatal>> { panic!("a fault of a reader") });
    // A batch of 5,000 lines lands before.
    for (landing, landed) in [(Landing::AllOrNothing, 0), (Landing::GoodOrders, 5_000)] {
        let parse = move || Ok(parsed(orders(5_500))?.chain(dying()));
        let ended = run(&db, &Dictionary::default(), landing, parse).await;
        assert!(matches!(ended, Err(UploadError::Store(_))), "{landing:?}: {ended:?}");
        let lines =
            sqlx::query("SELECT COUNT(*) FROM order_lines").fetch_one(&db.pool).await.expect("a count");
        assert_eq!(lines.get::<i64, _>(0), landed, "{landing:?}");
    }
}

#[tokio::test]
async fn an_upload_is_answered_before_it_is_folded() {
    let (_folder, db) = empty_store().await;
    let summary = run(&db, &Dictionary::default(), Landing::GoodOrders, || parsed(orders(25_000))).await;
    assert_eq!(summary.expect("a summary").inserted, 25_000);
    assert_eq!(compact::pending_changes(&db).await.expect("a count"), 25_000, "left to the server");
}
