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
pub fn scores(customers: &[CustomerSummary]) -> impl Iterator<Item = Scores> + '_ {
    let bounds = Bounds::among(customers);
    customers.iter().map(move |customer| bounds.scores(customer))
}

/// Between which values the scores lie: quintiles by rank.
///
/// Frequency and money: 1 + ⌊5 × customers with a smaller value ÷ all customers⌋, so the smallest value always has a
/// score of 1. Recency: 5 − ⌊5 × customers with a later last sale ÷ all customers⌋, so the latest always scores 5. Equal
/// values share a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Bounds {
    /// Who bought last before the `i`th of these loses `i + 1` points.
    recency: [i64; 4],
    /// Who has more orders than the `i`th of these scores at least `i + 2`.
    frequency: [i64; 4],
    /// The same of net revenue.
    money: [i64; 4],
}

impl Bounds {
    /// Those of a million customers are found without sorting them; one column of values at a time is in memory.
    fn among(customers: &[CustomerSummary]) -> Self {
        if customers.is_empty() {
            return Self::default();
        }
        let all = customers.len();
        // So many customers are a fifth of all, two fifths …: the fewest whose share reaches that.
        let fifths = [1, 2, 3, 4].map(|part| (part * all).div_ceil(5));
        let mut column: Vec<i64> = customers.iter().map(|customer| customer.last_sale).collect();
        let recency = fifths.map(|later| ranked(&mut column, all - later));
        let mut smaller = |value: fn(&CustomerSummary) -> i64| {
            column.clear();
            column.extend(customers.iter().map(value));
            fifths.map(|smaller| ranked(&mut column, smaller - 1))
        };
        Self { recency, frequency: smaller(|one| one.orders), money: smaller(|one| one.net) }
    }

    fn scores(&self, customer: &CustomerSummary) -> Scores {
        Scores {
            recency: 5 - count(self.recency, |bound| customer.last_sale < bound),
            frequency: 1 + count(self.frequency, |bound| customer.orders > bound),
            money: 1 + count(self.money, |bound| customer.net > bound),
        }
    }
}

/// The value at `place` when `values` are sorted.
fn ranked(values: &mut [i64], place: usize) -> i64 {
    *values.select_nth_unstable(place).1
}

fn count(bounds: [i64; 4], passed: impl Fn(i64) -> bool) -> u8 {
    bounds.into_iter().map(|bound| u8::from(passed(bound))).sum()
}
