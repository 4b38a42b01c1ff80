//! Slices of a month: its lines of one category or of one product, summarised on their own where they are many, so that
//! a report about them costs what one about everything does. A slice tells places apart in its groups alone, and in what
//! products have beside (`large_products`). Pure sums; knows no storage.

use foldhash::HashMap;

use super::{
    histories::Histories,
    month::{Kind, MonthSummary, Part},
    packed::{PackedLine, PackedOrder},
};

/// Lines that the slice of a category has in a month, at least: fewer are read one by one as quickly, and would make many
/// small rows.
pub const LEAST_LINES: u64 = 4_096;
/// By what that is divided for the slice of a product: a report may be about many products.
const LESS_FOR_PRODUCTS: u64 = 16;

/// What the rows of every slice are; the sets of categories are a matter of whole months.
const KINDS: [Kind; 6] =
    [Kind::Groups, Kind::Products, Kind::Slots, Kind::Days, Kind::Histories, Kind::Buyers];

/// Which lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slice {
    /// Those of a category, by number.
    Category(u32),
    /// Those of a product, by number.
    Product(u32),
}

impl Slice {
    /// `rollup_slices.dimension`: 0 for categories, 1 for products.
    pub fn dimension(self) -> i64 {
        match self {
            Self::Category(_) => 0,
            Self::Product(_) => 1,
        }
    }

    /// `rollup_slices.member_id`: the number of the category or product.
    pub fn member(self) -> i64 {
        match self {
            Self::Category(id) | Self::Product(id) => i64::from(id),
        }
    }

    /// How many lines it has at least, where the slice of a category has `lines`.
    fn least(self, lines: u64) -> u64 {
        match self {
            Self::Category(_) => lines,
            Self::Product(_) => lines / LESS_FOR_PRODUCTS,
        }
    }

    fn keeps(self, line: &PackedLine) -> bool {
        match self {
            Self::Category(id) => line.category == id,
            Self::Product(id) => line.product == id,
        }
    }
}

/// How many lines of a month are in each slice.
#[derive(Debug, Default)]
pub struct Sizes {
    lines: HashMap<Slice, u64>,
    all: u64,
}

impl Sizes {
    /// Counts the lines of an order.
    pub fn add(&mut self, order: &PackedOrder) {
        self.all += order.lines.len() as u64;
        for line in &order.lines {
            for slice in [Slice::Category(line.category), Slice::Product(line.product)] {
                *self.lines.entry(slice).or_default() += 1;
            }
        }
    }

    /// How many lines there are.
    pub fn all(&self) -> u64 {
        self.all
    }

    /// The slices of categories with `least` lines or more, and of products with a sixteenth of that or more, in order.
    pub fn of_at_least(&self, least: u64) -> Vec<Slice> {
        let mut slices: Vec<Slice> = self
            .lines
            .iter()
            .filter(|(slice, lines)| **lines >= slice.least(least))
            .map(|(slice, _)| *slice)
            .collect();
        slices.sort_unstable();
        slices
    }

    /// `slices` but for three quarters of those of products: those that have the fewest lines.
    pub fn with_a_quarter_of_products(&self, slices: &[Slice]) -> Vec<Slice> {
        let (mut products, mut kept): (Vec<Slice>, Vec<Slice>) =
            slices.iter().partition(|slice| matches!(slice, Slice::Product(_)));
        products.sort_by_key(|product| std::cmp::Reverse(self.lines.get(product)));
        products.truncate(products.len() / 4);
        kept.append(&mut products);
        kept.sort_unstable();
        kept
    }

    /// Pieces of `slices` that have so many lines together, more or less.
    pub fn cut(&self, slices: &[Slice], lines: u64) -> Vec<Vec<Slice>> {
        let mut pieces = Vec::new();
        let (mut piece, mut lines_of_piece) = (Vec::new(), 0);
        for slice in slices {
            piece.push(*slice);
            lines_of_piece += self.lines.get(slice).copied().unwrap_or_default();
            if lines_of_piece >= lines {
                pieces.push(std::mem::take(&mut piece));
                lines_of_piece = 0;
            }
        }
        pieces.push(piece);
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }
}

/// Some slices of a month while its orders come by.
#[derive(Debug)]
pub struct Summaries {
    slices: Vec<(Slice, MonthSummary, Histories)>,
    places: HashMap<Slice, usize>,
    /// Places of those that an order has lines of.
    touched: Vec<usize>,
    part: PackedOrder,
}

impl Summaries {
    /// Nothing yet.
    pub fn new(slices: &[Slice]) -> Self {
        Self {
            slices: slices
                .iter()
                .map(|slice| (*slice, MonthSummary::default(), Histories::default()))
                .collect(),
            places: slices.iter().copied().zip(0..).collect(),
            touched: Vec::new(),
            part: PackedOrder::default(),
        }
    }

    /// Adds the lines of an order that fall on `day`.
    pub fn add(&mut self, day: i64, order: &PackedOrder) {
        self.touched.clear();
        for line in &order.lines {
            for slice in [Slice::Category(line.category), Slice::Product(line.product)] {
                self.touched.extend(self.places.get(&slice));
            }
        }
        self.touched.sort_unstable();
        self.touched.dedup();
        self.part.header = order.header;
        for &place in &self.touched {
            let (slice, summary, histories) = &mut self.slices[place];
            self.part.lines.clear();
            self.part.lines.extend(order.lines.iter().filter(|line| slice.keeps(line)));
            summary.add_everywhere(day, &self.part);
            histories.add(Part::of(&self.part.header).everywhere(), &self.part);
        }
    }

    /// The rows that store each slice, kind by kind.
    pub fn rows(&self) -> impl Iterator<Item = (Slice, Kind, Vec<(Part, Vec<u8>)>)> {
        self.slices.iter().flat_map(|(slice, summary, histories)| {
            KINDS.into_iter().map(move |kind| {
                let rows = if kind == Kind::Histories { histories.rows() } else { summary.rows(kind) };
                (*slice, kind, rows)
            })
        })
    }
}
