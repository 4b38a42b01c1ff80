//! Customer lifetime value: the fitted model, what it says of the best customers, of each segment and of all.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    count,
    customers::{DISCOUNT_RATE_YEARLY, Facts, Future, HORIZON_DAYS, Worth},
    date, estimate, rounded,
    work::Work,
};
use crate::{
    models::Answer,
    money::{Currency, ExactNumber},
    reports::rfm::Segment,
};

pub(super) const METHOD: &str = "BG/NBD for purchases (days), Gamma-Gamma for their value, both by maximum likelihood (NBD where nobody is seen to leave); \
    value of the next 365 days, discounted monthly at 10 % a year, or of the days and at the rate asked for, less the store's \
    share of returns";

/// Ends of the classes of the distribution, in 20 equal steps of its range.
const BUCKETS: u32 = 20;

/// What customers are expected to be worth. Estimates are rounded to the currency's minor unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct LifetimeValue {
    /// Days that are predicted: 365, or as asked of one customer.
    pub horizon_days: u32,
    /// Discount of an amount a year ahead: 0.1, or as asked of one customer.
    pub discount_rate_yearly: f64,
    /// Customers with a sale.
    pub customers: usize,
    /// Of these, with sales on two days or more.
    pub repeat_customers: usize,
    /// Of both models.
    pub parameters: Vec<Parameter>,
    /// Whether the orders are likeliest if nobody leaves: the model is the NBD then, and `alive` is 1.
    pub nobody_leaves: bool,
    /// How the fit went.
    pub diagnostics: Diagnostics,
    /// How the model of purchases, fitted to the first part of the past, would have done on the rest; null where that part
    /// is too little to fit to.
    pub holdout: Option<HeldOut>,
    /// Other models of purchases, for comparison.
    pub alternatives: Vec<Alternative>,
    /// Customers by lifetime value; none where one customer is asked for by another horizon or discount than all.
    pub distribution: Vec<Bucket>,
    /// By RFM segment, best first; none in the same case.
    pub segments: Vec<SegmentValue>,
    /// Best first; or the one that was asked for, if the fit has seen a sale.
    pub top_customers: Vec<ValuedCustomer>,
}

/// A fitted parameter.
#[derive(Debug, Serialize, ToSchema)]
pub struct Parameter {
    /// Name in the literature.
    #[schema(example = "alpha")]
    pub name: &'static str,
    /// Its value.
    pub value: f64,
    /// Standard error; null where the likelihood does not determine it.
    pub standard_error: Option<f64>,
}

/// How a fit went.
#[derive(Debug, Serialize, ToSchema)]
pub struct Diagnostics {
    /// Of the model of purchases.
    pub log_likelihood: f64,
    /// Starting points.
    pub starts: usize,
    /// How many led to the same optimum.
    pub agreeing: usize,
    /// Steps of the last search.
    pub iterations: u32,
    /// Largest derivative at the end.
    pub gradient_norm: f64,
    /// Correlation of number and mean value of purchases; the model of values assumes about 0.
    pub spend_correlation: f64,
}

/// Errors of predictions of the past. Purchases are days with a purchase.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldOut {
    /// Last days of the past, which were predicted: half of it, at most a year.
    pub days: i32,
    /// Customers who had bought before them.
    pub customers: usize,
    /// Purchases of all of them, expected.
    pub expected: f64,
    /// Purchases of all of them, as they were.
    pub actual: f64,
    /// Mean absolute error of a customer.
    pub mean_absolute_error: f64,
    /// Root of the mean squared error of a customer.
    pub root_mean_squared_error: f64,
}

/// Another model.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alternative {
    /// Name of the model.
    pub family: &'static str,
    /// Its log-likelihood; null where it did not converge.
    pub log_likelihood: Option<f64>,
}

/// Customers in a range of values.
#[derive(Debug, Serialize, ToSchema)]
pub struct Bucket {
    /// Least value.
    pub from: f64,
    /// The first value beyond; of the last bucket the largest value, included.
    pub to: f64,
    /// How many.
    pub customers: usize,
}

/// A segment.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentValue {
    /// Name.
    #[schema(example = "champions")]
    pub segment: &'static str,
    /// How many.
    pub customers: usize,
    /// Of all of them together.
    pub lifetime_value: f64,
    /// Of one.
    pub mean: f64,
}

/// A customer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValuedCustomer {
    /// The shop's id.
    pub customer_id: String,
    /// RFM segment.
    pub segment: &'static str,
    /// Orders with a sale.
    pub orders: i64,
    /// Day of the last sale.
    pub last_order: String,
    /// Net revenue so far, exact.
    #[schema(value_type = f64)]
    pub total_spent: ExactNumber,
    /// Probability that the customer will buy again at all.
    pub alive: f64,
    /// Days with a purchase within the horizon.
    pub expected_orders: f64,
    /// Value of a purchase.
    pub expected_value: f64,
    /// Discounted value of the purchases within the horizon.
    pub lifetime_value: f64,
}

impl ValuedCustomer {
    /// As reports show it.
    pub(super) fn new(id: String, facts: &Facts, future: Future, worth: Worth, currency: Currency) -> Self {
        Self {
            customer_id: id,
            segment: facts.segment.name(),
            orders: facts.orders,
            last_order: date(facts.last_day).to_string(),
            total_spent: currency.number(facts.net),
            alive: rounded(future.alive, 4),
            expected_orders: rounded(future.purchases, 4),
            expected_value: estimate(worth.purchase_value, currency),
            lifetime_value: estimate(worth.lifetime_value, currency),
        }
    }
}

pub(super) fn fit(work: &Work) -> Answer<LifetimeValue> {
    let (model, spend) = (work.scored.model.as_ref(), work.scored.spend.as_ref());
    let (model, spend) = (model.map_err(|refusal| *refusal)?, spend.map_err(|refusal| *refusal)?);
    let names = model.model.family.parameter_names();
    let errors = model.standard_errors.map_or([None; 4], |errors| errors.map(Some));
    let spend_errors = spend.standard_errors.map_or([None; 3], |errors| errors.map(Some));
    let purchases = names.into_iter().zip(model.model.parameters).zip(errors);
    let values = ["p", "q", "v"].into_iter().zip([spend.p, spend.q, spend.v]).zip(spend_errors);
    let parameter = |((name, value), error): ((&'static str, f64), Option<f64>)| Parameter {
        name,
        value: rounded(value, 6),
        standard_error: error.map(|error| rounded(error, 6)),
    };
    let alternatives = work.scored.alternatives.iter().map(|(family, fit)| Alternative {
        family: family.name(),
        log_likelihood: fit.as_ref().ok().map(|fit| rounded(fit.log_likelihood, 4)),
    });
    let customers = &work.scored.customers;
    Ok(LifetimeValue {
        horizon_days: HORIZON_DAYS,
        discount_rate_yearly: DISCOUNT_RATE_YEARLY,
        customers: customers.len(),
        // Those of the model of values are fewer where some had their orders for nothing.
        repeat_customers: customers.iter().filter(|one| one.history.frequency > 0).count(),
        parameters: purchases.chain(values).map(parameter).collect(),
        nobody_leaves: work.scored.lasting,
        diagnostics: Diagnostics {
            log_likelihood: rounded(model.log_likelihood, 4),
            starts: model.convergence.starts,
            agreeing: model.convergence.agreeing,
            iterations: model.convergence.iterations,
            gradient_norm: rounded(model.convergence.gradient_norm, 9),
            spend_correlation: rounded(spend.correlation, 4),
        },
        holdout: held_out(work),
        alternatives: alternatives.collect(),
        distribution: distribution(work),
        segments: segments(work),
        top_customers: top_customers(work),
    })
}

fn held_out(work: &Work) -> Option<HeldOut> {
    let holdout = work.scored.holdout.as_ref().ok()?;
    Some(HeldOut {
        days: holdout.days,
        customers: holdout.customers,
        expected: rounded(holdout.error.total_expected, 2),
        actual: holdout.error.total_actual,
        mean_absolute_error: rounded(holdout.error.mean_absolute, 6),
        root_mean_squared_error: rounded(holdout.error.root_mean_square, 6),
    })
}

fn predictions(work: &Work) -> impl Iterator<Item = (Segment, Worth)> {
    work.scored.customers.iter().filter_map(|one| Some((one.segment, one.worth?)))
}

fn distribution(work: &Work) -> Vec<Bucket> {
    let most = predictions(work).map(|(_, one)| one.lifetime_value).fold(0.0, f64::max);
    let width = most / f64::from(BUCKETS);
    let edge = |index: u32| estimate(width * f64::from(index), work.terms.currency);
    let mut buckets: Vec<Bucket> =
        (0..BUCKETS).map(|index| Bucket { from: edge(index), to: edge(index + 1), customers: 0 }).collect();
    for (_, worth) in predictions(work) {
        let last = buckets.len() - 1;
        let index = buckets.partition_point(|bucket| bucket.to <= worth.lifetime_value).min(last);
        buckets[index].customers += 1;
    }
    buckets
}

fn segments(work: &Work) -> Vec<SegmentValue> {
    let segment = |segment: Segment| {
        let own = predictions(work).filter(|(one, _)| *one == segment);
        let (customers, sum) =
            own.fold((0, 0.0), |(customers, sum), (_, one)| (customers + 1, sum + one.lifetime_value));
        let mean = sum / count(i64::try_from(customers).unwrap_or(i64::MAX).max(1));
        let currency = work.terms.currency;
        SegmentValue {
            segment: segment.name(),
            customers,
            lifetime_value: estimate(sum, currency),
            mean: estimate(mean, currency),
        }
    };
    Segment::ALL.into_iter().map(segment).filter(|segment| segment.customers > 0).collect()
}

fn top_customers(work: &Work) -> Vec<ValuedCustomer> {
    let name = |number| work.names.get(&number).cloned().unwrap_or_default();
    let rows = work.scored.best().into_iter();
    rows.map(|(one, future, worth)| {
        ValuedCustomer::new(name(one.number), &Facts::of(one), future, worth, work.terms.currency)
    })
    .collect()
}
