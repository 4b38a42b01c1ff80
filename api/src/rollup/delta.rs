//! Changes that are not folded yet. A delta holds whole orders as they were and as they are, so that an order
//! lies either in the segments or in the deltas, never in both.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Result, bail};

use super::packed::{self, Decoder, PackedHeader, PackedOrder};

/// The change of one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delta {
    /// Orders as they were before, whole, ascending by id.
    pub removed: Vec<PackedOrder>,
    /// Orders as they are now, whole, ascending by id.
    pub added: Vec<PackedOrder>,
}

impl Delta {
    /// Lines added and removed.
    pub fn changes(&self) -> i64 {
        line_count(&self.removed) + line_count(&self.added)
    }

    /// Lines added less lines removed.
    pub fn line_growth(&self) -> i64 {
        line_count(&self.added) - line_count(&self.removed)
    }

    /// The bytes that `rollup_deltas.data` holds.
    pub fn encode(&self) -> Vec<u8> {
        let removed = packed::encode(&self.removed);
        let mut out = Vec::with_capacity(removed.len() + 8);
        packed::put(&mut out, removed.len() as u64);
        out.extend_from_slice(&removed);
        out.extend_from_slice(&packed::encode(&self.added));
        out
    }

    /// Reads what `encode` wrote.
    pub fn decode(mut bytes: &[u8]) -> Result<Self> {
        let length = usize::try_from(packed::take(&mut bytes)?)?;
        if length > bytes.len() {
            bail!("a packed delta is cut short");
        }
        let (removed, added) = bytes.split_at(length);
        Ok(Self {
            removed: Decoder::new(removed).collect_orders()?,
            added: Decoder::new(added).collect_orders()?,
        })
    }
}

/// All deltas together: which orders of the segments no longer hold, and what holds instead.
#[derive(Debug, Default)]
pub struct Pending {
    /// Orders to skip in the segments.
    pub replaced: HashSet<u64>,
    /// Seconds of their lines there.
    pub replaced_at: Vec<i64>,
    /// Orders as they are now.
    pub current: BTreeMap<u64, PackedOrder>,
}

impl Pending {
    /// Applies the next delta. Deltas of one order must come in the order of their ids.
    pub fn apply(&mut self, delta: Delta) {
        for order in delta.removed {
            let id = order.header.order;
            if self.current.remove(&id).is_none() {
                self.replaced.insert(id);
                self.replaced_at.extend(order.lines.iter().map(|line| line.at));
            }
        }
        for order in delta.added {
            self.current.insert(order.header.order, order);
        }
    }

    /// Whether an order of the segments still holds.
    pub fn leaves(&self, header: &PackedHeader) -> bool {
        !self.replaced.contains(&header.order)
    }
}

fn line_count(orders: &[PackedOrder]) -> i64 {
    orders.iter().map(|order| i64::try_from(order.lines.len()).expect("a vector's length fits")).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::packed::{PackedHeader, PackedLine},
        *,
    };

    fn line() -> impl Strategy<Value = PackedLine> {
        (
            (any::<u32>(), -5_000_000_000_i64..8_000_000_000, any::<bool>()),
            (any::<u32>(), any::<u32>(), 1..1_000_000_000_i64),
            (0..i64::MAX / 2, 0..i64::MAX / 2),
        )
            .prop_map(|((line, at, refund), (product, category, quantity), (a, b))| PackedLine {
                line,
                at,
                refund,
                product,
                category,
                quantity,
                gross: a.max(b),
                net: a.min(b),
            })
    }

    fn orders() -> impl Strategy<Value = Vec<PackedOrder>> {
        let order = (
            (any::<u64>(), any::<u32>(), any::<u32>(), 0..9_u32, 0..3_u32),
            prop::collection::vec(line(), 0..5),
        );
        prop::collection::vec(order, 0..8).prop_map(|orders| {
            let by_id: BTreeMap<u64, PackedOrder> = orders
                .into_iter()
                .map(|((order, customer, region, channel, currency), lines)| {
                    let header = PackedHeader { order, customer, region, channel, currency };
                    (order, PackedOrder { header, lines })
                })
                .collect();
            by_id.into_values().collect()
        })
    }

    proptest! {
        #[test]
        fn a_delta_survives_its_bytes(removed in orders(), added in orders()) {
            let delta = Delta { removed, added };
            prop_assert_eq!(Delta::decode(&delta.encode()).unwrap(), delta);
        }

        #[test]
        fn bytes_that_nobody_wrote_are_refused_or_read_but_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Delta::decode(&bytes);
        }
    }

    #[test]
    fn pending_keeps_the_last_state_of_each_order() {
        let order = |id, quantity| PackedOrder {
            header: PackedHeader { order: id, ..Default::default() },
            lines: vec![PackedLine { quantity, ..Default::default() }],
        };
        let mut pending = Pending::default();
        pending.apply(Delta { removed: vec![order(1, 1)], added: vec![order(1, 2), order(2, 5)] });
        pending.apply(Delta { removed: vec![order(2, 5)], added: vec![order(2, 6)] });
        pending.apply(Delta { removed: vec![order(2, 6)], added: vec![] });
        assert_eq!(pending.replaced, HashSet::from([1]));
        assert!(!pending.leaves(&order(1, 1).header) && pending.leaves(&order(3, 1).header));
        assert_eq!(pending.current.into_values().collect::<Vec<_>>(), vec![order(1, 2)]);
    }
}
