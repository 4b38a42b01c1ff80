//! The lines of each product, and of each category in each region, in a month, packed by day, so that a question about a
//! few of them reads little else. Derived from the day segments like the month's summary. Pure bytes; knows no storage.

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
/// Lines of a category that one row should hold at least, where its regions are in several.
const LINES_OF_A_CATEGORY_ROW: usize = 1_024;
/// As how many rows a category of a month can be stored.
pub const CATEGORY_BUCKETS: [u32; 5] = [1, 2, 4, 8, 16];

/// The lines of a month while its days come by.
#[derive(Debug, Default)]
pub struct MemberLines {
    /// By product.
    products: BTreeMap<u32, Days>,
    /// By category and region.
    categories: BTreeMap<(u32, u32), Days>,
    category_lines: BTreeMap<u32, usize>,
    /// Lines of the day that is open.
    open: Vec<(PackedHeader, PackedLine)>,
    lines: usize,
}

/// Days, each with its number, its length and its orders.
type Days = Vec<u8>;

/// A row of some regions of a category.
#[derive(Debug, PartialEq, Eq)]
pub struct CategoryRow {
    /// Its number.
    pub category: u32,
    /// As how many rows the category is stored: one of `CATEGORY_BUCKETS`.
    pub buckets: u32,
    /// The regions' numbers modulo that.
    pub bucket: u32,
    /// Each region with its length and its days.
    pub data: Vec<u8>,
}

impl MemberLines {
    /// Adds an order of the day that is open.
    pub fn add(&mut self, order: &PackedOrder) {
        self.open.extend(order.lines.iter().map(|line| (order.header, *line)));
    }

    /// Ends the day that was open. Days must ascend.
    pub fn end_day(&mut self, day: i64) {
        self.lines += self.open.len();
        for (_, line) in &self.open {
            *self.category_lines.entry(line.category).or_default() += 1;
        }
        pack(&mut self.open, day, |_, line| line.product, &mut self.products);
        pack(&mut self.open, day, |header, line| (line.category, header.region), &mut self.categories);
        self.open.clear();
    }

    /// How many rows store the products of this month.
    pub fn buckets(&self) -> u32 {
        let rows = (self.lines / LINES_OF_A_ROW).next_power_of_two();
        u32::try_from(rows).map_or(MOST_ROWS, |rows| rows.min(MOST_ROWS))
    }

    /// The rows that store this month: those of products by bucket, and those of categories.
    pub fn rows(self) -> (Vec<(i64, Vec<u8>)>, Vec<CategoryRow>) {
        let buckets = self.buckets();
        let mut products: BTreeMap<i64, Vec<u8>> = BTreeMap::new();
        for (product, days) in self.products {
            put_days(products.entry(i64::from(product % buckets)).or_default(), product, &days);
        }
        let mut categories: BTreeMap<(u32, u32, u32), Vec<u8>> = BTreeMap::new();
        for ((category, region), days) in self.categories {
            let buckets = category_buckets(self.category_lines[&category]);
            put_days(categories.entry((category, buckets, region % buckets)).or_default(), region, &days);
        }
        let row = |((category, buckets, bucket), data)| CategoryRow { category, buckets, bucket, data };
        (products.into_iter().collect(), categories.into_iter().map(row).collect())
    }
}

fn category_buckets(lines: usize) -> u32 {
    let [.., most] = CATEGORY_BUCKETS;
    let rows = (lines / LINES_OF_A_CATEGORY_ROW).next_power_of_two();
    u32::try_from(rows).map_or(most, |rows| rows.min(most))
}

/// Puts the `lines` of a `day` to those of their members.
fn pack<M: Ord + Copy>(
    lines: &mut [(PackedHeader, PackedLine)],
    day: i64,
    member: impl Fn(&PackedHeader, &PackedLine) -> M,
    members: &mut BTreeMap<M, Days>,
) {
    let member = |(header, line): &(PackedHeader, PackedLine)| member(header, line);
    lines.sort_unstable_by_key(|of| (member(of), of.0.order, of.1.line));
    for lines in lines.chunk_by(|one, other| member(one) == member(other)) {
        let mut orders: Vec<PackedOrder> = Vec::new();
        for (header, line) in lines {
            match orders.last_mut().filter(|order| order.header.order == header.order) {
                Some(order) => order.lines.push(*line),
                None => orders.push(PackedOrder { header: *header, lines: vec![*line] }),
            }
        }
        let packed = encode(&orders);
        let bytes = members.entry(member(&lines[0])).or_default();
        put(bytes, zigzag(day));
        put_slice(bytes, &packed);
    }
}

fn put_days(row: &mut Vec<u8>, member: u32, days: &[u8]) {
    put(row, u64::from(member));
    put_slice(row, days);
}

/// The days of the products, or regions, in a row that are `wanted`: each with what it is of, its number and its packed
/// orders goes to `visit`.
pub fn for_each_day<'a>(
    mut row: &'a [u8],
    wanted: impl Fn(u32) -> bool,
    mut visit: impl FnMut(u32, i64, &'a [u8]),
) -> Result<()> {
    while !row.is_empty() {
        let member = u32::try_from(take(&mut row)?)?;
        let mut days = take_slice(&mut row)?;
        while wanted(member) && !days.is_empty() {
            let day = unzigzag(take(&mut days)?);
            visit(member, day, take_slice(&mut days)?);
        }
    }
    Ok(())
}

/// Shows the orders of one day, which `parts` hold product by product, or those of one region category by category, to `visit`: each order once, with its lines in all
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

    /// Of products, each of which is of the category of its last digit, in the region of its own number's last digit.
    fn order(order: u64, products: &[u32]) -> PackedOrder {
        let line = |(line, product): (u32, &u32)| PackedLine {
            line,
            product: *product,
            category: product % 10,
            quantity: 1,
            ..Default::default()
        };
        let region = u32::try_from(order % 10).unwrap();
        let header = PackedHeader { order, customer: 3, region, ..Default::default() };
        PackedOrder { header, lines: (1..).zip(products).map(line).collect() }
    }

    /// Day, order, customer and lines of what is wanted of `rows`, in which the days of an order are of one `place`.
    fn read<'a>(
        rows: impl IntoIterator<Item = &'a Vec<u8>>,
        wanted: impl Fn(u32) -> bool,
        place: impl Fn(u32) -> u32,
    ) -> Vec<(i64, u64, u32, Vec<u32>)> {
        let mut days: BTreeMap<(i64, u32), Vec<&[u8]>> = BTreeMap::new();
        for row in rows {
            let visit = |number, day, bytes| days.entry((day, place(number))).or_default().push(bytes);
            for_each_day(row, &wanted, visit).unwrap();
        }
        let mut seen = Vec::new();
        for ((day, _), parts) in &days {
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
        let (products, categories) = lines.rows();
        let of = |wanted: &[u32]| read(products.iter().map(|(_, row)| row), |id| wanted.contains(&id), |_| 0);
        // Line 2 of order 7 is of another product than lines 1 and 3.
        // Order 9 is not wanted.
        assert_eq!(of(&[11, 12]), [(-1, 7, 3, vec![1, 2, 3])]);
        assert_eq!(of(&[12]), [(-1, 7, 3, vec![2])]);
        assert_eq!(of(&[11]), [(-1, 7, 3, vec![1, 3])]);
        let numbers: Vec<u32> = categories.iter().map(|row| row.category).collect();
        assert_eq!(numbers, [1, 2, 5, 9]);
        let of = |wanted: &[u32], regions: &[u32]| {
            let rows = categories.iter().filter(|row| wanted.contains(&row.category));
            read(rows.map(|row| &row.data), |region| regions.contains(&region), |region| region)
        };
        let all = [3, 7, 8, 9];
        assert_eq!(of(&[1], &all), [(-1, 7, 3, vec![1, 3]), (4, 8, 3, vec![1])]);
        assert_eq!(of(&[1, 9], &all), [(-1, 7, 3, vec![1, 3]), (4, 8, 3, vec![1, 2])]);
        assert_eq!(of(&[1, 5, 9], &[3, 8]), [(4, 3, 3, vec![1]), (4, 8, 3, vec![1, 2])]);
        assert_eq!(of(&[5, 9], &[7]), []);
        assert_eq!(of(&[3], &all), []);
    }

    #[test]
    fn the_regions_of_a_large_category_are_in_several_rows() {
        let mut lines = MemberLines::default();
        let large = 2 * u64::try_from(LINES_OF_A_CATEGORY_ROW).unwrap();
        for number in 0..large {
            lines.add(&order(number, if number % 500 == 0 { &[11, 12] } else { &[11] }));
        }
        lines.end_day(5);
        let (_, categories) = lines.rows();
        let rows: Vec<_> = categories.iter().map(|row| (row.category, row.buckets, row.bucket)).collect();
        assert_eq!(rows, [(1, 2, 0), (1, 2, 1), (2, 1, 0)]);
        let regions = |row: &CategoryRow| {
            let mut regions = Vec::new();
            for_each_day(&row.data, |_| true, |region, _, _| regions.push(region)).unwrap();
            regions
        };
        assert_eq!(
            categories.iter().map(regions).collect::<Vec<_>>(),
            [vec![0, 2, 4, 6, 8], vec![1, 3, 5, 7, 9], vec![0]]
        );
        assert_eq!([0, 1_024, 5_000, 1_000_000].map(category_buckets), [1, 1, 4, 16]);
    }
}
