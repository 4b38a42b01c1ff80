//! The packed form of orders: what deltas and day segments are made of. Pure bytes; knows no storage.
//!
//! Orders ascend by id. Each is a header (what its lines share) and its lines; numbers are LEB128 varints,
//! signed ones zigzag.

mod varint;

use anyhow::Result;

pub use self::varint::{pass, put, put_slice, take, take_slice, unzigzag, zigzag};

/// What the lines of an order share. Ids are those of `terms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PackedHeader {
    /// `orders.id`.
    pub order: u64,
    /// Customer, 0 for a guest.
    pub customer: u32,
    /// Region.
    pub region: u32,
    /// Channel.
    pub channel: u32,
    /// Currency.
    pub currency: u32,
}

/// One line; amounts in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PackedLine {
    /// Line number.
    pub line: u32,
    /// Second of the sale or return since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// Whether it is a return.
    pub refund: bool,
    /// Product.
    pub product: u32,
    /// Category.
    pub category: u32,
    /// Units, positive.
    pub quantity: i64,
    /// List price × quantity.
    pub gross: i64,
    /// After discount.
    pub net: i64,
}

/// An order, or the part of one that falls on a day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackedOrder {
    /// What its lines share.
    pub header: PackedHeader,
    /// Its lines by line number.
    pub lines: Vec<PackedLine>,
}

/// Packs `orders`, which must ascend by id.
pub fn encode<'a>(orders: impl IntoIterator<Item = &'a PackedOrder>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut previous_order = 0;
    let mut previous_at = 0;
    for PackedOrder { header, lines } in orders {
        put(&mut out, header.order - previous_order);
        previous_order = header.order;
        for id in [header.customer, header.region, header.channel, header.currency] {
            put(&mut out, u64::from(id));
        }
        put(&mut out, lines.len() as u64);
        let mut previous_line = 0;
        for line in lines {
            let moved = line.at != previous_at;
            put(
                &mut out,
                zigzag(i64::from(line.line) - previous_line) << 2
                    | u64::from(moved) << 1
                    | u64::from(line.refund),
            );
            previous_line = i64::from(line.line) + 1;
            if moved {
                put(&mut out, zigzag(line.at - previous_at));
                previous_at = line.at;
            }
            put(&mut out, u64::from(line.product));
            put(&mut out, u64::from(line.category));
            put(&mut out, zigzag(line.quantity));
            put(&mut out, zigzag(line.gross));
            put(&mut out, zigzag(line.gross - line.net));
        }
    }
    out
}

/// Reads packed orders one by one into a buffer of its own.
#[derive(Debug)]
pub struct Decoder<'a> {
    rest: &'a [u8],
    previous_order: u64,
    previous_at: i64,
    current: PackedOrder,
}

impl<'a> Decoder<'a> {
    /// Starts at the beginning of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, previous_order: 0, previous_at: 0, current: PackedOrder::default() }
    }

    /// The next order, or `None` at the end. Fails on bytes that `encode` cannot have written.
    pub fn next_order(&mut self) -> Result<Option<&PackedOrder>> {
        self.next_order_with(|_| true, |_, _| true)
    }

    /// The next order whose header is wanted, with those lines alone whose product and category `keeps` wants: there may be
    /// none. All others are passed over unread.
    pub fn next_order_with(
        &mut self,
        wanted: impl Fn(&PackedHeader) -> bool,
        keeps: impl Fn(u32, u32) -> bool,
    ) -> Result<Option<&PackedOrder>> {
        while !self.rest.is_empty() {
            let count = self.take_header()?;
            if wanted(&self.current.header) {
                self.take_lines(count, keeps)?;
                return Ok(Some(&self.current));
            }
            for _ in 0..count {
                self.pass_line()?;
            }
        }
        Ok(None)
    }

    /// The order that came last.
    pub fn order(&self) -> &PackedOrder {
        &self.current
    }

    /// Answers how many lines follow.
    fn take_header(&mut self) -> Result<u64> {
        self.previous_order = self.previous_order.wrapping_add(self.take()?);
        self.current.header = PackedHeader {
            order: self.previous_order,
            customer: self.take_id()?,
            region: self.take_id()?,
            channel: self.take_id()?,
            currency: self.take_id()?,
        };
        self.take()
    }

    fn take_lines(&mut self, count: u64, keeps: impl Fn(u32, u32) -> bool) -> Result<()> {
        self.current.lines.clear();
        let mut next_line = 0;
        for _ in 0..count {
            let (number, refund) = self.take_start(&mut next_line)?;
            let (product, category) = (self.take_id()?, self.take_id()?);
            if !keeps(product, category) {
                pass(&mut self.rest, 3)?;
                continue;
            }
            let quantity = unzigzag(self.take()?);
            let gross = unzigzag(self.take()?);
            let net = gross.wrapping_sub(unzigzag(self.take()?));
            self.current.lines.push(PackedLine {
                line: u32::try_from(number)?,
                at: self.previous_at,
                refund,
                product,
                category,
                quantity,
                gross,
                net,
            });
        }
        Ok(())
    }

    /// Passes over a line, but for its instant, which later lines go by.
    #[inline]
    fn pass_line(&mut self) -> Result<()> {
        self.take_start(&mut 0)?;
        pass(&mut self.rest, 5)
    }

    /// All remaining orders.
    pub fn collect_orders(mut self) -> Result<Vec<PackedOrder>> {
        let mut orders = Vec::new();
        while let Some(order) = self.next_order()? {
            orders.push(order.clone());
        }
        Ok(orders)
    }

    /// The number of a line and whether it is a return; its instant goes to `previous_at`.
    #[inline]
    fn take_start(&mut self, next_line: &mut i64) -> Result<(i64, bool)> {
        let tag = self.take()?;
        let number = next_line.wrapping_add(unzigzag(tag >> 2));
        *next_line = number.wrapping_add(1);
        if tag & 2 != 0 {
            self.previous_at = self.previous_at.wrapping_add(unzigzag(self.take()?));
        }
        Ok((number, tag & 1 != 0))
    }

    #[inline]
    fn take_id(&mut self) -> Result<u32> {
        Ok(u32::try_from(self.take()?)?)
    }

    #[inline]
    fn take(&mut self) -> Result<u64> {
        take(&mut self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_not_wanted_are_passed_over() {
        let line = |line, at, product| PackedLine {
            line,
            at,
            product,
            category: product % 3,
            quantity: 2,
            gross: 1_299,
            net: 1_000,
            refund: line == 2,
        };
        let order = |order, lines: &[PackedLine]| PackedOrder {
            header: PackedHeader { order, customer: 700, ..Default::default() },
            lines: lines.to_vec(),
        };
        let orders = [
            order(5, &[line(1, 60, 400), line(2, 90, 8), line(4, 90, 401)]),
            order(900, &[line(1, -7, 8)]),
            order(901, &[line(3, 30, 401)]),
        ];
        let bytes = encode(&orders);
        let mut decoder = Decoder::new(&bytes);
        let mut seen = Vec::new();
        while let Some(order) =
            decoder.next_order_with(|header| header.order != 900, |product, _| product > 8).unwrap()
        {
            seen.push(order.clone());
        }
        assert_eq!(seen, [order(5, &[line(1, 60, 400), line(4, 90, 401)]), orders[2].clone()]);
    }
}
