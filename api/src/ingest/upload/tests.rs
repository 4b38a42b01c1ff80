use tokio::sync::mpsc;

use super::batches::{Batch, produce};
use crate::ingest::{csv, testing, write};

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
