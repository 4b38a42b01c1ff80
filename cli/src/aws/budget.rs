//! What an environment has cost this month, as AWS Budgets knows it: free of charge, unlike Cost Explorer.

use std::str::FromStr as _;

use aws_config::SdkConfig;
use aws_sdk_budgets::Client;
use aws_sdk_budgets::types::Spend;

use super::failure_of;
use crate::failure::Failure;

/// A budget of a month, in cents of a US dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// What may be spent.
    pub limit: i64,
    /// What was spent up to now.
    pub spent: i64,
    /// What AWS expects the whole month to cost; none while it cannot tell.
    pub forecast: Option<i64>,
}

/// The budget `name` of `account`.
pub async fn describe(config: &SdkConfig, account: &str, name: &str) -> Result<Budget, Failure> {
    let found = Client::new(config).describe_budget().account_id(account).budget_name(name).send().await;
    let found = found.map_err(|error| failure_of("budgets:ViewBudget", &error))?;
    let budget = found.budget.ok_or_else(|| Failure::failed(format!("there is no budget {name}")))?;
    let unreadable = || Failure::failed(format!("the budget {name} is not in whole cents of US dollars"));
    let limit = budget.budget_limit.as_ref().and_then(cents).ok_or_else(unreadable)?;
    // A new budget has no figures for some hours.
    let figures = budget.calculated_spend.as_ref();
    let spent = match figures.and_then(|figures| figures.actual_spend()) {
        Some(actual) => cents(actual).ok_or_else(unreadable)?,
        None => 0,
    };
    let forecast = figures.and_then(|figures| figures.forecasted_spend()).and_then(cents);
    Ok(Budget { limit, spent, forecast })
}

/// Cents; parts of a cent are cut off.
fn cents(spend: &Spend) -> Option<i64> {
    let (whole, fraction) = spend.amount().split_once('.').unwrap_or((spend.amount(), ""));
    let digits: String = fraction.chars().chain("00".chars()).take(2).collect();
    let cents = i64::from_str(&format!("{whole}{digits}")).ok()?;
    (spend.unit() == "USD").then_some(cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_to_the_cent() {
        let read = |amount: &str, unit: &str| {
            cents(&Spend::builder().amount(amount).unit(unit).build().expect("both are given"))
        };
        let amounts = ["200", "41.2", "41.209", "0.07", "x", ""];
        let expected = [Some(20_000), Some(4_120), Some(4_120), Some(7), None, Some(0)];
        assert_eq!(amounts.map(|amount| read(amount, "USD")), expected);
        assert_eq!(read("1", "EUR"), None);
    }
}
