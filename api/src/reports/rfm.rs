//! RFM: customers scored by recency, frequency and money, and named by their scores. Deterministic: equal customers
//! get equal scores, whatever their order.

use crate::queries::customers::CustomerSummary;

/// A kind of customer. Its rule is on [`Segment::of`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// Bought lately, often and for much.
    Champions,
    /// Buy often.
    Loyal,
    /// Bought lately, and more than once or little.
    PotentialLoyalists,
    /// Bought for the first time lately.
    NewCustomers,
    /// Bought somewhat lately, once.
    Promising,
    /// In the middle of everything.
    NeedAttention,
    /// Bought some time ago, and seldom.
    AboutToSleep,
    /// Bought often, long ago.
    AtRisk,
    /// Were among the best, and have not bought for long.
    CannotLose,
    /// Bought seldom, long ago.
    Hibernating,
}

impl Segment {
    /// All of them, best first.
    pub const ALL: [Self; 10] = [
        Self::Champions,
        Self::Loyal,
        Self::PotentialLoyalists,
        Self::NewCustomers,
        Self::Promising,
        Self::NeedAttention,
        Self::AboutToSleep,
        Self::AtRisk,
        Self::CannotLose,
        Self::Hibernating,
    ];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Champions => "champions",
            Self::Loyal => "loyal",
            Self::PotentialLoyalists => "potential_loyalists",
            Self::NewCustomers => "new_customers",
            Self::Promising => "promising",
            Self::NeedAttention => "need_attention",
            Self::AboutToSleep => "about_to_sleep",
            Self::AtRisk => "at_risk",
            Self::CannotLose => "cannot_lose",
            Self::Hibernating => "hibernating",
        }
    }

    /// The segment of a customer: by recency (rows) and by the mean of frequency and money, rounded up at one half
    /// (columns).
    ///
    /// | R | 1 | 2 | 3 | 4 | 5 |
    /// |---|---|---|---|---|---|
    /// | 5 | new customers | potential loyalists | potential loyalists | champions | champions |
    /// | 4 | promising | potential loyalists | potential loyalists | loyal | loyal |
    /// | 3 | about to sleep | about to sleep | need attention | loyal | loyal |
    /// | 1, 2 | hibernating | hibernating | at risk | at risk | cannot lose |
    pub fn of(scores: Scores) -> Self {
        match (scores.recency, (scores.frequency + scores.money).div_ceil(2)) {
            (5, 4..) => Self::Champions,
            (3 | 4, 4..) => Self::Loyal,
            (4 | 5, 2 | 3) => Self::PotentialLoyalists,
            (5, _) => Self::NewCustomers,
            (4, _) => Self::Promising,
            (3, 3) => Self::NeedAttention,
            (3, _) => Self::AboutToSleep,
            (_, 5..) => Self::CannotLose,
            (_, 3 | 4) => Self::AtRisk,
            _ => Self::Hibernating,
        }
    }
}

/// Scores from 1 (worst) to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scores {
    /// By the last sale.
    pub recency: u8,
    /// By distinct orders.
    pub frequency: u8,
    /// By net revenue.
    pub money: u8,
}

/// Scores of each customer among all of them, in the order given.
///
/// Quintiles by rank. Frequency and money: 1 + ⌊5 × customers with a smaller value ÷ all customers⌋, so the smallest
/// value always scores 1. Recency: 5 − ⌊5 × customers with a later last sale ÷ all customers⌋, so the latest
/// always scores 5. Equal values share a score.
pub fn scores(customers: &[CustomerSummary]) -> Vec<Scores> {
    let mut scores = vec![Scores { recency: 5, frequency: 1, money: 1 }; customers.len()];
    // One dimension after the other: of a million customers, only one column of values is in memory.
    let last_sales = sorted(customers.iter().map(|customer| customer.last_sale));
    for (score, customer) in scores.iter_mut().zip(customers) {
        let until = last_sales.partition_point(|last_sale| *last_sale <= customer.last_sale);
        score.recency = 5 - fifths(last_sales.len() - until, last_sales.len());
    }
    drop(last_sales);
    let orders = sorted(customers.iter().map(|customer| customer.orders));
    for (score, customer) in scores.iter_mut().zip(customers) {
        score.frequency = 1 + fifths(orders.partition_point(|value| *value < customer.orders), orders.len());
    }
    drop(orders);
    let nets = sorted(customers.iter().map(|customer| customer.net));
    for (score, customer) in scores.iter_mut().zip(customers) {
        score.money = 1 + fifths(nets.partition_point(|value| *value < customer.net), nets.len());
    }
    scores
}

fn sorted(values: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut values: Vec<i64> = values.collect();
    values.sort_unstable();
    values
}

/// Full fifths of `all` in `part`, which is smaller.
fn fifths(part: usize, all: usize) -> u8 {
    u8::try_from(5 * part / all).unwrap_or(4)
}
