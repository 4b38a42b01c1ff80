//! The lines of each product and of each category in a month, packed by day, so that a question about a few of them
//! reads little else. Derived from the day segments like the month's summary. Pure bytes; knows no storage.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use anyhow::Result;

use super::packed::{
    Decoder, PackedHeader, PackedLine, PackedOrder, encode, put, put_slice, take, take_slice, unzigzag,
    zigzag,
};

/// Lines of products that one row should hold, more or less.
const LINES_OF_A_ROW: usize = 4_096;
/// Most rows of the products of a month.
const MOST_ROWS: u32 = 1_024;

/// The lines of a month while its days come by.
#[derive(Debug, Default)]
pub struct MemberLines {
    products: Days,
    categories: Days,
    /// Lines of the day that is open.
    open: Vec<(PackedHeader, PackedLine)>,
    lines: usize,
}

/// By product or category: days, each with its length and its orders.
type Days = BTreeMap<u32, Vec<u8>>;

impl MemberLines {
    /// Adds an order of the day that is open.
    pub fn add(&mut self, order: &PackedOrder) {
        self.open.extend(order.lines.iter().map(|line| (order.header, *line)));
    }

    /// Ends the day that was open. Days must ascend.
    pub fn end_day(&mut self, day: i64) {
        self.lines += self.open.len();
        pack(&mut self.open, day, |line| line.product, &mut self.products);
        pack(&mut self.open, day, |line| line.category, &mut self.categories);
        self.open.clear();
    }

    /// How many rows store the products of this month.
    pub fn buckets(&self) -> u32 {
        let rows = (self.lines / LINES_OF_A_ROW).next_power_of_two();
        u32::try_from(rows).map_or(MOST_ROWS, |rows| rows.min(MOST_ROWS))
    }

    /// The rows that store this month: those of products by bucket, and one of each category by its number.
    pub fn rows(self) -> [Vec<(i64, Vec<u8>)>; 2] {
        let buckets = self.buckets();
        [rows(self.products, |product| product % buckets), rows(self.categories, |category| category)]
    }
}

/// Puts the `lines` of a `day` to those of their members.
fn pack(
    lines: &mut [(PackedHeader, PackedLine)],
    day: i64,
    member: impl Fn(&PackedLine) -> u32,
    members: &mut Days,
) {
    lines.sort_unstable_by_key(|(header, line)| (member(line), header.order, line.line));
    for lines in lines.chunk_by(|(_, one), (_, other)| member(one) == member(other)) {
        let mut orders: Vec<PackedOrder> = Vec::new();
        for (header, line) in lines {
            match orders.last_mut().filter(|order| order.header.order == header.order) {
                Some(order) => order.lines.push(*line),
                None => orders.push(PackedOrder { header: *header, lines: vec![*line] }),
            }
        }
        let packed = encode(&orders);
        let bytes = members.entry(member(&lines[0].1)).or_default();
        put(bytes, zigzag(day));
        put_slice(bytes, &packed);
    }
}

/// Each member with its length and its days, in the row that is its own.
fn rows(members: Days, row_of: impl Fn(u32) -> u32) -> Vec<(i64, Vec<u8>)> {
    let mut rows: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    for (member, bytes) in members {
        let row = rows.entry(row_of(member)).or_default();
        put(row, u64::from(member));
        put_slice(row, &bytes);
    }
    rows.into_iter().map(|(row, bytes)| (i64::from(row), bytes)).collect()
}

/// The days of `members` (ascending) in a row: each with its number and packed orders goes to `visit`.
pub fn for_each_day<'a>(
    mut row: &'a [u8],
    members: &[u32],
    mut visit: impl FnMut(i64, &'a [u8]),
) -> Result<()> {
    while !row.is_empty() {
        let member = u32::try_from(take(&mut row)?)?;
        let mut days = take_slice(&mut row)?;
        if members.binary_search(&member).is_err() {
            continue;
        }
        while !days.is_empty() {
            let day = unzigzag(take(&mut days)?);
            visit(day, take_slice(&mut days)?);
        }
    }
    Ok(())
}

/// Shows the orders of one day, which `parts` hold member by member, to `visit`: each order once, with its lines in all
/// of the parts, in the order of their numbers. Orders whose header is not wanted are passed over unread.
pub fn for_each_order(
    parts: &[&[u8]],
    wanted: impl Fn(&PackedHeader) -> bool,
    mut visit: impl FnMut(&PackedOrder),
) -> Result<()> {
    let mut decoders: Vec<Decoder<'_>> = parts.iter().map(|part| Decoder::new(part)).collect();
    // The order that each part is at: that of the lowest number is complete when all parts that are at it have gone on.
    let mut heads = BinaryHeap::with_capacity(decoders.len());
    for (part, decoder) in decoders.iter_mut().enumerate() {
        let order = decoder.next_order_with(&wanted, |_, _| true)?;
        heads.extend(order.map(|order| Reverse((order.header.order, part))));
    }
    let mut whole = PackedOrder::default();
    while let Some(Reverse((number, part))) = heads.pop() {
        let decoder = &mut decoders[part];
        let is_last = heads.peek().is_none_or(|Reverse((next, _))| *next != number);
        if is_last && whole.lines.is_empty() {
            visit(decoder.order());
        } else {
            whole.header = decoder.order().header;
            whole.lines.extend_from_slice(&decoder.order().lines);
            if is_last {
                whole.lines.sort_unstable_by_key(|line| line.line);
                visit(&whole);
                whole.lines.clear();
            }
        }
        let next = decoder.next_order_with(&wanted, |_, _| true)?;
        heads.extend(next.map(|next| Reverse((next.header.order, part))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of products, each of which is of the category of its last digit.
    fn order(order: u64, products: &[u32]) -> PackedOrder {
        let line = |(line, product): (u32, &u32)| PackedLine {
            line,
            product: *product,
            category: product % 10,
            quantity: 1,
            ..Default::default()
        };
        let header = PackedHeader { order, customer: 3, ..Default::default() };
        PackedOrder { header, lines: (1..).zip(products).map(line).collect() }
    }

    /// Day, order, customer and lines of what is there of `members`.
    fn read(rows: &[(i64, Vec<u8>)], members: &[u32]) -> Vec<(i64, u64, u32, Vec<u32>)> {
        let mut days: BTreeMap<i64, Vec<&[u8]>> = BTreeMap::new();
        for (_, row) in rows {
            for_each_day(row, members, |day, bytes| days.entry(day).or_default().push(bytes)).unwrap();
        }
        let mut seen = Vec::new();
        for (day, parts) in &days {
            let visit = |order: &PackedOrder| {
                let lines: Vec<u32> = order.lines.iter().map(|line| line.line).collect();
                seen.push((*day, order.header.order, order.header.customer, lines));
            };
            for_each_order(parts, |header| header.order != 9, visit).unwrap();
        }
        seen
    }

    #[test]
    fn the_lines_of_some_members_come_back_by_day_and_order() {
        let mut lines = MemberLines::default();
        for (day, orders) in [
            (-1, vec![order(7, &[11, 12, 11]), order(9, &[12])]),
            (4, vec![order(3, &[15]), order(8, &[21, 19])]),
        ] {
            for order in &orders {
                lines.add(order);
            }
            lines.end_day(day);
        }
        assert_eq!(lines.buckets(), 1, "so few lines need one row");
        let [products, categories] = lines.rows();
        // Line 2 of order 7 is of another product than lines 1 and 3.
        // Order 9 is not wanted.
        assert_eq!(read(&products, &[11, 12]), [(-1, 7, 3, vec![1, 2, 3])]);
        assert_eq!(read(&products, &[12]), [(-1, 7, 3, vec![2])]);
        assert_eq!(read(&products, &[11]), [(-1, 7, 3, vec![1, 3])]);
        let numbers: Vec<i64> = categories.iter().map(|(category, _)| *category).collect();
        assert_eq!(numbers, [1, 2, 5, 9]);
        assert_eq!(read(&categories, &[1]), [(-1, 7, 3, vec![1, 3]), (4, 8, 3, vec![1])]);
        assert_eq!(read(&categories, &[5, 9]), [(4, 3, 3, vec![1]), (4, 8, 3, vec![2])]);
        assert_eq!(read(&categories, &[3]), []);
    }
}
