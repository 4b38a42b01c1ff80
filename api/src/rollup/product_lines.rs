//! The lines of each product in a month, packed by product and day, so that a question about a few products reads
//! little else. Derived from the day segments like the month's summary. Pure bytes; knows no storage.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::packed::{Decoder, PackedHeader, PackedLine, PackedOrder, encode, put, take};

/// Lines that one row should hold, more or less.
const LINES_OF_A_ROW: usize = 4_096;
/// Most rows of a month.
const MOST_ROWS: u32 = 1_024;

/// The lines of a month while its days come by.
#[derive(Debug, Default)]
pub struct ProductLines {
    /// By product: days, each with its length and its orders.
    products: BTreeMap<u32, Vec<u8>>,
    /// Lines of the day that is open, in the order of the segment.
    open: Vec<(PackedHeader, PackedLine)>,
    lines: usize,
}

impl ProductLines {
    /// Adds an order of the day that is open.
    pub fn add(&mut self, order: &PackedOrder) {
        self.open.extend(order.lines.iter().map(|line| (order.header, *line)));
    }

    /// Ends the day that was open. Days must ascend.
    pub fn end_day(&mut self, day: i64) {
        self.lines += self.open.len();
        // Stable: the lines of a product stay in the order of the segment.
        self.open.sort_by_key(|(_, line)| line.product);
        for lines in self.open.chunk_by(|(_, one), (_, other)| one.product == other.product) {
            let mut orders: Vec<PackedOrder> = Vec::new();
            for (header, line) in lines {
                match orders.last_mut().filter(|order| order.header.order == header.order) {
                    Some(order) => order.lines.push(*line),
                    None => orders.push(PackedOrder { header: *header, lines: vec![*line] }),
                }
            }
            let packed = encode(&orders);
            let bytes = self.products.entry(lines[0].1.product).or_default();
            put(bytes, super::packed::zigzag(day));
            put(bytes, packed.len() as u64);
            bytes.extend_from_slice(&packed);
        }
        self.open.clear();
    }

    /// How many rows store this month.
    pub fn buckets(&self) -> u32 {
        let rows = (self.lines / LINES_OF_A_ROW).next_power_of_two();
        u32::try_from(rows).map_or(MOST_ROWS, |rows| rows.min(MOST_ROWS))
    }

    /// The rows that store this month, by bucket.
    pub fn rows(self) -> Vec<(i64, Vec<u8>)> {
        let buckets = self.buckets();
        let mut rows: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        for (product, bytes) in self.products {
            let row = rows.entry(product % buckets).or_default();
            put(row, u64::from(product));
            put(row, bytes.len() as u64);
            row.extend_from_slice(&bytes);
        }
        rows.into_iter().map(|(bucket, bytes)| (i64::from(bucket), bytes)).collect()
    }
}

/// The days of `products` (ascending) in a row: each with its number and packed orders goes to `visit`.
pub fn for_each_day<'a>(
    mut row: &'a [u8],
    products: &[u32],
    mut visit: impl FnMut(i64, &'a [u8]),
) -> Result<()> {
    while !row.is_empty() {
        let product = u32::try_from(take(&mut row)?)?;
        let mut days = take_slice(&mut row)?;
        if products.binary_search(&product).is_err() {
            continue;
        }
        while !days.is_empty() {
            let day = super::packed::unzigzag(take(&mut days)?);
            visit(day, take_slice(&mut days)?);
        }
    }
    Ok(())
}

/// Shows the orders of one day, which `parts` hold product by product, to `visit`: each order once, with its lines in
/// all of the parts.
pub fn for_each_order(parts: &[&[u8]], mut visit: impl FnMut(&PackedOrder)) -> Result<()> {
    if let [only] = parts {
        let mut decoder = Decoder::new(only);
        while let Some(order) = decoder.next_order()? {
            visit(order);
        }
        return Ok(());
    }
    let mut orders: BTreeMap<u64, PackedOrder> = BTreeMap::new();
    for part in parts {
        let mut decoder = Decoder::new(part);
        while let Some(PackedOrder { header, lines }) = decoder.next_order()? {
            let order = orders.entry(header.order).or_default();
            order.header = *header;
            order.lines.extend_from_slice(lines);
        }
    }
    orders.values().for_each(visit);
    Ok(())
}

fn take_slice<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8]> {
    let length = usize::try_from(take(bytes)?)?;
    let (slice, rest) = bytes.split_at_checked(length).context("the lines of a product are cut short")?;
    *bytes = rest;
    Ok(slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(order: u64, products: &[u32]) -> PackedOrder {
        let line = |(line, product): (u32, &u32)| PackedLine {
            line,
            product: *product,
            quantity: 1,
            ..Default::default()
        };
        let header = PackedHeader { order, customer: 3, ..Default::default() };
        PackedOrder { header, lines: (1..).zip(products).map(line).collect() }
    }

    #[test]
    fn the_lines_of_some_products_come_back_by_day_and_order() {
        let mut lines = ProductLines::default();
        for (day, orders) in
            [(-1, vec![order(7, &[1, 2, 1]), order(9, &[2])]), (4, vec![order(3, &[5]), order(8, &[1, 9])])]
        {
            for order in &orders {
                lines.add(order);
            }
            lines.end_day(day);
        }
        assert_eq!(lines.buckets(), 1, "so few lines need one row");
        let rows = lines.rows();
        let mut days: BTreeMap<i64, Vec<&[u8]>> = BTreeMap::new();
        for (_, row) in &rows {
            for_each_day(row, &[1, 2], |day, bytes| days.entry(day).or_default().push(bytes)).unwrap();
        }
        let mut seen = Vec::new();
        for (day, parts) in &days {
            let visit = |order: &PackedOrder| {
                let lines: Vec<u32> = order.lines.iter().map(|line| line.line).collect();
                seen.push((*day, order.header.order, order.header.customer, lines));
            };
            for_each_order(parts, visit).unwrap();
        }
        // Line 2 of order 7 is of another product than lines 1 and 3.
        assert_eq!(seen, [(-1, 7, 3, vec![1, 3, 2]), (-1, 9, 3, vec![1]), (4, 8, 3, vec![1])]);
    }
}
