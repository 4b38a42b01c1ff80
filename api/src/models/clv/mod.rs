//! Customer lifetime value: how often will a customer buy again, and for how much. Owns the histories that the models
//! see and the choice of a model; the likelihoods are in the files beside it.

pub mod beta_geometric;
pub mod fit;
pub mod holdout;
pub mod pareto;
pub mod spend;
pub mod summary;
mod times;
pub mod value;

use crate::models::{Answer, Refusal, finite, optimize::Slope};

/// What a model sees of a customer. Times are in any one unit; the parameters of a fit are in the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// x: periods with a purchase after the first one.
    pub frequency: u32,
    /// tₓ: time from the first purchase to the last; 0 if there was only one.
    pub recency: f64,
    /// T: time from the first purchase to the end of observation.
    pub age: f64,
}

/// Customers with equal histories.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// The history of each of them.
    pub history: History,
    /// How many they are.
    pub customers: u64,
}

/// Counts equal histories, ordered by frequency, age and recency. A likelihood costs as much as there are groups.
///
/// Refuses histories that no customer can have.
pub fn group(histories: &[History]) -> Answer<Vec<Group>> {
    if !histories.iter().all(History::is_possible) {
        return Err(Refusal::OutOfDomain(
            "a history needs 0 ≤ recency ≤ age, and recency 0 without a repeat",
        ));
    }
    // Bits of floats that are not negative have the order of the floats.
    let key = |history: &History| {
        (history.frequency, (history.age + 0.0).to_bits(), (history.recency + 0.0).to_bits())
    };
    let mut keys: Vec<(u32, u64, u64)> = histories.iter().map(key).collect();
    let (first, second) = keys.split_at_mut(histories.len() / 2);
    std::thread::scope(|scope| {
        scope.spawn(|| first.sort_unstable());
        second.sort_unstable();
    });
    #[expect(
        clippy::stable_sort_primitive,
        reason = "it merges two runs that are in order, and does no more"
    )]
    keys.sort();
    let groups = keys.chunk_by(PartialEq::eq).map(|equal| {
        let (frequency, age, recency) = equal[0];
        let history = History { frequency, recency: f64::from_bits(recency), age: f64::from_bits(age) };
        Group { history, customers: equal.len() as u64 }
    });
    Ok(groups.collect())
}

impl History {
    fn is_possible(&self) -> bool {
        let ordered = 0.0 <= self.recency && self.recency <= self.age && self.age.is_finite();
        ordered && (self.frequency > 0 || self.recency == 0.0)
    }
}

/// A model of repeat buying. Each customer buys at a constant rate until an unseen end; rates vary as a gamma
/// distribution of shape r and rate α.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// BG/NBD: after each repeat purchase a customer may leave, with a probability that varies as a beta distribution
    /// of a and b. Who bought once has not left.
    BetaGeometric,
    /// MBG/NBD: the same, and a customer may also leave right after the first purchase.
    ModifiedBetaGeometric,
    /// Pareto/NBD: a customer may leave at any time, at a rate that varies as a gamma distribution of shape s and
    /// rate β.
    Pareto,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::BetaGeometric, Self::ModifiedBetaGeometric, Self::Pareto];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::BetaGeometric => "bg_nbd",
            Self::ModifiedBetaGeometric => "mbg_nbd",
            Self::Pareto => "pareto_nbd",
        }
    }

    /// Names of the four parameters, in the order of [`Model::parameters`].
    pub fn parameter_names(self) -> [&'static str; 4] {
        match self {
            Self::BetaGeometric | Self::ModifiedBetaGeometric => ["r", "alpha", "a", "b"],
            Self::Pareto => ["r", "alpha", "s", "beta"],
        }
    }

    /// The log-likelihood of the groups and its gradient. Groups are ordered as by [`group`].
    pub fn log_likelihood(self, parameters: [f64; 4], groups: &[Group]) -> Slope<4> {
        match self {
            Self::BetaGeometric => beta_geometric::log_likelihood(0, parameters, groups),
            Self::ModifiedBetaGeometric => beta_geometric::log_likelihood(1, parameters, groups),
            Self::Pareto => pareto::log_likelihood(parameters, groups),
        }
    }
}

/// A family with its parameters: all that is needed to predict.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Model {
    /// The family.
    pub family: Family,
    /// Its parameters, all positive, in the order of [`Family::parameter_names`].
    pub parameters: [f64; 4],
}

impl Model {
    /// The probability that a customer with this history has not left.
    pub fn probability_alive(&self, history: History) -> Answer<f64> {
        self.check(history)?;
        finite(match self.family {
            Family::BetaGeometric => beta_geometric::probability_alive(0, self.parameters, history),
            Family::ModifiedBetaGeometric => beta_geometric::probability_alive(1, self.parameters, history),
            Family::Pareto => pareto::probability_alive(self.parameters, history),
        })
    }

    /// The purchases that a customer with this history is expected to make in the next `horizon` units of time.
    pub fn expected_purchases(&self, history: History, horizon: f64) -> Answer<f64> {
        self.check(history)?;
        if !horizon.is_finite() || horizon < 0.0 {
            return Err(Refusal::OutOfDomain("a horizon is a time from now on"));
        }
        let expected = match self.family {
            Family::BetaGeometric => beta_geometric::expected_purchases(0, self.parameters, history, horizon),
            Family::ModifiedBetaGeometric => {
                beta_geometric::expected_purchases(1, self.parameters, history, horizon)
            }
            Family::Pareto => pareto::expected_purchases(self.parameters, history, horizon),
        };
        finite(expected.max(0.0))
    }

    /// The repeat purchases of a customer in the `horizon` units of time after the first purchase.
    pub fn expected_purchases_of_new(&self, horizon: f64) -> Answer<f64> {
        self.expected_purchases(History { frequency: 0, recency: 0.0, age: 0.0 }, horizon)
    }

    fn check(&self, history: History) -> Answer<()> {
        if !self.parameters.iter().all(|value| value.is_finite() && *value > 0.0) {
            return Err(Refusal::OutOfDomain("parameters are positive"));
        }
        if history.is_possible() {
            Ok(())
        } else {
            Err(Refusal::OutOfDomain("no customer can have this history"))
        }
    }
}

#[cfg(test)]
mod tests;
