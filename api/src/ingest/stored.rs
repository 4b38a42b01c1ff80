//! Orders as the store holds them, and the pure rule how incoming lines change one. Knows no SQL.

use std::collections::BTreeMap;

use super::line::{Line, Merge};
use crate::rollup::packed::{PackedHeader, PackedLine, PackedOrder};

/// An order of the store. Ids are those of `terms`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOrder {
    /// `orders.id`.
    pub id: i64,
    /// What its lines share.
    pub header: Header,
    /// Its lines by number.
    pub lines: BTreeMap<u32, StoredLine>,
}

/// What the lines of an order share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Customer, 0 for a guest.
    pub customer: u32,
    /// Region.
    pub region: u32,
    /// Channel.
    pub channel: u32,
    /// Currency.
    pub currency: u32,
}

/// A line of the store, column by column of `order_lines`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredLine {
    /// Product.
    pub product: u32,
    /// Name as sold.
    pub name: u32,
    /// Category as sold.
    pub category: u32,
    /// Instant in milliseconds.
    pub at_ms: i64,
    /// Whether it is a return.
    pub refund: bool,
    /// Units.
    pub quantity: i64,
    /// Ten-thousandths of the major unit.
    pub unit_price: i64,
    /// Ten-thousandths of the major unit.
    pub discount: i64,
    /// Minor units.
    pub gross_minor: i64,
    /// Minor units.
    pub net_minor: i64,
}

/// Lines of one order, resolved, on their way in.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// What they share.
    pub header: Header,
    /// How they meet the stored ones.
    pub merge: Merge,
    /// By number.
    pub lines: BTreeMap<u32, StoredLine>,
}

/// What became of the incoming lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effect {
    /// Lines that were not there.
    pub inserted: u64,
    /// Lines that changed or went.
    pub replaced: u64,
    /// Lines that were the same.
    pub unchanged: u64,
}

/// A field in which incoming lines contradict lines of the order that stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contradiction(pub &'static str);

impl StoredOrder {
    /// Instant of the sale, else of the first return, in milliseconds.
    pub fn ordered_ms(&self) -> i64 {
        sale_ms(&self.lines).or_else(|| self.lines.values().map(|line| line.at_ms).min()).unwrap_or_default()
    }

    /// The order as the roll-ups hold it.
    pub fn packed(&self) -> PackedOrder {
        let Header { customer, region, channel, currency } = self.header;
        let header = PackedHeader { order: self.id.unsigned_abs(), customer, region, channel, currency };
        PackedOrder { header, lines: self.lines.iter().map(|(number, line)| line.packed(*number)).collect() }
    }

    /// Changes this order by `incoming`, or leaves it as it is and says what contradicts.
    pub fn absorb(&mut self, incoming: &Incoming) -> Result<Effect, Contradiction> {
        let mut lines = incoming.lines.clone();
        let mut deleted = 0;
        for (number, line) in &self.lines {
            if lines.contains_key(number) {
                continue;
            }
            match incoming.merge {
                Merge::ReplaceOrder => deleted += 1,
                Merge::UpsertLines => {
                    self.check_shared(&incoming.header)?;
                    lines.insert(*number, *line);
                }
            }
        }
        check_one_sale_instant(&lines)?;
        let mut effect = Effect { replaced: deleted, ..Effect::default() };
        let same_header = self.header == incoming.header;
        for (number, line) in &incoming.lines {
            match self.lines.get(number) {
                None => effect.inserted += 1,
                Some(stored) if stored == line && same_header => effect.unchanged += 1,
                Some(_) => effect.replaced += 1,
            }
        }
        self.header = incoming.header;
        self.lines = lines;
        Ok(effect)
    }

    fn check_shared(&self, incoming: &Header) -> Result<(), Contradiction> {
        let stored = &self.header;
        let fields = [
            ("customer_id", stored.customer, incoming.customer),
            ("region", stored.region, incoming.region),
            ("channel", stored.channel, incoming.channel),
            ("currency", stored.currency, incoming.currency),
        ];
        match fields.iter().find(|(_, stored, incoming)| stored != incoming) {
            Some((field, _, _)) => Err(Contradiction(field)),
            None => Ok(()),
        }
    }
}

impl StoredLine {
    /// The line with its texts replaced by numbers.
    pub fn new(line: &Line, product: u32, name: u32, category: u32) -> Self {
        Self {
            product,
            name,
            category,
            at_ms: line.at.as_millisecond(),
            refund: line.refund,
            quantity: line.quantity,
            unit_price: line.unit_price,
            discount: line.discount,
            gross_minor: line.gross_minor,
            net_minor: line.net_minor,
        }
    }

    fn packed(&self, line: u32) -> PackedLine {
        PackedLine {
            line,
            at: self.at_ms.div_euclid(1_000),
            refund: self.refund,
            product: self.product,
            category: self.category,
            quantity: self.quantity,
            gross: self.gross_minor,
            net: self.net_minor,
        }
    }
}

fn sale_ms(lines: &BTreeMap<u32, StoredLine>) -> Option<i64> {
    lines.values().find(|line| !line.refund).map(|line| line.at_ms)
}

fn check_one_sale_instant(lines: &BTreeMap<u32, StoredLine>) -> Result<(), Contradiction> {
    let first = sale_ms(lines);
    let differs = lines.values().any(|line| !line.refund && Some(line.at_ms) != first);
    if differs { Err(Contradiction("ordered_at")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header = Header { customer: 1, region: 1, channel: 1, currency: 1 };

    fn line(quantity: i64) -> StoredLine {
        StoredLine {
            product: 1,
            name: 1,
            category: 1,
            at_ms: 5_000,
            refund: false,
            quantity,
            unit_price: 10_000,
            discount: 0,
            gross_minor: 100 * quantity,
            net_minor: 100 * quantity,
        }
    }

    fn order(lines: &[(u32, StoredLine)]) -> StoredOrder {
        StoredOrder { id: 7, header: HEADER, lines: lines.iter().copied().collect() }
    }

    fn incoming(merge: Merge, header: Header, lines: &[(u32, StoredLine)]) -> Incoming {
        Incoming { header, merge, lines: lines.iter().copied().collect() }
    }

    #[test]
    fn a_whole_order_deletes_the_lines_it_lacks() {
        let mut stored = order(&[(1, line(1)), (2, line(2)), (3, line(3))]);
        let effect = stored.absorb(&incoming(
            Merge::ReplaceOrder,
            HEADER,
            &[(1, line(1)), (2, line(9)), (4, line(4))],
        ));
        assert_eq!(effect, Ok(Effect { inserted: 1, replaced: 2, unchanged: 1 }));
        assert_eq!(stored, order(&[(1, line(1)), (2, line(9)), (4, line(4))]));
    }

    #[test]
    fn lines_alone_leave_the_others() {
        let mut stored = order(&[(1, line(1)), (2, line(2))]);
        let effect = stored.absorb(&incoming(Merge::UpsertLines, HEADER, &[(2, line(2)), (3, line(3))]));
        assert_eq!(effect, Ok(Effect { inserted: 1, replaced: 0, unchanged: 1 }));
        assert_eq!(stored, order(&[(1, line(1)), (2, line(2)), (3, line(3))]));
    }

    #[test]
    fn a_line_that_contradicts_the_rest_of_its_order_changes_nothing() {
        let before = order(&[(1, line(1)), (2, line(2))]);
        let elsewhere = Header { region: 2, ..HEADER };
        let mut stored = before.clone();
        assert_eq!(
            stored.absorb(&incoming(Merge::UpsertLines, elsewhere, &[(2, line(2))])),
            Err(Contradiction("region"))
        );
        let later = StoredLine { at_ms: 6_000, ..line(2) };
        assert_eq!(
            stored.absorb(&incoming(Merge::UpsertLines, HEADER, &[(2, later)])),
            Err(Contradiction("ordered_at"))
        );
        assert_eq!(stored, before);
    }

    #[test]
    fn lines_that_cover_the_order_may_move_it() {
        let elsewhere = Header { region: 2, ..HEADER };
        let mut stored = order(&[(1, line(1)), (2, line(2))]);
        let effect = stored.absorb(&incoming(Merge::UpsertLines, elsewhere, &[(1, line(1)), (2, line(2))]));
        assert_eq!(effect, Ok(Effect { inserted: 0, replaced: 2, unchanged: 0 }));
        assert_eq!(stored.header, elsewhere);
    }

    #[test]
    fn a_return_has_its_own_instant() {
        let mut stored = order(&[(1, line(1))]);
        let returned = StoredLine { refund: true, at_ms: 9_000, ..line(1) };
        assert!(stored.absorb(&incoming(Merge::UpsertLines, HEADER, &[(2, returned)])).is_ok());
        assert_eq!(stored.ordered_ms(), 5_000);
    }
}
