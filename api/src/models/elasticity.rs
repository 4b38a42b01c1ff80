//! Price elasticity: by how many percent the quantity changes when the price changes by one, and the price that this
//! suggests within guard rails. Ordinary least squares on logarithms; knows nothing of why prices changed.

use crate::models::{Answer, Refusal, finite, special::student_quantile};

/// Least periods with a price and a sale.
pub const LEAST_OBSERVATIONS: usize = 8;
/// Least different prices.
pub const LEAST_PRICES: usize = 3;

/// A product in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PricePoint {
    /// Mean price of a unit in the period.
    pub price: f64,
    /// Units sold.
    pub quantity: f64,
}

/// ln quantity = `intercept` + `elasticity` · ln price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elasticity {
    /// The elasticity; −2 loses 2 % of the quantity for 1 % of price.
    pub elasticity: f64,
    /// The logarithm of the quantity at price 1.
    pub intercept: f64,
    /// Standard error of the elasticity.
    pub standard_error: f64,
    /// Lower end of the interval that was asked for.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Share of the variance of ln quantity that prices explain, 0 to 1.
    pub r_squared: f64,
    /// Periods in the regression.
    pub observations: usize,
    /// Periods without a price or a sale, which have no logarithm. Many of them bias the result towards 0.
    pub left_out: usize,
    /// Lowest price seen.
    pub lowest_price: f64,
    /// Highest price seen.
    pub highest_price: f64,
}

impl Elasticity {
    /// Fits the line, with an interval of Student's t at `level` (0.95).
    pub fn fit(points: &[PricePoint], level: f64) -> Answer<Self> {
        if level <= 0.0 || level >= 1.0 || level.is_nan() {
            return Err(Refusal::OutOfDomain("the level of an interval is between 0 and 1"));
        }
        let positive = |value: f64| value.is_finite() && value > 0.0;
        let usable = points.iter().filter(|point| positive(point.price) && positive(point.quantity));
        let logs: Vec<(f64, f64)> = usable.map(|point| (point.price.ln(), point.quantity.ln())).collect();
        let observations = logs.len();
        if observations < LEAST_OBSERVATIONS {
            let what = "periods with a price and a sale";
            return Err(Refusal::TooFew { what, needed: LEAST_OBSERVATIONS, found: observations });
        }
        let mut prices: Vec<f64> = logs.iter().map(|log| log.0).collect();
        prices.sort_unstable_by(f64::total_cmp);
        let (lowest, highest) = (prices[0], prices[observations - 1]);
        // Mean prices of a period differ by roundings of single lines.
        prices.dedup_by(|next, one| *next - *one < 1e-4);
        if prices.len() < LEAST_PRICES {
            return Err(Refusal::TooFew {
                what: "different prices",
                needed: LEAST_PRICES,
                found: prices.len(),
            });
        }

        let count = observations as f64;
        let mean_x = logs.iter().map(|log| log.0).sum::<f64>() / count;
        let mean_y = logs.iter().map(|log| log.1).sum::<f64>() / count;
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for (x, y) in &logs {
            let (x, y) = (x - mean_x, y - mean_y);
            xx += x * x;
            xy += x * y;
            yy += y * y;
        }
        // Logarithms of equal quantities differ by nothing but rounding.
        if yy <= 1e-24 * count * (1.0 + mean_y * mean_y) {
            return Err(Refusal::NoVariation("quantities"));
        }
        let elasticity = finite(xy / xx)?;
        let intercept = mean_y - elasticity * mean_x;
        let residuals: f64 = logs.iter().map(|(x, y)| (y - intercept - elasticity * x).powi(2)).sum();
        let degrees = count - 2.0;
        let standard_error = finite((residuals / degrees / xx).sqrt())?;
        let reach = student_quantile(f64::midpoint(1.0, level), degrees) * standard_error;
        Ok(Self {
            elasticity,
            intercept,
            standard_error,
            low: elasticity - reach,
            high: elasticity + reach,
            r_squared: (1.0 - residuals / yy).clamp(0.0, 1.0),
            observations,
            left_out: points.len() - observations,
            lowest_price: lowest.exp(),
            highest_price: highest.exp(),
        })
    }

    /// The price with the largest profit, were demand what the line says, within the guard rails.
    pub fn suggest(&self, now: Position, rails: GuardRails) -> Answer<Suggestion> {
        let Position { price, unit_cost } = now;
        let sound = price.is_finite() && price > 0.0 && unit_cost.is_finite() && unit_cost >= 0.0;
        if !sound || !(0.0..1.0).contains(&rails.largest_change) || !(0.0..1.0).contains(&rails.least_margin)
        {
            return Err(Refusal::OutOfDomain(
                "a price is positive, a cost not negative, a guard rail a share",
            ));
        }
        if self.high >= 0.0 {
            return Ok(Suggestion::hold(price, Reason::NotSignificant));
        }
        let best = best_price(self.elasticity, unit_cost);
        let ends = [best_price(self.low, unit_cost), best_price(self.high, unit_cost)];
        if ends.iter().any(|end| *end < price) && ends.iter().any(|end| *end > price) {
            return Ok(Suggestion::hold(price, Reason::DirectionUncertain));
        }
        let least_by_margin = unit_cost / (1.0 - rails.least_margin);
        let (least, most) = (price * (1.0 - rails.largest_change), price * (1.0 + rails.largest_change));
        let mut reason = if best.is_finite() { Reason::Optimum } else { Reason::Inelastic };
        let mut suggested = best;
        let mut limit = |bound: f64, keep: fn(f64, f64) -> f64, why: Reason| {
            let kept = keep(suggested, bound);
            if kept.to_bits() != suggested.to_bits() {
                reason = if reason == Reason::Inelastic { reason } else { why };
                suggested = kept;
            }
        };
        limit(self.lowest_price.min(price), f64::max, Reason::OutsideSeenPrices);
        limit(self.highest_price.max(price), f64::min, Reason::OutsideSeenPrices);
        limit(least, f64::max, Reason::LargestChange);
        limit(most, f64::min, Reason::LargestChange);
        // Last, and in the limits of a change: a margin is not worth a jump.
        limit(least_by_margin.min(most), f64::max, Reason::LeastMargin);
        let quantity_ratio = finite((self.elasticity * (suggested / price).ln()).exp())?;
        let margin_now = price - unit_cost;
        let profit_ratio = (margin_now > 0.0).then(|| quantity_ratio * (suggested - unit_cost) / margin_now);
        Ok(Suggestion { price: suggested, quantity_ratio, profit_ratio, reason })
    }
}

/// Where a product stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// Its price.
    pub price: f64,
    /// What a unit costs, in the same currency.
    pub unit_cost: f64,
}

/// How far a suggestion may go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GuardRails {
    /// Largest change of the price, as a share: 0.1 for 10 %.
    pub largest_change: f64,
    /// Least margin, as a share of the price: 0.2 for 20 %.
    pub least_margin: f64,
}

/// A suggested price and what the line expects of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suggestion {
    /// The price.
    pub price: f64,
    /// Expected quantity over that at the price of now.
    pub quantity_ratio: f64,
    /// Expected profit over that at the price of now; `None` where now brings no profit.
    pub profit_ratio: Option<f64>,
    /// Why this price.
    pub reason: Reason,
}

impl Suggestion {
    fn hold(price: f64, reason: Reason) -> Self {
        Self { price, quantity_ratio: 1.0, profit_ratio: Some(1.0), reason }
    }
}

/// Why a price is suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It is the best price.
    Optimum,
    /// Profit grows with the price as far as was seen; the guard rails end it.
    Inelastic,
    /// The best price is beyond the largest change.
    LargestChange,
    /// The best price is beyond all prices seen.
    OutsideSeenPrices,
    /// The best price would leave less than the least margin.
    LeastMargin,
    /// Hold: the data do not show that the price matters.
    NotSignificant,
    /// Hold: the interval of the elasticity holds both higher and lower best prices.
    DirectionUncertain,
}

impl Reason {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Optimum => "optimum",
            Self::Inelastic => "inelastic",
            Self::LargestChange => "largest_change",
            Self::OutsideSeenPrices => "outside_seen_prices",
            Self::LeastMargin => "least_margin",
            Self::NotSignificant => "not_significant",
            Self::DirectionUncertain => "direction_uncertain",
        }
    }
}

/// c ε / (1 + ε); without bound where demand is inelastic (ε ≥ −1).
fn best_price(elasticity: f64, unit_cost: f64) -> f64 {
    if elasticity >= -1.0 { f64::INFINITY } else { unit_cost * elasticity / (1.0 + elasticity) }
}

#[cfg(test)]
mod tests;
