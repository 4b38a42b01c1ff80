//! Every customer scored: RFM segment, probability to be alive, purchases and value to expect. The reports about customers
//! are made of this.

use foldhash::HashMap;

use super::{
    MOST_ROWS,
    holdout::{self, Holdout},
    major,
    observe::Observations,
};
use crate::{
    models::{
        Answer, Refusal,
        clv::{
            self, Family, History, Model,
            fit::{self, Fit},
            spend::{Spend, SpendModel},
            summary::Summary,
            value::{Horizon, lifetime_value},
        },
    },
    money::Currency,
    queries::customers::CustomerSummary,
    reports::rfm::{Segment, scores},
};

/// Days that are predicted unless asked otherwise.
pub const HORIZON_DAYS: u32 = 365;
/// An amount after a year is worth 1 / 1.1 today, unless asked otherwise.
pub const DISCOUNT_RATE_YEARLY: f64 = 0.1;
/// Purchases are discounted month by month.
const MONTHS_OF_YEAR: u32 = 12;
const DAYS_OF_YEAR: u32 = 365;

/// All customers with a sale.
pub(super) struct Scored {
    pub(super) model: Answer<Fit>,
    /// Whether the likelihood is largest where nobody leaves: P(alive) tells nothing then.
    pub(super) lasting: bool,
    pub(super) alternatives: Vec<(Family, Answer<Fit>)>,
    pub(super) spend: Answer<SpendModel>,
    pub(super) holdout: Answer<Holdout>,
    /// Share of sales that does not come back.
    pub(super) kept: f64,
    /// By number.
    pub(super) customers: Vec<Customer>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Customer {
    pub(super) number: u32,
    pub(super) summary: CustomerSummary,
    pub(super) last_day: i32,
    pub(super) segment: Segment,
    pub(super) history: History,
    pub(super) spend: Spend,
    /// Of the model of purchases, where it could be fitted.
    pub(super) future: Option<Future>,
    /// Of both models, where both could be.
    pub(super) worth: Option<Worth>,
}

/// What a fit knows of a customer, apart from predictions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Facts {
    pub(super) number: u32,
    pub(super) segment: Segment,
    /// With a sale.
    pub(super) orders: i64,
    /// Of the last sale.
    pub(super) last_day: i32,
    /// Revenue in minor units.
    pub(super) net: i64,
    pub(super) history: History,
    pub(super) spend: Spend,
}

impl Facts {
    pub(super) fn of(one: &Customer) -> Self {
        Self {
            number: one.number,
            segment: one.segment,
            orders: one.summary.orders,
            last_day: one.last_day,
            net: one.summary.net,
            history: one.history,
            spend: one.spend,
        }
    }
}

/// What a customer is expected to do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Future {
    /// Probability to buy again at all.
    pub(super) alive: f64,
    /// Purchases within the horizon.
    pub(super) purchases: f64,
    /// The same, discounted.
    discounted: f64,
}

impl Customer {
    /// The probability to buy again, of a model that lets customers leave.
    pub(super) fn alive(&self, lasting: bool) -> Option<f64> {
        self.future.filter(|_| !lasting).map(|future| future.alive)
    }

    /// Both, where there are both.
    pub(super) fn prediction(&self) -> Option<(Future, Worth)> {
        self.future.zip(self.worth)
    }
}

/// Amounts in the major unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Worth {
    /// Expected of one purchase, before returns.
    pub(super) purchase_value: f64,
    /// Discounted, after returns.
    pub(super) lifetime_value: f64,
}

/// Scores every customer.
pub(super) fn score(seen: &Observations, currency: Currency) -> Scored {
    let Some((_, last_day)) = seen.range else { return Scored::nobody() };
    let summaries = holdout::summaries(seen, currency, last_day);
    let histories: Vec<History> = summaries.iter().map(|summary| summary.history).collect();
    let groups = clv::group(&histories);
    let fit =
        |family| groups.as_ref().map_err(|refusal| *refusal).and_then(|groups| fit::fit(family, groups));
    let (model, lasting) = match &groups {
        Ok(groups) => fit::fit_leaving_or_not(groups),
        Err(refusal) => (Err(*refusal), false),
    };
    let others = [Family::ModifiedBetaGeometric, Family::Pareto];
    let alternatives = others.map(|family| (family, fit(family))).to_vec();
    let spends: Vec<Spend> = summaries.iter().map(|summary| summary.spend).collect();
    let spend = SpendModel::fit(&spends);
    let back = major(seen.returns, currency) / major(seen.sales, currency).max(f64::MIN_POSITIVE);
    let kept = (1.0 - back).clamp(0.0, 1.0);
    let customers = customers(seen, &summaries, &model, &spend, kept);
    let holdout = holdout::holdout(seen, currency);
    Scored { model, lasting, alternatives, spend, holdout, kept, customers }
}

fn customers(
    seen: &Observations,
    summaries: &[Summary],
    model: &Answer<Fit>,
    spend: &Answer<SpendModel>,
    kept: f64,
) -> Vec<Customer> {
    let facts: Vec<CustomerSummary> = summaries
        .iter()
        .map(|summary| {
            let number = u32::try_from(summary.customer).unwrap_or(0);
            seen.customers.get(&number).copied().unwrap_or_default()
        })
        .collect();
    let mut predictor = model.as_ref().ok().map(|fit| Predictor { fit, known: HashMap::default() });
    let (_, last) = seen.range.unwrap_or_default();
    let rows = summaries.iter().zip(&facts).zip(scores(&facts));
    rows.map(|((summary, facts), scores)| {
        let History { recency, age, .. } = summary.history;
        // Whole days by construction.
        #[expect(clippy::cast_possible_truncation, reason = "days of at most 10,000 years")]
        let last_day = last - (age - recency) as i32;
        // Who leaves is known without what they spend: a shop of one price has no model of values.
        let future = predictor.as_mut().and_then(|predictor| predictor.predict(summary.history));
        let models = future.zip(spend.as_ref().ok());
        let worth = models.and_then(|(future, spend)| worth(spend, summary.spend, future, kept).ok());
        Customer {
            number: u32::try_from(summary.customer).unwrap_or(0),
            summary: *facts,
            last_day,
            segment: Segment::of(scores),
            history: summary.history,
            spend: summary.spend,
            future,
            worth,
        }
    })
    .collect()
}

/// What a customer is expected to do within so many `days`, at a discount `rate` a year.
pub(super) fn future(model: &Model, history: History, days: u32, rate: f64) -> Answer<Future> {
    let horizon = Horizon {
        periods: (days * MONTHS_OF_YEAR).div_ceil(DAYS_OF_YEAR),
        period_length: f64::from(DAYS_OF_YEAR) / f64::from(MONTHS_OF_YEAR),
        end: f64::from(days),
        discount_rate: (1.0 + rate).powf(1.0 / f64::from(MONTHS_OF_YEAR)) - 1.0,
    };
    Ok(Future {
        alive: model.probability_alive(history)?,
        purchases: model.expected_purchases(history, f64::from(days))?,
        discounted: lifetime_value(model, history, 1.0, horizon)?,
    })
}

/// What that is worth, where the share `kept` of sales does not come back.
pub(super) fn worth(model: &SpendModel, own: Spend, future: Future, kept: f64) -> Answer<Worth> {
    // Of a customer whose orders were free, that of any customer.
    let nothing = Spend { purchases: 0, mean: 0.0 };
    let purchase_value = model.expected_mean(own).or_else(|_| model.expected_mean(nothing))?;
    Ok(Worth { purchase_value, lifetime_value: future.discounted * purchase_value * kept })
}

/// Predictions by history: equal ones are computed once.
struct Predictor<'a> {
    fit: &'a Fit,
    /// By frequency, and the bits of recency and age.
    known: HashMap<(u32, u64, u64), Option<Future>>,
}

impl Predictor<'_> {
    fn predict(&mut self, history: History) -> Option<Future> {
        let key = (history.frequency, history.recency.to_bits(), history.age.to_bits());
        let model = &self.fit.model;
        *self
            .known
            .entry(key)
            .or_insert_with(|| future(model, history, HORIZON_DAYS, DISCOUNT_RATE_YEARLY).ok())
    }
}

impl Scored {
    fn nobody() -> Self {
        let refusal = Refusal::TooFew {
            what: "customers who bought again",
            needed: fit::LEAST_REPEAT_CUSTOMERS,
            found: 0,
        };
        Self {
            model: Err(refusal),
            lasting: false,
            alternatives: vec![],
            spend: Err(refusal),
            holdout: Err(refusal),
            kept: 1.0,
            customers: vec![],
        }
    }

    /// The most valuable customers, best first.
    pub(super) fn best(&self) -> Vec<(&Customer, Future, Worth)> {
        let with = self.customers.iter().filter_map(|one| {
            let (future, worth) = one.prediction()?;
            Some((one, future, worth))
        });
        let mut best: Vec<(&Customer, Future, Worth)> = with.collect();
        best.sort_by(|a, b| {
            b.2.lifetime_value.total_cmp(&a.2.lifetime_value).then(a.0.number.cmp(&b.0.number))
        });
        best.truncate(MOST_ROWS);
        best
    }

    /// Customers who bought again and are rather gone than not, by what they have spent. Where no model tells, those
    /// without a sale since `gone_before`.
    pub(super) fn at_risk(&self, gone_before: i32) -> Vec<&Customer> {
        let gone = |one: &&Customer| match one.alive(self.lasting) {
            Some(alive) => alive < 0.5,
            None => one.last_day < gone_before,
        };
        let mut at_risk: Vec<&Customer> =
            self.customers.iter().filter(|one| one.summary.orders > 1).filter(gone).collect();
        at_risk.sort_by_key(|one| (std::cmp::Reverse(one.summary.net), one.number));
        at_risk.truncate(MOST_ROWS);
        at_risk
    }

    /// Numbers of the customers that reports show.
    pub(super) fn shown(&self, gone_before: i32) -> Vec<u32> {
        let best = self.best().into_iter().map(|(one, ..)| one);
        let mut shown: Vec<u32> = best.chain(self.at_risk(gone_before)).map(|one| one.number).collect();
        shown.sort_unstable();
        shown.dedup();
        shown
    }
}
