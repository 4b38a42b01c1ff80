//! The summary of a month, or of a slice of it: what reports need of its day segments, added up by region and channel.
//! Derived from the segments and thrown away when one of them changes. Pure sums, whose bytes are in `rows`; knows no
//! storage.

mod rows;

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashMap;

pub use self::rows::{
    decode_days, decode_groups, decode_products, decode_slots, merge_groups, merge_products,
};
pub(super) use self::rows::{encode_times, put_measures, put_part, take_id, take_measures, take_part};
use super::{
    buyers::Buyers,
    category_sets::CategorySets,
    category_times::CategoryTimes,
    measures::Measures,
    packed::{PackedHeader, PackedLine, PackedOrder},
};

/// Seconds of a slot, the finest time that summaries know: offsets of time zones are multiples of it.
pub const SLOT_SECONDS: i64 = 900;

/// `rollup_months.kind` of the row that tells one writing of a month's rows, its slices' too, from another: a hash of
/// them all. Nothing is added up from it. (8 was that of a version that knew no `CategoryDays`, 10 of one that knew no
/// lines of categories, 11 of one that knew no `SlotSets`, 13 of one that knew nothing of large products, 18 of one that
/// knew no `Days`, 20 of one that kept lines of categories without their regions, and merged less.)
pub const WRITING: i64 = 22;

/// What a row of `rollup_months` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Sums by currency, region, channel and category; one row a month, and the sign that there is a summary.
    Groups = 0,
    /// Sums by product and category.
    Products = 1,
    /// Sums by slot.
    Slots = 2,
    /// Who bought something of a category.
    Customers = 3,
    /// What each customer did.
    Histories = 5,
    /// Who bought anything.
    Buyers = 6,
    /// Orders by the set of their categories, where there is more than one; one row a month. (4 had these in another
    /// form.)
    CategorySets = 7,
    /// Sums by category and day, and orders by set of categories and day. Those of a month that tells no `WRITING` are
    /// missing, and thirds have their month's.
    CategoryDays = 9,
    /// Orders of several categories, by set of these and slot, of all regions and channels together. Those of
    /// a month that tells no `WRITING` are missing, and thirds have their month's.
    SlotSets = 12,
    /// The orders that sell a product. This, the next three and `DayBuyers` are of products' slices alone, and missing in
    /// those of a month that tells no `WRITING`.
    Orders = 14,
    /// The orders of a product that sell others of lower numbers with slices too, by the set of these: when and where.
    SharedOrders = 15,
    /// Sums of a product by place and day.
    PlaceDays = 16,
    /// Who bought a product, by place.
    PlaceBuyers = 17,
    /// Sums by day. Those of a month that tells no `WRITING` are missing, and thirds have their month's.
    Days = 19,
    /// Who bought a product, by place and day.
    DayBuyers = 21,
}

impl Kind {
    /// The newest that tells about everything in one row. A month without it has no summary, or one that an earlier
    /// version wrote; it is read day by day then.
    pub const NEWEST: Self = Self::CategorySets;

    /// Those of a whole month that a `MonthSummary` has.
    pub const OF_SUMMARIES: [Self; 9] = [
        Self::Groups,
        Self::Products,
        Self::Slots,
        Self::Days,
        Self::Customers,
        Self::Buyers,
        Self::CategorySets,
        Self::CategoryDays,
        Self::SlotSets,
    ];
}

/// Which orders a row is about; 0 stands for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Part {
    /// Currency.
    pub currency: u32,
    /// Region.
    pub region: u32,
    /// Channel.
    pub channel: u32,
}

impl Part {
    /// That of an order.
    pub fn of(header: &PackedHeader) -> Self {
        Self { currency: header.currency, region: header.region, channel: header.channel }
    }

    /// This part and the wider ones that it belongs to, each once.
    pub(super) fn and_wider(self) -> BTreeSet<Self> {
        let any_region = Self { region: 0, ..self };
        BTreeSet::from([self, any_region, Self { channel: 0, ..self }, any_region.everywhere()])
    }

    /// All regions and channels together.
    pub(super) fn everywhere(self) -> Self {
        Self { region: 0, channel: 0, ..self }
    }
}

/// Sums of one region and channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Distinct orders with a sale.
    pub orders: i64,
    /// Sums by category.
    pub categories: BTreeMap<u32, Measures>,
}

/// Sums by product and category of one part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Products {
    /// By product and category.
    pub sums: BTreeMap<(u32, u32), Measures>,
    /// By product: how many orders have it in more than one category, each counted for every category but one.
    pub overlap: BTreeMap<u32, i64>,
}

/// A month, added up from its orders.
#[derive(Debug, Default)]
pub struct MonthSummary {
    /// By currency, region and channel.
    pub groups: BTreeMap<Part, Group>,
    sets: CategorySets,
    times: CategoryTimes,
    products: HashMap<Part, HashMap<(u32, u32), Measures>>,
    overlaps: HashMap<Part, HashMap<u32, i64>>,
    slots: ByTime,
    days: ByTime,
    buyers: Buyers,
}

/// Sums by part, and slot or day.
type ByTime = HashMap<Part, HashMap<i64, Measures>>;

impl MonthSummary {
    /// Adds the lines of an order that fall on `day`, which is of the month. All its sale lines must be there or none.
    pub fn add(&mut self, day: i64, order: &PackedOrder) {
        let part = Part::of(&order.header);
        let categories = self.add_to(part, part, order);
        self.add_day(part, day, order);
        self.times.add(part, day, order, &categories);
    }

    /// As `add`, for a summary of a part of a month, which knows no days.
    pub fn add_to_sums(&mut self, order: &PackedOrder) {
        let part = Part::of(&order.header);
        self.add_to(part, part, order);
    }

    /// As `add`, for a summary that tells places apart in its groups alone, and categories in no days.
    pub fn add_everywhere(&mut self, day: i64, order: &PackedOrder) {
        let part = Part::of(&order.header);
        self.add_to(part, part.everywhere(), order);
        self.add_day(part.everywhere(), day, order);
    }

    fn add_day(&mut self, part: Part, day: i64, order: &PackedOrder) {
        let sums = self.days.entry(part).or_default().entry(day).or_default();
        order.lines.iter().for_each(|line| add_line(sums, line));
        sums.orders += i64::from(order.lines.iter().any(|line| !line.refund));
    }

    /// Answers the categories that the order buys of, ascending.
    fn add_to(&mut self, place: Part, part: Part, order: &PackedOrder) -> Vec<u32> {
        let group = self.groups.entry(place).or_default();
        let products = self.products.entry(part).or_default();
        let slots = self.slots.entry(part).or_default();
        let mut sold: Vec<(u32, u32)> = Vec::with_capacity(order.lines.len());
        for line in &order.lines {
            add_line(group.categories.entry(line.category).or_default(), line);
            add_line(products.entry((line.product, line.category)).or_default(), line);
            add_line(slots.entry(line.at.div_euclid(SLOT_SECONDS)).or_default(), line);
            if !line.refund {
                sold.push((line.product, line.category));
            }
        }
        let Some(sale) = order.lines.iter().find(|line| !line.refund) else { return Vec::new() };
        group.orders += 1;
        slots.entry(sale.at.div_euclid(SLOT_SECONDS)).or_default().orders += 1;
        let categories = self.add_sold(part, sold);
        let group = self.groups.entry(place).or_default();
        for category in &categories {
            group.categories.entry(*category).or_default().orders += 1;
            if order.header.customer != 0 {
                self.buyers.add(part, *category, order.header.customer);
            }
        }
        if categories.len() > 1 {
            self.sets.add(&categories, part);
        }
        categories
    }

    /// Counts an order once for each product and category that it sells; answers the categories, ascending.
    fn add_sold(&mut self, part: Part, mut sold: Vec<(u32, u32)>) -> Vec<u32> {
        sold.sort_unstable();
        sold.dedup();
        let products = self.products.entry(part).or_default();
        for pair in sold.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            *self.overlaps.entry(part).or_default().entry(pair[0].0).or_default() += 1;
        }
        for key in &sold {
            products.entry(*key).or_default().orders += 1;
        }
        let mut categories: Vec<u32> = sold.into_iter().map(|(_, category)| category).collect();
        categories.sort_unstable();
        categories.dedup();
        categories
    }

    /// The rows of one kind that store this month; none of histories, nor of a kind that products' slices alone have.
    pub fn rows(&self, kind: Kind) -> Vec<(Part, Vec<u8>)> {
        let all = Part::default();
        match kind {
            Kind::Groups => vec![(all, rows::encode_groups(&self.groups))],
            Kind::CategorySets => vec![(all, self.sets.encode())],
            Kind::CategoryDays => self.times.rows_by_day(),
            Kind::SlotSets => self.times.rows_by_slot(),
            Kind::Products => {
                self.wide_products().iter().map(|(part, sums)| (*part, rows::encode_products(sums))).collect()
            }
            Kind::Slots => rows_by_time(&self.slots),
            Kind::Days => rows_by_time(&self.days),
            Kind::Customers => self.buyers.rows_by_category(),
            Kind::Buyers => self.buyers.rows(),
            Kind::Histories
            | Kind::Orders
            | Kind::SharedOrders
            | Kind::PlaceDays
            | Kind::PlaceBuyers
            | Kind::DayBuyers => Vec::new(),
        }
    }

    fn wide_products(&self) -> BTreeMap<Part, Products> {
        let mut wide: BTreeMap<Part, Products> = BTreeMap::new();
        for (part, sums) in &self.products {
            for part in part.and_wider() {
                let target = wide.entry(part).or_default();
                for (key, measures) in sums {
                    target.sums.entry(*key).or_default().add(measures);
                }
            }
        }
        for (part, overlaps) in &self.overlaps {
            for part in part.and_wider() {
                let target = wide.entry(part).or_default();
                for (product, count) in overlaps {
                    *target.overlap.entry(*product).or_default() += count;
                }
            }
        }
        wide
    }
}

/// Those of each part and of the wider ones.
fn rows_by_time(parts: &ByTime) -> Vec<(Part, Vec<u8>)> {
    let mut wide: BTreeMap<Part, BTreeMap<i64, Measures>> = BTreeMap::new();
    for (part, times) in parts {
        for part in part.and_wider() {
            let target = wide.entry(part).or_default();
            for (time, measures) in times {
                target.entry(*time).or_default().add(measures);
            }
        }
    }
    wide.into_iter().map(|(part, times)| (part, encode_times(&times))).collect()
}

/// Adds the amounts and units of one line, but no order.
#[inline]
pub fn add_line(measures: &mut Measures, line: &PackedLine) {
    if line.refund {
        measures.units_returned += line.quantity;
        measures.returns += line.net;
    } else {
        measures.units_sold += line.quantity;
        measures.gross += line.gross;
        measures.discounts += line.gross - line.net;
    }
}
