use anyhow::Result;

use super::*;
use crate::rollup::packed::{PackedHeader, PackedLine};

const DAY: i64 = 20_000;

/// Of one unit of each product, of which the last comes back.
fn add(products: &mut LargeProducts, (order, region, second): (u64, u32, i64), sold: &[u32]) {
    let line = |(line, product): (u32, &u32)| PackedLine {
        line,
        product: *product,
        at: second,
        quantity: 1,
        gross: 10,
        net: 10,
        ..PackedLine::default()
    };
    let mut lines: Vec<PackedLine> = (1..).zip(sold).map(line).collect();
    lines.extend(lines.last().map(|last| PackedLine { line: 99, refund: true, ..*last }));
    let customer = u32::try_from(order).unwrap() + 100;
    let header = PackedHeader { order, customer, region, channel: 2, currency: 1 };
    products.add(DAY + second / 86_400, &PackedOrder { header, lines });
}

fn three_products() -> LargeProducts {
    let slices = [Slice::Category(5), Slice::Product(5), Slice::Product(7), Slice::Product(9)];
    let mut products = LargeProducts::new(&slices);
    for (order, sold) in [
        ((1, 3, 50), &[9, 5, 9, 8][..]),
        ((2, 4, 90_000), &[9, 7, 5]),
        ((3, 3, 40), &[5, 9]),
        ((4, 3, 10), &[7]),
    ] {
        add(&mut products, order, sold);
    }
    products
}

fn row(products: &LargeProducts, product: u32, kind: Kind) -> Vec<u8> {
    let rows = products.products[&product].rows(kind);
    let [(_, row)] = &rows[..] else { panic!("one currency, one row: {rows:?}") };
    row.clone()
}

/// Region and count, then region and second.
type Read = (Vec<(u32, i64)>, Vec<(u32, i64)>);

fn read_shared(row: &[u8], wanted: &[u32]) -> Result<Read> {
    let (mut counts, mut orders) = (Vec::new(), Vec::new());
    let is_wanted = |others: &[u32]| others.iter().any(|other| wanted.contains(other));
    decode_shared(row, is_wanted, |_, shared| {
        shared.for_each_place(|part, count| counts.push((part.region, count)))?;
        shared.for_each_order(|part, second| orders.push((part.region, second)))
    })?;
    Ok((counts, orders))
}

#[test]
fn orders_of_several_products_come_back_once_for_each_but_the_lowest() {
    let products = three_products();
    let nine = row(&products, 9, Kind::SharedOrders);
    let with_five = (vec![(3, 2), (4, 1)], vec![(3, 40), (3, 50), (4, 90_000)]);
    assert_eq!(read_shared(&nine, &[5]).unwrap(), with_five);
    assert_eq!(read_shared(&nine, &[7]).unwrap(), (vec![(4, 1)], vec![(4, 90_000)]));
    assert_eq!(read_shared(&nine, &[8, 9]).unwrap(), (vec![], vec![]));
    let seven = row(&products, 7, Kind::SharedOrders);
    assert_eq!(read_shared(&seven, &[5, 9]).unwrap(), (vec![(4, 1)], vec![(4, 90_000)]));
    assert_eq!(read_shared(&row(&products, 5, Kind::SharedOrders), &[7, 9]).unwrap(), (vec![], vec![]));
    read_shared(&nine[..nine.len() - 1], &[]).unwrap_err();
}

#[test]
fn a_product_knows_its_orders_days_and_buyers_by_place() {
    let products = three_products();
    let orders: Vec<u64> = decode_orders(&row(&products, 9, Kind::Orders)).unwrap().iter().collect();
    assert_eq!(orders, [1, 2, 3]);
    let days = |wanted: &dyn Fn(u32, u32) -> bool| {
        let mut days = Vec::new();
        let visit = |day, sums: &Measures| days.push((day - DAY, sums.orders, sums.units_sold, sums.returns));
        decode_days(&row(&products, 9, Kind::PlaceDays), wanted, visit).unwrap();
        days
    };
    assert_eq!(days(&|region, _| region == 3), [(0, 2, 3, 10)]);
    assert_eq!(days(&|_, channel| channel == 2), [(0, 2, 3, 10), (1, 1, 1, 0)]);
    let mut buyers = Vec::new();
    let wanted = |region, _| region == 3;
    decode_buyers(&row(&products, 9, Kind::PlaceBuyers), wanted, |ids| buyers.extend(ids)).unwrap();
    assert_eq!(buyers, [101, 103]);
}
