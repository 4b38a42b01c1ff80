//! Sums by small dense numbers (regions, products, customers …), with orders counted once in each group.

use roaring::RoaringBitmap;

use crate::rollup::{measures::Measures, month::add_line, packed::PackedLine};

/// Sums for each number of one kind.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    groups: Vec<Group>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Group {
    measures: Measures,
    /// The last order whose sale was counted here, plus one; orders come by one after the other.
    counted_order: u64,
    seen: bool,
}

impl Tally {
    /// Adds a line of `order` to group `id`. All sale lines of an order must come together.
    #[inline]
    pub fn add(&mut self, id: u32, order: u64, line: &PackedLine) {
        let group = self.group(id);
        add_line(&mut group.measures, line);
        if !line.refund && group.counted_order != order + 1 {
            group.counted_order = order + 1;
            group.measures.orders += 1;
        }
    }

    /// Adds sums whose orders are in no other sums for this group.
    pub fn add_sums(&mut self, id: u32, sums: &Measures) {
        self.group(id).measures.add(sums);
    }

    #[inline]
    fn group(&mut self, id: u32) -> &mut Group {
        let index = id as usize;
        if index >= self.groups.len() {
            self.groups.resize(index + 1, Group::default());
        }
        let group = &mut self.groups[index];
        group.seen = true;
        group
    }

    /// Takes back orders that were counted more than once.
    pub fn subtract_orders(&mut self, id: u32, orders: i64) {
        self.group(id).measures.orders -= orders;
    }

    /// Each group that had a line.
    pub fn groups(&self) -> impl Iterator<Item = (u32, &Measures)> + Clone {
        (0_u32..).zip(&self.groups).filter(|(_, group)| group.seen).map(|(id, group)| (id, &group.measures))
    }
}

/// Who bought: a set of small dense numbers that grows one by one or by whole bitmaps.
#[derive(Debug, Clone, Default)]
pub struct CustomerSet {
    /// Bit by bit, for those who come one by one.
    bytes: Vec<u8>,
    bitmap: RoaringBitmap,
}

impl CustomerSet {
    /// Puts `id` in.
    #[inline]
    pub fn insert(&mut self, id: u32) {
        let byte = id as usize / 8;
        if byte >= self.bytes.len() {
            self.bytes.resize(byte + 1, 0);
        }
        self.bytes[byte] |= 1 << (id % 8);
    }

    /// Puts all of `ids` in.
    pub fn insert_all(&mut self, ids: &RoaringBitmap) {
        self.bitmap |= ids;
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.bitmap.union_len(&RoaringBitmap::from_lsb0_bytes(0, &self.bytes))
    }
}
